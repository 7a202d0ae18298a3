"""Relighting: the gain and offset by which a picture made elsewhere matches the illumination of a frame.

The model is one gain per frame, about black, and an offset that varies slowly over the rectified plane and from frame
to frame: shown = gain × picture + offset. The offset is measured where the bare surface is seen, and is interpolated
from there under the lettering; that is the low-frequency part of seamless cloning (Pérez, Gangnet and Blake, 2003),
smoothed in time along the track.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.colour import BLACK
from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box, FloatArray
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, Samples, scaled

_BLACK = float(BLACK[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class IlluminationParameters:
    """How the light between two pictures is estimated; checked by benchmarks/repair.py."""

    shadow_bias: float = 24.0
    """Levels added to both lumas before their ratio is taken: a bias that stabilises the gain in shadows."""
    gains: tuple[float, float] = (0.6, 1.6)
    """Least and largest gain."""
    least_support: float = 0.12
    """Share of the surface that the neighbouring frame's light must still explain: the rest may be occluded."""
    first_tolerance: float = 14.0
    """Levels by which a pixel may differ from the light of the frame before and still follow it."""
    tolerances: tuple[float, ...] = (12.0, 9.0)
    """The same in each later round."""
    outlier_factor: float = 2.5
    """Times the median difference up to which a pixel follows a light nevertheless."""
    cells_per_height: float = 8.0
    """Cells of the offset's grid over the lettering's height."""
    least_cell_px: float = 4.0
    """Pixels of a cell's side, at least."""
    most_cells: int = 48
    """Cells along the longer side, at most."""
    certain_share: float = 0.25
    """Share of a cell that must be bare for its offset to count in full."""
    most_jump: tuple[float, float, float] = (45.0, 10.0, 10.0)
    """Levels of luma, Cb and Cr by which the surface may change between neighbouring frames; more is no light, but
    something that hides all of it."""
    least_share: float = 0.25
    """Share of a change of light that the darkest pixel takes."""


Part: TypeAlias = tuple[Box, int, int]
"""A box on a rectified plane, and the plane's columns and rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """Gain and offset of a picture on a rectified plane for one frame."""

    gain: float
    """Factor about black."""
    offset: FloatImage
    """(grid rows, grid columns, 3), in levels; interpolated over the plane."""
    support: float
    """Share of the plane where bare surface was seen, 0..1: the weight of this light."""
    contrast: float | None = None
    """The ink's contrast to the surface over what it would be by `gain`; None when it cannot be measured."""

    def on_colours(self, colours: Colours, share: Samples) -> Colours:
        """Single colours (n, 3) in the mean of this light, each taking its `share` (n,) of the offset."""
        lit: Colours = _gained(colours, self.gain) + share[:, None] * self.offset.mean(axis=(0, 1))
        return lit

    def on(self, picture: FloatImage, *, share: FloatPlane | None = None, part: Part | None = None) -> FloatImage:
        """A picture in this light.

        share: (rows, columns), share of the offset that a pixel takes, 0..1; all of it when None. Light multiplies, so
        ink that is darker than its surface takes less. part: where the picture lies on the plane; all of it when None.
        """
        offset = self._stretched(picture, part)
        if share is not None:
            offset *= share[..., None]
        offset += (1 - self.gain) * BLACK
        return np.asarray(cv2.addWeighted(picture, self.gain, offset, 1.0, 0.0), dtype=np.float32)

    def _stretched(self, picture: FloatImage, part: Part | None) -> FloatImage:
        size = (picture.shape[1], picture.shape[0])
        if part is None:
            return scaled(self.offset, size)
        box, width, height = part
        across, down = self.offset.shape[1] / width, self.offset.shape[0] / height
        # Pixel centres lie at +0.5 on the plane and on the grid alike.
        to_grid = np.array(
            [
                [across, 0, (box.x + 0.5) * across - 0.5],
                [0, down, (box.y + 0.5) * down - 0.5],
            ]
        )
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cut = cv2.warpAffine(self.offset, to_grid, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(cut, dtype=np.float32)

    def off(self, picture: FloatImage) -> FloatImage:
        """What a frame shows, brought back to the picture's light: the inverse of `on`."""
        offset = self._stretched(picture, None)
        offset += (1 - self.gain) * BLACK
        return np.asarray(cv2.addWeighted(picture, 1 / self.gain, offset, -1 / self.gain, 0.0), dtype=np.float32)


def spread(values: FloatImage, weight: FloatPlane) -> FloatImage:
    """`values` interpolated smoothly where `weight` is 0, by averaging down and filling back up.

    values: (rows, columns, 3); weight: (rows, columns), 0..1. Where nothing is known at all the result is 0.
    The pull-push of Gortler, Grzeszczuk, Szeliski and Cohen (The Lumigraph, 1996).
    """
    rows, columns = weight.shape
    if min(rows, columns) <= 1 or float(weight.min()) >= 1:
        total = float(weight.sum())
        if total <= 0:
            return np.zeros_like(values)
        mean = ((values * weight[..., None]).sum(axis=(0, 1)) / total).astype(np.float32)
        flat: FloatImage = values * weight[..., None] + mean * (1 - weight[..., None])
        return flat
    size = ((columns + 1) // 2, (rows + 1) // 2)
    less = scaled(weight, size, area=True)
    sums = scaled(values * weight[..., None], size, area=True)
    means = np.asarray(sums / np.maximum(less, 1e-6)[..., None], dtype=np.float32)
    coarse = spread(means, np.minimum(less * 2, 1).astype(np.float32))
    under = scaled(coarse, (columns, rows))
    filled: FloatImage = under + (values - under) * weight[..., None]
    return filled


def light_share(
    picture: FloatImage, surface: FloatImage, *, parameters: IlluminationParameters = IlluminationParameters()
) -> FloatPlane:
    """Share of the surface's change of light that each pixel of `picture` takes: (rows, columns), 0.25..1."""
    bias = parameters.shadow_bias / 2
    here, bare = picture[..., 0] - _BLACK + bias, surface[..., 0] - _BLACK + bias
    return np.asarray(np.clip(here / np.maximum(bare, 1.0), parameters.least_share, 1.0), dtype=np.float32)


def grid_size(
    width: int, height: int, *, lettering_height: float, parameters: IlluminationParameters = IlluminationParameters()
) -> tuple[int, int]:
    """Columns and rows of the offset's grid on a width × height plane with lettering of a height in its pixels."""
    if width < 1 or height < 1 or lettering_height <= 0:
        raise ValueError("a light grid needs a plane and lettering with a height")
    longest = max(width, height) / parameters.most_cells
    cell = max(lettering_height / parameters.cells_per_height, parameters.least_cell_px, longest)
    return max(math.ceil(width / cell), 2), max(math.ceil(height / cell), 2)


def light_between(
    picture: FloatImage,
    seen: FloatImage,
    surface: Mask,
    *,
    grid: tuple[int, int],
    before: Light | None = None,
    parameters: IlluminationParameters = IlluminationParameters(),
) -> Light:
    """The light that turns `picture` into `seen`, estimated robustly where the bare surface shows.

    surface: pixels that should be bare in both; those that do not follow the light of the rest (an occluder, displaced
    strokes) are left out. grid: columns and rows of the offset. before: the light of the frame before, where the
    estimation starts; None starts from the picture's own light. A start that hardly any pixel agrees with is replaced
    by the median light; where that would be a jump, something hides the surface, and `before` is kept without support.
    """
    if not surface.any():
        return before or Light(1.0, np.zeros((grid[1], grid[0], 3), np.float32), 0.0)
    start = before or Light(1.0, np.zeros((grid[1], grid[0], 3), np.float32), 1.0)
    fits = _following(picture, seen, surface, start, parameters.first_tolerance, parameters)
    if fits.sum() < parameters.least_support * surface.sum():
        start = _median_light(picture, seen, surface, grid, parameters)
        if before is not None and _jumps(picture, surface, before, start, parameters):
            return replace(before, support=0.0, contrast=None)
        fits = _following(picture, seen, surface, start, parameters.first_tolerance, parameters)
    best = start
    for tolerance in parameters.tolerances:
        if not fits.any():
            break
        gain = _gain(picture, seen, fits, parameters)
        offset = _offset(seen - _gained(picture, gain), fits, grid, parameters)
        best = Light(gain, offset, float(fits.mean()))
        fits = _following(picture, seen, surface, best, tolerance, parameters)
    return best


def _median_light(
    picture: FloatImage, seen: FloatImage, surface: Mask, grid: tuple[int, int], parameters: IlluminationParameters
) -> Light:
    gain = _gain(picture, seen, surface, parameters)
    middle = np.median(seen[surface] - _gained(picture[surface], gain), axis=0).astype(np.float32)
    offset = np.broadcast_to(middle, (grid[1], grid[0], 3)).astype(np.float32)
    return Light(gain, offset, float(surface.mean()))


def _jumps(picture: FloatImage, surface: Mask, before: Light, light: Light, parameters: IlluminationParameters) -> bool:
    """Whether the surface changes by more from one light to the other than light does from frame to frame."""
    change = np.median(light.on(picture)[surface] - before.on(picture)[surface], axis=0)
    return bool((np.abs(change) > parameters.most_jump).any())


def _gained(picture: FloatImage | Colours, gain: float) -> FloatImage | Colours:
    """A picture or colours under a gain about black."""
    gained: FloatImage = picture * np.float32(gain) + (1 - np.float32(gain)) * BLACK
    return gained


def _gain(picture: FloatImage, seen: FloatImage, surface: Mask, parameters: IlluminationParameters) -> float:
    """Ratio of the median lumas of the surface; also the contrast of what lies on it."""
    bias, (least, most) = parameters.shadow_bias, parameters.gains
    there = float(np.median(picture[..., 0][surface])) - _BLACK + bias
    here = float(np.median(seen[..., 0][surface])) - _BLACK + bias
    return min(max(here / max(there, 1.0), least), most)


def _following(
    picture: FloatImage,
    seen: FloatImage,
    surface: Mask,
    light: Light,
    tolerance: float,
    parameters: IlluminationParameters,
) -> Mask:
    """The pixels of `surface` that `light` explains, to within `tolerance` levels or what they scatter by."""
    gap = np.abs(seen - light.on(picture))
    off = np.maximum(np.maximum(gap[..., 0], gap[..., 1]), gap[..., 2])
    follows: Mask = surface & (off < tolerance)
    if follows.any():
        follows = surface & (off < max(tolerance, parameters.outlier_factor * float(np.median(off[follows]))))
    return follows


def _offset(
    difference: FloatImage, known: Mask, grid: tuple[int, int], parameters: IlluminationParameters
) -> FloatImage:
    """Means of a difference over the cells of a grid, interpolated where nothing is known."""
    weight = known.astype(np.float32)
    cells = scaled(weight, grid, area=True)
    sums = scaled(difference * weight[..., None], grid, area=True)
    values = sums / np.maximum(cells, 1e-6)[..., None]
    return spread(values.astype(np.float32), np.minimum(cells / np.float32(parameters.certain_share), 1))


@dataclass(frozen=True, slots=True, eq=False)
class LightTrack:
    """Light over a span of frames, smoothed along it."""

    first: int
    """Index of the first frame."""
    gains: Samples
    """(frames,)"""
    offsets: NDArray[np.float16]
    """(frames, grid rows, grid columns, 3); half precision, since a minute of them is kept"""
    contrasts: Samples
    """(frames,)"""

    @classmethod
    def smoothed(cls, lights: Mapping[int, Light], *, sigma: float) -> LightTrack:
        """The lights of consecutive frames, each the mean of its neighbours, weighted by nearness and support.

        lights: at least one; frames that are missing between the first and the last take what is near.
        sigma: frames.
        """
        if not lights or sigma <= 0:
            raise ValueError("a light track needs lights, and a width to smooth them by")
        first, last = min(lights), max(lights)
        count = last - first + 1
        shape = next(iter(lights.values())).offset.shape
        weights, gains = np.zeros(count, np.float32), np.zeros(count, np.float32)
        offsets = np.zeros((count, *shape), np.float16)
        measured, contrasts = np.zeros(count, np.float32), np.ones(count, np.float32)
        for index, light in lights.items():
            weights[index - first] = max(light.support, 1e-3) ** 2
            gains[index - first] = light.gain
            offsets[index - first] = light.offset
            if light.contrast is not None:
                measured[index - first], contrasts[index - first] = 1, light.contrast
        smooth_gains, smooth_offsets = np.empty_like(gains), np.empty_like(offsets)
        for at in range(count):
            near, weight = _neighbours(weights, at, sigma)
            smooth_gains[at] = weight @ gains[near]
            smooth_offsets[at] = np.tensordot(weight, offsets[near].astype(np.float32), axes=1)
        return cls(first, smooth_gains, smooth_offsets, _smoothed(contrasts, measured, 4 * sigma))

    def at(self, index: int) -> Light:
        """The light of a frame; beyond either end that of the end."""
        place = min(max(index - self.first, 0), len(self.gains) - 1)
        return Light(
            float(self.gains[place]),
            self.offsets[place].astype(np.float32),
            1.0,
            float(self.contrasts[place]),
        )


def _neighbours(weights: Samples, at: int, sigma: float) -> tuple[slice, FloatArray]:
    """The frames around one that count, and their Gaussian weights times `weights`, (frames,), summing to 1.

    The window widens until it holds a frame that has a weight.
    """
    reach = math.ceil(3 * sigma)
    while not weights[(near := slice(max(at - reach, 0), min(at + reach + 1, len(weights))))].any():
        reach *= 2
    distance = np.arange(near.start, near.stop) - at
    weight = np.exp(-0.5 * (distance / max(sigma, reach / 3)) ** 2) * weights[near]
    return near, np.asarray(weight / weight.sum())


def _smoothed(values: Samples, measured: Samples, sigma: float) -> Samples:
    """Values, (n,), averaged over their neighbours that were `measured`; 1 where none is near enough to count."""
    at = np.arange(len(values))
    weight = np.exp(-0.5 * np.square((at[:, None] - at) / sigma)) * measured
    # A little of 1 is mixed in, which decides where nothing is known.
    return np.asarray((weight @ values + 0.05) / (weight.sum(axis=1) + 0.05), dtype=np.float32)
