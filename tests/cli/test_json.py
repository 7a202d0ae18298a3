"""What the command line prints with --json is what the verbs' results give by `to_dict`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import overlaycut
from draw import draw_clip, scenes
from overlaycut.cli.app import run


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A clip in the working directory, beside words for it."""
    monkeypatch.chdir(tmp_path)
    draw_clip(Path("clip.mp4"), scenes(8, (96, 160)), tick=Fraction(1, 25))
    Path("words.srt").write_text("1\n00:00:00,000 --> 00:00:00,200\nHi\n", encoding="utf-8")
    return "clip.mp4"


CASES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "probe": ("probe {} --target 1080x1920", lambda clip: overlaycut.probe([clip], target=(1080, 1920))),
    "analyze": ("analyze {}", overlaycut.analyze),
    "analyze_all": ("analyze --table {}", lambda clip: overlaycut.analyze_all([clip])),
    "clean": (
        "clean {} -o out.mp4 --area 20,20,40,20@0-0.2",
        lambda clip: overlaycut.clean(clip, "out.mp4", areas=[overlaycut.Area(20, 20, 40, 20, 0, 0.2)]),  # type: ignore[arg-type]
    ),
    "caption": (
        "caption {} --subs words.srt --sidecar a.vtt --still 0.1 a.png",
        lambda clip: overlaycut.caption(clip, "words.srt", sidecars=["a.vtt"], stills=[(0.1, "a.png")]),
    ),
    "drift": ("drift {}", lambda clip: overlaycut.drift([clip])),
    "rank": ("rank {}", lambda clip: overlaycut.rank([clip])),
    "frames": ("frames {} --last --best -o out", lambda clip: overlaycut.frames(clip, "out", last=True, best=True)),
    "check": ("check {} --for tiktok", lambda clip: overlaycut.check(clip, "tiktok")),
    "export": (
        "export {} --to feed-1x1 --preset ultrafast -o out",
        lambda clip: overlaycut.export(clip, ["feed-1x1"], "out", preset="ultrafast"),
    ),
    "styles": ("styles pop", lambda _: overlaycut.styles(names=["pop"])),
    "platforms": ("platforms", lambda _: overlaycut.platforms()),
    "doctor": ("doctor", lambda _: overlaycut.doctor()),
    "models": ("models list", lambda _: overlaycut.list_models()),
}


SCHEMAS = {"analyze_all": "analyze", "models": "models list"}
"""Case → command, where they are called differently."""


def name_of_a_field(result: Any) -> str:
    return fields(result)[0].name if is_dataclass(result) else next(iter(type(result).model_fields))


@pytest.mark.parametrize("name", CASES)
def test_json_is_the_result(name: str, clip: str, capsys: pytest.CaptureFixture[str]) -> None:
    words, verb = CASES[name]
    run([*words.format(clip).split(), "--json"])
    printed = json.loads(capsys.readouterr().out)
    jsonschema.validate(printed, overlaycut.schema(SCHEMAS.get(name, name)).to_dict())
    result = verb(clip)
    given = json.loads(json.dumps(result.to_dict()))
    for document in (printed, given):
        for delivery in document.get("deliveries", ()):  # x264 with a buffer and threads differs from run to run
            assert {"bytes", "quality", "checks"} <= set(delivery)
            del delivery["bytes"], delivery["quality"], delivery["checks"]
    assert printed == given
    with pytest.raises((AttributeError, ValueError)):
        setattr(result, name_of_a_field(result), None)
