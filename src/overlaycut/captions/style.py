"""How captions look, as TOML."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from overlaycut.captions.fonts import font_path, opened_font
from overlaycut.core.documents import Document, parsed, read_toml
from overlaycut.errors import UsageError

_SHELF = files("overlaycut.captions") / "styles"

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
"""An sRGB colour, "#rrggbb"."""

Anchor: TypeAlias = Literal["top", "middle", "bottom"]


class Style(Document):
    """Settings of one look. Lengths are shares of the font size unless said otherwise."""

    font: str
    """A shipped font's file name, or the path of a font file."""
    size: float = Field(default=0.078, gt=0.005, le=0.5)
    """Font size as a share of the picture's short side."""
    uppercase: bool = False
    """Whether the words are set in capitals."""
    fill: Colour = "#ffffff"
    outline: Colour = "#000000"
    outline_width: float = Field(default=0.085, ge=0, le=0.5)
    shadow: Colour = "#000000"
    shadow_opacity: float = Field(default=0.5, ge=0, le=1)
    shadow_blur: float = Field(default=0.14, ge=0, le=2)
    shadow_offset: float = Field(default=0.05, ge=-2, le=2)
    """How far the shadow lies below the words."""
    line_spacing: float = Field(default=1.14, ge=0.8, le=3)
    """From one baseline to the next."""
    max_lines: int = Field(default=2, ge=1, le=6)
    max_width: float = Field(default=0.94, gt=0.1, le=1)
    """Share of the safe area's width that a line may take, its outline included."""
    anchor: Anchor = "bottom"
    """Where in the safe area the words stand."""

    @property
    def font_file(self) -> Path:
        """The font's file; raises FontError when there is none."""
        return font_path(self.font)


def style_names() -> tuple[str, ...]:
    """The styles that come with the package."""
    return tuple(sorted(e.name.removesuffix(".toml") for e in _SHELF.iterdir() if e.name.endswith(".toml")))


def load_style(name_or_path: str) -> Style:
    """A shipped style by name, or one from a TOML file; a font named in the file is sought beside it first.

    Raises UsageError for an unknown name, DocumentError for what is wrong in a file, FontError for a font that is
    missing or cannot be read.
    """
    if name_or_path.lower().endswith(".toml"):
        path = Path(name_or_path)
        style = parsed(Style, read_toml(path), path)
        beside = path.parent / style.font
        if beside.is_file():
            style = style.model_copy(update={"font": str(beside)})
    else:
        if name_or_path not in style_names():
            raise UsageError(f"no style is called {name_or_path!r}", hint=f"known: {', '.join(style_names())}")
        with as_file(_SHELF / f"{name_or_path}.toml") as path:
            style = parsed(Style, read_toml(path), path)
    opened_font(style.font_file, 48)
    return style
