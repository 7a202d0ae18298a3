"""A programme's sound at the loudness that was asked for, measured as a decoder of the written file hears it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from threading import Lock

from overlaycut.core.loudness import Loudness
from overlaycut.media import Samples, limited, loudness, through_aac

_MOST_GAIN_DB = 30.0
"""Beyond this, what is raised is noise rather than a quiet programme."""

_MOST_LIMITING_DB = 14.0
"""Peaks cut further than this pump what is around them; a programme with such peaks stays quieter instead."""

_NEAR_LU = 0.1
"""As near as a target is approached; meters show tenths."""

_PEAK_ROOM_DB = 0.3
"""How far below the peak that is allowed the limiter starts: what AAC at 192 kbit/s adds to peaks."""

_PEAK_SLACK_DB = 0.05
"""How far below the allowed peak the written file stays, so that no meter's rounding puts it above."""

_MOST_TRIALS = 5


@dataclass(frozen=True, slots=True)
class LevelAdjustment:
    """How a programme is brought to its loudness: one gain for all of it, then a true-peak limiter."""

    gain_db: float
    ceiling_dbtp: float
    """Where the limiter holds peaks before AAC, which raises them."""
    before: Loudness
    after: Loudness
    """As decoded from AAC."""


@dataclass(slots=True)
class Mastering:
    """The sound of one programme, for deliveries that may want it at different levels and rates.

    `blocks` gives it anew at every call. One constant gain, so that its dynamics stay. Silence stays silence.
    """

    blocks: Callable[[], Iterator[Samples]]
    _before: list[Loudness] = field(default_factory=list)
    _levels: dict[tuple[float, float, int], LevelAdjustment] = field(default_factory=dict)
    _one_at_a_time: Lock = field(default_factory=Lock, repr=False)

    def level(self, *, lufs: float, peak_dbtp: float, kbps: int) -> LevelAdjustment:
        """The gain and the ceiling that bring the sound, after AAC at `kbps`, to `lufs` with peaks under `peak_dbtp`.

        Found by trial: a limiter takes loudness away and AAC adds to peaks, by how much depends on the programme.
        """
        key = lufs, peak_dbtp, kbps
        with self._one_at_a_time:  # deliveries that ask for the same level, each in its thread, share the trials
            if key not in self._levels:
                if not self._before:
                    self._before.append(loudness(self.blocks()))
                self._levels[key] = self._found(self._before[0], *key)
            return self._levels[key]

    def samples(self, level: LevelAdjustment) -> Iterator[Samples]:
        """The sound at a level, as it goes into the encoder."""
        return limited(self.blocks(), gain_db=level.gain_db, ceiling_dbtp=level.ceiling_dbtp)

    def _found(self, before: Loudness, lufs: float, peak_dbtp: float, kbps: int) -> LevelAdjustment:
        ceiling = peak_dbtp - _PEAK_ROOM_DB
        if before.true_peak_dbtp is None:
            return LevelAdjustment(0.0, ceiling, before, before)
        wanted = 0.0 if before.lufs is None else lufs - before.lufs
        trial = LevelAdjustment(0.0, ceiling, before, before)
        for _ in range(_MOST_TRIALS):
            most = min(trial.ceiling_dbtp + _MOST_LIMITING_DB - before.true_peak_dbtp, _MOST_GAIN_DB)
            trial = replace(trial, gain_db=min(wanted, most))
            trial = replace(trial, after=loudness(through_aac(self.samples(trial), kbps=kbps)))
            over = (trial.after.true_peak_dbtp or -1000.0) - (peak_dbtp - _PEAK_SLACK_DB)
            off = 0.0 if before.lufs is None or trial.after.lufs is None else lufs - trial.after.lufs
            near = abs(off) <= _NEAR_LU or (off > 0 and trial.gain_db >= most)
            if over <= 0 and near:
                break
            if not near:
                wanted = trial.gain_db + off
            if over > 0:
                trial = replace(trial, ceiling_dbtp=trial.ceiling_dbtp - over - _PEAK_SLACK_DB)
        return trial
