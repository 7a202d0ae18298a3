"""A job: its steps are looked up in the store, or done and stored, or, in explain mode, only named."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar, cast

from overlaycut.core.progress import Progress, no_progress
from overlaycut.pipeline.events import monitor_of
from overlaycut.pipeline.step import Key, Step
from overlaycut.pipeline.store import Store

T = TypeVar("T")

_NAMED = 2
"""Steps that are named where another one waits for many."""

State: TypeAlias = Literal["stored", "ran", "failed", "would run"]


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What became of one step of a job."""

    step: str
    subject: str
    state: State
    """Read from the store, done now, not brought to an end, or, in explain mode, to be done."""
    why: str
    """Why it was not in the store; empty where it was."""
    seconds: float


class NotStored(Exception):
    """In explain mode: the artifact that was asked for would have to be made. It never leaves a verb."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys = tuple(keys)
        first = ", ".join(f"{name} {subject}" for name, subject in self.keys[:_NAMED])
        more = len(self.keys) - _NAMED
        super().__init__(f"{first} and {more} more" if more > 0 else first)


class Pipeline:
    """Runs the steps of one job, each once: what was made is remembered, with or without a store."""

    def __init__(
        self, store: Store | None = None, progress: Progress = no_progress, *, explain: bool = False, job: str = ""
    ) -> None:
        """`job` tells the histories of jobs apart whose steps have the same names: the path of a project file."""
        self.monitor = monitor_of(progress)
        self.explain = explain
        self.log: list[StepRecord] = []
        self._store = store
        self._job = job
        self._made: dict[str, Any] = {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What went wrong with the store, for the report."""
        return () if self._store is None else tuple(self._store.warnings)

    def result(self, step: Step[T], work: Callable[[], T], *, held: bool = True) -> T:
        """The artifact of a step; `held` as for `results`.

        Raises NotStored in explain mode when it would have to be made.
        """
        made = self.results([step], lambda _: {step.key: work()}, held=held)
        return cast(T, made[step.key])

    def results(
        self,
        steps: Sequence[Step[Any]],
        work: Callable[[Sequence[Step[Any]]], Mapping[Key, Any]],
        *,
        held: bool = True,
    ) -> dict[Key, Any]:
        """The artifacts of steps that are made together; `work` is given those that are not stored.

        held: whether they stay in memory for the rest of the job; large ones that are in the store need not.
        A step whose key `work` leaves out has failed: it is not stored, and not in the result. Raises NotStored in
        explain mode when any would have to be made.
        """
        found: dict[Key, Any] = {}
        stale: list[Step[Any]] = []
        for step in steps:
            begun = time.monotonic()
            artifact = self._known(step, held=held)
            if artifact is None:
                stale.append(step)
                continue
            found[step.key] = artifact
            if all((one.step, one.subject) != step.key for one in self.log):
                self.monitor.stored(step.key)
            self._record(step, "stored", "", time.monotonic() - begun)
        return found | self._worked(stale, work, held=held) if stale else found

    def waits(self, name: str, subject: str, missing: NotStored) -> None:
        """In explain mode: a step that cannot be described before what it is made of has been made."""
        self.log.append(StepRecord(name, subject, "would run", f"waits for {missing}", 0.0))

    def _known(self, step: Step[Any], *, held: bool) -> Any:
        digest = step.digest
        if digest in self._made or not step.kept or self._store is None:
            return self._made.get(digest)
        artifact = self._store.load(step, self._job)
        if held and artifact is not None:
            self._made[digest] = artifact
        return artifact

    def _worked(
        self,
        stale: list[Step[Any]],
        work: Callable[[Sequence[Step[Any]]], Mapping[Key, Any]],
        *,
        held: bool,
    ) -> dict[Key, Any]:
        reasons = {step.key: self._why(step) for step in stale}
        if self.explain:
            for step in stale:
                self._record(step, "would run", reasons[step.key], 0.0)
            raise NotStored(step.key for step in stale)
        begun = time.monotonic()
        try:
            with self.monitor.at(*reasons):
                made = dict(work(stale))
        except BaseException:
            for step in stale:
                self._record(step, "failed", reasons[step.key], time.monotonic() - begun)
            raise
        took = time.monotonic() - begun
        for step in stale:
            if step.key not in made:
                self._record(step, "failed", reasons[step.key], took)
                continue
            self._keep(step, made[step.key], held=held)
            self._record(step, "ran", reasons[step.key], took)
        return made

    def _keep(self, step: Step[Any], artifact: Any, *, held: bool) -> None:
        stored = step.kept and self._store is not None and self._store.save(step, artifact, self._job)
        if held or not stored:
            self._made[step.digest] = artifact

    def _why(self, step: Step[Any]) -> str:
        if not step.kept:
            return "it depends on a plug-in, so it is never stored"
        return "nothing is stored" if self._store is None else self._store.why_stale(step, self._job)

    def _record(self, step: Step[Any], state: State, why: str, seconds: float) -> None:
        if not any(
            (one.step, one.subject) == step.key for one in self.log
        ):  # a step that is asked for again is no news
            self.log.append(StepRecord(step.name, step.subject, state, why, seconds))
