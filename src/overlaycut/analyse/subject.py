"""A clip without faces into its subject: found where the picture differs from its own edges, and followed.

The subject is what is unlike the border of the frame, large, and near the middle. Its outline is cut out of the
background (GrabCut: Rother et al., 2004) twice a second, so that the vector is of the subject and not of the room.
"""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np

from overlaycut.analyse.shots import CutDetector
from overlaycut.core.cast import CastReport, FaceTrack, Sighting, Signature
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Frame, Picture, Plane
from overlaycut.core.geometry import Box
from overlaycut.models import Looks
from overlaycut.vision.thumbnails import reduced, reduced_size, small_rgb

_LONG_SIDE = 192
_LOOK_EVERY = Fraction(1, 2)
_BORDER = 0.08
"""Of the shorter side: the strip that counts as background."""
_GROUNDS = 4
"""Colours that a background is made of."""
_LEAST, _MOST = 0.02, 0.7
"""Shares of the frame that a subject covers; outside of these the middle of the frame is taken."""
_MIDDLE = 0.6
_ROUNDS = 3
_AROUND = 0.3
"""Of its sides, by which the box may grow from one look to the next."""
_CLEAR = 0.5
"""Part of the box that the outline fills in a subject that is cut out well."""


class SubjectAnalyser:
    """Shown every frame of a clip in order by `see`, then asked for its `result`: one track for each shot."""

    def __init__(self, looks: Looks, facts: ClipFacts) -> None:
        self._looks = looks
        self._size = reduced_size(facts.width, facts.height, _LONG_SIDE, least=16)
        self._scale = self._size[0] / facts.width
        self._cutter = CutDetector()
        self._box: Box | None = None
        self._look_at = Fraction(0)
        self._cuts: list[int] = []
        self._shots: list[list[Sighting]] = [[]]
        self._frames = 0
        self._ends = Fraction(0)

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        self._frames, self._ends = self._frames + 1, frame.at + frame.lasts
        if self._cutter.see(reduced(frame.y, self._size)):
            self._cuts.append(frame.index)
            self._shots.append([])
            self._box, self._look_at = None, frame.at
        if frame.at < self._look_at:
            return
        self._look_at = frame.at + _LOOK_EVERY
        small = small_rgb(frame, self._size)
        if float(small.std()) < 2:
            return
        mask = cut_out(small, self._box)
        box = _around(mask)
        if box is None:
            return
        self._box = box
        vector = self._looks.embed(small[box.slices], mask[box.slices])
        filled = float((mask[box.slices] > 0).mean())
        weight = min(filled / _CLEAR, 1.0)
        large = Box(*(round(side / self._scale) for side in (box.x, box.y, box.w, box.h)))
        signature = Signature(self._looks.metric.model, vector, weight)
        self._shots[-1].append(Sighting(frame.index, frame.at, large, weight, signature))

    def result(self) -> CastReport:
        """The subject of every shot in which there is one."""
        tracks = [FaceTrack(n, n, tuple(seen)) for n, seen in enumerate(self._shots) if seen]
        return CastReport(
            model=self._looks.metric.model,
            tracks=tuple(tracks),
            cuts=tuple(self._cuts),
            frames=self._frames,
            duration=self._ends,
        )


def cut_out(picture: Picture, before: Box | None) -> Plane:
    """A mask of the subject of an RGB picture, 255 inside; sought near where it was `before`, if it was seen."""
    height, width = picture.shape[:2]
    found = before or salient(picture)
    box = found if before is None else found.grown(round(_AROUND * min(found.w, found.h)))
    # GrabCut learns the background from outside the box: some of the frame has to be left.
    box = box.clipped(width - 2, height - 2) or Box(2, 2, width - 4, height - 4)
    box = Box(max(box.x, 2), max(box.y, 2), max(box.right - max(box.x, 2), 1), max(box.bottom - max(box.y, 2), 1))
    labels = np.zeros((height, width), dtype=np.uint8)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(1)
    cv2.grabCut(picture, labels, (box.x, box.y, box.w, box.h), *models, _ROUNDS, cv2.GC_INIT_WITH_RECT)
    inside = np.where((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)
    if np.count_nonzero(inside) < 0.1 * box.area:
        inside[found.slices] = 255
    return inside


def salient(picture: Picture) -> Box:
    """The box of what is unlike the border of an RGB picture; the middle of it where nothing is."""
    height, width = picture.shape[:2]
    lab = cv2.cvtColor(cv2.GaussianBlur(picture, (0, 0), 1.5), cv2.COLOR_RGB2LAB).astype(np.float32)
    strip = max(round(_BORDER * min(height, width)), 1)
    edge = np.ones((height, width), dtype=bool)
    edge[strip:-strip, strip:-strip] = False
    cv2.setRNGSeed(1)
    rule = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 12, 0.5)
    _, _, grounds = cv2.kmeans(lab[edge], _GROUNDS, np.zeros((0, 1), np.int32), rule, 2, cv2.KMEANS_PP_CENTERS)
    unlike = np.linalg.norm(lab[:, :, None] - grounds[None, None], axis=-1).min(axis=-1)
    y, x = np.mgrid[0:height, 0:width]
    off = ((x + 0.5) / width - 0.5) ** 2 + ((y + 0.5) / height - 0.5) ** 2
    seen = np.clip(unlike * np.exp(-off / 0.25) * 3, 0, 255).astype(np.uint8)
    _, mask = cv2.threshold(seen, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count > 1:
        best = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        left, top, w, h = (int(v) for v in stats[best, :4])
        if _LEAST * width * height <= stats[best, cv2.CC_STAT_AREA] and w * h <= _MOST * width * height:
            return Box(left, top, w, h)
    w, h = max(round(_MIDDLE * width), 1), max(round(_MIDDLE * height), 1)
    return Box((width - w) // 2, (height - h) // 2, w, h)


def _around(mask: Plane) -> Box | None:
    """The box of the largest piece of a mask."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return None
    best = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    left, top, w, h = (int(v) for v in stats[best, :4])
    return Box(left, top, w, h) if min(w, h) >= 4 else None
