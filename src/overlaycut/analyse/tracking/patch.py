"""The rectified patch: text and the surface around it, laid flat at the reference picture's resolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.tracking.appearance import LocalStatistics
from overlaycut.analyse.tracking.edges import EdgePoints
from overlaycut.analyse.tracking.features import feature_points
from overlaycut.analyse.tracking.illumination import gain_table
from overlaycut.analyse.tracking.parameters import PatchParameters, TrackerParameters
from overlaycut.analyse.tracking.plane_geometry import four_point_homography, projected, quad_size
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import Homography, Points
from overlaycut.vision.polygons import inside, polygon_mask


@dataclass(frozen=True, slots=True, eq=False)
class PatchLayout:
    """Size of the rectified patch, and where on it the text and its neighbours are."""

    text_size: tuple[float, float]
    """Width and height of the text in patch pixels."""
    size: tuple[int, int]
    """Columns and rows of the patch, margins included."""
    corners: Points
    """The text's corners on the patch, (4, 2): an upright rectangle."""
    neighbours: NDArray[np.bool_]
    """Pixels of other text, (rows, columns)."""
    surface: NDArray[np.bool_]
    """Pixels beside the text that show its surface, (rows, columns)."""

    @classmethod
    def of(
        cls, corners: Points, neighbours: Sequence[Points], margin: float, *, least_surface: int, patch: PatchParameters
    ) -> Self:
        """A layout for text at `corners` of a picture, with a margin of `margin` text heights.

        neighbours: corners of other text in the picture; least_surface: pixels of surface below which neighbouring text
        counts as surface.
        """
        width, height = quad_size(corners)
        scale = min(
            patch.longest_px / max(width, height), max(1.0, min(patch.least_height_px / height, patch.most_enlarged))
        )
        w, h = max(width * scale, 4.0), max(height * scale, 4.0)
        wanted = margin * max(h, patch.margin_of_width * w)
        border = round(float(np.clip(wanted, patch.least_margin_px, patch.most_margin_px * margin)))
        size = (int(np.ceil(w)) + 2 * border, int(np.ceil(h)) + 2 * border)
        m = float(border)
        own = np.array([[m, m], [m + w, m], [m + w, m + h], [m, m + h]])
        to_patch: Homography = np.asarray(np.linalg.inv(four_point_homography(own, corners)), dtype=np.float64)
        shape = size[1], size[0]
        text, foreign = polygon_mask(own, shape, whole_pixels=True), np.zeros(shape, dtype=np.bool_)
        for other in neighbours:
            there = np.clip(projected(other.astype(np.float64), to_patch), -4096, 4096)
            foreign |= polygon_mask(there, shape, whole_pixels=True)
        gap = np.ones((patch.neighbour_gap_px, patch.neighbour_gap_px), dtype=np.uint8)
        foreign = (cv2.dilate(foreign.astype(np.uint8), gap) > 0) & ~text
        surface = ~text & ~foreign
        if np.count_nonzero(surface) < least_surface:
            surface = ~text
        return cls((w, h), size, own, foreign, surface)

    def rectified(self, picture: Plane, to_picture: Homography) -> Plane:
        """The patch as `picture` shows it, where `to_picture` maps patch to picture."""
        flat = cv2.warpPerspective(
            picture,
            to_picture,
            self.size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(flat, dtype=np.uint8)


class ReferencePatch:
    """The patch of the picture that frames are compared with, and its feature points."""

    def __init__(
        self,
        picture: Plane,
        to_picture: Homography,
        layout: PatchLayout,
        *,
        most_points: int,
        parameters: TrackerParameters,
    ) -> None:
        self._layout, self._illumination = layout, parameters.illumination
        self.luma = layout.rectified(picture, to_picture)
        """Rectified luma, (rows, columns)."""
        self.points, self.texture = feature_points(
            self.luma, to_picture, picture.shape, most=most_points, parameters=parameters.features
        )
        """Feature points on the patch, (n, 2), and their certainty by direction, (n, 2, 2), 0..1."""
        self.on_text = inside(self.points, layout.corners)
        """Which points lie on the text, (n,)."""
        column, row = self.points.astype(int).T
        self.on_neighbours = np.asarray(layout.neighbours[row, column] & ~self.on_text, dtype=np.bool_)
        """Which points lie on neighbouring text, (n,)."""
        window = parameters.features.window_px
        self.contrast = np.sqrt(LocalStatistics(self.luma, window).variance[row, column])
        """Standard deviation of each point's window, grey levels, (n,)."""
        self.edges = EdgePoints(self.luma, self.points, self.texture, window_px=window, parameters=parameters.edges)
        surface = np.flatnonzero(layout.surface)
        self._compared = surface[:: max(1, len(surface) // parameters.illumination.most_pixels)]
        """Pixels of the surface by which the illumination is fitted, as places in the flattened patch."""
        self._surface = self.luma.ravel()[self._compared].astype(np.float32)
        self._usual = float(np.median(self._surface))

    @property
    def surface_texture(self) -> float:
        """Certainty of the points on the surface, summed along the weaker direction; 0 when there are none."""
        surface = self.texture[~self.on_text & ~self.on_neighbours]
        return float(np.linalg.eigvalsh(surface.sum(axis=0))[0]) if len(surface) else 0.0

    def relit(self, picture: Plane, to_picture: Homography) -> Plane:
        """The patch as `picture` shows it, under the illumination of the reference.

        The fit uses the surface only: strokes that fade or thicken must not pass for a change of illumination.
        """
        patch = self._layout.rectified(picture, to_picture)
        table = gain_table(patch.ravel()[self._compared], self._surface, self._usual, parameters=self._illumination)
        return np.asarray(cv2.LUT(patch, table), dtype=np.uint8)
