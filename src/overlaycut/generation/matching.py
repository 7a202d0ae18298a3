"""What of a shot goes into a request, decided by what its model takes: pure functions over the table of models.

Text alone is text-to-video, a first frame is image-to-video, a first and a last frame are interpolated, and several
references are combined. Services take one of these at a time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from overlaycut.core.project import Shot
from overlaycut.errors import UsageError
from overlaycut.generation.still_fit import StillLimits, chosen_ratio, ratio_of
from overlaycut.providers.catalogue import Mode, ModelRow

_SAME_RATIO = 0.02
"""Relative difference up to which two ratios are one: 1104:832 is sold as 4:3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotPictures:
    """The pictures of a shot that are sent, by what they are to the clip."""

    first: Path | None = None
    last: Path | None = None
    references: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def mode(self) -> Mode:
        """The kind of inputs that they are."""
        return "references" if self.references else "frames" if self.last else "image" if self.first else "text"


def pictures_of(shot: Shot) -> ShotPictures:
    """What a shot sends: its first frame, which is its still unless it names another one, its last one, or references.

    With references the still is kept back: it is what the lettering is judged against. Raises UsageError for
    references together with frames, and for a last frame alone.
    """
    if shot.references and (shot.first or shot.last):
        named = "first" if shot.first else "last"
        raise UsageError(f"{named} and references exclude each other", hint="services take frames or references")
    if shot.references:
        notes = ("the still is not sent: references are",) if shot.still else ()
        return ShotPictures(references=shot.references, notes=notes)
    first = shot.first or shot.still
    if shot.last and first is None:
        raise UsageError("last needs a first frame", hint="add still or first")
    return ShotPictures(first=first, last=shot.last)


def matched_mode(name: str, row: ModelRow, mode: Mode, models: Mapping[str, ModelRow]) -> Mode:
    """The mode, once the model has it. Raises UsageError, with models that have it, otherwise."""
    if row.media == "image":
        raise UsageError(f"{name} makes stills, not clips", hint=f"models for clips: {_some(models, mode)}")
    if mode in row.modes:
        return mode
    takes = ", ".join(_SAID[one] for one in row.modes)
    raise UsageError(
        f"{name} takes {takes}; this shot has {_SAID[mode]}", hint=f"models that take it: {_some(models, mode)}"
    )


_SAID: Mapping[Mode, str] = {
    "text": "text alone",
    "image": "a first frame",
    "frames": "a first and a last frame",
    "references": "references",
    "edit": "a picture to edit",
}


def _some(models: Mapping[str, ModelRow], mode: Mode) -> str:
    """A few models that have a mode and are still there."""
    having = [name for name, row in models.items() if row.media == "video" and mode in row.modes and row.ends is None]
    return ", ".join(having[:6]) or "none"


def matched_duration(name: str, row: ModelRow, wanted: int | None) -> tuple[int | None, str | None]:
    """The shortest duration on offer that is at least `wanted`, and what there is to say about it.

    None leaves the choice to the table's default. Raises UsageError where all are shorter.
    """
    if not row.durations:
        return None, None if wanted is None else f"{name} decides on the duration itself; {wanted} s were asked for"
    if wanted is None:
        return row.durations[0], None
    enough = [one for one in sorted(row.durations) if one >= wanted]
    if not enough:
        raise UsageError(f"{name} makes {max(row.durations)} s at most, not {wanted}", hint="ask for less, or split it")
    return enough[0], None if enough[0] == wanted else f"{name} makes {enough[0]} s, {wanted} s are not on offer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The ratio of what is generated."""

    ratio: str | None
    """As the model names it; None where it follows the first frame."""
    frame: Fraction | None
    """Width over height that a first frame has to have; None for any that the model takes."""


def matched_shape(
    name: str, row: ModelRow, *, own: Fraction | None, wanted: Fraction | None, default: Fraction, size: str | None
) -> Shape:
    """The ratio to ask for.

    own: that of the first frame, where there is one. wanted: what a person asked for. default: what is taken where
    there is neither. Raises UsageError when `wanted` is not on offer.
    """
    offered = {one: found for one in row.ratios if (found := ratio_of(one)) is not None}
    if not offered:
        return Shape(ratio=None, frame=wanted if own is not None else None)
    exact = {one: _exact(row, one, size, found) for one, found in offered.items()}
    aim = wanted or own or default
    best = min(offered, key=lambda one: (abs(math.log(exact[one] / aim)), one))
    if wanted is not None and abs(math.log(exact[best] / wanted)) > _SAME_RATIO:
        there = ", ".join(offered)
        raise UsageError(f"{name} has no ratio of {wanted.numerator}:{wanted.denominator}", hint=f"it has {there}")
    return Shape(ratio=best, frame=exact[best] if own is not None else None)


def _exact(row: ModelRow, ratio: str, size: str | None, otherwise: Fraction) -> Fraction:
    frame = row.frame_size(ratio, size)
    return otherwise if frame is None or 0 in frame else Fraction(*frame)


def limits_of(row: ModelRow, frame: Fraction | None) -> StillLimits:
    """What pictures a model takes, with the ratio that a first frame has to have."""
    picture = row.picture
    return StillLimits(
        ratios=() if frame is None else (frame,),
        least_ratio=Fraction(picture.least_ratio).limit_denominator(1000),
        most_ratio=Fraction(picture.most_ratio).limit_denominator(1000),
        least_side_px=picture.least_side,
        most_side_px=picture.most_side,
        divisor=picture.multiple,
        most_bytes=picture.most_bytes,
        jpeg="image/jpeg" in picture.formats,
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """One candidate to be made: which prompt, which model, which of how many."""

    prompt: str
    model: str
    take: int
    """0-based, within its prompt and model."""
    seed: int | None


def cells_of(prompts: Sequence[str], models: Sequence[str], count: int, seeds: Sequence[int]) -> tuple[Cell, ...]:
    """Every prompt by every model, `count` times, or once for each of several seeds.

    With one seed, the candidates after the first have the numbers after it: the same seed would make the same clip.
    """
    if len(seeds) > 1:
        drawn: list[int | None] = list(seeds)
    elif seeds:
        drawn = [(seeds[0] + number) % (1 << 32) for number in range(count)]
    else:
        drawn = [None] * count
    return tuple(
        Cell(prompt, model, take, seed)
        for prompt in dict.fromkeys(prompts)
        for model in dict.fromkeys(models)
        for take, seed in enumerate(drawn)
    )


def still_ratio(row: ModelRow, wanted: Fraction) -> str | None:
    """The ratio of a still that is nearest to `wanted`, as the model names it; None where it has no choice."""
    offered = {found: one for one in row.ratios if (found := ratio_of(one)) is not None}
    return offered[chosen_ratio(wanted, StillLimits(ratios=tuple(offered)))] if offered else None
