"""A quick fill of the slivers that no frame shows."""

from __future__ import annotations

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.vision.filters import FloatImage, bytes_of


def sliver_filled(picture: FloatImage, hole: Mask, radius_px: float) -> FloatImage:
    """`picture`, (rows, columns, 3), with the `hole` filled by the mean of two fills that err differently.

    Fast marching (Telea, An image inpainting technique based on the fast marching method, 2004), and fluid dynamics
    (Bertalmio, Bertozzi and Sapiro, Navier-Stokes, fluid dynamics, and image and video inpainting, 2001).
    """
    seen, where = bytes_of(picture), hole.astype(np.uint8)
    fills = (cv2.inpaint(seen, where, radius_px, how) for how in (cv2.INPAINT_TELEA, cv2.INPAINT_NS))
    made = np.mean([fill.astype(np.float32) for fill in fills], axis=0)
    return np.where(hole[..., None], made, picture).astype(np.float32)
