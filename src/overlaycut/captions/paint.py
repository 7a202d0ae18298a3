"""Drawing: the letters, effects, plates and scrims of a cue as sprites."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw

from overlaycut.captions.fonts import EMOJI, EMOJI_STRIKE, OVERSAMPLING, Face, opened_font
from overlaycut.captions.layout import PlacedCue, PlacedLine, PlacedWord
from overlaycut.captions.shaping import TextRun, emoji_drop, emoji_scale
from overlaycut.captions.sprites import Sprite, blank, coloured, composite, tinted
from overlaycut.captions.style import Active, Glow, Style
from overlaycut.core.frame import Alpha, Picture
from overlaycut.core.geometry import Box


class Rectangle(NamedTuple):
    """A rectangle between pixels, in coordinates of the picture."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintParameters:
    """Proportions of plates, scrims and glows, in font sizes unless stated otherwise.

    Chosen by eye; benchmarks/captions_read.py checks that every style is read.
    """

    cap_height: float = 0.72
    """Height of the capitals that plates are centred on."""
    below_baseline: float = 0.10
    """What a plate's content reaches below the baseline: half a descender, so that it looks centred."""
    tall_ink_slack: float = 0.10
    """What the ink of tall scripts may reach beyond a plate's content."""
    finest_blur: float = 3.0
    """Standard deviation in pixels that a blur keeps when it is computed on a smaller picture."""
    scrim_blur: float = 0.22
    """Standard deviation of a scrim's edge."""
    scrim_padding: float = 0.30
    """What a scrim reaches beyond the words before it fades."""
    scrim_radius: float = 0.30
    """Corner radius of a scrim."""
    glow_gain: float = 1.6
    """Factor of the blurred coverage of a glow."""
    glow_core: float = 1 / 3
    """Blur of the inner glow, as a share of the outer one's."""
    glow_opacities: tuple[float, float] = (0.75, 0.9)
    """Opacity of the outer and of the inner glow at strength 1."""


class CuePainter:
    """Draws the parts of one placed cue. Coverage is kept, sprites are the caller's to keep.

    Words are those of its lines themselves, not equal ones: they are looked up by identity.
    """

    def __init__(self, placed: PlacedCue, style: Style, parameters: PaintParameters) -> None:
        self._placed, self._style, self._parameters, self._size = placed, style, parameters, placed.size
        self._covered: dict[tuple[int, float, bool], tuple[Alpha, Box]] = {}
        self._lines = {id(word): line for line in placed.lines for word in line.words}

    def middle(self, word: PlacedWord) -> tuple[float, float]:
        """The centre of a word's transforms: the middle of its ink across, of its capitals upward."""
        baseline = self._line_of(word).baseline
        return (word.ink.left + word.ink.right) / 2, baseline - self._parameters.cap_height / 2 * self._size

    def letters(self, number: int, word: PlacedWord, colour: str, scale: float) -> Sprite:
        """The letters of a word and its emoji, scaled about its middle."""
        coverage, box = self._coverage(number, word, scale, grown=False)
        letters = tinted(coverage, box, colour)
        if not _has_emoji(word):
            return letters
        both = blank(box)
        composite(both, letters, box)
        composite(both, coloured(self._emoji(word, scale, box), box), box)
        return both

    def effects(self, number: int, word: PlacedWord, scale: float) -> Sprite | None:
        """What lies below the letters of all words: glow, shadow, outline; None for a style without them."""
        style, size = self._style, self._size * scale
        if style.outline_width <= 0 and style.shadow_opacity <= 0 and style.glow is None:
            return None
        edge, box = self._coverage(number, word, scale, grown=True)
        ground = blank(box)
        if style.glow is not None:
            self._glow(ground, edge, style.glow, size)
        if style.shadow_opacity > 0:
            cast = self._blurred(edge, style.shadow_blur * size, style.shadow_offset * size)
            composite(ground, tinted(cast, box, style.shadow, opacity=style.shadow_opacity), box)
        if style.outline_width > 0:
            composite(ground, tinted(edge, box, style.outline), box)
        return ground

    def plate(self, word: PlacedWord) -> Sprite:
        """The box behind the spoken word."""
        return self._active_plate(self.plate_rectangle(word))

    def plate_rectangle(self, word: PlacedWord) -> Rectangle:
        """The box behind a word; it is as high on every word of a line."""
        active, size = self._style.active, self._size
        line = self._line_of(word)
        top, bottom = self._content(line.words, line.baseline)
        return Rectangle(
            word.ink.left - active.plate_x * size,
            top - active.plate_y * size,
            word.ink.right + active.plate_x * size,
            bottom + active.plate_y * size,
        )

    def plate_between(self, old: PlacedWord, new: PlacedWord, done: float) -> Sprite:
        """The box at the share `done` (0..1) of its way between two words; it jumps to another line."""
        start, goal = self.plate_rectangle(old), self.plate_rectangle(new)
        if start.top != goal.top:
            start = goal
        left = start.left + (goal.left - start.left) * done
        right = start.right + (goal.right - start.right) * done
        return self._active_plate(Rectangle(left, goal.top, right, goal.bottom))

    def panel(self) -> Sprite | None:
        """The plate behind the whole cue, with its bar; None for a style without it."""
        panel = self._style.panel
        if panel is None:
            return None
        rows = self._rows()
        if panel.each == "block":
            left, right = min(row.left for row in rows), max(row.right for row in rows)
            rows = [Rectangle(left, rows[0].top, right, rows[-1].bottom)]
        pad_x, pad_y = panel.padding_x * self._size, panel.padding_y * self._size
        padded = [Rectangle(r.left - pad_x, r.top - pad_y, r.right + pad_x, r.bottom + pad_y) for r in rows]
        plate = self._plate(padded, panel.colour, panel.opacity, panel.radius)
        if panel.bar is None:
            return plate
        wide = panel.bar_width * self._size
        if self._placed.right_to_left:
            edges = [Rectangle(r.right, r.top, r.right + wide, r.bottom) for r in padded]
        else:
            edges = [Rectangle(r.left - wide, r.top, r.left, r.bottom) for r in padded]
        bar = self._plate(edges, panel.bar, 1.0, 0.0)
        ground = blank(Box.around([plate.box, bar.box]))
        composite(ground, plate, ground.box)
        composite(ground, bar, ground.box)
        return ground

    def scrim(self, colour: str) -> Sprite:
        """A soft plate behind the words of all lines, at full strength."""
        parameters, size = self._parameters, self._size
        pad, blur = parameters.scrim_padding * size, parameters.scrim_blur * size
        rows = [Rectangle(r.left - pad, r.top - pad / 2, r.right + pad, r.bottom + pad / 2) for r in self._rows()]
        box = _around(rows, ceil(3 * blur) + 1)
        coverage = self._blurred(_rounded(rows, box, parameters.scrim_radius * size), blur, 0.0)
        return tinted(coverage, box, colour)

    def _line_of(self, word: PlacedWord) -> PlacedLine:
        return self._lines[id(word)]

    def _rows(self) -> list[Rectangle]:
        """The content of each line, for plates."""
        rows = []
        for line in self._placed.lines:
            top, bottom = self._content(line.words, line.baseline)
            rows.append(Rectangle(line.x, top, line.x + line.width, bottom))
        return rows

    def _content(self, words: Iterable[PlacedWord], baseline: float) -> tuple[float, float]:
        """Top and bottom of what a plate encloses: from font metrics, so that plates do not jump, or tall ink."""
        parameters, size = self._parameters, self._size
        slack = parameters.tall_ink_slack * size
        top = min([baseline - parameters.cap_height * size, *(word.ink.top + slack for word in words)])
        bottom = max([baseline + parameters.below_baseline * size, *(word.ink.bottom - slack for word in words)])
        return top, bottom

    def _active_plate(self, rectangle: Rectangle) -> Sprite:
        active: Active = self._style.active
        assert active.plate is not None
        return self._plate([rectangle], active.plate, 1.0, active.plate_radius)

    def _plate(self, rows: list[Rectangle], colour: str, opacity: float, radius: float) -> Sprite:
        box = _around(rows, 1)
        return tinted(_rounded(rows, box, radius * self._size), box, colour, opacity=opacity)

    def _glow(self, ground: Sprite, edge: Alpha, glow: Glow, size: float) -> None:
        radii = glow.radius, glow.radius * self._parameters.glow_core
        for radius, opacity in zip(radii, self._parameters.glow_opacities, strict=True):
            soft = self._blurred(edge, radius * size, 0.0)
            lit = cv2.convertScaleAbs(soft, alpha=self._parameters.glow_gain).astype(np.uint8, copy=False)
            strength = min(opacity * glow.strength, 1)
            composite(ground, tinted(lit, ground.box, glow.colour, opacity=strength), ground.box)

    def _coverage(self, number: int, word: PlacedWord, scale: float, *, grown: bool) -> tuple[Alpha, Box]:
        """Coverage of a word, with its outline when `grown`, in a box that holds its effects too."""
        key = (number, scale, grown)
        if key not in self._covered:
            style, size = self._style, self._size * scale
            stroke = style.outline_width * size
            room = stroke + 2
            if grown and style.shadow_opacity > 0:
                room += 3 * style.shadow_blur * size + abs(style.shadow_offset) * size
            if grown and style.glow is not None:
                room = max(room, stroke + 3 * style.glow.radius * size)
            x, y = self.middle(word)
            ink = word.ink
            left, right = (x + (edge - x) * scale for edge in (ink.left, ink.right))
            top, bottom = (y + (edge - y) * scale for edge in (ink.top, ink.bottom))
            box = _around([Rectangle(left, top, right, bottom)], ceil(room if grown else 2))
            self._covered[key] = self._drawn(word, scale, box, stroke if grown else 0.0), box
        return self._covered[key]

    def _drawn(self, word: PlacedWord, scale: float, box: Box, stroke: float) -> Alpha:
        image = Image.new("L", (box.w * OVERSAMPLING, box.h * OVERSAMPLING), 0)
        draw = ImageDraw.Draw(image)
        line = self._line_of(word)
        cx, cy = self.middle(word)
        baseline = cy + (line.baseline - cy) * scale
        for run in word.runs:
            x = cx + (line.x + run.x - cx) * scale
            if run.face.path.name == EMOJI:
                continue
            draw.text(
                (round((x - box.x) * OVERSAMPLING), round((baseline - box.y) * OVERSAMPLING)),
                run.text,
                fill=255,
                font=Face(run.face.path, run.face.size * scale).drawn,
                anchor="ls",
                stroke_width=stroke * OVERSAMPLING,
                direction="rtl" if run.right_to_left else "ltr",
                language=run.language,
            )
        coverage = np.asarray(image.reduce(OVERSAMPLING))
        if stroke and _has_emoji(word):
            coverage = np.maximum(coverage, self._emoji(word, scale, box)[..., 3])
        return coverage

    def _emoji(self, word: PlacedWord, scale: float, box: Box) -> Picture:
        """The emoji of a word on transparent ground, straight RGBA that fills `box`."""
        ground = Image.new("RGBA", (box.w, box.h))
        line = self._line_of(word)
        cx, cy = self.middle(word)
        for run in (run for run in word.runs if run.face.path.name == EMOJI):
            size = run.face.size * scale
            x = cx + (line.x + run.x - cx) * scale - box.x
            baseline = cy + (line.baseline - cy) * scale + emoji_drop(size) - box.y
            picture, at = _emoji_picture(run, size, x, baseline)
            ground.alpha_composite(*_clipped(picture, at, ground.size))
        return np.asarray(ground)

    def _blurred(self, edge: Alpha, deviation: float, drop: float) -> Alpha:
        """A shape moved down by `drop` pixels and blurred; a wide blur is computed on a smaller picture."""
        cast = edge
        if drop:
            matrix = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, drop]])
            cast = cv2.warpAffine(cast, matrix, (edge.shape[1], edge.shape[0])).astype(np.uint8, copy=False)
        if deviation <= 0:
            return cast
        times = max(int(deviation / self._parameters.finest_blur), 1)
        if times == 1:
            return cv2.GaussianBlur(cast, (0, 0), deviation).astype(np.uint8, copy=False)
        # Whole blocks, so that the picture is not stretched by a part of a pixel.
        high, wide = -(-cast.shape[0] // times) * times, -(-cast.shape[1] // times) * times
        whole = np.pad(cast, ((0, high - cast.shape[0]), (0, wide - cast.shape[1])))
        small = cv2.resize(whole, (wide // times, high // times), interpolation=cv2.INTER_AREA)
        blurred = cv2.GaussianBlur(small, (0, 0), deviation / times)
        soft = cv2.resize(blurred, (wide, high), interpolation=cv2.INTER_LINEAR)
        return np.ascontiguousarray(soft[: cast.shape[0], : cast.shape[1]]).astype(np.uint8, copy=False)


def _has_emoji(word: PlacedWord) -> bool:
    return any(run.face.path.name == EMOJI for run in word.runs)


def _emoji_picture(run: TextRun, size: float, x: float, baseline: float) -> tuple[Image.Image, tuple[int, int]]:
    """The emoji of a run at a font size, resampled to whole pixels, and the place of its corner.

    x, baseline: the origin of the run, in pixels of the target.
    """
    font = opened_font(run.face.path, EMOJI_STRIKE)
    left, top, right, bottom = font.getbbox(run.text, anchor="ls")
    ratio = emoji_scale(size)
    room = ceil(2 / ratio) + 2  # transparent border for the resampling filter
    strike = Image.new("RGBA", (ceil(right - left) + 2 * room, ceil(bottom - top) + 2 * room))
    origin = (room - left, room - top)
    ImageDraw.Draw(strike).text(origin, run.text, font=font, anchor="ls", embedded_color=True)
    edges = (x - origin[0] * ratio, baseline - origin[1] * ratio)
    first = [ceil(edge) for edge in edges]
    last = [floor(edge + length * ratio) for edge, length in zip(edges, strike.size, strict=True)]
    x0, y0 = ((pixel - edge) / ratio for pixel, edge in zip(first, edges, strict=True))
    x1, y1 = ((pixel - edge) / ratio for pixel, edge in zip(last, edges, strict=True))
    small = strike.convert("RGBa").resize(
        (last[0] - first[0], last[1] - first[1]), Image.Resampling.LANCZOS, (x0, y0, x1, y1)
    )
    return small.convert("RGBA"), (first[0], first[1])


def _clipped(picture: Image.Image, at: tuple[int, int], size: tuple[int, int]) -> tuple[Image.Image, tuple[int, int]]:
    """The part of a picture with its corner at `at` that falls into one of `size`, and its corner there."""
    x, y = max(-at[0], 0), max(-at[1], 0)
    right, bottom = min(picture.width, size[0] - at[0]), min(picture.height, size[1] - at[1])
    return picture.crop((x, y, max(right, x + 1), max(bottom, y + 1))), (at[0] + x, at[1] + y)


def _around(rows: list[Rectangle], room: int) -> Box:
    x, y = floor(min(row.left for row in rows)) - room, floor(min(row.top for row in rows)) - room
    right, bottom = ceil(max(row.right for row in rows)) + room, ceil(max(row.bottom for row in rows)) + room
    return Box(x, y, max(right - x, 1), max(bottom - y, 1)).even()


def _rounded(rows: list[Rectangle], box: Box, radius: float) -> Alpha:
    """Antialiased coverage of rectangles with round corners."""
    columns = np.arange(box.w, dtype=np.float32) + np.float32(box.x + 0.5)
    lines = np.arange(box.h, dtype=np.float32) + np.float32(box.y + 0.5)
    coverage = np.zeros((box.h, box.w), np.float32)
    for left, top, right, bottom in rows:
        corner = max(min(radius, (right - left) / 2, (bottom - top) / 2), 0.5)
        # The signed distance of a pixel's centre from the edge (Quilez, "2D distance functions": rounded box).
        across = np.abs(columns - (left + right) / 2) - ((right - left) / 2 - corner)
        down = np.abs(lines - (top + bottom) / 2) - ((bottom - top) / 2 - corner)
        outside = np.hypot(np.maximum(across, 0)[None, :], np.maximum(down, 0)[:, None])
        distance = outside + np.minimum(np.maximum(across[None, :], down[:, None]), 0) - corner
        np.maximum(coverage, np.clip(0.5 - distance, 0, 1), out=coverage)
    return np.rint(coverage * 255).astype(np.uint8)
