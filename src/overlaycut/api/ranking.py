"""`rank`: which of several candidates to keep, and why; one decode each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from overlaycut.analyse import FaceAnalyser, QualityAnalyser
from overlaycut.api.analysis import Seen, lettering_score, look
from overlaycut.api.boundary import verb
from overlaycut.api.casting import characters_of, twins_in
from overlaycut.api.inputs import File, Still, still_name, still_picture
from overlaycut.api.plugins import face_embedding, text_reader
from overlaycut.api.results import RankedClip, RankReport
from overlaycut.core.analyser import Analyser
from overlaycut.core.cast import Character
from overlaycut.core.frame import Picture
from overlaycut.core.plan import EditPlan
from overlaycut.core.progress import Progress, no_progress
from overlaycut.core.quality import QualityReport
from overlaycut.decide import (
    Candidate,
    CastRules,
    ClipCast,
    RankedCandidate,
    Rules,
    Weights,
    decide,
    find_clones,
    judge_cast,
    ranked,
)
from overlaycut.errors import UsageError
from overlaycut.media import Clip
from overlaycut.models import FaceEmbedding, TextReader, face_detector


@dataclass(frozen=True, slots=True)
class Take:
    """One candidate with all that one pass over it told."""

    seen: Seen
    quality: QualityReport
    cast: ClipCast


@verb
def rank(
    clips: Sequence[File],
    *,
    still: Still | None = None,
    texts: Sequence[str] = (),
    cast: Mapping[str, Sequence[File]] | None = None,
    weights: Weights | None = None,
    cuts_asked: bool = False,
    reader: str | TextReader | None = None,
    progress: Progress = no_progress,
) -> RankReport:
    """Put candidates made for one shot in order, best first, each with its parts and with reasons.

    `cast` has references by name; without it each face is held against its own beginning. With `cuts_asked` hard cuts
    are no fault. `reader` reads lettering in place of the built-in one.
    """
    if not clips:
        raise UsageError("no clip to rank")
    rules, text = CastRules(), text_reader(reader)
    identity = face_embedding(None)
    characters = characters_of(cast or {}, identity)
    picture = still_picture(still)
    twins = picture is not None and twins_in(picture, identity, rules)
    candidates = []
    for path in clips:
        take = take_of(Clip(path), still=picture, texts=texts, identity=identity, progress=progress, reader=text)
        plan = decide(take.seen.lettering, take.seen.record, still=still_name(still), rules=Rules())
        candidates.append(candidate_of(take, plan, characters, identity, rules, twins=twins))
    return ranking_report(ranked(candidates, weights or Weights(), cuts_asked=cuts_asked), identity.metric.model)


def take_of(
    clip: Clip,
    *,
    still: Picture | None,
    texts: Sequence[str],
    identity: FaceEmbedding,
    progress: Progress,
    also: Sequence[Analyser[object]] = (),
    reader: TextReader | None = None,
) -> Take:
    """One decode of a candidate past every analyser, and `also` past others."""
    faces = FaceAnalyser(face_detector(), identity, clip.facts)
    quality = QualityAnalyser(clip.facts, still=still)
    seen = look(clip, still=still, texts=texts, progress=progress, also=(faces, quality, *also), reader=reader)
    return Take(seen, quality.result(), ClipCast(str(clip.path), faces.result()))


def candidate_of(
    take: Take,
    plan: EditPlan,
    characters: Sequence[Character],
    identity: FaceEmbedding,
    rules: CastRules,
    *,
    twins: bool,
) -> Candidate:
    """What the ranking has to know of a take."""
    metric = identity.metric
    appearances = judge_cast([take.cast], characters, metric, rules)
    return Candidate(
        clip=take.cast.clip,
        quality=take.quality,
        legibility=lettering_score(plan),
        # Whom nobody gave a reference for counts only while they are prominent: extras come and go.
        appearances=appearances if characters else appearances[:1],
        clones=find_clones(take.cast, metric, rules, twins=twins),
    )


def ranking_report(order: Sequence[RankedCandidate], model: str) -> RankReport:
    """A ranking, its figures rounded to what they mean."""
    return RankReport(
        model=model,
        ranking=tuple(
            RankedClip(
                clip=one.clip,
                score=round(one.score, 2),
                parts={name: None if value is None else round(value, 4) for name, value in one.parts.items()},
                reasons=one.reasons,
                faults=one.faults,
            )
            for one in order
        ),
    )
