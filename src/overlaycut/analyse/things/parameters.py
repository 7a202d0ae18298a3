"""Parameters of finding and following things from references."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from overlaycut.analyse.subject import SubjectParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingParameters:
    """Finding a thing in a clip and judging its looks; set on the tuning half of benchmarks/cast_labels.toml."""

    long_side_px: int = 640
    """Longer side of the pictures in which features are detected."""
    reference_px: int = 480
    """The same of a reference."""
    reference_edge: float = 0.03
    """Width of the edge of a reference that is ground for certain, in parts of its shorter side: references are cut to
    the thing. Wider ones (the border of 8 % with the most salient box) cut a third of the things' heights away."""
    interval: Fraction = Fraction(1, 4)
    """Seconds between looks."""
    features: int = 1500
    """SIFT features (Lowe, 2004) of a picture, at most."""
    contrast: float = 0.02
    """SIFT's least contrast: half of Lowe's, for plain products."""
    ratio: float = 0.8
    """Lowe's ratio test (2004, section 7.1)."""
    reprojection_px: float = 4.0
    """Error of a match up to which it is an inlier, at the working size."""
    least_inliers: int = 8
    """Matches that agree on one similarity transform, at least."""
    least_inlier_share: float = 0.3
    """The same as a share of all matches."""
    smallest_scale: float = 0.08
    """Size of the thing over that of its view, at least."""
    largest_scale: float = 8.0
    """The same at most."""
    least_features: int = 16
    """Features of a view below which it has too few to be told by them."""
    colour_px: int = 128
    """Longer side of the pictures in which colours are sought."""
    own_ratio: float = 3.0
    """Density of a colour in the thing over that in the whole picture from which on it is the thing's own."""
    least_alike: float = 0.6
    """Likeness of colours (Bhattacharyya's coefficient) of a place with the reference from which on it is the thing."""
    parts_alike: float = 0.7
    """The same of its parts, in the mean, where nothing but colours tells it."""
    other_shape: float = 1.5
    """Ratio of height and width over the reference's, at most, there."""
    chroma: float = 14.0
    """Distance from grey in a* and b* from which on a colour is one."""
    colourful: float = 0.4
    """Share of a reference that has such colours, at least, for it to be found by them."""
    itself: float = 0.75
    """Likeness of colours with the opening below which what is followed is something else."""
    seen_density: float = 5e-4
    """Density of a histogram, its bins adding up to 1, below which a colour does not belong to what it is of."""
    least_share: float = 0.004
    """Share of the frame that a thing covers at least, where it is found by its colours."""
    near: float = 0.6
    """Margin around the last place in which it is sought again, in parts of its sides."""
    times_larger: float = 2.0
    """Ratio of areas of two neighbouring looks, at most, where it is followed by its colours."""
    cells: int = 3
    """Parts along each side that are compared."""
    patch_px: int = 96
    """Longer side of the rectified picture of a thing."""
    least_texture: float = 4.0
    """Standard deviation of a part in levels below which its detail cannot be compared."""
    subject: SubjectParameters = field(default_factory=SubjectParameters)
