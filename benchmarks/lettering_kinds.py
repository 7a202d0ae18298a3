"""Drawn lettering of kinds that a reader does not read: curved, mirrored, emblems, logos, single letters, tiny lines.

Each is drawn on a board of a scene with a moving camera, 480x320 pixels, 40 frames, in three ways: intact, melting from
frame 12 on (strokes run, and stay crisp), and redrawn from there on (the same words in another typeface, mixed in
within eight frames). Fixed seeds. Rules were tuned on the first three words; the fourth is only run for the report.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from overlaycut.resources import folder
from simulator.backdrops import draw_backdrop
from simulator.scene import Backdrop

FRAMES, ONSET, RAMP = 40, 12, 8
_WIDTH, _HEIGHT, _ROOM, _FINE = 480, 320, 40, 3
"""Size of the picture, room around it for the camera, and how much finer ink is drawn."""
_FONTS = ("Inter-Bold.otf", "Vollkorn-ExtraBold.ttf", "BebasNeue-Bold.otf", "DancingScript-Bold.otf")
_WORDS = ("HARBOUR", "Mountain", "CRISPERIA", "Lanterns")
TEST = 3
"""Number of the word that nothing was tuned on."""
_INKS = ((240, 236, 224), (28, 26, 30), (214, 60, 52), (250, 214, 90))
_BOARDS = ((42, 62, 92), (222, 214, 196), (236, 236, 232), (38, 70, 52))
Ink = NDArray[np.float32]
"""Coverage by strokes, 0..1, of the finely drawn board."""


@dataclass(frozen=True, slots=True)
class KindScene:
    """One clip."""

    kind: str
    fault: str
    """"none", "melted" or "redrawn"."""
    number: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x, y, width and height of the lettering in the first frame."""
        ys, xs = np.nonzero(_ink(self.kind, self.number, 0) > 0.5)
        left, top = int(xs.min()) // _FINE, int(ys.min()) // _FINE
        return left, top, int(xs.max()) // _FINE - left + 1, int(ys.max()) // _FINE - top + 1


def scenes() -> Iterator[KindScene]:
    """All of them."""
    for number in range(len(_WORDS)):
        for kind in KINDS:
            for fault in ("none", "melted", "redrawn"):
                yield KindScene(kind, fault, number)


def pictures(scene: KindScene) -> Iterator[NDArray[np.uint8]]:
    """The frames, RGB."""
    size = (_WIDTH + 2 * _ROOM, _HEIGHT + 2 * _ROOM)
    backdrop = Backdrop(kind=("brick", "wood", "cafe", "street")[scene.number], seed=scene.number, defocus=1.5)
    ground = (255 * draw_backdrop(backdrop, *size, scale=1.0)).astype(np.float32)
    board = np.array(_BOARDS[scene.number], np.float32)
    ground[_ROOM + 30 : -_ROOM - 30, _ROOM + 30 : -_ROOM - 30] = board
    colour = np.array(_INKS[scene.number], np.float32)
    for index in range(FRAMES):
        cover = cv2.resize(_stroked(scene, index), (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)[..., None]
        drawn = ground.copy()
        inner = (slice(_ROOM, -_ROOM), slice(_ROOM, -_ROOM))
        drawn[inner] = drawn[inner] * (1 - cover) + colour * cover
        grown, turned = 1 + 0.0012 * index, np.radians(0.06 * index)
        matrix = np.array([[np.cos(turned), -np.sin(turned), 0], [np.sin(turned), np.cos(turned), 0]]) * grown
        matrix[:, 2] = (-_ROOM + 0.4 * index, -_ROOM + 3 * np.sin(index / 7))
        noise = np.random.default_rng(index).normal(0, 1.5, (_HEIGHT, _WIDTH, 3))
        yield np.clip(cv2.warpAffine(drawn, matrix, (_WIDTH, _HEIGHT)) + noise, 0, 255).astype(np.uint8)


def _stroked(scene: KindScene, index: int) -> Ink:
    progress = min(max((index - ONSET + 1) / RAMP, 0.0), 1.0)
    ink = _ink(scene.kind, scene.number, 0)
    if scene.fault == "none" or progress == 0:
        return ink
    if scene.fault == "redrawn":
        mixed = (1 - progress) * ink + progress * _ink(scene.kind, scene.number, 1)
        return np.asarray(mixed, np.float32)
    height = scene.box[3] if scene.kind.endswith("px") or scene.kind == "mirrored" else 40
    across, down = _bend(scene.number, height)
    x, y = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in ink.shape[::-1]))
    run = cv2.remap(ink, x + progress * across, y + progress * down, cv2.INTER_LINEAR)
    return np.asarray(np.clip((cv2.GaussianBlur(run, (0, 0), 1.0) - 0.3) / 0.4, 0, 1), np.float32)


@functools.cache
def _bend(seed: int, height: int) -> tuple[Ink, Ink]:
    """Displacement of strokes, 0.12 of the letters' height in the root mean square."""
    noise = np.random.default_rng(seed).normal(0, 1, (2, _HEIGHT * _FINE, _WIDTH * _FINE)).astype(np.float32)
    soft = [cv2.GaussianBlur(one, (0, 0), 0.25 * height * _FINE) for one in noise]
    across, down = (0.12 * height * _FINE * one / one.std() for one in soft)
    return across, down


@functools.cache
def _ink(kind: str, number: int, typeface: int) -> Ink:
    """The lettering of a kind, in the middle of the picture."""
    sheet = Image.new("L", (_WIDTH * _FINE, _HEIGHT * _FINE))
    KINDS[kind](sheet, _WORDS[number], _FONTS[(number + typeface * 2) % len(_FONTS)])
    return np.asarray(sheet, np.float32) / 255


def _written(sheet: Image.Image, text: str, font: str, size: float, place: tuple[float, float]) -> None:
    """Text with its middle at `place` in picture pixels; `size` is that of the font."""
    face = ImageFont.truetype(str(folder("fonts") / font), size * _FINE)
    at = (place[0] * _FINE, place[1] * _FINE)
    ImageDraw.Draw(sheet).text(at, text, fill=255, font=face, anchor="mm")


def _curved(sheet: Image.Image, text: str, font: str, *, radius: float = 120.0, size: float = 40.0) -> None:
    """Text along an arc around a point below the middle."""
    centre = (_WIDTH / 2, _HEIGHT / 2 + 0.6 * radius)
    for number, letter in enumerate(text):
        angle = (number - (len(text) - 1) / 2) * 0.75 * size / radius
        glyph = Image.new("L", sheet.size)
        _written(glyph, letter, font, size, (centre[0], centre[1] - radius))
        turned = glyph.rotate(-np.degrees(angle), center=(centre[0] * _FINE, centre[1] * _FINE), resample=Image.BICUBIC)
        sheet.paste(255, mask=turned)


def _mirrored(sheet: Image.Image, text: str, font: str) -> None:
    _written(sheet, text, font, 52, (_WIDTH / 2, _HEIGHT / 2))
    sheet.paste(sheet.transpose(Image.FLIP_LEFT_RIGHT))


def _emblem(sheet: Image.Image, text: str, font: str) -> None:
    """A ring with a word along its upper half and a year across it."""
    draw, middle = ImageDraw.Draw(sheet), (_WIDTH / 2, _HEIGHT / 2)
    for radius in (92, 58):
        box = [(middle[i % 2] + (radius if i > 1 else -radius)) * _FINE for i in range(4)]
        draw.ellipse(box, outline=255, width=4 * _FINE)
    for number, letter in enumerate(text):
        angle = (number - (len(text) - 1) / 2) * 0.33
        glyph = Image.new("L", sheet.size)
        _written(glyph, letter, font, 26, (middle[0], middle[1] - 75))
        turned = glyph.rotate(-np.degrees(angle), center=(middle[0] * _FINE, middle[1] * _FINE), resample=Image.BICUBIC)
        sheet.paste(255, mask=turned)
    _written(sheet, "1910", font, 38, middle)


def _logo(sheet: Image.Image, text: str, font: str) -> None:
    """A leaf, an initial in it, and a small word below."""
    draw = ImageDraw.Draw(sheet)
    left, top = (_WIDTH / 2 - 50) * _FINE, (_HEIGHT / 2 - 80) * _FINE
    draw.pieslice([left, top, left + 100 * _FINE, top + 100 * _FINE], 60, 330, fill=255)
    word = Image.new("L", sheet.size)
    _written(word, text[0], font, 60, (_WIDTH / 2 - 14, _HEIGHT / 2 - 30))
    sheet.paste(0, mask=word)
    _written(sheet, text, font, 30, (_WIDTH / 2, _HEIGHT / 2 + 46))


def _letter(sheet: Image.Image, text: str, font: str) -> None:
    _written(sheet, text[0], font, 130, (_WIDTH / 2, _HEIGHT / 2))


def _line(sheet: Image.Image, text: str, font: str, *, size: float) -> None:
    _written(sheet, text, font, size, (_WIDTH / 2, _HEIGHT / 2))


KINDS: dict[str, Callable[[Image.Image, str, str], None]] = {
    "line": functools.partial(_line, size=48),
    "curved": _curved,
    "mirrored": _mirrored,
    "emblem": _emblem,
    "logo": _logo,
    "letter": _letter,
    "8 px": functools.partial(_line, size=11),
    "12 px": functools.partial(_line, size=17),
    "16 px": functools.partial(_line, size=22),
}
"""How each kind is drawn; capitals of the lines named in pixels are about that high."""
