"""Measuring: margins of effects, widths of lines, and the width that a line may take."""

from __future__ import annotations

from functools import cache, lru_cache
from math import ceil
from typing import NamedTuple

from overlaycut.captions.breaks import Width
from overlaycut.captions.fonts import FontStack, font_path
from overlaycut.captions.layout.parameters import LayoutContext
from overlaycut.captions.motion import largest_scale
from overlaycut.captions.shaping import Shaper
from overlaycut.captions.style import Style

_BLUR_REACH = 3
"""Standard deviations after which a Gaussian blur has faded out."""


class Margins(NamedTuple):
    """Whole pixels by which outline, shadow, glow and panel reach beyond the letters."""

    above: int
    side: int
    below: int


def margins(style: Style, size: float) -> Margins:
    """The margins of a style at a font size in pixels."""
    outline = style.outline_width * size
    shadow, drop = outline + _BLUR_REACH * style.shadow_blur * size, style.shadow_offset * size
    if style.shadow_opacity <= 0:
        shadow = drop = 0.0
    glow = outline + _BLUR_REACH * style.glow.radius * size if style.glow is not None else 0.0
    plate_x, plate_y = _plate_margins(style, size)
    return Margins(
        above=ceil(max(outline, shadow - drop, glow, plate_y)) + 1,
        side=ceil(max(outline, shadow, glow, plate_x)) + 1,
        below=ceil(max(outline, shadow + drop, glow, plate_y)) + 1,
    )


def available_width(context: LayoutContext, size: float) -> float:
    """The width that the letters of a line may take at a font size, in pixels."""
    style, safe = context.style, context.safe
    side = margins(style, size).side
    return min(safe.w * style.max_width - 2 * style.outline_width * size, safe.w - 2 * side - 2)


def shaper_at(context: LayoutContext, size: float) -> Shaper:
    """The shaper of the style at a font size; it is shared, so that every word is measured once."""
    style = context.style
    spacing = style.letter_spacing * size, style.word_spacing * size
    return _shared_shaper(style.font, size, *spacing, context.language, style.reveal == "letter")


def width_at(context: LayoutContext, size: float) -> Width:
    """The width of lines at a font size, words at their largest scale. It is proportional to the size."""
    shaper = shaper_at(context, size)
    scale = largest_scale(context.style, context.parameters.motion)
    return cache(lambda line: shaper.width(line, scale=scale))


def _plate_margins(style: Style, size: float) -> tuple[float, float]:
    """Reach of the active word's plate and of the panel, across and upward."""
    x = y = 0.0
    if style.active.plate is not None:
        x, y = style.active.plate_x * size, style.active.plate_y * size
    if style.panel is not None:
        bar = style.panel.bar_width if style.panel.bar is not None else 0.0
        x, y = max(x, (style.panel.padding_x + bar) * size), max(y, style.panel.padding_y * size)
    return x, y


@lru_cache(maxsize=64)
def _shared_shaper(
    font: str, size: float, letter_spacing: float, word_spacing: float, language: str | None, by_letter: bool
) -> Shaper:
    return Shaper(FontStack(font_path(font)), size, letter_spacing, word_spacing, language, by_letter)
