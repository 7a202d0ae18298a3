"""A thing without a face: cut out of its background, followed, and noticed when it changes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

import graphs
from overlaycut.analyse import SubjectAnalyser
from overlaycut.analyse.subject import salient, segmented
from overlaycut.core.cast import CastReport
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box
from overlaycut.decide import CastRules, ClipCast, compare_clips, judge_subjects
from overlaycut.errors import MissingPart, ModelError, UsageError
from overlaycut.models import histogram_appearance, onnx_appearance
from people import facts

SIZE = (320, 240)
RED, BLUE = (200, 40, 40), (40, 60, 200)


def bottle(colour: tuple[int, int, int], x: int = 120, *, ground: int = 120, seed: int = 0) -> Picture:
    rng = np.random.default_rng(seed)
    room = np.full((240, 320, 3), ground, dtype=np.int16) + rng.integers(-8, 9, (240, 320, 1))
    drawn = np.clip(room, 0, 255).astype(np.uint8)
    cv2.rectangle(drawn, (x, 90), (x + 80, 210), colour, -1)
    cv2.rectangle(drawn, (x + 25, 50), (x + 55, 90), colour, -1)
    cv2.circle(drawn, (x + 40, 150), 22, (240, 240, 240), -1)
    return drawn


def followed(pictures: list[Picture]) -> CastReport:
    analyser = SubjectAnalyser(histogram_appearance(), facts(SIZE))
    for index, one in enumerate(pictures):
        analyser.see(Frame.from_rgb(one, index=index, at=Fraction(index, 8), lasts=Fraction(1, 8)))
    return analyser.result()


def test_the_subject_is_segmented() -> None:
    picture = bottle(RED)
    assert salient(picture).overlap(Box(120, 50, 80, 160)) > 0.7 * 80 * 160
    mask = segmented(picture, None) > 0
    truth = np.ptp(picture.astype(int), axis=2) > 60
    truth |= (picture > 230).all(axis=2)
    assert (mask & truth).sum() / (mask | truth).sum() > 0.85


def test_it_is_followed_and_stays_itself() -> None:
    report = followed([bottle(RED, 60 + 4 * n) for n in range(32)])
    (track,) = report.tracks
    assert abs(track.sightings[-1].box.x - (60 + 4 * track.sightings[-1].index)) < 10
    (found,) = judge_subjects([ClipCast("a", report)], histogram_appearance().metric, CastRules())
    assert found.face.verdict == "same" and found.face.min is not None and found.face.min > 0.7


def test_another_room_is_no_other_bottle_but_another_bottle_is() -> None:
    clips = [
        ClipCast("a", followed([bottle(RED)] * 16)),
        ClipCast("b", followed([bottle(RED, 150, ground=170, seed=3)] * 16)),
        ClipCast("c", followed([bottle(BLUE)] * 16)),
    ]
    metric = histogram_appearance().metric
    pairs = {
        (p.one, p.other): p.similarity
        for p in compare_clips(judge_subjects(clips, metric, CastRules()), metric, CastRules())
    }
    assert pairs["a", "b"] > 0.6 > 0.5 > pairs["a", "c"]


def test_a_bottle_that_changes_is_drift_from_there() -> None:
    mixed = [
        tuple(int(a + (b - a) * min(max((n - 20) / 4, 0), 1)) for a, b in zip(RED, BLUE, strict=True))
        for n in range(48)
    ]
    report = followed([bottle(colour) for colour in mixed])
    (found,) = judge_subjects([ClipCast("a", report)], histogram_appearance().metric, CastRules())
    assert found.face.verdict == "drift" and abs(float(found.face.first_bad or 0) - 2.75) < 0.6


def test_nothing_to_see_is_no_subject() -> None:
    assert followed([np.zeros((240, 320, 3), np.uint8)] * 4).tracks == ()
    assert (
        judge_subjects(
            [ClipCast("a", followed([np.full((240, 320, 3), 90, np.uint8)]))],
            histogram_appearance().metric,
            CastRules(),
        )
        == ()
    )


def test_a_model_of_looks_sees_the_thing_and_not_what_is_behind_it(shelf: Callable[..., Path], tmp_path: Path) -> None:
    shelf("dinov2-small", graphs.dinov2)
    looks = onnx_appearance("dinov2-small")
    picture = np.full((240, 320, 3), (20, 200, 20), np.uint8)
    picture[60:180, 80:240] = RED
    mask = np.zeros((240, 320), np.uint8)
    mask[60:180, 80:240] = 255
    vector = looks.embed(picture, mask)
    red = (np.array(RED) / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    assert np.allclose(vector, red / np.linalg.norm(red), atol=0.02)
    assert looks.metric.model == "dinov2-small"
    assert onnx_appearance(graphs.dinov2(tmp_path / "mine.onnx")).metric.model == "mine"


def test_a_model_of_looks_that_is_none(shelf: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(MissingPart, match="no such model"):
        onnx_appearance(tmp_path / "none.onnx")
    with pytest.raises(UsageError, match="sface is not one for looks"):
        onnx_appearance("sface")
    wrong = onnx_appearance(graphs.not_vectors(tmp_path / "wrong.onnx", 224))
    with pytest.raises(ModelError, match="not with vectors"):
        wrong.embed(bottle(RED), np.full((240, 320), 255, np.uint8))
