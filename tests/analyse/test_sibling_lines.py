"""Lines of one label share evidence: what became of one is asked of the others, by their shape."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from overlaycut.analyse.judge import OcrReading, ReferenceMatch, judge_beside
from overlaycut.analyse.lettering.geometry import ClipGeometry
from overlaycut.analyse.lettering.parameters import LetteringParameters
from overlaycut.analyse.lettering.reference_match import ReferenceMatcher
from overlaycut.analyse.lettering.region import Region
from overlaycut.analyse.lettering.siblings import Found, with_shared_evidence, without_lost_tracks
from overlaycut.analyse.tracking import SurfaceTracker, TrackObservation
from overlaycut.core.findings import Lettering
from overlaycut.core.frame import Frame, Plane
from overlaycut.core.geometry import Box, Quad, Span

WIDTH, HEIGHT, FRAMES, ONSET = 320, 240, 40, 14
LARGE, SMALL = Box(60, 60, 200, 44), Box(110, 124, 100, 24)
PARAMETERS = LetteringParameters()
GEOMETRY = ClipGeometry.of(WIDTH, HEIGHT, 960)
WARP = [cv2.GaussianBlur(np.random.default_rng(9 + n).normal(0, 1, (HEIGHT, WIDTH)), (0, 0), 5) for n in range(2)]


def text(words: str, box: Box) -> Plane:
    plane = np.zeros((HEIGHT, WIDTH), np.uint8)
    (w, h), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 3)
    scale = min((box.w - 6) / w, (box.h - 8) / h)
    cv2.putText(plane, words, (box.x + 3, box.bottom - 5), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 2, cv2.LINE_AA)
    return plane


def melted(plane: Plane, strength: float) -> Plane:
    y, x = np.indices(plane.shape, np.float32)
    dx, dy = ((strength * w / np.abs(w).max()).astype(np.float32) for w in WARP)
    return np.asarray(cv2.remap(plane, x + dx, y + dy, cv2.INTER_LINEAR), np.uint8)


def frame(t: int, *, small_melts: float = 1.0) -> Frame:
    """A card that moves to the right, two pixels a frame at first and ever slower; its large line melts."""
    share = min(max(t - ONSET + 1, 0) / 6, 1.0)
    ink = np.maximum(
        melted(text("COLD BREW", LARGE), 24 * share), melted(text("no. 7 raw", SMALL), 14 * share * small_melts)
    )
    grey = np.roll(60 + 175 * (ink / 255), along(t), axis=1)
    rgb = np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
    return Frame.from_rgb(rgb, index=t, at=Fraction(t, 24), lasts=Fraction(1, 24))


def along(t: int) -> int:
    return round(40 * (1 - np.exp(-t / 20)))


def place(box: Box, t: int) -> Quad:
    return Box(box.x + along(t), box.y, box.w, box.h).quad()


def line(name: str, box: Box, *, lost_from: int = FRAMES) -> Region:
    """A line whose track is right until it is lost; then it stands still."""
    quads = [place(box, min(t, lost_from)) for t in range(FRAMES)]
    region = Region(
        tracker=SurfaceTracker(frame(0).y, GEOMETRY.to_reduced(quads[0])),
        text=name, confidence=0.98, first_frame=0, reference_quad=box.quad(), from_still=True,
        parameters=PARAMETERS.regions, expected=name, source="still",
    )  # fmt: skip
    for t, quad in enumerate(quads):
        support = 0.0 if t >= lost_from else 0.8
        region.observations[t] = TrackObservation(t, GEOMETRY.to_reduced(quad), np.eye(8), support, 1.0, 0.0, 1.0, 1.0)
    return region


def lettering(region: Region, state: str, onset: int | None) -> Lettering:
    quads = {t: GEOMETRY.to_clip(seen.corners) for t, seen in region.observations.items()}
    return Lettering(
        id="", kind="scene", state=state, confidence=0.9, protected=False, expected=region.text,  # type: ignore[arg-type]
        expected_from="still", read=None, legibility=1.0, legibility_at={}, onset=onset, span=Span(0, FRAMES),
        quads=quads, visibility=dict.fromkeys(quads, 1.0), reference_quad=region.reference_quad,
        reference_is_clean=True, reason="drawn",
    )  # fmt: skip


def judged(*, small_melts: float, large_state: str = "warped", lost_from: int = ONSET + 2) -> Lettering:
    """What is said of the small line, which its own track lost as the large one began to melt."""
    large, small = line("COLD BREW", LARGE), line("no. 7 raw", SMALL, lost_from=lost_from)
    matcher = ReferenceMatcher(frame(0), [large, small], GEOMETRY, PARAMETERS.reference_match)
    for t in range(0, FRAMES, 5):
        for region in (large, small):
            region.tracker.corners = region.observations[t].corners
        matcher.compare(frame(t, small_melts=small_melts))
    found = [
        Found(lettering(large, large_state, ONSET if large_state != "stable" else None), large),
        Found(lettering(small, "stable", None), small),
    ]
    return with_shared_evidence(found, fps=24, parameters=PARAMETERS)[1].lettering


def test_a_small_line_that_its_track_lost_is_broken_and_stays_on_the_label() -> None:
    small = judged(small_melts=1)
    assert small.state == "warped" and small.onset is not None and abs(small.onset - ONSET) <= 5
    assert small.judged and small.read is None and "beside it" in small.reason
    for t in range(ONSET + 5, FRAMES):
        assert np.abs(small.quads[t].array() - place(SMALL, t).array()).max() < 1.0


def test_a_small_line_that_holds_its_shape_is_left_in_peace() -> None:
    assert judged(small_melts=0).state == "stable"


def test_a_line_whose_track_is_lost_is_judged_where_an_intact_one_says_it_is() -> None:
    small = judged(small_melts=1.6, large_state="stable")
    assert small.state == "warped" and small.onset is not None and abs(small.onset - ONSET) <= 5
    assert "says where it is" in small.reason
    assert np.abs(small.quads[FRAMES - 1].array() - place(SMALL, FRAMES - 1).array()).max() < 1.0
    assert judged(small_melts=0, large_state="stable").state == "stable"


def test_a_line_that_keeps_its_track_is_not_judged_again_beside_an_intact_one() -> None:
    assert judged(small_melts=1.6, large_state="stable", lost_from=FRAMES).state == "stable"


@pytest.mark.parametrize(("state", "own", "other", "due"), [
    ("warped", 0.45, 0.9, 0.6), ("warped", 0.45, 0.5, 0.5), ("warped", 0.8, 0.9, 0.8), ("stable", 0.45, 0.9, 0.45),
])  # fmt: skip
def test_a_finding_that_is_unsure_is_surer_beside_a_line_that_breaks_as_well(
    state: str, own: float, other: float, due: float
) -> None:
    found = [
        Found(replace(lettering(line(name, box), state, ONSET), confidence=confidence), line(name, box))
        for name, box, state, confidence in (("no. 7", SMALL, "warped", own), ("COLD BREW", LARGE, state, other))
    ]
    said = with_shared_evidence(found, fps=24, parameters=PARAMETERS)[0].lettering
    assert said.confidence == pytest.approx(due)
    assert ("breaks as well" in said.reason) is (due > own)


def matches(*likeness: float, surface: float = 1.0) -> list[ReferenceMatch]:
    return [ReferenceMatch(6 * n, value, surface, 1.0) for n, value in enumerate(likeness)]


@pytest.mark.parametrize(
    ("likeness", "surface", "broken"),
    [
        ((1.0, 1.0, 0.9, 0.6, 0.5, 0.5), 1.0, True),
        ((1.0, 1.0, 0.6, 0.5, 1.0, 1.0), 1.0, False),  # something passed by
        ((1.0, 1.0, 0.9, 0.6, 0.5, 0.5), 0.3, False),  # something stays before it
        ((0.6, 0.5, 0.5, 0.5, 0.5, 0.5), 1.0, False),  # it was never like the reference
    ],
)
def test_only_what_lasts_on_a_surface_in_view_is_broken(
    likeness: tuple[float, ...], surface: float, broken: bool
) -> None:
    shapes = matches(1.0, 1.0) + matches(*likeness, surface=surface)[2:] if surface < 1 else matches(*likeness)
    found = judge_beside(shapes, [], expected="no. 7", most_confidence=0.9, fps=24)
    assert (found is not None) is broken


def test_a_line_that_reads_right_needs_a_shape_that_is_clearly_wrong() -> None:
    right = [OcrReading(6 * n, "no. 7", 0.9) for n in range(8)]
    for likeness, broken in ((0.74, False), (0.6, True)):
        shapes = matches(1.0, 1.0, *(4 * [likeness]))
        found = judge_beside(shapes, right, expected="no. 7", most_confidence=0.9, fps=24)
        assert (found is not None) is broken


@pytest.mark.parametrize(("words", "lost_from", "state"), [
    ("COLD BREW", ONSET + 4, "stable"), ("COLD BREW", FRAMES, "warped"), ("HOT SOUP", ONSET + 4, "warped"),
])  # fmt: skip
def test_words_that_are_found_intact_after_their_track_was_lost_did_not_melt(
    words: str, lost_from: int, state: str
) -> None:
    strayed, again = line("COLD BREW", LARGE, lost_from=lost_from), line(words, SMALL)
    again.first_frame = ONSET + 10
    found = [Found(lettering(strayed, "warped", ONSET), strayed), Found(lettering(again, "stable", None), again)]
    first = without_lost_tracks(found, parameters=PARAMETERS)[0].lettering
    assert first.state == state and first.judged == (state == "warped")
