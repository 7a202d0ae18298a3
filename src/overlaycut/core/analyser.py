"""What an analyser is: something that is shown the frames of a clip and asked once for what it found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from overlaycut.core.frame import Frame

Report = TypeVar("Report", covariant=True)


class Analyser(Protocol[Report]):
    """Shown every frame of a clip in order by `see`, then asked once for its `result`.

    It keeps numbers and small pictures, never frames, so that several can watch one decode.
    """

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""

    def result(self) -> Report:
        """What was found over all frames that were seen: frozen data."""


def watched(frames: Iterable[Frame], analysers: Sequence[Analyser[Any]]) -> Iterator[Frame]:
    """The same frames, each shown to all `analysers` on its way."""
    for frame in frames:
        for analyser in analysers:
            analyser.see(frame)
        yield frame
