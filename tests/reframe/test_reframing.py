"""Crops, and pictures shown whole."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlaycut.core.cues import KeepOut
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.reframe.camera import CameraShot
from overlaycut.reframe.camera_path import Framing, plan_camera
from overlaycut.reframe.crop import crop_box
from overlaycut.reframe.reframing import reframed
from overlaycut.reframe.saliency import Saliency, SaliencyAnalyser, centre_prior

SIDES = st.integers(8, 400).map(lambda n: 2 * n)
SHAPES = st.sampled_from([(1080, 1920), (1080, 1080), (1080, 1350), (1920, 1080), (720, 1280)])


def frame_of(rgb: np.ndarray, index: int = 0) -> Frame:
    return Frame.from_rgb(rgb, index=index, at=Fraction(index, 24), lasts=Fraction(1, 24))


def spotted(width: int, height: int, x: int, y: int) -> Frame:
    """A dull picture with one busy spot."""
    rgb = np.full((height, width, 3), 90, np.uint8)
    rng = np.random.default_rng(1)
    rgb[y - 20 : y + 20, x - 20 : x + 20] = rng.integers(0, 255, (40, 40, 3))
    return frame_of(rgb)


@settings(max_examples=150, deadline=None)
@given(width=SIDES, height=SIDES, shape=SHAPES, data=st.data())
def test_a_crop_is_inside_has_the_shape_and_keeps_what_fits(
    width: int, height: int, shape: tuple[int, int], data: st.DataObject
) -> None:
    w = data.draw(st.integers(1, width))
    h = data.draw(st.integers(1, height))
    box = Box(data.draw(st.integers(0, width - w)), data.draw(st.integers(0, height - h)), w, h)
    crop = crop_box(width, height, *shape, keep=[box])
    assert crop.clipped(width, height) == crop
    assert crop.even() == crop
    exact_w, exact_h = crop.h * shape[0] / shape[1], crop.w * shape[1] / shape[0]
    assert abs(crop.w - exact_w) <= 1 or abs(crop.h - exact_h) <= 1
    assert crop.w >= width - 1 or crop.h >= height - 1
    if w <= crop.w - 2 and h <= crop.h - 2:
        assert crop.overlap(box) == box.area


def test_without_evidence_the_middle_is_cut_out() -> None:
    assert crop_box(1920, 1080, 1080, 1080) == Box(420, 0, 1080, 1080)


def test_a_crop_follows_what_is_salient() -> None:
    for x in (60, 580):
        analyser = SaliencyAnalyser(640, 360)
        analyser.see(spotted(640, 360, x, 180))
        crop = crop_box(640, 360, 1080, 1920, saliency=analyser.result())
        assert crop.x < x < crop.right


def test_boxes_are_not_cut_through_when_one_of_two_must_go() -> None:
    boxes = [Box(0, 0, 150, 40), Box(460, 0, 180, 40)]
    crop = crop_box(640, 360, 1080, 1920, keep=boxes)
    assert all(crop.overlap(box) in (0, box.area) for box in boxes)
    assert any(crop.overlap(box) == box.area for box in boxes)


def test_where_nothing_stands_out_the_prior_decides() -> None:
    analyser = SaliencyAnalyser(640, 360)
    for index in range(3):
        picture = np.full((360, 640, 3), 90, np.uint8)
        analyser.see(Frame.from_rgb(picture, index=index, at=Fraction(index), lasts=Fraction(1)))
    np.testing.assert_allclose(analyser.result().map, centre_prior(640, 360))


def test_saliency_without_frames_leans_to_the_middle() -> None:
    found = SaliencyAnalyser(640, 360).result().map
    assert np.array_equal(found, centre_prior(640, 360))
    assert found.sum() == pytest.approx(1)
    middle = found[found.shape[0] // 2, found.shape[1] // 2]
    assert middle == found.max()


@pytest.mark.parametrize("mode", ["auto", "centre", "pad"])
def test_reframed_frames_have_the_size_and_the_times(mode: str) -> None:
    source = [frame_of(np.full((180, 320, 3), 100, np.uint8), i) for i in range(3)]
    out = list(reframed((320, 180), (108, 192), mode=mode)(iter(source)))  # type: ignore[arg-type]
    assert [(f.width, f.height) for f in out] == [(108, 192)] * 3
    assert [(f.index, f.at, f.lasts) for f in out] == [(f.index, f.at, f.lasts) for f in source]


def test_a_padded_picture_is_shown_whole_on_a_darker_ground() -> None:
    rgb = np.full((180, 320, 3), 200, np.uint8)
    rgb[:, :4] = rgb[:, -4:] = (250, 20, 20)
    (out,) = reframed((320, 180), (320, 640), mode="pad")(iter([frame_of(rgb)]))
    top = (640 - 180) // 2
    assert np.array_equal(out.y[top : top + 180], frame_of(rgb).y)
    assert out.y[:100].mean() < 0.75 * out.y[top + 90].mean()


def test_the_same_shape_is_only_scaled_and_the_same_size_not_even_that() -> None:
    frame = spotted(320, 180, 160, 90)
    (out,) = reframed((320, 180), (320, 180), mode="auto")(iter([frame]))
    assert np.array_equal(out.y, frame.y)
    (half,) = reframed((320, 180), (160, 90), mode="centre")(iter([frame]))
    assert (half.width, half.height) == (160, 90)


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="even"):
        reframed((320, 180), (107, 192))
    with pytest.raises(ValueError, match="cannot cut"):
        crop_box(320, 180, 0, 10)
    with pytest.raises(ValueError, match="nothing to see"):
        SaliencyAnalyser(1, 1)


# The camera ----------------------------------------------------------------------------------------------------


def watched(count: int, x: object, *, size: tuple[int, int] = (640, 360), cuts: tuple[int, ...] = ()) -> Saliency:
    """What is seen of a busy spot that is at x(index)."""
    analyser = SaliencyAnalyser(*size)
    for index in range(count):
        analyser.see(spotted_at(size, x(index), index), cut=index in cuts)  # type: ignore[operator]
    return analyser.result()


def spotted_at(size: tuple[int, int], x: float, index: int) -> Frame:
    rgb = np.full((size[1], size[0], 3), 90, np.uint8)
    rng = np.random.default_rng(1)
    left = round(x) - 25
    rgb[size[1] // 2 - 25 : size[1] // 2 + 25, left : left + 50] = rng.integers(0, 255, (50, 50, 3))
    return frame_of(rgb, index)


def test_a_subject_that_stays_is_shown_from_one_place() -> None:
    camera = plan_camera((640, 360), (1080, 1920), Framing(saliency=watched(60, lambda n: 150 + 6 * np.sin(n / 3))))
    (shot,) = camera.shots
    assert not shot.moves and not shot.padded
    assert shot.box.x < 125 and shot.box.right > 175


def test_a_subject_that_crosses_is_followed_smoothly() -> None:
    def x(n: int) -> float:
        return float(np.interp(n, [20, 100], [80, 560]))

    camera = plan_camera((640, 360), (1080, 1920), Framing(saliency=watched(120, x)))
    (shot,) = camera.shots
    assert shot.moves
    for n in range(0, 120, 5):
        place = shot.place(Fraction(n, 24))
        assert place - 12 <= x(n) <= place + shot.box.w + 12
    places = np.array([shot.place(Fraction(n, 24)) for n in range(120)])
    assert places.min() >= 0 and places.max() <= 640 - shot.box.w
    assert np.abs(np.diff(places, 2)).max() < 2.0
    assert np.abs(np.diff(places)).max() < 20


def test_the_camera_cuts_where_the_clip_cuts() -> None:
    camera = plan_camera(
        (640, 360), (1080, 1920), Framing(saliency=watched(60, lambda n: 80 if n < 31 else 560, cuts=(31,)))
    )
    first, second = camera.shots
    assert second.starts == Fraction(31, 24)
    assert not first.moves and not second.moves
    assert first.box.x < 80 < first.box.right and second.box.x < 560 < second.box.right
    assert camera.box(Fraction(30, 24)) == first.box
    assert camera.box(Fraction(31, 24)) == second.box


@settings(max_examples=60, deadline=None)
@given(x=st.integers(0, 560), w=st.integers(20, 640))
def test_lettering_is_never_cut_through(x: int, w: int) -> None:
    box = Box(x, 100, min(w, 640 - x), 40)
    camera = plan_camera((640, 360), (1080, 1920), Framing(keep=[box]))
    shown = camera.box(Fraction(0))
    if shown is None:
        assert box.w > shown_width() - 20
    else:
        assert shown.overlap(box) in (0, box.area)


def shown_width() -> int:
    return crop_box(640, 360, 1080, 1920).w


def test_lettering_counts_for_its_time_only() -> None:
    saliency = watched(72, lambda _: 300)
    early = KeepOut(Box(20, 100, 150, 40), Fraction(0), Fraction(1))
    late = KeepOut(Box(470, 100, 150, 40), Fraction(2), Fraction(3))
    camera = plan_camera((640, 360), (1080, 1920), Framing(saliency=saliency, keep=[early, late]))
    for taken, at in ((early, Fraction(1, 8)), (late, Fraction(23, 8))):
        shown = camera.box(at)
        assert shown is not None and shown.overlap(taken.box) in (0, taken.box.area)


def test_what_does_not_fit_is_shown_whole() -> None:
    wide = Box(40, 100, 560, 60)
    assert plan_camera((640, 360), (1080, 1920), Framing(keep=[wide])).shots[0].padded
    assert (
        plan_camera((640, 360), (1080, 1920), Framing(subjects=[Box(0, 0, 90, 90), Box(550, 0, 90, 90)]))
        .shots[0]
        .padded
    )
    (out,) = reframed((640, 360), (270, 480), Framing(keep=[wide]))(iter([spotted(640, 360, 320, 180)]))
    assert (out.width, out.height) == (270, 480)
    middle = out.y[240 - 60 : 240 + 60]
    assert np.ptp(middle.astype(int)) > 60


def test_the_camera_zooms_out_only_as_far_as_it_has_to() -> None:
    """Two faces that no crop to 9:16 holds, the eye between them, and nothing at the sides."""
    faces = [during(Box(190, 100, 70, 90), 0, 9), during(Box(400, 100, 70, 90), 0, 9)]
    camera = plan_camera((640, 360), (1080, 1920), Framing(watched(30, lambda _: 320), subjects=faces))
    (shot,) = camera.shots
    assert shot.padded and 280 <= shot.box.w <= 420 and shot.box.h == 360
    for face in faces:
        assert shot.box.overlap(face.box) == face.box.area
        box = camera.shown(face.box, Fraction(0))
        assert box is not None and box.w == pytest.approx(face.box.w * 1080 / shot.box.w, abs=2)
    (out,) = reframed((640, 360), (270, 480), Framing(watched(30, lambda _: 320), subjects=faces))(
        iter([spotted(640, 360, 320, 180)])
    )
    assert (out.width, out.height) == (270, 480)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 560), st.integers(20, 200), st.booleans()), min_size=1, max_size=5),
    st.integers(40, 600),
)
def test_zoomed_out_or_not_no_lettering_is_cut_and_what_is_required_is_there(
    places: list[tuple[int, int, bool]], eye: int
) -> None:
    keep = [
        KeepOut(Box(x, 300, min(w, 640 - x), 40), Fraction(0), Fraction(9), name="word", required=required)
        for x, w, required in places
    ]
    (shot,) = plan_camera((640, 360), (1080, 1920), Framing(watched(9, lambda _: eye), keep=keep)).shots
    for one in keep:
        assert shot.box.overlap(one.box) in ({one.box.area} if one.required else {0, one.box.area})


@pytest.mark.parametrize("ground", ["blur", "mirror", "colour"])
@pytest.mark.parametrize("shape", [(360, 640), (640, 640), (900, 360)])
def test_grounds_fill_the_frame_and_leave_the_picture_alone(ground: str, shape: tuple[int, int]) -> None:
    frame = spotted(640, 360, 320, 180)
    (out,) = reframed((640, 360), shape, mode="pad", background=ground)(iter([frame]))  # type: ignore[arg-type]
    assert (out.width, out.height) == shape
    assert out.y.min() >= 16
    if shape == (640, 640):
        assert (out.y[140:500] == frame.y).all()


def test_a_moving_camera_is_sharp_between_pixels() -> None:
    """A picture moved by parts of a pixel and back is the picture, but for what lies beyond its edges."""
    from overlaycut.reframe.resampling import subpixel_window

    rng = np.random.default_rng(3)
    wave = np.cumsum(rng.normal(0, 6, (40, 400)), axis=1)
    plane = np.clip(120 + wave - wave.mean(axis=1, keepdims=True), 16, 235).astype(np.uint8)
    there = subpixel_window(plane, 50.5, 200, 40, along_x=True)
    back = subpixel_window(there, 9.5, 180, 40, along_x=True)
    assert np.abs(back.astype(int) - plane[:, 60:240])[:, 8:-8].mean() < 2
    tall = subpixel_window(np.ascontiguousarray(plane.T), 50.5, 40, 200, along_x=False)
    assert (tall == there.T).all()
    assert (subpixel_window(plane, 37.0, 200, 40, along_x=True) == plane[:, 37:237]).all()


def test_a_moving_shot_keeps_frames_and_times() -> None:
    saliency = watched(90, lambda n: float(np.interp(n, [20, 70], [80, 560])))
    frames = [spotted_at((640, 360), float(np.interp(n, [20, 70], [80, 560])), n) for n in range(90)]
    out = list(reframed((640, 360), (270, 480), Framing(saliency=saliency))(iter(frames)))
    assert [f.at for f in out] == [f.at for f in frames]
    assert {(f.width, f.height) for f in out} == {(270, 480)}
    assert all(np.ptp(f.y.astype(int)) > 100 for f in out)  # the subject is in every one


# Faces ---------------------------------------------------------------------------------------------------------


def during(box: Box, start: float, end: float) -> KeepOut:
    return KeepOut(box, Fraction(start), Fraction(end), "a face")


def test_a_face_off_centre_is_shown_with_room_for_its_head() -> None:
    face = Box(40, 100, 90, 110)
    busy = watched(60, lambda _: 560)
    camera = plan_camera((640, 360), (1080, 1920), Framing(saliency=busy, subjects=[face]))
    (shot,) = camera.shots
    assert not shot.padded and shot.box.x <= face.x - 20 and face.right + 20 <= shot.box.right
    assert plan_camera((640, 360), (1080, 1920), Framing(saliency=busy)).shots[0].box.overlap(face) == 0


def test_whoever_walks_through_does_not_shrink_the_picture() -> None:
    stays = [during(Box(60, 100, 80, 100), 0, 4)]
    passes = [during(Box(500, 100, 80, 100), 2, 2.5)]
    remains = [during(Box(500, 100, 80, 100), 2, 4)]
    seen = watched(96, lambda _: 100)
    assert not plan_camera((640, 360), (1080, 1920), Framing(saliency=seen, subjects=stays + passes)).shots[0].padded
    assert plan_camera((640, 360), (1080, 1920), Framing(saliency=seen, subjects=stays + remains)).shots[0].padded


def test_a_face_that_walks_is_followed_and_never_cut() -> None:
    def x(n: int) -> int:
        return round(np.interp(n, [24, 120], [60, 500]))

    faces = [during(Box(x(n), 100, 70, 90), n / 24, (n + 8) / 24) for n in range(0, 144, 8)]
    camera = plan_camera((640, 360), (1080, 1920), Framing(saliency=watched(144, lambda n: x(n) + 35), subjects=faces))
    (shot,) = camera.shots
    assert shot.moves
    for n in range(144):
        box = camera.box(Fraction(n, 24))
        assert box is not None and box.overlap(Box(x(n), 100, 70, 90)) > 0.85 * 70 * 90


def test_a_close_up_loses_an_ear_rather_than_the_shot() -> None:
    fits, not_so = Box(200, 40, 220, 300), Box(180, 10, 280, 340)
    assert not plan_camera((640, 360), (1080, 1920), Framing(subjects=[fits])).shots[0].padded
    assert plan_camera((640, 360), (1080, 1920), Framing(subjects=[not_so])).shots[0].padded


@pytest.mark.parametrize("mode", ["auto", "centre", "pad"])
def test_the_camera_says_where_things_come_to_lie(mode: str) -> None:
    rgb = np.full((180, 320, 3), 30, np.uint8)
    box = Box(150, 60, 30, 40)
    rgb[box.slices] = 250
    camera = plan_camera((320, 180), (216, 384), mode=mode)  # type: ignore[arg-type]
    (out,) = reframed((320, 180), (216, 384), mode=mode)(iter([frame_of(rgb)]))  # type: ignore[arg-type]
    shown = camera.shown(box, Fraction(0))
    assert shown is not None
    assert out.y[shown.slices].mean() > 215
    rows, columns = np.nonzero(out.y > 140)
    assert Box(columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1).overlap(shown) > 0.9 * shown.area
    assert (camera.shown(Box(0, 0, 20, 20), Fraction(0)) is None) == (mode != "pad")


def test_what_is_required_stays_whole_or_all_is_shown_and_that_is_said() -> None:
    def at(x: int, w: int, required: bool) -> KeepOut:
        return KeepOut(Box(x, 300, w, 40), Fraction(0), Fraction(9), name="Goku-generated", required=required)

    busy, face = watched(30, lambda n: 60), Box(20, 80, 90, 90)
    beside = plan_camera((640, 360), (1080, 1920), Framing(busy, [at(560, 70, False)], [face])).shots[0]
    assert not beside.padded and not beside.loses  # lettering may be left out as a whole, as here for a face
    torn = plan_camera((640, 360), (1080, 1920), Framing(busy, [at(560, 70, True)], [face])).shots[0]
    assert torn.padded
    mark = at(560, 70, True)
    kept = plan_camera((640, 360), (1080, 1920), Framing(busy, keep=[mark])).shots[0]
    assert not kept.padded and kept.box.overlap(mark.box) == mark.box.area
    both = plan_camera((640, 360), (1080, 1920), Framing(busy, keep=[mark, at(10, 70, True)])).shots[0]
    assert both.padded and both.loses == ("'Goku-generated'",)
    wide = plan_camera((640, 360), (1080, 1920), Framing(keep=[at(100, 400, True)])).shots[0]
    assert wide.padded and wide.loses == ("'Goku-generated'",)


def test_a_focus_is_in_the_middle_as_far_as_the_picture_reaches() -> None:
    def camera(focus: Box, keep: tuple[KeepOut, ...] = ()) -> CameraShot:
        (shot,) = plan_camera((640, 360), (1080, 1920), Framing(keep=keep, focus=focus)).shots
        return shot

    point = camera(Box(400, 50, 1, 1))
    assert abs(point.box.x + point.box.w / 2 - 400) <= 2 and not point.padded
    assert camera(Box(0, 0, 1, 1)).box.x == 0 and camera(Box(639, 0, 1, 1)).box.right == 640
    assert camera(Box(100, 0, 400, 90)).padded
    lost = KeepOut(Box(560, 0, 70, 40), Fraction(0), Fraction(1), name="SALE", required=True)
    assert camera(Box(60, 50, 1, 1), (lost,)).loses == ("'SALE'",)


def test_the_middle_that_is_asked_for_says_what_it_leaves_out() -> None:
    lost = KeepOut(Box(560, 0, 70, 40), Fraction(0), Fraction(1), name="SALE", required=True)
    (shot,) = plan_camera((640, 360), (1080, 1920), Framing(keep=[lost]), mode="centre").shots
    assert not shot.padded and shot.loses == ("'SALE'",) and shot.box == crop_box(640, 360, 1080, 1920)


def test_incidental_lettering_is_cut_through_before_the_picture_gets_smaller() -> None:
    size, target = (640, 360), (216, 384)
    posters = [Box(x, 40, 70, 20) for x in range(0, 640, 90)]
    interest = watched(24, lambda n: 330)
    firm = plan_camera(size, target, Framing(interest, posters))
    assert firm.shots[0].padded
    incidental = [KeepOut(box, Fraction(0), Fraction(9), name="POSTER", weight=0.02) for box in posters]
    (shot,) = plan_camera(size, target, Framing(interest, incidental)).shots
    assert not shot.padded and shot.loses == ()
    assert shot.box.x < 330 < shot.box.right


def test_incidental_lettering_stays_whole_where_it_costs_nothing() -> None:
    size, target = (640, 360), (216, 384)
    interest = watched(24, lambda n: 330)
    (free,) = plan_camera(size, target, Framing(interest)).shots
    edge = Box(free.box.right - 8, 40, 14, 20)
    poster = KeepOut(edge, Fraction(0), Fraction(9), name="POSTER", weight=0.02)
    (shot,) = plan_camera(size, target, Framing(interest, [poster])).shots
    assert edge.right <= shot.box.right or shot.box.right <= edge.x


def test_the_composition_of_the_still_decides_where_nothing_else_does_and_no_more() -> None:
    size, target, subject = (640, 360), (216, 384), Box(150, 60, 80, 200)
    even = Saliency(
        map=np.full((36, 64), 1 / (36 * 64)),
        times=tuple(Fraction(n, 4) for n in range(8)),
        columns=np.ones((8, 64), np.float32),
        rows=np.ones((8, 36), np.float32),
        cuts=(),
    )
    (shot,) = plan_camera(size, target, Framing(even, composition=subject)).shots
    assert abs(shot.box.x + shot.box.w / 2 - 190) <= 4
    (shot,) = plan_camera(size, target, Framing(watched(24, lambda _: 560), composition=subject)).shots
    assert shot.box.x < 560 < shot.box.right, "what the clip shows elsewhere counts more"
