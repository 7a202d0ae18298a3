"""The estimation of a clip's repairs as a step: once in a job, and once for all jobs that want the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from overlaycut.api.clip_analysis import Reference, Source
from overlaycut.api.protection import with_protection
from overlaycut.api.repairing import NO_MASKS, fill_model_of, reference_of, repairs_of
from overlaycut.captions import font_files
from overlaycut.core.frame import Frame, Mask, Picture
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.core.repaired import RepairedFrame
from overlaycut.models import Inpainter, known, known_models
from overlaycut.pipeline import Pipeline, Step, digest_of, file_digest
from overlaycut.repair.estimates import RepairEstimates
from overlaycut.repair.fill.learned import FillModel

_VERSION = 16
"""Raised whenever the code estimates other repairs of the same plan."""


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
        found = {}
        reference = Reference.of(plan.still if self.still is None else self.still)
        if reference is not None:
            found["still"] = reference.digest
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

    @property
    def has_known_model(self) -> bool:
        """Whether the fill model is one of the store, so that its content is known."""
        return isinstance(self.fill_model, str) and self.fill_model in known_models()


class EstimatedRepairs:
    """The repairs of a clip, held by the pipeline: they are read where they are laid over frames."""

    def __init__(self, pipeline: Pipeline, plan: EditPlan, source: Source, subject: str, inputs: RepairInputs) -> None:
        """Estimate, unless that has been done.

        Raises NotStored in explain mode, UsageError when the plan would take out a protected mark, and what
        `repairs_of` does.
        """
        plan = with_protection(pipeline, plan, source, subject, inputs.masks, edited=inputs.edited)
        self._pipeline, self._source, self._given, self._inputs = pipeline, source, plan, inputs
        self._model: FillModel | None = None
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
        plan, estimates = repairs_of(
            self._given, self._source.clip, inputs.still, fill_model=self._fill_model(), given=inputs.masks
        )
        return FittedRepairs(plan.regions, estimates)

    def _fill_model(self) -> FillModel | None:
        if self._model is None:
            self._model = fill_model_of(self._inputs.fill_model, matrix=self._source.clip.facts.matrix)
        return self._model


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
