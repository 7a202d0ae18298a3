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

from overlaycut.core.frame import Frame, Mask, Plane
from overlaycut.core.geometry import Box, Covariance, FloatArray, Quad, mapped, scaling
from overlaycut.core.plan import RegionPlan
from overlaycut.repair.estimate.deformation_fit import DeformationFit, FitParameters, WindowEvidence
from overlaycut.repair.estimate.plane_alignment import AlignmentParameters, PlaneAlignment, PlaneFit
from overlaycut.vision.components import Components
from overlaycut.vision.deformation import BENT, PLANAR, Deformation, beside, modes
from overlaycut.vision.filters import FloatImage, FloatPlane, above_otsu, dilated
from overlaycut.vision.lucas_kanade import REACH, LucasKanadeParameters, TrackedWindows
from overlaycut.vision.polygons import inside, polygon_mask
from overlaycut.vision.rectification import RectifiedPlane, SoftLuma
from overlaycut.vision.smoothing import smooth_trajectory, trajectory_covariances
from overlaycut.vision.statistics import median_filtered
from overlaycut.vision.thumbnails import reduced
from overlaycut.vision.tophat import LEAST_CONTRAST

_MOST_INSIDE = 0.35
"""Share of what runs on beyond the lettering that may lie inside its rectangle: a letter may stick out."""
_CLOSE = 2
"""Number of the part of the windows that are tried close to the lettering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefinementParameters:
    """Windows, evidence and limits of a refinement; checked by benchmarks/repair.py (errors of corners)."""

    most_pixels: int = 500_000
    """Pixels of the plane, at most."""
    around_lettering: float = 0.75
    """Room around the lettering, in its own longer sides."""
    around_picture: float = 0.55
    """The same in shorter sides of the frame; the larger counts."""
    room_px: int = 32
    """Picture pixels beside the plane that an alignment may read when it looks farther away than the track."""
    windows_on: int = 90
    """Windows on the lettering."""
    windows_beside: int = 220
    """Windows beside it."""
    close_heights: float = 2.2
    """Heights of the lettering around it in which further windows are tried, so that a rim or a second line is not
    missed where the ground behind has more texture."""
    close_cell_px: int = 13
    """Pixels between those windows."""
    close_agreement: float = 0.45
    """Mean agreement with intact lettering, 0..1, from which such a window is followed on."""
    leader_heights: float = 3.0
    """Distance of lettering whose track another follows, in heights of the taller one, at most."""
    leader_apart: float = 0.2
    """Distance by which the two may move apart while both are intact, in heights of the one that follows."""
    wander: float = 0.5
    """Room around lettering that breaks in which no pixel is relied on, in its heights."""
    most_corner_error_px: float = 0.5
    """Standard deviation of a corner that an alignment by pixels may have, in pixels of the plane."""
    certain_percentile: float = 90.0
    """Percentage of the frames that must keep to it: in others something may be in front of all of it."""
    least_likeness: float = 0.7
    """Correlation of its pixels with the reference that it must have: an occluder costs some of it."""
    track_jump: float = 1.5
    """Standard deviations of an acceleration, as measured, at which its prior counts by half."""
    flat_likeness: float = 0.98
    """Median correlation of its pixels with the reference from which that alignment shows a plane."""
    close_frames: int = 24
    """Frames after which that is decided, at most."""
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
    least_blur_windows: float = 1.0
    """Windows, counted over their texture in both directions, without which only pixels tell how soft a frame is."""
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
    least_told: float = 0.8
    """Share of the frames whose blur is measured by pixels from which that is taken for all of them, 0..1."""
    blur_frames: int = 5
    """Frames of the median of blurs that are measured by pixels."""
    blur_steadiness: float = 2.0
    """Precision, in windows, of the prior that blur does not change from frame to frame."""
    windows: LucasKanadeParameters = field(default_factory=LucasKanadeParameters)
    alignment: AlignmentParameters = field(default_factory=AlignmentParameters)
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
    refined: bool = False
    """Whether there was evidence enough."""
    doubt: str | None = None
    """Why it is not confirmed to a pixel where the region lies, in words; None where it is, or nothing was asked."""

    def blurs_for(self, own: Quad, other: Quad) -> dict[int, Covariance]:
        """The blurs in squares of the longer side of `other`, which lies beside `own` in the reference picture."""
        share = (max(own.size) / max(*other.size, 1e-6)) ** 2
        return {index: blur * share for index, blur in self.blurs.items()}


@dataclass(frozen=True, slots=True, eq=False)
class _WindowReadings:
    """What the windows show in one frame."""

    shifts: NDArray[np.float16]
    """(n, 2), plane pixels."""
    trust: NDArray[np.float16]
    """(n,), 0..1."""
    extra_blur: NDArray[np.float16]
    """(n,), squared plane pixels."""

    def of(self, chosen: NDArray[np.bool_]) -> _WindowReadings:
        """The same of the `chosen` windows only."""
        return _WindowReadings(self.shifts[chosen], self.trust[chosen], self.extra_blur[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class _FrameView:
    """A frame on the plane of a refiner."""

    of: TrackRefiner
    frame: Frame
    quad: Quad
    """Where the track has the region."""
    soft: dict[float, SoftLuma] = field(default_factory=dict)
    """By the sigma of its Gaussian."""

    def luma(self, strengths: FloatArray) -> FloatPlane:
        """Its luma on the whole plane."""
        return self.of.flat(self.frame, self.of.moved(self.quad, strengths))

    def luma_at(
        self, strengths: FloatArray, rows: NDArray[np.intp], columns: NDArray[np.intp], *, sigma: float
    ) -> FloatArray:
        """Its luma under a Gaussian of `sigma` pixels at single pixels of the plane, (n,)."""
        if sigma not in self.soft:
            self.soft[sigma] = self.of.soft(self.frame, self.quad, sigma)
        return self.soft[sigma].at(self.of.moved(self.quad, strengths), rows, columns)

    def colours(self, strengths: FloatArray, box: Box) -> FloatImage:
        """Luma, Cb and Cr on the part of the plane in `box`."""
        return self.of.flat_colours(self.frame, self.of.moved(self.quad, strengths), box)


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
        self._reduced_of = reference
        self._reduced: dict[float, Plane] = {}
        """Luma of that frame at smaller sizes."""
        self._windows = self._placed(reference, region.reference_quad)
        self._points = self._windows.centres + 0.5
        self._own = self._windows.part == 0
        self._until = self._intact_until(region.reference_quad, others)
        self._readings: dict[int, _WindowReadings] = {}
        self._last = np.zeros_like(self._points)
        self._chosen = not (self._windows.part == _CLOSE).any()
        self._alignment = self._aligned_by(reference, others)
        self._fits: dict[int, PlaneFit] = {}
        self._found: dict[int, FloatArray] = {}
        """Corners by these, (4, 2), in the picture."""

    def _aligned_by(self, reference: Frame, others: Sequence[tuple[Quad, int]]) -> PlaneAlignment:
        """The alignment by single pixels, none of them where this or other lettering breaks."""
        quad = self._region.reference_quad
        assert quad is not None
        room = self._parameters.wander * self._plane.lettering[1]
        excluded = self._plane.region(grown=room) | ~self._plane.shown(quad, reference.width, reference.height)
        picture = self._plane.read_colours(reference, quad)
        picture[..., 0] = luma = self.flat(reference, quad)
        strokes, running_on = strokes_apart(luma, self._plane)
        excluded &= ~(dilated(running_on, 2) & ~dilated(strokes, round(room)))
        to_plane = np.asarray(np.linalg.inv(self._plane.to_picture(quad)), np.float64)
        for other, _ in others:
            there = other.mapped(to_plane)
            excluded |= polygon_mask(there.grown(self._parameters.wander * there.size[1]).array() - 0.5, excluded.shape)
        return PlaneAlignment(
            picture,
            self._plane.quad,
            lettering=self._plane.region(grown=0.2 * self._plane.lettering[1]),
            excluded=excluded,
            parameters=self._parameters.alignment,
        )

    def _placed(self, reference: Frame, quad: Quad) -> TrackedWindows:
        """Windows on the lettering and beside it, in the reference picture."""
        valid = self._plane.shown(quad, reference.width, reference.height)
        luma = self.flat(reference, quad)
        # A window that is half on the lettering is evidence of neither; what runs through its rectangle is beside it.
        strokes, other = strokes_apart(luma, self._plane)
        beside_it = dilated(other, 2) & ~dilated(strokes, REACH + 2)
        on_it, apart = self._plane.region(grown=1) & ~beside_it, ~self._plane.region(grown=REACH + 2) | beside_it
        limits, onset = self._parameters, self._region.onset_frame
        share = min(limits.many_frames / len(self._quads), 1.0)
        parts = [
            (on_it & valid, max(round(share * limits.windows_on), 10)),
            (apart & valid, max(round(share * limits.windows_beside), 20)),
        ]
        if onset is not None and onset - limits.certain_before >= limits.least_intact:
            close = self._plane.region(grown=limits.close_heights * self._plane.lettering[1]) & apart & valid
            parts.append((close, max(int(close.sum() / limits.close_cell_px**2), 1)))
        return TrackedWindows(luma, *parts, parameters=limits.windows)

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
        if not self._chosen and self._is_known(frame.index):
            self._choose()
        visibility = self._region.visibility.get(frame.index, 1.0)
        if quad is None or not len(self._points) or visibility <= limits.observed_visibility:
            return
        flat = self.flat(frame, quad)
        self._align(frame, quad)
        found = self._windows.found_in(flat, near=self._last)
        there = mapped(self._plane.to_picture(quad), self._points + found.shifts)
        shown = ((there > REACH) & (there < (frame.width - REACH, frame.height - REACH))).all(axis=1)
        low, high = limits.correlation
        trust = np.clip((found.correlation - low) / (high - low), 0, 1) * shown
        self._last = found.shifts * (trust > limits.held_trust)[:, None]
        readings = (part.astype(np.float16) for part in (found.shifts, trust, found.extra_blur))
        self._readings[frame.index] = _WindowReadings(*readings)

    def _align(self, frame: Frame, quad: Quad) -> None:
        """Learn from a frame with intact lettering which pixels go with it; align one of the others by these."""
        onset = self._region.onset_frame
        if onset is None:
            return

        view = _FrameView(self, frame, quad)
        starts = self._starts(frame.index, quad)
        if frame.index < onset - self._parameters.certain_before:
            fit = self._alignment.learn(view, starts)
        else:
            fit = self._alignment.aligned(view, starts) if self._alignment.choose() else None
        if fit is not None:
            self._fits[frame.index] = fit
            self._found[frame.index] = self.moved(quad, fit.strengths).array()

    def _starts(self, index: int, quad: Quad) -> tuple[FloatArray, ...]:
        """Where an alignment of a frame may begin: as far off its track as the frame before, or as motion goes on.

        The track may jump when the lettering that it follows breaks.
        """
        if index - 1 not in self._found:
            return (np.zeros(PLANAR),)
        before = self._found[index - 1]
        ahead = before + before - self._found.get(index - 2, before)
        there = mapped(np.asarray(np.linalg.inv(self._plane.to_picture(quad)), np.float64), ahead)
        corners = self._plane.quad.array()
        at_corners = modes(corners, self._plane.quad)[..., :PLANAR].reshape(2 * len(corners), PLANAR)
        return self._fits[index - 1].strengths, np.asarray(
            np.linalg.solve(at_corners, (there - corners).ravel()), np.float64
        )

    def moved(self, quad: Quad, planar: FloatArray) -> Quad:
        """A quad of the track moved by the planar modes."""
        corners = self._plane.quad.array()
        moves = modes(corners, self._plane.quad)[..., :PLANAR]
        return Quad.of(mapped(self._plane.to_picture(quad), corners + moves @ planar))

    def _is_known(self, index: int) -> bool:
        """Whether it is decided before frame `index` which of the close windows are followed."""
        onset, limits = self._region.onset_frame, self._parameters
        assert onset is not None  # else there are no such windows
        return index >= onset - limits.certain_before or len(self._readings) >= limits.close_frames

    def _choose(self) -> None:
        """Follow on those of the close windows only that go with the lettering while it is intact."""
        self._chosen = True
        if not self._readings:
            return
        shifts = np.array([one.shifts for one in self._readings.values()], np.float64)
        trust = np.array([one.trust for one in self._readings.values()], np.float64)
        off = np.sqrt(np.maximum(np.einsum("tni,nij,tnj->tn", shifts, self._windows.certainty, shifts), 0))
        agreement = (trust / (1 + (off / self._parameters.fit.scales_px[-1]) ** 2)).mean(axis=0)
        chosen = (self._windows.part != _CLOSE) | (agreement >= self._parameters.close_agreement)
        self._windows.keep(chosen)
        self._points, self._own, self._until = self._points[chosen], self._own[chosen], self._until[chosen]
        self._last = self._last[chosen]
        self._readings = {index: one.of(chosen) for index, one in self._readings.items()}

    def flat_colours(self, frame: Frame, quad: Quad, box: Box) -> FloatImage:
        """Luma, Cb and Cr that `frame` shows on the part of the plane in `box`."""
        return self._plane.part(box).read_colours(frame, quad)

    def soft(self, frame: Frame, quad: Quad, sigma: float) -> SoftLuma:
        """The luma of `frame` under a Gaussian of `sigma` pixels of the plane, wherever it is looked for."""
        return SoftLuma.of(self._plane, frame, quad, sigma=sigma, room=self._parameters.room_px)

    def flat(self, frame: Frame, quad: Quad) -> FloatPlane:
        """The luma that `frame` shows on the plane; a denser frame is made smaller first, which is cheaper."""
        luma = self._luma_of(frame, denser=float((abs(quad.area) / self._plane.quad.area) ** 0.5))
        smaller = scaling(luma.shape[1] / frame.width, luma.shape[0] / frame.height)
        return self._plane.read_plane(luma, quad.mapped(smaller))

    def _luma_of(self, frame: Frame, *, denser: float) -> Plane:
        """The luma of a frame whose pixels lie `denser` than the plane's, at most five quarters as dense afterwards."""
        times = int(4 * denser) / 4
        if times <= 1:
            return frame.y
        if self._reduced_of is not frame:
            self._reduced_of, self._reduced = frame, {}
        if times not in self._reduced:
            self._reduced[times] = reduced(frame.y, (round(frame.width / times), round(frame.height / times)))
        return self._reduced[times]

    def refined(self) -> RefinedTrack:
        """The refined track; as it was given, with a warning, where there is not enough evidence."""
        frames = np.array(sorted(self._readings))
        own = self._until[self._own]
        if not len(own) or np.count_nonzero(frames < own[0]) < self._parameters.least_intact:
            return self._unrefined("hardly any frame shows its lettering intact")
        fit = self._fit(frames)
        strengths, member = fit.fitted(PLANAR)
        few, aligned = self._is_few(fit, member), self._by_pixels(frames)
        # Few windows can be bent to agree with anything.
        bent = not few and fit.bends() and not self._is_flat(fit, aligned)
        if bent:
            strengths, member = fit.fitted(PLANAR + BENT)
        blurs = self._blurs(frames, member * fit.information)
        if aligned is not None and not bent:
            alone = self._texture(fit, member) < self._parameters.least_blur_windows
            strengths, blurs = aligned, self._blurs_by_pixels(frames, alone=alone) or blurs
        elif few:
            return self._unrefined("too little texture moves with it", blurs)
        if self._implausible(strengths):
            return self._unrefined("the correction would be implausibly large", blurs)
        quads, bends = self._corrected(frames, strengths)
        notes = ("its surface bends: it is repaired with a deformation fitted frame by frame",) if bends else ()
        return RefinedTrack(quads, bends, blurs, notes, refined=True)

    def _unrefined(self, why: str, blurs: Mapping[int, Covariance] | None = None) -> RefinedTrack:
        """The track as it was given, with a doubt unless what lies close to the lettering moves as it does."""
        notes = (f"it is repaired on its first track: {why}",)
        return RefinedTrack(self._quads, {}, blurs or {}, notes, doubt=None if self._is_supported() else why)

    def _is_supported(self) -> bool:
        """Whether windows close to the lettering, but not on it, move with the track as it was given."""
        limits = self._parameters
        close = ~self._own & (beside(self._points, self._plane.quad) < limits.fit.bending_reach)
        if not self._readings or not close.any():
            return False
        shifts = np.array([one.shifts for one in self._readings.values()], np.float64)
        trust = np.array([one.trust for one in self._readings.values()], np.float64)
        off = np.einsum("tni,nij,tnj->tn", shifts, self._windows.certainty, shifts)
        agrees = trust / (1 + np.maximum(off, 0) / limits.fit.scales_px[-1] ** 2) ** 2
        return self._certain(agrees * close) >= limits.least_windows

    def _is_flat(self, fit: DeformationFit, aligned: FloatArray | None) -> bool:
        """Whether the alignment by pixels explains the clip as a plane, and lettering that is intact does not bend."""
        if aligned is None or fit.bends(own_only=True):
            return False
        return float(np.median([one.likeness for one in self._fits.values()])) >= self._parameters.flat_likeness

    def _by_pixels(self, frames: NDArray[np.intp]) -> FloatArray | None:
        """The planar modes of all frames, (frames, 8), from the alignment by pixels; None where that is unsure."""
        limits = self._parameters
        corners = modes(self._plane.quad.array(), self._plane.quad)[..., :PLANAR].reshape(-1, PLANAR)
        if any(int(index) not in self._fits for index in frames):
            return None
        fits = [self._fits[int(index)] for index in frames]
        sizes, changes = (np.array(values[:PLANAR]) for values in (limits.fit.mode_sizes, limits.fit.mode_changes))
        prior = np.diag(1 / sizes**2)
        alike = [one.likeness for one in fits]
        if float(np.percentile(alike, limits.poor_percentile)) < limits.least_likeness:
            return None
        # What passes in front leaves less that agrees with the reference.
        information = np.array([one.support * one.information for one in fits])
        measured = np.array([one.strengths for one in fits])
        vector = np.einsum("tij,tj->ti", information, measured)
        variance = np.array([np.diag(np.linalg.inv(one + prior)) for one in information])
        accelerated = np.diff(measured, 2, axis=0) ** 2
        # The track itself may jump, where its letters break: there, fits that are sure are not smoothed.
        due = limits.track_jump**2 * (changes**2 + variance[:-2] + 4 * variance[1:-1] + variance[2:])
        precision = np.einsum("tm,mk->tmk", 1 / (changes**2 * (1 + accelerated / due)), np.eye(PLANAR))
        spread = trajectory_covariances(information + prior, acceleration_precision=precision)
        errors = np.einsum("ci,tij,cj->tc", corners, spread, corners).max(axis=1) ** 0.5
        if float(np.percentile(errors, limits.certain_percentile)) > limits.most_corner_error_px:
            return None
        return smooth_trajectory(information, vector, acceleration_precision=precision)

    def _blurs_by_pixels(self, frames: NDArray[np.intp], *, alone: bool) -> dict[int, Covariance] | None:
        """How soft each frame shows the surface, from the alignment by pixels: the same in all directions.

        Frames that do not tell are as soft as those around them. None where most do not, unless the pixels are `alone`
        in telling, and none does.
        """
        blurs = [self._fits[int(index)].blur for index in frames]
        told = np.array([blur is not None for blur in blurs])
        if not told.any() or (not alone and told.mean() < self._parameters.least_told):
            return None
        found = np.interp(frames, frames[told], [blur for blur in blurs if blur is not None])
        steady = median_filtered(found, self._parameters.blur_frames | 1)
        longer = max(self._plane.quad.size)
        return {int(i): max(float(v), 0.0) * np.eye(2) / longer**2 for i, v in zip(frames, steady, strict=True)}

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
        reach = max(self._plane.quad.size) / 2
        for place, index in enumerate(frames):
            quads[index] = self.moved(self._quads[index], strengths[place, :PLANAR])
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

    def _is_few(self, fit: DeformationFit, member: FloatArray) -> bool:
        """Whether too few of the windows that are `member`s, (n,), are seen."""
        seen = self._certain(member * fit.evidence.intact * fit.evidence.trust)
        return seen < self._parameters.least_windows

    def _texture(self, fit: DeformationFit, member: FloatArray) -> float:
        """Windows, counted over their texture, of a frame that has few that are `member`s, (n,)."""
        seen = (member * fit.evidence.intact * fit.evidence.trust) @ np.trace(self._windows.certainty, axis1=1, axis2=2)
        return float(np.percentile(seen, self._parameters.poor_percentile))

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


def strokes_apart(luma: FloatPlane, plane: RectifiedPlane) -> tuple[Mask, Mask]:
    """The strokes of a region's lettering, and what looks like strokes but runs on beyond it, as the rim of a label.

    luma: the reference on `plane`. None of either where light and dark cannot be told apart.
    """
    height = plane.lettering[1]
    inside, around = plane.region(), plane.region(grown=0.5 * height)
    bright, _, gap = above_otsu(luma, inside)
    if gap < LEAST_CONTRAST:
        return np.zeros_like(inside), np.zeros_like(inside)
    level = float(np.median(luma[inside]))
    limit = float(luma[bright].mean() + luma[inside & ~bright].mean()) / 2
    ink = around & ((luma > limit) if level < limit else (luma < limit))
    pieces = Components.of(ink)
    beyond = pieces.pixels_in(around & ~plane.region(grown=0.25 * height))
    other = pieces.chosen((beyond > 0) & (pieces.pixels_in(inside) < _MOST_INSIDE * pieces.sizes))
    return ink & ~other & inside, other
