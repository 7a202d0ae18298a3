"""One repaired shot of a project: its frames at the programme's size, and what is measured on the way."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from overlaycut.api.estimating import EstimatedRepairs
from overlaycut.api.rendering import Measured
from overlaycut.api.shots import ChosenClip
from overlaycut.assemble import ColourMatch
from overlaycut.core.cues import KeepOut
from overlaycut.core.findings import LetteringReport
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Span
from overlaycut.core.plan import EditPlan
from overlaycut.core.repaired import RepairedFrame
from overlaycut.deliver import conformed_distinct, dejittered
from overlaycut.errors import UsageError
from overlaycut.media import to_bt709
from overlaycut.models import rapid_reader
from overlaycut.pipeline import Step
from overlaycut.qc.gates import GateResult, PixelGates, segmenter_for
from overlaycut.qc.ocr_verification import OcrVerification
from overlaycut.qc.untouched import UntouchedCheck
from overlaycut.reframe.camera import Camera
from overlaycut.reframe.camera_path import Framing, plan_camera
from overlaycut.reframe.reframing import reframed
from overlaycut.report import RepairPictures, RepairPictureTaker, worst_frames


@dataclass(frozen=True, slots=True, eq=False)
class RepairedShot:
    """A shot with the repairs that are laid over its clip."""

    chosen: ChosenClip
    repairs: EstimatedRepairs
    filmed_as: EditPlan
    """The plan whose lettering the camera keeps in the frame: a clean plate is framed like its master."""
    skipped: Fraction = Fraction(0)
    """Seconds left out at its start, where it repeats what the shot before ends with."""
    match: ColourMatch | None = None
    """What brings its colours to those of the shot before; None where they stay."""

    @property
    def name(self) -> str:
        """The shot's."""
        return self.chosen.name

    @property
    def plan(self) -> EditPlan:
        """What the repairs follow."""
        return self.repairs.plan

    @property
    def keep(self) -> tuple[KeepOut, ...]:
        """Where lettering stays to be read, in pixels and seconds of the clip."""
        return self.chosen.keep(self.filmed_as)

    @property
    def start(self) -> Fraction:
        """Seconds of the clip at which the shot begins."""
        return self.chosen.shot.start + self.skipped

    @property
    def end(self) -> Fraction:
        """Seconds of the clip at which the shot ends."""
        duration = self.chosen.facts.duration
        assert duration is not None
        return min(self.chosen.shot.end or duration, duration)

    def require_frames(self) -> None:
        """Raises UsageError for a shot that begins at or after the end of its clip."""
        duration = self.chosen.facts.duration
        assert duration is not None
        if self.start >= duration:
            raise UsageError(
                f"{self.name}: in = {float(self.start)} lies at or after the end of {self.chosen.source.name}",
                hint=f"it lasts {float(duration):.2f} s",
            )

    def camera(self, width: int, height: int) -> Camera:
        """How the programme's pictures are cut out of the clip's."""
        chosen = self.chosen
        return plan_camera((chosen.facts.width, chosen.facts.height), (width, height), self.framing)

    @property
    def framing(self) -> Framing:
        """What the camera goes by, on the clip's clock."""
        chosen = self.chosen
        return Framing(chosen.saliency, self.keep, chosen.subjects, chosen.shot.focus_box, chosen.composition)


@dataclass(frozen=True, slots=True, eq=False)
class ShotMeasurement:
    """What rendering a shot showed of its repairs."""

    touched_fraction: float = 0.0
    """Share of all luma samples that lie inside a mask, 0..1."""
    untouched_identical: bool = True
    """Whether every sample outside the masks is what was decoded; compared, not assumed."""
    residual_text: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Region → lettering that is still read there and should not be."""
    gates: Mapping[str, tuple[GateResult, ...]] = field(default_factory=dict)
    """Region → what was measured on its pixels, against which limits."""
    compared: int = 0
    """Luma samples outside the masks, each compared with the decoded one."""
    flicker: Mapping[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    """Region → (frame, temporal error over that of the surround) over time."""
    pictures: RepairPictures = field(default_factory=RepairPictures)
    """The repairs, before and after."""


class ShotPass:
    """One shot's frames at the programme's size; measures what is repaired when that was asked for.

    Frames of a variable rate are brought to the programme's.
    """

    def __init__(self, shot: RepairedShot, width: int, height: int, rate: Fraction) -> None:
        self.shot, self._rate = shot, rate
        self._size = width, height
        self._asked = False
        self._measuring: tuple[UntouchedCheck, OcrVerification, PixelGates, RepairPictureTaker] | None = None

    @property
    def step(self) -> Step[ShotMeasurement]:
        """What is measured, as a step."""
        return Step(
            name="measure",
            subject=self.shot.name,
            version=7,
            artifact=ShotMeasurement,
            inputs={"clip": self.shot.chosen.source.digest, "repairs": self.shot.repairs.digest},
            settings={"in": self.shot.start, "out": self.shot.end},
        )

    def measured(self) -> Measured:
        """The measurement, as a part of a pass."""
        return Measured(self.step, self._ask, self._result)

    def _ask(self) -> None:
        self._asked = True

    def _result(self) -> ShotMeasurement:
        assert self._measuring is not None  # a pass was made
        touched, reread, pixels, taker = self._measuring
        gates = pixels.result()
        return ShotMeasurement(
            touched_fraction=touched.fraction,
            untouched_identical=touched.untouched_identical,
            residual_text=reread.result().residual,
            gates=gates,
            compared=touched.compared,
            flicker=pixels.flicker_course,
            pictures=taker.result(worst_frames(failed_frames(gates))),
        )

    def frames(self) -> Iterator[Frame]:
        """The frames from the shot's start, repaired and matched, from time 0, at the clip's own speed."""
        shot, start = self.shot, self.shot.start
        chosen, size = shot.chosen, (shot.chosen.facts.width, shot.chosen.facts.height)
        repaired = shot.repairs.over(clip_frames(chosen))
        if self._asked:
            self._asked = False  # further passes give the same
            repaired = self._watched(repaired)
        stage = reframed(size, self._size, shot.framing, zero=-start)
        frames = stage(to_bt709(_cut(repaired, start, shot.end)))
        if shot.match is not None:
            frames = shot.match.stage(frames)
        return conformed_distinct(self._rate / chosen.shot.speed)(frames) if chosen.facts.vfr else frames

    def _watched(self, frames: Iterator[RepairedFrame]) -> Iterator[RepairedFrame]:
        plan = self.shot.repairs.placed
        touched, reread = UntouchedCheck(), OcrVerification(rapid_reader(), plan)
        shown = _shown(plan, self.shot.start, self.shot.end)
        pixels = PixelGates(shown, reference=self.shot.repairs.reference(), segmenter=segmenter_for(shown))
        taker = RepairPictureTaker(shown, legible=legible_frames(self.shot.chosen.lettering))
        self._measuring = touched, reread, pixels, taker
        for after in frames:
            if _lies_in(after.before, self.shot.start, self.shot.end):
                touched.see(after)
                reread.see(after.frame)
                pixels.see(after)
                taker.see(after)
            yield after


def clip_frames(chosen: ChosenClip) -> Iterator[Frame]:
    """The clip's frames, those of a constant rate evenly spaced whatever their container rounds to."""
    facts, clip = chosen.facts, chosen.source.clip
    assert facts.fps is not None
    return clip.frames() if facts.vfr else dejittered(facts.fps)(clip.frames())


def _lies_in(frame: Frame, start: Fraction, end: Fraction) -> bool:
    return frame.at < end and frame.at + frame.lasts > start


def _cut(frames: Iterator[RepairedFrame], start: Fraction, end: Fraction) -> Iterator[Frame]:
    """The repaired frames between two times of the clip, from time 0."""
    for after in frames:
        frame = after.before
        if frame.at >= end:
            return
        if not _lies_in(frame, start, end):
            continue
        at = max(frame.at - start, Fraction(0))
        yield after.frame.retimed(index=frame.index, at=at, lasts=frame.at + frame.lasts - start - at)


def _shown(plan: EditPlan, start: Fraction, end: Fraction) -> EditPlan:
    """The plan of which only what lies between two times of the clip is changed."""
    last = max(math.ceil(end * Fraction(plan.clip.fps)), 1)
    part = Span(min(math.floor(start * Fraction(plan.clip.fps)), last - 1), last)
    regions = tuple(
        one.model_copy(update={"edit": None if one.edit is None else one.edit.clipped(part)}) for one in plan.regions
    )
    return plan.model_copy(update={"regions": regions})


def legible_frames(report: LetteringReport) -> dict[str, Mapping[int, float]]:
    """Region → legibility, 0..1, in the frames that were read."""
    return {region.id: region.legibility_at for region in report.regions}


def failed_frames(gates: Mapping[str, Sequence[GateResult]]) -> dict[str, list[tuple[bool, int | None]]]:
    """Region → whether each of its gates failed, and its worst frame."""
    return {name: [(one.status == "fail", one.worst_frame) for one in found] for name, found in gates.items()}
