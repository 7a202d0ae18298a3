"""Clips of several shots, made from a sheet of panels: split at their cuts, each part with its panel as its still."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from overlaycut.analyse import matched, panels
from overlaycut.api.clip_analysis import Source, analysed, quality_part
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Span
from overlaycut.core.project import Project, Shot
from overlaycut.core.quality import QualityReport
from overlaycut.media import read_still, write_png
from overlaycut.pipeline import NotStored, Pipeline

_SHORTEST = Fraction(1, 5)
"""Seconds below which what lies between two cuts is a flash and stays with the shot before it."""


@dataclass(frozen=True, slots=True)
class SplitProject:
    """A project in which every part of a clip of several shots is a shot of its own."""

    job: Project
    notes: tuple[str, ...] = ()
    """What was matched with what."""


def split_shots(pipeline: Pipeline, job: Project, folder: Path) -> SplitProject:
    """The project with its shots from sheets split; their panels are written to `folder`.

    Raises NotStored in explain mode, and what reading clips and sheets raises.
    """
    if all(shot.sheet is None for shot in job.shots):
        return SplitProject(job)
    shots, notes = list[Shot](), list[str]()
    for name, shot in zip(job.shot_names, job.shots, strict=True):
        if shot.sheet is None:
            # Shots that follow have other numbers, but keep their names.
            shots.append(shot.model_copy(update={"name": name}))
            continue
        parts, found = _parts(pipeline, name, shot, folder, len(shots) + 1)
        shots += parts
        notes += found
    return SplitProject(job.model_copy(update={"shots": tuple(shots)}), tuple(notes))


def _parts(pipeline: Pipeline, name: str, shot: Shot, folder: Path, number: int) -> tuple[list[Shot], list[str]]:
    """The parts of one clip as shots, the first of which is shot `number` of the programme."""
    assert shot.sheet is not None and shot.clip is not None
    source = Source(shot.clip)
    part = quality_part(source, f"{name}/{source.name}", still=None)
    found = analysed(pipeline, source, f"{name}/{source.name}", [part])
    rate, duration = found.facts.fps, found.facts.duration
    assert rate is not None and duration is not None
    end = min(shot.end or duration, duration)
    edges = _edges(found[part], shot.start, end, rate)
    sheet = read_still(shot.sheet)
    boxes = panels(sheet)
    pieces = [sheet[box.slices] for box in boxes]
    firsts = [_first(source, found[part], round(edge * rate)) for edge in edges[:-1]]
    likest = matched(pieces, firsts)
    shots, notes = [], list[str]()
    for place, (start, stop) in enumerate(pairwise(edges)):
        match, listed = likest[place], f"shot-{number + place:02d}"
        still, what = None, "no panel is like it"
        if match is not None:
            still, what = folder / f"{listed}.png", f"panel {match[0] + 1} (likeness {match[1]:.2f})"
            _write(pipeline, still, pieces[match[0]])
        notes.append(f"{listed}: {float(start):.2f} to {float(stop):.2f} s of {source.name}, {what}")
        changed = {"name": f"{name[:60]}-{place + 1}", "start": start, "end": stop, "still": still, "sheet": None}
        if place:
            changed["transition"] = "cut"
        if place < len(edges) - 2:
            changed["hold"] = Fraction(0)
        shots.append(shot.model_copy(update=changed))
    return shots, notes


def _write(pipeline: Pipeline, path: Path, piece: Picture) -> None:
    """Write a panel; in explain mode, which writes nothing, it has to be there. Raises NotStored where it is not."""
    if not pipeline.explain:
        write_png(path, piece)
    elif not path.is_file():
        raise NotStored([("panels", path.stem)])


def _edges(quality: QualityReport, start: Fraction, end: Fraction, rate: Fraction) -> list[Fraction]:
    """Where parts begin, and the end of the last one, in seconds of the clip."""
    edges = [start]
    for cut in quality.cuts:
        at = cut / rate
        if at - edges[-1] >= _SHORTEST and end - at >= _SHORTEST:
            edges.append(at)
    return [*edges, end]


def _first(source: Source, quality: QualityReport, number: int) -> Picture:
    """The first clean picture of a part: the frame after its cut, which compression left unspoilt."""
    spoilt = {*quality.black, *quality.flashes}
    clean = next((n for n in range(number + (number > 0), quality.frames) if n not in spoilt), number)
    return next(frame.rgb() for frame in source.clip.frames(Span(clean, clean + 1)))
