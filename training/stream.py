"""Samples that several processes draw while a network is trained, kept on the device that trains it."""

from __future__ import annotations

import math
import mmap
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from queue import Empty
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Bytes = NDArray[np.uint8]
Drawing = Callable[[np.random.Generator], Sequence[Bytes]]
"""Draws one sample: its arrays, of the shapes that the stream was told."""

_BLOCK = 32
"""Samples that are handed over at once."""


class Stream:
    """Draws until the program ends. Make it before anything uses the device: processes are forked."""

    def __init__(
        self, draw: Drawing, shapes: Sequence[tuple[int, ...]], *, workers: int, capacity: int, seed: int
    ) -> None:
        """capacity: samples that are kept, a multiple of 32; then the oldest make room."""
        self._shapes, self.capacity, self.drawn = shapes, capacity, 0
        size = sum(map(math.prod, shapes))
        count = 3 * workers
        shared = np.frombuffer(mmap.mmap(-1, count * _BLOCK * size), dtype=np.uint8)
        self._blocks = shared.reshape(count, _BLOCK, size)
        context = get_context("fork")
        self._free, self._ready = context.Queue(), context.Queue()
        for at in range(count):
            self._free.put(at)
        for worker in range(workers):
            parts = (draw, self._blocks, self._free, self._ready, [seed, worker])
            context.Process(target=_work, args=parts, daemon=True).start()
        self._kept: Tensor | None = None

    def take_in(self, device: torch.device, *, least: int = 0) -> None:
        """Take over what was drawn, and wait until there are `least` samples."""
        if self._kept is None:
            size = self._blocks.shape[2]
            self._kept = torch.empty((self.capacity, size), dtype=torch.uint8, device=device)
        while True:
            try:
                block = self._ready.get(timeout=60) if self.drawn < least else self._ready.get_nowait()
            except Empty:
                if self.drawn < least:
                    raise RuntimeError("nothing was drawn for a minute") from None
                return
            first = self.drawn % self.capacity
            self._kept[first : first + _BLOCK].copy_(torch.from_numpy(self._blocks[block]))
            self._free.put(block)
            self.drawn += _BLOCK

    def batch(self, count: int) -> list[Tensor]:
        """Samples by chance among those kept: one tensor of bytes for each array."""
        assert self._kept is not None
        chosen = torch.randint(min(self.drawn, self.capacity), (count,), device=self._kept.device)
        parts = self._kept[chosen].split([math.prod(shape) for shape in self._shapes], dim=1)
        return [part.reshape(count, *shape) for part, shape in zip(parts, self._shapes, strict=True)]


def _work(draw: Drawing, blocks: Bytes, free: Any, ready: Any, seed: list[int]) -> None:
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    while True:
        block = free.get()
        for at in range(_BLOCK):
            blocks[block, at] = np.concatenate([part.ravel() for part in draw(rng)])
        ready.put(block)


class Clock:
    """How far a run of so many minutes has come, and the learning rate that belongs to it."""

    def __init__(self, minutes: float, peak: float, warm_up: int) -> None:
        self._seconds, self._peak, self._warm_up = 60 * minutes, peak, warm_up
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.perf_counter() - self._started

    @property
    def share(self) -> float:
        """Of the run that is over, 0..1."""
        return min(self.seconds / self._seconds, 1.0)

    def rate(self, step: int) -> float:
        """Rising over the first steps, then along a cosine to 0 at the end."""
        return self._peak * min(1.0, (step + 1) / self._warm_up) * 0.5 * (1 + math.cos(math.pi * self.share))
