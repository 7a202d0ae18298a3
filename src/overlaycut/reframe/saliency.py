"""Where in a clip there is something to see.

A feature-integration map after Itti, Koch and Niebur (A model of saliency-based visual attention for rapid scene
analysis, 1998): detail, centre-surround contrast, skin and motion, each scaled by its own mean, under a prior that
prefers the centre.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from overlaycut.core.frame import Frame
from overlaycut.core.geometry import FloatArray
from overlaycut.vision.filters import FloatPlane, Samples
from overlaycut.vision.texture import gradient
from overlaycut.vision.thumbnails import reduced, reduced_size


@dataclass(frozen=True, slots=True, kw_only=True)
class SaliencyParameters:
    """How saliency is measured; checked by tests/reframe."""

    longest: int = 96
    """Cells along the longer side of the map."""
    every: int = 3
    """Frames from one sample to the next."""
    surround: Fraction = Fraction(1, 6)
    """Sigma of the surround that a cell is compared with, as a share of the map's width."""
    chroma_gain: float = 2.0
    """Weight of a level of chroma against one of luma in that comparison."""
    skin_cb: tuple[int, int] = (77, 127)
    """Range of Cb of skin, 8-bit (Chai and Ngan, Face segmentation using skin-color map, 1999)."""
    skin_cr: tuple[int, int] = (133, 173)
    """Range of Cr of skin, 8-bit (as `skin_cb`)."""
    skin_sigma: float = 1.5
    """Blur of the mask of skin, in cells."""
    weights: tuple[float, float, float, float] = (0.8, 1.0, 1.2, 0.8)
    """Weights of detail, contrast, skin and motion."""
    most: float = 6.0
    """Multiple of a feature's mean at which a cell is clipped, so that no single one dominates."""


_CENTRE_SIGMA = 0.35
"""Standard deviation of the centre prior, in shares of the picture's sides; checked by tests/reframe."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Saliency:
    """Where a clip is salient, over its whole length and in each sample."""

    map: FloatArray
    """Mean saliency per cell, (rows, columns), summing to 1."""
    times: tuple[Fraction, ...]
    """When samples were taken, in seconds since the first frame, rising."""
    columns: Samples
    """Saliency of each column of cells in each sample: (samples, columns)."""
    rows: Samples
    """Saliency of each row of cells in each sample: (samples, rows)."""
    cuts: tuple[Fraction, ...]
    """When new shots begin, the first one left out, in seconds since the first frame."""


class SaliencyAnalyser:
    """Measures the saliency of a clip. Push frames, in display order."""

    def __init__(self, width: int, height: int, *, parameters: SaliencyParameters = SaliencyParameters()) -> None:
        """width, height: of the frames, at least 2; ValueError else."""
        self._parameters = parameters
        self._prior = _prior(width, height, parameters)
        self._size = self._prior.shape[1], self._prior.shape[0]
        self._sum = np.zeros(self._prior.shape, np.float64)
        self._last_luma: FloatPlane | None = None
        self._times: list[Fraction] = []
        self._columns: list[Samples] = []
        self._rows: list[Samples] = []
        self._cuts: list[Fraction] = []

    def see(self, frame: Frame, *, cut: bool = False) -> None:
        """Take in one frame; cut: whether it begins a new shot."""
        if cut:
            self._cuts.append(frame.at)
            self._last_luma = None
        elif frame.index % self._parameters.every:
            return
        saliency = self._measured(frame)
        self._sum += saliency
        weighted = saliency * self._prior
        self._times.append(frame.at)
        self._columns.append(weighted.sum(axis=0))
        self._rows.append(weighted.sum(axis=1))

    def _measured(self, frame: Frame) -> FloatPlane:
        """The saliency of every cell of one frame, before the prior."""
        parameters = self._parameters
        luma, cb, cr = (reduced(plane, self._size).astype(np.float32) for plane in frame.planes)
        surround = float(self._size[0] * parameters.surround)
        gain = parameters.chroma_gain
        contrast = sum(np.abs(p - cv2.GaussianBlur(p, (0, 0), surround)) for p in (luma, gain * cb, gain * cr))
        (least_cb, most_cb), (least_cr, most_cr) = parameters.skin_cb, parameters.skin_cr
        skin = (cb >= least_cb) & (cb <= most_cb) & (cr >= least_cr) & (cr <= most_cr)
        skin_share = cv2.GaussianBlur(skin.astype(np.float32), (0, 0), parameters.skin_sigma)
        motion = 0.0 if self._last_luma is None else np.abs(luma - self._last_luma)
        self._last_luma = luma
        saliency: FloatPlane = np.zeros_like(luma)
        for feature, weight in zip((gradient(luma), contrast, skin_share, motion), parameters.weights, strict=True):
            level = float(np.mean(feature))
            if level > 1e-3:
                saliency += weight * np.minimum(feature / level, parameters.most)
        return saliency

    def result(self) -> Saliency:
        """What was measured so far; the prior alone without frames, and where nothing in them stands out."""
        mean = self._prior * (self._sum / len(self._times) if self._sum.any() else 1.0)
        columns, rows = self._size
        return Saliency(
            map=np.asarray(mean / mean.sum(), np.float64),
            times=tuple(self._times),
            columns=np.array(self._columns, np.float32).reshape(-1, columns),
            rows=np.array(self._rows, np.float32).reshape(-1, rows),
            cuts=tuple(self._cuts),
        )


def centre_prior(width: int, height: int) -> FloatArray:
    """The map of a width × height clip of which nothing is known: it prefers the centre, and sums to 1."""
    prior = _prior(width, height, SaliencyParameters())
    return np.asarray(prior / prior.sum(), np.float64)


def _prior(width: int, height: int, parameters: SaliencyParameters) -> FloatPlane:
    """A Gaussian over the cells of a width × height picture, 1 in its centre."""
    if width < 2 or height < 2:
        raise ValueError(f"a picture of {width}x{height} has nothing to see")
    columns, rows = reduced_size(width, height, parameters.longest, least=2)
    y, x = np.mgrid[0:rows, 0:columns]
    off = ((x + 0.5) / columns - 0.5) ** 2 + ((y + 0.5) / rows - 0.5) ** 2
    return np.asarray(np.exp(-off / (2 * _CENTRE_SIGMA**2)), np.float32)
