"""The report page: everything on it is shown, as text, and nothing is fetched from anywhere."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from PIL import Image

from overlaycut.report import Crop, Page, ShotSection, page

HOSTILE = "<script>alert({n})<img src=x onerror=alert({n})>\"'&amp;{{{{ {n} }}}}\u202e"
VOID = {"meta", "img", "br", "line", "polyline"}


class Parsed(HTMLParser):
    """The elements, attributes and text of a page; fails where tags are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def grey(level: int, size: tuple[int, int] = (40, 30)) -> np.ndarray:
    return np.full((*size, 3), level, np.uint8)


def region(**changes: Any) -> dict[str, Any]:
    return {
        "id": "r1", "expected": "COLD BREW", "read": "COLD BFEW", "state": "warped", "onset_frame": 12,
        "protected": False, "legibility": 0.4, "decision": "restore", "reason": "melts", **changes,
    }  # fmt: skip


def shot(**changes: Any) -> ShotSection:
    plain = ShotSection(
        name="shot-01", clip="a.mp4", why_chosen="", regions=[region()], touched_fraction=0.0123,
        untouched_identical=True, gates=(), gates_detail={}, crops=(), notes=(), ranking=[],
    )  # fmt: skip
    return replace(plain, **changes)


def delivery(**changes: Any) -> dict[str, Any]:
    return {
        "platform": "tiktok", "path": "out/tiktok.mp4", "error": None, "width": 1080, "height": 1920, "fps": 29.97,
        "duration": 8.5, "bytes": 1_500_000, "loudness_lufs": -14.02, "quality": {"metric": "ssim", "value": 0.98765},
        "ok": True, "checks": [{"name": "fps", "status": "pass", "found": "30 fps", "wanted": "30 to 60"}], **changes,
    }  # fmt: skip


CAST: dict[str, Any] = {
    "model": "dlib",
    "characters": [
        {
            "name": "maya",
            "shots": [
                {
                    "clip": "clips/a.mp4", "verdict": "drift", "first_bad_seconds": 1.25, "min": 0.41, "mean": None,
                    "series": [[0.0, 1.0, 1.0], [2.0, 0.5, 1.0]], "wardrobe": {"verdict": "same"}, "reason": "turns",
                }
            ],
        }
    ],
    "pairs": [{"name": "maya", "clip_a": "x/a.mp4", "clip_b": "b.mp4", "similarity": 0.5, "verdict": "different"}],
}  # fmt: skip
GATES = {
    "r1": [
        {
            "gate": "seam",
            "meaning": "the contour shows",
            "status": "fail",
            "value": 3.4567,
            "limit": 2.0,
            "worst_frame": 31,
        },
        {"gate": "sliding", "meaning": "it slides", "status": "n/a", "value": None, "limit": 0.4, "worst_frame": None},
    ]
}
RANKING = [
    {"clip": "clips/01-b.mp4", "score": 81.25, "parts": {"legibility": 0.9, "motion": None}, "reasons": ["reads"]},
    {"clip": "clips/01-a.mp4", "score": 12.0, "parts": {"legibility": 0.1}, "reasons": []},
]


def whole(**changes: Any) -> Page:
    crop = Crop("r1", 0.5, grey(60), grey(180))
    failed = delivery(error="no space left")
    loud = delivery(platform="reels", loudness_lufs=None, quality={"metric": "ssim", "value": None}, ok=False)
    plain = Page(
        title="cold-brew", version="1.2.3", summary="Every gate passed.", warnings=("a warning",), cast=CAST,
        shots=(
            shot(crops=(crop,), ranking=RANKING, why_chosen="reads best", notes=("a note",)),
            shot(name="shot-02", gates=("r1: unreadable",), gates_detail=GATES, untouched_identical=False, regions=[]),
        ),
        deliveries=[delivery(), failed, loud],
    )  # fmt: skip
    return replace(plain, **changes)


def hostile(value: Any, place: str, places: list[str], text: str = HOSTILE) -> Any:
    """`value` with every string in it hostile; string n stands at `places[n]`."""
    if isinstance(value, str):
        places.append(place)
        return text.format(n=len(places) - 1)
    if isinstance(value, dict):
        return {key: hostile(item, f"{place}.{key}", places, text) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(hostile(item, f"{place}[{n}]", places, text) for n, item in enumerate(value))
    if isinstance(value, Crop | ShotSection | Page):
        fields = value.__dataclass_fields__
        changed = {name: hostile(getattr(value, name), f"{place}.{name}", places, text) for name in fields}
        return replace(value, **changed)
    return value


def test_everything_is_on_the_page() -> None:
    text = re.sub(r"\s+", " ", Parsed(page(whole())).text)
    for words in (
        "cold-brew", "overlaycut 1.2.3", "Every gate passed.", "a warning", "shot-01", "shot-02", "reads best",
        "1.23 % of the samples", "identical to the decoded clip", "not identical", "r1: unreadable", "a note",
        "3.46", "31", "the contour shows", "it slides",
        "No lettering was found.", "COLD BREW", "COLD BFEW", "warped from frame 12", "0.40", "restore", "melts",
        "01-b.mp4", "81.2", "legibility 0.90", "motion n/a", "r1 at 0.50 s", "maya", "drift from 1.25 s", "0.41",
        "turns", "different", "1080×1920 at 29.970", "8.50 s", "1.50 MB", "-14.0 LUFS", "silent", "ssim 0.9877",
        "no space left", "30 fps", "30 to 60", "all pass", "fails",
    ):  # fmt: skip
        assert words in text, words


def test_every_text_is_escaped() -> None:
    places: list[str] = []
    parsed = Parsed(page(hostile(whole(), "page", places)))
    assert {tag for tag, _ in parsed.elements} == {tag for tag, _ in Parsed(page(whole())).elements}
    hidden = [place for n, place in enumerate(places) if HOSTILE.format(n=n) not in parsed.text]
    # A delivery that failed shows its error alone, one without a measured quality no name of the metric.
    failed = [f"page.deliveries[1].{key}" for key in ("quality.metric", "checks[0].name", "checks[0].status")]
    failed += [f"page.deliveries[1].checks[0].{key}" for key in ("found", "wanted")]
    assert sorted(hidden) == sorted([*failed, "page.deliveries[2].quality.metric"])


@pytest.mark.parametrize("content", [whole(), hostile(whole(), "page", [])], ids=["plain", "hostile"])
def test_nothing_is_fetched_and_nothing_runs(content: Page) -> None:
    parsed = Parsed(page(content))
    loading = {"src", "href", "srcset", "action", "data", "poster", "style", "formaction", "background"}
    for tag, attributes in parsed.elements:
        assert tag not in {"script", "link", "iframe", "object", "embed", "form", "base", "a"}
        assert not any(name.startswith("on") for name in attributes)
        for name in loading & set(attributes):
            assert (attributes[name] or "").startswith("data:image/jpeg;base64,")
    (style,) = re.findall(r"<style>(.*?)</style>", page(content), re.DOTALL)
    assert "url(" not in style and "@import" not in style


@pytest.mark.parametrize(
    "text",
    [
        "</title></style></script><script>alert(1)</script>",
        "'\"></td></table><img src='x' onerror='alert(1)'>",
        "<a href='javascript:alert(1)'>click</a>",
        "javascript:alert(1)",
        "--><svg/onload=alert(1)>",
        "{{{{ page.__class__ }}}}{{% raw %}}",
        "<base href=//example.org/><meta http-equiv=refresh content=0>",
    ],
)
def test_no_text_becomes_an_element_or_an_attribute(text: str) -> None:
    parsed, plain = Parsed(page(hostile(whole(), "page", [], text))), Parsed(page(whole()))
    varied = {"alt", "class", "src"}  # texts, verdicts and the pictures

    def shape(elements: list[tuple[str, dict[str, str | None]]]) -> list[tuple[str, dict[str, str | None]]]:
        return [(tag, {k: "" if k in varied else v for k, v in attributes.items()}) for tag, attributes in elements]

    assert {tag for tag, _ in parsed.elements} <= {tag for tag, _ in plain.elements}
    assert {str(one) for one in shape(parsed.elements)} <= {str(one) for one in shape(plain.elements)}
    for _, attributes in parsed.elements:
        assert (attributes.get("src") or "data:image/jpeg;base64,").startswith("data:image/jpeg;base64,")
        assert attributes.get("class") in (None, "good", "bad", "soft", "pairs", "small")


def test_crops_are_jpegs_inside_the_page_no_wider_than_needed() -> None:
    crop = Crop("r1", 0.5, grey(60, (100, 1000)), grey(180))
    parsed = Parsed(page(whole(shots=(shot(crops=(crop,)),))))
    before, after = (
        Image.open(io.BytesIO(base64.b64decode((attributes["src"] or "").partition(",")[2])))
        for tag, attributes in parsed.elements
        if tag == "img"
    )
    assert before.size == (420, 42) and after.size == (30, 40)
    assert abs(int(np.asarray(before)[20, 200, 0]) - 60) <= 2 and abs(int(np.asarray(after)[20, 15, 0]) - 180) <= 2


def test_a_course_of_similarity_is_drawn_over_the_whole_plot() -> None:
    parsed = Parsed(page(whole()))
    (line,) = [attributes["points"] for tag, attributes in parsed.elements if tag == "polyline"]
    assert line == "0.0,0.0 240.0,22.0"


def test_a_page_without_shots_cast_or_deliveries_is_a_page() -> None:
    text = Parsed(page(whole(shots=(), cast=None, deliveries=[], warnings=()))).text
    assert "cold-brew" in text and "Cast" not in text
