"""The clean plate of a region: from other frames where they show the surface, else by inpainting.

What no frame reveals is filled in four ways, one of them a network's. The fills are averaged, weighted by how well each
rebuilds pieces of the known surface: the hole is moved onto bare surface nearby, filled there, and compared with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box
from overlaycut.errors import UsageError
from overlaycut.models.thin_holes import thin_hole_fill
from overlaycut.repair.fill.inpainting import (
    Fill,
    InpaintingParameters,
    biharmonic,
    doubled,
    halved,
    pattern_fill,
    structure_fill,
)
from overlaycut.repair.fill.learned import improved
from overlaycut.vision.filters import FloatImage, dilated, scaled_mask
from overlaycut.vision.illumination import spread


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateParameters:
    """How a surface without its lettering is made up; checked by benchmarks/fill.py and benchmarks/repair.py."""

    inpainting: InpaintingParameters = field(default_factory=InpaintingParameters)
    """How its fills work."""
    most_pixels: int = 80_000
    """Pixels of a hole beyond which it is filled at half its size: so thick a hole has no detail to be recovered."""
    beside_px: int = 6
    """Pixels around a hole in which what may not be used is filled as well."""
    trials: int = 2
    """Pieces of bare surface on which the fills are compared, at most."""
    trial_share: float = 0.15
    """Share of the hole that such a piece has at least; 40 pixels at least."""
    least_error: float = 0.5
    """Squared levels below which one fill is as good as another."""
    sharpness: float = 3.0
    """Exponent of a fill's inverse squared error in its weight, 0 (a plain mean) to infinity (the best one only)."""
    network: bool = True
    """Whether the network that comes with the package is one of the fills."""
    bold_prior: float = 4.0
    """Multiple of that error with which the boldest fill, which repeats patterns, starts."""
    network_prior: float = 0.1
    """The same for the network: where nothing can be tried it counts more than the others."""
    learned_prior: float = 0.1
    """The same for a model that a person chose: it is believed where nothing can be tried."""


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
    trained model's. The fills are good in different places; their mean, weighted by how well each rebuilds bare surface
    nearby, is nearer to the truth than any of them. The second result is the root mean square error of the best of
    them there, in levels of luma; None when no bare surface could be found to try them on. Raises ValueError for masks
    of other sizes.
    """
    if picture.shape[:2] != hole.shape or hole.shape != usable.shape:
        raise ValueError("picture, hole and usable have one size")
    if not hole.any():
        return picture, None
    if hole.sum() > parameters.most_pixels:
        return _filled_small(picture, hole, usable, guess, parameters)
    ready, open_ = _bridged(picture, hole, usable, parameters)
    errors = parameters.least_error * np.array(_priors(guess, parameters))
    trials = _trials(open_, usable, parameters)
    for trial in trials:
        # Lettering is hidden from the trial, too: all fills see it bridged.
        made = _guesses(ready, trial, guess, parameters)
        errors += [float(np.mean(np.square((one - ready)[..., 0][trial]))) for one in made]
    weights = (1 / errors) ** parameters.sharpness
    weights /= weights.sum()
    guesses = zip(_guesses(ready, open_, guess, parameters), weights, strict=True)
    error = float(np.sqrt(errors.min() / len(trials))) if trials else None
    mean = sum(one * np.float32(weight) for one, weight in guesses)
    return np.where(hole[..., None], mean, picture).astype(np.float32), error


def filled_quickly(
    picture: FloatImage, hole: Mask, *, usable: Mask, parameters: PlateParameters = _DEFAULTS
) -> FloatImage:
    """As `filled`, by the single fill that is best most of the time: for slivers that a moving picture uncovers."""
    if not hole.any():
        return picture
    if hole.sum() > parameters.most_pixels:
        return _filled_small(picture, hole, usable, None, parameters)[0]
    made = structure_fill(parameters.inpainting)(*_bridged(picture, hole, usable, parameters))
    return np.where(hole[..., None], made, picture).astype(np.float32)


def _guesses(picture: FloatImage, hole: Mask, guess: Fill | None, parameters: PlateParameters) -> list[FloatImage]:
    """The pictures that are averaged. Raises MissingPart when the network's weights are missing."""
    structure, pattern = (make(parameters.inpainting)(picture, hole) for make in (structure_fill, pattern_fill))
    made = [biharmonic(picture, hole), structure, pattern]
    if parameters.network:
        made.append(improved(structure, pattern, hole, thin_hole_fill()))
    if guess is not None:
        made.append(guess(picture, hole))
    return made


def _priors(guess: Fill | None, parameters: PlateParameters) -> list[float]:
    """The priors of `_guesses`, in the same order."""
    priors = [1.0, 1.0, parameters.bold_prior]
    if parameters.network:
        priors.append(parameters.network_prior)
    return priors if guess is None else [*priors, parameters.learned_prior]


def _bridged(picture: FloatImage, hole: Mask, usable: Mask, parameters: PlateParameters) -> tuple[FloatImage, Mask]:
    """A picture to fill, and all that has to be filled in it.

    A fill must not draw from what is neither surface nor to be filled: beside the hole that is filled along with it,
    further away it is interpolated smoothly. Raises UsageError when nothing of the picture would be left.
    """
    open_ = hole | (~usable & dilated(hole, parameters.beside_px))
    if open_.all():
        raise UsageError(
            "the whole picture would be erased, and nothing of it is left to fill it from",
            hint="a smaller area, or --mode cover",
        )
    smooth = spread(picture, (usable & ~hole).astype(np.float32))
    return np.where((hole | ~usable)[..., None], smooth, picture), open_


def _filled_small(
    picture: FloatImage, hole: Mask, usable: Mask, guess: Fill | None, parameters: PlateParameters
) -> tuple[FloatImage, float | None]:
    """As `filled`, at half the size."""
    less, small = halved(*_bridged(picture, hole, usable, parameters))
    known = scaled_mask(usable & ~hole, (small.shape[1], small.shape[0]), share=0.99)
    made, error = filled(less, small, usable=known, guess=guess, parameters=parameters)
    return doubled(made, picture, hole), error


def _trials(hole: Mask, usable: Mask, parameters: PlateParameters) -> list[Mask]:
    """The hole moved to places where a good part of it lands on bare surface; only those pixels are kept."""
    rows, columns = hole.shape
    bare = usable & ~dilated(hole, 2)
    box = Box.of(hole)
    tall, wide = box.h, box.w
    moves = [(tall, 0), (-tall, 0), (tall // 2, 0), (-(tall // 2), 0), (tall // 3, wide // 5), (0, 7), (7, 0)]
    found = []
    for down, across in moves:
        moved = np.zeros_like(hole)
        target = slice(max(down, 0), rows + min(down, 0)), slice(max(across, 0), columns + min(across, 0))
        source = slice(max(-down, 0), rows + min(-down, 0)), slice(max(-across, 0), columns + min(-across, 0))
        moved[target] = hole[source]
        moved &= bare
        if moved.sum() >= max(parameters.trial_share * hole.sum(), 40):
            found.append(moved)
    return found[: parameters.trials]
