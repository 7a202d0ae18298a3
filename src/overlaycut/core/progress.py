"""Progress reporting of long operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar, runtime_checkable

T = TypeVar("T")


@runtime_checkable
class Progress(Protocol):
    """Called repeatedly during a long operation."""

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """`done` of `total` units of the named step are complete; `total` is None where it is not known."""


def no_progress(step: str, done: int, total: int | None) -> None:
    """Reports nothing."""


def with_progress(items: Iterator[T], progress: Progress, step: str, total: int | None) -> Iterator[T]:
    """The same items; `progress` is called after each."""
    progress(step, 0, total)
    for done, item in enumerate(items, start=1):
        yield item
        progress(step, done, total)
