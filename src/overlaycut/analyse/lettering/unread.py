"""Lettering that a reader finds and cannot read: mirrored, curved, drawn by hand, nonsense, melted.

A detector's map also marks bottles, collars and windows. What is lettering has strokes (the network of
`models.text_segmentation` sees them) of one colour on a ground of another, inside the line and hardly around it. The
line's rectangle is then drawn around its strokes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from overlaycut.core.frame import Mask, Picture
from overlaycut.core.geometry import Points, Quad, homography
from overlaycut.models import DetectedText, TextProbabilities, TextSegmenter, upright
from overlaycut.vision.filters import FloatImage


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadParameters:
    """What unread lines must show. Set by the tuning half of benchmarks/real_lettering.py."""

    height_px: int = 40
    """Height to which a line is scaled for the network, which knows 24 to 64 (training/README.md)."""
    margin: float = 0.35
    """Surround that is looked at, in line heights."""
    stroke: float = 0.5
    """Probability from which on a pixel is of a stroke."""
    bare: float = 0.1
    """Probability up to which it is not."""
    fill: tuple[float, float] = (0.08, 0.85)
    """Share of the line that strokes cover, least and most."""
    most_spill: float = 0.36
    """Share of the surround that strokes cover, over that of the line."""
    least_probability: float = 0.64
    """Mean probability of what may be a stroke (over 0.3)."""
    full_separation: float = 3.0
    """Distance of the colours of strokes and ground, in their standard deviations, that counts in full."""
    weights: tuple[float, float, float] = (0.55, 0.3, 0.15)
    """Shares of the evidence: of the probability alone, of a bare surround, and of that distance."""
    least_evidence: float = 0.5
    """Evidence from which on a line is lettering; bottles on a shelf have 0.47, a print in graffiti 0.70."""
    least_height_px: float = 8.0
    """Height of a line in pixels of the picture, at least."""
    most_height: float = 0.35
    """Height of a line in parts of the picture's shorter side, at most."""
    trim: float = 0.01
    """Share of the strokes on each side that the drawn rectangle leaves out as stray."""
    refit: float = 0.75
    """Share of its area to which a rectangle must shrink to be looked at again, at the scale of its own height."""
    most_refits: int = 3
    """How often that is done, at most, where the line is higher than `most_height`; else once."""
    least_confidence: float = 0.5
    """Confidence, evidence included, from which on such lettering is called anything but stable; what decisions need
    (`core.rules.Rules.sure`)."""
    most: int = 6
    """Unread regions that are followed at a time."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at a line."""

    colours: FloatImage
    """Lab, (rows, columns, 3)."""
    strokes: TextProbabilities
    inside: Mask
    """Pixels of the line, without its surround."""
    to_picture: Points
    """Corners of the look in the picture, (4, 2)."""


class UnreadLettering:
    """Tells lettering among lines that could not be read."""

    def __init__(self, segmenter: TextSegmenter, *, parameters: UnreadParameters = UnreadParameters()) -> None:
        self._segmenter, self._parameters = segmenter, parameters

    def among(self, picture: Picture, lines: Sequence[DetectedText]) -> tuple[list[DetectedText], list[DetectedText]]:
        """Those of `lines` that show strokes in the RGB `picture`, the surest first; and those that are no lettering.

        The quads of the former surround their strokes, their text is empty, and their confidence says how sure it is,
        0..1, that they are lettering. Lines that are too small to tell are in neither list.
        """
        found, others = [], []
        for line in lines:
            if min(line.quad.size) < self._parameters.least_height_px:
                continue
            lettering = self._examined(picture, line)
            if lettering is None:
                others.append(line)
            else:
                found.append(lettering)
        return sorted(found, key=lambda one: -one.confidence), others

    def is_lettering(self, picture: Picture, line: DetectedText) -> bool:
        """Whether a line of the RGB `picture` shows strokes on a surface that is bare around them."""
        return self._examined(picture, line) is not None

    def _examined(self, picture: Picture, line: DetectedText) -> DetectedText | None:
        limits = self._parameters
        most = limits.most_height * min(picture.shape[:2])
        quad, look = line.quad, self._look(picture, line.quad)
        # Detectors draw one large letter with a lot of what is around it.
        for _ in range(limits.most_refits if quad.size[1] > most else 1):
            drawn = self._around_strokes(look)
            if drawn is None:
                return None
            closer = abs(drawn.area) < limits.refit * abs(quad.area)
            quad, look = drawn, self._look(picture, drawn) if closer else look
            if not closer:
                break
        sure = None if quad.size[1] > most else self._evidence(look)
        return None if sure is None else replace(line, quad=quad, text="", confidence=sure)

    def _look(self, picture: Picture, quad: Quad) -> _Look:
        limits = self._parameters
        grown = quad.grown(limits.margin * quad.size[1])
        crop = upright(picture, grown)
        rows = round(limits.height_px * (1 + 2 * limits.margin))
        scale = rows / crop.shape[0]
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        crop = np.asarray(cv2.resize(crop, (max(16, round(crop.shape[1] * scale)), rows), interpolation=how), np.uint8)
        border = round(limits.margin * limits.height_px)
        inside = np.zeros(crop.shape[:2], dtype=bool)
        inside[border:-border, border : max(border + 1, crop.shape[1] - border)] = True
        lab = cv2.cvtColor(crop.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
        strokes = self._segmenter.segment([crop], [limits.height_px])[0]
        return _Look(np.asarray(lab, np.float32), strokes, inside, grown.array())

    def _around_strokes(self, look: _Look) -> Quad | None:
        """The rectangle around the strokes, in the picture; None without strokes."""
        mask = _touching(look.strokes.strokes(self._parameters.stroke), look.inside)
        ys, xs = np.nonzero(mask)
        if not len(xs):
            return None
        trim = self._parameters.trim
        (left, right), (top, bottom) = (np.quantile(one, (trim, 1 - trim)) for one in (xs, ys))
        rows, columns = mask.shape
        corners = np.array([(left, top), (right + 1, top), (right + 1, bottom + 1), (left, bottom + 1)], dtype=float)
        whole = Quad.of(np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], dtype=float))
        return Quad.of(corners).mapped(homography(whole, Quad.of(look.to_picture)))

    def _evidence(self, look: _Look) -> float | None:
        """How sure the look shows lettering, 0..1; None when it does not."""
        limits = self._parameters
        likely = look.strokes.letter + look.strokes.outline
        mask = likely >= limits.stroke
        fill, around = float(mask[look.inside].mean()), float(mask[~look.inside].mean())
        maybe = likely[look.inside & (likely > 0.3)]
        if not limits.fill[0] <= fill <= limits.fill[1] or not len(maybe):
            return None
        probability = float(maybe.mean())
        bare = 1 - around / (limits.most_spill * fill)
        if probability < limits.least_probability or bare < 0:
            return None
        separate = min(1.0, self._separation(look, mask) / limits.full_separation)
        evidence = probability * float(np.dot(limits.weights, (1.0, bare, separate)))
        return round(evidence, 4) if evidence >= limits.least_evidence else None

    def _separation(self, look: _Look, mask: Mask) -> float:
        """Distance of the colours of strokes and the ground beside them, in their standard deviations."""
        core = look.inside & (cv2.erode(mask.astype(np.uint8), np.ones((2, 2), np.uint8)) > 0)
        near = cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        edge = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        ground = near & ~edge & (look.strokes.letter + look.strokes.outline < self._parameters.bare)
        if core.sum() < 10 or ground.sum() < 10:
            return 0.0
        ink, bare = look.colours[core], look.colours[ground]
        apart = float(np.linalg.norm(np.median(ink, axis=0) - np.median(bare, axis=0)))
        return apart / float(np.sqrt(ink.var(axis=0).sum() + bare.var(axis=0).sum() + 9))


def _touching(mask: Mask, inside: Mask) -> Mask:
    """The connected parts of `mask` of which most lies inside."""
    count, parts = cv2.connectedComponents(mask.astype(np.uint8))
    total = np.bincount(parts.ravel(), minlength=count)
    within = np.bincount(parts[inside], minlength=count)
    kept = within > 0.5 * total
    kept[0] = False
    return np.asarray(kept[parts], dtype=bool)
