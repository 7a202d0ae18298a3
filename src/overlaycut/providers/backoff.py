"""How long to wait before something is tried again."""

from __future__ import annotations

import random

from overlaycut.providers.transport import TransportParameters


def pause(tries: int, parameters: TransportParameters, *, asked: float | None = None) -> float:
    """Seconds after `tries` that failed: doubled each time, a share of it random, at least what the service asks."""
    longest = parameters.longest_pause
    waits = min(parameters.first_pause * 2.0 ** min(tries - 1, 30), longest)
    waits *= 1 - parameters.jitter * random.random()
    return waits if asked is None else min(max(waits, asked), longest)
