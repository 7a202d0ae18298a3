"""Draws a set of samples to disk, as arrays that `train.py` and `benchmarks/segmentation.py` read.

    python training/draw_set.py --packages DIR --part train --count 20000 --out DIR/train [--seed 13] [--processes 2]

Sample i of a part depends on the seed, the part and i only.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from draw import SIZE, Sample, draw
from sources import Part, Sources, packed, sources

_PARTS = ("train", "validation", "test")
_PORTION = 500
"""Samples that wait to be written at most."""
_KEPT: list[Sources] = []
"""What a process draws from."""
FONTS = Path(__file__).resolve().parents[1] / "fonts"


def main() -> None:
    """Draw, and write four arrays: picture, letter, outline, backing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--packages", type=Path, help="folder of unpacked Debian packages")
    source.add_argument("--pack", type=Path, help="what pack.py wrote")
    parser.add_argument("--part", choices=_PARTS, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    if wanted.pack:
        found = packed(wanted.pack / wanted.part)
    else:
        found = sources(wanted.packages, FONTS, sample_folders(), wanted.part)
    print({script: len(fonts) for script, fonts in found.fonts.items()}, len(found.pictures), "pictures", flush=True)
    wanted.out.mkdir(parents=True, exist_ok=True)
    shapes = {"picture": (*SIZE, 3), "letter": SIZE, "outline": SIZE, "backing": SIZE}
    arrays = {
        name: np.lib.format.open_memmap(wanted.out / f"{name}.npy", "w+", np.uint8, (wanted.count, *shape))
        for name, shape in shapes.items()
    }
    for at, sample in enumerate(drawn(found, wanted.part, wanted.seed, wanted.count, wanted.processes)):
        for name, array in arrays.items():
            array[at] = getattr(sample, name)
        if at % 500 == 499:
            print(at + 1, flush=True)


def drawn(found: Sources, part: Part, seed: int, count: int, processes: int) -> Iterator[Sample]:
    """Samples in order, drawn by several processes, which share the pictures in memory."""
    one = partial(_one, [seed, _PARTS.index(part)])
    with ProcessPoolExecutor(processes, get_context("fork"), _keep, (found,)) as pool:
        for first in range(0, count, _PORTION):
            yield from pool.map(one, range(first, min(first + _PORTION, count)), chunksize=8)


def _keep(found: Sources) -> None:
    _KEPT.append(found)


def _one(seed: list[int], at: int) -> Sample:
    return draw(np.random.default_rng([*seed, at]), _KEPT[-1])


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
