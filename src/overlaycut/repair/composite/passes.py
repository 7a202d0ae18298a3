"""A repair's pass over a clip: what changes from frame to frame lives in the pass, never in the repair's data."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from overlaycut.core.frame import Frame, Layer
from overlaycut.core.geometry import Box
from overlaycut.core.repaired import RepairedFrame


class RepairPass(Protocol):
    """One repair over one pass through the clip."""

    def look_ahead(self, frame: Frame) -> None:
        """Take in a frame, in display order, before it or any later frame is repaired."""

    def layer(self, frame: Frame) -> Layer | None:
        """The layer over `frame`, or None when the repair does not change it."""


class FramewisePass:
    """Base of the passes that need no later frames."""

    def look_ahead(self, frame: Frame) -> None:
        """Ignore the frame."""


class ClippedPass:
    """Another pass that writes nothing outside of a box, in pixels of the clip."""

    def __init__(self, running: RepairPass, box: Box) -> None:
        self._running, self._box = running, box

    def look_ahead(self, frame: Frame) -> None:
        """Take in a frame."""
        self._running.look_ahead(frame)

    def layer(self, frame: Frame) -> Layer | None:
        """The part of the other pass's layer inside the box."""
        layer = self._running.layer(frame)
        return None if layer is None else layer.without(_beside(self._box, layer.box))


def _beside(inner: Box, outer: Box) -> Iterator[Box]:
    """The parts of `outer` above, below, left and right of `inner`."""
    for x, y, right, bottom in (
        (outer.x, outer.y, outer.right, inner.y),
        (outer.x, inner.bottom, outer.right, outer.bottom),
        (outer.x, outer.y, inner.x, outer.bottom),
        (inner.right, outer.y, outer.right, outer.bottom),
    ):
        if right > x and bottom > y:
            yield Box(x, y, right - x, bottom - y)


def composited(
    frames: Iterable[Frame], passes: Sequence[RepairPass], *, ahead: int, protected: Sequence[Box] = ()
) -> Iterator[RepairedFrame]:
    """`frames`, in display order, with the layers of `passes` over them, in that order.

    ahead: frames that are held back so that the passes can look ahead. protected: boxes, in pixels of the clip, in
    which no sample is written.
    """
    waiting: deque[Frame] = deque()
    for frame in frames:
        for running in passes:
            running.look_ahead(frame)
        waiting.append(frame)
        if len(waiting) > ahead:
            yield _repaired(waiting.popleft(), passes, protected)
    while waiting:
        yield _repaired(waiting.popleft(), passes, protected)


def _repaired(frame: Frame, passes: Sequence[RepairPass], protected: Sequence[Box]) -> RepairedFrame:
    layers = tuple(layer.without(protected) for running in passes if (layer := running.layer(frame)) is not None)
    return RepairedFrame(frame, frame.with_layers(*layers), layers)
