"""References that a prompt names, @image1 or @maya, written the way a model wants them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from overlaycut.errors import UsageError

_MENTION = re.compile(r"(?<![\w@])@([A-Za-z][\w-]*)")
_NUMBERED = re.compile(r"image[_ -]?(\d{1,3})", re.IGNORECASE)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True, slots=True)
class MentionedPrompt:
    """A prompt with its references named as the model wants them."""

    text: str
    mentioned: frozenset[int]
    """Numbers of the references that it names, from 1."""
    notes: tuple[str, ...]


def with_mentions(
    prompt: str, count: int, style: str, *, names: Mapping[str, int] | None = None, what: str = "reference"
) -> MentionedPrompt:
    """`prompt` with @image1 and @NAME written in a model's own way.

    count: how many references there are. style: how the model names reference n, as in "@image_{n}" or "Image {n}";
    empty where it has no way, and words stand for it. names: further names, each the number of a reference. Raises
    UsageError for the number of a reference that is not there.
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
            there = f"@image1..@image{count}" if count > 1 else "@image1" if count else f"there is no {what}"
            raise UsageError(f"the prompt names {match.group(0)}, which is not there", hint=f"allowed: {there}")
        mentioned.add(number)
        return _written(number, style, count, what)

    text = _MENTION.sub(put, prompt)
    notes = [f"{one} names no {what} and is sent as it is" for one in dict.fromkeys(strangers)]
    silent = [number for number in range(1, count + 1) if number not in mentioned]
    if mentioned and silent:
        notes.append(f"the prompt does not name {', '.join(f'@image{number}' for number in silent)}")
    return MentionedPrompt(text, frozenset(mentioned), tuple(notes))


def _written(number: int, style: str, count: int, what: str) -> str:
    if style:
        return style.replace("{n}", str(number))
    if count == 1:
        return f"the {what} image"
    ordinal = _ORDINALS[number - 1] if number <= len(_ORDINALS) else f"{number}th"
    return f"the {ordinal} {what} image"
