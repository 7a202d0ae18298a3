"""Verdicts in plain words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from overlaycut.analyse.judge.evidence import Cues
from overlaycut.core.findings import TextSource

_ORIGINS: dict[TextSource | None, str] = {
    "user": "as asked for",
    "still": "as in the still",
    "first frame": "as in the first frame",
    "clip": "as the clip itself reads",
    None: "",
}


def origin(source: TextSource | None) -> str:
    """Where the expected text comes from."""
    return _ORIGINS[source]


def shape_change(cues: Cues, at: int) -> str:
    """How far the text departs from its reference from frame number `at` on."""
    after = cues.counted[at:]
    ncc = float(np.median(cues.ncc[at:][after])) if after.any() else float(cues.ncc[-1])
    residual = float(np.median(cues.residual[at:][after])) if after.any() else float(cues.residual[-1])
    figures = f"correlation {ncc:.2f}, strokes off by {residual:.0%} of the height"
    return f"glyph shapes depart from the reference ({figures})"


def quoted(expected: str | None) -> str:
    """The expected text in quotes."""
    return repr(expected) if expected else "the lettering"


def clock(frame: int, fps: float) -> str:
    """The time of a frame."""
    return f"{frame / fps:.1f} s"


def named_letters(which: Sequence[int], names: Sequence[str]) -> str:
    """Letters of a line by number and, where it is known, by name."""
    said = [f"{number + 1} ({names[number]!r})" if names[number] else f"{number + 1}" for number in which]
    return f"letter {said[0]}" if len(said) == 1 else f"letters {', '.join(said[:-1])} and {said[-1]}"
