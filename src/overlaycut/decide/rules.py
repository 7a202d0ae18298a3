"""The rules: which lettering is kept, restored, erased, covered, or rejected.

Precision comes first: lettering that cannot be shown to be broken is kept, and protected marks always are.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from overlaycut.core.findings import Covered, Lettering, LetteringReport
from overlaycut.core.geometry import Span
from overlaycut.core.plan import ClipRecord, CoveredRecord, Decision, EditPlan, RegionPlan, RegistrationRecord
from overlaycut.core.rules import Mode, Rules
from overlaycut.decide.protection import with_whole_marks


def decide(
    report: LetteringReport, clip: ClipRecord, *, still: str | None = None, rules: Rules | None = None
) -> EditPlan:
    """What to do about every region that was found, and why."""
    rules = rules or Rules()
    found = report.registration
    registration = None
    if found is not None:
        registration = RegistrationRecord(
            matrix=[[float(n) for n in row] for row in found.matrix],
            inliers=found.inliers,
            error_px=found.error_px,
            note=found.note,
        )
    plan = EditPlan(
        clip=clip,
        still=still,
        registration=registration,
        regions=tuple(_planned(region, clip, rules) for region in report.regions),
        coverage=None if report.coverage is None else round(report.coverage, 3),
        notes=(*report.notes, *_unjudged(report, rules)),
    )
    return with_whole_marks(plan)


def _unjudged(report: LetteringReport, rules: Rules) -> tuple[str, ...]:
    """A note when too little could be judged."""
    if report.coverage is None or report.coverage >= rules.least_coverage:
        return ()
    return (f"only {report.coverage:.0%} of what looks like lettering could be judged; look at the rest",)


def _planned(region: Lettering, clip: ClipRecord, rules: Rules) -> RegionPlan:
    decision, why = _decision(region, clip, rules)
    edit = _edit(region, clip, rules) if decision in ("restore", "erase", "cover") else None
    return RegionPlan(
        id=region.id,
        kind=region.kind,
        state=region.state,
        confidence=round(region.confidence, 3),
        protected=region.protected,
        name=region.name,
        expected=region.expected,
        expected_from=region.expected_from,
        read=region.read,
        judged=region.judged,
        legibility=round(region.legibility, 3),
        reading_noise=round(region.noise, 3),
        onset_frame=region.onset,
        span=region.span,
        quads=dict(region.quads),
        visibility={frame: round(seen, 3) for frame, seen in region.visibility.items() if seen < 1},
        covered=tuple(map(_covered, region.covered)),
        reference_quad=region.reference_quad,
        decision=decision,
        edit=edit,
        reason=f"{region.reason}; {why}",
    )


def _covered(found: Covered) -> CoveredRecord:
    return CoveredRecord(
        span=found.span,
        start=float(found.start),
        end=float(found.end),
        by=found.by,
        side=found.side,
        most=round(found.most, 3),
    )


def _decision(region: Lettering, clip: ClipRecord, rules: Rules) -> tuple[Decision, str]:
    if region.protected:
        return "keep", "kept: provider marks and AI labels are protected"
    if region.state == "stable":
        return "keep", "kept: it is as it should be, or cannot be shown not to be"
    if region.confidence < rules.sure:
        return "keep", f"kept: the finding is too unsure ({region.confidence:.2f} < {rules.sure:.2f})"
    if not region.followed:
        return "reject", "rejected: where it lies is not known to a pixel; regenerate the clip"
    if rules.mode != "auto":
        return _forced(region, rules.mode)
    if _share(region, clip) > rules.largest_share:
        return "reject", f"rejected: it fills {_share(region, clip):.0%} of the picture; regenerate the clip"
    if region.state == "invented":
        return "erase", "erased: the still has nothing there"
    if _has_clean_source(region):
        return "restore", "restored from the reference picture, tracked"
    if region.state == "lost":
        return "reject", "rejected: nothing shows what stood there; regenerate the clip or give its still"
    return "erase", "erased: there is no clean lettering to put back"


def _forced(region: Lettering, mode: Mode) -> tuple[Decision, str]:
    if mode == "restore" and not _has_clean_source(region):
        return "reject", "rejected: restoring was asked for, but there is no clean lettering to put back"
    if mode == "auto":
        raise ValueError("auto forces nothing")
    return mode, f"{mode} was asked for"


def _has_clean_source(region: Lettering) -> bool:
    """Whether the reference picture shows the region as it should read."""
    return region.reference_quad is not None and region.state != "invented" and region.reference_is_clean


def _edit(region: Lettering, clip: ClipRecord, rules: Rules) -> Span:
    """The frames to change: from a little before the onset to the end of the region's life."""
    if region.onset is None:
        return region.span
    lead = round(Fraction(rules.lead_seconds).limit_denominator(1000) * Fraction(clip.fps).limit_denominator(1001))
    return Span(max(region.span.start, min(region.onset - lead, region.span.end - 1)), region.span.end)


def _share(region: Lettering, clip: ClipRecord) -> float:
    areas: Sequence[float] = [abs(quad.area) for quad in region.quads.values()]
    return max(areas, default=0.0) / (clip.width * clip.height)
