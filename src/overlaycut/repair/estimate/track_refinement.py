"""Where a surface really lies in every frame, told in hindsight.

The track of an analysis follows lettering that may melt under it, with what is close by. Once it is known which frames
are right and which are not, more can be said: while the lettering is still right, it tells which parts of the wider
picture go with it (the outline of a shirt, the rim of a label); later these tell where the lettering would be. All
frames are solved together: what goes with the surface, how far it lies from its track, and whether it bends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Frame, Mask
from overlaycut.core.geometry import Covariance, FloatArray, Points, Quad, mapped, scaling
from overlaycut.core.plan import RegionPlan
from overlaycut.vision.deformation import BENT, PLANAR, Deformation, beside, modes
from overlaycut.vision.filters import FloatPlane
from overlaycut.vision.lucas_kanade import REACH, TrackedWindows
from overlaycut.vision.polygons import inside
from overlaycut.vision.rectification import RectifiedPlane
from overlaycut.vision.smoothing import smooth_trajectory

_MOST_PIXELS = 500_000
_AROUND = (0.75, 0.55)
"""Room around the lettering, in parts of its own longer side and of the frame's shorter one; the larger counts."""

_ON_IT, _BESIDE = 90, 220
"""Windows on the lettering and beside it."""

_MANY_FRAMES = 2000
"""Frames from which on there are fewer windows, so that what is kept of them does not grow."""

_ALIKE = (0.6, 0.9)
"""Correlations at which a window begins to count and counts in full."""

_HELD = 0.3
"""Trust from which a window is sought next where it was found, not on the track."""

_BROKEN = 0.01
"""What a window on lettering that broke counts: it may still tell two surfaces apart."""

_RIGHT_BEFORE = 2
"""Frames before the onset in which lettering is not relied on."""

_LEAST_RIGHT = 3
"""Frames with right lettering without which there is nothing to go by."""

_SIGMA = 0.6
"""Pixels a single window is off, with its neighbours' errors being alike allowed for."""

_SCALES = (4.0, 2.0, 1.2, 0.8, 0.6, 0.6, 0.6, 0.6)
"""Pixels at which a window that disagrees counts by half, from step to step."""

_TIGHT = 0.3
"""The same for what has to go with lettering that is right."""

_GOES = (0.4, 0.8)
"""Mean agreement at which a window is taken to lie on the surface not at all and for certain."""

_WINDOWS, _WHERE_FEW = 4.0, 25
"""Certain windows, counted over their texture, that must tell of a frame, and the percentile of frames asked."""

_CHANGES = np.array([0.06, 0.02, 0.02, 0.008] * 2 + [0.02] * BENT)
"""Pixels per frame² by which each mode of what the track is off may change its course."""

_SIZES = np.array([15.0, 8.0, 8.0, 5.0] * 2 + [5.0] * BENT)
"""Pixels that a track is off, and that a surface bends, in each mode, roughly."""

_NEAR_BY = 0.6
"""Parts of the lettering's longer side beside it at which a window counts by half: it may be on another surface."""

_PARTS, _SHORTEST = 6, 6
"""Parts of the clip in which a window must agree, each of that many frames at least."""

_CLOSE = 0.35
"""Parts of the lettering's longer side within which windows tell whether it bends."""

_BLUR_STEPS, _BLUR_SCALE = 4, 0.7
"""Turns in which blur is found, and squared pixels at which a window that disagrees about it counts by half."""

_ROUND = 20.0 * np.array([[1, 0, -1], [0, 1, 0], [-1, 0, 1]])
_BLUR_STEADY = 2.0
"""How strongly blur is held to be the same in all directions, and from frame to frame, beside what one window says."""

_FARTHEST = 1.5
"""Parts of the lettering's height beyond which a correction is none."""

_TELLS = 0.8
"""Part of the disagreement of windows that were kept out which bending must leave, at most, to be believed."""


@dataclass(frozen=True, slots=True, eq=False)
class RefinedTrack:
    """Where a region lies in each frame."""

    quads: Mapping[int, Quad]
    bends: Mapping[int, Deformation] = field(default_factory=dict)
    """Empty for a plane."""
    blurs: Mapping[int, Covariance] = field(default_factory=dict)
    """How much softer than its reference it is seen: covariance of a Gaussian, (2, 2), along the flat region and down
    it, in squares of its longer side. Empty where that is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What the windows say in one frame."""

    shifts: NDArray[np.float16]
    """(n, 2), sheet pixels."""
    trust: NDArray[np.float16]
    """(n,), 0..1."""
    softer: NDArray[np.float16]
    """(n,), squared sheet pixels."""


class TrackRefiner:
    """Follows one region from its reference picture. Give it every frame, in display order, then ask `followed`.

    quads: the track, frame → quad. others: quads in the reference picture of other lettering that does not stay as it
    is, each with its onset.
    """

    def __init__(
        self,
        region: RegionPlan,
        *,
        quads: Mapping[int, Quad],
        reference: Frame,
        others: Sequence[tuple[Quad, int]] = (),
        short_side: int,
    ) -> None:
        assert region.reference_quad is not None
        self._region, self._quads = region, quads
        sizes = np.percentile([quad.size for quad in quads.values()], 95, axis=0)
        room = max(_AROUND[0] * float(sizes.max()), _AROUND[1] * short_side)
        self._sheet = RectifiedPlane.around(
            list(quads.values()), density=1.0, most_pixels=_MOST_PIXELS, margin=(np.inf, room)
        )
        valid = self._sheet.shown(region.reference_quad, reference.width, reference.height)
        # A window that is half on the lettering tells of neither.
        on_it, apart = self._sheet.region(grown=1), ~self._sheet.region(grown=REACH + 2)
        share = min(_MANY_FRAMES / len(quads), 1.0)
        self._windows = TrackedWindows(
            self._flat(reference, region.reference_quad),
            (on_it & valid, max(round(share * _ON_IT), 10)),
            (apart & valid, max(round(share * _BESIDE), 20)),
        )
        self._points = self._windows.centres + 0.5
        self._own = self._windows.part == 0
        onset = region.onset_frame
        # First frame from which each window lies on lettering that is not itself.
        self._until = np.where(self._own, np.inf if onset is None else onset - _RIGHT_BEFORE, np.inf)
        to_sheet = np.asarray(np.linalg.inv(self._sheet.to_picture(region.reference_quad)), np.float64)
        for quad, when in others:
            covered = inside(self._points, quad.grown(REACH).mapped(to_sheet).array()) & ~self._own
            self._until[covered] = np.minimum(self._until[covered], when - _RIGHT_BEFORE)
        self._told: dict[int, _Told] = {}
        self._last = np.zeros_like(self._points)

    def see(self, frame: Frame) -> None:
        """Take in one frame."""
        quad = self._quads.get(frame.index)
        if quad is None or not len(self._points) or self._region.visibility.get(frame.index, 1.0) <= 0.02:
            return
        found = self._windows.found_in(self._flat(frame, quad), near=self._last)
        there = mapped(self._sheet.to_picture(quad), self._points + found.shifts)
        shown = ((there > REACH) & (there < (frame.width - REACH, frame.height - REACH))).all(axis=1)
        low, high = _ALIKE
        trust = np.clip((found.correlation - low) / (high - low), 0, 1) * shown
        self._last = found.shifts * (trust > _HELD)[:, None]
        self._told[frame.index] = _Told(*(part.astype(np.float16) for part in (found.shifts, trust, found.extra_blur)))

    def _flat(self, frame: Frame, quad: Quad) -> FloatPlane:
        """The luma that `frame` shows on the sheet; a much denser frame is made smaller first, which is cheaper."""
        times = max(round((abs(quad.area) / self._sheet.quad.area) ** 0.5), 1)
        size = frame.width // times, frame.height // times
        plane = frame.y if times == 1 else np.asarray(cv2.resize(frame.y, size, interpolation=cv2.INTER_AREA), np.uint8)
        smaller = scaling(size[0] / frame.width, size[1] / frame.height)
        return self._sheet.read_plane(plane, quad.mapped(smaller))

    def followed(self) -> RefinedTrack:
        """The region's place in every frame of its track, which stays as it is where nothing better is known."""
        frames = np.array(sorted(self._told))
        own = self._until[self._own]
        if not len(own) or np.count_nonzero(frames < own[0]) < _LEAST_RIGHT:
            return RefinedTrack(self._quads)
        told = [self._told[index] for index in frames]
        fit = _Fit(
            modes(self._points, self._sheet.quad),
            self._windows.certainty,
            np.array([one.shifts for one in told], np.float64),
            np.array([one.trust for one in told], np.float64),
            right=frames[:, None] < self._until,
            own=self._own,
            beside=beside(self._points, self._sheet.quad),
        )
        count = PLANAR + BENT if fit.bends() else PLANAR
        strengths, goes = fit.explained(count)
        blurs = self._blurs(frames, goes * fit.information)
        if self._certain(goes * fit.right * fit.trust) < _WINDOWS or self._too_far(strengths):
            return RefinedTrack(self._quads, blurs=blurs)
        quads, bends = dict(self._quads), {}
        corners, reach = self._sheet.quad.array(), max(self._sheet.quad.size) / 2
        moves = modes(corners, self._sheet.quad)[..., :PLANAR]
        for place, index in enumerate(frames):
            planar = strengths[place, :PLANAR]
            quads[index] = Quad.of(mapped(self._sheet.to_picture(self._quads[index]), corners + moves @ planar))
            if count > PLANAR:
                bends[int(index)] = Deformation(strengths[place, PLANAR:] / reach)
        return RefinedTrack(quads, bends, blurs)

    def _blurs(self, frames: NDArray[np.intp], weight: FloatArray) -> dict[int, Covariance]:
        """How soft each frame shows the surface, from `weight` of every window, (frames, n).

        An edge tells of the blur across it: with `u` along its gradient, of `u' B u`.
        """
        certainty = self._windows.certainty
        sure = np.trace(certainty, axis1=1, axis2=2)
        xx, xy, yy = (certainty[:, i, j] / np.maximum(sure, 1e-6) for i, j in ((0, 0), (0, 1), (1, 1)))
        asks = np.stack([xx, 2 * xy, yy], axis=1)
        softer = np.array([self._told[index].softer for index in frames], np.float64)
        weight = weight * sure
        agrees = np.ones_like(weight)
        for _ in range(_BLUR_STEPS):
            information = np.einsum("tn,ni,nj->tij", weight * agrees, asks, asks)
            told = np.einsum("tn,ni,tn->ti", weight * agrees, asks, softer)
            spread = smooth_trajectory(information + _ROUND, told, acceleration_precision=_BLUR_STEADY * np.eye(3))
            agrees = 1 / (1 + ((softer - spread @ asks.T) / _BLUR_SCALE) ** 2)
        found = {}
        for index, (a, b, c) in zip(frames, spread, strict=True):
            values, vectors = np.linalg.eigh(np.array([[a, b], [b, c]]))
            found[int(index)] = (vectors * np.clip(values, 0, None)) @ vectors.T / max(self._sheet.quad.size) ** 2
        return found

    def _certain(self, evidence: FloatArray) -> float:
        """How many windows tell of a frame, counted over their texture in the poorer direction, where few do.

        evidence: how far each window counts, (frames, n), 0..1.
        """
        sure = np.einsum("tn,nij->tij", evidence, self._windows.certainty)
        return float(np.percentile(np.linalg.eigvalsh(sure)[:, 0], _WHERE_FEW))

    def _too_far(self, strengths: FloatArray) -> bool:
        corners = modes(self._sheet.quad.array(), self._sheet.quad)[..., :PLANAR]
        moved = np.einsum("nij,tj->tni", corners, strengths[:, :PLANAR])
        return float(np.linalg.norm(moved, axis=2).max()) > _FARTHEST * self._sheet.lettering[1]


class _Fit:
    """One deformation per frame that explains the windows' shifts.

    basis: (n, 2, modes). certainty: (n, 2, 2). shifts: (frames, n, 2). trust: (frames, n). right: which windows show
    in which frames what the reference shows, (frames, n). own: which windows lie on the lettering itself. beside: how
    far from it each of them lies, (n,), in parts of its longer side.
    """

    def __init__(
        self,
        basis: FloatArray,
        certainty: FloatArray,
        shifts: Points,
        trust: FloatArray,
        *,
        right: Mask,
        own: Mask,
        beside: FloatArray,
    ) -> None:
        self._basis, self._certainty, self._shifts = basis, certainty, shifts
        self.trust, self.right, self._own = trust, right, own
        self._weighed = np.einsum("nij,njk->nik", certainty, basis)
        self._products = np.einsum("nji,njk->nik", basis, self._weighed)
        self._close = np.flatnonzero(beside < _CLOSE)
        nearness = 1 / (1 + (beside / _NEAR_BY) ** 2)
        self.information = nearness * trust * np.where(right, 1.0, _BROKEN) / _SIGMA**2

    def explained(self, count: int, *, without: NDArray[np.intp] | None = None) -> tuple[FloatArray, FloatArray]:
        """The first `count` modes' strengths, (frames, count), and how surely each window goes with them, (n,), 0..1.

        without: windows that have no say.
        """
        goes = np.where(self._own, 1.0, 0.5)
        strengths = np.zeros((len(self._shifts), count))
        for step, scale in enumerate(_SCALES):
            off = self._off(strengths)
            if step:
                goes = self._going(off, scale)
            counts = goes.copy()
            if without is not None:
                counts[without] = 0
            strengths = self._solved(counts / (1 + (off / scale) ** 2), count)
        return strengths, goes

    def bends(self) -> bool:
        """Whether bending that half of the windows ask for explains the other half better, on it or beside."""
        left = np.zeros((2, 2))
        for kept_out in (self._close[::2], self._close[1::2]):
            for place, count in enumerate((PLANAR, PLANAR + BENT)):
                strengths, _ = self.explained(count, without=kept_out)
                off = self._off(strengths)[:, kept_out] / _SCALES[-1]
                misses = (self.information[:, kept_out] * np.log1p(off**2)).sum(axis=0)
                left[place] += misses[self._own[kept_out]].sum(), misses.sum()
        return bool((left[1] < _TELLS * left[0]).any())

    def _going(self, off: FloatArray, scale: float) -> FloatArray:
        """How surely each window goes with the surface: at all times, and tightly while the lettering is right."""
        anchored = self.trust * self.right[:, self._own].any(axis=1, keepdims=True)
        agreement = [self._agreed(anchored, off, min(scale, _TIGHT)), self._agreed(self.trust, off, scale)]
        low, high = _GOES
        return np.where(self._own, 1.0, np.clip((np.minimum(*agreement) - low) / (high - low), 0.01, 1) ** 2)

    def _agreed(self, trust: FloatArray, off: FloatArray, scale: float) -> FloatArray:
        """How far each window agrees, (n,), in the part of the clip in which it does least."""
        parts = np.arange(0, len(off), max(len(off) // _PARTS, _SHORTEST))
        weight = np.add.reduceat(trust, parts, axis=0)
        agreed = np.add.reduceat(trust / (1 + (off / scale) ** 2), parts, axis=0)
        return np.asarray(np.where(weight > 1, agreed / np.maximum(weight, 1e-3), 1.0).min(axis=0))

    def _off(self, strengths: FloatArray) -> FloatArray:
        """Distance of every window from where `strengths` put it, as far as its texture tells: (frames, n)."""
        left = self._shifts - np.einsum("nij,tj->tni", self._basis[..., : strengths.shape[1]], strengths)
        return np.asarray(np.sqrt(np.maximum(np.einsum("tni,nij,tnj->tn", left, self._certainty, left), 0)))

    def _solved(self, agreement: FloatArray, count: int) -> FloatArray:
        weight = self.information * agreement
        information = np.einsum("tn,nij->tij", weight, self._products[:, :count, :count])
        told = np.einsum("tn,nij,tni->tj", weight, self._weighed[..., :count], self._shifts)
        return smooth_trajectory(
            information + np.diag(1 / _SIZES[:count] ** 2),
            told,
            acceleration_precision=np.diag(1 / _CHANGES[:count] ** 2),
        )
