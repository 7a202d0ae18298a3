"""Media of a hand-over: each shot as a clip of its own on the programme's clock, with plate and matte."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeAlias

from overlaycut.api.estimating import EstimatedRepairs, RepairInputs
from overlaycut.api.mastering import bare
from overlaycut.api.rendering import ENCODER, EncodedFile
from overlaycut.api.shot_pass import RepairedShot, clip_frames
from overlaycut.assemble import Programme, Segment
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.core.plan import RegionPlan
from overlaycut.core.repaired import RepairedFrame
from overlaycut.deliver import RateConversion, conformed, conformed_distinct
from overlaycut.interchange import CornerPin
from overlaycut.media import Encoding, WrittenFile, to_bt709, write_clip
from overlaycut.pipeline import Pipeline, Step, put_back
from overlaycut.reframe.reframing import reframed

MediaKind: TypeAlias = Literal["prores", "h264"]
"""ProRes 422 HQ in MOV, which editors decode frame by frame, or visually lossless H.264 in MP4."""

_ENCODINGS: Mapping[MediaKind, tuple[str, Encoding]] = {
    "prores": ("mov", Encoding(codec="prores")),
    "h264": ("mp4", Encoding()),
}

_VERSION = 1
"""Raised whenever the code writes another file from the same shot."""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A media file in its place."""

    path: Path
    frames: int


def made(
    pipeline: Pipeline,
    subject: str,
    out: Path,
    write: Callable[[], WrittenFile],
    *,
    inputs: Mapping[str, str],
    settings: Mapping[str, Any],
    kept: bool = True,
) -> MadeFile:
    """A file of the hand-over: written by `write` to `out`, or brought there from the store."""
    step = Step(
        name="hand over",
        subject=subject,
        version=_VERSION,
        artifact=EncodedFile,
        inputs=inputs,
        settings={**settings, "encoder": ENCODER},
        kept=kept,
    )
    file = pipeline.result(step, lambda: EncodedFile.of(write()))
    put_back(file.file, out)
    return MadeFile(out, file.frames)


def media_end(kind: MediaKind) -> str:
    """The file name extension of media."""
    return _ENCODINGS[kind][0]


def write_frames(frames: Iterator[Frame], out: Path, kind: MediaKind, rate: Fraction) -> WrittenFile:
    """Write frames of a constant rate as a clip without sound."""
    return write_clip(frames, out, tick=1 / rate, encoding=_ENCODINGS[kind][1])


class ShotMedia:
    """One shot's clip, all of it, conformed to the programme's rate so that the shot begins on a whole frame."""

    def __init__(self, shot: RepairedShot, programme: Programme, segment: Segment, motion: RateConversion) -> None:
        self.shot, self._rate, self._motion = shot, programme.rate, motion
        self._size = programme.width, programme.height
        self._speed = segment.speed
        begins = shot.start / segment.speed
        self.source_in = math.floor(begins * programme.rate)
        """Frame of the media at which the shot begins."""
        self.least = self.source_in + segment.frames
        """Frames that the media has at least."""
        self._moving = self.least - segment.held if segment.held else None
        """Frame at which the last picture stays; None where the clip goes on as a handle."""
        self._zero = (begins - self.source_in / programme.rate) * segment.speed
        """Seconds of the clip at which the media begins: less than a frame."""

    @cached_property
    def is_framed(self) -> bool:
        """Whether the programme shows a part of the clip, or the clip on a background, instead of scaling all of it."""
        facts = self.shot.chosen.facts
        whole = Box(0, 0, facts.width, facts.height)
        return any(one.padded or one.moves or one.box != whole for one in self.shot.camera(*self._size).shots)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the clip."""
        return self.shot.chosen.facts.width, self.shot.chosen.facts.height

    @property
    def changes(self) -> bool:
        """Whether any region is repaired."""
        return any(region.changes for region in self.shot.plan.regions)

    def bared(self, pipeline: Pipeline) -> EstimatedRepairs | None:
        """The repairs that take all lettering out; None where there is none to take out."""
        plan = bare(self.shot.plan)
        if not any(region.changes for region in plan.regions):
            return None
        return EstimatedRepairs(pipeline, plan, self.shot.chosen.source, f"{self.shot.name} plate", RepairInputs())

    def write(
        self, pipeline: Pipeline, stem: Path, what: str, kind: MediaKind, repairs: EstimatedRepairs | None = None
    ) -> MadeFile:
        """Write what `frames` gives as `stem` with the container's end, or bring it there from the store."""
        repairs = repairs or self.shot.repairs
        out = stem.with_name(f"{stem.name}.{media_end(kind)}")
        settings: dict[str, Any] = {
            "what": what, "rate": self._rate, "zero": self._zero, "least": self.least, "kind": kind,
            "speed": self._speed, "moving": self._moving, "motion": self._motion, "match": self.shot.match,
        }  # fmt: skip
        if what == "framed":
            chosen = self.shot.chosen
            framing = [self.shot.keep, chosen.subjects, chosen.saliency, chosen.shot.focus, chosen.composition]
            settings |= {"size": list(self._size), "framing": framing}
        return made(
            pipeline,
            f"{self.shot.name} {what}",
            out,
            lambda: write_frames(self.frames(what, repairs), out, kind, self._rate),
            inputs={"clip": self.shot.chosen.source.digest, "repairs": repairs.digest},
            settings=settings,
            kept=repairs.kept,
        )

    def frames(self, what: str, repairs: EstimatedRepairs) -> Iterator[Frame]:
        """The clip with `repairs`, or with "matte" what they replaced, or with "framed" as the programme shows it."""
        chosen = self.shot.chosen
        after = repairs.over(clip_frames(chosen))
        if what == "matte":
            frames = self._begun(after, lambda one: one.mask_frame)
        else:
            frames = to_bt709(self._begun(after, lambda one: one.frame))
        if what == "framed":
            stage = reframed(self.size, self._size, self.shot.framing, zero=-self._zero)
            frames = stage(frames)
        if self.shot.match is not None and what != "matte":
            frames = self.shot.match.stage(frames)
        if chosen.facts.vfr:
            frames = conformed_distinct(self._rate / self._speed)(frames)
        if self._speed != 1:
            frames = (
                one.retimed(index=one.index, at=one.at / self._speed, lasts=one.lasts / self._speed) for one in frames
            )
        return self._held(conformed(self._rate, self._motion)(frames))

    def _begun(self, after: Iterator[RepairedFrame], shown: Callable[[RepairedFrame], Frame]) -> Iterator[Frame]:
        """The frames from the media's first on, from time 0."""
        for one in after:
            frame = one.before
            ends = frame.at + frame.lasts - self._zero
            if ends > 0:
                at = max(frame.at - self._zero, Fraction(0))
                yield shown(one).retimed(index=frame.index, at=at, lasts=ends - at)

    def _held(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The frames, the last one held as the programme holds it: to the shot's end, or from where it stays."""
        last, count = None, 0
        for count, last in enumerate(islice(frames, self._moving), start=1):  # noqa: B007
            yield last
        if last is not None:
            for index in range(count, self.least):
                yield last.retimed(index=index, at=index / self._rate, lasts=1 / self._rate)

    def pin(self, region: RegionPlan, frames: int) -> CornerPin | None:
        """Where a region is in each of the media's `frames`; None where it is in none."""
        indices = dict(enumerate(self._clip_indices(frames)))
        quads = {frame: region.quads[index] for frame, index in indices.items() if index in region.quads}
        if not quads:
            return None

        def whole(frame: int) -> float:
            return quads[frame].area * region.visibility.get(indices[frame], 1.0)

        return CornerPin(
            name=f"{self.shot.name} {region.id}",
            width=self.size[0],
            height=self.size[1],
            rate=self._rate,
            quads=quads,
            reference=max(quads, key=lambda frame: (whole(frame), -frame)),
        )

    def _clip_indices(self, frames: int) -> Iterator[int]:
        """The clip's frame that each of the media's frames shows."""
        facts = self.shot.chosen.facts
        assert facts.fps is not None and facts.frames is not None
        stays = frames if self._moving is None else self._moving
        times = [self._zero + min(n, stays - 1) / self._rate * self._speed for n in range(frames)]
        if not facts.vfr:
            return (min(math.floor(at * facts.fps), facts.frames - 1) for at in times)
        begun = [frame.at for frame in self.shot.chosen.source.clip.frames()]
        return (max(bisect_right(begun, at) - 1, 0) for at in times)


def programme_frame(seconds: Fraction, shot: RepairedShot, segment: Segment, rate: Fraction) -> int:
    """The frame of the programme that shows a time of a shot's clip, within the shot."""
    moved = math.floor((seconds - shot.start) / segment.speed * rate)
    return segment.starts + min(max(moved, 0), segment.frames - 1)
