"""How much of a clip a repair wrote to, and whether the rest is what it was."""

from __future__ import annotations

import numpy as np

from overlaycut.core.frame import Mask, Plane
from overlaycut.core.repaired import RepairedFrame


class UntouchedCheck:
    """Compares repaired frames, sample by sample, with the decoded ones outside the masks. Push every frame."""

    def __init__(self) -> None:
        self._touched = self._samples = 0
        self.untouched_identical = True
        """Whether every sample outside the masks equals the decoded one."""

    def see(self, after: RepairedFrame) -> None:
        """Compare one frame."""
        before = after.before
        self._samples += before.y.size
        if not after.layers:
            same = all(a is b or np.array_equal(a, b) for a, b in zip(before.planes, after.frame.planes, strict=True))
            self.untouched_identical &= same
            return
        written = after.mask > 0
        self._touched += int(np.count_nonzero(written))
        tall = written[0::2] | written[1::2]
        coarse = tall[:, 0::2] | tall[:, 1::2]
        free = ~written, ~coarse, ~coarse
        self.untouched_identical &= all(
            _same(a, b, where) for a, b, where in zip(before.planes, after.frame.planes, free, strict=True)
        )

    @property
    def compared(self) -> int:
        """Luma samples outside the masks, each of which was compared."""
        return self._samples - self._touched

    @property
    def fraction(self) -> float:
        """Share of all luma samples of the clip that lie inside a mask, 0..1."""
        return self._touched / self._samples if self._samples else 0.0


def _same(a: Plane, b: Plane, where: Mask) -> bool:
    return not bool(((a != b) & where).any())
