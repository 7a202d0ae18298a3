"""Alignment of a region's plane by all pixels that go with it, but the lettering.

Windows see what is around them: beside the rim of a label they see the ground behind as well, which moves by itself. So
where windows are too few, single pixels are chosen that keep their level while the lettering is intact; afterwards the
plane is aligned by these alone: Gauss-Newton steps of a planar motion with robust weights (inverse compositional, Baker
and Matthews, Lucas-Kanade 20 years on, 2004). They are pixels of luma, whose gain and offset are fitted, and of
likeness to the surface, which an outline changes in the same way before any ground.

What passes in front hides many pixels at once, side by side. These are left out, keep their trust, and do not raise
what counts as agreement; a frame in which few agree is searched for farther away as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import FloatArray, Quad
from overlaycut.repair.estimate.alignment_channels import (
    AlignmentChannel,
    ChannelFit,
    ChannelParameters,
    ChannelPixels,
    Levels,
    LumaChannel,
    PlaneView,
    SurfaceChannel,
    levels_of,
)
from overlaycut.vision.deformation import PLANAR, modes
from overlaycut.vision.filters import FloatImage
from overlaycut.vision.surface_likeness import SurfaceColour, SurfaceLikenessParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignmentParameters:
    """Steps and weights of an alignment; set by benchmarks/repair.py --labels (errors of corners)."""

    widened: tuple[float, ...] = (4.0, 2.0, 1.0, 1.0, 1.0)
    """How much farther off a pixel may be in each step than it may be in the end: a start is not exact."""
    settled_px: float = 0.02
    """Movement of a corner in a step below which a frame is done, once nothing is widened."""
    steps_px: tuple[float, ...] = (4.0, 1.0, 1.0, 0.4) * 2
    """Standard deviation of each planar mode between where a frame is sought and where it is, in pixels."""
    alike: float = 12.0
    """Neighbouring pixels whose errors are one: by these the information is divided."""
    same_start_px: float = 0.1
    """Movement of a corner up to which two starts are one."""
    least_support: float = 0.3
    """Share of agreeing pixels of lettering up to which a frame does not show it intact, whatever was found."""
    searched_support: float = 0.5
    """Share of agreeing pixels, of all, below which a frame is sought from other starts as well."""
    lost_support: float = 0.3
    """The same, below which it is sought farther away."""
    searched_px: tuple[int, ...] = (-9, -6, -3, 0, 3, 6, 9)
    """Shifts along each axis at which a frame is sought in which few pixels agree."""
    surface_heights: float = 6.0
    """Room around the lettering in which its surface is looked at, in heights of the lettering, at most."""
    channel: ChannelParameters = field(default_factory=ChannelParameters)
    surface_channel: ChannelParameters = field(default_factory=partial(ChannelParameters, steady_px=0.6))
    """Likeness is steeper than luma: before another ground the same outline lies a little aside."""
    surface: SurfaceLikenessParameters = field(default_factory=SurfaceLikenessParameters)


@dataclass(frozen=True, slots=True, eq=False)
class PlaneFit:
    """How one frame shows the plane."""

    strengths: FloatArray
    """Planar modes by which it lies off its track, (8,)."""
    information: FloatArray
    """Inverse covariance of these, (8, 8)."""
    likeness: float
    """Correlation of the pixels with the reference, -1..1."""
    support: float
    """Share of the pixels that are not hidden that agree with it, 0..1."""
    blur: float | None
    """Variance, in squared pixels, of the blur that the frame has beside the reference; None where too few pixels
    tell."""


_Channels = Sequence[tuple[AlignmentChannel, ChannelPixels]]


class PlaneAlignment:
    """Alignment with one reference.

    reference: luma, Cb and Cr on the plane, (rows, columns, 3). rectangle: of the lettering on it. excluded: pixels
    on which nothing is relied once it breaks, those of lettering.
    """

    def __init__(
        self,
        reference: FloatImage,
        rectangle: Quad,
        *,
        lettering: Mask,
        excluded: Mask,
        parameters: AlignmentParameters = AlignmentParameters(),
    ) -> None:
        self._parameters = parameters
        self._corners = modes(rectangle.array(), rectangle)[..., :PLANAR]
        luma = np.ascontiguousarray(reference[..., 0])
        self._luma = LumaChannel(luma, rectangle, lettering=lettering, excluded=excluded, parameters=parameters.channel)
        self._channels: list[AlignmentChannel] = [self._luma]
        self._surface = self._surface_channel(reference, rectangle, lettering, excluded)
        if self._surface is not None:
            self._channels.append(self._surface)
        self._is_chosen = False
        self._sound: FloatArray = np.zeros(PLANAR)

    def _surface_channel(
        self, reference: FloatImage, rectangle: Quad, lettering: Mask, excluded: Mask
    ) -> SurfaceChannel | None:
        limits = self._parameters
        room = round(limits.surface_heights * min(rectangle.size))
        box = rectangle.box().grown(room).clipped(reference.shape[1], reference.shape[0])
        if box is None:
            return None
        surface = SurfaceColour.of(reference, box, lettering, limits.surface)
        if surface is None:
            return None
        return SurfaceChannel(
            surface,
            reference,
            rectangle,
            lettering=lettering,
            excluded=excluded,
            parameters=limits.surface_channel,
        )

    def learn(self, view: PlaneView, starts: Sequence[FloatArray]) -> PlaneFit | None:
        """Align a frame with intact lettering by that, and take in which pixels go with it. See `aligned`."""
        if self._luma.anchor is None:
            return None
        fit, found = self._fitted([(self._luma, self._luma.anchor)], view, starts)
        if fit.support < self._parameters.least_support:
            return replace(fit, blur=None)
        self._luma.usual_scale(found[0].scale)
        self._sound = fit.strengths
        luma = self._luma.picture(view, fit.strengths)
        hidden = np.zeros(luma.shape, np.bool_)
        if self._surface is not None:
            like = self._surface.picture(view, fit.strengths)
            in_box = self._surface.hidden_in(like)
            self._surface.learn(like, in_box)
            hidden = self._surface.on_plane(in_box)
        self._luma.learn(luma, hidden)
        return fit

    def choose(self) -> bool:
        """Choose the pixels that went with the lettering; whether there are any."""
        if not self._is_chosen:
            for channel in self._channels:
                channel.choose()
            self._is_chosen = True
        return bool(self._chosen())

    def _chosen(self) -> _Channels:
        return [(channel, channel.chosen) for channel in self._channels if channel.chosen is not None]

    def aligned(self, view: PlaneView, starts: Sequence[FloatArray]) -> PlaneFit:
        """How a frame shows the plane.

        starts: strengths from which it may be sought; the one with which most pixels agree is.
        """
        limits, channels = self._parameters, self._chosen()
        all_of_them = sum(float(channel.weights(pixels).sum()) for channel, pixels in channels)
        best = self._fitted(channels, view, starts)
        if _agreeing(best[1]) < limits.searched_support * all_of_them:
            # Where much is hidden a pose may slide until it hides what disagrees: more pixels agree with a right one.
            again = [self._fitted(channels, view, [start]) for start in (self._sound, np.zeros(PLANAR))]
            best = max(best, *again, key=lambda one: _agreeing(one[1]))
        if _agreeing(best[1]) < limits.lost_support * all_of_them:
            farther = self._fitted(channels, view, [self._sought(channels, view, starts)])
            best = max(best, farther, key=lambda one: _agreeing(one[1]))
        fit, found = best
        for (channel, _), one in zip(channels, found, strict=True):
            channel.settle(one, sound=fit.support >= limits.channel.sound)
        if _agreeing(found) >= limits.searched_support * all_of_them:
            self._sound = fit.strengths
        return fit

    def _sought(self, channels: _Channels, view: PlaneView, starts: Sequence[FloatArray]) -> FloatArray:
        """The strengths, one of the starts and a shift of whole pixels, with which most pixels agree."""
        limits = self._parameters
        best, chosen = -1.0, starts[0]
        for start in starts:
            seen = self._seen(channels, view, start)
            for x in limits.searched_px:
                for y in limits.searched_px:
                    agreeing = _agreeing(seen.compared(limits.widened[0], moved=(x, y)))
                    if agreeing > best:
                        best, chosen = agreeing, start + np.array([x, 0, 0, 0, y, 0, 0, 0.0])
        return chosen

    def _seen(self, channels: _Channels, view: PlaneView, strengths: FloatArray) -> _Seen:
        """A frame under some strengths."""
        levels: list[Levels] = []
        hidden: list[Mask | None] = [None] * len(channels)
        for channel, _ in channels:
            if channel is self._surface:
                picture = self._surface.picture(view, strengths)
                in_box = self._surface.hidden_in(picture)
                # Luma stands before it, and lacks what is hidden as well.
                hidden = [*(self._surface.on_plane(in_box) for _ in levels), in_box]
                levels.append(levels_of(picture))
            else:
                levels.append(self._luma.levels(view, strengths))
        return _Seen(channels, levels, hidden)

    def _fitted(
        self, channels: _Channels, view: PlaneView, starts: Sequence[FloatArray]
    ) -> tuple[PlaneFit, list[ChannelFit]]:
        """The fit of one frame, and how far each pixel agrees with it."""
        limits = self._parameters
        start, seen = self._best_start(channels, view, starts)
        strengths, held = start, np.diag(1 / np.square(limits.steps_px))
        for widened in limits.widened:
            information, pull = seen.normal_equations(seen.compared(widened), limits.alike)
            step = -np.linalg.solve(information + held, pull + held @ (strengths - start))
            strengths = strengths + step
            seen = self._seen(channels, view, strengths)
            if widened == limits.widened[-1] and np.abs(self._corners @ step).max() < limits.settled_px:
                break
        fits = seen.compared(1.0)
        information, _ = seen.normal_equations(fits, limits.alike)
        blur = None
        if channels[0][0] is self._luma:
            blur = self._luma.blur_of(channels[0][1], fits[0])
        return PlaneFit(strengths, information, seen.likeness(fits), _share_of(fits), blur), fits

    def _best_start(
        self, channels: _Channels, view: PlaneView, starts: Sequence[FloatArray]
    ) -> tuple[FloatArray, _Seen]:
        tried = [starts[0]]
        for start in starts[1:]:
            if np.abs(self._corners @ (start - tried[0])).max() > self._parameters.same_start_px:
                tried.append(start)
        seen = [self._seen(channels, view, start) for start in tried]
        if len(tried) == 1:
            return tried[0], seen[0]
        best = int(np.argmax([_agreeing(one.compared(self._parameters.widened[0])) for one in seen]))
        return tried[best], seen[best]


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """The channels of a frame under some strengths."""

    channels: _Channels
    levels: Sequence[Levels]
    hidden: Sequence[Mask | None]

    def compared(self, widened: float, *, moved: tuple[int, int] = (0, 0)) -> list[ChannelFit]:
        """What the pixels of each channel say; see `AlignmentChannel.compared`."""
        return [
            channel.compared(pixels, levels, widened, hidden=hidden, moved=moved)
            for (channel, pixels), levels, hidden in zip(self.channels, self.levels, self.hidden, strict=True)
        ]

    def normal_equations(self, fits: Sequence[ChannelFit], alike: float) -> tuple[FloatArray, FloatArray]:
        """Information about the strengths, (8, 8), and the gradient of the errors, (8,)."""
        information, pull = np.zeros((PLANAR, PLANAR)), np.zeros(PLANAR)
        for (_, pixels), fit in zip(self.channels, fits, strict=True):
            noise = float((fit.weight * fit.off**2).sum() / max(fit.weight.sum(), 1)) + 1.0
            weight = fit.weight / (noise * alike)
            information += pixels.jacobian.T @ (weight[:, None] * pixels.jacobian)
            pull += pixels.jacobian.T @ (weight * fit.off)
        return information, pull

    def likeness(self, fits: Sequence[ChannelFit]) -> float:
        """Mean correlation of the pixels with the reference, -1..1."""
        found = [
            _correlation(fit.levels, pixels.due, fit.prior)
            for (_, pixels), fit in zip(self.channels, fits, strict=True)
        ]
        return float(np.average(found, weights=[fit.prior.sum() + 1e-9 for fit in fits]))


def _agreeing(fits: Sequence[ChannelFit]) -> float:
    """Weight of the pixels that agree."""
    return sum(float(fit.weight.sum()) for fit in fits)


def _share_of(fits: Sequence[ChannelFit]) -> float:
    """Share of the pixels that are not hidden that agree, 0..1."""
    agree, of = (sum(float(weight.sum()) for weight in each) for each in (
        [fit.weight for fit in fits], [fit.prior for fit in fits]
    ))  # fmt: skip
    return agree / max(of, 1e-9)


def _correlation(now: FloatArray, due: FloatArray, weight: FloatArray) -> float:
    """Weighted correlation of two lists of levels, -1..1; 0 where one of them is even."""
    total = max(float(weight.sum()), 1e-6)
    a, b = now - float(weight @ now) / total, due - float(weight @ due) / total
    spread = float(weight @ a**2) * float(weight @ b**2)
    return float(weight @ (a * b)) / spread**0.5 if spread > 1e-6 else 0.0
