"""Labels of two lines on a card before a textured ground, drawn with their truth: what benchmarks/repair.py restores.

The card leans, turns and nears; the ground moves by itself; both lines or one of them melt from an onset on, and in
half of the clips something passes in front. The halves have nothing in common but the code that draws them:

|  | tuning | test |
|---|---|---|
| faces | shipped with the package | of the system |
| grounds | drawn: clouds, pebbles, boards | photographs of scikit-image |
| motion | sways once, steadily | the same, and a hand-held camera shakes |
| in front | an arm | a dark post |
| x264 | medium, CRF 20 | veryfast, CRF 26 |
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "samples"))

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from skimage import data as photographs

from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Homography, Quad, homography, mapped
from overlaycut.resources import folder as shipped
from simulator import write_clip

RATE = Fraction(24)
Half = Literal["tuning", "test"]
Raster = NDArray[np.float32]

_WORDS = {
    "tuning": (("HARVEST", "BLUE FINCH", "Oak & Iron", "Kindling", "VELVET"), ("small batch", "no. 42", "est. 2011")),
    "test": (("JUNIPER", "SALT ROAD", "Fern Hill", "Copper", "QUINCE"), ("pure & cold", "vol. 3", "hand picked")),
}
_FACES = {
    "tuning": ("Inter-Bold.otf", "BebasNeue-Bold.otf", "Vollkorn-ExtraBold.ttf", "YanoneKaffeesatz-Bold.otf"),
    "test": (
        "dejavu/DejaVuSansCondensed.ttf", "dejavu/DejaVuSerif-Bold.ttf", "liberation/LiberationSans-Regular.ttf",
        "liberation/LiberationSerif-BoldItalic.ttf",
    ),
}  # fmt: skip
_CARDS = ((36, 70, 110), (120, 34, 40), (236, 228, 208), (34, 96, 84), (60, 58, 62))
_SAMPLES = 2
"""Samples per pixel of the card's own picture along each axis."""


@dataclass(frozen=True)
class LabelClip:
    """One drawn clip; everything is a function of the half, the seed and the frame."""

    half: Half
    seed: int
    width: int = 540
    height: int = 960
    frames: int = 40

    @cached_property
    def _rng(self) -> np.random.Generator:
        return np.random.default_rng([self.seed, 5 if self.half == "tuning" else 77])

    @cached_property
    def drawn(self) -> _Drawn:
        """What is drawn."""
        return _Drawn.of(self, self._rng)

    def still(self) -> Picture:
        """The approved picture."""
        return self.drawn.frame(0, melts=False, noisy=False)

    def clip(self, *, melts: bool = True) -> Iterator[Picture]:
        """The frames; without `melts` those of the truth."""
        return (self.drawn.frame(t, melts=melts, noisy=True) for t in range(self.frames))

    def write(self, path: Path, *, melts: bool = True) -> None:
        """Write the clip, or without `melts` its truth, as the half encodes."""
        crf, preset = (20, "medium") if self.half == "tuning" else (26, "veryfast")
        write_clip(path, self.clip(melts=melts), RATE, crf=crf, preset=preset)

    @property
    def words(self) -> tuple[str, str]:
        """What the two lines read."""
        return self.drawn.words

    @property
    def states(self) -> tuple[str, str]:
        """What becomes of them: warped or stable."""
        return self.drawn.states

    def in_still(self, line: int) -> Quad:
        """Where a line is in the approved picture."""
        return Quad.of(mapped(self.drawn.place(0), self.drawn.boxes[line].array()))

    def moved(self, quad: Quad, t: int) -> Quad:
        """Where the card takes a quad of the approved picture by frame `t`."""
        return Quad.of(mapped(self.drawn.place(t) @ np.linalg.inv(self.drawn.place(0)), quad.array()))


@dataclass(frozen=True)
class _Drawn:
    of_clip: LabelClip
    words: tuple[str, str]
    states: tuple[str, str]
    onset: int
    boxes: tuple[Quad, Quad]
    """Of the two lines, on the card."""
    card: Raster
    """Without lettering, (rows, columns, 3), `_SAMPLES` times as large as `size`."""
    coverage: tuple[Raster, Raster]
    """Of the two lines, 0..1."""
    ink: Raster
    size: tuple[int, int]
    ground: Raster
    corners: NDArray[np.float64]
    """Of the card, in frame 0 and at the end: (2, 4, 2)."""
    drift: NDArray[np.float64]
    shake: NDArray[np.float64]
    """Of the camera, in pixels: (frames, 2)."""
    occluded: bool
    bend: tuple[Raster, Raster]

    @classmethod
    def of(cls, clip: LabelClip, rng: np.random.Generator) -> _Drawn:
        large, small = _WORDS[clip.half]
        words = str(rng.choice(large)), str(rng.choice(small))
        across = rng.uniform(0.55, 0.72) * clip.width
        size = round(across), round(across * rng.uniform(0.5, 0.68))
        paper = np.array(_CARDS[rng.integers(len(_CARDS))], np.float32)
        ink = np.array((244, 240, 230) if paper.mean() < 128 else (40, 36, 60), np.float32)
        card = _card(size, paper, ink, rng)
        face = str(rng.choice(_FACES[clip.half]))
        lines = [_line(size, words[0], face, 0.7, 0.4, rng), _line(size, words[1], face, 0.42, 0.72, rng)]
        x, y = rng.uniform(0.06, 0.94, 2) * (clip.width - size[0], 0.8 * (clip.height - size[1]))
        flat = np.array([(0, 0), (size[0], 0), size, (0, size[1])]) + np.array([x, y])
        lean = rng.normal(0, 0.03, (4, 2)) * size[1]
        end = (flat - flat.mean(0)) * rng.uniform(0.95, 1.12) + flat.mean(0) + rng.normal(0, 22, 2)
        moved = end + 1.3 * lean + rng.normal(0, 0.025, (4, 2)) * size[1]
        bends = [cv2.GaussianBlur(rng.normal(0, 1, card.shape[:2]).astype(np.float32), (0, 0), 14) for _ in "xy"]
        return cls(
            of_clip=clip,
            words=words,
            states=("warped", "stable" if rng.random() < 0.25 else "warped"),
            onset=int(rng.integers(10, 18)),
            boxes=(lines[0][1], lines[1][1]),
            card=card,
            coverage=(lines[0][0], lines[1][0]),
            ink=ink,
            size=size,
            ground=_ground(clip, rng),
            corners=np.stack([flat + lean, moved]),
            drift=rng.normal(0, 14, 2),
            shake=_shake(clip, rng),
            occluded=bool(rng.random() < 0.5),
            bend=(bends[0] / bends[0].std(), bends[1] / bends[1].std()),
        )

    def place(self, t: int) -> Homography:
        """From the card to frame `t`."""
        share = t / (self.of_clip.frames - 1)
        sway = 0.15 * np.sin(5 * share)
        corners = self.corners[0] + (self.corners[1] - self.corners[0]) * (share + sway) + self.shake[t]
        w, h = self.size
        return homography(Quad((0, 0), (w, 0), (w, h), (0, h)), Quad.of(corners))

    def frame(self, t: int, *, melts: bool, noisy: bool) -> Picture:
        """One frame."""
        clip = self.of_clip
        share = t / (clip.frames - 1)
        picture = self.card
        for line, covered in enumerate(self.coverage):
            if melts and self.states[line] == "warped" and t >= self.onset:
                covered = self._melted(covered, line, t)
            picture = picture + (self.ink - picture) * covered[..., None]
        where = _indices(self.place(t) @ np.diag([1 / _SAMPLES, 1 / _SAMPLES, 1.0]), 2)
        double = (2 * clip.width, 2 * clip.height)
        laid = cv2.warpPerspective(picture, where, double, flags=cv2.INTER_AREA | cv2.INTER_CUBIC)
        alpha = cv2.warpPerspective(np.ones(picture.shape[:2], np.float32), where, double, flags=cv2.INTER_LINEAR)
        x, y = share * self.drift + self.shake[t] - 40
        shift = _indices(np.array([[1, 0, x], [0, 1, y], [0, 0, 1]]), 2)
        ground = cv2.warpPerspective(self.ground, shift, double, flags=cv2.INTER_LINEAR)
        seen = ground + (laid - ground) * alpha[..., None]
        if self.occluded:
            seen = self._passed(seen, t)
        seen = cv2.resize(seen, (clip.width, clip.height), interpolation=cv2.INTER_AREA) * (1 - 0.1 * share)
        if noisy:
            seen = seen + np.random.default_rng([self.of_clip.seed, t]).normal(0, 1.2, seen.shape)
        return np.clip(np.rint(seen), 0, 255).astype(np.uint8)

    def _melted(self, covered: Raster, line: int, t: int) -> Raster:
        em = self.boxes[line].size[1] * _SAMPLES
        strength = 0.24 * em * min((t - self.onset + 1) / 12, 1)
        y, x = np.indices(covered.shape, np.float32)
        turn = np.float32(0.25 * np.sin(t / 6))
        dx, dy = (np.roll(b, 37 * line, axis=1) for b in self.bend)
        return cv2.remap(covered, x + strength * (dx + turn * dy), y + strength * (dy - turn * dx), cv2.INTER_LINEAR)

    def _passed(self, seen: Raster, t: int) -> Raster:
        """What crosses the card from the left: an arm, or a dark post."""
        rows, columns = seen.shape[:2]
        mask = np.zeros((rows, columns), np.float32)
        middle = self.corners[0].mean(axis=0) * 2
        x = -0.3 * columns + 1.7 * columns * (t / (self.of_clip.frames - 1))
        if self.of_clip.half == "test":
            ends, wide, colour = ((round(x), 0), (round(x + 30), rows)), 70, np.array((44, 50, 58), np.float32)
        else:
            ends = (round(x - 50), round(middle[1] + 380)), (round(x + 90), round(middle[1] - 300))
            wide, colour = 120, np.array((208, 142, 112), np.float32)
        cv2.line(mask, *ends, 1.0, wide, cv2.LINE_AA)
        mask = cv2.GaussianBlur(mask, (0, 0), 2.5)
        y, xs = np.indices((rows, columns), np.float32)
        shade = 16 * np.sin((xs - x) / 23) * np.cos(y / 31)
        return seen + (colour + shade[..., None] - seen) * mask[..., None]


def _card(size: tuple[int, int], paper: Raster, ink: Raster, rng: np.random.Generator) -> Raster:
    columns, rows = (side * _SAMPLES for side in size)
    y, x = np.indices((rows, columns), np.float32)
    card = paper + (14 * (x / columns - 0.5) - 18 * (y / rows - 0.5))[..., None]
    inset, wide = round(rng.uniform(0.02, 0.06) * columns), round(rng.uniform(2, 5) * _SAMPLES / 2)
    if rng.random() < 0.75:
        rim = np.zeros((rows, columns), np.uint8)
        cv2.rectangle(rim, (inset, inset), (columns - inset, rows - inset), 255, wide)
        card = card + (ink - card) * (rim / 255)[..., None]
    return card.astype(np.float32)


def _line(
    size: tuple[int, int], text: str, face: str, most: float, middle: float, rng: np.random.Generator
) -> tuple[Raster, Quad]:
    columns, rows = (side * _SAMPLES for side in size)
    path = shipped("fonts") / face if "/" not in face else Path("/usr/share/fonts/truetype") / face
    em = 100.0
    wide = ImageFont.truetype(path, em).getlength(text)
    em = min(em * rng.uniform(0.8, 1) * most * columns / wide, (0.24 if most > 0.5 else 0.12) * rows)
    plane = Image.new("L", (columns, rows))
    draw, font = ImageDraw.Draw(plane), ImageFont.truetype(path, em)
    place = columns / 2, middle * rows
    draw.text(place, text, font=font, anchor="mm", fill=255)
    left, top, right, bottom = (side / _SAMPLES for side in plane.getbbox() or (0, 0, 1, 1))
    return np.asarray(plane, np.float32) / 255, Quad((left, top), (right, top), (right, bottom), (left, bottom))


def _ground(clip: LabelClip, rng: np.random.Generator) -> Raster:
    rows, columns = clip.height + 80, clip.width + 80
    if clip.half == "test":
        chosen = (photographs.gravel, photographs.grass, photographs.coffee, photographs.brick)[rng.integers(4)]()
        picture = np.repeat(chosen[..., None], 3, axis=2) if chosen.ndim == 2 else chosen
        scale = max(rows / picture.shape[0], columns / picture.shape[1])
        grown = cv2.resize(picture.astype(np.float32), None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        return np.ascontiguousarray(grown[:rows, :columns])
    tone = rng.uniform(60, 170, 3)
    drawn = (_clouds, _pebbles, _boards)[rng.integers(3)](rows, columns, rng)
    return (tone + 22 * drawn[..., None]).astype(np.float32)


def _clouds(rows: int, columns: int, rng: np.random.Generator) -> Raster:
    picture = np.zeros((rows, columns), np.float32)
    for sigma, strength in ((2, 0.6), (5, 1.0), (14, 1.2)):
        octave = cv2.GaussianBlur(rng.normal(0, 1, picture.shape).astype(np.float32), (0, 0), sigma)
        picture += strength * octave / octave.std()
    return np.asarray(np.abs(picture) ** 0.7 * np.sign(picture), np.float32)


def _pebbles(rows: int, columns: int, rng: np.random.Generator) -> Raster:
    """Cells of a Voronoi diagram of random points, each of one tone, with a dark gap."""
    spacing = float(rng.uniform(9, 30))
    middles = np.ones((rows, columns), np.uint8)
    count = int(rows * columns / spacing**2)
    middles[rng.integers(0, rows, count), rng.integers(0, columns, count)] = 0
    away, label = cv2.distanceTransformWithLabels(middles, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    tones = rng.normal(0, 1, int(label.max()) + 1).astype(np.float32)[label]
    return np.asarray(cv2.GaussianBlur(tones - 2.0 * (away / spacing), (0, 0), 1.0), np.float32)


def _boards(rows: int, columns: int, rng: np.random.Generator) -> Raster:
    """Boards across the picture, grained along themselves."""
    wide = int(rng.integers(40, 110))
    grain = cv2.GaussianBlur(rng.normal(0, 1, (rows, columns)).astype(np.float32), (0, 0), sigmaX=40, sigmaY=1.2)
    tones = rng.normal(0, 0.8, rows // wide + 1).astype(np.float32)[np.arange(rows) // wide]
    gaps = np.where(np.arange(rows) % wide < 3, -2.5, 0.0).astype(np.float32)
    return np.asarray(grain / grain.std() + (tones + gaps)[:, None], np.float32)


def _shake(clip: LabelClip, rng: np.random.Generator) -> NDArray[np.float64]:
    """A hand-held camera's, in the test half."""
    steps = rng.normal(0, 1, (clip.frames, 2))
    smooth = cv2.GaussianBlur(steps, (1, 0), sigmaX=1, sigmaY=1.6, borderType=cv2.BORDER_REFLECT)
    return np.asarray((smooth - smooth[0]) * (3.0 if clip.half == "test" else 0.0))


def _indices(matrix: Homography, times: int) -> Homography:
    """The homography from pixel indices of a picture to those of a frame `times` as dense."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    return np.asarray(np.linalg.inv(half) @ np.diag([times, times, 1.0]) @ matrix @ half)
