"""The picture that a region is taken from, taken apart into lettering and surface."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from overlaycut.core.colour import YcbcrMatrix
from overlaycut.core.frame import Frame, Mask
from overlaycut.core.geometry import Quad
from overlaycut.repair.composite.appearance import AppearanceParameters, RegionAppearance
from overlaycut.repair.estimate.learned_strokes import LearnedStrokes
from overlaycut.repair.estimate.region_geometry import RegionGeometry
from overlaycut.repair.segment.occlusion import similar_elsewhere
from overlaycut.repair.segment.text_segmentation import (
    TextSegmentation,
    TextSegmentationParameters,
    segment_text,
    with_strokes,
)
from overlaycut.vision.deformation import Deformation
from overlaycut.vision.filters import FloatImage, dilated, scaled, scaled_mask
from overlaycut.vision.texture import noise_level


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceParameters:
    """How the source of a region is chosen and taken apart; checked by benchmarks/repair.py."""

    least_visibility: float = 0.6
    """Visibility, 0..1, from which the clip's first frame serves as the source."""
    nearly_best: float = 0.95
    """Share of the best visibility from which a frame is as good as the best one."""
    grown: float = 0.7
    """Share of its life, 0..1, after which invented lettering no longer changes."""
    wander_widths: float = 4.0
    """Stroke widths by which distorted strokes leave their place."""
    wander_heights: float = 0.5
    """The same in heights of the lettering; the smaller counts."""
    least_wander_px: int = 4
    """The same in coarse pixels, at least."""
    hole_share: float = 0.2
    """Share of a coarse pixel that text must cover for the finer ones to take the spread surface."""
    segmentation: TextSegmentationParameters = field(default_factory=TextSegmentationParameters)


@dataclass(frozen=True, slots=True, eq=False)
class RegionSource:
    """The source picture of a region on its planes."""

    frame: int | None
    """Index of the frame that it comes from; None for the reference picture."""
    picture: FloatImage
    """The source on the fine plane."""
    surface: FloatImage
    """The same with the surface spread under its lettering."""
    text: TextSegmentation
    """Its lettering, on the coarse plane."""
    bare: Mask
    """Pixels of the coarse plane that show the bare surface."""
    reach: Mask
    """Pixels of the coarse plane that the region's distorted strokes may reach."""
    appearance: RegionAppearance
    dim: FloatImage
    """The bare surface at the size at which light is found."""
    matrix: YcbcrMatrix = "bt709"
    """Matrix of all these samples."""

    @classmethod
    def of(
        cls,
        geometry: RegionGeometry,
        frame: Frame,
        quad: Quad,
        bend: Deformation | None = None,
        *,
        index: int | None = None,
        strokes: LearnedStrokes | None = None,
        parameters: SourceParameters = SourceParameters(),
        appearance: AppearanceParameters = AppearanceParameters(),
    ) -> RegionSource:
        """What `frame` shows of the region, seen there as `quad`, bent by `bend`; index: None for the reference.

        strokes: finds strokes that have hardly any contrast; None for regions whose strokes all have.
        """
        picture, valid = geometry.fine.read(frame, quad, bend)
        size = geometry.coarse_size
        base = scaled(picture, size, area=True)
        room = scaled(valid.astype(np.uint8), size, area=True).astype(np.bool_)
        height = geometry.coarse.lettering[1]
        text = segment_text(base, region=geometry.own, valid=room, height_px=height, parameters=parameters.segmentation)
        if strokes is not None:
            text = with_strokes(base, text, strokes.within(base), room, parameters.segmentation)
        # Outside the strokes the surface keeps its detail; under them it is what spreads in from their surround.
        covered = dilated(text.ink, text.halo_px)
        clean = np.where(covered[..., None], text.surface, base).astype(np.float32)
        other = dilated(similar_elsewhere(base, text, room), 2 + text.halo_px)
        bare = room & ~covered & ~other
        # Beyond the reach of distorted strokes, and where something else was from the start, what looks like text
        # is none.
        wander = round(min(parameters.wander_widths * text.width_px, parameters.wander_heights * height))
        reach = dilated(geometry.own, max(wander, parameters.least_wander_px)) & (covered | ~other)
        hole = scaled_mask(covered, geometry.fine_size, share=parameters.hole_share)
        spread = scaled(text.surface, geometry.fine_size)
        return cls(
            frame=index,
            picture=picture,
            surface=np.where(hole[..., None], spread, picture).astype(np.float32),
            text=text,
            bare=bare,
            reach=reach,
            appearance=RegionAppearance(
                surface=clean,
                wanted=base,
                colours=text.colours,
                width_px=text.width_px,
                contrast=text.contrast,
                noise=noise_level(base[..., 0], bare),
                text_stays=geometry.region.state != "lost",
                parameters=appearance,
            ),
            dim=scaled(clean, geometry.light_size, area=True),
            matrix=frame.matrix,
        )


def best_source_frame(geometry: RegionGeometry, parameters: SourceParameters = SourceParameters()) -> int:
    """The first frame that shows the region well; for invented lettering, the first after it has grown."""
    region, span = geometry.region, geometry.span
    grown = span.start
    if region.state == "invented" and region.onset_frame is not None:
        grown = round(region.onset_frame + parameters.grown * (span.end - 1 - region.onset_frame))
    usable = [i for i in span if i in geometry.track.quads]
    best = max((geometry.visibility[i] for i in usable), default=0.0)
    good = [i for i in usable if geometry.visibility[i] >= parameters.nearly_best * best]
    return next((i for i in good if i >= grown), good[-1])
