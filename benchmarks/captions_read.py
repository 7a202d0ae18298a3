"""Can burned-in captions be read? Every shipped style, encoded, decoded, and read back by OCR; and WCAG's contrast.

Sentences are drawn at 1080×1920 on busy pictures (the stills of the samples, and frames of clips in a folder that is
named), at the moment when all of their words stand there and the last is being said. The pictures go through x264 at
crf 18. Each line is read where it was laid out. Errors are Levenshtein's distance over the letters that were set, white
space aside. What the reader gets wrong on black letters on white, with nothing around them, is given beside it: no
caption can do better.

    python benchmarks/captions_read.py [--clips FOLDER] [--grounds 8] [STYLE …]
"""

from __future__ import annotations

import argparse
import tempfile
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np

from common import edits, print_environment
from overlaycut.captions import burn_in, lay_out, load_style, style_names
from overlaycut.captions.cue_renderer import CueRenderer
from overlaycut.captions.layout import Layout, PlacedCue
from overlaycut.captions.legibility import Legibility
from overlaycut.captions.style import Style
from overlaycut.captions.timing import spread
from overlaycut.core.cues import Cue, squeezed
from overlaycut.core.flow import apply_stages
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.media import Clip, Encoding, read_still, write_clip
from overlaycut.models import rapid_reader
from overlaycut.reframe.reframing import reframed
from overlaycut.resources import folder

WIDTH, HEIGHT = 1080, 1920
SAFE = Box(44, 150, 886, 1286)
LENGTH = Fraction(4)
TEXTS = {
    "Latin": (
        "Brew it cold tonight",
        "Jumpy quartz vixens",
        "Why pay more money?",
        "Zwölf Äpfel fürs Büro",
        "Been there before",
    ),
    "CJK": ("今日はいい天気", "新しい朝が来た", "今天的咖啡很好喝", "周末一起去公园"),
}
PLAIN = {
    "font": "Inter-Bold.otf",
    "size": 0.074,
    "fill": "#000000",
    "outline_width": 0,
    "shadow_opacity": 0,
    "contrast": 1,
}


def grounds(clips: Path | None, most: int) -> list[Frame]:
    """Pictures of 1080×1920 from the samples' stills and from the middle of clips."""
    pictures = [Frame.from_rgb(read_still(path), index=0, at=Fraction(0), lasts=Fraction(1))
                for path in sorted(folder("samples").glob("*/stills/*.png"))]  # fmt: skip
    for path in sorted(clips.glob("*.mp4"))[: most - len(pictures)] if clips else []:
        pictures.extend(islice(Clip(path).frames(), 20, 21))
    found = []
    for picture in pictures[:most]:
        cut = reframed((picture.width, picture.height), (WIDTH, HEIGHT), mode="centre")
        found.append(next(cut(iter([picture]))))
    return found


def laid(text: str, style: Style) -> Layout:
    """One cue, its words said over three seconds."""
    words = spread(text, [(Fraction(0), Fraction(3))])
    whole = style.model_copy(update={"max_words": None})
    return lay_out([Cue(Fraction(0), LENGTH, text, words)], width=WIDTH, height=HEIGHT, style=whole, safe=SAFE)


def moment(layout: Layout) -> Fraction:
    """When the last word is well under way."""
    last = layout.cues[0].cue.words[-1]
    return last.end - (last.end - last.start) / 20


def read(picture: Frame, placed: PlacedCue) -> list[str]:
    """Each line of a cue, read where it stands."""
    em = placed.size
    crops = []
    for line in placed.lines:
        top, bottom = min(w.ink.top for w in line.words), max(w.ink.bottom for w in line.words)
        around = Box(round(line.x - 0.25 * em), round(top - 0.15 * em),
                     round(line.width + 0.5 * em), round(bottom - top + 0.3 * em))  # fmt: skip
        crops.append(picture.patch(around.clipped(WIDTH, HEIGHT) or around))
    return [reading.text for reading in rapid_reader().read(crops)]


def judged(style: Style, texts: tuple[str, ...], pictures: list[Frame], work: Path) -> tuple[int, int, float]:
    """Letters read wrong, letters set, and the lowest contrast."""
    jobs = [(laid(text, style), picture) for text in texts for picture in pictures]
    drawn, lowest = [], 21.0
    for number, (layout, picture) in enumerate(jobs):
        at = moment(layout)
        ground = picture.retimed(index=0, at=at, lasts=Fraction(1, 30))
        watching = Legibility(CueRenderer(layout.cues[0], style), style)
        lowest = min(lowest, watching.measured(ground, watching.strength(ground)))
        (after,) = apply_stages(iter([ground]), [burn_in(layout, style)])
        drawn.append(after.retimed(index=number, at=Fraction(number, 30), lasts=Fraction(1, 30)))
    out = work / "drawn.mp4"
    encoding = Encoding(preset="fast", crf=18, gop=1)
    write_clip(iter(drawn), out, tick=Fraction(1, 30), encoding=encoding)
    wrong = total = 0
    for (layout, _), picture in zip(jobs, Clip(out).frames(), strict=True):
        for line, said in zip(layout.cues[0].lines, read(picture, layout.cues[0]), strict=True):
            wanted = squeezed(line.text)
            wrong += edits(squeezed(said), wanted)
            total += len(wanted)
    return wrong, total, lowest


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("styles", nargs="*", metavar="STYLE")
    parser.add_argument("--clips", type=Path, help="a folder of .mp4 files")
    parser.add_argument("--grounds", type=int, default=8)
    args = parser.parse_args()
    print_environment()
    pictures = grounds(args.clips, args.grounds)
    blank = Frame.from_rgb(np.full((HEIGHT, WIDTH, 3), 255, np.uint8), index=0, at=Fraction(0), lasts=Fraction(1))
    print(f"{len(pictures)} grounds; letters read wrong, of those set, and the lowest contrast")
    with tempfile.TemporaryDirectory() as name:
        for label, style, behind in [
            ("(on white)", Style.model_validate(PLAIN), [blank]),
            *((name, load_style(name), pictures) for name in args.styles or style_names()),
        ]:
            row = f"{label:13}"
            for kind, texts in TEXTS.items():
                wrong, total, lowest = judged(style, texts, behind, Path(name))
                row += f"  {kind} {100 * wrong / total:5.2f} % ({wrong:3} of {total})  {lowest:4.1f}:1"
            print(row, flush=True)


if __name__ == "__main__":
    main()
