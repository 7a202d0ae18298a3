"""A clip's frames into measures of the moving picture: sharp, steady, alive, whole, and like its still.

Everything is measured on pictures a few hundred pixels large, and kept as a few numbers per frame; the measures of a
clip are taken from those at the end, each relative to what is usual in the clip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.analyse.quality import measures
from overlaycut.analyse.quality.fidelity import StillFidelity
from overlaycut.analyse.quality.parameters import QualityParameters
from overlaycut.analyse.shots import CutDetector
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Frame, Picture, Plane
from overlaycut.core.geometry import FloatArray, Homography
from overlaycut.core.quality import QualityReport
from overlaycut.vision.dense_flow import DenseFlow
from overlaycut.vision.thumbnails import reduced, reduced_size


@dataclass(frozen=True, slots=True, kw_only=True)
class _FrameMeasures:
    """What is kept of one frame."""

    mean: float
    deviation: float
    median: float
    blocks: FloatArray
    change: float
    """Mean absolute difference to the frame before, 0 for the first."""
    beyond: float
    """The same to the frame before that one."""
    speed: float
    """Displacement of what moves most, in pixels of the motion picture."""
    residual: float
    """Mean absolute difference once optical flow is undone."""
    sharp: float
    cut: bool


class QualityAnalyser:
    """Measures of the moving picture. See `core.analyser.Analyser` for how it is used.

    still: the RGB picture the clip was made from, or None. still_prior: a guess of the map from its pixels to those of
    the clip.
    """

    def __init__(
        self,
        facts: ClipFacts,
        *,
        still: Picture | None = None,
        still_prior: Homography | None = None,
        parameters: QualityParameters = QualityParameters(),
    ) -> None:
        self._parameters, self._still, self._still_prior = parameters, still, still_prior
        self._detail_size, self._light_size, self._motion_size = (
            reduced_size(facts.width, facts.height, side, least=16)
            for side in (parameters.detail_px, parameters.light_px, parameters.motion_px)
        )
        self._cut_detector = CutDetector()
        self._flow = DenseFlow("ultrafast")
        self._fidelity: StillFidelity | None = None
        self._frames: list[_FrameMeasures] = []
        self._last: list[Plane] = []
        """The last two pictures for light."""
        self._last_coarse: Plane | None = None
        self._sharp = 0.0
        self._ends = 0.0
        self._clip_size = facts.width, facts.height
        self._enlarged: list[float] = []

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        index = len(self._frames)
        luma = reduced(frame.y, self._light_size)
        coarse = reduced(luma, self._motion_size)
        if index == 0 and self._still is not None:
            self._fidelity = StillFidelity(
                self._still,
                frame,
                prior=self._still_prior,
                detail_size=self._detail_size,
                colour_size=self._motion_size,
                parameters=self._parameters,
            )
        if index % self._parameters.sharp_stride == 0:
            self._sharp = measures.sharpness(reduced(frame.y, self._detail_size))
            if self._fidelity is not None:
                self._fidelity.see(frame)
        if index % self._parameters.enlarged_stride == 0:
            self._enlarged.append(measures.enlarged(frame.y, parameters=self._parameters))
        self._frames.append(self._measured(luma, coarse))
        self._last = [*self._last[-1:], luma]
        self._last_coarse = coarse
        self._ends = float(frame.at + frame.lasts)

    def result(self) -> QualityReport:
        """The measures over all frames that were seen.

        Raises ValueError when none was.
        """
        if not self._frames:
            raise ValueError("no frame was seen")
        limits, frames = self._parameters, self._frames
        change, beyond, speed, residual, sharp, median = (
            np.array([getattr(one, name) for one in frames])
            for name in ("change", "beyond", "speed", "residual", "sharp", "median")
        )
        black = [n for n, one in enumerate(frames) if self._is_black(one)]
        flashes = measures.flashes(change, beyond, parameters=limits)
        flashed = {n for flash in flashes for n in (flash, flash + 1)}
        cuts = [n for n, one in enumerate(frames) if one.cut and n not in flashed]
        # A flash and a cut change everything at once: they tell nothing about how the rest moves.
        plain = np.array([n > 0 and n not in flashed and n not in cuts for n in range(len(frames))])
        fps = len(frames) / max(self._ends, 1e-6)
        again = measures.repeats(change, plain, parameters=limits)
        new = plain & ~again
        moving = plain & (speed >= limits.moving_px) & new
        jumps = measures.jumps(residual, new, parameters=limits)
        still_share = 1 - float(moving.sum()) / int(new.sum()) if new.any() else 1.0
        cadence = fps * (1 - float(again.sum()) / len(frames))
        clean = _clean(len(frames), {*black, *flashed, *jumps}, cuts, limits.around_cut)
        diagonal = float(np.hypot(*self._motion_size))
        fidelity = self._fidelity
        return QualityReport(
            frames=len(frames),
            seconds=self._ends,
            sharpness=float(np.median(sharp[clean])) if (sharp[clean] > 0).any() else None,
            softened=measures.end_over_start(sharp[clean], round(fps)),
            motion=float(np.median(speed[new])) * cadence / diagonal if new.any() else 0.0,
            still_share=still_share,
            repeats=tuple(int(n) for n in np.flatnonzero(again)),
            cadence=cadence if still_share < limits.frozen_share else None,
            jerk=measures.jerk(speed[plain], parameters=limits),
            flicker=measures.flicker(np.array([one.blocks for one in frames]), plain),
            exposure_drift=measures.exposure_drift(median[clean], round(fps / 2)),
            black=tuple(black),
            flashes=tuple(flashes),
            cuts=tuple(cuts),
            jumps=tuple(jumps),
            fidelity=None if fidelity is None else fidelity.structure,
            palette=None if fidelity is None else fidelity.colours(clean),
            clean=tuple(clean),
            detail=tuple(float(frames[n].sharp) for n in clean),
            squeeze="" if fidelity is None else fidelity.squeeze,
            notes=_notes(fidelity),
            width=self._clip_size[0],
            height=self._clip_size[1],
            enlarged=float(np.median(self._enlarged)),
            frozen=tuple(int(n) for n in np.flatnonzero(measures.frozen(change, plain, parameters=limits))),
        )

    def _is_black(self, one: _FrameMeasures) -> bool:
        limits = self._parameters
        return one.mean < limits.black_mean and one.deviation < limits.black_deviation

    def _measured(self, luma: Plane, coarse: Plane) -> _FrameMeasures:
        """The measures of one frame, relative to the last ones."""
        speed = residual = change = beyond = 0.0
        if self._last_coarse is not None:
            speed, residual = self._moved(self._last_coarse, coarse)
            change = _difference(self._last[-1], luma)
            beyond = _difference(self._last[-2], luma) if len(self._last) > 1 else change
        side = self._parameters.blocks
        return _FrameMeasures(
            mean=float(luma.mean()),
            deviation=float(luma.std()),
            median=float(np.median(luma)),
            blocks=cv2.resize(luma, (side, side), interpolation=cv2.INTER_AREA).astype(np.float64),
            change=change,
            beyond=beyond,
            speed=speed,
            residual=residual,
            sharp=self._sharp,
            cut=self._cut_detector.see(luma),
        )

    def _moved(self, before: Plane, now: Plane) -> tuple[float, float]:
        """Displacement of what moves most, in pixels, and the mean difference that optical flow leaves."""
        flow = self._flow.between(before, now)
        rows, columns = np.indices(now.shape, dtype=np.float32)
        back = cv2.remap(
            now, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        speed = np.quantile(np.hypot(flow[..., 0], flow[..., 1]), self._parameters.speed_quantile)
        return float(speed), _difference(before, back)


def _clean(count: int, faulty: set[int], cuts: Sequence[int], around_cut: int) -> list[int]:
    """The frames of `count` that are neither faulty nor next to a cut; all of them when none is clean."""
    unclean = faulty | {n + k for n in cuts for k in range(-around_cut, around_cut)}
    return [n for n in range(count) if n not in unclean] or list(range(count))


def _notes(fidelity: StillFidelity | None) -> tuple[str, ...]:
    if fidelity is None or fidelity.found:
        return ()
    return ("the still could not be found in the first frame; it is compared as if it filled it",)


def _difference(one: Plane, other: Plane | cv2.typing.MatLike) -> float:
    """Mean absolute difference of two pictures."""
    return float(cv2.absdiff(one, np.asarray(other, dtype=np.uint8)).mean())
