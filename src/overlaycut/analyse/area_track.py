"""An area that a person drew in one frame, followed through a span of the clip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Frame, Plane
from overlaycut.core.geometry import Box, Points, Quad, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaTrackParameters:
    """How an area is followed; checked by tests/analyse/test_area_track.py."""

    most_columns: int = 640
    """Columns of the pictures that are compared."""
    corners: int = 80
    """Corners (Shi and Tomasi, 1994) that are followed at most."""
    least_corners: int = 4
    """Without as many the area stays where it was."""
    round_trip_px: float = 0.7
    """Distance, in compared pixels, by which a corner may miss its start when it is followed there and back."""
    surround: float = 0.5
    """What is looked at around the area, in shares of its height: plain areas have their corners outside."""


def track_area(
    frames: Iterable[Frame],
    box: Box,
    at: int,
    span: Span,
    *,
    parameters: AreaTrackParameters = AreaTrackParameters(),
) -> dict[int, Quad]:
    """Where the area is in every frame of `span`; `box` is where it is in frame `at`, which lies in the span.

    Corners in and around it are followed from frame to frame by pyramidal Lucas-Kanade flow, and a similarity is
    fitted to them. Frames in which too few can be followed keep the place of the frame before.
    """
    pictures: list[Plane] = []
    scale = 1.0
    for frame in frames:
        if frame.index >= span.end:
            break
        if frame.index >= span.start:
            scale = min(parameters.most_columns / frame.width, 1.0)
            size = (max(round(frame.width * scale), 1), max(round(frame.height * scale), 1))
            pictures.append(np.asarray(cv2.resize(frame.y, size, interpolation=cv2.INTER_AREA), dtype=np.uint8))
    start = box.quad().array() * scale
    here = at - span.start
    found: dict[int, Points] = {here: start}
    for order in (range(here + 1, len(pictures)), range(here - 1, -1, -1)):
        _follow(pictures, found, here, order, parameters)
    return {span.start + n: Quad.of(points / scale) for n, points in sorted(found.items())}


def _follow(
    pictures: Sequence[Plane], found: dict[int, Points], here: int, order: range, parameters: AreaTrackParameters
) -> None:
    before = here
    for n in order:
        found[n] = _moved(pictures[before], pictures[n], found[before], parameters)
        before = n


def _moved(one: Plane, other: Plane, quad: Points, parameters: AreaTrackParameters) -> Points:
    """The quad of one picture in the next."""
    mask = np.zeros_like(one)
    margin = parameters.surround * float(np.ptp(quad[:, 1]))
    (x, y), (right, bottom) = quad.min(axis=0) - margin, quad.max(axis=0) + margin
    mask[max(int(y), 0) : max(int(bottom) + 1, 0), max(int(x), 0) : max(int(right) + 1, 0)] = 255
    corners = cv2.goodFeaturesToTrack(one, parameters.corners, 0.01, 4, mask=mask)
    if corners is None or len(corners) < parameters.least_corners:
        return quad
    there, known, _ = cv2.calcOpticalFlowPyrLK(one, other, corners, corners.copy())
    back, _, _ = cv2.calcOpticalFlowPyrLK(other, one, there, there.copy())
    missed = np.linalg.norm((back - corners).reshape(-1, 2), axis=1)
    good = (known.ravel() == 1) & (missed < parameters.round_trip_px)
    if good.sum() < parameters.least_corners:
        return quad
    matrix, _ = cv2.estimateAffinePartial2D(corners[good], there[good], ransacReprojThreshold=1.0)
    if matrix is None:
        return quad
    return np.asarray(quad @ matrix[:, :2].T + matrix[:, 2], dtype=np.float64)
