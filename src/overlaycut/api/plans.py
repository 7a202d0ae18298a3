"""Documents on disk: edit plans and projects, read and written."""

from __future__ import annotations

from pathlib import Path

from overlaycut.api.boundary import verb
from overlaycut.api.cut_shots import project_at
from overlaycut.api.file_use import plan_files
from overlaycut.api.inputs import File
from overlaycut.core import plan as plans
from overlaycut.core.plan import EditPlan
from overlaycut.core.project import Project
from overlaycut.media import declare, write_text


@verb
def read_plan(path: File) -> EditPlan:
    """The plan in a JSON file; raises DocumentError when the file is no plan, or one of an unknown version."""
    return plans.read_plan(Path(path))


@verb
def read_project(path: File) -> Project:
    """The project in a TOML file, its paths made absolute; raises DocumentError for what is no project."""
    return project_at(Path(path))[0]


def plan_at(out: Path | None) -> EditPlan | None:
    """The plan that is where another one is to be written; None where there is none.

    Raises DocumentError, or InputError, when something else than a plan is there: it may be somebody's work.
    """
    return plans.read_plan(out) if out is not None and out.exists() else None


def given_plan(plan: EditPlan | Path | str | None) -> tuple[EditPlan | None, list[Path]]:
    """A plan that was given as it is or as its file, and the files that it is made of."""
    if plan is None or isinstance(plan, EditPlan):
        return plan, plan_files(plan)
    read = plans.read_plan(Path(plan))
    return read, [Path(plan), *plan_files(read)]


@verb
def write_plan(plan: EditPlan, out: File) -> None:
    """Write a plan as JSON, whole or not at all, over nothing but an earlier plan.

    Raises DocumentError, or InputError, when something else than a plan is there.
    """
    path = Path(out)
    declare(reads=plan_files(plan), writes=(), updates=[path])
    plan_at(path)
    write_text(path, plan.to_json())
