"""A drawn package moves over a drawn shelf: found by its picture, followed, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from draw import colour_planes, frame_of
from overlaycut.analyse import ThingAnalyser, reference_view
from overlaycut.core.cast import Appearance, EmbeddingMetric, IdentityVerdict, ThingReport, TraitVerdict, Vector
from overlaycut.core.facts import ClipFacts, Colour
from overlaycut.core.frame import Picture, Plane
from overlaycut.core.geometry import Box
from overlaycut.decide import judge_thing, still_itself

WIDTH, HEIGHT, RATE, COUNT = 320, 240, 8, 24
RED, BLUE, GREEN = (190, 50, 40), (40, 60, 170), (30, 190, 60)

View = Callable[[int], Picture]


@cache
def shelf() -> Picture:
    """Boards in shades of brown, with grain."""
    rng = np.random.default_rng(2)
    boards = rng.integers(60, 130, (HEIGHT // 12, WIDTH // 40, 1)).repeat(12, 0).repeat(40, 1)
    grain = rng.normal(0, 5, (HEIGHT, WIDTH, 1))
    return np.clip(boards * np.array([1.0, 0.8, 0.6]) + grain, 0, 255).astype(np.uint8)


@cache
def package(ground: tuple[int, int, int] = RED, seed: int = 5) -> Picture:
    """A printed box, 80 by 110."""
    rng = np.random.default_rng(seed)
    box = np.full((110, 80, 3), ground, np.uint8)
    for _ in range(26):
        x, y = int(rng.integers(4, 66)), int(rng.integers(4, 96))
        ink = tuple(int(v) for v in np.clip(np.array(ground) + rng.integers(-90, 110, 1), 0, 255))
        cv2.rectangle(box, (x, y), (x + int(rng.integers(4, 16)), y + int(rng.integers(3, 12))), ink, -1)
    return box


def laid(thing: Picture | None, n: int, *, step: int = 2, start: int = 90) -> Picture:
    """The n-th picture: a thing on the shelf, moved on by `step` pixels a picture."""
    picture = shelf().copy()
    if thing is not None:
        x = start + step * n
        left, right = max(x, 0), min(x + thing.shape[1], WIDTH)
        if right > left:
            picture[70 : 70 + thing.shape[0], left:right] = thing[:, left - x : right - x]
    return picture


def watched(view: View, *, reference: Picture | None = None, looks: object = None) -> ThingReport:
    facts = ClipFacts(
        path=Path("drawn.mp4"), container="mp4", codec="h264", coded_width=WIDTH, coded_height=HEIGHT, width=WIDTH,
        height=HEIGHT, pix_fmt="yuv420p", bits=8, colour=Colour("bt709", "bt709", "bt709", "tv"), rotation=0,
        pixel_aspect=Fraction(1), tick=Fraction(1, RATE), rate_in_header=Fraction(RATE), frames_in_header=COUNT,
        duration_in_header=Fraction(COUNT, RATE), audio=None, streams=("video:h264",),
    )  # fmt: skip
    picture = np.full((150, 120, 3), 240, np.uint8)
    picture[20:130, 20:100] = package() if reference is None else reference
    analyser = ThingAnalyser("box", [reference_view(picture)], facts, appearances=looks)  # type: ignore[arg-type]
    for n in range(COUNT):
        planes = colour_planes(view(n), "yuv420p")
        analyser.see(frame_of(planes, index=n, at=Fraction(n, RATE), lasts=Fraction(1, RATE)))
    return analyser.result()


def judged(view: View, **options: object) -> Appearance:
    return judge_thing("drawn.mp4", watched(view, **options))  # type: ignore[arg-type]


def states(found: Appearance) -> list[str]:
    return [span.state for span in found.spans]


def test_a_thing_that_moves_is_found_followed_and_the_same() -> None:
    found = judged(lambda n: laid(package(), n))
    assert found.kind == "thing" and found.face.verdict == "same" and states(found) == ["there"]
    assert found.face.mean is not None and found.face.mean > 0.9 and found.face.confidence is not None
    (first, *_, last) = watched(lambda n: laid(package(), n)).tracks[0].looks
    assert abs(first.box.x - 90) < 6 and abs(first.box.w - 80) < 10 and 36 < last.box.x - first.box.x < 52


def test_a_thing_that_comes_nearer_and_leans_is_the_same() -> None:
    def nearer(n: int) -> Picture:
        size = 1 + 0.02 * n
        turn = cv2.getRotationMatrix2D((40.0, 55.0), 0.5 * n, size)
        turn[:, 2] += (110, 60)
        inside = cv2.warpAffine(np.full((110, 80), 255, np.uint8), turn, (WIDTH, HEIGHT))
        moved = cv2.warpAffine(package(), turn, (WIDTH, HEIGHT))
        return np.where(inside[..., None] > 127, moved, shelf()).astype(np.uint8)

    assert judged(nearer).face.verdict == "same"


def test_a_thing_that_vanishes_is_gone_and_one_that_walks_out_is_not() -> None:
    gone = judged(lambda n: laid(package() if n < 12 else None, n))
    assert gone.face.verdict == "gone" and gone.face.first_bad == Fraction(12, RATE) and states(gone)[-1] == "gone"
    assert judged(lambda n: laid(package(), n, step=16)).face.verdict == "same"
    back = judged(lambda n: laid(None if 8 <= n < 16 else package(), n))
    assert back.face.verdict == "same" and "gone" in states(back)


def test_a_thing_that_comes_nearer_at_the_edge_of_the_picture_and_vanishes_is_gone() -> None:
    def nearer(n: int) -> Picture:
        if n >= 14:
            return shelf()
        size = 1 + 0.03 * n
        large = cv2.resize(package(), None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC)
        picture, top = shelf().copy(), 128 - round(2 * size)
        shown = np.asarray(large)[: HEIGHT - top]
        picture[top : top + shown.shape[0], 100 : 100 + shown.shape[1]] = shown
        return picture

    found = judged(nearer)
    assert found.face.verdict == "gone"


def test_what_is_not_seen_makes_a_verdict_less_sure() -> None:
    whole, left = judged(lambda n: laid(package(), n)), judged(lambda n: laid(package(), n, step=16))
    assert left.face.verdict == whole.face.verdict == "same" and "hidden" in states(left)
    assert left.face.confidence is not None and whole.face.confidence is not None
    assert left.face.confidence < 0.8 * whole.face.confidence


def test_something_else_in_its_place_has_replaced_it_or_covered_it_for_a_while() -> None:
    other = package(GREEN, seed=9)
    replaced = judged(lambda n: laid(package() if n < 12 else other, n))
    assert replaced.face.verdict == "replaced" and replaced.face.first_bad == Fraction(12, RATE)
    covered = judged(lambda n: laid(other if 8 <= n < 14 else package(), n))
    assert covered.face.verdict == "same" and "covered" in states(covered)


def test_half_of_it_behind_something_is_covered() -> None:
    def behind(n: int) -> Picture:
        picture = laid(package(), n)
        if 8 <= n < 16:
            picture[40:200, 90 + 2 * n : 130 + 2 * n] = GREEN
        return picture

    found = judged(behind)
    assert found.face.verdict == "same" and states(found) == ["there", "covered", "there"]


def test_a_thing_that_turns_another_colour_drifts() -> None:
    recoloured = np.ascontiguousarray(package()[..., [2, 0, 1]])
    found = judged(lambda n: laid(package() if n < 12 else recoloured, n))
    assert found.face.verdict == "drift" and found.face.first_bad == Fraction(12, RATE)
    assert found.face.confidence is not None and found.face.confidence > 0.6


def test_other_colours_for_a_while_are_said_and_no_drift() -> None:
    """A coloured pane in front looks like another colour: what is itself again was covered."""
    tinted = np.ascontiguousarray(package()[..., [2, 0, 1]])
    found = judged(lambda n: laid(tinted if 8 <= n < 16 else package(), n))
    assert found.face.verdict == "same" and states(found) == ["there", "covered", "there"]
    assert "for a while" in found.face.reason


def test_one_in_other_colours_than_its_reference_is_different() -> None:
    recoloured = np.ascontiguousarray(package()[..., [2, 0, 1]])
    found = judged(lambda n: laid(recoloured, n))
    assert found.face.verdict == "different" and "reference" in found.face.reason


def test_a_thing_that_is_not_there_is_not_judged() -> None:
    found = judged(lambda n: laid(package(GREEN, seed=9), n))
    assert (found.face.verdict, found.seen, found.spans) == ("n/a", 0, ()) and "not judged" in found.face.reason


def test_a_thing_that_fills_the_picture_has_no_surroundings_and_is_judged() -> None:
    large = np.asarray(cv2.resize(package(), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC), np.uint8)
    whole = np.ascontiguousarray(large[100 : 100 + HEIGHT])
    report = watched(lambda n: whole)
    assert report.tracks and judge_thing("a", report).face.verdict == "same"
    looks = [look for track in report.tracks for look in track.looks]
    assert all(np.isfinite([look.behind, look.foreign, look.colours]).all() for look in looks)


def test_a_plain_grey_thing_cannot_be_found_and_that_is_said() -> None:
    grey = np.full((110, 80, 3), 128, np.uint8)
    found = judged(lambda n: laid(grey, n), reference=grey)
    assert found.face.verdict == "n/a"
    assert "features" in found.face.reason and "grey" in found.face.reason


def test_a_model_of_appearances_tells_whether_another_side_is_of_the_same_thing() -> None:
    class Detail:
        """Tells printed boxes from plain ones by the deviation of their samples, times `gain`."""

        metric = EmbeddingMetric("detail", 8.0)

        def __init__(self, gain: float) -> None:
            self.gain = gain

        def embed(self, picture: Picture, mask: Plane) -> Vector:
            return np.array([self.gain * picture[mask > 0][:, 1].std()], np.float32)

    plain = np.full((110, 80, 3), RED, np.uint8)
    same = judged(lambda n: laid(package() if n < 8 else plain, n), looks=Detail(0.0))
    assert same.face.verdict == "same" and states(same) == ["there", "turned"]
    other = judged(lambda n: laid(package() if n < 8 else plain, n), looks=Detail(1.0))
    assert other.face.verdict == "drift" and other.face.first_bad is not None and 1 <= other.face.first_bad < 1.5


@pytest.mark.parametrize("lasts", [1, 2])
def test_what_lasts_less_than_two_looks_changes_nothing(lasts: int) -> None:
    found = judged(lambda n: laid(None if 8 <= n < 8 + lasts else package(), n))
    assert states(found) == ["there"]


def subject(verdict: IdentityVerdict, first_bad: Fraction | None) -> Appearance:
    face = TraitVerdict(verdict=verdict, reason="why", first_bad=first_bad)
    return Appearance(
        character="subject", clip="a", tracks=(0,), seen=9, face=face, clothes=TraitVerdict(verdict="n/a", reason=""),
        centre=None,
    )  # fmt: skip


def test_a_subject_drifts_only_where_its_parts_are_not_those_of_its_opening() -> None:
    drifting = subject("drift", Fraction(12, RATE))
    steady = watched(lambda n: laid(package(), n))
    recoloured = np.ascontiguousarray(package()[..., [2, 0, 1]])
    changed = watched(lambda n: laid(package() if n < 12 else recoloured, n))
    nowhere = watched(lambda n: laid(None, n))
    excused = still_itself(drifting, steady)
    assert (excused.face.verdict, excused.face.first_bad) == ("same", None) and "parts" in excused.face.reason
    assert still_itself(drifting, changed) is drifting and still_itself(drifting, nowhere) is drifting
    assert still_itself(subject("same", None), steady).face.reason == "why"


def test_a_reference_is_cut_to_all_of_the_thing() -> None:
    ground = np.random.default_rng(1).normal(0, 1, (400, 260, 3)).astype(np.float32)
    picture = np.clip(90 + 120 * cv2.GaussianBlur(ground, (0, 0), 12), 0, 255).astype(np.uint8)
    parts = [(Box(70, 20, 120, 110), (230, 200, 40)), (Box(40, 120, 180, 130), (200, 30, 30))]
    parts += [(Box(60, 245, 140, 130), (40, 60, 200))]  # a head, a shirt and legs: no two of one colour
    for box, colour in parts:
        picture[box.slices] = colour
    whole = Box.around(box for box, _ in parts)
    view = reference_view(picture[whole.y - 12 : whole.bottom + 12, whole.x - 12 : whole.right + 12])
    assert abs(view.mask.shape[1] - whole.w) < 0.06 * whole.w
    assert abs(view.mask.shape[0] - whole.h) < 0.06 * whole.h
