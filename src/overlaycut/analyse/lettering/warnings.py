"""What the analysis of lettering could not do, said once with counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from overlaycut.analyse.lettering.expected import ExpectedTexts
from overlaycut.analyse.lettering.parameters import LetteringParameters
from overlaycut.analyse.lettering.region import Region
from overlaycut.core.findings import Registration
from overlaycut.core.geometry import Homography, Quad
from overlaycut.models import DetectedText


class AnalysisWarnings:
    """Collects the notes of one clip."""

    def __init__(self, parameters: LetteringParameters) -> None:
        self._parameters = parameters
        self._notes: list[str] = []
        self._unclear = self._small = self._crowd = 0

    def rate_assumed(self) -> None:
        """The clip's header states no frame rate."""
        self._notes.append(f"the clip states no frame rate; {self._parameters.assumed_fps:g} a second are assumed")

    def still_not_found(self) -> None:
        """The still does not match the first frame."""
        self._notes.append("the still could not be found in the first frame, so the first frame is the reference")

    def still_registered(self, registration: Registration) -> None:
        """The still was placed in the first frame."""
        if not registration.inliers:
            self._notes.append("the still has too few features: it is placed by how it was prepared for the provider")

    def camera_measured(self, motion: Homography | None) -> None:
        """The camera's motion was asked for in one frame."""
        self._unclear += motion is None

    def detected(self, lines: Iterable[DetectedText], expected: ExpectedTexts, *, tracked: int, refused: int) -> None:
        """Lines were detected in one picture, of which `refused` were beyond the most that are tracked."""
        least = self._parameters.detection.least_side_px
        small = sum(min(line.quad.size) < least and expected.is_readable(line) for line in lines)
        self._small = max(self._small, small)
        if refused:
            self._crowd = max(self._crowd, tracked + refused)

    def tracks_lost(self, reported: Sequence[Region], quads: Sequence[Mapping[int, Quad]]) -> None:
        """Count the frames in which reported regions, at `quads`, are in view but were not measured."""
        least = self._parameters.regions.lost_visibility
        lost = [
            sum(one.support <= 0 and one.visible >= least and one.index in places for one in region.in_order())
            for region, places in zip(reported, quads, strict=True)
        ]
        if any(lost):
            who, frames = _count(sum(map(bool, lost)), "region"), _count(sum(lost), "frame")
            self._notes.append(f"the track of {who} was lost for {frames} in all; places there are predicted")

    def nothing_read(self, crops: int, empty: int) -> None:
        """Nothing could be read in any of several crops."""
        if crops and crops == empty:
            self._notes.append(f"the reader returned no text for any of {_count(crops, 'crop')}")

    def notes(self) -> tuple[str, ...]:
        """All of them, in plain words."""
        counted = []
        if self._unclear:
            counted.append(f"the camera's motion is unclear in {_count(self._unclear, 'frame')} and taken for none")
        if self._small:
            least = self._parameters.detection.least_side_px
            counted.append(f"{_count(self._small, 'line')} under {least:g} px high or wide left out")
        if self._crowd:
            most = _count(self._parameters.regions.most, "region")
            counted.append(f"the limit of {most} at a time was reached; there were up to {self._crowd}")
        return (*self._notes, *counted)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
