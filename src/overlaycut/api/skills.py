"""`skill`: the page that teaches an agent this command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from overlaycut.api.boundary import verb
from overlaycut.api.inputs import File
from overlaycut.api.results import Report
from overlaycut.media import declare, write_text

_PAGE = Path(__file__).resolve().parents[1] / "skill" / "SKILL.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillReport(Report):
    """The page, and where it was put."""

    text: str
    path: Path | None
    """None where it was only read."""


@verb
def skill(folder: File | None = None, *, force: bool = False) -> SkillReport:
    """The SKILL.md that teaches an agent the command line; put into `folder`/overlaycut where one is given.

    A file that overlaycut did not write is replaced with `force` alone.
    """
    text = _PAGE.read_text(encoding="utf-8")
    out = None if folder is None else Path(folder) / "overlaycut" / "SKILL.md"
    if out is not None:
        declare(reads=(), writes=[out], force=force)
        write_text(out, text)
    return SkillReport(text=text, path=out)
