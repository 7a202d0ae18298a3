"""Glyphs as signed distance fields, so that ink stays crisp however it is bent, blended or melted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from simulator.raster import Image, Real, looked_up, reduced
from simulator.scene import Lettering, Surface

FONTS = Path(__file__).resolve().parents[2] / "fonts"
"""Folder that font names are looked up in."""
DENSITY = 2
"""Texture pixels per still pixel, along each axis."""
_OVER = 2
"""Glyphs are drawn this many times finer than the texture before distances are measured."""
_MARGIN = 0.4
"""Room around the ink, in ems, that a melt may spill into."""

_CONFUSIONS = {
    "A": "VRΛ4", "B": "R8E", "C": "GOE", "D": "OBP", "E": "FBC", "F": "EPT", "G": "CQ6", "H": "NKM",
    "I": "TL1", "J": "UI", "K": "XHR", "L": "IE", "M": "NWH", "N": "MHW", "O": "QDC", "P": "FRD",
    "Q": "OG", "R": "KPB", "S": "8ZE", "T": "IFY", "U": "VOJ", "V": "YUA", "W": "VMN", "X": "KYZ",
    "Y": "VTX", "Z": "SX2", "0": "OC8", "1": "I7L", "2": "Z7", "3": "8B", "4": "A9", "5": "S6",
    "6": "G8", "7": "1T", "8": "B3", "9": "4G",
}  # fmt: skip
"""What a model is apt to draw instead of a character."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One line of lettering in the texture of its surface."""

    x: int
    """Left edge of the window, in texture pixels from the surface's own left edge; `y` likewise."""
    y: int
    distance: Image
    """(height, width) of the window: texture pixels to the nearest edge of ink, negative inside."""
    garbled: tuple[Image, Image]
    """The same, for two wrong readings of the text drawn into the same place."""
    box: tuple[float, float, float, float]
    """Left, top, right, bottom of the intact ink, in still pixels from the surface's top-left corner."""
    em: float
    """Font size in texture pixels."""

    @property
    def reach(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the window: no ink, intact or melted, lies outside; units as `box`."""
        height, width = self.distance.shape
        return (
            self.x / DENSITY,
            self.y / DENSITY,
            (self.x + width) / DENSITY,
            (self.y + height) / DENSITY,
        )


@lru_cache(maxsize=32)
def _font(name: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / name, size)


def ink_mask(text: str, font: str, size: float) -> NDArray[np.uint8]:
    """Coverage 0..255 of a line of text, cropped to its ink; size in pixels per em.

    Raises ValueError for text without ink.
    """
    face = _font(font, size)
    left, top, right, bottom = face.getbbox(text)
    canvas = PillowImage.new("L", (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(canvas).text((1 - left, 1 - top), text, font=face, fill=255)
    mask = np.asarray(canvas)
    rows, columns = np.nonzero((mask >= 128).any(1))[0], np.nonzero((mask >= 128).any(0))[0]
    if not len(rows):
        raise ValueError(f"no ink in {text!r}")
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def ink_width(text: str, font: str, size: float) -> float:
    """Width of a line's ink in the unit of `size`."""
    return float(ink_mask(text, font, 100.0).shape[1] * size / 100)


def garble(text: str, rng: np.random.Generator) -> str:
    """A wrong reading of `text` of the same length: every character replaced by one it is mistaken for."""
    return "".join(str(rng.choice(list(_CONFUSIONS.get(c.upper(), c)))) for c in text)


def signed_distance(mask: Image) -> Image:
    """Pixels from each pixel's centre to the edge of `mask` (coverage 0..1, cut at one half), negative inside."""
    inside = (mask >= 0.5).astype(np.uint8)
    outward = cv2.distanceTransform(1 - inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    inward = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # The transform measures to the nearest pixel's centre; the edge lies half a pixel before it.
    return np.asarray(np.where(inside, 0.5 - inward, outward - 0.5), np.float32)


def unrolled(surface: Surface, x: Real) -> Image:
    """Where on the unrolled label a place `x` on the surface lies; both in still pixels from its left edge."""
    if surface.radius is None:
        return np.asarray(x, np.float32)
    middle = surface.width / 2
    angle = np.arcsin(np.clip((x - middle) / surface.radius, -1, 1))
    return np.asarray(middle + surface.radius * angle, np.float32)


def rolled(surface: Surface, x: float) -> float:
    """The inverse of `unrolled`, for one place."""
    if surface.radius is None:
        return x
    middle = surface.width / 2
    return middle + surface.radius * float(np.sin((x - middle) / surface.radius))


def glyphs_of(surface: Surface, line: Lettering) -> Glyphs:
    """Draw one line of a surface's lettering into distance fields.

    Raises ValueError when its ink does not fit on the surface.
    """
    fine = DENSITY * _OVER
    mask = ink_mask(line.text, line.font, line.size * fine)
    half_w, half_h = mask.shape[1] / fine / 2, mask.shape[0] / fine / 2
    (cx, cy), skirt = line.centre, line.outline_width
    box = (rolled(surface, cx - half_w), cy - half_h, rolled(surface, cx + half_w), cy + half_h)
    if not (skirt <= box[0] < box[2] <= surface.width - skirt and skirt <= box[1] < box[3] <= surface.height - skirt):
        raise ValueError(f"{line.text!r} at {line.size:g} px does not fit on {surface.name!r}")

    margin = _MARGIN * line.size + skirt + line.glow
    x = max(int((box[0] - margin) * DENSITY), 0)
    y = max(int((box[1] - margin) * DENSITY), 0)
    right = min(int(np.ceil((box[2] + margin) * DENSITY)), surface.width * DENSITY)
    bottom = min(int(np.ceil((box[3] + margin) * DENSITY)), surface.height * DENSITY)

    across = (x * _OVER + np.arange((right - x) * _OVER, dtype=np.float32) + np.float32(0.5)) / fine
    down = (y * _OVER + np.arange((bottom - y) * _OVER, dtype=np.float32) + np.float32(0.5)) / fine
    label_x, label_y = np.meshgrid(unrolled(surface, across) - cx, down - cy)

    def field(drawn: NDArray[np.uint8]) -> Image:
        # A border keeps ink that touches the crop from being smeared outward.
        framed = np.asarray(np.pad(drawn, 1) / 255, np.float32)
        u = label_x / (2 * half_w) * drawn.shape[1] + drawn.shape[1] / 2 + 0.5
        v = label_y / (2 * half_h) * drawn.shape[0] + drawn.shape[0] / 2 + 0.5
        distance = signed_distance(looked_up(framed, u, v))
        return reduced(distance, right - x, bottom - y) / np.float32(_OVER)

    seed = line.fault.seed if line.fault else 0
    rng = np.random.default_rng([seed, 11])
    garbled = [field(ink_mask(garble(line.text, rng), line.font, line.size * fine)) for _ in range(2)]
    return Glyphs(x, y, field(mask), (garbled[0], garbled[1]), box, line.size * DENSITY)
