"""Reports as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overlaycut.api import AnalysisTable, Check, Delivery, EditPlan


def plan_lines(plan: EditPlan) -> Iterator[str]:
    """One line per region, then the notes."""
    yield _summary(plan)
    for region in plan.regions:
        words = f"{region.expected!r}" if region.expected else "lettering"
        onset = f" from frame {region.onset_frame}" if region.onset_frame is not None else ""
        yield f"{region.id} {words}: {region.state}{onset}, {region.decision}. {region.reason}"
    for note in plan.notes:
        yield f"note: {note}"


def _summary(plan: EditPlan) -> str:
    """What there is to do, first."""
    own = [region for region in plan.regions if not region.protected]
    broken = sum(region.state != "stable" for region in own)
    if not plan.regions:
        return "no lettering was found"
    judged = "" if plan.coverage is None or plan.coverage >= 1 else f"; {plan.coverage:.0%} of it could be judged"
    if broken:
        return f"{broken} of {len(own)} regions of lettering {'is' if broken == 1 else 'are'} not stable{judged}"
    return f"nothing is wrong with the lettering that was found{judged}"


def table_lines(table: AnalysisTable) -> Iterator[str]:
    """One line per clip, in columns."""
    width = max(len(row.clip) for row in table.clips)
    for row in table.clips:
        counts = f"{row.broken} of {row.regions} broken" if row.regions else ""
        judged = "" if row.coverage is None else f"{row.coverage:.0%} judged"
        onset = "" if row.onset_frame is None else f" from frame {row.onset_frame}"
        what = row.error or ("" if row.worst is None else f"{row.worst!r}{onset}: {row.reason}")
        yield f"{row.clip:{width}}  {row.verdict:12}  {counts:14}  {judged:11}  {what}".rstrip()


def delivery_lines(deliveries: Sequence[Delivery]) -> Iterator[str]:
    """One line per delivery, and one per failed check."""
    for one in deliveries:
        if one.error is not None or one.quality is None:
            yield f"{one.platform}: failed: {one.error}"
            continue
        sound = "silent" if one.loudness_lufs is None else f"{one.loudness_lufs:.1f} LUFS"
        quality = "n/a" if one.quality.value is None else f"{one.quality.value:.4f}"
        yield (
            f"{one.platform}: {one.path} ({one.width}x{one.height}, {one.fps:.3f} fps, "
            f"{float(one.duration or 0):.2f} s, {(one.bytes or 0) / 1e6:.2f} MB, {sound}, "
            f"{one.quality.metric} {quality})"
        )
        yield from check_lines(one.checks, failures_only=True)


def check_lines(checks: Sequence[Check], *, failures_only: bool = False) -> Iterator[str]:
    """One line per check."""
    for check in checks:
        if check.status == "fail" or not failures_only:
            yield f"  {check.status:4} {check.name}: {check.found} (wanted {check.wanted}; {check.source})"
