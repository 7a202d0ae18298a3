"""What a job says while it runs, and how it is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from threading import Event as Flag
from threading import RLock

from overlaycut.core.progress import Progress, no_progress
from overlaycut.errors import Cancelled, InvalidValue
from overlaycut.pipeline.step import Key

_SOONEST = 0.02
"""Share of a job that has to be done before the time that is left is worth saying."""
_OF_A_LABEL = 0.95
"""How far a step is at most before it ends, 0..1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """How far a job is."""

    step: str
    """Name of the step that it is at."""
    subject: str
    label: str
    """What of the step goes on, for people."""
    done: int
    total: int | None
    """Units of the label, most often frames; None where nobody knows."""
    share: float
    """Of the whole job, 0..1; it never falls."""
    frames_per_second: float | None
    """Units per second since the label began; None at its start."""
    seconds_left: float | None
    """Of the whole job; None while too little is done to tell."""
    stored: bool = False
    """Whether the step's artifact came from the store, so that nothing had to be done."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A step that will be part of a job, and how much of its time it takes, relative to the others."""

    name: str
    subject: str
    weight: float = 1.0


class Cancellation:
    """A request to stop, made from any thread."""

    def __init__(self) -> None:
        self._flag = Flag()

    def cancel(self) -> None:
        """Ask for the job to stop at its next sign of progress."""
        self._flag.set()

    @property
    def cancelled(self) -> bool:
        """Whether that was asked for."""
        return self._flag.is_set()

    def check(self) -> None:
        """Raises Cancelled once it was asked for."""
        if self._flag.is_set():
            raise Cancelled("cancelled; nothing half-written was left", hint="what was finished is in the cache")


def _nobody(event: Event) -> None:
    """Listens to events that nobody wants."""


class Monitor:
    """A `Progress` that knows which step of a job it belongs to: makes events, checks for cancellation, passes on."""

    def __init__(
        self,
        progress: Progress = no_progress,
        listen: Callable[[Event], None] = _nobody,
        *,
        cancellation: Cancellation | None = None,
        permit: Callable[[Sequence[Key]], AbstractContextManager[object]] = nullcontext,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`permit` is entered before the steps of one pass begin, and left when they have ended: it may wait.

        Raises InvalidValue for what cannot be called, or is no Cancellation.
        """
        for name, value in (("progress", progress), ("listen", listen), ("permit", permit), ("clock", clock)):
            if not callable(value):
                raise InvalidValue(f"Monitor: {name}: found {value!r}", hint="allowed: a function")
        if not isinstance(cancellation, Cancellation | None):
            raise InvalidValue(f"Monitor: cancellation: found {cancellation!r}", hint="allowed: a Cancellation or None")
        self._progress = progress
        self._listen = listen
        self._cancellation = cancellation or Cancellation()
        self._permit = permit
        self._clock = clock
        self._lock = RLock()
        self._weights: dict[Key, float] = {}
        self._shares: dict[Key, float] = {}
        self._current: tuple[Key, ...] = ()
        self._share = 0.0
        self._began = clock()
        self._label: tuple[Key, str] = (("", ""), "")
        self._label_began = self._began

    def expect(self, steps: Iterable[Expected]) -> None:
        """Name steps that will come, so that the overall share knows of them."""
        with self._lock:
            for step in steps:
                self._weights.setdefault((step.name, step.subject), step.weight)

    @contextmanager
    def at(self, *keys: Key) -> Iterator[None]:
        """Progress within is that of a step, or of several that are made in one pass; all are done at the end."""
        with nullcontext() if self._current else self._permit(keys), self._within(keys):
            self._cancellation.check()
            yield
            with self._lock:
                self._shares |= dict.fromkeys(keys, 1.0)

    @contextmanager
    def _within(self, keys: tuple[Key, ...]) -> Iterator[None]:
        with self._lock:
            before, self._current = self._current, keys
            for key in keys:
                self._weights.setdefault(key, 1.0)
        try:
            yield
        finally:
            with self._lock:
                self._current = before

    def stored(self, key: Key) -> None:
        """A step's artifact came from the store."""
        self._cancellation.check()
        with self._lock:
            self._weights.setdefault(key, 1.0)
            self._shares[key] = 1.0
            self._tell(key, "", 1, 1, stored=True)

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """Progress of work within the current step. Raises Cancelled."""
        self._cancellation.check()
        with self._lock:
            key = self._current[0] if self._current else ("", "")
            if self._label != (key, step) or done == 0:
                self._label, self._label_began = (key, step), self._clock()
            if total:
                for one in self._current:
                    # The end of one label is not that of the step: others may follow.
                    share = _OF_A_LABEL * min(done / total, 1.0)
                    self._shares[one] = max(self._shares.get(one, 0.0), share)
            self._tell(key, step, done, total, stored=False)
        self._progress(step, done, total)

    def _tell(self, key: Key, label: str, done: int, total: int | None, *, stored: bool) -> None:
        weights = sum(self._weights.values())
        reached = sum(weight * self._shares.get(one, 0.0) for one, weight in self._weights.items())
        self._share = max(self._share, min(reached / weights, 1.0) if weights else 0.0)
        now = self._clock()
        worked, passed = now - self._label_began, now - self._began
        self._listen(
            Event(
                step=key[0],
                subject=key[1],
                label=label,
                done=done,
                total=total,
                share=self._share,
                frames_per_second=done / worked if done and worked > 0 and not stored else None,
                seconds_left=passed * (1 - self._share) / self._share if self._share >= _SOONEST else None,
                stored=stored,
            )
        )


def monitor_of(progress: Progress) -> Monitor:
    """`progress` itself where it is a monitor, else one that passes everything on to it."""
    return progress if isinstance(progress, Monitor) else Monitor(progress)
