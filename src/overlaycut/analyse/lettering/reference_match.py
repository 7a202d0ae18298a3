"""How like its reference a line of lettering is at full resolution, by its shape alone.

The reduced pictures in which lines are tracked have a few pixels of a small line, and a line that melts takes its own
track along or loses it. Lines of one surface share their places: each is looked for where its own track has it, and
where those of the lines beside it do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.judge import ReferenceMatch
from overlaycut.analyse.lettering.geometry import ClipGeometry
from overlaycut.analyse.lettering.parameters import ReferenceMatchParameters
from overlaycut.analyse.lettering.region import Region
from overlaycut.core.frame import Frame, Mask
from overlaycut.core.geometry import Quad, homography
from overlaycut.vision.filters import FloatPlane, above_otsu, blurred
from overlaycut.vision.rectification import RectifiedPlane


@dataclass(frozen=True, slots=True, eq=False)
class _Template:
    """The reference of one line."""

    plane: RectifiedPlane
    luma: FloatPlane
    """On the whole plane, blurred a little."""
    bare: Mask
    """Pixels of the line's rectangle that show the surface."""
    contrast: float
    """Levels between strokes and surface."""
    pieces: tuple[tuple[slice, slice], ...]
    """Parts of the line that are looked for one by one."""
    reach: int
    """Pixels by which they may be displaced."""

    @classmethod
    def of(cls, reference: Frame, quad: Quad, parameters: ReferenceMatchParameters) -> _Template | None:
        """None for a line that is too small, or that has no strokes that stand out."""
        plane = RectifiedPlane.around(
            [quad], density=1.0, most_pixels=parameters.most_pixels, margin=(parameters.search, np.inf)
        )
        height = plane.lettering[1]
        luma = blurred(plane.read_plane(reference.y, quad), parameters.presmoothing * height)
        inside = plane.region()
        bright, _, gap = above_otsu(luma, inside)
        ring = luma[~inside]
        if not len(ring) or gap < parameters.least_contrast:
            return None
        dark = inside & ~bright
        level = float(np.median(ring))
        bare = min(bright, dark, key=lambda part: abs(float(luma[part].mean()) - level))
        reach = max(round(parameters.search * height), 1)
        return cls(plane, luma, bare, gap, tuple(_pieces(plane, luma, reach, parameters)), reach)


class ReferenceMatcher:
    """The shapes of the lines of one reference picture, compared with frames.

    reference: the still, or the clip's first frame. regions: lines with a `reference_quad` in it.
    """

    def __init__(
        self, reference: Frame, regions: Sequence[Region], geometry: ClipGeometry, parameters: ReferenceMatchParameters
    ) -> None:
        self._geometry, self._parameters = geometry, parameters
        self._templates: dict[Region, _Template] = {}
        for region in regions:
            if region.reference_quad is not None:
                template = _Template.of(reference, region.reference_quad, parameters)
                if template is not None:
                    self._templates[region] = template

    def compare(self, frame: Frame) -> None:
        """Add to every line what `frame` shows of it; once per frame."""
        for region, template in self._templates.items():
            if region.end is not None or (
                region.reference_matches and region.reference_matches[-1].index == frame.index
            ):
                continue
            best: ReferenceMatch | None = None
            for quad in self._places(region, frame.index):
                found = self._compared(template, frame, quad)
                if found is not None and (best is None or found.likeness > best.likeness):
                    best = found
                if best is not None and best.likeness >= self._parameters.certain:
                    break
            if best is not None:
                region.reference_matches.append(best)

    def _places(self, region: Region, index: int) -> Iterator[Quad]:
        """Where the line's own track has it in frame `index`, then where those of lines beside it do."""
        assert region.reference_quad is not None
        if _is_tracked(region, index):
            yield self._geometry.to_clip(region.tracker.corners)
        near = [one for one in self._templates if one is not region and is_beside(region, one, self._parameters)]
        near.sort(key=lambda one: _gap(region, one))
        for one in [one for one in near if _is_tracked(one, index)][: self._parameters.most_beside]:
            assert one.reference_quad is not None
            yield region.reference_quad.mapped(
                homography(one.reference_quad, self._geometry.to_clip(one.tracker.corners))
            )

    def _compared(self, template: _Template, frame: Frame, quad: Quad) -> ReferenceMatch | None:
        """None where less than all of the line lies in the frame."""
        plane, reach = template.plane, template.reach
        if not plane.shown(quad, frame.width, frame.height)[plane.region()].all():
            return None
        sharp = plane.read_plane(frame.y, quad)
        seen = blurred(sharp, self._parameters.presmoothing * plane.lettering[1])
        likeness = weight = 0.0
        for rows, columns in template.pieces:
            part = template.luma[rows, columns]
            around = seen[rows.start - reach : rows.stop + reach, columns.start - reach : columns.stop + reach]
            best = float(np.nan_to_num(cv2.matchTemplate(around, part, cv2.TM_CCOEFF_NORMED), nan=0.0).max())
            likeness, weight = likeness + best * float(part.var()), weight + float(part.var())
        inside = plane.region()
        off = seen - template.luma
        off = np.abs(off - np.median(off[template.bare]))
        alike = off[template.bare] < self._parameters.surface_contrast * template.contrast
        contrast = float(seen[inside].std()) / max(float(template.luma[inside].std()), 1e-3)
        return ReferenceMatch(frame.index, likeness / max(weight, 1e-6), float(alike.mean()), contrast)


def is_beside(one: Region, other: Region, parameters: ReferenceMatchParameters) -> bool:
    """Whether two lines lie so close in the reference that they may be of one surface."""
    if one.reference_quad is None or other.reference_quad is None or one.from_still != other.from_still:
        return False
    tallest = max(one.reference_quad.size[1], other.reference_quad.size[1])
    return _gap(one, other) <= parameters.beside_heights * tallest


def _gap(one: Region, other: Region) -> float:
    """Distance of the boxes of two lines in the reference, in its pixels."""
    assert one.reference_quad is not None and other.reference_quad is not None
    a, b = one.reference_quad.box(), other.reference_quad.box()
    across = max(a.x - b.right, b.x - a.right, 0)
    down = max(a.y - b.bottom, b.y - a.bottom, 0)
    return float(np.hypot(across, down))


def _is_tracked(region: Region, index: int) -> bool:
    seen = region.observations.get(index)
    return seen is not None and seen.support > 0


def _pieces(
    plane: RectifiedPlane, luma: FloatPlane, reach: int, parameters: ReferenceMatchParameters
) -> Iterator[tuple[slice, slice]]:
    """The line's rectangle cut across its length, inside the plane's margin."""
    (left, top), (right, bottom) = plane.quad.a, plane.quad.c
    columns: NDArray[np.intp] = np.array([max(int(left), reach), min(int(right) + 1, plane.width - reach)])
    rows = slice(max(int(top), reach), min(int(bottom) + 1, plane.height - reach))
    count = max(round((columns[1] - columns[0]) / max(parameters.piece_heights * plane.lettering[1], 1)), 1)
    edges = np.linspace(columns[0], columns[1], count + 1).round().astype(int)
    for first, last in pairwise(edges):
        if last > first and rows.stop > rows.start and luma[rows, first:last].std() > 1:
            yield rows, slice(int(first), int(last))
