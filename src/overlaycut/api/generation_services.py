"""The services that a call of `generate` needs: of the table, installed by other packages, or given as objects.

A service of one's own is a `Provider` whose `models` has a row for each of its models. Its answers are checked, and
what it raises is translated, as for every part of `api.plugins`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from overlaycut.api.plugins import installed, made_provider
from overlaycut.errors import OverlaycutError, PluginError, SubmissionUnknown
from overlaycut.providers import (
    Catalogue,
    FetchedFile,
    GenerationRequest,
    ModelRow,
    Output,
    Prepared,
    Provider,
    Submitted,
    Task,
    TaskStatus,
    catalogue,
    http_providers,
)
from overlaycut.providers.protocol import Media

T = TypeVar("T")


class ServiceTable:
    """The table of models with those of services of one's own, and how the services are made."""

    def __init__(self, given: Sequence[Provider] = ()) -> None:
        """Raises PluginError for a service that is none, DocumentError for a wrong table of the user's."""
        table = catalogue()
        self._own: dict[str, CheckedProvider] = {}
        for one in given:
            checked = CheckedProvider(f"the provider {type(one).__name__}", one)
            self._own[checked.name] = checked
        for name in installed("providers"):
            if name not in table.providers and name not in self._own:
                self._own[name] = CheckedProvider(f"the provider {name!r}", made_provider(name))
        models = dict(table.models)
        for checked in self._own.values():
            models |= checked.models
        self.models = Catalogue(table.providers, models)

    def services(self, names: Iterable[str]) -> dict[str, Provider]:
        """The services of those names. Raises UsageError for one that is not known."""
        wanted = list(dict.fromkeys(names))
        own = {name: self._own[name] for name in wanted if name in self._own}
        return {**_of_table([name for name in wanted if name not in own], self.models), **own}


def _of_table(names: Sequence[str], table: Catalogue) -> dict[str, Provider]:
    """Services of the table, over HTTP."""
    return http_providers(names, table)


_METHODS = ("prepare", "submit", "find", "poll", "fetch", "cancel", "close")


class CheckedProvider:
    """A service of one's own whose answers are checked; see `Provider`."""

    def __init__(self, who: str, part: Any) -> None:
        for name in _METHODS:
            if not callable(getattr(part, name, None)):
                raise PluginError(f"{who} has no method {name!r}", hint="see docs/extending.md")
        self._who, self._part = who, part
        self.name: str = self._fact("name", str)
        self.models: Mapping[str, ModelRow] = self._rows()

    def _rows(self) -> Mapping[str, ModelRow]:
        with self._answering():
            rows: Any = getattr(self._part, "models", None)
        if not isinstance(rows, Mapping):
            raise PluginError(f"{self._who}: `models` is no mapping of its models", hint="see docs/extending.md")
        for name, row in rows.items():
            if not str(name).startswith(f"{self.name}/") or not isinstance(row, ModelRow):
                problem = f'{self._who}: `models` has {name!r}; wanted are names "{self.name}/…", each with a ModelRow'
                raise PluginError(problem, hint="see docs/extending.md")
        return dict(rows)

    def _fact(self, name: str, kind: type[T]) -> T:
        with self._answering():
            value = getattr(self._part, name, None)
        return self._checked(f"`{name}`", value, kind)

    def _seconds(self, name: str) -> float:
        with self._answering():
            value = getattr(self._part, name, None)
        return float(value) if isinstance(value, int) else self._checked(f"`{name}`", value, float)

    @property
    def concurrent(self) -> int:
        """Tasks at once, at least one."""
        return max(1, self._fact("concurrent", int))

    @property
    def repeats_safely(self) -> bool:
        """Whether a key keeps a submission that is sent again from making a second task."""
        return bool(self._fact("repeats_safely", bool))

    @property
    def poll_seconds(self) -> float:
        """Shortest time between two polls of one task."""
        return max(0.01, self._seconds("poll_seconds"))

    @property
    def patience_seconds(self) -> float:
        """Time after a submission at which waiting ends."""
        return self._seconds("patience_seconds")

    def prepare(self, request: GenerationRequest, *, key: str = "") -> Prepared:
        """The calls that would be made."""
        with self._answering():
            found = self._part.prepare(request, key=key)
        return self._checked("what `prepare` returned", found, Prepared)

    async def submit(self, request: GenerationRequest, *, key: str) -> Submitted:
        """Start a task. Raises SubmissionUnknown where the service breaks down: it may have a task then."""
        try:
            with self._answering():
                found = await self._part.submit(request, key=key)
            return self._checked("what `submit` returned", found, Submitted)
        except PluginError as error:
            raise SubmissionUnknown(error.problem, hint="mend it, and ask the service whether it has a task") from error

    async def find(self, model: str, key: str) -> Task | None:
        """The task that was submitted with `key`."""
        with self._answering():
            found = await self._part.find(model, key)
        return None if found is None else self._checked("what `find` returned", found, Task)

    async def poll(self, task: Task) -> TaskStatus:
        """How the task is."""
        with self._answering():
            found = await self._part.poll(task)
        return self._checked("what `poll` returned", found, TaskStatus)

    async def fetch(self, task: Task, output: Output, out: Path, *, media: Media) -> FetchedFile:
        """Write an output to `out`."""
        with self._answering():
            found = await self._part.fetch(task, output, out, media=media)
        checked = self._checked("what `fetch` returned", found, FetchedFile)
        if not checked.path.is_file():
            raise PluginError(f"{self._who}: `fetch` wrote no file at {checked.path}", hint="mend it, or leave it out")
        return checked

    async def cancel(self, task: Task) -> bool:
        """Ask for the task to stop."""
        with self._answering():
            return bool(await self._part.cancel(task))

    async def close(self) -> None:
        """Close connections."""
        with self._answering():
            await self._part.close()

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except OverlaycutError:
            raise
        except Exception as error:
            problem = f"{self._who} raised {type(error).__name__}: {error}"
            raise PluginError(problem, hint="mend it, or leave it out") from error

    def _checked(self, what: str, value: Any, kind: type[T]) -> T:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            name = getattr(kind, "__name__", str(kind))
            problem = f"{self._who}: {what} is {type(value).__name__}, not {name}"
            raise PluginError(problem, hint="see docs/extending.md")
        return value
