"""Text of a clip: `LetteringAnalyser` takes frames and returns a `core.findings.LetteringReport`."""

from overlaycut.analyse.lettering.analyser import LetteringAnalyser
from overlaycut.analyse.lettering.parameters import (
    DetectionParameters,
    LetteringParameters,
    RegionParameters,
    SubtitleParameters,
)

__all__ = [
    "DetectionParameters",
    "LetteringAnalyser",
    "LetteringParameters",
    "RegionParameters",
    "SubtitleParameters",
]
