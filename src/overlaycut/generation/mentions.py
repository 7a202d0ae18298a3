"""References that a prompt names, @image1 or @maya, all written @image1: the form that every adapter knows.

Each adapter then writes them its service's own way, as in "@image_1" or "Image 1" (`mention` in the table of models).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from overlaycut.errors import UsageError

_MENTION = re.compile(r"(?<![\w@])@([A-Za-z][\w-]*)")
_NUMBERED = re.compile(r"image[_ -]?(\d{1,3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MentionedPrompt:
    """A prompt whose references are named by their numbers."""

    text: str
    mentioned: frozenset[int]
    """Numbers of the references that it names, from 1."""
    notes: tuple[str, ...]


def with_mentions(prompt: str, count: int, *, names: Mapping[str, int] | None = None) -> MentionedPrompt:
    """`prompt` with every reference that it names written @image1, @image2 and so on.

    count: how many references there are. names: further names, each the number of a reference. Raises UsageError for
    the number of a reference that is not there.
    """
    known = {name.casefold(): number for name, number in (names or {}).items()}
    mentioned: set[int] = set()
    strangers: list[str] = []

    def put(match: re.Match[str]) -> str:
        name = match.group(1)
        number = known.get(name.casefold())
        if number is None:
            numbered = _NUMBERED.fullmatch(name)
            if numbered is None:
                strangers.append(match.group(0))
                return match.group(0)
            number = int(numbered.group(1))
        if not 1 <= number <= count:
            there = f"@image1..@image{count}" if count > 1 else "@image1" if count else "there is no reference"
            raise UsageError(f"the prompt names {match.group(0)}, which is not there", hint=f"allowed: {there}")
        mentioned.add(number)
        return f"@image{number}"

    text = _MENTION.sub(put, prompt)
    notes = [f"{one} names no reference and is sent as it is" for one in dict.fromkeys(strangers)]
    silent = [number for number in range(1, count + 1) if number not in mentioned]
    if mentioned and silent:
        notes.append(f"the prompt does not name {', '.join(f'@image{number}' for number in silent)}")
    return MentionedPrompt(text, frozenset(mentioned), tuple(notes))
