"""How near fills of thin holes come to the truth: the network's, the plate's others, their mean, and peers.

Two sets of surfaces with holes, drawn by `training/fill_draw.py` (see training/README.md for the commands):

tuning: pictures and fonts that were kept for validation.
test: other pictures and other fonts; only run for the report.

Four surfaces in five are photographs, most holes are strokes of text grown by some pixels, and in two of five samples
something was drawn into the hole before the picture was compressed, so that its edge is tinged. Rows: OpenCV's Telea
and Navier–Stokes, the biharmonic surface (equal to scikit-image's), the two sparse fills, the network, the plate's
weighted mean without the network and with it. Columns: PSNR of luma in the hole in the mean and the
median sample and in the worst tenth; by how much the mean is above the best peer of each sample; milliseconds of
processor time per 1000 pixels of hole (of the network alone without the sparse fills that it is given).

    python benchmarks/fill.py --tuning DIR/fill_tuning [--test DIR/fill_test] [--sheet FILE.png]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common import print_environment
from overlaycut.models import thin_hole_fill
from overlaycut.repair.fill.inpainting import biharmonic, pattern_fill, structure_fill
from overlaycut.repair.fill.learned import improved
from overlaycut.repair.fill.plate import PlateParameters, filled

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

PEERS = ("Telea", "Navier–Stokes", "biharmonic")
_LEAST_ERROR = 1.0
"""Squared levels that are added to every mean square error: below it nobody sees a difference."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tuning", type=Path, required=True)
    parser.add_argument("--test", type=Path, help="left out while anything is tuned")
    parser.add_argument("--most", type=int, default=80, help="samples of each set")
    parser.add_argument("--sheet", type=Path, help="picture of the first samples of the last set")
    wanted = parser.parse_args()
    print_environment()
    cv2.setNumThreads(1)
    sets = {"tuning": wanted.tuning} | ({"test": wanted.test} if wanted.test else {})
    for name, folder in sets.items():
        print_scores(name, list(samples(folder, wanted.most)))
    if wanted.sheet:
        cv2.imwrite(str(wanted.sheet), sheet(list(samples(folder, 12))))


def fills(picture: Floats, hole: Mask) -> dict[str, tuple[Floats, float]]:
    """What each method makes of it, by its name in the table, and the seconds of processor time that it took."""
    own = PlateParameters()
    made: dict[str, tuple[Floats, float]] = {}

    def add(name: str, method: Callable[[], Floats]) -> Floats:
        start = time.process_time()
        result = method()
        made[name] = result, time.process_time() - start
        return result

    add("Telea", lambda: _opencv(picture, hole, cv2.INPAINT_TELEA))
    add("Navier–Stokes", lambda: _opencv(picture, hole, cv2.INPAINT_NS))
    add("biharmonic", lambda: biharmonic(picture, hole))
    structure = add("structure", lambda: structure_fill(own.inpainting)(picture, hole))
    pattern = add("pattern", lambda: pattern_fill(own.inpainting)(picture, hole))
    add("network", lambda: improved(structure, pattern, hole, thin_hole_fill(threads=1)))
    add("plate, no network", lambda: _plate(picture, hole, replace(own, network=False)))
    add("plate", lambda: _plate(picture, hole, own))
    return made


def samples(folder: Path, most: int) -> Iterator[tuple[Floats, Floats, Mask]]:
    """What is seen, with nothing in the hole; the truth; the hole."""
    seen, truth, holes = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("structure", "truth", "hole"))
    for picture, due, hole in zip(seen[:most], truth, holes, strict=False):
        inside = hole > 0
        yield np.where(inside[..., None], 0, picture).astype(np.float32), due.astype(np.float32), inside


def print_scores(name: str, held: list[tuple[Floats, Floats, Mask]]) -> None:
    """The table of one set."""
    psnrs: dict[str, list[float]] = {}
    spent: dict[str, float] = {}
    for picture, due, hole in held:
        for method, (made, seconds) in fills(picture, hole).items():
            psnrs.setdefault(method, []).append(psnr(made, due, hole))
            spent[method] = spent.get(method, 0.0) + seconds
    best = np.max([psnrs[peer] for peer in PEERS], axis=0)
    kilopixels = sum(int(hole.sum()) for _, _, hole in held) / 1000
    print(f"{f'{name} ({len(held)})':24}{'mean':>8}{'median':>8}{'worst':>8}{'gain':>8}{'ms':>8}")
    for method, values in psnrs.items():
        figures = np.mean(values), np.median(values), np.quantile(values, 0.1), np.mean(values - best)
        columns = "".join(f"{figure:8.2f}" for figure in figures)
        print(f"{method:24}{columns}{1000 * spent[method] / kilopixels:8.1f}", flush=True)


def psnr(made: Floats, due: Floats, hole: Mask) -> float:
    """Of luma in the hole."""
    return float(10 * np.log10(255**2 / (np.mean(np.square(made - due)[hole][:, 0]) + _LEAST_ERROR)))


def _opencv(picture: Floats, hole: Mask, how: int) -> Floats:
    filled_ = cv2.inpaint(np.rint(np.clip(picture, 0, 255)).astype(np.uint8), hole.astype(np.uint8), 3, how)
    return np.asarray(filled_, dtype=np.float32)


def _plate(picture: Floats, hole: Mask, parameters: PlateParameters) -> Floats:
    return filled(picture, hole, usable=np.ones_like(hole), parameters=parameters)[0]


def sheet(held: list[tuple[Floats, Floats, Mask]]) -> NDArray[np.uint8]:
    """BGR: a row for each sample, from the left what is seen, biharmonic, plate without and with network, the truth."""
    rows = []
    for picture, due, hole in held:
        made = fills(picture, hole)
        chosen = [made[name][0] for name in ("biharmonic", "plate, no network", "plate")]
        rows.append(np.hstack([picture, *chosen, due]))
    levels = np.rint(np.clip(np.vstack(rows), 0, 255)).astype(np.uint8)
    return np.asarray(cv2.cvtColor(levels[..., [0, 2, 1]], cv2.COLOR_YCrCb2BGR), dtype=np.uint8)


if __name__ == "__main__":
    main()
