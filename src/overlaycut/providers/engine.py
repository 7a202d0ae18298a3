"""Many tasks at once, each paid once: written down, submitted, waited for, fetched, written down again.

One coroutine does the work; `generate_clips` is for callers that have no event loop. What a process leaves undone, by
a crash or by Ctrl-C, the next one takes up from the ledger: tasks that a service has are asked for again, files that
were begun are continued, and a task of which nobody knows whether it was made is reported and left alone.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from overlaycut.errors import (
    BadAnswer,
    Cancelled,
    MissingKey,
    NetworkError,
    OutputError,
    OverlaycutError,
    RequestRefused,
    SubmissionUnknown,
    UsageError,
)
from overlaycut.media.outputs import record
from overlaycut.providers.jobs import (
    Job,
    Listener,
    TaskResult,
    check_budget,
    check_outputs,
    estimate,
    is_here,
    is_new,
    nobody_listens,
    provider_of,
)
from overlaycut.providers.ledger import Ledger, LedgerEntry
from overlaycut.providers.media_kinds import suffix
from overlaycut.providers.protocol import (
    Failure,
    FailureKind,
    FetchedFile,
    Prepared,
    Provider,
    Submitted,
    Task,
    TaskState,
    TaskStatus,
)

_ENDED = (TaskState.FAILED, TaskState.CANCELLED, TaskState.EXPIRED)
_WATCH_SECONDS = 0.2
"""How often is asked whether to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParameters:
    """How tasks are waited for."""

    jitter: float = 0.3
    """Share of a pause between polls that is added at random; 0..1. Runway's package waits 6 s and up to half more."""
    slower: float = 1.05
    """Factor by which that pause grows with every poll, up to `slowest` times the first one; 1..2."""
    slowest: float = 3.0
    gone_polls: int = 4
    """Polls in a row that say that there is no such task before it counts as gone: a service may answer so at first."""
    strange_polls: int = 3
    """Answers in a row that nobody understands after which waiting ends; a page of something in between passes."""
    renewals: int = 4
    """Times that expired addresses of a result are asked for again; 0..20."""
    over_estimate: Decimal = Decimal("1.0")
    """Factor of the table's price up to which a service's own price is accepted; a dearer task is cancelled. 1..2."""
    cancel_tasks: bool = False
    """Whether services are asked to stop what is under way on a stop; else it is fetched another time."""
    cancel_seconds: float = 10.0
    """Seconds that cancelling tasks may take after a stop was asked for; 0..60."""


async def generate_all(
    jobs: Sequence[Job],
    providers: Mapping[str, Provider],
    ledger: Ledger,
    *,
    budget: Decimal | None = None,
    listen: Listener = nobody_listens,
    cancelled: Callable[[], bool] = lambda: False,
    force: bool = False,
    parameters: EngineParameters = EngineParameters(),
) -> tuple[TaskResult, ...]:
    """Do all tasks, as many at once as each service takes; results in the order of the jobs.

    budget: US dollars that new tasks may cost together. cancelled: asked every now and then; once it says so, waiting
    ends, and Cancelled is raised. force: whether files that overlaycut did not write may be replaced. A task that fails
    is a result with an error, not an exception. Before anything is sent, raises BudgetExceeded, UsageError for outputs
    that clash or would replace a foreign file, and as `Provider.prepare` for a request that its model does not take.
    """
    run = _Run(providers, ledger, listen, parameters)
    entries = run.plan(jobs, budget, force=force)
    work = [asyncio.ensure_future(run.do(job, entry)) for job, entry in zip(jobs, entries, strict=True)]
    try:
        await _watched(work, cancelled)
    except BaseException as error:
        run.stopping = True
        for one in work:
            one.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        if parameters.cancel_tasks and isinstance(error, asyncio.CancelledError | Cancelled):
            await run.cancel_all(jobs)
        raise
    return tuple(one.result() for one in work)


def generate_clips(
    jobs: Sequence[Job], providers: Callable[[], Mapping[str, Provider]], ledger: Ledger, **options: object
) -> tuple[TaskResult, ...]:
    """`generate_all` for callers without an event loop; with one, in a thread of its own.

    providers: makes the services within the loop that uses them; they are closed at the end.
    """

    async def work() -> tuple[TaskResult, ...]:
        made = providers()
        try:
            return await generate_all(jobs, made, ledger, **options)  # type: ignore[arg-type]
        finally:
            await asyncio.gather(*(one.close() for one in made.values()), return_exceptions=True)

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work())
    with ThreadPoolExecutor(1, thread_name_prefix="overlaycut-generate") as pool:
        return pool.submit(asyncio.run, work()).result()


class _Run:
    """The tasks of one call."""

    def __init__(
        self, providers: Mapping[str, Provider], ledger: Ledger, listen: Listener, parameters: EngineParameters
    ) -> None:
        self._providers, self._ledger, self._listen, self._parameters = providers, ledger, listen, parameters
        self.stopping = False
        """Whether no further step is taken: an answer that came is written down, and that is all."""
        self._prepared: dict[str, Prepared] = {}
        """Of tasks that are new, by key."""
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._strange: dict[str, int] = {}
        """Answers in a row that nobody understood, by number of the task."""

    def plan(self, jobs: Sequence[Job], budget: Decimal | None, *, force: bool) -> list[LedgerEntry]:
        """Check everything, then write everything down; nothing is sent yet."""
        if len({job.key for job in jobs}) < len(jobs):
            raise UsageError("two tasks are the same one", hint="give candidates different takes")
        known = {job.key: self._ledger.entry(job.key) for job in jobs}
        new = [job for job in jobs if is_new(known[job.key])]
        prepared = estimate(new, self._providers)
        self._prepared = {job.key: one for job, one in zip(new, prepared, strict=True)}
        if budget is not None:
            check_budget(prepared, budget)
        check_outputs([job for job in jobs if not is_here(known[job.key])], force=force)
        return [known[job.key] or self._written(job) for job in jobs]

    def _written(self, job: Job) -> LedgerEntry:
        request = job.request
        return self._ledger.plan(
            LedgerEntry(
                key=job.key,
                project=job.project,
                shot=job.shot,
                take=job.take,
                provider=job.provider,
                model=request.model,
                request=request.to_dict(),
                digest=request.digest,
                estimate_usd=self._prepared[job.key].cost.usd,
                seconds=None if request.duration is None else float(request.duration),
            )
        )

    async def do(self, job: Job, entry: LedgerEntry) -> TaskResult:
        """One task, from wherever it stands, to its end."""
        error: OverlaycutError | None = None
        if is_here(entry):
            self._listen(job, entry.state, "it is here already")
        else:
            try:
                task, status, provider = await self._made(job, entry)
                await self._fetched(job, task, status, provider)
            except OverlaycutError as problem:
                error = problem
        return self._result(job, entry, error)

    def _result(self, job: Job, before: LedgerEntry, error: OverlaycutError | None) -> TaskResult:
        entry = self._ledger.entry(job.key) or before
        prepared = self._prepared.get(job.key)
        paths = entry.facts.get("paths", []) if entry.path else []
        return TaskResult(
            job=job,
            state=entry.state,
            paths=tuple(Path(path) for path in paths),
            sha256=entry.sha256,
            cost_usd=entry.charged_usd,
            error=error,
            task_id=entry.task_id,
            facts={name: value for name, value in entry.facts.items() if name not in ("paths", "warnings")},
            warnings=(*(prepared.warnings if prepared else ()), *entry.facts.get("warnings", [])),
            paid_before=not is_new(before),
        )

    async def _made(self, job: Job, entry: LedgerEntry) -> tuple[Task, TaskStatus, Provider]:
        """The task with its result at the service, submitted where it is not yet."""
        provider = provider_of(self._providers, job)
        async with self._slots.setdefault(job.provider, asyncio.Semaphore(provider.concurrent)):
            fresh = entry.task is None or is_new(entry)
            submitted = await self._begun(job, entry, provider)
            return submitted.task, await self._waited(job, submitted, provider, fresh=fresh), provider

    async def _begun(self, job: Job, entry: LedgerEntry, provider: Provider) -> Submitted:
        """The task as the service has it: submitted now, or in an earlier run."""
        if entry.state in (TaskState.SUBMITTING, TaskState.UNKNOWN):
            return await self._recovered(job, entry, provider)
        if is_new(entry):
            self._refuse_repeat(job, entry)
            if entry.state != TaskState.PLANNED:
                self._ledger.release(job.key, note="tried again", estimate_usd=self._prepared[job.key].cost.usd)
            return await self._submitted(job, provider)
        if entry.task is None:
            raise RequestRefused(f"{job.provider}: the ledger has no number of this task", kind="gone")
        # Even what had expired is asked for: the key may have been that of another account.
        return Submitted(task=entry.task, status=TaskStatus(state=TaskState.QUEUED))

    def _refuse_repeat(self, job: Job, entry: LedgerEntry) -> None:
        """Raises RequestRefused for what the service refused before and would refuse again."""
        failure = entry.failure
        if failure is None or entry.state == TaskState.PLANNED:
            return
        price, asked = self._prepared[job.key].cost.usd, entry.estimate_usd
        dearer = failure.kind == FailureKind.PRICE and price is not None and asked is not None and price < asked
        if dearer or failure.kind in (FailureKind.MODERATION, FailureKind.INVALID):
            said, hint = f"{failure.message}; it was not sent again", "change the request, or ask for another take"
            raise RequestRefused(said, hint=hint, kind=str(failure.kind), code=failure.code)

    async def _recovered(self, job: Job, entry: LedgerEntry, provider: Provider) -> Submitted:
        """A task of which the ledger does not know whether it was made.

        Raises SubmissionUnknown where the service cannot be asked and would make a second task.
        """
        if entry.state == TaskState.SUBMITTING and not self._ledger.abandoned(entry):
            raise SubmissionUnknown(f"another process is submitting this task ({entry.owner})", hint="wait for it")
        task = await provider.find(job.request.model, job.key)
        if task is not None:
            self._ledger.submitted(job.key, task, TaskState.QUEUED)
            return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED))
        if provider.repeats_safely:
            self._ledger.release(job.key, note="sent again with the same key")
            return await self._submitted(job, provider)
        error = SubmissionUnknown(
            f"shot {job.shot or '-'}, take {job.take}: an earlier run ended while it submitted this task, and "
            f"{job.provider} cannot be asked whether it was made",
            hint="look at the service's own list of tasks, then release the task or leave it",
        )
        self._end(job, TaskState.UNKNOWN, Failure(kind=FailureKind.OTHER, message=error.problem))
        raise error

    async def _submitted(self, job: Job, provider: Provider) -> Submitted:
        """Submit a planned task; that it is going to be is on disk before it is."""
        if not self._ledger.claim(job.key):
            raise SubmissionUnknown("another process took this task", hint="wait for it")
        self._listen(job, TaskState.SUBMITTING, "")
        try:
            submitted = await provider.submit(job.request, key=job.key)
        except asyncio.CancelledError:
            self._ledger.release(job.key, note="stopped before it was sent")
            raise
        except SubmissionUnknown as error:
            self._end(job, TaskState.UNKNOWN, Failure(kind=FailureKind.OTHER, message=error.problem))
            raise
        except (MissingKey, NetworkError):
            self._ledger.release(job.key, note="nothing was sent")
            raise
        except RequestRefused as error:
            self._end(job, TaskState.FAILED, Failure(kind=_kind(error), code=error.code, message=error.problem))
            raise
        submitted = await self._agreed(job, submitted, provider)
        if self.stopping:
            raise asyncio.CancelledError
        return submitted

    async def _agreed(self, job: Job, submitted: Submitted, provider: Provider) -> Submitted:
        """A task whose price is what the table says; a dearer one is cancelled."""
        prepared, asked = self._prepared.get(job.key), submitted.status.cost_usd
        expected = prepared.cost.usd if prepared else None
        try:
            self._ledger.submitted(job.key, submitted.task, TaskState.QUEUED, estimate_usd=asked)
        except OutputError as error:
            said = f"task {submitted.task.id} of {job.provider} is paid for and could not be written down"
            raise OutputError(f"{said}: {error.problem}", hint="note its number; then make room") from error
        self._listen(job, TaskState.QUEUED, f"task {submitted.task.id}")
        if asked is None or expected is None or asked <= expected * self._parameters.over_estimate:
            return submitted
        said = f"{job.provider} asks ${asked} for what cost ${expected} when the table was written"
        if await provider.cancel(submitted.task):
            self._end(job, TaskState.CANCELLED, Failure(kind=FailureKind.PRICE, message=said))
            hint = "put the new price into your providers.toml if you accept it"
            raise RequestRefused(f"{said}; the task was cancelled", hint=hint, kind="price")
        self._ledger.progressed(job.key, TaskState.QUEUED, facts={"warnings": [f"{said}; it could not be cancelled"]})
        return submitted

    async def _waited(self, job: Job, submitted: Submitted, provider: Provider, *, fresh: bool) -> TaskStatus:
        """The status of the finished task. Raises RequestRefused when it failed, NetworkError when time is up.

        fresh: whether it was submitted just now, so that the service may not know it everywhere yet.
        """
        status, task, polls = submitted.status, submitted.task, 0
        deadline = time.monotonic() + provider.patience_seconds
        state, gone, problem = status.state, 0, ""
        patience = self._parameters.gone_polls if fresh else 1
        while not (status.outputs or (status.state in _ENDED and gone == 0)):
            if fresh or polls:
                await self._pause(provider, polls, deadline)
            if time.monotonic() >= deadline:
                said = f"not done after {provider.patience_seconds:.0f} s{f' ({problem})' if problem else ''}"
                hint = "run the same command again to go on waiting"
                raise NetworkError(f"{job.provider}: task {task.id}: {said}", hint=hint, sent=True)
            polls += 1
            status, problem = await self._polled(provider, task, status, deadline)
            lost = status.state == TaskState.EXPIRED and _is_gone(status)
            gone = gone + 1 if lost and gone + 1 < patience else 0
            if status.state != state and not gone:
                state = status.state
                self._note(job, status)
        if status.outputs:
            return status
        raise self._ended(job, status)

    async def _polled(
        self, provider: Provider, task: Task, before: TaskStatus, deadline: float
    ) -> tuple[TaskStatus, str]:
        """A poll; what may pass leaves the status as it was, with the reason."""
        try:
            async with asyncio.timeout(max(0.1, deadline - time.monotonic())):
                status = await provider.poll(task)
        except TimeoutError:
            return before, "the service does not answer"
        except BadAnswer as error:
            self._strange[task.id] = self._strange.get(task.id, 0) + 1
            if self._strange[task.id] >= self._parameters.strange_polls:
                raise
            return before, error.problem
        except NetworkError as error:
            return before, error.problem
        except RequestRefused as error:
            if not Failure(kind=_kind(error), message="").again:
                raise
            return before, error.problem
        self._strange.pop(task.id, None)
        return status, ""

    async def _pause(self, provider: Provider, polls: int, deadline: float) -> None:
        wait = provider.poll_seconds * min(self._parameters.slower**polls, self._parameters.slowest)
        wait *= 1 + self._parameters.jitter * random.random()
        await asyncio.sleep(max(0.0, min(wait, deadline - time.monotonic())))

    def _note(self, job: Job, status: TaskStatus) -> None:
        if not status.state.is_final:
            self._ledger.progressed(job.key, status.state, cost_usd=status.cost_usd, facts=dict(status.facts))
            self._listen(job, status.state, "")

    def _ended(self, job: Job, status: TaskStatus) -> RequestRefused:
        """Write a task without a result down; the error that says so."""
        failure = status.failure or Failure(kind=FailureKind.OTHER, message=f"the task is {status.state}")
        self._end(job, status.state, failure, status.cost_usd)
        code = f" ({failure.code})" if failure.code else ""
        hint = {
            FailureKind.MODERATION: "change the prompt or the picture",
            FailureKind.GONE: "ask for another take",
            FailureKind.SERVER: "run the same command again",
        }.get(failure.kind, "")
        said = f"{job.provider}: {failure.message}{code}"
        return RequestRefused(said, hint=hint, kind=str(failure.kind), code=failure.code)

    def _end(self, job: Job, state: TaskState, failure: Failure, cost: Decimal | None = None) -> None:
        self._ledger.ended(job.key, state, failure, cost_usd=cost)
        self._listen(job, state, failure.message)

    async def _fetched(self, job: Job, task: Task, status: TaskStatus, provider: Provider) -> None:
        """Fetch all outputs; addresses that have expired are asked for again."""
        self._ledger.progressed(job.key, TaskState.SUCCEEDED, cost_usd=status.cost_usd, facts=dict(status.facts))
        self._listen(job, TaskState.SUCCEEDED, "")
        renewals, files = 0, list[FetchedFile]()
        while len(files) < len(status.outputs):
            n = len(files)
            try:
                file = await provider.fetch(task, status.outputs[n], job.named(n, ".fetched"), media=job.media)
            except RequestRefused as error:
                renewals += 1
                if error.kind != FailureKind.GONE or renewals > self._parameters.renewals:
                    raise
                status = await self._renewed(job, task, status, provider)
                continue
            final = job.named(n, suffix(file.mime))
            file.path.replace(final)
            record(final)
            files.append(replace(file, path=final))
        self._ledger.progressed(job.key, TaskState.SUCCEEDED, facts={"paths": [str(file.path) for file in files]})
        self._ledger.fetched(job.key, files[0])
        self._listen(job, TaskState.FETCHED, str(files[0].path))

    async def _renewed(self, job: Job, task: Task, status: TaskStatus, provider: Provider) -> TaskStatus:
        """The task again, with fresh addresses. Raises RequestRefused when its result is not there any more."""
        await asyncio.sleep(min(provider.poll_seconds, 1.0))
        fresh, problem = await self._polled(provider, task, status, time.monotonic() + 60)
        if not fresh.outputs and not problem:
            raise self._ended(job, fresh)
        return fresh

    async def cancel_all(self, jobs: Sequence[Job]) -> None:
        """Ask services to stop the tasks that are under way, for a few seconds at most."""

        async def stop(job: Job) -> None:
            entry = self._ledger.entry(job.key)
            if entry is None or entry.task is None or entry.state not in (TaskState.QUEUED, TaskState.RUNNING):
                return
            if await provider_of(self._providers, job).cancel(entry.task):
                self._end(job, TaskState.CANCELLED, Failure(kind=FailureKind.OTHER, message="cancelled on request"))

        try:
            async with asyncio.timeout(self._parameters.cancel_seconds):
                await asyncio.gather(*(stop(job) for job in jobs), return_exceptions=True)
        except TimeoutError:
            return


async def _watched(work: Sequence[asyncio.Future[TaskResult]], cancelled: Callable[[], bool]) -> None:
    """Wait for all tasks. Raises Cancelled once `cancelled` says so, and at once whatever one of them raises."""
    waiting = set(work)
    while waiting:
        done, waiting = await asyncio.wait(waiting, timeout=_WATCH_SECONDS, return_when=asyncio.FIRST_EXCEPTION)
        for one in done:
            one.result()
        if waiting and cancelled():
            raise Cancelled("cancelled; tasks under way are in the ledger", hint="run the same command again to go on")


def _kind(error: RequestRefused) -> FailureKind:
    """The kind that an error names; services of one's own may name others."""
    try:
        return FailureKind(error.kind)
    except ValueError:
        return FailureKind.OTHER


def _is_gone(status: TaskStatus) -> bool:
    return status.failure is not None and status.failure.kind == FailureKind.GONE
