"""Whom and what a cast names: people are known by their faces, things by how they look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from overlaycut.analyse import ThingAnalyser, View, reference_signature, reference_view
from overlaycut.api.clip_analysis import Part, Source, reference_part_step
from overlaycut.core.cast import Character, ThingReport
from overlaycut.errors import InputError
from overlaycut.media import read_still
from overlaycut.models import AppearanceEmbedding, FaceEmbedding, face_detector
from overlaycut.pipeline import file_digest


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """A product, an animal, a puppet or a drawn character, and what it should look like."""

    name: str
    views: tuple[View, ...]
    digests: tuple[str, ...]
    """Of the files of the references."""


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """People and things that are to be known again."""

    people: tuple[Character, ...]
    things: tuple[Thing, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of how they are taken."""
        return tuple(f"{one.name}: no face in the references; it is looked for as a thing" for one in self.things)

    def named(self, names: Sequence[str]) -> Cast:
        """Those of the names."""
        people = {one.name: one for one in self.people}
        things = {one.name: one for one in self.things}
        return Cast(
            tuple(people[name] for name in names if name in people),
            tuple(things[name] for name in names if name in things),
        )


def cast_of(cast: Mapping[str, Sequence[Path | str]], identity: FaceEmbedding) -> Cast:
    """People and things from reference pictures. A thing is who has no face in any of them.

    Raises InputError for a picture that cannot be read, that shows several faces of like size, or that has no face
    while another of the same name has one.
    """
    finder = face_detector()
    people, things = [], []
    for name, references in cast.items():
        pictures = {path: read_still(Path(path)) for path in references}
        found = {path: reference_signature(finder, identity, picture) for path, picture in pictures.items()}
        signatures = [signature for _, signature in found.values() if signature is not None]
        if not signatures:
            views = tuple(reference_view(picture) for picture in pictures.values())
            things.append(Thing(name, views, tuple(file_digest(Path(path)) for path in references)))
            continue
        for path, (count, signature) in found.items():
            if signature is None:
                raise InputError(path, f"no face in this reference of {name}", hint="give a picture of their face")
            if count > 1:
                raise InputError(path, f"{count} faces in this reference of {name}", hint="crop it to one")
        people.append(Character(name, tuple(signatures)))
    return Cast(tuple(people), tuple(things))


def thing_part(
    source: Source, subject: str, thing: Thing, appearances: AppearanceEmbedding | None = None
) -> Part[ThingReport]:
    """Where one thing is in the clip, and whether it stays itself."""
    model = "" if appearances is None else appearances.metric.model
    step = reference_part_step("thing", f"{subject}, {thing.name}", source, ThingReport, thing.digests, model=model)
    return Part(step, lambda: ThingAnalyser(thing.name, thing.views, source.clip.facts, appearances=appearances))
