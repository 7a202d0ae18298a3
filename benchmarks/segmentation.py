"""How exactly lettering is segmented, how much of its strokes is missed, and how long that takes.

Two sets of crops with ground truth, both made by `training/` (see its README for the commands):

tuning: drawn as the training crops are, with fonts and pictures that were kept for validation.
test: other fonts, other pictures, text rendered by libass and clips encoded by FFmpeg; only run for the report.

Rows: the network (`overlaycut.models.text_segmentation`) on the whole crop; the same, told the box around the text, as
a repair is; and the peer, told that box too: the heuristic of `overlaycut.repair.segment`, from colours and top-hats.
Columns: intersection over union of strokes (letter or outline) over all pixels of the set; its median over crops with
text; recall of stroke pixels; recall once the mask is grown by a pixel, as a fill grows it; share of crops without text
in which something is found; IoU of strokes and shadows together, which is what the peer's mask means.

    python benchmarks/segmentation.py --tuning DIR/validation --test DIR/test [--least 0.5]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common import print_environment
from overlaycut.core.colour import RGB_TO_YCBCR
from overlaycut.models.text_segmentation import OnnxTextSegmenter
from overlaycut.repair.segment.text_segmentation import segment_text

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Method = Callable[[Bytes, Mask], tuple[Mask, Mask]]
"""A crop and the box around its text into its strokes, and strokes with shadows."""

LINE_PX = 44.0
"""Line height that both methods are told: about the middle of what the sets hold, 18 to 86."""
SHADOW, UNSURE = 1, 3
"""Values of the sets' `backing` for shadows, and where text hardly shows: such pixels count neither way."""
TIMED = (128, 512)
BESIDE_PX = 6
LEAST_PX = 40
"""Pixels of truth from which a crop counts as one with text, and of mask as something found."""


@dataclass(frozen=True, slots=True)
class CropSet:
    """Crops with ground truth, as `training/draw_set.py` writes them."""

    picture: Bytes
    strokes: NDArray[np.bool_]
    shaded: NDArray[np.bool_]
    """Strokes and shadows."""
    sure: NDArray[np.bool_]
    """Pixels that count."""

    @classmethod
    def opened(cls, folder: Path) -> CropSet:
        """Read a set."""
        picture, letter, outline, backing = (
            np.load(folder / f"{name}.npy") for name in ("picture", "letter", "outline", "backing")
        )
        sure = backing != UNSURE
        truth = (letter.astype(np.int16) + outline >= 128) & sure
        return cls(picture, truth, truth | (backing == SHADOW), sure)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tuning", type=Path, required=True)
    parser.add_argument("--test", type=Path, help="left out while anything is tuned")
    parser.add_argument("--least", type=float, default=0.5, help="probability from which a pixel is a stroke")
    wanted = parser.parse_args()
    print_environment()
    cv2.setNumThreads(1)
    segmenter = OnnxTextSegmenter(threads=1)
    methods: dict[str, Method] = {
        "network": lambda crop, _: by_network(segmenter, crop, wanted.least),
        "network in box": lambda crop, box: in_box(by_network(segmenter, crop, wanted.least), box),
        "heuristic in box": by_heuristic,
    }
    sets = {"tuning": CropSet.opened(wanted.tuning)}
    if wanted.test:
        sets["test"] = CropSet.opened(wanted.test)
    print(f"{'':28}{'IoU':>8}{'median':>8}{'recall':>8}{'grown':>8}{'false':>8}{'shaded':>8}")
    for set_name, crops in sets.items():
        for name, method in methods.items():
            figures = "".join(f"{value:8.3f}" for value in compared(crops, method))
            print(f"{set_name} ({len(crops.picture)}) {name}".ljust(28) + figures, flush=True)
    print(f"{milliseconds(segmenter):.2f} ms of processor time for a crop of {TIMED[1]}×{TIMED[0]}, the quickest of 40")


def by_network(segmenter: OnnxTextSegmenter, crop: Bytes, least: float) -> tuple[Mask, Mask]:
    """The network's strokes, and those with shadows."""
    (found,) = segmenter.segment([crop], [LINE_PX])
    return found.strokes(least), found.letter + found.outline + found.shadow >= least


def in_box(masks: tuple[Mask, Mask], box: Mask) -> tuple[Mask, Mask]:
    """Both masks inside the box only."""
    return masks[0] & box, masks[1] & box


def by_heuristic(crop: Bytes, box: Mask) -> tuple[Mask, Mask]:
    """The heuristic's one mask, twice; where strokes do not stand out that is the whole box."""
    if not box.any():
        return box, box
    canvas = crop.astype(np.float32) / 255 @ RGB_TO_YCBCR.T.astype(np.float32)
    rows = np.flatnonzero(box.any(axis=1))
    found = segment_text(canvas, region=box, valid=np.ones_like(box), height_px=float(len(rows)))
    return found.ink & box, found.ink & box


def box_around(truth: Mask) -> Mask:
    """The rectangle around the text, with `BESIDE_PX` on every side."""
    box = np.zeros_like(truth)
    rows, columns = np.nonzero(truth)
    if rows.size:
        top, left = max(int(rows.min()) - BESIDE_PX, 0), max(int(columns.min()) - BESIDE_PX, 0)
        box[top : int(rows.max()) + BESIDE_PX + 1, left : int(columns.max()) + BESIDE_PX + 1] = True
    return box


def compared(crops: CropSet, method: Method) -> tuple[float, ...]:
    """The columns of the table."""
    inside = union = grown_inside = shaded_inside = shaded_union = 0
    ious, false, empty = [], 0, 0
    for picture, truth, shaded, sure in zip(crops.picture, crops.strokes, crops.shaded, crops.sure, strict=True):
        mask, mask_shaded = (found & sure for found in method(picture, box_around(shaded)))
        if truth.sum() < LEAST_PX:
            empty += 1
            false += int(mask.sum() >= LEAST_PX)
            continue
        grown = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        inside += int((mask & truth).sum())
        union += int((mask | truth).sum())
        grown_inside += int((grown & truth).sum())
        shaded_inside += int((mask_shaded & shaded).sum())
        shaded_union += int((mask_shaded | shaded).sum())
        ious.append((mask & truth).sum() / (mask | truth).sum())
    total = sum(int(truth.sum()) for truth in crops.strokes if truth.sum() >= LEAST_PX)
    return (
        inside / union,
        float(np.median(ious)),
        inside / total,
        grown_inside / total,
        false / max(empty, 1),
        shaded_inside / shaded_union,
    )


def milliseconds(segmenter: OnnxTextSegmenter) -> float:
    """Of one crop among a batch."""
    rng = np.random.default_rng(0)
    crops = [rng.integers(0, 256, (*TIMED, 3), dtype=np.uint8) for _ in range(4)]
    spent = []
    for _ in range(40):
        start = time.process_time()
        segmenter.segment(crops, [LINE_PX] * len(crops))
        spent.append((time.process_time() - start) / len(crops))
    return 1000 * min(spent)


if __name__ == "__main__":
    main()
