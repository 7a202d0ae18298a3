"""A second opinion on a line beside which another of the same surface broke, or kept its track where it lost its own.

Two lines of one label are redrawn together. What the reader says of a small one is unsure, and its track may have been
lost with the strokes; its shape against the reference, at full resolution and over all frames that were compared, is
not. What melts while something passes over it is not found again by its own track; the line beside it says where to
look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.judge.evidence import OcrReading
from overlaycut.analyse.judge.parameters import NeighbourParameters
from overlaycut.analyse.judge.verdicts import Verdict
from overlaycut.analyse.judge.wording import clock, quoted
from overlaycut.core.edit_distance import similarity


@dataclass(frozen=True, slots=True)
class ReferenceMatch:
    """How like its reference a line is in one frame."""

    index: int
    """Frame number."""
    likeness: float
    """Correlation with the reference at the best place near the tracked ones, -1..1."""
    surface: float
    """Share of the bare surface between the strokes that looks as in the reference, 0..1."""
    contrast: float
    """Standard deviation of the line's pixels over the reference's."""


def judge_beside(
    shapes: Sequence[ReferenceMatch],
    readings: Sequence[OcrReading],
    *,
    expected: str | None,
    most_confidence: float,
    fps: float,
    other_broke: bool = True,
    parameters: NeighbourParameters = NeighbourParameters(),
) -> Verdict | None:
    """What the shape of a line says that was found stable; None when it holds.

    shapes, readings: of the line, in order. most_confidence: that of the other line's verdict, 0..1. other_broke:
    whether the line beside it broke as well; else it only says where this one is, and more is asked.
    """
    clear = [one for one in shapes if one.surface >= parameters.least_surface]
    bad = np.array([one.likeness < parameters.broken for one in clear], dtype=bool)
    start = _lasting(bad, parameters)
    if start is None:
        return None
    earlier = [one for one in clear[:start] if one.likeness >= parameters.intact]
    if not earlier:
        return None
    first = clear[start].index
    onset = earlier[-1].index + 1
    right = [r for r in readings if expected and r.index >= first and similarity(expected, r.text) >= parameters.right]
    later = clear[start:]
    gone = float(np.median([one.contrast for one in later])) < parameters.gone_contrast
    likeness = float(np.median([one.likeness for one in later]))
    if len(right) >= parameters.right_readings and (likeness >= parameters.broken_though_read or not other_broke):
        return None
    if not other_broke and likeness >= parameters.broken_beside_intact:
        return None
    also = ", as does the lettering beside it" if other_broke else "; the lettering beside it says where it is"
    return Verdict(
        state="lost" if gone else "warped",
        confidence=min(most_confidence, parameters.confidence),
        onset=onset,
        read=None,
        legibility=round(max(likeness, 0.0), 4),
        legibility_at={one.index: round(max(one.likeness, 0.0), 4) for one in clear},
        reason=f"{quoted(expected)} loses its shape from {clock(onset, fps)} on (correlation {likeness:.2f} in "
        f"{len(later)} frames){also}",
        noise=0.0,
        judged=True,
    )


def _lasting(bad: NDArray[np.bool_], parameters: NeighbourParameters) -> int | None:
    """The first bad comparison after which most are, to the end."""
    for start in np.flatnonzero(bad):
        rest = bad[start:]
        if len(rest) < parameters.least_frames:
            return None
        if rest.mean() >= parameters.share and rest[-1]:
            return int(start)
    return None
