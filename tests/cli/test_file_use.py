"""No command replaces what it reads, or what somebody else made; none waits for a pipe or leaves its folder."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jobs import JOBS, Job, inputs

from overlaycut.cli.app import run
from overlaycut.core.plan import read_plan
from overlaycut.media.outputs import is_ours

THEIRS = b"somebody else made this"


@dataclass(frozen=True)
class Finished:
    code: int
    out: str
    error: str


Command = Callable[..., Finished]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    inputs(folder)
    return folder


@pytest.fixture
def work(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with every input, in which the command runs."""
    folder = tmp_path / "work"
    folder.mkdir()
    for path in drawn.iterdir():
        text = path.read_bytes()
        if path.name == "project.toml":
            text = text.replace(os.fsencode(drawn), os.fsencode(folder))
        (folder / path.name).write_bytes(text)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def overlaycut(capsys: pytest.CaptureFixture[str]) -> Command:
    def call(*words: str) -> Finished:
        capsys.readouterr()
        return Finished(run(words), *capsys.readouterr())

    return call


def everything(folder: Path) -> dict[str, bytes]:
    """Every file in a folder with its content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(overlaycut: Command, work: Path, job: Job, says: str, *more: str) -> None:
    """The command ends with 2 and one line, and every file is as it was."""
    before = everything(work)
    done = overlaycut(*job.command, *more)
    assert done.code == 2, (job.command, done)
    assert says in done.error and len(done.error.splitlines()) == 1, done.error
    assert everything(work) == before


def placed(work: Path, output: str) -> Path:
    path = work / output
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return path


@pytest.mark.parametrize("link", ["hard", "soft"])
@pytest.mark.parametrize("name", JOBS)
def test_no_output_replaces_an_input_that_it_is_a_link_to(
    overlaycut: Command, work: Path, name: str, link: str
) -> None:
    job = JOBS[name]
    for output in job.outputs:
        for source in job.reads if link == "hard" else job.reads[:2]:
            path = placed(work, output)
            path.hardlink_to(work / source) if link == "hard" else path.symlink_to(work / source)
            for more in ((), ("--force",)):
                refused(overlaycut, work, job, "is an input", *more)
            path.unlink()


@pytest.mark.parametrize("way", ["{}", "sub/../{}", "./{}"])
@pytest.mark.parametrize(
    ("name", "source", "output"),
    [
        ("analyze", "clip.mp4", "out/seen.mp4"),
        ("analyze", "still.png", "out/seen.mp4"),
        ("analyze", "still.png", "out/plan.json"),
        ("analyze to a folder", "still.png", "out/seen/frame-00002.png"),
        ("clean", "clip.mp4", "out/a.mp4"),
        ("clean", "still.png", "out/m.mp4"),
        ("clean", "mask.png", "out/m.mp4"),
        ("clean", "plan.json", "out/a.mp4"),
        ("caption", "clip.mp4", "out/c.mov"),
        ("caption", "subs.srt", "out/c.srt"),
        ("caption", "subs.srt", "out/c.vtt"),
        ("caption", "brand.toml", "out/c.png"),
        ("caption to a folder", "subs.srt", "out/layer/frames.ffconcat"),
        ("export", "clip.mp4", "out/small.mp4"),
        ("export", "clip.mp4", "out/master.mp4"),
        ("export", "subs.srt", "out/small.upload.txt"),
        ("export", "plan.json", "out/small.upload.json"),
        ("export", "still.png", "out/small.upload.json"),
        ("styles", "still.png", "out/styles.png"),
    ],
)
def test_no_output_replaces_an_input_that_lies_there(
    overlaycut: Command, work: Path, name: str, source: str, output: str, way: str
) -> None:
    (work / "sub").mkdir()
    (work / source).rename(placed(work, output))
    refused(overlaycut, work, JOBS[name].reading(source, way.format(output)), "is an input", "--force")


@pytest.mark.parametrize("output", JOBS["run"].outputs)
@pytest.mark.parametrize("key", ["clip", "still", "source", "voice", "image"])
def test_no_output_of_a_run_replaces_what_its_project_names(
    overlaycut: Command, work: Path, output: str, key: str
) -> None:
    names = {"clip": "clip.mp4", "still": "still.png", "source": "subs.srt", "voice": "voice.wav", "image": "card.png"}
    text = (work / "project.toml").read_text(encoding="utf-8")
    (work / "project.toml").write_text(text.replace(json.dumps(names[key]), json.dumps(f"sub/../{output}"), 1))
    (work / "sub").mkdir()
    (work / names[key]).rename(placed(work, output))
    refused(overlaycut, work, Job((*JOBS["run"].command, "--force"), (), ()), output.removeprefix("out/"))


@pytest.mark.parametrize("output", JOBS["run"].outputs)
def test_a_project_is_not_replaced_by_its_run(overlaycut: Command, work: Path, output: str) -> None:
    (work / "project.toml").rename(placed(work, output))
    refused(overlaycut, work, JOBS["run"].reading("project.toml", output), output, "--force")


@pytest.mark.parametrize(("source", "name"), [("clip.mp4", "clip-last.png"), ("sheet.png", "clip-best.png")])
def test_frames_do_not_replace_what_they_are_taken_from(
    overlaycut: Command, work: Path, source: str, name: str
) -> None:
    (work / source).rename(work / name)
    job = JOBS["frames"].reading(source, name)
    if source == "clip.mp4":  # the outputs are called like it
        (work / "clip-last-last.png").hardlink_to(work / name)
    refused(overlaycut, work, replace(job, command=[*job.command[:-1], "."]), "is an input", "--force")


@pytest.mark.parametrize("name", JOBS)
def test_what_somebody_else_made_is_kept(overlaycut: Command, work: Path, name: str) -> None:
    job = JOBS[name]
    for output in job.outputs:
        path = placed(work, output)
        path.write_bytes(THEIRS)
        refused(overlaycut, work, job, str(Path(output)))
        if output in job.updates:
            refused(overlaycut, work, job, str(Path(output)), "--force")
        path.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("name", JOBS)
def test_force_replaces_it_and_what_is_ours_is_replaced_again(overlaycut: Command, work: Path, name: str) -> None:
    job = JOBS[name]
    for output in job.writes:
        placed(work, output).write_bytes(THEIRS)
    done = overlaycut(*job.command, "--force")
    assert done.code in job.ends, done
    made = job.writes if job.made is None else job.made
    assert [output for output in made if (work / output).read_bytes() == THEIRS] == []
    assert all(is_ours(work / output) for output in (*made, *job.updates))
    if set(made) == set(job.writes):
        again = overlaycut(*job.command)
        assert again.code in job.ends, again
    for output in job.updates:
        read_plan(work / output)
    assert {path for path in everything(work) if ".part" in path} == set()


@pytest.mark.parametrize("name", JOBS)
def test_a_folder_in_an_output_s_place_is_refused(overlaycut: Command, work: Path, name: str) -> None:
    job = JOBS[name]
    for output in job.outputs:
        if name.endswith("to a folder"):
            continue
        path = placed(work, output)
        path.mkdir()
        refused(overlaycut, work, job, "is a directory", "--force")
        path.rmdir()


@pytest.mark.parametrize("name", JOBS)
def test_a_file_in_the_place_of_the_folder_is_refused(overlaycut: Command, work: Path, name: str) -> None:
    (work / "out").write_bytes(THEIRS)
    refused(overlaycut, work, JOBS[name], "out", "--force")


@pytest.mark.parametrize(
    "words",
    [
        ("clean", "clip.mp4", "-o", "/dev/null"),
        ("caption", "clip.mp4", "--subs", "subs.srt", "-o", "/dev/null"),
        ("caption", "clip.mp4", "--subs", "subs.srt", "--alpha", "/dev/null"),
        ("analyze", "clip.mp4", "-o", "/dev/null"),
        ("styles", "-o", "/dev/null"),
        ("export", "clip.mp4", "--to", "tiktok", "-o", "/dev/null"),
        ("run", "project.toml", "-o", "/dev/null"),
        ("frames", "clip.mp4", "--last", "-o", "/dev/null"),
    ],
    ids=lambda words: " ".join(words[:1] + words[-2:]),
)
def test_a_device_is_no_output(overlaycut: Command, work: Path, words: tuple[str, ...]) -> None:
    refused(overlaycut, work, Job(words, (), ()), "/dev/null", "--force")


@contextmanager
def soon(seconds: float) -> Iterator[None]:
    """What takes far longer fails, even when it waits for ever."""

    def late(*_: object) -> None:
        raise TimeoutError("it waits")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, 10 * seconds)
    begun = time.monotonic()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - begun < 5 * seconds  # on a busy machine


READERS = {
    "probe": Job(("probe", "clip.mp4", "--still", "still.png"), ("clip.mp4", "still.png"), ()),
    "rank": Job(("rank", "clip.mp4", "other.mp4", "--still", "still.png"), ("clip.mp4", "other.mp4", "still.png"), ()),
    "drift": Job(
        ("drift", "clip.mp4", "--still", "still.png", "--face-model", "card.png"),
        ("clip.mp4", "still.png", "card.png"),
        (),
    ),
    "check": Job(
        ("check", "clip.mp4", "--for", "small.toml", "--plan", "plan.json"), ("clip.mp4", "small.toml", "plan.json"), ()
    ),
    "models add": Job(("models", "add", "sface", "clip.mp4"), ("clip.mp4",), ()),
}


@pytest.mark.parametrize("name", [*JOBS, *READERS])
def test_no_pipe_is_waited_for(overlaycut: Command, work: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERLAYCUT_MODELS", str(work / "models"))
    job = (JOBS | READERS)[name]
    overlaycut(*job.command[:1], "--help")  # so that what is imported is not what is measured
    for source in job.reads:
        path = work / source
        content = path.read_bytes()
        path.unlink()
        os.mkfifo(path)
        before = {one for one in work.rglob("*") if one.is_file()}
        with soon(1):
            done = overlaycut(*job.command)
        assert done.code == 3, (source, done)
        assert "is a pipe, not a file" in done.error and source in done.error, (source, done)
        assert len(done.error.splitlines()) == 1
        assert {one for one in work.rglob("*") if one.is_file()} == before
        path.unlink()
        path.write_bytes(content)


@pytest.mark.parametrize("content", [b"", b"1\n00:00:00,000 --> 00:00:01,000\nHi\n", b"{}", b"a = 1\n", b"\0\1\2\xff"])
@pytest.mark.parametrize("suffix", ["", ".toml", ".srt"])
def test_what_is_no_project_is_called_so(overlaycut: Command, work: Path, content: bytes, suffix: str) -> None:
    (work / f"job{suffix}").write_bytes(content)
    done = overlaycut("run", f"job{suffix}")
    assert done.code == 2
    if suffix != ".toml" or b"\0" in content:  # else the first mistake in it is told
        assert f"job{suffix}: is no project file" in done.error
    assert len(done.error.splitlines()) == 1


@pytest.mark.parametrize("name", ["clip.mp4", "still.png", "subs.srt", "plan.json", ".", "/dev/null"])
def test_other_files_are_no_projects(overlaycut: Command, work: Path, name: str) -> None:
    refused(overlaycut, work, Job(("run", name), (), ()), f"{name}: is no project file")
    assert overlaycut("run", "nowhere.toml").code == 3


def test_a_sheet_of_styles_is_a_png(overlaycut: Command, work: Path) -> None:
    refused(overlaycut, work, Job(("styles", "-o", "x.toml"), (), ()), "x.toml: a sheet is a PNG")


NAMES = ["../../x", "..", "/etc/x", "a/b", "a\\b", "x\ny", "", "x.mp4\0"]


@pytest.mark.parametrize("name", NAMES)
def test_no_policy_leads_out_of_the_folder(overlaycut: Command, work: Path, name: str) -> None:
    text = (work / "small.toml").read_text(encoding="utf-8")
    (work / "small.toml").write_text(text.replace('name = "small"', f"name = {json.dumps(name)}", 1), encoding="utf-8")
    job = Job(("export", "clip.mp4", "--to", "small.toml", "-o", "deep/deeper/out"), (), ())
    refused(overlaycut, work, job, "name")


@pytest.mark.parametrize("name", ["../../x", "..", "/etc/passwd", "product-label/../../x", ""])
def test_no_sample_leads_out_of_the_package(overlaycut: Command, work: Path, name: str) -> None:
    refused(overlaycut, work, Job(("demo", "--sample", name, "-o", "out"), (), ()), "no sample is called")


@pytest.mark.parametrize("name", ["a/b", "a\\b"])
def test_no_project_s_name_holds_a_folder(overlaycut: Command, work: Path, name: str) -> None:
    text = (work / "project.toml").read_text(encoding="utf-8")
    (work / "project.toml").write_text(text.replace('name = "p"', f"name = {json.dumps(name)}"), encoding="utf-8")
    refused(overlaycut, work, JOBS["run"], "project.name")


UGLY = "a\nb\x1b[31m\u202e\x07\x85.mp4"


@pytest.mark.parametrize(
    "words", [("probe",), ("clean", "-o", "o.mp4"), ("run",), ("export", "--to", "tiktok", "-o", "o")]
)
def test_a_file_s_name_breaks_no_error(overlaycut: Command, work: Path, words: tuple[str, ...]) -> None:
    done = overlaycut(words[0], UGLY, *words[1:])
    assert done.code == 3
    assert len(done.error.splitlines()) == 1 and done.error.rstrip("\n").isprintable()


def test_a_file_s_name_breaks_no_report(overlaycut: Command, work: Path) -> None:
    (work / UGLY).write_bytes((work / "clip.mp4").read_bytes())
    assert json.loads(overlaycut("probe", UGLY, "--json").out)["files"][0]["path"] == UGLY
    lines = overlaycut("probe", UGLY).out.split("\n")
    assert all(line.isprintable() for line in lines)
    assert sum("a\\nb\\x1b[31m" in line for line in lines) == 1


MARKER = "bXkgc2VjcmV0IGtleSBvZiB0aGUgc2lnbmVy"


KEYS = {"--style": "key.toml", "--brand": "key.toml", "run": "key.toml", "--plan": "key.json"}
"""Names of a key file under which it would be taken for something else."""


@pytest.mark.parametrize("content", [MARKER, f"-----BEGIN PRIVATE KEY-----\n{MARKER}\n-----END PRIVATE KEY-----\n"])
@pytest.mark.parametrize("place", ["--key", "--certificate", "--plan", "--style", "--brand", "--still", "run"])
def test_no_error_and_no_log_has_the_content_of_a_key(
    overlaycut: Command, work: Path, place: str, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    key = KEYS.get(place, "key.pem")
    (work / key).write_text(content)
    pair = {"--key": ("--certificate", "subs.srt"), "--certificate": ("--key", "subs.srt")}.get(place, ())
    export = ("export", "clip.mp4", "--to", "tiktok", "-o", "out", place, key, *pair)
    done = overlaycut(*(("run", key) if place == "run" else export))
    assert done.code in (2, 3, 5)
    assert MARKER not in done.out + done.error + caplog.text


class Elements(HTMLParser):
    """The elements of a page and the names of their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {(tag, ""), *((tag, name) for name, _ in attrs)}
        assert not any("javascript:" in (value or "").lower() for name, value in attrs if name in ("href", "src"))
        assert all((value or "#").startswith("#") for name, value in attrs if name == "href")


@pytest.mark.slow
def test_no_name_of_a_project_or_a_file_gets_into_the_report_as_an_element(overlaycut: Command, work: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>'\"&.mp4"
    (work / "clip.mp4").rename(work / hostile)
    text = (work / "project.toml").read_text(encoding="utf-8").replace('"clip.mp4"', json.dumps(hostile))
    text = text.replace('"p"', json.dumps('"><script>alert(1)<\u2215script>javascript:'))
    text += '[disclosure]\ntitle = "</title><script>alert(1)</script>"\n'
    (work / "project.toml").write_text(text, encoding="utf-8")
    done = overlaycut("run", "project.toml", "-o", "out")
    assert done.code in (0, 1), done
    report = (work / "out" / "report.html").read_text(encoding="utf-8")
    found = Elements(report).found
    assert not {tag for tag, _ in found} & {"iframe", "object", "embed", "link", "form", "base"}
    assert report.count("<script") == 1, "the page's own"
    assert not [one for one in found if one[1].startswith("on")]
    assert "&lt;img src=x onerror" in report
