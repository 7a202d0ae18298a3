"""Loudness by FFmpeg's ebur128 meter (EBU R 128, ITU-R BS.1770-4) and of stretches, and a true-peak limiter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import av
import av.filter
import av.filter.context
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.loudness import Loudness
from overlaycut.media.audio import RATE, Samples
from overlaycut.media.filter_graph import through

_GATE_LUFS = -70.0
"""BS.1770-4: blocks below the absolute gate do not count; a programme wholly below it has no loudness."""

_OVERSAMPLED = 4 * RATE
"""BS.1770-4 Annex 2: peaks between samples are found at four times 48 kHz."""


def loudness(blocks: Iterable[Samples]) -> Loudness:
    """The loudness of stereo blocks at 48 kHz; both values None for silence or no samples at all."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=RATE, format="flt", layout="stereo")
    meter = graph.add("ebur128", "metadata=1:peak=true")
    sink = graph.add("abuffersink")
    graph.link_nodes(source, meter, sink).configure()
    integrated, peak = -math.inf, 0.0
    course: list[float] = []

    def with_sample_peak() -> Iterator[Samples]:
        nonlocal peak
        for block in blocks:
            # The meter gives its peaks in thousandths, too coarse for a quiet programme.
            peak = max(peak, float(np.abs(block).max(initial=0)))
            yield block

    for measured in through(with_sample_peak(), source, sink):
        metadata = measured.metadata
        integrated = float(metadata.get("lavfi.r128.I", integrated))
        peaks = [float(value) for key, value in metadata.items() if key.startswith("lavfi.r128.true_peaks_ch")]
        peak = max([peak, *peaks])
        momentary = float(metadata.get("lavfi.r128.M", _GATE_LUFS))
        course.append(round(max(momentary, _GATE_LUFS), 1) if math.isfinite(momentary) else _GATE_LUFS)
    above_gate = math.isfinite(integrated) and integrated > _GATE_LUFS
    return Loudness(
        lufs=round(integrated, 2) if above_gate else None,
        true_peak_dbtp=round(20 * math.log10(peak), 2) if peak > 0 else None,
        course=tuple(course),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LimiterParameters:
    """Time constants of FFmpeg's alimiter; checked by tests/media/test_loudness.py."""

    attack_ms: float = 5
    """Look-ahead, during which the gain falls before a peak."""
    release_ms: float = 80
    """Time in which the gain recovers after a peak."""


def limited(
    blocks: Iterable[Samples],
    *,
    gain_db: float,
    ceiling_dbtp: float,
    parameters: LimiterParameters = LimiterParameters(),
) -> Iterator[Samples]:
    """The blocks raised by `gain_db`, with peaks limited to the ceiling; the same number of samples, in time.

    A constant gain and a look-ahead limiter at four times the rate, so that peaks between samples count. Where nothing
    reaches the ceiling the sound is only scaled.
    """
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=RATE, format="flt", layout="stereo")
    sink = graph.add("abuffersink")
    graph.link_nodes(
        source,
        graph.add("volume", f"{gain_db:.4f}dB:precision=float"),
        graph.add("aresample", str(_OVERSAMPLED)),
        graph.add(
            "alimiter",
            f"limit={10 ** (ceiling_dbtp / 20):.6f}:attack={parameters.attack_ms:g}:release={parameters.release_ms:g}"
            ":level=0:latency=1",
        ),
        graph.add("aresample", str(RATE)),
        graph.add("aformat", "sample_fmts=flt:channel_layouts=stereo"),
        sink,
    ).configure()
    taken = given = 0

    def counted() -> Iterator[Samples]:
        nonlocal taken
        for block in blocks:
            taken += len(block)
            yield block

    for frame in through(counted(), source, sink):
        block = frame.to_ndarray().reshape(-1, 2).astype(np.float32, copy=False)
        given += len(block)
        yield block
    if given < taken:  # the tail that the resampler holds back
        yield np.zeros((taken - given, 2), dtype=np.float32)


_SHELF = np.array([[1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585]])
_HIGH_PASS = np.array([[1.0, -2.0, 1.0, 1, -1.99004745483398, 0.99007225036621]])
_K_WEIGHTING = np.concatenate([_SHELF, _HIGH_PASS])
"""ITU-R BS.1770-4, tables 1 and 2: second-order sections of the pre-filter and the RLB filter at 48 kHz."""


def k_weighted(sound: Samples) -> NDArray[np.float32]:
    """The power of every K-weighted sample, both channels added, shape (n,): -0.691 + 10 log10 of a mean is LUFS."""
    from scipy.signal import sosfilt  # takes a third of a second to import, which few jobs need

    weighted = sosfilt(_K_WEIGHTING, sound, axis=0)
    return np.asarray((weighted**2).sum(axis=1), dtype=np.float32)
