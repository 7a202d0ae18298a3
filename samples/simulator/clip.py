"""A scene drawn: its still, its frames in three versions, and the truth about them.

Every layer is drawn once, finer than the frame, and warped straight from there into each frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator.backdrops import draw_backdrop, tone
from simulator.bending import rest, seen, turned_by
from simulator.bodies import Body, draw_body
from simulator.lettering import DENSITY, Glyphs, glyphs_of, rolled, unrolled
from simulator.melt import Ink, inked, intact
from simulator.motion import backdrop_matrix, placement, surface_matrix
from simulator.occluders import occluder_alpha, occluder_colour
from simulator.raster import (
    Image,
    Real,
    blurred,
    grid,
    looked_up,
    mapped,
    reduced,
    scaling,
    shift,
    smoothstep,
    warped,
)
from simulator.scene import Highlight, Homography, Lettering, Quad, Scene, Surface
from simulator.truth import Region, RegionFrame, Truth, quad_of

Version: TypeAlias = Literal["clip", "clean", "plate"]
"""The clip as it came back; the same with its lettering as in the still; the same without any lettering."""
Picture: TypeAlias = NDArray[np.uint8]
"""RGB, shape (height, width, 3), 0..255."""

_BACKDROP_DENSITY = 1.25
"""Backdrop pixels per still pixel."""
_BACKDROP_MARGIN = 0.14
"""Backdrop beyond each edge of the still, as a share of its size."""
_PAD = 0.06
"""Room around a body for its shadow, as a share of its shorter side."""
_STANDING = ("bottle", "can", "box")
"""Bodies that touch a table, if there is one, and darken it there."""
_MOMENTS = 7
"""Moments at which a frame is drawn whose shutter is open for a while."""
_FRIEZES = {"bottle": (0.515, 0.835), "can": (0.2, 0.66)}
"""Heights of the bands of print around bodies that turn, as shares of the body's."""
_FRAME_OVER = 2
"""Surfaces are warped to this many times the frame's resolution, then area-averaged."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """A surface, drawn."""

    surface: Surface
    body: Body
    pad: int
    """Texture pixels around the body on each side."""
    glyphs: tuple[Glyphs, ...]
    """In the order of the surface's lettering."""
    to_still: Homography
    """Padded texture → still pixels."""
    blank: Image
    """(height, width, 4) padded texture without lettering: lit RGB times alpha, and alpha."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """A clip with known truth. Frames are computed when asked for; equal scenes give equal pixels."""

    scene: Scene
    _backdrop: Image = field(repr=False)
    _layers: tuple[_Layer, ...] = field(repr=False)

    def still(self) -> Picture:
        """The key still: all lettering but the invented, neutral light, no noise, nothing in front."""
        scene = self.scene
        matrices = [np.eye(3) for _ in self._layers]
        picture = self._composed(scene.still_width, scene.still_height, np.eye(3), matrices, "clean", 0)
        return _eight_bit(picture)

    def frame(self, index: int, version: Version = "clip") -> Picture:
        """One frame, 0-based."""
        scene = self.scene
        if not 0 <= index < scene.frames:
            raise IndexError(f"frame {index} of {scene.frames}")
        picture = self._exposure(index, version)
        if scene.occluder is not None:
            alpha = self.occluder_alpha(index)
            if alpha.any():
                x, y = grid(scene.width, scene.height)
                colour = occluder_colour(scene, scene.occluder, index, x, y)
                picture = picture * (1 - alpha[..., None]) + colour * alpha[..., None]
        blur = float(np.hypot(scene.arrival.blur, scene.focus.at(float(scene.seconds(index)))))
        picture = blurred(_exposed(scene, index, picture), blur)
        return _eight_bit(picture + _grain(scene, index))

    def frames(self, version: Version = "clip") -> Iterator[Picture]:
        """All frames in order."""
        for index in range(self.scene.frames):
            yield self.frame(index, version)

    def occluder_alpha(self, index: int) -> Image:
        """Exact opacity of the occluder in a frame, float32 (height, width), 0..1; before `Arrival.blur`."""
        x, y = grid(self.scene.width, self.scene.height)
        return occluder_alpha(self.scene, index, x, y)

    def truth(self) -> Truth:
        """All that is known of the clip."""
        scene = self.scene
        return Truth(
            scene.width,
            scene.height,
            scene.still_width,
            scene.still_height,
            scene.fps,
            tuple(_unit(backdrop_matrix(scene, i)) for i in range(scene.frames)),
            tuple(
                self._region(depth, glyphs, line)
                for depth, layer in enumerate(self._layers)
                for glyphs, line in zip(layer.glyphs, layer.surface.lettering, strict=True)
            ),
        )

    def _exposure(self, index: int, version: Version) -> Image:
        """What reaches the sensor while the shutter is open, all but what passes in front."""
        scene = self.scene
        count = _MOMENTS if scene.camera.shutter else 1
        pictures = []
        for moment in range(count):
            at = index + Fraction(scene.camera.shutter) * (moment - Fraction(count - 1, 2)) / count
            matrices = [surface_matrix(scene, layer.surface, at) for layer in self._layers]
            pictures.append(
                self._composed(scene.width, scene.height, backdrop_matrix(scene, at), matrices, version, index)
            )
        return np.asarray(sum(pictures[1:], pictures[0]) / np.float32(count), np.float32)

    def _composed(
        self, width: int, height: int, backdrop: Homography, surfaces: list[Homography], version: Version, index: int
    ) -> Image:
        scene = self.scene
        margin = _BACKDROP_MARGIN
        to_still = shift(-margin * scene.still_width, -margin * scene.still_height) @ scaling(
            1 / _BACKDROP_DENSITY, 1 / _BACKDROP_DENSITY
        )
        picture = warped(self._backdrop, backdrop @ to_still, width, height, mirror=True)
        for layer, matrix in zip(self._layers, surfaces, strict=True):
            _lay(picture, _texture(scene, layer, version, index), matrix @ layer.to_still)
        return np.clip(picture, 0, 1)

    def _region(self, depth: int, glyphs: Glyphs, line: Lettering) -> Region:
        scene, surface = self.scene, self._layers[depth].surface
        place = placement(scene, surface)
        still_quad = mapped(place, _corners(glyphs.box))
        frames = []
        for i in range(scene.frames):
            ink = inked(glyphs, line.fault, i, float(scene.seconds(i)))
            matrix = _unit(surface_matrix(scene, surface, i))
            at = [seen(surface, corner, float(scene.seconds(i))) for corner in _corners(glyphs.box)]
            frames.append(
                RegionFrame(
                    quad=quad_of(mapped(matrix @ place, at)),
                    visibility=self._visibility(depth, glyphs, matrix @ place, i),
                    displacement=ink.displacement / DENSITY * _magnification(matrix @ place, glyphs.box),
                    corruption=ink.corruption,
                    presence=ink.presence,
                    homography=matrix,
                )
            )
        return Region(
            name=line.name,
            surface=surface.name,
            text=line.text,
            expected=None if line.state == "invented" else line.text,
            state=line.state,
            onset_frame=line.fault.onset if line.fault else None,
            still_quad=quad_of(still_quad),
            still_reach=quad_of(mapped(place, _corners(glyphs.reach))),
            frames=tuple(frames),
        )

    def _visibility(self, depth: int, glyphs: Glyphs, matrix: Homography, index: int) -> float:
        """Mean, over points spread evenly on the ink's box, of what reaches the camera."""
        scene = self.scene
        left, top, right, bottom = glyphs.box
        across = left + (right - left) * (np.arange(64) + 0.5) / 64
        down = top + (bottom - top) * (np.arange(24) + 0.5) / 24
        points = mapped(matrix, np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2))
        x, y = points.astype(np.float32).T
        seen = ((x >= 0) & (x < scene.width) & (y >= 0) & (y < scene.height)).astype(np.float32)
        seen *= 1 - occluder_alpha(scene, index, x, y)
        for nearer in self._layers[depth + 1 :]:
            to_frame = surface_matrix(scene, nearer.surface, index) @ nearer.to_still
            back: Homography = np.asarray(np.linalg.inv(to_frame), np.float64)
            u, v = (mapped(back, points) - 0.5).astype(np.float32).T
            inside = (u >= 0) & (u < nearer.blank.shape[1] - 1) & (v >= 0) & (v < nearer.blank.shape[0] - 1)
            seen *= 1 - inside * looked_up(np.ascontiguousarray(nearer.blank[..., 3]), u[None], v[None])[0]
        return float(seen.mean())


def simulate(scene: Scene) -> Simulation:
    """Draw a scene's layers. Raises ValueError when lettering does not fit on its surface."""
    margin, density = _BACKDROP_MARGIN, _BACKDROP_DENSITY
    width, height = (round(side * (1 + 2 * margin) * density) for side in (scene.still_width, scene.still_height))
    backdrop = draw_backdrop(scene.backdrop, width, height, scale=density)
    return Simulation(scene, backdrop, tuple(_layer(scene, surface) for surface in scene.surfaces))


def _layer(scene: Scene, surface: Surface) -> _Layer:
    width, height = surface.width * DENSITY, surface.height * DENSITY
    body = draw_body(surface, width, height)
    pad = int(_PAD * min(width, height)) if surface.body not in ("bare", "presenter") else 0
    alpha = np.pad(body.alpha, pad)
    reach = pad * 0.3
    # Light comes from the upper left.
    cast = np.roll(alpha, (round(reach), round(reach * 0.6)), axis=(0, 1))
    shadow = 0.5 * blurred(cast, reach) * (1 - alpha) if pad else 0 * alpha
    if surface.body in _STANDING and scene.backdrop.kind == "cafe":
        x, y = grid(alpha.shape[1], alpha.shape[0])
        across, down = (x - alpha.shape[1] / 2) / (0.47 * width), (y - pad - height + 2) / (0.45 * pad)
        shadow = np.maximum(shadow, 0.75 * np.exp(-(across**6) - down**2) * (1 - alpha)).astype(np.float32)
    to_still = placement(scene, surface) @ scaling(1 / DENSITY, 1 / DENSITY) @ shift(-pad, -pad)
    blank = np.zeros((height + 2 * pad, width + 2 * pad, 4), np.float32)
    blank[..., 3] = alpha + shadow
    inner = slice(pad, pad + height), slice(pad, pad + width)
    blank[(*inner, slice(0, 3))] = body.lit(body.albedo) * body.alpha[..., None]
    glyphs = tuple(glyphs_of(surface, line) for line in surface.lettering)
    return _Layer(surface, body, pad, glyphs, to_still, blank)


def _texture(scene: Scene, layer: _Layer, version: Version, index: int) -> Image:
    """A layer's padded texture in a frame: (height, width, 4), RGB times alpha, and alpha."""
    texture = layer.blank.copy()
    seconds = float(scene.seconds(index))
    if layer.surface.bending.turn:
        _frieze(texture, layer, seconds)
    if version != "plate":
        for glyphs, line in zip(layer.glyphs, layer.surface.lettering, strict=True):
            if version == "clip":
                _print(texture, layer, glyphs, line, inked(glyphs, line.fault, index, seconds), seconds)
            elif line.state != "invented":
                _print(texture, layer, glyphs, line, intact(glyphs), seconds)
    if layer.surface.bending.wave:
        texture = _waved(texture, layer, seconds)
    if layer.surface.highlight is not None:
        _shine(texture, layer.surface.highlight, layer.pad, seconds)
    return texture


def _print(texture: Image, layer: _Layer, glyphs: Glyphs, line: Lettering, ink: Ink, seconds: float) -> None:
    """Print one line into a texture, in place."""
    if layer.surface.bending.turn:
        glyphs, ink = _turned(layer.surface, glyphs, ink, seconds)
    height, width = ink.distance.shape
    rows, columns = slice(glyphs.y, glyphs.y + height), slice(glyphs.x, glyphs.x + width)
    target = texture[glyphs.y + layer.pad :, glyphs.x + layer.pad :][:height, :width]
    colour = tone(line.colour)

    def lay(paint: Image, coverage: Real) -> None:
        shade, gloss = layer.body.shade[rows, columns], layer.body.gloss[rows, columns]
        lit = paint * shade[..., None] + gloss[..., None]
        weight = (coverage * ink.opacity)[..., None]
        target[..., :3] = target[..., :3] * (1 - weight) + lit * weight
        target[..., 3:] = target[..., 3:] * (1 - weight) + weight

    if line.glow:
        x, y = grid(width, height)
        border = np.minimum(np.minimum(x, width - x), np.minimum(y, height - y))
        halo = np.exp(-np.maximum(ink.distance, 0) / np.float32(line.glow * DENSITY / 2))
        lay(colour, 0.45 * halo * smoothstep(0, 0.25 * glyphs.em, border))
    if line.outline is not None:
        lay(tone(line.outline), np.clip(0.5 - (ink.distance - np.float32(line.outline_width * DENSITY)), 0, 1))
    lay(colour, np.clip(0.5 - ink.distance, 0, 1))


def _frieze(texture: Image, layer: _Layer, seconds: float) -> None:
    """Print two bands of uneven bars around a cylinder that turns, in place: what shows that it does."""
    surface = layer.surface
    across, down = grid(surface.width * DENSITY, surface.height * DENSITY)
    label = unrolled(surface, across[0] / DENSITY) - np.float32(turned_by(surface, seconds))
    rng = np.random.default_rng([surface.seed, 31])
    edges = np.cumsum(rng.uniform(0.012, 0.05, 400)) * surface.width - 4 * surface.width
    # Soft by a pixel, so that a bar moves smoothly.
    nearest = np.abs(label[:, None] - edges[None]).min(axis=1)
    bars = (np.searchsorted(edges, label) % 2 - 0.5) * 2 * np.clip(nearest, 0, 1) / 2 + 0.5
    top, bottom = _FRIEZES[surface.body]
    height = 0.022 * texture.shape[0]
    coverage = np.zeros((len(down), len(bars)), np.float32)
    for middle in (top, bottom):
        band = np.clip(height / 2 - np.abs(down - middle * len(down)) + 0.5, 0, 1)
        coverage = np.maximum(coverage, band * bars[None].astype(np.float32))
    colour = tone(surface.lettering[0].colour if surface.lettering else surface.accent)
    inner = slice(layer.pad, layer.pad + len(down)), slice(layer.pad, layer.pad + len(bars))
    target, weight = texture[inner], (0.8 * coverage * layer.body.alpha)[..., None]
    target[..., :3] = (
        target[..., :3] * (1 - weight) + layer.body.lit(np.broadcast_to(colour, target[..., :3].shape)) * weight
    )


def _turned(surface: Surface, glyphs: Glyphs, ink: Ink, seconds: float) -> tuple[Glyphs, Ink]:
    """One line after its cylinder has turned: on all of the surface's width."""
    across, _ = grid(surface.width * DENSITY, 1)
    label = unrolled(surface, across[0] / DENSITY) - np.float32(turned_by(surface, seconds))
    place = np.array([rolled(surface, float(x)) for x in label], np.float32) * DENSITY
    height = ink.distance.shape[0]
    columns, rows = np.meshgrid(place - glyphs.x - 0.5, np.arange(height, dtype=np.float32))
    distance, opacity = (looked_up(plane, columns, rows) for plane in (ink.distance, ink.opacity))
    return replace(glyphs, x=0), replace(ink, distance=distance, opacity=opacity)


def _waved(texture: Image, layer: _Layer, seconds: float) -> Image:
    """A padded texture with waves running over it."""
    x, y = np.meshgrid(*(side.ravel() for side in grid(texture.shape[1], texture.shape[0])))
    back_x, back_y = rest(layer.surface, (x - layer.pad) / DENSITY, (y - layer.pad) / DENSITY, seconds)
    return looked_up(texture, back_x * DENSITY + layer.pad - 0.5, back_y * DENSITY + layer.pad - 0.5)


def _shine(texture: Image, highlight: Highlight, pad: int, seconds: float) -> None:
    """Add a band of light to a texture, in place."""
    x, y = grid(texture.shape[1], texture.shape[0])
    middle = highlight.start + highlight.speed * seconds
    off = (x - pad) / DENSITY + highlight.slant * (y - pad) / DENSITY - np.float32(middle)
    light = np.float32(highlight.strength) * np.exp(-((off / np.float32(highlight.width)) ** 2))
    alpha = texture[..., 3:]
    # A screen: never beyond white, and nothing where the surface is not.
    texture[..., :3] += (alpha - texture[..., :3]).clip(0) * light[..., None] * (alpha > 0.999)


def _lay(picture: Image, texture: Image, matrix: Homography) -> None:
    """Warp a texture into a picture and lay it over, in place; `matrix` is texture → picture pixels."""
    height, width = picture.shape[:2]
    corners = mapped(matrix, _corners((0.0, 0.0, texture.shape[1], texture.shape[0])))
    left, top = np.clip(np.floor(corners.min(0)).astype(int) - 1, 0, (width, height)).tolist()
    right, bottom = np.clip(np.ceil(corners.max(0)).astype(int) + 1, 0, (width, height)).tolist()
    if left >= right or top >= bottom:
        return
    w, h = right - left, bottom - top
    fine = warped(
        texture, scaling(_FRAME_OVER, _FRAME_OVER) @ shift(-left, -top) @ matrix, w * _FRAME_OVER, h * _FRAME_OVER
    )
    rgba = reduced(fine, w, h)
    # The cubic overshoots a little beside hard edges.
    alpha = np.clip(rgba[..., 3:], 0, 1)
    patch = picture[top:bottom, left:right]
    patch[:] = patch * (1 - alpha) + rgba[..., :3]


def _exposed(scene: Scene, index: int, picture: Image) -> Image:
    """A frame's exposure, 0..1."""
    light = scene.light
    part = index / max(scene.frames - 1, 1)
    course = part * part * (3 - 2 * part)
    gain = scene.arrival.gain * 2 ** (light.gain * course)
    warm = light.warmth * course
    balanced = np.clip(picture * np.array([gain * (1 + warm), gain, gain * (1 - warm)], np.float32), 0, 1)
    return np.asarray(cv2.pow(balanced, 1 + light.gamma * course), np.float32)


def _grain(scene: Scene, index: int) -> Image:
    """Sensor noise of a frame, the same in every version: mostly in luma; (height, width, 3)."""
    rng = np.random.default_rng([scene.seed, 23, index])
    step = np.float32(scene.noise / 255)
    luma = rng.standard_normal((scene.height, scene.width, 1), dtype=np.float32)
    chroma = rng.standard_normal((scene.height // 2, scene.width // 2, 3), dtype=np.float32)
    coarse = np.repeat(np.repeat(chroma, 2, axis=0), 2, axis=1)
    return step * (np.float32(0.9) * luma + np.float32(0.43) * coarse)


def _eight_bit(picture: Image) -> Picture:
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _corners(box: tuple[float, float, float, float]) -> Quad:
    left, top, right, bottom = box
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _unit(matrix: Homography) -> Homography:
    """The same homography with its last entry 1."""
    return np.asarray(matrix / matrix[2, 2], np.float64)


def _magnification(matrix: Homography, box: tuple[float, float, float, float]) -> float:
    """Frame pixels per pixel of a surface, at the middle of a box on it: the root of the Jacobian."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    here, right, down = mapped(matrix, [(x, y), (x + 0.5, y), (x, y + 0.5)])
    a, b = 2 * (right - here), 2 * (down - here)
    return float(np.sqrt(abs(a[0] * b[1] - a[1] * b[0])))
