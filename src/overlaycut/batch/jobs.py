"""One job of a batch: a project to run, what tells whether it was done already, and what came of it."""

from __future__ import annotations

import hashlib
import json
import os
import time
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from overlaycut.api import EncoderChoice, MasterKind, RunReport, run
from overlaycut.api.file_use import project_files
from overlaycut.core.project import Project, read_project, require_clips
from overlaycut.errors import Cancelled, ExitCode, OverlaycutError
from overlaycut.pipeline import Monitor
from overlaycut.version import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """How the files of a batch's jobs are written."""

    master: MasterKind = "h264"
    encoder: EncoderChoice = "x264"
    """Of deliveries; "auto" is settled by each worker for its machine."""
    force: bool = False
    """Whether files are replaced that overlaycut did not write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A project to run, as a worker is told of it."""

    key: str
    """What the ledger calls it."""
    project: Path
    out: Path
    rendering: Rendering = Rendering()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a job."""

    key: str
    exit_code: int
    """As that of `overlaycut run`: 0, 1 when a gate failed, else the error's."""
    seconds: float
    error: str = ""
    """One line; empty when the files were written."""
    gates: tuple[str, ...] = ()
    """What failed, in words."""
    warnings: int = 0
    report: Path | None = None
    written: tuple[Path, ...] = ()
    """Master, deliveries and page."""
    steps: Mapping[str, float] = field(default_factory=dict)
    """Name of a step → seconds that were spent in it; none for what came from the store."""
    traceback: str = ""
    """Of a bug."""

    @property
    def done(self) -> bool:
        """Whether the files were written, with gates passed or not."""
        return not self.error


def perform(job: Job, monitor: Monitor) -> Outcome:
    """Run a job. Raises Cancelled; any other error is the outcome."""
    begun, way = time.monotonic(), job.rendering
    try:
        report = run(
            job.project, job.out, master=way.master, encoder=way.encoder, force=way.force, progress=monitor
        )  # fmt: skip
    except Cancelled:
        raise
    except OverlaycutError as error:
        return failed(job.key, error, time.monotonic() - begun)
    except Exception as error:
        problem = f"a bug: {type(error).__name__}: {error}".splitlines()[0]
        took, trace = time.monotonic() - begun, traceback.format_exc()
        return Outcome(key=job.key, exit_code=ExitCode.BUG, seconds=took, error=problem, traceback=trace)
    return _done(job, report, time.monotonic() - begun)


def failed(key: str, error: OverlaycutError, seconds: float = 0.0) -> Outcome:
    """The outcome of a job that ended with an error."""
    return Outcome(key=key, exit_code=error.exit_code, seconds=seconds, error=error.one_line())


def _done(job: Job, report: RunReport, seconds: float) -> Outcome:
    steps: dict[str, float] = {}
    for one in report.steps:
        if one.state == "ran":
            steps[one.step] = steps.get(one.step, 0.0) + one.seconds
    deliveries = [one.path for one in report.deliveries if one.error is None]
    return Outcome(
        key=job.key,
        exit_code=ExitCode.DONE if report.ok else ExitCode.GATE_FAILED,
        seconds=seconds,
        gates=report.gates,
        warnings=len(report.warnings),
        report=report.report,
        written=(report.master, *deliveries, report.report),
        steps=steps,
    )


def checked_project(path: Path) -> Project:
    """The project of a job. Raises what `read_project` and `require_clips` do."""
    project = read_project(path)
    require_clips(project, path)
    return project


def fingerprint(path: Path, project: Project, rendering: Rendering) -> str:
    """What a project is made of, as a SHA-256: its text, its files by place, size and time, and this version.

    Of two equal fingerprints, the second job has nothing to do. Contents are compared by the steps, not here. Raises
    OSError for a file that went away meanwhile.
    """
    files = [(str(one), *_state(one)) for one in project_files(path, project)]
    text = hashlib.sha256(path.read_bytes()).hexdigest()
    said = json.dumps([__version__, rendering.master, rendering.encoder, text, files], ensure_ascii=True)
    return hashlib.sha256(said.encode("ascii")).hexdigest()


def states(paths: Iterable[Path]) -> dict[str, list[int]]:
    """Size and time of files that were written, by their paths; without those that are gone."""
    return {str(path): list(_state(path)) for path in paths if path.is_file()}


def unchanged(written: Mapping[str, list[int]]) -> bool:
    """Whether files are as `states` found them; False without any."""
    return bool(written) and states(map(Path, written)) == {path: list(state) for path, state in written.items()}


def _state(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns
