"""Short clips drawn in code: known samples, known times, known tags, written without the project's own encoder.

`draw_clip` takes the samples of every picture and the tick of every picture and writes them losslessly through
FFmpeg; `colour_planes` and `scene` make samples worth looking for. What a test compares with is what it drew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import pairwise
from math import lcm
from pathlib import Path
from typing import IO, Any, TypeAlias

import av
import av.stream
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Frame

Samples: TypeAlias = NDArray[Any]
Planes: TypeAlias = tuple[Samples, ...]
Colour: TypeAlias = tuple[int, int, int]

SIZE = (64, 96)
"""Width and height of a clip when a test does not care."""

VFR = (0, 1, 2, 5, 6, 11, 12, 13, 20, 21)
"""Ticks of pictures that stay on screen for unequal times."""

RED, GREEN, BLUE, GREY, SKIN = (200, 30, 30), (30, 160, 60), (40, 60, 190), (128, 128, 128), (224, 172, 140)
QUARTERS: tuple[Colour, Colour, Colour, Colour] = (RED, GREEN, BLUE, SKIN)
"""Colours of the four quarters that `quarters` paints, as read: top left, top right, bottom left, bottom right."""

WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
"""ITU-T H.273 matrix → luma weights of red and blue (BT.709, BT.601 twice, BT.2020)."""


@dataclass(frozen=True, kw_only=True)
class Tone:
    """The sound of a clip: a quiet hum, and one click at a known time."""

    seconds: Fraction = Fraction(1)
    starts: Fraction = Fraction(0)
    """When its first sample sounds, on the clock on which the pictures have their ticks."""
    click: Fraction | None = Fraction(1, 2)
    """When the click sounds, on the same clock."""
    codec: str = "aac"
    rate: int = 48_000
    layout: str = "stereo"
    holes: tuple[tuple[Fraction, Fraction], ...] = ()
    """Stretches on the same clock whose packets are left out."""


@dataclass(frozen=True)
class Drawn:
    """A clip on disk and what went into it."""

    path: Path
    pictures: Sequence[Planes]
    ticks: Sequence[int]
    tick: Fraction

    @property
    def times(self) -> list[Fraction]:
        """When each picture is shown, counted from the first."""
        return [(at - self.ticks[0]) * self.tick for at in self.ticks]


@dataclass(frozen=True, kw_only=True)
class Tags:
    """ITU-T H.273 numbers; None leaves a tag out."""

    matrix: int | None = 1
    primaries: int | None = 1
    transfer: int | None = 1
    full: bool | None = False


UNTAGGED = Tags(matrix=None, primaries=None, transfer=None, full=None)


@dataclass(frozen=True, kw_only=True)
class Extra:
    """A stream beside the one that is shown."""

    kind: str
    """"video" (a smaller grey picture), "audio", "subtitle" or "cover" (an attached picture)."""
    first: bool = False
    """Whether it comes before the stream that is shown."""
    late: int = 0
    """Ticks by which its pictures come after those that are shown."""


# Pictures ------------------------------------------------------------------------------------------------------


def scene(index: int, size: tuple[int, int] = SIZE) -> Planes:
    """4:2:0 samples that differ in every frame: a gradient, a moving bar, coloured noise, and `index` in cells."""
    width, height = size
    rng = np.random.default_rng(index)
    y = np.linspace(40, 200, width)[None, :] + np.linspace(0, 20, height)[:, None]
    y = y.astype(np.uint8)
    left = index * 3 % (width - 6)
    y[height // 3 : height // 2, left : left + 6] = 235
    y[-height // 4 :] = rng.integers(16, 236, y[-height // 4 :].shape, dtype=np.uint8)
    for bit in range(8):
        y[: min(8, height), bit * width // 8 : (bit + 1) * width // 8] = 220 if index >> bit & 1 else 30
    half = ((height + 1) // 2, (width + 1) // 2)
    u, v = (rng.integers(100, 156, half, dtype=np.uint8) for _ in range(2))
    return y, u, v


def number_in(y: Samples) -> int:
    """The frame number that `scene` put into the top rows of the luma."""
    width = y.shape[1]
    cells = [y[2:6, bit * width // 8 + 2 : (bit + 1) * width // 8 - 2].mean() > 125 for bit in range(8)]
    return sum(1 << bit for bit, on in enumerate(cells) if on)


def scenes(count: int, size: tuple[int, int] = SIZE) -> list[Planes]:
    return [scene(index, size) for index in range(count)]


def flat(colour: Colour, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """An RGB picture of one colour."""
    return np.full((size[1], size[0], 3), colour, dtype=np.uint8)


def quarters(size: tuple[int, int] = SIZE, colours: Sequence[Colour] = QUARTERS) -> NDArray[np.uint8]:
    """An RGB picture of four flat quarters."""
    width, height = size
    picture = flat(colours[0], size)
    picture[: height // 2, width // 2 :] = colours[1]
    picture[height // 2 :, : width // 2] = colours[2]
    picture[height // 2 :, width // 2 :] = colours[3]
    return picture


def quarter_means(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean colour in the middle of each quarter, (4, 3), in the order of `QUARTERS`."""
    height, width = rgb.shape[:2]
    rows = [slice(height // 8, height * 3 // 8), slice(height * 5 // 8, height * 7 // 8)]
    columns = [slice(width // 8, width * 3 // 8), slice(width * 5 // 8, width * 7 // 8)]
    return np.array([rgb[r, c].reshape(-1, 3).mean(axis=0) for r in rows for c in columns])


def colour_planes(
    rgb: NDArray[np.uint8], pix_fmt: str, *, matrix: int = 1, full: bool = False, alpha: Samples | None = None
) -> Planes:
    """An 8-bit RGB picture as planar YUV by the formulas of BT.601, BT.709 and BT.2020, in float64.

    Chroma is the plain mean of the samples it covers, which is exact where the picture is flat.
    """
    bits = 10 if "10" in pix_fmt else 8
    red, blue = WEIGHTS[matrix]
    r, g, b = np.moveaxis(rgb.astype(np.float64) / 255, -1, 0)
    luma = red * r + (1 - red - blue) * g + blue * b
    cb, cr = (b - luma) / (2 * (1 - blue)), (r - luma) / (2 * (1 - red))
    top, unit = (1 << bits) - 1, 1 << bits - 8
    y_lift, y_gain, c_gain = (0, top, top) if full else (16 * unit, 219 * unit, 224 * unit)
    across, down = {"420": (2, 2), "422": (2, 1), "444": (1, 1)}[pix_fmt.removeprefix("yuv")[-20:].strip("ajp")[:3]]
    kind = np.uint16 if bits > 8 else np.uint8

    def quantised(plane: NDArray[np.float64]) -> Samples:
        return np.clip(np.rint(plane), 0, top).astype(kind)

    planes = [quantised(luma * y_gain + y_lift)]
    for chroma in (cb, cr):
        padded = np.pad(chroma, ((0, -chroma.shape[0] % down), (0, -chroma.shape[1] % across)), mode="edge")
        rows, columns = padded.shape
        mean = padded.reshape(rows // down, down, columns // across, across).mean(axis=(1, 3))
        planes.append(quantised(mean * c_gain + (128 << bits - 8)))
    return (*planes, alpha) if alpha is not None else tuple(planes)


def frame_of(planes: Planes, *, index: int = 0, at: Fraction = Fraction(0), lasts: Fraction = Fraction(1, 25)) -> Frame:
    """A frame in the working format of three 4:2:0 planes."""
    y, u, v = planes
    return Frame(index, at, lasts, y, u, v)


def scene_frames(count: int, *, size: tuple[int, int] = SIZE, rate: Fraction = Fraction(25)) -> Iterator[Frame]:
    """Scenes as frames of a constant rate, one by one."""
    for index in range(count):
        yield frame_of(scene(index, size), index=index, at=index / rate, lasts=1 / rate)


# Clips ---------------------------------------------------------------------------------------------------------


def draw_clip(
    path: Path,
    pictures: Sequence[Planes] | None = None,
    *,
    ticks: Sequence[int] | None = None,
    tick: Fraction = Fraction(1, 25),
    last: int = 1,
    pix_fmt: str = "yuv420p",
    codec: str | None = None,
    options: Mapping[str, str] | None = None,
    tags: Tags = Tags(),
    pixel_aspect: Fraction | None = None,
    rotation: int = 0,
    matrix: Sequence[int] | None = None,
    tone: Tone | None = None,
    extras: Sequence[Extra] = (),
    metadata: Mapping[str, str] | None = None,
    muxing: Mapping[str, str] | None = None,
    seekable: bool = True,
) -> Drawn:
    """Write `pictures` (default: ten scenes), losslessly where the codec can.

    `ticks` are the times in units of `tick` (default: 0, 1, 2, …), `last` how many of them the last picture stays;
    `rotation` is what players have to turn it by, in degrees counter-clockwise; `matrix` says it as the nine whole
    numbers of a display matrix. A file that is not `seekable` is written as onto a pipe, so that nobody comes
    back to fill in how long it became.
    """
    pictures = scenes(10) if pictures is None else pictures
    ticks = range(len(pictures)) if ticks is None else ticks
    if _is_mov(path):
        # An edit list counts in this clock: fine enough for pictures and for sound.
        muxing = {"movie_timescale": str(lcm(tick.denominator, 48_000)), **(muxing or {})}
    target: Any = str(path) if seekable else _Pipe(path.open("wb"))
    with av.open(
        target, "w", format=None if seekable else path.suffix[1:], container_options=dict(muxing or {})
    ) as out:
        out.metadata.update(metadata or {})
        builders = [partial(_extra, out, extra, pictures, ticks, tick) for extra in extras if extra.first]
        builders.append(
            partial(
                _shown, out, pictures, ticks, tick, last, pix_fmt, options, tags, pixel_aspect, rotation, matrix,
                chosen=(codec, {}) if codec is not None else _codec(path, pix_fmt),
            )
        )  # fmt: skip
        if tone is not None:
            builders.append(partial(_sound, out, tone))
        builders += [partial(_extra, out, extra, pictures, ticks, tick) for extra in extras if not extra.first]
        packets = [packet for encode in [build() for build in builders] for packet in encode]
        for packet in sorted(packets, key=_when):
            out.mux(packet)
    if not seekable:
        target.close()
    return Drawn(path, pictures, ticks, tick)


def draw_sound(path: Path, tone: Tone, *, cover: bool = False) -> Path:
    """A file with sound and no picture, but for the cover of the record."""
    with av.open(str(path), "w") as out:
        builders = [_sound(out, tone)] + ([_extra(out, Extra(kind="cover"), [], [], Fraction(1))] if cover else [])
        for packet in [packet for encode in builders for packet in encode]:
            out.mux(packet)
    return path


def sound_of(tone: Tone) -> NDArray[np.float32]:
    """What `tone` sounds like: (channels, n)."""
    count = round(tone.seconds * tone.rate)
    channels = av.AudioLayout(tone.layout).nb_channels
    hum = 0.05 * np.sin(2 * np.pi * 440 / tone.rate * np.arange(count))
    wave = np.repeat(hum[None].astype(np.float32), channels, axis=0)
    if tone.click is not None:
        at = round((tone.click - tone.starts) * tone.rate)
        wave[:, at : at + 4] = 0.9
    return wave


def click_in(wave: NDArray[np.float32], rate: int = 48_000) -> Fraction:
    """When the click sounds in (n, channels) samples, in seconds from the first."""
    loud = np.abs(wave).max(axis=1)
    if loud.max() < 0.2:
        raise AssertionError(f"no click: the loudest sample is {loud.max():.3f}")
    return Fraction(int(loud.argmax()), rate)


def boxes_of(path: Path) -> list[str]:
    """The four-letter names of an MP4's boxes along the way to the sample tables, in file order."""
    inside = {"moov", "trak", "edts", "mdia", "minf", "stbl"}

    def walk(data: bytes) -> Iterator[str]:
        at = 0
        while at + 8 <= len(data):
            size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8].decode("latin-1")
            head = 8
            if size == 1:
                size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
            yield name
            if name in inside:
                yield from walk(data[at + head : at + size])
            at += size or len(data)

    return list(walk(path.read_bytes()))


def raw_planes(path: Path) -> list[Planes]:
    """Every picture of a clip's first video stream as FFmpeg decodes it: planes without padding."""
    with av.open(str(path)) as container:
        return [_read(picture) for picture in container.decode(video=0)]


def audio_packets(path: Path) -> list[bytes]:
    """The bytes of every packet of a file's first sound."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


class _Pipe:
    """A file that can only be written forward."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def close(self) -> None:
        self._file.close()


def _is_mov(path: Path) -> bool:
    return path.suffix in (".mp4", ".mov", ".m4a")


def _when(packet: Any) -> Fraction:
    """When a packet is decoded, as an order to mux in; covers come first."""
    tick = packet.time_base
    return (packet.dts or 0) * Fraction(tick.numerator, tick.denominator)


def _codec(path: Path, pix_fmt: str) -> tuple[str, dict[str, str]]:
    if path.suffix == ".gif":
        return "gif", {}
    if path.suffix == ".webm":
        return "libvpx-vp9", {"lossless": "1", "auto-alt-ref": "0", "deadline": "realtime", "cpu-used": "8"}
    if pix_fmt.startswith(("rgb", "bgr")):
        return "libx264rgb", {"qp": "0", "preset": "ultrafast"}
    return "libx264", {"qp": "0", "preset": "veryfast", "x264-params": "bframes=2:b-adapt=0:log-level=none"}


def _shown(
    out: Any,
    pictures: Sequence[Planes],
    ticks: Sequence[int],
    tick: Fraction,
    last: int,
    pix_fmt: str,
    options: Mapping[str, str] | None,
    tags: Tags,
    pixel_aspect: Fraction | None,
    rotation: int,
    matrix: Sequence[int] | None,
    *,
    chosen: tuple[str, dict[str, str]],
) -> Iterator[Any]:
    codec, settings = chosen
    stream = out.add_stream(codec, rate=(1 / tick).limit_denominator(1001))
    height, width = pictures[0][0].shape[:2]
    stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
    context = stream.codec_context
    context.time_base, context.options, context.thread_count = tick, {**settings, **(options or {})}, 1
    for name, value in (
        ("colorspace", tags.matrix),
        ("color_primaries", tags.primaries),
        ("color_trc", tags.transfer),
        ("color_range", None if tags.full is None else 2 if tags.full else 1),
    ):
        if value is not None:
            setattr(context, name, value)
    if pixel_aspect is not None:
        context.sample_aspect_ratio = pixel_aspect
    stream.disposition = av.stream.Disposition.default
    if rotation:
        stream.set_display_rotation(rotation)
    if matrix is not None:
        stream.set_display_matrix(
            [entry << 30 if place % 3 == 2 else entry << 16 for place, entry in enumerate(matrix)]
        )
    return _pictures(stream, pictures, ticks, tick, last, pix_fmt, tags)


def _pictures(
    stream: Any, pictures: Sequence[Planes], ticks: Sequence[int], tick: Fraction, last: int, pix_fmt: str, tags: Tags
) -> Iterator[Any]:
    lengths = dict(zip(ticks, [b - a for a, b in pairwise(ticks)] + [last], strict=True))

    def sized(packets: list[Any]) -> Iterator[Any]:
        for packet in packets:
            packet.duration = lengths[packet.pts]
            yield packet

    for planes, at in zip(pictures, ticks, strict=True):
        picture = _picture(planes, pix_fmt)
        if tags.full is not None:
            picture.color_range = 2 if tags.full else 1
        if tags.matrix is not None:
            picture.colorspace = tags.matrix
        picture.pts, picture.time_base, picture.duration = at, tick, lengths[at]
        yield from sized(stream.encode(picture))
    yield from sized(stream.encode(None))


def _picture(planes: Planes, pix_fmt: str) -> av.VideoFrame:
    height, width = planes[0].shape[:2]
    picture = av.VideoFrame(width, height, pix_fmt)
    for plane, samples in zip(picture.planes, planes, strict=True):
        rows = np.ascontiguousarray(samples).reshape(samples.shape[0], -1).view(np.uint8)
        target = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)
        target[: rows.shape[0], : rows.shape[1]] = rows
    return picture


def _read(picture: av.VideoFrame) -> Planes:
    deep = picture.format.components[0].bits > 8
    planes = []
    for plane in picture.planes:
        rows = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)
        samples = rows.view(np.uint16) if deep else rows
        planes.append(samples[: plane.height, : plane.width].copy())
    return tuple(planes)


def _sound(out: Any, tone: Tone) -> Iterator[Any]:
    stream = out.add_stream(tone.codec, rate=tone.rate, layout=tone.layout)
    context = stream.codec_context
    context.time_base = Fraction(1, tone.rate)
    if tone.codec in ("aac", "libmp3lame", "libopus", "ac3"):
        context.bit_rate = 192_000
    context.open(strict=False)
    wave, kind = sound_of(tone), context.format.name

    def packets() -> Iterator[Any]:
        step = context.frame_size or 1024
        first = round(tone.starts * tone.rate)
        for begin in range(0, wave.shape[1], step):
            block = wave[:, begin : begin + step]
            frame = av.AudioFrame.from_ndarray(_as(kind, block), format=kind, layout=tone.layout)
            frame.sample_rate, frame.pts, frame.time_base = tone.rate, first + begin, Fraction(1, tone.rate)
            yield from stream.encode(frame)
        yield from stream.encode(None)

    def kept(packet: Any) -> bool:
        at = (packet.pts or 0) * Fraction(packet.time_base.numerator, packet.time_base.denominator)
        return not any(begin <= at < end for begin, end in tone.holes)

    return filter(kept, packets())


def _as(kind: str, block: NDArray[np.float32]) -> Samples:
    if kind.startswith("s16"):
        whole = np.rint(block * 32767).astype(np.int16)
        return np.ascontiguousarray(whole if kind == "s16p" else whole.T.reshape(1, -1))
    if kind.startswith("s32"):
        deep = np.rint(block.astype(np.float64) * 2147483000).astype(np.int32)
        return np.ascontiguousarray(deep if kind == "s32p" else deep.T.reshape(1, -1))
    return np.ascontiguousarray(block if kind == "fltp" else block.T.reshape(1, -1))


def _extra(out: Any, extra: Extra, pictures: Sequence[Planes], ticks: Sequence[int], tick: Fraction) -> Iterator[Any]:
    if extra.kind == "audio":
        return _sound(out, Tone(seconds=Fraction(1, 2), click=None, layout="mono"))
    if extra.kind == "subtitle":
        return _words(out, len(ticks) * tick)
    grey = (np.full((16, 16), 77, np.uint8), np.full((8, 8), 128, np.uint8), np.full((8, 8), 128, np.uint8))
    if extra.kind == "cover":
        stream = out.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuvj420p"
        stream.disposition = av.stream.Disposition.attached_pic
        picture = _picture(grey, "yuvj420p")
        picture.pts, picture.time_base = 0, Fraction(1, 25)
        return iter([*stream.encode(picture), *stream.encode(None)])
    stream = out.add_stream("libx264", rate=(1 / tick).limit_denominator(1001))
    stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
    stream.codec_context.time_base = tick
    stream.codec_context.options = {"qp": "0", "x264-params": "bframes=0:log-level=none"}
    later = [at + extra.late for at in ticks]
    return _pictures(stream, [grey] * len(later), later, tick, 1, "yuv420p", UNTAGGED)


def _words(out: Any, seconds: Fraction) -> Iterator[Any]:
    """A subtitle stream's packets, made by hand: two bytes of length and the text (3GPP TS 26.245)."""
    stream = out.add_mux_stream("mov_text")
    packet = av.Packet(b"\x00\x02Hi")
    packet.stream = stream
    packet.pts = packet.dts = 0
    packet.duration, packet.time_base = round(seconds * 1000), Fraction(1, 1000)
    return iter([packet])


def colours_of(frames: Iterable[Frame]) -> NDArray[np.float64]:
    """The four quarter colours of the first of `frames`, read back through the frame's own RGB."""
    return quarter_means(next(iter(frames)).rgb())
