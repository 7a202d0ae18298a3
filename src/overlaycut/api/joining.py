"""The repaired shots of a project joined into one programme: its clock, its frames, and what is measured on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from overlaycut.api.delivery_source import Scene
from overlaycut.api.estimating import EstimatedRepairs
from overlaycut.api.framing import shown
from overlaycut.api.rendering import Measured
from overlaycut.api.shots import ChosenClip
from overlaycut.assemble import Programme, Segment, programme_frames
from overlaycut.core.cues import KeepOut
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Span
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.core.project import Master, Project
from overlaycut.core.repaired import RepairedFrame
from overlaycut.deliver import Policy, conformed, conformed_distinct, dejittered
from overlaycut.errors import UsageError
from overlaycut.media import read_still, to_bt709
from overlaycut.models import rapid_reader
from overlaycut.pipeline import Step, digest_of, file_digest
from overlaycut.qc.gates import GateResult, PixelGates, segmenter_for
from overlaycut.qc.ocr_verification import OcrVerification
from overlaycut.qc.untouched import UntouchedCheck
from overlaycut.reframe.camera import Camera
from overlaycut.reframe.camera_path import plan_camera
from overlaycut.reframe.reframing import reframed
from overlaycut.report import Crop

_CROP_TIMES = (Fraction(1, 4), Fraction(1, 2), Fraction(9, 10))
"""Where in a repaired span the report looks, in shares of it."""


@dataclass(frozen=True, slots=True, eq=False)
class RepairedShot:
    """A shot with the repairs that are laid over its clip."""

    chosen: ChosenClip
    repairs: EstimatedRepairs
    filmed_as: EditPlan
    """The plan whose lettering the camera keeps in the frame: a clean plate is framed like its master."""

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
    def end(self) -> Fraction:
        """Seconds of the clip at which the shot ends."""
        duration = self.chosen.facts.duration
        assert duration is not None
        return min(self.chosen.shot.end or duration, duration)

    def camera(self, width: int, height: int) -> Camera:
        """How the programme's pictures are cut out of the clip's."""
        chosen = self.chosen
        sizes = (chosen.facts.width, chosen.facts.height), (width, height)
        return plan_camera(*sizes, saliency=chosen.saliency, keep=self.keep, subjects=chosen.subjects)


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
    crops: tuple[Crop, ...] = ()
    """The same places before and after."""


class ShotPass:
    """One shot's frames at the programme's size; measures what is repaired when that was asked for.

    Frames of a variable rate are brought to the programme's.
    """

    def __init__(self, shot: RepairedShot, width: int, height: int, rate: Fraction) -> None:
        self.shot, self._rate = shot, rate
        self._size = width, height
        self._asked = False
        self._measuring: tuple[UntouchedCheck, OcrVerification, PixelGates, list[Crop]] | None = None

    @property
    def step(self) -> Step[ShotMeasurement]:
        """What is measured, as a step."""
        shot = self.shot.chosen.shot
        return Step(
            name="measure",
            subject=self.shot.name,
            version=4,
            artifact=ShotMeasurement,
            inputs={"clip": self.shot.chosen.source.digest, "repairs": self.shot.repairs.digest},
            settings={"in": shot.start, "out": self.shot.end},
        )

    def measured(self) -> Measured:
        """The measurement, as a part of a pass."""
        return Measured(self.step, self._ask, self._result)

    def _ask(self) -> None:
        self._asked = True

    def _result(self) -> ShotMeasurement:
        assert self._measuring is not None  # a pass was made
        touched, reread, pixels, crops = self._measuring
        return ShotMeasurement(
            touched_fraction=touched.fraction,
            untouched_identical=touched.untouched_identical,
            residual_text=reread.result().residual,
            gates=pixels.result(),
            crops=tuple(crops),
        )

    def frames(self) -> Iterator[Frame]:
        """The frames from the shot's start, repaired, from time 0."""
        shot, start = self.shot, self.shot.chosen.shot.start
        chosen, size = shot.chosen, (shot.chosen.facts.width, shot.chosen.facts.height)
        repaired = shot.repairs.over(_clip_frames(chosen))
        if self._asked:
            self._asked = False  # further passes give the same
            repaired = self._watched(repaired)
        stage = reframed(
            size, self._size, keep=shot.keep, subjects=chosen.subjects, saliency=chosen.saliency, zero=-start
        )
        frames = stage(to_bt709(_cut(repaired, start, shot.end)))
        return conformed_distinct(self._rate)(frames) if chosen.facts.vfr else frames

    def _watched(self, frames: Iterator[RepairedFrame]) -> Iterator[RepairedFrame]:
        plan, chosen = self.shot.plan, self.shot.chosen
        touched, reread = UntouchedCheck(), OcrVerification(rapid_reader(), plan)
        crops: list[Crop] = []
        shown = _shown(plan, chosen.shot.start, self.shot.end)
        pixels = PixelGates(shown, reference=self.shot.repairs.reference(), segmenter=segmenter_for(shown))
        self._measuring = touched, reread, pixels, crops
        wanted = _crop_frames(plan)
        for after in frames:
            if _lies_in(after.before, chosen.shot.start, self.shot.end):
                touched.see(after)
                reread.see(after.frame)
                pixels.see(after)
                crops += [_crop(region, after.before, after.frame) for region in wanted.get(after.before.index, ())]
            yield after


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """The shots of a project, and its end card, on one clock."""

    programme: Programme
    shots: tuple[ShotPass, ...]
    card: Picture | None
    scenes: tuple[Scene, ...]

    def frames(self) -> Iterator[Frame]:
        """The programme's frames from its start."""
        width, height, rate = self.programme.width, self.programme.height, self.programme.rate
        pictures: list[Callable[[], Iterator[Frame]]] = [shot.frames for shot in self.shots]
        if self.card is not None:
            pictures.append(_card(self.card, width, height, rate))
        return programme_frames(self.programme, pictures, conformed(rate))

    def inputs(self, job: Project, *, sound: bool = True) -> dict[str, str]:
        """Digests of all that the programme's frames, and its sound, are made of."""
        found = {}
        for one in self.shots:
            chosen = one.shot.chosen
            found[f"{chosen.name} clip"] = chosen.source.digest
            found[f"{chosen.name} repairs"] = one.shot.repairs.digest
            found[f"{chosen.name} framing"] = digest_of((one.shot.keep, chosen.subjects, chosen.saliency))
        found["timing"] = digest_of([(one.frames, one.starts, one.source_in) for one in self.programme.segments])
        files = {"voice": job.audio.voice, "music": job.audio.music} if sound else {}
        if job.end_card is not None:
            files["end card"] = job.end_card.image
        return found | {name: file_digest(path) for name, path in files.items() if path is not None}


def joined(job: Project, shots: Sequence[RepairedShot], policies: Sequence[Policy]) -> Joined:
    """The programme of a project.

    Raises UsageError for a shot that begins at or after the end of its clip.
    """
    target = policies[0].target.video
    wanted = Master.parse(job.project.master) if job.project.master else None
    width, height = (wanted.width, wanted.height) if wanted else (target.width, target.height)
    first = shots[0].chosen.facts
    assert first.fps is not None
    rate = (wanted.rate if wanted else None) or policies[0].rate_for(
        first.full_rate or first.fps, constant=not first.vfr
    )
    segments: list[Segment] = []
    scenes: list[Scene] = []
    starts = 0
    for shot in shots:
        segments.append(_segment(shot, starts, rate))
        scenes.append(_scene(shot, width, height, starts / rate))
        starts += segments[-1].frames
    card = None
    if job.end_card is not None:
        card = read_still(job.end_card.image)
        segments.append(
            Segment(
                name="end card",
                source=job.end_card.image,
                frames=max(1, round(job.end_card.seconds * rate)),
                starts=starts,
                source_in=Fraction(0),
                has_sound=False,
            )
        )
        scenes.append(Scene(starts / rate, None))
    programme = Programme(width=width, height=height, rate=rate, segments=tuple(segments))
    return Joined(programme, tuple(ShotPass(shot, width, height, rate) for shot in shots), card, tuple(scenes))


def _segment(shot: RepairedShot, starts: int, rate: Fraction) -> Segment:
    chosen = shot.chosen
    frames = round((shot.end - chosen.shot.start) * rate)
    if frames < 1:
        duration = chosen.facts.duration
        assert duration is not None
        raise UsageError(
            f"{shot.name}: in = {float(chosen.shot.start)} lies at or after the end of {chosen.source.name}",
            hint=f"it lasts {float(duration):.2f} s",
        )
    return Segment(
        name=shot.name,
        source=chosen.source.clip.path,
        frames=frames,
        starts=starts,
        source_in=chosen.shot.start,
        has_sound=chosen.facts.audio is not None,
    )


def _scene(shot: RepairedShot, width: int, height: int, starts: Fraction) -> Scene:
    chosen = shot.chosen
    assert chosen.facts.duration is not None
    camera, whole_clip = shot.camera(width, height), (Fraction(0), chosen.facts.duration)
    keep, faces = (tuple(shown(camera, places, *whole_clip)) for places in (shot.keep, chosen.faces))
    return Scene(starts, chosen.saliency, keep, faces, zero=starts - chosen.shot.start)


def _clip_frames(chosen: ChosenClip) -> Iterator[Frame]:
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


def _card(card: Picture, width: int, height: int, rate: Fraction) -> Callable[[], Iterator[Frame]]:
    def frames() -> Iterator[Frame]:
        picture = Frame.from_rgb(card, index=0, at=Fraction(0), lasts=1 / rate)
        stage = reframed((picture.width, picture.height), (width, height), mode="pad")
        return stage(iter([picture]))

    return frames


def _shown(plan: EditPlan, start: Fraction, end: Fraction) -> EditPlan:
    """The plan of which only what lies between two times of the clip is changed."""
    last = max(math.ceil(end * Fraction(plan.clip.fps)), 1)
    part = Span(min(math.floor(start * Fraction(plan.clip.fps)), last - 1), last)
    regions = tuple(
        one.model_copy(update={"edit": None if one.edit is None else one.edit.clipped(part)}) for one in plan.regions
    )
    return plan.model_copy(update={"regions": regions})


def _crop_frames(plan: EditPlan) -> dict[int, list[RegionPlan]]:
    wanted: dict[int, list[RegionPlan]] = {}
    for region in plan.regions:
        if region.changes and region.edit is not None:
            for share in _CROP_TIMES:
                frame = region.edit.start + int(share * (len(region.edit) - 1))
                wanted.setdefault(frame, []).append(region)
    return wanted


def _crop(region: RegionPlan, before: Frame, after: Frame) -> Crop:
    around = region.quads[before.index].grown(region.quads[before.index].size[1] / 2).box()
    box = around.clipped(before.width, before.height)
    assert box is not None  # the frames come from the region's own span
    return Crop(region.id, float(before.at), before.patch(box), after.patch(box))
