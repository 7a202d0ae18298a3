"""Placed cues into pictures: drawn once for each state, as straight-alpha RGBA and as a layer for frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFilter

from overlaycut.captions.fonts import GRAIN, Face
from overlaycut.captions.layout import Placed
from overlaycut.captions.style import Style
from overlaycut.core.frame import Layer, Picture


def painted(placed: Placed, style: Style) -> Layer:
    """The cue as a layer that can be laid over frames."""
    return Layer.from_rgba(painted_rgba(placed, style), x=placed.box.x, y=placed.box.y)


def painted_rgba(placed: Placed, style: Style) -> Picture:
    """The cue as straight-alpha RGBA that fills its box: (box.h, box.w, 4).

    Shadow, outline and fill are laid over one another by their coverage. The colour of a pixel that is half covered
    is the ink's own, and so is that of a pixel without ink, so that no fringe shows on any ground, even when an
    editor scales the picture.
    """
    outline = style.outline_width * placed.size
    fill = _coverage(placed, style, 0.0)
    edge = _coverage(placed, style, outline) if outline > 0 else fill
    layers = [(fill, style.fill)]
    if outline > 0:
        layers.insert(0, (edge, style.outline))
    if style.shadow_opacity > 0:
        layers.insert(0, (_shadow(edge, placed, style), style.shadow))
    outermost = np.array(ImageColor.getrgb(layers[0][1])[:3], dtype=np.float32)
    picture = np.zeros((*fill.shape, 4), dtype=np.float32)  # premultiplied while layers are joined
    for coverage, name in layers:
        ink = np.array([*ImageColor.getrgb(name)[:3], 1.0], dtype=np.float32)
        picture *= 1 - coverage[..., None]
        picture += coverage[..., None] * ink
    alpha = picture[..., 3:]
    colour = np.where(alpha > 0, picture[..., :3] / np.maximum(alpha, 1e-6), outermost)
    straight: Picture = np.rint(np.concatenate([colour, alpha * 255], axis=2)).clip(0, 255).astype(np.uint8)
    return straight


def _coverage(placed: Placed, style: Style, stroke: float) -> NDArray[np.float32]:
    """How much of every pixel of the box the words cover, grown by a round stroke of `stroke` pixels: 0..1."""
    image = Image.new("L", (placed.box.w * GRAIN, placed.box.h * GRAIN), 0)
    draw = ImageDraw.Draw(image)
    font = Face(style.font_file, placed.size).drawn
    for line in placed.lines:
        origin = round((line.x - placed.box.x) * GRAIN), round((line.baseline - placed.box.y) * GRAIN)
        draw.text(origin, line.text, fill=255, font=font, anchor="ls", stroke_width=stroke * GRAIN)
    return np.asarray(image.reduce(GRAIN), dtype=np.float32) * np.float32(1 / 255)


def _shadow(edge: NDArray[np.float32], placed: Placed, style: Style) -> NDArray[np.float32]:
    """The outline's shape, moved down and blurred: 0..style.shadow_opacity."""
    cast = Image.fromarray(np.rint(edge * 255).astype(np.uint8))
    drop = round(style.shadow_offset * placed.size)
    cast = cast.transform(cast.size, Image.Transform.AFFINE, (1, 0, 0, 0, 1, -drop))
    cast = cast.filter(ImageFilter.GaussianBlur(style.shadow_blur * placed.size))
    return np.asarray(cast, dtype=np.float32) * np.float32(style.shadow_opacity / 255)
