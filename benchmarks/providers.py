"""What generating costs here, and whether it is safe: many tasks with faults, and the price of polling.

    python benchmarks/providers.py [--tasks 100] [--polls 200] [--seconds 10]

The services are played by tests/fake_services.py in a process of its own, over real HTTP on the loopback interface; no
service is called. One task in ten meets a fault. What is paid is counted by the server. Memory is the resident set of
this process, which only generates. Polls are those of `HttpProvider.poll`, spread evenly.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import psutil

from common import print_environment

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from fake_services import KEYS  # noqa: E402
from generating import QUICK, TABLE, job  # noqa: E402
from overlaycut.providers import (  # noqa: E402
    HttpProvider,
    Job,
    Keys,
    Ledger,
    Provider,
    Task,
    TaskResult,
    TaskState,
    generate_all,
)

SERVICES = ("fal", "runway", "kling", "minimax-v1", "ark")
FAULTS = {
    "rate": TaskState.FETCHED, "flaky": TaskState.FETCHED, "absent": TaskState.FETCHED, "expired": TaskState.FETCHED,
    "cut": TaskState.FETCHED, "lie-short": TaskState.FETCHED, "lie-long": TaskState.FETCHED,
    "nsfw": TaskState.FAILED, "balance": TaskState.FAILED, "drop-after": TaskState.UNKNOWN,
}  # fmt: skip
"""What a task meets → how it has to end. A connection that breaks after a submission leaves a task of which nobody
knows, but at Kling, whose keys of tasks settle it."""
AT_ONCE = 4
"""Tasks at once of each service."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--polls", type=int, default=200, help="a second")
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    print_environment()
    command = [sys.executable, str(ROOT / "tests" / "fake_services.py")]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    port = int(server.stdout.readline())
    with tempfile.TemporaryDirectory() as folder:
        results = asyncio.run(tasks(port, given.tasks, Path(folder)))
        asyncio.run(polls(port, given.polls, given.seconds))
    said = json.loads(server.communicate("")[0])
    paid = sum(said["paid"].values()) - 1  # the task that was polled
    expected = sum(_is_paid(result) for result in results)
    print(f"paid, as the server counts: {paid}; tasks that were to be paid: {expected}")
    if paid != expected:
        raise SystemExit("some task was paid for twice, or not at all")


def providers(port: int) -> dict[str, Provider]:
    """The services, without pauses that only cost time here."""
    table = type(TABLE)(
        {name: row.model_copy(update={"concurrent": AT_ONCE}) for name, row in TABLE.providers.items()}, TABLE.models
    )
    quick = replace(QUICK, poll_seconds=0.05, patience_seconds=120)
    return {
        name: HttpProvider(
            name, table, keys=Keys(KEYS, keyring=False), base=f"http://127.0.0.1:{port}/{name}", parameters=quick,
            today=lambda: date(2026, 10, 1),
        )
        for name in SERVICES
    }  # fmt: skip


async def tasks(port: int, count: int, folder: Path) -> tuple[TaskResult, ...]:
    """Many tasks, one in ten with a fault; how they end, and the memory that they take."""
    faults, jobs, expected = list(FAULTS), [], {}
    faulty = random.Random(1).sample(range(count), count // 10)
    for n in range(count):
        service = SERVICES[n % len(SERVICES)]
        fault = faults[faulty.index(n) % len(faults)] if n in faulty else ""
        prompt = f"push in {n} [{fault}]" if fault else f"push in {n}"
        jobs.append(job(folder, service, prompt, take=n))
        safe = fault == "drop-after" and service == "kling"
        expected[jobs[-1].key] = TaskState.FETCHED if safe or not fault else FAULTS[fault]
    seen = Memory()
    made = providers(port)
    began, used = time.perf_counter(), time.process_time()
    with Ledger(folder / "ledger.sqlite") as ledger:
        results = await generate_all(jobs, made, ledger, listen=seen.listen)
        wall, used = time.perf_counter() - began, time.process_time() - used
        again = await generate_all(jobs, made, ledger)
    await close(made)
    wrong = [result for result in results if result.state != expected[result.job.key]]
    states = ", ".join(f"{state} {n}" for state, n in Counter(str(result.state) for result in results).items())
    print(f"{count} tasks of {len(SERVICES)} services, {len(faulty)} with a fault: {states}")
    print(
        f"ended otherwise than they had to: {len(wrong)}; {wall:.1f} s, {used / count * 1000:.1f} ms of processor each"
    )
    print(f"resident MiB after {seen.told()}")
    changed = sum(one.state != other.state for one, other in zip(results, again, strict=True))
    print(f"the same command again: {changed} tasks changed")
    if wrong:
        raise SystemExit(f"{wrong[0].job.provider} {wrong[0].job.request.prompt}: {wrong[0].state}, {wrong[0].error}")
    return results


def _is_paid(result: TaskResult) -> bool:
    """Whether the service made a task: not where it refused, or where it ended in moderation that costs nothing."""
    return bool(result.task_id) or result.state == TaskState.UNKNOWN


class Memory:
    """Resident memory after so many tasks."""

    def __init__(self) -> None:
        self.done = 0
        self.at: dict[int, float] = {}

    def listen(self, job: Job, state: TaskState, note: str) -> None:
        """Counts ends."""
        del job, note
        if state in (TaskState.FETCHED, TaskState.FAILED, TaskState.UNKNOWN):
            self.done += 1
            if self.done in (10, 25, 50, 75) or self.done % 100 == 0:
                self.at[self.done] = psutil.Process().memory_info().rss / 2**20

    def told(self) -> str:
        """Tasks and MiB."""
        return ", ".join(f"{done} tasks: {size:.0f}" for done, size in self.at.items())


async def polls(port: int, a_second: int, seconds: float) -> None:
    """The share of a core that so many polls a second take, median of single seconds."""
    made = providers(port)
    submitted = await made["runway"].submit(job(Path(), "runway", "[stuck]").request, key="polled")
    shares = []
    for _ in range(int(seconds)):
        began, used = time.perf_counter(), time.process_time()
        await asyncio.gather(*(_poll(made["runway"], submitted.task, n / a_second) for n in range(a_second)))
        wall = max(1.0, time.perf_counter() - began)
        shares.append((time.process_time() - used) / wall)
    costs = []
    for _ in range(5):
        used = time.process_time()
        for _ in range(100):
            await made["runway"].poll(submitted.task)
        costs.append((time.process_time() - used) / 100)
    await close(made)
    print(f"one poll after the other: {statistics.median(costs) * 1e6:.0f} µs of processor each")
    shares.sort()
    print(f"{a_second} polls a second: {shares[len(shares) // 2]:.1%} of a core (limit 5 %), best {shares[0]:.1%}")


async def _poll(provider: Provider, task: Task, after: float) -> None:
    await asyncio.sleep(after)
    await provider.poll(task)


async def close(made: Mapping[str, Provider]) -> None:
    """Close connections."""
    for one in made.values():
        await one.close()


if __name__ == "__main__":
    main()
