"""Small plots over time as SVG, with the stretches that are bad marked, and in words for who cannot see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Samples: TypeAlias = Sequence[tuple[float, float]]
"""(seconds, value) in order of time."""

WIDTH, HEIGHT = 320, 64
"""Units of a plot's view box; the page scales it."""
_MOST_POINTS = 320
"""Points of a line: one to a unit of the view box."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the time axis, [start, end) in seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One quantity over time."""

    title: str
    unit: str
    """Empty for shares."""
    seconds: float
    """End of the time axis; it begins at 0."""
    low: float
    """Value at the foot."""
    high: float
    """Value at the top."""
    samples: Samples
    limit: float | None = None
    """Value at which it becomes bad; drawn as a line."""
    bad: tuple[Stretch, ...] = ()
    changed: tuple[Stretch, ...] = field(default=())
    """Where the picture was repaired."""

    @property
    def points(self) -> str:
        """The points of an SVG polyline."""
        return " ".join(f"{self.x(at):.1f},{self._y(value):.1f}" for at, value in thinned(self.samples))

    @property
    def limit_y(self) -> float | None:
        """Row of the limit; None where there is none on the plot."""
        if self.limit is None or not self.low <= self.limit <= self.high:
            return None
        return self._y(self.limit)

    def _y(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / max(self.high - self.low, 1e-9)
        return HEIGHT - 4 - share * (HEIGHT - 8)

    def x(self, seconds: float) -> float:
        """Column of a time."""
        return min(max(seconds / max(self.seconds, 1e-9), 0.0), 1.0) * WIDTH

    def bars(self, stretches: Sequence[Stretch]) -> list[tuple[float, float]]:
        """Left edge and width of each stretch, at least one unit wide."""
        return [(self.x(one.start), max(self.x(one.end) - self.x(one.start), 1.0)) for one in stretches]

    @property
    def words(self) -> str:
        """The plot in one sentence."""
        values = [value for _, value in self.samples]
        said = f"{self.title}: {min(values):.2f} to {max(values):.2f}{self.unit and ' ' + self.unit}"
        if not self.bad:
            return f"{said}; nothing is marked"
        marks = ", ".join(f"{one.start:.2f} to {one.end:.2f} s" for one in self.bad[:4])
        more = f" and {len(self.bad) - 4} more" if len(self.bad) > 4 else ""
        return f"{said}; bad from {marks}{more}"

    def to_dict(self) -> dict[str, Any]:
        """The plot as JSON values."""
        return {
            "title": self.title,
            "unit": self.unit,
            "limit": self.limit,
            "samples": [[round(at, 3), round(value, 4)] for at, value in self.samples],
            "bad": [[round(one.start, 3), round(one.end, 3)] for one in self.bad],
            "changed": [[round(one.start, 3), round(one.end, 3)] for one in self.changed],
        }


def thinned(samples: Samples) -> Samples:
    """At most `_MOST_POINTS` samples: of each run that becomes one, the least and the greatest value stay."""
    size = -(-2 * len(samples) // _MOST_POINTS)
    if size <= 2:
        return samples
    kept: list[tuple[float, float]] = []
    for start in range(0, len(samples), size):
        run = samples[start : start + size]
        kept += sorted({min(run, key=lambda one: one[1]), max(run, key=lambda one: one[1])})
    return kept


def stretches(samples: Samples, bad: Sequence[bool], *, end: float, bridge: float = 0.1) -> tuple[Stretch, ...]:
    """The stretches of time in which samples are bad, each until the next sample; gaps up to `bridge` s are closed."""
    found: list[Stretch] = []
    for n, (at, _) in enumerate(samples):
        if not bad[n]:
            continue
        until = samples[n + 1][0] if n + 1 < len(samples) else end
        if found and at - found[-1].end <= bridge:
            found[-1] = Stretch(found[-1].start, until)
        else:
            found.append(Stretch(at, until))
    return tuple(found)
