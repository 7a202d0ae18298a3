"""Frames into findings: lettering and what became of it, hard cuts, where the still lies.

`LetteringAnalyser` is pushed every frame in order and asked once; `Reread` reads a repaired clip again.
"""

from overlaycut.analyse.lettering import LetteringAnalyser
from overlaycut.analyse.register import register
from overlaycut.analyse.reread import Again, Reread
from overlaycut.analyse.shots import CutDetector

__all__ = ["Again", "CutDetector", "LetteringAnalyser", "Reread", "register"]
