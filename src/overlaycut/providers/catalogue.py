"""The table of services and models: `models.toml`, and a user's own table merged over it.

A row says what a model takes and what it costs, with where and when that was read. A request is checked against its
row before anything is sent, because a service may charge for what it then refuses.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from overlaycut.core.documents import Document, parsed, read_toml
from overlaycut.errors import RequestRefused, UsageError
from overlaycut.providers.protocol import Cost, GenerationRequest, InputRole, Media
from overlaycut.resources import user_folder

Mode: TypeAlias = Literal["text", "image", "frames", "references", "edit"]
"""What goes in: text alone, a first frame, first and last frame, references, a picture that is edited."""

_TABLE = files("overlaycut.providers") / "models.toml"
_USERS = "OVERLAYCUT_PROVIDERS"
_MIMES = ("image/png", "image/jpeg", "image/webp")
_HOST = r"^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$"


class ProviderRow(Document):
    """One service."""

    title: str
    adapter: str
    """Which protocol it speaks, one of `adapters.ADAPTERS`."""
    base: str = Field(pattern=r"^https://[^/?#@]+$")
    hosts: tuple[str, ...]
    """Where results may come from; "*." stands for any subdomain."""
    variables: tuple[str, ...] = Field(min_length=1)
    """Environment variables; several in one string are needed together."""
    concurrent: int = Field(ge=1, le=100)
    """Tasks at once."""
    poll_seconds: float = Field(ge=0.5, le=60)
    patience_seconds: float = Field(default=900, ge=10, le=7200)
    source: str
    checked: date
    closed: date | None = None
    """The day on which the service ended."""

    @model_validator(mode="after")
    def _hosts_are_names(self) -> Self:
        wrong = [host for host in self.hosts if not re.match(_HOST, host)]
        if wrong:
            raise ValueError(f"names of hosts, in lower case, with at most one leading *.: not {wrong[0]!r}")
        return self


class ModeRow(Document):
    """How a model is called for one kind of inputs."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:-]*$")
    first: str = ""
    last: str = ""
    references: str = ""
    most: int = Field(default=0, ge=0, le=50)
    """References at most."""
    duration: str = "{n}"
    """How seconds are written, where the protocol leaves that to the model."""
    fields: dict[str, Any] = Field(default_factory=dict)
    """Always sent."""
    mention: str = ""
    """How the prompt names reference n; empty where it cannot."""


class PictureLimits(Document):
    """What a model takes as an input picture."""

    most_bytes: int = Field(default=10_000_000, gt=0)
    """Of the file, before it is encoded as text."""
    least_side: int = Field(default=1, ge=1)
    """Pixels."""
    most_side: int = Field(default=10_000, ge=1)
    least_ratio: float = Field(default=0.1, gt=0)
    """Width / height."""
    most_ratio: float = Field(default=10.0, gt=0)
    multiple: int = Field(default=1, ge=1)
    """What both sides are divisible by."""
    formats: tuple[str, ...] = _MIMES
    alpha: bool = True
    """Whether transparency is taken."""
    by_url: bool = False
    """Whether pictures are taken by their address only."""

    def problems(self, width: int, height: int, size: int, mime: str) -> tuple[str, ...]:
        """What of a picture the model does not take, in words; empty for one that it does."""
        ratio = width / height
        found = (
            (size > self.most_bytes, f"{size} bytes, more than {self.most_bytes}"),
            (min(width, height) < self.least_side, f"{width}x{height}, a side below {self.least_side}"),
            (max(width, height) > self.most_side, f"{width}x{height}, a side above {self.most_side}"),
            (ratio < self.least_ratio or ratio > self.most_ratio,
             f"width/height {ratio:.2f}, outside {self.least_ratio:g}..{self.most_ratio:g}"),
            (bool(width % self.multiple or height % self.multiple),
             f"{width}x{height}, a side not divisible by {self.multiple}"),
            (mime not in self.formats, f"{mime}, not {' or '.join(self.formats)}"),
        )  # fmt: skip
        return tuple(said for wrong, said in found if wrong)


class PriceRow(Document):
    """A price, and what it is for; None stands for any."""

    size: str | None = None
    audio: bool | None = None
    usd_per_second: Decimal | None = Field(default=None, gt=0)
    usd_per_image: Decimal | None = Field(default=None, gt=0)
    usd_per_clip: Decimal | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if sum(one is not None for one in (self.usd_per_second, self.usd_per_image, self.usd_per_clip)) != 1:
            raise ValueError("one of usd_per_second, usd_per_image, usd_per_clip")
        return self


class ModelRow(Document):
    """One model of a service."""

    media: Media
    modes: dict[Mode, ModeRow] = Field(min_length=1)
    durations: tuple[int, ...] = ()
    """Seconds; the first is the default. Empty for stills, and where the service alone decides."""
    ratios: tuple[str, ...] = ()
    """Empty: the ratio follows the first frame."""
    sizes: tuple[str, ...] = ()
    """The first is the default."""
    frames: dict[str, str] = Field(default_factory=dict)
    """Ratio, or ratio@size → how the service names it, width:height in pixels."""
    prompt_limit: int | None = None
    """Characters (UTF-16 units)."""
    negative_prompt: bool = False
    seed: bool = False
    audio: Literal["no", "optional", "always"] = "no"
    wire: dict[str, str] = Field(default_factory=dict)
    """Names of fields, where the protocol leaves them to the model: size, ratio, audio, first."""
    picture: PictureLimits = PictureLimits()
    prices: tuple[PriceRow, ...] = ()
    source: str
    checked: date
    ends: date | None = None
    """The last day on which it was there."""
    successor: str = ""
    note: str = ""

    def frame_size(self, ratio: str, size: str | None = None) -> tuple[int, int] | None:
        """Width and height in pixels of what is generated; None where the table does not say.

        "720p" is the shorter side, as services use the word.
        """
        size = size or next(iter(self.sizes), "")
        told = self.frames.get(f"{ratio}@{size}") or self.frames.get(ratio) or size
        for sign in (":", "x"):
            width, _, height = told.partition(sign)
            if width.isdecimal() and height.isdecimal():
                return int(width), int(height)
        across, _, down = ratio.partition(":")
        short = size[:-1]
        if not (size[-1:] in ("p", "P") and short.isdecimal() and across.isdecimal() and down.isdecimal()):
            return None
        unit = int(short) / min(int(across), int(down))
        return 2 * round(int(across) * unit / 2), 2 * round(int(down) * unit / 2)


class _Table(Document):
    providers: dict[str, ProviderRow] = Field(default_factory=dict)
    models: dict[str, ModelRow] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _models_have_a_provider(self) -> Self:
        for name in self.models:
            provider, _, model = name.partition("/")
            if provider not in self.providers or not model:
                raise ValueError(f"models named PROVIDER/NAME, of a provider of the table: not {name!r}")
        return self


class Catalogue:
    """The table, with lookups that name what is near."""

    def __init__(self, providers: Mapping[str, ProviderRow], models: Mapping[str, ModelRow]) -> None:
        self.providers = dict(providers)
        self.models = dict(models)

    def provider(self, name: str) -> ProviderRow:
        """The service of that name, or of that model's name.

        Raises UsageError, with near names, when there is none.
        """
        short = name.partition("/")[0]
        if short not in self.providers:
            raise UsageError(f"no generation service is called {short!r}", hint=_near(short, self.providers))
        return self.providers[short]

    def model(self, name: str) -> ModelRow:
        """The model of that name.

        Raises UsageError, with near names, when there is none.
        """
        if name not in self.models:
            raise UsageError(f"no model is called {name!r}", hint=_near(name, self.models))
        return self.models[name]

    def mode(self, request: GenerationRequest) -> Mode:
        """What kind of inputs a request has, as its model takes them.

        Raises RequestRefused for inputs that the model does not take.
        """
        row = self.model(request.model)
        mode = _mode_of(request, row.media)
        if mode is None or mode not in row.modes:
            found = ", ".join(str(one.role) for one in request.inputs) or "no picture"
            takes = "; ".join(_TAKES[one] for one in row.modes)
            raise _refused(request, f"does not take {found}", f"{request.model} takes: {takes}")
        return mode

    def check(self, request: GenerationRequest, *, today: date | None = None) -> Mode:
        """The kind of inputs of a request that its model takes.

        Raises UsageError for an unknown model, RequestRefused for one that has ended and for values that it does not
        take.
        """
        row, provider = self.model(request.model), self.provider(request.model)
        _check_end(request, row, provider, today or date.today())
        mode = self.mode(request)
        _check_values(request, row)
        _check_inputs(request, row, row.modes[mode])
        return mode

    def cost(self, request: GenerationRequest) -> Cost:
        """What a request will cost by the table."""
        row = self.model(request.model)
        size = request.size or next(iter(row.sizes), None)
        price = next((one for one in row.prices if _fits(one, size, request.audio)), None)
        where = {"source": row.source, "as_of": row.checked.isoformat()}
        if price is None:
            return Cost(usd=None, basis=f"no price of {request.model} is known", **where)
        said = f" ({size})" if size else ""
        if price.usd_per_image is not None:
            usd = price.usd_per_image * request.count
            return Cost(usd=usd, basis=f"{request.count} at ${price.usd_per_image}{said}", **where)
        if price.usd_per_clip is not None:
            return Cost(usd=price.usd_per_clip, basis=f"one clip at ${price.usd_per_clip}{said}", **where)
        seconds = request.duration or next(iter(row.durations), None)
        if seconds is None or price.usd_per_second is None:
            return Cost(usd=None, basis=f"the length of a clip of {request.model} is not known", **where)
        return Cost(
            usd=price.usd_per_second * seconds, basis=f"{seconds} s at ${price.usd_per_second}/s{said}", **where
        )


def catalogue(users: Path | None = None) -> Catalogue:
    """The table of this package with a user's merged over it, key by key.

    users: the user's table; None for the one that OVERLAYCUT_PROVIDERS names, or providers.toml in the user's data
    folder. Raises DocumentError for a table with a wrong key or value, MissingInput for one that was named and is not
    there.
    """
    with as_file(_TABLE) as path:
        table = read_toml(path)
        own = users or _users_table()
        merged = table if own is None else _merged(table, read_toml(own))
        found = parsed(_Table, merged, own or path)
    return Catalogue(found.providers, found.models)


def _users_table() -> Path | None:
    chosen = os.environ.get(_USERS)
    if chosen:
        return Path(chosen)
    path = user_folder("data") / "providers.toml"
    return path if path.is_file() else None


def _merged(table: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables within tables are merged; everything else is replaced."""
    mixed = dict(table)
    for key, value in over.items():
        below = mixed.get(key)
        mixed[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return mixed


_TAKES: dict[Mode, str] = {
    "text": "text alone",
    "image": "one first_frame",
    "frames": "first_frame and last_frame",
    "references": "reference pictures",
    "edit": "reference pictures to edit, with or without a mask",
}


def _mode_of(request: GenerationRequest, media: Media) -> Mode | None:
    first, last, references, masks = (len(request.of_role(role)) for role in InputRole)
    if media == "image":
        return None if first or last or masks > 1 or (masks and not references) else "edit" if references else "text"
    if masks or first > 1 or last > 1 or (references and (first or last)) or last > first:
        return None
    return "references" if references else "frames" if last else "image" if first else "text"


def _check_end(request: GenerationRequest, row: ModelRow, provider: ProviderRow, today: date) -> None:
    hint = f"use {row.successor}" if row.successor else "choose a model of another service"
    if provider.closed and provider.closed <= today:
        raise RequestRefused(
            f"{provider.title} was shut down on {provider.closed}; no request is sent", hint=hint, kind="gone"
        )
    if row.ends and row.ends <= today:
        raise RequestRefused(f"{request.model} was shut down on {row.ends}", hint=hint, kind="gone")


def _check_values(request: GenerationRequest, row: ModelRow) -> None:
    def allowed(name: str, value: object, values: Iterable[object]) -> None:
        known = sorted(values, key=str) if all(isinstance(one, str) for one in values) else sorted(values)  # type: ignore[type-var]
        if value is not None and value not in known:
            said = ", ".join(str(one) for one in known) or f"none: {request.model} has no choice of {name}"
            raise _refused(request, f"does not take {name} {value}", f"allowed: {said}")

    allowed("duration", request.duration, row.durations)
    allowed("ratio", request.ratio, row.ratios)
    if not (row.picture.multiple > 1 and _is_free_size(request.size, row.picture.multiple)):
        allowed("size", request.size, row.sizes)
    units = len(request.prompt.encode("utf-16-le")) // 2
    if row.prompt_limit is not None and units > row.prompt_limit:
        raise _refused(request, f"takes {row.prompt_limit} characters of prompt, not {units}", "shorten the prompt")
    if not request.prompt.strip():
        raise _refused(request, "needs a prompt", "say what moves, and how")
    if row.media == "video" and request.count != 1:
        raise _refused(request, "makes one clip at a time", "ask for several candidates instead")


def _is_free_size(size: str | None, multiple: int) -> bool:
    """Whether a size is WIDTHxHEIGHT, within 1:3..3:1, sides divisible and at most 3840 (GPT Image 2)."""
    width, _, height = (size or "").partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        return False
    w, h = int(width), int(height)
    return 0 < w <= 3840 and 0 < h <= 3840 and not (w % multiple or h % multiple) and w <= 3 * h and h <= 3 * w


def _check_inputs(request: GenerationRequest, row: ModelRow, mode: ModeRow) -> None:
    references = request.of_role(InputRole.REFERENCE)
    if len(references) > mode.most:
        raise _refused(request, f"takes {mode.most} references, not {len(references)}", "leave some out")
    for one in request.inputs:
        if one.url:
            continue
        if row.picture.by_url:
            raise _refused(request, "takes pictures by their address only", "give an https address instead of a file")
        width, height = one.width or 0, one.height or 0
        limits = row.picture if width and height else row.picture.model_copy(update={"least_side": 1, "multiple": 1})
        wrong = limits.problems(width or 1, height or 1, len(one.data), one.mime)
        if wrong:
            raise _refused(request, f"does not take the {one.role}: {wrong[0]}", "prepare the picture for this model")


def _fits(price: PriceRow, size: str | None, audio: bool) -> bool:
    return price.size in (None, size) and price.audio in (None, audio)


def _refused(request: GenerationRequest, problem: str, hint: str) -> RequestRefused:
    return RequestRefused(f"{request.model} {problem}", hint=hint, kind="invalid")


def _near(name: str, known: Iterable[str]) -> str:
    """A hint with the names that are nearest, those with the same last part first."""
    names = list(known)
    last = name.rpartition("/")[2].casefold()
    same = [one for one in names if last and last in one.casefold()]
    near = difflib.get_close_matches(name, names, n=5, cutoff=0.5)
    by_last = {one.rpartition("/")[2]: one for one in names}
    near += [by_last[one] for one in difflib.get_close_matches(last, list(by_last), n=3, cutoff=0.6)]
    best = list(dict.fromkeys([*same, *near]))[:5]
    return f"nearest: {', '.join(best)}" if best else f"known: {', '.join(names)}"
