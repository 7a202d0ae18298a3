"""The surface without its lettering: solved once, from other frames where they show it, else by evidence.

What no frame reveals is filled by whichever method rebuilds pieces of the known surface best: the hole is
moved onto bare surface nearby, every method fills it there, and the errors decide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.restoration import inpaint_biharmonic

from overlaycut.render.filters import Canvas, Mask, blurred, bytes_of, dilated
from overlaycut.render.light import spread

Method: TypeAlias = Literal["borrowed", "smooth", "biharmonic", "telea", "navier-stokes", "exemplar"]
"""How the pixels of a plate were found."""

_Fill: TypeAlias = Callable[[Canvas, Mask], Canvas]

_MOST_BIHARMONIC = 12_000
"""Pixels beyond which the sparse system of the biharmonic fill takes longer than it is worth."""

_TEXTURE_GAIN = 1.3
"""How many times the error of the best method a copy of real texture may have and still be taken.

A copy of a random texture is twice as far from the truth as its mean, yet looks right where the mean looks
wiped.
"""

_LEAST_TEXTURE = 5.0
"""Levels of detail on the surface from which it counts as textured."""


def borrowed(
    samples: Sequence[NDArray[np.uint8]], hidden: Sequence[Mask], *, hole: Mask, least: int = 3
) -> tuple[Canvas, Mask]:
    """The median of what `samples` show of the hole where they are not `hidden`, and where that is known.

    samples: (rows, columns, 3) in one light. hidden: for each sample, ink, things in front, and what is out
    of the frame. A pixel is known when at least `least` samples show it.
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


def filled(picture: Canvas, hole: Mask, *, usable: Mask) -> tuple[Canvas, Method]:
    """`picture` with the `hole` filled by the method that rebuilds the surface around it best.

    usable: pixels whose colours may be used. Values inside the hole are ignored. Returns a new picture and
    the name of the method.
    """
    if picture.shape[:2] != hole.shape or hole.shape != usable.shape:
        raise ValueError("picture, hole and usable have one size")
    if not hole.any():
        return picture, "smooth"
    # A fill must not draw from what is neither surface nor to be filled: it is bridged smoothly first.
    ready = np.where((hole | ~usable)[..., None], spread(picture, (usable & ~hole).astype(np.float32)), picture)
    method = _best_method(ready, hole, usable)
    return _FILLS[method](ready, hole), method


def _best_method(picture: Canvas, hole: Mask, usable: Mask) -> Method:
    trials = _trials(hole, usable)
    methods = [m for m in _FILLS if m != "biharmonic" or hole.sum() <= _MOST_BIHARMONIC]
    if not trials:
        return "biharmonic" if "biharmonic" in methods else "smooth"
    errors = dict.fromkeys(methods, 0.0)
    for trial in trials:
        # Real lettering is hidden from the trial, too: all methods see it bridged.
        for method in methods:
            tried = _FILLS[method](picture, trial)
            errors[method] += float(np.mean(np.square(tried[trial] - picture[trial])))
    plain = [m for m in methods if m != "exemplar"]
    best = min(plain, key=errors.__getitem__)
    bare = usable & ~dilated(hole, 2)
    detail = float(np.std((picture - blurred(picture, 3))[..., 0][bare])) if bare.any() else 0.0
    textured = detail > _LEAST_TEXTURE and errors["exemplar"] < _TEXTURE_GAIN * errors[best]
    return "exemplar" if textured or errors["exemplar"] < errors[best] else best


def _trials(hole: Mask, usable: Mask) -> list[Mask]:
    """The hole moved to places where most of it lands on bare surface; only those pixels are kept."""
    rows, columns = hole.shape
    bare = usable & ~dilated(hole, 2)
    tall, wide = int(hole.any(axis=1).sum()), int(hole.any(axis=0).sum())
    moves = [
        (tall // 2, 0),
        (-(tall // 2), 0),
        (tall // 3, wide // 5),
        (-(tall // 3), -(wide // 5)),
        (0, 7),
        (7, 0),
    ]
    found = []
    for down, across in moves:
        moved = np.zeros_like(hole)
        target = slice(max(down, 0), rows + min(down, 0)), slice(max(across, 0), columns + min(across, 0))
        source = slice(max(-down, 0), rows + min(-down, 0)), slice(max(-across, 0), columns + min(-across, 0))
        moved[target] = hole[source]
        moved &= bare
        if moved.sum() >= max(0.15 * hole.sum(), 40):
            found.append(moved)
    return found[:2]


def _smooth(picture: Canvas, hole: Mask) -> Canvas:
    """The membrane over the hole: pull-push, then relaxed towards the solution of Laplace's equation."""
    known = (~hole).astype(np.float32)
    out = np.where(hole[..., None], spread(picture, known), picture)
    for sigma in (4.0, 2.0, 1.0, 1.0, 1.0):
        for _ in range(4):
            out = np.where(hole[..., None], blurred(out, sigma), picture)
    return out


def _biharmonic(picture: Canvas, hole: Mask) -> Canvas:
    solved = inpaint_biharmonic(picture / 255, hole, split_into_regions=True, channel_axis=2)
    return np.clip(np.asarray(solved, np.float32) * 255, 0, 255)


def _opencv(how: int) -> _Fill:
    def fill(picture: Canvas, hole: Mask) -> Canvas:
        whole = bytes_of(picture)
        solved = cv2.inpaint(whole, hole.astype(np.uint8), 3, how).astype(np.float32)
        return np.where(hole[..., None], solved, picture)

    return fill


def _exemplar(picture: Canvas, hole: Mask) -> Canvas:
    """Each part of the hole copied from where its rim fits best, with the difference along the rim spread over it."""
    out = _smooth(picture, hole)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(hole.astype(np.uint8), connectivity=8)
    rows, columns = hole.shape
    for part in range(1, count):
        x, y, w, h = (int(v) for v in stats[part, :4])
        rim = 6
        top, left = max(y - rim, 0), max(x - rim, 0)
        view = slice(top, min(y + h + rim, rows)), slice(left, min(x + w + rim, columns))
        own = labels[view] == part
        edge = dilated(own, rim) & ~hole[view]
        source = _best_source(picture, hole, view, own, edge)
        if source is None:
            continue
        copy = picture[source]
        off = spread((picture[view] - copy), edge.astype(np.float32))
        out[view] = np.where(own[..., None], copy + off, out[view])
    return np.clip(out, 0, 255)


def _best_source(
    picture: Canvas, hole: Mask, view: tuple[slice, slice], own: Mask, edge: Mask
) -> tuple[slice, slice] | None:
    """Where in `picture` a copy for the pixels `own` of `view` comes from, by its rim; None when nothing fits."""
    if not edge.any():
        return None
    template = np.ascontiguousarray(picture[view])
    weight = np.repeat(edge[..., None], 3, axis=2).astype(np.float32)
    cost = cv2.matchTemplate(picture, template, cv2.TM_SQDIFF, mask=weight)
    # A source pixel that is itself missing is no source: count those under the part and under its rim.
    needed = (own | edge).astype(np.float32)
    missing = cv2.matchTemplate(hole.astype(np.float32), needed, cv2.TM_CCORR)
    cost = np.where(missing < 0.5, cost, np.inf)
    if not np.isfinite(cost).any():
        return None
    y, x = np.unravel_index(int(np.argmin(cost)), cost.shape)
    return slice(int(y), int(y) + own.shape[0]), slice(int(x), int(x) + own.shape[1])


_FILLS: dict[Method, _Fill] = {
    "smooth": _smooth,
    "biharmonic": _biharmonic,
    "telea": _opencv(cv2.INPAINT_TELEA),
    "navier-stokes": _opencv(cv2.INPAINT_NS),
    "exemplar": _exemplar,
}
