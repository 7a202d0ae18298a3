"""The original lettering of a region, and the protocol of what renders words in its place.

The repair knows no fonts: its caller brings a `TextRenderer`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.repair.segment.text_colours import text_colours
from overlaycut.repair.segment.text_segmentation import TextSegmentation
from overlaycut.vision.components import Components
from overlaycut.vision.filters import FloatImage, FloatPlane, dilated, dot, scaled
from overlaycut.vision.rectification import RectifiedPlane


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalTextParameters:
    """Which pixels are the original lettering; checked by benchmarks/repair.py."""

    inset: float = 0.1
    """Margin of a region, in its heights, that is no lettering where strokes do not stand out."""
    overhang: float = 0.08
    """Heights by which strokes may leave their region: a line beside it is no part of them."""
    text_coverage: float = 0.3
    """Coverage, 0..1, above which neighbouring pixels belong to one letter."""
    near_coverage: float = 0.2
    """Share of a coarse pixel, 0..1, that strokes must cover near a pixel of text."""


@dataclass(frozen=True, slots=True, eq=False)
class OriginalText:
    """The lettering whose place is taken, on the region's plane."""

    coverage: FloatPlane
    """Coverage of every pixel by its text, 0..1: (rows, columns)."""
    reads: str | None
    """What it probably spells; None when it can no longer be read."""


@dataclass(frozen=True, slots=True, eq=False)
class RenderedText:
    """Words that were rendered."""

    coverage: FloatPlane
    """Coverage of every pixel by their text, 0..1, in the shape of the original's."""
    font: str
    """The font that was taken, in words."""


class TextRenderer(Protocol):
    """Renders words in the place of other lettering."""

    def __call__(self, text: str, original: OriginalText, font: str | None, /) -> RenderedText:
        """`text` in `font`, or in the font that looks most like the original when that is None."""
        ...


def original_text(
    picture: FloatImage,
    strokes: TextSegmentation,
    *,
    plane: RectifiedPlane,
    reads: str | None,
    parameters: OriginalTextParameters = OriginalTextParameters(),
) -> OriginalText:
    """The lettering of a picture on `plane`, (rows, columns, 3).

    strokes: of the same picture, possibly at a smaller size. reads: what they probably spell.
    """
    height = plane.lettering[1]
    size = (picture.shape[1], picture.shape[0])
    scale = size[0] / strokes.ink.shape[1]
    if not strokes.clear:
        return OriginalText(plane.region(grown=-parameters.inset * height).astype(np.float32), None)
    rest = picture - scaled(strokes.surface, size)
    share = np.zeros(rest.shape[:2], np.float32)
    small = scaled(picture, (strokes.ink.shape[1], strokes.ink.shape[0]), area=True)
    for axis in text_colours(small, strokes).faces - np.median(strokes.surface[strokes.ink], axis=0):
        along = axis[None, None, :].astype(np.float32)
        np.maximum(share, dot(rest, along) / max(float(axis @ axis), 1.0), out=share)
    near: Mask = scaled(strokes.ink.astype(np.float32), size) > parameters.near_coverage
    inside = plane.region(grown=parameters.overhang * height)
    parts = Components.of(near & (share > parameters.text_coverage))
    own = parts.chosen(2 * parts.pixels_in(inside) > parts.sizes)
    near = dilated(own, round(scale * min(strokes.halo_px, 2)) + 1) & (near | dilated(own, 1))
    return OriginalText(np.where(near, np.clip(share, 0, 1), 0).astype(np.float32), reads)
