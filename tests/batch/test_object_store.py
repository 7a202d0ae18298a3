"""Files that travel through an object store: what goes there, comes back, and goes wrong on the way."""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

import overlaycut
from batches import small_project, states
from overlaycut.batch import object_store
from overlaycut.batch.cluster import build_digest, perform_shipped
from overlaycut.batch.collecting import quoted
from overlaycut.batch.jobs import Job, Outcome
from overlaycut.batch.object_store import ObjectStore, Shipment, Shipped, perform_shipment, shipment, unload
from overlaycut.core.serial import Packed, pack, unpack
from overlaycut.errors import MissingPart, NetworkError, UsageError
from overlaycut.media import is_ours

pytest.importorskip("fsspec", reason="fsspec is an extra")


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore((tmp_path / "store").as_uri())


def objects(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "store").rglob("*") if path.is_file())


def test_a_file_is_put_once_and_comes_back(tmp_path: Path, store: ObjectStore) -> None:
    (tmp_path / "a").write_bytes(b"content" * 1000)
    shutil.copy(tmp_path / "a", tmp_path / "b")
    digest = store.put(tmp_path / "a")
    assert store.put(tmp_path / "b") == digest
    assert [path.name for path in objects(tmp_path)] == [digest]
    store.fetch(digest, tmp_path / "deep" / "c")
    assert (tmp_path / "deep" / "c").read_bytes() == (tmp_path / "a").read_bytes()


def test_other_stores_of_fsspec_take_the_same_calls(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    memory = ObjectStore("memory://overlaycut-test")
    memory.fetch(memory.put(tmp_path / "a"), tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"content"


def test_an_object_of_another_content_is_refused(tmp_path: Path, store: ObjectStore) -> None:
    (tmp_path / "a").write_bytes(b"content")
    digest = store.put(tmp_path / "a")
    objects(tmp_path)[0].write_bytes(b"else")
    with pytest.raises(NetworkError, match="another content"):
        store.fetch(digest, tmp_path / "b")


def test_an_object_that_is_gone_is_an_error_of_the_network(tmp_path: Path, store: ObjectStore) -> None:
    with pytest.raises(NetworkError, match="FileNotFoundError"):
        store.fetch("0" * 64, tmp_path / "b")


def test_nothing_is_seen_of_an_object_that_was_not_finished(
    tmp_path: Path, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"content")

    def broken(_from: Any, to: Any, _length: int) -> None:
        to.write(b"con")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", broken)
    with pytest.raises(NetworkError, match="No space left"):
        store.put(tmp_path / "a")
    monkeypatch.undo()
    store.fetch(store.put(tmp_path / "a"), tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"content"


@pytest.mark.parametrize(
    ("address", "error"), [("nonsense://bucket", UsageError), ("dropbox://bucket", (MissingPart, UsageError))]
)
def test_an_address_that_cannot_be_used_is_refused(address: str, error: Any) -> None:
    with pytest.raises(error):
        ObjectStore(address)


def test_a_store_is_tried_before_anything_is_sent(tmp_path: Path, store: ObjectStore) -> None:
    store.require_writable()
    assert len(objects(tmp_path)) == 1
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(UsageError, match="is a file"):
        ObjectStore((tmp_path / "file").as_uri()).require_writable()
    with pytest.raises(NetworkError):
        ObjectStore((tmp_path / "file" / "below").as_uri()).require_writable()
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_a_store_without_a_cluster_is_refused(tmp_path: Path) -> None:
    small_project(tmp_path / "job", (90, 90, 90))
    with pytest.raises(UsageError, match="jobs on a cluster"):
        overlaycut.run_all([tmp_path / "job"], tmp_path / "out", store="memory://x")


def shipped_away(tmp_path: Path, store: ObjectStore, project: Path) -> Shipment:
    """A shipment of a project that is not on this machine any more."""
    sent = shipment(Job(key="k", project=project, out=tmp_path / "out"), store)
    (tmp_path / "here").rename(tmp_path / "elsewhere")
    return sent


def test_a_job_finds_relative_and_absolute_names_below_its_own_folder(tmp_path: Path, store: ObjectStore) -> None:
    project = small_project(tmp_path / "here" / "job", (40, 90, 90))
    text = project.read_text(encoding="utf-8")
    clip = str(tmp_path / "here" / "job" / "clip.mp4")
    project.write_text(text.replace('"clip.mp4"', json.dumps(clip)), encoding="utf-8")
    sent = shipped_away(tmp_path, store, project)
    seen: list[Path] = []

    def perform(job: Job) -> Outcome:
        seen.append(job.project)
        assert json.dumps(clip) not in job.project.read_text(encoding="utf-8")
        report = overlaycut.run(job.project, job.out)
        return Outcome(
            key=job.key, exit_code=0, seconds=1.0, report=report.report, written=(report.master, report.report)
        )

    shipped = perform_shipment(sent, perform)
    assert not seen[0].exists()
    outcome = unload(shipped, sent.job, store)
    assert all(path.is_file() and is_ours(path) and path.is_relative_to(tmp_path / "out") for path in outcome.written)
    assert outcome.report is not None and (tmp_path / "out" / "tall.mp4").is_file()
    assert str(seen[0].parents[3]) not in outcome.report.read_text(encoding="utf-8")


def test_names_are_found_however_a_project_quotes_them(tmp_path: Path) -> None:
    """TOML has no raw DEL in a basic string (https://toml.io/en/v1.0.0#string), and literal strings beside them."""
    one, other = "/clips/a\x7fb.mp4", "/clips/plain.mp4"
    text = object_store._relocated(f"a = {quoted(one)}\nb = '{other}'\n", [one, other], tmp_path)
    found = tomllib.loads(text)
    assert found == {"a": str(tmp_path / "clips" / "a\x7fb.mp4"), "b": str(tmp_path / "clips" / "plain.mp4")}


def test_a_plan_that_a_person_edited_travels_with_the_job(tmp_path: Path, store: ObjectStore) -> None:
    project = small_project(tmp_path / "here" / "job", (40, 90, 90))
    plan = tmp_path / "out" / "plans" / "shot-1.json"
    plan.parent.mkdir(parents=True)
    plan.write_text("{}", encoding="utf-8")
    assert os.fspath(plan) in shipment(Job(key="k", project=project, out=tmp_path / "out"), store).files


def test_a_worker_of_other_sources_and_a_store_that_fails_make_failed_jobs(tmp_path: Path, store: ObjectStore) -> None:
    project = small_project(tmp_path / "here" / "job", (40, 90, 90))
    sent = pack(shipped_away(tmp_path, store, project)).document
    refused = unpack(Shipped, Packed(perform_shipped(sent, "0.0.1-deadbeef", 30.0))).outcome
    assert refused.exit_code == 5 and "0.0.1-deadbeef" in refused.error
    shutil.rmtree(tmp_path / "store")
    failed = unpack(Shipped, Packed(perform_shipped(sent, build_digest(), 30.0))).outcome
    assert failed.exit_code == 4 and "FileNotFoundError" in failed.error


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of Dask's own parts, about each other
def test_a_batch_runs_on_a_cluster_through_a_store(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is an extra")
    for number in range(2):
        small_project(tmp_path / "jobs" / f"{number}", (40 * number, 90, 90))
    (tmp_path / "jobs" / "junk.mp4").write_bytes(b"no clip at all" * 99)
    address = (tmp_path / "store").as_uri()

    def batch(**more: Any) -> Any:
        return overlaycut.run_all([tmp_path / "jobs"], tmp_path / "out", dask="local", jobs=1, store=address, **more)

    report = batch()
    assert states(report) == {"junk": "failed", "0": "done", "1": "done"}
    assert (tmp_path / "out" / "1" / "tall.mp4").is_file()
    assert states(batch())["1"] == "skipped"
