"""Fonts: found, opened, measured, asked which characters they have."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont, features

from overlaycut.errors import FontError, MissingPart
from overlaycut.resources import folder

GRAIN = 4
"""Letters are measured and drawn this many times larger, then averaged down.

Pillow sets every glyph on a whole pixel, the outline by a rounding of its own: letters drawn at their final size
stand unevenly, and up to a pixel off their outline. At four times the size both are at most a quarter of a pixel.
"""

_NEVER = "\U0010ffff"
"""A noncharacter (Unicode 3.4, D14): what a font draws for it is its sign for "I have none"."""

_PROBE = 96
"""Pixels per em at which glyphs are compared: large enough to tell any two apart."""

_LONGEST = 1000
"""Characters that are shaped at once; no line of a picture holds as many."""

_SAME = {"\u2011": "\u2010", "\u00a0": " ", "\u202f": " "}
"""Characters for which HarfBuzz takes another one's glyph: the no-break hyphen and the no-break spaces."""

_IGNORED = frozenset("\u034f\u115f\u1160\u3164\uffa0")
"""Fillers and joiners that are drawn as nothing (Unicode property Default_Ignorable_Code_Point)."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What a line of text takes, in pixels, measured from where its baseline begins; y runs downward."""

    advance: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Room the line needs when it is centred by its advance, overhanging ink included."""
        middle = self.advance / 2
        return 2 * max(middle, middle - self.left, self.right - middle)


@dataclass(frozen=True, slots=True)
class Face:
    """A font at one size: `size` pixels of the picture per em."""

    path: Path
    size: float

    @property
    def drawn(self) -> ImageFont.FreeTypeFont:
        """The font to draw with, `GRAIN` times as large."""
        return opened_font(self.path, self.size * GRAIN)

    @property
    def metrics(self) -> tuple[float, float]:
        """How far the font says that it reaches above and below a baseline, in pixels."""
        ascent, descent = self.drawn.getmetrics()
        return ascent / GRAIN, descent / GRAIN

    def extent(self, text: str) -> Extent:
        """What `text` takes on one line, shaped; a text that no line could hold is endlessly wide."""
        return _extent(self, text)


def require_shaping() -> str:
    """Which shaping libraries are in use.

    Raises MissingPart when Pillow cannot shape text: ligatures, Arabic and marks would be wrong without a word.
    """
    for part in ("raqm", "fribidi", "harfbuzz"):
        if not features.check(part):
            raise MissingPart(f"Pillow lacks {part}, so text cannot be shaped", hint="pip install --upgrade pillow")
    return f"raqm {features.version('raqm')}, HarfBuzz {features.version('harfbuzz')}"


def font_path(name: str) -> Path:
    """A font file: a path, or the name of one of the shipped fonts.

    Raises FontError when it is neither.
    """
    path = Path(name)
    if path.is_file():
        return path
    shelf = folder("fonts")
    shipped = shelf / name
    if path.name == name and shipped.is_file():
        return shipped
    known = ", ".join(sorted(p.name for p in shelf.iterdir() if p.suffix in {".otf", ".ttf"}))
    raise FontError(name, "no such font", hint=f"a font file, or one of {known}")


def opened_font(path: Path, size: float) -> ImageFont.FreeTypeFont:
    """The font at `size` pixels per em, shaped by HarfBuzz.

    Raises FontError when the file is no font, MissingPart when text cannot be shaped.
    """
    return _opened(path, size, ImageFont.Layout.RAQM)


def missing_glyphs(text: str, path: Path) -> tuple[str, ...]:
    """The characters of `text` that the font has no glyph for, each once, in order of appearance.

    White space, control characters, joiners and variation selectors are never missing, nor is a character that
    shaping puts together from others, such as a letter and its accent.
    """
    composed = dict.fromkeys(unicodedata.normalize("NFC", text))
    return tuple(character for character in composed if not _ignored(character) and not _drawable(path, character))


def described(character: str) -> str:
    """A character for an error message: itself, its code point and its name."""
    return f"{character!r} (U+{ord(character):04X} {unicodedata.name(character, 'without a name')})"


def _ignored(character: str) -> bool:
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    invisible = unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"}
    return invisible or selector or character in _IGNORED or character.isspace()


def _drawable(path: Path, character: str) -> bool:
    if _has(path, _SAME.get(character, character)):
        return True
    parts = unicodedata.normalize("NFD", character)
    return parts != character and all(_has(path, part) for part in parts)


@lru_cache(maxsize=4096)
def _has(path: Path, character: str) -> bool:
    """Whether the font's own table leads somewhere: glyphs are looked up singly, without shaping."""
    font = _opened(path, _PROBE, ImageFont.Layout.BASIC)
    with _reading(path):
        if font.getlength(character) != font.getlength(_NEVER):
            return True
        return font.getbbox(character) != font.getbbox(_NEVER) or _ink(font, character) != _ink(font, _NEVER)


def _ink(font: ImageFont.FreeTypeFont, character: str) -> bytes:
    return bytes(font.getmask(character))


@lru_cache(maxsize=64)
def _opened(path: Path, size: float, engine: ImageFont.Layout) -> ImageFont.FreeTypeFont:
    require_shaping()
    with _reading(path):
        return ImageFont.truetype(str(path), size, layout_engine=engine)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Raises FontError for what FreeType raises: a broken font may open, and fail only at some glyph."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise FontError(path, f"not a font that FreeType can read: {error}", hint="an .otf or .ttf file") from error


@lru_cache(maxsize=8192)
def _extent(face: Face, text: str) -> Extent:
    if len(text) > _LONGEST:
        return Extent(float("inf"), 0, 0, float("inf"), 0)
    font = face.drawn
    with _reading(face.path):
        left, top, right, bottom = (edge / GRAIN for edge in font.getbbox(text, anchor="ls"))
        return Extent(font.getlength(text) / GRAIN, left, top, right, bottom)
