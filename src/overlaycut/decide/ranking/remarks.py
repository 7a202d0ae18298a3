"""What to know of a candidate, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from overlaycut.core.cast import BROKEN
from overlaycut.core.quality import QualityReport
from overlaycut.decide.ranking.candidates import PARTS, Candidate, RankedCandidate
from overlaycut.decide.ranking.parameters import RankingParameters


def remarks_on(one: Candidate, parameters: RankingParameters) -> Iterator[str]:
    """Remarks on one candidate alone."""
    for appearance in one.appearances:
        if appearance.face.verdict in BROKEN:
            yield f"{appearance.character}: {appearance.face.reason}"
        if appearance.clothes.verdict == "drift":
            yield f"{appearance.character} wears {appearance.clothes.reason}"
    for found in one.clones:
        yield f"one person twice from frame {found.index} on"
    if one.legibility is not None and one.legibility < parameters.poor_legibility:
        yield f"lettering legible to {one.legibility:.0%} at its worst"
    if one.quality.fidelity is not None and one.quality.fidelity < parameters.poor_fidelity:
        yield f"its first frame has {one.quality.fidelity:.0%} of the still's structure"
    yield from _defects(one.quality)
    yield from _unsteadiness(one.quality, parameters)


def _defects(quality: QualityReport) -> Iterator[str]:
    """Remarks on single frames."""
    for name, frames in (("a flash", quality.flashes), ("a black frame", quality.black), ("a jump", quality.jumps)):
        if frames:
            yield f"{name} at frame {frames[0]}" + (f" and {len(frames) - 1} more" if len(frames) > 1 else "")
    if quality.repeats:
        share = len(quality.repeats) / quality.frames
        yield f"{share:.0%} of its frames repeat the one before: {quality.cadence or 0:.1f} new ones a second"


def _unsteadiness(quality: QualityReport, parameters: RankingParameters) -> Iterator[str]:
    """Remarks on brightness and sharpness over time."""
    if quality.flicker > parameters.notable_flicker:
        yield f"brightness flickers by {quality.flicker:.1f} levels"
    if quality.exposure_drift > parameters.notable_exposure:
        yield f"exposure wanders by {quality.exposure_drift:.0f} levels"
    if quality.softened < parameters.notable_softening:
        yield f"ends at {quality.softened:.0%} of the sharpness it began with"


def comparisons(one: RankedCandidate, order: Sequence[RankedCandidate], parameters: RankingParameters) -> Iterator[str]:
    """What sets a candidate apart from the others of a ranking, and ties."""
    others = [other for other in order if other is not one and bool(other.faults) == bool(one.faults)]
    for name in PARTS:
        own = one.parts[name]
        theirs = [value for other in others if (value := other.parts[name]) is not None]
        if own is None or not theirs:
            continue
        if own > max(theirs) + parameters.notable:
            yield f"best {name} ({own:.2f}, next {max(theirs):.2f})"
        elif own < min(theirs) - parameters.notable:
            yield f"worst {name} ({own:.2f}, next {min(theirs):.2f})"
    tied = [other.clip for other in others if abs(other.score - one.score) < parameters.tie_points]
    if tied:
        yield f"as good as {', '.join(tied)}: less than {parameters.tie_points:.0f} point apart"
