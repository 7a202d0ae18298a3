"""Parts of others: the examples of docs/extending.md work; what goes wrong in a part is one clear error."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import overlaycut
from draw import colour_planes, draw_clip
from overlaycut import Area, DetectedText, EmbeddingMetric, MissingPart, PluginError, Quad, Reading
from overlaycut.api import plugins
from overlaycut.cli.app import run
from overlaycut.media import write_png
from overlaycut.models import rapid_reader

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "extending.md"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of a bright picture with a word on it."""
    from PIL import Image, ImageDraw, ImageFont

    from overlaycut.resources import folder

    image = Image.new("RGB", (320, 240), (120, 150, 170))
    font = ImageFont.truetype(str(folder("fonts") / "Inter-Bold.otf"), 40)
    ImageDraw.Draw(image).text((60, 100), "Letters", fill="white", font=font)
    picture = np.asarray(image)
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    pictures = [colour_planes(np.roll(picture, n, axis=1), "yuv420p") for n in range(12)]
    draw_clip(path, pictures, tick=Fraction(1, 24))
    return path


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.slow
def test_every_example_of_the_guide_works(clip: Path, tmp_path: Path) -> None:
    names: dict[str, Any] = {"overlaycut": overlaycut, "clip": clip, "work": tmp_path}
    examples = blocks("python")
    assert len(examples) == len(plugins.GROUPS)
    for example in examples:
        exec(compile(example, str(GUIDE), "exec"), names)


def test_the_guide_names_every_group() -> None:
    import tomllib

    text = GUIDE.read_text(encoding="utf-8")
    assert all(f"`overlaycut.{group}`" in text for group in plugins.GROUPS)
    (declared,) = (tomllib.loads(block)["project"]["entry-points"] for block in blocks("toml"))
    assert {name.removeprefix("overlaycut.") for name in declared} <= set(plugins.GROUPS)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Installs objects as entry points: `install(group, name=object, …)`."""
    entries: list[EntryPoint] = []
    shelf: dict[str, object] = {}

    class Entry(EntryPoint):
        def load(self) -> Any:
            found = shelf[self.value]
            if isinstance(found, ImportError):
                raise found
            return found

    def put(group: str, **parts: object) -> None:
        for name, part in parts.items():
            value = f"package.{group}:{name}"
            shelf[value] = part
            entries.append(Entry(name, value, f"overlaycut.{group}"))

    monkeypatch.setattr(plugins, "entry_points", lambda **wanted: EntryPoints(entries).select(**wanted))
    return put


class GoodReader:
    def find(self, picture: Any, *, long_side: int) -> list[DetectedText]:
        return rapid_reader().find(picture, long_side=long_side)

    def read(self, lines: Any) -> list[Reading]:
        return rapid_reader().read(lines)


def broken(method: str, answer: object) -> object:
    """A reader whose method gives that answer, or raises it."""

    def give(self: object, *args: object, **kwargs: object) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return type("BrokenReader", (GoodReader,), {method: give})()


QUAD = Quad((0, 0), (9, 0), (9, 9), (0, 9))


@pytest.mark.parametrize(
    ("reader", "told"),
    [
        (broken("find", RuntimeError("out of ink")), "raised RuntimeError: out of ink"),
        (broken("find", None), "None"),
        (broken("find", ["a"]), "a list of 1, not a list of DetectedText"),
        (broken("find", [DetectedText(QUAD, "a", 7.0)]), "each 0..1 confident"),
        (broken("find", [DetectedText(QUAD, 5, 0.5)]), "DetectedText"),  # type: ignore[arg-type]
        (broken("read", []), "a list of 0, not a list of"),
        (broken("read", "abc"), "'abc' (str)"),
        (object(), "has no method 'find'"),
    ],
)
def test_a_reader_that_fails_is_named_and_nothing_is_written(
    reader: Any, told: str, clip: Path, tmp_path: Path
) -> None:
    with pytest.raises(PluginError) as raised:
        overlaycut.clean(clip, tmp_path / "out.mp4", reader=reader)
    assert told in raised.value.problem and "text reader" in raised.value.problem
    assert raised.value.exit_code == 5 and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (ValueError("no"), "raised ValueError: no"),
        (None, "None"),
        (np.zeros((2, 2, 3), np.uint8), "an array (2, 2, 3) of uint8"),
        (np.zeros((8, 8)), "an array (8, 8) of float64"),
    ],
)
def test_a_fill_that_fails(answer: object, told: str, clip: Path, tmp_path: Path) -> None:
    def fill(picture: Any, hole: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(PluginError, match="fill") as raised:
        overlaycut.clean(clip, tmp_path / "out.mp4", areas=[Area(20, 20, 40, 16)], fill_model=fill)
    assert told in raised.value.problem and list(tmp_path.iterdir()) == []


def test_a_fill_changes_the_hole_only() -> None:
    fill = plugins.fill(lambda picture, hole: np.full_like(picture, 9))
    assert fill is not None
    picture, hole = np.full((6, 6, 3), 200, np.uint8), np.zeros((6, 6), bool)
    hole[2:4, 2:4] = True
    made = fill(picture, hole)
    assert (made[hole] == 9).all() and (made[~hole] == 200).all() and (picture == 200).all()


@pytest.mark.parametrize(
    ("metric", "vector", "told"),
    [
        (None, None, "its metric is None"),
        (EmbeddingMetric("", 1.0), None, "EmbeddingMetric with a name"),
        (EmbeddingMetric("a", 0.0), None, "a distance above 0"),
        (EmbeddingMetric("a", 1.0), [1.0], "a list of 1, not an array (n,) of floats"),
        (EmbeddingMetric("a", 1.0), np.zeros((2, 2)), "an array (2, 2) of float64"),
        (EmbeddingMetric("a", 1.0), np.array([np.nan]), "not finite"),
        (EmbeddingMetric("a", 1.0), KeyError("x"), "raised KeyError"),
    ],
)
def test_an_appearance_embedding_that_fails(metric: Any, vector: Any, told: str, clip: Path) -> None:
    def embed(self: object, picture: Any, mask: Any) -> Any:
        if isinstance(vector, Exception):
            raise vector
        return vector

    looks = type("Looks", (), {"metric": metric, "embed": embed})()
    with pytest.raises(PluginError) as raised:
        plugins.appearance_embedding(looks).embed(np.zeros((4, 4, 3), np.uint8), np.full((4, 4), 255, np.uint8))
    assert told in raised.value.problem and "appearance embedding" in raised.value.problem


def test_a_face_embedding_that_gives_too_few_vectors() -> None:
    class Faces:
        metric = EmbeddingMetric("a", 1.0)

        def chip(self, picture: Any, face: Any) -> Any:
            return "chip"

        def embed(self, chips: Any) -> Any:
            return []

    faces = plugins.face_embedding(Faces())
    with pytest.raises(PluginError, match=r"`embed` returned is a list of 0, not a list of 1 vectors"):
        faces.embed([np.zeros((4, 4, 3), np.uint8)])
    with pytest.raises(PluginError, match="`chip` returned is 'chip'"):
        faces.chip(np.zeros((4, 4, 3), np.uint8), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda facts: 5, "has no method 'see'"),
        (lambda: 5, "raised TypeError"),
        (
            lambda facts: type("A", (), {"see": lambda s, f: 1 / 0, "result": lambda s: []})(),
            "raised ZeroDivisionError",
        ),
        (lambda facts: type("A", (), {"see": lambda s, f: None, "result": lambda s: "x"})(), "not a list of lines"),
    ],
)
def test_an_analyser_that_fails(make: Any, told: str, clip: Path) -> None:
    with pytest.raises(PluginError, match="analyser") as raised:
        overlaycut.analyze(clip, analysers=[make])
    assert told in raised.value.problem


def test_parts_by_name(install: Any, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Counted:
        def __init__(self, facts: Any) -> None:
            self.seen = 0

        def see(self, frame: Any) -> None:
            self.seen += 1

        def result(self) -> list[str]:
            return [f"{self.seen} frames"]

    from overlaycut.deliver import load_policy

    install("text_readers", mine=GoodReader)
    install("analysers", count=Counted)
    install("caption_styles", house=overlaycut.Style(font="Inter-Bold.otf"))
    kiosk = load_policy("feed-1x1").model_copy(update={"name": "kiosk"})
    install("platform_policies", kiosk=lambda: kiosk)
    assert run(["analyze", str(clip), "--reader", "mine", "--analyser", "count"]) == 0
    assert "count: 12 frames" in capsys.readouterr().out
    assert "house" in [style.name for style in overlaycut.styles().styles]
    assert "kiosk" in [one.name for one in overlaycut.platforms().platforms]
    (tmp_path / "words.srt").write_text("1\n00:00:00,000 --> 00:00:00,400\nHi\n")
    words = ["caption", str(clip), "--subs", str(tmp_path / "words.srt"), "--sidecar", str(tmp_path / "out.vtt")]
    assert run([*words, "--style", "house", "--for", "kiosk"]) == 0


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (ImportError("no module named gone"), "cannot be loaded from package.text_readers:mine: ImportError"),
        (5, "its entry point is 5 (int), not a factory"),
        (lambda: None, "has no method 'find'"),
        (lambda: 1 / 0, "raised ZeroDivisionError"),
    ],
)
def test_an_installed_part_that_cannot_be_made(
    install: Any, part: object, told: str, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install("text_readers", mine=part)
    assert run(["clean", str(clip), "--reader", "mine", "-o", str(tmp_path / "out.mp4")]) == 5
    err = capsys.readouterr().err
    assert told in err and "'mine'" in err and len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_is_missing_or_there_twice(install: Any, clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install("text_readers", other=GoodReader)
    with pytest.raises(MissingPart, match=r"no text reader is called 'mine' \(installed: other\)"):
        overlaycut.analyze(clip, reader="mine")
    assert run(["analyze", str(clip), "--analyser", "mine"]) == 5
    assert "pip install the package" in capsys.readouterr().err


def test_a_style_and_a_policy_of_the_wrong_kind(install: Any, clip: Path, tmp_path: Path) -> None:
    install("caption_styles", odd=5)
    install("platform_policies", odd=lambda: "tiktok")
    cues = [overlaycut.Cue(0, 1, "Hi")]  # type: ignore[arg-type]
    with pytest.raises(PluginError, match=r"the caption style 'odd'.*not an overlaycut.Style"):
        overlaycut.caption(clip, cues, out=tmp_path / "out.mp4", style="odd")
    with pytest.raises(PluginError, match=r"the platform policy 'odd'.*not an overlaycut.Policy"):
        overlaycut.export(clip, ["odd"], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_shipped_names_come_first(install: Any) -> None:
    install("caption_styles", clean=5)
    install("platform_policies", tiktok=5)
    assert overlaycut.Style.__name__ == type(plugins.caption_style("clean")).__name__
    assert plugins.platform_policy("tiktok").title


def test_doctor_tries_every_installed_part(install: Any) -> None:
    install("text_readers", mine=GoodReader, gone=ImportError("x"))
    parts = {part.name: part for part in overlaycut.doctor().parts}
    assert parts["text reader mine"].status == "ok"
    assert parts["text reader gone"].status == "missing" and "ImportError" in parts["text reader gone"].found


@pytest.mark.slow
def test_the_editors_script_works(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of docs/library.md, one after the other, in a folder that has what they read."""
    text = (GUIDE.parent / "library.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for folder in ("clips", "stills"):
        Path(folder).mkdir()
    for name in ("clip.mp4", "clips/01-a.mp4"):
        Path(name).write_bytes(clip.read_bytes())
    first = overlaycut.Clip(clip).frame_at(0).rgb()
    write_png(Path("stills/01.png"), first)
    Path("script.srt").write_text("1\n00:00:00,000 --> 00:00:00,400\nHi\n", encoding="utf-8")
    names: dict[str, Any] = {"rgba": np.zeros((8, 8, 4), np.uint8)}
    for example in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        # A clip this small has neither the example's boxes nor its times.
        smaller = example.replace("Box(100, 200, 320, 80)", "Box(0, 0, 320, 80)").replace("Span(30, 60)", "Span(3, 6)")
        smaller = smaller.replace("Area(40, 900, 640, 120, 1.5, 3)", "Area(20, 20, 60, 20, 0.1, 0.3)")
        exec(compile(smaller, "library.md", "exec"), names)
    assert Path("captioned.mp4").stat().st_size and Path("out/tiktok.mp4").stat().st_size
