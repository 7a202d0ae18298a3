"""`handover`: a project, or one clip, as media, timelines, tracks and markers for editors and compositors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Literal

from overlaycut.api.boundary import verb
from overlaycut.api.caching import pipeline_of
from overlaycut.api.captioning import CaptionLook, backward, laid
from overlaycut.api.cleaning import gates_of
from overlaycut.api.cut_shots import project_at
from overlaycut.api.delivery_source import DeliverySource, taken_by
from overlaycut.api.estimating import EstimatedRepairs, RepairInputs
from overlaycut.api.exporting import policies_for
from overlaycut.api.file_use import declare, numbered_in, project_files
from overlaycut.api.hand_over_media import (
    MadeFile,
    MediaKind,
    ShotMedia,
    made,
    media_end,
    programme_frame,
    write_frames,
)
from overlaycut.api.inputs import File
from overlaycut.api.joining import Joined, joined
from overlaycut.api.rendering import RenderPass
from overlaycut.api.results import HandedFile, HandoverReport, StepReport
from overlaycut.api.seaming import seamed
from overlaycut.api.shot_pass import RepairedShot, ShotMeasurement
from overlaycut.api.shots import Casting, chosen_clip
from overlaycut.api.splitting import split_shots
from overlaycut.api.wording import Wording, read_words
from overlaycut.assemble import Segment
from overlaycut.captions import SIDECARS, Subtitles, overlay, sidecar
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.core.project import CaptionsTable, Project, ProjectTable, Shot, require_clips
from overlaycut.core.time import named_rate
from overlaycut.deliver import Policy
from overlaycut.errors import UsageError
from overlaycut.interchange import (
    EDITORS,
    Cut,
    CutClip,
    CutMarker,
    CutMedia,
    CutTrack,
    Editor,
    ListedFile,
    after_effects_text,
    chosen_editors,
    edl_text,
    fcp7_text,
    fcpxml_text,
    file_stem,
    folder_readme,
    marker_table,
    nuke_text,
    opentimelineio,
    otio_text,
    require_adapter,
    resolve_marker_list,
)
from overlaycut.media import (
    Clip,
    Scaler,
    SequenceKind,
    sequence_name,
    write_alpha,
    write_png,
    write_sequence,
    write_text,
    write_wav,
)
from overlaycut.pipeline import Expected, Pipeline, digest_of, file_digest

_WEIGHTS = {"analyse": 10.0, "estimate": 6.0, "measure": 1.0, "hand over": 3.0}
"""How long steps take relative to each other, roughly, for the overall share of progress."""

_STEMS = ("sound", "voice", "music")


@verb
def handover(
    source: File,
    out: File,
    *,
    to: Sequence[str] = ("all",),
    still: File | None = None,
    texts: Sequence[str] = (),
    subs: File | None = None,
    style: str = "clean",
    plans: File | None = None,
    sequence: SequenceKind | None = None,
    media: MediaKind | None = None,
    cache: bool = True,
    force: bool = False,
    progress: Progress = no_progress,
) -> HandoverReport:
    """Write all that an editor or a compositor needs of a project, or of one clip, into the folder `out`.

    `to` are programs: resolve, premiere, fcp, capcut, ae, nuke, or all. Media go to media/, timelines refer to them.
    `still`, `texts`, `subs` and `style` are for a clip; a project has its own. Plans in `plans` (default: where `run`
    writes them, out/plans beside the project) are obeyed where a person edited them. `sequence` writes plates and
    mattes as one EXR or PNG per frame too. `media` is ProRes unless CapCut alone is asked for. Files that overlaycut
    did not write are replaced with `force` alone, inputs never.
    """
    order = _Order.of(Path(source), Path(out), _editors(to), media, sequence)
    if order.is_clip:
        order = replace(order, job=_job_of(order.source, still, texts, subs, style))
    elif still is not None or texts or subs is not None:
        raise UsageError("still, texts and subs are for a clip", hint="a project names its own")
    edited = order.source.resolve().parent / "out" / "plans" if plans is None else Path(plans)
    order.declare_files(force)
    pipeline = pipeline_of(progress, cache=cache, job=order.source)
    split = split_shots(pipeline, order.job, order.folder / "panels")
    if split.job is not order.job:
        order = replace(order, job=split.job, notes=(*order.notes, *split.notes))
        order.declare_files(force)
    pipeline.monitor.expect(order.expected())
    return _HandOver(order, pipeline, edited).report()


def _editors(names: Sequence[str]) -> tuple[Editor, ...]:
    try:
        return chosen_editors(names)
    except KeyError as error:
        raise UsageError(f"no hand-over for {error.args[0]!r}", hint=f"one of {', '.join(EDITORS)}, all") from error


def _job_of(clip: Path, still: File | None, texts: Sequence[str], subs: File | None, style: str) -> Project:
    """A project of one clip, at its own size and rate."""
    facts = Clip(clip).facts
    assert facts.fps is not None
    rate = named_rate(facts.full_rate or facts.fps)
    master = f"{facts.width - facts.width % 2}x{facts.height - facts.height % 2}@{rate}"
    shot = Shot(clip=clip, still=None if still is None else Path(still), text=tuple(texts))
    captions = None if subs is None else CaptionsTable(source=Path(subs), style=style)
    return Project(project=ProjectTable(name=clip.stem, master=master), shots=(shot,), captions=captions)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What is to be handed over, to whom."""

    source: Path
    is_clip: bool
    folder: Path
    editors: tuple[Editor, ...]
    media: MediaKind
    sequence: SequenceKind | None
    job: Project = field(repr=False)
    notes: tuple[str, ...] = ()
    """What of the project's cut is left out."""

    @classmethod
    def of(
        cls, source: Path, folder: Path, editors: tuple[Editor, ...], media: MediaKind | None, seq: SequenceKind | None
    ) -> _Order:
        """Checked before any clip is read. Raises MissingPart without the extra, and what `read_project` does."""
        opentimelineio()
        formats = {one for editor in editors for one in EDITORS[editor].timelines}
        for one, adapter in (("edl", "cmx_3600"), ("fcp7", "fcp_xml")):
            if one in formats:
                require_adapter(adapter)
        is_clip = source.suffix.lower() != ".toml"
        job, notes = (Project(shots=(Shot(clip=source),)), ()) if is_clip else project_at(source)
        if not is_clip:
            require_clips(job, source)
        kind: MediaKind = media or ("h264" if editors == ("capcut",) else "prores")
        return cls(
            source=source,
            is_clip=is_clip,
            folder=folder,
            editors=editors,
            media=kind,
            sequence=seq,
            job=job,
            notes=notes,
        )

    @property
    def stem(self) -> str:
        """What files of the whole programme are called."""
        return file_stem(self.job.project.name)

    @property
    def names(self) -> list[str]:
        """Of the shots, as `run` names their steps and plans."""
        return [f"shot-{number:02d}" for number in range(1, len(self.job.shots) + 1)]

    def media_stem(self, number: int) -> Path:
        """What the media of a shot are called, without what they are: in the order of the shots."""
        return self.folder / "media" / self.names[number]

    @property
    def timelines(self) -> dict[str, Path]:
        """Format → file."""
        formats = dict.fromkeys(one for editor in self.editors for one in ("otio", *EDITORS[editor].timelines))
        ends = {"otio": ".otio", "fcpxml": ".fcpxml", "fcp7": ".xml", "edl": ".edl", "markers": "-markers.edl"}
        return {one: self.folder / f"{self.stem}{ends[one]}" for one in formats}

    def declare_files(self, force: bool) -> None:
        """Declare all that is read and may be written. Raises what `declare` does."""
        end = {"prores": "mov", "h264": "mp4"}[self.media]
        kinds = ("", "-framed", "-plate", "-matte")
        stems = [self.media_stem(number) for number in range(len(self.job.shots))]
        media = self.folder / "media"
        written = [stem.with_name(f"{stem.name}{kind}.{end}") for stem in stems for kind in kinds]
        written += [
            media / "captions.mov",
            media / "end-card.png",
            media / f"end-card.{end}",
            *(media / f"{stem}.wav" for stem in _STEMS),
        ]
        written += [*self.timelines.values(), self.folder / "markers.csv", self.folder / "README.md"]
        written += [self.folder / f"{self.stem}{end}" for end in SIDECARS]
        written += numbered_in(self.folder / "panels", r"shot-\d+\.png")
        written += numbered_in(self.folder / "tracks", r".*\.(ae\.txt|nk)")
        for folder in sorted((self.folder / "sequences").glob("*")):
            written += numbered_in(folder, r".*\.\d{4,}\.(exr|png)")
        plans = [self.folder / "plans" / f"{name}.json" for name in self.names]
        captions = self.job.captions
        look = () if captions is None else CaptionLook(captions.style, captions.brand).files
        reads = [*project_files(self.source, self.job), *look]
        declare(reads=reads, writes=written, updates=plans, force=force)

    def expected(self) -> Iterator[Expected]:
        """The steps that take time, for progress."""
        for name, shot in zip(self.names, self.job.shots, strict=True):
            yield from (Expected("analyse", f"{name}/{clip.name}", _WEIGHTS["analyse"]) for clip in shot.clips)
            yield from (Expected(step, name, _WEIGHTS[step]) for step in ("estimate", "measure"))
            yield Expected("hand over", f"{name} clip", _WEIGHTS["hand over"])


class _HandOver:
    """One hand-over while it is made."""

    def __init__(self, order: _Order, pipeline: Pipeline, edited: Path) -> None:
        self._order, self._pipeline = order, pipeline
        self._policies: list[Policy] = policies_for(order.job.project.outputs)
        casting = Casting.of(order.job)
        seams = seamed(pipeline, order.job, [self._shot(number, edited, casting) for number in range(len(order.names))])
        self._shots = list(seams.shots)
        self._whole: Joined = joined(order.job, self._shots, self._policies)
        self._files: list[ListedFile] = []
        self._warnings = [*order.notes, *self._whole.notes, *seams.notes]
        self._pins = 0

    def report(self) -> HandoverReport:
        """Write everything; what it was."""
        order, programme = self._order, self._whole.programme
        measured = RenderPass(frames=self._whole.frames, measured=[one.measured() for one in self._whole.shots]).run(
            self._pipeline
        )
        gates = {one.shot.name: _gates(one.shot, measured.measurement(one.step)) for one in self._whole.shots}
        self._warnings += [f"{one.name}: {text}" for one in self._shots for text in _notes(one)]
        clips = tuple(self._clips())
        shots = CutTrack(name="shots", kind="video", clips=clips)
        tracks = [shots, *self._captions(shots), *self._stems()]
        self._warnings += self._pipeline.warnings
        cut = Cut(
            name=order.job.project.name,
            rate=programme.rate,
            width=programme.width,
            height=programme.height,
            frames=programme.frames,
            tracks=tuple(tracks),
            markers=tuple(sorted(self._markers(gates), key=lambda one: one.frame)),
        )
        self._write_timelines(cut)
        failed = tuple(f"{name}: {gate}" for name, found in gates.items() for gate in found)
        readme = order.folder / "README.md"
        write_text(readme, folder_readme(cut, self._files, order.editors, [*failed, *self._warnings]))
        self._list(readme, "readme")
        return HandoverReport(
            folder=order.folder,
            editors=order.editors,
            rate=str(cut.rate),
            frames=cut.frames,
            files=tuple(HandedFile(path=order.folder / one.path, kind=one.kind) for one in self._files),
            markers=tuple(
                {"frame": one.frame, "kind": one.kind, "name": one.name, "note": one.note} for one in cut.markers
            ),
            steps=tuple(StepReport.of(one) for one in self._pipeline.log),
            warnings=tuple(self._warnings),
            gates=failed,
        )

    def _shot(self, number: int, edited: Path, casting: Casting | None) -> RepairedShot:
        """One shot, chosen and with its repairs estimated, by the plan that a person edited where there is one."""
        order, name = self._order, self._order.names[number]
        plans = order.folder / "plans"
        if (edited / f"{name}.json").is_file() and edited.resolve() != plans.resolve():
            write_text(plans / f"{name}.json", (edited / f"{name}.json").read_text(encoding="utf-8"))
        chosen = chosen_clip(self._pipeline, name, order.job.shots[number], order.job, plans, casting)
        repairs = EstimatedRepairs(self._pipeline, chosen.plan, chosen.source, name, RepairInputs())
        return RepairedShot(chosen, repairs, repairs.plan)

    # The picture

    def _clips(self) -> Iterator[CutClip]:
        programme, motion = self._whole.programme, self._whole.motion
        for number, (shot, segment) in enumerate(zip(self._shots, programme.segments, strict=False)):
            yield self._shot_clip(ShotMedia(shot, programme, segment, motion), number, segment)
            if segment.dip_in or segment.dip_out:
                self._warnings.append(f"{shot.name}: its fade through black is in no timeline: make it in the editor")
        if self._whole.card is not None:
            yield self._card()

    def _shot_clip(self, media: ShotMedia, number: int, segment: Segment) -> CutClip:
        """Write a shot's media; the clip of the timeline."""
        order, pipeline, stem = self._order, self._pipeline, self._order.media_stem(number)
        clip = self._listed(media.write(pipeline, stem, "clip", order.media), "clip", media.size)
        others: dict[str, CutMedia] = {}
        self._list(order.folder / "plans" / f"{media.shot.name}.json", "plan")
        bared = media.bared(pipeline)
        if bared is not None:
            plate = media.write(pipeline, stem.with_name(f"{stem.name}-plate"), "plate", order.media, bared)
            others["plate"] = self._listed(plate, "plate", media.size)
            self._sequence(media, bared, stem, "plate")
        if media.changes:
            matte = media.write(pipeline, stem.with_name(f"{stem.name}-matte"), "matte", order.media)
            others["matte"] = self._listed(matte, "matte", media.size)
            self._sequence(media, media.shot.repairs, stem, "matte")
        self._tracks(media, clip.frames, stem.name)
        if media.is_framed:  # plate and matte have another picture
            programme, others = self._whole.programme, {}
            framed = media.write(pipeline, stem.with_name(f"{stem.name}-framed"), "framed", order.media)
            clip = self._listed(framed, "framed", (programme.width, programme.height))
        return CutClip(
            name=order.job.shots[number].name or media.shot.name,
            media=clip,
            starts=segment.starts,
            frames=segment.frames,
            source_in=media.source_in,
            overlap=segment.overlap,
            others=others,
        )

    def _card(self) -> CutClip:
        """The end card at the programme's size: a picture, or where it moves a clip."""
        programme, card, order = self._whole.programme, self._whole.card, self._order
        assert card is not None
        segment, size = programme.segments[-1], (programme.width, programme.height)
        still = card.frames is None and card.move == "none"
        if still:
            out = order.folder / "media" / "end-card.png"
            write_png(out, next(card.alone(*size)).rgb())
        else:
            out = order.folder / "media" / f"end-card.{media_end(order.media)}"
            write_frames(card.alone(*size), out, order.media, programme.rate)
        media = replace(self._listed(MadeFile(out, segment.frames), "still", size), still=still)
        return CutClip(
            name="end card", media=media, starts=segment.starts, frames=segment.frames, overlap=segment.overlap
        )

    def _sequence(
        self, media: ShotMedia, repairs: EstimatedRepairs, stem: Path, what: Literal["plate", "matte"]
    ) -> None:
        """Write a plate or a matte as one picture per frame, where that was asked for."""
        kind = self._order.sequence
        if kind is None:
            return
        name = f"{stem.name}-{what}"
        folder = self._order.folder / "sequences" / name
        count = write_sequence(media.frames(what, repairs), folder, name, kind, linear=what == "plate")
        stale = {path.name for path in numbered_in(folder, r".*\.\d{4,}\.(exr|png)")}
        stale -= {sequence_name(name, number, kind) for number in range(1, count + 1)}
        if stale:
            self._warnings.append(f"{folder}: {len(stale)} picture(s) of an earlier hand-over lie there too")
        self._list(folder, "sequence")

    # Captions and sound

    def _captions(self, shots: CutTrack) -> Iterator[CutTrack]:
        table, programme = self._order.job.captions, self._whole.programme
        if table is None:
            return
        wording = Wording(table.source, table.script, table.glossary, self._order.job.audio.voice, table.encoding)
        words = read_words(wording, programme.duration)
        self._warnings += words.warnings
        for end in SIDECARS:
            out = self._order.folder / f"{self._order.stem}{end}"
            write_text(out, sidecar(end, words.cues))
            self._list(out, "subtitles")
        media = self._listed(self._caption_layer(words, table, shots), "captions", (programme.width, programme.height))
        clip = CutClip(name="captions", media=media, starts=0, frames=programme.frames)
        yield CutTrack(name="captions", kind="video", clips=(clip,))

    def _caption_layer(self, words: Subtitles, table: CaptionsTable, shots: CutTrack) -> MadeFile:
        """The captions of the programme alone, laid out for the first output's safe area."""
        programme, look = self._whole.programme, CaptionLook(table.style, table.brand)
        style, size = look.loaded(), (programme.width, programme.height)
        source = DeliverySource(
            width=size[0], height=size[1], rate=programme.rate, constant=True, duration=programme.duration,
            sound=lambda: iter(()), has_sound=False, cues=words.cues, look=look, scenes=self._whole.scenes,
            card=self._whole.card,
        )  # fmt: skip
        safe = self._policies[0].safe_box(*size, right_to_left=backward(words.cues))
        taken = taken_by(source, *size, "auto")
        layout = laid(words.cues, width=size[0], height=size[1], style=style, safe=safe, taken=taken)
        self._warnings += layout.warnings
        out, rate = self._order.folder / "media" / "captions.mov", programme.rate
        times = [(n / rate, 1 / rate) for n in range(programme.frames)]
        behind = self._behind_captions(shots)
        frames = with_progress(behind, self._pipeline.monitor, "captions", programme.frames)
        inputs = self._whole.inputs(self._order.job, sound=False) | {"font": file_digest(style.font_file)}
        if style.logo is not None:
            inputs["logo"] = file_digest(style.logo.image)
        return made(
            self._pipeline,
            "captions",
            out,
            lambda: write_alpha(overlay(layout, style, frames), out, times=times, tick=1 / rate),
            inputs=inputs,
            settings={"cues": words.cues, "style": style, "size": list(size), "taken": digest_of(taken), "safe": safe},
        )

    def _behind_captions(self, shots: CutTrack) -> Iterator[Frame]:
        """The programme's frames, from the media that were just written: nothing is repaired again for contrast."""
        programme, card, index = self._whole.programme, self._whole.card, 0
        frames: Iterator[Frame]
        size = programme.width, programme.height
        for number, clip in enumerate(shots.trimmed):
            last = clip.source_in + clip.frames
            if card is not None and number == len(shots.clips) - 1:
                frames = islice(card.alone(*size), clip.source_in, last)
            else:
                media = Clip(self._order.folder / clip.media.path)
                scaled = Scaler(Box(0, 0, clip.media.width, clip.media.height), *size)
                frames = map(scaled, islice(media.frames(), clip.source_in, last))
            for frame in frames:
                yield frame.retimed(index=index, at=index / programme.rate, lasts=1 / programme.rate)
                index += 1

    def _stems(self) -> Iterator[CutTrack]:
        """The shots' sound, the voice and the music, each alone and at its level in the mix."""
        frames, sounding = self._whole.programme.frames, any(one.has_sound for one in self._whole.programme.segments)
        for name, wave in self._whole.sound.stems().items():
            if name == "sound" and not sounding:
                continue
            out = self._order.folder / "media" / f"{name}.wav"
            write_wav([wave], out)
            media = self._listed(MadeFile(out, frames), "stem", (0, 0))
            yield CutTrack(name=name, kind="audio", clips=(CutClip(name=name, media=media, starts=0, frames=frames),))

    # What is said about it

    def _tracks(self, media: ShotMedia, frames: int, stem: str) -> None:
        """Corner pins of every region that was changed."""
        formats = {one for editor in self._order.editors for one in EDITORS[editor].pins}
        for region in media.shot.plan.regions if formats else ():
            pin = media.pin(region, frames) if region.changes else None
            if pin is None:
                continue
            for one, end, text in (("ae", "ae.txt", after_effects_text), ("nuke", "nk", nuke_text)):
                if one in formats:
                    out = self._order.folder / "tracks" / f"{stem}-{file_stem(region.id)}.{end}"
                    write_text(out, text(pin))
                    self._list(out, "track")

    def _markers(self, gates: dict[str, tuple[str, ...]]) -> Iterator[CutMarker]:
        rate = self._whole.programme.rate
        for shot, segment in zip(self._shots, self._whole.programme.segments, strict=False):
            fps = Fraction(shot.plan.clip.fps).limit_denominator(1001)
            for region in shot.plan.regions:
                if region.changes or region.decision == "reject":
                    first = (region.edit or region.span).start
                    at = programme_frame(first / fps, shot, segment, rate)
                    yield CutMarker(frame=at, kind="decision", name=_decided(region), note=region.reason)
            for text in gates[shot.name]:
                yield CutMarker(frame=segment.starts, kind="gate", name=f"{shot.name}: gate failed", note=text)
            for text in _notes(shot):
                yield CutMarker(frame=segment.starts, kind="warning", name=f"{shot.name}: note", note=text)

    def _write_timelines(self, cut: Cut) -> None:
        folder = self._order.folder
        for one, out in self._order.timelines.items():
            text = {
                "otio": lambda: otio_text(cut),
                "fcpxml": lambda: fcpxml_text(cut, folder),
                "fcp7": lambda: fcp7_text(cut, folder),
                "edl": lambda: edl_text(cut),
                "markers": lambda: resolve_marker_list(cut),
            }[one]()
            write_text(out, text)
            self._list(out, "markers" if one == "markers" else "timeline")
        table = folder / "markers.csv"
        write_text(table, marker_table(cut))
        self._list(table, "markers")

    def _listed(self, file: MadeFile, kind: str, size: tuple[int, int]) -> CutMedia:
        self._list(file.path, kind)
        return CutMedia(path=self._inside(file.path), frames=file.frames, width=size[0], height=size[1])

    def _list(self, path: Path, kind: str) -> None:
        self._files.append(ListedFile(self._inside(path), kind))

    def _inside(self, path: Path) -> PurePosixPath:
        return PurePosixPath(path.relative_to(self._order.folder).as_posix())


def _decided(region: RegionPlan) -> str:
    words = region.expected or region.read or region.id
    return f"{region.decision}: {words}"


def _notes(shot: RepairedShot) -> list[str]:
    return [*shot.chosen.facts.warnings, *shot.plan.notes, *shot.repairs.warnings]


def _gates(shot: RepairedShot, measured: ShotMeasurement) -> tuple[str, ...]:
    plan: EditPlan = shot.plan
    return gates_of(plan, measured.residual_text, measured.untouched_identical, pixels=measured.gates)
