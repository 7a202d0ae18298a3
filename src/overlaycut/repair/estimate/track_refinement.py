"""Refinement of a region's track, given which of its frames show intact lettering.

The track of an analysis follows lettering, which may become distorted, with what is close by. Where the frames with
intact lettering are known, they show which windows of the wider picture move with it (the outline of a shirt, the rim
of a label); in the other frames these windows show where the lettering would be. All frames are solved together for
what moves with the surface, how far it lies from its track, and whether it bends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Covariance, FloatArray, Quad, mapped, scaling
from overlaycut.core.plan import RegionPlan
from overlaycut.repair.estimate.deformation_fit import DeformationFit, FitParameters, WindowEvidence
from overlaycut.vision.deformation import BENT, PLANAR, Deformation, beside, modes
from overlaycut.vision.filters import FloatPlane
from overlaycut.vision.lucas_kanade import REACH, LucasKanadeParameters, TrackedWindows
from overlaycut.vision.polygons import inside
from overlaycut.vision.rectification import RectifiedPlane
from overlaycut.vision.smoothing import smooth_trajectory
from overlaycut.vision.thumbnails import reduced


@dataclass(frozen=True, slots=True, kw_only=True)
class RefinementParameters:
    """Windows, evidence and limits of a refinement; checked by benchmarks/repair.py (errors of corners)."""

    most_pixels: int = 500_000
    """Pixels of the plane, at most."""
    around_lettering: float = 0.75
    """Room around the lettering, in its own longer sides."""
    around_picture: float = 0.55
    """The same in shorter sides of the frame; the larger counts."""
    windows_on: int = 90
    """Windows on the lettering."""
    windows_beside: int = 220
    """Windows beside it."""
    many_frames: int = 2000
    """Frames beyond which there are fewer windows, so that memory does not grow."""
    correlation: tuple[float, float] = (0.6, 0.9)
    """Correlation of a window at which its trust is 0 and 1."""
    held_trust: float = 0.3
    """Trust, 0..1, from which a window is sought next where it was found, not on the track."""
    observed_visibility: float = 0.02
    """Visibility up to which a frame is ignored."""
    certain_before: int = 2
    """Frames before the onset in which lettering is not relied on."""
    least_intact: int = 3
    """Frames with intact lettering without which there is no evidence."""
    least_windows: float = 4.0
    """Certain windows, counted over their texture, that a frame needs."""
    poor_percentile: float = 25.0
    """Percentile of the frames, from poor to good, that must have them."""
    most_heights: float = 1.5
    """Heights of the lettering beyond which a correction is implausible."""
    blur_iterations: int = 4
    """Iterations of the robust fit of blur."""
    blur_scale: float = 0.7
    """Disagreement about blur, in squared plane pixels, at which a window's weight is halved."""
    blur_roundness: float = 20.0
    """Precision, in windows, of the prior that blur is the same in all directions."""
    blur_steadiness: float = 2.0
    """Precision, in windows, of the prior that blur does not change from frame to frame."""
    windows: LucasKanadeParameters = field(default_factory=LucasKanadeParameters)
    fit: FitParameters = field(default_factory=FitParameters)


@dataclass(frozen=True, slots=True, eq=False)
class RefinedTrack:
    """Where a region lies in each frame."""

    quads: Mapping[int, Quad]
    bends: Mapping[int, Deformation] = field(default_factory=dict)
    """Frame → deformation relative to the plane of its quad; empty for a plane."""
    blurs: Mapping[int, Covariance] = field(default_factory=dict)
    """Frame → how much softer than its reference it is seen: covariance of a Gaussian, (2, 2), along the flat region
    and down it, in squares of its longer side. Empty where that is unknown."""
    warnings: tuple[str, ...] = ()
    """What is unusual about the track, in words."""


@dataclass(frozen=True, slots=True, eq=False)
class _WindowReadings:
    """What the windows show in one frame."""

    shifts: NDArray[np.float16]
    """(n, 2), plane pixels."""
    trust: NDArray[np.float16]
    """(n,), 0..1."""
    extra_blur: NDArray[np.float16]
    """(n,), squared plane pixels."""


class TrackRefiner:
    """Refines one region's track. Give it every frame, in display order, then ask for what was `refined`.

    quads: the track, frame → quad. others: quads in the reference picture of other lettering that becomes distorted,
    each with its onset. short_side: of the clip's frames, pixels.
    """

    def __init__(
        self,
        region: RegionPlan,
        *,
        quads: Mapping[int, Quad],
        reference: Frame,
        others: Sequence[tuple[Quad, int]] = (),
        short_side: int,
        parameters: RefinementParameters = RefinementParameters(),
    ) -> None:
        assert region.reference_quad is not None
        self._region, self._quads, self._parameters = region, quads, parameters
        sizes = np.percentile([quad.size for quad in quads.values()], 95, axis=0)
        room = max(parameters.around_lettering * float(sizes.max()), parameters.around_picture * short_side)
        self._plane = RectifiedPlane.around(
            list(quads.values()), density=1.0, most_pixels=parameters.most_pixels, margin=(np.inf, room)
        )
        self._windows = self._placed(reference, region.reference_quad)
        self._points = self._windows.centres + 0.5
        self._own = self._windows.part == 0
        self._until = self._intact_until(region.reference_quad, others)
        self._readings: dict[int, _WindowReadings] = {}
        self._last = np.zeros_like(self._points)

    def _placed(self, reference: Frame, quad: Quad) -> TrackedWindows:
        """Windows on the lettering and beside it, in the reference picture."""
        valid = self._plane.shown(quad, reference.width, reference.height)
        # A window that is half on the lettering is evidence of neither.
        on_it, apart = self._plane.region(grown=1), ~self._plane.region(grown=REACH + 2)
        share = min(self._parameters.many_frames / len(self._quads), 1.0)
        return TrackedWindows(
            self._flat(reference, quad),
            (on_it & valid, max(round(share * self._parameters.windows_on), 10)),
            (apart & valid, max(round(share * self._parameters.windows_beside), 20)),
            parameters=self._parameters.windows,
        )

    def _intact_until(self, reference_quad: Quad, others: Sequence[tuple[Quad, int]]) -> FloatArray:
        """First frame from which each window lies on lettering that may be distorted, (n,)."""
        onset, before = self._region.onset_frame, self._parameters.certain_before
        until = np.where(self._own, np.inf if onset is None else onset - before, np.inf)
        to_plane = np.asarray(np.linalg.inv(self._plane.to_picture(reference_quad)), np.float64)
        for quad, when in others:
            covered = inside(self._points, quad.grown(REACH).mapped(to_plane).array()) & ~self._own
            until[covered] = np.minimum(until[covered], when - before)
        return until

    def see(self, frame: Frame) -> None:
        """Take in one frame."""
        limits, quad = self._parameters, self._quads.get(frame.index)
        visibility = self._region.visibility.get(frame.index, 1.0)
        if quad is None or not len(self._points) or visibility <= limits.observed_visibility:
            return
        found = self._windows.found_in(self._flat(frame, quad), near=self._last)
        there = mapped(self._plane.to_picture(quad), self._points + found.shifts)
        shown = ((there > REACH) & (there < (frame.width - REACH, frame.height - REACH))).all(axis=1)
        low, high = limits.correlation
        trust = np.clip((found.correlation - low) / (high - low), 0, 1) * shown
        self._last = found.shifts * (trust > limits.held_trust)[:, None]
        readings = (part.astype(np.float16) for part in (found.shifts, trust, found.extra_blur))
        self._readings[frame.index] = _WindowReadings(*readings)

    def _flat(self, frame: Frame, quad: Quad) -> FloatPlane:
        """The luma that `frame` shows on the plane; a much denser frame is made smaller first, which is cheaper."""
        times = max(round((abs(quad.area) / self._plane.quad.area) ** 0.5), 1)
        size = frame.width // times, frame.height // times
        luma = frame.y if times == 1 else reduced(frame.y, size)
        smaller = scaling(size[0] / frame.width, size[1] / frame.height)
        return self._plane.read_plane(luma, quad.mapped(smaller))

    def refined(self) -> RefinedTrack:
        """The refined track; as it was given, with a warning, where there is not enough evidence."""
        frames = np.array(sorted(self._readings))
        own = self._until[self._own]
        if not len(own) or np.count_nonzero(frames < own[0]) < self._parameters.least_intact:
            return _unrefined(self._quads, "hardly any frame shows its lettering intact")
        fit = self._fit(frames)
        count = PLANAR + BENT if fit.bends() else PLANAR
        strengths, member = fit.fitted(count)
        blurs = self._blurs(frames, member * fit.information)
        if self._certain(member * fit.evidence.intact * fit.evidence.trust) < self._parameters.least_windows:
            return _unrefined(self._quads, "too little texture moves with it", blurs)
        if self._implausible(strengths):
            return _unrefined(self._quads, "the correction would be implausibly large", blurs)
        quads, bends = self._corrected(frames, strengths)
        bent = "its surface bends: it is repaired with a deformation fitted frame by frame"
        return RefinedTrack(quads, bends, blurs, (bent,) if bends else ())

    def _fit(self, frames: NDArray[np.intp]) -> DeformationFit:
        readings = [self._readings[index] for index in frames]
        return DeformationFit(
            WindowEvidence(
                modes(self._points, self._plane.quad),
                self._windows.certainty,
                np.array([one.shifts for one in readings], np.float64),
                np.array([one.trust for one in readings], np.float64),
                intact=frames[:, None] < self._until,
                own=self._own,
                beside=beside(self._points, self._plane.quad),
            ),
            self._parameters.fit,
        )

    def _corrected(
        self, frames: NDArray[np.intp], strengths: FloatArray
    ) -> tuple[dict[int, Quad], dict[int, Deformation]]:
        """The quads moved by the planar modes, and the deformations that the others are, if any."""
        quads, bends = dict(self._quads), {}
        corners, reach = self._plane.quad.array(), max(self._plane.quad.size) / 2
        moves = modes(corners, self._plane.quad)[..., :PLANAR]
        for place, index in enumerate(frames):
            planar = strengths[place, :PLANAR]
            quads[index] = Quad.of(mapped(self._plane.to_picture(self._quads[index]), corners + moves @ planar))
            if strengths.shape[1] > PLANAR:
                bends[int(index)] = Deformation(strengths[place, PLANAR:] / reach)
        return quads, bends

    def _blurs(self, frames: NDArray[np.intp], weight: FloatArray) -> dict[int, Covariance]:
        """How soft each frame shows the surface, from `weight` of every window, (frames, n).

        An edge shows the blur across it: with `u` along its gradient, `u' B u`.
        """
        limits, certainty = self._parameters, self._windows.certainty
        sure = np.trace(certainty, axis1=1, axis2=2)
        xx, xy, yy = (certainty[:, i, j] / np.maximum(sure, 1e-6) for i, j in ((0, 0), (0, 1), (1, 1)))
        rows = np.stack([xx, 2 * xy, yy], axis=1)
        extra = np.array([self._readings[index].extra_blur for index in frames], np.float64)
        weight = weight * sure
        agrees = np.ones_like(weight)
        roundness = limits.blur_roundness * np.array([[1, 0, -1], [0, 1, 0], [-1, 0, 1]])
        for _ in range(limits.blur_iterations):
            information = np.einsum("tn,ni,nj->tij", weight * agrees, rows, rows)
            vector = np.einsum("tn,ni,tn->ti", weight * agrees, rows, extra)
            spread = smooth_trajectory(
                information + roundness, vector, acceleration_precision=limits.blur_steadiness * np.eye(3)
            )
            agrees = 1 / (1 + ((extra - spread @ rows.T) / limits.blur_scale) ** 2)
        found = {}
        for index, (a, b, c) in zip(frames, spread, strict=True):
            values, vectors = np.linalg.eigh(np.array([[a, b], [b, c]]))
            found[int(index)] = (vectors * np.clip(values, 0, None)) @ vectors.T / max(self._plane.quad.size) ** 2
        return found

    def _certain(self, evidence: FloatArray) -> float:
        """Windows of a frame that has few, counted over their texture in the poorer direction.

        evidence: weight of each window, (frames, n), 0..1.
        """
        sure = np.einsum("tn,nij->tij", evidence, self._windows.certainty)
        return float(np.percentile(np.linalg.eigvalsh(sure)[:, 0], self._parameters.poor_percentile))

    def _implausible(self, strengths: FloatArray) -> bool:
        corners = modes(self._plane.quad.array(), self._plane.quad)[..., :PLANAR]
        moved = np.einsum("nij,tj->tni", corners, strengths[:, :PLANAR])
        return float(np.linalg.norm(moved, axis=2).max()) > self._parameters.most_heights * self._plane.lettering[1]


def _unrefined(quads: Mapping[int, Quad], why: str, blurs: Mapping[int, Covariance] | None = None) -> RefinedTrack:
    return RefinedTrack(quads, {}, blurs or {}, (f"it is repaired on its first track: {why}",))
