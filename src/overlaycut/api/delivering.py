"""Deliveries that are ready to be written, in as few passes over the frames as memory and size caps allow."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from overlaycut.api.disclosing import Statement, disclosed
from overlaycut.api.results import Delivery, PictureQuality
from overlaycut.core.flow import Stage, apply_stages
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.deliver import (
    Branch,
    Output,
    Policy,
    QualityProbe,
    check,
    encoders_at_once,
    fan_out_in_turns,
    free_memory,
    next_kbps,
    picture_kbps,
    refuse_unreachable,
    size_binds,
)
from overlaycut.errors import OverlaycutError
from overlaycut.media import Clip, Encoding, Sound, WrittenFile, loudness, samples, write_clip
from overlaycut.report import EncodedPicture, Poster

_POSTER = Fraction(2, 5)
"""Share of a delivery at which its picture for the report is taken: captions stand there, end cards do not."""

_MOST_REPEATS = 3
"""One more pass meets a cap for all but clips so short that there is little to steer by."""


@dataclass(frozen=True, slots=True, eq=False)
class DeliveryLook:
    """What a delivery looks and sounds like, for the report."""

    picture: EncodedPicture | None
    loudness: tuple[float, ...]
    """Momentary loudness in LUFS at every tenth of a second; empty without sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryJob:
    """One delivery, ready to be written."""

    policy: Policy
    path: Path
    rate: Fraction
    duration: Fraction
    shape: Stage
    """Brings the programme's frames to the delivery's size; deliveries of one size share it."""
    stages: tuple[Stage, ...]
    """What is done to them then."""
    encoding: Encoding
    two_pass: bool
    """Whether a second pass places the bits of the first anew, knowing the whole programme."""
    sound: Callable[[], Sound | None]
    statement: Statement
    finish: Callable[[Path], None]
    """Puts the statement on the whole file before it appears."""
    comment: str | None
    shown: tuple[Box, ...]
    """Where words stand, in pixels of the delivery."""
    warnings: tuple[str, ...]
    quality: QualityProbe

    @property
    def name(self) -> str:
        """The platform's."""
        return self.policy.name

    def output(self, encoding: Encoding) -> Output:
        """The file, encoded that way, from frames that have its size."""

        def write(frames: Iterator[Frame]) -> WrittenFile:
            refuse_unreachable(self.policy, self.rate, self.duration)
            return write_clip(
                self.quality.watch(apply_stages(frames, self.stages)),
                self.path,
                tick=1 / self.rate,
                encoding=encoding,
                sound=self.sound(),
                comment=self.comment,
                finish=self.finish,
            )

        return Output(self.name, self.path, write)

    @property
    def drafted(self) -> bool:
        """Whether a draft is made beside the first pass, for the second one to learn from."""
        return self.two_pass and self.encoding.codec == "h264"

    def draft(self, encoding: Encoding, path: Path) -> Output:
        """The same pictures as a draft, for its statistics."""

        def write(frames: Iterator[Frame]) -> WrittenFile:
            return write_clip(
                apply_stages(frames, self.stages), path, tick=1 / self.rate, encoding=replace(encoding, draft=True)
            )

        return Output(f"{self.name}, draft", path, write)


def delivered(
    planned: Sequence[DeliveryJob], frames: Callable[[], Iterator[Frame]], *, also: Sequence[Output] = ()
) -> dict[str, WrittenFile | OverlaycutError]:
    """Write all deliveries, and what is to be written `also`, from `frames`.

    One pass, unless memory holds only some of the encoders; and one more for files that came out larger (or
    smaller) than their platform takes, or whose bits are to be placed anew.
    """
    drafted = [p for p in planned if p.drafted]
    sizes = [
        (p.policy.target.video.width, p.policy.target.video.height, p.encoding.codec) for p in (*planned, *drafted)
    ]
    largest = max((w * h for w, h, _ in sizes), default=1)
    sizes += [(largest, 1, "h264") for _ in also]
    at_once = encoders_at_once(sizes, free_memory())
    with tempfile.TemporaryDirectory(prefix="overlaycut-") as name:
        folder = Path(name)
        before = {p.name: _first(p, folder) for p in planned}
        outputs = [
            (p, one)
            for p in planned
            for one in (
                [p.output(p.encoding), p.draft(before[p.name], folder / f"{p.name}.mp4")]
                if p.drafted
                else [p.output(before[p.name])]
            )
        ]
        results = dict(fan_out_in_turns(frames, [*also, *_branches(outputs)], at_once=at_once))
        for p in drafted:
            draft = results.pop(f"{p.name}, draft")
            results[p.name] = draft if isinstance(draft, OverlaycutError) else results[p.name]
        for _ in range(_MOST_REPEATS):
            again = {p.name: encoding for p in planned if (encoding := _again(p, before[p.name], results[p.name]))}
            if not again:
                break
            repeated = _branches([(p, p.output(again[p.name])) for p in planned if p.name in again])
            results |= fan_out_in_turns(frames, repeated, at_once=at_once)
            before |= again
    return results


def _first(planned: DeliveryJob, folder: Path) -> Encoding:
    """The first pass: at constant quality, with statistics for a second one where there is to be or may be one.

    Statistics of a pass that is kept are a little worse than a draft's, but cost nothing.
    """
    repeats = planned.two_pass or size_binds(planned.policy, planned.duration)
    software = planned.encoding.encoder == "x264"
    if planned.encoding.codec in ("h264", "hevc") and software and repeats:
        return replace(planned.encoding, statistics=folder / f"{planned.name}.log")
    return planned.encoding


def _again(planned: DeliveryJob, before: Encoding, result: WrittenFile | OverlaycutError) -> Encoding | None:
    """A further pass, at the mean rate that the platform's caps leave; None when the file keeps them."""
    if isinstance(result, OverlaycutError):
        return None
    kbps = next_kbps(planned.policy, result.path, asked=before.kbps)
    if kbps is None and planned.two_pass and before.kbps is None and before.statistics is not None:
        kbps = picture_kbps(result.path)
    if kbps is None:
        return None
    # The mean rate keeps the size; peaks may again be as high as the platform takes them.
    video = planned.policy.target.video
    return replace(before, kbps=kbps, max_kbps=video.max_bitrate // 1000, buffer_kbit=video.buffer_bits // 1000)


def _branches(outputs: Sequence[tuple[DeliveryJob, Output]]) -> list[Branch]:
    """Files of one size together, so that frames are brought to it once."""

    def size(one: tuple[DeliveryJob, Output]) -> tuple[int, int]:
        video = one[0].policy.target.video
        return video.width, video.height

    groups = [list(group) for _, group in groupby(sorted(outputs, key=size), key=size)]
    return [Branch(group[0][0].shape, [output for _, output in group]) for group in groups]


def failed_delivery(planned: DeliveryJob, error: OverlaycutError) -> Delivery:
    """The report of a delivery that could not be written."""
    return Delivery(platform=planned.name, path=planned.path, ok=False, error=error.one_line())


def measured_delivery(planned: DeliveryJob, result: WrittenFile) -> tuple[Delivery, DeliveryLook]:
    """What became of a delivery, measured on the written file; what it says about itself is left open."""
    written = Clip(result.path)
    measured = loudness(samples(result.path)) if written.facts.audio else None
    report = check(result.path, planned.policy, loudness=measured, shown=planned.shown)
    poster = Poster(written.facts, at=_POSTER * result.duration)
    quality = planned.quality.ssim(poster.watch(written.frames()))
    delivery = Delivery(
        platform=planned.name,
        path=planned.path,
        ok=report.ok,
        error=None,
        width=written.facts.width,
        height=written.facts.height,
        fps=float(result.frames / result.duration),
        frames=result.frames,
        duration=result.duration,
        bytes=result.bytes,
        encoder=planned.encoding.encoder_name,
        quality=PictureQuality(metric="ssim-y", value=quality),
        loudness_lufs=measured.lufs if measured else None,
        true_peak_dbtp=measured.true_peak_dbtp if measured else None,
        checks=report.checks,
    )
    return delivery, DeliveryLook(poster.picture, measured.course if measured else ())


def disclosed_delivery(planned: DeliveryJob, report: Delivery) -> Delivery:
    """The report with what the file in its place says about itself; the upload sheets are written beside it."""
    said = disclosed(planned.statement, planned.policy, planned.path, float(report.duration or 0))
    return replace(
        report,
        path=planned.path,
        sheets=said.sheets,
        digital_source_type=said.digital_source_type,
        content_credentials=said.content_credentials,
        warnings=planned.warnings,
    )
