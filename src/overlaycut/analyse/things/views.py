"""Views of a thing: a reference picture, or a part of a frame, with what it is recognised by."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.things.parameters import ThingParameters
from overlaycut.core.frame import Picture, Plane
from overlaycut.core.geometry import Box, FloatArray, Points
from overlaycut.vision.random_state import with_seed
from overlaycut.vision.thumbnails import reduced, reduced_size

_LIGHTS, _CHROMAS = 6, 16
"""Bins of lightness, and of either chroma axis, in CIELAB; chroma from 64 to 192 of its 8-bit range."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """SIFT features of a picture."""

    points: Points
    """(n, 2), pixels."""
    descriptors: NDArray[np.float32]
    """(n, 128)."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A picture of a thing and what it is recognised by."""

    picture: Picture
    """RGB, cut to the thing."""
    mask: Plane
    """255 on the thing."""
    features: Features
    colours: FloatArray
    """Histogram over CIELAB that adds up to 1."""


def features_of(
    picture: Picture, mask: Plane | None = None, *, parameters: ThingParameters = ThingParameters()
) -> Features:
    """Features of an RGB picture, inside `mask` where there is one."""
    finder = cv2.SIFT.create(nfeatures=parameters.features, contrastThreshold=parameters.contrast)
    keypoints, descriptors = finder.detectAndCompute(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), mask)
    if descriptors is None:
        return Features(np.empty((0, 2)), np.empty((0, 128), np.float32))
    root = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9))
    return Features(np.array([k.pt for k in keypoints], np.float64), np.asarray(root, np.float32))


def bins_of(picture: Picture) -> NDArray[np.int64]:
    """The bin of each pixel's colour in a histogram as `colours_of` makes it."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.int64)
    light = lab[..., 0] * _LIGHTS // 256
    a, b = (np.clip((lab[..., n] - 64) * _CHROMAS // 128, 0, _CHROMAS - 1) for n in (1, 2))
    return np.asarray((light * _CHROMAS + a) * _CHROMAS + b, np.int64)


def colours_of(picture: Picture, mask: Plane | None = None) -> FloatArray:
    """Histogram of an RGB picture's colours, neighbouring bins sharing, inside `mask` where there is one."""
    weights = None if mask is None else (mask.ravel() / 255.0)
    size = _LIGHTS * _CHROMAS**2
    counts = np.bincount(bins_of(picture).ravel(), weights=weights, minlength=size).astype(np.float64)
    soft = counts.reshape(_LIGHTS, _CHROMAS, _CHROMAS)
    for axis in range(3):
        before, after = np.roll(soft, 1, axis), np.roll(soft, -1, axis)
        before[(slice(None),) * axis + (0,)] = 0
        after[(slice(None),) * axis + (-1,)] = 0
        soft = 0.5 * soft + 0.25 * (before + after)
    return np.asarray(soft.ravel() / max(float(soft.sum()), 1e-9), np.float64)


def likeness(one: FloatArray, other: FloatArray) -> float:
    """Bhattacharyya's coefficient of two histograms: 1 when they are the same, 0 when they share no colour."""
    return float(np.sqrt(one * other).sum())


def view_of(picture: Picture, mask: Plane, *, parameters: ThingParameters = ThingParameters()) -> View:
    """What an RGB picture shows inside `mask` (255 inside), cut to it. Raises ValueError for an empty mask."""
    box = Box.of(mask)
    cut, inside = np.ascontiguousarray(picture[box.slices]), np.ascontiguousarray(mask[box.slices])
    return View(cut, inside, features_of(cut, inside, parameters=parameters), colours_of(cut, inside))


def reference_view(picture: Picture, *, parameters: ThingParameters = ThingParameters()) -> View:
    """A thing of which an RGB picture is given: what is unlike the picture's outermost edge, or all of it."""
    height, width = picture.shape[:2]
    small = reduced(picture, reduced_size(width, height, parameters.reference_px, least=16))
    return view_of(small, _cut_out(small, parameters), parameters=parameters)


def _cut_out(picture: Picture, parameters: ThingParameters) -> Plane:
    """A mask of the thing that an RGB reference shows, 255 inside: it fills the picture up to a narrow edge.

    GrabCut (Rother et al., 2004) from that rectangle; all of the picture where next to nothing is left.
    """
    height, width = picture.shape[:2]
    edge = max(round(parameters.reference_edge * min(height, width)), 1)
    labels: Plane = np.zeros((height, width), np.uint8)
    models, rectangle = (np.zeros((1, 65)), np.zeros((1, 65))), (edge, edge, width - 2 * edge, height - 2 * edge)
    rounds = parameters.subject.iterations
    with_seed(1, lambda: cv2.grabCut(picture, labels, rectangle, *models, rounds, cv2.GC_INIT_WITH_RECT))
    inside = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.uint8)
    mask = np.asarray(255 * cv2.morphologyEx(inside, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    return mask if (mask > 0).mean() >= parameters.subject.least_area else np.full((height, width), 255, np.uint8)


def colourful(view: View, parameters: ThingParameters) -> bool:
    """Whether a thing has colours that tell it from what is grey."""
    lab = cv2.cvtColor(view.picture, cv2.COLOR_RGB2LAB).astype(np.float64)[view.mask > 0]
    chroma = np.hypot(lab[:, 1] - 128, lab[:, 2] - 128)
    return bool((chroma >= parameters.chroma).mean() >= parameters.colourful)
