"""What was delivered against what was asked for: lines, pictures in a second, seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from overlaycut.core.quality import QualityReport
from overlaycut.decide.ranking.candidates import Candidate, Request
from overlaycut.decide.ranking.parameters import RankingParameters


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a candidate should have."""

    lines: float
    rate: float
    seconds: float | None
    asked: bool
    """Whether somebody said so, or the best candidate does."""


def wanted_of(candidates: Sequence[Candidate], request: Request, parameters: RankingParameters) -> Wanted:
    """What was asked for, else what the best of the candidates has."""
    qualities = [one.quality for one in candidates]
    best_rate = min(max(rate_of(one) for one in qualities), parameters.usual_rate)
    return Wanted(
        lines=request.lines or max(lines_of(one) for one in qualities),
        rate=request.rate or best_rate,
        seconds=request.seconds,
        asked=request != Request(),
    )


def lines_of(quality: QualityReport) -> float:
    """Pixels of the shorter side that carry detail."""
    return min(quality.width, quality.height) / quality.enlarged


def rate_of(quality: QualityReport) -> float:
    """New pictures in a second; of a clip that does not move, pictures."""
    return quality.cadence if quality.cadence is not None else quality.frames / max(quality.seconds, 1e-6)


def delivery_score(quality: QualityReport, wanted: Wanted) -> float:
    """How much of what was asked for was delivered, 0..1."""
    lines, rate, seconds = _shares(quality, wanted)
    return float(lines**0.5 * rate * seconds)


def delivery_failings(quality: QualityReport, wanted: Wanted, parameters: RankingParameters) -> Iterator[str]:
    """What is far too little, in words."""
    lines, rate, seconds = _shares(quality, wanted)
    if lines < parameters.too_little:
        yield _lines_in_words(quality, wanted)
    if rate < parameters.too_little:
        yield _rate_in_words(quality, wanted)
    if seconds < parameters.too_short:
        yield _seconds_in_words(quality, wanted)


def delivery_remarks(quality: QualityReport, wanted: Wanted, parameters: RankingParameters) -> Iterator[str]:
    """What is short of it, but not far too little, in words."""
    lines, rate, seconds = _shares(quality, wanted)
    if parameters.too_little <= lines < parameters.delivered_short:
        yield _lines_in_words(quality, wanted)
    elif quality.enlarged > 1 and lines >= parameters.delivered_short:
        yield f"its pictures were enlarged about {quality.enlarged:g} times"
    if parameters.too_little <= rate < parameters.delivered_short:
        yield _rate_in_words(quality, wanted)
    if parameters.too_short <= seconds < parameters.delivered_short:
        yield _seconds_in_words(quality, wanted)


def _shares(quality: QualityReport, wanted: Wanted) -> tuple[float, float, float]:
    lines = 1.0 if wanted.lines <= 0 else lines_of(quality) / wanted.lines
    seconds = 1.0 if wanted.seconds is None else quality.seconds / wanted.seconds
    return min(lines, 1.0), min(rate_of(quality) / max(wanted.rate, 1e-6), 1.0), min(seconds, 1.0)


def _lines_in_words(quality: QualityReport, wanted: Wanted) -> str:
    size = f"{quality.width}x{quality.height}"
    soft = f", enlarged about {quality.enlarged:g} times" if quality.enlarged > 1 else ""
    return f"only {size}{soft}, where {wanted.lines:.0f} lines {_source(wanted)}"


def _rate_in_words(quality: QualityReport, wanted: Wanted) -> str:
    return f"only {rate_of(quality):.1f} new pictures a second, where {wanted.rate:.0f} {_source(wanted)}"


def _seconds_in_words(quality: QualityReport, wanted: Wanted) -> str:
    return f"lasts {quality.seconds:.1f} of the {wanted.seconds or 0:.1f} s that were asked for"


def _source(wanted: Wanted) -> str:
    return "were asked for" if wanted.asked else "can be had"
