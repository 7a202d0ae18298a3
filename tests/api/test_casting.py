"""`drift`, `rank` and `frames` on a real face: an astronaut's photograph, panned over."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

import graphs
from draw import colour_planes, draw_clip
from overlaycut.api import drift, frames, rank
from overlaycut.api import run as api_run
from overlaycut.cli.app import run
from overlaycut.core.frame import Picture
from overlaycut.errors import DecodeError, ExitCode, InputError, UsageError
from overlaycut.media import read_still, write_png

WIDTH, HEIGHT = 320, 240
CAT = np.ascontiguousarray(np.asarray(data.chelsea())[20:280, 90:350])


def scene(n: int, shown: Picture | None = None) -> Picture:
    """The n-th view of a slow pan over the photograph."""
    whole = np.asarray(data.astronaut() if shown is None else shown)
    left, top = 70 + 2 * n, 10 + n // 2
    return np.ascontiguousarray(whole[top : top + HEIGHT, left : left + WIDTH])


def filmed(path: Path, view: Callable[[int], Picture], count: int = 30) -> Path:
    draw_clip(path, [colour_planes(view(n), "yuv420p") for n in range(count)], tick=Fraction(1, 24))
    return path


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("clips")
    twice = np.hstack([data.astronaut()[:, 110:400], data.astronaut()[:, 110:400]])
    write_png(folder / "eileen.png", np.asarray(data.astronaut()))
    write_png(folder / "twice.png", twice)
    write_png(folder / "cat.png", np.asarray(data.coffee()))
    (folder / "corrupt.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 40)
    return {
        "eileen": folder / "eileen.png",
        "twice": folder / "twice.png",
        "nobody": folder / "cat.png",
        "corrupt": folder / "corrupt.png",
        "plain": filmed(folder / "plain.mp4", scene),
        "frozen": filmed(folder / "frozen.mp4", lambda n: scene(0)),
        "soft": filmed(folder / "soft.mp4", lambda n: np.asarray(cv2.GaussianBlur(scene(n), (0, 0), 3), np.uint8)),
        "clones": filmed(
            folder / "clones.mp4", lambda n: np.ascontiguousarray(twice[20 + n // 3 : 320 + n // 3, 20:560])
        ),
        "empty": filmed(folder / "empty.mp4", lambda n: scene(n, data.coffee()[100:])),
        "black": filmed(folder / "black.mp4", lambda n: np.zeros((HEIGHT, WIDTH, 3), np.uint8), 8),
        "one": filmed(folder / "one.mp4", scene, 1),
    }


def test_somebody_who_is_there_is_the_same(clips: dict[str, Path]) -> None:
    report = drift([clips["plain"]], cast={"eileen": [clips["eileen"]]})
    (shot,) = report.characters[0].shots
    assert report.ok and shot.verdict == "same" and shot.mean > 0.7 and shot.first_bad_seconds is None
    assert report.model == "dlib-resnet-v1" and len(shot.series) >= 2
    assert shot.faces_seen >= 5 and report.clones == () and report.pairs == ()


@pytest.mark.parametrize("name", ["empty", "black"])
def test_no_face_is_not_applicable(clips: dict[str, Path], name: str) -> None:
    report = drift([clips[name]], cast={"eileen": [clips["eileen"]]})
    (shot,) = report.characters[0].shots
    assert (shot.verdict, shot.min, shot.mean, shot.faces_seen) == ("n/a", None, None, 0)
    assert report.ok
    assert drift([clips[name]]).characters == ()


def test_one_frame_is_enough_to_know_her(clips: dict[str, Path]) -> None:
    (shot,) = drift([clips["one"]], cast={"eileen": [clips["eileen"]]}).characters[0].shots
    assert shot.verdict == "same" and shot.wardrobe.verdict == "n/a"


def test_clones_are_found_and_twins_excused(clips: dict[str, Path]) -> None:
    (found,) = drift([clips["clones"]]).clones
    assert found.frame == 0 and len(found.boxes) == 2 and found.similarity > 0.8
    assert abs(found.boxes[0].x - found.boxes[1].x) > 200
    assert drift([clips["clones"]], still=clips["twice"]).clones == ()


def test_the_same_across_clips(clips: dict[str, Path]) -> None:
    report = drift([clips["plain"], clips["frozen"]])
    (pair,) = report.pairs
    assert (pair.clip_a, pair.clip_b, pair.verdict) == (str(clips["plain"]), str(clips["frozen"]), "same")


@pytest.mark.parametrize(
    ("name", "problem", "kind"),
    [("nobody", "no face", InputError), ("twice", "2 faces", InputError), ("corrupt", "not readable", DecodeError)],
)
def test_bad_references(clips: dict[str, Path], name: str, problem: str, kind: type[InputError]) -> None:
    with pytest.raises(kind, match=problem) as raised:
        drift([clips["plain"]], cast={"eileen": [clips["eileen"], clips[name]]})
    assert raised.value.exit_code == ExitCode.BAD_INPUT and str(clips[name]) in raised.value.problem


def test_ranking_puts_the_live_and_sharp_one_first(clips: dict[str, Path]) -> None:
    still = clips["plain"].with_name("still.png")
    write_png(still, scene(0))
    takes = [clips["frozen"], clips["black"], clips["soft"], clips["plain"]]
    report = rank(takes, still=still, cast={"eileen": [clips["eileen"]]})
    order = [Path(one.clip).stem for one in report.ranking]
    assert order[:2] == ["plain", "soft"] and set(order[2:]) == {"frozen", "black"}
    first = report.ranking[0]
    assert set(first.parts) >= {"legibility", "identity", "fidelity", "flicker", "motion", "defects"}
    assert all(value is None or 0 <= value <= 1 for value in first.parts.values())
    assert 0 <= first.score <= 100 and first.reasons
    assert any("frozen" in reason for one in report.ranking for reason in one.reasons)


def test_frames_for_the_next_generation(clips: dict[str, Path], tmp_path: Path) -> None:
    report = frames(clips["plain"], tmp_path, last=True, best=True)
    last, best = report.frames
    assert (last.what, last.frame) == ("last", 29) and best.what == "best"
    assert np.abs(read_still(Path(last.path)).astype(int) - scene(29)).mean() < 6
    with pytest.raises(UsageError, match="nothing to write"):
        frames(clips["plain"], tmp_path)


def test_frames_show_whoever_is_asked_for_while_they_are_themselves(
    clips: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = np.asarray(data.astronaut())
    alone = whole.copy()
    alone[:, 60:470] = np.linspace(whole[:, 50:60].mean(axis=1), whole[:, 480:].mean(axis=1), 410, axis=1)

    def fading(n: int) -> Picture:
        share = min(max((n - 20) / 6, 0.0), 1.0)
        return scene(n // 8, np.asarray((1 - share) * whole + share * alone, np.uint8))

    vanishing = filmed(tmp_path / "vanishing.mp4", fading, 48)
    (last,) = frames(vanishing, tmp_path, last=True).frames
    assert 18 <= last.frame <= 26 and "vanishes" in last.why
    (named,) = frames(vanishing, tmp_path, last=True, of="eileen", cast={"eileen": [clips["eileen"]]}).frames
    assert 18 <= named.frame <= 26 and "vanish" in named.why
    (shot,) = drift([vanishing], cast={"eileen": [clips["eileen"]]}).characters[0].shots
    assert shot.verdict == "gone" and 0.8 <= shot.first_bad_seconds <= 1.3

    words = ["frames", str(clips["empty"]), "--last", "--of", "eileen", "-o", str(tmp_path / "none")]
    assert run([*words, "--cast", f"eileen={clips['eileen']}"]) == ExitCode.GATE_FAILED
    assert "no clean frame shows eileen" in capsys.readouterr().out and not (tmp_path / "none").exists()
    assert run(words) == ExitCode.USAGE


def test_a_sheet_is_split_and_matched(clips: dict[str, Path], tmp_path: Path) -> None:
    sheet = np.full((2 * HEIGHT + 60, 2 * WIDTH + 60, 3), 255, np.uint8)
    views = [
        scene(0, data.coffee()[100:]),
        scene(0),
        scene(4, data.chelsea()),
        np.asarray(data.rocket())[60:300, 160:480],
    ]
    for number, view in enumerate(views):
        row, column = divmod(number, 2)
        y, x = 20 + row * (HEIGHT + 20), 20 + column * (WIDTH + 20)
        sheet[y : y + view.shape[0], x : x + view.shape[1]] = view
    write_png(tmp_path / "sheet.png", sheet)
    report = frames(clips["plain"], tmp_path / "out", sheet=tmp_path / "sheet.png")
    assert len(report.panels) == 4 and all(Path(panel.path).is_file() for panel in report.panels)
    assert [shot.panel for shot in report.shots] == [2]


def test_the_command_line(clips: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["drift", str(clips["clones"]), "--json"]) == ExitCode.GATE_FAILED
    assert json.loads(capsys.readouterr().out)["clones"]
    assert run(["drift", str(clips["plain"]), "--cast", f"eileen={clips['eileen']}"]) == ExitCode.DONE
    assert "eileen" in capsys.readouterr().out
    assert run(["drift", str(clips["plain"]), "--cast", "eileen"]) == ExitCode.USAGE
    assert run(["drift", str(clips["plain"]), "--cast", f"e={clips['eileen']},{clips['nobody']}"]) == ExitCode.BAD_INPUT
    assert run(["drift", str(clips["plain"]), "--face-model", str(tmp_path / "no.onnx")]) == ExitCode.MISSING_PART
    assert run(["rank", str(clips["plain"]), "--weight", "beauty=3"]) == ExitCode.USAGE
    assert run(["rank", str(clips["plain"]), "--want", "large"]) == ExitCode.USAGE
    assert run(["rank", str(clips["plain"]), "--seconds", "0"]) == ExitCode.USAGE
    page, wanted = tmp_path / "order.html", ["--want", "640x480@24", "--seconds", "1", "--html"]
    takes = [str(clips["plain"]), str(clips["frozen"])]
    assert run(["rank", *takes, "--weight", "motion=9", *wanted, str(page)]) == ExitCode.DONE
    said = capsys.readouterr().out
    assert "frozen" in said and "only 320x240" in said
    shown = page.read_text()
    assert "plain.mp4 is the best, and falls short" in shown and 'class="verdict fail"' in shown
    assert ">passes<" not in shown and shown.count(">fails<") == 2, "neither is what was asked for"
    assert run(["rank", *takes, "--want", "320x240@24", "--html", str(page), "--force"]) == ExitCode.DONE
    capsys.readouterr()
    shown = page.read_text()
    assert "Keep plain.mp4" in shown and 'class="verdict pass"' in shown
    assert shown.count(">passes<") == 1 and shown.count(">fails<") == 1, "the frozen one is no good take"
    assert run(["frames", str(clips["plain"]), "--last", "-o", str(tmp_path / "f")]) == ExitCode.DONE
    assert (tmp_path / "f" / "plain-last.png").is_file()
    assert run(["probe", str(clips["plain"]), "--target", "big"]) == ExitCode.USAGE


def test_a_subject_told_by_a_model_of_the_store(
    clips: dict[str, Path], shelf: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["drift", str(clips["empty"]), "--looks-model", "dinov2-small", "--json"]
    assert run(asked) == ExitCode.MISSING_PART
    assert "models pull dinov2-small" in capsys.readouterr().err
    shelf("dinov2-small", graphs.dinov2)
    assert run(asked) == ExitCode.DONE
    found = json.loads(capsys.readouterr().out)["subjects"]
    assert found["model"] == "dinov2-small" and found["shots"][0]["verdict"] == "same"
    assert len(found["shots"][0]["series"]) >= 2


def test_a_face_told_by_a_model_of_the_store(clips: dict[str, Path], shelf: Callable[..., Path]) -> None:
    shelf("sface", graphs.sface)
    report = drift([clips["plain"]], cast={"eileen": [clips["eileen"]]}, face_model="sface")
    assert report.model == "sface" and report.characters[0].shots[0].verdict == "same"


def with_cat(n: int, *, there: bool = True) -> Picture:
    """A photographed cat on a blurred table, panned over; without it the table alone."""
    table = np.asarray(cv2.GaussianBlur(np.asarray(data.coffee())[:HEIGHT, :WIDTH], (0, 0), 12), np.uint8)
    if there:
        left, top = 80 + n, 60 + n // 2
        table[top : top + 130, left : left + 130] = cv2.resize(CAT, (130, 130), interpolation=cv2.INTER_AREA)
    return table


@pytest.mark.slow
def test_a_project_takes_the_best_candidate_and_reports_its_cast(clips: dict[str, Path], tmp_path: Path) -> None:
    project = tmp_path / "project.toml"
    write_png(tmp_path / "tom.png", CAT)
    cat = filmed(tmp_path / "cat.mp4", lambda n: with_cat(n, there=n < 18))
    project.write_text(
        '[project]\noutputs = ["feed-1x1"]\n'
        f'[[cast]]\nname = "eileen"\nreferences = ["{clips["eileen"]}"]\n'
        f'[[shots]]\ncandidates = ["{clips["frozen"]}", "{clips["plain"]}"]\ncast = ["eileen"]\n'
        f'[[shots]]\nclip = "{clips["empty"]}"\ncast = ["eileen"]\n'
        f'[[cast]]\nname = "tom"\nreferences = ["{tmp_path / "tom.png"}"]\n[[shots]]\nclip = "{cat}"\ncast = ["tom"]\n'
    )
    report = api_run(project, tmp_path / "out")
    assert [Path(one.clip).stem for one in report.rankings["shot-01"]] == ["plain", "frozen"]
    first, second = report.cast.characters[0].shots
    assert (first.verdict, second.verdict) == ("same", "n/a")
    tom = report.cast.characters[1]
    assert (tom.name, tom.kind) == ("tom", "thing") and tom.shots[0].verdict in ("gone", "replaced")
    assert any("shot-03: tom" in warning for warning in report.warnings)
    page = (tmp_path / "out" / "report.html").read_text()
    assert "ranked first (plain.mp4" in page and "<polyline" in page and "n/a" in page
    assert any("shot-02: eileen: no face of theirs" in warning for warning in report.warnings)


def test_a_reference_without_a_face_is_a_thing_that_is_followed(clips: dict[str, Path], tmp_path: Path) -> None:
    cat = tmp_path / "tom.png"
    write_png(cat, CAT)
    there, gone = (
        filmed(tmp_path / "there.mp4", with_cat),
        filmed(tmp_path / "gone.mp4", lambda n: with_cat(n, there=n < 12)),
    )
    report = drift([there, gone], cast={"cat": [cat]})
    (thing,) = report.characters
    assert (thing.name, thing.kind) == ("cat", "thing") and any(
        "looked for as a thing" in note for note in report.warnings
    )
    same, vanished = thing.shots
    assert same.verdict == "same" and same.spans[0].state == "there" and same.confidence is not None
    assert vanished.verdict in ("gone", "replaced") and not report.ok
    assert vanished.first_bad_seconds is not None and abs(float(vanished.first_bad_seconds) - 0.5) <= 0.3
    ranked = rank([gone, there], cast={"cat": [cat]}, cache=False).ranking
    assert ranked[0].clip == str(there) and any("cat" in reason for reason in ranked[1].reasons)
    (written,) = frames(gone, tmp_path, last=True, of="cat", cast={"cat": [cat]}).frames
    assert written.frame <= 13 and "cat" in written.why
    assert not frames(clips["plain"], tmp_path, last=True, of="cat", cast={"cat": [cat]}).ok
    with pytest.raises(UsageError, match="nobody is called 'dog'") as caught:
        frames(gone, tmp_path, last=True, of="dog", cast={"cat": [cat]})
    assert caught.value.hint.endswith("cat")
