"""The verbs of the cache: what it holds, and how it is emptied."""

from __future__ import annotations

from overlaycut.api.boundary import verb
from overlaycut.api.results import CachedStep, CacheReport
from overlaycut.pipeline import Store, Usage


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
