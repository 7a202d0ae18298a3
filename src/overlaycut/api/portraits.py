"""Faces of the cast as small pictures for reports, from a decode up to the last frame that is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from overlaycut.api.clip_analysis import Source
from overlaycut.core.cast import Appearance, CastReport
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.media import Clip
from overlaycut.pipeline import Pipeline, Step
from overlaycut.report import EncodedPicture, jpeg

Place: TypeAlias = tuple[int, Box]
"""A frame, and a box in its pixels."""

_PIXELS, _QUALITY = 160, 82
"""Columns of a face, and its JPEG quality."""
_SURROUND = 0.35
"""What is shown around a face, in shares of its height at each side."""


@dataclass(frozen=True, slots=True, eq=False)
class Portraits:
    """Character → their face."""

    faces: Mapping[str, EncodedPicture] = field(default_factory=dict)


def portrait_places(appearances: Sequence[Appearance], report: CastReport) -> dict[str, Place]:
    """Where each character is looked at: where they first go wrong, else where they are seen best."""
    places = {}
    for one in appearances:
        seen = [sighting for track in report.tracks if track.id in one.tracks for sighting in track.sightings]
        if not seen:
            continue
        wrong = one.face.first_bad
        if wrong is not None and (late := [sighting for sighting in seen if sighting.at >= wrong]):
            seen = late[: max(1, len(late) // 4)]
        best = max(seen, key=lambda sighting: sighting.weight * sighting.box.h)
        places[one.character] = best.index, best.box
    return places


def portraits(pipeline: Pipeline, source: Source, subject: str, places: Mapping[str, Place]) -> Portraits:
    """The faces of a clip's characters, made or taken from the store."""
    if not places:
        return Portraits()
    step = Step(
        name="portraits",
        subject=subject,
        version=1,
        artifact=Portraits,
        inputs={"clip": source.digest},
        settings={"places": {name: [index, box.x, box.y, box.w, box.h] for name, (index, box) in places.items()}},
    )
    return pipeline.result(step, lambda: taken_portraits(source.clip, places))


def taken_portraits(clip: Clip, places: Mapping[str, Place]) -> Portraits:
    """The faces of a clip's characters."""
    left, faces = dict(places), {}
    for frame in clip.frames() if left else ():
        for name in [name for name, (index, _) in left.items() if index == frame.index]:
            faces[name] = portrait(frame, left.pop(name)[1])
        if not left:
            break
    return Portraits(faces)


def portrait(frame: Frame, face: Box) -> EncodedPicture:
    """A face with its surround, square where the picture has room."""
    side = min(round(face.h * (1 + 2 * _SURROUND)), frame.width, frame.height)
    x = min(max(face.x + (face.w - side) // 2, 0), frame.width - side)
    y = min(max(face.y + (face.h - side) // 2, 0), frame.height - side)
    return jpeg(frame.patch(Box(x, y, side, side)), width=_PIXELS, quality=_QUALITY)
