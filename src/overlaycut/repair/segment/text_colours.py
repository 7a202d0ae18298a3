"""What lettering was drawn with: the colour of its face, and of an outline or a shadow where it plainly has one."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.repair.segment.text_segmentation import TextSegmentation
from overlaycut.vision.filters import Colours, FloatImage, dilated, distance

_DISTINCT = 40.0
"""Levels between two inks from which they are two."""

_NO_MIXTURE = 24.0
"""Levels by which an ink lies off the line from surface to face: blurred edges lie on it."""

_ALL_AROUND, _ON_ONE_SIDE = 0.7, 0.25
"""Share of a face's rim that an outline takes, and a shadow."""

_FITS = 0.5
"""Overlap, as a share of the union, of a second ink with the face moved: from there on it is its shadow."""

_PURE = 75
"""Percentile of its distance from the surface from which the heart of a stroke shows its ink's own colour."""


@dataclass(frozen=True, slots=True, eq=False)
class TextColours:
    """What lettering was drawn with; colours are (3,), lengths in pixels of the picture it was found in."""

    face: Colours
    faces: Colours
    """That and whatever other colours its letters have, (n, 3)."""
    second: Colours | None = None
    """The colour of an outline or a shadow; None where there is neither."""
    outline_px: float = 0.0
    shadow_px: tuple[int, int] = (0, 0)
    """How far right and down the shadow lies."""


def text_colours(picture: FloatImage, strokes: TextSegmentation) -> TextColours:
    """The inks of a picture's strokes: (rows, columns, 3), the size of `strokes`."""
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
        if np.linalg.norm(colour - colours[first]) < _DISTINCT:
            face |= labels == n
    hearts = face & (depth >= np.percentile(depth[face], 60))
    # In the heart of a thin stroke, too, surface shines through: the ink itself is what is furthest from it.
    pure = distance(picture, strokes.surface)[hearts]
    own = np.median(picture[hearts][pure >= np.percentile(pure, _PURE)], axis=0).astype(np.float32)
    others = [n for n in range(len(colours)) if not (face & (labels == n)).any() and _is_ink(colours[n], own, surface)]
    if not others:
        return TextColours(own, own[None])
    second = max(others, key=lambda n: int((labels == n).sum()))
    beside = _beside(own, colours[second], face, labels == second, int(strokes.width_px) + 2)
    return beside or TextColours(own, np.stack([own, *(colours[n] for n in others)]))


def _is_ink(colour: Colours, face: Colours, surface: Colours) -> bool:
    """Whether a colour is an ink of its own rather than a mixture of face and surface."""
    axis = face - surface
    along = float(np.clip((colour - surface) @ axis / max(float(axis @ axis), 1.0), 0, 1))
    return float(np.linalg.norm(colour - surface - along * axis)) > _NO_MIXTURE


def _beside(face: Colours, colour: Colours, own: Mask, other: Mask, reach: int) -> TextColours | None:
    """The inks of lettering whose second one is an outline or a shadow of its face; None when it is neither."""
    rim = dilated(own, 1) & ~own
    around = float((rim & dilated(other, 1)).sum()) / max(int(rim.sum()), 1)
    if around >= _ALL_AROUND:
        return TextColours(face, face[None], colour, outline_px=float(other.sum()) / max(int(rim.sum()), 1))
    best, moved = 0.0, (0, 0)
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            cast = np.roll(own, (down, right), axis=(0, 1)) & ~own
            fits = float((cast & other).sum()) / max(int((cast | other).sum()), 1)
            if fits > best:
                best, moved = fits, (right, down)
    if around >= _ON_ONE_SIDE and best >= _FITS:
        return TextColours(face, face[None], colour, shadow_px=moved)
    return None
