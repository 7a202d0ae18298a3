"""A contact sheet for people: who changes, where, and how sure that is, each in four pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from overlaycut.captions.fonts import FontStack, font_path, opened_font
from overlaycut.core.cast import BROKEN, Appearance, CastReport, SimilaritySample, ThingReport
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box
from overlaycut.decide import CastRules
from overlaycut.media import Clip, read_still

Colour: TypeAlias = tuple[int, int, int]
_FONT = "Inter-Bold.otf"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSheetParameters:
    """How the sheet is laid out, in pixels."""

    width: int = 1560
    gap: int = 10
    most_height: int = 420
    """Of a picture."""
    title: int = 26
    words: int = 19
    line: int = 4
    """Width of the line of a box."""
    ground: Colour = (24, 24, 24)
    plain: Colour = (235, 235, 235)
    good: Colour = (70, 190, 110)
    bad: Colour = (240, 80, 70)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """A picture of a row: a reference, or the frame of the clip that is shown at a second."""

    what: str
    path: Path | None = None
    at: Fraction | None = None
    box: Box | None = None
    bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One trait of one character in one clip."""

    clip: str
    title: str
    words: str
    moments: tuple[_Moment, ...]
    bad: bool


def sheet_rows(
    appearances: Sequence[Appearance],
    reports: Mapping[str, CastReport],
    references: Mapping[str, Sequence[Path | str]],
    things: Mapping[tuple[str, str], ThingReport],
) -> list[SheetRow]:
    """What changed first, then who stays themselves.

    reports: by clip. references: by name. things: by clip and name.
    """
    rows = []
    for one in appearances:
        first = next(iter(references.get(one.character, ())), None)
        reference = None if first is None else Path(first)
        seen = _seen(one, reports.get(one.clip), things.get((one.clip, one.character)))
        rows.append(_row(one, seen, reference))
        if one.clothes.verdict == "drift" and one.clothes.first_bad is not None:
            worn = [(at, _below(box)) for at, box in seen]
            moments = _changed(worn, one.clothes.first_bad, one.clothes.series, reference)
            rows.append(_titled(one, f"clothes of {one.character}", "drift", one.clothes.reason, moments))
    return sorted(rows, key=lambda row: not row.bad)


def _row(one: Appearance, seen: Sequence[tuple[Fraction, Box]], reference: Path | None) -> SheetRow:
    verdict = one.face.verdict
    if verdict in BROKEN and one.face.first_bad is not None:
        away = verdict in ("gone", "replaced")
        placed = [(at, _figure(box) if away and one.kind == "person" else box) for at, box in seen]
        moments = _changed(placed, one.face.first_bad, one.face.series, reference, away=away)
    else:
        moments = _steady(seen, one.face.series, reference)
    return _titled(one, one.character, verdict, one.face.reason, moments)


def _titled(one: Appearance, who: str, verdict: str, reason: str, moments: Iterator[_Moment]) -> SheetRow:
    trait = one.face if who == one.character else one.clothes
    since = "" if trait.first_bad is None else f" from {float(trait.first_bad):.2f} s"
    sure = "" if trait.confidence is None else f", {trait.confidence:.0%} sure"
    title = f"{who} in {Path(one.clip).name}: {'not judged' if verdict == 'n/a' else verdict}{since}{sure}"
    return SheetRow(clip=one.clip, title=title, words=reason, moments=tuple(moments), bad=verdict in BROKEN)


def _seen(one: Appearance, report: CastReport | None, thing: ThingReport | None) -> list[tuple[Fraction, Box]]:
    """When and where a character was seen, or a thing was looked for where it had been; in order of time."""
    if thing is not None:
        return [(look.at, look.box) for track in thing.tracks for look in track.looks]
    tracks = () if report is None else report.tracks
    return sorted((s.at, s.box) for track in tracks if track.id in one.tracks for s in track.sightings)


def _changed(
    seen: Sequence[tuple[Fraction, Box]],
    first_bad: Fraction,
    series: Sequence[SimilaritySample],
    reference: Path | None,
    *,
    away: bool = False,
) -> Iterator[_Moment]:
    """Reference, last good, first changed and worst frame."""
    yield from _reference(reference)
    before = [(at, box) for at, box in seen if at < first_bad]
    after = [(at, box) for at, box in seen if at >= first_bad]
    known = [sample.at for sample in series if sample.at < first_bad]
    place = before[-1][1] if before else after[0][1] if after else None
    if before:
        at = max([before[-1][0], *known])
        yield _Moment(what=f"last good, {float(at):.2f} s", at=at, box=place)
    if not after or away:
        yield _Moment(what=f"first changed, {float(first_bad):.2f} s", at=first_bad, box=place, bad=True)
        yield _Moment(what="at the end", at=_END, box=place, bad=True)
        return
    at, box = after[0]
    yield _Moment(what=f"first changed, {float(at):.2f} s", at=at, box=box, bad=True)
    later = [sample for sample in series if sample.at >= first_bad and sample.weight >= CastRules().reliable]
    if later:
        worst = min(later, key=lambda sample: sample.similarity)
        box = min(after, key=lambda one: abs(one[0] - worst.at))[1]
        what = f"worst, {float(worst.at):.2f} s: {worst.similarity:.2f} alike"
        yield _Moment(what=what, at=worst.at, box=box, bad=True)


_END = Fraction(10**9)
"""A time after every frame: the last one is shown."""


def _steady(
    seen: Sequence[tuple[Fraction, Box]], series: Sequence[SimilaritySample], reference: Path | None
) -> Iterator[_Moment]:
    """Reference, opening, the least alike frame and the last one."""
    if not seen:
        return
    yield from _reference(reference)
    places = [("opening", seen[0][0])]
    if certain := [sample for sample in series if sample.weight >= CastRules().reliable]:
        least = min(certain, key=lambda sample: sample.similarity)
        places.append((f"least alike ({least.similarity:.2f})", least.at))
    places.append(("last", max([seen[-1][0], *(sample.at for sample in series)])))
    for what, at in places:
        box = min(seen, key=lambda one: abs(one[0] - at))[1]
        yield _Moment(what=f"{what}, {float(at):.2f} s", at=at, box=box)


def _reference(path: Path | None) -> Iterator[_Moment]:
    if path is not None:
        yield _Moment(what=f"reference {path.name}", path=path)


def _figure(face: Box) -> Box:
    """Head and trunk of a face, as `analyse/faces/absence.py` takes them."""
    wide = round(2.6 * face.w)
    return Box(face.x + face.w // 2 - wide // 2, face.y - round(0.5 * face.h), wide, round(5 * face.h))


def _below(face: Box) -> Box:
    """Where what is worn is looked at."""
    wide = round(1.6 * face.w)
    return Box(face.x + face.w // 2 - wide // 2, face.bottom + round(0.3 * face.h), wide, round(1.2 * face.h))


def drift_sheet(
    rows: Sequence[SheetRow], clips: Mapping[str, Clip], *, parameters: DriftSheetParameters = DriftSheetParameters()
) -> Picture:
    """The sheet as an RGB picture; each clip is decoded once more."""
    pictures = {clip: _frames(clips[clip], rows) for clip in dict.fromkeys(row.clip for row in rows)}
    drawn = [_drawn_row(row, pictures[row.clip], parameters) for row in rows]
    if not drawn:
        drawn = [_words("nobody and nothing was found", parameters.title, parameters.plain, parameters)]
    return np.concatenate(drawn)


def _frames(clip: Clip, rows: Sequence[SheetRow]) -> dict[Fraction, Picture]:
    """Second → the frame that shows it, for the moments of a clip."""
    wanted = sorted({m.at for row in rows if clip.path == Path(row.clip) for m in row.moments if m.at is not None})
    found: dict[Fraction, Picture] = {}
    last = None
    for frame in clip.frames() if wanted else ():
        last = frame
        for at in wanted:
            if frame.at <= at < frame.at + frame.lasts:
                found[at] = frame.rgb()
    if last is not None:
        found |= {at: last.rgb() for at in wanted if at not in found}
    return found


def _drawn_row(row: SheetRow, frames: Mapping[Fraction, Picture], parameters: DriftSheetParameters) -> Picture:
    gap = parameters.gap
    cells = [(moment, _shown(moment, frames, parameters)) for moment in row.moments]
    width = (parameters.width - gap) // 4 - gap
    title = _words(row.title, parameters.title, parameters.bad if row.bad else parameters.plain, parameters)
    parts = [title, _words(row.words, parameters.words, parameters.plain, parameters)]
    if cells:
        fitted = [(moment, _fitted(picture, width, parameters.most_height)) for moment, picture in cells]
        height = max(picture.shape[0] for _, picture in fitted)
        strip = np.full((height + parameters.words + 2 * gap, parameters.width, 3), parameters.ground, np.uint8)
        image = Image.fromarray(strip)
        for number, (moment, picture) in enumerate(fitted):
            left = gap + number * (width + gap)
            image.paste(Image.fromarray(picture), (left, 0))
            colour = parameters.bad if moment.bad else parameters.plain
            _write(ImageDraw.Draw(image), (left, height + 6), moment.what, parameters.words, colour, width)
        parts.append(np.asarray(image))
    return np.concatenate([*parts, np.full((gap, parameters.width, 3), parameters.ground, np.uint8)])


def _shown(moment: _Moment, frames: Mapping[Fraction, Picture], parameters: DriftSheetParameters) -> Picture:
    """The picture of a moment with its box."""
    if moment.path is not None or moment.at is None:
        return read_still(moment.path) if moment.path is not None else np.zeros((2, 2, 3), np.uint8)
    picture = frames[moment.at]
    height, width = picture.shape[:2]
    box = None if moment.box is None else moment.box.clipped(width, height)
    if box is None:
        return picture
    image = Image.fromarray(picture)
    line = max(round(parameters.line * width / 400), 2)
    colour = parameters.bad if moment.bad else parameters.good
    edges = (box.x, box.y, max(box.right - 1, box.x + 1), max(box.bottom - 1, box.y + 1))
    ImageDraw.Draw(image).rectangle(edges, outline=colour, width=line)
    return np.asarray(image)


def _fitted(picture: Picture, width: int, height: int) -> Picture:
    image = Image.fromarray(picture)
    scale = min(width / image.width, height / image.height)
    size = max(round(image.width * scale), 1), max(round(image.height * scale), 1)
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))


def _words(text: str, size: int, colour: Colour, parameters: DriftSheetParameters) -> Picture:
    """A line of text over the whole width."""
    strip = np.full((size + parameters.gap, parameters.width, 3), parameters.ground, np.uint8)
    image = Image.fromarray(strip)
    room = parameters.width - 2 * parameters.gap
    _write(ImageDraw.Draw(image), (parameters.gap, parameters.gap // 2), text, size, colour, room)
    return np.asarray(image)


def _write(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, colour: Colour, room: int) -> None:
    """Set a line in the first of our fonts that has each character; what does not fit ends in dots."""
    own = font_path(_FONT)
    stack = FontStack(own)
    cut = text
    while len(cut) > 1 and sum(font.getlength(run) for font, run in _runs(stack, cut, size)) > room:
        cut = cut.removesuffix("…")[:-1] + "…"
    x = float(at[0])
    for font, run in _runs(stack, cut, size):
        draw.text((x, at[1] + size), run, fill=colour, font=font, anchor="ls")
        x += font.getlength(run)


def _runs(stack: FontStack, text: str, size: int) -> list[tuple[ImageFont.FreeTypeFont, str]]:
    """Stretches of text that one font has."""
    fonts = groupby(text, key=lambda character: stack.font_for(character) or stack.path)
    return [(opened_font(path, size), "".join(characters)) for path, characters in fonts]
