"""`analyze`: a clip and its still into an edit plan, in one decode."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from overlaycut.analyse import CutDetector, LetteringAnalyser
from overlaycut.api.boundary import verb
from overlaycut.api.inputs import File, Still, still_files, still_name, still_picture
from overlaycut.api.intake import IntakeAnalyser, remarks
from overlaycut.api.plugins import AnalyserFactory, text_reader
from overlaycut.api.plugins import analysers as checked_analysers
from overlaycut.core.analyser import Analyser
from overlaycut.core.facts import ClipFacts
from overlaycut.core.findings import LetteringReport
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.plan import ClipRecord, EditPlan
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.decide import Mode, Rules, decide, with_overrides
from overlaycut.errors import UsageError
from overlaycut.media import (
    Clip,
    Encoding,
    carried_sound,
    refuse_overwriting,
    with_content,
    write_clip,
    write_png,
)
from overlaycut.models import TextReader, rapid_reader
from overlaycut.qc.annotate import Annotations
from overlaycut.reframe.saliency import Saliency, SaliencyAnalyser

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Seen:
    """What one pass over a clip told."""

    facts: ClipFacts
    record: ClipRecord
    lettering: LetteringReport
    interest: Saliency
    """Where the eye goes, for reframing."""


@verb
def analyze(
    clip: File,
    *,
    still: Still | None = None,
    texts: Sequence[str] = (),
    mode: Mode = "auto",
    earlier: EditPlan | None = None,
    debug: File | None = None,
    reader: str | TextReader | None = None,
    analysers: Sequence[str | AnalyserFactory] = (),
    progress: Progress = no_progress,
) -> EditPlan:
    """Find the clip's lettering, follow it, judge it against the still, and decide what to do.

    `texts` is lettering that has to read right. Without a `still` the first frame is the reference. Regions that a
    person decided in an `earlier` plan stand as they were. `debug` is where to draw what was seen: an MP4, or a
    folder for PNGs of the frames that matter. `reader` reads lettering in place of the built-in one; `analysers` see
    every frame as well, and what they note goes into the plan's notes. Both are objects, or names of installed parts.
    """
    source, text = Clip(clip), text_reader(reader)
    others = checked_analysers(analysers, source.facts)
    if debug is not None:
        _refuse_undrawable(Path(debug), [source.path, *still_files(still)])
    picture = still_picture(still)
    intake = IntakeAnalyser(source.facts, still=picture)
    seen = look(source, still=picture, texts=texts, progress=progress, also=(intake, *others), reader=text)
    plan = decide(seen.lettering, seen.record, still=still_name(still), rules=Rules(mode=mode))
    plan = with_overrides(plan, earlier)
    found = [*remarks(intake.result(), seen.facts), *(note for one in others for note in one.result())]
    plan = plan.model_copy(update={"notes": (*plan.notes, *(note for note in found if note not in plan.notes))})
    if debug is not None:
        legible = {region.id: region.legibility_at for region in seen.lettering.regions}
        _draw(source, Annotations(plan, legible=legible), Path(debug), progress)
    return plan


def _refuse_undrawable(out: Path, inputs: Sequence[Path]) -> None:
    if out.suffix.lower() not in ("", ".mp4"):
        raise UsageError(f"{out}: neither an MP4 nor a folder", hint="--debug seen.mp4 or --debug seen")
    refuse_overwriting(out, inputs)


def _draw(clip: Clip, annotations: Annotations, out: Path, progress: Progress) -> None:
    frames = with_progress(clip.frames(), progress, f"draw {out.name}", clip.facts.frames)
    if out.suffix:
        write_clip(
            annotations.over(frames), out, tick=clip.facts.tick, encoding=Encoding(), sound=carried_sound(clip.facts)
        )
        return
    wanted = set(annotations.moments())
    for frame in frames:
        if frame.index in wanted:
            write_png(out / f"frame-{frame.index:05d}.png", annotations.drawn(frame).rgb())


def look(
    clip: Clip,
    *,
    still: Picture | None,
    texts: Sequence[str],
    progress: Progress,
    also: Sequence[Analyser[object]] = (),
    reader: TextReader | None = None,
) -> Seen:
    """One decode of a clip past the analysers of lettering and of interest, and `also` past others."""
    facts = clip.facts
    analyser = LetteringAnalyser(reader or rapid_reader(), facts, still=still, texts=texts)
    saliency, cutter = SaliencyAnalyser(facts.width, facts.height), CutDetector()

    def watched() -> Iterator[Frame]:
        for frame in with_progress(clip.frames(), progress, f"look at {clip.path.name}", facts.frames):
            analyser.see(frame)
            saliency.see(frame, cut=cutter.see(frame.y))
            for other in also:
                other.see(frame)
            yield frame

    full = with_content(facts, watched())
    return Seen(full, record_of(full), analyser.result(), saliency.result())


def lettering_score(plan: EditPlan) -> float | None:
    """How well a clip's lettering came through, 0..1: the mean over its own lettering, None without any.

    What the judge calls stable counts in full, whatever the reader stumbled over; a rejected region counts nothing.
    """
    worth = {"reject": 0.0}
    values = [
        1.0 if region.state == "stable" else worth.get(region.decision, region.legibility)
        for region in plan.regions
        if not region.protected
    ]
    return fmean(values) if values else None


def record_of(facts: ClipFacts) -> ClipRecord:
    """The plan's record of a clip that was read to its end."""
    assert facts.fps is not None and facts.frames is not None and facts.duration is not None
    return ClipRecord(
        path=str(facts.path),
        sha256=digest(facts.path),
        width=facts.width,
        height=facts.height,
        fps=float(facts.fps),
        frames=facts.frames,
        duration=float(facts.duration),
    )


def digest(path: Path) -> str:
    """The sha256 of a file's bytes."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha.update(chunk)
    return sha.hexdigest()
