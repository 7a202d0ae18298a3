"""Temporal stability of a repair, against that of the picture around it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Frame, Mask, Plane
from overlaycut.core.geometry import FloatArray
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.core.repaired import RepairedFrame
from overlaycut.vision.filters import FloatPlane, Samples
from overlaycut.vision.rectification import RectifiedPlane
from overlaycut.vision.texture import gradient


@dataclass(frozen=True, slots=True, kw_only=True)
class FlickerParameters:
    """How the flicker ratio is measured; checked by benchmarks/repair.py."""

    most_pixels: int = 16_000
    """Pixels of the rectified plane on which frames are compared."""
    classes: tuple[float, ...] = (1.5, 4.0, 10.0)
    """Levels per pixel that separate the classes of local contrast: flat, soft, textured, edges."""
    allowed_px: float = 0.08
    """Pixels by which an edge may tremble where the surround has no edges to compare with."""
    least_in_class: int = 300
    """Pixels of a class, over the whole clip, that the surround must have to be compared with."""
    least_in_frame: int = 50
    """Pixels of the repair, and of the surround, without which a pair of frames is left out."""
    kept_percentile: float = 90
    """Percentile of the errors up to which they count: the rest is what passes in front."""
    inside_from: int = 200
    """Mask level above which a pixel is inside the repair."""
    outside_below: int = 2
    """Mask level below which a pixel is outside."""
    least_error: float = 0.05
    """Levels below which the surround's error is not taken."""


class FlickerMeter:
    """The temporal error inside each repair against that of its surround. Push every frame, in display order.

    Two neighbouring frames are rectified to the region's plane, so that its motion drops out, and the change of
    exposure on which the surround agrees is taken off; what is left at a pixel is its temporal error. A pixel is
    compared with surround of like contrast only, since an edge trembles more than a flat wall does. The ratio is the
    mean error inside the repair over that of its like around it; 1 means that the repair is as steady as its surround.
    Only the repair counts, since a score over the whole picture is dominated by what did not change (PROVE).
    """

    def __init__(self, plan: EditPlan, *, parameters: FlickerParameters = FlickerParameters()) -> None:
        self._of = {region.id: _RegionFlicker(region, parameters) for region in plan.regions if region.changes}

    def see(self, after: RepairedFrame) -> None:
        """Take in one frame."""
        mask = after.mask if after.layers else None
        for region in self._of.values():
            region.see(after.frame, mask)

    def result(self) -> dict[str, float | None]:
        """Region → its ratio; None where fewer than two neighbouring frames could be compared."""
        return {name: region.ratio() for name, region in self._of.items()}

    def course(self) -> dict[str, tuple[tuple[int, float], ...]]:
        """Region → (frame, the ratio of that frame and the one before it, against the surround of the whole clip)."""
        return {name: region.course() for name, region in self._of.items()}


@dataclass(frozen=True, slots=True, eq=False)
class _RectifiedFrame:
    index: int
    luma: FloatPlane
    mask: FloatPlane
    valid: Mask


class _RegionFlicker:
    """Sums of one region's errors, inside and outside its repair: (classes, 3): error, pixels, gradient."""

    def __init__(self, region: RegionPlan, parameters: FlickerParameters) -> None:
        self._region, self._parameters = region, parameters
        quads = [q for index, q in region.quads.items() if region.edit is not None and index in region.edit]
        self._plane: RectifiedPlane | None = None
        if quads:
            self._plane = RectifiedPlane.around(quads, density=1.0, most_pixels=parameters.most_pixels)
        self._last: _RectifiedFrame | None = None
        classes = len(parameters.classes) + 1
        self._inside, self._outside = np.zeros((classes, 3)), np.zeros((classes, 3))
        self._pairs: list[tuple[int, FloatArray]] = []

    def see(self, after: Frame, mask: Plane | None) -> None:
        edit, quad = self._region.edit, self._region.quads.get(after.index)
        if self._plane is None or edit is None or after.index not in edit or quad is None or mask is None:
            self._last = None
            return
        luma, valid = self._plane.read_luma(after, quad)
        now = _RectifiedFrame(after.index, luma, self._plane.read_plane(mask, quad), valid)
        if self._last is not None and self._last.index == after.index - 1:
            self._compare(self._last, now)
        self._last = now

    def _compare(self, a: _RectifiedFrame, b: _RectifiedFrame) -> None:
        parameters = self._parameters
        both = a.valid & b.valid
        inside = both & (a.mask > parameters.inside_from) & (b.mask > parameters.inside_from)
        outside = both & (a.mask < parameters.outside_below) & (b.mask < parameters.outside_below)
        if min(inside.sum(), outside.sum()) < parameters.least_in_frame:
            return
        change = b.luma - a.luma
        change -= np.float32(np.median(change[outside]))
        error, contrast = np.abs(change), _contrast(0.5 * (a.luma + b.luma))
        pair = np.zeros_like(self._inside)
        kind = np.digitize(contrast, parameters.classes)
        for number in range(len(parameters.classes) + 1):
            for where, sums in ((inside, self._inside), (outside, self._outside)):
                chosen = where & (kind == number)
                found = self._summed(error[chosen], contrast[chosen])
                sums[number] += found
                if sums is self._inside:
                    pair[number] = found
        self._pairs.append((b.index, pair))

    def _summed(self, error: Samples, contrast: Samples) -> FloatArray:
        """Sum of the errors that count, their number, and the sum of the gradient: (3,)."""
        if not len(error):
            return np.zeros(3)
        kept = error[error <= np.percentile(error, self._parameters.kept_percentile)]
        return np.array([float(kept.sum()), len(kept), float(contrast.mean()) * len(contrast)])

    def ratio(self) -> float | None:
        """The region's ratio; None where nothing could be compared."""
        return self._ratio(self._inside)

    def course(self) -> tuple[tuple[int, float], ...]:
        """(frame, ratio) of each pair of which anything could be compared."""
        found = ((index, self._ratio(inside)) for index, inside in self._pairs)
        return tuple((index, value) for index, value in found if value is not None)

    def _ratio(self, sums: FloatArray) -> float | None:
        """The ratio of errors inside, (classes, 3), to those of like surround in all frames."""
        parameters = self._parameters
        (inside, own, steep), (outside, around, _) = sums.T, self._outside.T
        known = np.flatnonzero((around >= parameters.least_in_class) & (own > 0))
        if not len(known):
            return None
        mean = outside[known] / around[known]
        # The flattest class gives the noise; steeper ones may add what a tremble of a few hundredths of a pixel does.
        slope = steep[known] / own[known] - steep[known[0]] / own[known[0]]
        due = np.maximum(mean, mean[0] + parameters.allowed_px * slope)
        ratios = (inside[known] / own[known]) / np.maximum(due, parameters.least_error)
        return float(ratios @ own[known] / own[known].sum())


def _contrast(luma: FloatPlane) -> FloatPlane:
    """Largest gradient in the 3×3 pixels around each, in levels per pixel."""
    return np.asarray(cv2.dilate(gradient(luma), np.ones((3, 3), np.uint8)), dtype=np.float32)
