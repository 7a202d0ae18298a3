"""A small cut as data, at any rate."""

from __future__ import annotations

from fractions import Fraction
from pathlib import PurePosixPath

from overlaycut.interchange import Cut, CutClip, CutMarker, CutMedia, CutTrack

RATES = [
    Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(60),
]  # fmt: skip

SHOTS = ((0, 20), (7, 33), (12, 1801))
"""First frame of the media and frames of each shot; the last one passes a minute, where drop-frame time code skips."""


def media(name: str, frames: int, size: tuple[int, int] = (1080, 1920)) -> CutMedia:
    return CutMedia(path=PurePosixPath("media") / name, frames=frames, width=size[0], height=size[1])


def cut(rate: Fraction) -> Cut:
    clips, at = [], 0
    for number, (first, frames) in enumerate(SHOTS, start=1):
        stem = f"shot-{number:02d}"
        clips.append(
            CutClip(
                name=f"Shot № {number} & <wide>",
                media=media(f"{stem}.mov", first + frames + 9),
                starts=at,
                frames=frames,
                source_in=first,
                others={"plate": media(f"{stem}-plate.mov", first + frames + 9)},
            )
        )
        at += frames
    whole = CutClip(name="captions", media=media("captions.mov", at), starts=0, frames=at)
    sound = CutClip(name="voice", media=media("voice.wav", at, (0, 0)), starts=0, frames=at)
    return Cut(
        name="Launch “A & B”",
        rate=rate,
        width=1080,
        height=1920,
        frames=at,
        tracks=(
            CutTrack(name="shots", kind="video", clips=tuple(clips)),
            CutTrack(name="captions", kind="video", clips=(whole,)),
            CutTrack(name="voice", kind="audio", clips=(sound,)),
        ),
        markers=(
            CutMarker(frame=25, kind="decision", name="restore: COLD BREW", note="warped from frame 12 | left"),
            CutMarker(frame=53, kind="gate", name="shot-03: gate failed", note=""),
        ),
    )
