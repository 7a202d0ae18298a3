"""Font files: lookup, opening, text extents, glyph coverage and fallback."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont, features

from overlaycut.captions.graphemes import is_emoji
from overlaycut.core.file_kinds import refuse_special
from overlaycut.errors import FontError, MissingPart
from overlaycut.resources import folder

OVERSAMPLING = 4
"""Factor by which text is measured and drawn larger before it is averaged down.

Pillow places glyphs on whole pixels, and outlines with a rounding of their own. Drawn at four times the size, both
errors are at most a quarter of a pixel.
"""

_NONCHARACTER = "\U0010ffff"
"""A noncharacter (Unicode 3.4, D14): a font draws its "missing glyph" for it."""

_PROBE = 96
"""Pixels per em at which glyphs are compared with the missing glyph."""

_LONGEST = 1000
"""Characters that are shaped at once; longer texts count as wider than any picture."""
_TOO_WIDE = 1e9
"""Pixels. Finite, so that sums, differences and products with 0 remain numbers."""

_GLYPH_ALIASES = {"\u2011": "\u2010", "\u00a0": " ", "\u202f": " "}
"""Characters that HarfBuzz draws with the glyph of another: the no-break hyphen and the no-break spaces."""

_IGNORED = frozenset("\u034f\u115f\u1160\u3164\uffa0")
"""Fillers and joiners without a glyph (Unicode property Default_Ignorable_Code_Point)."""

EMOJI = "NotoColorEmoji.ttf"
"""The shipped colour emoji font."""
EMOJI_STRIKE = 109
"""Pixels per em of its bitmap strike."""

_FALLBACK_FONTS = (
    "Inter-ExtraBold.otf",
    "NotoSansCJK-Bold.otf",
    "NotoSansArabic-ExtraBold.ttf",
    "NotoSansHebrew-ExtraBold.ttf",
    "NotoSansDevanagari-ExtraBold.ttf",
    "NotoSansThai-ExtraBold.ttf",
)
"""Shipped fonts that are tried, in this order, for glyphs that the style's font lacks."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Text extents in pixels: advance width, and the ink box from the origin of the baseline; y runs downward."""

    advance: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Width needed when the line is centred by its advance, overhanging ink included."""
        middle = self.advance / 2
        return 2 * max(middle, middle - self.left, self.right - middle)


@dataclass(frozen=True, slots=True)
class Face:
    """A font at one size: `size` pixels of the picture per em."""

    path: Path
    size: float

    @property
    def drawn(self) -> ImageFont.FreeTypeFont:
        """The font to draw with, `OVERSAMPLING` times as large."""
        return opened_font(self.path, self.size * OVERSAMPLING)

    @property
    def metrics(self) -> tuple[float, float]:
        """Ascent and descent of the font, in pixels."""
        ascent, descent = self.drawn.getmetrics()
        return ascent / OVERSAMPLING, descent / OVERSAMPLING

    def extent(self, text: str, *, right_to_left: bool | None = None, language: str | None = None) -> Extent:
        """The extents of `text` on one line, shaped; wider than any picture for more than 1000 characters.

        `right_to_left` None takes the direction of the text; `language` is a BCP 47 tag that chooses regional forms.
        """
        direction = None if right_to_left is None else "rtl" if right_to_left else "ltr"
        return _extent(self, text, direction, language)


@dataclass(frozen=True, slots=True)
class FontStack:
    """A font and its fallbacks: the shipped fonts, then the system's."""

    path: Path

    def font_for(self, cluster: str) -> Path | None:
        """The first font that has every glyph of a grapheme cluster; None when no font has.

        A cluster is drawn in one font, its marks included.
        """
        return _font_for(self.path, cluster)

    def lacking(self, clusters: list[str]) -> tuple[str, ...]:
        """The characters of `clusters` that no font has, each once, in order."""
        missing: dict[str, None] = {}
        for cluster in clusters:
            if self.font_for(cluster) is None:
                missing |= dict.fromkeys(missing_glyphs(cluster, self.path) or cluster)
        return tuple(missing)


def require_shaping() -> str:
    """The versions of the shaping libraries in use.

    Raises MissingPart when Pillow cannot shape text: ligatures, Arabic and marks would silently be wrong.
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
    refuse_special(path)
    if path.is_file():
        return path
    fonts = folder("fonts")
    shipped = fonts / name
    if path.name == name and shipped.is_file():
        return shipped
    known = ", ".join(sorted(p.name for p in fonts.iterdir() if p.suffix in {".otf", ".ttf"}))
    raise FontError(name, "no such font", hint=f"a font file, or one of {known}")


def opened_font(path: Path, size: float) -> ImageFont.FreeTypeFont:
    """The font at `size` pixels per em, shaped by HarfBuzz.

    Raises FontError when the file is no font, MissingPart when text cannot be shaped.
    """
    return _opened(path, size, ImageFont.Layout.RAQM)


def missing_glyphs(text: str, path: Path) -> tuple[str, ...]:
    """The characters of `text` that the font has no glyph for, each once, in order of appearance.

    White space, control characters, joiners and variation selectors are never missing, nor is a character that
    shaping composes of others, such as a letter and its accent.
    """
    composed = dict.fromkeys(unicodedata.normalize("NFC", text))
    return tuple(character for character in composed if not _ignored(character) and not _drawable(path, character))


def is_shipped(path: Path) -> bool:
    """Whether a font came with the package."""
    return path.parent == folder("fonts")


def system_font_folders() -> tuple[Path, ...]:
    """Font folders: freedesktop's base directories, Apple's domains, Windows' system and user folders."""
    home = Path(os.path.expanduser("~"))  # unlike Path.home, without an error where there is none
    if sys.platform == "darwin":
        return Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local"))
        return Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts", local / "Microsoft/Windows/Fonts"
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    shared = (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    return data / "fonts", home / ".fonts", *(Path(place) / "fonts" for place in shared if place)


def described(character: str) -> str:
    """A character for an error message: itself, its code point and its Unicode name."""
    return f"{character!r} (U+{ord(character):04X} {unicodedata.name(character, 'without a name')})"


def _ignored(character: str) -> bool:
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    invisible = unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"}
    return invisible or selector or character in _IGNORED or character.isspace()


def _drawable(path: Path, character: str) -> bool:
    if _has(path, _GLYPH_ALIASES.get(character, character)):
        return True
    parts = unicodedata.normalize("NFD", character)
    return parts != character and all(_has(path, part) for part in parts)


@lru_cache(maxsize=4096)
def _has(path: Path, character: str) -> bool:
    """Whether the font's character map has a glyph; looked up without shaping."""
    font = _opened(path, _PROBE, ImageFont.Layout.BASIC)
    with _font_errors(path):
        if font.getlength(character) != font.getlength(_NONCHARACTER):
            return True
        if font.getbbox(character) != font.getbbox(_NONCHARACTER):
            return True
        return _bitmap(font, character) != _bitmap(font, _NONCHARACTER)


def _bitmap(font: ImageFont.FreeTypeFont, character: str) -> bytes:
    return bytes(font.getmask(character))


@lru_cache(maxsize=64)
def _opened(path: Path, size: float, engine: ImageFont.Layout) -> ImageFont.FreeTypeFont:
    require_shaping()
    size = EMOJI_STRIKE if path.name == EMOJI else size
    with _font_errors(path):
        return ImageFont.truetype(str(path), size, layout_engine=engine)


@contextmanager
def _font_errors(path: Path) -> Iterator[None]:
    """Raises FontError for what FreeType raises: a broken font may open and fail only at some glyph."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise FontError(path, f"not a font that FreeType can read: {error}", hint="an .otf or .ttf file") from error


@lru_cache(maxsize=4096)
def _font_for(path: Path, cluster: str) -> Path | None:
    shipped = folder("fonts")
    emoji = is_emoji(cluster)
    order = [path, *(shipped / name for name in _FALLBACK_FONTS)]
    order = [shipped / EMOJI, *order] if emoji else [*order, shipped / EMOJI]
    # Variation selectors have no effect in text style, nor in a font without emoji.
    for font in order:
        if not missing_glyphs(cluster, font) and (font.name == EMOJI) >= emoji:
            return font
    if emoji:
        return next((font for font in order if not missing_glyphs(cluster, font)), None)
    return next((font for font in _system_fonts() if _has_all(cluster, font)), None)


def _has_all(cluster: str, font: Path) -> bool:
    """Whether one of the system's fonts has every glyph of a cluster; an unreadable font has none."""
    try:
        return not missing_glyphs(cluster, font)
    except FontError:
        return False


@lru_cache(maxsize=1)
def _system_fonts() -> tuple[Path, ...]:
    """The fonts of the system, bold ones first, then by name."""
    found = (path for place in system_font_folders() if place.is_dir() for path in place.rglob("*"))
    fonts = (path for path in found if path.suffix.lower() in {".ttf", ".otf", ".ttc"} and "Italic" not in path.name)
    return tuple(sorted(fonts, key=lambda path: ("Bold" not in path.name, path.name)))


@lru_cache(maxsize=8192)
def _extent(face: Face, text: str, direction: str | None, language: str | None) -> Extent:
    if len(text) > _LONGEST:
        return Extent(_TOO_WIDE, 0, 0, _TOO_WIDE, 0)
    font = face.drawn
    with _font_errors(face.path):
        box = font.getbbox(text, anchor="ls", direction=direction, language=language)
        left, top, right, bottom = (edge / OVERSAMPLING for edge in box)
        advance = font.getlength(text, direction=direction, language=language) / OVERSAMPLING
        return Extent(advance, left, top, right, bottom)
