"""What a person changes in a review is on disk at once, marked as theirs, and survives new runs."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import overlaycut
from chromium import until
from overlaycut.api import ReviewSession, StaleEdit, read_edit
from overlaycut.api.review_jobs import Jobs
from overlaycut.core.project import read_project
from overlaycut.errors import InvalidValue, UsageError
from overlaycut.media import Clip
from reviews import BOX, FRAMES, plan_of, review_project

Change = Callable[..., dict[str, Any]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return review_project(tmp_path)


@pytest.fixture
def said() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def session(project: Path, said: list[dict[str, Any]]) -> Iterator[ReviewSession]:
    opened = ReviewSession(project, (), None, listen=said.append)
    yield opened
    opened.close()


@pytest.fixture
def change(session: ReviewSession) -> Change:
    def make(kind: str, **words: Any) -> dict[str, Any]:
        return session.apply(read_edit({"kind": kind, "revision": session.state()["revision"], **words}))

    return make


def regions(folder: Path) -> dict[str, Any]:
    return {region.id: region for region in plan_of(folder).regions}


def opened(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)


def test_a_decision_is_written_and_marked(change: Change, tmp_path: Path) -> None:
    state = change("decide", shot=0, region="r1", decision="erase")
    assert state["shots"][0]["regions"][0]["decided_by"] == "person"
    region = regions(tmp_path)["r1"]
    assert (region.decision, region.decided_by) == ("erase", "person") and region.edit is not None
    change("decide", shot=0, region="r1", decision="keep")
    assert regions(tmp_path)["r1"].edit is None


def test_areas_are_drawn_nudged_timed_and_removed(change: Change, tmp_path: Path) -> None:
    change("draw", shot=0, box=[10, 20, 30, 10], at=0, start=2, end=9)
    area = regions(tmp_path)["area-1"]
    assert (area.edit.start, area.edit.end, area.quads[2].box()) == (2, 9, plan_box(10, 20, 30, 10))
    change("place", shot=0, region="area-1", dx=4, dy=-2, start=3, end=20)
    area = regions(tmp_path)["area-1"]
    assert (area.edit.start, area.edit.end) == (3, FRAMES)
    assert area.quads[3].box() == plan_box(14, 18, 30, 10) and set(area.quads) == set(range(2, FRAMES))
    change("reset", shot=0, region="area-1")
    assert "area-1" not in regions(tmp_path)


def plan_box(x: int, y: int, w: int, h: int) -> Any:
    return type(BOX)(x, y, w, h)


def test_what_is_expected_goes_into_plan_and_project(change: Change, project: Path, tmp_path: Path) -> None:
    change("expect", shot=0, region="r1", text="COLD BREW")
    assert regions(tmp_path)["r1"].expected == "COLD BREW"
    text = project.read_text(encoding="utf-8")
    assert tomllib.loads(text)["shots"][0]["text"] == ["COLD BREW"]
    assert all(comment in text for comment in ("# the launch", "# as the client calls it", "# of two", "# by hand"))


def test_captions_are_edited_beside_their_source(
    change: Change, session: ReviewSession, project: Path, tmp_path: Path
) -> None:
    before = (tmp_path / "words.vtt").read_bytes()
    change("caption", cue=0, start=0.1, end=0.55, text="Hello you", anchor="top")
    assert (tmp_path / "words.vtt").read_bytes() == before
    job = read_project(project)
    assert job.captions is not None and job.captions.source.name == "words.reviewed.vtt"
    cue = session.state()["captions"]["cues"][0]
    assert (cue["start"], cue["end"], cue["text"], cue["anchor"]) == (0.1, 0.55, "Hello you", "top")
    assert [word["text"] for word in cue["words"]] == ["Hello", "you"]
    reopened = ReviewSession(project, (), None, listen=lambda _: None)
    assert reopened.state()["captions"]["cues"] == session.state()["captions"]["cues"]
    reopened.close()
    change("style", style="pop")
    assert tomllib.loads(project.read_text())["captions"]["style"] == "pop"


def test_a_candidate_is_chosen_and_left_to_the_ranking_again(change: Change, project: Path, tmp_path: Path) -> None:
    change("decide", shot=0, region="r1", decision="erase")
    state = change("choose", shot=0, clip=1)
    assert state["shots"][0]["clip"] == "b.mov"
    assert tomllib.loads(project.read_text())["shots"][0]["choice"] == "b.mov"
    change("choose", shot=0, clip=0)
    assert regions(tmp_path)["r1"].decision == "erase", "what was decided about the first waited for it"
    change("choose", shot=0, clip=None)
    assert "choice" not in tomllib.loads(project.read_text())["shots"][0]


def test_two_tabs_cannot_undo_each_other_unseen(session: ReviewSession, tmp_path: Path) -> None:
    seen = session.state()["revision"]
    first = {"kind": "decide", "revision": seen, "shot": 0, "region": "r1", "decision": "erase"}
    session.apply(read_edit(first))
    with pytest.raises(StaleEdit):
        session.apply(read_edit({**first, "decision": "cover"}))
    assert regions(tmp_path)["r1"].decision == "erase"
    session.apply(read_edit({"kind": "style", "revision": seen, "style": "pop"}))


def test_what_is_accepted_is_so_until_the_plan_changes(change: Change, project: Path) -> None:
    assert change("accept", shot=0, accepted=True)["shots"][0]["accepted"]
    again = ReviewSession(project, (), None, listen=lambda _: None)
    assert again.state()["shots"][0]["accepted"]
    again.close()
    assert not change("decide", shot=0, region="r1", decision="reject")["shots"][0]["accepted"]


@pytest.mark.parametrize(
    "words",
    [
        {"kind": "decide", "shot": 7, "region": "r1", "decision": "keep"},
        {"kind": "decide", "shot": 0, "region": "none", "decision": "keep"},
        {"kind": "decide", "shot": 0, "region": "r1", "decision": "melt"},
        {"kind": "draw", "shot": 0, "box": [500, 500, 9, 9], "at": 0, "start": 0, "end": 3},
        {"kind": "draw", "shot": 0, "box": [0, 0, 9, 9], "at": 0, "start": 5, "end": 5},
        {"kind": "caption", "cue": 0, "start": 3, "end": 1, "text": "x"},
        {"kind": "caption", "cue": 9, "start": 0, "end": 1, "text": "x"},
        {"kind": "choose", "shot": 0, "clip": 5},
        {"kind": "launch"},
        {},
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    session: ReviewSession, tmp_path: Path, words: dict[str, Any]
) -> None:
    before = plan_of(tmp_path).digest(), (tmp_path / "project.toml").read_bytes()
    with pytest.raises((InvalidValue, UsageError)):
        session.apply(read_edit({"revision": 10**6, **words}))
    assert (plan_of(tmp_path).digest(), (tmp_path / "project.toml").read_bytes()) == before


def test_pictures_waveform_and_captions_are_shown(session: ReviewSession) -> None:
    assert opened(session.frame(0, 3)).shape == (192, 108, 3)
    assert opened(session.frame(0, 10**6)).shape == (192, 108, 3), "the last one for a frame beyond the end"
    plain, styled = opened(session.caption_frame(0, None)), opened(session.caption_frame(0, "karaoke"))
    assert plain.shape == styled.shape and np.abs(plain - styled).max() > 60
    wave = session.waveform()
    assert len(wave["peaks"]) == pytest.approx(1.2 * wave["per_second"], abs=2) and 0.05 < max(wave["peaks"]) <= 1


def test_what_nobody_waits_for_comes_last_and_nothing_after_the_end() -> None:
    jobs, done = Jobs(), list[str]()
    for name, awaited in (("prepare", False), ("analyse", True), ("preview", True)):
        jobs.put(lambda name=name: done.append(name), awaited=awaited)
    for _ in range(2):
        job = jobs.next()
        assert job is not None
        job()
    jobs.end()
    assert jobs.next() is None and done == ["analyse", "preview"]


@pytest.mark.slow
def test_a_region_is_previewed_and_the_next_run_obeys(
    session: ReviewSession, change: Change, project: Path, said: list[dict[str, Any]], tmp_path: Path
) -> None:
    change("draw", shot=0, box=[BOX.x, BOX.y, BOX.w, BOX.h], at=0, start=0, end=FRAMES, decision="cover")
    session.preview(0, "area-1")
    until(lambda: any(event["kind"] == "previewed" for event in said))
    before, after = opened(session.frame(0, 5)), opened(session.repaired_frame(0, 5))
    inside = np.s_[BOX.y + 5 : BOX.bottom - 5, BOX.x + 5 : BOX.right - 5]
    assert np.abs(before[inside] - after[inside]).mean() > 5
    assert np.abs(before[120:] - after[120:]).mean() < 3
    session.close()
    report = overlaycut.run(project, tmp_path / "out")
    shown = next(iter(Clip(report.master).frames())).rgb().astype(int)
    assert np.abs(shown[inside] - after[inside]).mean() < np.abs(shown[inside] - before[inside]).mean() / 2
    assert regions(tmp_path)["area-1"].decided_by == "person", "the person's word survives the run"
