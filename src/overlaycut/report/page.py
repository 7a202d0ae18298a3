"""The data of a report page, and its rendering as one HTML file without external resources."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from PIL import Image

from overlaycut.core.frame import Picture

_JPEG_QUALITY = 88
_CROP_WIDTH = 420
"""Pixels across one crop on the page; wider ones are scaled down."""


@dataclass(frozen=True, slots=True)
class Crop:
    """The same place before and after, at one time."""

    region: str
    seconds: float
    before: Picture
    after: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotSection:
    """One shot on the page."""

    name: str
    clip: str
    why_chosen: str
    regions: list[dict[str, Any]]
    touched_fraction: float
    untouched_identical: bool
    gates: tuple[str, ...]
    gates_detail: dict[str, list[dict[str, Any]]]
    """Region → what was measured on its pixels: gate, meaning, status, value, limit, worst_frame."""
    crops: tuple[Crop, ...]
    notes: tuple[str, ...]
    ranking: list[dict[str, Any]]
    """The candidates as `rank` gives them, best first; empty where there was nothing to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The content of the whole page."""

    title: str
    version: str
    summary: str
    shots: tuple[ShotSection, ...]
    deliveries: list[dict[str, Any]]
    warnings: tuple[str, ...]
    cast: dict[str, Any] | None = None
    """What `drift` gives; None without a cast."""


def page(content: Page) -> str:
    """The page as HTML; every picture is inside it."""
    environment = Environment(
        loader=PackageLoader("overlaycut.report"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["picture"] = _data_uri
    environment.filters["polyline"] = _polyline
    return environment.get_template("report.html").render(page=content)


def _data_uri(picture: Picture) -> str:
    image = Image.fromarray(picture)
    if image.width > _CROP_WIDTH:
        height = max(1, round(image.height * _CROP_WIDTH / image.width))
        image = image.resize((_CROP_WIDTH, height), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")


_PLOT = (240, 44)
"""Pixels of a plot of similarity over time, width and height; 0 is at its foot, 1 at its top."""


def _polyline(series: list[list[float]]) -> str:
    """Points of an SVG polyline for [[seconds, similarity, weight], …]."""
    if not series:
        return ""
    first, last = series[0][0], series[-1][0]
    across = _PLOT[0] / max(last - first, 1e-6)
    return " ".join(f"{(at - first) * across:.1f},{(1 - alike) * _PLOT[1]:.1f}" for at, alike, _ in series)
