"""The shots of a project into requests: one for each candidate, with prepared pictures and what there is to say."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from overlaycut.core.frame import Picture
from overlaycut.core.generation_tables import Fit, GenerateTable, aspect
from overlaycut.core.geometry import Homography
from overlaycut.core.project import CastMember, Project, Shot
from overlaycut.errors import UsageError
from overlaycut.generation.matching import (
    Cell,
    ShotPictures,
    cells_of,
    limits_of,
    matched_duration,
    matched_mode,
    matched_shape,
    pictures_of,
)
from overlaycut.generation.mentions import with_mentions
from overlaycut.generation.motion_prompt import PromptCheck, check_motion_prompt
from overlaycut.generation.still_fit import Size, StillLimits, fitted_still
from overlaycut.generation.templates import filled, filled_template, prompt_template
from overlaycut.media import profile_note, read_still, still_facts
from overlaycut.providers import GenerationRequest, InputRole, MediaInput
from overlaycut.providers.catalogue import Catalogue, ModelRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What a call of `generate` says in the place of the project."""

    models: tuple[str, ...] = ()
    candidates: int | None = None
    duration: int | None = None
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPicture:
    """A picture of a request, and how it came to be."""

    path: Path
    """The file that it was made of."""
    sha256: str
    """Of that file."""
    role: InputRole
    size: Size
    """As it is sent."""
    matrix: Homography
    """From pixels of the file, upright, to pixels that are sent, (3, 3)."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotRequest:
    """One candidate that is to be generated."""

    shot: str
    """The name of the shot."""
    number: int
    """0-based place of the shot in the project."""
    take: int
    prompt: str
    """As a person wrote it, with its fields filled in."""
    request: GenerationRequest
    pictures: tuple[SentPicture, ...]
    notes: tuple[str, ...]
    """What was changed or left out for this model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedShot:
    """A shot with everything that is to be asked for."""

    name: str
    number: int
    checks: Mapping[str, PromptCheck]
    """Prompt → what it lacks."""
    requests: tuple[ShotRequest, ...]


def shot_prompts(shot: Shot, table: GenerateTable) -> tuple[str, ...]:
    """The motion prompts of a shot with their fields filled in. Raises UsageError for a field without a value."""
    values = {**table.fields, **shot.fields}
    if shot.template is not None:
        return (filled_template(prompt_template(shot.template), values),)
    return tuple(filled(prompt, values) for prompt in shot.prompt)


@dataclass(slots=True)
class Planner:
    """Makes requests of shots; pictures that several requests share are read once."""

    project: Project
    models: Catalogue
    default_ratio: Fraction
    """Of the programme."""
    overrides: Overrides = Overrides()
    _read: dict[Path, Picture] = field(default_factory=dict)

    def planned(self, number: int) -> PlannedShot:
        """Everything that shot `number` (0-based) asks for.

        Raises UsageError, RequestRefused or InputError, each naming the shot, for what cannot be asked for.
        """
        shot, name = self.project.shots[number], self.project.shot_names[number]
        try:
            return self._planned(shot, name, number)
        except UsageError as error:
            raise UsageError(f"{name}: {error.problem}", hint=error.hint) from error

    def _planned(self, shot: Shot, name: str, number: int) -> PlannedShot:
        table, asked = self.project.generate, self.overrides
        prompts = shot_prompts(shot, table)
        models = asked.models or shot.model or table.model
        if not models:
            raise UsageError("no model is named", hint='model = "…" in [generate] or in the shot, or --model')
        rows = {model: self.models.model(model) for model in models}
        pictures = pictures_of(shot)
        seeds = asked.seeds or shot.seed or table.seed
        count = asked.candidates or shot.candidate_count or (len(seeds) if len(seeds) > 1 else table.candidates)
        if len(seeds) > 1 and count != len(seeds):
            raise UsageError(
                f"{count} candidates, and {len(seeds)} seeds", hint="as many candidates as seeds, or one seed"
            )
        sent = {model: self._sent(shot, pictures, model, row) for model, row in rows.items()}
        limit = min((row.prompt_limit for row in rows.values() if row.prompt_limit is not None), default=None)
        checks = {prompt: check_motion_prompt(prompt, most_units=limit) for prompt in prompts}
        requests = tuple(
            self._request(shot, name, number, cell, rows[cell.model], sent[cell.model], pictures)
            for cell in cells_of(prompts, models, count, seeds)
        )
        return PlannedShot(name=name, number=number, checks=checks, requests=requests)

    def _request(
        self, shot: Shot, name: str, number: int, cell: Cell, row: ModelRow, sent: _Sent, pictures: ShotPictures
    ) -> ShotRequest:
        table = self.project.generate
        named = with_mentions(
            cell.prompt, len(pictures.references), names=cast_names(pictures, shot, self.project.cast)
        )
        wanted = self.overrides.duration or shot.duration or table.duration
        duration, note = matched_duration(cell.model, row, wanted)
        negative = table.negative_prompt if shot.negative_prompt is None else shot.negative_prompt
        request = GenerationRequest(
            model=cell.model,
            prompt=named.text,
            inputs=sent.inputs,
            negative_prompt=negative,
            duration=duration,
            ratio=sent.ratio,
            size=shot.size or table.size,
            seed=cell.seed,
            audio=table.audio if shot.audio is None else shot.audio,
            extras={**table.extras, **shot.extras},
        )
        notes = [*pictures.notes, *named.notes, *([note] if note else [])]
        notes += [f"{one.path.name}: {said}" for one in sent.pictures for said in one.notes]
        return ShotRequest(
            shot=name,
            number=number,
            take=cell.take,
            prompt=cell.prompt,
            request=request,
            pictures=sent.pictures,
            notes=tuple(notes),
        )

    def _sent(self, shot: Shot, pictures: ShotPictures, name: str, row: ModelRow) -> _Sent:
        """The pictures of a shot as one model takes them."""
        matched_mode(name, row, pictures.mode, self.models.models)
        table = self.project.generate
        size, fit = shot.size or table.size, shot.fit or table.fit
        told = shot.ratio or table.ratio
        own = None if pictures.first is None else self._own_ratio(pictures.first)
        shape = matched_shape(
            name, row, own=own, wanted=None if told is None else aspect(told), default=self.default_ratio, size=size
        )
        made: list[tuple[SentPicture, MediaInput]] = []
        limits = limits_of(row, shape.frame)
        if pictures.first is not None:
            made.append(self._picture(pictures.first, InputRole.FIRST_FRAME, limits, fit))
            if pictures.last is not None:
                made.append(self._picture(pictures.last, InputRole.LAST_FRAME, limits, fit, made[0][0].size))
        for count, path in enumerate(pictures.references, start=1):
            made.append(self._picture(path, InputRole.REFERENCE, limits_of(row, None), fit, name=f"image{count}"))
        return _Sent(tuple(one for one, _ in made), tuple(one for _, one in made), shape.ratio)

    def _own_ratio(self, path: Path) -> Fraction:
        picture = self._pixels(path)
        return Fraction(picture.shape[1], picture.shape[0])

    def _pixels(self, path: Path) -> Picture:
        if path not in self._read:
            self._read[path] = read_still(path)
        return self._read[path]

    def _picture(
        self,
        path: Path,
        role: InputRole,
        limits: StillLimits,
        fit: Fit | None,
        size: Size | None = None,
        name: str = "",
    ) -> tuple[SentPicture, MediaInput]:
        try:
            return sent_picture(path, self._pixels(path), role, limits, fit=fit, size=size, name=name)
        except UsageError as error:
            raise UsageError(f"{path.name}: {error.problem}", hint=error.hint) from error


@dataclass(frozen=True, slots=True)
class _Sent:
    """The pictures of a shot as one model takes them, and the ratio to ask for."""

    pictures: tuple[SentPicture, ...]
    inputs: tuple[MediaInput, ...]
    ratio: str | None


def sent_picture(
    path: Path,
    picture: Picture,
    role: InputRole,
    limits: StillLimits,
    *,
    fit: Fit | None = None,
    size: Size | None = None,
    name: str = "",
) -> tuple[SentPicture, MediaInput]:
    """A picture as it is sent: the file's own bytes where they fit, else a picture made of `picture`, its pixels.

    Raises what `fitted_still` does.
    """
    made, facts, content = fitted_still(picture, limits, fit=fit, size=size), still_facts(path), path.read_bytes()
    notes = list(made.notes)
    data, mime = made.data, made.mime
    small = limits.most_bytes is None or len(content) <= limits.most_bytes
    unchanged = made.size == (picture.shape[1], picture.shape[0])
    if facts.plain and facts.mime in ("image/png", "image/jpeg") and small and unchanged:
        if limits.jpeg or facts.mime == "image/png":
            data, mime, notes = content, facts.mime, []
    elif facts.has_alpha:
        notes.append("what is transparent is sent as black")
    if profile := profile_note(path):
        notes.append(profile)
    width, height = made.size
    sent = SentPicture(
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        role=role,
        size=made.size,
        matrix=made.matrix,
        notes=tuple(notes),
    )
    return sent, MediaInput(role=role, data=data, mime=mime, name=name, width=width, height=height)


def cast_names(pictures: ShotPictures, shot: Shot, cast: Sequence[CastMember]) -> dict[str, int]:
    """Names of the cast by the number of the first of their references that is sent."""
    names = {}
    for member in cast:
        numbers = [n for n, path in enumerate(pictures.references, start=1) if path in member.references]
        if numbers and (not shot.cast or member.name in shot.cast):
            names[member.name] = numbers[0]
    return names
