"""A region's track is refined once, whatever is done with it, and taken from whoever has it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Span
from overlaycut.repair.estimate.estimation import as_frame
from overlaycut.repair.estimate.region_tracks import RegionTracks, TrackInputs
from overlaycut.repair.estimate.track_refinement import RefinedTrack
from repair.scene import Scene

SCENE = Scene(frames=12, textured=True)


class Source:
    """Keeps what it was given, and counts what it asked for."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[TrackInputs, RefinedTrack]] = {}
        self.asked: list[Collection[str]] = []

    def __call__(
        self, inputs: Mapping[str, TrackInputs], refine: Callable[[Collection[str]], Mapping[str, RefinedTrack]]
    ) -> Mapping[str, RefinedTrack]:
        stale = [name for name, one in inputs.items() if name not in self.kept or self.kept[name][0] != one]
        self.asked.append(stale)
        if stale:
            self.kept.update({name: (inputs[name], track) for name, track in refine(stale).items()})
        return {name: self.kept[name][1] for name in inputs}


def tracks(source: Source, decoded: list[int]) -> RegionTracks:
    def frames() -> Iterator[Frame]:
        for frame in SCENE.clip():
            decoded.append(frame.index)
            yield frame

    return RegionTracks(frames, as_frame(SCENE.still(), "bt709"), source=source)


def test_another_decision_takes_the_track_that_there_is() -> None:
    source, decoded = Source(), list[int]()
    edit = Span(4, 10)
    restored, erased = (SCENE.plan(one, edit) for one in ("restore", "erase"))
    first = tracks(source, decoded).of(restored, restored.regions)
    assert decoded == list(range(11)), "read up to the end of what changes, and told there to stop"
    again = tracks(source, decoded).of(erased, erased.regions)
    assert source.asked == [["r1"], []] and len(decoded) == 11
    assert again["r1"] is first["r1"]


def test_other_frames_are_another_track() -> None:
    source, decoded = Source(), list[int]()
    for end in (10, 8):
        plan = SCENE.plan("restore", Span(4, end))
        made = tracks(source, decoded).of(plan, plan.regions)
        assert max(made["r1"].quads) == end - 1
    assert source.asked == [["r1"], ["r1"]]


def test_what_it_knows_itself_is_asked_of_nobody() -> None:
    source, decoded = Source(), list[int]()
    own, plan = tracks(source, decoded), SCENE.plan("restore", Span(4, 8))
    assert own.of(plan, plan.regions)["r1"] is own.of(plan, plan.regions)["r1"]
    assert source.asked == [["r1"]]
