"""Text into what readers take for one sign: a letter with its marks, an emoji with its skin tone, a flag."""

from __future__ import annotations

import unicodedata

_LONGEST = 32
"""Characters that are kept together at most, so that no text becomes one sign."""

_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"
_KEYCAP = "\u20e3"

_EMOJI_BELOW_1F000 = frozenset(
    "⌚⌛⏩⏪⏫⏬⏰⏳◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓❔❕❗➕➖➗➰➿⬛⬜⭐⭕"
)
"""Characters of the first plane that are emoji without being asked (Unicode property Emoji_Presentation)."""

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
"""Arabic and its kin, the scripts of India, Burmese, Khmer, Mongolian."""


def graphemes(text: str) -> list[str]:
    """The signs of a text, in order; together they are the text (after UAX #29, without its rarer rules)."""
    found: list[str] = []
    for character in text:
        if found and len(found[-1]) < _LONGEST and _clings(character, found[-1]):
            found[-1] += character
        else:
            found.append(character)
    return found


def is_emoji(cluster: str) -> bool:
    """Whether a sign is to be drawn as a picture rather than as a letter."""
    if _EMOJI_STYLE in cluster or _KEYCAP in cluster:
        return True
    first = cluster[0]
    if "\ufe0e" in cluster:
        return False
    return first in _EMOJI_BELOW_1F000 or "\U0001f1e6" <= first <= "\U0001f1ff" or _pictograph(first)


def letters_can_part(text: str) -> bool:
    """Whether the signs of a text may be drawn one by one: not in scripts whose letters join or are reordered."""
    return not any(_joining(character) for character in text)


def can_part(before: str, after: str) -> bool:
    """Whether what stands on both sides of a place may be drawn apart without changing its shape."""
    return not (_joining(before) and _joining(after)) and not _clings(after, before)


def _pictograph(character: str) -> bool:
    """Whether a character is in the blocks that hold emoji: Mahjong to Symbols and Pictographs Extended-A."""
    return "\U0001f000" <= character <= "\U0001faff"


def _clings(character: str, cluster: str) -> bool:
    if unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"} or cluster.endswith(_JOINER):
        return True
    if "\U0001f3fb" <= character <= "\U0001f3ff":  # skin tones
        return is_emoji(cluster)
    if character == "\u0e33":  # Thai sara am: half of it stands over the letter before
        return True
    flags = all("\U0001f1e6" <= c <= "\U0001f1ff" for c in (*cluster, character))
    return flags and len(cluster) == 1


def _joining(character: str) -> bool:
    """Whether a letter's shape or place depends on its neighbours: Arabic and its kin, and the scripts of India."""
    return any(low <= character <= high for low, high in _JOINING)
