"""Clips spoiled in known ways: another face, other clothes, somebody twice, and what models do to pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse import faces_in
from overlaycut.core.frame import Frame, Layer, Picture
from overlaycut.core.geometry import Box
from overlaycut.media import Clip, Encoding, write_clip
from overlaycut.models import dlib_face_embedding, face_detector
from overlaycut.vision.thumbnails import small_rgb

WAYS = ("blur", "flicker", "exposure", "stutter", "jumps", "morph")
"""Ways in which `degraded` spoils a clip."""


def pasted(
    rgb: Picture, points: NDArray[np.float64], other: Picture, theirs: NDArray[np.float64], share: float
) -> Picture:
    """`share` (0..1) of another face laid over the one whose five points are given, in its light."""
    plain = np.hstack([theirs, np.ones((5, 1))])
    matrix = np.linalg.lstsq(plain, points, rcond=None)[0].T
    height, width = rgb.shape[:2]
    laid = cv2.warpAffine(other, matrix, (width, height), borderMode=cv2.BORDER_REFLECT).astype(np.float32)
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    down = mouth - eyes
    tall = float(np.linalg.norm(down))
    centre = eyes + 0.45 * down
    wide = max(float(np.linalg.norm(points[1] - points[0])), 0.8 * tall)
    mask = np.zeros((height, width), np.float32)
    axes, turn = (int(1.05 * wide), int(1.45 * tall)), -float(np.degrees(np.arctan2(*down)))
    cv2.ellipse(mask, (int(centre[0]), int(centre[1])), axes, turn, 0, 360, (1.0,), -1)
    inside = mask > 0
    if not inside.any():
        return rgb
    mine, given = rgb[inside].astype(np.float32), laid[inside]
    laid = np.clip(
        (laid - given.mean(axis=0)) / np.maximum(given.std(axis=0), 1) * mine.std(axis=0) + mine.mean(axis=0), 0, 255
    )
    soft = cv2.GaussianBlur(mask, (0, 0), 0.12 * tall)[..., None] * share
    return np.clip(rgb + (laid - rgb) * soft, 0, 255).astype(np.uint8)


def with_other_face(clip: Clip, other: Picture, share: Callable[[float], float]) -> Iterator[Frame]:
    """The clip's frames, its largest face turned into another by `share` of the time."""
    finder = face_detector()
    theirs = faces_in(finder, dlib_face_embedding(), other)[0][0].array()
    last: Box | None = None
    for frame in clip.frames():
        scale = 512 / max(frame.width, frame.height)
        small = small_rgb(frame, (round(frame.width * scale), round(frame.height * scale)))
        followed = [face for face in finder.follow(small, [last] if last else []) if face]
        found = followed or sorted(finder.find(small, smallest=20), key=lambda face: -face.box.area)[:1]
        last = found[0].box if found else None
        part = share(float(frame.at))
        if found and part > 0:
            around = (
                Box(*(round(v / scale) for v in (last.x, last.y, last.w, last.h)))
                .grown(round(last.h / scale))
                .clipped(frame.width, frame.height)
            )
            patch = pasted(frame.patch(around), found[0].array() / scale - (around.x, around.y), other, theirs, part)
            frame = replaced(frame, around, patch)
        yield frame


def replaced(frame: Frame, box: Box, patch: Picture) -> Frame:
    """The frame with a box of it painted over."""
    opaque = np.dstack([patch, np.full(patch.shape[:2], 255, np.uint8)])
    return frame.with_layers(Layer.from_rgba(opaque, x=box.x, y=box.y))


def with_other_clothes(clip: Clip, begins: float, degrees: float) -> Iterator[Frame]:
    """The clip's frames, hue of all below the largest face's chin turned from `begins` on over a second."""
    finder, last = face_detector(), None
    for frame in clip.frames():
        scale = 512 / max(frame.width, frame.height)
        small = small_rgb(frame, (round(frame.width * scale), round(frame.height * scale)))
        found = (
            sorted(finder.find(small, smallest=20), key=lambda face: -face.box.area)[:1] if frame.index % 4 == 0 else []
        )
        last = found[0].box if found else last
        share = float(np.clip(float(frame.at) - begins, 0, 1))
        if last is not None and share > 0:
            turn = np.radians(degrees * share)
            rows = slice(round((last.bottom + 0.15 * last.h) / scale) // 2, None)
            columns = slice(
                max(round((last.x - 1.2 * last.w) / scale) // 2, 0), round((last.right + 1.2 * last.w) / scale) // 2
            )
            u, v = frame.u.copy(), frame.v.copy()
            a, b = u[rows, columns].astype(np.float32) - 128, v[rows, columns].astype(np.float32) - 128
            u[rows, columns] = np.clip(128 + a * np.cos(turn) - b * np.sin(turn), 16, 240)
            v[rows, columns] = np.clip(128 + a * np.sin(turn) + b * np.cos(turn), 16, 240)
            frame = Frame(frame.index, frame.at, frame.lasts, frame.y, u, v)
        yield frame


def doubled(clip: Clip, *, mirrored: bool, scale: float, pasted: list[int]) -> Iterator[Frame]:
    """The clip with its largest face and what is around it pasted in again where there is room, told in `pasted`."""
    finder, place = face_detector(), None
    held: list[Picture] = []
    for frame in clip.frames():
        if frame.index % 3 == 0 or place is None:
            factor = 512 / max(frame.width, frame.height)
            small = small_rgb(frame, (round(frame.width * factor), round(frame.height * factor)))
            found = sorted(finder.find(small, smallest=20), key=lambda face: -face.box.area)
            if found:
                box = found[0].box
                place = Box(*(round(v / factor) for v in (box.x, box.y, box.w, box.h)))
        if place is None:
            yield frame
            continue
        source = place.grown(round(0.25 * place.h)).clipped(frame.width, frame.height)
        part = frame.patch(source)
        held.append(part)
        part = held[max(len(held) - 6, 0)]
        part = part[:, ::-1] if mirrored else part
        part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        room_left, room_right = source.x, frame.width - source.right
        x = source.x - part.shape[1] if room_left > room_right else source.right
        x = min(max(x, 0), max(frame.width - part.shape[1], 0))
        y = min(source.y, frame.height - part.shape[0])
        there = Box(x, y, part.shape[1], part.shape[0])
        below = frame.height - place.bottom - 4
        if there.overlap(place) > 0.1 * place.area and below > part.shape[0]:
            there = Box(x, place.bottom + 4, part.shape[1], part.shape[0])
        if there.overlap(place) > 0.1 * place.area:
            yield frame
        else:
            pasted.append(frame.index)
            yield replaced(frame, there, part)


def beside(one: Clip, other: Clip) -> Iterator[Frame]:
    """The second clip's frames shrunk to half and laid side by side with the first's."""
    for a, b in zip(one.frames(), other.frames(), strict=False):
        width, height = a.width // 4 * 2, a.height
        halves = []
        for frame in (a, b):
            rgb = frame.rgb()
            scale = max(width / rgb.shape[1], height / rgb.shape[0]) * 0.6
            fit = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            half = np.full((height, width, 3), 90, np.uint8)
            top, left = max((height - fit.shape[0]) // 2, 0), max((width - fit.shape[1]) // 2, 0)
            cut = max((fit.shape[1] - width) // 2, 0)
            piece = fit[:height, cut : cut + width]
            half[top : top + piece.shape[0], left : left + piece.shape[1]] = piece
            halves.append(half)
        yield Frame.from_rgb(np.hstack(halves), index=a.index, at=a.at, lasts=a.lasts)


def degraded(clip: Clip, way: str, strength: int, other: Picture) -> Iterator[Frame]:
    """The clip spoiled in one way; strength 1 can just be seen, 3 is bad."""
    rng = np.random.default_rng(5)
    length = float(clip.full_facts.duration or 1)
    if way == "morph":
        top = (0.35, 0.6, 1.0)[strength - 1]
        yield from with_other_face(clip, other, lambda t: top * min(1.0, 1.5 * t / length))
        return
    before: Frame | None = None
    for frame in clip.frames():
        y, u, v = frame.planes
        if way == "blur":
            sigma = (1.0, 2.0, 4.0)[strength - 1]
            y, u, v = (
                cv2.GaussianBlur(p, (0, 0), s) for p, s in zip(frame.planes, (sigma, sigma / 2, sigma / 2), strict=True)
            )
        elif way == "flicker":
            y = lit(y, float(rng.normal(0, (2, 5, 12)[strength - 1])))
        elif way == "exposure":
            y = lit(y, (15, 35, 70)[strength - 1] * float(frame.at) / length)
        elif way == "stutter" and before is not None and frame.index % 4 < strength:
            y, u, v = before.planes
        elif way == "jumps" and frame.index > 5 and frame.index % 12 < 6 and (frame.index // 12) < 2 * strength:
            y, u, v = (warped(p, 0.05 * max(y.shape), k) for p, k in zip((y, u, v), (1.0, 0.5, 0.5), strict=True))
        frame = Frame(frame.index, frame.at, frame.lasts, y, u, v)
        before = frame
        yield frame


def lit(plane: NDArray[np.uint8], levels: float) -> NDArray[np.uint8]:
    """Luma with light added."""
    return np.clip(plane + levels, 16, 235).astype(np.uint8)


def warped(plane: NDArray[np.uint8], amount: float, share: float) -> NDArray[np.uint8]:
    """A picture bent out of shape, as a model that lost the thread bends it."""
    rows, columns = np.indices(plane.shape, dtype=np.float32)
    wave = amount * share
    across = columns + wave * np.sin(rows / (18 * wave + 1)).astype(np.float32)
    down = rows + wave * np.cos(columns / (15 * wave + 1)).astype(np.float32)
    return cv2.remap(plane, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def written(clip: Clip, frames: Iterable[Frame], out: Path) -> Path:
    """The frames as a file of good quality."""
    write_clip(iter(frames), out, tick=clip.facts.tick, encoding=Encoding(crf=12, preset="veryfast"))
    return out


THING_WAYS = ("hue", "melt", "replaced", "gone", "covered")
"""What `with_changed_thing` does to a thing: the first four are faults, the last is none."""


def with_changed_thing(
    clip: Clip, places: Callable[[float], Box], way: str, begins: float, other: Picture
) -> Iterator[Frame]:
    """The clip's frames, the thing at `places` (second → box) changed from `begins` on within half a second.

    other: RGB, what takes its place or comes in front of it; it stays in front for a second.
    """
    for frame in clip.frames():
        at = float(frame.at)
        share = min(max((at - begins) / 0.5, 0.0), 1.0)
        if way == "covered":
            share = float(begins <= at <= begins + 1.0)
        box = places(at).grown(4).clipped(frame.width, frame.height) if share else None
        if box is None:
            yield frame
            continue
        patch = changed_thing(frame.rgb(), box, way, share, other)
        yield replaced(frame, box, patch)


def changed_thing(picture: Picture, box: Box, way: str, share: float, other: Picture) -> Picture:
    """The box of an RGB picture with `share` (0..1) of a change, soft at its edges."""
    patch = picture[box.slices]
    if way == "hue":
        hsv = cv2.cvtColor(patch, cv2.COLOR_RGB2HSV)
        hsv[..., 0] = ((hsv[..., 0].astype(int) + round(60 * share)) % 180).astype(np.uint8)
        new = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    elif way == "melt":
        new = np.dstack([warped(np.ascontiguousarray(patch[..., n]), 0.12 * box.w, share) for n in range(3)])
    elif way == "gone":
        new = _background(picture, box)
    else:
        new = cv2.resize(other, (box.w, box.h), interpolation=cv2.INTER_AREA)
    mask = np.zeros((box.h, box.w), np.float32)
    cv2.ellipse(mask, (box.w // 2, box.h // 2), (box.w // 2, box.h // 2), 0, 0, 360, (1.0,), -1)
    if way == "covered":
        mask[:, box.w * 2 // 3 :] = 0
    if way == "gone":
        mask[:] = 1.0
    soft = cv2.GaussianBlur(mask, (0, 0), 2.0)[..., None] * (share if way in ("gone", "replaced") else 1.0)
    return np.clip(patch + (np.asarray(new, np.float32) - patch) * soft, 0, 255).astype(np.uint8)


def _background(picture: Picture, box: Box) -> Picture:
    """What a box of an RGB picture would show without the thing in it: its surroundings, filled in (Telea, 2004)."""
    height, width = picture.shape[:2]
    scale = 96 / max(height, width)
    small = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    mask = np.zeros(small.shape[:2], np.uint8)
    rows, columns = (slice(round(s.start * scale), round(s.stop * scale) + 1) for s in box.slices)
    mask[rows, columns] = 255
    filled = cv2.inpaint(small, mask, 3, cv2.INPAINT_TELEA)
    whole = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole[box.slices], np.uint8)
