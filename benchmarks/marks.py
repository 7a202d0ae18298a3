"""Marks by their form, on drawn clips: how many are recognised, and how many signs are taken for one.

Every scene is drawn in five ways, with a word that names no provider in a corner or at the top or bottom edge:

1. mark     put on the picture, while the camera pans, zooms or shakes;
2. locked   on a sign of the scene, in a locked shot;
3. passed   the same, while something that fills half of the picture passes behind it;
4. panned   on a sign that moves with the camera;
5. followed on a thing that the camera follows, so that it stands still and the scene behind it moves.

Tuning and test scenes have other words, backdrops and motions. Fixed seeds.

    PYTHONPATH=src:samples python benchmarks/marks.py [--half tuning|test|both] [--scenes 12]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import get_args

import cv2
import numpy as np

from common import print_environment
from overlaycut.analyse import LetteringAnalyser
from overlaycut.core.facts import ClipFacts, Colour
from overlaycut.core.frame import Frame, Picture
from overlaycut.models import rapid_reader, text_segmenter
from simulator.backdrops import draw_backdrop
from simulator.lettering import ink_mask
from simulator.scene import Backdrop, BackdropKind

_WIDTH, _HEIGHT, _FPS, _FRAMES = 960, 540, 24, 40
_ROOM = 120
"""Pixels by which the drawn scene is larger than the picture on every side."""
_WAYS = ("mark", "locked", "passed", "panned", "followed")
_WORDS = {
    "tuning": ("NOVELLA", "studio nine", "Merrow", "EAST 44", "lanterna", "OKAPI"),
    "test": ("Fathom", "BRIGHTLY", "no. 12", "Corvid Films", "ELMWOOD", "quartz"),
}
_FONTS = {
    "tuning": ("Inter-Bold.otf", "Comfortaa-Bold.ttf", "BebasNeue-Bold.otf"),
    "test": ("LeagueSpartan-ExtraBold.otf", "ComicNeue-Bold.otf", "JetBrainsMono-ExtraBold.ttf"),
}


@dataclass(frozen=True)
class Scene:
    """What is drawn, in pixels of the picture."""

    word: str
    font: str
    size: float
    """Pixels per em."""
    place: tuple[int, int]
    """Top-left of the word."""
    dark: bool
    backdrop: Backdrop
    motion: str
    speed: float
    """Pixels a frame."""


def main() -> None:
    """Print every clip that is judged otherwise than it was drawn, then the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=("tuning", "test", "both"), default="both")
    parser.add_argument("--scenes", type=int, default=12)
    wanted = parser.parse_args()
    print_environment()
    for half in ("tuning", "test") if wanted.half == "both" else (wanted.half,):
        counts = dict.fromkeys(_WAYS, 0)
        for number in range(wanted.scenes):
            scene = drawn_scene(half, number)
            for way in _WAYS:
                found = is_mark(scene, way)
                counts[way] += found
                if found != (way == "mark"):
                    print(f"{half} {number} {way}: {scene.word!r}, {scene.motion}, {scene.backdrop.kind}", flush=True)
        signs = sum(counts[way] for way in _WAYS[1:])
        print(
            f"{half}: marks recognised {counts['mark']} of {wanted.scenes}; signs taken for marks {signs} of "
            f"{4 * wanted.scenes}" + "".join(f", {way} {counts[way]}" for way in _WAYS[1:])
        )


def drawn_scene(half: str, number: int) -> Scene:
    """Scene `number` of a half."""
    rng = np.random.default_rng([("tuning", "test").index(half), number, 14])
    word, font = str(rng.choice(_WORDS[half])), str(rng.choice(_FONTS[half]))
    size = float(rng.uniform(24, 44))
    rows, columns = ink_mask(word, font, size).shape
    left, top = bool(rng.random() < 0.5), bool(rng.random() < 0.4)
    across, down = (int(rng.integers(16, 48)) for _ in range(2))
    place = (across if left else _WIDTH - columns - across, down if top else _HEIGHT - rows - down)
    kind = str(rng.choice(get_args(BackdropKind)))
    colours = [tuple(int(c) for c in rng.integers(40, 210, 3)) for _ in range(2)]
    backdrop = Backdrop(
        kind=kind,
        colour=colours[0],
        accent=colours[1],
        seed=int(rng.integers(1 << 30)),
        defocus=float(rng.choice([0, 1.5])),
    )
    motion = str(rng.choice(("pan", "tilt", "zoom", "shake")))
    return Scene(word, font, size, place, bool(rng.random() < 0.5), backdrop, motion, float(rng.uniform(0.8, 2.4)))


def is_mark(scene: Scene, way: str) -> bool:
    """Whether the word is protected in a scene that is drawn in a way."""
    facts = ClipFacts(
        path=Path("drawn.mp4"), container="mp4", codec="h264", coded_width=_WIDTH, coded_height=_HEIGHT, width=_WIDTH,
        height=_HEIGHT, pix_fmt="yuv420p", bits=8, colour=Colour("bt709", "bt709", "bt709", "tv"), rotation=0,
        pixel_aspect=Fraction(1), tick=Fraction(1, _FPS), rate_in_header=Fraction(_FPS), frames_in_header=_FRAMES,
        duration_in_header=Fraction(_FRAMES, _FPS), audio=None, streams=("video:h264",),
    )  # fmt: skip
    analyser = LetteringAnalyser(rapid_reader(), facts, segmenter=text_segmenter())
    for index, picture in enumerate(pictures(scene, way)):
        analyser.see(Frame.from_rgb(picture, index=index, at=Fraction(index, _FPS), lasts=Fraction(1, _FPS)))
    return any(region.protected for region in analyser.result().regions)


def pictures(scene: Scene, way: str) -> Iterator[Picture]:
    """The frames of a clip."""
    size = (_WIDTH + 2 * _ROOM, _HEIGHT + 2 * _ROOM)
    backdrop = (255 * draw_backdrop(scene.backdrop, *size, scale=1.0)).astype(np.uint8)
    if way in ("locked", "passed", "panned"):
        backdrop = _with_sign(backdrop, scene, (_ROOM, _ROOM), margin=14)
    passing = 255 - cv2.resize(backdrop, (size[0], _HEIGHT // 2))
    for index in range(_FRAMES):
        matrix = _camera(scene, index) if way in ("mark", "panned", "followed") else _camera(scene, 0)
        picture = cv2.warpAffine(backdrop, matrix, (_WIDTH, _HEIGHT), flags=cv2.INTER_LINEAR)
        if way == "passed":
            at = int(scene.speed * 3 * index)
            top = 0 if scene.place[1] > _HEIGHT / 2 else _HEIGHT - passing.shape[0]
            picture[top : top + passing.shape[0]] = np.roll(passing, at, axis=1)[:, :_WIDTH]
        if way == "mark":
            picture = _written(picture, scene, (0, 0))
        if way == "followed":
            picture = _with_sign(picture, scene, (0, 0), margin=90)
        noisy = picture + np.random.default_rng(index).normal(0, 2, picture.shape)
        yield noisy.clip(0, 255).astype(np.uint8)


def _camera(scene: Scene, index: int) -> np.ndarray:
    """The map from the drawn scene to the picture."""
    far = scene.speed * index
    grown = 1.0
    across = down = 0.0
    if scene.motion == "pan":
        across = far
    elif scene.motion == "tilt":
        down = far
    elif scene.motion == "zoom":
        grown = 1 + far / _WIDTH * 2
    else:
        across, down = 12 * np.sin(0.7 * index * scene.speed), 9 * np.sin(0.9 * index * scene.speed + 1)
    centre = np.array([_WIDTH, _HEIGHT]) / 2
    shift = centre - grown * (centre + _ROOM) + (across, down)
    return np.array([[grown, 0, shift[0]], [0, grown, shift[1]]])


def _with_sign(picture: Picture, scene: Scene, offset: tuple[int, int], *, margin: int) -> Picture:
    rows, columns = ink_mask(scene.word, scene.font, scene.size).shape
    x, y = scene.place[0] + offset[0], scene.place[1] + offset[1]
    shown = picture.copy()
    board = (225, 220, 205) if scene.dark else (30, 45, 60)
    cv2.rectangle(shown, (x - margin, y - margin), (x + columns + margin, y + rows + margin), board, -1)
    return _written(shown, scene, offset)


def _written(picture: Picture, scene: Scene, offset: tuple[int, int]) -> Picture:
    ink = ink_mask(scene.word, scene.font, scene.size)
    x, y = scene.place[0] + offset[0], scene.place[1] + offset[1]
    shown = picture.copy()
    part = shown[y : y + ink.shape[0], x : x + ink.shape[1]]
    cover = (0.85 * ink / 255)[..., None]
    part[:] = (part * (1 - cover) + (25 if scene.dark else 240) * cover).astype(np.uint8)
    return shown


if __name__ == "__main__":
    main()
