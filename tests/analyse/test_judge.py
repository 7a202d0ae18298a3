from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from overlaycut.analyse.judge import OcrReading, ShapeMatch, Shapes, TextObservation, Verdict, judge
from overlaycut.core.findings import TextSource

FPS, FRAMES = 24.0, 72
WORDS = "COLD BREW"
GOOD = TextObservation(
    index=0, visible=1.0, support=0.9, height=40.0, ncc=0.98, nonrigid_residual=0.003, contrast_energy=1.0
)


def life(change: Callable[[int, TextObservation], TextObservation] = lambda i, look: look) -> list[TextObservation]:
    return [change(i, replace(GOOD, index=i)) for i in range(FRAMES)]


def read(says: Callable[[int], str], every: int = 6, confidence: float = 0.97) -> list[OcrReading]:
    return [OcrReading(i, says(i), confidence if says(i) else 0.0) for i in range(0, FRAMES, every)]


def verdict(
    looks: Sequence[TextObservation],
    readings: Sequence[OcrReading],
    expected: str | None = WORDS,
    sure: float = 1.0,
    source: TextSource = "still",
) -> Verdict:
    return judge(looks, readings, expected=expected, expected_confidence=sure, fps=FPS, source=source)


def melting(onset: int, ramp: int = 10) -> Callable[[int, TextObservation], TextObservation]:
    def change(i: int, look: TextObservation) -> TextObservation:
        t = min(max((i - onset) / ramp, 0.0), 1.0)
        return replace(look, ncc=0.98 - 0.65 * t, nonrigid_residual=0.003 + 0.15 * t, support=0.9 - 0.3 * t)

    return change


def fading(onset: int, ramp: int = 8) -> Callable[[int, TextObservation], TextObservation]:
    def change(i: int, look: TextObservation) -> TextObservation:
        t = min(max((i - onset) / ramp, 0.0), 1.0)
        return replace(look, contrast_energy=1 - 0.98 * t, ncc=0.98 - 0.9 * t, nonrigid_residual=0.003 + t)

    return change


def test_lettering_that_keeps_its_shape_and_reads_right_is_stable() -> None:
    said = verdict(life(), read(lambda i: WORDS))
    assert said.state == "stable" and said.onset is None
    assert said.confidence > 0.9 and said.legibility > 0.9 and said.noise == 0


@pytest.mark.parametrize("onset", [12, 24, 40])
def test_lettering_that_melts_is_warped_from_about_when_it_began(onset: int) -> None:
    said = verdict(life(melting(onset)), read(lambda i: WORDS if i < onset + 5 else "CQJD RBFW"))
    assert said.state == "warped" and said.onset is not None
    assert abs(said.onset - onset) <= 3
    assert said.legibility < 0.5 and "CQJD RBFW" in said.reason and WORDS in said.reason


def test_lettering_whose_strokes_vanish_while_its_surface_stays_is_lost() -> None:
    said = verdict(life(fading(30)), read(lambda i: WORDS if i < 34 else ""))
    assert said.state == "lost" and said.onset is not None and abs(said.onset - 30) <= 3


def test_one_misreading_of_good_lettering_is_noise_and_is_reported_as_such() -> None:
    said = verdict(life(), read(lambda i: "C0LO BRFW" if i == 30 else WORDS))
    assert said.state == "stable" and 0 < said.noise < 0.1


def test_readings_alone_do_not_decide() -> None:
    said = verdict(life(), read(lambda i: WORDS if i < 30 else "MTKX"))
    assert said.state == "stable"


def test_shapes_alone_do_not_decide_while_it_reads_right() -> None:
    assert verdict(life(melting(30)), read(lambda i: WORDS)).state == "stable"


def test_frames_that_were_not_read_count_for_nothing() -> None:
    assert verdict(life(), [OcrReading(0, WORDS, 0.97), OcrReading(6, WORDS, 0.96)]).state == "stable"
    assert verdict(life(), []).state == "stable"


def test_what_happens_behind_something_is_not_held_against_it() -> None:
    def covered(i: int, look: TextObservation) -> TextObservation:
        return replace(look, visible=0.2, ncc=0.1, nonrigid_residual=0.5) if 20 <= i < 50 else look

    said = verdict(life(covered), read(lambda i: "X" if 20 <= i < 50 else WORDS))
    assert said.state == "stable"


def test_a_melt_that_passes_within_two_frames_is_not_one() -> None:
    def flash(i: int, look: TextObservation) -> TextObservation:
        return replace(look, ncc=0.2, nonrigid_residual=0.3) if i in (30, 31) else look

    assert verdict(life(flash), read(lambda i: WORDS)).state == "stable"


def test_lettering_too_small_to_read_is_not_judged() -> None:
    small = life(lambda i, look: replace(melting(20)(i, look), height=6.0))
    said = verdict(small, read(lambda i: WORDS if i < 24 else "MTKX"))
    assert said.state == "stable" and "too small" in said.reason


def test_lettering_that_nobody_could_read_at_first_is_not_judged() -> None:
    said = verdict(life(melting(20)), read(lambda i: "XJ"), sure=0.4)
    assert said.state == "stable" and said.confidence < 0.5


def test_without_an_expected_text_nothing_is_called_broken() -> None:
    assert verdict(life(melting(20)), read(lambda i: "AB" if i < 24 else "ZQ"), expected=None).state == "stable"


def test_lettering_that_is_never_in_view_is_not_judged() -> None:
    said = verdict(life(lambda i, look: replace(look, visible=0.1)), [])
    assert said.state == "stable" and "never in clear view" in said.reason
    assert verdict([], []).state == "stable"


def test_a_broken_reference_of_low_sureness_lowers_confidence() -> None:
    looks, heard = life(melting(24)), read(lambda i: WORDS if i < 29 else "CQJD RBFW")
    assert verdict(looks, heard, sure=0.75).confidence < verdict(looks, heard).confidence


def test_lettering_that_reads_wrong_all_along_is_warped_when_a_person_says_what_it_should_read() -> None:
    said = verdict(life(), read(lambda i: "COLT BRFVV"), source="user")
    assert said.state == "warped" and said.onset == 0 and "COLT BRFVV" in said.reason
    assert verdict(life(), read(lambda i: "COLT BRFVV"), source="first frame").state == "stable"


def test_a_reader_at_odds_with_the_still_convicts_only_when_the_shapes_differ_too() -> None:
    other = life(lambda i, look: replace(look, ncc=0.55))
    assert verdict(other, read(lambda i: "COLT BRFVV")).state == "warped"
    assert verdict(life(), read(lambda i: "COLT BRFVV")).state == "stable"


def test_a_piece_of_the_right_words_is_no_misreading_where_something_covers_the_rest() -> None:
    def covered(i: int, look: TextObservation) -> TextObservation:
        return replace(look, visible=0.8, ncc=0.7, nonrigid_residual=0.03) if i >= 30 else look

    cut_off = read(lambda i: WORDS if i < 30 else "COLD B")
    assert verdict(life(covered), cut_off).state == "stable"
    in_plain_view = life(lambda i, look: replace(covered(i, look), visible=1.0))
    assert verdict(in_plain_view, cut_off).state == "warped"


@pytest.mark.parametrize("text", ["50", "NO", "7"])
def test_one_or_two_letters_decide_nothing(text: str) -> None:
    said = verdict(life(melting(20)), read(lambda i: text if i < 25 else "XQ"), expected=text)
    assert said.state == "stable"


def test_two_signs_of_a_script_of_words_are_enough() -> None:
    said = verdict(life(melting(20)), read(lambda i: "茶馆" if i < 25 else "乘旧"), expected="茶馆")
    assert said.state == "warped"


def test_what_reads_right_now_and_then_only_is_not_called_right() -> None:
    said = verdict(life(), read(lambda i: WORDS if i % 18 == 0 else "CQJD RBFW"))
    assert said.state == "stable" and said.confidence < 0.5 and "cannot be judged" in said.reason


def test_frames_in_which_nothing_is_read_are_no_damage_while_the_strokes_are_there() -> None:
    silent = read(lambda i: WORDS if i < 34 else "")
    assert verdict(life(), silent).state == "stable"
    assert verdict(life(fading(30)), silent).state == "lost"


def test_one_frame_in_which_nothing_is_read_changes_little() -> None:
    said = verdict(life(), read(lambda i: "" if i == 30 else WORDS))
    assert said.state == "stable" and said.confidence > 0.9


def test_lettering_that_melts_while_it_is_covered_to_the_end_is_not_judged_by_that() -> None:
    def covered(i: int, look: TextObservation) -> TextObservation:
        return replace(melting(24)(i, look), visible=0.1 if i >= 24 else 1.0)

    said = verdict(life(covered), read(lambda i: WORDS if i < 24 else "XQJT"))
    assert said.state == "stable" and said.legibility > 0.9


def shapes(weakest: Callable[[int], float], every: int = 6) -> Shapes:
    return Shapes([ShapeMatch(i, (1 + weakest(i)) / 2, weakest(i)) for i in range(0, FRAMES, every)])


def redrawing(i: int, look: TextObservation) -> TextObservation:
    return replace(look, ncc=0.98 if i < 24 else 0.4)


def test_letters_that_are_redrawn_but_read_the_same_are_warped() -> None:
    said = judge(
        life(redrawing), read(lambda i: WORDS), shapes(lambda i: 0.2 if i >= 24 else 0.9),
        expected=WORDS, expected_confidence=1.0, fps=FPS, source="first frame",
    )  # fmt: skip
    assert said.state == "warped" and "redrawn" in said.reason and said.onset == 24
    assert f"still reads {WORDS!r}" in said.reason


@pytest.mark.parametrize(
    "weakest", [lambda i: 0.8, lambda i: 0.2 if i < 36 else 0.8, lambda i: 0.2 if i == 66 else 0.8]
)
def test_a_track_that_is_off_or_a_passing_change_redraws_nothing(weakest: Callable[[int], float]) -> None:
    said = judge(
        life(redrawing), read(lambda i: WORDS), shapes(weakest),
        expected=WORDS, expected_confidence=1.0, fps=FPS, source="first frame",
    )  # fmt: skip
    assert said.state == "stable"


def test_one_letter_that_something_crosses_redraws_nothing() -> None:
    crossed = Shapes([ShapeMatch(i, 0.8, 0.2) for i in range(0, FRAMES, 6)])
    said = judge(
        life(redrawing), read(lambda i: WORDS), crossed,
        expected=WORDS, expected_confidence=1.0, fps=FPS, source="first frame",
    )  # fmt: skip
    assert said.state == "stable"


def test_letters_that_something_hides_from_then_on_are_not_redrawn() -> None:
    def hidden(i: int, look: TextObservation) -> TextObservation:
        return replace(redrawing(i, look), visible=1.0 if i < 36 else 0.8)

    said = judge(
        life(hidden), read(lambda i: WORDS), shapes(lambda i: 0.2 if i >= 24 else 0.9),
        expected=WORDS, expected_confidence=1.0, fps=FPS, source="first frame",
    )  # fmt: skip
    assert said.state == "stable"


@pytest.mark.parametrize(("support", "state"), [(0.9, "warped"), (0.5, "stable")])
def test_strokes_that_left_a_surface_that_is_followed_firmly_need_not_be_as_unlike(support: float, state: str) -> None:
    matches = Shapes([ShapeMatch(i, 0.63 if i >= 24 else 0.95, 0.6 if i >= 24 else 0.9) for i in range(0, FRAMES, 6)])
    said = judge(
        life(lambda i, look: replace(redrawing(i, look), support=support)), read(lambda i: WORDS), matches,
        expected=WORDS, expected_confidence=1.0, fps=FPS, source="first frame",
    )  # fmt: skip
    assert said.state == state


@pytest.mark.parametrize(("lost_from", "late", "judged"), [
    (44, "X", False), (44, WORDS, True), (66, "X", True),
])  # fmt: skip
def test_a_track_that_is_lost_to_the_end_says_nothing_unless_it_is_read_right_there(
    lost_from: int, late: str, judged: bool
) -> None:
    def lost(i: int, look: TextObservation) -> TextObservation:
        missing = replace(look, support=0.0, visible=0.5, ncc=None, nonrigid_residual=None, contrast_energy=None)
        return missing if i >= lost_from else look

    said = verdict(life(lost), read(lambda i: WORDS if i < lost_from else late))
    assert said.state == "stable" and said.judged is judged
    assert ("its track is lost from 1.8 s on" in said.reason) is not judged


def test_what_something_covers_to_the_end_is_judged_by_what_was_seen() -> None:
    def covered(i: int, look: TextObservation) -> TextObservation:
        return replace(look, support=0.0, visible=0.1, ncc=None) if i >= 44 else look

    assert verdict(life(covered), read(lambda i: WORDS if i < 44 else "")).judged


@pytest.mark.parametrize(("inside", "judged"), [(0.0, True), (1.0, False)])
def test_frames_in_which_it_is_out_of_the_picture_do_not_count_against_it(inside: float, judged: bool) -> None:
    def leaves(i: int, look: TextObservation) -> TextObservation:
        return look if i < 16 else replace(look, visible=0.0, ncc=None, support=0.0, inside=inside)

    said = verdict(life(leaves), [OcrReading(i, WORDS, 0.97) for i in range(0, 16, 5)])
    assert said.state == "stable" and said.judged is judged


def test_a_few_frames_in_the_picture_are_too_few() -> None:
    def flashes(i: int, look: TextObservation) -> TextObservation:
        return look if i < 4 else replace(look, visible=0.0, ncc=None, support=0.0, inside=0.0)

    assert not verdict(life(flashes), [OcrReading(i, WORDS, 0.97) for i in (0, 3)]).judged
