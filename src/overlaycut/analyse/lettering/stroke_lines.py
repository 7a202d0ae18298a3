"""Lines that the detector passes over, put together from the strokes that the segmentation network marks.

Detectors miss lettering on emblems and seals, on slats, and in dark relief, whose strokes the network sees. Strokes
that lie in a row are a line; the reader is asked at once what it reads, without a detector. The network sees letters
in leaves, folds and bricks as well, so that only what reads for certain, as three letters and more or two of Chinese
or Japanese, and looks like strokes on a bare surface, is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.analyse.lettering.geometry import overlap
from overlaycut.analyse.lettering.unread import UnreadLettering
from overlaycut.core.edit_distance import folded, is_sign
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Quad
from overlaycut.models import DetectedText, TextReader, upright
from overlaycut.vision.filters import FloatPlane


@dataclass(frozen=True, slots=True, kw_only=True)
class StrokeLineParameters:
    """What makes a line of strokes; lengths in pixels of the picture in which strokes are looked for.

    Set by the first frames of the tuning half of benchmarks/real_lettering.py: of the rows of strokes that no detected
    line accounts for, three read so there, and all three are lettering.
    """

    stroke: float = 0.5
    """Probability from which on a pixel is of a stroke."""
    reach_px: int = 25
    """Distance along a line over which its letters are joined."""
    thinnest_px: int = 3
    """Width of what joins two lines, below which it does not."""
    least_pixels: int = 60
    """Pixels of strokes in a line, at least."""
    least_height_px: int = 8
    """Height of a line, at least."""
    least_aspect: float = 1.3
    """Length of a line in its heights, at least."""
    most_length: float = 0.5
    """The same in parts of the picture's longer side, at most."""
    most_turned: float = 30.0
    """Degrees by which a line may be turned from the horizontal."""
    least_probability: float = 0.62
    """Mean probability of its strokes, at least."""
    margin: float = 0.15
    """Surround with which a line is read, in its heights."""
    known_overlap: float = 0.3
    """Overlap with a line that is known, from which on strokes are its own."""
    most: int = 8
    """Lines that are read, the surest first."""
    least_letters: int = 3
    """Letters that a line must have."""
    least_confidence: float = 0.8
    """Confidence of its reading, at least."""
    least_signs: int = 2
    """Signs of Chinese or Japanese that one must have."""
    sign_confidence: float = 0.95
    """Confidence of the reading of these, at least: folds of cloth are read as 心口 at 0.88."""


class StrokeLines:
    """Reads rows of strokes."""

    def __init__(
        self,
        reader: TextReader,
        lettering: UnreadLettering,
        *,
        parameters: StrokeLineParameters = StrokeLineParameters(),
    ) -> None:
        self._reader, self._lettering, self._parameters = reader, lettering, parameters

    def lines(
        self, picture: Picture, likely: FloatPlane, scale: float, known: Sequence[DetectedText]
    ) -> list[DetectedText]:
        """Lines of the RGB `picture` beside those that are known.

        likely: probability of strokes in the picture scaled by `scale`.
        """
        limits = self._parameters
        rows = sorted(self._rows(likely, scale, known), key=lambda one: -one[0])[: limits.most]
        quads = [quad for _, quad in rows]
        readings = self._reader.read([upright(picture, quad) for quad in quads]) if quads else []
        found = [
            DetectedText(quad, reading.text, reading.confidence)
            for quad, reading in zip(quads, readings, strict=True)
            if self._is_certain(reading.text, reading.confidence)
        ]
        return [line for line in found if self._lettering.is_lettering(picture, line)]

    def _is_certain(self, text: str, confidence: float) -> bool:
        limits, letters = self._parameters, folded(text)
        if letters and all(map(is_sign, letters)):
            return len(letters) >= limits.least_signs and confidence >= limits.sign_confidence
        return len(letters) >= limits.least_letters and confidence >= limits.least_confidence

    def _rows(self, likely: FloatPlane, scale: float, known: Sequence[DetectedText]) -> Iterator[tuple[float, Quad]]:
        """Rows of strokes that belong to no known line, in pixels of the picture, and how sure their strokes are."""
        limits = self._parameters
        strokes = (likely >= limits.stroke).astype(np.uint8)
        joined = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, np.ones((1, limits.reach_px), np.uint8))
        parted = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((limits.thinnest_px,) * 2, np.uint8))
        count, parts, stats, _ = cv2.connectedComponentsWithStats(parted)
        for number in range(1, count):
            x, y, w, h = (int(value) for value in stats[number, :4])
            inside = (slice(y, y + h), slice(x, x + w))
            own = (parts[inside] == number) & (strokes[inside] > 0)
            if (
                h < limits.least_height_px
                or own.sum() < limits.least_pixels
                or w > limits.most_length * max(likely.shape)
            ):
                continue
            sure = float(likely[inside][own].mean())
            quad = self._around(np.argwhere(own)[:, ::-1] + (x, y)) if sure >= limits.least_probability else None
            if quad is None:
                continue
            quad = Quad.of(quad.array() / scale)
            if not any(overlap(quad, line.quad) > limits.known_overlap for line in known):
                yield sure, quad

    def _around(self, points: cv2.typing.MatLike) -> Quad | None:
        """The rectangle around the strokes of a row; None where it is no line."""
        limits = self._parameters
        (x, y), (width, height), angle = cv2.minAreaRect(points.astype(np.float32))
        if width < height:
            width, height, angle = height, width, angle - 90
        angle = (angle + 90) % 180 - 90
        if width < limits.least_aspect * height or abs(angle) > limits.most_turned:
            return None
        along = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))]) * (width / 2 + limits.margin * height)
        across = np.array([-along[1], along[0]]) / np.linalg.norm(along) * height * (0.5 + limits.margin)
        centre = np.array([x, y]) + 0.5
        return Quad.of(
            np.array(
                [centre - along - across, centre + along - across, centre + along + across, centre - along + across]
            )
        )
