"""The network that fills thin holes: a U-Net of residual blocks that works on 2×2 blocks of pixels."""

from __future__ import annotations

import torch
from torch import Tensor, nn

WIDTHS = (40, 64, 96, 128)
"""Channels at 1/2, 1/4, 1/8 and 1/16 of the picture's resolution."""

PLANES = 10
"""Channels of the input: Y, U, V with the fill that continues structure, the same with a smooth surface, the hole, and
Y, U, V with the fill that repeats patterns."""

_LARGEST_LOGIT = 10.0
_LEVELS = 50.0
"""Levels that count as one: about the standard deviation of a lively picture."""


class Residual(nn.Module):
    """Two 3×3 convolutions beside the identity; no normalisation, so that a tile's result does not hang on its size."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Features of the same shape."""
        return features + self.second(torch.relu(self.first(torch.relu(features))))


class Upsampling(nn.Module):
    """1×1 convolution to fewer channels, bilinear interpolation to twice the size, sum with the skip connection."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(inputs, outputs, 1)

    def forward(self, coarse: Tensor, skip: Tensor) -> Tensor:
        """Features of the skip connection's shape."""
        fine = nn.functional.interpolate(self.project(coarse), scale_factor=2, mode="bilinear", align_corners=False)
        return fine + skip


class FillNet(nn.Module):
    """Planes (n, 10, rows, columns), sides multiples of 16, to YUV (n, 3, rows, columns); levels 0..255, hole 0 or 1.

    In the hole the result is a blend of the three fills, with shares at every pixel that the network chooses, and a
    residual; outside it is the input.
    """

    def __init__(self, widths: tuple[int, int, int, int] = WIDTHS) -> None:
        super().__init__()
        half, quarter, eighth, sixteenth = widths
        self.stem = nn.Sequential(nn.Conv2d(4 * PLANES, half, 3, padding=1), Residual(half))
        self.quarter = nn.Sequential(nn.Conv2d(half, quarter, 3, stride=2, padding=1), Residual(quarter))
        self.eighth = nn.Sequential(nn.Conv2d(quarter, eighth, 3, stride=2, padding=1), *map(Residual, [eighth] * 2))
        self.sixteenth = nn.Sequential(
            nn.Conv2d(eighth, sixteenth, 3, stride=2, padding=1), *map(Residual, [sixteenth] * 2)
        )
        self.to_eighth, self.at_eighth = Upsampling(sixteenth, eighth), Residual(eighth)
        self.to_quarter, self.at_quarter = Upsampling(eighth, quarter), nn.Sequential(*map(Residual, [quarter] * 2))
        self.to_half, self.at_half = Upsampling(quarter, half), nn.Sequential(*map(Residual, [half] * 2))
        self.answer = nn.Conv2d(half, 20, 3, padding=1)

    def forward(self, planes: Tensor) -> Tensor:
        """The picture with its hole filled."""
        structure, smooth, hole, pattern = planes[:, :3], planes[:, 3:6], planes[:, 6:7], planes[:, 7:]
        mean = smooth.mean((2, 3), keepdim=True)
        parts = [(structure - mean) / _LEVELS, (smooth - mean) / _LEVELS, hole, (pattern - mean) / _LEVELS]
        inputs = torch.cat(parts, dim=1)
        half = self.stem(nn.functional.pixel_unshuffle(inputs, 2))
        quarter = self.quarter(half)
        eighth = self.eighth(quarter)
        coarse = self.at_eighth(self.to_eighth(self.sixteenth(eighth), eighth))
        coarse = self.at_half(self.to_half(self.at_quarter(self.to_quarter(coarse, quarter)), half))
        answer = nn.functional.pixel_shuffle(self.answer(coarse).float(), 2)
        odds = answer[:, 3:].clamp(-_LARGEST_LOGIT, _LARGEST_LOGIT).exp()
        share, other = odds[:, :1], odds[:, 1:]
        blend = (structure * share + pattern * other + smooth) / (share + other + 1)
        made = blend + answer[:, :3] * _LEVELS
        return structure + (made - structure) * hole
