"""Segmentation of lettering that stands still on the screen: which pixels it takes, for as long as it shows.

Subtitles come and go. Each of them is a run of frames in which the text does not change; its pixels are those that
most segmentations of the run find, so that a mask is tight, and the same in every frame of it.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Span
from overlaycut.repair.segment.halo import HaloParameters, ShadowParameters, soft_shadow
from overlaycut.repair.segment.text_box import TextBox
from overlaycut.repair.segment.text_segmentation import TextSegmentationParameters, segment_text
from overlaycut.vision.components import without_pinholes
from overlaycut.vision.filters import FloatImage, closed, dilated, distance


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticTextParameters:
    """Limits of a run of frames, and votes for its pixels; checked by benchmarks/repair.py on subtitles."""

    steady_levels: float = 12.0
    """Levels by which text may change from frame to frame and still be the same: what a codec does at an edge."""
    replaced_share: float = 0.35
    """Share of the text's pixels, 0..1, that change when other lettering, or none, takes its place."""
    every: int = 3
    """Frames of a run between segmentations; as many at its start are all segmented."""
    text_votes: float = 0.4
    """Share of the segmentations, 0..1, that find a pixel of text: a bright background hides white letters."""
    shadow_votes: float = 0.6
    """The same for a pixel of shadow."""
    clear_share: float = 0.5
    """Share of the segmentations, 0..1, in which strokes stand out when there is lettering."""
    pinhole_px: int = 4
    """Radius up to which a gap within text is closed: one pixel of a letter that is left catches the eye."""
    brief_frames: int = 5
    """Frames below which a run is too short to be segmented: it is a part of a fade."""
    mixed_frames: int = 2
    """Frames beside a change of lettering in which a fade or a codec shows both."""
    segmentation: TextSegmentationParameters = field(default_factory=TextSegmentationParameters)
    shadow: ShadowParameters = field(default_factory=ShadowParameters)


_DEFAULTS = StaticTextParameters()


@dataclass(frozen=True, slots=True, eq=False)
class MaskRun:
    """Frames that show the same lettering."""

    span: Span
    shape: tuple[int, int]
    """Rows and columns of `mask`."""
    packed: NDArray[np.uint8]
    """The mask, eight pixels to a byte, deflated: a long clip has thousands of runs."""
    boxes: tuple[TextBox, ...] = ()
    """Boxes under it through which the picture shows; what they cover is not in `mask`."""

    @classmethod
    def of(cls, span: Span, mask: Mask, boxes: tuple[TextBox, ...] = ()) -> MaskRun:
        """The run with `mask`, (rows, columns), the pixels of its text, its blur included; empty without text."""
        rows, columns = mask.shape
        packed = np.frombuffer(zlib.compress(np.packbits(mask).tobytes(), 6), np.uint8)
        return cls(span, (rows, columns), packed, boxes)

    @property
    def mask(self) -> Mask:
        """The pixels of its text, its blur included, (rows, columns); empty where there is none."""
        rows, columns = self.shape
        bits = np.frombuffer(zlib.decompress(self.packed.tobytes()), np.uint8)
        return np.unpackbits(bits, count=rows * columns).reshape(self.shape).astype(np.bool_)


class _OpenRun:
    """The run of frames that is being read."""

    def __init__(self, start: int, shape: tuple[int, ...], parameters: StaticTextParameters) -> None:
        self.start, self._parameters = start, parameters
        self.segmentations = self.clear = 0
        self.halo_px = HaloParameters().most_px
        self.text: Mask = np.zeros(shape, np.bool_)
        """As it was last segmented."""
        self._votes, self._shadow_votes = (np.zeros(shape, np.int32) for _ in range(2))

    def segment(self, picture: FloatImage, own: Mask, height_px: float) -> None:
        """Count the votes of one frame."""
        limits, valid = self._parameters, np.ones_like(own)
        found = segment_text(picture, region=own, valid=valid, height_px=height_px, parameters=limits.segmentation)
        self.segmentations += 1
        if found.clear:
            self.clear += 1
            self.text = found.ink
            # What lies behind may pass for a halo now and then; the lettering's own is there every time.
            self.halo_px = min(self.halo_px, found.halo_px)
            self._votes += found.ink
            text = dilated(found.ink, 1)
            self._shadow_votes += soft_shadow(picture, text, height_px=found.height_px, parameters=limits.shadow)

    def is_clear(self) -> bool:
        """Whether most segmentations found lettering."""
        return self.clear > self._parameters.clear_share * self.segmentations

    def mask(self) -> Mask:
        """The pixels that won: empty when the run shows no lettering."""
        limits = self._parameters
        if not self.is_clear():
            return without_pinholes(np.zeros_like(self.text), limits.pinhole_px)
        text: Mask = self._votes >= max(limits.text_votes * self.clear, 1)
        # What is dark by itself moves, or is dark in few frames.
        shade: Mask = self._shadow_votes >= max(limits.shadow_votes * self.clear, 1)
        return without_pinholes(dilated(text, self.halo_px) | closed(shade, 2), limits.pinhole_px)


class StaticText:
    """Segments one part of the screen, frame by frame in display order."""

    def __init__(self, *, own: Mask, height_px: float, parameters: StaticTextParameters = _DEFAULTS) -> None:
        """own: (rows, columns), where lettering may be. height_px: of a line of it, roughly."""
        self._own, self._height, self._parameters = own, height_px, parameters
        self._runs: list[MaskRun] = []
        self._any_clear = False
        self._open: _OpenRun | None = None
        self._last: tuple[int, FloatImage] | None = None

    def see(self, index: int, picture: FloatImage) -> None:
        """Take in the part of a frame: (rows, columns, 3)."""
        run = self._open
        if run is None or self._last is None or index != self._last[0] + 1 or self._changed(run, picture):
            self._close()
            self._open = run = _OpenRun(index, self._own.shape, self._parameters)
        self._last = index, picture
        age = index - run.start
        if age < self._parameters.every or age % self._parameters.every == 0:
            run.segment(picture, self._own, self._height)

    def _changed(self, run: _OpenRun, picture: FloatImage) -> bool:
        """Whether most of the text that was last segmented is gone."""
        if self._last is None or not run.text.any():
            return False
        return replaced(run.text, picture, self._last[1], self._parameters)

    @property
    def found(self) -> bool:
        """Whether strokes stood out in any run that has ended."""
        return self._any_clear

    def runs(self) -> tuple[MaskRun, ...]:
        """Every run so far; where strokes never stood out in any of them, all of the region counts as text."""
        self._close()
        if not self._any_clear:
            return tuple(MaskRun.of(run.span, self._own) for run in self._runs)
        return settled(self._runs, self._parameters)

    def _close(self) -> None:
        run = self._open
        if run is None or self._last is None:
            return
        self._runs.append(MaskRun.of(Span(run.start, self._last[0] + 1), run.mask()))
        self._any_clear |= run.is_clear()
        self._open = self._last = None


def settled(runs: Sequence[MaskRun], parameters: StaticTextParameters = _DEFAULTS) -> tuple[MaskRun, ...]:
    """`runs`, of which brief ones take the text of their neighbours instead of what little was segmented in them.

    Each frame of a fade passes for a change, and shows the lettering before or after it.
    """
    return tuple(_settled(runs, parameters.brief_frames))


def _settled(runs: Sequence[MaskRun], brief: int) -> Iterator[MaskRun]:
    lasting = [run for run in runs if len(run.span) >= brief]
    for run in runs:
        if len(run.span) >= brief:
            yield run
            continue
        before = [other for other in lasting if 0 <= run.span.start - other.span.end < 2 * brief]
        after = [other for other in lasting if 0 <= other.span.start - run.span.end < 2 * brief]
        near = np.logical_or.reduce([np.zeros(run.shape, np.bool_), *(other.mask for other in before[-1:] + after[:1])])
        # Faint lettering is found in part, or with much of the picture; elsewhere it is other lettering.
        own = run.mask
        known = float((own & near).sum()) > 0.5 * min(float(own.sum()), float(near.sum()))
        yield MaskRun.of(run.span, near if known else own | near)


def replaced(text: Mask, picture: FloatImage, before: FloatImage, parameters: StaticTextParameters = _DEFAULTS) -> bool:
    """Whether other lettering, or none, has taken the place of `text`, which is not empty, since the frame before."""
    changed = distance(picture, before) >= parameters.steady_levels
    return float(changed[text].mean()) > parameters.replaced_share


def unchanged(
    picture: NDArray[np.uint8], other: NDArray[np.uint8], parameters: StaticTextParameters = _DEFAULTS
) -> Mask:
    """The pixels that two crops have in common but for a codec's noise."""
    return distance(picture.astype(np.float32), other.astype(np.float32)) < parameters.steady_levels


def text_at(runs: tuple[MaskRun, ...], index: int, parameters: StaticTextParameters = _DEFAULTS) -> Mask | None:
    """The text of a frame, with that of a run that ends or begins next to it; None when no run is near.

    runs: in display order.
    """
    near = [run.mask for run in _near(runs, index, parameters.mixed_frames)]
    return np.logical_or.reduce(near) if near else None


def boxes_at(
    runs: tuple[MaskRun, ...], index: int, parameters: StaticTextParameters = _DEFAULTS
) -> tuple[TextBox, ...]:
    """The boxes through which a frame's picture may show: those of its run, and of a run that ends or begins beside."""
    near = _near(runs, index, parameters.mixed_frames)
    own = [box for run in near if index in run.span for box in run.boxes]
    beside = [run for run in near if index not in run.span]
    return (*own, *(box for run in beside for box in run.boxes if box not in own))


def _near(runs: tuple[MaskRun, ...], index: int, mixed: int) -> tuple[MaskRun, ...]:
    """The runs, of some in display order, that show a frame or lie within `mixed` frames of it."""
    first = bisect_right(runs, index - mixed, key=lambda run: run.span.end)
    return runs[first : bisect_right(runs, index + mixed, key=lambda run: run.span.start)]
