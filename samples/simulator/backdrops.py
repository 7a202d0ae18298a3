"""What is behind everything: walls, tables, streets and light, drawn."""

from __future__ import annotations

import numpy as np

from simulator.raster import Image, Real, blurred, enlarged, grid, noise, over, smoothstep
from simulator.scene import Backdrop, Colour


def draw_backdrop(backdrop: Backdrop, width: int, height: int, *, scale: float) -> Image:
    """The backdrop as an RGB picture 0..1, shape (height, width, 3); `scale` is its pixels per still pixel."""
    rng = np.random.default_rng([backdrop.seed, 3])
    base, accent = tone(backdrop.colour), tone(backdrop.accent)
    draw = {
        "studio": _studio, "bokeh": _bokeh, "cafe": _cafe, "tiles": _tiles,
        "brick": _brick, "wood": _wood, "street": _street,
    }[backdrop.kind]  # fmt: skip
    picture = blurred(draw(width, height, base, accent, rng), backdrop.defocus * scale)
    x, y = grid(width, height)
    vignette = 1 - 0.35 * ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * 2
    return np.asarray(np.clip(picture * vignette[..., None], 0, 1), np.float32)


def tone(colour: Colour) -> Image:
    """An 8-bit colour as float32 0..1, shape (3,)."""
    return np.asarray(np.asarray(colour) / 255, np.float32)


def _mixed(a: Real, b: Real, share: Real) -> Image:
    weight = share[..., None]
    return np.asarray((1 - weight) * a + weight * b, np.float32)


def _studio(width: int, height: int, base: Image, accent: Image, rng: np.random.Generator) -> Image:
    x, y = grid(width, height)
    spot = np.exp(-(((x / width - 0.5) / 0.45) ** 2 + ((y / height - 0.42) / 0.38) ** 2))
    wall = _mixed(base * 0.75, np.minimum(base * 0.6 + accent * 0.55, 1), spot)
    floor = smoothstep(0.74, 0.86, y / height + 0 * x)
    return wall * (1 - 0.25 * floor[..., None])


def _discs(
    picture: Image, count: int, radius: tuple[float, float], colours: list[Image], top: float, bottom: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Add out-of-focus points of light between the heights `top` and `bottom` (0..1), in place."""
    height, width = picture.shape[:2]
    for _ in range(count):
        r = float(rng.uniform(*radius)) * width
        cx, cy = float(rng.uniform(0, width)), float(rng.uniform(top, bottom)) * height
        x0, x1 = max(int(cx - r - 3), 0), min(int(cx + r + 4), width)
        y0, y1 = max(int(cy - r - 3), 0), min(int(cy + r + 4), height)
        if x0 >= x1 or y0 >= y1:
            continue
        gx, gy = grid(x1 - x0, y1 - y0)
        far = np.hypot(gx + x0 - cx, gy + y0 - cy).astype(np.float32)
        rim = 0.75 + 0.25 * smoothstep(0.6, 0.97, far / r)
        strength = float(rng.uniform(0.08, 0.5)) * (1 - smoothstep(r - 2.5, r + 1.5, far)) * rim
        colour = colours[int(rng.integers(len(colours)))]
        patch = picture[y0:y1, x0:x1]
        picture[y0:y1, x0:x1] = 1 - (1 - patch) * (1 - strength[..., None] * colour)


def _bokeh(width: int, height: int, base: Image, accent: Image, rng: np.random.Generator) -> Image:
    clouds = noise(width, height, width * 0.45, rng)
    picture = _mixed(base * 0.35, base * 0.9, clouds)
    _discs(picture, 55, (0.02, 0.085), [accent, accent * 0.7 + 0.3, base * 0.5 + 0.4], 0.0, 1.0, rng)
    return picture


def _cafe(width: int, height: int, base: Image, accent: Image, rng: np.random.Generator) -> Image:
    """A dim room with lights, and a wooden table before it."""
    edge = int(height * 0.70)
    x, y = grid(width, height)
    room = _mixed(base * 0.28, base * 0.75, noise(width, height, width * 0.5, rng))
    shelf = smoothstep(0.45, 0.6, noise(width, height, width * 0.13, rng, stretch=2.6))
    room = np.asarray(room * (0.82 + 0.3 * shelf[..., None]), np.float32)
    _discs(room, 46, (0.022, 0.075), [accent, accent * 0.75 + 0.2, np.ones(3, np.float32) * 0.8], 0.0, 0.55, rng)
    room = blurred(room, width * 0.006)
    table = enlarged(
        _wood(width // 2, (height - edge) // 2, base * 0.8 + accent * 0.1, accent, rng), width, height - edge
    )
    depth = (np.arange(height - edge, dtype=np.float32) / (height - edge))[:, None]
    glow = np.exp(-(((x - width * 0.5) / (width * 0.42)) ** 2)) * np.exp(-((depth - 0.35) ** 2) / 0.18)
    dimmed = blurred(table, width * 0.004, width * 0.002) * (0.42 + 0.5 * depth[..., None])
    room[edge:] = dimmed + accent * (0.2 * glow)[..., None]
    near_edge = np.exp(-(((y - edge) / (height * 0.004)) ** 2)) + 0 * x
    return blurred(over(room, accent * 0.55, 0.35 * near_edge.astype(np.float32)), width * 0.003)


def _wood(width: int, height: int, base: Image, accent: Image, rng: np.random.Generator) -> Image:
    """Horizontal planks."""
    x, y = grid(width, height)
    plank_h = max(height / 6, 24)
    index = (y // plank_h).astype(int)
    shade = rng.uniform(0.8, 1.05, int(index.max()) + 1).astype(np.float32)[index]
    bend = noise(width, height, width * 0.4, rng)
    rings = np.sin((y + 40 * bend) / plank_h * 21 + 9 * bend) * 0.5 + 0.5
    fibre = noise(height, width, 2.5, rng, stretch=40).T
    picture = base * (shade * (0.8 + 0.16 * rings + 0.14 * fibre))[..., None]
    seam = np.minimum(y % plank_h, plank_h - y % plank_h) + 0 * x
    return np.asarray(picture * (0.55 + 0.45 * smoothstep(0.0, plank_h * 0.04 + 1.5, seam))[..., None], np.float32)


def _tiles(width: int, height: int, base: Image, accent: Image, rng: np.random.Generator) -> Image:
    """Glazed tiles in running bond."""
    x, y = grid(width, height)
    tile_w, tile_h = width / 5.5, width / 11
    row = (y // tile_h).astype(int)
    along = x + (row % 2) * tile_w / 2
    column = (along // tile_w).astype(int)
    shade = rng.uniform(0.9, 1.04, (int(row.max()) + 1, int(column.max()) + 1)).astype(np.float32)[row, column]
    u, v = (along % tile_w) / tile_w, (y % tile_h) / tile_h
    edge = np.minimum(np.minimum(u, 1 - u) * tile_w, np.minimum(v, 1 - v) * tile_h).astype(np.float32)
    glaze = 0.93 + 0.1 * (1 - v) * u
    face = base * (shade * glaze * (0.9 + 0.1 * smoothstep(2, 9, edge)))[..., None]
    grout = 1 - smoothstep(tile_h * 0.025, tile_h * 0.025 + 2.0, edge)
    lamp = np.exp(-(((x / width - 0.35) / 0.6) ** 2 + ((y / height - 0.2) / 0.5) ** 2))
    return over(face, base * 0.62, grout) * (0.78 + 0.3 * lamp)[..., None] * (0.85 + 0.15 * accent)


def _brick(width: int, height: int, base: Image, accent: Image, rng: np.random.Generator) -> Image:
    """Old brickwork in running bond under a wall lamp."""
    x, y = grid(width, height)
    brick_w, brick_h = width / 6.2, width / 18.6
    ragged = (noise(width, height, brick_h * 0.5, rng) - 0.5) * brick_h * 0.16
    down = y + ragged
    row = (np.maximum(down, 0) // brick_h).astype(int)
    along = x + ragged + (row % 2 + 1) * brick_w / 2
    column = (along // brick_w).astype(int)
    kind = (int(row.max()) + 1, int(column.max()) + 1)
    shade = rng.uniform(0.72, 1.08, kind).astype(np.float32)[row, column]
    warmth = rng.uniform(-0.1, 0.12, kind).astype(np.float32)[row, column]
    tint = np.stack([1 + warmth, 1 + 0 * warmth, 1 - warmth], axis=-1)
    u, v = along % brick_w, down % brick_h
    edge = np.minimum(np.minimum(u, brick_w - u), np.minimum(v, brick_h - v)).astype(np.float32)
    pits = 0.86 + 0.28 * noise(width, height, 3, rng)
    face = base * tint * (shade * pits * (0.86 + 0.14 * smoothstep(0.05 * brick_h, 0.3 * brick_h, edge)))[..., None]
    mortar = 1 - smoothstep(0.06 * brick_h, 0.06 * brick_h + 2, edge)
    wall = over(face, base * 0.55 + 0.12, mortar)
    lamp = np.exp(-(((x / width - 0.5) / 0.55) ** 2 + ((y / height - 0.25) / 0.4) ** 2))
    return np.clip(wall * (0.66 + 0.5 * lamp)[..., None] + accent * (0.05 * lamp)[..., None], 0, 1)


def _street(width: int, height: int, base: Image, accent: Image, rng: np.random.Generator) -> Image:
    """House fronts with lit windows at dusk, far out of focus."""
    x, y = grid(width, height)
    sky = _mixed(base * 0.55, base * 0.5 + accent * 0.4, smoothstep(0.0, 0.7, y / height + 0 * x))
    left = 0.0
    while left < width:
        right = left + width * float(rng.uniform(0.12, 0.3))
        roof = height * float(rng.uniform(0.08, 0.4))
        inside = ((x >= left) & (x < right) & (y >= roof)).astype(np.float32)
        sky = over(sky, base * float(rng.uniform(0.25, 0.6)), inside)
        left = right
    picture = blurred(sky, width * 0.012)
    _discs(
        picture,
        70,
        (0.008, 0.035),
        [accent, accent * 0.6 + 0.4, np.array([0.6, 0.75, 1.0], np.float32)],
        0.2,
        0.9,
        rng,
    )
    road = smoothstep(0.8, 0.84, y / height + 0 * x)
    return over(picture, base * 0.3 + accent * 0.1, 0.8 * road)
