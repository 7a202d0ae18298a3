"""H.264 encoders in hardware: which of them work on this machine, and their options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

import av
import numpy as np

from overlaycut.errors import InvalidValue, MissingPart

Encoder: TypeAlias = Literal["x264", "nvenc", "videotoolbox", "qsv"]
"""x264 in software; NVIDIA's, Apple's or Intel's circuits."""

EncoderChoice: TypeAlias = Encoder | Literal["auto"]
"""An encoder, or the first in hardware that works on the machine."""

ENCODERS: tuple[str, ...] = ("auto", *get_args(Encoder))

_PRESETS = {
    "ultrafast": ("p1", "veryfast"), "superfast": ("p1", "veryfast"), "veryfast": ("p2", "veryfast"),
    "faster": ("p3", "faster"), "fast": ("p4", "fast"), "medium": ("p5", "medium"), "slow": ("p6", "slow"),
    "slower": ("p7", "slower"), "veryslow": ("p7", "veryslow"),
}  # fmt: skip
"""x264's names of presets → NVENC's and Quick Sync's."""

_APPLE_BEST, _APPLE_PER_CRF = 100, 2
"""VideoToolbox counts quality from 1 to 100, upwards; FFmpeg passes it on as a quantiser in 118ths."""
_LAMBDA = 118

_TRIAL_SIDE = 256
"""Pixels of the picture on which an encoder is tried; NVENC takes none below 145."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateControl:
    """What an H.264 encoder in hardware is asked for, in x264's words."""

    preset: str
    crf: float
    kbps: int | None
    max_kbps: int | None
    buffer_kbit: int | None
    gop: int | None
    b_frames: int | None


@dataclass(frozen=True, slots=True)
class HardwareEncoder:
    """How FFmpeg calls an encoder, the pixels that it takes, and its options."""

    name: str
    pix_fmt: str
    options: Callable[[RateControl], dict[str, str]]


def _bounds(asked: RateControl) -> dict[str, str]:
    """What all encoders call by the same name (libavcodec/options_table.h)."""
    options: dict[str, str] = {"profile": "high"}
    if asked.max_kbps is not None:
        options |= {"maxrate": f"{asked.max_kbps}k", "bufsize": f"{asked.buffer_kbit or asked.max_kbps * 2}k"}
    if asked.gop is not None:
        options |= {"g": str(asked.gop), "flags": "+cgop"}
    if asked.b_frames is not None:
        options["bf"] = str(asked.b_frames)
    return options


def _nvenc(asked: RateControl) -> dict[str, str]:
    """Variable rate with a constant quality as the target (libavcodec/nvenc_h264.c)."""
    options = _bounds(asked) | {"preset": _PRESETS[asked.preset][0], "tune": "hq", "rc": "vbr", "coder": "cabac"}
    options |= {"spatial-aq": "1", "temporal-aq": "1"}
    if asked.kbps is None:
        options |= {"cq": f"{asked.crf:g}", "b": "0"}
    if asked.gop is not None:
        options |= {"no-scenecut": "1", "strict_gop": "1", "forced-idr": "1"}
    return options


def _quick_sync(asked: RateControl) -> dict[str, str]:
    """Constant quality with a largest rate (libavcodec/qsvenc_h264.c)."""
    options = _bounds(asked) | {"preset": _PRESETS[asked.preset][1], "idr_interval": "0", "adaptive_i": "0"}
    if asked.kbps is None:
        options["global_quality"] = str(round(asked.crf))
    return options


def _video_toolbox(asked: RateControl) -> dict[str, str]:
    """Constant quality, never in software, never frames dropped (libavcodec/videotoolboxenc.c)."""
    options = _bounds(asked) | {"coder": "cabac", "allow_sw": "0", "realtime": "0"}
    if asked.kbps is None:
        quality = max(_APPLE_BEST - round(asked.crf * _APPLE_PER_CRF), 1)
        options["flags"] = options.get("flags", "") + "+qscale"
        options["global_quality"] = str(quality * _LAMBDA)
    return options


HARDWARE: Mapping[Encoder, HardwareEncoder] = MappingProxyType(
    {
        "nvenc": HardwareEncoder("h264_nvenc", "yuv420p", _nvenc),
        "videotoolbox": HardwareEncoder("h264_videotoolbox", "yuv420p", _video_toolbox),
        "qsv": HardwareEncoder("h264_qsv", "nv12", _quick_sync),
    }
)
"""In the order in which "auto" tries them. Quality figures are the encoders' own for about what x264's rate factor
looks like; no such machine was measured, and every delivery's SSIM is in its report."""


def chosen_encoder(wanted: EncoderChoice, works: Callable[[Encoder], str | None] | None = None) -> Encoder:
    """The encoder to use on this machine: for "auto" the first in hardware that works, else x264.

    works: tells why an encoder does not work, None when it does; None encodes a picture to see. Raises InvalidValue
    for another name, MissingPart when the named encoder does not work here.
    """
    if wanted not in ENCODERS:
        raise InvalidValue(f"encoder: found {wanted!r}", hint=f"allowed: {', '.join(ENCODERS)}")
    if wanted == "x264":
        return "x264"
    trial = works or why_unusable
    if wanted == "auto":
        return next((one for one in HARDWARE if trial(one) is None), "x264")
    if (problem := trial(wanted)) is not None:
        raise MissingPart(
            f"the encoder {wanted} does not work on this machine: {problem}",
            hint="--encoder auto takes one that does, --encoder x264 the one in software",
        )
    return wanted


def encoder_notes(wanted: EncoderChoice, chosen: Encoder) -> tuple[str, ...]:
    """What a person who asked for any encoder in hardware has to know."""
    missing = wanted == "auto" and chosen == "x264"
    return ("no encoder in hardware works on this machine: x264 encodes H.264",) if missing else ()


@cache
def why_unusable(encoder: Encoder) -> str | None:
    """Why an encoder in hardware cannot encode here, in one line; None when it can: it encodes a grey picture."""
    made = HARDWARE[encoder]
    asked = RateControl(
        preset="medium", crf=20, kbps=None, max_kbps=4000, buffer_kbit=4000, gop=30, b_frames=0
    )  # fmt: skip
    try:
        context = av.CodecContext.create(made.name, "w")
        assert isinstance(context, av.VideoCodecContext)
        context.width = context.height = _TRIAL_SIDE
        context.pix_fmt, context.time_base, context.framerate = made.pix_fmt, Fraction(1, 30), Fraction(30)
        context.options = made.options(asked)
        grey = np.full((_TRIAL_SIDE * 3 // 2, _TRIAL_SIDE), 128, np.uint8)
        picture = av.VideoFrame.from_ndarray(grey, format="yuv420p").reformat(format=made.pix_fmt)
        picture.pts, picture.time_base = 0, Fraction(1, 30)
        packets = [*context.encode(picture), *context.encode(None)]
    except av.codec.codec.UnknownCodecError:
        return f"FFmpeg was built without {made.name} here"
    except av.FFmpegError as error:
        return f"{made.name} does not start ({error.strerror})"
    return None if packets else f"{made.name} gave no picture back"
