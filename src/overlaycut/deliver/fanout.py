"""One stream of frames into several files at once, each in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from overlaycut.core.flow import Handoff
from overlaycut.core.frame import Frame
from overlaycut.errors import OverlaycutError
from overlaycut.media import Written

_DEPTH = 3
"""Frames that may wait for each file; with five files of 1080×1920 that is some 50 MB in all."""


@dataclass(frozen=True, slots=True)
class Output:
    """One file to be written: its name among the others, and how frames become it."""

    name: str
    path: Path
    write: Callable[[Iterator[Frame]], Written]
    """Reads every frame it is given and writes `path`; runs in its own thread."""


def fan_out(frames: Iterator[Frame], outputs: Sequence[Output]) -> Mapping[str, Written | OverlaycutError]:
    """Write all `outputs` from one pass over `frames`.

    A file that fails says so in the result and does not disturb the others; when all have failed, or the frames
    themselves fail, no file is left half-written. Raises what the frames raise, and any error that is not ours.
    """
    names = [output.name for output in outputs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"outputs are told apart by their names, and {twice!r} is there twice")
    results: dict[str, Written | OverlaycutError] = {}
    crashes: list[BaseException] = []
    handoffs = {output.name: Handoff[Frame](_DEPTH) for output in outputs}

    def work(output: Output) -> None:
        handoff = handoffs[output.name]
        try:
            results[output.name] = output.write(iter(handoff))
        except OverlaycutError as error:
            results[output.name] = error
        except BaseException as error:  # raised below, in the caller's thread
            crashes.append(error)
        finally:
            handoff.close()

    workers = [Thread(target=work, args=(output,), name=output.name, daemon=True) for output in outputs]
    for worker in workers:
        worker.start()
    reason: BaseException | None = None
    try:
        for frame in frames:
            # Not any() over a generator: every file must be offered the frame.
            taken = [handoff.put(frame) for handoff in handoffs.values()]
            if not any(taken):
                break
    except BaseException as error:
        reason = error
        raise
    finally:
        for handoff in handoffs.values():
            handoff.end(_Stopped(reason) if reason is not None else None)
        for worker in workers:
            worker.join()
    if crashes:
        raise crashes[0]
    return results


class _Stopped(OverlaycutError):
    """Tells the writers that the frames broke off, so that nothing half-written is kept."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__(f"the frames broke off: {reason}")
