"""Where words come from: rendering knows no fonts, so whoever calls it brings somebody who does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.repair.segment.text_colours import text_colours
from overlaycut.repair.segment.text_segmentation import TextSegmentation
from overlaycut.vision.filters import FloatImage, FloatPlane, dilated, dot, scaled
from overlaycut.vision.rectification import RectifiedPlane

_BEYOND_INK = 0.1
"""Share of a region's height, on every side, that is no lettering where strokes cannot be made out."""

_BEYOND_QUAD = 0.08
"""The same share by which strokes may leave their region: a line beside it is none of them."""

_PART = 0.3
"""Coverage from which neighbouring pixels belong to one letter."""


@dataclass(frozen=True, slots=True, eq=False)
class OriginalText:
    """Lettering whose place is taken, laid flat."""

    coverage: FloatPlane
    """How much of every pixel its ink covers, 0..1: (rows, columns)."""
    reads: str | None
    """What it may well spell; None when it can no longer be read."""


@dataclass(frozen=True, slots=True, eq=False)
class RenderedText:
    """Words that were set."""

    coverage: FloatPlane
    """How much of every pixel their ink covers, 0..1: the shape of what stood there."""
    font: str
    """The font that was taken, in words."""


class TextRenderer(Protocol):
    """Sets words where other lettering stood."""

    def __call__(self, text: str, stood: OriginalText, font: str | None) -> RenderedText:
        """`text` in `font`, or in the one that looks most like what stood there when that is None."""
        ...


def original_text(
    picture: FloatImage, strokes: TextSegmentation, *, sheet: RectifiedPlane, reads: str | None
) -> OriginalText:
    """The lettering of a picture on `sheet`, (rows, columns, 3).

    strokes: of the same picture, which may have been smaller then. reads: what they may well spell.
    """
    height = sheet.lettering[1]
    size = (picture.shape[1], picture.shape[0])
    scale = size[0] / strokes.ink.shape[1]
    if not strokes.clear:
        return OriginalText(sheet.region(grown=-_BEYOND_INK * height).astype(np.float32), None)
    rest = picture - scaled(strokes.surface, size)
    share = np.zeros(rest.shape[:2], np.float32)
    small = scaled(picture, (strokes.ink.shape[1], strokes.ink.shape[0]), area=True)
    for axis in text_colours(small, strokes).faces - np.median(strokes.surface[strokes.ink], axis=0):
        along = axis[None, None, :].astype(np.float32)
        np.maximum(share, dot(rest, along) / max(float(axis @ axis), 1.0), out=share)
    near: Mask = scaled(strokes.ink.astype(np.float32), size) > 0.2
    inside = sheet.region(grown=_BEYOND_QUAD * height)
    own = _mostly_within(near & (share > _PART), inside)
    near = dilated(own, round(scale * min(strokes.halo_px, 2)) + 1) & (near | dilated(own, 1))
    return OriginalText(np.where(near, np.clip(share, 0, 1), 0).astype(np.float32), reads)


def _mostly_within(mask: Mask, region: Mask) -> Mask:
    """The connected parts of `mask` that lie in `region` for the better half."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    size = np.bincount(labels.ravel(), minlength=count)
    keep = 2 * np.bincount(labels[region], minlength=count) > size
    keep[0] = False
    kept: Mask = keep[labels]
    return kept
