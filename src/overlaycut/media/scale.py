"""Frames cut to a box and scaled by libswscale."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import av
import av.filter

from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.media.planes import picture_of, planes_of


@dataclass(frozen=True, slots=True)
class Scaler:
    """Frames of one size into frames of another: `box` of the source (even corners), scaled to width × height.

    Lanczos with accurate rounding. A box that needs no scaling is cut out without touching a sample. For one
    thread at a time.
    """

    box: Box
    width: int
    height: int
    _graph: list[av.filter.Graph] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.box.even() != self.box or self.width % 2 or self.height % 2:
            raise ValueError(f"4:2:0 is cut and scaled on even pixels: {self.box} to {self.width}x{self.height}")

    def __call__(self, frame: Frame) -> Frame:
        """The frame at its new size; same index and times."""
        if self.box.clipped(frame.width, frame.height) != self.box:
            raise ValueError(f"{self.box} reaches outside a {frame.width}x{frame.height} frame")
        rows, columns = self.box.slices
        half = (
            slice(rows.start // 2, rows.stop // 2),
            slice(columns.start // 2, columns.stop // 2),
        )
        cut = (frame.y[rows, columns], frame.u[half], frame.v[half])
        if (self.box.w, self.box.h) != (self.width, self.height):
            graph = self._configured()
            graph.vpush(picture_of(*cut))
            cut = planes_of(graph.vpull())
        return replace(frame, y=cut[0], u=cut[1], v=cut[2])

    def _configured(self) -> av.filter.Graph:
        if not self._graph:
            graph = av.filter.Graph()
            source = graph.add(
                "buffer",
                f"video_size={self.box.w}x{self.box.h}:pix_fmt=yuv420p:time_base=1/1:pixel_aspect=1/1"
                ":colorspace=1:range=1",
            )
            scale = graph.add("scale", f"w={self.width}:h={self.height}:flags=lanczos+accurate_rnd")
            graph.link_nodes(source, scale, graph.add("buffersink")).configure()
            self._graph.append(graph)
        return self._graph[0]
