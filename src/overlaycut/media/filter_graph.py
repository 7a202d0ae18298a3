"""Samples sent through a graph of FFmpeg's audio filters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import av
import av.filter
import av.filter.context
import numpy as np

from overlaycut.media.audio import RATE, Samples


def through(
    blocks: Iterable[Samples], source: av.filter.context.FilterContext, sink: av.filter.context.FilterContext
) -> Iterator[av.AudioFrame]:
    """The output of a configured graph for stereo blocks at 48 kHz."""
    position = 0
    for block in blocks:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block).reshape(1, -1), format="flt", layout="stereo")
        frame.sample_rate, frame.pts = RATE, position
        position += len(block)
        source.push(frame)
        yield from _pulled(sink)
    source.push(None)
    yield from _pulled(sink)


def _pulled(sink: av.filter.context.FilterContext) -> Iterator[av.AudioFrame]:
    while True:
        try:
            frame = sink.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        assert isinstance(frame, av.AudioFrame)
        yield frame


def at_tempo(blocks: Iterable[Samples], speed: float) -> Iterator[Samples]:
    """Stereo blocks at 48 kHz played `speed` times as fast, 0.5..2, at their own pitch (FFmpeg's atempo)."""
    if speed == 1:
        yield from blocks
        return
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=RATE, format="flt", layout="stereo")
    sink = graph.add("abuffersink")
    tempo = graph.add("atempo", f"{speed:.6f}")
    graph.link_nodes(source, tempo, graph.add("aformat", "sample_fmts=flt:channel_layouts=stereo"), sink).configure()
    for frame in through(blocks, source, sink):
        yield frame.to_ndarray().reshape(-1, 2).astype(np.float32, copy=False)
