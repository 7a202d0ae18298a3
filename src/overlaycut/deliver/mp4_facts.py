"""What the boxes of an MP4 or MOV file give: tracks, codecs, times, metadata."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from overlaycut.core.facts import Colour
from overlaycut.deliver.entries import SoundFacts
from overlaycut.deliver.h264 import ParameterSet


@dataclass(frozen=True, slots=True)
class Edit:
    """One entry of an edit list."""

    lasts: Fraction
    """Seconds on the movie's timeline; 0 means all that is left."""
    media_time: int | None
    """Where in the track it starts, in the track's ticks; None shows nothing for that long."""


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What is particular to a picture track."""

    width: int
    """Columns as stored, from the sample entry."""
    height: int
    """Rows as stored."""
    rotation: int | None
    """Degrees counter-clockwise that the header asks for: 0, 90, 180, 270; None when it mirrors or skews."""
    pixel_aspect: Fraction | None
    """From `pasp`; None when there is none."""
    colour: Colour | None
    """From `colr`; its range is "unknown" in QuickTime's form, which has none."""
    profile: str | None
    level: Fraction | None
    chroma: str | None
    bits: int | None
    """Of a luma or chroma sample, whichever has more."""
    progressive: bool | None
    parameters: ParameterSet | None
    """From `avcC`; None for other codecs and when the sets travel with the samples."""
    rate: Fraction | None
    """Mean frames per second in display order; None when the frames do not follow one another."""
    constant: bool | None
    """Whether frames are evenly spaced, each to the millisecond; None when there are no tables."""
    sync: tuple[int, ...]
    """Sync samples: 0-based, in decoding order."""
    gops: tuple[int, ...]
    """Frames from each sync sample to the next, and from the last to the end."""
    open_at: tuple[int, ...] | None
    """Sync samples at which no closed GOP starts; None when they could not all be looked into."""


@dataclass(frozen=True, slots=True)
class Mp4Track:
    """One track. Times are exact seconds on the movie's timeline, edit list honoured."""

    id: int
    handler: str
    """"vide", "soun", "tmcd", …"""
    entry: str
    """Type of the sample entry, as "avc1"."""
    codec: str
    """In FFmpeg's words, AAC with its object type: "h264", "aac-lc"; the sample entry where it is not known."""
    descriptions: int
    """Sample entries; with more than one the format changes on the way."""
    timescale: int
    """Ticks per second."""
    duration: Fraction
    """Seconds that the media header claims."""
    edits: tuple[Edit, ...] | None
    """None when there is no edit list."""
    deltas: tuple[tuple[int, int], ...]
    """Ticks between samples in decoding order, as runs (samples, ticks)."""
    samples: int
    sample_bytes: int
    starts: Fraction
    """When its first sample is presented."""
    ends: Fraction
    """When its last sample has been presented."""
    picture: PictureFacts | None
    sound: SoundFacts | None

    @property
    def bitrate(self) -> Fraction | None:
        """Mean bits per second; None when the samples last no time."""
        ticks = sum(count * delta for count, delta in self.deltas)
        return Fraction(self.sample_bytes * 8 * self.timescale, ticks) if ticks else None


@dataclass(frozen=True, slots=True)
class Mp4Facts:
    """An MP4 or MOV file."""

    path: Path
    bytes: int
    container: str
    """"mp4", "mov" or "heif"."""
    brand: str
    """The major brand; empty for a QuickTime file without one."""
    compatible: tuple[str, ...]
    order: tuple[str, ...]
    """Types of the boxes at the top, in their order."""
    fragmented: bool
    """Whether samples are indexed by `moof` boxes, which are not read."""
    tracks: tuple[Mp4Track, ...]
    extras: tuple[str, ...]
    """Metadata at hand: "c2pa", "xmp", or "uuid:" and the user type."""

    @property
    def moov_first(self) -> bool:
        """Whether the tables stand before the first sample."""
        return "mdat" in self.order and self.order.index("moov") < self.order.index("mdat")

    @property
    def pictures(self) -> tuple[Mp4Track, ...]:
        """The picture tracks."""
        return tuple(track for track in self.tracks if track.picture is not None)

    @property
    def sounds(self) -> tuple[Mp4Track, ...]:
        """The sound tracks."""
        return tuple(track for track in self.tracks if track.sound is not None)

    @property
    def duration(self) -> Fraction:
        """Seconds until the last picture or sound ends."""
        return max((track.ends for track in self.pictures + self.sounds), default=Fraction(0))
