"""Frames of BT.601 brought to BT.709 by libswscale, for deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import av
import av.filter

from overlaycut.core.facts import BT601_TAGS
from overlaycut.core.frame import Frame
from overlaycut.media.planes import picture_of, planes_of


def to_bt709(frames: Iterator[Frame]) -> Iterator[Frame]:
    """The frames with BT.709's matrix; those that have it pass as they are."""
    graphs: dict[tuple[int, int], av.filter.Graph] = {}
    for frame in frames:
        if frame.matrix == "bt709":
            yield frame
            continue
        size = frame.width, frame.height
        if size not in graphs:
            graphs[size] = _graph(*size)
        graph = graphs[size]
        graph.vpush(picture_of(*frame.planes, BT601_TAGS))
        y, u, v = planes_of(graph.vpull())
        yield replace(frame, y=y, u=u, v=v, matrix="bt709")


def _graph(width: int, height: int) -> av.filter.Graph:
    graph = av.filter.Graph()
    source = graph.add(
        "buffer",
        f"video_size={width}x{height}:pix_fmt=yuv420p:time_base=1/1:pixel_aspect=1/1:colorspace=6:range=1",
    )
    scale = graph.add(
        "scale",
        "flags=lanczos+accurate_rnd+full_chroma_int:in_color_matrix=bt601:out_color_matrix=bt709"
        ":in_range=limited:out_range=limited",
    )
    graph.link_nodes(source, scale, graph.add("format", "yuv420p"), graph.add("buffersink")).configure()
    return graph
