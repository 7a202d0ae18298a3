"""The analyser with readers that say what the test wants: schedules, lives, kinds, and readers that misbehave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from overlaycut.analyse import LetteringAnalyser, LetteringParameters
from overlaycut.analyse.lettering import RegionParameters
from overlaycut.core.facts import ClipFacts, Colour
from overlaycut.core.findings import LetteringReport
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, Quad
from overlaycut.core.serial import pack, unpack
from overlaycut.errors import MissingPart
from overlaycut.models import DetectedText, Reading

WIDTH, HEIGHT, FPS = 360, 640, 24
LINE = Box(90, 300, 180, 40)
ROUGH = cv2.resize(np.random.default_rng(5).uniform(60, 120, (80, 45)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
OTHER = cv2.resize(np.random.default_rng(6).uniform(120, 240, (12, 7)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def quad(box: Box) -> Quad:
    return box.quad()


def lettered(words: str = "COLD BREW", box: Box = LINE, ground: np.ndarray = ROUGH) -> np.ndarray:
    grey = np.clip(ground, 0, 255).astype(np.uint8)
    if words:
        (w, h), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 3)
        scale = min((box.w - 6) / w, (box.h - 8) / h)
        cv2.putText(grey, words, (box.x + 3, box.bottom - 5), cv2.FONT_HERSHEY_SIMPLEX, scale, 235, 2, cv2.LINE_AA)
    return np.repeat(grey[..., None], 3, axis=2)


class Scripted:
    """A reader that finds and reads what it is told to, and counts how often it is asked."""

    def __init__(
        self,
        finds: Callable[[int], list[DetectedText]],
        reads: Callable[[int], str] = lambda i: "COLD BREW",
        sure: float = 0.98,
    ) -> None:
        self.now = 0
        self.found_at: list[int] = []
        self.read_at: list[int] = []
        self._finds, self._reads, self._sure = finds, reads, sure

    def find(self, picture: np.ndarray, *, long_side: int) -> list[DetectedText]:
        self.found_at.append(self.now)
        return self._finds(self.now)

    def read(self, lines: Sequence[np.ndarray]) -> list[Reading]:
        self.read_at.append(self.now)
        text = self._reads(self.now)
        return [Reading(text, self._sure if text else 0.0)] * len(lines)


def line(text: str = "COLD BREW", box: Box = LINE, sure: float = 0.98) -> DetectedText:
    return DetectedText(quad(box), text, sure)


def facts(frames: int) -> ClipFacts:
    return ClipFacts(
        path=Path("drawn.mp4"), container="mp4", codec="h264", coded_width=WIDTH, coded_height=HEIGHT, width=WIDTH,
        height=HEIGHT, pix_fmt="yuv420p", bits=8, colour=Colour("bt709", "bt709", "bt709", "tv"), rotation=0,
        pixel_aspect=Fraction(1), tick=Fraction(1, FPS), rate_in_header=Fraction(FPS), frames_in_header=frames,
        duration_in_header=Fraction(frames, FPS), audio=None, streams=("video:h264",),
    )  # fmt: skip


def report(
    reader: Scripted, frames: int, picture: Callable[[int], np.ndarray], still: np.ndarray | None = None, **more: object
) -> LetteringReport:
    analyser = LetteringAnalyser(reader, facts(frames), still=still, **more)
    for index in range(frames):
        reader.now = index
        analyser.see(Frame.from_rgb(picture(index), index=index, at=Fraction(index, FPS), lasts=Fraction(1, FPS)))
    return analyser.result()


def test_a_clip_without_frames_has_no_lettering_and_says_why() -> None:
    said = LetteringAnalyser(Scripted(lambda i: []), facts(0)).result()
    assert said.regions == () and said.notes


def test_the_detector_runs_seldom_and_less_often_when_nothing_new_comes() -> None:
    reader = Scripted(lambda i: [line()])
    report(reader, 6 * FPS, lambda i: lettered())
    assert len(reader.found_at) <= 10 and reader.found_at[:2] == [0, 0], "the reference is searched at two sizes"
    gaps = np.diff(reader.found_at[1:])
    assert gaps[0] == FPS // 2 and gaps[-1] == FPS
    assert len(set(reader.read_at)) <= 4 * 6 + 2


class SmallOnly(Scripted):
    """A reader that passes over a line of the reference at the larger of two sizes."""

    def find(self, picture: np.ndarray, *, long_side: int) -> list[DetectedText]:
        other = line("NORTH PIER", Box(60, 120, 220, 44))
        return [other] if long_side > 960 else [*super().find(picture, long_side=long_side), other]


def test_a_line_of_the_reference_that_is_found_at_one_size_alone_is_there_once() -> None:
    picture = np.maximum(lettered(), lettered("NORTH PIER", Box(60, 120, 220, 44)))
    said = report(SmallOnly(lambda i: [line()]), 12, lambda i: picture)
    places = [region.reference_quad.box() for region in said.regions if region.reference_quad is not None]
    assert sorted(box.y for box in places) == [120, LINE.y]


def test_every_frame_of_a_life_has_a_quad_and_a_visibility() -> None:
    said = report(Scripted(lambda i: [line()]), 30, lambda i: lettered())
    (region,) = said.regions
    assert list(region.quads) == list(region.visibility) == list(range(30)) == list(region.span)
    assert region.state == "stable" and region.expected == "COLD BREW" and region.id == "r1"


@pytest.mark.parametrize("share", [0.1, 0.24])
def test_a_reader_that_flickers_on_good_lettering_convicts_nothing(share: float) -> None:
    rng = np.random.default_rng(8)
    wrong = rng.random(200) < share
    said = report(
        Scripted(lambda i: [line()], lambda i: "C01D RRFW" if wrong[i] else "COLD BREW"), 96, lambda i: lettered()
    )
    assert [region.state for region in said.regions] == ["stable"]


def test_a_reader_that_reads_nothing_convicts_nothing() -> None:
    said = report(Scripted(lambda i: [line()] if i == 0 else [], lambda i: ""), 60, lambda i: lettered())
    assert [region.state for region in said.regions] == ["stable"]


def test_a_cut_ends_what_was_there_and_begins_what_is_new() -> None:
    def picture(i: int) -> np.ndarray:
        return lettered() if i < 30 else lettered("NORTH PIER", Box(60, 120, 220, 44), OTHER)

    def finds(i: int) -> list[DetectedText]:
        return [line()] if i < 30 else [line("NORTH PIER", Box(60, 120, 220, 44))]

    said = report(Scripted(finds, lambda i: "COLD BREW" if i < 30 else "NORTH PIER"), 60, picture)
    assert said.cuts == (30,)
    assert [(r.expected, r.span.start, r.span.end) for r in said.regions] == [
        ("COLD BREW", 0, 30),
        ("NORTH PIER", 30, 60),
    ]


def test_lettering_that_is_found_late_is_followed_back_to_where_it_came_in() -> None:
    def picture(i: int) -> np.ndarray:
        return lettered() if i >= 18 else lettered("")

    said = report(Scripted(lambda i: [line()] if i >= 18 else []), 72, picture)
    (region,) = said.regions
    assert 17 <= region.span.start <= 20
    assert region.state == "stable"


def test_a_provider_s_mark_is_protected() -> None:
    corner = Box(270, 600, 80, 26)
    said = report(
        Scripted(lambda i: [line("Kling AI", corner)], lambda i: "Kling AI"), 30, lambda i: lettered("Kling AI", corner)
    )
    (region,) = said.regions
    assert region.protected and region.kind == "mark" and region.state == "stable"


def test_subtitles_that_give_way_to_one_another_are_subtitles() -> None:
    low = Box(80, 540, 200, 34)
    words = ["first we pour", "then we wait"]

    def now(i: int) -> str:
        return words[0] if i < 36 else words[1]

    said = report(Scripted(lambda i: [line(now(i), low)], now), 84, lambda i: lettered(now(i), low))
    assert [region.kind for region in said.regions] == ["subtitle", "subtitle"]
    assert all(region.state == "stable" for region in said.regions)


def test_what_a_person_says_it_reads_goes_before_what_was_read() -> None:
    said = report(
        Scripted(lambda i: [line("COID BREW")], lambda i: "COID BREW"),
        30,
        lambda i: lettered(),
        texts=["Cold Brew 330 ml"],
    )
    (region,) = said.regions
    assert region.expected == "Cold Brew" and region.expected_from == "user"


def test_a_reader_that_fails_is_heard() -> None:
    class Broken(Scripted):
        def read(self, lines: Sequence[np.ndarray]) -> list[Reading]:
            raise MissingPart("the model is damaged", hint="again")

    with pytest.raises(MissingPart, match="damaged"):
        report(Broken(lambda i: [line()]), 12, lambda i: lettered())


def test_quads_that_make_no_sense_do_no_harm() -> None:
    odd = [
        DetectedText(Quad((-300, -300), (-200, -300), (-200, -260), (-300, -260)), "FAR AWAY", 0.99),
        DetectedText(Quad((10, 10), (10, 10), (10, 10), (10, 10)), "NO SIZE", 0.99),
        DetectedText(Quad((0, 0), (360, 0), (360, 640), (0, 640)), "EVERYTHING", 0.99),
    ]
    said = report(Scripted(lambda i: [line(), *odd]), 24, lambda i: lettered())
    assert any(region.expected == "COLD BREW" and region.state == "stable" for region in said.regions)
    assert all(region.state == "stable" for region in said.regions)


def test_texture_that_reads_as_a_letter_or_two_is_not_lettering() -> None:
    said = report(
        Scripted(lambda i: [line("I", sure=0.9), line("MK", Box(20, 20, 40, 30), sure=0.3)]), 24, lambda i: lettered("")
    )
    assert said.regions == ()


def test_a_still_of_something_else_is_noted_and_the_first_frame_is_the_reference() -> None:
    said = report(Scripted(lambda i: [line()]), 24, lambda i: lettered(), still=lettered("", ground=OTHER))
    assert said.registration is None and "still" in said.notes[0]
    assert said.regions[0].expected_from == "first frame"


def test_a_line_that_resembles_a_wish_which_another_line_fulfils_is_a_line_of_its_own() -> None:
    beer = Box(90, 400, 180, 40)

    class Both(Scripted):
        def read(self, lines: Sequence[np.ndarray]) -> list[Reading]:
            return [Reading("COLD BREW" if n == 0 else "COLD BEER", 0.98) for n in range(len(lines))]

    reader = Both(lambda i: [line("COLD BREW"), line("COLD BEER", beer)])
    said = report(reader, 30, lambda i: lettered(), texts=["COLD BREW"])
    assert {r.expected: r.state for r in said.regions} == {"COLD BREW": "stable", "COLD BEER": "stable"}


def test_a_report_of_a_clip_can_be_stored_and_read_back() -> None:
    still = lettered()
    made = report(Scripted(lambda i: [line()]), 24, lambda i: lettered(), still=still)
    assert made.registration is not None and made.regions
    again = unpack(LetteringReport, pack(made))
    assert again.regions == made.regions and again.notes == made.notes
    assert again.registration is not None
    assert np.array_equal(again.registration.matrix, made.registration.matrix)


def test_a_rate_that_is_not_stated_is_assumed_and_noted() -> None:
    unknown = replace(facts(24), rate_in_header=None)
    analyser = LetteringAnalyser(Scripted(lambda i: []), unknown)
    analyser.see(Frame.from_rgb(lettered(""), index=0, at=Fraction(0), lasts=Fraction(1, FPS)))
    assert any("25 a second are assumed" in note for note in analyser.result().notes)


def test_lines_that_are_too_small_or_too_many_are_noted_with_counts() -> None:
    tiny = [line("TINY PRINT", Box(20, 40 + 10 * n, 60, 2)) for n in range(2)]
    rows = [line(f"LINE {n}{n}", Box(40, 20 + 30 * n, 200, 20)) for n in range(18)]
    said = report(Scripted(lambda i: [*rows, *tiny]), 2, lambda i: lettered())
    assert "2 lines under 3 px high or wide left out" in said.notes
    assert "the limit of 16 regions at a time was reached; there were up to 18" in said.notes


def test_a_track_that_is_lost_in_view_is_noted() -> None:
    rng = np.random.default_rng(2)

    def picture(i: int) -> np.ndarray:
        fresh = cv2.resize(rng.uniform(60, 120, (80, 45)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        share = min(max(i - 8, 0) / 8, 1.0)
        blend = (1 - share) * lettered() + share * np.repeat(fresh[..., None], 3, axis=2)
        return np.clip(blend, 0, 255).astype(np.uint8)

    said = report(Scripted(lambda i: [line()] if i == 0 else []), 36, picture)
    assert said.cuts == ()
    assert any(note.startswith("the track of 1 region was lost for") for note in said.notes)


def test_parameters_can_be_set() -> None:
    parameters = LetteringParameters(regions=RegionParameters(most=1))
    two = [line(), line("NORTH PIER", Box(60, 120, 220, 44))]
    said = report(Scripted(lambda i: two), 3, lambda i: lettered(), parameters=parameters)
    assert len(said.regions) == 1 and any("the limit of 1 region" in note for note in said.notes)


def test_coverage_is_the_judged_share_of_what_the_detector_found() -> None:
    small = line("tiny print", Box(20, 20, 60, 6))
    both = report(Scripted(lambda i: [line(), small]), 30, lambda i: lettered())
    assert both.coverage == pytest.approx(LINE.w * LINE.h / (LINE.w * LINE.h + 60 * 6), abs=0.02)
    alone = report(Scripted(lambda i: [line()]), 30, lambda i: lettered())
    assert alone.coverage == 1.0
    assert report(Scripted(lambda i: []), 30, lambda i: lettered()).coverage is None


def test_lettering_that_cannot_be_read_and_changes_is_not_judged() -> None:
    def picture(i: int) -> np.ndarray:
        return lettered("COLD BREW" if i < 15 else "NQ T8 IXV")

    said = report(Scripted(lambda i: [line(sure=0.3)], lambda i: ""), 30, picture)
    assert all(not region.judged for region in said.regions) and said.coverage in (None, 0.0)


def test_the_first_frame_given_as_the_still_changes_no_verdict() -> None:
    def picture(i: int) -> np.ndarray:
        words = "COLD BREW" if i < 24 else "CQLO RRFW"
        return lettered(words if i < 40 else "CQLO RRFW")

    def finds(i: int) -> list[DetectedText]:
        return [line()] if i < 36 else [line(), line("NEW HERE", Box(60, 120, 220, 44))]

    def both(i: int) -> np.ndarray:
        return picture(i) if i < 36 else np.maximum(picture(i), lettered("NEW HERE", Box(60, 120, 220, 44)))

    plain, given = (
        report(Scripted(finds, lambda i: "COLD BREW" if i < 24 else "CQLO RRFW"), 72, both, still)
        for still in (None, both(0))
    )
    assert given.registration is not None and plain.registration is None
    said = [[(one.state, one.onset, one.judged, one.quads) for one in report.regions] for report in (plain, given)]
    assert said[0] == said[1] and plain.coverage == given.coverage
    assert {region.state for region in plain.regions} == {"warped", "invented"}
    (unsure,) = [one.confidence for one in plain.regions if one.state == "invented"]
    assert unsure < 0.5, "without a still nobody says that it may go"


def test_lettering_that_comes_in_with_a_thing_of_its_own_is_not_invented() -> None:
    board = Box(60, 120, 220, 90)

    def picture(i: int) -> np.ndarray:
        shown = lettered()
        if i >= 18:
            shown[board.slices] = 200
            cv2.putText(shown, "NORTH PIER", (board.x + 10, board.y + 60), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (20,) * 3, 3)
        return shown

    def finds(i: int) -> list[DetectedText]:
        return [line()] if i < 18 else [line(), line("NORTH PIER", Box(66, 150, 200, 36))]

    said = report(Scripted(finds, lambda i: "NORTH PIER"), 60, picture)
    assert "invented" not in {region.state for region in said.regions}
