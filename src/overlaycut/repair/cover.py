"""Covers: a designed element over a region that can neither be restored nor erased well.

A panel with round corners, a bar, a pill, or the picture itself out of focus; it follows the region or stands still on
the screen. It is meant to look placed: exact in its colour, clean, with a crisp edge. Words may be set on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, sqrt
from typing import NamedTuple

import cv2
import numpy as np

from overlaycut.core.colour import YcbcrMatrix
from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box, Quad, mapped, shift
from overlaycut.core.plan import Cover, CoverStyle, Typeset
from overlaycut.repair.composite.graphic import Graphic, with_text
from overlaycut.repair.retypeset.renderer import OriginalText
from overlaycut.vision.colour import Rgb, colour_of, legible_on, rgb, samples_of, set_off
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, blurred
from overlaycut.vision.rectification import RectifiedPlane


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverParameters:
    """Design of covers, in heights of the lettering unless stated; chosen by eye, hiding is checked by tests/repair."""

    panel_room: tuple[float, float] = (0.26, 0.18)
    """Room of a panel beside and above what is hidden."""
    bar_room: tuple[float, float] = (0.34, 0.2)
    """The same of a bar."""
    pill_room: tuple[float, float] = (0.12, 0.2)
    """The same of a pill, whose round ends are added."""
    blur_room: tuple[float, float] = (0.22, 0.16)
    """The same of what is out of focus."""
    stray: float = 0.25
    """How far strokes leave their region: what is further out is not its own."""
    radius: float = 0.3
    """Radius of the corners of a panel."""
    lift_levels: float = 6.0
    """Levels by which a panel in the surface's colour differs from it: it is meant to look placed."""
    rim_levels: float = 8.0
    """Levels by which its rim differs from it again."""
    frost: float = 0.7
    """Standard deviation of the blur of the surface that such a panel shows."""
    least_frost_px: float = 4.0
    """The same in plane pixels, at least."""
    defocus: float = 0.45
    """Standard deviation of the blur of what is out of focus: more than any stroke, gap or letter."""
    edge_px: float = 1.5
    """Plane pixels inside the outline from which a cover is opaque once its plane has been sampled again."""

    def room(self, style: CoverStyle) -> tuple[float, float]:
        """Room beside and above what is hidden."""
        return {"panel": self.panel_room, "bar": self.bar_room, "pill": self.pill_room, "blur": self.blur_room}[style]


_DEFAULTS = CoverParameters()


class Sides(NamedTuple):
    """A rectangle between pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, hidden: Mask, *, plane: RectifiedPlane, parameters: CoverParameters = _DEFAULTS) -> Sides:
        """The rectangle around a region and the part of `hidden`, all that strokes ever touch, that is its own."""
        own = plane.region() | (hidden & plane.region(grown=parameters.stray * plane.lettering[1]))
        box = Box.of(own)
        return cls(float(box.x), float(box.y), float(box.right), float(box.bottom))


@dataclass(frozen=True, slots=True, eq=False)
class CoverSurface:
    """What a cover is made from: a region on its plane."""

    plane: RectifiedPlane
    surface: FloatImage
    """The bare surface, (rows, columns, 3)."""
    sides: Sides
    """The rectangle that has to be hidden."""
    original: OriginalText
    """The lettering that is hidden."""
    text_colour: Colours
    """Its colour, (3,)."""
    matrix: YcbcrMatrix = "bt709"
    """What the samples of all these mean."""

    @property
    def colour(self) -> Rgb:
        """The surface's colour under what is hidden."""
        left, top, right, bottom = (round(side) for side in self.sides)
        return colour_of(np.median(self.surface[top:bottom, left:right].reshape(-1, 3), axis=0), self.matrix)


def fixed_surface(ground: CoverSurface, quads: Mapping[int, Quad]) -> tuple[CoverSurface, dict[int, Quad]]:
    """The surface of a cover that stands still around all that its region ever takes, and its quad in every frame.

    It is upright, and one pixel of its plane is one of the picture's own, so that nothing is resampled.
    """
    left, top, right, bottom = ground.sides
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    reached = np.vstack([mapped(ground.plane.to_picture(quad), corners) for quad in quads.values()])
    (x, y), (right_most, lowest) = np.floor(reached.min(axis=0)), np.ceil(reached.max(axis=0))
    w, h = int(right_most - x), int(lowest - y)
    wide, tall = (float(side) for side in np.median([quad.size for quad in quads.values()], axis=0))
    room = ceil(max(tall, h / 2))
    width, height = w + 2 * room, h + 2 * room
    middle = Quad((0, 0), (wide, 0), (wide, tall), (0, tall)).mapped(shift((width - wide) / 2, (height - tall) / 2))
    plane = RectifiedPlane(width, height, middle)
    to_own = shift(-0.5, -0.5) @ ground.plane.to_picture(middle) @ shift(0.5, 0.5)
    coverage = cv2.warpPerspective(ground.original.coverage, to_own, (width, height), flags=cv2.INTER_LINEAR)
    fixed = CoverSurface(
        plane,
        _flat(samples_of(ground.colour, ground.matrix), plane=plane),
        Sides(room, room, room + w, room + h),
        OriginalText(np.asarray(coverage, np.float32), ground.original.reads),
        ground.text_colour,
        ground.matrix,
    )
    return fixed, dict.fromkeys(quads, middle.mapped(shift(x - room, y - room)))


@dataclass(frozen=True, slots=True, eq=False)
class CoverDesign:
    """A cover over a region."""

    cover: Cover
    ground: CoverSurface
    words: Typeset | None
    """What is set in the middle of the cover."""
    text: FloatPlane | None
    """Coverage of the words, (rows, columns), anywhere on the plane."""
    parameters: CoverParameters = _DEFAULTS

    @property
    def in_front(self) -> bool:
        """Whether it is on top of everything, in a light of its own.

        Only a panel in the surface's own colour is a part of the scene: it takes its light and goes behind what passes.
        """
        return self.cover.fixed or self.cover.style != "panel" or self.cover.colour is not None

    def drawn(self) -> tuple[FloatImage, FloatPlane]:
        """Its picture, (rows, columns, 3), and its alpha, 0..1, both on the ground's plane.

        Out of focus, the picture is that of the surface; `graphic` takes the frame's own.
        """
        sides, outside = self._shape()
        face = self._face()
        picture = (
            self._frosted(outside)
            if face is None
            else _flat(samples_of(face, self.ground.matrix), plane=self.ground.plane)
        )
        if self.words is not None and self.text is not None:
            colour = self._text_colour(self.words, face or self.ground.colour)
            picture = with_text(picture, _centred(self.text, sides), colour)
        return picture, np.clip(0.5 - outside, 0, 1).astype(np.float32)

    def graphic(self, quads: Mapping[int, Quad]) -> Graphic:
        """It as an element on top of everything that follows `quads`."""
        picture, alpha = self.drawn()
        text, colour = np.zeros(alpha.shape, np.float32), np.zeros(3, np.float32)
        if self.words is not None and self.text is not None:
            text = _centred(self.text, self._shape()[0])
            colour = self._text_colour(self.words, self.ground.colour)
        defocus = self.parameters.defocus * self.ground.plane.lettering[1]
        shown = None if self.cover.style == "blur" else picture
        return Graphic(self.ground.plane, shown, alpha, quads, text, colour, defocus)

    def _shape(self) -> tuple[Sides, FloatPlane]:
        """Its rectangle, and every pixel's signed distance to its outline, negative inside."""
        style, plane, inner = self.cover.style, self.ground.plane, self.ground.sides
        height = plane.lettering[1]
        beside, above = (share * height for share in self.parameters.room(style))
        radius = 0.0 if style == "bar" else self.parameters.radius * height
        if style == "pill":
            radius = (inner.bottom - inner.top) / 2 + above
            beside += radius - sqrt(radius**2 - (radius - above) ** 2)  # the ends begin where what is hidden is over
        sides = Sides(
            max(inner.left - beside, 1), max(inner.top - above, 1),
            min(inner.right + beside, plane.width - 1), min(inner.bottom + above, plane.height - 1),
        )  # fmt: skip
        # Half a pixel of the outline is transparent, and so is what the next sampling makes of it.
        across = min(inner.left - sides.left, sides.right - inner.right) - self.parameters.edge_px
        down = min(inner.top - sides.top, sides.bottom - inner.bottom) - self.parameters.edge_px
        least = largest_radius(max(across, 0.0), max(down, 0.0))
        radius = min(radius, least, (sides.right - sides.left) / 2, (sides.bottom - sides.top) / 2)
        return sides, _outside(plane.width, plane.height, sides, radius)

    def _face(self) -> Rgb | None:
        """Its one colour; None when it shows the surface."""
        if self.cover.colour is not None:
            return rgb(self.cover.colour)
        return set_off(self.ground.colour) if self.cover.style in ("bar", "pill") else None

    def _text_colour(self, words: Typeset, face: Rgb) -> Colours:
        """The colour of its words: as given, as the original's where that is legible, else black or white."""
        if words.colour is not None:
            return samples_of(rgb(words.colour), self.ground.matrix)
        matrix = self.ground.matrix
        return samples_of(legible_on(face, liked=colour_of(self.ground.text_colour, matrix)), matrix)

    def _frosted(self, outside: FloatPlane) -> FloatImage:
        """The surface, so soft that no letter can be made out, with a rim."""
        limits = self.parameters
        sigma = max(limits.frost * self.ground.plane.lettering[1], limits.least_frost_px)
        face = blurred(self.ground.surface, sigma).copy()
        towards = 1 if float(np.median(face[..., 0][outside < 0])) < 128 else -1
        rim = np.exp(-0.5 * np.square(outside + 1.5))
        face[..., 0] += towards * (limits.lift_levels + limits.rim_levels * rim)
        return face


def largest_radius(beside: float, above: float) -> float:
    """The largest radius of a corner that still holds a point so far inside both of its edges.

    The circle of radius r about (r, r) reaches the point (a, b) when (r - a)² + (r - b)² ≤ r².
    """
    return beside + above + sqrt(2 * max(beside, 0) * max(above, 0))


def _flat(samples: Colours, *, plane: RectifiedPlane) -> FloatImage:
    """A picture of one colour."""
    return np.ascontiguousarray(np.broadcast_to(samples, (plane.height, plane.width, 3)), np.float32)


def _centred(text: FloatPlane, sides: Sides) -> FloatPlane:
    """`text` with its middle in the middle of a rectangle."""
    rows, columns = (np.flatnonzero(text.max(axis=axis) > 0.5) for axis in (1, 0))
    if not len(rows):
        return text
    x = (sides.left + sides.right) / 2 - (columns[0] + columns[-1] + 1) / 2
    y = (sides.top + sides.bottom) / 2 - (rows[0] + rows[-1] + 1) / 2
    move = np.array([[1, 0, round(x)], [0, 1, round(y)]], float)  # whole pixels, which keep it crisp
    return np.asarray(cv2.warpAffine(text, move, text.shape[::-1]), np.float32)


def _outside(width: int, height: int, sides: Sides, radius: float) -> FloatPlane:
    """Signed distance of every pixel's centre to a rounded rectangle; negative inside."""
    left, top, right, bottom = sides
    y, x = np.mgrid[0:height, 0:width] + 0.5
    across = np.abs(x - (left + right) / 2) - ((right - left) / 2 - radius)
    down = np.abs(y - (top + bottom) / 2) - ((bottom - top) / 2 - radius)
    corner = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
    return np.asarray(corner + np.minimum(np.maximum(across, down), 0) - radius, dtype=np.float32)
