"""Scenes drawn by lot, for benchmarks over many clips."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal, TypeVar

import numpy as np

from simulator.lettering import ink_width
from simulator.scene import (
    Arrival,
    Backdrop,
    BackdropKind,
    Bending,
    BodyKind,
    Camera,
    Colour,
    Fault,
    Focus,
    Highlight,
    Lettering,
    Light,
    Motion,
    Occluder,
    Point,
    Scene,
    State,
    Surface,
)

T = TypeVar("T")

_LARGE = (
    "COLD BREW", "GOLDEN HOUR", "NORTH PIER", "FRESH MINT", "VELVET", "SUNDAY CLUB", "OAK & IRON", "MOONRISE",
    "LEMON ZEST", "HARBOUR", "WILD HONEY", "STUDIO NINE", "PAPERBOAT", "RIVERSIDE", "BLUE FINCH", "Daydream",
    "Marigold", "Night Market", "Kindling", "Featherlight",
)  # fmt: skip
_SMALL = (
    "SINCE 1998", "SMALL BATCH", "OPEN DAILY", "NET 330 ML", "HAND MADE", "LIMITED RUN", "NO. 42", "SERVE COLD",
    "MADE WITH CARE", "VOLUME TWO", "EST. 2011", "Free delivery",
)  # fmt: skip
_INVENTED = ("VORUN", "TEKLA IO", "MIREB", "SOUNT", "KEVOR 31", "ALTHEN", "RUBIQ", "NOVARE")
_PAPER: tuple[Colour, ...] = ((236, 226, 205), (240, 240, 236), (222, 206, 176), (244, 214, 190))
_DEEP: tuple[Colour, ...] = (
    (30, 52, 60), (62, 36, 26), (26, 40, 76), (86, 28, 34), (36, 58, 40), (52, 34, 66), (34, 34, 38),
)  # fmt: skip
_BRIGHT: tuple[Colour, ...] = ((232, 178, 72), (222, 98, 64), (236, 220, 180), (120, 190, 190), (226, 140, 150))
_WALLS: tuple[BackdropKind, ...] = ("tiles", "brick", "wood", "studio")
_ROOMS: tuple[BackdropKind, ...] = ("bokeh", "cafe", "street", "studio")
_STATES: tuple[State, ...] = ("warped", "warped", "warped", "stable", "stable", "lost", "invented")


class _Lot:
    """Draws from ranges and lists, in a fixed order for a fixed seed."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng([seed, 41])
        self._taken: set[str] = set()

    def number(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def signed(self, low: float, high: float) -> float:
        return self.number(low, high) * (1 if self.chance(0.5) else -1)

    def whole(self, low: int, high: int) -> int:
        """From `low` up to, not including, `high`."""
        return int(self.rng.integers(low, high))

    def one_of(self, things: tuple[T, ...]) -> T:
        return things[self.whole(0, len(things))]

    def fresh(self, words: tuple[str, ...]) -> str:
        """A word that this lot has not given before, so that regions can be told apart by their text."""
        word = self.one_of(tuple(word for word in words if word not in self._taken))
        self._taken.add(word)
        return word

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)


def random_scene(
    seed: int,
    *,
    width: int = 360,
    height: int = 640,
    frames: int = 48,
    fps: Fraction = Fraction(24),
    restless: bool = False,
) -> Scene:
    """A scene of its own for each seed: subject, lettering, faults, movement, light, noise, things in front.

    Parameters
    ----------
    seed
        0 or more; the same seed and sizes give the same scene.
    width, height
        Of the frame, in pixels, even. The still is as large, or 1.25 or 1.5 times as large.
    frames, fps
        Length, at least 16 frames, and rate.
    restless
        The same scene, whose cylinders turn and whose cloth waves, seen by a camera that loses its focus or is open
        long enough to smear what moves.
    """
    if frames < 16:
        raise ValueError(f"a fault needs room to grow: at least 16 frames, got {frames}")
    lot = _Lot(seed)
    scale = lot.one_of((1.0, 1.0, 1.25, 1.5))
    still_w, still_h = round(width * scale), round(height * scale)
    unit = min(still_w, still_h)
    seconds = float(frames / fps)
    subject: Literal["goods", "wall", "shirt"] = lot.one_of(("goods", "wall", "goods", "shirt"))
    surface = {"goods": _goods, "wall": _wall, "shirt": _shirt}[subject](lot, still_w, still_h, frames)
    ground = lot.one_of(_WALLS if subject == "wall" else _ROOMS)
    backdrop = Backdrop(
        kind=ground,
        colour=lot.one_of(((150, 128, 108), (112, 126, 136), (168, 150, 132), (120, 112, 124), (104, 128, 116))),
        accent=lot.one_of(_BRIGHT),
        seed=lot.whole(0, 10**6),
        parallax=surface.parallax if subject == "wall" else lot.number(0.4, 0.8),
        defocus=0.0 if subject == "wall" else lot.number(0.004, 0.012) * unit,
    )
    surfaces: tuple[Surface, ...] = (surface,)
    if lot.chance(0.4):
        # Behind the main surface, at the height that all subjects leave free.
        surfaces = (_plain(lot, still_w, still_h, backdrop), surface)
    scene = Scene(
        width=width,
        height=height,
        frames=frames,
        fps=fps,
        still_width=still_w,
        still_height=still_h,
        seed=seed,
        backdrop=backdrop,
        surfaces=surfaces,
        camera=Camera(
            pan=(lot.signed(0, 0.03) * still_w / seconds, lot.signed(0, 0.02) * still_h / seconds),
            zoom=lot.number(-0.02, 0.09) / seconds,
            roll=lot.signed(0, 0.8) / seconds,
            shake=lot.number(0.0, 0.004) * unit if lot.chance(0.6) else 0.0,
            seed=lot.whole(0, 10**6),
        ),
        arrival=Arrival(
            scale=lot.number(1.0, 1.03),
            offset=(lot.signed(0, 0.006) * width, lot.signed(0, 0.006) * height),
            gain=lot.number(0.95, 1.04),
            blur=lot.number(0.35, 0.8) if lot.chance(0.5) else 0.0,
        ),
        occluder=_passing(lot, seconds) if lot.chance(0.4) else None,
        light=Light(gain=lot.signed(0, 0.3), gamma=lot.signed(0, 0.08), warmth=lot.signed(0, 0.06))
        if lot.chance(0.6)
        else Light(),
        noise=lot.number(0.4, 2.5),
    )
    return _stirred(scene, seed, unit, seconds) if restless else scene


def _stirred(scene: Scene, seed: int, unit: float, seconds: float) -> Scene:
    lot = _Lot(seed + 10**6)

    def bent(surface: Surface) -> Surface:
        if surface.radius is not None:
            return replace(surface, bending=Bending(turn=lot.signed(5, 14) / seconds))
        if surface.body == "shirt":
            wave = lot.number(0.004, 0.012) * unit
            return replace(surface, bending=Bending(wave=wave, length=lot.number(0.4, 0.7) * unit))
        return surface

    focus, camera = scene.focus, scene.camera
    if lot.chance(0.5):
        focus = Focus(sigma=lot.number(0.002, 0.004) * unit, period=lot.number(0.7, 1.2) * seconds)
    else:
        camera = replace(camera, shutter=0.5, shake=max(camera.shake, 0.006 * unit))
    return replace(scene, surfaces=tuple(bent(s) for s in scene.surfaces), focus=focus, camera=camera)


def _fault(lot: _Lot, state: State, frames: int) -> Fault | None:
    if state == "stable":
        return None
    return Fault(
        kind=state,
        onset=lot.whole(frames // 8, frames // 2),
        ramp=lot.whole(frames // 6, frames // 3),
        strength=lot.number(0.8, 1.3),
        seed=lot.whole(0, 10**6),
    )


def _line(
    lot: _Lot, name: str, state: State, centre: Point, room: tuple[float, float], colour: Colour, frames: int,
    *, large: bool,
) -> Lettering:  # fmt: skip
    """A line as large as fits into `room`, width and height in still pixels."""
    widest, tallest = room
    text = lot.fresh(_INVENTED if state == "invented" else _LARGE if large else _SMALL)
    font = lot.one_of(("Inter-Bold.otf", "Inter-ExtraBold.otf"))
    size = min(widest / ink_width(text, font, 1.0), tallest)
    fault = _fault(lot, state, frames)
    return Lettering(name=name, text=text, centre=centre, size=size, font=font, colour=colour, fault=fault)


def _pair(lot: _Lot, centre: Point, widest: float, unit: float, colour: Colour, frames: int) -> tuple[Lettering, ...]:
    """A large line and, most times, a small one under it."""
    x, y = centre
    large = _line(lot, "large", lot.one_of(_STATES), (x, y), (widest, 0.19 * unit), colour, frames, large=True)
    if lot.chance(0.2):
        return (large,)
    state = lot.one_of(("stable", *_STATES))
    below = (x, y + 0.62 * large.size + 0.075 * unit)
    small = _line(lot, "small", state, below, (widest * 0.95, 0.078 * unit), colour, frames, large=False)
    return large, small


def _object_motion(lot: _Lot, unit: float, seconds: float) -> Motion:
    return Motion(
        drift=(lot.signed(0, 0.02) * unit / seconds, lot.signed(0, 0.01) * unit / seconds),
        sway=(lot.number(0, 0.012) * unit, lot.number(0, 0.006) * unit),
        turn=lot.number(0, 1.8),
        tilt=(lot.number(0, 2.0), lot.number(0, 5.0)),
        period=lot.number(2.5, 6.0),
        phase=lot.number(0, 360),
    )


def _goods(lot: _Lot, width: int, height: int, frames: int) -> Surface:
    """A bottle, a can or a box that stands in the middle."""
    unit = min(width, height)
    kind: BodyKind = lot.one_of(("bottle", "can", "box"))
    wide, tall, label = {
        "bottle": (0.52 * unit, 1.30 * unit, 0.60),
        "can": (0.56 * unit, 1.04 * unit, 0.40),
        "box": (0.66 * unit, 0.98 * unit, 0.36),
    }[kind]
    w, h = round(wide), round(min(tall, 0.78 * height))
    colour, paper = lot.one_of(_DEEP), lot.one_of(_PAPER)
    ink = colour if kind == "bottle" else paper
    return Surface(
        name="goods",
        body=kind,
        x=(width - w) / 2 + lot.signed(0, 0.04) * width,
        y=height * 0.9 - h,
        width=w,
        height=h,
        colour=colour,
        accent=paper if kind == "bottle" else lot.one_of(_BRIGHT),
        seed=lot.whole(0, 10**6),
        turned=lot.signed(0, 2.0),
        radius=None if kind == "box" else 0.52 * w,
        motion=_object_motion(lot, unit, 2.0),
        highlight=Highlight(strength=0.18, width=0.12 * w, start=-0.2 * w, speed=0.4 * w) if lot.chance(0.3) else None,
        lettering=_pair(lot, (w / 2, h * label), w * (0.82 if kind == "box" else 0.92), 0.8 * unit, ink, frames),
    )


def _wall(lot: _Lot, width: int, height: int, frames: int) -> Surface:
    """A sign or a poster on a wall."""
    unit = min(width, height)
    kind: BodyKind = lot.one_of(("sign", "poster"))
    w = round(lot.number(0.74, 0.86) * unit)
    h = round(w * (0.56 if kind == "sign" else 1.3))
    w_text, centre_y = w * 0.78, h * (0.42 if kind == "sign" else 0.17)
    return Surface(
        name=kind,
        body=kind,
        x=(width - w) / 2 + lot.signed(0, 0.03) * width,
        y=height * lot.number(0.30, 0.36),
        width=w,
        height=h,
        colour=lot.one_of(_DEEP),
        accent=lot.one_of(_BRIGHT),
        seed=lot.whole(0, 10**6),
        turned=lot.signed(0, 3.0),
        leaning=(lot.signed(0, 6), lot.signed(0, 16)),
        parallax=lot.number(0.8, 1.0),
        motion=Motion(),
        highlight=Highlight(strength=0.2, width=0.12 * w, speed=0.3 * w) if lot.chance(0.3) else None,
        lettering=_pair(lot, (w / 2, centre_y), w_text, unit, lot.one_of(_PAPER), frames),
    )


def _shirt(lot: _Lot, width: int, height: int, frames: int) -> Surface:
    """A T-shirt with a print on its chest."""
    unit = min(width, height)
    w = round(0.92 * unit)
    h = round(0.98 * w)
    return Surface(
        name="shirt",
        body="shirt",
        x=(width - w) / 2,
        y=height * 0.88 - h,
        width=w,
        height=h,
        colour=lot.one_of(_DEEP),
        accent=lot.one_of(_BRIGHT),
        seed=lot.whole(0, 10**6),
        motion=_object_motion(lot, unit, 2.0),
        lettering=_pair(lot, (w / 2, h * 0.38), w * 0.55, 0.75 * unit, lot.one_of(_PAPER), frames),
    )


def _plain(lot: _Lot, width: int, height: int, backdrop: Backdrop) -> Surface:
    """Stable lettering painted on the backdrop itself, near the top."""
    unit = min(width, height)
    w, h = round(0.84 * unit), round(0.16 * unit)
    line = _line(lot, "wall", "stable", (w / 2, h / 2), (w * 0.9, 0.085 * unit), (250, 246, 238), 16, large=False)
    return Surface(
        name="backdrop",
        body="bare",
        x=(width - w) / 2,
        y=height * 0.045,
        width=w,
        height=h,
        parallax=backdrop.parallax,
        lettering=(line,),
    )


def _passing(lot: _Lot, seconds: float) -> Occluder:
    """Something that crosses the middle of the picture at some time of the clip."""
    kinds: tuple[dict[str, Any], ...] = (
        {"kind": "ball", "colour": lot.one_of(_BRIGHT), "size": lot.number(0.07, 0.13)},
        {
            "kind": "bar",
            "colour": lot.one_of(_DEEP),
            "size": lot.number(0.03, 0.07),
            "angle": 90 + lot.signed(0, 20),
        },
        {"kind": "hand", "colour": (205, 150, 120), "size": lot.number(0.08, 0.11)},
    )
    chosen = lot.one_of(kinds)
    rightward = lot.chance(0.5)
    if chosen["kind"] == "hand":
        chosen = chosen | {"angle": lot.signed(0, 15) + (0 if rightward else 180)}
    speed = lot.number(0.9, 1.4) / seconds
    middle = lot.number(0.35, 0.8) * seconds
    start = 0.5 - speed * middle if rightward else 0.5 + speed * middle
    height = lot.number(0.45, 0.65)
    return Occluder(
        start=(start, height),
        velocity=(speed if rightward else -speed, lot.signed(0, 0.04)),
        softness=lot.number(2, 5),
        **chosen,
    )
