"""Whatever is given to a verb or a constructor: only OverlaycutErrors come out, and nothing is written."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import overlaycut
from draw import draw_clip, scenes
from overlaycut import Area, Cover, Cue, EditPlan, Encoding, MaskedArea, OverlaycutError, RegionPlan, Rules, Span
from overlaycut.errors import ExitCode, InvalidValue

HUGE = 10**400
NOTHING = object()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    draw_clip(path, scenes(3, (96, 160)), tick=Fraction(1, 25))
    return path


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the working directory."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


PATHS: list[Any] = [None, 5, "", "\0", b"clip.mp4", ["clip.mp4"], NOTHING, ".", "nowhere.mp4", "x" * 5000]
"""What leads to no file."""
STILLS: list[Any] = [5, "", ".", "nowhere.png", np.zeros((4, 4)), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)]
FLAGS: list[Any] = ["yes", 1, None]
TEXTS: list[Any] = ["COLD BREW", 5, [5], [b"a"], {"a"}]
PROGRESS: list[Any] = [5, "loud"]
CASTS: list[Any] = [["maya"], {"maya": "maya.png"}, {5: ["a.png"]}, {"maya": ["nowhere.png"]}, {"maya": [5]}]
PLANS: list[Any] = [{}, "plan.json", 5]
PLATFORMS: list[Any] = ["tiktak", 5, "", "nowhere.toml", "."]
STYLES: list[Any] = ["no-such-style", 5, "", "nowhere.toml", {}]
PARTS: list[Any] = [5, "no-such-part", NOTHING, lambda: None]

CALLS: dict[str, tuple[tuple[Any, ...], dict[str, list[Any]]]] = {
    "probe": (
        (["{clip}"],),
        {"files": ["{clip}", 5, [5], [""], ["nowhere.mp4"]], "still": STILLS,
         "target": ["1080x1920", (1080,), (1.5, 2), ("a", "b"), 5], "progress": PROGRESS},
    ),
    "analyze": (
        ("{clip}",),
        {"clip": PATHS, "still": STILLS, "texts": TEXTS, "mode": ["bogus", 5, None], "earlier": PLANS,
         "debug": ["seen.webm", "", 5, "{clip}"], "reader": PARTS, "analysers": ["x", [5], ["no-such-part"]],
         "progress": PROGRESS},
    ),
    "clean": (
        ("{clip}", "out.mp4"),
        {"clip": PATHS, "out": [None, 5, "", ".", "out.avi", "{clip}"], "still": STILLS, "texts": TEXTS, "plan": PLANS,
         "mode": ["bogus", 5], "areas": ["1,2,3,4", ["1,2,3,4"], [(1, 2, 3, 4)], [Area(500, 500, 5, 5)],
                                         [Area(0, 0, 9, 9, 99, 100)]],
         "masks": ["mask.png", ["mask.png"], [MaskedArea("nowhere.png")], [MaskedArea(np.ones((2, 2), bool))],
                   [MaskedArea(np.zeros((160, 96), bool))]],
         "cover": ["panel", {}, 5], "retype": [*FLAGS, True], "font": [5], "fill_model": PARTS[:3], "reader": PARTS,
         "lossless": FLAGS, "mask_out": ["out.mp4", "", 5, "{clip}", "mask.png"], "progress": PROGRESS},
    ),
    "caption": (
        ("{clip}", (Cue(Fraction(0), Fraction(1), "Hi"),)),
        {"clip": PATHS, "subs": [*PATHS, [5], "words.xyz"], "out": [5, "", "out.avi", "{clip}"],
         "alpha": [5, "", "out.mp4"], "sidecars": ["a.srt", [5], ["a.txt"], ["a.srt", "a.srt"]],
         "stills": [[("x", "a.png")], [(-1, "a.png")], [(float("nan"), "a.png")], [(HUGE, "a.png")], [(1, "a.jpg")],
                    [1], "a.png"],
         "style": STYLES, "brand": [5, "", "nowhere.toml"], "script": [5, "nowhere.txt"],
         "glossary": [5, "nowhere.toml"], "voice": [5, ""], "encoding": ["bogus", 5],
         "platform": PLATFORMS, "ads": [*FLAGS, True],
         "taken": [[5], "x"], "progress": PROGRESS},
    ),
    "drift": (
        (["{clip}"],),
        {"clips": ["{clip}", [], [5], ["nowhere.mp4"]], "cast": CASTS, "still": STILLS,
         "face_model": [5, "no-such", "", NOTHING], "looks_model": [5, "no-such", "", NOTHING],
         "rules": [5, {}], "sheet": [5, "", ".", "sheet.txt", "sheet"], "progress": PROGRESS},
    ),
    "rank": (
        (["{clip}"],),
        {"clips": ["{clip}", [], [5], ["nowhere.mp4"]], "cast": CASTS, "still": STILLS, "texts": TEXTS,
         "weights": [5, {"motion": 1}], "cuts_asked": FLAGS, "reader": PARTS, "progress": PROGRESS},
    ),
    "frames": (
        ("{clip}", "frames"),
        {"clip": PATHS, "out": [None, 5, ""], "last": ["yes", 1], "best": ["yes", 1],
         "sheet": [5, "", "nowhere.png", "."], "progress": PROGRESS},
    ),
    "export": (
        ("{clip}", ["tiktok"], "out"),
        {"clip": PATHS, "to": ["tiktok", [], ["tiktak"], [5], ["tiktok", "tiktok"], ["nowhere.toml"]],
         "out": [None, 5, ""], "subs": [5, "nowhere.srt", [5]], "style": STYLES, "brand": [5, "nowhere.toml"],
         "glossary": [5, "nowhere.toml"], "reframe": ["bogus", 5], "codec": ["bogus", 5, "prores"],
         "preset": ["bogus", 5, ""], "two_pass": FLAGS, "motion": ["bogus", 5], "ground": ["bogus", 5], "plan": PLANS,
         "still": [5, "", "nowhere.png"], "upload": [5, {}], "certificate": [5, "chain.pem"], "master": ["bogus", 5],
         "progress": PROGRESS},
    ),
    "check": (("{clip}", "tiktok"), {"file": PATHS, "platform": PLATFORMS, "plan": PLANS}),
    "run": (
        ("project.toml",),
        {"project": [*PATHS, "{clip}"], "out": [5, ""], "master": ["bogus", 5], "plate": FLAGS, "progress": PROGRESS},
    ),
    "generate": (
        ("project.toml",),
        {"project": [*PATHS, "{clip}"], "shots": [5, [5]], "models": [5, [5]], "candidates": [0, 17, "two", True],
         "duration": ["long", 0, 601], "seeds": [5, ["a"]], "dry_run": FLAGS, "budget": [-1, "much", float("nan")],
         "rank": FLAGS, "cancel_on_stop": FLAGS, "retry_unknown": FLAGS, "providers": [5, [5]], "progress": PROGRESS},
    ),
    "stills": (
        ("project.toml",),
        {"project": [*PATHS, "{clip}"], "names": [5, [5]], "models": [5, [5]], "variants": [0, 17, "two"],
         "dry_run": FLAGS, "budget": [-1, "much"], "rank": FLAGS, "providers": [5, [5]], "progress": PROGRESS},
    ),
    "costs": ((), {"path": [5, "", "nowhere.toml"]}),
    "demo": ((), {"out": [5, "", None], "sample": ["no-such-sample", 5, ""], "progress": PROGRESS}),
    "styles": (
        ("sheet.png",),
        {"out": [5, "", "."], "names": ["clean", [5], ["no-such-style"]], "text": [5, None],
         "ground": [5, "", "nowhere.png"], "progress": PROGRESS},
    ),
    "pull_model": (("no-such-model",), {"name": [5, "", None], "progress": PROGRESS}),
    "add_model": (("no-such-model", "m.onnx"), {"name": [5, ""], "file": [5, "", None], "progress": PROGRESS}),
    "platforms": ((), {}),
    "doctor": ((), {}),
    "list_models": ((), {}),
    "read_plan": (("nowhere.json",), {"path": PATHS}),
    "read_project": (("nowhere.toml",), {"path": PATHS}),
}  # fmt: skip
"""Verb → arguments that are right, and for each parameter what is wrong."""

WRONG = [
    pytest.param(name, parameter, value, id=f"{name}-{parameter}-{number}")
    for name, (_, parameters) in CALLS.items()
    for parameter, values in parameters.items()
    for number, value in enumerate(values)
]


def filled(value: Any, clip: Path) -> Any:
    if isinstance(value, str):
        return value.replace("{clip}", str(clip))
    return [filled(one, clip) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("name", "parameter", "value"), WRONG)
def test_a_wrong_argument_is_one_error_and_nothing_is_written(
    name: str, parameter: str, value: Any, clip: Path, work: Path
) -> None:
    before = clip.read_bytes()
    verb, (right, _) = getattr(overlaycut, name), CALLS[name]
    arguments = dict(zip(inspect.signature(verb).parameters, (filled(one, clip) for one in right), strict=False))
    with pytest.raises(OverlaycutError) as raised:
        verb(**{**arguments, parameter: filled(value, clip)})
    assert raised.value.exit_code in (ExitCode.USAGE, ExitCode.BAD_INPUT, ExitCode.MISSING_PART)
    assert raised.value.one_line() and "\n" not in raised.value.one_line()
    assert list(work.iterdir()) == [] and clip.read_bytes() == before


@pytest.mark.parametrize("name", CALLS)
def test_arguments_that_do_not_exist_or_are_missing(name: str) -> None:
    right = CALLS[name][0]
    with pytest.raises(InvalidValue, match=name):
        getattr(overlaycut, name)(*right, no_such_argument=1)
    if right and name != "styles":
        with pytest.raises(InvalidValue, match=name):
            getattr(overlaycut, name)()


def plan_fields(**changes: Any) -> dict[str, Any]:
    return {"id": "r1", "state": "warped", "legibility": 0.2, "span": Span(0, 2), "quads": {}, "decision": "keep",
            "reason": "", **changes}  # fmt: skip


CONSTRUCTORS: list[Callable[[], object]] = [
    lambda: Rules(mode="bogus"),  # type: ignore[arg-type]
    lambda: Rules(sure=float("nan")),
    lambda: Rules(sure=-1),
    lambda: Rules(lead_seconds="soon"),  # type: ignore[arg-type]
    lambda: Rules(largest_share=HUGE),
    lambda: Rules(bogus=1),  # type: ignore[call-arg]
    lambda: Rules().model_copy(update={"mode": "bogus"}),
    lambda: Cover(colour="red"),
    lambda: Cover(style="bogus"),  # type: ignore[arg-type]
    lambda: overlaycut.Typeset(text=""),
    lambda: overlaycut.Weights(motion=-1),
    lambda: overlaycut.Weights(beauty=1),  # type: ignore[call-arg]
    lambda: overlaycut.CastRules(bogus=1),  # type: ignore[call-arg]
    lambda: RegionPlan(**plan_fields(decision="explode")),
    lambda: RegionPlan(**plan_fields(span=[3, 1])),
    lambda: RegionPlan(**plan_fields(legibility=2)),
    lambda: RegionPlan(**plan_fields(quads={0: [[0, 0]]})),
    lambda: RegionPlan(**plan_fields()).model_copy(update={"edit": "all"}),
    lambda: EditPlan(clip={}),  # type: ignore[arg-type]
    lambda: EditPlan(),  # type: ignore[call-arg]
    lambda: overlaycut.Project(),
    lambda: overlaycut.Project(shots=()),
    lambda: overlaycut.Style(font="Inter-Bold.otf", size=HUGE),
    lambda: overlaycut.Style(font="Inter-Bold.otf", fill="white"),
    lambda: overlaycut.Policy(name="X"),  # type: ignore[call-arg]
    lambda: Encoding(preset="bogus"),
    lambda: Encoding(codec="bogus"),  # type: ignore[arg-type]
    lambda: Encoding(crf=float("nan")),
    lambda: Encoding(crf=-1),
    lambda: Encoding(kbps=-5),
    lambda: Encoding(gop=0),
    lambda: Encoding(threads=HUGE),
    lambda: Encoding(lossless="yes"),  # type: ignore[arg-type]
    lambda: Encoding(lossless=True, codec="hevc"),
    lambda: Area(-1, 0, 5, 5),
    lambda: Area(0, 0, 0, 5),
    lambda: Area(0, 0, HUGE, 5),
    lambda: Area(0.5, 0, 5, 5),  # type: ignore[arg-type]
    lambda: Area(0, 0, 5, 5, 2, 1),  # type: ignore[arg-type]
    lambda: Area(0, 0, 5, 5, float("nan")),  # type: ignore[arg-type]
    lambda: Area(0, 0, 5, 5, "1"),  # type: ignore[arg-type]
    lambda: Area.parse("1,2,3"),
    lambda: MaskedArea(5),  # type: ignore[arg-type]
    lambda: MaskedArea(""),
    lambda: MaskedArea(np.zeros((4, 4), np.uint8)),  # type: ignore[arg-type]
    lambda: MaskedArea("m.png", -1),  # type: ignore[arg-type]
    lambda: MaskedArea.parse("m.png@2-1"),
    lambda: Span(3, 1),
    lambda: Span("a", 1),  # type: ignore[arg-type]
    lambda: overlaycut.Box(0, 0, 0, 1),
    lambda: overlaycut.Box(0, 0, 1.5, 1),  # type: ignore[arg-type]
    lambda: overlaycut.Quad((0, 0), (1, 0), (1, 1), "d"),  # type: ignore[arg-type]
    lambda: overlaycut.Quad((0, 0), (1, 0), (1, 1), (0, float("nan"))),
    lambda: overlaycut.Quad.of([(0, 0)]),
    lambda: overlaycut.Quad.of("abcd"),  # type: ignore[arg-type]
    lambda: Cue(Fraction(2), Fraction(1), "Hi"),
    lambda: Cue(-1, 1, "Hi"),  # type: ignore[arg-type]
    lambda: Cue(0, 1, 5),  # type: ignore[arg-type]
    lambda: Cue(0, 1, "Hi", anchor="left"),  # type: ignore[arg-type]
    lambda: Cue(0, 1, "Hi", (overlaycut.Word("Ho", Fraction(0), Fraction(1)),)),  # type: ignore[arg-type]
    lambda: overlaycut.Word(5, 0, 1),  # type: ignore[arg-type]
    lambda: overlaycut.Frame(0, 0, 1, 5, 5, 5),  # type: ignore[arg-type]
    lambda: overlaycut.Frame.from_rgb(np.zeros((4, 4)), index=0, at=Fraction(0), lasts=Fraction(1)),  # type: ignore[arg-type]
    lambda: overlaycut.Clip(5),  # type: ignore[arg-type]
    lambda: overlaycut.Clip(""),
    lambda: overlaycut.Clip("nowhere.mp4"),
    lambda: overlaycut.Upload(title=5),  # type: ignore[arg-type]
    lambda: overlaycut.Upload(hashtags="a,b"),  # type: ignore[arg-type]
    lambda: overlaycut.Certificate(5, 5),  # type: ignore[arg-type]
    lambda: overlaycut.signing("chain.pem"),
    lambda: overlaycut.Monitor(5),  # type: ignore[arg-type]
    lambda: overlaycut.Monitor(listen="print"),  # type: ignore[arg-type]
    lambda: overlaycut.Monitor(cancellation=True),  # type: ignore[arg-type]
    lambda: overlaycut.signing(5, 5),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("number", range(len(CONSTRUCTORS)))
def test_a_wrong_value_is_refused_by_what_is_made_of_it(number: int, work: Path) -> None:
    with pytest.raises(OverlaycutError) as raised:
        CONSTRUCTORS[number]()
    assert raised.value.exit_code in (ExitCode.USAGE, ExitCode.BAD_INPUT)
    assert list(work.iterdir()) == []


@pytest.mark.parametrize("wrong", ["now", -1, float("nan"), HUGE, None])
def test_a_time_that_is_none_has_no_frame(wrong: Any, clip: Path) -> None:
    with pytest.raises(InvalidValue):
        overlaycut.Clip(clip).frame_at(wrong)
    with pytest.raises(InvalidValue):
        overlaycut.Clip(clip).frames(wrong or 5)


def test_a_clip_gives_frames_by_iteration_span_and_time(clip: Path) -> None:
    source = overlaycut.Clip(clip)
    assert [frame.index for frame in source.frames()] == [0, 1, 2]
    assert [frame.index for frame in source.frames(Span(1, 3))] == [1, 2]
    times = {0: 0, Fraction(1, 25): 1, 0.079: 1, 0.08: 2, 99: 2}
    assert {at: source.frame_at(at).index for at in times} == times


def test_messages_name_what_is_allowed() -> None:
    with pytest.raises(InvalidValue) as raised:
        overlaycut.export("clip.mp4", ["tiktok"], "out", motion="bogus")  # type: ignore[arg-type]
    assert raised.value.one_line() == "export: motion: found 'bogus' (allowed: 'repeat' or 'blend')"
    assert isinstance(raised.value, ValueError)


def test_a_cancelled_verb_leaves_nothing(clip: Path, work: Path) -> None:
    stop = overlaycut.Cancellation()
    monitor = overlaycut.Monitor(listen=lambda event: stop.cancel(), cancellation=stop)
    with pytest.raises(overlaycut.Cancelled):
        overlaycut.clean(clip, "out.mp4", areas=[Area(20, 20, 40, 20)], cache=False, progress=monitor)
    assert list(work.iterdir()) == []
