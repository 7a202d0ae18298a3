"""One region of lettering while a clip is being looked at: its surface, and what was read on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from overlaycut.analyse.judge import OcrReading, TextObservation
from overlaycut.analyse.tracking import SurfaceTracker, TrackObservation, fit_trajectory
from overlaycut.core.edit_distance import folded, likeness, similarity
from overlaycut.core.findings import TextSource
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import Homography, Points, Quad

_THERE, _ITSELF = 0.8, 0.6
"""Correlations with the reference from which on lettering counts as there going back in time, and as the same."""
_AT_ONCE, _HELD = 0.2, 4
"""Fall of correlation from one frame to the next, with a few steady ones before and after, that a change of text makes;
melting comes by degrees."""
_SURE, _RIGHT = 0.8, 0.9
"""Confidence of a reading that confirms, and similarity of one that is right."""


@dataclass(eq=False)
class Region:
    """A region under observation. `sights` has one entry per frame since its first one, without gaps."""

    tracker: SurfaceTracker
    text: str
    """What the reference picture reads."""
    confidence: float
    born: int
    """The frame that its track was start in."""
    reference_quad: Quad | None
    """In the still, or in the first frame; None when it is in neither."""
    expected: str | None = None
    source: TextSource | None = None
    from_still: bool = False
    invented: bool = False
    sights: dict[int, TrackObservation] = field(default_factory=dict)
    readings: list[OcrReading] = field(default_factory=list)
    found: int = 1
    """How often the detector found it."""
    ended: int | None = None
    """First frame that does not belong to it any more."""

    def see(self, index: int, picture: Plane, camera: Callable[[], Homography | None]) -> None:
        """Follow the surface into the next frame."""
        self.sights[index] = self.tracker.track(index, picture, camera)

    def went_back(self, tracker: SurfaceTracker, pictures: Iterable[tuple[int, Plane]]) -> None:
        """Follow it back in time through `pictures`, latest first, as long as the lettering itself is there."""
        for index, picture in pictures:
            sight = tracker.track(index, picture, lambda: np.eye(3))
            if sight.support <= 0 or sight.ncc is None or sight.ncc < _THERE:
                return
            self.sights[index] = sight

    def ordered(self) -> list[TrackObservation]:
        """All sights in order of time, up to where the region ended."""
        return [self.sights[i] for i in sorted(self.sights) if self.ended is None or i < self.ended]

    def itself(self) -> list[TrackObservation]:
        """The sights in which it looks like its reference."""
        return [s for s in self.ordered() if s.ncc is not None and s.ncc > _ITSELF]

    def confirmed(self) -> bool:
        """Whether a frame other than the one it was found in shows it too."""
        again = [r for r in self.readings if r.index != self.born and r.confidence >= _SURE]
        return self.found >= 2 or sum(likeness(self.text, r.text) > _ITSELF for r in again) >= 2

    def reads(self, text: str | None) -> bool:
        """Whether that is what it reads at some time."""
        return text is not None and any(similarity(text, r.text) >= _RIGHT for r in self.readings)

    def replaced_at(self) -> int | None:
        """The frame from which on something else stands there; None when nothing does, or it changed by degrees."""
        sights = self.ordered()
        looks = np.array([0.0 if s.ncc is None else s.ncc for s in sights])
        for at in range(len(sights) - _HELD, 0, -1):
            before, after = looks[max(at - _HELD, 0) : at], looks[at + 1 : at + _HELD]
            steady = max(np.ptp(before), np.ptp(after)) < _AT_ONCE / 2
            if steady and np.median(before) - np.median(after) >= _AT_ONCE:
                return sights[at].index
        return None

    def last_seen(self) -> int:
        """The last frame in which it looks like its reference, or reads like it."""
        read = [r.index for r in self.readings if likeness(self.text, r.text) > _ITSELF]
        last = max([self.born, *(sight.index for sight in self.itself()), *read])
        return last if self.ended is None else min(last, self.ended - 1)

    def path(self, to_clip: Callable[[Points], Quad]) -> dict[int, Quad]:
        """The quad in every frame, solved over the whole life."""
        sights = self.ordered()
        corners = fit_trajectory(sights)
        return {sight.index: to_clip(one) for sight, one in zip(sights, corners, strict=True)}

    def looks(self, quads: dict[int, Quad]) -> list[TextObservation]:
        """The frames as the judge wants them."""
        return [
            TextObservation(
                s.index, s.visible, s.support, quads[s.index].size[1], s.ncc, s.nonrigid_residual, s.contrast_energy
            )
            for s in self.ordered()
            if s.index in quads
        ]

    def best_readings(self, expected: str | None) -> list[OcrReading]:
        """One reading per frame: the one nearest to what is expected, or else the surest."""
        best: dict[int, OcrReading] = {}
        for heard in self.readings:
            if self.ended is not None and heard.index >= self.ended:
                continue
            known = best.get(heard.index)
            if known is None or _merit(heard, expected) > _merit(known, expected):
                best[heard.index] = heard
        return [best[index] for index in sorted(best)]

    def vote(self, last: int | None = None) -> OcrReading | None:
        """The reading up to frame `last` that the others agree with most, each counted by its confidence."""
        heard = [r for r in self.readings if folded(r.text) and (last is None or r.index <= last)]
        if not heard:
            return None
        merit = [sum(o.confidence * likeness(r.text, o.text) for o in heard) * r.confidence for r in heard]
        return heard[int(np.argmax(merit))]

    def settle_expected(self, until: int) -> None:
        """Confirm what the reference frame read by what the frames up to `until` read; else nothing is expected."""
        if self.source != "first frame" or self.expected is None:
            return
        early = [r for r in self.readings if r.index <= until and folded(r.text)]
        agreeing = [r for r in early if r.index > self.born and likeness(self.expected, r.text) >= 0.8]
        if agreeing or len(early) <= 1:
            return
        voted = self.vote(until)
        others = [r for r in early if voted is not None and likeness(voted.text, r.text) >= 0.8]
        self.expected = voted.text if voted is not None and len(others) >= 2 else None


def _merit(heard: OcrReading, expected: str | None) -> tuple[float, float]:
    return (0.0 if expected is None else similarity(expected, heard.text), heard.confidence)
