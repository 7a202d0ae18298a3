"""Fonts: found, opened, asked which characters they have."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont, features

from overlaycut.errors import FontError, MissingPart
from overlaycut.resources import folder

_UNASSIGNED = "\U0010fffd"
"""A private-use character that no font draws: what it looks like is the font's sign for "I have none"."""

_INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp", "Mn"}
"""Unicode categories without ink of their own, or drawn as part of a neighbour."""


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


@lru_cache(maxsize=64)
def opened_font(path: Path, size: float) -> ImageFont.FreeTypeFont:
    """The font at `size` pixels per em, shaped by HarfBuzz.

    Raises FontError when the file is no font.
    """
    require_shaping()
    try:
        return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.RAQM)
    except (OSError, ValueError) as error:
        raise FontError(path, "not a font that FreeType can open", hint="an .otf or .ttf file") from error


def missing_glyphs(text: str, path: Path) -> tuple[str, ...]:
    """The characters of `text` that the font has no glyph for, each once, in order of appearance."""
    missing = dict.fromkeys(
        character
        for character in text
        if unicodedata.category(character) not in _INVISIBLE and not _has(path, character)
    )
    return tuple(missing)


def described(character: str) -> str:
    """A character for an error message: itself, its code point and its name."""
    return f"{character!r} (U+{ord(character):04X} {unicodedata.name(character, 'unnamed')})"


@lru_cache(maxsize=4096)
def _has(path: Path, character: str) -> bool:
    font = opened_font(path, 48)
    nothing, drawn = font.getmask(_UNASSIGNED), font.getmask(character)
    return (drawn.size, bytes(drawn)) != (nothing.size, bytes(nothing))
