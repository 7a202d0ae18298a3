"""Faces, subjects and lettering as regions of interest: kept inside the crop by reframing, and clear of captions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

import numpy as np

from overlaycut.analyse import FaceSpotter, InsetAnalyser, SubjectSpotter, subject_of_still
from overlaycut.core.cues import KeepOut
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box
from overlaycut.core.plan import EditPlan
from overlaycut.core.progress import Progress, with_progress
from overlaycut.errors import UsageError
from overlaycut.media import Clip
from overlaycut.models import face_detector
from overlaycut.reframe.camera import Camera


@dataclass(frozen=True, slots=True, kw_only=True)
class FramingParameters:
    """Which faces matter to captions and to the crop; tests/api/test_framing.py checks them."""

    large_share: Fraction = Fraction(1, 25)
    """Area of a face over that of the picture, 0..1, from which captions avoid it."""
    small_weight: float = 0.1
    """Weight of a smaller face, unless it is a passer-by's, for captions: they move by a tenth of the picture rather
    than cover a hundredth of it, and cost no warning."""
    background_share: Fraction = Fraction(1, 4)
    """Area of a face over that of the largest at the same time, 0..1, below which it belongs to a passer-by."""
    prominent_lettering: Fraction = Fraction(1, 50)
    """Area of lettering that nobody named over that of the picture, 0..1, from which it is not cut through: posters
    and signs behind a scene are smaller (the shop of ai_text/ovi_barber_dogs: 1.8 %), titles and subtitles larger."""
    centred: float = 0.12
    """Distance of a subject's middle from that of its still, in parts of the side, up to which the still is composed
    around it."""
    incidental_weight: float = 0.02
    """Weight of smaller lettering for captions: they move over the whole picture rather than cover half of it."""


def spotter_of(facts: ClipFacts) -> FaceSpotter:
    """An analyser that locates the faces of a clip. Raises what `face_detector` does."""
    return FaceSpotter(face_detector(), facts.width, facts.height)


def faces_on(picture: Frame) -> tuple[KeepOut, ...]:
    """The faces of a single picture, for its duration from time 0."""
    spotter = FaceSpotter(face_detector(), picture.width, picture.height)
    spotter.see(picture)
    return spotter.result()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What captions are placed among, in pixels and seconds of a clip."""

    faces: tuple[KeepOut, ...] = ()
    insets: tuple[KeepOut, ...] = ()
    subject: tuple[KeepOut, ...] = ()


def surroundings(clip: Clip, progress: Progress, *, until: Fraction) -> Surroundings:
    """The faces, the insets and the main subject of a clip before a time, from a preview decode."""
    if until <= 0:
        return Surroundings()
    size = clip.facts.width, clip.facts.height
    faces, insets, subject = spotter_of(clip.facts), InsetAnalyser(*size), SubjectSpotter(*size)
    for frame in with_progress(clip.preview_frames(), progress, f"look at {clip.path.name}", None):
        if frame.at >= until:
            break
        for analyser in (faces, insets, subject):
            analyser.see(frame)
    return Surroundings(faces.result(), insets.result(), subject.result())


def in_the_way(
    faces: Iterable[KeepOut], width: int, height: int, *, parameters: FramingParameters = FramingParameters()
) -> list[KeepOut]:
    """The faces that captions avoid in a picture of `width` x `height` pixels: large and prominent ones."""
    places = tuple(faces)
    large = [face for face in places if face.box.area >= parameters.large_share * width * height]
    small = (face for face in prominent(places) if face not in large)
    return [*large, *(replace(face, weight=parameters.small_weight) for face in small)]


def prominent(faces: Iterable[KeepOut], *, parameters: FramingParameters = FramingParameters()) -> tuple[KeepOut, ...]:
    """The faces that the crop keeps inside the frame, all but those of passers-by, in order of their start."""
    ordered = sorted(faces, key=lambda face: face.start)
    small: set[KeepOut] = set()
    there: list[KeepOut] = []
    for face in ordered:
        there = [*(other for other in there if other.end > face.start), face]
        largest = max(other.box.area for other in there)
        small |= {other for other in there if other.box.area < parameters.background_share * largest}
    return tuple(face for face in ordered if face not in small)


def lettering(
    plan: EditPlan, facts: ClipFacts, *, parameters: FramingParameters = FramingParameters()
) -> tuple[KeepOut, ...]:
    """Where the lettering stands that a plan keeps or restores, over stretches of a quarter of a second.

    What a person named and what is protected has to be shown whole. What nobody named is not to be cut through where it
    is prominent; else it is incidental, a preference.
    Raises UsageError when the plan was made for a clip of another size or length.
    """
    clip = plan.clip
    if (clip.width, clip.height, clip.frames) != (facts.width, facts.height, facts.frames):
        raise UsageError(
            f"the plan is for {clip.width}x{clip.height} and {clip.frames} frames, {facts.path.name} is "
            f"{facts.width}x{facts.height} and {facts.frames}",
            hint="analyze this clip, or leave the plan out",
        )
    rate = Fraction(clip.fps).limit_denominator(1001)
    stretch = max(round(rate / 4), 1)
    taken = []
    for region in plan.regions:
        if region.decision not in ("keep", "restore"):
            continue
        required = region.protected or region.expected_from == "user" or region.kind == "watched"
        name = region.expected or region.read or region.name or region.id
        covers = max((quad.area for quad in region.quads.values()), default=0)
        large = covers >= parameters.prominent_lettering * facts.width * facts.height
        weight = 1.0 if required or large or region.kind == "subtitle" else parameters.incidental_weight
        for number, group in groupby(sorted(region.quads), key=lambda index: index // stretch):
            box = Box.around(region.quads[index].box() for index in group).clipped(facts.width, facts.height)
            if box is not None:
                times = number * stretch / rate, (number + 1) * stretch / rate
                taken.append(KeepOut(box, *times, name=name, required=required, weight=weight))
    return tuple(taken)


def composition(still: Picture, plan: EditPlan, *, parameters: FramingParameters = FramingParameters()) -> Box | None:
    """Where the subject lies in the clip that its still has in the middle; None where it has none there.

    None as well where the still was not found in the clip.
    """
    subject, record = subject_of_still(still), plan.registration
    if subject is None or record is None:
        return None
    rows, columns = still.shape[:2]
    off = (subject.x + subject.w / 2) / columns - 0.5, (subject.y + subject.h / 2) / rows - 0.5
    if max(map(abs, off)) > parameters.centred:
        return None
    matrix = np.array(record.matrix, np.float64)
    return subject.quad().mapped(matrix).box().clipped(plan.clip.width, plan.clip.height)


def shown(camera: Camera, places: Iterable[KeepOut], start: Fraction, end: Fraction) -> Iterator[KeepOut]:
    """The boxes in pixels of the crop, clipped to the frame and to [start, end) of the camera's clock."""
    for one in places:
        begins, ends = max(one.start, start), min(one.end, end)
        box = camera.shown(one.box, (begins + ends) / 2) if begins < ends else None
        if box is not None:
            yield replace(one, box=box, start=begins, end=ends)
