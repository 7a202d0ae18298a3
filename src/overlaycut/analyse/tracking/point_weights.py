"""How far each feature point is relied on, learnt from its agreement with the surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.tracking.parameters import TrackerParameters
from overlaycut.analyse.tracking.patch import ReferencePatch
from overlaycut.core.geometry import FloatArray


class PointWeights:
    """Weights of a reference's feature points, and the usual coherence of those on the text.

    Strokes that melt, a background that slides by and occluders lose their weight.
    """

    def __init__(self, reference: ReferencePatch, *, parameters: TrackerParameters) -> None:
        self._parameters = parameters
        self._on_text = reference.on_text
        self.values = np.where(reference.on_text, 1.0, parameters.surface_weight)
        """One weight per point, (n,), 0..1."""
        self.values[reference.on_neighbours] *= parameters.neighbour_weight
        self._coherence = 1.0
        self._frames = 0

    @property
    def of_text(self) -> float:
        """Mean weight of the points on the text, 0.05..1; 1 when there are none."""
        return float(np.clip(self.values[self._on_text].mean(), 0.05, 1.0)) if self._on_text.any() else 1.0

    def text_leads(self, coherence: float) -> bool:
        """Whether text points of that coherence move as one, so that the fit may follow them."""
        return coherence >= self._parameters.fit.lead_coherence * self._coherence

    def learn(self, agreement: FloatArray, judged: NDArray[np.bool_], coherence: float) -> None:
        """Follow one frame's agreement, (n,), at the `judged` points: those inside the picture and not occluded."""
        rate = max(self._parameters.weight_rate, 1 / (self._frames + 2))
        self.values[judged] += rate * (agreement[judged] - self.values[judged])
        self.values = np.clip(self.values, self._parameters.least_weight, 1.0)
        if self.text_leads(coherence):
            self._coherence += self._parameters.coherence_rate * (coherence - self._coherence)
        self._frames += 1
