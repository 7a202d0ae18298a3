"""Reports as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from overlaycut.core.plan import EditPlan


def plan_lines(plan: EditPlan) -> Iterator[str]:
    """One line per region, then the notes."""
    if not plan.regions:
        yield "no lettering was found"
    for region in plan.regions:
        said = f"{region.expected!r}" if region.expected else "lettering"
        onset = f" from frame {region.onset_frame}" if region.onset_frame is not None else ""
        yield f"{region.id} {said}: {region.state}{onset}, {region.decision}. {region.reason}"
    for note in plan.notes:
        yield f"note: {note}"


def delivery_lines(deliveries: list[dict[str, Any]]) -> Iterator[str]:
    """One line per delivery, and one per failed check."""
    for delivery in deliveries:
        if delivery.get("error"):
            yield f"{delivery['platform']}: failed: {delivery['error']}"
            continue
        loud = delivery["loudness_lufs"]
        sound = f"{loud:.1f} LUFS" if loud is not None else "silent"
        quality = delivery["quality"]["value"]
        yield (
            f"{delivery['platform']}: {delivery['path']} ({delivery['width']}x{delivery['height']}, "
            f"{delivery['fps']:.3f} fps, {delivery['duration']:.2f} s, {delivery['bytes'] / 1e6:.2f} MB, {sound}, "
            f"{delivery['quality']['metric']} {'n/a' if quality is None else f'{quality:.4f}'})"
        )
        yield from check_lines(delivery["checks"], failures_only=True)


def check_lines(checks: list[dict[str, Any]], *, failures_only: bool = False) -> Iterator[str]:
    """One line per check."""
    for check in checks:
        if check["status"] == "fail" or not failures_only:
            asked = f"wanted {check['wanted']}; {check['source']}"
            yield f"  {check['status']:4} {check['name']}: {check['found']} ({asked})"
