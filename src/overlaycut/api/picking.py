"""`frames`: single frames of a clip as PNG, and the panels of a storyboard or character sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

from overlaycut.analyse import QualityAnalyser, matched, panels
from overlaycut.api.boundary import verb
from overlaycut.api.file_use import declare, paths_among
from overlaycut.api.inputs import File
from overlaycut.api.results import FramesReport, ShotMatch, WrittenFrame, WrittenPanel
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box, Span
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.errors import UsageError
from overlaycut.media import Clip, read_still, write_png


@verb
def frames(
    clip: File,
    out: File,
    *,
    last: bool = False,
    best: bool = False,
    sheet: File | None = None,
    force: bool = False,
    progress: Progress = no_progress,
) -> FramesReport:
    """Write frames of a clip as PNG into the folder `out`.

    `last` is the last frame that is neither black, nor a flash, nor at a cut, to start the next generation from. `best`
    is the sharpest such frame. With a `sheet` (a storyboard grid, a character sheet) its panels are written, and the
    first clean frame of each of the clip's shots is held against them. PNGs that overlaycut did not write are replaced
    with `force` alone, inputs never.

    Raises UsageError when nothing was asked for.
    """
    if not (last or best or sheet):
        raise UsageError("nothing to write", hint="--last, --best, --sheet SHEET.png")
    source, folder = Clip(clip), Path(out)
    drawn = None if sheet is None else read_still(Path(sheet))
    boxes = () if drawn is None else tuple(panels(drawn))
    of_panels = [folder / f"{Path(str(sheet)).stem}-panel-{number:02d}.png" for number in range(1, len(boxes) + 1)]
    picks: tuple[tuple[Literal["last", "best"], bool], ...] = (("last", last), ("best", best))
    of_picks = {name: folder / f"{source.path.stem}-{name}.png" for name, asked in picks if asked}
    declare(reads=paths_among([source.path, sheet]), writes=[*of_picks.values(), *of_panels], force=force)
    analyser = QualityAnalyser(source.facts)
    for frame in with_progress(source.frames(), progress, f"look at {source.path.name}", source.facts.frames):
        analyser.see(frame)
    quality = analyser.result()
    starts = [0, *quality.cuts]
    clean = set(range(quality.frames)) - {*quality.black, *quality.flashes}
    of_shots = [
        next((n for n in range(a + (a > 0), b) if n in clean), a)
        for a, b in zip(starts, [*starts[1:], quality.frames], strict=True)
    ]
    wanted = {quality.last_clean_frame} if last else set()
    wanted |= {quality.best_frame} if best else set()
    wanted |= set(of_shots) if drawn is not None else set()
    pictures = {n: (frame.at, frame.rgb()) for n in sorted(wanted) for frame in source.frames(Span(n, n + 1))}
    written = []
    for name, path in of_picks.items():
        number = quality.last_clean_frame if name == "last" else quality.best_frame
        write_png(path, pictures[number][1])
        written.append(WrittenFrame(path=path, what=name, frame=number, seconds=pictures[number][0]))
    if drawn is None:
        return FramesReport(clip=source.path, frames=tuple(written))
    listed, shots = _sheet(drawn, dict(zip(of_panels, boxes, strict=True)), [(n, pictures[n]) for n in of_shots])
    return FramesReport(clip=source.path, frames=tuple(written), panels=listed, shots=shots)


def _sheet(
    drawn: Picture, places: Mapping[Path, Box], shots: Sequence[tuple[int, tuple[Fraction, Picture]]]
) -> tuple[tuple[WrittenPanel, ...], tuple[ShotMatch, ...]]:
    """The panels of a sheet, written, and which of them each shot shows."""
    pieces = [drawn[box.slices] for box in places.values()]
    listed = []
    for (path, box), piece in zip(places.items(), pieces, strict=True):
        write_png(path, piece)
        listed.append(WrittenPanel(path=path, box=box))
    found = matched(pieces, [picture for _, (_, picture) in shots])
    return tuple(listed), tuple(
        ShotMatch(
            start_frame=number,
            start_seconds=at,
            panel=None if match is None else match[0] + 1,
            likeness=None if match is None else match[1],
        )
        for (number, (at, _)), match in zip(shots, found, strict=True)
    )
