"""One pass, many files: each is what it would be alone, and a failure stays where it happened."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import pytest

from draw import number_in, scene_frames
from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame
from overlaycut.deliver.fanout import Branch, Output, fan_out, fan_out_in_turns
from overlaycut.errors import OutputError, OverlaycutError
from overlaycut.media import Clip, Encoding, WrittenFile, write_clip

T = TypeVar("T")

TICK = Fraction(1, 25)


def in_time(work: Callable[[], T], seconds: float = 20) -> T:
    """What `work` returns or raises; a failure when it does not end."""
    answers: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(work())
        except BaseException as error:
            errors.append(error)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(seconds)
    assert not worker.is_alive(), f"still at it after {seconds} s"
    if errors:
        raise errors[0]
    return answers[0]


def mp4(folder: Path, name: str, *, crf: float = 20) -> Output:
    path = folder / f"{name}.mp4"
    encoding = Encoding(crf=crf, preset="ultrafast", threads=1)
    return Output(name, path, lambda frames: write_clip(frames, path, tick=TICK, encoding=encoding))


def taker(name: str, folder: Path, count: int) -> Output:
    """Stops reading after `count` frames and is content."""

    def write(frames: Iterator[Frame]) -> WrittenFile:
        for _ in range(count):
            next(frames)
        return WrittenFile(folder / name, count, Fraction(0), 0)

    return Output(name, folder / name, write)


def failing(name: str, folder: Path, error: BaseException, after: int = 0) -> Output:
    def write(frames: Iterator[Frame]) -> WrittenFile:
        def broken() -> Iterator[Frame]:
            for count, frame in enumerate(frames):
                if count == after:
                    raise error
                yield frame

        return write_clip(broken(), folder / f"{name}.mp4", tick=TICK, encoding=Encoding(preset="ultrafast"))

    return Output(name, folder / f"{name}.mp4", write)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_file_is_what_it_would_be_alone(tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    together = in_time(lambda: fan_out(scene_frames(40), [mp4(tmp_path, "a"), mp4(tmp_path, "b", crf=35)]))
    for name, crf in (("a", 20), ("b", 35)):
        mp4(tmp_path / "alone", name, crf=crf).write(scene_frames(40))
        assert (tmp_path / f"{name}.mp4").read_bytes() == (tmp_path / "alone" / f"{name}.mp4").read_bytes()
        written = together[name]
        assert isinstance(written, WrittenFile)
        assert (written.frames, written.duration) == (40, Fraction(8, 5))
    assert [number_in(frame.y) for frame in Clip(tmp_path / "a.mp4").frames()] == list(range(40))
    assert files(tmp_path) == ["a.mp4", "alone", "b.mp4"]


@pytest.mark.parametrize("after", [0, 1, 20])
def test_one_that_fails_does_not_disturb_the_others(tmp_path: Path, after: int) -> None:
    error = OutputError("no space left")
    outputs = [mp4(tmp_path, "a"), failing("bad", tmp_path, error, after), mp4(tmp_path, "b")]
    results = in_time(lambda: fan_out(scene_frames(40), outputs))
    assert results["bad"] is error
    for name in ("a", "b"):
        written = results[name]
        assert isinstance(written, WrittenFile) and written.frames == 40
        assert Clip(written.path).full_facts.frames == 40
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert files(tmp_path) == ["a.mp4", "b.mp4"]


def test_when_all_have_failed_the_source_is_not_read_to_its_end(tmp_path: Path) -> None:
    taken = 0

    def frames() -> Iterator[Frame]:
        nonlocal taken
        for frame in scene_frames(2000):
            taken += 1
            yield frame

    outputs = [failing(name, tmp_path, OutputError("full")) for name in ("a", "b")]
    results = in_time(lambda: fan_out(frames(), outputs))
    assert all(isinstance(result, OutputError) for result in results.values())
    assert taken < 500
    assert files(tmp_path) == []


@pytest.mark.parametrize("error", [RuntimeError("broke"), OverlaycutError("broke"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("after", [0, 1, 30])
def test_a_source_that_fails_leaves_no_file(tmp_path: Path, error: BaseException, after: int) -> None:
    def frames() -> Iterator[Frame]:
        yield from scene_frames(after)
        raise error

    (tmp_path / "a.mp4").write_bytes(b"what was there")
    before = threading.active_count()
    with pytest.raises(type(error)) as caught:
        in_time(lambda: fan_out(frames(), [mp4(tmp_path, "a"), mp4(tmp_path, "b")]))
    assert caught.value is error
    assert files(tmp_path) == ["a.mp4"]
    assert (tmp_path / "a.mp4").read_bytes() == b"what was there"
    assert threading.active_count() == before


def test_a_bug_in_one_is_raised_after_the_others_are_done(tmp_path: Path) -> None:
    outputs = [mp4(tmp_path, "a"), failing("bad", tmp_path, ZeroDivisionError("bug"), 3)]
    with pytest.raises(ZeroDivisionError, match="bug"):
        in_time(lambda: fan_out(scene_frames(30), outputs))
    assert files(tmp_path) == ["a.mp4"]
    assert Clip(tmp_path / "a.mp4").full_facts.frames == 30


@pytest.mark.parametrize("count", [0, 1, 5])
def test_one_that_stops_reading_does_not_hold_the_others_up(tmp_path: Path, count: int) -> None:
    results = in_time(lambda: fan_out(scene_frames(60), [taker("short", tmp_path, count), mp4(tmp_path, "a")]))
    assert results["short"] == WrittenFile(tmp_path / "short", count, Fraction(0), 0)
    written = results["a"]
    assert isinstance(written, WrittenFile) and written.frames == 60


def test_a_slow_one_does_not_make_frames_pile_up(tmp_path: Path) -> None:
    ahead = []
    taken = given = 0

    def frames() -> Iterator[Frame]:
        nonlocal given
        for frame in scene_frames(40, size=(16, 16)):
            given += 1
            ahead.append(given - taken)
            yield frame

    def slow(source: Iterator[Frame]) -> WrittenFile:
        nonlocal taken
        for _ in source:
            threading.Event().wait(0.005)
            taken += 1
        return WrittenFile(tmp_path, taken, Fraction(0), 0)

    in_time(lambda: fan_out(frames(), [Output("slow", tmp_path, slow), taker("fast", tmp_path, 40)]))
    assert taken == 40
    assert max(ahead) <= 3 + 2


def test_frames_arrive_in_order_and_are_the_same_objects(tmp_path: Path) -> None:
    frames = list(scene_frames(30, size=(16, 16)))
    seen: dict[str, list[Frame]] = {"a": [], "b": []}

    def keep(name: str) -> Output:
        def write(source: Iterator[Frame]) -> WrittenFile:
            seen[name].extend(source)
            return WrittenFile(tmp_path, len(seen[name]), Fraction(0), 0)

        return Output(name, tmp_path, write)

    in_time(lambda: fan_out(iter(frames), [keep("a"), keep("b")]))
    assert all(one is other for name in seen for one, other in zip(seen[name], frames, strict=True))


def test_nothing_to_read_is_told_by_each(tmp_path: Path) -> None:
    results = in_time(lambda: fan_out(iter([]), [mp4(tmp_path, "a"), mp4(tmp_path, "b")]))
    assert [type(result).__name__ for result in results.values()] == ["NoPicture", "NoPicture"]
    assert files(tmp_path) == []


def test_nowhere_to_write_is_no_work(tmp_path: Path) -> None:
    assert in_time(lambda: fan_out(scene_frames(5), [])) == {}


def test_two_outputs_need_two_names(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'a' is there twice"):
        in_time(lambda: fan_out(scene_frames(5), [mp4(tmp_path, "a"), mp4(tmp_path, "a")]))
    assert files(tmp_path) == []


def test_a_branch_shapes_once_for_all_its_files(tmp_path: Path) -> None:
    shaped = 0

    def halved(frames: Iterator[Frame]) -> Iterator[Frame]:
        nonlocal shaped
        for frame in frames:
            shaped += 1
            yield frame

    outputs = [Branch(halved, [mp4(tmp_path, "a"), mp4(tmp_path, "b")]), mp4(tmp_path, "c")]
    results = in_time(lambda: fan_out(scene_frames(30), outputs))
    assert shaped == 30
    assert set(results) == {"a", "b", "c"}
    assert len({(tmp_path / f"{name}.mp4").read_bytes() for name in "abc"}) == 1


def test_a_branch_that_fails_fails_alone(tmp_path: Path) -> None:
    error = OutputError("no shape")

    def broken(frames: Iterator[Frame]) -> Iterator[Frame]:
        yield next(frames)
        raise error

    outputs = [Branch(broken, [mp4(tmp_path, "a"), mp4(tmp_path, "b")]), mp4(tmp_path, "c")]
    results = in_time(lambda: fan_out(scene_frames(30), outputs))
    assert (results["a"], results["b"]) == (error, error)
    assert isinstance(results["c"], WrittenFile)
    assert files(tmp_path) == ["c.mp4"]


def test_a_source_that_fails_leaves_no_file_of_a_branch(tmp_path: Path) -> None:
    def frames() -> Iterator[Frame]:
        yield from scene_frames(10)
        raise RuntimeError("broke")

    branch = Branch(lambda frames: frames, [mp4(tmp_path, "a"), mp4(tmp_path, "b")])
    with pytest.raises(RuntimeError, match="broke"):
        in_time(lambda: fan_out(frames(), [branch]))
    assert files(tmp_path) == []


@pytest.mark.parametrize(("at_once", "passes"), [(1, 5), (2, 3), (3, 2), (5, 1), (9, 1)])
def test_in_turns_the_same_files_come_out(tmp_path: Path, at_once: int, passes: int) -> None:
    taken = 0

    def frames() -> Iterator[Frame]:
        nonlocal taken
        taken += 1
        return scene_frames(12)

    shape: Stage = lambda frames: frames  # noqa: E731
    outputs = [Branch(shape, [mp4(tmp_path, name) for name in "abc"]), mp4(tmp_path, "d"), mp4(tmp_path, "e")]
    results = in_time(lambda: fan_out_in_turns(frames, outputs, at_once=at_once))
    assert taken == passes
    assert sorted(results) == list("abcde")
    assert all(isinstance(result, WrittenFile) and result.frames == 12 for result in results.values())
