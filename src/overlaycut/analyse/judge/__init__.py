"""Evidence into a verdict: is text still itself, has it melted, is it gone, and from which frame on.

`judge` combines three cues per frame: what a reader reads against what is expected, the correlation of the rectified
text with its reference, and how far its strokes leave the planar motion. No single cue decides: readers correct melted
words and misread good ones, cloth bends, and blur or distance change shapes.
"""

from overlaycut.analyse.judge.areas import judge_area
from overlaycut.analyse.judge.evidence import OcrReading, ShapeMatch, Shapes, TextObservation, trailing_lost
from overlaycut.analyse.judge.letters import LetterMatch, Letters, hold
from overlaycut.analyse.judge.neighbours import ReferenceMatch, judge_beside
from overlaycut.analyse.judge.parameters import JudgeParameters
from overlaycut.analyse.judge.verdicts import Verdict, judge

__all__ = [
    "JudgeParameters",
    "LetterMatch",
    "Letters",
    "OcrReading",
    "ReferenceMatch",
    "ShapeMatch",
    "Shapes",
    "TextObservation",
    "Verdict",
    "hold",
    "judge",
    "judge_area",
    "judge_beside",
    "trailing_lost",
]
