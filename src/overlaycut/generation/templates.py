"""Templates of motion prompts by use, and fields such as {product} filled in."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from overlaycut.core.documents import read_toml
from overlaycut.errors import UsageError

_FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[A-Za-z_][\w-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTemplate:
    """A motion prompt with fields."""

    name: str
    use: str
    """What it is for, in a line."""
    prompt: str
    defaults: Mapping[str, str] = field(default_factory=dict)
    """Values of fields that need not be given."""

    @property
    def required(self) -> tuple[str, ...]:
        """The fields that have to be given."""
        return tuple(name for name in fields_of(self.prompt) if name not in self.defaults)


@lru_cache(maxsize=1)
def prompt_templates() -> Mapping[str, PromptTemplate]:
    """Every shipped template by its name."""
    tables = read_toml(Path(__file__).with_name("templates.toml"))
    return {
        name: PromptTemplate(name=name, use=one["use"], prompt=one["prompt"], defaults=one["fields"])
        for name, one in tables.items()
    }


def prompt_template(name: str) -> PromptTemplate:
    """The template of that name. Raises UsageError, with the nearest names, when there is none."""
    known = prompt_templates()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or sorted(known)
        raise UsageError(f"no template of motion prompts is called {name!r}", hint=f"nearest: {', '.join(near)}")
    return known[name]


def fields_of(text: str) -> tuple[str, ...]:
    """Names of the fields in a text, each once, in order. Raises what `filled` does for braces that are no field."""
    names = []
    for match in _FIELD.finditer(text):
        if match.group(0) not in ("{{", "}}"):
            names.append(_name_in(match, text))
    return tuple(dict.fromkeys(names))


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with every {field} replaced; {{ and }} stand for braces. What is filled in is not looked at again.

    Raises UsageError for a field without a value, and for a brace that is neither part of a field nor doubled.
    """

    def put(match: re.Match[str]) -> str:
        if match.group(0) in ("{{", "}}"):
            return match.group(0)[0]
        name = _name_in(match, text)
        if name not in values:
            there = ", ".join(sorted(values)) or "none"
            raise UsageError(f"no value for {{{name}}} in {_short(text)!r}", hint=f"fields with values: {there}")
        return values[name]

    return _FIELD.sub(put, text)


def filled_template(template: PromptTemplate, values: Mapping[str, str]) -> str:
    """The template's prompt; what `values` lacks is taken from its defaults. Raises what `filled` does."""
    return filled(template.prompt, {**template.defaults, **values})


def _name_in(match: re.Match[str], text: str) -> str:
    """The name of a field. Raises UsageError for a brace that is no field's."""
    name = match.group(1)
    if name is None or not _NAME.fullmatch(name):
        raise UsageError(
            f"{match.group(0)!r} in {_short(text)!r} is no field", hint="{name} is one; {{ and }} are braces"
        )
    return name


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
