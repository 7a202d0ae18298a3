"""Drawn prints on surfaces that bend: on bodies that turn (tuning), and on cloth in waves (test).

Each is 512x512 pixels, 72 frames at 15 per second, in three ways: intact, melting from frame 24 on (strokes run, and
stay crisp), and redrawn from there on (the same words in another typeface, mixed in within sixteen frames). The halves
have no word, typeface, motion, cloth or encoder in common. Fixed seeds.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lettering_kinds import KINDS

FRAMES, ONSET, RAMP, RATE = 72, 24, 16, 15
_SIDE = 512
_SHEET = (480, 320, 3)
"""Columns and rows of the sheet that `lettering_kinds` draws on, and how much finer its ink is."""
_PRINT = 144.0
"""Width of a print on its body, in pixels."""
Real = NDArray[np.float32]
Half = Literal["tuning", "test"]


@dataclass(frozen=True, slots=True)
class _Style:
    """What a half draws with."""

    kinds: tuple[str, ...]
    words: tuple[str, ...]
    faces: tuple[str, ...]
    """Files of fonts/; a word is redrawn in the next but one."""
    inks: tuple[tuple[int, int, int], ...]
    cloths: tuple[tuple[int, int, int], ...]
    codec: str
    """One of PyAV's encoders."""
    options: dict[str, str]


STYLES: dict[Half, _Style] = {
    "tuning": _Style(
        kinds=("line", "mirrored", "logo", "emblem"),
        words=("HARBOUR", "Mountain", "CRISPERIA"),
        faces=("Inter-Bold.otf", "Vollkorn-ExtraBold.ttf", "BebasNeue-Bold.otf", "DancingScript-Bold.otf"),
        inks=((236, 234, 230), (30, 28, 30), (210, 60, 50)),
        cloths=((24, 22, 26), (214, 210, 200), (40, 60, 96)),
        codec="libx264",
        options={"crf": "24", "preset": "fast"},
    ),
    "test": _Style(
        kinds=("line", "mirrored", "logo"),
        words=("FALCON", "Northside", "Olivera"),
        faces=(
            "Comfortaa-Bold.ttf",
            "CourierPrime-Bold.otf",
            "LeagueSpartan-ExtraBold.otf",
            "YanoneKaffeesatz-Bold.otf",
        ),
        inks=((250, 220, 90), (240, 240, 244), (26, 70, 60)),
        cloths=((60, 30, 70), (150, 40, 46), (226, 196, 180)),
        codec="mpeg4",
        options={},
    ),
}


@dataclass(frozen=True, slots=True)
class BodyScene:
    """One clip."""

    half: Half
    kind: str
    fault: str
    """"none", "melted" or "redrawn"."""
    number: int

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x, y, width and height of the print in the first frame, in pixels."""
        x, y, inside = _SURFACES[self.half](self, 0)
        ys, xs = np.nonzero((cv2.remap(_cover(self, 0), *_on_sheet(self, x, y), cv2.INTER_LINEAR) > 0.5) & inside)
        return float(xs.min()), float(ys.min()), float(np.ptp(xs) + 1), float(np.ptp(ys) + 1)


def scenes(half: Half) -> Iterator[BodyScene]:
    """All of a half."""
    style = STYLES[half]
    for number in range(len(style.words)):
        for kind in style.kinds:
            for fault in ("none", "melted", "redrawn"):
                yield BodyScene(half, kind, fault, number)


def write(scene: BodyScene, path: Path) -> None:
    """The clip."""
    style = STYLES[scene.half]
    with av.open(str(path), "w") as file:
        stream = file.add_stream(style.codec, rate=RATE, options=style.options)
        stream.width = stream.height = _SIDE
        stream.pix_fmt = "yuv420p"
        for picture in pictures(scene):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(stream.encode())


def pictures(scene: BodyScene) -> Iterator[NDArray[np.uint8]]:
    """The frames, RGB."""
    style, rng = STYLES[scene.half], np.random.default_rng(scene.number + 40)
    ink = np.array(style.inks[(scene.number + 1) % len(style.inks)], np.float32)
    cloth = np.array(style.cloths[(scene.number + 1) % len(style.cloths)], np.float32)
    weave = cv2.GaussianBlur(rng.normal(0, 1, (_SIDE, _SIDE)).astype(np.float32), (0, 0), 1.2)
    weave /= weave.std()
    spots = rng.uniform(60, 200, (16, 16, 3)).astype(np.float32)
    ground = cv2.resize(spots, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    for index in range(FRAMES):
        x, y, inside = _SURFACES[scene.half](scene, index)
        cover = cv2.remap(_cover(scene, index), *_on_sheet(scene, x, y), cv2.INTER_LINEAR)[..., None]
        # Shading follows the slope of the surface across the picture.
        slope = cv2.GaussianBlur(cv2.Sobel(x, cv2.CV_32F, 1, 0, scale=1 / 8), (0, 0), 3)
        light = np.clip(1.1 - 0.12 * (slope - 1), 0.55, 1.25)[..., None]
        grain = cv2.remap(weave, x + _SIDE / 2, y + _SIDE / 2, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        body = (cloth * (1 - cover) + ink * cover) * light + 4 * grain[..., None]
        shown = cv2.GaussianBlur(np.where(inside[..., None], body, ground), (0, 0), 0.8)
        noise = np.random.default_rng(index).normal(0, 1.5, shown.shape)
        yield np.clip(shown + noise, 0, 255).astype(np.uint8)


def _turning(scene: BodyScene, index: int) -> tuple[Real, Real, NDArray[np.bool_]]:
    """A body that turns, sways, comes nearer and wrinkles: its coordinates at every pixel, and where it is."""
    t, rng = index / RATE, np.random.default_rng(7 * scene.number + 3)
    phase, pace = rng.uniform(0, 2 * np.pi, 6), rng.uniform(0.15, 0.35)
    x, y, radius = *_moved(t, phase), 120.0
    inside = np.abs(x) < radius
    angle = np.arcsin(np.clip(x / radius, -0.999, 0.999)) + np.radians(28) * np.sin(4.4 * pace * t + phase[0])
    u, v = radius * angle, y
    u = u + 2.5 * np.sin(0.055 * v + 0.04 * u + 2.1 * t + phase[5])
    v = v + 2.5 * np.sin(0.05 * u - 0.03 * v + 1.6 * t + phase[0])
    return u.astype(np.float32), v.astype(np.float32), inside


def _waving(scene: BodyScene, index: int) -> tuple[Real, Real, NDArray[np.bool_]]:
    """A cloth across which waves run, seen at an angle that changes."""
    t, rng = index / RATE, np.random.default_rng(11 * scene.number + 5)
    phase = rng.uniform(0, 2 * np.pi, 6)
    x, y = _moved(t, phase)
    squeeze = 1 + 0.25 * np.sin(0.9 * t + phase[3]) ** 2
    u, v = x * squeeze, y + 0.12 * np.sin(0.7 * t + phase[5]) * x
    wave = 2 * np.pi * (u / 190 + 0.15 * v / 190) - 3.0 * t + phase[0]
    u, v = u + 6.0 * np.sin(wave), v + 4.5 * np.sin(wave + 1.1)
    inside = (np.abs(u) < 150) & (np.abs(v) < 190)
    return u.astype(np.float32), v.astype(np.float32), inside


_SURFACES: dict[Half, Callable[[BodyScene, int], tuple[Real, Real, NDArray[np.bool_]]]] = {
    "tuning": _turning,
    "test": _waving,
}


def _moved(t: float, phase: NDArray[np.float64]) -> tuple[Real, Real]:
    """Coordinates around a middle that sways and comes nearer."""
    y, x = np.mgrid[:_SIDE, :_SIDE].astype(np.float32)
    near, roll = 1 + 0.12 * np.sin(0.7 * t + phase[3]), np.radians(4) * np.sin(0.8 * t + phase[4])
    x = (x - _SIDE / 2 - 35 * np.sin(0.9 * t + phase[1])) / near
    y = (y - _SIDE / 2 - 14 * np.sin(1.7 * t + phase[2])) / near
    return np.cos(roll) * x + np.sin(roll) * y, np.cos(roll) * y - np.sin(roll) * x


def _on_sheet(scene: BodyScene, x: Real, y: Real) -> tuple[Real, Real]:
    """Coordinates of a body on the sheet of ink, whose print lies in its middle."""
    left, top, width, height = _ink_box(scene)
    scale = width / _PRINT
    return x * np.float32(scale) + left + width / 2, y * np.float32(scale) + top + height / 2


def _cover(scene: BodyScene, index: int) -> Real:
    """Coverage by strokes of the sheet, 0..1."""
    progress = float(np.clip((index - ONSET + 1) / RAMP, 0, 1)) if scene.fault != "none" else 0.0
    ink = _ink(scene.half, scene.kind, scene.number, 0)
    if scene.fault == "redrawn":
        other = _ink(scene.half, scene.kind, scene.number, 2)
        ink = (1 - progress) * ink + progress * other
    elif progress:
        across, down = _run(scene.number)
        x, y = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in ink.shape[::-1]))
        run = cv2.remap(ink, x + progress * across, y + progress * down, cv2.INTER_LINEAR)
        ink = np.clip((cv2.GaussianBlur(run, (0, 0), 1.0) - 0.3) / 0.4, 0, 1)
    return np.asarray(cv2.GaussianBlur(ink, (0, 0), 1.2), np.float32)


def _ink_box(scene: BodyScene) -> tuple[int, int, int, int]:
    """x, y, width and height of the ink on its sheet."""
    ys, xs = np.nonzero(_ink(scene.half, scene.kind, scene.number, 0) > 0.5)
    return int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1


@functools.cache
def _ink(half: Half, kind: str, number: int, other: int) -> Real:
    style, (columns, rows, fine) = STYLES[half], _SHEET
    sheet = Image.new("L", (columns * fine, rows * fine))
    face = style.faces[(number + other) % len(style.faces)]
    KINDS[kind](sheet, style.words[number], face)
    return np.asarray(sheet, np.float32) / 255


@functools.cache
def _run(seed: int) -> tuple[Real, Real]:
    """Displacement of strokes that run, in pixels of the sheet: 0.12 of letters 40 pixels high, root mean square."""
    columns, rows, fine = _SHEET
    noise = np.random.default_rng(seed).normal(0, 1, (2, rows * fine, columns * fine)).astype(np.float32)
    soft = [cv2.GaussianBlur(one, (0, 0), 10.0 * fine) for one in noise]
    across, down = (4.8 * fine * one / one.std() for one in soft)
    return across, down
