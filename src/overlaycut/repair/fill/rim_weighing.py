"""Weighs what motion brings into a hole against edges continued straight, by how well each predicts the hole's rim.

The rim is known, so that no truth is needed: its colours as motion brings them, and as a fill of hole and rim together
makes them, are compared with the picture's own. Where motion brings an edge to a wrong place, or none, the fill counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.repair.fill.inpainting import doubled, halved
from overlaycut.vision.coherence import CoherenceParameters, coherence_fill
from overlaycut.vision.components import Components
from overlaycut.vision.filters import FloatImage, FloatPlane, blurred
from overlaycut.vision.poisson import GuidanceField, in_light_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RimWeighingParameters:
    """How both are weighed; set on the tuning clips of benchmarks/subtitles.py."""

    sigma: float = 6.0
    """Sigma, in pixels, of the window in which the rim's errors count."""
    least_error: float = 8.0
    """Squared levels that are added to both errors: below them one is as good as the other."""
    most_error: float = 4000.0
    """Squared levels beyond which an error counts no more."""
    worth_error: float = 25.0
    """Mean squared error of motion, at the worst place of a connected part, below which that part is left as it is."""
    inertia: float = 0.7
    """Share, 0..1, of the frame before in the weights of an unchanged hole, so that nothing flickers."""
    most_depth_px: float = 16.0
    """Depth of a connected part, in pixels, beyond which its rim says little of it, and motion fills it."""
    least_rim: int = 50
    """Pixels of rim that motion reaches without which nothing is weighed."""


_DEFAULTS = RimWeighingParameters()


class RimWeighing:
    """The weights of one hole, from frame to frame."""

    def __init__(self, coherence: CoherenceParameters, parameters: RimWeighingParameters = _DEFAULTS) -> None:
        self._coherence, self._parameters = coherence, parameters
        self._weight: FloatPlane | None = None
        self._hole: Mask | None = None

    def blended(self, picture: FloatImage, hole: Mask, seen: Sequence[GuidanceField], made: FloatImage) -> FloatImage:
        """`made`, a copy of `picture` whose `hole` motion filled, with edges continued where the rim asks for them.

        seen: what motion brings into hole and rim, without what was filled itself.
        """
        rim, moved = self._errors_of_motion(picture, hole, seen)
        weight = np.zeros(hole.shape, np.float32)
        parts = self._parts(hole, moved) if rim.sum() >= self._parameters.least_rim else np.zeros_like(hole)
        before = self._before(hole)
        whole = parts | (hole & (before > 0))
        if not whole.any():
            return made
        near = blurred(rim.astype(np.float32), self._parameters.sigma)
        open_ = whole | (rim & (blurred(whole.astype(np.float32), 1.0) > 0))
        # At half the size: two seconds less for 96 frames, and strokes within 0.01 dB on two clips with subtitles.
        shown = np.where(open_[..., None], made, picture)
        fill = doubled(coherence_fill(*halved(shown, open_), self._coherence), shown, open_)
        straight = blurred(self._squares(fill, picture, rim), self._parameters.sigma) / np.maximum(near, _LEAST)
        least = self._parameters.least_error
        ours, theirs = np.square(moved + least), np.square(straight + least)
        # Half of the evidence is none: motion keeps the picture's grain.
        weight[parts] = np.clip(2 * ours / (ours + theirs) - 1, 0, 1)[parts]
        inertia = self._parameters.inertia if self._hole is not None else 0.0
        self._weight = weight = np.asarray(inertia * before + (1 - inertia) * weight, np.float32)
        self._hole = hole
        return np.asarray(np.where(whole[..., None], made + weight[..., None] * (fill - made), made), np.float32)

    def _before(self, hole: Mask) -> FloatPlane:
        """The weights of the frame before, if it has the same hole."""
        if self._weight is None or self._hole is None or not np.array_equal(self._hole, hole):
            self._hole = None
            return np.zeros(hole.shape, np.float32)
        return self._weight

    def _errors_of_motion(
        self, picture: FloatImage, hole: Mask, seen: Sequence[GuidanceField]
    ) -> tuple[Mask, FloatPlane]:
        """The rim that motion reaches, and the mean squared error there around every pixel."""
        total, shown = np.zeros(hole.shape, np.float32), np.zeros_like(picture)
        for source in seen:
            total += source.weight
            shown += source.weight[..., None] * in_light_of(picture, hole, source)
        rim = (total > 0) & ~hole
        mean = np.asarray(shown / np.maximum(total, 1e-9)[..., None], np.float32)
        squares, sigma = self._squares(mean, picture, rim), self._parameters.sigma
        near = np.maximum(blurred(rim.astype(np.float32), sigma), _LEAST)
        return rim, np.asarray(blurred(squares, sigma) / near, np.float32)

    def _squares(self, made: FloatImage, picture: FloatImage, rim: Mask) -> FloatPlane:
        off = np.minimum(np.square((made - picture)[..., 0]), self._parameters.most_error)
        return np.where(rim, off, 0).astype(np.float32)

    def _parts(self, hole: Mask, moved: FloatPlane) -> Mask:
        """Connected parts of the hole beside which motion errs, but for those with a thick place."""
        depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5)
        parts = Components.of(hole)
        thick = parts.pixels_in(depth > self._parameters.most_depth_px) > 0
        return parts.chosen((parts.pixels_in(hole & (moved > self._parameters.worth_error)) > 0) & ~thick)


_LEAST = 1e-4
"""Share of rim in a window below which it counts as none."""
