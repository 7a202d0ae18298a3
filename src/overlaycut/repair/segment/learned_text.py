"""Lettering of a run of frames as a text segmentation network finds it, checked against how its pixels behave in time.

A network tells letters and outlines in single frames, and errs at their edges, at lettering that is part of the
picture, and where only few frames show a word well. Over a run of frames that show the same lettering its answers are
averaged; what moves with the picture is none of it; and boxes and drop shadows are found as what is drawn around all
letters alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.colour import BLACK, RGB_TO_YCBCR
from overlaycut.core.frame import Mask, Picture
from overlaycut.core.geometry import Box, Span
from overlaycut.models.text_segmentation import TextSegmenter
from overlaycut.repair.segment.halo import ShadowParameters, soft_shadow
from overlaycut.repair.segment.static_text import MaskRun, StaticTextParameters, replaced, settled
from overlaycut.vision.components import Components, connected_to, enclosed, without_pinholes
from overlaycut.vision.filters import FloatImage, FloatPlane, bytes_of, closed, dilated, distance, opened
from overlaycut.vision.illumination import spread

_TO_RGB = np.linalg.inv(RGB_TO_YCBCR).astype(np.float32) * np.float32(255)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedTextParameters:
    """How answers of the network become a mask; set by benchmarks/subtitles.py on its tuning clips."""

    heights: tuple[float, ...] = (1.0, 0.6, 0.36, 0.22)
    """Heights of a line that are tried, over the height of the region: the network is right within a third."""
    least_line_px: float = 9.0
    """Height of a line below which none is tried."""
    context: float = 1.0
    """Picture around the region that the network sees, over the height of a line."""
    sure: float = 0.6
    """Mean probability, 0..1, that some pixel of a letter has at least."""
    likely: float = 0.3
    """Mean probability from which the pixels connected to it belong to it."""
    changed_share: float = 0.15
    """Share of the lettering's pixels, 0..1, that come or go when words do."""
    least_px: int = 40
    """Pixels of lettering that a frame shows at least when it shows any."""
    edge: float = 0.045
    """Width of the blurred edge around strokes, over the height of a line."""
    least_edge_px: int = 2
    """The same in pixels, at least: chroma has half the resolution."""
    samples: int = 12
    """Frames of a run of which the pixels' change is measured, at most."""
    moves_levels: float = 14.0
    """Median distance of a pixel's colours from their median beyond which it shows something that moves."""
    steady_share: float = 0.5
    """Share of a component's pixels that must not move."""
    shadow_likely: float = 0.5
    """Mean probability from which a pixel beside strokes is shadow."""
    fall: tuple[int, ...] = (1, 2, 3, 4, 5, 6)
    """Offsets of a drop shadow, in pixels, that are looked for."""
    fall_levels: float = 6.0
    """Levels of luma by which a drop shadow is darker than what it falls on, in the median."""
    fall_share: float = 0.66
    """Share of its pixels that are darker by half of that."""
    box_levels: float = 9.0
    """Distance of a box's pixels from its colour, in levels."""
    box_fill: float = 0.9
    """Share of its rectangle that a box fills."""
    box_edge_levels: float = 10.0
    """Distance of what lies outside a box's edge from its colour, in levels."""
    box_edge_share: float = 0.6
    """Share of the edge that must be so distant."""
    shadow: ShadowParameters = field(default_factory=ShadowParameters)


_DEFAULTS = LearnedTextParameters()

Answer: TypeAlias = tuple[FloatPlane, FloatPlane, FloatPlane]
"""Probability of letter, outline and shadow at every pixel, (rows, columns)."""


def as_rgb(picture: FloatImage) -> Picture:
    """The RGB picture of Y'CbCr levels, (rows, columns, 3)."""
    return bytes_of((picture - BLACK) @ _TO_RGB.T)


@dataclass(frozen=True, slots=True, eq=False)
class LineFinder:
    """Runs the network on the part of a crop around a region."""

    segmenter: TextSegmenter
    own: Mask
    parameters: LearnedTextParameters = _DEFAULTS

    def line_height(self, picture: FloatImage, region_px: float) -> float | None:
        """The height of a line in the region, in pixels, None where no line is found."""
        limits = self.parameters
        heights = [region_px * share for share in limits.heights if region_px * share >= limits.least_line_px]
        best, found = float(limits.least_px), None
        for height in heights or [region_px]:
            letter, outline, _ = self.probabilities(picture, height)
            strokes = np.where(self.own, letter + outline, 0)
            score = float(np.maximum(2 * strokes - 1, 0).sum())
            if score > best:
                best, found = score, _height_of_lines(strokes > 0.5)
        return found

    def probabilities(self, picture: FloatImage, line_px: float) -> Answer:
        """Probability of letter, outline and shadow at every pixel of the crop, 0 away from the region."""
        rows, columns = self.own.shape
        own = Box.of(self.own)
        part = own.grown(round(self.parameters.context * line_px)).clipped(columns, rows) or own
        (found,) = self.segmenter.segment([np.ascontiguousarray(as_rgb(picture[part.slices]))], [line_px])
        planes = []
        for plane in (found.letter, found.outline, found.shadow):
            whole = np.zeros((rows, columns), np.float32)
            whole[part.slices] = plane
            planes.append(whole)
        return planes[0], planes[1], planes[2]


def _height_of_lines(strokes: Mask) -> float:
    """The height of most lines of lettering, in pixels: rows with strokes follow one another, lines do not."""
    rows = np.flatnonzero(np.diff(np.pad(strokes.any(axis=1), 1).astype(np.int8)))
    return float(np.max(rows[1::2] - rows[::2]))


class LearnedRun:
    """What the network finds in the frames of one run, and how their pixels change."""

    def __init__(self, finder: LineFinder) -> None:
        self._finder, self._parameters = finder, finder.parameters
        shape = finder.own.shape
        self.segmentations = self.clear = 0
        self.text: Mask = np.zeros(shape, np.bool_)
        """As it was last found."""
        self._strokes, self._shadow = (np.zeros(shape, np.float32) for _ in range(2))
        self._samples: list[NDArray[np.uint8]] = []
        self._every, self._seen = 1, 0

    def watch(self, picture: FloatImage) -> None:
        """Take in a frame of the run: of all of them, a few spread over it are kept."""
        if self._seen % self._every == 0:
            self._samples.append(bytes_of(picture))
            if len(self._samples) > self._parameters.samples:
                self._samples, self._every = self._samples[::2], 2 * self._every
        self._seen += 1

    def differs(self, answer: Answer) -> bool:
        """Whether words came or went since the network last saw the run."""
        text = self._text_of(answer)
        shared = max(int(self.text.sum()), int(text.sum()))
        change = (text & ~dilated(self.text, 2)).sum() + (self.text & ~dilated(text, 2)).sum()
        return bool(change > max(self._parameters.changed_share * shared, self._parameters.least_px))

    def count(self, answer: Answer, line_px: float) -> None:
        """Count the network's answer for one frame."""
        text = self._text_of(answer)
        self.segmentations += 1
        if text.sum() < self._parameters.least_px:
            return
        self.clear += 1
        self.text = text
        near = dilated(self._finder.own, max(round(0.2 * line_px), 2))
        letter, outline, shadow = answer
        self._strokes += np.where(near, letter + outline, 0)
        self._shadow += np.where(near, shadow, 0)

    def _text_of(self, answer: Answer) -> Mask:
        return np.asarray((answer[0] + answer[1] > 0.5) & self._finder.own)

    def median(self) -> FloatImage:
        """The median colour of every pixel."""
        return np.asarray(np.median(np.stack(self._samples), axis=0), np.float32)

    def mask(self, line_px: float) -> Mask:
        """The pixels of the run's lettering with outline, box, shadow and blur."""
        limits = self._parameters
        if not self.clear:
            return np.zeros_like(self.text)
        mean = self._strokes / self.clear
        ink = connected_to(mean > limits.likely, mean > limits.sure)
        median = self.median()
        ink = self._that_stands(ink, median)
        if not ink.any():
            return ink
        edge = max(round(limits.edge * line_px), limits.least_edge_px)
        whole = dilated(ink, edge)
        whole |= drop_shadow(median, whole, limits)
        shade = (self._shadow / self.clear > limits.shadow_likely) & dilated(ink, round(0.5 * line_px))
        whole |= closed(shade, 1)
        whole |= soft_shadow(median, whole, height_px=line_px, parameters=limits.shadow)
        box = plain_box(median, ink, line_px, limits)
        return without_pinholes(whole if box is None else whole | box, max(round(0.08 * line_px), 2))

    def _that_stands(self, ink: Mask, median: FloatImage) -> Mask:
        """The components of `ink` that do not move with the picture."""
        limits = self._parameters
        if len(self._samples) < 4:
            return ink
        change = np.median([distance(one.astype(np.float32), median) for one in self._samples], axis=0)
        parts = Components.of(ink)
        steady = parts.pixels_in(change < limits.moves_levels)
        return parts.chosen(steady >= limits.steady_share * parts.sizes)


def drop_shadow(picture: FloatImage, text: Mask, parameters: LearnedTextParameters = _DEFAULTS) -> Mask:
    """The hard drop shadow of `text`: its outline moved down and to the right, darker than what lies around it."""
    around = dilated(text, max(parameters.fall) + 2)
    surface = spread(picture, (~around).astype(np.float32))
    darker = (surface - picture)[..., 0]
    found = np.zeros_like(text)
    before = text
    for offset in parameters.fall:
        moved = np.zeros_like(text)
        moved[offset:, offset:] = text[:-offset, :-offset]
        fresh = moved & ~before
        before = before | moved
        if fresh.sum() < 20:
            continue
        levels = darker[fresh]
        if np.median(levels) < parameters.fall_levels:
            break
        if (levels > parameters.fall_levels / 2).mean() < parameters.fall_share:
            break
        found |= dilated(fresh, 1)
    return found


def plain_box(
    picture: FloatImage, text: Mask, line_px: float, parameters: LearnedTextParameters = _DEFAULTS
) -> Mask | None:
    """The plain rectangle on which `text` stands, None where there is none.

    One rectangle for each line of lettering, or one for all of them.
    """
    beside = dilated(text, 4) & ~dilated(text, 2)
    if beside.sum() < 50:
        return None
    colour = np.median(picture[beside], axis=0)
    alike = distance(picture, np.broadcast_to(colour, picture.shape).astype(np.float32)) < parameters.box_levels
    if alike[beside].mean() < 0.7:
        return None
    # Between letters and a box's plain colour lies their blur.
    ground = opened(alike | (dilated(text, 2) & closed(alike | text, 2)), max(round(0.05 * line_px), 1)) | text
    parts = Components.of(connected_to(ground, text))
    found = np.zeros_like(text)
    for number in range(1, len(parts.sizes)):
        part = parts.labels == number
        if part.sum() < 0.3 * line_px**2:
            continue
        part |= enclosed(part)
        box = Box.of(part)
        if part.sum() < parameters.box_fill * box.area or not _ends(picture, box, colour, parameters):
            continue
        found[box.grown(2).clipped(text.shape[1], text.shape[0]).slices] = True  # type: ignore[union-attr]
    return found if found.any() else None


def _ends(picture: FloatImage, box: Box, colour: NDArray[np.float32], parameters: LearnedTextParameters) -> bool:
    """Whether the picture just outside of `box` has another colour."""
    rows, columns = picture.shape[:2]
    outer = box.grown(4)
    if outer.clipped(columns, rows) != outer:
        return False
    ring = np.zeros((rows, columns), np.bool_)
    ring[outer.slices] = True
    ring[box.grown(3).slices] = False
    off = np.linalg.norm(picture[ring] - colour, axis=1)
    return bool((off > parameters.box_edge_levels).mean() > parameters.box_edge_share)


class LearnedText:
    """Segments one part of the screen with the network, frame by frame in display order.

    A run ends where most of its text changes, and where words come or go beside those that stay.
    """

    def __init__(
        self,
        segmenter: TextSegmenter,
        *,
        own: Mask,
        height_px: float,
        parameters: LearnedTextParameters = _DEFAULTS,
        static_text: StaticTextParameters = StaticTextParameters(),
    ) -> None:
        """own: (rows, columns), where lettering may be. height_px: of the region, that of its lines or more."""
        self._finder, self._height = LineFinder(segmenter, own, parameters), height_px
        self._parameters, self._static = parameters, static_text
        self._line_px: float | None = None
        self._runs: list[MaskRun] = []
        self._open: LearnedRun | None = None
        self._start = self._next = 0
        self._last: FloatImage | None = None

    @property
    def found(self) -> bool:
        """Whether any lettering was found so far."""
        return self._line_px is not None

    def see(self, index: int, picture: FloatImage) -> None:
        """Take in the part of a frame: (rows, columns, 3)."""
        run = self._open
        if run is None or index != self._next or self._replaced(run, picture):
            run = self._begin(index)
        age = index - self._start
        if age < self._static.every or age % self._static.every == 0:
            if self._line_px is None:
                self._line_px = self._finder.line_height(picture, self._height)
            if self._line_px is not None:
                answer = self._finder.probabilities(picture, self._line_px)
                if age and run.differs(answer):
                    run = self._begin(index)
                run.count(answer, self._line_px)
        run.watch(picture)
        self._last, self._next = picture, index + 1

    def _replaced(self, run: LearnedRun, picture: FloatImage) -> bool:
        """Whether most of the text that was last found is gone."""
        if self._last is None or not run.text.any():
            return False
        return replaced(run.text, picture, self._last, self._static)

    def _begin(self, index: int) -> LearnedRun:
        self._close()
        self._open, self._start = LearnedRun(self._finder), index
        return self._open

    def _close(self) -> None:
        if self._open is not None and self._next > self._start:
            mask = self._open.mask(self._line_px or self._height)
            self._runs.append(MaskRun(Span(self._start, self._next), mask))
        self._open = None

    def runs(self) -> tuple[MaskRun, ...]:
        """Every run so far; the mask of one without lettering is empty."""
        self._close()
        return settled(self._runs, self._static, tight=True)
