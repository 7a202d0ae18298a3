"""The clean plate of a region: from other frames where they show the surface, else by inpainting.

What no frame reveals is filled in four ways, one of them a network's. The fills are averaged, pixel by pixel, weighted
by how well each rebuilds the known rim nearby: the hole is grown by a few pixels, filled, and compared with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.errors import UsageError
from overlaycut.models.thin_holes import thin_hole_fill
from overlaycut.repair.fill.inpainting import (
    Fill,
    InpaintingParameters,
    doubled,
    halved,
    is_thick,
    pattern_fill,
    structure_fill,
)
from overlaycut.repair.fill.learned import improved
from overlaycut.vision.coherence import CoherenceParameters, coherence_fill
from overlaycut.vision.filters import FloatImage, FloatPlane, blurred, dilated, scaled_mask
from overlaycut.vision.illumination import spread


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateParameters:
    """How a surface without its lettering is made up; checked by benchmarks/fill.py and benchmarks/repair.py."""

    inpainting: InpaintingParameters = field(default_factory=InpaintingParameters)
    """How its sparse fills work."""
    coherence: CoherenceParameters = field(default_factory=CoherenceParameters)
    """How straight edges are continued."""
    most_pixels: int = 80_000
    """Pixels of a hole beyond which it is filled at half its size: so thick a hole has no detail to be recovered."""
    beside_px: int = 6
    """Pixels around a hole in which what may not be used is filled as well."""
    rim_px: int = 3
    """Pixels around the hole that are filled with it, and known, so that the fills are compared there."""
    local_sigma: float = 12.0
    """Sigma, in pixels, of the window around each pixel in which they are: some strokes."""
    most_error: float = 4000.0
    """Squared levels beyond which an error counts no more: a rim across which the picture changes says nothing."""
    least_error: float = 2.0
    """Squared levels that are added to the error of every fill: below them one is as good as another."""
    network: bool = True
    """Whether the network that comes with the package is one of the fills."""
    coherence_factor: float = 0.4
    """Multiple of the error of the fill that continues edges: it errs least where the rim shows nothing of them."""
    network_factor: float = 0.7
    """The same of the network's."""
    learned_factor: float = 0.1
    """The same of that of a model which a person chose."""


_DEFAULTS = PlateParameters()


def borrowed(
    samples: Sequence[NDArray[np.uint8]], hidden: Sequence[Mask], *, hole: Mask, least: int = 3
) -> tuple[FloatImage, Mask]:
    """The median of what `samples` show of the hole where they are not `hidden`, and where that is known.

    samples: (rows, columns, 3) in one light. hidden: for each sample, ink, occluders, and what is out of the frame. A
    pixel is known when at least `least` samples show it. Raises ValueError when masks are missing.
    """
    if len(samples) != len(hidden) or least < 1:
        raise ValueError("every sample needs its mask, and at least one sample is asked for")
    picture, known = np.zeros((*hole.shape, 3), np.float32), np.zeros_like(hole)
    where = np.flatnonzero(hole)
    if not samples or not len(where):
        return picture, known
    values = np.stack([sample.reshape(-1, 3)[where] for sample in samples]).astype(np.float32)
    covered = np.stack([mask.ravel()[where] for mask in hidden])
    enough = (~covered).sum(axis=0) >= least
    values[covered] = np.nan
    picture.reshape(-1, 3)[where[enough]] = np.nanmedian(values[:, enough], axis=0)
    known.ravel()[where[enough]] = True
    return picture, known


def filled(
    picture: FloatImage,
    hole: Mask,
    *,
    usable: Mask,
    guess: Fill | None = None,
    parameters: PlateParameters = _DEFAULTS,
) -> tuple[FloatImage, float | None]:
    """A copy of `picture` with the `hole` filled, once and for all frames that it will be laid over.

    usable: pixels whose colours may be used. Values inside the hole are ignored. guess: one more fill to be tried, as a
    trained model's. The fills are good in different places; their mean, weighted at every pixel by how well each
    rebuilds the rim nearby, is nearer to the truth than any of them. The second result is the root mean square error of
    the best of them there, in levels of luma; None when no rim is known. Raises ValueError for masks of other sizes.
    """
    if picture.shape[:2] != hole.shape or hole.shape != usable.shape:
        raise ValueError("picture, hole and usable have one size")
    if not hole.any():
        return picture, None
    if hole.sum() > parameters.most_pixels:
        return _filled_small(picture, hole, usable, guess, parameters)
    ready, open_ = _bridged(picture, hole, usable, parameters)
    made = _guesses(ready, open_, guess, parameters)
    weights, error = _weighed(ready, open_, usable, guess, parameters)
    mean = sum(one * weight[..., None] for one, weight in zip(made, weights, strict=True))
    return np.where(hole[..., None], mean, picture).astype(np.float32), error


def _guesses(picture: FloatImage, hole: Mask, guess: Fill | None, parameters: PlateParameters) -> list[FloatImage]:
    """The pictures that are averaged. Raises MissingPart when the network's weights are missing."""
    structure, pattern = (make(parameters.inpainting)(picture, hole) for make in (structure_fill, pattern_fill))
    made = [structure, pattern, _coherent(picture, hole, parameters)]
    if parameters.network:
        made.append(improved(structure, pattern, hole, thin_hole_fill()))
    if guess is not None:
        made.append(guess(picture, hole))
    return made


def _coherent(picture: FloatImage, hole: Mask, parameters: PlateParameters) -> FloatImage:
    """Straight edges continued, at half the size where the hole is thick."""
    if hole.all():
        return picture
    if is_thick(hole, parameters.inpainting.block):
        return doubled(coherence_fill(*halved(picture, hole), parameters.coherence), picture, hole)
    return coherence_fill(picture, hole, parameters.coherence)


def _weighed(
    picture: FloatImage, hole: Mask, usable: Mask, guess: Fill | None, parameters: PlateParameters
) -> tuple[list[FloatPlane], float | None]:
    """The weight of every fill at every pixel, in the order of `_guesses`; and the error of the best of them."""
    factors = [1.0, 1.0, parameters.coherence_factor]
    factors += [parameters.network_factor] * parameters.network + [parameters.learned_factor] * (guess is not None)
    rim = dilated(hole, parameters.rim_px) & ~hole & usable
    errors = [np.full(hole.shape, parameters.least_error, np.float32) for _ in factors]
    best = None
    if rim.any():
        counts, sigma = rim.astype(np.float32), parameters.local_sigma
        near = blurred(counts, sigma)
        squares = [
            np.where(rim, np.minimum(np.square((one - picture)[..., 0]), parameters.most_error), 0).astype(np.float32)
            for one in _guesses(picture, hole | rim, guess, parameters)
        ]
        means = [float(square.sum() / counts.sum()) for square in squares]
        best = float(np.sqrt(min(means)))
        # Deep in a thick hole no rim is near, and that of all of it counts.
        errors = [
            error + (blurred(square, sigma) + _FAR * mean) / (near + _FAR)
            for error, square, mean in zip(errors, squares, means, strict=True)
        ]
    weights = [1 / (factor * error) for factor, error in zip(factors, errors, strict=True)]
    total = np.sum(weights, axis=0)
    return [np.asarray(weight / total, np.float32) for weight in weights], best


_FAR = 1e-3
"""Share of rim in a window below which that of the whole hole counts."""


def _bridged(picture: FloatImage, hole: Mask, usable: Mask, parameters: PlateParameters) -> tuple[FloatImage, Mask]:
    """A picture to fill, and all that has to be filled in it.

    A fill must not draw from what is neither surface nor to be filled: beside the hole that is filled along with it,
    further away it is interpolated smoothly. Raises UsageError when nothing of the picture would be left.
    """
    open_ = _open(hole, usable, parameters)
    if open_.all():
        raise UsageError(
            "the whole picture would be erased, and nothing of it is left to fill it from",
            hint="a smaller area, or --mode cover",
        )
    smooth = spread(picture, (usable & ~hole).astype(np.float32))
    return np.where((hole | ~usable)[..., None], smooth, picture), open_


def leaves_nothing(hole: Mask, usable: Mask, parameters: PlateParameters = _DEFAULTS) -> bool:
    """Whether `filled` would have no pixel left to fill the `hole` from."""
    return bool(_open(hole, usable, parameters).all())


def _open(hole: Mask, usable: Mask, parameters: PlateParameters) -> Mask:
    return hole | (~usable & dilated(hole, parameters.beside_px))


def _filled_small(
    picture: FloatImage, hole: Mask, usable: Mask, guess: Fill | None, parameters: PlateParameters
) -> tuple[FloatImage, float | None]:
    """As `filled`, at half the size."""
    less, small = halved(*_bridged(picture, hole, usable, parameters))
    known = scaled_mask(usable & ~hole, (small.shape[1], small.shape[0]), share=0.99)
    made, error = filled(less, small, usable=known, guess=guess, parameters=parameters)
    return doubled(made, picture, hole), error
