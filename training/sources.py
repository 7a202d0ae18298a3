"""Fonts and pictures that text is drawn with, and the split of both into training, validation and test."""

from __future__ import annotations

import json
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from fontTools.ttLib import TTCollection, TTFont, TTLibError
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Part = Literal["train", "validation", "test"]

_LISTS = tomllib.loads((Path(__file__).parent / "sources.toml").read_text(encoding="utf-8"))
SCRIPTS: dict[str, str] = _LISTS["scripts"]
TRAINING_FONT_PACKAGES: list[str] = _LISTS["training_fonts"]
TEST_FONT_PACKAGES: list[str] = _LISTS["test_fonts"]
PICTURE_PACKAGES: dict[str, str] = _LISTS["pictures"] | _LISTS["texture_pictures"]
TEXTURES: dict[str, list[str]] = _LISTS["textures"]

_GNOME = "adwaita"
"""The only files of gnome-backgrounds whose copyright file names their licence."""

_LONG_SIDE = 2200
"""Pixels to which larger pictures are reduced."""

_VALIDATION_EACH = 9
"""One in so many fonts and pictures of the training pool is kept for validation."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What samples are drawn from."""

    fonts: dict[str, list[tuple[Path, int]]]
    """Font files and the face's index, by script."""
    pictures: list[Picture]
    """RGB."""
    textures: list[Picture] = field(default_factory=list)
    """Surfaces that repeat strokes without being lettering, RGB; for training only."""


def sources(packages: Path, own_fonts: Path, samples: Sequence[Path], part: Part) -> Sources:
    """Fonts and pictures of one part of the split.

    packages: folder with one unpacked Debian package in each sub-folder. own_fonts: the repository's fonts (training).
    samples: folders of scikit-image's and scikit-learn's sample pictures.
    """
    names = TEST_FONT_PACKAGES if part == "test" else TRAINING_FONT_PACKAGES
    files = sorted(path for name in names for path in _font_files(packages / name))
    if part != "test":
        files = _part_of(files + sorted(_font_files(own_fonts)), part)
    fonts: dict[str, list[tuple[Path, int]]] = {script: [] for script in SCRIPTS}
    for path in files:
        for script in _scripts_of(path):
            fonts[script].append((path, 0))
    return Sources(
        {script: found for script, found in fonts.items() if found},
        _pictures(packages, samples, part),
        _textures(packages) if part == "train" else [],
    )


def packed(folder: Path) -> Sources:
    """What `pack.py` wrote for one part."""
    listed = json.loads((folder / "fonts.json").read_text(encoding="utf-8"))
    fonts = {script: [(folder / "fonts" / name, face) for name, face in found] for script, found in listed.items()}
    kinds = [sorted((folder / kind).glob("*.jpg")) for kind in ("pictures", "textures")]
    pictures, textures = ([picture for path in paths if (picture := _loaded(path)) is not None] for paths in kinds)
    return Sources(fonts, pictures, textures)


def _textures(packages: Path) -> list[Picture]:
    """The textures that `sources.toml` names, from the archives of games."""
    found = []
    for name, wanted in TEXTURES.items():
        for archive in sorted((packages / name).rglob("*.pk3")):
            with zipfile.ZipFile(archive) as members:
                for path in sorted(members.namelist()):
                    if Path(path).stem in wanted and Path(path).suffix in {".jpg", ".png"}:
                        decoded = cv2.imdecode(np.frombuffer(members.read(path), np.uint8), cv2.IMREAD_COLOR)
                        found.append(np.ascontiguousarray(decoded[..., ::-1]).astype(np.uint8))
    return found


def _pictures(packages: Path, samples: Sequence[Path], part: Part) -> list[Picture]:
    named: dict[str, Path] = {}
    for folder in [*(packages / name for name in _LISTS["pictures"]), *samples]:
        for path in sorted(folder.rglob("*")):
            name = _picture_name(path)
            if name and name not in _LISTS["left_out"]:
                named.setdefault(name, path)
    pool = [path for name, path in sorted(named.items()) if (name in _LISTS["test_pictures"]) == (part == "test")]
    chosen = pool if part == "test" else _part_of(pool, part)
    return [picture for path in chosen if (picture := _loaded(path)) is not None]


def _picture_name(path: Path) -> str:
    """What the picture is called; "" for files that are none, previews, and those left out."""
    if path.suffix not in {".jpg", ".png", ".webp"} or path.stem == "screenshot" or not path.is_file():
        return ""
    if "gnome" in path.parts and not path.stem.startswith(_GNOME):
        return ""
    if path.parent.parent.name == "contents":
        return path.parent.parent.parent.name + path.parent.name.removeprefix("images")
    return path.stem


def _loaded(path: Path) -> Picture | None:
    decoded = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if decoded is None:
        return None
    scale = _LONG_SIDE / max(decoded.shape[:2])
    if scale < 1:
        decoded = cv2.resize(decoded, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(decoded[..., ::-1]).astype(np.uint8)


def _part_of(items: list[Path], part: Part) -> list[Path]:
    return [item for at, item in enumerate(items) if (at % _VALIDATION_EACH == 0) == (part == "validation")]


def _font_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        plain = path.suffix.lower() in {".ttf", ".otf", ".ttc"} and path.is_file() and not path.is_symlink()
        if plain and "Emoji" not in path.name and "Symbol" not in path.name:
            yield path


def _scripts_of(path: Path) -> list[str]:
    """Scripts of which the font has every character."""
    try:
        font = TTCollection(path).fonts[0] if path.suffix.lower() == ".ttc" else TTFont(path, lazy=True)
        characters = set(font.getBestCmap() or ())
    except (TTLibError, OSError, KeyError, AttributeError, AssertionError):
        return []
    return [script for script, words in SCRIPTS.items() if {ord(sign) for sign in words} <= characters]
