"""What to do with the candidates of a shot: keep one, repair one, generate again with a change, or switch the model.

Pure functions over what ranking and the plan of each candidate say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from overlaycut.core.next_step import NextStep


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStepParameters:
    """When a candidate is good enough; the figures are those at which `rank` remarks on a part."""

    least_identity: float = 0.5
    """Identity below which a character is somebody else: `decide` halves it for a different face."""
    least_fidelity: float = 0.4
    """Below it a clip does not begin with its still."""
    least_motion: float = 0.15
    """Below it hardly anything moves."""
    least_defects: float = 0.4
    """Below it there are several flashes, jumps or repeats."""
    tries: int = 3
    """Candidates of one model that all failed, from which on another model is advised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCandidate:
    """A candidate with what was measured."""

    path: Path
    model: str
    prompt: str
    score: float
    """0..100."""
    parts: Mapping[str, float | None]
    faults: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    changed: int = 0
    """Regions of lettering that are to be restored, erased or covered."""
    rejected: tuple[str, ...] = ()
    """Lettering that cannot be saved, in words."""
    lettering: int = 0
    """Regions of lettering in all."""
    seconds: float = 0.0
    cost_usd: Decimal | None = None

    @property
    def kept_label(self) -> bool | None:
        """Whether all lettering came through; None where there is none."""
        return None if not self.lettering else not (self.changed or self.rejected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do about a shot."""

    step: NextStep
    best: JudgedCandidate | None
    reason: str
    changes: tuple[str, ...] = ()
    """What to change before generating again, one line each."""


def is_usable(one: JudgedCandidate, parameters: NextStepParameters = NextStepParameters()) -> bool:
    """Whether a candidate can be kept, or repaired."""
    return not one.faults and not one.rejected and not _weaknesses(one, parameters)


def advice(order: Sequence[JudgedCandidate], *, parameters: NextStepParameters = NextStepParameters()) -> Advice:
    """What to do with candidates, best first."""
    if not order:
        return Advice(step="retry", best=None, reason="no candidate was fetched")
    usable = [one for one in order if is_usable(one, parameters)]
    if usable:
        best = usable[0]
        if best.changed:
            regions = f"{best.changed} of {best.lettering} regions of lettering"
            return Advice(step="repair", best=best, reason=f"{regions} can be repaired")
        label = "all lettering came through" if best.lettering else "no lettering to lose"
        return Advice(step="keep", best=best, reason=f"{label}, score {best.score:.1f}")
    best = order[0]
    problems = [*best.faults, *best.rejected, *(said for said, _ in _weaknesses(best, parameters))]
    same = [one for one in order if one.model == best.model]
    changes = tuple(dict.fromkeys(change for one in same for change in _changes(one, parameters)))
    if len(same) >= parameters.tries:
        reason = f"none of {len(same)} candidates of {best.model} can be used: {problems[0]}"
        return Advice(step="switch", best=best, reason=reason, changes=changes)
    return Advice(step="retry", best=best, reason=problems[0], changes=changes)


_Weakness: TypeAlias = tuple[str, str]
"""What is wrong, and what to change."""


def _weaknesses(one: JudgedCandidate, parameters: NextStepParameters) -> list[_Weakness]:
    limits: tuple[tuple[str, float, str, str], ...] = (
        ("identity", parameters.least_identity, "a character becomes somebody else",
         "give references of the character, and less movement of the head"),
        ("fidelity", parameters.least_fidelity, "the clip does not begin with its still",
         "prepare the still for the model's ratio with fit, and describe what it shows"),
        ("motion", parameters.least_motion, "hardly anything moves",
         "name what moves, where to and how fast"),
        ("defects", parameters.least_defects, "flashes, jumps or repeated frames",
         "ask for one continuous shot and a slower pace, or another seed"),
    )  # fmt: skip
    found = []
    for part, least, said, change in limits:
        value = one.parts.get(part)
        if value is not None and value < least:
            found.append((f"{said} ({part} {value:.2f})", change))
    return found


def _changes(one: JudgedCandidate, parameters: NextStepParameters) -> list[str]:
    changes = [change for _, change in _weaknesses(one, parameters)]
    for fault in one.faults:
        if "cut" in fault:
            changes.append('add "single continuous shot" and take out words that ask for a cut')
        elif "frozen" in fault or "single frame" in fault:
            changes.append("name what moves, where to and how fast")
        elif "black" in fault:
            changes.append("another seed")
    if one.rejected:
        changes.append("let the label face the lens: a locked-off camera or a slow straight push in, no turning")
    return changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One prompt by one model: what came of it."""

    model: str
    prompt: str
    candidates: int
    usable: int
    kept_label: int | None
    """Candidates whose lettering came through untouched; None where there is no lettering."""
    best_score: float
    mean_score: float
    cost_usd: Decimal | None
    """None where a price is not known."""
    usd_per_usable: Decimal | None


def compared(
    candidates: Sequence[JudgedCandidate], *, parameters: NextStepParameters = NextStepParameters()
) -> tuple[Comparison, ...]:
    """Every prompt and model with what came of it: those that kept more labels first, then by score, then cheaper."""
    cells: dict[tuple[str, str], list[JudgedCandidate]] = {}
    for one in candidates:
        cells.setdefault((one.model, one.prompt), []).append(one)
    rows = [_comparison(model, prompt, found, parameters) for (model, prompt), found in cells.items()]
    return tuple(sorted(rows, key=_place))


def _comparison(
    model: str, prompt: str, found: Sequence[JudgedCandidate], parameters: NextStepParameters
) -> Comparison:
    labels = [kept for one in found if (kept := one.kept_label) is not None]
    usable = sum(is_usable(one, parameters) for one in found)
    prices = [one.cost_usd for one in found]
    cost = sum((price for price in prices if price is not None), Decimal(0)) if None not in prices else None
    return Comparison(
        model=model,
        prompt=prompt,
        candidates=len(found),
        usable=usable,
        kept_label=sum(labels) if labels else None,
        best_score=max(one.score for one in found),
        mean_score=sum(one.score for one in found) / len(found),
        cost_usd=cost,
        usd_per_usable=cost / usable if cost is not None and usable else None,
    )


def _place(one: Comparison) -> tuple[float, float, float, Decimal]:
    share = 0.0 if one.kept_label is None else one.kept_label / one.candidates
    price = Decimal("Infinity") if one.usd_per_usable is None else one.usd_per_usable
    return -share, -one.usable / one.candidates, -one.mean_score, price
