"""Commands in environments that lack what is usually there: a home, streams, letters, descriptors, room, a rival."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from mp4_clips import write_mp4
from overlaycut.cli.app import run
from overlaycut.media import Clip, write_text
from overlaycut.resources import user_folder

NAME = "zażółć-コーヒー.mp4"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_mp4(tmp_path / NAME, frames=8)


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


def overlaycut(
    *words: object, cwd: Path, shell: str = "", environment: dict[str, str] | None = None, files: int | None = None
) -> Ended:
    """The command in a process of its own; `shell` is what follows it, such as a redirection."""
    command = [sys.executable, "-m", "overlaycut", *map(str, words)]
    if shell:
        command = ["bash", "-c", f'"$@" {shell}', "bash", *command]
    limit = None if files is None else lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    said = subprocess.run(
        command, cwd=cwd, env={**os.environ, **(environment or {})}, capture_output=True, timeout=120, preexec_fn=limit
    )
    return Ended(said.returncode, *(text.decode(errors="replace") for text in (said.stdout, said.stderr)))


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shells and limits of POSIX")


@pytest.mark.slow
@pytest.mark.parametrize("shell", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams(clip: Path, tmp_path: Path, shell: str) -> None:
    said = overlaycut("clean", NAME, "--no-cache", "-o", "out.mp4", cwd=tmp_path, shell=shell)
    assert said.code == 0, said.err
    assert Clip(tmp_path / "out.mp4").full_facts.frames == 8
    assert overlaycut("probe", "none.mp4", cwd=tmp_path, shell=shell).code == 3


@pytest.mark.slow
@pytest.mark.parametrize("words", [("platforms",), ("platforms", "--json")])
def test_a_reader_that_leaves(tmp_path: Path, words: tuple[str, ...]) -> None:
    said = overlaycut(*words, cwd=tmp_path, shell='| head -1 >/dev/null; exit "${PIPESTATUS[0]}"')
    assert said == Ended(0, "", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is full")
@pytest.mark.parametrize("words", [("platforms",), ("--help",), ("--version",), ("clean", "--help")], ids=" ".join)
def test_no_room_for_what_is_printed(tmp_path: Path, words: tuple[str, ...]) -> None:
    said = overlaycut(*words, cwd=tmp_path, shell=">/dev/full")
    assert said.code == 2
    assert said.err.startswith("overlaycut: stdout cannot be written") and len(said.err.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}]
)
def test_letters_that_the_encoding_lacks(clip: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    assert overlaycut("probe", NAME, cwd=tmp_path, environment=environment).code == 0
    said = overlaycut("probe", NAME, "--json", cwd=tmp_path, environment=environment)
    assert json.loads(said.out)["files"][0]["path"] == NAME
    said = overlaycut("probe", "żółć.mp4", cwd=tmp_path, environment=environment)
    assert said.code == 3 and "no such file" in said.err


@pytest.mark.slow
def test_a_locale_without_letters_and_no_utf8_mode(clip: Path, tmp_path: Path) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    (tmp_path / "p.toml").write_text(f'[project]\nname = "p"\noutputs = ["feed-1x1"]\n[[shots]]\nclip = "{NAME}"\n')
    assert overlaycut("probe", NAME, cwd=tmp_path, environment=ascii_only).code == 0
    said = overlaycut("run", "p.toml", "--json", "--no-cache", "-o", "out", cwd=tmp_path, environment=ascii_only)
    assert said.code in (0, 1), said.err
    assert (tmp_path / json.loads(said.out)["master"]).is_file()


@pytest.mark.slow
def test_a_signal_after_the_work_is_done_changes_nothing(tmp_path: Path) -> None:
    late = "atexit.register(lambda: (os.write(1, b'.'), time.sleep(2)))"  # runs after what the command registers
    code = f"import atexit, os, sys, time; from overlaycut.cli import main; {late}; main()"
    command = [sys.executable, "-c", code, "--version"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"overlaycut") and process.stdout.read(1) == b"."
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")


@pytest.mark.slow
def test_a_home_that_cannot_be_written(clip: Path, tmp_path: Path) -> None:
    kept = {"HOME": "/proc/nowhere", "OVERLAYCUT_CACHE": "", "OVERLAYCUT_STATE": ""}
    for place in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        kept[place] = ""
    said = overlaycut("clean", NAME, "-o", "out.mp4", cwd=tmp_path, environment=kept)
    assert said.code == 0
    assert said.err.count("not remembered as ours") == 1
    assert "telemetry" not in said.err
    for words in (("models", "list"), ("cache", "info"), ("styles",), ("doctor",)):
        assert overlaycut(*words, cwd=tmp_path, environment=kept).code in (0, 5)


def test_no_home_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda _: {}["nobody"])
    for kind in ("cache", "data", "state"):
        assert user_folder(kind).is_absolute()  # no folder called ~ where the command runs


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("probe", NAME),
        ("clean", NAME, "--no-cache", "-o", "out.mp4"),
        ("export", NAME, "--to", "tiktok,feed-1x1", "--no-cache", "-o", "out"),
    ],
    ids=lambda words: words[0],
)
def test_few_descriptors(clip: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert overlaycut(*words, cwd=tmp_path, files=64).code in (0, 1)


@pytest.mark.slow
def test_two_processes_with_one_output(clip: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "overlaycut", "clean", NAME, "--no-cache", "-o", "out.mp4"]
    both = [subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    for process in both:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    assert Clip(tmp_path / "out.mp4").full_facts.frames == 8
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", NAME]


def test_a_disk_that_fills_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The last moment: what was written cannot be put in its place."""
    write_text(tmp_path / "a.json", "old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    clip = write_mp4(tmp_path / "clip.mp4", frames=4)
    monkeypatch.setattr("overlaycut.media.files.os.replace", full)
    assert run(["analyze", str(clip), "--no-cache", "-o", str(tmp_path / "a.json")]) == 2
    assert (tmp_path / "a.json").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "clip.mp4"]
