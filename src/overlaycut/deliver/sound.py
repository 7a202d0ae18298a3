"""A programme's sound at the loudness that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from overlaycut.core.loudness import Loudness
from overlaycut.media import Samples, limited, loudness

_MOST_GAIN_DB = 20.0
"""Beyond this, what is raised is noise rather than a quiet programme."""

_MOST_LIMITING_DB = 6.0
"""Peaks cut further than this are heard as distortion; a programme with such peaks stays quieter instead."""


def levelled(
    blocks: Callable[[], Iterator[Samples]], *, target_lufs: float, ceiling_dbtp: float
) -> tuple[Iterator[Samples], Loudness]:
    """The sound at the target, and how loud it was before.

    One constant gain for the whole programme, so that its dynamics stay, then a true-peak limiter. `blocks` is
    called twice: sound is measured as a whole before the first block is given out. Silence stays silence. Encoding
    to AAC raises peaks, by how much depends on its rate: a policy's ceiling has that room in it.
    """
    before = loudness(blocks())
    gain = gain_db(before, target_lufs=target_lufs, ceiling_dbtp=ceiling_dbtp)
    return limited(blocks(), gain_db=gain, ceiling_dbtp=ceiling_dbtp), before


def gain_db(before: Loudness, *, target_lufs: float, ceiling_dbtp: float) -> float:
    """The gain that `levelled` applies, in dB; 0 for silence."""
    if before.lufs is None or before.true_peak_dbtp is None:
        return 0.0
    return min(target_lufs - before.lufs, ceiling_dbtp + _MOST_LIMITING_DB - before.true_peak_dbtp, _MOST_GAIN_DB)
