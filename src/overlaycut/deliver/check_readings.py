"""What a written file is found to be, one reader for each limit of a policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from overlaycut.core.loudness import Loudness
from overlaycut.core.time import named_rate
from overlaycut.deliver.check_wording import FLAG_WORDS, number_text
from overlaycut.deliver.entries import SoundFacts
from overlaycut.deliver.mp4_facts import Mp4Facts, Mp4Track, PictureFacts

MAX_LISTED = 4
"""Sample numbers or boxes that a finding lists before it stops."""


@dataclass(frozen=True, slots=True)
class FileEvidence:
    """What the readers read."""

    facts: Mp4Facts
    track: Mp4Track
    """The picture's."""
    sound: Mp4Track | None
    loudness: Loudness | None

    @property
    def picture(self) -> PictureFacts:
        """What is particular to the picture track."""
        assert self.track.picture is not None
        return self.track.picture


@dataclass(frozen=True, slots=True)
class Reading:
    """One fact: its text, and the value that its limit is compared with."""

    text: str
    value: str | bool | None = None
    """For `OneOf` and `Flag`; None, with no amount either, when the fact could not be read."""
    low: Fraction | None = None
    """Compared with a minimum; None when nothing in the file is subject to one."""
    high: Fraction | None = None
    """Compared with a maximum."""
    slack: Fraction = Fraction(0)
    """An amount may exceed its limits by less than this (rounding)."""
    absent: bool = False
    """Whether the file has no such thing."""

    @classmethod
    def of_word(cls, value: str, text: str = "") -> Reading:
        """One of a few words."""
        return cls(text or value, value=value)

    @classmethod
    def of_flag(cls, name: str, value: bool, text: str = "") -> Reading:
        """Yes or no, worded as the limit called `name` is."""
        return cls(text or FLAG_WORDS[name][not value], value=value)

    @classmethod
    def of_amount(cls, value: Fraction, text: str) -> Reading:
        """A number."""
        return cls(text, low=value, high=value)

    @classmethod
    def unreadable(cls, text: str) -> Reading:
        """A fact that the file does not give; it fails every limit."""
        return cls(text)

    @classmethod
    def not_present(cls, text: str) -> Reading:
        """A fact about a stream that the file does not have."""
        return cls(text, absent=True)


def _container(file: FileEvidence) -> Reading:
    return Reading.of_word(file.facts.container, f"{file.facts.container} (brand {file.facts.brand.strip() or 'none'})")


def _moov_first(file: FileEvidence) -> Reading:
    return Reading.of_flag("moov_first", file.facts.moov_first, " ".join(file.facts.order[:6]))


def _edit_lists(file: FileEvidence) -> Reading:
    with_list = [f"{track.id} ({track.handler})" for track in file.facts.tracks if track.edits is not None]
    text = f"edit list in track {', '.join(with_list)}" if with_list else ""
    return Reading.of_flag("edit_lists", bool(with_list), text)


def _fragments(file: FileEvidence) -> Reading:
    return Reading.of_flag("fragments", file.facts.fragmented)


def _tracks(file: FileEvidence) -> Reading:
    tracks = file.facts.tracks
    mixed = [track.id for track in file.facts.pictures + file.facts.sounds if track.descriptions > 1]
    text = ", ".join(track.handler for track in tracks)
    if mixed:
        text += f"; track {mixed[0]} changes its format on the way"
    return Reading.of_flag("tracks", len(file.facts.pictures) == 1 and len(file.facts.sounds) <= 1 and not mixed, text)


def _video_codec(file: FileEvidence) -> Reading:
    return Reading.of_word(file.track.codec, f"{file.track.codec} ({file.track.entry})")


def _from_entry(file: FileEvidence, value: str | None) -> Reading:
    return (
        Reading.unreadable(f"not told by the sample entry {file.track.entry!r}")
        if value is None
        else Reading.of_word(value)
    )


def _video_profile(file: FileEvidence) -> Reading:
    return _from_entry(file, file.picture.profile)


def _video_level(file: FileEvidence) -> Reading:
    level = file.picture.level
    return _from_entry(file, None) if level is None else Reading.of_amount(level, number_text("video_level", level))


def _chroma(file: FileEvidence) -> Reading:
    return _from_entry(file, file.picture.chroma)


def _bit_depth(file: FileEvidence) -> Reading:
    bits = file.picture.bits
    return (
        _from_entry(file, None) if bits is None else Reading.of_amount(Fraction(bits), number_text("bit_depth", bits))
    )


def _scan(file: FileEvidence) -> Reading:
    progressive = file.picture.progressive
    if progressive is None:
        return _from_entry(file, None)
    return (
        Reading.of_word("progressive")
        if progressive
        else Reading.of_word("interlaced", "may hold fields: not marked as progressive")
    )


def _size(file: FileEvidence) -> Reading:
    picture = file.picture
    stored = f"{picture.width}x{picture.height}"
    if picture.rotation is None:
        return Reading.unreadable(f"{stored}, mirrored or skewed by its track header")
    coded = picture.parameters
    if coded is not None and (coded.width, coded.height) != (picture.width, picture.height):
        return Reading.unreadable(f"{stored} in its sample entry, {coded.width}x{coded.height} in its parameter set")
    if picture.rotation in (90, 270):
        return Reading.of_word(f"{picture.height}x{picture.width}", f"{stored} turned by {picture.rotation} degrees")
    return Reading.of_word(stored)


def _side(choose: Callable[[tuple[int, int]], int], name: str) -> Callable[[FileEvidence], Reading]:
    """A reader of the shorter or the longer side, which rotation does not change."""

    def read_side(file: FileEvidence) -> Reading:
        side = choose((file.picture.width, file.picture.height))
        return (
            Reading.of_amount(Fraction(side), number_text(name, side))
            if side
            else Reading.unreadable("no size to be read")
        )

    return read_side


def _aspect(file: FileEvidence) -> Reading:
    picture, pixel = file.picture, _pixel(file.picture)
    if picture.rotation is None or pixel is None or not picture.width or not picture.height:
        return Reading.unreadable("not known: size, rotation or pixel aspect contradict themselves")
    shown = Fraction(picture.width, picture.height) * pixel
    if picture.rotation in (90, 270):
        shown = 1 / shown
    return Reading.of_amount(shown, number_text("aspect", shown))


def _pixel(picture: PictureFacts) -> Fraction | None:
    """Sample aspect ratio, 1 where none is given; None when container and codec contradict each other."""
    coded = None if picture.parameters is None else picture.parameters.sample_aspect
    given = {aspect for aspect in (picture.pixel_aspect, coded) if aspect is not None}
    return None if len(given) > 1 else given.pop() if given else Fraction(1)


def _pixel_aspect(file: FileEvidence) -> Reading:
    pixel = _pixel(file.picture)
    if pixel is None:
        return Reading.unreadable("container and codec contradict each other")
    return Reading.of_word(f"{pixel.numerator}:{pixel.denominator}")


def _colour(file: FileEvidence) -> Reading:
    picture = file.picture
    coded = picture.parameters
    given = [colour for colour in (picture.colour, None if coded is None else coded.colour) if colour is not None]
    if not given:
        return Reading.unreadable("untagged")
    tags = {f"{colour.primaries}/{colour.transfer}/{colour.matrix}" for colour in given}
    ranges = {colour.range for colour in given if colour.range != "unknown"}
    if coded is not None and coded.full_range is not None:
        ranges.add("pc" if coded.full_range else "tv")
    if len(tags) > 1 or len(ranges) > 1:
        return Reading.unreadable(f"container and codec contradict each other: {', '.join(sorted(tags | ranges))}")
    # H.264 E.2.1: limited where no range is given.
    return Reading.of_word(f"{tags.pop()} {'full' if ranges == {'pc'} else 'limited'}")


def _fps(file: FileEvidence) -> Reading:
    if file.picture.rate is None:
        return Reading.unreadable("no frame follows another")
    rate = named_rate(file.picture.rate)
    return Reading.of_amount(rate, number_text("fps", rate))


def _constant_rate(file: FileEvidence) -> Reading:
    constant = file.picture.constant
    return (
        Reading.unreadable("no frame times to be read")
        if constant is None
        else Reading.of_flag("constant_rate", constant)
    )


def _gop_closed(file: FileEvidence) -> Reading:
    picture = file.picture
    if picture.open_at is None:
        return Reading.unreadable("the sync samples could not be looked into")
    if picture.sync[0] != 0:
        return Reading.of_flag("gop_closed", False, f"the first sync sample is number {picture.sync[0]}")
    shown = ", ".join(str(sample) for sample in picture.open_at[:MAX_LISTED])
    return Reading.of_flag("gop_closed", not picture.open_at, f"open at sample {shown}" if shown else "")


def _gop_length(file: FileEvidence) -> Reading:
    picture = file.picture
    if picture.rate is None or not picture.gops:
        return Reading.unreadable("no sync samples to be read")
    frame = 1 / named_rate(picture.rate)
    longest, shortest = max(picture.gops), min(picture.gops[:-1], default=None)
    many = f"{longest}" if shortest in (None, longest) else f"{shortest} to {longest}"
    return Reading(
        f"{many} frames, {number_text('gop_length', longest * frame)} at most",
        low=None if shortest is None else shortest * frame,
        high=longest * frame,
        slack=frame,
    )


def _duration(file: FileEvidence) -> Reading:
    duration = file.facts.duration
    return (
        Reading.of_amount(duration, number_text("duration", duration))
        if duration > 0
        else Reading.unreadable("no duration to be read")
    )


def _bytes(file: FileEvidence) -> Reading:
    return Reading.of_amount(Fraction(file.facts.bytes), number_text("bytes", file.facts.bytes))


def _video_bitrate(file: FileEvidence) -> Reading:
    rate = file.track.bitrate
    return (
        Reading.unreadable("no samples to be counted")
        if rate is None
        else Reading.of_amount(rate, number_text("video_bitrate", rate))
    )


def _sound(file: FileEvidence) -> Reading:
    return Reading.of_flag("sound", file.sound is not None)


def _of_sound(read: Callable[[FileEvidence, Mp4Track, SoundFacts], Reading]) -> Callable[[FileEvidence], Reading]:
    """A reader of the sound track; without one its reading is absent."""

    def reader(file: FileEvidence) -> Reading:
        if file.sound is None or file.sound.sound is None:
            return Reading.not_present("no sound track")
        return read(file, file.sound, file.sound.sound)

    return reader


def _audio_codec(_: FileEvidence, track: Mp4Track, __: SoundFacts) -> Reading:
    return Reading.of_word(track.codec)


def _audio_rate(_: FileEvidence, __: Mp4Track, sound: SoundFacts) -> Reading:
    return Reading.of_word(str(sound.rate), f"{sound.rate} Hz")


def _audio_channels(_: FileEvidence, __: Mp4Track, sound: SoundFacts) -> Reading:
    return Reading.of_amount(Fraction(sound.channels), str(sound.channels))


def _audio_bitrate(_: FileEvidence, track: Mp4Track, sound: SoundFacts) -> Reading:
    mean = track.bitrate
    if mean is None:
        return Reading.unreadable("no samples to be counted")
    # Quiet sound takes few bits at any setting: against a minimum it is the declared rate that counts.
    declared = max(mean, Fraction(sound.declared_bitrate or 0))
    text = number_text("audio_bitrate", mean)
    if declared != mean:
        text += f", declared {number_text('audio_bitrate', declared)}"
    return Reading(text, low=declared, high=mean)


def _av_start(file: FileEvidence, track: Mp4Track, _: SoundFacts) -> Reading:
    return _start_difference(file, track, track.starts - file.track.starts)


def _av_length(file: FileEvidence, track: Mp4Track, _: SoundFacts) -> Reading:
    return _start_difference(file, track, track.ends - file.track.ends)


def _start_difference(file: FileEvidence, sound: Mp4Track, seconds: Fraction) -> Reading:
    if not sound.samples or not file.track.samples:
        return Reading.unreadable("no samples to be timed")
    return Reading.of_amount(
        seconds, f"sound {number_text('av_start', abs(seconds))} {'later' if seconds >= 0 else 'earlier'}"
    )


def _loudness(file: FileEvidence, _: Mp4Track, __: SoundFacts) -> Reading:
    return level_reading("loudness", file.loudness)


def _true_peak(file: FileEvidence, _: Mp4Track, __: SoundFacts) -> Reading:
    return level_reading("true_peak", file.loudness)


def level_reading(name: Literal["loudness", "true_peak"], loudness: Loudness | None) -> Reading:
    """Integrated loudness or true peak, absent where it was not measured or the sound is silent."""
    if loudness is None:
        return Reading.not_present("not measured")
    level = loudness.lufs if name == "loudness" else loudness.true_peak_dbtp
    if level is None:
        return Reading.not_present("silence")
    exact = Fraction(str(level))
    return Reading.of_amount(exact, number_text(name, exact))


READERS: dict[str, Callable[[FileEvidence], Reading]] = {
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
