"""The verbs of the cache: what it holds, and how it is emptied."""

from __future__ import annotations

import logging
from pathlib import Path

from overlaycut.api.boundary import verb
from overlaycut.api.results import CachedStep, CacheReport
from overlaycut.core.progress import Progress
from overlaycut.pipeline import Pipeline, Store, Usage

_log = logging.getLogger(__name__)


@verb
def cache_info() -> CacheReport:
    """Where results of steps are kept, how many there are, and how much room they take."""
    store = Store()
    return _report(store.usage(), store)


@verb
def cache_clear() -> CacheReport:
    """Remove every result from the cache; returns what was removed. Raises OutputError when it may not be written."""
    store = Store()
    return _report(store.clear(), store)


def pipeline_of(progress: Progress, *, cache: bool, job: Path, explain: bool = False) -> Pipeline:
    """The pipeline of one verb; `job` is the file that its steps belong to, so that their histories are told apart."""
    return Pipeline(Store() if cache else None, progress, explain=explain, job=str(job.resolve()))


def log_warnings(pipeline: Pipeline) -> None:
    """Log what went wrong with the cache, for verbs whose results have no place for it."""
    for text in pipeline.warnings:
        _log.warning("%s", text)


def _report(usage: Usage, store: Store) -> CacheReport:
    steps = tuple(CachedStep(name=name, entries=n, bytes=size) for name, (n, size) in usage.steps.items())
    store.close()
    return CacheReport(
        folder=usage.folder,
        entries=usage.entries,
        bytes=usage.bytes,
        limit=usage.limit,
        steps=steps,
        warnings=tuple(store.warnings),
    )
