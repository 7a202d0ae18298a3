"""Which font a piece of lettering is set in, or which one comes nearest.

Where there is an example that reads right, every candidate sets its words into the example's own place and is compared
with it letter by letter, so that neither its spacing nor one bad letter decides. Where all lettering has melted, only
how heavy it is and how wide can be told.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.captions.fonts import described, font_path, missing_glyphs, opened_font
from overlaycut.captions.typeset import Coverage, Edges, drawn_lines, ink_edges, line_edges, set_lines, typeset
from overlaycut.errors import FontError
from overlaycut.resources import folder

_ENDINGS = frozenset({".otf", ".ttf", ".ttc"})

_ROWS = 64
"""Height, in pixels, to which a line is brought before its letters are compared."""

_MARGIN = 16
"""Pixels around it."""

_INK = 0.5
"""Coverage from which a pixel belongs to a letter."""

_SHIFTS = (-1.0, 0.0, 1.0)
"""Pixels by which a letter may stand higher or lower than the example's."""

_WIDTH_PRICE = 0.3
"""Score that a candidate loses for each unit of the logarithm by which it is stretched, and each em between letters."""

_UNPARTED = 0.9
"""What the overlap of whole lines counts for where letters touch in one and not in the other."""

_ALIKE = 0.5
"""Overlap below which lettering does not read what it should, or is like no font that is there."""

_OWN_PRICE = 0.01
"""Score by which a system's font must be better than one that is shipped: those look alike everywhere."""


@dataclass(frozen=True, slots=True)
class Match:
    """A font, and how well it fits."""

    path: Path
    name: str
    """Family and style, as the font names itself."""
    score: float | None
    """Mean overlap of its letters with the example's, 0..1; None when there was no example to compare with."""


def font_files(*extra: Path) -> tuple[Path, ...]:
    """Fonts to choose from: `extra` files and folders, the shipped ones, those of the system; each file once.

    Raises FontError when one of `extra` is neither a font file nor a folder.
    """
    for place in extra:
        if not place.is_dir() and (not place.is_file() or place.suffix.lower() not in _ENDINGS):
            raise FontError(place, "neither a font file nor a folder", hint="an .otf, .ttf or .ttc file, or a folder")
    places = [*extra, folder("fonts"), *_system_folders()]
    return tuple(dict.fromkeys(path for place in places for path in _fonts_in(place)))


def choose_font(text: str, stood: Coverage, *, reads: str | None, wanted: str | None, fonts: Sequence[Path]) -> Match:
    """The font to set `text` in where `stood` stood.

    stood: the lettering's coverage. reads: what it spells, or None when it can no longer be read. wanted: a font file,
    or the name of a family among `fonts`, which are otherwise all candidates; what the system has counts only where
    there is something to compare it with.
    Raises FontError when no such font is known, and when none has all of the text's glyphs.
    """
    shelf = folder("fonts")
    if wanted is not None:
        fonts = _wanted(wanted, fonts)
    elif reads is None:
        fonts = [path for path in fonts if path.parent == shelf] or fonts
    able = [path for path in fonts if _opens(path) and not missing_glyphs(text + (reads or ""), path)]
    if not able:
        lacking = min((missing_glyphs(text, path) for path in fonts if _opens(path)), key=len, default=tuple(text[:1]))
        named = ", ".join(described(character) for character in lacking[:5])
        where = wanted or "any font that was found"
        raise FontError(where, f"has no glyph for {named or repr(reads)}", hint="name a font file that has it")
    if reads is not None:
        match = best_match(stood, reads, able, own=shelf)
        if (match.score is not None and match.score >= _ALIKE) or len(able) == 1:
            return match
        able = [path for path in able if path.parent == shelf] or able
    return nearest_look(stood, text, able)


def best_match(example: Coverage, text: str, fonts: Sequence[Path], *, own: Path | None = None) -> Match:
    """The one of `fonts`, of which there is one at least, whose letters look most like those of `example`.

    example: coverage of lettering that spells `text`. own: a folder whose fonts are taken unless another is better by
    more than chance.
    """
    if len(fonts) == 1:
        return Match(fonts[0], font_name(fonts[0]), _likeness(_normal(example), text, fonts[0]))
    normal = _normal(example)
    scores = {path: _likeness(normal, text, path) for path in fonts}
    best = max(fonts, key=lambda path: scores[path] + (_OWN_PRICE if path.parent == own else 0))
    return Match(best, font_name(best), scores[best])


def nearest_look(stood: Coverage, text: str, fonts: Sequence[Path]) -> Match:
    """The one of `fonts` that is about as heavy, and in which `text` is about as wide, as lettering that has melted."""
    edges = ink_edges(stood, rough=True)
    if edges is None:
        return Match(fonts[0], font_name(fonts[0]), None)
    weight, aspect = _weight(stood, edges), edges.width / edges.height

    def off(path: Path) -> float:
        room = Edges(_MARGIN, _MARGIN, _MARGIN + 40 * _ROWS, _MARGIN + _ROWS)
        drawn = typeset(text, path, into=[room], width=round(room.right) + _MARGIN, height=_ROWS + 2 * _MARGIN)
        own = ink_edges(drawn, rough=True)
        assert own is not None  # typeset refuses a text without ink
        return abs(math.log(_weight(drawn, own) / weight)) + 0.5 * abs(math.log(own.width / own.height / aspect))

    best = min(fonts, key=off)
    return Match(best, font_name(best), None)


@lru_cache(maxsize=1024)
def font_name(path: Path) -> str:
    """Family and style, as the font names itself."""
    family, style = opened_font(path, 16).getname()
    return " ".join(part for part in (family, style) if part)


def _wanted(name: str, fonts: Sequence[Path]) -> Sequence[Path]:
    family = [path for path in fonts if _opens(path) and _family(path) == name.casefold()]
    return family or [font_path(name)]


def _family(path: Path) -> str:
    return (opened_font(path, 16).getname()[0] or "").casefold()


@lru_cache(maxsize=4096)
def _opens(path: Path) -> bool:
    """Whether FreeType reads a file; a system's folders hold some that it does not."""
    try:
        opened_font(path, 16)
    except FontError:
        return False
    return True


def _system_folders() -> tuple[Path, ...]:
    """Where systems keep fonts: freedesktop's base directories, Apple's domains, Windows' own and its users' folder."""
    home = Path.home()
    if sys.platform == "darwin":
        return Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local"))
        return Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts", local / "Microsoft/Windows/Fonts"
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    shared = (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    return data / "fonts", home / ".fonts", *(Path(place) / "fonts" for place in shared if place)


@lru_cache(maxsize=32)
def _fonts_in(place: Path) -> tuple[Path, ...]:
    if place.is_file():
        return (place,)
    return tuple(sorted(path for path in place.rglob("*") if path.suffix.lower() in _ENDINGS and path.is_file()))


@dataclass(frozen=True, slots=True, eq=False)
class _Example:
    """Lettering brought to a size at which fonts are compared."""

    coverage: Coverage
    edges: Edges
    blur: float
    """Standard deviation of the Gaussian that its edges look as if they had gone through, in pixels."""


def _normal(example: Coverage) -> _Example:
    edges = ink_edges(example)
    if edges is None:
        raise ValueError("an example shows lettering")
    scale = _ROWS / edges.height
    left, top = edges.left - _MARGIN / scale, edges.top - _MARGIN / scale
    size = (round(edges.width * scale) + 2 * _MARGIN, _ROWS + 2 * _MARGIN)
    times = max(1, round(1 / scale))  # a large example is averaged down rather than sampled
    matrix = np.array(
        [
            [1 / scale / times, 0, left + 0.5 / scale / times - 0.5],
            [0, 1 / scale / times, top + 0.5 / scale / times - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fine = cv2.warpAffine(example, matrix, (size[0] * times, size[1] * times), flags=flags)
    small = np.asarray(cv2.resize(fine, size, interpolation=cv2.INTER_AREA), np.float32)
    placed = Edges(_MARGIN, _MARGIN, _MARGIN + edges.width * scale, _MARGIN + _ROWS)
    return _Example(small, placed, _blur_of(small))


def _blur_of(coverage: Coverage) -> float:
    """The Gaussian that straight edges went through: across one, the sum of a (1 - a) is its width over √π."""
    ink = _ink(coverage)
    outlines, _ = cv2.findContours(ink, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    length = sum(cv2.arcLength(outline, True) for outline in outlines)
    if length <= 0:
        return 0.0
    near = cv2.dilate(ink, np.ones((9, 9), np.uint8)) > 0
    between = float((coverage * (1 - coverage))[near].sum())
    return float(np.sqrt(np.pi)) * between / length


def _likeness(example: _Example, text: str, font: Path) -> float:
    """Mean overlap, 0..1, of a font's letters with the example's, less what stretching and spacing them costs."""
    rows, columns = example.coverage.shape
    lines = set_lines(text, font, into=line_edges(example.coverage, len(text.splitlines())))
    drawn = drawn_lines(lines, font, width=columns, height=rows)
    own = _blur_of(drawn)
    if example.blur > own:
        drawn = np.asarray(cv2.GaussianBlur(drawn, (0, 0), float(np.sqrt(example.blur**2 - own**2))), np.float32)
    price = _WIDTH_PRICE * max(abs(math.log(line.fit.stretch)) + abs(line.fit.tracking) for line in lines)
    ours, theirs = _letters(drawn), _letters(example.coverage)
    if len(ours) != len(theirs):
        return _UNPARTED * _overlap(drawn, example.coverage) - price
    found = [_overlap(*_same_size(one, other)) for one, other in zip(ours, theirs, strict=True)]
    return float(np.average(found, weights=[float(letter.sum()) for letter in theirs])) - price


def _letters(coverage: Coverage) -> list[Coverage]:
    """The letters of a line from left to right, each cut out over the line's whole height."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(_ink(coverage), connectivity=8)
    parts = sorted((int(x), int(x + w)) for x, _, w, _, area in stats[1:count] if area >= 6)
    joined: list[list[int]] = []
    for left, right in parts:
        # A dot stands over its i: what shares half of its columns is one letter.
        if joined and min(right, joined[-1][1]) - left > 0.5 * min(right - left, joined[-1][1] - joined[-1][0]):
            joined[-1][1] = max(right, joined[-1][1])
        else:
            joined.append([left, right])
    return [coverage[:, max(left - 3, 0) : right + 3] for left, right in joined]


def _ink(coverage: Coverage) -> NDArray[np.uint8]:
    """1 where a pixel belongs to a letter; thin strokes that were blurred are nowhere covered in full."""
    columns = coverage.max(axis=0)
    full = float(np.percentile(columns[columns > 0.05], 75)) if (columns > 0.05).any() else 1.0
    return (coverage > _INK * min(full, 1.0)).astype(np.uint8)


def _same_size(one: Coverage, other: Coverage) -> tuple[Coverage, Coverage]:
    """Two letters on canvases of one size, with their centres of mass in one column."""
    width = max(one.shape[1], other.shape[1]) + 4
    centred = []
    for letter in (one, other):
        mass = letter.sum(axis=0)
        centre = float((mass * np.arange(len(mass))).sum() / max(float(mass.sum()), 1e-6))
        move = np.array([[1, 0, (width - 1) / 2 - centre], [0, 1, 0]])
        centred.append(np.asarray(cv2.warpAffine(letter, move, (width, letter.shape[0])), np.float32))
    return centred[0], centred[1]


def _overlap(one: Coverage, other: Coverage) -> float:
    """What two pictures of ink have in common over what either has, 0..1, at the best height."""
    found = []
    for shift in _SHIFTS:
        moved = np.roll(one, round(shift), axis=0)
        found.append(float(np.minimum(moved, other).sum() / max(float(np.maximum(moved, other).sum()), 1e-6)))
    return max(found)


def _weight(coverage: Coverage, edges: Edges) -> float:
    """Mean width of a stroke as a share of the lettering's height: four times the mean distance from its edge."""
    ink = _ink(coverage)
    depth = cv2.distanceTransform(ink, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[ink > 0]
    return max(4 * (float(depth.mean()) - 0.25), 0.5) / edges.height
