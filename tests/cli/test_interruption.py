"""Commands that are stopped at any moment: old outputs stay, nothing half-written remains, and they leave at once.

The moments of CI are few; OVERLAYCUT_MOMENTS sets how many there are of each command and signal (docs/reliability.md
has the figures of a long run).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from overlaycut.errors import ExitCode
from overlaycut.media import Clip, write_text
from simulator import random_scene, simulate, write_clip

pytestmark = pytest.mark.slow

STOPS = {
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.INTERRUPTED,
    signal.SIGKILL: -signal.SIGKILL,
}
MOMENTS = int(os.environ.get("OVERLAYCUT_MOMENTS", "3"))
"""At which each command is stopped, spread over the time that it takes."""
SECONDS = 2.0
"""Within which a command has to leave once it is asked to; a busy machine gets three times as long."""


@dataclass(frozen=True)
class Job:
    command: tuple[str, ...]
    outputs: tuple[Path, ...]
    errors: Path
    lasts: float

    def start(self) -> subprocess.Popen[bytes]:
        """The command's process, once it has come to the command: before, Python and its signals are not ours."""
        words = [sys.executable, "-c", STUB, *self.command]
        with self.errors.open("wb") as errors:
            process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
        assert process.stdout is not None
        assert process.stdout.read(1) == b"."
        return process


STUB = """import signal, sys; from overlaycut.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # even where the tests run in the background
print(end=".", flush=True); main()"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("interrupted")
    clip = simulate(random_scene(3, width=480, height=854, frames=24))
    Image.fromarray(clip.still()).save(folder / "still.png")
    write_clip(folder / "clip.mp4", clip.frames(), Fraction(24))
    return folder / "clip.mp4", folder / "still.png"


@pytest.fixture(params=["clean", "export", "run"])
def job(request: pytest.FixtureRequest, drawn: tuple[Path, Path], tmp_path: Path) -> Iterator[Job]:
    clip, still = drawn
    out = tmp_path / "out"
    if request.param == "clean":
        command = ("clean", str(clip), "--still", str(still), "--no-cache", "-o", str(out / "clean.mp4"))
        names = ("clean.mp4",)
    elif request.param == "export":
        command = ("export", str(clip), "--to", "tiktok,feed-1x1", "--no-cache", "-o", str(out))
        names = ("tiktok.mp4", "feed-1x1.mp4")
    else:
        project = tmp_path / "project.toml"
        shot = f'still = "{still.as_posix()}"\nclip = "{clip.as_posix()}"\n'
        project.write_text(f'[project]\nname = "p"\noutputs = ["tiktok"]\n[[shots]]\n{shot}', encoding="utf-8")
        command, names = ("run", str(project), "--no-cache", "-o", str(out)), ("master.mp4", "tiktok.mp4")
    whole = Job(command, tuple(out / name for name in names), tmp_path / "stderr", 0.0)
    process, begun = whole.start(), time.monotonic()
    process.communicate(timeout=300)
    assert process.returncode in (0, 1), whole.errors.read_text()
    yield replace(whole, lasts=time.monotonic() - begun)


def is_whole(path: Path) -> bool:
    """Whether a file is what was there before, or all of what takes its place."""
    return path.read_bytes() == b"what was there" or Clip(path).full_facts.frames is not None


@pytest.mark.parametrize("how", list(STOPS), ids=lambda how: how.name)
def test_a_stopped_command_leaves_what_was_there(job: Job, how: signal.Signals) -> None:
    moments = [(n + 0.5) / MOMENTS for n in range(MOMENTS)]
    slowest = 0.0
    for moment in moments:
        for path in job.outputs:
            write_text(path, "what was there")
        before = {path.name for path in job.outputs[0].parent.iterdir()}
        process = job.start()
        time.sleep(moment * job.lasts)
        asked = time.monotonic()
        os.killpg(process.pid, how) if how is signal.SIGKILL else process.send_signal(how)
        process.communicate(timeout=60)
        code = process.returncode
        slowest = max(slowest, time.monotonic() - asked)
        if code in (0, 1):
            continue  # it was done before it was asked
        assert code == STOPS[how], f"at {moment:.2f}: {job.errors.read_text()}"
        left = {path.name for path in job.outputs[0].parent.iterdir()} - before
        if how is signal.SIGKILL:
            assert all(".part" in name or name == "plans" for name in left), f"at {moment:.2f}: {left}"
        else:
            assert left <= {"plans"}, f"at {moment:.2f}: {left}"
        assert all(map(is_whole, job.outputs)), f"at {moment:.2f}"
    print(f"{job.command[0]}, {how.name}: {len(moments)} moments, at most {slowest:.2f} s to leave")
    # Beside other work everything takes longer, the whole job as well; one that heeds nothing takes 0.8 of it to end.
    assert slowest < max(3 * SECONDS, 0.6 * job.lasts)
