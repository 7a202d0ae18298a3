"""Pages of reports from what verbs found: sections of clips, plots, cast, candidates."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from overlaycut.api.file_use import data_file
from overlaycut.api.portraits import Portraits
from overlaycut.api.results import CharacterShot, IdentityReport, PairReport, RankedClip
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Quad
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.decide.ranking.parameters import RankingParameters
from overlaycut.media import read_still, write_text
from overlaycut.qc.gates import GATES, GateParameters, GateResult
from overlaycut.report import (
    CandidateCard,
    CastCell,
    CastRow,
    CastSection,
    ClipLook,
    EncodedPicture,
    Outline,
    Page,
    Plot,
    RepairPictures,
    ShotSection,
    Shown,
    Stretch,
    Untouched,
    document,
    jpeg,
    page,
    stretches,
)

_LEAST_VISIBLE = 0.3
"""Visibility, 0..1, below which an outline is drawn as hidden."""
_OPENING = 0.5
"""Seconds at the start of a clip that later brightness is compared with."""
_METER_FILLS = 3
"""Tenths of a second before a momentary meter has a whole window of 0.4 s (EBU Tech 3341)."""
_REFERENCE_PX = 160
"""Columns of a reference picture."""


def write_page(content: Page, out: Path) -> None:
    """Write a page and its data."""
    write_text(out, page(content))
    write_text(data_file(out), json.dumps(document(content), indent=1, ensure_ascii=False) + "\n")


def facts_in_words(facts: ClipFacts) -> str:
    """Size, rate and length of a clip."""
    rate = "" if facts.fps is None else f", {float(facts.fps):.3f} fps"
    length = "" if facts.duration is None else f", {float(facts.duration):.2f} s"
    return f"{facts.width}×{facts.height}{rate}{' (variable)' if facts.vfr else ''}{length}"


# what lettering does


def filmstrip(look: ClipLook, plan: EditPlan | None) -> tuple[Shown, ...]:
    """The frames of a clip with the regions of its plan."""
    regions = () if plan is None else plan.regions
    return tuple(
        Shown(
            frame=one,
            outlines=tuple(
                _outline(region, one.index, region.quads[one.index], look)
                for region in regions
                if one.index in region.quads
            ),
        )
        for one in look.strip
    )


def _outline(region: RegionPlan, index: int, quad: Quad, look: ClipLook) -> Outline:
    tone = outline_tone(region, index)
    words = region.expected or region.read or "lettering"
    state = {"right": "as it should be", "broken": region.state, "protected": "protected", "hidden": "hidden"}[tone]
    points = tuple((float(x) / look.width, float(y) / look.height) for x, y in quad.array())
    return Outline(region=region.id, label=f"{region.id} {words!r} {state}", tone=tone, points=points)


def outline_tone(region: RegionPlan, index: int) -> Literal["right", "broken", "protected", "hidden"]:
    """How a region is drawn in one frame."""
    if region.protected:
        return "protected"
    if region.visibility.get(index, 1.0) < _LEAST_VISIBLE:
        return "hidden"
    return "broken" if region.onset_frame is not None and index >= region.onset_frame else "right"


# over time


def lettering_plots(plan: EditPlan, legible: Mapping[str, Mapping[int, float]]) -> tuple[Plot, ...]:
    """Legibility of each region that is not stable or changes; bad from its onset on."""
    shown = (one for one in plan.regions if len(legible.get(one.id, {})) > 1)
    return tuple(
        _legibility_plot(region, legible[region.id], plan)
        for region in shown
        if region.state != "stable" or region.changes
    )


def _legibility_plot(region: RegionPlan, known: Mapping[int, float], plan: EditPlan) -> Plot:
    fps, edit = plan.clip.fps, region.edit if region.changes else None
    return Plot(
        title=f"legibility of {region.expected or region.read or region.id}",
        unit="",
        seconds=plan.clip.duration,
        low=0,
        high=1,
        samples=[(index / fps, known[index]) for index in sorted(known)],
        bad=() if region.onset_frame is None else (_stretch(region.onset_frame, region.span.end, fps),),
        changed=() if edit is None else (_stretch(edit.start, edit.end, fps),),
    )


def _stretch(start: int, end: int, fps: float) -> Stretch:
    return Stretch(start / fps, end / fps)


def flicker_plots(
    plan: EditPlan,
    flicker: Mapping[str, Sequence[tuple[int, float]]],
    *,
    parameters: GateParameters = GateParameters(),
) -> tuple[Plot, ...]:
    """Temporal error of each repair over that of its surround, after it; bad above the gate's limit."""
    seconds, fps, limit = plan.clip.duration, plan.clip.fps, parameters.most_flicker
    plots = []
    for name, course in flicker.items():
        if len(course) < 2:
            continue
        samples = [(index / fps, value) for index, value in course]
        bad = stretches(samples, [value > limit for _, value in samples], end=seconds)
        high = max(limit * 1.25, max(value for _, value in samples))
        title, top = f"flicker of {name}", round(high, 1)
        plots.append(
            Plot(
                title=title, unit="× surround", seconds=seconds, low=0, high=top, samples=samples, limit=limit, bad=bad
            )
        )
    return tuple(plots)


def exposure_plots(
    look: ClipLook, seconds: float, *, parameters: RankingParameters = RankingParameters()
) -> tuple[Plot, ...]:
    """Brightness of the whole picture, and its jumps from frame to frame; bad where a viewer notices."""
    if len(look.luma) < 3:
        return ()
    at = [float(one) for one in look.seconds]
    luma = [float(one) for one in look.luma]
    opening = [value for when, value in zip(at, luma, strict=True) if when <= _OPENING]
    usual = sum(opening) / len(opening)
    samples = list(zip(at, luma, strict=True))
    away = [abs(value - usual) > parameters.notable_exposure for value in luma]
    jumps = [float(one) for one in look.jumps]
    jumping = [value > parameters.notable_flicker for value in jumps]
    flickered = list(zip(at, jumps, strict=True))
    return (
        Plot(title="exposure", unit="levels", seconds=seconds, low=max(0, round(min(luma)) - 8),
             high=min(255, round(max(luma)) + 8), samples=samples, bad=stretches(samples, away, end=seconds)),
        Plot(title="flicker of the picture", unit="levels", seconds=seconds, low=0,
             high=round(max(1.5 * parameters.notable_flicker, *jumps), 1), limit=parameters.notable_flicker,
             samples=flickered, bad=stretches(flickered, jumping, end=seconds)),
    )  # fmt: skip


def loudness_plot(course: Sequence[float], *, target: float, until: float) -> Plot | None:
    """Momentary loudness; bad where there is nothing to hear before `until` seconds. None without sound."""
    samples = [((n + 1) / 10, value) for n, value in enumerate(course) if n >= _METER_FILLS]
    if len(samples) < 2:
        return None
    seconds = len(course) / 10
    silent = stretches(samples, [value <= -70 and at < until for at, value in samples], end=seconds)
    return Plot(
        title="loudness", unit="LUFS", seconds=seconds, low=-50, high=0, limit=target, samples=samples, bad=silent
    )


# one clip


def clip_section(
    name: str,
    *,
    clip: str,
    facts: ClipFacts | None,
    plan: EditPlan,
    look: ClipLook | None,
    legible: Mapping[str, Mapping[int, float]],
    **more: Any,
) -> ShotSection:
    """One clip with what was found in it; `more` are further fields of the section."""
    plots = lettering_plots(plan, legible)
    if look is not None:
        plots += exposure_plots(look, plan.clip.duration)
    return ShotSection(
        name=name,
        clip=clip,
        facts="" if facts is None else facts_in_words(facts),
        strip=() if look is None else filmstrip(look, plan),
        regions=[region.model_dump(mode="json", exclude={"quads", "visibility"}) for region in plan.regions],
        plots=plots + more.pop("plots", ()),
        **more,
    )


def gate_rows(gates: Mapping[str, Sequence[GateResult]]) -> dict[str, list[dict[str, Any]]]:
    """Region → its gates, as a table has them."""
    return {
        name: [{**one.to_dict(), "meaning": GATES[one.gate]} for one in found] for name, found in gates.items() if found
    }


def untouched_proof(
    look: ClipLook | None, pictures: RepairPictures, *, identical: bool, fraction: float, compared: int
) -> Untouched:
    """The proof that nothing outside the masks changed."""
    ground = None if look is None or not look.strip else look.strip[len(look.strip) // 2].picture
    return Untouched(identical=identical, fraction=fraction, compared=compared, ground=ground, written=pictures.written)


# candidates and cast


def candidate_cards(
    ranking: Sequence[RankedClip], looks: Mapping[str, ClipLook], *, chosen: str | None
) -> tuple[CandidateCard, ...]:
    """Candidates as `rank` has them, best first."""
    return tuple(
        CandidateCard(
            clip=one.clip,
            score=one.score,
            chosen=one.clip == chosen,
            parts=one.parts,
            reasons=tuple(reason for reason in one.reasons if reason not in one.faults + one.failings),
            faults=(*one.faults, *one.failings),
            strip=_ends(looks.get(one.clip)),
        )
        for one in ranking
    )


def _ends(look: ClipLook | None) -> tuple[EncodedPicture, ...]:
    """Start, middle and end of a clip."""
    if look is None or not look.strip:
        return ()
    count = len(look.strip)
    return tuple(look.strip[n].picture for n in (0, count // 2, count - 1))


def cast_section(
    report: IdentityReport,
    faces: Mapping[str, Portraits],
    references: Mapping[str, Sequence[Path | str]],
    durations: Mapping[str, float],
) -> CastSection:
    """Who is where; `faces` and `durations` by clip, `references` by character."""
    clips = tuple(dict.fromkeys(shot.clip for one in report.characters for shot in one.shots))
    rows = tuple(
        CastRow(
            name=one.name,
            reference=_reference(references.get(one.name, ())),
            cells={shot.clip: _cell(one.name, shot, faces, durations.get(shot.clip)) for shot in one.shots},
        )
        for one in report.characters
    )
    pairs = sorted(report.pairs, key=lambda pair: pair.similarity)
    return CastSection(
        model=report.model,
        clips=clips,
        rows=rows,
        pairs=[_pair(pair) for pair in pairs],
        remarks=tuple(
            f"{Path(found.clip).name}: one person twice from {float(found.seconds):.2f} s on, in {found.frames} frames"
            for found in report.clones
        ),
    )


def _pair(pair: PairReport) -> dict[str, Any]:
    return pair.to_dict()


def _reference(paths: Sequence[Path | str]) -> EncodedPicture | None:
    if not paths:
        return None
    picture: Picture = read_still(Path(paths[0]))
    side = min(picture.shape[:2])
    top, left = (picture.shape[0] - side) // 3, (picture.shape[1] - side) // 2
    return jpeg(picture[top : top + side, left : left + side, :3], width=_REFERENCE_PX, quality=82)


def _cell(name: str, shot: CharacterShot, faces: Mapping[str, Portraits], seconds: float | None) -> CastCell:
    known = faces.get(shot.clip)
    since = "" if shot.first_bad_seconds is None else f"from {float(shot.first_bad_seconds):.2f} s, "
    alike = "" if shot.mean is None or shot.min is None else f"mean {shot.mean:.2f}, least {shot.min:.2f}. "
    worn = shot.wardrobe
    return CastCell(
        clip=shot.clip,
        verdict=shot.verdict,
        words=f"{since}{alike}{shot.reason}",
        face=None if known is None else known.faces.get(name),
        plot=_similarity_plot(f"{name} in {Path(shot.clip).name}", shot, seconds),
        clothes="" if worn.verdict in ("n/a", "same") else f"clothes: {worn.verdict}, {worn.reason}",
    )


def _similarity_plot(title: str, shot: CharacterShot, seconds: float | None) -> Plot | None:
    if len(shot.series) < 2:
        return None
    samples = [(at, alike) for at, alike, _ in shot.series]
    end = max(samples[-1][0], seconds or 0.0)
    bad = () if shot.first_bad_seconds is None else (Stretch(float(shot.first_bad_seconds), end),)
    return Plot(title=title, unit="", seconds=end, low=0, high=1, limit=shot.band, samples=samples, bad=bad)
