"""The report page: everything on it is shown, as text, and nothing is fetched from anywhere."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from PIL import Image

from overlaycut.report import (
    AppChrome,
    CandidateCard,
    CastCell,
    CastRow,
    CastSection,
    DeliveryCard,
    EncodedPicture,
    Link,
    Outline,
    Page,
    Plot,
    RegionMoment,
    ShotSection,
    Shown,
    Stretch,
    StripFrame,
    Timing,
    Untouched,
    counted,
    document,
    jpeg,
    page,
)

HOSTILE = "<script>alert({n})<img src=x onerror=alert({n})>\"'&amp;{{{{ {n} }}}}\u202e"
VOID = {"meta", "img", "br", "input", "line", "polyline"}


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
        if not {"style", "script"} & set(self.open):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def grey(level: int, size: tuple[int, int] = (40, 30)) -> EncodedPicture:
    return jpeg(np.full((*size, 3), level, np.uint8), width=1000, quality=90)


def region(**changes: Any) -> dict[str, Any]:
    return {
        "id": "r1", "expected": "COLD BREW", "read": "COLD BFEW", "state": "warped", "onset_frame": 12,
        "protected": False, "legibility": 0.4, "decision": "restore", "decided_by": "person", "reason": "melts",
        **changes,
    }  # fmt: skip


def plot(title: str = "legibility of COLD BREW", **changes: Any) -> Plot:
    samples = [(n / 10, 1.0 if n < 5 else 0.2) for n in range(11)]
    plain = Plot(title=title, unit="parts", seconds=1.0, low=0, high=1, samples=samples, bad=(Stretch(0.5, 1.0),))
    return replace(plain, **changes)


def candidate(**changes: Any) -> CandidateCard:
    plain = CandidateCard(
        clip="clips/01-b.mp4", score=81.25, chosen=True, parts={"legibility": 0.9, "motion": None},
        reasons=("reads",), faults=("goes black",), strip=(grey(1), grey(2), grey(3)),
    )  # fmt: skip
    return replace(plain, **changes)


def shot(**changes: Any) -> ShotSection:
    outline = Outline(region="r1", label="r1 warped", tone="broken", points=((0, 0), (1, 0), (1, 0.5), (0, 0.5)))
    plain = ShotSection(
        name="shot-01", clip="a.mp4", facts="1080×1920, 2.00 s", regions=[region()],
        strip=(Shown(frame=StripFrame(12, 0.5, grey(50)), outlines=(outline,)),),
        untouched=Untouched(
            identical=True, fraction=0.0123, compared=1234567, ground=grey(70), written=np.eye(8, dtype=np.uint8)
        ),
    )  # fmt: skip
    return replace(plain, **changes)


def delivery(**changes: Any) -> DeliveryCard:
    facts = {
        "platform": "tiktok", "path": "out/tiktok.mp4", "error": None, "width": 1080, "height": 1920, "fps": 29.97,
        "duration": 8.5, "bytes": 1_500_000, "loudness_lufs": -14.02, "quality": {"metric": "ssim", "value": 0.98765},
        "ok": True, "checks": [{"name": "fps", "status": "pass", "found": "30 fps", "wanted": "30 to 60"}], **changes,
    }  # fmt: skip
    chrome = AppChrome(top=0.1, bottom=0.25, left=0.05, right=0.12, source="measured by hand")
    return DeliveryCard(facts=facts, title=f"App of {facts['platform']}", picture=grey(90, (64, 36)), chrome=chrome)


CELL = CastCell(
    clip="clips/a.mp4", verdict="drift", words="from 1.25 s, turns", face=grey(100), plot=plot("maya in a.mp4"),
    clothes="clothes: drift, a red coat",
)  # fmt: skip
CAST = CastSection(
    model="dlib", clips=("clips/a.mp4", "clips/b.mp4"), remarks=("a.mp4: one person twice",),
    rows=(CastRow(name="maya", reference=grey(110), cells={"clips/a.mp4": CELL}),),
    pairs=[{"name": "maya", "clip_a": "x/a.mp4", "clip_b": "b.mp4", "similarity": 0.5, "verdict": "different"}],
)  # fmt: skip
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


def whole(**changes: Any) -> Page:
    moment = RegionMoment("r1", 12, 0.5, grey(60), grey(180), grey(120))
    failed = delivery(platform="shorts", error="no space left", ok=False)
    loud = delivery(platform="reels", loudness_lufs=None, quality={"metric": "ssim", "value": None}, ok=False)
    first = shot(
        moments=(moment,), moments_left_out=3, candidates=(candidate(), candidate(clip="a.mp4", chosen=False)),
        why_chosen="reads best", notes=("a note",), plots=(plot(),),
    )  # fmt: skip
    second = shot(
        name="shot-02", gates=("r1: unreadable",), gates_detail=GATES, regions=[], ok=False,
        untouched=Untouched(identical=False, fraction=0.5, compared=10),
    )  # fmt: skip
    plain = Page(
        title="cold-brew", version="1.2.3", ok=False, verdict="One gate failed.",
        failed=(("shot-02", "unreadable"), ("", "reels: fails its check")), advice=("Say that it was made by AI.",),
        shots=(first, second), ranking=(candidate(clip="c.mp4"),), cast=CAST, deliveries=(delivery(), failed, loud),
        plots=(plot("loudness", limit=0.4),), warnings=counted(["shot-01: a warning", "shot-02: a warning"]),
        chain=(Link(step="clip", subject="a.mp4", facts="sha256 abc"),),
        timings=(Timing(step="estimate", subject="shot-01", state="ran", seconds=1.5),), seconds=12.34,
    )  # fmt: skip
    return replace(plain, **changes)


def hostile(value: Any, place: str, places: list[str], text: str = HOSTILE) -> Any:
    """`value` with every string in it hostile, but names that only the code gives; string n stands at `places[n]`."""
    if isinstance(value, str):
        places.append(place)
        return text.format(n=len(places) - 1)
    if isinstance(value, dict):
        return {key: hostile(item, f"{place}.{key}", places, text) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(hostile(item, f"{place}[{n}]", places, text) for n, item in enumerate(value))
    if is_dataclass(value) and not isinstance(value, EncodedPicture):
        names = [one.name for one in fields(value) if one.name not in ("tone", "samples", "clips")]
        return replace(
            value, **{name: hostile(getattr(value, name), f"{place}.{name}", places, text) for name in names}
        )
    return value


def test_everything_is_on_the_page() -> None:
    text = re.sub(r"\s+", " ", Parsed(page(whole())).text)
    for words in (
        "cold-brew", "overlaycut 1.2.3", "One gate failed.", "unreadable", "fails its check", "made by AI",
        "2×", "a warning", "shot-01, shot-02", "1080×1920, 2.00 s", "reads best", "0.50 s", "a person's",
        "1.23 % of the samples", "1 234 567 luma samples", "identical to the decoded clip", "not identical",
        "3.46", "31", "the contour shows", "it slides", "3 more changed regions",
        "No lettering was found.", "COLD BREW", "COLD BFEW", "warped from frame 12", "0.40", "restore", "melts",
        "01-b.mp4", "81.2", "taken", "legibility", "0.90", "n/a", "goes black", "r1 at its worst, 0.50 s, frame 12",
        "legibility of COLD BREW", "bad 0.50–1.00 s", "limit 0.4", "maya", "from 1.25 s, turns", "a red coat",
        "not there", "one person twice", "different", "App of tiktok", "1080×1920 at 29.970", "8.50 s", "1.50 MB",
        "-14.0 LUFS", "silent", "ssim 0.9877", "measured by hand", "no space left", "30 fps", "30 to 60", "all pass",
        "fails", "sha256 abc", "estimate", "ran", "12.3 s in all",
    ):  # fmt: skip
        assert words in text, words


def test_the_verdict_comes_first_and_leads_to_what_failed() -> None:
    parsed = Parsed(page(whole()))
    assert parsed.text.index("One gate failed.") < parsed.text.index("reads best")
    (link,) = [at["href"] for tag, at in parsed.elements if tag == "a" and at["href"] == "#s-shot-02"][1:]
    assert any(at.get("id") == link[1:] for _, at in parsed.elements)


def test_warnings_that_differ_in_place_and_numbers_are_one() -> None:
    found = counted(
        [f"shot-{n:02d}: one person twice from frame {10 * n} on" for n in range(1, 16)] + ["cast: no shot names maya"]
    )
    assert [(one.count, len(one.places)) for one in found] == [(15, 15), (1, 0)]
    assert found[0].text == "one person twice from frame 10 on" and found[1].text == "cast: no shot names maya"


def test_every_text_is_escaped() -> None:
    places: list[str] = []
    parsed = Parsed(page(hostile(whole(), "page", places)))
    assert {tag for tag, _ in parsed.elements} == {tag for tag, _ in Parsed(page(whole())).elements}
    said = parsed.text + " ".join(str(value) for _, attributes in parsed.elements for value in attributes.values())
    hidden = [place for n, place in enumerate(places) if HOSTILE.format(n=n) not in said]
    # What is no text on the page: a path's folders, an id of its own, the rest of what a failed delivery has.
    unseen = re.compile(
        r".*(\.platform|\.decided_by|\.untouched\.of|deliveries\[1\]\.facts\..*|deliveries\[2\]\.facts\.quality\.metric"
        r"|outlines\[\d\]\.region|deliveries\[1\]\.chrome\.source|\.cells\..*\.clip)"
    )
    assert [place for place in hidden if not unseen.fullmatch(place)] == []


def nothing_is_loaded(text: str) -> None:
    loading = {"src", "srcset", "action", "data", "poster", "style", "formaction", "background"}
    for tag, attributes in Parsed(text).elements:
        assert tag not in {"link", "iframe", "object", "embed", "form", "base", "video"}
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
        for name in loading & set(attributes):
            assert re.match(r"data:image/(jpeg|webp|png);base64,", attributes[name] or "")


@pytest.mark.parametrize("content", [whole(), hostile(whole(), "page", [])], ids=["plain", "hostile"])
def test_nothing_is_fetched_and_nothing_but_the_pages_own_script_runs(content: Page) -> None:
    text = page(content)
    nothing_is_loaded(text)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert "url(" not in style and "@import" not in style
    assert script == re.findall(r"<script>(.*?)</script>", page(whole()), re.DOTALL)[0]
    assert "default-src 'none'" in text and "unsafe" not in text


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
    made, plain = page(hostile(whole(), "page", [], text)), Parsed(page(whole()))
    nothing_is_loaded(made)
    assert {tag for tag, _ in Parsed(made).elements} <= {tag for tag, _ in plain.elements}
    names = {name for _, attributes in plain.elements for name in attributes}
    assert {name for _, attributes in Parsed(made).elements for name in attributes} <= names


def test_pictures_are_inside_the_page_no_wider_than_needed() -> None:
    wide = jpeg(np.full((100, 1000, 3), 60, np.uint8), width=420, quality=90)
    opened = Image.open(io.BytesIO(base64.b64decode(wide.uri.partition(",")[2])))
    assert opened.size == (wide.width, wide.height) == (420, 42)
    assert abs(int(np.asarray(opened)[20, 200, 0]) - 60) <= 2


def test_a_plot_covers_its_time_and_marks_the_bad_stretch() -> None:
    drawn = plot(samples=[(0.0, 1.0), (2.0, 0.5)], seconds=2.0, bad=(Stretch(1.0, 2.0),))
    parsed = Parsed(page(whole(shots=(), ranking=(), cast=None, plots=(drawn,))))
    (line,) = [attributes["points"] for tag, attributes in parsed.elements if tag == "polyline"]
    assert line == "0.0,4.0 320.0,32.0"
    (mark,) = [at for tag, at in parsed.elements if tag == "rect" and at.get("class") == "mark"]
    assert (mark["x"], mark["width"]) == ("160.0", "160.0")
    (named,) = [at["aria-label"] for tag, at in parsed.elements if at.get("role") == "img" and tag == "svg"][:1]
    assert "bad from 1.00 to 2.00 s" in str(named)


def test_a_long_line_is_thinned_to_its_extremes() -> None:
    samples = [(float(n), 1.0 if n == 777 else 0.0) for n in range(2000)]
    points = plot(samples=samples, seconds=2000.0).points.split()
    assert len(points) <= 330 and any(point.endswith(",4.0") for point in points)


def test_the_data_beside_the_page_is_json_without_pictures() -> None:
    text = json.dumps(document(whole()))
    assert len(text) < 10_000 and "base64" not in text
    found = json.loads(text)
    assert found["verdict"] == "One gate failed." and found["warnings"][0]["count"] == 2
    assert found["shots"][0]["plots"][0]["bad"] == [[0.5, 1.0]]


def test_a_page_without_shots_cast_or_deliveries_is_a_page() -> None:
    bare = Page(title="cold-brew", version="1", ok=True, verdict="Fine.")
    text = Parsed(page(bare)).text
    assert "cold-brew" in text and "Cast" not in text
