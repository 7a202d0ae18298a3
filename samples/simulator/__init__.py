"""Clips like those of image-to-video models, drawn with known truth.

A `Scene` says what there is and how it moves and fails; `simulate` draws it. The result gives the still, the
frames of the clip, the same frames with intact lettering and with none, and a `Truth` with every quad,
homography, state and onset. Equal scenes give equal pixels.

Coordinates are pixels with the origin at the top-left corner of the picture and pixel centres at +0.5.
"""

from simulator.clip import Picture, Simulation, Version, simulate
from simulator.lettering import FONTS, ink_width
from simulator.mp4 import SAMPLE_RATE, chord, murmur, write_clip
from simulator.scene import (
    Arrival,
    Backdrop,
    Bending,
    Camera,
    Fault,
    Focus,
    Highlight,
    Lettering,
    Light,
    Motion,
    Occluder,
    Quad,
    Scene,
    State,
    Surface,
)
from simulator.truth import Region, RegionFrame, Truth
from simulator.variety import random_scene

__all__ = [
    "FONTS",
    "SAMPLE_RATE",
    "Arrival",
    "Backdrop",
    "Bending",
    "Camera",
    "Fault",
    "Focus",
    "Highlight",
    "Lettering",
    "Light",
    "Motion",
    "Occluder",
    "Picture",
    "Quad",
    "Region",
    "RegionFrame",
    "Scene",
    "Simulation",
    "State",
    "Surface",
    "Truth",
    "Version",
    "chord",
    "ink_width",
    "murmur",
    "random_scene",
    "simulate",
    "write_clip",
]
