"""The page of two clips: both in one video, drawn side by side or under a wipe."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from overlaycut.report.plots import Plot
from overlaycut.report.rendering import rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The content of the page."""

    version: str
    names: tuple[str, str]
    facts: tuple[str, str]
    size: tuple[int, int]
    """Pixels of each picture."""
    rate: float
    """Frames per second."""
    frames: int
    video: bytes
    """An MP4 with both pictures side by side: one decoder keeps them on the same frame."""
    plot: Plot

    @property
    def uri(self) -> str:
        """The video as a data URI."""
        return "data:video/mp4;base64," + base64.b64encode(self.video).decode("ascii")


def comparison_page(content: Comparison) -> str:
    """The page as HTML; it loads nothing."""
    return rendered("compare", content)
