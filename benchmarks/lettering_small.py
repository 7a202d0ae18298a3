"""Drawn small lines that come nearer, go away, turn with a can, or are half covered by something in their own colour.

Capitals are 10 to 14 pixels high in the first frame. Each clip is 480x320, 48 frames at 24 per second, in three ways:
intact, melting from frame 14 on (strokes run, and stay crisp) and redrawn from there on (another typeface, mixed in
within eight frames). All are drawn as generators and cheap encodes make them: the picture gets sharper with time,
strokes shimmer, highlights stand still while a can turns under them, the camera zooms so that the ground changes beside
the line, and x264 leaves little of fine contrast. The halves have no word, typeface, ground, label, cover or encoder in
common. Fixed seeds.
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
from PIL import Image, ImageDraw, ImageFont

from overlaycut.resources import folder
from simulator.backdrops import draw_backdrop
from simulator.scene import Backdrop

FRAMES, ONSET, RAMP, RATE = 48, 14, 8, 24
_WIDTH, _HEIGHT = 480, 320
_FINE, _SHEET = 4, (420, 160)
"""Pixels of the label per pixel of the first frame, and the label's width and height in these."""
_BESIDE = 3
"""Moments of an exposure."""
Real = NDArray[np.float32]
Half = Literal["tuning", "test"]


@dataclass(frozen=True, slots=True)
class SmallScene:
    """One clip."""

    half: Half
    kind: str
    fault: str
    """"none", "melted" or "redrawn"."""
    number: int

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x, y, width and height of the line in the first frame, in pixels."""
        u, v, inside = KINDS[self.kind].surface(self, 0.0)
        ys, xs = np.nonzero((_on_label(_ink(self, 0), u, v) > 0.5) & inside)
        return float(xs.min()), float(ys.min()), float(np.ptp(xs) + 1), float(np.ptp(ys) + 1)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What happens to a line."""

    surface: Callable[[SmallScene, float], tuple[Real, Real, NDArray[np.bool_]]]
    """The label's coordinates at every pixel, from its middle in pixels of the first frame, and where the thing is."""
    covered: bool = False


@dataclass(frozen=True, slots=True)
class _Style:
    """What a half draws with."""

    words: tuple[str, ...]
    faces: tuple[str, ...]
    sizes: tuple[int, ...]
    """Of the fonts, in pixels."""
    inks: tuple[tuple[int, int, int], ...]
    labels: tuple[tuple[int, int, int], ...]
    codec: str
    options: tuple[dict[str, str], ...]
    ground: Callable[[int], Real]
    """Drawn by number, larger than the picture."""
    cover: Callable[[SmallScene, float], tuple[Real, Real]]
    """Coverage by what passes in front, and its shading, at a moment."""


def scenes(half: Half) -> Iterator[SmallScene]:
    """All of a half."""
    for number in range(len(STYLES[half].words)):
        for kind in KINDS:
            yield SmallScene(half, kind, "none", number)
            yield SmallScene(half, kind, ("melted", "redrawn")[number % 2], number)


def write(scene: SmallScene, path: Path) -> None:
    """The clip."""
    style = STYLES[scene.half]
    with av.open(str(path), "w") as file:
        stream = file.add_stream(style.codec, rate=RATE, options=style.options[scene.number % len(style.options)])
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        stream.thread_count = 1
        for picture in pictures(scene):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(stream.encode())


def pictures(scene: SmallScene) -> Iterator[NDArray[np.uint8]]:
    """The frames, RGB."""
    ground, art, rng = STYLES[scene.half].ground(scene.number), _label(scene), np.random.default_rng(scene.number)
    blurred, sharper = rng.uniform(0.75, 1.0), rng.uniform(0.4, 1.0)
    for index in range(FRAMES):
        at = index / (FRAMES - 1)
        exposed = [
            _moment(scene, index, ground, art, (index + 0.6 * part / _BESIDE) / (FRAMES - 1)) for part in range(_BESIDE)
        ]
        soft = cv2.GaussianBlur(np.mean(exposed, axis=0, dtype=np.float32), (0, 0), blurred - 0.25 * at)
        shown = soft + at * sharper * (soft - cv2.GaussianBlur(soft, (0, 0), 1.4))
        noise = np.random.default_rng(index).normal(0, 1.5, shown.shape)
        yield np.clip(shown + noise, 0, 255).astype(np.uint8)


def _moment(scene: SmallScene, index: int, ground: Real, art: Real, at: float) -> Real:
    """What the camera sees at one moment, `at` 0..1 of the clip."""
    style, kind = STYLES[scene.half], KINDS[scene.kind]
    u, v, inside = kind.surface(scene, at)
    wide = float(np.hypot(*np.gradient(u)).min())
    around = cv2.warpAffine(ground, _ground_motion(scene, at), (_WIDTH, _HEIGHT), flags=cv2.INTER_LINEAR)
    du, dv = _shimmer(scene, index)
    cover = _on_label(cv2.GaussianBlur(_ink(scene, index), (0, 0), 0.45 * _FINE * wide), u + du, v + dv)[..., None]
    label = _on_label(art, u, v)
    colour = np.array(style.inks[scene.number % len(style.inks)], np.float32)
    body = label * (1 - cover) + colour * cover
    if scene.kind.startswith("can"):
        body = _lit(scene, body, u, at)
    shown = np.where(inside[..., None], body, around)
    if kind.covered:
        mask, shade = style.cover(scene, at)
        shadow = cv2.GaussianBlur(mask, (0, 0), 9)
        shown = shown * (1 - 0.28 * shadow[..., None])
        shown = shown * (1 - mask[..., None]) + colour * shade[..., None] * mask[..., None]
    return np.asarray(shown, np.float32)


def _lit(scene: SmallScene, body: Real, u: Real, at: float) -> Real:
    """A can in its light: darker to the sides, with a highlight that stands still in the room."""
    angle = u / _RADIUS - _turn(scene, at)
    rng = np.random.default_rng(scene.number + 70)
    place, width, strength = rng.uniform(-0.35, 0.35), rng.uniform(0.06, 0.16), rng.uniform(50, 110)
    shade = 0.45 + 0.55 * np.cos(np.clip(angle, -1.4, 1.4))
    gleam = strength * np.exp(-(((angle - place) / width) ** 2)) + 0.4 * strength * np.exp(
        -(((angle + 0.8) / 0.1) ** 2)
    )
    return np.asarray(body * shade[..., None] + gleam[..., None], np.float32)


# Where things are.

_RADIUS = 105.0
"""Of a can, in pixels of the first frame."""


def _size(scene: SmallScene, at: float) -> float:
    """How much larger than in the first frame the thing is seen."""
    most = (1.35, 1.5, 1.7, 2.1, 2.5)[scene.number % 5]
    if scene.kind.endswith("nearer"):
        return float(1 + (most - 1) * at ** (1.0, 1.4)[scene.number % 2])
    if scene.kind.endswith("away"):
        return float(1 / (1 + (min(most, 1.7) - 1) * at))
    return 1 + 0.06 * at


def _turn(scene: SmallScene, at: float) -> float:
    """Angle that a can has turned by, in radians."""
    most = np.radians(26 if scene.kind == "can turns" else 9) * (1, -1)[scene.number % 2]
    return float(most * (at if scene.number % 3 else np.sin(3.1 * at)))


def _ground_motion(scene: SmallScene, at: float) -> NDArray[np.float64]:
    """Of the ground, which a dolly zoom shrinks while the thing grows."""
    dolly = 1 + (0.35, -0.2, 0.5, 0.0)[scene.number % 4] * at
    scale = 1 / dolly if not scene.kind.endswith("away") else dolly
    shift = np.array([_WIDTH / 2, _HEIGHT / 2]) + _sway(scene, at) * 0.4
    middle = np.array(STYLES[scene.half].ground(scene.number).shape[1::-1]) / 2
    return np.column_stack([np.eye(2) * scale, shift - scale * middle])


def _sway(scene: SmallScene, at: float) -> NDArray[np.float64]:
    """Displacement of the thing in the picture."""
    phase = np.random.default_rng(scene.number + 20).uniform(0, 6.28, 4)
    return np.array(
        [
            16 * at * np.cos(phase[0]) + 2.5 * np.sin(9 * at + phase[1]),
            9 * at * np.sin(phase[2]) + 1.5 * np.sin(12 * at + phase[3]),
        ]
    )


def _rays(scene: SmallScene, at: float) -> tuple[Real, Real]:
    """Pixels around the thing's middle, in pixels of the first frame."""
    y, x = np.mgrid[:_HEIGHT, :_WIDTH].astype(np.float32)
    sway, size = _sway(scene, at), _size(scene, at)
    roll = np.radians(2.5) * np.sin(3 * at + scene.number)
    x, y = (x - _WIDTH / 2 - sway[0]) / size, (y - _HEIGHT / 2 - sway[1]) / size
    return (
        np.asarray(np.cos(roll) * x + np.sin(roll) * y, np.float32),
        np.asarray(np.cos(roll) * y - np.sin(roll) * x, np.float32),
    )


def _can(scene: SmallScene, at: float) -> tuple[Real, Real, NDArray[np.bool_]]:
    """A can, looked at a little from above; the nearer, the more its lines bow."""
    x, y = _rays(scene, at)
    far = 5.0 / (1 + 0.5 * (_size(scene, at) - 1))
    slant = x / (_RADIUS * (far - 1))
    # Where a ray from the camera meets a cylinder of radius 1 whose axis is `far` away.
    under = far**2 - (slant**2 + 1) * (far**2 - 1)
    inside = under > 0
    depth = (far - np.sqrt(np.maximum(under, 0))) / (slant**2 + 1)
    angle = np.arctan2(slant * depth, far - depth)
    bow = 0.25 * _RADIUS * (1 - np.cos(angle)) / far * 2.5
    u, v = _RADIUS * (angle + _turn(scene, at)), y * depth / (far - 1) + bow
    return u.astype(np.float32), v.astype(np.float32), inside & (np.abs(v) < 110)


def _sign(scene: SmallScene, at: float) -> tuple[Real, Real, NDArray[np.bool_]]:
    """A board that turns a little."""
    x, y = _rays(scene, at)
    slope = 0.0006 * np.sin(2.5 * at + scene.number)
    near = 1 / (1 - slope * x)
    u, v = x * near * (1 + 0.03 * at), y * near
    return u.astype(np.float32), v.astype(np.float32), (np.abs(u) < 135) & (np.abs(v) < 55)


KINDS: dict[str, _Kind] = {
    "sign nearer": _Kind(_sign),
    "can nearer": _Kind(_can),
    "can away": _Kind(_can),
    "can turns": _Kind(_can),
    "sign covered": _Kind(_sign, covered=True),
    "can covered": _Kind(_can, covered=True),
}


# What is printed.


@functools.cache
def _letters(scene_words: tuple[str, str, int]) -> Real:
    """Coverage of a label by a line of text; which is the text, the font's file and its size in pixels."""
    text, file, size = scene_words
    sheet = Image.new("L", (_SHEET[0] * _FINE, _SHEET[1] * _FINE))
    face = ImageFont.truetype(str(folder("fonts") / file), size * _FINE)
    ImageDraw.Draw(sheet).text((sheet.width / 2, sheet.height / 2), text, fill=255, font=face, anchor="mm")
    return np.asarray(sheet, np.float32) / 255


def _ink(scene: SmallScene, index: int) -> Real:
    style, number = STYLES[scene.half], scene.number
    size = style.sizes[number % len(style.sizes)]
    ink = _letters((style.words[number], style.faces[number % len(style.faces)], size))
    progress = 0.0 if scene.fault == "none" else float(np.clip((index - ONSET + 1) / RAMP, 0, 1))
    if progress == 0:
        return ink
    if scene.fault == "redrawn":
        other = _letters((style.words[number], style.faces[(number + 1) % len(style.faces)], size))
        return np.asarray((1 - progress) * ink + progress * other, np.float32)
    across, down = _field(number, 0.3 * size * _FINE, (ink.shape[1], ink.shape[0]))
    most = 0.1 * size * _FINE * progress
    x, y = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in ink.shape[::-1]))
    run = cv2.remap(ink, x + most * across, y + most * down, cv2.INTER_LINEAR)
    return np.asarray(np.clip((cv2.GaussianBlur(run, (0, 0), 2.0) - 0.3) / 0.4, 0, 1), np.float32)


@functools.cache
def _field(seed: int, wide: float, size: tuple[int, int]) -> tuple[Real, Real]:
    """A smooth random displacement, 1 in the root mean square."""
    noise = np.random.default_rng(seed).normal(0, 1, (2, size[1], size[0])).astype(np.float32)
    across, down = (cv2.GaussianBlur(one, (0, 0), wide) for one in noise)
    return across / across.std(), down / down.std()


def _shimmer(scene: SmallScene, index: int) -> tuple[Real, Real]:
    """By what strokes stray in a frame, in pixels: 0.02 of the font's size, slowly from frame to frame."""
    most = 0.02 * STYLES[scene.half].sizes[scene.number % len(STYLES[scene.half].sizes)]
    fields = [_field(1000 + scene.number + step, 7.0, (_WIDTH, _HEIGHT)) for step in (index // 4, index // 4 + 1)]
    share = index % 4 / 4
    du, dv = ((1 - share) * a + share * b for a, b in zip(*fields, strict=True))
    return most * du, most * dv


@functools.cache
def _label(scene: SmallScene) -> Real:
    """What is printed beside the line: bars, dots and clouds of little contrast."""
    style, rng = STYLES[scene.half], np.random.default_rng(scene.number + 5)
    colour = np.array(style.labels[scene.number % len(style.labels)], np.float32)
    width, height = _SHEET[0] * _FINE, _SHEET[1] * _FINE
    clouds = cv2.resize(rng.normal(0, 1, (40, 105)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    art = colour + 7 * clouds[..., None]
    # A label of many things is followed more firmly than a bare one.
    beside = (0.33, 0.68) if KINDS[scene.kind].covered else (0.1, 0.9)
    for side in (0.22, 0.8):
        top = int(side * height)
        art[top : top + 5 * _FINE] = 0.5 * colour + 60
    for _ in range(90 if KINDS[scene.kind].covered else 40):
        at = (int(rng.uniform(0, width)), int(rng.choice(beside) * height + rng.normal(0, 20)))
        cv2.circle(art, at, int(rng.uniform(1.5, 4) * _FINE), tuple((colour + rng.uniform(-60, 60, 3)).tolist()), -1)
    return np.asarray(cv2.GaussianBlur(art, (0, 0), _FINE / 2), np.float32)


def _on_label(sheet: Real, u: Real, v: Real) -> Real:
    x, y = (np.asarray((c + n / 2) * _FINE, np.float32) for c, n in ((u, _SHEET[0]), (v, _SHEET[1])))
    border = cv2.BORDER_REPLICATE if sheet.ndim == 3 else cv2.BORDER_CONSTANT
    return np.asarray(cv2.remap(sheet, x, y, cv2.INTER_LINEAR, borderMode=border), np.float32)


# Grounds and covers.


@functools.cache
def _spots(number: int) -> Real:
    rng = np.random.default_rng(number + 40)
    coarse = (rng.uniform(60, 190, (20, 30, 1)) + rng.uniform(-25, 25, (20, 30, 3))).astype(np.float32)
    fine = rng.normal(0, 12, (160, 240, 1)).astype(np.float32)
    size = (2 * _WIDTH, 2 * _HEIGHT)
    large = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large + cv2.resize(fine, size, interpolation=cv2.INTER_CUBIC)[..., None], np.float32)


@functools.cache
def _room(number: int) -> Real:
    backdrop = Backdrop(kind=("cafe", "street", "tiles", "wood")[number % 4], seed=number, defocus=1.2)
    return np.asarray(255 * draw_backdrop(backdrop, 2 * _WIDTH, 2 * _HEIGHT, scale=1.0), np.float32)


def _passing(scene: SmallScene, at: float) -> float:
    """How far a cover has come in, 0..1: it creeps in, rests, and goes again in two of three clips."""
    came = float(np.clip((at - 0.2) / 0.35, 0, 1))
    gone = float(np.clip((at - 0.7) / 0.2, 0, 1)) if scene.number % 3 else 0.0
    return came - gone + 0.04 * float(np.sin(14 * at)) * (came > 0)


def _sleeve(scene: SmallScene, at: float) -> tuple[Real, Real]:
    """A straight sleeve, from a side or from below, with folds."""
    y, x = np.mgrid[:_HEIGHT, :_WIDTH].astype(np.float32)
    left, top, width, height = scene.box
    sway = _sway(scene, at)
    come = _passing(scene, at)
    if scene.number % 2:
        edge = left + sway[0] - 14 + come * (14 + (0.12, 0.3, 0.5, 0.2)[scene.number // 2 % 4] * width)
        depth = edge - x - 0.35 * (y - top)
    else:
        edge = top + height + sway[1] + 12 - come * (12 + (0.35, 0.6, 0.25, 0.45)[scene.number // 2 % 4] * height)
        depth = y - edge + 0.12 * (x - left - 0.6 * width)
    mask = 1 / (1 + np.exp(-depth / 1.2))
    folds = 0.93 + 0.07 * np.sin(0.11 * x + 0.16 * y + 5 * at)
    return mask.astype(np.float32), folds.astype(np.float32)


def _bag(scene: SmallScene, at: float) -> tuple[Real, Real]:
    """A round thing that comes in from the right or from above, shaded to its edge."""
    y, x = np.mgrid[:_HEIGHT, :_WIDTH].astype(np.float32)
    left, top, width, height = scene.box
    sway, come, radius = _sway(scene, at), _passing(scene, at), 95.0
    if scene.number % 2:
        middle = (left + width + radius + 12 - come * (12 + 0.4 * width) + sway[0], top + 25 + sway[1])
    else:
        middle = (left + 0.35 * width + sway[0], top - radius - 10 + come * (10 + 0.5 * height) + sway[1])
    off = np.hypot(x - middle[0], y - middle[1])
    mask = 1 / (1 + np.exp((off - radius) / 1.6))
    return mask.astype(np.float32), np.clip(1.02 - 0.12 * (off / radius) ** 2, 0, 1).astype(np.float32)


STYLES: dict[Half, _Style] = {
    "tuning": _Style(
        words=("HARBOUR", "CRISPERIA", "MOUNTAIN", "Lemon soda", "BREWERY", "Cold press"),
        faces=("Inter-Bold.otf", "Vollkorn-ExtraBold.ttf", "BebasNeue-Bold.otf"),
        sizes=(16, 14, 20),
        inks=((238, 236, 230), (32, 30, 34), (236, 230, 214), (240, 238, 236)),
        labels=((44, 96, 120), (206, 190, 150), (150, 60, 50), (120, 126, 96)),
        codec="libx264",
        options=({"crf": "28"}, {"crf": "31"}, {"crf": "34"}, {"crf": "29"}),
        ground=_spots,
        cover=_sleeve,
    ),
    "test": _Style(
        words=("FALCON", "Northside", "OLIVERA", "Ginger tea"),
        faces=("LeagueSpartan-ExtraBold.otf", "CourierPrime-Bold.otf", "Comfortaa-Bold.ttf"),
        sizes=(15, 18),
        inks=((28, 40, 36), (246, 240, 220), (240, 240, 244)),
        labels=((196, 186, 190), (66, 60, 110), (40, 110, 80), (140, 96, 60)),
        codec="mpeg4",
        options=tuple({"flags": "+qscale", "global_quality": str(118 * step)} for step in (5, 7, 4)),
        ground=_room,
        cover=_bag,
    ),
}
