"""Colours of designed elements: from "#rrggbb" to the samples of a frame, and what can be read on what."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

import numpy as np

from overlaycut.core.colour import YcbcrMatrix
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import FloatArray
from overlaycut.vision.filters import Colours, bytes_of

Rgb: TypeAlias = tuple[int, int, int]
"""An sRGB colour, 0..255 each."""

LEGIBLE = 4.5
"""Contrast that text needs (WCAG 2.2, success criterion 1.4.3)."""

PLAIN = 7.0
"""Contrast of a graphic that is meant to be distinct from what it lies on (WCAG 2.2, success criterion 1.4.6)."""

_BLACK: Rgb = (0, 0, 0)
_WHITE: Rgb = (255, 255, 255)
_STEPS = 64
"""Tones that are tried between a colour and black or white."""
_LUMINANCE_WEIGHTS = np.array([0.2126, 0.7152, 0.0722])


def rgb(colour: str) -> Rgb:
    """The three numbers of "#rrggbb"."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def samples_of(colour: Rgb, matrix: YcbcrMatrix = "bt709") -> Colours:
    """Luma, Cb and Cr of a colour, each a whole level: (3,)."""
    flat = np.full((2, 2, 3), colour, np.uint8)
    frame = Frame.from_rgb(flat, index=0, at=Fraction(0), lasts=Fraction(1), matrix=matrix)
    return np.array([plane[0, 0] for plane in frame.planes], np.float32)


def colour_of(samples: Colours, matrix: YcbcrMatrix = "bt709") -> Rgb:
    """The sRGB colour of a luma, Cb and Cr: the inverse of `samples_of`, as far as rounding lets it be."""
    y, u, v = (np.full(shape, level) for shape, level in zip(((2, 2), (1, 1), (1, 1)), bytes_of(samples), strict=True))
    red, green, blue = (int(level) for level in Frame(0, Fraction(0), Fraction(1), y, u, v, matrix).rgb()[0, 0])
    return red, green, blue


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast of two colours, 1 (the same) to 21 (black on white), as WCAG 2.2 defines it."""
    first, second = (relative_luminance(np.array(colour) / 255) for colour in (one, other))
    return float(contrast_ratio(first, second))


def relative_luminance(rgb: FloatArray) -> FloatArray:
    """Relative luminance of sRGB values 0..1, (…, 3): BT.709's weights on the curve of IEC 61966-2-1 (WCAG 2.2)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ _LUMINANCE_WEIGHTS)


def contrast_ratio(one: FloatArray, other: FloatArray) -> FloatArray:
    """Contrast of two relative luminances, 1..21 (WCAG 2.2)."""
    return np.asarray((np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05))


def legible_on(ground: Rgb, *, liked: Rgb | None = None) -> Rgb:
    """A colour for text on `ground`: the `liked` one where it can be read there, else black or white."""
    if liked is not None and contrast(liked, ground) >= LEGIBLE:
        return liked
    return max(_WHITE, _BLACK, key=lambda colour: contrast(colour, ground))


def set_off(surface: Rgb) -> Rgb:
    """A colour of the hue of `surface` that plainly stands out from it: darker, or lighter where that has more room."""
    end = max(_BLACK, _WHITE, key=lambda colour: contrast(colour, surface))
    tones = (_mixed(surface, end, step / _STEPS) for step in range(_STEPS))
    return next((tone for tone in tones if contrast(tone, surface) >= PLAIN), end)


def _mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
