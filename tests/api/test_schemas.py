"""The schemas in the package are those of the results' types, and every command that prints JSON has one."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import click
import pytest

import overlaycut
from overlaycut.cli.app import overlaycut as group
from overlaycut.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_schemas", ROOT / "docs" / "write_schemas.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_schemas_in_the_package_are_those_of_the_types(writer: ModuleType) -> None:
    there = {path.name: path.read_text(encoding="utf-8") for path in writer.FOLDER.glob("*.json")}
    assert there == writer.schemas(), "run python docs/write_schemas.py"


def commands() -> set[str]:
    """Every command that takes --json."""
    context = click.Context(group)
    found = set()
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        inside = {f"{name} {one}": sub for one, sub in getattr(command, "commands", {}).items()} or {name: command}
        found |= {one for one, sub in inside.items() if sub and any("--json" in part.opts for part in sub.params)}
    return found


def test_every_command_with_json_has_a_schema(writer: ModuleType) -> None:
    named = {"skill" if name.startswith("skill ") else name for name in commands()}
    assert named == set(writer.COMMANDS)


def test_a_verdict_has_what_to_do_next() -> None:
    for command in ("analyze", "rank", "drift", "clean", "check", "run", "generate"):
        text = str(overlaycut.schema(command).to_dict())
        assert "'keep', 'repair', 'retry', 'switch'" in text, command
        assert "'command'" in text, command


def test_a_command_without_output_is_refused() -> None:
    with pytest.raises(UsageError, match="melt"):
        overlaycut.schema("melt")
