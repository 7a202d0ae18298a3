"""Trains the classifier of regions on samples that are drawn meanwhile.

    python training/lettering_train.py --pack DIR/pack --out DIR/lettering_run [--minutes 30] [--device cpu]

Writes `lettering.pt` and `lettering.csv` once a minute. Validation is drawn meanwhile, with the fonts and pictures of
that part.
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

from learner import Learner, add_line
from lettering_draw import CHOICES, SIZE, drawn
from lettering_network import CHANNELS, LetteringNet
from sources import Sources, packed
from stream import Clock, Stream

Bytes = NDArray[np.uint8]

BATCH = 256
PEAK_RATE = 3e-3
WARM_UP = 300
HARDEST = 0.7
"""Share of the samples of which the view that the network judges worst is learned, rather than any."""
VALIDATED = 60
"""Seconds between validations."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast to learn."""

    minutes: float
    batch: int
    rate: float
    hardest: float


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True, help="what pack.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that draw")
    parser.add_argument("--capacity", type=int, default=20000, help="samples that are kept, 150 kB each")
    parser.add_argument("--validation", type=int, default=1024, help="samples to validate on")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--rate", type=float, default=PEAK_RATE, help="highest learning rate")
    parser.add_argument("--hardest", type=float, default=HARDEST, help="share of samples with the hardest view")
    parser.add_argument("--start", type=Path, help="lettering.pt of another run, for the first weights")
    parser.add_argument("--seed", type=int, default=17)
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    shapes = [(CHOICES, *SIZE, CHANNELS), (1,)]
    streams = [
        Stream(
            partial(_drawn, packed(wanted.pack / part)), shapes, workers=workers, capacity=capacity, seed=wanted.seed
        )
        for part, workers, capacity in (
            ("train", wanted.workers, wanted.capacity // 32 * 32),
            ("validation", 1, wanted.validation // 32 * 32),
        )
    ]
    torch.manual_seed(wanted.seed)
    torch.backends.cudnn.benchmark = True
    learner = Learner(LetteringNet(), torch.device(wanted.device))
    if wanted.start:
        learner.start(wanted.start)
    plan = Plan(wanted.minutes, wanted.batch, wanted.rate, wanted.hardest)
    train(learner, streams, wanted.out, plan)


def _drawn(sources: Sources, rng: np.random.Generator) -> list[Bytes]:
    looks, label = drawn(rng, sources)
    return [looks, label]


def train(learner: Learner, streams: list[Stream], folder: Path, plan: Plan) -> None:
    """For so many minutes from the first step on."""
    device = next(learner.net.parameters()).device
    stream, validation = streams
    stream.take_in(device, least=min(1024, stream.capacity))
    clock = Clock(plan.minutes, plan.rate, WARM_UP)
    step, validated_at, losses = 0, 0.0, []
    while clock.share < 1:
        stream.take_in(device)
        looks, labels = stream.batch(plan.batch)
        views, truth = augmented(chosen(learner, looks, labels, plan.hardest)), labels[:, 0].float()
        loss = nn.functional.binary_cross_entropy_with_logits(learner(views), truth)
        learner.step(loss, clock.rate(step))
        losses.append(loss.detach())
        step += 1
        if clock.seconds - validated_at > VALIDATED or clock.share >= 1:
            validated_at = clock.seconds
            validation.take_in(device, least=min(validation.capacity, 256))
            row = {"step": step, "seconds": round(clock.seconds), "drawn": stream.drawn, "rate": clock.rate(step)}
            row["training_loss"] = float(torch.stack(losses).mean())
            losses.clear()
            _write(folder, learner, row | validated(learner, validation))


@torch.no_grad()
def chosen(learner: Learner, looks: Tensor, labels: Tensor, hardest: float) -> Tensor:
    """One view of each sample, (n, channels, rows, columns); of a share of the samples the hardest."""
    count = len(looks)
    views = looks.permute(0, 1, 4, 2, 3).float()
    if not hardest:
        return views[torch.arange(count), torch.randint(CHOICES, (count,))]
    logits = learner.mean_answer(views.flatten(0, 1)).reshape(count, CHOICES)
    worst = torch.where(labels > 0, -logits, logits).argmax(1)
    any_one = torch.randint(CHOICES, (count,), device=looks.device)
    at = torch.where(torch.rand(count, device=looks.device) < hardest, worst, any_one)
    return views[torch.arange(count, device=looks.device), at]


def augmented(views: Tensor) -> Tensor:
    """Mirrored, and colours exchanged, inverted, brightened; the region stays."""
    count, device = len(views), views.device
    order = torch.rand(count, 3, device=device).argsort(1)
    order = torch.where(torch.rand(count, 1, device=device) < 0.4, order, torch.arange(3, device=device))
    pictures = views[:, :3].gather(1, order[:, :, None, None].expand(-1, -1, *views.shape[2:]))
    gain, offset, inverted = torch.rand(3, count, 1, 1, 1, device=device)
    gain, offset = 0.7 + 0.5 * gain, 50 * offset - 25
    sign = torch.where(inverted < 0.15, -1.0, 1.0)
    pictures = (pictures * gain * sign + torch.where(sign < 0, 255 - offset, offset)).clamp(0, 255)
    sides = [-1] if float(torch.rand(())) < 0.2 else []
    return torch.cat([pictures, views[:, 3:]], dim=1).flip(sides)


@torch.no_grad()
def validated(learner: Learner, validation: Stream) -> dict[str, float]:
    """Loss; shares of lettering below 0.5 and of the rest above; the latter where 5 % of lettering is missed."""
    generator = torch.random.get_rng_state()
    looks, labels = validation.batch(1024)
    torch.random.set_rng_state(generator)
    logits = learner.mean_answer(looks.permute(0, 1, 4, 2, 3).flatten(0, 1).float())
    truth = labels.expand(-1, CHOICES).flatten().float()
    yes, no = logits[truth > 0], logits[truth == 0]
    return {
        "loss": float(nn.functional.binary_cross_entropy_with_logits(logits, truth)),
        "missed": float((yes < 0).float().mean()),
        "false": float((no > 0).float().mean()),
        "false_where_5_missed": float((no > yes.quantile(0.05)).float().mean()),
    }


def _write(folder: Path, learner: Learner, figures: dict[str, float]) -> None:
    learner.save(folder / "lettering.pt")
    print("lettering", {name: round(value, 4) for name, value in figures.items()}, flush=True)
    add_line(folder / "lettering.csv", figures)


if __name__ == "__main__":
    main()
