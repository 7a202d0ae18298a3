"""Writes src/overlaycut/schemas: a JSON schema of what each command prints with --json, from the types of its results.

Run `python docs/write_schemas.py` after a result changed; tests/api/test_schemas.py says when that was forgotten.
"""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

import overlaycut
from overlaycut.api import CommandSchema, StoredModel
from overlaycut.api.cleaning import CleanReport
from overlaycut.api.comparing import CompareReport
from overlaycut.api.generation_results import GeneratedTask
from overlaycut.api.results import CarriedCredentials, PlatformEntry, ProbedFile, ReviewAddress
from overlaycut.batch.results import BatchEntry, BatchReport
from overlaycut.core.facts import AudioFacts, Colour
from overlaycut.core.geometry import Box
from overlaycut.core.intake import Intake
from overlaycut.core.plan import ClipRecord, EditPlan, RegionPlan
from overlaycut.deliver import Check, CheckReport
from overlaycut.errors import OverlaycutError
from overlaycut.provenance import Credentials
from overlaycut.qc.gates import GateResult

FOLDER = Path(__file__).resolve().parents[1] / "src" / "overlaycut" / "schemas"

DIALECT = "https://json-schema.org/draft/2020-12/schema"

COMMANDS: dict[str, tuple[Any, ...]] = {
    "probe": (overlaycut.ProbeReport,),
    "analyze": (EditPlan, overlaycut.AnalysisTable),
    "clean": (CleanReport,),
    "drift": (overlaycut.DriftReport,),
    "rank": (overlaycut.RankReport,),
    "frames": (overlaycut.FramesReport,),
    "caption": (overlaycut.CaptionReport,),
    "export": (overlaycut.ExportReport,),
    "check": (CheckReport,),
    "compare": (CompareReport,),
    "new": (overlaycut.NewReport,),
    "validate": (overlaycut.ValidateReport,),
    "stills": (overlaycut.StillsReport,),
    "generate": (overlaycut.GenerateReport, overlaycut.CancelReport),
    "costs": (overlaycut.CostsReport,),
    "run": (overlaycut.RunReport, overlaycut.ExplainReport),
    "review": (ReviewAddress,),
    "batch": (BatchReport,),
    "watch": (BatchEntry,),
    "handover": (overlaycut.HandoverReport,),
    "relink": (overlaycut.RelinkReport,),
    "demo": (overlaycut.RunReport,),
    "platforms": (overlaycut.PlatformsReport,),
    "models list": (overlaycut.ModelsReport,),
    "models pull": (overlaycut.AddedModel,),
    "models add": (overlaycut.AddedModel,),
    "cache info": (overlaycut.CacheReport,),
    "cache clear": (overlaycut.CacheReport,),
    "styles": (overlaycut.StylesReport,),
    "doctor": (overlaycut.DoctorReport,),
    "skill": (overlaycut.SkillReport,),
}
"""Command → the results that it prints, one of them at a time. `schema` prints a schema, `mcp` nothing."""


class Writer:
    """One schema: types that occur in it are defined once."""

    def __init__(self) -> None:
        self.definitions: dict[str, Any] = {}

    def document(self, command: str, kinds: Sequence[Any]) -> dict[str, Any]:
        """The schema of a command's output."""
        found = [self.of(kind) for kind in kinds]
        head = {"$schema": DIALECT, "title": f"overlaycut {command} --json"}
        body = found[0] if len(found) == 1 else {"anyOf": found}
        return {**head, **body, "$defs": dict(sorted(self.definitions.items()))}

    def of(self, kind: Any) -> dict[str, Any]:
        """The schema of a type, as `to_dict` and `json_value` write it."""
        if kind in _PLAIN:
            return dict(_PLAIN[kind])
        origin, inside = get_origin(kind), get_args(kind)
        if origin is Literal:
            return {"enum": list(inside)}
        if origin in (Union, UnionType):
            return {"anyOf": [self.of(one) for one in inside]}
        if origin is tuple and not (len(inside) == 2 and inside[1] is Ellipsis):
            return {"type": "array", "prefixItems": [self.of(one) for one in inside], "minItems": len(inside)}
        if origin in (tuple, list, frozenset) or (inspect.isclass(origin) and issubclass(origin, Sequence)):
            return {"type": "array", "items": self.of(inside[0])}
        if inspect.isclass(origin) and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(inside[1])}
        return self.named(kind)

    def named(self, kind: type) -> dict[str, Any]:
        """A reference to the definition of a class."""
        if kind.__name__ not in self.definitions:
            self.definitions[kind.__name__] = {}  # it may contain itself
            self.definitions[kind.__name__] = self.defined(kind)
        return {"$ref": f"#/$defs/{kind.__name__}"}

    def defined(self, kind: type) -> dict[str, Any]:
        """The definition of a class."""
        if not inspect.isclass(kind):
            raise TypeError(f"no schema for {kind!r}")
        if kind in _SPECIAL:
            return object_of(_first_line(kind), {name: self.of(one) for name, one in _SPECIAL[kind].items()})
        if issubclass(kind, BaseModel):
            found = kind.model_json_schema(mode="serialization", ref_template="#/$defs/{model}")
            self.definitions |= found.pop("$defs", {})
            if kind is EditPlan:
                found["properties"] |= {name: self.of(one) for name, one in _ADVICE.items()}
                found["required"] = [*found.get("required", ()), *_ADVICE]
            return found
        assert is_dataclass(kind), kind
        hints, said = get_type_hints(kind), dict(attribute_docs(kind))
        properties = {one.name: self.of(hints[one.name]) for one in fields(kind)}
        for name in getattr(kind, "computed", ()):
            properties[name] = self.of(get_type_hints(getattr(kind, name).fget)["return"])
            said[name] = inspect.getdoc(getattr(kind, name)) or ""
        for name, text in said.items():
            if name in properties:
                properties[name]["description"] = " ".join(text.split())
        return object_of(_first_line(kind), properties)


def object_of(description: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object that has all of these keys, and maybe more of later versions."""
    return {
        "type": "object", "description": description, "properties": dict(properties), "required": list(properties)
    }  # fmt: skip


def attribute_docs(kind: type) -> Iterator[tuple[str, str]]:
    """The texts under the attributes of a class and of its bases."""
    for one in reversed(kind.__mro__[:-1]):
        try:
            body = ast.parse(textwrap.dedent(inspect.getsource(one))).body[0].body  # type: ignore[attr-defined]
        except (OSError, TypeError):
            continue
        for line, text in zip(body, body[1:], strict=False):
            named = isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
            if named and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
                yield line.target.id, str(text.value.value)


def _first_line(kind: type) -> str:
    return (inspect.getdoc(kind) or kind.__name__).splitlines()[0]


NUMBER, TEXT, FLAG = {"type": "number"}, {"type": "string"}, {"type": "boolean"}

_PLAIN: dict[Any, dict[str, Any]] = {
    int: {"type": "integer"}, float: NUMBER, Fraction: NUMBER, Decimal: NUMBER, str: TEXT, Path: TEXT, date: TEXT,
    bool: FLAG, NoneType: {"type": "null"}, None: {"type": "null"}, Any: {}, object: {}, OverlaycutError: TEXT,
    Box: {"type": "array", "items": {"type": "integer"}, "minItems": 4, "maxItems": 4, "description": "x, y, w, h"},
}  # fmt: skip

_ADVICE: dict[str, Any] = {"next": Literal["keep", "repair", "retry", "switch"], "command": str | None}

_RATES: dict[str, Any] = {"fps": float | None, "frames": int | None, "duration": float | None}


class Header:
    """What a file's header claims, or what its content has."""


class Forecast:
    """What was to be expected of a repair."""


class CleanedRegion:
    """One region: what was found, what was done about it, and how it measures."""


def _types(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind)}


_SPECIAL: dict[type, dict[str, Any]] = {
    Header: _RATES,
    Forecast: {"quality": float, "notes": list[str]},
    ProbedFile: {
        "path": str, "width": int, "height": int, **_RATES, "vfr": bool | None, "pix_fmt": str, "colour": Colour,
        "rotation": int, "has_audio": bool, "provider_guess": str | None, "warnings": list[str], "container": str,
        "codec": str, "bits": int, "coded_width": int, "coded_height": int, "pixel_aspect": str, "streams": list[str],
        "audio": AudioFacts | None, "header": Header, "content": Header, "intake": Intake,
    },
    CheckReport: {"path": str, "platform": str, "ok": bool, **_ADVICE, "checks": list[Check]},
    CleanedRegion: {
        **{name: Any for name in RegionPlan.model_fields}, "id": str, "residual_text": list[str],
        "read_after": str | None, "flicker_ratio": float | None, "gates_detail": list[GateResult],
    },
    CleanReport: {
        "clip": ClipRecord, "out": str, "frames_in": int, "frames_out": int, "touched_fraction": float,
        "untouched_identical": bool, "copied": bool, "regions": list[CleanedRegion], "plan_sha256": str,
        "notes": list[str], "warnings": list[str], "gates": list[str], "ok": bool, **_ADVICE,
    },
    PlatformEntry: {
        "name": str, "title": str, "width": int, "height": int, "note": str, "rules": dict[str, str],
        "policy": dict[str, Any],
    },
    StoredModel: {"name": str, "state": str, "path": str, "title": str, "licence": str, "size": int, "sha256": str},
    CarriedCredentials: {"path": str, **_types(Credentials)},
    GeneratedTask: _types(GeneratedTask) | {"error": str | None},
    CommandSchema: {},
}  # fmt: skip
"""Classes whose `to_dict` is written out by hand."""


def schemas() -> dict[str, str]:
    """File name → text of every schema."""
    return {
        f"{command.replace(' ', '-')}.json": json.dumps(Writer().document(command, kinds), indent=1) + "\n"
        for command, kinds in COMMANDS.items()
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
