"""Words around round emblems and seals: circles unrolled into strips in which they are lines.

Detectors draw boxes around straight lines and pass over words in a circle. Circles of the picture (the gradient form
of the Hough transform, Yuen et al., "Comparative study of Hough transform methods for circle finding", Image and
Vision Computing 1990, as OpenCV has it) in whose rim strokes lie that no line accounts for are mapped to polar
coordinates, with the rim up for words over the top and down for those along the bottom, and read there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.edit_distance import folded
from overlaycut.core.frame import Mask, Picture
from overlaycut.core.geometry import Box, FloatArray
from overlaycut.models import DetectedText, TextReader
from overlaycut.vision.filters import FloatPlane
from overlaycut.vision.polygons import polygon_mask


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundEmblemParameters:
    """Which circles are unrolled, and what is taken; set by the rings of tests/analyse/test_round_emblems.py."""

    long_side_px: int = 640
    """Longer side of the picture in which circles are looked for."""
    presmoothing_px: float = 1.2
    """Sigma of the blur before that."""
    edge: float = 200.0
    """Upper threshold of the edges (OpenCV's param1)."""
    roundness: float = 0.7
    """How perfect a circle must be, 0..1 (param2)."""
    radii: tuple[float, float] = (0.02, 0.35)
    """Radius in parts of the longer side, least and most."""
    least_radius_px: float = 4.0
    """Least radius below which, in the picture as it is looked at, none is looked for."""
    one_centre: float = 0.25
    """Distance of two centres, in radii, up to which the circles are of one emblem."""
    rim: tuple[float, float] = (0.45, 1.02)
    """Where its words are, in radii."""
    stroke: float = 0.5
    """Probability from which on a pixel is of a stroke."""
    sectors: int = 36
    """Sectors in which strokes are counted."""
    least_sectors: float = 0.2
    """Share of them in which strokes lie that no line accounts for."""
    least_filled: float = 0.04
    """Share of a sector of the rim that strokes fill, at least."""
    strip_px: int = 128
    """Length of the radius in the strip; letters of a quarter of it are 32 pixels high."""
    overlap: float = 0.4
    """Part of the turn by which the strip begins again, so that no word is cut."""
    least_letters: int = 3
    """Letters of a word, at least."""
    least_confidence: float = 0.8
    """Confidence of its reading, at least."""
    most: int = 3
    """Emblems that are unrolled, the largest first."""


@dataclass(frozen=True, slots=True)
class _Circle:
    """In pixels of the picture."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class _Word:
    """A word on the rim."""

    angles: tuple[float, float]
    """From where to where, in radians, clockwise from the right."""
    text: str
    confidence: float


class RoundEmblems:
    """Reads what stands around circles."""

    def __init__(self, reader: TextReader, *, parameters: RoundEmblemParameters = RoundEmblemParameters()) -> None:
        self._reader, self._parameters = reader, parameters

    def lines(
        self, picture: Picture, likely: FloatPlane, scale: float, known: Sequence[DetectedText]
    ) -> list[DetectedText]:
        """One line for each emblem of the RGB `picture` whose words no known line accounts for.

        likely: probability of strokes in the picture scaled by `scale`. The quads surround the words upright.
        """
        strokes = likely >= self._parameters.stroke
        for line in known:
            strokes &= ~polygon_mask(line.quad.array() * scale, strokes.shape)
        lettered = [circle for circle in self._circles(picture) if self._has_strokes(circle, strokes, scale)]
        found = []
        for circle in lettered[: self._parameters.most]:
            words = _apart(
                [*self._words(picture, circle, inside_up=False), *self._words(picture, circle, inside_up=True)]
            )
            if words:
                found.append(self._line(circle, words))
        return found

    def _circles(self, picture: Picture) -> list[_Circle]:
        """The largest first, one for each centre."""
        limits = self._parameters
        scale = min(1.0, limits.long_side_px / max(picture.shape[:2]))
        least, most = (round(part * scale * max(picture.shape[:2])) for part in limits.radii)
        if min(least, scale * min(picture.shape[:2]) / 2) < limits.least_radius_px:
            return []
        grey = cv2.resize(
            cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
        )
        circles = cv2.HoughCircles(
            cv2.GaussianBlur(grey, (0, 0), limits.presmoothing_px),
            cv2.HOUGH_GRADIENT_ALT,
            1.5,
            least,
            param1=limits.edge,
            param2=limits.roundness,
            minRadius=max(least, 8),
            maxRadius=most,
        )
        found = [] if circles is None else np.asarray(circles, np.float64).reshape(-1, 3).tolist()
        kept: list[_Circle] = []
        for x, y, radius in sorted(found, key=lambda one: -one[2]):
            one = _Circle(x / scale, y / scale, radius / scale)
            if not any(np.hypot(one.x - k.x, one.y - k.y) < limits.one_centre * k.radius for k in kept):
                kept.append(one)
        return kept

    def _has_strokes(self, circle: _Circle, strokes: Mask, scale: float) -> bool:
        """Whether strokes lie in enough sectors of the rim."""
        limits = self._parameters
        polar = cv2.warpPolar(
            strokes.astype(np.float32),
            (limits.strip_px // 2, 4 * limits.sectors),
            (circle.x * scale, circle.y * scale),
            circle.radius * scale * limits.rim[1],
            cv2.WARP_POLAR_LINEAR | cv2.WARP_FILL_OUTLIERS,
        )
        rim = polar[:, round(limits.strip_px // 2 * limits.rim[0] / limits.rim[1]) :]
        filled = rim.reshape(limits.sectors, -1).mean(axis=1)
        return bool((filled >= limits.least_filled).mean() >= limits.least_sectors)

    def _words(self, picture: Picture, circle: _Circle, *, inside_up: bool) -> Iterator[_Word]:
        limits = self._parameters
        inner, outer = limits.rim
        turn = round(np.pi * (inner + outer) * limits.strip_px)
        size = (round(outer * limits.strip_px), turn)
        how = cv2.WARP_POLAR_LINEAR | cv2.INTER_CUBIC | cv2.WARP_FILL_OUTLIERS
        polar = cv2.warpPolar(picture, size, (circle.x, circle.y), outer * circle.radius, how)
        strip = np.rot90(np.asarray(polar, np.uint8))[: round((outer - inner) * limits.strip_px)]
        strip = np.hstack([strip, strip[:, : round(limits.overlap * turn)]])
        if inside_up:
            strip = strip[::-1, ::-1]
        strip = np.ascontiguousarray(strip)
        for line in self._reader.find(strip, long_side=max(strip.shape)):
            if line.confidence < limits.least_confidence or len(folded(line.text)) < limits.least_letters:
                continue
            box = line.quad.box()
            edges = (strip.shape[1] - box.right, strip.shape[1] - box.x) if inside_up else (box.x, box.right)
            start, end = (2 * np.pi * edge / turn for edge in edges)
            yield _Word((float(start), float(end)), line.text, line.confidence)

    def _line(self, circle: _Circle, words: Sequence[_Word]) -> DetectedText:
        """All words of an emblem, in the smallest upright box around them."""
        arcs: list[FloatArray] = []
        for word in words:
            angles = np.linspace(*word.angles, 32)
            for part in self._parameters.rim:
                radius = part * circle.radius
                arcs.append(np.column_stack([circle.x + radius * np.cos(angles), circle.y + radius * np.sin(angles)]))
        points = np.concatenate(arcs)
        (left, top), (right, bottom) = np.floor(points.min(axis=0)), np.ceil(points.max(axis=0))
        box = Box(int(left), int(top), int(right - left), int(bottom - top))
        text = " ".join(word.text for word in words)
        return DetectedText(box.quad(), text, min(word.confidence for word in words))


def _apart(words: Sequence[_Word]) -> list[_Word]:
    """The longest and surest words, no two of them at one place; a strip shows a part of the turn twice."""
    kept: list[_Word] = []
    for word in sorted(words, key=lambda one: -len(folded(one.text)) * one.confidence):
        if not any(_share(word, other) > 0 for other in kept):
            kept.append(word)
    return sorted(kept, key=lambda one: one.angles[0] % (2 * np.pi))


def _share(one: _Word, other: _Word) -> float:
    """Angle that two words share, in radians, with a little granted where they touch."""
    turns = (-2 * np.pi, 0.0, 2 * np.pi)
    (a, b), (c, d) = one.angles, other.angles
    return max(min(b, d + turn) - max(a, c + turn) for turn in turns) - 0.1
