"""Candidates in order, best first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from overlaycut.decide.ranking.candidates import Candidate, RankedCandidate, Request, Weights
from overlaycut.decide.ranking.delivery import Wanted, delivery_remarks, wanted_of
from overlaycut.decide.ranking.parameters import RankingParameters
from overlaycut.decide.ranking.remarks import comparisons, remarks_on
from overlaycut.decide.ranking.scores import failings_of, faults_of, score_parts, stuck_level, weighted_score


def ranked(
    candidates: Sequence[Candidate],
    weights: Weights,
    *,
    request: Request = Request(),
    cuts_asked: bool = False,
    parameters: RankingParameters = RankingParameters(),
) -> tuple[RankedCandidate, ...]:
    """The candidates, best first: by faults, by failings, by how much is frozen, by score.

    With `cuts_asked`, hard cuts are no fault: a multi-shot clip was wanted. Scores never rise along the order.
    """
    if not candidates:
        return ()
    wanted = wanted_of(candidates, request, parameters)
    scored = [_scored(one, weights, wanted, cuts_asked, parameters) for one in candidates]
    order = sorted(scored, key=lambda one: (*_tier(one), -one.score))
    lowest, falling = 100.0, []
    for one in order:
        lowest = min(lowest, one.score)
        falling.append(replace(one, score=lowest))
    tied = [replace(one, equals=_equals(one, falling, parameters)) for one in falling]
    compared = ((one, (*one.reasons, *comparisons(one, tied, parameters))) for one in tied)
    return tuple(replace(one, reasons=reasons or ("nothing to remark",)) for one, reasons in compared)


def _tier(one: RankedCandidate) -> tuple[bool, int, int]:
    """What comes before any score."""
    return bool(one.faults), len(one.failings), one.stuck


def _equals(one: RankedCandidate, order: Sequence[RankedCandidate], parameters: RankingParameters) -> tuple[str, ...]:
    near = (other for other in order if other is not one and _tier(other) == _tier(one))
    return tuple(other.clip for other in near if abs(other.score - one.score) < parameters.tie_points)


def _scored(
    one: Candidate, weights: Weights, wanted: Wanted, cuts_asked: bool, parameters: RankingParameters
) -> RankedCandidate:
    parts = score_parts(one, wanted=wanted, cuts_asked=cuts_asked, parameters=parameters)
    score = weighted_score(parts, weights, parameters)
    faults = faults_of(one.quality, cuts_asked=cuts_asked, parameters=parameters)
    failings = failings_of(one, wanted, parameters)
    score *= parameters.failing_factor ** len(failings) * (parameters.fault_factor if faults else 1.0)
    said = (*faults, *failings, *remarks_on(one, parameters), *delivery_remarks(one.quality, wanted, parameters))
    return RankedCandidate(
        clip=one.clip,
        score=score,
        parts=parts,
        reasons=tuple(dict.fromkeys(said)),
        faults=faults,
        failings=failings,
        stuck=stuck_level(one.quality, parameters),
    )
