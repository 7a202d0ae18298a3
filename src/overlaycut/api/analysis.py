"""`analyze`: a clip and its still into an edit plan, in one decode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from overlaycut.api.boundary import verb
from overlaycut.api.caching import log_warnings, pipeline_of
from overlaycut.api.clip_analysis import (
    Reference,
    Source,
    analysed,
    chosen_reader,
    intake_part,
    lettering_part,
    look_part,
    plugin_part,
    saliency_part,
)
from overlaycut.api.file_use import declare, numbered_in, paths_among, plan_files, report_files
from overlaycut.api.inputs import File, Still, still_name, still_notes
from overlaycut.api.intake import remarks
from overlaycut.api.plans import plan_at
from overlaycut.api.plugins import AnalyserFactory, CheckedAnalyser
from overlaycut.api.plugins import analysers as checked_analysers
from overlaycut.core.findings import LetteringReport, State
from overlaycut.core.frame import Picture
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.core.watch import Watch
from overlaycut.decide import Mode, Rules, decide, with_overrides
from overlaycut.errors import UsageError
from overlaycut.media import Clip, Encoding, carried_sound, to_bt709, write_clip, write_png, write_text
from overlaycut.models import TextReader
from overlaycut.pipeline import Pipeline
from overlaycut.qc.annotate import Annotations

if TYPE_CHECKING:
    from overlaycut.api.verb_pages import SeenClip


@verb
def analyze(
    clip: File,
    *,
    still: Still | None = None,
    texts: Sequence[str] = (),
    watch: Sequence[Watch] = (),
    mode: Mode = "auto",
    earlier: EditPlan | None = None,
    out: File | None = None,
    debug: File | None = None,
    report: File | None = None,
    reader: str | TextReader | None = None,
    analysers: Sequence[str | AnalyserFactory] = (),
    cache: bool = True,
    force: bool = False,
    progress: Progress = no_progress,
) -> EditPlan:
    """Find the clip's lettering, follow it, judge it against the still, and decide what to do.

    `texts` is lettering that has to read right; `watch` names areas of the first frame, with or without lettering, that
    are followed and judged by shape and colours. Without a `still` the first frame is the reference. Regions that a
    person decided in an `earlier` plan stand as they were; so do those of the plan that is at `out`, where the new one
    is written. `debug` is where to draw what was seen: an MP4, or a folder for PNGs of the frames that matter; `report`
    gets a page, and its data as JSON beside it. `reader` reads lettering in place of the built-in one; `analysers` see
    every frame as well, and what they note goes into the plan's notes. Both are objects, or names of installed parts.
    Without `cache` nothing of earlier runs is taken from the cache, and nothing is kept in it. Pictures that overlaycut
    did not write are replaced with `force` alone, inputs never.
    """
    source, plan_path = Source(clip), None if out is None else Path(out)
    drawing, page = (None if path is None else Path(path) for path in (debug, report))
    declare(
        reads=[source.clip.path, *paths_among([still]), *plan_files(earlier)],
        writes=[*([] if drawing is None else _drawn_files(drawing)), *report_files(page)],
        updates=[] if plan_path is None else [plan_path],
        force=force,
    )
    there = plan_at(plan_path)
    earlier = there if earlier is None else earlier
    text, others = chosen_reader(reader), checked_analysers(analysers, source.clip.facts)
    pipeline = pipeline_of(progress, cache=cache, job=source.clip.path)
    plan, lettering = planned(pipeline, source, still, texts, mode, watch=watch, reader=text, analysers=others)
    plan = with_overrides(plan, earlier)
    if drawing is not None:
        legible = {region.id: region.legibility_at for region in lettering.regions}
        _draw(source.clip, Annotations(plan, legible=legible), drawing, pipeline.monitor)
    if plan_path is not None:
        write_text(plan_path, plan.to_json())
    if page is not None:
        # Takes a fifth of a second to import, which most jobs do without.
        from overlaycut.api.reporting import write_page
        from overlaycut.api.verb_pages import analyze_page

        legible = {region.id: region.legibility_at for region in lettering.regions}
        write_page(analyze_page(seen_clip(pipeline, source, legible), plan, pipeline), page)
    log_warnings(pipeline)
    return plan


def seen_clip(
    pipeline: Pipeline, source: Source, legible: Mapping[str, Mapping[int, float]], plan: EditPlan | None = None
) -> SeenClip:
    """A clip with its filmstrip, from the store or by one more decode."""
    from overlaycut.api.verb_pages import SeenClip  # as above

    part = look_part(source, source.name)
    found = analysed(pipeline, source, source.name, [part])
    return SeenClip(path=source.clip.path, facts=found.facts, look=found[part], legible=legible, plan=plan)


def planned(
    pipeline: Pipeline,
    source: Source,
    still: Path | str | Picture | None,
    texts: Sequence[str],
    mode: Mode,
    *,
    watch: Sequence[Watch] = (),
    reader: TextReader | None = None,
    analysers: Sequence[CheckedAnalyser] = (),
) -> tuple[EditPlan, LetteringReport]:
    """What is decided about a clip by rules alone, and the report that it was decided on."""
    reference, subject = Reference.of(still), source.name
    lettering = lettering_part(source, subject, still=reference, texts=texts, watch=watch, reader=reader)
    intake = intake_part(source, subject, still=reference)
    others = [plugin_part(source, subject, number, one) for number, one in enumerate(analysers, start=1)]
    found = analysed(pipeline, source, subject, [lettering, saliency_part(source, subject), intake, *others])
    plan = decide(found[lettering], found.record, still=still_name(still), rules=Rules(mode=mode))
    notes = [*still_notes(still), *remarks(found[intake], found.facts)]
    notes += (note for one in others for note in found[one].lines)
    notes = [note for note in notes if note not in plan.notes]
    return plan.model_copy(update={"notes": (*plan.notes, *notes)}), found[lettering]


def _drawn_files(out: Path) -> list[Path]:
    """What drawing may replace: the MP4, or the pictures of that name in a folder.

    Raises UsageError for what is neither.
    """
    if not _is_movie(out) and out.suffix[1:].isalpha():
        raise UsageError(f"{out}: neither an MP4 nor a folder", hint="--debug seen.mp4 or --debug seen")
    return [out] if _is_movie(out) else [out / _picture_name(0), *numbered_in(out, r"frame-(?!00000\.)\d{5,}\.png")]


def _is_movie(out: Path) -> bool:
    return out.suffix.lower() == ".mp4"


def _picture_name(index: int) -> str:
    return f"frame-{index:05d}.png"


def _draw(clip: Clip, annotations: Annotations, out: Path, progress: Progress) -> None:
    frames = with_progress(to_bt709(clip.frames()), progress, f"draw {out.name}", clip.facts.frames)
    if _is_movie(out):
        write_clip(
            annotations.over(frames), out, tick=clip.facts.tick, encoding=Encoding(), sound=carried_sound(clip.facts)
        )
        return
    wanted = set(annotations.moments())
    for frame in frames:
        if frame.index in wanted:
            write_png(out / _picture_name(frame.index), annotations.drawn(frame).rgb())


_NAMED = 3.0
"""Weight of lettering that a person named, in that of other lettering."""
_PROMINENT = 0.01
"""Part of the frame that lettering covers from which on it is seen at once."""
_WORTH: Mapping[State, float] = {"stable": 1.0, "warped": 0.7, "invented": 0.3, "lost": 0.1}
"""What lettering in a state is worth at most: what changes its shape is seen, however it reads."""


def lettering_score(plan: EditPlan) -> float | None:
    """How well a clip's lettering came through, 0..1: the weighted mean over its own, None without any.

    What the judge calls stable counts in full, whatever the reader stumbled over; a rejected region counts nothing.
    """
    own = [region for region in plan.regions if not region.protected and region.judged]
    if not own:
        return None
    weights = [_NAMED if region.expected_from == "user" else 1.0 for region in own]
    values = [_worth(region) for region in own]
    return sum(weight * value for weight, value in zip(weights, values, strict=True)) / sum(weights)


def _worth(region: RegionPlan) -> float:
    if region.state == "stable":
        return 1.0
    return 0.0 if region.decision == "reject" else min(region.legibility, _WORTH[region.state])


def melted_labels(plan: EditPlan) -> tuple[str, ...]:
    """Lettering that a person named, or that is prominent, and that changes its shape or is lost; in words."""
    frame = plan.clip.width * plan.clip.height
    found = []
    for region in plan.regions:
        if region.protected or not region.judged or region.state not in ("warped", "lost"):
            continue
        covers = max((quad.area for quad in region.quads.values()), default=0) / frame
        if region.expected_from == "user" or covers >= _PROMINENT:
            found.append(region.expected or region.read or "lettering")
    return tuple(dict.fromkeys(found))
