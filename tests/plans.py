"""Plans small enough to be read, for every test that needs one."""

from __future__ import annotations

from typing import Any

from overlaycut.core.geometry import Box, Span
from overlaycut.core.plan import ClipRecord, EditPlan, RegionPlan


def record(**changes: Any) -> ClipRecord:
    fields = {"path": "a.mp4", "sha256": "0" * 64, "width": 100, "height": 200, "fps": 10.0, "frames": 50}
    return ClipRecord(**{**fields, "duration": 5.0, **changes})


BOX, SPAN = Box(10, 20, 40, 10), Span(0, 50)


def region(name: str = "r1", box: Box = BOX, span: Span = SPAN, **changes: Any) -> RegionPlan:
    fields = {"id": name, "state": "warped", "legibility": 0.25, "span": span, "quads": dict.fromkeys(span, box.quad())}
    return RegionPlan(**{**fields, "decision": "erase", "edit": span, "reason": "drawn", **changes})


def plan(*regions: RegionPlan, **changes: Any) -> EditPlan:
    return EditPlan(clip=record(), regions=regions, **changes)
