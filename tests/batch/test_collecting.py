"""What a batch is made of: folders, lists, duplicates, junk."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.batch.collecting import Source, collected, project_of, require_sources
from overlaycut.core.project import read_project
from overlaycut.errors import DocumentError, MissingInput, UsageError
from overlaycut.media import write_text

PROJECT = '[[shots]]\nclip = "used.mp4"\n'


def touch(path: Path, content: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def names(paths: list[Path], without: Path = Path("nowhere")) -> list[str]:
    return [source.name for source in collected(paths, (), without=without)]


def test_a_folder_gives_its_projects_and_the_clips_that_none_of_them_names(tmp_path: Path) -> None:
    touch(tmp_path / "spring" / "project.toml", PROJECT)
    touch(tmp_path / "spring" / "used.mp4")
    touch(tmp_path / "loose.MP4")
    touch(tmp_path / "deep" / "er.webm")
    for junk in ("notes.txt", ".hidden.mp4", "style.toml", ".git/a.mp4", "a.mp4.crdownload"):
        touch(tmp_path / junk)
    assert sorted(names([tmp_path])) == ["er", "loose", "spring"]


def test_the_folder_of_results_and_files_of_ours_are_no_sources(tmp_path: Path) -> None:
    touch(tmp_path / "a.mp4")
    touch(tmp_path / "results" / "a" / "master.mp4")
    write_text(tmp_path / "written.mp4", "by overlaycut")
    assert names([tmp_path], without=tmp_path / "results") == ["a"]


def test_a_source_that_is_named_twice_is_there_once(tmp_path: Path) -> None:
    clip = touch(tmp_path / "a.mp4")
    assert names([clip, tmp_path, clip.parent / "." / "a.mp4"]) == ["a"]


def test_a_clip_has_the_still_beside_it(tmp_path: Path) -> None:
    touch(tmp_path / "a.mp4")
    still = touch(tmp_path / "a.png")
    (source,) = collected([tmp_path / "a.mp4"], ("tiktok",), without=tmp_path / "out")
    assert (source.still, source.outputs) == (still, ("tiktok",))


def test_a_table_gives_clips_with_stills_and_texts(tmp_path: Path) -> None:
    table = touch(
        tmp_path / "lists" / "week.csv",
        "clip,still,text,name,outputs\n"
        '../a.mp4,../s.png,"COLD BREW | since 1998",launch,tiktok|feed-1x1\n'
        "../b.mp4,,,,\n",
    )
    first, second = collected([table], ("reels",), without=tmp_path / "out")
    assert first == Source(
        path=tmp_path / "a.mp4",
        name="launch",
        still=tmp_path / "s.png",
        texts=("COLD BREW", "since 1998"),
        outputs=("tiktok", "feed-1x1"),
    )
    assert (second.name, second.still, second.texts, second.outputs) == ("b", None, (), ("reels",))


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_json_list_gives_clips_and_projects(tmp_path: Path, wrapped: bool) -> None:
    rows = [{"clip": "a.mp4", "text": ["TEA"]}, {"project": "x/project.toml"}]
    path = touch(tmp_path / "list.json", json.dumps({"clips": rows} if wrapped else rows))
    assert [(one.name, one.texts) for one in collected([path], (), without=tmp_path / "out")] == [
        ("a", ("TEA",)), ("x", ()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("a.json", "{", "no JSON"),
        ("a.json", "[]", "clips"),
        ("a.json", '[{"clip": "a.mp4", "project": "b.toml"}]', "either a clip or a project"),
        ("a.json", '[{"clip": "a.mp4", "stil": "b.png"}]', "stil"),
        ("a.json", '[{"clip": "a.mp4", "name": "../up"}]', "name"),
        ("a.csv", "clip,still\na.mp4,b.png,c\n", "line 2"),
        ("a.csv", 'clip\n"a.mp4\n', "line"),
        ("a.csv", "file\na.mp4\n", "file"),
    ],
)
def test_a_list_that_is_none_is_refused_with_its_place(tmp_path: Path, name: str, content: str, where: str) -> None:
    with pytest.raises(DocumentError) as caught:
        list(collected([touch(tmp_path / name, content)], (), without=tmp_path / "out"))
    assert where in caught.value.one_line()


def test_a_path_that_leads_nowhere_is_missing_and_a_folder_of_junk_has_nothing_to_do(tmp_path: Path) -> None:
    with pytest.raises(MissingInput):
        names([tmp_path / "none.mp4"])
    touch(tmp_path / "readme.txt")
    with pytest.raises(UsageError, match="no project and no clip"):
        require_sources(list(collected([tmp_path], (), without=tmp_path / "out")), [tmp_path])


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(name=text.filter(lambda name: not set(name) & set("/\\\0")), words=st.lists(text, max_size=3), clip=text)
def test_the_project_of_a_clip_reads_back(name: str, words: list[str], clip: str) -> None:
    source = Source(path=Path("/clips") / clip.replace("\0", ""), name=name, texts=tuple(words), outputs=("tiktok",))
    told = tomllib.loads(source.project_text())
    assert told["project"] == {"name": name, "outputs": ["tiktok"]}
    assert told["shots"][0]["clip"] == str(source.path)
    assert told["shots"][0].get("text", []) == words


def test_a_project_of_ours_follows_the_list_and_an_edited_one_stays(tmp_path: Path) -> None:
    clip = touch(tmp_path / "a.mp4")
    (source,) = collected([clip], (), without=tmp_path / "out")
    path = project_of(source, tmp_path / "out")
    assert read_project(path).shots[0].clip == clip
    (other,) = collected([clip], ("reels",), without=tmp_path / "out")
    assert read_project(project_of(other, tmp_path / "out")).project.outputs == ("reels",)
    path.write_text(path.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    assert "# mine" in project_of(source, tmp_path / "out").read_text(encoding="utf-8")
