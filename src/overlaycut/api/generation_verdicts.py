"""Generated clips judged: each shot's candidates ranked by our own measures, and what to do next."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from overlaycut.api.analysis import lettering_score
from overlaycut.api.cast_references import cast_of
from overlaycut.api.casting import twins_in
from overlaycut.api.clip_analysis import Reference, Source
from overlaycut.api.generation_results import JudgedClip, ModelComparison, ShotVerdict
from overlaycut.api.inputs import still_name
from overlaycut.api.kept_verdicts import VERDICT_FILE
from overlaycut.api.plugins import face_embedding
from overlaycut.api.ranking import analysed_candidate, candidate_of
from overlaycut.core.generation_record import GenerationRecord, read_record
from overlaycut.core.next_step import clean_command
from overlaycut.core.plan import EditPlan
from overlaycut.core.project import Project, generated_clips
from overlaycut.decide import Candidate, CastRules, Weights, decide, ranked
from overlaycut.errors import InputError
from overlaycut.generation.next_step import Advice, JudgedCandidate, advice, compared, is_usable
from overlaycut.media import write_text
from overlaycut.pipeline import Pipeline
from overlaycut.providers import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The candidates of a shot, best first, and what there is to say."""

    order: tuple[JudgedCandidate, ...]
    warnings: tuple[str, ...]


def judged(pipeline: Pipeline, job: Project, number: int) -> Judged:
    """Analyse and rank every generated candidate of shot `number`, those of earlier calls as well.

    A clip that cannot be read is left out with a warning.
    """
    shot, name = job.shots[number], job.shot_names[number]
    identity, rules, still = face_embedding(None), CastRules(), Reference.of(shot.still)
    cast = {member.name: member.references for member in job.cast if member.name in shot.cast}
    known = cast_of(cast, identity)
    twins = still is not None and twins_in(still.picture, identity, rules)
    measured: list[tuple[Candidate, EditPlan, GenerationRecord]] = []
    warnings = []
    for path in generated_clips(job.generate.folder / name):
        try:
            record = read_record(path)
            assert record is not None  # generated_clips has only those that have one
            source = Source(path)
            analysis = analysed_candidate(
                pipeline,
                source,
                f"{name}/{source.name}",
                still=still,
                texts=shot.text,
                identity=identity,
                things=known.things,
            )
        except InputError as error:
            warnings.append(f"{name}: {error.one_line()}: not ranked")
            continue
        plan = decide(analysis.lettering, analysis.found.record, still=still_name(shot.still), rules=job.clean)
        measured.append((candidate_of(analysis, plan, known, identity, rules, twins=twins), plan, record))
    by_clip = {one.clip: (plan, record) for one, plan, record in measured}
    order = []
    for one in ranked([candidate for candidate, _, _ in measured], Weights()):
        plan, record = by_clip[one.clip]
        changed, rejected, lettering = _lettering(plan)
        order.append(
            JudgedCandidate(
                path=Path(one.clip),
                model=record.model,
                prompt=record.prompt,
                score=round(one.score, 2),
                parts={part: None if value is None else round(value, 4) for part, value in one.parts.items()},
                faults=one.faults,
                reasons=one.reasons,
                changed=changed,
                rejected=rejected,
                lettering=lettering,
                seconds=plan.clip.duration,
                cost_usd=None if record.cost_usd is None else Decimal(str(record.cost_usd)),
            )
        )
    return Judged(order=tuple(order), warnings=tuple(warnings))


def _lettering(plan: EditPlan) -> tuple[int, tuple[str, ...], int]:
    """Regions that are to be changed, those that cannot be saved in words, and how many there are."""
    if lettering_score(plan) is None:
        return 0, (), 0
    regions = [region for region in plan.regions if not region.protected]
    rejected = tuple(
        f"{region.expected or 'lettering'}: {region.reason}" for region in regions if region.decision == "reject"
    )
    return sum(region.changes for region in regions), rejected, len(regions)


def verdict(
    found: Judged, job: Project, number: int, project: Path, spent: Decimal | None, models: Catalogue
) -> ShotVerdict:
    """What to do about a shot; written into its folder as well. `spent` is what all its tasks cost."""
    name, order = job.shot_names[number], found.order
    advised = advice(order)
    usable = round(sum(one.seconds for one in order if is_usable(one)), 3)
    per_second = spent / Decimal(str(usable)) if spent is not None and usable else None
    said = ShotVerdict(
        shot=name,
        next=advised.step,
        best=None if advised.best is None else advised.best.path,
        reason=advised.reason,
        changes=advised.changes,
        command=_command(advised, order, job, number, project, models),
        ranking=tuple(_clip(one) for one in order),
        cost_usd=spent,
        usable_seconds=usable,
        usd_per_usable_second=None if per_second is None else round(per_second, 4),
    )
    if order:
        text = json.dumps(said.to_dict(), indent=1, ensure_ascii=False)
        write_text(job.generate.folder / name / VERDICT_FILE, text + "\n")
    return said


def comparisons(candidates: Sequence[JudgedCandidate]) -> tuple[ModelComparison, ...]:
    """Models and prompts compared, where there are several of either."""
    rows = compared(candidates)
    return tuple(
        ModelComparison(
            model=one.model,
            prompt=one.prompt,
            candidates=one.candidates,
            usable=one.usable,
            kept_label=one.kept_label,
            best_score=one.best_score,
            mean_score=round(one.mean_score, 2),
            cost_usd=one.cost_usd,
            usd_per_usable=None if one.usd_per_usable is None else round(one.usd_per_usable, 4),
        )
        for one in rows
    )


def _clip(one: JudgedCandidate) -> JudgedClip:
    return JudgedClip(
        clip=one.path,
        model=one.model,
        prompt=one.prompt,
        score=one.score,
        parts=one.parts,
        kept_label=one.kept_label,
        usable=is_usable(one),
        reasons=one.reasons,
        faults=one.faults,
        cost_usd=one.cost_usd,
    )


def _command(
    advised: Advice,
    order: Sequence[JudgedCandidate],
    job: Project,
    number: int,
    project: Path,
    models: Catalogue,
) -> str | None:
    """What to run next."""
    shot, name, best = job.shots[number], job.shot_names[number], advised.best
    if advised.step == "keep" or (advised.step == "repair" and best is None):
        return None
    if advised.step == "repair" and best is not None:
        return clean_command(best.path, still=None if shot.still is None else str(shot.still), texts=shot.text)
    words = ["overlaycut", "generate", str(project), "--shots", name]
    if advised.step == "switch" and best is not None:
        other = other_model(best.model, job, number, models, {one.model for one in order})
        return None if other is None else shlex.join([*words, "--model", other])
    return shlex.join(words)


def other_model(tried: str, job: Project, number: int, models: Catalogue, known: set[str]) -> str | None:
    """The cheapest model of known price that was not tried and takes the same kind of inputs; None without one."""
    shot = job.shots[number]
    mode = (
        "references" if shot.references else "frames" if shot.last else "image" if shot.first or shot.still else "text"
    )
    prices = {
        name: min(price.usd_per_second for price in row.prices if price.usd_per_second is not None)
        for name, row in models.models.items()
        if row.media == "video" and mode in row.modes and row.ends is None and name not in known and name != tried
        if any(price.usd_per_second is not None for price in row.prices)
    }
    return min(prices, key=lambda name: (prices[name], name), default=None)
