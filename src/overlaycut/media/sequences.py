"""Sequences of pictures for compositors: one PNG or OpenEXR file per frame.

OpenEXR goes through FFmpeg's encoder, which is there already: OpenCV's wheels are built without OpenEXR. Files are half
floats, ZIP of 16 lines, and hold linear light, by the inverse of BT.709's transfer function.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Frame, Picture
from overlaycut.errors import NoPicture
from overlaycut.media.ffmpeg import writing
from overlaycut.media.files import replacing
from overlaycut.media.stills import write_png

SequenceKind: TypeAlias = Literal["exr", "png"]


def sequence_name(stem: str, number: int, kind: SequenceKind) -> str:
    """The file name of picture `number`, from 1: "shot-01-plate.0001.exr"."""
    return f"{stem}.{number:04d}.{kind}"


def write_sequence(frames: Iterator[Frame], folder: Path, stem: str, kind: SequenceKind, *, linear: bool) -> int:
    """Write every frame as a file of its own into `folder`; returns how many.

    linear: whether the values of an EXR are light; else they are the frame's own shares of white, as of a matte. Raises
    NoPicture when there is no frame, OutputError when the place cannot be written.
    """
    count = 0
    for count, frame in enumerate(frames, start=1):
        path = folder / sequence_name(stem, count, kind)
        if kind == "png":
            write_png(path, frame.rgb())
        else:
            write_exr(path, frame.rgb(), linear=linear)
    if not count:
        raise NoPicture(folder, "nothing to write: there is no frame")
    return count


def write_exr(out: Path, picture: Picture, *, linear: bool) -> None:
    """Write an 8-bit RGB picture as OpenEXR, whole or not at all; `linear` as for `write_sequence`."""
    height, width = picture.shape[:2]
    encoder = av.CodecContext.create("exr", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "gbrpf32le"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"format": "half", "compression": "zip16"}
    table = _LIGHT if linear else _SHARE
    with replacing(out) as part, writing(out):
        frame = av.VideoFrame.from_ndarray(table[picture], format="gbrpf32le")
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        part.write_bytes(b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)]))


def _light() -> NDArray[np.float32]:
    """Linear light of each of 256 values (ITU-R BT.709-6, item 1.2, inverted)."""
    value = np.arange(256) / 255
    return np.where(value < 0.081, value / 4.5, ((value + 0.099) / 1.099) ** (1 / 0.45)).astype(np.float32)


_LIGHT = _light()
_SHARE = (np.arange(256) / 255).astype(np.float32)
