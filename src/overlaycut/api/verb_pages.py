"""Pages of the verbs that look at single clips: `clean`, `analyze`, `drift` and `rank`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from overlaycut.api.portraits import Portraits
from overlaycut.api.reporting import (
    candidate_cards,
    cast_section,
    clip_section,
    exposure_plots,
    facts_in_words,
    filmstrip,
    gate_rows,
)
from overlaycut.api.results import CharacterShot, DriftReport, RankReport
from overlaycut.core.facts import ClipFacts
from overlaycut.core.plan import EditPlan
from overlaycut.pipeline import Pipeline
from overlaycut.qc.gates import GateResult
from overlaycut.report import (
    ClipLook,
    Link,
    Page,
    Plot,
    RepairPictures,
    ShotSection,
    Timing,
    Untouched,
    counted,
)
from overlaycut.version import __version__


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenClip:
    """A clip that was looked at, for its section of a page."""

    path: Path
    facts: ClipFacts
    look: ClipLook
    plan: EditPlan | None = None
    legible: Mapping[str, Mapping[int, float]]
    """Region → legibility, 0..1, in the frames that were read."""

    @property
    def name(self) -> str:
        """The file's."""
        return self.path.name


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RepairFindings:
    """What `clean` found out about its repairs."""

    pictures: RepairPictures
    plots: tuple[Plot, ...]
    untouched: Untouched
    gates: tuple[str, ...]
    gates_detail: Mapping[str, Sequence[GateResult]]
    out: Link
    warnings: Sequence[str]


def clean_page(seen: SeenClip, plan: EditPlan, found: RepairFindings, pipeline: Pipeline) -> Page:
    """What `clean` did to a clip."""
    changed = sum(region.changes for region in plan.regions)
    section = clip_section(
        "clip",
        clip=seen.name,
        facts=seen.facts,
        plan=plan,
        look=seen.look,
        legible=seen.legible,
        plots=found.plots,
        moments=found.pictures.moments,
        moments_left_out=found.pictures.left_out,
        untouched=found.untouched,
        gates=found.gates,
        gates_detail=gate_rows(found.gates_detail),
        notes=plan.notes,
        ok=not found.gates,
    )
    count = len(found.gates)
    return Page(
        title=seen.name,
        version=__version__,
        ok=not found.gates,
        verdict="Every gate passed." if not count else f"{count} gate{'s' if count > 1 else ''} failed.",
        failed=tuple(("clip", gate) for gate in found.gates),
        advice=(f"{changed} of {len(plan.regions)} regions repaired.",),
        shots=(section,),
        warnings=counted(found.warnings),
        chain=(*_chain(seen, plan), found.out),
        timings=_timings(pipeline),
    )


def analyze_page(seen: SeenClip, plan: EditPlan, pipeline: Pipeline) -> Page:
    """What `analyze` found in a clip."""
    own = [region for region in plan.regions if not region.protected]
    broken = [region for region in own if region.state != "stable"]
    rejected = tuple(("clip", f"{one.id} is rejected: {one.reason}") for one in own if one.decision == "reject")
    if not plan.regions:
        verdict = "No lettering was found."
    elif broken:
        verdict = f"{len(broken)} of {len(own)} regions of lettering {'is' if len(broken) == 1 else 'are'} not stable."
    else:
        verdict = "Nothing is wrong with the lettering that was found."
    section = clip_section(
        "clip",
        clip=seen.name,
        facts=seen.facts,
        plan=plan,
        look=seen.look,
        legible=seen.legible,
        notes=plan.notes,
        ok=not broken,
    )
    coverage = () if plan.coverage is None else (f"{plan.coverage:.0%} of what looks like lettering could be judged.",)
    return Page(
        title=seen.name,
        version=__version__,
        ok=not broken,
        verdict=verdict,
        failed=rejected,
        advice=coverage,
        shots=(section,),
        warnings=counted(seen.facts.warnings),
        chain=_chain(seen, plan),
        timings=_timings(pipeline),
    )


def drift_page(
    report: DriftReport,
    seen: Sequence[SeenClip],
    faces: Mapping[str, Portraits],
    references: Mapping[str, Sequence[Path | str]],
) -> Page:
    """Who is in clips, and whether they stay themselves."""
    shots = [(one.name, shot) for one in report.characters for shot in one.shots]
    bad = [(name, shot) for name, shot in shots if shot.verdict not in ("same", "n/a")]
    failed = tuple((Path(shot.clip).name, f"{name}: {shot.verdict}{_since(shot)}, {shot.reason}") for name, shot in bad)
    failed += tuple(
        (Path(one.clip).name, f"one person twice from {float(one.seconds):.2f} s on") for one in report.clones
    )
    failed += tuple(
        (Path(shot.clip).name, f"its subject: {shot.verdict}, {shot.reason}")
        for shot in report.subjects.shots
        if shot.verdict not in ("same", "n/a")
    )
    durations = {str(one.path): float(one.facts.duration or 0) for one in seen}
    people = len(report.characters)
    verdict = "Everybody stays themselves." if report.ok else "Somebody does not stay themselves."
    return Page(
        title="Cast" if len(seen) > 1 else seen[0].name,
        version=__version__,
        ok=report.ok,
        verdict=verdict if people or not report.ok else "No face was found.",
        failed=failed,
        advice=(f"{people} character{'' if people == 1 else 's'} in {len(seen)} clip{'s' if len(seen) > 1 else ''}.",),
        shots=tuple(_bare_section(one, ok=all(name != one.name for name, _ in failed)) for one in seen),
        cast=cast_section(report, faces, references, durations),
        cast_first=True,
        warnings=counted(report.warnings),
    )


def rank_page(report: RankReport, seen: Sequence[SeenClip], pipeline: Pipeline) -> Page:
    """Candidates in order, and what was found in each."""
    best = report.ranking[0]
    wrong = (*best.faults, *best.failings)
    looks = {str(one.path): one.look for one in seen}
    by_path = {str(one.path): one for one in seen}
    sections = []
    for ranked in report.ranking:
        one = by_path[ranked.clip]
        assert one.plan is not None  # ranking decides about every candidate
        stable = all(region.state == "stable" for region in one.plan.regions if not region.protected)
        section = clip_section(
            one.name,
            clip=one.name,
            facts=one.facts,
            plan=one.plan,
            look=one.look,
            legible=one.legible,
            notes=one.plan.notes,
            ok=stable and not (ranked.faults or ranked.failings),
        )
        sections.append(section)
    return Page(
        title=f"{len(seen)} candidates",
        version=__version__,
        ok=not wrong,
        verdict=f"{Path(best.clip).name} is the best, and falls short." if wrong else f"Keep {Path(best.clip).name}.",
        failed=tuple(("", one) for one in wrong),
        advice=tuple(one for one in best.reasons if one not in wrong),
        shots=tuple(sections),
        ranking=candidate_cards(report.ranking, looks, chosen=best.clip),
        timings=_timings(pipeline),
    )


def _since(shot: CharacterShot) -> str:
    return "" if shot.first_bad_seconds is None else f" from {float(shot.first_bad_seconds):.2f} s"


def _bare_section(seen: SeenClip, *, ok: bool) -> ShotSection:
    """A clip in which lettering was not looked for."""
    return ShotSection(
        name=seen.name,
        clip=seen.name,
        facts=facts_in_words(seen.facts),
        strip=filmstrip(seen.look, None),
        regions=None,
        plots=exposure_plots(seen.look, float(seen.facts.duration or seen.look.seconds[-1])),
        ok=ok,
    )


def _chain(seen: SeenClip, plan: EditPlan) -> tuple[Link, ...]:
    still = () if plan.still is None else (Link(step="still", subject=Path(plan.still).name, facts="reference"),)
    clip = Link(step="clip", subject=seen.name, facts=f"sha256 {plan.clip.sha256}")
    persons = sum(region.decided_by == "person" for region in plan.regions)
    said = f"{len(plan.regions)} regions, {persons} decided by a person"
    return clip, *still, Link(step="plan", subject=said, facts=f"sha256 {plan.digest()}")


def _timings(pipeline: Pipeline) -> tuple[Timing, ...]:
    return tuple(
        Timing(step=one.step, subject=one.subject, state=one.state, seconds=one.seconds) for one in pipeline.log
    )
