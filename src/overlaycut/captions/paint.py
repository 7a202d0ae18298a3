"""Words, plates and scrims into sprites: the only place where something is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor

import cv2
import numpy as np
from PIL import Image, ImageDraw

from overlaycut.captions.fonts import EMOJI, EMOJI_STRIKE, GRAIN, Face, opened_font
from overlaycut.captions.layout import Placed, PlacedWord
from overlaycut.captions.shaping import emoji_drop, emoji_scale
from overlaycut.captions.sprites import Sprite, blank, coloured, lay, tinted
from overlaycut.captions.style import Style
from overlaycut.core.frame import Alpha, Picture
from overlaycut.core.geometry import Box

Edges = tuple[float, float, float, float]
"""Left, top, right, bottom of a plate in pixels of the picture, parts of a pixel included."""

_CAPITALS = 0.72
"""Height of capitals that plates are centred on, of the font size."""
_BELOW = 0.10
"""How far below the baseline a plate's content reaches, of the font size: half a descender, to look centred."""
_FINE_BLUR = 3.0
"""Pixels of standard deviation that a blur keeps when it is worked out on a smaller picture."""
_SCRIM_SOFT = 0.22
"""Standard deviation of a scrim's edge, of the font size."""
_SCRIM_ROOM = 0.30
"""How far a scrim reaches beyond the words before it fades, of the font size."""


class Brush:
    """Draws the parts of one placed cue; what it draws is the caller's to keep."""

    def __init__(self, placed: Placed, style: Style) -> None:
        self._placed, self._style, self._size = placed, style, placed.size
        self._covered: dict[tuple[int, float, bool], tuple[Alpha, Box]] = {}

    def middle(self, word: PlacedWord) -> tuple[float, float]:
        """What a word grows about: the middle of its ink across, of its capitals upward."""
        baseline = next(line.baseline for line in self._placed.lines if word in line.words)
        return (word.ink.left + word.ink.right) / 2, baseline - _CAPITALS / 2 * self._size

    def face(self, number: int, word: PlacedWord, colour: str, scale: float) -> Sprite:
        """The letters of a word, and its emoji, at a scale about its middle."""
        coverage, box = self._coverage(number, word, scale, grown=False)
        letters = tinted(coverage, box, colour)
        if all(piece.face.path.name != EMOJI for piece in word.pieces):
            return letters
        both = blank(box)
        lay(both, letters, box)
        lay(both, coloured(self._pictures(word, scale, box), box), box)
        return both

    def under(self, number: int, word: PlacedWord, scale: float) -> Sprite | None:
        """What lies below the letters of all words: glow, shadow, outline; None when there is nothing of it."""
        style, size = self._style, self._size * scale
        if style.outline_width <= 0 and style.shadow_opacity <= 0 and style.glow is None:
            return None
        edge, box = self._coverage(number, word, scale, grown=True)
        ground = blank(box)
        if style.glow is not None:
            for radius, strength in ((style.glow.radius, 0.75), (style.glow.radius / 3, 0.9)):
                lit = cv2.convertScaleAbs(_blurred(edge, radius * size, 0.0), alpha=1.6).astype(np.uint8, copy=False)
                lay(
                    ground,
                    tinted(lit, box, style.glow.colour, opacity=min(strength * style.glow.strength, 1)),
                    box,
                )
        if style.shadow_opacity > 0:
            cast = _blurred(edge, style.shadow_blur * size, style.shadow_offset * size)
            lay(ground, tinted(cast, box, style.shadow, opacity=style.shadow_opacity), box)
        if style.outline_width > 0:
            lay(ground, tinted(edge, box, style.outline), box)
        return ground

    def plate(self, word: PlacedWord) -> Sprite:
        """The box behind the word that is being said."""
        active = self._style.active
        assert active.plate is not None
        return self._plate([self.plate_edges(word)], active.plate, 1.0, active.plate_radius)

    def plate_edges(self, word: PlacedWord) -> Edges:
        """Where a word's box lies; a box is as high on every word of a line."""
        active, size = self._style.active, self._size
        line = next(line for line in self._placed.lines if word in line.words)
        top, bottom = self._content(line.words, line.baseline)
        return (
            word.ink.left - active.plate_x * size,
            top - active.plate_y * size,
            word.ink.right + active.plate_x * size,
            bottom + active.plate_y * size,
        )

    def plate_between(self, old: PlacedWord, new: PlacedWord, done: float) -> Sprite:
        """A box on its way (`done` 0..1) from one word to the next; on another line it is the new one's at once."""
        active = self._style.active
        assert active.plate is not None
        start, goal = self.plate_edges(old), self.plate_edges(new)
        if start[1] != goal[1]:
            start = goal
        edges = (
            start[0] + (goal[0] - start[0]) * done,
            goal[1],
            start[2] + (goal[2] - start[2]) * done,
            goal[3],
        )
        return self._plate([edges], active.plate, 1.0, active.plate_radius)

    def panel(self) -> Sprite | None:
        """The plate behind the whole cue."""
        panel = self._style.panel
        if panel is None:
            return None
        rows = self._rows()
        pad_x, pad_y = panel.padding_x * self._size, panel.padding_y * self._size
        if panel.each == "block":
            rows = [(min(r[0] for r in rows), rows[0][1], max(r[2] for r in rows), rows[-1][3])]
        grown = [(left - pad_x, top - pad_y, right + pad_x, bottom + pad_y) for left, top, right, bottom in rows]
        plate = self._plate(grown, panel.colour, panel.opacity, panel.radius)
        if panel.bar is None:
            return plate
        wide = panel.bar_width * self._size
        edge = [
            (right, top, right + wide, bottom) if self._placed.right_to_left else (left - wide, top, left, bottom)
            for left, top, right, bottom in grown
        ]
        bar = self._plate(edge, panel.bar, 1.0, 0.0)
        ground = blank(Box.around([plate.box, bar.box]))
        lay(ground, plate, ground.box)
        lay(ground, bar, ground.box)
        return ground

    def scrim(self, colour: str) -> Sprite:
        """A soft plate behind the words of all lines, at full strength."""
        room, soft = _SCRIM_ROOM * self._size, _SCRIM_SOFT * self._size
        rows = [
            (left - room, top - room / 2, right + room, bottom + room / 2) for left, top, right, bottom in self._rows()
        ]
        box = _around(rows, ceil(3 * soft) + 1)
        coverage = _blurred(_rounded(rows, box, 0.3 * self._size), soft, 0.0)
        return tinted(coverage, box, colour)

    def _rows(self) -> list[Edges]:
        """What each line takes, from the top of its capitals to half a descender, or as far as its ink goes."""
        rows = []
        for line in self._placed.lines:
            top, bottom = self._content(line.words, line.baseline)
            rows.append((line.x, top, line.x + line.width, bottom))
        return rows

    def _content(self, words: Iterable[PlacedWord], baseline: float) -> tuple[float, float]:
        """Top and bottom of what a plate is laid around: metrics, so that plates do not jump, and tall scripts' ink."""
        slack = 0.1 * self._size
        top = min([baseline - _CAPITALS * self._size, *(word.ink.top + slack for word in words)])
        bottom = max([baseline + _BELOW * self._size, *(word.ink.bottom - slack for word in words)])
        return top, bottom

    def _plate(self, rows: list[Edges], colour: str, opacity: float, radius: float) -> Sprite:
        box = _around(rows, 1)
        return tinted(_rounded(rows, box, radius * self._size), box, colour, opacity=opacity)

    def _coverage(self, number: int, word: PlacedWord, scale: float, *, grown: bool) -> tuple[Alpha, Box]:
        """How much of each pixel a word covers, with its outline or without, in a box that holds its shadow too."""
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
            box = _around([(left, top, right, bottom)], ceil(room if grown else 2))
            self._covered[key] = self._drawn(word, scale, box, stroke if grown else 0.0), box
        return self._covered[key]

    def _drawn(self, word: PlacedWord, scale: float, box: Box, stroke: float) -> Alpha:
        image = Image.new("L", (box.w * GRAIN, box.h * GRAIN), 0)
        draw = ImageDraw.Draw(image)
        line = next(line for line in self._placed.lines if word in line.words)
        cx, cy = self.middle(word)
        baseline = cy + (line.baseline - cy) * scale
        for piece in word.pieces:
            x = cx + (line.x + piece.x - cx) * scale
            if piece.face.path.name == EMOJI:
                continue
            draw.text(
                (round((x - box.x) * GRAIN), round((baseline - box.y) * GRAIN)),
                piece.text,
                fill=255,
                font=Face(piece.face.path, piece.face.size * scale).drawn,
                anchor="ls",
                stroke_width=stroke * GRAIN,
                direction="rtl" if piece.right_to_left else "ltr",
                language=piece.language,
            )
        coverage = np.asarray(image.reduce(GRAIN))
        if stroke and any(piece.face.path.name == EMOJI for piece in word.pieces):
            coverage = np.maximum(coverage, self._pictures(word, scale, box)[..., 3])
        return coverage

    def _pictures(self, word: PlacedWord, scale: float, box: Box) -> Picture:
        """The emoji of a word on nothing, as straight RGBA that fills `box`."""
        ground = Image.new("RGBA", (box.w, box.h))
        line = next(line for line in self._placed.lines if word in line.words)
        cx, cy = self.middle(word)
        for piece in (piece for piece in word.pieces if piece.face.path.name == EMOJI):
            size = piece.face.size * scale
            x = cx + (line.x + piece.x - cx) * scale - box.x
            baseline = cy + (line.baseline - cy) * scale + emoji_drop(size) - box.y
            font = opened_font(piece.face.path, EMOJI_STRIKE)
            left, top, right, bottom = font.getbbox(piece.text, anchor="ls")
            ratio = emoji_scale(size)
            room = ceil(2 / ratio) + 2  # so that resampling finds nothing, rather than an edge, around the picture
            wide, high = ceil(right - left) + 2 * room, ceil(bottom - top) + 2 * room
            strike = Image.new("RGBA", (wide, high))
            origin = (room - left, room - top)
            ImageDraw.Draw(strike).text(origin, piece.text, font=font, anchor="ls", embedded_color=True)
            edges = (x - origin[0] * ratio, baseline - origin[1] * ratio)
            first = [ceil(edge) for edge in edges]
            last = [floor(edge + length * ratio) for edge, length in zip(edges, strike.size, strict=True)]
            x0, y0 = ((pixel - edge) / ratio for pixel, edge in zip(first, edges, strict=True))
            x1, y1 = ((pixel - edge) / ratio for pixel, edge in zip(last, edges, strict=True))
            small = strike.convert("RGBa").resize(
                (last[0] - first[0], last[1] - first[1]), Image.Resampling.LANCZOS, (x0, y0, x1, y1)
            )
            ground.alpha_composite(*_clipped(small.convert("RGBA"), first, ground.size))
        return np.asarray(ground)


def _clipped(picture: Image.Image, at: list[int], size: tuple[int, int]) -> tuple[Image.Image, tuple[int, int]]:
    """The part of a picture that falls into another of `size` when its corner lies at `at`, and where that begins."""
    x, y = max(-at[0], 0), max(-at[1], 0)
    right, bottom = min(picture.width, size[0] - at[0]), min(picture.height, size[1] - at[1])
    return picture.crop((x, y, max(right, x + 1), max(bottom, y + 1))), (at[0] + x, at[1] + y)


def _around(rows: list[Edges], room: int) -> Box:
    x, y = floor(min(row[0] for row in rows)) - room, floor(min(row[1] for row in rows)) - room
    right, bottom = ceil(max(row[2] for row in rows)) + room, ceil(max(row[3] for row in rows)) + room
    return Box(x, y, max(right - x, 1), max(bottom - y, 1)).even()


def _rounded(rows: list[Edges], box: Box, radius: float) -> Alpha:
    """How much of each pixel rectangles with round corners cover, to the sixteenth of a pixel."""
    columns = np.arange(box.w, dtype=np.float32) + np.float32(box.x + 0.5)
    lines = np.arange(box.h, dtype=np.float32) + np.float32(box.y + 0.5)
    coverage = np.zeros((box.h, box.w), np.float32)
    for left, top, right, bottom in rows:
        round_off = max(min(radius, (right - left) / 2, (bottom - top) / 2), 0.5)
        # The signed distance of a pixel's centre from the edge (Quilez, "2D distance functions": rounded box).
        across = np.abs(columns - (left + right) / 2) - ((right - left) / 2 - round_off)
        down = np.abs(lines - (top + bottom) / 2) - ((bottom - top) / 2 - round_off)
        outside = np.hypot(np.maximum(across, 0)[None, :], np.maximum(down, 0)[:, None])
        distance = outside + np.minimum(np.maximum(across[None, :], down[:, None]), 0) - round_off
        np.maximum(coverage, np.clip(0.5 - distance, 0, 1), out=coverage)
    return np.rint(coverage * 255).astype(np.uint8)


def _blurred(edge: Alpha, deviation: float, drop: float) -> Alpha:
    """A shape moved down by parts of a pixel and blurred; a wide blur is worked out on a smaller picture."""
    cast = edge
    if drop:
        matrix = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, drop]])
        cast = cv2.warpAffine(cast, matrix, (edge.shape[1], edge.shape[0])).astype(np.uint8, copy=False)
    if deviation <= 0:
        return cast
    times = max(int(deviation / _FINE_BLUR), 1)
    if times == 1:
        return cv2.GaussianBlur(cast, (0, 0), deviation).astype(np.uint8, copy=False)
    # Whole blocks, so that the picture is not stretched by a part of a pixel.
    high, wide = -(-cast.shape[0] // times) * times, -(-cast.shape[1] // times) * times
    whole = np.pad(cast, ((0, high - cast.shape[0]), (0, wide - cast.shape[1])))
    small = cv2.resize(whole, (wide // times, high // times), interpolation=cv2.INTER_AREA)
    soft = cv2.resize(cv2.GaussianBlur(small, (0, 0), deviation / times), (wide, high), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(soft[: cast.shape[0], : cast.shape[1]]).astype(np.uint8, copy=False)
