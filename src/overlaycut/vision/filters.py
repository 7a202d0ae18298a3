"""Float pictures, and the elementary filters of pictures and masks."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Covariance

FloatPlane: TypeAlias = NDArray[np.float32]
"""One number per pixel, (rows, columns): luma in levels 0..255, coverage 0..1, distances in pixels."""

FloatImage: TypeAlias = NDArray[np.float32]
"""Luma, Cb and Cr of every pixel, in levels 0..255, (rows, columns, 3)."""

FloatRaster: TypeAlias = NDArray[np.float32]
"""A `FloatPlane`, a `FloatImage`, or as many channels as there are: (rows, columns) or (rows, columns, channels)."""

FlowField: TypeAlias = NDArray[np.float32]
"""Displacement of every pixel, x before y, in pixels: (rows, columns, 2)."""

Colours: TypeAlias = NDArray[np.float32]
"""Luma, Cb and Cr, in levels, of several colours, (n, 3), or of one, (3,)."""

Samples: TypeAlias = NDArray[np.float32]
"""Values read at chosen places or over frames; their use states the shape."""


def scaled(picture: FloatRaster, size: tuple[int, int], *, area: bool = False) -> FloatRaster:
    """`picture` at another size (columns, rows): the mean of areas when `area`, else interpolated linearly."""
    how = cv2.INTER_AREA if area else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=how), dtype=np.float32)


def scaled_mask(mask: Mask, size: tuple[int, int], *, share: float = 0.5) -> Mask:
    """`mask` at another size (columns, rows); a pixel is set when more than `share` of it is."""
    smaller = size[0] < mask.shape[1]
    return scaled(mask.astype(np.float32), size, area=smaller) > share


def blurred(picture: FloatRaster, sigma: float) -> FloatRaster:
    """`picture` under a Gaussian of `sigma` pixels; unchanged below a fifth of a pixel. Raises ValueError below 0."""
    if sigma < 0:
        raise ValueError(f"sigma must be 0 or more, got {sigma}")
    return picture if sigma < 0.2 else np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), dtype=np.float32)


def widely_blurred(plane: FloatPlane, sigma: float) -> FloatPlane:
    """`plane` under a Gaussian of `sigma` pixels, 0 or more; a wide one at half the size, where nothing finer is left.

    That takes a sixth of the time (benchmarks/cost.py), and is right to a hundredth of the plane's range.
    """
    rows, columns = plane.shape
    if sigma < 6 or min(rows, columns) < 2 * sigma:
        return blurred(plane, sigma)
    half = scaled(np.ascontiguousarray(plane), ((columns + 1) // 2, (rows + 1) // 2), area=True)
    return scaled(blurred(half, sigma / 2), (columns, rows))


def smeared(picture: FloatRaster, spread: Covariance) -> FloatRaster:
    """`picture` under a Gaussian whose covariance is `spread`, (2, 2), x before y, in squared pixels."""
    narrow, wide = np.linalg.eigvalsh(spread)
    if wide - narrow < 0.3 * wide + 0.1:
        return blurred(picture, float(np.sqrt(max((narrow + wide) / 2, 0))))
    inverse = np.linalg.inv(spread + max(0.04 - narrow, 0) * np.eye(2))
    reach = int(np.ceil(3 * np.sqrt(wide)))
    places = np.stack(np.meshgrid(*2 * [np.arange(-reach, reach + 1)]), axis=-1)
    kernel = np.exp(-0.5 * np.einsum("yxi,ij,yxj->yx", places, inverse, places))
    return np.asarray(cv2.filter2D(picture, cv2.CV_32F, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE))


def dot(a: FloatImage, b: FloatImage) -> FloatPlane:
    """The sum over channels of two pictures' products: (rows, columns)."""
    return np.asarray(cv2.transform(a * b, _SUM), dtype=np.float32)


_SUM = np.ones((1, 3), np.float32)
"""Adds up the channels of a picture; in a tenth of the time of `numpy.einsum`."""


def distance(a: FloatImage, b: FloatImage) -> FloatPlane:
    """Distance of two pictures at every pixel, in levels of luma and chroma."""
    off = a - b
    return np.sqrt(dot(off, off))


def pearson_correlation(one: Samples, other: Samples) -> float:
    """Pearson's correlation of two sets of values of one shape, -1..1; 0 where one of them is constant."""
    a, b = (one - one.mean()).ravel(), (other - other.mean()).ravel()
    return float(a @ b) / max(float(np.sqrt((a @ a) * (b @ b))), 1e-6)


def bytes_of(picture: FloatRaster) -> NDArray[np.uint8]:
    """`picture` rounded to whole levels."""
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def dilated(mask: Mask, radius: int) -> Mask:
    """`mask` grown by `radius` pixels in every direction."""
    return _morphed(mask, radius, cv2.MORPH_DILATE)


def eroded(mask: Mask, radius: int) -> Mask:
    """`mask` shrunk by `radius` pixels; what lies beyond the picture counts as set."""
    return _morphed(mask, radius, cv2.MORPH_ERODE)


def opened(mask: Mask, radius: int) -> Mask:
    """The parts of `mask` in which a disc of `radius` pixels fits."""
    return _morphed(mask, radius, cv2.MORPH_OPEN)


def closed(mask: Mask, radius: int) -> Mask:
    """`mask` with gaps narrower than twice `radius` filled."""
    return _morphed(mask, radius, cv2.MORPH_CLOSE)


def _morphed(mask: Mask, radius: int, how: int) -> Mask:
    if radius < 1 or not mask.any():
        return mask
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cv2.morphologyEx(mask.astype(np.uint8), how, disc).astype(np.bool_)


def above_otsu(levels: FloatPlane, inside: Mask) -> tuple[Mask, float, float]:
    """Pixels of `inside` above Otsu's threshold of `levels`, 0..255; its criterion, 0..1; the classes' distance.

    Otsu, A threshold selection method from gray-level histograms, 1979. Where all is one class: none, 0 and 0.
    """
    values = np.clip(levels[inside], 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(values.reshape(-1, 1), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    above = values > threshold
    if not above.any() or above.all():
        return np.zeros_like(inside), 0.0, 0.0
    share, gap = float(above.mean()), float(values[above].mean()) - float(values[~above].mean())
    return inside & (levels > threshold), share * (1 - share) * gap**2 / max(float(values.var()), 1e-6), gap
