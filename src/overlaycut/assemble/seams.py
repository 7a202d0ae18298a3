"""Two shots where they meet: how well one continues the other, whether a frame is there twice, and matched colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.colour import RGB_TO_YCBCR_BY
from overlaycut.core.frame import Frame, Plane
from overlaycut.core.geometry import Box
from overlaycut.core.programme_tables import SeamMatch

_Small: TypeAlias = NDArray[np.float32]
"""A frame of a few thousand cells, Y, Cb and Cr in levels: (rows, columns, 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeamParameters:
    """How seams are judged; set on drawn chains and on real clips, checked by tests/assemble/test_seams.py."""

    width: int = 96
    """Columns of the small frames that are compared."""
    blur: float = 1.2
    """Sigma in cells that removes grain and what a generator redraws."""
    most_shift: int = 5
    """Cells by which the pictures may be shifted against each other to match: what a moving camera does in a frame."""
    repeat_share: float = 0.5
    """A first frame repeats the last one when it differs from it by less than this share of what moves in a frame."""
    repeat_levels: float = 5.0
    """And by no more than this mean level, once its exposure is matched: generators do not return a frame exactly."""
    least_motion: float = 0.4
    """Mean level of change from frame to frame below which nothing moves that could stand still."""
    continuous: float = 0.6
    """Continuity from which two shots are taken for one scene; others keep their colours."""
    colour_levels: float = 24.0
    """Difference of the median colours, in levels, that makes colours wholly different."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """What was found where two shots meet."""

    continues: bool
    """Whether the second shot shows the scene of the first."""

    continuity: float
    """0 (another picture) to 1 (the same picture)."""
    structure: float
    """Correlation of the luma at the best shift, 0..1."""
    colour: float
    """Likeness of the median colours, 0..1."""
    repeats: bool
    """Whether the first frame of the second shot repeats the last one of the first."""
    gain: float
    """Factor of luma contrast that brings the second shot to the first, around the median of its luma."""
    centre: float
    """Median of the second shot's luma, in levels."""
    offset: tuple[float, float, float]
    """Levels to be added to Y, Cb and Cr of the second shot."""


def seam_between(
    ends: Sequence[Frame],
    begins: Sequence[Frame],
    *,
    lettering: tuple[Sequence[Box], Sequence[Box]] = ((), ()),
    parameters: SeamParameters = SeamParameters(),
) -> Seam:
    """Compare the last frames of one shot with the first frames of the next, two of each (one where there is no more).

    Boxes of lettering in each, in pixels, are left out of the colours. Frames may be of different sizes: what both
    shapes show around the middle is compared.
    """
    (before, after), usable = _comparable(ends, begins, lettering, parameters)
    old, new = before[-1], after[0]
    gain, centre, offset = _correction(old, new, usable)
    matched = _corrected(new, gain, centre, offset)
    structure = _correlation(old[..., 0], new[..., 0], parameters.most_shift)
    levels = float(np.abs(np.median(old[usable], axis=0) - np.median(new[usable], axis=0)).max())
    colour = max(1 - levels / parameters.colour_levels, 0.0)
    stays = float(np.abs(old - matched).mean())
    pairs = [pair for pair in (before[-2:], after[:2]) if len(pair) == 2]
    moves = sum(float(np.abs(a - b).mean()) for a, b in pairs) / max(len(pairs), 1)
    repeats = (
        moves >= parameters.least_motion
        and stays <= parameters.repeat_levels
        and stays <= parameters.repeat_share * moves
    )
    continuity = structure * (0.7 + 0.3 * colour)
    return Seam(
        continues=continuity >= parameters.continuous,
        continuity=round(continuity, 4),
        structure=round(structure, 4),
        colour=round(colour, 4),
        repeats=repeats,
        gain=gain,
        centre=centre,
        offset=offset,
    )


def _comparable(
    ends: Sequence[Frame],
    begins: Sequence[Frame],
    lettering: tuple[Sequence[Box], Sequence[Box]],
    parameters: SeamParameters,
) -> tuple[tuple[list[_Small], list[_Small]], NDArray[np.bool_]]:
    """The frames, small and of one shape, and the cells without lettering in either."""
    aspect = min(one.height / one.width for one in (ends[-1], begins[0]))
    wide = max(one.height / one.width for one in (ends[-1], begins[0]))
    size = parameters.width, max(round(parameters.width * (aspect + wide) / 2), 8)
    usable = np.ones((size[1], size[0]), bool)
    for frame, boxes in ((ends[-1], lettering[0]), (begins[0], lettering[1])):
        free = np.full((frame.height, frame.width), 255, np.uint8)
        for box in boxes:
            free[box.slices] = 0
        usable &= cv2.resize(_middle(free, aspect), size, interpolation=cv2.INTER_AREA) > 250
    if usable.mean() < 0.1:
        usable[:] = True
    before, after = ([_small(one, aspect, size, parameters.blur) for one in frames] for frames in (ends, begins))
    return (before, after), usable


def _middle(plane: Plane, aspect: float) -> Plane:
    """The middle of a plane, cut to height / width = aspect."""
    height, width = plane.shape
    rows = min(round(width * aspect), height)
    top = (height - rows) // 2
    return plane[top : top + rows]


def _small(frame: Frame, aspect: float, size: tuple[int, int], blur: float) -> _Small:
    planes = [cv2.resize(_middle(plane, aspect), size, interpolation=cv2.INTER_AREA) for plane in frame.planes]
    return np.asarray(cv2.GaussianBlur(np.dstack(planes).astype(np.float32), (0, 0), blur), dtype=np.float32)


def _correlation(old: _Small, new: _Small, most: int) -> float:
    """The best normalised correlation over small shifts, 0..1."""
    inner = new[most:-most, most:-most]
    if inner.size == 0 or float(inner.std()) < 0.5 or float(old.std()) < 0.5:
        return float(np.abs(old - new).mean() < 4)  # flat pictures have no structure to compare
    return max(float(cv2.matchTemplate(old, inner, cv2.TM_CCOEFF_NORMED).max()), 0.0)


def _correction(old: _Small, new: _Small, usable: NDArray[np.bool_]) -> tuple[float, float, tuple[float, float, float]]:
    """Gain of luma, the level it turns around, and offsets, from quartiles: what moved or changed hardly counts."""
    a, b = old[usable], new[usable]
    (a_low, a_middle, a_high), (b_low, b_middle, b_high) = (np.percentile(x[:, 0], (25, 50, 75)) for x in (a, b))
    gain = float((a_high - a_low) / (b_high - b_low)) if min(a_high - a_low, b_high - b_low) > 4 else 1.0
    shifts = np.median(a[:, 1:], axis=0) - np.median(b[:, 1:], axis=0)
    return gain, float(b_middle), (float(a_middle - b_middle), float(shifts[0]), float(shifts[1]))


def _corrected(small: _Small, gain: float, centre: float, offset: tuple[float, float, float]) -> _Small:
    luma = (small[..., :1] - centre) * gain + centre
    return np.asarray(np.concatenate([luma, small[..., 1:]], axis=-1) + np.array(offset, np.float32), dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourMatchParameters:
    """How far colours are matched; checked by tests/assemble/test_seams.py."""

    gentle_share: float = 0.5
    """Part of the difference that "gentle" takes away."""
    most_gain: float = 1.2
    """Factor of contrast, or one over it, beyond which a shot is not brought to another."""
    most_luma: float = 24.0
    """Levels of luma likewise."""
    most_chroma: float = 10.0
    """Levels of chroma likewise."""
    brand_levels: float = 20.0
    """Distance in Y, Cb and Cr from a brand's colour up to which samples keep their values; it fades out over as much
    again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourMatch:
    """Brings exposure and colour of a shot to those of the one before it, the same for all its frames."""

    gain: float
    centre: float
    offset: tuple[float, float, float]
    kept: tuple[tuple[float, float, float], ...] = ()
    """Colours in Y, Cb and Cr that stay as they are: those of a brand."""
    fade: float = 20.0
    """Distance in levels up to which a colour counts as one of those."""

    def stage(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The frames, matched."""
        levels = np.arange(256, dtype=np.float32)
        luma = np.clip((levels - self.centre) * self.gain + self.centre + self.offset[0], 16, 235)
        tables = [np.rint(luma), *(np.rint(np.clip(levels + by, 16, 240)) for by in self.offset[1:])]
        lookups = [table.astype(np.uint8) for table in tables]
        for frame in frames:
            y, u, v = (lookup[plane] for plane, lookup in zip(frame.planes, lookups, strict=True))
            yield self._kept(frame, replace(frame, y=y, u=u, v=v))

    def _kept(self, old: Frame, new: Frame) -> Frame:
        """The matched frame in which samples of the kept colours have their old values."""
        if not self.kept:
            return new
        half = old.u.shape[1], old.u.shape[0]
        small = np.dstack([cv2.resize(old.y, half, interpolation=cv2.INTER_AREA), old.u, old.v]).astype(np.float32)
        near = np.full(small.shape[:2], np.inf, np.float32)
        for colour in self.kept:
            near = np.minimum(near, np.abs(small - np.array(colour, np.float32)).max(axis=-1))
        share = np.clip(2 - near / self.fade, 0, 1)
        if not share.any():
            return new
        whole = cv2.resize(share, (old.width, old.height), interpolation=cv2.INTER_LINEAR)
        y, u, v = (
            np.rint(b + (a.astype(np.float32) - b) * weight).astype(np.uint8)
            for a, b, weight in zip(old.planes, new.planes, (whole, share, share), strict=True)
        )
        return replace(new, y=y, u=u, v=v)


def colour_match(
    seam: Seam,
    wanted: SeamMatch,
    *,
    before: ColourMatch | None = None,
    brand: Sequence[tuple[int, int, int]] = (),
    parameters: ColourMatchParameters = ColourMatchParameters(),
) -> ColourMatch | None:
    """What brings the second shot of a seam to the first, where that was matched itself by `before`; None for nothing.

    brand: RGB colours that stay as they are. The correction stays within the limits of the parameters.
    """
    if wanted == "off":
        return None
    share = 1.0 if wanted == "full" else parameters.gentle_share
    luma, cb, cr = seam.offset
    gain = seam.gain
    if before is not None:
        old_median = seam.centre + luma
        luma += (old_median - before.centre) * (before.gain - 1) + before.offset[0]
        gain *= before.gain
        cb, cr = cb + before.offset[1], cr + before.offset[2]
    most = parameters.most_chroma
    return ColourMatch(
        gain=float(np.clip(gain**share, 1 / parameters.most_gain, parameters.most_gain)),
        centre=seam.centre,
        offset=(
            float(np.clip(luma * share, -parameters.most_luma, parameters.most_luma)),
            float(np.clip(cb * share, -most, most)),
            float(np.clip(cr * share, -most, most)),
        ),
        kept=tuple(_ycbcr(colour) for colour in brand),
        fade=parameters.brand_levels,
    )


def _ycbcr(rgb: tuple[int, int, int]) -> tuple[float, float, float]:
    y, cb, cr = (np.array(rgb, np.float64) / 255) @ np.asarray(RGB_TO_YCBCR_BY["bt709"]).T + np.array([16, 128, 128])
    return float(y), float(cb), float(cr)
