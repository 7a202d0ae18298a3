"""Colours of lettering: of its face, and of an outline or a shadow where it plainly has one."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.repair.segment.text_segmentation import TextSegmentation
from overlaycut.vision.filters import Colours, FloatImage, dilated, distance


@dataclass(frozen=True, slots=True, kw_only=True)
class TextColoursParameters:
    """How the colours of lettering are distinguished; checked by benchmarks/repair.py."""

    distinct: float = 40.0
    """Levels between two colours from which they are two."""
    off_mixture: float = 24.0
    """Levels by which an ink lies off the line from surface to face: blurred edges lie on it."""
    outline_share: float = 0.7
    """Share of a face's rim from which a second ink is an outline."""
    shadow_share: float = 0.25
    """The same from which it may be a shadow."""
    shadow_overlap: float = 0.5
    """Overlap, as a share of the union, of a second ink with the displaced face, from which it is its shadow."""
    core_percentile: float = 60
    """Percentile of the depth in strokes from which a pixel lies in their core."""
    pure_percentile: float = 75
    """Percentile, in the core, of the distance from the surface from which a pixel has its ink's own colour."""


@dataclass(frozen=True, slots=True, eq=False)
class TextColours:
    """Colours are (3,), lengths in pixels of the picture in which they were found."""

    face: Colours
    """The colour of most of the letters' faces."""
    faces: Colours
    """`face` and whatever other colours the letters have, (n, 3)."""
    second: Colours | None = None
    """The colour of an outline or a shadow; None where there is neither."""
    outline_px: float = 0.0
    """Width of an outline; 0 where there is none."""
    shadow_px: tuple[int, int] = (0, 0)
    """How far right and down the shadow lies."""


def text_colours(
    picture: FloatImage, strokes: TextSegmentation, *, parameters: TextColoursParameters = TextColoursParameters()
) -> TextColours:
    """The colours of a picture's strokes; picture: (rows, columns, 3), the size of `strokes`."""
    colours = strokes.colours
    pixels = picture[strokes.ink]
    nearest = np.argmin([np.linalg.norm(pixels - colour, axis=1) for colour in colours], axis=0)
    labels = np.full(strokes.ink.shape, -1)
    labels[strokes.ink] = nearest
    depth = cv2.distanceTransform(strokes.ink.astype(np.uint8), cv2.DIST_L2, 3)
    inner = [float(depth[labels == n].mean()) if (labels == n).any() else 0.0 for n in range(len(colours))]
    first = int(np.argmax(inner))
    face = labels == first
    surface = np.median(strokes.surface[strokes.ink], axis=0).astype(np.float32)
    for n, colour in enumerate(colours):
        if np.linalg.norm(colour - colours[first]) < parameters.distinct:
            face |= labels == n
    core = face & (depth >= np.percentile(depth[face], parameters.core_percentile))
    # In the core of a thin stroke, too, surface shines through: the ink itself is what is furthest from it.
    pure = distance(picture, strokes.surface)[core]
    own = np.median(picture[core][pure >= np.percentile(pure, parameters.pure_percentile)], axis=0).astype(np.float32)
    others = [
        n
        for n in range(len(colours))
        if not (face & (labels == n)).any() and _is_ink(colours[n], own, surface, parameters)
    ]
    if not others:
        return TextColours(own, own[None])
    second = max(others, key=lambda n: int((labels == n).sum()))
    attached = _attached(own, colours[second], face, labels == second, int(strokes.width_px) + 2, parameters)
    return attached or TextColours(own, np.stack([own, *(colours[n] for n in others)]))


def _is_ink(colour: Colours, face: Colours, surface: Colours, parameters: TextColoursParameters) -> bool:
    """Whether a colour is an ink of its own rather than a mixture of face and surface."""
    axis = face - surface
    along = float(np.clip((colour - surface) @ axis / max(float(axis @ axis), 1.0), 0, 1))
    return float(np.linalg.norm(colour - surface - along * axis)) > parameters.off_mixture


def _attached(
    face: Colours, colour: Colours, own: Mask, other: Mask, reach: int, parameters: TextColoursParameters
) -> TextColours | None:
    """The colours of lettering whose second one is an outline or a shadow of its face; None when it is neither."""
    rim = dilated(own, 1) & ~own
    around = float((rim & dilated(other, 1)).sum()) / max(int(rim.sum()), 1)
    if around >= parameters.outline_share:
        return TextColours(face, face[None], colour, outline_px=float(other.sum()) / max(int(rim.sum()), 1))
    best, moved = 0.0, (0, 0)
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            shadow = np.roll(own, (down, right), axis=(0, 1)) & ~own
            fits = float((shadow & other).sum()) / max(int((shadow | other).sum()), 1)
            if fits > best:
                best, moved = fits, (right, down)
    if around >= parameters.shadow_share and best >= parameters.shadow_overlap:
        return TextColours(face, face[None], colour, shadow_px=moved)
    return None
