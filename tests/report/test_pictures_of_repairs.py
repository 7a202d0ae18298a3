"""Pictures that are taken on the way: filmstrips of clips of any length, repairs at their worst moment."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import plans
from draw import colour_planes, draw_clip, scenes
from overlaycut.core.frame import Frame, Layer
from overlaycut.core.geometry import Quad, Span
from overlaycut.core.repaired import RepairedFrame
from overlaycut.media import Clip
from overlaycut.report import EncodedPicture, LookAnalyser, RepairPictureTaker, stretches

SIZE = (160, 240)
FRAMES = 40
QUAD = Quad((40, 100), (120, 100), (120, 130), (40, 130))


def opened(picture: EncodedPicture) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(picture.uri.partition(",")[2])))


def repaired(index: int, size: tuple[int, int] = SIZE) -> RepairedFrame:
    """Grey that brightens by a level a frame, with a red patch laid over the quad."""
    grey = np.full((size[1], size[0], 3), 60 + index, np.uint8)
    frame = Frame.from_rgb(grey, index=index, at=Fraction(index, 20), lasts=Fraction(1, 20))
    patch = np.zeros((30, 80, 4), np.uint8)
    patch[..., 0], patch[..., 3] = 200, 255
    layer = Layer.from_rgba(patch, x=40, y=100)
    return RepairedFrame(frame, frame.with_layers(layer), (layer,))


@pytest.fixture
def taken() -> RepairPictureTaker:
    region = plans.region(
        "r1", decision="erase", edit=Span(0, FRAMES), span=Span(0, FRAMES), quads=dict.fromkeys(range(FRAMES), QUAD)
    )
    record = plans.record(width=SIZE[0], height=SIZE[1], fps=20.0, frames=FRAMES, duration=FRAMES / 20)
    plan = plans.plan(region).model_copy(update={"clip": record})
    taker = RepairPictureTaker(plan, legible={"r1": {4: 0.9, 23: 0.1, 30: 0.5}})
    for index in range(FRAMES):
        taker.see(repaired(index))
    return taker


def test_a_repair_is_shown_where_its_lettering_is_least_legible(taken: RepairPictureTaker) -> None:
    found = taken.result({})
    (moment,) = found.moments
    assert (moment.region, moment.index, moment.seconds) == ("r1", 23, 23 / 20)
    before, after = np.asarray(opened(moment.before)), np.asarray(opened(moment.after))
    middle = before.shape[0] // 2, before.shape[1] // 2
    assert np.abs(before[middle].astype(int) - 83).max() < 6
    assert after[middle][0] > 180 and after[middle][1] < 30
    assert found.written is not None and found.written.shape == (60, 40)
    assert found.written[28, 20] > 0 and found.written[5, 5] == 0


def test_a_failed_gate_says_which_moment_is_the_worst(taken: RepairPictureTaker) -> None:
    (moment,) = taken.result({"r1": 39}).moments
    assert moment.index == 39


def test_the_loop_shows_before_above_after_around_that_moment(taken: RepairPictureTaker) -> None:
    (moment,) = taken.result({}).moments
    assert moment.loop is not None
    looped = opened(moment.loop)
    assert looped.n_frames > 3 and looped.info["loop"] == 0
    first = np.asarray(looped.convert("RGB"))
    assert np.ptp(first[first.shape[0] // 4, first.shape[1] // 2].astype(int)) < 12, "grey above"
    assert first[3 * first.shape[0] // 4, first.shape[1] // 2][0] > 150, "red below"


def test_a_region_that_does_not_change_is_not_shown() -> None:
    taker = RepairPictureTaker(plans.plan(plans.region("r1", decision="keep", edit=None)), legible={})
    taker.see(replace(repaired(0), layers=()))
    assert taker.result({}).moments == () and taker.result({}).written is None


@pytest.mark.parametrize("count", [1, 7, 19, 20, 21, 65])
def test_a_filmstrip_is_even_and_short_whatever_the_length(tmp_path: Path, count: int) -> None:
    clip = Clip(draw_clip(tmp_path / "clip.mp4", scenes(count, (48, 64)), tick=Fraction(1, 10)).path)
    look = LookAnalyser(clip.facts)
    for frame in clip.frames():
        look.see(frame)
    found = look.result()
    indices = [one.index for one in found.strip]
    assert 1 <= len(indices) <= 10 and indices[0] == 0 and len(indices) >= min(count, 5)
    assert len(set(np.diff(indices))) <= 1
    assert len(found.luma) == len(found.seconds) == count and (found.luma > 0).all()


@pytest.mark.parametrize("moves", [False, True])
def test_jumps_of_brightness_are_everywhere_at_once(tmp_path: Path, moves: bool) -> None:
    """A frame that is brighter by 12 levels; or a bright bar that comes over a third of the picture and goes."""
    planes = []
    for n in range(9):
        picture = np.full((64, 48, 3), 100 + n, np.uint8)
        if n == 4:
            picture[:, : 16 if moves else 48] += 12
        planes.append(colour_planes(picture, "yuv420p"))
    clip = Clip(draw_clip(tmp_path / "clip.mp4", planes, tick=Fraction(1, 10)).path)
    look = LookAnalyser(clip.facts)
    for frame in clip.frames():
        look.see(frame)
    jumps = look.result().jumps
    assert len(jumps) == 9 and (jumps.max() < 1.5 if moves else (jumps.argmax() == 4 and jumps[4] > 8))


def test_stretches_are_closed_over_short_gaps() -> None:
    samples = [(n / 10, 0.0) for n in range(10)]
    bad = [n in (2, 3, 5, 9) for n in range(10)]
    found = stretches(samples, bad, end=1.0, bridge=0.11)
    assert [(round(one.start, 2), round(one.end, 2)) for one in found] == [(0.2, 0.6), (0.9, 1.0)]
