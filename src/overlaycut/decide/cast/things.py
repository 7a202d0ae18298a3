"""Verdicts on things of which references are given: what each is from look to look, and what became of it.

A look says what a thing is by itself, except where it was not found: what covers a thing for a moment and what has
taken its place look alike. There it counts whether the thing is seen again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

import numpy as np

from overlaycut.core.cast import (
    Appearance,
    IdentityVerdict,
    Presence,
    PresenceSpan,
    SimilaritySample,
    ThingLook,
    ThingReport,
    ThingTrack,
    TraitVerdict,
    centre_of,
    similarity,
)
from overlaycut.core.geometry import Box


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingRules:
    """Where a look changes its meaning; set on the tuning half of benchmarks/cast_labels.toml, spoiled and not."""

    other_colours: float = 0.6
    """Likeness of a part's colours, in the median, below which a thing is recoloured."""
    kept_detail: float = 0.45
    """Correlation of the parts with the opening, in the median, from which on it is the same thing in other colours:
    undisturbed things kept 0.57, things with something in front 0.40."""
    lost_detail: float = 0.3
    """The same below which its shape has changed where its colours stay."""
    good_part: float = 0.7
    """Likeness of a part's colours from which on it is to be seen."""
    covered_share: float = 0.75
    """Share of the parts that are to be seen below which something is in front."""
    foreign: float = 0.18
    """Share of the place in colours of neither the thing nor its surroundings from which on something else is there:
    at most 0.04 where there was nothing, 0.22 at least where there was something."""
    bare: float = 0.08
    """Likeness of the place with its surroundings, less that with the thing, from which on the thing is away."""
    lasting: Fraction = Fraction(2, 5)
    """Seconds that a change has to last."""
    other_reference: float = 0.35
    """Likeness of the opening's colours with those of the reference below which it is another one."""
    alike: float = 0.5
    """Similarity by a model of appearances below which a thing seen from another side is another one."""
    still_there: float = 0.5
    """Part of the time after a subject's drift in which its parts have to be those of its opening for it to be none."""
    leaves_px: float = 0.02
    """Distance from the picture's edge, in shares of its longer side, from which a thing walks out."""
    walked: float = 0.15
    """How far its middle moved towards that edge in the last second, at least, in shares of its shorter side."""


@dataclass(frozen=True, slots=True)
class _State:
    at: Fraction
    state: Presence
    confidence: float
    look: ThingLook


def judge_thing(clip: str, report: ThingReport, rules: ThingRules = ThingRules()) -> Appearance:
    """What became of one thing in one clip."""
    looks = [look for track in report.tracks for look in track.looks]
    known = [look for look in looks if look.known_by != "nothing"]
    spans: list[PresenceSpan] = []
    for track in report.tracks:
        spans += _spans(track, report, rules)
    signatures = [look.signature for look in known if look.signature is not None]
    return Appearance(
        character=report.name,
        clip=clip,
        tracks=(),
        seen=len(known),
        face=_verdict(report, spans, looks, known, rules),
        clothes=TraitVerdict(verdict="n/a", reason="a thing wears nothing"),
        centre=centre_of(signatures) if signatures else None,
        kind="thing",
        spans=tuple(spans),
    )


def still_itself(subject: Appearance, report: ThingReport, rules: ThingRules = ThingRules()) -> Appearance:
    """A subject whose colours change on its way, but whose parts are those of its opening with movement undone.

    report: of the same clip, with the subject's opening as the reference. A drift stands unless the thing is seen, and
    itself, for at least `still_there` of the time after it.
    """
    since = subject.face.first_bad
    if subject.face.verdict != "drift" or since is None:
        return subject
    after = [
        (max(span.starts, since), span) for span in judge_thing(subject.clip, report, rules).spans if span.ends > since
    ]
    lasts = float(report.ends - since)
    there = [(float(span.ends - start), span) for start, span in after if span.state == "there"]
    if not there or sum(seconds for seconds, _ in there) < rules.still_there * lasts:
        return subject
    why = "its colours change on its way, but its parts stay as they were first seen"
    sure = sum(seconds * span.confidence for seconds, span in there) / max(lasts, 1e-6)
    return replace(
        subject, face=replace(subject.face, verdict="same", first_bad=None, reason=why, confidence=min(sure, 1.0))
    )


def _verdict(
    report: ThingReport,
    spans: Sequence[PresenceSpan],
    looks: Sequence[ThingLook],
    known: Sequence[ThingLook],
    rules: ThingRules,
) -> TraitVerdict:
    if not looks:
        return TraitVerdict(verdict="n/a", reason=_why_not_found(report))
    values = np.array([look.colours for look in known])
    measured = TraitVerdict(
        verdict="same",
        reason="it stays as it was first seen",
        min=float(values.min()),
        p05=float(np.quantile(values, 0.05)),
        mean=float(values.mean()),
        band=rules.other_colours,
        series=tuple(SimilaritySample(look.at, look.colours, look.certainty) for look in looks),
    )
    first = looks[0]
    if first.reference_colours < rules.other_reference:
        why = f"its colours are {first.reference_colours:.2f} like those of the reference: another one from the start"
        return replace(measured, verdict="different", first_bad=first.at, reason=why, confidence=first.certainty)
    bad = next((n for n, span in enumerate(spans) if _is_fault(n, spans)), None)
    if bad is None:
        sure = sum(
            span.confidence * float(span.ends - span.starts)
            for span in spans
            if span.state in ("there", "turned", "covered")
        )
        sure /= float(sum((span.ends - span.starts for span in spans), Fraction(0)))
        return replace(measured, confidence=sure, reason=_remarks(spans, report) or measured.reason)
    span = spans[bad]
    verdicts: dict[Presence, tuple[IdentityVerdict, str]] = {
        "drift": ("drift", "its colours or its shape change, movement undone,"),
        "replaced": ("replaced", "something else is in its place"),
        "gone": ("gone", "it vanishes from the picture"),
    }
    verdict, words = verdicts[span.state]
    why = f"{words} from {float(span.starts):.2f} s on"
    return replace(measured, verdict=verdict, first_bad=span.starts, reason=why, confidence=span.confidence)


def _is_fault(number: int, spans: Sequence[PresenceSpan]) -> bool:
    """Whether a span is a fault: drift, or what has not come back."""
    state = spans[number].state
    if state == "gone":
        return not any(later.state in ("there", "turned", "covered") for later in spans[number + 1 :])
    return state in ("drift", "replaced")


def _why_not_found(report: ThingReport) -> str:
    missing = []
    if report.features < 16:
        missing.append(f"its reference has only {report.features} features to know it by")
    if not report.colourful:
        missing.append("no colours that tell it from what is grey")
    said = " and ".join(missing) or "no place has enough of its features, or its colours where they belong"
    return f"not judged: it was not found by its reference; {said}"


def _remarks(spans: Sequence[PresenceSpan], report: ThingReport) -> str:
    """What there is to say of a thing that stays itself; empty where there is nothing."""
    words = {
        "turned": "seen from another side, or too blurred to be compared",
        "covered": "something is in front, or it is not itself for a while,",
        "hidden": "not to be told: covered, turned away, or out of the picture",
        "gone": "out of the picture",
    }
    said = [
        f"{words[span.state]} from {float(span.starts):.2f} to {float(span.ends):.2f} s"
        for span in spans
        if span.state in words
    ]
    shots = {track.shot for track in report.tracks}
    starts = [Fraction(0), *report.cuts]
    said += [f"not found in the shot from {float(at):.2f} s on" for n, at in enumerate(starts) if n not in shots]
    return f"it stays as it was first seen; {'; '.join(said)}" if said else ""


def _spans(track: ThingTrack, report: ThingReport, rules: ThingRules) -> list[PresenceSpan]:
    """Runs of one state, too short ones taken into what was before; what was never seen again is told from the rest."""
    states = [_state_of(look, track, report, rules) for look in track.looks]
    runs: list[list[_State]] = []
    for _, group in groupby(states, key=lambda one: one.state):
        run = list(group)
        lasts = _until(run[-1], states, track) - run[0].at
        if runs and lasts < rules.lasting:
            runs[-1] += [replace(one, state=runs[-1][0].state) for one in run]
        elif runs and runs[-1][0].state == run[0].state:
            runs[-1] += run
        else:
            runs.append(run)
    return _resolved(runs, track, report, rules)


def _until(one: _State, states: Sequence[_State], track: ThingTrack) -> Fraction:
    """When the next look is taken, or the shot ends."""
    return next((other.at for other in states if other.at > one.at), track.ends)


def _resolved(
    runs: Sequence[Sequence[_State]], track: ThingTrack, report: ThingReport, rules: ThingRules
) -> list[PresenceSpan]:
    starts = [run[0].at for run in runs]
    spans = []
    for number, run in enumerate(runs):
        again = any(later[0].state in ("there", "turned", "drift") for later in runs[number + 1 :])
        state = run[0].state
        itself = any(later[0].state == "there" for later in runs[number + 1 :])
        if (state == "replaced" and again) or (state == "drift" and itself):
            state = "covered"
        elif state == "gone" and _walked_out(runs, number, report, rules):
            state = "hidden"
        confidence = float(np.mean([one.confidence for one in run]))
        ends = starts[number + 1] if number + 1 < len(runs) else track.ends
        before = runs[number - 1][-1].look.box if number and state in ("gone", "hidden") else run[0].look.box
        spans.append(PresenceSpan(state=state, starts=run[0].at, ends=ends, confidence=confidence, box=before))
    return spans


def _walked_out(runs: Sequence[Sequence[_State]], number: int, report: ThingReport, rules: ThingRules) -> bool:
    """Whether the thing moved to the picture's edge before it was not seen any more; who only comes nearer does not."""
    seen = [one.look for run in runs[:number] for one in run]
    if not seen:
        return False
    last = seen[-1]
    before = next(look for look in seen if look.at >= last.at - 1)
    width, height = report.size
    near, least = rules.leaves_px * max(width, height), rules.walked * min(last.box.w, last.box.h)
    x, y = (_middle(last.box)[axis] - _middle(before.box)[axis] for axis in (0, 1))
    room = (last.box.x, width - last.box.right, last.box.y, height - last.box.bottom)
    return any(now < near and moved >= least for now, moved in zip(room, (-x, x, -y, y), strict=True))


def _middle(box: Box) -> tuple[float, float]:
    return box.x + box.w / 2, box.y + box.h / 2


def _state_of(look: ThingLook, track: ThingTrack, report: ThingReport, rules: ThingRules) -> _State:
    """What one look says."""
    if look.known_by == "nothing":
        return _unseen(look, rules)
    if not look.cell_colours:
        return _from_another_side(look, track, report, rules)
    colours = np.array([value for value in look.cell_colours if value is not None])
    detail = np.array([value for value in look.cell_detail if value is not None])
    middle = float(np.median(colours)) if len(colours) else look.colours
    structure = float(np.median(detail)) if len(detail) else 1.0
    if middle < rules.other_colours and structure >= rules.kept_detail:
        return _State(look.at, "drift", _beyond(rules.other_colours - middle, rules.other_colours / 2), look)
    if len(colours) and float((colours >= rules.good_part).mean()) < rules.covered_share:
        return _State(look.at, "covered", _beyond(rules.good_part - middle, rules.good_part / 2), look)
    if structure < rules.lost_detail:
        return _State(look.at, "drift", _beyond(rules.lost_detail - structure, rules.lost_detail), look)
    return _State(look.at, "there", look.certainty, look)


def _unseen(look: ThingLook, rules: ThingRules) -> _State:
    """What is at the place of a thing that was not found."""
    if look.foreign >= rules.foreign:
        return _State(look.at, "replaced", _beyond(look.foreign - rules.foreign, rules.foreign), look)
    bare = look.behind - look.colours
    if bare >= rules.bare:
        return _State(look.at, "gone", _beyond(bare - rules.bare, 2 * rules.bare), look)
    return _State(look.at, "hidden", 0.5, look)


def _from_another_side(look: ThingLook, track: ThingTrack, report: ThingReport, rules: ThingRules) -> _State:
    opening = track.looks[0].signature
    if report.metric is not None and opening is not None and look.signature is not None:
        alike = similarity(report.metric, opening, look.signature)
        if alike < rules.alike:
            return _State(look.at, "drift", _beyond(rules.alike - alike, rules.alike / 2), look)
    return _State(look.at, "turned", look.certainty, look)


def _beyond(distance: float, whole: float) -> float:
    """How sure a measure makes: 0.5 at its limit, 1 from `whole` beyond it on."""
    return 0.5 + 0.5 * min(max(distance / whole, 0.0), 1.0)
