"""Parameters of the scores of candidates."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingParameters:
    """How measures become scores; checked by benchmarks/cast.py (order of candidates) and tests/decide."""

    frozen_share: float = 0.9
    """Part of the time without movement from which on a clip is frozen."""
    black_share: float = 0.3
    """Part of the frames from which on a clip is black."""
    flicker_levels: float = 2.0
    """Flicker at which its score is 1/e: people see flicker of 1 to 2 levels on flat areas."""
    exposure_levels: float = 40.0
    """Exposure drift at which its score is 1/e."""
    lively: float = 0.01
    """Motion, diagonals in a second, that scores 1, as a talking head has it."""
    calm: float = 0.001
    """Motion that scores 0."""
    rest_share: float = 0.5
    """Part of the time that may pass without movement: who speaks pauses."""
    smooth_jerk: float = 0.6
    """Jerk up to which movement is smooth; filmed movement reaches it."""
    half_sharpness: float = 0.35
    """Sharpness that scores a half: stills reach 0.6, soft clips 0.25."""
    flash_cost: float = 0.5
    """Cost of one flash, in the exponent, for a clip of any length: viewers notice one."""
    black_frame_cost: float = 0.5
    """The same of a black frame."""
    most_black_frames: int = 4
    """Black frames that count at most."""
    cut_cost: float = 1.5
    """The same of a hard cut that was not asked for."""
    jump_cost: float = 0.35
    """The same of a jump."""
    repeat_cost: float = 2.5
    """The same of a clip all of repeated frames; in proportion for fewer."""
    least_part: float = 0.01
    """Least value of a part, so that the rest still counts."""
    fault_factor: float = 0.1
    """Factor of a fault on the score."""
    tie_points: float = 1.0
    """Points by which two candidates must differ to be told apart."""
    notable: float = 0.08
    """Difference of a part to the next best, or worst, that is worth a remark."""
    poor_legibility: float = 0.9
    """Legibility below which it is worth a remark."""
    poor_fidelity: float = 0.6
    """The same of fidelity."""
    notable_flicker: float = 1.0
    """The same above it, of flicker in levels."""
    notable_exposure: float = 25.0
    """The same of exposure drift in levels."""
    notable_softening: float = 0.85
    """Sharpness at the end over that at the start below which it is worth a remark."""
    usual_rate: float = 24.0
    """New pictures in a second that are expected at most where no rate was asked for: what film has."""
    too_little: float = 0.6
    """Part of the lines, or of the rate, that were asked for below which it is a failing: 14 pictures of 24 are a
    stutter, 648 lines of 1080 an enlargement that is seen."""
    too_short: float = 0.8
    """The same of the seconds."""
    stuck_free: float = 0.03
    """Part of the frames that may be frozen or repeated: a codec repeats one now and then."""
    stuck_step: float = 0.05
    """Part of the frames by which levels of frozen frames differ."""
    failing_factor: float = 0.6
    """Factor of each failing on the score."""
    melted_legibility: float = 0.5
    """Legibility below which the lettering as a whole is melted."""
    sure_enough: float = 0.5
    """Confidence of a drift from which on it is a failing."""
    delivered_short: float = 0.9
    """Part of what was asked for below which it is worth a remark."""
