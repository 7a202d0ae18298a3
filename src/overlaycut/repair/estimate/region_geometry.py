"""The rectified planes of a region: on which it is repaired, and on which frames are analysed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Quad, Span
from overlaycut.core.plan import RegionPlan
from overlaycut.repair.estimate.track_refinement import RefinedTrack
from overlaycut.vision.illumination import grid_size
from overlaycut.vision.polygons import polygon_mask
from overlaycut.vision.rectification import COVER_MARGIN, MARGIN, RectifiedPlane


@dataclass(frozen=True, slots=True, kw_only=True)
class GeometryParameters:
    """Sizes of the planes, a trade of sharpness for time; set by benchmarks/repair.py."""

    density: float = 1.25
    """Plane pixels to a picture pixel: patches are sampled twice on their way, and this keeps them crisp."""
    most_pixels: int = 700_000
    """Pixels of the fine plane, at most."""
    most_coarse_pixels: int = 32_000
    """Pixels of the coarse plane, on which light and foreground are found in every frame, at most."""
    halve_light_from_px: int = 60
    """Shorter side of the coarse plane from which light, which is smooth, is found at half its size."""
    stray: float = 0.12
    """Share of the lettering's height by which strokes leave their region, up to `most_stray_px`."""
    most_stray_px: float = 6.0
    """The same in coarse pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionGeometry:
    """A region, its track, and its planes."""

    region: RegionPlan
    span: Span
    """Frames that are changed."""
    track: RefinedTrack
    """With a quad for every frame of the span, and for some before it."""
    fine: RectifiedPlane
    """The plane on which the region is repaired."""
    coarse: RectifiedPlane
    """The same plane with fewer pixels, on which every frame is analysed."""
    light_size: tuple[int, int]
    """Columns and rows of the plane on which light is found."""
    light_grid: tuple[int, int]
    """Columns and rows of the grid of light offsets."""
    own: Mask
    """Pixels of the coarse plane in which the region's strokes may lie."""
    visibility: Mapping[int, float]
    """Frame of the track → share of the region that is seen, 0..1."""
    spared: Mask
    """Pixels of the fine plane on which other lettering lies that is left as it is."""
    left: tuple[Quad, ...] = ()
    """All places of lettering inside it that other regions take out."""

    @classmethod
    def of(
        cls,
        region: RegionPlan,
        span: Span,
        track: RefinedTrack,
        parameters: GeometryParameters = GeometryParameters(),
        *,
        kept: Sequence[Quad] = (),
        left: tuple[Quad, ...] = (),
    ) -> RegionGeometry:
        """The planes of a region that is changed in `span`; `track` has a quad in at least one frame of it.

        kept: quads in the reference picture of lettering that is left as it is. left: all places in the clip of
        lettering that other regions take out.
        """
        shown = [track.quads[index] for index in span if index in track.quads]
        # What is set around a region needs the more room the larger it is.
        margin = COVER_MARGIN if region.decision == "cover" else MARGIN
        fine = RectifiedPlane.around(
            shown, density=parameters.density, most_pixels=parameters.most_pixels, margin=margin
        )
        share = min((parameters.most_coarse_pixels / (fine.width * fine.height)) ** 0.5, 1.0)
        coarse = fine.resized(max(round(fine.width * share), 8), max(round(fine.height * share), 8))
        half = 2 if min(coarse.width, coarse.height) > parameters.halve_light_from_px else 1
        light_size = coarse.width // half, coarse.height // half
        height = coarse.lettering[1]
        return cls(
            region,
            span,
            track,
            fine,
            coarse,
            light_size,
            grid_size(*light_size, lettering_height=height / half),
            coarse.region(grown=min(parameters.stray * height, parameters.most_stray_px) + 2),
            {index: region.visibility.get(index, 1.0) for index in track.quads},
            _spared(fine, region, kept),
            left,
        )

    @property
    def fine_size(self) -> tuple[int, int]:
        """Columns and rows of the fine plane."""
        return self.fine.width, self.fine.height

    @property
    def coarse_size(self) -> tuple[int, int]:
        """Columns and rows of the coarse plane."""
        return self.coarse.width, self.coarse.height

    @property
    def drawn_by_hand(self) -> bool:
        """Whether a person drew the region: then it is its own limit, while detected lettering leaves its quad."""
        return self.region.decided_by == "person" and self.region.reference_quad is None

    @property
    def is_overlaid(self) -> bool:
        """Whether it is taken to lie over the picture without a look at what is behind it."""
        return self.drawn_by_hand or self.region.kind == "subtitle"

    def shown_quads(self) -> dict[int, Quad]:
        """Frame → quad, for every frame that is changed."""
        return {index: quad for index, quad in self.track.quads.items() if index in self.span}

    def stands_still(self, *, within_px: float) -> bool:
        """Whether no corner leaves its median position by `within_px` picture pixels or more."""
        corners = np.array([self.track.quads[index].array() for index in self.span if index in self.track.quads])
        return float(np.abs(corners - np.median(corners, axis=0)).max()) < within_px


def _spared(plane: RectifiedPlane, region: RegionPlan, kept: Sequence[Quad]) -> Mask:
    spared = np.zeros((plane.height, plane.width), np.bool_)
    if region.reference_quad is None:
        return spared
    to_plane = np.asarray(np.linalg.inv(plane.to_picture(region.reference_quad)), np.float64)
    for quad in kept:
        spared |= polygon_mask(quad.mapped(to_plane).array() - 0.5, spared.shape)
    return spared & ~plane.region()
