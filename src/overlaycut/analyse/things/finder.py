"""Where in a picture a thing is: by features that agree on one transform, else by its colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.analyse.things.comparing import parts_alike
from overlaycut.analyse.things.parameters import ThingParameters
from overlaycut.analyse.things.views import Features, View, bins_of, colours_of, likeness
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box, Homography, Points, mapped
from overlaycut.vision.random_state import with_seed
from overlaycut.vision.thumbnails import reduced, reduced_size


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a thing was found in a picture."""

    box: Box
    """In pixels of the picture, inside it."""
    matrix: Homography | None
    """From pixels of the view to those of the picture; None where it was found by its colours."""
    certainty: float
    """0..1: of features, how many agree; of colours, how alike they are."""


def by_features(
    view: View, seen: Features, size: tuple[int, int], *, parameters: ThingParameters = ThingParameters()
) -> Place | None:
    """The place of a view in a picture of `size` (columns, rows) with the features `seen`."""
    if len(view.features.points) < parameters.least_features or len(seen.points) < parameters.least_inliers:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(view.features.descriptors, seen.descriptors, k=2)
    good = [one for one, other in (p for p in pairs if len(p) == 2) if one.distance < parameters.ratio * other.distance]
    if len(good) < parameters.least_inliers:
        return None
    source = np.array([view.features.points[match.queryIdx] for match in good])
    target = np.array([seen.points[match.trainIdx] for match in good])
    limit = parameters.reprojection_px
    found, inliers = with_seed(
        1, lambda: cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=limit, maxIters=2000)
    )
    if found is None:
        return None
    agreeing = int(inliers.sum())
    scale = float(np.hypot(*found[:, 0]))
    if agreeing < max(parameters.least_inliers, parameters.least_inlier_share * len(good)):
        return None
    if not parameters.smallest_scale <= scale <= parameters.largest_scale:
        return None
    matrix = np.vstack([found, [0.0, 0.0, 1.0]])
    height, width = view.mask.shape
    corners = mapped(matrix, np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64))
    box = _around(corners, size)
    return None if box is None else Place(box, matrix, min(agreeing / (3 * parameters.least_inliers), 1.0))


def by_colours(
    views: Sequence[View],
    picture: Picture,
    *,
    within: Box | None = None,
    parameters: ThingParameters = ThingParameters(),
) -> Place | None:
    """The place in an RGB picture whose colours are most like those of one of the views; sought `within` a box."""
    height, width = picture.shape[:2]
    area = within or Box(0, 0, width, height)
    size = reduced_size(width, height, parameters.colour_px, least=16)
    small = reduced(picture, size)
    scale = size[0] / width
    bins, everywhere = bins_of(small), colours_of(small)
    allowed = np.zeros(small.shape[:2], bool)
    allowed[tuple(slice(round(s.start * scale), max(round(s.stop * scale), 1)) for s in area.slices)] = True
    best: Place | None = None
    for view in views:
        own = (view.colours > parameters.own_ratio * everywhere)[bins] & allowed
        mask = cv2.morphologyEx(own.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
        for part in range(1, count):
            x, y, w, h, pixels = (int(v) for v in stats[part])
            if pixels < parameters.least_share * mask.size:
                continue
            inside = np.where(labels[y : y + h, x : x + w] == part, 255, 0).astype(np.uint8)
            alike = likeness(view.colours, colours_of(np.ascontiguousarray(small[y : y + h, x : x + w]), inside))
            box = Box(*(round(side / scale) for side in (x, y, w, h))).clipped(width, height)
            if box is not None and alike >= parameters.least_alike and (best is None or alike > best.certainty):
                best = Place(box, None, alike)
    return best


def laid_out_alike(view: View, picture: Picture, box: Box, parameters: ThingParameters) -> bool:
    """Whether the parts of a box of an RGB picture have the colours of the same parts of a view."""
    height, width = view.mask.shape
    if not 1 / parameters.other_shape <= (box.w / box.h) / (width / height) <= parameters.other_shape:
        return False
    cut = cv2.resize(picture[box.slices], (width, height), interpolation=cv2.INTER_AREA)
    colours, _ = parts_alike(view, np.asarray(cut, np.uint8), parameters=parameters)
    known = [value for value in colours if value is not None]
    return bool(known) and float(np.mean(known)) >= parameters.parts_alike


def _around(corners: Points, size: tuple[int, int]) -> Box | None:
    low, high = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
    if (high - low < 2).any():
        return None
    return Box(int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])).clipped(*size)
