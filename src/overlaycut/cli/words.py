"""Reports as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from overlaycut.cli.tables import Table

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


def delivery_lines(deliveries: Sequence[Delivery]) -> Iterator[str | Table]:
    """A table of the deliveries, what failed of them first, and a line per failed check and warning."""
    ordered = sorted(deliveries, key=lambda one: one.ok)
    header = ("platform", "checks", "picture", "length", "size", "sound", "quality", "file")
    yield Table(header, [_delivery_row(one) for one in ordered])
    for one in ordered:
        for line in check_lines(one.checks, failures_only=True):
            yield f"{one.platform}: {line}"
    yield from warning_lines([f"{one.path.name}: {text}" for one in ordered for text in one.warnings])


def _delivery_row(one: Delivery) -> tuple[str, ...]:
    if one.error is not None or one.quality is None:
        return one.platform, "failed", "", "", "", "", "", str(one.error)
    sound = "silent" if one.loudness_lufs is None else f"{one.loudness_lufs:.1f} LUFS"
    quality = "n/a" if one.quality.value is None else f"{one.quality.metric} {one.quality.value:.4f}"
    return (
        one.platform,
        "all pass" if one.ok else "fails",
        f"{one.width}x{one.height} at {one.fps:.3f}",
        f"{float(one.duration or 0):.2f} s",
        f"{(one.bytes or 0) / 1e6:.2f} MB",
        sound,
        quality,
        str(one.path),
    )


def warning_lines(warnings: Sequence[str]) -> Iterator[str]:
    """Each warning once, with how often and where it was given."""
    from overlaycut.api import counted

    for one in counted(warnings):
        times = f"{one.count} times: " if one.count > 1 else ""
        places = f" ({', '.join(one.places)})" if one.places else ""
        yield f"warning: {times}{one.text}{places}"


def check_lines(checks: Sequence[Check], *, failures_only: bool = False) -> Iterator[str]:
    """One line per check."""
    for check in checks:
        if check.status == "fail" or not failures_only:
            yield f"  {check.status:4} {check.name}: {check.found} (wanted {check.wanted}; {check.source})"
            if check.note:
                yield f"       note: {check.note}"
