"""A written file against a platform's policy: every limit becomes a `Check`, with what was found and what is due.

The file is judged by its own bytes, not by what somebody meant to write. A fact that cannot be read fails its
check; "n/a" is left for limits that the policy does not have and for streams that the file does not have, and says
which. The report is good when nothing failed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, TypeAlias

from overlaycut.core.geometry import Box
from overlaycut.core.loudness import Loudness
from overlaycut.core.time import named_rate
from overlaycut.deliver.entries import SoundFacts
from overlaycut.deliver.mp4 import Mp4Facts, Mp4Track, PictureFacts, container_of, read_mp4
from overlaycut.deliver.policy import Flag, OneOf, Policy, Range
from overlaycut.errors import NoPicture

Status: TypeAlias = Literal["pass", "fail", "n/a"]

_SHOWN = 4
"""How many sample numbers a finding lists before it stops."""


@dataclass(frozen=True, slots=True)
class Check:
    """One limit held against the file."""

    name: str
    """As in `Limits`."""
    status: Status
    found: str
    wanted: str
    source: str
    """Where the limit comes from, and when that was read; empty where there is none."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All limits held against one file."""

    path: Path
    platform: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return all(check.status != "fail" for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.status == "fail")

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "path": str(self.path),
            "platform": self.platform,
            "ok": self.ok,
            "checks": [asdict(check) for check in self.checks],
        }


def check(
    path: Path, policy: Policy, *, loudness: Loudness | None = None, shown: Sequence[Box] | None = None
) -> CheckReport:
    """Hold the file at `path` against `policy`.

    loudness: that of its sound, when somebody measured it. shown: where words stand that have to be read, in pixels
    of the picture as shown, when somebody knows; they are held against what the app draws over it.

    A file in another container than MP4 or MOV gets a report in which all that would have to be read there fails.
    Raises MissingInput, InputError or DecodeError when the file cannot be read at all, NoPicture when there is no
    picture track in it.
    """
    container = container_of(path)
    if container not in ("mp4", "mov"):
        return CheckReport(
            path, policy.name, (*_foreign(path, container, policy, loudness), _chrome(policy, None, shown))
        )
    facts = read_mp4(path)
    if not facts.pictures:
        raise NoPicture(path, "there is no picture track in it", hint="is it a sound file?")
    sound = facts.sounds[0] if facts.sounds else None
    seen = _Seen(facts, facts.pictures[0], sound, loudness)
    held = (_judged(name, policy, read(seen)) for name, read in _READERS.items())
    return CheckReport(path, policy.name, (*held, _chrome(policy, seen.picture, shown)))


def _foreign(path: Path, container: str, policy: Policy, loudness: Loudness | None) -> tuple[Check, ...]:
    size = path.stat().st_size
    known = {
        "container": _word(container),
        "bytes": _amount(Fraction(size), _number("bytes", size)),
        "loudness": _level("loudness", loudness),
        "true_peak": _level("true_peak", loudness),
    }
    unread = _unread(f"not read: {container}, not MP4 or MOV")
    return tuple(_judged(name, policy, known.get(name, unread)) for name in _READERS)


def _chrome(policy: Policy, picture: PictureFacts | None, shown: Sequence[Box] | None) -> Check:
    """Words against the part of the picture that the app leaves free."""
    name, wanted, origin = "chrome", "nothing to be read under the app's own controls", policy.safe.origin
    if shown is None:
        return Check(name, "n/a", "no plan of what stands where is at hand", wanted, origin)
    if picture is None or picture.rotation is None or not picture.width or not picture.height:
        return Check(name, "fail", "the size of the picture could not be read", wanted, origin)
    turned = picture.rotation in (90, 270)
    width, height = (picture.height, picture.width) if turned else (picture.width, picture.height)
    free = policy.safe_box(width, height)
    under = [box for box in shown if box.overlap(free) < box.area]
    many = f"{len(shown)} {'box' if len(shown) == 1 else 'boxes'}"
    if not under:
        return Check(name, "pass", f"{many}, all clear", wanted, origin)
    places = ", ".join(f"{box.w}x{box.h} at {box.x},{box.y}" for box in under[:_SHOWN])
    found = f"{len(under)} of {len(shown)} reach under it: {places}"
    return Check(name, "fail", found, f"{wanted}: within {free.w}x{free.h} at {free.x},{free.y}", origin)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the checks are made of."""

    facts: Mp4Facts
    track: Mp4Track
    """The picture's."""
    sound: Mp4Track | None
    loudness: Loudness | None

    @property
    def picture(self) -> PictureFacts:
        assert self.track.picture is not None
        return self.track.picture


@dataclass(frozen=True, slots=True)
class _Reading:
    """A fact in words, and in the form that its limit compares."""

    text: str
    value: str | bool | None = None
    """For `OneOf` and `Flag`; None, with no amount either, when the fact could not be read."""
    low: Fraction | None = None
    """Held against a minimum; None when nothing in the file is subject to one."""
    high: Fraction | None = None
    """Held against a maximum."""
    slack: Fraction = Fraction(0)
    """By less than this much an amount may pass its limits."""
    absent: bool = False
    """Whether the file has no such thing."""


def _word(value: str, text: str = "") -> _Reading:
    return _Reading(text or value, value=value)


def _flag(name: str, value: bool, text: str = "") -> _Reading:
    return _Reading(text or _FLAG_WORDS[name][not value], value=value)


def _amount(value: Fraction, text: str) -> _Reading:
    return _Reading(text, low=value, high=value)


def _unread(text: str) -> _Reading:
    return _Reading(text)


def _absent(text: str) -> _Reading:
    return _Reading(text, absent=True)


def _container(seen: _Seen) -> _Reading:
    return _word(seen.facts.container, f"{seen.facts.container} (brand {seen.facts.brand.strip() or 'none'})")


def _moov_first(seen: _Seen) -> _Reading:
    return _flag("moov_first", seen.facts.moov_first, " ".join(seen.facts.order[:6]))


def _edit_lists(seen: _Seen) -> _Reading:
    with_list = [f"{track.id} ({track.handler})" for track in seen.facts.tracks if track.edits is not None]
    text = f"edit list in track {', '.join(with_list)}" if with_list else ""
    return _flag("edit_lists", bool(with_list), text)


def _fragments(seen: _Seen) -> _Reading:
    return _flag("fragments", seen.facts.fragmented)


def _tracks(seen: _Seen) -> _Reading:
    tracks = seen.facts.tracks
    mixed = [track.id for track in seen.facts.pictures + seen.facts.sounds if track.descriptions > 1]
    text = ", ".join(track.handler for track in tracks)
    if mixed:
        text += f"; track {mixed[0]} changes its format on the way"
    return _flag("tracks", len(seen.facts.pictures) == 1 and len(seen.facts.sounds) <= 1 and not mixed, text)


def _video_codec(seen: _Seen) -> _Reading:
    return _word(seen.track.codec, f"{seen.track.codec} ({seen.track.entry})")


def _told(seen: _Seen, value: str | None) -> _Reading:
    return _unread(f"not told by the sample entry {seen.track.entry!r}") if value is None else _word(value)


def _video_profile(seen: _Seen) -> _Reading:
    return _told(seen, seen.picture.profile)


def _video_level(seen: _Seen) -> _Reading:
    level = seen.picture.level
    return _told(seen, None) if level is None else _amount(level, _number("video_level", level))


def _chroma(seen: _Seen) -> _Reading:
    return _told(seen, seen.picture.chroma)


def _bit_depth(seen: _Seen) -> _Reading:
    bits = seen.picture.bits
    return _told(seen, None) if bits is None else _amount(Fraction(bits), _number("bit_depth", bits))


def _scan(seen: _Seen) -> _Reading:
    progressive = seen.picture.progressive
    if progressive is None:
        return _told(seen, None)
    return _word("progressive") if progressive else _word("interlaced", "may hold fields: not marked as progressive")


def _size(seen: _Seen) -> _Reading:
    picture = seen.picture
    stored = f"{picture.width}x{picture.height}"
    if picture.rotation is None:
        return _unread(f"{stored}, mirrored or skewed by its track header")
    coded = picture.parameters
    if coded is not None and (coded.width, coded.height) != (picture.width, picture.height):
        return _unread(f"{stored} in its sample entry, {coded.width}x{coded.height} in its parameter set")
    if picture.rotation in (90, 270):
        return _word(f"{picture.height}x{picture.width}", f"{stored} turned by {picture.rotation} degrees")
    return _word(stored)


def _side(choose: Callable[[tuple[int, int]], int], name: str) -> Callable[[_Seen], _Reading]:
    """A reader of one side of the picture; turning it changes neither."""

    def reader(seen: _Seen) -> _Reading:
        side = choose((seen.picture.width, seen.picture.height))
        return _amount(Fraction(side), _number(name, side)) if side else _unread("no size to be read")

    return reader


def _aspect(seen: _Seen) -> _Reading:
    picture, pixel = seen.picture, _pixel(seen.picture)
    if picture.rotation is None or pixel is None or not picture.width or not picture.height:
        return _unread("not known: size, rotation or pixel aspect contradict themselves")
    shown = Fraction(picture.width, picture.height) * pixel
    if picture.rotation in (90, 270):
        shown = 1 / shown
    return _amount(shown, _number("aspect", shown))


def _pixel(picture: PictureFacts) -> Fraction | None:
    """The shape of a pixel, square where nothing is said; None when container and codec contradict each other."""
    coded = None if picture.parameters is None else picture.parameters.sample_aspect
    said = {shape for shape in (picture.pixel_aspect, coded) if shape is not None}
    return None if len(said) > 1 else said.pop() if said else Fraction(1)


def _pixel_aspect(seen: _Seen) -> _Reading:
    pixel = _pixel(seen.picture)
    if pixel is None:
        return _unread("container and codec contradict each other")
    return _word(f"{pixel.numerator}:{pixel.denominator}")


def _colour(seen: _Seen) -> _Reading:
    picture = seen.picture
    coded = picture.parameters
    said = [colour for colour in (picture.colour, None if coded is None else coded.colour) if colour is not None]
    if not said:
        return _unread("untagged")
    tags = {f"{colour.primaries}/{colour.transfer}/{colour.matrix}" for colour in said}
    ranges = {colour.range for colour in said if colour.range != "unknown"}
    if coded is not None and coded.full_range is not None:
        ranges.add("pc" if coded.full_range else "tv")
    if len(tags) > 1 or len(ranges) > 1:
        return _unread(f"container and codec contradict each other: {', '.join(sorted(tags | ranges))}")
    # H.264 E.2.1: limited where nothing is said.
    return _word(f"{tags.pop()} {'full' if ranges == {'pc'} else 'limited'}")


def _fps(seen: _Seen) -> _Reading:
    if seen.picture.rate is None:
        return _unread("no frame follows another")
    rate = named_rate(seen.picture.rate)
    return _amount(rate, _number("fps", rate))


def _constant_rate(seen: _Seen) -> _Reading:
    constant = seen.picture.constant
    return _unread("no frame times to be read") if constant is None else _flag("constant_rate", constant)


def _gop_closed(seen: _Seen) -> _Reading:
    picture = seen.picture
    if picture.open_at is None:
        return _unread("the sync samples could not be looked into")
    if picture.sync[0] != 0:
        return _flag("gop_closed", False, f"the first sync sample is number {picture.sync[0]}")
    shown = ", ".join(str(sample) for sample in picture.open_at[:_SHOWN])
    return _flag("gop_closed", not picture.open_at, f"open at sample {shown}" if shown else "")


def _gop_length(seen: _Seen) -> _Reading:
    picture = seen.picture
    if picture.rate is None or not picture.gops:
        return _unread("no sync samples to be read")
    frame = 1 / named_rate(picture.rate)
    longest, shortest = max(picture.gops), min(picture.gops[:-1], default=None)
    many = f"{longest}" if shortest in (None, longest) else f"{shortest} to {longest}"
    return _Reading(
        f"{many} frames, {_number('gop_length', longest * frame)} at most",
        low=None if shortest is None else shortest * frame,
        high=longest * frame,
        slack=frame,
    )


def _duration(seen: _Seen) -> _Reading:
    duration = seen.facts.duration
    return _amount(duration, _number("duration", duration)) if duration > 0 else _unread("no duration to be read")


def _bytes(seen: _Seen) -> _Reading:
    return _amount(Fraction(seen.facts.bytes), _number("bytes", seen.facts.bytes))


def _video_bitrate(seen: _Seen) -> _Reading:
    rate = seen.track.bitrate
    return _unread("no samples to be counted") if rate is None else _amount(rate, _number("video_bitrate", rate))


def _sound(seen: _Seen) -> _Reading:
    return _flag("sound", seen.sound is not None)


def _of_sound(read: Callable[[_Seen, Mp4Track, SoundFacts], _Reading]) -> Callable[[_Seen], _Reading]:
    """A reader of the sound track that says so when there is none."""

    def reader(seen: _Seen) -> _Reading:
        if seen.sound is None or seen.sound.sound is None:
            return _absent("no sound track")
        return read(seen, seen.sound, seen.sound.sound)

    return reader


def _audio_codec(_: _Seen, track: Mp4Track, __: SoundFacts) -> _Reading:
    return _word(track.codec)


def _audio_rate(_: _Seen, __: Mp4Track, sound: SoundFacts) -> _Reading:
    return _word(str(sound.rate), f"{sound.rate} Hz")


def _audio_channels(_: _Seen, __: Mp4Track, sound: SoundFacts) -> _Reading:
    return _amount(Fraction(sound.channels), str(sound.channels))


def _audio_bitrate(_: _Seen, track: Mp4Track, sound: SoundFacts) -> _Reading:
    mean = track.bitrate
    if mean is None:
        return _unread("no samples to be counted")
    # Quiet sound takes few bits at any setting: against a minimum it is the declared rate that counts.
    declared = max(mean, Fraction(sound.declared_bitrate or 0))
    text = _number("audio_bitrate", mean)
    if declared != mean:
        text += f", declared {_number('audio_bitrate', declared)}"
    return _Reading(text, low=declared, high=mean)


def _av_start(seen: _Seen, track: Mp4Track, _: SoundFacts) -> _Reading:
    return _late(seen, track, track.starts - seen.track.starts)


def _av_length(seen: _Seen, track: Mp4Track, _: SoundFacts) -> _Reading:
    return _late(seen, track, track.ends - seen.track.ends)


def _late(seen: _Seen, sound: Mp4Track, seconds: Fraction) -> _Reading:
    if not sound.samples or not seen.track.samples:
        return _unread("no samples to be timed")
    return _amount(seconds, f"sound {_number('av_start', abs(seconds))} {'later' if seconds >= 0 else 'earlier'}")


def _loudness(seen: _Seen, _: Mp4Track, __: SoundFacts) -> _Reading:
    return _level("loudness", seen.loudness)


def _true_peak(seen: _Seen, _: Mp4Track, __: SoundFacts) -> _Reading:
    return _level("true_peak", seen.loudness)


def _level(name: Literal["loudness", "true_peak"], loudness: Loudness | None) -> _Reading:
    if loudness is None:
        return _absent("not measured")
    level = loudness.lufs if name == "loudness" else loudness.true_peak_dbtp
    if level is None:
        return _absent("silence")
    exact = Fraction(str(level))
    return _amount(exact, _number(name, exact))


_READERS: dict[str, Callable[[_Seen], _Reading]] = {
    "container": _container,
    "moov_first": _moov_first,
    "edit_lists": _edit_lists,
    "fragments": _fragments,
    "tracks": _tracks,
    "video_codec": _video_codec,
    "video_profile": _video_profile,
    "video_level": _video_level,
    "chroma": _chroma,
    "bit_depth": _bit_depth,
    "scan": _scan,
    "size": _size,
    "short_side": _side(min, "short_side"),
    "long_side": _side(max, "long_side"),
    "aspect": _aspect,
    "pixel_aspect": _pixel_aspect,
    "colour": _colour,
    "fps": _fps,
    "constant_rate": _constant_rate,
    "gop_closed": _gop_closed,
    "gop_length": _gop_length,
    "duration": _duration,
    "bytes": _bytes,
    "video_bitrate": _video_bitrate,
    "sound": _sound,
    "audio_codec": _of_sound(_audio_codec),
    "audio_rate": _of_sound(_audio_rate),
    "audio_channels": _of_sound(_audio_channels),
    "audio_bitrate": _of_sound(_audio_bitrate),
    "av_start": _of_sound(_av_start),
    "av_length": _of_sound(_av_length),
    "loudness": _of_sound(_loudness),
    "true_peak": _of_sound(_true_peak),
}
"""How each limit's fact is read; the names are those of `Limits`."""


_UNITS: dict[str, tuple[str, int | Fraction]] = {
    "fps": (" fps", 1),
    "bit_depth": (" bits", 1),
    "short_side": (" px", 1),
    "long_side": (" px", 1),
    "gop_length": (" s", 1),
    "duration": (" s", 1),
    "bytes": (" MB", 1_000_000),
    "video_bitrate": (" Mbit/s", 1_000_000),
    "audio_bitrate": (" kbit/s", 1000),
    "av_start": (" ms", Fraction(1, 1000)),
    "av_length": (" ms", Fraction(1, 1000)),
    "loudness": (" LUFS", 1),
    "true_peak": (" dBTP", 1),
}
"""The unit in which an amount is shown, and how much of the limit's own unit it holds."""

_FLAG_WORDS = {
    "moov_first": ("sample tables before the samples", "samples before their tables"),
    "edit_lists": ("edit lists", "no edit list"),
    "fragments": ("fragmented", "one sample table"),
    "sound": ("a sound track", "no sound track"),
    "tracks": ("one picture track, at most one sound track", "any tracks"),
    "constant_rate": ("frames that last equally", "frames that last unequally"),
    "gop_closed": ("closed GOPs", "open GOPs"),
}
"""What yes and what no means."""


def _number(name: str, value: Fraction | int) -> str:
    """`value` in its unit, to the thousandth."""
    value = Fraction(value)
    if name == "aspect":
        return f"{value.numerator}:{value.denominator}"
    unit, size = _UNITS.get(name, ("", 1))
    return f"{float(value / size):.3f}".rstrip("0").rstrip(".") + unit


def _wanted(name: str, rule: Range | OneOf | Flag) -> str:
    if isinstance(rule, OneOf):
        return " or ".join(rule.any_of)
    if isinstance(rule, Flag):
        return _FLAG_WORDS[name][not rule.wanted]
    low = None if rule.min is None else _number(name, rule.min)
    high = None if rule.max is None else _number(name, rule.max)
    if low is None or high is None:
        return f"at least {low}" if high is None else f"at most {high}"
    return low if low == high else f"{low} to {high}"


def _holds(rule: Range | OneOf | Flag, reading: _Reading) -> bool:
    if isinstance(rule, OneOf):
        return reading.value in rule.any_of
    if isinstance(rule, Flag):
        return reading.value is rule.wanted
    if reading.high is None:
        return False
    return not (
        (rule.min is not None and reading.low is not None and _passes(rule.min - reading.low, reading.slack))
        or (rule.max is not None and _passes(reading.high - rule.max, reading.slack))
    )


def _passes(excess: Fraction, slack: Fraction) -> bool:
    """Whether an amount is beyond a limit by `excess`, and that is more than rounding."""
    return excess > 0 and excess >= slack


def _judged(name: str, policy: Policy, reading: _Reading) -> Check:
    rule: Range | OneOf | Flag | None = getattr(policy.limits, name)
    if rule is None:
        return Check(name, "n/a", f"{reading.text}; {policy.name} has no such rule", "", "")
    if reading.absent:
        return Check(name, "n/a", reading.text, _wanted(name, rule), rule.origin)
    status: Status = "pass" if _holds(rule, reading) else "fail"
    return Check(name, status, reading.text, _wanted(name, rule), rule.origin)
