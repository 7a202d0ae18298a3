"""Prints on a body that turns are laid flat beside their planar track, and say whether they are intact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from overlaycut.analyse.judge import OcrReading, TextObservation, Verdict, judge
from overlaycut.analyse.tracking import BentLikeness, SurfaceTracker, TrackObservation
from overlaycut.analyse.tracking.bending import BentText, _BentTextFinder
from overlaycut.core.geometry import Box
from overlaycut.resources import folder

SIDE, RADIUS, FRAMES, ONSET = 320, 110.0, 40, 12
SHEET = (480, 160)
"""Columns and rows of the drawing that is laid around the body, three of its pixels in two of the picture's."""


def ink() -> np.ndarray:
    sheet = Image.new("L", SHEET)
    face = ImageFont.truetype(str(folder("fonts") / "BebasNeue-Bold.otf"), 78)
    ImageDraw.Draw(sheet).text((SHEET[0] / 2, SHEET[1] / 2), "KESTREL", fill=255, font=face, anchor="mm")
    return np.asarray(sheet, np.float32) / 255


def run(sheet: np.ndarray, share: float, of: slice = slice(None)) -> np.ndarray:
    """The drawing with its strokes run, or those of some columns."""
    rng = np.random.default_rng(4)
    noise = [cv2.GaussianBlur(rng.normal(0, 1, sheet.shape).astype(np.float32), (0, 0), 12) for _ in range(2)]
    x, y = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in SHEET))
    across, down = (share * 5 * one / one.std() for one in noise)
    melted = sheet.copy()
    melted[:, of] = cv2.remap(sheet, x + across, y + down, cv2.INTER_LINEAR)[:, of]
    return melted


def pictures(*, melts: bool = False, of: slice = slice(None)) -> Iterator[np.ndarray]:
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    rng, whole = np.random.default_rng(1), ink()
    weave = cv2.GaussianBlur(rng.normal(0, 3, (SIDE, SIDE)).astype(np.float32), (0, 0), 1)
    for index in range(FRAMES):
        sheet = run(whole, min(max(index - ONSET, 0) / 8, 1), of) if melts else whole
        u = (x - SIDE / 2 - 0.6 * index) / RADIUS
        inside = np.abs(u) < 0.99
        around = RADIUS * (np.arcsin(np.clip(u, -0.99, 0.99)) + 0.5 * np.sin(index / 9))
        v = y - SIDE / 2 + 3 * np.sin(around / 18 + index / 6)
        places = (1.5 * one + side / 2 for one, side in zip((around, v), SHEET, strict=True))
        cover = cv2.remap(sheet, *(one.astype(np.float32) for one in places), cv2.INTER_LINEAR)
        body = (40 + 190 * cover) * (0.8 + 0.2 * np.sqrt(1 - np.clip(u, -0.99, 0.99) ** 2)) + weave
        shown = np.where(inside, body, 120) + np.random.default_rng(index).normal(0, 1.5, (SIDE, SIDE))
        yield np.clip(cv2.GaussianBlur(shown, (0, 0), 0.7), 0, 255).astype(np.uint8)


def line(picture: np.ndarray) -> Box:
    rows, columns = np.nonzero(picture > 170)
    return Box(int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)


def tracked(shown: list[np.ndarray]) -> list[TrackObservation]:
    tracker = SurfaceTracker(shown[0], line(shown[0]).quad().array() - 0.5)
    return [tracker.track(i, one, lambda: None) for i, one in enumerate(shown[1:], 1)]


def laid_flat(seen: list[TrackObservation]) -> list[BentLikeness]:
    return [one.bent for one in seen if one.bent is not None]


def test_an_intact_print_is_like_its_reference_once_it_is_laid_flat() -> None:
    seen = tracked(list(pictures()))
    bent = laid_flat(seen)
    assert min(one.ncc for one in seen if one.ncc is not None) < 0.7
    assert len(bent) > 20
    assert min(one.whole for one in bent) > 0.92 and min(one.weakest for one in bent) > 0.78


def test_a_print_that_melts_is_not() -> None:
    seen = tracked(list(pictures(melts=True)))
    before = laid_flat(seen[: ONSET - 2])
    assert min(one.whole for one in before) > 0.95
    assert all(one.whole < 0.85 for one in laid_flat(seen[ONSET + 8 :]))


def test_one_letter_that_melts_shows_in_the_weakest_part() -> None:
    seen = tracked(list(pictures(melts=True, of=slice(200, 262))))
    late = laid_flat(seen[ONSET + 8 :])
    assert len(late) > 8
    assert np.median([one.weakest for one in late]) < np.median([one.whole for one in late]) - 0.1


def test_a_ground_without_the_print_is_no_print() -> None:
    shown = list(pictures())
    tracker = SurfaceTracker(shown[0], line(shown[0]).quad().array() - 0.5)
    rng = np.random.default_rng(2)
    ground = cv2.resize(rng.uniform(30, 220, (40, 40)).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    bare = np.clip(ground, 0, 255).astype(np.uint8)
    found = laid_flat([tracker.track(index, bare, lambda: None) for index in range(1, 12)])
    assert all(one.whole < 0.6 for one in found)


def test_it_never_changes_the_track(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = list(pictures(melts=True))
    beside = tracked(shown)
    monkeypatch.setattr(BentText, "compared", lambda *_, **__: None)
    alone = tracked(shown)
    assert any(one.bent for one in beside) and not any(one.bent for one in alone)
    for one, other in zip(beside, alone, strict=True):
        assert np.array_equal(one.corners, other.corners)
        assert (one.support, one.ncc, one.visible) == (other.support, other.ncc, other.visible)


def test_what_is_not_found_is_looked_for_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = list(pictures())
    asked: list[int] = []

    def camera() -> None:
        asked.append(len(asked))

    text = np.full((60, 160), 90, np.uint8)
    cv2.putText(text, "KITE", (30, 42), cv2.FONT_HERSHEY_DUPLEX, 1.2, 220, 2, cv2.LINE_AA)
    tracker = SurfaceTracker(text, Box(28, 12, 104, 36).quad().array() - 0.5)
    bent, elsewhere = tracker._bent, np.array([[1.0, 0, 90], [0, 1, 240], [0, 0, 1]])
    for _ in range(60):
        bent.compared(shown[0], elsewhere, None, camera)
    assert 5 < len(asked) < 14


def test_what_has_become_another_where_it_is_expected_needs_no_look_at_every_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text, other = (np.full((60, 160), 90, np.uint8) for _ in range(2))
    for picture, word in ((text, "KITE"), (other, "KHIE")):
        cv2.putText(picture, word, (30, 42), cv2.FONT_HERSHEY_DUPLEX, 1.2, 220, 2, cv2.LINE_AA)
    bent = SurfaceTracker(text, Box(28, 12, 104, 36).quad().array() - 0.5)._bent
    at = bent._flat_at
    looks: list[int] = []
    look = _BentTextFinder.look
    monkeypatch.setattr(_BentTextFinder, "look", lambda *given: looks.append(number) or look(*given))
    said = []
    for number in range(40):
        said.append(bent.compared(text if number >= 32 else other, at, 0.5, lambda: None))
    assert all(one is not None and 0.6 <= one.whole < 0.85 for one in said[:32])
    assert len([n for n in looks if n < 32]) < 12
    assert all(one is not None and one.whole > 0.95 for one in said[36:]) and looks[-4:] == [36, 37, 38, 39]


def test_where_its_shape_does_not_count_it_is_not_looked_for_in_every_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = next(iter(pictures()))
    bent = SurfaceTracker(shown, line(shown).quad().array() - 0.5)._bent
    looks: list[bool] = []
    look = _BentTextFinder.look
    monkeypatch.setattr(_BentTextFinder, "look", lambda *given: looks.append(True) or look(*given))
    for _ in range(40):
        said = bent.compared(shown, bent._flat_at, 0.5, lambda: None, closely=False)
        assert said is not None and said.whole > 0.95
    assert len(looks) < 13


FLAT = TextObservation(0, 1.0, 0.6, 40.0, 0.98, 0.003, 1.0)
WORDS = "KESTREL"


def lost_from(frame: int, bent: BentLikeness | None) -> list[TextObservation]:
    """A life of 60 frames in which the planar track explains nothing from `frame` on."""
    off = replace(FLAT, ncc=0.1, nonrigid_residual=0.3)
    return [replace(FLAT if i < frame else replace(off, bent=bent), index=i) for i in range(60)]


def judged(looks: list[TextObservation], reads: str = "") -> Verdict:
    readings = [OcrReading(i, WORDS if i < 20 else reads, 0.95) for i in range(0, 60, 5)]
    return judge(looks, readings, expected=WORDS, expected_confidence=1.0, fps=15, source="first frame")


def test_what_is_intact_laid_flat_is_not_called_broken() -> None:
    assert judged(lost_from(20, None)).state == "warped"
    said = judged(lost_from(20, BentLikeness(0.97, 0.9, 0.1)))
    assert said.state == "stable" and said.judged and "laid flat" in said.reason


@pytest.mark.parametrize("bent", [BentLikeness(0.85, 0.8, 0.1), BentLikeness(0.96, 0.5, 0.1)])
def test_what_is_not_is_called_broken_all_the_same(bent: BentLikeness) -> None:
    assert judged(lost_from(20, bent)).state == "warped"


def test_strokes_that_pass_through_other_shapes_are_not_excused_by_their_end() -> None:
    looks = lost_from(20, BentLikeness(0.96, 0.92, 0.1))
    looks[24:32] = [replace(one, bent=BentLikeness(0.7, 0.5, 0.1)) for one in looks[24:32]]
    assert judged(looks).state == "warped"


def test_it_is_broken_from_when_it_is_no_longer_intact_laid_flat() -> None:
    looks = lost_from(20, BentLikeness(0.97, 0.9, 0.1))[:38] + lost_from(20, BentLikeness(0.7, 0.4, 0.1))[38:]
    said = judged(looks)
    assert said.state == "warped" and said.onset == 38 and "intact until" in said.reason


@pytest.mark.parametrize(("apart", "followed"), [(0.5, True), (1.6, False)])
def test_a_planar_track_that_lies_elsewhere_says_nothing_of_its_place(apart: float, followed: bool) -> None:
    said = judged(lost_from(20, BentLikeness(0.7, 0.5, apart)))
    assert said.state == "warped" and said.followed is followed


def unread(looks: list[TextObservation]) -> Verdict:
    return judge(looks, [], expected=None, expected_confidence=0.0, fps=15, source=None)


def test_a_print_that_nobody_can_read_is_judged_by_its_shape_laid_flat() -> None:
    intact = lost_from(10, BentLikeness(0.97, 0.9, 0.1))
    assert not unread(lost_from(10, None)).judged
    assert unread(intact).state == "stable" and unread(intact).judged
    melts = [*intact[:30], *lost_from(10, BentLikeness(0.72, 0.5, 0.1))[30:]]
    said = unread(melts)
    assert said.state == "warped" and said.onset == 30 and not said.followed


@pytest.mark.parametrize(("every", "high"), [(3, 40.0), (1, 15.0)])
def test_what_is_seldom_found_or_small_has_not_become_another(every: int, high: float) -> None:
    melts = [*lost_from(10, BentLikeness(0.97, 0.9, 0.1))[:30], *lost_from(10, BentLikeness(0.72, 0.5, 0.1))[30:]]
    seldom = [replace(one, height=high, bent=one.bent if one.index % every == 0 else None) for one in melts]
    assert unread(seldom).state == "stable"


def test_what_leaves_the_picture_is_not_compared() -> None:
    shown = list(pictures())
    box = line(shown[0])
    away = [np.roll(one, -index * 12, axis=1) for index, one in enumerate(shown)]
    for index, one in enumerate(away):
        one[:, max(SIDE - index * 12, 0) :] = 120
    tracker = SurfaceTracker(shown[0], box.quad().array() - 0.5)
    seen = [
        tracker.track(i, one, lambda: np.array([[1, 0, -12.0], [0, 1, 0], [0, 0, 1]]))
        for i, one in enumerate(away[1:], 1)
    ]
    gone = box.x // 12 + 2
    assert not any(one.bent for one in seen[gone:])


def test_what_was_never_intact_there_has_not_become_another() -> None:
    assert not unread(lost_from(10, BentLikeness(0.7, 0.5, 0.1))).judged


def test_what_reads_right_on_is_not_called_another() -> None:
    shapes = lost_from(10, BentLikeness(0.97, 0.9, 0.1))[:30] + lost_from(10, BentLikeness(0.8, 0.6, 0.1))[30:]
    looks = [replace(one, ncc=0.85, nonrigid_residual=0.003) for one in shapes]
    assert judged(looks, reads=WORDS).state == "stable"
