"""Measured candidates into a ranking: parts of 0..1, a score, and reasons in words.

A part that does not apply is left out and its weight shared among the others. Three faults no score can make up for: a
frozen clip, a black one, and a hard cut where one shot was asked for; such a candidate comes after all others. What no
other part outweighs are failings (another person, a melted label, far too little delivered) and frozen frames.
"""

from overlaycut.decide.ranking.candidates import PARTS, Candidate, RankedCandidate, Request, ScorePart, Weights
from overlaycut.decide.ranking.order import ranked
from overlaycut.decide.ranking.parameters import RankingParameters
from overlaycut.decide.ranking.scores import score_parts

__all__ = [
    "PARTS",
    "Candidate",
    "RankedCandidate",
    "RankingParameters",
    "Request",
    "ScorePart",
    "Weights",
    "ranked",
    "score_parts",
]
