"""Which frames of a clip show somebody, for whoever picks one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from overlaycut.core.cast import BROKEN, Appearance, CastReport, FaceTrack, ThingReport
from overlaycut.core.geometry import Span
from overlaycut.decide import judge_thing
from overlaycut.errors import UsageError

_BRIDGED = Fraction(1)
"""Seconds without a sighting within which a face has turned and not gone, as for tracks (FaceParameters.lost_after)."""


@dataclass(frozen=True, slots=True)
class Showing:
    """The frames in which somebody is to be seen and themselves; all frames where `spans` is None."""

    spans: tuple[Span, ...] | None
    why: str
    """In words, what ends them; empty where nothing does."""

    def among(self, frames: Sequence[int]) -> list[int]:
        """Those of the frames."""
        return [n for n in frames if self.spans is None or any(n in span for span in self.spans)]


def showing_subject(report: CastReport) -> Showing:
    """The frames with the largest face, where it leaves or vanishes; every frame where it stays or only turns away."""
    main = max(report.tracks, key=lambda track: track.prominence, default=None)
    absence = None if main is None else next((one for one in report.absences if one.track == main.id), None)
    if main is None or absence is None or absence.kind == "hidden":
        return Showing(None, "")
    how = {"left": "leaves the picture", "gone": "vanishes", "replaced": "is something else"}[absence.kind]
    words = f"the largest face {how} after {float(absence.since):.2f} s"
    return Showing(_spans([main], None), words)


def showing_character(
    report: CastReport, appearances: Sequence[Appearance], name: str, things: Sequence[str] = ()
) -> Showing:
    """The frames in which a character's face is seen, up to where it is no longer theirs.

    Raises UsageError for a name that nobody has, which lists those that are known, with those of `things`.
    """
    found = next((one for one in appearances if one.character == name), None)
    if found is None:
        known = ", ".join([*(one.character for one in appearances), *things]) or "nobody was found"
        raise UsageError(f"nobody is called {name!r}", hint=f"name them with --cast; known: {known}")
    face = found.face
    if face.verdict == "different":
        return Showing((), f"{name}: {face.reason}")
    until = face.first_bad if face.verdict in BROKEN else None
    tracks = [track for track in report.tracks if track.id in found.tracks]
    return Showing(_spans(tracks, until), f"{name}: {face.reason}" if until is not None or not tracks else "")


def showing_thing(report: ThingReport) -> Showing:
    """The frames in which a thing of the cast is seen, up to where it is no longer itself."""
    found = judge_thing("", report)
    verdict = found.face
    until = verdict.first_bad if verdict.verdict in BROKEN else None
    seen = [one for one in found.spans if one.state in ("there", "turned") and (until is None or one.starts < until)]
    spans = []
    for one in seen:
        inside = [look.index for track in report.tracks for look in track.looks if one.starts <= look.at < one.ends]
        if inside and verdict.verdict != "different":
            spans.append(Span(inside[0], inside[-1] + 1))
    return Showing(tuple(spans), f"{report.name}: {verdict.reason}")


def _spans(tracks: Sequence[FaceTrack], until: Fraction | None) -> tuple[Span, ...]:
    """From the first to the last sighting of stretches without a gap, up to a time."""
    spans = []
    for track in tracks:
        seen = [one for one in track.sightings if until is None or one.at < until]
        starts = [n for n, one in enumerate(seen) if not n or one.at - seen[n - 1].at > _BRIDGED]
        for start, end in zip(starts, [*starts[1:], len(seen)], strict=True):
            spans.append(Span(seen[start].index, seen[end - 1].index + 1))
    return tuple(spans)
