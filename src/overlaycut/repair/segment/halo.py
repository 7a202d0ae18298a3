"""What lettering leaves around its strokes: halo, by blur and glow, and a soft drop shadow."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.repair.segment.ink_colours import towards_ink
from overlaycut.vision.components import enclosed
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, Samples, dilated, eroded
from overlaycut.vision.illumination import spread


@dataclass(frozen=True, slots=True, kw_only=True)
class HaloParameters:
    """How a halo is measured; checked by benchmarks/repair.py."""

    most_px: int = 8
    """Pixels beyond a stroke in which its halo is looked for."""
    least_levels: float = 1.2
    """Median levels towards the ink below which a ring is no halo."""
    least_contrast: float = 0.04
    """The same as a share of the lettering's contrast."""
    least_rim: float = 0.25
    """Share of the ink's rim that a colour which tinges its surround has at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowParameters:
    """How a soft shadow is found; checked by benchmarks/repair.py."""

    reach: float = 0.45
    """Distance within which a soft shadow fades away, over the lettering's height."""
    least_depth: float = 4.0
    """Levels of luma by which a shadow is darker than what it falls on, at least."""
    rise: float = 0.5
    """Share of that by which luma itself rises from the letters to half-way."""
    edge: float = 0.6
    """Share of that rise, from one pixel to the next, beyond which it is an edge of the picture."""
    below_factor: float = 1.5
    """Times `least_depth` that the shadow below the letters must have."""
    tail: float = 0.12
    """Part of a shadow's depth near the letters at which it ends."""
    percentile: float = 35
    """Percentile of a ring's darkness that is its depth: two thirds of its pixels are darker."""


def halo_width(
    picture: FloatImage,
    ink: Mask,
    colours: Colours,
    contrast: float,
    valid: Mask,
    *,
    parameters: HaloParameters = HaloParameters(),
) -> int:
    """How far, in pixels, ink still tinges the surface beyond its edge: blur, glow, chroma at half the resolution."""
    away = valid & ~dilated(ink, parameters.most_px)
    surface = spread(picture, away.astype(np.float32))
    off = cv2.distanceTransform((~ink).astype(np.uint8), cv2.DIST_L2, 3)
    # What ink encloses may be a face of which only the outline was found.
    whole = ink | enclosed(ink)
    outer = _outer(picture[ink & ~eroded(whole, 1)], colours, parameters)
    # Each colour by itself: a halo leans towards one of them everywhere, an uneven surface now here, now there.
    tinges = [towards_ink(picture, surface, colour[None]) for colour in outer]
    least = max(parameters.least_levels, parameters.least_contrast * contrast)
    for pixels in range(1, parameters.most_px):
        ring = valid & ~whole & (off > pixels) & (off <= pixels + 1)
        if ring.sum() < 20 or max(float(np.median(tinge[ring])) for tinge in tinges) < least:
            return pixels
    return parameters.most_px


def _outer(rim: Colours, colours: Colours, parameters: HaloParameters) -> Colours:
    """Those of the ink `colours` that its `rim`, (n, 3), shows: behind an outline, a face tinges nothing."""
    nearest = np.linalg.norm(rim[:, None] - colours, axis=2).argmin(axis=1)
    return np.asarray(colours[np.bincount(nearest, minlength=len(colours)) >= parameters.least_rim * len(rim)])


def soft_shadow(
    picture: FloatImage, ink: Mask, *, height_px: float, parameters: ShadowParameters = ShadowParameters()
) -> Mask:
    """The soft shadow of lettering on what lies behind it: a mask beside `ink`, empty where there is none.

    picture: (rows, columns, 3). A shadow falls below the letters, beside them or not, and fades away from them.
    """
    reach = max(round(parameters.reach * height_px), 4)
    off, down, across = from_nearest(ink)
    near = (off > 0) & (off <= reach)
    if not ink.any() or (off > reach).sum() < 50:
        return np.zeros_like(ink)
    darker = (spread(picture, (off > reach).astype(np.float32)) - picture)[..., 0]
    shaded, falls = np.zeros_like(ink), False
    below = down > 0.7 * off
    for side in (below, down < -0.7 * off, across > 0.7 * off, across < -0.7 * off):
        far = darker[side & (off > 0.75 * reach) & near]
        if len(far) < 20:
            continue
        planes = darker, picture[..., 0]
        depth, end = _profile(planes, off, side & near, reach, max(float(np.median(far)), 0.0), parameters)
        if end is not None:
            falls |= side is below and depth > parameters.below_factor * parameters.least_depth
            shaded |= side & near & (off <= end)
    return shaded if falls else np.zeros_like(ink)


def from_nearest(ink: Mask) -> tuple[FloatPlane, FloatPlane, FloatPlane]:
    """Distance of every pixel from the nearest of ink, and its place below and right of that, in pixels."""
    away, nearest = cv2.distanceTransformWithLabels(
        (~ink).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(ink)
    place = np.zeros((int(nearest.max()) + 1, 2), np.float32)
    place[nearest[rows, columns]] = np.column_stack([rows, columns])
    down = np.arange(ink.shape[0], dtype=np.float32)[:, None] - place[nearest, 0]
    across = np.arange(ink.shape[1], dtype=np.float32) - place[nearest, 1]
    return np.asarray(away, np.float32), down, across


def _profile(
    planes: tuple[FloatPlane, FloatPlane],
    off: FloatPlane,
    side: Mask,
    reach: int,
    beyond: float,
    parameters: ShadowParameters,
) -> tuple[float, float | None]:
    """Depth of a shadow on one side of the letters, in levels, and where it ends, in pixels; None where it is none.

    planes: how much darker every pixel is than what lies further out, and its luma. beyond: how much darker the picture
    is away from the letters anyway.
    """
    darker, luma = planes
    # A shadow falls beside all letters; what is dark beside a few of them is the picture's own.
    depths = _depths(darker, off, side, reach, parameters.percentile) - beyond
    quarter, third, half = (max(round(reach / part), 3) for part in (4, 3, 2))
    # The first pixel shows the soft edge of an outline.
    depth = float(np.median(depths[1:quarter]))
    # A shadow fades at once: what is as dark half-way is the picture's own.
    fall = depth - max(float(np.median(depths[third : half + 1])), 0.0)
    # What lies further out is interpolated: a plain dark strip keeps its own luma while that changes.
    lumas = _depths(luma, off, side, reach, 50)
    rise = float(np.median(lumas[third : half + 1]) - np.median(lumas[1:quarter]))
    edge = float(np.diff(lumas[: half + 1]).max(initial=0.0))
    if fall <= parameters.least_depth or rise < parameters.rise * fall or edge > parameters.edge * rise:
        return depth, None
    # All of its tail is shadow: what is left of it would be interpolated into the hole.
    tail = _depths(darker, off, side, reach, 50) - beyond
    light = np.flatnonzero(tail < max(parameters.tail * depth, 1.0))
    return depth, float(light[0]) if len(light) else float(reach)


def _depths(darker: FloatPlane, off: FloatPlane, side: Mask, reach: int, percentile: float) -> Samples:
    """By how many levels `side` is darker at each pixel of distance, as a percentile over its pixels: (reach,)."""
    rings = (darker[side & (off > pixels) & (off <= pixels + 1)] for pixels in range(reach))
    return np.array([np.percentile(ring, percentile) if len(ring) else 0.0 for ring in rings], np.float32)
