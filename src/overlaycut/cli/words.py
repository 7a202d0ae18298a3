"""Reports as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overlaycut.api import Check, Delivery, EditPlan


def plan_lines(plan: EditPlan) -> Iterator[str]:
    """One line per region, then the notes."""
    if not plan.regions:
        yield "no lettering was found"
    for region in plan.regions:
        words = f"{region.expected!r}" if region.expected else "lettering"
        onset = f" from frame {region.onset_frame}" if region.onset_frame is not None else ""
        yield f"{region.id} {words}: {region.state}{onset}, {region.decision}. {region.reason}"
    for note in plan.notes:
        yield f"note: {note}"


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
