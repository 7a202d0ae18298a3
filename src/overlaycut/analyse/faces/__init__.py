"""Faces of a clip: detected at intervals, tracked in between, embedded where it counts."""

from overlaycut.analyse.faces.analyser import FaceAnalyser
from overlaycut.analyse.faces.parameters import ClothingParameters, FaceParameters, RelianceParameters
from overlaycut.analyse.faces.reliance import reliance
from overlaycut.analyse.faces.stills import faces_in, reference_signature

__all__ = [
    "ClothingParameters",
    "FaceAnalyser",
    "FaceParameters",
    "RelianceParameters",
    "faces_in",
    "reference_signature",
    "reliance",
]
