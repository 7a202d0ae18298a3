"""What a repair cost the picture, measured on the frames themselves."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Frame, Mask, Plane
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.core.repaired import RepairedFrame
from overlaycut.vision.filters import FloatPlane
from overlaycut.vision.rectification import RectifiedPlane
from overlaycut.vision.texture import gradient

_MOST_PIXELS = 16_000

_CONTRASTS = (1.5, 4.0, 10.0)
"""Levels per pixel that part the classes of local contrast: flat, soft, textured, edges."""

_ALLOWED_PX = 0.08
"""Pixels by which an edge may tremble where the surround has no edges to compare with."""

_LEAST_PIXELS = 300
"""Pixels of a class, over the whole clip, that its surround must have to be compared with."""

_TRIM = 90
"""Percentile of the errors that is kept: the rest is what passes in front, which is no repair's fault."""


class Touched:
    """How much of a clip was written to, and whether the rest is what it was. Push every frame."""

    def __init__(self) -> None:
        self._touched = self._samples = 0
        self.untouched_identical = True
        """Whether every sample outside the masks equals the one that came in; compared, not assumed."""

    def see(self, after: RepairedFrame) -> None:
        """Compare one frame with what became of it."""
        before = after.before
        self._samples += before.y.size
        if not after.layers:
            same = all(a is b or np.array_equal(a, b) for a, b in zip(before.planes, after.frame.planes, strict=True))
            self.untouched_identical &= same
            return
        mask = after.mask
        written = mask > 0
        self._touched += int(np.count_nonzero(written))
        tall = written[0::2] | written[1::2]
        coarse = tall[:, 0::2] | tall[:, 1::2]
        free = ~written, ~coarse, ~coarse
        self.untouched_identical &= all(
            _same(a, b, where) for a, b, where in zip(before.planes, after.frame.planes, free, strict=True)
        )

    @property
    def fraction(self) -> float:
        """Share of all luma samples of the clip that lie inside a mask, 0..1."""
        return self._touched / self._samples if self._samples else 0.0


class Flicker:
    """The temporal error inside each repair against that of its surround. Push every frame, in display order.

    Two neighbouring frames are laid on the region's sheet, so that its motion drops out, and the change of
    exposure that the surround agrees on is taken off; what is left at a pixel is its temporal error. A pixel
    is held only against surround of like contrast, since an edge trembles more than a flat wall does. The
    ratio is the mean error inside the repair over that of its like around it; 1 means that the repair is as
    steady as its surround. Looking only there follows PROVE's finding that a score of the whole picture is
    drowned by all that did not change.
    """

    def __init__(self, plan: EditPlan) -> None:
        self._of = {region.id: _RegionFlicker(region) for region in plan.regions if region.changes}

    def see(self, after: RepairedFrame) -> None:
        """Take in one frame."""
        mask = after.mask if after.layers else None
        for region in self._of.values():
            region.see(after.frame, mask)

    def result(self) -> dict[str, float | None]:
        """Region → its ratio; None where fewer than two neighbouring frames could be compared."""
        return {name: region.ratio() for name, region in self._of.items()}


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    index: int
    luma: FloatPlane
    mask: FloatPlane
    valid: Mask


class _RegionFlicker:
    def __init__(self, region: RegionPlan) -> None:
        self._region = region
        quads = [q for index, q in region.quads.items() if region.edit is not None and index in region.edit]
        self._sheet = RectifiedPlane.around(quads, density=1.0, most_pixels=_MOST_PIXELS) if quads else None
        self._last: _Seen | None = None
        classes = len(_CONTRASTS) + 1
        self._inside, self._outside = np.zeros((classes, 3)), np.zeros((classes, 3))

    def see(self, after: Frame, mask: Plane | None) -> None:
        edit, quad = self._region.edit, self._region.quads.get(after.index)
        if self._sheet is None or edit is None or after.index not in edit or quad is None or mask is None:
            self._last = None
            return
        canvas, valid = self._sheet.read(after, quad)
        seen = _Seen(after.index, canvas[..., 0], self._sheet.read_plane(mask, quad), valid)
        if self._last is not None and self._last.index == after.index - 1:
            self._compare(self._last, seen)
        self._last = seen

    def _compare(self, a: _Seen, b: _Seen) -> None:
        both = a.valid & b.valid
        inside = both & (a.mask > 200) & (b.mask > 200)
        outside = both & (a.mask < 2) & (b.mask < 2)
        if inside.sum() < 50 or outside.sum() < 50:
            return
        change = b.luma - a.luma
        change -= np.float32(np.median(change[outside]))
        error = np.abs(change)
        steep = _contrast(0.5 * (a.luma + b.luma))
        kind = np.digitize(steep, _CONTRASTS)
        for place in range(len(_CONTRASTS) + 1):
            for where, sums in ((inside, self._inside), (outside, self._outside)):
                chosen = where & (kind == place)
                sums[place] += (
                    *_trimmed(error[chosen]),
                    float(steep[chosen].mean()) * chosen.sum() if chosen.any() else 0,
                )

    def ratio(self) -> float | None:
        (inside, own, steep), (outside, around, _) = self._inside.T, self._outside.T
        known = np.flatnonzero((around >= _LEAST_PIXELS) & (own > 0))
        if not len(known):
            return None
        mean = outside[known] / around[known]
        # The flattest class tells the noise; steeper ones may add what a tremble of a few hundredths of a pixel does.
        due = np.maximum(mean, mean[0] + _ALLOWED_PX * (steep[known] / own[known] - steep[known[0]] / own[known[0]]))
        ratios = (inside[known] / own[known]) / np.maximum(due, 0.05)
        return float(ratios @ own[known] / own[known].sum())


def _contrast(luma: FloatPlane) -> FloatPlane:
    """Gradient, in levels per pixel, at its largest in the 3×3 pixels around each."""
    return np.asarray(cv2.dilate(gradient(luma), np.ones((3, 3), np.uint8)), dtype=np.float32)


def _trimmed(values: NDArray[np.float32]) -> tuple[float, int]:
    """Sum and number of the values that are not beyond the percentile of `_TRIM`."""
    kept = values[values <= np.percentile(values, _TRIM)] if len(values) else values
    return float(kept.sum()), len(kept)


def _same(a: Plane, b: Plane, where: Mask) -> bool:
    return not bool(((a != b) & where).any())
