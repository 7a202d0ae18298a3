"""The pass of a flow-guided fill over a clip: a window of crops, followed pixel by pixel."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Frame, Layer, Mask
from overlaycut.core.geometry import Box
from overlaycut.repair.fill.flow_guided import FlowGuidedFill
from overlaycut.repair.fill.inpainting import Fill
from overlaycut.repair.fill.pixel_chains import Crop, PixelChains, chained, guidance
from overlaycut.repair.fill.plate import filled
from overlaycut.repair.fill.rim_weighing import RimWeighing
from overlaycut.repair.fill.unblending import recovered
from overlaycut.repair.segment.adjacent_text import AdjacentText
from overlaycut.repair.segment.static_text import boxes_at, text_at, unchanged
from overlaycut.repair.segment.text_box import TextBox
from overlaycut.vision.coherence import coherence_fill
from overlaycut.vision.filters import FloatImage, FlowField, bytes_of, dilated
from overlaycut.vision.illumination import spread
from overlaycut.vision.masked_flow import MaskedPicture, motion
from overlaycut.vision.poisson import GuidanceField, PoissonSystem, trusted
from overlaycut.vision.rectification import flat_layer


class FlowGuidedPass:
    """The fill of one region over one pass through a clip, in display order.

    `look_ahead` is given every frame once, `layer` each of them again up to `FlowGuidedFill.ahead` frames later.
    """

    def __init__(self, plan: FlowGuidedFill, *, fill: Fill | None = None) -> None:
        """fill: the fill that the plan names in `fill_model`."""
        self._plan, self._fill = plan, fill
        self._kept: dict[int, Crop] = {}
        self._equations: PoissonSystem | None = None
        self._weighing = RimWeighing(plan.parameters.fill.coherence, plan.parameters.weighing)
        self._after: dict[int, PixelChains] = {}
        """Chains into the frames after each of the coming ones."""
        self._adjacent: AdjacentText | None = None
        self._around_text = _around(_ever_covered(plan), plan.parameters.surround_px)
        """The part of the crop in which motion is measured."""

    def look_ahead(self, frame: Frame) -> None:
        """Take in a frame that will be repaired later, or that lies near one."""
        plan = self._plan
        if not plan.span.start - plan.ahead <= frame.index < plan.span.end + plan.ahead:
            return
        picture = bytes_of(frame.yuv(plan.box))
        last = self._kept.get(frame.index - 1)
        text = self._text(frame.index, picture, last)
        picture, shown, open_ = recovered(picture, self._boxes(frame.index), text)
        text = text | open_
        if frame.index == plan.span.start:
            self._extend_before(text, picture, frame.index)
        hole = self._hole(text, frame.index)
        crop = Crop(frame.index, picture, text, hole, self._within(shown, frame.index) & ~hole)
        crop.masked = MaskedPicture.of(picture[self._around_text.slices][..., 0], crop.hole[self._around_text.slices])
        if last is not None and last.masked is not None:
            # Between two frames in which nothing is hidden, no pixel is followed.
            hidden = crop.hole.any() or last.hole.any()
            found = motion(crop.masked, last.masked) if hidden else None
            crop.back, last.forward = (None, None) if found is None else (self._extended(way) for way in found)
            last.masked = None
        self._kept[frame.index] = crop

    def layer(self, frame: Frame) -> Layer | None:
        """The layer over `frame`, or None when nothing is filled there."""
        crop = self._kept.get(frame.index)
        if crop is None:
            return None
        if frame.index == self._plan.span.start:
            self._mask_adjacent_before()
        self._forget(frame.index)
        written = crop.hole | crop.recovered
        if frame.index not in self._plan.span or not written.any():
            return None
        if frame.index not in self._after:
            self._chain_ahead(frame.index)
        crop.repaired = self._repaired(crop)
        if crop.tinged is not None:
            written = written | crop.tinged
        return flat_layer(crop.repaired.astype(np.float32), written.astype(np.float32), self._plan.box)

    def _extended(self, way: FlowField) -> NDArray[np.float16]:
        """Motion around the text, in all of the crop."""
        around, whole = self._around_text, self._plan.box
        beside = around.y, whole.h - around.bottom, around.x, whole.w - around.right
        # Half precision is a hundredth of a pixel, and a few dozen frames of it are kept.
        return cv2.copyMakeBorder(way, *beside, cv2.BORDER_REPLICATE).astype(np.float16)

    def _repaired(self, crop: Crop) -> NDArray[np.uint8]:
        """The crop with its hole filled; all but chains is worked out around the hole only."""
        plan, part = self._plan, self._surround(crop.hole)
        wide = dilated(crop.hole, plan.parameters.rim_px)
        previous = self._kept.get(crop.index - 1)
        links = None if previous is None else previous.before
        crop.before = before = self._chained(crop, previous, crop.back, links)
        slopes = [
            guidance(wide[part], chains.within(part), self._kept, reach=plan.ahead, parameters=plan.parameters)
            for chains in (before, self._after.pop(crop.index))
        ]
        picture, hole = self._without_tinged_chroma(crop, part), crop.hole[part]
        made = picture.copy()
        made[hole] = self._system(hole).solved(picture, slopes, trusted(picture, hole, slopes))
        seen = [_seen(source, plan.parameters.filled_weight) for source in slopes]
        picture = self._weighing.blended(picture, hole, seen, made)
        result, unknown, unseen = (crop.picture.copy(), *(np.zeros_like(crop.hole) for _ in range(2)))
        result[part], unseen[part] = bytes_of(picture), slopes[1].weight <= 0
        unknown[part] = hole & unseen[part] & (slopes[0].weight <= 0)
        if unknown.any():
            result = self._filled(result, unknown, crop.hole)
        # What is filled here is followed from now on, unless later frames show it.
        before.end_in(crop.index, wide & (before.frame < 0) & unseen)
        return result

    def _surround(self, hole: Mask) -> tuple[slice, slice]:
        """The part of the crop that the fill of `hole` depends on."""
        return _around(hole, self._plan.parameters.surround_px).slices

    def _without_tinged_chroma(self, crop: Crop, part: tuple[slice, slice]) -> FloatImage:
        """A part of the picture, with chroma interpolated beside the hole, where half its resolution tinges it."""
        limits, picture, hole = self._plan.parameters, crop.picture[part].astype(np.float32), crop.hole[part]
        wide = dilated(hole, limits.chroma_px)
        smooth = spread(picture, (~wide).astype(np.float32))
        off = np.abs(smooth - picture)[..., 1:].max(axis=2)
        crop.tinged = np.zeros_like(crop.hole)
        crop.tinged[part] = wide & ~hole & (off > limits.chroma_levels)
        crop.tinged = self._within(crop.tinged, crop.index)
        tinged = crop.tinged[part]
        picture[tinged, 1:] = smooth[tinged, 1:]
        return picture

    # ---- masks

    def _text(self, index: int, picture: NDArray[np.uint8], last: Crop | None) -> Mask:
        plan = self._plan
        none = np.zeros(picture.shape[:2], np.bool_)
        if index in plan.span:
            text = text_at(plan.runs, index, plan.parameters.static_text)
            if text is None:
                return none
            return text if plan.limit is None else text & plan.limit
        if last is None or index < plan.span.start:
            return none
        # After the span its lettering may go on showing, or other lettering takes its place.
        if index == plan.span.end:
            self._adjacent = self._adjacent_to(max(index - 1 - plan.parameters.settled, plan.span.start))
        going_on = last.text & unchanged(picture, last.picture, plan.parameters.static_text)
        return going_on if self._adjacent is None else going_on | self._adjacent.see(picture)

    def _adjacent_to(self, index: int) -> AdjacentText | None:
        """A detector of lettering in the place of what a frame shows; None where it shows none."""
        crop = self._kept.get(index)
        if crop is None or not crop.text.any():
            return None
        return AdjacentText(crop.picture, crop.text, self._plan.parameters.adjacent_text)

    def _mask_adjacent_before(self) -> None:
        """Mask other lettering in the frame before the span, the only one before it that pixels are taken from."""
        span = self._plan.span
        last = self._kept.get(span.start - 1)
        detector = self._adjacent_to(min(span.start + self._plan.parameters.settled, span.end - 1, max(self._kept)))
        if last is not None and detector is not None:
            last.text = last.text | detector.see(last.picture)
            last.hole = self._hole(last.text, last.index)

    def _extend_before(self, text: Mask, picture: NDArray[np.uint8], index: int) -> None:
        """Mask the text of the first frame in the frames before it, too, for as long as it does not change."""
        for earlier in range(index - 1, index - self._plan.ahead, -1):
            crop = self._kept.get(earlier)
            if crop is None:
                return
            text = text & unchanged(crop.picture, picture, self._plan.parameters.static_text)
            crop.text = text
            crop.hole, picture = self._hole(text, earlier), crop.picture

    def _hole(self, text: Mask, index: int) -> Mask:
        """Text, with what it may tinge in frames that are not repaired, within the limit where anything is written."""
        return self._within(text if index in self._plan.span else dilated(text, 1), index)

    def _within(self, mask: Mask, index: int) -> Mask:
        """The part of `mask` that may be written in a frame."""
        return mask if self._plan.limit is None or index not in self._plan.span else mask & self._plan.limit

    def _boxes(self, index: int) -> tuple[TextBox, ...]:
        plan = self._plan
        return boxes_at(plan.runs, index, plan.parameters.static_text) if index in plan.span else ()

    # ---- chains

    def _chained(
        self, crop: Crop, other: Crop | None, way: NDArray[np.float16] | None, links: PixelChains | None
    ) -> PixelChains:
        return chained(crop, other, way, links, kept=self._kept, parameters=self._plan.parameters)

    def _chain_ahead(self, index: int) -> None:
        """Follow the pixels of the coming frames into those after them, as far as they have been read."""
        last = max(self._kept)
        self._after = {}
        for at in range(last, index - 1, -1):
            crop = self._kept[at]
            self._after[at] = self._chained(crop, self._kept.get(at + 1), crop.forward, self._after.get(at + 1))
        # Chains over few frames are kept for half of the way; the rest is followed again when more has been read.
        keep = index + max((last - index) // 2, 0)
        if last < self._plan.span.end + self._plan.ahead - 1:
            self._after = {at: chains for at, chains in self._after.items() if at <= keep}

    # ---- fill

    def _system(self, hole: Mask) -> PoissonSystem:
        """The equations of a hole, which stay the same for as long as its lettering does."""
        if self._equations is None or not np.array_equal(self._equations.hole, hole):
            self._equations = PoissonSystem(hole)
        return self._equations

    def _filled(self, picture: NDArray[np.uint8], unknown: Mask, hole: Mask) -> NDArray[np.uint8]:
        """The picture with what no frame shows filled: by the best fill where it is much of the hole, else quickly."""
        limits = self._plan.parameters
        around = Box.of(unknown)
        part = (around.grown(limits.fill_margin_px).clipped(unknown.shape[1], unknown.shape[0]) or around).slices
        known, open_ = picture[part].astype(np.float32), unknown[part]
        if unknown.sum() > limits.careful_share * hole.sum():
            made, _ = filled(known, open_, usable=~open_, guess=self._fill, parameters=limits.fill)
        else:
            made = coherence_fill(known, open_, limits.fill.coherence)
        result = picture.copy()
        result[part] = bytes_of(made)
        return result

    def _forget(self, index: int) -> None:
        for old in [at for at in self._kept if at < index - self._plan.past]:
            del self._kept[old]
        for at, crop in self._kept.items():
            if at < index - 1:
                crop.before = crop.back = crop.forward = None


def _ever_covered(plan: FlowGuidedFill) -> Mask:
    """The pixels of the crop that lettering, or a box under it, takes in any frame."""
    none = np.zeros((plan.box.h, plan.box.w), np.bool_)
    boxes = (box.inside(none.shape, grown=2) for run in plan.runs for box in run.boxes)
    return np.asarray(np.logical_or.reduce([none, *(run.mask for run in plan.runs), *boxes]))


def _around(mask: Mask, margin_px: int) -> Box:
    """The part of a crop around what is set in `mask`; all of it where nothing is."""
    whole = Box(0, 0, mask.shape[1], mask.shape[0])
    around = Box.of(mask).grown(margin_px) if mask.any() else whole
    return around.clipped(whole.w, whole.h) or whole


def _seen(source: GuidanceField, filled_weight: float) -> GuidanceField:
    """A source without what was filled in an earlier frame, which says nothing of how well motion is known."""
    return replace(source, weight=np.where(source.weight > filled_weight, source.weight, 0).astype(np.float32))
