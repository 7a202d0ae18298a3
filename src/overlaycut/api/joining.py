"""The repaired shots of a project joined into one programme: its clock, its frames, its sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from overlaycut.api.delivery_source import Scene
from overlaycut.api.framing import shown
from overlaycut.api.shot_pass import RepairedShot, ShotPass
from overlaycut.assemble import (
    EndCardPictures,
    Pictures,
    Programme,
    ProgrammePart,
    ProgrammeSound,
    Segment,
    SoundPlan,
    extends,
    laid_out,
    nearest,
    programme_frames,
)
from overlaycut.captions import voice_activity
from overlaycut.core.cues import KeepOut
from overlaycut.core.facts import ClipFacts
from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame
from overlaycut.core.programme_tables import AudioTable, EndCard, OwnSound
from overlaycut.core.project import Master, Project
from overlaycut.deliver import Policy, RateConversion, conformed, conversion_note
from overlaycut.media import RATE, Clip, read_still, samples, sound_seconds, to_bt709
from overlaycut.pipeline import digest_of, file_digest
from overlaycut.reframe.saliency import Saliency

_GAINS: dict[OwnSound, float] = {"keep": 1.0, "lower": 10 ** (-12 / 20), "mute": 0.0}
"""Own sound that is lowered by 12 dB is still heard as the place, but no longer competes with a voice."""

_CARD_SECONDS = Fraction(3, 2)
"""How long a still stands as an end card when the project does not say."""


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """The shots of a project, and its end card, on one clock."""

    programme: Programme
    shots: tuple[ShotPass, ...]
    card: EndCardPictures | None
    scenes: tuple[Scene, ...]
    sound: ProgrammeSound
    motion: RateConversion = "repeat"
    notes: tuple[str, ...] = ()
    """What was done to the shots and the sound that a person may not expect."""

    def frames(self) -> Iterator[Frame]:
        """The programme's frames from its start; where the end card stands they are black."""
        pictures: list[Pictures | None] = [shot.frames for shot in self.shots]
        if self.card is not None:
            pictures.append(None)
        return programme_frames(self.programme, pictures, conformed(self.programme.rate, self.motion))

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What completes the frames at the programme's size."""
        return () if self.card is None else (self.card.stage(self.programme.width, self.programme.height),)

    def inputs(self, job: Project, *, sound: bool = True) -> dict[str, str]:
        """Digests of all that the programme's frames, and its sound, are made of."""
        found = {}
        for one in self.shots:
            chosen = one.shot.chosen
            found[f"{chosen.name} clip"] = chosen.source.digest
            found[f"{chosen.name} repairs"] = one.shot.repairs.digest
            found[f"{chosen.name} framing"] = digest_of(
                (one.shot.keep, chosen.subjects, chosen.saliency, chosen.shot.focus, chosen.composition)
            )
        timing = [replace(one, name="", source=Path()) for one in self.programme.segments]
        matches = [one.shot.match for one in self.shots]
        found["timing"] = digest_of([timing, self.motion, matches, None if self.card is None else self.card.move])
        audio, files = job.audio, dict[str, Path | None]()
        if sound:
            found["mix"] = digest_of([audio.music_lu, audio.duck_lu, audio.music_loop, audio.music_fade])
            files = {"voice": audio.voice, "music": audio.music}
        if job.end_card is not None:
            files |= {f"end card {n}": path for n, path in enumerate(_card_files(job.end_card))}
        return found | {name: file_digest(path) for name, path in files.items() if path is not None}


def joined(job: Project, shots: Sequence[RepairedShot], policies: Sequence[Policy]) -> Joined:
    """The programme of a project.

    Raises UsageError for a shot that is shorter than its transitions.
    """
    target = policies[0].target.video
    wanted = Master.parse(job.project.master) if job.project.master else None
    width, height = (wanted.width, wanted.height) if wanted else (target.width, target.height)
    rate = programme_rate(job, shots[0].chosen.facts, policies[0])
    parts = [_part(shot) for shot in shots]
    if job.end_card is not None:
        parts.append(card_part(job.end_card))
    notes = [note for shot in shots for note in _shot_notes(shot, rate, job.project.motion)]
    segments = laid_out(parts, rate, fade_out=job.project.fade_out)
    length = segments[-1].ends / rate
    voice = None if job.audio.voice is None else sound_seconds(job.audio.voice)
    if voice is not None and voice > length and job.audio.longer_voice == "hold":
        last = len(shots) - 1
        parts[last] = replace(parts[last], hold=parts[last].hold + voice - length + 1 / (2 * rate))
        segments = laid_out(parts, rate, fade_out=job.project.fade_out)
    programme = Programme(width=width, height=height, rate=rate, segments=tuple(segments))
    notes += sound_notes(job.audio, length)
    scenes = [_scene(shot, programme, one) for shot, one in zip(shots, segments, strict=False)]
    card = None
    if job.end_card is not None:
        card = _card(job.end_card, programme, job.project.motion)
        scenes.append(Scene((segments[-1].starts + segments[-1].overlap) / rate, None))
        notes += card_notes(job, policies)
    passes = tuple(ShotPass(shot, width, height, rate) for shot in shots)
    sound = ProgrammeSound(programme, sound_plan(job.audio))
    return Joined(programme, passes, card, tuple(scenes), sound, job.project.motion, tuple(notes))


def programme_rate(job: Project, first: ClipFacts, policy: Policy) -> Fraction:
    """Frames per second of a project's programme: what it asks for, else those of its first shot.

    A rate that the first platform does not take is replaced by the nearest one that it takes.
    """
    master = None if job.project.master is None else Master.parse(job.project.master).rate
    asked = job.project.rate or master
    if asked is not None:
        return asked
    assert first.fps is not None
    return policy.rate_for(first.full_rate or first.fps, constant=not first.vfr)


def _part(shot: RepairedShot) -> ProgrammePart:
    chosen, wanted = shot.chosen, shot.chosen.shot
    return ProgrammePart(
        name=shot.name,
        source=chosen.source.clip.path,
        source_in=shot.start,
        seconds=shot.end - shot.start,
        has_sound=chosen.facts.audio is not None,
        speed=wanted.speed,
        hold=wanted.hold,
        gain=_GAINS[wanted.sound],
        transition=wanted.transition,
        transition_seconds=wanted.transition_seconds,
    )


def card_part(card: EndCard) -> ProgrammePart:
    """An end card among the parts of a programme. Raises what opening its clip raises."""
    length, sound = None, False
    if card.clip is not None:
        facts = Clip(card.clip).facts
        length, sound = facts.duration, facts.audio is not None
    return ProgrammePart(
        name="end card",
        source=_card_files(card)[0],
        source_in=Fraction(0),
        seconds=card.seconds or length or _CARD_SECONDS,
        has_sound=sound,
        gain=_GAINS[card.sound],
        transition=card.transition,
        transition_seconds=card.transition_seconds,
    )


def _card_files(card: EndCard) -> tuple[Path, ...]:
    return card.pictures if card.clip is None else (card.clip,)


def _card(card: EndCard, programme: Programme, motion: RateConversion) -> EndCardPictures:
    clip, rate = card.clip, programme.rate

    def frames() -> Iterator[Frame]:
        assert clip is not None
        return conformed(rate, motion)(to_bt709(Clip(clip).frames()))

    return EndCardPictures(
        segment=programme.segments[-1],
        rate=rate,
        pictures=tuple(read_still(path) for path in card.pictures),
        frames=None if clip is None else frames,
        move=card.move,
    )


def card_notes(job: Project, policies: Sequence[Policy]) -> list[str]:
    """For which outputs of a project the end card has no picture of their shape. Raises what `read_still` does."""
    pictures = () if job.end_card is None else tuple(read_still(path) for path in job.end_card.pictures)
    sizes = {one.name: (one.target.video.width, one.target.video.height) for one in policies}
    others = [name for name, size in sizes.items() if pictures and extends(nearest(pictures, *size), *size)]
    if not others:
        return []
    return [f"end card: of another shape than {', '.join(others)}: shown whole there, its ground continued beside it"]


def sound_plan(audio: AudioTable) -> SoundPlan:
    """How the voice and the music of a project are mixed."""
    voice = audio.voice
    return SoundPlan(
        voice=voice,
        music=audio.music,
        music_lu=audio.music_lu,
        duck_lu=audio.duck_lu,
        loop=audio.music_loop,
        music_fade=audio.music_fade,
        speech=tuple if voice is None else lambda: voice_activity(samples(voice), RATE),
    )


def sound_notes(audio: AudioTable, length: Fraction) -> Iterator[str]:
    """What becomes of a voice and of music that do not last as long as the shots and the card, `length` seconds."""
    voice = None if audio.voice is None else sound_seconds(audio.voice)
    if voice is not None and voice > length:
        lasts = f"the voice lasts {float(voice):.2f} s, the programme {float(length):.2f} s"
        if audio.longer_voice == "hold":
            yield f"{lasts}: the last frame of the last shot is held for {float(voice - length):.2f} s"
            length = voice
        else:
            yield f"{lasts}: the end of the voice is cut off"
    music = None if audio.music is None else sound_seconds(audio.music)
    if music is not None and music < length:
        end = "it begins again" if audio.music_loop else f"it ends {float(length - music):.2f} s before the programme"
        yield f"the music lasts {float(music):.2f} s, the programme {float(length):.2f} s: {end}"


def _shot_notes(shot: RepairedShot, rate: Fraction, motion: RateConversion) -> Iterator[str]:
    facts, wanted = shot.chosen.facts, shot.chosen.shot
    assert facts.fps is not None and facts.duration is not None
    if wanted.focus_box is not None and wanted.focus_box.clipped(facts.width, facts.height) is None:
        yield f"{shot.name}: focus lies outside the picture of {facts.width}x{facts.height}: its edge is shown"
    if wanted.end is not None and wanted.end > facts.duration + 1 / facts.fps:
        ends = f"out = {float(wanted.end):g} is past the end of {facts.path.name}"
        yield f"{shot.name}: {ends}, which lasts {float(facts.duration):.2f} s: it ends there"
    note = None if facts.vfr else conversion_note(facts.fps * wanted.speed, rate, motion)
    if note is not None:
        at = f" played at {float(wanted.speed):g} ×" if wanted.speed != 1 else ""
        yield f"{shot.name}: {float(facts.fps):g} frames per second{at} in a programme of {float(rate):g}: {note}"


def _scene(shot: RepairedShot, programme: Programme, segment: Segment) -> Scene:
    """The scene of a shot: from the middle of its crossfade with the one before it."""
    rate = programme.rate
    starts, zero, hold = (segment.starts + segment.overlap // 2) / rate, segment.starts / rate, segment.held / rate
    chosen = shot.chosen
    assert chosen.facts.duration is not None
    camera, whole_clip = shot.camera(programme.width, programme.height), (Fraction(0), chosen.facts.duration)
    places = shot.keep, chosen.faces, chosen.subject_places
    seen = (tuple(shown(camera, every, *whole_clip)) for every in places)
    speed = chosen.shot.speed
    keep, faces, subject = (tuple(_at_speed(every, speed, shot.end, hold)) for every in seen)
    wanted = chosen.shot.focus_box
    focus, composed = (None if box is None else camera.shown(box, shot.start) for box in (wanted, chosen.composition))
    return Scene(
        starts,
        _slowed(chosen.saliency, speed),
        keep,
        faces,
        zero=zero - shot.start / speed,
        focus=focus,
        subject=subject,
        composition=composed,
    )


def _at_speed(places: Sequence[KeepOut], speed: Fraction, end: Fraction, hold: Fraction) -> Iterator[KeepOut]:
    """Places on the clock of a shot that plays at a speed; those of its last frame stay while that is held."""
    for one in places:
        stays = hold if one.end >= end > one.start else Fraction(0)
        yield replace(one, start=one.start / speed, end=(min(one.end, end) if stays else one.end) / speed + stays)


def _slowed(saliency: Saliency, speed: Fraction) -> Saliency:
    """Saliency on the clock of a shot that plays at a speed."""
    if speed == 1:
        return saliency
    times, cuts = (tuple(at / speed for at in every) for every in (saliency.times, saliency.cuts))
    return replace(saliency, times=times, cuts=cuts)
