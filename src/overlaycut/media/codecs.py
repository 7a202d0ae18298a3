"""Encoder settings, and their translation into the options of each encoder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from fractions import Fraction
from math import ceil
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias

import av
import av.container

from overlaycut.core.checks import check_fields
from overlaycut.core.facts import BT709_TAGS, ColourTags
from overlaycut.core.frame import Frame
from overlaycut.errors import InvalidValue
from overlaycut.media.hardware import HARDWARE, Encoder, RateControl

PictureCodec: TypeAlias = Literal["h264", "hevc", "av1", "prores"]
"""H.264 High, H.265 Main, AV1 Main, or ProRes 422 HQ for editors."""

_ENCODERS: dict[PictureCodec, str] = {
    "h264": "libx264",
    "hevc": "libx265",
    "av1": "libsvtav1",
    "prores": "prores_ks",
}

_SAME_QUALITY: dict[PictureCodec, float] = {"hevc": 2, "av1": 10}
"""Added to x264's rate factor for equal quality; measured in docs/delivery.md."""

_AV1_PRESETS = {
    "ultrafast": 12, "superfast": 11, "veryfast": 10, "faster": 9, "fast": 8, "medium": 6, "slow": 4, "slower": 3,
    "veryslow": 2,
}  # fmt: skip
"""x264's names of presets → SVT-AV1's numbers."""

PRESETS = tuple(_AV1_PRESETS)
"""Names of presets, fastest first."""

_MAX_AV1_CRF = 63

PRORES_QUANTISER: Mapping[str, str] = MappingProxyType({"flags": "+qscale", "global_quality": str(2 * 118)})
"""ProRes at quantiser 2 (FFmpeg counts in 118ths), instead of the encoder's search for a rate.

On a still of 1080x1920 it has 63.0 dB luma where the search has 62.1, in a fifth of the time and 57 % of the bytes
(2026-11-28, FFmpeg 8).
"""

_THREADS = "/proc/self/task"
"""Where Linux lists the threads of the process (proc_pid_task(5))."""

AUDIO_ENCODERS = {"aac": "aac", "pcm": "pcm_s24le"}


_COARSEST = 51
"""x264's largest rate factor for 8 bits."""
_LEAST = {"kbps": 1, "gop": 1, "b_frames": 0, "max_kbps": 1, "buffer_kbit": 1, "threads": 0, "audio_kbps": 1}
"""Least value of each whole number of an encoding."""
_MOST = 1 << 31
"""What FFmpeg's options cannot hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How pictures and sound are stored."""

    codec: PictureCodec = "h264"
    encoder: Encoder = "x264"
    """What encodes H.264; other codecs are encoded in software."""
    preset: str = "medium"
    """Speed against size in x264's words, "ultrafast" to "veryslow"."""
    crf: float = 14.0
    """x264's constant rate factor; 14 is visually lossless with room to spare (x264's own docs call 18 so).

    Other encoders get the figure that looks the same.
    """
    kbps: int | None = None
    """Mean video bit rate to hit, instead of a constant rate factor."""
    statistics: Path | None = None
    """Log of a first pass at constant rate factor, which a second one at `kbps` reads; H.264 and H.265 only."""
    draft: bool = False
    """Whether this is a pass for `statistics` alone, whose picture is thrown away: x264 then searches less. H.264
    only."""
    lossless: bool = False
    """Quantiser 0: the decoder gives back exactly the samples that went in. H.264 only."""
    gop: int | None = None
    """Frames from one key frame to the next, fixed and closed; None leaves it to the encoder."""
    b_frames: int | None = None
    """Consecutive B pictures at most; None leaves it to the preset. AV1 has none."""
    max_kbps: int | None = None
    """Maximum video bit rate in the sense of VBV."""
    buffer_kbit: int | None = None
    """Size of the VBV buffer; None for two seconds of `max_kbps`."""
    edit_lists: bool = True
    """Whether the MP4 may use edit lists; without them encoded sound fades in over its first 21 ms."""
    threads: int = 0
    """Encoder threads; 0 lets the encoder choose."""
    audio: Literal["aac", "pcm"] = "aac"
    """AAC-LC, or 24-bit PCM for a MOV."""
    audio_kbps: int = 192

    def __post_init__(self) -> None:
        check_fields(self)
        if not 0 <= self.crf <= _COARSEST:
            raise InvalidValue(f"Encoding: crf: found {self.crf}", hint=f"allowed: 0 to {_COARSEST}")
        for name, least in _LEAST.items():
            if (value := getattr(self, name)) is not None and not least <= value < _MOST:
                raise InvalidValue(f"Encoding: {name}: found {value}", hint=f"allowed: {least} to {_MOST - 1}")
        if self.lossless and self.codec != "h264":
            raise InvalidValue(f"Encoding: codec: found {self.codec!r} with lossless", hint="allowed: 'h264'")
        if self.draft and (self.codec != "h264" or self.statistics is None):
            raise InvalidValue("Encoding: draft: found no pass of H.264 for statistics", hint="a draft is one")
        if self.encoder != "x264" and (self.codec != "h264" or self.lossless or self.statistics is not None):
            hint = "H.264 in one pass with loss, or the encoder 'x264'"
            raise InvalidValue(f"Encoding: encoder: found {self.encoder!r}, which writes nothing of this", hint=hint)
        if self.preset not in PRESETS:
            raise InvalidValue(f"Encoding: preset: found {self.preset!r}", hint=f"allowed: {', '.join(PRESETS)}")

    @property
    def encoder_name(self) -> str:
        """The encoder in FFmpeg's words."""
        return HARDWARE[self.encoder].name if self.encoder in HARDWARE else _ENCODERS[self.codec]


def picture_stream(
    container: av.container.OutputContainer, first: Frame, tick: Fraction, encoding: Encoding, tags: ColourTags
) -> av.VideoStream:
    """A video stream for frames like `first`, its encoder set up as `encoding` says."""
    stream = container.add_stream(encoding.encoder_name, rate=(1 / first.lasts).limit_denominator(1001))
    assert isinstance(stream, av.VideoStream)
    stream.width, stream.height = first.width, first.height
    stream.pix_fmt = "yuv422p10le" if encoding.codec == "prores" else "yuv420p"
    context = stream.codec_context
    context.time_base = tick
    context.thread_count = encoding.threads
    context.thread_type = "FRAME"  # PyAV's default is slices, which cost x264 compression
    tag(context, tags)
    if encoding.codec == "prores":
        context.options = {"profile": "hq", "vendor": "apl0", **PRORES_QUANTISER}
        return stream
    if encoding.kbps is not None:
        context.bit_rate = encoding.kbps * 1000
    if encoding.encoder in HARDWARE:
        stream.pix_fmt = HARDWARE[encoding.encoder].pix_fmt
        context.options = HARDWARE[encoding.encoder].options(_asked(encoding))
        return stream
    options = _rate(encoding)
    if encoding.codec == "h264":
        options |= _x264(encoding)
    elif encoding.codec == "hevc":
        # Apple's players need parameter sets in the sample entry alone, which hvc1 means.
        context.codec_tag = "hvc1"
        options |= _x265(encoding)
    else:
        os.environ.setdefault("SVT_LOG", "1")  # its banner goes to stderr past FFmpeg's log
        options |= _svt(encoding)
    context.options = options
    if encoding.codec == "av1":
        with _usual_priority():
            context.open()
    return stream


@contextmanager
def _usual_priority() -> Iterator[None]:
    """Take back the real-time priority that is given to threads of this process meanwhile.

    SVT-AV1, opened by root, runs all of its threads and the one that opens it first in, first out at the highest
    priority (its svt_threads.c), which whatever that thread starts inherits: a machine with few cores stands still.
    """
    before = _real_time_threads()
    try:
        yield
    finally:
        for thread in _real_time_threads() - before:
            with suppress(ProcessLookupError):
                os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))


def _real_time_threads() -> set[int]:
    """The threads of this process that run first in, first out, where the system tells (Linux)."""
    found = set()
    for thread in map(int, os.listdir(_THREADS)) if os.path.isdir(_THREADS) else ():
        with suppress(ProcessLookupError):
            if os.sched_getscheduler(thread) == os.SCHED_FIFO:
                found.add(thread)
    return found


def tag(context: av.VideoCodecContext, tags: ColourTags = BT709_TAGS) -> None:
    """Set an encoder's colour tags; range 1 is limited (ITU-T H.273)."""
    context.colorspace, context.color_range = tags.matrix, 1
    context.color_primaries, context.color_trc = tags.primaries, tags.transfer


def _asked(encoding: Encoding) -> RateControl:
    return RateControl(**{one.name: getattr(encoding, one.name) for one in fields(RateControl)})


def _rate(encoding: Encoding) -> dict[str, str]:
    options: dict[str, str] = {}
    if encoding.lossless:
        options["qp"] = "0"
    elif encoding.kbps is None:
        options["crf"] = f"{encoding.crf + _SAME_QUALITY.get(encoding.codec, 0):g}"
    # SVT-AV1 caps a constant quality, but not a mean rate.
    if encoding.max_kbps is not None and not (encoding.codec == "av1" and encoding.kbps is not None):
        buffer_kbit = encoding.buffer_kbit or encoding.max_kbps * 2
        options |= {"maxrate": f"{encoding.max_kbps}k", "bufsize": f"{buffer_kbit}k"}
    if encoding.gop is not None:
        options |= {"g": str(encoding.gop), "flags": "+cgop"}
    return options


def _x264(encoding: Encoding) -> dict[str, str]:
    options = {"preset": encoding.preset}
    if not encoding.lossless:
        # The preset ultrafast turns both off, and the file would be baseline.
        options |= {"profile": "high", "coder": "cabac", "8x8dct": "1"}
    if encoding.b_frames is not None:
        options["bf"] = str(encoding.b_frames)
    if encoding.gop is not None:
        options |= {"keyint_min": str(encoding.gop), "sc_threshold": "0"}
    if encoding.statistics is not None:
        passes = "+pass1" if encoding.kbps is None else "+pass2"
        # A first pass that may be kept must not be of lower quality than was asked for.
        options |= {"stats": str(encoding.statistics), "fastfirstpass": str(int(encoding.draft))}
        options["flags"] = ("+cgop" if encoding.gop is not None else "") + passes
    return options


def _x265(encoding: Encoding) -> dict[str, str]:
    params: dict[str, object] = {"log-level": "none"}
    if encoding.b_frames is not None:
        params["bframes"] = encoding.b_frames
    if encoding.gop is not None:
        params |= {"open-gop": 0, "min-keyint": encoding.gop, "scenecut": 0}
    if encoding.threads:
        params["pools"] = encoding.threads
    if encoding.statistics is not None:
        params |= {"pass": 1 if encoding.kbps is None else 2, "stats": _escaped(encoding.statistics)}
        params["slow-firstpass"] = 1
    return {"preset": encoding.preset, "x265-params": ":".join(f"{key}={value}" for key, value in params.items())}


def _escaped(path: Path) -> str:
    """A path inside FFmpeg's list of key=value:… ."""
    return str(path).replace("\\", "\\\\").replace(":", "\\:")


def _svt(encoding: Encoding) -> dict[str, str]:
    options = {"preset": str(_AV1_PRESETS[encoding.preset])}
    params: dict[str, object] = {"tune": 1}
    if encoding.kbps is not None:
        params["rc"] = 1
    else:
        options["crf"] = str(min(ceil(encoding.crf + _SAME_QUALITY["av1"]), _MAX_AV1_CRF))
    if encoding.gop is not None:
        params |= {"scd": 0, "irefresh-type": 2}
    if encoding.threads:
        params["lp"] = encoding.threads
    options["svtav1-params"] = ":".join(f"{key}={value}" for key, value in params.items())
    return options
