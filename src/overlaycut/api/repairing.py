"""From a plan to repairs that are worth rendering, and to what comes next when they will not do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overlaycut.api.retyping import text_renderer
from overlaycut.core.frame import Picture
from overlaycut.core.plan import EditPlan
from overlaycut.decide import fallen_back
from overlaycut.errors import DocumentError
from overlaycut.media import Clip, read_still
from overlaycut.models import inpainter
from overlaycut.repair.estimate.estimation import Repairs, prepare
from overlaycut.repair.fill.learned import learned_fill
from overlaycut.repair.fill.plate import Fill


def repairs_of(
    plan: EditPlan, source: Clip, still: Path | str | None = None, *, guess: Fill | None = None
) -> tuple[EditPlan, Repairs]:
    """What is laid over a clip, and the plan that it follows.

    Where a repair that a rule chose is foreseen to come out badly, the next method is taken, and the plan says so.
    `guess` is one more way to fill what no frame shows.
    """
    reference, masks = reference_of(plan, source, still), masks_of(plan)
    while True:
        repairs = prepare(
            plan, reference=reference, frames=source.frames, text_renderer=text_renderer(), masks=masks, guess=guess
        )
        poor = {name: forecast.notes[-1] for name, forecast in repairs.forecasts.items() if forecast.poor}
        other = fallen_back(plan, poor)
        if other == plan:
            return plan, repairs
        plan = other


def guess_from(fill_model: str | None) -> Fill | None:
    """The guess of a model of the store, by its name.

    Raises UsageError for a model that does not fill holes, MissingPart when it is not in the store, ModelError when
    its file is damaged.
    """
    return None if fill_model is None else learned_fill(inpainter(fill_model))


def reference_of(plan: EditPlan, source: Clip, still: Path | str | None = None) -> Picture:
    """The picture that the plan's reference quads lie in: the still, else the clip's first frame."""
    path = still if still is not None else plan.still
    if path is not None:
        return read_still(Path(path))
    first = next(iter(source.frames()))
    return first.rgb()


def white_in(path: Path | str) -> NDArray[np.bool_]:
    """Where a picture is white, (height, width): what a person drew to be taken out."""
    white: NDArray[np.bool_] = read_still(Path(path)).max(axis=2) > 127
    return white


def masks_of(plan: EditPlan) -> dict[str, NDArray[np.bool_]]:
    """Region id → the mask that a person drew for it, (height, width).

    Raises DocumentError for one that is empty or of another size than the clip.
    """
    masks = {}
    for number, region in enumerate(plan.regions):
        if region.mask is None or not region.changes:
            continue
        drawn = white_in(region.mask)
        if drawn.shape != (plan.clip.height, plan.clip.width):
            found, wanted = f"{drawn.shape[1]}x{drawn.shape[0]} pixels", f"{plan.clip.width}x{plan.clip.height}"
            raise DocumentError(region.mask, f"regions[{number}].mask", found, f"{wanted}, as the clip has")
        if not drawn.any():
            raise DocumentError(region.mask, f"regions[{number}].mask", "nothing that is white", "white where to erase")
        masks[region.id] = drawn
    return masks
