"""`watch_folder`: clips and projects run as they arrive in a folder."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from overlaycut.api import EncoderChoice, MasterKind
from overlaycut.api.boundary import verb
from overlaycut.api.inputs import File
from overlaycut.batch.collecting import Source, collected
from overlaycut.batch.jobs import Job, Rendering
from overlaycut.batch.ledger import Ledger
from overlaycut.batch.processes import LocalPool
from overlaycut.batch.results import BatchEntry, BatchReport
from overlaycut.batch.running import (
    DEFAULT_LIMIT_SECONDS,
    LOG,
    Batch,
    require_encoder,
    require_settings,
    workers_for_machine,
)
from overlaycut.errors import MissingInput

SETTLE_SECONDS = 3.0
"""How long a file must have stayed as it is before it counts as whole: longer than programs pause while they write."""
_LOOK_SECONDS = 1.0
"""Between two looks at the folder."""


@dataclass(slots=True)
class Arrivals:
    """Files of a folder that have stopped growing, each once for each of its states."""

    settle_seconds: float = SETTLE_SECONDS
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[tuple[int, int], float]] = field(default_factory=dict)
    """Path → size and time, and when they were first seen."""
    _taken: dict[str, tuple[int, int]] = field(default_factory=dict)

    def whole(self, sources: Sequence[Source]) -> list[Source]:
        """Those that are whole and were not given before as they are now."""
        return [source for source in sources if self._is_whole(str(source.path))]

    def _is_whole(self, path: str) -> bool:
        try:
            found = os.stat(path)
        except OSError:  # it went away again
            self._seen.pop(path, None)
            return False
        state, now = (found.st_size, found.st_mtime_ns), self.clock()
        before = self._seen.get(path)
        if before is None or before[0] != state:
            self._seen[path] = (state, now)
            return False
        if not state[0] or now - before[1] < self.settle_seconds or self._taken.get(path) == state:
            return False
        self._taken[path] = state
        return True


@verb
def watch_folder(
    folder: File,
    out: File = "overlaycut-batch",
    *,
    outputs: Sequence[str] = (),
    jobs: int | None = None,
    limit_seconds: float = DEFAULT_LIMIT_SECONDS,
    settle_seconds: float = SETTLE_SECONDS,
    master: MasterKind = "h264",
    encoder: EncoderChoice = "x264",
    force: bool = False,
    until: Callable[[], bool] = lambda: False,
    tell: Callable[[BatchEntry], None] | None = None,
) -> BatchReport:
    """Run what arrives in a folder, as `run_all` does, until `until` says so (or KeyboardInterrupt).

    A file is begun when it has stayed as it is for `settle_seconds`: not while a browser or a copy still writes it. A
    clip's still has to be there by then, beside it and of the same name. `tell` gets each result as it comes.
    """
    place, results = Path(folder), Path(out)
    if not place.is_dir():
        raise MissingInput(place, "no such folder", hint="name the folder in which clips arrive")
    require_settings("watch_folder", jobs, outputs, limit_seconds=limit_seconds, settle_seconds=settle_seconds)
    require_encoder(encoder)
    begun = time.monotonic()
    with Ledger(results) as ledger:
        batch = Batch(ledger, results, Rendering(master=master, encoder=encoder, force=force), tell=tell)
        watched = _Watched(batch, place, tuple(outputs), Arrivals(settle_seconds))
        pool = LocalPool(jobs or workers_for_machine(), results / LOG, limit_seconds)
        for outcome in pool.run(watched.jobs(until), batch.told):
            batch.end(outcome)
        return batch.report(tuple(watched.keys), seconds=time.monotonic() - begun, forecast=None)


@dataclass(slots=True)
class _Watched:
    """A folder, and what has arrived in it."""

    batch: Batch
    folder: Path
    outputs: tuple[str, ...]
    arrivals: Arrivals
    keys: dict[str, None] = field(default_factory=dict)
    """Of what has arrived, in its order."""

    def jobs(self, until: Callable[[], bool]) -> Iterator[Job | None]:
        """Jobs as they arrive; None while there is none."""
        looked = -math.inf
        while not until():
            if (now := time.monotonic()) - looked >= _LOOK_SECONDS:
                looked = now
                there = list(collected([self.folder], self.outputs, without=self.batch.folder))
                self.keys.update(dict.fromkeys(self.batch.plan(self.arrivals.whole(there))))
            yield next(self.batch.jobs(), None)
