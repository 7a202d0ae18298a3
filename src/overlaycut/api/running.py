"""`run`, `explain` and `demo`: a project file into a master, every delivery, and a page that says what was done."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from overlaycut.api.boundary import verb
from overlaycut.api.caching import pipeline_of
from overlaycut.api.captioning import CaptionLook
from overlaycut.api.casting import drift_report
from overlaycut.api.cleaning import gates_of
from overlaycut.api.clip_analysis import Source
from overlaycut.api.cut_shots import project_at
from overlaycut.api.delivering import DeliveryJob
from overlaycut.api.delivery_source import DeliveryOptions, DeliverySource, delivery_job
from overlaycut.api.disclosing import SourceFile, Statement, signing, unread
from overlaycut.api.estimating import EstimatedRepairs, RepairInputs
from overlaycut.api.exporting import policies_for
from overlaycut.api.file_use import (
    certificate_files,
    declare,
    deliveries_in,
    numbered_in,
    project_files,
    report_files,
)
from overlaycut.api.inputs import File
from overlaycut.api.joining import Joined, joined
from overlaycut.api.mastering import MasterKind, bare, master_output, master_path
from overlaycut.api.pace import cast_warnings
from overlaycut.api.plans import plan_at
from overlaycut.api.rendering import EncodedFile, Rendered, RenderPass, delivery_step, master_step
from overlaycut.api.reporting import write_page
from overlaycut.api.results import ExplainReport, IdentityReport, RunReport, StepReport
from overlaycut.api.run_page import MeasuredShot, RunFindings, run_page
from overlaycut.api.seaming import Seamed, brand_colours, seamed
from overlaycut.api.shot_pass import RepairedShot, ShotPass
from overlaycut.api.shots import Casting, ChosenClip, chosen_clip
from overlaycut.api.splitting import split_shots
from overlaycut.api.wording import Wording, read_words
from overlaycut.assemble import timeline
from overlaycut.captions import Subtitles
from overlaycut.core.frame import Frame
from overlaycut.core.plan import EditPlan
from overlaycut.core.programme_tables import exact_rate
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.core.project import Project, require_clips
from overlaycut.deliver import Output, Policy
from overlaycut.errors import OverlaycutError, UsageError
from overlaycut.media import Encoder, EncoderChoice, chosen_encoder, encoder_notes, profile_note, write_text
from overlaycut.pipeline import Expected, Key, NotStored, Pipeline, Step
from overlaycut.provenance import Certificate, Upload
from overlaycut.resources import folder as shipped

_WEIGHTS = {"analyse": 10.0, "estimate": 6.0, "measure": 1.0, "master": 3.0, "deliver": 3.0, "plate": 6.0}
"""How long steps take relative to each other, roughly, for the overall share of progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _RunOptions:
    """What `run` and `explain` are asked for beside the project."""

    master: MasterKind
    encoder: EncoderChoice
    rate: Fraction | float | int | str | None
    plate: bool
    force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What a run was asked for, checked before any clip is read."""

    source: Path
    """The project's file."""
    job: Project
    folder: Path
    policies: list[Policy]
    certificate: Certificate | None
    master: MasterKind
    encoder: Encoder
    plate: bool
    notes: tuple[str, ...]
    """What of an editor's cut is left out, and how clips of several shots were split."""
    unsplit: NotStored | None = None
    """In explain mode: what has to be known before they can be."""

    @classmethod
    def of(cls, path: Path, out: Path | None, options: _RunOptions, pipeline: Pipeline) -> _Order:
        job, notes = project_at(path)
        if options.rate is not None:
            job = job.at_rate(exact_rate(options.rate))
        master, plate, force = options.master, options.plate, options.force
        require_clips(job, path)
        encoder = chosen_encoder(options.encoder)
        folder = path.resolve().parent / "out" if out is None else out
        policies = policies_for(job.project.outputs)
        _words(job, Fraction(1))
        brand_colours(None if job.captions is None else job.captions.brand)
        certificate = signing(job.disclosure.certificate, job.disclosure.key, local=job.disclosure.sign_local)
        order = cls(
            source=path,
            job=job,
            folder=folder,
            policies=policies,
            certificate=certificate,
            master=master,
            encoder=encoder,
            plate=plate,
            notes=(*notes, *encoder_notes(options.encoder, encoder)),
        )
        panels = numbered_in(folder / "panels", r"shot-\d+\.png") if any(one.sheet for one in job.shots) else []
        order.declare_files(path, force, panels)
        try:
            split = split_shots(pipeline, job, folder / "panels")
        except NotStored as missing:  # in explain mode
            return replace(order, unsplit=missing)
        if split.job is not job:
            order = replace(order, job=split.job, notes=(*order.notes, *split.notes))
            order.declare_files(path, force)
        return order

    def declare_files(self, path: Path, force: bool, panels: Sequence[Path] = ()) -> None:
        """Declare all that is read and written for the project at `path`, with panels that may be written again.

        Raises what `declare` does, and DocumentError or InputError where a plan is to be written and something else is.
        """
        look = () if self.job.captions is None else _look(self.job).files
        declare(
            reads=[*project_files(path, self.job), *look, *certificate_files(self.certificate)],
            writes=[
                *(master_path(self.folder, name, self.master) for name in ("master", "plate")[: 1 + self.plate]),
                *deliveries_in(self.folder, self.policies),
                self.timeline,
                *report_files(self.report),
                *panels,
            ],
            updates=self.plans,
            force=force,
        )
        for plan in self.plans:
            plan_at(plan)

    @property
    def plans(self) -> tuple[Path, ...]:
        """Where the plans of the shots are."""
        return tuple(self.folder / "plans" / f"{name}.json" for name in self.names)

    @property
    def timeline(self) -> Path:
        """Where the timeline is written."""
        return self.folder / "timeline.json"

    @property
    def report(self) -> Path:
        """Where the page is written."""
        return self.folder / "report.html"

    @property
    def names(self) -> list[str]:
        """Of the shots."""
        return [f"shot-{number:02d}" for number in range(1, len(self.job.shots) + 1)]

    def expected(self) -> Iterator[Expected]:
        """The steps that take time, for progress."""
        for name, shot in zip(self.names, self.job.shots, strict=True):
            yield from (Expected("analyse", f"{name}/{clip.name}", _WEIGHTS["analyse"]) for clip in shot.clips)
            yield from (Expected(step, name, _WEIGHTS[step]) for step in ("estimate", "measure"))
        yield Expected("master", self.master, _WEIGHTS["master"])
        yield from (Expected("deliver", policy.name, _WEIGHTS["deliver"]) for policy in self.policies)
        if self.plate:
            yield Expected("plate", self.master, _WEIGHTS["plate"])


@verb
def run(
    project: File,
    out: File | None = None,
    *,
    master: MasterKind = "h264",
    encoder: EncoderChoice = "x264",
    rate: Fraction | float | int | str | None = None,
    plate: bool = False,
    cache: bool = True,
    force: bool = False,
    progress: Progress = no_progress,
) -> RunReport:
    """Do the whole job of a project file; everything is written below `out` (default: out/ beside the file).

    Every candidate is analysed, the one that ranks first is taken, its repairs are estimated once, and the joined
    frames go into the master and all deliveries in the same pass. Plans in `out` that a person edited are obeyed
    again. `encoder` encodes the deliveries: x264, one in hardware (nvenc, videotoolbox, qsv), or with "auto" the first
    of those that works on the machine. `rate`, frames per second, is taken in place of the project's. `plate` writes
    the master a second time, with all lettering taken out that is not protected. Results of steps whose inputs and
    settings are the same as in an earlier run are taken from the cache, unless without `cache`. Files that overlaycut
    did not write are replaced with `force` alone, inputs and what is no plan in place of a plan never.
    """
    path, begun = Path(project), time.monotonic()
    options = _RunOptions(master=master, encoder=encoder, rate=rate, plate=plate, force=force)
    pipeline = pipeline_of(progress, cache=cache, job=path)
    order = _Order.of(path, None if out is None else Path(out), options, pipeline)
    pipeline.monitor.expect(order.expected())
    casting = Casting.of(order.job)
    shots = [_shot(pipeline, order, number, casting) for number in range(len(order.job.shots))]
    seams = seamed(pipeline, order.job, shots)
    whole = _Whole(order, seams)
    rendered = whole.render_pass(pipeline).run(pipeline)
    plate_file = _plated(pipeline, order, seams.shots) if plate else None
    return _written(pipeline, whole, rendered, casting, plate_file, begun=begun)


@verb
def explain(
    project: File,
    out: File | None = None,
    *,
    master: MasterKind = "h264",
    encoder: EncoderChoice = "x264",
    rate: Fraction | float | int | str | None = None,
    plate: bool = False,
    cache: bool = True,
    force: bool = False,
) -> ExplainReport:
    """Say which steps `run` would take from the cache, which it would do, and why; nothing is done or written.

    Arguments are those of `run`; the steps that depend on others that would run are only named.
    """
    path = Path(project)
    options = _RunOptions(master=master, encoder=encoder, rate=rate, plate=plate, force=force)
    pipeline = pipeline_of(no_progress, cache=cache, job=path, explain=True)
    order = _Order.of(path, None if out is None else Path(out), options, pipeline)
    if order.unsplit is not None:
        return _unsplit(pipeline, order, order.unsplit)
    shots: list[RepairedShot] = []
    missing: list[Key] = []
    casting = Casting.of(order.job)
    for number in range(len(order.job.shots)):
        try:
            shots.append(_shot(pipeline, order, number, casting))
        except NotStored as error:
            missing += error.keys
    seams = None
    try:
        if not missing:
            seams = seamed(pipeline, order.job, shots)
    except NotStored as error:
        missing += error.keys
    if seams is None:
        _explain_the_rest(pipeline, order, NotStored(missing))
    else:
        with suppress(NotStored):  # it is in the log
            _Whole(order, seams).render_pass(pipeline).run(pipeline)
        if plate:
            with suppress(NotStored):
                _plated(pipeline, order, seams.shots)
    return ExplainReport(steps=tuple(StepReport.of(one) for one in pipeline.log), warnings=pipeline.warnings)


def _unsplit(pipeline: Pipeline, order: _Order, missing: NotStored) -> ExplainReport:
    """What can be said before the clips of several shots were split."""
    for name in order.names:
        pipeline.waits("analyse", name, missing)
    _explain_the_rest(pipeline, order, missing)
    return ExplainReport(steps=tuple(StepReport.of(one) for one in pipeline.log), warnings=pipeline.warnings)


@verb
def demo(
    out: File = "overlaycut-demo",
    *,
    sample: str = "product-label",
    cache: bool = True,
    force: bool = False,
    progress: Progress = no_progress,
) -> RunReport:
    """Run one of the shipped sample projects, offline; `force` as for `run`."""
    shelf = shipped("samples")
    names = sorted(path.parent.name for path in shelf.glob("*/project.toml"))
    if sample not in names:
        raise UsageError(f"no sample is called {sample!r}", hint=f"shipped: {', '.join(names)}")
    return run(shelf / sample / "project.toml", out, cache=cache, force=force, progress=progress)


def _words(job: Project, duration: Fraction) -> Subtitles | None:
    """What is said on the picture, for a programme of `duration` seconds. Raises what `read_words` does."""
    if job.captions is None:
        return None
    _look(job).loaded()
    table = job.captions
    return read_words(Wording(table.source, table.script, table.glossary, job.audio.voice, table.encoding), duration)


def _look(job: Project) -> CaptionLook:
    return CaptionLook() if job.captions is None else CaptionLook(job.captions.style, job.captions.brand)


def _shot(pipeline: Pipeline, order: _Order, number: int, casting: Casting | None) -> RepairedShot:
    """One shot, chosen and with its repairs estimated. Raises NotStored in explain mode."""
    name = order.names[number]
    try:
        chosen = chosen_clip(pipeline, name, order.job.shots[number], order.job, order.folder / "plans", casting)
    except NotStored as missing:
        pipeline.waits("estimate", name, missing)
        raise
    repairs = _estimated(pipeline, chosen.plan, chosen.source, name)
    return RepairedShot(chosen, repairs, repairs.plan)


def _estimated(pipeline: Pipeline, plan: EditPlan, source: Source, subject: str) -> EstimatedRepairs:
    """The repairs of a plan. Raises NotStored in explain mode."""
    try:
        return EstimatedRepairs(pipeline, plan, source, subject, RepairInputs())
    except NotStored as missing:
        if ("estimate", subject) not in missing.keys:
            pipeline.waits("estimate", subject, missing)
        raise


def _explain_the_rest(pipeline: Pipeline, order: _Order, missing: NotStored) -> None:
    """Record what cannot be described before shots have been analysed and their repairs estimated."""
    for name in order.names:
        pipeline.waits("measure", name, missing)
    pipeline.waits("master", order.master, missing)
    for policy in order.policies:
        pipeline.waits("deliver", policy.name, missing)
    if order.plate:
        pipeline.waits("plate", order.master, missing)


class _Whole:
    """The programme of a run, ready to be rendered."""

    def __init__(self, order: _Order, seams: Seamed) -> None:
        self.order, self.seams = order, seams
        shots = seams.shots
        self.joined = joined(order.job, shots, order.policies)
        self.words = _words(order.job, self.joined.programme.duration)
        self.statement = _statement(order, shots, captions=self.words is not None)
        outgoing = _outgoing(order.job, self.joined, self.words, self.statement)
        inputs = self.joined.inputs(order.job)
        options = DeliveryOptions(encoder=order.encoder)
        self.deliveries: list[tuple[Step[EncodedFile], DeliveryJob]] = [
            (delivery_step(outgoing, policy, options, inputs), delivery_job(outgoing, policy, order.folder, options))
            for policy in order.policies
        ]
        path = master_path(order.folder, "master", order.master)
        self.master: tuple[Step[EncodedFile], Output] = (
            master_step(outgoing, "master", order.master, inputs),
            master_output(
                path,
                order.master,
                tick=1 / outgoing.rate,
                sound=outgoing.sound if outgoing.has_sound else None,
                comment=outgoing.comment,
                finish=self.statement.finish(path.name, cropped=False, resized=False),
                stages=self.joined.stages,
            ),
        )

    def render_pass(self, pipeline: Pipeline) -> RenderPass:
        """The pass that makes every file."""

        def frames() -> Iterator[Frame]:
            return with_progress(self.joined.frames(), pipeline.monitor, "render", self.joined.programme.frames)

        measured = [shot.measured() for shot in self.joined.shots]
        return RenderPass(frames=frames, deliveries=self.deliveries, masters=[self.master], measured=measured)


def _outgoing(job: Project, whole: Joined, words: Subtitles | None, statement: Statement) -> DeliverySource:
    programme = whole.programme
    return DeliverySource(
        width=programme.width,
        height=programme.height,
        rate=programme.rate,
        constant=True,
        duration=programme.duration,
        sound=whole.sound.blocks,
        has_sound=any(one.has_sound for one in programme.segments) or bool(job.audio.voice or job.audio.music),
        cues=words.cues if words else (),
        look=_look(job),
        scenes=whole.scenes,
        card=whole.card,
        target_lufs=job.audio.loudness_lufs,
        comment=_comment(job),
        statement=statement,
    )


def _comment(job: Project) -> str | None:
    return "Made with AI-generated footage." if job.disclosure.ai_generated else None


def _statement(order: _Order, shots: Sequence[RepairedShot], *, captions: bool) -> Statement:
    """What the files say about how they were made."""
    sources = []
    for one in shots:
        still = one.chosen.shot.still
        changed = [region for region in one.plan.regions if region.changes]
        restored = still is not None and any(region.decision == "restore" for region in changed)
        sources.append(SourceFile(one.chosen.source.clip.path, still, len(changed), restored))
    table = order.job.disclosure
    upload = Upload(title=table.title, text=table.text, hashtags=table.hashtags, ai_generated=table.ai_generated)
    return Statement(upload=upload, sources=tuple(sources), captions=captions, certificate=order.certificate)


def _plated(pipeline: Pipeline, order: _Order, shots: Sequence[RepairedShot]) -> Path:
    """The master without lettering and without sound, in a pass of its own. Raises NotStored in explain mode."""
    bared = []
    for one in shots:
        chosen, name = one.chosen, f"{one.name} plate"
        try:
            repairs = _estimated(pipeline, bare(one.plan), chosen.source, name)
        except NotStored as missing:
            pipeline.waits("plate", order.master, missing)
            raise
        bared.append(replace(one, repairs=repairs, filmed_as=one.plan))
    whole = joined(order.job, bared, order.policies)
    statement = _statement(order, shots, captions=_words(order.job, whole.programme.duration) is not None)
    outgoing = _outgoing(order.job, whole, None, statement)
    path = master_path(order.folder, "plate", order.master)
    step = master_step(outgoing, "plate", order.master, whole.inputs(order.job, sound=False))
    finish = statement.finish(path.name, cropped=False, resized=False)
    output = master_output(
        path, order.master, tick=1 / outgoing.rate, sound=None, comment=None, finish=finish, stages=whole.stages
    )

    def frames() -> Iterator[Frame]:
        return with_progress(whole.frames(), pipeline.monitor, "clean plate", whole.programme.frames)

    result = RenderPass(frames=frames, masters=[(step, output)]).run(pipeline).file(step)
    if isinstance(result, OverlaycutError):
        raise result
    return path


def _written(
    pipeline: Pipeline,
    whole: _Whole,
    rendered: Rendered,
    casting: Casting | None,
    plate: Path | None,
    *,
    begun: float,
) -> RunReport:
    """The report of a run; its page and its timeline are written."""
    order = whole.order
    step, output = whole.master
    if isinstance(finished := rendered.file(step), OverlaycutError):
        raise finished
    shots = [_measured(one, rendered) for one in whole.joined.shots]
    deliveries = [rendered.delivery(*one) for one in whole.deliveries]
    warnings = [
        *order.notes,
        *_unused(order.job),
        *whole.joined.notes,
        *whole.seams.notes,
        *_card_notes(order.job),
        *unread(whole.statement),
        *(whole.words.warnings if whole.words else ()),
    ]
    repaired = [one.shot for one in shots]
    for shot in repaired:
        warnings += [
            f"{shot.name}: {text}" for text in (*shot.chosen.facts.warnings, *shot.plan.notes, *shot.repairs.warnings)
        ]
    warnings += [f"{shot.name}: {text}" for shot in repaired for text in (*shot.chosen.notes, *cast_warnings(shot))]
    warnings += pipeline.warnings
    cast = _cast_report([shot.chosen for shot in repaired], casting)
    files = ((job.name, rendered.file(step)) for step, job in whole.deliveries)
    found = RunFindings(
        job=order.job,
        shots=shots,
        policies=order.policies,
        deliveries=deliveries,
        files={name: file for name, file in files if isinstance(file, EncodedFile)},
        master=finished,
        master_path=output.path,
        cast=cast,
        credentials=whole.statement.carried(),
        warnings=warnings,
        shots_end=float(whole.joined.programme.segments[len(shots) - 1].ends / whole.joined.programme.rate),
        seconds=time.monotonic() - begun,
    )
    write_text(order.timeline, json.dumps(timeline(whole.joined.programme), indent=1, ensure_ascii=False) + "\n")
    write_page(run_page(pipeline, found), order.report)
    rejected = [one for one in repaired if one.plan.next == "retry"]
    return RunReport(
        master=output.path,
        plate=plate,
        deliveries=tuple(deliveries),
        report=order.report,
        plans=order.plans,
        timeline=order.timeline,
        credentials_carried=tuple(found.credentials),
        cast=cast,
        rankings={shot.name: shot.chosen.cast.ranking for shot in repaired if shot.chosen.cast is not None},
        seams=whole.seams.seams,
        steps=tuple(StepReport.of(one) for one in pipeline.log),
        warnings=tuple(warnings),
        gates=tuple(f"{section}: {words}" if section else words for section, words in found.failed),
        next="retry" if rejected else "repair" if found.failed else "keep",
        command=_generate_again(order, rejected),
    )


def _generate_again(order: _Order, rejected: Sequence[RepairedShot]) -> str | None:
    """The command that generates the rejected shots anew; None where none of them is generated."""
    shots = dict(zip(order.names, zip(order.job.shots, order.job.shot_names, strict=True), strict=True))
    names = [name for shot, name in (shots[one.name] for one in rejected) if shot.is_generated]
    if not names:
        return None
    return shlex.join(["overlaycut", "generate", str(order.source), "--shots", ",".join(names)])


def _cast_report(chosen: Sequence[ChosenClip], casting: Casting | None) -> IdentityReport | None:
    """Who stays themselves in and across the chosen clips; None without a cast."""
    if casting is None or not (casting.known.people or casting.known.things):
        return None
    seen = [one.cast for one in chosen if one.cast is not None]
    return drift_report(
        [one for each in seen for one in each.appearances],
        [found for each in seen for found in each.clones],
        casting.identity.metric,
        casting.rules,
    )


def _measured(one: ShotPass, rendered: Rendered) -> MeasuredShot:
    measured = rendered.measurement(one.step)
    gates = gates_of(one.shot.plan, measured.residual_text, measured.untouched_identical, pixels=measured.gates)
    return MeasuredShot(one.shot, measured, gates)


def _card_notes(job: Project) -> list[str]:
    pictures = () if job.end_card is None else job.end_card.pictures
    return [f"end card: {note}" for note in map(profile_note, pictures) if note is not None]


def _unused(job: Project) -> list[str]:
    """What the project says that changes nothing."""
    cast = {name for shot in job.shots for name in shot.cast}
    return [f"cast: no shot names {member.name}" for member in job.cast if member.name not in cast]
