"""`rank`: which of several candidates to keep, and why; one decode each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from overlaycut.api.analysis import lettering_score, melted_labels, seen_clip
from overlaycut.api.boundary import verb
from overlaycut.api.caching import log_warnings, pipeline_of
from overlaycut.api.cast_references import Cast, Thing, cast_of, thing_part
from overlaycut.api.casting import twins_in
from overlaycut.api.clip_analysis import (
    ClipAnalysis,
    Part,
    Reference,
    Source,
    analysed,
    cast_part,
    chosen_reader,
    lettering_part,
    quality_part,
    saliency_part,
)
from overlaycut.api.file_use import declare, paths_among, report_files
from overlaycut.api.inputs import File, Still, still_name
from overlaycut.api.plugins import face_embedding
from overlaycut.api.reporting import write_page
from overlaycut.api.results import RankedClip, RankReport
from overlaycut.api.verb_pages import rank_page
from overlaycut.core.cast import ThingReport
from overlaycut.core.findings import LetteringReport
from overlaycut.core.next_step import clean_command
from overlaycut.core.plan import EditPlan
from overlaycut.core.progress import Progress, no_progress
from overlaycut.core.project import Master
from overlaycut.core.quality import QualityReport
from overlaycut.core.watch import Watch
from overlaycut.decide import (
    Candidate,
    CastRules,
    ClipCast,
    RankedCandidate,
    Request,
    Rules,
    Weights,
    decide,
    find_clones,
    judge_cast,
    judge_thing,
    ranked,
)
from overlaycut.errors import UsageError
from overlaycut.generation.next_step import JudgedCandidate, advice
from overlaycut.models import FaceEmbedding, TextReader
from overlaycut.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class CandidateAnalysis:
    """One candidate with all that passes over it found."""

    found: ClipAnalysis
    lettering: LetteringReport
    quality: QualityReport
    cast: ClipCast
    things: tuple[ThingReport, ...] = ()


@verb
def rank(
    clips: Sequence[File],
    *,
    still: Still | None = None,
    texts: Sequence[str] = (),
    cast: Mapping[str, Sequence[File]] | None = None,
    weights: Weights | None = None,
    want: str | None = None,
    seconds: float | None = None,
    cuts_asked: bool = False,
    reader: str | TextReader | None = None,
    report: File | None = None,
    cache: bool = True,
    force: bool = False,
    progress: Progress = no_progress,
) -> RankReport:
    """Put candidates made for one shot in order, best first, each with its parts and with reasons.

    `cast` has references by name; without it each face is held against its own beginning. `want` is the size and rate
    that were asked for ("1080x1920@24"), `seconds` how long a take has to be; without them takes are held against the
    best of them. With `cuts_asked` hard cuts are no fault. `report` gets a page, and its data as JSON beside it.
    `reader` reads lettering in place of the built-in one. Without `cache` nothing of earlier runs is taken from the
    cache, and nothing is kept in it. A file that overlaycut did not write is replaced with `force` alone.

    Raises UsageError for a `want` of another form, or a length that is not above 0.
    """
    if not clips:
        raise UsageError("no clip to rank")
    request = requested(want, seconds)
    references = (path for paths in (cast or {}).values() for path in paths)
    page = None if report is None else Path(report)
    declare(reads=paths_among((*clips, still, *references)), writes=report_files(page), force=force)
    rules, text = CastRules(), chosen_reader(reader)
    identity = face_embedding(None)
    known = cast_of(cast or {}, identity)
    reference = Reference.of(still)
    twins = reference is not None and twins_in(reference.picture, identity, rules)
    pipeline = pipeline_of(progress, cache=cache, job=Path(clips[0]))
    candidates, seen, plans = list[Candidate](), [], dict[str, EditPlan]()
    for source in map(Source, clips):
        analysis = analysed_candidate(
            pipeline,
            source,
            source.name,
            still=reference,
            texts=texts,
            identity=identity,
            reader=text,
            things=known.things,
        )
        plan = decide(analysis.lettering, analysis.found.record, still=still_name(still), rules=Rules())
        candidates.append(candidate_of(analysis, plan, known, identity, rules, twins=twins))
        plans[candidates[-1].clip] = plan
        if page is not None:
            legible = {region.id: region.legibility_at for region in analysis.lettering.regions}
            seen.append(seen_clip(pipeline, source, legible, plan))
    log_warnings(pipeline)
    order = ranked(candidates, weights or Weights(), request=request, cuts_asked=cuts_asked)
    found = _advised(order, plans, identity.metric.model, texts)
    if page is not None:
        write_page(rank_page(found, seen, pipeline), page)
    return found


def requested(want: str | None, seconds: float | None = None) -> Request:
    """What was asked for, from "1080x1920@24" (the rate may be left out) and a length.

    Raises UsageError for another form, or a length that is not above 0.
    """
    if seconds is not None and not (isfinite(seconds) and seconds > 0):
        raise UsageError(f"a take of {seconds:g} s cannot be asked for", hint="seconds above 0")
    if want is None:
        return Request(seconds=seconds)
    try:
        master = Master.parse(want)
    except ValueError as error:
        raise UsageError(f"what is wanted has the form {error}, got {want!r}") from error
    rate = None if master.rate is None else float(master.rate)
    return Request(lines=min(master.width, master.height), rate=rate, seconds=seconds)


def _advised(
    order: Sequence[RankedCandidate], plans: Mapping[str, EditPlan], model: str, texts: Sequence[str]
) -> RankReport:
    """The ranking, and what to do with the best one."""
    said = advice([_judged(one, plans[one.clip]) for one in order])
    best = plans[str(said.best.path)] if said.best is not None and said.step == "repair" else None
    return RankReport(
        model=model,
        ranking=ranked_clips(order),
        next=said.step,
        reason=said.reason,
        command=None if best is None else clean_command(Path(best.clip.path), still=best.still, texts=texts),
    )


def _judged(one: RankedCandidate, plan: EditPlan) -> JudgedCandidate:
    """A candidate as advice wants it; who made it is not known."""
    own = [region for region in plan.regions if not region.protected]
    rejected = [f"{region.expected or 'lettering'}: {region.reason}" for region in own if region.decision == "reject"]
    return JudgedCandidate(
        path=Path(one.clip),
        model="the model",
        prompt="",
        score=one.score,
        parts={str(name): value for name, value in one.parts.items()},
        faults=one.faults,
        reasons=one.reasons,
        changed=sum(region.changes for region in own),
        rejected=tuple(rejected),
        lettering=len(own),
    )


def analysed_candidate(
    pipeline: Pipeline,
    source: Source,
    subject: str,
    *,
    still: Reference | None,
    texts: Sequence[str],
    identity: FaceEmbedding,
    watch: Sequence[Watch] = (),
    reader: TextReader | None = None,
    things: Sequence[Thing] = (),
    also: Sequence[Part[Any]] = (),
) -> CandidateAnalysis:
    """Every analysis of a candidate that ranking needs, and `also` others, in one decode."""
    lettering = lettering_part(source, subject, still=still, texts=texts, watch=watch, reader=reader)
    quality, cast = quality_part(source, subject, still=still), cast_part(source, subject, identity=identity)
    parts: list[Part[Any]] = [lettering, saliency_part(source, subject), cast, quality, *also]
    of_things = [thing_part(source, subject, one) for one in things]
    parts += of_things
    found = analysed(pipeline, source, subject, parts)
    seen = ClipCast(str(source.clip.path), found[cast])
    return CandidateAnalysis(found, found[lettering], found[quality], seen, tuple(found[part] for part in of_things))


def candidate_of(
    analysis: CandidateAnalysis,
    plan: EditPlan,
    known: Cast,
    identity: FaceEmbedding,
    rules: CastRules,
    *,
    twins: bool,
) -> Candidate:
    """The measurements of a candidate that ranking compares."""
    metric = identity.metric
    people = judge_cast([analysis.cast], known.people, metric, rules)
    things = tuple(judge_thing(analysis.cast.clip, report) for report in analysis.things)
    return Candidate(
        clip=analysis.cast.clip,
        quality=analysis.quality,
        legibility=lettering_score(plan),
        melted=melted_labels(plan),
        # Whom nobody gave a reference for counts only while they are prominent: extras come and go.
        appearances=(*(people if known.people else people[:1]), *things),
        clones=find_clones(analysis.cast, metric, rules, twins=twins),
    )


def ranked_clips(order: Sequence[RankedCandidate]) -> tuple[RankedClip, ...]:
    """A ranking with rounded figures."""
    return tuple(
        RankedClip(
            clip=one.clip,
            score=round(one.score, 2),
            parts={name: None if value is None else round(value, 4) for name, value in one.parts.items()},
            reasons=one.reasons,
            faults=one.faults,
            failings=one.failings,
            equals=one.equals,
        )
        for one in order
    )
