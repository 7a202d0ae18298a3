"""Crops of pictures with drawn lettering, and the coverage of every class at every pixel.

A crop is drawn at its native size, where it is blurred and compressed as a video is, and then scaled so that a line of
text is 24 to 64 pixels high, as `overlaycut.models.text_segmentation` does. What is drawn:

text: ten scripts, one to three lines, native line height 10 to 160 pixels; plain, gradient, two-coloured or textured
fill, opacity; outlines (one, two, hollow, blurred), shadows (hard, soft), glows, boxes; rotation and perspective. Half
of the text looks as subtitles do: light letters with a dark outline, shadow, glow or box.
melted lettering: smooth warps, strokes that run together, two words blended into one another, parts that fade out.
surround: photographs and textures, cuttings of photographs, gradients, drawn textures, lines and shapes that are no
lettering, ornaments, wickerwork, fences, windows, leaves; one crop in six has no text.
video: blur, motion blur, sharpening, noise, H.264 at CRF 14 to 36 with 4:2:0 chroma, JPEG.

Labels follow what can be seen. Every stroke, shadow and box carries the contrast with which it stands out from what
lies under it: up to `CLEAR` its pixels are `UNSURE` and count neither way; shadows and boxes below `FAINT` are picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sources import SCRIPTS, Picture, Sources

Floats = NDArray[np.float32]
Rng = np.random.Generator

SIZE = (128, 256)
"""Rows and columns of a training crop."""

SHADOW, BOX, UNSURE = 1, 2, 3
"""Values of `Sample.backing`."""

FAINT, CLEAR = 0.02, 0.047
"""Contrasts, as shares of the range of levels in the channel that differs most: 5 and 12 levels of 8 bits."""

_BLENDING = 0.15
"""Share of lettering in nearly the colour of what lies under it, of that without outlines."""

_TEXTURED = 0.3
"""Share of textures among the photographs, where there are any."""

_SCRIPT_WEIGHTS = {"latin": 10.0, "cyrillic": 2.0, "chinese": 2.0, "japanese": 1.5}
"""How often a script is drawn, relative to the others' 1."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One crop with its ground truth, all (rows, columns)."""

    picture: Picture
    """RGB, (rows, columns, 3)."""
    letter: NDArray[np.uint8]
    """Coverage by the faces of letters, 0..255."""
    outline: NDArray[np.uint8]
    """Coverage by outlines, 0..255; together with `letter` 255 at most."""
    backing: NDArray[np.uint8]
    """What lies under both: 0 the picture, `SHADOW`, `BOX`; `UNSURE` where text hardly shows."""


@dataclass(frozen=True, slots=True)
class Layers:
    """Drawn text before it is laid over a picture, float 0..1, all of one size."""

    colour: Floats
    """RGB times alpha, (rows, columns, 3)."""
    alpha: Floats
    letter: Floats
    outline: Floats
    contrast: Floats
    """Of letters and outlines with what lies under them, times their coverage."""
    shadow: Floats
    """What shadows and glows change."""
    box: Floats
    """What boxes change."""

    def stacked(self) -> Floats:
        """All fields as channels: (rows, columns, 9)."""
        channels = np.empty((*self.alpha.shape, 9), dtype=np.float32)
        channels[..., :3] = self.colour
        for at, layer in enumerate((self.alpha, self.letter, self.outline, self.contrast, self.shadow, self.box), 3):
            channels[..., at] = layer
        return channels

    @classmethod
    def unstacked(cls, channels: Floats) -> Layers:
        """The reverse of `stacked`."""
        return cls(channels[..., :3], *(channels[..., at] for at in range(3, 9)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How text is drawn; lengths are shares of the line height."""

    fill: Floats
    """Two colours, top and bottom, or left and right of `split`, (2, 3)."""
    split: float | None
    """Share of the crop's columns at which the fill changes, as in karaoke."""
    texture: Floats | None
    """A picture to fill the letters with instead, (rows, columns, 3)."""
    outlines: tuple[tuple[float, Floats], ...]
    """Width and colour of each, the inner one first."""
    hollow: bool
    blur: float
    """Spread of the outlines' blur (of the letters', without outlines)."""
    shadow: tuple[float, float, float, float, Floats] | None
    """Offset right and down, spread, opacity, colour."""
    glow: tuple[float, float, Floats] | None
    """Spread, opacity, colour."""
    box: tuple[float, float, float, Floats] | None
    """Padding, corner radius, opacity, colour."""
    opacity: float


def draw(
    rng: Rng, sources: Sources, size: tuple[int, int] = SIZE, *, bare: float = 1 / 6, ornaments: float = 0.15
) -> Sample:
    """One crop. bare, ornaments: shares of crops without text, and of crops with ornaments, fences, leaves."""
    native = float(np.exp(rng.uniform(np.log(10), np.log(160))))
    shown = float(np.clip(native, 24, 64) * np.exp(rng.uniform(np.log(0.75), np.log(1.35))))
    scale = native / shown
    native_size = _even(size, scale)
    drawn_size = native_size if scale > 1 else size
    empty = rng.random() < bare
    surround = _surround(rng, sources, native_size, photos=0.85 if empty else 0.62, ornaments=ornaments)
    if empty:
        layers = _nothing(size)
        picture = surround
    else:
        line_px = native if scale > 1 else shown
        layers = _text(rng, sources, drawn_size, line_px, surround)
        picture = _laid(rng, surround, layers)
        layers = Layers.unstacked(_resized(layers.stacked(), size))
    picture = _as_video(rng, picture, native)
    how = cv2.INTER_AREA if scale > 1 else (cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR)
    picture = cv2.resize(picture, size[::-1], interpolation=how)
    return _sample(np.asarray(picture, dtype=np.uint8), layers)


def _even(size: tuple[int, int], scale: float) -> tuple[int, int]:
    rows, columns = (max(round(side * scale / 2) * 2, 16) for side in size)
    return rows, columns


def _sample(picture: Picture, layers: Layers) -> Sample:
    covered = np.clip(layers.letter + layers.outline, 0, 1)
    contrast = layers.contrast / np.maximum(covered, 0.05)
    letter = np.clip(layers.letter, 0, 1)
    outline = np.clip(layers.outline, 0, 1 - letter)
    backing = np.where(layers.shadow > CLEAR, SHADOW, np.where(layers.box > CLEAR, BOX, 0))
    faint = np.maximum(layers.shadow, layers.box)
    backing[(faint > FAINT) & (faint <= CLEAR) & (covered < 0.5)] = UNSURE
    backing[(contrast <= CLEAR) & (covered > 0.1)] = UNSURE
    return Sample(
        picture,
        np.rint(letter * 255).astype(np.uint8),
        np.rint(outline * 255).astype(np.uint8),
        backing.astype(np.uint8),
    )


# Surround -------------------------------------------------------------------------------------------------------------


def _surround(rng: Rng, sources: Sources, size: tuple[int, int], photos: float, ornaments: float) -> Floats:
    """What text is laid over: RGB 0..1, (rows, columns, 3). photos, ornaments: shares of them."""
    kind = rng.choice(4, p=(photos, *(np.array((0.45, 0.3, 0.25)) * (1 - photos))))
    if kind == 0:
        textured = bool(sources.textures) and rng.random() < _TEXTURED
        if textured:
            texture = sources.textures[rng.integers(len(sources.textures))]
            canvas = _photo(rng, [np.tile(texture, (2, 3, 1)) if rng.random() < 0.7 else texture], size)
        else:
            canvas = _photo(rng, sources.pictures, size)
    elif kind == 1:
        canvas = _gradient(rng, size)
    elif kind == 2:
        canvas = _texture(rng, size)
    else:
        canvas = _gradient(rng, size) + 0.4 * (_photo(rng, sources.pictures, size) - 0.5)
    if rng.random() < 0.2:
        canvas = _cuttings(rng, sources, canvas)
    if rng.random() < 0.2:
        canvas = _shapes(rng, canvas)
    if rng.random() < ornaments:
        canvas = ornamented(rng, np.asarray(canvas, dtype=np.float32))
    if rng.random() < 0.25:
        canvas = cv2.GaussianBlur(canvas, (0, 0), float(rng.uniform(0.5, 5)))
    return np.clip(np.asarray(canvas, dtype=np.float32), 0, 1)


def _photo(rng: Rng, pictures: list[Picture], size: tuple[int, int]) -> Floats:
    picture = pictures[rng.integers(len(pictures))]
    rows, columns = size
    largest = min(picture.shape[0] / rows, picture.shape[1] / columns)
    zoom = min(float(np.exp(rng.uniform(np.log(0.5), np.log(4)))), largest)
    height, width = max(int(rows * zoom), 8), max(int(columns * zoom), 8)
    top, left = rng.integers(picture.shape[0] - height + 1), rng.integers(picture.shape[1] - width + 1)
    part = picture[top : top + height, left : left + width]
    part = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA if zoom > 1 else cv2.INTER_CUBIC)
    canvas = part.astype(np.float32) / 255
    if rng.random() < 0.5:
        canvas = canvas[:, ::-1]
    gain = rng.uniform(0.5, 1.3) * rng.uniform(0.85, 1.15, 3)
    canvas = canvas ** rng.uniform(0.7, 1.5) * gain + rng.uniform(-0.1, 0.1)
    if rng.random() < 0.1:
        canvas = np.repeat(canvas.mean(axis=2, keepdims=True), 3, axis=2)
    return np.clip(canvas, 0, 1).astype(np.float32)


def _gradient(rng: Rng, size: tuple[int, int]) -> Floats:
    corners = rng.uniform(0, 1, 3) + rng.normal(0, rng.uniform(0.01, 0.3), (2, 3, 3))
    canvas = cv2.resize(corners.astype(np.float32), size[::-1], interpolation=cv2.INTER_CUBIC)
    return np.clip(canvas, 0, 1)


def _texture(rng: Rng, size: tuple[int, int]) -> Floats:
    """Stripes, checks, or coloured noise at one or several scales."""
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    kind = rng.integers(3)
    if kind == 0:
        angle, period = rng.uniform(0, np.pi), np.exp(rng.uniform(np.log(3), np.log(60)))
        wave = np.sin((columns * np.cos(angle) + rows * np.sin(angle)) * 2 * np.pi / period)
        shares = np.clip(0.5 + wave * rng.uniform(0.5, 8), 0, 1)
    elif kind == 1:
        period = np.exp(rng.uniform(np.log(4), np.log(50)))
        shares = ((rows // period + columns // period) % 2).astype(np.float32)
    else:
        shares = 0.5 + _noise(rng, size, float(np.exp(rng.uniform(0, np.log(40))))) * 0.35
    one, other = rng.uniform(0, 1, (2, 3))
    other = one + (other - one) * rng.uniform(0.1, 1)
    return (one + np.clip(shares, 0, 1)[..., None] * (other - one)).astype(np.float32)


def _noise(rng: Rng, size: tuple[int, int], scale_px: float, channels: int = 1) -> Floats:
    """Smooth noise of standard deviation 1 or a little less, features of `scale_px`."""
    grid = (max(int(size[0] / scale_px), 1) + 2, max(int(size[1] / scale_px), 1) + 2)
    values = rng.normal(0, 1, (*grid, channels)).astype(np.float32)
    smooth = cv2.resize(values, size[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth, dtype=np.float32).reshape(*size, channels).squeeze()


def _cuttings(rng: Rng, sources: Sources, canvas: Floats) -> Floats:
    """Parts of another photograph with hard edges, as things in front of a surround have."""
    size = canvas.shape[:2]
    mask = np.zeros(size, dtype=np.uint8)
    for _ in range(rng.integers(1, 5)):
        middle = rng.uniform(-0.1, 1.1, 2) * size[::-1]
        corners = middle + rng.normal(0, 1, (int(rng.integers(3, 9)), 2)) * size[0] * rng.uniform(0.05, 0.5)
        outline = cv2.convexHull(corners.astype(np.int32)) if rng.random() < 0.6 else corners.astype(np.int32)
        cv2.fillPoly(mask, [outline], 255, cv2.LINE_AA)
    share = (mask.astype(np.float32) / 255)[..., None]
    return canvas * (1 - share) + _photo(rng, sources.pictures, (size[0], size[1])) * share


def _shapes(rng: Rng, canvas: Floats) -> Floats:
    """Straight lines, grids, frames and discs, which are no lettering."""
    canvas = np.ascontiguousarray(canvas)
    rows, columns = canvas.shape[:2]
    for _ in range(rng.integers(1, 8)):
        colour = tuple(float(level) for level in rng.uniform(0, 1, 3))
        width = int(rng.integers(1, max(rows // 16, 3)))
        (x, y), (u, v) = (rng.uniform(-0.3, 1.3, (2, 2)) * (columns, rows)).astype(int).tolist()
        kind = rng.integers(4)
        if kind == 0:
            cv2.line(canvas, (x, y), (u, v), colour, width, cv2.LINE_AA)
        elif kind == 1:
            cv2.rectangle(canvas, (x, y), (u, v), colour, width if rng.random() < 0.6 else -1, cv2.LINE_AA)
        elif kind == 2:
            radius = int(rng.integers(2, max(rows // 2, 4)))
            cv2.circle(canvas, (x, y), radius, colour, width if rng.random() < 0.3 else -1, cv2.LINE_AA)
        else:
            step = int(rng.integers(8, 60))
            for at in range(x % step, columns, step):
                cv2.line(canvas, (at, 0), (at + u % 9 - 4, rows), colour, width, cv2.LINE_AA)
    return canvas


def ornamented(rng: Rng, canvas: Floats) -> Floats:
    """Prints, ornaments, lattices, railings and leaves: strokes as wide as those of letters, and no letters."""
    size = (canvas.shape[0], canvas.shape[1])
    sheet = np.zeros(size, dtype=np.uint8)
    unit = float(np.exp(rng.uniform(np.log(8), np.log(0.7 * size[0] + 8))))
    kind = rng.choice(4, p=(0.4, 0.2, 0.2, 0.2))
    if kind == 0:
        _print_motifs(rng, sheet, unit)
    elif kind == 1:
        _weave(rng, sheet, unit)
    elif kind == 2:
        _fence(rng, sheet, unit)
    else:
        _foliage(rng, sheet, unit)
    if rng.random() < 0.5:
        matrix = _view(rng, size)
        sheet = cv2.warpPerspective(sheet, matrix, size[::-1], borderMode=cv2.BORDER_REFLECT)
    share = (sheet.astype(np.float32) / 255 * np.float32(rng.uniform(0.3, 1)))[..., None]
    colour = rng.uniform(0, 1, 3).astype(np.float32)
    if rng.random() < 0.4:
        rim = cv2.dilate(sheet, np.ones((3, 3), np.uint8), iterations=int(max(unit / 20, 1)))
        canvas = canvas * (1 - (rim.astype(np.float32) / 255)[..., None]) + (
            rng.uniform(0, 1, 3) * (rim.astype(np.float32) / 255)[..., None]
        )
    return np.asarray(canvas * (1 - share) + colour * share, dtype=np.float32)


def _print_motifs(rng: Rng, sheet: NDArray[np.uint8], unit: float) -> None:
    """One to three motifs, repeated in rows, in a frieze, or strewn."""
    motifs = [_motif(rng) for _ in range(rng.integers(1, 4))]
    pitch = unit * rng.uniform(0.9, 1.8, 2)
    width = int(max(unit * rng.uniform(0.04, 0.2), 1))
    strewn, frieze, single = rng.random() < 0.3, rng.random() < 0.4, rng.random() < 0.2
    rows = [sheet.shape[0] * rng.uniform(0.2, 0.8)] if frieze else np.arange(0, sheet.shape[0] + unit, pitch[0])
    for at, y in enumerate(rows):
        columns = [sheet.shape[1] * rng.uniform(0, 1)] if single else np.arange(0, sheet.shape[1] + unit, pitch[1])
        for number, x in enumerate(columns):
            place = np.array([x + (at % 2) * pitch[1] / 2, y])
            angle = 0.0
            if strewn:
                place, angle = place + rng.normal(0, 0.3, 2) * unit, float(rng.uniform(0, 2 * np.pi))
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            for stroke, filled in motifs[(number + at) % len(motifs)]:
                points = (stroke @ turn.T * unit / 2 + place).astype(np.int32)
                if filled:
                    cv2.fillPoly(sheet, [points], 255, cv2.LINE_AA)
                else:
                    cv2.polylines(sheet, [points], False, 255, width, cv2.LINE_AA)


def _motif(rng: Rng) -> list[tuple[NDArray[np.float64], bool]]:
    """Strokes of one ornament within -1..1: spirals, petals, arcs back to back, polygons, zigzags, waves."""
    kind = rng.integers(7)
    t = np.linspace(0, 1, 24)
    if kind == 0:
        turns = rng.uniform(1, 3)
        radius, angle = t**0.8, 2 * np.pi * turns * t
        spiral = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        return [(spiral, False), (spiral * (-1, 1) + (rng.choice((0.0, 1.6)), 0), False)]
    if kind == 1:
        petals = int(rng.integers(3, 9))
        angle = 2 * np.pi * np.linspace(0, 1, 96)
        radius = 0.35 + 0.6 * np.abs(np.cos(petals * angle / 2))
        return [(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), bool(rng.random() < 0.6))]
    if kind == 2:
        angle = np.pi * (0.25 + 1.5 * t)
        arc = np.stack([0.6 * np.cos(angle) + 0.3, np.sin(angle)], axis=1)
        return [(arc, False), (arc * (-1, 1), False)]
    if kind == 3:
        sides = int(rng.integers(3, 9))
        angle = 2 * np.pi * np.arange(sides + 1) / sides + rng.uniform(0, 1)
        shape = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        star = shape * np.where(np.arange(sides + 1) % 2, rng.uniform(0.3, 1), 1)[:, None]
        return [(star, bool(rng.random() < 0.5)), (shape * 0.6, False)]
    if kind == 4:
        return [(np.stack([np.linspace(-1, 1, 9), 0.5 * (-1.0) ** np.arange(9)], axis=1), False)]
    if kind == 5:
        return [(np.stack([2 * t - 1, 0.5 * np.sin(2 * np.pi * t)], axis=1), False)]
    points = rng.uniform(-1, 1, (int(rng.integers(3, 7)), 2))
    return [(points, bool(rng.random() < 0.4)), (points * (-1, 1), bool(rng.random() < 0.4))]


def _weave(rng: Rng, sheet: NDArray[np.uint8], unit: float) -> None:
    """Wickerwork or a lattice: bands of two directions that pass over one another."""
    pitch = max(unit * rng.uniform(0.4, 1), 4)
    rows, columns = np.mgrid[: sheet.shape[0], : sheet.shape[1]].astype(np.float32)
    if rng.random() < 0.5:
        rows, columns = (rows + columns) / 1.4, (rows - columns) / 1.4
    width = rng.uniform(0.2, 0.8)
    across, down = rows / pitch % 1 < width, columns / pitch % 1 < width
    over = (rows // pitch + columns // pitch) % 2 == 0 if rng.random() < 0.6 else np.ones_like(across)
    levels = np.where(across & (over | ~down), 255, 0) + np.where(down & ~(across & over), rng.integers(60, 256), 0)
    sheet[:] = cv2.blur(np.clip(levels, 0, 255).astype(np.uint8), (2, 2))


def _fence(rng: Rng, sheet: NDArray[np.uint8], unit: float) -> None:
    """Bars with knobs, rungs and frames of windows."""
    pitch, width = max(unit * rng.uniform(0.3, 1.2), 4), int(max(unit * rng.uniform(0.05, 0.25), 1))
    top, bottom = sorted(rng.uniform(-0.2, 1.2, 2) * sheet.shape[0])
    windows = rng.random() < 0.4
    for x in np.arange(rng.uniform(0, pitch), sheet.shape[1], pitch):
        if windows:
            high = pitch * rng.uniform(0.9, 1.4)
            for y in np.arange(top % high, sheet.shape[0], high * 1.3):
                corners = (int(x), int(y)), (int(x + pitch * 0.7), int(y + high))
                cv2.rectangle(sheet, *corners, 255, width if rng.random() < 0.8 else -1, cv2.LINE_AA)
        else:
            cv2.line(sheet, (int(x), int(top)), (int(x), int(bottom)), 255, width, cv2.LINE_AA)
            if rng.random() < 0.3:
                cv2.circle(sheet, (int(x), int(top)), 2 * width, 255, -1, cv2.LINE_AA)
    if not windows:
        for y in (top, bottom)[: rng.integers(1, 3)]:
            cv2.line(sheet, (0, int(y)), (sheet.shape[1], int(y)), 255, width, cv2.LINE_AA)


def _foliage(rng: Rng, sheet: NDArray[np.uint8], unit: float) -> None:
    """Twigs with leaves, and strands such as hair or grass."""
    leaves = rng.random() < 0.6
    for _ in range(rng.integers(2, 40)):
        start, angle = rng.uniform(-0.1, 1.1, 2) * sheet.shape[::-1], rng.uniform(0, 2 * np.pi)
        bend, length = rng.normal(0, 1.2), unit * rng.uniform(0.6, 3)
        along = np.linspace(0, 1, 12)
        headings = angle + bend * along
        steps = np.stack([np.cos(headings), np.sin(headings)], axis=1) * length / 12
        points = start + np.cumsum(steps, axis=0)
        cv2.polylines(sheet, [points.astype(np.int32)], False, 255, int(max(unit * 0.06, 1)), cv2.LINE_AA)
        for at in range(0, 12, 2) if leaves else ():
            axes = (int(max(unit * rng.uniform(0.1, 0.3), 1)), int(max(unit * rng.uniform(0.04, 0.14), 1)))
            turn = float(np.degrees(headings[at]) + rng.choice((-50, 50)))
            cv2.ellipse(sheet, points[at].astype(int).tolist(), axes, turn, 0, 360, 255, -1, cv2.LINE_AA)


# Text -----------------------------------------------------------------------------------------------------------------


def _nothing(size: tuple[int, int]) -> Layers:
    return Layers.unstacked(np.zeros((*size, 9), dtype=np.float32))


def _text(rng: Rng, sources: Sources, size: tuple[int, int], line_px: float, surround: Floats) -> Layers:
    """Text as it lies in the crop: drawn, bent, perhaps melted."""
    behind = surround.reshape(-1, 3).mean(axis=0)
    style = _subtitle(rng) if rng.random() < 0.5 else _style(rng, sources, size, behind)
    under = cv2.GaussianBlur(_resized(surround, size), (0, 0), max(0.08 * line_px, 0.5))
    channels = _drawn(rng, sources, line_px, style, under).stacked()
    if rng.random() < 0.07:
        other = _drawn(rng, sources, line_px, style, under).stacked()
        channels = _blended(channels, other, _smooth_share(rng, size, line_px))
    if rng.random() < 0.09:
        share = np.maximum(_smooth_share(rng, size, line_px * 1.5), rng.uniform(0, 0.4))
        channels = _blended(channels, np.zeros_like(channels), share)
    elif rng.random() < 0.05:
        channels = _blended(channels, np.zeros_like(channels), np.full(size, rng.uniform(0.1, 0.9), np.float32))
    return Layers.unstacked(_bent(rng, channels, line_px))


def _smooth_share(rng: Rng, size: tuple[int, int], scale_px: float) -> Floats:
    return np.clip(0.5 + 1.2 * _noise(rng, size, scale_px), 0, 1)


def _blended(one: Floats, other: Floats, share: Floats) -> Floats:
    """A blend of two stacks of channels. Coverage stays, contrast fades, until it is too low for a label."""
    share = share[..., None]
    blend = one * share + other * (1 - share)
    blend[..., 4:6] = np.maximum(one[..., 4:6] * (share > 0), other[..., 4:6] * (share < 1))
    blend[..., 6:] = np.maximum(one[..., 6:] * share, other[..., 6:] * (1 - share))
    return blend


def _subtitle(rng: Rng) -> Style:
    """How subtitles and captions look."""
    kind = rng.choice(("outline", "shadow", "glow", "box", "plain"), p=(0.5, 0.14, 0.1, 0.18, 0.08))
    fill = _light(rng)
    dark = (rng.uniform(0, 0.15) * np.ones(3)).astype(np.float32)
    outlines: tuple[tuple[float, Floats], ...] = ()
    shadow = glow = box = None
    if kind == "outline":
        outlines = ((float(rng.uniform(0.025, 0.13)), dark if rng.random() < 0.8 else _colour(rng)),)
    if kind == "shadow" or (kind == "outline" and rng.random() < 0.5):
        fall = float(rng.uniform(0.02, 0.12))
        spread = 0.0 if rng.random() < 0.55 else float(rng.uniform(0.02, 0.1))
        shade = outlines[0][1] if outlines and rng.random() < 0.4 else dark
        shadow = (fall if rng.random() < 0.85 else 0.0, fall, spread, rng.uniform(0.4, 1), shade)
    if kind == "glow":
        glow = (rng.uniform(0.03, 0.2), rng.uniform(0.4, 1), dark if rng.random() < 0.6 else _colour(rng))
    if kind == "box":
        ground = dark if rng.random() < 0.6 else _colour(rng)
        box = (rng.uniform(0.05, 0.4), rng.uniform(0, 0.4), rng.choice((1.0, rng.uniform(0.4, 0.9))), ground)
        fill = _contrasting(rng, ground, least=0.3)
    dimmed = (kind == "plain" and rng.random() < 0.5) or rng.random() < 0.05
    return Style(
        fill=np.stack([fill, _light(rng)]).astype(np.float32),
        split=float(rng.uniform(0.1, 0.9)) if rng.random() < 0.12 else 1.0,
        texture=None,
        outlines=outlines,
        hollow=False,
        blur=float(rng.uniform(0.005, 0.05)) if rng.random() < 0.2 else 0.0,
        shadow=shadow,
        glow=glow,
        box=box,
        opacity=float(rng.uniform(0.3, 1)) if dimmed else 1.0,
    )


def _light(rng: Rng) -> Floats:
    """White, yellow, or a bright colour."""
    kind = rng.random()
    if kind < 0.6:
        return (rng.uniform(0.85, 1) * np.ones(3)).astype(np.float32)
    if kind < 0.8:
        return rng.uniform((0.85, 0.75, 0), (1, 1, 0.4)).astype(np.float32)
    colour = rng.uniform(0, 1, 3)
    return np.asarray(colour / colour.max() * rng.uniform(0.7, 1), dtype=np.float32)


def _style(rng: Rng, sources: Sources, size: tuple[int, int], behind: Floats) -> Style:
    """Any look, in colours that are seen against what lies under them."""
    box = None
    if rng.random() < 0.2:
        opacity = 1.0 if rng.random() < 0.5 else rng.uniform(0.35, 1)
        box = (rng.uniform(0.05, 0.4), rng.uniform(0, 0.4), opacity, _colour(rng, dark=0.4))
    under = behind if box is None else box[3] * box[2] + behind * (1 - box[2])
    outlines: tuple[tuple[float, Floats], ...] = ()
    if rng.random() < 0.5:
        width = float(np.exp(rng.uniform(np.log(0.02), np.log(0.14))))
        outlines = ((width, _contrasting(rng, under, least=0.1, dark=0.65)),)
        if rng.random() < 0.12:
            outlines += ((width + float(rng.uniform(0.02, 0.1)), _contrasting(rng, under, least=0.1)),)
    shadow = None
    if rng.random() < 0.35:
        spread = 0.0 if rng.random() < 0.4 else float(rng.uniform(0.02, 0.12))
        offsets = rng.uniform((-0.04, -0.02), (0.12, 0.12)).tolist()
        shade = outlines[0][1] if outlines and rng.random() < 0.3 else _contrasting(rng, under, least=0.1, dark=0.8)
        shadow = (*offsets, spread, rng.uniform(0.3, 1), shade)
    glow = None
    if rng.random() < 0.08:
        glow = (rng.uniform(0.05, 0.25), rng.uniform(0.3, 1), _contrasting(rng, under, least=0.2))
    fill = _contrasting(rng, outlines[0][1] if outlines else under, least=0.2 if outlines else 0.15)
    if not outlines and rng.random() < _BLENDING:
        fill = np.clip(under + rng.uniform(0.07, 0.25) * rng.choice((-1.0, 1.0)), 0, 1).astype(np.float32)
    return Style(
        fill=np.stack([fill, _colour(rng) if rng.random() < 0.14 else fill]).astype(np.float32),
        split=None,
        texture=_photo(rng, sources.pictures, size) if outlines and rng.random() < 0.03 else None,
        outlines=outlines,
        hollow=bool(outlines) and rng.random() < 0.06,
        blur=0.0,
        shadow=shadow,
        glow=glow,
        box=box,
        opacity=1.0 if rng.random() < 0.75 else float(rng.uniform(0.4, 1)),
    )


def _colour(rng: Rng, *, dark: float = 0.2) -> Floats:
    """A colour; black or nearly so with the probability `dark`, white in half of the rest."""
    kind = rng.random()
    if kind < dark:
        return (rng.uniform(0, 0.12) * np.ones(3)).astype(np.float32)
    if kind < dark + (1 - dark) / 2:
        return (rng.uniform(0.85, 1) * np.ones(3)).astype(np.float32)
    return rng.uniform(0, 1, 3).astype(np.float32)


def _contrasting(rng: Rng, under: Floats, *, least: float, dark: float = 0.2) -> Floats:
    """A colour that differs from the one below by at least `least` in some channel."""
    for _ in range(6):
        colour = _colour(rng, dark=dark)
        if np.abs(colour - under).max() >= least:
            return colour
    return np.float32(0.95) - np.rint(under).astype(np.float32) * np.float32(0.9)


def _drawn(rng: Rng, sources: Sources, line_px: float, style: Style, under: Floats) -> Layers:
    """Text in a style, upright. under: what it is laid over, smoothed, (rows, columns, 3)."""
    size = (under.shape[0], under.shape[1])
    letter, widths, boxes = _masks(rng, sources, size, line_px, style)
    layers = _nothing(size)
    if style.box is not None:
        _, radius, opacity, colour = style.box
        layers = _backed(layers, _boxes(size, boxes, radius * line_px), colour, opacity, under, "box")
        under = _composed(layers, under)
    layers = _shaded(layers, widths[-1] if widths else letter, line_px, style, under)
    if style.blur:
        widths, letter = (
            ([_blurred(mask, style.blur * line_px) for mask in widths], letter)
            if widths
            else (widths, _blurred(letter, style.blur * line_px))
        )
    outlined = np.zeros(size, dtype=np.float32)
    for (_, colour), mask in zip(reversed(style.outlines), reversed(widths), strict=True):
        ring = np.clip(mask - letter, 0, 1) if style.hollow else mask
        outlined = np.maximum(outlined, _contrast(colour, under) * style.opacity)
        layers = _inked(layers, ring, colour, style.opacity, outlined, "outline")
    if style.hollow:
        return layers
    fill = _fill(style, size)
    seen = np.maximum(_contrast(fill, under) * style.opacity, outlined)
    return _inked(layers, letter, fill, style.opacity, seen, "letter")


def _shaded(layers: Layers, body: Floats, line_px: float, style: Style, under: Floats) -> Layers:
    """The glow and the shadow of letters with their outlines."""
    if style.glow is not None:
        spread, opacity, colour = style.glow
        mask = np.clip(_blurred(body, spread * line_px) * 2, 0, 1)
        layers = _backed(layers, mask, colour, opacity, under, "shadow")
    if style.shadow is not None:
        right, down, spread, opacity, colour = style.shadow
        move = np.float32([[1, 0, right * line_px], [0, 1, down * line_px]])
        moved = cv2.warpAffine(body, move, body.shape[::-1])
        if spread:
            moved = _blurred(moved, spread * line_px)
        layers = _backed(layers, moved, colour, opacity, under, "shadow")
    return layers


def _fill(style: Style, size: tuple[int, int]) -> Floats:
    """The colours of letters, (rows, columns, 3)."""
    if style.texture is not None:
        return style.texture
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    ramp = rows / max(size[0] - 1, 1) if style.split is None else columns > style.split * size[1]
    share = ramp.astype(np.float32)[..., None]
    return style.fill[0] * (1 - share) + style.fill[1] * share


def _blurred(mask: Floats, spread_px: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(spread_px, 0.4)), dtype=np.float32)


def _contrast(colour: Floats, under: Floats) -> Floats:
    """Largest difference of a channel, (rows, columns)."""
    apart = np.abs(colour - under)
    return np.asarray(np.maximum(np.maximum(apart[..., 0], apart[..., 1]), apart[..., 2]), dtype=np.float32)


def _composed(layers: Layers, under: Floats) -> Floats:
    return under * (1 - layers.alpha[..., None]) + layers.colour


def _over(layers: Layers, alpha: Floats, colour: Floats) -> Layers:
    """One more layer on top, without a label."""
    rest = 1 - alpha
    return replace(
        layers,
        colour=layers.colour * rest[..., None] + colour * alpha[..., None],
        alpha=layers.alpha * rest + alpha,
    )


def _backed(layers: Layers, mask: Floats, colour: Floats, opacity: float, under: Floats, label: str) -> Layers:
    """A shadow, a glow or a box on top, and what it changes."""
    alpha = mask * np.float32(opacity)
    change = np.maximum(getattr(layers, label), alpha * _contrast(colour, under))
    return replace(_over(layers, alpha, colour), **{label: change})


def _inked(layers: Layers, mask: Floats, colour: Floats, opacity: float, seen: Floats, label: str) -> Layers:
    """Letters or outlines on top. seen: their contrast."""
    kept = {name: getattr(layers, name) * (1 - mask) for name in ("letter", "outline", "contrast")}
    kept[label] = kept[label] + mask
    kept["contrast"] = kept["contrast"] + mask * seen
    return replace(_over(layers, mask * np.float32(opacity), colour), **kept)


def _boxes(size: tuple[int, int], boxes: list[tuple[int, int, int, int]], radius: float) -> Floats:
    sheet = Image.new("L", size[::-1])
    pen = ImageDraw.Draw(sheet)
    for box in boxes:
        pen.rounded_rectangle(box, radius=min(radius, (box[3] - box[1]) / 2), fill=255)
    return np.asarray(sheet, dtype=np.float32) / 255


def _masks(
    rng: Rng, sources: Sources, size: tuple[int, int], line_px: float, style: Style
) -> tuple[Floats, list[Floats], list[tuple[int, int, int, int]]]:
    """Coverage by letters, by letters with each outline, and the boxes of the lines with their padding."""
    script, font = _font(rng, sources, line_px)
    lines = _lines(rng, script, font, size, line_px)
    pitch = line_px * rng.uniform(1.05, 1.4)
    left = rng.uniform(-0.1, 0.35) * size[1]
    top = rng.uniform(0.15, 0.85) * size[0] - pitch * len(lines) / 2
    align = rng.integers(3)
    block = max(font.getlength(line) for line in lines)
    places: list[tuple[float, float, str]] = []
    boxes: list[tuple[int, int, int, int]] = []
    pad = style.box[0] * line_px if style.box else 0.0
    for at, line in enumerate(lines):
        x0, y0, x1, y1 = font.getbbox(line)
        x = left + (block - (x1 - x0)) * align / 2
        y = top + at * pitch
        places.append((x - x0, y - y0, line))
        if x1 > x0 and y1 > y0:
            boxes.append((int(x - pad), int(y - pad), int(x + x1 - x0 + pad) + 1, int(y + y1 - y0 + pad) + 1))
    if boxes and rng.random() < 0.5:
        boxes = [(*np.min(boxes, axis=0)[:2].tolist(), *np.max(boxes, axis=0)[2:].tolist())]
    letter = _coverage(size, places, font, 0.0)
    if rng.random() < 0.07:
        letter = _molten(letter, line_px * rng.uniform(0.02, 0.07))
        return (
            letter,
            [np.maximum(letter, _molten(_coverage(size, places, font, w * line_px), 1.0)) for w, _ in style.outlines],
            boxes,
        )
    return letter, [_coverage(size, places, font, width * line_px) for width, _ in style.outlines], boxes


def _coverage(
    size: tuple[int, int], places: list[tuple[float, float, str]], font: ImageFont.FreeTypeFont, stroke: float
) -> Floats:
    sheet = Image.new("L", size[::-1])
    pen = ImageDraw.Draw(sheet)
    for x, y, line in places:
        pen.text((x, y), line, fill=255, font=font, stroke_width=stroke)
    return np.asarray(sheet, dtype=np.float32) / 255


def _molten(mask: Floats, spread_px: float) -> Floats:
    """Strokes that run together where they are close, and vanish where they are thin."""
    return 1 / (1 + np.exp(-12 * (cv2.GaussianBlur(mask, (0, 0), max(spread_px, 0.5)) - 0.45)))


def _font(rng: Rng, sources: Sources, line_px: float) -> tuple[str, ImageFont.FreeTypeFont]:
    """A script, and a font in which a line of it is about `line_px` high."""
    scripts = sorted(sources.fonts)
    weights = np.array([_SCRIPT_WEIGHTS.get(script, 1.0) for script in scripts])
    script = scripts[rng.choice(len(scripts), p=weights / weights.sum())]
    path, face = sources.fonts[script][rng.integers(len(sources.fonts[script]))]
    size = line_px * 100 / _height(path, face, script)
    return script, ImageFont.truetype(str(path), max(round(size, 1), 4), index=face)


@cache
def _height(path: Path, face: int, script: str) -> float:
    """Pixels from the highest to the lowest sign of a script at 100 pixels per em."""
    _, top, _, bottom = ImageFont.truetype(str(path), 100, index=face).getbbox(SCRIPTS[script][:60])
    return max(float(bottom - top), 30.0)


def _lines(rng: Rng, script: str, font: ImageFont.FreeTypeFont, size: tuple[int, int], line_px: float) -> list[str]:
    """One to three lines of words that about fill the crop's width."""
    words = SCRIPTS[script].split()
    case = rng.integers(4)
    lines = []
    for _ in range(min(rng.choice((1, 2, 3), p=(0.6, 0.28, 0.12)), max(int(1.6 * size[0] / line_px), 1))):
        wanted, line = rng.uniform(0.3, 1.4) * size[1], ""
        while True:
            word = words[rng.integers(len(words))]
            if script == "latin" and rng.random() < 0.15:
                word = "".join(chr(code) for code in rng.integers(33, 127, rng.integers(1, 8)))
            longer = f"{line} {word}".strip()
            if line and font.getlength(longer) > wanted:
                break
            line = longer
        lines.append(line.upper() if case == 0 else line.title() if case == 1 else line)
    return lines


def _bent(rng: Rng, channels: Floats, line_px: float) -> Floats:
    """Rotated, in perspective, warped as a model melts lettering, or as it is."""
    size = channels.shape[:2]
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    moved = False
    if rng.random() < 0.5:
        matrix = _view(rng, size)
        points = np.stack([columns, rows], axis=-1).reshape(1, -1, 2)
        columns, rows = np.moveaxis(cv2.perspectiveTransform(points, matrix).reshape(*size, 2), -1, 0)
        moved = True
    if rng.random() < 0.2:
        reach = line_px * np.exp(rng.uniform(np.log(0.02), np.log(0.16)))
        field = _noise(rng, size, line_px * rng.uniform(0.3, 1.5), 2) * np.float32(reach)
        columns, rows = columns + field[..., 0], rows + field[..., 1]
        moved = True
    if not moved:
        return channels
    # OpenCV warps at most four channels at once.
    parts = [
        cv2.remap(np.ascontiguousarray(channels[..., at : at + 4]), columns, rows, cv2.INTER_LINEAR)
        for at in range(0, channels.shape[2], 4)
    ]
    return np.dstack(parts)


def _view(rng: Rng, size: tuple[int, int]) -> NDArray[np.float64]:
    """A homography about the crop's middle: a small rotation, now and then a large one, and some perspective."""
    middle = np.array([[1, 0, size[1] / 2], [0, 1, size[0] / 2], [0, 0, 1]])
    angle = np.deg2rad(rng.normal(0, 4) if rng.random() < 0.8 else rng.uniform(-35, 35))
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    lean = np.eye(3)
    if rng.random() < 0.6:
        lean[0, 1] = rng.normal(0, 0.15)
        lean[2, :2] = rng.normal(0, 0.35, 2) / size[1]
    return middle @ turn @ lean @ np.linalg.inv(middle)


# Video ----------------------------------------------------------------------------------------------------------------


def _laid(rng: Rng, surround: Floats, layers: Layers) -> Floats:
    """Text over, or printed into, the picture at its native size."""
    stack = _resized(np.dstack([layers.colour, layers.alpha]), surround.shape[:2])
    colour, alpha = stack[..., :3], stack[..., 3:]
    if rng.random() < 0.12:
        light = cv2.GaussianBlur(surround, (0, 0), max(surround.shape[0] / 8, 1.0))
        colour = colour * np.clip(light / max(float(light.mean()), 0.05), 0.4, 1.6)
    return np.clip(surround * (1 - alpha) + colour, 0, 1)


def _resized(channels: Floats, size: tuple[int, int]) -> Floats:
    if channels.shape[:2] == size:
        return channels
    halves = [
        cv2.resize(np.ascontiguousarray(channels[..., at : at + 4]), size[::-1], interpolation=cv2.INTER_AREA)
        for at in range(0, channels.shape[2], 4)
    ]
    return np.dstack(halves)


def _as_video(rng: Rng, canvas: Floats, line_px: float) -> Picture:
    """Blur, sharpening, noise and compression; small text is blurred less, so that it can be made out."""
    if rng.random() < 0.35:
        canvas = cv2.GaussianBlur(canvas, (0, 0), float(rng.uniform(0.2, np.clip(line_px / 25, 0.3, 2.0))))
    if line_px > 20 and rng.random() < 0.06:
        kernel = np.zeros((7, 7), dtype=np.float32)
        cv2.line(kernel, (3, 3), (int(rng.integers(7)), int(rng.integers(7))), 1.0)
        canvas = cv2.filter2D(canvas, -1, kernel / kernel.sum())
    if rng.random() < 0.15:
        canvas = canvas + rng.uniform(0.3, 1.2) * (canvas - cv2.GaussianBlur(canvas, (0, 0), 1.2))
    if rng.random() < 0.45:
        canvas = canvas + np.float32(rng.uniform(0.003, 0.03)) * rng.standard_normal(canvas.shape, dtype=np.float32)
    picture = np.rint(np.clip(canvas, 0, 1) * 255).astype(np.uint8)
    kind = rng.random()
    if kind < 0.7:
        crf = int(min(rng.triangular(14, 23, 36), 30 if line_px < 16 else 36))
        return h264(picture, crf=crf, frames=1 if rng.random() < 0.6 else 3)
    if kind < 0.82:
        _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 96))])
        return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)
    return picture


def h264(picture: Picture, *, crf: int, frames: int) -> Picture:
    """The picture after H.264, 4:2:0, as the last of a few frames of a still shot that pans by a pixel a frame."""
    rows, columns = picture.shape[:2]
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = columns, rows, "yuv420p", Fraction(1, 25)
    encoder.options = {"crf": str(crf), "preset": "veryfast", "threads": "1", "bf": "0"}
    packets = []
    for at in range(frames):
        shown = np.roll(picture, frames - 1 - at, axis=1)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(shown), format="rgb24")
        frame.pts = at
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    decoder = av.CodecContext.create("h264", "r")
    decoded = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    return np.asarray(decoded[-1].to_ndarray(format="rgb24"), dtype=np.uint8)
