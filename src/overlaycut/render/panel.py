"""Cover: a soft panel in the surface's own colour that follows the region."""

from __future__ import annotations

import numpy as np

from overlaycut.render.filters import Canvas, Mask, blurred
from overlaycut.render.sheet import Sheet

_RIM = 7.0
"""Levels by which the panel's edge differs from its face: it is meant to look placed, not smeared."""


def panel(surface: Canvas, sheet: Sheet, hidden: Mask) -> tuple[Canvas, Canvas]:
    """A rounded panel over all that is `hidden`, and its alpha 0..1; both on the sheet.

    surface: the bare surface, which the panel shows frosted: so soft that no letter can be made out.
    """
    _, height = sheet.lettering
    own = sheet.region(grown=0.18 * height) | hidden
    rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    radius = min(0.28 * height, 0.5 * (bottom - top), 0.5 * (right - left))
    outside = _outside_of_rounded(sheet.width, sheet.height, (left, top, right, bottom), radius)
    alpha = np.clip(0.5 - outside / 1.5, 0, 1).astype(np.float32)
    frosted = blurred(surface, max(height / 2, 4.0))
    face = frosted.copy()
    lighter = float(np.median(frosted[..., 0][alpha > 0])) < 128
    rim = np.exp(-0.5 * np.square((outside + 1.5) / 1.0))
    face[..., 0] += (_RIM if lighter else -_RIM) * rim
    return face.astype(np.float32), alpha


def _outside_of_rounded(width: int, height: int, sides: tuple[int, int, int, int], radius: float) -> Canvas:
    """Signed distance of every pixel's centre to a rounded rectangle (left, top, right, bottom); negative inside."""
    left, top, right, bottom = sides
    y, x = np.mgrid[0:height, 0:width] + 0.5
    across = np.abs(x - (left + right) / 2) - ((right - left) / 2 - radius)
    down = np.abs(y - (top + bottom) / 2) - ((bottom - top) / 2 - radius)
    corner = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
    return np.asarray(corner + np.minimum(np.maximum(across, down), 0) - radius, dtype=np.float32)
