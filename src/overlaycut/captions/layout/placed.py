"""The result of layout."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from overlaycut.captions.fonts import Extent
from overlaycut.captions.shaping import TextRun
from overlaycut.core.cues import Cue
from overlaycut.core.geometry import Box


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word on its line, the unit of animation; a single letter where letters appear one by one."""

    runs: tuple[TextRun, ...]
    """From left to right; their x counts from where the line begins."""
    ink: Extent
    """Their ink box, in pixels of the picture."""
    start: Fraction
    end: Fraction
    """When it is spoken; those of the cue when word timing is not known."""
    colour: str | None
    """Colour by a rule of the style or by the cue; None for the style's fill."""


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line: its text and the left end of its baseline, in pixels of the picture."""

    text: str
    x: float
    baseline: float
    width: float
    """Advance width in pixels, without the outline."""
    words: tuple[PlacedWord, ...]
    """In the order in which they are spoken."""


@dataclass(frozen=True, slots=True)
class PlacedCue:
    """A cue with its lines and everything that is needed to draw it."""

    cue: Cue
    lines: tuple[PlacedLine, ...]
    size: float
    """Font size in pixels per em."""
    box: Box
    """Bounding box of all ink, outline, shadow and panel, inside the picture."""
    bounds: Box
    """Limits of drawing while it moves: the safe area when `box` lies in it, else the picture."""
    right_to_left: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """All cues of a programme, placed for one size of picture."""

    width: int
    height: int
    safe: Box
    cues: tuple[PlacedCue, ...]
    """In order of their start."""
    warnings: tuple[str, ...]
