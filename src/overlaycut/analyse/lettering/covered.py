"""From when to when something covers lettering, and what: a hand, another thing, or the picture's edge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from overlaycut.analyse.lettering.in_front import InFront
from overlaycut.analyse.tracking import TrackObservation
from overlaycut.core.findings import Covered, CoverKind, CoverSide
from overlaycut.core.geometry import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredParameters:
    """Which frames count as covered; set by benchmarks/lettering.py."""

    least: float = 0.05
    """Share of a line from which on a frame counts."""
    least_by_track: float = 0.25
    """The same where only the track says so, which a light that moves deceives."""
    least_frames: int = 2
    """Frames of a span, at least."""
    bridged_frames: int = 2
    """Frames in between that may be free."""


@dataclass(frozen=True, slots=True)
class Front:
    """What is in front of a line in one frame."""

    share: float
    """Share of the line, 0..1."""
    is_skin: bool
    side: CoverSide | None


def front_of(front: InFront | None) -> Front | None:
    """What of a look is kept; None where the look cannot tell."""
    return None if front is None else Front(front.share, front.is_skin, front.side)


def covered_spans(
    observations: Sequence[TrackObservation],
    fronts: Mapping[int, Front | None],
    times: Sequence[Fraction],
    *,
    parameters: CoveredParameters = CoveredParameters(),
) -> tuple[Covered, ...]:
    """When something is in front of a line, and when it is beyond the picture's edge, in order of time.

    observations: of the frames of its life, in order. fronts: what a look at its colours said, in the frames that were
    looked at. times: when each frame of the clip begins, and when the last one ends.
    """
    shares = {one.index: _in_front(one, fronts.get(one.index), parameters) for one in observations}
    found = []
    for first, last, most in _runs(shares, parameters):
        looks = [look for at in range(first, last) if (look := fronts.get(at)) is not None and look.share > 0]
        weighed = [look for look in looks if look.side is not None]
        skin = sum(look.share for look in weighed if look.is_skin) > 0.5 * sum(look.share for look in weighed)
        side = weighed[0].side if weighed else None
        found.append(_covered(first, last, most, times, by="skin" if weighed and skin else "object", side=side))
    beyond = {one.index: 1 - one.inside for one in observations}
    found += [_covered(*run, times, by="edge", side=None) for run in _runs(beyond, parameters)]
    return tuple(sorted(found, key=lambda one: (one.span.start, one.by)))


def in_words(covered: Sequence[Covered]) -> str:
    """What is in front, as the end of a sentence; empty where nothing is."""
    said = [
        f"something {'in the colours of skin ' if one.by == 'skin' else ''}covers up to {one.most:.0%} of it from "
        f"{float(one.start):.1f} to {float(one.end):.1f} s"
        for one in covered
        if one.by != "edge"
    ]
    return "".join(f"; {words}" for words in said)


def _in_front(seen: TrackObservation, look: Front | None, parameters: CoveredParameters) -> float:
    """Share that something is in front of, 0..1."""
    if look is not None:
        return look.share
    if seen.inside <= 0:
        return 0.0
    # Where nothing was measured, half of what is in view is granted.
    visible = seen.visible if seen.support > 0 else 2 * seen.visible
    share = 1 - min(visible / seen.inside, 1.0)
    return share if share >= parameters.least_by_track else 0.0


def _runs(shares: Mapping[int, float], parameters: CoveredParameters) -> list[tuple[int, int, float]]:
    """First frame, one past the last, and the greatest share, of each time in which frames count."""
    runs: list[tuple[int, int, float]] = []
    for index in sorted(shares):
        share = shares[index]
        if share < parameters.least:
            continue
        if runs and index - runs[-1][1] <= parameters.bridged_frames:
            runs[-1] = (runs[-1][0], index + 1, max(runs[-1][2], share))
        else:
            runs.append((index, index + 1, share))
    return [run for run in runs if run[1] - run[0] >= parameters.least_frames]


def _covered(
    first: int, last: int, most: float, times: Sequence[Fraction], *, by: CoverKind, side: CoverSide | None
) -> Covered:
    span = Span(first, last)
    return Covered(span=span, start=times[first], end=times[last], by=by, side=side, most=round(min(most, 1.0), 4))
