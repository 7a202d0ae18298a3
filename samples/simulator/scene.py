"""What a clip is made of, as plain frozen data.

Lengths and places are pixels of the still, with the origin at its top-left corner, unless said otherwise; rates
are per second, angles are degrees, colours are sRGB 0..255. Frame 0 is the still, but for `Arrival`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Point: TypeAlias = tuple[float, float]
Quad: TypeAlias = tuple[Point, Point, Point, Point]
"""Four (x, y) corners, clockwise from the text's own top-left."""
Colour: TypeAlias = tuple[int, int, int]
Homography: TypeAlias = NDArray[np.float64]
"""A projective map of the plane, (3, 3): it sends columns (x, y, 1)."""
Points: TypeAlias = NDArray[np.float64]
"""Points of the plane, (n, 2)."""

State = Literal["stable", "warped", "invented", "lost"]
BackdropKind = Literal["studio", "bokeh", "cafe", "tiles", "brick", "wood", "street"]
BodyKind = Literal["bare", "bottle", "can", "box", "sign", "poster", "shirt", "presenter"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """How lettering goes wrong."""

    kind: Literal["warped", "invented", "lost"]
    onset: int
    """First frame that differs from intact lettering; invented lettering is first seen there."""
    ramp: int
    """Frames from the onset to the full effect."""
    strength: float = 1.0
    """1 is beyond reading for warped lettering; 0.3 is a wobble."""
    part: tuple[float, float] = (0.0, 1.0)
    """First and last place along the line, as shares of its length, between which warped lettering goes wrong."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.onset < 0 or self.ramp < 1 or self.strength <= 0:
            raise ValueError(
                f"a fault begins at frame 0 or later, takes at least one frame and has a strength above 0, "
                f"got onset {self.onset}, ramp {self.ramp}, strength {self.strength:g}"
            )

    def progress(self, frame: int) -> float:
        """Share of the full effect at a frame: 0 before the onset, above 0 at it, 1 after the ramp."""
        return min(max((frame - self.onset + 1) / self.ramp, 0.0), 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lettering:
    """One line of text on a surface."""

    name: str
    text: str
    centre: Point
    """Middle of the ink, from the surface's top-left corner."""
    size: float
    """Font size (em)."""
    font: str = "Inter-Bold.otf"
    """File in the fonts folder."""
    colour: Colour = (245, 240, 230)
    outline: Colour | None = None
    outline_width: float = 0.0
    glow: float = 0.0
    """Reach of a halo in the text's colour, as of a lit sign."""
    fault: Fault | None = None

    @property
    def state(self) -> State:
        """What a perfect judge says of it."""
        return self.fault.kind if self.fault else "stable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Motion:
    """Movement of an object in the scene, smooth and exact; zero at frame 0."""

    drift: Point = (0.0, 0.0)
    """Velocity it settles into."""
    sway: Point = (0.0, 0.0)
    """Amplitude of a slow swing."""
    turn: float = 0.0
    """Amplitude of rotation in the picture."""
    tilt: Point = (0.0, 0.0)
    """Amplitude of rotation out of the picture, about the x and the y axis."""
    period: float = 4.0
    """Seconds of one swing."""
    phase: float = 0.0
    """Where in the swing frame 0 falls, in degrees."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bending:
    """How a surface changes its form; nothing at frame 0."""

    turn: float = 0.0
    """Degrees per second, once going, by which print wanders around an upright cylinder; needs a radius."""
    wave: float = 0.0
    """Amplitude of waves that run over cloth and lift and lower what is printed on it."""
    length: float = 200.0
    """Of a wave."""
    period: float = 1.5
    """Seconds in which a wave moves on by its own length."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Camera:
    """Movement of the camera, smooth and exact; zero at frame 0."""

    pan: Point = (0.0, 0.0)
    """Velocity of the picture at parallax 1."""
    zoom: float = 0.0
    """Natural logarithm of the magnification gained per second, at parallax 1."""
    roll: float = 0.0
    """Rotation per second."""
    shutter: float = 0.0
    """Share of a frame's time for which it is open; what moves meanwhile is smeared."""
    shake: float = 0.0
    """Hand-held wobble, about its RMS in pixels at parallax 1."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Highlight:
    """A band of light that crosses a surface."""

    strength: float = 0.3
    """Light added at its middle, 0..1."""
    width: float = 60.0
    start: float = 0.0
    """Place of its middle at frame 0, from the surface's left edge."""
    speed: float = 80.0
    slant: float = 0.35
    """Pixels to the left per pixel down."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Surface:
    """A thing in the scene that carries lettering; it moves as one plane, beside which it may bend."""

    name: str
    body: BodyKind
    x: float
    y: float
    width: int
    height: int
    colour: Colour = (40, 60, 70)
    accent: Colour = (230, 220, 200)
    seed: int = 0
    turned: float = 0.0
    """Rotation in the still."""
    leaning: Point = (0.0, 0.0)
    """Rotation out of the picture in the still, about the x and the y axis."""
    radius: float | None = None
    """Radius of the upright cylinder that the lettering is wrapped around; None is flat."""
    parallax: float = 1.0
    """Share of the camera's movement it shows; far things show less."""
    motion: Motion = Motion()
    bending: Bending = Bending()
    highlight: Highlight | None = None
    lettering: tuple[Lettering, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Backdrop:
    """What is behind everything."""

    kind: BackdropKind
    colour: Colour = (120, 110, 100)
    accent: Colour = (240, 190, 120)
    seed: int = 0
    parallax: float = 0.6
    defocus: float = 0.0
    """Sigma of its depth-of-field blur."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Occluder:
    """Something that passes in front of everything; places are fractions of the frame's width and height."""

    kind: Literal["ball", "bar", "hand"]
    start: Point
    """Where it is at frame 0."""
    velocity: Point
    size: float = 0.12
    """Radius of the ball, half width of the bar, of the palm; fraction of the frame's width."""
    angle: float = 0.0
    """Direction of the bar and the fingers; 0 points right, 90 down."""
    softness: float = 3.0
    """Width of its edge in frame pixels."""
    colour: Colour = (205, 150, 120)


@dataclass(frozen=True, kw_only=True, slots=True)
class Light:
    """Slow change of exposure; each runs smoothly from nothing at frame 0 to the full value at the last frame."""

    gain: float = 0.0
    """Logarithm to base 2, in stops."""
    gamma: float = 0.0
    """Added to an exponent of 1."""
    warmth: float = 0.0
    """Red times 1 + warmth, blue times 1 − warmth."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Focus:
    """Focus that is lost and found again: extra blur that swings from none at frame 0 to `sigma` and back."""

    sigma: float = 0.0
    """Frame pixels at its worst."""
    period: float = 2.0
    """Seconds from sharp to sharp."""

    def at(self, seconds: float) -> float:
        """Sigma at a time."""
        return self.sigma * 0.5 * (1 - float(np.cos(2 * np.pi * seconds / self.period)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """How frame 0 differs from the still."""

    scale: float = 1.0
    """Magnification about the middle; above 1 crops."""
    offset: Point = (0.0, 0.0)
    """Frame pixels."""
    turn: float = 0.0
    gain: float = 1.0
    """Factor on sRGB values."""
    blur: float = 0.0
    """Sigma in frame pixels, for the whole clip."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A clip and its still, before either is drawn."""

    width: int
    height: int
    frames: int
    fps: Fraction = Fraction(24)
    still_width: int
    still_height: int
    seed: int = 0
    backdrop: Backdrop
    surfaces: tuple[Surface, ...]
    """Far to near: later ones hide earlier ones."""
    camera: Camera = Camera()
    arrival: Arrival = Arrival()
    occluder: Occluder | None = None
    light: Light = Light()
    focus: Focus = Focus()
    noise: float = 1.0
    """Standard deviation of sensor noise, in 8-bit steps."""

    def __post_init__(self) -> None:
        if min(self.width, self.height, self.frames, self.still_width, self.still_height) <= 0:
            raise ValueError("a scene has a size and at least one frame")
        if self.width % 2 or self.height % 2:
            raise ValueError(f"4:2:0 video has an even width and height, not {self.width}x{self.height}")
        if any(surface.bending.turn and surface.radius is None for surface in self.surfaces):
            raise ValueError("print wanders around a cylinder only: give the surface a radius")
        names = [line.name for surface in self.surfaces for line in surface.lettering]
        if len(set(names)) != len(names):
            raise ValueError(f"lettering needs names of its own, got {names}")

    def seconds(self, frame: int | Fraction) -> Fraction:
        """Time of a frame, or of a moment between two, exact, from frame 0."""
        return frame / self.fps
