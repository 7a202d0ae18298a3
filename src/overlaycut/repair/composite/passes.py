"""What every repair promises: made ready once for a clip, it is laid over its frames run by run."""

from __future__ import annotations

from typing import ClassVar, Protocol, Self

from overlaycut.core.frame import Frame, Layer


class RepairPass(Protocol):
    """One repair over one run through the clip."""

    def look_ahead(self, frame: Frame) -> None:
        """Take in a frame, in display order, before it or any later one is repaired."""

    def layer(self, frame: Frame) -> Layer | None:
        """What is laid over `frame`, or None when nothing is."""


class Repair(Protocol):
    """What is laid over one region."""

    @property
    def ahead(self) -> int:
        """Frames that have to be foreseen before one is repaired."""

    def start(self) -> RepairPass:
        """The repair of one run over the clip, from its first frame on."""


class Stateless:
    """A repair that needs no frame but the one that it is laid over."""

    ahead: ClassVar[int] = 0

    def start(self) -> Self:
        """Itself: it learns nothing from a run."""
        return self

    def look_ahead(self, frame: Frame) -> None:
        """Nothing is learned from later frames."""
