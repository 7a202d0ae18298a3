"""Bad input gets one clear line, the contract's exit code, and nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
from PIL import Image

from overlaycut.cli.app import run
from overlaycut.core.frame import Frame
from overlaycut.media import Encoding, SampledSound, silence, write_clip


def frames(count: int, width: int = 96, height: int = 160) -> Iterator[Frame]:
    for index in range(count):
        rgb = np.zeros((height, width, 3), dtype=np.uint8)
        rgb[:, : width // 2] = (200, 60, 30)
        rgb[index : index + 20] = 240
        yield Frame.from_rgb(rgb, index=index, at=Fraction(index, 25), lasts=Fraction(1, 25))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    sound = SampledSound(silence(Fraction(1)))
    write_clip(frames(25), path, tick=Fraction(1, 25), encoding=Encoding(lossless=True), sound=sound)
    return path


@dataclass(frozen=True)
class Finished:
    returncode: int
    stdout: str
    stderr: str


class Command(Protocol):
    def __call__(self, *words: object, cwd: Path) -> Finished: ...


@pytest.fixture
def overlaycut(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line, in this process."""

    def call(*words: object, cwd: Path) -> Finished:
        monkeypatch.chdir(cwd)
        capsys.readouterr()
        code = run([str(word) for word in words])
        return Finished(code, *capsys.readouterr())

    return call


def only(folder: Path, *names: str) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)


@pytest.fixture
def bad(tmp_path: Path, clip: Path) -> dict[str, Path]:
    whole = clip.read_bytes()
    files = {
        "missing": tmp_path / "missing.mp4",
        "empty": tmp_path / "empty.mp4",
        "cut off": tmp_path / "cut.mp4",
        "garbage": tmp_path / "garbage.mp4",
        "picture": tmp_path / "picture.mp4",
        "sound only": tmp_path / "sound.wav",
        "directory": tmp_path / "folder.mp4",
    }
    files["empty"].touch()
    files["cut off"].write_bytes(whole[: len(whole) * 2 // 3])
    files["garbage"].write_bytes(bytes(range(256)) * 40)
    Image.new("RGB", (64, 64), "red").save(tmp_path / "picture.png")
    (tmp_path / "picture.png").rename(files["picture"])
    header = b"RIFF" + (36 + 9600).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    header += b"\x01\x00\x01\x00" + (48000).to_bytes(4, "little") + (96000).to_bytes(4, "little") + b"\x02\x00\x10\x00"
    files["sound only"].write_bytes(header + b"data" + (9600).to_bytes(4, "little") + bytes(9600))
    files["directory"].mkdir()
    return files


CASES = ("missing", "empty", "cut off", "garbage", "picture", "sound only", "directory")


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize(
    "words",
    [
        ("probe", "{}", "--json"),
        ("clean", "{}", "-o", "out.mp4"),
        ("caption", "{}", "--subs", "words.srt", "-o", "out.mp4"),
        ("export", "{}", "--to", "tiktok", "-o", "out"),
    ],
    ids=lambda words: words[0],
)
def test_unreadable_inputs(
    overlaycut: Command, words: tuple[str, ...], kind: str, bad: dict[str, Path], tmp_path: Path
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "words.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHi\n")
    said = overlaycut(*[word.format(bad[kind]) for word in words], cwd=work)
    assert said.returncode == 3, said.stderr
    assert said.stdout == ""
    assert len(said.stderr.splitlines()) == 1
    assert str(bad[kind]) in said.stderr
    only(work, "words.srt")


def test_output_that_is_the_input(overlaycut: Command, clip: Path, tmp_path: Path) -> None:
    before = clip.read_bytes()
    (tmp_path / "link.mp4").symlink_to(clip)
    for out in ("clip.mp4", "link.mp4", "./clip.mp4"):
        said = overlaycut("clean", clip, "-o", out, cwd=tmp_path)
        assert said.returncode == 2
        assert "overwritten" in said.stderr
    assert clip.read_bytes() == before


def test_a_place_that_cannot_be_written(overlaycut: Command, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = overlaycut("clean", clip, "-o", "file/out.mp4", cwd=tmp_path)
    assert said.returncode == 2
    assert "file/out.mp4" in said.stderr


def test_no_space_left(clip: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk: the system refuses the same write."""
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000));"
        "from overlaycut.cli import main; main()"
    )
    words = ["clean", str(clip), "--lossless", "-o", "out.mp4", "--area", "0,0,40,40"]
    said = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=tmp_path, timeout=120
    )
    assert said.returncode == 2, said.stderr
    assert "no space left" in said.stderr
    only(tmp_path, "clip.mp4")


@pytest.mark.parametrize(
    ("text", "said_of"),
    [
        ("", "shots"),
        ("x =", "TOML"),
        ('[[shots]]\nclip = "nowhere.mp4"', "shots[0].clip"),
        ('[[shots]]\nclipp = "clip.mp4"', "clipp"),
        ('[project]\noutputs = ["tiktak"]\n[[shots]]\nclip = "clip.mp4"', "tiktak"),
        ('[clean]\nmode = "melt"\n[[shots]]\nclip = "clip.mp4"', "clean.mode"),
        ('[[shots]]\nclip = "clip.mp4"\nin = 2\nout = 1', "out later than in"),
    ],
)
def test_malformed_projects(overlaycut: Command, text: str, said_of: str, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "project.toml").write_text(text)
    said = overlaycut("run", "project.toml", "-o", "out", cwd=tmp_path)
    assert said.returncode == 2, said.stderr
    assert said_of in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_fonts_that_cannot_be_used(overlaycut: Command, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "words.srt").write_text("1\n00:00:00,000 --> 00:00:00,500\nHi\n")
    (tmp_path / "broken.ttf").write_bytes(b"not a font")
    for font in ("broken.ttf", "nowhere.ttf"):
        (tmp_path / "style.toml").write_text(f'font = "{font}"\n')
        said = overlaycut(
            "caption", clip, "--subs", "words.srt", "--style", "style.toml", "-o", "out.mp4", cwd=tmp_path
        )
        assert said.returncode == 3, said.stderr
        assert font in said.stderr
        assert not (tmp_path / "out.mp4").exists()


def test_a_glyph_that_no_font_has_is_named(overlaycut: Command, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "words.srt").write_text("1\n00:00:00,000 --> 00:00:00,500\n\U000e5000\n", encoding="utf-8")
    said = overlaycut("caption", clip, "--subs", "words.srt", "-o", "out.mp4", cwd=tmp_path)
    assert said.returncode == 3
    assert "U+E5000" in said.stderr


def test_clips_under_other_names_and_cues_that_never_show(overlaycut: Command, clip: Path, tmp_path: Path) -> None:
    cues = "".join(f"{n}\n00:10:{n % 60:02},000 --> 00:10:{n % 60:02},900\nlate\n\n" for n in range(1, 60))
    (tmp_path / "words.srt").write_text(cues, encoding="utf-8")
    for words in (["caption", clip, "--subs", "words.srt"], ["clean", clip]):
        for name in ("out.avi", "out.webm", "out"):
            said = overlaycut(*words, "-o", name, cwd=tmp_path)
            assert said.returncode == 2 and f"{name}: clips are not written as" in said.stderr
            assert not (tmp_path / name).exists()
    said = overlaycut("caption", clip, "--subs", "words.srt", "--sidecar", "words.vtt", cwd=tmp_path)
    assert said.returncode == 0 and said.stdout.count("never show") == 1 and "59 cue(s)" in said.stdout


def test_wrong_words(overlaycut: Command, clip: Path, tmp_path: Path) -> None:
    for words in (["nonsense"], ["clean", clip], ["export", clip, "--to", "", "-o", "out"], ["probe"]):
        assert overlaycut(*words, cwd=tmp_path).returncode == 2
    said = overlaycut("clean", clip, "-o", "out.mp4", "--area", "1,2,3", cwd=tmp_path)
    assert said.returncode == 2
    assert "x,y,w,h" in said.stderr


@pytest.mark.parametrize(
    "words", [("caption", "--sidecar", "out.vtt"), ("export", "--to", "feed-1x1", "-o", "out", "--preset", "ultrafast")]
)
def test_encodings_of_subtitles(overlaycut: Command, clip: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "words.srt").write_bytes("1\n00:00:00,000 --> 00:00:00,500\nЩи\n".encode("cp866"))
    command, *rest = words
    for name, allowed, said in (("klingon", {2}, "klingon"), ("utf-8", {3}, "not utf-8 text"), ("IBM866", {0, 1}, "")):
        done = overlaycut(command, clip, "--subs", "words.srt", "--encoding", name, *rest, cwd=tmp_path)
        assert done.returncode in allowed, done.stderr  # 1: too short for the platform
        assert said in done.stderr
    if command == "caption":
        assert "Щи" in (tmp_path / "out.vtt").read_text(encoding="utf-8")
