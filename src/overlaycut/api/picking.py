"""`frames`: single frames of a clip as PNG, and the panels of a storyboard or character sheet."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

from overlaycut.analyse import QualityAnalyser, matched, panels
from overlaycut.api.boundary import verb
from overlaycut.api.inputs import File
from overlaycut.api.results import FramesReport, ShotMatch, WrittenFrame, WrittenPanel
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Span
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.errors import UsageError
from overlaycut.media import Clip, read_still, refuse_overwriting, write_png


@verb
def frames(
    clip: File,
    out: File,
    *,
    last: bool = False,
    best: bool = False,
    sheet: File | None = None,
    progress: Progress = no_progress,
) -> FramesReport:
    """Write frames of a clip as PNG into the folder `out`.

    `last` is the last frame that is neither black, nor a flash, nor at a cut, to start the next generation from. `best`
    is the sharpest such frame. With a `sheet` (a storyboard grid, a character sheet) its panels are written, and the
    first clean frame of each of the clip's shots is held against them.

    Raises UsageError when nothing was asked for.
    """
    if not (last or best or sheet):
        raise UsageError("nothing to write", hint="--last, --best, --sheet SHEET.png")
    source, folder = Clip(clip), Path(out)
    drawn = None if sheet is None else read_still(Path(sheet))
    refuse_overwriting(folder, [source.path, *([Path(sheet)] if sheet is not None else [])])
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
    picks: tuple[tuple[Literal["last", "best"], int, bool], ...] = (
        ("last", quality.last_clean_frame, last),
        ("best", quality.best_frame, best),
    )
    for name, number, asked in picks:
        if asked:
            path = folder / f"{source.path.stem}-{name}.png"
            write_png(path, pictures[number][1])
            written.append(WrittenFrame(path=path, what=name, frame=number, seconds=pictures[number][0]))
    if drawn is None:
        return FramesReport(clip=source.path, frames=tuple(written))
    listed, shots = _sheet(drawn, Path(str(sheet)).stem, folder, [(n, pictures[n]) for n in of_shots])
    return FramesReport(clip=source.path, frames=tuple(written), panels=listed, shots=shots)


def _sheet(
    drawn: Picture, name: str, folder: Path, shots: Sequence[tuple[int, tuple[Fraction, Picture]]]
) -> tuple[tuple[WrittenPanel, ...], tuple[ShotMatch, ...]]:
    """The panels of a sheet, written, and which of them each shot shows."""
    boxes = panels(drawn)
    pieces = [drawn[box.slices] for box in boxes]
    listed = []
    for number, (box, piece) in enumerate(zip(boxes, pieces, strict=True), start=1):
        path = folder / f"{name}-panel-{number:02d}.png"
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
