"""Which candidate comes first, and what is said of each."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.core.cast import Appearance, Clones, TraitVerdict
from overlaycut.core.geometry import Box
from overlaycut.core.quality import QualityReport
from overlaycut.decide import Candidate, Weights, ranked
from overlaycut.decide.ranking import PARTS, Request, score_parts
from overlaycut.errors import InvalidValue

CLEAN = QualityReport(
    frames=96, seconds=4.0, sharpness=0.5, softened=1.0, motion=0.03, still_share=0.0, repeats=(), cadence=24.0,
    jerk=0.3, flicker=0.1, exposure_drift=2.0, black=(), flashes=(), cuts=(), jumps=(), fidelity=0.9, palette=0.95,
    clean=(10, 95), detail=(0.5, 0.4), width=720, height=1280,
)  # fmt: skip


def candidate(name: str = "a", *, legibility: float | None = 1.0, **changes: Any) -> Candidate:
    return Candidate(clip=name, quality=replace(CLEAN, **changes), legibility=legibility)


def appearance(verdict: str, similarity: float) -> Appearance:
    face = TraitVerdict(verdict=verdict, reason=f"is {verdict}", min=similarity, p05=similarity, mean=similarity)  # type: ignore[arg-type]
    worn = TraitVerdict(verdict="n/a", reason="")
    return Appearance(character="maya", clip="a", tracks=(0,), seen=9, face=face, clothes=worn, centre=None)


@pytest.mark.parametrize(
    ("worse", "said"),
    [
        ({"legibility": 0.4}, "lettering legible to 40%"),
        ({"sharpness": 0.2}, "it is the softest"),
        ({"softened": 0.5}, "50% of the sharpness"),
        ({"flicker": 6.0}, "flickers by 6.0"),
        ({"exposure_drift": 60.0}, "wanders by 60"),
        ({"repeats": tuple(range(40)), "cadence": 14.0}, "14.0 new ones a second"),
        ({"flashes": (7, 9)}, "a flash at frame 7 and 1 more"),
        ({"jumps": (5,)}, "a jump at frame 5"),
        ({"fidelity": 0.2}, "20% of the still"),
        ({"jerk": 2.5}, "it moves worst"),
        ({"motion": 0.003}, "it moves worst"),
        ({"cadence": 16.0}, "only 16.0 new pictures a second, where 24 can be had"),
        ({"cadence": 9.0}, "only 9.0 new pictures a second, where 24 can be had"),
        ({"width": 480, "height": 854}, "only 480x854, where 720 lines can be had"),
        ({"enlarged": 2.0}, "only 720x1280, enlarged about 2 times, where 720 lines can be had"),
    ],
)
def test_each_fault_costs_and_is_said(worse: dict[str, Any], said: str) -> None:
    first, second = ranked([candidate("bad", **worse), candidate("good")], Weights())
    assert (first.clip, second.clip) == ("good", "bad")
    assert any(said in reason for reason in second.reasons), second.reasons


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"still_share": 1.0, "cadence": None, "motion": 0.0}, "frozen"),
        ({"black": tuple(range(96))}, "black"),
        ({"cuts": (40,)}, "hard cut at frame 40"),
        ({"frames": 1, "still_share": 1.0}, "single frame"),
    ],
)
def test_a_frozen_black_or_cut_clip_never_wins(broken: dict[str, Any], said: str) -> None:
    poor = candidate("poor", legibility=0.05, sharpness=0.05, flicker=9.0, fidelity=0.0, palette=0.0, flashes=(3, 4, 5))
    order = ranked([candidate("broken", **broken), poor], Weights())
    assert [one.clip for one in order] == ["poor", "broken"]
    assert any(said in fault for fault in order[1].faults)


def test_a_cut_that_was_asked_for_is_no_fault() -> None:
    (one,) = ranked([candidate(cuts=(40,))], Weights(), cuts_asked=True)
    assert one.faults == () and one.parts["defects"] == 1


def test_what_does_not_apply_is_left_out() -> None:
    (one,) = ranked([candidate(legibility=None, fidelity=None, palette=None, sharpness=None)], Weights())
    assert [name for name in PARTS if one.parts[name] is None] == ["legibility", "identity", "fidelity", "sharpness"]
    assert one.score > 80


def test_identity_counts_and_clones_halve_it() -> None:
    same = replace(candidate("same"), appearances=(appearance("same", 0.8),))
    other = replace(candidate("other"), appearances=(appearance("different", 0.4),))
    clone = Clones(
        clip="clone", index=3, at=Fraction(1), boxes=(Box(0, 0, 9, 9), Box(20, 0, 9, 9)), similarity=0.9, lasts=5
    )
    twice = replace(candidate("twice"), appearances=same.appearances, clones=(clone,))
    assert [one.clip for one in ranked([other, twice, same], Weights())] == ["same", "twice", "other"]
    assert any("twice from frame 3" in r for r in ranked([twice], Weights())[0].reasons)


def test_a_speaker_who_pauses_is_not_outdone_by_one_whose_face_melts() -> None:
    pauses = replace(candidate("calm", motion=0.009, still_share=0.45), appearances=(appearance("same", 0.86),))
    melts = replace(candidate("melting", motion=0.026), appearances=(appearance("same", 0.65),))
    assert [one.clip for one in ranked([melts, pauses], Weights())] == ["calm", "melting"]
    assert (score_parts(pauses)["motion"] or 0) > 0.85
    assert (score_parts(candidate(still_share=0.85, motion=0.009))["motion"] or 0) < 0.4


def test_ties_are_said() -> None:
    first, second = ranked([candidate("a"), candidate("b", flicker=0.11)], Weights())
    assert "a tie with b: less than 1 point apart" in first.reasons and first.equals == ("b",)
    assert "a tie with a: less than 1 point apart" in second.reasons


def test_weights_are_settings() -> None:
    soft, dull = candidate("soft", sharpness=0.2), candidate("unlike", fidelity=0.3)
    assert ranked([soft, dull], Weights(sharpness=9, fidelity=0.1))[0].clip == "unlike"
    assert ranked([soft, dull], Weights(sharpness=0.1, fidelity=9))[0].clip == "soft"
    with pytest.raises(InvalidValue):
        Weights(sharpness=-1)


@given(
    flicker=st.floats(0, 100), drift=st.floats(0, 255), motion=st.floats(0, 5), jerk=st.floats(0, 50),
    sharp=st.floats(0, 2), soft=st.floats(0, 5), still=st.floats(0, 1), flashes=st.integers(0, 96),
)  # fmt: skip
def test_every_part_is_a_share(
    flicker: float, drift: float, motion: float, jerk: float, sharp: float, soft: float, still: float, flashes: int
) -> None:
    one = candidate(
        flicker=flicker, exposure_drift=drift, motion=motion, jerk=jerk, sharpness=sharp, softened=soft,
        still_share=still, flashes=tuple(range(flashes)),
    )  # fmt: skip
    assert all(value is None or 0 <= value <= 1 for value in score_parts(one).values())
    assert 0 <= ranked([one], Weights())[0].score <= 100


SMALL_AND_SLOW = {"width": 512, "height": 512, "cadence": 9.0}


@pytest.mark.parametrize("worse", [SMALL_AND_SLOW, {"cadence": 9.0}, {"width": 400, "height": 700}, {"enlarged": 3.0}])
def test_far_too_little_delivered_is_not_outweighed(worse: dict[str, Any]) -> None:
    better = candidate("better", sharpness=0.2, flicker=2.0, exposure_drift=40.0, jerk=1.4, jumps=(5,))
    first, second = ranked([candidate("little", **worse), better], Weights())
    assert first.clip == "better" and second.failings and second.score <= first.score


def test_another_person_and_a_melted_label_are_not_outweighed() -> None:
    dull = candidate("dull", sharpness=0.15, flicker=3.0, exposure_drift=60.0, jerk=1.5)
    other = replace(candidate("other"), appearances=(appearance("different", 0.4),))
    label = replace(candidate("label"), melted=("COLD BREW",))
    first, second, third = ranked([other, label, dull], Weights())
    assert first.clip == "dull" and {second.clip, third.clip} == {"other", "label"}
    assert any("melted: COLD BREW" in reason for one in (second, third) for reason in one.reasons)
    unsure = replace(
        other, appearances=(replace(other.appearances[0], face=replace(other.appearances[0].face, confidence=0.3)),)
    )
    assert ranked([unsure, dull], Weights())[0].failings == ()


def test_what_was_asked_for_is_the_measure() -> None:
    takes = [candidate("a", width=1080, height=1920), candidate("b")]
    wanted = Request(lines=1080, rate=24.0, seconds=6.0)
    first, second = ranked(takes, Weights(), request=wanted)
    assert first.clip == "a" and "lasts 4.0 of the 6.0 s that were asked for" in first.failings
    assert any("where 1080 lines were asked for" in reason for reason in second.reasons)
    assert ranked(takes[1:], Weights(), request=Request(lines=720, rate=24.0))[0].parts["delivery"] == 1


@given(st.sets(st.integers(1, 95), max_size=95), st.sets(st.integers(1, 95), max_size=95), st.floats(0.05, 0.6))
def test_a_take_with_more_frozen_frames_never_beats_one_with_fewer(
    one: set[int], other: set[int], sharpness: float
) -> None:
    takes = [
        candidate("one", frozen=tuple(sorted(one))),
        candidate("other", frozen=tuple(sorted(other)), sharpness=sharpness),
    ]
    first, second = ranked(takes, Weights())
    shares = {"one": len(one) / 96, "other": len(other) / 96}
    assert shares[first.clip] <= shares[second.clip] + 0.08


def test_scores_never_rise_along_the_order_and_ties_are_within_a_tier() -> None:
    takes = [
        candidate("good", sharpness=0.2), candidate("stuck", frozen=tuple(range(1, 40))),
        candidate("slow", cadence=8.0), candidate("cut", cuts=(40,)),
    ]  # fmt: skip
    order = ranked(takes, Weights())
    assert [one.clip for one in order] == ["good", "stuck", "slow", "cut"]
    assert all(a.score >= b.score for a, b in pairwise(order)) and not any(one.equals for one in order)
