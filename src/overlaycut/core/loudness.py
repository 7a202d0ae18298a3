"""Loudness of a whole programme."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness and true peak (ITU-R BS.1770-5; gating as in EBU R 128)."""

    lufs: float | None
    """Loudness of the whole programme in LUFS; None when all of it lies under the absolute gate of −70 LUFS."""
    true_peak_dbtp: float | None
    """Highest inter-sample peak in dB relative to full scale; None for digital silence."""
    course: tuple[float, ...] = field(default=(), compare=False, repr=False)
    """Momentary loudness (0.4 s) in LUFS at every tenth of a second, −70 below the gate."""
