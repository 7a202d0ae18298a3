"""What steps need of a machine, and how much of it is free: so that encoders and models do not overrun it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from overlaycut.deliver import free_memory
from overlaycut.models import machine_threads


@dataclass(frozen=True, slots=True)
class Needs:
    """What a step takes while it runs."""

    cores: float
    """Cores that it keeps busy in the mean, > 0."""
    memory_mib: int
    """Its own peak above that of a process that has done nothing yet."""


@dataclass(frozen=True, slots=True)
class BudgetParameters:
    """What steps need, and how much of a machine a batch may take."""

    needs: Mapping[str, Needs] = field(
        default_factory=lambda: {
            "facts": Needs(0.5, 100),
            "analyse": Needs(1.0, 600),
            "saliency": Needs(1.0, 600),
            "faces": Needs(1.0, 600),
            "intake": Needs(0.5, 200),
            "quality": Needs(1.0, 300),
            "cast": Needs(1.0, 600),
            "marks": Needs(1.0, 400),
            "track": Needs(1.0, 500),
            "estimate": Needs(1.0, 500),
            "measure": Needs(1.5, 1800),
            "master": Needs(1.5, 1800),
            "deliver": Needs(1.5, 1800),
            "plate": Needs(1.5, 1800),
        }
    )
    """Name of a step → its needs at 1080×1920: memory by benchmarks/step_needs.py, three deliveries at once; cores so
    that two processes keep two cores busy (benchmarks/batch.py), since each has threads of its own that wait."""
    other: Needs = Needs(1.0, 500)
    """Of a step that is not in the table."""
    overlap: float = 1.25
    """Cores that may be promised over those there are: steps wait for files and for each other's threads."""
    memory_share: float = 0.8
    """Of the memory that is free when the batch begins, 0..1."""


DEFAULT = BudgetParameters()


@dataclass(slots=True)
class Budget:
    """The cores and the memory of one machine, given out to steps in the order in which they ask."""

    cores: float
    memory_mib: float
    parameters: BudgetParameters = DEFAULT
    _held: dict[int, Needs] = field(default_factory=dict)
    """Worker → what it holds."""
    _waiting: dict[int, Needs] = field(default_factory=dict)
    """Worker → what it waits for; the first in it asked first."""

    @classmethod
    def of_machine(cls, parameters: BudgetParameters = DEFAULT) -> Budget:
        """That of this machine, as it is now."""
        free = free_memory() / 2**20
        return cls(machine_threads() * parameters.overlap, free * parameters.memory_share, parameters)

    def of(self, steps: Iterable[str]) -> Needs:
        """What steps need that are made in one pass: the most that any of them does."""
        found = [self.parameters.needs.get(name, self.parameters.other) for name in steps] or [self.parameters.other]
        return Needs(max(one.cores for one in found), max(one.memory_mib for one in found))

    def ask(self, worker: int, steps: Iterable[str]) -> list[int]:
        """A worker wants to begin steps; the workers that may begin now."""
        self._waiting[worker] = self.of(steps)
        return self._granted()

    def release(self, worker: int) -> list[int]:
        """A worker has ended its steps, or is gone; the workers that may begin now."""
        self._held.pop(worker, None)
        self._waiting.pop(worker, None)
        return self._granted()

    def _granted(self) -> list[int]:
        """Those first in line whose needs are free; what is alone may always begin, whatever it needs."""
        granted = []
        for worker, needs in list(self._waiting.items()):
            if self._held and not self._fits(needs):
                break  # who asked first begins first, or the large would wait for ever
            del self._waiting[worker]
            self._held[worker] = needs
            granted.append(worker)
        return granted

    def _fits(self, needs: Needs) -> bool:
        cores = sum(one.cores for one in self._held.values()) + needs.cores
        memory = sum(one.memory_mib for one in self._held.values()) + needs.memory_mib
        return cores <= self.cores and memory <= self.memory_mib
