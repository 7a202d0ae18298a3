"""`validate`: everything that can be said about a project file without rendering, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from overlaycut.api.boundary import verb
from overlaycut.api.captioning import CaptionLook
from overlaycut.api.cast_references import cast_of
from overlaycut.api.cut_shots import project_and_faults
from overlaycut.api.disclosing import signing
from overlaycut.api.exporting import policies_for
from overlaycut.api.file_use import declare, paths_among
from overlaycut.api.inputs import File
from overlaycut.api.joining import card_notes, card_part, programme_rate, sound_notes
from overlaycut.api.plugins import face_embedding
from overlaycut.api.results import BeatCut, ProjectFault, ValidateReport
from overlaycut.api.wording import Wording, read_words
from overlaycut.assemble import ProgrammePart, beats_of, cuts_on_beats, laid_out
from overlaycut.core.facts import ClipFacts
from overlaycut.core.programme_tables import EndCard
from overlaycut.core.project import CaptionsTable, CastMember, Project, Shot
from overlaycut.deliver import conversion_note
from overlaycut.errors import DocumentError, OverlaycutError, UsageError
from overlaycut.media import Clip, read_still, samples, sound_channels, sound_seconds

_NEVER = Fraction(10**9)
"""Seconds beyond any clip."""


@verb
def validate(project: File, *, beats: File | None = None) -> ValidateReport:
    """Check a project file, all files that it names and how they fit together, without rendering anything.

    Everything that would keep `run` from finishing is a fault, all of them are told, and nothing is written. What `run`
    would do but a person might not expect is a note. With `beats`, music, cuts are proposed that fall on its beats.
    Raises InputError where that has no sound.
    """
    path, music = Path(project), None if beats is None else Path(beats)
    declare(reads=paths_among([path, music]), writes=())
    job, found = project_and_faults(path)
    faults = [_fault(error) for error in found]
    if job is None:
        return ValidateReport(project=path, faults=tuple(faults), notes=())
    check = _Check(job, {fault.where for fault in faults})
    faults += check.faults()
    notes, cuts = list(check.notes()), tuple[BeatCut, ...]()
    if music is not None:
        sound_seconds(music)
        times = beats_of(np.concatenate(list(samples(music))))
        cuts = tuple(check.cuts_on(times))
        notes += [] if times else [f"{music.name} has no steady beat: no cut is proposed"]
    return ValidateReport(project=path, faults=tuple(faults), notes=tuple(notes), beats=cuts)


def _fault(error: OverlaycutError, where: str = "") -> ProjectFault:
    named = error.where if isinstance(error, DocumentError) and not where else where
    return ProjectFault(where=named, problem=error.problem, hint=error.hint)


class _Check:
    """One project whose document is sound. Files at the keys `absent` are known not to be there."""

    def __init__(self, job: Project, absent: set[str]) -> None:
        self._job, self._absent = job, absent
        self._facts: dict[int, list[ClipFacts]] = {number: [] for number in range(len(job.shots))}

    def faults(self) -> Iterator[ProjectFault]:
        """What keeps `run` from finishing, in the order of the project file."""
        job, disclosure = self._job, self._job.disclosure
        yield from self._tried("project.outputs", partial(policies_for, job.project.outputs))
        for number, member in enumerate(job.cast):
            yield from self._tried(f"cast[{number}].references", partial(_known, member))
        for number, shot in enumerate(job.shots):
            yield from self._shot(number, shot)
        if job.captions is not None:
            yield from self._captions(job.captions)
        for name, sound in (("audio.voice", job.audio.voice), ("audio.music", job.audio.music)):
            if sound is not None:
                yield from self._tried(name, partial(sound_seconds, sound))
        if job.end_card is not None:
            yield from self._card(job.end_card)
        yield from self._transitions()
        # A local certificate would be made here; that is for `run`.
        yield from self._tried("disclosure", partial(signing, disclosure.certificate, disclosure.key))

    def _card(self, card: EndCard) -> Iterator[ProjectFault]:
        if card.clip is not None:
            yield from self._tried("end_card.clip", partial(_facts, card.clip))
        for number, picture in enumerate(card.pictures):
            key = "end_card.image" if card.image is not None else f"end_card.images[{number}]"
            yield from self._tried(key, partial(read_still, picture))

    def _transitions(self) -> Iterator[ProjectFault]:
        """Transitions and fades that their shots are too short for."""
        with suppress(OverlaycutError):  # of a file, which was told
            parts = self._parts()
            if parts is None:
                return
            try:
                laid_out(parts, self._rate(), fade_out=self._job.project.fade_out)
            except UsageError as error:
                yield _fault(error, f"shots: {error.problem.partition(':')[0]}")

    def _parts(self) -> list[ProgrammePart] | None:
        """The parts of the programme, shortest candidates taken; None where the length of one is not known."""
        parts = []
        for number, (name, shot) in enumerate(zip(self._job.shot_names, self._job.shots, strict=True)):
            found = self._facts[number]
            length = min((one.duration for one in found if one.duration is not None), default=None)
            if length is None or shot.start >= length:
                return None
            part = ProgrammePart(
                name=name,
                source=found[0].path,
                source_in=shot.start,
                seconds=min(shot.end or length, length) - shot.start,
                has_sound=False,
                speed=shot.speed,
                hold=shot.hold,
                transition=shot.transition,
                transition_seconds=shot.transition_seconds,
            )
            parts.append(part)
        return parts if self._job.end_card is None else [*parts, card_part(self._job.end_card)]

    def _rate(self) -> Fraction:
        return programme_rate(self._job, self._facts[0][0], policies_for(self._job.project.outputs)[0])

    def _tried(self, where: str, check: Callable[[], object]) -> Iterator[ProjectFault]:
        """What a check raises, as a fault at a key; nothing where a file there is known to be missing."""
        if any(one == where or one.startswith((f"{where}.", f"{where}[")) for one in self._absent):
            return
        try:
            check()
        except OverlaycutError as error:
            yield _fault(error, where)

    def _shot(self, number: int, shot: Shot) -> Iterator[ProjectFault]:
        where = f"shots[{number}]"
        if shot.still is not None:
            yield from self._tried(f"{where}.still", partial(read_still, shot.still))
        if not shot.clips:
            hint = "overlaycut generate makes candidates by its prompt"
            yield ProjectFault(where=where, problem="it has no clip yet", hint=hint)
        for place, clip in enumerate(shot.clips):
            key = f"{where}.clip" if shot.clip is not None else f"{where}.candidates[{place}]"
            yield from self._tried(key, partial(self._look_at, number, clip))
        if shot.sheet is not None:
            yield from self._tried(f"{where}.sheet", partial(read_still, shot.sheet))
        yield from self._trim(where, number, shot)

    def _look_at(self, number: int, clip: Path) -> None:
        self._facts[number].append(Clip(clip).facts)

    def _trim(self, where: str, number: int, shot: Shot) -> Iterator[ProjectFault]:
        """A trim that some candidate is too short for."""
        for facts in self._facts[number]:
            length = facts.duration
            if length is None:
                continue
            name, seconds = facts.path.name, f"{float(length):.2f} s"
            if shot.start >= length:
                problem = f"in = {float(shot.start):g} is past the end of {name}, which lasts {seconds}"
                yield ProjectFault(where=f"{where}.in", problem=problem, hint="trim within the clip")
            elif shot.end is not None and shot.end > length:
                problem = f"out = {float(shot.end):g} is past the end of {name}, which lasts {seconds}"
                yield ProjectFault(where=f"{where}.out", problem=problem, hint="trim within the clip")

    def _captions(self, table: CaptionsTable) -> Iterator[ProjectFault]:
        yield from self._tried("captions.style", CaptionLook(table.style, table.brand).loaded)
        wording = Wording(table.source, table.script, table.glossary, self._job.audio.voice, table.encoding)
        if not self._absent & {"audio.voice", "captions.script", "captions.glossary"}:
            yield from self._tried("captions.source", partial(read_words, wording, self._duration() or Fraction(1)))

    def _duration(self) -> Fraction | None:
        """Seconds of the programme; None where the length of a shot, or its place, is not known."""
        with suppress(OverlaycutError):
            parts = self._parts()
            if parts is not None:
                rate = self._rate()
                return laid_out(parts, rate, fade_out=self._job.project.fade_out)[-1].ends / rate
        return None

    def notes(self) -> Iterator[str]:
        """What `run` will do that might surprise."""
        seen = [one for facts in self._facts.values() for one in facts]
        with suppress(OverlaycutError, IndexError):  # of a file, which was told
            yield from self._rates(self._rate())
        aspects = {Fraction(one.width, one.height) for one in seen}
        if len(aspects) > 1:
            yield "the shots have different aspects; those unlike the master's are reframed"
        yield from _same_parts(self._job)
        duration = self._duration()
        if duration is not None:
            with suppress(OverlaycutError):
                yield from sound_notes(self._job.audio, duration)
        for name, sound in (("voice", self._job.audio.voice), ("music", self._job.audio.music)):
            with suppress(OverlaycutError):
                if sound is not None and (channels := sound_channels(sound)) > 2:
                    yield f"the {name} has {channels} channels; they are mixed down to two"
        if self._job.end_card is not None:
            with suppress(OverlaycutError):
                yield from card_notes(self._job, policies_for(self._job.project.outputs))

    def cuts_on(self, beats: Sequence[Fraction]) -> Iterator[BeatCut]:
        """Where the ends of shots could be so that they fall on beats; nothing where a length is not known."""
        parts = self._parts()
        if parts is None:
            return
        rate = self._rate()
        segments = laid_out(parts, rate)
        starts = [*(one.starts for one in segments), segments[-1].ends]
        lengths = [(after - before) / rate for before, after in pairwise(starts)]
        longest = []
        for number, (part, length) in enumerate(zip(parts, lengths, strict=True)):
            clips = [one.duration for one in self._facts.get(number, ()) if one.duration is not None]
            more = min(clips, default=part.source_in + part.seconds) - part.source_in - part.seconds
            longest.append(length + more / part.speed)
        for cut in cuts_on_beats(lengths, beats, longest=longest):
            part = parts[cut.segment]
            if cut.change:
                out = part.source_in + part.seconds + cut.change * part.speed
                yield BeatCut(shot=part.name, end_seconds=cut.at, beat_seconds=cut.beat, out=out)

    def _rates(self, rate: Fraction) -> Iterator[str]:
        """What is done to clips of other rates than the programme's."""
        for number, (name, shot) in enumerate(zip(self._job.shot_names, self._job.shots, strict=True)):
            for fps in dict.fromkeys(one.fps for one in self._facts[number] if one.fps is not None):
                note = conversion_note(fps * shot.speed, rate, self._job.project.motion)
                if note is not None:
                    yield f"{name}: {float(fps):g} frames per second in a programme of {float(rate):g}: {note}"


def _same_parts(job: Project) -> Iterator[str]:
    """Shots that play the same part of one file."""
    listed = list(zip(job.shot_names, job.shots, strict=True))
    for place, (name, shot) in enumerate(listed):
        for other, earlier in listed[:place]:
            over = max(shot.start, earlier.start) < min(shot.end or _NEVER, earlier.end or _NEVER)
            if over and set(shot.clips) & set(earlier.clips) and shot.sheet is None:
                yield f"{other} and {name} play the same part of {sorted(set(shot.clips) & set(earlier.clips))[0].name}"


def _facts(clip: Path) -> ClipFacts:
    return Clip(clip).facts


def _known(member: CastMember) -> None:
    """Raises what `cast_of` does for a member of the cast."""
    cast_of({member.name: member.references}, face_embedding(None))
