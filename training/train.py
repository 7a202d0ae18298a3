"""Trains the network on the sets that `draw_set.py` drew, on one thread of a processor.

    python training/train.py --train DIR/train --validation DIR/validation --out DIR/run [--steps 6000]

Writes `checkpoint.pt` (to go on from, with --resume) and `curve.csv`: one line for each validation. --start takes the
weights of another run's checkpoint, also of one whose network had fewer layers, and begins at step 0.
"""

from __future__ import annotations

import argparse
import csv
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from draw import BOX, SHADOW, UNSURE
from network import CLASSES, TextSegmentationNet

Bytes = NDArray[np.uint8]

BATCH = 8
FIRST, MORE = 2500, 1
"""The first step chooses among so many samples, every later one among so many more: drawing may go on meanwhile."""
PEAK_RATE = 3e-3
WARM_UP = 300
"""Steps over which the learning rate rises."""
WINDOW = 128
"""Columns of a training crop that a step looks at: more steps for the same time."""
WEIGHT_DECAY = 1e-3
AVERAGING = 0.998
"""Decay of the moving average of the weights; that average is validated and shipped."""
CLASS_WEIGHTS = (1.0, 1.3, 1.6, 2.5, 0.8)
"""Of a pixel of each class in the cross entropy: outlines are thin, boxes wide, shadows rare and faint."""
EDGE_WEIGHT = 1.5
"""Added for pixels within 2 of the edge of a stroke."""
_NEAR = np.ones((5, 5), dtype=np.uint8)
COLUMNS = (
    "step",
    "seconds",
    "rate",
    "training_loss",
    "loss",
    "stroke_iou",
    "stroke_recall",
    *(f"{name}_iou" for name in CLASSES),
)


@dataclass(frozen=True, slots=True)
class SampleSet:
    """Samples on disk."""

    picture: Bytes
    letter: Bytes
    outline: Bytes
    backing: Bytes

    @classmethod
    def opened(cls, folder: Path) -> SampleSet:
        """The arrays of a folder, read when used."""
        return cls(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in cls.__slots__))

    def batch(self, chosen: NDArray[np.intp], columns: slice = slice(None)) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures in 0..255, (n, 3, rows, columns); shares of every class, (n, classes, rows, columns); their weights.

        Weights, (n, rows, columns), are those of the cross entropy, 0 where nobody can tell the class.
        """
        picture, letter, outline, backing = (
            part[chosen][..., columns, :] if part.ndim == 4 else part[chosen][..., columns]
            for part in (self.picture, self.letter, self.outline, self.backing)
        )
        rest = 255 - np.minimum(letter.astype(np.int16) + outline, 255)
        unsure = backing == UNSURE
        bare = (backing == 0) | unsure
        parts = [rest * bare, letter, outline, rest * (backing == SHADOW), rest * (backing == BOX)]
        shares = np.stack(parts, axis=1).astype(np.float32) / 255
        near = np.stack([cv2.morphologyEx(255 - one.astype(np.uint8), cv2.MORPH_GRADIENT, _NEAR) for one in rest])
        weights = np.tensordot(shares, np.float32(CLASS_WEIGHTS), (1, 0)) + near * np.float32(EDGE_WEIGHT / 255)
        weights[unsure] = 0
        pictures = torch.from_numpy(np.ascontiguousarray(picture, dtype=np.float32)).permute(0, 3, 1, 2)
        return pictures, torch.from_numpy(shares), torch.from_numpy(weights)


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--validation", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--decay", type=float, default=0.5, help="share of the steps, at the end, of falling rates")
    parser.add_argument("--every", type=int, default=500, help="steps between validations")
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--start", type=Path, help="checkpoint of another run, for the first weights")
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(wanted.seed)
    wanted.out.mkdir(parents=True, exist_ok=True)
    run = Run(wanted.out, wanted.steps, wanted.decay, wanted.seed)
    if wanted.resume:
        run.load()
    elif wanted.start:
        run.start(wanted.start)
    run.train(SampleSet.opened(wanted.train), SampleSet.opened(wanted.validation), wanted.every)


class Run:
    """One training: the network, its average, the optimiser, and how far it has come."""

    def __init__(self, folder: Path, steps: int, decay: float, seed: int) -> None:
        self._folder, self._steps, self._decay, self._seed = folder, steps, decay, seed
        self._net = TextSegmentationNet().to(memory_format=torch.channels_last)
        self._average = torch.optim.swa_utils.AveragedModel(
            self._net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGING), use_buffers=True
        )
        self._optimiser = torch.optim.AdamW(self._net.parameters(), lr=PEAK_RATE, weight_decay=WEIGHT_DECAY)
        self._step, self._seconds = 0, 0.0

    def load(self) -> None:
        """Go on from the checkpoint."""
        state = torch.load(self._folder / "checkpoint.pt")
        self._net.load_state_dict(state["net"])
        self._average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._step, self._seconds = state["step"], state["seconds"]

    def start(self, checkpoint: Path) -> None:
        """Take over the weights of another run; layers that it lacks stay as they are."""
        state = torch.load(checkpoint)
        self._net.load_state_dict(state["net"], strict=False)
        self._average.load_state_dict(state["average"], strict=False)

    def train(self, training: SampleSet, validation: SampleSet, every: int) -> None:
        """To the last step, with a validation every so many."""
        losses: list[float] = []
        started = time.perf_counter() - self._seconds
        while self._step < self._steps:
            losses.append(self._one_step(training))
            self._step += 1
            if self._step % every == 0 or self._step == self._steps:
                self._seconds = time.perf_counter() - started
                figures = validated(self._average.module, validation)
                self._write(
                    {
                        "step": self._step,
                        "seconds": round(self._seconds),
                        "rate": self._rate(),
                        "training_loss": float(np.mean(losses)),
                        **figures,
                    }
                )
                losses.clear()

    def _one_step(self, training: SampleSet) -> float:
        rng = np.random.default_rng([self._seed, self._step])
        known = min(FIRST + MORE * self._step, len(training.picture))
        chosen, left = rng.integers(known, size=BATCH), int(rng.integers(training.picture.shape[2] - WINDOW + 1))
        pictures, shares, weights = augmented(*training.batch(chosen, slice(left, left + WINDOW)), rng)
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate()
        self._net.train()
        with torch.autocast("cpu", torch.bfloat16):
            logits = self._net(pictures.contiguous(memory_format=torch.channels_last))
        loss = loss_of(logits.float(), shares, weights)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
        self._optimiser.step()
        self._average.update_parameters(self._net)
        return float(loss.detach())

    def _rate(self) -> float:
        left = (self._steps - self._step) / (self._decay * self._steps)
        return PEAK_RATE * min(1.0, (self._step + 1) / WARM_UP, left)

    def _write(self, figures: dict[str, float]) -> None:
        curve = self._folder / "curve.csv"
        new = not curve.exists()
        with curve.open("a", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            if new:
                writer.writeheader()
            writer.writerow({name: f"{value:.6g}" for name, value in figures.items()})
        state = {
            "net": self._net.state_dict(),
            "average": self._average.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self._step,
            "seconds": self._seconds,
        }
        torch.save(state, self._folder / "checkpoint.pt")
        print({name: round(value, 4) for name, value in figures.items()}, flush=True)


def augmented(
    pictures: Tensor, shares: Tensor, weights: Tensor, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """The batch mirrored, and each quarter of it with its colours exchanged, inverted, brightened."""
    quarters = []
    for quarter in pictures.chunk(4):
        quarter = quarter[:, torch.from_numpy(rng.permutation(3))] if rng.random() < 0.5 else quarter
        gain, offset = rng.uniform(0.75, 1.15), rng.uniform(-20, 20)
        if rng.random() < 0.15:
            gain, offset = -gain, 255 - offset
        quarters.append((quarter * gain + offset).clamp(0, 255))
    flips = [side for side in (1, 2) if rng.random() < 0.3]
    sides = [side + 1 for side in flips]
    return torch.cat(quarters).flip(sides), shares.flip(sides), weights.flip(flips)


def loss_of(logits: Tensor, shares: Tensor, weights: Tensor) -> Tensor:
    """Weighted cross entropy, and Dice of the strokes (letters and outlines), where weights are not 0."""
    logs = logits.log_softmax(1)
    entropy = -((shares * logs).sum(1) * weights).sum() / weights.sum()
    sure = weights > 0
    strokes, found = shares[:, 1:3].sum(1) * sure, logs[:, 1:3].exp().sum(1) * sure
    overlap = 2 * (found * strokes).sum((1, 2)) + 50
    dice = 1 - overlap / (found.sum((1, 2)) + strokes.sum((1, 2)) + 50)
    return entropy + dice.mean()


@torch.no_grad()
def validated(net: nn.Module, samples: SampleSet) -> dict[str, float]:
    """Loss, and intersections over unions of all pixels of the set whose class one can tell."""
    net.eval()
    loss, inside, union = 0.0, np.zeros(len(CLASSES) + 1), np.zeros(len(CLASSES) + 1)
    truth_px, batches = 0.0, np.array_split(np.arange(len(samples.picture)), max(len(samples.picture) // BATCH, 1))
    for chosen in batches:
        pictures, shares, weights = samples.batch(chosen)
        logits = net(pictures.contiguous(memory_format=torch.channels_last))
        loss += float(loss_of(logits, shares, weights)) / len(batches)
        found, wanted = (nn.functional.one_hot(part.argmax(1), len(CLASSES)).bool() for part in (logits, shares))
        strokes = (logits.softmax(1)[:, 1:3].sum(1) > 0.5)[..., None]
        truth = (shares[:, 1:3].sum(1) >= 0.5)[..., None]
        sure = (weights > 0)[..., None]
        truth &= sure
        found, wanted = torch.cat([found, strokes], -1) & sure, torch.cat([wanted & sure, truth], -1)
        inside += (found & wanted).sum((0, 1, 2)).numpy()
        union += (found | wanted).sum((0, 1, 2)).numpy()
        truth_px += float(truth.sum())
    ious = inside / np.maximum(union, 1)
    named = {f"{name}_iou": float(iou) for name, iou in zip(CLASSES, ious, strict=False)}
    return {"loss": loss, "stroke_iou": float(ious[-1]), "stroke_recall": float(inside[-1] / truth_px), **named}


if __name__ == "__main__":
    main()
