"""Strokes of a region's lettering on its plane, as a text segmentation network finds them.

Ink colours and contrast of a reference tell strokes while these keep them. Letters that melt fade, change their colour,
and come close to the surface's own in parts; a network tells them by their shapes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.models.text_segmentation import TextSegmenter, text_segmenter
from overlaycut.repair.estimate.region_geometry import RegionGeometry
from overlaycut.repair.segment.learned_text import as_rgb
from overlaycut.vision.filters import FloatImage


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedStrokesParameters:
    """When a pixel counts as a stroke; set on drawn lettering that fades (tests/repair/test_traces.py)."""

    probability: float = 0.5
    """Of letter or outline, 0..1."""
    most_share: float = 0.6
    """Share of the region, 0..1, beyond which an answer is none: no lettering covers as much."""


@dataclass(frozen=True, slots=True, eq=False)
class LearnedStrokes:
    """Finds the strokes of one region."""

    geometry: RegionGeometry
    segmenter: TextSegmenter
    parameters: LearnedStrokesParameters = LearnedStrokesParameters()

    @classmethod
    def of(
        cls, geometry: RegionGeometry, parameters: LearnedStrokesParameters = LearnedStrokesParameters()
    ) -> LearnedStrokes | None:
        """Those of lettering that is taken out; None for regions that are treated otherwise.

        Raises MissingPart when onnxruntime or the weights are missing.
        """
        region = geometry.region
        if region.decision != "erase" or region.kind == "watched":
            return None
        return cls(geometry, text_segmenter(), parameters)

    def within(self, picture: FloatImage) -> Mask:
        """The strokes that `picture`, on the coarse plane, shows of the region: (rows, columns)."""
        own = self.geometry.own
        (found,) = self.segmenter.segment([np.ascontiguousarray(as_rgb(picture))], [self.geometry.coarse.lettering[1]])
        strokes = found.strokes(self.parameters.probability) & own
        return strokes if strokes[own].mean() <= self.parameters.most_share else np.zeros_like(own)
