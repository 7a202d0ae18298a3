"""What a batch is made of: project files, clips, folders of both, and lists of clips with their stills and texts."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, model_validator

from overlaycut.core.documents import Document, parsed, read_text
from overlaycut.core.project import read_project
from overlaycut.errors import DocumentError, MissingInput, OverlaycutError, UsageError
from overlaycut.media import is_ours, write_text

CLIPS = frozenset({".mp4", ".mov", ".m4v", ".webm", ".mkv"})
"""Suffixes of files in a folder that are taken for clips, as generation services and cameras name them."""
_STILLS = (".png", ".jpg", ".jpeg", ".webp")
"""Suffixes of the still beside a clip, the first one that is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a person asks for: a project file, or a clip with what belongs to it."""

    path: Path
    """Absolute."""
    name: str
    """Of its folder among the results, where no other source has it."""
    still: Path | None = None
    texts: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    """Platforms of a clip; a project names its own."""

    @property
    def is_project(self) -> bool:
        """Whether it is a project file."""
        return self.path.suffix.lower() == ".toml"

    @property
    def key(self) -> str:
        """32 hexadecimal digits that tell it from other sources, wherever it is named."""
        said = json.dumps([os.fsdecode(self.path), str(self.still or ""), self.texts, self.outputs], ensure_ascii=True)
        return hashlib.sha256(said.encode("ascii")).hexdigest()[:32]

    def project_text(self) -> str:
        """A project of one shot for a clip, as TOML."""
        lines = ["# Made by overlaycut batch; what you change here stays.", "[project]", f"name = {quoted(self.name)}"]
        if self.outputs:
            lines.append(f"outputs = {_quoted_list(self.outputs)}")
        lines += ["", "[[shots]]", f"clip = {quoted(str(self.path))}"]
        if self.still is not None:
            lines.append(f"still = {quoted(str(self.still))}")
        if self.texts:
            lines.append(f"text = {_quoted_list(self.texts)}")
        return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A basic string of TOML: one of JSON, in which TOML does not allow DEL (https://toml.io/en/v1.0.0#string)."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _quoted_list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def project_of(source: Source, folder: Path) -> Path:
    """The project file of a source: its own, or that of a clip in `folder`, where one that was edited stays.

    Raises OutputError when it cannot be written.
    """
    if source.is_project:
        return source.path
    path = folder / "project.toml"
    text = source.project_text()
    if not os.path.lexists(path) or (is_ours(path) and path.read_text(encoding="utf-8") != text):
        write_text(path, text)
    return path


def collected(paths: Sequence[Path], outputs: Sequence[str], *, without: Path) -> Iterator[Source]:
    """The sources at `paths`, folders with all that is below them, each once.

    outputs: platforms of clips for which a list names none. `without` is the folder of results, which holds no
    sources. In a folder, clips that one of its projects names are left to it, and so are files that overlaycut wrote.
    Raises MissingInput for a path that leads nowhere, and DocumentError for a list that is none.
    """
    seen: set[str] = set()
    for path in paths:
        for source in _at(Path(os.path.abspath(path)), tuple(outputs), Path(os.path.abspath(without))):
            if source.key not in seen:
                seen.add(source.key)
                yield source


def _at(path: Path, outputs: tuple[str, ...], without: Path) -> Iterator[Source]:
    if path.is_dir():
        yield from _in_folder(path, outputs, without)
    elif not os.path.lexists(path):
        raise MissingInput(path, "no such file or folder", hint="name projects, clips, folders, or a list of clips")
    elif path.suffix.lower() in (".csv", ".json"):
        yield from _listed(path, outputs)
    else:
        yield clip_source(path, outputs)


def clip_source(path: Path, outputs: tuple[str, ...] = ()) -> Source:
    """A file that is named alone: a project, or a clip with the still beside it."""
    if path.suffix.lower() == ".toml":
        return Source(path=path, name=_project_name(path))
    return Source(path=path, name=path.stem, still=_still_beside(path), outputs=outputs)


def _project_name(path: Path) -> str:
    """A project file is most often called project.toml, so that its folder tells it apart."""
    return path.parent.name if path.stem == "project" and path.parent.name else path.stem


def _still_beside(clip: Path) -> Path | None:
    return next((still for end in _STILLS if (still := clip.with_suffix(end)).is_file()), None)


def _in_folder(folder: Path, outputs: tuple[str, ...], without: Path) -> Iterator[Source]:
    files = [path for path in sorted(_files(folder, without)) if not is_ours(path)]
    projects = [path for path in files if path.suffix.lower() == ".toml" and _is_project(path)]
    named = {os.path.realpath(clip) for path in projects for clip in _clips_of(path)}
    yield from map(clip_source, projects)
    for path in files:
        if path.suffix.lower() in CLIPS and os.path.realpath(path) not in named:
            yield clip_source(path, outputs)


def _files(folder: Path, without: Path) -> Iterator[Path]:
    """Files below a folder, without hidden ones, those below `without`, and what links lead to."""
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and here / name != without)
        yield from (here / name for name in files if not name.startswith("."))


def _is_project(path: Path) -> bool:
    """Whether a TOML file in a folder has shots; styles, policies and the like have none."""
    try:
        return "[[shots]]" in read_text(path)
    except OverlaycutError:
        return False


def _clips_of(path: Path) -> Iterator[Path]:
    try:
        project = read_project(path)
    except OverlaycutError:  # said when the project is run
        return
    for shot in project.shots:
        yield from shot.clips


class _Row(Document):
    """One line of a list: a clip with what belongs to it, or a project."""

    clip: Path | None = None
    project: Path | None = None
    still: Path | None = None
    text: tuple[str, ...] = ()
    name: str = Field(default="", pattern=r"^[^/\\\x00]*$")
    outputs: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> _Row:
        if (self.clip is None) == (self.project is None):
            raise ValueError("either a clip or a project")
        if self.project is not None and (self.still or self.text or self.outputs):
            raise ValueError("still, text and outputs to belong to a clip; a project has its own")
        return self

    def source(self, folder: Path, outputs: tuple[str, ...]) -> Source:
        """The source, its paths relative to `folder`, the list's own."""
        if self.project is not None:
            path = Path(os.path.abspath(folder / self.project))
            return Source(path=path, name=self.name or _project_name(path))
        assert self.clip is not None
        clip = Path(os.path.abspath(folder / self.clip))
        still = _still_beside(clip) if self.still is None else Path(os.path.abspath(folder / self.still))
        chosen = self.outputs or outputs
        return Source(path=clip, name=self.name or clip.stem, still=still, texts=self.text, outputs=chosen)


class _List(Document):
    """A list of clips."""

    clips: tuple[_Row, ...] = Field(min_length=1)


_SEPARATOR = "|"
"""Between several texts or outputs in one cell."""


def _listed(path: Path, outputs: tuple[str, ...]) -> Iterator[Source]:
    text = read_text(path)
    rows = _csv_rows(text, path) if path.suffix.lower() == ".csv" else _json_rows(text, path)
    for row in parsed(_List, {"clips": rows}, path).clips:
        yield row.source(path.parent, outputs)


def _csv_rows(text: str, path: Path) -> list[dict[str, object]]:
    """The rows of a table with a header (RFC 4180); empty cells are left out."""
    reader = csv.DictReader(io.StringIO(text), strict=True)
    rows: list[dict[str, object]] = []
    try:
        for cells in reader:
            if None in cells:
                raise DocumentError(path, f"line {reader.line_num}", "more cells than the header has", "one per column")
            row: dict[str, object] = {name.strip().lower(): cell.strip() for name, cell in cells.items() if cell}
            for name in row.keys() & {"text", "outputs"}:
                row[name] = [part.strip() for part in str(row[name]).split(_SEPARATOR) if part.strip()]
            rows.append(row)
    except csv.Error as error:
        raise DocumentError(path, f"line {reader.line_num}", str(error), "comma-separated values, RFC 4180") from error
    return rows


def _json_rows(text: str, path: Path) -> object:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise DocumentError(path, "", f"no JSON: {error}", 'a list of objects such as {"clip": "a.mp4"}') from error
    return found["clips"] if isinstance(found, dict) and "clips" in found else found


def require_sources(sources: Sequence[Source], paths: Sequence[Path]) -> None:
    """Raises UsageError when there is nothing to do."""
    if not sources:
        found = ", ".join(str(path) for path in paths) or "nothing"
        ends = ", ".join(sorted(CLIPS))
        raise UsageError(f"{found}: no project and no clip is there", hint=f"clips in folders end in {ends}")
