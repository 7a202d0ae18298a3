"""Where the shots of a project meet: repeated frames left out, colours matched, how well one continues the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import cast

from overlaycut.api.results import SeamReport
from overlaycut.api.shot_pass import RepairedShot, clip_frames
from overlaycut.assemble import ColourMatch, Seam, colour_match, seam_between
from overlaycut.core.documents import read_toml
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.core.project import Project
from overlaycut.media import to_bt709
from overlaycut.pipeline import Pipeline, Step

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True, eq=False)
class Seamed:
    """The shots of a project, and what was found and done where they meet."""

    shots: tuple[RepairedShot, ...]
    seams: tuple[SeamReport, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person may not expect."""
        return tuple(note for seam in self.seams for note in seam.notes)


def seamed(pipeline: Pipeline, job: Project, shots: Sequence[RepairedShot]) -> Seamed:
    """The shots with what their seams ask for.

    Raises UsageError for a shot that begins at or after the end of its clip, NotStored in explain mode.
    """
    for shot in shots:
        shot.require_frames()
    brand = brand_colours(None if job.captions is None else job.captions.brand)
    done, reports = [shots[0]], list[SeamReport]()
    for shot in shots[1:]:
        seam = _found(pipeline, done[-1], shot)
        wanted, cut = shot.chosen.shot, shot.chosen.shot.transition == "cut"
        match = None
        if job.seams.match != "off" and seam.continues:
            match = colour_match(seam, job.seams.match, before=done[-1].match, brand=brand)
        fps = shot.chosen.facts.fps
        drop = seam.repeats and cut and job.seams.duplicates == "drop" and not done[-1].chosen.shot.hold
        skipped = 1 / fps if drop and fps is not None and shot.end - wanted.start > 2 / fps else Fraction(0)
        reports.append(_report(job, done[-1], shot, seam, match, dropped=bool(skipped)))
        done.append(replace(shot, skipped=skipped, match=match))
    return Seamed(tuple(done), tuple(reports))


def _report(
    job: Project, old: RepairedShot, new: RepairedShot, seam: Seam, match: ColourMatch | None, *, dropped: bool
) -> SeamReport:
    names = f"{old.name} → {new.name}"
    notes = []
    if dropped:
        notes.append(f"{names}: the first frame repeats the last one of the shot before, and is left out")
    elif seam.repeats:
        notes.append(f"{names}: the first frame repeats the last one of the shot before")
    if job.seams.match != "off" and match is None:
        notes.append(f"{names}: colours stay as they are, the pictures do not continue each other")
    return SeamReport(
        before=old.name,
        after=new.name,
        continuity=seam.continuity,
        structure=seam.structure,
        colour=seam.colour,
        repeats=seam.repeats,
        dropped=dropped,
        matched=match is not None,
        luma_levels=round(seam.offset[0], 2),
        notes=tuple(notes),
    )


def _found(pipeline: Pipeline, old: RepairedShot, new: RepairedShot) -> Seam:
    boxes = _lettering(old, last=True), _lettering(new, last=False)
    step = Step(
        name="seam",
        subject=f"{old.name} → {new.name}",
        version=2,
        artifact=Seam,
        inputs={"before": old.chosen.source.digest, "after": new.chosen.source.digest},
        settings={"out": old.end, "in": new.chosen.shot.start, "lettering": boxes},
    )

    def work(_: Sequence[Step[Seam]]) -> dict[tuple[str, str], Seam]:
        ends = _within(old, last=True)
        return {step.key: seam_between(ends, _within(new, last=False), lettering=boxes)}

    return cast("Seam", pipeline.results([step], work)[step.key])


def _within(shot: RepairedShot, *, last: bool) -> list[Frame]:
    """The first two frames of a shot as they were delivered, or the last two."""
    start, found = shot.start if last else shot.chosen.shot.start, list[Frame]()
    for frame in to_bt709(clip_frames(shot.chosen)):
        if frame.at >= shot.end:
            break
        if frame.at + frame.lasts <= start:
            continue
        found = [*found[-1:], frame]
        if not last and len(found) == 2:
            break
    return found


def _lettering(shot: RepairedShot, *, last: bool) -> tuple[Box, ...]:
    """Where lettering is at a shot's end, or at its beginning."""
    facts = shot.chosen.facts
    boxes = []
    for region in shot.plan.regions:
        if region.quads:
            quad = region.quads[(max if last else min)(region.quads)]
            box = quad.box().clipped(facts.width, facts.height)
            boxes += [box] if box is not None else []
    return tuple(boxes)


def brand_colours(brand: Path | None) -> tuple[tuple[int, int, int], ...]:
    """Every colour that a brand file names, RGB. Raises what reading it raises."""
    if brand is None:
        return ()
    found = dict.fromkeys(_texts(read_toml(brand)))
    return tuple((int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)) for text in found)


def _texts(value: object) -> Iterator[str]:
    """The colours among the values of a document."""
    if isinstance(value, str) and _HEX.fullmatch(value):
        yield value.lower()
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
