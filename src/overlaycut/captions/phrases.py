"""Scripts that are written without spaces, segmented into phrases."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import budoux

_NEVER_FIRST = frozenset(
    "、。，．・：；？！!?,.:;…‥ー～」』）】〉》〕］｝”’)]}ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々ๆฯ%％"
)
"""Characters that do not begin a line (JIS X 4051, and the Chinese and Thai rules like it)."""
_NEVER_LAST = frozenset("「『（【〈《〔［｛“‘([{$＄￥")
"""Characters that do not end a line."""

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uff65]"
)
"""Thai, Lao, Burmese, Khmer, kana, Han and full-width punctuation; not Hangul, which has spaces."""


def tokens(text: str) -> list[str]:
    """The units that are timed: words between spaces, and phrases where the script has none."""
    return [part for word in text.split() for part in (phrases(word) if any(map(unspaced, word)) else [word])]


def unspaced(character: str) -> bool:
    """Whether a character belongs to a script that is written without spaces, or to its punctuation."""
    return bool(_UNSPACED.match(character))


@lru_cache(maxsize=4096)
def phrases(word: str) -> tuple[str, ...]:
    """The phrases of a stretch of unspaced script, with punctuation kept off the wrong end of a line.

    BudouX (Google, 2021) is trained on where Japanese, Chinese and Thai readers accept a line break.
    """
    merged: list[str] = []
    for phrase in _parser(word).parse(word):
        if merged and (phrase[0] in _NEVER_FIRST or merged[-1][-1] in _NEVER_LAST):
            merged[-1] += phrase
        else:
            merged.append(phrase)
    return tuple(merged)


def traditional(text: str) -> bool:
    """Whether a Chinese text is in traditional characters: more of them are in Big5 than in GB 2312."""

    def known(codec: str) -> int:
        return sum(bool(character.encode(codec, "ignore")) for character in text)

    return known("big5") > known("gb2312")


def _parser(text: str) -> budoux.Parser:
    if re.search("[\u0e00-\u0e7f]", text):
        return _loaded("thai")
    if re.search("[\u3040-\u30ff]", text):
        return _loaded("japanese")
    return _loaded("traditional_chinese" if traditional(text) else "simplified_chinese")


@cache
def _loaded(language: str) -> budoux.Parser:
    parser = getattr(budoux, f"load_default_{language}_parser")()
    assert isinstance(parser, budoux.Parser)
    return parser
