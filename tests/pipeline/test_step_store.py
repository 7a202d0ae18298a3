"""The store gives back what was put in, whole or not at all, and never stops a run."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import shutil
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from overlaycut.core.serial import NotSerialisable, StoredFile
from overlaycut.errors import OutputError, UsageError
from overlaycut.pipeline import Step, Store, put_back, stored_file
from overlaycut.pipeline import entry as entry_module
from overlaycut.pipeline.store import DEFAULT_LIMIT, default_folder, default_limit


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    mask: NDArray[Any]
    film: StoredFile | None = None


def step(subject: str = "a", **settings: Any) -> Step[Result]:
    return Step(name="analyse", subject=subject, version=1, artifact=Result, settings=settings)


def result(name: str = "x", size: int = 10) -> Result:
    return Result(name, np.arange(size, dtype=np.uint8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def entry(folder: Path, of: Step[Any]) -> Path:
    return folder / "entries" / of.digest


def test_what_was_saved_is_loaded_by_this_and_by_another_store(folder: Path) -> None:
    store = Store(folder)
    assert store.load(step()) is None
    assert store.why_stale(step()) == "never run"
    store.save(step(), result())
    for one in (store, Store(folder)):
        loaded = one.load(step())
        assert loaded is not None and loaded.name == "x" and (loaded.mask == result().mask).all()
        assert one.holds(step()) and one.warnings == []
    assert store.load(step(other=1)) is None
    assert [path.name for path in (folder / "entries").iterdir()] == [step().digest]


def test_files_are_kept_as_copies_and_put_back_as_copies(folder: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film" * 1000)
    store = Store(folder)
    store.save(step(), Result("x", np.zeros(1), stored_file(film)))
    film.write_bytes(b"edited in place")
    loaded = store.load(step())
    assert loaded is not None and loaded.film is not None
    assert loaded.film.path.parent == entry(folder, step())
    out = tmp_path / "new" / "film.mp4"
    assert put_back(loaded.film, out)
    assert out.read_bytes() == b"film" * 1000
    assert not put_back(loaded.film, out), "it stands there already"
    out.write_bytes(b"flim" * 1000)
    assert put_back(loaded.film, out), "of the same size, but another file"
    assert not os.path.samefile(out, loaded.film.path)
    shutil.rmtree(loaded.film.path.parent)
    out.unlink()
    with pytest.raises(OutputError, match="was removed from the cache"):
        put_back(loaded.film, out)


def test_a_file_that_changes_meanwhile_is_not_stored(folder: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    said = stored_file(film)
    film.write_bytes(b"flim")
    store = Store(folder)
    store.save(step(), Result("x", np.zeros(1), said))
    assert store.load(step()) is None
    assert "changed while it was stored" in store.warnings[0]


def spoil_json(folder: Path) -> None:
    (folder / "artifact.json").write_text("{", encoding="ascii")


def spoil_npz(folder: Path) -> None:
    path = folder / "arrays.npz"
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def lose_a_file(folder: Path) -> None:
    (folder / "arrays.npz").unlink()


def spoil_the_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("[]", encoding="ascii")


def lose_the_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def swap_the_manifest(folder: Path) -> None:
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    document["description"]["version"] = 9
    path.write_text(json.dumps(document))


def foreign_document(folder: Path) -> None:
    """Another class's document with right hashes: what a changed class without a new version leaves."""
    path = folder / "artifact.json"
    path.write_text('{"other": 1}')
    manifest = json.loads((folder / "manifest.json").read_text())
    said = stored_file(path)
    manifest["files"]["artifact.json"] = [said.size, said.sha256]
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "spoil",
    [spoil_json, spoil_npz, lose_a_file, spoil_the_manifest, lose_the_manifest, swap_the_manifest, foreign_document],
)
def test_a_damaged_entry_is_removed_said_and_made_again(folder: Path, spoil: Any) -> None:
    Store(folder).save(step(), result())
    spoil(entry(folder, step()))
    store = Store(folder)
    assert store.load(step()) is None
    assert not entry(folder, step()).exists()
    (said,) = store.warnings
    assert "analyse a was damaged and is made again" in said
    assert store.why_stale(step()) == "its stored result was damaged"
    store.save(step(), result())
    assert store.load(step()) is not None


def test_a_pickle_in_an_archive_is_not_loaded(folder: Path) -> None:
    Store(folder).save(step(), result())
    path = entry(folder, step()) / "arrays.npz"
    with path.open("wb") as file:
        np.savez(file, **{"pool-0": np.array([{}], object)})
    manifest = json.loads((entry(folder, step()) / "manifest.json").read_text())
    said = stored_file(path)
    manifest["files"]["arrays.npz"] = [said.size, said.sha256]
    (entry(folder, step()) / "manifest.json").write_text(json.dumps(manifest))
    store = Store(folder)
    assert store.load(step()) is None
    assert "allow_pickle" in store.warnings[0]


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def not_sqlite(path: Path) -> None:
    path.write_text("this is a text" * 1000)


def newer(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()


def of_another_program(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE entries (x)")
    database.close()


@pytest.mark.parametrize("spoil", [truncated, not_sqlite, newer, of_another_program])
def test_an_index_that_cannot_be_used_is_built_anew(folder: Path, spoil: Any) -> None:
    first = Store(folder)
    for n in range(40):
        first.save(step(n=n), result())
    first.close()
    spoil(folder / "index.sqlite")
    store = Store(folder)
    assert store.load(step(n=0)) is not None
    store.save(step(n=99), result())
    assert store.usage().entries == 41
    assert any("built anew" in text for text in store.warnings)
    assert (folder / "index.sqlite.unusable").exists()
    again = Store(folder)
    assert again.usage().entries == 41
    assert again.warnings == []


def test_an_index_damaged_under_an_open_store_does_not_stop_it(folder: Path) -> None:
    store = Store(folder)
    store.save(step(n=0), result())
    not_sqlite(folder / "index.sqlite")
    for path in folder.glob("index.sqlite-*"):
        path.unlink()
    for n in range(1, 5):
        store.save(step(n=n), result())
    assert store.load(step(n=0)) is not None
    store.close()
    assert Store(folder).usage().entries == 5


def test_a_folder_where_the_index_should_be_leaves_the_entries_usable(folder: Path) -> None:
    (folder / "index.sqlite").mkdir(parents=True)
    store = Store(folder)
    store.save(step(), result())
    assert store.load(step()) is not None
    assert store.usage().entries == 1
    assert any("index" in text for text in store.warnings)


def refusing(code: int) -> Any:
    def refused(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return refused


@pytest.mark.parametrize(
    ("code", "said"),
    [(errno.ENOSPC, "the disk is full"), (errno.EDQUOT, "the disk is full"), (errno.EROFS, "Read-only")],
)
def test_a_disk_that_takes_no_more_ends_storing_and_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    store = Store(folder)
    store.save(step(n=1), result())
    with monkeypatch.context() as patched:
        patched.setattr(entry_module.np, "savez", refusing(code))
        store.save(step(n=2), result())
    store.save(step(n=3), result())
    assert store.load(step(n=1)) is not None
    assert store.load(step(n=2)) is None and store.load(step(n=3)) is None
    (warning,) = store.warnings
    assert said in warning
    assert [path.name for path in (folder / "entries").iterdir()] == [step(n=1).digest]


def test_a_folder_that_cannot_be_made_is_said_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "mkdir", refusing(errno.EACCES))
    store = Store(folder)
    store.save(step(), result())
    assert store.load(step()) is None
    assert store.why_stale(step()) == "never run"
    (warning,) = store.warnings
    assert "Permission denied" in warning and str(folder) in warning


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    store = Store(tmp_path / "cache")
    store.save(step(), result())
    assert store.load(step()) is None
    assert len(store.warnings) == 1


def test_what_is_no_data_is_a_mistake_of_the_program(folder: Path) -> None:
    with pytest.raises(NotSerialisable):
        Store(folder).save(step(), Result(3, np.zeros(1)))  # type: ignore[arg-type]
    assert list((folder / "entries").iterdir()) == []


def test_the_least_recently_used_go_first_and_none_in_use(folder: Path) -> None:
    size = 100_000
    for n in range(4):
        Store(folder).save(step(n=n), result(size=size))
        time.sleep(0.01)
    assert Store(folder).load(step(n=0)) is not None  # now the most recent
    store = Store(folder, limit=4 * size)
    assert store.load(step(n=1)) is not None  # in use from now on
    store.save(step(n=4), result(size=size))
    there = [n for n in range(5) if Store(folder).holds(step(n=n))]
    assert there == [0, 1, 4]
    assert store.why_stale(step(n=2)) != "never run"
    assert store.usage().bytes <= 4 * size


def test_entries_in_use_may_exceed_the_limit_but_no_single_one(folder: Path) -> None:
    store = Store(folder, limit=250_000)
    for n in range(4):
        store.save(step(n=n), result(size=100_000))
    assert all(store.holds(step(n=n)) for n in range(4))
    store.save(step(n=9), result(size=300_000))
    assert not store.holds(step(n=9))
    assert "larger than the whole cache" in store.warnings[0]
    Store(folder, limit=250_000).save(step(n=5), result())
    assert Store(folder).usage().entries == 3


def test_why_a_step_is_stale(folder: Path) -> None:
    store = Store(folder)
    store.save(step(style="pop"), result(), job="p.toml")
    assert store.why_stale(step(style="bold"), "p.toml") == 'settings.style changed ("pop" → "bold")'
    assert store.why_stale(step(style="bold"), "other.toml") == "never run"
    assert store.why_stale(step(subject="b"), "p.toml") == "never run"
    shutil.rmtree(entry(folder, step(style="pop")))
    assert store.why_stale(step(style="pop"), "p.toml") == "its stored result was removed to make room"
    many = step(**{f"k{n}": n for n in range(9)})
    assert store.why_stale(many, "p.toml").endswith("; and 7 more")


def test_usage_and_clearing(folder: Path) -> None:
    store = Store(folder)
    store.save(step(n=1), result(size=1000))
    store.save(Step(name="deliver", subject="tiktok", version=1, artifact=Result), result(size=9000))
    usage = store.usage()
    assert (usage.entries, usage.folder, usage.limit) == (2, folder, DEFAULT_LIMIT)
    assert list(usage.steps) == ["deliver", "analyse"]
    assert usage.bytes == sum(size for _, size in usage.steps.values()) > 10_000
    assert store.clear() == usage
    assert store.usage().entries == 0 and list((folder / "entries").iterdir()) == []
    assert store.load(step(n=1)) is None


def test_clearing_what_may_not_be_written_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(folder)
    store.save(step(), result())
    monkeypatch.setattr(entry_module.os, "rename", refusing(errno.EACCES))
    with pytest.raises(OutputError, match="Permission denied"):
        store.clear()


def test_where_the_store_lies_and_how_large_it_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERLAYCUT_CACHE", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("OVERLAYCUT_CACHE")
    assert "overlaycut" in str(default_folder())
    for text, size in [("", DEFAULT_LIMIT), ("500M", 500 << 20), ("2 GiB", 2 << 30), ("1000", 1000), ("1t", 1 << 40)]:
        monkeypatch.setenv("OVERLAYCUT_CACHE_LIMIT", text)
        assert default_limit() == size
    monkeypatch.setenv("OVERLAYCUT_CACHE_LIMIT", "much")
    with pytest.raises(UsageError, match="not a size"):
        default_limit()


def work_beside_others(folder: str, number: int) -> None:
    store = Store(Path(folder), limit=150_000)
    for n in range(25):
        store.save(step(n=n), result(str(n), size=20_000))
        loaded = store.load(step(n=(n * 7 + number) % 25))
        assert loaded is None or len(loaded.mask) == 20_000
    assert store.warnings == [], store.warnings


def test_processes_share_a_store(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=work_beside_others, args=(str(folder), n)) for n in range(3)]
    for other in others:
        other.start()
    for other in others:
        other.join(60)
    assert [other.exitcode for other in others] == [0, 0, 0]
    store = Store(folder)
    assert store.usage().entries == 25
    for n in range(25):
        assert store.load(step(n=n)) is not None
    assert store.warnings == []


def die_before_the_rename(folder: str) -> None:
    entry_module.os.rename = lambda *_: os._exit(9)  # type: ignore[assignment]
    Store(Path(folder)).save(step(), result())


def test_a_process_that_is_killed_leaves_nothing_that_is_read(folder: Path) -> None:
    killed = multiprocessing.get_context("spawn").Process(target=die_before_the_rename, args=(str(folder),))
    killed.start()
    killed.join(60)
    assert killed.exitcode == 9
    (left,) = (folder / "entries").iterdir()
    assert left.name.startswith(".part-")
    store = Store(folder)
    assert store.load(step()) is None and store.usage().entries == 0
    assert left.exists(), "it might be another process's work"
    os.utime(left, (0, 0))
    Store(folder)
    assert not left.exists()


def test_an_entry_that_another_process_wrote_first_is_taken(folder: Path) -> None:
    one, other = Store(folder), Store(folder)
    one.save(step(), result())
    other.save(step(), result())
    assert other.usage().entries == 1 and other.warnings == []
