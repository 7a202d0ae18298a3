"""Caption styles: typography, colours and animation, as TOML documents."""

from __future__ import annotations

import re
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints

from overlaycut.captions.fonts import FontStack, font_path, opened_font
from overlaycut.core.cues import Anchor
from overlaycut.core.documents import Document, parsed, read_toml
from overlaycut.core.file_kinds import refuse_special
from overlaycut.errors import DocumentError, MissingInput, UsageError

_SHIPPED = files("overlaycut.captions") / "styles"

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
"""An sRGB colour, "#rrggbb"."""

Move: TypeAlias = Literal["none", "fade", "pop", "slide", "bounce", "zoom"]
"""Entry and exit animations; see `motion.py`."""

Corner: TypeAlias = Literal["top-left", "top-right", "bottom-left", "bottom-right"]

_Share = Annotated[float, Field(ge=0, le=1)]


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"a regular expression ({error})") from error
    return text


class Glow(Document):
    """Glow around the letters."""

    colour: Colour
    radius: float = Field(default=0.25, gt=0, le=1)
    """Standard deviation of the wide blur, in font sizes; a narrow one has a third of it."""
    strength: float = Field(default=1.0, gt=0, le=2)


class Panel(Document):
    """A plate behind the text."""

    colour: Colour = "#000000"
    opacity: _Share = 1.0
    padding_x: float = Field(default=0.4, ge=0, le=3)
    padding_y: float = Field(default=0.2, ge=0, le=3)
    radius: float = Field(default=0.2, ge=0, le=2)
    each: Literal["block", "line"] = "block"
    """One plate around all lines, or one for each."""
    bar: Colour | None = None
    """Colour of a bar along the edge where lines begin; None for no bar."""
    bar_width: float = Field(default=0.12, gt=0, le=1)


class Active(Document):
    """The word that is being spoken."""

    colour: Colour | None = None
    """Colour of its letters; None keeps theirs."""
    scale: float = Field(default=1.0, ge=0.5, le=1.6)
    plate: Colour | None = None
    """A box behind it; with a large radius it is a pill."""
    plate_radius: float = Field(default=0.15, ge=0, le=2)
    plate_x: float = Field(default=0.14, ge=0, le=1)
    """Padding of the box at either side of the word."""
    plate_y: float = Field(default=0.08, ge=0, le=1)
    """Padding above the capitals and below half a descender."""
    glide: bool = False
    """Whether the box slides from word to word."""
    sweep: bool = False
    """Whether the colour sweeps over the word while it is spoken, as in karaoke."""
    stays: bool = False
    """Whether a word keeps its colour after it was spoken."""
    seconds: float = Field(default=0.12, ge=0, le=1)
    """Duration of growing or sliding."""

    @property
    def changes(self) -> bool:
        """Whether the spoken word looks different from others."""
        return self.colour is not None or self.scale != 1 or self.plate is not None


class Waiting(Document):
    """Words that have not been spoken yet."""

    colour: Colour | None = None
    opacity: _Share = 1.0


class Movement(Document):
    """An entry or exit animation."""

    move: Move = "none"
    seconds: float = Field(default=0.2, gt=0, le=2)


class Keyword(Document):
    """A colour for certain words."""

    match: Annotated[str, AfterValidator(_pattern)]
    """A regular expression that the whole word matches, without its punctuation; case does not matter."""
    colour: Colour


class Logo(Document):
    """A picture in a corner of the safe area."""

    image: Path
    width: float = Field(default=0.16, gt=0, le=1)
    """Share of the safe area's width."""
    corner: Corner = "top-left"
    opacity: _Share = 1.0


class Style(Document):
    """One caption style. Lengths are in font sizes unless stated otherwise."""

    font: str
    """A shipped font's file name, or the path of a font file."""
    size: float = Field(default=0.078, gt=0.005, le=0.5)
    """Font size as a share of the picture's shorter side."""
    uppercase: bool = False
    """Whether the text is set in capitals."""
    letter_spacing: float = Field(default=0.0, ge=-0.1, le=1)
    """Tracking: space added after each letter, in scripts whose letters do not join."""
    word_spacing: float = Field(default=0.0, ge=-0.2, le=1)
    """Space added between words, for words that grow or have a box."""
    fill: Colour = "#ffffff"
    outline: Colour = "#000000"
    outline_width: float = Field(default=0.085, ge=0, le=0.5)
    shadow: Colour = "#000000"
    shadow_opacity: _Share = 0.5
    shadow_blur: float = Field(default=0.14, ge=0, le=2)
    shadow_offset: float = Field(default=0.05, ge=-2, le=2)
    """Distance of the shadow below the letters."""
    line_spacing: float = Field(default=1.14, ge=0.8, le=3)
    """From one baseline to the next."""
    max_lines: int = Field(default=2, ge=1, le=6)
    max_words: int | None = Field(default=None, ge=1, le=20)
    """Words shown at once; a longer cue becomes consecutive pages."""
    max_width: float = Field(default=0.94, gt=0.1, le=1)
    """Line width, outline included, as a share of the safe area's width."""
    anchor: Anchor = "bottom"
    """Vertical position in the safe area."""
    align: Literal["centre", "start"] = "centre"
    """Centred lines, or lines aligned at the side where the script begins."""
    contrast: float = Field(default=4.5, ge=1, le=21)
    """Contrast ratio of letters and background below which a scrim is added (WCAG 2.2, 1.4.3: 4.5)."""
    glow: Glow | None = None
    panel: Panel | None = None
    active: Active = Active()
    waiting: Waiting = Waiting()
    reveal: Literal["cue", "word", "letter"] = "cue"
    """Whether the cue appears at once, word by word as spoken, or letter by letter."""
    enter: Movement = Movement()
    leave: Movement = Movement()
    keywords: tuple[Keyword, ...] = ()
    logo: Logo | None = None

    @property
    def font_file(self) -> Path:
        """The font's file; raises FontError when there is none."""
        return font_path(self.font)

    @property
    def font_stack(self) -> FontStack:
        """The font with its fallbacks."""
        return FontStack(self.font_file)

    @property
    def follows_words(self) -> bool:
        """Whether the look depends on word timing."""
        differs = self.waiting.colour is not None or self.waiting.opacity < 1
        return self.active.changes or differs or self.reveal != "cue" or self.max_words is not None


def style_names() -> tuple[str, ...]:
    """The styles that come with the package."""
    return tuple(sorted(e.name.removesuffix(".toml") for e in _SHIPPED.iterdir() if e.name.endswith(".toml")))


def load_style(style: str | Style, *, brand: Path | None = None) -> Style:
    """A style as it is, a shipped one by name, or one from a TOML file, overridden by the settings of a brand.

    A file may name another style as its `base` and hold only what differs; `brand` is such a file without a base.
    A font or logo named in a file is looked up beside it first.
    Raises UsageError for an unknown name, DocumentError for what is wrong in a file, FontError for a font that is
    missing or cannot be read, MissingInput for a logo that is not there.
    """
    tables, path = (style.model_dump(), Path("style")) if isinstance(style, Style) else _tables(style, ())
    if brand is not None:
        own = _beside(brand, read_toml(brand))
        parsed(Style, {"font": "", **own}, brand)
        tables, path = _merged(tables, own), brand
    loaded = parsed(Style, tables, path)
    opened_font(loaded.font_file, 48)
    if loaded.logo is not None:
        refuse_special(loaded.logo.image)
        if not loaded.logo.image.is_file():
            raise MissingInput(loaded.logo.image, "no such logo", hint="check logo.image in the style")
    return loaded


def style_documents(style: str | Path | Style, *, brand: Path | None = None) -> tuple[Path, ...]:
    """The .toml files that `load_style` reads: the style, what it is based on, and the brand.

    Raises what `load_style` does.
    """
    load_style(style if isinstance(style, Style) else str(style), brand=brand)
    found = [] if brand is None else [brand]
    name = None if isinstance(style, Style) else str(style)
    while name is not None and _is_file_name(name):
        found.append(Path(name))
        base = read_toml(Path(name)).get("base")
        name = None if base is None else _base_name(Path(name), base)
    return tuple(found)


def _is_file_name(name: str) -> bool:
    return name.lower().endswith(".toml")


def _base_name(path: Path, base: str) -> str:
    """The name, or the path, of what a style's file is based on."""
    beside = path.parent / base
    return str(beside) if _is_file_name(base) and beside.is_file() else base


def _tables(name_or_path: str, seen: tuple[str, ...]) -> tuple[dict[str, Any], Path]:
    if name_or_path in seen:
        raise DocumentError(seen[-1], "base", repr(name_or_path), "a style that does not lead back to this one")
    if _is_file_name(name_or_path):
        path = Path(name_or_path)
        own = _beside(path, read_toml(path))
    else:
        if name_or_path not in style_names():
            raise UsageError(f"no style is called {name_or_path!r}", hint=f"known: {', '.join(style_names())}")
        with as_file(_SHIPPED / f"{name_or_path}.toml") as path:
            own = read_toml(path)
    base = own.pop("base", None)
    if base is None:
        return own, path
    if not isinstance(base, str):
        raise DocumentError(path, "base", repr(base), "a style's name, or a .toml file")
    parsed(Style, {"font": "", **own}, path)  # so that an error names the file that holds it
    lower, _ = _tables(_base_name(path, base), (*seen, name_or_path))
    return _merged(lower, own), path


def _beside(path: Path, tables: dict[str, Any]) -> dict[str, Any]:
    """The tables with font and logo as full paths where the files lie beside the style."""
    font, logo = tables.get("font"), tables.get("logo")
    if isinstance(font, str) and (path.parent / font).is_file():
        tables = {**tables, "font": str(path.parent / font)}
    if isinstance(logo, dict) and isinstance(logo.get("image"), str):
        tables = {**tables, "logo": {**logo, "image": str(path.parent / logo["image"])}}
    return tables


def _merged(lower: dict[str, Any], upper: dict[str, Any]) -> dict[str, Any]:
    """Two documents merged key by key; values of the upper one win."""
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return merged
