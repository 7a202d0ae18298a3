"""One shot of a project: its candidates analysed, the best one chosen, and what was decided about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from overlaycut.api.cast_references import Cast, cast_of
from overlaycut.api.casting import twins_in
from overlaycut.api.clip_analysis import (
    ClipAnalysis,
    Reference,
    Source,
    analysed,
    faces_part,
    insets_part,
    lettering_part,
    look_part,
    saliency_part,
    subject_part,
)
from overlaycut.api.framing import composition, lettering, prominent
from overlaycut.api.inputs import still_notes
from overlaycut.api.plugins import face_embedding
from overlaycut.api.portraits import Place, portrait_places
from overlaycut.api.ranking import CandidateAnalysis, analysed_candidate, candidate_of, ranked_clips, requested
from overlaycut.api.results import RankedClip
from overlaycut.core.cast import Appearance, Clones
from overlaycut.core.cues import KeepOut
from overlaycut.core.facts import ClipFacts
from overlaycut.core.findings import LetteringReport
from overlaycut.core.geometry import Box
from overlaycut.core.plan import ClipRecord, EditPlan, read_plan
from overlaycut.core.project import Project, Shot
from overlaycut.core.watch import Watch
from overlaycut.decide import CastRules, Request, Rules, Weights, decide, ranked, with_overrides
from overlaycut.errors import InputError
from overlaycut.media import write_text
from overlaycut.models import FaceEmbedding
from overlaycut.pipeline import Key, NotStored, Pipeline
from overlaycut.reframe.saliency import Saliency
from overlaycut.report import ClipLook


@dataclass(frozen=True, slots=True)
class CastOfShot:
    """What was seen of the cast in the chosen clip, and how the candidates were ranked."""

    appearances: tuple[Appearance, ...]
    clones: tuple[Clones, ...]
    ranking: tuple[RankedClip, ...]
    portraits: Mapping[str, Place]
    """Where the face of each of the cast is seen, for the report."""


@dataclass(frozen=True, slots=True)
class Casting:
    """The project's characters and the model that knows them."""

    known: Cast
    identity: FaceEmbedding
    rules: CastRules

    @classmethod
    def of(cls, job: Project) -> Casting | None:
        """Who is to be known again; None where no shot has anybody to check or anything to choose."""
        if not job.cast and all(len(shot.clips) == 1 for shot in job.shots):
            return None
        identity = face_embedding(None)
        known = cast_of({member.name: member.references for member in job.cast}, identity)
        return cls(known, identity, CastRules())


@dataclass(frozen=True, slots=True, eq=False)
class ChosenClip:
    """One shot with the clip that was chosen for it."""

    name: str
    shot: Shot
    source: Source
    facts: ClipFacts
    plan: EditPlan
    saliency: Saliency
    faces: tuple[KeepOut, ...]
    """Where faces are, in pixels and seconds of the clip."""
    subject_places: tuple[KeepOut, ...]
    """Where the main subject is, likewise; empty where there are no captions to keep off it."""
    insets: tuple[KeepOut, ...]
    """Where pictures in the picture are, likewise."""
    composition: Box | None
    """What the still has in its middle, in pixels of the clip; None where it is not composed around anything."""
    why: str
    """Why it was chosen; empty where there was no choice."""
    cast: CastOfShot | None
    lettering: LetteringReport
    looks: Mapping[str, ClipLook]
    """Path → what each candidate looks like, the chosen one among them."""
    notes: tuple[str, ...] = ()
    """What is wrong with its candidates."""

    @property
    def look(self) -> ClipLook:
        """What the clip looks like."""
        return self.looks[str(self.source.clip.path)]

    @property
    def subjects(self) -> tuple[KeepOut, ...]:
        """The faces that the camera keeps in the frame."""
        return prominent(self.faces)

    def keep(self, plan: EditPlan) -> tuple[KeepOut, ...]:
        """What stays whole: lettering that a plan keeps or restores, and insets, in pixels and seconds of the clip."""
        return (*lettering(plan, self.facts), *self.insets)


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    source: Source
    found: ClipAnalysis
    plan: EditPlan
    saliency: Saliency
    faces: tuple[KeepOut, ...]
    subject_places: tuple[KeepOut, ...]
    insets: tuple[KeepOut, ...]
    lettering: LetteringReport
    look: ClipLook
    analysis: CandidateAnalysis | None
    """None where nothing has to be ranked."""


def chosen_clip(
    pipeline: Pipeline, name: str, shot: Shot, job: Project, plans: Path, casting: Casting | None
) -> ChosenClip:
    """Analyse every candidate of a shot and take the one that ranks first; its plan is written to `plans`.

    What a person decided in an earlier plan there stands. Raises NotStored in explain mode.
    """
    path = plans / f"{name}.json"
    earlier = read_plan(path) if path.exists() else None
    known = None if casting is None else replace(casting, known=casting.known.named(shot.cast))
    choosing = known if shot.cast or len(shot.clips) > 1 else None
    decide_on = _Decisions(
        shot,
        Reference.of(shot.still),
        job.clean,
        earlier,
        job.watched_in(name),
        _request(job, shot),
        job.captions is not None,
    )
    candidates, notes = _candidates(pipeline, name, decide_on, choosing)
    chosen, why, cast = 0, "", None
    if choosing is not None:
        chosen, why, cast, faults = _ranked(candidates, choosing, decide_on)
        notes += [f"no candidate is usable as it is; the best one has {'; '.join(faults)}"] if faults else []
    best = candidates[chosen]
    if shot.choice is not None and best.source.clip.path != shot.choice:
        notes.append(f"{shot.choice.name}, a person's choice, cannot be used: {best.source.name} is taken")
    if not pipeline.explain:
        write_text(path, best.plan.to_json())
    looks = {str(one.source.clip.path): one.look for one in candidates}
    return ChosenClip(
        name,
        shot,
        best.source,
        best.found.facts,
        best.plan,
        best.saliency,
        best.faces,
        best.subject_places,
        best.insets,
        None if decide_on.still is None else composition(decide_on.still.picture, best.plan),
        why,
        cast,
        best.lettering,
        looks,
        tuple(notes),
    )


def _request(job: Project, shot: Shot) -> Request:
    """What a take of a shot has to deliver."""
    seconds = None if shot.end is None else float(shot.end)
    return requested(job.project.master, seconds)


@dataclass(frozen=True, slots=True, eq=False)
class _Decisions:
    """What candidates of a shot are decided by."""

    shot: Shot
    still: Reference | None
    rules: Rules
    earlier: EditPlan | None
    watch: tuple[Watch, ...]
    request: Request
    captioned: bool
    """Whether the programme has captions, which keep off its subjects."""

    def of(self, report: LetteringReport, record: ClipRecord) -> EditPlan:
        """The plan of one candidate; a person's decisions about the same clip stand."""
        still = None if self.shot.still is None else str(self.shot.still)
        plan = decide(report, record, still=still, rules=self.rules)
        plan = plan.model_copy(update={"notes": (*plan.notes, *still_notes(self.shot.still))})
        same = self.earlier is not None and self.earlier.clip.sha256 == plan.clip.sha256
        return with_overrides(plan, self.earlier) if same else plan


def _candidates(
    pipeline: Pipeline, name: str, decisions: _Decisions, choosing: Casting | None
) -> tuple[list[_Candidate], list[str]]:
    """Every candidate of a shot that can be read, analysed and decided about, and what is wrong with the others.

    Raises NotStored for all that are not analysed, in explain mode; InputError when none can be read, or is long enough
    for the shot's in.
    """
    found: list[_Candidate] = []
    missing: list[Key] = []
    unread: list[InputError] = []
    for path in decisions.shot.clips:
        try:
            found.append(_candidate(pipeline, name, Source(path), decisions, choosing))
        except NotStored as error:
            missing += error.keys
        except InputError as error:
            unread.append(error)
    if missing:
        raise NotStored(missing)
    start = decisions.shot.start
    long = [one for one in found if one.found.facts.duration is not None and one.found.facts.duration > start]
    notes = [f"a candidate cannot be read: {error.problem}" for error in unread]
    if long and len(long) < len(found):
        short = ", ".join(one.source.name for one in found if one not in long)
        notes.append(f"candidates that end before in = {float(start):g} are left out: {short}")
        found = long
    if not found:
        if len(unread) == 1:
            raise unread[0]
        problems = "; ".join(error.problem for error in unread)
        raise InputError(name, f"no candidate can be read: {problems}", hint="generate or fetch them again")
    return found, notes


def _candidate(
    pipeline: Pipeline, name: str, source: Source, decisions: _Decisions, choosing: Casting | None
) -> _Candidate:
    subject, still, texts = f"{name}/{source.name}", decisions.still, decisions.shot.text
    faces, saliency, look = faces_part(source, subject), saliency_part(source, subject), look_part(source, subject)
    insets = insets_part(source, subject)
    subject_places = [subject_part(source, subject)] if decisions.captioned else []
    analysis = None
    if choosing is not None:
        analysis = analysed_candidate(
            pipeline,
            source,
            subject,
            still=still,
            texts=texts,
            watch=decisions.watch,
            identity=choosing.identity,
            things=choosing.known.things,
            also=(faces, look, insets, *subject_places),
        )
        found, report = analysis.found, analysis.lettering
    else:
        lettering = lettering_part(source, subject, still=still, texts=texts, watch=decisions.watch)
        found = analysed(pipeline, source, subject, [lettering, saliency, faces, look, insets, *subject_places])
        report = found[lettering]
    plan = decisions.of(report, found.record)
    where = tuple(place for part in subject_places for place in found[part].places)
    return _Candidate(
        source=source,
        found=found,
        plan=plan,
        saliency=found[saliency],
        faces=found[faces].places,
        subject_places=where,
        insets=found[insets].places,
        lettering=report,
        look=found[look],
        analysis=analysis,
    )


def _ranked(
    candidates: list[_Candidate], casting: Casting, decisions: _Decisions
) -> tuple[int, str, CastOfShot, tuple[str, ...]]:
    """Which of the candidates is taken, why, what was seen of the cast in it, and faults that even the best has.

    A person's choice is taken where it can be used, else what ranks first.
    """
    identity, rules, still = casting.identity, casting.rules, decisions.still
    twins = still is not None and twins_in(still.picture, identity, rules)
    judged = [
        candidate_of(one.analysis, one.plan, casting.known, identity, rules, twins=twins)
        for one in candidates
        if one.analysis is not None
    ]
    order = ranked(judged, Weights(), request=decisions.request)
    chosen = next(n for n, one in enumerate(judged) if one.clip == order[0].clip)
    why = ""
    if len(judged) > 1:
        others = ", ".join(f"{Path(one.clip).name} {one.score:.1f}" for one in order)
        why = f"ranked first ({others}): {'; '.join(order[0].reasons)}"
    paths = [one.source.clip.path for one in candidates]
    if decisions.shot.choice in paths:
        chosen, why = paths.index(decisions.shot.choice), f"a person chose it; {why}"
    named = judged[chosen].appearances if casting.known.people or casting.known.things else ()
    report = ranked_clips(order)
    analysis = candidates[chosen].analysis
    places = {} if analysis is None else portrait_places(named, analysis.cast.report)
    faults = order[0].faults if len(judged) > 1 else ()
    return chosen, why, CastOfShot(named, judged[chosen].clones, report, places), faults
