"""Measures of a clip as a moving picture: `QualityAnalyser` returns a `core.quality.QualityReport`."""

from overlaycut.analyse.quality.analyser import QualityAnalyser
from overlaycut.analyse.quality.measures import sharpness
from overlaycut.analyse.quality.parameters import QualityParameters

__all__ = ["QualityAnalyser", "QualityParameters", "sharpness"]
