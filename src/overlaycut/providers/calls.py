"""Calls over HTTP as data, without keys, and the answers to them.

What a call looks like when it is shown: the key as the name of its variable in angle brackets, pictures as how many
bytes they are and their digest.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from overlaycut.errors import BadAnswer
from overlaycut.providers.protocol import Json, MediaInput

Method = Literal["GET", "POST", "PUT", "DELETE"]

_LONGEST_SHOWN = 4096
"""Characters of a value that are shown; no prompt is longer that people write, every picture is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """How a service wants its key: which header, what stands before it."""

    header: str = "Authorization"
    prefix: str = "Bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a multipart form: a field, or a file."""

    name: str
    value: str | bytes = field(repr=False)
    file: str = ""
    """Name of the file; empty for a field."""
    mime: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request over HTTP, but for the key."""

    method: Method = "GET"
    url: str
    auth: Auth | None = Auth()
    """None: without the key."""
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Json | None = field(default=None, repr=False)
    parts: tuple[Part, ...] = ()
    patience: float = 30.0
    """Seconds without a byte after which the call is given up."""
    answer_limit: int = 4 << 20
    """Bytes that the answer may have."""

    def to_dict(self, variables: str) -> Json:
        """The call as it is shown. variables: names of the environment variables that hold the key."""
        headers = dict(self.headers)
        if self.auth is not None:
            headers[self.auth.header] = f"{self.auth.prefix}<{variables}>"
        told: Json = {"method": self.method, "url": self.url, "headers": headers}
        if self.json is not None:
            told["json"] = shown(self.json)
        if self.parts:
            told["form"] = [{"name": one.name, "value": shown(one.value), "file": one.file} for one in self.parts]
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: Any = None
    """The JSON value; None where there is none."""
    text: str = ""
    """The beginning of what is no JSON."""

    @property
    def ok(self) -> bool:
        """Whether the status says that all is well."""
        return 200 <= self.status < 300

    @property
    def object(self) -> Json:
        """The JSON object of the answer; an empty one where it is none."""
        return self.body if isinstance(self.body, dict) else {}

    def at(self, *path: str | int, default: Any = None) -> Any:
        """The value at a path of keys and indices; `default` where the path leads nowhere."""
        value: Any = self.body
        for step in path:
            if isinstance(value, str):
                return default
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return default
        return value

    def needed(self, *path: str | int) -> str:
        """The non-empty text, or whole number as text, at a path. Raises BadAnswer when there is none."""
        value = self.at(*path)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or not value:
            where = ".".join(str(step) for step in path)
            said = f"{type(value).__name__}" if self.body is not None else f"no JSON: {self.text[:80]!r}"
            raise BadAnswer(f"the answer has no {where} ({said})", hint="the service's protocol may have changed")
        return value


def shown(value: Any) -> Any:
    """A value of JSON in which what is very long or binary is told by its size and digest."""
    if isinstance(value, dict):
        return {key: shown(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [shown(one) for one in value]
    if isinstance(value, bytes):
        return f"<{len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()[:16]}>"
    if isinstance(value, str) and len(value) > _LONGEST_SHOWN:
        head = value[: value.index(",") + 1] if value.startswith("data:") else ""
        digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return f"{head}<{len(value) - len(head)} characters, sha256 {digest}>"
    return value


def data_uri(one: MediaInput) -> str:
    """Where a picture is: its address, or its bytes as a data URI."""
    return one.url or f"data:{one.mime};base64,{raw_base64(one)}"


def raw_base64(one: MediaInput) -> str:
    """The bytes of a picture in base64."""
    return base64.b64encode(one.data).decode("ascii")


def url_or_base64(one: MediaInput) -> str:
    """Where a picture is: its address, or its bytes in base64 without a data URI's beginning."""
    return one.url or raw_base64(one)
