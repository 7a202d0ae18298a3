"""How much of what looks like lettering could be judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from overlaycut.analyse.lettering.geometry import overlap
from overlaycut.core.findings import Lettering
from overlaycut.core.geometry import Quad
from overlaycut.models import DetectedText


class DetectedLines:
    """All lines that may be lettering, whether they became regions or were too small, too many or too unsure."""

    def __init__(self) -> None:
        self._quads: list[tuple[int, Quad]] = []

    def add(self, frame: int, lines: Iterable[DetectedText]) -> None:
        """The lines found in one frame, in clip pixels."""
        self._quads += ((frame, line.quad) for line in lines)

    def coverage(self, regions: Sequence[Lettering], *, least_overlap: float) -> float | None:
        """Share of the lines' area that lies in judged regions, 0..1; None without lines other than protected marks.

        A line belongs to the regions that overlap it by `least_overlap` of the smaller of the two in its frame. What
        the detector finds is counted in every frame in which it looked, so that what shows longer counts more.
        """
        judged = total = 0.0
        for frame, quad in self._quads:
            here = [one for one in regions if frame in one.quads and overlap(quad, one.quads[frame]) >= least_overlap]
            if any(one.protected for one in here):
                continue
            total += abs(quad.area)
            judged += abs(quad.area) * any(one.judged for one in here)
        return judged / total if total else None
