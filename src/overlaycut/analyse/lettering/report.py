"""Regions into what is reported of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from overlaycut.analyse.judge import Letters, OcrReading, Shapes, Verdict, hold, judge
from overlaycut.analyse.lettering.covered import covered_spans, in_words
from overlaycut.analyse.lettering.entering import boils
from overlaycut.analyse.lettering.fixed_marks import FixedMarks
from overlaycut.analyse.lettering.geometry import ClipGeometry, reading_order
from overlaycut.analyse.lettering.parameters import LetteringParameters
from overlaycut.analyse.lettering.region import Region
from overlaycut.analyse.lettering.siblings import Found, with_shared_evidence, without_lost_tracks
from overlaycut.analyse.watermarks import protected
from overlaycut.core.edit_distance import similarity
from overlaycut.core.findings import Lettering, RegionKind, State, TextSource
from overlaycut.core.geometry import Quad, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionReporter:
    """Judges regions and describes them."""

    geometry: ClipGeometry
    cuts: Sequence[int]
    nominal_fps: float
    fps: float
    """Frames per second that were seen."""
    still_given: bool
    """Whether a still was given and found."""
    last: int
    """The last frame."""
    times: Sequence[Fraction]
    """When each frame begins, and when the last one ends, in seconds."""
    fixed: FixedMarks
    """Which regions stand still while the picture moves."""
    parameters: LetteringParameters

    def reported(
        self, quads: Mapping[Region, dict[int, Quad]], subtitles: set[Region]
    ) -> tuple[tuple[Lettering, ...], tuple[Region, ...]]:
        """All regions that count, from the first frame's on and in reading order, and the tracked regions of these.

        quads: every region's place by frame.
        """
        found = [
            Found(lettering, region)
            for region, places in quads.items()
            if (lettering := self._lettering(region, places, is_subtitle=region in subtitles)) is not None
        ]
        found = with_shared_evidence(found, fps=self.fps, parameters=self.parameters)
        found = without_lost_tracks(found, parameters=self.parameters)
        found.sort(key=lambda one: self._order(one.lettering))
        numbered = tuple(replace(one.lettering, id=f"r{n}") for n, one in enumerate(found, start=1))
        return numbered, tuple(one.region for one in found)

    def _order(self, lettering: Lettering) -> tuple[bool, tuple[int, float]]:
        start = lettering.span.start
        return start > 0, reading_order(lettering.quads[start], self.geometry.height)

    def _lettering(self, region: Region, quads: dict[int, Quad], *, is_subtitle: bool) -> Lettering | None:
        """What is reported of one region; None when it was not confirmed."""
        # Nothing is in front of what the camera places, though its own track cannot tell.
        visibility = {
            one.index: round(one.inside if one.index in region.carried else one.visible, 4) for one in region.in_order()
        }
        quads = self._confirmed(region, quads)
        if not quads:
            return None
        region.confirm_expected(region.first_frame + round(self.nominal_fps))
        vote, mark = region.vote(), self._mark(region, quads, is_subtitle=is_subtitle)
        expected, source = self._expected(region, vote, is_subtitle=is_subtitle)
        verdict = judge(
            region.text_observations(quads),
            [r for r in region.best_readings(expected) if r.index in quads],
            Shapes([shape for shape in region.shapes if shape.index in quads], self._letters(region, quads)),
            expected=expected,
            expected_confidence=region.confidence if source != "user" else 1.0,
            fps=self.fps,
            source=source,
            parameters=self.parameters.judge,
        )
        if region.evidence is not None:
            verdict = self._unread(verdict, region.evidence)
        if mark is None and not is_subtitle and (made_up := self._made_up(verdict, region, vote, quads)) is not None:
            verdict = made_up
        else:
            verdict = self._excused(verdict, region, source, mark, is_subtitle=is_subtitle)
        seen = [one for one in region.in_order() if one.index in quads]
        covered = covered_spans(seen, region.fronts, self.times, parameters=self.parameters.covered)
        reason = verdict.reason + in_words(covered)
        kind: RegionKind = "mark" if mark is not None else "subtitle" if is_subtitle else "scene"
        invented = verdict.state == "invented"
        return Lettering(
            id="",
            kind=kind,
            state=verdict.state,
            confidence=round(verdict.confidence, 4),
            protected=mark is not None,
            expected=None if invented else expected,
            expected_from=None if invented else source,
            read=verdict.read,
            legibility=round(verdict.legibility, 4),
            legibility_at=verdict.legibility_at,
            noise=verdict.noise,
            onset=verdict.onset,
            span=Span(min(quads), max(quads) + 1),
            quads=quads,
            visibility={index: visibility[index] for index in quads},
            covered=covered,
            reference_quad=region.reference_quad,
            judged=verdict.judged,
            followed=verdict.followed,
            reference_is_clean=self._has_clean_reference(region, expected, source, verdict.state),
            reason=reason if mark is None else f"{reason}; protected as {mark}",
        )

    def _letters(self, region: Region, quads: dict[int, Quad]) -> Letters:
        """Its letters in the frames in which most of it is in view."""
        if region.sheet is None:
            return Letters()
        matches = [match for match in region.letters if match.index in quads]
        height = float(np.median([quads[match.index].size[1] for match in matches])) if matches else 0.0
        fused = region.fusion is not None
        limits = self.parameters.judge.of_letters(fused=fused)
        letters = Letters.of(matches, region.sheet.names, height, limits, fused=fused)
        # Letters that come in later may grow, come nearer or into focus: against themselves they only hold.
        return letters if region.reference_quad is not None or hold(letters, limits) else Letters()

    def _confirmed(self, region: Region, quads: dict[int, Quad]) -> dict[int, Quad]:
        """The places up to where a late region was last seen; none when nothing confirms it."""
        if region.first_frame == 0 or region.reference_quad is not None:
            return quads
        last = region.last_seen()
        if self._boils(region):
            last = max(last, *(one.index for one in region.in_order() if one.support > 0))
        quads = {index: quad for index, quad in quads.items() if index <= last}
        brief = len(quads) <= self.parameters.regions.brief_seconds * self.nominal_fps
        return quads if brief or region.is_confirmed() else {}

    def _expected(
        self, region: Region, vote: OcrReading | None, *, is_subtitle: bool
    ) -> tuple[str | None, TextSource | None]:
        """What a region should read: its own vote for subtitles and late text that nobody asked for."""
        expected, source = region.expected, region.source
        if source == "clip" or (is_subtitle and source != "user"):
            expected = vote.text if vote is not None else expected
            source = "clip" if expected is not None else None
        return expected, source

    def _unread(self, verdict: Verdict, evidence: float) -> Verdict:
        """The verdict on lettering that could not be read: its shape alone speaks, so what is unsure is not said."""
        confidence = verdict.confidence * evidence
        if verdict.state == "stable" or confidence >= self.parameters.unread.least_confidence:
            return replace(verdict, confidence=confidence)
        reason = "it cannot be read, and that its shapes change is too unsure"
        return replace(verdict, state="stable", onset=None, confidence=0.2, judged=False, reason=reason)

    def _excused(
        self, verdict: Verdict, region: Region, source: TextSource | None, mark: str | None, *, is_subtitle: bool
    ) -> Verdict:
        """The verdict, or stable for text of which nothing says how it should look."""
        own_reference = source == "clip" and region.first_frame not in (0, *self.cuts)
        if verdict.state == "stable" or not (is_subtitle or own_reference or mark is not None):
            return verdict
        what = "lettering that came in later" if mark is None else "a protected mark"
        what = "a subtitle" if is_subtitle else what
        return replace(
            verdict,
            state="stable",
            onset=None,
            confidence=min(verdict.confidence, 0.4),
            judged=False,
            reason=f"{what}; nothing says how it should look",
        )

    def _made_up(
        self, verdict: Verdict, region: Region, vote: OcrReading | None, quads: Mapping[int, Quad]
    ) -> Verdict | None:
        """The verdict on lettering that the reference does not have; None where that cannot be said."""
        first = min(quads)
        if region.invented:
            made_up = _invented(verdict, region, vote, first)
            # Without a still nobody says that it may go.
            most = 1.0 if self.still_given else self.parameters.entering.confidence
            return replace(made_up, confidence=min(made_up.confidence, most))
        if region.reference_quad is not None or region.first_frame in (0, *self.cuts):
            return None
        if self._boils(region):
            reason = "lettering that comes in later, and its strokes change all the time"
        elif region.appeared and self._is_attached(quads):
            reason = "comes out of a surface that was bare before, in which it moves along"
        else:
            return None
        confidence = self.parameters.entering.confidence * (region.evidence or 1.0)
        return replace(verdict, state="invented", onset=first, confidence=confidence, judged=True, reason=reason)

    def _boils(self, region: Region) -> bool:
        """Whether strokes of lettering that could not be read change all the time."""
        if region.evidence is None:
            return False
        return boils(region.in_order(), region.shapes, fps=self.fps, parameters=self.parameters.entering)

    def _is_attached(self, quads: Mapping[int, Quad]) -> bool:
        """Whether lettering moves, as titles do not."""
        centres = np.array([quad.centre for quad in quads.values()])
        least = self.parameters.entering.attached * max(self.geometry.width, self.geometry.height)
        return bool(np.ptp(centres, axis=0).max() >= least)

    def _has_clean_reference(
        self, region: Region, expected: str | None, source: TextSource | None, state: State
    ) -> bool:
        """Whether the reference picture itself reads as expected."""
        detection = self.parameters.detection
        if region.reference_quad is None or state == "invented":
            return False
        if region.evidence is not None:  # nobody says that it should read
            return True
        if source == "user" and expected is not None:
            return similarity(expected, region.text) >= self.parameters.regions.right
        least = detection.least_confidence if source == "still" else detection.known_confidence
        return region.confidence >= least and expected is not None

    def _mark(self, region: Region, quads: Mapping[int, Quad], *, is_subtitle: bool) -> str | None:
        """What says that a region is a watermark, its wording or its form; None when it is none."""
        name = self._named_mark(region, quads[min(quads)])
        if name is not None:
            return f"the mark {name!r}"
        if is_subtitle or not self.fixed.is_fixed(region) or not self._lasts(quads):
            return None
        return "a mark: it stands still in a corner while the picture moves under it"

    def _lasts(self, quads: Mapping[int, Quad]) -> bool:
        """Whether a region is there through all of its shot."""
        starts = (0, *self.cuts)
        start = max(cut for cut in starts if cut <= min(quads))
        end = min((cut for cut in starts if cut > start), default=self.last + 1)
        return len(quads) >= self.parameters.fixed_marks.lasting * (end - start)

    def _named_mark(self, region: Region, quad: Quad) -> str | None:
        """The name of the watermark that a region is, by a vote of its readings; None when it is none."""
        sure = self.parameters.regions.mark_confidence
        texts = [region.text, *(r.text for r in region.readings if r.confidence > sure)]
        size = (self.geometry.width, self.geometry.height)
        names = [protected(text, quad, *size, parameters=self.parameters.marks) for text in texts]
        hits = [name for name in names if name is not None]
        return hits[0] if 2 * len(hits) >= min(len(names), 3) and hits else None


def _invented(verdict: Verdict, region: Region, vote: OcrReading | None, first: int) -> Verdict:
    """The verdict on text where the still has none."""
    read = vote.text if vote is not None else verdict.read or ""
    return replace(
        verdict,
        state="invented",
        onset=first,
        confidence=0.5 + 0.4 * min(1.0, region.detections / 4) * region.confidence,
        reason=f"reads {read!r} where the reference picture has no lettering",
    )
