"""Can it be read? The contrast of letters with what is around them, on the actual pixels, and the scrim that it takes.

Contrast is WCAG's (2.2, "contrast ratio" and "relative luminance"), between the colour of a word and each pixel of a
ring around its letters as it is seen: the picture with panel, glow, shadow and outline over it.
"""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.captions.cue_renderer import CueRenderer
from overlaycut.captions.style import Style
from overlaycut.core.frame import Frame
from overlaycut.vision.colour import contrast_ratio, relative_luminance

Values = NDArray[np.float64]

_RING = 0.07
"""How far from the letters the ring reaches, of the font size: what the eye holds an edge against."""
_MOST_POINTS = 1500
"""Points of the ring that are looked at: the share below the limit is known to two hundredths."""
_WORST = 0.10
"""Share of the ring that may fall below the limit: corners, and grain."""
_EVERY = Fraction(1, 5)
"""Seconds from one look to the next."""
_RAMP = Fraction(1, 5)
"""Seconds in which a scrim that is needed later comes up."""
_STEPS = (0.0, 0.2, 0.35, 0.5, 0.62, 0.74, 0.86, 0.95)
"""Strengths of a scrim that are tried, the faintest first."""

# BT.709 luma and chroma to R'G'B' (BT.709-6, items 3.2 to 3.4), limited range.
_TO_RGB = np.array([[1.0, 0.0, 1.5748], [1.0, -0.1873, -0.4681], [1.0, 1.8556, 0.0]])


class Legibility:
    """Watches one cue: how strong a scrim it needs on what is behind it. A scrim, once there, stays to the end."""

    def __init__(self, actor: CueRenderer, style: Style) -> None:
        self._wanted = style.contrast
        ground, faces = actor.at_rest()
        rows, columns, inks = [], [], []
        radius = max(round(_RING * actor.placed.size), 2)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
        letters = np.zeros(ground.ink.shape[:2], np.uint8)
        for sprite, _ in faces:
            _into(letters, sprite.ink[..., 3], sprite.box.x - ground.box.x, sprite.box.y - ground.box.y)
        for sprite, colours in faces:
            own = np.zeros_like(letters)
            _into(own, sprite.ink[..., 3], sprite.box.x - ground.box.x, sprite.box.y - ground.box.y)
            y, x = np.nonzero((cv2.dilate((own > 127).astype(np.uint8), kernel) > 0) & (letters == 0))
            step = max(len(y) * len(faces) // _MOST_POINTS, 1)
            rows.append(y[::step])
            columns.append(x[::step])
            lights = [float(relative_luminance(_srgb(colour))) for colour in colours]
            inks.append(np.tile([min(lights), max(lights)], (len(rows[-1]), 1)))
        none = np.zeros(0, np.intp)
        self._y, self._x = np.concatenate([none, *rows]), np.concatenate([none, *columns])
        self._ink = np.concatenate([np.zeros((0, 2)), *inks])
        self._left, self._top = ground.box.x, ground.box.y
        self._own = ground.ink[self._y, self._x].astype(np.float64) / 255
        bright = float(np.median(self._ink)) if len(self._ink) else 1.0
        self.colour = "#000000" if bright > 0.18 else "#ffffff"
        """What a scrim is made of: what letters of this brightness stand out from."""
        self._strength, self._since, self._from = 0.0, Fraction(0), 0.0
        self._next: Fraction | None = None
        self._never = len(self._y) == 0 or self._safe_anywhere()

    def strength(self, frame: Frame) -> float:
        """How strong the scrim is on a frame, 0..1."""
        if self._never:
            return 0.0
        if self._next is None or frame.at >= self._next:
            needed = self._needed(frame)
            if needed > self._strength:
                first = self._next is None
                self._from = needed if first else self._strength
                self._strength, self._since = needed, frame.at
            self._next = frame.at + _EVERY
        risen = min(float((frame.at - self._since) / _RAMP), 1.0)
        return self._from + (self._strength - self._from) * risen

    def measured(self, frame: Frame, strength: float) -> float:
        """The contrast that all but a tenth of the ring reaches on a frame, under a scrim of that strength."""
        y, x = self._y + self._top, self._x + self._left
        inside = (y < frame.height) & (x < frame.width)
        if not inside.any():
            return 21.0
        y, x = y[inside], x[inside]
        samples = np.column_stack([frame.y[y, x], frame.u[y // 2, x // 2], frame.v[y // 2, x // 2]])
        scaled = (samples - [16.0, 128.0, 128.0]) / [219.0, 224.0, 224.0]
        return self._worst(np.clip(scaled @ _TO_RGB.T, 0, 1), strength, inside)

    def _needed(self, frame: Frame) -> float:
        for strength in _STEPS:
            if self.measured(frame, strength) >= self._wanted:
                return strength
        return _STEPS[-1]

    def _safe_anywhere(self) -> bool:
        """Whether the words can be read on black and on white alike: then on everything."""
        every = np.ones(len(self._y), np.bool_)
        flat = (np.full((len(self._y), 3), level) for level in (0.0, 0.5, 1.0))
        return all(self._worst(picture, 0.0, every) >= self._wanted for picture in flat)

    def _worst(self, picture: Values, strength: float, inside: NDArray[np.bool_]) -> float:
        dark = 0.0 if self.colour == "#000000" else 1.0
        ground = picture + (dark - picture) * strength
        light = relative_luminance(self._own[inside, :3] + ground * (1 - self._own[inside, 3:]))
        ink = self._ink[inside]
        ratio = np.minimum(contrast_ratio(ink[:, 0], light), contrast_ratio(ink[:, 1], light))
        return float(np.quantile(ratio, _WORST))


def _into(ground: NDArray[np.uint8], picture: NDArray[np.uint8], x: int, y: int) -> None:
    """The larger of both, where a picture laid at (x, y) meets the ground."""
    top, left = max(y, 0), max(x, 0)
    bottom, right = min(y + picture.shape[0], ground.shape[0]), min(x + picture.shape[1], ground.shape[1])
    if bottom > top and right > left:
        part = ground[top:bottom, left:right]
        np.maximum(part, picture[top - y : bottom - y, left - x : right - x], out=part)


def _srgb(colour: str) -> Values:
    return np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) / 255
