"""A motion prompt held against the recipe that image-to-video models are prompted by, and what is missing.

The recipe has five parts: subject, direction, camera, atmosphere, pace. Words are looked up in `motion_words.toml`;
nothing is parsed, and only English is known. Whatever part is not found leaves the choice to the model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

from overlaycut.core.documents import read_toml

RecipePart: TypeAlias = Literal["subject", "direction", "camera", "atmosphere", "pace"]
"""A part of the recipe of a motion prompt."""

PARTS: tuple[RecipePart, ...] = ("subject", "direction", "camera", "atmosphere", "pace")

_SUBJECT_HINT = "name what is seen, as in 'the can of cold brew on the counter'"
_LEAST_LATIN = 0.6
"""Share of a prompt's letters that are of the Latin script, below which it is no English."""
_ENGLISH = frozenset(
    (
        "a",
        "an",
        "the",
        "and",
        "of",
        "in",
        "on",
        "with",
        "to",
        "is",
        "are",
        "at",
        "from",
        "while",
        "as",
        "its",
        "it",
        "slowly",
    )
)
"""Words of which an English prompt of some length has at least one."""
_LONG = 8
"""Words from which on a prompt without any of those is taken for another language."""

_NOUN_CAN = re.compile(r"\b(?:the|a|an|this|that|one|its)\s+(?:(?!camera)[\w-]+\s+)?(can)\b")
"""The vessel, not the verb."""
_TO_CAMERA = re.compile(r"\b(towards?|to|at|into|facing|past|from) (the )?camera\b")
"""Where the camera is a place, not what moves."""
_CUTS = re.compile(r"\b(cuts? to|jump cuts?|montage|scene change|next scene|then we see|fade to|transition to)\b")
_NEGATIONS = re.compile(r"\b(no|not|never|without|don't|do not|avoid)\s+(\w+)")
_MOVING = re.compile(
    r"\b(dolly\w*|zoom\w*|orbit\w*|push(es)?[- ]in|pull(s)?[- ](back|out)|tracking|handheld|crane|whip pan|tilt\w*)\b"
)
_CAMERA_STATIC = re.compile(
    r"\b(static|locked[- ]off|fixed) (camera|shot|frame)\b|\blocked[- ]off\b"
    r"|\bcamera (stays|holds) (still|static|fixed)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptCheck:
    """What a motion prompt says, by part of the recipe."""

    found: Mapping[RecipePart, tuple[str, ...]]
    """Part → the words that serve it; empty where the part is missing."""
    hints: tuple[str, ...]
    """One line for each missing part: what to add, with an example."""
    warnings: tuple[str, ...]
    """What is likely to go wrong: too long, contradictions, cuts, negations."""
    checked: bool = True
    """False where the prompt is not English, and so was not held against the recipe."""

    @property
    def missing(self) -> tuple[RecipePart, ...]:
        """The parts that were not found, in the order of the recipe; empty when nothing was checked."""
        return tuple(part for part in PARTS if not self.found[part]) if self.checked else ()

    @property
    def complete(self) -> bool:
        """Whether every part was found."""
        return self.checked and not self.missing


def check_motion_prompt(prompt: str, *, most_units: int | None = None, one_shot: bool = True) -> PromptCheck:
    """Hold `prompt` against the recipe.

    most_units: the longest prompt that the model takes, in UTF-16 code units, which is how the services count.
    one_shot: whether one continuous shot is wanted, so that words that ask for cuts are warned of.
    """
    warnings = _length_warnings(prompt, most_units)
    text = _normalised(prompt)
    words = re.findall(r"[\w'-]+", text)
    if not words or not _is_english(prompt, words):
        if words:
            warnings.append("the recipe is only known in English: what this prompt lacks was not checked")
        none: dict[RecipePart, tuple[str, ...]] = {part: () for part in PARTS}
        hints = [] if words else ["the prompt is empty"]
        return PromptCheck(found=none, hints=tuple(hints), warnings=tuple(warnings), checked=not words)
    lexicon = _lexicon()
    camera = lexicon["camera"].found_in(_TO_CAMERA.sub(" ", text))
    rest = lexicon["camera"].pattern.sub(" ", text)  # "push in" is no direction of the subject
    found: dict[RecipePart, tuple[str, ...]] = {
        "subject": _subject(text, lexicon),
        "direction": lexicon["direction"].found_in(rest),
        "camera": camera,
        "atmosphere": lexicon["atmosphere"].found_in(text),
        "pace": lexicon["pace"].found_in(text),
    }
    framing = lexicon["framing"].found_in(text)
    hints = [_hint(part, lexicon, framing) for part in PARTS if not found[part]]
    warnings += _contradictions(text, one_shot=one_shot)
    return PromptCheck(found=found, hints=tuple(hints), warnings=tuple(warnings))


def utf16_units(text: str) -> int:
    """Length in UTF-16 code units, in which services count prompts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one part, as one pattern."""

    pattern: re.Pattern[str]
    why: str
    example: str

    def found_in(self, text: str) -> tuple[str, ...]:
        """The words of the part that a normalised text has, each once, in order."""
        return tuple(dict.fromkeys(match.group(0) for match in self.pattern.finditer(text)))


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, _Words]:
    tables = read_toml(Path(__file__).with_name("motion_words.toml"))
    return {name: _Words(_pattern(table["words"]), table["why"], table["example"]) for name, table in tables.items()}


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """One pattern for all words, the longest first."""
    longest_first = sorted(words, key=len, reverse=True)
    each = (re.escape(word).replace(r"\*", r"\w*").replace(r"\#", r"[\w-]+") for word in longest_first)
    return re.compile(rf"(?<![\w'-])(?:{'|'.join(each)})(?![\w'-])")


def _normalised(prompt: str) -> str:
    """Lower case, plain apostrophes, single spaces; references such as @image1 are kept."""
    return " ".join(prompt.replace("\u2019", "'").casefold().split())


def _is_english(prompt: str, words: Sequence[str]) -> bool:
    letters = [character for character in prompt if character.isalpha()]
    latin = sum(character < "\u0250" for character in letters)
    if letters and latin < _LEAST_LATIN * len(letters):
        return False
    return len(words) < _LONG or not _ENGLISH.isdisjoint(words)


def _subject(text: str, lexicon: Mapping[str, _Words]) -> tuple[str, ...]:
    """Words that serve no other part and are no function words: what the prompt is about."""
    named = [*re.findall(r"@[\w-]+", text), *_NOUN_CAN.findall(text)]
    rest = re.sub(r"@[\w-]+", " ", text)
    for part in ("camera", "framing", "direction", "atmosphere", "pace", "plain"):
        rest = lexicon[part].pattern.sub(" ", rest)
    left = [word for word in re.findall(r"[^\W\d_][\w'-]+", rest) if not word.endswith("ly")]
    return tuple(dict.fromkeys([*named, *left]))


def _hint(part: RecipePart, lexicon: Mapping[str, _Words], framing: Sequence[str]) -> str:
    if part == "subject":
        return f"subject: {_SUBJECT_HINT}"
    if part == "camera" and framing:
        return f"camera: {framing[0]!r} is the size of the shot; say {lexicon[part].why}: {lexicon[part].example}"
    return f"{part}: say {lexicon[part].why}: {lexicon[part].example}"


def _length_warnings(prompt: str, most_units: int | None) -> list[str]:
    units = utf16_units(prompt)
    if most_units is None or units <= most_units:
        return []
    return [f"the prompt has {units} characters, the model takes {most_units}"]


def _contradictions(text: str, *, one_shot: bool) -> list[str]:
    warnings = []
    if one_shot and (cut := _CUTS.search(text)):
        warnings.append(f"{cut.group(0)!r} asks for a cut; one shot is one continuous take")
    still, moving = _CAMERA_STATIC.search(text), _MOVING.search(text)
    if still and moving:
        warnings.append(f"{still.group(0)!r} and {moving.group(0)!r} contradict each other")
    if named := [match.group(0) for match in _NEGATIONS.finditer(text)]:
        warnings.append(f"{named[0]!r}: say what is wanted instead; a model may draw what a prompt names")
    return warnings
