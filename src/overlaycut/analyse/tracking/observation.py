"""What is measured of one tracked surface in one frame."""

from __future__ import annotations

from dataclasses import dataclass

from overlaycut.core.geometry import FloatArray, Points


@dataclass(frozen=True, slots=True)
class BentLikeness:
    """Correlation of text, laid flat from a surface that bends, with its reference, over the most that it can be."""

    whole: float
    """Of the whole text, -1..1."""
    weakest: float
    """Of its weakest part, about a letter wide, -1..1."""
    apart: float
    """How far the corner that is furthest off lies from where the planar track takes it to be, in text heights."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackObservation:
    """Position and appearance of one text surface in one frame."""

    index: int
    """Frame number."""
    corners: Points
    """The text's corners, (4, 2), in pixels of the reduced picture; predicted where nothing was measured."""
    information: FloatArray
    """Inverse covariance of the eight corner coordinates, (8, 8); zeros where nothing was measured."""
    support: float
    """Share of the weighted feature points that were found again and agree, 0..1."""
    visible: float
    """Share of the text that is inside the picture and not occluded, 0..1."""
    nonrigid_residual: float | None
    """Median distance of points on the text from the planar motion, in text heights; None where not measured."""
    ncc: float | None
    """Normalised cross-correlation of the text with its reference, -1..1, invariant to gain and blur; None when
    occluded."""
    contrast_energy: float | None
    """Variance of the text relative to its reference, 1 is the same; None when occluded."""
    inside: float = 1.0
    """Share of the text that is inside the picture, 0..1."""
    bent: BentLikeness | None = None
    """How alike the text is when it is laid flat from a surface that bends; None where a plane explains it, and where
    it was not found or not looked for."""
