"""`overlaycut models list`, `pull` and `add`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlaycut.cli.common import FILE, json_option, progress_bar, show

if TYPE_CHECKING:
    from overlaycut.api import AddedModel, StoredModel


@click.group("models")
def command() -> None:
    """Add models that do better; overlaycut needs none of them."""


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the models that are known, and whether they are here."""
    from overlaycut.api import list_models

    report = list_models()
    rows = [
        (m.name, m.state, m.facts.role, f"{m.facts.size / 1e6:.1f} MB", _licence(m), m.facts.title)
        for m in report.models
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ("  ".join([*(f"{c:{w}}" for c, w in zip(row, widths, strict=False)), row[-1]]) for row in rows)
    show(report, iter([*lines, f"kept in {report.folder}"]), as_json=as_json)


@command.command("pull")
@click.argument("name")
@json_option
def pull(name: str, as_json: bool) -> None:
    """Fetch the model NAME. This is the only command that uses the network."""
    from overlaycut.api import pull_model

    with progress_bar() as progress:
        report = pull_model(name, progress=progress)
    _show_kept(report, as_json=as_json)


@command.command("add")
@click.argument("name")
@click.argument("file", type=FILE)
@json_option
def add(name: str, file: Path, as_json: bool) -> None:
    """Put FILE, fetched by other means, into the store as the model NAME."""
    from overlaycut.api import add_model

    with progress_bar() as progress:
        report = add_model(name, file, progress=progress)
    _show_kept(report, as_json=as_json)


def _show_kept(report: AddedModel, *, as_json: bool) -> None:
    model = report.model
    state = "is kept as" if report.new else "was there already:"
    show(report, iter([f"{model.name} {state} {model.path} ({_licence(model)})"]), as_json=as_json)


def _licence(model: StoredModel) -> str:
    return model.facts.licence if model.facts.commercial else f"{model.facts.licence}, not for commercial use"
