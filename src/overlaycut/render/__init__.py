"""Plan and frames into frames: restore, erase, cover and reframe, and what it cost the picture.

`prepare` reads a clip once and gives `Repairs`; `Touched` and `Flicker` measure what they did; `reframed`
brings frames into another shape; `Annotations` draws what the analysis saw.
"""

from overlaycut.render.annotate import Annotations
from overlaycut.render.camera import Camera, Reframe, filmed
from overlaycut.render.forecast import Forecast
from overlaycut.render.guess import guess_of
from overlaycut.render.interest import Interest, crop_box
from overlaycut.render.letterer import Lettered, Letterer, Stood
from overlaycut.render.measure import Flicker, Touched
from overlaycut.render.plate import Fill
from overlaycut.render.reframe import Ground, reframed
from overlaycut.render.repair import Repaired, Repairs, prepare

__all__ = [
    "Annotations",
    "Camera",
    "Fill",
    "Flicker",
    "Forecast",
    "Ground",
    "Interest",
    "Lettered",
    "Letterer",
    "Reframe",
    "Repaired",
    "Repairs",
    "Stood",
    "Touched",
    "crop_box",
    "filmed",
    "guess_of",
    "prepare",
    "reframed",
]
