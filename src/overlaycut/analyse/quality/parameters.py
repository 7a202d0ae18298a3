"""Parameters of the measures of a moving picture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityParameters:
    """All of them. Levels are steps of 8-bit luma.

    Checked by tests/analyse/test_quality.py, and the order of candidates by benchmarks/cast.py.
    """

    detail_px: int = 768
    """Longer side of the picture for sharpness."""
    light_px: int = 320
    """Longer side of the picture for light and repeats."""
    motion_px: int = 160
    """Longer side of the picture for optical flow."""
    blocks: int = 8
    """Blocks along each side for flicker."""
    black_mean: float = 26.0
    """Mean luma (black is 16) below which a frame may be black."""
    black_deviation: float = 6.0
    """Standard deviation below which it is."""
    moving_px: float = 0.06
    """Displacement between frames, in pixels of the motion picture, from which on something moves."""
    frozen_share: float = 0.95
    """Part of the time without movement from which on a clip has no cadence."""
    repeat_change: float = 0.9
    """Levels by which a repeated frame may differ for the codec's sake."""
    repeat_share: float = 0.12
    """The same as a share of the changes around it."""
    flash_change: float = 10.0
    """Levels by which a flash differs from both its neighbours."""
    flash_times: float = 4.0
    """The same in units of the usual change."""
    flash_return: float = 0.4
    """Difference of these neighbours relative to that, at most."""
    jump_residual: float = 5.0
    """Levels of a jump that optical flow does not explain."""
    jump_times: float = 3.0
    """The same in units of what is usual in the clip and around the frame."""
    neighbours: int = 8
    """Frames on either side with which a frame is compared."""
    lively_quantile: float = 0.9
    """Quantile of the changes around that is a new picture's even where most frames are repeats."""
    around_cut: int = 2
    """Frames on either side of a cut that are not clean."""
    sharp_stride: int = 3
    """Every how many frames sharpness and colours are measured."""
    speed_quantile: float = 0.97
    """Quantile of the displacements that is the speed of the liveliest part."""
    palette_quantile: float = 0.1
    """Quantile of the colours' likeness with the still that is reported."""
    frozen_change: float = 0.3
    """Levels by which a frame may differ from the one before and be the same, for the codec's sake."""
    frozen_share_of_change: float = 0.12
    """The same as a share of the changes where the clip is lively."""
    enlarged_px: int = 640
    """Sides of the part of the picture in which enlargement is measured."""
    enlarged_stride: int = 12
    """Every how many frames it is measured."""
    detail_times: float = 6.0
    """Reduction that leaves none of the detail against which finer bands are measured."""
    least_detail: float = 0.8
    """Levels of detail below which nothing can be said of it."""
    enlarged_limits: tuple[tuple[float, float], ...] = ((3.0, 0.33), (2.0, 0.2), (1.5, 0.165))
    """Enlargement, and the share of detail beyond its band below which it was. On 11 clips (2026-11-28) of cameras and
    six generators: enlarged ones have at most 0.31, 0.18 and 0.16 at their own factor (cubic, linear, Lanczos), others
    at least 0.45, 0.25 and 0.18."""
