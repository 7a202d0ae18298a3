"""Small projects for batches."""

from __future__ import annotations

from pathlib import Path

from draw import Colour, colour_planes, draw_clip, flat
from overlaycut.batch import BatchReport
from policies import policy


def small_project(folder: Path, colour: Colour, frames: int = 12) -> Path:
    """A project of one plain clip, delivered at a tenth of the size."""
    folder.mkdir(parents=True, exist_ok=True)
    draw_clip(folder / "clip.mp4", [colour_planes(flat(colour, (108, 192)), "yuv420p")] * frames)
    path = folder / "project.toml"
    path.write_text(
        f'[project]\noutputs = ["{policy(folder, "tall")}"]\nmaster = "108x192@25"\n\n[[shots]]\nclip = "clip.mp4"\n',
        encoding="utf-8",
    )
    return path


def states(report: BatchReport) -> dict[str, str]:
    """Name → state."""
    return {one.name: one.state for one in report.projects}
