"""Rectification: frames resampled to a rectangle that moves with a region, and pictures on it laid back over frames.

A `RectifiedPlane` is the rectified surround of one region. Whatever is known about the region (its strokes, the surface
under them, its light) is held in the plane's own pixels, so that it moves, turns and scales with the track and cannot
flicker. Pictures on a plane are `FloatImage`: luma, Cb and Cr as the frame holds them, with chroma at full size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Frame, Layer, Mask, at_chroma_sites, chroma_alpha
from overlaycut.core.geometry import Box, FloatArray, Homography, Points, Quad, homography, mapped, scaling, shift
from overlaycut.vision.deformation import Deformation
from overlaycut.vision.filters import FloatImage, FloatPlane, FloatRaster, blurred, bytes_of, scaled

_TO_INDEX = shift(-0.5, -0.5)
_FROM_INDEX = shift(0.5, 0.5)
# H.264's default chroma siting: sample (i, j) lies at x = 2i + 0.5, y = 2j + 1 of the luma picture.
_TO_CHROMA = scaling(0.5, 0.5) @ shift(-0.5, -1.0)
_FROM_CHROMA = np.linalg.inv(_TO_CHROMA)

MARGIN = (0.6, 64.0)
"""Margin around a region that is restored or erased, as `around` takes it; set by benchmarks/repair.py."""

COVER_MARGIN = (1.0, math.inf)
"""Margin around a region that is covered: in proportion, since what is set around it is too."""

_NODE_SPACING = 8
"""Pixels between the points at which a deformation is evaluated; it is smooth."""

_SIZE_PERCENTILE = 95
"""Of a region's sizes over its frames: the one that decides how many pixels the plane has."""

_LEAST_MARGIN = 12.0
"""Picture pixels around a region, at least."""

_MOST_OVERSAMPLING = 4
"""Samples per pixel of the plane along each axis, at most."""


@dataclass(frozen=True, slots=True)
class RectifiedPlane:
    """A rectangle of `width` × `height` pixels on which the region lies upright as `quad`."""

    width: int
    height: int
    quad: Quad

    @classmethod
    def around(
        cls, quads: Sequence[Quad], *, density: float, most_pixels: int, margin: tuple[float, float] = MARGIN
    ) -> RectifiedPlane:
        """A plane for a region that is seen as `quads`, with `density` pixels to a picture pixel where it is largest.

        margin: room on every side, for displaced strokes and the surface around them, as a share of the lettering's
        height, and the most that it may be in picture pixels; it is 12 at least. The plane never has more than
        `most_pixels`. Raises ValueError without quads, or for a density or size that is not positive.
        """
        if not quads or density <= 0 or most_pixels < 1:
            raise ValueError("a rectified plane needs quads, a density and room")
        sizes = np.array([quad.size for quad in quads])
        w, h = (max(float(side), 2.0) for side in np.percentile(sizes, _SIZE_PERCENTILE, axis=0))
        share, most = margin
        around = min(max(share * min(w, h), _LEAST_MARGIN), most)
        fits = math.sqrt(most_pixels / ((w + 2 * around) * (h + 2 * around)))
        scale = min(density, fits)
        width, height = (max(round((side + 2 * around) * scale), 8) for side in (w, h))
        left, top = around / (w + 2 * around) * width, around / (h + 2 * around) * height
        return cls(
            width,
            height,
            Quad((left, top), (width - left, top), (width - left, height - top), (left, height - top)),
        )

    @property
    def lettering(self) -> tuple[float, float]:
        """Columns and rows of the region itself on the plane."""
        return self.quad.size

    def to_picture(self, quad: Quad) -> Homography:
        """The homography from the plane to a picture in which the region is seen as `quad`."""
        return homography(self.quad, quad)

    def read(self, frame: Frame, quad: Quad, deformation: Deformation | None = None) -> tuple[FloatImage, Mask]:
        """The plane as `frame` shows it when the region is seen as `quad`, and the pixels that lie in the frame.

        deformation: residual of the surface. Luma is sampled by Lanczos over eight pixels, chroma, which has half the
        resolution, by bicubic sampling; where the frame is denser than the plane both are supersampled.
        """
        picture = self._read(frame, quad, deformation, interpolation=(cv2.INTER_LANCZOS4, cv2.INTER_CUBIC))
        if picture is None:
            nothing = np.zeros((self.height, self.width, 3), np.float32)
            return nothing, np.zeros(nothing.shape[:2], np.bool_)
        return picture, self.shown(quad, frame.width, frame.height)

    def read_luma(self, frame: Frame, quad: Quad) -> tuple[FloatPlane, Mask]:
        """The luma of what `read` gives without a deformation, and the pixels that lie in the frame."""
        matrix = self.to_picture(quad)
        around = self._seen_in(frame, matrix)
        if around is None:
            return np.zeros((self.height, self.width), np.float32), np.zeros((self.height, self.width), np.bool_)
        to_index = _TO_INDEX @ shift(-around.x, -around.y) @ matrix
        luma = self._sampled(
            frame.y[around.slices], to_index, None, self._density(quad), interpolation=cv2.INTER_LANCZOS4
        )
        return luma, self.shown(quad, frame.width, frame.height)

    def read_colours(self, frame: Frame, quad: Quad) -> FloatImage:
        """The plane as `frame` shows it, by bilinear sampling: to compare colours, and quicker; 0 out of the frame."""
        picture = self._read(frame, quad, None, interpolation=(cv2.INTER_LINEAR, cv2.INTER_LINEAR))
        return np.zeros((self.height, self.width, 3), np.float32) if picture is None else picture

    def _seen_in(self, frame: Frame, matrix: Homography) -> Box | None:
        """The part of a frame that the plane is sampled from, even; None where the frame shows nothing of it."""
        return _reach(matrix, self.width, self.height).grown(4).even().clipped(frame.width, frame.height)

    def _density(self, quad: Quad) -> float:
        """Picture pixels to a pixel of the plane, along a side, where the region is seen as `quad`."""
        return math.sqrt(abs(quad.area) / max(abs(self.quad.area), 1e-6))

    def _read(
        self, frame: Frame, quad: Quad, deformation: Deformation | None, *, interpolation: tuple[int, int]
    ) -> FloatImage | None:
        """Luma, Cb and Cr of the plane; None where the frame shows nothing of it.

        interpolation: of luma, and of chroma.
        """
        matrix = self.to_picture(quad)
        around = self._seen_in(frame, matrix)
        if around is None:
            return None
        rows, columns = around.slices
        half = slice(rows.start // 2, rows.stop // 2), slice(columns.start // 2, columns.stop // 2)
        local, scale = shift(-around.x, -around.y) @ matrix, self._density(quad)
        picture = np.empty((self.height, self.width, 3), dtype=np.float32)
        luma, chroma = interpolation
        for channel, plane, to_index, dense, how in (
            (0, frame.y[rows, columns], _TO_INDEX, scale, luma),
            (1, frame.u[half], _TO_CHROMA, scale / 2, chroma),
            (2, frame.v[half], _TO_CHROMA, scale / 2, chroma),
        ):
            picture[..., channel] = self._sampled(plane, to_index @ local, deformation, dense, interpolation=how)
        return picture

    def read_plane(self, plane: NDArray[np.uint8], quad: Quad) -> FloatPlane:
        """One full-size plane of samples of a frame, rectified by bicubic sampling: (rows, columns)."""
        to_index = _TO_INDEX @ self.to_picture(quad)
        return self._sampled(plane, to_index, None, self._density(quad), interpolation=cv2.INTER_CUBIC)

    def resized(self, width: int, height: int) -> RectifiedPlane:
        """The same plane with another number of pixels."""
        return RectifiedPlane(width, height, self.quad.mapped(scaling(width / self.width, height / self.height)))

    def part(self, box: Box) -> RectifiedPlane:
        """The part of the plane in `box`, given in its own pixels."""
        return RectifiedPlane(box.w, box.h, self.quad.mapped(shift(-box.x, -box.y)))

    def region(self, *, grown: float = 0.0) -> Mask:
        """The pixels of the lettering's own rectangle, grown by `grown` pixels on every side."""
        (left, top), (right, bottom) = self.quad.a, self.quad.c
        y, x = np.mgrid[0 : self.height, 0 : self.width] + 0.5
        inside: Mask = (x > left - grown) & (x < right + grown) & (y > top - grown) & (y < bottom + grown)
        return inside

    def _sampled(
        self,
        plane: NDArray[np.uint8],
        to_index: Homography,
        deformation: Deformation | None,
        scale: float,
        *,
        interpolation: int,
    ) -> FloatPlane:
        """Samples at the pixels of the rectified plane; `to_index` maps its undeformed points to indices of `plane`."""
        times = min(max(math.ceil(scale - 0.25), 1), _MOST_OVERSAMPLING)
        # Under the mean of four samples and more, what Lanczos adds is a tenth of a level, at four times the cost.
        how = cv2.INTER_CUBIC if times > 1 and interpolation == cv2.INTER_LANCZOS4 else interpolation
        dense = (self.width * times, self.height * times)
        from_dense = scaling(1 / times, 1 / times) @ _FROM_INDEX
        displacement = None if deformation is None else partial(deformation.at, rectangle=self.quad)
        sampled = _warped(plane, (from_dense, displacement, to_index), dense, how, cv2.BORDER_REPLICATE)
        return sampled if times == 1 else scaled(sampled, (self.width, self.height), area=True)

    def shown(self, quad: Quad, width: int, height: int) -> Mask:
        """The pixels that a width × height frame shows when the region is seen as `quad`."""
        matrix = self.to_picture(quad)
        corners = np.array([(0, 0), (self.width, 0), (self.width, self.height), (0, self.height)], dtype=float)
        x, y = mapped(matrix, corners).T
        if x.min() >= 0 and y.min() >= 0 and x.max() <= width and y.max() <= height:
            return np.ones((self.height, self.width), np.bool_)
        rows, columns = np.mgrid[0 : self.height, 0 : self.width] + 0.5
        points = mapped(matrix, np.column_stack([columns.ravel(), rows.ravel()]))
        within = (points > 0.5) & (points < (width - 0.5, height - 0.5))
        inside: Mask = within.all(axis=1).reshape(self.height, self.width)
        return inside


@dataclass(frozen=True, slots=True, eq=False)
class SoftLuma:
    """The luma of a frame around a region under a Gaussian, to be read at single pixels of a rectified plane.

    The Gaussian is laid over the frame once, and so at any number of poses: it is that of the plane where the region is
    seen without much foreshortening.
    """

    plane: RectifiedPlane
    luma: FloatPlane
    origin: tuple[int, int]
    """x and y in the frame of the first pixel of `luma`."""

    @classmethod
    def of(cls, plane: RectifiedPlane, frame: Frame, quad: Quad, *, sigma: float, room: int) -> SoftLuma:
        """That of a frame which shows the region about as `quad`.

        sigma: of the Gaussian, in pixels of the plane. room: picture pixels beyond the plane that may be read as well.
        """
        whole = Box(0, 0, frame.width, frame.height)
        reach = _reach(plane.to_picture(quad), plane.width, plane.height)
        box = reach.grown(room).clipped(frame.width, frame.height) or whole
        scale = math.sqrt(abs(quad.area) / max(abs(plane.quad.area), 1e-6))
        return cls(plane, blurred(frame.y[box.slices].astype(np.float32), sigma * scale), (box.x, box.y))

    def at(self, quad: Quad, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> FloatArray:
        """Its levels, by bicubic sampling, at pixels of the plane when the region is seen as `quad`, (n,), n < 2¹⁵."""
        to_index = shift(-self.origin[0], -self.origin[1]) @ _TO_INDEX @ self.plane.to_picture(quad)
        places = mapped(to_index, np.column_stack([columns, rows]).astype(np.float64) + 0.5)
        x, y = np.ascontiguousarray(places.T, dtype=np.float32)[:, None]
        levels = cv2.remap(self.luma, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(levels[0], np.float64)


def layer_of(
    plane: RectifiedPlane,
    picture: FloatImage,
    alpha: FloatPlane,
    *,
    quad: Quad,
    width: int,
    height: int,
    deformation: Deformation | None = None,
    grain: Callable[[int, int], FloatPlane] | None = None,
) -> Layer | None:
    """`picture` as a layer over a width × height frame in which the region is seen as `quad`.

    alpha: (rows, columns), 0..1. deformation: residual of the surface. grain: gives luma noise of (columns, rows), in
    levels, which is added in the frame's own pixels. None when nothing of it falls into the frame.
    """
    used = np.flatnonzero(alpha.max(axis=1) > 0), np.flatnonzero(alpha.max(axis=0) > 0)
    if not len(used[0]):
        return None
    matrix = plane.to_picture(quad)
    x, y = float(used[1][0]) - 1, float(used[0][0]) - 1
    across, down = float(used[1][-1]) + 2 - x, float(used[0][-1]) + 2 - y
    if deformation is not None:
        room = _farthest(deformation, plane, x, y, across, down)
        x, y, across, down = x - room, y - room, across + 2 * room, down + 2 * room
    inside = _reach(matrix @ shift(x, y), across, down).even().clipped(width, height)
    if inside is None:
        return None
    back = np.linalg.inv(matrix) @ shift(inside.x, inside.y)
    displacement = None if deformation is None else partial(deformation.back_at, rectangle=plane.quad)
    luma = back @ _FROM_INDEX, displacement, _TO_INDEX
    chroma = back @ _FROM_CHROMA, displacement, _TO_INDEX
    full, half = (inside.w, inside.h), (inside.w // 2, inside.h // 2)
    shown = bytes_of(_warped(alpha, luma, full, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT) * 255)
    if not shown.any():
        return None
    y_plane = _warped(np.ascontiguousarray(picture[..., 0]), luma, full, cv2.INTER_LANCZOS4, cv2.BORDER_REPLICATE)
    if grain is not None:
        y_plane = y_plane + grain(inside.w, inside.h)
    colour = _warped(np.ascontiguousarray(picture[..., 1:]), chroma, half, cv2.INTER_LANCZOS4, cv2.BORDER_REPLICATE)
    return Layer(
        inside,
        shown,
        chroma_alpha(shown),
        bytes_of(y_plane),
        bytes_of(colour[..., 0]),
        bytes_of(colour[..., 1]),
    )


def flat_layer(picture: FloatImage, alpha: FloatPlane, box: Box) -> Layer:
    """`picture`, whose pixels are those of an even `box` of the frame, as a layer; alpha: (rows, columns), 0..1."""
    shown = bytes_of(alpha * 255)
    colour = bytes_of(at_chroma_sites(picture[..., 1:]))
    luma = bytes_of(picture[..., 0])
    return Layer(box, shown, chroma_alpha(shown), luma, colour[..., 0].copy(), colour[..., 1].copy())


def _reach(matrix: Homography, width: float, height: float) -> Box:
    """The box around a (0, 0)..(width, height) rectangle sent through `matrix`."""
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=float)
    lifted = np.column_stack([corners, np.ones(4)]) @ matrix.T
    # A surface seen almost edge-on can send a margin corner behind the camera: keep it this side of the horizon.
    depth = np.maximum(lifted[:, 2], 0.2 * float(np.abs(lifted[:, 2]).max()))
    x, y = lifted[:, 0] / depth, lifted[:, 1] / depth
    left, top = math.floor(x.min()), math.floor(y.min())
    return Box(left, top, max(math.ceil(x.max()) - left, 1), max(math.ceil(y.max()) - top, 1))


def _farthest(
    deformation: Deformation, plane: RectifiedPlane, x: float, y: float, width: float, height: float
) -> float:
    """Largest displacement by `deformation` in a part of the plane, in its pixels, and one more."""
    columns, rows = np.meshgrid(np.linspace(x, x + width, 17), np.linspace(y, y + height, 9))
    moved = deformation.at(np.column_stack([columns.ravel(), rows.ravel()]), plane.quad)
    return float(np.linalg.norm(moved, axis=1).max()) + 1


_IndexMap: TypeAlias = tuple[Homography, Callable[[Points], Points] | None, Homography]
"""From indices of a target to indices of a source: to points of the plane, their displacement, and on from there."""


def _warped(
    picture: NDArray[np.uint8] | FloatRaster, index_map: _IndexMap, size: tuple[int, int], how: int, border: int
) -> FloatRaster:
    """`picture` sampled at the indices that `index_map` gives for each index of a target of `size`, (columns, rows)."""
    before, displacement, after = index_map
    if displacement is None:
        flags = how | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpPerspective(picture, after @ before, size, flags=flags, borderMode=border), np.float32
        )
    # A deformation is smooth: it is evaluated in the middle of every eight pixels, and once beyond either end.
    counts = [-(-side // _NODE_SPACING) + 2 for side in size]
    columns, rows = ((np.arange(count) - 0.5) * _NODE_SPACING - 0.5 for count in counts)
    points = mapped(before, np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2))
    nodes = mapped(after, points + displacement(points)).reshape(len(rows), len(columns), 2).astype(np.float32)
    finer = scaled(nodes, (counts[0] * _NODE_SPACING, counts[1] * _NODE_SPACING))
    places = finer[_NODE_SPACING:, _NODE_SPACING:][: size[1], : size[0]]
    return np.asarray(cv2.remap(picture, places[..., 0], places[..., 1], how, borderMode=border), np.float32)
