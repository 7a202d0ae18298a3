"""Pictures made smaller for analysis, by the mean over areas."""

from __future__ import annotations

import cv2
import numpy as np

from overlaycut.core.frame import Frame, Picture, Plane


def reduced_size(width: int, height: int, longest: int, *, least: int = 1) -> tuple[int, int]:
    """Width and height of a picture whose longer side is brought to `longest`; never more, nor less than `least`."""
    scale = min(longest / max(width, height), 1.0)
    return max(round(width * scale), least), max(round(height * scale), least)


def reduced(plane: Plane | Picture, size: tuple[int, int]) -> Plane:
    """A plane or picture at another size, (columns, rows), each sample the mean of the area that it covers."""
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def small_rgb(frame: Frame, size: tuple[int, int]) -> Picture:
    """The frame as RGB at (width, height), for detectors: by OpenCV's BT.601 conversion, as if of full range."""
    y, u, v = (reduced(plane, size) for plane in frame.planes)
    return np.asarray(cv2.cvtColor(cv2.merge([y, v, u]), cv2.COLOR_YCrCb2RGB), dtype=np.uint8)
