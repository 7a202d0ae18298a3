"""`cache info` and `cache clear`, as a library and on the command line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

import overlaycut
from overlaycut.cli.app import run
from overlaycut.pipeline import Step, Store


@dataclass(frozen=True, slots=True)
class Note:
    text: str


@pytest.fixture
def filled(cache: Path) -> Path:
    store = Store()
    for name, text in [("analyse", "a"), ("deliver", "b" * 5000), ("deliver", "c")]:
        step = Step(name=name, subject="x", version=1, artifact=Note, settings={"text": text})
        store.save(step, Note(text))
    store.close()
    return cache


def test_what_the_cache_holds_and_how_it_is_emptied(filled: Path) -> None:
    report = overlaycut.cache_info()
    assert (report.folder, report.entries, report.limit) == (filled, 3, 8 << 30)
    assert [(step.name, step.entries) for step in report.steps] == [("deliver", 2), ("analyse", 1)]
    assert report.bytes == sum(step.bytes for step in report.steps) > 5000
    assert report.to_dict()["steps"][0]["name"] == "deliver" and report.to_dict()["folder"] == str(filled)
    assert overlaycut.cache_clear() == report
    assert overlaycut.cache_info().entries == 0


def test_the_command_line(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cache", "info", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == overlaycut.cache_info().to_dict()
    assert run(["cache", "info"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{filled}: 3 results, 0.0 MiB of at most 8.0 GiB\n") and "deliver      2" in said
    assert run(["cache", "clear", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entries"] == 3
    assert run(["cache", "clear"]) == 0
    assert capsys.readouterr().out == f"removed 0 results, 0.0 MiB, from {filled}\n"


def test_a_limit_that_is_none_is_wrong_usage(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OVERLAYCUT_CACHE_LIMIT", "lots")
    assert run(["cache", "info"]) == 2
    assert "OVERLAYCUT_CACHE_LIMIT=lots: not a size (bytes, or as 500M or 20G)" in capsys.readouterr().err
