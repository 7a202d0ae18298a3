"""Lettering that goes wrong the way it does in generated clips.

Models do not blur lettering, they redraw it: strokes stay crisp while they bend, join, change weight and turn into
pieces of other letters. All of that is arithmetic on distance fields, so the edges stay one pixel sharp.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.lettering import Glyphs
from simulator.raster import Image, blurred, enlarged, grid, looked_up, noise, smoothstep
from simulator.scene import Fault

_BEND = 0.06
"""RMS displacement at full effect and strength 1, in ems."""
_ROUND = 0.022
"""Sigma of the rounding of corners, in ems."""
_WEIGHT = 0.035
"""Change of stroke edges, in ems."""
_REFILL = 0.022
"""Ink put back where two readings are mixed half and half, in ems."""
_WAVES = 8
_STEP = 4
"""The displacement is smooth enough to be computed at every fourth texture pixel."""
_INVENTED = 0.45
"""Invented lettering is drawn as far gone as warped lettering is at this share of its way."""


@dataclass(frozen=True, slots=True)
class Ink:
    """A line's lettering in one frame."""

    distance: Image
    """(height, width) of the window of its `Glyphs`: texture pixels to the edge, negative inside."""
    opacity: Image
    """Same shape, 0..1."""
    displacement: float
    """RMS displacement of the ink, in texture pixels."""
    corruption: float
    """Share of the ink, 0..1, that has turned into other letters."""
    presence: float
    """Mean opacity over the ink, 0..1."""


def intact(glyphs: Glyphs) -> Ink:
    """Lettering as the still has it."""
    return Ink(glyphs.distance, np.ones_like(glyphs.distance), 0.0, 0.0, 1.0)


def inked(glyphs: Glyphs, fault: Fault | None, frame: int, seconds: float) -> Ink:
    """Lettering in a frame; `seconds` is that frame's time. Before the onset: intact, or absent if invented."""
    progress = fault.progress(frame) if fault else 0.0
    if fault is None or (progress == 0 and fault.kind != "invented"):
        return intact(glyphs)
    if fault.kind == "warped":
        return _redrawn(glyphs, fault, progress, seconds)

    height, width = glyphs.distance.shape
    pace = 0.3 + 0.7 * noise(width, height, 0.6 * glyphs.em, np.random.default_rng([fault.seed, 13]))
    # Each spot runs its course at its own pace and all have finished at progress 1.
    shown = smoothstep(0.0, 1.0, np.float32(progress) / pace)
    if fault.kind == "lost":
        opacity, drawn = 1 - shown, intact(glyphs)
        thinner = np.float32(progress * _WEIGHT * glyphs.em)
    else:
        opacity, drawn = shown, _redrawn(glyphs, fault, _INVENTED, seconds)
        thinner = np.float32((1 - progress) * _WEIGHT * glyphs.em)
    presence = float(opacity[glyphs.distance < 0].mean())
    return Ink(drawn.distance + thinner, opacity, 0.0, 0.0, presence)


def _redrawn(glyphs: Glyphs, fault: Fault, progress: float, seconds: float) -> Ink:
    """Bend, swap, join and re-weigh the strokes; every part of it vanishes as `progress` goes to 0."""
    height, width = glyphs.distance.shape
    em, rng = glyphs.em, np.random.default_rng([fault.seed, 17])
    amount = progress * fault.strength
    dx, dy = _displacement(width, height, em, rng, seconds)
    away = _taper(width, height, 0.3 * em)
    dx, dy = dx * (amount * _BEND * em) * away, dy * (amount * _BEND * em) * away

    swapped_where = noise(width, height, 0.55 * em, rng)
    weight_where = 2 * noise(width, height, 0.35 * em, rng) - 1
    level = np.float32(1.3 * fault.strength * progress**1.5)
    there = _part(glyphs, fault)
    dx, dy = dx * there, dy * there
    swapped = smoothstep(0.0, 0.3, level - swapped_where) * there
    # Letters go from one wrong reading to the other and back, each in its own time.
    stage = np.float32(2.4 * seconds + rng.uniform(0, 6.28)) + 5 * noise(width, height, 0.7 * em, rng)
    turn = smoothstep(0.15, 0.85, 0.5 + 0.5 * np.sin(stage))
    other = (1 - turn) * glyphs.garbled[0] + turn * glyphs.garbled[1]

    field = (1 - swapped) * glyphs.distance + swapped * other
    # Two unlike fields average to less ink than either; what is lost is put back where they mix.
    mixing = 4 * swapped * (1 - swapped) + 4 * swapped * turn * (1 - turn)
    field = field - np.float32(_REFILL * em) * mixing
    field = there * blurred(field, _ROUND * em * amount) + (1 - there) * field
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    field = looked_up(field, x + dx, y + dy) + there * weight_where * np.float32(_WEIGHT * em * amount)
    # Repeated edge pixels must not bring ink to the window's border.
    field = np.maximum(field, np.float32(1) - _border_distance(width, height))

    ink = glyphs.distance < 0
    displacement = float(np.sqrt((dx[ink] ** 2 + dy[ink] ** 2).mean()))
    return Ink(field, np.ones_like(field), displacement, float(swapped[ink].mean()), 1.0)


def _part(glyphs: Glyphs, fault: Fault) -> Image:
    """1 over the part of the line that goes wrong, 0 beside it; (height, width)."""
    height, width = glyphs.distance.shape
    inked = np.flatnonzero((glyphs.distance < 0).any(axis=0))
    along = (np.arange(width, dtype=np.float32) + 0.5 - inked[0]) / max(float(np.ptp(inked)) + 1, 1.0)
    if fault.part == (0.0, 1.0):
        return np.ones((height, width), np.float32)
    soft = 0.05 * glyphs.em / max(float(np.ptp(inked)) + 1, 1.0)
    first, last = fault.part
    over: Image = smoothstep(first - soft, first + soft, along) * (1 - smoothstep(last - soft, last + soft, along))
    return np.asarray(np.broadcast_to(over, (height, width)), np.float32)


def _displacement(width: int, height: int, em: float, rng: np.random.Generator, seconds: float) -> tuple[Image, Image]:
    """Smooth random field of RMS about 1 that changes with time; x and y, each (height, width)."""
    wavelength = em * np.geomspace(0.7, 2.8, _WAVES)
    heading = rng.uniform(0, 2 * np.pi, _WAVES)
    phase = rng.uniform(0, 2 * np.pi, (2, _WAVES)) + 2 * np.pi * rng.uniform(-0.9, 0.9, (2, _WAVES)) * seconds
    # Long waves carry more, as they do in a field with a falling spectrum; Σ a² = 1 for an RMS of 1 in 2-D.
    amplitude = np.sqrt(wavelength / wavelength.sum())
    x, y = grid(-(-width // _STEP), -(-height // _STEP))
    coarse = np.zeros((2, y.shape[0], x.shape[1]), np.float32)
    for k in range(_WAVES):
        wave = 2 * np.pi / wavelength[k] * _STEP
        along = np.float32(wave * np.cos(heading[k])) * x + np.float32(wave * np.sin(heading[k])) * y
        for axis in range(2):
            coarse[axis] += np.float32(amplitude[k]) * np.cos(along + np.float32(phase[axis, k]))
    full_w, full_h = x.shape[1] * _STEP, y.shape[0] * _STEP
    dx, dy = (enlarged(plane, full_w, full_h)[:height, :width] for plane in coarse)
    return dx, dy


def _border_distance(width: int, height: int) -> Image:
    """Pixels from each pixel's centre to the window's border; (height, width)."""
    x, y = grid(width, height)
    return np.minimum(np.minimum(x, width - x), np.minimum(y, height - y))


def _taper(width: int, height: int, reach: float) -> Image:
    """0 at the window's border, 1 from `reach` pixels inward; (height, width)."""
    return smoothstep(0.0, max(reach, 1.0), _border_distance(width, height))
