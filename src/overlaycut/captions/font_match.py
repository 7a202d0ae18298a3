"""Font matching: the font that a piece of lettering is set in, or the nearest one.

With a legible example, every candidate font is fitted to the bounds of the example and compared letter by letter, so
that neither spacing nor one bad letter decides. Illegible lettering is matched by its weight and width alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.captions.fonts import described, font_path, missing_glyphs, opened_font, system_font_folders
from overlaycut.captions.typeset import Coverage, InkBounds, drawn_lines, fit_lines, ink_bounds, line_bounds, typeset
from overlaycut.errors import FontError
from overlaycut.resources import folder

_ENDINGS = frozenset({".otf", ".ttf", ".ttc"})

_ROWS = 64
"""Height in pixels to which lines are normalised for comparison."""

_MARGIN = 16
"""Pixels around a normalised line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FontMatchParameters:
    """Scores of font matching; benchmarks/font_match.py checks how often the right font is found."""

    ink: float = 0.5
    """Coverage from which a pixel belongs to a letter, as a share of the coverage of full strokes."""
    shifts: tuple[float, ...] = (-1.0, 0.0, 1.0)
    """Vertical shifts in pixels of the normalised line at which a letter is compared."""
    width_cost: float = 0.3
    """Score lost per unit of the logarithm of the horizontal scaling, and per em of tracking."""
    unsegmented: float = 0.9
    """Factor of the score where the numbers of separate letters differ and whole lines are compared."""
    least_similarity: float = 0.5
    """Score below which the lettering does not read as assumed, or no candidate resembles it."""
    shipped_bonus: float = 0.01
    """Score by which a system font must exceed a shipped one, which is the same on every machine."""
    aspect_weight: float = 0.5
    """Weight of the difference in width beside that in stroke weight, for illegible lettering."""


@dataclass(frozen=True, slots=True)
class FontMatch:
    """A font and its similarity to the lettering."""

    path: Path
    name: str
    """Family and style, as in the font's own names."""
    score: float | None
    """Mean overlap of its letters with the example's, 0..1; None without a legible example."""


def font_files(*extra: Path) -> tuple[Path, ...]:
    """Candidate fonts: `extra` files and folders, the shipped fonts, the system's; each file once.

    Raises FontError when one of `extra` is neither a font file nor a folder.
    """
    for place in extra:
        if not place.is_dir() and (not place.is_file() or place.suffix.lower() not in _ENDINGS):
            raise FontError(place, "neither a font file nor a folder", hint="an .otf, .ttf or .ttc file, or a folder")
    places = [*extra, folder("fonts"), *system_font_folders()]
    return tuple(dict.fromkeys(path for place in places for path in _fonts_in(place)))


def choose_font(
    text: str,
    original: Coverage,
    *,
    reading: str | None,
    wanted: str | None,
    fonts: Sequence[Path],
    parameters: FontMatchParameters = FontMatchParameters(),
) -> FontMatch:
    """The font for `text` in the place of `original` lettering.

    original: the lettering's coverage. reading: its text, or None when it is illegible. wanted: a font file, or the
    name of a family among `fonts`, which are otherwise all candidates; the system's fonts only with a legible example.
    Raises FontError when the wanted font is not known, and when no candidate has all of the text's glyphs.
    """
    shipped = folder("fonts")
    if wanted is not None:
        fonts = _wanted(wanted, fonts)
    elif reading is None:
        fonts = [path for path in fonts if path.parent == shipped] or fonts
    able = [path for path in fonts if _opens(path) and not missing_glyphs(text + (reading or ""), path)]
    if not able:
        lacking = min((missing_glyphs(text, path) for path in fonts if _opens(path)), key=len, default=tuple(text[:1]))
        named = ", ".join(described(character) for character in lacking[:5])
        where = wanted or "any font that was found"
        raise FontError(where, f"has no glyph for {named or repr(reading)}", hint="name a font file that has it")
    if reading is not None:
        match = best_match(original, reading, able, preferred=shipped, parameters=parameters)
        if (match.score is not None and match.score >= parameters.least_similarity) or len(able) == 1:
            return match
        able = [path for path in able if path.parent == shipped] or able
    return nearest_look(original, text, able, parameters=parameters)


def best_match(
    example: Coverage,
    text: str,
    fonts: Sequence[Path],
    *,
    preferred: Path | None = None,
    parameters: FontMatchParameters = FontMatchParameters(),
) -> FontMatch:
    """The one of `fonts`, at least one, whose letters are most similar to those of `example`.

    example: coverage of lettering that spells `text`. preferred: a folder whose fonts win ties.
    """
    normal = _normalised(example, parameters)
    scores = {path: _similarity(normal, text, path, parameters) for path in fonts}
    best = max(fonts, key=lambda path: scores[path] + (parameters.shipped_bonus if path.parent == preferred else 0))
    return FontMatch(best, font_name(best), scores[best])


def nearest_look(
    original: Coverage,
    text: str,
    fonts: Sequence[Path],
    *,
    parameters: FontMatchParameters = FontMatchParameters(),
) -> FontMatch:
    """The one of `fonts` that is nearest in stroke weight, and in the width of `text`, to illegible lettering."""
    bounds = ink_bounds(original, trim=True)
    if bounds is None:
        return FontMatch(fonts[0], font_name(fonts[0]), None)
    weight, aspect = _stroke_weight(original, bounds, parameters.ink), bounds.width / bounds.height

    def difference(path: Path) -> float:
        room = InkBounds(_MARGIN, _MARGIN, _MARGIN + 40 * _ROWS, _MARGIN + _ROWS)
        drawn = typeset(text, path, into=[room], width=round(room.right) + _MARGIN, height=_ROWS + 2 * _MARGIN)
        own = ink_bounds(drawn, trim=True)
        assert own is not None  # typeset refuses a text without ink
        heavier = math.log(_stroke_weight(drawn, own, parameters.ink) / weight)
        wider = math.log(own.width / own.height / aspect)
        return abs(heavier) + parameters.aspect_weight * abs(wider)

    best = min(fonts, key=difference)
    return FontMatch(best, font_name(best), None)


@lru_cache(maxsize=1024)
def font_name(path: Path) -> str:
    """Family and style, as in the font's own names."""
    family, style = opened_font(path, 16).getname()
    return " ".join(part for part in (family, style) if part)


def _wanted(name: str, fonts: Sequence[Path]) -> Sequence[Path]:
    family = [path for path in fonts if _opens(path) and _family(path) == name.casefold()]
    return family or [font_path(name)]


def _family(path: Path) -> str:
    return (opened_font(path, 16).getname()[0] or "").casefold()


@lru_cache(maxsize=4096)
def _opens(path: Path) -> bool:
    """Whether FreeType reads a file."""
    try:
        opened_font(path, 16)
    except FontError:
        return False
    return True


@lru_cache(maxsize=32)
def _fonts_in(place: Path) -> tuple[Path, ...]:
    if place.is_file():
        return (place,)
    return tuple(sorted(path for path in place.rglob("*") if path.suffix.lower() in _ENDINGS and path.is_file()))


@dataclass(frozen=True, slots=True, eq=False)
class _Example:
    """Lettering normalised for comparison."""

    coverage: Coverage
    edges: InkBounds
    blur: float
    """Standard deviation in pixels of the Gaussian that blurs its edges."""


def _normalised(example: Coverage, parameters: FontMatchParameters) -> _Example:
    edges = ink_bounds(example)
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
    placed = InkBounds(_MARGIN, _MARGIN, _MARGIN + edges.width * scale, _MARGIN + _ROWS)
    return _Example(small, placed, _blur_of(small, parameters.ink))


def _blur_of(coverage: Coverage, ink_share: float) -> float:
    """The Gaussian blur of straight edges: across one, the sum of a (1 - a) is its deviation over √π."""
    ink = _ink(coverage, ink_share)
    outlines, _ = cv2.findContours(ink, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    length = sum(cv2.arcLength(outline, True) for outline in outlines)
    if length <= 0:
        return 0.0
    near = cv2.dilate(ink, np.ones((9, 9), np.uint8)) > 0
    between = float((coverage * (1 - coverage))[near].sum())
    return float(np.sqrt(np.pi)) * between / length


def _similarity(example: _Example, text: str, font: Path, parameters: FontMatchParameters) -> float:
    """Mean overlap, 0..1, of a font's letters with the example's, less the cost of scaling and tracking."""
    rows, columns = example.coverage.shape
    lines = fit_lines(text, font, into=line_bounds(example.coverage, len(text.splitlines())))
    drawn = drawn_lines(lines, font, width=columns, height=rows)
    own = _blur_of(drawn, parameters.ink)
    if example.blur > own:
        drawn = np.asarray(cv2.GaussianBlur(drawn, (0, 0), float(np.sqrt(example.blur**2 - own**2))), np.float32)
    cost = parameters.width_cost * max(abs(math.log(line.fit.stretch)) + abs(line.fit.tracking) for line in lines)
    ours, theirs = (_letters(coverage, parameters.ink) for coverage in (drawn, example.coverage))
    if len(ours) != len(theirs):
        return parameters.unsegmented * _overlap(drawn, example.coverage, parameters.shifts) - cost
    found = [_overlap(*_same_size(one, other), parameters.shifts) for one, other in zip(ours, theirs, strict=True)]
    return float(np.average(found, weights=[float(letter.sum()) for letter in theirs])) - cost


def _letters(coverage: Coverage, ink_share: float) -> list[Coverage]:
    """The letters of a line from left to right, each over the line's whole height."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(_ink(coverage, ink_share), connectivity=8)
    parts = sorted((int(x), int(x + w)) for x, _, w, _, area in stats[1:count] if area >= 6)
    joined: list[list[int]] = []
    for left, right in parts:
        # Components that share half of their columns are one letter, as an i and its dot.
        if joined and min(right, joined[-1][1]) - left > 0.5 * min(right - left, joined[-1][1] - joined[-1][0]):
            joined[-1][1] = max(right, joined[-1][1])
        else:
            joined.append([left, right])
    return [coverage[:, max(left - 3, 0) : right + 3] for left, right in joined]


def _ink(coverage: Coverage, share: float) -> NDArray[np.uint8]:
    """1 where a pixel belongs to a letter. Relative to full strokes: blurred thin strokes never reach coverage 1."""
    columns = coverage.max(axis=0)
    full = float(np.percentile(columns[columns > 0.05], 75)) if (columns > 0.05).any() else 1.0
    return (coverage > share * min(full, 1.0)).astype(np.uint8)


def _same_size(one: Coverage, other: Coverage) -> tuple[Coverage, Coverage]:
    """Two letters in pictures of one size, with their centres of mass in one column."""
    width = max(one.shape[1], other.shape[1]) + 4
    centred = []
    for letter in (one, other):
        mass = letter.sum(axis=0)
        centre = float((mass * np.arange(len(mass))).sum() / max(float(mass.sum()), 1e-6))
        move = np.array([[1, 0, (width - 1) / 2 - centre], [0, 1, 0]])
        centred.append(np.asarray(cv2.warpAffine(letter, move, (width, letter.shape[0])), np.float32))
    return centred[0], centred[1]


def _overlap(one: Coverage, other: Coverage, shifts: Sequence[float]) -> float:
    """Intersection over union of two coverages, 0..1, at the best vertical shift."""
    found = []
    for shift in shifts:
        moved = np.roll(one, round(shift), axis=0)
        found.append(float(np.minimum(moved, other).sum() / max(float(np.maximum(moved, other).sum()), 1e-6)))
    return max(found)


def _stroke_weight(coverage: Coverage, bounds: InkBounds, ink_share: float) -> float:
    """Mean stroke width as a share of the lettering's height: four times the mean distance from the edge."""
    ink = _ink(coverage, ink_share)
    depth = cv2.distanceTransform(ink, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[ink > 0]
    return max(4 * (float(depth.mean()) - 0.25), 0.5) / bounds.height
