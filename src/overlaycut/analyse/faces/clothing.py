"""Colours of what is worn below a face."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from overlaycut.analyse.chroma import chroma_histogram
from overlaycut.analyse.faces.parameters import ClothingParameters
from overlaycut.core.cast import Vector
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box


def clothing_colours(
    frame: Frame, face: Box, *, parameters: ClothingParameters = ClothingParameters()
) -> Vector | None:
    """Chroma histograms of the cells of the area below a face, (cells, bins), each adding up to 1.

    None when too little of the area is in the picture.
    """
    half = round(parameters.width / 2 * face.w)
    wanted = Box(
        face.x + face.w // 2 - half,
        face.bottom + round(parameters.gap * face.h),
        max(2 * half, 2),
        max(round(parameters.height * face.h), 2),
    )
    inside = wanted.clipped(frame.width, frame.height)
    if inside is None or inside.area < parameters.least_inside * wanted.area:
        return None
    rows, columns = (slice(part.start // 2, max(part.stop // 2, part.start // 2 + 1)) for part in inside.slices)
    cells = [
        (slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1)))
        for top, bottom in pairwise(np.linspace(rows.start, rows.stop, parameters.rows + 1).astype(int))
        for left, right in pairwise(np.linspace(columns.start, columns.stop, parameters.columns + 1).astype(int))
    ]
    return np.array([chroma_histogram(frame.u[cell], frame.v[cell], frame.matrix) for cell in cells], np.float32)
