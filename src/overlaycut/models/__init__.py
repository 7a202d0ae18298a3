"""Trained models behind narrow interfaces: the only room that knows onnxruntime, rapidocr and dlib.

`rapid_reader` gives a `Reader` that finds and reads lettering, `face_finder` a `FaceFinder`, `dlib_identity` a
`FaceIdentity` that says by a vector who a face is, `plain_looks` the same for things: all offline, with the models in
the wheels of the dependencies. `inpainter` gives an `Inpainter` that fills holes, with a model that a person put into
the `store`.
"""

from overlaycut.models.catalogue import Known, known, known_models
from overlaycut.models.faces import FaceFinder, face_finder
from overlaycut.models.identity import FaceIdentity, dlib_identity, onnx_identity
from overlaycut.models.inpaint import Inpainter, inpainter
from overlaycut.models.looks import Looks, onnx_looks, plain_looks
from overlaycut.models.ocr import DetectedText, Reader, Reading, rapid_reader, upright

__all__ = [
    "DetectedText",
    "FaceFinder",
    "FaceIdentity",
    "Inpainter",
    "Known",
    "Looks",
    "Reader",
    "Reading",
    "dlib_identity",
    "face_finder",
    "inpainter",
    "known",
    "known_models",
    "onnx_identity",
    "onnx_looks",
    "plain_looks",
    "rapid_reader",
    "upright",
]
