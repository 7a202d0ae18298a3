"""A project checked as a whole, and projects begun from recipes."""

from __future__ import annotations

import json
import tomllib
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import overlaycut
from draw import Tone, draw_clip, draw_sound, scenes
from overlaycut.api.recipes import recipe_names
from overlaycut.captions import read_cues
from overlaycut.cli.app import run
from overlaycut.errors import ExitCode, UsageError
from overlaycut.generation.motion_prompt import check_motion_prompt
from overlaycut.generation.templates import filled_template, prompt_template

CUES = "1\n00:00:00,000 --> 00:00:00,800\nHi\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw_clip(tmp_path / "a.mp4", scenes(25, (96, 160)), tick=Fraction(1, 25), tone=Tone())
    draw_clip(tmp_path / "b.mp4", scenes(24, (160, 96)), tick=Fraction(1, 24))
    (tmp_path / "words.srt").write_text(CUES, encoding="utf-8")
    Image.fromarray(np.full((160, 96, 3), 90, np.uint8)).save(tmp_path / "still.png")
    return tmp_path


def project(folder: Path, text: str) -> Path:
    path = folder / "project.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_project_that_is_ready_has_no_fault(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project(
        folder, '[[shots]]\nclip = "a.mp4"\nstill = "still.png"\nout = 0.8\n[captions]\nsource = "words.srt"\n'
    )
    report = overlaycut.validate(path)
    assert report.ok and report.faults == () and report.notes == ()
    assert run(["validate", str(path)]) == ExitCode.DONE
    assert "ready to run" in capsys.readouterr().out


def test_all_faults_are_told_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.mp4").write_bytes(b"not a clip")
    (folder / "bad.png").write_bytes(b"not a picture")
    path = project(
        folder,
        '[project]\noutputs = ["tiktok", "vine"]\n'
        '[[shots]]\nclip = "gone.mp4"\n'
        '[[shots]]\nclip = "bad.mp4"\nstill = "bad.png"\n'
        '[[shots]]\nclip = "a.mp4"\nin = 0.5\nout = 7\n'
        '[[shots]]\ncandidates = ["a.mp4", "b.mp4"]\nin = 3\n'
        '[captions]\nsource = "words.srt"\nstyle = "no such style"\n'
        '[audio]\nvoice = "b.mp4"\nmusic = "gone.mp3"\n'
        '[end_card]\nimage = "bad.png"\n',
    )
    where = [fault.where for fault in overlaycut.validate(path).faults]
    assert sorted(where) == [
        "audio.music", "audio.voice", "captions.style", "end_card.image", "project.outputs", "shots[0].clip",
        "shots[1].clip", "shots[1].still", "shots[2].out", "shots[3].in", "shots[3].in",
    ]  # fmt: skip
    assert run(["validate", str(path), "--json"]) == ExitCode.USAGE
    printed = json.loads(capsys.readouterr().out)
    assert [fault["where"] for fault in printed["faults"]] == where and printed["ok"] is False


def test_every_wrong_key_is_told(folder: Path) -> None:
    path = project(folder, 'colour = 1\n[[shots]]\nclip = "a.mp4"\nin = -1\n[audio]\nloudness_lufs = 3\n')
    where = [fault.where for fault in overlaycut.validate(path).faults]
    assert where[0] == "colour" and {"shots[0].in", "audio.loudness_lufs"} <= set(where)


def test_every_new_key_is_checked_and_every_misfit_told(folder: Path) -> None:
    path = project(
        folder,
        '[project]\nrate = 0\nmotion = "warp"\nfade_out = -1\n'
        '[[shots]]\nclip = "a.mp4"\nspeed = 3\nhold = -1\nsound = "loud"\ntransition = "wipe"\n'
        'transition_seconds = 0\n[audio]\nduck_lu = -3\nmusic_lu = 90\nlonger_voice = "stop"\nmusic_fade = -1\n'
        '[seams]\nmatch = "some"\nduplicates = "twice"\n[end_card]\nimage = "still.png"\nmove = "up"\n',
    )
    where = {fault.where for fault in overlaycut.validate(path).faults}
    assert where == {
        "project.rate", "project.motion", "project.fade_out", "shots[0].speed", "shots[0].hold", "shots[0].sound",
        "shots[0].transition", "shots[0].transition_seconds", "audio.duck_lu", "audio.music_lu", "audio.longer_voice",
        "audio.music_fade", "seams.match", "seams.duplicates", "end_card.move",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[[shots]]\nclip = "a.mp4"\ntransition = "crossfade"\n', "nothing before it"),
        ('[[shots]]\nclip = "a.mp4"\n[end_card]\nimage = "still.png"\nclip = "b.mp4"\n', "one of image"),
        ('[[shots]]\nclip = "a.mp4"\n[end_card]\nclip = "b.mp4"\nmove = "in"\n', "a move of a picture"),
        ('[[shots]]\nclip = "a.mp4"\nsheet = "still.png"\nstill = "still.png"\n', "its panels are the stills"),
        ('[project]\nmaster = "96x160@24"\nrate = 30\n[[shots]]\nclip = "a.mp4"\n', "to be the same"),
        (
            '[[shots]]\nclip = "a.mp4"\nout = 0.4\n[[shots]]\nclip = "b.mp4"\ntransition = "crossfade"\n',
            "shot-01: it lasts 0.40 s, less than the transitions",
        ),
        ('[[shots]]\nclip = "a.mp4"\n[end_card]\nclip = "still.png"\n', "still.png"),
        ('[[shots]]\nclip = "a.mp4"\n[end_card]\nimages = ["a.mp4"]\n', "a.mp4"),
        ('[[shots]]\nclip = "a.mp4"\nsheet = "a.mp4"\n', "a.mp4"),
        ('[[shots]]\nclip = "a.mp4"\nsheet = "gone.png"\n', "gone.png"),
    ],
)
def test_what_does_not_fit_together_is_a_fault(folder: Path, text: str, problem: str) -> None:
    report = overlaycut.validate(project(folder, text))
    assert len(report.faults) == 1
    assert problem in f"{report.faults[0].problem} {report.faults[0].hint}"


def test_more_that_may_surprise_is_noted(folder: Path) -> None:
    draw_sound(folder / "voice.wav", Tone(seconds=Fraction(4), codec="pcm_s16le", layout="5.1"))
    text = (
        '[project]\noutputs = ["tiktok", "feed-1x1"]\n[[shots]]\nclip = "a.mp4"\nspeed = 2\n'
        '[[shots]]\nclip = "a.mp4"\nin = 0.5\n[audio]\nvoice = "voice.wav"\n[end_card]\nimage = "still.png"\n'
    )
    notes = "\n".join(overlaycut.validate(project(folder, text)).notes)
    assert "shot-01 and shot-02 play the same part of a.mp4" in notes
    assert "the voice lasts 4.00 s, the programme 2.48 s: the last frame of the last shot is held for 1.52 s" in notes
    assert "the voice has 6 channels; they are mixed down to two" in notes
    assert "end card: of another shape than tiktok, feed-1x1" in notes
    assert "shot-01: 25 frames per second in a programme of 25: one frame in 2 is shown" in notes


def test_cuts_are_proposed_on_the_beats_of_music(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = np.arange(6 * 48_000)
    pulse = np.exp(-(at % 24_000) / 1200) * np.sin(2 * np.pi * 80 * at / 48_000)
    with wave.open(str(folder / "beat.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes((pulse * 20_000).astype("<i2").tobytes())
    draw_clip(folder / "long.mp4", scenes(100, (96, 160)), tick=Fraction(1, 25))
    shots = '[[shots]]\nclip = "long.mp4"\nin = 1\nout = 2.8\n[[shots]]\nclip = "long.mp4"\nout = 2\n'
    path = project(folder, shots)
    report = overlaycut.validate(path, beats=folder / "beat.wav")
    (cut,) = report.beats
    assert cut.shot == "shot-01" and cut.end_seconds == Fraction(9, 5)
    assert abs(cut.beat_seconds - 2) < Fraction(3, 100) and abs(cut.out - 3) < Fraction(3, 100)
    assert run(["validate", str(path), "--beats", str(folder / "beat.wav")]) == ExitCode.DONE
    assert "beat: shot-01 ends at 1.80 s; out = " in capsys.readouterr().out
    voice = overlaycut.validate(path, beats=folder / "a.mp4")
    assert voice.beats == () and any("no steady beat" in note for note in voice.notes)


def test_what_may_surprise_is_a_note(folder: Path) -> None:
    path = project(folder, '[[shots]]\nclip = "a.mp4"\n[[shots]]\nclip = "b.mp4"\n[audio]\nmusic = "a.mp4"\n')
    report = overlaycut.validate(path)
    notes = "\n".join(report.notes)
    assert report.ok
    assert "shot-02: 24 frames per second in a programme of 25: frames are shown 1 or 2 times" in notes
    assert "different aspects" in notes
    assert "the music lasts 1.00 s, the programme 2.00 s: it begins again" in notes


def test_nothing_is_written(folder: Path) -> None:
    path = project(folder, '[[shots]]\nclip = "a.mp4"\n')
    before = sorted(folder.iterdir())
    overlaycut.validate(path)
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("recipe", recipe_names())
def test_a_recipe_begins_a_project_whose_only_faults_are_what_is_yours_to_make(recipe: str, tmp_path: Path) -> None:
    report = overlaycut.new(recipe, tmp_path / "job")
    assert {path.name for path in report.files} == {"project.toml", "script.srt", "CHECKLIST.md"}
    faults = overlaycut.validate(tmp_path / "job" / "project.toml").faults
    assert faults and all(
        fault.where.endswith((".still", "references[0]")) or "no clip yet" in fault.problem for fault in faults
    )
    assert len(read_cues(tmp_path / "job" / "script.srt").cues) >= 3


@pytest.mark.parametrize("recipe", recipe_names())
def test_prompts_of_recipes_name_all_that_a_motion_prompt_should(recipe: str, tmp_path: Path) -> None:
    overlaycut.new(recipe, tmp_path)
    for shot in tomllib.loads((tmp_path / "project.toml").read_text(encoding="utf-8"))["shots"]:
        prompt = shot.get("prompt") or filled_template(prompt_template(shot["template"]), shot["fields"])
        found = check_motion_prompt(prompt)
        assert found.complete and not found.warnings, (shot["name"], found)


def test_a_file_of_others_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "project.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"project\.toml"):
        overlaycut.new("story", tmp_path)
    assert (tmp_path / "project.toml").read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["project.toml"]
    with pytest.raises(UsageError, match="no recipe"):
        overlaycut.new("vlog", tmp_path)
