"""What in a picture is to be seen: faces in front of everything, and lettering that stays.

The camera keeps it in the frame, and captions keep off it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from overlaycut.analyse import FaceSpotter
from overlaycut.core.cues import KeepOut
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Frame
from overlaycut.core.progress import Progress, with_progress
from overlaycut.media import Clip
from overlaycut.models import face_detector
from overlaycut.reframe.camera import Camera

_LARGE = Fraction(1, 25)
"""Share of a picture that a face takes before captions make room for it; smaller ones are part of a scene."""
_BACKGROUND = Fraction(1, 4)
"""Share of the area of the largest face at its time below which another one belongs to a passer-by."""


def spotter_of(facts: ClipFacts) -> FaceSpotter:
    """An analyser that finds where faces are in a clip. Raises what `face_detector` does."""
    return FaceSpotter(face_detector(), facts.width, facts.height)


def faces_on(picture: Frame) -> tuple[KeepOut, ...]:
    """The faces of a single picture, from time 0 until it ends."""
    spotter = FaceSpotter(face_detector(), picture.width, picture.height)
    spotter.see(picture)
    return spotter.result()


def faces_of(clip: Clip, progress: Progress, *, until: Fraction) -> tuple[KeepOut, ...]:
    """The faces of a clip before a time, by a decode of their own."""
    if until <= 0:
        return ()
    spotter = spotter_of(clip.facts)
    for frame in with_progress(clip.preview_frames(), progress, f"look at {clip.path.name}", None):
        if frame.at >= until:
            break
        spotter.see(frame)
    return spotter.result()


def in_the_way(faces: Iterable[KeepOut], width: int, height: int) -> list[KeepOut]:
    """The faces that captions in a width × height picture keep off."""
    return [face for face in faces if face.box.area >= _LARGE * width * height]


def prominent(faces: Iterable[KeepOut]) -> tuple[KeepOut, ...]:
    """The faces that a camera keeps in the frame: all but those of passers-by, in order of their start."""
    ordered = sorted(faces, key=lambda face: face.start)
    small: set[KeepOut] = set()
    there: list[KeepOut] = []
    for face in ordered:
        there = [*(other for other in there if other.end > face.start), face]
        largest = max(other.box.area for other in there)
        small |= {other for other in there if other.box.area < _BACKGROUND * largest}
    return tuple(face for face in ordered if face not in small)


def shown(camera: Camera, places: Iterable[KeepOut], start: Fraction, end: Fraction) -> Iterator[KeepOut]:
    """The places as the camera shows them, as far as they lie in the frame and between two times on its clock."""
    for one in places:
        begins, ends = max(one.start, start), min(one.end, end)
        box = camera.shown(one.box, (begins + ends) / 2) if begins < ends else None
        if box is not None:
            yield replace(one, box=box, start=begins, end=ends)
