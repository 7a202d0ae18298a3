"""The network that tells lettering from what looks like it: a few 3×3 convolutions on 2×2 blocks of pixels."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from network import ConvUnit, Residual

CHANNELS = 4
"""Red, green, blue, 0..255, and 255 in the region."""
WIDTHS = (24, 48, 72, 96)
"""Channels at 1/2, 1/4, 1/8 and 1/16 of the view's resolution."""


class LetteringNet(nn.Module):
    """Views (n, 4, rows, columns), sides multiples of 16, to logits of lettering (n,)."""

    def __init__(self, widths: tuple[int, int, int, int] = WIDTHS) -> None:
        super().__init__()
        half, quarter, eighth, sixteenth = widths
        self.features = nn.Sequential(
            ConvUnit(4 * CHANNELS, half),
            ConvUnit(half, half),
            ConvUnit(half, quarter, stride=2),
            Residual(quarter),
            ConvUnit(quarter, eighth, stride=2),
            Residual(eighth),
            ConvUnit(eighth, sixteenth, stride=2),
            ConvUnit(sixteenth, sixteenth),
        )
        self.decide = nn.Linear(3 * sixteenth, 1)

    def forward(self, views: Tensor) -> Tensor:
        """Logits."""
        scaled = views / 127.5 - 1
        features = self.features(nn.functional.pixel_unshuffle(scaled, 2))
        region = nn.functional.avg_pool2d(views[:, 3:] / 255, 16)
        inside = (features * region).sum((2, 3)) / (region.sum((2, 3)) + 1e-3)
        highest = (features * region).amax((2, 3))
        return self.decide(torch.cat([inside, highest, features.mean((2, 3))], dim=1))[:, 0]
