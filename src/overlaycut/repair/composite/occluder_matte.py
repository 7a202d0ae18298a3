"""How much of each pixel belongs to what is in front of a region.

The coarse mask of an occluder is wider than it, so that nothing of it is painted over: melted strokes that touch it
would stay. Close to its outline each pixel is a mixture of the occluder's colour and of what is behind, surface or
ink, and says itself of how much (Porter and Duff, Compositing digital images, 1984, with two known colours).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, distance, dot, eroded
from overlaycut.vision.illumination import spread


@dataclass(frozen=True, slots=True, kw_only=True)
class MatteParameters:
    """How an occluder's outline is found; set by benchmarks/repair.py --labels (tuning half)."""

    chroma_weight: float = 2.0
    """Weight of a level of chroma against one of luma."""
    inner_px: int = 3
    """Coarse pixels from its outline beyond which an occluder has its own colour."""
    outline_px: int = 4
    """Width of a soft outline, in pixels, in which it has not."""
    separation: tuple[float, float] = (35.0, 70.0)
    """Levels between the occluder's colour and the region's from which a pixel tells a little, and all."""
    sure: tuple[float, float] = (0.08, 0.85)
    """Shares of the occluder in a pixel that are noise of none and of all."""
    limit: float = 26.0
    """Levels by which a pixel well inside an occluder differs from the region, to be part of it whatever its colour."""
    kept_from: float = 0.75
    """Share of the occluder from which a pixel is the more left as it is, the more of it there is."""


@dataclass(frozen=True, slots=True, eq=False)
class OccluderMatte:
    """What is in front."""

    colour: FloatImage
    """Its colour at each pixel, or close by, (rows, columns, 3)."""
    share: FloatPlane
    """Share of each pixel that belongs to it, 0..1."""
    mixed: FloatPlane
    """How surely a pixel with a share between 0 and 1 is a mixture of both, 0..1."""
    parameters: MatteParameters

    @classmethod
    def of(
        cls,
        seen: FloatImage,
        behind: FloatImage,
        colours: Colours,
        *,
        core: Mask,
        cover: FloatPlane,
        parameters: MatteParameters = MatteParameters(),
    ) -> OccluderMatte:
        """The matte of an occluder.

        seen: the frame, (rows, columns, 3). behind, colours: the bare surface, of the same shape, and the ink, (n, 3),
        in its light. core: pixels well inside the mask of what is in front. cover: coverage by that mask, which is
        wide, 0..1.
        """
        weight = np.array([1.0, parameters.chroma_weight, parameters.chroma_weight], np.float32)
        there, bare, ink = seen * weight, behind * weight, colours * weight
        unlike = _off_the_region(there, bare, ink)
        # The mask may hold a letter that is missing, which shows bare surface, and soft outlines beside it.
        sure = core & (unlike > parameters.limit)
        pure = next((mask for mask in (eroded(sure, parameters.outline_px), sure) if mask.any()), core)
        front = spread(seen, pure.astype(np.float32))
        own = distance(there, front * weight)
        low, high = parameters.sure
        share = np.clip((unlike / np.maximum(unlike + own, 1.0) - low) / (high - low), 0, 1)
        share[sure] = 1.0
        least, most = parameters.separation
        mixed = np.clip((_off_the_region(front * weight, bare, ink) - least) / (most - least), 0, 1)
        # What does not tell is as the mask has it.
        share = np.where(cover > 0, mixed * share + (1 - mixed) * cover, 0)
        return cls(
            front,
            np.asarray(share, np.float32),
            np.asarray(mixed, np.float32),
            parameters,
        )

    def over(self, picture: FloatImage, alpha: FloatPlane) -> tuple[FloatImage, FloatPlane]:
        """A picture with its alpha as they show behind it: mixed with it at its outline, left out where it is all."""
        shown = (self.mixed * self.share)[..., None]
        first = self.parameters.kept_from
        left = 1 - np.clip((self.share - first) / (1 - first), 0, 1)
        mixture = picture + shown * (self.colour - picture)
        return np.asarray(mixture, np.float32), np.asarray(
            alpha * left * (1 - (1 - self.mixed) * self.share), np.float32
        )


def _off_the_region(seen: FloatImage, surface: FloatImage, colours: Colours) -> FloatPlane:
    """Distance of each pixel from the surface, the ink, and every mixture of both."""
    rest = seen - surface
    off = distance(seen, surface)
    for axis in colours[:, None, None, :] - surface:
        along = np.clip(dot(rest, axis) / np.maximum(dot(axis, axis), 1.0), 0, 1.15)
        off = np.minimum(off, distance(rest, along[..., None] * axis))
    return np.asarray(off, np.float32)
