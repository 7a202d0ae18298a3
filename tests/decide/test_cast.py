"""Verdicts on followed faces: same, drift, different, n/a; graphemes; clones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.core.cast import (
    Absence,
    CastReport,
    Character,
    EmbeddingMetric,
    Face,
    FaceTrack,
    Sighting,
    Signature,
    Whereabouts,
    centre_of,
    similarity,
)
from overlaycut.core.geometry import Box
from overlaycut.decide import CastRules, ClipCast, compare_clips, find_clones, judge_cast, shows_twins

METRE = EmbeddingMetric("test", 0.6)
RULES = CastRules()
MAYA, TOM = np.array([0.0, 0.0], np.float32), np.array([1.0, 0.0], np.float32)


def sign(vector: np.ndarray, weight: float = 1.0, model: str = "test") -> Signature:
    return Signature(model, np.asarray(vector, np.float32), weight)


MAYA_CAST = Character("maya", (sign(MAYA),))


def track(
    vectors: Sequence[np.ndarray], *, number: int = 0, shot: int = 0, weight: float | Sequence[float] = 1.0, x: int = 0,
    clothes: Callable[[int], np.ndarray] | None = None,
) -> FaceTrack:  # fmt: skip
    weights = [weight] * len(vectors) if isinstance(weight, float) else list(weight)
    return FaceTrack(
        number, shot,
        tuple(
            Sighting(
                6 * n, Fraction(n, 4), Box(x, 0, 40, 50), w, sign(vector, w),
                None if clothes is None else np.asarray(clothes(n), np.float32),
            )
            for n, (vector, w) in enumerate(zip(vectors, weights, strict=True))
        ),
    )  # fmt: skip


def clip(name: str, *tracks: FaceTrack, absences: Sequence[Absence] = ()) -> ClipCast:
    return ClipCast(name, CastReport(model="test", tracks=tracks, absences=tuple(absences)))


def one(tracks: Sequence[FaceTrack], references: Sequence[np.ndarray] = (MAYA,)) -> object:
    (appearance,) = judge_cast([clip("a", *tracks)], [Character("maya", tuple(map(sign, references)))], METRE, RULES)
    return appearance


def test_somebody_who_stays_is_the_same() -> None:
    face = one([track([MAYA + 0.1] * 12)]).face
    assert face.verdict == "same" and face.first_bad is None
    assert face.min == pytest.approx(face.mean) and 0.8 < face.min < 1


@pytest.mark.parametrize("far", [0.45, 0.6, 1.0])
def test_a_face_that_turns_into_another_is_drift_from_half_way_on(far: float) -> None:
    vectors = [MAYA + TOM * far * max(0.0, min(1.0, (n - 8) / 8)) for n in range(24)]
    face = one([track(vectors)]).face
    assert face.verdict == "drift"
    # Two fifths of the fall to come: after three fifths of the eight steps, however far the other is.
    assert float(face.first_bad) == pytest.approx((8 + 0.6 * 8) / 4, abs=0.05)
    assert face.min == pytest.approx(1 - far / (2 * METRE.threshold)) and face.p05 < face.mean


def test_a_poor_opening_is_no_drift_where_the_references_know_better() -> None:
    turned = np.array([0.0, 0.5])
    vectors = [MAYA + turned] * 4 + [MAYA + turned * 0.3] * 2 + [MAYA] * 10
    assert one([track(vectors)]).face.verdict == "same"
    away = [MAYA + turned] * 4 + [MAYA + turned * 2] * 12
    assert one([track(away)]).face.verdict == "drift"


def test_after_a_hard_cut_a_face_is_held_against_the_new_shot() -> None:
    first, second = track([MAYA] * 6), track([MAYA + TOM * 0.5] * 8, number=1, shot=1)
    later = tuple(replace(s, index=s.index + 36, at=s.at + Fraction(3, 2)) for s in second.sightings)
    shots = [first, replace(second, sightings=later)]
    (montage,) = judge_cast([clip("a", *shots)], [], METRE, RULES)
    assert len(montage.tracks) == 2 and montage.face.verdict == "same"
    (take,) = judge_cast([clip("a", *(replace(one, shot=0) for one in shots))], [], METRE, RULES)
    assert take.face.verdict == "drift"


def test_without_references_an_opening_is_trusted_less() -> None:
    vectors = [MAYA] * 6 + [MAYA + TOM * 0.4] * 8
    (alone,) = judge_cast([clip("a", track(vectors))], [], METRE, RULES)
    assert alone.face.verdict == "same" and one([track(vectors)]).face.verdict == "drift"
    (gone,) = judge_cast([clip("a", track([MAYA] * 6 + [MAYA + TOM * 0.5] * 8))], [], METRE, RULES)
    assert gone.face.verdict == "drift" and gone.face.band == pytest.approx(RULES.lost, abs=0.01)


def test_a_moment_is_no_drift() -> None:
    vectors = [MAYA] * 12
    vectors[6] = TOM
    assert one([track(vectors)]).face.verdict == "same"


def test_what_is_seen_badly_decides_nothing() -> None:
    vectors, weights = [MAYA] * 6 + [TOM] * 6, [1.0] * 6 + [0.1] * 6
    assert one([track(vectors, weight=weights)]).face.verdict == "same"
    face = one([track(vectors, weight=0.1)]).face
    assert face.verdict == "n/a" and face.mean is None


def test_no_face_is_not_applicable_never_low() -> None:
    face = one([]).face
    assert (face.verdict, face.min, face.p05, face.mean, face.first_bad) == ("n/a", None, None, None, None)


def test_a_stranger_in_her_place_is_different() -> None:
    face = one([track([TOM] * 8)]).face
    assert face.verdict == "different" and face.mean < 0.5 and face.first_bad == 0


def test_a_passer_by_is_nobody() -> None:
    small = FaceTrack(1, 0, tuple(Sighting(6 * n, Fraction(n, 4), Box(0, 0, 4, 4), 1.0, sign(TOM)) for n in range(4)))
    appearances = judge_cast(
        [clip("a", track([MAYA] * 8), small)],
        [Character("maya", (sign(MAYA),)), Character("tom", (sign(TOM + 2),))], METRE, RULES,
    )  # fmt: skip
    assert [a.face.verdict for a in appearances] == ["same", "n/a"]


def test_each_track_goes_to_whom_it_is_most_like() -> None:
    appearances = judge_cast(
        [clip("a", track([MAYA] * 8, number=3), track([TOM] * 8, number=5, x=100))],
        [Character("tom", (sign(TOM),)), Character("maya", (sign(MAYA),))], METRE, RULES,
    )  # fmt: skip
    assert [(a.character, a.tracks) for a in appearances] == [("tom", (5,)), ("maya", (3,))]


def test_loose_references_allow_more() -> None:
    vectors = [MAYA] * 6 + [MAYA + np.array([0.55, 0.0])] * 8
    strict = one([track(vectors)]).face
    loose = one([track(vectors)], [MAYA, MAYA + np.array([0.0, 0.58])]).face
    assert strict.verdict == "drift" and loose.verdict == "same"
    assert loose.band < strict.band


def test_characters_are_discovered_across_clips() -> None:
    clips = [clip("a", track([MAYA] * 8)), clip("b", track([MAYA + 0.1] * 8), track([TOM] * 4, number=1, x=90))]
    appearances = judge_cast(clips, [], METRE, RULES)
    assert [(a.character, a.clip) for a in appearances] == [("person-1", "a"), ("person-1", "b"), ("person-2", "b")]
    (pair,) = compare_clips(appearances, METRE, RULES)
    assert (pair.one, pair.other, pair.verdict) == ("a", "b", "same") and pair.similarity > 0.8


def test_faces_in_one_frame_are_never_joined_but_may_be_clones() -> None:
    both = clip("a", track([MAYA] * 8), track([MAYA + 0.05] * 8, number=1, x=100))
    assert len({a.character for a in judge_cast([both], [], METRE, RULES)}) == 2
    (found,) = find_clones(both, METRE, RULES)
    assert found.index == 0 and found.lasts == 8 and [box.x for box in found.boxes] == [0, 100]
    assert find_clones(both, METRE, RULES, twins=True) == ()
    assert find_clones(clip("a", track([MAYA] * 8), track([TOM] * 8, number=1, x=100)), METRE, RULES) == ()


def test_twins_in_the_still_are_seen() -> None:
    face = Face(Box(0, 0, 9, 9), 1.0, ((1, 1), (2, 1), (1, 2), (1, 3), (2, 3)))
    assert shows_twins([(face, sign(MAYA)), (face, sign(MAYA + 0.1))], METRE, RULES)
    assert not shows_twins([(face, sign(MAYA)), (face, sign(TOM))], METRE, RULES)
    assert not shows_twins([(face, sign(MAYA))], METRE, RULES)


def test_clothes_are_judged_on_their_own() -> None:
    red, blue = np.array([[1.0, 0.0, 0.0]] * 6), np.array([[0.0, 0.0, 1.0]] * 6)
    changed = one([track([MAYA] * 16, clothes=lambda n: red if n < 8 else blue)])
    assert changed.face.verdict == "same"
    assert changed.clothes.verdict == "drift" and abs(float(changed.clothes.first_bad) - 2) < 0.26
    assert one([track([MAYA] * 16, clothes=lambda n: red)]).clothes.verdict == "same"
    assert one([track([MAYA] * 16)]).clothes.verdict == "n/a"


@pytest.mark.parametrize(("covered", "verdict"), [(3, "same"), (6, "drift")])
def test_who_comes_in_front_of_a_part_changes_no_clothes(covered: int, verdict: str) -> None:
    worn, hair = np.array([[1.0, 0.0]] * 6), np.array([[0.0, 1.0]] * 6)
    behind = np.concatenate([hair[:covered], worn[covered:]])
    assert one([track([MAYA] * 16, clothes=lambda n: worn if n < 8 else behind)]).clothes.verdict == verdict


@pytest.mark.parametrize("kind", ["replaced", "gone"])
def test_who_is_gone_or_replaced_is_not_the_same(kind: Whereabouts) -> None:
    absence = Absence(track=0, since=Fraction(2), kind=kind, at=Fraction(9, 4))
    (found,) = judge_cast([clip("a", track([MAYA] * 9), absences=[absence])], [MAYA_CAST], METRE, RULES)
    assert (found.face.verdict, found.face.first_bad) == (kind, Fraction(9, 4)) and "2.25 s" in found.face.reason


@pytest.mark.parametrize("kind", ["hidden", "left"])
def test_who_turns_away_or_walks_out_stays_the_same_and_that_is_said(kind: Whereabouts) -> None:
    absence = Absence(track=0, since=Fraction(2), kind=kind, at=Fraction(2))
    (found,) = judge_cast([clip("a", track([MAYA] * 9), absences=[absence])], [MAYA_CAST], METRE, RULES)
    assert found.face.verdict == "same" and "2.00 s" in found.face.reason


def test_who_comes_back_was_only_hidden() -> None:
    absence = Absence(track=0, since=Fraction(2), kind="gone", at=Fraction(2))
    again = track([MAYA] * 24, number=1)
    (found,) = judge_cast([clip("a", track([MAYA] * 9), again, absences=[absence])], [MAYA_CAST], METRE, RULES)
    assert found.face.verdict == "same"


def test_models_are_never_mixed() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        similarity(METRE, sign(MAYA), sign(MAYA, model="other"))
    with pytest.raises(ValueError, match="no mean"):
        centre_of([sign(MAYA), sign(MAYA, model="other")])
    with pytest.raises(ValueError, match="cannot be compared"):
        judge_cast([clip("a", track([MAYA] * 4))], [Character("maya", (sign(MAYA, model="other"),))], METRE, RULES)


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=2), st.lists(st.floats(-2, 2), min_size=2, max_size=2))
def test_similarity_is_a_share_and_symmetric(a: list[float], b: list[float]) -> None:
    one, other = sign(np.array(a)), sign(np.array(b))
    alike = similarity(METRE, one, other)
    assert 0 <= alike <= 1 and alike == similarity(METRE, other, one)
    assert similarity(METRE, one, one) == 1
