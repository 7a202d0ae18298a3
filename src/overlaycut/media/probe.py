"""Metadata of a clip, from its header and from decoding all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import av.container
import av.stream
import av.video.stream

from overlaycut.core.facts import AudioFacts, ClipFacts
from overlaycut.core.frame import Frame
from overlaycut.core.time import exact, named_rate
from overlaycut.errors import NoPicture, UnsupportedColour
from overlaycut.media.ffmpeg import best_audio, best_video, opened, pictures, reading
from overlaycut.media.normalise import InputNormalizer

_MICROSECOND = Fraction(1, av.time_base)

_PROVIDERS = {
    "kling": "kling", "可灵": "kling", "hailuo": "hailuo", "minimax": "hailuo", "wan2": "wan", "wanx": "wan",
    "seedance": "seedance", "doubao": "seedance", "dreamina": "seedance", "jimeng": "seedance",
    "即梦": "seedance", "runway": "runway", "gen4": "runway", "gen-4": "runway", "veo": "veo", "sora": "sora",
    "luma": "luma", "ray-2": "luma", "pika": "pika", "hunyuan": "hunyuan", "vidu": "vidu",
}  # fmt: skip
"""Words in tags and file names → the provider that they indicate."""


def header_facts(path: Path) -> tuple[ClipFacts, InputNormalizer]:
    """Metadata from the header and the first picture of a clip, and the normalizer of its pictures.

    Raises MissingInput, DecodeError or NoPicture when there is no picture to be had, UnsupportedColour when its
    colour cannot be converted to BT.709.
    """
    with opened(path) as container:
        stream = best_video(path, container)
        with reading(path):
            first = next(pictures(container, stream), None)
        if first is None:
            raise NoPicture(path, "its video has no frame", hint="fetch it again")
        aspect = exact(stream.sample_aspect_ratio) or Fraction(1)
        normalizer = InputNormalizer.to(first, aspect)
        if (problem := normalizer.refusal) is not None:
            raise UnsupportedColour(path, problem, hint="export it as BT.709")
        tick = exact(stream.time_base) or Fraction(1, 90_000)
        starts = (first.pts or 0) * tick
        width, height = normalizer.size
        facts = ClipFacts(
            path=path,
            container=container.format.name,
            codec=stream.codec_context.name,
            coded_width=normalizer.coded_width,
            coded_height=normalizer.coded_height,
            width=width,
            height=height,
            pix_fmt=normalizer.pix_fmt,
            bits=max(component.bits for component in first.format.components),
            colour=normalizer.colour,
            rotation=normalizer.rotation,
            pixel_aspect=aspect,
            tick=tick,
            rate_in_header=_rate(stream),
            frames_in_header=stream.frames or None,
            duration_in_header=_duration(container, stream, tick),
            audio=_audio(container, starts),
            streams=tuple(_stream_name(s) for s in container.streams),
            metadata=tuple(sorted((container.metadata | stream.metadata).items())),
            warnings=(*normalizer.warnings, *_left_out(container)),
            matrix=normalizer.output_matrix,
        )
    return facts, normalizer


def with_content(facts: ClipFacts, frames: Iterable[Frame], notes: Sequence[str] = ()) -> ClipFacts:
    """`facts` with what reading every one of its `frames` found; notes: what the decoder added while they were read."""
    count, end = 0, Fraction(0)
    lengths: Counter[Fraction] = Counter()
    last = None
    for frame in frames:
        count, end, last = count + 1, frame.at + frame.lasts, frame
        lengths[frame.lasts] += 1
    if last is None:
        raise NoPicture(facts.path, "its video has no frame", hint="fetch it again")
    # A clock of whole milliseconds (Matroska) or centiseconds (GIF) rounds equal durations to unequal ones.
    coarse = facts.tick >= Fraction(1, 1000)
    spread = max(lengths) - min(lengths)
    vfr = spread > (facts.tick * 2 if coarse else facts.tick)
    rate = named_rate((count / end).limit_denominator(100_000))
    if not vfr and facts.rate_in_header is not None and abs(rate / facts.rate_in_header - 1) < Fraction(1, 50):
        rate = facts.rate_in_header
    warnings = [*facts.warnings, *notes]
    if facts.frames_in_header is not None and facts.frames_in_header != count:
        warnings.append(f"the header claims {facts.frames_in_header} frames, {count} are shown")
    if vfr:
        warnings.append("frames last unequally (variable frame rate)")
    return replace(
        facts,
        frames_counted=count,
        duration_found=end,
        vfr=vfr,
        rate_found=rate,
        peak_rate=_peak_rate(lengths),
        warnings=tuple(warnings),
    )


def _peak_rate(lengths: Counter[Fraction]) -> Fraction:
    """Frames per second that the shortest frames ask for, the shortest twentieth of them left out as jitter."""
    few, seen = sum(lengths.values()) // 20, 0
    for length in sorted(lengths):
        seen += lengths[length]
        if seen > few:
            break
    return named_rate((1 / length).limit_denominator(100_000))


def provider_guess(facts: ClipFacts) -> str | None:
    """The provider that the clip's tags or file name indicate; None when nothing does."""
    words = [value for _, value in facts.metadata] + [facts.path.stem]
    text = " ".join(words).casefold()
    return next((name for word, name in _PROVIDERS.items() if word in text), None)


def _rate(stream: av.video.stream.VideoStream) -> Fraction | None:
    rate = exact(stream.average_rate) or exact(stream.guessed_rate)
    return named_rate(rate) if rate else None


def _duration(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream, tick: Fraction
) -> Fraction | None:
    if stream.duration:
        return stream.duration * tick
    return container.duration * _MICROSECOND if container.duration else None


def _audio(container: av.container.InputContainer, picture_starts: Fraction) -> AudioFacts | None:
    stream = best_audio(container)
    if stream is None:
        return None
    tick = exact(stream.time_base) or Fraction(1, stream.rate)
    return AudioFacts(
        codec=stream.codec_context.codec.canonical_name,
        rate=stream.rate,
        channels=stream.channels,
        starts=(stream.start_time or 0) * tick - picture_starts,
    )


def _left_out(container: av.container.InputContainer) -> list[str]:
    """What the container holds and FFmpeg cannot decode, in words."""
    unread = bool(container.streams.audio) and best_audio(container) is None
    return ["its sound is in a codec that FFmpeg does not know, and is left out"] if unread else []


def _stream_name(stream: av.stream.Stream) -> str:
    codec = getattr(stream.codec_context, "name", None) or "unknown"
    return f"{stream.type}:{codec}"
