"""Repairs of drawn clips for benchmarks/gates.py: true ones, and the same spoiled in known ways.

Drawn clips have a truth: the same frames without their lettering, or with intact lettering. The truth, laid over the
clip within the mask of what the lettering covers, is a repair without fault; a fault is made of it.
"""

from __future__ import annotations

import pickle
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "samples"))

from PIL import Image, ImageDraw, ImageFilter, ImageFont
from skimage import data as photographs

from overlaycut.core.frame import Frame, Layer
from overlaycut.core.geometry import Box, Quad, Span
from overlaycut.core.plan import ClipRecord, RegionPlan
from overlaycut.core.repaired import RepairedFrame
from overlaycut.media import Clip
from overlaycut.resources import folder as shipped
from simulator import random_scene, simulate, write_clip

WIDTH, HEIGHT, FRAMES = 270, 480, 16
VISIBLE = 4.0
"""Root mean square of a fault, in levels within the mask, from which it counts."""
_LINES = (
    "wait for it",
    "you will love this",
    "STUDIO 54",
    "only today",
    "hydrating cream",
    "see you there",
    "Nº 7 oil",
)
_STYLES = ("plain", "outline", "shadow", "outline", "box")

Half = Literal["tuning", "test"]
Shot = list[np.ndarray]
"""One RGB picture per frame."""


@dataclass(frozen=True)
class Material:
    """What the clips of a half are drawn from; the halves have none of it in common."""

    first_seed: int
    faces: tuple[str, ...]
    pictures: tuple[str, ...]
    """Photographs of scikit-image that move behind subtitles."""
    codecs: tuple[tuple[int, str], ...]
    """CRF and preset of x264."""


MATERIAL: dict[Half, Material] = {
    "tuning": Material(
        0,
        ("Inter-Bold.otf", "JetBrainsMono-ExtraBold.ttf", "LeagueSpartan-ExtraBold.otf", "Comfortaa-Bold.ttf"),
        ("coffee", "gravel", "chelsea", "page", "rocket"),
        ((20, "veryfast"), (14, "superfast"), (25, "faster")),
    ),
    "test": Material(
        21_000,
        ("Vollkorn-ExtraBold.ttf", "BebasNeue-Bold.otf", "ComicNeue-Bold.otf", "CourierPrime-Bold.otf"),
        ("astronaut", "brick", "text", "grass", "immunohistochemistry"),
        ((17, "medium"), (22, "slow"), (27, "medium")),
    ),
}


@dataclass(frozen=True)
class Sample:
    """A clip, its truth, and where a repair writes."""

    name: str
    before: Shot
    truth: Shot
    masks: list[np.ndarray]
    """Per frame: (rows, columns), bool."""
    region: RegionPlan
    still: np.ndarray | None
    others: tuple[RegionPlan, ...] = ()
    """Lettering of the scene that stays."""

    @cached_property
    def frames(self) -> list[Frame]:
        """The clip."""
        return [
            Frame.from_rgb(before, index=index, at=Fraction(index, 24), lasts=Fraction(1, 24))
            for index, before in enumerate(self.before)
        ]

    @property
    def record(self) -> ClipRecord:
        """The clip as plans name it."""
        return ClipRecord(path="-", sha256="0" * 64, width=WIDTH, height=HEIGHT, fps=24, frames=FRAMES, duration=1)


# ---- samples


def cached_samples(half: Half, seed: int, folder: Path | None) -> list[Sample]:
    """The clips of one scene, drawn once when a folder is given to keep them in; it must be the reader's own."""
    kept = None if folder is None else folder / f"{half}-{seed}.pickle"
    if kept is not None and kept.exists():
        samples: list[Sample] = pickle.loads(kept.read_bytes())
        return samples
    samples = samples_of(half, seed)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(samples))
    return samples


def samples_of(half: Half, seed: int) -> list[Sample]:
    """The clips of one scene: a subtitle to erase, a line of the scene to erase, melted lines to restore."""
    material = MATERIAL[half]
    scene = random_scene(seed + material.first_seed, width=WIDTH, height=HEIGHT, frames=FRAMES)
    rng = np.random.default_rng([seed + 90, half == "test"])
    if half == "test":
        face = material.faces[seed % len(material.faces)]
        surfaces = tuple(
            replace(s, lettering=tuple(replace(line, font=face) for line in s.lettering)) for s in scene.surfaces
        )
        scene = replace(scene, surfaces=surfaces)
    drawn, codec = simulate(scene), material.codecs[seed % len(material.codecs)]
    clip, clean, plate = (_coded(list(drawn.frames(v)), rng, codec) for v in ("clip", "clean", "plate"))
    moving = plate if half == "tuning" and seed % 3 == 0 else _coded(_moving(seed, rng, material), rng, codec)
    found = [_subtitled(f"{half} {seed} subtitle", moving, material, seed, rng, codec)]
    lines = drawn.truth().regions
    for number, line in enumerate(lines):
        quads = {i: _quad(f.quad) for i, f in enumerate(line.frames)}
        visible = {i: f.visibility for i, f in enumerate(line.frames) if f.visibility < 1}
        if min(f.visibility for f in line.frames) < 0.95:
            continue
        others = tuple(
            _region("keep", {i: _quad(f.quad) for i, f in enumerate(other.frames)}, None, id=f"k{k}")
            for k, other in enumerate(lines)
            if other is not line
        )
        if number == 0 or line.state == "invented":
            masks = [_changed(a, b, quads[i]) for i, (a, b) in enumerate(zip(clip, plate, strict=True))]
            region = _region("erase", quads, 0, visibility=visible, read=line.text)
            found.append(Sample(f"{half} {seed} {line.name} erase", clip, plate, masks, region, None, others))
        if line.state in ("warped", "lost") and line.onset_frame is not None:
            edit = min(line.onset_frame, FRAMES - 6)
            masks = [
                _changed(a, c, quads[i]) | _changed(b, c, quads[i])
                for i, (a, b, c) in enumerate(zip(clip, clean, plate, strict=True))
            ]
            still_quad = _quad(line.still_quad)
            region = _region("restore", quads, edit, visibility=visible, read=line.text, reference_quad=still_quad)
            found.append(
                Sample(f"{half} {seed} {line.name} restore", clip, clean, masks, region, drawn.still(), others)
            )
    return found


def _region(decision: str, quads: dict[int, Quad], start: int | None, **more: object) -> RegionPlan:
    edit = None if start is None else Span(start, FRAMES)
    fields = {"id": "r1", "state": "warped", "legibility": 0.2, "span": Span(0, FRAMES), "quads": quads}
    fields |= {"edit": edit, "decision": decision, "reason": "drawn"}
    return RegionPlan.model_validate({**fields, **more})


def _quad(corners: Iterable[Sequence[float]]) -> Quad:
    return Quad(*((float(x), float(y)) for x, y in corners))


def _coded(pictures: Shot, rng: np.random.Generator, codec: tuple[int, str]) -> Shot:
    """With a little noise, and as x264 leaves them."""
    crf, preset = codec
    noisy = (np.clip(picture + rng.normal(0, 1.2, picture.shape), 0, 255).astype(np.uint8) for picture in pictures)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        write_clip(path, noisy, Fraction(24), crf=crf, preset=preset)
        return [frame.rgb() for frame in Clip(path).frames()]


def _moving(seed: int, rng: np.random.Generator, material: Material) -> Shot:
    """A window that moves over a picture: fractal noise, or a photograph."""
    if seed % 3 == 1:
        picture = _fractal(rng, 700)
    else:
        picture = getattr(photographs, material.pictures[seed % len(material.pictures)])()
        picture = np.dstack([picture] * 3) if picture.ndim == 2 else picture
        picture = cv2.resize(picture, (760, 700), interpolation=cv2.INTER_AREA)
    speed = rng.uniform(-3, 3, 2) * (seed % 4 > 0)
    shots = []
    for index in range(FRAMES):
        x, y = 200 + speed[0] * index, 110 + speed[1] * index
        shift = np.float32([[1, 0, -x], [0, 1, -y]])
        shots.append(cv2.warpAffine(picture, shift, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=4))
    return shots


def _fractal(rng: np.random.Generator, side: int) -> np.ndarray:
    """Noise whose spectrum falls as 1/f, tinted."""
    rows, columns = np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side), indexing="ij")
    spectrum = np.fft.fft2(rng.standard_normal((side, side))) / np.maximum(np.hypot(rows, columns), 1 / side) ** 1.1
    field = np.real(np.fft.ifft2(spectrum))
    field = (field - field.mean()) / field.std()
    tint = rng.uniform(60, 190, 3)
    return np.clip(tint + 30 * field[..., None] * rng.uniform(0.7, 1.1, 3), 0, 255).astype(np.uint8)


def _subtitled(
    name: str, truth: Shot, material: Material, seed: int, rng: np.random.Generator, codec: tuple[int, str]
) -> Sample:
    text = _LINES[seed % len(_LINES)]
    font = ImageFont.truetype(shipped("fonts") / material.faces[seed % len(material.faces)], int(rng.integers(18, 30)))
    layer = _drawn_line(text, font, seed, (WIDTH // 2, int(rng.uniform(0.25, 0.85) * HEIGHT)))
    line = np.asarray(layer, np.float32)
    alpha = line[..., 3:] / 255
    before = _coded([np.rint(p * (1 - alpha) + line[..., :3] * alpha).astype(np.uint8) for p in truth], rng, codec)
    left, top, right, bottom = layer.getbbox() or (0, 0, WIDTH, HEIGHT)
    quad = Box(left, top, right - left, bottom - top).grown(int(rng.integers(1, 24))).clipped(WIDTH, HEIGHT)
    assert quad is not None  # the line lies in the picture
    mask = cv2.dilate((alpha[..., 0] > 0.02).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    region = _region("erase", dict.fromkeys(range(FRAMES), quad.quad()), 0, read=text)
    return Sample(name, before, truth, [mask] * FRAMES, region, None)


def _drawn_line(text: str, font: ImageFont.FreeTypeFont, seed: int, middle: tuple[int, int]) -> Image.Image:
    """A subtitle in one of the usual styles, as a layer with alpha."""
    fill, rim = (("white", "black"), ("#ffe14d", "black"), ("#202020", "white"), ("white", "#303a80"))[seed % 4]
    style = _STYLES[seed % len(_STYLES)]
    layer = Image.new("RGBA", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(layer)
    if style == "box":
        x0, y0, x1, y1 = draw.textbbox(middle, text, font=font, anchor="mm")
        draw.rectangle((x0 - 6, y0 - 5, x1 + 6, y1 + 5), fill=rim)
    if style == "shadow":
        draw.text((middle[0] + 2, middle[1] + 2), text, font=font, anchor="mm", fill="#000000b0")
        layer = layer.filter(ImageFilter.GaussianBlur(1))
        draw = ImageDraw.Draw(layer)
    draw.text(
        middle, text, font=font, anchor="mm", fill=fill, stroke_width=1 + seed % 2 if style == "outline" else 0,
        stroke_fill=rim,
    )  # fmt: skip
    return layer


def _changed(one: np.ndarray, other: np.ndarray, quad: Quad) -> np.ndarray:
    """Where two pictures differ in and around a quad, grown by two pixels."""
    changed = np.abs(one.astype(int) - other).max(axis=2) > 14
    changed = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    near = np.zeros(changed.shape, np.uint8)
    cv2.fillConvexPoly(near, np.rint(quad.grown(0.35 * quad.size[1]).array()).astype(np.int32), 1)
    return cv2.dilate(changed & near, np.ones((5, 5), np.uint8)) > 0


# ---- faults


Fault = Callable[[Sample, int, np.random.Generator], tuple[Shot, list[np.ndarray]]]
"""Sample, strength 0..2, randomness → filled pictures and masks."""


def _blended(a: np.ndarray, b: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    return np.clip(np.rint(a + (b.astype(np.float32) - a) * share), 0, 255).astype(np.uint8)


def _letters(mask: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """Columns of a text's mask in which about one letter, two, or half of all lie."""
    if not mask.any():
        return mask
    columns = np.flatnonzero(mask.any(axis=0))
    rows = np.flatnonzero(mask.any(axis=1))
    width = len(columns) if strength == 2 else round((strength + 1) * 0.75 * len(rows))
    width = round(0.5 * len(columns)) if strength == 2 else min(width, len(columns))
    first = int(columns[0] + rng.integers(0, max(len(columns) - width, 1)))
    kept = np.zeros(mask.shape, bool)
    kept[:, first : first + width] = True
    return kept & mask


def letters_left(sample: Sample, strength: int, rng: np.random.Generator) -> tuple[Shot, list[np.ndarray]]:
    """Letters that the mask has and the fill still shows."""
    seed = int(rng.integers(1 << 30))
    kept = [_letters(m, strength, np.random.default_rng(seed)) for m in sample.masks]
    return [
        _blended(t, b, k[..., None]) for t, b, k in zip(sample.truth, sample.before, kept, strict=True)
    ], sample.masks


def letters_unmasked(sample: Sample, strength: int, rng: np.random.Generator) -> tuple[Shot, list[np.ndarray]]:
    """Letters that the mask lacks."""
    seed = int(rng.integers(1 << 30))
    kept = [_letters(m, strength, np.random.default_rng(seed)) for m in sample.masks]
    return sample.truth, [m & ~k for m, k in zip(sample.masks, kept, strict=True)]


def ghost(sample: Sample, strength: int, rng: np.random.Generator) -> tuple[Shot, list[np.ndarray]]:
    """A faint print of the lettering, as it was or as a negative."""
    share = (0.25, 0.4, 0.7)[strength] * (1 if rng.random() < 0.7 else -1)
    return [_blended(t, b, share) for t, b in zip(sample.truth, sample.before, strict=True)], sample.masks


def outline_left(sample: Sample, strength: int, _: np.random.Generator) -> tuple[Shot, list[np.ndarray]]:
    """The rims of the letters: the mask covers less than the lettering."""
    return sample.truth, [
        cv2.erode(m.astype(np.uint8), np.ones((2 * (strength + 2),) * 2, np.uint8)) > 0 for m in sample.masks
    ]


def halo(sample: Sample, strength: int, rng: np.random.Generator) -> tuple[Shot, list[np.ndarray]]:
    """A bright or dark rim inside the mask's contour."""
    levels = (14, 22, 34)[strength] * float(rng.choice((-1, 1)))
    out = []
    for truth, mask in zip(sample.truth, sample.masks, strict=True):
        depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
        rim = (np.exp(-0.5 * ((depth - 1.5) / 1.0) ** 2) * (depth > 0))[..., None]
        out.append(np.clip(np.rint(truth + levels * rim), 0, 255).astype(np.uint8))
    return out, sample.masks


def seam(sample: Sample, strength: int, rng: np.random.Generator) -> tuple[Shot, list[np.ndarray]]:
    """A fill in another light."""
    levels = (9, 14, 22)[strength] * float(rng.choice((-1, 1)))
    return [np.clip(t + levels, 0, 255).astype(np.uint8) for t in sample.truth], sample.masks


def smear(sample: Sample, strength: int, _: np.random.Generator) -> tuple[Shot, list[np.ndarray]]:
    """A fill without texture."""
    sigma = (2.5, 4, 7)[strength]
    return [cv2.GaussianBlur(t, (0, 0), sigma) for t in sample.truth], sample.masks


def slide(sample: Sample, strength: int, rng: np.random.Generator) -> tuple[Shot, list[np.ndarray]]:
    """What was put there moves against the surface."""
    speed, angle = (0.7, 1.2, 2.5)[strength], rng.uniform(0, 2 * np.pi)
    middle = FRAMES / 2 if sample.region.decision == "erase" else sample.region.edit.start  # type: ignore[union-attr]
    out = []
    for index, truth in enumerate(sample.truth):
        off = speed * (index - middle) * np.array([np.cos(angle), np.sin(angle)])
        out.append(_shifted(truth, off))
    return out, sample.masks


def flicker(sample: Sample, strength: int, rng: np.random.Generator) -> tuple[Shot, list[np.ndarray]]:
    """Another fill in every frame."""
    levels = (6, 10, 16)[strength]
    out = []
    for truth in sample.truth:
        small = rng.normal(0, levels, (HEIGHT // 30, WIDTH // 30)).astype(np.float32)
        wave = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)[..., None]
        out.append(np.clip(truth + wave, 0, 255).astype(np.uint8))
    return out, sample.masks


def misplaced(sample: Sample, strength: int, rng: np.random.Generator) -> tuple[Shot, list[np.ndarray]]:
    """Lettering put back beside its place."""
    height = min(sample.region.quads[FRAMES - 1].size)
    angle = rng.uniform(0, 2 * np.pi)
    off = max((0.12, 0.2, 0.4)[strength] * height, 2.0) * np.array([np.cos(angle), np.sin(angle)])
    return [_shifted(t, off) for t in sample.truth], sample.masks


def blurred(sample: Sample, strength: int, _: np.random.Generator) -> tuple[Shot, list[np.ndarray]]:
    """Soft lettering."""
    sigma = (1.3, 1.8, 2.6)[strength]
    return [cv2.GaussianBlur(t, (0, 0), sigma) for t in sample.truth], sample.masks


def melted(sample: Sample, strength: int, rng: np.random.Generator) -> tuple[Shot, list[np.ndarray]]:
    """Letters put back in a broken form."""
    reach = (0.12, 0.18, 0.28)[strength] * min(sample.region.quads[FRAMES - 1].size)
    small = rng.normal(0, 1, (2, HEIGHT // 12, WIDTH // 12)).astype(np.float32)
    waves = [cv2.resize(part, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) * reach * 1.5 for part in small]
    rows, columns = np.indices((HEIGHT, WIDTH), np.float32)
    return [cv2.remap(t, columns + waves[0], rows + waves[1], 1, borderMode=4) for t in sample.truth], sample.masks


def _shifted(picture: np.ndarray, off: np.ndarray) -> np.ndarray:
    matrix = np.float32([[1, 0, off[0]], [0, 1, off[1]]])
    return cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


ERASED: dict[str, Fault] = {
    "letters left": letters_left,
    "letters outside the mask": letters_unmasked,
    "ghost": ghost,
    "outline left": outline_left,
    "halo": halo,
    "seam": seam,
    "smear": smear,
    "slide": slide,
    "flicker": flicker,
}
RESTORED: dict[str, Fault] = {
    "wrong place": misplaced,
    "blur": blurred,
    "broken letters": melted,
    "slide": slide,
    "flicker": flicker,
}

# ---- repairs


def composited(sample: Sample, fills: Shot, masks: Sequence[np.ndarray]) -> Iterator[RepairedFrame]:
    """The fills laid over the clip within the masks, feathered by a pixel."""
    for index, (frame, fill, mask) in enumerate(zip(sample.frames, fills, masks, strict=True)):
        layers: tuple[Layer, ...] = ()
        if sample.region.edit is not None and index in sample.region.edit and mask.any():
            alpha = cv2.GaussianBlur(mask.astype(np.float32) * 255, (3, 3), 0)
            box = Box.of(mask).grown(2).clipped(WIDTH, HEIGHT)
            assert box is not None  # the mask lies in the picture
            rgba = np.dstack([fill[box.slices], np.rint(alpha[box.slices]).astype(np.uint8)])
            layers = (Layer.from_rgba(rgba, x=box.x, y=box.y),)
        yield RepairedFrame(frame, frame.with_layers(*layers), layers)


def visible(sample: Sample, fills: Shot, masks: Sequence[np.ndarray]) -> bool:
    """Whether a fault can be seen."""
    errors = []
    for truth, before, fill, mask, whole in zip(sample.truth, sample.before, fills, masks, sample.masks, strict=True):
        made = np.where(mask[..., None], fill, before).astype(float)
        errors.append(((made - truth)[whole] ** 2).mean() if whole.any() else 0.0)
    return float(np.mean(errors)) ** 0.5 >= VISIBLE
