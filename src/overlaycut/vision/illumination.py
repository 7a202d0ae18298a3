"""Light: what must be multiplied and added so that a picture made elsewhere sits in a frame's own light.

The model is one gain per frame, about black, and an offset that varies slowly over the sheet and from frame
to frame: shown = gain × picture + offset. The offset is known where the bare surface is seen, and is spread
from there under the lettering; that is the low-frequency part of seamless cloning (Pérez, Gangnet and Blake,
2003), made steady in time by smoothing along the track.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.colour import BLACK
from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, Samples, scaled

_BLACK = float(BLACK[0])

_TOE = 24.0
"""Levels added to both lumas before their ratio is taken, so that a dark surface does not shout."""

_LEAST_AGREEMENT = 0.12
"""Share of the surface that the neighbouring frame's light must still explain: the rest may be behind something."""

_LONGEST_GRID = 48


Part: TypeAlias = tuple[Box, int, int]
"""A box on a sheet, and the sheet's columns and rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """How a picture on a sheet has to be lit for one frame."""

    gain: float
    offset: FloatImage
    """(grid rows, grid columns, 3), in levels; stretched over the sheet."""
    support: float
    """Share of the sheet where bare surface was seen, 0..1: how much this light is worth."""
    contrast: float | None = None
    """How far the ink stands out from the surface against how far it would by `gain`; None when it cannot be told."""

    def on_colours(self, colours: Colours, share: Samples) -> Colours:
        """Single colours (n, 3) in the mean of this light, each taking its `share` (n,) of the offset."""
        lit: Colours = _gained(colours, self.gain) + share[:, None] * self.offset.mean(axis=(0, 1))
        return lit

    def on(self, canvas: FloatImage, *, share: FloatPlane | None = None, part: Part | None = None) -> FloatImage:
        """`canvas` in this light.

        share: (rows, columns), how much of the offset a pixel takes; all of it when None. Light multiplies, so
        ink that is darker than its surface takes less. part: where `canvas` lies on the sheet; all of it when
        None.
        """
        offset = self._stretched(canvas, part)
        if share is not None:
            offset *= share[..., None]
        offset += (1 - self.gain) * BLACK
        return np.asarray(cv2.addWeighted(canvas, self.gain, offset, 1.0, 0.0), dtype=np.float32)

    def _stretched(self, canvas: FloatImage, part: Part | None) -> FloatImage:
        size = (canvas.shape[1], canvas.shape[0])
        if part is None:
            return scaled(self.offset, size)
        box, width, height = part
        across, down = self.offset.shape[1] / width, self.offset.shape[0] / height
        # Pixel centres lie at +0.5 on the sheet and on the grid alike.
        to_grid = np.array(
            [
                [across, 0, (box.x + 0.5) * across - 0.5],
                [0, down, (box.y + 0.5) * down - 0.5],
            ]
        )
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cut = cv2.warpAffine(self.offset, to_grid, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(cut, dtype=np.float32)

    def off(self, canvas: FloatImage) -> FloatImage:
        """A frame's `canvas` brought back to the picture's light: the inverse of `on`."""
        offset = self._stretched(canvas, None)
        offset += (1 - self.gain) * BLACK
        return np.asarray(cv2.addWeighted(canvas, 1 / self.gain, offset, -1 / self.gain, 0.0), dtype=np.float32)


def spread(values: FloatImage, weight: FloatPlane) -> FloatImage:
    """`values` carried smoothly into the places where `weight` is 0, by averaging down and filling back up.

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


def light_share(picture: FloatImage, surface: FloatImage) -> FloatPlane:
    """How much of the surface's change of light each pixel of `picture` takes: (rows, columns), 0.25..1."""
    here, bare = picture[..., 0] - _BLACK + _TOE / 2, surface[..., 0] - _BLACK + _TOE / 2
    return np.asarray(np.clip(here / np.maximum(bare, 1.0), 0.25, 1.0), dtype=np.float32)


def grid_size(width: int, height: int, *, lettering_height: float) -> tuple[int, int]:
    """Columns and rows of a light grid: cells of an eighth of the lettering's height, at least 4 sheet pixels."""
    if width < 1 or height < 1 or lettering_height <= 0:
        raise ValueError("a light grid needs a sheet and lettering with a height")
    cell = max(lettering_height / 8, 4.0, max(width, height) / _LONGEST_GRID)
    return max(math.ceil(width / cell), 2), max(math.ceil(height / cell), 2)


def light_between(
    picture: FloatImage, seen: FloatImage, surface: Mask, *, grid: tuple[int, int], before: Light | None = None
) -> Light:
    """The light that turns `picture` into `seen` where the bare surface shows.

    surface: pixels that should be bare in both. What does not follow the light of the rest (something passing
    in front, strokes that wandered off) is left out. `before` is the light of the frame before, where the
    search starts; None starts from the picture's own light. A start that hardly any pixel agrees with is
    dropped for the light that most pixels ask for.
    """
    if not surface.any():
        return before or Light(1.0, np.zeros((grid[1], grid[0], 3), np.float32), 0.0)
    start = before or Light(1.0, np.zeros((grid[1], grid[0], 3), np.float32), 1.0)
    fits = _following(picture, seen, surface, start)
    if fits.sum() < _LEAST_AGREEMENT * surface.sum():
        start = _plain_light(picture, seen, surface, grid)
        fits = _following(picture, seen, surface, start)
    best = start
    for gap in (12.0, 9.0):
        if not fits.any():
            break
        gain = _gain(picture, seen, fits)
        best = Light(gain, _offset(seen - _gained(picture, gain), fits, grid), float(fits.mean()))
        fits = _following(picture, seen, surface, best, least=gap)
    return best


def _plain_light(picture: FloatImage, seen: FloatImage, surface: Mask, grid: tuple[int, int]) -> Light:
    gain = _gain(picture, seen, surface)
    middle = np.median(seen[surface] - _gained(picture[surface], gain), axis=0).astype(np.float32)
    offset = np.broadcast_to(middle, (grid[1], grid[0], 3)).astype(np.float32)
    return Light(gain, offset, float(surface.mean()))


def _gained(picture: FloatImage, gain: float) -> FloatImage:
    gained: FloatImage = picture * np.float32(gain) + (1 - np.float32(gain)) * BLACK
    return gained


def _gain(picture: FloatImage, seen: FloatImage, surface: Mask) -> float:
    """How much brighter the surface is seen than in the picture; also the contrast of what lies on it."""
    there = float(np.median(picture[..., 0][surface])) - _BLACK + _TOE
    here = float(np.median(seen[..., 0][surface])) - _BLACK + _TOE
    return min(max(here / max(there, 1.0), 0.6), 1.6)


def _following(picture: FloatImage, seen: FloatImage, surface: Mask, light: Light, least: float = 14.0) -> Mask:
    """The pixels of `surface` that `light` explains, give or take `least` levels or what they scatter by."""
    gap = np.abs(seen - light.on(picture))
    off = np.maximum(np.maximum(gap[..., 0], gap[..., 1]), gap[..., 2])
    follows: Mask = surface & (off < least)
    if follows.any():
        follows = surface & (off < max(least, 2.5 * float(np.median(off[follows]))))
    return follows


def _offset(difference: FloatImage, known: Mask, grid: tuple[int, int]) -> FloatImage:
    weight = known.astype(np.float32)
    cells = scaled(weight, grid, area=True)
    sums = scaled(difference * weight[..., None], grid, area=True)
    values = sums / np.maximum(cells, 1e-6)[..., None]
    # A cell with a quarter of its pixels bare is believed in full.
    return spread(values.astype(np.float32), np.minimum(cells * 4, 1))


@dataclass(frozen=True, slots=True, eq=False)
class LightTrack:
    """Light over a span of frames, smoothed along it."""

    first: int
    gains: Samples
    """(frames,)"""
    offsets: NDArray[np.float16]
    """(frames, grid rows, grid columns, 3); half precision, since a minute of them is kept"""
    contrasts: Samples
    """(frames,)"""

    @classmethod
    def smoothed(cls, lights: Mapping[int, Light], *, sigma: float) -> LightTrack:
        """The lights of consecutive frames, each the mean of its neighbours weighed by nearness and support.

        lights: at least one; frames that are missing between the first and the last take what is near.
        sigma: frames.
        """
        if not lights or sigma <= 0:
            raise ValueError("a light track needs lights, and a width to smooth them by")
        first, last = min(lights), max(lights)
        some = next(iter(lights.values()))
        count = last - first + 1
        shape = some.offset.shape
        trust, gains = np.zeros(count, np.float32), np.zeros(count, np.float32)
        offsets = np.zeros((count, *shape), np.float16)
        told, contrasts = np.zeros(count, np.float32), np.ones(count, np.float32)
        for index, light in lights.items():
            trust[index - first] = max(light.support, 1e-3) ** 2
            gains[index - first] = light.gain
            offsets[index - first] = light.offset
            if light.contrast is not None:
                told[index - first], contrasts[index - first] = 1, light.contrast
        smooth_gains, smooth_offsets = np.empty_like(gains), np.empty_like(offsets)
        for at in range(count):
            reach = math.ceil(3 * sigma)
            while True:
                near = slice(max(at - reach, 0), min(at + reach + 1, count))
                if trust[near].any():
                    break
                reach *= 2
            distance = np.arange(near.start, near.stop) - at
            weight = np.exp(-0.5 * (distance / max(sigma, reach / 3)) ** 2) * trust[near]
            weight /= weight.sum()
            smooth_gains[at] = weight @ gains[near]
            smooth_offsets[at] = np.tensordot(weight, offsets[near].astype(np.float32), axes=1)
        return cls(first, smooth_gains, smooth_offsets, _smooth(contrasts, told, 4 * sigma))

    def at(self, index: int) -> Light:
        """The light of a frame; beyond either end that of the end."""
        place = min(max(index - self.first, 0), len(self.gains) - 1)
        return Light(
            float(self.gains[place]),
            self.offsets[place].astype(np.float32),
            1.0,
            float(self.contrasts[place]),
        )


def _smooth(values: Samples, told: Samples, sigma: float) -> Samples:
    """Values (n,) averaged over their neighbours that were `told`; 1 where none is near enough to count."""
    at = np.arange(len(values))
    weight = np.exp(-0.5 * np.square((at[:, None] - at) / sigma)) * told
    # A little of 1 is mixed in, which decides where nothing is known.
    return np.asarray((weight @ values + 0.05) / (weight.sum(axis=1) + 0.05), dtype=np.float32)
