"""What the text says when it is laid flat from a surface that bends, where a planar track explains it badly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from overlaycut.analyse.judge.evidence import TextObservation
from overlaycut.analyse.judge.parameters import BentParameters
from overlaycut.vision.statistics import median_filtered


def intact_until(observations: Sequence[TextObservation], at: int, parameters: BentParameters) -> int:
    """The number of the first observation, from `at` on, in which the text, laid flat, may have begun to change."""
    numbers = [n for n in range(at, len(observations)) if observations[n].bent is not None]
    untouched = np.array([_is_untouched(observations[n], parameters) for n in numbers], dtype=np.float64)
    share = np.cumsum(untouched) / np.arange(1, len(untouched) + 1)
    last = np.flatnonzero((untouched > 0) & (share >= parameters.intact_share))
    return numbers[last[-1]] + 1 if len(last) >= parameters.least_frames else at


def holds_laid_flat(observations: Sequence[TextObservation], at: int, parameters: BentParameters) -> bool:
    """Whether the text is intact from observation number `at` on: what bends is no melting.

    Most frames in which it should be in view must show it, flat or laid flat, and hardly any as another: strokes that
    melt pass through other shapes, and so do those that are redrawn.
    """
    seen = [one for one in observations[at:] if one.visible >= parameters.least_visible]
    intact = [_is_intact(one, parameters) for one in seen if one.bent is not None]
    if len(intact) < parameters.least_frames or len(intact) < parameters.bent_share * len(seen):
        return False
    return float(np.mean(intact)) >= parameters.intact_share


def is_elsewhere(observations: Sequence[TextObservation], at: int, parameters: BentParameters) -> bool:
    """Whether the text, from observation number `at` on, lies elsewhere than its planar track says."""
    apart = [one.bent.apart for one in observations[at:] if one.bent is not None]
    return len(apart) >= parameters.least_frames and float(np.median(apart)) >= parameters.apart


def changed_laid_flat(observations: Sequence[TextObservation], parameters: BentParameters) -> int | None:
    """The number of the observation from which on the text has become another though it is laid flat; None for none.

    It must have been intact on the surface that bends before, and be found in most frames from then on.
    """
    numbers = np.flatnonzero([one.bent is not None for one in observations])
    small = float(np.median([one.height for one in observations])) < parameters.least_height_px
    if small or len(numbers) < 2 * parameters.least_frames:
        return None
    series = np.array([one.bent.whole for one in observations if one.bent is not None])
    whole = median_filtered(series, parameters.smoothing_frames)
    other = whole < parameters.other
    for start in np.flatnonzero(other[: len(other) - parameters.least_frames + 1]):
        if other[start:].mean() < parameters.lasting_share:
            continue
        if len(numbers) - start < parameters.found_share * (len(observations) - numbers[start]):
            return None
        intact = np.flatnonzero(whole[:start] >= parameters.intact)
        return int(numbers[intact[-1] + 1]) if len(intact) >= parameters.least_frames else None
    return None


def _is_intact(one: TextObservation, parameters: BentParameters) -> bool:
    bent = one.bent
    return bent is not None and bent.whole >= parameters.intact and bent.weakest >= parameters.intact_part


def _is_untouched(one: TextObservation, parameters: BentParameters) -> bool:
    return one.bent is not None and one.bent.whole >= parameters.untouched
