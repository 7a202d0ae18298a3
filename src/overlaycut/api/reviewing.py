"""A review: what a run found, shown and changed by a person; every change is on disk before it is answered."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import RLock, Thread
from typing import Any

import cv2
import numpy as np

from overlaycut.analyse import track_area
from overlaycut.api.caching import pipeline_of
from overlaycut.api.captioning import CaptionLook, backward, laid, safe_box
from overlaycut.api.clip_analysis import Source
from overlaycut.api.estimating import EstimatedRepairs, RepairInputs, prepare
from overlaycut.api.exporting import policies_for
from overlaycut.api.file_use import declare, project_files
from overlaycut.api.plugins import caption_style, installed
from overlaycut.api.reporting import outline_tone
from overlaycut.api.review_edits import (
    Accept,
    Caption,
    Choose,
    Decide,
    Draw,
    Edit,
    Expect,
    Place,
    Reset,
    Style,
)
from overlaycut.api.review_files import (
    ProjectFile,
    edited_captions,
    read_accepted,
    write_accepted,
    write_captions,
)
from overlaycut.api.review_frames import FRAME_PX, FrameSequence, FrameShelf, small_jpeg
from overlaycut.api.review_jobs import Jobs
from overlaycut.api.shots import Casting, ChosenClip, chosen_clip
from overlaycut.api.wording import Wording, read_words
from overlaycut.captions import burn_in, style_names, tokens
from overlaycut.core.cues import Cue, Word
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, Quad, Span
from overlaycut.core.plan import CHANGING, EditPlan, RegionPlan, read_plan
from overlaycut.core.progress import Progress
from overlaycut.core.project import Project, Shot, read_project, require_clips
from overlaycut.decide import with_overrides
from overlaycut.deliver import dejittered
from overlaycut.errors import InvalidValue, OverlaycutError, UsageError
from overlaycut.media import RATE, Clip, Samples, samples, write_text
from overlaycut.pipeline import Cancellation, Event, Monitor, Pipeline

_LOG = logging.getLogger(__name__)

_PATIENCE = 20.0
"""Seconds to wait for a job to stop: it does at its next sign of progress."""
_PEAKS_PER_SECOND = 50
"""Of the waveform."""


class StaleEdit(OverlaycutError):
    """What is to be changed was changed by another tab since."""


@dataclass(slots=True)
class _ReviewedShot:
    """One shot with what is known of it so far."""

    name: str
    shot: Shot
    clip: Path
    plan: EditPlan | None = None
    chosen: ChosenClip | None = None
    error: str = ""


class ReviewSession:
    """One project, or clips, under review. For any number of threads.

    listen: called with every change and every step of progress, as JSON values.
    """

    def __init__(
        self,
        project: Path | None,
        clips: Sequence[Path],
        out: Path | None,
        *,
        cache: bool = True,
        listen: Callable[[dict[str, Any]], None],
    ) -> None:
        """Read the project; nothing is decoded yet. Raises what `read_project`, `Clip` and `declare` do."""
        if (project is None) == (not clips):
            raise UsageError("a review is of one project, or of clips", hint="overlaycut review project.toml")
        self._listen, self._cache, self._project = listen, cache, project
        self._toml = None if project is None else ProjectFile(project)
        first = project or clips[0]
        self.folder = out or first.resolve().parent / ("out" if project is not None else f"{first.stem}-review")
        self._lock, self._jobs = RLock(), Jobs()
        self._revision, self._changed_at = 0, dict[str, int]()
        self._cancellation = Cancellation()
        self._shelf = FrameShelf()
        self.job = self._read(clips)
        names = [f"shot-{number:02d}" for number in range(1, len(self.job.shots) + 1)]
        self.shots = [self._reviewed(name, shot) for name, shot in zip(names, self.job.shots, strict=True)]
        reads = project_files(project, self.job) if project is not None else clips
        edited = [] if self.job.captions is None else [edited_captions(self.job.captions.source)]
        edited = [path for path in edited if path != self.job.captions.source] if self.job.captions else []
        kept = [path for path in reads if path != project]
        updates = [*map(self._plan_path, names), self._accepted_path, *([] if project is None else [project])]
        declare(reads=kept, writes=edited, updates=updates)
        self._accepted = read_accepted(self._accepted_path)
        self._cues = self._read_cues()
        self._worker = Thread(target=self._work, daemon=True, name="review")
        self._worker.start()
        for number in range(len(self.shots)):
            self._jobs.put(lambda number=number: self._analyse(number))  # type: ignore[misc]

    def close(self) -> None:
        """Stop what is going on, and wait for that."""
        self._cancellation.cancel()
        self._shelf.close()
        self._jobs.end()
        self._worker.join(_PATIENCE)

    # What is shown

    def state(self) -> dict[str, Any]:
        """Everything on the page but pictures and places."""
        with self._lock:
            return {
                "revision": self._revision,
                "name": self.job.project.name if self._project else "clips",
                "project": self._project is not None,
                "frame_px": FRAME_PX,
                "shots": [self._shot_state(number) for number in range(len(self.shots))],
                "captions": self._caption_state(),
            }

    def tracks(self, number: int) -> dict[str, Any]:
        """Region → frame → corners in shares of the picture, and how it is drawn there."""
        plan = self._shot(number).plan
        if plan is None:
            return {}
        width, height = plan.clip.width, plan.clip.height
        return {
            region.id: {
                index: {
                    "tone": outline_tone(region, index),
                    "quad": [[round(x / width, 4), round(y / height, 4)] for x, y in quad.array()],
                }
                for index, quad in region.quads.items()
            }
            for region in plan.regions
        }

    def frame(self, number: int, index: int, candidate: int | None = None) -> bytes:
        """A frame of a shot's clip, or of a candidate's, as JPEG."""
        shot = self._shot(number)
        clips = shot.shot.clips
        if candidate is not None and not 0 <= candidate < len(clips):
            raise InvalidValue(f"candidate {candidate}: the shot has {len(clips)}")
        return self._shelf.clip(shot.clip if candidate is None else clips[candidate]).frame(index)

    def repaired_frame(self, number: int, index: int) -> bytes:
        """A frame of the last preview of a shot as JPEG. Raises UsageError where none was made of its plan."""
        sequence = self._shelf.known(f"preview {number}")
        if sequence is None:
            raise UsageError("no preview was made of this", hint="preview it first")
        return sequence.frame(index)

    def caption_frame(self, number: int, style: str | None) -> bytes:
        """A caption over the picture that it stands on, as JPEG, drawn by the code that draws the deliveries."""
        with self._lock:
            cues, table = self._cues, self.job.captions
            if table is None or not 0 <= number < len(cues):
                raise InvalidValue(f"caption {number}: there are {len(cues)}")
            cue = cues[number]
            look = CaptionLook(style or table.style, table.brand)
        loaded = look.loaded()
        at = (cue.start + cue.end) / 2
        ground = self._ground(at)
        safe = safe_box(ground.width, ground.height, self.job.project.outputs[0], right_to_left=backward(cues))
        shown = tuple(one for one in cues if one.start <= at < one.end)
        layout = laid(shown, width=ground.width, height=ground.height, style=loaded, safe=safe)
        return small_jpeg(next(burn_in(layout, loaded)(iter([ground]))).rgb())

    def waveform(self) -> dict[str, Any]:
        """Peaks of the voice, else of the shots' own sound, 0..1."""
        return {"per_second": _PEAKS_PER_SECOND, "peaks": self._peaks}

    # What is changed

    def apply(self, edit: Edit) -> dict[str, Any]:
        """Make a change, write it, tell everybody; the new state.

        Raises StaleEdit when another tab has changed the same since the state that the person saw, InvalidValue and
        UsageError for what cannot be done.
        """
        with self._lock:
            key = self._key(edit)
            if self._changed_at.get(key, 0) > edit.revision:
                raise StaleEdit("changed in another tab", hint="look at it again")
            match edit:
                case Caption():
                    self._change_caption(edit)
                case Style():
                    self._change_style(edit)
                case Choose():
                    self._choose(edit)
                case Accept():
                    self._accept(edit)
                case _:
                    self._change_plan(edit)
            self._revision += 1
            self._changed_at[key] = self._revision
            state = self.state()
        self._listen({"kind": "changed", "revision": state["revision"]})
        return state

    def preview(self, number: int, region: str | None) -> None:
        """Render a shot anew in the background, one region of it or all; frames come as they are made."""
        shot = self._shot(number)
        if shot.plan is None:
            raise UsageError("the shot is not analysed yet")
        plan = shot.plan
        if region is not None:
            _region(plan, region)
            plan = _alone(plan, region, {})
        self._jobs.put(lambda: self._preview(number, plan))

    # Behind it

    def _read(self, clips: Sequence[Path]) -> Project:
        if self._project is not None:
            job = read_project(self._project)
            require_clips(job, self._project)
            return job
        for path in clips:
            Clip(path)
        return Project(shots=tuple(Shot(clip=path.resolve()) for path in clips))

    def _reviewed(self, name: str, shot: Shot) -> _ReviewedShot:
        plan = read_plan(self._plan_path(name)) if self._plan_path(name).exists() else None
        known = {str(path): path for path in shot.clips}
        clip = shot.choice or known.get(plan.clip.path if plan is not None else "") or shot.clips[0]
        return _ReviewedShot(name, shot, clip, plan if plan is None or plan.clip.path == str(clip) else None)

    def _plan_path(self, name: str) -> Path:
        return self.folder / "plans" / f"{name}.json"

    @property
    def _accepted_path(self) -> Path:
        return self.folder / "accepted.json"

    def _shot(self, number: int) -> _ReviewedShot:
        if not 0 <= number < len(self.shots):
            raise InvalidValue(f"shot {number}: there are {len(self.shots)}")
        return self.shots[number]

    def _shot_state(self, number: int) -> dict[str, Any]:
        one = self.shots[number]
        facts, plan = Clip(one.clip).facts, one.plan
        ranking = {} if one.chosen is None or one.chosen.cast is None else {r.clip: r for r in one.chosen.cast.ranking}
        frames = plan.clip.frames if plan is not None else facts.frames
        return {
            "name": one.name,
            "clip": one.clip.name,
            "width": facts.width,
            "height": facts.height,
            "fps": plan.clip.fps if plan is not None else float(facts.fps or 25),
            "frames": frames or 1,
            "ready": plan is not None,
            "error": one.error,
            "accepted": plan is not None and self._accepted.get(one.name) == plan.digest(),
            "previewed": self._shelf.known(f"preview {number}") is not None,
            "why": "" if one.chosen is None else one.chosen.why,
            "candidates": [
                {
                    "name": path.name,
                    "taken": path == one.clip,
                    "by_person": path == one.shot.choice,
                    "score": None if str(path) not in ranking else ranking[str(path)].score,
                    "reasons": [] if str(path) not in ranking else list(ranking[str(path)].reasons),
                }
                for path in one.shot.clips
            ],
            "regions": [] if plan is None else [_region_state(region) for region in plan.regions],
        }

    def _caption_state(self) -> dict[str, Any] | None:
        table = self.job.captions
        if table is None:
            return None
        return {
            "style": table.style,
            "styles": sorted({*style_names(), *installed("caption_styles")}),
            "source": table.source.name,
            "duration": float(self._duration),
            "cues": [_cue_state(cue) for cue in self._cues],
        }

    @property
    def _duration(self) -> Fraction:
        return sum((length for _, _, length in self._timing()), Fraction(0))

    def _timing(self) -> Iterator[tuple[_ReviewedShot, Fraction, Fraction]]:
        """Each shot, when it begins in the programme, and its length there; crossfades are left out."""
        starts = Fraction(0)
        for one in self.shots:
            duration = Clip(one.clip).facts.duration or Fraction(1)
            length = (min(one.shot.end or duration, duration) - one.shot.start) / one.shot.speed
            yield one, starts, max(length, Fraction(1, 100))
            starts += length

    def _ground(self, at: Fraction) -> Frame:
        """The picture of the programme at a time, at half the size of the first output."""
        video = policies_for(self.job.project.outputs[:1])[0].target.video
        size = 2 * (video.width // 4), 2 * (video.height // 4)
        for one, starts, length in self._timing():
            if starts <= at < starts + length:
                facts = Clip(one.clip).facts
                index = int((one.shot.start + (at - starts) * one.shot.speed) * Fraction(facts.fps or 25))
                picture = self._shelf.clip(one.clip).frame(index)
                return _framed(picture, size, at)
        black = np.zeros((size[1], size[0], 3), np.uint8)
        return Frame.from_rgb(black, index=0, at=at, lasts=Fraction(1, 25))

    @cached_property
    def _peaks(self) -> list[float]:
        voice = self.job.audio.voice
        found: list[float] = []
        if voice is not None:
            return _peaks_of(samples(voice, duration=self._duration))
        for one, _, length in self._timing():
            count = round(length * _PEAKS_PER_SECOND)
            if Clip(one.clip).facts.audio is None:
                found += [0.0] * count
                continue
            peaks = _peaks_of(samples(one.clip, start=one.shot.start, duration=length))
            found += (peaks + [0.0] * count)[:count]
        return found

    def _read_cues(self) -> tuple[Cue, ...]:
        table = self.job.captions
        if table is None:
            return ()
        wording = Wording(table.source, table.script, table.glossary, self.job.audio.voice, table.encoding)
        return read_words(wording, self._duration).cues

    # Changes

    def _key(self, edit: Edit) -> str:
        match edit:
            case Caption():
                return f"caption {edit.cue}"
            case Style():
                return "style"
            case Choose() | Accept() | Draw():
                return f"{edit.kind} {edit.shot}"
        return f"region {edit.shot} {edit.region}"

    def _change_plan(self, edit: Decide | Expect | Place | Draw | Reset) -> None:
        shot = self._shot(edit.shot)
        if shot.plan is None:
            raise UsageError("the shot is not analysed yet", hint="wait for its regions")
        if isinstance(edit, Reset):
            self._reset(edit.shot, edit.region)
            return
        if isinstance(edit, Draw):
            plan = _with_area(shot.plan, edit, lambda box, at, span: _tracked(shot.clip, box, at, span))
        else:
            region = _region(shot.plan, edit.region)
            if isinstance(edit, Expect) and self._toml is not None:
                self._toml.expect(edit.shot, region.expected, edit.text)
            changed = _changed(region, edit, shot.plan)
            regions = (changed if one.id == region.id else one for one in shot.plan.regions)
            plan = shot.plan.model_copy(update={"regions": tuple(regions)})
        self._keep_plan(shot, plan)

    def _keep_plan(self, shot: _ReviewedShot, plan: EditPlan) -> None:
        write_text(self._plan_path(shot.name), plan.to_json())
        shot.plan = plan

    def _reset(self, number: int, region: str) -> None:
        """Without the person's word on a region; the rules decide about it again, from what was analysed."""
        shot = self._shot(number)
        assert shot.plan is not None  # the caller looked
        _region(shot.plan, region)
        left = tuple(one for one in shot.plan.regions if one.id != region)
        self._keep_plan(shot, shot.plan.model_copy(update={"regions": left}))
        self._decide(number)

    def _choose(self, edit: Choose) -> None:
        shot = self._shot(edit.shot)
        clips = shot.shot.clips
        if self._toml is None or len(clips) < 2:
            raise UsageError("there is nothing to choose from")
        if edit.clip is not None and edit.clip >= len(clips):
            raise InvalidValue(f"candidate {edit.clip}: the shot has {len(clips)}")
        choice = None if edit.clip is None else clips[edit.clip]
        self._toml.choose(edit.shot, choice)
        shot.shot = shot.shot.model_copy(update={"choice": choice})
        shots = (one.shot for one in self.shots)
        self.job = self.job.model_copy(update={"shots": tuple(shots)})
        # What a person decided about one candidate waits for the day when it is taken again.
        if shot.plan is not None:
            write_text(self._plan_path(f"{shot.name}.{shot.clip.stem}"), shot.plan.to_json())
        shot.plan, shot.chosen = None, None
        shot.clip = choice or shot.clip
        kept = self._plan_path(f"{shot.name}.{shot.clip.stem}")
        if choice is not None and kept.exists():
            write_text(self._plan_path(shot.name), kept.read_text(encoding="utf-8"))
            shot.plan = read_plan(kept)
        self._shelf.forget(f"preview {edit.shot}")
        self._jobs.put(lambda: self._analyse(edit.shot))

    def _accept(self, edit: Accept) -> None:
        shot = self._shot(edit.shot)
        if shot.plan is None:
            raise UsageError("the shot is not analysed yet")
        accepted = {name: digest for name, digest in self._accepted.items() if name != shot.name}
        if edit.accepted:
            accepted[shot.name] = shot.plan.digest()
        write_accepted(self._accepted_path, accepted.items())
        self._accepted = accepted

    def _change_caption(self, edit: Caption) -> None:
        table = self.job.captions
        if table is None or self._toml is None or not 0 <= edit.cue < len(self._cues):
            raise InvalidValue(f"caption {edit.cue}: there are {len(self._cues)}")
        cue = _edited_cue(self._cues[edit.cue], edit)
        cues = [cue if n == edit.cue else one for n, one in enumerate(self._cues)]
        path = edited_captions(table.source)
        write_captions(path, sorted(cues, key=lambda one: (one.start, one.end)))
        if path != table.source:
            self._toml.caption(source=path)
            table = table.model_copy(update={"source": path, "encoding": None})
            self.job = self.job.model_copy(update={"captions": table})
        self._cues = tuple(sorted(cues, key=lambda one: (one.start, one.end)))

    def _change_style(self, edit: Style) -> None:
        table = self.job.captions
        if table is None or self._toml is None:
            raise UsageError("the project has no captions")
        caption_style(edit.style)
        self._toml.caption(style=edit.style)
        self.job = self.job.model_copy(update={"captions": table.model_copy(update={"style": edit.style})})

    # Jobs, one after another

    def _work(self) -> None:
        while (job := self._jobs.next()) is not None:
            try:
                job()
            except OverlaycutError as error:
                self._listen({"kind": "failed", "text": error.one_line()})
            except Exception as error:  # the jobs after this one are done all the same
                _LOG.exception("a bug in a job of the review")
                self._listen({"kind": "failed", "text": f"a bug: {type(error).__name__}: {error}"})

    def _pipeline(self) -> Pipeline:
        progress: Progress = Monitor(listen=self._progressed, cancellation=self._cancellation)
        return pipeline_of(progress, cache=self._cache, job=self._job)

    @property
    def _job(self) -> Path:
        return self._project or self.shots[0].clip

    def _progressed(self, event: Event) -> None:
        if event.stored:
            return
        self._listen(
            {
                "kind": "progress",
                "label": event.label or event.step,
                "done": event.done,
                "total": event.total,
                "rate": event.frames_per_second,
            }
        )

    def _analyse(self, number: int) -> None:
        shot = self.shots[number]
        try:
            self._decide(number)
        except OverlaycutError as error:
            shot.error = error.one_line()
            raise
        finally:
            with self._lock:
                self._revision += 1
            self._listen({"kind": "changed", "revision": self._revision})
        self._jobs.put(lambda: self._prepare(number), awaited=False)

    def _prepare(self, number: int) -> None:
        """Make beforehand what is likely to be asked for. Nothing is said about it.

        That is the clip's pictures for scrubbing, and what the preview of a region needs that no decision changes.
        """
        shot = self.shots[number]
        if shot.plan is None:
            return
        self._shelf.clip(shot.clip)
        pipeline = pipeline_of(Monitor(cancellation=self._cancellation), cache=self._cache, job=self._job)
        for region in shot.plan.regions:
            if region.changes and not region.protected:
                alone = _alone(shot.plan, region.id, {"decided_by": "person"})
                with suppress(OverlaycutError):  # the preview meets the same, and says it
                    prepare(pipeline, alone, Source(shot.clip), shot.name, RepairInputs())

    def _decide(self, number: int) -> None:
        """Analyse a shot, or take that from the store, and decide; what a person said stands."""
        shot = self.shots[number]
        casting = self._casting if len(shot.shot.clips) > 1 or shot.shot.cast else None
        with TemporaryDirectory() as plans:
            chosen = chosen_clip(self._pipeline(), shot.name, shot.shot, self.job, Path(plans), casting)
        with self._lock:  # what a person said meanwhile stands
            same = shot.plan is not None and shot.plan.clip.sha256 == chosen.plan.clip.sha256
            plan = with_overrides(chosen.plan, shot.plan) if same else chosen.plan
            shot.chosen, shot.clip = chosen, chosen.source.clip.path
            self._keep_plan(shot, plan)

    @cached_property
    def _casting(self) -> Casting | None:
        return Casting.of(self.job)

    def _preview(self, number: int, plan: EditPlan) -> None:
        shot = self.shots[number]
        source = Source(shot.clip)
        repairs = EstimatedRepairs(self._pipeline(), plan, source, f"preview of {shot.name}", RepairInputs())
        facts = source.clip.facts

        def frames() -> Iterator[Frame]:
            decoded = source.clip.frames()
            even = decoded if facts.vfr or facts.fps is None else dejittered(facts.fps)(decoded)
            return (after.frame for after in repairs.over(even))

        sequence = FrameSequence(frames)
        self._shelf.put(f"preview {number}", sequence)
        # It is shown once there is a changed frame; one that is asked for before it is made is waited for.
        sequence.frame(min((one.edit.start for one in plan.regions if one.edit is not None), default=0))
        self._listen({"kind": "previewed", "shot": number})
        sequence.frame(plan.clip.frames - 1)


def _alone(plan: EditPlan, name: str, update: Mapping[str, Any]) -> EditPlan:
    """A plan that changes nothing but one region, which is updated."""
    regions = (one.model_copy(update=update if one.id == name else {"edit": None}) for one in plan.regions)
    return plan.model_copy(update={"regions": tuple(regions)})


def _region(plan: EditPlan, name: str) -> RegionPlan:
    found = next((one for one in plan.regions if one.id == name), None)
    if found is None:
        raise InvalidValue(f"region {name!r}: the shot has {', '.join(one.id for one in plan.regions) or 'none'}")
    return found


def _region_state(region: RegionPlan) -> dict[str, Any]:
    kept = {"id", "kind", "state", "protected", "expected", "read", "legibility", "onset_frame", "span", "decision",
            "edit", "decided_by", "reason"}  # fmt: skip
    return region.model_dump(mode="json", include=kept)


def _cue_state(cue: Cue) -> dict[str, Any]:
    words = [{"text": one.text, "start": float(one.start), "end": float(one.end)} for one in cue.words]
    return {
        "start": float(cue.start),
        "end": float(cue.end),
        "text": cue.text,
        "anchor": cue.anchor,
        "words": words,
    }


def _changed(region: RegionPlan, edit: Decide | Expect | Place, plan: EditPlan) -> RegionPlan:
    """The region as a person has it now. Raises UsageError for a protected mark that would be taken out."""
    update: dict[str, Any] = {"decided_by": "person"}
    match edit:
        case Decide():
            if region.protected and edit.decision in CHANGING:
                raise UsageError(f"{region.id} is a protected mark", hint="it stays as it is")
            span = region.edit or Span(region.onset_frame or region.span.start, region.span.end)
            changes = edit.decision in CHANGING
            update |= {"decision": edit.decision, "edit": span if changes else None}
            update["reason"] = f"a person decided: {edit.decision}"
        case Expect():
            update |= {"expected": edit.text, "expected_from": "user", "reason": "a person said what it should read"}
        case Place():
            span = _span(edit, region, plan)
            quads = {index: _shifted(quad, edit.dx, edit.dy) for index, quad in region.quads.items()}
            last = quads[max(quads)]
            update |= {
                "quads": {index: quads.get(index, last) for index in span} | quads,
                "span": Span(min(span.start, region.span.start), max(span.end, region.span.end)),
                "edit": span if region.decision in CHANGING else None,
                "reason": "a person placed it",
            }
            missing = (index for index in update["span"] if index not in update["quads"])
            update["quads"] |= dict.fromkeys(missing, last)
    return region.model_copy(update=update)


def _span(edit: Place | Draw, region: RegionPlan | None, plan: EditPlan) -> Span:
    usual = Span(0, plan.clip.frames) if region is None else region.edit or region.span
    start = usual.start if edit.start is None else edit.start
    end = min(usual.end if edit.end is None else edit.end, plan.clip.frames)
    if start >= end:
        raise InvalidValue(f"frames {start} to {end}: an area lasts a frame at least")
    return Span(start, end)


def _shifted(quad: Quad, dx: int, dy: int) -> Quad:
    return Quad.of(quad.array() + np.array([dx, dy]))


def _with_area(plan: EditPlan, edit: Draw, tracked: Callable[[Box, int, Span], dict[int, Quad]]) -> EditPlan:
    x, y, w, h = edit.box
    box = Box(x, y, max(w, 1), max(h, 1)).clipped(plan.clip.width, plan.clip.height)
    if box is None:
        raise InvalidValue("the area lies outside the picture")
    span = _span(edit, None, plan)
    at = min(max(edit.at, span.start), span.end - 1)
    quads = tracked(box, at, span) if edit.track else dict.fromkeys(span, box.quad())
    known = {one.id for one in plan.regions}
    name = next(f"area-{n}" for n in range(1, len(known) + 2) if f"area-{n}" not in known)
    last = quads[max(quads)]
    region = RegionPlan(
        id=name,
        state="invented",
        legibility=0.0,
        span=span,
        quads={index: quads.get(index, last) for index in span},
        decision=edit.decision,
        edit=span,
        decided_by="person",
        reason="a person drew this area" + (", tracked" if edit.track else ""),
    )
    return plan.model_copy(update={"regions": (*plan.regions, region)})


def _tracked(clip: Path, box: Box, at: int, span: Span) -> dict[int, Quad]:
    return track_area(Clip(clip).frames(), box, at, span)


def _edited_cue(cue: Cue, edit: Caption) -> Cue:
    """The cue with a person's words and times. Raises InvalidValue for a cue that does not run forward."""
    start, end = (Fraction(str(round(value, 3))) for value in (edit.start, edit.end))
    if edit.words:
        words = tuple(Word(one.text, Fraction(str(one.start)), Fraction(str(one.end))) for one in edit.words)
    else:
        words = _timed(cue, edit.text, start, end)
    return replace(cue, start=start, end=end, text=edit.text, words=words, anchor=edit.anchor)


def _timed(cue: Cue, text: str, start: Fraction, end: Fraction) -> tuple[Word, ...]:
    """The times of words: as they were, scaled to the new times, where there are as many; else by their length."""
    if not cue.words:
        return ()
    texts = tokens(text)
    if len(texts) == len(cue.words):
        scale = (end - start) / (cue.end - cue.start)
        marks = [(start + (one.start - cue.start) * scale, start + (one.end - cue.start) * scale) for one in cue.words]
    else:
        total, done, marks = sum(map(len, texts)), 0, []
        for one in texts:
            marks.append((start + (end - start) * done / total, start + (end - start) * (done + len(one)) / total))
            done += len(one)
    return tuple(Word(one, begin, until) for one, (begin, until) in zip(texts, marks, strict=True))


def _framed(picture: bytes, size: tuple[int, int], at: Fraction) -> Frame:
    """A small picture cut and scaled to a size, as a frame at a time."""
    decoded = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert decoded is not None  # it is ours
    height, width = decoded.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    grown = cv2.resize(decoded, (max(round(width * scale), size[0]), max(round(height * scale), size[1])))
    top, left = (grown.shape[0] - size[1]) // 2, (grown.shape[1] - size[0]) // 2
    cut = np.ascontiguousarray(grown[top : top + size[1], left : left + size[0]])
    return Frame.from_rgb(cut.astype(np.uint8), index=0, at=at, lasts=Fraction(1, 25))


def _peaks_of(blocks: Iterator[Samples]) -> list[float]:
    wave = np.concatenate([np.zeros((0, 2), np.float32), *blocks])
    size = RATE // _PEAKS_PER_SECOND
    whole = np.abs(wave[: len(wave) // size * size]).max(axis=1, initial=0).reshape(-1, size)
    return [round(min(float(value), 1.0), 3) for value in whole.max(axis=1, initial=0)]
