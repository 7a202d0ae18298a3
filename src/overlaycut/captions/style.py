"""How captions look and move, as TOML."""

from __future__ import annotations

import re
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints

from overlaycut.captions.fonts import Family, font_path, opened_font
from overlaycut.core.cues import Anchor
from overlaycut.core.documents import Document, parsed, read_toml
from overlaycut.errors import DocumentError, MissingInput, UsageError

_SHELF = files("overlaycut.captions") / "styles"

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
"""An sRGB colour, "#rrggbb"."""

Move: TypeAlias = Literal["none", "fade", "pop", "slide", "bounce", "zoom"]
"""Ways in which words come and go; `motion.py` says what each does."""

Corner: TypeAlias = Literal["top-left", "top-right", "bottom-left", "bottom-right"]

_Share = Annotated[float, Field(ge=0, le=1)]


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"a regular expression ({error})") from error
    return text


class Glow(Document):
    """Light around the words, as of neon."""

    colour: Colour
    radius: float = Field(default=0.25, gt=0, le=1)
    """Standard deviation of the wide glow; a narrow one of a third of it lies within."""
    strength: float = Field(default=1.0, gt=0, le=2)


class Panel(Document):
    """A plate behind the words."""

    colour: Colour = "#000000"
    opacity: _Share = 1.0
    padding_x: float = Field(default=0.4, ge=0, le=3)
    padding_y: float = Field(default=0.2, ge=0, le=3)
    radius: float = Field(default=0.2, ge=0, le=2)
    each: Literal["block", "line"] = "block"
    """One plate around all lines, or one for each."""
    bar: Colour | None = None
    """The colour of a bar along the plate's first edge; None leaves it away."""
    bar_width: float = Field(default=0.12, gt=0, le=1)


class Active(Document):
    """The word that is being said."""

    colour: Colour | None = None
    """Its letters; None leaves them as they are."""
    scale: float = Field(default=1.0, ge=0.5, le=1.6)
    plate: Colour | None = None
    """A box behind it; with a large radius it is a pill."""
    plate_radius: float = Field(default=0.15, ge=0, le=2)
    plate_x: float = Field(default=0.14, ge=0, le=1)
    """How far the box reaches beyond the word at each side."""
    plate_y: float = Field(default=0.08, ge=0, le=1)
    """How far it reaches above capitals and below the baseline, beyond a quarter of the font size."""
    glide: bool = False
    """Whether the box slides from word to word instead of jumping."""
    sweep: bool = False
    """Whether the colour runs over the word while it is said, as in karaoke."""
    stays: bool = False
    """Whether a word keeps its colour once it was said."""
    seconds: float = Field(default=0.12, ge=0, le=1)
    """How long it takes to grow or slide."""

    @property
    def changes(self) -> bool:
        """Whether the word being said looks different at all."""
        return self.colour is not None or self.scale != 1 or self.plate is not None


class Waiting(Document):
    """Words that have not been said yet."""

    colour: Colour | None = None
    opacity: _Share = 1.0


class Movement(Document):
    """How words come, or go."""

    move: Move = "none"
    seconds: float = Field(default=0.2, gt=0, le=2)


class Keyword(Document):
    """Words that have a colour of their own."""

    match: Annotated[str, AfterValidator(_pattern)]
    """A regular expression that the whole word, without the signs around it, matches; case does not matter."""
    colour: Colour


class Logo(Document):
    """A picture that stays in a corner of the safe area."""

    image: Path
    width: float = Field(default=0.16, gt=0, le=1)
    """Share of the safe area's width."""
    corner: Corner = "top-left"
    opacity: _Share = 1.0


class Style(Document):
    """Settings of one look. Lengths are shares of the font size unless said otherwise."""

    font: str
    """A shipped font's file name, or the path of a font file."""
    size: float = Field(default=0.078, gt=0.005, le=0.5)
    """Font size as a share of the picture's short side."""
    uppercase: bool = False
    """Whether the words are set in capitals."""
    letter_spacing: float = Field(default=0.0, ge=-0.1, le=1)
    """Extra room after each letter, where a script's letters do not join."""
    word_spacing: float = Field(default=0.0, ge=-0.2, le=1)
    """Extra room between words: what grows, or has a box, wants some."""
    fill: Colour = "#ffffff"
    outline: Colour = "#000000"
    outline_width: float = Field(default=0.085, ge=0, le=0.5)
    shadow: Colour = "#000000"
    shadow_opacity: _Share = 0.5
    shadow_blur: float = Field(default=0.14, ge=0, le=2)
    shadow_offset: float = Field(default=0.05, ge=-2, le=2)
    """How far the shadow lies below the words."""
    line_spacing: float = Field(default=1.14, ge=0.8, le=3)
    """From one baseline to the next."""
    max_lines: int = Field(default=2, ge=1, le=6)
    max_words: int | None = Field(default=None, ge=1, le=20)
    """Words that are shown at once; a longer cue becomes several, one after the other."""
    max_width: float = Field(default=0.94, gt=0.1, le=1)
    """Share of the safe area's width that a line may take, its outline included."""
    anchor: Anchor = "bottom"
    """Where in the safe area the words stand."""
    align: Literal["centre", "start"] = "centre"
    """Whether lines are centred, or begin at the side that the script begins at."""
    contrast: float = Field(default=4.5, ge=1, le=21)
    """The contrast with what is around the words below which a scrim is laid under them (WCAG 2.2, 1.4.3: 4.5)."""
    glow: Glow | None = None
    panel: Panel | None = None
    active: Active = Active()
    waiting: Waiting = Waiting()
    reveal: Literal["cue", "word", "letter"] = "cue"
    """Whether words come all at once, each when it is said, or letter by letter as on a typewriter."""
    enter: Movement = Movement()
    leave: Movement = Movement()
    keywords: tuple[Keyword, ...] = ()
    logo: Logo | None = None

    @property
    def font_file(self) -> Path:
        """The font's file; raises FontError when there is none."""
        return font_path(self.font)

    @property
    def family(self) -> Family:
        """The font with what stands in for the characters that it lacks."""
        return Family(self.font_file)

    @property
    def follows_words(self) -> bool:
        """Whether it matters when each word is said."""
        differs = self.waiting.colour is not None or self.waiting.opacity < 1
        return self.active.changes or differs or self.reveal != "cue" or self.max_words is not None


def style_names() -> tuple[str, ...]:
    """The styles that come with the package."""
    return tuple(sorted(e.name.removesuffix(".toml") for e in _SHELF.iterdir() if e.name.endswith(".toml")))


def load_style(name_or_path: str, *, brand: Path | None = None) -> Style:
    """A shipped style by name, or one from a TOML file, with a brand's own settings laid over it.

    A file may name another style as its `base` and say only what differs; `brand` is such a file without a base.
    A font or logo named in a file is sought beside it first.
    Raises UsageError for an unknown name, DocumentError for what is wrong in a file, FontError for a font that is
    missing or cannot be read, MissingInput for a logo that is not there.
    """
    tables, path = _tables(name_or_path, ())
    if brand is not None:
        own = _beside(brand, read_toml(brand))
        parsed(Style, {"font": "", **own}, brand)
        tables, path = _merged(tables, own), brand
    style = parsed(Style, tables, path)
    opened_font(style.font_file, 48)
    if style.logo is not None and not style.logo.image.is_file():
        raise MissingInput(style.logo.image, "no such logo", hint="check logo.image in the style")
    return style


def _tables(name_or_path: str, seen: tuple[str, ...]) -> tuple[dict[str, Any], Path]:
    if name_or_path in seen:
        raise DocumentError(seen[-1], "base", repr(name_or_path), "a style that does not lead back to this one")
    if name_or_path.lower().endswith(".toml"):
        path = Path(name_or_path)
        own = _beside(path, read_toml(path))
    else:
        if name_or_path not in style_names():
            raise UsageError(f"no style is called {name_or_path!r}", hint=f"known: {', '.join(style_names())}")
        with as_file(_SHELF / f"{name_or_path}.toml") as path:
            own = read_toml(path)
    base = own.pop("base", None)
    if base is None:
        return own, path
    if not isinstance(base, str):
        raise DocumentError(path, "base", repr(base), "a style's name, or a .toml file")
    beside = path.parent / base
    parsed(Style, {"font": "", **own}, path)  # so that a mistake is named in the file that holds it
    lower, _ = _tables(
        str(beside) if base.lower().endswith(".toml") and beside.is_file() else base, (*seen, name_or_path)
    )
    return _merged(lower, own), path


def _beside(path: Path, tables: dict[str, Any]) -> dict[str, Any]:
    """The tables with files that lie beside the style named by their whole path."""
    font, logo = tables.get("font"), tables.get("logo")
    if isinstance(font, str) and (path.parent / font).is_file():
        tables = {**tables, "font": str(path.parent / font)}
    if isinstance(logo, dict) and isinstance(logo.get("image"), str):
        tables = {**tables, "logo": {**logo, "image": str(path.parent / logo["image"])}}
    return tables


def _merged(lower: dict[str, Any], upper: dict[str, Any]) -> dict[str, Any]:
    """Two documents as one, tables merged key by key, everything else taken from the upper one."""
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return merged
