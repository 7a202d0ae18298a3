"""The timeline document: exact ratios, in the order of the programme."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

from overlaycut.assemble import Programme, Segment, timeline

RATE = Fraction(30000, 1001)


def test_a_timeline_has_every_segment_in_exact_ratios() -> None:
    shots = (
        Segment(name="a", source=Path("a.mp4"), frames=7, starts=0, source_in=Fraction(1, 3), has_sound=True),
        Segment(name="end card", source=Path("c.png"), frames=2, starts=7, source_in=Fraction(0), has_sound=False),
    )
    document = json.loads(json.dumps(timeline(Programme(width=64, height=96, rate=RATE, segments=shots))))
    assert (document["width"], document["height"], document["frames"]) == (64, 96, 9)
    assert Fraction(document["rate"]) == RATE
    first, second = document["segments"]
    assert (first["name"], first["source"], first["frames"], first["sound"]) == ("a", "a.mp4", 7, True)
    assert Fraction(first["source_in_seconds"]) == Fraction(1, 3)
    assert (second["start_frame"], second["frames"], second["sound"]) == (7, 2, False)
    ends = [s["start_frame"] + s["frames"] for s in document["segments"]]
    assert ends == [second["start_frame"], document["frames"]]
