"""Conversion between FFmpeg's pictures and planes of samples."""

from __future__ import annotations

import av
import numpy as np

from overlaycut.core.facts import BT709_TAGS, ColourTags
from overlaycut.core.frame import Plane


def view(picture: av.VideoFrame, index: int) -> Plane:
    """One plane of an 8-bit picture as a view of its memory, without the padding at the end of its rows."""
    plane = picture.planes[index]
    rows = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def planes_of(picture: av.VideoFrame) -> tuple[Plane, Plane, Plane]:
    """Luma, Cb and Cr of a 4:2:0 picture as views of its memory."""
    return view(picture, 0), view(picture, 1), view(picture, 2)


def picture_of(y: Plane, u: Plane, v: Plane, tags: ColourTags = BT709_TAGS) -> av.VideoFrame:
    """FFmpeg's picture of three 4:2:0 planes of limited range, with their colour tags."""
    picture = av.VideoFrame(y.shape[1], y.shape[0], "yuv420p")
    for index, plane in enumerate((y, u, v)):
        view(picture, index)[...] = plane
    picture.colorspace, picture.color_range = tags.matrix, 1
    picture.color_primaries, picture.color_trc = tags.primaries, tags.transfer
    return picture
