"""Trains the segmentation network on samples that are drawn meanwhile, with a larger network as its teacher.

    python training/train.py --pack DIR/pack --validation DIR/validation --out DIR/run [--minutes 60] [--device cpu]

Both networks see the same batches. The teacher learns from the truth, the student from truth and teacher. Writes
`teacher.pt` and `student.pt` once a minute, and beside each of them a CSV file with one line for each validation.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from draw import BOX, SHADOW, SIZE, UNSURE, draw
from learner import Learner, add_line
from network import CLASSES, TextSegmentationNet, teacher
from sources import Sources, packed
from stream import Clock, Stream

Bytes = NDArray[np.uint8]

BATCH = 256
PEAK_RATE = 4e-3
WARM_UP = 300
"""Steps over which the learning rate rises."""
CLASS_WEIGHTS = (1.0, 1.3, 1.6, 2.5, 0.8)
"""Of a pixel of each class in the cross entropy: outlines are thin, boxes wide, shadows rare and faint."""
EDGE_WEIGHT = 1.5
"""Added for pixels within 2 of the edge of a stroke."""
TAUGHT = 0.5
"""Share of the teacher in the student's loss, once it has learned something."""
LEARNED = (0.1, 0.3)
"""Shares of the run between which that share rises."""
FIRST = 4096
"""Samples that are drawn before the first step."""
VALIDATED = 60
"""Seconds between validations."""


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

    def tensors(self, chosen: NDArray[np.intp], device: torch.device) -> list[Tensor]:
        """The samples in the order of a stream's arrays."""
        arrays = (self.picture, self.letter, self.outline, self.backing)
        return [torch.from_numpy(part[chosen]).to(device) for part in arrays]


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True, help="what pack.py wrote")
    parser.add_argument("--validation", type=Path, required=True, help="what draw_set.py drew")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that draw")
    parser.add_argument("--capacity", type=int, default=20000, help="samples that are kept, 200 kB each")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--seed", type=int, default=13)
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    stream = Stream(
        partial(_drawn, packed(wanted.pack / "train")),
        [(*SIZE, 3), SIZE, SIZE, SIZE],
        workers=wanted.workers,
        capacity=wanted.capacity // 32 * 32,
        seed=wanted.seed,
    )
    torch.manual_seed(wanted.seed)
    torch.backends.cudnn.benchmark = True
    run = Run(wanted.out, torch.device(wanted.device), wanted.batch)
    run.train(stream, SampleSet.opened(wanted.validation), wanted.minutes)


def _drawn(sources: Sources, rng: np.random.Generator) -> list[Bytes]:
    sample = draw(rng, sources)
    return [sample.picture, sample.letter, sample.outline, sample.backing]


class Run:
    """Teacher and student."""

    def __init__(self, folder: Path, device: torch.device, batch: int) -> None:
        self._folder, self._device, self._batch = folder, device, batch
        self._teacher, self._student = Learner(teacher(), device), Learner(TextSegmentationNet(), device)

    def train(self, stream: Stream, validation: SampleSet, minutes: float) -> None:
        """For so many minutes from the first step on."""
        stream.take_in(self._device, least=min(FIRST, stream.capacity))
        clock = Clock(minutes, PEAK_RATE, WARM_UP)
        step, validated_at, losses = 0, 0.0, []
        while clock.share < 1:
            stream.take_in(self._device)
            losses.append(self._one_step(stream.batch(self._batch), clock, step))
            step += 1
            if clock.seconds - validated_at > VALIDATED or clock.share >= 1:
                validated_at = clock.seconds
                row = {"step": step, "seconds": round(clock.seconds), "drawn": stream.drawn, "rate": clock.rate(step)}
                row["training_loss"] = float(torch.stack(losses).mean())
                losses.clear()
                self._write(row, validation)

    def _one_step(self, sample: list[Tensor], clock: Clock, step: int) -> Tensor:
        """One step of both; the student's loss."""
        pictures, shares, weights = augmented(*targets(*sample))
        answer = self._teacher(pictures)
        self._teacher.step(loss_of(answer, shares, weights), clock.rate(step))
        taught = answer.detach().softmax(1)
        start, end = LEARNED
        share = TAUGHT * min(max((clock.share - start) / (end - start), 0.0), 1.0)
        answer = self._student(pictures)
        loss = (1 - share) * loss_of(answer, shares, weights) + share * loss_of(answer, taught, weights)
        self._student.step(loss, clock.rate(step))
        return loss.detach()

    def _write(self, row: dict[str, float], validation: SampleSet) -> None:
        for name, learner in (("teacher", self._teacher), ("student", self._student)):
            learner.save(self._folder / f"{name}.pt")
            figures = row | validated(learner, validation, self._device)
            print(name, {key: round(value, 4) for key, value in figures.items()}, flush=True)
            add_line(self._folder / f"{name}.csv", figures)


def targets(picture: Tensor, letter: Tensor, outline: Tensor, backing: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures in 0..255, (n, 3, rows, columns); shares of every class, (n, classes, rows, columns); their weights.

    Weights, (n, rows, columns), are those of the cross entropy, 0 where nobody can tell the class.
    """
    letters, outlines = letter.float() / 255, outline.float() / 255
    rest = (1 - letters - outlines).clamp(0, 1)
    unsure = backing == UNSURE
    bare = (backing == 0) | unsure
    shares = torch.stack([rest * bare, letters, outlines, rest * (backing == SHADOW), rest * (backing == BOX)], dim=1)
    wide, narrow = (nn.functional.max_pool2d(side[:, None], 5, 1, 2)[:, 0] for side in (rest, -rest))
    weights = (shares * shares.new_tensor(CLASS_WEIGHTS)[:, None, None]).sum(1) + EDGE_WEIGHT * (wide + narrow)
    return picture.permute(0, 3, 1, 2).float(), shares, weights.masked_fill(unsure, 0)


def augmented(pictures: Tensor, shares: Tensor, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The batch mirrored, and its colours exchanged, inverted, brightened."""
    count, device = len(pictures), pictures.device
    order = torch.rand(count, 3, device=device).argsort(1)
    order = torch.where(torch.rand(count, 1, device=device) < 0.5, order, torch.arange(3, device=device))
    pictures = pictures.gather(1, order[:, :, None, None].expand_as(pictures))
    gain, offset, inverted = torch.rand(3, count, 1, 1, 1, device=device)
    gain, offset = 0.75 + 0.4 * gain, 40 * offset - 20
    sign = torch.where(inverted < 0.15, -1.0, 1.0)
    pictures = (pictures * gain * sign + torch.where(sign < 0, 255 - offset, offset)).clamp(0, 255)
    sides = [side for side in (-1, -2) if float(torch.rand(())) < 0.3]
    return pictures.flip(sides), shares.flip(sides), weights.flip(sides)


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
def validated(learner: Learner, samples: SampleSet, device: torch.device) -> dict[str, float]:
    """Loss, and intersections over unions of all pixels of the set whose class one can tell."""
    loss = 0.0
    inside, union = (torch.zeros(len(CLASSES) + 1, device=device) for _ in range(2))
    truth_px = torch.zeros((), device=device)
    batches = np.array_split(np.arange(len(samples.picture)), max(len(samples.picture) // 64, 1))
    for chosen in batches:
        pictures, shares, weights = targets(*samples.tensors(chosen, device))
        logits = learner.mean_answer(pictures)
        loss += float(loss_of(logits, shares, weights)) * len(chosen) / len(samples.picture)
        found, wanted = (nn.functional.one_hot(part.argmax(1), len(CLASSES)).bool() for part in (logits, shares))
        strokes = (logits.softmax(1)[:, 1:3].sum(1) > 0.5)[..., None]
        truth = (shares[:, 1:3].sum(1) >= 0.5)[..., None]
        sure = (weights > 0)[..., None]
        found, wanted = torch.cat([found, strokes], -1) & sure, torch.cat([wanted, truth], -1) & sure
        inside += (found & wanted).sum((0, 1, 2))
        union += (found | wanted).sum((0, 1, 2))
        truth_px += wanted[..., -1].sum()
    ious = (inside / union.clamp(min=1)).tolist()
    named = {f"{name}_iou": iou for name, iou in zip(CLASSES, ious, strict=False)}
    return {"loss": loss, "stroke_iou": ious[-1], "stroke_recall": float(inside[-1] / truth_px), **named}


if __name__ == "__main__":
    main()
