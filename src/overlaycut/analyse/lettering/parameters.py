"""Parameters of finding, tracking and reading text, with those of the parts that do it.

benchmarks/lettering.py checks every default on drawn clips with known truth (states, onsets, corners, false alarms,
cost) unless a field names another source.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from overlaycut.analyse.judge import JudgeParameters
from overlaycut.analyse.lettering.area_sheet import AreaParameters
from overlaycut.analyse.lettering.close_look import CloseLookParameters
from overlaycut.analyse.lettering.covered import CoveredParameters
from overlaycut.analyse.lettering.entering import EnteringParameters
from overlaycut.analyse.lettering.fusion import FusionParameters
from overlaycut.analyse.lettering.glyphs import GlyphParameters
from overlaycut.analyse.lettering.shape import ShapeParameters
from overlaycut.analyse.lettering.unread import UnreadParameters
from overlaycut.analyse.register import RegistrationParameters
from overlaycut.analyse.shots import CutParameters
from overlaycut.analyse.tracking import CameraMotionParameters, TrackerParameters, TrajectoryParameters
from overlaycut.analyse.watermarks import FixedMarkParameters, WatermarkParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionParameters:
    """When and on which pictures the text detector and the reader run, and which lines count as text."""

    interval: Fraction = Fraction(1, 2)
    """Seconds between detections."""
    rest_interval: Fraction = Fraction(1)
    """Seconds between detections once `rest_after` of them found nothing new."""
    rest_after: int = 3
    reading_interval: Fraction = Fraction(1, 4)
    """Seconds between readings along the tracks."""
    reference_side_px: int = 1280
    """Longer side of the detector's picture for reference frames."""
    side_px: int = 960
    """The same for later frames."""
    still_side_px: int = 1600
    """The same for the still, at most its own size."""
    known_overlap: float = 0.2
    """Share of the smaller of two lines inside the other above which one that is found at a second size is known."""
    least_confidence: float = 0.5
    """Confidence of a reading from which on a line is text."""
    same_still_px: float = 1.0
    """Distance by which the corners of a still may lie off the first frame's that shows just it, in clip pixels."""
    same_still_levels: float = 12.0
    """Mean difference in luma levels of that frame from it in any cell, at most: what x264 changes at crf 30."""
    same_still_cell_px: int = 16
    """Side of those cells in clip pixels."""
    known_confidence: float = 0.8
    """Confidence from which on a frame's own reading is what the text should read."""
    sign_confidence: float = 0.9
    """Confidence from which on a single CJK character is text."""
    asked_similarity: float = 0.6
    """Similarity to a text that was asked for above which a line is text at any confidence."""
    asked_likeness: float = 0.5
    """Likeness to a run of words of such a text above which a line should read as that run."""
    least_side_px: float = 3.0
    """Width and height of a line in clip pixels, at least."""
    fresh_confidence: float = 0.9
    """Confidence of the detector's own reading above which a line is not read again in that frame."""
    reading_visibility: float = 0.5
    """Visible share of a region from which on it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionParameters:
    """Regions of text over their lives: association, tracking back, and what confirms them."""

    most: int = 16
    """Regions tracked at a time."""
    feature_points: int = 640
    """Feature points that all regions share."""
    in_view: float = 0.5
    """Share of a line inside the picture from which on it becomes a region."""
    same_place: float = 0.35
    """Intersection over union above which two quads are the same line."""
    contained: float = 0.6
    """Part of the smaller of two quads inside the other above which one is a part of the other."""
    lost_support: float = 0.25
    """Track support below which a detection of the same words elsewhere takes the track over."""
    lost_visibility: float = 0.25
    """Predicted visibility, which is half of the share in view, from which on a lost track is noted."""
    same_words: float = 0.7
    """Likeness of readings from which on that detection is the same text."""
    same_aspect: float = 0.8
    """Ratio of aspects, or its inverse, beyond which a detection is a part of the line only."""
    whole: float = 0.9
    """Similarity from which on a detection shows the whole line, occluded by nothing."""
    other_words: float = 0.4
    """Likeness of readings below which they are different texts, however badly either was read."""
    present_ncc: float = 0.8
    """NCC with the reference from which on text is present when tracked back in time."""
    same_ncc: float = 0.6
    """NCC, or likeness of readings, above which text still is itself."""
    sudden_drop: float = 0.2
    """Drop of NCC from one frame to the next that a change of text makes; melting comes by degrees."""
    steady_frames: int = 4
    """Frames before and after that drop in which NCC is steady."""
    sure: float = 0.8
    """Confidence of readings that confirm a region, and likeness of those that confirm its text."""
    right: float = 0.9
    """Similarity of a reading to the expected text that is right."""
    brief_seconds: float = 0.6
    """Life beyond which a late region must be confirmed by a second frame."""
    surround: float = 0.5
    """Width of the surround of a line that came in later, in its heights; it tells invented lettering on a surface that
    was there from a thing that came in with lettering of its own."""
    surround_blur: float = 0.15
    """Sigma of the blur under which it is compared, in heights of the line."""
    surround_levels: float = 30.0
    """Difference from the reference, in luma levels, up to which a pixel of the surround is the same."""
    surround_alike: float = 0.4
    """Share of such pixels from which on the surround is the same."""
    between_alike: float = 0.7
    """Share of the surface between the strokes that must be the same; set by drawn clips in which something passes."""
    light_levels: float = 40.0
    """Median difference of the surround up to which it is the light that has changed."""
    mark_confidence: float = 0.7
    """Confidence above which readings vote on whether a region is a watermark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleParameters:
    """Burned-in subtitles: fixed on screen, low, centred, and replaced by one another."""

    top: float = 0.55
    """Share of the picture's height below which subtitles lie."""
    off_centre: float = 0.2
    """Distance of a subtitle's centre from the picture's, in parts of its width, at most."""
    height: float = 0.1
    """Line height in parts of the picture's, at most."""
    drift: float = 0.006
    """Movement in parts of the picture's longer side that still is fixed on screen."""
    like_height: float = 0.65
    """Ratio of line heights from which on two lines are set alike."""
    same_line: float = 1.5
    """Vertical distance of two subtitles in line heights, at most."""
    least_letters: int = 4
    """Characters of a line that replaces a subtitle, at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceMatchParameters:
    """How the shapes of lines are compared with the reference; set by benchmarks/repair.py --labels."""

    most_pixels: int = 8000
    """Pixels of a line with its margin, at most."""
    search: float = 0.35
    """Displacement from the tracked place that is tried, in heights of the line."""
    presmoothing: float = 0.05
    """Sigma of the blur of both pictures, in heights: codecs and focus soften alike."""
    piece_heights: float = 3.0
    """Length of the pieces that are looked for one by one, in heights, so that a surface may bend."""
    least_contrast: float = 12.0
    """Levels between strokes and surface below which a line has no shape."""
    surface_contrast: float = 0.35
    """Share of that contrast by which the surface between strokes may differ from the reference's."""
    certain: float = 0.8
    """Correlation from which no further place is tried."""
    beside_heights: float = 2.5
    """Distance of two lines that may be of one surface, in heights of the taller one, at most."""
    most_beside: int = 2
    """Lines beside it whose tracks are tried, the nearest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiblingParameters:
    """When two lines are of one surface; set by benchmarks/repair.py --labels."""

    most_frames: int = 12
    """Frames before the damage by which that is decided, at most."""
    least_frames: int = 3
    """The same at least."""
    most_apart: float = 0.15
    """Distance by which a line may leave its place on the other's plane in them, in heights of the line."""
    shared_confidence: float = 0.6
    """Confidence that a finding which is unsure alone has beside a broken line, at most."""
    held_share: float = 0.7
    """Share of the frames in which a line's track is lost in which that of the line beside it must hold."""
    same_words: float = 0.9
    """Similarity of the words of a line that is found later, from which on it is the same line."""
    sure: float = 0.9
    """Confidence of its reading, at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedParameters:
    """When a line is taken to move with the camera; set by part 7 of benchmarks/lettering.py."""

    camera: CameraMotionParameters = field(
        default_factory=lambda: CameraMotionParameters(
            long_side_px=960, quality=0.002, reprojection_px=1.0, least_share=0.4
        )
    )
    """How the motion is measured: finer than elsewhere, and by weaker corners, as those of the lettering are left
    out."""
    firm: float = 0.9
    """Support of a track, 0..1, from which on its place is certain."""
    firm_ncc: float = 0.9
    """Correlation with the reference from which on it is."""
    scales: tuple[float, float] = (0.5, 2.0)
    """Change of size since its place was certain, least and most, at which the motion is believed."""
    found_ncc: float = 0.8
    """Correlation from which on a track that gave way has found the line again."""
    least_visible: float = 0.35
    """Visible share, which is halved where a track is lost, from which on nothing is taken to be in front."""
    weak: float = 0.7
    """Support below which the camera is asked."""
    least_frames: int = 4
    """Frames before that in which the line must have moved as the camera did."""
    most_apart: float = 0.12
    """Distance by which it may have left that path in them, in heights of the line."""
    margin: float = 0.4
    """Surround of lines that is left out of the camera's motion, in their heights."""
    sigma: float = 0.05
    """Standard deviation of carried corners, in heights of the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelocationParameters:
    """When and where small lines are looked for by their letters; lengths in heights of the line.

    Set by part 9 of benchmarks/lettering.py.
    """

    doubtful_ncc: float = 0.85
    """Correlation with the reference at the track's place below which the line is looked for."""
    height_px: int = 24
    """Height at which it is looked for, in pixels."""
    blur_px: float = 0.8
    """Sigma of the blur of both pictures."""
    reach: float = 1.0
    """Displacement that is tried."""
    sizes: tuple[float, ...] = (1.0, 0.88, 1.14)
    """Changes of size that are tried."""
    bend: float = 0.12
    """Displacement from the place that is common to all by which each letter may be off."""
    agreeing: float = 0.5
    """Share of the letters that must agree on a place."""
    found: float = 0.85
    """Their mean correlation at least."""
    better: float = 0.04
    """The same more than at the track's place."""
    own: float = 0.75
    """Correlation of a letter from which on it says where the line is."""
    apart: float = 0.5
    """Share of the line between the first and the last of these from which on they say how it is stretched."""
    sigma: float = 0.05
    """Standard deviation of corners that are found so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetteringParameters:
    """All parameters of the analysis of lettering."""

    long_side_px: int = 960
    """Longer side of the reduced pictures that are tracked in."""
    assumed_fps: float = 25.0
    """Frame rate of clips whose header states none."""
    ring_seconds: Fraction = Fraction(11, 20)
    """Time for which reduced pictures are kept, to track text back that is detected late."""
    detection: DetectionParameters = field(default_factory=DetectionParameters)
    entering: EnteringParameters = field(default_factory=EnteringParameters)
    close_look: CloseLookParameters = field(default_factory=CloseLookParameters)
    unread: UnreadParameters = field(default_factory=UnreadParameters)
    shapes: ShapeParameters = field(default_factory=ShapeParameters)
    glyphs: GlyphParameters = field(default_factory=GlyphParameters)
    covered: CoveredParameters = field(default_factory=CoveredParameters)
    fusion: FusionParameters = field(default_factory=FusionParameters)
    carried: CarriedParameters = field(default_factory=CarriedParameters)
    relocation: RelocationParameters = field(default_factory=RelocationParameters)
    areas: AreaParameters = field(default_factory=AreaParameters)
    regions: RegionParameters = field(default_factory=RegionParameters)
    subtitles: SubtitleParameters = field(default_factory=SubtitleParameters)
    marks: WatermarkParameters = field(default_factory=WatermarkParameters)
    fixed_marks: FixedMarkParameters = field(default_factory=FixedMarkParameters)
    tracker: TrackerParameters = field(default_factory=TrackerParameters)
    camera: CameraMotionParameters = field(default_factory=CameraMotionParameters)
    trajectory: TrajectoryParameters = field(default_factory=TrajectoryParameters)
    judge: JudgeParameters = field(default_factory=JudgeParameters)
    registration: RegistrationParameters = field(default_factory=RegistrationParameters)
    reference_match: ReferenceMatchParameters = field(default_factory=ReferenceMatchParameters)
    siblings: SiblingParameters = field(default_factory=SiblingParameters)
    cuts: CutParameters = field(default_factory=CutParameters)
