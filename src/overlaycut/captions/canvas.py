"""What is seen of a cue, in the samples of frames: kept beside its ink, brought up to date where that has changed."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from overlaycut.captions.sprites import Sprite, common, own
from overlaycut.core.colour import BLACK, RGB_TO_YCBCR
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import Box

# BT.709 in 8-bit limited range (BT.709-6, items 3.2 to 3.5 and 4.6), of colours that are multiplied by alpha: the
# offsets of 16 and 128 are multiplied by it too. Columns are R, G, B, alpha; rows are Y, Cb, Cr and alpha itself.
_TO_PLANES = np.block([[RGB_TO_YCBCR, BLACK[:, None]], [np.zeros(3), 255]]) / 255

# H.264 chroma sits on the even luma columns, halfway between two rows (ITU-T H.264 Annex E, type 0).
_ACROSS, _DOWN = np.array([0.25, 0.5, 0.25]), np.array([0.5, 0.5])


class Canvas:
    """A sprite as planes that are blended by a multiplication and an addition, cut to where ink is."""

    def __init__(self, sprite: Sprite) -> None:
        """`sprite` falls on whole chroma samples; it is looked at again whenever `update` is called."""
        box = sprite.box
        self._sprite = sprite
        self._planes = tuple(np.zeros((box.h // step, box.w // step), np.uint8) for step in (1, 2, 2))
        self._left = tuple(np.full((box.h // step, box.w // step), 255, np.uint8) for step in (1, 2))
        self._inked: Box | None = None

    @property
    def visible(self) -> bool:
        """Whether there is anything to blend."""
        return self._inked is not None

    def update(self, changed: Iterable[Box]) -> None:
        """Take over what has changed on the sprite inside these boxes of the picture."""
        box, ink = self._sprite.box, self._sprite.ink
        for part in changed:
            # A chroma sample looks one column to either side.
            inside = common(part.grown(2).even(), box)
            if inside is None:
                continue
            rows, columns = own(inside, box)
            halved = slice(rows.start // 2, rows.stop // 2), slice(columns.start // 2, columns.stop // 2)
            seen = cv2.transform(ink[rows, columns], _TO_PLANES)
            chroma = cv2.sepFilter2D(seen, -1, _ACROSS, _DOWN, anchor=(1, 0), borderType=cv2.BORDER_REPLICATE)[::2, ::2]
            self._planes[0][rows, columns] = seen[..., 0]
            self._left[0][rows, columns] = 255 - seen[..., 3]
            self._planes[1][halved], self._planes[2][halved] = chroma[..., 1], chroma[..., 2]
            self._left[1][halved] = 255 - chroma[..., 3]
        x, y, w, h = cv2.boundingRect(cv2.extractChannel(ink, 3))
        # A sample of chroma to the left of the first ink holds a quarter of it.
        self._inked = common(Box(x + box.x - 2, y + box.y, w + 4, h).even(), box) if w else None

    def blend(self, *planes: Plane) -> None:
        """Lay the canvas over writable planes of a frame, to the nearest of 1/255 each."""
        if self._inked is None:
            return
        inside = self._inked.clipped(planes[0].shape[1], planes[0].shape[0])
        if inside is None:
            return
        for plane, ink, step in zip(planes, self._planes, (1, 2, 2), strict=True):
            goal = _divided(inside, step)
            part = own(goal, _divided(self._sprite.box, step))
            target = plane[goal.slices]
            cv2.add(cv2.multiply(target, self._left[step - 1][part], scale=1 / 255), ink[part], dst=target)


def _divided(box: Box, step: int) -> Box:
    return Box(box.x // step, box.y // step, box.w // step, box.h // step)
