"""MP4 files drawn in code for the delivery tests, right in every respect but those that a test asks for."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

CONFORMING = {"movflags": "+faststart+negative_cts_offsets", "use_editlist": "0"}
"""What makes FFmpeg's muxer write no edit list, start the picture at 0, and put the tables first."""

AAC_FRAME = 1024


def write_mp4(
    path: Path,
    *,
    size: tuple[int, int] = (108, 192),
    rate: Fraction = Fraction(30),
    frames: int = 30,
    gop: int = 15,
    muxing: dict[str, str] | None = None,
    x264: str = "",
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    colour: int | None = 1,
    full_range: bool = False,
    pixel_aspect: Fraction | None = None,
    ticks: Sequence[int] | None = None,
    sound_rate: int = 48000,
    layout: str | None = "stereo",
    sound_seconds: Fraction | None = None,
    sound_late: Fraction = Fraction(0),
    bitrate: int = 128_000,
) -> Path:
    """A moving bar and a tone. `ticks` are frame times in 1 / rate; `layout` None leaves the sound out."""
    with av.open(str(path), "w", container_options=CONFORMING if muxing is None else muxing) as container:
        video = container.add_stream(codec, rate=rate)
        video.width, video.height = size
        video.pix_fmt = pixel_format
        context = video.codec_context
        context.time_base = 1 / rate
        if colour is not None:
            context.colorspace = context.color_primaries = context.color_trc = colour
        context.color_range = 2 if full_range else 1 if colour is not None else 0
        if pixel_aspect is not None:
            context.sample_aspect_ratio = pixel_aspect
        settings = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes=2:b-adapt=0:log-level=none:{x264}"
        context.options = {"preset": "veryfast", "x264-params": settings.strip(":")} if codec == "libx264" else {}
        packets = []
        times = range(frames) if ticks is None else ticks
        for at in times:
            picture = av.VideoFrame.from_ndarray(_picture(size, at), format="gray").reformat(format=pixel_format)
            picture.pts, picture.time_base = at, 1 / rate
            packets += video.encode(picture)
        packets += video.encode(None)
        if layout is not None:
            length = Fraction(len(times)) / rate if sound_seconds is None else sound_seconds
            packets += _sound(container, sound_rate, layout, int(length * sound_rate), sound_late, bitrate)
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            container.mux(packet)
    return path


def _picture(size: tuple[int, int], at: int) -> np.ndarray:
    width, height = size
    grey = np.full((height, width), 60, dtype=np.uint8)
    left = at * 3 % (width - 8)
    grey[height // 4 : height // 2, left : left + 8] = 200
    return grey


def _sound(
    container: av.container.OutputContainer, rate: int, layout: str, count: int, late: Fraction, bitrate: int
) -> list[av.Packet]:
    stream = container.add_stream("aac", rate=rate, layout=layout)
    stream.codec_context.bit_rate = bitrate
    channels = 2 if layout == "stereo" else 1
    tone = 0.3 * np.sin(2 * np.pi * 440 / rate * np.arange(count)).astype(np.float32)
    packets = []
    for start in range(0, count, AAC_FRAME):
        block = av.AudioFrame.from_ndarray(
            np.stack([tone[start : start + AAC_FRAME]] * channels), format="fltp", layout=layout
        )
        block.sample_rate, block.pts, block.time_base = rate, start, Fraction(1, rate)
        packets += stream.encode(block)
    packets += stream.encode(None)
    # The first packet holds only the encoder's lead-in.
    kept = [packet for packet in packets if packet.pts >= 0]
    for packet in kept:
        packet.pts += round(late / packet.time_base)
        packet.dts = packet.pts
    return kept
