"""A worker process for tests: speaks the protocol, and does with a job what the name of its project says."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from overlaycut.batch.channel import Channel
from overlaycut.batch.jobs import Job, Outcome
from overlaycut.core.serial import Packed, pack, unpack


def act(channel: Channel, job: Job) -> None:
    match job.project.stem.split("-")[0]:
        case "dies":
            os.kill(os.getpid(), 9)
        case "once":  # dies the first time
            mark = job.out / "died"
            if not mark.exists():
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()
                os._exit(7)
        case "hangs":
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            job.out.mkdir(parents=True, exist_ok=True)
            (job.out / "child").write_text(str(child.pid), encoding="utf-8")
            time.sleep(600)
        case "prints":
            print('{"outcome": "not one"}', file=sys.stderr)
        case "half":
            os.write(channel._outgoing.fileno(), b'{"outcome": {"key":')  # cut off in the middle of a message
            os._exit(3)
    channel.send(outcome=pack(Outcome(key=job.key, exit_code=0, seconds=0.1)).document)


def main() -> None:
    channel = Channel(sys.stdin, os.fdopen(os.dup(1), "w", encoding="utf-8"))
    for message in channel.received():
        if "stop" in message:
            return
        if "job" in message:
            job = unpack(Job, Packed(message["job"]))
            log = Path(os.environ["ACTING_LOG"])
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{job.key}\n")
            act(channel, job)


if __name__ == "__main__":
    main()
