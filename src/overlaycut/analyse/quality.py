"""A clip's frames into measures of the moving picture: sharp, steady, alive, whole, and like its still.

Everything is measured on pictures a few hundred pixels large, and kept as a few numbers per frame; the measures of a
clip are taken from those at the end, each against what this clip does anyway.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.faces import chroma_histogram
from overlaycut.analyse.register import register
from overlaycut.analyse.shots import CutDetector
from overlaycut.core.cast import Vector
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Frame, Picture, Plane
from overlaycut.core.geometry import FloatArray
from overlaycut.core.quality import QualityReport
from overlaycut.vision.thumbnails import reduced, reduced_size, small_rgb

_FINE, _MIDDLE, _COARSE = 768, 320, 160
"""Long sides of the pictures for sharpness, for light and repeats, and for movement."""
_BLOCKS = 8
_DARK, _FLAT = 26.0, 6.0
"""Mean and spread of luma (black is 16) up to which a frame is black."""
_NOTHING = 0.06
"""Pixels of the coarse picture from one frame to the next below which nothing moves."""
_FROZEN = 0.95
"""Part of the time without movement from which on a clip has no cadence."""
_SAME, _SAME_SHARE = 0.9, 0.12
"""Levels by which a shown-again frame may differ for the codec's sake, and that as a share of the changes around it."""
_FLASH, _TIMES = 10.0, 4.0
"""Levels, and times the usual change, by which a flash differs from both its neighbours."""
_JUMP, _TIMES_RESIDUAL = 5.0, 3.0
"""Levels, and times what is usual in the clip and around the frame, of what movement does not explain in a jump."""
_NEIGHBOURS = 8
"""Frames on either side that a frame is held against."""
_LIVELY = 0.9
"""Quantile of the changes around that is a new picture's even where most frames are repeats."""
_ROUNDING = 0.25
"""Levels by which rounding to 8 bits moves a sample on the mean: no detail."""
_AROUND_CUT = 2
_SHARP_EVERY = 3


@dataclass(frozen=True, slots=True)
class _Look:
    """What is kept of one frame."""

    mean: float
    spread: float
    median: float
    blocks: FloatArray
    change: float
    """Mean absolute difference to the frame before, 0 for the first."""
    beyond: float
    """The same to the frame before that one."""
    speed: float
    """Movement of what moves most, the 97th percentile, in pixels of the coarse picture."""
    residual: float
    """Mean absolute difference once movement is undone."""
    sharp: float
    cut: bool


class QualityAnalyser:
    """Shown every frame of a clip in order by `see`, then asked for its `result`.

    still: the RGB picture the clip was made from, or None.
    """

    def __init__(self, facts: ClipFacts, *, still: Picture | None = None) -> None:
        self._sizes = [reduced_size(facts.width, facts.height, side, least=16) for side in (_FINE, _MIDDLE, _COARSE)]
        self._diagonal = float(np.hypot(*self._sizes[2]))
        self._cutter = CutDetector()
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._still = still
        self._looks: list[_Look] = []
        self._middle: list[Plane] = []
        self._coarse: Plane | None = None
        self._sharp = 0.0
        self._ends = 0.0
        self._fidelity: float | None = None
        self._squeeze = ""
        self._palettes: list[Vector] = []
        self._still_palette: Vector = np.zeros(0, dtype=np.float32)

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        index = len(self._looks)
        middle = reduced(frame.y, self._sizes[1])
        coarse = reduced(middle, self._sizes[2])
        if index % _SHARP_EVERY == 0:
            self._sharp = sharpness(reduced(frame.y, self._sizes[0]))
        if self._still is not None:
            if index == 0:
                self._begin(frame, self._still)
            if index % _SHARP_EVERY == 0:
                self._palettes.append(_palette(frame, self._sizes[2]))
        speed = residual = change = beyond = 0.0
        if self._coarse is not None:
            speed, residual = self._moved(self._coarse, coarse)
            change = _differ(self._middle[-1], middle)
            beyond = _differ(self._middle[-2], middle) if len(self._middle) > 1 else change
        blocks = cv2.resize(middle, (_BLOCKS, _BLOCKS), interpolation=cv2.INTER_AREA).astype(np.float64)
        self._looks.append(
            _Look(
                mean=float(middle.mean()),
                spread=float(middle.std()),
                median=float(np.median(middle)),
                blocks=blocks,
                change=change,
                beyond=beyond,
                speed=speed,
                residual=residual,
                sharp=self._sharp,
                cut=self._cutter.see(middle),
            )
        )
        self._middle = [*self._middle[-1:], middle]
        self._coarse = coarse
        self._ends = float(frame.at + frame.lasts)

    def result(self) -> QualityReport:
        """The measures over all frames that were seen.

        Raises ValueError when none was.
        """
        if not self._looks:
            raise ValueError("no frame was seen")
        looks = self._looks
        change, beyond, speed, residual = (
            np.array([getattr(look, name) for look in looks]) for name in ("change", "beyond", "speed", "residual")
        )
        black = [n for n, look in enumerate(looks) if look.mean < _DARK and look.spread < _FLAT]
        flashes = _flashes(change, beyond)
        broken = {n for flash in flashes for n in (flash, flash + 1)}
        cuts = [n for n, look in enumerate(looks) if look.cut and n not in broken]
        # A flash and a cut change everything at once: they say nothing about how the rest moves.
        plain = np.array([n > 0 and n not in broken and n not in cuts for n in range(len(looks))])
        fps = len(looks) / max(self._ends, 1e-6)
        alive = plain & (speed >= _NOTHING)
        again = (
            plain
            & (change <= np.minimum(_SAME, _SAME_SHARE * _around(change, _LIVELY)))
            & (_around(change, _LIVELY) > _SAME)
        )
        new = plain & ~again
        jumps = _jumps(residual, new)
        still_share = 1 - float((alive & new).sum()) / int(new.sum()) if new.any() else 1.0
        cadence = fps * (1 - float(again.sum()) / len(looks))
        sharp = np.array([look.sharp for look in looks])
        unclean = {*black, *broken, *jumps, *(n + k for n in cuts for k in range(-_AROUND_CUT, _AROUND_CUT))}
        clean = [n for n in range(len(looks)) if n not in unclean] or list(range(len(looks)))
        return QualityReport(
            frames=len(looks),
            seconds=self._ends,
            sharpness=float(np.median(sharp[clean])) if (sharp[clean] > 0).any() else None,
            softened=_ends_over_start(sharp[clean], round(fps)),
            motion=float(np.median(speed[new])) * cadence / self._diagonal if new.any() else 0.0,
            still_share=still_share,
            repeats=tuple(int(n) for n in np.flatnonzero(again)),
            cadence=cadence if still_share < _FROZEN else None,
            jerk=_jerk(speed[plain]),
            flicker=_flicker(np.array([look.blocks for look in looks]), plain),
            exposure_drift=_exposure(np.array([look.median for look in looks])[clean], round(fps / 2)),
            black=tuple(black),
            flashes=tuple(flashes),
            cuts=tuple(cuts),
            jumps=tuple(jumps),
            fidelity=self._fidelity,
            palette=self._palette_kept(clean),
            best_frame=max(clean, key=lambda n: looks[n].sharp),
            last_clean_frame=clean[-1],
            squeeze=self._squeeze,
        )

    def _moved(self, before: Plane, now: Plane) -> tuple[float, float]:
        flow = self._flow.calc(before, now, np.zeros((*now.shape, 2), dtype=np.float32))
        rows, columns = np.indices(now.shape, dtype=np.float32)
        back = cv2.remap(
            now, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return float(np.quantile(np.hypot(flow[..., 0], flow[..., 1]), 0.97)), _differ(before, back)

    def _begin(self, frame: Frame, still: Picture) -> None:
        """How much the first frame has of the still, and how the still lies in it."""
        first = small_rgb(frame, self._sizes[0])
        found = register(still, first)
        if found is None:
            laid = cv2.resize(still, self._sizes[0], interpolation=cv2.INTER_AREA)
            seen = np.ones(laid.shape[:2], dtype=bool)
        else:
            self._squeeze = "" if found.note == "the same" or found.note.startswith("scaled to") else found.note
            laid = cv2.warpPerspective(still, found.matrix, self._sizes[0], flags=cv2.INTER_AREA)
            inside = np.full(still.shape[:2], 255, dtype=np.uint8)
            seen = cv2.warpPerspective(inside, found.matrix, self._sizes[0]) > 250
        one, other = (
            cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float32) for p in (np.asarray(laid, np.uint8), first)
        )
        self._fidelity = _structure(one, other, seen) * float(seen.mean())
        yuv = np.asarray(cv2.cvtColor(np.asarray(laid, dtype=np.uint8), cv2.COLOR_RGB2YCrCb), dtype=np.uint8)
        self._still_palette = chroma_histogram(yuv[..., 2][seen], yuv[..., 1][seen])

    def _palette_kept(self, clean: list[int]) -> float | None:
        if not self._palettes:
            return None
        places = sorted({n // _SHARP_EVERY for n in clean})
        kept = [float(np.sqrt(self._still_palette * self._palettes[n]).sum()) for n in places]
        return float(np.quantile(kept, 0.1))


def sharpness(luma: Plane) -> float:
    """Finest detail of a picture over the next coarser: about 0.5 for a crisp one, 0 for fog or no detail."""
    fine = luma.astype(np.float32)
    soft = cv2.GaussianBlur(fine, (0, 0), 1.0)
    softer = cv2.GaussianBlur(fine, (0, 0), 3.0)
    middle = float(np.abs(soft - softer).mean())
    finest = max(float(np.abs(fine - soft).mean()) - _ROUNDING, 0.0)
    return finest / middle if middle > _ROUNDING else 0.0


def _differ(one: Plane, other: Plane | cv2.typing.MatLike) -> float:
    return float(cv2.absdiff(one, np.asarray(other, dtype=np.uint8)).mean())


def _palette(frame: Frame, size: tuple[int, int]) -> Vector:
    u, v = (reduced(plane, size) for plane in (frame.u, frame.v))
    return chroma_histogram(u, v)


def _structure(one: NDArray[np.float32], other: NDArray[np.float32], seen: NDArray[np.bool_]) -> float:
    """SSIM (Wang et al., 2004) at a quarter of the size, where a pixel of misplacement hardly matters."""
    small = (max(one.shape[1] // 4, 16), max(one.shape[0] // 4, 16))
    a, b = (cv2.resize(p, small, interpolation=cv2.INTER_AREA) for p in (one, other))
    where = cv2.resize(seen.astype(np.uint8), small, interpolation=cv2.INTER_NEAREST) > 0

    def local(p: cv2.typing.MatLike) -> cv2.typing.MatLike:
        return cv2.GaussianBlur(p, (0, 0), 1.5)

    ma, mb = local(a), local(b)
    va, vb, vab = local(a * a) - ma * ma, local(b * b) - mb * mb, local(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    alike = ((2 * ma * mb + c1) * (2 * vab + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2))
    return float(np.clip(alike[where].mean(), 0, 1)) if where.any() else 0.0


def _around(values: FloatArray, share: float) -> FloatArray:
    """For each frame the quantile `share` of the values within `_NEIGHBOURS` frames of it."""
    padded = np.pad(values, _NEIGHBOURS, mode="reflect" if len(values) > _NEIGHBOURS else "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEIGHBOURS + 1)
    around: FloatArray = np.quantile(windows, share, axis=1)
    return around


def _flashes(change: FloatArray, beyond: FloatArray) -> list[int]:
    usual = float(np.median(change[1:])) if len(change) > 1 else 0.0
    limit = max(_FLASH, _TIMES * usual)
    return [
        n
        for n in range(1, len(change) - 1)
        if min(change[n], change[n + 1]) > limit and beyond[n + 1] < 0.4 * min(change[n], change[n + 1])
    ]


def _jumps(residual: FloatArray, plain: NDArray[np.bool_]) -> list[int]:
    if not plain.any():
        return []
    usual = np.maximum(_around(residual, 0.5), float(np.median(residual[plain])))
    limit = np.maximum(_JUMP, _TIMES_RESIDUAL * usual)
    return [int(n) for n in np.flatnonzero(plain & (residual > limit))]


def _jerk(speed: FloatArray) -> float:
    if len(speed) < 3 or speed.mean() < _NOTHING:
        return 0.0
    return float(np.abs(np.diff(speed)).mean() / speed.mean())


def _flicker(blocks: FloatArray, plain: NDArray[np.bool_]) -> float:
    """Levels by which most of the picture's blocks stray at once from the mean of their neighbours in time."""
    if len(blocks) < 3:
        return 0.0
    stray = blocks[1:-1] - (blocks[:-2] + blocks[2:]) / 2
    steady = plain[1:-1] & plain[2:]
    jumps = np.abs(np.median(stray.reshape(len(stray), -1), axis=1))[steady]
    return float(jumps.mean()) if len(jumps) else 0.0


def _exposure(median: FloatArray, window: int) -> float:
    window = max(min(window, len(median)), 1)
    smooth = np.convolve(median, np.ones(window) / window, mode="valid")
    return float(smooth.max() - smooth.min())


def _ends_over_start(sharp: FloatArray, second: int) -> float:
    part = max(min(second, len(sharp) // 2), 1)
    before, after = float(np.median(sharp[:part])), float(np.median(sharp[-part:]))
    return after / before if before > 0 else 1.0
