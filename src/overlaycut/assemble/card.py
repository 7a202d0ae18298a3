"""An end card drawn at the size of every output, from the picture whose shape is nearest.

A picture of another shape is shown whole, and its ground goes on beside it: the colour along its edge, smoothed so far
that words there leave no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.assemble.programme import Segment, black, brightness, mixed
from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame, Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class CardParameters:
    """How a card is fitted and moved; tests/assemble/test_card.py checks them."""

    near_share: Fraction = Fraction(3, 100)
    """Share of a side by which a picture may be cut to fill an output of nearly its shape: words keep further off."""
    edge_share: Fraction = Fraction(2, 100)
    """Depth of the strip along an edge whose median is the ground: it outweighs thin strokes."""
    smooth_share: Fraction = Fraction(6, 100)
    """Standard deviation, as a share of the edge's length, of the smoothing along it."""
    zoom: float = 0.04
    """How much larger the picture is at the far end of a move: 2 % of each side leave the frame."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EndCardPictures:
    """The end card of a programme: the pictures or the clip of it, and when and how it is seen."""

    segment: Segment
    rate: Fraction
    """Frames per second of the programme."""
    pictures: tuple[Picture, ...] = ()
    """Stills of several shapes; empty for a clip."""
    frames: Callable[[], Iterator[Frame]] | None = None
    """The frames of a clip at the programme's rate; None for stills."""
    move: Literal["none", "in", "out"] = "none"
    parameters: CardParameters = CardParameters()

    def stage(self, width: int, height: int) -> Stage:
        """A stage that lays the card, at that size, over frames whose times are those of the programme."""

        def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
            card = self._drawn(width, height)
            given, shown = 0, black(width, height, 1 / self.rate)
            for frame in frames:
                place = int(frame.at * self.rate) - self.segment.starts
                for drawn in islice(card, max(place + 1 - given, 0)):
                    given, shown = given + 1, drawn
                yield frame if place < 0 else self._over(frame, shown, place)

        return stage

    def alone(self, width: int, height: int) -> Iterator[Frame]:
        """The card's own frames at a size, without what joins it to the segment before."""
        card = replace(self, segment=replace(self.segment, starts=0, overlap=0, dip_in=0, dip_out=0))
        dark = black(width, height, 1 / self.rate)
        times = (dark.retimed(index=n, at=n / self.rate, lasts=1 / self.rate) for n in range(self.segment.frames))
        return card.stage(width, height)(times)

    def _over(self, frame: Frame, card: Frame, place: int) -> Frame:
        """The card over what the programme shows, at frame `place` of it."""
        segment = self.segment
        share = min((place + 1) / (segment.overlap + 1), 1.0) if segment.overlap else 1.0
        shown = card.retimed(index=frame.index, at=frame.at, lasts=frame.lasts)
        if share < 1:
            shown = mixed(frame, shown, share)
        light = brightness(place, segment.frames, segment.dip_in, segment.dip_out)
        return shown if light >= 1 else mixed(black(frame.width, frame.height, frame.lasts), shown, light)

    def _drawn(self, width: int, height: int) -> Iterator[Frame]:
        """The card's frames at a size."""
        if self.frames is not None:
            for frame in self.frames():
                picture = fitted(frame.rgb(), width, height, parameters=self.parameters)
                yield Frame.from_rgb(picture, index=0, at=Fraction(0), lasts=1 / self.rate)
            return
        still = fitted(nearest(self.pictures, width, height), width, height, parameters=self.parameters)
        for place in range(self.segment.frames):
            if place == 0 or self.move != "none":
                moved = self._moved(still, place)
                drawn = Frame.from_rgb(moved, index=0, at=Fraction(0), lasts=1 / self.rate)
            yield drawn

    def _moved(self, still: Picture, place: int) -> Picture:
        if self.move == "none":
            return still
        share = place / max(self.segment.frames - 1, 1)
        scale = 1 + self.parameters.zoom * (share if self.move == "in" else 1 - share)
        height, width = still.shape[:2]
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        matrix = np.hstack([np.eye(2) * scale, ((1 - scale) * middle)[:, None]])
        moved = cv2.warpAffine(still, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(moved, dtype=np.uint8)


def nearest(pictures: tuple[Picture, ...], width: int, height: int) -> Picture:
    """The picture whose shape is nearest to that of `width` x `height`."""
    return min(pictures, key=lambda one: abs(np.log(one.shape[1] / one.shape[0] * height / width)))


def extends(picture: Picture, width: int, height: int, *, parameters: CardParameters = CardParameters()) -> bool:
    """Whether a picture is of so different a shape that its ground goes on beside it."""
    across, down = width / picture.shape[1], height / picture.shape[0]
    return bool(min(across, down) / max(across, down) < 1 - parameters.near_share)


def fitted(picture: Picture, width: int, height: int, *, parameters: CardParameters = CardParameters()) -> Picture:
    """An RGB picture of `width` x `height`: cut at most by the near share, else whole on its own ground."""
    across, down = width / picture.shape[1], height / picture.shape[0]
    whole = extends(picture, width, height, parameters=parameters)
    scale = min(across, down) if whole else max(across, down)
    size = max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1)
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = np.asarray(cv2.resize(picture, size, interpolation=kind), dtype=np.uint8)
    if not whole:
        left, top = (size[0] - width) // 2, (size[1] - height) // 2
        return np.ascontiguousarray(scaled[top : top + height, left : left + width])
    for axis, missing in ((1, width - scaled.shape[1]), (0, height - scaled.shape[0])):
        if missing > 0:
            scaled = _continued(scaled, axis, missing, parameters)
    return scaled


def _continued(picture: Picture, axis: int, missing: int, parameters: CardParameters) -> Picture:
    """A picture with its ground continued by `missing` pixels, half on each side, along an axis."""
    upright = picture if axis == 1 else picture.transpose(1, 0, 2)
    before = missing // 2
    left, right = (_ground(side, parameters) for side in (upright, upright[:, ::-1]))
    whole = np.concatenate(
        [np.repeat(left, before, axis=1), upright, np.repeat(right, missing - before, axis=1)], axis=1
    )
    return np.ascontiguousarray(whole if axis == 1 else whole.transpose(1, 0, 2))


def _ground(picture: Picture, parameters: CardParameters) -> NDArray[np.uint8]:
    """The colour of the ground along a picture's left edge, (rows, 1, 3)."""
    from scipy.ndimage import gaussian_filter1d  # takes a sixth of a second to import, which most jobs do without

    depth = max(round(picture.shape[1] * parameters.edge_share), 1)
    line = np.median(picture[:, :depth], axis=1)
    sigma = max(float(len(line) * parameters.smooth_share), 1.0)
    smooth = gaussian_filter1d(line, sigma, axis=0, mode="nearest")
    return np.asarray(np.clip(np.rint(smooth[:, None]), 0, 255), dtype=np.uint8)
