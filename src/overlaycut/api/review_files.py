"""What a review writes: plans, the project with its comments, edited captions, what was accepted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overlaycut.captions import sidecar
from overlaycut.core.cues import Cue
from overlaycut.errors import DocumentError, MissingPart
from overlaycut.media import write_text

if TYPE_CHECKING:
    import tomlkit

INSTALL = "pip install 'overlaycut[review]'"


def _tomlkit() -> Any:
    try:
        import tomlkit
    except ImportError as error:
        raise MissingPart("reviewing needs tomlkit, which keeps the comments of a project", hint=INSTALL) from error
    return tomlkit


class ProjectFile:
    """A project's TOML, changed in place with comments and order kept.

    Every change is read anew, made and written whole, so that what a person edits meanwhile in an editor stays.
    """

    def __init__(self, path: Path) -> None:
        """Raises MissingPart without tomlkit."""
        self._path = path
        self._toml = _tomlkit()

    def change(self, edit: Callable[[tomlkit.TOMLDocument], None]) -> None:
        """Apply a change. Raises DocumentError for a file that is no TOML any more."""
        text = self._path.read_text(encoding="utf-8")
        try:
            document = self._toml.parse(text)
        except ValueError as error:
            raise DocumentError(self._path, "", str(error), "TOML") from error
        edit(document)
        write_text(self._path, self._toml.dumps(document))

    def choose(self, shot: int, clip: Path | None) -> None:
        """Write which candidate a person chose; None leaves it to the ranking."""

        def edit(document: tomlkit.TOMLDocument) -> None:
            table = self._shot(document, shot)
            if clip is None:
                table.pop("choice", None)
                return
            value = self._toml.item(self._relative(clip))
            value.comment("a person's choice")
            table["choice"] = value

        self.change(edit)

    def expect(self, shot: int, before: str | None, text: str) -> None:
        """Write what lettering of a shot should read, in place of what was expected before."""

        def edit(document: tomlkit.TOMLDocument) -> None:
            table = self._shot(document, shot)
            texts = table.get("text")
            if texts is None:
                table["text"] = [text]
            elif before in texts:
                texts[texts.index(before)] = text
            elif text not in texts:
                texts.append(text)

        self.change(edit)

    def caption(self, *, source: Path | None = None, style: str | None = None) -> None:
        """Write where the captions' words are from, and their style."""

        def edit(document: tomlkit.TOMLDocument) -> None:
            table: Any = document["captions"]
            if source is not None:
                value = self._toml.item(self._relative(source))
                value.comment("edited in the review page")
                table["source"] = value
                table.pop("encoding", None)
            if style is not None:
                table["style"] = style

        self.change(edit)

    def _shot(self, document: tomlkit.TOMLDocument, number: int) -> Any:
        shots: Any = document["shots"]
        return shots[number]

    def _relative(self, path: Path) -> str:
        folder = self._path.resolve().parent
        return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def edited_captions(source: Path) -> Path:
    """Where captions are written that were edited: beside their source, which stays as it is."""
    return source if source.name.endswith(".reviewed.vtt") else source.with_name(f"{source.stem}.reviewed.vtt")


def write_captions(path: Path, cues: Sequence[Cue]) -> None:
    """Write cues as WebVTT, with the times of words and the places of captions."""
    write_text(path, sidecar(".vtt", cues))


def read_accepted(path: Path) -> dict[str, str]:
    """Shot → digest of the plan that a person accepted; empty where there is none, or no such document."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    accepted = found.get("accepted", {}) if isinstance(found, dict) else {}
    return {str(name): str(digest) for name, digest in accepted.items()} if isinstance(accepted, dict) else {}


def write_accepted(path: Path, accepted: Iterable[tuple[str, str]]) -> None:
    """Write what was accepted."""
    write_text(path, json.dumps({"accepted": dict(accepted)}, indent=1) + "\n")
