"""What each platform takes, as data: one TOML file per platform, read into a `Policy`.

A policy has three parts. `limits` are compared with a written file; each names its source and the day it was
read, and the source "practice" marks what no platform publishes. `target` is what the encoder aims at: it satisfies
every limit and may be stricter. `safe` is the part of the picture that the app's own controls leave free. A policy
file of a user's own has the same form; limits that it leaves out are not checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from importlib.resources import as_file, files
from math import ceil, floor
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from overlaycut.core.documents import Document, parsed, read_toml
from overlaycut.core.geometry import Box
from overlaycut.core.time import NTSC_DENOMINATOR
from overlaycut.errors import UsageError

STANDARD_RATES: tuple[Fraction, ...] = tuple(
    sorted(
        {Fraction(whole) for whole in (24, 25, 30, 48, 50, 60)}
        | {Fraction(whole * 1000, NTSC_DENOMINATOR) for whole in (24, 30, 48, 60)}
    )
)
"""Frames per second that every app and editor takes: YouTube's list (Help 1722171) and their NTSC variants."""

_POLICIES = files("overlaycut.deliver") / "policies"


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeCapParameters:
    """How a file is fitted under a size limit; checked by tests/deliver/test_size.py and benchmarks/delivery.py."""

    payload_share: Fraction = Fraction(97, 100)
    """Share of a size limit that the streams may take; the rest is for sample tables and a rate that overshoots."""
    min_bits_per_pixel: Fraction = Fraction(1, 100)
    """Below a hundredth of a bit H.264 shows blocks rather than a picture: 1080×1920 at 30 then takes 0.6 Mbit/s."""
    target_share: Fraction = Fraction(99, 100)
    """Share of a limit that another pass aims at; x264's two passes land within 1 %."""


def _number(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Fraction):
        raise ValueError('a number, or a ratio written as "30000/1001"')
    try:
        return Fraction(str(value)) if isinstance(value, float | str) else Fraction(value)
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError('a number, or a ratio written as "30000/1001"') from error


Number = Annotated[Fraction, BeforeValidator(_number), PlainSerializer(str)]
"""A number kept exactly as written: 3, 0.5 or "30000/1001"."""


class Rule(Document):
    """One figure with its origin."""

    source: str = Field(min_length=1)
    """The document's name or address; "practice" where no platform publishes a figure."""
    checked: date
    """The day on which the source was read."""
    note: str = ""
    """Which sources differ, and why this figure was taken."""

    @property
    def origin(self) -> str:
        """Source and day in one line."""
        return f"{self.source} (checked {self.checked.isoformat()})"


class Range(Rule):
    """A number from `min` to `max`, both included; at least one of them is given."""

    min: Number | None = None
    max: Number | None = None

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("a min that is not above max")
        return self


class OneOf(Rule):
    """One of a few words."""

    any_of: tuple[str, ...] = Field(min_length=1)


class Flag(Rule):
    """Yes or no."""

    wanted: bool


class Limits(Document):
    """What a file is compared with; None where the policy has no such rule.

    The names are those of the checks in a report.
    """

    container: OneOf | None = None
    """"mp4", "mov", "heif", "matroska", "avi", …"""
    moov_first: Flag | None = None
    """Whether the sample tables stand before the samples, so that a player can start while it loads."""
    edit_lists: Flag | None = None
    """Whether any track has an `elst` box."""
    fragments: Flag | None = None
    """Whether the samples are spread over `moof` boxes."""
    tracks: Flag | None = None
    """Whether there is exactly one picture track and at most one sound track."""
    video_codec: OneOf | None = None
    """"h264", "hevc", "av1", …"""
    video_profile: OneOf | None = None
    """"constrained baseline", "main", "high", "high 10", …"""
    video_level: Range | None = None
    """The codec's level as a number: 4.2."""
    chroma: OneOf | None = None
    """"4:2:0", "4:2:2", "4:4:4" or "4:0:0"."""
    bit_depth: Range | None = None
    """Bits of a sample."""
    scan: OneOf | None = None
    """"progressive" or "interlaced"."""
    size: OneOf | None = None
    """As shown, after rotation: "1080x1920"."""
    short_side: Range | None = None
    """Pixels of the shorter side."""
    long_side: Range | None = None
    """Pixels of the longer side."""
    aspect: Range | None = None
    """Width over height as shown."""
    pixel_aspect: OneOf | None = None
    """"1:1" for square pixels."""
    colour: OneOf | None = None
    """Primaries, transfer and matrix in FFmpeg's names, then the range: "bt709/bt709/bt709 limited"."""
    fps: Range | None = None
    """Mean frames per second."""
    constant_rate: Flag | None = None
    """Whether all frames last equally."""
    gop_closed: Flag | None = None
    """Whether every sync sample is a picture that nothing after it reaches across."""
    gop_length: Range | None = None
    """Seconds from one sync sample to the next; a frame more or less is rounding. The last may be shorter."""
    duration: Range | None = None
    """Seconds until the later of picture and sound ends."""
    bytes: Range | None = None
    """Size of the file."""
    video_bitrate: Range | None = None
    """Mean bits per second of the picture track."""
    sound: Flag | None = None
    """Whether there is a sound track."""
    audio_codec: OneOf | None = None
    """"aac-lc", "he-aac", "he-aac-v2", "opus", "mp3", …"""
    audio_rate: OneOf | None = None
    """Samples per second: "48000"."""
    audio_channels: Range | None = None
    """Channels of the sound track."""
    audio_bitrate: Range | None = None
    """Bits per second of the sound track: mean for `max`; for `min` what the header declares, if that is more."""
    av_start: Range | None = None
    """Seconds by which the sound track starts later than the picture; negative when earlier."""
    av_length: Range | None = None
    """Seconds by which the sound track ends later than the picture; negative when earlier."""
    loudness: Range | None = None
    """Integrated loudness in LUFS."""
    true_peak: Range | None = None
    """dBTP."""


Codec: TypeAlias = Literal["h264", "hevc", "av1"]
"""H.264 High, H.265 Main or AV1 Main: 8 bits, 4:2:0, all of them."""


class VideoTarget(Document):
    """How the picture is encoded."""

    width: int = Field(gt=0, multiple_of=2)
    height: int = Field(gt=0, multiple_of=2)
    min_fps: Number = Field(gt=0)
    max_fps: Number
    codec: Codec = "h264"
    pixel_format: Literal["yuv420p"] = "yuv420p"
    colour: Literal["bt709"] = "bt709"
    """Primaries, transfer and matrix."""
    colour_range: Literal["tv"] = "tv"
    crf: int = Field(ge=0, le=51)
    """x264's constant rate factor."""
    max_bitrate: int = Field(gt=0)
    """Bits per second at which the rate is capped (VBV)."""
    buffer_bits: int = Field(gt=0)
    """Size of the VBV buffer."""
    gop_seconds: Number = Field(gt=0)
    """Seconds from one IDR picture to the next, at every one of which a closed GOP starts."""
    b_frames: int = Field(ge=0, le=16)
    """Consecutive B pictures."""
    note: str = ""

    @model_validator(mode="after")
    def _rates_run_forward(self) -> Self:
        if self.min_fps > self.max_fps:
            raise ValueError("a min_fps that is not above max_fps")
        return self


class AudioTarget(Document):
    """How the sound is encoded."""

    codec: Literal["aac"] = "aac"
    """AAC-LC."""
    rate: int = Field(default=48000, gt=0)
    channels: int = Field(default=2, ge=1, le=2)
    bitrate: int = Field(gt=0)
    """Bits per second."""
    silent_track: bool = False
    """Whether a picture without sound gets a track of silence."""
    note: str = ""


class LoudnessTarget(Rule):
    """How loud the programme is made."""

    lufs: float = Field(ge=-40, le=-5)
    true_peak_dbtp: float = Field(ge=-20, le=0)


class Target(Document):
    """What the encoder aims at."""

    video: VideoTarget
    audio: AudioTarget
    loudness: LoudnessTarget


class SafeZone(Rule):
    """Pixels to keep clear at each edge of a picture of `width` x `height`."""

    width: int = Field(default=1080, gt=0)
    height: int = Field(default=1920, gt=0)
    top: int = Field(ge=0)
    bottom: int = Field(ge=0)
    left: int = Field(ge=0)
    right: int = Field(ge=0)
    mirrored: bool = False
    """Whether the app swaps left and right for readers of right-to-left scripts."""

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if self.left + self.right >= self.width or self.top + self.bottom >= self.height:
            raise ValueError("insets that leave part of the picture free")
        return self


class DisclosureRule(Rule):
    """How an upload declares that its picture was made with AI."""

    flag: str | None = None
    """The field that is set to true; None where no API has one."""
    where: str = ""
    """The request that carries it."""


class Policy(Document):
    """One platform."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    note: str = ""
    target: Target
    safe: SafeZone
    safe_ads: SafeZone | None = None
    """What is free when the clip runs as an advertisement; None when that is no different."""
    disclosure: DisclosureRule | None = None
    limits: Limits = Limits()
    recommended: Limits = Limits()
    """What others advise beyond the limits: a check notes it and does not fail for it."""

    def safe_box(self, width: int, height: int, *, ads: bool = False, right_to_left: bool = False) -> Box:
        """The part of a `width` x `height` picture that the app leaves free, at least one pixel.

        Insets are scaled with each side and rounded away from the edge. Words that run `right_to_left` are read in
        apps of either direction: where those differ, both sides keep the larger inset.
        """
        safe = self.safe_ads if ads and self.safe_ads is not None else self.safe
        aside = safe.left, safe.right
        if right_to_left and safe.mirrored:
            aside = max(aside), max(aside)
        left, right = (ceil(Fraction(inset * width, safe.width)) for inset in aside)
        top, bottom = (ceil(Fraction(inset * height, safe.height)) for inset in (safe.top, safe.bottom))
        x, y = min(left, width - 1), min(top, height - 1)
        return Box(x, y, max(width - x - right, 1), max(height - y - bottom, 1))

    def rate_for(self, source: Fraction, *, constant: bool = True) -> Fraction:
        """Frames per second to deliver a clip of `source` frames per second in.

        A constant rate inside the target's range is kept. Otherwise a standard rate in the range is taken: the
        nearest of which every frame is shown, or left out, equally often (24 → 48, 60 → 30), so that motion does
        not judder; failing that the nearest. A clip whose frames last unequally goes to the nearest standard rate
        that is not below its mean, so that no frame is lost where the range allows it. Rates of the 29.97 family
        stay in it, and others out of it.
        """
        low, high = self.target.video.min_fps, self.target.video.max_fps
        if constant and low <= source <= high:
            return source
        allowed = [rate for rate in STANDARD_RATES if low <= rate <= high] or [low, high]
        allowed = [rate for rate in allowed if _is_ntsc(rate) == _is_ntsc(source)] or allowed
        if not constant:
            return _nearest([rate for rate in allowed if rate >= source] or allowed, source)
        even = [rate for rate in allowed if (rate / source).denominator == 1 or (source / rate).denominator == 1]
        return _nearest(even or allowed, source)

    def gop_frames(self, rate: Fraction) -> int:
        """Frames from one IDR picture to the next at `rate` frames per second, at least 1."""
        return max(round(self.target.video.gop_seconds * rate), 1)

    def video_bitrate_cap(self, duration: Fraction, *, parameters: SizeCapParameters = SizeCapParameters()) -> int:
        """Bits per second that the picture of a programme of `duration` seconds may take, at least 1.

        It is the target's cap, lowered where the platform's size limit has no room for it and the sound.
        """
        video, audio = self.target.video, self.target.audio
        limit = self.limits.bytes
        if limit is None or limit.max is None or duration <= 0:
            return video.max_bitrate
        return max(
            min(video.max_bitrate, floor(limit.max * 8 * parameters.payload_share / duration) - audio.bitrate), 1
        )


PolicyProvider: TypeAlias = Callable[[], Policy | Path]
"""A platform from outside the package: gives its policy, or the path of its TOML file."""


def _is_ntsc(rate: Fraction) -> bool:
    return rate.denominator % NTSC_DENOMINATOR == 0


def _nearest(rates: Iterable[Fraction], source: Fraction) -> Fraction:
    return min(rates, key=lambda rate: abs(rate - source))


def policy_names() -> tuple[str, ...]:
    """The platforms that come with the package, in alphabetical order."""
    shelf = (entry.name for entry in _POLICIES.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in shelf if name.endswith(".toml")))


def is_policy_file(name_or_path: str | Path) -> bool:
    """Whether a platform is given as a file: a `Path`, and a text that ends in .toml or holds a folder."""
    text = str(name_or_path)
    return isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text or "\\" in text


def load_policy(name_or_path: str | Path, *, others: Mapping[str, PolicyProvider] = MappingProxyType({})) -> Policy:
    """The policy of a platform by name, or from a TOML file.

    A `Path`, and a text that ends in .toml or holds a folder, is a file. `others` are further platforms by name, such
    as plug-ins bring; they cannot replace those that come with the package.
    Raises UsageError, listing the names, when there is no such platform, or when a provider returns no policy;
    MissingInput when there is no such file; DocumentError for the first thing in it that is wrong.
    """
    if is_policy_file(name_or_path):
        return _read(Path(name_or_path))
    text = str(name_or_path)
    shipped = policy_names()
    if text in shipped:
        with as_file(_POLICIES / f"{text}.toml") as path:
            return _read(path)
    if text in others:
        return _provided(text, others[text])
    raise UsageError(f"no platform is called {text!r}", hint=f"known: {', '.join(sorted({*shipped, *others}))}")


def _provided(name: str, provider: PolicyProvider) -> Policy:
    given = provider()
    if isinstance(given, Path):
        return _read(given)
    if not isinstance(given, Policy):
        raise UsageError(
            f"the provider of platform {name!r} returned {type(given).__name__}", hint="a Policy or a Path"
        )
    return given


def _read(path: Path) -> Policy:
    return parsed(Policy, read_toml(path), path)
