"""The network that segments lettering: a U-Net of small 3×3 convolutions that works on 2×2 blocks of pixels."""

from __future__ import annotations

import torch
from torch import Tensor, nn

CLASSES = ("picture", "letter", "outline", "shadow", "box")
"""Meaning of the output's channels."""

WIDTHS = (16, 32, 64, 96)
"""Channels at 1/2, 1/4, 1/8 and 1/16 of the crop's resolution."""


class ConvUnit(nn.Sequential):
    """3×3 convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride=stride, padding=dilation, dilation=dilation, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class Residual(nn.Module):
    """Two 3×3 convolutions beside the identity, which is all that it is before training."""

    def __init__(self, channels: int, *, dilation: int = 1) -> None:
        super().__init__()
        self.first = ConvUnit(channels, channels, dilation=dilation)
        convolution = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation, bias=False)
        self.second = nn.Sequential(convolution, nn.BatchNorm2d(channels))
        nn.init.zeros_(self.second[1].weight)

    def forward(self, features: Tensor) -> Tensor:
        """Features of the same shape."""
        return torch.relu(features + self.second(self.first(features)))


class Upsampling(nn.Module):
    """1×1 convolution to fewer channels, bilinear interpolation to twice the size, sum with the skip connection."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(inputs, outputs, 1)
        self.fuse = ConvUnit(outputs, outputs)

    def forward(self, coarse: Tensor, skip: Tensor) -> Tensor:
        """Features of the skip connection's shape."""
        fine = nn.functional.interpolate(self.project(coarse), scale_factor=2, mode="bilinear", align_corners=False)
        return self.fuse(torch.relu(fine + skip))


class Concatenation(nn.Module):
    """As `Upsampling`, but beside the skip connection instead of added to it, so that edges stay exact."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(inputs, outputs, 1)
        self.fuse = ConvUnit(2 * outputs, outputs)

    def forward(self, coarse: Tensor, skip: Tensor) -> Tensor:
        """Features of the skip connection's shape."""
        fine = nn.functional.interpolate(self.project(coarse), scale_factor=2, mode="bilinear", align_corners=False)
        return self.fuse(torch.cat([torch.relu(fine), skip], dim=1))


class TextSegmentationNet(nn.Module):
    """RGB in 0..255, (n, 3, rows, columns), sides multiples of 16, to logits (n, classes, rows, columns)."""

    def __init__(
        self, widths: tuple[int, int, int, int] = WIDTHS, *, coarse_blocks: int = 2, fine_blocks: int = 1
    ) -> None:
        """coarse_blocks, fine_blocks: residual blocks at 1/16, and at 1/2 before the last convolution."""
        super().__init__()
        half, quarter, eighth, sixteenth = widths
        self.stem = nn.Sequential(ConvUnit(12, half), ConvUnit(half, half))
        self.quarter = nn.Sequential(ConvUnit(half, quarter, stride=2), ConvUnit(quarter, quarter))
        self.eighth = nn.Sequential(ConvUnit(quarter, eighth, stride=2), Residual(eighth))
        self.sixteenth = nn.Sequential(
            ConvUnit(eighth, sixteenth, stride=2),
            *(Residual(sixteenth, dilation=2 if at == min(2, coarse_blocks - 1) else 1) for at in range(coarse_blocks)),
        )
        self.to_eighth = Upsampling(sixteenth, eighth)
        self.to_quarter = Upsampling(eighth, quarter)
        self.to_half = Concatenation(quarter, half)
        self.refine = nn.Sequential(*(Residual(half) for _ in range(fine_blocks)))
        self.classify = nn.Conv2d(half, 4 * len(CLASSES), 3, padding=1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits of every class at every pixel."""
        half = self.stem(nn.functional.pixel_unshuffle(pictures / 127.5 - 1, 2))
        quarter = self.quarter(half)
        eighth = self.eighth(quarter)
        coarse = self.to_eighth(self.sixteenth(eighth), eighth)
        fine = self.refine(self.to_half(self.to_quarter(coarse, quarter), half))
        return nn.functional.pixel_shuffle(self.classify(fine), 2)


def teacher() -> TextSegmentationNet:
    """The network that teaches the one that is shipped: four times the work."""
    return TextSegmentationNet((32, 64, 128, 192), coarse_blocks=4, fine_blocks=0)
