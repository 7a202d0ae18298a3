"""Blocks: lines on their baselines, and the cue that they make at a place in the picture."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, floor
from typing import NamedTuple

from overlaycut.captions.bidi import runs_right_to_left
from overlaycut.captions.fonts import EMOJI, Face
from overlaycut.captions.layout.fitting import SizedLines
from overlaycut.captions.layout.measure import Margins, margins, shaper_at
from overlaycut.captions.layout.parameters import LayoutContext
from overlaycut.captions.layout.placed import PlacedCue, PlacedLine, PlacedWord
from overlaycut.captions.layout.words import placed_words, word_indices
from overlaycut.captions.motion import largest_scale
from overlaycut.captions.phrases import unspaced
from overlaycut.captions.shaping import ShapedLine, Shaper
from overlaycut.core.cues import Cue
from overlaycut.core.geometry import Box


class TextBlock(NamedTuple):
    """A cue set in lines at one size, not yet placed; heights in pixels."""

    size: float
    lines: tuple[ShapedLine, ...]
    margins: Margins
    first_baseline: int
    """From the top of the block, margins included."""
    leading: int
    """From one baseline to the next."""
    height: int
    """Margins included."""
    right_to_left: bool


def text_block(cue: Cue, context: LayoutContext, fit: SizedLines) -> TextBlock:
    """The lines of a cue on their baselines.

    The height comes from font metrics; ink that reaches beyond them, such as stacked accents, adds to it.
    """
    style, shaper = context.style, shaper_at(context, fit.size)
    right_to_left = runs_right_to_left(cue.text)
    lines = _shaped(cue, context, fit, shaper, right_to_left)
    faces = {run.face for line in lines for run in line.runs if run.face.path.name != EMOJI} | {shaper.face}
    ascent, descent = (max(values) for values in zip(*(face.metrics for face in faces), strict=True))
    leading = _leading(context, shaper, lines, faces - {shaper.face})
    around = margins(style, shaper.size)
    extents = [line.extent for line in lines]
    up = max(ascent, *(-extent.top - leading * n for n, extent in enumerate(extents)))
    down = max(descent, *(extent.bottom - leading * n for n, extent in enumerate(extents[::-1])))
    first = around.above + ceil(up)
    height = first + leading * (len(lines) - 1) + ceil(down) + around.below
    return TextBlock(shaper.size, lines, around, first, leading, height, right_to_left)


def placed_cue(cue: Cue, context: LayoutContext, block: TextBlock, top: int) -> PlacedCue:
    """A cue whose block begins at the row `top`."""
    style, picture, safe = context.style, context.picture, context.safe
    growth = (largest_scale(style, context.parameters.motion) - 1) / 2
    lines: list[PlacedLine] = []
    boxes: list[Box] = []
    for number, line in enumerate(block.lines):
        x, baseline = _line_start(line, context, block), top + block.first_baseline + block.leading * number
        words = placed_words(cue, style, line, x, baseline)
        lines.append(PlacedLine(line.text, x, float(baseline), line.advance, words))
        boxes.extend(_reach_of(word, growth, block.margins) for word in words)
    if style.panel is not None or style.active.plate is not None:
        first, widest = min(line.x for line in lines), max(line.advance for line in block.lines)
        side = block.margins.side
        boxes.append(Box(floor(first) - side, top, ceil(widest) + 2 * side, block.height))
    box = Box.around(boxes).clipped(picture.w, picture.h) or Box(0, 0, 1, 1)
    bounds = safe if safe.overlap(box) == box.area else picture
    return PlacedCue(cue, tuple(lines), block.size, box, bounds, block.right_to_left)


def _shaped(
    cue: Cue, context: LayoutContext, fit: SizedLines, shaper: Shaper, right_to_left: bool
) -> tuple[ShapedLine, ...]:
    indices = word_indices(cue, context.style)
    lines, used = [], 0
    for text in fit.lines:
        own = []
        for character in text:
            own.append(indices[min(used, len(indices) - 1)])
            used += not character.isspace()
        lines.append(shaper.line(text, own, right_to_left=right_to_left))
    return tuple(lines)


def _leading(context: LayoutContext, shaper: Shaper, lines: tuple[ShapedLine, ...], taller: set[Face]) -> int:
    """Whole pixels from one baseline to the next; `taller` are the fonts besides the style's own."""
    leading = context.style.line_spacing * shaper.size
    if not taller:
        return round(leading)
    parameters = context.parameters.leading
    extents = [line.extent for line in lines]
    tallest = max(sum(face.metrics) for face in taller)
    meeting = max((above.bottom - below.top for above, below in pairwise(extents)), default=0.0)
    return ceil(max(leading, min(parameters.tall_scripts * tallest, parameters.loosest * shaper.size), meeting))


def _line_start(line: ShapedLine, context: LayoutContext, block: TextBlock) -> float:
    """The column at which a line begins."""
    safe = context.safe
    if context.style.align == "start":
        inset = block.margins.side + 1
        return safe.right - inset - line.advance if block.right_to_left else float(safe.x + inset)
    if unspaced(line.text[-1:]) and not line.text[-1:].isalnum():
        # A full-width stop is mostly blank: the ink is centred, so that the punctuation hangs.
        return safe.x + (safe.w - line.extent.left - line.extent.right) / 2
    return safe.x + (safe.w - line.advance) / 2


def _reach_of(word: PlacedWord, growth: float, around: Margins) -> Box:
    """The box of a word with its margins, at its largest scale."""
    ink = word.ink
    wide, high = growth * (ink.right - ink.left), growth * (ink.bottom - ink.top)
    left, right = floor(ink.left - wide) - around.side, ceil(ink.right + wide) + around.side
    top, bottom = floor(ink.top - high) - around.above, ceil(ink.bottom + high) + around.below
    return Box(left, top, max(right - left, 1), max(bottom - top, 1))
