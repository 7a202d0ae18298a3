"""`drift`: who is in each clip, and do they stay themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from overlaycut.analyse import FaceAnalyser, SubjectAnalyser, ThingAnalyser, faces_in, reference_view
from overlaycut.api.boundary import verb
from overlaycut.api.cast_references import cast_of
from overlaycut.api.drift_sheet import drift_sheet, sheet_rows
from overlaycut.api.file_use import declare, paths_among, report_files
from overlaycut.api.inputs import File, Still, still_picture
from overlaycut.api.plugins import appearance_embedding, face_embedding
from overlaycut.api.portraits import portrait_places, taken_portraits
from overlaycut.api.reporting import write_page
from overlaycut.api.results import (
    CharacterReport,
    CharacterShot,
    CloneReport,
    DriftReport,
    IdentityReport,
    PairReport,
    PresenceReport,
    SubjectReport,
    TraitReport,
)
from overlaycut.api.verb_pages import SeenClip, drift_page
from overlaycut.core.analyser import Analyser, watched
from overlaycut.core.cast import (
    BROKEN,
    Appearance,
    CastReport,
    ClipPair,
    Clones,
    EmbeddingMetric,
    TraitVerdict,
)
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Span
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.decide import (
    CastRules,
    ClipCast,
    compare_clips,
    find_clones,
    judge_cast,
    judge_subjects,
    judge_thing,
    shows_twins,
    still_itself,
)
from overlaycut.errors import UsageError
from overlaycut.media import Clip, write_png
from overlaycut.models import (
    AppearanceEmbedding,
    FaceEmbedding,
    face_detector,
)
from overlaycut.report import LookAnalyser


@verb
def drift(
    clips: Sequence[File],
    *,
    cast: Mapping[str, Sequence[File]] | None = None,
    still: Still | None = None,
    face_model: File | FaceEmbedding | None = None,
    looks_model: File | AppearanceEmbedding | None = None,
    rules: CastRules | None = None,
    report: File | None = None,
    sheet: File | None = None,
    force: bool = False,
    progress: Progress = no_progress,
) -> DriftReport:
    """Detect and identify the faces of every clip, and judge whether they stay themselves.

    `cast` has reference pictures by name, of one face each; who has no face in any of them is a thing (a product, an
    animal, a puppet), which is found by its features and colours, followed, and held against how it first looks.
    Without people in it, characters are discovered by clustering and held against their own first appearance. A `still`
    that shows twins excuses twins. `face_model` takes the place of the shipped network: an ONNX file of the ArcFace
    family, "sface" from the store of models, an installed part or an object; so does `looks_model` for subjects and
    things: a file of the DINOv2 family, "dinov2-small", a part or an object. A clip in which neither a face nor a thing
    is found is read once more for its subject, which is held against its own beginning. `report` gets a page, and its
    data as JSON beside it; `sheet` a PNG with what changed in four pictures each (reference, last good, first changed
    and worst frame). A file that overlaycut did not write is replaced with `force` alone.

    Raises InputError for a reference with several faces, or without one beside others that have one; MissingPart for a
    model that is not here.
    """
    if not clips:
        raise UsageError("no clip to look at")
    if sheet is not None and Path(sheet).suffix.lower() != ".png":
        raise UsageError(f"{sheet}: a sheet is a PNG", hint="--sheet sheet.png")
    page = None if report is None else Path(report)
    references = (path for paths in (cast or {}).values() for path in paths)
    declare(
        reads=paths_among((*clips, still, *references, face_model, looks_model)),
        writes=[*report_files(page), *paths_among([sheet])],
        force=force,
    )
    rules = rules or CastRules()
    identity = face_embedding(face_model)
    known = cast_of(cast or {}, identity)
    picture = still_picture(still)
    twins = picture is not None and twins_in(picture, identity, rules)
    opened = [Clip(path) for path in clips]
    looks = [LookAnalyser(clip.facts) for clip in opened]
    appearances = None if looks_model is None else appearance_embedding(looks_model)
    seen_things = [
        [ThingAnalyser(one.name, one.views, clip.facts, appearances=appearances) for one in known.things]
        for clip in opened
    ]
    looked = [
        ClipCast(str(path), faces_of(clip, identity, progress, also=[look, *things]))
        for path, clip, look, things in zip(clips, opened, looks, seen_things, strict=True)
    ]
    metric = identity.metric
    clones = [found for clip in looked for found in find_clones(clip, metric, rules, twins=twins)]
    judged = [*judge_cast(looked, known.people, metric, rules)]
    of_things = {
        (str(path), one.name): analyser.result()
        for path, analysers in zip(clips, seen_things, strict=True)
        for one, analyser in zip(known.things, analysers, strict=True)
    }
    judged += [judge_thing(clip, report) for (clip, _), report in of_things.items()]
    identities = drift_report(judged, clones, metric, rules)
    named = {one.clip for one in judged if one.kind == "thing" and one.seen}
    faceless = [clip.clip for clip in looked if not clip.report.tracks and clip.clip not in named]
    subjects = _subjects(faceless, appearance_embedding(looks_model), rules, progress)
    found = DriftReport(
        model=identities.model,
        characters=identities.characters,
        clones=identities.clones,
        pairs=identities.pairs,
        ok=identities.ok and all(shot.verdict in ("same", "n/a") for shot in subjects.shots),
        warnings=(*known.notes, *(f"{clip.clip}: {note}" for clip in looked for note in clip.report.notes)),
        subjects=subjects,
    )
    if sheet is not None:
        rows = sheet_rows(judged, {one.clip: one.report for one in looked}, cast or {}, of_things)
        by_name = {str(path): clip for path, clip in zip(clips, opened, strict=True)}
        write_png(Path(sheet), drift_sheet(rows, by_name))
    if page is not None:
        seen = [
            SeenClip(path=Path(path), facts=clip.facts, look=look.result(), legible={})
            for path, clip, look in zip(clips, opened, looks, strict=True)
        ]
        faces = {
            one.clip: taken_portraits(clip, portrait_places([a for a in judged if a.clip == one.clip], one.report))
            for one, clip in zip(looked, opened, strict=True)
        }
        write_page(drift_page(found, seen, faces, cast or {}), page)
    return found


def _subjects(paths: Sequence[str], looks: AppearanceEmbedding, rules: CastRules, progress: Progress) -> SubjectReport:
    """Whether subjects without faces stay themselves, from a decode of their own."""
    looked, followed = [], {}
    for path in paths:
        clip = Clip(path)
        analyser, thing = SubjectAnalyser(looks, clip.facts), _own_opening(clip)
        frames = with_progress(clip.frames(), progress, f"look for the subject of {clip.path.name}", clip.facts.frames)
        for frame in watched(frames, [] if thing is None else [thing]):
            analyser.see(frame)
        looked.append(ClipCast(path, analyser.result()))
        if thing is not None:
            followed[path] = thing.result()
    found = [
        still_itself(one, followed[one.clip]) if one.clip in followed else one
        for one in judge_subjects(looked, looks.metric, rules)
    ]
    return SubjectReport(
        model=looks.metric.model,
        shots=tuple(_shot(one) for one in found),
        pairs=tuple(_pair(pair) for pair in compare_clips(found, looks.metric, rules)),
    )


def _own_opening(clip: Clip) -> ThingAnalyser | None:
    """An analyser of a clip's subject as a thing, its first frame being the reference; None for a clip of no frames."""
    first = next(iter(clip.frames(Span(0, 1))), None)
    return None if first is None else ThingAnalyser("subject", [reference_view(first.rgb())], clip.facts)


def drift_report(
    appearances: Sequence[Appearance], clones: Sequence[Clones], metric: EmbeddingMetric, rules: CastRules
) -> IdentityReport:
    """Verdicts on clips; `ok` is False for a drift, a stranger or a clone."""
    kinds = {one.character: one.kind for one in appearances}
    bad = [one for one in appearances if one.face.verdict in BROKEN]
    people = [one for one in appearances if one.kind == "person"]
    return IdentityReport(
        model=metric.model,
        characters=tuple(
            CharacterReport(
                name=name, kind=kind, shots=tuple(_shot(one) for one in appearances if one.character == name)
            )
            for name, kind in kinds.items()
        ),
        clones=tuple(_clones(found) for found in clones),
        pairs=tuple(_pair(pair) for pair in compare_clips(people, metric, rules)),
        ok=not bad and not clones,
    )


def faces_of(
    clip: Clip, identity: FaceEmbedding, progress: Progress, *, also: Sequence[Analyser[Any]] = ()
) -> CastReport:
    """One decode of a clip past the analyser of faces, and `also` past others."""
    analyser = FaceAnalyser(face_detector(), identity, clip.facts)
    frames: Iterator[Frame] = with_progress(clip.frames(), progress, f"look at {clip.path.name}", clip.facts.frames)
    for frame in watched(frames, also):
        analyser.see(frame)
    return analyser.result()


def twins_in(still: Picture, identity: FaceEmbedding, rules: CastRules) -> bool:
    """Whether a still shows one person more than once."""
    return shows_twins(faces_in(face_detector(), identity, still), identity.metric, rules)


def _pair(pair: ClipPair) -> PairReport:
    return PairReport(
        name=pair.character, clip_a=pair.one, clip_b=pair.other, similarity=pair.similarity, verdict=pair.verdict
    )


def _shot(one: Appearance) -> CharacterShot:
    face = _trait(one.face)
    return CharacterShot(
        clip=one.clip,
        faces_seen=one.seen,
        min=face.min,
        p05=face.p05,
        mean=face.mean,
        verdict=face.verdict,
        first_bad_seconds=face.first_bad_seconds,
        band=face.band,
        reason=face.reason,
        series=face.series,
        wardrobe=_trait(one.clothes),
        tracks=one.tracks,
        confidence=face.confidence,
        spans=tuple(
            PresenceReport(
                state=span.state,
                start_seconds=span.starts,
                end_seconds=span.ends,
                confidence=round(span.confidence, 3),
                box=span.box,
            )
            for span in one.spans
        ),
    )


def _trait(course: TraitVerdict) -> TraitReport:
    return TraitReport(
        min=course.min,
        p05=course.p05,
        mean=course.mean,
        verdict=course.verdict,
        first_bad_seconds=course.first_bad,
        band=course.band,
        reason=course.reason,
        series=tuple((float(m.at), round(m.similarity, 4), round(m.weight, 3)) for m in course.series),
        confidence=None if course.confidence is None else round(course.confidence, 3),
    )


def _clones(found: Clones) -> CloneReport:
    return CloneReport(
        clip=found.clip,
        frame=found.index,
        seconds=found.at,
        boxes=found.boxes,
        similarity=found.similarity,
        frames=found.lasts,
    )
