"""How often the font of a run of lettering is found again among all fonts that are there.

Words are set in a font drawn at random, 16 to 72 pixels high, put between the pixels, squeezed or widened by up to 4 %,
blurred as a clip blurs (1.2 to 3.5 % of the height), and covered with noise; all without perspective, as on a region
that was laid flat. Three answers are compared with chance: overlaycut's letter by letter; the peer, the overlap of the
whole line, set into the same place and blurred alike; and what weight and width alone say, as for melted lettering.

Right is the same family and style; nearly right the same family. Fonts that come with the system are candidates too, so
the figures depend on which those are: the count is printed.

    python benchmarks/font_match.py [--examples 100] [--seed 0]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common import print_environment
from overlaycut.captions import InkBounds, font_files, line_bounds, typeset
from overlaycut.captions.font_match import best_match, font_name, nearest_look
from overlaycut.captions.fonts import missing_glyphs, opened_font
from overlaycut.errors import FontError

WORDS = ("COLD BREW", "Coffee", "SINCE 1998", "Morning Glory", "OPEN", "Fresh 24", "Harbour Tea", "Kg 500", "ROUGE")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    print_environment()
    fonts = one_of_each(font_files())
    families = {family(path) for path in fonts}
    print(
        f"{len(fonts)} fonts of {len(families)} families; chance {1 / len(fonts):.3f}, family {1 / len(families):.3f}"
    )
    rng = np.random.default_rng(wanted.seed)
    ways: dict[str, Callable[[NDArray[np.float32], str], Path]] = {
        "letter by letter": lambda shown, text: best_match(shown, text, fonts).path,
        "whole line": lambda shown, text: whole_line(shown, text, fonts),
        "weight and width": lambda shown, text: nearest_look(shown, text, fonts).path,
    }
    right, near, seconds = (dict.fromkeys(ways, 0.0) for _ in range(3))
    for _ in range(wanted.examples):
        font, text = fonts[rng.integers(len(fonts))], WORDS[rng.integers(len(WORDS))]
        shown = example(text, font, rng)
        for name, way in ways.items():
            start = time.perf_counter()
            found = way(shown, text)
            seconds[name] += time.perf_counter() - start
            right[name] += found == font
            near[name] += family(found) == family(font)
    for name in ways:
        rates = f"right {right[name] / wanted.examples:.2f}, family {near[name] / wanted.examples:.2f}"
        print(f"{name}: {rates}, {1000 * seconds[name] / wanted.examples:.0f} ms each")


def one_of_each(files: Sequence[Path]) -> list[Path]:
    """The fonts that can set all words, one file for each family and style."""
    found: dict[str, Path] = {}
    for path in files:
        try:
            if not missing_glyphs("".join(WORDS), path):
                found.setdefault(font_name(path), path)
        except FontError:
            continue  # a system's folders hold files that FreeType does not read; they are no candidates
    return list(found.values())


def family(path: Path) -> str:
    """The family's name, as the font has it."""
    return opened_font(path, 16).getname()[0] or ""


def example(text: str, font: Path, rng: np.random.Generator) -> NDArray[np.float32]:
    """Lettering as a clip shows it, laid flat."""
    rows = rng.uniform(16, 72)
    natural = line_bounds(typeset(text, font, into=[InkBounds(9, 9, 3009, 109)], width=3020, height=120), 1)[0]
    columns = rows * natural.width / natural.height * rng.uniform(0.96, 1.04)
    x, y = rng.uniform(12, 13, 2)
    size = {"width": round(columns) + 26, "height": round(rows) + 26}
    drawn = typeset(text, font, into=[InkBounds(x, y, x + columns, y + rows)], **size)
    soft = cv2.GaussianBlur(drawn, (0, 0), rng.uniform(0.012, 0.035) * rows)
    noisy = soft + rng.normal(0, rng.uniform(0, 0.06), soft.shape)
    return np.clip(noisy, 0, 1).astype(np.float32)


def whole_line(shown: NDArray[np.float32], text: str, fonts: Sequence[Path]) -> Path:
    """The peer: the font whose line, set into the same place, overlaps most with the example."""
    into = line_bounds(shown, 1)
    sigma = 0.024 * into[0].height

    def overlap(path: Path) -> float:
        drawn = typeset(text, path, into=into, width=shown.shape[1], height=shown.shape[0])
        soft = cv2.GaussianBlur(drawn, (0, 0), sigma)
        return float(np.minimum(soft, shown).sum() / np.maximum(soft, shown).sum())

    return max(fonts, key=overlap)


if __name__ == "__main__":
    main()
