"""`styles`: the caption styles, as a list and as a contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from overlaycut.api.boundary import verb
from overlaycut.api.captioning import CaptionLook, laid
from overlaycut.api.file_use import declare
from overlaycut.api.framing import faces_on, in_the_way
from overlaycut.api.inputs import File
from overlaycut.api.plugins import caption_style, installed
from overlaycut.api.results import StyleEntry, StylesReport
from overlaycut.captions import Style, burn_in, load_style, style_names, tokens
from overlaycut.core.cues import Cue, KeepOut, Word
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.errors import UsageError
from overlaycut.media import Scaler, read_still, write_png
from overlaycut.reframe.crop import crop_box
from overlaycut.resources import folder

SAMPLE = "This changed my whole morning"
"""The text of a contact sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetParameters:
    """Layout of a contact sheet of caption styles; docs/pictures/styles.png shows it."""

    tile: tuple[int, int] = (540, 480)
    """Width and height of one style, in pixels."""
    columns: int = 4
    gap: int = 12
    """Pixels between tiles."""
    name_size: float = 0.05
    """Font size of a style's name, as a share of the tile's short side."""
    word_seconds: Fraction = Fraction(1, 2)
    """Duration of each word."""
    spoken_word: int = 4
    """The word, from 1, that is being spoken in the picture; the last where there are fewer."""
    lower: Fraction = Fraction(1, 6)
    """Share of a tile's height by which its crop lies below the middle: heads are above, captions below them."""


@verb
def styles(
    out: File | None = None,
    *,
    names: Sequence[File] = (),
    text: str = SAMPLE,
    ground: File | None = None,
    parameters: SheetParameters = SheetParameters(),
    force: bool = False,
    progress: Progress = no_progress,
) -> StylesReport:
    """The shipped and installed styles, or those that are named (.toml files too); with `out` a contact sheet, a PNG.

    `text` is drawn over `ground` (a picture; None takes a shipped one), clear of large faces, at a moment in its fourth
    word. A file that overlaycut did not write is replaced with `force` alone, an input never.
    """
    chosen = list(map(str, names)) or sorted({*style_names(), *installed("caption_styles")})
    loaded = {name: caption_style(name) for name in chosen}
    if out is not None:
        if Path(out).suffix.lower() != ".png":
            raise UsageError(f"{out}: a sheet is a PNG", hint="-o styles.png")
        still = folder("samples") / "talking-head" / "stills" / "01.png" if ground is None else Path(ground)
        looks = [path for name in chosen for path in CaptionLook(name).files]
        declare(reads=[still, *looks], writes=[Path(out)], force=force)
        moment = (min(parameters.spoken_word, max(len(tokens(text)), 1)) - Fraction(2, 5)) * parameters.word_seconds
        whole = Frame.from_rgb(read_still(still), index=0, at=moment, lasts=Fraction(1, 30))
        cut = crop_box(whole.width, whole.height, *parameters.tile)
        below = replace(cut, y=min(cut.y + round(parameters.lower * cut.h / 2) * 2, whole.height - cut.h))
        tile = Scaler(below, *parameters.tile)(whole)
        taken = in_the_way(faces_on(tile), tile.width, tile.height)
        shown = with_progress(iter(chosen), progress, "draw", len(chosen))
        tiles = [_tile(name, loaded[name], text, tile, taken, parameters) for name in shown]
        write_png(Path(out), _sheet(tiles, parameters))
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


def _tile(
    name: str, style: Style, text: str, ground: Frame, taken: Sequence[KeepOut], parameters: SheetParameters
) -> Picture:
    """One style: its words at the bottom while one of them is spoken, its name at the top."""
    words = tuple(
        Word(token, n * parameters.word_seconds, (n + 1) * parameters.word_seconds)
        for n, token in enumerate(tokens(text))
    )
    cue = Cue(Fraction(0), Fraction(20), text, words)
    width, height = ground.width, ground.height
    inset = round(width / 16)
    safe = Box(inset, inset, width - 2 * inset, height - 2 * inset)
    label = load_style("minimal").model_copy(update={"anchor": "top", "size": parameters.name_size})
    busy = list(taken)
    for look, cues in ((label, (Cue(Fraction(0), Fraction(20), name),)), (style, (cue,))):
        layout = laid(cues, width=width, height=height, style=look, safe=safe, taken=busy)
        busy += [KeepOut(placed.box, placed.cue.start, placed.cue.end, "the name") for placed in layout.cues]
        ground = next(burn_in(layout, look)(iter([ground])))
    return ground.rgb()


def _sheet(tiles: Sequence[Picture], parameters: SheetParameters) -> Picture:
    height, width = tiles[0].shape[:2]
    gap, columns = parameters.gap, min(parameters.columns, len(tiles))
    rows = -(-len(tiles) // columns)
    sheet = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap, 3), 24, np.uint8)
    for n, tile in enumerate(tiles):
        y, x = gap + n // columns * (height + gap), gap + n % columns * (width + gap)
        sheet[y : y + height, x : x + width] = tile
    return sheet
