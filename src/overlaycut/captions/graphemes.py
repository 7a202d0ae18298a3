"""Grapheme clusters: user-perceived characters, such as a letter with its marks or an emoji with its skin tone."""

from __future__ import annotations

import unicodedata

import regex

_LONGEST = 32
"""Code points of one cluster at most, so that stacked marks cannot make a whole text one cluster."""

_CLUSTER = regex.compile(r"\X")
_EMOJI = regex.compile(r"[\p{Emoji_Presentation}\U0001f000-\U0001faff]")
"""Emoji by default, and the blocks from Mahjong Tiles to Symbols and Pictographs Extended-A."""

_TEXT_STYLE = "\ufe0e"
_EMOJI_STYLE = "\ufe0f"
_KEYCAP = "\u20e3"

_JOINING = (
    ("\u0600", "\u06ff"),
    ("\u0700", "\u08ff"),
    ("\u0900", "\u0dff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u1800", "\u18af"),
    ("\ufb50", "\ufdff"),
    ("\ufe70", "\ufefc"),
)
"""Arabic, Syriac and their extensions, the Indic scripts, Burmese, Khmer, Mongolian, Arabic presentation forms."""


def graphemes(text: str) -> list[str]:
    """The extended grapheme clusters of a text, in order (UAX #29); joined they are the text.

    Tailored: format characters (Cf) stay with the cluster before them, and clusters end after 32 code points.
    """
    found: list[str] = []
    for cluster in _CLUSTER.findall(text):
        if found and len(found[-1]) < _LONGEST and all(unicodedata.category(c) == "Cf" for c in cluster):
            found[-1] += cluster
        else:
            found.extend(cluster[n : n + _LONGEST] for n in range(0, len(cluster), _LONGEST))
    return found


def is_emoji(cluster: str) -> bool:
    """Whether a cluster is drawn as a colour emoji rather than as text (UTS #51)."""
    if _EMOJI_STYLE in cluster or _KEYCAP in cluster:
        return True
    return _TEXT_STYLE not in cluster and _EMOJI.match(cluster) is not None


def letters_are_separate(text: str) -> bool:
    """Whether the clusters of a text may be drawn one by one: not in scripts whose letters join or are reordered."""
    return not any(_joining(character) for character in text)


def can_split_between(before: str, after: str) -> bool:
    """Whether two adjacent characters may be drawn in separate runs without changing their shapes."""
    return not (_joining(before) and _joining(after)) and len(graphemes(before + after)) > 1


def _joining(character: str) -> bool:
    """Whether the shape or place of a letter depends on its neighbours."""
    return any(low <= character <= high for low, high in _JOINING)
