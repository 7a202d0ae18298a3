"""Metadata of a media file, by where it came from.

What the container's header claims and what decoding finds are kept apart; properties prefer what was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from overlaycut.core.colour import YcbcrMatrix


@dataclass(frozen=True, slots=True)
class Colour:
    """Colour tags of a stream in FFmpeg's names; "unknown" where it has none."""

    matrix: str
    primaries: str
    transfer: str
    range: str
    """"tv" (limited), "pc" (full) or "unknown"."""


@dataclass(frozen=True, slots=True)
class ColourTags:
    """Colour tags as code points of ITU-T H.273, to be written into a file of limited range."""

    primaries: int
    transfer: int
    matrix: int


BT709_TAGS = ColourTags(1, 1, 1)
BT601_TAGS = ColourTags(6, 6, 6)
"""Of 525 lines, which players take for all standard definition that is not tagged."""


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """Metadata of a clip's sound."""

    codec: str
    rate: int
    """Samples per second."""
    channels: int
    starts: Fraction
    """Seconds after the first frame of the picture; negative when the sound starts earlier."""


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """Metadata of an input clip."""

    path: Path
    container: str
    codec: str
    coded_width: int
    coded_height: int
    width: int
    """Columns as shown: after rotation, square pixels, made even."""
    height: int
    """Rows as shown."""
    pix_fmt: str
    bits: int
    colour: Colour
    rotation: int
    """Degrees counter-clockwise that the header asks for: 0, 90, 180 or 270."""
    pixel_aspect: Fraction
    tick: Fraction
    """Seconds of one unit of the stream's clock; every frame's time is a whole number of them."""
    rate_in_header: Fraction | None
    frames_in_header: int | None
    duration_in_header: Fraction | None
    audio: AudioFacts | None
    streams: tuple[str, ...]
    """One word per stream in the file, in order: "video:h264", "audio:aac", "data:bin_data", …"""
    metadata: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    frames_counted: int | None = None
    duration_found: Fraction | None = None
    vfr: bool | None = None
    """Whether frames last unequally; None until the content was read."""
    rate_found: Fraction | None = None
    """Frames per second over the whole clip, from the content."""
    peak_rate: Fraction | None = None
    """Frames per second where they follow one another fastest, single ones left out; from the content."""
    matrix: YcbcrMatrix = "bt709"
    """Matrix of the frames that the clip is decoded to."""

    @property
    def frames(self) -> int | None:
        """Frames, counted when they were, else as claimed."""
        return self.frames_counted if self.frames_counted is not None else self.frames_in_header

    @property
    def duration(self) -> Fraction | None:
        """Seconds from the first frame to the end of the last, found when read, else as claimed."""
        return self.duration_found if self.duration_found is not None else self.duration_in_header

    @property
    def full_rate(self) -> Fraction | None:
        """Frames per second that show every picture: the clip's own, or its peak rate where frames last unequally."""
        return self.peak_rate if self.vfr and self.peak_rate is not None else self.fps

    @property
    def fps(self) -> Fraction | None:
        """Frames per second, found when read, else as claimed."""
        return self.rate_found if self.rate_found is not None else self.rate_in_header
