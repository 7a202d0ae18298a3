"""Files appear whole or not at all, and never on top of what they are made from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from draw import Tone, draw_clip, scenes
from overlaycut.errors import ExitCode, OutputError
from overlaycut.media import replacing, write_text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "new" / "deep" / "out.txt"
    with replacing(out) as part:
        assert part.parent == out.parent
        assert part.suffix == ".txt"
        part.write_text("half")
        assert not out.exists()
    assert out.read_text() == "half"
    assert names(out.parent) == ["out.txt"]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), SystemExit(3), GeneratorExit()], ids=repr)
@pytest.mark.parametrize("before", [None, b"old"])
def test_a_failure_leaves_what_was_there(tmp_path: Path, error: BaseException, before: bytes | None) -> None:
    out = tmp_path / "out.txt"
    if before is not None:
        out.write_bytes(before)
    with pytest.raises(type(error)), replacing(out) as part:
        part.write_text("half")
        raise error
    assert names(tmp_path) == ([] if before is None else ["out.txt"])
    assert before is None or out.read_bytes() == before


def test_a_writer_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError), replacing(tmp_path / "out.txt"):
        pass
    assert names(tmp_path) == []


def test_names_that_are_no_utf8_go_into_documents_and_come_back(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.mp4")
    write_text(tmp_path / "out.json", json.dumps({"clip": name}, ensure_ascii=False))
    assert json.loads((tmp_path / "out.json").read_bytes()) == {"clip": name}


def test_text_is_replaced(tmp_path: Path) -> None:
    write_text(tmp_path / "out.json", "eins")
    write_text(tmp_path / "out.json", "zwölf")
    assert (tmp_path / "out.json").read_bytes() == "zwölf".encode()
    assert names(tmp_path) == ["out.json"]


@pytest.mark.parametrize("place", ["file/out.mp4", "file/deep/out.mp4", "folder", "x" * 300 + ".mp4", "loop/out.mp4"])
def test_places_that_cannot_be_written(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OutputError) as caught:
        write_text(tmp_path / place, "text")
    assert caught.value.exit_code is ExitCode.USAGE
    assert place in caught.value.one_line()
    assert names(tmp_path) == ["file", "folder", "loop"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_without_the_right_to_write(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o555)
    with pytest.raises(OutputError, match="cannot be written"):
        write_text(tmp_path / "closed" / "out.txt", "text")
    assert names(tmp_path / "closed") == []


def test_a_right_that_is_missing_is_an_output_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(OutputError, match="Permission denied"):
        write_text(tmp_path / "out.txt", "text")
    assert names(tmp_path) == []


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "target.txt").write_text("kept")
    (tmp_path / "link.txt").symlink_to("target.txt")
    write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "target.txt").read_text() == "kept"
    assert (tmp_path / "link.txt").read_text() == "new"


FULL_DISK = """
import json, resource, signal, sys
from fractions import Fraction
from pathlib import Path
from overlaycut.errors import OutputError
from overlaycut.media import Clip, Encoding, carried_sound, write_clip, write_png, write_text

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
clip, out = Clip(sys.argv[1]), Path(sys.argv[2])
frame = next(clip.frames())
def video(lossless):
    encoding = Encoding(lossless=lossless, preset="ultrafast")
    write_clip(clip.frames(), out / "a.mp4", tick=clip.facts.tick, encoding=encoding, sound=carried_sound(clip.facts))
jobs = {
    "video": lambda: video(False),
    "lossless": lambda: video(True),
    "png": lambda: write_png(out / "a.png", frame.rgb()),
    "text": lambda: write_text(out / "a.txt", "x" * 100_000),
}
said = {}
for name, job in jobs.items():
    job()
    whole = next(out.iterdir()).stat().st_size
    next(out.iterdir()).unlink()
    for limit in (0, 1, 100, whole // 2, whole - 1):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            job()
            answer = "nothing raised"
        except OutputError as error:
            answer = "full" if "no space left" in str(error) else str(error)
        except BaseException as error:
            answer = repr(error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        said[f"{name} {limit} of {whole}"] = [answer, sorted(p.name for p in out.iterdir())]
        for path in out.iterdir():
            path.unlink()
print(json.dumps(said))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk: the system refuses the same writes."""
    drawn = draw_clip(tmp_path / "clip.mp4", scenes(25), tone=Tone())
    (tmp_path / "out").mkdir()
    said = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(drawn.path), str(tmp_path / "out")],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr

    answers = json.loads(said.stdout)
    assert len(answers) == 20
    assert {name: answer for name, answer in answers.items() if answer != ["full", []]} == {}
