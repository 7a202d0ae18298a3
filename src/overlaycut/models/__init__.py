"""Trained models behind narrow interfaces: the only room that knows onnxruntime and rapidocr.

`rapid_reader` gives a `Reader` that finds and reads lettering, offline, with the models in rapidocr's wheel.
`inpainter` gives an `Inpainter` that fills holes, with a model that a person put into the `store`.
"""

from overlaycut.models.catalogue import Known, known, known_models
from overlaycut.models.inpaint import Inpainter, inpainter
from overlaycut.models.ocr import Found, Reader, Reading, rapid_reader, upright

__all__ = [
    "Found",
    "Inpainter",
    "Known",
    "Reader",
    "Reading",
    "inpainter",
    "known",
    "known_models",
    "rapid_reader",
    "upright",
]
