"""Pictures by whose pixels a plane is aligned: its luma, and how like its surface every pixel is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box, FloatArray, Quad
from overlaycut.vision.components import connected_to
from overlaycut.vision.deformation import PLANAR, beside, modes
from overlaycut.vision.filters import FloatImage, FloatPlane, blurred, dilated, opened
from overlaycut.vision.statistics import weighted_median
from overlaycut.vision.structure_tensor import gradients
from overlaycut.vision.surface_likeness import SurfaceColour

_LIKENESS_LEVELS = 100.0
"""Levels of a likeness of 1, so that both channels have about the same contrast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelParameters:
    """Which pixels count, and how much; set by benchmarks/repair.py --labels (errors of corners)."""

    presmoothing: float = 1.0
    """Sigma, in pixels, of the blur that takes noise off both pictures."""
    least_gradient: float = 3.0
    """Levels per pixel from which a pixel tells of a motion."""
    patch_px: int = 5
    """Side of the patch over which the change of a pixel is averaged."""
    steady_px: float = 0.3
    """Movement of its own, while the lettering is intact, at which a patch no longer goes with it."""
    steady_growth: float = 1.0
    """Growth of that with the distance from the lettering, per longer side of it."""
    steady_levels: float = 2.0
    """Change in levels that is taken for noise."""
    most_pixels: int = 12_000
    """Pixels that are used, at most."""
    least_frames: int = 3
    """Frames with intact lettering, at least."""
    scale: float = 3.0
    """Standard deviations at which a pixel's weight is a quarter."""
    least_scale: float = 3.0
    """The same in levels, at least."""
    most_growth: float = 1.6
    """Times that scale may be what it was in frames before: half of the pixels behind something would raise it."""
    unsure_growth: float = 1.05
    """Growth of that limit in a frame in which few pixels agree: the clip may have become noisier for good."""
    sound: float = 0.3
    """Share of the pixels that must agree for a frame to tell which of them can be trusted, 0..1."""
    cell_px: int = 5
    """Side of the cells in blocks of three by three of which pixels are hidden together: what passes in front is wider
    than an edge."""
    hidden: float = 0.3
    """Share of agreeing neighbours up to which a pixel may be hidden, which costs it little trust."""
    hidden_memory: float = 0.93
    """What such a frame leaves of it: what is hidden comes back, and other lettering that melts does not."""
    surely: float = 0.7
    """Likeness from which a pixel surely shows the surface; 1 less it, up to which it surely does not, 0..1."""
    thin_px: int = 2
    """Half of the width up to which what hides the surface may be the error of a pose."""
    rim_px: int = 8
    """Distance from there within which an edge of the surface is taken to be hidden as well."""
    blur_variances: tuple[float, ...] = (0.0, 0.5, 1.2, 2.2, 3.6, 5.5, 8.0)
    """Variances of blur, in squared pixels, around which the frame's is sought."""
    near_by: float = 0.6
    """Distance from the lettering, in its longer sides, at which a pixel counts by half."""
    room_px: int = 12
    """Room around a surface in which its outline is sought."""
    bounds_px: int = 5
    """Width of the edges that bound the plain surface on which the lettering stands: its rim, or its outline."""
    beyond: float = 0.05
    """Weight of pixels beyond these: much of a ground goes with the surface for a while."""
    memory: float = 0.8
    """Share of a pixel's trust that its agreement in one more frame leaves as it was: what moves by itself, but no
    farther than allowed while the lettering was intact, loses it frame by frame."""
    clear_px: int = 4
    """Distance from what moves by itself within which a pixel tells nothing of blur."""


Levels: TypeAlias = Callable[[NDArray[np.intp], NDArray[np.intp]], FloatArray]
"""Gives the levels of a channel in a frame, (n,), at rows and columns of its picture."""


class PlaneView(Protocol):
    """A frame as it shows the plane under given planar strengths, (8,)."""

    def luma(self, strengths: FloatArray) -> FloatPlane:
        """Its luma on the whole plane."""

    def luma_at(
        self, strengths: FloatArray, rows: NDArray[np.intp], columns: NDArray[np.intp], *, sigma: float
    ) -> FloatArray:
        """Its luma under a Gaussian of `sigma` pixels at single pixels of the plane, (n,)."""

    def colours(self, strengths: FloatArray, box: Box) -> FloatImage:
        """Luma, Cb and Cr on the part of the plane in `box`."""


@dataclass(frozen=True, slots=True, eq=False)
class ChannelFit:
    """What the pixels of one channel say about a pose."""

    levels: FloatArray
    """Of each in the frame, (n,)."""
    off: FloatArray
    """How far each is off the reference, in levels, (n,)."""
    agrees: FloatArray
    """0..1, (n,)."""
    visible: FloatArray
    """Share of the pixels around each that agree, 0..1, (n,)."""
    scale: float
    """Difference at which a pixel's weight is a quarter, in levels."""
    prior: FloatArray
    """Weight of each before the frame was seen; 0 for what is hidden, (n,)."""
    weight: FloatArray
    """Weight of each, (n,)."""
    blur: float


class AlignmentChannel(ABC):
    """One picture of the reference, and which of its pixels go with the lettering.

    reference: the picture, (rows, columns), whose first pixel lies at `origin`, (x, y), of the plane. rectangle: of
    the lettering. lettering, excluded: pixels of the lettering, and those on which nothing is relied once it breaks.
    fits_light: whether gain, offset and blur are fitted in every frame.
    """

    def __init__(
        self,
        reference: FloatPlane,
        rectangle: Quad,
        *,
        origin: tuple[int, int] = (0, 0),
        lettering: Mask,
        excluded: Mask,
        fits_light: bool = True,
        parameters: ChannelParameters = ChannelParameters(),
    ) -> None:
        self._parameters, self._rectangle, self._origin = parameters, rectangle, origin
        self._fits_light = fits_light
        self._reference = blurred(reference, parameters.presmoothing)
        self._slopes = gradients(self._reference)
        steep = np.hypot(*self._slopes)
        tells = steep >= parameters.least_gradient
        self._beside = tells & ~excluded
        self._energy = _local_mean(np.asarray(steep**2, np.float32), parameters)
        self._bounds = dilated(self._plain(lettering), parameters.bounds_px)
        self.anchor = self._pixels(tells & lettering)
        self.chosen: ChannelPixels | None = None
        self._trust: FloatArray | None = None
        self._usual: float | None = None
        self._blur = 0.0
        self._change, self._seen = (np.zeros_like(self._reference) for _ in range(2))
        self._learnt = 0

    @abstractmethod
    def picture(self, view: PlaneView, strengths: FloatArray) -> FloatPlane:
        """The channel as a frame shows it, blurred, (rows, columns)."""

    @abstractmethod
    def _plain(self, lettering: Mask) -> Mask:
        """The plain surface around the lettering."""

    def _pixels(self, mask: Mask) -> ChannelPixels | None:
        """Those of `mask`, or every so many of them; None where there are hardly any."""
        rows, columns = np.nonzero(mask)
        if len(rows) < 10 * PLANAR:
            return None
        step, cell = -(-len(rows) // self._parameters.most_pixels), self._parameters.cell_px
        rows, columns = rows[::step], columns[::step]
        points = np.column_stack([columns, rows]).astype(np.float64) + 0.5 + self._origin
        moves = modes(points, self._rectangle)[..., :PLANAR]
        slopes = np.column_stack([plane[rows, columns] for plane in self._slopes]).astype(np.float64)
        softer = []
        for variance in self._parameters.blur_variances:
            plane = blurred(self._reference, variance**0.5)
            # A Gaussian of a little variance more adds half of that times the Laplacian (the heat equation).
            more = cv2.Laplacian(plane, cv2.CV_32F, ksize=1) / 2
            softer.append((variance, plane[rows, columns].astype(np.float64), more[rows, columns].astype(np.float64)))
        near = 1 / (1 + (beside(points, self._rectangle) / self._parameters.near_by) ** 2)
        near[~self._bounds[rows, columns]] *= self._parameters.beyond
        return ChannelPixels(
            (rows, columns),
            self._reference[rows, columns].astype(np.float64),
            np.einsum("ni,nij->nj", slopes, moves),
            tuple(softer),
            near,
            np.ones(len(rows), np.bool_),
            rows // cell * (self._reference.shape[1] // cell + 1) + columns // cell,
        )

    def learn(self, picture: FloatPlane, hidden: Mask) -> None:
        """Take in a frame with intact lettering, aligned by that, (rows, columns); hidden: by what is in front."""
        off = picture - self._reference
        if self.anchor is not None:
            off = off - np.median(off[self.anchor.at])
        # What moves by itself is farthest off in the end.
        self._learnt += 1
        change = self._learnt * _local_mean(np.asarray(off**2, np.float32), self._parameters)
        self._change += np.where(hidden, 0, change)
        self._seen += np.where(hidden, 0, self._learnt)

    def usual_scale(self, scale: float) -> None:
        """Take in the scale of a frame with intact lettering."""
        self._usual = scale

    def choose(self) -> None:
        """Choose the pixels that went with the lettering."""
        limits, count = self._parameters, self._learnt
        if count < limits.least_frames:
            return
        change = self._change / np.maximum(self._seen, 1) - limits.steady_levels**2
        shown = self._seen >= limits.least_frames * (limits.least_frames + 1) / 2
        steady = shown & (change < self._tolerance() ** 2 * self._energy)
        self.chosen = self._pixels(self._beside & steady & self._usable())
        if self.chosen is not None:
            # A pixel beside another surface mixes with that where the frame is soft: it does not tell how soft.
            clear = ~dilated(self._beside & ~steady, limits.clear_px)
            self.chosen = replace(self.chosen, clear=clear[self.chosen.at])
        self._learnt = 0

    def _usable(self) -> Mask:
        """Pixels that may be chosen."""
        return np.ones_like(self._beside)

    def _tolerance(self) -> FloatPlane:
        """Movement of its own that a patch may have, in pixels: the farther from the lettering, the less is known."""
        rows, columns = self._reference.shape
        x, y = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
        points = np.column_stack([x.ravel(), y.ravel()]) + self._origin
        away = beside(points, self._rectangle).reshape(rows, columns)
        limits = self._parameters
        return np.asarray(limits.steady_px * (1 + limits.steady_growth * away), np.float32)

    def weights(self, pixels: ChannelPixels, hidden: Mask | None = None) -> FloatArray:
        """Weight of each pixel before a frame is seen, (n,), or where it is known what is `hidden` in it."""
        weight = pixels.near if pixels is self.anchor or self._trust is None else pixels.near * self._trust**2
        return weight if hidden is None else weight * ~hidden[pixels.at]

    def compared(
        self,
        pixels: ChannelPixels,
        levels: Levels,
        widened: float,
        *,
        hidden: Mask | None = None,
        moved: tuple[int, int] = (0, 0),
    ) -> ChannelFit:
        """What the pixels that are not `hidden` say, of a frame that is `moved`, (x, y), by whole pixels.

        levels: of the channel in that frame. widened: how much more a pixel may be off than it should be in the end.
        """
        limits, prior = self._parameters, self.weights(pixels, hidden)
        rows, columns = pixels.at
        height, width = self._reference.shape
        now = levels(np.clip(rows + moved[1], 0, height - 1), np.clip(columns + moved[0], 0, width - 1))
        off, agrees = now, np.ones(len(now))
        blur, scale = self._blur, limits.least_scale
        for _ in range(2):
            off, blur = self._errors(pixels, now, prior * agrees, blur)
            # 1.4826 times the median absolute deviation is the standard deviation of a normal distribution.
            scale = limits.scale * 1.4826 * weighted_median(np.abs(off), prior)
            if self._usual is not None:
                scale = min(scale, limits.most_growth * self._usual)
            scale = max(scale, limits.least_scale)
            agrees = 1 / (1 + (off / (widened * scale)) ** 2) ** 2
        visible = self._visible(pixels, prior, agrees)
        return ChannelFit(now, off, agrees, visible, scale, prior, prior * agrees * visible, blur)

    def _errors(
        self, pixels: ChannelPixels, now: FloatArray, weight: FloatArray, blur: float
    ) -> tuple[FloatArray, float]:
        """How far `now`, (n,), is off the reference, in its levels, under the best gain, offset and blur; that blur.

        weight: of each pixel, (n,). blur: a variance that is about right.
        """
        if not self._fits_light:
            return now - pixels.due, blur
        variance, levels, more = min(pixels.softer, key=lambda one: abs(one[0] - blur))
        columns = np.column_stack([levels, more, np.ones_like(levels)])
        weighed = weight[:, None] * columns
        products = columns.T @ weighed + 1e-6 * np.eye(3)
        gain, change, offset = np.linalg.solve(products, weighed.T @ now)
        gain = min(max(float(gain), 0.5), 2.0)
        beyond = min(max(float(change) / gain, -0.6), 1.5)
        return np.asarray((now - offset) / gain - levels - beyond * more), max(variance + beyond, 0.0)

    def _visible(self, pixels: ChannelPixels, prior: FloatArray, agrees: FloatArray) -> FloatArray:
        """Share of the pixels in the cells around each that agree, 0..1, (n,)."""
        rows, columns = (side // self._parameters.cell_px + 1 for side in self._reference.shape)
        sums = []
        for values in (prior * agrees, prior):
            cells = np.bincount(pixels.cell, values, minlength=rows * columns).reshape(rows, columns)
            around = cv2.boxFilter(cells, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
            sums.append(around.ravel()[pixels.cell])
        return np.asarray(sums[0] / np.maximum(sums[1], 1e-9))

    def settle(self, fit: ChannelFit, *, sound: bool) -> None:
        """Take in the fit of a frame; sound: whether enough pixels agree for it to tell which can be trusted."""
        limits = self._parameters
        self._blur = fit.blur if sound else self._blur
        if not sound:
            self._usual = None if self._usual is None else limits.unsure_growth * self._usual
            return
        self._usual = fit.scale if self._usual is None else 0.8 * self._usual + 0.2 * fit.scale
        before = np.ones(len(fit.off)) if self._trust is None else self._trust
        memory = np.where(fit.visible < limits.hidden, limits.hidden_memory, limits.memory)
        memory[fit.prior == 0] = 1.0
        self._trust = memory * before + (1 - memory) * fit.agrees


@dataclass(frozen=True, slots=True, eq=False)
class ChannelPixels:
    """Pixels by which the plane is aligned."""

    at: tuple[NDArray[np.intp], NDArray[np.intp]]
    """Rows and columns."""
    due: FloatArray
    """Their levels in the reference, (n,)."""
    jacobian: FloatArray
    """Change of the level by each mode, (n, 8)."""
    softer: tuple[tuple[float, FloatArray, FloatArray], ...]
    """Variances of blur, in squared pixels; the levels under each, and their change with the variance: (n,) each."""
    near: FloatArray
    """Weight of each pixel by its place, (n,), 0..1."""
    clear: NDArray[np.bool_]
    """Which tell of blur, (n,)."""
    cell: NDArray[np.intp]
    """Number of the cell in which each lies, (n,)."""


class LumaChannel(AlignmentChannel):
    """The luma of the plane; gain, offset and blur are fitted in every frame."""

    def picture(self, view: PlaneView, strengths: FloatArray) -> FloatPlane:
        """The channel as a frame shows it, blurred, (rows, columns)."""
        return blurred(view.luma(strengths), self._parameters.presmoothing)

    def levels(self, view: PlaneView, strengths: FloatArray) -> Levels:
        """The same at single pixels, which is cheaper: few of the plane are asked for."""
        return partial(view.luma_at, strengths, sigma=self._parameters.presmoothing)

    def _plain(self, lettering: Mask) -> Mask:
        flat = np.hypot(*self._slopes) < self._parameters.least_gradient
        return connected_to(flat | lettering, lettering)

    def blur_of(self, pixels: ChannelPixels, fit: ChannelFit) -> float | None:
        """The variance of blur by which the levels in the reference come nearest to a frame's.

        Least squares have no bias from the noise of the frame, as the largest correlation has. None where too few
        pixels tell.
        """
        weight = fit.weight * pixels.clear
        if weight.sum() < 10 * PLANAR:
            return None
        return self._errors(pixels, fit.levels, weight, fit.blur)[1]


class SurfaceChannel(AlignmentChannel):
    """How like the surface of the lettering every pixel is: it has an edge at the outline before any ground.

    reference: luma, Cb and Cr on the plane. lettering, excluded: pixels of the plane.
    """

    def __init__(
        self,
        surface: SurfaceColour,
        reference: FloatImage,
        rectangle: Quad,
        *,
        lettering: Mask,
        excluded: Mask,
        parameters: ChannelParameters = ChannelParameters(),
    ) -> None:
        like = np.zeros(lettering.shape, np.float32)
        like[surface.box.slices] = surface.likeness(reference[surface.box.slices])
        looked_at: Mask = np.zeros(lettering.shape, np.bool_)
        looked_at[surface.box.slices] = True
        own = dilated(connected_to((like > 0.5) | lettering, lettering), parameters.room_px)
        self._box = box = Box.of(own & looked_at)
        self._surface, self._excluded = surface.part(box), excluded[box.slices]
        self._plane_shape = lettering.shape
        self._mean = np.zeros(self._excluded.shape, np.float32)
        super().__init__(
            _LIKENESS_LEVELS * like[box.slices],
            rectangle,
            origin=(box.x, box.y),
            lettering=lettering[box.slices],
            excluded=self._excluded,
            fits_light=False,
            parameters=parameters,
        )

    def learn(self, picture: FloatPlane, hidden: Mask) -> None:
        """Take in a frame with intact lettering, aligned by that, (rows, columns); hidden: by what is in front."""
        super().learn(picture, hidden)
        self._mean += np.where(hidden, 0, self._learnt * picture)

    def choose(self) -> None:
        """Choose the pixels that went with the lettering, as the clip shows them: a little softer, or aside."""
        seen = self._seen > 0
        self._reference = np.where(seen, self._mean / np.maximum(self._seen, 1), self._reference)
        self._slopes = gradients(self._reference)
        super().choose()

    def picture(self, view: PlaneView, strengths: FloatArray) -> FloatPlane:
        """The channel as a frame shows it, blurred, (rows, columns)."""
        like = self._surface.likeness(view.colours(strengths, self._box))
        return blurred(np.asarray(_LIKENESS_LEVELS * like, np.float32), self._parameters.presmoothing)

    def _usable(self) -> Mask:
        return self._bounds

    def hidden_in(self, picture: FloatPlane) -> Mask:
        """Pixels of the box that are hidden in a frame, (rows, columns): where the surface was, something else is."""
        limits = self._parameters
        high, low = limits.surely * _LIKENESS_LEVELS, (1 - limits.surely) * _LIKENESS_LEVELS
        gone = (self._reference > high) & (picture < low) & ~self._excluded
        return dilated(opened(gone, limits.thin_px), limits.thin_px + limits.rim_px)

    def on_plane(self, mask: Mask) -> Mask:
        """A mask of the box on the whole plane, (rows, columns)."""
        whole = np.zeros(self._plane_shape, np.bool_)
        whole[self._box.slices] = mask
        return whole

    def _plain(self, lettering: Mask) -> Mask:
        return connected_to((self._reference > _LIKENESS_LEVELS / 2) | lettering, lettering)


def levels_of(picture: FloatPlane) -> Levels:
    """The levels of a picture of a channel, (rows, columns)."""
    return lambda rows, columns: picture[rows, columns].astype(np.float64)


def _local_mean(plane: FloatPlane, parameters: ChannelParameters) -> FloatPlane:
    return np.asarray(cv2.boxFilter(plane, -1, (parameters.patch_px,) * 2), np.float32)
