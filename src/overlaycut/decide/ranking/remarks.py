"""What to know of a candidate, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from overlaycut.core.cast import BROKEN
from overlaycut.core.quality import QualityReport
from overlaycut.decide.ranking.candidates import PARTS, Candidate, RankedCandidate, ScorePart
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
    if quality.repeats or quality.frozen:
        new = "" if quality.cadence is None else f": {quality.cadence:.1f} new ones a second"
        yield f"{quality.stuck_share:.0%} of its frames repeat the one before{new}"


def _unsteadiness(quality: QualityReport, parameters: RankingParameters) -> Iterator[str]:
    """Remarks on brightness and sharpness over time."""
    if quality.flicker > parameters.notable_flicker:
        yield f"brightness flickers by {quality.flicker:.1f} levels"
    if quality.exposure_drift > parameters.notable_exposure:
        yield f"exposure wanders by {quality.exposure_drift:.0f} levels"
    if quality.softened < parameters.notable_softening:
        yield f"ends at {quality.softened:.0%} of the sharpness it began with"


_BEST: Mapping[ScorePart, str] = {
    "legibility": "its lettering came through best",
    "identity": "its cast is most like itself",
    "fidelity": "it begins most like the still",
    "delivery": "it delivers most of what was asked for",
    "flicker": "its light is the steadiest",
    "exposure": "its exposure is the most even",
    "motion": "it moves best: enough, all the time, smoothly",
    "sharpness": "it is the sharpest",
    "defects": "it has the fewest defects",
}
_WORST: Mapping[ScorePart, str] = {
    "legibility": "its lettering came through worst",
    "identity": "its cast is least like itself",
    "fidelity": "it begins least like the still",
    "delivery": "it delivers least of what was asked for",
    "flicker": "its light flickers most",
    "exposure": "its exposure wanders most",
    "motion": "it moves worst: too little, not all the time, or in jerks",
    "sharpness": "it is the softest",
    "defects": "it has the most defects",
}


def comparisons(one: RankedCandidate, order: Sequence[RankedCandidate], parameters: RankingParameters) -> Iterator[str]:
    """What sets a candidate apart from the others of a ranking, and ties."""
    others = [other for other in order if other is not one and bool(other.faults) == bool(one.faults)]
    for name in PARTS:
        own = one.parts[name]
        theirs = [value for other in others if (value := other.parts[name]) is not None]
        if own is None or not theirs:
            continue
        if own > max(theirs) + parameters.notable:
            yield f"{_BEST[name]} ({own:.2f}, next {max(theirs):.2f})"
        elif own < min(theirs) - parameters.notable:
            yield f"{_WORST[name]} ({own:.2f}, next {min(theirs):.2f})"
    if one.equals:
        yield f"a tie with {', '.join(one.equals)}: less than {parameters.tie_points:.0f} point apart"
