"""What the judge decides on: readings and measurements of one region, per frame and over its life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.judge.letters import Letters
from overlaycut.analyse.judge.parameters import JudgeParameters
from overlaycut.analyse.tracking import BentLikeness
from overlaycut.core.edit_distance import fitting_distance, folded, is_sign, similarity
from overlaycut.core.findings import TextSource
from overlaycut.core.geometry import FloatArray
from overlaycut.vision.statistics import median_filtered


@dataclass(frozen=True, slots=True)
class TextObservation:
    """Measurements of one region in one frame."""

    index: int
    """Frame number."""
    visible: float
    """Visible share of the text, 0..1."""
    support: float
    """Support of the track, 0..1; 0 where its place is predicted."""
    height: float
    """Height of the text in clip pixels."""
    ncc: float | None
    """Normalised cross-correlation with the reference, -1..1; None where not measured."""
    nonrigid_residual: float | None
    """Median distance of strokes from the planar motion, in text heights; None where not measured."""
    contrast_energy: float | None
    """Variance relative to the reference; None where not measured."""
    inside: float = 1.0
    """Share of it inside the picture, 0..1."""
    bent: BentLikeness | None = None
    """How alike it is laid flat from a surface that bends; None where not measured."""


@dataclass(frozen=True, slots=True)
class OcrReading:
    """What a reader read in one region in one frame."""

    index: int
    text: str
    """Empty when nothing could be read."""
    confidence: float
    """0..1."""


@dataclass(frozen=True, slots=True)
class ShapeMatch:
    """How alike a line is to its reference in one frame after it was aligned with it."""

    index: int
    """Frame number."""
    similarity: float
    """Of the whole line, -1..1."""
    weakest: float
    """Of its weakest letter or two, -1..1."""


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """What is known of a line's shapes at full resolution."""

    line: Sequence[ShapeMatch] = ()
    """In frames in which the track's correlation left doubt, in order."""
    letters: Letters = field(default_factory=Letters)
    """Its letters one by one."""


@dataclass(frozen=True, slots=True, eq=False)
class Cues:
    """The measurements of a life as series, (frames,) each, median-filtered; unknown values repeat the last known."""

    ncc: FloatArray
    residual: FloatArray
    energy: FloatArray
    counted: NDArray[np.bool_]
    """Frames in which the text is in clear view and was measured."""

    @classmethod
    def of(cls, observations: Sequence[TextObservation], parameters: JudgeParameters) -> Cues:
        """The series of consecutive observations."""
        counted = np.array(
            [o.visible >= parameters.clear_visibility and o.support > 0 and o.ncc is not None for o in observations],
            dtype=bool,
        )
        columns = [
            _filled([getattr(o, name) for o in observations], counted, neutral, parameters.smoothing_frames)
            for name, neutral in (("ncc", 1.0), ("nonrigid_residual", 0.0), ("contrast_energy", 1.0))
        ]
        return cls(columns[0], columns[1], columns[2], counted)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """All that is known of one region."""

    observations: Sequence[TextObservation]
    cues: Cues
    readings: Sequence[OcrReading]
    """Readings of frames in which the whole text could be read."""
    shapes: Shapes
    similarities: Sequence[float]
    """Similarity of each of them to the expected text, 0..1."""
    wrong: NDArray[np.bool_]
    """Which of them are wrong, (readings,)."""
    normal: float
    """Similarity of a good reading to the expected text, 0..1."""
    expected: str | None
    expected_confidence: float
    fps: float
    source: TextSource | None
    last_right: int
    """Latest frame in which the whole text was read right, wherever its track was; -1 for none."""
    can_read: bool
    """Whether readings can be compared with the expected text."""
    known: bool
    """Whether the text was once read for certain. If not, a changed surface may only mean a track that is off."""

    def wrong_share(self, frame: int) -> float:
        """Share of wrong readings from `frame` on; 0 without readings."""
        later = [bool(w) for r, w in zip(self.readings, self.wrong, strict=True) if r.index >= frame]
        return float(np.mean(later)) if later else 0.0

    def place(self, frame: int) -> int:
        """The number of the first observation at `frame` or later."""
        return next(n for n, one in enumerate(self.observations) if one.index >= frame)


def gathered(
    observations: Sequence[TextObservation],
    readings: Sequence[OcrReading],
    shapes: Shapes,
    *,
    expected: str | None,
    expected_confidence: float,
    fps: float,
    source: TextSource | None,
    parameters: JudgeParameters,
) -> Evidence:
    """The evidence on one region; see `judge`."""
    usable = _usable(observations, readings, expected, parameters)
    similarities = [0.0 if expected is None or not folded(r.text) else similarity(expected, r.text) for r in usable]
    normal = _normal(similarities)
    long_enough = _long_enough(expected)
    return Evidence(
        observations=observations,
        cues=Cues.of(observations, parameters),
        readings=usable,
        shapes=shapes,
        similarities=similarities,
        wrong=np.array([s < normal - parameters.misread for s in similarities], dtype=bool),
        normal=normal,
        expected=expected,
        expected_confidence=expected_confidence,
        fps=fps,
        source=source,
        last_right=max((r.index for r in readings if _reads_right(r, expected, normal, parameters)), default=-1),
        can_read=long_enough
        and len(usable) >= 2
        and normal >= parameters.readable
        and expected_confidence >= parameters.least_confidence,
        known=long_enough and expected_confidence >= parameters.known,
    )


def _usable(
    observations: Sequence[TextObservation],
    readings: Sequence[OcrReading],
    expected: str | None,
    parameters: JudgeParameters,
) -> list[OcrReading]:
    """Readings of frames in which the text is large and in view; readings of a visible part are left out."""
    by_index = {one.index: one for one in observations}
    first = observations[0].height if observations else 0.0
    least = max(parameters.least_height_px, parameters.least_relative_height * first)
    return [
        r
        for r in readings
        if (seen := by_index.get(r.index)) is not None
        and seen.visible >= parameters.clear_visibility
        and seen.support > 0
        and seen.height >= least
        and not (seen.visible < parameters.whole_visibility and _is_part(r.text, expected, parameters))
    ]


class _Tracked(Protocol):
    @property
    def support(self) -> float: ...


T = TypeVar("T", bound=_Tracked)


def trailing_lost(observations: Sequence[T]) -> Sequence[T]:
    """The observations at the end of a life in which the track is lost."""
    held = [number for number, one in enumerate(observations) if one.support > 0]
    return observations[held[-1] + 1 :] if held else observations


def _reads_right(reading: OcrReading, expected: str | None, normal: float, parameters: JudgeParameters) -> bool:
    return expected is not None and similarity(expected, reading.text) >= max(normal - parameters.misread, 0.5)


def _is_part(read: str, expected: str | None, parameters: JudgeParameters) -> bool:
    """Whether a reading is a part of the expected text with nothing wrong: something covers the rest."""
    wanted, found = folded(expected or ""), folded(read)
    if not 2 <= len(found) < parameters.part_length * len(wanted):
        return False
    return fitting_distance(found, wanted) <= parameters.part_errors * len(found)


def _long_enough(expected: str | None) -> bool:
    """Whether a text has characters enough for a misreading to mean something: three, or two of CJK script."""
    letters = folded(expected or "")
    return len(letters) >= (2 if any(map(is_sign, letters)) else 3)


def _normal(similarities: Sequence[float]) -> float:
    """Similarity of good readings: the median of the best third, of at least two."""
    if not similarities:
        return 0.0
    best = sorted(similarities, reverse=True)[: max(2, len(similarities) // 3)]
    return float(np.median(best))


def _filled(values: Sequence[float | None], counted: NDArray[np.bool_], neutral: float, width: int) -> FloatArray:
    """A series whose unknown values repeat the last known, median-filtered against single spikes."""
    last, filled = neutral, []
    for value, counts in zip(values, counted, strict=True):
        if counts and value is not None:
            last = float(value)
        filled.append(last)
    series = np.array(filled, dtype=np.float64)
    return series if len(series) < width else median_filtered(series, width)
