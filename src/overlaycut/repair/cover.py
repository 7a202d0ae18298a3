"""Cover: a designed element over a region, for when it can neither be restored nor erased well.

A panel with round corners, a bar, a pill, or the picture itself out of focus; following the region or standing still
on the screen. It is meant to look placed: exact in its colour, clean, with a crisp edge. Words may be set on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, sqrt
from typing import NamedTuple

import cv2
import numpy as np

from overlaycut.core.frame import Frame, Layer, Mask
from overlaycut.core.geometry import Box, Quad, mapped, shift
from overlaycut.core.plan import Cover, CoverStyle, Typeset
from overlaycut.repair.composite.passes import Stateless
from overlaycut.repair.retypeset.renderer import OriginalText
from overlaycut.vision.colour import Rgb, colour_of, legible_on, rgb, samples_of, set_off
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, blurred, scaled
from overlaycut.vision.rectification import RectifiedPlane, layer_of

_ROOM: Mapping[CoverStyle, tuple[float, float]] = {
    "panel": (0.26, 0.18),
    "bar": (0.34, 0.2),
    "pill": (0.12, 0.2),
    "blur": (0.22, 0.16),
}
"""Room beside and above what is hidden, in heights of the lettering; a pill's ends come on top."""

_STRAY = 0.25
"""How far strokes leave their region, in heights of the lettering: what is further out is not its own."""

_ROUND = 0.3
"""Radius of a panel's corners, in heights of the lettering."""

_LIFT, _RIM = 6.0, 8.0
"""Levels by which a panel in the surface's colour differs from it, and its edge again: it is placed, not smeared."""

_FROST = 0.7
"""Blur of the surface that such a panel shows, in heights of the lettering."""

_OUT_OF_FOCUS = 0.45
"""Blur of what is hidden by being out of focus, in heights of the lettering: wider than any stroke, gap or letter."""

_EDGE = 1.5
"""Pixels inside a cover's outline from which it hides all, when the sheet has been sampled once more."""

_COARSEST = 4.0
"""Pixels of blur from which a picture is blurred at less than its size: nothing is lost by then."""


class Sides(NamedTuple):
    """A rectangle between pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, hidden: Mask, *, sheet: RectifiedPlane) -> Sides:
        """The rectangle around a region and what of `hidden`, all that its strokes ever touch, is its own."""
        own = sheet.region() | (hidden & sheet.region(grown=_STRAY * sheet.lettering[1]))
        box = Box.of(own)
        return cls(float(box.x), float(box.y), float(box.right), float(box.bottom))


@dataclass(frozen=True, slots=True, eq=False)
class CoverSurface:
    """What a cover is made from: a region laid flat."""

    sheet: RectifiedPlane
    surface: FloatImage
    """The bare surface, (rows, columns, 3)."""
    sides: Sides
    """The rectangle that has to be hidden."""
    stood: OriginalText
    ink: Colours
    """The colour of its ink, (3,)."""

    @property
    def colour(self) -> Rgb:
        """The surface's colour under what is hidden."""
        left, top, right, bottom = (round(side) for side in self.sides)
        return colour_of(np.median(self.surface[top:bottom, left:right].reshape(-1, 3), axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class Graphic(Stateless):
    """An element on top of everything that a frame shows, in a light of its own."""

    sheet: RectifiedPlane
    picture: FloatImage | None
    """What it shows, (rows, columns, 3); None for what lies under it, out of focus."""
    alpha: FloatPlane
    quads: Mapping[int, Quad]
    """Where its sheet's quad lies in each frame that shows it."""
    lettering: FloatPlane
    """Coverage of the words on what is out of focus, (rows, columns)."""
    ink: Colours
    """Their colour, (3,)."""
    focus_px: float
    """How far that is out of focus: the standard deviation of its blur, in sheet pixels."""

    @classmethod
    def of_words(
        cls, sheet: RectifiedPlane, picture: FloatImage, coverage: FloatPlane, quads: Mapping[int, Quad]
    ) -> Graphic:
        """Words alone: `picture` wherever they cover anything, (rows, columns, 3)."""
        return cls(sheet, picture, coverage, quads, np.zeros_like(coverage), np.zeros(3, np.float32), 0.0)

    def layer(self, frame: Frame) -> Layer | None:
        """What is laid over `frame`, or None when nothing is."""
        quad = self.quads.get(frame.index)
        if quad is None:
            return None
        picture = self._out_of_focus(frame, quad) if self.picture is None else self.picture
        return layer_of(self.sheet, picture, self.alpha, quad=quad, width=frame.width, height=frame.height)

    def _out_of_focus(self, frame: Frame, quad: Quad) -> FloatImage:
        share = max(self.focus_px / _COARSEST, 1.0)
        width, height = (max(round(side / share), 4) for side in (self.sheet.width, self.sheet.height))
        seen, room = self.sheet.resized(width, height).read(frame, quad)
        sigma = self.focus_px * width / self.sheet.width
        weight = room.astype(np.float32)  # what lies outside the frame has no colour to give
        total = blurred(weight, sigma)[..., None]
        soft = np.asarray(blurred(seen * weight[..., None], sigma) / np.maximum(total, 1e-3), np.float32)
        return written(scaled(soft, (self.sheet.width, self.sheet.height)), self.lettering, self.ink)


def is_graphic(cover: Cover) -> bool:
    """Whether a cover is laid on top of everything in a light of its own.

    Only a panel in the surface's own colour is a part of the scene: it takes its light and goes behind what passes.
    """
    return cover.fixed or cover.style != "panel" or cover.colour is not None


def designed(
    cover: Cover, ground: CoverSurface, words: Typeset | None, lettering: FloatPlane | None
) -> tuple[FloatImage, FloatPlane]:
    """A cover's picture, (rows, columns, 3), and its alpha, 0..1, both on the ground's sheet.

    lettering: coverage of the `words`, (rows, columns), anywhere on the sheet; they stand in the middle of the cover.
    Out of focus, the picture is that of the surface; `graphic` takes the frame's own.
    """
    sides, outside = _shape(cover.style, ground)
    face = _face(cover, ground)
    picture = _frosted(ground, outside) if face is None else _flat(samples_of(face), sheet=ground.sheet)
    if words is not None and lettering is not None:
        ink = _ink(words, ground, face or ground.colour)
        picture = written(picture, _centred(lettering, sides), ink)
    return picture, np.clip(0.5 - outside, 0, 1).astype(np.float32)


def graphic(
    cover: Cover, ground: CoverSurface, words: Typeset | None, lettering: FloatPlane | None, quads: Mapping[int, Quad]
) -> Graphic:
    """A cover on top of everything, in a light of its own, that follows `quads`; the rest is as for `designed`."""
    picture, alpha = designed(cover, ground, words, lettering)
    sharp, ink = np.zeros(alpha.shape, np.float32), np.zeros(3, np.float32)
    if words is not None and lettering is not None:
        sharp = _centred(lettering, _shape(cover.style, ground)[0])
        ink = _ink(words, ground, ground.colour)
    return Graphic(
        ground.sheet,
        None if cover.style == "blur" else picture,
        alpha,
        quads,
        sharp,
        ink,
        _OUT_OF_FOCUS * ground.sheet.lettering[1],
    )


def standing(ground: CoverSurface, quads: Mapping[int, Quad]) -> tuple[CoverSurface, dict[int, Quad]]:
    """The ground of a cover that stands still around all that its region ever takes, and its quad in every frame.

    It is upright, and one pixel of its sheet is one of the picture's own, so that nothing is sampled anew.
    """
    left, top, right, bottom = ground.sides
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    reached = np.vstack([mapped(ground.sheet.to_picture(quad), corners) for quad in quads.values()])
    (x, y), (right_most, lowest) = np.floor(reached.min(axis=0)), np.ceil(reached.max(axis=0))
    w, h = int(right_most - x), int(lowest - y)
    wide, tall = (float(side) for side in np.median([quad.size for quad in quads.values()], axis=0))
    room = ceil(max(tall, h / 2))
    width, height = w + 2 * room, h + 2 * room
    middle = Quad((0, 0), (wide, 0), (wide, tall), (0, tall)).mapped(shift((width - wide) / 2, (height - tall) / 2))
    sheet = RectifiedPlane(width, height, middle)
    to_own = shift(-0.5, -0.5) @ ground.sheet.to_picture(middle) @ shift(0.5, 0.5)
    coverage = cv2.warpPerspective(ground.stood.coverage, to_own, (width, height), flags=cv2.INTER_LINEAR)
    stood = OriginalText(np.asarray(coverage, np.float32), ground.stood.reads)
    surface = _flat(samples_of(ground.colour), sheet=sheet)
    place = middle.mapped(shift(x - room, y - room))
    return CoverSurface(sheet, surface, Sides(room, room, room + w, room + h), stood, ground.ink), dict.fromkeys(
        quads, place
    )


def written(picture: FloatImage, lettering: FloatPlane, ink: Colours) -> FloatImage:
    """`picture` with words of one colour on it; `lettering` is their coverage."""
    mixed: FloatImage = picture + (ink - picture) * lettering[..., None]
    return mixed


def roundest(beside: float, above: float) -> float:
    """The largest radius of a corner that still holds a point so far inside both of its edges.

    The circle of radius r about (r, r) reaches the point (a, b) when (r - a)² + (r - b)² ≤ r².
    """
    return beside + above + sqrt(2 * max(beside, 0) * max(above, 0))


def _shape(style: CoverStyle, ground: CoverSurface) -> tuple[Sides, FloatPlane]:
    """The rectangle of a cover, and every pixel's signed distance to its outline, negative inside."""
    sheet, inner, height = ground.sheet, ground.sides, ground.sheet.lettering[1]
    beside, above = (share * height for share in _ROOM[style])
    radius = 0.0 if style == "bar" else _ROUND * height
    if style == "pill":
        radius = (inner.bottom - inner.top) / 2 + above
        beside += radius - sqrt(radius**2 - (radius - above) ** 2)  # the ends begin where what is hidden is over
    sides = Sides(
        max(inner.left - beside, 1), max(inner.top - above, 1),
        min(inner.right + beside, sheet.width - 1), min(inner.bottom + above, sheet.height - 1),
    )  # fmt: skip
    # Half a pixel of the outline is see-through, and so is what the next sampling makes of it.
    rooms = [(inner.left - sides.left, sides.right - inner.right), (inner.top - sides.top, sides.bottom - inner.bottom)]
    least = roundest(*(max(min(room) - _EDGE, 0.0) for room in rooms))
    radius = min(radius, least, (sides.right - sides.left) / 2, (sides.bottom - sides.top) / 2)
    return sides, _outside(sheet.width, sheet.height, sides, radius)


def _face(cover: Cover, ground: CoverSurface) -> Rgb | None:
    """The one colour of a cover; None when it shows the surface."""
    if cover.colour is not None:
        return rgb(cover.colour)
    return set_off(ground.colour) if cover.style in ("bar", "pill") else None


def _ink(words: Typeset, ground: CoverSurface, face: Rgb) -> Colours:
    """The colour of words on a cover: as given, as what stood there where that can be read, else black or white."""
    if words.colour is not None:
        return samples_of(rgb(words.colour))
    return samples_of(legible_on(face, liked=colour_of(ground.ink)))


def _frosted(ground: CoverSurface, outside: FloatPlane) -> FloatImage:
    """The surface, so soft that no letter can be made out, with a rim."""
    face = blurred(ground.surface, max(_FROST * ground.sheet.lettering[1], 4.0)).copy()
    towards = 1 if float(np.median(face[..., 0][outside < 0])) < 128 else -1
    face[..., 0] += towards * (_LIFT + _RIM * np.exp(-0.5 * np.square(outside + 1.5)))
    return face


def _flat(samples: Colours, *, sheet: RectifiedPlane) -> FloatImage:
    """A picture of one colour."""
    return np.ascontiguousarray(np.broadcast_to(samples, (sheet.height, sheet.width, 3)), np.float32)


def _centred(lettering: FloatPlane, sides: Sides) -> FloatPlane:
    """`lettering` with the middle of its ink in the middle of a rectangle."""
    rows, columns = (np.flatnonzero(lettering.max(axis=axis) > 0.5) for axis in (1, 0))
    if not len(rows):
        return lettering
    x = (sides.left + sides.right) / 2 - (columns[0] + columns[-1] + 1) / 2
    y = (sides.top + sides.bottom) / 2 - (rows[0] + rows[-1] + 1) / 2
    move = np.array([[1, 0, round(x)], [0, 1, round(y)]], float)  # whole pixels, which keep it crisp
    return np.asarray(cv2.warpAffine(lettering, move, lettering.shape[::-1]), np.float32)


def _outside(width: int, height: int, sides: Sides, radius: float) -> FloatPlane:
    """Signed distance of every pixel's centre to a rounded rectangle; negative inside."""
    left, top, right, bottom = sides
    y, x = np.mgrid[0:height, 0:width] + 0.5
    across = np.abs(x - (left + right) / 2) - ((right - left) / 2 - radius)
    down = np.abs(y - (top + bottom) / 2) - ((bottom - top) / 2 - radius)
    corner = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
    return np.asarray(corner + np.minimum(np.maximum(across, down), 0) - radius, dtype=np.float32)
