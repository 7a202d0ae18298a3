"""The verdict on a watched area: whether its shape and its colours are those of its reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from overlaycut.analyse.judge.evidence import Cues, TextObservation
from overlaycut.analyse.judge.letters import Letters, changed_letters
from overlaycut.analyse.judge.onset import departure_onset
from overlaycut.analyse.judge.parameters import JudgeParameters
from overlaycut.analyse.judge.verdicts import Verdict
from overlaycut.analyse.judge.wording import clock
from overlaycut.core.geometry import FloatArray


def judge_area(
    observations: Sequence[TextObservation],
    cells: Letters,
    *,
    name: str,
    fps: float,
    parameters: JudgeParameters = JudgeParameters(),
) -> Verdict:
    """The verdict on an area.

    observations: every frame of its life, in order. cells: its cells in the frames in which they were compared. name:
    what a person calls it.
    """
    limits = parameters.areas
    line = np.nanmean(cells.likeness, axis=1) if len(cells.frames) else np.zeros(0)
    legible = {
        int(frame): round(float(np.clip(value, 0, 1)), 4) for frame, value in zip(cells.frames, line, strict=True)
    }
    worst = min(legible, key=lambda frame: legible[frame], default=None)

    def verdict(**of: object) -> Verdict:
        fields: dict[str, object] = {
            "state": "stable", "confidence": 0.2, "onset": None, "read": None, "noise": 0.0, "judged": True,
            "legibility": 1.0 if worst is None else legible[worst], "legibility_at": legible, "reason": "",
        }  # fmt: skip
        return Verdict(**{**fields, **of})  # type: ignore[arg-type]

    if len(cells.frames) < limits.least_comparisons:
        return verdict(judged=False, reason=f"{name!r} is too seldom in clear view to be judged")
    change = changed_letters(cells, limits)
    if change is not None:
        onset = _onset(observations, cells, line, change.first, parameters)
        reason = f"shape or colours of {name!r} are others from {clock(onset, fps)} on (likeness {change.likeness:.2f})"
        return verdict(
            state="warped", confidence=0.6 + 0.3 * (1 - max(change.likeness, 0.0)), onset=onset, reason=reason
        )
    if float(np.quantile(line, 0.25)) >= limits.holds:
        return verdict(confidence=0.8, reason=f"{name!r} keeps its shape and its colours")
    return verdict(judged=False, reason=f"{name!r} changes with the light or the view, so it cannot be judged")


def _onset(
    observations: Sequence[TextObservation],
    cells: Letters,
    line: FloatArray,
    first: int,
    parameters: JudgeParameters,
) -> int:
    """The first changed frame: after the last comparison in which the area was as at the start, up to `first`."""
    numbers = {one.index: number for number, one in enumerate(observations)}
    alike = (line >= float(np.median(line[:2])) - parameters.areas.begun) & (cells.frames < first)
    earliest = numbers[int(cells.frames[alike][-1])] + 1 if alike.any() else 0
    tracked = departure_onset(Cues.of(observations, parameters), numbers[first], parameters)
    return observations[min(max(tracked, earliest), numbers[first])].index
