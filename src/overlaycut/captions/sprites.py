"""Sprites: premultiplied 8-bit RGBA pictures, composited with "over" (Porter and Duff 1984)."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from overlaycut.captions.motion import Pose
from overlaycut.core.frame import Alpha, Picture
from overlaycut.core.geometry import Box

Premultiplied: TypeAlias = NDArray[np.uint8]
"""RGBA with colour multiplied by alpha, shape (rows, columns, 4)."""


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A drawn picture and its place in the frame."""

    box: Box
    pixels: Premultiplied
    """Fills `box`."""


def blank(box: Box) -> Sprite:
    """A transparent sprite."""
    return Sprite(box, np.zeros((box.h, box.w, 4), np.uint8))


def tinted(coverage: Alpha, box: Box, colour: str, *, opacity: float = 1.0) -> Sprite:
    """One colour with `coverage` (box.h, box.w) times `opacity` as its alpha."""
    table = np.arange(256)[:, None] * np.array([*ImageColor.getrgb(colour)[:3], 255]) * (opacity / 255)
    return Sprite(box, np.rint(table).astype(np.uint8)[coverage])


def coloured(rgba: Picture, box: Box) -> Sprite:
    """A sprite from straight-alpha RGBA that fills `box`."""
    weight = rgba[..., 3:].astype(np.uint16)
    colour = (rgba[..., :3] * weight + 127) // 255
    return Sprite(box, np.concatenate([colour, weight], axis=2).astype(np.uint8))


def composite(ground: Sprite, sprite: Sprite, inside: Box) -> None:
    """Composite `sprite` over `ground`, in place, inside the box `inside`."""
    part = intersection(intersection(ground.box, sprite.box), inside)
    if part is None:
        return
    upper, target = sprite.pixels[slices_in(part, sprite.box)], ground.pixels[slices_in(part, ground.box)]
    left = cv2.bitwise_not(cv2.extractChannel(upper, 3))
    cv2.add(cv2.multiply(target, cv2.merge([left] * 4), scale=1 / 255), upper, dst=target)


def clear(ground: Sprite, inside: Box) -> None:
    """Make a box of a sprite transparent, in place."""
    part = intersection(ground.box, inside)
    if part is not None:
        ground.pixels[slices_in(part, ground.box)] = 0


def posed(sprite: Sprite, pose: Pose, middle: tuple[float, float], em: float) -> Sprite:
    """The sprite transformed about `middle`, to 1/32 of a pixel; `em` is the font size in pixels."""
    box, pixels = sprite.box, sprite.pixels
    if pose[:3] != (0.0, 0.0, 1.0):
        box = posed_box(sprite.box, pose, middle, em)
        # The inverse of the pose, from pixel centres of the result to those of the sprite.
        back = [
            (goal + 0.5 - centre - shift * em) / pose.scale + centre - start - 0.5
            for start, goal, centre, shift in (
                (sprite.box.x, box.x, middle[0], pose.dx),
                (sprite.box.y, box.y, middle[1], pose.dy),
            )
        ]
        matrix = np.array([[1 / pose.scale, 0, back[0]], [0, 1 / pose.scale, back[1]]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        pixels = cv2.warpAffine(pixels, matrix, (box.w, box.h), flags=flags).astype(np.uint8, copy=False)
    if pose.opacity < 1:
        pixels = cv2.convertScaleAbs(pixels, alpha=pose.opacity).astype(np.uint8, copy=False)
    return Sprite(box, pixels)


def posed_box(box: Box, pose: Pose, middle: tuple[float, float], em: float) -> Box:
    """The bounding box of `box` transformed by a pose."""
    if pose[:3] == (0.0, 0.0, 1.0):
        return box
    left, right = ((x - middle[0]) * pose.scale + middle[0] + pose.dx * em for x in (box.x - 1, box.right + 1))
    top, bottom = ((y - middle[1]) * pose.scale + middle[1] + pose.dy * em for y in (box.y - 1, box.bottom + 1))
    x, y = floor(left), floor(top)
    return Box(x, y, ceil(right) - x, ceil(bottom) - y)


def cut(sprite: Sprite, x: float, *, left: bool) -> Sprite:
    """The part of a sprite to one side of the column `x`, antialiased within a pixel."""
    kept = np.clip(x - sprite.box.x - np.arange(sprite.box.w), 0, 1)
    weight = (kept if left else 1 - kept)[None, :, None]
    return Sprite(sprite.box, np.rint(sprite.pixels * weight).astype(np.uint8))


def straight(pixels: Premultiplied) -> Picture:
    """RGBA with straight alpha; black where alpha is 0."""
    weight = np.maximum(pixels[..., 3:], 1).astype(np.uint16)
    colour = np.minimum((pixels[..., :3] * np.uint16(255) + weight // 2) // weight, 255)
    return np.concatenate([colour, pixels[..., 3:]], axis=2).astype(np.uint8)


def intersection(one: Box | None, other: Box) -> Box | None:
    """The intersection of two boxes, or None."""
    if one is None:
        return None
    x, y = max(one.x, other.x), max(one.y, other.y)
    right, bottom = min(one.right, other.right), min(one.bottom, other.bottom)
    return Box(x, y, right - x, bottom - y) if right > x and bottom > y else None


def slices_in(part: Box, box: Box) -> tuple[slice, slice]:
    """Rows and columns of `part` in an array that fills `box`."""
    y, x = part.y - box.y, part.x - box.x
    return slice(y, y + part.h), slice(x, x + part.w)
