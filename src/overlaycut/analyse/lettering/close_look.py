"""A second look at small print: strokes that the detector passed over are read at twice their size.

Lines of 8 to 20 pixels, insets and labels far away are too small for the detector at the size at which it sees the
whole picture. The stroke network sees the whole picture at little cost; crops around its strokes are enlarged and
given to the reader. Only what reads as three letters and more is taken, so that leaves and windows are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from overlaycut.analyse.lettering.geometry import overlap
from overlaycut.analyse.lettering.round_emblems import RoundEmblemParameters, RoundEmblems
from overlaycut.analyse.lettering.stroke_lines import StrokeLineParameters, StrokeLines
from overlaycut.analyse.lettering.unread import UnreadLettering, UnreadParameters
from overlaycut.core.edit_distance import folded
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box, Quad
from overlaycut.models import DetectedText, TextReader, TextSegmenter
from overlaycut.vision.filters import FloatPlane


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseLookParameters:
    """Where and how closely is looked. Set by the tuning half of benchmarks/real_lettering.py: no false line there."""

    long_side_px: int = 1280
    """Longer side of the picture in which strokes are looked for."""
    line_px: float = 32.0
    """Height of lines in it that the network is told; it knows 24 to 64 and finds those of 8 to 64 so."""
    stroke: float = 0.5
    """Probability from which on a pixel is of a stroke."""
    least_probability: float = 0.62
    """Mean probability of the strokes of a crop, at least."""
    least_pixels: int = 60
    """Pixels of strokes in a crop, at least."""
    reach_px: tuple[int, int] = (25, 9)
    """Distance across and down over which strokes are of one crop: words of one line, and lines of one label."""
    most_side: float = 0.3
    """Longer side of a crop in parts of the picture's, at most: large lettering is found without."""
    margin: float = 1.0
    """Surround of a crop in parts of its shorter side: the network passes over letters at the ends of lines."""
    enlarged: float = 2.0
    """Factor by which crops are enlarged."""
    border_px: int = 32
    """Border around an enlarged crop, in its pixels: detectors miss what touches the edge."""
    most: int = 6
    """Crops that are read, the surest first."""
    least_letters: int = 3
    """Letters that a line must have."""
    most_height: float = 0.035
    """Height of a line in parts of the picture's longer side, at most."""
    least_confidence: float = 0.5
    """Confidence of its reading, at least."""
    known_overlap: float = 0.3
    """Overlap with a line that is known, from which on strokes are its own."""
    stroke_lines: StrokeLineParameters = field(default_factory=StrokeLineParameters)
    round_emblems: RoundEmblemParameters = field(default_factory=RoundEmblemParameters)


class CloseLook:
    """Finds lines that are too small for the whole picture."""

    def __init__(
        self,
        reader: TextReader,
        segmenter: TextSegmenter,
        *,
        unread: UnreadParameters = UnreadParameters(),
        parameters: CloseLookParameters = CloseLookParameters(),
    ) -> None:
        self._reader, self._segmenter, self._parameters = reader, segmenter, parameters
        lettering = UnreadLettering(segmenter, parameters=unread)
        self._stroke_lines = StrokeLines(reader, lettering, parameters=parameters.stroke_lines)
        self._round_emblems = RoundEmblems(reader, parameters=parameters.round_emblems)

    def lines(self, picture: Picture, known: Sequence[DetectedText]) -> list[DetectedText]:
        """Lines of the RGB `picture` beside those that are known."""
        found: list[DetectedText] = []
        likely, scale = self._strokes(picture)
        for box in self._crops(picture, likely, scale, known):
            for line in self._read(picture, box):
                if not any(overlap(line.quad, one.quad) > self._parameters.known_overlap for one in (*known, *found)):
                    found.append(line)
        found += self._stroke_lines.lines(picture, likely, scale, (*known, *found))
        return found + self._round_emblems.lines(picture, likely, scale, (*known, *found))

    def _strokes(self, picture: Picture) -> tuple[FloatPlane, float]:
        """Probability of strokes in the scaled picture, and the scale."""
        limits = self._parameters
        height, width = picture.shape[:2]
        scale = min(limits.long_side_px / max(height, width), 2.0)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        small = np.asarray(cv2.resize(picture, size, interpolation=how), dtype=np.uint8)
        classes = self._segmenter.segment([small], [limits.line_px])[0]
        return classes.letter + classes.outline, scale

    def _crops(self, picture: Picture, likely: FloatPlane, scale: float, known: Sequence[DetectedText]) -> list[Box]:
        """Where strokes are that belong to no known line, in pixels of the picture."""
        limits = self._parameters
        height, width = picture.shape[:2]
        strokes = (likely >= limits.stroke).astype(np.uint8)
        reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, limits.reach_px)
        count, parts, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(strokes, reach))
        ranked = []
        for number in range(1, count):
            x, y, w, h = (int(value) for value in stats[number, :4])
            own = (parts[y : y + h, x : x + w] == number) & (strokes[y : y + h, x : x + w] > 0)
            box = Box(int(x / scale), int(y / scale), max(int(w / scale), 1), max(int(h / scale), 1))
            if own.sum() < limits.least_pixels or max(box.w, box.h) > limits.most_side * max(height, width):
                continue
            sure = float(likely[y : y + h, x : x + w][own].mean())
            is_known = any(overlap(box.quad(), line.quad) > limits.known_overlap for line in known)
            if sure >= limits.least_probability and not is_known:
                ranked.append((sure, box))
        ranked.sort(key=lambda one: -one[0])
        return [box for _, box in ranked[: limits.most]]

    def _read(self, picture: Picture, box: Box) -> Iterator[DetectedText]:
        limits = self._parameters
        around = box.grown(round(limits.margin * min(box.w, box.h))).clipped(picture.shape[1], picture.shape[0])
        if around is None:
            return
        crop = picture[around.y : around.bottom, around.x : around.right]
        large = cv2.resize(crop, None, fx=limits.enlarged, fy=limits.enlarged, interpolation=cv2.INTER_CUBIC)
        edge = limits.border_px
        framed = np.asarray(cv2.copyMakeBorder(large, edge, edge, edge, edge, cv2.BORDER_REPLICATE), dtype=np.uint8)
        for line in self._reader.find(framed, long_side=max(framed.shape[:2])):
            if line.confidence < limits.least_confidence or len(folded(line.text)) < limits.least_letters:
                continue
            quad = Quad.of((line.quad.array() - edge) / limits.enlarged + (around.x, around.y))
            if quad.size[1] <= limits.most_height * max(picture.shape):
                yield replace(line, quad=quad)
