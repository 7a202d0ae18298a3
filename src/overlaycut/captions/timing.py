"""Word timing: joined, estimated, grouped into cues, and carried over to an edited text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import pairwise

from overlaycut.captions.phrases import tokens, unspaced
from overlaycut.core.cues import Cue, Intervals, Word, squeezed

_SENTENCE_END = tuple(".!?…。！？؟।")
_CLOSING = "\"'”’»)]}」』）"
_PUNCTUATION_WEIGHT = Fraction(2)
"""Letters that a comma or full stop lasts as long as: it is a breath."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CueTiming:
    """How words are grouped into cues; checked by tests/captions/test_timing.py."""

    pause: Fraction = Fraction(3, 10)
    """Seconds of silence that part phrases: listeners hear a pause from about a quarter of a second on
    (Goldman-Eisler 1968)."""
    longest: Fraction = Fraction(6)
    """Seconds that a cue of two lines stays at most (BBC and Netflix subtitle guides: 6 to 7 s)."""
    most_letters: int = 64
    """Characters of a cue: two lines of 32 fill a vertical picture at the size of the shipped styles."""
    linger: Fraction = Fraction(4, 10)
    """Seconds that a cue stays after its last word, where the next one allows it."""
    shortest: Fraction = Fraction(1, 25)
    """Seconds that a cue lasts before it lingers: one frame of film."""
    same_words: Fraction = Fraction(1, 3)
    """Share of an edited text's letters that has to be found again for its word timing to be kept."""
    most_pairs: int = 1_000_000
    """Product of the numbers of words up to which two texts are aligned by all of them: five minutes of speech on both
    sides. Beyond, words that make up over 1 % of a text do not lead the alignment (difflib's `autojunk`), so that its
    time stays bounded."""
    most_compared: int = 300
    """Letters of a passage up to which letters, not only words, are compared; a longer one counts as another text."""


def joined(stretches: Iterable[tuple[str, Fraction, Fraction]], *, apart: bool = True) -> tuple[Word, ...]:
    """Timed stretches of text (text, start, end) as words.

    `apart`: whether every stretch begins a word; otherwise words end only at white space. The words of one stretch
    share its time by their letters.
    """
    found: list[Word] = []
    open_word = False
    for text, start, end in stretches:
        parts = text.split()
        if not parts:
            open_word = open_word and not text
            continue
        own = _shares(parts, start, end)
        if open_word and not apart and not text[0].isspace():
            found[-1] = Word(found[-1].text + own[0].text, found[-1].start, own[0].end)
            own = own[1:]
        found.extend(own)
        open_word = not text[-1].isspace()
    return tuple(found)


def agreeing(words: Sequence[Word], text: str) -> tuple[Word, ...]:
    """The words, if they join to the text, else none: markup can make them differ."""
    return tuple(words) if squeezed("".join(word.text for word in words)) == squeezed(text) else ()


def spread(text: str, stretches: Intervals) -> tuple[Word, ...]:
    """The words of a text distributed over intervals of time in proportion to their letters.

    A word that would reach over a gap between intervals begins after it.
    """
    parts = tokens(text)
    total = sum((end - start for start, end in stretches), Fraction(0))
    if not parts or total <= 0:
        return ()
    weights = [_weight(part) for part in parts]
    rate = total / sum(weights)
    words: list[Word] = []
    number, used = 0, Fraction(0)
    for token, weight in zip(parts, weights, strict=True):
        lasts = weight * rate
        start, end = stretches[number]
        while end - start - used < lasts / 2 and number + 1 < len(stretches):
            number, used = number + 1, Fraction(0)
            start, end = stretches[number]
        begins = min(start + used, end)
        words.append(Word(token, begins, min(begins + lasts, end)))
        used += lasts
    return tuple(words)


def spoken(cue: Cue) -> Cue:
    """The cue with word timing: its own, or an estimate from the letters."""
    return cue if cue.words else replace(cue, words=spread(cue.text, [(cue.start, cue.end)]))


def grouped(words: Sequence[Word], *, timing: CueTiming = CueTiming()) -> tuple[Cue, ...]:
    """Words as cues that end at a pause, at the end of a sentence, and before they are too long to be read."""
    cues: list[Cue] = []
    group: list[Word] = []
    for n, word in enumerate(words):
        group.append(word)
        following = words[n + 1] if n + 1 < len(words) else None
        if following is not None and not _ends(group, following, timing):
            continue
        text = _text(group)
        latest = max(group[-1].end, group[0].start + timing.shortest)
        end = latest + timing.linger
        if following is not None:
            end = min(end, max(following.start, latest))
        cues.append(Cue(group[0].start, end, text, tuple(group)))
        group = []
    return tuple(cues)


def pages(cue: Cue, most: int, *, timing: CueTiming = CueTiming()) -> tuple[Cue, ...]:
    """A cue as consecutive cues without gaps, of at most `most` words each, as equal as can be.

    A page ends at the end of a sentence or at a pause rather than within a phrase.
    """
    cut: list[Sequence[Word]] = []
    for phrase in _phrases(spoken(cue).words, timing):
        count = -(-len(phrase) // most)
        edges = [round(Fraction(len(phrase) * k, count)) for k in range(count + 1)]
        cut += [phrase[a:b] for a, b in pairwise(edges)]
    starts = [cue.start, *(max(group[0].start, cue.start) for group in cut[1:])]
    made = []
    for page, start, end in zip(cut, starts, [*starts[1:], cue.end], strict=True):
        if start < end:
            own = tuple(Word(w.text, min(max(w.start, start), end), min(max(w.end, start), end)) for w in page)
            made.append(replace(cue, start=start, end=end, text=_text(page), words=own))
        elif made:  # words of no duration join the page before them
            last = made[-1]
            own = tuple(Word(w.text, last.end, last.end) for w in page)
            made[-1] = replace(last, text=_text((*last.words, *own)), words=(*last.words, *own))
    return tuple(made) or (cue,)


def reworded(cue: Cue, text: str, *, timing: CueTiming = CueTiming()) -> tuple[Cue, bool]:
    """The cue with another text, and whether its word timing was kept.

    Words that stay keep their times; words that replace others share the time of those. When less than a third of
    the letters is found again, the words are distributed evenly over the cue: False.
    """
    if not cue.words or text == cue.text:
        return replace(cue, text=text), True
    old, new = [word.text for word in cue.words], tokens(text)
    many = len(old) * len(new) > timing.most_pairs
    matcher = SequenceMatcher(None, [_bare(word) for word in old], [_bare(word) for word in new], autojunk=many)
    words: list[Word] = []
    same = 0
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            words += [Word(text, was.start, was.end) for text, was in zip(new[c:d], cue.words[a:b], strict=True)]
            same += sum(len(word) for word in new[c:d])
        elif c < d:
            before = cue.words[a - 1].end if a else cue.start
            start = cue.words[a].start if a < b else before
            end = cue.words[b - 1].end if a < b else (cue.words[b].start if b < len(cue.words) else cue.end)
            words += _shares(new[c:d], start, max(start, end))
            same += _alike("".join(old[a:b]), "".join(new[c:d]), timing.most_compared)
    letters = len(squeezed(text))
    if letters and Fraction(same, letters) < timing.same_words:
        return replace(cue, text=text, words=spread(text, [(cue.start, cue.end)])), False
    return replace(cue, text=text, words=tuple(words)), True


def rescripted(cues: Sequence[Cue], script: str, *, timing: CueTiming = CueTiming()) -> tuple[tuple[Cue, ...], bool]:
    """Timed cues with the wording of a script in place of their own, and whether the word timing was kept.

    Both texts are aligned as a whole, so that the script's words take the times of what a transcriber misheard.
    """
    words = [word for cue in cues for word in spoken(cue).words]
    if not words or not script.split():
        return tuple(cues), True
    whole = Cue(words[0].start, max(words[-1].end, words[0].start + timing.shortest), _text(words), tuple(words))
    edited, kept = reworded(whole, script, timing=timing)
    return grouped(edited.words, timing=timing), kept


def _phrases(words: Sequence[Word], timing: CueTiming) -> list[list[Word]]:
    """Words in groups that end at the end of a sentence or at a pause."""
    groups: list[list[Word]] = [[]]
    for n, word in enumerate(words):
        groups[-1].append(word)
        if n + 1 < len(words) and (_sentence_over(word) or words[n + 1].start - word.end >= timing.pause):
            groups.append([])
    return groups


def _ends(group: Sequence[Word], following: Word, timing: CueTiming) -> bool:
    """Whether a cue ends between its words so far and the word that follows."""
    letters = sum(len(word.text) for word in group) + len(group)
    return (
        _sentence_over(group[-1])
        or following.start - group[-1].end >= 2 * timing.pause
        or letters + len(following.text) > timing.most_letters
        or following.end - group[0].start > timing.longest
    )


def _sentence_over(word: Word) -> bool:
    return word.text.rstrip(_CLOSING).endswith(_SENTENCE_END)


def _text(words: Sequence[Word]) -> str:
    """Words joined with spaces, but none between characters of unspaced scripts."""
    text = ""
    for word in words:
        glue = " " if text and not (unspaced(text[-1]) and unspaced(word.text[0])) else ""
        text += glue + word.text
    return text


def _shares(parts: Sequence[str], start: Fraction, end: Fraction) -> list[Word]:
    weights = [_weight(part) for part in parts]
    total = sum(weights)
    words, used = [], Fraction(0)
    for token, weight in zip(parts, weights, strict=True):
        begins = start + (end - start) * used / total
        used += weight
        words.append(Word(token, begins, start + (end - start) * used / total))
    return words


def _weight(token: str) -> Fraction:
    """Letters, and a breath for final punctuation."""
    letters = sum(not unicodedata.category(c).startswith("M") for c in token)
    return Fraction(letters) + (_PUNCTUATION_WEIGHT if unicodedata.category(token[-1]) == "Po" else 0)


def _alike(one: str, other: str, most: int) -> int:
    """Letters that two texts without white space have in common, in order; 0 for texts of more than `most` letters."""
    if max(len(one), len(other)) > most:
        return 0
    matcher = SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks())


def _bare(word: str) -> str:
    return "".join(c for c in word.casefold() if c.isalnum()) or word
