"""What one service's protocol is: requests into calls, answers into what they mean. No adapter opens a connection."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from overlaycut.errors import BadAnswer
from overlaycut.providers.calls import Answer, Call
from overlaycut.providers.catalogue import Mode, ModelRow, ModeRow
from overlaycut.providers.protocol import (
    Failure,
    FailureKind,
    GenerationRequest,
    InputRole,
    Json,
    MediaInput,
    Output,
    Submitted,
    Task,
    TaskState,
    TaskStatus,
)

ROLES = {
    InputRole.FIRST_FRAME: "first_frame",
    InputRole.LAST_FRAME: "last_frame",
    InputRole.REFERENCE: "reference_image",
}
"""How MiniMax, Ark and Model Studio write what a picture is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A checked request with its row of the table."""

    request: GenerationRequest
    row: ModelRow
    mode: Mode
    key: str
    """Of the task, for services that take one."""

    @property
    def call(self) -> ModeRow:
        """How the model is called for these inputs."""
        return self.row.modes[self.mode]

    @property
    def first(self) -> MediaInput | None:
        """The first frame."""
        return next(iter(self.request.of_role(InputRole.FIRST_FRAME)), None)

    @property
    def last(self) -> MediaInput | None:
        """The last frame."""
        return next(iter(self.request.of_role(InputRole.LAST_FRAME)), None)

    @property
    def references(self) -> tuple[MediaInput, ...]:
        """References, in order."""
        return self.request.of_role(InputRole.REFERENCE)

    @property
    def duration(self) -> int | None:
        """Seconds: the request's, else the model's default."""
        return self.request.duration or next(iter(self.row.durations), None)

    @property
    def size(self) -> str | None:
        """The request's, else the model's default."""
        return self.request.size or next(iter(self.row.sizes), None)

    @property
    def ratio(self) -> str | None:
        """The request's, else as the first frame where the model follows it or its size is known, else the default."""
        if self.request.ratio or not self.row.ratios:
            return self.request.ratio
        if self.row.ratios[0] in ("auto", "adaptive"):
            return self.row.ratios[0] if self.first else next(iter(self.row.ratios[1:]), None)
        if self.first is None or not (self.first.width and self.first.height):
            return self.row.ratios[0]
        wanted = self.first.width / self.first.height
        return min(self.row.ratios, key=lambda ratio: abs(_quotient(ratio) / wanted - 1))

    @property
    def prompt(self) -> str:
        """The prompt, references named as the model wants them."""
        return mentioned(self.request.prompt, self.references, self.call.mention)


class Adapter(ABC):
    """One protocol. `base` is the address of the service's API."""

    repeats_safely = False
    """Whether a submission that is sent again with the same key makes no second task."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")

    @abstractmethod
    def submission(self, order: Order) -> Call:
        """The call that starts a task."""

    @abstractmethod
    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """What the answer to a submission says, after `failure` found nothing in it."""

    @abstractmethod
    def query(self, task: Task) -> Call | None:
        """The call that asks for a task; None where the answer to a submission is all that there is."""

    @abstractmethod
    def status(self, task: Task, answer: Answer) -> TaskStatus | Call:
        """What the answer says; or the call that has to be made to know the result."""

    def result(self, task: Task, answer: Answer) -> TaskStatus:
        """What the answer to a call that `status` wanted says."""
        raise NotImplementedError(f"{type(self).__name__} asks for no second call")

    def is_end(self, failure: Failure) -> bool:
        """Whether a refusal of the call for the result says that the task failed, and not the call."""
        return False

    def cancellation(self, task: Task) -> Call | None:
        """The call that stops a task; None where the service has none."""
        return None

    def search(self, key: str) -> Call | None:
        """The call that asks for the task submitted with `key`; None where the service knows no keys."""
        return None

    def found(self, model: str, answer: Answer) -> Task | None:
        """The task in the answer to `search`."""
        return None

    def is_repeat(self, failure: Failure) -> bool:
        """Whether a refused submission says that its key was used before, so that there is a task."""
        return False

    def failure(self, answer: Answer) -> Failure | None:
        """What an answer to any call refuses; None when it does not."""
        return None if answer.ok else http_failure(answer)


def _quotient(ratio: str) -> float:
    across, _, down = ratio.partition(":")
    return int(across) / int(down)


_BY_STATUS = {
    400: FailureKind.INVALID, 401: FailureKind.AUTH, 402: FailureKind.BALANCE, 403: FailureKind.AUTH,
    404: FailureKind.GONE, 405: FailureKind.INVALID, 408: FailureKind.RATE, 409: FailureKind.RATE,
    410: FailureKind.GONE, 413: FailureKind.INVALID, 422: FailureKind.INVALID, 425: FailureKind.RATE,
    429: FailureKind.RATE,
}  # fmt: skip


def http_failure(answer: Answer, *, kind: FailureKind | None = None, code: str = "", message: str = "") -> Failure:
    """The failure that an HTTP status stands for, or `kind`.

    A 5xx may come from in front of the service or from behind it, so that there may be a task.
    """
    by_status = _BY_STATUS.get(answer.status, FailureKind.SERVER if answer.status >= 500 else FailureKind.OTHER)
    return Failure(
        kind=kind or by_status,
        code=code,
        message=(message or answer.text.strip() or f"HTTP {answer.status}")[:500],
        status=answer.status,
        retry_after=retry_after(answer.headers),
        maybe_created=answer.status >= 500,
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a service asks to wait; None where it does not, or only as a date."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        if 0 <= seconds < 86_400:
            return seconds
    return None


def by_code(code: str, table: Mapping[str, FailureKind]) -> FailureKind | None:
    """The kind of the longest entry of a table that `code` begins with."""
    fit = [start for start in table if code.startswith(start)]
    return table[max(fit, key=len)] if fit else None


def state_of(word: object, table: Mapping[str, TaskState]) -> TaskState:
    """What a service's word for a state means. Raises BadAnswer for one that its documents do not have."""
    if not isinstance(word, str) or word not in table:
        raise BadAnswer(f"the service says that the task is {word!r}", hint=f"known states: {', '.join(table)}")
    return table[word]


def failed(failure: Failure, state: TaskState = TaskState.FAILED) -> TaskStatus:
    """The status of a task without a result."""
    return TaskStatus(state=state, failure=failure)


def outputs(*urls: object, mime: str = "", needs_key: bool = False) -> tuple[Output, ...]:
    """Results at addresses. Raises BadAnswer when there is none."""
    found = tuple(Output(url=one, mime=mime, needs_key=needs_key) for one in urls if isinstance(one, str) and one)
    if not found:
        raise BadAnswer("the task succeeded and its answer has no address of a result", hint="run it again later")
    return found


def merged(body: Json, extras: Mapping[str, object]) -> Json:
    """A body with a request's own fields over it: tables within tables are merged."""
    mixed = dict(body)
    for name, value in extras.items():
        below = mixed.get(name)
        mixed[name] = merged(below, value) if isinstance(below, dict) and isinstance(value, Mapping) else value
    return mixed


def without_none(**fields: object) -> Json:
    """A JSON object of the fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None and value != ""}


def mentioned(prompt: str, references: tuple[MediaInput, ...], form: str) -> str:
    """A prompt whose @names of references are written as a model wants them.

    form: "{n}" stands for the 1-based number; empty where the model has no way of naming them, and the prompt then
    says "the first picture".
    """
    names = {one.name or f"image{n}": n for n, one in enumerate(references, start=1)}

    def said(match: re.Match[str]) -> str:
        n = names.get(match[1])
        if n is None:
            return match[0]
        return form.format(n=n) if form else f"the {_ORDINALS[n - 1] if n <= len(_ORDINALS) else f'{n}th'} picture"

    return re.sub(r"@([A-Za-z][\w-]*)", said, prompt)


_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def dollars(value: object, per: Decimal = Decimal(1)) -> Decimal | None:
    """A number of a service's units in dollars; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        usd = Decimal(str(value)) * per
    except InvalidOperation:
        return None
    return usd if usd.is_finite() and 0 <= usd < 100_000 else None


def facts_of(answer: Answer, *path: str | int, names: Mapping[str, str]) -> Json:
    """What of an answer is worth keeping: our name → the service's."""
    return {name: value for name, key in names.items() if (value := answer.at(*path, key)) is not None}
