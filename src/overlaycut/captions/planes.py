"""A sprite in the planes of a frame: BT.709 4:2:0 samples that are blended with "over"."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from overlaycut.captions.sprites import Sprite, intersection, slices_in
from overlaycut.core.colour import BLACK, RGB_TO_YCBCR
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import Box

# BT.709 in 8-bit limited range (BT.709-6, items 3.2 to 3.5 and 4.6) for premultiplied colours: the offsets of 16 and
# 128 are multiplied by alpha too. Columns are R, G, B, alpha; rows are Y, Cb, Cr, alpha.
_TO_PLANES = np.block([[RGB_TO_YCBCR, BLACK[:, None]], [np.zeros(3), 255]]) / 255

# H.264 chroma sits on the even luma columns, halfway between two rows (ITU-T H.264 Annex E, type 0).
_ACROSS, _DOWN = np.array([0.25, 0.5, 0.25]), np.array([0.5, 0.5])


class PlanarSprite:
    """A sprite as premultiplied Y, Cb and Cr planes, blended inside the bounding box of its visible pixels."""

    def __init__(self, sprite: Sprite) -> None:
        """The box of `sprite` is even; its pixels are read by `update`."""
        box = sprite.box
        self._sprite = sprite
        self._planes = tuple(np.zeros((box.h // step, box.w // step), np.uint8) for step in (1, 2, 2))
        self._transmission = tuple(np.full((box.h // step, box.w // step), 255, np.uint8) for step in (1, 2))
        self._visible: Box | None = None

    @property
    def visible(self) -> bool:
        """Whether there is anything to blend."""
        return self._visible is not None

    def update(self, changed: Iterable[Box]) -> None:
        """Convert the pixels of the sprite inside these boxes of the picture anew."""
        box, pixels = self._sprite.box, self._sprite.pixels
        for part in changed:
            # A chroma sample depends on one more column at either side.
            inside = intersection(part.grown(2).even(), box)
            if inside is None:
                continue
            rows, columns = slices_in(inside, box)
            halved = slice(rows.start // 2, rows.stop // 2), slice(columns.start // 2, columns.stop // 2)
            left = min(columns.start, 2)  # the first chroma sample depends on the column before it
            samples = cv2.transform(pixels[rows, columns.start - left : columns.stop], _TO_PLANES)
            replicate = cv2.BORDER_REPLICATE
            filtered = cv2.sepFilter2D(samples, -1, _ACROSS, _DOWN, anchor=(1, 0), borderType=replicate)
            samples, chroma = samples[:, left:], filtered[::2, left::2]
            self._planes[0][rows, columns] = samples[..., 0]
            self._transmission[0][rows, columns] = 255 - samples[..., 3]
            self._planes[1][halved], self._planes[2][halved] = chroma[..., 1], chroma[..., 2]
            self._transmission[1][halved] = 255 - chroma[..., 3]
        x, y, w, h = cv2.boundingRect(cv2.extractChannel(pixels, 3))
        # A chroma sample to the left of the first visible pixel holds a quarter of it.
        self._visible = intersection(Box(x + box.x - 2, y + box.y, w + 4, h).even(), box) if w else None

    def blend(self, *planes: Plane) -> None:
        """Composite over writable planes of a frame."""
        if self._visible is None:
            return
        inside = self._visible.clipped(planes[0].shape[1], planes[0].shape[0])
        if inside is None:
            return
        for plane, samples, step in zip(planes, self._planes, (1, 2, 2), strict=True):
            goal = _divided(inside, step)
            part = slices_in(goal, _divided(self._sprite.box, step))
            target = plane[goal.slices]
            cv2.add(cv2.multiply(target, self._transmission[step - 1][part], scale=1 / 255), samples[part], dst=target)


def _divided(box: Box, step: int) -> Box:
    return Box(box.x // step, box.y // step, box.w // step, box.h // step)
