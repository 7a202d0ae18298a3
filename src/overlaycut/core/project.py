"""The project file: shots, lettering, captions, sound and outputs, as TOML."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from pydantic import ConfigDict, Field, model_validator

from overlaycut.core.documents import Document, document_faults, parsed, read_toml
from overlaycut.core.file_kinds import refuse_special, special_kind
from overlaycut.core.generation_tables import GENERATED_END, GenerateTable, ShotGeneration, StillTable
from overlaycut.core.geometry import Box
from overlaycut.core.programme_tables import AudioTable, EndCard, Motion, Rate, SeamsTable, Seconds, ShotEdit
from overlaycut.core.rules import Rules
from overlaycut.core.time import named_rate
from overlaycut.core.watch import Watch
from overlaycut.errors import DocumentError, InputError, InvalidValue, OverlaycutError, UsageError

_MASTER = re.compile(r"(?P<w>\d{2,5})x(?P<h>\d{2,5})(?:@(?P<rate>\d+(?:\.\d+)?|\d+/0*[1-9]\d*))?", re.ASCII)


_MOST_BYTES = 16 << 20
"""Size above which a file is no project, whatever is in it."""


class _Table(Document):
    model_config = ConfigDict(populate_by_name=True)


class Master(Document):
    """The size and rate of the finished picture before platform encoding."""

    width: int
    height: int
    rate: Fraction | None
    """Frames per second; None keeps that of the first shot."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """A master from "1080x1920" or "1080x1920@30" (also "@29.97", "@30000/1001").

        Raises ValueError when the text is neither, or when a side is odd.
        """
        match = _MASTER.fullmatch(text)
        if match is None or (match["rate"] and not Fraction(match["rate"])):
            raise ValueError('WIDTHxHEIGHT or WIDTHxHEIGHT@RATE, as in "1080x1920@30"')
        width, height = int(match["w"]), int(match["h"])
        if width % 2 or height % 2 or not width or not height:
            raise ValueError("an even width and height, as 4:2:0 video has")
        return cls(width=width, height=height, rate=named_rate(Fraction(match["rate"])) if match["rate"] else None)


class ProjectTable(_Table):
    """Name and outputs of the programme."""

    name: str = Field(default="overlaycut", pattern=r"^[^/\\\x00]+$")
    outputs: tuple[str, ...] = ("tiktok", "reels", "shorts")
    master: str | None = None
    rate: Rate | None = None
    """Frames per second of the programme; None keeps that of the first shot."""
    motion: Motion = "repeat"
    fade_out: Seconds = Field(default=Fraction(0), ge=0, le=10)
    """Seconds in which picture and sound fade at the end."""


class CastMember(_Table):
    """A character and reference pictures of them."""

    name: str = Field(min_length=1)
    references: tuple[Path, ...] = Field(min_length=1)


class Shot(ShotGeneration, ShotEdit):
    """One shot: the still it was animated from and the generated clips, or what to generate them by."""

    still: Path | None = None
    clip: Path | None = None
    candidates: tuple[Path, ...] = ()
    text: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    choice: Path | None = None
    """The candidate that a person chose, whatever ranks first."""

    @property
    def clips(self) -> tuple[Path, ...]:
        """What there is to choose from; empty for a shot that is not generated yet."""
        return (self.clip,) if self.clip is not None else self.candidates

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.clip is not None and self.candidates:
            raise ValueError('either clip = "…" or candidates = ["…"], not both')
        if not self.clips and not self.is_generated:
            raise ValueError('either clip = "…", candidates = ["…"], or a prompt to generate them by')
        if self.choice is not None and self.clips and self.choice not in self.clips:
            raise ValueError("choice to be one of the candidates")
        if self.sheet is not None and (self.clip is None or self.still is not None):
            raise ValueError('with sheet = "…" a clip, and no still: its panels are the stills')
        return self


class CaptionsTable(_Table):
    """Captions: their words and their style."""

    source: Path
    style: str = "clean"
    """A style's name, or a .toml file beside the project."""
    brand: Path | None = None
    script: Path | None = None
    glossary: Path | None = None
    encoding: str | None = None
    """Text encoding of the source, such as "windows-1251"; None determines it."""


class Disclosure(_Table):
    """How the use of AI is disclosed to viewers and platforms."""

    ai_generated: bool = True
    certificate: Path | None = None
    key: Path | None = None
    sign_local: bool = False
    """Whether content credentials are signed with a development certificate made on this machine."""
    title: str = ""
    text: str = ""
    """The caption under the post, for the upload sheets."""
    hashtags: tuple[str, ...] = ()


class WatchTable(_Table):
    """An area without lettering, or with, that is followed and judged like lettering."""

    name: str = Field(min_length=1)
    area: tuple[int, int, int, int]
    """x, y, width, height in pixels of the clip's first frame."""
    shot: str | None = None
    """The name of the shot in which it is; None for every shot."""

    @property
    def watch(self) -> Watch:
        """The area as analysis takes it."""
        return Watch(Box(*self.area), self.name)

    @model_validator(mode="after")
    def _is_area(self) -> Self:
        try:
            _ = self.watch
        except (InvalidValue, ValueError) as error:
            raise ValueError("area = [x, y, w, h], whole pixels, 16 or more on each side") from error
        return self


class Project(_Table):
    """A whole job. Paths are as written; `read_project` makes them absolute."""

    project: ProjectTable = ProjectTable()
    cast: tuple[CastMember, ...] = ()
    shots_from: Path | None = None
    """A timeline that an editor cut; what [[shots]] say about a clip then holds for each stretch of it in the cut."""
    shots: tuple[Shot, ...] = ()
    watch: tuple[WatchTable, ...] = ()
    clean: Rules = Rules()
    captions: CaptionsTable | None = None
    audio: AudioTable = AudioTable()
    end_card: EndCard | None = None
    seams: SeamsTable = SeamsTable()
    disclosure: Disclosure = Disclosure()
    generate: GenerateTable = GenerateTable()
    stills: tuple[StillTable, ...] = ()

    @property
    def shot_names(self) -> tuple[str, ...]:
        """The name of each shot: its own, or its number."""
        return tuple(shot.name or f"shot-{number:02d}" for number, shot in enumerate(self.shots, start=1))

    def watched_in(self, shot: str) -> tuple[Watch, ...]:
        """The areas that are watched in the shot of that name."""
        return tuple(one.watch for one in self.watch if one.shot in (None, shot))

    def at_rate(self, rate: Fraction) -> Project:
        """The project with another rate, whatever it asked for itself."""
        master = None if self.project.master is None else self.project.master.partition("@")[0]
        table = self.project.model_copy(update={"rate": rate, "master": master})
        return self.model_copy(update={"project": table})

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.shots and self.shots_from is None:
            raise ValueError('at least one [[shots]], or shots_from = "cut.otio"')
        if self.project.master is not None:
            master = Master.parse(self.project.master)
            if master.rate is not None and self.project.rate not in (None, master.rate):
                raise ValueError("project.rate and the rate in project.master to be the same, or one of them")
        if self.shots and self.shots_from is None and self.shots[0].transition == "crossfade":
            raise ValueError("shots[0].transition to be a cut or a fade: there is nothing before it to mix with")
        _require_apart("shots", self.shot_names)
        _require_apart("stills", [one.name for one in self.stills])
        for number, one in enumerate(self.watch):
            if one.shot is not None and one.shot not in self.shot_names:
                raise ValueError(f"watch[{number}].shot to name one of [[shots]]; {one.shot!r} is none")
        names = {member.name for member in self.cast}
        for number, shot in enumerate(self.shots):
            if missing := [name for name in shot.cast if name not in names]:
                raise ValueError(f"shots[{number}].cast to name only [[cast]] members; {missing[0]!r} is none")
        return self


class StillBrief(Document):
    """What a project file says of the stills to generate. The rest is left unread: shots may name stills to come."""

    model_config = ConfigDict(extra="ignore")

    project: ProjectTable = ProjectTable()
    generate: GenerateTable = GenerateTable()
    stills: tuple[StillTable, ...] = ()

    @model_validator(mode="after")
    def _named_apart(self) -> Self:
        _require_apart("stills", [one.name for one in self.stills])
        return self


def _require_apart(where: str, names: Sequence[str]) -> None:
    """Raises ValueError for a name that is there twice."""
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{where} to have names of their own; {twice[0]!r} is there twice")


def read_brief(path: Path) -> StillBrief:
    """What a project file says of stills, its paths made absolute. Raises as `read_project` does, for those tables."""
    brief = parsed(StillBrief, _tables(path), path)
    folder = path.resolve().parent
    files = _Files(folder, path)
    resolved = brief.model_copy(
        update={
            "generate": brief.generate.model_copy(update={"folder": folder / brief.generate.folder}),
            "stills": _resolved_stills(brief.stills, files),
        }
    )
    if files.faults:
        raise files.faults[0]
    return resolved


def read_project(path: Path) -> Project:
    """The project in a TOML file, with every path in it made absolute against the file's folder.

    A shot without clips that is to be generated has those that were generated for it before, maybe none.

    Raises UsageError for what is no project file at all, DocumentError for a text that is no valid project, or for a
    path in it that leads to no file; MissingInput when there is no such file.
    """
    project, faults = _resolved(parsed(Project, _tables(path), path), path.resolve().parent, path)
    if faults:
        raise _all_of(faults)
    return project


def _all_of(faults: Sequence[OverlaycutError]) -> OverlaycutError:
    """One error that names every missing file; the first of them where there are other faults too."""
    missing = [fault for fault in faults if isinstance(fault, DocumentError)]
    if len(missing) < 2 or len(missing) < len(faults):
        return faults[0]
    places, names = (", ".join(words) for words in ([one.where for one in missing], [one.found for one in missing]))
    return DocumentError(missing[0].path, places, names, "files that are there")


def require_clips(project: Project, path: Path) -> None:
    """Raises DocumentError for the first shot of the project at `path` that has no clip yet."""
    for number, shot in enumerate(project.shots):
        if not shot.clips:
            allowed = f"clip, candidates, or what overlaycut generate {path.name} makes"
            raise DocumentError(path, f"shots[{number}]", "no clip yet", allowed)


def generated_clips(folder: Path) -> tuple[Path, ...]:
    """The generated clips in a shot's folder, those with a record of how they were made, by name."""
    records = sorted(folder.glob(f"*{GENERATED_END}")) if folder.is_dir() else []
    stems = {record.name.removesuffix(GENERATED_END) for record in records}
    return tuple(
        path
        for path in (sorted(folder.iterdir()) if stems else ())
        if path.stem in stems and path.suffix.lower() in _CLIPS and path.is_file()
    )


_CLIPS = (".mp4", ".mov", ".webm")

_SHOT_FILES = ("still", "clip", "candidates", "choice", "first", "last", "references", "sheet")


def _tables(path: Path) -> dict[str, Any]:
    """The tables of a project file.

    Raises UsageError for a folder, a device, for what is no text, and for other documents whose name does not end in
    .toml.
    """
    if os.path.isdir(path):
        raise _no_project(path, "is a folder")
    if special_kind(path) == "a device":
        raise _no_project(path, "is a device")
    if os.path.isfile(path) and path.stat().st_size > _MOST_BYTES:
        raise _no_project(path, "is too large for one")
    named = path.suffix.lower() == ".toml"
    try:
        tables = read_toml(path)
    except InputError as error:
        if isinstance(error.__cause__, UnicodeDecodeError):
            raise _no_project(path, "is not text") from error
        raise
    except DocumentError as error:
        if named:
            raise
        raise _no_project(path, "is not TOML") from error
    if not named and not tables.keys() & Project.model_fields.keys():
        raise _no_project(path, "has none of its tables")
    return tables


def _no_project(path: Path, why: str) -> UsageError:
    return UsageError(f"{path}: is no project file: it {why}", hint="docs/project-file.md and overlaycut demo have one")


class _Files:
    """The files that a project names, as absolute paths, and those of them that are not there."""

    def __init__(self, folder: Path, document: Path) -> None:
        self._folder, self._document = folder, document
        self.faults: list[OverlaycutError] = []

    def one(self, where: str, relative: Path | None) -> Path | None:
        """The file at the key `where`; one that is not there, or is none, is a fault."""
        if relative is None:
            return None
        found = self._folder / relative
        try:
            refuse_special(found)
        except OverlaycutError as error:
            self.faults.append(error)
            return found
        if not os.path.isfile(found):  # pathlib raises for a name that is too long
            self.faults.append(DocumentError(self._document, where, str(relative), f"a file (looked for {found})"))
        return found

    def all(self, where: str, many: tuple[Path, ...]) -> tuple[Path, ...]:
        """The files of a list."""
        found = (self.one(f"{where}[{number}]", path) for number, path in enumerate(many))
        return tuple(path for path in found if path is not None)

    def of(self, where: str, table: Document, *names: str) -> dict[str, object]:
        """The fields of a table that are files or lists of files, resolved."""
        values = ((name, getattr(table, name)) for name in names)
        return {
            name: self.all(f"{where}.{name}", value) if isinstance(value, tuple) else self.one(f"{where}.{name}", value)
            for name, value in values
        }


def project_faults(path: Path) -> tuple[Project | None, list[OverlaycutError]]:
    """The project in a TOML file and everything that is wrong with the document and with the paths in it.

    The project is None when the document is none, which is then all that can be said.
    """
    try:
        tables = _tables(path)
    except OverlaycutError as error:
        return None, [error]
    if faults := document_faults(Project, tables, path):
        return None, list(faults)
    return _resolved(parsed(Project, tables, path), path.resolve().parent, path)


def _resolved_stills(stills: tuple[StillTable, ...], files: _Files) -> tuple[StillTable, ...]:
    return tuple(
        one.model_copy(update=files.of(f"stills[{number}]", one, "edit", "mask", "references"))
        for number, one in enumerate(stills)
    )


def _resolved(project: Project, folder: Path, document: Path) -> tuple[Project, list[OverlaycutError]]:
    """The project with absolute paths, and what is wrong with these."""
    files = _Files(folder, document)
    generate = project.generate.model_copy(update={"folder": folder / project.generate.folder})
    shots = []
    for number, (shot, name) in enumerate(zip(project.shots, project.shot_names, strict=True)):
        named = files.of(f"shots[{number}]", shot, *_SHOT_FILES)
        if not shot.clips:
            named["candidates"] = generated_clips(generate.folder / name)
        shots.append(shot.model_copy(update=named))
    cast = tuple(
        member.model_copy(update=files.of(f"cast[{number}]", member, "references"))
        for number, member in enumerate(project.cast)
    )
    captions, end_card = project.captions, project.end_card
    if captions is not None:
        named = files.of("captions", captions, "source", "brand", "script", "glossary")
        captions = captions.model_copy(update={**named, "style": _style(captions.style, folder)})
    if end_card is not None:
        end_card = end_card.model_copy(update=files.of("end_card", end_card, "image", "images", "clip"))
    resolved = project.model_copy(
        update={
            "shots": tuple(shots),
            "shots_from": files.one("shots_from", project.shots_from),
            "cast": cast,
            "captions": captions,
            "audio": project.audio.model_copy(update=files.of("audio", project.audio, "voice", "music")),
            "end_card": end_card,
            "disclosure": project.disclosure.model_copy(
                update=files.of("disclosure", project.disclosure, "certificate", "key")
            ),
            "generate": generate,
            "stills": _resolved_stills(project.stills, files),
        }
    )
    return resolved, files.faults


def _style(name: str, folder: Path) -> str:
    """A style's name, or the whole path of its file when that lies beside the project."""
    beside = folder / name
    refuse_special(beside)
    return str(beside) if name.lower().endswith(".toml") and os.path.isfile(beside) else name
