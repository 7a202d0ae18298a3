"""What the pixels of a run say about strokes that a network found: which are the picture's own, and where they end.

A network takes dark edges of the picture beside letters for outlines and shadows, loses the dot of an i, and knows the
edge of a stroke to a pixel. Lettering is drawn alike everywhere: all letters of a line have an outline, or none, of one
width; all of them throw a shadow, or none; and what blur adds around them falls off alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box
from overlaycut.repair.segment.halo import from_nearest
from overlaycut.repair.segment.ink_colours import ink_colours
from overlaycut.vision.components import Components, connected_to, enclosed
from overlaycut.vision.filters import FloatImage, FloatPlane, Samples, bytes_of, closed, dilated, distance
from overlaycut.vision.illumination import spread


@dataclass(frozen=True, slots=True, kw_only=True)
class StrokeEvidenceParameters:
    """What counts as evidence; set on the tuning clips of benchmarks/subtitles.py and on drawn lettering."""

    certain: float = 0.5
    """Probability of a letter or its outline, 0..1, from which a pixel counts as such here."""
    outline_share: float = 0.25
    """Share of the letters' contour that has an outline when the lettering has one: 0.6 to 1 then, 0 to 0.02 else."""
    outline_px: int = 12
    """Distance from a letter, in pixels, up to which the width of its outline is measured."""
    outline_slack_px: float = 1.0
    """Pixels by which an outline may be wider than most of it."""
    stray: float = 0.15
    """Area of what passes for outline away from all letters and is the picture's own, at most, over a line's height
    squared; larger, or closed, it outlines something by itself."""
    certain_mean: float = 0.72
    """Mean probability of a stroke, 0..1, over a component that is lettering for certain; the picture's reach 0.66."""
    doubtful_mean: float = 0.45
    """The same over a component that may be lettering."""
    faint: float = 0.1
    """Probability of a stroke, 0..1, of a pixel that continues one in its colour."""
    faint_levels: float = 25.0
    """Distance of that pixel from the colour, in levels."""
    core: float = 0.85
    """Probability, 0..1, of the pixels whose colours are those of letters and outlines."""
    alike_share: float = 0.5
    """Share of another component's pixels that must have one of its colours."""
    shape_gap: float = 0.08
    """Half of a gap in the outline of an icon that is closed, over the height of a line."""
    own_levels: float = 45.0
    """Distance from a colour of the letters, in levels, up to which a pixel that passes for outline may be one."""
    shade_share: float = 0.32
    """Share of the pixels beside the letters on one side that a shadow or glow takes; the picture's own, 0.28."""
    shade_px: float = 3.0
    """Distance from the strokes, in pixels, in which that share is measured."""
    shade_quartile: float = 0.1
    """The same share in the quarter of the line's length that has least of it: what all letters throw has 0.14, dark
    parts of the picture that some of them cross 0.06."""
    most_edge_px: int = 8
    """Pixels around strokes in which their blur is looked for."""
    outward_px: float = 3.0
    """Distance, in pixels, of the pixels further out that those at the edge are compared with."""
    edge_levels: float = 3.0
    """Levels towards the outer ink colour, in the median, below which a ring around the strokes shows no blur."""
    edge_contrast: float = 0.05
    """The same as a share of the lettering's contrast; the larger counts."""
    least_ring: int = 20
    """Pixels without which a ring is not judged."""
    distinct: float = 0.3
    """Share of the contrast by which a stroke differs from the pixel further out where the two are compared."""
    strong: float = 0.35
    """Share of the contrast by which a single pixel just outside of that blur still belongs to a stroke."""
    encircling_reach: float = 0.3
    """Distance from strokes in which a faint outline or glow is looked for, over the height of a line."""
    encircling_percentile: float = 25
    """Percentile of a ring's difference from what lies further out that must reach `encircling_levels` on all sides."""
    encircling_levels: float = 0.6
    """Levels of luma; the picture's own edges lead to less than 0 on the side that shows least of them."""
    encircling_chroma: float = 12.0
    """Levels of chroma beside strokes from which a glow in a colour of its own is looked for."""
    encircling_tail: float = 0.25
    """Share of that up to which such a glow reaches."""
    encircling_fall: float = 0.5
    """Share of its first ring's level by which luma itself must change up to its end: a sign is plain beside letters,
    however dark the picture around it is."""
    rim_levels: float = 12.0
    """Levels towards the ink colour from which a pixel beside all of the mask belongs to it."""
    rim_px: int = 2
    """Pixels beside all of the mask in which such are looked for, one after the other."""
    rim_contrast: float = 0.1
    """The same as a share of the lettering's contrast; the larger counts."""
    slit: float = 0.04
    """Half of a gap between strokes that is looked into, over the height of a line."""
    slit_levels: float = 40.0
    """Distance of a pixel in such a gap from the picture around, in levels, from which it is tinged."""
    slit_contrast: float = 0.5
    """The same as a share of the lettering's contrast; the larger counts."""
    dot_size: tuple[float, float] = (0.04, 0.3)
    """Sides of the dots of letters that are looked for, over the height of a line."""
    dot_reach: float = 0.3
    """Gap between a dot and its stem, over the height of a line, at most."""
    stem_share: float = 0.6
    """Share of a dot's width under which, or over which, its stem lies."""
    baseline: float = 0.08
    """Distance of a full stop from the baseline, over the height of a line, at most."""
    baseline_quantile: float = 0.7
    """Share of the columns of letters, 0..1, that end on the baseline or above it."""
    dot_levels: float = 30.0
    """Distance of a dot's colours from those of the letters, in levels, at most."""
    dot_window: float = 0.2
    """Radius of the median filter that leaves what lies around dots, over the height of a line."""
    dot_contrast: float = 0.35
    """Share of the lettering's contrast by which a dot differs from what lies around it, at least."""


_DEFAULTS = StrokeEvidenceParameters()


def own_strokes(
    letter: FloatPlane,
    outline: FloatPlane,
    picture: FloatImage,
    line_px: float,
    parameters: StrokeEvidenceParameters = _DEFAULTS,
) -> FloatPlane:
    """Probability of a stroke at every pixel, 0..1, without outlines that are the picture's own edges.

    letter, outline: probabilities, (rows, columns). picture: the median of the run, (rows, columns, 3).
    """
    both = letter + outline
    letters, certain = letter > parameters.certain, outline > parameters.certain
    if not letters.any():
        return both
    if not has_outline(letter, outline, parameters):
        colours = ink_colours(picture[letters])
        off = np.min([np.linalg.norm(picture - colour, axis=2) for colour in colours], axis=0)
        return np.where(off < parameters.own_levels, both, letter)
    off = np.asarray(cv2.distanceTransform((~letters).astype(np.uint8), cv2.DIST_L2, 3), np.float32)
    away = certain & (off > _outline_width(off, certain, parameters) + parameters.outline_slack_px)
    parts = Components.of(away)
    gap = max(round(parameters.shape_gap * line_px), 2)
    shapes = parts.pixels_in(dilated(enclosed(closed(away, gap)), gap)) > 0
    stray = parts.chosen((parts.sizes < parameters.stray * line_px**2) & ~shapes)
    return np.where(dilated(stray, 1) & ~letters & (off > 1), letter, both)


def has_outline(letter: FloatPlane, outline: FloatPlane, parameters: StrokeEvidenceParameters = _DEFAULTS) -> bool:
    """Whether an outline goes around the letters, or only here and there what passes for one."""
    letters = letter > parameters.certain
    contour = dilated(letters, 2) & ~letters
    return bool(contour.any() and (outline > parameters.certain)[contour].mean() >= parameters.outline_share)


def consistent_strokes(
    ink: Mask,
    letter: FloatPlane,
    outline: FloatPlane,
    picture: FloatImage,
    parameters: StrokeEvidenceParameters = _DEFAULTS,
) -> Mask:
    """`ink` without components found with doubt that have none of the colours of those found for certain.

    Pixels that are connected to what stays, have one of these colours and a little probability are added.
    """
    parts = Components.of(ink)
    count = np.maximum(parts.sizes, 1)
    mean = np.bincount(parts.labels.ravel(), (letter + outline).ravel(), minlength=len(count)) / count
    certain = mean >= parameters.certain_mean
    known = parts.chosen(certain)
    kinds = [known & (plane > parameters.core) for plane in (letter, outline)]
    cores = [ink_colours(picture[kind]) for kind in kinds if kind.sum() >= parameters.least_ring]
    if not cores:
        return ink
    off = np.min([np.linalg.norm(picture - colour, axis=2) for colour in np.concatenate(cores)], axis=0)
    core = ink & (letter + outline > parameters.certain)
    alike = parts.pixels_in(core & (off < parameters.own_levels)) / np.maximum(parts.pixels_in(core), 1)
    doubtful = (alike >= parameters.alike_share) & (mean >= parameters.doubtful_mean)
    kept = parts.chosen(certain | doubtful)
    faint = (letter + outline > parameters.faint) & (off < parameters.faint_levels)
    return connected_to(kept | faint, kept)


def _outline_width(off: FloatPlane, outline: Mask, parameters: StrokeEvidenceParameters) -> float:
    """Width of the outline, in pixels: where less of the ring at that distance is outline than half of the fullest."""
    rings = [(off > pixels) & (off <= pixels + 1) for pixels in range(parameters.outline_px)]
    shares = np.array([outline[ring].mean() if ring.any() else 0.0 for ring in rings])
    narrow = np.flatnonzero(shares < 0.5 * shares.max())
    return float(narrow[narrow > shares.argmax()][0]) if (narrow > shares.argmax()).any() else float(len(shares))


def has_shade(shade: Mask, text: Mask, line_px: float, parameters: StrokeEvidenceParameters = _DEFAULTS) -> bool:
    """Whether `shade`, pixels that pass for shadow or glow, lies beside all of `text` on one side of it or more."""
    if not shade.any() or not text.any():
        return False
    off, down, across = from_nearest(text)
    near = (off > 1) & (off <= parameters.shade_px)
    sides = (near & (towards > 0.7 * off) for towards in (down, across, -down, -across))
    return any(
        side.any()
        and float(shade[side].mean()) >= parameters.shade_share
        and _least_quarter(shade, side, line_px) >= parameters.shade_quartile
        for side in sides
    )


def _least_quarter(shade: Mask, side: Mask, line_px: float) -> float:
    """Share of `side` that is shade in each part of a line, as long as the line is high: the lower quartile."""
    columns = np.flatnonzero(side.any(axis=0))
    count = max(round((columns[-1] + 1 - columns[0]) / line_px), 1)
    parts = np.array_split(np.arange(columns[0], columns[-1] + 1), count)
    shares = [float(shade[:, part][side[:, part]].mean()) for part in parts if side[:, part].any()]
    return float(np.percentile(shares, 25))


def tinged(picture: FloatImage, ink: Mask, parameters: StrokeEvidenceParameters = _DEFAULTS) -> Mask:
    """`ink`, the pixels of strokes, with those that their blur tinges; picture: the median of the run.

    Every pixel beside the strokes is compared with one further out: what they differ by in the direction of the outer
    ink colour, in the median over a ring, is blur. Edges of the picture cross the contour in both directions.
    """
    off, toward, contrast = _towards_outer(picture, ink, parameters, distinct=parameters.distinct)
    least = max(parameters.edge_levels, parameters.edge_contrast * contrast)
    edge = 1
    while edge < parameters.most_edge_px:
        ring = np.isfinite(toward) & (off > edge) & (off <= edge + 1)
        if ring.sum() < parameters.least_ring or float(np.median(toward[ring])) < least:
            break
        edge += 1
    strong = (off <= edge + 1) & (np.nan_to_num(toward) > parameters.strong * contrast)
    return np.asarray((off <= edge) | strong)


def encircling(
    picture: FloatImage, text: Mask, line_px: float, parameters: StrokeEvidenceParameters = _DEFAULTS
) -> Mask:
    """`text` with a faint outline or glow, darker or lighter than what lies further out on all sides of it.

    An outline that is nearly as dark as the picture is none to the network. The picture's own edges lie on one side.
    """
    reach = max(round(parameters.encircling_reach * line_px), 4)
    off, down, across = from_nearest(text)
    near = (off > 0) & (off <= reach)
    if not text.any() or (off > reach).sum() < parameters.least_ring:
        return text
    missing = spread(picture, (off > reach).astype(np.float32)) - picture
    sides = [near & (towards > _SIDE * off) for towards in (down, across, -down, -across)]
    rings = [_encircled(*_along(axis, missing, picture), off, sides, reach, parameters) for axis in _LUMA_AXES]
    # A glow in a colour of its own may be as bright as the picture.
    beside = np.asarray(np.median(missing[(off > 0) & (off <= 2)], axis=0), np.float32)
    if np.hypot(*beside[1:]) >= parameters.encircling_chroma:
        axis = beside / np.linalg.norm(beside)
        levels = replace(parameters, encircling_levels=parameters.encircling_chroma * parameters.encircling_tail)
        rings.append(_encircled(*_along(axis, missing, picture), off, sides, reach, levels))
    return np.asarray(off <= max(rings))


_LUMA_AXES = (np.array([1, 0, 0], np.float32), np.array([-1, 0, 0], np.float32))
"""Directions of what is darker and lighter."""


def _along(axis: Samples, missing: FloatImage, picture: FloatImage) -> tuple[FloatPlane, FloatPlane]:
    """What a picture lacks in a direction of its colours, and what it has."""
    return np.asarray(missing @ axis, np.float32), np.asarray(picture @ axis, np.float32)


def _encircled(
    darker: FloatPlane,
    luma: FloatPlane,
    off: FloatPlane,
    sides: list[Mask],
    reach: int,
    parameters: StrokeEvidenceParameters,
) -> int:
    """Rings of a pixel, from the strokes outwards, most of whose pixels are darker on every side."""
    levels, lumas = [], []
    for pixels in range(reach):
        rings = [side & (off > pixels) & (off <= pixels + 1) for side in sides]
        if min(int(ring.sum()) for ring in rings) < parameters.least_ring:
            break
        levels.append(min(float(np.percentile(darker[ring], parameters.encircling_percentile)) for ring in rings))
        lumas.append(float(np.median(luma[np.logical_or.reduce(rings)])))
        if levels[-1] < parameters.encircling_levels:
            break
    count = sum(level >= parameters.encircling_levels for level in levels)
    # What lies further out is interpolated; the pixels of a sign on a dark ground do not change themselves.
    if count and lumas[-1] - lumas[0] < parameters.encircling_fall * levels[0]:
        return 0
    return count


_SIDE = 0.7
"""Cosine of the angle to the nearest stroke within which a pixel lies on one side of it."""


def soft_edge(picture: FloatImage, text: Mask, parameters: StrokeEvidenceParameters = _DEFAULTS) -> Mask:
    """The pixels beside `text`, strokes and all that goes with them, that its blur still tinges, one by one.

    picture: the median of the run. A pixel that is not tinged shows the picture: a wider hole would lose it.
    """
    found = np.zeros_like(text)
    for _ in range(parameters.rim_px):
        off, toward, contrast = _towards_outer(picture, text | found, parameters, distinct=0.0)
        # In a narrow gap the pixel that is compared with lies nearer.
        for nearer in range(1, round(parameters.outward_px)):
            closer = replace(parameters, outward_px=parameters.outward_px - nearer)
            near = _towards_outer(picture, text | found, closer, distinct=0.0)[1]
            toward = np.where(np.isnan(toward), near, toward)
        least = max(parameters.rim_levels, parameters.rim_contrast * contrast)
        found |= (off > 0) & (off < _DIAGONAL) & (np.nan_to_num(toward) > least)
    return found


_DIAGONAL = 1.5
"""Distance, in pixels, beyond that of the pixels around one."""


def _towards_outer(
    picture: FloatImage, ink: Mask, parameters: StrokeEvidenceParameters, *, distinct: float
) -> tuple[FloatPlane, FloatPlane, float]:
    """Distance of every pixel from strokes; its levels towards their outer colour; the lettering's contrast.

    The second is NaN where it is not known. distinct: as in `StrokeEvidenceParameters`.
    """
    off, down, across = from_nearest(ink)
    toward = np.full(ink.shape, np.nan, np.float32)
    rows, columns = np.nonzero((off > 0) & (off <= parameters.most_edge_px))
    if not len(rows):
        return off, toward, 0.0
    here = off[rows, columns]
    length = np.maximum(np.hypot(down[rows, columns], across[rows, columns]), 1e-3)
    normal = np.stack([down[rows, columns], across[rows, columns]], axis=1).astype(np.float32) / length[:, None]
    place = np.stack([rows, columns], axis=1).astype(np.float32)
    outer = _clipped(np.asarray(place + parameters.outward_px * normal, np.float32), ink.shape)
    # The stroke's own colour is that of a pixel within its edge; between strokes the pixel further out is near another.
    inner = _clipped(np.asarray(place - (here + 1)[:, None] * normal, np.float32), ink.shape)
    known = (off[outer] > here + max(parameters.outward_px - 1.2, 0.3)) & ink[inner]
    axis = picture[inner] - picture[outer]
    far = np.linalg.norm(axis, axis=1)
    contrast = float(np.median(far[known])) if known.any() else 0.0
    levels = ((picture[rows, columns] - picture[outer]) * axis).sum(axis=1) / np.maximum(far, 1.0)
    toward[rows, columns] = np.where(known & (far > distinct * contrast), levels, np.nan)
    return off, toward, contrast


def _clipped(places: Samples, shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Whole rows and columns of places, (n, 2), within a picture."""
    rows, columns = np.rint(places).astype(np.intp).T
    return rows.clip(0, shape[0] - 1), columns.clip(0, shape[1] - 1)


def tinged_slits(
    picture: FloatImage, text: Mask, line_px: float, parameters: StrokeEvidenceParameters = _DEFAULTS
) -> Mask:
    """Pixels of narrow gaps in `text` that do not show the picture around: a fill would spread their colour.

    picture: the median of the run.
    """
    slits = closed(text, max(round(parameters.slit * line_px), 1)) & ~text
    away = (~dilated(text, 2)).astype(np.float32)
    if not slits.any() or not away.any():
        return slits
    off = distance(picture, spread(picture, away))
    least = max(parameters.slit_levels, parameters.slit_contrast * float(np.median(off[text])))
    return np.asarray(slits & (off > least))


def missed_dots(
    picture: FloatImage, ink: Mask, letters: Mask, line_px: float, parameters: StrokeEvidenceParameters = _DEFAULTS
) -> Mask:
    """Dots in the letters' colour close to a stem, and full stops, which the network takes for the picture's."""
    colours = ink_colours(picture[letters]) if letters.any() else np.zeros((0, 3), np.float32)
    found = np.zeros_like(ink)
    if not len(colours):
        return found
    near = dilated(ink, max(round((parameters.dot_reach + parameters.dot_size[1]) * line_px), 2))
    bare = spread(picture, (~dilated(ink, 2)).astype(np.float32))
    side = 2 * round(parameters.dot_window * line_px) + 1
    surface = np.dstack([cv2.medianBlur(plane, side) for plane in np.moveaxis(bytes_of(bare), 2, 0)]).astype(np.float32)
    contrast = float(np.median(distance(picture, surface)[letters]))
    own = np.min([np.linalg.norm(picture - colour, axis=2) for colour in colours], axis=0)
    alike = (own < parameters.dot_levels) & (own < distance(picture, surface))
    parts = Components.of(alike & near & ~dilated(ink, 1))
    for part, box in _dots(parts, line_px, parameters):
        around = dilated(part, 3) & ~dilated(part, 1)
        apart = float(np.median(np.linalg.norm(picture[around] - np.median(picture[part], axis=0), axis=1)))
        if apart > parameters.dot_contrast * contrast and (
            _has_stem(box, ink, line_px, parameters) or _ends_a_word(box, ink, line_px, parameters)
        ):
            found |= dilated(part, 1)
    return found


def _dots(parts: Components, line_px: float, parameters: StrokeEvidenceParameters) -> Iterator[tuple[Mask, Box]]:
    """Components that are compact and of the size of a dot."""
    least, most = (share * line_px for share in parameters.dot_size)
    for number in np.flatnonzero((parts.sizes >= least**2) & (parts.sizes <= most**2)):
        part = parts.labels == number
        box = Box.of(part)
        if number and max(box.w, box.h) <= most and part.sum() > 0.5 * box.area:
            yield part, box


def _has_stem(box: Box, ink: Mask, line_px: float, parameters: StrokeEvidenceParameters) -> bool:
    """Whether a stroke about as wide lies close below a dot or above it, and none on the other side."""
    reach = max(round(parameters.dot_reach * line_px), 2)
    below = ink[box.bottom : box.bottom + reach, box.x : box.right].any(axis=0)
    above = ink[max(box.y - reach, 0) : box.y, box.x : box.right].any(axis=0)
    shares = sorted(float(side.mean()) if side.size else 0.0 for side in (above, below))
    return shares[0] == 0 and shares[1] > parameters.stem_share


def _ends_a_word(box: Box, ink: Mask, line_px: float, parameters: StrokeEvidenceParameters) -> bool:
    """Whether a dot lies on the baseline of the letters on its left, close behind the last of them."""
    gap, above = round(parameters.dot_reach * line_px), round(0.5 * line_px)
    rows = slice(max(box.y - above, 0), box.bottom + above // 2)
    near = ink[rows, max(box.x - gap, 0) : box.x]
    word = ink[rows, max(box.x - round(2 * line_px), 0) : box.x]
    columns = word.any(axis=0)
    if not near.any() or not columns.any():
        return False
    # Most letters end on the baseline; few reach below it.
    lowest = word.shape[0] - np.argmax(word[::-1], axis=0)[columns] + rows.start
    base = float(np.quantile(lowest, parameters.baseline_quantile))
    return abs(base - box.bottom) <= max(parameters.baseline * line_px, 2.0)
