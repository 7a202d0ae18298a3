"""Pictures that are drawn once and laid many times: premultiplied, in the samples of where they are going.

A sprite for frames has two stacks of planes, luma (Y, alpha) and chroma (U, V, alpha) at the positions of H.264's
chroma samples; one for an overlay has a single stack (R, G, B, alpha). All are 8 bits, colour multiplied by alpha.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from overlaycut.captions.motion import Pose
from overlaycut.core.frame import Alpha, Layer, Picture, Plane, sited
from overlaycut.core.geometry import Box

Stack: TypeAlias = tuple[Plane, ...]
"""Planes of one size, alpha last."""

Form: TypeAlias = Literal["planes", "rgba"]

_SUBSAMPLED = (1, 2)
"""How many luma samples a sample of each stack stands for, along each side: luma or RGBA, then chroma."""
_CENTRES = ((0.5, 0.5), (0.5, 1.0))
"""Where, in luma pixels, the first sample of each stack lies: chroma sits on the even columns, between two rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A drawn picture and where it lies at rest: `box` falls on whole chroma samples."""

    box: Box
    stacks: tuple[Stack, ...]


def blank(box: Box, form: Form) -> Sprite:
    """A sprite with nothing on it."""
    kinds = ((4, 1),) if form == "rgba" else ((2, 1), (3, 2))
    return Sprite(
        box,
        tuple(tuple(np.zeros((box.h // step, box.w // step), np.uint8) for _ in range(n)) for n, step in kinds),
    )


def tinted(coverage: Alpha, box: Box, colour: str, form: Form, *, opacity: float = 1.0) -> Sprite:
    """One colour, as much of it as `coverage` (box.h, box.w) says."""
    alpha = coverage if opacity >= 1 else _scaled(coverage, opacity)
    if form == "rgba":
        return Sprite(box, ((*(_scaled(alpha, value / 255) for value in ImageColor.getrgb(colour)[:3]), alpha),))
    y, u, v = yuv(colour)
    chroma = np.rint(sited(alpha.astype(np.float32))).astype(np.uint8)
    return Sprite(box, ((_scaled(alpha, y / 255), alpha), (_scaled(chroma, u / 255), _scaled(chroma, v / 255), chroma)))


def coloured(rgba: Picture, box: Box, form: Form) -> Sprite:
    """A straight-alpha picture that fills `box`."""
    if form == "rgba":
        alpha = np.ascontiguousarray(rgba[..., 3])
        return Sprite(box, ((*(_product(np.ascontiguousarray(rgba[..., n]), alpha) for n in range(3)), alpha),))
    layer = Layer.from_rgba(rgba, x=box.x, y=box.y)
    chroma = layer.chroma_alpha
    return Sprite(
        box,
        ((_product(layer.y, layer.alpha), layer.alpha), (_product(layer.u, chroma), _product(layer.v, chroma), chroma)),
    )


def lay(ground: Sprite, sprite: Sprite, inside: Box) -> None:
    """Lay `sprite` over `ground`, in place, where both and `inside` meet; `inside` falls on whole chroma samples."""
    part = _common(_common(ground.box, sprite.box), inside)
    if part is None:
        return
    for below, above, step in zip(ground.stacks, sprite.stacks, _SUBSAMPLED, strict=False):
        own, goal = _own(part, sprite.box, step), _own(part, ground.box, step)
        left = cv2.bitwise_not(above[-1][own])
        for lower, upper in zip(below, above, strict=True):
            target = lower[goal]
            cv2.add(cv2.multiply(target, left, scale=1 / 255), upper[own], dst=target)


def clear(ground: Sprite, inside: Box) -> None:
    """Take away what lies inside a box."""
    part = _common(ground.box, inside)
    if part is not None:
        for stack, step in zip(ground.stacks, _SUBSAMPLED, strict=False):
            for plane in stack:
                plane[_own(part, ground.box, step)] = 0


def posed(sprite: Sprite, pose: Pose, middle: tuple[float, float], em: float) -> Sprite:
    """The sprite in a pose about `middle`, to a thirty-second of a pixel; `em` is the font size in pixels."""
    box, stacks = sprite.box, sprite.stacks
    if pose[:3] != (0.0, 0.0, 1.0):
        box = reach(sprite.box, pose, middle, em)
        stacks = tuple(
            tuple(_warped(plane, _map(sprite.box, box, pose, middle, em, step, centre), box, step) for plane in stack)
            for stack, step, centre in zip(sprite.stacks, _SUBSAMPLED, _CENTRES, strict=False)
        )
    if pose.opacity < 1:
        stacks = tuple(tuple(_scaled(plane, pose.opacity) for plane in stack) for stack in stacks)
    return Sprite(box, stacks)


def reach(box: Box, pose: Pose, middle: tuple[float, float], em: float) -> Box:
    """Where what fills `box` comes to lie in a pose, on whole chroma samples."""
    left, right = ((x - middle[0]) * pose.scale + middle[0] + pose.dx * em for x in (box.x - 1, box.right + 1))
    top, bottom = ((y - middle[1]) * pose.scale + middle[1] + pose.dy * em for y in (box.y - 1, box.bottom + 1))
    x, y = floor(left), floor(top)
    return Box(x, y, ceil(right) - x, ceil(bottom) - y).even()


def cut(sprite: Sprite, x: float, *, left: bool) -> Sprite:
    """The part of a sprite to one side of the column `x`, which may fall inside a pixel."""
    stacks = []
    for stack, step in zip(sprite.stacks, _SUBSAMPLED, strict=False):
        edges = np.arange(stack[0].shape[1]) * step + sprite.box.x - (0.5 if step == 2 else 0.0)
        kept = np.clip((x - edges) / step, 0, 1)
        weight = np.rint((kept if left else 1 - kept) * 255).astype(np.uint8)
        columns = np.ascontiguousarray(np.broadcast_to(weight, stack[0].shape))
        stacks.append(tuple(_product(plane, columns) for plane in stack))
    return Sprite(sprite.box, tuple(stacks))


def straight(sprite: Sprite) -> Picture:
    """An overlay's sprite as RGBA with straight alpha; black where nothing is."""
    *colours, alpha = sprite.stacks[0]
    weight = np.maximum(alpha, 1).astype(np.uint16)
    spread = [np.minimum((plane * np.uint16(255) + weight // 2) // weight, 255) for plane in colours]
    return np.dstack([*spread, alpha]).astype(np.uint8)


@lru_cache(maxsize=256)
def yuv(colour: str) -> tuple[int, int, int]:
    """An sRGB colour as the samples of a frame."""
    pixel = np.array([*ImageColor.getrgb(colour)[:3], 255], np.uint8)
    layer = Layer.from_rgba(np.broadcast_to(pixel, (2, 2, 4)), x=0, y=0)
    return int(layer.y[0, 0]), int(layer.u[0, 0]), int(layer.v[0, 0])


def _map(
    box: Box, target: Box, pose: Pose, middle: tuple[float, float], em: float, step: int, centre: tuple[float, float]
) -> NDArray[np.float64]:
    """From samples of a stack that fills `target` to those of the stack that fills `box`: (2, 3)."""
    rows = []
    for start, goal, mid, shift, offset in (
        (box.x, target.x, middle[0], pose.dx * em, centre[0]),
        (box.y, target.y, middle[1], pose.dy * em, centre[1]),
    ):
        # source = ((goal + step n + offset - mid - shift) / scale + mid - start - offset) / step
        rows.append(((goal + offset - mid - shift) / pose.scale + mid - start - offset) / step)
    return np.array([[1 / pose.scale, 0, rows[0]], [0, 1 / pose.scale, rows[1]]])


def _warped(plane: Plane, matrix: NDArray[np.float64], target: Box, step: int) -> Plane:
    size = (target.w // step, target.h // step)
    return cv2.warpAffine(plane, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP).astype(
        np.uint8, copy=False
    )


def _scaled(plane: Plane, share: float) -> Plane:
    return cv2.convertScaleAbs(plane, alpha=share).astype(np.uint8, copy=False)


def _product(plane: Plane, alpha: Alpha) -> Plane:
    return cv2.multiply(plane, alpha, scale=1 / 255).astype(np.uint8, copy=False)


def _common(one: Box | None, other: Box) -> Box | None:
    if one is None:
        return None
    x, y = max(one.x, other.x), max(one.y, other.y)
    right, bottom = min(one.right, other.right), min(one.bottom, other.bottom)
    return Box(x, y, right - x, bottom - y) if right > x and bottom > y else None


def _own(part: Box, box: Box, step: int) -> tuple[slice, slice]:
    y, x = (part.y - box.y) // step, (part.x - box.x) // step
    return slice(y, y + part.h // step), slice(x, x + part.w // step)
