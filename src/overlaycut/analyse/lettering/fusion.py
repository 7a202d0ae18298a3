"""Several frames of a small line into one finer picture of it.

Letters of 8 to 20 pixels are a few samples each, and the noise of a codec hides what becomes of them. Along its track
a line falls on other samples in every frame, so that neighbouring frames, each interpolated onto a grid two to five
times as fine, aligned to a fraction of a pixel and averaged there, show more than any of them. The average leaves out
the extremes of every pixel, so that one frame with something in front, or with a bad block, does not count
(shift and add, in the robust form: Elad and Hel-Or, "A fast super-resolution reconstruction algorithm for pure
translational motion and common space-invariant blur", IEEE Transactions on Image Processing 2001; Farsiu, Robinson,
Elad and Milanfar, "Fast and robust multiframe super resolution", ibid. 2004).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from overlaycut.analyse.lettering.shape import LineShape
from overlaycut.vision.filters import FloatPlane


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionParameters:
    """Which lines are fused of how many frames; set by part 7 of benchmarks/lettering.py."""

    most_height_px: float = 30.0
    """Height of a detected line in clip pixels, at most; capitals of 20 pixels make lines of about that."""
    frames: int = 5
    """Frames that are fused, at most."""
    seconds: float = 0.25
    """Time over which they spread, at most: what melts slowly must not be averaged with what it was."""
    least: int = 2
    """Frames that make a fused picture."""
    alike: float = 0.85
    """Correlation with the first frame from which on a frame counts for the reference."""
    most_shift: float = 0.15
    """Displacement of a frame from the others, in line heights, at most; beyond it is left out."""
    noise_variance: float = 5.0
    """Squared levels added to the variance of fused pictures when they are compared: a fifth of those of one frame."""
    sizes: tuple[float, float] = (0.5, 3.0)
    """Height over that in the reference, least and most, at which letters are compared."""
    footprint_px: float = 0.7
    """Sigma of the blur of every picture, in its own pixels, by lens, sensor and codec. What is seen larger than in the
    reference is blurred to the reference's resolution before it is compared."""
    extremes: int = 1
    """Values left out of every pixel at both ends, where three remain."""


@dataclass(eq=False)
class LineFusion:
    """The last frames of one line, and its first ones, each on the same fine grid.

    fps: frame rate of the clip.
    """

    fps: float
    parameters: FusionParameters
    first: list[LineShape] = field(default_factory=list)
    """The line in the frames from which its reference is made."""
    height: float = 0.0
    """Height of the line in the first of them, in pixels."""
    recent: deque[tuple[int, LineShape]] = field(default_factory=deque)
    """Frame numbers, and the line in them."""

    _made: tuple[int, LineShape] | None = None

    @property
    def _most(self) -> int:
        limits = self.parameters
        return max(limits.least, min(limits.frames, round(limits.seconds * self.fps)))

    def add(self, index: int, shape: LineShape, height: float, *, is_whole: bool = True) -> None:
        """Take in the line as frame `index` shows it; once per frame, in order.

        height: of the line in pixels. is_whole: whether all of it is in view, so that the reference may be made of it.
        """
        self.recent.append((index, shape))
        while self.recent[0][0] <= index - self._most:
            self.recent.popleft()
        if is_whole and len(self.first) < self._most:
            self.height = self.height or height
            self.first.append(shape)

    @property
    def size(self) -> tuple[int, int] | None:
        """Columns and rows of the grid; None before the first frame."""
        return self.recent[0][1].luma.shape[::-1] if self.recent else None

    @property
    def last(self) -> int:
        """The last frame that was taken in; -1 before the first."""
        return self.recent[-1][0] if self.recent else -1

    def is_comparable(self, height: float) -> bool:
        """Whether a line of that height shows as much as its reference."""
        least, most = self.parameters.sizes
        return least * self.height <= height <= most * self.height

    def as_coarse(self, shape: LineShape, height: float) -> LineShape:
        """A look at the line, `height` pixels high, at the resolution of its reference, where that is coarser."""
        own, then = (self.parameters.footprint_px * shape.parameters.height_px / h for h in (height, self.height))
        if then <= own:
            return shape
        soft = cv2.GaussianBlur(shape.luma, (0, 0), float(np.sqrt(then**2 - own**2)))
        return replace(shape, luma=np.asarray(soft, dtype=np.float32))

    @property
    def has_reference(self) -> bool:
        """Whether the first frames are complete."""
        return len(self.first) >= self._most

    def reference(self) -> LineShape:
        """The line in its first frames, those that look like the very first."""
        return self._fused(self.first[0], self.first[1:], least=self.parameters.alike)

    def latest(self) -> LineShape | None:
        """The line in the last frames, aligned to the middle one; None when too few show it."""
        shapes = [shape for _, shape in self.recent]
        if len(shapes) < self.parameters.least:
            return None
        if self._made is not None and self._made[0] == self.last:
            return self._made[1]
        middle = len(shapes) // 2
        fused = self._fused(shapes[middle], shapes[:middle] + shapes[middle + 1 :], least=-1.0)
        self._made = (self.last, fused)
        return fused

    def _fused(self, base: LineShape, others: list[LineShape], *, least: float) -> LineShape:
        aligned = [self._aligned(base.luma, other.luma, least) for other in others]
        stack = np.stack([base.luma, *(plane for plane in aligned if plane is not None)])
        out = self.parameters.extremes
        if len(stack) >= 3 + 2 * out:
            stack = np.sort(stack, axis=0)[out:-out]
        return replace(base, luma=np.asarray(stack.mean(axis=0), dtype=np.float32))

    def _aligned(self, base: FloatPlane, other: FloatPlane, least: float) -> FloatPlane | None:
        """`other` moved onto `base`; None where it lies too far off, or correlates by less than `least`."""
        matrix, everywhere = np.eye(2, 3, dtype=np.float32), np.full(base.shape, 255, dtype=np.uint8)
        stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 15, 1e-3)
        try:
            alike, found = cv2.findTransformECC(base, other, matrix, cv2.MOTION_TRANSLATION, stop, everywhere, 5)
        except cv2.error:  # it did not converge
            return None
        moved = np.asarray(found)
        if (
            not np.isfinite(moved).all()
            or alike < least
            or np.abs(moved[:, 2]).max() > self.parameters.most_shift * base.shape[0]
        ):
            return None
        how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpAffine(other, moved, base.shape[::-1], flags=how, borderMode=cv2.BORDER_REPLICATE), np.float32
        )
