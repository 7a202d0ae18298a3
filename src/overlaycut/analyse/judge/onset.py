"""From when on damage lasts, and when it began."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.judge.evidence import Cues
from overlaycut.analyse.judge.parameters import JudgeParameters


def first_lasting_misreading(wrong: NDArray[np.bool_], parameters: JudgeParameters) -> int | None:
    """The first wrong reading, confirmed by a second one, after which most are wrong to the end."""
    for number in np.flatnonzero(wrong):
        rest = wrong[number:]
        if len(rest) >= 2 and rest.mean() >= parameters.wrong_share and rest[: min(3, len(rest))].sum() >= 2:
            return int(number)
    return None


def first_lasting(damaged: NDArray[np.bool_], cues: Cues, fps: float, parameters: JudgeParameters) -> int | None:
    """The first frame from which on most counted frames are `damaged`, for long enough."""
    need = max(3, round(parameters.lasting_seconds * fps))
    share = parameters.lasting_share
    for start in np.flatnonzero(damaged):
        counted = int(cues.counted[start:].sum())
        if (
            counted >= need
            and damaged[start:].sum() >= share * counted
            and damaged[start : start + need].sum() >= share * need
        ):
            return int(start)
    return None


def after_last(good: NDArray[np.bool_], cues: Cues, at: int) -> int:
    """The frame after the last `good` counted one before frame number `at`."""
    before = np.flatnonzero(good[:at] & cues.counted[:at])
    return int(before[-1]) + 1 if len(before) else 0


def departure_onset(cues: Cues, at: int, parameters: JudgeParameters) -> int:
    """Where the change of shape that is certain at frame number `at` began.

    Damage grows, so it is followed back to where the departure is within the noise of the frames before, which is the
    lowest level that lasts.
    """
    departure = (1 - cues.ncc) / (1 - parameters.ncc_changed) + cues.residual / parameters.residual_changed
    reach = departure[: at + 1]
    if len(reach) < 3:
        return 0
    floor = float(np.quantile(reach, 0.2))
    low = reach[reach <= np.quantile(reach, 0.4)]
    # 1.4826 × the median absolute deviation is the standard deviation of a normal distribution.
    noise = 1.4826 * float(np.median(np.abs(low - np.median(low)))) if len(low) else 0.0
    limit = floor + max(parameters.onset_noise_sigmas * noise, parameters.onset_least_departure)
    quiet = np.flatnonzero((reach <= limit) & cues.counted[: at + 1])
    return min(int(quiet[-1]) + 1, at) if len(quiet) else 0
