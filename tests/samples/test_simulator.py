"""The simulator's truth is true: it is held against its own pixels, by other means than it was computed by."""

from __future__ import annotations

import subprocess
import sys
import weakref
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from simulator import (
    SAMPLE_RATE,
    Arrival,
    Backdrop,
    Bending,
    Camera,
    Fault,
    Focus,
    Highlight,
    Lettering,
    Light,
    Motion,
    Occluder,
    Region,
    Scene,
    Simulation,
    Surface,
    Truth,
    chord,
    murmur,
    random_scene,
    simulate,
    write_clip,
)
from simulator.bending import rest, seen

ONSET = 10
LARGE = Lettering(name="large", text="RIVERSIDE", centre=(120, 60), size=36)
SMALL = Lettering(name="small", text="OPEN DAILY", centre=(120, 105), size=22)
SIGN = Surface(
    name="sign",
    body="sign",
    x=24,
    y=70,
    width=240,
    height=140,
    leaning=(0.0, 8.0),
    motion=Motion(drift=(6, 3), sway=(4, 2), turn=2.5, tilt=(2, 5), period=1.7, phase=40),
    lettering=(LARGE, SMALL),
)
CALM = Scene(
    width=288,
    height=320,
    frames=24,
    still_width=288,
    still_height=320,
    backdrop=Backdrop(kind="tiles", seed=1, parallax=0.6),
    surfaces=(SIGN,),
    camera=Camera(pan=(5, -4), zoom=0.05, roll=1.0, shake=1.5, seed=2),
    arrival=Arrival(scale=1.03, offset=(1.7, -2.3), turn=0.4),
    noise=0.0,
)


def with_lettering(*lines: Lettering, scene: Scene = CALM) -> Scene:
    return replace(scene, surfaces=(replace(SIGN, lettering=lines),))


def with_fault(**fault: object) -> Scene:
    return with_lettering(replace(LARGE, fault=Fault(onset=ONSET, ramp=8, seed=3, **fault)), SMALL)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def calm() -> Simulation:
    return simulate(CALM)


@pytest.fixture(scope="module")
def melting() -> Simulation:
    return simulate(replace(with_fault(kind="warped"), noise=1.5))


def inside(quad: object, shape: tuple[int, ...], grow: int = 0) -> np.ndarray:
    """Pixels of a picture inside a quad, `grow` more all around."""
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.rint(np.asarray(quad) - 0.5).astype(np.int32), 1)
    return cv2.dilate(mask, np.ones((2 * grow + 1, 2 * grow + 1), np.uint8)).astype(bool)


def through(matrix: np.ndarray, points: object) -> np.ndarray:
    return cv2.perspectiveTransform(np.asarray(points, np.float64)[None], matrix)[0]


def warp_still(still: np.ndarray, matrix: np.ndarray, width: int, height: int) -> np.ndarray:
    """The still seen through a homography between pixel edges; OpenCV counts from pixel centres."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    return cv2.warpPerspective(still, np.linalg.inv(half) @ matrix @ half, (width, height), flags=cv2.INTER_CUBIC)


def soft(picture: np.ndarray) -> np.ndarray:
    """Without the finest detail, which the still has and a second resampling loses."""
    return cv2.GaussianBlur(picture, (0, 0), 1.0)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2)))


# --- quads and homographies ---


@pytest.mark.parametrize("index", [0, 9, 23])
def test_still_through_the_true_homography_is_the_frame(calm: Simulation, index: int) -> None:
    region = calm.truth().region("large")
    now = region.frames[index]
    clean = soft(calm.frame(index, "clean"))
    mask = inside(now.quad, clean.shape, 3)
    expected = warp_still(calm.still(), now.homography, CALM.width, CALM.height)
    right = psnr(soft(expected)[mask], clean[mask])
    off = warp_still(expected, np.array([[1, 0, 0.3], [0, 1, 0], [0, 0, 1.0]]), CALM.width, CALM.height)
    assert right > 38
    assert right > psnr(soft(off)[mask], clean[mask]) + 6  # 0.3 pixels away is clearly worse


@pytest.mark.parametrize("index", [0, 12, 23])
def test_backdrop_moves_by_its_own_homography(calm: Simulation, index: int) -> None:
    plate = calm.frame(index, "plate")
    expected = warp_still(calm.still(), calm.truth().backdrop[index], CALM.width, CALM.height)
    wall = np.s_[250:305, 20:270]  # below the sign
    assert psnr(expected[wall], plate[wall]) > 32


@pytest.mark.parametrize("index", [0, 7, 15, 23])
def test_quads_agree_with_image_alignment(calm: Simulation, index: int) -> None:
    """ECC, started a pixel off, finds the still's lettering where the truth says it is."""
    region = calm.truth().region("large")
    still = cv2.cvtColor(calm.still(), cv2.COLOR_RGB2GRAY)
    frame = cv2.cvtColor(calm.frame(index, "clean"), cv2.COLOR_RGB2GRAY)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    away = np.array([[1, 0, 1.0], [0, 1, -0.7], [0, 0, 1]])
    start = np.linalg.inv(half) @ away @ region.frames[index].homography @ half
    _, found = cv2.findTransformECC(
        still,
        frame,
        (start / start[2, 2]).astype(np.float32),
        cv2.MOTION_HOMOGRAPHY,
        (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 100, 1e-7),
        inputMask=inside(region.frames[index].quad, frame.shape, 4).astype(np.uint8) * 255,
        gaussFiltSize=3,
    )
    estimate = through(half @ found.astype(np.float64) @ np.linalg.inv(half), region.still_quad)
    error = np.linalg.norm(estimate - np.asarray(region.frames[index].quad), axis=1)
    assert error.max() < 0.3


def test_quads_are_the_still_quad_through_the_homography(calm: Simulation) -> None:
    for region in calm.truth().regions:
        for now in region.frames:
            np.testing.assert_allclose(through(now.homography, region.still_quad), now.quad, atol=1e-9)


@pytest.mark.parametrize("radius", [None, 122.0])
def test_still_quad_is_the_box_of_the_ink(radius: float | None) -> None:
    """Measured as what differs from the plate, on an upright surface, flat and round a cylinder."""
    flat = replace(SIGN, leaning=(0.0, 0.0), radius=radius, motion=Motion(), lettering=(LARGE,))
    scene = replace(CALM, surfaces=(flat,), camera=Camera(), arrival=Arrival())
    simulation = simulate(scene)
    difference = np.abs(simulation.frame(0, "clean").astype(int) - simulation.frame(0, "plate")).max(axis=2)
    rows, columns = np.nonzero(difference.max(axis=1) > 90)[0], np.nonzero(difference.max(axis=0) > 90)[0]
    (left, top), _, (right, bottom), _ = simulation.truth().region("large").still_quad
    measured = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
    assert np.abs(np.array(measured) - [left, top, right, bottom]).max() < 0.8


def test_frame_zero_differs_from_the_still_by_the_arrival(calm: Simulation) -> None:
    x, y = 100.0, 50.0
    c, s = 1.03 * np.cos(np.radians(0.4)), 1.03 * np.sin(np.radians(0.4))
    expected = (144 + c * (x - 144) - s * (y - 160) + 1.7, 160 + s * (x - 144) + c * (y - 160) - 2.3)
    truth = calm.truth()
    for matrix in (truth.backdrop[0], truth.region("large").frames[0].homography):
        np.testing.assert_allclose(through(matrix, [(x, y)])[0], expected, atol=1e-9)


def test_a_larger_still_gives_the_same_frame_geometry() -> None:
    scene = replace(CALM, still_width=432, still_height=480)
    truth = simulate(scene).truth()
    matrix = truth.region("large").frames[0].homography
    np.testing.assert_allclose(
        through(matrix, [(216, 240)])[0], (144 + 1.7, 160 - 2.3), atol=1e-9
    )  # the middle of the still arrives at the middle of the frame, offset


# --- versions ---


def test_before_the_onset_the_clip_is_the_clean_clip(melting: Simulation) -> None:
    for index in range(ONSET):
        np.testing.assert_array_equal(melting.frame(index), melting.frame(index, "clean"))
    for index in range(ONSET, CALM.frames):
        assert (melting.frame(index) != melting.frame(index, "clean")).any()


@pytest.mark.parametrize("kind", ["warped", "lost", "invented"])
def test_a_fault_touches_nothing_outside_its_reach(kind: str) -> None:
    simulation = simulate(replace(with_fault(kind=kind), noise=1.5))
    region = simulation.truth().region("large")
    for index in (ONSET, ONSET + 4, CALM.frames - 1):
        clip, clean = simulation.frame(index), simulation.frame(index, "clean")
        reach = through(region.frames[index].homography, region.still_reach)
        outside = ~inside(reach, clip.shape, 2)
        np.testing.assert_array_equal(clip[outside], clean[outside])
        assert (clip[~outside] != clean[~outside]).any()


def test_the_plate_lacks_lettering_and_nothing_else(melting: Simulation) -> None:
    for index in (0, 20):
        clean, plate = melting.frame(index, "clean"), melting.frame(index, "plate")
        letters = np.zeros(clean.shape[:2], bool)
        for region in melting.truth().regions:
            letters |= inside(region.frames[index].quad, clean.shape, 3)
            assert np.abs(clean[letters].astype(int) - plate[letters]).max() > 100
        np.testing.assert_array_equal(clean[~letters], plate[~letters])


def test_melt_starts_below_a_pixel_and_ends_far_from_the_text(melting: Simulation) -> None:
    region = melting.truth().region("large")
    sizes = [now.displacement for now in region.frames]
    assert sizes[:ONSET] == [0.0] * ONSET
    assert 0 < sizes[ONSET] < 0.5
    assert sizes[ONSET] < sizes[ONSET + 3] < sizes[ONSET + 7]
    assert sizes[-1] > 1.0
    assert region.frames[-1].corruption > 0.9
    small = melting.truth().region("small")
    assert [now.displacement for now in small.frames] == [0.0] * CALM.frames


def test_strength_is_in_proportion_to_displacement() -> None:
    weak = simulate(with_fault(kind="warped", strength=0.5)).truth().region("large").frames[-1]
    strong = simulate(with_fault(kind="warped", strength=1.0)).truth().region("large").frames[-1]
    assert weak.displacement == pytest.approx(strong.displacement / 2, rel=1e-5)


def test_lost_lettering_ends_as_the_plate() -> None:
    simulation = simulate(with_lettering(replace(LARGE, fault=Fault(kind="lost", onset=ONSET, ramp=8))))
    region = simulation.truth().region("large")
    np.testing.assert_array_equal(simulation.frame(ONSET + 7), simulation.frame(ONSET + 7, "plate"))
    presence = [now.presence for now in region.frames]
    assert presence[:ONSET] == [1.0] * ONSET
    assert all(a > b for a, b in zip(presence[ONSET - 1 :], presence[ONSET : ONSET + 8], strict=False))
    assert presence[ONSET + 7] == 0.0
    assert (region.state, region.expected, region.onset_frame) == ("lost", "RIVERSIDE", ONSET)


def test_invented_lettering_is_neither_in_the_still_nor_expected() -> None:
    invented = replace(LARGE, fault=Fault(kind="invented", onset=ONSET, ramp=4))
    simulation = simulate(with_lettering(invented))
    np.testing.assert_array_equal(simulation.still(), simulate(with_lettering()).still())
    np.testing.assert_array_equal(simulation.frame(ONSET - 1), simulation.frame(ONSET - 1, "plate"))
    assert (simulation.frame(ONSET) != simulation.frame(ONSET, "plate")).any()
    region = simulation.truth().region("large")
    assert (region.state, region.expected, region.onset_frame) == ("invented", None, ONSET)
    assert region.frames[ONSET - 1].presence == 0.0
    assert region.frames[ONSET + 3].presence == pytest.approx(1.0)


# --- what passes in front, light, noise ---


def test_visibility_is_what_the_occluder_leaves() -> None:
    ball = Occluder(kind="ball", start=(-0.2, 0.42), velocity=(1.3, 0.0), size=0.2)
    simulation = simulate(replace(CALM, occluder=ball))
    region = simulation.truth().region("large")
    for index, now in enumerate(region.frames):
        mask = inside(now.quad, (CALM.height, CALM.width))
        assert now.visibility == pytest.approx(1 - simulation.occluder_alpha(index)[mask].mean(), abs=0.03)
    assert min(now.visibility for now in region.frames) < 0.8
    assert region.frames[0].visibility == 1.0


def test_under_the_occluder_the_lettering_does_not_show() -> None:
    bar = Occluder(kind="bar", start=(0.5, 0.42), velocity=(0.0, 0.0), size=0.2, angle=90)
    simulation = simulate(replace(CALM, occluder=bar))
    opaque = simulation.occluder_alpha(5) == 1
    clean, plate = simulation.frame(5, "clean"), simulation.frame(5, "plate")
    assert opaque.any()
    np.testing.assert_array_equal(clean[opaque], plate[opaque])
    assert (clean != plate).any()


def test_a_nearer_surface_hides_lettering() -> None:
    box = Surface(name="box", body="box", x=140, y=90, width=120, height=100, parallax=1.0)
    simulation = simulate(replace(CALM, surfaces=(SIGN, box)))
    visible = simulation.truth().region("large").frames[0].visibility
    clean, plate = simulation.frame(0, "clean"), simulation.frame(0, "plate")
    alone, bare = simulate(CALM).frame(0, "clean"), simulate(CALM).frame(0, "plate")
    quad = inside(simulation.truth().region("large").frames[0].quad, clean.shape)
    share = (clean != plate).any(2)[quad].sum() / (alone != bare).any(2)[quad].sum()
    assert 0.3 < visible < 0.7
    assert visible == pytest.approx(share, abs=0.08)


def test_lettering_that_leaves_the_picture_is_not_visible() -> None:
    simulation = simulate(replace(CALM, camera=Camera(pan=(0.0, -300.0))))
    assert [simulation.truth().region("large").frames[i].visibility for i in (0, 23)] == [1.0, 0.0]


def test_light_changes_from_nothing_to_its_full_value() -> None:
    still_camera = replace(CALM, camera=Camera(), surfaces=())
    lit = simulate(replace(still_camera, light=Light(gain=-1.0)))
    dark = simulate(still_camera)
    np.testing.assert_array_equal(lit.frame(0), dark.frame(0))
    np.testing.assert_allclose(lit.frame(23), dark.frame(23) / 2, atol=1)


def test_a_highlight_lights_the_lettering_too() -> None:
    shining = replace(SIGN, highlight=Highlight(strength=0.5, start=120, speed=0, width=80, slant=0))
    clean, plain = simulate(replace(CALM, surfaces=(shining,))).frame(0), simulate(CALM).frame(0)
    region = simulate(CALM).truth().region("small")
    mask = inside(region.frames[0].quad, plain.shape)
    assert (clean[mask].astype(int) >= plain[mask]).all()
    assert clean[mask].mean() > plain[mask].mean() + 30


def test_noise_has_the_asked_deviation_and_is_new_in_each_frame() -> None:
    quiet, noisy = simulate(CALM), simulate(replace(CALM, noise=4.0))
    grain = [noisy.frame(i).astype(float) - quiet.frame(i) for i in (3, 4)]
    assert np.std(grain[0]) == pytest.approx(4.0, rel=0.05)
    assert abs(np.corrcoef(grain[0].ravel(), grain[1].ravel())[0, 1]) < 0.02


# --- surfaces that bend, focus, shutter ---


def test_print_turns_with_its_cylinder_and_the_quad_with_it() -> None:
    plain = replace(CALM.surfaces[0], body="can", radius=130.0, motion=Motion(), leaning=(0.0, 0.0))
    turned = replace(plain, bending=Bending(turn=20.0))
    rest, moved = (simulate(replace(CALM, surfaces=(s,), camera=Camera())).truth() for s in (plain, turned))
    before, after = (np.array(t.region("large").frames[-1].quad) for t in (rest, moved))
    assert np.abs(np.array(moved.region("large").frames[0].quad) - before).max() < 0.01
    assert (after[:, 0] - before[:, 0] > 3).all()
    assert np.abs(after[:, 1] - before[:, 1]).max() < 0.3
    # Farther from the middle the surface turns away, and print moves less across the picture.
    assert after[0, 0] - before[0, 0] != pytest.approx(after[1, 0] - before[1, 0], abs=0.3)


def test_ink_is_where_the_quads_of_bent_surfaces_say() -> None:
    for surface in (
        replace(CALM.surfaces[0], body="can", radius=130.0, motion=Motion(), bending=Bending(turn=-18.0)),
        replace(CALM.surfaces[0], motion=Motion(), bending=Bending(wave=4.0, length=260.0)),
    ):
        simulation = simulate(replace(CALM, surfaces=(surface,), noise=0.0))
        index = CALM.frames - 1
        ink = simulation.frame(index, "clean").astype(int) - simulation.frame(index, "plate")
        # The frieze is in both versions, so what differs is lettering alone.
        for region in simulation.truth().regions:
            quad = np.array(region.frames[index].quad)
            rows, columns = np.nonzero(np.abs(ink).max(axis=2) > 60)
            low, high = quad.min(axis=0) - 6, quad.max(axis=0) + 6
            own = (columns > low[0]) & (columns < high[0]) & (rows > low[1]) & (rows < high[1])
            assert columns[own].min() == pytest.approx(quad[[0, 3], 0].mean(), abs=3)
            assert columns[own].max() == pytest.approx(quad[[1, 2], 0].mean(), abs=3)


def test_waves_leave_the_first_frame_alone_and_come_back_to_where_they_were() -> None:
    surface = replace(CALM.surfaces[0], bending=Bending(wave=5.0, length=150.0, period=0.8))
    for place in ((20.0, 30.0), (120.0, 60.0), (230.0, 130.0)):
        assert seen(surface, place, 0.0) == pytest.approx(place, abs=1e-6)
        x, y = seen(surface, place, 0.7)
        back = rest(surface, np.float32([x]), np.float32([y]), 0.7)
        assert (float(back[0][0]), float(back[1][0])) == pytest.approx(place, abs=1e-3)
        assert np.hypot(x - place[0], y - place[1]) > 0.3


def test_focus_is_lost_and_found_and_a_shutter_smears_along_the_motion_only() -> None:
    still = replace(CALM, surfaces=(replace(SIGN, motion=Motion()),), camera=Camera(), noise=0.0)
    soft = simulate(replace(still, focus=Focus(sigma=3.0, period=1.0)))
    steep = [float(np.abs(np.diff(soft.frame(i).astype(float), axis=1)).max()) for i in (0, 12)]
    assert steep[1] < 0.5 * steep[0]
    panning = replace(still, camera=Camera(pan=(260.0, 0.0), shutter=0.5))
    sharp = simulate(replace(panning, camera=Camera(pan=(260.0, 0.0))))
    smeared = simulate(panning)
    energy = [
        [float(np.square(np.diff(s.frame(16, "clean").astype(float), axis=axis)).mean()) for axis in (1, 0)]
        for s in (sharp, smeared)
    ]
    assert energy[1][0] < 0.7 * energy[0][0]
    assert energy[1][1] > 0.8 * energy[0][1] * (energy[1][0] / energy[0][0])


def test_restless_scenes_are_the_same_scenes_stirred() -> None:
    for seed in (1, 3, 13):
        calm, stirred = (random_scene(seed, width=180, height=320, frames=16, restless=r) for r in (False, True))
        assert calm != stirred
        unstirred = [replace(s, bending=Bending()) for s in stirred.surfaces]
        assert tuple(unstirred) == calm.surfaces
        assert stirred.focus.sigma > 0 or stirred.camera.shutter > 0


def test_only_cylinders_turn() -> None:
    with pytest.raises(ValueError, match="radius"):
        replace(CALM, surfaces=(replace(SIGN, bending=Bending(turn=5.0)),))


# --- determinism, random scenes, files ---


def test_equal_scenes_give_equal_pixels_in_another_process(tmp_path: Path) -> None:
    scene = random_scene(5, width=180, height=320, frames=16)
    code = (
        "import sys, hashlib; from simulator import random_scene, simulate;"
        "s = simulate(random_scene(5, width=180, height=320, frames=16));"
        "h = hashlib.sha256(s.still().tobytes());"
        "[h.update(f.tobytes()) for f in s.frames()];"
        "h.update(s.truth().to_json().encode()); print(h.hexdigest())"
    )
    folder = Path(sys.modules["simulator"].__file__ or "").parents[1]
    run = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {code}"]
    first, second = (subprocess.run(run, check=True, capture_output=True, text=True).stdout for _ in range(2))
    assert first == second
    assert scene == random_scene(5, width=180, height=320, frames=16)
    assert scene != random_scene(6, width=180, height=320, frames=16)


def test_random_scenes_are_valid_and_varied() -> None:
    states: set[str] = set()
    bodies: set[str] = set()
    for seed in range(60):
        scene = random_scene(seed, width=180, height=320, frames=24)
        lines = [line for surface in scene.surfaces for line in surface.lettering]
        states |= {line.state for line in lines}
        bodies |= {surface.body for surface in scene.surfaces}
        assert len({line.text for line in lines}) == len(lines)
        for line in lines:
            assert line.size > 0.045 * scene.still_width
            assert line.fault is None or 0 < line.fault.onset < line.fault.onset + line.fault.ramp <= scene.frames
    assert states == {"stable", "warped", "lost", "invented"}
    assert bodies >= {"bottle", "can", "box", "sign", "poster", "shirt", "bare"}


@pytest.mark.parametrize("seed", range(8))
def test_random_scenes_draw(seed: int) -> None:
    simulation = simulate(random_scene(seed, width=180, height=320, frames=16))
    truth = simulation.truth()
    for region in truth.regions:
        assert region.frames[0].visibility > 0.95
        corners = np.array([now.quad for now in region.frames])
        assert np.abs(np.diff(corners, axis=0)).max() < 12  # smooth from frame to frame
        edge = np.roll(corners, -1, axis=1) - corners
        following = np.roll(edge, -1, axis=1)
        turn = edge[..., 0] * following[..., 1] - edge[..., 1] * following[..., 0]
        assert (turn > 0).all()  # clockwise on screen, convex
    frame = simulation.frame(8)
    assert frame.shape == (320, 180, 3) and frame.dtype == np.uint8
    assert frame.std() > 10


def test_truth_survives_json(melting: Simulation) -> None:
    truth = melting.truth()
    back = Truth.from_json(truth.to_json())
    assert back.to_json() == truth.to_json()
    assert (back.width, back.height, back.fps, back.frame_count) == (288, 320, Fraction(24), 24)
    for one, other in zip(truth.regions, back.regions, strict=True):
        described = [(r.name, r.surface, r.text, r.expected, r.state, r.onset_frame) for r in (one, other)]
        assert described[0] == described[1]
        for a, b in zip(one.frames, other.frames, strict=True):
            np.testing.assert_allclose(b.quad, a.quad, atol=0.00051)
            np.testing.assert_allclose(through(b.homography, one.still_quad), a.quad, atol=1e-4)


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(30000, 1001)])
def test_a_written_clip_has_exact_times_and_true_colours(tmp_path: Path, fps: Fraction) -> None:
    red = np.full((64, 64, 3), (200, 40, 30), np.uint8)
    path = tmp_path / "clip.mp4"
    assert write_clip(path, (red for _ in range(12)), fps, crf=10, audio=murmur(12 / fps)) == 12
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        sound = container.streams.audio[0]
        assert (sound.rate, sound.channels) == (SAMPLE_RATE, 1)
        frames = list(container.decode(stream))
    assert [frame.pts * Fraction(frame.time_base) for frame in frames] == [i / fps for i in range(12)]
    assert {(f.colorspace, f.color_range, f.format.name) for f in frames} == {
        (Colorspace.ITU709, ColorRange.MPEG, "yuv420p")
    }
    y, u, v = (frames[5].to_ndarray()[rows, :32].mean() for rows in (slice(0, 64), slice(64, 80), slice(80, 96)))
    r, g, b = np.array([200, 40, 30]) / 255
    luma = 0.2126 * r + 0.7152 * g + 0.0722 * b  # ITU-R BT.709-6, 3.2
    expected = (16 + 219 * luma, 128 + 224 * (b - luma) / 1.8556, 128 + 224 * (r - luma) / 1.5748)
    np.testing.assert_allclose((y, u, v), expected, atol=1.6)


def test_the_same_frames_give_the_same_file(tmp_path: Path) -> None:
    simulation = simulate(random_scene(2, width=360, height=640, frames=16))
    frames = list(simulation.frames())
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        write_clip(tmp_path / name, iter(frames), Fraction(24), audio=murmur(Fraction(16, 24)))
    assert len({(tmp_path / name).read_bytes() for name in ("a.mp4", "b.mp4", "c.mp4")}) == 1


def test_writing_holds_no_more_than_a_frame(tmp_path: Path) -> None:
    alive: list[weakref.ref[np.ndarray]] = []

    def watched() -> Iterator[np.ndarray]:
        for level in range(80):
            frame = np.full((64, 64, 3), level, np.uint8)
            alive.append(weakref.ref(frame))
            yield frame
            del frame
            assert sum(ref() is not None for ref in alive) <= 1

    assert write_clip(tmp_path / "clip.mp4", watched(), Fraction(24)) == 80


@pytest.mark.parametrize(("make", "channels"), [(murmur, 1), (chord, 2)])
def test_sound_has_its_length_and_does_not_clip(make: object, channels: int) -> None:
    sound = make(Fraction(1, 2), seed=1)  # type: ignore[operator]
    assert sound.shape == (channels, SAMPLE_RATE // 2)
    assert 0.02 < np.sqrt((sound**2).mean()) < 0.3
    assert np.abs(sound).max() < 1


# --- what is refused ---


def test_lettering_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        simulate(with_lettering(replace(LARGE, size=90)))


@pytest.mark.parametrize(
    ("change", "message"),
    [({"width": 287}, "even width"), ({"frames": 0}, "at least one frame"), ({"surfaces": (SIGN, SIGN)}, "names")],
)
def test_impossible_scenes_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(CALM, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"onset": -1}, {"ramp": 0}, {"strength": 0.0}])
def test_impossible_faults_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="a fault begins"):
        Fault(**({"kind": "warped", "onset": 3, "ramp": 5} | change))  # type: ignore[arg-type]


@pytest.mark.parametrize("index", [-1, CALM.frames])
def test_frames_outside_of_the_clip_are_refused(calm: Simulation, index: int) -> None:
    with pytest.raises(IndexError):
        calm.frame(index)


def test_an_unknown_region_is_refused(calm: Simulation) -> None:
    assert isinstance(calm.truth().region("small"), Region)
    with pytest.raises(KeyError):
        calm.truth().region("other")
