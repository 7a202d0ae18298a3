"""How the picture behind standing lettering moves from frame to frame.

Optical flow sees letters that do not move, and comes to rest on them. So it is trusted only away from them, spread
from there under them as a first guess, and the guess is mended with what shows between the letters: windows of a few
strokes' width, in which pixels of lettering count for nothing, slide to where the rest of them agrees, from coarse to
fine. Where the rest agreed better before, the guess is kept.

The first guess is dense inverse search (Kroeger, Timofte, Dai and Van Gool, 2016). What mends it is the combined local
and global method of Bruhn, Weickert and Schnörr (Lucas/Kanade meets Horn/Schunck, 2005) under normalised convolution
(Knutsson and Westin, 1993), with redescending weights and a median between its levels (Sun, Roth and Black, Secrets of
optical flow estimation and their principles, 2010).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.vision.filters import FloatPlane, FloatRaster, FlowField, blurred, bytes_of, dilated, scaled
from overlaycut.vision.illumination import spread

_PIXELS = 60_000
"""Pixels on which motion is measured: it is smooth."""

_STILL = 0.4
"""Pixels of motion below which no motion is preferred when it explains the picture as well: flow trembles."""

_CLEARLY = 1.25
"""How many times less what is seen has to scatter along the first guess for it to be kept where it was mended."""

_NOISE = 0.2
"""Levels of scatter that say nothing."""

_MIND = 10.0
"""Sigma, in pixels, of where a guess is kept: under letters what their surround says holds."""

_CUT = 24.0
"""Median levels between two frames, motion taken off, from which nothing is followed between them."""

_NEAR = 8
"""Pixels around the lettering in which flow is drawn towards its motion: none."""

_RETURNS = 1.0
"""Pixels by which flow there and back may end beside where it began."""

_LEVELS = 4
"""Sizes at which motion is mended, each half of the one before: it finds what the first guess is a window off."""

_TURNS = 6
"""Steps at each size."""

_WINDOW = 7.0
"""Sigma, in pixels of each size, of what moves as one: gaps between letters count together."""

_STIFFNESS = 0.5
"""Squared levels per pixel of what a window shows at which it counts as much as its surround's motion."""

_STRANGE = 20.0
"""Levels by which a pixel may differ and still count by half: beyond, it is light, noise or something else."""

_LONGEST = 2.0
"""Pixels of a single step."""

_SEEN = 0.15
"""Share of a pixel of a smaller size that must be free of lettering for it to count."""


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """A picture at one size."""

    picture: FloatRaster
    """Luma, its change to the right and down, and how much of each pixel is free of lettering: (rows, columns, 4)."""

    @property
    def seen(self) -> FloatPlane:
        return self.picture[..., 3]


@dataclass(frozen=True, slots=True, eq=False)
class MaskedPicture:
    """One frame's crop, as its motion is measured: without the lettering that stands on it."""

    shape: tuple[int, int]
    """Rows and columns of the crop."""
    smooth: NDArray[np.uint8]
    """Luma at the size on which motion is measured, carried smoothly under the lettering, whose edges are not its."""
    covered: Mask
    levels: tuple[_Level, ...]
    """From the size on which motion is measured to the smallest."""

    @classmethod
    def of(cls, luma: NDArray[np.uint8], hole: Mask) -> MaskedPicture:
        """A crop of which `hole` is not to be looked at. luma: (rows, columns)."""
        rows, columns = luma.shape
        share = min((_PIXELS / luma.size) ** 0.5, 1.0)
        size = max(round(columns * share), 16), max(round(rows * share), 16)
        seen = scaled((~hole).astype(np.float32), size, area=True)
        bare = _under(luma.astype(np.float32), (~hole).astype(np.float32))
        smooth = scaled(bare, size, area=True)
        return cls((rows, columns), bytes_of(smooth), seen < 0.98, tuple(_levels(smooth, (seen > 0.98) * seen)))


def motion(here: MaskedPicture, there: MaskedPicture) -> tuple[FlowField, FlowField] | None:
    """Motion from each pixel of a crop to its place in the other, and back: (rows, columns, 2), in the crop's pixels.

    here, there: the same part of two frames. None when they have nothing in common, as across a cut.
    """
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    search.setFinestScale(0)
    pairs = ((here, there), (there, here))
    start = np.zeros((*here.smooth.shape, 2), np.float32)
    flows = [np.asarray(search.calc(a.smooth, b.smooth, start.copy()), np.float32) for a, b in pairs]
    covered = here.covered | there.covered
    rest = np.abs(moved(there.smooth, flows[0]).astype(np.float32) - here.smooth)
    if np.median(rest[~covered] if (~covered).any() else rest) > _CUT:
        return None
    near = dilated(covered, _NEAR)
    found = []
    for (a, b), flow, other in zip(pairs, flows, flows[::-1], strict=True):
        returned = flow + moved(other, flow)
        trusted = (np.hypot(returned[..., 0], returned[..., 1]) < _RETURNS) & ~near
        guess = spread(np.dstack([flow, flow[..., :1]]), trusted.astype(np.float32))[..., :2]
        flow = _believed(a, b, guess, _mended(a, b, guess, near))
        found.append(_at_full_size(_calmed(a, b, flow), a.shape))
    return found[0], found[1]


def moved(picture: NDArray[np.uint8] | FloatRaster, flow: FlowField) -> FloatRaster:
    """What `picture` shows at each pixel's place plus its motion."""
    rows, columns = np.indices(flow.shape[:2], np.float32)
    x, y = columns + flow[..., 0], rows + flow[..., 1]
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _mended(here: MaskedPicture, there: MaskedPicture, guess: FlowField, near: Mask) -> FlowField:
    """A guess of the motion, mended where lettering is `near`."""
    smallest = here.levels[-1].seen.shape
    flow = scaled(guess, smallest[::-1], area=True) / np.float32(2 ** (len(here.levels) - 1))
    for a, b in zip(reversed(here.levels), reversed(there.levels), strict=True):
        if flow.shape[:2] != a.seen.shape:
            flow = scaled(flow, a.seen.shape[::-1]) * np.float32(2)
        flow = _agreed(a, b, flow)
        flow = np.dstack([cv2.medianBlur(np.ascontiguousarray(flow[..., axis]), 5) for axis in (0, 1)])
    share = blurred(near.astype(np.float32), 3.0)[..., None]
    return np.asarray(guess + share * (flow - guess), np.float32)


def _agreed(here: _Level, there: _Level, flow: FlowField) -> FlowField:
    """`flow` after some steps towards where what is seen in each window agrees, and its surround moves alike."""
    height, width = flow.shape[:2]
    rows, columns = np.indices((height, width), np.float32)
    for _ in range(_TURNS):
        x, y = columns + flow[..., 0], rows + flow[..., 1]
        other = cv2.remap(there.picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        across, down = (here.picture[..., 1] + other[..., 1]) / 2, (here.picture[..., 2] + other[..., 2]) / 2
        off = other[..., 0] - here.picture[..., 0]
        inside = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
        counts = here.seen * np.where(other[..., 3] > 0.6, other[..., 3], 0) * inside / (1 + (off / _STRANGE) ** 2)
        by_x, by_y = counts * across, counts * down
        sums = np.dstack([by_x * across, by_x * down, by_y * down, by_x * off, by_y * off, flow])
        xx, xy, yy, xo, yo, mean_x, mean_y = np.moveaxis(blurred(sums.astype(np.float32), _WINDOW), 2, 0)
        along_x = _STIFFNESS * (mean_x - flow[..., 0]) - xo
        along_y = _STIFFNESS * (mean_y - flow[..., 1]) - yo
        xx, yy = xx + _STIFFNESS, yy + _STIFFNESS
        whole = xx * yy - xy * xy
        step = np.dstack([yy * along_x - xy * along_y, xx * along_y - xy * along_x]) / whole[..., None]
        length = np.maximum(np.hypot(step[..., 0], step[..., 1]), 1e-6)
        flow = flow + step * np.minimum(_LONGEST / length, 1)[..., None]
    return np.asarray(flow, np.float32)


def _believed(here: MaskedPicture, there: MaskedPicture, guess: FlowField, mended: FlowField) -> FlowField:
    """The `guess` where what is seen agrees clearly better along it than along the `mended` motion, else that.

    Where there is little to hold on to, mending takes a change of light for motion; scatter does not know light.
    """
    a, b = here.levels[0], there.levels[0]
    seen = blurred(a.seen, _WINDOW)
    kept = _scatter(a, b, mended) >= _CLEARLY * (_scatter(a, b, guess) + _NOISE)
    share = blurred(kept * seen, _MIND) / np.maximum(blurred(seen, _MIND), 1e-4)
    return np.asarray(mended + share[..., None] * (guess - mended), np.float32)


def _scatter(here: _Level, there: _Level, flow: FlowField) -> FloatPlane:
    """By how many levels what is seen in each window scatters from frame to frame along `flow`, its mean set aside."""
    height, width = flow.shape[:2]
    rows, columns = np.indices((height, width), np.float32)
    x, y = columns + flow[..., 0], rows + flow[..., 1]
    other = moved(there.picture, flow)
    inside = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    counts = here.seen * np.where(other[..., 3] > 0.6, other[..., 3], 0) * inside
    off = other[..., 0] - here.picture[..., 0]
    sums = np.dstack([counts, counts * off, counts * off * off]).astype(np.float32)
    total, first, second = np.moveaxis(blurred(sums, _WINDOW), 2, 0)
    total = np.maximum(total, 1e-3)
    return np.asarray(np.sqrt(np.maximum(second / total - (first / total) ** 2, 0)), np.float32)


def _calmed(here: MaskedPicture, there: MaskedPicture, flow: FlowField) -> FlowField:
    """`flow` with small motions that explain the picture no better than none taken for none."""
    a, b = here.levels[0], there.levels[0]
    other = moved(b.picture, flow)
    both = a.seen * other[..., 3], a.seen * b.seen
    offs = (np.abs(other[..., 0] - a.picture[..., 0]), np.abs(b.picture[..., 0] - a.picture[..., 0]))
    with_, without = (
        cv2.blur(seen * off, (9, 9)) / np.maximum(cv2.blur(seen, (9, 9)), 1e-3)
        for seen, off in zip(both, offs, strict=True)
    )
    stands = (np.hypot(flow[..., 0], flow[..., 1]) < _STILL) & (with_ >= 0.8 * without - 0.15)
    return np.where(stands[..., None], np.float32(0), flow)


def _at_full_size(flow: FlowField, shape: tuple[int, int]) -> FlowField:
    rows, columns = shape
    stretch = np.array([columns / flow.shape[1], rows / flow.shape[0]], np.float32)
    return scaled(blurred(flow, 1.0) * stretch, (columns, rows))


def _levels(luma: FloatPlane, seen: FloatPlane) -> list[_Level]:
    """The picture at ever smaller sizes; a pixel is the mean of what is seen of it."""
    found = []
    luma, seen = blurred(luma, 0.7), seen.astype(np.float32)
    for level in range(_LEVELS):
        if level:
            if min(luma.shape) < 16:
                break
            total = cv2.pyrDown(seen)
            mean = cv2.pyrDown(luma * seen) / np.maximum(total, 1e-4)
            seen = np.where(total > _SEEN, total, 0).astype(np.float32)
            luma = _under(mean.astype(np.float32), (seen > 0).astype(np.float32))
        across, down = (cv2.Sobel(luma, cv2.CV_32F, *axis, ksize=3, scale=1 / 8) for axis in ((1, 0), (0, 1)))
        found.append(_Level(np.dstack([luma, across, down, seen])))
    return found


def _under(luma: FloatPlane, seen: FloatPlane) -> FloatPlane:
    """`luma` with what is not seen carried in from around it."""
    if seen.min() >= 1:
        return luma
    smooth = spread(np.repeat(luma[..., None], 3, axis=2), seen)[..., 0]
    return np.where(seen > 0, luma, smooth)
