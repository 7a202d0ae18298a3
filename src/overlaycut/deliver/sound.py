"""A programme's sound at a target loudness, measured after encoding and decoding AAC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from threading import Lock

from overlaycut.core.loudness import Loudness
from overlaycut.media import Samples, limited, loudness, through_aac


@dataclass(frozen=True, slots=True, kw_only=True)
class MasteringParameters:
    """How far a programme's level is changed, and how near its target it has to land."""

    max_gain_db: float = 30.0
    """Beyond this, what is raised is noise rather than a quiet programme."""
    max_limiting_db: float = 14.0
    """Peaks cut further than this pump what is around them; a programme with such peaks stays quieter instead."""
    tolerance_lu: float = 0.1
    """As near as the target loudness is approached; meters show tenths."""
    peak_headroom_db: float = 0.3
    """How far below the allowed true peak the limiter starts: what AAC at 192 kbit/s adds to peaks."""
    peak_margin_db: float = 0.05
    """How far below the allowed true peak the file stays, so that no meter's rounding puts it above."""
    max_trials: int = 5
    """Passes over the sound for one level."""


@dataclass(frozen=True, slots=True)
class LevelAdjustment:
    """What brings a programme to its loudness: one constant gain, then a true-peak limiter."""

    gain_db: float
    ceiling_dbtp: float
    """Threshold of the limiter, before AAC, which raises peaks."""
    before: Loudness
    after: Loudness
    """After AAC."""


@dataclass(slots=True)
class Mastering:
    """The sound of one programme, for deliveries that may want it at different levels and bit rates.

    Each call of `blocks` starts the sound anew. The gain is constant, so that dynamics stay. Silence stays silence.
    """

    blocks: Callable[[], Iterator[Samples]]
    parameters: MasteringParameters = MasteringParameters()
    _before: list[Loudness] = field(default_factory=list)
    _levels: dict[tuple[float, float, int], LevelAdjustment] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def level(self, *, lufs: float, peak_dbtp: float, kbps: int) -> LevelAdjustment:
        """The gain and the ceiling that bring the sound, after AAC at `kbps`, to `lufs` with peaks under `peak_dbtp`.

        Found by trial: a limiter takes loudness away and AAC adds to peaks, by how much depends on the programme.
        """
        key = lufs, peak_dbtp, kbps
        with self._lock:  # deliveries that ask for the same level, each in its thread, share the trials
            if key not in self._levels:
                if not self._before:
                    self._before.append(loudness(self.blocks()))
                self._levels[key] = self._find(self._before[0], *key)
            return self._levels[key]

    def samples(self, level: LevelAdjustment) -> Iterator[Samples]:
        """The sound at a level, as it goes into the encoder."""
        return limited(self.blocks(), gain_db=level.gain_db, ceiling_dbtp=level.ceiling_dbtp)

    def _find(self, before: Loudness, lufs: float, peak_dbtp: float, kbps: int) -> LevelAdjustment:
        parameters = self.parameters
        ceiling = peak_dbtp - parameters.peak_headroom_db
        if before.true_peak_dbtp is None:
            return LevelAdjustment(0.0, ceiling, before, before)
        wanted = 0.0 if before.lufs is None else lufs - before.lufs
        trial = LevelAdjustment(0.0, ceiling, before, before)
        for _ in range(parameters.max_trials):
            most = min(trial.ceiling_dbtp + parameters.max_limiting_db - before.true_peak_dbtp, parameters.max_gain_db)
            trial = replace(trial, gain_db=min(wanted, most))
            trial = replace(trial, after=loudness(through_aac(self.samples(trial), kbps=kbps)))
            over = (trial.after.true_peak_dbtp or -1000.0) - (peak_dbtp - parameters.peak_margin_db)
            off = 0.0 if before.lufs is None or trial.after.lufs is None else lufs - trial.after.lufs
            near = abs(off) <= parameters.tolerance_lu or (off > 0 and trial.gain_db >= most)
            if over <= 0 and near:
                break
            if not near:
                wanted = trial.gain_db + off
            if over > 0:
                trial = replace(trial, ceiling_dbtp=trial.ceiling_dbtp - over - parameters.peak_margin_db)
        return trial
