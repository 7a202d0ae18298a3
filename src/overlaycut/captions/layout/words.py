"""Words of a cue: which characters belong to which word, where speakers pause, and words on their line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise

from overlaycut.captions.fonts import Extent
from overlaycut.captions.layout.placed import PlacedWord
from overlaycut.captions.phrases import tokens
from overlaycut.captions.shaping import ShapedLine, TextRun
from overlaycut.captions.style import Style
from overlaycut.captions.timing import CueTiming
from overlaycut.core.cues import Cue, Word, squeezed


def word_indices(cue: Cue, style: Style) -> list[int]:
    """For each character that is set, white space left out, the index of its word in the cue."""
    shown = [squeezed(word.text.upper() if style.uppercase else word.text) for word in _words(cue)]
    return [n for n, word in enumerate(shown) for _ in word]


def pauses(cue: Cue, timing: CueTiming) -> frozenset[int]:
    """Counts of characters, white space left out, after which the speaker pauses."""
    ends = accumulate(len(squeezed(word.text)) for word in cue.words)
    neighbours = zip(ends, pairwise(cue.words), strict=False)
    return frozenset(end for end, (word, after) in neighbours if after.start - word.end >= timing.pause)


def placed_words(cue: Cue, style: Style, line: ShapedLine, x: float, baseline: float) -> tuple[PlacedWord, ...]:
    """The words of a line in the order in which they are spoken; its letters where these appear one by one."""
    runs_of: dict[int, list[TextRun]] = {}
    for run in line.runs:
        runs_of.setdefault(run.word, []).append(run)
    found, words = [], _words(cue)
    for index, runs in sorted(runs_of.items()):
        word = words[index]
        colour = _keyword_colour(word.text, style) or cue.colour
        if style.reveal != "letter":
            found.append(PlacedWord(tuple(runs), _ink(runs, x, baseline), word.start, word.end, colour))
            continue
        step = (word.end - word.start) / len(runs)
        for n, run in enumerate(reversed(runs) if runs[0].right_to_left else runs):
            start = word.start + step * n
            found.append(PlacedWord((run,), _ink([run], x, baseline), start, start + step, colour))
    return tuple(found)


def _ink(runs: Sequence[TextRun], x: float, baseline: float) -> Extent:
    boxes = [(run.x + x, run.extent) for run in runs]
    return Extent(
        sum(run.advance for run in runs),
        min(at + extent.left for at, extent in boxes),
        baseline + min(extent.top for _, extent in boxes),
        max(at + extent.right for at, extent in boxes),
        baseline + max(extent.bottom for _, extent in boxes),
    )


@lru_cache(maxsize=64)
def _words(cue: Cue) -> tuple[Word, ...]:
    """The words of a cue; each lasts as long as the cue when word timing is not known."""
    return cue.words or tuple(Word(word, cue.start, cue.end) for word in tokens(cue.text))


def _keyword_colour(text: str, style: Style) -> str | None:
    """The colour that a keyword rule of the style gives to a word, punctuation aside."""
    bare = re.sub(r"^\W+|\W+$", "", text) or text
    for rule in style.keywords:
        if re.fullmatch(rule.match, bare, re.IGNORECASE):
            return rule.colour
    return None
