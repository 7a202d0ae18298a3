"""A frame before and after its repairs, and the layers that were composited."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from overlaycut.core.frame import Alpha, Frame, Layer


@dataclass(frozen=True, eq=False)
class RepairedFrame:
    """A frame after its repairs."""

    before: Frame
    """As it was decoded."""
    frame: Frame
    layers: tuple[Layer, ...]
    """Composited in this order."""

    @cached_property
    def mask(self) -> Alpha:
        """How much of every luma sample was replaced, (height, width); 0 where nothing was written."""
        plane = np.zeros((self.frame.height, self.frame.width), np.uint8)
        for layer in self.layers:
            inside = layer.box.clipped(self.frame.width, self.frame.height)
            if inside is None:
                continue
            own = (
                slice(inside.y - layer.box.y, inside.bottom - layer.box.y),
                slice(inside.x - layer.box.x, inside.right - layer.box.x),
            )
            np.maximum(plane[inside.slices], layer.alpha[own], out=plane[inside.slices])
        return plane

    @property
    def mask_frame(self) -> Frame:
        """The mask as a picture of its own, for a file.

        Luma is 0 where nothing was written, and from 17 (hardly) to 235 (replaced entirely) elsewhere: whether a
        program reads the samples or a player's grey, 0 means unchanged and everything else changed.
        """
        grey = np.full_like(self.frame.u, 128)
        shown = 16 + np.ceil(self.mask * (219 / 255)).astype(np.uint8)
        return replace(self.frame, y=np.where(self.mask > 0, shown, 0).astype(np.uint8), u=grey, v=grey.copy())
