"""Verdicts on one region, tried from the most to the least certain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from overlaycut.analyse.judge.bent import changed_laid_flat, holds_laid_flat, intact_until, is_elsewhere
from overlaycut.analyse.judge.evidence import Evidence, OcrReading, Shapes, TextObservation, gathered, trailing_lost
from overlaycut.analyse.judge.legibility import legibility_by_frame, reading_at, reading_noise, worst_lasting
from overlaycut.analyse.judge.letters import LetterChange, changed_letters, hold
from overlaycut.analyse.judge.onset import after_last, departure_onset, first_lasting, first_lasting_misreading
from overlaycut.analyse.judge.parameters import JudgeParameters
from overlaycut.analyse.judge.wording import clock, named_letters, origin, quoted, shape_change
from overlaycut.core.edit_distance import folded, likeness
from overlaycut.core.findings import State, TextSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one region of text."""

    state: State
    confidence: float
    """Of the state, 0..1."""
    onset: int | None
    """First damaged frame; None when nothing is damaged."""
    read: str | None
    """The reading at the worst moment; None when nothing could be read."""
    legibility: float
    """At its worst lasting moment, 0..1."""
    legibility_at: Mapping[int, float]
    """Frame → legibility, where it was read."""
    reason: str
    judged: bool
    """Whether readings or shapes could be compared; False for a state that is only assumed."""
    followed: bool = True
    """Whether its track says where it is from the onset on; False where that is known to stray."""
    noise: float
    """Mean share of characters misread while nothing is wrong, 0..1."""


def judge(
    observations: Sequence[TextObservation],
    readings: Sequence[OcrReading],
    shapes: Shapes = Shapes(),
    *,
    expected: str | None,
    expected_confidence: float,
    fps: float,
    source: TextSource | None,
    parameters: JudgeParameters = JudgeParameters(),
) -> Verdict:
    """The verdict on one region.

    observations: every frame of its life, in order. readings: of those frames that were read. shapes: of frames in
    which the track's correlation left doubt, in order. expected: what it should read, or None; expected_confidence: how
    certain that is, 0..1; source: where it comes from.
    """
    evidence = gathered(
        observations,
        readings,
        shapes,
        expected=expected,
        expected_confidence=expected_confidence,
        fps=fps,
        source=source,
        parameters=parameters,
    )
    legibility = legibility_by_frame(evidence, parameters=parameters.legibility)
    worst, worst_frame = worst_lasting(legibility)
    base = Verdict(
        state="stable",
        confidence=0.2,
        onset=None,
        read=reading_at(evidence, worst_frame),
        legibility=worst,
        legibility_at=legibility,
        reason="",
        judged=True,
        noise=0.0,
    )
    if not observations or evidence.cues.counted.sum() < 2:
        return replace(base, judged=False, reason="it is never in clear view, so it cannot be judged")
    if max(one.height for one in observations) < parameters.least_height_px:
        height = f"{observations[0].height:.0f} px high"
        return replace(base, judged=False, reason=f"too small to be judged ({height})")
    verdict = _decided(evidence, base, parameters)
    onset = verdict.onset
    elsewhere = onset is not None and is_elsewhere(observations, evidence.place(onset), parameters.bent)
    return replace(verdict, followed=verdict.followed and not elsewhere, noise=reading_noise(evidence, onset))


def _decided(e: Evidence, base: Verdict, limits: JudgeParameters) -> Verdict:
    """What its planar track, its readings and its letters say, and what they say once it is laid flat."""
    tests = (_lost, _misread, _melted, _redrawn, _other_letters)
    broken = next((v for test in tests if (v := test(e, base, limits)) is not None), None)
    if broken is not None and broken.onset is not None:
        return _with_laid_flat(e, base, broken, broken.onset, limits)
    verdict = _wrong_from_the_start(e, base, limits)
    verdict = verdict or _changed_laid_flat(e, base, limits) or _stable(e, base, limits)
    if verdict.judged:
        return verdict
    return _intact_laid_flat(e, base, e.observations[0].index, limits) or verdict


def _lost(e: Evidence, base: Verdict, limits: JudgeParameters) -> Verdict | None:
    """Lost, when the contrast of its strokes is gone while the surface stays in view."""
    energy, counted = e.cues.energy, e.cues.counted
    level = float(np.clip(np.median(energy[counted][:5]), 0.3, 1.2))
    gone = first_lasting(counted & (energy < limits.energy_gone * level), e.cues, e.fps, limits)
    if gone is None or not e.known:
        return None
    if e.can_read and e.wrong_share(e.observations[gone].index) < limits.wrong_share:
        return None
    since = e.observations[after_last(energy > limits.energy_full * level, e.cues, gone)].index
    return replace(
        base,
        state="lost",
        confidence=0.8 if e.can_read else 0.6,
        onset=since,
        reason=f"{quoted(e.expected)} fades from {clock(since, e.fps)} on: its strokes are gone while the surface "
        "stays in view",
    )


def _misread(e: Evidence, base: Verdict, limits: JudgeParameters) -> Verdict | None:
    """Warped, when readings go wrong for good and the shapes have changed with them."""
    start = first_lasting_misreading(e.wrong, limits) if e.can_read else None
    if start is None:
        return None
    frame = e.readings[start].index
    at = e.place(frame)
    after = e.cues.counted[at:]
    changed = (e.cues.ncc < limits.ncc_changed) | (e.cues.residual > limits.residual_changed)
    departed = float((changed[at:] & after).sum() / max(after.sum(), 1))
    wrong = e.wrong_share(frame)
    later = [s for r, s in zip(e.readings, e.similarities, strict=True) if r.index >= frame]
    drop = e.normal - float(np.mean(later))
    # Two readings are enough when hardly a letter is right; otherwise they may be the reader's own noise.
    few = len(later) < limits.enough_readings and drop < limits.ruined
    if wrong < limits.wrong_share or departed < limits.departed_share or few or _letters_hold(e, frame, limits):
        return None
    since = e.observations[departure_onset(e.cues, at, limits)].index
    confidence = 0.55 + 0.2 * min(1.0, drop / 0.5) + 0.15 * (wrong - 0.6) / 0.4 + 0.1 * departed
    return replace(
        base,
        state="warped",
        confidence=min(confidence, 0.98) * min(1.0, 0.6 + 0.4 * e.expected_confidence),
        onset=since,
        reason=f"reads {base.read or 'nothing'!r} instead of {e.expected!r} ({origin(e.source)}) from "
        f"{clock(since, e.fps)} on; {shape_change(e.cues, at)}",
    )


def _melted(e: Evidence, base: Verdict, limits: JudgeParameters) -> Verdict | None:
    """Warped, when the shapes have become others and readings, if there are any, have become unsure."""
    ncc, residual = e.cues.ncc, e.cues.residual
    other = (ncc < limits.ncc_other) & (residual > limits.residual_changed)
    other |= (residual > limits.residual_melted) & (ncc < limits.ncc_changed)
    melted = first_lasting(e.cues.counted & other, e.cues, e.fps, limits)
    if melted is None or not e.known or e.shapes.letters.fused:
        return None
    begins = e.observations[melted].index
    certain = [(r.index, r.confidence * s) for r, s in zip(e.readings, e.similarities, strict=True)]
    before = [value for index, value in certain if index < begins] or [e.normal * e.expected_confidence]
    after = [value for index, value in certain if index >= begins]
    sure = e.can_read and after and np.mean(after) >= np.mean(before) - limits.unsure_drop
    if sure or _letters_hold(e, begins, limits):
        return None
    since = e.observations[departure_onset(e.cues, melted, limits)].index
    return replace(
        base,
        state="warped",
        confidence=0.6 if e.can_read else 0.5,
        onset=since,
        reason=f"{shape_change(e.cues, melted)} from {clock(since, e.fps)} on, while the surface around it keeps its "
        "form",
    )


def _redrawn(e: Evidence, base: Verdict, limits: JudgeParameters) -> Verdict | None:
    """Warped, when letters have become other shapes for good, even after alignment, whatever they still read."""
    changed = first_lasting(e.cues.counted & (e.cues.ncc < limits.ncc_changed), e.cues, e.fps, limits)
    if changed is None or e.shapes.letters.fused:
        return None
    whole = float(np.mean([one.visible >= limits.whole_visibility for one in e.observations[changed:]]))
    if whole < limits.lasting_share:  # something passes in front, or the track strays
        return None
    begins = e.observations[changed].index
    shapes = [shape for shape in e.shapes.line if shape.index >= begins]
    weakest = np.array([shape.weakest for shape in shapes])
    # A cord or a shadow across one letter leaves the line as a whole alike.
    weak = limits.redrawn_held if _is_held(e, changed, limits) else limits.redrawn
    others = (weakest < weak) & (np.array([shape.similarity for shape in shapes]) < limits.redrawn_line)
    starts = range(len(shapes) - limits.enough_shapes + 1)
    start = next((at for at in starts if others[at:].mean() >= limits.lasting_share), None)
    if start is None or _letters_hold(e, begins, limits):
        return None
    alike = float(np.median(weakest[start:]))
    since = e.observations[departure_onset(e.cues, changed, limits)].index
    reads = f"still reads {base.read!r}, but its" if base.read and e.can_read and e.wrong_share(begins) < 0.5 else "its"
    return replace(
        base,
        state="warped",
        confidence=0.6 + 0.3 * (1 - max(alike, 0.0)),
        onset=since,
        reason=f"{reads} letters are redrawn from {clock(since, e.fps)} on: aligned with the reference, the weakest "
        f"correlates by {alike:.2f}",
    )


def _is_held(e: Evidence, changed: int, limits: JudgeParameters) -> bool:
    """Whether the surface was followed firmly from a place on, while the strokes no longer lie where they did."""
    seen = e.cues.counted[changed:]
    other = e.cues.ncc[changed:] < limits.ncc_other
    return bool(_is_firm(e, changed, limits) and other[seen].mean() >= limits.lasting_share)


def _strokes_part(e: Evidence, since: int, limits: JudgeParameters) -> bool:
    """Whether strokes move by themselves from frame `since` on, while their surface is followed firmly."""
    at = e.place(since)
    seen = e.cues.counted[at:]
    moved = (e.cues.residual[at:] > limits.residual_held) & (e.cues.ncc[at:] < limits.ncc_changed)
    return bool(seen.any() and _is_firm(e, at, limits) and moved[seen].mean() >= limits.departed_share)


def _is_firm(e: Evidence, at: int, limits: JudgeParameters) -> bool:
    """Whether the surface is followed firmly from a place on."""
    return float(np.median([one.support for one in e.observations[at:]])) >= limits.held_support


def _letters_hold(e: Evidence, frame: int, limits: JudgeParameters) -> bool:
    """Whether the letters keep their shapes from `frame` on, whatever is read."""
    letters = e.shapes.letters
    return hold(letters.since(frame), limits.of_letters(fused=letters.fused))


def _other_letters(e: Evidence, base: Verdict, limits: JudgeParameters) -> Verdict | None:
    """Warped, when letters, all or single ones, have become other shapes, whatever the line reads."""
    change = changed_letters(e.shapes.letters, limits.of_letters(fused=e.shapes.letters.fused))
    if change is None:
        return None
    earliest = e.place(change.last_alike) + 1
    since = e.observations[max(departure_onset(e.cues, e.place(change.first), limits), earliest)].index
    still = f"still reads {base.read!r}, but " if base.read and e.can_read and e.wrong_share(since) < 0.5 else ""
    if change.stretch > 1:
        return _in_other_proportions(e, base, change, since)
    confidence = 0.6 + 0.3 * (1 - max(change.likeness, 0.0))
    # Raised letters seen from the side wander as well, and light and tracks that slip change intact small lines by as
    # much as a whole line that melts a little: it is said, and not acted on by default.
    if (change.wandering and not _strokes_part(e, since, limits)) or (still and _is_slight(e, change, limits)):
        confidence = limits.unsure
    what = "is redrawn again and again" if change.wandering else "is redrawn"
    if len(change.which) < e.shapes.letters.likeness.shape[1]:
        verb = "wander" if change.wandering else "melt"
        verb += "s" if len(change.which) == 1 else ""
        what = f"{named_letters(change.which, e.shapes.letters.names)} {verb}"
    elif still:
        what = f"it {what}"
    else:
        what = f"{quoted(e.expected)} {what}"
    return replace(
        base,
        state="warped",
        confidence=confidence,
        onset=since,
        reason=f"{still}{what} from {clock(since, e.fps)} on: aligned with the reference, "
        f"{'they correlate' if len(change.which) > 1 else 'it correlates'} by {change.likeness:.2f}",
    )


def _is_slight(e: Evidence, change: LetterChange, limits: JudgeParameters) -> bool:
    """Whether a line as a whole has changed by so little that only fused frames tell."""
    whole = len(change.which) == e.shapes.letters.likeness.shape[1]
    return e.shapes.letters.fused and whole and change.likeness >= limits.letters.other_line


def _with_laid_flat(e: Evidence, base: Verdict, broken: Verdict, onset: int, limits: JudgeParameters) -> Verdict:
    """The verdict on broken text, or that it is intact once it is laid flat, or not broken before it is not."""
    intact = _intact_laid_flat(e, base, onset, limits)
    if intact is not None:
        return intact
    begins = intact_until(e.observations, e.place(onset), limits.bent)
    since = e.observations[min(begins, len(e.observations) - 1)].index
    if since == onset:
        return broken
    return replace(broken, onset=since, reason=f"{broken.reason}; laid flat, it is intact until {clock(since, e.fps)}")


def _intact_laid_flat(e: Evidence, base: Verdict, since: int, limits: JudgeParameters) -> Verdict | None:
    """Stable, when the text keeps its shape from frame `since` on once it is laid flat from a surface that bends."""
    if not holds_laid_flat(e.observations, e.place(since), limits.bent):
        return None
    seen = [one for one in e.observations[e.place(since) :] if one.visible >= limits.bent.least_visible]
    bent = [one.bent for one in seen if one.bent is not None]
    return replace(
        base,
        confidence=0.6,
        reason=f"followed as on a surface that may bend and laid flat, it correlates with its reference by "
        f"{np.median([one.whole for one in bent]):.2f}, in its weakest part by "
        f"{np.median([one.weakest for one in bent]):.2f}",
    )


def _changed_laid_flat(e: Evidence, base: Verdict, limits: JudgeParameters) -> Verdict | None:
    """Warped, when the text on a surface that bends has become another though it is laid flat."""
    changed = changed_laid_flat(e.observations, limits.bent)
    if changed is None:
        return None
    since = e.observations[changed].index
    if (e.can_read and e.wrong_share(since) < limits.wrong_share) or _letters_hold(e, since, limits):
        return None
    alike = float(np.median([one.bent.whole for one in e.observations[changed:] if one.bent is not None]))
    return replace(
        base,
        state="warped",
        confidence=0.65 + 0.3 * (1 - max(alike, 0.0)),
        onset=since,
        followed=False,
        reason=f"its strokes are others from {clock(since, e.fps)} on: followed as on a surface that may bend and laid "
        f"flat, they correlate with the reference by {alike:.2f}",
    )


def _in_other_proportions(e: Evidence, base: Verdict, change: LetterChange, since: int) -> Verdict:
    return replace(
        base,
        state="warped",
        confidence=0.6,
        onset=since,
        reason=f"{quoted(e.expected)} is redrawn in other proportions ({change.stretch:.2f} times as wide or high) "
        f"from {clock(since, e.fps)} on, while its surface keeps them",
    )


def _wrong_from_the_start(e: Evidence, base: Verdict, limits: JudgeParameters) -> Verdict | None:
    """Warped, when it reads the same wrong text all along and the expected text comes from a person or the still."""
    few = len(e.readings) < limits.enough_readings
    if e.can_read or not e.known or e.source not in ("user", "still") or few:
        return None
    texts = [folded(r.text) for r in e.readings]
    common = max(set(texts), key=texts.count)
    agreement = float(np.mean([likeness(common, text) for text in texts]))
    confident = float(np.mean([r.confidence for r in e.readings]))
    mean = float(np.mean(e.similarities))
    if not common or agreement < limits.agreement or confident < limits.confident or mean > 1 - limits.misread:
        return None
    if e.source != "user" and float(np.median(e.cues.ncc[e.cues.counted])) > limits.ncc_changed:
        return None
    return replace(
        base,
        state="warped",
        confidence=0.5 + 0.3 * agreement * min(1.0, (1 - mean) / 0.5),
        onset=e.observations[0].index,
        reason=f"reads {base.read!r} instead of {e.expected!r} ({origin(e.source)}) from its first frame on",
    )


def _stable(e: Evidence, base: Verdict, limits: JudgeParameters) -> Verdict:
    """Stable, with how certain that is, and whether it was judged at all."""
    ncc = float(np.median(e.cues.ncc[e.cues.counted]))
    unseen = _unseen(e, limits)
    if unseen is not None:
        return replace(base, confidence=0.2, judged=False, reason=unseen)
    letters = hold(e.shapes.letters, limits.of_letters(fused=e.shapes.letters.fused))
    held = "; its letters keep their shapes" if letters else ""
    if e.can_read:
        right = float(np.mean([s >= e.normal - limits.misread for s in e.similarities]))
        confidence = 0.5 + 0.3 * right + 0.2 * float(np.clip((ncc - 0.5) / 0.4, 0, 1))
        read = f"reads {e.expected!r} ({origin(e.source)}) in"
        if right < limits.mostly_right and not letters:
            few = f"{read} only {right:.0%} of {len(e.similarities)} frames"
            reason = f"{few}, but its shapes hold, so it cannot be judged"
            return replace(base, confidence=0.3, judged=False, reason=reason)
        fused = e.shapes.letters.fused and len(e.shapes.letters.frames) >= limits.fused.least_comparisons
        if fused and not letters:
            reason = f"{read} {right:.0%} of {len(e.similarities)} frames, but its letters do not keep their shapes, "
            return replace(base, confidence=0.3, judged=False, reason=f"{reason}so it cannot be judged")
        reason = f"{read} {right:.0%} of {len(e.similarities)} frames that were read{held}"
        return replace(base, confidence=confidence, reason=reason)
    if ncc < limits.ncc_changed and not letters:
        reason = "it cannot be read reliably, so it cannot be judged"
        return replace(base, confidence=0.2, judged=False, reason=reason)
    confidence = 0.5 if letters else 0.3
    if e.expected is None:
        return replace(base, confidence=confidence, reason="nothing says what it should read, and its shapes hold")
    reason = "too small, blurred or seldom in view to be read reliably; its shapes hold"
    return replace(base, confidence=confidence, reason=reason)


def _unseen(e: Evidence, limits: JudgeParameters) -> str | None:
    """Why too little of its life could be followed to call it stable; None when enough could."""
    lost = sum(one.support <= 0 and one.visible >= limits.lost_visibility for one in e.observations)
    counted = int(e.cues.counted.sum())
    if counted < limits.followed_share * (counted + lost):
        return f"its track is lost in {lost} frames in which it should be in view, so it cannot be judged"
    ending = [one for one in trailing_lost(e.observations) if one.visible >= limits.lost_visibility]
    if ending and len(ending) >= limits.lost_share * len(e.observations) and e.last_right < ending[0].index:
        since = clock(ending[0].index, e.fps)
        return f"its track is lost from {since} on, though it should be in view, so it cannot be judged"
    letters = e.shapes.letters
    if letters.fused and len(letters.frames):
        last = int(letters.frames[-1])
        unlike = [one for one in e.observations if one.index > last and _is_unlike(one, limits)]
        if len(unlike) >= limits.lost_share * len(e.observations):
            return f"its letters could be compared until {clock(last, e.fps)} only, so it cannot be judged"
    inside = sum(one.inside >= limits.lost_visibility for one in e.observations)
    if counted < max(limits.clear_share * inside, limits.lasting_seconds * e.fps):
        return f"it is in clear view in {counted} of {inside} frames only, so it cannot be judged"
    return None


def _is_unlike(one: TextObservation, limits: JudgeParameters) -> bool:
    """Whether text that should be in view is not where it was followed to, or is another there."""
    return one.visible >= limits.lost_visibility and (one.ncc is None or one.ncc < limits.ncc_other)
