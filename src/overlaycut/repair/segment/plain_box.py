"""Opaque boxes of one colour behind lettering: all of it, or single words of a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box
from overlaycut.repair.segment.text_box import parts_along
from overlaycut.vision.components import Components, connected_to, enclosed
from overlaycut.vision.filters import FloatImage, closed, dilated, distance, opened


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainBoxParameters:
    """What counts as a box of one colour; set on the tuning clips of benchmarks/subtitles.py."""

    levels: float = 9.0
    """Distance of a box's pixels from its colour, in levels."""
    ring_share: float = 0.7
    """Share of the pixels beside letters that have that colour."""
    fill: float = 0.9
    """Share of its rectangle that a box fills."""
    edge_levels: float = 10.0
    """Distance of what lies outside a box's edge from its colour, in levels."""
    edge_share: float = 0.6
    """Share of the edge that must be so distant."""
    word_edge_share: float = 0.8
    """Share of the edge of a single word's box that must be so distant."""
    word_gap: float = 0.12
    """Gap between the letters of two words, over the height of a line, at least."""
    word_room: float = 2.0
    """Distance from its word up to which a word's box reaches, over the height of a line."""


_DEFAULTS = PlainBoxParameters()


def plain_box(
    picture: FloatImage, text: Mask, line_px: float, parameters: PlainBoxParameters = _DEFAULTS
) -> Mask | None:
    """The plain rectangle on which `text` stands, None where there is none.

    One rectangle for each line of lettering, or one for all of them.
    """
    beside = dilated(text, 4) & ~dilated(text, 2)
    colour = _colour_beside(picture, beside, parameters)
    if colour is None:
        return None
    found = np.zeros_like(text)
    for box in _rectangles(_alike(picture, colour, parameters), text, line_px, parameters.fill):
        if _edge_share(picture, box, colour, parameters) > parameters.edge_share:
            found |= _filled(box, text.shape)
    return found if found.any() else None


def plain_word_boxes(
    picture: FloatImage,
    letters: Mask,
    line_px: float,
    parameters: PlainBoxParameters = _DEFAULTS,
) -> Iterator[Mask]:
    """The plain rectangles behind single words, of which `letters` are the faces."""
    for line in parts_along(letters, axis=1, gap=1):
        gap = max(round(parameters.word_gap * line_px), 2)
        for part in parts_along(letters[line.slices], axis=0, gap=gap):
            word = np.zeros_like(letters)
            place = Box(part.x + line.x, line.y, part.w, line.h)
            word[place.slices] = letters[place.slices]
            beside = dilated(word, 3) & ~dilated(word, 1) & ~dilated(letters & ~word, 1)
            colour = _colour_beside(picture, beside, parameters)
            if colour is None:
                continue
            room = round(parameters.word_room * line_px)
            alike = _alike(picture, colour, parameters)
            for box in _rectangles(alike, word, line_px, parameters.fill):
                near = box.overlap(place.grown(room)) == box.area
                if near and _edge_share(picture, box, colour, parameters) > parameters.word_edge_share:
                    yield _filled(box, letters.shape)


def _colour_beside(picture: FloatImage, beside: Mask, parameters: PlainBoxParameters) -> NDArray[np.float32] | None:
    """The colour that most pixels beside letters have, None where they have many."""
    if beside.sum() < _LEAST_RING:
        return None
    colour = np.asarray(np.median(picture[beside], axis=0), np.float32)
    return colour if _alike(picture, colour, parameters)[beside].mean() >= parameters.ring_share else None


_LEAST_RING = 50
"""Pixels beside letters without which their colour is not known."""


def _alike(picture: FloatImage, colour: NDArray[np.float32], parameters: PlainBoxParameters) -> Mask:
    everywhere = np.broadcast_to(colour, picture.shape).astype(np.float32)
    return np.asarray(distance(picture, everywhere) < parameters.levels)


def _rectangles(alike: Mask, text: Mask, line_px: float, fill: float) -> Iterator[Box]:
    """Rectangles on which `text` stands and of which a share of `fill` has their colour, `alike`, or is text."""
    # Between letters and a box's plain colour lies their blur.
    ground = opened(alike | (dilated(text, 2) & closed(alike | text, 2)), max(round(0.05 * line_px), 1)) | text
    parts = Components.of(connected_to(ground, text))
    for number in range(1, len(parts.sizes)):
        part = parts.labels == number
        if part.sum() < 0.3 * line_px**2:
            continue
        part |= enclosed(part)
        box = Box.of(part)
        if part.sum() >= fill * box.area:
            yield box


def _edge_share(picture: FloatImage, box: Box, colour: NDArray[np.float32], parameters: PlainBoxParameters) -> float:
    """Share of the pixels just outside of `box` that have another colour; 0 where it leaves the picture."""
    rows, columns = picture.shape[:2]
    outer = box.grown(4)
    if outer.clipped(columns, rows) != outer:
        return 0.0
    ring = np.zeros((rows, columns), np.bool_)
    ring[outer.slices] = True
    ring[box.grown(3).slices] = False
    off = np.linalg.norm(picture[ring] - colour, axis=1)
    return float((off > parameters.edge_levels).mean())


def _filled(box: Box, shape: tuple[int, ...]) -> Mask:
    """A box with the pixels that it tinges around it."""
    found = np.zeros(shape, np.bool_)
    clipped = box.grown(2).clipped(shape[1], shape[0])
    if clipped is not None:
        found[clipped.slices] = True
    return found
