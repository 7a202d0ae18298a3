"""What the letters of a line say one by one: which became other shapes, from when on, and whether the rest holds.

A reader corrects a melted letter, and the correlation of a whole line hides it. Four questions are asked of the shapes:
whether the line as a whole became another, whether single letters did while their neighbours hold, whether the shapes
wander away from the reference little by little, as lettering does that is redrawn in every frame, and whether all hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.judge.parameters import LetterParameters
from overlaycut.core.geometry import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class LetterMatch:
    """How like its reference each letter of a line is in one frame."""

    index: int
    """Frame number."""
    likeness: FloatArray
    """Correlation with the reference after alignment, (letters,), -1..1."""
    steadiness: FloatArray
    """Correlation with how it looked in the frame that was compared last, (letters,), -1..1; nan in the first one."""
    seen: NDArray[np.bool_]
    """Which of them nothing covers, (letters,)."""
    stretch: float = 1.0
    """Change of the line's proportions that the alignment made, 1 and more; nan where the track may be off."""


@dataclass(frozen=True, slots=True, eq=False)
class Letters:
    """The letters of one line over the frames in which they were compared with their reference."""

    frames: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    """Frame numbers, (n,)."""
    likeness: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    """Correlation with the reference, (n, letters); nan where it could not be told."""
    steadiness: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    """Correlation with how it looked when it was compared last, (n, letters); nan where unknown."""
    stretch: FloatArray = field(default_factory=lambda: np.zeros(0))
    """Change of the line's proportions that the alignment made, (n,); nan where the track may be off."""
    names: tuple[str, ...] = ()
    """What each letter should be, as far as that is known."""
    height_px: float = 0.0
    """Height of the line in clip pixels where it was compared, in the median."""
    fused: bool = False
    """Whether several frames were fused for each comparison, which takes the codec's noise away."""

    @classmethod
    def of(
        cls,
        matches: Sequence[LetterMatch],
        names: Sequence[str],
        height_px: float,
        parameters: LetterParameters,
        *,
        fused: bool = False,
    ) -> Letters:
        """The comparisons in which enough of the letters could be told."""
        told = [one for one in matches if one.seen.mean() >= parameters.least_seen]
        if not told:
            return cls()
        return cls(
            np.array([one.index for one in told]),
            np.array([np.where(one.seen, one.likeness, np.nan) for one in told]),
            np.array([np.where(one.seen, one.steadiness, np.nan) for one in told]),
            np.array([one.stretch for one in told]),
            tuple(names),
            height_px,
            fused,
        )

    def since(self, frame: int) -> Letters:
        """Those from `frame` on."""
        later = self.frames >= frame
        return replace(
            self,
            frames=self.frames[later],
            likeness=self.likeness[later],
            steadiness=self.steadiness[later],
            stretch=self.stretch[later],
        )


@dataclass(frozen=True, slots=True)
class LetterChange:
    """Letters that became other shapes."""

    first: int
    """The first frame in which they were compared and were others."""
    last_alike: int
    """The last frame before in which they were compared and were themselves."""
    which: tuple[int, ...]
    """Their numbers; all of them where the line as a whole changed."""
    likeness: float
    """Their median correlation with the reference from then on."""
    wandering: bool = False
    """Whether they went little by little."""
    stretch: float = 1.0
    """Change of the line's proportions, where it is that by which it became another."""


def hold(letters: Letters, parameters: LetterParameters) -> bool:
    """Whether the letters kept their shapes wherever they could be told, and could be told often enough."""
    if len(letters.frames) < parameters.least_comparisons or _stretched(letters, parameters) is not None:
        return False
    return bool(np.nanquantile(np.nanmin(letters.likeness, axis=1), 0.25) >= parameters.holds)


def changed_letters(letters: Letters, parameters: LetterParameters) -> LetterChange | None:
    """The letters that became other shapes for good; None while they hold, or where it cannot be told."""
    if len(letters.frames) < parameters.least_comparisons:
        return None
    tests = (_whole_line, _single, _stretched, _wandering)
    return next((change for test in tests if (change := test(letters, parameters)) is not None), None)


def _whole_line(letters: Letters, parameters: LetterParameters) -> LetterChange | None:
    line = np.nanmean(letters.likeness, axis=1)
    start = _lasting(line < parameters.other_line, parameters)
    if start is None:
        return None
    everything = tuple(range(letters.likeness.shape[1]))
    return _change(letters, start, line >= parameters.was, everything, line[start:])


def _single(letters: Letters, parameters: LetterParameters) -> LetterChange | None:
    """Letters that leave the reference while the letters beside them stay."""
    starts: dict[int, int] = {}
    for number in range(letters.likeness.shape[1]):
        bad, told = _apart(letters, number, parameters)
        start = _lasting(bad[told], parameters)
        if start is not None:
            starts[number] = int(np.flatnonzero(told)[start])
    if not starts:
        return None
    start, which = min(starts.values()), tuple(sorted(starts))
    own = np.fmin.reduce(letters.likeness[:, which], axis=1)
    return _change(letters, start, own >= parameters.was, which, own[start:])


def _stretched(letters: Letters, parameters: LetterParameters) -> LetterChange | None:
    """A line in other proportions than its surface, which is followed: another typeface in the same place."""
    told = np.flatnonzero(~np.isnan(letters.stretch))
    if len(told) < parameters.least_comparisons or len(told) < parameters.told_share * len(letters.frames):
        return None
    stretch = letters.stretch[told]
    start = _lasting(stretch >= parameters.stretched, parameters)
    if start is None or not (stretch[:start] <= parameters.unstretched).any():
        return None
    alike = np.zeros(len(letters.frames), dtype=np.bool_)
    alike[told] = stretch <= parameters.unstretched
    everything, first = tuple(range(letters.likeness.shape[1])), int(told[start])
    later = _means(letters.likeness[first:])
    change = _change(letters, first, alike, everything, later)
    return None if change is None else replace(change, stretch=float(np.median(stretch[start:])))


def _apart(letters: Letters, number: int, parameters: LetterParameters) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where a letter is less alike than the others by more than they differ among each other, and where it is told."""
    drop = np.nanmax(letters.likeness[:2], axis=0, initial=-1.0) - letters.likeness
    own, rest = drop[:, number], np.delete(drop, number, axis=1)
    told = ~np.isnan(own) & ((~np.isnan(rest)).sum(axis=1) >= parameters.least_beside)
    bad = np.zeros(len(own), dtype=np.bool_)
    if not told.any():
        return bad, told
    usual = np.nanmedian(rest[told], axis=1)
    # 1.4826 times the median absolute deviation is the standard deviation of a normal distribution.
    spread = 1.4826 * np.nanmedian(np.abs(rest[told] - usual[:, None]), axis=1)
    gap = own[told] - usual
    at_end = number in (0, letters.likeness.shape[1] - 1)
    least = parameters.apart_at_end if at_end else parameters.apart
    clear = gap >= np.maximum(least, parameters.apart_spreads * np.maximum(spread, parameters.least_spread))
    beside = np.nanmedian(np.delete(letters.likeness, number, axis=1)[told], axis=1) >= parameters.beside
    bad[told] = clear & beside & (letters.likeness[told, number] <= parameters.other_letter)
    return bad, told


def _wandering(letters: Letters, parameters: LetterParameters) -> LetterChange | None:
    """Shapes that leave the reference by steps that are all small: no light, no blur and no hand does that."""
    likeness, count = letters.likeness, len(letters.frames)
    if count < parameters.least_wandering or letters.height_px < parameters.wandering_height_px:
        return None
    late = max(count // 3, parameters.least_comparisons)
    told = np.flatnonzero((~np.isnan(likeness[:2])).any(axis=0) & (~np.isnan(likeness[-late:])).any(axis=0))
    if not len(told):
        return None
    likeness = likeness[:, told]
    before, after = np.nanmax(likeness[:2], axis=0), np.nanmedian(likeness[-late:], axis=0)
    steps = np.fmin.reduce(letters.steadiness[1:, told], axis=0)
    gone = (before >= parameters.itself) & (after <= parameters.wandered) & (steps - after >= parameters.step)
    if gone.mean() < parameters.wandering_share or np.nanmean(after) > parameters.wandered:
        return None
    which = tuple(int(n) for n in np.flatnonzero(gone))
    own = _means(likeness[:, which])
    alike = own >= float(np.nanmean(before[list(which)])) - parameters.begun
    if not alike.any():
        return None
    start = min(int(np.flatnonzero(alike)[-1]) + 1, count - 1)
    numbers = tuple(int(told[n]) for n in which)
    return _change(letters, start, alike, numbers, own[-late:], wandering=True)


def _means(likeness: FloatArray) -> FloatArray:
    """Mean over the letters that could be told, (n,); nan where none could."""
    told = ~np.isnan(likeness)
    total = np.where(told, likeness, 0.0).sum(axis=1)
    return np.asarray(np.where(told.any(axis=1), total / np.maximum(told.sum(axis=1), 1), np.nan), dtype=np.float64)


def _change(
    letters: Letters,
    start: int,
    alike: NDArray[np.bool_],
    which: tuple[int, ...],
    later: FloatArray,
    *,
    wandering: bool = False,
) -> LetterChange | None:
    """The change; None for letters that were never themselves: then it may be the place that is wrong."""
    good = np.flatnonzero(alike[:start])
    if not len(good):
        return None
    last = int(letters.frames[good[-1]])
    return LetterChange(int(letters.frames[start]), last, which, float(np.nanmedian(later)), wandering)


def _lasting(bad: NDArray[np.bool_], parameters: LetterParameters) -> int | None:
    """The first bad comparison after which most are, to the end; None when too few follow."""
    for start in np.flatnonzero(bad):
        rest = bad[start:]
        if len(rest) < parameters.least_comparisons:
            return None
        if rest.mean() >= parameters.lasting_share and rest[-2:].any():
            return int(start)
    return None
