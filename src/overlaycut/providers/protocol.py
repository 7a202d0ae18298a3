"""What is asked of a generation service and what it answers, and the protocol that every service is behind.

A `GenerationRequest` says what is wanted, in words that all services share. `Provider.prepare` turns it into the
calls that would be made, as data without keys, so that they can be shown before anything is sent. `submit`, `poll`,
`fetch` and `cancel` make calls. Nothing here knows HTTP.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from overlaycut.errors import InvalidValue

Json = dict[str, Any]
"""A JSON object."""

Media = Literal["video", "image"]


class InputRole(StrEnum):
    """What a picture is to the clip, or to the still, that is generated."""

    FIRST_FRAME = "first_frame"
    LAST_FRAME = "last_frame"
    REFERENCE = "reference"
    """A subject, a style, or the picture that is edited."""
    MASK = "mask"
    """Where a picture is edited; only for stills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInput:
    """A picture that goes into a request: either its bytes, or an address where the service finds it.

    Raises InvalidValue when both or none of them are given.
    """

    role: InputRole
    data: bytes = field(default=b"", repr=False)
    mime: str = "image/png"
    url: str = ""
    """An https address; empty where `data` is given."""
    name: str = ""
    """How the prompt names it, without the @: "image1"."""
    width: int | None = None
    """Pixels; None where nobody measured it."""
    height: int | None = None

    def __post_init__(self) -> None:
        if bool(self.data) == bool(self.url):
            raise InvalidValue(f"MediaInput: {self.role}: needs data or url, and not both", hint="give one of them")

    @property
    def sha256(self) -> str:
        """Digest of the bytes, or of the address."""
        return hashlib.sha256(self.data or self.url.encode()).hexdigest()

    def to_dict(self) -> Json:
        """What identifies the input, without its bytes."""
        told: Json = {"role": str(self.role), "mime": self.mime, "sha256": self.sha256, "bytes": len(self.data)}
        if self.url:
            told["url"] = self.url
        if self.name:
            told["name"] = self.name
        if self.width and self.height:
            told["size"] = [self.width, self.height]
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """What is wanted of a model. None leaves a choice to the table of models, not to the service.

    Raises InvalidValue for numbers outside their range.
    """

    model: str
    """Name in the table of models: "runway/gen4.5"."""
    prompt: str
    inputs: tuple[MediaInput, ...] = ()
    negative_prompt: str = ""
    duration: int | None = None
    """Seconds; None for the model's default, and for stills."""
    ratio: str | None = None
    """Width:height of the picture ("9:16"); None where it follows the first frame."""
    size: str | None = None
    """The model's own name of a resolution: "720p", "2K", "1152x2048"."""
    seed: int | None = None
    """0..2^32-1; None for a random one."""
    audio: bool = False
    """Whether the model makes sound, where it can."""
    count: int = 1
    """Stills of one request, 1..10; a clip is always one."""
    extras: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the service's own, merged into what is sent last."""

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("duration", self.duration, 1, 600),
            ("seed", self.seed, 0, 2**32 - 1),
            ("count", self.count, 1, 10),
        ):
            if value is not None and not low <= value <= high:
                raise InvalidValue(f"GenerationRequest: {name}: found {value}", hint=f"allowed: {low}..{high}")

    def of_role(self, role: InputRole) -> tuple[MediaInput, ...]:
        """The inputs of one role, in order."""
        return tuple(one for one in self.inputs if one.role == role)

    def to_dict(self) -> Json:
        """The request as JSON values; inputs as their digests."""
        told: Json = {name: getattr(self, name) for name in self.__slots__}
        return told | {"inputs": [one.to_dict() for one in self.inputs], "extras": dict(self.extras)}

    @property
    def digest(self) -> str:
        """SHA-256 of everything that is asked for."""
        said = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


class TaskState(StrEnum):
    """Where a task is, between a request and a file."""

    PLANNED = "planned"
    """Nothing was sent."""
    SUBMITTING = "submitting"
    """It is being sent, and nobody knows yet whether it was taken."""
    UNKNOWN = "unknown"
    """It was sent; whether it was taken cannot be found out from here."""
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    """The service has the result; it is not here yet."""
    FETCHED = "fetched"
    """The file is here."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """The service has forgotten the task, or what it made."""

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in _FINAL

    @property
    def may_be_paid(self) -> bool:
        """Whether the service may charge, or have charged, for it."""
        return self in _PAID


_FINAL = frozenset((TaskState.FETCHED, TaskState.FAILED, TaskState.CANCELLED, TaskState.EXPIRED))
_PAID = frozenset(TaskState) - {TaskState.PLANNED, TaskState.FAILED, TaskState.CANCELLED}


class FailureKind(StrEnum):
    """Why a service does not do what it was asked for."""

    AUTH = "auth"
    BALANCE = "balance"
    """The account has no credit left, or is blocked."""
    QUOTA = "quota"
    """A daily or monthly limit."""
    RATE = "rate"
    """Too many calls; later ones are taken."""
    BUSY = "busy"
    """Too many tasks at once; later ones are taken."""
    INVALID = "invalid"
    """Values that the service does not take."""
    MODERATION = "moderation"
    GONE = "gone"
    """A model or a task that is not there, or not any more."""
    SERVER = "server"
    PRICE = "price"
    """The service wants more than was agreed to."""
    OTHER = "other"


_AGAIN = frozenset((FailureKind.RATE, FailureKind.BUSY, FailureKind.SERVER))


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a service said instead of doing it."""

    kind: FailureKind
    message: str
    code: str = ""
    """The service's own code."""
    status: int | None = None
    """HTTP status."""
    retry_after: float | None = None
    """Seconds that the service asks to wait."""
    maybe_created: bool = False
    """Of a submission: whether there may be a task in spite of it."""

    @property
    def again(self) -> bool:
        """Whether the same call may succeed later."""
        return self.kind in _AGAIN

    def to_dict(self) -> Json:
        """The failure as JSON values."""
        return {"kind": str(self.kind), "code": self.code, "message": self.message, "status": self.status}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a request costs, as far as it is known before."""

    usd: Decimal | None
    """US dollars; None where no price is known."""
    basis: str
    """How it was reckoned: "5 s at $0.12/s (720p)"."""
    source: str = ""
    """Where the price was read."""
    as_of: str = ""
    """The day on which it was read, ISO 8601."""

    def to_dict(self) -> Json:
        """The cost as JSON values."""
        usd = None if self.usd is None else float(self.usd)
        return {"usd": usd, "basis": self.basis, "source": self.source, "as_of": self.as_of}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request as it would be sent."""

    provider: str
    request: GenerationRequest
    cost: Cost
    calls: tuple[Json, ...]
    """Method, address, headers and body of every call that submits it; keys as the name of their variable in <>."""
    warnings: tuple[str, ...] = ()
    """What of the request this model does not take, and what is sent instead."""

    def to_dict(self) -> Json:
        """All of it as JSON values."""
        return {
            "provider": self.provider,
            "model": self.request.model,
            "cost": self.cost.to_dict(),
            "calls": list(self.calls),
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task that a service has taken: enough to ask for it again from another process."""

    provider: str
    model: str
    """Name in the table of models."""
    id: str
    links: Mapping[str, str] = field(default_factory=dict)
    """Addresses that the service gave for this task: "status", "result", "cancel"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One result of a task: bytes, or where they can be fetched for a while."""

    url: str = field(default="", repr=False)
    """It may hold a signature, so it is neither shown nor stored."""
    data: bytes = field(default=b"", repr=False)
    mime: str = ""
    """As the service names it; what the bytes are is told from the bytes."""
    needs_key: bool = False
    """Whether the service's own key opens the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatus:
    """What a service says of a task."""

    state: TaskState
    outputs: tuple[Output, ...] = ()
    failure: Failure | None = None
    progress: float | None = None
    """0..1; None where the service does not say."""
    cost_usd: Decimal | None = None
    """What the service charges, where it says so."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Seed, rewritten prompt and the like, as the service reports them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The answer to a submission that was taken."""

    task: Task
    status: TaskStatus
    """Some services have the result at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFile:
    """A result that is on disk."""

    path: Path
    sha256: str
    bytes: int
    mime: str
    """Told from its bytes: "video/mp4", "image/png"."""
    host: str
    """Where it came from; empty where the answer itself held it."""


@runtime_checkable
class Provider(Protocol):
    """A generation service. One of your own needs these methods and no base class.

    Every method that waits is a coroutine and may be cancelled. A refusal is raised as RequestRefused, a connection
    that fails as NetworkError, an answer that breaks the protocol as BadAnswer. `poll` returns failed tasks as a
    status, it does not raise them.
    """

    @property
    def name(self) -> str:
        """Short name, the part before the slash in names of models."""

    @property
    def concurrent(self) -> int:
        """Tasks that the service works on at once; more are held back here."""

    @property
    def repeats_safely(self) -> bool:
        """Whether a submission that is sent again with the same key makes no second task."""

    @property
    def poll_seconds(self) -> float:
        """Shortest time between two polls of one task."""

    @property
    def patience_seconds(self) -> float:
        """Time after a submission at which waiting ends; the task itself goes on."""

    def prepare(self, request: GenerationRequest, *, key: str = "") -> Prepared:
        """Check a request and turn it into calls, without making one. `key` identifies the task to the service."""

    async def submit(self, request: GenerationRequest, *, key: str) -> Submitted:
        """Start a task. It costs money.

        Raises SubmissionUnknown when nobody knows whether there is a task now. When it is cancelled, it raises
        CancelledError only while nothing can have been made, and otherwise waits for the answer and returns it.
        """

    async def find(self, model: str, key: str) -> Task | None:
        """The task that was submitted with `key`, where the service can be asked for it; else None."""

    async def poll(self, task: Task) -> TaskStatus:
        """How the task is; fresh addresses of its outputs."""

    async def fetch(self, task: Task, output: Output, out: Path, *, media: Media) -> FetchedFile:
        """Write an output to `out`, whole or not at all; what an interrupted call left is taken up.

        Raises RequestRefused of kind "gone" when its address has expired, OutputError when `out` cannot be written.
        """

    async def cancel(self, task: Task) -> bool:
        """Ask for the task to stop; whether the service says that it does."""

    async def close(self) -> None:
        """Close connections."""
