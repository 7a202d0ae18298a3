"""What the pixel measures look at: crops of a region before and after its repair, in two neighbouring frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box, Quad
from overlaycut.core.plan import RegionPlan
from overlaycut.core.repaired import RepairedFrame
from overlaycut.vision.filters import FloatImage, FloatPlane, dilated, distance, scaled, scaled_mask


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewParameters:
    """What is looked at; checked by benchmarks/gates.py."""

    pairs: int = 10
    """Pairs of neighbouring frames of each repaired span."""
    faded: float = 0.15
    """Share of the span, at its beginning, that is left out: repairs may be faded in there."""
    margin: float = 0.8
    """Surround on every side, over the region's shorter side."""
    margins_px: tuple[int, int] = (20, 72)
    """Least and most surround, in pixels of the frame."""
    most_pixels: int = 90_000
    """Pixels of a crop: larger ones are reduced."""
    covered: float = 0.5
    """Share of other lettering's quad inside the region from which the region takes it out."""
    strokes_px: tuple[float, float] = (3.0, 40.0)
    """Least and most thickness of a stroke, in pixels."""
    changed_quantile: float = 0.95
    """Share of the replaced pixels that changed less than those of strokes do."""
    changed: float = 0.15
    """Share of that change from which a stroke may have been at a pixel, most of which is left there."""
    stroke_changed: float = 0.5
    """Share of that change from which a stroke's thickness is measured."""
    least_changed_levels: float = 8.0
    """The same in levels, at least: what a codec and grain change."""
    letter_room_px: int = 2
    """Pixels around what changed that belong to letters: an edge has two sides."""
    mask_room_px: float = 4.0
    """By how much a tight mask is thicker than its strokes, in pixels."""
    written: int = 127
    """Mask level above which a pixel counts as replaced."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionView:
    """One region in one frame."""

    index: int
    """The frame's."""
    before: FloatImage
    after: FloatImage
    replaced: Mask
    """Pixels that the repair replaced."""
    any_written: Mask
    """Pixels that any repair wrote to."""
    region: Mask
    """Pixels of the region's quad."""
    kept: Mask
    """Pixels of other regions, whose lettering stays."""
    reach: FloatPlane
    """Signed distance to the contour of `replaced` in pixels, negative inside."""
    stroke: float
    """Mean thickness of what was replaced, in pixels."""
    letters: Mask
    """Pixels of `replaced` in and close to which strokes were."""
    letter_stroke: float
    """Mean thickness of these strokes, in pixels, with the room that a tight mask leaves around them."""


def sampled_pairs(region: RegionPlan, parameters: ViewParameters) -> list[int]:
    """First frames of the pairs that are looked at, spread over the repaired span."""
    if region.edit is None:
        return []
    known = [i for i in region.edit if i in region.quads and region.visibility.get(i, 1.0) > 0]
    known = known[int(parameters.faded * len(known)) :]
    firsts = [i for i, after in pairwise(known) if after == i + 1] or known
    if len(firsts) <= parameters.pairs:
        return firsts
    return [firsts[round(n * (len(firsts) - 1) / (parameters.pairs - 1))] for n in range(parameters.pairs)]


def crop_of(region: RegionPlan, first: int, width: int, height: int, parameters: ViewParameters) -> Box | None:
    """The even box around the region in frames `first` and the next, with its surround."""
    quads = [region.quads[i] for i in (first, first + 1) if i in region.quads]
    side = min(quads[0].size)
    margin = round(float(np.clip(parameters.margin * side, *parameters.margins_px)))
    box = Box.around([quad.box() for quad in quads]).grown(margin).clipped(width, height)
    return None if box is None or min(box.w, box.h) < 8 else box.even().clipped(width, height)


def view_of(
    after: RepairedFrame, region: RegionPlan, box: Box, parameters: ViewParameters, *, kept: Sequence[Quad] = ()
) -> RegionView:
    """The region in one frame, cropped to `box`; kept: where other lettering stays in that frame."""
    alpha = after.mask[box.slices]
    inside = filled([region.quads[after.frame.index]], box)
    others = filled([quad.grown(2) for quad in kept], box)
    before, now = after.before.yuv(box), after.frame.yuv(box)
    replaced, written = alpha > parameters.written, alpha > 0
    shrunk = (parameters.most_pixels / box.area) ** 0.5
    if shrunk < 1:
        size = max(round(box.w * shrunk), 8), max(round(box.h * shrunk), 8)
        before, now = scaled(before, size, area=True), scaled(now, size, area=True)
        replaced, inside, others = (scaled_mask(mask, size) for mask in (replaced, inside, others))
        written = scaled_mask(written, size, share=0.0)
    reach = _signed_distance(replaced)
    least, most = parameters.strokes_px
    stroke = float(np.clip(4 * -reach[replaced].mean(), least, most)) if replaced.any() else least
    letters, letter_stroke = _letters(before, now, replaced, stroke, parameters)
    return RegionView(
        after.frame.index, before, now, replaced, written, inside, others, reach, stroke, letters, letter_stroke
    )


def _letters(
    before: FloatImage, after: FloatImage, replaced: Mask, stroke: float, parameters: ViewParameters
) -> tuple[Mask, float]:
    """The part of a mask in which strokes were, by what the repair changed, and their thickness in pixels.

    A mask may be far wider than the strokes in it, and shows the picture between them before and after.
    """
    if not replaced.any():
        return replaced, stroke
    change = distance(before, after)
    most = float(np.quantile(change[replaced], parameters.changed_quantile))
    changed = replaced & (change > max(parameters.changed * most, parameters.least_changed_levels))
    strokes = replaced & (change > max(parameters.stroke_changed * most, parameters.least_changed_levels))
    if not strokes.any():
        return replaced, stroke
    own = 4 * float(-_signed_distance(strokes)[strokes].mean()) + parameters.mask_room_px
    return replaced & dilated(changed, parameters.letter_room_px), min(stroke, max(own, parameters.strokes_px[0]))


def staying(region: RegionPlan, others: Sequence[RegionPlan], index: int, parameters: ViewParameters) -> list[Quad]:
    """The quads of other lettering that stays beside a region in one frame.

    What an area of a person covers was found by analysis as well, and is kept by no rule: the area takes it out. A
    protected mark stays wherever it is.
    """
    found = [(one, one.quads[index]) for one in others if index in one.quads]
    if index not in region.quads:
        return [quad for _, quad in found]
    return [quad for one, quad in found if one.protected or _inside(quad, region.quads[index]) < parameters.covered]


def _inside(quad: Quad, other: Quad) -> float:
    """Share of a quad that lies in another, 0..1."""
    box = Box.around([quad.box()])
    own, shared = filled([quad], box), filled([quad], box) & filled([other], box)
    return float(shared.sum()) / max(float(own.sum()), 1.0)


def filled(quads: Sequence[Quad], box: Box) -> Mask:
    """The pixels of `box` that lie in any of the quads."""
    plane = np.zeros((box.h, box.w), np.uint8)
    for quad in quads:
        corners = np.rint((quad.array() - (box.x, box.y)) * 16).astype(np.int32)
        cv2.fillConvexPoly(plane, corners, 1, shift=4)
    return plane.astype(np.bool_)


def _signed_distance(mask: Mask) -> FloatPlane:
    if not mask.any() or mask.all():
        return np.full(mask.shape, -1e3 if mask.any() else 1e3, np.float32)
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(outside - inside, dtype=np.float32)
