"""What lies behind lettering that does not move with it: subtitles over a moving picture.

Every pixel of the hole is followed along the picture's own motion, backward and forward, to the nearest frame that
shows it, and is sampled there, once, so that it stays as sharp and grainy as it was. What no frame within reach shows
is filled once, in the first frame that needs it, and from then on followed like everything else, so that it does not
boil. What is taken over are differences between neighbours, so that the light is the frame's own.

Following colours along completed motion is the idea of Xu, Li, Zhou and Loy (Deep flow-guided video inpainting, 2019)
and of Gao, Saraf, Huang and Kopf (Flow-edge guided video completion, 2020), here without a network.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Frame, Layer, Mask
from overlaycut.core.geometry import Box, Span
from overlaycut.repair.estimate.adjacent_text import AdjacentText
from overlaycut.repair.estimate.static_text import STEADY, MaskRun, ink_at
from overlaycut.repair.fill.plate import Fill, filled, filled_quickly
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, Samples, bytes_of, dilated, distance
from overlaycut.vision.masked_flow import MaskedPicture, motion
from overlaycut.vision.poisson import GuidanceField, PoissonSystem
from overlaycut.vision.rectification import flat_layer

AHEAD = 32
"""Frames after the one that is repaired in which its pixels are looked for: a second and a third at 24 fps."""

_PAST = 40
"""Frames before it that are kept for the same purpose."""

_MOST_BYTES = 96_000_000
"""Of all crops that are kept; beyond it, fewer frames are."""

_RIM = 2
"""Pixels around the hole that are followed as well: across its edge colours differ by as much as they do there."""

_RINGING = 3
"""Pixels around the hole that no colour is taken from: a codec rings there, and sampling reaches two."""

_MADE = 1000.0
"""Steps that a filled pixel counts as: any seen one is preferred."""

_SETTLED = 4
"""Frames from the first or the last one of a span in which its lettering does not fade any more."""

_ROOM = 48
"""Pixels around what nobody has seen from which it is filled."""

_MUCH = 0.3
"""Share of the hole that nobody has seen from which it is filled with care."""

_MADE_WEIGHT = 0.002
"""How much a filled pixel counts beside one that was seen."""


@dataclass(frozen=True, slots=True, eq=False)
class _Where:
    """For every pixel of a crop: the frame that shows what lies there, the place in it, and how far away that is."""

    frame: NDArray[np.int32]
    """Index of a frame, -1 where unknown."""
    x: FloatPlane
    y: FloatPlane
    steps: FloatPlane
    """Frames in between; more than `_MADE` when the colour there was filled in."""

    @classmethod
    def nowhere(cls, shape: tuple[int, int]) -> _Where:
        return cls(np.full(shape, -1, np.int32), *(np.zeros(shape, np.float32) for _ in range(3)))


@dataclass(slots=True, eq=False)
class _Seen:
    """One frame's crop."""

    index: int
    picture: NDArray[np.uint8]
    """(rows, columns, 3), chroma at full size."""
    ink: Mask
    hole: Mask
    bare: MaskedPicture | None = None
    """As motion sees it, until that to the frame after is known."""
    back: NDArray[np.float16] | None = None
    """Motion to the frame before, (rows, columns, 2); None when nothing can be followed there."""
    on: NDArray[np.float16] | None = None
    """Motion to the frame after."""
    done: NDArray[np.uint8] | None = None
    """The crop as it was repaired."""
    before: _Where | None = None
    """Where its pixels are shown before it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FlowGuidedFill:
    """A region behind which the picture moves by itself, and how it is to be filled."""

    box: Box
    """The part of the frame that is looked at: even, within the frame."""
    runs: tuple[MaskRun, ...]
    """The lettering that stands there, one after another."""
    limit: Mask | None
    """Where, in the box, anything may be written; None for everywhere."""
    span: Span
    guess: Fill | None = None
    """One more fill to be tried where nobody has seen most of the hole."""

    @property
    def ahead(self) -> int:
        """Frames that have to be foreseen before one is repaired."""
        return min(AHEAD, max(int(_MOST_BYTES / (3 * self.box.area)) // 3, 2))

    def start(self) -> FlowGuidedPass:
        """The repair of one run over the clip."""
        return FlowGuidedPass(self)


@dataclass(eq=False)
class FlowGuidedPass:
    """The fill of one region over one run of frames in display order.

    `look_ahead` is given every frame once, `layer` each of them again up to `FlowGuidedFill.ahead` frames later.
    """

    plan: FlowGuidedFill
    _kept: dict[int, _Seen] = field(default_factory=dict, init=False, repr=False)
    _equations: PoissonSystem | None = field(default=None, init=False, repr=False)
    _after: dict[int, _Where] = field(default_factory=dict, init=False, repr=False)
    _next: AdjacentText | None = field(default=None, init=False, repr=False)

    def look_ahead(self, frame: Frame) -> None:
        """Take in a frame that will be repaired later, or that lies near one."""
        plan = self.plan
        if not plan.span.start - plan.ahead <= frame.index < plan.span.end + plan.ahead:
            return
        picture = bytes_of(frame.yuv(plan.box))
        last = self._kept.get(frame.index - 1)
        ink = self._ink(frame.index, picture, last)
        if frame.index == plan.span.start:
            self._shown_before(ink, picture, frame.index)
        seen = _Seen(frame.index, picture, ink, self._hole(ink, frame.index))
        seen.bare = MaskedPicture.of(picture[..., 0], seen.hole)
        if last is not None and last.bare is not None:
            found = motion(seen.bare, last.bare)
            # Halves of precision are hundredths of a pixel, and a few dozen frames of them are kept.
            seen.back, last.on = (None, None) if found is None else (way.astype(np.float16) for way in found)
            last.bare = None
        self._kept[frame.index] = seen

    def layer(self, frame: Frame) -> Layer | None:
        """What is laid over `frame`, or None when nothing is."""
        seen = self._kept.get(frame.index)
        if seen is None:
            return None
        if frame.index == self.plan.span.start:
            self._stood_before()
        self._forget(frame.index)
        if frame.index not in self.plan.span or not seen.hole.any():
            return None
        if frame.index not in self._after:
            self._look_ahead(frame.index)
        wide = dilated(seen.hole, _RIM)
        seen.before = self._followed(seen, self._kept.get(frame.index - 1), seen.back, wide, before=True)
        chains = [seen.before, self._after.pop(frame.index)]
        slopes = [self._slopes(wide, chain) for chain in chains]
        known = slopes[0].weight + slopes[1].weight > 0
        picture = seen.picture.astype(np.float32)
        picture[seen.hole] = self._membrane(seen.hole).solved(picture, slopes)
        unknown = seen.hole & ~known
        if unknown.any():
            picture = self._filled(picture, unknown, seen.hole)
        seen.done = bytes_of(picture)
        # What was filled now is followed from now on, unless other frames told where to take it from.
        fresh = wide & (seen.before.frame < 0) & ~(slopes[1].weight > 0)
        rows, columns = np.nonzero(fresh)
        now = seen.before
        now.frame[fresh], now.x[fresh], now.y[fresh], now.steps[fresh] = seen.index, columns, rows, _MADE
        return flat_layer(seen.done.astype(np.float32), seen.hole.astype(np.float32), self.plan.box)

    # ---- which pixels

    def _ink(self, index: int, picture: NDArray[np.uint8], last: _Seen | None) -> Mask:
        plan = self.plan
        none = np.zeros(picture.shape[:2], np.bool_)
        if index in plan.span:
            ink = ink_at(plan.runs, index)
            if ink is None:
                return none
            return ink if plan.limit is None else ink & plan.limit
        if last is None or index < plan.span.start:
            return none
        # After the span its lettering may go on showing, or other lettering takes its place.
        if index == plan.span.end:
            self._next = self._beside(max(index - 1 - _SETTLED, plan.span.start))
        going_on = last.ink & _unchanged(picture, last.picture)
        return going_on if self._next is None else going_on | self._next.see(picture)

    def _beside(self, index: int) -> AdjacentText | None:
        """A watch over the place of the lettering that a frame shows; None where it shows none."""
        seen = self._kept.get(index)
        return None if seen is None or not seen.ink.any() else AdjacentText(seen.picture, seen.ink)

    def _stood_before(self) -> None:
        """Find other lettering in the frame before the first one, the only one before it that pixels are taken from."""
        span = self.plan.span
        last = self._kept.get(span.start - 1)
        watch = self._beside(min(span.start + _SETTLED, span.end - 1, max(self._kept)))
        if last is not None and watch is not None:
            last.ink = last.ink | watch.see(last.picture)
            last.hole = self._hole(last.ink, last.index)

    def _shown_before(self, ink: Mask, picture: NDArray[np.uint8], index: int) -> None:
        """Ink of the first frame is ink in the frames before it, too, for as long as it does not change."""
        for earlier in range(index - 1, index - self.plan.ahead, -1):
            seen = self._kept.get(earlier)
            if seen is None:
                return
            ink = ink & _unchanged(seen.picture, picture)
            seen.ink = ink
            seen.hole, picture = self._hole(ink, earlier), seen.picture

    def _hole(self, ink: Mask, index: int) -> Mask:
        """Ink with the pixel around it that it tinges, within the limit where anything is to be written."""
        hole = dilated(ink, 1)
        return hole if self.plan.limit is None or index not in self.plan.span else hole & self.plan.limit

    # ---- where they are shown

    def _followed(
        self, seen: _Seen, other: _Seen | None, motion: NDArray[np.float16] | None, wide: Mask, *, before: bool
    ) -> _Where:
        """Where the pixels `wide` of a frame are shown, given where those of the next one along `motion` are."""
        where = _Where.nowhere(wide.shape)
        if other is None or motion is None:
            return where
        rows, columns = np.nonzero(wide)
        step = motion[rows, columns].astype(np.float32)
        x, y = columns + step[:, 0], rows + step[:, 1]
        near_x, near_y = np.rint(x).astype(np.int32), np.rint(y).astype(np.int32)
        height, width = wide.shape
        inside = (near_x >= 1) & (near_y >= 1) & (near_x < width - 1) & (near_y < height - 1)
        near_x, near_y = near_x.clip(0, width - 1), near_y.clip(0, height - 1)
        free = inside & ~dilated(other.hole, _RINGING)[near_y, near_x]
        chain = other.before if before else self._after.get(other.index)
        taken = [free, np.full(len(rows), other.index, np.int32), x, y, np.ones(len(rows), np.float32)]
        if chain is not None:
            linked = inside & ~free & (chain.frame[near_y, near_x] >= 0)
            linked &= np.isin(chain.frame[near_y, near_x], list(self._kept))
            taken[0] = free | linked
            taken[1] = np.where(linked, chain.frame[near_y, near_x], taken[1])
            taken[2] = np.where(linked, chain.x[near_y, near_x] + (x - near_x), x)
            taken[3] = np.where(linked, chain.y[near_y, near_x] + (y - near_y), y)
            taken[4] = np.where(linked, chain.steps[near_y, near_x] + 1, 1)
        good = taken[0]
        at = rows[good], columns[good]
        where.frame[at], where.x[at], where.y[at], where.steps[at] = (values[good] for values in taken[1:])
        return where

    def _look_ahead(self, index: int) -> None:
        """Follow the pixels of the coming frames into those after them, as far as can be seen."""
        last = max(self._kept)
        self._after = {}
        for at in range(last, index - 1, -1):
            seen = self._kept[at]
            wide = dilated(seen.hole, _RIM)
            self._after[at] = self._followed(seen, self._kept.get(at + 1), seen.on, wide, before=False)
        # What is followed over few frames is good for half of the way; the rest is looked for again from further on.
        keep = index + max((last - index) // 2, 0)
        if last < self.plan.span.end + self.plan.ahead - 1:
            self._after = {at: where for at, where in self._after.items() if at <= keep}

    def _slopes(self, wide: Mask, chain: _Where) -> GuidanceField:
        """How the picture changes from each pixel of `wide` to the next, as the frames at a chain's end show it."""
        across, down, colour = (np.zeros((*wide.shape, 3), np.float32) for _ in range(3))
        weights = np.zeros(wide.shape, np.float32)
        rows, columns = np.nonzero(wide & (chain.frame >= 0))
        frames, steps = chain.frame[rows, columns], chain.steps[rows, columns]
        made = steps >= _MADE
        # Near the end of what can be followed a pixel counts for little, so that it comes and goes softly.
        near = np.clip(1 - (steps - 1) / (self.plan.ahead + 1), 0.02, 1) ** 2 / np.maximum(steps, 1)
        weights[rows, columns] = np.where(made, _MADE_WEIGHT, near)
        for index in np.unique(frames):
            source = self._kept[int(index)]
            for filled_in in (False, True):
                some = (frames == index) & (made == filled_in)
                picture = source.done if filled_in else source.picture
                if not some.any() or picture is None:
                    continue
                at = rows[some], columns[some]
                x, y = chain.x[at], chain.y[at]
                colour[at] = here = _sampled(picture, x, y)
                across[at] = _sampled(picture, x + 1, y) - here
                down[at] = _sampled(picture, x, y + 1) - here
        return GuidanceField(across, down, colour, weights)

    # ---- what is made of it

    def _membrane(self, hole: Mask) -> PoissonSystem:
        """The equations of a hole, which stay the same for as long as its lettering does."""
        if self._equations is None or not np.array_equal(self._equations.hole, hole):
            self._equations = PoissonSystem(hole)
        return self._equations

    def _filled(self, picture: FloatImage, unknown: Mask, hole: Mask) -> FloatImage:
        """The picture with what nobody has seen filled: with care where it is most of the hole, else quickly."""
        around = Box.of(unknown)
        part = (around.grown(_ROOM).clipped(unknown.shape[1], unknown.shape[0]) or around).slices
        result = picture.copy()
        if unknown.sum() > _MUCH * hole.sum():
            result[part], _ = filled(picture[part], unknown[part], usable=~unknown[part], guess=self.plan.guess)
        else:
            result[part] = filled_quickly(picture[part], unknown[part], usable=~unknown[part])
        return result

    def _forget(self, index: int) -> None:
        most = min(_PAST, max(int(_MOST_BYTES / (3 * self.plan.box.area)) - 2 * self.plan.ahead, 4))
        for old in [at for at in self._kept if at < index - most]:
            del self._kept[old]
        for at, seen in self._kept.items():
            if at < index - 1:
                seen.before = seen.back = seen.on = None


def _unchanged(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> Mask:
    return distance(one.astype(np.float32), other.astype(np.float32)) < STEADY


def _sampled(picture: NDArray[np.uint8], x: Samples, y: Samples) -> Colours:
    """The colours of `picture` at places (n,) given from pixel centres: (n, 3)."""
    # OpenCV's pictures have fewer than 32768 rows and columns.
    columns = 1024
    rows = -(-len(x) // columns)
    across, down = (np.zeros((rows, columns), np.float32) for _ in range(2))
    across.ravel()[: len(x)], down.ravel()[: len(x)] = x, y
    found = cv2.remap(picture, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32).reshape(-1, 3)[: len(x)]
