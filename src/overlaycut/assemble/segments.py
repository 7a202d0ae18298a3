"""Where the parts of a programme lie: whole frames, crossfades that overlap, fades through black."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from overlaycut.assemble.programme import Segment
from overlaycut.core.programme_tables import Transition
from overlaycut.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammePart:
    """A shot or a card before it has its place."""

    name: str
    source: Path
    source_in: Fraction
    """Seconds of the source at which it begins."""
    seconds: Fraction
    """Seconds of the source that are played."""
    has_sound: bool
    speed: Fraction = Fraction(1)
    hold: Fraction = Fraction(0)
    """Seconds that its last picture stays."""
    gain: float = 1.0
    transition: Transition = "cut"
    transition_seconds: Fraction = Fraction(1, 2)

    def moving(self, rate: Fraction) -> int:
        """Frames in which it moves."""
        return round(self.seconds / self.speed * rate)


def laid_out(parts: Sequence[ProgrammePart], rate: Fraction, *, fade_out: Fraction = Fraction(0)) -> list[Segment]:
    """The parts as segments of a programme of `rate` frames per second, which fades in its last `fade_out` seconds.

    The first part has nothing to be mixed with.

    Raises UsageError for a part without a frame, and for one that is shorter than the transitions at its ends.
    """
    segments: list[Segment] = []
    for part in parts:
        joins = round(part.transition_seconds * rate) if segments and part.transition == "crossfade" else 0
        moving = part.moving(rate)
        if moving < 1:
            raise UsageError(f"{part.name}: it lasts less than a frame", hint="out later, or a lower speed")
        held = round(part.hold * rate)
        segments.append(
            Segment(
                name=part.name,
                source=part.source,
                frames=moving + held,
                starts=(segments[-1].ends if segments else 0) - joins,
                source_in=part.source_in,
                has_sound=part.has_sound,
                speed=part.speed,
                held=held,
                overlap=joins,
                gain=part.gain,
            )
        )
    _dip(segments, parts, rate)
    last = segments[-1]
    segments[-1] = replace(last, dip_out=round(fade_out * rate))
    for number, segment in enumerate(segments):
        following = segments[number + 1].overlap if number + 1 < len(segments) else 0
        if segment.overlap + segment.dip_in + segment.dip_out + following > segment.frames:
            seconds = f"{float(segment.frames / rate):.2f} s"
            hint = "shorten transition_seconds or fade_out, or let the shot last longer"
            raise UsageError(f"{segment.name}: it lasts {seconds}, less than the transitions at its ends", hint=hint)
    return segments


def _dip(segments: list[Segment], parts: Sequence[ProgrammePart], rate: Fraction) -> None:
    """Give the segments at a fade through black their halves of it; the first one has no other to share it with."""
    for number, part in enumerate(parts):
        if part.transition != "fade":
            continue
        half = max(round(part.transition_seconds * rate / 2), 1)
        segments[number] = replace(segments[number], dip_in=half)
        if number:
            segments[number - 1] = replace(segments[number - 1], dip_out=half)
