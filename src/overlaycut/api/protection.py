"""Before anything is repaired: the marks in the places that a person wants changed, and the refusal to take one out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from overlaycut.analyse.mark_scan import ProtectedMark, scan_marks, scanned_frames
from overlaycut.api.clip_analysis import Source
from overlaycut.api.repairing import masks_of
from overlaycut.core.cues import KeepOut
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Quad, Span
from overlaycut.core.plan import EditPlan
from overlaycut.decide.protection import mark_region, protected_areas, refuse_taking_out, touched, with_whole_marks
from overlaycut.models import rapid_reader
from overlaycut.pipeline import Pipeline, Step, digest_of


@dataclass(frozen=True, slots=True)
class MarkScan:
    """The protected marks that were read where a person wants changes."""

    marks: tuple[ProtectedMark, ...]


def with_protection(
    pipeline: Pipeline,
    plan: EditPlan,
    source: Source,
    subject: str,
    masks: Mapping[str, Mask],
    *,
    edited: bool = False,
) -> EditPlan:
    """`plan` with the marks that it does not know of, so that every repair goes round them.

    masks: those of which the plan only knows the name. edited: whether somebody may have edited the plan, so that what
    it says of a rule's decisions and of marks is not taken for granted. Raises UsageError when the plan would take a
    mark out, NotStored in explain mode.
    """
    asked = [region for region in plan.regions if region.changes and (edited or region.decided_by == "person")]
    if asked:
        places = [(region.edit, region.quads) for region in asked if region.edit is not None]
        plan = with_whole_marks(_with_marks(plan, _scanned(pipeline, places, source, subject).marks))
    areas = tuple(protected_areas(plan))
    refuse_taking_out(plan, areas, masks=masks_of(plan, masks))
    notes = [f"the protected mark {area.label!r} is left whole" for area in touched(plan, areas)]
    return plan.model_copy(update={"notes": (*plan.notes, *(note for note in notes if note not in plan.notes))})


def marks_in(pipeline: Pipeline, source: Source, facts: ClipFacts) -> tuple[KeepOut, ...]:
    """The protected marks of a clip that was not analysed, as places that stay in the picture; read in a few frames."""
    assert facts.frames is not None and facts.duration is not None
    span = Span(0, facts.frames)
    picture = Quad.of([(0, 0), (facts.width, 0), (facts.width, facts.height), (0, facts.height)])
    found = _scanned(pipeline, [(span, dict.fromkeys(scanned_frames(span), picture))], source, source.name)
    return tuple(KeepOut(mark.box, Fraction(0), facts.duration, name=mark.text, required=True) for mark in found.marks)


def _scanned(
    pipeline: Pipeline, places: Sequence[tuple[Span, Mapping[int, Quad]]], source: Source, subject: str
) -> MarkScan:
    step = Step(
        name="marks",
        subject=subject,
        version=1,
        artifact=MarkScan,
        inputs={"clip": source.digest},
        settings={"places": [digest_of([[span.start, span.end], dict(quads)]) for span, quads in places]},
    )
    return pipeline.result(step, lambda: MarkScan(scan_marks(source.clip.frames(), places, rapid_reader())))


def _with_marks(plan: EditPlan, marks: tuple[ProtectedMark, ...]) -> EditPlan:
    """The plan with a region for each mark of which it has none."""
    known = [area.box for area in protected_areas(plan)]
    new = [mark for mark in marks if not any(2 * box.overlap(mark.box) >= mark.box.area for box in known)]
    taken = {region.id for region in plan.regions}
    names = (name for number in range(1, len(taken) + len(new) + 2) if (name := f"mark-{number}") not in taken)
    regions = [mark_region(next(names), mark.text, mark.box, plan.clip) for mark in new]
    return plan.model_copy(update={"regions": (*plan.regions, *regions)})
