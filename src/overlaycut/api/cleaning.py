"""`clean`: analyse, decide, render, and measure what was rendered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from overlaycut.api.analysis import planned, seen_clip
from overlaycut.api.boundary import verb
from overlaycut.api.caching import pipeline_of
from overlaycut.api.clip_analysis import Source, analysed, chosen_reader
from overlaycut.api.estimating import EstimatedRepairs, RepairInputs, SharedEstimation
from overlaycut.api.file_use import declare, paths_among, report_files
from overlaycut.api.inputs import File, Still, mask_name, mask_plane, require_given, still_name
from overlaycut.api.plans import given_plan
from overlaycut.api.rendering import ENCODER
from overlaycut.api.repairing import fill_model_of
from overlaycut.api.reporting import flicker_plots, untouched_proof, write_page
from overlaycut.api.retyping import with_covers, with_words
from overlaycut.api.shot_pass import failed_frames, legible_frames
from overlaycut.api.verb_pages import RepairFindings, clean_page
from overlaycut.core.flow import read_ahead
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.core.next_step import NextStep, clean_command
from overlaycut.core.plan import ClipRecord, Cover, EditPlan, RegionPlan
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.core.serial import StoredFile
from overlaycut.core.watch import Watch
from overlaycut.decide import (
    Area,
    MaskedArea,
    Mode,
    area_regions,
    mask_region,
    with_fallbacks,
    with_kept,
    with_lettering_out,
    with_moving_lettering,
    with_rejected,
    with_subtitles_out,
)
from overlaycut.errors import DocumentError, UsageError
from overlaycut.media import (
    Clip,
    Encoding,
    carried_sound,
    refuse_container,
    refuse_size,
    replacing,
    write_clip,
)
from overlaycut.models import Inpainter, TextReader, rapid_reader
from overlaycut.pipeline import Pipeline, Step, file_digest, put_back, stored_file
from overlaycut.qc.gates import GateName, GateResult, PixelGates, failures, segmenter_for
from overlaycut.qc.ocr_verification import OcrVerification
from overlaycut.qc.untouched import UntouchedCheck
from overlaycut.repair.estimate.forecast import Forecast
from overlaycut.report import Link, RepairPictures, RepairPictureTaker, worst_frames


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RepairEvidence:
    """What a report shows of repairs."""

    compared: int = 0
    """Luma samples outside the masks, each compared with the decoded one."""
    flicker: Mapping[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    """Region → (frame, temporal error over that of the surround) over time."""
    pictures: RepairPictures = field(default_factory=RepairPictures)


_UNLIKE: tuple[GateName, ...] = ("likeness", "place")
"""Gates that tell that what was put back does not belong there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanReport:
    """What `clean` did to one clip, and how it measured."""

    plan: EditPlan
    out: Path
    frames_in: int
    frames_out: int
    touched_fraction: float
    """Share of all luma samples of the clip that lie inside a mask, 0..1."""
    untouched_identical: bool
    """Whether every sample outside the masks is what was decoded; compared, not assumed."""
    residual_text: Mapping[str, tuple[str, ...]]
    """Region → lettering that is still read there and should not be."""
    read_after: Mapping[str, str | None]
    """Region → what reads there now."""
    flicker_ratio: dict[str, float | None]
    """Region → temporal error inside the repair over that of its surround; None where it cannot be measured."""
    forecasts: dict[str, Forecast] = field(default_factory=dict)
    """Region → what was to be expected of its repair, before it was rendered."""
    fonts: dict[str, str] = field(default_factory=dict)
    """Region → the font of the words that were set there."""
    copied: bool = False
    """Whether nothing had to change, so that the file was copied byte for byte."""
    warnings: tuple[str, ...] = ()
    """What could not be done, or not as usual, one line each."""
    gates_detail: Mapping[str, tuple[GateResult, ...]] = field(default_factory=dict)
    """Region → what was measured on its pixels, against which limits."""
    gates: tuple[str, ...] = field(default=())
    """What failed, in words; empty when all is well."""
    evidence: RepairEvidence = field(default_factory=lambda: RepairEvidence(), repr=False)
    """What a report shows of the repairs."""

    @property
    def ok(self) -> bool:
        """Whether every gate passed."""
        return not self.gates

    @property
    def next(self) -> NextStep:
        """Keep it, repair it in another way, or generate it again where nothing is left to try."""
        if self.ok:
            return "keep"
        changed = [region for region in self.plan.regions if region.changes]
        rejected = any(region.decision == "reject" for region in self.plan.regions)
        return "retry" if rejected or all(region.decision == "cover" for region in changed) else "repair"

    @property
    def command(self) -> str | None:
        """What repairs it in another way; None where there is no other."""
        if self.next != "repair":
            return None
        asked = dict.fromkeys(one.expected for one in self.plan.regions if one.expected and one.expected_from == "user")
        still = self.plan.still if self.plan.still is None or Path(self.plan.still).suffix else None
        return clean_command(Path(self.plan.clip.path), still=still, texts=asked, mode="cover")

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values, with the contract's keys."""
        plan = self.plan.model_dump(mode="json")
        for region in plan["regions"]:
            region["residual_text"] = list(self.residual_text.get(region["id"], ()))
            region["read_after"] = self.read_after.get(region["id"])
            region["flicker_ratio"] = self.flicker_ratio.get(region["id"])
            region["gates_detail"] = [gate.to_dict() for gate in self.gates_detail.get(region["id"], ())]
            if (forecast := self.forecasts.get(region["id"])) is not None:
                region["forecast"] = {"quality": round(forecast.quality, 3), "notes": list(forecast.notes)}
            if (name := self.fonts.get(region["id"])) is not None:
                region["font"] = name
        return {
            "clip": plan["clip"],
            "out": str(self.out),
            "frames_in": self.frames_in,
            "frames_out": self.frames_out,
            "touched_fraction": self.touched_fraction,
            "untouched_identical": self.untouched_identical,
            "copied": self.copied,
            "regions": plan["regions"],
            "plan_sha256": self.plan.digest(),
            "notes": plan["notes"],
            "warnings": list(self.warnings),
            "gates": list(self.gates),
            "ok": self.ok,
            "next": self.next,
            "command": self.command,
        }


@verb
def clean(
    clip: File,
    out: File,
    *,
    still: Still | None = None,
    texts: Sequence[str] = (),
    watch: Sequence[Watch] = (),
    plan: EditPlan | File | None = None,
    mode: Mode = "auto",
    areas: Sequence[Area] = (),
    masks: Sequence[MaskedArea] = (),
    subtitles: bool = False,
    all_lettering: bool = False,
    cover: Cover | None = None,
    retype: bool = False,
    font: str | None = None,
    fill_model: str | Inpainter | None = None,
    reader: str | TextReader | None = None,
    lossless: bool = False,
    mask_out: File | None = None,
    report: File | None = None,
    cache: bool = True,
    force: bool = False,
    progress: Progress = no_progress,
) -> CleanReport:
    """Repair a clip's lettering and write the result to `out`, an MP4.

    A given `plan`, or its file, is obeyed instead of analysing. `watch` is as for `analyze`: what became another is put
    back whole. `areas` are erased (or covered, when `mode` is "cover")
    whatever analysis finds, and so is what is white in `masks`. With `subtitles`, burned-in subtitles that analysis
    finds are taken out, which are kept otherwise; with `all_lettering` all lettering that is not protected. `cover` is
    how covers look. With `retype` the words that are expected are set anew instead of being taken from the still, in
    `font` (a file or a family; None: the one that looks most like what stood there). `fill_model` is a model of the
    store (`overlaycut models`), an installed fill, or an object, whose estimate of what no frame shows is weighed with
    the others; `reader` reads lettering in place of the built-in one. With `lossless`, H.264 keeps every rendered
    sample. `mask_out` gets a lossless MP4 of the masks: 0 where nothing was written, brighter the more was replaced.
    `report` gets a page that shows all of it, and its data as JSON beside it.
    When nothing has to change, an MP4 is copied as it is. Without `cache` nothing of earlier runs is taken from the
    cache, and nothing is kept in it. Files that overlaycut did not write are replaced with `force` alone, inputs never.
    """
    source, out = Source(clip), Path(out)
    mask_path, page = (None if path is None else Path(path) for path in (mask_out, report))
    plan, named = given_plan(plan)
    outputs = [path for path in (out, mask_path) if path is not None]
    given_files = paths_among([source.clip.path, still, font, *(one.mask for one in masks)])
    declare(reads=[*given_files, *named], writes=[*outputs, *report_files(page)], force=force)
    for path in outputs:
        refuse_container(path)
        refuse_size(path, source.clip.facts.width, source.clip.facts.height)
    text = chosen_reader(reader)
    fill_model_of(fill_model)  # so that a mistake in it is told before the clip is read
    pipeline = pipeline_of(progress, cache=cache, job=source.clip.path)
    legible: dict[str, Mapping[int, float]] = {}
    edited = plan is not None
    if plan is None:
        plan, lettering = planned(pipeline, source, still, texts, mode, watch=watch, reader=text)
        legible = legible_frames(lettering)
    else:
        _fits(plan, analysed(pipeline, source, source.name, []).record)
        require_given([plan.still], [still_name(still)], "still")
    if all_lettering:
        plan = with_lettering_out(plan, mode)
    elif subtitles:
        plan = with_subtitles_out(plan, mode)
    drawn = (region.model_copy(update={"cover": cover}) for region in area_regions(areas, plan.clip, mode))
    persons = (*drawn, *_masked(masks, plan.clip))
    plan = plan.model_copy(update={"regions": with_moving_lettering(plan.regions, persons)})
    if cover is not None:
        plan = with_covers(plan, cover)
    if retype:
        plan = with_words(plan, texts=texts, font=font)
    if not any(region.changes for region in plan.regions) and _copies(source.clip, lossless) and mask_path is None:
        return _reported(_copied(source, out, plan, pipeline), page, pipeline, source, legible)
    given = {mask_name(one.mask): mask_plane(one.mask) for one in masks}
    require_given([region.mask for region in plan.regions], given, "mask")
    how = RepairInputs(still=still, fill_model=fill_model, masks=given, edited=edited)
    order = _Order(source, out, mask_path, Encoding(lossless=lossless), text, legible)
    shared = SharedEstimation(is_kept=True)
    while True:
        repairs = EstimatedRepairs(pipeline, plan, source, source.name, how, shared=shared)
        cleaned = _rendered(pipeline, order, repairs)
        plan = cleaned.plan
        other = next_plan(cleaned, mode)
        if other == plan:
            return _reported(cleaned, page, pipeline, source, legible)
        plan = other


def _reported(
    report: CleanReport,
    out: Path | None,
    pipeline: Pipeline,
    source: Source,
    legible: Mapping[str, Mapping[int, float]],
) -> CleanReport:
    """The report; its page is written where one was asked for."""
    if out is None:
        return report
    clip = seen_clip(pipeline, source, legible)
    evidence, digest = report.evidence, file_digest(report.out)
    found = RepairFindings(
        pictures=evidence.pictures,
        plots=flicker_plots(report.plan, evidence.flicker),
        untouched=untouched_proof(
            clip.look,
            evidence.pictures,
            identical=report.untouched_identical,
            fraction=report.touched_fraction,
            compared=evidence.compared,
        ),
        gates=report.gates,
        gates_detail=report.gates_detail,
        out=Link(step="file", subject=report.out.name, facts=f"sha256 {digest}"),
        warnings=report.warnings,
    )
    write_page(clean_page(clip, report.plan, found, pipeline), out)
    return report


def _worse(report: CleanReport) -> dict[str, str]:
    """Regions that were more like the reference before they were repaired, and in words by how much."""
    return {
        name: gate.words
        for name, gates in report.gates_detail.items()
        for gate in gates
        if gate.gate == "regression" and gate.status == "fail"
    }


def next_plan(report: CleanReport, mode: Mode) -> EditPlan:
    """The plan that takes back what came out badly.

    Lettering that was put back from the reference and is worse than the clip's own, unlike the reference, or in the
    wrong place is not written; set anew it would lie in the same place, before the same occluder. For the rest, what
    was asked for is what is delivered; only a choice of the engine's own gives way to the next.
    """
    plan, automatic = report.plan, mode == "auto"
    restored = {region.id for region in plan.regions if region.decision == "restore" and region.typeset is None}
    left = failures(report.gates_detail)
    left |= {name: f"{found[0]!r} was still read there" for name, found in report.residual_text.items() if found}
    unlike = failures(
        {name: [one for one in gates if one.gate in _UNLIKE] for name, gates in report.gates_detail.items()}
    )
    failed = {name: why for name, why in (left if automatic else unlike).items() if name in restored}
    other = with_rejected(with_kept(plan, _worse(report)), failed)
    return with_fallbacks(other, {n: why for n, why in left.items() if n not in restored}) if automatic else other


def _masked(masks: Sequence[MaskedArea], clip: ClipRecord) -> Iterator[RegionPlan]:
    for number, one in enumerate(masks, start=1):
        name, white = mask_name(one.mask), mask_plane(one.mask)
        if not white.any() or white.shape != (clip.height, clip.width):
            found = f"{white.shape[1]}x{white.shape[0]}" if white.any() else "no white"
            raise UsageError(
                f"{name}: {found}, where a mask of the clip's {clip.width}x{clip.height} pixels is needed",
                hint="white where the picture is to be filled, black elsewhere",
            )
        yield mask_region(name, Box.of(white), clip, number=number, start=one.start, end=one.end)


def gates_of(
    plan: EditPlan,
    residual: Mapping[str, tuple[str, ...]],
    identical: bool = True,
    *,
    pixels: Mapping[str, tuple[GateResult, ...]] = MappingProxyType({}),
) -> tuple[str, ...]:
    """What keeps a repaired clip from being publishable, in words."""
    failed = [f"{region.id} is rejected: {region.reason}" for region in plan.regions if region.decision == "reject"]
    for region in plan.regions:
        if found := residual.get(region.id):
            failed.append(f"{region.id}: still reads {', '.join(repr(text) for text in found)} after the repair")
    for name, gates in pixels.items():
        failed += [f"{name}: {gate.words}" for gate in gates if gate.status == "fail"]
    if not identical:
        failed.append("samples outside the masks changed")
    return tuple(failed)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CleanedFile:
    """A repaired clip, and what was measured on it."""

    file: StoredFile
    masks: StoredFile | None
    frames_in: int
    frames_out: int
    touched_fraction: float
    untouched_identical: bool
    residual_text: Mapping[str, tuple[str, ...]]
    read_after: Mapping[str, str | None]
    flicker_ratio: Mapping[str, float | None]
    gates: Mapping[str, tuple[GateResult, ...]]
    evidence: RepairEvidence


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """What is to be written."""

    source: Source
    out: Path
    masks: Path | None
    encoding: Encoding
    reader: TextReader | None
    """In place of the built-in one."""
    legible: Mapping[str, Mapping[int, float]]
    """Region → legibility, 0..1, in the frames that were read."""


def _rendered(pipeline: Pipeline, order: _Order, repairs: EstimatedRepairs) -> CleanReport:
    """The clip with its repairs, made or taken from the store."""
    step = Step(
        name="clean",
        subject=order.source.name,
        version=9,
        artifact=CleanedFile,
        inputs={"clip": order.source.digest, "repairs": repairs.digest},
        settings={"lossless": order.encoding.lossless, "masks": order.masks is not None, "encoder": ENCODER},
        kept=order.reader is None and repairs.kept,
    )
    cleaned = pipeline.result(step, lambda: _cleaned(order, repairs, pipeline.monitor))
    put_back(cleaned.file, order.out)
    if order.masks is not None and cleaned.masks is not None:
        put_back(cleaned.masks, order.masks)
    return CleanReport(
        plan=repairs.plan,
        out=order.out,
        frames_in=cleaned.frames_in,
        frames_out=cleaned.frames_out,
        touched_fraction=cleaned.touched_fraction,
        untouched_identical=cleaned.untouched_identical,
        residual_text=cleaned.residual_text,
        read_after=cleaned.read_after,
        flicker_ratio=dict(cleaned.flicker_ratio),
        gates_detail=cleaned.gates,
        forecasts=repairs.forecasts,
        fonts=repairs.fonts,
        warnings=(*repairs.warnings, *pipeline.warnings),
        gates=gates_of(repairs.plan, cleaned.residual_text, cleaned.untouched_identical, pixels=cleaned.gates),
        evidence=cleaned.evidence,
    )


def _cleaned(order: _Order, repairs: EstimatedRepairs, progress: Progress) -> CleanedFile:
    clip, plan = order.source.clip, repairs.placed
    untouched = UntouchedCheck()
    pixels = PixelGates(plan, reference=repairs.reference(), segmenter=segmenter_for(plan))
    reread = OcrVerification(order.reader or rapid_reader(), plan)
    taker = RepairPictureTaker(plan, legible=order.legible)
    frames_in = 0

    def repaired() -> Iterator[Frame]:
        nonlocal frames_in
        frames = with_progress(clip.frames(), progress, f"repair {order.source.name}", plan.clip.frames)
        for after in repairs.over(frames):
            frames_in += 1
            untouched.see(after)
            pixels.see(after)
            reread.see(after.frame)
            taker.see(after)
            yield after.frame

    # While the encoder is at one frame, the next ones are repaired.
    frames, tick = read_ahead(repaired()), clip.facts.tick
    written = write_clip(
        frames, order.out, tick=tick, encoding=order.encoding, sound=carried_sound(clip.facts), tags=clip.tags
    )
    if order.masks is not None:
        masks = (after.mask_frame for after in repairs.over(clip.frames()))
        write_clip(masks, order.masks, tick=tick, encoding=Encoding(lossless=True, preset="veryfast"))
    identical = untouched.untouched_identical
    if order.encoding.lossless:
        identical = identical and _same_samples(repairs, clip, Clip(order.out))
    again, gates = reread.result(), pixels.result()
    return CleanedFile(
        file=stored_file(order.out),
        masks=None if order.masks is None else stored_file(order.masks),
        frames_in=frames_in,
        frames_out=written.frames,
        touched_fraction=untouched.fraction,
        untouched_identical=identical,
        residual_text=again.residual,
        read_after=again.read,
        flicker_ratio=pixels.flicker_ratio,
        gates=gates,
        evidence=RepairEvidence(
            compared=untouched.compared,
            flicker=pixels.flicker_course,
            pictures=taker.result(worst_frames(failed_frames(gates))),
        ),
    )


def _same_samples(repairs: EstimatedRepairs, source: Clip, written: Clip) -> bool:
    """Whether the file gives back exactly what was rendered, by rendering again and decoding it."""
    pairs = zip(repairs.over(source.frames()), written.frames(), strict=True)
    return all(
        (want == got).all() for after, back in pairs for want, got in zip(after.frame.planes, back.planes, strict=True)
    )


def _copies(source: Clip, lossless: bool) -> bool:
    """Whether the file itself is what `clean` would deliver when nothing changes."""
    return not lossless and source.is_working_format and "mp4" in source.facts.container


def _copied(source: Source, out: Path, plan: EditPlan, pipeline: Pipeline) -> CleanReport:
    with replacing(out) as part:
        shutil.copyfile(source.clip.path, part)
    frames = plan.clip.frames
    return CleanReport(
        plan=plan,
        out=out,
        frames_in=frames,
        frames_out=Clip(out).full_facts.frames or 0,
        touched_fraction=0.0,
        untouched_identical=file_digest(out) == plan.clip.sha256,
        residual_text={},
        read_after={},
        flicker_ratio={},
        copied=True,
        warnings=pipeline.warnings,
        gates=gates_of(plan, {}),
    )


def _fits(plan: EditPlan, clip: ClipRecord) -> None:
    """Raises DocumentError when the plan was made for another clip."""
    for key in ("width", "height", "frames"):
        planned, found = getattr(plan.clip, key), getattr(clip, key)
        if planned != found:
            raise DocumentError("plan", f"clip.{key}", str(planned), f"{found}, as {clip.path} has")
