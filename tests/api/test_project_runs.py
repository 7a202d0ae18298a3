"""Projects of several shots from end to end: cuts, end card, music, voice and plate, on small drawn clips."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import overlaycut
from draw import BLUE, GREEN, RED, SKIN, Colour, Tone, click_in, colour_planes, draw_clip, draw_sound, flat
from overlaycut.errors import UsageError
from overlaycut.media import RATE, Clip, samples
from policies import policy
from simulator import random_scene, simulate, write_clip

pytestmark = pytest.mark.slow

SIZE = (108, 192)
SHOTS: tuple[tuple[Colour, Fraction, int], ...] = (
    (RED, Fraction(24), 20), (GREEN, Fraction(30000, 1001), 24), (BLUE, Fraction(25), 18),
)  # fmt: skip
"""Colour, frames per second and frames of each clip."""


def clip_of(path: Path, colour: Colour, rate: Fraction, count: int, tone: Tone | None) -> Path:
    return draw_clip(path, [colour_planes(flat(colour, SIZE), "yuv420p")] * count, tick=1 / rate, tone=tone).path


def project_of(folder: Path, *, master: str, extra: str = "", sound: bool = True) -> Path:
    shots = []
    for n, (colour, rate, count) in enumerate(SHOTS):
        tone = Tone(seconds=count / rate, click=Fraction(1, 4), codec="pcm_s16le") if sound else None
        clip = clip_of(folder / f"{n}.mov", colour, rate, count, tone)
        shots.append(f'[[shots]]\nclip = "{clip.name}"\n')
    Image.new("RGB", SIZE, SKIN).save(folder / "card.png")
    tall = policy(folder, "tall")
    path = folder / "project.toml"
    path.write_text(
        f'[project]\nname = "cuts"\noutputs = ["{tall}"]\nmaster = "{master}"\n\n' + "\n".join(shots) + extra,
        encoding="utf-8",
    )
    return path


def colour_near(rgb: np.ndarray) -> Colour:
    """Which of the drawn colours a frame is."""
    mean = rgb[40:-40].reshape(-1, 3).mean(axis=0)
    return min((RED, GREEN, BLUE, SKIN), key=lambda colour: float(np.abs(mean - colour).sum()))


@pytest.mark.parametrize("rate", ["24", "25", "30000/1001", "30", "60"])
def test_every_cut_falls_on_its_frame_and_its_sample(tmp_path: Path, rate: str) -> None:
    card = '\n[end_card]\nimage = "card.png"\nseconds = 0.4\n'
    report = overlaycut.run(project_of(tmp_path, master=f"108x192@{rate}", extra=card), tmp_path / "out")
    exact = Fraction(rate)
    lengths = [round(count / source * exact) for _, source, count in SHOTS] + [round(Fraction(2, 5) * exact)]
    expected = [colour for length, colour in zip(lengths, (RED, GREEN, BLUE, SKIN), strict=True) for _ in range(length)]
    frames = list(Clip(report.master).frames())
    assert [colour_near(frame.rgb()) for frame in frames] == expected
    assert [frame.at for frame in frames] == [n / exact for n in range(len(expected))]
    wave = np.concatenate(list(samples(report.master)))
    assert abs(len(wave) - round(sum(lengths) / exact * RATE)) < 1024
    starts = [0, *accumulate(lengths)]
    for begin, end in list(pairwise(starts))[:3]:
        part = wave[round(begin / exact * RATE) : round(end / exact * RATE)]
        assert abs(click_in(part) - Fraction(1, 4)) < Fraction(1, 1000)
    assert np.abs(wave[round(starts[3] / exact * RATE) :]).max() < 0.01
    timeline = json.loads(report.timeline.read_text(encoding="utf-8"))
    assert [s["start_frame"] for s in timeline["segments"]] == starts[:-1]
    assert timeline["segments"][-1]["name"] == "end card"


def test_a_shot_is_trimmed_where_the_project_says(tmp_path: Path) -> None:
    path = project_of(tmp_path, master="108x192@25")
    text = path.read_text(encoding="utf-8").replace('clip = "2.mov"', 'clip = "2.mov"\nin = 0.2\nout = 0.52')
    path.write_text(text, encoding="utf-8")
    report = overlaycut.run(path, tmp_path / "out")
    colours = [colour_near(frame.rgb()) for frame in Clip(report.master).frames()]
    assert colours.count(BLUE) == 8
    wave = np.concatenate(list(samples(report.master)))
    begin = Fraction(len(colours) - 8, 25)
    assert abs(click_in(wave[round(begin * RATE) :]) - Fraction(5, 100)) < Fraction(1, 1000)


def test_music_and_voice_run_under_and_over_all_shots(tmp_path: Path) -> None:
    draw_sound(tmp_path / "voice.wav", Tone(seconds=Fraction(1), click=Fraction(1, 2), codec="pcm_s16le"))
    draw_sound(tmp_path / "music.wav", Tone(seconds=Fraction(4), click=Fraction(3, 2), codec="pcm_s16le"))
    audio = '\n[audio]\nvoice = "voice.wav"\nmusic = "music.wav"\n'
    report = overlaycut.run(project_of(tmp_path, master="108x192@30", extra=audio, sound=False), tmp_path / "out")
    wave = np.concatenate(list(samples(report.master)))
    assert abs(click_in(wave) - Fraction(1, 2)) < Fraction(1, 1000)
    music = wave[RATE : 2 * RATE, 0]
    at = int(np.abs(music).argmax())
    assert abs(at - RATE // 2) < 48
    assert float(np.abs(music).max()) > 0.05 and float(np.abs(wave[2 * RATE + RATE // 4 :]).max()) < 0.4
    (delivery,) = report.deliveries
    assert delivery.loudness_lufs is not None


def test_a_shot_that_begins_after_its_clip_is_refused_by_name(tmp_path: Path) -> None:
    path = project_of(tmp_path, master="108x192@25")
    path.write_text(
        path.read_text(encoding="utf-8").replace('clip = "1.mov"', 'clip = "1.mov"\nin = 5.0'), encoding="utf-8"
    )
    with pytest.raises(UsageError, match=r"shot-02.*1\.mov"):
        overlaycut.run(path, tmp_path / "out")


def test_a_plate_has_the_masters_frames_without_its_lettering_and_its_sound(tmp_path: Path) -> None:
    scenes = (random_scene(seed, width=480, height=854, frames=16) for seed in range(40))
    drawn = next(simulate(scene) for scene in scenes if scene.occluder is None)
    write_clip(tmp_path / "a.mp4", drawn.frames(), Fraction(24))
    Image.fromarray(drawn.still()).save(tmp_path / "a.png")
    tone = Tone(codec="pcm_s16le")
    clip_of(tmp_path / "b.mov", RED, Fraction(24), 12, tone)
    texts = ", ".join(json.dumps(region.expected) for region in drawn.truth().regions if region.expected)
    (tmp_path / "project.toml").write_text(
        f'[project]\noutputs = ["{policy(tmp_path, "tall")}"]\nmaster = "480x854@24"\n\n'
        f'[[shots]]\nclip = "a.mp4"\nstill = "a.png"\ntext = [{texts}]\n\n[[shots]]\nclip = "b.mov"\n',
        encoding="utf-8",
    )
    report = overlaycut.run(tmp_path / "project.toml", tmp_path / "out", plate=True)
    assert report.plate is not None
    plate, master = Clip(report.plate), Clip(report.master)
    assert plate.facts.audio is None and master.facts.audio is not None
    pairs = list(zip(master.frames(), plate.frames(), strict=True))
    assert len(pairs) == 28 and all(a.at == b.at for a, b in pairs)
    differs = [float(np.abs(a.y.astype(int) - b.y.astype(int)).max()) for a, b in pairs]
    assert max(differs[16:]) <= 3, "a shot without lettering is the same in both"
    assert min(differs[:16]) > 40, "the lettering is out of every frame"


def test_everything_that_joins_shots_is_exact_to_the_frame(tmp_path: Path) -> None:
    """A crossfade, another speed, a held frame, a fade into the card, and one at the end, in one programme."""
    card = (
        '\n[end_card]\nimages = ["card.png", "wide.png"]\nseconds = 0.6\ntransition = "fade"\n'
        "transition_seconds = 0.2\n"
    )
    path = project_of(tmp_path, master="108x192", extra=card)
    Image.new("RGB", (192, 192), SKIN).save(tmp_path / "wide.png")
    square = policy(tmp_path, "square", like="feed-1x1")
    text = path.read_text(encoding="utf-8")
    text = text.replace('clip = "0.mov"', 'clip = "0.mov"\nhold = 0.25\nsound = "lower"')
    text = text.replace(
        'clip = "1.mov"', 'clip = "1.mov"\nspeed = 2\ntransition = "crossfade"\ntransition_seconds = 0.25'
    )
    text = text.replace("outputs = [", f'fade_out = 0.2\noutputs = ["{square}", ')
    path.write_text(text, encoding="utf-8")
    report = overlaycut.run(path, tmp_path / "out")
    rate = Fraction(24)  # of the first shot
    lengths = [20 + 6, round(24 * Fraction(1001, 30000) / 2 * rate), round(Fraction(18, 25) * rate), 14]
    frames = list(Clip(report.master).frames())
    assert len(frames) == sum(lengths) - 6
    assert [frame.at for frame in frames] == [n / rate for n in range(len(frames))]
    colours = [colour_near(frame.rgb()) for frame in frames]
    assert colours[:20] == [RED] * 20 and GREEN in colours and BLUE in colours and colours[-8:-5] == [SKIN] * 3
    assert min(float(frame.y.mean()) for frame in frames) > 17
    wave = np.concatenate(list(samples(report.master)))
    assert abs(len(wave) - round(len(frames) / rate * RATE)) < 1024
    for delivery in report.deliveries:
        delivered = list(Clip(delivery.path).frames())
        assert delivered[0].width == 108 and len(delivered) == len(frames)
        corner = delivered[-7].rgb()[3, 3].astype(int)
        assert np.abs(corner - np.array(SKIN)).max() < 25, "the card has its own ground at every shape"
    assert any("30000/1001" in w or "29.97" in w for w in report.warnings)
    timeline = json.loads(report.timeline.read_text(encoding="utf-8"))
    assert [s["overlap_frames"] for s in timeline["segments"]] == [0, 6, 0, 0]
    assert timeline["segments"][1]["speed"] == "2" and timeline["segments"][0]["held_frames"] == 6


def test_three_shots_of_24_and_16_make_a_programme_of_24(tmp_path: Path) -> None:
    tall = policy(tmp_path, "tall")
    for n, (colour, rate) in enumerate(((RED, 24), (GREEN, 16), (BLUE, 16))):
        clip_of(tmp_path / f"{n}.mov", colour, Fraction(rate), rate, None)
    shots = "".join(f'[[shots]]\nclip = "{n}.mov"\n' for n in range(3))
    path = tmp_path / "project.toml"
    path.write_text(f'[project]\noutputs = ["{tall}"]\n{shots}', encoding="utf-8")
    report = overlaycut.run(path, tmp_path / "out")
    assert Clip(report.master).facts.fps == 24 and report.deliveries[0].fps == 24
    assert sum("16 frames per second in a programme of 24: frames are shown 1 or 2" in w for w in report.warnings) == 2
    fps = next(check for check in report.deliveries[0].checks if check.name == "fps")
    assert fps.status == "pass" and fps.note.startswith("recommended: 29.97 fps to 60 fps")
    again = overlaycut.run(path, tmp_path / "again", rate="30")
    assert Clip(again.master).facts.fps == 30 and again.deliveries[0].fps == 30


def test_a_voice_that_is_longer_holds_the_last_shot_or_is_cut(tmp_path: Path) -> None:
    draw_sound(tmp_path / "voice.wav", Tone(seconds=Fraction(4), click=Fraction(7, 2), codec="pcm_s16le"))
    card = '\n[end_card]\nimage = "card.png"\nseconds = 0.5\n\n[audio]\nvoice = "voice.wav"\n'
    path = project_of(tmp_path, master="108x192@25", extra=card, sound=False)
    held = overlaycut.run(path, tmp_path / "held")
    frames = list(Clip(held.master).frames())
    assert 4 <= Fraction(len(frames), 25) < 4 + Fraction(2, 25)
    assert [colour_near(frame.rgb()) for frame in frames[-14:]] == [BLUE] + [SKIN] * 13 or colour_near(
        frames[-13].rgb()
    ) in (BLUE, SKIN)
    assert any("the last frame of the last shot is held" in w for w in held.warnings)
    assert abs(click_in(np.concatenate(list(samples(held.master)))) - Fraction(7, 2)) < Fraction(1, 1000)
    path.write_text(path.read_text(encoding="utf-8") + 'longer_voice = "cut"\n', encoding="utf-8")
    cut = overlaycut.run(path, tmp_path / "cut")
    assert len(list(Clip(cut.master).frames())) < 80
    assert any("the end of the voice is cut off" in w for w in cut.warnings)


def chained(folder: Path, *, again: bool, light: int = 0) -> Path:
    """Two clips of a camera that pans over one picture; the second begins with the last frame of the first."""
    world = np.random.default_rng(5).integers(0, 255, (192 // 8, 40, 3), dtype=np.uint8)
    wide = np.asarray(Image.fromarray(world).resize((320, 192), Image.Resampling.BICUBIC)).astype(int)
    for name, begin, add in (("a", 0, 0), ("b", 19 if again else 20, light)):
        frames = [
            colour_planes(np.clip(wide[:, 4 * n : 4 * n + 108] + add, 0, 255).astype(np.uint8), "yuv420p")
            for n in range(begin, begin + 20)
        ]
        draw_clip(folder / f"{name}.mov", frames, tick=Fraction(1, 24))
    path = folder / "project.toml"
    path.write_text(
        f'[project]\noutputs = ["{policy(folder, "tall")}"]\nmaster = "108x192"\n'
        '[[shots]]\nclip = "a.mov"\n[[shots]]\nclip = "b.mov"\n',
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("again", [True, False])
def test_a_frame_that_a_chained_shot_repeats_is_left_out(tmp_path: Path, again: bool) -> None:
    report = overlaycut.run(chained(tmp_path, again=again), tmp_path / "out")
    frames = list(Clip(report.master).frames())
    steps = [float(np.abs(a.y.astype(int) - b.y).mean()) for a, b in pairwise(frames)]
    assert len(frames) == (39 if again else 40)
    assert min(steps[17:22]) > 0.5 * float(np.median(steps)), "no frame stands still at the seam"
    (seam,) = report.seams
    assert seam.repeats == seam.dropped == again and seam.continuity > 0.8
    assert any("is left out" in w for w in report.warnings) == again


def test_the_light_of_shots_is_matched_when_it_is_asked_for(tmp_path: Path) -> None:
    path = chained(tmp_path, again=False, light=16)
    text, jumps = path.read_text(encoding="utf-8"), {}
    for how in ("off", "gentle", "full"):
        path.write_text(f'{text}[seams]\nmatch = "{how}"\n', encoding="utf-8")
        report = overlaycut.run(path, tmp_path / how)
        means = [float(np.median(frame.y)) for frame in Clip(report.master).frames()]
        jumps[how] = abs(means[20] - means[19])
        assert report.seams[0].matched == (how != "off")
    assert jumps["full"] < 4 < jumps["gentle"] < jumps["off"]
