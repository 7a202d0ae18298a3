"""What stands in front of a line of lettering: pixels in colours that neither its strokes nor its surface have.

Strokes that melt keep their colour, however far they run; a hand, a sleeve or a glass brings colours of its own, comes
in from beyond the line and is wider than strokes. So melting and covering are told apart by colour, whatever a track
makes of the change. What has the very colours of the line cannot be told so; the surface beside the strokes must.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.lettering.shape import LineShape
from overlaycut.core.findings import CoverSide
from overlaycut.core.frame import Mask
from overlaycut.vision.filters import FloatImage, FloatPlane


@dataclass(frozen=True, slots=True, kw_only=True)
class InFrontParameters:
    """How colours are told apart; set by benchmarks/lettering.py and the tuning half of real_lettering.py."""

    luma_bin: int = 20
    """Width of the bins of luma in which colours of the reference are counted, in levels."""
    chroma_bin: int = 8
    """The same of Cr and Cb."""
    mixtures: int = 12
    """Steps between the colours of strokes and surface that edges may show."""
    thinnest: float = 0.12
    """Width in heights of the line from which on foreign colours may be of something in front."""
    least_area: float = 0.05
    """Area of one such patch in squared heights, at least."""
    block: float = 1.0
    """Width of the parts of the line whose light is fitted, in heights."""
    light_levels: float = 60.0
    """Change of the surface's luma that may be light, at most."""
    light_chroma: float = 7.0
    """Change of its Cr and Cb that comes with it, at most."""
    light_contrast: float = 0.5
    """Contrast of the line over the reference's, at least: what is in front has no strokes, and light leaves them."""
    skin_cr: tuple[float, float] = (133.0, 173.0)
    """Cr of skin (Chai and Ngan, Face segmentation using skin-color map in videophone applications, 1999)."""
    skin_cb: tuple[float, float] = (77.0, 127.0)
    """Cb of skin, from the same."""


@dataclass(frozen=True, slots=True, eq=False)
class InFront:
    """What covers a line in one frame."""

    mask: Mask
    """Its pixels in the look at the line."""
    light: FloatPlane
    """Change of the light along the line since the reference, in levels, (1, columns)."""
    share: float
    """Share of the line's rectangle that it covers, 0..1."""
    is_skin: bool
    side: CoverSide | None
    """The side of the line from which most of it comes; None where it covers nothing."""


class ColourModel:
    """The colours of a line's reference, against which frames are held.

    reference: the line with its margin, with chroma. strokes: the pixels of its strokes.
    """

    def __init__(self, reference: LineShape, strokes: Mask, parameters: InFrontParameters) -> None:
        assert reference.chroma is not None
        self._parameters = parameters
        self._height = reference.parameters.height_px
        self._border = round(reference.parameters.margin * self._height)
        self._reference = np.dstack([reference.luma, reference.chroma])
        grown = cv2.dilate(strokes.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        self._surface: Mask = ~grown
        known = np.zeros(self._sizes(), dtype=np.uint8)
        ink, ground = (np.median(self._reference[part], axis=0) for part in (strokes, self._surface))
        ramp = np.linspace(0, 1, parameters.mixtures)[:, None]
        for colours in (self._reference.reshape(-1, 3), ink + ramp * (ground - ink)):
            known[tuple(self._bins(colours).T)] = 1
        self._known: NDArray[np.bool_] = _dilated(known)

    def in_front(self, luma: FloatPlane, chroma: FloatImage) -> InFront:
        """What is in front in a look of the size of the reference."""
        now = np.dstack([luma, chroma])
        light = self._light(now)
        now[..., 0] -= light
        foreign = ~self._known[tuple(np.moveaxis(self._bins(now), -1, 0))]
        mask = self._wide(foreign)
        inner = np.zeros_like(mask)
        inner[self._border : self._border + self._height, self._border : max(mask.shape[1] - self._border, 1)] = True
        share = float(mask[inner].mean())
        if not mask.any():
            return InFront(mask, light, 0.0, False, None)
        cr, cb = np.median(chroma[mask], axis=0)
        limits = self._parameters
        skin = limits.skin_cr[0] <= cr <= limits.skin_cr[1] and limits.skin_cb[0] <= cb <= limits.skin_cb[1]
        return InFront(mask, light, share, bool(skin), _side(mask))

    def _sizes(self) -> tuple[int, int, int]:
        luma, chroma = self._parameters.luma_bin, self._parameters.chroma_bin
        return 255 // luma + 1, 255 // chroma + 1, 255 // chroma + 1

    def _bins(self, colours: NDArray[np.floating]) -> NDArray[np.intp]:
        steps = np.array([self._parameters.luma_bin, self._parameters.chroma_bin, self._parameters.chroma_bin])
        return np.asarray(np.clip(colours, 0, 255) // steps, dtype=np.intp)

    def _light(self, now: FloatImage) -> FloatPlane:
        """Change of the surface's luma along the line where its colours stay, (1, columns)."""
        limits = self._parameters
        columns = now.shape[1]
        rows = slice(self._border, self._border + self._height)
        count = max(round(columns / (limits.block * self._height)), 1)
        edges = np.linspace(0, columns, count + 1).round().astype(int)
        levels = []
        for first, last in pairwise(edges):
            surface = self._surface[:, first:last]
            off = np.median((now - self._reference)[:, first:last][surface], axis=0) if surface.any() else np.zeros(3)
            is_light = abs(off[0]) <= limits.light_levels and np.abs(off[1:]).max() <= limits.light_chroma
            inked = now[rows, first:last, 0].std() >= limits.light_contrast * self._reference[rows, first:last, 0].std()
            levels.append(float(off[0]) if is_light and inked else 0.0)
        middles = (edges[:-1] + edges[1:]) / 2
        return np.asarray(np.interp(np.arange(columns), middles, levels)[None], dtype=np.float32)

    def _wide(self, foreign: Mask) -> Mask:
        """The parts of `foreign` that are wider than strokes' edges, large, and reach beyond the line."""
        width = max(round(self._parameters.thinnest * self._height), 2)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
        closed = cv2.morphologyEx(foreign.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, kernel)
        count, parts, stats, _ = cv2.connectedComponentsWithStats(opened)
        kept = stats[:, cv2.CC_STAT_AREA] >= self._parameters.least_area * self._height**2
        outside = np.ones_like(foreign)
        outside[self._border : self._border + self._height, self._border : foreign.shape[1] - self._border] = False
        reaching = np.bincount(parts[outside], minlength=count) > 0
        kept &= reaching
        kept[0] = False
        return np.asarray(cv2.dilate(kept[parts].astype(np.uint8), np.ones((7, 7), np.uint8)) > 0)


def _dilated(known: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """`known` with the bins beside those that are set, along each axis."""
    result = known > 0
    for axis in range(known.ndim):
        ahead, behind = np.roll(result, 1, axis), np.roll(result, -1, axis)
        result = result | ahead | behind
    return result


def _side(mask: Mask) -> CoverSide:
    """The side of a look where most of `mask` is at its edge."""
    shares: dict[CoverSide, float] = {
        "above": float(mask[0].mean()), "below": float(mask[-1].mean()),
        "left": float(mask[:, 0].mean()), "right": float(mask[:, -1].mean()),
    }  # fmt: skip
    return max(shares, key=lambda side: shares[side])
