"""How long work says how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """What is called while long work goes on."""

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """The named step has `done` units of `total` behind it; `total` is None where nobody knows."""


def no_progress(step: str, done: int, total: int | None) -> None:
    """The progress of work that nobody watches."""


def with_progress(items: Iterator[T], progress: Progress, step: str, total: int | None) -> Iterator[T]:
    """The same items, each told to `progress` once it has been taken."""
    progress(step, 0, total)
    for done, item in enumerate(items, start=1):
        yield item
        progress(step, done, total)
