"""`run` and `demo`: a project file into a master, every delivery, and a page that says what was done."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from overlaycut import __version__
from overlaycut.api.analysis import look
from overlaycut.api.boundary import verb
from overlaycut.api.captioning import CaptionLook
from overlaycut.api.casting import characters_of, drift_report, twins_in
from overlaycut.api.cleaning import gates_of
from overlaycut.api.delivering import delivered, delivery_report
from overlaycut.api.disclosing import SourceFile, Statement, signing, unread
from overlaycut.api.exporting import (
    DeliveryOptions,
    Scene,
    delivery_job,
    lettering,
    policies_for,
)
from overlaycut.api.exporting import (
    Programme as Outgoing,
)
from overlaycut.api.framing import prominent, shown, spotter_of
from overlaycut.api.inputs import File
from overlaycut.api.mastering import MasterKind, bare, master_output, master_path
from overlaycut.api.plugins import face_embedding
from overlaycut.api.ranking import Take, candidate_of, ranking_report, take_of
from overlaycut.api.repairing import repairs_of
from overlaycut.api.results import Delivery, IdentityReport, RankedClip, RunReport
from overlaycut.api.wording import Wording, read_words
from overlaycut.assemble import Programme, Segment, programme_frames, programme_sound, timeline
from overlaycut.captions import Subtitles
from overlaycut.core.cast import Appearance, Character, Clones
from overlaycut.core.cues import KeepOut
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.plan import EditPlan, RegionPlan, read_plan
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.core.project import Master, Project, Shot, read_project
from overlaycut.decide import CastRules, Weights, decide, ranked, with_overrides
from overlaycut.deliver import Policy, conformed, dejittered, fan_out
from overlaycut.errors import OverlaycutError, UsageError
from overlaycut.media import (
    Clip,
    WrittenFile,
    read_still,
    refuse_overwriting,
    write_text,
)
from overlaycut.models import FaceEmbedding, rapid_reader
from overlaycut.provenance import Certificate, Upload
from overlaycut.qc.ocr_verification import OcrVerification
from overlaycut.qc.untouched import UntouchedCheck
from overlaycut.reframe.camera import Camera
from overlaycut.reframe.camera_path import plan_camera
from overlaycut.reframe.reframing import reframed
from overlaycut.reframe.saliency import Saliency
from overlaycut.report import Crop, Page, ShotSection, page
from overlaycut.resources import folder as shipped

_CROP_TIMES = (Fraction(1, 4), Fraction(1, 2), Fraction(9, 10))
"""Where in a repaired span the report looks."""


@dataclass(frozen=True, slots=True)
class _CastSeen:
    """What was seen of the cast in the chosen clip, and how the candidates were ranked."""

    appearances: tuple[Appearance, ...]
    clones: tuple[Clones, ...]
    ranking: tuple[RankedClip, ...]


@dataclass(frozen=True, slots=True)
class _Casting:
    """The project's characters and the model that knows them."""

    characters: dict[str, Character]
    identity: FaceEmbedding
    rules: CastRules


@dataclass(slots=True)
class _Take:
    """One shot with the clip that was chosen for it, and what rendering it tells as it goes."""

    name: str
    shot: Shot
    clip: Clip
    facts: ClipFacts
    plan: EditPlan
    interest: Saliency
    faces: tuple[KeepOut, ...]
    """Where faces are, in pixels and seconds of the clip."""
    why: str
    cast: _CastSeen | None = None
    touched: UntouchedCheck = field(default_factory=UntouchedCheck)
    reread: OcrVerification | None = None
    crops: list[Crop] = field(default_factory=list)
    filmed_as: EditPlan | None = None
    """The plan whose lettering the camera heeds, where it is another: a clean plate is framed like its master."""

    @property
    def keep(self) -> tuple[KeepOut, ...]:
        """Where lettering stays to be read, in pixels and seconds of the clip."""
        return lettering(self.filmed_as or self.plan, self.facts)

    @property
    def subjects(self) -> tuple[KeepOut, ...]:
        """The faces that the camera keeps in the frame."""
        return prominent(self.faces)

    def frames(self) -> Iterator[Frame]:
        """The clip's frames, those of a constant rate evenly spaced whatever their container rounds to."""
        assert self.facts.fps is not None
        return self.clip.frames() if self.facts.vfr else dejittered(self.facts.fps)(self.clip.frames())


@verb
def run(
    project: File,
    out: File | None = None,
    *,
    master: MasterKind = "h264",
    plate: bool = False,
    progress: Progress = no_progress,
) -> RunReport:
    """Do the whole job of a project file; everything is written below `out` (default: out/ beside the file).

    Every candidate is analysed, the one that ranks first is taken, its repairs are rendered once, and the
    joined frames go into the master and all deliveries in the same pass. Plans in `out` that a person edited are
    obeyed again. `plate` writes the master a second time, with all lettering taken out that is not protected.
    """
    path = Path(project)
    job = read_project(path)
    folder = path.resolve().parent / "out" if out is None else Path(out)
    policies = policies_for(job.project.outputs)
    _words(job, Fraction(1))  # so that a mistake in them, or in their look, is told before any clip is read
    certificate = signing(job.disclosure.certificate, job.disclosure.key, local=job.disclosure.sign_local)
    master_file = master_path(folder, "master", master)
    refuse_overwriting(master_file, [clip for shot in job.shots for clip in shot.clips])
    casting = _casting(job)
    takes = [
        _take(f"shot-{number:02d}", shot, job, folder / "plans", casting, progress)
        for number, shot in enumerate(job.shots, start=1)
    ]
    programme, pictures, scenes = _joined(job, takes, policies)
    words = _words(job, programme.duration)
    statement = _statement(job, takes, certificate, captions=words is not None)
    results, deliveries = _rendered(
        job, programme, pictures, scenes, policies, words, statement, (master_file, master), progress
    )
    finished = results["master"]
    if isinstance(finished, OverlaycutError):
        raise finished
    plate_file = _plated(job, takes, policies, statement, folder, master, progress) if plate else None
    gates = [f"{take.name}: {gate}" for take in takes for gate in _gates(take)]
    gates += [f"{d.platform}: {d.error or 'fails its check'}" for d in deliveries if not d.ok]
    warnings = [*_unused(job), *unread(statement), *(words.warnings if words else ())]
    warnings += [f"{take.name}: {text}" for take in takes for text in (*take.facts.warnings, *take.plan.notes)]
    warnings += [f"{take.name}: {text}" for take in takes for text in _cast_warnings(take)]
    cast = _cast_report(takes, casting)
    timeline_path, report_path = folder / "timeline.json", folder / "report.html"
    write_text(timeline_path, json.dumps(timeline(programme), indent=1, ensure_ascii=False) + "\n")
    write_text(report_path, page(_page(job, takes, deliveries, warnings, gates, cast)))
    return RunReport(
        master=finished.path,
        plate=plate_file,
        deliveries=tuple(deliveries),
        report=report_path,
        plans=tuple(folder / "plans" / f"{take.name}.json" for take in takes),
        timeline=timeline_path,
        credentials_carried=statement.carried(),
        cast=cast,
        rankings={take.name: take.cast.ranking for take in takes if take.cast is not None},
        warnings=tuple(warnings),
        gates=tuple(gates),
    )


@verb
def demo(
    out: File = "overlaycut-demo", *, sample: str = "product-label", progress: Progress = no_progress
) -> RunReport:
    """Run one of the shipped sample projects, offline."""
    shelf = shipped("samples")
    names = sorted(path.parent.name for path in shelf.glob("*/project.toml"))
    if sample not in names:
        raise UsageError(f"no sample is called {sample!r}", hint=f"shipped: {', '.join(names)}")
    return run(shelf / sample / "project.toml", out, progress=progress)


def _words(job: Project, duration: Fraction) -> Subtitles | None:
    """What is said on the picture, for a programme of `duration` seconds. Raises what `read_words` does."""
    if job.captions is None:
        return None
    _look(job).loaded()
    table = job.captions
    return read_words(Wording(table.source, table.script, table.glossary, job.audio.voice, table.encoding), duration)


def _look(job: Project) -> CaptionLook:
    return CaptionLook() if job.captions is None else CaptionLook(job.captions.style, job.captions.brand)


def _casting(job: Project) -> _Casting | None:
    """Who is to be known again; None where no shot has anybody to check or anything to choose."""
    if not job.cast and all(len(shot.clips) == 1 for shot in job.shots):
        return None
    identity = face_embedding(None)
    known = characters_of({member.name: member.references for member in job.cast}, identity)
    return _Casting({one.name: one for one in known}, identity, CastRules())


def _take(name: str, shot: Shot, job: Project, plans: Path, casting: _Casting | None, progress: Progress) -> _Take:
    """Analyse every candidate of a shot and take the one that ranks first."""
    still = None if shot.still is None else read_still(shot.still)
    path = plans / f"{name}.json"
    earlier = read_plan(path) if path.exists() else None
    people = [] if casting is None else [casting.characters[member] for member in shot.cast]
    choosing = casting is not None and (bool(people) or len(shot.clips) > 1)
    twins = choosing and still is not None and twins_in(still, casting.identity, casting.rules) if casting else False
    looked = []
    for source in shot.clips:
        clip = Clip(source)
        spotter = spotter_of(clip.facts)
        if casting is not None and choosing:
            take = take_of(
                clip, still=still, texts=shot.text, identity=casting.identity, progress=progress, also=(spotter,)
            )
            seen = take.seen
        else:
            take, seen = None, look(clip, still=still, texts=shot.text, progress=progress, also=(spotter,))
        plan = decide(
            seen.lettering,
            seen.record,
            still=None if shot.still is None else str(shot.still),
            rules=job.clean,
        )
        if earlier is not None and earlier.clip.sha256 == plan.clip.sha256:
            plan = with_overrides(plan, earlier)
        looked.append((clip, seen, plan, spotter.result(), take))
    chosen, why, cast = 0, "", None
    if casting is not None and choosing:
        takes = [(take, plan) for _, _, plan, _, take in looked if take is not None]
        chosen, why, cast = _chosen(takes, people, casting, twins=twins)
    clip, seen, plan, faces, _ = looked[chosen]
    write_text(path, plan.to_json())
    return _Take(name, shot, clip, seen.facts, plan, seen.interest, faces, why, cast)


def _chosen(
    takes: list[tuple[Take, EditPlan]], people: list[Character], casting: _Casting, *, twins: bool
) -> tuple[int, str, _CastSeen]:
    """Which of the takes ranks first, why, and what was seen of the cast in it."""
    candidates = [
        candidate_of(take, plan, people, casting.identity, casting.rules, twins=twins) for take, plan in takes
    ]
    order = ranked(candidates, Weights())
    chosen = next(n for n, one in enumerate(candidates) if one.clip == order[0].clip)
    why = ""
    if len(takes) > 1:
        others = ", ".join(f"{Path(one.clip).name} {one.score:.1f}" for one in order)
        why = f"ranked first ({others}): {'; '.join(order[0].reasons)}"
    named = candidates[chosen].appearances if people else ()
    report = ranking_report(order, casting.identity.metric.model).ranking
    return chosen, why, _CastSeen(named, candidates[chosen].clones, report)


def _cast_warnings(take: _Take) -> list[str]:
    if take.cast is None:
        return []
    told = [f"{one.character}: {one.face.reason}" for one in take.cast.appearances if one.face.verdict != "same"]
    worn = [
        f"{one.character} wears {one.clothes.reason}" for one in take.cast.appearances if one.clothes.verdict == "drift"
    ]
    return told + worn + [f"one person twice from frame {found.index} on" for found in take.cast.clones]


def _cast_report(takes: list[_Take], casting: _Casting | None) -> IdentityReport | None:
    """Who stays themselves in and across the chosen clips; None without a cast."""
    if casting is None or not casting.characters:
        return None
    seen = [take.cast for take in takes if take.cast is not None]
    return drift_report(
        [one for each in seen for one in each.appearances],
        [found for each in seen for found in each.clones],
        casting.identity.metric,
        casting.rules,
    )


def _joined(
    job: Project, takes: list[_Take], policies: list[Policy]
) -> tuple[Programme, list[Callable[[], Iterator[Frame]]], tuple[Scene, ...]]:
    """The programme's clock, and one source of frames per segment."""
    target = policies[0].target.video
    wanted = Master.parse(job.project.master) if job.project.master else None
    width, height = (wanted.width, wanted.height) if wanted else (target.width, target.height)
    first = takes[0].facts
    assert first.fps is not None
    rate = (wanted.rate if wanted else None) or policies[0].rate_for(first.fps, constant=not first.vfr)
    segments, pictures, scenes, starts = [], [], [], 0
    for take in takes:
        assert take.facts.duration is not None
        end = min(take.shot.end or take.facts.duration, take.facts.duration)
        frames = round((end - take.shot.start) * rate)
        if frames < 1:
            raise UsageError(
                f"{take.name}: in = {float(take.shot.start)} lies at or after the end of {take.clip.path.name}",
                hint=f"it lasts {float(take.facts.duration):.2f} s",
            )
        segments.append(
            Segment(
                name=take.name,
                source=take.clip.path,
                frames=frames,
                starts=starts,
                source_in=take.shot.start,
                has_sound=take.facts.audio is not None,
            )
        )
        pictures.append(_source(take, width, height, end))
        camera, whole_clip = _camera(take, width, height), (Fraction(0), take.facts.duration)
        keep, faces = (tuple(shown(camera, places, *whole_clip)) for places in (take.keep, take.faces))
        scenes.append(Scene(starts / rate, take.interest, keep, faces, zero=starts / rate - take.shot.start))
        starts += frames
    if job.end_card is not None:
        frames = max(1, round(job.end_card.seconds * rate))
        segments.append(
            Segment(
                name="end card",
                source=job.end_card.image,
                frames=frames,
                starts=starts,
                source_in=Fraction(0),
                has_sound=False,
            )
        )
        card = read_still(job.end_card.image)
        pictures.append(_card(card, width, height, rate))
        scenes.append(Scene(starts / rate, None))
    programme = Programme(width=width, height=height, rate=rate, segments=tuple(segments))
    return programme, pictures, tuple(scenes)


def _camera(take: _Take, width: int, height: int) -> Camera:
    """How the master films a take."""
    sizes = (take.facts.width, take.facts.height), (width, height)
    return plan_camera(*sizes, saliency=take.interest, keep=take.keep, subjects=take.subjects)


def _source(take: _Take, width: int, height: int, end: Fraction) -> Callable[[], Iterator[Frame]]:
    def frames() -> Iterator[Frame]:
        take.plan, repairs = repairs_of(take.plan, take.clip)
        plan = take.plan
        take.touched, take.crops = UntouchedCheck(), []  # a second pass tells everything anew
        take.reread = OcrVerification(rapid_reader(), plan)
        wanted = _crop_frames(plan)
        sizes = (take.facts.width, take.facts.height), (width, height)
        stage = reframed(*sizes, keep=take.keep, subjects=take.subjects, saliency=take.interest, zero=-take.shot.start)

        def repaired() -> Iterator[Frame]:
            for after in repairs.over(take.frames()):
                frame = after.before
                if frame.at >= end:
                    return
                if frame.at + frame.lasts <= take.shot.start:
                    continue
                take.touched.see(after)
                assert take.reread is not None
                take.reread.see(after.frame)
                for region in wanted.get(frame.index, ()):
                    take.crops.append(_crop(region, frame, after.frame))
                at = max(frame.at - take.shot.start, Fraction(0))
                lasts = frame.at + frame.lasts - take.shot.start - at
                yield after.frame.retimed(index=frame.index, at=at, lasts=lasts)

        return stage(repaired())

    return frames


def _card(card: Picture, width: int, height: int, rate: Fraction) -> Callable[[], Iterator[Frame]]:
    def frames() -> Iterator[Frame]:
        picture = Frame.from_rgb(card, index=0, at=Fraction(0), lasts=1 / rate)
        stage = reframed((picture.width, picture.height), (width, height), mode="pad")
        return stage(iter([picture]))

    return frames


def _statement(job: Project, takes: list[_Take], certificate: Certificate | None, *, captions: bool) -> Statement:
    """What the files say about how they were made."""
    sources = []
    for take in takes:
        changed = [region for region in take.plan.regions if region.changes]
        restored = take.shot.still is not None and any(region.decision == "restore" for region in changed)
        sources.append(SourceFile(take.clip.path, take.shot.still, len(changed), restored))
    table = job.disclosure
    upload = Upload(title=table.title, text=table.text, hashtags=table.hashtags, ai_generated=table.ai_generated)
    return Statement(upload=upload, sources=tuple(sources), captions=captions, certificate=certificate)


def _rendered(
    job: Project,
    programme: Programme,
    pictures: list[Callable[[], Iterator[Frame]]],
    scenes: tuple[Scene, ...],
    policies: list[Policy],
    words: Subtitles | None,
    statement: Statement,
    master: tuple[Path, MasterKind],
    progress: Progress,
) -> tuple[dict[str, WrittenFile | OverlaycutError], list[Delivery]]:
    comment = "Made with AI-generated footage." if job.disclosure.ai_generated else None
    has_sound = any(segment.has_sound for segment in programme.segments) or bool(job.audio.voice or job.audio.music)
    outgoing = Outgoing(
        width=programme.width,
        height=programme.height,
        rate=programme.rate,
        constant=True,
        duration=programme.duration,
        sound=lambda: programme_sound(programme, voice=job.audio.voice, music=job.audio.music),
        has_sound=has_sound,
        cues=words.cues if words else (),
        look=_look(job),
        scenes=scenes,
        target_lufs=job.audio.loudness_lufs,
        comment=comment,
        statement=statement,
    )
    planned = [delivery_job(outgoing, policy, master[0].parent, DeliveryOptions()) for policy in policies]

    def frames() -> Iterator[Frame]:
        joined = programme_frames(programme, pictures, conformed(programme.rate))
        return with_progress(joined, progress, "render", programme.frames)

    output = master_output(
        *master,
        tick=1 / programme.rate,
        sound=outgoing.sound if has_sound else None,
        comment=comment,
        finish=statement.finish(master[0].name, cropped=False, resized=False),
    )
    results = delivered(planned, frames, also=[output])
    return results, [delivery_report(delivery, results[delivery.name]) for delivery in planned]


def _plated(
    job: Project,
    takes: list[_Take],
    policies: list[Policy],
    statement: Statement,
    folder: Path,
    kind: MasterKind,
    progress: Progress,
) -> Path:
    """The master without lettering and without sound, in a pass of its own."""
    stripped = [
        replace(take, plan=bare(take.plan), filmed_as=take.plan, touched=UntouchedCheck(), reread=None, crops=[])
        for take in takes
    ]
    programme, pictures, _ = _joined(job, stripped, policies)
    path = master_path(folder, "plate", kind)
    finish = statement.finish(path.name, cropped=False, resized=False)
    output = master_output(path, kind, tick=1 / programme.rate, sound=None, comment=None, finish=finish)
    joined = programme_frames(programme, pictures, conformed(programme.rate))
    result = fan_out(with_progress(joined, progress, "clean plate", programme.frames), [output])["plate"]
    if isinstance(result, OverlaycutError):
        raise result
    return path


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


def _gates(take: _Take) -> tuple[str, ...]:
    residual = take.reread.result().residual if take.reread is not None else {}
    return gates_of(take.plan, residual, take.touched.untouched_identical)


def _unused(job: Project) -> list[str]:
    """What the project says that changes nothing."""
    unused = []
    cast = {name for shot in job.shots for name in shot.cast}
    unused += [f"cast: no shot names {member.name}" for member in job.cast if member.name not in cast]
    return unused


def _page(
    job: Project,
    takes: list[_Take],
    deliveries: list[Delivery],
    warnings: list[str],
    gates: list[str],
    cast: IdentityReport | None,
) -> Page:
    shots = tuple(
        ShotSection(
            name=take.name,
            clip=take.clip.path.name,
            why_chosen=take.why,
            regions=[region.model_dump(mode="json") for region in take.plan.regions],
            touched_fraction=take.touched.fraction,
            untouched_identical=take.touched.untouched_identical,
            gates=_gates(take),
            crops=tuple(take.crops),
            notes=take.plan.notes,
            ranking=[one.to_dict() for one in take.cast.ranking]
            if take.cast is not None and len(take.cast.ranking) > 1
            else [],
        )
        for take in takes
    )
    verdict = "Every gate passed." if not gates else f"{len(gates)} gate(s) failed."
    made = " Made with AI-generated footage: say so when you upload it." if job.disclosure.ai_generated else ""
    return Page(
        title=job.project.name,
        version=__version__,
        summary=verdict + made,
        shots=shots,
        deliveries=[one.to_dict() for one in deliveries],
        warnings=tuple(warnings),
        cast=None if cast is None else cast.to_dict(),
    )
