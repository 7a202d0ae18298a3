"""`clean`: analyse, decide, render, and measure what was rendered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from overlaycut.analyse import Reread
from overlaycut.api.analysis import analyze, digest, record_of
from overlaycut.api.retyping import letterer
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.plan import ClipRecord, EditPlan
from overlaycut.core.progress import Progress, counted, unheard
from overlaycut.decide import Area, Mode, area_regions
from overlaycut.errors import DocumentError, UsageError
from overlaycut.media import (
    Clip,
    Encoding,
    carried_sound,
    read_still,
    refuse_overwriting,
    replacing,
    write_clip,
)
from overlaycut.models import rapid_reader
from overlaycut.render import Flicker, Repairs, Touched, prepare


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanReport:
    """What `clean` did to one clip, and how it measured."""

    plan: EditPlan
    out: Path
    frames_in: int
    frames_out: int
    touched_fraction: float
    """Share of all luma samples of the clip that lie inside a mask, 0..1."""
    untouched_identical: bool
    """Whether every sample outside the masks is what was decoded; compared, not assumed."""
    residual_text: dict[str, tuple[str, ...]]
    """Region → lettering that is still read there and should not be."""
    read_after: dict[str, str | None]
    """Region → what reads there now."""
    flicker_ratio: dict[str, float | None]
    """Region → temporal error inside the repair over that of its surround; None where it cannot be measured."""
    copied: bool = False
    """Whether nothing had to change, so that the file was copied byte for byte."""
    gates: tuple[str, ...] = field(default=())
    """What failed, in words; empty when all is well."""

    @property
    def ok(self) -> bool:
        """Whether every gate passed."""
        return not self.gates

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values, with the contract's keys."""
        plan = self.plan.model_dump(mode="json")
        for region in plan["regions"]:
            region["residual_text"] = list(self.residual_text.get(region["id"], ()))
            region["read_after"] = self.read_after.get(region["id"])
            region["flicker_ratio"] = self.flicker_ratio.get(region["id"])
        return {
            "clip": plan["clip"],
            "out": str(self.out),
            "frames_in": self.frames_in,
            "frames_out": self.frames_out,
            "touched_fraction": self.touched_fraction,
            "untouched_identical": self.untouched_identical,
            "copied": self.copied,
            "regions": plan["regions"],
            "plan_sha256": self.plan.digest(),
            "notes": plan["notes"],
            "gates": list(self.gates),
            "ok": self.ok,
        }


def clean(
    clip: Path | str,
    out: Path | str,
    *,
    still: Path | str | None = None,
    texts: Sequence[str] = (),
    plan: EditPlan | None = None,
    mode: Mode = "auto",
    areas: Sequence[str] = (),
    lossless: bool = False,
    mask_out: Path | str | None = None,
    progress: Progress = unheard,
) -> CleanReport:
    """Repair a clip's lettering and write the result to `out`, an MP4.

    A given `plan` is obeyed instead of analysing; `areas` ("x,y,w,h" or "x,y,w,h@start-end") are erased (or
    covered, when `mode` says so) whatever analysis finds. With `lossless`, H.264 keeps every rendered sample.
    `mask_out` gets a lossless MP4 of the masks: 0 where nothing was written, brighter the more was replaced.
    When nothing has to change, an MP4 is copied as it is.
    """
    source, out = Clip(clip), Path(out)
    mask_path = None if mask_out is None else Path(mask_out)
    inputs = [source.path, *([] if still is None else [Path(still)])]
    for path in (out, mask_path):
        if path is not None:
            refuse_overwriting(path, inputs)
    if mask_path is not None and mask_path.resolve() == out.resolve():
        raise UsageError(f"{out}: the mask and the clip cannot be one file", hint="name two files")
    wanted = [Area.parse(text) for text in areas]
    if plan is None:
        plan = analyze(source.path, still=still, texts=texts, mode=mode, progress=progress)
    else:
        _fits(plan, record_of(source.full_facts))
    plan = plan.model_copy(update={"regions": plan.regions + area_regions(wanted, plan.clip, mode)})
    if not any(region.changes for region in plan.regions) and _copies(source, lossless) and mask_path is None:
        return _copied(source, out, plan)
    repairs = prepare(plan, reference=reference_of(plan, source, still), frames=source.frames, letterer=letterer())
    return _rendered(source, out, plan, repairs, Encoding(lossless=lossless), mask_path, progress)


def reference_of(plan: EditPlan, source: Clip, still: Path | str | None = None) -> Picture:
    """The picture that the plan's reference quads lie in: the still, else the clip's first frame."""
    path = still if still is not None else plan.still
    if path is not None:
        return read_still(Path(path))
    first = next(iter(source.frames()))
    return first.rgb()


def gates_of(plan: EditPlan, residual: dict[str, tuple[str, ...]], identical: bool = True) -> tuple[str, ...]:
    """What keeps a repaired clip from being publishable, in words."""
    failed = [f"{region.id} is rejected: {region.reason}" for region in plan.regions if region.decision == "reject"]
    for region in plan.regions:
        if found := residual.get(region.id):
            failed.append(f"{region.id}: still reads {', '.join(repr(text) for text in found)} after the repair")
    if not identical:
        failed.append("samples outside the masks changed")
    return tuple(failed)


def _rendered(
    source: Clip,
    out: Path,
    plan: EditPlan,
    repairs: Repairs,
    encoding: Encoding,
    mask_path: Path | None,
    progress: Progress,
) -> CleanReport:
    touched, flicker = Touched(), Flicker(plan)
    reread = Reread(rapid_reader(), plan)
    frames_in = 0

    def repaired() -> Iterator[Frame]:
        nonlocal frames_in
        for frame in counted(source.frames(), progress, f"repair {source.path.name}", plan.clip.frames):
            frames_in += 1
            after = repairs.repaired(frame)
            touched.see(frame, after)
            flicker.see(frame, after)
            reread.see(after.frame)
            yield after.frame

    written = write_clip(repaired(), out, tick=source.facts.tick, encoding=encoding, sound=carried_sound(source.facts))
    if mask_path is not None:
        masks = (repairs.mask_frame(frame) for frame in source.frames())
        write_clip(masks, mask_path, tick=source.facts.tick, encoding=Encoding(lossless=True, preset="veryfast"))
    identical = touched.untouched_identical
    if encoding.lossless:
        identical = identical and _same_samples(repairs, source, Clip(out))
    again = reread.result()
    return CleanReport(
        plan=plan,
        out=out,
        frames_in=frames_in,
        frames_out=written.frames,
        touched_fraction=touched.fraction,
        untouched_identical=identical,
        residual_text=again.residual,
        read_after=again.read,
        flicker_ratio=flicker.result(),
        gates=gates_of(plan, again.residual, identical),
    )


def _same_samples(repairs: Repairs, source: Clip, written: Clip) -> bool:
    """Whether the file gives back exactly what was rendered, by rendering again and decoding it."""
    pairs = zip(source.frames(), written.frames(), strict=True)
    return all(
        (want == got).all()
        for frame, back in pairs
        for want, got in zip(repairs.repaired(frame).frame.planes, back.planes, strict=True)
    )


def _copies(source: Clip, lossless: bool) -> bool:
    """Whether the file itself is what `clean` would deliver when nothing changes."""
    return not lossless and source.passes_untouched and "mp4" in source.facts.container


def _copied(source: Clip, out: Path, plan: EditPlan) -> CleanReport:
    with replacing(out) as part:
        shutil.copyfile(source.path, part)
    frames = plan.clip.frames
    return CleanReport(
        plan=plan,
        out=out,
        frames_in=frames,
        frames_out=Clip(out).full_facts.frames or 0,
        touched_fraction=0.0,
        untouched_identical=digest(out) == plan.clip.sha256,
        residual_text={},
        read_after={},
        flicker_ratio={},
        copied=True,
        gates=gates_of(plan, {}),
    )


def _fits(plan: EditPlan, clip: ClipRecord) -> None:
    """Raises DocumentError when the plan was made for another clip."""
    for key in ("width", "height", "frames"):
        planned, found = getattr(plan.clip, key), getattr(clip, key)
        if planned != found:
            raise DocumentError("plan", f"clip.{key}", str(planned), f"{found}, as {clip.path} has")
