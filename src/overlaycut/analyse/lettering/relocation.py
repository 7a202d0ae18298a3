"""Places of small lines by their letters, where their tracks slip.

A small line has few pixels to be followed by. Highlights that stand still while a can turns under them, a ground that
changes beside it in a dolly zoom, and what creeps over it take its track along, and then an intact line is compared
beside its place. So where the track finds it unlike its reference, every letter is looked for around the track by
normalised correlation. The place on which half of the letters agree is that of the line, as long as they are the
letters of the reference; single letters that melt, or that something covers, are in the other half. A line that melts
as a whole has no such place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.lettering.geometry import ClipGeometry
from overlaycut.analyse.lettering.glyphs import GlyphSheet
from overlaycut.analyse.lettering.parameters import LetteringParameters, RelocationParameters
from overlaycut.analyse.lettering.region import Region
from overlaycut.core.frame import Frame, Plane
from overlaycut.core.geometry import Homography, Quad, homography, shift
from overlaycut.vision.filters import FloatPlane


class LineRelocator:
    """Puts the tracks of small lines back to where their letters are."""

    def __init__(self, geometry: ClipGeometry, *, parameters: LetteringParameters) -> None:
        self._geometry, self._parameters, self._glyphs = geometry, parameters.relocation, parameters.glyphs
        self._letters: dict[Region, _LetterSearch | None] = {}
        self._last: dict[Region, tuple[int, Quad]] = {}
        """The frame in which a line was found so last, and its place there."""

    def see(self, frame: Frame, picture: Plane, regions: Sequence[Region]) -> None:
        """Correct the places of those of `regions` that were tracked into `frame`; picture: its reduced luma."""
        for region in regions:
            seen = region.observations.get(frame.index)
            if seen is None or region.fusion is None or not region.fusion.first:
                continue
            if seen.support > 0 and seen.ncc is not None and seen.ncc >= self._parameters.doubtful_ncc:
                continue
            place = self._found(frame, region)
            if place is not None:
                self._last[region] = (frame.index, place)
                region.settle(frame.index, picture, self._geometry.to_reduced(place), sigma=self._parameters.sigma)

    def _found(self, frame: Frame, region: Region) -> Quad | None:
        """The place of a line in a frame, from its track on, or from where it was found in the frame before."""
        if region not in self._letters:
            self._letters[region] = self._of(region)
        letters = self._letters[region]
        if letters is None:
            return None
        index, last = self._last.get(region, (-1, None))
        track = self._geometry.to_clip(region.tracker.corners)
        return letters.found(frame.y, track, last if index == frame.index - 1 else None)

    def _of(self, region: Region) -> _LetterSearch | None:
        """The letters of a region as its first frame shows them."""
        assert region.fusion is not None
        sheet = GlyphSheet.of(region.fusion.first[0], region.expected or region.text, self._glyphs)
        return None if sheet is None or len(sheet.windows) < 2 else _LetterSearch(sheet, self._parameters)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the letters agree best."""

    likeness: float
    """Mean correlation of all of them."""
    agreed: float
    """The same of those that are most alike."""
    size: float
    """Of the line, relative to that at the place around which it was looked for."""
    offset: tuple[int, int]
    """Displacement from it in columns and rows."""
    maps: NDArray[np.float32]
    """Correlation of every letter at every displacement, (letters, rows, columns)."""


class _LetterSearch:
    """The letters of a reference, to be looked for."""

    def __init__(self, sheet: GlyphSheet, parameters: RelocationParameters) -> None:
        self._parameters = parameters
        shape = sheet.reference
        self._scale = parameters.height_px / shape.parameters.height_px
        self._reach = round(parameters.reach * parameters.height_px)
        rows, columns = shape.luma.shape
        border = shape.parameters.margin / (1 + 2 * shape.parameters.margin) * rows
        right, bottom = columns - border, rows - border
        corners = np.array([(border, border), (right, border), (right, bottom), (border, bottom)])
        self._line = Quad.of(corners * self._scale)
        self._size = (round(columns * self._scale), round(rows * self._scale))
        small = cv2.resize(shape.luma, self._size, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), parameters.blur_px)
        self._windows = [
            tuple(slice(round(s.start * self._scale), round(s.stop * self._scale)) for s in window)
            for window in sheet.windows
        ]
        self._parts = [np.asarray(small[window], np.float32) for window in self._windows]

    def found(self, luma: Plane, track: Quad, last: Quad | None) -> Quad | None:
        """The place of the line; None where its track is as good as any, or where no place shows it.

        track: where its track has it. last: where it was found in the frame before, if it was.
        """
        limits = self._parameters
        near = float(self._strayed(self._maps(luma, track, 1.0))[:, self._reach, self._reach].mean())
        around = track if last is None else last
        best = max((self._place(luma, around, size) for size in limits.sizes), key=lambda one: one.likeness)
        if best.agreed < limits.found or best.likeness < near + limits.better:
            return None
        onto = self._fitted(best)
        return None if onto is None else self._line.mapped(self._to_clip(around, best.size) @ onto)

    def _to_clip(self, quad: Quad, size: float) -> Homography:
        """From the grid of the reference to the clip, for a line at `quad` that is `size` times as large."""
        about = shift(*self._line.centre) @ np.diag([size, size, 1.0]) @ shift(*(-np.array(self._line.centre)))
        return np.asarray(homography(self._line, quad) @ about, np.float64)

    def _place(self, luma: Plane, quad: Quad, size: float) -> _Place:
        """The best place near `quad` for a line that is `size` times as large."""
        maps, side = self._maps(luma, quad, size), 2 * self._stray + 1
        strayed = self._strayed(maps)
        # As every letter may stray, the best place is a plateau.
        score = cv2.blur(strayed.mean(axis=0), (side, side))
        y, x = np.unravel_index(int(np.argmax(score)), score.shape)
        there = np.sort(strayed[:, y, x])
        count = max(int(np.ceil(self._parameters.agreeing * len(there))), 2)
        offset = (int(x) - self._reach, int(y) - self._reach)
        return _Place(float(there.mean()), float(there[-count:].mean()), size, offset, maps)

    def _maps(self, luma: Plane, quad: Quad, size: float) -> NDArray[np.float32]:
        """Correlation of every letter at every displacement from `quad`, (letters, rows, columns)."""
        reach, half = self._reach, shift(0.5, 0.5)
        matrix = np.linalg.inv(half) @ self._to_clip(quad, size) @ shift(-reach, -reach) @ half
        wide = (self._size[0] + 2 * reach, self._size[1] + 2 * reach)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        around = cv2.warpPerspective(luma, matrix, wide, flags=how, borderMode=cv2.BORDER_REPLICATE)
        soft = np.asarray(cv2.GaussianBlur(around.astype(np.float32), (0, 0), self._parameters.blur_px), np.float32)
        return np.stack([self._map(soft, number) for number in range(len(self._parts))])

    def _map(self, around: FloatPlane, number: int) -> NDArray[np.float32]:
        rows, columns = self._windows[number]
        part = around[rows.start : rows.stop + 2 * self._reach, columns.start : columns.stop + 2 * self._reach]
        score = cv2.matchTemplate(part, self._parts[number], cv2.TM_CCOEFF_NORMED)
        return np.asarray(np.nan_to_num(score, nan=-1.0), np.float32)

    def _strayed(self, maps: NDArray[np.float32]) -> NDArray[np.float32]:
        """The same where every letter may be off by a little."""
        side = 2 * self._stray + 1
        return np.stack([cv2.dilate(one, np.ones((side, side), np.uint8)) for one in maps])

    @property
    def _stray(self) -> int:
        return max(round(self._parameters.bend * self._parameters.height_px), 1)

    def _fitted(self, place: _Place) -> Homography | None:
        """Displacement, stretch and slope along the line that the letters at a place show, on the reference's grid."""
        x, y = (slice(max(c + self._reach - self._stray, 0), c + self._reach + self._stray + 1) for c in place.offset)
        along, moved = [], []
        for (_, columns), one in zip(self._windows, place.maps, strict=True):
            _, value, _, (dx, dy) = cv2.minMaxLoc(np.ascontiguousarray(one[y, x]))
            if value >= self._parameters.own:
                along.append((columns.start + columns.stop) / 2)
                moved.append((dx + x.start - self._reach, dy + y.start - self._reach))
        if not along:
            return None
        # Neighbouring letters alone say nothing certain about stretch and slope.
        degree = int(np.ptp(along) >= self._parameters.apart * self._size[0])
        *slopes, (dx, dy) = np.polyfit(along, np.array(moved, dtype=np.float64), degree)
        stretch, slope = slopes[0] if slopes else (0.0, 0.0)
        return np.array([[1 + stretch, 0, dx], [slope, 1, dy], [0, 0, 1]], dtype=np.float64)
