"""Lettering of a run of frames as a text segmentation network finds it, checked against how its pixels behave in time.

A network tells letters and outlines in single frames, and errs at their edges, at lettering that is part of the
picture, and where only few frames show a word well. Over a run of frames that show the same lettering its answers are
averaged; what moves with the picture is none of it; and boxes and drop shadows are found as what is drawn around all
letters alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.colour import BLACK, RGB_TO_YCBCR
from overlaycut.core.frame import Mask, Picture
from overlaycut.core.geometry import Box, Span
from overlaycut.models.text_segmentation import TextSegmenter
from overlaycut.repair.segment.halo import ShadowParameters, soft_shadow
from overlaycut.repair.segment.plain_box import PlainBoxParameters, plain_box, plain_word_boxes
from overlaycut.repair.segment.static_text import MaskRun, StaticTextParameters, replaced
from overlaycut.repair.segment.stroke_evidence import (
    StrokeEvidenceParameters,
    consistent_strokes,
    encircling,
    has_outline,
    has_shade,
    missed_dots,
    own_strokes,
    soft_edge,
    tinged,
    tinged_slits,
)
from overlaycut.repair.segment.text_box import TextBox, TextBoxParameters, text_boxes
from overlaycut.vision.components import Components, connected_to, enclosed, without_pinholes
from overlaycut.vision.filters import FloatImage, FloatPlane, bytes_of, closed, dilated, distance, eroded
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
    faintest: float = 0.03
    """Strength, 0..1, at which lettering of a neighbouring run shows in one of few frames, as it does in a fade."""
    samples: int = 12
    """Frames of a run of which the pixels' change is measured, at most."""
    moves_levels: float = 14.0
    """Median distance of a pixel's colours from their median beyond which it shows something that moves."""
    changes_levels: float = 4.0
    """Mean distance of the picture's pixels from their median, in the median over them, beyond which it moves."""
    rests_levels: float = 3.0
    """Median distance from the frame before below which it does not: it changed its colour once."""
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
    shape_share: tuple[float, float] = (0.02, 4.0)
    """Pixels that an outline of an icon encloses, over the square of a line's height."""
    shape_gap: float = 0.08
    """Half of a gap in such an outline that is closed, over the height of a line."""
    icon_levels: float = 30.0
    """Distance from the colour of the letters' outline, in levels, of a line around an icon."""
    shape_even: float = 0.7
    """Share of them that has the icon's colour within `shape_even_levels`."""
    shape_levels: float = 25.0
    """Distance of that colour from what lies around, in levels."""
    shape_even_levels: float = 9.0
    """Distance of an icon's pixels from its colour, in levels, at most."""
    box_rim_px: int = 2
    """Pixels around a box that it tinges."""
    box_inside: float = 0.9
    """Share of a box that lies in a marked area from which it goes too: a sign of which a part is marked stays."""
    least_box_frames: int = 5
    """Frames of a run from which the picture under its half-transparent box is solved for: a line that fits all edges
    of a single frame may be chance, and dividing by it breaks colours. A fade takes the box of its neighbours."""
    evidence: StrokeEvidenceParameters = field(default_factory=StrokeEvidenceParameters)
    shadow: ShadowParameters = field(default_factory=ShadowParameters)
    boxes: TextBoxParameters = field(default_factory=TextBoxParameters)
    plain_box: PlainBoxParameters = field(default_factory=PlainBoxParameters)


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
    limited: bool = False
    """Whether nothing may be written outside of `own`."""

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
    """The height of most lines of lettering, in pixels.

    Rows with strokes follow one another, lines do not; where lines or icons touch, it is told by the height of most
    letters.
    """
    rows = np.flatnonzero(np.diff(np.pad(strokes.any(axis=1), 1).astype(np.int8)))
    tallest = float(np.max(rows[1::2] - rows[::2]))
    parts = Components.of(strokes)
    heights = np.array(
        [np.ptp(np.flatnonzero((parts.labels == one).any(axis=1))) + 1 for one in range(len(parts.sizes))]
    )
    order = np.argsort(heights[1:])
    pixels = np.cumsum(parts.sizes[1:][order])
    most = float(heights[1:][order][np.searchsorted(pixels, pixels[-1] / 2)])
    return min(tallest, _LINE_OF_LETTER * most)


_LINE_OF_LETTER = 1.9
"""Height of a line, from ascenders to descenders, over that of a low letter, at most."""


class LearnedRun:
    """What the network finds in the frames of one run, and how their pixels change."""

    def __init__(self, finder: LineFinder) -> None:
        self._finder, self._parameters = finder, finder.parameters
        shape = finder.own.shape
        self.segmentations = self.clear = 0
        self.text: Mask = np.zeros(shape, np.bool_)
        """As it was last found."""
        self._ever: Mask = np.zeros(shape, np.bool_)
        self._letter, self._outline, self._shadow = (np.zeros(shape, np.float32) for _ in range(3))
        self._samples: list[NDArray[np.uint8]] = []
        self._median: FloatImage | None = None
        self._every, self._seen = 1, 0
        self.moves = False
        """Whether lettering was found, and all of it goes with the picture; known once the run is `closed`."""

    def watch(self, picture: FloatImage) -> None:
        """Take in a frame of the run: of all of them, a few spread over it are kept."""
        if self._seen % self._every == 0:
            self._median = None
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
        self._letter += np.where(near, letter, 0)
        self._outline += np.where(near, outline, 0)
        self._shadow += np.where(near, shadow, 0)
        self._ever |= text

    def _text_of(self, answer: Answer) -> Mask:
        return np.asarray((answer[0] + answer[1] > 0.5) & self._finder.own)

    def median(self) -> FloatImage:
        """The median colour of every pixel."""
        if self._median is None:
            self._median = np.asarray(np.median(np.stack(self._samples), axis=0), np.float32)
        return self._median

    def closed(self, span: Span, line_px: float) -> MaskRun:
        """The run with the pixels of its lettering, its outline, opaque boxes, shadow and blur."""
        limits = self._parameters
        none = np.zeros_like(self.text)
        if not self.clear:
            return MaskRun.of(span, none)
        median = self.median()
        letter, outline = (plane / np.float32(self.clear) for plane in (self._letter, self._outline))
        strokes = own_strokes(letter, outline, median, line_px, limits.evidence)
        found = connected_to(strokes > limits.likely, strokes > limits.sure)
        ink = self._that_stands(consistent_strokes(found, letter, outline, median, limits.evidence))
        self.moves = bool(found.any() and not ink.any())
        if not ink.any():
            return MaskRun.of(span, ink)
        if not has_outline(letter, outline, limits.evidence):
            ink |= missed_dots(median, ink, ink & (letter > limits.sure), line_px, limits.evidence)
        ink |= icon_outlines(median, ink, outline, self._finder.own, line_px, limits)
        ink |= outlined_shapes(median, ink, line_px, limits)
        whole = tinged(median, ink, limits.evidence)
        boxes = text_boxes(np.stack(self._samples), ink, whole, line_px, limits.boxes)
        boxes = tuple(box for box in boxes if self._counts(box, len(span)))
        if not boxes:
            whole = encircling(median, whole, line_px, limits.evidence)
        covered = np.logical_or.reduce([none, *(box.inside(ink.shape, grown=limits.box_rim_px) for box in boxes)])
        if (ink & ~covered).any():
            whole |= self._shade(whole | covered, line_px) & ~covered
        opaque = [box.inside(ink.shape, grown=limits.box_rim_px) for box in boxes if not box.transmission]
        letters = ink & (letter > limits.evidence.certain) & ~covered
        opaque += [box for box in plain_word_boxes(median, letters, line_px, limits.plain_box) if self._is_marked(box)]
        whole = np.logical_or.reduce([whole, *opaque])
        whole |= soft_edge(median, whole, limits.evidence)
        if self._picture_moves(whole):
            whole |= tinged_slits(median, whole, line_px, limits.evidence)
        return MaskRun.of(span, without_pinholes(whole, 1), tuple(box for box in boxes if box.transmission))

    def _picture_moves(self, text: Mask) -> bool:
        """Whether the picture around `text` changes: else a gap shows in every frame what nothing else does."""
        around, median = ~dilated(text, 2), self.median()
        if not around.any():
            return False
        away = np.mean([distance(one.astype(np.float32), median)[around] for one in self._samples], axis=0)
        return float(np.median(away)) > self._parameters.changes_levels

    def _counts(self, box: TextBox, frames: int) -> bool:
        """Whether a box goes with its lettering."""
        if box.transmission and frames < self._parameters.least_box_frames:
            return False
        return self._is_marked(box.inside(self.text.shape))

    def _is_marked(self, box: Mask) -> bool:
        """Whether a box may be written, but for a little of it."""
        return not self._finder.limited or bool(self._finder.own[box].mean() >= self._parameters.box_inside)

    def passed_over(self, span: Span, line_px: float) -> MaskRun:
        """The run with all pixels that its lettering takes in any frame in which it was looked for."""
        edge = max(round(self._parameters.edge * line_px), self._parameters.least_edge_px)
        mask = without_pinholes(closed(dilated(self._ever, edge), 2), max(round(0.08 * line_px), 2))
        return MaskRun.of(span, mask)

    def _shade(self, text: Mask, line_px: float) -> Mask:
        """Shadows and glows around `text`, and plain boxes under it whose edges do not all show."""
        limits, median = self._parameters, self.median()
        whole = text | drop_shadow(median, text, limits)
        shade = (self._shadow / self.clear > limits.shadow_likely) & dilated(text, round(0.5 * line_px))
        if has_shade(shade & ~whole, whole, line_px, limits.evidence):
            whole |= closed(shade, 1)
        whole |= soft_shadow(median, whole, height_px=line_px, parameters=limits.shadow)
        box = plain_box(median, text, line_px, limits.plain_box)
        return whole if box is None or not self._is_marked(box) else whole | box

    def _that_stands(self, ink: Mask) -> Mask:
        """The components of `ink` that do not move with the picture."""
        limits = self._parameters
        if len(self._samples) < 4:
            return ink
        samples, median = [one.astype(np.float32) for one in self._samples], self.median()
        away = np.median([distance(one, median) for one in samples], axis=0)
        # Words that change their colour once differ from their median, and rarely from the frame before.
        steps = np.median([distance(one, other) for one, other in pairwise(samples)], axis=0)
        parts = Components.of(ink)
        steady = parts.pixels_in((away < limits.moves_levels) | (steps < limits.rests_levels))
        return parts.chosen(steady >= limits.steady_share * parts.sizes)


def icon_outlines(
    picture: FloatImage,
    ink: Mask,
    outline: FloatPlane,
    own: Mask,
    line_px: float,
    parameters: LearnedTextParameters = _DEFAULTS,
) -> Mask:
    """Closed lines in the colour of the letters' outline that stand beside them: those of icons, no letters.

    outline: its probability, (rows, columns). own: where lettering may be.
    """
    drawn = ink & (outline > parameters.sure)
    if drawn.sum() < parameters.least_px:
        return np.zeros_like(ink)
    colour = np.median(picture[drawn], axis=0)
    off = np.linalg.norm(picture - colour, axis=2)
    around = dilated(ink, 6) & ~dilated(ink, 3)
    # While it fades an outline has nearly the picture's own colours.
    if not around.any() or np.median(off[around]) < 2 * parameters.icon_levels:
        return np.zeros_like(ink)
    alike = (off < parameters.icon_levels) & own
    parts = Components.of(alike)
    lost = parts.pixels_in(ink) < 0.5 * parts.sizes
    found = np.zeros_like(ink)
    least, most = parameters.shape_share
    for number in np.flatnonzero((parts.sizes > parameters.least_px) & (parts.sizes < most * line_px**2)):
        part = parts.labels == number
        inside = enclosed(closed(part, 2)) & ~part
        if number and lost[number] and inside.sum() > max(least * line_px**2, 0.4 * parts.sizes[number]):
            found |= part
    return found


def outlined_shapes(
    picture: FloatImage, ink: Mask, line_px: float, parameters: LearnedTextParameters = _DEFAULTS
) -> Mask:
    """What the outlines in `ink` enclose and has a colour of its own: icons, and wide letters.

    The counter of a letter shows what lies around the letter as well.
    """
    parts = Components.of(enclosed(closed(ink, max(round(parameters.shape_gap * line_px), 2))) & ~ink)
    surface = spread(picture, (~dilated(ink, 4) & (parts.labels == 0)).astype(np.float32))
    found = np.zeros_like(ink)
    least, most = parameters.shape_share
    for number in np.flatnonzero((parts.sizes > least * line_px**2) & (parts.sizes < most * line_px**2)):
        part = parts.labels == number
        if not number or Box.of(part).area > 4 * parts.sizes[number]:
            continue
        inner = eroded(part, 2) if eroded(part, 2).any() else part
        colour = np.median(picture[inner], axis=0)
        even = np.linalg.norm(picture[inner] - colour, axis=1) < parameters.shape_even_levels
        off = float(np.median(np.linalg.norm(surface[inner] - colour, axis=1)))
        if even.mean() > parameters.shape_even and off > parameters.shape_levels:
            found |= part
    return found


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
        # What outlines blur into lies on all sides of them.
        mirrored = np.zeros_like(text)
        mirrored[:-offset, :-offset] = text[offset:, offset:]
        mirrored &= ~dilated(text, offset - 1) if offset > 1 else ~text
        other = float(np.median(darker[mirrored])) if mirrored.any() else 0.0
        beyond = float(np.median(levels)) - max(other, 0.0)
        # A plain strip is as dark on the other side of the letters, whatever the picture beyond it makes of it.
        if mirrored.any() and _luma(picture, mirrored) - _luma(picture, fresh) < parameters.fall_levels / 2:
            break
        if min(beyond, float(np.median(levels))) < parameters.fall_levels:
            break
        if (levels > parameters.fall_levels / 2).mean() < parameters.fall_share:
            break
        found |= dilated(fresh, 1)
    return found


def _luma(picture: FloatImage, where: Mask) -> float:
    return float(np.median(picture[where, 0]))


@dataclass(frozen=True, slots=True, eq=False)
class _ClosedRun:
    """A run that has ended, and what settles it."""

    run: MaskRun
    luma: FloatPlane
    """The median of its pictures."""

    def shown_in(self, other: FloatPlane) -> float:
        """How strongly the run's lettering shows in another picture: 1 as here, 0 not at all.

        The regression of the other picture's gradients on those at its own lettering.
        """
        own, there = (np.stack([*np.gradient(luma)]) for luma in (self.luma, other))
        edges = np.where(self.run.mask, own, 0)
        return float((edges * there).sum() / max(float(np.square(edges).sum()), 1e-6))


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
        limited: bool = False,
    ) -> None:
        """own: (rows, columns), where lettering may be. height_px: of the region, that of its lines or more.

        limited: whether nothing may be written outside of `own`.
        """
        self._finder, self._height = LineFinder(segmenter, own, parameters, limited), height_px
        self._parameters, self._static = parameters, static_text
        self._line_px: float | None = None
        self._runs = _SettledRuns(parameters, static_text)
        self._passed_over: list[MaskRun] = []
        """The runs as they are when all lettering moves, so that it takes other pixels in every frame."""
        self._moving: list[Span] = []
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
        run = self._open
        if run is not None and self._next > self._start:
            span, line_px = Span(self._start, self._next), self._line_px or self._height
            # A copy: a view would hold on to the median's colours.
            self._runs.add(_ClosedRun(run.closed(span, line_px), run.median()[..., 0].copy()))
            if run.moves:
                self._moving.append(span)
            if self._runs.any_stands:
                self._passed_over.clear()
            else:
                self._passed_over.append(run.passed_over(span, line_px))
        self._open = None

    def runs(self) -> tuple[MaskRun, ...]:
        """Every run so far; the mask of one without lettering is empty.

        Where all lettering ever found moves with the picture, the masks hold all that it passes over.
        """
        self._close()
        return tuple(self._passed_over) if self.all_moves else self._runs.all()

    def moving(self) -> tuple[Span, ...]:
        """Frames whose lettering all moves with the picture, so that their masks are empty or hold all its places."""
        self._close()
        return tuple(self._moving)

    @property
    def all_moves(self) -> bool:
        """Whether all lettering in every run so far moves with the picture."""
        self._close()
        return bool(self._moving) and not self._runs.any_stands


class _SettledRuns:
    """Runs in display order; brief ones take the text of lasting neighbours.

    Pictures are kept only of runs that have a brief one near them that is not settled yet.
    """

    def __init__(self, parameters: LearnedTextParameters, static_text: StaticTextParameters) -> None:
        self._parameters, self._static = parameters, static_text
        self._near = 2 * static_text.brief_frames
        self._settled: list[MaskRun] = []
        self._before: _ClosedRun | None = None
        """The last settled run that lasts."""
        self._waiting: list[_ClosedRun] = []
        self.any_stands = False
        """Whether any run has lettering that stands still."""

    def add(self, one: _ClosedRun) -> None:
        """Take in the next run."""
        self.any_stands |= bool(one.run.mask.any())
        self._waiting.append(one)
        while self._waiting and self._is_known(self._waiting):
            first = self._waiting[0]
            self._settled.append(self._as_settled(self._before, self._waiting))
            self._before = first if self._lasts(first) else self._before
            del self._waiting[0]

    def all(self) -> tuple[MaskRun, ...]:
        """Every run up to now, those settled by what is known."""
        runs, before, waiting = list(self._settled), self._before, self._waiting
        while waiting:
            runs.append(self._as_settled(before, waiting))
            before = waiting[0] if self._lasts(waiting[0]) else before
            waiting = waiting[1:]
        return tuple(runs)

    def _is_known(self, waiting: Sequence[_ClosedRun]) -> bool:
        """Whether no later run can change the first of `waiting`."""
        first, *later = waiting
        lasting = self._lasts(first) or any(self._lasts(one) for one in later)
        return lasting or waiting[-1].run.span.end - first.run.span.end >= self._near

    def _lasts(self, one: _ClosedRun) -> bool:
        return len(one.run.span) >= self._static.brief_frames

    def _as_settled(self, previous: _ClosedRun | None, waiting: Sequence[_ClosedRun]) -> MaskRun:
        """The first of `waiting`; if brief, with its neighbours' text where that shows: a fade changes every frame."""
        brief, *later = waiting
        if self._lasts(brief):
            return brief.run
        span, near = brief.run.span, self._near
        before = [] if previous is None or span.start - previous.run.span.end >= near else [previous]
        after = [one for one in later if self._lasts(one) and one.run.span.start - span.end < near]
        faint = self._parameters.faintest
        shown = [one.run for one in before + after[:1] if one.shown_in(brief.luma) > faint]
        mask = np.logical_or.reduce([brief.run.mask, *(run.mask for run in shown)])
        return MaskRun.of(span, mask, brief.run.boxes or tuple(box for run in shown for box in run.boxes))
