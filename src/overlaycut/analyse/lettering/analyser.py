"""A clip's frames into a report on its text: detected, tracked, read repeatedly, and judged at the end.

The still, where there is one, gives the text and its appearance; without it the first frame does, in the same way. The
detector runs on a schedule, every region is tracked through every frame, and crops along the tracks are read between
detections. Only numbers are kept per frame; a ring of reduced pictures, half a second long, lets text that is detected
late be tracked back to where it came in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial

import cv2
import numpy as np

from overlaycut.analyse.lettering.association import DetectionAssociation
from overlaycut.analyse.lettering.carried import CameraCarrier
from overlaycut.analyse.lettering.close_look import CloseLook
from overlaycut.analyse.lettering.coverage import DetectedLines
from overlaycut.analyse.lettering.expected import ExpectedTexts
from overlaycut.analyse.lettering.finding import RegionFinder, inverse
from overlaycut.analyse.lettering.fixed_marks import FixedMarks
from overlaycut.analyse.lettering.geometry import ClipGeometry, overlap
from overlaycut.analyse.lettering.parameters import LetteringParameters
from overlaycut.analyse.lettering.reading import TrackReader
from overlaycut.analyse.lettering.reference_match import ReferenceMatcher
from overlaycut.analyse.lettering.region import Region
from overlaycut.analyse.lettering.relocation import LineRelocator
from overlaycut.analyse.lettering.report import RegionReporter
from overlaycut.analyse.lettering.still import StillReference, is_shown_as_given
from overlaycut.analyse.lettering.subtitles import SubtitleRules
from overlaycut.analyse.lettering.unread import UnreadLettering
from overlaycut.analyse.lettering.warnings import AnalysisWarnings
from overlaycut.analyse.lettering.watched import WatchedAreas
from overlaycut.analyse.register import registered_in
from overlaycut.analyse.shots import CutDetector
from overlaycut.analyse.tracking import camera_motion
from overlaycut.core.facts import ClipFacts
from overlaycut.core.findings import LetteringReport, Registration
from overlaycut.core.frame import Frame, Picture, Plane
from overlaycut.core.geometry import Homography
from overlaycut.core.watch import Watch
from overlaycut.models import DetectedText, TextReader, TextSegmenter
from overlaycut.vision.thumbnails import reduced


class LetteringAnalyser:
    """Text of a clip. See `analyse.Analyser` for how it is used.

    still: the RGB picture the clip was made from, or None. still_prior: a guess of the map from its pixels to those of
    the clip. texts: text that has to read right. watch: areas that a person named. segmenter: finds the strokes of
    lettering that cannot be read; None to go without such lettering.
    """

    def __init__(
        self,
        reader: TextReader,
        facts: ClipFacts,
        *,
        still: Picture | None = None,
        still_prior: Homography | None = None,
        texts: Sequence[str] = (),
        watch: Sequence[Watch] = (),
        segmenter: TextSegmenter | None = None,
        parameters: LetteringParameters = LetteringParameters(),
    ) -> None:
        self._reader, self._still_picture, self._parameters = reader, still, parameters
        self._still_prior = still_prior
        self._fps = float(facts.fps or parameters.assumed_fps)
        self._warnings = AnalysisWarnings(parameters)
        self._detected = DetectedLines()
        if facts.fps is None:
            self._warnings.rate_assumed()
        self._geometry = ClipGeometry.of(facts.width, facts.height, parameters.long_side_px)
        self._regions: list[Region] = []
        self._expected = ExpectedTexts(texts, parameters=parameters.detection)
        self._subtitles = SubtitleRules(self._geometry, parameters.subtitles, parameters.regions)
        self._finder = RegionFinder(self._regions, self._geometry, self._expected, parameters=parameters)
        self._association = DetectionAssociation(self._regions, self._geometry, self._subtitles, parameters=parameters)
        self._unread = None if segmenter is None else UnreadLettering(segmenter, parameters=parameters.unread)
        self._close_look = (
            None
            if segmenter is None
            else CloseLook(reader, segmenter, unread=parameters.unread, parameters=parameters.close_look)
        )
        self._track_reader = TrackReader(reader, self._geometry, fps=self._fps, parameters=parameters)
        self._fixed_marks = FixedMarks(
            self._geometry, parameters.fixed_marks, marks=parameters.marks, camera=parameters.camera
        )
        self._ring: deque[tuple[int, Plane]] = deque(maxlen=max(2, round(float(parameters.ring_seconds) * self._fps)))
        self._cut_detector = CutDetector(parameters=parameters.cuts)
        self._cuts: list[int] = []
        self._carrier = CameraCarrier(parameters=parameters.carried)
        self._relocator = LineRelocator(self._geometry, parameters=parameters)
        self._watched = WatchedAreas(watch, self._geometry, parameters=parameters)
        self._still: StillReference | None = None
        self._registration: Registration | None = None
        self._matcher: ReferenceMatcher | None = None
        self._detect_at = self._read_at = Fraction(0)
        self._uneventful = 0
        """Detections in a row that found nothing new."""
        self._latest: Frame | None = None
        self._last_read = -1
        self._times: list[Fraction] = []
        self._seconds = Fraction(0)
        self._camera_from_first: Homography | None = np.eye(3)

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        picture = reduced(frame.y, self._geometry.reduced)
        cut = self._cut_detector.see(picture)
        if cut:
            self._begin_shot(frame.index)
        elif self._ring:
            self._track(frame.index, picture)
            self._relocator.see(frame, picture, self._live())
        self._ring.append((frame.index, picture))
        self._latest = frame
        self._times.append(frame.at)
        self._seconds = frame.at + frame.lasts
        is_reference = frame.index == 0 or cut
        if is_reference or frame.at >= self._detect_at:
            self._detect(frame, picture, is_reference=is_reference)
        elif frame.at >= self._read_at:
            self._read(frame, self._live())
        else:
            self._track_reader.collect(frame, self._live())
        self._track_reader.look_for_covers(frame, self._live())

    def result(self) -> LetteringReport:
        """The report over all frames that were seen."""
        if self._latest is None:
            return LetteringReport(regions=(), registration=None, notes=("the clip has no frames",))
        if self._last_read != self._latest.index:
            self._read(self._latest, self._live())
        self._expected.resolve(self._regions)
        quads = {
            region: region.quads(self._geometry.to_clip, parameters=self._parameters.trajectory)
            for region in self._regions
            if region.in_order()
        }
        subtitles = self._subtitles.grouped(quads, cuts=self._cuts, has_still=self._has_other_still())
        reporter = RegionReporter(
            geometry=self._geometry,
            cuts=self._cuts,
            nominal_fps=self._fps,
            fps=(self._latest.index + 1) / max(float(self._seconds), 1e-9),
            last=self._latest.index,
            times=(*self._times, self._seconds),
            fixed=self._fixed_marks,
            still_given=self._registration is not None,
            parameters=self._parameters,
        )
        lettering, regions = reporter.reported(quads, subtitles)
        self._warnings.tracks_lost(regions, [one.quads for one in lettering])
        self._warnings.nothing_read(self._track_reader.crops, self._track_reader.empty)
        coverage = self._detected.coverage(lettering, least_overlap=self._parameters.regions.contained)
        fps = reporter.fps
        return LetteringReport(
            regions=(*lettering, *self._watched.reported(first_number=len(lettering) + 1, fps=fps)),
            registration=self._registration,
            cuts=tuple(self._cuts),
            coverage=coverage,
            notes=(*self._warnings.notes(), *self._watched.notes()),
        )

    # Tracking.

    def _live(self) -> list[Region]:
        return [region for region in self._regions if region.end is None]

    def _track(self, index: int, picture: Plane) -> None:
        camera = self._camera(self._ring[-1][1], picture)
        if self._still is not None and self._camera_from_first is not None:
            motion = camera()
            self._camera_from_first = self._camera_from_first if motion is None else motion @ self._camera_from_first
        for region in self._live():
            region.track(index, picture, camera)
        self._carrier.see(index, self._live(), (*self._ring, (index, picture)))
        self._watched.track(index, picture, camera)

    def _camera(self, before: Plane, now: Plane) -> Callable[[], Homography | None]:
        """The camera's motion between two pictures, measured when first asked for."""
        known: list[Homography | None] = []

        def camera() -> Homography | None:
            if not known:
                known.append(camera_motion(before, now, parameters=self._parameters.camera))
                self._warnings.camera_measured(known[0])
            return known[0]

        return camera

    def _begin_shot(self, index: int) -> None:
        self._cuts.append(index)
        for region in self._live():
            region.end = index
        self._watched.end(index)
        self._ring.clear()
        self._camera_from_first = None

    # Detection and reading.

    def _detect(self, frame: Frame, picture: Plane, *, is_reference: bool) -> None:
        detection = self._parameters.detection
        rgb = _quick_rgb(frame)
        if frame.index == 0:
            lines = self._begin(frame, rgb, picture)
            new = len(self._regions)
        else:
            new, lines = self._continue(frame, rgb, self._find(rgb, closely=is_reference), is_reference=is_reference)
        self._detected.add(frame.index, lines)
        self._warnings.detected(lines, self._expected, tracked=len(self._live()), refused=self._finder.refused)
        self._finder.refused = 0
        self._uneventful = 0 if new or is_reference else self._uneventful + 1
        at_rest = self._uneventful >= detection.rest_after
        self._detect_at = frame.at + (detection.rest_interval if at_rest else detection.interval)
        self._read(frame, [region for region in self._live() if not self._is_fresh(region, frame.index)])

    def _find(self, rgb: Picture, *, closely: bool) -> list[DetectedText]:
        """The lines of a frame; `closely` in one that others are held against, with its small print."""
        if not closely:
            return self._reader.find(rgb, long_side=self._parameters.detection.side_px)
        return self._closely(rgb, self._parameters.detection.reference_side_px)

    def _closely(self, picture: Picture, side: int) -> list[DetectedText]:
        """The lines of a picture that others are held against, found at two sizes, with its small print.

        A detector passes over lines at one size of the picture that it finds at another.
        """
        detection = self._parameters.detection
        lines = self._reader.find(picture, long_side=side)
        for line in self._reader.find(picture, long_side=detection.side_px):
            if not any(overlap(line.quad, one.quad) > detection.known_overlap for one in lines):
                lines.append(line)
        return lines if self._close_look is None else lines + self._close_look.lines(picture, lines)

    def _begin(self, frame: Frame, rgb: Picture, picture: Plane) -> Sequence[DetectedText]:
        """Set up the regions of the first frame from the reference picture; returns the frame's lines of lettering."""
        self._still = self._reference(frame, rgb)
        self._track_reader.reference = self._still.frame
        self._track_reader.reference_is_first_frame = self._still.is_first_frame
        self._watched.begin(picture, self._still)
        self._finder.from_still(picture, self._still)
        lines: Sequence[DetectedText] = self._still.found
        if not self._still.is_first_frame:
            # Small print is detected in the still.
            lines = self._find(rgb, closely=False)
            for line in lines:
                others = [other for other in lines if other is not line]
                self._finder.from_first_frame(picture, line, others, self._still)
            unread, other = self._look_at(rgb, [line for line in lines if not self._expected.is_text(line)])
            self._finder.from_unread(0, picture, unread)
            lines = _without(lines, other)
        self._matcher = ReferenceMatcher(
            self._still.frame, self._regions, self._geometry, self._parameters.reference_match
        )
        return lines

    def _reference(self, frame: Frame, rgb: Picture) -> StillReference:
        """The still where the first frame shows it in another way; else the first frame, as if it had been given."""
        of = partial(
            StillReference,
            reader=self._reader,
            expected=self._expected,
            unread=self._unread,
            parameters=self._parameters,
        )
        still, found = self._still_picture, None
        if still is not None:
            found = registered_in(still, frame, prior=self._still_prior, parameters=self._parameters.registration)
            if found is None:
                self._warnings.still_not_found()
            else:
                self._warnings.still_registered(found)
        if still is None or found is None or is_shown_as_given(still, frame, found, self._parameters):
            same = Registration(np.eye(3), 0 if found is None else found.inliers, 0.0, "the same")
            self._registration = None if found is None else same
            return of(rgb, same, self._find(rgb, closely=True), first=frame)
        self._registration = found
        side = min(self._parameters.detection.still_side_px, max(still.shape))
        return of(still, found, self._closely(still, side))

    def _has_other_still(self) -> bool:
        """Whether the reference picture is another than the first frame."""
        return self._still is not None and not self._still.is_first_frame

    def _look_at(
        self, rgb: Picture, lines: Sequence[DetectedText]
    ) -> tuple[list[DetectedText], Sequence[DetectedText]]:
        """Those of `lines` that are lettering, and those that are not; neither is known without a segmenter."""
        return ([], []) if self._unread is None else self._unread.among(rgb, lines)

    def _continue(
        self, frame: Frame, rgb: Picture, lines: Sequence[DetectedText], *, is_reference: bool
    ) -> tuple[int, list[DetectedText]]:
        """Hand detected lines to their regions, and begin regions of the others.

        Returns how many those are, and the lines of lettering.
        """
        new, picture = 0, self._ring[-1][1]
        unsure = []
        to_first = None
        if not is_reference and self._camera_from_first is not None:
            to_first = inverse(self._camera_from_first)
        earlier = [] if is_reference else [entry for entry in reversed(self._ring) if entry[0] < frame.index]
        for line in lines:
            if self._association.assign(frame.index, picture, line, has_still=self._has_other_still()):
                continue
            began = self._finder.from_clip(
                frame.index, picture, line, earlier=earlier, still=self._still, to_first=to_first
            )
            new += began
            if not began:
                unsure.append(line)
        unread, other = self._look_at(rgb, unsure)
        new += self._finder.from_unread(frame.index, picture, unread, earlier=earlier)
        return new, _without(lines, other)

    def _is_fresh(self, region: Region, index: int) -> bool:
        """Whether the detector has read a region well in that frame already."""
        least = self._parameters.detection.fresh_confidence
        return any(r.index == index and r.confidence > least for r in region.readings)

    def _read(self, frame: Frame, regions: Sequence[Region]) -> None:
        self._last_read = frame.index
        self._read_at = frame.at + self._parameters.detection.reading_interval
        self._track_reader.collect(frame, self._live())
        self._track_reader.read(frame, regions)
        self._fixed_marks.see(self._live(), self._ring[0][1], self._ring[-1][1])
        self._track_reader.compare_shapes(frame, self._live())
        self._track_reader.compare_letters(frame, self._live())
        self._watched.see(frame)
        if self._matcher is not None and not self._cuts:
            self._matcher.compare(frame)


def _without(lines: Sequence[DetectedText], other: Sequence[DetectedText]) -> list[DetectedText]:
    return [line for line in lines if not any(line is one for one in other)]


def _quick_rgb(frame: Frame) -> Picture:
    """The frame as RGB by OpenCV's BT.601 conversion: fast, and a reader does not mind the wrong shade of red."""
    planar = np.concatenate([plane.reshape(-1) for plane in frame.planes]).reshape(frame.height * 3 // 2, frame.width)
    return np.asarray(cv2.cvtColor(planar, cv2.COLOR_YUV2RGB_I420), dtype=np.uint8)
