"""Documents on disk: edit plans and projects, read and written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from overlaycut.api.boundary import verb
from overlaycut.api.inputs import File
from overlaycut.core import plan as plans
from overlaycut.core import project as projects
from overlaycut.core.plan import EditPlan
from overlaycut.core.project import Project
from overlaycut.media import refuse_overwriting, write_text


@verb
def read_plan(path: File) -> EditPlan:
    """The plan in a JSON file; raises DocumentError when the file is no plan, or one of an unknown version."""
    return plans.read_plan(Path(path))


@verb
def read_project(path: File) -> Project:
    """The project in a TOML file, its paths made absolute; raises DocumentError for what is no project."""
    return projects.read_project(Path(path))


@verb
def earlier_plan(out: File | None, *, inputs: Sequence[File] = ()) -> EditPlan | None:
    """The plan that is where another one is to be written; None where there is none.

    Raises UsageError when `out` is one of `inputs`, DocumentError when something else than a plan is there.
    """
    if out is None:
        return None
    refuse_overwriting(Path(out), [Path(path) for path in inputs])
    return plans.read_plan(Path(out)) if Path(out).exists() else None


@verb
def write_plan(plan: EditPlan, out: File) -> None:
    """Write a plan as JSON, whole or not at all."""
    write_text(Path(out), plan.to_json())
