"""Frames, planar 8-bit YUV 4:2:0 with an exact time, and layers that are composited over them.

A `Frame` is what an H.264 encoder takes: BT.709 or BT.601 matrix, limited range, chroma sited as H.264 has it by
default (ITU-T H.264 Annex E, chroma_sample_loc_type 0: horizontally on the even luma columns, vertically halfway
between two luma rows). Operations ask for an RGB patch of a box, work on it, turn the result into a `Layer`
once, and lay that over the planes. Samples where a layer's alpha is 0 are never written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.colour import BLACK, RGB_TO_YCBCR_BY, YcbcrMatrix
from overlaycut.core.geometry import Box
from overlaycut.errors import InvalidValue

Plane: TypeAlias = NDArray[np.uint8]
"""One plane of samples, shape (rows, columns)."""

Picture: TypeAlias = NDArray[np.uint8]
"""An RGB picture, shape (rows, columns, 3), or RGBA with straight alpha, shape (rows, columns, 4)."""

Alpha: TypeAlias = NDArray[np.uint8]
"""Opacity of a layer, shape (rows, columns): 0 transparent, 255 opaque."""

Mask: TypeAlias = NDArray[np.bool_]
"""A binary mask, (rows, columns)."""

_RGB_TO_YUV = {name: matrix.astype(np.float32) / np.float32(255) for name, matrix in RGB_TO_YCBCR_BY.items()}
_STRIP = 32
"""Rows of a picture, even, that are converted at a time."""

_YUV_TO_RGB = {
    name: np.linalg.inv(matrix.astype(np.float64)).astype(np.float32) for name, matrix in _RGB_TO_YUV.items()
}


def _named(value: object) -> str:
    return f"{value.shape} of {value.dtype}" if isinstance(value, np.ndarray) else repr(value)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a clip. The planes are read-only by agreement: make a new frame instead."""

    index: int
    """Display order, 0-based."""
    at: Fraction
    """Seconds since the first frame, exact."""
    lasts: Fraction
    """Seconds it stays on screen, more than 0."""
    y: Plane
    """Luma, (height, width); both are even."""
    u: Plane
    """Cb, (height / 2, width / 2)."""
    v: Plane
    """Cr, the shape of `u`."""
    matrix: YcbcrMatrix = "bt709"
    """What luma and chroma mean."""

    def __post_init__(self) -> None:
        for plane in (self.y, self.u, self.v):
            if not isinstance(plane, np.ndarray) or plane.ndim != 2 or plane.dtype != np.uint8:
                raise InvalidValue(f"Frame: found a plane {_named(plane)}", hint="allowed: (rows, columns) of uint8")
        if not isinstance(self.at, Fraction | int) or not isinstance(self.lasts, Fraction | int) or self.lasts <= 0:
            raise InvalidValue(f"Frame: found {self.at!r} and {self.lasts!r}", hint="allowed: Fractions, lasts above 0")
        height, width = self.y.shape
        half = (height // 2, width // 2)
        if height % 2 or width % 2 or self.u.shape != half or self.v.shape != half:
            raise InvalidValue(f"not planar 4:2:0: luma {self.y.shape}, chroma {self.u.shape} and {self.v.shape}")

    @property
    def width(self) -> int:
        """Luma columns."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """Luma rows."""
        return int(self.y.shape[0])

    @property
    def planes(self) -> tuple[Plane, Plane, Plane]:
        """Luma, Cb, Cr."""
        return self.y, self.u, self.v

    @classmethod
    def from_rgb(
        cls, rgb: Picture, *, index: int, at: Fraction, lasts: Fraction, matrix: YcbcrMatrix = "bt709"
    ) -> Frame:
        """A frame from an RGB picture; an odd last row or column is doubled to make the size even."""
        picture = isinstance(rgb, np.ndarray) and rgb.ndim == 3 and rgb.dtype == np.uint8
        if not picture or rgb.shape[2] != 3 or not rgb.size:
            raise InvalidValue(f"Frame: found {_named(rgb)}", hint="allowed: RGB, (rows, columns, 3) of uint8")
        height, width = rgb.shape[:2]
        padded = np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        opaque = np.full(padded.shape[:2], 255, dtype=np.uint8)
        y, u, v, _, _ = _to_planes(padded, opaque, matrix)
        return cls(index, at, lasts, y, u, v, matrix)

    def patch(self, box: Box) -> Picture:
        """The RGB picture inside `box`, which lies within the frame: (box.h, box.w, 3).

        Chroma is interpolated linearly between its sample positions; columns and rows beyond the frame repeat
        its edge.
        """
        if box.clipped(self.width, self.height) != box:
            raise ValueError(f"{box} reaches outside a {self.width}x{self.height} frame")
        even = box.even()
        to_rgb = _YUV_TO_RGB[self.matrix]
        picture = np.empty((even.h, even.w, 3), np.uint8)
        # In strips that stay in the cache: half the time of a whole picture's floating-point planes.
        for top in range(0, even.h, _STRIP):
            strip = Box(even.x, even.y + top, even.w, min(_STRIP, even.h - top))
            rgb = (self.yuv(strip).reshape(-1, 3) - BLACK) @ to_rgb.T
            np.clip(np.rint(rgb, out=rgb), 0, 255, out=rgb)
            picture[top : top + strip.h] = rgb.reshape(strip.h, strip.w, 3)
        rows, columns = slice(box.y - even.y, box.bottom - even.y), slice(box.x - even.x, box.right - even.x)
        return np.ascontiguousarray(picture[rows, columns])

    def yuv(self, box: Box) -> NDArray[np.float32]:
        """The planes inside an even `box` within the frame, chroma interpolated as in `patch`: (box.h, box.w, 3)."""
        yuv = np.empty((box.h, box.w, 3), dtype=np.float32)
        yuv[..., 0] = self.y[box.slices]
        yuv[..., 1] = _upsampled(self.u, box)
        yuv[..., 2] = _upsampled(self.v, box)
        return yuv

    def rgb(self) -> Picture:
        """The whole frame as RGB, (height, width, 3)."""
        return self.patch(Box(0, 0, self.width, self.height))

    def with_layers(self, *layers: Layer) -> Frame:
        """The frame with `layers` composited over it in that order; parts of a layer outside the frame are cut off."""
        if not layers:
            return self
        planes = tuple(plane.copy() for plane in self.planes)
        for layer in layers:
            layer.lay_over(*planes)
        return replace(self, y=planes[0], u=planes[1], v=planes[2])

    def retimed(self, *, index: int, at: Fraction, lasts: Fraction) -> Frame:
        """The same picture at another place in time."""
        return replace(self, index=index, at=at, lasts=lasts)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A picture with alpha, turned into YUVA once so that laying it over a frame costs a multiply and a shift.

    It covers `box`, whose corners fall on whole chroma samples and which may reach outside a frame.
    """

    box: Box
    alpha: Alpha
    """Luma alpha, (box.h, box.w)."""
    chroma_alpha: Alpha
    """Chroma alpha, (box.h / 2, box.w / 2): 0 wherever the four luma alphas of the sample are 0."""
    y: Plane
    u: Plane
    v: Plane

    @classmethod
    def from_rgba(cls, rgba: Picture, *, x: int, y: int) -> Layer:
        """A layer from a straight-alpha RGBA picture whose top-left pixel lies at column `x`, row `y`."""
        box = Box(x, y, rgba.shape[1], rgba.shape[0]).even()
        top, left = y - box.y, x - box.x
        padding = ((top, box.h - top - rgba.shape[0]), (left, box.w - left - rgba.shape[1]))
        rgb = np.pad(rgba[..., :3], (*padding, (0, 0)), mode="edge")
        alpha = np.pad(rgba[..., 3], padding)
        luma, u, v, alpha, chroma_alpha = _to_planes(rgb, alpha)
        return cls(box, alpha, chroma_alpha, luma, u, v)

    def faded(self, share: float) -> Layer:
        """The layer at `share` (0..1) of its strength."""
        if share >= 1:
            return self
        scale = max(share, 0.0)
        alpha = np.rint(self.alpha * scale).astype(np.uint8)
        chroma = np.rint(self.chroma_alpha * scale).astype(np.uint8)
        # Where lumas round to 0, their chroma sample may not: it is weighted with those beside it.
        return replace(self, alpha=alpha, chroma_alpha=np.where(_covered(alpha), chroma, 0).astype(np.uint8))

    def without(self, boxes: Iterable[Box]) -> Layer:
        """The layer with alpha 0 inside `boxes`, and in every chroma sample that reaches into one."""
        own = Box(0, 0, self.box.w, self.box.h)
        parts = [Box(box.x - self.box.x, box.y - self.box.y, box.w, box.h).clipped(own.w, own.h) for box in boxes]
        if not any(parts):
            return self
        alpha, chroma_alpha = self.alpha.copy(), self.chroma_alpha.copy()
        for part in filter(None, parts):
            alpha[part.slices] = 0
            even = part.even()
            chroma_alpha[even.y // 2 : even.bottom // 2, even.x // 2 : even.right // 2] = 0
        return replace(self, alpha=alpha, chroma_alpha=chroma_alpha)

    def lay_over(self, y: Plane, u: Plane, v: Plane) -> None:
        """Blend into writable planes of a frame."""
        inside = self.box.clipped(y.shape[1], y.shape[0])
        if inside is None:
            return
        _blend(y, self.y, self.alpha, inside, self.box, 1)
        _blend(u, self.u, self.chroma_alpha, inside, self.box, 2)
        _blend(v, self.v, self.chroma_alpha, inside, self.box, 2)


def _blend(plane: Plane, ink: Plane, alpha: Alpha, inside: Box, box: Box, step: int) -> None:
    rows, columns = inside.slices
    target = plane[rows.start // step : rows.stop // step, columns.start // step : columns.stop // step]
    own = (
        slice((inside.y - box.y) // step, (inside.bottom - box.y) // step),
        slice((inside.x - box.x) // step, (inside.right - box.x) // step),
    )
    weight = alpha[own].astype(np.uint16)
    mixed = target * (255 - weight) + ink[own] * weight + 128
    # (n + n / 256) / 256 is n / 255 to the nearest for every product of two bytes.
    target[...] = (mixed + (mixed >> 8)) >> 8


def _upsampled(chroma: Plane, box: Box) -> NDArray[np.float32]:
    """A chroma plane at luma positions inside an even `box`: (box.h, box.w)."""
    rows = np.arange(box.y // 2 - 1, box.bottom // 2 + 1)
    columns = np.arange(box.x // 2, box.right // 2 + 1)
    part = chroma.take(rows, axis=0, mode="clip").take(columns, axis=1, mode="clip").astype(np.float32)
    tall = np.empty((box.h, len(columns)), dtype=np.float32)
    tall[0::2] = 0.75 * part[1:-1] + 0.25 * part[:-2]
    tall[1::2] = 0.75 * part[1:-1] + 0.25 * part[2:]
    wide = np.empty((box.h, box.w), dtype=np.float32)
    wide[:, 0::2] = tall[:, :-1]
    wide[:, 1::2] = 0.5 * (tall[:, :-1] + tall[:, 1:])
    return wide


def _to_planes(rgb: Picture, alpha: Alpha, matrix: YcbcrMatrix = "bt709") -> tuple[Plane, Plane, Plane, Alpha, Alpha]:
    """Planes and both alphas of an RGB picture of even size.

    Chroma is filtered with weights 1-2-1 across the even columns and 1-1 down, each pixel weighed by its alpha,
    so that colour from transparent pixels does not bleed in.
    """
    # In strips that stay in the cache, as in `Frame.patch`.
    strips = [slice(top, top + _STRIP) for top in range(0, rgb.shape[0], _STRIP)]
    luma, u, v, chroma = (
        np.concatenate(parts)
        for parts in zip(*(_strip_to_planes(rgb[strip], alpha[strip], matrix) for strip in strips), strict=True)
    )
    return luma, u, v, alpha, chroma


def _strip_to_planes(rgb: Picture, alpha: Alpha, matrix: YcbcrMatrix) -> tuple[Plane, Plane, Plane, Alpha]:
    """Planes and chroma alpha of an even number of rows."""
    yuv = rgb.astype(np.float32) @ _RGB_TO_YUV[matrix].T + BLACK
    luma = np.rint(yuv[..., 0]).astype(np.uint8)
    weight = alpha.astype(np.float32)
    total = at_chroma_sites(weight)
    safe = np.maximum(total, 1e-6)
    u = np.rint(at_chroma_sites(yuv[..., 1] * weight) / safe)
    v = np.rint(at_chroma_sites(yuv[..., 2] * weight) / safe)
    empty = total <= 0
    u[empty] = v[empty] = 128
    return luma, u.astype(np.uint8), v.astype(np.uint8), chroma_alpha(alpha)


def at_chroma_sites(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Luma-sized values, (rows, columns) or (rows, columns, channels), at the positions of H.264's chroma samples.

    Weights 1-2-1 across the even columns and 1-1 down; the result has half the rows and columns.
    """
    pairs = 0.5 * (plane[0::2] + plane[1::2])
    even, odd = pairs[:, 0::2], pairs[:, 1::2]
    before = np.concatenate([even[:, :1], odd[:, :-1]], axis=1)
    sited: NDArray[np.float32] = 0.25 * before + 0.5 * even + 0.25 * odd
    return sited


def chroma_alpha(alpha: Alpha) -> Alpha:
    """The chroma alpha of a luma alpha of even size: half its rows and columns, 0 where all four lumas are 0."""
    return np.where(_covered(alpha), np.rint(at_chroma_sites(alpha.astype(np.float32))), 0).astype(np.uint8)


def _covered(alpha: Alpha) -> Mask:
    """Chroma samples of which any of the four luma alphas is not 0."""
    covered: Mask = np.asarray(alpha.reshape(alpha.shape[0] // 2, 2, alpha.shape[1] // 2, 2).any(axis=(1, 3)))
    return covered
