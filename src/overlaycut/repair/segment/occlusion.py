"""Classification of a frame's pixels against a known region: its ink wherever it moved, and occluders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.repair.segment.ink_colours import towards_ink
from overlaycut.repair.segment.text_segmentation import TextSegmentation
from overlaycut.vision.components import connected_to, larger_than
from overlaycut.vision.filters import (
    Colours,
    FloatImage,
    FloatPlane,
    blurred,
    closed,
    dilated,
    distance,
    dot,
    eroded,
    opened,
)
from overlaycut.vision.illumination import spread
from overlaycut.vision.tophat import LEAST_CONTRAST, TopHatParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class OcclusionParameters:
    """How occluders are distinguished from surface and ink; checked by benchmarks/repair.py."""

    chroma_weight: float = 2.0
    """Weight of a level of chroma against one of luma.

    Skin, hair and cloth differ from a surface in hue where their luma happens to agree; codecs keep chroma noise low.
    """
    smoothing: float = 1.0
    """Sigma, in pixels, of the blur of distances."""
    overshoot: float = 1.15
    """Share of the way from surface to ink that a mixture may have, at most: codecs overshoot."""
    kept: float = 0.7
    """Share of the limit that the occluder of the frame before needs: keeps an outline from flickering."""
    gone: float = 0.35
    """Share of the ink due in a letter's surround below which it is gone."""
    gone_limit: float = 0.5
    """Share of the limit that is enough where a letter is gone."""
    window: float = 4.0
    """Side of that surround, in stroke widths."""
    wrong: float = 0.5
    """Radius of what is dark but not as the lettering should be, in stroke widths."""
    thick: float = 1.2
    """Radius that no stroke has, in stroke widths."""
    core: float = 0.4
    """Radius of the core of an occluder, in stroke widths."""
    large: float = 0.04
    """Share of the plane from which an occluder need not touch the edge of what is seen."""
    displaced: float = 0.3
    """Distance, in stroke widths, from which a pixel may have its colour: tracks and rims are off by so much."""
    spread: float = 1.0
    """Distance from what is surely an occluder, in stroke widths, up to which a missing letter is behind it."""
    gaps: float = 1.5
    """Radius of gaps that are closed, in stroke widths."""


@dataclass(frozen=True, slots=True, eq=False)
class LitAppearance:
    """What a region should look like in the light of a frame."""

    surface: FloatImage
    """The bare surface."""
    wanted: FloatImage
    """The surface with its lettering."""
    colours: Colours
    """Ink colours, (n, 3)."""
    width_px: float
    """Mean width of a stroke."""


def similar_elsewhere(
    picture: FloatImage, found: TextSegmentation, valid: Mask, *, tophat: TopHatParameters = TopHatParameters()
) -> Mask:
    """What looks like the ink of `found` but belongs to something else: frames, sleeves, the next line of lettering.

    picture, valid: as for `segment_text`. All is compared with the surface on which the lettering itself lies.
    """
    covered = dilated(found.ink, found.halo_px + 1)
    near = valid & dilated(covered, max(round(0.3 * found.height_px), 2)) & ~covered & ~dilated(found.other, 2)
    if not found.clear or not near.any():
        return found.other
    surface = blurred(spread(picture, near.astype(np.float32)), max(found.height_px / 16, 1.5))
    alike: Mask = towards_ink(picture, surface, found.colours) > tophat.faint * found.contrast
    return found.other | (alike & valid & ~covered)


def displaced_ink(
    seen: FloatImage, surface: FloatImage, colours: Colours, *, limit: float, width_px: float, region: Mask
) -> Mask:
    """The strokes of a frame, wherever they have moved.

    A stroke differs from the lit `surface` by more than `limit` levels towards one of the ink `colours`, (n, 3), and is
    connected to the lettering's own `region`; outside that it is no wider than three strokes, unlike a shadow or fold.
    """
    inky = towards_ink(seen, surface, colours) > limit
    wide = opened(inky, max(round(1.5 * width_px), 2)) & ~region
    return connected_to(inky & ~dilated(wide, 2), region)


def ink_contrast(seen: FloatImage, appearance: LitAppearance, ink: Mask, *, own: Mask) -> float | None:
    """The contrast of a frame's ink over what it should be; None when it is too thin to measure.

    ink: strokes in `seen`; own: strokes in the appearance. Only the cores of strokes count, where blur does not reach,
    so that ink that melted to threads has no weight.
    """
    here, there = eroded(ink, 2), eroded(own, 2)
    if min(here.sum(), there.sum()) < 40:
        return None
    surface, colours = appearance.surface, appearance.colours
    found = np.percentile(towards_ink(seen, surface, colours)[here], 75)
    due = np.percentile(towards_ink(appearance.wanted, surface, colours)[there], 75)
    return float(found / due) if due > LEAST_CONTRAST else None


def occluders(
    seen: FloatImage,
    appearance: LitAppearance,
    *,
    limit: float,
    room: Mask,
    ink_stays: bool = True,
    held: Mask | None = None,
    parameters: OcclusionParameters = OcclusionParameters(),
) -> Mask:
    """What passes in front: neither surface, nor ink, nor a mixture of both, and not as thin as a stroke.

    seen: the frame on the plane. limit: levels. room: where the plane is inside the frame. ink_stays: whether
    lettering, however melted, is to be expected; then a letter that is gone next to an occluder is behind it. held: the
    occluders of the frame before; they need only a share of the limit to stay.
    """
    width_px = appearance.width_px
    weight = np.array([1.0, parameters.chroma_weight, parameters.chroma_weight], np.float32)
    seen = seen * weight
    surface, wanted, colours = (part * weight for part in (appearance.surface, appearance.wanted, appearance.colours))
    due, bare = distance(wanted, surface), distance(seen, surface)
    off = blurred(_unexplained(seen, surface, wanted, colours, bare, width_px, parameters), parameters.smoothing)
    bound = np.full(off.shape, limit, np.float32)
    if held is not None:
        bound[dilated(held, 2)] *= parameters.kept
    # Where a whole letter is missing, a lower limit is enough for an occluder.
    window = (2 * round(parameters.window * width_px / 2) + 1,) * 2
    ink_due = cv2.blur(due, window)
    gone = (cv2.blur(np.minimum(bare, due), window) < parameters.gone * ink_due) & (ink_due > 0.5 * limit) & room
    bound[gone] *= parameters.gone_limit
    strange = (off > bound) & room
    thick = _too_thick((bare > limit) & room, distance(seen, wanted) > limit, width_px, parameters)
    sure = opened(strange, max(round(parameters.core * width_px), 2)) | _at_edge(thick, room)
    sure = _at_edge(sure, room) | larger_than(sure, parameters.large * room.size)
    if not sure.any():
        return sure
    # Letters that melted are gone from their places and thick as well: what is not strange itself counts close by.
    close = dilated(sure, max(round(parameters.spread * width_px), 2))
    parts = strange | ((thick | gone if ink_stays else thick) & close)
    return closed(connected_to(parts, sure), max(round(parameters.gaps * width_px), 3))


def _unexplained(
    seen: FloatImage,
    surface: FloatImage,
    wanted: FloatImage,
    colours: Colours,
    bare: FloatPlane,
    width_px: float,
    parameters: OcclusionParameters,
) -> FloatPlane:
    """Distance of each pixel from surface, lettering, what lies close by, and every mixture of surface and ink.

    bare: distance from the surface.
    """
    rest = seen - surface
    off = np.minimum(distance(seen, wanted), bare)
    reach = max(round(parameters.displaced * width_px), 1)
    for moved in _around(wanted, reach):
        off = np.minimum(off, distance(seen, moved))
    for axis in colours[:, None, None, :] - surface:
        along = np.clip(dot(rest, axis) / np.maximum(dot(axis, axis), 1.0), 0, parameters.overshoot)
        off = np.minimum(off, distance(rest, along[..., None] * axis))
    return off


def _around(picture: FloatImage, reach: int) -> Iterator[FloatImage]:
    """The picture displaced by `reach` pixels in eight directions."""
    rows, columns = picture.shape[:2]
    padded = np.pad(picture, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    for down in (0, reach, 2 * reach):
        for across in (0, reach, 2 * reach):
            if (down, across) != (reach, reach):
                yield padded[down : down + rows, across : across + columns]


def _too_thick(dark: Mask, wrong: Mask, width_px: float, parameters: OcclusionParameters) -> Mask:
    """What is thicker than any stroke, as dark hair over dark ink: the colour fits, the thickness does not.

    dark: what differs from the surface. wrong: what differs from the lettering. Before letters as dark as itself an
    occluder is cut up by those, so that its thickness counts with them.
    """
    unlike = opened(dark & wrong, max(round(parameters.wrong * width_px), 2))
    thickness = max(round(parameters.thick * width_px), 3)
    return opened(dark, thickness) & dilated(unlike, thickness)


def _at_edge(mask: Mask, room: Mask) -> Mask:
    """The components of `mask` that reach the edge of what is seen."""
    square = np.ones((5, 5), np.uint8)
    inner = cv2.erode(room.astype(np.uint8), square, borderType=cv2.BORDER_CONSTANT, borderValue=0).astype(np.bool_)
    return connected_to(mask, room & ~inner)
