"""Legibility: the contrast of letters with their actual background, and the scrim that it needs.

Contrast is WCAG's (2.2, "contrast ratio" and "relative luminance"), between the colour of a word and each pixel of a
ring around its letters as it shows: the picture with panel, glow, shadow and outline over it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.captions.cue_renderer import CueRenderer
from overlaycut.captions.sprites import Sprite
from overlaycut.captions.style import Style
from overlaycut.core.frame import Alpha, Frame
from overlaycut.core.geometry import FloatArray
from overlaycut.vision.colour import contrast_ratio, relative_luminance

_MOST_CONTRAST = 21.0

# BT.709 luma and chroma to R'G'B' (BT.709-6, items 3.2 to 3.4), limited range.
_TO_RGB = np.array([[1.0, 0.0, 1.5748], [1.0, -0.1873, -0.4681], [1.0, 1.8556, 0.0]])


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrimParameters:
    """Sampling of the background and strength of scrims; benchmarks/captions_read.py checks the contrast reached."""

    ring: float = 0.07
    """Width of the ring around the letters, in font sizes."""
    most_points: int = 1500
    """Pixels of the ring that are sampled: the share below the minimum is known to two hundredths."""
    worst_share: float = 0.10
    """Share of the ring that may fall below the minimum, for corners and grain."""
    interval: Fraction = Fraction(1, 5)
    """Seconds between measurements."""
    ramp: Fraction = Fraction(1, 5)
    """Seconds in which a scrim that is needed later fades in."""
    strengths: tuple[float, ...] = (0.0, 0.2, 0.35, 0.5, 0.62, 0.74, 0.86, 0.95)
    """Opacities of a scrim that are tried, the faintest first."""
    dark_below: float = 0.18
    """Median luminance of the letters above which the scrim is black, else white: mid grey."""


class Legibility:
    """Measures the contrast of one cue over time and sets the strength of its scrim, which never falls again."""

    def __init__(self, renderer: CueRenderer, style: Style, *, parameters: ScrimParameters = ScrimParameters()) -> None:
        self._minimum, self._parameters = style.contrast, parameters
        ground, letters = renderer.at_rest()
        self._y, self._x, self._letters = _ring(ground, letters, renderer.placed.size, parameters)
        self._left, self._top = ground.box.x, ground.box.y
        self._effects = ground.pixels[self._y, self._x].astype(np.float64) / 255
        median = float(np.median(self._letters)) if len(self._letters) else 1.0
        self.colour = "#000000" if median > parameters.dark_below else "#ffffff"
        """Colour of the scrim: the one that contrasts with the letters."""
        self._strength, self._since, self._from = 0.0, Fraction(0), 0.0
        self._next: Fraction | None = None
        self._unneeded = len(self._y) == 0 or self._legible_on_any_grey()

    def strength(self, frame: Frame) -> float:
        """The strength of the scrim on a frame, 0..1; ask for frames in order of time."""
        if self._unneeded:
            return 0.0
        if self._next is None or frame.at >= self._next:
            needed = self._needed(frame)
            if needed > self._strength:
                first = self._next is None
                self._from = needed if first else self._strength
                self._strength, self._since = needed, frame.at
            self._next = frame.at + self._parameters.interval
        risen = min(float((frame.at - self._since) / self._parameters.ramp), 1.0)
        return self._from + (self._strength - self._from) * risen

    def measured(self, frame: Frame, strength: float) -> float:
        """The contrast that nine tenths of the ring reach on a frame, under a scrim of that strength."""
        y, x = self._y + self._top, self._x + self._left
        inside = (y < frame.height) & (x < frame.width)
        if not inside.any():
            return _MOST_CONTRAST
        y, x = y[inside], x[inside]
        samples = np.column_stack([frame.y[y, x], frame.u[y // 2, x // 2], frame.v[y // 2, x // 2]])
        scaled = (samples - [16.0, 128.0, 128.0]) / [219.0, 224.0, 224.0]
        return self._lowest(np.clip(scaled @ _TO_RGB.T, 0, 1), strength, inside)

    def _needed(self, frame: Frame) -> float:
        """The faintest strength that reaches the minimum, or the strongest."""
        for strength in self._parameters.strengths:
            if self.measured(frame, strength) >= self._minimum:
                return strength
        return self._parameters.strengths[-1]

    def _legible_on_any_grey(self) -> bool:
        """Whether black, mid grey and white backgrounds need no scrim; then none does."""
        every = np.ones(len(self._y), np.bool_)
        flat = (np.full((len(self._y), 3), level) for level in (0.0, 0.5, 1.0))
        return all(self._lowest(picture, 0.0, every) >= self._minimum for picture in flat)

    def _lowest(self, background: FloatArray, strength: float, inside: NDArray[np.bool_]) -> float:
        scrim = 0.0 if self.colour == "#000000" else 1.0
        ground = background + (scrim - background) * strength
        light = relative_luminance(self._effects[inside, :3] + ground * (1 - self._effects[inside, 3:]))
        letters = self._letters[inside]
        ratio = np.minimum(contrast_ratio(letters[:, 0], light), contrast_ratio(letters[:, 1], light))
        return float(np.quantile(ratio, self._parameters.worst_share))


def _ring(
    ground: Sprite, letters: list[tuple[Sprite, tuple[str, ...]]], size: float, parameters: ScrimParameters
) -> tuple[NDArray[np.intp], NDArray[np.intp], FloatArray]:
    """Rows and columns in `ground` of points around the letters, (n,), and luminances of these letters, (n, 2)."""
    rows, columns, luminances = [], [], []
    radius = max(round(parameters.ring * size), 2)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    every = np.zeros(ground.pixels.shape[:2], np.uint8)
    for sprite, _ in letters:
        _add(every, sprite, ground)
    for sprite, colours in letters:
        own = np.zeros_like(every)
        _add(own, sprite, ground)
        y, x = np.nonzero((cv2.dilate((own > 127).astype(np.uint8), kernel) > 0) & (every == 0))
        step = max(len(y) * len(letters) // parameters.most_points, 1)
        rows.append(y[::step])
        columns.append(x[::step])
        lights = [float(relative_luminance(_srgb(colour))) for colour in colours]
        luminances.append(np.tile([min(lights), max(lights)], (len(rows[-1]), 1)))
    none = np.zeros(0, np.intp)
    return (
        np.concatenate([none, *rows]),
        np.concatenate([none, *columns]),
        np.concatenate([np.zeros((0, 2)), *luminances]),
    )


def _add(alpha: Alpha, sprite: Sprite, ground: Sprite) -> None:
    """The larger of both alphas, in place, where a sprite lies in `ground`."""
    picture = sprite.pixels[..., 3]
    x, y = sprite.box.x - ground.box.x, sprite.box.y - ground.box.y
    top, left = max(y, 0), max(x, 0)
    bottom, right = min(y + picture.shape[0], alpha.shape[0]), min(x + picture.shape[1], alpha.shape[1])
    if bottom > top and right > left:
        part = alpha[top:bottom, left:right]
        np.maximum(part, picture[top - y : bottom - y, left - x : right - x], out=part)


def _srgb(colour: str) -> FloatArray:
    """The sRGB values 0..1 of "#rrggbb", (3,)."""
    return np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) / 255
