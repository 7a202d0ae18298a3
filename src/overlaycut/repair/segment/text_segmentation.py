"""Segmentation of lettering: which pixels are strokes, and the surface that they lie on.

Pixels are judged by their distance in luma and chroma from the local colour of the surface, in levels.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.repair.segment.halo import halo_width
from overlaycut.repair.segment.ink_colours import ink_colours, towards_ink
from overlaycut.vision.components import Components, connected_to, enclosed, without_pinholes
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, blurred, dilated, distance, eroded, opened
from overlaycut.vision.illumination import spread
from overlaycut.vision.tophat import StrokeCandidates, TopHatParameters, stroke_candidates


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSegmentationParameters:
    """How strokes are completed; checked by benchmarks/repair.py."""

    tophat: TopHatParameters = field(default_factory=TopHatParameters)
    """How candidates for strokes are found."""
    narrowings: int = 2
    """Times that a region's height is replaced by that of its lettering."""
    narrower: float = 0.75
    """Share of the region's height up to which the lettering's is taken instead."""
    reach: float = 0.2
    """How far strokes leave their region, over its height; 2 pixels at least."""
    ink_shares: tuple[float, float] = (0.01, 0.75)
    """Least and largest share of a region that strokes cover; beyond these, none are told apart."""
    faint_letter: float = 1.3
    """Multiple of the faintest stroke's contrast that a core of a fainter letter has."""
    attached_near: float = 0.18
    """How far outline, shadow or face lie from the strokes they are attached to, over the lettering's height."""
    attached_share: float = 0.9
    """Share of an attached part that must lie so near."""
    attached_edge: float = 0.05
    """Pixels of its edge that do not touch the strokes, over its pixels, at least."""
    face_gap: float = 0.12
    """Half of a gap between outlines that is a letter's face, over the lettering's height, at most."""
    face_stroke: float = 0.13
    """Half of the thickest stroke, over the lettering's height: heavy display faces have strokes of about a quarter."""
    widest_outline: float = 0.14
    """Width of an outline over the lettering's height, at most."""
    outline_edge_px: int = 2
    """Pixels over which the edge of an outline fades."""
    flat_scatter: float = 8.0
    """Median distance of colours from their median, in levels, up to which they are a plain surface."""
    outline_scatter: float = 0.5
    """The same of a ring's colours, over that of the picture behind, up to which the ring is an outline."""


@dataclass(frozen=True, slots=True, eq=False)
class TextSegmentation:
    """Lettering and surface of one picture."""

    ink: Mask
    """Strokes with outline and shadow, without the blur at their edge."""
    surface: FloatImage
    """Smooth colour of what they lie on, over the whole plane."""
    colours: Colours
    """Ink colours, (n, 3), 1 ≤ n ≤ 3."""
    width_px: float
    """Mean width of a stroke."""
    height_px: float
    """Height of the lettering: of the region, or less where strokes are too thin for that."""
    contrast: float
    """Levels between ink and surface."""
    halo_px: int
    """How far beyond its edge ink still tinges the surface."""
    other: Mask
    """What differs from the surface as ink does, but belongs to something else: a seam, the next line of lettering."""
    clear: bool
    """Whether strokes stand out; where they do not, `ink` is the whole region."""


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Strokes, and everything that is connected to them."""

    thin: StrokeCandidates
    ink: Mask
    height_px: float
    """Height of the lettering."""


def segment_text(
    picture: FloatImage,
    *,
    region: Mask,
    valid: Mask,
    height_px: float,
    parameters: TextSegmentationParameters = TextSegmentationParameters(),
) -> TextSegmentation:
    """The lettering inside `region`.

    picture: (rows, columns, 3). region: where lettering may be. valid: pixels that the picture shows. height_px: the
    height of the region, which is that of its lettering or more. Strokes are what is thin and stands out with one
    polarity (see `stroke_candidates`), with what is attached to them: outline, shadow, letters of lower contrast. The
    surface is what is bare around them, interpolated under them. Raises ValueError for masks of other sizes.
    """
    if picture.shape[:2] != region.shape or region.shape != valid.shape or height_px <= 0:
        raise ValueError("picture, region and valid have one size, and lettering has a height")
    inside = region & valid
    if not inside.any():
        return _whole(picture, region, picture, parameters)
    found = _found(picture, inside, valid, height_px, parameters)
    if found is None:
        return _bare_region(picture, region, valid, parameters)
    thin, ink, height_px = found.thin, found.ink, found.height_px
    faint, least_levels = parameters.tophat.faint, parameters.tophat.least_contrast
    reach = dilated(region, max(round(parameters.reach * height_px), 2))
    own = _mostly_in(ink, region) & reach
    least, most = parameters.ink_shares
    if not least < float(own[region].mean()) < most:
        return _bare_region(picture, region, valid, parameters)
    second = _attached(picture, thin, own, height_px, parameters) & valid & reach
    surface = _surface(picture, valid & ~dilated(ink | second, 2), height_px, parameters)
    far = distance(picture, surface)
    core, width = _core(own & thin.strong if (own & thin.strong).sum() > 20 else own)
    contrast = float(np.median(far[core]))
    # What is thin only because outlines run beside it has the colour of the surface.
    face = np.linalg.norm(picture - np.median(picture[core], axis=0), axis=2) < 2 * least_levels
    # A seam that runs on beyond the region is connected to the letters that it touches, but has not their colour.
    own |= dilated(_mostly_in(ink & face, region), 1) & ink & reach
    own = (own | second) & ((far > 0.5 * faint * contrast) | face)
    colours = ink_colours(picture[core | eroded(own & (far > faint * contrast), 1)])
    tinge = towards_ink(picture, surface, colours)
    own |= _faint_letters(tinge, thin.relief, contrast, region, valid, parameters) & reach
    own |= _rest_of_letters(picture, surface, own, valid & reach, height_px, parameters)
    own = without_pinholes(own, width / 6)
    return TextSegmentation(
        ink=own,
        surface=surface,
        colours=colours,
        width_px=width,
        height_px=height_px,
        contrast=contrast,
        halo_px=halo_width(picture, own, colours, contrast, valid & ~(ink & ~own)),
        other=ink & ~own,
        clear=True,
    )


def with_strokes(
    picture: FloatImage,
    found: TextSegmentation,
    strokes: Mask,
    valid: Mask,
    parameters: TextSegmentationParameters = TextSegmentationParameters(),
) -> TextSegmentation:
    """`found` in `picture`, with `strokes` that have too little contrast to stand out; as it is where none does."""
    ink = found.ink | (strokes & valid)
    if not found.clear or not (ink & ~found.ink).any():
        return found
    surface = _surface(picture, valid & ~dilated(ink | found.other, 2), found.height_px, parameters)
    return replace(found, ink=ink, surface=surface)


def _found(
    picture: FloatImage, inside: Mask, valid: Mask, height_px: float, parameters: TextSegmentationParameters
) -> _Found | None:
    """The strokes inside a region at the height that they themselves have, or None.

    A rectangle that a person drew may be far higher than its line; strokes tell how high that is.
    """
    found = _candidates(picture, inside, valid, height_px, parameters)
    for _ in range(parameters.narrowings):
        if found is None:
            return None
        height = _height(found.ink & inside, parameters)
        if height > parameters.narrower * height_px:
            break
        height_px = height
        found = _candidates(picture, inside, valid, height_px, parameters)
    return found


def _candidates(
    picture: FloatImage, inside: Mask, valid: Mask, height_px: float, parameters: TextSegmentationParameters
) -> _Found | None:
    """What is thin, with everything that is connected to it, or None."""
    limits = parameters.tophat
    thin = stroke_candidates(picture, inside, valid, height_px=height_px, parameters=limits)
    if thin is None:
        return None
    limit = max(limits.faint * float(np.median(thin.relief[thin.strong])), limits.faintest * limits.least_contrast)
    return _Found(thin, connected_to(thin.relief > limit, thin.strong) & valid, height_px)


def _height(ink: Mask, parameters: TextSegmentationParameters) -> float:
    """The height of lettering whose thickest strokes are twice as thick as most of it is."""
    depth = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 5)
    ridge = depth[ink & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))]
    return 2 * float(np.median(ridge)) / parameters.tophat.half_stroke if len(ridge) else 0.0


def _surface(picture: FloatImage, bare: Mask, height_px: float, parameters: TextSegmentationParameters) -> FloatImage:
    """The picture where it is `bare`, interpolated elsewhere and smoothed."""
    weight = np.where(bare, 1.0, parameters.tophat.busy_weight).astype(np.float32)
    return blurred(spread(picture, weight), max(height_px * parameters.tophat.background_blur, 1.5))


def _bare_region(
    picture: FloatImage, region: Mask, valid: Mask, parameters: TextSegmentationParameters
) -> TextSegmentation:
    """A region in which no strokes stand out."""
    return _whole(picture, region, spread(picture, (valid & ~dilated(region, 2)).astype(np.float32)), parameters)


def _whole(
    picture: FloatImage, region: Mask, surface: FloatImage, parameters: TextSegmentationParameters
) -> TextSegmentation:
    """A region that counts as ink all over."""
    pixels = picture[region]
    colours = ink_colours(pixels) if len(pixels) else np.zeros((1, 3), np.float32)
    thin = float(min(region.any(axis=0).sum(), region.any(axis=1).sum()))
    return TextSegmentation(
        ink=region,
        surface=surface,
        colours=colours,
        width_px=max(thin, 1.0),
        height_px=max(thin, 1.0),
        contrast=parameters.tophat.least_contrast * 2,
        halo_px=2,
        other=np.zeros_like(region),
        clear=False,
    )


def _attached(
    picture: FloatImage, thin: StrokeCandidates, ink: Mask, height_px: float, parameters: TextSegmentationParameters
) -> Mask:
    """Outline, shadow or face of the other polarity: what is thin the other way, touches `ink` and ends near it.

    The surface between letters has the colour of that around them, or, on a narrow board, continues away from them.
    """
    limit = max(parameters.tophat.faint * float(np.median(thin.relief[thin.strong])), parameters.tophat.least_contrast)
    other = thin.others & (distance(picture, thin.background) > limit) & ~ink
    parts = Components.of(other, diagonal=False)
    off = cv2.distanceTransform((~ink).astype(np.uint8), cv2.DIST_L2, 3)
    near = parts.pixels_in(off <= parameters.attached_near * height_px)
    # What letters enclose has no edge of its own.
    beside = cv2.dilate(parts.labels.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
    edge = np.bincount(beside[~other & ~ink], minlength=len(parts.sizes))
    ends = (near >= parameters.attached_share * parts.sizes) & (edge > parameters.attached_edge * parts.sizes)
    return connected_to(parts.chosen(ends), dilated(ink, 1))


def _core(strokes: Mask) -> tuple[Mask, float]:
    """The inner pixels of strokes, all of them where they are too thin for that, and their mean width in pixels."""
    inner = eroded(strokes, 1)
    rim = float((strokes & ~inner).sum())
    width = max(2 * float(strokes.sum()) / max(rim, 1.0), 1.0)
    return inner if inner.sum() > 20 else strokes, width


def _faint_letters(
    tinge: FloatPlane,
    relief: FloatPlane,
    contrast: float,
    region: Mask,
    valid: Mask,
    parameters: TextSegmentationParameters,
) -> Mask:
    """Letters of lower contrast, which have at least the colour of the others.

    tinge: distance of each pixel from the surface towards the ink, in levels. relief: its top-hat response.
    """
    limit = parameters.tophat.faint * contrast
    seeds = opened(tinge > parameters.faint_letter * parameters.tophat.faint * contrast, 1) & region
    alike = connected_to((tinge > limit) & valid, seeds)
    return _mostly_in(alike & (relief > 0.5 * parameters.tophat.faint * contrast), region)


def _rest_of_letters(
    picture: FloatImage,
    surface: FloatImage,
    ink: Mask,
    room: Mask,
    height_px: float,
    parameters: TextSegmentationParameters,
) -> Mask:
    """What belongs to letters of which only face or outline stood out from what lies behind: a mask within `room`.

    An outline is drawn around all letters alike: a ring around the ink that has one colour, wherever the picture behind
    has many, is outline, also where that colour happens to be the picture's own. And a thin gap that ink encloses is
    the face that an outline runs around.
    """
    gaps = enclosed(ink) & (distance(picture, surface) > parameters.tophat.faint * parameters.tophat.least_contrast)
    ink = ink | (gaps & ~opened(gaps, max(round(parameters.face_gap * height_px), 1)))
    face = _face(picture, ink, height_px, parameters)
    off = cv2.distanceTransform((~face).astype(np.uint8), cv2.DIST_L2, 5)
    widest = max(round(parameters.widest_outline * height_px), 2)
    beyond = widest + parameters.outline_edge_px
    behind = (off > beyond) & (off <= 2 * beyond) & room
    if behind.sum() < 50:
        return ink & room
    around, scatter = np.median(picture[behind], axis=0), _scatter(picture[behind])
    width = 0
    for pixels in range(1, widest + 1):
        ring = picture[(off > pixels - 1) & (off <= pixels) & room & ~ink]
        if len(ring) < 50:
            continue
        textured = scatter > 2 * parameters.flat_scatter
        other = textured or float(np.linalg.norm(np.median(ring, axis=0) - around)) > parameters.tophat.least_contrast
        if other and _scatter(ring) < parameters.outline_scatter * scatter:
            width = pixels
        elif width:
            break
    return (ink | (off <= width)) & room


def _face(picture: FloatImage, ink: Mask, height_px: float, parameters: TextSegmentationParameters) -> Mask:
    """The part of the ink that has the colour of its strokes' middle."""
    depth = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 5)
    # What is thicker than any stroke is a piece of the picture that was taken for ink.
    thin = ink & (depth <= max(parameters.face_stroke * height_px, 1.0))
    if not thin.any():
        return ink
    core = thin & (depth >= np.percentile(depth[thin], 70))
    near = np.linalg.norm(picture - np.median(picture[core], axis=0), axis=2) < 2 * parameters.tophat.least_contrast
    face: Mask = ink & near
    return face


def _scatter(pixels: Colours) -> float:
    """Median distance of `pixels`, (n, 3), from their median colour, in levels."""
    return float(np.median(np.linalg.norm(pixels - np.median(pixels, axis=0), axis=1)))


def _mostly_in(mask: Mask, region: Mask) -> Mask:
    """The components of `mask` that lie half in `region`, or make up a good part of what is in it."""
    parts = Components.of(mask)
    within = parts.pixels_in(region)
    return parts.chosen((within >= 0.5 * parts.sizes) | (within >= 0.35 * max(int(within[1:].sum()), 1)))
