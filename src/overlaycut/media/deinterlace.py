"""Interlaced pictures into progressive ones by FFmpeg's bwdif, one for each frame."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import av
import av.filter


def deinterlaced(pictures: Iterable[av.VideoFrame], notes: list[str]) -> Iterator[av.VideoFrame]:
    """The pictures in their order, with their times; from the first that is interlaced on they are filtered.

    The filter looks at the next picture, so that each comes out when its successor is given. It leaves progressive
    pictures among the others alone. What is done is added to `notes`.
    """
    deinterlacer: _Deinterlacer | None = None
    for index, picture in enumerate(pictures):
        if deinterlacer is None and not picture.interlaced_frame:
            yield picture
            continue
        if deinterlacer is None or not deinterlacer.takes(picture):
            if deinterlacer is not None:
                yield from deinterlacer.flushed()
            elif index:  # else the header's warnings have it
                add_note(notes, f"interlaced from frame {index} on: deinterlaced (bwdif)")
            deinterlacer = _Deinterlacer(picture)
        yield from deinterlacer.push(picture)
    if deinterlacer is not None:
        yield from deinterlacer.flushed()


def add_note(notes: list[str], text: str) -> None:
    """Append a line that is not there yet."""
    if text not in notes:
        notes.append(text)


class _Deinterlacer:
    """The filter for pictures of one size and format."""

    def __init__(self, picture: av.VideoFrame) -> None:
        self._form = picture.width, picture.height, picture.format.name
        self._times: deque[tuple[int | None, int | None]] = deque()
        self._count = 0
        graph = self._graph = av.filter.Graph()
        source = graph.add(
            "buffer",
            f"video_size={picture.width}x{picture.height}:pix_fmt={picture.format.name}:time_base=1/1:pixel_aspect=1/1"
            f":colorspace={int(picture.colorspace)}:range={int(picture.color_range)}",
        )
        bwdif = graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced")
        graph.link_nodes(source, bwdif, graph.add("format", picture.format.name), graph.add("buffersink")).configure()

    def takes(self, picture: av.VideoFrame) -> bool:
        """Whether a picture has the size and format of the others."""
        return (picture.width, picture.height, picture.format.name) == self._form

    def push(self, picture: av.VideoFrame) -> Iterator[av.VideoFrame]:
        """Filter a picture; gives those that are ready."""
        self._times.append((picture.pts, picture.duration))
        picture.pts = self._count
        self._count += 1
        self._graph.vpush(picture)
        yield from self._ready()

    def flushed(self) -> Iterator[av.VideoFrame]:
        """The pictures that are still inside."""
        self._graph.vpush(None)
        yield from self._ready()

    def _ready(self) -> Iterator[av.VideoFrame]:
        while self._times:
            try:
                picture = self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return
            picture.pts, duration = self._times.popleft()
            picture.duration = duration or 0
            yield picture
