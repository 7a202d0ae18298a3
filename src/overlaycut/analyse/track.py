"""Following one patch of surface through a clip: where it is in every frame, and how well that is known.

The surface is laid flat on a *sheet*: a rectangle around the lettering with a margin, at the resolution of the
reference picture. In every frame the picture is brought onto the sheet through the predicted homography, and points
spread over lettering and surroundings are looked up in it by pyramidal Lucas–Kanade, forward and back, always
against the reference, so that nothing accumulates. Each point counts along the directions in which it has texture
(its structure tensor), as far as it has agreed with the surface until now: strokes that melt, background that slides
by and occluders lose their say. `solved` then fits one trajectory to all frames at once.

All coordinates in this module are those of the reduced luma picture in OpenCV's convention (pixel centres on whole
numbers); `lettering` converts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Plane
from overlaycut.core.geometry import FloatArray, Homography, Points, planar_modes
from overlaycut.vision.smoothing import smooth_trajectory

_LONGEST = 288
"""Longest side of a sheet without its margin, in pixels."""
_SHORTEST = 12.0
"""Lettering lower than this is enlarged on the sheet up to this height, at most twofold."""
_MARGINS = (1.0, 2.0, 3.5)
"""Margins of a sheet in parts of the lettering's height, tried until there is enough texture beside the strokes."""
_SURFACE_POINTS = 12.0
"""Points beside the strokes, counted by their texture in the poorer direction, that are enough."""
_WINDOW = 13
"""Side of the Lucas–Kanade window."""
_LEVELS = 3
"""Pyramid levels above the sheet itself; reaches displacements of some 40 pixels."""
_SOFT_GRADIENT = 5.0
"""Grey levels per pixel at which a point is half as sure as a point can be."""
_PLAIN = 25.0
"""Grey levels² of variance that are noise and say nothing about contrast."""
_LIGHT_PIXELS = 4000
"""Pixels beside the lettering that tell its light."""
_AGREES = 0.6
"""Pixels: the scale of the Cauchy weights, about three times what Lucas–Kanade is off on compressed video."""
_RETURNS = 0.7
"""Pixels by which the way back may miss the start, along directions with texture."""
_GIVEN_SIGMA = 0.02
"""Pixels that the corners in the reference frame are off: by definition next to nothing."""
_READER_SIGMA = 0.15
"""Parts of the height that a reader's corners are off."""
_STROKES, _TOGETHER, _LEADS = 8, 0.8, 2.0
"""Points on strokes that can lead, how far, of what is usual, they must move as one for that, and their weight then."""
_DOUBTS = 4
"""Frames clearly away from its first place after which lettering moves."""
_STIRS, _RESTS, _CLEARLY = 0.75, 0.8, 0.03
"""Pixels of movement that are questioned, and the likeness at rest, and by how much it is higher, that denies it."""
_DIFFERS = 0.6
"""Mean difference of a point's window, in parts of its contrast, above which it is not the same point."""
_MISPLACED = 0.5
"""Parts of the height that a reader's corners are off at most."""
_POINT_SIGMA = 0.3
"""Pixels a single agreeing point is off, errors of neighbours being alike included."""
_PLENTY, _ENOUGH = 0.25, 0.1
"""Shares of the trusted points that must be found again: not to look elsewhere too, and to count as measured."""
_FEWEST = 8.0
"""Agreeing points, counted by their agreement, that make a measurement."""
_REACH = 56
"""Sheet pixels around the expected place in which a surface that was lost from sight is sought."""
_STEERS, _FADES = 0.6, 0.95
"""How much of a new step the course takes on, and how much of it is left in the next frame."""
_FLAT = 0.5
"""Part of the spread of grey levels below which a cell has no strokes."""
_COAST = 12.0
"""Frames in which a surface that cannot be seen loses its own motion for that of the whole picture."""
_SAME = 0.55
"""Correlation at which what was found there is taken to be it."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackObservation:
    """What one frame tells of one surface."""

    index: int
    corners: Points
    """The lettering's corners, (4, 2), from this frame's points alone where they say something."""
    information: FloatArray
    """Inverse covariance of the eight corner coordinates, (8, 8); zeros where nothing was measured."""
    support: float
    """Share of the trusted points that were found again and agree, 0..1."""
    visible: float
    """Share of the lettering that is inside the picture and not covered, 0..1."""
    bend: float | None
    """Median distance by which points on the lettering left the surface, in parts of its height."""
    likeness: float | None
    """Correlation of the lettering with the reference, -1..1, blur and light allowed for; None when covered."""
    ink: float | None
    """Contrast energy of the lettering relative to the reference, 1 is the same; None when covered."""


class SurfaceTracker:
    """Follows the surface around a quad from the picture in which it was given.

    `picture` is the reduced luma of the reference frame, `corners` the lettering's (4, 2). Call `see` with the
    pictures that follow, in either direction of time. `others` are the corners of neighbouring lettering, `points` how
    many points are followed at most, `looks_like` a picture in the same geometry that shows what the lettering should
    look like, when the reference frame does not.
    """

    def __init__(
        self,
        picture: Plane,
        corners: Points,
        *,
        others: Sequence[Points] = (),
        points: int = 160,
        looks_like: Plane | None = None,
    ) -> None:
        width, height = _size(corners)
        scale = min(_LONGEST / max(width, height), max(1.0, min(_SHORTEST / height, 2.0)))
        self._w, self._h = max(width * scale, 4.0), max(height * scale, 4.0)
        self._shape, self._most = picture.shape, points
        self._points, self._texture = np.zeros((0, 2)), np.zeros((0, 2, 2))
        self._ink: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._trust = np.zeros(0)
        self._at: Homography
        self._reference: Plane
        self._others, self._given, self._doubts = others, corners, _DOUBTS
        for share in _MARGINS:
            self._lay_out(share, corners)
            self._refer_to(picture)
            surface = self._texture[~self._ink & ~self._foreign_points()]
            if len(surface) and np.linalg.eigvalsh(surface.sum(axis=0))[0] >= _SURFACE_POINTS:
                break
        self._drift: Points = np.zeros((4, 2))
        self._coasting = 0
        like = self._reference if looks_like is None else self._sheet(looks_like, self._at)
        self._first = like
        self._shapes = _Shapes(like, self._own)
        self.corners = corners

    def see(self, index: int, picture: Plane, camera: Callable[[], Homography]) -> TrackObservation:
        """What the next picture tells. `camera` gives the whole picture's motion since the last one, when asked."""
        inside = _share_inside(self.corners, picture.shape)
        if inside < 0.15:
            return self._coasted(index, picture, camera, inside)
        if self._coasting > 24 and index % 5:
            return self._coasted(index, picture, camera, inside)
        found = self._measured(picture, self._predicted())
        if found is None or found.share < _PLENTY:
            found = self._better(found, self._measured(picture, self._chained(picture, camera())))
        if (found is None or found.share < _PLENTY) and (place := self._sought(picture)) is not None:
            found = self._better(found, self._measured(picture, place))
        if found is None or not self._believed(found, picture):
            return self._coasted(index, picture, camera, inside)
        return self._accepted(index, picture, self._or_at_rest(found, picture))

    def rejoin(self, index: int, picture: Plane, corners: Points) -> TrackObservation:
        """What the picture tells when a reader found the lettering at `corners`, where this tracker had lost it.

        Where the reference is not recognised there, the picture becomes the new reference for following, though
        not for the lettering's looks.
        """
        self._drift[:] = 0
        self._coasting = 0
        found = self._measured(picture, _four_points(self._own, corners))
        if found is not None and found.share >= _PLENTY and self._believed(found, picture):
            return self._accepted(index, picture, found)
        self._at = self._aligned(picture, _four_points(self._own, corners))
        self.corners = corners = cv2.perspectiveTransform(self._own[None], self._at)[0]
        self._refer_to(picture)
        sight = self.at_reference(index)
        height = _size(corners)[1]
        return replace(sight, information=np.eye(8) / (_READER_SIGMA * height) ** 2, bend=None)

    def _aligned(self, picture: Plane, at: Homography) -> Homography:
        """A reader's rough place, moved to where the lettering fits best what it looked like at first.

        Enhanced correlation maximisation (Evangelidis and Psarakis, 2008), which does not mind the light. Lettering
        that is not itself any more fits nowhere, and the place stays as it is.
        """
        reach = 0.3 * self._h
        x, y = np.floor(np.maximum(self._own[0] - reach, 0)).astype(int)
        right, bottom = np.ceil(np.minimum(self._own[2] + reach, self._size)).astype(int)
        part = (slice(y, bottom), slice(x, right))
        affine = np.eye(2, 3, dtype=np.float32)
        stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-4)
        known, now = self._first[part], self._sheet(picture, at)[part]
        try:
            everywhere = np.full(known.shape, 255, dtype=np.uint8)
            alike, moved = cv2.findTransformECC(known, now, affine, cv2.MOTION_AFFINE, stop, everywhere, 5)
        except cv2.error:  # it did not converge
            return at
        to_part, from_part = np.eye(3), np.eye(3)
        to_part[:2, 2], from_part[:2, 2] = (-x, -y), (x, y)
        better: Homography = at @ from_part @ np.vstack([moved, [0, 0, 1]]) @ to_part
        there = cv2.perspectiveTransform(self._own[None], np.linalg.inv(at) @ better)[0]
        near = np.linalg.norm(there - self._own, axis=1).max() < _MISPLACED * self._h
        return better / better[2, 2] if alike >= _SAME and near else at

    def _believed(self, found: _Found, picture: Plane) -> bool:
        if found.share < _ENOUGH or found.count < _FEWEST or not self._keeps_form(found.at):
            return False
        if self._coasting < 3:
            return True
        soft = cv2.GaussianBlur(self._sheet(picture, found.at), (0, 0), 1.0)
        wanted = cv2.GaussianBlur(self._reference, (0, 0), 1.0)
        alike = cv2.matchTemplate(soft, wanted, cv2.TM_CCOEFF_NORMED, mask=self._surface_mask(1))
        return float(alike[0, 0]) >= _SAME

    def _or_at_rest(self, found: _Found, picture: Plane) -> _Found:
        """What was found, or the first place where the lettering still is while the picture beside it moves.

        Words that lie over the picture, as status bars and captions do, have no surface that goes with them.
        """
        moved = cv2.perspectiveTransform(self._own[None], found.at)[0] - self._given
        if self._doubts == 0 or np.abs(moved).max() < _STIRS:
            return found
        rest = _four_points(self._own, self._given)
        nothing = np.zeros(self._reference.shape, dtype=np.bool_)
        there, here = (self._shapes.compared(self._lit(picture, at), nothing)[0] or 0.0 for at in (rest, found.at))
        if there >= _RESTS and there >= here + _CLEARLY:
            return replace(found, at=rest)
        # What has clearly left its first place is not asked about for ever.
        self._doubts -= there < _RESTS - _CLEARLY
        return found

    def _keeps_form(self, at: Homography) -> bool:
        """Whether the lettering's quad is no wilder than a turn of some 60 degrees makes it."""
        corners = cv2.perspectiveTransform(self._own[None], at)[0]
        edge = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
        width, height = (edge[0] + edge[2]) / 2, (edge[1] + edge[3]) / 2
        aspect = (width / max(height, 1e-6)) / (self._w / self._h)
        opposite = (edge[0] / max(edge[2], 1e-6), edge[1] / max(edge[3], 1e-6))
        return bool(0.4 < aspect < 2.5 and all(0.4 < ratio < 2.5 for ratio in opposite))

    def _accepted(self, index: int, picture: Plane, found: _Found) -> TrackObservation:
        self._settle(found)
        sheet = self._lit(picture, self._at)
        hidden = self._covers.hidden(sheet)
        self._learn(found, self._covers.over(self._points, hidden))
        self._last = sheet
        return self._sight(index, picture, found, sheet, hidden)

    def _leads(self, together: float) -> bool:
        """Whether strokes that move as one that far lead."""
        return together >= _TOGETHER * self._firm

    def _lay_out(self, share: float, corners: Points) -> None:
        """Decide the sheet's size, with a margin of `share` of the lettering's height or some of its width."""
        most = 64 * share
        self._margin = round(float(np.clip(share * max(self._h, 0.2 * self._w), 10, most)))
        self._size = (int(np.ceil(self._w)) + 2 * self._margin, int(np.ceil(self._h)) + 2 * self._margin)
        m = float(self._margin)
        self._own = np.array([[m, m], [m + self._w, m], [m + self._w, m + self._h], [m, m + self._h]])
        self._at = _four_points(self._own, corners)
        foreign, beside = np.zeros(self._size[::-1], dtype=np.uint8), np.ones(self._size[::-1], dtype=np.uint8)
        for other in self._others:
            on_sheet = cv2.perspectiveTransform(other[None].astype(np.float64), np.linalg.inv(self._at))[0]
            cv2.fillConvexPoly(foreign, np.rint(np.clip(on_sheet, -4096, 4096)).astype(np.int32), (1,))
        foreign = cv2.dilate(foreign, np.ones((5, 5), dtype=np.uint8))
        cv2.fillConvexPoly(foreign, np.rint(self._own).astype(np.int32), (0,))
        cv2.fillConvexPoly(beside, np.rint(self._own).astype(np.int32), (0,))
        self._foreign = foreign > 0
        self._beside = (beside > 0) & ~self._foreign
        if np.count_nonzero(self._beside) < _WINDOW**2:
            self._beside = beside > 0
        self._every = max(1, int(np.count_nonzero(self._beside)) // _LIGHT_PIXELS)

    def _foreign_points(self) -> NDArray[np.bool_]:
        """Which points lie on neighbouring lettering."""
        column, row = self._points.astype(int).T
        return np.asarray(self._foreign[row, column] & ~self._ink, dtype=np.bool_)

    def _refer_to(self, picture: Plane) -> None:
        """Make what `picture` shows at the present place the reference for following."""
        self._reference = self._sheet(picture, self._at)
        self._last = self._reference
        self._points, self._texture = self._chosen(self._most, picture.shape)
        self._ink = _inside(self._own, self._points)
        self._trust = np.where(self._ink, 1.0, 0.6)
        self._trust[self._foreign_points()] *= 0.5
        column, row = self._points.astype(int).T
        self._contrast = np.sqrt(_Local(self._reference, _WINDOW).variance[row, column])
        self._edges: _Edges = _Edges(self._reference, self._points, self._texture)
        self._seen = 0
        self._firm = 1.0
        self._covers: _Covers = _Covers(self._reference, self._own, self._foreign)

    def at_reference(self, index: int) -> TrackObservation:
        """The sight of the reference frame itself, whose corners are given and not measured."""
        hidden = np.zeros(self._covers.hidden(self._reference, learn=False).shape, dtype=np.bool_)
        likeness, ink = self._shapes.compared(self._reference, self._covers.spread(hidden))
        sure = np.eye(8) / _GIVEN_SIGMA**2
        inside = _share_inside(self.corners, self._shape)
        return TrackObservation(index, self.corners, sure, 1.0, inside, 0.0, likeness, ink)

    def shown(self) -> None:
        """Say that the lettering is known to be in full view: what changed suddenly changed for good."""
        self._covers.adopt(self._last)

    def _predicted(self) -> Homography:
        """Where the surface should be next. Its course fades, so that where nothing is known nothing runs away."""
        at = _four_points(self._own, self.corners + _FADES * self._drift)
        return at if _sane(self._own, at, self._shape) else self._at

    def _settle(self, found: _Found) -> None:
        self._at = found.at
        before, self.corners = self.corners, cv2.perspectiveTransform(self._own[None], self._at)[0]
        if self._coasting:
            self._drift = np.zeros((4, 2))
        else:
            rate = _STEERS if found.share >= 2 * _PLENTY else _STEERS / 3
            self._drift += rate * (self.corners - before - self._drift)
        self._coasting = 0

    def _learn(self, found: _Found, covered: NDArray[np.bool_]) -> None:
        """Trust follows agreement; what is covered or outside the picture is not judged."""
        rate = max(0.12, 1 / (self._seen + 2))
        judged = found.inside & ~covered
        self._trust[judged] += rate * (found.agreement[judged] - self._trust[judged])
        self._trust = np.clip(self._trust, 0.02, 1.0)
        if self._leads(found.together):
            self._firm += 0.1 * (found.together - self._firm)
        self._seen += 1

    def _sight(
        self, index: int, picture: Plane, found: _Found, sheet: Plane, hidden: NDArray[np.bool_]
    ) -> TrackObservation:
        seen = 1.0 - float(hidden.mean())
        corners, information = self._in_picture(found)
        free = self._ink & found.inside & ~self._covers.over(self._points, hidden)
        bend = likeness = ink = None
        if seen > 0.3:
            if free.sum() >= 4:
                bend = float(np.median(found.distance[free])) / self._h
            likeness, ink = self._shapes.compared(sheet, self._covers.spread(hidden))
        inside = _share_inside(self.corners, picture.shape)
        return TrackObservation(index, corners, information, found.share, seen * inside, bend, likeness, ink)

    def _coasted(self, index: int, picture: Plane, camera: Callable[[], Homography], inside: float) -> TrackObservation:
        """Nothing can be measured: the surface goes on as it went, and by and by as the whole picture goes."""
        self._coasting += 1
        own = float(np.exp(-self._coasting / _COAST))
        along = cv2.perspectiveTransform(self.corners[None], camera())[0] - self.corners
        corners = self.corners + own * self._drift + (1 - own) * along
        at = _four_points(self._own, corners)
        if _sane(self._own, at, (1 << 14, 1 << 14)):
            self._at, self.corners = at, corners
        hidden = self._covers.hidden(self._lit(picture, self._at), learn=False)
        seen = (1.0 - float(hidden.mean())) * min(inside, _share_inside(self.corners, picture.shape))
        return TrackObservation(index, self.corners, np.zeros((8, 8)), 0.0, 0.5 * seen, None, None, None)

    def _sought(self, picture: Plane) -> Homography | None:
        """The place near the expected one that looks most like the reference, or None when nothing does."""
        if not _sane(self._own, self._at, picture.shape):
            return None
        step = 2
        around = self._at @ np.array([[step, 0, -_REACH], [0, step, -_REACH], [0, 0, 1.0]])
        size = ((self._size[0] + 2 * _REACH) // step, (self._size[1] + 2 * _REACH) // step)
        wide = cv2.warpPerspective(
            picture, around, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )
        small = cv2.GaussianBlur(self._reference, (0, 0), 1.0)[::step, ::step]
        soft = cv2.GaussianBlur(wide, (0, 0), 0.7)
        score = cv2.matchTemplate(soft, small, cv2.TM_CCOEFF_NORMED, mask=self._surface_mask(step))
        score = np.where(np.isfinite(score), score, -1.0)
        _, best, _, (x, y) = cv2.minMaxLoc(score)
        if best < _SAME:
            return None
        found: Homography = self._at @ np.array([[1, 0, step * x - _REACH], [0, 1, step * y - _REACH], [0, 0, 1.0]])
        return found

    def _surface_mask(self, step: int) -> NDArray[np.float32]:
        """Weights of the sheet's pixels, every `step`th of them: the lettering counts as far as it is trusted."""
        columns, rows = self._size
        mask = np.ones(((rows + step - 1) // step, (columns + step - 1) // step), dtype=np.float32)
        trust = float(np.clip(self._trust[self._ink].mean(), 0.05, 1.0)) if self._ink.any() else 1.0
        cv2.fillConvexPoly(mask, np.rint(self._own / step).astype(np.int32), (trust,))
        return mask

    @staticmethod
    def _better(one: _Found | None, other: _Found | None) -> _Found | None:
        if one is None or other is None:
            return one or other
        return other if other.share > one.share else one

    def _sheet(self, picture: Plane, at: Homography) -> Plane:
        flat = cv2.warpPerspective(
            picture, at, self._size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(flat, dtype=np.uint8)

    def _lit(self, picture: Plane, at: Homography) -> Plane:
        """The sheet with the light of the reference, as told by the surface beside the lettering.

        TextSegmentation that fade or thicken must not pass for a change of light.
        """
        sheet = self._sheet(picture, at)
        return np.asarray(cv2.LUT(sheet, self._light(sheet)), dtype=np.uint8)

    def _light(self, sheet: Plane) -> Plane:
        """The grey levels of the reference for those of `sheet`, 256 of them.

        Lettering next to this that comes or goes, and what passes in front, leave the line that the rest is on; they
        are weighed down step by step.
        """
        now, then = (p[self._beside][:: self._every].astype(np.float32) for p in (sheet, self._reference))
        level, wanted, gain = float(np.median(now)), float(np.median(then)), 1.0
        for scale in (40.0, 20.0, 12.0):
            alike = 1 / (1 + ((gain * (now - level) + wanted - then) / scale) ** 2)
            weight = alike / alike.sum()
            level, wanted = float(weight @ now), float(weight @ then)
            spread = [float(weight @ (p - m) ** 2) for p, m in ((now, level), (then, wanted))]
            # Where the surface is plain, its brightness stands in for its contrast.
            plain = [_PLAIN + (0.1 * max(value - 16, 0)) ** 2 for value in (level, wanted)]
            gain = float(np.clip(np.sqrt((spread[1] + plain[1]) / (spread[0] + plain[0])), 0.5, 2.0))
        table = gain * (np.arange(256) - level) + wanted
        return np.asarray(np.clip(np.rint(table), 0, 255), dtype=np.uint8)

    def _chosen(self, most: int, shape: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
        """Points spread over the sheet where there is texture, (n, 2), and their certainty, (n, 2, 2), 0..1."""
        soft = cv2.GaussianBlur(self._reference.astype(np.float32), (0, 0), 0.8)
        gx, gy = cv2.Scharr(soft, cv2.CV_32F, 1, 0) / 32, cv2.Scharr(soft, cv2.CV_32F, 0, 1) / 32
        xx, yy, xy = (cv2.boxFilter(p, -1, (_WINDOW, _WINDOW)) for p in (gx * gx, gy * gy, gx * gy))
        half = (xx + yy) / 2
        root = np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
        # Corners first, then edges: an edge says half as much.
        merit = half - root + 0.2 * (half + root)
        columns, rows = self._size
        cell = max(5, int(np.sqrt(columns * rows / most)))
        chosen = []
        for y in range(3, rows - 3, cell):
            for x in range(3, columns - 3, cell):
                part = merit[y : min(y + cell, rows - 3), x : min(x + cell, columns - 3)]
                row, column = np.unravel_index(int(part.argmax()), part.shape)
                if part[row, column] > 0.3:
                    chosen.append((x + int(column), y + int(row)))
        if not chosen:
            return np.zeros((0, 2)), np.zeros((0, 2, 2))
        points = np.array(chosen, dtype=np.float64)
        in_picture = cv2.perspectiveTransform(points[None], self._at)[0]
        ok = (in_picture > 1).all(axis=1) & (in_picture < (shape[1] - 2, shape[0] - 2)).all(axis=1)
        points = points[ok]
        column, row = points.astype(int).T
        tensor = np.array([[xx[row, column], xy[row, column]], [xy[row, column], yy[row, column]]])
        values, vectors = np.linalg.eigh(tensor.transpose(2, 0, 1).astype(np.float64))
        values = np.clip(values, 0, None)
        sure = values / (values + _SOFT_GRADIENT**2)
        return points, (vectors * sure[:, None, :]) @ vectors.transpose(0, 2, 1)

    def _measured(self, picture: Plane, guess: Homography) -> _Found | None:
        """Where the reference's points are in the picture, sought around `guess`; looked up twice when far off."""
        found = self._looked_up(picture, guess, _LEVELS)
        if found is not None and found.moved > 1.0 and found.share >= _ENOUGH:
            again = self._looked_up(picture, found.at, 1)
            found = again if again is not None and again.share >= found.share - 0.05 else found
        return found

    def _looked_up(self, picture: Plane, guess: Homography, levels: int) -> _Found | None:
        if len(self._points) < 6 or not _sane(self._own, guess, picture.shape):
            return None
        sheet = self._lit(picture, guess)
        moved, came_back, differs = _flow(self._reference, sheet, self._points, levels)
        where = cv2.perspectiveTransform(moved[None], guess)[0]
        limit = (picture.shape[1] - 2, picture.shape[0] - 2)
        inside = (where > 1).all(axis=1) & (where < limit).all(axis=1)
        ok = inside & (_length(came_back, self._texture) < _RETURNS) & (differs < _DIFFERS * self._contrast + 4)
        across, clear = self._edges.shifts(sheet)
        moved = np.where(self._edges.mask[:, None], self._points + across, moved)
        ok = np.where(self._edges.mask, inside & clear, ok)
        fit = self._fitted(moved - self._points, ok)
        if fit is None:
            return None
        own, distance, normal, together = fit
        bent = _four_points(self._own, self._own + own)
        at = guess @ bent
        agreement = np.where(ok, 1 / (1 + (distance / _AGREES) ** 2), 0.0)
        trusted = self._trust * inside
        share = float((trusted * agreement).sum() / max(trusted.sum(), 1e-6))
        return _Found(
            at=at / at[2, 2],
            share=share,
            count=float(agreement.sum()),
            moved=float(np.abs(own).max()),
            inside=inside,
            agreement=agreement,
            distance=np.where(ok, distance, np.maximum(distance, 2 * _RETURNS)),
            normal=normal,
            together=together,
        )

    def _fitted(self, shifts: Points, ok: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray, FloatArray, float] | None:
        """What explains the points' `shifts`.

        Corner displacements (4, 2), the points' distances, the normal equations, and how far the strokes move as one.

        What is beside the lettering may be another surface that slides by at its own pace; strokes may melt, but then
        they part. So the strokes lead as long as they keep together, and the points beside them earn or lose their
        trust by that; from when the strokes part, what has earned it leads.
        """
        if ok.sum() < 5:
            return None
        basis = self._basis(self._points)
        weight = self._trust**2 * ok
        together = 0.0
        strokes = np.where(self._ink, ok, 0.0)
        if strokes.sum() >= _STROKES and (alone := self._modes(basis, shifts, strokes, _HELD)) is not None:
            off = _length(shifts - np.einsum("nij,j->ni", basis, alone[0]), self._texture)
            together = float((strokes / (1 + (off / _AGREES) ** 2)).sum() / max(np.count_nonzero(self._ink), 1))
        leads = self._leads(together)
        if leads:
            weight[self._ink] = _LEADS * ok[self._ink]
        elif weight[~self._ink].sum() > 8:
            weight[self._ink] *= 0.4
        solution = self._modes(basis, shifts, weight, _HELD if leads else _STIFF)
        if solution is None:
            return None
        modes, normal = solution
        off = shifts - np.einsum("nij,j->ni", basis, modes)
        own = np.einsum("nij,j->ni", self._basis(self._own), modes)
        return np.asarray(own), _length(off, self._texture), normal, together

    def _modes(
        self, basis: FloatArray, shifts: Points, weight: FloatArray, held: FloatArray
    ) -> tuple[FloatArray, FloatArray] | None:
        """The eight modes that explain `shifts` best, and their normal equations.

        Iteratively reweighted least squares with Cauchy weights whose scale shrinks. Shear and perspective are held
        back by a weak prior against the prediction: where points are few, the evidence does not reach for them.
        """
        modes = np.zeros(8)
        modes[0], modes[4] = (_weighted_median(shifts[:, k], weight) for k in (0, 1))
        normal = np.zeros((8, 8))
        for scale in (4.0, 2.0, 1.0, _AGREES, _AGREES, _AGREES):
            off = shifts - np.einsum("nij,j->ni", basis, modes)
            robust = weight / (1 + (_length(off, self._texture) / scale) ** 2)
            weighed = self._texture * robust[:, None, None]
            normal = np.einsum("nij,nik,nkl->jl", basis, weighed, basis)
            right = np.einsum("nij,nik,nk->j", basis, weighed, shifts)
            try:
                modes = np.linalg.solve(normal + held * _POINT_SIGMA**2, right)
            except np.linalg.LinAlgError:
                return None
        return modes, np.asarray(normal)

    def _basis(self, points: Points) -> FloatArray:
        """The modes of a quad's motion at `points`, (n, 2, 8)."""
        centre, half = self._own.mean(axis=0), np.array([self._w, self._h]) / 2
        reach = max(half)
        return planar_modes(*((points - centre) / reach).T)

    def _in_picture(self, found: _Found) -> tuple[FloatArray, FloatArray]:
        """The corners in the picture and their information, from the modes' normal equations on the sheet."""
        corners = self.corners
        basis = self._basis(self._own).reshape(8, 8)
        turn = np.zeros((8, 8))
        for k, (x, y) in enumerate(self._own):
            turn[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = _jacobian(self._at, x, y)
        forward = turn @ basis
        try:
            back = np.linalg.inv(forward)
        except np.linalg.LinAlgError:
            return corners, np.zeros((8, 8))
        return corners, back.T @ (found.normal / _POINT_SIGMA**2) @ back

    def _chained(self, picture: Plane, camera: Homography) -> Homography:
        """A guess from the last sheet rather than the reference, for when light or view changed much."""
        guess = camera @ self._at
        if len(self._points) < 6 or not _sane(self._own, guess, picture.shape):
            return self._at
        sheet = self._lit(picture, guess)
        moved, came_back, _ = _flow(self._last, sheet, self._points, _LEVELS)
        fit = self._fitted(moved - self._points, _length(came_back, self._texture) < _RETURNS)
        if fit is None:
            return guess
        chained: Homography = guess @ _four_points(self._own, self._own + fit[0])
        scaled: Homography = chained / chained[2, 2]
        return scaled


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """A frame's answer about the points, on the sheet."""

    at: Homography
    """Sheet to picture."""
    share: float
    count: float
    moved: float
    """Largest corner displacement from the guess, in sheet pixels."""
    inside: NDArray[np.bool_]
    agreement: FloatArray
    distance: FloatArray
    normal: FloatArray
    """Normal equations of the eight modes, (8, 8)."""
    together: float
    """How far the strokes move as one, 0..1."""


# Inverse squared pixels by which each mode is held to the prediction: shift, two stretches, keystone, for x and for y.
_HELD = np.diag([0.1, 2.0, 2.0, 30.0, 0.1, 2.0, 2.0, 30.0])
_SQUEEZED, _SHEARED = np.array([0, 1, 0, 0, 0, 0, -1, 0]) / np.sqrt(2), np.array([0, 0, 1, 0, 0, 1, 0, 0]) / np.sqrt(2)
_STIFF: FloatArray = (
    _HELD
    + 200 * (np.outer(_SQUEEZED, _SQUEEZED) + np.outer(_SHEARED, _SHEARED))
    + np.diag([0, 0, 0, 400.0, 0, 0, 0, 400.0])
)
"""The same for when strokes do not lead: what is left beside them may say how large the surface is in one direction or
at one end only, and surfaces seldom change their proportions."""


class _Edges:
    """Displacements of points on straight edges, which Lucas–Kanade proper cannot solve for.

    One Gauss–Newton step on softened pictures tells how far an edge moved across itself. It reaches two or three
    pixels, which is enough around a prediction, and says nothing along the edge, where the point's texture has no
    say anyway.
    """

    _SOFT = 1.5
    """Pixels of blur; sets how far the step reaches."""
    _FARTHEST = 3.0
    _UNEXPLAINED = 0.4
    """Share of the grey difference that a shift must not leave over."""
    _NOISE = 2.5
    """Grey levels of difference that are nothing."""

    def __init__(self, sheet: Plane, points: Points, texture: FloatArray) -> None:
        weak, strong = np.linalg.eigvalsh(texture).T if len(texture) else (np.zeros(0), np.zeros(0))
        self.mask = np.asarray(weak < 0.25 * np.maximum(strong, 1e-9), dtype=np.bool_)
        """Which of the points lie on edges."""
        self._soft = cv2.GaussianBlur(sheet.astype(np.float32), (0, 0), self._SOFT)
        self._gx, self._gy = (cv2.Scharr(self._soft, cv2.CV_32F, *order) / 32 for order in ((1, 0), (0, 1)))
        self._column, self._row = points.astype(int).T
        products = (self._gx * self._gx, self._gx * self._gy, self._gy * self._gy)
        xx, xy, yy = (self._summed(np.asarray(product)) for product in products)
        tensor = np.array([[xx, xy], [xy, yy]]).transpose(2, 0, 1)
        self._tensor = tensor + 0.1 * np.eye(2)

    def shifts(self, sheet: Plane) -> tuple[FloatArray, NDArray[np.bool_]]:
        """How far each point's edge moved across itself, (n, 2), and for which points that explains the picture."""
        if not self.mask.any():
            return np.zeros((len(self.mask), 2)), self.mask
        change = cv2.GaussianBlur(sheet.astype(np.float32), (0, 0), self._SOFT) - self._soft
        right = np.stack([self._summed(self._gx * change), self._summed(self._gy * change)], axis=1)
        shifts = -np.linalg.solve(self._tensor, right[..., None])[..., 0]
        energy = self._summed(change * change)
        left = energy + np.einsum("ni,ni->n", right, shifts)
        clear = (left < self._UNEXPLAINED * energy) | (left < self._NOISE**2)
        near = np.abs(shifts).max(axis=1) < self._FARTHEST
        return np.asarray(shifts, dtype=np.float64), np.asarray(clear & near, dtype=np.bool_)

    def _summed(self, picture: NDArray[np.float32]) -> FloatArray:
        mean = cv2.boxFilter(picture, -1, (_WINDOW, _WINDOW))
        return np.asarray(mean[self._row, self._column], dtype=np.float64)


class _Covers:
    """Which cells of the lettering something stands in front of.

    A cell has changed when it leaves, within a few frames and by more than a pixel of misplacement explains, the
    grey levels it had. It is covered when the surface beside it, above or below or at the ends of the line, has
    changed too: what passes in front is larger than strokes, while melting keeps to them. Neighbouring lettering,
    the `foreign` pixels, may come and go as it likes.
    """

    def __init__(self, sheet: Plane, own: Points, foreign: NDArray[np.bool_]) -> None:
        x, y = own[0]
        w, h = own[2] - own[0]
        down = 2 if h >= 10 else 1
        across = int(np.clip(round(2 * w / h), 1, 16))
        rows, columns = sheet.shape
        aside = float(np.clip(0.7 * h, 5, min(x, y) - 1))
        # The outermost row and column on every side are surface; a gap keeps what melts over the edge out of them.
        gap = min(0.15 * h, aside / 3)

        def edges(low: float, length: float, cells: int, limit: int) -> FloatArray:
            inner = np.linspace(low, low + length, cells + 1)[1:-1]
            outer = [low - aside, low - gap, low + length + gap, low + length + aside]
            return np.asarray(np.clip([*outer[:2], *inner, *outer[2:]], 0, limit), dtype=np.float64)

        self._columns, self._rows = edges(x, w, across, columns), edges(y, h, down, rows)
        self._bounds = _bounds(self._rows), _bounds(self._columns)
        self._tells = np.where(foreign, np.float32(0), np.float32(1))
        self._share = np.maximum(self._means(self._tells), 0.1)
        self._known = sheet.astype(np.float32)
        self._usual = np.full((down + 2, across + 2), 3.0)
        self._changed = np.zeros((down + 2, across + 2), dtype=np.bool_)
        self._shape = sheet.shape
        self._lettering = (
            slice(round(float(self._rows[1])), round(float(self._rows[-2])) + 1),
            slice(round(float(self._columns[1])), round(float(self._columns[-2])) + 1),
        )

    def hidden(self, sheet: Plane, *, learn: bool = True) -> NDArray[np.bool_]:
        """The cells of the lettering that are covered in `sheet`, (rows, columns)."""
        now = sheet.astype(np.float32)
        around = np.ones((5, 5), dtype=np.uint8)
        over = now - cv2.dilate(self._known, around)
        under = cv2.erode(self._known, around) - now
        off = np.maximum(np.maximum(over, under), 0)
        change = self._means(off * self._tells) / self._share
        limit = np.maximum(9.0, 5 * self._usual)
        # A cell that has changed stays so until it is clearly back.
        self._changed = change > np.where(self._changed, 0.6 * limit, limit)
        # Something as bright as the strokes changes no range, but has no strokes.
        flat = self._spread_of(now) < _FLAT * self._spread_of(self._known)
        inner = self._changed[1:-1, 1:-1] | flat[1:-1, 1:-1]
        beside = np.repeat((self._changed[:1, 1:-1] | self._changed[-1:, 1:-1]), inner.shape[0], axis=0)
        near = min(2, inner.shape[1])
        beside[:, :near] |= self._changed[1:-1, :1]
        beside[:, -near:] |= self._changed[1:-1, -1:]
        above, below = self._changed[:1, 1:-1], self._changed[-1:, 1:-1]
        hidden = inner & beside | np.repeat(above & below, inner.shape[0], axis=0)
        if learn:
            free = ~self._changed
            self._usual[free] += 0.1 * (change[free] - self._usual[free])
            # Strokes may change, and are followed, but not next to something that may be creeping over them; the
            # surface beside them hardly changes. What covers is not learnt.
            rate = np.where(self._over_sheet(self._changed), 0.0, 0.02)
            rate[self._lettering] = np.where(self.spread(hidden | beside), 0.0, 0.25)[self._lettering]
            self._known += rate.astype(np.float32) * (now - self._known)
        return hidden

    def adopt(self, sheet: Plane) -> None:
        """Take `sheet` for the lettering as it is, covered by nothing; beside it there may still be something."""
        self._known[self._lettering] = sheet[self._lettering]
        self._changed[1:-1, 1:-1] = False

    def over(self, points: Points, hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether each sheet point lies in or beside a covered cell."""
        column, row = points.astype(int).T
        return np.asarray(self.spread(hidden)[row, column], dtype=np.bool_)

    def spread(self, hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Covered cells as a mask of sheet pixels; the outermost cells reach into the margin."""
        return self._laid(hidden, self._columns[1:-1], self._rows[1:-1])

    def _over_sheet(self, cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """All cells, those of the surface included, as a mask of sheet pixels."""
        return self._laid(cells, self._columns, self._rows)

    def _laid(self, cells: NDArray[np.bool_], columns: FloatArray, rows: FloatArray) -> NDArray[np.bool_]:
        x = np.clip(np.searchsorted(columns, np.arange(self._shape[1])) - 1, 0, cells.shape[1] - 1)
        y = np.clip(np.searchsorted(rows, np.arange(self._shape[0])) - 1, 0, cells.shape[0] - 1)
        return np.asarray(cells[y][:, x], dtype=np.bool_)

    def _spread_of(self, picture: NDArray[np.float32]) -> FloatArray:
        """Standard deviation of every cell."""
        return np.asarray(np.sqrt(np.maximum(self._means(picture**2) - self._means(picture) ** 2, 0)))

    def _means(self, picture: NDArray[np.float32]) -> FloatArray:
        """Mean of every cell."""
        sums = cv2.integral(picture, sdepth=cv2.CV_64F)
        (top, bottom), (left, right) = self._bounds
        whole = sums[np.ix_(bottom, right)] - sums[np.ix_(top, right)]
        whole = whole - sums[np.ix_(bottom, left)] + sums[np.ix_(top, left)]
        return np.asarray(whole / np.outer(bottom - top, right - left), dtype=np.float64)


def _bounds(edges: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and one past the last pixel of the cells between `edges`, at least one pixel each."""
    low = edges[:-1].astype(np.intp)
    return low, np.maximum(np.ceil(edges[1:]).astype(np.intp), low + 1)


class _Shapes:
    """How alike lettering on two sheets is, whatever their light and blur."""

    _BLURS = (0.0, 0.8, 1.6)

    def __init__(self, sheet: Plane, own: Points) -> None:
        x, y = np.floor(own[0]).astype(int)
        right, bottom = np.ceil(own[2]).astype(int)
        self._part = (slice(max(y - 1, 0), bottom + 1), slice(max(x - 1, 0), right + 1))
        self._window = int(np.clip(round(0.6 * (bottom - y)), 7, 41)) | 1
        part = sheet[self._part].astype(np.float32)
        self._references = [_Local(cv2.GaussianBlur(part, (0, 0), s) if s else part, self._window) for s in self._BLURS]
        self._energy = self._references[0].variance

    def compared(self, sheet: Plane, hidden: NDArray[np.bool_]) -> tuple[float | None, float | None]:
        """Correlation with the reference and relative contrast energy, outside of what is hidden."""
        weight = np.where(hidden[self._part], 0.0, self._energy)
        total = float(weight.sum())
        if total <= 0:
            return None, None
        now = _Local(sheet[self._part].astype(np.float32), self._window)
        best = max(float((now.correlation(known) * weight).sum()) / total for known in self._references)
        energy = float((now.variance * (weight > 0)).sum()) / max(float((self._energy * (weight > 0)).sum()), 1e-6)
        return best, energy


class _Local:
    """A picture with its local mean and variance."""

    def __init__(self, picture: cv2.typing.MatLike, window: int) -> None:
        self.picture = np.asarray(picture, dtype=np.float32)
        self._window = (window, window)
        self.mean = cv2.boxFilter(self.picture, -1, self._window)
        self.variance = np.maximum(cv2.boxFilter(self.picture**2, -1, self._window) - self.mean**2, 0)

    def correlation(self, other: _Local) -> NDArray[np.float32]:
        """Correlation in the window around every pixel; 4 grey levels of noise are granted."""
        both = cv2.boxFilter(self.picture * other.picture, -1, self._window) - self.mean * other.mean
        result: NDArray[np.float32] = both / np.sqrt((self.variance + 16) * (other.variance + 16))
        return result


def camera_motion(before: Plane, now: Plane) -> Homography:
    """The similarity by which most of the picture moved between two reduced pictures; identity when unclear."""
    step = max(1, round(max(before.shape) / 480))
    small_before, small_now = before[::step, ::step], now[::step, ::step]
    points = cv2.goodFeaturesToTrack(small_before, 120, 0.01, 10)
    if points is None or len(points) < 12:
        return np.eye(3)
    moved, status, _ = cv2.calcOpticalFlowPyrLK(small_before, small_now, points, points.copy(), winSize=(15, 15))
    ok = status.ravel() > 0
    if ok.sum() < 12:
        return np.eye(3)
    affine, inliers = cv2.estimateAffinePartial2D(points[ok], moved[ok], ransacReprojThreshold=1.5, maxIters=300)
    if affine is None or inliers.sum() < 10:
        return np.eye(3)
    matrix = np.vstack([affine, [0, 0, 1]])
    matrix[:2, 2] *= step
    return np.asarray(matrix, dtype=np.float64)


def solved(sights: Sequence[TrackObservation]) -> FloatArray:
    """One trajectory through all `sights`, which are consecutive frames: corners, (n, 4, 2).

    Minimises the sights' squared distances, weighed by their information, plus squared accelerations of the corners,
    weighed by how much this surface is seen to accelerate: loosely for its shift, tightly for its shape, because
    hands shake but labels do not change their form. Sights that contradict their neighbours are weighed down.
    """
    count = len(sights)
    values = np.array([s.corners.reshape(8) for s in sights])
    information = np.array([s.information for s in sights])
    if count < 3 or not information.any():
        return values.reshape(count, 4, 2)
    smooth = _accelerations(values, information)
    weight = np.ones(count)
    result = values
    for _ in range(3):
        known = information * weight[:, None, None]
        result = smooth_trajectory(known, np.einsum("tij,tj->ti", known, values), acceleration_precision=smooth)
        off = result - values
        far = np.sqrt(np.maximum(np.einsum("ti,tij,tj->t", off, information, off), 0) / 8)
        weight = 1 / (1 + (far / 4) ** 2)
    return result.reshape(count, 4, 2)


# Patterns of the corners a, b, c, d: shift, two stretches, keystone.
_PATTERNS = np.array([[1, 1, 1, 1], [-1, 1, 1, -1], [-1, -1, 1, 1], [1, -1, 1, -1]]) / 2
_MODES = np.kron(_PATTERNS, np.eye(2))
"""Orthonormal: rows are modes of the eight corner coordinates."""
_LEAST_ACCELERATION = np.repeat([0.05, 0.02, 0.02, 0.008], 2)
"""Reduced pixels per frame² that any surface is allowed in each mode."""


def _accelerations(values: FloatArray, information: FloatArray) -> FloatArray:
    """Inverse covariance of the corners' second differences, (8, 8), estimated from the sights themselves."""
    measured = np.trace(information, axis1=1, axis2=2) > 1e-6
    good = measured[:-2] & measured[1:-1] & measured[2:]
    modes = values @ _MODES.T
    second = (modes[2:] - 2 * modes[1:-1] + modes[:-2])[good]
    sigma = _LEAST_ACCELERATION.copy()
    if len(second) >= 5:
        spread = 1.4826 * np.median(np.abs(second), axis=0)
        # Independent errors of three sights add up to six times their variance.
        noise = np.array(
            [np.median(np.diag(_MODES @ np.linalg.pinv(one) @ _MODES.T)) for one in information[measured][:5]]
        ).mean()
        sigma = np.sqrt(np.maximum(sigma**2, spread**2 - 6 * noise))
    return np.asarray(_MODES.T @ np.diag(1 / sigma**2) @ _MODES)


def _flow(reference: Plane, sheet: Plane, points: Points, levels: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Where `points` of the reference lie on `sheet`, by how much the way back misses them, what differs there.

    Shapes (n, 2), (n, 2) and (n,); the last is the mean absolute difference of the windows in grey levels.
    """
    window = (_WINDOW, _WINDOW)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.01)
    start = points.astype(np.float32)[:, None]
    forth, found, differs = cv2.calcOpticalFlowPyrLK(
        reference,
        sheet,
        start,
        start.copy(),
        winSize=window,
        maxLevel=levels,
        criteria=stop,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        minEigThreshold=1e-6,
    )
    back, returned, _ = cv2.calcOpticalFlowPyrLK(
        sheet,
        reference,
        forth,
        forth.copy(),
        winSize=window,
        maxLevel=1,
        criteria=stop,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        minEigThreshold=1e-6,
    )
    missed = (back - start)[:, 0].astype(np.float64)
    missed[(found.ravel() == 0) | (returned.ravel() == 0)] = 1e3
    moved = forth[:, 0].astype(np.float64)
    finite = np.where(np.isfinite(moved), moved, 0.0), np.where(np.isfinite(missed), missed, 1e3)
    # OpenCV leaves the difference of a point that it did not find as it was in memory.
    unlike = np.where(found.ravel() > 0, differs.ravel(), np.float32(255))
    return *finite, unlike.astype(np.float64)


def _four_points(source: Points, target: Points) -> Homography:
    matrix = cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32))
    return np.asarray(matrix, dtype=np.float64)


def _jacobian(matrix: Homography, x: float, y: float) -> FloatArray:
    u, v, w = matrix @ (x, y, 1.0)
    return np.array([(matrix[0, :2] * w - u * matrix[2, :2]) / w**2, (matrix[1, :2] * w - v * matrix[2, :2]) / w**2])


def _length(shifts: Points, texture: FloatArray) -> FloatArray:
    """Lengths of `shifts` (n, 2) as far as the points' texture can tell."""
    return np.asarray(np.sqrt(np.maximum(np.einsum("ni,nij,nj->n", shifts, texture, shifts), 0)))


def _weighted_median(values: FloatArray, weights: FloatArray) -> float:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][min(int(np.searchsorted(total, total[-1] / 2)), len(values) - 1)])


def _inside(corners: Points, points: Points) -> NDArray[np.bool_]:
    outline = corners.astype(np.float32)[:, None]
    return np.array([cv2.pointPolygonTest(outline, (float(x), float(y)), False) >= 0 for x, y in points], dtype=bool)


def _size(corners: Points) -> tuple[float, float]:
    edge = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    return float(edge[0] + edge[2]) / 2, float(edge[1] + edge[3]) / 2


def _share_inside(corners: Points, shape: tuple[int, ...]) -> float:
    """Share of a quad that lies inside a picture of that shape."""
    height, width = shape[:2]
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32) - np.float32(0.5)
    quad = corners.astype(np.float32)
    whole = abs(cv2.contourArea(quad))
    if whole <= 0 or not cv2.isContourConvex(quad[:, None]):
        return 0.0
    return float(min(cv2.intersectConvexConvex(quad, frame)[0] / whole, 1.0))


def _sane(own: Points, at: Homography, shape: tuple[int, ...]) -> bool:
    """Whether a homography still draws the lettering as a quad of a believable size."""
    if not np.isfinite(at).all():
        return False
    depth = own @ at[2, :2] + at[2, 2]
    if (depth <= 0.05).any() and (depth >= -0.05).any():
        return False
    corners = cv2.perspectiveTransform(own[None], at)[0].astype(np.float32)
    area = abs(cv2.contourArea(corners))
    return bool(cv2.isContourConvex(corners[:, None])) and 9 < area < 4 * shape[0] * shape[1]
