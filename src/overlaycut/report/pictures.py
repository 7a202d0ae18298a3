"""Pictures as they go into a page: encoded, small, and as data URIs, so that the page fetches nothing."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box
from overlaycut.media import Scaler

EncodedBytes: TypeAlias = NDArray[np.uint8]
"""The bytes of a file, shape (n,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureParameters:
    """Sizes and qualities of pictures on a page; benchmarks/review.py says what pages of a job weigh."""

    thumb_px: int = 240
    """Columns of a frame of a filmstrip, for screens of two pixels to the point."""
    poster_px: int = 360
    """Columns of a delivery's picture."""
    wipe_px: int = 900
    """Columns of a picture before and after, at most."""
    loop_px: int = 400
    """Columns of a looping crop, at most."""
    thumb_quality: int = 78
    """Of JPEG, 0..100."""
    wipe_quality: int = 90
    """The same where repairs are judged by eye."""
    loop_quality: int = 72
    """Of WebP, 0..100."""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPicture:
    """A picture, or a looping one, as the bytes of a file."""

    kind: Literal["jpeg", "webp"]
    data: EncodedBytes
    width: int
    height: int

    @property
    def uri(self) -> str:
        """The picture as a data URI."""
        return f"data:image/{self.kind};base64," + base64.b64encode(self.data.tobytes()).decode("ascii")


def jpeg(picture: Picture, *, width: int, quality: int) -> EncodedPicture:
    """An RGB picture as JPEG, no wider than `width` pixels, with chroma at full resolution."""
    fitted = _fitted(picture, width)
    file = io.BytesIO()
    Image.fromarray(fitted).save(file, "JPEG", quality=quality, subsampling=0)
    return EncodedPicture("jpeg", _bytes(file), fitted.shape[1], fitted.shape[0])


def loop(pictures: Sequence[Picture], *, seconds: float, width: int, quality: int) -> EncodedPicture:
    """RGB pictures of one size as an endless WebP that shows each for `seconds`, no wider than `width` pixels.

    WebP plays in every browser without a video decoder, prints its first picture, and costs a third of a GIF.
    """
    frames = [Image.fromarray(_fitted(picture, width)) for picture in pictures]
    file = io.BytesIO()
    frames[0].save(
        file, "WEBP", save_all=True, append_images=frames[1:], duration=max(round(1000 * seconds), 20), loop=0,
        quality=quality, method=2,
    )  # fmt: skip
    return EncodedPicture("webp", _bytes(file), frames[0].width, frames[0].height)


class Thumbnails:
    """Small RGB pictures of the frames of one clip."""

    def __init__(self, width: int, height: int, *, columns: int) -> None:
        shrink = min(columns / width, 1.0)
        size = max(2 * round(width * shrink / 2), 2), max(2 * round(height * shrink / 2), 2)
        self._scale = Scaler(Box(0, 0, width, height), *size)

    def __call__(self, frame: Frame) -> Picture:
        """The frame, scaled down."""
        return self._scale(frame).rgb()


def _fitted(picture: Picture, width: int) -> Picture:
    if picture.shape[1] <= width:
        return picture
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _bytes(file: io.BytesIO) -> EncodedBytes:
    return np.frombuffer(file.getvalue(), dtype=np.uint8)
