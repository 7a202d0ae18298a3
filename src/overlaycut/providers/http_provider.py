"""A `Provider` over HTTP: an adapter says what to send and what answers mean, this makes the calls and repeats them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

from overlaycut.errors import BadAnswer, NetworkError, ProviderError, RequestRefused, SubmissionUnknown, UsageError
from overlaycut.providers.adapters import Adapter, Order, adapter
from overlaycut.providers.addresses import Allowed, is_loopback
from overlaycut.providers.backoff import pause
from overlaycut.providers.calls import Answer, Auth, Call
from overlaycut.providers.catalogue import Catalogue, ProviderRow
from overlaycut.providers.downloads import DownloadParameters, fetch
from overlaycut.providers.keys import Keys, Secret
from overlaycut.providers.protocol import (
    Failure,
    FailureKind,
    FetchedFile,
    GenerationRequest,
    Media,
    Output,
    Prepared,
    Provider,
    Submitted,
    Task,
    TaskState,
    TaskStatus,
)
from overlaycut.providers.transport import Transport, TransportParameters

T = TypeVar("T")

_GRACE = 20.0
"""Seconds that an answer to a submission is waited for after a stop was asked for; a connection takes up to 15."""
_HINTS = {
    FailureKind.AUTH: "check the key and what it is allowed to do",
    FailureKind.BALANCE: "add credit to the account; waiting does not help",
    FailureKind.QUOTA: "the account's limit is reached; try again tomorrow, or raise it",
    FailureKind.RATE: "try again in a few minutes",
    FailureKind.BUSY: "try again when other tasks are done",
    FailureKind.INVALID: "change the request as the service says",
    FailureKind.MODERATION: "change the prompt or the picture; the same request will be refused again",
    FailureKind.GONE: "it is not there any more",
    FailureKind.SERVER: "the service has trouble; try again later",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpParameters:
    """How a service is talked to."""

    transport: TransportParameters = field(default_factory=TransportParameters)
    download: DownloadParameters = field(default_factory=DownloadParameters)
    poll_seconds: float | None = None
    """Seconds between two polls of a task; None for the table's."""
    patience_seconds: float | None = None
    """Seconds after a submission at which waiting ends; None for the table's."""


class HttpProvider:
    """One service of the table.

    base: another address of the API, for a server of one's own: https, or http on the loopback interface. keys: where
    keys come from; they are looked up with the first call, so that `prepare` works without. Raises UsageError for a
    service or a protocol that is not known, or a base that is neither.
    """

    def __init__(
        self,
        name: str,
        table: Catalogue,
        *,
        keys: Keys | None = None,
        base: str | None = None,
        parameters: HttpParameters = HttpParameters(),
        today: Callable[[], date] = date.today,
    ) -> None:
        self._row: ProviderRow = table.provider(name)
        self._name, self._table, self._keys = name, table, keys or Keys()
        self._base = _checked_base(base) if base else self._row.base
        self._adapter: Adapter | None = (
            None if self._row.adapter == "closed" else adapter(self._row.adapter, self._base)
        )
        self._parameters, self._today = parameters, today
        self._transport: Transport | None = None

    @property
    def name(self) -> str:
        """Name in the table."""
        return self._name

    @property
    def concurrent(self) -> int:
        """Tasks at once."""
        return self._row.concurrent

    @property
    def repeats_safely(self) -> bool:
        """Whether a key keeps a submission that is sent again from making a second task."""
        return self._adapter is not None and self._adapter.repeats_safely

    @property
    def poll_seconds(self) -> float:
        """Seconds between two polls of a task."""
        return self._row.poll_seconds if self._parameters.poll_seconds is None else self._parameters.poll_seconds

    @property
    def patience_seconds(self) -> float:
        """Seconds after a submission at which waiting ends."""
        chosen = self._parameters.patience_seconds
        return self._row.patience_seconds if chosen is None else chosen

    def prepare(self, request: GenerationRequest, *, key: str = "") -> Prepared:
        """Check a request against the table, and show the call that submits it."""
        call, order = self._submission(request, key)
        shown = call.to_dict(" ".join(self._row.variables[0].split()))
        return Prepared(
            provider=self._name,
            request=request,
            cost=self._table.cost(request),
            calls=(shown,),
            warnings=_warnings(order),
        )

    async def submit(self, request: GenerationRequest, *, key: str) -> Submitted:
        """Start a task; sent again only where there is surely none, or where the key keeps it from being a second."""
        call, order = self._submission(request, key)
        tries, unsure = 0, False
        while True:
            tries += 1
            last = tries >= self._parameters.transport.attempts
            try:
                found = await self._despite_cancellation(asyncio.ensure_future(self._submitted(call, order)))
            except NetworkError as error:
                unsure |= error.sent
                if unsure and (last or not self.repeats_safely):
                    raise self._unknown(error.problem) from error
                if last:
                    raise
                found = Failure(kind=FailureKind.SERVER, message=error.problem)
            if isinstance(found, Submitted):
                return found
            if self._known.is_repeat(found):
                return await self._repeated(request, key)
            unsure |= found.maybe_created
            ends = last or not self._passes(found)
            if unsure and (ends or not self.repeats_safely):
                raise self._unknown(found.message)
            if ends:
                raise self._refusal(found)
            await self._wait(tries, found)

    async def find(self, model: str, key: str) -> Task | None:
        """The task that was submitted with `key`, where the service can be asked."""
        call = self._known.search(key)
        if call is None:
            return None
        answer = await self._repeat(call)
        return self._read(lambda: self._known.found(model, answer))

    async def poll(self, task: Task) -> TaskStatus:
        """How the task is."""
        call = self._known.query(task)
        if call is None:
            gone = Failure(kind=FailureKind.GONE, message=f"{self._row.title} keeps no results; generate it again")
            return TaskStatus(state=TaskState.EXPIRED, failure=gone)
        answer = await self._live.send(call)
        if failure := self._read(lambda: self._known.failure(answer)):
            if failure.kind == FailureKind.GONE:
                return TaskStatus(state=TaskState.EXPIRED, failure=failure)
            raise self._refusal(failure)
        status = self._read(lambda: self._known.status(task, answer))
        return self._redacted(await self._followed(task, status) if isinstance(status, Call) else status)

    async def fetch(self, task: Task, output: Output, out: Path, *, media: Media) -> FetchedFile:
        """Write a result to `out`."""
        query = self._known.query(task)
        auth = query.auth if query and query.auth else Auth()
        return await fetch(self._live, output, out, media=media, auth=auth, parameters=self._parameters.download)

    async def cancel(self, task: Task) -> bool:
        """Ask for the task to stop; False where the service has no call for that, or refuses."""
        call = self._known.cancellation(task)
        if call is None:
            return False
        try:
            answer = await self._live.send(call)
            return self._read(lambda: self._known.failure(answer)) is None
        except ProviderError:
            return False

    async def close(self) -> None:
        """Close connections."""
        if self._transport is not None:
            await self._transport.close()

    @property
    def _known(self) -> Adapter:
        """The adapter. Raises RequestRefused for a service that ended."""
        if self._adapter is None:
            said = f"{self._row.title} was shut down on {self._row.closed}; no request is sent"
            raise RequestRefused(said, hint="choose a model of another service", kind="gone")
        return self._adapter

    @property
    def _live(self) -> Transport:
        """The transport; its first use looks the key up."""
        if self._transport is None:
            secret: Secret = self._keys.of(self._row)
            allowed = Allowed(self._base, self._row.hosts)
            self._transport = Transport(allowed, secret, self._parameters.transport)
        return self._transport

    def _submission(self, request: GenerationRequest, key: str) -> tuple[Call, Order]:
        mode = self._table.check(request, today=self._today())
        order = Order(request=request, row=self._table.model(request.model), mode=mode, key=key)
        return self._known.submission(order), order

    async def _despite_cancellation(self, sent: asyncio.Future[Submitted | Failure]) -> Submitted | Failure:
        """The answer to what is being sent, also when this is cancelled: it decides whether something was paid for."""
        try:
            return await asyncio.shield(sent)
        except asyncio.CancelledError:
            await asyncio.wait([sent], timeout=_GRACE)
            if not sent.done():
                sent.cancel()
                raise self._unknown("stopped while it was being sent") from None
            try:
                found = sent.result()
            except NetworkError as error:
                if error.sent:
                    raise self._unknown("stopped while it was being sent") from None
                raise asyncio.CancelledError from None
            if isinstance(found, Failure) and not found.maybe_created:
                raise
            return found

    async def _submitted(self, call: Call, order: Order) -> Submitted | Failure:
        """One submission. An answer that cannot be read may have made a task."""
        try:
            answer = await self._live.send(call)
        except BadAnswer as error:
            raise self._unknown(error.problem) from error
        if failure := self._read(lambda: self._known.failure(answer)):
            return failure
        try:
            submitted = self._read(lambda: self._known.accepted(order, answer))
        except BadAnswer as error:
            raise self._unknown(error.problem) from error
        return Submitted(task=submitted.task, status=self._redacted(submitted.status))

    async def _repeated(self, request: GenerationRequest, key: str) -> Submitted:
        """The task that an earlier submission with this key made."""
        task = await self.find(request.model, key)
        if task is None:
            raise self._unknown("the service has a task with this key, and does not say which")
        return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED))

    async def _followed(self, task: Task, call: Call) -> TaskStatus:
        """The result that takes a second call."""
        answer = await self._live.send(call)
        if failure := self._read(lambda: self._known.failure(answer)):
            if self._known.is_end(failure):
                return TaskStatus(state=TaskState.FAILED, failure=failure)
            if failure.kind == FailureKind.GONE:
                return TaskStatus(state=TaskState.EXPIRED, failure=failure)
            raise self._refusal(failure)
        return self._read(lambda: self._known.result(task, answer))

    async def _repeat(self, call: Call) -> Answer:
        """The answer to a call that changes nothing, sent again as long as that may help."""
        tries = 0
        while True:
            tries += 1
            last = tries >= self._parameters.transport.attempts
            try:
                answer = await self._live.send(call)
            except NetworkError as error:
                if last:
                    raise
                failure = Failure(kind=FailureKind.SERVER, message=error.problem)
            else:
                found = self._read(lambda answer=answer: self._known.failure(answer))  # type: ignore[misc]
                if found is None:
                    return answer
                failure = found
                if last or not self._passes(failure):
                    raise self._refusal(failure)
            await self._wait(tries, failure)

    def _passes(self, failure: Failure) -> bool:
        """Whether the same call is worth sending again soon."""
        return failure.again and (failure.retry_after or 0) <= self._parameters.transport.longest_pause

    async def _wait(self, tries: int, failure: Failure) -> None:
        await asyncio.sleep(pause(tries, self._parameters.transport, asked=failure.retry_after))

    def _read(self, look: Callable[[], T]) -> T:
        """What an adapter makes of an answer; an answer that has another shape is told as one."""
        try:
            return look()
        except BadAnswer as error:
            raise BadAnswer(f"{self._row.title}: {self._live.redacted(error.problem)}", hint=error.hint) from error
        except (AttributeError, TypeError, KeyError, ValueError, IndexError) as error:
            said = f"{self._row.title}: an answer of another shape than its documents have ({type(error).__name__})"
            raise BadAnswer(said, hint="the service's protocol may have changed") from error

    def _redacted(self, status: TaskStatus) -> TaskStatus:
        failure = status.failure
        if failure is None:
            return status
        clean = self._clean(failure)
        return TaskStatus(
            state=status.state, outputs=status.outputs, failure=clean, progress=status.progress,
            cost_usd=status.cost_usd, facts=status.facts,
        )  # fmt: skip

    def _clean(self, failure: Failure) -> Failure:
        """A failure without keys, tokens and signatures, on one line."""
        message = " ".join(self._live.redacted(failure.message).split())[:500]
        return Failure(
            kind=failure.kind, message=message, code=failure.code[:100], status=failure.status,
            retry_after=failure.retry_after, maybe_created=failure.maybe_created,
        )  # fmt: skip

    def _refusal(self, failure: Failure) -> RequestRefused:
        clean = self._clean(failure)
        code = f" ({clean.code})" if clean.code else ""
        hint = _HINTS.get(clean.kind, "")
        if clean.kind == FailureKind.AUTH:
            variables = " and ".join(self._row.variables[0].split())
            hint = self._live.clock_hint() or f"check the key in {variables}"
        return RequestRefused(f"{self._row.title}: {clean.message}{code}", hint=hint, kind=clean.kind, code=clean.code)

    def _unknown(self, message: str) -> SubmissionUnknown:
        said = f"{self._row.title}: nobody knows whether the task was made: {self._live.redacted(message)}"
        hint = "look at the service's own list of tasks; it is submitted again only when you say so"
        return SubmissionUnknown(said, hint=hint)


def _checked_base(base: str) -> str:
    if is_loopback(base) or base.startswith("https://"):
        return base.rstrip("/")
    raise UsageError(f"{base}: the address of a service is https, or http on the loopback interface")


def _warnings(order: Order) -> tuple[str, ...]:
    """What of a request its model does not take."""
    request, row, found = order.request, order.row, []
    if request.seed is not None and not row.seed:
        found.append(f"{request.model} takes no seed: {request.seed} is not sent")
    if request.negative_prompt and not row.negative_prompt:
        found.append(f"{request.model} takes no negative prompt: it is not sent")
    if request.audio and row.audio == "no":
        found.append(f"{request.model} makes no sound")
    if not request.audio and row.audio == "always":
        found.append(f"{request.model} always makes sound")
    if row.note:
        found.append(f"{request.model}: {row.note}")
    return tuple(found)


def http_providers(
    names: Iterable[str],
    table: Catalogue,
    *,
    keys: Keys | None = None,
    bases: Mapping[str, str] | None = None,
    parameters: HttpParameters = HttpParameters(),
) -> dict[str, Provider]:
    """Several services of the table. bases: other addresses of their APIs, by name.

    Raises UsageError for a service that is not known.
    """
    chosen = bases or {}
    return {
        name: HttpProvider(name, table, keys=keys, base=chosen.get(name), parameters=parameters)
        for name in dict.fromkeys(names)
    }
