"""When a file that arrives counts as whole."""

from __future__ import annotations

from pathlib import Path

from overlaycut.batch.collecting import Source
from overlaycut.batch.watching import Arrivals


def test_a_file_counts_as_whole_once_it_has_stayed_as_it_is(tmp_path: Path) -> None:
    now = [0.0]
    arrivals = Arrivals(settle_seconds=3.0, clock=lambda: now[0])
    path = tmp_path / "a.mp4"
    source = Source(path=path, name="a")

    def look(at: float) -> bool:
        now[0] = at
        return arrivals.whole([source]) == [source]

    assert not look(0)  # not there yet
    path.write_bytes(b"")
    assert not look(1) and not look(9)  # nothing is in it
    path.write_bytes(b"half")
    assert not look(10) and not look(12)
    path.write_bytes(b"half of it")
    assert not look(13) and not look(15)  # it grew
    assert look(16)
    assert not look(17)  # each state once
    path.write_bytes(b"another clip altogether")
    assert not look(18) and look(21)
    path.unlink()
    assert not look(22)
