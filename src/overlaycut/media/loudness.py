"""How loud: integrated loudness and true peak by FFmpeg's ebur128 (EBU R 128, ITU-R BS.1770-4)."""

from __future__ import annotations

import math
from collections.abc import Iterable

import av
import av.filter
import numpy as np

from overlaycut.core.loudness import Loudness
from overlaycut.media.audio import RATE, Samples

_GATE_LUFS = -70.0
"""BS.1770-4: blocks below the absolute gate do not count; a programme wholly below it has no loudness."""


def loudness(blocks: Iterable[Samples]) -> Loudness:
    """The loudness of stereo blocks at 48 kHz; both values None for silence or no samples at all."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=RATE, format="flt", layout="stereo")
    meter = graph.add("ebur128", "metadata=1:peak=true")
    sink = graph.add("abuffersink")
    graph.link_nodes(source, meter, sink).configure()
    integrated, peak, position = -math.inf, 0.0, 0

    def drain() -> None:
        nonlocal integrated, peak
        while True:
            try:
                measured = sink.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            said = measured.metadata
            integrated = float(said.get("lavfi.r128.I", integrated))
            peaks = [float(v) for key, v in said.items() if key.startswith("lavfi.r128.true_peaks_ch")]
            peak = max([peak, *peaks])

    for block in blocks:
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(block).reshape(1, -1), format="flt", layout="stereo"
        )
        frame.sample_rate, frame.pts = RATE, position
        position += len(block)
        source.push(frame)
        drain()
    source.push(None)
    drain()
    heard = math.isfinite(integrated) and integrated > _GATE_LUFS
    return Loudness(
        lufs=round(integrated, 2) if heard else None,
        true_peak_dbtp=round(20 * math.log10(peak), 2) if peak > 0 else None,
    )
