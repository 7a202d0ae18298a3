"""Legibility per frame and at its worst, and the reader's noise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from overlaycut.analyse.judge.evidence import Evidence
from overlaycut.analyse.judge.parameters import LegibilityParameters


def legibility_by_frame(evidence: Evidence, *, parameters: LegibilityParameters) -> dict[int, float]:
    """Legibility in the frames that were read, 0..1: reading, NCC and residual as a weighted geometric mean."""
    limits, floor = parameters, parameters.floor
    place = {one.index: n for n, one in enumerate(evidence.observations)}
    result: dict[int, float] = {}
    readings, share = evidence.readings, limits.confidence_share
    usual = float(np.quantile([r.confidence for r in readings], limits.usual_quantile)) if readings else 1.0
    for reading, similarity in zip(readings, evidence.similarities, strict=True):
        at = place[reading.index]
        shape = float(np.clip((evidence.cues.ncc[at] - limits.illegible_ncc) / limits.ncc_range, floor, 1))
        excess = evidence.cues.residual[at] - limits.free_residual
        rigid = float(np.clip(1 - excess / limits.residual_range, floor, 1))
        if not evidence.can_read:
            value = shape**0.5 * rigid**0.5
        else:
            confident = 1 - share + share * min(1.0, reading.confidence / max(usual, 1e-6))
            read = min(1.0, similarity / max(evidence.normal, 1e-6)) * confident
            value = max(read, floor) ** limits.reading_weight * shape**limits.shape_weight * rigid**limits.shape_weight
        result[reading.index] = round(max(value, result.get(reading.index, 0.0)), 4)
    return result


def worst_lasting(legibility: dict[int, float]) -> tuple[float, int | None]:
    """Legibility at its worst moment that lasts over two readings, and the frame of it; 1 when nothing was read."""
    if not legibility:
        return 1.0, None
    frames = sorted(legibility)
    if len(frames) == 1:
        return legibility[frames[0]], frames[0]
    lasting = [max(legibility[a], legibility[b]) for a, b in pairwise(frames)]
    at = int(np.argmin(lasting))
    frame = min(frames[at : at + 2], key=lambda f: legibility[f])
    return lasting[at], frame


def reading_at(evidence: Evidence, frame: int | None) -> str | None:
    """The surest reading of that frame; None when no frame could be read."""
    if not any(r.text for r in evidence.readings):
        return None
    here = [r for r in evidence.readings if r.index == frame]
    return max(here, key=lambda r: r.confidence).text if here else None


def reading_noise(evidence: Evidence, onset: int | None) -> float:
    """Mean share of characters misread before the onset, 0..1; 0 where nothing was read before it."""
    before = [
        similarity
        for r, similarity in zip(evidence.readings, evidence.similarities, strict=True)
        if onset is None or r.index < onset
    ]
    return round(1 - float(np.mean(before)), 4) if before else 0.0
