"""Measured candidates into a ranking: parts of 0 to 1, a score, and reasons in words.

A part that does not apply is left out and its weight shared among the others. Three faults no score can make up for:
a frozen clip, a black one, and a hard cut where one shot was asked for; such a candidate comes after all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Literal, TypeAlias, get_args

from pydantic import Field

from overlaycut.core.cast import Appearance, Clones
from overlaycut.core.documents import Document
from overlaycut.core.quality import QualityReport

ScorePart: TypeAlias = Literal[
    "legibility", "identity", "fidelity", "flicker", "exposure", "motion", "sharpness", "defects"
]
"""What a candidate is scored on."""

PARTS: tuple[ScorePart, ...] = get_args(ScorePart)


class Weights(Document):
    """How much each part counts. They need not add up to anything."""

    legibility: float = Field(default=3.0, ge=0)
    identity: float = Field(default=3.0, ge=0)
    fidelity: float = Field(default=2.0, ge=0)
    flicker: float = Field(default=1.0, ge=0)
    exposure: float = Field(default=1.0, ge=0)
    motion: float = Field(default=1.5, ge=0)
    sharpness: float = Field(default=2.0, ge=0)
    defects: float = Field(default=2.0, ge=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is known of one clip when it is ranked."""

    clip: str
    quality: QualityReport
    legibility: float | None
    """0..1; None where there is no lettering."""
    appearances: tuple[Appearance, ...] = ()
    clones: tuple[Clones, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One candidate in its place."""

    clip: str
    score: float
    """0..100."""
    parts: Mapping[ScorePart, float | None]
    reasons: tuple[str, ...]
    faults: tuple[str, ...]
    """Why it can never be first while another candidate is without."""


_FROZEN, _BLACK = 0.9, 0.3
"""Parts of the time without movement, and in the dark, from which on a clip is frozen, and black."""
_FLICKER, _EXPOSURE = 2.0, 40.0
"""Levels at which these parts fall to 1/e: people see flicker of 1 to 2 levels on flat areas."""
_LIVELY, _CALM = 0.01, 0.001
"""Diagonals in a second that are movement enough, as a talking head has it, and too little."""
_RESTS = 0.5
"""Part of the time that may pass without movement: who speaks pauses."""
_SMOOTH = 0.6
"""Jerk up to which movement is smooth; what people film reaches it."""
_CRISP = 0.35
"""Sharpness that is given half of what there is: stills reach 0.6, soft clips 0.25."""
_COSTS = {"flash": 0.5, "black frame": 0.5, "hard cut": 1.5, "jump": 0.35}
"""What one of each costs, in the exponent, for a clip of any length: viewers notice one."""
_REPEATED = 2.5
"""The same for a clip all of repeated frames; in proportion for fewer."""
_FLOOR = 0.01
"""What a part is worth at least, so that the rest still counts."""
_TIE = 1.0
"""Points by which two candidates have to differ to be told apart."""
_NOTABLE = 0.08
_DIMMED = 0.1
"""What a fault leaves of the score."""


def ranked(candidates: Sequence[Candidate], weights: Weights, *, cuts_asked: bool = False) -> tuple[Ranked, ...]:
    """The candidates, best first.

    With `cuts_asked`, hard cuts are no fault: a multi-shot clip was wanted.
    """
    scored = [_scored(one, weights, cuts_asked=cuts_asked) for one in candidates]
    order = sorted(scored, key=lambda one: (bool(one.faults), -one.score))
    return tuple(_told(one, order) for one in order)


def _scored(one: Candidate, weights: Weights, *, cuts_asked: bool) -> Ranked:
    parts = parts_of(one, cuts_asked=cuts_asked)
    known = [(getattr(weights, name), value) for name, value in parts.items() if value is not None]
    total = sum(weight for weight, _ in known)
    # The geometric mean: one part that fails is not made up for by seven that do not.
    score = 100 * exp(sum(weight * log(max(value, _FLOOR)) for weight, value in known) / total) if total else 0.0
    faults = _faults(one.quality, cuts_asked=cuts_asked)
    return Ranked(
        clip=one.clip,
        score=score * _DIMMED if faults else score,
        parts=parts,
        reasons=(*faults, *_remarks(one, cuts_asked=cuts_asked)),
        faults=faults,
    )


def parts_of(one: Candidate, *, cuts_asked: bool = False) -> dict[ScorePart, float | None]:
    """Every part of a candidate, 0..1, None where it does not apply."""
    quality = one.quality
    fidelity = None
    if quality.fidelity is not None:
        fidelity = 0.5 * quality.fidelity + 0.5 * (quality.palette or 0.0)
    return {
        "legibility": one.legibility,
        "identity": _identity(one),
        "fidelity": fidelity,
        "flicker": exp(-quality.flicker / _FLICKER),
        "exposure": exp(-quality.exposure_drift / _EXPOSURE),
        "motion": _motion(quality),
        "sharpness": None if quality.sharpness is None else _sharpness(quality),
        "defects": exp(-_harm(quality, cuts_asked=cuts_asked)),
    }


def _identity(one: Candidate) -> float | None:
    """How much the characters are themselves: half by their mean, half by their worst moments."""
    faces = [a.face for a in one.appearances if a.face.mean is not None and a.face.p05 is not None]
    if not faces:
        return None
    values = [((face.mean or 0) + (face.p05 or 0)) / 2 * (0.5 if face.verdict == "different" else 1) for face in faces]
    return sum(values) / len(values) * (0.5 if one.clones else 1.0)


def _motion(quality: QualityReport) -> float:
    """Enough of it, all the time, and smooth."""
    enough = log(max(quality.motion, 1e-9) / _CALM) / log(_LIVELY / _CALM)
    smooth = 1 / (1 + (max(quality.jerk - _SMOOTH / 2, 0) / _SMOOTH) ** 2)
    alive = min((1 - quality.still_share) / (1 - _RESTS), 1.0)
    return min(max(enough, 0.0), 1.0) * alive * smooth


def _sharpness(quality: QualityReport) -> float:
    sharp = quality.sharpness or 0.0
    return sharp**2 / (sharp**2 + _CRISP**2) * min(1.0, quality.softened)


def _harm(quality: QualityReport, *, cuts_asked: bool) -> float:
    counts = {
        "flash": len(quality.flashes),
        "black frame": min(len(quality.black), 4),
        "hard cut": 0 if cuts_asked else len(quality.cuts),
        "jump": len(quality.jumps),
    }
    return (
        sum(_COSTS[name] * count for name, count in counts.items()) + _REPEATED * len(quality.repeats) / quality.frames
    )


def _faults(quality: QualityReport, *, cuts_asked: bool) -> tuple[str, ...]:
    faults = []
    dark = len(quality.black) / quality.frames
    if dark >= _BLACK:
        faults.append(f"black for {dark:.0%} of its time")
    if quality.frames == 1:
        faults.append("a single frame")
    elif quality.still_share >= _FROZEN:
        faults.append(f"frozen: nothing moves for {quality.still_share:.0%} of its time")
    if quality.cuts and not cuts_asked:
        faults.append(f"a hard cut at frame {quality.cuts[0]} where one shot was asked for")
    return tuple(faults)


def _remarks(one: Candidate, *, cuts_asked: bool) -> list[str]:
    quality, said = one.quality, []
    for appearance in one.appearances:
        if appearance.face.verdict in ("drift", "different"):
            said.append(f"{appearance.character}: {appearance.face.reason}")
        if appearance.clothes.verdict == "drift":
            said.append(f"{appearance.character} wears {appearance.clothes.reason}")
    said += [f"one person twice from frame {found.index} on" for found in one.clones]
    if one.legibility is not None and one.legibility < 0.9:
        said.append(f"lettering legible to {one.legibility:.0%} at its worst")
    if quality.fidelity is not None and quality.fidelity < 0.6:
        said.append(f"its first frame has {quality.fidelity:.0%} of the still's structure")
    for name, frames in (("a flash", quality.flashes), ("a black frame", quality.black), ("a jump", quality.jumps)):
        if frames:
            said.append(f"{name} at frame {frames[0]}" + (f" and {len(frames) - 1} more" if len(frames) > 1 else ""))
    if quality.repeats:
        share = len(quality.repeats) / quality.frames
        said.append(f"{share:.0%} of its frames repeat the one before: {quality.cadence or 0:.1f} new ones a second")
    if quality.flicker > 1:
        said.append(f"brightness flickers by {quality.flicker:.1f} levels")
    if quality.exposure_drift > 25:
        said.append(f"exposure wanders by {quality.exposure_drift:.0f} levels")
    if quality.softened < 0.85:
        said.append(f"ends at {quality.softened:.0%} of the sharpness it began with")
    return said


def _told(one: Ranked, order: Sequence[Ranked]) -> Ranked:
    """The candidate with what sets it apart from the others, and with ties said."""
    others = [other for other in order if other is not one and bool(other.faults) == bool(one.faults)]
    said = list(one.reasons)
    for name in PARTS:
        mine = one.parts[name]
        theirs = [value for other in others if (value := other.parts[name]) is not None]
        if mine is None or not theirs:
            continue
        if mine > max(theirs) + _NOTABLE:
            said.append(f"best {name} ({mine:.2f}, next {max(theirs):.2f})")
        elif mine < min(theirs) - _NOTABLE:
            said.append(f"worst {name} ({mine:.2f}, next {min(theirs):.2f})")
    tied = [other.clip for other in others if abs(other.score - one.score) < _TIE]
    if tied:
        said.append(f"as good as {', '.join(tied)}: less than {_TIE:.0f} point apart")
    return Ranked(
        clip=one.clip,
        score=one.score,
        parts=one.parts,
        reasons=tuple(said) or ("nothing to remark",),
        faults=one.faults,
    )
