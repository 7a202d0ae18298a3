"""A clip measured as a moving picture, before any scores."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """One clip, measured in one pass. Levels are steps of 8-bit luma."""

    frames: int
    seconds: float
    sharpness: float | None
    """Finest detail over the next coarser, 0..1 and rarely above 0.6; None where there is no detail at all."""
    softened: float
    """Sharpness at the end over that at the start; below 1 when the picture melts."""
    motion: float
    """Median over time of how fast the liveliest part of the picture moves: shares of the diagonal in a second."""
    still_share: float
    """Part of the time in which nothing moves, 0..1."""
    repeats: tuple[int, ...]
    """Frames that show the one before again while the clip moves."""
    cadence: float | None
    """Pictures in a second that are really new; None in a clip that does not move."""
    jerk: float
    """Mean change of speed from frame to frame over the mean speed: 0 smooth, above 1 stumbling."""
    flicker: float
    """Levels by which brightness jumps back and forth from frame to frame, everywhere at once."""
    exposure_drift: float
    """Levels between the darkest and the brightest half second of the clip, by the median of the picture."""
    black: tuple[int, ...]
    flashes: tuple[int, ...]
    """Single frames unlike both their neighbours, which are alike."""
    cuts: tuple[int, ...]
    jumps: tuple[int, ...]
    """Frames in which the picture changes in a way that no movement explains, though it is the same shot."""
    fidelity: float | None
    """Structural similarity of the first frame with the still, 0..1; None without a still."""
    palette: float | None
    """Likeness of the still's colours with those of the least like moment, 0..1; None without a still."""
    clean: tuple[int, ...]
    """Frames that are neither black, nor a flash, nor next to a cut; all of them where there is none."""
    detail: tuple[float, ...]
    """Sharpness of each of those frames."""
    squeeze: str = ""
    """In words, how the still lies in the clip, where that is not simply the same."""
    notes: tuple[str, ...] = field(default=())
    width: int = 0
    height: int = 0
    """Of its pictures, pixels."""
    enlarged: float = 1.0
    """How many times its pictures seem to have been enlarged: 1 where there is detail up to the finest, else 1.5, 2 or
    3."""
    frozen: tuple[int, ...] = ()
    """Frames that are the one before again, in a clip that moves elsewhere: repeats, and parts that stand still."""

    @property
    def stuck_share(self) -> float:
        """Part of the frames that are frozen or repeated, 0..1."""
        return len({*self.frozen, *self.repeats}) / self.frames

    @property
    def best_frame(self) -> int:
        """The sharpest clean frame."""
        return max(zip(self.detail, self.clean, strict=True), key=lambda one: one[0])[1]

    @property
    def last_clean_frame(self) -> int:
        """The last clean frame."""
        return self.clean[-1]
