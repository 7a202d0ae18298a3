"""Draws a set of samples to disk, as arrays that `train.py` and `benchmarks/segmentation.py` read.

    python training/draw_set.py --packages DIR --part train --count 20000 --out DIR/train [--seed 13]

Sample i of a part depends on the seed, the part and i only.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from draw import SIZE, draw
from sources import sources

_PARTS = ("train", "validation", "test")
_FONTS = Path(__file__).resolve().parents[1] / "fonts"


def main() -> None:
    """Draw, and write four arrays: picture, letter, outline, backing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="folder of unpacked Debian packages")
    parser.add_argument("--part", choices=_PARTS, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=13)
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    found = sources(wanted.packages, _FONTS, sample_folders(), wanted.part)
    print({script: len(fonts) for script, fonts in found.fonts.items()}, len(found.pictures), "pictures", flush=True)
    wanted.out.mkdir(parents=True, exist_ok=True)
    shapes = {"picture": (*SIZE, 3), "letter": SIZE, "outline": SIZE, "backing": SIZE}
    arrays = {
        name: np.lib.format.open_memmap(wanted.out / f"{name}.npy", "w+", np.uint8, (wanted.count, *shape))
        for name, shape in shapes.items()
    }
    for at in range(wanted.count):
        sample = draw(np.random.default_rng([wanted.seed, _PARTS.index(wanted.part), at]), found)
        for name, array in arrays.items():
            array[at] = getattr(sample, name)
        if at % 500 == 499:
            print(at + 1, flush=True)


def sample_folders() -> list[Path]:
    """Folders of the sample pictures that scikit-image and scikit-learn ship."""
    folders = []
    for package, relative in (("skimage", "data"), ("sklearn", "datasets/images")):
        spec = find_spec(package)
        assert spec is not None and spec.submodule_search_locations
        folders.append(Path(spec.submodule_search_locations[0]) / relative)
    return folders


if __name__ == "__main__":
    main()
