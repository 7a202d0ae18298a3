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
    assert abs(float(music[at])) == pytest.approx(0.9 * 10 ** (-16 / 20), rel=0.3)
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
