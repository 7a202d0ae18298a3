"""Regions of drawn pictures, lettering and what only looks like it, as `OnnxLetteringClassifier` looks at them.

lettering: the words, letters and lines of drawn crops (`draw.py`: any script, look and compression, melted too), with
rectangles as loose and as crooked as a detector's.
none: rectangles on crops without text that hold many edges or any, on crops with text beside it, and around things
that stand alone before a smooth surround, as bottles and shoes do.

A sample is `CHOICES` views of one kind; training picks the one that the network finds hardest.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from draw import UNSURE, Floats, Rng, Sample, draw
from draw import _as_video as as_video
from draw import _gradient as gradient
from draw import _photo as photo
from overlaycut.core.geometry import Quad
from overlaycut.models.lettering_classifier import ClassifierParameters, Views, views
from sources import Sources

CHOICES = 4
SIZE = ClassifierParameters().size
"""Rows and columns of a view."""

_CANVAS = (128, 320)
_LEAST_PX = 30
"""Pixels of strokes in a region that counts as lettering."""
_ORNAMENTS = 0.5
"""Share of the crops without text that have ornaments, fences, leaves."""
_ALONE = 0.35
"""Share of the regions without lettering that hold things before a smooth surround."""
_BESIDE = 0.2
"""Share of the regions without lettering that lie on crops with text."""


def drawn(rng: Rng, sources: Sources) -> tuple[Views, NDArray[np.uint8]]:
    """Views, (`CHOICES`, rows, columns, 4), and 1 where they show lettering, (1,)."""
    while True:
        lettering = rng.random() < 0.5
        if not lettering and rng.random() < _ALONE:
            return _things(rng, sources), np.array([False], dtype=np.uint8)
        empty = not lettering and rng.random() >= _BESIDE
        sample = draw(rng, sources, _CANVAS, bare=1.0 if empty else 0.0, ornaments=_ORNAMENTS if empty else 0.15)
        quads = _lettering(rng, sample) if lettering else _without(rng, sample)
        if quads:
            some = [quads[at % len(quads)] for at in range(CHOICES)]
            looks = [views(sample.picture, quad) for quad in some]
            chosen = [look[rng.integers(len(look))] for look in looks]
            return np.stack(chosen), np.array([lettering], dtype=np.uint8)


def _lettering(rng: Rng, sample: Sample) -> list[Quad]:
    """Around words, letters or lines that one can see."""
    strokes = (sample.letter.astype(np.int16) + sample.outline > 100) & (sample.backing != UNSURE)
    reach = int(np.exp(rng.uniform(np.log(2), np.log(50))))
    joined = cv2.dilate(strokes.astype(np.uint8), np.ones((3, reach), np.uint8))
    count, labels, figures, _ = cv2.connectedComponentsWithStats(joined)
    found = []
    for at in rng.permutation(np.arange(1, count))[:8]:
        rows, columns = np.nonzero(strokes & (labels == at))
        if len(rows) < _LEAST_PX or figures[at, cv2.CC_STAT_HEIGHT] < 8:
            continue
        found.append(_loosened(rng, _around(rng, np.stack([columns, rows], axis=1).astype(np.float32) + 0.5)))
    return found[:CHOICES]


def _around(rng: Rng, points: NDArray[np.float32]) -> NDArray[np.float64]:
    """The corners of an upright rectangle around points, or of the least one."""
    (left, top), (right, bottom) = points.min(axis=0) - 0.5, points.max(axis=0) + 0.5
    upright = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
    if rng.random() < 0.5 or len(points) < 5:
        return upright
    corners = cv2.boxPoints(cv2.minAreaRect(points)).astype(np.float64)
    edges = np.roll(corners, -1, axis=0) - corners
    first = int(np.argmax(edges[:, 0]))
    corners = np.roll(corners, -first, axis=0)
    width, height = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[1])
    return corners if width > 1.5 * height > 0 else upright


def _loosened(rng: Rng, corners: NDArray[np.float64]) -> Quad:
    """As loose and as crooked as a detector draws it; now and then only a part of the line."""
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    height = float(np.linalg.norm(down))
    width = float(np.linalg.norm(across))
    along, below = across / max(width, 1e-6), down / max(height, 1e-6)
    left, top, right, bottom = rng.uniform(-0.06, 0.3, 4) * height
    if rng.random() < 0.2:
        right -= rng.uniform(0, 0.6) * width
    moved = corners + np.array(
        [
            -along * left - below * top,
            along * right - below * top,
            along * right + below * bottom,
            -along * left + below * bottom,
        ]
    )
    return Quad.of(moved + rng.normal(0, 0.02 * height, (4, 2)))


def _things(rng: Rng, sources: Sources) -> Views:
    """Views of one to seven things beside one another."""
    canvas = gradient(rng, _CANVAS)
    if rng.random() < 0.5:
        canvas = cv2.GaussianBlur(photo(rng, sources.pictures, _CANVAS), (0, 0), float(rng.uniform(3, 20)))
    height = float(np.exp(rng.uniform(np.log(14), np.log(90))))
    left = edge = float(rng.uniform(5, 120))
    top = float(rng.uniform(4, _CANVAS[0] - height))
    for _ in range(rng.integers(1, 8)):
        width = height * float(np.exp(rng.uniform(np.log(0.2), np.log(2))))
        if edge + width > _CANVAS[1] - 4:
            break
        canvas = _with_thing(rng, sources, canvas, (edge, top, width, height))
        edge += width * float(rng.uniform(0.9, 1.6))
    line_px = float(np.exp(rng.uniform(np.log(10), np.log(100))))
    picture = as_video(rng, np.clip(canvas, 0, 1).astype(np.float32), line_px)
    right = min(max(edge, left + 8), _CANVAS[1])
    corners = np.array([[left, top], [right, top], [right, top + height], [left, top + height]])
    looks = [views(picture, _loosened(rng, corners)) for _ in range(CHOICES)]
    return np.stack([look[rng.integers(len(look))] for look in looks])


def _with_thing(rng: Rng, sources: Sources, canvas: Floats, box: tuple[float, float, float, float]) -> Floats:
    """The canvas with something of round or straight edges in a box, and details on it."""
    left, top, width, height = box
    count = int(rng.integers(4, 14))
    angles = np.sort(rng.uniform(0, 2 * np.pi, count))
    radii = rng.uniform(rng.choice((0.3, 0.7, 0.95)), 1, (count, 1))
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii
    outline = (points * (width / 2, height / 2) + (left + width / 2, top + height / 2)).astype(np.int32)
    mask = np.zeros(_CANVAS, dtype=np.uint8)
    if rng.random() < 0.4:
        corners = ((int(left), int(top)), (int(left + width), int(top + height)))
        cv2.rectangle(mask, *corners, 255, -1, cv2.LINE_AA)
    else:
        cv2.fillPoly(mask, [outline], 255, cv2.LINE_AA)
    surface = gradient(rng, _CANVAS) if rng.random() < 0.6 else photo(rng, sources.pictures, _CANVAS)
    surface = np.ascontiguousarray(surface)
    for _ in range(rng.integers(0, 4)):
        colour = tuple(float(level) for level in rng.uniform(0, 1, 3))
        middle = (int(left + rng.uniform(0, 1) * width), int(top + rng.uniform(0, 1) * height))
        axes = (int(width * rng.uniform(0.05, 0.5)) + 1, int(height * rng.uniform(0.02, 0.3)) + 1)
        cv2.ellipse(surface, middle, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
    share = (cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(0.3, 1.2))).astype(np.float32) / 255)[..., None]
    return np.asarray(canvas * (1 - share) + surface * share, dtype=np.float32)


def _without(rng: Rng, sample: Sample) -> list[Quad]:
    """Rectangles without a stroke, those with more edges sooner."""
    taken = (sample.letter > 0) | (sample.outline > 0)
    grey = cv2.cvtColor(sample.picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    edges = np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0)) + np.abs(cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    boxes = []
    for _ in range(24):
        height = float(np.exp(rng.uniform(np.log(12), np.log(90))))
        width = float(np.clip(height * np.exp(rng.uniform(np.log(0.5), np.log(9))), 8, grey.shape[1]))
        left = float(rng.uniform(0, grey.shape[1] - width))
        top = float(rng.uniform(0, grey.shape[0] - height))
        part = np.s_[int(top) : int(top + height) + 1, int(left) : int(left + width) + 1]
        if not taken[part].any():
            corners = np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]])
            boxes.append((float(edges[part].mean()) * rng.uniform(0.5, 1.5), corners))
    if rng.random() < 0.7:
        boxes.sort(key=lambda box: -box[0])
    return [Quad.of(corners + rng.normal(0, 0.03, (4, 2)) * 12) for _, corners in boxes[:CHOICES]]
