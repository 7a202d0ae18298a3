"""Inpainting by trained models.

The models take squares of one size. A hole is split into groups of near pixels; each group is processed at its own
scale, or reduced when it is thick, because what counts is how far its middle is from the nearest known pixel. Squares
tile the group, left to right and top to bottom; of each output the part well inside the square is kept, and is known to
the next. Only pixels of the hole are ever written.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import ceil
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask, Picture
from overlaycut.core.geometry import Box
from overlaycut.errors import ModelError, UsageError
from overlaycut.models.catalogue import Graph, known, known_models
from overlaycut.models.runtime import Network, machine_threads
from overlaycut.models.store import stored


class Inpainter(Protocol):
    """Fills holes in pictures. Give a callable of this form to use another method; threads may share it."""

    def __call__(self, picture: Picture, hole: Mask) -> Picture:
        """`picture`, RGB, (rows, columns, 3), with what is True in `hole`, (rows, columns), made up.

        A new picture of the same size; outside the hole it is the same to the bit. What lies under the hole does
        not matter.
        """


class Runtime(Protocol):
    """The part of a model's runtime that an inpainter uses: `Network.run`."""

    def run(self, inputs: dict[str, NDArray[Any]]) -> NDArray[Any]:
        """The first output for inputs by name."""


# Shares of a square's side.
_MARGIN = 8
"""One eighth on each inner side is surround only: what is made up there has nothing known beyond it."""
_THICKEST = 2
"""No stretch of hole is thicker than half a square, so that every square shows something known on either side."""


class OnnxInpainter:
    """A model of the catalogue that fills holes. Holds no state between calls, so threads may share it."""

    def __init__(self, name: str, graph: Graph, network: Runtime) -> None:
        self._name = name
        self._graph = graph
        self._network = network

    def __call__(self, picture: Picture, hole: Mask) -> Picture:
        """The picture with the hole filled; see `Inpainter`.

        Raises ValueError for arrays of another form and for a hole that leaves nothing of the picture, ModelError
        when the model fails or its answer is no picture.
        """
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
            raise ValueError(f"an RGB picture of bytes, not {picture.shape} of {picture.dtype}")
        if hole.shape != picture.shape[:2] or hole.dtype != np.bool_:
            raise ValueError(f"a hole of {picture.shape[:2]} booleans, not {hole.shape} of {hole.dtype}")
        if hole.all():
            raise ValueError("a hole that leaves something of the picture")
        filled, unknown = picture.copy(), hole.copy()
        for group in _groups(hole, self._graph.side // _MARGIN):
            self._fill(filled, unknown, group)
        return filled

    def _fill(self, picture: Picture, unknown: Mask, group: Mask) -> None:
        """Fill one group of the hole in `picture`, and strike it off `unknown`."""
        side = self._graph.side
        middle = cv2.distanceTransform(self._seen(group).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE).max()
        scale = min(1.0, side / (_THICKEST * 2 * min(float(middle), max(group.shape))))
        box = _around(group, ceil(side / scale))
        part, holes, mine = picture[box], unknown[box], group[box]
        if scale == 1:
            solved = self._solved(part, holes, mine)
        else:
            size = (max(round(mine.shape[1] * scale), 1), max(round(mine.shape[0] * scale), 1))
            # A pixel that any hole reaches into is hole: nothing of what it hides may bleed into the surround.
            small = np.rint(_reduced(part, size)).astype(np.uint8)
            solved = self._solved(small, _reduced(holes, size) > 0, _reduced(mine, size) > 0)
            whole = cv2.resize(solved, (mine.shape[1], mine.shape[0]), interpolation=cv2.INTER_CUBIC)
            solved = np.asarray(whole, dtype=np.uint8)
        part[mine] = solved[mine]
        holes[mine] = False

    def _solved(self, part: Picture, holes: Mask, mine: Mask) -> Picture:
        """`part` with `mine`, which belongs to `holes`, filled square by square."""
        side, (height, width) = self._graph.side, mine.shape
        missing = ((0, max(side - height, 0)), (0, max(side - width, 0)))
        # What lies beyond a small picture is its mirror image, holes and all.
        shown = np.pad(part, (*missing, (0, 0)), mode="symmetric")
        unknown = np.pad(holes, missing, mode="symmetric")
        todo = np.pad(mine, missing)
        for square, core in _squares(todo, side):
            keep = np.zeros((side, side), dtype=np.bool_)
            keep[core] = todo[square][core] & unknown[square][core]
            if keep.any():
                shown[square][keep] = self._answer(shown[square], unknown[square])[keep]
                unknown[square][keep] = False
        return shown[:height, :width]

    def _seen(self, hole: Mask) -> Mask:
        """The hole as the model is told of it: so much larger that nothing of what it hides is mixed in."""
        reach = 2 * self._graph.blends_px + 1
        return np.asarray(cv2.dilate(hole.astype(np.uint8), np.ones((reach, reach), dtype=np.uint8)) > 0)

    def _answer(self, square: Picture, hole: Mask) -> Picture:
        """What the model makes of one square."""
        graph, side = self._graph, self._graph.side
        seen = self._seen(hole)
        image = np.where(seen[..., None], np.uint8(0), square).transpose(2, 0, 1)[None]
        mask = (seen if graph.mask_marks == "hole" else ~seen)[None, None]
        inputs: dict[str, NDArray[Any]] = {"image": np.ascontiguousarray(image), "mask": mask * np.uint8(255)}
        if graph.samples == "float32":
            inputs = {name: values.astype(np.float32) / np.float32(255) for name, values in inputs.items()}
        answer = self._network.run(inputs)
        if answer.shape != (1, 3, side, side):
            raise ModelError(f"{self._name} answers with {answer.shape} instead of (1, 3, {side}, {side})", hint=_AGAIN)
        if not np.isfinite(answer).all():
            raise ModelError(f"{self._name} answers with samples that are not numbers", hint=_AGAIN)
        return np.asarray(np.clip(np.rint(answer[0]), 0, 255), dtype=np.uint8).transpose(1, 2, 0)


_AGAIN = "pip install --upgrade onnxruntime"
"""The file is the published one, or it would not have been opened: what is left is the runtime."""


def inpainter(name: str, *, threads: int | None = None) -> Inpainter:
    """The model of that name, opened once for each number of threads, by default as many as the machine gives.

    Raises UsageError when no model that fills holes is called so, MissingPart when it is not in the store,
    ModelError when its file is not the published one or onnxruntime cannot load it.
    """
    graph = known(name).graph
    if graph is None:
        fillers = ", ".join(other for other, model in known_models().items() if model.graph)
        raise UsageError(f"the model {name} does not fill holes", hint=f"these do: {fillers}")
    path = stored(name)
    with _OPENING:
        return OnnxInpainter(name, graph, _opened(path, threads or machine_threads()))


_OPENING = Lock()


@lru_cache
def _opened(path: Path, threads: int) -> Network:
    return Network(path, threads=threads, again=_AGAIN)


def _groups(hole: Mask, reach: int) -> Iterator[Mask]:
    """The hole in pieces that are further than `reach` pixels from each other, along rows or columns."""
    near = cv2.dilate(hole.astype(np.uint8), np.ones((reach + 1, reach + 1), dtype=np.uint8))
    count, labels = cv2.connectedComponents(near, connectivity=8)
    for label in range(1, count):
        yield hole & (labels == label)


def _reduced(values: Picture | Mask, size: tuple[int, int]) -> NDArray[np.float32]:
    """Means over areas, for `size` (columns, rows)."""
    return np.asarray(cv2.resize(values.astype(np.float32), size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _around(group: Mask, reach: int) -> tuple[slice, slice]:
    """The part of the picture within `reach` pixels of the group."""
    around = Box.of(group).grown(reach).clipped(group.shape[1], group.shape[0])
    assert around is not None  # it holds the group
    return around.slices


def _squares(todo: Mask, side: int) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Squares that cover what is True in `todo`, in reading order, each with the part of it that is kept.

    Both sides of `todo` are at least `side` pixels long.
    """
    rows, columns = (_stretches(np.flatnonzero(todo.any(axis=axis)), todo.shape[1 - axis], side) for axis in (1, 0))
    for row, kept_rows in rows:
        for column, kept_columns in columns:
            yield (row, column), (kept_rows, kept_columns)


def _stretches(places: NDArray[np.intp], length: int, side: int) -> list[tuple[slice, slice]]:
    """Stretches of `side` pixels, as few as will do, over `places` of a line of `length`.

    Each comes with the part of it that is kept: all but a margin where a neighbour goes on.
    """
    margin = side // _MARGIN
    low, high = int(places[0]), int(places[-1]) + 1
    first, last = (min(max(at, 0), length - side) for at in (low - margin, high + margin - side))
    if last <= first:
        middle = min(max((low + high - side) // 2, 0), length - side)
        return [(slice(middle, middle + side), slice(0, side))]
    steps = ceil((last - first) / (side - 2 * margin))
    starts = [first + (last - first) * step // steps for step in range(steps + 1)]
    return [
        (slice(at, at + side), slice(margin if at > first else 0, side - margin if at < last else side))
        for at in starts
    ]
