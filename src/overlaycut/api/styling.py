"""`styles`: what looks there are, as a list and as a sheet to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from overlaycut.api.boundary import verb
from overlaycut.api.captioning import laid
from overlaycut.api.framing import faces_on, in_the_way
from overlaycut.api.inputs import File
from overlaycut.api.plugins import caption_style, installed
from overlaycut.api.results import StyleEntry, StylesReport
from overlaycut.captions import Style, burn_in, load_style, style_names, tokens
from overlaycut.core.cues import Cue, KeepOut, Word
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.media import Scaler, read_still, write_png
from overlaycut.reframe.crop import crop_box
from overlaycut.resources import folder

SAMPLE = "This changed my whole morning"
"""What a sheet says in every style."""

_TILE = (540, 480)
_COLUMNS = 4
_GAP = 12
_NAME_SIZE = 0.05
_WORD, _SHOWN = Fraction(1, 2), 4
"""Seconds that a word takes, and which one is well under way when a sheet is drawn, or the last of fewer."""
_LOWER = Fraction(1, 6)
"""Share of a tile by which it is cut below the middle of its picture: heads are above that, and words go below them."""


@verb
def styles(
    out: File | None = None,
    *,
    names: Sequence[File] = (),
    text: str = SAMPLE,
    ground: File | None = None,
    progress: Progress = no_progress,
) -> StylesReport:
    """The shipped styles, or those that are named (.toml files too); with `out` a contact sheet of them, a PNG.

    `text` is drawn over `ground` (a picture; None takes a shipped one) while its fourth word is said, off large faces.
    """
    chosen = list(map(str, names)) or sorted({*style_names(), *installed("caption_styles")})
    loaded = {name: caption_style(name) for name in chosen}
    if out is not None:
        still = folder("samples") / "talking-head" / "stills" / "01.png" if ground is None else Path(ground)
        moment = (min(_SHOWN, max(len(tokens(text)), 1)) - Fraction(2, 5)) * _WORD
        whole = Frame.from_rgb(read_still(still), index=0, at=moment, lasts=Fraction(1, 30))
        cut = crop_box(whole.width, whole.height, *_TILE)
        below = replace(cut, y=min(cut.y + round(_LOWER * cut.h / 2) * 2, whole.height - cut.h))
        tile = Scaler(below, *_TILE)(whole)
        taken = in_the_way(faces_on(tile), tile.width, tile.height)
        shown = with_progress(iter(chosen), progress, "draw", len(chosen))
        tiles = [_tile(name, loaded[name], text, tile, taken) for name in shown]
        write_png(Path(out), _sheet(tiles))
    return StylesReport(
        styles=tuple(
            StyleEntry(
                name=name,
                font=style.font,
                reveal=style.reveal,
                enter=style.enter.move,
                highlights=style.active.changes,
                words_at_once=style.max_words,
                anchor=style.anchor,
            )
            for name, style in loaded.items()
        ),
        sheet=None if out is None else Path(out),
    )


def _tile(name: str, style: Style, text: str, ground: Frame, taken: Sequence[KeepOut]) -> Picture:
    """One style: its words at the bottom while one of them is said, its name at the top."""
    words = tuple(Word(token, n * _WORD, (n + 1) * _WORD) for n, token in enumerate(tokens(text)))
    cue = Cue(Fraction(0), Fraction(20), text, words)
    width, height = ground.width, ground.height
    inset = round(width / 16)
    safe = Box(inset, inset, width - 2 * inset, height - 2 * inset)
    label = load_style("minimal").model_copy(update={"anchor": "top", "size": _NAME_SIZE})
    busy = list(taken)
    for look, cues in ((label, (Cue(Fraction(0), Fraction(20), name),)), (style, (cue,))):
        layout = laid(cues, width=width, height=height, style=look, safe=safe, taken=busy)
        busy += [KeepOut(placed.box, placed.cue.start, placed.cue.end, "the name") for placed in layout.cues]
        ground = next(burn_in(layout, look)(iter([ground])))
    return ground.rgb()


def _sheet(tiles: Sequence[Picture]) -> Picture:
    height, width = tiles[0].shape[:2]
    columns = min(_COLUMNS, len(tiles))
    rows = -(-len(tiles) // columns)
    sheet = np.full((rows * (height + _GAP) + _GAP, columns * (width + _GAP) + _GAP, 3), 24, np.uint8)
    for n, tile in enumerate(tiles):
        y, x = _GAP + n // columns * (height + _GAP), _GAP + n % columns * (width + _GAP)
        sheet[y : y + height, x : x + width] = tile
    return sheet
