"""Packs what training draws from into a small folder, to take it to a machine that has none of the packages.

    python training/pack.py --packages DIR --out DIR/pack

Writes a folder for each of the parts train and validation: fonts reduced to the characters that are drawn, pictures and
textures as JPEG. `train.py --pack` reads it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
from fontTools.subset import Options, Subsetter, load_font, save_font
from fontTools.ttLib import TTLibError

from draw_set import FONTS, sample_folders
from sources import SCRIPTS, Picture, sources

_CHARACTERS = "".join(SCRIPTS.values()) + "".join(map(chr, range(32, 127)))
_LONG_SIDES = {"pictures": 1500, "textures": 512}
_QUALITY = 80


def main() -> None:
    """Pack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="folder of unpacked Debian packages")
    parser.add_argument("--out", type=Path, required=True)
    wanted = parser.parse_args()
    for part in ("train", "validation"):
        found = sources(wanted.packages, FONTS, sample_folders(), part)
        folder = wanted.out / part
        for kind, pictures in (("pictures", found.pictures), ("textures", found.textures)):
            (folder / kind).mkdir(parents=True, exist_ok=True)
            for at, picture in enumerate(pictures):
                _write(folder / kind / f"{at:04d}.jpg", picture, _LONG_SIDES[kind])
        (folder / "fonts").mkdir(parents=True, exist_ok=True)
        names: dict[Path, str] = {}
        for path, _ in (face for faces in found.fonts.values() for face in faces):
            if path not in names:
                names[path] = f"{len(names):04d}{path.suffix.lower().replace('ttc', 'ttf')}"
                _reduce(path, folder / "fonts" / names[path])
        listed = {script: [(names[path], 0) for path, _ in faces] for script, faces in found.fonts.items()}
        (folder / "fonts.json").write_text(json.dumps(listed), encoding="utf-8")


def _write(path: Path, picture: Picture, long_side: int) -> None:
    scale = min(long_side / max(picture.shape[:2]), 1.0)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    cv2.imwrite(str(path), small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])


def _reduce(source: Path, target: Path) -> None:
    """The font with the characters that are drawn, and its layout rules; whole, where it cannot be reduced."""
    options = Options(layout_features=["*"], name_IDs=[1, 2], hinting=False, notdef_outline=True, font_number=0)
    options.drop_tables += ["SVG ", "DSIG", "meta"]
    try:
        font = load_font(str(source), options)
        subsetter = Subsetter(options)
        subsetter.populate(text=_CHARACTERS)
        subsetter.subset(font)
        save_font(font, str(target), options)
    except (TTLibError, AssertionError, KeyError, AttributeError):
        target.write_bytes(source.read_bytes())


if __name__ == "__main__":
    main()
