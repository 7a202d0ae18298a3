"""The estimation of a clip's repairs as a step: once in a job, and once for all jobs that want the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from overlaycut.api.clip_analysis import Reference, Source
from overlaycut.api.protection import with_protection
from overlaycut.api.repairing import NO_MASKS, estimation_of, fill_model_of, reference_of, repairs_of
from overlaycut.captions import font_files
from overlaycut.core.frame import Frame, Mask, Picture
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.core.repaired import RepairedFrame
from overlaycut.models import Inpainter, known, known_models
from overlaycut.pipeline import Key, Pipeline, Step, digest_of, file_digest
from overlaycut.repair.estimate.estimation import RepairEstimation
from overlaycut.repair.estimate.region_tracks import TrackInputs
from overlaycut.repair.estimate.track_refinement import RefinedTrack
from overlaycut.repair.estimates import RepairEstimates
from overlaycut.repair.fill.learned import FillModel

_VERSION = 25
"""Raised whenever the code estimates other repairs of the same plan."""
_TRACK_VERSION = 2
"""Raised, and that above as well, whenever the code refines other tracks."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedRepairs:
    """The repairs of a plan, and its regions after those with a poor forecast gave way to the next method."""

    regions: tuple[RegionPlan, ...]
    estimates: RepairEstimates


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RepairInputs:
    """What repairs are estimated from, besides the clip and the plan."""

    still: Path | str | Picture | None = None
    """The reference picture, in place of the one that the plan names."""
    fill_model: str | Inpainter | None = None
    """A model of the store or an installed fill by its name, or an object."""
    masks: Mapping[str, Mask] = field(default_factory=lambda: NO_MASKS)
    """The masks of which the plan only knows the name."""
    edited: bool = False
    """Whether somebody may have edited the plan: then marks are looked for wherever it changes anything."""

    def digests(self, plan: EditPlan) -> dict[str, str]:
        """Digests of the content of everything that is read."""
        found = self.still_digest(plan)
        for region in plan.regions:
            if region.mask is not None and region.changes:
                given = self.masks.get(region.mask)
                found[f"mask of {region.id}"] = file_digest(Path(region.mask)) if given is None else digest_of(given)
            font = None if region.typeset is None else region.typeset.font
            if font is not None and Path(font).is_file():
                found[f"font of {region.id}"] = file_digest(Path(font))
        if any(region.changes and region.decision == "restore" for region in plan.regions):
            found["fonts"] = digest_of(sorted(path.name for path in font_files()))
        if self.has_known_model:
            found["fill model"] = known(str(self.fill_model)).sha256
        return found

    def still_digest(self, plan: EditPlan) -> dict[str, str]:
        """That of the reference picture; none where it is the clip's first frame."""
        reference = Reference.of(plan.still if self.still is None else self.still)
        return {} if reference is None else {"still": reference.digest}

    @property
    def has_known_model(self) -> bool:
        """Whether the fill model is one of the store, so that its content is known."""
        return isinstance(self.fill_model, str) and self.fill_model in known_models()


@dataclass(slots=True, eq=False)
class SharedEstimation:
    """What estimated the repairs of one plan, for the plans that it falls back to."""

    is_kept: bool = False
    """Whether there may be any: it holds pictures."""
    estimation: RepairEstimation | None = None


class EstimatedRepairs:
    """The repairs of a clip, held by the pipeline: they are read where they are laid over frames."""

    def __init__(
        self,
        pipeline: Pipeline,
        plan: EditPlan,
        source: Source,
        subject: str,
        inputs: RepairInputs,
        *,
        shared: SharedEstimation | None = None,
    ) -> None:
        """Estimate, unless that has been done.

        shared: with the repairs by other plans of the same clip, from the same inputs, that differ in their decisions
        alone: what they leave as it was is not estimated again.
        Raises NotStored in explain mode, UsageError when the plan would take out a protected mark, and what
        `repairs_of` does.
        """
        plan = with_protection(pipeline, plan, source, subject, inputs.masks, edited=inputs.edited)
        self._pipeline, self._source, self._given, self._inputs = pipeline, source, plan, inputs
        self._model: FillModel | None = None
        self._shared = shared or SharedEstimation()
        self._step = Step(
            name="estimate",
            subject=subject,
            version=_VERSION,
            artifact=FittedRepairs,
            inputs={"clip": source.digest, **inputs.digests(plan)},
            settings=_settings(plan),
            kept=inputs.fill_model is None or inputs.has_known_model,
        )
        fitted = self._fitted()
        self.plan = plan.model_copy(update={"regions": fitted.regions})
        """What the repairs follow."""
        self.placed = self.plan.model_copy(update={"regions": tuple(_placed(fitted))})
        """The same with the regions where they were found to lie: what is measured is measured there."""
        self.warnings = tuple(f"{one.region}: {one.text}" for one in fitted.estimates.warnings)
        """What could not be done, one line each."""
        self.forecasts, self.fonts = dict(fitted.estimates.forecasts), dict(fitted.estimates.fonts)

    @property
    def digest(self) -> str:
        """The digest of the step."""
        return self._step.digest

    @property
    def kept(self) -> bool:
        """Whether they, and what is made of them, may be stored."""
        return self._step.kept

    def over(self, frames: Iterable[Frame]) -> Iterator[RepairedFrame]:
        """The clip's frames, all of them in display order, with their repairs."""
        return self._fitted().estimates.over(frames, fill_model=self._fill_model())

    def reference(self) -> Picture | None:
        """The picture that lettering is restored from; None where none is."""
        if not any(one.changes and one.decision == "restore" and one.typeset is None for one in self.plan.regions):
            return None
        return reference_of(self.plan, self._source.clip, self._inputs.still)

    def _fitted(self) -> FittedRepairs:
        return self._pipeline.result(self._step, self._estimate, held=False)

    def _estimate(self) -> FittedRepairs:
        inputs = self._inputs
        estimation = self._shared.estimation or estimation_of(
            self._given,
            self._source.clip,
            inputs.still,
            fill_model=self._fill_model(),
            given=inputs.masks,
            tracks=_StoredTracks(self._pipeline, self._source, self._step.subject, inputs.still_digest(self._given)),
        )
        if self._shared.is_kept:
            self._shared.estimation = estimation
        plan, estimates = repairs_of(self._given, estimation)
        return FittedRepairs(plan.regions, estimates)

    def _fill_model(self) -> FillModel | None:
        if self._model is None:
            self._model = fill_model_of(self._inputs.fill_model, matrix=self._source.clip.facts.matrix)
        return self._model


def _placed(fitted: FittedRepairs) -> Iterator[RegionPlan]:
    for region in fitted.regions:
        places = fitted.estimates.places.get(region.id, {})
        yield region.model_copy(update={"quads": {**region.quads, **places}}) if places else region


@dataclass(frozen=True, slots=True, eq=False)
class _StoredTracks:
    """A source of tracks: a step for each region, whatever is done with it, so that another decision finds it done."""

    pipeline: Pipeline
    source: Source
    subject: str
    still: Mapping[str, str]

    def __call__(
        self,
        inputs: Mapping[str, TrackInputs],
        refine: Callable[[Collection[str]], Mapping[str, RefinedTrack]],
    ) -> Mapping[str, RefinedTrack]:
        steps = {
            name: Step(
                name="track",
                subject=f"{self.subject} {name}",
                version=_TRACK_VERSION,
                artifact=RefinedTrack,
                inputs={"clip": self.source.digest, **self.still},
                settings={"region": digest_of(one)},
            )
            for name, one in inputs.items()
        }
        names = {step.key: name for name, step in steps.items()}

        def work(stale: Sequence[Step[Any]]) -> dict[Key, RefinedTrack]:
            made = refine([names[step.key] for step in stale])
            return {step.key: made[names[step.key]] for step in stale}

        found = self.pipeline.results(list(steps.values()), work)
        return {name: found[step.key] for name, step in steps.items()}


def prepare(pipeline: Pipeline, plan: EditPlan, source: Source, subject: str, inputs: RepairInputs) -> None:
    """Make what repairs are estimated from and a decision does not change: marks in their places, and tracks.

    Raises what `EstimatedRepairs` does.
    """
    plan = with_protection(pipeline, plan, source, subject, inputs.masks, edited=inputs.edited)
    tracks = _StoredTracks(pipeline, source, subject, inputs.still_digest(plan))
    estimation_of(plan, source.clip, inputs.still, given=inputs.masks, tracks=tracks).refine(plan)


def _settings(plan: EditPlan) -> Mapping[str, Any]:
    """All of a plan that its repairs depend on: not its notes, nor where the clip lies."""
    regions = {
        region.id: {
            "decision": region.decision,
            "edit": None if region.edit is None else [region.edit.start, region.edit.end],
            "cover": region.cover,
            "typeset": region.typeset,
            "all": digest_of(region),
        }
        for region in plan.regions
    }
    clip = plan.clip
    return {"size": [clip.width, clip.height], "frames": clip.frames, "rate": clip.fps, "regions": regions}
