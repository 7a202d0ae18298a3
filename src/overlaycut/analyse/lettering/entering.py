"""Lettering that enters after the first frame, where no still says whether it belongs there.

Generators make up signs and prints as they go. Such lettering either comes out of a surface that was bare a moment ago,
or its strokes change all the time (they boil). What a camera shows when it pans, or what something in front uncovers,
does neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from overlaycut.analyse.judge import ShapeMatch
from overlaycut.analyse.tracking import TrackObservation


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteringParameters:
    """When lettering that enters was made up. Set by drawn clips and the tuning half of real_lettering.py."""

    bare_ncc: float = 0.3
    """NCC with the lettering up to which a surface is bare."""
    bare_energy: float = 0.3
    """Part of the lettering's contrast energy up to which it is."""
    least_support: float = 0.4
    """Support of the track, 0..1, from which on that surface is known."""
    least_visibility: float = 0.9
    """Visible share, 0..1, from which on nothing is in front of it."""
    bare_frames: int = 3
    """Frames before it appears in which the surface must be bare."""
    other_ncc: float = 0.5
    """NCC below which strokes are others."""
    moved_strokes: float = 0.06
    """Non-rigid residual, in text heights, above which they move by themselves."""
    clear_visibility: float = 0.7
    """Visible share from which on a frame counts for that."""
    other_letter: float = 0.5
    """Correlation of the weakest letters, after alignment, below which they are others; one such look confirms it."""
    lasting_seconds: float = 0.3
    """Time for which strokes must be others, at least."""
    lasting_share: float = 0.7
    """Share of the frames, to the end, in which they must be."""
    confidence: float = 0.45
    """Confidence where no still says that it does not belong there; below what is acted on by default."""
    attached: float = 0.006
    """Movement in parts of the picture's longer side from which on lettering is attached to something in the scene;
    titles come out of nothing too, and stand still."""


def is_bare(seen: TrackObservation, parameters: EnteringParameters) -> bool:
    """Whether the surface is in clear view, without the lettering."""
    return (
        seen.ncc is not None
        and seen.contrast_energy is not None
        and seen.support >= parameters.least_support
        and seen.visible >= parameters.least_visibility
        and seen.ncc <= parameters.bare_ncc
        and seen.contrast_energy <= parameters.bare_energy
    )


def boils(
    observations: Sequence[TrackObservation],
    shapes: Sequence[ShapeMatch],
    *,
    fps: float,
    parameters: EnteringParameters,
) -> bool:
    """Whether strokes have become others, to the end, and a look after alignment confirms it."""
    seen = [
        one
        for one in observations
        if one.support > 0 and one.ncc is not None and one.visible >= parameters.clear_visibility
    ]
    other = np.array(
        [
            one.ncc is not None
            and one.ncc < parameters.other_ncc
            and (one.nonrigid_residual or 0.0) > parameters.moved_strokes
            for one in seen
        ],
        dtype=bool,
    )
    least = max(3, round(parameters.lasting_seconds * fps))
    for start in np.flatnonzero(other):
        rest = other[start:]
        if len(rest) < least or rest.mean() < parameters.lasting_share:
            continue
        since = seen[start].index
        looks = [shape.weakest < parameters.other_letter for shape in shapes if shape.index >= since]
        return bool(looks) and all(looks)
    return False
