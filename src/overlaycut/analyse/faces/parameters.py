"""Parameters of the analysis of faces."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from overlaycut.analyse.faces.absence import AbsenceParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class RelianceParameters:
    """How far a face's vector is relied on; set by benchmarks/cast.py on echovideo and fantasytalk clips."""

    tiny_px: float = 12.0
    """Distance of the eyes below which a face tells nothing."""
    large_px: float = 28.0
    """Distance of the eyes from which on size does not matter."""
    frontal_offset: float = 0.18
    """Offset of the nose from the middle, in parts of the face's width, up to which a face is frontal."""
    profile_offset: float = 0.45
    """The same from which on it is a profile."""
    profile_eyes: float = 0.55
    """Distance of the eyes over that from eyes to mouth in a profile, where the detector guesses the hidden eye."""
    frontal_eyes: float = 0.75
    """The same from which on the nose alone tells the turn."""
    blurred: float = 0.004
    """Variance of the chip's finest detail over that of the whole in a blurred picture."""
    sharp: float = 0.02
    """The same in a sharp one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceParameters:
    """Detection, tracking and embedding of faces; checked by benchmarks/cast.py (verdicts, onsets, cost)."""

    long_side_px: int = 512
    """Longer side of the picture that is searched."""
    smallest_px: int = 20
    """Smallest face in that picture: 4 % of the longer side."""
    search_interval: Fraction = Fraction(1, 2)
    """Seconds between searches."""
    rest_interval: Fraction = Fraction(1)
    """Seconds between searches once nobody new was found."""
    track_interval: Fraction = Fraction(1, 8)
    """Seconds between updates of known faces."""
    chip_interval: Fraction = Fraction(1, 4)
    """Seconds between aligned pictures (chips) that are kept of a face."""
    embed_interval: Fraction = Fraction(1)
    """Seconds between chips that are always embedded."""
    opening: Fraction = Fraction(3, 4)
    """Seconds from a track's beginning in which all chips are embedded: later ones are compared with these."""
    most_tracked: int = 16
    """Faces tracked at a time, largest first; all are counted."""
    most_embedded: int = 8
    """Faces of which chips are kept, largest first."""
    most_chips: int = 480
    """Chips kept of one face: two minutes of it."""
    most_vectors: int = 240
    """Vectors made for one clip."""
    same_place: float = 0.7
    """1 − intersection over union up to which a tracked face is the same one."""
    within_widths: float = 1.0
    """Distance in face widths up to which a detected face is the known one."""
    times_larger: float = 2.0
    """Ratio of heights up to which it is."""
    lost_after: Fraction = Fraction(1)
    """Seconds without a sighting after which a face that comes back is a new track."""
    certain_score: float = 0.9
    """Score that a track must reach once; textures that pass for faces hardly ever do."""
    refine_distance: float = 0.5
    """Distance of neighbouring vectors, in units of the model's threshold, above which the chips between them are
    embedded too: two frames of a calm face lie nearer."""
    least_reference_weight: float = 0.05
    """Weight of a reference picture, at least: a person chose it."""
    passer_by: float = 0.25
    """Area relative to the largest face's below which another face in a reference is a passer-by."""
    reliance: RelianceParameters = field(default_factory=RelianceParameters)
    absence: AbsenceParameters = field(default_factory=AbsenceParameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClothingParameters:
    """Colours below a face; checked by benchmarks/cast.py (turned hues against undisturbed clips)."""

    width: float = 1.6
    """Width of the area in face widths."""
    gap: float = 0.3
    """Its distance from the chin in face heights."""
    height: float = 1.2
    """Its height in face heights."""
    least_inside: float = 0.3
    """Share of it that must be in the picture."""
    rows: int = 2
    """Of cells that it is divided into, so that what comes in front of a part is told from other clothes."""
    columns: int = 3
