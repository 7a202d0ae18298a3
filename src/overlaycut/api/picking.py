"""`frames`: single frames of a clip as PNG, and the panels of a storyboard or character sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, TypeAlias

from overlaycut.analyse import FaceAnalyser, QualityAnalyser, ThingAnalyser, matched, panels
from overlaycut.api.boundary import verb
from overlaycut.api.cast_references import Cast, cast_of
from overlaycut.api.file_use import declare, paths_among
from overlaycut.api.inputs import File
from overlaycut.api.plugins import face_embedding
from overlaycut.api.results import FramesReport, ShotMatch, WrittenFrame, WrittenPanel
from overlaycut.api.showing import Showing, showing_character, showing_subject, showing_thing
from overlaycut.core.analyser import Analyser
from overlaycut.core.cast import CastReport, EmbeddingMetric
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box, Span
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.core.quality import QualityReport
from overlaycut.decide import CastRules, ClipCast, judge_cast
from overlaycut.errors import UsageError
from overlaycut.media import Clip, read_still, write_png
from overlaycut.models import face_detector

Pick: TypeAlias = Literal["last", "best"]


@verb
def frames(
    clip: File,
    out: File,
    *,
    last: bool = False,
    best: bool = False,
    of: str | None = None,
    cast: Mapping[str, Sequence[File]] | None = None,
    sheet: File | None = None,
    force: bool = False,
    progress: Progress = no_progress,
) -> FramesReport:
    """Write frames of a clip as PNG into the folder `out`.

    `last` is the last frame that is neither black, nor a flash, nor at a cut, to start the next generation from. `best`
    is the sharpest such frame. Where the largest face leaves, vanishes or turns into something else, it is a frame in
    which it is still there; with `of`, the name of a character of `cast` (or of one that is discovered: "person-1"),
    one in which that character's face is seen and theirs, or that thing is seen and itself. With a `sheet` (a
    storyboard grid, a character sheet) its panels are written, and the first clean frame of each of the clip's shots is
    held against them. PNGs that overlaycut did not write are replaced with `force` alone, inputs never.

    Raises UsageError when nothing was asked for.
    """
    if not (last or best or sheet):
        raise UsageError("nothing to write", hint="--last, --best, --sheet SHEET.png")
    if of is not None and not (last or best):
        raise UsageError(f"which frame of {of}?", hint="--last or --best")
    source, folder = Clip(clip), Path(out)
    drawn = None if sheet is None else read_still(Path(sheet))
    boxes = () if drawn is None else tuple(panels(drawn))
    of_panels = [folder / f"{Path(str(sheet)).stem}-panel-{number:02d}.png" for number in range(1, len(boxes) + 1)]
    picks: tuple[tuple[Pick, bool], ...] = (("last", last), ("best", best))
    of_picks = {name: folder / f"{source.path.stem}-{name}.png" for name, asked in picks if asked}
    references = (path for paths in (cast or {}).values() for path in paths)
    declare(reads=paths_among([source.path, sheet, *references]), writes=[*of_picks.values(), *of_panels], force=force)
    identity = face_embedding(None)
    known = cast_of(cast or {}, identity)
    analyser, faces = QualityAnalyser(source.facts), FaceAnalyser(face_detector(), identity, source.facts)
    things = [ThingAnalyser(one.name, one.views, source.facts) for one in known.things if one.name == of]
    watching: list[Analyser[Any]] = [analyser, faces, *things] if of_picks else [analyser]
    for frame in with_progress(source.frames(), progress, f"look at {source.path.name}", source.facts.frames):
        for one in watching:
            one.see(frame)
    quality = analyser.result()
    chosen, missing = {}, []
    if of_picks:
        if things:
            shows = showing_thing(things[0].result())
        else:
            shows = _shows(faces.result(), source, of, known, identity.metric)
        chosen = _chosen(quality, shows, [name for name, asked in picks if asked])
        missing = [f"{name}: no clean frame shows {of}: {shows.why}" for name in of_picks if name not in chosen]
    of_shots = _shot_starts(quality)
    wanted = {number for number, _ in chosen.values()} | set(of_shots if drawn is not None else ())
    pictures = {n: (frame.at, frame.rgb()) for n in sorted(wanted) for frame in source.frames(Span(n, n + 1))}
    written = []
    for name, (number, why) in chosen.items():
        write_png(of_picks[name], pictures[number][1])
        written.append(WrittenFrame(path=of_picks[name], what=name, frame=number, seconds=pictures[number][0], why=why))
    listed: tuple[WrittenPanel, ...] = ()
    shots: tuple[ShotMatch, ...] = ()
    if drawn is not None:
        places = dict(zip(of_panels, boxes, strict=True))
        listed, shots = _sheet(drawn, places, [(n, pictures[n]) for n in of_shots])
    return FramesReport(clip=source.path, frames=tuple(written), panels=listed, shots=shots, missing=tuple(missing))


def _shows(report: CastReport, source: Clip, of: str | None, known: Cast, metric: EmbeddingMetric) -> Showing:
    """The frames that show whoever is wanted. Raises UsageError for a name that nobody has."""
    if of is None:
        return showing_subject(report)
    appearances = judge_cast([ClipCast(str(source.path), report)], known.people, metric, CastRules())
    return showing_character(report, appearances, of, [one.name for one in known.things])


def _chosen(quality: QualityReport, shows: Showing, names: Sequence[Pick]) -> dict[Pick, tuple[int, str]]:
    """Name of a pick → number of its frame, and why it is not the one of the whole clip."""
    among = shows.among(quality.clean)
    if not among:
        return {}
    detail = dict(zip(quality.clean, quality.detail, strict=True))
    found = {"last": among[-1], "best": max(among, key=lambda n: detail[n])}
    whole = {"last": quality.last_clean_frame, "best": quality.best_frame}
    return {name: (found[name], "" if found[name] == whole[name] else shows.why) for name in names}


def _shot_starts(quality: QualityReport) -> list[int]:
    """The first clean frame of each shot."""
    starts, unclean = [0, *quality.cuts], {*quality.black, *quality.flashes}
    return [
        next((n for n in range(a + (a > 0), b) if n not in unclean), a)
        for a, b in zip(starts, [*starts[1:], quality.frames], strict=True)
    ]


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
