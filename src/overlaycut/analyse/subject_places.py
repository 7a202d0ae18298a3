"""Where the main subject of a picture is, whatever it is: a head from behind, an animal, a drawn figure, a product.

Captions keep off it where there is room. A subject is unlike the border of the picture, rich in detail, moves against
the camera, and is near the middle; a map of that seeds GrabCut (Rother et al., 2004) on small pictures, twice a second.
No class of thing is known, so that what comes out is a preference and no promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.shots import CutDetector
from overlaycut.core.cues import KeepOut
from overlaycut.core.frame import Frame, Mask, Picture, Plane
from overlaycut.core.geometry import Box, FloatArray
from overlaycut.vision.clustering import k_means
from overlaycut.vision.dense_flow import DenseFlow
from overlaycut.vision.filters import FloatPlane
from overlaycut.vision.random_state import with_seed
from overlaycut.vision.texture import gradient
from overlaycut.vision.thumbnails import reduced, reduced_size, small_rgb


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectPlaceParameters:
    """Finding the main subject and what covering it costs.

    Chosen by looking at masks of 15 clips of the tuning kind (people from behind, animals, drawn figures, products);
    checked by tests/analyse/test_subject_places.py.
    """

    long_side_px: int = 128
    """Longer side of the picture that is segmented."""
    interval: Fraction = Fraction(1, 2)
    """Seconds between segmentations."""
    motion_span: Fraction = Fraction(1, 8)
    """Seconds over which motion is measured."""
    border: float = 0.08
    """Width of the strip that counts as background, in parts of the shorter side; figures stand on the lower edge."""
    border_ends: float = 0.75
    """Share of the height below which the side strips do not count as background."""
    border_colours: int = 6
    """Colours that a background is made of."""
    least_motion_px: float = 0.25
    """Motion against the camera, in pixels of the small picture, below which something stands still."""
    weights: tuple[float, float, float] = (1.0, 0.6, 1.0)
    """Weights of colours unlike the border's, detail and motion, each scaled by its own mean."""
    most: float = 4.0
    """Multiple of a feature's mean at which it is clipped."""
    smoothing: float = 0.015
    """Sigma of the blur of the map, in parts of its width."""
    centre_sigma: tuple[float, float] = (0.28, 0.35)
    """Standard deviations of the centre prior, in parts of the width and of the height."""
    background: float = 0.5
    """Share of Otsu's threshold below which a pixel is background for certain."""
    certain_percentile: float = 80.0
    """Percentile of what lies above that threshold from which a pixel belongs to the subject for certain."""
    iterations: int = 2
    """Of GrabCut."""
    least_area: float = 0.03
    """Share of the picture that a subject covers at least: smaller things are part of the scene."""
    most_area: float = 0.6
    """The same at most: beyond it there is no room to avoid it."""
    least_part: float = 0.25
    """Area of a part over that of the largest one, from which it is a subject too."""
    strips: int = 6
    """Rows of boxes that a part is made of."""
    foot: float = 0.25
    """Weight of the lowest strip against the highest, since heads are on top. What is wider than high, and not cut off
    by the lower edge of the picture, weighs the same everywhere: a dog, a shoe, a car."""
    cost: float = 0.05
    """Weight of the whole subject against that of a face: a caption moves by half of the picture rather than cover
    more than a tenth of a subject's weight, but stays on a speaker's chest."""


class _Look(NamedTuple):
    """The subject at one time: its parts, each a mask of the small picture."""

    at: Fraction
    parts: tuple[Mask, ...]


class SubjectSpotter:
    """Places of the main subject. See `core.analyser.Analyser` for how it is used."""

    def __init__(
        self, width: int, height: int, *, parameters: SubjectPlaceParameters = SubjectPlaceParameters()
    ) -> None:
        self._frame, self._parameters = (width, height), parameters
        self._size = reduced_size(width, height, parameters.long_side_px, least=16)
        self._cut_detector = CutDetector()
        self._flow = DenseFlow("ultrafast")
        self._shots: list[list[_Look]] = [[]]
        self._starts = [Fraction(0)]
        self._earlier: Picture | None = None
        self._look_at, self._ends = parameters.motion_span, Fraction(0)

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        self._ends = frame.at + frame.lasts
        if self._cut_detector.see(reduced(frame.y, self._size)):
            self._shots.append([])
            self._starts.append(frame.at)
            self._earlier, self._look_at = None, frame.at + self._parameters.motion_span
        due = frame.at >= self._look_at and self._earlier is not None
        if not due and (self._earlier is not None or frame.at < self._look_at - self._parameters.motion_span):
            return
        small = small_rgb(frame, self._size)
        if due:
            mask = subject_mask(small, self._motion(small), parameters=self._parameters)
            self._shots[-1].append(_Look(frame.at, tuple(_parts(mask, self._parameters))))
            self._look_at = frame.at + self._parameters.interval
        self._earlier = None if due else small

    def result(self) -> tuple[KeepOut, ...]:
        """Strips of the subject from one look to the next, in pixels and seconds of the clip, in order of their start.

        Their weights are preferences: below 1.
        """
        places: list[KeepOut] = []
        for looks, starts, ends in zip(self._shots, self._starts, [*self._starts[1:], self._ends], strict=True):
            if looks:
                first, last = looks[0]._replace(at=starts), looks[-1]._replace(at=ends)
                for one, after in pairwise([first, *looks[1:], last]):
                    if one.at < after.at:
                        places += self._places(one, after)
        return tuple(places)

    def _motion(self, small: Picture) -> FloatPlane | None:
        """Motion against the camera, in pixels of the small picture; None where there is no earlier picture."""
        if self._earlier is None:
            return None
        before, now = (np.asarray(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY), np.uint8) for one in (self._earlier, small))
        flow = self._flow.between(before, now)
        rows, columns = before.shape
        y, x = np.mgrid[0:rows, 0:columns]
        basis = np.stack([x.ravel(), y.ravel(), np.ones(x.size)], axis=1).astype(np.float64)
        moved = flow.reshape(-1, 2).astype(np.float64)
        of_camera = basis @ _robust_fit(basis, moved, _border(before.shape, self._parameters).ravel())
        rest = np.linalg.norm(moved - of_camera, axis=1).reshape(before.shape)
        return np.asarray(np.maximum(rest - self._parameters.least_motion_px, 0), np.float32)

    def _places(self, one: _Look, after: _Look) -> Iterator[KeepOut]:
        """Strips around where the subject is at one look and at the next."""
        masks = one.parts if one.parts else after.parts
        if not masks:
            return
        both = np.any([*one.parts, *after.parts], axis=0)
        strips = [strip for part in _parts(both, self._parameters) for strip in self._strips(part)]
        total = sum(weight for _, weight in strips)
        for box, weight in strips:
            share = self._parameters.cost * weight / total
            yield KeepOut(box, one.at, after.at, "the subject", weight=share)

    def _strips(self, part: Mask) -> Iterator[tuple[Box, float]]:
        """Boxes of the clip that a part is made of, and what they weigh: a narrow head as much as a broad back."""
        limits = self._parameters
        rows = np.flatnonzero(part.any(axis=1))
        top, bottom = int(rows[0]), int(rows[-1]) + 1
        edges = np.linspace(top, bottom, min(limits.strips, bottom - top) + 1).round().astype(int)
        wide = int(part.any(axis=0).sum()) > bottom - top and bottom < len(part)
        foot = 1.0 if wide else limits.foot
        across, down = self._frame[0] / part.shape[1], self._frame[1] / part.shape[0]
        for low, high in pairwise(int(edge) for edge in edges):
            columns = np.flatnonzero(part[low:high].any(axis=0))
            if not len(columns):
                continue
            left, right = int(columns[0]), int(columns[-1]) + 1
            x, y = round(left * across), round(low * down)
            box = Box(x, y, max(round(right * across) - x, 1), max(round(high * down) - y, 1))
            sunk = ((low + high) / 2 - top) / (bottom - top)
            yield box, float(part.sum()) * (high - low) / (bottom - top) * (1 - (1 - foot) * sunk)


def subject_mask(
    picture: Picture, motion: FloatPlane | None, *, parameters: SubjectPlaceParameters = SubjectPlaceParameters()
) -> Mask:
    """A mask of the main subject of a small RGB picture; empty where there is none.

    motion: against the camera, in pixels, (rows, columns); None where it is not known.
    """
    seen = _conspicuous(picture, motion, parameters)
    top = float(np.percentile(seen, 99))
    if top <= 0:
        return np.zeros(seen.shape, bool)
    levels = np.clip(seen / top * 255, 0, 255).astype(np.uint8)
    limit, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    above = levels > limit
    if not above.any() or above.all():
        return np.zeros(seen.shape, bool)
    labels: Plane = np.where(above, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[levels < parameters.background * limit] = cv2.GC_BGD
    labels[levels >= np.percentile(levels[above], parameters.certain_percentile)] = cv2.GC_FGD
    models = np.zeros((1, 65)), np.zeros((1, 65))
    with_seed(
        1, lambda: cv2.grabCut(picture, labels, (0, 0, 0, 0), *models, parameters.iterations, cv2.GC_INIT_WITH_MASK)
    )
    inside = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(inside, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0)


def subject_of_still(picture: Picture, *, parameters: SubjectPlaceParameters = SubjectPlaceParameters()) -> Box | None:
    """The box of the main subject of a still of any size, in its pixels; None where there is none."""
    size = reduced_size(picture.shape[1], picture.shape[0], parameters.long_side_px, least=16)
    parts = list(_parts(subject_mask(reduced(picture, size), None, parameters=parameters), parameters))
    if not parts:
        return None
    rows, columns = (np.flatnonzero(np.any(parts, axis=0).any(axis=axis)) for axis in (1, 0))
    across, down = picture.shape[1] / size[0], picture.shape[0] / size[1]
    x, y = round(int(columns[0]) * across), round(int(rows[0]) * down)
    return Box(x, y, round((int(columns[-1]) + 1) * across) - x, round((int(rows[-1]) + 1) * down) - y)


def _conspicuous(picture: Picture, motion: FloatPlane | None, parameters: SubjectPlaceParameters) -> FloatPlane:
    """How much every pixel of a small picture is like a subject."""
    rows, columns = picture.shape[:2]
    lab = np.asarray(cv2.cvtColor(cv2.GaussianBlur(picture, (0, 0), 1.0), cv2.COLOR_RGB2LAB), np.float32)
    _, ground = k_means(lab[_border((rows, columns), parameters)], parameters.border_colours, rounds=12)
    unlike = np.linalg.norm(lab[:, :, None] - ground[None, None], axis=-1).min(axis=-1)
    luma = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float32)
    sigma = max(parameters.smoothing * columns, 0.5)
    features = [unlike, cv2.GaussianBlur(gradient(luma), (0, 0), sigma)]
    features += [] if motion is None else [cv2.GaussianBlur(motion, (0, 0), sigma)]
    seen = np.zeros((rows, columns), np.float32)
    for feature, weight in zip(features, parameters.weights, strict=False):
        level = float(np.mean(feature))
        if level > 1e-2:
            seen += weight * np.minimum(feature / level, parameters.most)
    across, down = parameters.centre_sigma
    y, x = np.mgrid[0:rows, 0:columns]
    off = (((x + 0.5) / columns - 0.5) / across) ** 2 + (((y + 0.5) / rows - 0.5) / down) ** 2
    return np.asarray(cv2.GaussianBlur(seen, (0, 0), sigma) * np.exp(-off / 2), np.float32)


def _border(shape: tuple[int, ...], parameters: SubjectPlaceParameters) -> Mask:
    """The upper edge of a picture and the upper part of its sides."""
    rows, columns = shape[:2]
    strip = max(round(parameters.border * min(rows, columns)), 2)
    edge = np.zeros((rows, columns), bool)
    edge[:strip] = edge[:, :strip] = edge[:, -strip:] = True
    edge[int(rows * parameters.border_ends) :] = False
    return edge


def _robust_fit(basis: FloatArray, moved: FloatArray, where: Mask) -> FloatArray:
    """The affine motion, (3, 2), of the points of `basis`, (n, 3), that most of those at `where` follow.

    Iteratively reweighted least squares with Cauchy's weights.
    """
    points, targets = basis[where], moved[where]
    weights = np.ones(len(points))
    motion: NDArray[np.floating] = np.zeros((3, 2))
    for _ in range(5):
        motion = np.linalg.lstsq(points * weights[:, None], targets * weights[:, None], rcond=None)[0]
        off = np.linalg.norm(points @ motion - targets, axis=1)
        weights = 1 / (1 + (off / 0.3) ** 2)
    return np.asarray(motion, np.float64)


def _parts(mask: Mask, parameters: SubjectPlaceParameters) -> Iterator[Mask]:
    """The connected parts of a mask that are subjects; none where they cover too little or too much."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = stats[1:count, cv2.CC_STAT_AREA]
    if not len(areas) or not parameters.least_area <= areas.max() / mask.size:
        return
    large = [1 + n for n, area in enumerate(areas) if area >= parameters.least_part * areas.max()]
    if sum(int(areas[n - 1]) for n in large) <= parameters.most_area * mask.size:
        yield from (labels == n for n in large)
