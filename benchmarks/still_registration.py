"""What it helps a still's registration with its clip to know how the still was prepared for the provider.

Stills are drawn: busy ones, walls of one tile, packshots out of focus, and posters of a few words. Each is fitted to
9:16 as `generate` does (cropped or padded), rendered anew as providers do (another size, light, blur, noise, JPEG of
quality 60), and registered without and with the map of its preparation. In a third of them the provider crops another
2 % by itself, so that the map is off by up to 13 pixels.

tuning: seeds 0 to 7 of each kind. test: seeds 100 to 107; only run for the report.

Columns: share of stills that are placed within 2 pixels over the whole of what the clip shows; that are placed wrongly;
and that are not found. Last, first frames of another still: share that is taken for the still, which has to be 0.

    python benchmarks/still_registration.py [--seeds 8]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from common import print_environment
from overlaycut.analyse.register import register
from overlaycut.core.geometry import Homography, mapped, scaling, shift
from overlaycut.generation.still_fit import StillLimits, fitted_still
from overlaycut.resources import folder

Picture = NDArray[np.uint8]
PLACED_PX = 2.0
"""Error up to which lettering is put back where it was; beyond, it shows double."""
OWN_CROP = 0.02
"""Share of each side that a third of the providers cut off by themselves."""


def busy(rng: np.random.Generator, width: int, height: int, count: int = 140) -> Picture:
    """Shapes of many sizes over each other."""
    picture = np.full((height, width, 3), 120, dtype=np.uint8)
    for _ in range(count):
        x, y, r = int(rng.integers(width)), int(rng.integers(height)), int(rng.integers(8, 60))
        cv2.circle(picture, (x, y), r, tuple(int(c) for c in rng.integers(0, 255, 3)), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), 0.8).astype(np.uint8)


def tiles(rng: np.random.Generator, width: int, height: int) -> Picture:
    """One tile, many times."""
    tile = busy(rng, 50, 50, 12)
    return np.tile(tile, (height // 50 + 1, width // 50 + 1, 1))[:height, :width].copy()


def packshot(rng: np.random.Generator, width: int, height: int) -> Picture:
    """A pack on a plain ground, all edges out of focus."""
    picture = np.full((height, width, 3), rng.integers(120, 220, 3), dtype=np.uint8)
    x, y = int(width * rng.uniform(0.25, 0.4)), int(height * rng.uniform(0.3, 0.4))
    cv2.rectangle(picture, (x, y), (width - x, height - y // 2), tuple(int(c) for c in rng.integers(30, 140, 3)), -1)
    cv2.rectangle(picture, (x + 20, y + 60), (width - x - 20, y + 150), (226, 224, 214), -1)
    return cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(7, 11))).astype(np.uint8)


def poster(rng: np.random.Generator, width: int, height: int) -> Picture:
    """A few words on a plain ground."""
    image = Image.new("RGB", (width, height), tuple(int(c) for c in rng.integers(150, 240, 3)))
    draw = ImageDraw.Draw(image)
    for row, size in enumerate(rng.integers(28, 60, 2)):
        font = ImageFont.truetype(str(folder("fonts") / "Inter-Bold.otf"), int(size))
        word = "".join(rng.choice(list("ABCEGHKLMNORSTU"), 6))
        draw.text((width / 2, height * (0.4 + 0.15 * row)), word, fill=(40, 40, 50), font=font, anchor="mm")
    return np.asarray(image)


KINDS: dict[str, Callable[[np.random.Generator, int, int], Picture]] = {
    "busy": busy, "tiles": tiles, "packshot": packshot, "poster": poster,
}  # fmt: skip


def generated(rng: np.random.Generator, still: Picture, fit: str) -> tuple[Picture, Homography, Homography]:
    """A first frame, the map of the preparation in its pixels, and the true map."""
    limits = StillLimits(ratios=(Fraction(9, 16),), divisor=16, most_side_px=1280)
    sent = fitted_still(still, limits, fit=fit)  # type: ignore[arg-type]
    width, height = 576, 1024
    prior = scaling(width / sent.size[0], height / sent.size[1]) @ sent.matrix
    own = OWN_CROP if rng.random() < 1 / 3 else 0.0
    zoom = 1 / (1 - own)
    extra = shift(-width * own / 2 * zoom, -height * own / 2 * zoom) @ scaling(zoom, zoom)
    half = shift(0.5, 0.5)
    matrix = np.linalg.inv(half) @ extra @ scaling(width / sent.size[0], height / sent.size[1]) @ half
    frame = cv2.warpPerspective(sent.picture, matrix, (width, height), flags=cv2.INTER_AREA).astype(np.float32)
    frame = cv2.GaussianBlur(frame, (0, 0), 0.8) * rng.uniform(0.88, 1.05) + rng.normal(0, 2, frame.shape)
    done, packed = cv2.imencode(".jpg", np.clip(frame, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 60])
    assert done
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8), prior, extra @ prior


def error(found: Homography, truth: Homography, still: Picture, frame: Picture) -> float:
    """Largest error in pixels over the part of the still that the frame shows."""
    height, width = still.shape[:2]
    points = np.stack(np.meshgrid(np.linspace(0, width, 12), np.linspace(0, height, 12)), axis=-1).reshape(-1, 2)
    there = mapped(truth, points)
    shown = (there >= 0).all(axis=1) & (there <= (frame.shape[1], frame.shape[0])).all(axis=1)
    return float(np.linalg.norm(mapped(found, points) - there, axis=1)[shown].max())


def measured(kind: str, seeds: range) -> str:
    """The row of one kind."""
    counts = {"without": [0, 0, 0], "with": [0, 0, 0]}
    taken = tried = 0
    for seed in seeds:
        for fit in ("crop", "pad"):
            rng = np.random.default_rng([seed, len(fit)])
            still = KINDS[kind](rng, 640, 800)
            frame, prior, truth = generated(rng, still, fit)
            for name, guess in (("without", None), ("with", prior)):
                found = register(still, frame, prior=guess)
                place = 2 if found is None else int(error(found.matrix, truth, still, frame) > PLACED_PX)
                counts[name][place] += 1
            other = KINDS["busy" if kind != "busy" else "poster"](rng, 640, 800)
            taken += register(other, frame, prior=prior) is not None
            tried += 1
    cells = "  ".join(
        f"{name}: placed {right / tried:4.0%}, wrong {wrong / tried:4.0%}, not found {lost / tried:4.0%}"
        for name, (right, wrong, lost) in counts.items()
    )
    return f"{kind:9} {cells}  another still taken {taken / tried:4.0%}"


def main() -> None:
    """Print a table for each half of the seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=8, help="of each kind; each is cropped and padded")
    count: int = parser.parse_args().seeds
    print_environment()
    for half, first in (("tuning", 0), ("test", 100)):
        print(f"\n{half}, {2 * count} of each kind")
        for kind in KINDS:
            print(measured(kind, range(first, first + count)))


if __name__ == "__main__":
    main()
