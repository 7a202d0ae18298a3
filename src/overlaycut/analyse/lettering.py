"""A clip's frames into a report on its lettering: found, followed, read again and again, and judged at the end.

The still, where there is one, says what lettering there is and what it looks like; without it the first frame does.
The detector runs on a schedule, the surface of every region is followed through every frame, and crops along the
tracks are read between detections. Nothing is kept per frame but numbers; a ring of reduced pictures, half a second
long, lets lettering that is found late be followed back to where it came in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np

from overlaycut.analyse.judge import SMALL, OcrReading, Verdict, judged
from overlaycut.analyse.region import Region
from overlaycut.analyse.register import register
from overlaycut.analyse.shots import CutDetector
from overlaycut.analyse.tracking import SurfaceTracker, camera_motion
from overlaycut.analyse.watermarks import protected
from overlaycut.core.edit_distance import folded, likeness, similarity
from overlaycut.core.facts import ClipFacts
from overlaycut.core.findings import Lettering, LetteringReport, RegionKind, Registration, State, TextSource
from overlaycut.core.frame import Frame, Picture, Plane
from overlaycut.core.geometry import Box, Homography, Points, Quad, Span
from overlaycut.models import DetectedText, Reader, upright

_LONG_SIDE = 960
"""Pixels of the longer side of the pictures that surfaces are followed in."""
_DETECT_EVERY, _DETECT_AT_REST = Fraction(1, 2), Fraction(1)
"""Seconds between detections, and between them once nothing new was found for a while."""
_READ_EVERY = Fraction(1, 4)
"""Seconds between readings along the tracks."""
_FIND_FIRST, _FIND_LATER, _FIND_STILL = 1280, 960, 1600
"""Long sides of the detector's picture: for references, for later frames, for the still."""
_LEAST_SURE = 0.5
"""Confidence below which a found line is not taken for lettering."""
_KNOWN_SURE = 0.8
"""Confidence from which on a frame's own reading is what it should read."""
_THINNEST = 3.0
"""Pixels that lettering is wide and high at least."""
_MOST = 16
"""Regions followed at a time."""
_POINTS = 640
"""Points that all regions share."""
_SAME_PLACE = 0.35
"""Intersection over union from which on two quads are the same line."""
_SWALLOWED = 0.6
"""Part of the smaller of two quads that lies in the other when one is a piece of the other."""
_LOST_SIGHT = 0.25
"""Support of a track below which a reader that found the same words elsewhere knows better."""
_WHOLE = 0.9
"""Similarity from which on nothing of a line is missing."""
_OTHER_WORDS = 0.4
"""Likeness below which two readings are different texts, however badly either was read."""
_RING = Fraction(11, 20)
"""Seconds of reduced pictures kept."""


class LetteringAnalyser:
    """Shown every frame of a clip in order by `see`, then asked for its `result`.

    still: the RGB picture the clip was made from, or None. texts: lettering that has to read right.
    """

    def __init__(
        self, reader: Reader, facts: ClipFacts, *, still: Picture | None = None, texts: Sequence[str] = ()
    ) -> None:
        self._reader = reader
        self._width, self._height = facts.width, facts.height
        self._fps = float(facts.fps or 25)
        self._still = still
        self._texts = tuple(texts)
        scale = min(1.0, _LONG_SIDE / max(facts.width, facts.height))
        self._reduced = (max(round(facts.width * scale), 8), max(round(facts.height * scale), 8))
        self._regions: list[Region] = []
        self._ring: deque[tuple[int, Plane]] = deque(maxlen=max(2, round(float(_RING) * self._fps)))
        self._cutter = CutDetector()
        self._cuts: list[int] = []
        self._notes: list[str] = []
        self._registration: Registration | None = None
        self._still_lines: list[DetectedText] = []
        self._detect_at = self._read_at = Fraction(0)
        self._quiet = 0
        self._latest: Frame | None = None
        self._looked = -1
        self._frames = 0
        self._seconds = Fraction(0)
        self._camera_from_first: Homography | None = np.eye(3)

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        picture = np.asarray(cv2.resize(frame.y, self._reduced, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        cut = self._cutter.see(picture)
        if cut:
            self._cut(frame.index)
        elif self._ring:
            self._follow(frame.index, picture)
        self._ring.append((frame.index, picture))
        self._latest = frame
        self._frames = frame.index + 1
        self._seconds = frame.at + frame.lasts
        if self._frames == 1 or cut or frame.at >= self._detect_at:
            self._detect(frame, picture, reference=self._frames == 1 or cut)
        elif frame.at >= self._read_at:
            self._read(frame, self._live())

    def result(self) -> LetteringReport:
        """What was found over all frames that were seen."""
        if self._latest is None:
            return LetteringReport(regions=(), registration=None, notes=("the clip has no frames",))
        if self._looked != self._latest.index:
            self._read(self._latest, self._live())
        self._settle_wishes()
        paths = {region: region.path(self._to_clip) for region in self._regions if region.ordered()}
        subtitles = self._subtitles(paths)
        told = [
            told
            for region, quads in paths.items()
            if (told := self._told(region, quads, region in subtitles)) is not None
        ]
        told.sort(key=lambda t: (t[0].span.start > 0, _reading_order(t[1], self._height)))
        regions = tuple(_numbered(lettering, f"r{n}") for n, (lettering, _) in enumerate(told, start=1))
        return LetteringReport(
            regions=regions,
            registration=self._registration,
            cuts=tuple(self._cuts),
            notes=tuple(self._notes),
        )

    # FlowGuidedPass.

    def _live(self) -> list[Region]:
        return [region for region in self._regions if region.ended is None]

    def _follow(self, index: int, picture: Plane) -> None:
        before = self._ring[-1][1]
        known: list[Homography] = []

        def camera() -> Homography:
            if not known:
                motion = camera_motion(before, picture)
                known.append(np.eye(3) if motion is None else motion)
            return known[0]

        if self._registration is not None and self._camera_from_first is not None:
            self._camera_from_first = camera() @ self._camera_from_first
        for region in self._live():
            region.see(index, picture, camera)

    def _cut(self, index: int) -> None:
        self._cuts.append(index)
        for region in self._live():
            region.ended = index
        self._ring.clear()
        self._camera_from_first = None

    # Finding.

    def _detect(self, frame: Frame, picture: Plane, *, reference: bool) -> None:
        rgb = _quick_rgb(frame)
        # Where there is a still, it is the still that small print is sought in.
        closely = reference and (self._still is None or frame.index > 0)
        found = self._reader.find(rgb, long_side=_FIND_FIRST if closely else _FIND_LATER)
        if frame.index == 0:
            self._begin(rgb, picture, found)
            fresh = len(self._regions)
        else:
            fresh = self._match(frame, picture, found, reference=reference)
        self._quiet = 0 if fresh or reference else self._quiet + 1
        self._detect_at = frame.at + (_DETECT_AT_REST if self._quiet >= 3 else _DETECT_EVERY)
        unread = [r for r in self._live() if not any(h.index == frame.index and h.confidence > 0.9 for h in r.readings)]
        self._read(frame, unread)

    def _begin(self, rgb: Picture, picture: Plane, found: Sequence[DetectedText]) -> None:
        """Set up the regions of the first frame, from the still where there is one."""
        still_in_clip: Plane | None = None
        if self._still is not None:
            self._registration = register(self._still, rgb)
            if self._registration is None:
                self._notes.append(
                    "the still could not be found in the first frame, so the first frame is the reference"
                )
            else:
                still_in_clip = self._laid_over(self._still, picture)
                self._from_still(rgb, picture, still_in_clip)
        for line in found:
            if not any(
                _shared(self._to_clip(r.tracker.corners), line.quad) > _SAME_PLACE for r in self._from_the_still()
            ):
                self._from_first_frame(line, picture, [other for other in found if other is not line])

    def _from_still(self, rgb: Picture, picture: Plane, still_in_clip: Plane) -> None:
        assert self._still is not None and self._registration is not None
        lines = self._reader.find(self._still, long_side=min(_FIND_STILL, max(self._still.shape)))
        # A whole label is sometimes found as one letter; that is no lettering in its place.
        self._still_lines = [line for line in lines if len(folded(line.text)) >= 2 or self._worth(line)]
        kept = [line for line in lines if self._worth(line)]
        corners = [self._to_reduced(line.quad.mapped(self._registration.matrix)) for line in kept]
        for number, line in enumerate(kept):
            quad = line.quad.mapped(self._registration.matrix)
            if not self._in_view(quad) or len(self._regions) >= _MOST:
                continue
            others = [c for n, c in enumerate(corners) if n != number]
            tracker = SurfaceTracker(
                picture,
                corners[number],
                neighbours=others,
                points=_POINTS // max(4, len(kept)),
                appearance=still_in_clip,
            )
            region = Region(tracker, line.text, line.confidence, 0, line.quad, from_still=True)
            region.expected, region.source = self._wanted(line.text, line.confidence, "still", least=_LEAST_SURE)
            region.sights[0] = tracker.reference_observation(0)
            self._regions.append(region)

    def _from_first_frame(self, line: DetectedText, picture: Plane, others: Sequence[DetectedText]) -> None:
        if not self._worth(line) or not self._in_view(line.quad) or len(self._regions) >= _MOST:
            return
        tracker = self._tracker(picture, line, others)
        region = Region(tracker, line.text, line.confidence, 0, line.quad)
        region.expected, region.source = self._wanted(line.text, line.confidence, "first frame", least=_KNOWN_SURE)
        region.readings.append(OcrReading(0, line.text, line.confidence))
        region.sights[0] = tracker.reference_observation(0)
        if self._registration is not None:
            region.reference_quad = None
            region.invented = self._absent_from_still(line.quad, line)
        self._regions.append(region)

    def _tracker(self, picture: Plane, line: DetectedText, others: Sequence[DetectedText]) -> SurfaceTracker:
        """A tracker for a line whose place in the picture a reader found."""
        beside = [self._to_reduced(other.quad) for other in others if self._worth(other)]
        return SurfaceTracker(picture, self._to_reduced(line.quad), neighbours=beside, points=_POINTS // 6)

    def _match(self, frame: Frame, picture: Plane, found: Sequence[DetectedText], *, reference: bool) -> int:
        """Hand what was found to the regions it belongs to; the rest begins new ones. Returns how many those are."""
        fresh = 0
        for line in found:
            here = self._nearest(line.quad)
            if here is not None and self._turned(here[0], line, frame.index):
                here = None
            if here is None and self._rejoined(frame.index, picture, line):
                continue
            if here is None:
                fresh += self._from_clip(frame, picture, line, reference=reference)
                continue
            region, shared = here
            if region.sights[frame.index].support < _LOST_SIGHT and self._rejoined(frame.index, picture, line):
                continue
            if shared > _SAME_PLACE:
                region.found += 1
                region.readings.append(OcrReading(frame.index, line.text, line.confidence))
                if line.confidence >= _KNOWN_SURE and similarity(region.text, line.text) >= _WHOLE:
                    region.tracker.confirm_visible()
        return fresh

    def _rejoined(self, index: int, picture: Plane, line: DetectedText) -> bool:
        """Whether `line` is lettering that its tracker had lost sight of; if so, it is put back on it."""
        if line.confidence < _KNOWN_SURE:
            return False
        for region in self._live():
            own = self._to_clip(region.tracker.corners)
            away = np.hypot(own.centre[0] - line.quad.centre[0], own.centre[1] - line.quad.centre[1])
            lost = region.sights[index].support < _LOST_SIGHT
            near = away < 2 * max(own.size) + 2 * max(line.quad.size)
            # A line that is partly covered is found as a part, whose corners are not the line's.
            whole = 0.8 < _aspect(line.quad) / _aspect(own) < 1.25
            if lost and near and whole and likeness(region.text, line.text) >= 0.7:
                region.sights[index] = region.tracker.reacquire(index, picture, self._to_reduced(line.quad))
                region.readings.append(OcrReading(index, line.text, line.confidence))
                region.found += 1
                return True
        return False

    def _turned(self, region: Region, line: DetectedText, index: int) -> bool:
        """Whether a subtitle gave way to the next one; if so, the old region ends where it stopped being itself."""
        if (
            (region.reference_quad is not None and self._registration is not None)
            or region.source == "user"
            or line.confidence < _KNOWN_SURE
            or len(folded(line.text)) < 4
            or likeness(region.text, line.text) > _OTHER_WORDS
            or not self._in_subtitle_band(line.quad)
            or not self._on_screen(region)
        ):  # fmt: skip
            return False
        changed = region.replaced_at()
        if changed is not None:
            region.ended = max(changed, region.born + 1)
        return changed is not None

    def _from_clip(self, frame: Frame, picture: Plane, line: DetectedText, *, reference: bool) -> int:
        if not self._worth(line) or line.confidence < _KNOWN_SURE:
            return 0
        if not self._in_view(line.quad) or len(self._live()) >= _MOST:
            return 0
        corners = self._to_reduced(line.quad)
        tracker = SurfaceTracker(picture, corners, points=_POINTS // 6)
        region = Region(tracker, line.text, line.confidence, frame.index, None)
        region.expected, region.source = self._wanted(line.text, line.confidence, "clip", least=_KNOWN_SURE)
        region.readings.append(OcrReading(frame.index, line.text, line.confidence))
        region.sights[frame.index] = tracker.reference_observation(frame.index)
        if not reference:
            earlier = [entry for entry in reversed(self._ring) if entry[0] < frame.index]
            region.went_back(SurfaceTracker(picture, corners, points=_POINTS // 8), earlier)
            if self._camera_from_first is not None and self._registration is not None:
                back = np.asarray(np.linalg.inv(self._camera_from_first), dtype=np.float64)
                before = self._to_clip(cv2.perspectiveTransform(corners[None], back)[0])
                region.invented = self._absent_from_still(before, line)
        self._regions.append(region)
        return 1

    def _worth(self, line: DetectedText) -> bool:
        """Whether a found line is lettering rather than texture: sure enough, and more than a stroke or two."""
        letters = folded(line.text)
        if min(line.quad.size) < _THINNEST:
            return False
        if any(similarity(text, line.text) > 0.6 for text in self._texts):
            return True
        wide = any(ord(c) > 0x2E80 for c in letters)
        return line.confidence >= _LEAST_SURE and (len(letters) >= 2 or (wide and line.confidence >= 0.9))

    def _nearest(self, quad: Quad) -> tuple[Region, float] | None:
        """The live region that `quad` belongs to, with what they share; None when it is new."""
        best: tuple[Region, float] | None = None
        for region in self._live():
            own = self._to_clip(region.tracker.corners)
            shared = _shared(own, quad)
            if (shared > _SAME_PLACE or _overlap(own, quad) > _SWALLOWED) and (best is None or shared > best[1]):
                best = (region, shared)
        return best

    def _from_the_still(self) -> list[Region]:
        return [r for r in self._regions if r.from_still]

    def _wanted(
        self, text: str, confidence: float, source: TextSource, *, least: float
    ) -> tuple[str | None, TextSource | None]:
        """What a region that reads `text` should read, and who says so: the user before the picture."""
        best, merit = None, 0.5
        for given in self._texts:
            for stretch in _stretches(given):
                alike = likeness(stretch, text)
                if alike > merit:
                    best, merit = stretch, alike
        if best is not None:
            return best, "user"
        return (text, source) if confidence >= least and folded(text) else (None, None)

    def _settle_wishes(self) -> None:
        """Where one line reads as a person wants it, others that merely resemble it are other lines."""
        wished = [r for r in self._regions if r.source == "user" and r.expected is not None]
        for region in wished:
            kept = {r.expected for r in wished if r is not region and r.reads(r.expected)}
            if region.expected in kept and not region.reads(region.expected):
                sure = region.confidence >= _KNOWN_SURE and bool(folded(region.text))
                region.expected, region.source = (region.text, "first frame") if sure else (None, None)

    # The still.

    def _laid_over(self, still: Picture, picture: Plane) -> Plane:
        """The still's luma in the geometry of the reduced first frame; the frame itself where the still ends."""
        assert self._registration is not None
        rows, columns = picture.shape
        shrink = np.diag([columns / self._width, rows / self._height, 1.0])
        half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        matrix = np.linalg.inv(half) @ shrink @ self._registration.matrix @ half
        grey = cv2.cvtColor(still, cv2.COLOR_RGB2GRAY)
        scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
        if scale < 1:
            grey = cv2.GaussianBlur(grey, (0, 0), 0.45 * np.sqrt(1 / scale**2 - 1) + 0.05)
        laid = cv2.warpPerspective(grey, matrix, (columns, rows), flags=cv2.INTER_LINEAR)
        covered = cv2.warpPerspective(np.full_like(grey, 255), matrix, (columns, rows), flags=cv2.INTER_NEAREST)
        return np.where(covered > 0, laid, picture).astype(np.uint8)

    def _absent_from_still(self, quad: Quad, line: DetectedText) -> bool:
        """Whether the still shows the place of `quad` (in the first frame) and has no such lettering there."""
        assert self._registration is not None and self._still is not None
        if line.confidence < _KNOWN_SURE or len(folded(line.text)) < 3 or quad.size[1] < SMALL:
            return False
        there = quad.mapped(np.asarray(np.linalg.inv(self._registration.matrix), dtype=np.float64))
        if _share_in_picture(there, self._still.shape[1], self._still.shape[0]) < 0.95:
            return False
        if any(_overlap(known.quad, there) > 0.2 for known in self._still_lines):
            return False
        read = self._reader.read([upright(self._still, there)])[0]
        return not (read.confidence >= _LEAST_SURE and likeness(read.text, line.text) > 0.4)

    # Reading.

    def _read(self, frame: Frame, regions: Sequence[Region]) -> None:
        self._looked = frame.index
        self._read_at = frame.at + _READ_EVERY
        chosen, crops = [], []
        for region in regions:
            quad = self._to_clip(region.tracker.corners)
            sight = region.sights.get(frame.index)
            if sight is None or sight.visible < 0.5 or quad.size[1] < SMALL / 2:
                continue
            box = quad.box().grown(2).clipped(self._width, self._height)
            if box is None:
                continue
            crops.append(upright(frame.patch(box), quad.mapped(_moved(box))))
            chosen.append(region)
        for region, reading in zip(chosen, self._reader.read(crops) if crops else [], strict=True):
            region.readings.append(OcrReading(frame.index, reading.text, reading.confidence))

    # Telling.

    def _told(self, region: Region, quads: dict[int, Quad], subtitle: bool) -> tuple[Lettering, Quad] | None:
        visibility = {sight.index: round(sight.visible, 4) for sight in region.ordered()}
        if region.born > 0 and region.reference_quad is None:
            last = region.last_seen()
            quads = {index: quad for index, quad in quads.items() if index <= last}
            if not region.confirmed() and len(quads) > 0.6 * self._fps:
                return None
        if not quads:
            return None
        region.settle_expected(region.born + round(self._fps))
        vote = region.vote()
        mark = self._mark(region, quads)
        expected, source = region.expected, region.source
        if source == "clip" or (subtitle and source != "user"):
            expected = vote.text if vote is not None else expected
            source = "clip" if expected is not None else None
        looks = region.looks(quads)
        readings = [h for h in region.best_readings(expected) if h.index in quads]
        verdict = judged(
            looks,
            readings,
            expected=expected,
            sure=region.confidence if source != "user" else 1.0,
            fps=self._frames / max(float(self._seconds), 1e-9),
            source=source,
        )
        state, confidence, onset, reason = verdict.state, verdict.confidence, verdict.onset, verdict.reason
        own_reference = source == "clip" and region.born not in (0, *self._cuts)
        if state != "stable" and (subtitle or own_reference or mark is not None):
            what = (
                "a subtitle" if subtitle else "a protected mark" if mark is not None else "lettering that came in later"
            )
            state, onset, confidence = "stable", None, min(confidence, 0.4)
            reason = f"{what}; nothing says how it should look"
        if region.invented and mark is None and not subtitle:
            state, onset = "invented", min(quads)
            confidence = 0.5 + 0.4 * min(1.0, region.found / 4) * region.confidence
            reason = f"reads {_shown(vote, verdict)!r} where the still has no lettering"
        kind: RegionKind = "mark" if mark is not None else "subtitle" if subtitle else "scene"
        lettering = Lettering(
            id="",
            kind=kind,
            state=state,
            confidence=round(confidence, 4),
            protected=mark is not None,
            expected=None if state == "invented" else expected,
            expected_from=None if state == "invented" else source,
            read=verdict.read,
            legibility=round(verdict.legibility, 4),
            legibility_at=verdict.legibility_at,
            noise=verdict.noise,
            onset=onset,
            span=Span(min(quads), max(quads) + 1),
            quads=quads,
            visibility={index: visibility[index] for index in quads},
            reference_quad=region.reference_quad,
            reference_is_clean=self._clean(region, expected, source, state),
            reason=reason if mark is None else f"{reason}; protected as the mark {mark!r}",
        )
        return lettering, quads[min(quads)]

    def _clean(self, region: Region, expected: str | None, source: TextSource | None, state: State) -> bool:
        """Whether the reference picture itself reads as expected."""
        if region.reference_quad is None or state == "invented":
            return False
        if source == "user" and expected is not None:
            return similarity(expected, region.text) >= 0.9
        return region.confidence >= (_LEAST_SURE if source == "still" else _KNOWN_SURE) and expected is not None

    def _mark(self, region: Region, quads: dict[int, Quad]) -> str | None:
        quad = quads[min(quads)]
        texts = [region.text, *(h.text for h in region.readings if h.confidence > 0.7)]
        names = [protected(text, quad, self._width, self._height) for text in texts]
        hits = [name for name in names if name is not None]
        return hits[0] if 2 * len(hits) >= min(len(names), 3) and hits else None

    def _subtitles(self, paths: dict[Region, dict[int, Quad]]) -> set[Region]:
        """Regions of burned-in subtitles: fixed on screen, low and centred, and giving way to one another."""
        fixed = []
        for region, quads in paths.items():
            in_still = self._registration is not None and region.reference_quad is not None
            ends = (quads[min(quads)], quads[max(quads)])
            if not in_still and all(map(self._in_subtitle_band, ends)) and self._on_screen(region):
                fixed.append(region)
        edges = (0, *self._cuts)
        come_and_go = [r for r in fixed if r.born not in edges or r.ended not in (None, *self._cuts)]
        take_turns = [
            r
            for r in fixed
            if any(
                o.born != r.born and likeness(o.text, r.text) < _OTHER_WORDS and _in_line(paths[o], paths[r])
                for o in fixed
            )
        ]
        # A clip made from a still has no reason to carry subtitles: there, one line alone is not taken for one.
        return set(take_turns if self._registration is not None else come_and_go + take_turns)

    def _on_screen(self, region: Region) -> bool:
        """Whether a region has kept its place in the picture."""
        centres = np.array([self._to_clip(s.corners).centre for s in region.itself()])
        return bool(len(centres)) and bool(np.ptp(centres, axis=0).max() < 0.006 * max(self._width, self._height))

    def _in_subtitle_band(self, quad: Quad) -> bool:
        x, y = quad.centre
        return (
            y > 0.55 * self._height
            and abs(x - self._width / 2) < 0.2 * self._width
            and quad.size[1] < 0.1 * self._height
        )

    # Coordinates.

    def _in_view(self, quad: Quad) -> bool:
        return _share_in_picture(quad, self._width, self._height) >= 0.5

    def _to_reduced(self, quad: Quad) -> Points:
        scale = (self._reduced[0] / self._width, self._reduced[1] / self._height)
        return quad.array() * scale - 0.5

    def _to_clip(self, corners: Points) -> Quad:
        scale = (self._width / self._reduced[0], self._height / self._reduced[1])
        return Quad.of((corners + 0.5) * scale)


def _shown(vote: OcrReading | None, verdict: Verdict) -> str:
    return vote.text if vote is not None else verdict.read or ""


def _numbered(lettering: Lettering, name: str) -> Lettering:
    return replace(lettering, id=name)


def _reading_order(quad: Quad, height: int) -> tuple[int, float]:
    """Lines from the top, and within a line from the left; lines are as high as a fiftieth of the picture."""
    x, y = quad.centre
    return round(y / max(height / 50, 1)), x


def _aspect(quad: Quad) -> float:
    width, height = quad.size
    return width / max(height, 1e-6)


def _in_line(one: dict[int, Quad], other: dict[int, Quad]) -> bool:
    """Whether two lines are set alike: as high, and at the same height of the picture."""
    a, b = one[min(one)], other[min(other)]
    high, low = max(a.size[1], b.size[1]), min(a.size[1], b.size[1])
    return low > 0.65 * high and abs(a.centre[1] - b.centre[1]) < 1.5 * high


def _stretches(text: str) -> list[str]:
    """Every run of consecutive words of `text`, which may have been set in several lines."""
    words = text.split()
    return [" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)]


def _quick_rgb(frame: Frame) -> Picture:
    """The frame as RGB by OpenCV's BT.601 conversion: quick, and the wrong shade of red does not matter to a reader."""
    planar = np.concatenate([plane.reshape(-1) for plane in frame.planes]).reshape(frame.height * 3 // 2, frame.width)
    return np.asarray(cv2.cvtColor(planar, cv2.COLOR_YUV2RGB_I420), dtype=np.uint8)


def _moved(box: Box) -> Homography:
    return np.array([[1.0, 0.0, -box.x], [0.0, 1.0, -box.y], [0.0, 0.0, 1.0]])


def _overlap(one: Quad, other: Quad) -> float:
    """The part that two quads share, of the smaller of them."""
    a, b = (q.array().astype(np.float32) for q in (one, other))
    smaller = min(abs(cv2.contourArea(a)), abs(cv2.contourArea(b)))
    if smaller <= 0:
        return 0.0
    return float(cv2.intersectConvexConvex(a, b)[0]) / smaller


def _shared(one: Quad, other: Quad) -> float:
    """Intersection over union of two quads."""
    both = _overlap(one, other) * min(abs(one.area), abs(other.area))
    union = abs(one.area) + abs(other.area) - both
    return both / union if union > 0 else 0.0


def _share_in_picture(quad: Quad, width: int, height: int) -> float:
    whole = Quad((0, 0), (width, 0), (width, height), (0, height))
    area = abs(quad.area)
    shared = cv2.intersectConvexConvex(quad.array().astype(np.float32), whole.array().astype(np.float32))[0]
    return float(shared) / area if area > 0 else 0.0
