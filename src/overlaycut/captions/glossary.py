"""Glossary: right spellings, and the misspellings that they replace."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from overlaycut.captions.timing import reworded
from overlaycut.core.cues import Cue
from overlaycut.core.documents import read_toml
from overlaycut.errors import DocumentError

_Entries = TypeAdapter(dict[str, list[str]])


@dataclass(frozen=True, slots=True)
class Glossary:
    """Right spellings, each with a pattern of its misspellings."""

    entries: tuple[tuple[str, re.Pattern[str]], ...] = ()

    def applied(self, cues: Sequence[Cue]) -> tuple[tuple[Cue, ...], tuple[str, ...]]:
        """The cues with right spellings, and warnings. Words keep their times."""
        spelled, count, lost = [], 0, 0
        for cue in cues:
            text = cue.text
            for right, wrong in self.entries:
                text = right.join(wrong.split(text))
            if text != cue.text:
                count += 1
                cue, kept = reworded(cue, text)
                lost += not kept
            spelled.append(cue)
        warnings = [f"the glossary changed {count} cue(s)"] if count else []
        if lost:
            warnings.append(f"words of {lost} cue(s) lost their own times to the glossary and were spread evenly")
        return tuple(spelled), tuple(warnings)


def read_glossary(path: Path) -> Glossary:
    """The glossary in a TOML file: `"Right spelling" = ["wrong", "also wrong"]`, case and spaces aside.

    The right spelling in other capitals is corrected too. Raises DocumentError for another document.
    """
    tables = read_toml(path)
    try:
        entries = _Entries.validate_python(tables)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DocumentError(path, where, repr(first["input"])[:60], '"Right" = ["wrong", …]') from error
    patterns = []
    for right, wrongs in entries.items():
        given = sorted({wrong for wrong in (*wrongs, right) if wrong.strip()}, key=len, reverse=True)
        if not right.strip() or not given:
            raise DocumentError(path, right, "nothing", '"Right" = ["wrong", …]')
        either = "|".join(r"\s+".join(re.escape(part) for part in wrong.split()) for wrong in given)
        patterns.append((right, re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)))
    return Glossary(tuple(patterns))
