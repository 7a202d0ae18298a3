"""A graphic element on top of everything that a frame shows, in a light of its own, and its pass over a clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from overlaycut.core.frame import Frame, Layer
from overlaycut.core.geometry import Quad
from overlaycut.repair.composite.passes import FramewisePass
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, blurred, scaled
from overlaycut.vision.rectification import RectifiedPlane, layer_of

_COARSEST = 4.0
"""Pixels of blur beyond which the picture is blurred at a smaller size, without visible loss."""


@dataclass(frozen=True, slots=True, eq=False)
class Graphic:
    """A graphic element that follows a region or stands still."""

    plane: RectifiedPlane
    picture: FloatImage | None
    """What it shows, (rows, columns, 3); None for the frame itself, out of focus."""
    alpha: FloatPlane
    quads: Mapping[int, Quad]
    """Frame → where the plane's quad lies; frames that are missing do not show the element."""
    text: FloatPlane
    """Coverage of the words on what is out of focus, (rows, columns), 0..1."""
    text_colour: Colours
    """(3,)"""
    defocus_px: float
    """Standard deviation of the blur of what is out of focus, in plane pixels."""

    @classmethod
    def of_words(
        cls, plane: RectifiedPlane, picture: FloatImage, coverage: FloatPlane, quads: Mapping[int, Quad]
    ) -> Graphic:
        """Words alone: `picture`, (rows, columns, 3), where `coverage` is above 0."""
        return cls(plane, picture, coverage, quads, np.zeros_like(coverage), np.zeros(3, np.float32), 0.0)


class GraphicPass(FramewisePass):
    """One pass of a graphic element over a clip, frame by frame."""

    def __init__(self, graphic: Graphic) -> None:
        self._graphic = graphic

    def layer(self, frame: Frame) -> Layer | None:
        """The layer over `frame`, or None when the element does not show there."""
        graphic = self._graphic
        quad = graphic.quads.get(frame.index)
        if quad is None:
            return None
        picture = self._out_of_focus(frame, quad) if graphic.picture is None else graphic.picture
        return layer_of(graphic.plane, picture, graphic.alpha, quad=quad, width=frame.width, height=frame.height)

    def _out_of_focus(self, frame: Frame, quad: Quad) -> FloatImage:
        graphic, plane = self._graphic, self._graphic.plane
        share = max(graphic.defocus_px / _COARSEST, 1.0)
        width, height = (max(round(side / share), 4) for side in (plane.width, plane.height))
        seen, room = plane.resized(width, height).read(frame, quad)
        sigma = graphic.defocus_px * width / plane.width
        weight = room.astype(np.float32)  # pixels outside the frame have no colour
        total = blurred(weight, sigma)[..., None]
        soft = np.asarray(blurred(seen * weight[..., None], sigma) / np.maximum(total, 1e-3), np.float32)
        return with_text(scaled(soft, (plane.width, plane.height)), graphic.text, graphic.text_colour)


def with_text(picture: FloatImage, coverage: FloatPlane, colour: FloatImage | Colours) -> FloatImage:
    """`picture` with text over it, of one colour, (3,), or of one per pixel, (rows, columns, 3); coverage: 0..1."""
    mixed: FloatImage = picture + (colour - picture) * coverage[..., None]
    return mixed
