"""`export`: one decode, every platform's file, each checked from what was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from overlaycut.api.boundary import verb
from overlaycut.api.caching import pipeline_of
from overlaycut.api.captioning import CaptionLook
from overlaycut.api.clip_analysis import Part, Source, analysed, faces_part, insets_part, saliency_part, subject_part
from overlaycut.api.delivery_source import DeliveryOptions, DeliverySource, Scene, delivery_job
from overlaycut.api.disclosing import SourceFile, Statement, unread
from overlaycut.api.file_use import certificate_files, declare, deliveries_in, paths_among, policy_files
from overlaycut.api.framing import lettering
from overlaycut.api.inputs import File, still_picture
from overlaycut.api.mastering import MasterKind, master_output, master_path
from overlaycut.api.plans import given_plan
from overlaycut.api.plugins import platform_policy
from overlaycut.api.protection import marks_in
from overlaycut.api.rendering import EncodedFile, RenderPass, delivery_step, master_step
from overlaycut.api.results import ExportReport, MasterFile
from overlaycut.api.wording import Wording, read_words, words_source
from overlaycut.captions import Style, Subtitles, read_glossary
from overlaycut.core.cues import Cue, KeepOut
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Frame
from overlaycut.core.plan import EditPlan
from overlaycut.core.programme_tables import exact_rate
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.deliver import Codec, Output, Policy, RateConversion, dejittered
from overlaycut.errors import OverlaycutError, UsageError
from overlaycut.media import EncoderChoice, chosen_encoder, encoder_notes, samples, to_bt709
from overlaycut.pipeline import Pipeline
from overlaycut.provenance import Certificate, Upload
from overlaycut.reframe.background import Background
from overlaycut.reframe.camera import Reframe
from overlaycut.reframe.crop import crop_box
from overlaycut.reframe.saliency import Saliency, SaliencyAnalyser


@verb
def export(
    clip: File,
    to: Sequence[File | Policy],
    out: File,
    *,
    subs: File | Sequence[Cue] | None = None,
    style: File | Style = "clean",
    brand: File | None = None,
    glossary: File | None = None,
    encoding: str | None = None,
    reframe: Reframe = "auto",
    codec: Codec | None = None,
    preset: str = "medium",
    encoder: EncoderChoice = "x264",
    two_pass: bool = False,
    rate: Fraction | float | int | str | None = None,
    motion: RateConversion = "repeat",
    ground: Background = "blur",
    plan: EditPlan | File | None = None,
    still: File | None = None,
    upload: Upload | None = None,
    certificate: Certificate | None = None,
    master: MasterKind | None = None,
    cache: bool = True,
    force: bool = False,
    progress: Progress = no_progress,
) -> ExportReport:
    """Write a clip for every platform in `to` into the folder `out`, as PLATFORM.mp4, and check each file.

    Captions in `subs`, a file in `encoding` (None determines it) or cues, are laid out anew for every platform. A
    delivery that fails says so and leaves the others be.
    `codec`, `preset` and `two_pass` say how pictures are encoded (None: as the platform's policy has it), `encoder`
    what writes H.264: x264, one in hardware, or with "auto" the first of those that works on the machine; `rate` at how
    many frames per second where the platform takes that (None: the clip's), `motion` how frames are brought there,
    `ground` what stands beside a picture that is shown whole. The lettering that a `plan` for the clip keeps or
    restores is not cut through, and what a person named in it stays whole, as do AI labels and providers' marks, which
    are looked for where there is no plan. `upload` goes into the sheet beside each file,
    which says with its XMP that it is AI-made unless `upload` says otherwise; with a `certificate` content
    credentials are signed, of which the clip and its `still` are ingredients. `master` writes the clip itself as
    well, in its own size and rate, in the same pass. Files that an earlier run made of the same are taken from the
    cache, unless without `cache`. Files that overlaycut did not write are replaced with `force` alone, inputs never.
    """
    if two_pass or codec not in (None, "h264"):  # in software alone
        if encoder not in ("auto", "x264"):
            raise UsageError(f"the encoder {encoder} writes H.264 in one pass", hint="--encoder x264")
        encoder = "x264"
    encoder_used = chosen_encoder(encoder)
    options = DeliveryOptions(
        reframe=reframe,
        codec=codec,
        encoder=encoder_used,
        preset=preset,
        two_pass=two_pass,
        motion=motion,
        ground=ground,
        rate=None if rate is None else exact_rate(rate),
    )
    policies, source, folder = policies_for(to), Source(clip), Path(out)
    look = CaptionLook(style, None if brand is None else Path(brand))
    wording = _wording(subs, None if glossary is None else Path(glossary), encoding)
    # Mistakes in files are reported before the clip is read.
    look.loaded()
    still_picture(still)
    image = None if still is None else Path(still)
    plan, named = given_plan(plan)
    declare(
        reads=[
            *paths_among([source.clip.path, image]),
            *(wording.files if wording else ()),
            *look.files,
            *named,
            *policy_files(to),
            *certificate_files(certificate),
        ],
        writes=[*deliveries_in(folder, policies), *_masters_in(folder, master)],
        force=force,
    )
    statement = Statement(
        upload=upload or Upload(),
        sources=(SourceFile(source.clip.path, image),),
        captions=wording is not None,
        certificate=certificate,
    )
    pipeline = pipeline_of(progress, cache=cache, job=source.clip.path)
    looked = _looked(pipeline, source, film=reframe == "auto", words=wording is not None)
    facts = looked.facts
    keep = () if plan is None else lettering(plan, facts)
    if plan is None and reframe != "pad" and any(_cuts(facts, policy) for policy in policies):
        keep = marks_in(pipeline, source, facts)
    keep = (*keep, *looked.insets)
    scene = Scene(Fraction(0), looked.saliency, keep, looked.faces, subject=looked.subject)
    assert facts.duration is not None  # the clip was read to its end
    words = Subtitles((), ()) if wording is None else read_words(wording, facts.duration)
    programme = _programme(facts, scene, words, look, statement)
    order = _Order(source, facts, programme, folder, options, policies, master)
    return _written(pipeline, order, (*encoder_notes(encoder, encoder_used), *words.warnings))


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """What is to be written, and of what."""

    source: Source
    facts: ClipFacts
    programme: DeliverySource
    folder: Path
    options: DeliveryOptions
    policies: Sequence[Policy]
    master: MasterKind | None


def _wording(subs: File | Sequence[Cue] | None, glossary: Path | None, encoding: str | None) -> Wording | None:
    """Where the captions' words come from, once all of it could be read."""
    if glossary is not None:
        read_glossary(glossary)
    if subs is None:
        return None
    wording = Wording(words_source(subs), glossary=glossary, encoding=encoding)
    read_words(wording, Fraction(1))
    return wording


def _programme(
    facts: ClipFacts, scene: Scene, words: Subtitles, look: CaptionLook, statement: Statement
) -> DeliverySource:
    assert facts.fps is not None and facts.duration is not None
    return DeliverySource(
        width=facts.width,
        height=facts.height,
        rate=facts.full_rate or facts.fps,
        constant=not facts.vfr,
        duration=facts.duration,
        sound=lambda: samples(facts.path, duration=facts.duration),
        has_sound=facts.audio is not None,
        cues=words.cues,
        look=look,
        statement=statement,
        scenes=(scene,),
    )


def _written(pipeline: Pipeline, order: _Order, warnings: Sequence[str]) -> ExportReport:
    """The report of an export; its files are made, or taken from the store."""
    programme, facts, content = order.programme, order.facts, {"clip": order.source.digest}
    planned = [
        (
            delivery_step(programme, policy, order.options, content),
            delivery_job(programme, policy, order.folder, order.options),
        )
        for policy in order.policies
    ]
    masters = []
    if order.master is not None:
        output = _master(programme, master_path(order.folder, "master", order.master), order.master, facts)
        masters.append((master_step(programme, "master", order.master, content), output))

    def frames() -> Iterator[Frame]:
        clip = order.source.clip
        shown = with_progress(to_bt709(clip.frames()), pipeline.monitor, "export", facts.frames)
        return shown if facts.vfr else dejittered(programme.rate)(shown)

    rendered = RenderPass(frames=frames, deliveries=planned, masters=masters).run(pipeline)
    deliveries = tuple(rendered.delivery(step, job) for step, job in planned)
    master = next((_master_report(rendered.file(step), output.path) for step, output in masters), None)
    statement = programme.statement
    return ExportReport(
        deliveries=deliveries,
        master=master,
        credentials_carried=statement.carried(),
        warnings=(*facts.warnings, *warnings, *unread(statement), *pipeline.warnings),
        ok=all(delivery.ok for delivery in deliveries) and (master is None or master.error is None),
    )


def _cuts(facts: ClipFacts, policy: Policy) -> bool:
    """Whether a platform's shape is another than the clip's."""
    video = policy.target.video
    cut = crop_box(facts.width, facts.height, video.width, video.height)
    return max(facts.width - cut.w, facts.height - cut.h) >= 2


@dataclass(frozen=True, slots=True, eq=False)
class _Looked:
    """A clip's facts, and what framing and captions need; empty where that was not asked for."""

    facts: ClipFacts
    saliency: Saliency
    faces: tuple[KeepOut, ...] = ()
    insets: tuple[KeepOut, ...] = ()
    subject: tuple[KeepOut, ...] = ()


def _looked(pipeline: Pipeline, source: Source, *, film: bool, words: bool) -> _Looked:
    """Where a clip is salient and where faces and insets are, for the camera; faces and the subject, for captions."""
    facts, subject = source.clip.facts, source.name
    saliency, faces = saliency_part(source, subject), faces_part(source, subject)
    insets, places = insets_part(source, subject), subject_part(source, subject)
    wanted: list[Part[Any]] = [saliency] if film else []
    wanted += [faces, insets] if film or words else []
    wanted += [places] if words else []
    found = analysed(pipeline, source, subject, wanted)
    return _Looked(
        found.facts,
        found[saliency] if film else SaliencyAnalyser(facts.width, facts.height).result(),
        found[faces].places if film or words else (),
        found[insets].places if film or words else (),
        found[places].places if words else (),
    )


def _masters_in(folder: Path, kind: MasterKind | None) -> list[Path]:
    return [] if kind is None else [master_path(folder, "master", kind)]


def _master(programme: DeliverySource, path: Path, kind: MasterKind, facts: ClipFacts) -> Output:
    return master_output(
        path,
        kind,
        tick=facts.tick if facts.vfr else 1 / programme.rate,
        sound=programme.sound if programme.has_sound else None,
        comment=programme.comment,
        finish=programme.statement.finish(path.name, cropped=False, resized=False),
    )


def _master_report(result: EncodedFile | OverlaycutError, path: Path) -> MasterFile:
    if isinstance(result, OverlaycutError):
        return MasterFile(path=None, error=result.one_line())
    return MasterFile(path=path, error=None, frames=result.frames, bytes=result.file.size)


def policies_for(chosen: Sequence[str | Path | Policy]) -> list[Policy]:
    """The policies of platforms, each once.

    Raises UsageError for an unknown name, a repeated one, or none at all.
    """
    if not chosen:
        raise UsageError("no platform was named", hint="--to tiktok,reels,shorts")
    policies = [platform_policy(one) for one in chosen]
    if len({policy.name for policy in policies}) != len(policies):
        raise UsageError(
            f"a platform is named twice: {', '.join(policy.name for policy in policies)}", hint="name each once"
        )
    return policies
