"""Witnesses into a verdict: is lettering still itself, has it melted, is it gone, and since when.

Three witnesses are heard. The *reading* is held against what should stand there. The *shape* is the correlation
with the reference picture once the surface is laid flat. The *bend* is how far points on the lettering left the
surface. One alone convicts nobody: readers correct melted words and misread good ones, cloth bends, and blur or
distance change shapes. Frames in which the lettering is covered, outside the picture or too small do not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.edit_distance import fitting_distance, folded, likeness, similarity
from overlaycut.core.findings import State, TextSource

CLEAR = 0.7
"""Visibility from which on a frame's lettering can be judged."""
SMALL = 9.0
"""Pixels of height, in the clip, below which nothing is read."""

_SHRUNK = 0.55
"""Height relative to the reference's below which reading is no longer fair."""
_READABLE = 0.7
"""Similarity that a reference's own readings must have for readings to be held against it."""
_KNOWN = 0.7
"""Sureness of the expected text from which on it may be missed."""
_WHOLE, _PART, _PART_WRONG = 0.97, 0.85, 0.25
"""Where less is visible, a reading shorter than that part of what is expected, with no more wrong, is a piece of it."""
_FALLS = 0.2
"""How far similarity falls below what was normal when a reading counts as wrong."""
_ENOUGH_READINGS, _RUINED = 3, 0.5
"""Readings that convict, and the fall of similarity from which on fewer do."""
_MOSTLY = 0.6
"""Share of right readings below which nobody can call it right."""
_AGREE, _CONFIDENT = 0.85, 0.8
"""Likeness of readings to one another, and their confidence, with which they say something else than expected."""
_SHAPE_LEFT, _SHAPE_GONE = 0.78, 0.5
"""Correlations: below the first a shape has changed, below the second it is another."""
_BEND_LEFT, _BEND_GONE = 0.02, 0.06
"""Parts of the height: beyond the first the lettering moves by itself, beyond the second it melts."""
_INK_GONE = 0.25
"""Part of its first contrast energy below which there is no lettering."""
_INK_FULL = 0.88
"""Part of its first contrast energy that lettering has while nothing fades."""
_LASTS = 0.3
"""Seconds that damage has to last."""


_SAYS: dict[TextSource | None, str] = {
    "user": "as asked for",
    "still": "as in the still",
    "first frame": "as in the first frame",
    "clip": "as the clip itself reads",
    None: "",
}


@dataclass(frozen=True, slots=True)
class TextObservation:
    """What the frames say about one region's surface, one per frame."""

    index: int
    visible: float
    support: float
    height: float
    """Height of the lettering in clip pixels."""
    likeness: float | None
    bend: float | None
    ink: float | None


@dataclass(frozen=True, slots=True)
class OcrReading:
    """What a reader made of the region in one frame."""

    index: int
    text: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one region of lettering."""

    state: State
    confidence: float
    onset: int | None
    read: str | None
    legibility: float
    legibility_at: dict[int, float]
    reason: str
    noise: float
    """Mean share of characters misread while nothing is wrong, 0..1: readers flicker on good lettering too."""


def judged(
    looks: Sequence[TextObservation],
    readings: Sequence[OcrReading],
    *,
    expected: str | None,
    sure: float,
    fps: float,
    source: TextSource | None,
) -> Verdict:
    """The verdict on one region.

    looks: every frame of its life, in order. readings: those frames that were read. expected: what it should read,
    or None; sure: how sure that is, 0..1; source: who says so.
    """
    by_index = {look.index: look for look in looks}
    tallest = looks[0].height if looks else 0.0
    fair = [
        r
        for r in readings
        if (look := by_index.get(r.index)) is not None
        and _fair(look, tallest)
        and not (look.visible < _WHOLE and _is_part(r.text, expected))
    ]
    scores = _scores(fair, expected)
    normal = _normal(scores)
    shape, bend, ink, ok = _series(looks)
    evidence = _Evidence(
        looks=looks, fair=fair, scores=scores, normal=normal, shape=shape, bend=bend, ink=ink, ok=ok,
        wrong=np.array([s < normal - _FALLS for s in scores], dtype=bool),
        expected=expected, sure=sure, fps=fps, source=source,
        can_read=_long_enough(expected) and len(fair) >= 2 and normal >= _READABLE and sure >= 0.5,
    )  # fmt: skip
    legible = _legible(fair, scores, normal if evidence.can_read else None, by_index, shape, bend, looks)
    worst, worst_index = _worst(legible)
    base = Verdict(
        state="stable",
        confidence=0.2,
        onset=None,
        read=_read_at(fair, scores, worst_index),
        legibility=worst,
        legibility_at=legible,
        reason="",
        noise=0.0,
    )
    if not looks or ok.sum() < 2:
        return replace(base, reason="it is never in clear view, so it cannot be judged")
    if max(look.height for look in looks) < SMALL:
        return replace(base, reason=f"too small to be judged ({tallest:.0f} px high)")
    charges = (_lost, _misread, _melted, _wrong_from_the_start)
    verdict = next((v for charge in charges if (v := charge(evidence, base)) is not None), None)
    verdict = verdict or _stable(evidence, base)
    return replace(verdict, noise=_noise(fair, scores, verdict.onset))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """What all witnesses say about one region."""

    looks: Sequence[TextObservation]
    fair: Sequence[OcrReading]
    """Readings of frames in which it could be read."""
    scores: Sequence[float]
    """Similarity of each of them to what is expected."""
    wrong: NDArray[np.bool_]
    normal: float
    """Similarity of a good reading to what is expected, 0..1: what readings are held against."""
    shape: NDArray[np.float64]
    bend: NDArray[np.float64]
    ink: NDArray[np.float64]
    ok: NDArray[np.bool_]
    """Frames that count."""
    expected: str | None
    sure: float
    fps: float
    source: TextSource | None
    can_read: bool

    @property
    def known(self) -> bool:
        """Whether its text was once read for certain. If not, a changed surface may only mean a track that is off."""
        return _long_enough(self.expected) and self.sure >= _KNOWN


def _lost(e: _Evidence, base: Verdict) -> Verdict | None:
    level = float(np.clip(np.median(e.ink[e.ok][:5]), 0.3, 1.2))
    gone = _lasting(e.ok & (e.ink < _INK_GONE * level), e.ok, e.fps)
    if gone is None or not e.known:
        return None
    if e.can_read and _failed(e.fair, e.wrong, e.looks[gone].index) < 0.6:
        return None
    since = e.looks[_back_to(e.ink > _INK_FULL * level, e.ok, gone)].index
    return replace(
        base, state="lost", confidence=0.8 if e.can_read else 0.6, onset=since,
        reason=f"{_said(e.expected)} fades from {_clock(since, e.fps)} on: its strokes are gone while the surface "
        "stays in view",
    )  # fmt: skip


def _misread(e: _Evidence, base: Verdict) -> Verdict | None:
    """Warped, when readings go wrong for good and the shapes have changed with them."""
    start = _first_lasting(e.wrong) if e.can_read else None
    if start is None:
        return None
    frame = e.fair[start].index
    at = _place(e.looks, frame)
    after = e.ok[at:]
    left = (e.shape < _SHAPE_LEFT) | (e.bend > _BEND_LEFT)
    departs = float((left[at:] & after).sum() / max(after.sum(), 1))
    share = _failed(e.fair, e.wrong, frame)
    later = [s for r, s in zip(e.fair, e.scores, strict=True) if r.index >= frame]
    mean = float(np.mean(later))
    # Two readings are enough when hardly a letter is right; otherwise they may be the reader's own noise.
    few = len(later) < _ENOUGH_READINGS and e.normal - mean < _RUINED
    if share < 0.6 or departs < 0.5 or few:
        return None
    since = e.looks[_onset(e.shape, e.bend, e.ok, at)].index
    confidence = 0.55 + 0.2 * min(1.0, (e.normal - mean) / 0.5) + 0.15 * (share - 0.6) / 0.4 + 0.1 * departs
    return replace(
        base, state="warped", confidence=min(confidence, 0.98) * min(1.0, 0.6 + 0.4 * e.sure), onset=since,
        reason=f"reads {base.read or 'nothing'!r} instead of {e.expected!r} ({_SAYS[e.source]}) from "
        f"{_clock(since, e.fps)} on; {_shape_words(e.shape, e.bend, e.ok, at)}",
    )  # fmt: skip


def _melted(e: _Evidence, base: Verdict) -> Verdict | None:
    """Warped, when the shapes have become others and readings, if there are any, have become unsure."""
    other = (e.shape < _SHAPE_GONE) & (e.bend > _BEND_LEFT) | (e.bend > _BEND_GONE) & (e.shape < _SHAPE_LEFT)
    melted = _lasting(e.ok & other, e.ok, e.fps)
    if melted is None or not e.known:
        return None
    sound = [(r.index, r.confidence * s) for r, s in zip(e.fair, e.scores, strict=True)]
    before = [value for index, value in sound if index < e.looks[melted].index] or [e.normal * e.sure]
    after = [value for index, value in sound if index >= e.looks[melted].index]
    if e.can_read and after and np.mean(after) >= np.mean(before) - 0.12:
        return None
    since = e.looks[_onset(e.shape, e.bend, e.ok, melted)].index
    return replace(
        base, state="warped", confidence=0.6 if e.can_read else 0.5, onset=since,
        reason=f"{_shape_words(e.shape, e.bend, e.ok, melted)} from {_clock(since, e.fps)} on, while the surface "
        "around it keeps its form",
    )  # fmt: skip


def _wrong_from_the_start(e: _Evidence, base: Verdict) -> Verdict | None:
    """Warped, when it reads the same wrong thing all along, although somebody else knows what it should read."""
    if e.can_read or not e.known or e.source not in ("user", "still") or len(e.fair) < _ENOUGH_READINGS:
        return None
    texts = [folded(r.text) for r in e.fair]
    common = max(set(texts), key=texts.count)
    agree = float(np.mean([likeness(common, text) for text in texts]))
    confident = float(np.mean([r.confidence for r in e.fair]))
    mean = float(np.mean(e.scores))
    if not common or agree < _AGREE or confident < _CONFIDENT or mean > 1 - _FALLS:
        return None
    if e.source != "user" and float(np.median(e.shape[e.ok])) > _SHAPE_LEFT:
        return None
    since = e.looks[0].index
    return replace(
        base, state="warped", confidence=0.5 + 0.3 * agree * min(1.0, (1 - mean) / 0.5), onset=since,
        reason=f"reads {base.read!r} instead of {e.expected!r} ({_SAYS[e.source]}) from its first frame on",
    )  # fmt: skip


def _stable(e: _Evidence, base: Verdict) -> Verdict:
    keeps = float(np.median(e.shape[e.ok]))
    if e.can_read:
        good = float(np.mean([score >= e.normal - _FALLS for score in e.scores]))
        confidence = 0.5 + 0.3 * good + 0.2 * float(np.clip((keeps - 0.5) / 0.4, 0, 1))
        if good < _MOSTLY:
            read = f"reads {e.expected!r} ({_SAYS[e.source]}) in only {good:.0%} of {len(e.scores)} frames"
            return replace(base, confidence=0.3, reason=f"{read}, but its shapes hold, so it cannot be judged")
        reason = f"reads {e.expected!r} ({_SAYS[e.source]}) in {good:.0%} of {len(e.scores)} frames that were read"
    elif keeps < _SHAPE_LEFT:
        confidence, reason = 0.2, "it cannot be read reliably, so it cannot be judged"
    elif e.expected is None:
        confidence, reason = 0.3, "nothing says what it should read, and its shapes hold"
    else:
        confidence, reason = 0.3, "too small, blurred or seldom in view to be read reliably; its shapes hold"
    return replace(base, confidence=confidence, reason=reason)


def _fair(look: TextObservation, reference: float) -> bool:
    return look.visible >= CLEAR and look.support > 0 and look.height >= max(SMALL, _SHRUNK * reference)


def _is_part(read: str, expected: str | None) -> bool:
    """Whether a reading is a piece of what is expected: something covers the rest, and nothing is wrong with it."""
    wanted, found = folded(expected or ""), folded(read)
    if not 2 <= len(found) < _PART * len(wanted):
        return False
    return fitting_distance(found, wanted) <= _PART_WRONG * len(found)


def _long_enough(expected: str | None) -> bool:
    """Whether a text has letters enough for a misreading to mean something: two of a script of words, else three."""
    letters = folded(expected or "")
    return len(letters) >= (2 if any(ord(c) > 0x2E80 for c in letters) else 3)


def _scores(fair: Sequence[OcrReading], expected: str | None) -> list[float]:
    """Similarity of each reading; what could not be read is 0, never right."""
    return [0.0 if expected is None or not folded(r.text) else similarity(expected, r.text) for r in fair]


def _normal(scores: Sequence[float]) -> float:
    """What the reader makes of it while all is well: the median of its best third, at least two readings."""
    if not scores:
        return 0.0
    best = sorted(scores, reverse=True)[: max(2, len(scores) // 3)]
    return float(np.median(best))


def _noise(fair: Sequence[OcrReading], scores: Sequence[float], onset: int | None) -> float:
    """What readings miss before the onset; 0 where nothing was read before it."""
    before = [score for r, score in zip(fair, scores, strict=True) if onset is None or r.index < onset]
    return round(1 - float(np.mean(before)), 4) if before else 0.0


def _series(
    looks: Sequence[TextObservation],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Shape, bend, ink and whether a frame counts; unknown values repeat the last known, and single spikes go."""
    ok = np.array([k.visible >= CLEAR and k.support > 0 and k.likeness is not None for k in looks], dtype=bool)
    columns = []
    for name, neutral in (("likeness", 1.0), ("bend", 0.0), ("ink", 1.0)):
        last, values = neutral, []
        for look, counts in zip(looks, ok, strict=True):
            value = getattr(look, name)
            if counts and value is not None:
                last = float(value)
            values.append(last)
        columns.append(_median(np.array(values, dtype=np.float64), 5))
    return columns[0], columns[1], columns[2], ok


def _median(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    if len(values) < width:
        return values
    padded = np.pad(values, width // 2, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1))


def _first_lasting(wrong: NDArray[np.bool_]) -> int | None:
    """The first wrong reading after which most are wrong to the end, confirmed by a second one."""
    for number in np.flatnonzero(wrong):
        rest = wrong[number:]
        if len(rest) >= 2 and rest.mean() >= 0.6 and rest[: min(3, len(rest))].sum() >= 2:
            return int(number)
    return None


def _failed(fair: Sequence[OcrReading], wrong: NDArray[np.bool_], frame: int) -> float:
    later = [bool(w) for r, w in zip(fair, wrong, strict=True) if r.index >= frame]
    return float(np.mean(later)) if later else 0.0


def _lasting(mask: NDArray[np.bool_], ok: NDArray[np.bool_], fps: float) -> int | None:
    """The first frame from which on `mask` holds in most frames that count, for long enough."""
    need = max(3, round(_LASTS * fps))
    for start in np.flatnonzero(mask):
        counted = int(ok[start:].sum())
        if counted >= need and mask[start:].sum() >= 0.7 * counted and mask[start : start + need].sum() >= 0.7 * need:
            return int(start)
    return None


def _back_to(good: NDArray[np.bool_], ok: NDArray[np.bool_], at: int) -> int:
    """The first frame after the last good one before `at`."""
    before = np.flatnonzero(good[:at] & ok[:at])
    return int(before[-1]) + 1 if len(before) else 0


def _onset(shape: NDArray[np.float64], bend: NDArray[np.float64], ok: NDArray[np.bool_], at: int) -> int:
    """Where the departure that is certain at frame number `at` began.

    Damage grows, so it is followed back from there to where both witnesses are within the noise of the frames
    before, which is the lowest level that lasts.
    """
    departure = (1 - shape) / (1 - _SHAPE_LEFT) + bend / _BEND_LEFT
    reach = departure[: at + 1]
    if len(reach) < 3:
        return 0
    floor = float(np.quantile(reach, 0.2))
    low = reach[reach <= np.quantile(reach, 0.4)]
    noise = 1.4826 * float(np.median(np.abs(low - np.median(low)))) if len(low) else 0.0
    limit = floor + max(4 * noise, 0.12)
    quiet = np.flatnonzero((reach <= limit) & ok[: at + 1])
    return min(int(quiet[-1]) + 1, at) if len(quiet) else 0


def _legible(
    fair: Sequence[OcrReading], scores: Sequence[float], normal: float | None, by_index: dict[int, TextObservation],
    shape: NDArray[np.float64], bend: NDArray[np.float64], looks: Sequence[TextObservation],
) -> dict[int, float]:  # fmt: skip
    """Legibility in the frames that were read, 0..1: reading, then shape and bend, as a weighted geometric mean."""
    place = {look.index: n for n, look in enumerate(looks)}
    result: dict[int, float] = {}
    sureness = float(np.quantile([r.confidence for r in fair], 0.8)) if fair else 1.0
    for heard, score in zip(fair, scores, strict=True):
        at = place[heard.index]
        s = float(np.clip((shape[at] - 0.2) / 0.65, 0.02, 1))
        g = float(np.clip(1 - (bend[at] - 0.01) / 0.12, 0.02, 1))
        if normal is None:
            value = s**0.5 * g**0.5
        else:
            r = min(1.0, score / max(normal, 1e-6)) * (0.7 + 0.3 * min(1.0, heard.confidence / max(sureness, 1e-6)))
            value = max(r, 0.02) ** 0.7 * s**0.15 * g**0.15
        result[heard.index] = round(max(value, result.get(heard.index, 0.0)), 4)
    return result


def _worst(legible: dict[int, float]) -> tuple[float, int | None]:
    """Legibility at its worst moment that lasts over two looks, and the frame of it; 1 when never looked at."""
    if not legible:
        return 1.0, None
    frames = sorted(legible)
    if len(frames) == 1:
        return legible[frames[0]], frames[0]
    lasting = [max(legible[a], legible[b]) for a, b in pairwise(frames)]
    at = int(np.argmin(lasting))
    frame = min(frames[at : at + 2], key=lambda f: legible[f])
    return lasting[at], frame


def _read_at(fair: Sequence[OcrReading], scores: Sequence[float], frame: int | None) -> str | None:
    """What stood there in that frame; None when no frame could be read."""
    if not any(r.text for r in fair):
        return None
    here = [r for r in fair if r.index == frame]
    return max(here, key=lambda r: r.confidence).text if here else None


def _place(looks: Sequence[TextObservation], frame: int) -> int:
    return next(n for n, look in enumerate(looks) if look.index >= frame)


def _shape_words(shape: NDArray[np.float64], bend: NDArray[np.float64], ok: NDArray[np.bool_], at: int) -> str:
    after = ok[at:]
    correlation = float(np.median(shape[at:][after])) if after.any() else float(shape[-1])
    off = float(np.median(bend[at:][after])) if after.any() else float(bend[-1])
    figures = f"correlation {correlation:.2f}, strokes off by {off:.0%} of the height"
    return f"glyph shapes depart from the reference ({figures})"


def _said(expected: str | None) -> str:
    return repr(expected) if expected else "the lettering"


def _clock(frame: int, fps: float) -> str:
    return f"{frame / fps:.1f} s"
