"""Trained models behind small interfaces: the only package that knows onnxruntime, rapidocr and dlib.

`TextReader` detects and reads text (`rapid_reader`), `FaceDetector` finds faces (`face_detector`), `FaceEmbedding`
turns a face into a vector (`dlib_face_embedding`, `onnx_face_embedding`), `AppearanceEmbedding` does so for subjects
(`histogram_appearance`, `onnx_appearance`), `TextSegmenter` tells strokes of lettering from the picture
(`text_segmenter`), and `ThinHoleFill` makes up what lies under them (`thin_hole_fill`). The defaults work offline,
with the models in this package and in the wheels of dependencies. `Inpainter` fills holes with a model that a person
put into the `store` (`inpainter`).
"""

from overlaycut.models.appearance_embedding import AppearanceEmbedding, histogram_appearance, onnx_appearance
from overlaycut.models.catalogue import KnownModel, known, known_models
from overlaycut.models.face_detector import FaceDetector, face_detector
from overlaycut.models.face_embedding import FaceEmbedding, dlib_face_embedding, onnx_face_embedding
from overlaycut.models.inpaint import Inpainter, inpainter
from overlaycut.models.ocr import DetectedText, Reading, TextReader, rapid_reader, upright
from overlaycut.models.runtime import machine_threads
from overlaycut.models.text_segmentation import TextProbabilities, TextSegmenter, text_segmenter
from overlaycut.models.thin_holes import ThinHoleFill, thin_hole_fill

__all__ = [
    "AppearanceEmbedding",
    "DetectedText",
    "FaceDetector",
    "FaceEmbedding",
    "Inpainter",
    "KnownModel",
    "Reading",
    "TextProbabilities",
    "TextReader",
    "TextSegmenter",
    "ThinHoleFill",
    "dlib_face_embedding",
    "face_detector",
    "histogram_appearance",
    "inpainter",
    "known",
    "known_models",
    "machine_threads",
    "onnx_appearance",
    "onnx_face_embedding",
    "rapid_reader",
    "text_segmenter",
    "thin_hole_fill",
    "upright",
]
