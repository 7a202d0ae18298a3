"""Parameters of the surface tracker, one class per algorithm.

Lengths are pixels of the rectified patch unless a field says otherwise. benchmarks/lettering.py (states, onsets, corner
errors over drawn clips with known truth) checks every default; where a paper gives a value, the field names it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from overlaycut.vision.spline_registration import SplineParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchParameters:
    """Size of the rectified patch: the text with a margin of the surface that carries it."""

    longest_px: float = 288
    """Longest side of the text on the patch; larger text is reduced."""
    least_height_px: float = 12.0
    """Height to which lower text is enlarged."""
    most_enlarged: float = 2.0
    """Largest such enlargement, ≥ 1."""
    margins: tuple[float, ...] = (1.0, 2.0, 3.5)
    """Margins in text heights, tried in order until the surface has enough texture."""
    margin_of_width: float = 0.2
    """Share of the text's width that stands in for its height in low, wide lines."""
    least_margin_px: float = 10
    most_margin_px: float = 64
    """Largest margin, per text height of margin asked for."""
    enough_texture: float = 12.0
    """Feature points on the surface, summed by certainty along the weaker direction, that are enough."""
    neighbour_gap_px: int = 5
    """Side of the square by which neighbouring text is dilated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureParameters:
    """Choice of feature points by their structure tensor."""

    window_px: int = 13
    """Side of the structure tensor's and of the Lucas–Kanade window, odd."""
    blur_px: float = 0.8
    """Gaussian sigma before differentiation."""
    soft_gradient: float = 5.0
    """Grey levels per pixel at which a point's certainty is 0.5."""
    edge_merit: float = 0.2
    """Merit of an edge relative to a corner of the same strength, 0..1."""
    least_merit: float = 0.3
    """Squared grey levels per pixel² below which a cell has no point."""
    least_cell_px: int = 5
    """Least distance of the grid in whose cells one point each is chosen."""
    border_px: int = 3
    """Strip along the patch's border without points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowParameters:
    """Pyramidal Lucas–Kanade from the reference to the frame and back (Bouguet, 2000)."""

    levels: int = 3
    """Pyramid levels above the patch; reach displacements of some 40 pixels."""
    iterations: int = 20
    converged_px: float = 0.01
    least_eigenvalue: float = 1e-6
    backward_error_px: float = 0.7
    """Largest forward-backward error along directions with texture."""
    window_difference: float = 0.6
    """Largest mean difference of a point's window, in parts of its contrast."""
    difference_noise: float = 4.0
    """Grey levels added to that limit for noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeParameters:
    """Normal flow of points on straight edges, where the aperture problem leaves one direction open."""

    anisotropy: float = 0.25
    """Ratio of the structure tensor's eigenvalues below which a point lies on an edge."""
    blur_px: float = 1.5
    """Gaussian sigma; sets how far the step reaches."""
    farthest_px: float = 3.0
    """Longest displacement that one step measures."""
    unexplained: float = 0.4
    """Share of the squared grey difference that a displacement may leave."""
    noise: float = 2.5
    """Grey levels of remaining difference that are noise."""
    regularisation: float = 0.1
    """Added to the diagonal of the structure tensor, squared grey levels per pixel²."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IlluminationParameters:
    """Gain and offset that bring a frame's grey levels to the reference's, fitted on the surface beside the text."""

    most_pixels: int = 4000
    """Surface pixels that are used."""
    noise_variance: float = 25.0
    """Squared grey levels of variance that carry no contrast."""
    plain_share: float = 0.1
    """Share of the brightness above black that stands in for contrast on plain surfaces."""
    scales: tuple[float, ...] = (40.0, 20.0, 12.0)
    """Scale of the Cauchy weights in each round, grey levels."""
    least_gain: float = 0.5
    most_gain: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionFitParameters:
    """Planar motion (eight modes) fitted to the points' displacements by iteratively reweighted least squares."""

    agreement_px: float = 0.6
    """Final scale of the Cauchy weights: about three times the error of Lucas–Kanade on compressed video."""
    scales_px: tuple[float, ...] = (4.0, 2.0, 1.0, 0.6, 0.6, 0.6)
    """Scale of the Cauchy weights in each round."""
    point_sigma_px: float = 0.3
    """Standard deviation of one agreeing point, with the correlation of neighbours' errors included."""
    least_points: int = 5
    """Points that were found below which nothing is fitted."""
    lead_points: int = 8
    """Text points that were found from which on the text alone may lead the fit."""
    lead_coherence: float = 0.8
    """Coherence of the text points, relative to the usual, from which on the text leads."""
    lead_weight: float = 2.0
    """Weight of text points while the text leads."""
    led_weight: float = 0.4
    """Factor on the weight of text points while the surface leads."""
    least_surface_weight: float = 8.0
    """Sum of the surface points' weights from which on the surface leads."""
    prior: tuple[float, float, float, float] = (0.1, 2.0, 2.0, 30.0)
    """Inverse squared pixels that hold shift, two stretches and keystone to the prediction, for x and for y alike."""
    aspect_prior: float = 200.0
    """Further inverse squared pixels on squeeze and shear while the text does not lead."""
    keystone_prior: float = 400.0
    """The same on both keystones: what is left beside the text may show one end of the surface only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OcclusionParameters:
    """Cells of the text that something passes in front of."""

    tall_px: float = 10
    """Text height from which on there are two rows of cells."""
    most_columns: int = 16
    surface_height: float = 0.7
    """Height of the surface cells beside the text, in text heights."""
    least_surface_px: float = 5
    gap: float = 0.15
    """Gap between text and surface cells, in text heights; strokes that melt over the edge stay in it."""
    least_change: float = 9.0
    """Grey levels of change that count at least."""
    times_usual: float = 5.0
    """Change, in units of the cell's usual change, that counts."""
    usual: float = 3.0
    """Usual change of a cell at the start, grey levels."""
    release: float = 0.6
    """Part of the limit below which a changed cell counts as restored (hysteresis)."""
    flat: float = 0.5
    """Part of the reference's standard deviation below which a cell has no strokes."""
    usual_rate: float = 0.1
    """Learning rate of the usual change, per frame."""
    surface_rate: float = 0.02
    """Learning rate of the surface's grey levels, per frame."""
    text_rate: float = 0.25
    """Learning rate of the text's grey levels, per frame, away from occluded cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppearanceParameters:
    """Local normalised cross-correlation (NCC) of the text with its reference."""

    blurs_px: tuple[float, ...] = (0.0, 0.8, 1.6)
    """Gaussian sigmas of the references of which the best counts, so that defocus costs nothing."""
    window: float = 0.6
    """Side of the correlation window in text heights."""
    least_window_px: int = 7
    most_window_px: int = 41
    noise_variance: float = 16.0
    """Squared grey levels added to both variances."""
    least_strokes: float = 0.3
    """Energy of a part of the text over that of the part with the most, from which on it is compared by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BendingParameters:
    """Text on surfaces that bend; lengths in heights of the text. Set by part 8 of benchmarks/lettering.py."""

    spline: SplineParameters = field(default_factory=SplineParameters)
    height_px: float = 40.0
    """Height of the text to which patches are scaled."""
    longest_px: float = 320.0
    """Width of the text that they may have then."""
    margin: float = 0.4
    """Surround that is registered along with the text."""
    surround: float = 0.15
    """Weight of its pixels, those of the text having 1."""
    softness: float = 0.15
    """Gaussian sigma under which the text as a whole is compared."""
    least_likeness: float = 0.7
    """Correlation under that from which on the text is found."""
    steady: float = 0.03
    """Drop of the NCC since the frame before, at which it is looked for from further away."""
    least_inside: float = 0.97
    """Share of the text inside the picture below which it is not compared."""
    least_ncc: float = 0.6
    """NCC below which it is another text or another place."""
    flat_ncc: float = 0.9
    """NCC from which on a flat surface needs no other explanation."""
    most_pause: int = 7
    """Frames in which it is not looked for, at most, after that was in vain: one more than twice as many every time."""
    other_ncc: float = 0.85
    """NCC below which it is another text, which is not looked for in every frame; `BentParameters.other`."""
    expected: float = 0.1
    """Distance from where the planar track or the camera takes it to be, up to which that is so."""
    most_pause_of_other: int = 3
    """`most_pause` of such text. Of the clips of benchmarks/cost.py, one spent a quarter of its time on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerParameters:
    """Prediction, acceptance and re-detection of a tracked surface, with the parts that it is made of."""

    patch: PatchParameters = field(default_factory=PatchParameters)
    features: FeatureParameters = field(default_factory=FeatureParameters)
    flow: FlowParameters = field(default_factory=FlowParameters)
    edges: EdgeParameters = field(default_factory=EdgeParameters)
    illumination: IlluminationParameters = field(default_factory=IlluminationParameters)
    fit: MotionFitParameters = field(default_factory=MotionFitParameters)
    occlusion: OcclusionParameters = field(default_factory=OcclusionParameters)
    appearance: AppearanceParameters = field(default_factory=AppearanceParameters)
    bending: BendingParameters = field(default_factory=BendingParameters)
    least_points: int = 6
    """Feature points below which nothing is measured."""
    given_sigma_px: float = 0.02
    """Standard deviation of the corners in the reference frame, picture pixels: given, not measured."""
    reader_sigma: float = 0.15
    """Standard deviation of a text detector's corners, in text heights."""
    least_support: float = 0.1
    """Share of the weighted points that must agree for a measurement."""
    good_support: float = 0.25
    """The same for a measurement after which no other place is tried."""
    least_agreement: float = 8.0
    """Sum of the points' agreement that a measurement needs."""
    least_inside: float = 0.15
    """Share of the text inside the picture below which nothing is measured."""
    most_lost_frames: int = 24
    """Frames without a measurement after which only every `lost_stride`th frame is searched."""
    lost_stride: int = 5
    refine_from_px: float = 1.0
    """Corner displacement from the guess above which the frame is matched once more from the result."""
    velocity_gain: float = 0.6
    """Share of a frame's displacement that the velocity takes on; a third of it where support is low."""
    velocity_decay: float = 0.95
    """Factor on the velocity in the prediction, per frame."""
    coast_frames: float = 12.0
    """Time constant in which an unseen surface passes from its own motion to the camera's."""
    search_px: int = 56
    """Distance around the expected place in which a lost surface is searched."""
    least_ncc: float = 0.55
    """NCC with the reference at which what was found there is accepted."""
    weight_rate: float = 0.12
    """Least learning rate of the points' weights, per frame."""
    surface_weight: float = 0.6
    """Initial weight of points beside the text, 0..1; of points on the text it is 1."""
    neighbour_weight: float = 0.5
    """Factor on that for points on neighbouring text."""
    least_weight: float = 0.02
    coherence_rate: float = 0.1
    """Learning rate of the usual coherence of the text points, per frame."""
    overlay_checks: int = 4
    """Frames clearly away from the first place after which the text is not an overlay fixed on the screen."""
    overlay_least_px: float = 0.75
    """Displacement from the first place, picture pixels, above which an overlay is tested for."""
    overlay_ncc: float = 0.8
    """NCC at the first place that shows an overlay."""
    overlay_ncc_gain: float = 0.03
    """Amount by which that must exceed the NCC at the measured place."""
    reacquire_shift: float = 0.5
    """Largest correction of a text detector's corners, in text heights."""
    most_turned: float = 2.5
    """Largest change of aspect, and ratio of opposite edges: a turn of some 60 degrees."""
    least_appearance: float = 0.3
    """Visible share of the text above which its appearance is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraMotionParameters:
    """Global similarity between two pictures from tracked corners."""

    long_side_px: int = 480
    """Longer side to which pictures are subsampled."""
    corners: int = 120
    quality: float = 0.01
    """Least corner response relative to the best (Shi and Tomasi, 1994)."""
    distance_px: int = 10
    """Least distance of two corners."""
    window_px: int = 15
    least_corners: int = 12
    reprojection_px: float = 1.5
    """RANSAC threshold."""
    iterations: int = 300
    least_inliers: int = 10
    least_share: float = 0.0
    """Share of the tracked corners that must agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryParameters:
    """Smoothing of the corners over a region's life."""

    least_acceleration_px: tuple[float, float, float, float] = (0.05, 0.02, 0.02, 0.008)
    """Standard deviation of acceleration, picture pixels per frame², that every surface is granted: shift, two
    stretches, keystone."""
    least_samples: int = 5
    """Accelerations from which on their own spread counts."""
    rounds: int = 3
    """Reweighted solutions."""
    outlier_sigmas: float = 4.0
    """Scale of the Cauchy weights on whole observations, standard deviations."""
