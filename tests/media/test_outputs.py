"""No input is replaced by whatever name, no foreign file without consent, and our own earlier outputs always."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from overlaycut.errors import ExitCode, InputError, OutputError, UsageError
from overlaycut.media import outputs
from overlaycut.media.files import replacing, write_text
from overlaycut.media.outputs import declare, is_ours, record, share


@pytest.fixture(autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("OVERLAYCUT_STATE", str(folder))
    return folder


def test_an_output_that_is_an_input_is_refused_by_whatever_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = tmp_path / "clip.mp4"
    clip.touch()
    (tmp_path / "soft.mp4").symlink_to(clip)
    (tmp_path / "hard.mp4").hardlink_to(clip)
    (tmp_path / "folder").symlink_to(tmp_path, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    for name in ("clip.mp4", "./clip.mp4", "soft.mp4", "hard.mp4", "folder/clip.mp4", str(clip)):
        with pytest.raises(UsageError, match="is an input"):
            declare(reads=[clip], writes=[Path(name)], force=True)
    declare(reads=[clip], writes=[tmp_path / "other.mp4"])


def test_an_output_that_would_become_an_input_is_refused_before_either_is_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is an input"):
        declare(reads=[tmp_path / "a.mp4"], writes=[tmp_path / "sub" / ".." / "a.mp4"])


@pytest.mark.parametrize(("one", "other"), [("a.mp4", "a.mp4"), ("a.mp4", "A.MP4"), ("é.mp4", "É.mp4")])
def test_two_outputs_of_one_name_are_refused(tmp_path: Path, one: str, other: str) -> None:
    with pytest.raises(UsageError, match="two outputs"):
        declare(reads=[], writes=[tmp_path / one, tmp_path / other])


def test_a_foreign_file_is_kept_unless_forced(tmp_path: Path) -> None:
    foreign = tmp_path / "report.html"
    foreign.write_text("mine")
    with pytest.raises(UsageError, match="not written by overlaycut") as refused:
        declare(reads=[], writes=[foreign, tmp_path / "new.mp4"])
    assert refused.value.exit_code is ExitCode.USAGE and "--force" in refused.value.hint
    declare(reads=[], writes=[foreign], force=True)
    declare(reads=[], writes=[], updates=[foreign])
    assert foreign.read_text() == "mine"


def test_what_we_wrote_may_be_replaced_until_somebody_edits_it(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    write_text(out, "ours")
    assert is_ours(out)
    declare(reads=[], writes=[out])
    write_text(out, "ours again")
    declare(reads=[], writes=[out])
    out.write_text("theirs now")
    assert not is_ours(out)
    with pytest.raises(UsageError, match="not written by overlaycut"):
        declare(reads=[], writes=[out])


def test_a_failed_write_makes_nothing_ours(tmp_path: Path) -> None:
    out = tmp_path / "a.txt"
    out.write_text("theirs")
    with pytest.raises(ValueError), replacing(out):
        raise ValueError
    assert not is_ours(out)


@pytest.mark.parametrize("broken", ["a file in its place", "not a database", "a folder instead"])
def test_without_a_ledger_every_file_is_foreign_and_writing_goes_on(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    if broken == "a file in its place":
        monkeypatch.setenv("OVERLAYCUT_STATE", str(tmp_path / "file"))
        (tmp_path / "file").touch()
    elif broken == "not a database":
        (state / "outputs.sqlite").write_bytes(b"no database" * 100)
    else:
        (state / "outputs.sqlite").mkdir()
    out = tmp_path / "a.txt"
    write_text(out, "text")
    assert "not remembered" in caplog.text
    assert out.read_text() == "text"
    assert not is_ours(out)
    with pytest.raises(UsageError, match="not written"):
        declare(reads=[], writes=[out])


def test_the_ledger_forgets_the_oldest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "_MOST_ENTRIES", 3)
    paths = [tmp_path / f"{n}.txt" for n in range(5)]
    for path in paths:
        write_text(path, "x")
    assert [is_ours(path) for path in paths] == [False, False, True, True, True]


def test_pipes_devices_and_sockets_are_no_inputs_and_no_outputs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    address = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(address))
        for path, kind in ((tmp_path / "pipe.mp4", "pipe"), (Path("/dev/zero"), "device"), (address, "socket")):
            with pytest.raises(InputError, match=kind):
                declare(reads=[path], writes=[])
            with pytest.raises(OutputError, match=kind):
                write_text(path, "text")
    assert not Path("/dev/zero").is_file()


def test_what_a_killed_process_left_is_removed_at_the_next_write(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from overlaycut.media.files import replacing\n"
        "with replacing(Path(sys.argv[1])) as part:\n"
        "    part.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.txt")], timeout=60)
    (left,) = tmp_path.iterdir()
    assert ".part" in left.name
    with replacing(tmp_path / "b.txt") as part:
        assert not left.exists()
        with replacing(tmp_path / "c.txt") as other:
            assert part != other
            other.write_text("c")
        part.write_text("b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.txt", "c.txt"]


@pytest.mark.parametrize("name", ["n" * 240 + ".mp4", "語" * 80 + ".mp4"])
def test_the_longest_names_can_be_written(tmp_path: Path, name: str) -> None:
    write_text(tmp_path / name, "text")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_recording_a_file_that_has_gone_is_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    record(tmp_path / "gone")
    assert "not remembered" in caplog.text


def test_what_another_machine_wrote_in_a_shared_folder_is_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "results" / "job"
    share(out)
    monkeypatch.setenv("OVERLAYCUT_STATE", str(tmp_path / "machine a"))
    for name in ("master.mp4", "plans/shot-1.json"):
        write_text(out / name, "written there")
    monkeypatch.setenv("OVERLAYCUT_STATE", str(tmp_path / "machine b"))
    assert is_ours(out / "master.mp4") and is_ours(out / "plans" / "shot-1.json")
    (out / "master.mp4").write_text("somebody else's", encoding="utf-8")
    assert not is_ours(out / "master.mp4")
    (out / "other.mp4").write_text("never ours", encoding="utf-8")
    assert not is_ours(out / "other.mp4")


def test_without_a_shared_ledger_another_machines_files_are_foreign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERLAYCUT_STATE", str(tmp_path / "machine a"))
    write_text(tmp_path / "a.txt", "written there")
    monkeypatch.setenv("OVERLAYCUT_STATE", str(tmp_path / "machine b"))
    assert not is_ours(tmp_path / "a.txt")
