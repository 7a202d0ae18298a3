"""Which pixels are lettering, which are surface, and which belong to something that passes in front.

Everything is judged by distance in luma and chroma from the local colour of the surface, in levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.vision.filters import (
    Colours,
    FloatImage,
    FloatPlane,
    Samples,
    blurred,
    closed,
    dilated,
    distance,
    dot,
    eroded,
    opened,
)
from overlaycut.vision.illumination import spread
from overlaycut.vision.random_state import with_seed
from overlaycut.vision.tophat import FAINT, HALF_STROKE, HARDLY, LEAST_CONTRAST, Thin, thin_in

_CHROMA_WEIGHT = 2.0
"""How much more a level of chroma counts than one of luma when something in front is looked for.

Skin, hair and cloth differ from a surface in hue where their luma happens to agree; codecs keep chroma noise
low.
"""

MOST_HALO = 8
"""Pixels beyond a stroke in which its blur and glow are looked for."""

_GAP = 0.12
"""Share of the lettering's height that half of a gap between outlines may take and still be a letter's face."""

_STROKE = 0.13
"""Half of the thickest stroke, as a share of the lettering's height: heavy display faces have about a quarter."""

_OUTLINE = 0.14
"""Share of the lettering's height beyond which nobody draws an outline."""

_SOFT_EDGE = 2
"""Pixels over which the edge of an outline runs out."""

_SHADOW = 0.18
"""Share of the lettering's height beyond its outline that a drop shadow reaches at most."""

_SOFT = 0.45
"""Share of the lettering's height within which a soft shadow fades away."""

_TAIL = 0.12
"""Part of a shadow's depth near the letters at which it ends."""

_SHADED = 4.0
"""Levels of luma by which a shadow is darker than what it falls on, at least."""

_NARROWED = 2
"""Times that the height of lettering is looked for anew."""

_ENDS = 0.9
"""Share of such a part that must lie close to the strokes."""

_OPEN = 0.05
"""Pixels of its edge that do not touch the strokes, over those of such a part."""

_FLAT = 8.0
"""Scatter of colours, in levels, up to which they are those of a plain surface."""

_MOST = 35
"""Percentile of a ring's darkness at which a shadow's is read: two thirds of its pixels are darker."""

_ALIKE = 0.5
"""Scatter of a ring's colours, over that of what lies behind, up to which the ring was drawn."""

_RIMMED = 0.25
"""Share of the ink's rim that a colour which tinges its surroundings has at least."""

_COLOURS = 3
"""Ink colours that are told apart: a face, an outline, a shadow."""


@dataclass(frozen=True, slots=True, eq=False)
class TextSegmentation:
    """Lettering taken apart."""

    ink: Mask
    """Strokes with outline and shadow, without the blur at their edge."""
    surface: FloatImage
    """Smooth colour of what they lie on, over the whole sheet."""
    colours: Colours
    """(n, 3) ink colours, 1 ≤ n ≤ 3."""
    width_px: float
    """Mean width of a stroke."""
    height_px: float
    """Height of its lettering: of the region, or less where strokes are too thin for that."""
    contrast: float
    """Levels between ink and surface."""
    halo_px: int
    """How far beyond its edge ink still tinges the surface."""
    other: Mask
    """What differs from the surface as ink does, but belongs to something else: a seam, the next line of lettering."""
    clear: bool
    """Whether strokes stand out; where they do not, `ink` is the whole region."""


def strokes(picture: FloatImage, *, region: Mask, valid: Mask, height_px: float) -> TextSegmentation:
    """The lettering inside `region`.

    picture: (rows, columns, 3). region: where lettering may be. valid: pixels that the picture shows.
    height_px: the height of the region, which is that of its lettering or more. Strokes are what is thin and stands
    out in one way (see `thin`), with what hangs on to them: outline, shadow, letters that are fainter than their
    fellows. The surface is what is bare around them, carried on smoothly under them.
    """
    if picture.shape[:2] != region.shape or region.shape != valid.shape or height_px <= 0:
        raise ValueError("picture, region and valid have one size, and lettering has a height")
    inside = region & valid
    if not inside.any():
        return _whole(picture, region, picture)
    found = _inked(picture, inside, valid, height_px)
    for _ in range(_NARROWED):
        if found is None:
            return _bare_region(picture, region, valid)
        # A rectangle that a person drew may be far higher than its line; strokes tell how high that is.
        height = _height(found[1] & inside)
        if height > 0.75 * height_px:
            break
        height_px = height
        found = _inked(picture, inside, valid, height_px)
    if found is None:
        return _bare_region(picture, region, valid)
    thin, ink = found
    reach = dilated(region, max(round(0.2 * height_px), 2))
    own = _mostly_in(ink, region) & reach
    if not 0.01 < float(own[region].mean()) < 0.75:
        return _bare_region(picture, region, valid)
    second = _beside(picture, thin, own, height_px) & valid & reach
    bare = valid & ~dilated(ink | second, 2)
    surface = spread(picture, np.where(bare, 1.0, HARDLY).astype(np.float32))
    surface = blurred(surface, max(height_px / 16, 1.5))
    far = distance(picture, surface)
    sure = own & thin.strong if (own & thin.strong).sum() > 20 else own
    heart = eroded(sure, 1) if eroded(sure, 1).sum() > 20 else sure
    rim = float((sure & ~eroded(sure, 1)).sum())
    width = max(2 * float(sure.sum()) / max(rim, 1.0), 1.0)
    contrast = float(np.median(far[heart]))
    # What is thin only because outlines run beside it has the colour of the surface.
    face = np.linalg.norm(picture - np.median(picture[heart], axis=0), axis=2) < 2 * LEAST_CONTRAST
    # A seam that runs on beyond the region takes the letters that it touches along, but not their colour.
    own |= dilated(_mostly_in(ink & face, region), 1) & ink & reach
    own = (own | second) & ((far > 0.5 * FAINT * contrast) | face)
    colours = _colours(picture[heart | eroded(own & (far > FAINT * contrast), 1)])
    # A letter that is fainter than its fellows has their colour at least.
    tinge = _towards(picture, surface, colours)
    alike = _holding((tinge > FAINT * contrast) & valid, opened(tinge > 1.3 * FAINT * contrast, 1) & region)
    own |= _mostly_in(alike & (thin.relief > 0.5 * FAINT * contrast), region) & reach
    own |= _rest_of_letters(picture, surface, own, valid & reach, height_px)
    own = without_pinholes(own, width / 6)
    return TextSegmentation(
        ink=own,
        surface=surface,
        colours=colours,
        width_px=width,
        height_px=height_px,
        contrast=contrast,
        halo_px=_halo(picture, own, colours, contrast, valid & ~(ink & ~own)),
        other=ink & ~own,
        clear=True,
    )


def _inked(picture: FloatImage, inside: Mask, valid: Mask, height_px: float) -> tuple[Thin, Mask] | None:
    """What is thin and everything that hangs on to it, or None."""
    thin = thin_in(picture, inside, valid, height_px=height_px)
    if thin is None:
        return None
    limit = max(FAINT * float(np.median(thin.relief[thin.strong])), 0.6 * LEAST_CONTRAST)
    return thin, _holding(thin.relief > limit, thin.strong) & valid


def _height(ink: Mask) -> float:
    """The height of lettering whose thickest strokes are twice as thick as most of it is."""
    depth = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 5)
    ridge = depth[ink & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))]
    return 2 * float(np.median(ridge)) / HALF_STROKE if len(ridge) else 0.0


def _bare_region(picture: FloatImage, region: Mask, valid: Mask) -> TextSegmentation:
    """A region in which no strokes stand out."""
    return _whole(picture, region, spread(picture, (valid & ~dilated(region, 2)).astype(np.float32)))


def _beside(picture: FloatImage, thin: Thin, ink: Mask, height_px: float) -> Mask:
    """Outline, shadow or face of the other polarity: what is thin the other way, hangs on to `ink` and ends near it.

    What lies between letters has the colour of what lies around them, or, on a narrow board, goes on away from them.
    """
    limit = max(FAINT * float(np.median(thin.relief[thin.strong])), LEAST_CONTRAST)
    other = thin.against & (distance(picture, thin.beyond) > limit) & ~ink
    _, labels = cv2.connectedComponents(other.astype(np.uint8), connectivity=4)
    off = cv2.distanceTransform((~ink).astype(np.uint8), cv2.DIST_L2, 3)
    size = np.bincount(labels.ravel())
    near = np.bincount(labels[off <= _SHADOW * height_px], minlength=len(size))
    # What letters enclose has no edge of its own.
    beside = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
    edge = np.bincount(beside[~other & ~ink], minlength=len(size))
    ends = (near >= _ENDS * size) & (edge > _OPEN * size)
    ends[0] = False
    return _holding(ends[labels], dilated(ink, 1))


def _rest_of_letters(picture: FloatImage, surface: FloatImage, ink: Mask, room: Mask, height_px: float) -> Mask:
    """What belongs to letters of which only face or outline stood out from what lies behind: a mask within `room`.

    An outline is drawn around all letters alike. A ring around the ink that has one colour, wherever the
    picture behind has many, is outline, also where that colour happens to be the picture's own. And a thin gap that ink
    encloses is the face that an outline runs around.
    """
    gaps = _enclosed(ink) & (distance(picture, surface) > FAINT * LEAST_CONTRAST)
    ink = ink | (gaps & ~opened(gaps, max(round(_GAP * height_px), 1)))
    off = cv2.distanceTransform((~_face(picture, ink, height_px)).astype(np.uint8), cv2.DIST_L2, 5)
    widest = max(round(_OUTLINE * height_px), 2)
    behind = (off > widest + _SOFT_EDGE) & (off <= 2 * (widest + _SOFT_EDGE)) & room
    if behind.sum() < 50:
        return ink & room
    around, scatter = np.median(picture[behind], axis=0), _scatter(picture[behind])
    reach = 0
    for pixels in range(1, widest + 1):
        ring = picture[(off > pixels - 1) & (off <= pixels) & room & ~ink]
        if len(ring) < 50:
            continue
        other = scatter > 2 * _FLAT or float(np.linalg.norm(np.median(ring, axis=0) - around)) > LEAST_CONTRAST
        if other and _scatter(ring) < _ALIKE * scatter:
            reach = pixels
        elif reach:
            break
    return (ink | (off <= reach)) & room


def _face(picture: FloatImage, ink: Mask, height_px: float) -> Mask:
    """The part of the ink that has the colour of its strokes' middle."""
    depth = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 5)
    # What is thicker than any stroke is a piece of the picture that was taken for ink.
    thin = ink & (depth <= max(_STROKE * height_px, 1.0))
    if not thin.any():
        return ink
    heart = thin & (depth >= np.percentile(depth[thin], 70))
    near = np.linalg.norm(picture - np.median(picture[heart], axis=0), axis=2) < 2 * LEAST_CONTRAST
    face: Mask = ink & near
    return face


def without_pinholes(mask: Mask, radius: float) -> Mask:
    """`mask` with the gaps that it encloses and in which no disc of `radius` pixels fits."""
    gaps = _enclosed(mask)
    return mask | (gaps & ~opened(gaps, max(round(radius), 1)))


def _enclosed(mask: Mask) -> Mask:
    """The gaps of `mask` that do not reach the edge of the picture."""
    _, labels = cv2.connectedComponents((~mask).astype(np.uint8), connectivity=4)
    outer = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    enclosed: Mask = ~mask & ~np.isin(labels, outer)
    return enclosed


def _scatter(pixels: Colours) -> float:
    """Median distance of `pixels` (n, 3) from their median colour, in levels."""
    return float(np.median(np.linalg.norm(pixels - np.median(pixels, axis=0), axis=1)))


def _halo(picture: FloatImage, ink: Mask, colours: Colours, contrast: float, valid: Mask) -> int:
    """How far, in pixels, ink still tinges the surface beyond its edge: blur, glow, chroma at half the resolution."""
    away = valid & ~dilated(ink, MOST_HALO)
    surface = spread(picture, away.astype(np.float32))
    off = cv2.distanceTransform((~ink).astype(np.uint8), cv2.DIST_L2, 3)
    # What ink encloses may be a face that only its outline shows of.
    whole = ink | _enclosed(ink)
    # Each colour by itself: halo leans towards one of them everywhere, an uneven surface now here, now there.
    tinges = [_towards(picture, surface, colour[None]) for colour in _outer(picture[ink & ~eroded(whole, 1)], colours)]
    for pixels in range(1, MOST_HALO):
        ring = valid & ~whole & (off > pixels) & (off <= pixels + 1)
        if ring.sum() < 20 or max(float(np.median(tinge[ring])) for tinge in tinges) < max(1.2, 0.04 * contrast):
            return pixels
    return MOST_HALO


def _outer(rim: Colours, colours: Colours) -> Colours:
    """Those of the ink `colours` that its `rim` (n, 3) shows: behind an outline, a face tinges nothing."""
    nearest = np.linalg.norm(rim[:, None] - colours, axis=2).argmin(axis=1)
    return np.asarray(colours[np.bincount(nearest, minlength=len(colours)) >= _RIMMED * len(rim)])


def shadow(picture: FloatImage, ink: Mask, *, height_px: float) -> Mask:
    """The soft shadow that lettering throws on what lies behind it: a mask beside `ink`, empty where it throws none.

    picture: (rows, columns, 3). A shadow falls below the letters, beside them or not, and fades away from them.
    """
    reach = max(round(_SOFT * height_px), 4)
    away_from, nearest = cv2.distanceTransformWithLabels(
        (~ink).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    off = np.asarray(away_from, np.float32)
    near = (off > 0) & (off <= reach)
    if not ink.any() or (off > reach).sum() < 50:
        return np.zeros_like(ink)
    darker = (spread(picture, (off > reach).astype(np.float32)) - picture)[..., 0]
    # Where the nearest pixel of ink lies: its label's place.
    rows, columns = np.nonzero(ink)
    place = np.zeros((int(nearest.max()) + 1, 2), np.float32)
    place[nearest[rows, columns]] = np.column_stack([rows, columns])
    down = np.arange(ink.shape[0], dtype=np.float32)[:, None] - place[nearest, 0]
    across = np.arange(ink.shape[1], dtype=np.float32) - place[nearest, 1]
    shaded, falls = np.zeros_like(ink), False
    below = down > 0.7 * off
    quarter, third, half = (max(round(reach / part), 3) for part in (4, 3, 2))
    for side in (below, down < -0.7 * off, across > 0.7 * off, across < -0.7 * off):
        away = darker[side & (off > 0.75 * reach) & near]
        if len(away) < 20:
            continue
        beyond = max(float(np.median(away)), 0.0)
        # A shadow falls beside all letters; what is dark beside a few of them is the picture's own.
        depths = _depths(darker, off, side & near, reach) - beyond
        # The first pixel shows the soft edge of an outline.
        deep = float(np.median(depths[1:quarter]))
        # It fades at once: what is as dark half-way is so by itself.
        if deep - max(float(np.median(depths[third : half + 1])), 0.0) > _SHADED:
            falls |= side is below and deep > 1.5 * _SHADED
            # Where it is known to fall, all of its tail is shadow: what is left of it would be carried into the hole.
            tail = _depths(darker, off, side & near, reach, share=50) - beyond
            light = np.flatnonzero(tail < max(_TAIL * deep, 1.0))
            shaded |= side & near & (off <= (light[0] if len(light) else reach))
    return shaded if falls else np.zeros_like(ink)


def _depths(darker: FloatPlane, off: FloatPlane, side: Mask, reach: int, *, share: float = _MOST) -> Samples:
    """By how many levels most pixels of `side` are darker, or a `share` of them, for each pixel of distance."""
    rings = (darker[side & (off > pixels) & (off <= pixels + 1)] for pixels in range(reach))
    return np.array([np.percentile(ring, share) if len(ring) else 0.0 for ring in rings], np.float32)


def elsewhere(picture: FloatImage, found: TextSegmentation, valid: Mask) -> Mask:
    """What looks like the ink of `found` but belongs to something else: frames, sleeves, the next line of lettering.

    picture, valid: as for `strokes`. All is held against the surface that the lettering itself lies on.
    """
    covered = dilated(found.ink, found.halo_px + 1)
    near = valid & dilated(covered, max(round(0.3 * found.height_px), 2)) & ~covered & ~dilated(found.other, 2)
    if not found.clear or not near.any():
        return found.other
    surface = blurred(spread(picture, near.astype(np.float32)), max(found.height_px / 16, 1.5))
    alike: Mask = _towards(picture, surface, found.colours) > FAINT * found.contrast
    return found.other | (alike & valid & ~covered)


def _towards(seen: FloatImage, surface: FloatImage, colours: Colours) -> FloatPlane:
    """How far each pixel lies from the surface in the direction of the nearest of the ink `colours`, in levels."""
    rest = seen - surface
    far = np.full(seen.shape[:2], -np.inf, np.float32)
    for axis in colours[:, None, None, :] - surface:
        np.maximum(far, dot(rest, axis) / np.maximum(np.sqrt(dot(axis, axis)), 1.0), out=far)
    return far


def melted(
    seen: FloatImage, surface: FloatImage, colours: Colours, *, limit: float, width_px: float, region: Mask
) -> Mask:
    """TextSegmentation as a frame shows them, wherever they have wandered.

    A stroke differs from the lit `surface` by more than `limit` levels towards one of the ink `colours` (n,
    3), and hangs together with the lettering's own `region`; outside that it is no wider than three strokes,
    which tells it from a shadow or a fold.
    """
    inky = _towards(seen, surface, colours) > limit
    wide = opened(inky, max(round(1.5 * width_px), 2)) & ~region
    return _holding(inky & ~dilated(wide, 2), region)


def stands_out(
    seen: FloatImage, surface: FloatImage, wanted: FloatImage, colours: Colours, ink: Mask, *, own: Mask
) -> float | None:
    """How far the `ink` of a frame stands out, against how far it should; None when it is too thin to tell.

    seen, surface, wanted, colours: as for `foreground`. ink: strokes in `seen`; own: strokes in `wanted`.
    Only the hearts of strokes count, where blur does not reach, so that ink that melted to threads says
    nothing.
    """
    here, there = eroded(ink, 2), eroded(own, 2)
    if min(here.sum(), there.sum()) < 40:
        return None
    found = np.percentile(_towards(seen, surface, colours)[here], 75)
    due = np.percentile(_towards(wanted, surface, colours)[there], 75)
    return float(found / due) if due > LEAST_CONTRAST else None


def foreground(
    seen: FloatImage,
    surface: FloatImage,
    wanted: FloatImage,
    colours: Colours,
    *,
    limit: float,
    width_px: float,
    room: Mask,
    ink_stays: bool = True,
    held: Mask | None = None,
) -> Mask:
    """What passes in front: neither surface, nor ink, nor a mixture of both, and not as thin as a stroke.

    seen: the frame on the sheet. surface, wanted: the bare surface and the lettering as it should look, both
    in the frame's light. colours: (n, 3) ink colours in the frame's light. limit: levels. width_px: stroke
    width. room: where the sheet is inside the frame. ink_stays: whether lettering, however melted, is to be
    expected; then a letter that is gone next to something in front is behind it. held: what was in front one
    frame earlier; it needs only seven tenths of the limit to stay, which keeps an outline from flickering.
    """
    weight = np.array([1.0, _CHROMA_WEIGHT, _CHROMA_WEIGHT], np.float32)
    seen, surface, wanted, colours = seen * weight, surface * weight, wanted * weight, colours * weight
    rest, due = seen - surface, distance(wanted, surface)
    bare = distance(seen, surface)
    off = np.minimum(distance(seen, wanted), bare)
    for axis in colours[:, None, None, :] - surface:
        along = np.clip(dot(rest, axis) / np.maximum(dot(axis, axis), 1.0), 0, 1.15)
        off = np.minimum(off, distance(rest, along[..., None] * axis))
    off = blurred(off, 1.0)
    bound = np.full(off.shape, limit, np.float32)
    if held is not None:
        bound[dilated(held, 2)] *= 0.7
    # Where a whole letter's worth of ink is gone, less is needed to believe that something stands before it.
    window = (2 * round(2 * width_px) + 1,) * 2
    ink_due = cv2.blur(due, window)
    gone = (cv2.blur(np.minimum(bare, due), window) < 0.35 * ink_due) & (ink_due > 0.5 * limit) & room
    bound[gone] *= 0.5
    strange = (off > bound) & room
    # Dark hair over dark ink: the colour fits, but no stroke is that thick or runs off the sheet.
    # Before letters as dark as itself it is cut up by those, so what counts is how thick it is with them.
    dark = (bare > limit) & room
    wrong = opened(dark & (distance(seen, wanted) > limit), max(round(0.5 * width_px), 2))
    thickness = max(round(1.2 * width_px), 3)
    thick = opened(dark, thickness) & dilated(wrong, thickness)
    sure = opened(strange, max(round(0.4 * width_px), 2)) | _at_edge(thick, room)
    sure = _at_edge(sure, room) | _large(sure, 0.04 * room.size)
    if not sure.any():
        return sure
    parts = strange | thick | gone if ink_stays else strange | thick
    return closed(_holding(parts, sure), max(round(1.5 * width_px), 3))


def _holding(mask: Mask, seeds: Mask) -> Mask:
    """The connected parts of `mask` that hold a pixel of `seeds`."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    keep = np.zeros(count, np.bool_)
    keep[labels[seeds & mask]] = True
    keep[0] = False
    held: Mask = keep[labels]
    return held


def _mostly_in(mask: Mask, region: Mask) -> Mask:
    """The connected parts of `mask` that lie half in `region`, or make up a good part of what is in it."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    size = np.bincount(labels.ravel(), minlength=count)
    within = np.bincount(labels[region], minlength=count)
    keep = (within >= 0.5 * size) | (within >= 0.35 * max(int(within[1:].sum()), 1))
    keep[0] = False
    mostly: Mask = keep[labels]
    return mostly


def _at_edge(mask: Mask, room: Mask) -> Mask:
    """The connected parts of `mask` that reach the edge of what is seen."""
    rim = room & ~cv2.erode(
        room.astype(np.uint8), np.ones((5, 5), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0
    ).astype(np.bool_)
    return _holding(mask, rim)


def _large(mask: Mask, pixels: float) -> Mask:
    """The connected parts of `mask` of at least `pixels`."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= pixels
    keep[0] = False
    large: Mask = keep[labels] if count > 1 else np.zeros_like(mask)
    return large


def _colours(pixels: Colours) -> Colours:
    """The few colours that `pixels` (n, 3) gather around, those with less than a tenth of them left out."""
    sample = np.ascontiguousarray(pixels[:: max(len(pixels) // 4000, 1)], dtype=np.float32)
    if len(sample) < 4 * _COLOURS:
        return np.asarray(sample.mean(axis=0, keepdims=True), dtype=np.float32)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    _, labels, centres = with_seed(
        1, lambda: cv2.kmeans(sample, _COLOURS, cast(Any, None), criteria, 2, cv2.KMEANS_PP_CENTERS)
    )
    share = np.bincount(labels.ravel(), minlength=_COLOURS) / len(sample)
    return np.asarray(centres[share >= 0.1], dtype=np.float32)


def _whole(picture: FloatImage, region: Mask, surface: FloatImage) -> TextSegmentation:
    pixels = picture[region]
    colours = _colours(pixels) if len(pixels) else np.zeros((1, 3), np.float32)
    thin = float(min(region.any(axis=0).sum(), region.any(axis=1).sum()))
    return TextSegmentation(
        ink=region,
        surface=surface,
        colours=colours,
        width_px=max(thin, 1.0),
        height_px=max(thin, 1.0),
        contrast=LEAST_CONTRAST * 2,
        halo_px=2,
        other=np.zeros_like(region),
        clear=False,
    )
