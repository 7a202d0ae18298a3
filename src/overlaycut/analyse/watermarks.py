"""Lettering that a provider or a stock library put on the picture, and AI labels: recognised, never touched."""

from __future__ import annotations

import re
import unicodedata

from overlaycut.core.edit_distance import distance, folded
from overlaycut.core.geometry import Quad

_LABELS = (
    "aigenerated",
    "aigeneratedcontent",
    "generatedbyai",
    "madewithai",
    "aicreations",
    "createdbyai",
    "createdwithai",
    "ai生成",
    "内容由ai生成",
    "由ai生成",
    "aigc",
    "人工智能生成",
)
"""Disclosures, folded: protected wherever they stand."""

_PROVIDERS = (
    "sora", "kling", "klingai", "可灵", "可灵ai", "hailuo", "hailuoai", "海螺", "海螺ai", "minimax", "即梦",
    "即梦ai", "dreamina", "jimeng", "pika", "pikalabs", "runway", "runwayml", "luma", "lumaai",
    "dreammachine", "veo", "gemini", "vidu", "viduai", "pixverse", "seedance", "豆包", "豆包ai生成", "通义",
    "通义万相", "wan", "hunyuan", "混元", "腾讯混元", "智谱清影", "清影", "跃问", "跃问ai", "跃问视频",
    "stepvideo", "show1", "haiper", "genmo", "kaiber", "capcut", "剪映", "tiktok", "omnihuman",
    "shutterstock", "gettyimages", "istock", "adobestock", "depositphotos", "alamy", "dreamstime", "123rf",
    "pond5",
)  # fmt: skip
"""Names of services and stock libraries, folded: protected in a corner or an edge of the picture."""

_STOCK = frozenset(
    (
        "shutterstock",
        "gettyimages",
        "istock",
        "adobestock",
        "depositphotos",
        "alamy",
        "dreamstime",
        "123rf",
        "pond5",
    )
)
"""Stock libraries put their names in the middle."""

_LONG = 6
"""Letters from which on a name may stand inside other words."""
_LARGEST = 0.12
"""Share of the picture's height that a mark has at most; Pika's of 2023 is a tenth of a landscape picture."""
_EDGE = 0.16
"""Share of the picture's side within which the whole of a mark lies at an edge."""


def mark_named(text: str) -> str | None:
    """The label, service or library that `text` names, folded, or None. Forgives a misread letter in long names."""
    bare = folded(text)
    # "Al-generated", with a small L, is how readers see "AI-generated".
    spellings = {bare, "ai" + bare[2:] if bare.startswith("al") else bare}
    runs = _runs(text)
    for name in (*_LABELS, *_PROVIDERS):
        for spelling in spellings:
            whole = name in runs if name.isascii() else name in spelling
            if whole if name in _LABELS else (len(name) >= _LONG and name in spelling):
                return name
            # A letter may be misread; one more or one less makes another word.
            misread = len(spelling) == len(name) >= 7 and distance(spelling, name) <= len(name) // 6
            if spelling == name or misread:
                return name
    return None


def _runs(text: str) -> set[str]:
    """Every run of whole words of `text`, folded: "Made with Aioli" does not say "made with AI"."""
    words = [bare for word in re.split(r"[\W_]+", text) if (bare := folded(word))]
    words = ["ai" if word == "al" else word for word in words]
    return {"".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}


def protected(text: str, quad: Quad, width: int, height: int) -> str | None:
    """The name of the mark that lettering at `quad` in a `width` × `height` picture is, or None."""
    name = mark_named(unicodedata.normalize("NFKC", text))
    if name is None or name in _LABELS or name in _STOCK:
        return name
    return name if at_edge(quad, width, height) else None


def at_edge(quad: Quad, width: int, height: int) -> bool:
    """Whether lettering lies small in a corner, or along the bottom or the top edge."""
    x, y = quad.centre
    across, down = min(x, width - x) / width, min(y, height - y) / height
    _, line = quad.size
    small = line < _LARGEST * height
    return small and (down < _EDGE and (across < 2 * _EDGE or down < _EDGE / 2))
