"""A programme that is ready to go out: pictures, sound, words and framing; and the job of one platform's file of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from overlaycut.api.captioning import CaptionLook, backward, caption_stage
from overlaycut.api.delivering import DeliveryJob
from overlaycut.api.disclosing import Statement
from overlaycut.api.framing import in_the_way, prominent, shown
from overlaycut.assemble import EndCardPictures
from overlaycut.core.cues import Cue, KeepOut
from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.deliver import (
    Codec,
    Mastering,
    Policy,
    QualityProbe,
    RateConversion,
    buffer_kbit,
    conformed,
    conformed_distinct,
    conversion_note,
)
from overlaycut.errors import UsageError
from overlaycut.media import (
    Encoder,
    Encoding,
    SampledSound,
    Samples,
    Sound,
    silence,
)
from overlaycut.reframe.background import Background
from overlaycut.reframe.camera import Camera, CameraShot, Reframe
from overlaycut.reframe.camera_path import Framing, plan_camera
from overlaycut.reframe.reframing import reframed
from overlaycut.reframe.saliency import Saliency


@dataclass(frozen=True, slots=True)
class Scene:
    """A stretch of the programme that is reframed by itself."""

    starts: Fraction
    """Seconds of the programme at which it begins; it ends where the next one does."""
    interest: Saliency | None
    """Where the eye goes in it; None for a card, which is shown whole."""
    keep: tuple[KeepOut, ...] = ()
    """Where lettering stays that must not be cut through, in pixels of the programme."""
    faces: tuple[KeepOut, ...] = ()
    """Where faces are, likewise: captions keep off large ones, and prominent ones are not cut off."""
    zero: Fraction = Fraction(0)
    """The time of the programme that is 0 on the clock of the above."""
    focus: Box | None = None
    """What a person wants in the middle, likewise."""
    subject: tuple[KeepOut, ...] = ()
    """Where the main subject is, likewise: captions keep off it where there is room."""
    composition: Box | None = None
    """What the still has in its middle, likewise."""
    framing: Framing = field(init=False)
    """What the camera goes by."""

    def __post_init__(self) -> None:
        framing = Framing(self.interest, self.keep, prominent(self.faces), self.focus, self.composition)
        object.__setattr__(self, "framing", framing)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySource:
    """What goes out: pictures of one size and rate, sound, words, and what must not be cut off."""

    width: int
    height: int
    rate: Fraction
    constant: bool
    """Whether frames last equally."""
    duration: Fraction
    sound: Callable[[], Iterator[Samples]]
    has_sound: bool
    cues: tuple[Cue, ...]
    look: CaptionLook
    scenes: tuple[Scene, ...]
    """In order; the first starts at 0."""
    target_lufs: float | None = None
    """Loudness that was asked for; None takes the platform's."""
    comment: str | None = None
    """What every file says in its comment tag."""
    card: EndCardPictures | None = None
    """The end card, which every output draws at its own size."""
    statement: Statement = field(default_factory=Statement)
    """What every file says about how it was made."""
    mastering: Mastering = field(init=False)
    """The sound at the levels that platforms want."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "mastering", Mastering(self.sound))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOptions:
    """How deliveries are made, as far as the platform leaves it open."""

    reframe: Reframe = "auto"
    codec: Codec | None = None
    """None takes the platform's own; another one has to be one that it takes."""
    encoder: Encoder = "x264"
    """What encodes H.264 in one pass; two are x264's."""
    preset: str = "medium"
    """Speed of the encoder against size, in x264's words."""
    two_pass: bool = False
    """Whether a second pass places the bits of the first anew: a tenth of a decibel, for over twice the time."""
    rate: Fraction | None = None
    """Frames per second that are asked for; None keeps those of the programme where the platform takes them."""
    motion: RateConversion = "repeat"
    ground: Background = "blur"
    """What stands beside a picture that is shown whole."""


def delivery_job(programme: DeliverySource, policy: Policy, folder: Path, way: DeliveryOptions) -> DeliveryJob:
    """How one platform's file is made from the programme's frames.

    Raises UsageError when the platform does not take the codec that was asked for.
    """
    video, codec = policy.target.video, _codec(policy, way.codec)
    rate = policy.rate_for(way.rate or programme.rate, constant=programme.constant or way.rate is not None)
    stages: list[Stage] = []
    if not (programme.constant and rate == programme.rate):
        distinct = not programme.constant and way.motion == "repeat"
        stages.append(conformed_distinct(rate) if distinct else conformed(rate, way.motion))
    shown: list[Box] = []
    safe = policy.safe_box(video.width, video.height, right_to_left=backward(programme.cues))
    taken = taken_by(programme, video.width, video.height, way.reframe)
    note = conversion_note(programme.rate, rate, way.motion) if programme.constant else None
    warnings = [] if note is None else [f"{float(programme.rate):g} frames per second become {float(rate):g}: {note}"]
    warnings += _cropping_notes(programme, video.width, video.height, way.reframe)
    warnings += [f"{box} holds lettering and lies under the app's own controls" for box in _under(taken, safe)]
    if programme.cues:
        draw, layout = caption_stage(
            programme.cues,
            width=video.width,
            height=video.height,
            look=programme.look,
            safe=safe,
            taken=taken,
        )
        stages.append(draw)
        warnings.extend(layout.warnings)
        shown.extend(placed.box for placed in layout.cues)
    return DeliveryJob(
        policy=policy,
        path=folder / f"{policy.name}.mp4",
        rate=rate,
        duration=programme.duration,
        shape=_reframed(programme, video.width, video.height, way),
        stages=tuple(stages),
        encoding=Encoding(
            codec=codec,
            encoder=way.encoder if codec == "h264" and not way.two_pass else "x264",
            preset=way.preset,
            crf=video.crf,
            gop=policy.gop_frames(rate),
            b_frames=video.b_frames,
            # A cap that is out of reach is refused before anything is encoded.
            max_kbps=max(policy.video_bitrate_cap(programme.duration) // 1000, 1),
            buffer_kbit=buffer_kbit(policy, programme.duration),
            edit_lists=False,
            audio_kbps=policy.target.audio.bitrate // 1000,
        ),
        two_pass=way.two_pass,
        sound=lambda: _sound(programme, policy),
        statement=programme.statement,
        finish=programme.statement.finish(
            f"{policy.name}.mp4",
            cropped=_crops(programme, video.width, video.height, way.reframe),
            resized=(programme.width, programme.height) != (video.width, video.height),
        ),
        comment=programme.comment,
        shown=tuple(shown),
        warnings=tuple(warnings),
        quality=QualityProbe(),
    )


def _under(taken: Sequence[KeepOut], safe: Box) -> Iterator[str]:
    """Places of lettering that reach out of the free part of the picture, each said once."""
    lettering = (one.box for one in taken if one.what == "lettering" and one.firm)
    boxes = dict.fromkeys(box for box in lettering if box.overlap(safe) < box.area)
    if boxes:
        around = Box.around(boxes)
        yield f"{around.w}x{around.h} at {around.x},{around.y}"


def _crops(programme: DeliverySource, width: int, height: int, mode: Reframe) -> bool:
    """Whether a delivery leaves a part of the picture out."""
    cameras = (_camera(programme, scene, width, height, mode) for scene in programme.scenes if scene.interest)
    whole = Box(0, 0, programme.width, programme.height)
    return any(s.box != whole for camera in cameras for s in camera.shots)


def _cropping_notes(programme: DeliverySource, width: int, height: int, mode: Reframe) -> Iterator[str]:
    """What a delivery's shape would cost, and what was done about it; each said once."""
    cameras = [_camera(programme, scene, width, height, mode) for scene in programme.scenes if scene.interest]
    shots = [shot for camera in cameras for shot in camera.shots if shot.loses]

    def lost(kind: Callable[[CameraShot], bool]) -> list[str]:
        return list(dict.fromkeys(name for shot in shots if kind(shot) for name in shot.loses))

    whole = Box(0, 0, programme.width, programme.height)
    if said := lost(lambda shot: shot.padded and shot.box == whole):
        yield f"shown whole, on a background: {width}x{height} would cut off {' or '.join(said)}"
    if said := lost(lambda shot: shot.padded and shot.box != whole):
        yield f"zoomed out, on a background: {width}x{height} would cut off {' or '.join(said)}"
    if said := lost(lambda shot: not shot.padded):
        yield f"the place that was chosen for {width}x{height} cuts off {' and '.join(said)}"


def _codec(policy: Policy, wanted: Codec | None) -> Codec:
    rule = policy.limits.video_codec
    if wanted is not None and rule is not None and wanted not in rule.any_of:
        raise UsageError(f"{policy.name} does not take {wanted}", hint=f"it takes {', '.join(rule.any_of)}")
    return wanted or policy.target.video.codec


def _sound(programme: DeliverySource, policy: Policy) -> Sound | None:
    """The programme's sound at the platform's level; silence where it has none and the platform wants a track."""
    target = policy.target
    if not programme.has_sound:
        return SampledSound(silence(programme.duration)) if target.audio.silent_track else None
    lufs = target.loudness.lufs if programme.target_lufs is None else programme.target_lufs
    level = programme.mastering.level(
        lufs=lufs, peak_dbtp=target.loudness.true_peak_dbtp, kbps=target.audio.bitrate // 1000
    )
    return SampledSound(programme.mastering.samples(level))


def taken_by(programme: DeliverySource, width: int, height: int, mode: Reframe) -> list[KeepOut]:
    """What captions keep off: lettering that stays, large faces, the subject; an end card wants to be read alone."""
    taken: list[KeepOut] = []
    ends = [*(scene.starts for scene in programme.scenes[1:]), programme.duration]
    for scene, end in zip(programme.scenes, ends, strict=True):
        if scene.interest is None:
            taken.append(KeepOut(Box(0, 0, width, height), scene.starts, end, "the end card"))
            continue
        camera = _camera(programme, scene, width, height, mode)
        while_on = scene.starts - scene.zero, end - scene.zero
        faces = in_the_way(shown(camera, scene.faces, *while_on), width, height)
        lettering, subject = (shown(camera, places, *while_on) for places in (scene.keep, scene.subject))
        for one in (*lettering, *faces, *subject):
            taken.append(replace(one, start=one.start + scene.zero, end=one.end + scene.zero))
    return taken


def _camera(programme: DeliverySource, scene: Scene, width: int, height: int, mode: Reframe) -> Camera:
    return plan_camera(
        (programme.width, programme.height),
        (width, height),
        scene.framing,
        mode=mode,
    )


def _reframed(programme: DeliverySource, width: int, height: int, way: DeliveryOptions) -> Stage:
    """A stage that brings every scene to the delivery's frame in its own way."""
    ways = [
        reframed(
            (programme.width, programme.height),
            (width, height),
            scene.framing,
            mode=way.reframe if scene.interest is not None else "pad",
            background=way.ground if scene.interest is not None else "colour",
            zero=scene.zero,
        )
        for scene in programme.scenes
    ]
    starts = [scene.starts for scene in programme.scenes]

    def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
        for scene, group in groupby(frames, key=lambda frame: bisect_right(starts, frame.at) - 1):
            yield from ways[scene](group)

    if programme.card is None:
        return stage
    card = programme.card.stage(width, height)
    return lambda frames: card(stage(frames))
