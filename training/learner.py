"""One network in training: its optimiser and the moving mean of its weights."""

from __future__ import annotations

import csv
from pathlib import Path

import torch
from torch import Tensor, nn

WEIGHT_DECAY = 1e-3
AVERAGING = 0.998
"""Decay of the moving mean of the weights; that mean is validated and shipped."""
_STEEPEST = 1.0
"""Norm to which gradients are cut."""


class Learner:
    """A network, the moving mean of its weights, and the optimiser."""

    def __init__(self, net: nn.Module, device: torch.device) -> None:
        self.net = net.to(device, memory_format=torch.channels_last)
        decay = torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGING)
        self.mean = torch.optim.swa_utils.AveragedModel(self.net, multi_avg_fn=decay, use_buffers=True)
        self._optimiser = torch.optim.AdamW(
            self.net.parameters(), lr=0.0, weight_decay=WEIGHT_DECAY, fused=device.type == "cuda"
        )
        self._device = device.type

    def start(self, saved: Path) -> None:
        """Go on from the mean that another run saved."""
        self.mean.load_state_dict(torch.load(saved, map_location=self._device)["average"])
        self.net.load_state_dict(self.mean.module.state_dict())

    def __call__(self, pictures: Tensor) -> Tensor:
        """The network's answer in half precision, returned in single."""
        self.net.train()
        with torch.autocast(self._device, torch.bfloat16):
            answer = self.net(pictures.contiguous(memory_format=torch.channels_last))
        return answer.float()

    @torch.no_grad()
    def mean_answer(self, pictures: Tensor) -> Tensor:
        """The answer of the mean of weights."""
        self.mean.eval()
        with torch.autocast(self._device, torch.bfloat16):
            answer = self.mean.module(pictures.contiguous(memory_format=torch.channels_last))
        return answer.float()

    def step(self, loss: Tensor, rate: float) -> None:
        """Down the gradient of a loss."""
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), _STEEPEST)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.step()
        self.mean.update_parameters(self.net)

    def save(self, path: Path) -> None:
        """The moving mean, by way of another file, so that an interruption spoils nothing."""
        torch.save({"average": self.mean.state_dict()}, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)


def add_line(curve: Path, figures: dict[str, float]) -> None:
    """One more line of a CSV file, with the names on top of a new one."""
    new = not curve.exists()
    with curve.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(figures))
        if new:
            writer.writeheader()
        writer.writerow({name: f"{value:.6g}" for name, value in figures.items()})
