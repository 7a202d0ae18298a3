"""One stream of frames into several files at once, each in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from overlaycut.core.flow import Handoff, Stage
from overlaycut.core.frame import Frame
from overlaycut.errors import OverlaycutError
from overlaycut.media import WrittenFile, abandon

_QUEUE_DEPTH = 3
"""Frames that may wait for each file; with five files of 1080×1920 that is some 50 MB in all."""


@dataclass(frozen=True, slots=True)
class Output:
    """One file to be written: its name among the others, and how frames become it."""

    name: str
    path: Path
    write: Callable[[Iterator[Frame]], WrittenFile]
    """Reads every frame it is given and writes `path`; runs in its own thread."""


@dataclass(frozen=True, slots=True)
class Branch:
    """Files that start from the same pictures: `shape` is done once for all of them, in a thread of its own."""

    shape: Stage
    outputs: Sequence[Output]


def fan_out(frames: Iterator[Frame], outputs: Sequence[Output | Branch]) -> Mapping[str, WrittenFile | OverlaycutError]:
    """Write all `outputs` from one pass over `frames`.

    A file that fails has its error in the result and does not disturb the others; when all have failed, or the frames
    themselves fail, no file is left half-written. Raises what the frames raise, and any error that is not ours.
    """
    names = [name for output in outputs for name in _names(output)]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"outputs need names of their own, and {twice!r} is there twice")
    results: dict[str, WrittenFile | OverlaycutError] = {}
    crashes: list[BaseException] = []
    _spread(frames, outputs, results, crashes)
    if crashes:
        raise crashes[0]
    return results


def fan_out_in_turns(
    frames: Callable[[], Iterator[Frame]], outputs: Sequence[Output | Branch], *, at_once: int
) -> Mapping[str, WrittenFile | OverlaycutError]:
    """As `fan_out`, with no more than `at_once` encoders at work; each turn is a pass of its own over the frames."""
    results: dict[str, WrittenFile | OverlaycutError] = {}
    for turn in _turns(outputs, max(at_once, 1)):
        results |= fan_out(frames(), turn)
    return results


def _turns(outputs: Sequence[Output | Branch], at_once: int) -> Iterator[list[Output | Branch]]:
    turn: list[Output | Branch] = []
    room = at_once
    for output in outputs:
        parts = [output] if isinstance(output, Output) else list(output.outputs)
        while parts:
            taken, parts = parts[:room], parts[room:]
            turn.append(output if isinstance(output, Output) else Branch(output.shape, taken))
            room -= len(taken)
            if not room:
                yield turn
                turn, room = [], at_once
    if turn:
        yield turn


def _names(output: Output | Branch) -> list[str]:
    return [output.name] if isinstance(output, Output) else [part.name for part in output.outputs]


def _spread(
    frames: Iterator[Frame],
    outputs: Sequence[Output | Branch],
    results: dict[str, WrittenFile | OverlaycutError],
    crashes: list[BaseException],
) -> None:
    """Hand every frame to every output; raises what the frames raise, after all threads have ended."""
    handoffs = [Handoff[Frame](_QUEUE_DEPTH) for _ in outputs]
    workers = [
        Thread(target=_write, args=(output, handoff, results, crashes), name="+".join(_names(output)), daemon=True)
        for output, handoff in zip(outputs, handoffs, strict=True)
    ]
    for worker in workers:
        worker.start()
    reason: BaseException | None = None
    try:
        for frame in frames:
            # Not any() over a generator: every file must be offered the frame.
            taken = [handoff.put(frame) for handoff in handoffs]
            if not any(taken):
                break
    except BaseException as error:
        reason = error
        raise
    finally:
        for handoff in handoffs:
            handoff.end(_Stopped(reason) if reason is not None else None)
        try:
            for worker in workers:
                worker.join()
        except BaseException:  # interrupted while encoders empty themselves, which nothing can hasten
            for output in outputs:
                for file in [output] if isinstance(output, Output) else output.outputs:
                    abandon(file.path)
            raise


def _write(
    output: Output | Branch,
    handoff: Handoff[Frame],
    results: dict[str, WrittenFile | OverlaycutError],
    crashes: list[BaseException],
) -> None:
    """Write one output, or all of a branch, from the frames of `handoff`; runs in a thread of its own."""
    try:
        if isinstance(output, Branch):
            _spread(output.shape(iter(handoff)), output.outputs, results, crashes)
        else:
            results[output.name] = output.write(iter(handoff))
    except OverlaycutError as error:
        for name in _names(output):
            results[name] = error
    except BaseException as error:  # raised by `fan_out`, in the caller's thread
        crashes.append(error)
    finally:
        handoff.close()


class _Stopped(OverlaycutError):
    """Raised in the writers when the frames break off, so that nothing half-written is kept."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__(f"the frames broke off: {reason}")
