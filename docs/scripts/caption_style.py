"""Try a caption in several styles of a brand, and write the ones that were chosen.

python caption_style.py clip.mp4 words.srt --base pop --fill "#ffe14d" --size 0.07

A style is a frozen document: `model_copy` makes another one, and refuses what is not allowed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import overlaycut
from overlaycut.captions import load_style


def brand_style(base: str, fill: str | None, size: float | None) -> overlaycut.Style:
    """A shipped style with a brand's colour and size, the size as a share of the shorter side."""
    changes = {name: value for name, value in (("fill", fill), ("size", size)) if value is not None}
    return load_style(base).model_copy(update=changes)


def main(words: list[str] | None = None) -> overlaycut.CaptionReport:
    """Write the captioned clip, the captions alone for an editor, and a still to look at."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("subs", type=Path)
    parser.add_argument("--base", default="clean")
    parser.add_argument("--fill")
    parser.add_argument("--size", type=float)
    parser.add_argument("--out", type=Path, default=Path("captioned"))
    given = parser.parse_args(words)
    style = brand_style(given.base, given.fill, given.size)
    first = overlaycut.caption(given.clip, given.subs, sidecars=[given.out / "words.vtt"], style=style)
    middle = (first.cues[0].start + first.cues[0].end) / 2
    report = overlaycut.caption(
        given.clip,
        given.subs,
        out=given.out / "clip.mp4",
        alpha=given.out / "captions.mov",
        stills=[(middle, given.out / "look.png")],
        style=style,
    )
    for warning in report.warnings:
        print(f"warning: {warning}")
    return report


if __name__ == "__main__":
    main()
