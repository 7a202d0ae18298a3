"""Measures of a candidate into parts of 0..1 and one score."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, exp, log

from overlaycut.core.cast import BROKEN
from overlaycut.core.quality import QualityReport
from overlaycut.decide.ranking.candidates import Candidate, ScorePart, Weights
from overlaycut.decide.ranking.delivery import Wanted, delivery_failings, delivery_score
from overlaycut.decide.ranking.parameters import RankingParameters


def score_parts(
    one: Candidate,
    *,
    wanted: Wanted | None = None,
    cuts_asked: bool = False,
    parameters: RankingParameters = RankingParameters(),
) -> dict[ScorePart, float | None]:
    """Every part of a candidate, 0..1, None where it does not apply. wanted: None for what the candidate itself has."""
    quality = one.quality
    fidelity = None
    if quality.fidelity is not None:
        fidelity = 0.5 * quality.fidelity + 0.5 * (quality.palette or 0.0)
    return {
        "legibility": one.legibility,
        "identity": _identity(one),
        "fidelity": fidelity,
        "delivery": 1.0 if wanted is None else delivery_score(quality, wanted),
        "flicker": exp(-quality.flicker / parameters.flicker_levels),
        "exposure": exp(-quality.exposure_drift / parameters.exposure_levels),
        "motion": _motion(quality, parameters),
        "sharpness": None if quality.sharpness is None else _sharpness(quality.sharpness, quality.softened, parameters),
        "defects": exp(-_defect_cost(quality, cuts_asked, parameters)),
    }


def weighted_score(parts: Mapping[ScorePart, float | None], weights: Weights, parameters: RankingParameters) -> float:
    """The weighted geometric mean of the parts that apply, 0..100: one that fails is not made up for by the others."""
    known = [(getattr(weights, name), value) for name, value in parts.items() if value is not None]
    total = sum(weight for weight, _ in known)
    if not total:
        return 0.0
    return 100 * exp(sum(weight * log(max(value, parameters.least_part)) for weight, value in known) / total)


def faults_of(quality: QualityReport, *, cuts_asked: bool, parameters: RankingParameters) -> tuple[str, ...]:
    """What no score can make up for, in words."""
    faults = []
    dark = len(quality.black) / quality.frames
    if dark >= parameters.black_share:
        faults.append(f"black for {dark:.0%} of its time")
    if quality.frames == 1:
        faults.append("a single frame")
    elif quality.still_share >= parameters.frozen_share:
        faults.append(f"frozen: nothing moves for {quality.still_share:.0%} of its time")
    if quality.cuts and not cuts_asked:
        faults.append(f"a hard cut at frame {quality.cuts[0]} where one shot was asked for")
    return tuple(faults)


def failings_of(one: Candidate, wanted: Wanted, parameters: RankingParameters) -> tuple[str, ...]:
    """What no other part outweighs, in words: another person or thing, a melted label, far too little delivered."""
    failings = []
    for appearance in one.appearances:
        face = appearance.face
        certain = face.confidence is None or face.confidence >= parameters.sure_enough
        if face.verdict in BROKEN and certain:
            failings.append(f"{appearance.character}: {face.reason}")
    if failings:
        failings = ["; ".join(failings)]
    if one.melted:
        failings.append(f"melted: {', '.join(one.melted)}")
    elif one.legibility is not None and one.legibility < parameters.melted_legibility:
        failings.append(f"lettering legible to {one.legibility:.0%} at its worst")
    return (*failings, *delivery_failings(one.quality, wanted, parameters))


def stuck_level(quality: QualityReport, parameters: RankingParameters) -> int:
    """How much of a clip is frozen or repeated, in steps; 0 for next to nothing."""
    return ceil(max(quality.stuck_share - parameters.stuck_free, 0.0) / parameters.stuck_step)


def _identity(one: Candidate) -> float | None:
    """How much the characters are themselves: half by their mean, half by their worst moments."""
    faces = [a.face for a in one.appearances if a.face.mean is not None and a.face.p05 is not None]
    if not faces:
        return None
    values = [
        ((face.mean or 0) + (face.p05 or 0)) / 2 * (0.5 if face.verdict in ("different", "replaced", "gone") else 1)
        for face in faces
    ]
    return sum(values) / len(values) * (0.5 if one.clones else 1.0)


def _motion(quality: QualityReport, limits: RankingParameters) -> float:
    """Enough of it, all the time, and smooth."""
    enough = log(max(quality.motion, 1e-9) / limits.calm) / log(limits.lively / limits.calm)
    smooth = 1 / (1 + (max(quality.jerk - limits.smooth_jerk / 2, 0) / limits.smooth_jerk) ** 2)
    alive = min((1 - quality.still_share) / (1 - limits.rest_share), 1.0)
    return min(max(enough, 0.0), 1.0) * alive * smooth


def _sharpness(sharpness: float, softened: float, limits: RankingParameters) -> float:
    return sharpness**2 / (sharpness**2 + limits.half_sharpness**2) * min(1.0, softened)


def _defect_cost(quality: QualityReport, cuts_asked: bool, limits: RankingParameters) -> float:
    cuts = 0 if cuts_asked else len(quality.cuts)
    single = (
        limits.flash_cost * len(quality.flashes)
        + limits.black_frame_cost * min(len(quality.black), limits.most_black_frames)
        + limits.cut_cost * cuts
        + limits.jump_cost * len(quality.jumps)
    )
    return single + limits.repeat_cost * quality.stuck_share
