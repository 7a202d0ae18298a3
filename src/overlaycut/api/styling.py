"""`styles`: what looks there are, as a list and as a sheet to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from overlaycut.api.captioning import laid
from overlaycut.captions import Style, captions, load_style, style_names, tokens
from overlaycut.core.cues import Cue, Word
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box
from overlaycut.core.progress import Progress, counted, unheard
from overlaycut.media import read_still, write_png
from overlaycut.render import reframed
from overlaycut.resources import folder

SAMPLE = "This changed my whole morning"
"""What a sheet says in every style."""

_TILE = (540, 480)
_COLUMNS = 4
_GAP = 12
_NAME_SIZE = 0.05
_MOMENT = Fraction(13, 10)
"""When a sheet is drawn: words take half a second each, so that the third is well under way."""


def styles(
    out: Path | str | None = None,
    *,
    names: Sequence[str] = (),
    text: str = SAMPLE,
    ground: Path | str | None = None,
    progress: Progress = unheard,
) -> dict[str, Any]:
    """The shipped styles, or those that are named (.toml files too); with `out` a contact sheet of them, a PNG.

    `text` is drawn over `ground` (a picture; None takes a shipped one) while its third word is said.
    """
    chosen = list(names) or list(style_names())
    loaded = {name: load_style(name) for name in chosen}
    if out is not None:
        still = folder("samples") / "talking-head" / "stills" / "01.png" if ground is None else Path(ground)
        whole = Frame.from_rgb(read_still(still), index=0, at=_MOMENT, lasts=Fraction(1, 30))
        cut = reframed(whole.width, whole.height, *_TILE, mode="centre", keep=(), interest=None)
        tile = next(cut(iter([whole])))
        tiles = [_tile(name, loaded[name], text, tile) for name in counted(iter(chosen), progress, "draw", len(chosen))]
        write_png(Path(out), _sheet(tiles))
    return {
        "styles": [
            {
                "name": name,
                "font": style.font,
                "reveal": style.reveal,
                "enter": style.enter.move,
                "highlights": style.active.changes,
                "words_at_once": style.max_words,
                "anchor": style.anchor,
            }
            for name, style in loaded.items()
        ],
        "sheet": None if out is None else str(out),
    }


def _tile(name: str, style: Style, text: str, ground: Frame) -> Picture:
    """One style: its words at the bottom while the third of them is said, its name at the top."""
    said = tokens(text)[: style.max_words]
    shown = text if len(said) == len(tokens(text)) else " ".join(said)
    words = tuple(Word(token, Fraction(n, 2), Fraction(n + 1, 2)) for n, token in enumerate(said))
    cue = Cue(Fraction(0), Fraction(20), shown, words)
    width, height = ground.width, ground.height
    inset = round(width / 16)
    safe = Box(inset, inset, width - 2 * inset, height - 2 * inset)
    whole = style.model_copy(update={"max_words": None})
    label = load_style("minimal").model_copy(update={"anchor": "top", "size": _NAME_SIZE})
    for look, cues in ((whole, (cue,)), (label, (Cue(Fraction(0), Fraction(20), name),))):
        layout = laid(cues, width=width, height=height, style=look, safe=safe)
        ground = next(captions(layout, look)(iter([ground])))
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
