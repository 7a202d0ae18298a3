"""The subject of a clip without faces: segmented where the picture differs from its own border, and followed.

A subject is unlike the border of the frame, large, and near the middle. It is segmented (GrabCut: Rother et al., 2004)
twice a second, so that the vector is of the subject and not of the room.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from overlaycut.analyse.shots import CutDetector
from overlaycut.core.cast import CastReport, FaceTrack, Sighting, Signature
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Frame, Picture, Plane
from overlaycut.core.geometry import Box
from overlaycut.models import AppearanceEmbedding
from overlaycut.vision.clustering import k_means
from overlaycut.vision.filters import FloatImage
from overlaycut.vision.random_state import with_seed
from overlaycut.vision.thumbnails import reduced, reduced_size, small_rgb


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectParameters:
    """Finding and segmenting a subject; checked by benchmarks/cast.py (things without faces) and tests/analyse."""

    long_side_px: int = 192
    """Longer side of the picture that is segmented."""
    interval: Fraction = Fraction(1, 2)
    """Seconds between segmentations."""
    least_deviation: float = 2.0
    """Standard deviation of the picture, levels, below which it shows nothing."""
    border: float = 0.08
    """Width of the strip that counts as background, in parts of the shorter side."""
    border_colours: int = 4
    """Colours that a background is made of."""
    least_area: float = 0.02
    """Share of the frame that a subject covers at least; else the middle of the frame is taken."""
    most_area: float = 0.7
    """The same at most, for its box."""
    middle: float = 0.6
    """Sides of that middle in parts of the frame's."""
    iterations: int = 3
    """Of GrabCut."""
    growth: float = 0.3
    """Margin in parts of the shorter side by which the box may grow until the next segmentation."""
    least_fill: float = 0.1
    """Part of the box below which a segmentation has failed and the box itself is taken."""
    clear_fill: float = 0.5
    """Part of the box that a well segmented subject fills."""
    least_side_px: int = 4
    """Sides of a subject in that picture, at least."""


class SubjectAnalyser:
    """The subject of every shot as one track. See `core.analyser.Analyser` for how it is used."""

    def __init__(
        self, looks: AppearanceEmbedding, facts: ClipFacts, *, parameters: SubjectParameters = SubjectParameters()
    ) -> None:
        self._looks, self._parameters = looks, parameters
        self._size = reduced_size(facts.width, facts.height, parameters.long_side_px, least=16)
        self._scale = self._size[0] / facts.width
        self._cut_detector = CutDetector()
        self._box: Box | None = None
        self._segment_at = Fraction(0)
        self._cuts: list[int] = []
        self._shots: list[list[Sighting]] = [[]]
        self._frames = 0
        self._ends = Fraction(0)

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        self._frames, self._ends = self._frames + 1, frame.at + frame.lasts
        if self._cut_detector.see(reduced(frame.y, self._size)):
            self._cuts.append(frame.index)
            self._shots.append([])
            self._box, self._segment_at = None, frame.at
        if frame.at < self._segment_at:
            return
        self._segment_at = frame.at + self._parameters.interval
        small = small_rgb(frame, self._size)
        if float(small.std()) < self._parameters.least_deviation:
            return
        mask = segmented(small, self._box, parameters=self._parameters)
        box = _largest_part(mask, self._parameters.least_side_px)
        if box is None:
            return
        self._box = box
        vector = self._looks.embed(small[box.slices], mask[box.slices])
        filled = float((mask[box.slices] > 0).mean())
        weight = min(filled / self._parameters.clear_fill, 1.0)
        large = Box(*(round(side / self._scale) for side in (box.x, box.y, box.w, box.h)))
        signature = Signature(self._looks.metric.model, vector, weight)
        self._shots[-1].append(Sighting(frame.index, frame.at, large, weight, signature))

    def result(self) -> CastReport:
        """The subject of every shot in which there is one."""
        tracks = [FaceTrack(n, n, tuple(seen)) for n, seen in enumerate(self._shots) if seen]
        empty = sum(not seen for seen in self._shots) if self._frames else 0
        return CastReport(
            model=self._looks.metric.model,
            tracks=tuple(tracks),
            cuts=tuple(self._cuts),
            frames=self._frames,
            duration=self._ends,
            notes=(f"no subject was found in {empty} of {len(self._shots)} shots",) * bool(empty),
        )


def segmented(picture: Picture, before: Box | None, *, parameters: SubjectParameters = SubjectParameters()) -> Plane:
    """A mask of the subject of an RGB picture, 255 inside; sought near where it was `before`, if it was seen."""
    height, width = picture.shape[:2]
    found = before or salient(picture, parameters=parameters)
    box = found if before is None else found.grown(round(parameters.growth * min(found.w, found.h)))
    # GrabCut learns the background from outside the box: some of the frame has to be left.
    box = box.clipped(width - 2, height - 2) or Box(2, 2, width - 4, height - 4)
    box = Box(max(box.x, 2), max(box.y, 2), max(box.right - max(box.x, 2), 1), max(box.bottom - max(box.y, 2), 1))
    labels = np.zeros((height, width), dtype=np.uint8)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    rectangle = (box.x, box.y, box.w, box.h)
    with_seed(
        1,
        lambda: cv2.grabCut(picture, labels, rectangle, *models, parameters.iterations, cv2.GC_INIT_WITH_RECT),
    )
    inside = np.where((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)
    if np.count_nonzero(inside) < parameters.least_fill * box.area:
        inside[found.slices] = 255
    return inside


def salient(picture: Picture, *, parameters: SubjectParameters = SubjectParameters()) -> Box:
    """The box of what is unlike the border of an RGB picture; the middle of it where nothing is."""
    height, width = picture.shape[:2]
    lab = cv2.cvtColor(cv2.GaussianBlur(picture, (0, 0), 1.5), cv2.COLOR_RGB2LAB).astype(np.float32)
    colours = _border_colours(np.asarray(lab, np.float32), parameters)
    unlike = np.linalg.norm(lab[:, :, None] - colours[None, None], axis=-1).min(axis=-1)
    y, x = np.mgrid[0:height, 0:width]
    off = ((x + 0.5) / width - 0.5) ** 2 + ((y + 0.5) / height - 0.5) ** 2
    seen = np.clip(unlike * np.exp(-off / 0.25) * 3, 0, 255).astype(np.uint8)
    _, mask = cv2.threshold(seen, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count > 1:
        best = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        left, top, w, h = (int(v) for v in stats[best, :4])
        frame = width * height
        if parameters.least_area * frame <= stats[best, cv2.CC_STAT_AREA] and w * h <= parameters.most_area * frame:
            return Box(left, top, w, h)
    w, h = max(round(parameters.middle * width), 1), max(round(parameters.middle * height), 1)
    return Box((width - w) // 2, (height - h) // 2, w, h)


def _border_colours(lab: FloatImage, parameters: SubjectParameters) -> FloatImage:
    """The colours of a picture's border by k-means, (colours, 3)."""
    strip = max(round(parameters.border * min(lab.shape[:2])), 1)
    edge = np.ones(lab.shape[:2], dtype=bool)
    edge[strip:-strip, strip:-strip] = False
    _, centres = k_means(lab[edge], parameters.border_colours, rounds=12)
    return centres


def _largest_part(mask: Plane, least_side: int) -> Box | None:
    """The box of the largest connected part of a mask; None when its sides are shorter than `least_side`."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return None
    best = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    left, top, w, h = (int(v) for v in stats[best, :4])
    return Box(left, top, w, h) if min(w, h) >= least_side else None
