"""`schema`: what a command prints with --json, as a JSON schema that lies in the package."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overlaycut.api.boundary import verb
from overlaycut.api.results import Report
from overlaycut.errors import UsageError

_SHELF = Path(__file__).resolve().parents[1] / "schemas"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSchema(Report):
    """The JSON schema of a command's output."""

    command: str
    schema: Mapping[str, Any]
    """Draft 2020-12. Keys may be added by later versions, never taken away."""

    def to_dict(self) -> dict[str, Any]:
        """The schema itself."""
        return dict(self.schema)


def schema_names() -> tuple[str, ...]:
    """The commands that have one."""
    return tuple(sorted(path.stem.replace("-", " ") for path in _SHELF.glob("*.json")))


@verb
def schema(command: str) -> CommandSchema:
    """The JSON schema of what `overlaycut COMMAND --json` prints; of "models list" as of "check"."""
    if command not in schema_names():
        raise UsageError(f"no output of {command!r}", hint=f"one of {', '.join(schema_names())}")
    text = (_SHELF / f"{command.replace(' ', '-')}.json").read_text(encoding="utf-8")
    return CommandSchema(command=command, schema=json.loads(text))
