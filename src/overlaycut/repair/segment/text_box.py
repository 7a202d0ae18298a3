"""Boxes behind lettering, opaque or half-transparent, found by what their edges do to the picture.

Where a box begins the picture goes on under it: seen = transmission x picture + added (Porter and Duff, Compositing
digital images, 1984, "over"). For pairs of pixels just inside and just outside of an edge that is one line, the same on
all sides of the box; anywhere else in a picture both pixels are alike, or no line fits them on all sides. So the line
tells what the box lets through, and the picture under it is recovered instead of guessed, as Dekel, Rubinstein, Liu and
Freeman do for watermarks (On the effectiveness of visible watermarks, 2017).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box
from overlaycut.vision.filters import Samples, dilated

Side: TypeAlias = Literal["top", "bottom", "left", "right"]
Stack: TypeAlias = NDArray[np.uint8]
"""The same crop of several frames, (frames, rows, columns, 3), as Y'CbCr."""

_SIDES: tuple[Side, ...] = ("top", "bottom", "left", "right")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBoxParameters:
    """How edges of boxes are found; set by benchmarks/subtitles.py on its tuning clips."""

    reach: float = 1.0
    """Distance above and below lettering within which its box ends, over the height of a line."""
    side_reach: float = 1.5
    """The same to its left and right."""
    word_reach: float = 1.2
    """The same for a box around a single word or letter."""
    word_gap: float = 0.12
    """Gap between words, over the height of a line, at least."""
    apart_px: int = 1
    """Distance of the pixels that are compared from the edge: nearer ones show a blur of both."""
    least_pairs: int = 24
    """Pairs of pixels that an edge has at least."""
    least_step: float = 5.0
    """Root mean square difference of the pairs, in levels of luma, that an edge has at least."""
    near_edge: float = 0.5
    """Step of the nearest edge over that of the largest within reach, at least."""
    fits: float = 0.45
    """Residual of the line, over that difference, that an edge has at most."""
    fits_all: float = 0.65
    """The same for the line that fits all edges."""
    kept: float = 0.9
    """Share of the pairs, 0..1, that count: the rest show the picture's own edges."""
    least_spread: float = 6.0
    """Standard deviation of the outer pixels, in levels, from which it shows what the box lets through."""
    least_correlation: float = 0.8
    """Correlation of inner and outer pixels at the edges of a half-transparent box."""
    transmission: tuple[float, float] = (0.25, 0.93)
    """Transmission between which the picture is recovered: below it noise and a codec's losses grow fourfold."""
    corner: float = 0.28
    """Part of a side at each end that a round corner takes, at most, over the box's shorter side."""
    radii: tuple[float, ...] = (0.0, 0.12, 0.25, 0.36, 0.5)
    """Radii of corners that are tried, over the box's shorter side."""


_DEFAULTS = TextBoxParameters()


class _Line(NamedTuple):
    """How the inner pixels of an edge follow from the outer ones."""

    slope: float
    offset: float
    residual: float
    """Root mean square, in levels."""
    step: float
    """Root mean square difference of the pairs, in levels."""


class _Pairs(NamedTuple):
    inner: Samples
    outer: Samples


@dataclass(frozen=True, slots=True, eq=False)
class TextBox:
    """A box behind lettering."""

    box: Box
    radius_px: float
    """Of its corners."""
    transmission: float
    """Share of the picture that it lets through, 0..1; 0 where that could not be told."""
    added: tuple[float, float, float]
    """What it adds to that, in levels of Y'CbCr."""

    def inside(self, shape: tuple[int, ...], *, grown: int = 0) -> Mask:
        """Its pixels in a crop of `shape`, with those around it up to `grown`."""
        rows, columns = np.indices(shape[:2], np.float32)
        radius = self.radius_px + grown
        across = np.abs(columns - (self.box.x + self.box.w / 2 - 0.5)) - (self.box.w / 2 + grown - radius)
        down = np.abs(rows - (self.box.y + self.box.h / 2 - 0.5)) - (self.box.h / 2 + grown - radius)
        corner = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
        return np.asarray((np.maximum(across, down) <= radius) & (corner <= max(radius, 0.5)))

    def shows_in(self, picture: NDArray[np.uint8], text: Mask, parameters: TextBoxParameters = _DEFAULTS) -> bool:
        """Whether `picture`, (rows, columns, 3), has the box as it was measured."""
        pairs = _joined([_pairs(picture[None], text, self.box, side, parameters) for side in _SIDES])
        if len(pairs.inner) < parameters.least_pairs:
            return False
        off = np.sort(np.abs(pairs.inner - self.transmission * pairs.outer - self.added[0]))
        step = np.sort(np.abs(pairs.inner - pairs.outer))
        count = round(parameters.kept * len(off))
        return bool(off[:count].mean() < parameters.fits_all * step[:count].mean())


def text_boxes(
    samples: Stack, ink: Mask, text: Mask, line_px: float, parameters: TextBoxParameters = _DEFAULTS
) -> tuple[TextBox, ...]:
    """The boxes on which lettering stands: one for each of its lines, for all of them, or for single words.

    ink: its strokes. text: these and the blur around them, which show no box.
    """
    found: list[TextBox] = []
    plain: list[Box] = []
    for line in parts_along(ink, axis=1, gap=1):
        box = _box_of(samples, text, line, line_px, parameters)
        if box is None:
            plain.append(line)
        else:
            found.append(box)
    if len(plain) > 1:
        box = _box_of(samples, text, Box.around(plain), line_px, parameters)
        if box is not None:
            return (*found, box)
    gap = max(round(parameters.word_gap * line_px), 2)
    for line in plain:
        words = list(parts_along(ink[line.slices], axis=0, gap=gap))
        for word in words if len(words) > 1 else ():
            place = Box(word.x + line.x, word.y + line.y, word.w, word.h)
            box = _box_of(samples, text, place, line_px, replace(parameters, side_reach=parameters.word_reach))
            if box is not None:
                found.append(box)
    return tuple(found)


def parts_along(text: Mask, *, axis: int, gap: int) -> Iterator[Box]:
    """Boxes of the parts of `text` between which `gap` rows or columns or more are empty."""
    some = text.any(axis=axis)
    places = np.flatnonzero(some)
    if not len(places):
        return
    ends = np.flatnonzero(np.diff(places) > gap)
    for first, last in zip(np.append(0, ends + 1), np.append(ends, len(places) - 1), strict=True):
        part = slice(int(places[first]), int(places[last]) + 1)
        alone = np.zeros_like(text)
        where = (part, slice(None)) if axis == 1 else (slice(None), part)
        alone[where] = text[where]
        yield Box.of(alone)


def _box_of(samples: Stack, text: Mask, part: Box, line_px: float, parameters: TextBoxParameters) -> TextBox | None:
    """The box around one part of the lettering, None where there is none."""
    # Where letters nearly touch an edge it shows beside its corners alone; where these are round, between them.
    for corner in (0.0, parameters.corner):
        found = _box_with(samples, text, part, line_px, replace(parameters, corner=corner))
        if found is not None:
            return found
    return None


def _box_with(samples: Stack, text: Mask, part: Box, line_px: float, parameters: TextBoxParameters) -> TextBox | None:
    """The box around one part of the lettering, whose corners are as round as the parameters say, or less."""
    box = part
    for side in _SIDES:
        edge = _edge(samples, text, box, side, line_px, parameters)
        if edge is None:
            return None
        box = edge
    pairs = [_pairs(samples, text, box, side, parameters) for side in _SIDES]
    line = _fitted(_joined(pairs), parameters)
    if line is None or line.residual > parameters.fits_all * line.step or line.slope > parameters.transmission[1]:
        return None
    for some in pairs:
        if _rms(_off(some, line.slope, line.offset), parameters) > parameters.fits_all * max(
            _rms(some.inner - some.outer, parameters), 3.0
        ):
            return None
    found = _measured(samples, text, box, line, parameters)
    # What lets much of the picture through shows it: a slope without it is that of edges which only happen to fit.
    return None if not found.transmission and line.slope > parameters.transmission[0] else found


def _edge(
    samples: Stack, text: Mask, part: Box, side: Side, line_px: float, parameters: TextBoxParameters
) -> Box | None:
    """`part`, moved outward on one side to where a box ends."""
    reach = (parameters.reach if side in ("top", "bottom") else parameters.side_reach) * line_px
    scores, boxes = [], []
    for pixels in range(round(reach)):
        box = _moved(part, side, pixels)
        pairs = _pairs(samples, text, box, side, parameters)
        line = _fitted(pairs, parameters)
        if line is None or line.step < parameters.least_step or line.residual > parameters.fits * line.step:
            scores.append(0.0)
        else:
            scores.append(line.step - line.residual / parameters.fits)
        boxes.append(box)
    if not scores or max(scores) <= 0:
        return None
    # The nearest edge that is nearly as plain as the plainest. Pairs lie on both sides of it in a few places: it is in
    # their middle.
    best = next(at for at, score in enumerate(scores) if score > parameters.near_edge * max(scores))
    best += int(np.argmax(scores[best : best + 3]))
    first = last = best
    while first > 0 and scores[first - 1] > 0.8 * scores[best]:
        first -= 1
    while last + 1 < len(scores) and scores[last + 1] > 0.8 * scores[best]:
        last += 1
    return boxes[(first + last + 1) // 2]


def _moved(box: Box, side: Side, pixels: int) -> Box:
    x, y, right, bottom = box.x, box.y, box.right, box.bottom
    match side:
        case "top":
            y -= pixels
        case "bottom":
            bottom += pixels
        case "left":
            x -= pixels
        case "right":
            right += pixels
    return Box(x, y, right - x, bottom - y)


def _pairs(samples: Stack, text: Mask, box: Box, side: Side, parameters: TextBoxParameters, channel: int = 0) -> _Pairs:
    """Values of one channel just inside and just outside of one side of `box`, where neither is lettering."""
    none = _Pairs(np.zeros(0, np.float32), np.zeros(0, np.float32))
    apart = parameters.apart_px
    flat = side in ("top", "bottom")
    lengths = (text.shape[0], text.shape[1]) if flat else (text.shape[1], text.shape[0])
    first, last = (box.y, box.bottom - 1) if flat else (box.x, box.right - 1)
    begins, ends = (box.x, box.right) if flat else (box.y, box.bottom)
    inner, outer = (first + apart, first - apart - 1) if side in ("top", "left") else (last - apart, last + apart + 1)
    trim = max(min(round(parameters.corner * (ends - begins)), round(parameters.corner * (last - first))), apart + 1)
    run = slice(max(begins + trim, 0), min(ends - trim, lengths[1]))
    if not (0 <= inner < lengths[0] and 0 <= outer < lengths[0]) or run.stop <= run.start:
        return none
    at = ((inner, run), (outer, run)) if flat else ((run, inner), (run, outer))
    bare = ~(text[at[0]] | text[at[1]])
    if bare.sum() * len(samples) < parameters.least_pairs or bare.mean() < 0.4:
        return none
    values = (samples[(slice(None), *place, channel)][:, bare].astype(np.float32).ravel() for place in at)
    return _Pairs(*values)


def _joined(pairs: list[_Pairs]) -> _Pairs:
    return _Pairs(*(np.concatenate(values) for values in zip(*pairs, strict=True)))


def _fitted(pairs: _Pairs, parameters: TextBoxParameters) -> _Line | None:
    """The line of the pairs: with a slope where the outer pixels vary and the inner ones do alike, else without."""
    inner, outer = pairs
    if len(inner) < parameters.least_pairs:
        return None
    step = _rms(inner - outer, parameters)
    flat = float(np.median(inner))
    best = _Line(0.0, flat, _rms(inner - flat, parameters), step)
    spread = float(outer.std())
    if spread < parameters.least_spread or float(inner.std()) < 1e-3:
        return best
    kept = np.ones(len(inner), np.bool_)
    slope = offset = 0.0
    for _ in range(3):
        one, other = inner[kept], outer[kept]
        covariance = float(np.cov(one, other)[0, 1])
        if covariance <= 0 or one.std() < 1e-3 or other.std() < 1e-3:
            return best
        # Noise is in both, so that the mean of both regressions is free of bias.
        slope = float(one.std() / other.std())
        offset = float(one.mean() - slope * other.mean())
        off = np.abs(inner - slope * outer - offset)
        kept = off <= np.quantile(off, parameters.kept)
    residual = _rms(_off(pairs, slope, offset), parameters)
    return _Line(slope, offset, residual, step) if residual < 0.8 * best.residual else best


def _off(pairs: _Pairs, slope: float, offset: float) -> Samples:
    """By how much the inner pixels miss a line."""
    return np.asarray(pairs.inner - slope * pairs.outer - offset, np.float32)


def _rms(off: Samples, parameters: TextBoxParameters) -> float:
    """Root mean square of all but the largest."""
    if not len(off):
        return 0.0
    squares = np.sort(np.square(off))[: max(round(parameters.kept * len(off)), 1)]
    return float(np.sqrt(squares.mean()))


def _measured(samples: Stack, text: Mask, box: Box, line: _Line, parameters: TextBoxParameters) -> TextBox:
    """The box with its corners, and what it lets through and adds."""
    pairs = _joined([_pairs(samples, text, box, side, parameters) for side in _SIDES])
    correlation = float(np.corrcoef(pairs.inner, pairs.outer)[0, 1]) if line.slope > 0 else 0.0
    least, most = parameters.transmission
    clear = correlation >= parameters.least_correlation and least <= line.slope <= most
    slope = line.slope if clear else 0.0
    added = [line.offset]
    for channel in (1, 2):
        some = _joined([_pairs(samples, text, box, side, parameters, channel) for side in _SIDES])
        added.append(float(np.median(some.inner - slope * some.outer)))
    made = TextBox(box, 0.0, slope, (added[0], added[1], added[2]))
    return TextBox(box, _radius(samples, text, made, parameters), slope, made.added)


def _radius(samples: Stack, text: Mask, found: TextBox, parameters: TextBoxParameters) -> float:
    """Radius of the corners: the largest outside of whose arcs the picture is as it is beside the box."""
    box, best = found.box, 0.0
    if found.transmission == 0:
        return best
    shape = text.shape
    whole = found.inside(shape)
    for share in parameters.radii[1:]:
        radius = share * min(box.w, box.h)
        cut = whole & ~TextBox(box, radius, 0, found.added).inside(shape) & ~dilated(text, 2)
        ring = dilated(cut, 3) & ~dilated(whole, 1)
        if cut.sum() < 8 or ring.sum() < 8:
            continue
        bare = np.median(samples[:, cut, 0].mean(axis=1) - samples[:, ring, 0].mean(axis=1))
        covered = samples[:, cut, 0].mean(axis=1) - (
            found.transmission * samples[:, ring, 0].mean(axis=1) + found.added[0]
        )
        if abs(float(bare)) < abs(float(np.median(covered))):
            best = radius
    return best
