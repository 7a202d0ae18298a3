"""The things that lettering is on, lit from the upper left."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from simulator.backdrops import tone
from simulator.raster import Image, Real, blurred, enlarged, grid, noise, over, smoothstep
from simulator.scene import Surface


@dataclass(frozen=True, slots=True)
class Body:
    """A thing without its lettering; what is printed on it goes between `albedo` and the light."""

    albedo: Image
    """(height, width, 3), 0..1."""
    alpha: Image
    """(height, width), 0..1."""
    shade: Image
    """(height, width): what the albedo is multiplied by."""
    gloss: Image
    """(height, width): light reflected on top, added in all channels."""

    def lit(self, colour: Image) -> Image:
        """`colour` (height, width, 3), as this body's light shows it."""
        result: Image = colour * self.shade[..., None] + self.gloss[..., None]
        return result


def draw_body(surface: Surface, width: int, height: int) -> Body:
    """The body of a surface in a texture of `width` x `height` pixels."""
    rng = np.random.default_rng([surface.seed, 5])
    base, accent = tone(surface.colour), tone(surface.accent)
    draw = {
        "bare": _bare, "bottle": _bottle, "can": _can, "box": _box, "sign": _sign,
        "poster": _poster, "shirt": _shirt, "presenter": _presenter,
    }[surface.body]  # fmt: skip
    return draw(width, height, base, accent, rng)


def _filled(width: int, height: int, colour: Image) -> Image:
    return np.broadcast_to(colour, (height, width, 3)).astype(np.float32)


def _rounded(width: int, height: int, inset: float, radius: float) -> Image:
    """Coverage of a rectangle with round corners, `inset` pixels inside the texture; (height, width)."""
    x, y = grid(width, height)
    qx = np.abs(x - width / 2) - (width / 2 - inset - radius)
    qy = np.abs(y - height / 2) - (height / 2 - inset - radius)
    outside = np.hypot(np.maximum(qx, 0), np.maximum(qy, 0)) + np.minimum(np.maximum(qx, qy), 0) - radius
    return np.asarray(np.clip(0.5 - outside, 0, 1), np.float32)


def _band(values: Real, low: float, high: float, soft: float) -> Image:
    """1 between `low` and `high`, with edges `soft` wide."""
    return smoothstep(low - soft / 2, low + soft / 2, values) * (
        1 - smoothstep(high - soft / 2, high + soft / 2, values)
    )


def _bare(width: int, height: int, base: Image, accent: Image, rng: np.random.Generator) -> Body:
    nothing = np.zeros((height, width), np.float32)
    return Body(_filled(width, height, base), nothing, nothing + 1, nothing)


def _turned_shade(u: Real) -> Image:
    """Light on an upright cylinder, lit from the left, for u = −1..1 across it."""
    return np.asarray(0.42 + 0.62 * np.exp(-(((u + 0.32) / 0.62) ** 2)) - 0.16 * np.abs(u) ** 6, np.float32)


def _profile(y: Real, knots: list[tuple[float, float]]) -> Image:
    """Half width of a turned body at heights `y` (0..1), smooth through `knots` of (height, half width)."""
    at, half = np.array(knots).T
    return np.asarray(np.interp(y, at, half), np.float32)


def _bottle(width: int, height: int, base: Image, accent: Image, rng: np.random.Generator) -> Body:
    """A dark glass bottle with a cap and a paper label in the accent colour over 0.47..0.88 of its height."""
    x, y = grid(width, height)
    v = y / height
    outline = _profile(v, [
        (0.0, 0.19), (0.012, 0.205), (0.075, 0.205), (0.078, 0.175), (0.21, 0.178), (0.26, 0.215), (0.32, 0.36),
        (0.37, 0.455), (0.42, 0.492), (0.47, 0.5), (1.0, 0.5),
    ])  # fmt: skip
    half = blurred(np.repeat(outline, 8, axis=1), 0.1, height * 0.008)[:, :1] * width
    half[: int(height * 0.085)] = outline[: int(height * 0.085)] * width
    heel = np.clip((v - 0.965) / 0.035, 0, 1)
    half = np.asarray(half - 0.075 * width * (1 - np.sqrt(1 - heel**2)), np.float32)
    u = (x - width / 2) / half
    inside = np.clip(half - np.abs(x - width / 2) + 0.5, 0, 1)
    alpha = inside * smoothstep(0.0, 3.0, y) * (1 - smoothstep(height - 4.0, height - 1.0, y))

    glass = base * (0.35 + 0.75 * np.exp(-(((u - 0.1) / 0.75) ** 2)))[..., None]
    liquid = smoothstep(0.29, 0.30, v + 0 * x)
    glass = glass * (1.25 - 0.45 * liquid)[..., None]
    cap = 1 - smoothstep(0.076, 0.078, v + 0 * x)
    ridges = 0.86 + 0.14 * np.cos(np.arcsin(np.clip(u, -1, 1)) * 42)
    glass = over(glass, accent * 0.28, cap * 0.95) * (1 - cap * (1 - ridges))[..., None]

    label = _band(v + 0 * x, 0.47, 0.88, 2.5 / height)
    albedo = over(glass, accent, label)
    for edge in (0.484, 0.866):
        albedo = over(albedo, base * 0.8, label * _band(v + 0 * x, edge - 0.0022, edge + 0.0022, 2 / height))
    fibre = noise(width, height, 3, rng)
    albedo = albedo * (1 - 0.03 * label * fibre)[..., None]

    paper_light = 0.52 + 0.5 * np.exp(-(((u + 0.25) / 0.85) ** 2)) - 0.14 * np.abs(u) ** 6
    shade = np.where(label > 0.5, paper_light, 0.6 + 0.4 * _turned_shade(u))
    strip = _band(u, -0.74, -0.52, 0.12) * 0.5 + _band(u, 0.78, 0.9, 0.08) * 0.28
    softbox = smoothstep(0.085, 0.12, v) * (1 - smoothstep(0.9, 0.97, v)) + 0.25 * cap
    gloss = strip * softbox * (1 - 0.93 * label) + 0.03 * np.abs(u) ** 8
    return Body(albedo, alpha.astype(np.float32), shade.astype(np.float32), gloss.astype(np.float32))


def _can(width: int, height: int, base: Image, accent: Image, rng: np.random.Generator) -> Body:
    """A drinks can: printed wall over 0.1..0.92 of its height, bare metal at both ends."""
    x, y = grid(width, height)
    v = y / height
    outline = _profile(v, [
        (0.0, 0.415), (0.008, 0.43), (0.03, 0.43), (0.036, 0.418), (0.095, 0.492), (0.115, 0.5),
        (0.9, 0.5), (0.925, 0.49), (0.975, 0.425), (0.99, 0.425), (1.0, 0.40),
    ])  # fmt: skip
    half = outline * width
    u = (x - width / 2) / half
    inside = np.clip(half - np.abs(x - width / 2) + 0.5, 0, 1)
    alpha = inside * smoothstep(0.0, 3.0, y) * (1 - smoothstep(height - 4.0, height - 1.0, y))
    v_full = v + 0 * x
    print_on = _band(v_full, 0.098, 0.922, 3 / height)
    metal = np.float32(0.62) + 0.3 * np.cos(5.5 * u + 0.6)
    wall = np.asarray(_filled(width, height, base) * (1.06 - 0.22 * v_full)[..., None], np.float32)
    # A sweep of the accent colour low on the wall, as if printed around it.
    label_x = np.arcsin(np.clip(u, -1, 1))
    crest = 0.775 + 0.025 * np.sin(2.2 * label_x + 0.6)
    wall = over(wall, accent * 0.9, smoothstep(-1.5 / height, 1.5 / height, v_full - crest))
    stripe = _band(v_full - crest, -0.022, -0.012, 2 / height)
    wall = over(wall, accent, stripe)
    albedo = over(np.repeat(metal[..., None], 3, axis=2), wall, print_on)
    shade = _turned_shade(u) * (1.0 - 0.12 * smoothstep(0.85, 1.0, v_full))
    shade = np.where(print_on > 0.5, shade + 0.05, 0.25 + 0.75 * shade)
    strip = 0.2 * np.exp(-(((u + 0.62) / 0.07) ** 2)) + 0.12 * np.exp(-(((u - 0.8) / 0.05) ** 2))
    gloss = strip * (0.35 + 0.65 * smoothstep(0.1, 0.2, v_full) * (1 - smoothstep(0.8, 0.92, v_full)))
    return Body(albedo, alpha.astype(np.float32), shade.astype(np.float32), gloss.astype(np.float32))


def _box(width: int, height: int, base: Image, accent: Image, rng: np.random.Generator) -> Body:
    """A carton seen from the front, with a band in the accent colour."""
    x, y = grid(width, height)
    v = y / height + 0 * x
    alpha = _rounded(width, height, 1, 0.012 * width)
    albedo = _filled(width, height, base)
    albedo = over(albedo, accent, _band(v, 0.72, 0.82, 2 / height))
    albedo = over(albedo, accent * 0.8, _band(v, 0.835, 0.842, 2 / height))
    albedo = albedo * (0.985 + 0.03 * noise(width, height, 4, rng))[..., None]
    u = x / width
    shade = 1.02 - 0.2 * u - 0.12 * v
    fold = np.minimum(np.minimum(x, width - x), np.minimum(y, height - y))
    shade = shade * (0.86 + 0.14 * smoothstep(0, 0.02 * width, fold))
    gloss = 0.05 * np.exp(-(((u - 0.25 + 0.2 * v) / 0.12) ** 2))
    return Body(albedo, alpha, shade.astype(np.float32), gloss.astype(np.float32))


def _sign(width: int, height: int, base: Image, accent: Image, rng: np.random.Generator) -> Body:
    """A painted board with a raised rim and four screws."""
    x, y = grid(width, height)
    rim = 0.05 * min(width, height)
    alpha = _rounded(width, height, 1, 2.2 * rim)
    face = _rounded(width, height, rim, 1.5 * rim)
    line = _rounded(width, height, 1.7 * rim, 1.1 * rim) - _rounded(width, height, 1.95 * rim, 0.95 * rim)
    albedo = over(_filled(width, height, accent * 0.75), base, face)
    albedo = over(albedo, accent, np.clip(line, 0, 1) * 0.85)
    albedo = albedo * (0.97 + 0.05 * noise(width, height, 5, rng, stretch=0.3))[..., None]
    shade = 1.06 - 0.22 * y / height - 0.1 * x / width
    gloss = 0.06 * blurred(np.clip(alpha - face, 0, 1), 1.5)
    for cx in (2.9 * rim, width - 2.9 * rim):
        for cy in (2.9 * rim, height - 2.9 * rim):
            far = np.hypot(x - cx, y - cy).astype(np.float32)
            head = 1 - smoothstep(0.28 * rim, 0.28 * rim + 1.5, far)
            albedo = over(albedo, accent * 0.6, head)
            gloss = gloss + 0.25 * head * np.exp(-((x - cx + 2) ** 2 + (y - cy + 2) ** 2) / (0.03 * rim**2 + 2))
    return Body(albedo, alpha, shade.astype(np.float32), gloss.astype(np.float32))


def _poster(width: int, height: int, base: Image, accent: Image, rng: np.random.Generator) -> Body:
    """Paper with a sun over hills below its middle; its upper part is left for lettering."""
    x, y = grid(width, height)
    u, v = x / width, y / height + 0 * x
    alpha = _rounded(width, height, 1, 2)
    sky = base * (1.08 - 0.35 * v)[..., None] + accent * (0.25 * smoothstep(0.3, 0.75, v))[..., None]
    far = np.hypot((u - 0.62) * width, (v - 0.66) * height).astype(np.float32)
    art = over(sky, accent, 1 - smoothstep(0.17 * width - 1, 0.17 * width + 1, far))
    for depth, (lift, waves) in enumerate([(0.68, 2.3), (0.76, 3.1), (0.85, 1.7)]):
        ridge = lift + 0.035 * np.sin(waves * 3.1 * u + depth * 1.7) + 0.018 * np.sin(waves * 7.7 * u + depth)
        hill = base * (0.62 - 0.16 * depth) + accent * (0.12 - 0.03 * depth)
        art = over(art, hill, smoothstep(-1.5 / height, 1.5 / height, v - ridge))
    inner = _rounded(width, height, 0.035 * width, 1)
    albedo = over(_filled(width, height, np.full(3, 0.93, np.float32)), art, inner)
    albedo = albedo * (0.985 + 0.03 * noise(width, height, 3, rng))[..., None]
    curl = noise(width, height, width * 0.5, rng)
    shade = 0.97 + 0.08 * (curl - 0.5) - 0.08 * v
    return Body(albedo, alpha, shade.astype(np.float32), np.zeros_like(alpha))


def _shirt(width: int, height: int, base: Image, accent: Image, rng: np.random.Generator) -> Body:
    """A T-shirt laid out by itself, with a neckline, sleeves and folds."""
    corners = np.array([
        (0.36, 0.03), (0.64, 0.03), (0.80, 0.08), (1.0, 0.33), (0.86, 0.43), (0.79, 0.34), (0.80, 0.98),
        (0.20, 0.98), (0.21, 0.34), (0.14, 0.43), (0.0, 0.33), (0.20, 0.08),
    ])  # fmt: skip
    inset = 0.015
    points = (corners * (1 - 2 * inset) + inset) * [width, height]
    cloth = np.zeros((height, width), np.uint8)
    cv2.fillPoly(cloth, [np.rint(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    x, y = grid(width, height)
    neck = np.hypot((x / width - 0.5) / 0.115, (y / height - 0.025) / 0.085).astype(np.float32)
    # Blur and a steep threshold round the corners.
    shape = smoothstep(0.5 - 0.1, 0.5 + 0.1, blurred(cloth.astype(np.float32) / 255, 0.012 * width))
    alpha = shape * smoothstep(1.0 - 4 / width, 1.0 + 4 / width, neck)
    collar = 1 - smoothstep(1.21, 1.24, neck)
    albedo = over(_filled(width, height, base), base * 0.8 + accent * 0.05, collar)
    albedo = albedo * (0.97 + 0.05 * noise(width, height, 2.5, rng))[..., None]
    folds = noise(width, height, width * 0.085, rng, stretch=4.2)
    broad = noise(width, height, width * 0.3, rng, stretch=1.6)
    u = x / width - 0.5
    calm = 1 - 0.65 * np.exp(-((u / 0.2) ** 2) - (((y / height) - 0.42) / 0.24) ** 2)
    shade = 0.92 + (0.5 * (folds - 0.5) + 0.2 * (broad - 0.5)) * calm - 0.5 * u**2 - 0.12 * u
    shade = shade * (0.75 + 0.25 * smoothstep(0.0, 0.05 * width, blurred(shape, 0.02 * width) * 0.08 * width))
    return Body(albedo, alpha.astype(np.float32), shade.astype(np.float32), np.zeros_like(alpha))


def _presenter(width: int, height: int, base: Image, accent: Image, rng: np.random.Generator) -> Body:
    """Eileen Collins in a pressure suit (NASA portrait, public domain, shipped with scikit-image), cut out."""
    photo: NDArray[np.uint8] = skimage.data.astronaut()  # type: ignore[no-untyped-call, unused-ignore]
    # What is surely her, and what may be, drawn by hand on the 512-pixel portrait.
    sure = [
        [(196, 40), (262, 40), (285, 90), (262, 150), (225, 178), (192, 150), (168, 92)],
        [(150, 190), (225, 175), (290, 215), (300, 290), (345, 300), (350, 345), (340, 505), (40, 505),
         (40, 420), (70, 290)],
        [(330, 380), (400, 360), (470, 400), (490, 470), (490, 508), (290, 508), (295, 440)],
    ]  # fmt: skip
    maybe = [
        [(150, 110), (145, 60), (180, 15), (230, 5), (285, 25), (312, 80), (295, 120), (268, 150), (300, 200),
         (318, 250), (365, 310), (375, 350), (430, 335), (490, 380), (511, 480), (511, 511), (15, 511),
         (15, 380), (35, 290), (70, 235), (105, 205), (120, 160), (165, 140)],
    ]  # fmt: skip
    label = np.full(photo.shape[:2], cv2.GC_BGD, np.uint8)
    cv2.fillPoly(label, [np.array(p, np.int32) for p in maybe], int(cv2.GC_PR_FGD))
    cv2.fillPoly(label, [np.array(p, np.int32) for p in sure], int(cv2.GC_FGD))
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(photo[..., ::-1]), label, (0, 0, 1, 1), *models, 4, cv2.GC_INIT_WITH_MASK)
    person = ((label == cv2.GC_FGD) | (label == cv2.GC_PR_FGD)).astype(np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(person)
    largest = 1 + int(np.argmax(stats[1:count, cv2.CC_STAT_AREA]))
    matte = enlarged((parts == largest).astype(np.float32), width, height)
    # Choke by a pixel of the portrait so that its own background does not fringe her.
    alpha = smoothstep(0.5, 0.85, blurred(matte, 1.3 * width / 512))
    albedo = np.clip(enlarged(photo.astype(np.float32) / 255, width, height), 0, 1)
    lit = np.ones_like(alpha)
    return Body(albedo, alpha, lit, np.zeros_like(alpha))
