"""Frames and sound into a file: `write_clip`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from math import lcm
from pathlib import Path
from typing import Protocol, TypeAlias

import av
import av.container
import numpy as np

from overlaycut.core.facts import BT601_TAGS, BT709_TAGS, ClipFacts, ColourTags
from overlaycut.core.frame import Frame
from overlaycut.core.time import exact
from overlaycut.errors import NoPicture, OutputError
from overlaycut.media.aac import FRAME
from overlaycut.media.audio import COPIED, RATE, Samples, picture_start, samples
from overlaycut.media.codecs import AUDIO_ENCODERS, Encoding, picture_stream
from overlaycut.media.ffmpeg import opened, reading, url_of, writing
from overlaycut.media.files import replacing
from overlaycut.media.planes import picture_of

_LEAD = Fraction(1, 2)
"""Seconds by which sound is written ahead of the picture (interleaving)."""

_FOREVER = Fraction(10**9)

_FINEST_TICK = Fraction(1, 1_000_000)

_FULL_SCALE = (1 << 31) - 256
"""Full scale of 24-bit PCM in the upper bits of 32."""


@dataclass(frozen=True, slots=True)
class CopiedSound:
    """The packets of a file's sound, unchanged; `zero` is the time on its clock that becomes 0."""

    path: Path
    zero: Fraction


@dataclass(frozen=True, slots=True)
class SampledSound:
    """Sound from stereo blocks at 48 kHz that start with the picture."""

    blocks: Iterable[Samples]


Sound: TypeAlias = CopiedSound | SampledSound


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """What was written."""

    path: Path
    frames: int
    duration: Fraction
    bytes: int


def carried_sound(facts: ClipFacts) -> Sound | None:
    """The sound of a clip as it goes into MP4: copied where players support the codec, else encoded again."""
    if facts.audio is None:
        return None
    if facts.audio.codec in COPIED:
        return CopiedSound(facts.path, picture_start(facts.path))
    return SampledSound(samples(facts.path))


def common_tick(ticks: Iterable[Fraction]) -> Fraction:
    """The longest tick of which each of `ticks` is a whole multiple, at least a microsecond."""
    denominator = lcm(*(tick.denominator for tick in ticks))
    return max(Fraction(1, denominator), _FINEST_TICK)


_CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov"}


def refuse_container(out: Path) -> None:
    """Raises OutputError when a clip cannot be written under that name."""
    if out.suffix.lower() not in _CONTAINERS:
        raise OutputError(f"{out}: clips are not written as {out.suffix or 'that'}", hint="a name that ends in .mp4")


_LARGEST_SIDE = 16384
"""Pixels of a side that encoders of H.264, HEVC and AV1 take."""


def refuse_size(out: Path, width: int, height: int, codec: str = "h264") -> None:
    """Raises OutputError for a picture that the encoder does not take."""
    if codec != "prores" and max(width, height) > _LARGEST_SIDE:
        raise OutputError(
            f"{out}: {width}x{height} is too large for {codec}",
            hint=f"sides of at most {_LARGEST_SIDE} pixels",
        )


def write_clip(
    frames: Iterator[Frame],
    out: Path,
    *,
    tick: Fraction,
    encoding: Encoding,
    sound: Sound | None = None,
    tags: ColourTags | None = None,
    comment: str | None = None,
    finish: Callable[[Path], None] | None = None,
) -> WrittenFile:
    """Encode `frames` to the MP4 or MOV that `out` is called, which appears there only when it is whole.

    Every frame's time must be a whole number of `tick` seconds; times are written exactly. tags: colour tags of the
    frames; None for those of their matrix. `finish` is called with
    the whole file before it appears, to add what is not media. Raises OutputError when the place cannot be
    written or the encoder takes no picture of that size, NoPicture when there is no frame, and whatever the frames
    and `finish` raise.
    """
    if isinstance(sound, CopiedSound) and not encoding.edit_lists:
        raise ValueError("copied packets lie where an edit list puts them: without one, sound is encoded anew")
    refuse_container(out)
    first = next(frames, None)
    if first is None:
        raise NoPicture(out, "nothing to write: there is no frame")
    refuse_size(out, first.width, first.height, encoding.codec)
    if tags is None:
        tags = BT601_TAGS if first.matrix == "bt601" else BT709_TAGS
    with replacing(out) as part, writing(out):
        muxing = {"movflags": "+faststart", "movie_timescale": str(RATE)}
        if not encoding.edit_lists:
            muxing = {"movflags": "+faststart+negative_cts_offsets", "use_editlist": "0"}
        form = _CONTAINERS[out.suffix.lower()]
        with (
            av.open(url_of(part), "w", format=form, container_options=muxing) as container,
            ExitStack() as stack,
        ):
            if comment is not None:
                container.metadata["comment"] = comment
            video = picture_stream(container, first, tick, encoding, tags)
            track = stack.enter_context(_sound_writer(container, sound, encoding))
            count, end = 0, Fraction(0)
            lengths: dict[int, int] = {}  # of frames inside the encoder, which drops the last one's
            for frame in chain([first], frames):
                picture = _picture(frame, tick, video, tags)
                lengths[ticks(frame.at, tick)] = picture.duration
                _mux(container, video.encode(picture), lengths)
                count, end = count + 1, frame.at + frame.lasts
                track.mux_until(end + _LEAD)
            _mux(container, video.encode(None), lengths)
            track.finish()
        if finish is not None:
            finish(part)
        size = part.stat().st_size
    return WrittenFile(out, count, end, size)


def _picture(frame: Frame, tick: Fraction, video: av.VideoStream, tags: ColourTags) -> av.VideoFrame:
    picture = picture_of(*frame.planes, tags)
    if video.pix_fmt != "yuv420p":  # in threads libswscale spoils the first pixels of a slice, now and then
        picture = picture.reformat(format=video.pix_fmt, dst_colorspace=tags.matrix, dst_color_range="MPEG", threads=1)
    picture.pts, picture.time_base = ticks(frame.at, tick), tick
    picture.duration = ticks(frame.lasts, tick)
    return picture


def _mux(
    container: av.container.OutputContainer, packets: list[av.Packet[av.VideoStream]], lengths: dict[int, int]
) -> None:
    for packet in packets:
        packet.duration = lengths.pop(packet.pts or 0)
        container.mux(packet)


def ticks(seconds: Fraction, tick: Fraction) -> int:
    """How many ticks a time is. Raises ValueError when it is no whole number of them."""
    count = seconds / tick
    if count.denominator != 1:
        raise ValueError(f"{seconds} s is no whole number of ticks of {tick} s")
    return count.numerator


class _SoundWriter(Protocol):
    """Writes the sound of a file in step with its picture."""

    def mux_until(self, time: Fraction) -> None: ...
    def finish(self) -> None: ...


@contextmanager
def _sound_writer(
    container: av.container.OutputContainer, sound: Sound | None, encoding: Encoding
) -> Iterator[_SoundWriter]:
    if sound is None:
        yield _NoSoundWriter()
    elif isinstance(sound, SampledSound):
        yield _EncodedSoundWriter(container, sound, encoding)
    else:
        with opened(sound.path) as source:
            yield _CopiedSoundWriter(container, source, sound)


class _NoSoundWriter:
    """No sound at all."""

    def mux_until(self, time: Fraction) -> None:
        """Nothing to write."""

    def finish(self) -> None:
        """Nothing is left."""


class _CopiedSoundWriter:
    """Packets of another file's sound, shifted so that its picture's zero is ours."""

    def __init__(
        self, container: av.container.OutputContainer, source: av.container.InputContainer, sound: CopiedSound
    ) -> None:
        stream = source.streams.best("audio")
        assert isinstance(stream, av.AudioStream)
        self._container = container
        self._tick = exact(stream.time_base) or Fraction(1, stream.rate)
        self._stream = container.add_stream_from_template(stream)
        self._packets = self._shifted(source.demux(stream), sound)
        self._held = next(self._packets, None)

    def _shifted(
        self, packets: Iterator[av.Packet[av.AudioStream]], sound: CopiedSound
    ) -> Iterator[av.Packet[av.AudioStream]]:
        zero = round(sound.zero / self._tick)
        with reading(sound.path):
            for packet in packets:
                if packet.pts is None or packet.size == 0:
                    continue
                packet.pts -= zero
                packet.dts = packet.pts
                # One packet before the first audible one: overlapping transforms need it for the first samples.
                if packet.pts + 2 * (packet.duration or 0) > 0:
                    yield packet

    def mux_until(self, time: Fraction) -> None:
        """Write the packets before `time`."""
        while self._held is not None and (self._held.pts or 0) * self._tick < time:
            self._held.stream = self._stream
            self._container.mux(self._held)
            self._held = next(self._packets, None)

    def finish(self) -> None:
        """Write what is left."""
        self.mux_until(_FOREVER)


class _EncodedSoundWriter:
    """Samples into AAC, in the encoder's own frame length, or into PCM."""

    def __init__(self, container: av.container.OutputContainer, sound: SampledSound, encoding: Encoding) -> None:
        self._container = container
        stream = container.add_stream(AUDIO_ENCODERS[encoding.audio], rate=RATE, layout="stereo")
        assert isinstance(stream, av.AudioStream)
        self._stream = stream
        self._whole = encoding.audio == "pcm"
        if encoding.audio == "aac":
            self._stream.codec_context.bit_rate = encoding.audio_kbps * 1000
        self._stream.codec_context.time_base = Fraction(1, RATE)
        self._blocks = iter(sound.blocks)
        self._waiting = np.zeros((0, 2), dtype=np.float32)
        # Without an edit list nothing hides the packet that the encoder puts before the first sample: it is left
        # out, which costs a fade-in of 21 ms and keeps every later sample on time.
        self._drops_priming = not encoding.edit_lists
        self._given = 0

    def mux_until(self, time: Fraction) -> None:
        """Encode the sound before `time`."""
        while Fraction(self._given, RATE) < time:
            block = next(self._blocks, None)
            if block is None:
                return
            self._waiting = np.concatenate([self._waiting, block])
            while len(self._waiting) >= FRAME:
                self._encode(self._waiting[:FRAME])
                self._waiting = self._waiting[FRAME:]

    def finish(self) -> None:
        """Encode what is left, the last frame filled up by the encoder."""
        self.mux_until(_FOREVER)
        if len(self._waiting):
            self._encode(self._waiting)
        self._mux(self._stream.encode(None))

    def _encode(self, block: Samples) -> None:
        if self._whole:
            packed = np.rint(np.clip(block, -1, 1).astype(np.float64) * _FULL_SCALE).astype(np.int32)
            frame = av.AudioFrame.from_ndarray(packed.reshape(1, -1), format="s32", layout="stereo")
        else:
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._given, Fraction(1, RATE)
        self._given += len(block)
        self._mux(self._stream.encode(frame))

    def _mux(self, packets: list[av.Packet[av.AudioStream]]) -> None:
        for packet in packets:
            if not self._drops_priming or (packet.pts or 0) >= 0:
                self._container.mux(packet)
