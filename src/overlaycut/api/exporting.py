"""`export`: one decode, every platform's file, each checked from what was written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import groupby
from math import ceil, floor
from pathlib import Path
from typing import Any, Literal, TypeAlias

from overlaycut.api.captioning import Look, caption_stage
from overlaycut.api.wording import Wording, read_words
from overlaycut.core.cues import Cue, Taken
from overlaycut.core.facts import ClipFacts
from overlaycut.core.flow import Stage, through
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.core.progress import Progress, counted, unheard
from overlaycut.deliver import (
    Output,
    Policy,
    QualityProbe,
    check,
    conformed,
    fan_out,
    levelled,
    load_policy,
)
from overlaycut.errors import OverlaycutError, UsageError
from overlaycut.media import (
    Clip,
    Encoding,
    SampledSound,
    Samples,
    Written,
    loudness,
    refuse_overwriting,
    samples,
    with_content,
    write_clip,
)
from overlaycut.render import Interest, crop_box, reframed

Reframe: TypeAlias = Literal["auto", "centre", "pad"]
"""Cut around the subject, cut the middle out, or show all of it on a blurred ground."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A stretch of the programme that is reframed by itself."""

    starts: Fraction
    """Seconds of the programme at which it begins; it ends where the next one does."""
    interest: Interest | None
    """Where the eye goes in it; None for a card, which is shown whole."""
    keep: tuple[Box, ...] = ()
    """What must not be cut off, in pixels of the programme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What goes out: pictures of one size and rate, sound, words, and what must not be cut off."""

    width: int
    height: int
    rate: Fraction
    constant: bool
    """Whether frames last equally."""
    duration: Fraction
    sound: Callable[[], Iterator[Samples]]
    has_sound: bool
    cues: tuple[Cue, ...]
    look: Look
    scenes: tuple[Scene, ...]
    """In order; the first starts at 0."""
    faces: tuple[Taken, ...] = ()
    """Where faces are, in pixels and seconds of the programme: captions keep clear of them."""
    target_lufs: float | None = None
    """Loudness that was asked for; None takes the platform's."""
    comment: str | None = None
    """What every file says about itself."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One delivery, ready to be written."""

    policy: Policy
    output: Output
    quality: QualityProbe
    warnings: tuple[str, ...]


def export(
    clip: Path | str,
    to: Sequence[str],
    out: Path | str,
    *,
    subs: Path | str | None = None,
    style: str = "clean",
    brand: Path | str | None = None,
    glossary: Path | str | None = None,
    reframe: Reframe = "auto",
    progress: Progress = unheard,
) -> dict[str, Any]:
    """Write a clip for every platform in `to` into the folder `out`, as PLATFORM.mp4, and check each file.

    Captions in `subs` are laid out anew for every platform. A delivery that fails says so and leaves the others be.
    """
    policies = policies_for(to)
    source, folder = Clip(clip), Path(out)
    look = Look(style, None if brand is None else Path(brand))
    look.loaded()  # so that a mistake in it is told before the clip is read
    spelled = None if glossary is None else Path(glossary)
    wording = None if subs is None else Wording(Path(subs), glossary=spelled)
    for policy in policies:
        refuse_overwriting(folder / f"{policy.name}.mp4", [source.path, *(wording.files if wording else ())])
    if wording is not None:
        read_words(wording, Fraction(1))  # likewise
    facts, interest = _looked(source, reframe, progress)
    assert facts.fps is not None and facts.duration is not None
    words = None if wording is None else read_words(wording, facts.duration)
    programme = Programme(
        width=facts.width,
        height=facts.height,
        rate=facts.fps,
        constant=not facts.vfr,
        duration=facts.duration,
        sound=lambda: samples(source.path, duration=facts.duration),
        has_sound=facts.audio is not None,
        cues=words.cues if words else (),
        look=look,
        scenes=(Scene(Fraction(0), interest),),
    )
    planned = [planned_delivery(programme, policy, folder, reframe) for policy in policies]
    frames = counted(source.frames(), progress, "export", facts.frames)
    results = fan_out(frames, [delivery.output for delivery in planned])
    deliveries = delivery_reports(planned, results)
    return {
        "deliveries": deliveries,
        "warnings": [*facts.warnings, *(words.warnings if words else ())],
        "ok": all(delivery["ok"] for delivery in deliveries),
    }


def policies_for(names: Sequence[str]) -> list[Policy]:
    """The policies of platforms, each once.

    Raises UsageError for an unknown name, a repeated one, or none at all.
    """
    if not names:
        raise UsageError("no platform was named", hint="--to tiktok,reels,shorts")
    policies = [load_policy(name) for name in names]
    if len({policy.name for policy in policies}) != len(policies):
        raise UsageError(f"a platform is named twice: {', '.join(names)}", hint="name each once")
    return policies


def planned_delivery(programme: Programme, policy: Policy, folder: Path, reframe: Reframe) -> Planned:
    """How one platform's file is made from the programme's frames."""
    video = policy.target.video
    rate = policy.rate_for(programme.rate, constant=programme.constant)
    stages: list[Stage] = [_reframed(programme, video.width, video.height, reframe)]
    if not (programme.constant and rate == programme.rate):
        stages.append(conformed(rate))
    warnings: list[str] = []
    if programme.cues:
        safe = policy.safe_box(video.width, video.height)
        draw, layout = caption_stage(
            programme.cues,
            width=video.width,
            height=video.height,
            look=programme.look,
            safe=safe,
            taken=_taken(programme, video.width, video.height, reframe),
        )
        stages.append(draw)
        warnings.extend(layout.warnings)
    encoding = Encoding(
        crf=video.crf,
        gop=policy.gop_frames(rate),
        max_kbps=policy.video_bitrate_cap(programme.duration) // 1000,
        edit_lists=False,
        audio_kbps=policy.target.audio.bitrate // 1000,
    )
    quality = QualityProbe()
    path = folder / f"{policy.name}.mp4"
    target = policy.target.loudness

    def write(frames: Iterator[Frame]) -> Written:
        blocks, _ = levelled(
            programme.sound,
            target_lufs=target.lufs if programme.target_lufs is None else programme.target_lufs,
            ceiling_dbtp=target.true_peak_dbtp,
        )
        return write_clip(
            quality.watch(through(frames, stages)),
            path,
            tick=1 / rate,
            encoding=encoding,
            sound=SampledSound(blocks) if programme.has_sound else None,
            comment=programme.comment,
        )

    return Planned(policy, Output(policy.name, path, write), quality, tuple(warnings))


def cut_to(box: Box, cut: Box, width: int, height: int) -> Box | None:
    """Where `box` comes to lie when `cut` is taken out of its picture and scaled to width × height; None: outside."""
    across, down = width / cut.w, height / cut.h
    x, y = floor((box.x - cut.x) * across), floor((box.y - cut.y) * down)
    right, bottom = ceil((box.right - cut.x) * across), ceil((box.bottom - cut.y) * down)
    return Box(x, y, right - x, bottom - y).clipped(width, height)


def _taken(programme: Programme, width: int, height: int, mode: Reframe) -> list[Taken]:
    """What captions keep clear of in a delivery that is cut; a padded one has room beside its picture.

    A card is shown whole, and wants to be read alone.
    """
    taken: list[Taken] = []
    ends = [*(scene.starts for scene in programme.scenes[1:]), programme.duration]
    for scene, end in zip(programme.scenes, ends, strict=True):
        if scene.interest is None:
            taken.append(Taken(Box(0, 0, width, height), scene.starts, end, "the end card"))
        if mode == "pad" or scene.interest is None:
            continue
        size = (programme.width, programme.height, width, height)
        cut = crop_box(*size, keep=scene.keep, interest=scene.interest) if mode == "auto" else crop_box(*size)
        boxes = (cut_to(box, cut, width, height) for box in scene.keep)
        taken += [Taken(box, scene.starts, end) for box in boxes if box is not None]
        for face in programme.faces:
            inside = cut_to(face.box, cut, width, height)
            begins, ends_then = max(face.start, scene.starts), min(face.end, end)
            if inside is not None and begins < ends_then:
                taken.append(Taken(inside, begins, ends_then, face.what))
    return taken


def _reframed(programme: Programme, width: int, height: int, mode: Reframe) -> Stage:
    """A stage that brings every scene to the delivery's frame in its own way."""
    ways = [
        reframed(
            programme.width,
            programme.height,
            width,
            height,
            mode=mode if scene.interest is not None else "pad",
            keep=scene.keep,
            interest=scene.interest,
        )
        for scene in programme.scenes
    ]
    starts = [scene.starts for scene in programme.scenes]

    def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
        for scene, group in groupby(frames, key=lambda frame: bisect_right(starts, frame.at) - 1):
            yield from ways[scene](group)

    return stage


def delivery_reports(
    planned: Sequence[Planned], results: Mapping[str, Written | OverlaycutError]
) -> list[dict[str, Any]]:
    """What became of each delivery, measured on the written files."""
    return [_report(delivery, results[delivery.output.name]) for delivery in planned]


def _looked(source: Clip, reframe: Reframe, progress: Progress) -> tuple[ClipFacts, Interest]:
    """One decode that counts the frames and, where it matters, learns where the eye goes."""
    interest = Interest(source.facts.width, source.facts.height)

    def watched() -> Iterator[Frame]:
        for frame in counted(source.frames(), progress, f"look at {source.path.name}", source.facts.frames):
            if reframe == "auto":
                interest.see(frame)
            yield frame

    return with_content(source.facts, watched()), interest


def _report(delivery: Planned, result: Written | OverlaycutError) -> dict[str, Any]:
    known = {"platform": delivery.policy.name, "path": str(delivery.output.path)}
    if isinstance(result, OverlaycutError):
        return {**known, "ok": False, "error": result.one_line(), "checks": []}
    written = Clip(result.path)
    measured = loudness(samples(result.path)) if written.facts.audio else None
    report = check(result.path, delivery.policy, loudness=measured)
    return {
        **known,
        "width": written.facts.width,
        "height": written.facts.height,
        "fps": float(result.frames / result.duration),
        "frames": result.frames,
        "duration": float(result.duration),
        "bytes": result.bytes,
        "quality": {"metric": "ssim-y", "value": delivery.quality.ssim(written.frames())},
        "loudness_lufs": measured.lufs if measured else None,
        "true_peak_dbtp": measured.true_peak_dbtp if measured else None,
        "checks": [asdict(one) for one in report.checks],
        "warnings": list(delivery.warnings),
        "error": None,
        "ok": report.ok,
    }
