"""One region of text while a clip is being looked at: its track, and what was read in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from overlaycut.analyse.judge import LetterMatch, OcrReading, ReferenceMatch, ShapeMatch, TextObservation
from overlaycut.analyse.lettering.covered import Front
from overlaycut.analyse.lettering.entering import EnteringParameters, is_bare
from overlaycut.analyse.lettering.fusion import LineFusion
from overlaycut.analyse.lettering.glyphs import GlyphSheet
from overlaycut.analyse.lettering.parameters import RegionParameters
from overlaycut.analyse.lettering.shape import LineShape
from overlaycut.analyse.tracking import SurfaceTracker, TrackObservation, TrajectoryParameters, fit_trajectory
from overlaycut.core.edit_distance import folded, likeness, similarity
from overlaycut.core.findings import TextSource
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import Homography, Points, Quad


@dataclass(eq=False, kw_only=True)
class Region:
    """A region under observation. `observations` has one entry per frame since its first one, without gaps."""

    tracker: SurfaceTracker
    text: str
    """The reading of the reference picture."""
    confidence: float
    """Of that reading, 0..1."""
    first_frame: int
    """The frame in which it was detected."""
    reference_quad: Quad | None
    """In the still, or in the first frame; None when it is in neither."""
    parameters: RegionParameters
    expected: str | None = None
    source: TextSource | None = None
    evidence: float | None = None
    """How sure it is, 0..1, that this is lettering, where it could not be read; None where it was."""
    from_still: bool = False
    invented: bool = False
    """Whether the still shows its place without it."""
    appeared: bool = False
    """Whether it came out of a surface that was bare before."""
    last_detected: int = 0
    """The last frame in which the detector found it."""
    observations: dict[int, TrackObservation] = field(default_factory=dict)
    readings: list[OcrReading] = field(default_factory=list)
    reference_shape: LineShape | None = None
    """The line as it looked when it was first seen whole and like its reference."""
    shapes: list[ShapeMatch] = field(default_factory=list)
    sheet: GlyphSheet | None = None
    """Its letters in the reference, or where it was first seen whole; None until then, and when it has none."""
    fronts: dict[int, Front | None] = field(default_factory=dict)
    """What is in front of it, in the frames in which that was looked for; None where its colours do not tell."""
    fusion: LineFusion | None = None
    """Its last frames, while it is small enough for several to be fused."""
    letters: list[LetterMatch] = field(default_factory=list)
    """How like that its letters are, in the frames that were compared."""
    reference_matches: list[ReferenceMatch] = field(default_factory=list)
    """How like its reference it is, in the frames that were compared; empty for lines without one."""
    carried: set[int] = field(default_factory=set)
    """Frames in which the camera says where it is."""
    detections: int = 1
    """How often the detector found it."""
    end: int | None = None
    """First frame that does not belong to it any more."""

    def track(self, index: int, picture: Plane, camera: Callable[[], Homography | None]) -> None:
        """Follow the surface into the next frame; what is invented goes, whatever its shape."""
        self.observations[index] = self.tracker.track(index, picture, camera, closely=not self.invented)

    def carry(self, index: int, corners: Points, *, sigma: float) -> None:
        """Set its place in frame `index`, known to `sigma` pixels, where the track does not know it."""
        self.tracker.place(corners)
        seen, certain = self.observations[index], np.eye(8) / max(sigma, 1e-3) ** 2
        self.observations[index] = replace(seen, corners=corners, information=certain)
        self.carried.add(index)

    def settle(self, index: int, picture: Plane, corners: Points, *, sigma: float) -> None:
        """Set its place in frame `index`, known to `sigma` of its heights, and measure it there."""
        self.observations[index] = self.tracker.settle(index, picture, corners, sigma=sigma)

    def track_back(
        self, tracker: SurfaceTracker, pictures: Iterable[tuple[int, Plane]], *, entering: EnteringParameters
    ) -> None:
        """Follow it back in time through `pictures`, latest first, as long as the text itself is present.

        It appeared when its surface was bare in the frames before that.
        """
        present, bare = True, 0
        for index, picture in pictures:
            seen = tracker.track(index, picture, lambda: None)
            if seen.support <= 0 or seen.ncc is None:
                return
            present &= seen.ncc >= self.parameters.present_ncc
            if present:
                self.observations[index] = seen
                continue
            bare = bare + 1 if is_bare(seen, entering) else 0
            self.appeared = bare >= entering.bare_frames

    def in_order(self) -> list[TrackObservation]:
        """All observations in order of time, up to where the region ends."""
        return [self.observations[i] for i in sorted(self.observations) if self.end is None or i < self.end]

    def like_reference(self) -> list[TrackObservation]:
        """The observations in which it looks like its reference."""
        return [one for one in self.in_order() if one.ncc is not None and one.ncc > self.parameters.same_ncc]

    def is_confirmed(self) -> bool:
        """Whether a frame other than the one it was detected in shows it too."""
        again = [r for r in self.readings if r.index != self.first_frame and r.confidence >= self.parameters.sure]
        alike = sum(likeness(self.text, r.text) > self.parameters.same_ncc for r in again)
        return self.detections >= 2 or alike >= 2

    def reads(self, text: str | None) -> bool:
        """Whether any reading is `text`."""
        return text is not None and any(similarity(text, r.text) >= self.parameters.right for r in self.readings)

    def replaced_at(self) -> int | None:
        """The frame from which on other text stands there; None when there is none, or it changed by degrees."""
        observations = self.in_order()
        ncc = np.array([0.0 if one.ncc is None else one.ncc for one in observations])
        held, drop = self.parameters.steady_frames, self.parameters.sudden_drop
        for at in range(len(observations) - held, 0, -1):
            before, after = ncc[max(at - held, 0) : at], ncc[at + 1 : at + held]
            steady = max(np.ptp(before), np.ptp(after)) < drop / 2
            if steady and np.median(before) - np.median(after) >= drop:
                return observations[at].index
        return None

    def last_seen(self) -> int:
        """The last frame in which it looks like its reference, or reads like it."""
        read = [r.index for r in self.readings if likeness(self.text, r.text) > self.parameters.same_ncc]
        if self.evidence is not None:
            read.append(self.last_detected)
        last = max([self.first_frame, *(one.index for one in self.like_reference()), *read])
        return last if self.end is None else min(last, self.end - 1)

    def quads(self, to_clip: Callable[[Points], Quad], *, parameters: TrajectoryParameters) -> dict[int, Quad]:
        """The quad in every frame, from one trajectory over the whole life."""
        observations = self.in_order()
        corners = fit_trajectory(observations, parameters=parameters)
        return {one.index: to_clip(quad) for one, quad in zip(observations, corners, strict=True)}

    def text_observations(self, quads: dict[int, Quad]) -> list[TextObservation]:
        """The measurements in the frames of `quads`, for the judge."""
        return [
            TextObservation(
                index=one.index,
                visible=one.visible,
                support=one.support,
                height=quads[one.index].size[1],
                ncc=one.ncc,
                nonrigid_residual=one.nonrigid_residual,
                contrast_energy=one.contrast_energy,
                inside=one.inside,
                bent=one.bent,
            )
            for one in self.in_order()
            if one.index in quads
        ]

    def best_readings(self, expected: str | None) -> list[OcrReading]:
        """One reading per frame: the one nearest to the expected text, or else the surest."""

        def merit(reading: OcrReading) -> tuple[float, float]:
            return (0.0 if expected is None else similarity(expected, reading.text), reading.confidence)

        best: dict[int, OcrReading] = {}
        for reading in self.readings:
            if self.end is not None and reading.index >= self.end:
                continue
            known = best.get(reading.index)
            if known is None or merit(reading) > merit(known):
                best[reading.index] = reading
        return [best[index] for index in sorted(best)]

    def vote(self, last: int | None = None) -> OcrReading | None:
        """The reading up to frame `last` that the others agree with most, each weighted by its confidence."""
        readings = [r for r in self.readings if folded(r.text) and (last is None or r.index <= last)]
        if not readings:
            return None
        merit = [sum(o.confidence * likeness(r.text, o.text) for o in readings) * r.confidence for r in readings]
        return readings[int(np.argmax(merit))]

    def confirm_expected(self, until: int) -> None:
        """Confirm the first frame's reading by those of the frames up to `until`; else nothing is expected."""
        if self.source != "first frame" or self.expected is None:
            return
        sure = self.parameters.sure
        early = [r for r in self.readings if r.index <= until and folded(r.text)]
        agreeing = [r for r in early if r.index > self.first_frame and likeness(self.expected, r.text) >= sure]
        if agreeing or len(early) <= 1:
            return
        voted = self.vote(until)
        others = [r for r in early if voted is not None and likeness(voted.text, r.text) >= sure]
        self.expected = voted.text if voted is not None and len(others) >= 2 else None
