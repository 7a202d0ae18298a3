"""The data of a report page, and its rendering as one HTML file without external resources."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from PIL import Image

from overlaycut.core.frame import Plane
from overlaycut.report.look import StripFrame
from overlaycut.report.moments import RegionMoment
from overlaycut.report.pictures import EncodedPicture
from overlaycut.report.plots import Plot
from overlaycut.report.rendering import rendered

Points: TypeAlias = tuple[tuple[float, float], ...]
"""Corners in shares of the picture's width and height, 0..1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A region in one frame of a filmstrip."""

    region: str
    label: str
    tone: Literal["right", "broken", "protected", "hidden"]
    points: Points


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One frame of a filmstrip with its regions."""

    frame: StripFrame
    outlines: tuple[Outline, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateCard:
    """One of several clips for a shot."""

    clip: str
    score: float
    """0..100."""
    chosen: bool
    parts: Mapping[str, float | None]
    """0..1 each; None for what does not apply."""
    reasons: tuple[str, ...]
    faults: tuple[str, ...]
    """What is wrong with it: faults, and what it fails of what was asked for."""
    strip: tuple[EncodedPicture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Untouched:
    """The proof that nothing else was changed."""

    identical: bool
    fraction: float
    """Share of all luma samples that lie inside a mask, 0..1."""
    compared: int
    """Luma samples outside the masks, each compared with the decoded one."""
    ground: EncodedPicture | None = None
    """A frame of the clip, under the map of what was written."""
    written: Plane | None = None
    """Where samples were written in any frame: 0 nowhere."""
    of: str = "the decoded clip"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotSection:
    """One shot, or one clip, on the page."""

    name: str
    clip: str
    facts: str = ""
    """Size, rate and length in words."""
    why_chosen: str = ""
    strip: tuple[Shown, ...] = ()
    regions: Sequence[Mapping[str, Any]] | None = ()
    """As the plan has them; None where lettering was not looked for."""
    moments: tuple[RegionMoment, ...] = ()
    moments_left_out: int = 0
    plots: tuple[Plot, ...] = ()
    candidates: tuple[CandidateCard, ...] = ()
    untouched: Untouched | None = None
    gates: tuple[str, ...] = ()
    gates_detail: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Region → what was measured on its pixels: gate, meaning, status, value, limit, worst_frame."""
    notes: tuple[str, ...] = ()
    ok: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CastCell:
    """One character in one clip."""

    clip: str
    verdict: str
    words: str
    face: EncodedPicture | None = None
    plot: Plot | None = None
    clothes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CastRow:
    """One character in every clip that shows them."""

    name: str
    reference: EncodedPicture | None
    cells: Mapping[str, CastCell]
    """By clip; a clip without them has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CastSection:
    """Who is where, and whether they stay themselves."""

    model: str
    clips: tuple[str, ...]
    rows: tuple[CastRow, ...]
    pairs: Sequence[Mapping[str, Any]] = ()
    """The same character in two clips: name, clip_a, clip_b, similarity, verdict; the least alike first."""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppChrome:
    """What an app draws over a clip: insets in shares of the picture, 0..1."""

    top: float
    bottom: float
    left: float
    right: float
    source: str
    """Where the figures come from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCard:
    """One written file."""

    facts: Mapping[str, Any]
    """As the command line's JSON has it."""
    title: str
    picture: EncodedPicture | None = None
    chrome: AppChrome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedWarning:
    """One warning, however often it was given."""

    text: str
    places: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of the chain from the inputs to what was written."""

    step: str
    """Such as "clip", "plan" or "delivery"."""
    subject: str
    facts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One step of the job."""

    step: str
    subject: str
    state: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The content of the whole page."""

    title: str
    version: str
    ok: bool
    verdict: str
    """In one sentence."""
    failed: tuple[tuple[str, str], ...] = ()
    """What failed, as (section, words); the section is a shot's name, or empty."""
    advice: tuple[str, ...] = ()
    """What to do before and while publishing."""
    shots: tuple[ShotSection, ...] = ()
    ranking: tuple[CandidateCard, ...] = ()
    cast: CastSection | None = None
    cast_first: bool = False
    """Whether the cast is what the page is about, and stands before the clips."""
    deliveries: tuple[DeliveryCard, ...] = ()
    plots: tuple[Plot, ...] = ()
    """Of the whole programme."""
    warnings: tuple[CountedWarning, ...] = ()
    chain: tuple[Link, ...] = ()
    timings: tuple[Timing, ...] = ()
    seconds: float | None = None
    """Duration of the run until the page was made."""


def page(content: Page) -> str:
    """The page as HTML; every picture, style and script is inside it, and nothing else can be loaded or run."""
    return rendered("report", content, slug=_slug, overlay=_overlay, base=_base)


def document(content: Page) -> dict[str, Any]:
    """The page's data as JSON values, without its pictures."""
    found = _plain(content)
    assert isinstance(found, dict)
    return found


_PICTURES = ("picture", "pictures", "face", "reference", "ground", "written", "before", "after", "loop")


def _plain(value: object) -> Any:
    match value:
        case Plot():
            return value.to_dict()
        case EncodedPicture() | np.ndarray():
            return None
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value if not isinstance(item, EncodedPicture)]
    if is_dataclass(value):
        names = [one.name for one in fields(value) if one.name not in _PICTURES]
        return {name: _plain(getattr(value, name)) for name in names}
    return value


def counted(warnings: Sequence[str]) -> tuple[CountedWarning, ...]:
    """Warnings, each once: those that differ in their place or in numbers alone are one.

    The place is what stands before the first colon, where that is the name of a shot or of a file.
    """
    groups: dict[str, list[tuple[str, str]]] = {}
    for warning in warnings:
        place, text = _placed(warning)
        groups.setdefault(_NUMBER.sub("#", text), []).append((place, text))
    return tuple(
        CountedWarning(
            text=found[0][1],
            places=tuple(dict.fromkeys(place for place, _ in found if place)),
            count=len(found),
        )
        for found in groups.values()
    )


_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_PLACE = re.compile(r"((?:shot-\d+|[^\s:]+\.\w{2,4})): (.+)", re.DOTALL)


def _placed(warning: str) -> tuple[str, str]:
    match = _PLACE.fullmatch(warning)
    return ("", warning) if match is None else (match[1].rsplit("/", 1)[-1], match[2])


def _slug(name: str) -> str:
    """A name as the id of an element."""
    return "s-" + re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()


def _base(path: str) -> str:
    """The last part of a path."""
    return path.rsplit("/", 1)[-1]


def _overlay(plane: Plane) -> str:
    """A map of what was written as a data URI: red where anything was, else transparent."""
    rgba = np.zeros((*plane.shape, 4), np.uint8)
    rgba[..., 0], rgba[..., 2] = 255, 64
    rgba[..., 3] = np.where(plane > 0, 170, 0)
    file = io.BytesIO()
    Image.fromarray(rgba).save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
