"""Frames into findings: lettering and what became of it, hard cuts, where the still lies.

Analysers are pushed every frame in order and asked once: `LetteringAnalyser` for lettering, `FaceAnalyser` for faces,
`FaceSpotter` for the places that faces take, `QualityAnalyser` for the picture as it moves.
"""

from overlaycut.analyse.bars import BarsAnalyser
from overlaycut.analyse.faces import FaceAnalyser, faces_in, reference_signature
from overlaycut.analyse.lettering import LetteringAnalyser, LetteringParameters
from overlaycut.analyse.presence import FaceSpotter
from overlaycut.analyse.quality import QualityAnalyser
from overlaycut.analyse.register import register
from overlaycut.analyse.shots import CutDetector
from overlaycut.analyse.storyboard import matched, panels
from overlaycut.analyse.subject import SubjectAnalyser

__all__ = [
    "BarsAnalyser",
    "CutDetector",
    "FaceAnalyser",
    "FaceSpotter",
    "LetteringAnalyser",
    "LetteringParameters",
    "QualityAnalyser",
    "SubjectAnalyser",
    "faces_in",
    "matched",
    "panels",
    "reference_signature",
    "register",
]
