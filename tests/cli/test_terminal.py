"""What a person sees in a terminal: what matters first, each warning once, progress where somebody watches."""

from __future__ import annotations

import io
import json
import re
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from overlaycut.api import Event
from overlaycut.api.results import (
    CharacterReport,
    CharacterShot,
    Delivery,
    DriftReport,
    PairReport,
    PresenceReport,
    SubjectReport,
    TraitReport,
)
from overlaycut.cli import progress, tables
from overlaycut.cli.app import _interrupted, run
from overlaycut.cli.common import show
from overlaycut.cli.drift import _lines
from overlaycut.cli.tables import Table
from overlaycut.cli.words import delivery_lines, warning_lines
from overlaycut.core.geometry import Box


def shot(clip: str, verdict: Any, mean: float) -> CharacterShot:
    trait = TraitReport(
        min=mean, p05=mean, mean=mean, verdict="same", first_bad_seconds=None, band=0.5, reason="they do", series=()
    )
    return CharacterShot(
        clip=clip, faces_seen=9, min=mean, p05=mean, mean=mean, verdict=verdict, band=0.5, reason=f"why {clip}",
        first_bad_seconds=Fraction(1) if verdict == "drift" else None, series=(), wardrobe=trait, tracks=(0,),
    )  # fmt: skip


def drifting() -> DriftReport:
    """Twelve clips, of which one drifts, and all 66 pairs of them, of which one differs."""
    clips = [f"{n:02d}.mp4" for n in range(12)]
    shots = tuple(
        shot(clip, "drift" if clip == "07.mp4" else "same", 0.4 if clip == "07.mp4" else 0.9) for clip in clips
    )
    pairs = [(a, b) for n, a in enumerate(clips) for b in clips[n + 1 :]]
    return DriftReport(
        model="dlib", characters=(CharacterReport(name="maya", shots=shots),), clones=(), ok=False, warnings=(),
        pairs=tuple(
            PairReport(name="maya", clip_a=a, clip_b=b, similarity=0.3 if (a, b) == ("07.mp4", "08.mp4") else 0.9,
                       verdict="different" if (a, b) == ("07.mp4", "08.mp4") else "same")
            for a, b in pairs
        ),
        subjects=SubjectReport(model="dino", shots=(), pairs=()),
    )  # fmt: skip


def said(lines: Any) -> list[str]:
    return [text for line in lines for text in (line.lines() if isinstance(line, Table) else [line])]


def test_drift_says_what_changed_first_and_how_alike_clips_are_only_when_asked() -> None:
    lines = said(_lines(drifting(), verbose=False))
    assert lines[0] == "maya in 07.mp4: drift from 1.00 s: why 07.mp4"
    assert lines[1] == "maya: 07.mp4 and 08.mp4 are 0.30 alike: different"
    assert lines[3].split()[:4] == ["07.mp4", "maya", "drift", "1.00"] and len(lines) < 20
    assert lines[-1].startswith("66 pairs") and "--matrix" in lines[-1]
    matrix = said(_lines(drifting(), verbose=False, matrix=True))[-12:]
    assert [line.split()[1] for line in matrix] == [f"{n:02d}.mp4" for n in range(12)]
    assert "0.30" in matrix[7] and "0.30" in matrix[8] and not any("0.30" in line for line in matrix[:7])


def test_drift_says_how_sure_it_is_and_what_a_thing_was_when() -> None:
    span = PresenceReport(
        state="covered", start_seconds=Fraction(1), end_seconds=Fraction(2), confidence=0.8, box=Box(0, 0, 4, 4)
    )
    thing = replace(shot("a.mp4", "drift", 0.4), confidence=0.93, spans=(span,))
    report = replace(drifting(), characters=(CharacterReport(name="can", shots=(thing,), kind="thing"),), pairs=())
    assert said(_lines(report, verbose=False))[0] == "can in a.mp4: drift from 1.00 s, 93% sure: why a.mp4"
    assert "a.mp4: can: covered from 1.00 to 2.00 s, 80% sure" in said(_lines(report, verbose=True))


def test_each_warning_is_said_once() -> None:
    lines = list(warning_lines([f"shot-{n:02d}: one person twice from frame {n} on" for n in range(1, 16)]))
    assert len(lines) == 1 and "15 times" in lines[0] and "shot-15" in lines[0]


def test_warnings_of_deliveries_are_said_with_the_files_that_they_are_of() -> None:
    why = "zoomed out, on a background: {} would cut off a face"
    deliveries = [
        Delivery(platform=name, path=Path("out") / f"{name}.mp4", ok=True, error=None, warnings=(why.format(size),))
        for name, size in (("reels", "1080x1920"), ("feed-4x5", "1080x1350"))
    ]
    lines = said(delivery_lines(deliveries))
    assert lines[-1] == f"warning: 2 times: {why.format('1080x1920')} (reels.mp4, feed-4x5.mp4)"


def test_columns_are_aligned_and_what_steers_a_terminal_is_not_printed() -> None:
    lines = Table(("a", "b"), [("x", "1"), ("longer", "\x1b[31m2")]).lines()
    assert lines == ["a       b", "x       1", "longer  \\x1b[31m2"]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("no_colour", [False, True])
def test_colours_are_for_terminals_and_go_with_no_color(monkeypatch: pytest.MonkeyPatch, no_colour: bool) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(tables.sys, "stdout", _Terminal())
    text = "\n".join(Table(("clip", "verdict", "why"), [("a.mp4", "drift", "word " * 40)]).lines())
    assert ("\x1b[31m" in text) is not no_colour
    bare = re.sub(r"\x1b\[[\d;]*m", "", text)
    assert "drift" in bare and max(map(len, bare.splitlines())) <= 80


def event(**changes: Any) -> Event:
    fields = {
        "step": "analyse", "subject": "a.mp4", "label": "look at a.mp4", "done": 30, "total": 60, "share": 0.25,
        "frames_per_second": 41.26, "seconds_left": 75.2,
    }  # fmt: skip
    return Event(**{**fields, **changes})


def test_progress_has_the_share_of_the_job_its_rate_and_the_time_left() -> None:
    assert progress.shown(event()) == {
        "completed": 0.25, "description": "look at a.mp4", "rate": "41.3 fps", "left": "1:15 left",
    }  # fmt: skip
    alone = progress.shown(event(share=0.0, frames_per_second=None, seconds_left=None))
    assert (alone["completed"], alone["rate"], alone["left"]) == (0.5, "", "")
    assert progress.shown(event(label="", stored=True))["description"] == "analyse a.mp4 (from the cache)"
    assert progress.clock(3725) == "1:02:05"


def test_nothing_is_shown_of_progress_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.progress_bar() as tell:
        tell("look", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_a_person_who_watches_sees_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(progress.sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with progress.progress_bar() as tell:
        for done in range(5):
            tell("look at a.mp4", done, 4)
    assert "look at a.mp4" in terminal.getvalue()


def test_quiet_says_what_failed_and_nothing_else(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["platforms", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert run(["platforms", "-q", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["platforms"]
    assert run(["probe", "-q", str(tmp_path / "none.mp4")]) == 3
    assert "none.mp4" in capsys.readouterr().err


def test_a_failed_gate_is_said_in_any_case(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overlaycut.cli.common.is_quiet", lambda: True)
    show(drifting(), iter(["all is well", "gate failed: r1 flickers", Table(("a",))]), as_json=False)
    assert capsys.readouterr().out == "gate failed: r1 flickers\n"


def test_an_interruption_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert _interrupted() == 130
    assert "the same command goes on" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["uvicorn", "starlette", "tomlkit"])
def test_reviewing_without_its_extra_says_how_to_install_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str
) -> None:
    for name in [one for one in sys.modules if one.split(".")[0] == missing or one.startswith("overlaycut.review")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    if missing == "starlette":
        monkeypatch.setitem(sys.modules, "starlette.applications", None)
    (tmp_path / "project.toml").write_text('[[shots]]\nclip = "a.mp4"\n', encoding="utf-8")
    assert run(["review", str(tmp_path / "project.toml")]) == 5
    said = capsys.readouterr().err
    assert missing in said and "pip install 'overlaycut[review]'" in said
