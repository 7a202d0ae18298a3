"""The project file."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlaycut.core.documents import parsed
from overlaycut.core.project import Master, Project, read_project, require_clips
from overlaycut.errors import DocumentError, ExitCode, MissingInput

FULL = """
[project]
name = "cold-brew-launch"
outputs = ["tiktok", "reels"]
master = "1080x1920@29.97"

[[cast]]
name = "maya"
references = ["cast/maya-1.png"]

[[shots]]
still = "stills/01.png"
candidates = ["clips/01-a.mp4", "clips/01-b.mp4"]
text = ["COLD BREW", "since 1998"]
cast = ["maya"]
in = 0.1
out = 2.6

[[shots]]
clip = "clips/02.mp4"

[clean]
mode = "erase"

[captions]
source = "script.srt"
style = "pop"

[audio]
voice = "vo.wav"
music = "bed.mp3"
loudness_lufs = -16

[end_card]
image = "cta.png"
seconds = 1.5

[disclosure]
ai_generated = true
certificate = "chain.pem"
key = "key.pem"
"""
FILES = (
    "cast/maya-1.png", "stills/01.png", "clips/01-a.mp4", "clips/01-b.mp4", "clips/02.mp4", "script.srt", "vo.wav",
    "bed.mp3", "cta.png", "chain.pem", "key.pem",
)  # fmt: skip

texts = st.text(max_size=12)
values: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers() | st.floats() | texts | st.datetimes() | st.dates() | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "project.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_full_project(folder: Path) -> None:
    project = read_project(written(folder, FULL))
    assert project.project.name == "cold-brew-launch"
    assert project.project.outputs == ("tiktok", "reels")
    assert project.cast[0].references == (folder / "cast/maya-1.png",)
    first, second = project.shots
    assert first.clips == (folder / "clips/01-a.mp4", folder / "clips/01-b.mp4")
    assert first.still == folder / "stills/01.png"
    assert (first.start, first.end) == (Fraction(1, 10), Fraction(13, 5))
    assert (second.clips, second.start, second.end) == ((folder / "clips/02.mp4",), 0, None)
    assert project.clean.mode == "erase"
    assert project.captions and project.captions.source == folder / "script.srt"
    assert (project.audio.voice, project.audio.music) == (folder / "vo.wav", folder / "bed.mp3")
    assert project.audio.loudness_lufs == -16
    assert project.end_card and project.end_card.image == folder / "cta.png"
    assert project.end_card.seconds == Fraction(3, 2)
    assert project.disclosure.certificate == folder / "chain.pem"


def test_everything_but_shots_may_be_left_out(folder: Path) -> None:
    project = read_project(written(folder, '[[shots]]\nclip = "clips/02.mp4"'))
    assert project.project.outputs == ("tiktok", "reels", "shorts")
    assert (project.clean.mode, project.captions, project.end_card) == ("auto", None, None)
    assert (project.audio.loudness_lufs, project.disclosure.ai_generated) == (-14, True)


def test_paths_are_relative_to_the_file_and_not_to_the_shell(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(folder, '[[shots]]\nclip = "clips/02.mp4"')
    monkeypatch.chdir(folder / "clips")
    assert read_project(Path("../project.toml")).shots[0].clip == folder / "clips/02.mp4"


@pytest.mark.parametrize("name", FILES)
def test_every_path_has_to_lead_to_a_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    path = written(folder, FULL)
    with pytest.raises(DocumentError) as caught:
        read_project(path)
    assert caught.value.found == name
    assert str(folder / name) in caught.value.allowed
    (folder / name).mkdir()
    with pytest.raises(DocumentError):
        read_project(path)


def test_the_key_path_of_a_missing_file(folder: Path) -> None:
    (folder / "clips/01-b.mp4").unlink()
    with pytest.raises(DocumentError) as caught:
        read_project(written(folder, FULL))
    assert caught.value.where == "shots[0].candidates[1]"


@pytest.mark.parametrize(
    ("text", "where", "allowed"),
    [
        ("", "", "at least one [[shots]]"),
        ("shots = []", "", "shots_from"),
        ("[[shots]]", "shots[0]", "either clip"),
        ('[[shots]]\nclip = "a"\ncandidates = ["b"]', "shots[0]", "not both"),
        ('[[shots]]\nclip = "a"\nclipp = "b"', "shots[0].clipp", "still, clip, candidates, text, cast"),
        ('[[shots]]\nclip = "a"\nin = 2\nout = 2', "shots[0]", "out later than in"),
        ('[[shots]]\nclip = "a"\nin = -1', "shots[0].in", "greater than or equal to 0"),
        ('[[shots]]\nclip = "a"\nin = "0:01"', "shots[0].in", "seconds"),
        ('[[shots]]\nclip = "a"\nin = true', "shots[0].in", "seconds"),
        ('[[shots]]\nclip = "a"\nin = nan', "shots[0].in", "seconds"),
        ('[[shots]]\nclip = "a"\nout = inf', "shots[0].out", "seconds"),
        ('[[shots]]\nclip = "a"\ncast = ["zoe"]', "", "'zoe' is none"),
        ('[project]\nmaster = "1080x1920@30/0"\n[[shots]]\nclip = "a"', "", "WIDTHxHEIGHT"),
        ('[project]\nmaster = "1081x1920"\n[[shots]]\nclip = "a"', "", "even"),
        ('[project]\nname = "a/b"\n[[shots]]\nclip = "a"', "project.name", "pattern"),
        ('[audio]\nloudness_lufs = 3\n[[shots]]\nclip = "a"', "audio.loudness_lufs", "less than or equal to -5"),
        ('[audio]\nloudness_lufs = nan\n[[shots]]\nclip = "a"', "audio.loudness_lufs", "finite"),
        ('[clean]\nmode = "melt"\n[[shots]]\nclip = "a"', "clean.mode", "'restore'"),
        ('[[cast]]\nname = ""\nreferences = ["a"]\n[[shots]]\nclip = "a"', "cast[0].name", "at least 1"),
        ('[[cast]]\nname = "a"\nreferences = []\n[[shots]]\nclip = "a"', "cast[0].references", "at least 1"),
        ('[end_card]\nimage = "a"\nseconds = 0\n[[shots]]\nclip = "a"', "end_card.seconds", "greater than 0"),
        ('[captions]\nstyle = "pop"\n[[shots]]\nclip = "a"', "captions.source", "required"),
        (f'[[shots]]\nclip = "{"x" * 400}"', "shots[0].clip", "a file"),
        ('[[shots]]\nclip = "a\\u0000b"', "shots[0].clip", "a file"),
        ('[[shots]]\nclip = ""', "shots[0].clip", "a file"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, where: str, allowed: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(DocumentError) as caught:
        read_project(path)
    assert caught.value.where == where
    assert allowed in caught.value.allowed
    assert caught.value.path == path
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_project_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingInput):
        read_project(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1080x1920", None),
        ("1080x1920@30", Fraction(30)),
        ("1080x1920@29.97", Fraction(30000, 1001)),
        ("1080x1920@30000/1001", Fraction(30000, 1001)),
        ("1080x1920@12.5", Fraction(25, 2)),
    ],
)
def test_masters(text: str, rate: Fraction | None) -> None:
    assert Master.parse(text) == Master(width=1080, height=1920, rate=rate)


@pytest.mark.parametrize(
    "text",
    ["", "1080", "1080x", "1080x1920@", "1080x1920@0", "1080x1920@0/5", "1080x1920@1/0", "00x00", "-2x4", "²²x²²"],
)
def test_what_is_no_master(text: str) -> None:
    with pytest.raises(ValueError, match=r"WIDTHxHEIGHT|even"):
        Master.parse(text)


tables = st.sampled_from([*Project.model_fields, "other"])
shot = st.dictionaries(
    st.sampled_from(["still", "clip", "candidates", "text", "cast", "in", "out", "prompt", "seed", "model", "extras"]),
    values,
    max_size=4,
)


@given(st.dictionaries(tables, values, max_size=4), st.lists(shot, max_size=2))
@settings(max_examples=200, deadline=None)
def test_arbitrary_tables_are_parsed_or_refused(document: dict[str, Any], shots: list[dict[str, Any]]) -> None:
    try:
        project = parsed(Project, {"shots": shots, **document}, Path("project.toml"))
    except DocumentError as error:
        assert len(error.one_line().splitlines()) == 1
    else:
        assert project.shots


@given(st.text(alphabet="0123456789x@/.", max_size=14))
@settings(deadline=None)
def test_arbitrary_masters_are_parsed_or_refused(text: str) -> None:
    document = {"project": {"master": text}, "shots": [{"clip": "a.mp4"}]}
    try:
        parsed(Project, document, Path("project.toml"))
    except DocumentError:
        return
    assert Master.parse(text).width > 0


GENERATED = """
[generate]
model = "runway/gen4.5"
candidates = 3
budget_usd = 4.1
fields = { product = "the red can" }

[[shots]]
still = "stills/01.png"
prompt = ["{product} turns slowly", "{product} stands still"]
candidates = 4
seed = 7

[[shots]]
name = "pour"
template = "pour"
first = "stills/01.png"
references = ["cast/maya-1.png"]
model = ["runway/gen4.5", "fal/kling-4"]

[[stills]]
name = "label"
prompt = "{product} on a counter"
model = "openai/gpt-image-2"
"""


def test_a_project_that_is_to_be_generated(folder: Path) -> None:
    project = read_project(written(folder, GENERATED))
    first, second = project.shots
    assert project.shot_names == ("shot-01", "pour")
    assert project.generate.budget_usd == Decimal("4.1")
    assert project.generate.folder == folder / "generated"
    assert (first.candidate_count, first.seed, len(first.prompt), first.clips) == (4, (7,), 2, ())
    assert second.model == ("runway/gen4.5", "fal/kling-4")
    assert (second.first, second.references) == (folder / "stills/01.png", (folder / "cast/maya-1.png",))
    assert project.stills[0].model == ("openai/gpt-image-2",)
    assert parsed(Project, project.to_dict(), Path("again")) == project


def test_generated_clips_are_found_by_their_records(folder: Path) -> None:
    path = written(folder, GENERATED)
    with pytest.raises(DocumentError, match=r"shots\[0\]: found no clip yet"):
        require_clips(read_project(path), path)
    made = folder / "generated" / "shot-01"
    made.mkdir(parents=True)
    for name in ("b.mp4", "a.mp4", "a.generation.json", "b.generation.json", "c.mp4", "d.generation.json", "a.png"):
        (made / name).touch()
    project = read_project(path)
    assert project.shots[0].clips == (made / "a.mp4", made / "b.mp4")
    with pytest.raises(DocumentError, match=r"shots\[1\]"):
        require_clips(project, path)


@pytest.mark.parametrize(
    ("text", "where", "allowed"),
    [
        ('[[shots]]\nprompt = "a"\ntemplate = "b"', "shots[0]", "not both"),
        ('[[shots]]\nprompt = " "', "shots[0]", "words"),
        ('[[shots]]\nprompt = "a"\ncandidates = 0', "shots[0].candidate_count", "greater than or equal to 1"),
        ('[[shots]]\nprompt = "a"\ncandidates = 99', "shots[0].candidate_count", "16"),
        ('[[shots]]\nprompt = "a"\ncandidates = true', "shots[0].candidates", "tuple"),
        ('[[shots]]\nprompt = "a"\nseed = [1, 2]\ncandidates = 3', "shots[0]", "as many candidates as seeds"),
        ('[[shots]]\nprompt = "a"\nseed = -1', "shots[0].seed[0]", "greater than or equal to 0"),
        ('[[shots]]\nprompt = "a"\nname = "../a"', "shots[0].name", "pattern"),
        ('[[shots]]\nprompt = "a"\nname = "x"\n[[shots]]\nprompt = "a"\nname = "x"', "", "names of their own"),
        ('[generate]\nextras = { day = 2026-11-28 }\n[[shots]]\nprompt = "a"', "generate.extras", "that JSON has"),
        ('[generate]\nratio = "wide"\n[[shots]]\nprompt = "a"', "generate.ratio", "pattern"),
        ('[generate]\nbudget_usd = -1\n[[shots]]\nprompt = "a"', "generate.budget_usd", "greater than or equal to 0"),
        ('[generate]\nbudget_usd = true\n[[shots]]\nprompt = "a"', "generate.budget_usd", "US dollars"),
        ('[[stills]]\nname = "a"\nprompt = "b"\nmodel = "c"\nmask = "m"\n[[shots]]\nclip = "a"', "stills[0]", "edit"),
    ],
)
def test_a_mistake_in_what_is_to_be_generated_is_named(tmp_path: Path, text: str, where: str, allowed: str) -> None:
    test_a_mistake_is_named(tmp_path, text, where, allowed)


def test_watched_areas_belong_to_a_shot_or_to_all(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    file = tmp_path / "p.toml"
    shots = '[[shots]]\nclip = "a.mp4"\nname = "one"\n[[shots]]\nclip = "a.mp4"\nname = "two"\n'
    jar = '[[watch]]\nname = "jar"\narea = [10, 20, 64, 80]\n'
    file.write_text(shots + jar + '[[watch]]\nname = "lid"\narea = [0, 0, 40, 40]\nshot = "two"\n')
    project = read_project(file)
    assert [one.name for one in project.watched_in("one")] == ["jar"]
    assert [one.name for one in project.watched_in("two")] == ["jar", "lid"]
    for wrong in ("area = [10, 20, 64]", "area = [10, 20, 4, 80]", 'area = [0, 0, 40, 40]\nshot = "three"'):
        file.write_text(shots + f'[[watch]]\nname = "jar"\n{wrong}\n')
        with pytest.raises(DocumentError):
            read_project(file)
