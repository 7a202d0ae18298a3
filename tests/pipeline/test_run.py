"""A job does each step once, tells why, and in explain mode does nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from overlaycut.errors import Cancelled, UsageError
from overlaycut.pipeline import Cancellation, Event, Expected, Monitor, NotStored, Pipeline, Step, Store, monitor_of


@dataclass(frozen=True, slots=True)
class Note:
    text: str


def step(subject: str = "a", name: str = "analyse", **settings: Any) -> Step[Note]:
    return Step(name=name, subject=subject, version=1, artifact=Note, inputs={"clip": subject}, settings=settings)


class Work:
    """Counts how often it was done."""

    def __init__(self, text: str = "done") -> None:
        self.text, self.times = text, 0

    def __call__(self) -> Note:
        self.times += 1
        return Note(self.text)


def told(pipeline: Pipeline) -> list[tuple[str, str, str, str]]:
    return [(one.step, one.subject, one.state, one.why) for one in pipeline.log]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def test_a_result_is_made_once_and_then_read(store: Store) -> None:
    work = Work()
    first, second = Pipeline(store, job="p"), Pipeline(store, job="p")
    assert first.result(step(), work) == first.result(step(), work) == second.result(step(), work) == Note("done")
    assert work.times == 1
    assert told(first) == [("analyse", "a", "ran", "never run")]
    assert told(second) == [("analyse", "a", "stored", "")]
    third = Pipeline(store, job="p")
    third.result(step(style="pop"), work)
    assert told(third) == [("analyse", "a", "ran", 'settings.style changed (null → "pop")')]
    assert third.warnings == ()


def test_what_may_not_be_kept_is_made_once_in_every_job(store: Store) -> None:
    work, pipeline = Work(), Pipeline(store)
    for _ in range(2):
        pipeline.result(replace(step(), kept=False), work)
    assert work.times == 1 and not store.holds(step())
    Pipeline(store).result(replace(step(), kept=False), work)
    assert work.times == 2
    assert "plug-in" in pipeline.log[0].why


def test_what_is_not_held_is_read_again_where_there_is_a_store(store: Store) -> None:
    for where, same in ((store, False), (None, True)):
        work, pipeline = Work(), Pipeline(where)
        one, other = (pipeline.result(step(), work, held=False) for _ in range(2))
        assert one == other and (one is other) == same and work.times == 1


def test_without_a_store_results_are_still_made_once_in_a_job() -> None:
    work, pipeline = Work(), Pipeline()
    assert pipeline.result(step(), work) == pipeline.result(step(), work)
    assert work.times == 1
    assert told(pipeline)[0] == ("analyse", "a", "ran", "nothing is stored")


def test_steps_of_one_pass_are_made_together_as_far_as_they_are_stale(store: Store) -> None:
    steps = [step(platform, "deliver") for platform in ("tiktok", "reels", "shorts")]
    Pipeline(store).result(steps[1], Work("old"))
    asked: list[list[str]] = []

    def work(stale: Sequence[Step[Any]]) -> dict[tuple[str, str], Note]:
        asked.append([one.subject for one in stale])
        return {one.key: Note(one.subject) for one in stale if one.subject != "shorts"}

    pipeline = Pipeline(store)
    made = pipeline.results(steps, work)
    assert asked == [["tiktok", "shorts"]]
    assert made == {("deliver", "reels"): Note("old"), ("deliver", "tiktok"): Note("tiktok")}
    assert [one.state for one in pipeline.log] == ["stored", "ran", "failed"]
    Pipeline(store).results(steps, work)
    assert asked[1] == ["shorts"], "what failed is tried again"


def test_explaining_does_nothing_and_says_what_would_run(store: Store) -> None:
    work = Work()
    Pipeline(store).result(step(), work)
    pipeline = Pipeline(store, explain=True)
    assert pipeline.result(step(), work) == Note("done")
    with pytest.raises(NotStored) as missing:
        pipeline.result(step("b"), work)
    pipeline.waits("estimate", "b", missing.value)
    assert work.times == 1
    assert told(pipeline) == [
        ("analyse", "a", "stored", ""),
        ("analyse", "b", "would run", "never run"),
        ("estimate", "b", "would run", "waits for analyse b"),
    ]


def test_of_many_steps_that_are_missing_a_few_are_named() -> None:
    assert str(NotStored(("analyse", name) for name in "abcd")) == "analyse a, analyse b and 2 more"
    assert str(NotStored([("analyse", "a"), ("faces", "a")])) == "analyse a, faces a"


def test_a_step_that_raises_is_recorded_and_not_stored(store: Store) -> None:
    def fails() -> Note:
        raise UsageError("no")

    pipeline = Pipeline(store)
    with pytest.raises(UsageError):
        pipeline.result(step(), fails)
    assert told(pipeline) == [("analyse", "a", "failed", "never run")]
    assert not store.holds(step())


def test_warnings_of_the_store_reach_the_job(store: Store, tmp_path: Path) -> None:
    Pipeline(store).result(step(), Work())
    (next((tmp_path / "cache" / "entries").iterdir()) / "artifact.json").write_text("")
    pipeline = Pipeline(Store(tmp_path / "cache"))
    pipeline.result(step(), Work())
    assert told(pipeline) == [("analyse", "a", "ran", "its stored result was damaged")]
    assert "damaged" in pipeline.warnings[0]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_events_say_how_far_the_whole_job_is(store: Store) -> None:
    heard: list[Event] = []
    passed: list[tuple[str, int, int | None]] = []
    clock = Clock()
    monitor = Monitor(lambda *seen: passed.append(seen), heard.append, clock=clock)
    monitor.expect([Expected("analyse", "a", 3.0), Expected("deliver", "tiktok", 1.0)])

    def work() -> Note:
        for label in ("look", "judge"):
            for n in range(5):
                clock.now += 0.25
                monitor(label, n, 4)
        return Note("")

    Pipeline(store, monitor).result(step(), work)
    Pipeline(store, monitor).result(step("tiktok", "deliver"), lambda: monitor("encode", 1, 2) or Note(""))  # type: ignore[func-returns-value]
    Pipeline(store, monitor).result(step(), work)
    shares = [event.share for event in heard]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1
    assert heard[4].share == pytest.approx(0.75 * 0.95) and (heard[4].step, heard[4].subject) == ("analyse", "a")
    assert heard[4].frames_per_second == pytest.approx(4.0)
    assert heard[4].seconds_left == pytest.approx(1.25 * (1 - heard[4].share) / heard[4].share)
    assert heard[0].seconds_left is None and heard[0].frames_per_second is None
    assert heard[-1].stored and not any(event.stored for event in heard[:-1])
    assert passed[0] == ("look", 0, 4) and len(passed) == 11


def test_unexpected_steps_never_make_the_share_fall(store: Store) -> None:
    heard: list[Event] = []
    monitor = Monitor(listen=heard.append)
    for n in range(6):
        Pipeline(store, monitor).result(step(str(n)), lambda: monitor("x", 1, 1) or Note(""))  # type: ignore[func-returns-value]
    monitor("outside of any step", 1, None)
    shares = [event.share for event in heard]
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1
    assert heard[-1].step == "" and heard[-1].total is None


def test_cancelling_stops_at_the_next_sign_of_progress(store: Store) -> None:
    cancellation = Cancellation()
    monitor = Monitor(cancellation=cancellation)

    def work() -> Note:
        monitor("look", 1, 9)
        cancellation.cancel()
        monitor("look", 2, 9)
        raise AssertionError

    pipeline = Pipeline(store, monitor)
    with pytest.raises(Cancelled) as stopped:
        pipeline.result(step(), work)
    assert stopped.value.exit_code == 130 and cancellation.cancelled
    assert told(pipeline) == [("analyse", "a", "failed", "never run")]
    with pytest.raises(Cancelled):
        pipeline.result(step("b"), Work())


def test_a_monitor_is_taken_as_it_is() -> None:
    monitor = Monitor()
    assert monitor_of(monitor) is monitor
    seen: list[str] = []
    monitor_of(lambda label, done, total: seen.append(label))("x", 1, 2)
    assert seen == ["x"]
