"""Fonts: found, opened, measured, asked which characters they have, and what stands in for those they lack."""

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

EMOJI = "NotoColorEmoji.ttf"
"""The shipped font of colour emoji."""
EMOJI_STRIKE = 109
"""Pixels per em of the one size that its bitmaps come in."""

_STAND_INS = (
    "Inter-ExtraBold.otf",
    "NotoSansCJK-Bold.otf",
    "NotoSansArabic-ExtraBold.ttf",
    "NotoSansHebrew-ExtraBold.ttf",
    "NotoSansDevanagari-ExtraBold.ttf",
    "NotoSansThai-ExtraBold.ttf",
)
"""Shipped fonts that are asked, in this order, for what a style's own font lacks."""


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

    def extent(self, text: str, *, right_to_left: bool | None = None, language: str | None = None) -> Extent:
        """What `text` takes on one line, shaped; a text that no line could hold is endlessly wide.

        `right_to_left` None leaves the direction to the text; `language` is a BCP 47 tag that chooses regional forms.
        """
        direction = None if right_to_left is None else "rtl" if right_to_left else "ltr"
        return _extent(self, text, direction, language)


@dataclass(frozen=True, slots=True)
class Family:
    """A font with what stands in for the characters that it lacks."""

    path: Path

    def font_for(self, cluster: str) -> Path | None:
        """The font to draw a sign with: this one, a shipped one, or the system's; None when nobody has it.

        A sign is drawn by one font; one of which only marks are missing goes whole to a font that has them.
        """
        return _font_for(self.path, cluster)

    def lacking(self, signs: list[str]) -> tuple[str, ...]:
        """The characters of `signs` that no font has, each once, in order."""
        missing: dict[str, None] = {}
        for sign in signs:
            if self.font_for(sign) is None:
                missing |= dict.fromkeys(missing_glyphs(sign, self.path) or sign)
        return tuple(missing)


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


def is_shipped(path: Path) -> bool:
    """Whether a font came with the package."""
    return path.parent == folder("fonts")


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
    size = EMOJI_STRIKE if path.name == EMOJI else size
    with _reading(path):
        return ImageFont.truetype(str(path), size, layout_engine=engine)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Raises FontError for what FreeType raises: a broken font may open, and fail only at some glyph."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise FontError(path, f"not a font that FreeType can read: {error}", hint="an .otf or .ttf file") from error


@lru_cache(maxsize=4096)
def _font_for(path: Path, cluster: str) -> Path | None:
    shelf = folder("fonts")
    picture = is_emoji(cluster)
    order = [path, *(shelf / name for name in _STAND_INS)]
    order = [shelf / EMOJI, *order] if picture else [*order, shelf / EMOJI]
    # In text style, and in a font without pictures, the selectors mean nothing.
    for font in order:
        if not missing_glyphs(cluster, font) and (font.name == EMOJI) >= picture:
            return font
    if picture:
        return next((font for font in order if not missing_glyphs(cluster, font)), None)
    return next((font for font in _system_fonts() if _whole(cluster, font)), None)


def _whole(cluster: str, font: Path) -> bool:
    """Whether one of the system's fonts has a sign; a font that cannot be read has none."""
    try:
        return not missing_glyphs(cluster, font)
    except FontError:
        return False


@lru_cache(maxsize=1)
def _system_fonts() -> tuple[Path, ...]:
    """The fonts of the system, bold ones first, then by name."""
    homes = {
        "win32": [Path(os.environ.get("WINDIR", "C:/Windows"), "Fonts")],
        "darwin": [Path("/System/Library/Fonts"), Path("/Library/Fonts"), Path.home() / "Library/Fonts"],
    }.get(sys.platform, [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts"])
    found = (path for home in homes if home.is_dir() for path in home.rglob("*"))
    fonts = (path for path in found if path.suffix.lower() in {".ttf", ".otf", ".ttc"} and "Italic" not in path.name)
    return tuple(sorted(fonts, key=lambda path: ("Bold" not in path.name, path.name)))


@lru_cache(maxsize=8192)
def _extent(face: Face, text: str, direction: str | None, language: str | None) -> Extent:
    if len(text) > _LONGEST:
        return Extent(float("inf"), 0, 0, float("inf"), 0)
    font = face.drawn
    with _reading(face.path):
        box = font.getbbox(text, anchor="ls", direction=direction, language=language)
        left, top, right, bottom = (edge / GRAIN for edge in box)
        advance = font.getlength(text, direction=direction, language=language) / GRAIN
        return Extent(advance, left, top, right, bottom)
