"""Candidates in order, best first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from overlaycut.decide.ranking.candidates import Candidate, RankedCandidate, Weights
from overlaycut.decide.ranking.parameters import RankingParameters
from overlaycut.decide.ranking.remarks import comparisons, remarks_on
from overlaycut.decide.ranking.scores import faults_of, score_parts, weighted_score


def ranked(
    candidates: Sequence[Candidate],
    weights: Weights,
    *,
    cuts_asked: bool = False,
    parameters: RankingParameters = RankingParameters(),
) -> tuple[RankedCandidate, ...]:
    """The candidates, best first.

    With `cuts_asked`, hard cuts are no fault: a multi-shot clip was wanted.
    """
    scored = [_scored(one, weights, cuts_asked, parameters) for one in candidates]
    order = sorted(scored, key=lambda one: (bool(one.faults), -one.score))
    compared = ((one, (*one.reasons, *comparisons(one, order, parameters))) for one in order)
    return tuple(replace(one, reasons=reasons or ("nothing to remark",)) for one, reasons in compared)


def _scored(one: Candidate, weights: Weights, cuts_asked: bool, parameters: RankingParameters) -> RankedCandidate:
    parts = score_parts(one, cuts_asked=cuts_asked, parameters=parameters)
    score = weighted_score(parts, weights, parameters)
    faults = faults_of(one.quality, cuts_asked=cuts_asked, parameters=parameters)
    return RankedCandidate(
        clip=one.clip,
        score=score * parameters.fault_factor if faults else score,
        parts=parts,
        reasons=(*faults, *remarks_on(one, parameters)),
        faults=faults,
    )
