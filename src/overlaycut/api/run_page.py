"""The page of a run: everything that a project's shots, cast and deliveries showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from overlaycut.api.portraits import portraits
from overlaycut.api.rendering import EncodedFile
from overlaycut.api.reporting import (
    candidate_cards,
    cast_section,
    clip_section,
    flicker_plots,
    gate_rows,
    loudness_plot,
    untouched_proof,
)
from overlaycut.api.results import CarriedCredentials, Delivery, IdentityReport
from overlaycut.api.shot_pass import RepairedShot, ShotMeasurement, legible_frames
from overlaycut.core.project import Project
from overlaycut.deliver import Policy
from overlaycut.pipeline import Pipeline
from overlaycut.report import (
    AppChrome,
    CastSection,
    DeliveryCard,
    Link,
    Page,
    Plot,
    ShotSection,
    Timing,
    counted,
)
from overlaycut.version import __version__


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredShot:
    """A shot of a run with what rendering it showed."""

    shot: RepairedShot
    measured: ShotMeasurement
    gates: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunFindings:
    """All that the page of a run is made of."""

    job: Project
    shots: Sequence[MeasuredShot]
    policies: Sequence[Policy]
    deliveries: Sequence[Delivery]
    files: Mapping[str, EncodedFile]
    """By platform; a delivery that failed has none."""
    master: EncodedFile
    master_path: Path
    cast: IdentityReport | None
    credentials: Sequence[CarriedCredentials]
    warnings: Sequence[str]
    shots_end: float
    """Seconds of the programme at which the last shot ends: an end card may be silent."""
    seconds: float
    """Since the run began."""

    @property
    def failed(self) -> tuple[tuple[str, str], ...]:
        """What failed, as (section, words)."""
        gates = [(one.shot.name, gate) for one in self.shots for gate in one.gates]
        return (*gates, *(("", f"{one.platform}: {one.problem}") for one in self.deliveries if not one.ok))


def run_page(pipeline: Pipeline, found: RunFindings) -> Page:
    """The page of a run. Raises what decoding the cast's faces does."""
    job, failed = found.job, found.failed
    count = len(failed)
    made = ("Made with AI-generated footage: say so when you upload it.",) if job.disclosure.ai_generated else ()
    return Page(
        title=job.project.name,
        version=__version__,
        ok=not failed,
        verdict="Every gate passed." if not failed else f"{count} gate{'s' if count > 1 else ''} failed.",
        failed=failed,
        advice=(_summary(found), *made),
        shots=tuple(_section(one) for one in found.shots),
        cast=_cast(pipeline, found),
        deliveries=tuple(_card(one, found) for one in found.deliveries),
        plots=_programme_plots(found),
        warnings=counted(found.warnings),
        chain=tuple(_chain(found)),
        timings=tuple(
            Timing(step=one.step, subject=one.subject, state=one.state, seconds=one.seconds) for one in pipeline.log
        ),
        seconds=found.seconds,
    )


def _summary(found: RunFindings) -> str:
    """What was done, in figures."""
    regions = [region for one in found.shots for region in one.shot.plan.regions]
    changed, good = sum(region.changes for region in regions), sum(one.ok for one in found.deliveries)
    shots = f"{len(found.shots)} shot{'s' if len(found.shots) > 1 else ''}"
    return f"{shots}, {changed} of {len(regions)} regions repaired, {good} of {len(found.deliveries)} deliveries pass."


def _section(one: MeasuredShot) -> ShotSection:
    shot, measured, chosen = one.shot, one.measured, one.shot.chosen
    ranking = () if chosen.cast is None or len(chosen.cast.ranking) < 2 else chosen.cast.ranking
    return clip_section(
        shot.name,
        clip=chosen.source.name,
        facts=chosen.facts,
        plan=shot.plan,
        look=chosen.look,
        legible=legible_frames(chosen.lettering),
        plots=flicker_plots(shot.plan, measured.flicker),
        why_chosen=chosen.why,
        moments=measured.pictures.moments,
        moments_left_out=measured.pictures.left_out,
        candidates=candidate_cards(ranking, chosen.looks, chosen=str(chosen.source.clip.path)),
        untouched=untouched_proof(
            chosen.look,
            measured.pictures,
            identical=measured.untouched_identical,
            fraction=measured.touched_fraction,
            compared=measured.compared,
        ),
        gates=one.gates,
        gates_detail=gate_rows(measured.gates),
        notes=shot.plan.notes,
        ok=not one.gates,
    )


def _cast(pipeline: Pipeline, found: RunFindings) -> CastSection | None:
    if found.cast is None:
        return None
    shots = [one.shot for one in found.shots]
    faces = {
        str(shot.chosen.source.clip.path): portraits(
            pipeline, shot.chosen.source, shot.name, shot.chosen.cast.portraits
        )
        for shot in shots
        if shot.chosen.cast is not None
    }
    references = {member.name: member.references for member in found.job.cast}
    durations = {str(shot.chosen.source.clip.path): float(shot.chosen.facts.duration or 0) for shot in shots}
    return cast_section(found.cast, faces, references, durations)


def _card(delivery: Delivery, found: RunFindings) -> DeliveryCard:
    policy = next(one for one in found.policies if one.name == delivery.platform)
    file = found.files.get(delivery.platform)
    safe = policy.safe
    chrome = AppChrome(
        top=safe.top / safe.height,
        bottom=safe.bottom / safe.height,
        left=safe.left / safe.width,
        right=safe.right / safe.width,
        source=safe.origin,
    )
    picture = None if file is None or file.look is None else file.look.picture
    return DeliveryCard(facts=delivery.to_dict(), title=policy.title, picture=picture, chrome=chrome)


def _programme_plots(found: RunFindings) -> tuple[Plot, ...]:
    """Loudness, as the first delivery that has sound has it."""
    for file in found.files.values():
        if file.look is None:
            continue
        plot = loudness_plot(file.look.loudness, target=found.job.audio.loudness_lufs, until=found.shots_end)
        if plot is not None:
            return (plot,)
    return ()


def _chain(found: RunFindings) -> list[Link]:
    links = []
    for one in found.shots:
        chosen, plan = one.shot.chosen, one.shot.plan
        links.append(Link(step="clip", subject=f"{one.shot.name}: {chosen.source.name}", facts=_sha(plan.clip.sha256)))
        if chosen.shot.still is not None:
            links.append(Link(step="still", subject=f"{one.shot.name}: {chosen.shot.still.name}", facts="reference"))
        persons = sum(region.decided_by == "person" for region in plan.regions)
        said = f"{len(plan.regions)} regions, {persons} decided by a person"
        links.append(Link(step="plan", subject=f"{one.shot.name}: {said}", facts=_sha(plan.digest())))
        links.append(Link(step="repairs", subject=one.shot.name, facts=f"artifact {one.shot.repairs.digest}"))
    links += [
        Link(step="credentials", subject=one.path.name, facts=f"carried: {one.credentials.summary}")
        for one in found.credentials
    ]
    links.append(Link(step="master", subject=found.master_path.name, facts=_sha(found.master.file.sha256)))
    for delivery in found.deliveries:
        file = found.files.get(delivery.platform)
        if file is None:
            continue
        signed = delivery.content_credentials
        said = delivery.digital_source_type or "no statement"
        credentials = "no content credentials" if signed is None else signed.summary
        facts = f"{_sha(file.file.sha256)} · {said.rsplit('/', 1)[-1]} · {credentials}"
        links.append(Link(step="delivery", subject=delivery.path.name, facts=facts))
    return links


def _sha(digest: str) -> str:
    return f"sha256 {digest}"
