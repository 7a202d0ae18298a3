"""A cut as data: clips, tracks and markers in whole frames of one rate, from which every format is written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

TrackKind: TypeAlias = Literal["video", "audio"]

MarkerKind: TypeAlias = Literal["decision", "warning", "gate"]
"""Lettering that was changed or rejected, something that could not be done as usual, a gate that failed."""

MARKER_COLOURS: Mapping[MarkerKind, str] = {"decision": "GREEN", "warning": "YELLOW", "gate": "RED"}
"""OpenTimelineIO's names."""

CLIP_LABELS = ("source", "plate", "matte")
"""What a clip's media can be exchanged for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutMedia:
    """A media file of the folder."""

    path: PurePosixPath
    """Relative to the folder, in characters that need no encoding."""
    frames: int
    """Length in frames of the cut's rate; media of sound is rounded up."""
    width: int = 0
    height: int = 0
    """Both 0 for sound alone."""
    still: bool = False
    """Whether it is a single picture, which lasts as long as it is asked to."""

    @property
    def has_picture(self) -> bool:
        """Whether there is a picture in it."""
        return self.width > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CutMarker:
    """A place on the cut that somebody should look at."""

    frame: int
    """On the cut's clock."""
    kind: MarkerKind
    name: str
    """A few words."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutClip:
    """A stretch of a media file on a track."""

    name: str
    media: CutMedia
    starts: int
    """Frame of the cut on which it begins."""
    frames: int
    source_in: int = 0
    """Frame of the media at which it begins."""
    overlap: int = 0
    """Frames at its start that it shares with the clip before: a crossfade."""
    others: Mapping[str, CutMedia] = field(default_factory=dict)
    """Label → media of the same frames that can take its place."""

    @property
    def ends(self) -> int:
        """The first frame of the cut after it."""
        return self.starts + self.frames

    def trimmed(self, following: CutClip | None) -> CutClip:
        """The clip without overlaps: a crossfade is cut in its middle, the rest of it is handle."""
        head = self.overlap // 2
        tail = 0 if following is None else following.overlap - following.overlap // 2
        return replace(
            self,
            starts=self.starts + head,
            source_in=self.source_in + head,
            frames=self.frames - head - tail,
            overlap=0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CutTrack:
    """Clips one after another."""

    name: str
    kind: TrackKind
    clips: tuple[CutClip, ...]

    @property
    def trimmed(self) -> tuple[CutClip, ...]:
        """The clips one after another, crossfades cut in their middle."""
        return tuple(one.trimmed(after) for one, after in zip(self.clips, (*self.clips[1:], None), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Tracks from the lowest to the highest, all from frame 0. The first one is the shots, without gaps."""

    name: str
    rate: Fraction
    """Frames per second."""
    width: int
    height: int
    frames: int
    tracks: tuple[CutTrack, ...]
    markers: tuple[CutMarker, ...] = ()

    @property
    def shots(self) -> CutTrack:
        """The track that carries the picture."""
        return self.tracks[0]

    def markers_in(self, clip: CutClip) -> tuple[CutMarker, ...]:
        """The markers that lie on a clip of the shots."""
        return tuple(one for one in self.markers if clip.starts <= one.frame < clip.ends)


def seconds_text(seconds: Fraction) -> str:
    """Seconds as FCPXML has them: "1001/24000s", whole ones "5s"."""
    whole = seconds.denominator == 1
    return f"{seconds.numerator}s" if whole else f"{seconds.numerator}/{seconds.denominator}s"


def file_stem(name: str) -> str:
    """A name in characters that every file system, URL and timeline takes as they are."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("-") or "clip"
