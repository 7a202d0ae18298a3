"""A still made to fit what a model takes: ratio, size, divisible sides and bytes, with the map that was used.

The map leads from pixels of the still (upright, as `media.read_still` has it) to pixels of the prepared picture. It is
kept with the clip, so that whoever registers the clip with the still starts from it. The still's own file is never
written.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

import cv2
import numpy as np
from PIL import Image

from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Homography, scaling, shift
from overlaycut.errors import UsageError

Fit: TypeAlias = Literal["crop", "pad"]
"""What is done about a still whose ratio the model does not take: cut it, or fill up what is missing."""

Size: TypeAlias = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StillLimits:
    """What pictures a model takes; the defaults exclude nothing."""

    ratios: tuple[Fraction, ...] = ()
    """Width over height, one of these; empty for any within the next two."""
    least_ratio: Fraction = Fraction(1, 1000)
    most_ratio: Fraction = Fraction(1000)
    least_side_px: int = 1
    most_side_px: int = 1 << 16
    divisor: int = 1
    """Both sides are multiples of it."""
    most_bytes: int | None = None
    """Size of the encoded picture."""
    jpeg: bool = True
    """Whether JPEG is taken where PNG is too large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitParameters:
    """How a still is fitted; checked by tests/generation/test_still_fit.py."""

    ratio_tolerance: float = 0.02
    """Share of a side that may be cut without asking: what multiples of 16 ask of a side of 800 pixels."""
    blur: float = 0.06
    """Standard deviation of the blur of what is padded, at the still's edge, in units of the still's shorter side."""
    far_blur: float = 0.35
    """The same far from the edge, so that carried-on edges do not become streaks."""
    far: float = 0.3
    """Distance from the edge at which that holds, in the same units."""
    jpeg_qualities: tuple[int, ...] = (95, 92, 88, 84)
    """Tried one after the other; below 84 libjpeg's ringing reaches a level that models copy around letters."""
    shrink: float = 0.85
    """Factor of both sides where no quality is small enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedStill:
    """A still as it is sent."""

    picture: Picture
    data: bytes
    """The encoded picture."""
    mime: str
    matrix: Homography
    """From pixels of the still to pixels of `picture`, (3, 3): scale and shift only."""
    notes: tuple[str, ...]
    """What was done, in words; empty where the pixels are the still's own."""

    @property
    def size(self) -> Size:
        """Width and height."""
        return self.picture.shape[1], self.picture.shape[0]


def fitted_still(
    still: Picture,
    limits: StillLimits,
    *,
    fit: Fit | None = None,
    wanted: Fraction | None = None,
    size: Size | None = None,
    parameters: FitParameters = FitParameters(),
) -> FittedStill:
    """`still` (RGB bytes, (rows, columns, 3)) within `limits`.

    fit: how another ratio is reached; without it one that differs by more than the tolerance is refused. wanted: the
    ratio of the clip; None keeps the still's as far as the limits allow. size: exactly this size, such as that of
    another frame of the same clip. Raises UsageError where it cannot be done.
    """
    own = (still.shape[1], still.shape[0])
    ratio = Fraction(*size) if size else chosen_ratio(Fraction(*own), limits, wanted=wanted)
    region = _region(own, ratio, fit, parameters)
    target = size or _target_size(region, ratio, limits)
    while True:
        picture, matrix = _resampled(still, region, target, parameters)
        encoded = _encoded(picture, limits, parameters)
        if encoded is not None:
            break
        target = _smaller(target, ratio, limits, parameters, exact=size is not None)
    data, mime, jpeg_note = encoded
    notes = [*_described(own, region, target), *jpeg_note]
    return FittedStill(picture=picture, data=data, mime=mime, matrix=matrix, notes=tuple(notes))


def chosen_ratio(own: Fraction, limits: StillLimits, *, wanted: Fraction | None = None) -> Fraction:
    """The ratio that the model takes which is nearest to `wanted` (None: the still's own), by its logarithm."""
    aim = own if wanted is None else wanted
    if limits.ratios:
        return min(limits.ratios, key=lambda one: abs(math.log(one / aim)))
    return min(max(aim, limits.least_ratio), limits.most_ratio)


@dataclass(frozen=True, slots=True)
class _Region:
    """The part of the still's plane that is sent, in its pixels; it reaches outside where the still is padded."""

    left: float
    top: float
    width: float
    height: float


def _region(own: Size, ratio: Fraction, fit: Fit | None, parameters: FitParameters) -> _Region:
    """The region of ratio `ratio` around the still's centre: inside it, or around it."""
    width, height = own
    across, down = min(width, height * float(ratio)), min(height, width / float(ratio))
    lost = 1 - min(across / width, down / height)
    if fit is None and lost > parameters.ratio_tolerance:
        raise UsageError(
            f"the still is {width}x{height}, the model takes {_ratio_words(ratio)}",
            hint=f'fit = "crop" loses {lost:.0%} of it, fit = "pad" keeps all of it',
        )
    if fit == "pad" and lost > parameters.ratio_tolerance:
        across, down = max(width, height * float(ratio)), max(height, width / float(ratio))
    return _Region((width - across) / 2, (height - down) / 2, across, down)


def _target_size(region: _Region, ratio: Fraction, limits: StillLimits) -> Size:
    """The size that is nearest to the region's own within the limits. Raises UsageError when there is none."""
    width, height = region.width, region.height
    shrink = min(1.0, limits.most_side_px / max(width, height))
    grow = max(1.0, limits.least_side_px / (min(width, height) * shrink))
    width, height = width * shrink * grow, height * shrink * grow
    size = _divisible(width, height, ratio, limits)
    if size is None:
        raise UsageError(
            f"no size of ratio {_ratio_words(ratio)} has sides of {limits.least_side_px}..{limits.most_side_px} pixels",
            hint="another ratio, or another model",
        )
    return size


def _divisible(width: float, height: float, ratio: Fraction, limits: StillLimits) -> Size | None:
    """Multiples of the divisor near a size, as near to the ratio as they can be; None when the limits exclude all."""
    step = limits.divisor
    low, high = -(-limits.least_side_px // step) * step, limits.most_side_px // step * step
    if low > high or high < step:
        return None
    found = []
    for across in {math.floor(width / step) * step, math.ceil(width / step) * step}:
        for down in {math.floor(height / step) * step, math.ceil(height / step) * step}:
            one = (min(max(across, low), high), min(max(down, low), high))
            off = abs(math.log(one[0] / one[1] / float(ratio)))
            found.append((round(off, 6), abs(one[0] - width) + abs(one[1] - height), one))
    off, _, size = min(found)
    return size if off < _MOST_SQUEEZE else None


_MOST_SQUEEZE = 0.35
"""Logarithm of a change of ratio beyond which a size does not stand for a ratio any more."""


def _resampled(still: Picture, region: _Region, target: Size, parameters: FitParameters) -> tuple[Picture, Homography]:
    """The region at its target size, and the map into it. Where nothing changes, the very pixels."""
    scale = _scale(still, region, target)
    # The region is cut a little more, so that both sides are scaled alike: letters keep their shape.
    cut = _Region(
        region.left + (region.width - target[0] / scale) / 2,
        region.top + (region.height - target[1] / scale) / 2,
        target[0] / scale,
        target[1] / scale,
    )
    if scale == 1.0:
        cut = _Region(round(cut.left), round(cut.top), *target)
    matrix: Homography = scaling(scale, scale) @ shift(-cut.left, -cut.top)
    inside = cut.left >= 0 and cut.top >= 0 and cut.left + cut.width <= still.shape[1] + 1e-6
    inside = inside and cut.top + cut.height <= still.shape[0] + 1e-6
    source = still if inside else None
    if source is None:
        source, offset = _padded(still, cut, parameters)
        cut = _Region(cut.left + offset[0], cut.top + offset[1], cut.width, cut.height)
    box = (
        max(cut.left, 0.0),
        max(cut.top, 0.0),
        min(cut.left + cut.width, source.shape[1]),
        min(cut.top + cut.height, source.shape[0]),
    )
    if scale == 1.0:
        left, top = round(cut.left), round(cut.top)
        return np.ascontiguousarray(source[top : top + target[1], left : left + target[0]]), matrix
    resized = Image.fromarray(source).resize(target, Image.Resampling.LANCZOS, box=box)
    return np.array(resized), matrix


def _scale(still: Picture, region: _Region, target: Size) -> float:
    """The scale from region to target: exactly 1 where they differ by less than a pixel and none has to be made up."""
    scale = max(target[0] / region.width, target[1] / region.height)
    near = max(abs(target[0] - region.width), abs(target[1] - region.height)) < 1
    pads = region.width > still.shape[1] or region.height > still.shape[0]
    return 1.0 if near and (pads or (target[0] <= still.shape[1] and target[1] <= still.shape[0])) else scale


def _padded(still: Picture, cut: _Region, parameters: FitParameters) -> tuple[Picture, tuple[int, int]]:
    """The still with its surroundings up to `cut`, and how far it lies inside them.

    Its edges are carried on and blurred. Mirrored surroundings would show things twice, and a model would animate both.
    """
    rows, columns = still.shape[:2]
    left, top = max(0, math.ceil(-cut.left)), max(0, math.ceil(-cut.top))
    right = max(0, math.ceil(cut.left + cut.width - columns))
    bottom = max(0, math.ceil(cut.top + cut.height - rows))
    wide = cv2.copyMakeBorder(still, top, bottom, left, right, cv2.BORDER_REPLICATE)
    short = min(rows, columns)
    outside = np.full(wide.shape[:2], 255, dtype=np.uint8)
    outside[top : top + rows, left : left + columns] = 0
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, 3) / (parameters.far * short)
    share = np.clip(distance, 0, 1)[..., None].astype(np.float32)
    near, far = (_blurred(wide, sigma * short + 1.0) for sigma in (parameters.blur, parameters.far_blur))
    blurred = np.asarray(np.rint(near * (1 - share) + far * share), dtype=np.uint8)
    blurred[top : top + rows, left : left + columns] = still
    return blurred, (left, top)


def _blurred(picture: cv2.typing.MatLike, sigma: float) -> cv2.typing.MatLike:
    """A picture blurred with a wide kernel, at a size at which it takes little time."""
    factor = max(1.0, sigma / 4)
    small = (max(1, round(picture.shape[1] / factor)), max(1, round(picture.shape[0] / factor)))
    reduced = cv2.resize(picture, small, interpolation=cv2.INTER_AREA).astype(np.float32)
    soft = cv2.GaussianBlur(reduced, (0, 0), sigma / factor, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(soft, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_CUBIC)


def _encoded(
    picture: Picture, limits: StillLimits, parameters: FitParameters
) -> tuple[bytes, str, tuple[str, ...]] | None:
    """The picture as PNG, or as JPEG where that is too large; None where nothing is small enough."""
    png = _bytes_of(picture, "PNG", optimize=False)
    if limits.most_bytes is None or len(png) <= limits.most_bytes:
        return png, "image/png", ()
    if limits.jpeg:
        for quality in parameters.jpeg_qualities:
            jpeg = _bytes_of(picture, "JPEG", quality=quality, subsampling=0)
            if len(jpeg) <= limits.most_bytes:
                return jpeg, "image/jpeg", (f"JPEG of quality {quality}, since PNG has {len(png) / 1e6:.1f} MB",)
    return None


def _bytes_of(picture: Picture, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, kind, **options)
    return stream.getvalue()


def _smaller(target: Size, ratio: Fraction, limits: StillLimits, parameters: FitParameters, *, exact: bool) -> Size:
    """The next smaller size. Raises UsageError when the limits exclude it."""
    size = None
    if not exact:
        reduced = (target[0] * parameters.shrink, target[1] * parameters.shrink)
        if min(reduced) >= limits.least_side_px:
            size = _divisible(*reduced, ratio, limits)
    if size is None or size[0] >= target[0]:
        raise UsageError(
            f"at {target[0]}x{target[1]} the still is larger than the {limits.most_bytes} bytes that the model takes",
            hint="a plainer still, or another model",
        )
    return size


def _described(own: Size, region: _Region, target: Size) -> list[str]:
    words = []
    if region.width > own[0] + 0.5 or region.height > own[1] + 0.5:
        share = max(1 - own[0] / region.width, 1 - own[1] / region.height)
        words.append(f"padded: {share:.0%} of the picture is added")
    elif region.width < own[0] - 0.5 or region.height < own[1] - 0.5:
        share = max(1 - region.width / own[0], 1 - region.height / own[1])
        words.append(f"cropped: {share:.1%} of the still is cut off")
    if target != own:
        words.append(f"{own[0]}x{own[1]} sent as {target[0]}x{target[1]}")
    return words


def _ratio_words(ratio: Fraction) -> str:
    """A ratio as people write it."""
    plain = ratio.limit_denominator(64)
    return f"{plain.numerator}:{plain.denominator}"


def ratio_of(text: str) -> Fraction | None:
    """The ratio in "9:16", "1280:720" or "720x1280"; None for anything else."""
    parts: Sequence[str] = text.replace("x", ":").split(":")
    if len(parts) != 2 or not all(part.strip().isdecimal() and int(part) for part in parts):
        return None
    return Fraction(int(parts[0]), int(parts[1]))
