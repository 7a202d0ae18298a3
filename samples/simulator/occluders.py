"""What passes in front: shapes by signed distance, so their alpha is exact at any point."""

from __future__ import annotations

import numpy as np

from simulator.backdrops import tone
from simulator.raster import Image, Real, smoothstep
from simulator.scene import Occluder, Scene


def occluder_centre(scene: Scene, occluder: Occluder, frame: int) -> tuple[float, float]:
    """Where the occluder is in a frame, in frame pixels."""
    seconds = float(scene.seconds(frame))
    return (
        (occluder.start[0] + occluder.velocity[0] * seconds) * scene.width,
        (occluder.start[1] + occluder.velocity[1] * seconds) * scene.height,
    )


def occluder_distance(scene: Scene, occluder: Occluder, frame: int, x: Real, y: Real) -> Image:
    """Signed distance in frame pixels from points to the occluder's edge, negative inside; `x`, `y` broadcast."""
    cx, cy = occluder_centre(scene, occluder, frame)
    angle, size = np.radians(occluder.angle), occluder.size * scene.width
    along = ((x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)) / size
    across = ((y - cy) * np.cos(angle) - (x - cx) * np.sin(angle)) / size
    if occluder.kind == "ball":
        unit = np.hypot(along, across) - 1
    elif occluder.kind == "bar":
        unit = np.abs(across) - 1 + 0 * along
    else:
        unit = _hand(along, across)
    return np.asarray(unit * size, np.float32)


def occluder_alpha(scene: Scene, frame: int, x: Real, y: Real) -> Image:
    """Exact opacity 0..1 of the occluder at frame points; zero without one. `x` and `y` broadcast."""
    if scene.occluder is None:
        return np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)
    half = scene.occluder.softness / 2
    return 1 - smoothstep(-half, half, occluder_distance(scene, scene.occluder, frame, x, y))


def occluder_colour(scene: Scene, occluder: Occluder, frame: int, x: Real, y: Real) -> Image:
    """Shaded colour 0..1 at frame points, shape (height, width, 3)."""
    size = occluder.size * scene.width
    cx, cy = occluder_centre(scene, occluder, frame)
    depth = np.clip(-occluder_distance(scene, occluder, frame, x, y) / (0.6 * size), 0, 1)
    side = np.clip(-((x - cx) + 1.4 * (y - cy)) / (2.4 * size), -1, 1)
    light = 0.62 + 0.3 * np.sqrt(depth) + 0.2 * side * depth
    colour = tone(occluder.colour) * light[..., None]
    if occluder.kind == "ball":
        spot = np.exp(-(((x - cx + 0.38 * size) ** 2 + (y - cy + 0.42 * size) ** 2) / (0.12 * size) ** 2))
        colour = colour + 0.45 * spot[..., None]
    return np.asarray(np.clip(colour, 0, 1), np.float32)


def _capsule(x: Real, y: Real, ax: float, ay: float, bx: float, by: float, ra: float, rb: float) -> Image:
    """Distance to a limb from (ax, ay), radius `ra`, to (bx, by), radius `rb`."""
    dx, dy = bx - ax, by - ay
    t = np.clip(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0, 1)
    return np.asarray(np.hypot(x - ax - t * dx, y - ay - t * dy) - (ra + (rb - ra) * t), np.float32)


def _joined(a: Real, b: Real, soft: float) -> Image:
    """Union with a fillet of about `soft`."""
    blend = np.clip(0.5 + (b - a) / (2 * soft), 0, 1)
    return np.asarray(b + (a - b) * blend - soft * blend * (1 - blend), np.float32)


def _hand(x: Real, y: Real) -> Image:
    """A hand that reaches toward +x, palm of radius 1 at the origin, forearm running off toward −x."""
    shape = _capsule(x, y, -0.15, -0.1, 0.2, 0.1, 0.85, 0.95)
    shape = _joined(shape, _capsule(x, y, -0.6, 0.0, -40.0, 2.4, 0.7, 1.7), 0.35)
    for root, tip, tip_x in ((-0.68, -0.95, 1.75), (-0.22, -0.3, 2.15), (0.25, 0.3, 2.1), (0.68, 0.85, 1.75)):
        shape = _joined(shape, _capsule(x, y, 0.65, root, tip_x, tip, 0.27, 0.2), 0.12)
    return _joined(shape, _capsule(x, y, -0.2, -0.55, 0.75, -1.6, 0.36, 0.23), 0.2)
