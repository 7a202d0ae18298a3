"""From a plan to repairs that are worth rendering, and to what comes next when they will not do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from overlaycut.api.inputs import mask_plane, require_given, still_name, still_picture
from overlaycut.api.plugins import fill
from overlaycut.api.retyping import text_renderer
from overlaycut.core.colour import YcbcrMatrix
from overlaycut.core.frame import Mask, Picture
from overlaycut.core.plan import EditPlan
from overlaycut.decide import with_fallbacks, with_kept, with_rejected
from overlaycut.errors import DocumentError
from overlaycut.media import Clip
from overlaycut.models import Inpainter
from overlaycut.repair.estimate.estimation import RepairEstimation
from overlaycut.repair.estimate.region_tracks import TrackSource, refined_anew
from overlaycut.repair.estimates import RepairEstimates
from overlaycut.repair.fill.learned import FillModel, learned_fill

NO_MASKS: Mapping[str, Mask] = MappingProxyType({})


def estimation_of(
    plan: EditPlan,
    source: Clip,
    still: Path | str | Picture | None = None,
    *,
    fill_model: FillModel | None = None,
    given: Mapping[str, Mask] = NO_MASKS,
    tracks: TrackSource = refined_anew,
) -> RepairEstimation:
    """What estimates the repairs of a clip by `plan`, and by those that differ from it in their decisions alone.

    fill_model: one more fill of what no frame shows. given: the masks of which the plan only knows the name. tracks:
    source of tracks that were refined before.
    """
    return RepairEstimation(
        reference=reference_of(plan, source, still),
        frames=source.frames,
        text_renderer=text_renderer(),
        masks=masks_of(plan, given),
        fill_model=fill_model,
        matrix=source.facts.matrix,
        tracks=tracks,
    )


def repairs_of(plan: EditPlan, estimation: RepairEstimation) -> tuple[EditPlan, RepairEstimates]:
    """The repairs of a clip, and the plan that they follow.

    Where a repair that a rule chose is forecast to come out badly, the next method is taken, and where the clip's own
    lettering is as good as the reference, it is kept; where its place is not confirmed, it is given up; the plan says
    so.
    """
    while True:
        estimates = estimation.of(plan)
        poor = {name: forecast.notes[-1] for name, forecast in estimates.forecasts.items() if forecast.poor}
        placed = with_rejected(with_kept(plan, estimates.intact), estimates.unplaced)
        other = with_fallbacks(placed, poor)
        if other == plan:
            return plan, estimates
        plan = other


def fill_model_of(fill_model: str | Inpainter | None, *, matrix: YcbcrMatrix = "bt709") -> FillModel | None:
    """A trained fill: a model of the store or an installed part by its name, or an object.

    matrix: that of the pictures that are filled.
    Raises UsageError for a model that does not fill holes, MissingPart when it is not in the store, ModelError when
    its file is damaged.
    """
    chosen = fill(fill_model)
    if chosen is None:
        return None
    return FillModel(fill_model if isinstance(fill_model, str) else "given", learned_fill(chosen, matrix=matrix))


def reference_of(plan: EditPlan, source: Clip, still: Path | str | Picture | None = None) -> Picture:
    """The picture that the plan's reference quads lie in: the still, else the clip's first frame."""
    require_given([plan.still], [still_name(still)], "still")
    picture = still_picture(still if still is not None else plan.still)
    if picture is not None:
        return picture
    first = next(iter(source.frames()))
    return first.rgb()


def masks_of(plan: EditPlan, given: Mapping[str, Mask] = NO_MASKS) -> dict[str, Mask]:
    """Region id → the mask that a person drew for it, (height, width); `given` has some by the names in the plan.

    Raises UsageError for a mask that was an array and is not given, DocumentError for one that is empty or of another
    size than the clip.
    """
    masks = {}
    for number, region in enumerate(plan.regions):
        if region.mask is None or not region.changes:
            continue
        require_given([region.mask], given, f"mask of {region.id}")
        drawn = given[region.mask] if region.mask in given else mask_plane(region.mask)
        if drawn.shape != (plan.clip.height, plan.clip.width):
            found, wanted = f"{drawn.shape[1]}x{drawn.shape[0]} pixels", f"{plan.clip.width}x{plan.clip.height}"
            raise DocumentError(region.mask, f"regions[{number}].mask", found, f"{wanted}, as the clip has")
        if not drawn.any():
            raise DocumentError(region.mask, f"regions[{number}].mask", "nothing that is white", "white where to erase")
        masks[region.id] = drawn
    return masks
