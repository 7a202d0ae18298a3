"""`analyze_all`: many clips, one line each, worst first."""

from __future__ import annotations

from collections.abc import Sequence

from overlaycut.api.analysis import analyze
from overlaycut.api.boundary import verb
from overlaycut.api.inputs import File, Still
from overlaycut.api.results import AnalysisTable, ClipVerdict, Finding
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.core.progress import Progress, no_progress
from overlaycut.core.rules import Rules
from overlaycut.errors import InputError, UsageError
from overlaycut.models import TextReader

_WORST_FIRST: tuple[Finding, ...] = ("failed", "reject", "repair", "not judged", "stable", "no lettering")


@verb
def analyze_all(
    clips: Sequence[File],
    *,
    still: Still | None = None,
    texts: Sequence[str] = (),
    reader: str | TextReader | None = None,
    cache: bool = True,
    progress: Progress = no_progress,
) -> AnalysisTable:
    """Judge the lettering of many clips: one verdict each, the worst first.

    `still`, `texts` and `reader` are those of `analyze` and serve for all clips. A clip that cannot be read is a row
    with its error, and the others are judged all the same.
    """
    if not clips:
        raise UsageError("no clip to analyse")
    rows = [_row(clip, still, texts, reader, cache=cache, progress=progress) for clip in clips]
    return AnalysisTable(clips=tuple(sorted(rows, key=_rank)))


def _rank(row: ClipVerdict) -> tuple[int, float]:
    return _WORST_FIRST.index(row.verdict), row.legibility


def _row(
    clip: File,
    still: Still | None,
    texts: Sequence[str],
    reader: str | TextReader | None,
    *,
    cache: bool,
    progress: Progress,
) -> ClipVerdict:
    try:
        plan = analyze(clip, still=still, texts=texts, reader=reader, cache=cache, progress=progress)
    except InputError as error:
        return ClipVerdict(clip=str(clip), verdict="failed", error=error.one_line(), next="retry")
    return verdict_of(str(clip), plan)


def verdict_of(clip: str, plan: EditPlan) -> ClipVerdict:
    """A plan in one line."""
    own = [region for region in plan.regions if not region.protected]
    broken = [region for region in own if region.state != "stable"]
    worst = min(broken, key=lambda region: region.legibility, default=None)
    onsets = [region.onset_frame for region in broken if region.onset_frame is not None]
    return ClipVerdict(
        clip=clip,
        verdict=_finding(plan, own, broken),
        regions=len(own),
        broken=len(broken),
        coverage=plan.coverage,
        legibility=min((region.legibility for region in own), default=1.0),
        onset_frame=min(onsets, default=None),
        worst=None if worst is None else worst.expected or worst.read or worst.id,
        reason="" if worst is None else worst.reason,
        next=plan.next,
        command=plan.command,
    )


def _finding(plan: EditPlan, own: Sequence[RegionPlan], broken: Sequence[RegionPlan]) -> Finding:
    if any(region.decision == "reject" for region in broken):
        return "reject"
    if broken:
        return "repair"
    if plan.coverage is not None and plan.coverage < Rules().least_coverage:
        return "not judged"
    return "stable" if own else "no lettering"
