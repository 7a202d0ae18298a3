"""Markers of a hand-over onto the current timeline of DaVinci Resolve, each read back.

In Resolve: Workspace > Console > Py3, or from outside with Resolve's scripting folder on PYTHONPATH:

python resolve_markers.py handover/markers.csv

Resolve answers True to some calls that changed nothing: what was set is read back, and what differs is an error.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

COLOURS = {"decision": "Green", "warning": "Yellow", "gate": "Red"}
"""Kind of marker → Resolve's name of a colour."""


def add_markers(timeline: Any, table: Path) -> int:
    """Put every row of the table on the timeline; markers of an earlier call are replaced. Returns how many.

    Frames are counted from the timeline's start. Several rows of one frame become one marker with all their texts:
    Resolve has one marker per frame.
    """
    for frame, found in timeline.GetMarkers().items():
        if found.get("customData") == "overlaycut" and not timeline.DeleteMarkerAtFrame(frame):
            raise RuntimeError(f"the marker on frame {frame} cannot be deleted")
    rows: dict[int, list[dict[str, str]]] = {}
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(int(row["frame"]), []).append(row)
    for frame, told in sorted(rows.items()):
        worst = max(told, key=lambda row: list(COLOURS).index(row["kind"]))
        note = "\n".join(f"{row['name']}: {row['note']}" if row["note"] else row["name"] for row in told)
        wanted = {"color": COLOURS[worst["kind"]], "name": worst["name"], "note": note, "duration": 1}
        timeline.AddMarker(frame, wanted["color"], wanted["name"], wanted["note"], wanted["duration"], "overlaycut")
        found = timeline.GetMarkers().get(frame, {})
        different = {key: found.get(key) for key, value in wanted.items() if found.get(key) != value}
        if different:
            raise RuntimeError(f"frame {frame}: wanted {wanted}, Resolve has {different}")
    return len(rows)


def main() -> None:
    """Mark the current timeline of the Resolve that runs."""
    import DaVinciResolveScript

    project = DaVinciResolveScript.scriptapp("Resolve").GetProjectManager().GetCurrentProject()
    print(f"{add_markers(project.GetCurrentTimeline(), Path(sys.argv[1]))} marker(s)")


if __name__ == "__main__":
    main()
