"""OpenCV's random numbers, seeded without a trace.

OpenCV keeps one generator per thread, which k-means and GrabCut draw from and which can be set but not read. Whoever
needs the same result on every run has them draw in a thread of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import cv2

T = TypeVar("T")


def with_seed(seed: int, call: Callable[[], T]) -> T:
    """What `call` returns while OpenCV draws from a generator seeded with `seed`; the caller's stays as it is."""
    with ThreadPoolExecutor(1, initializer=cv2.setRNGSeed, initargs=(seed,)) as thread:
        return thread.submit(call).result()
