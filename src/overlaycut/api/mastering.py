"""Masters: the finished picture at its own size and rate, for archives and editors; clean plates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from overlaycut.core.flow import Stage, apply_stages
from overlaycut.core.frame import Frame
from overlaycut.core.plan import EditPlan
from overlaycut.deliver import Output
from overlaycut.errors import UsageError
from overlaycut.media import Encoding, SampledSound, Samples, WrittenFile, write_clip

MasterKind: TypeAlias = Literal["h264", "lossless", "prores"]
"""Visually lossless H.264, lossless H.264, or ProRes 422 HQ with PCM sound."""

_ENCODINGS: dict[MasterKind, Encoding] = {
    "h264": Encoding(audio_kbps=256),
    "lossless": Encoding(lossless=True, audio_kbps=320),
    "prores": Encoding(codec="prores", audio="pcm"),
}


def master_path(folder: Path, name: str, kind: MasterKind) -> Path:
    """Where a master goes: ProRes lives in MOV.

    Raises UsageError for a kind that is none.
    """
    if kind not in _ENCODINGS:
        raise UsageError(f"no master is called {kind!r}", hint=f"one of {', '.join(get_args(MasterKind))}")
    return folder / f"{name}.{'mov' if kind == 'prores' else 'mp4'}"


def master_output(
    path: Path,
    kind: MasterKind,
    *,
    tick: Fraction,
    sound: Callable[[], Iterator[Samples]] | None,
    comment: str | None,
    finish: Callable[[Path], None],
    stages: Sequence[Stage] = (),
) -> Output:
    """A master among the outputs of a pass, of frames that went through `stages`; its sound keeps its level."""

    def write(frames: Iterator[Frame]) -> WrittenFile:
        return write_clip(
            apply_stages(frames, stages),
            path,
            tick=tick,
            encoding=_ENCODINGS[kind],
            sound=None if sound is None else SampledSound(sound()),
            comment=comment,
            finish=finish,
        )

    return Output(path.stem, path, write)


def bare(plan: EditPlan) -> EditPlan:
    """The plan of a clean plate: every region that is not protected is erased over its whole span."""
    taken_out = tuple(
        region
        if region.protected
        else region.model_copy(
            update={
                "decision": "erase",
                "edit": region.span,
                "cover": None,
                "typeset": None,
                "reason": "clean plate: taken out",
            }
        )
        for region in plan.regions
    )
    return plan.model_copy(update={"regions": taken_out})
