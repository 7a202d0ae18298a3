"""Where everything is, as exact functions of the frame number.

A point of the still travels to a frame through `arrival @ camera @ object`; each is a homography (3, 3) and is the
identity at frame 0, except for the arrival.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from simulator.raster import rotation, scaling, shift
from simulator.scene import Camera, Homography, Motion, Point, Scene, Surface

_REST = 0.4
"""Seconds that movement takes to get going, as generated clips begin."""
_SHAKE_HZ = (0.37, 0.83, 1.31, 2.03)
"""Incommensurate, so that a hand-held path does not repeat within a clip."""


def eased(seconds: float) -> float:
    """Seconds of full-speed travel after `seconds` from a standing start: t − r(1 − e^(−t/r))."""
    return seconds - _REST * (1 - float(np.exp(-seconds / _REST)))


def tilted(about_x: float, about_y: float, focal: float) -> Homography:
    """The view of a plane through the origin turned out of the picture, camera `focal` pixels away; (3, 3)."""
    a, b = np.radians(about_x), np.radians(about_y)
    turn_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    turn_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    r = turn_y @ turn_x
    return np.array([[r[0, 0], r[0, 1], 0], [r[1, 0], r[1, 1], 0], [r[2, 0] / focal, r[2, 1] / focal, 1]])


def _about(centre: Point, matrix: Homography) -> Homography:
    return shift(*centre) @ matrix @ shift(-centre[0], -centre[1])


def arrival_matrix(scene: Scene) -> Homography:
    """Still pixels → pixels of frame 0, for everything; shape (3, 3)."""
    arrival = scene.arrival
    fit = scaling(scene.width / scene.still_width, scene.height / scene.still_height)
    middle = (scene.width / 2, scene.height / 2)
    change = shift(*arrival.offset) @ _about(middle, scaling(arrival.scale, arrival.scale) @ rotation(arrival.turn))
    return change @ fit


def camera_matrix(camera: Camera, centre: Point, seconds: float, parallax: float) -> Homography:
    """Movement that the camera gives to things of that parallax, in still pixels; shape (3, 3)."""
    going = eased(seconds)
    rng = np.random.default_rng([camera.seed, 7])
    phases = rng.uniform(0, 2 * np.pi, (2, len(_SHAKE_HZ)))
    hertz = np.array(_SHAKE_HZ)
    # Amplitude falls with frequency as a hand's does; √2 over the norm makes `shake` the RMS.
    weights = (1 / hertz) * np.sqrt(2) / np.linalg.norm(1 / hertz)
    wobble = (np.sin(2 * np.pi * hertz * seconds + phases) - np.sin(phases)) @ weights * camera.shake
    zoom = float(np.exp(camera.zoom * going * parallax))
    moved = shift(
        parallax * (camera.pan[0] * going + float(wobble[0])),
        parallax * (camera.pan[1] * going + float(wobble[1])),
    )
    return moved @ _about(centre, scaling(zoom, zoom) @ rotation(camera.roll * going))


def object_matrix(motion: Motion, centre: Point, seconds: float, focal: float) -> Homography:
    """An object's own movement about `centre`, in still pixels; shape (3, 3)."""
    phase = np.radians(motion.phase)
    swing = float(np.sin(2 * np.pi * seconds / motion.period + phase) - np.sin(phase))
    going = eased(seconds)
    moved = shift(motion.drift[0] * going + motion.sway[0] * swing, motion.drift[1] * going + motion.sway[1] * swing)
    turned = tilted(motion.tilt[0] * swing, motion.tilt[1] * swing, focal) @ rotation(motion.turn * swing)
    return moved @ _about(centre, turned)


def _focal(scene: Scene) -> float:
    return 1.4 * max(scene.still_width, scene.still_height)


def placement(scene: Scene, surface: Surface) -> Homography:
    """A surface's own pixels (origin at its top-left corner) → still pixels; shape (3, 3)."""
    middle = (surface.width / 2, surface.height / 2)
    posed = _about(middle, tilted(*surface.leaning, _focal(scene)) @ rotation(surface.turned))
    return shift(surface.x, surface.y) @ posed


def surface_matrix(scene: Scene, surface: Surface, frame: int | Fraction) -> Homography:
    """Still pixels → pixels of a frame, for points on a surface; shape (3, 3)."""
    seconds = float(scene.seconds(frame))
    centre = (surface.x + surface.width / 2, surface.y + surface.height / 2)
    own = object_matrix(surface.motion, centre, seconds, _focal(scene))
    return arrival_matrix(scene) @ _camera(scene, seconds, surface.parallax) @ own


def backdrop_matrix(scene: Scene, frame: int | Fraction) -> Homography:
    """Still pixels → pixels of a frame, for points on the backdrop; shape (3, 3)."""
    return arrival_matrix(scene) @ _camera(scene, float(scene.seconds(frame)), scene.backdrop.parallax)


def _camera(scene: Scene, seconds: float, parallax: float) -> Homography:
    return camera_matrix(scene.camera, (scene.still_width / 2, scene.still_height / 2), seconds, parallax)
