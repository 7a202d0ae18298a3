"""A project checked as a whole, and projects begun from recipes."""

from __future__ import annotations

import json
import tomllib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import overlaycut
from draw import Tone, draw_clip, scenes
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
