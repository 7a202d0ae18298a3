"""SKILL.md: short, true, and enough to do a task with."""

from __future__ import annotations

import json
import re
import shlex
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import pytest
from PIL import Image

import overlaycut
from draw import draw_clip, scenes
from overlaycut.cli.app import overlaycut as group
from overlaycut.cli.app import run
from overlaycut.errors import UsageError
from policies import policy

PAGE = overlaycut.skill().text
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def test_the_page_is_short_and_has_its_head() -> None:
    assert len(PAGE.splitlines()) <= 100
    head = re.match(r"---\nname: overlaycut\ndescription: (.+)\n---\n", PAGE)
    assert head is not None and len(head[1]) <= 1024


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_page_can_be_typed(line: str) -> None:
    program, name, *words = shlex.split(line)
    command = group.get_command(click.Context(group), name)
    assert program == "overlaycut" and command is not None
    command.make_context(name, words)


def test_exit_codes_and_words_are_those_of_the_program() -> None:
    for code in overlaycut.ExitCode:
        if code.name not in ("INTERRUPTED",):
            assert re.search(rf"\b{code.value} ", PAGE), code
    for step in ("keep", "repair", "retry", "switch"):
        assert f"- `{step}`:" in PAGE


def test_it_is_installed_beside_other_skills(tmp_path: Path) -> None:
    report = overlaycut.skill(tmp_path / "skills")
    assert report.path == tmp_path / "skills" / "overlaycut" / "SKILL.md"
    assert report.path.read_text(encoding="utf-8") == PAGE
    report.path.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="not written by overlaycut"):
        overlaycut.skill(tmp_path / "skills")


def typed(line: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    words = shlex.split(line)
    code = run(words[1:] if "--json" in words else [*words[1:], "--json"])
    return code, json.loads(capsys.readouterr().out)


def line_of(start: str, **names: str) -> str:
    """A command of the page with its file names exchanged."""
    line = next(line for line in COMMANDS if line.startswith(f"overlaycut {start} "))
    for old, new in names.items():
        line = re.sub(rf"(?<![\w.-]){re.escape(old.replace('__', '.'))}(?![\w.-])", new, line)
    return line


@pytest.mark.slow
def test_three_takes_are_ranked_repaired_delivered_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An agent's task, done with the commands of the page alone."""
    monkeypatch.chdir(tmp_path)
    for name, first in (("a.mp4", 0), ("b.mp4", 3), ("c.mp4", 7)):
        draw_clip(Path(name), scenes(first + 8, (108, 192))[first:], tick=Fraction(1, 24))
    Image.fromarray(next(overlaycut.Clip("a.mp4").frames()).rgb()).save("still.png")
    Path("words.srt").write_text("1\n00:00:00,000 --> 00:00:00,200\nHi\n", encoding="utf-8")
    policy(tmp_path, "small")
    code, ranked = typed(line_of("rank"), capsys)
    assert code == 0 and len(ranked["ranking"]) == 3
    best = Path(ranked["ranking"][0]["clip"]).name
    repair = ranked["command"] if ranked["next"] == "repair" else line_of("clean", clip__mp4=best)
    code, cleaned = typed(repair, capsys)
    assert code in (0, 1) and cleaned["next"] in ("keep", "repair", "retry")
    written = Path(cleaned["out"]).name
    platforms = {"tiktok,reels,shorts": "small.toml"}
    code, exported = typed(line_of("export", clip__clean__mp4=written, **platforms), capsys)
    (delivery,) = exported["deliveries"]
    code, check = typed(
        line_of("check", out="out").replace("out/tiktok.mp4 --for tiktok", f"{delivery['path']} --for small.toml"),
        capsys,
    )
    assert check["ok"] == delivery["ok"] == (code == 0)
    assert check["next"] == ("keep" if check["ok"] else "repair")
