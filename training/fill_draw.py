"""Draws samples for the fill network to disk, as arrays that `fill_train.py` reads.

    python training/fill_draw.py --packages DIR --part train --count 10000 --out DIR/fill_train [--size 144x144]

A sample is a bare surface and the same with a hole: strokes of lettering grown by some pixels, boxes, lines, brush
strokes. What lies around the hole is what a video shows there: where something is drawn into the hole before the
picture is compressed, its edge tinges and rings. All planes are YUV, bytes. Sample i of a part depends on the seed, the
part and i only.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from draw import Floats, Rng
from draw import _as_video as as_video
from draw import _gradient as gradient
from draw import _laid as laid
from draw import _photo as photo
from draw import _shapes as shapes
from draw import _text as text
from draw import _texture as texture
from draw_set import sample_folders
from overlaycut.repair.fill.inpainting import InpaintingParameters, pattern_fill, structure_fill
from overlaycut.vision.illumination import spread
from sources import Sources, sources

HOLES = {"text": 0.68, "brush": 0.14, "box": 0.08, "line": 0.1}
"""Kinds of holes, and how often each is drawn."""

SHARES = (0.02, 0.6)
"""Least and largest share of a sample that is hole."""

_CONTAMINATED = 0.4
"""Share of the samples into whose hole something is drawn before the picture is compressed."""

_STRUCTURE, _PATTERN = structure_fill(InpaintingParameters()), pattern_fill(InpaintingParameters())
_PARTS = ("train", "validation", "test")
_FONTS = Path(__file__).resolve().parents[1] / "fonts"
_TO_YUV = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]) / 255
"""Rows Y, U, V of BT.601 in limited range for RGB bytes (ITU-R BT.601-7)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One surface with a hole."""

    truth: NDArray[np.uint8]
    """What lies there, YUV, (rows, columns, 3)."""
    structure: NDArray[np.uint8]
    """What is seen of it, and in the hole what the package's sparse fill makes of edges and texture."""
    smooth: NDArray[np.uint8]
    """The same with a pull-push interpolation in the hole."""
    pattern: NDArray[np.uint8]
    """The same with the sparse fill that repeats patterns."""
    hole: NDArray[np.uint8]
    """1 in the hole, (rows, columns)."""


def main() -> None:
    """Draw, and write five arrays: truth, structure, smooth, pattern, hole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="folder of unpacked Debian packages")
    parser.add_argument("--part", choices=_PARTS, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", default="144x144", help="rows and columns of a sample")
    parser.add_argument("--seed", type=int, default=29)
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    found = sources(wanted.packages, _FONTS, sample_folders(), wanted.part)
    wanted.out.mkdir(parents=True, exist_ok=True)
    rows, columns = map(int, wanted.size.split("x"))
    size = rows, columns
    arrays = {
        name: np.lib.format.open_memmap(
            wanted.out / f"{name}.npy", "w+", np.uint8, (wanted.count, rows, columns, *rest)
        )
        for name, rest in {"truth": (3,), "structure": (3,), "smooth": (3,), "pattern": (3,), "hole": ()}.items()
    }
    for at in range(wanted.count):
        sample = drawn(np.random.default_rng([wanted.seed, _PARTS.index(wanted.part), at]), found, size)
        for name, array in arrays.items():
            array[at] = getattr(sample, name)
        if at % 100 == 99 or at == wanted.count - 1:
            (wanted.out / "drawn.tmp").write_text(f"{at + 1}\n", encoding="utf-8")
            (wanted.out / "drawn.tmp").replace(wanted.out / "drawn.txt")


def drawn(rng: Rng, found: Sources, size: tuple[int, int]) -> Sample:
    """One sample."""
    while True:
        bare = _bare(rng, found, size)
        line_px = float(np.exp(rng.uniform(np.log(16), np.log(120))))
        shown, hole = _covered(rng, found, bare, line_px)
        if SHARES[0] < hole.mean() < SHARES[1]:
            break
    seed = int(rng.integers(2**32))  # blur, noise and compression are the same with and without lettering
    truth = _yuv(as_video(np.random.default_rng(seed), bare, line_px))
    contaminated = rng.random() < _CONTAMINATED
    seen = _yuv(as_video(np.random.default_rng(seed), shown, line_px)) if contaminated else truth
    picture = seen.astype(np.float32)
    smooth = np.where(hole[..., None], spread(picture, (~hole).astype(np.float32)), picture)
    planes = (_bytes(part) for part in (truth, _STRUCTURE(smooth, hole), smooth, _PATTERN(smooth, hole)))
    return Sample(*planes, hole.astype(np.uint8))


def _bare(rng: Rng, found: Sources, size: tuple[int, int]) -> Floats:
    """A surface: four times in five a photograph, of which more often the livelier of two crops is taken."""
    kind = rng.random()
    if kind < 0.12:
        canvas = texture(rng, size)
    elif kind < 0.2:
        canvas = gradient(rng, size) + 0.4 * (photo(rng, found.pictures, size) - 0.5)
    else:
        canvas, other = (photo(rng, found.pictures, size) for _ in range(2))
        if rng.random() < 0.7 and _liveliness(other) > _liveliness(canvas):
            canvas = other
    if rng.random() < 0.12:
        canvas = shapes(rng, canvas)
    return np.clip(canvas, 0, 1).astype(np.float32)


def _liveliness(canvas: Floats) -> float:
    return float(np.abs(np.diff(canvas, axis=0)).mean() + np.abs(np.diff(canvas, axis=1)).mean())


def _covered(rng: Rng, found: Sources, bare: Floats, line_px: float) -> tuple[Floats, NDArray[np.bool_]]:
    """The surface with something over it, and the hole that hides all of that."""
    kind = rng.choice(list(HOLES), p=list(HOLES.values()))
    grown = int(rng.integers(1, 5))
    if kind == "text":
        layers = text(rng, found, bare.shape[:2], line_px, bare)
        return laid(rng, bare, layers), _grown(layers.alpha > 0.06, grown)
    mask = np.zeros(bare.shape[:2], np.uint8)
    if kind == "box":
        for _ in range(rng.integers(1, 4)):
            _draw_box(rng, mask)
    else:
        for _ in range(rng.integers(1, 7)):
            _draw_stroke(rng, mask, straight=kind == "line")
    colour = rng.uniform(0, 1, 3).astype(np.float32)
    return np.where(mask[..., None] > 0, colour, bare), _grown(mask > 0, grown)


def _draw_box(rng: Rng, mask: NDArray[np.uint8]) -> None:
    """A box of a glyph, or of a word."""
    height = int(np.exp(rng.uniform(np.log(6), np.log(36))))
    width = int(height * np.exp(rng.uniform(np.log(0.4), np.log(8))))
    top, left = (int(rng.integers(-8, side)) for side in mask.shape)
    cv2.rectangle(mask, (left, top), (left + width, top + height), 1, -1)


def _draw_stroke(rng: Rng, mask: NDArray[np.uint8], *, straight: bool) -> None:
    """A straight line, or a wavy stroke of a brush."""
    width = int(np.exp(rng.uniform(0, np.log(10 if straight else 24))))
    points = rng.uniform(-0.1, 1.1, (2 if straight else int(rng.integers(3, 6)), 2)) * mask.shape[::-1]
    if not straight:
        share = np.linspace(0, len(points) - 1, 40)
        points = np.stack([np.interp(share, np.arange(len(points)), line) for line in points.T], axis=1)
        points = cv2.blur(points, (1, 9))
    cv2.polylines(mask, [points.astype(np.int32)], False, 1, width)


def _grown(mask: NDArray[np.bool_], pixels: int) -> NDArray[np.bool_]:
    side = 2 * pixels + 1
    return cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))) > 0


def _yuv(picture: NDArray[np.uint8]) -> Floats:
    return (picture @ _TO_YUV.T + np.array([16, 128, 128])).astype(np.float32)


def _bytes(picture: Floats) -> NDArray[np.uint8]:
    return np.rint(np.clip(picture, 0, 255)).astype(np.uint8)


if __name__ == "__main__":
    main()
