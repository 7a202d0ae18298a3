"""Trains the fill network on the sets that `fill_draw.py` drew, on one thread of a processor.

    python training/fill_train.py --train DIR/fill_train --validation DIR/fill_validation --out DIR/fill_run

Writes `checkpoint.pt` (to go on from, with --resume) and `curve.csv`: one line for each validation.
"""

from __future__ import annotations

import argparse
import csv
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fill_network import PLANES, FillNet

Bytes = NDArray[np.uint8]

HOLE = 6
"""Which of the planes is the hole."""
BATCH = 8
PEAK_RATE = 4e-4
WARM_UP = 100
"""Steps over which the learning rate rises."""
DECAY = 0.9
"""Share of the steps, at the end, over which it falls to zero."""
WINDOW = 96
"""Side of what a step looks at of a sample: around some pixel of its hole."""
WEIGHT_DECAY = 1e-4
AVERAGING = 0.998
"""Decay of the moving average of the weights; that average is validated and shipped."""
CHROMA = 0.2
"""Weight of a squared level of U or V relative to one of Y."""
LEAST_ERROR = 25.0
"""Squared levels added to the mean square error of a sample, or plain surfaces would drown lively ones."""
_UNSEEN = 1.0
"""The same in a validation's PSNR: below it nobody sees a difference."""
SLOPES = 0.1
"""Weight of the differences between neighbours at 1, 1/2 and 1/4 of the resolution."""
COLUMNS = ("step", "seconds", "rate", "training_loss", "loss", "psnr", "structure", "smooth", "pattern")


@dataclass(frozen=True, slots=True)
class SampleSet:
    """Samples on disk."""

    folder: Path
    truth: Bytes
    structure: Bytes
    smooth: Bytes
    hole: Bytes
    pattern: Bytes

    @classmethod
    def opened(cls, folder: Path) -> SampleSet:
        """The arrays of a folder, read when used."""
        return cls(folder, *(np.load(folder / f"{name}.npy", mmap_mode="r") for name in cls.__slots__[1:]))

    def drawn(self) -> int:
        """Samples there are by now."""
        return int((self.folder / "drawn.txt").read_text(encoding="utf-8"))

    def planes(self, at: int) -> NDArray[np.float32]:
        """The network's planes and the truth's, (13, rows, columns)."""
        parts = (self.structure[at], self.smooth[at], self.hole[at][..., None], self.pattern[at], self.truth[at])
        return np.concatenate(parts, axis=2).transpose(2, 0, 1).astype(np.float32)


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--validation", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=3250)
    parser.add_argument("--every", type=int, default=500, help="steps between validations")
    parser.add_argument("--seed", type=int, default=29)
    parser.add_argument("--resume", action="store_true")
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(wanted.seed)
    wanted.out.mkdir(parents=True, exist_ok=True)
    run = Run(wanted.out, wanted.steps, wanted.seed)
    if wanted.resume:
        run.load()
    run.train(SampleSet.opened(wanted.train), SampleSet.opened(wanted.validation), wanted.every)


class Run:
    """One training: the network, its average, the optimiser, and how far it has come."""

    def __init__(self, folder: Path, steps: int, seed: int) -> None:
        self._folder, self._steps, self._seed = folder, steps, seed
        self._net = FillNet().to(memory_format=torch.channels_last)
        self._average = torch.optim.swa_utils.AveragedModel(
            self._net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGING)
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
                done = {"step": self._step, "seconds": round(self._seconds), "rate": self._rate()}
                self._write({**done, "training_loss": float(np.mean(losses)), **figures})
                losses.clear()

    def _one_step(self, training: SampleSet) -> float:
        rng = np.random.default_rng([self._seed, self._step])
        planes = batch(training, rng)
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate()
        inputs = planes[:, :PLANES].contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            made = self._net(inputs)
        loss = loss_of(made.float(), planes).mean()
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
        self._optimiser.step()
        self._average.update_parameters(self._net)
        return float(loss.detach())

    def _rate(self) -> float:
        left = (self._steps - self._step) / (DECAY * self._steps)
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
        torch.save(state, self._folder / "checkpoint.tmp")
        (self._folder / "checkpoint.tmp").replace(self._folder / "checkpoint.pt")
        print({name: round(value, 4) for name, value in figures.items()}, flush=True)


def batch(samples: SampleSet, rng: np.random.Generator) -> Tensor:
    """Planes of the network and of the truth, (n, 13, WINDOW, WINDOW), mirrored, turned and in other light."""
    windows = []
    for at in rng.integers(samples.drawn(), size=BATCH):
        planes = samples.planes(int(at))
        places = np.argwhere(planes[HOLE] > 0)
        reach = [side - WINDOW for side in planes.shape[1:]]
        top, left = np.clip(places[rng.integers(len(places))] - WINDOW // 2, 0, reach)
        window = planes[:, top : top + WINDOW, left : left + WINDOW]
        window = np.rot90(window, int(rng.integers(4)), axes=(1, 2))
        if rng.random() < 0.5:
            window = window[..., ::-1]
        gain = rng.uniform(0.5, 1.15, 3) * rng.choice((-1, 1), 3, p=(0.3, 0.7))
        gains = np.insert(np.tile(gain, 4), HOLE, 1)[:, None, None]
        middle = np.insert(np.full(12, 128), HOLE, 0)[:, None, None]
        windows.append((window - middle) * gains + middle)
    return torch.from_numpy(np.stack(windows).astype(np.float32))


def loss_of(made: Tensor, planes: Tensor) -> Tensor:
    """For each sample: the logarithm of its mean square error in the hole, and how far its slopes are off.

    The logarithm makes every decibel count the same, on plain surfaces and on lively ones.
    """
    truth, hole = planes[:, PLANES:], planes[:, HOLE : HOLE + 1]
    weights = torch.tensor([1.0, CHROMA, CHROMA])
    off = (made - truth) * hole
    count = hole.sum((1, 2, 3))
    squares = (off.square().sum((2, 3)) @ weights) / count
    slopes = torch.zeros_like(squares)
    for scale in (1, 2, 4):
        small, real = (nn.functional.avg_pool2d(part[:, :1], scale) for part in (off, truth))
        for axis in (2, 3):
            wrong = small.diff(dim=axis).abs().sum((1, 2, 3)) * scale**2 / count
            slopes = slopes + wrong / (real.diff(dim=axis).abs().mean((1, 2, 3)) + 1)
    return (squares + LEAST_ERROR).log() + SLOPES * slopes


@torch.no_grad()
def validated(net: nn.Module, samples: SampleSet) -> dict[str, float]:
    """Loss, and the mean PSNR of luma in the hole: of the network, of the three fills."""
    figures = []
    for at in range(samples.drawn()):
        planes = torch.from_numpy(samples.planes(at))[None]
        made = net(planes[:, :PLANES].contiguous(memory_format=torch.channels_last))
        hole = planes[0, HOLE] > 0
        fills = (made[0, 0], planes[0, 0], planes[0, 3], planes[0, HOLE + 1])
        errors = [float((fill - planes[0, PLANES])[hole].square().mean()) for fill in fills]
        psnrs = [10 * np.log10(255**2 / (error + _UNSEEN)) for error in errors]
        figures.append([float(loss_of(made, planes)), *psnrs])
    means = np.mean(figures, axis=0)
    return dict(zip(COLUMNS[4:], means.tolist(), strict=True))


if __name__ == "__main__":
    main()
