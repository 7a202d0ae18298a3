"""Many tasks: each paid once whatever happens, budgets, stops, crashes, and services of one's own."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from threading import Event

import pytest

from fake_services import KEYS, Services, clip
from generating import CLIPS, TABLE, Generator, job, request
from overlaycut.errors import (
    BudgetExceeded,
    Cancelled,
    MissingKey,
    NetworkError,
    OutputError,
    RequestRefused,
    SubmissionUnknown,
    UsageError,
)
from overlaycut.providers import (
    EngineParameters,
    FetchedFile,
    GenerationRequest,
    HttpProvider,
    Job,
    Keys,
    Ledger,
    Media,
    Output,
    Prepared,
    Provider,
    Submitted,
    Task,
    TaskState,
    TaskStatus,
    check_budget,
    estimate,
    generate_all,
    http_providers,
)
from overlaycut.providers.addresses import Allowed
from overlaycut.providers.calls import Auth
from overlaycut.providers.keys import Secret
from overlaycut.providers.protocol import Cost
from overlaycut.providers.transport import Transport, TransportParameters

ROOT = Path(__file__).resolve().parents[2]


def test_all_services_at_once(generator: Generator, services: Services) -> None:
    jobs = [job(generator.folder, service, take=take) for service in CLIPS for take in range(2)]
    results = generator.run(*jobs)
    assert [result.job for result in results] == jobs
    assert {result.state for result in results} == {TaskState.FETCHED}
    assert services.paid() == len(jobs)
    assert len({result.sha256 for result in results}) == len(jobs)


def test_no_more_tasks_at_once_than_a_service_takes(generator: Generator, services: Services) -> None:
    under_way, most = 0, 0

    def listen(_: Job, state: TaskState, __: str) -> None:
        nonlocal under_way, most
        under_way += {TaskState.SUBMITTING: 1, TaskState.SUCCEEDED: -1}.get(state, 0)
        most = max(most, under_way)

    jobs = [job(generator.folder, "runway", take=take) for take in range(6)]
    with Ledger(generator.ledger_path) as ledger:
        asyncio.run(_closing(generator, jobs, ledger, listen))
    assert (most, services.paid()) == (TABLE.provider("runway").concurrent, 6)


async def _closing(generator: Generator, jobs: list[Job], ledger: Ledger, listen: object) -> None:
    providers = generator.providers()
    try:
        await generate_all(jobs, providers, ledger, listen=listen)  # type: ignore[arg-type]
    finally:
        for one in providers.values():
            await one.close()


def test_a_ledger_that_fails_after_paying_tells_the_number(
    generator: Generator, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Ledger, *given: object, **named: object) -> None:
        raise OutputError(f"{self.path}: database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "submitted", full)
        result = generator.one("runway")
    assert isinstance(result.error, OutputError) and "task runway-1 of runway is paid for" in result.error.problem
    assert services.paid() == 1


def test_a_budget_is_kept_before_anything_is_sent(generator: Generator, services: Services) -> None:
    jobs = [job(generator.folder, "runway", take=take) for take in range(3)]
    with pytest.raises(BudgetExceeded, match=r"3 tasks cost \$1\.80, more than the budget of \$1\.79"):
        generator.run(*jobs, budget=Decimal("1.79"))
    with pytest.raises(BudgetExceeded, match=r"kling/kling-3\.0 is not known"):
        generator.run(*jobs, job(generator.folder, "kling"), budget=Decimal(100))
    assert services.seen == []
    generator.run(*jobs[:2], budget=Decimal("1.20"))
    # What is paid already does not count again.
    generator.run(*jobs, budget=Decimal("0.60"))
    assert services.paid() == 3


def test_what_expired_is_asked_for_again_and_not_paid_again(generator: Generator, services: Services) -> None:
    """The service knows the task no more, or not under this account: it is paid for, so no other one is made."""
    generator.one("runway")
    (generator.folder / "runway-0.mp4").unlink()
    made = services.made.pop("runway-1")
    lost = generator.one("runway")
    assert (lost.state, lost.cost_usd) == (TaskState.EXPIRED, Decimal("0.60"))
    assert isinstance(lost.error, RequestRefused) and lost.error.kind == "gone" and "another take" in lost.error.hint
    assert services.calls["runway/submit"] == 1
    services.made["runway-1"] = made
    assert generator.one("runway").state == TaskState.FETCHED
    assert services.calls["runway/submit"] == 1


def test_what_was_spent_may_count_against_a_budget(generator: Generator) -> None:
    prepared = estimate([job(generator.folder, "runway")], generator.providers())
    assert check_budget(prepared, Decimal(1), already=Decimal("0.40")) == Decimal("0.60")
    with pytest.raises(BudgetExceeded, match=r"\$0\.50 were spent"):
        check_budget(prepared, Decimal(1), already=Decimal("0.50"))


def test_without_a_key_its_variable_is_named(generator: Generator, services: Services) -> None:
    result = generator.one("runway", providers=lambda: generator.providers(keys={}))
    assert isinstance(result.error, MissingKey) and "RUNWAYML_API_SECRET" in result.error.problem
    assert (result.state, result.error.exit_code) == (TaskState.PLANNED, 4)
    legacy = generator.one("kling-legacy", providers=lambda: generator.providers(keys={"KLING_ACCESS_KEY": "abcdefg"}))
    assert "KLING_ACCESS_KEY and KLING_SECRET_KEY" in str(legacy.error)
    assert services.seen == []
    assert generator.one("runway").state == TaskState.FETCHED


def test_a_plan_needs_no_key(generator: Generator) -> None:
    prepared = estimate([job(generator.folder, "runway")], generator.providers(keys={}))
    assert prepared[0].to_dict()["calls"][0]["headers"]["Authorization"] == "Bearer <RUNWAYML_API_SECRET>"
    assert prepared[0].to_dict()["cost"]["usd"] == 0.6


def test_with_the_network_off(generator: Generator, services: Services) -> None:
    result = generator.one("runway", providers=lambda: generator.providers(base="http://127.0.0.1:9"))
    assert isinstance(result.error, NetworkError) and not result.error.sent
    assert (result.state, result.error.exit_code) == (TaskState.PLANNED, 4)
    assert generator.one("runway").state == TaskState.FETCHED
    assert services.paid() == 1


@pytest.mark.parametrize("service", CLIPS)
def test_a_service_that_is_down(generator: Generator, services: Services, service: str) -> None:
    """A 503 in front of Runway and fal made nothing, and Kling keeps from a second task; of others nobody knows."""
    result = generator.one(service, "push in [down]")
    surely_none = service in ("runway", "fal", "kling", "kling-legacy")
    assert result.state == (TaskState.FETCHED if surely_none else TaskState.UNKNOWN)
    assert isinstance(result.error, SubmissionUnknown | None)
    assert services.paid() == surely_none


def test_a_wrong_clock_is_named(generator: Generator, services: Services) -> None:
    services.clock_ahead = -7200
    result = generator.one("kling-legacy")
    assert isinstance(result.error, RequestRefused) and result.error.kind == "auth"
    assert "clock is 120 minutes ahead" in result.error.hint
    services.clock_ahead = 0
    assert generator.one("kling-legacy").state == TaskState.FETCHED


def test_the_same_task_twice_is_refused(generator: Generator) -> None:
    with pytest.raises(UsageError, match="the same one"):
        generator.run(job(generator.folder, "runway"), job(generator.folder, "runway"))
    one, other = job(generator.folder, "runway"), job(generator.folder, "runway", take=1)
    clash = Job(provider="runway", request=other.request, out=one.out, take=1, project="p", shot="1")
    with pytest.raises(UsageError, match="two outputs"):
        generator.run(one, clash)


CRASH = """
import os, sys
sys.path.insert(0, "tests")
from pathlib import Path
from generating import Generator, job
from fake_services import Services
from overlaycut.providers import HttpProvider
services = Services(port=int(sys.argv[1]))
generator = Generator(services, Path(sys.argv[2]))
at = sys.argv[3]
def listen(job, state, note):
    if str(state) == at: os._exit(9)
from overlaycut.providers import Ledger, generate_clips
if at == "answered":
    submitted = HttpProvider._submitted
    async def die(self, *given):
        await submitted(self, *given)
        os._exit(9)
    HttpProvider._submitted = die
with Ledger(generator.ledger_path) as ledger:
    generate_clips([job(generator.folder, sys.argv[4])], generator.providers, ledger, listen=listen)
"""


@pytest.mark.parametrize(("at", "service", "state"), [
    ("submitting", "runway", TaskState.UNKNOWN), ("answered", "runway", TaskState.UNKNOWN),
    ("answered", "kling", TaskState.FETCHED), ("queued", "runway", TaskState.FETCHED),
    ("succeeded", "minimax-v1", TaskState.FETCHED),
])  # fmt: skip
def test_a_crash_never_pays_twice(
    generator: Generator, services: Services, at: str, service: str, state: TaskState
) -> None:
    """Killed right after the intent was written, after the answer came, after the task was written down, …"""
    died = subprocess.run(
        [sys.executable, "-c", CRASH, str(services.port), str(generator.folder), at, service],
        cwd=ROOT, timeout=60, capture_output=True, text=True,
    )  # fmt: skip
    assert died.returncode == 9, died.stderr
    paid = services.paid()
    assert paid == (at != "submitting")
    result = generator.one(service)
    assert result.state == state
    assert services.paid() == paid, "submitted again"
    if state == TaskState.UNKNOWN:
        assert isinstance(result.error, SubmissionUnknown) and "earlier run" in result.error.problem
        with Ledger(generator.ledger_path) as ledger:
            ledger.release(result.job.key, note="a person looked")
        assert generator.one(service).state == TaskState.FETCHED


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
@pytest.mark.parametrize("cancel", [True, False])
def test_ctrl_c_cancels_tasks_when_asked_to(generator: Generator, services: Services, cancel: bool) -> None:
    options = f"parameters=overlaycut.providers.EngineParameters(cancel_tasks={cancel}))"
    code = "import overlaycut.providers\n" + CRASH.replace("listen=listen)", options)
    code = code.replace("sys.argv[4])", 'sys.argv[4], "push in [stuck]")')
    running = subprocess.Popen(
        [sys.executable, "-c", code, str(services.port), str(generator.folder), "-", "runway"],
        cwd=ROOT, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 50
    while not any(made.polls for made in services.made.values()) and time.monotonic() < deadline:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    assert running.wait(50) != 0
    (made,) = services.made.values()
    assert made.cancelled == cancel
    with Ledger(generator.ledger_path) as ledger:
        (entry,) = ledger.entries()
    assert entry.state == TaskState.CANCELLED if cancel else entry.state in (TaskState.QUEUED, TaskState.RUNNING)


def test_a_stop_that_was_asked_for(generator: Generator, services: Services) -> None:
    stop = Event()

    def listen(_: Job, state: TaskState, __: str) -> None:
        if state == TaskState.QUEUED:
            stop.set()

    jobs = [job(generator.folder, service, "push in [stuck]") for service in ("runway", "fal")]
    with Ledger(generator.ledger_path) as ledger, pytest.raises(Cancelled):
        asyncio.run(_stopped(generator, jobs, ledger, listen, stop.is_set))
    with Ledger(generator.ledger_path) as ledger:
        assert all(entry.state == TaskState.CANCELLED for entry in ledger.entries() if entry.task_id)
    assert all(made.cancelled for made in services.made.values())


async def _stopped(generator: Generator, jobs: list[Job], ledger: Ledger, listen: object, stop: object) -> None:
    providers = generator.providers()
    try:
        await generate_all(
            jobs, providers, ledger, listen=listen, cancelled=stop,  # type: ignore[arg-type]
            parameters=EngineParameters(cancel_tasks=True),
        )  # fmt: skip
    finally:
        for one in providers.values():
            await one.close()


def test_a_stop_during_a_submission_waits_for_its_answer(generator: Generator, services: Services) -> None:
    """What was sent may be paid for: its answer is written down before the run ends."""
    services.latency = 0.6
    began = Event()

    def listen(_: Job, state: TaskState, __: str) -> None:
        if state == TaskState.SUBMITTING:
            began.set()

    with Ledger(generator.ledger_path) as ledger, pytest.raises(Cancelled):
        asyncio.run(_stopped(generator, [job(generator.folder, "runway")], ledger, listen, began.is_set))
    services.latency = 0.0
    with Ledger(generator.ledger_path) as ledger:
        (entry,) = ledger.entries()
    assert (services.paid(), entry.task_id) == (1, "runway-1")


def test_within_a_running_event_loop(generator: Generator, services: Services) -> None:
    async def notebook() -> None:
        assert generator.one("runway").state == TaskState.FETCHED

    asyncio.run(notebook())
    assert services.paid() == 1


def test_nothing_written_or_logged_has_a_key(
    generator: Generator, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    faults = ("", "[nsfw]", "[balance]", "[auth]", "[rate]", "[drop-after]")
    asked = [request(service, f"push {fault}") for service in ("fal", "runway", "google") for fault in faults]
    jobs = [
        Job(provider=one.model.partition("/")[0], request=one, out=generator.folder / f"{n}", project="p", shot="1")
        for n, one in enumerate(asked)
    ]
    results = generator.run(*jobs)
    written = b"".join(path.read_bytes() for path in generator.folder.rglob("*") if path.suffix != ".mp4")
    said = written.decode("latin-1") + caplog.text + repr(results) + repr(generator.providers())
    said += "".join(str(result.to_dict()) for result in results)
    for value in KEYS.values():
        assert value not in said
    assert "signature=" not in said


def test_keys_come_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    import types

    ring = types.ModuleType("keyring")
    errors = types.SimpleNamespace(KeyringError=RuntimeError)
    ring.errors = errors  # type: ignore[attr-defined]
    ring.get_password = lambda service, name: {("overlaycut", "FAL_KEY"): "from-the-ring"}.get((service, name))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", ring)
    secret = Keys({}).of(TABLE.provider("fal"))
    assert secret.values == ("from-the-ring",) and "ring" not in f"{secret} {secret!r}"
    assert Keys({"FAL_KEY": "from-the-environment"}).of(TABLE.provider("fal")).values == ("from-the-environment",)
    with pytest.raises(MissingKey, match="RUNWAYML_API_SECRET"):
        Keys({}).of(TABLE.provider("runway"))

    def locked(service: str, name: str) -> str:
        raise RuntimeError("locked")

    ring.get_password = locked  # type: ignore[attr-defined]
    with pytest.raises(MissingKey, match="FAL_KEY"):
        Keys({}).of(TABLE.provider("fal"))


def test_two_halves_of_a_key() -> None:
    halves = {"FAL_KEY_ID": "identity", "FAL_KEY_SECRET": "of-the-user"}
    secret = Keys(halves, keyring=False).of(TABLE.provider("fal"))
    assert secret.header(Auth(prefix="Key ")) == ("Authorization", "Key identity:of-the-user")
    assert secret.redacted("said identity:of-the-user") == "said <FAL_KEY_ID>:<FAL_KEY_SECRET>"


@pytest.mark.parametrize("value", ["short", "two words of a key", "with\nnewline-inside", "gr\u00fc\u00dfe-vom-key"])
def test_what_is_no_key_is_told_without_it(value: str) -> None:
    with pytest.raises(MissingKey, match="FAL_KEY holds no key") as caught:
        Keys({"FAL_KEY": value}, keyring=False).of(TABLE.provider("fal"))
    assert value not in caught.value.one_line()


def test_a_service_that_ended_says_when() -> None:
    sora = HttpProvider("sora", TABLE, keys=Keys({}, keyring=False))
    asked = GenerationRequest(model="sora/sora-2", prompt="x", inputs=request("runway").inputs)
    with pytest.raises(RequestRefused, match="shut down on 2026-09-24"):
        sora.prepare(asked)
    with pytest.raises(RequestRefused, match="shut down"):
        asyncio.run(sora.poll(Task(provider="sora", model="sora/sora-2", id="x")))


@pytest.mark.parametrize("base", ["http://example.org", "ftp://127.0.0.1", "http://10.0.0.1"])
def test_only_the_loopback_interface_goes_without_https(base: str) -> None:
    with pytest.raises(UsageError, match="https"):
        HttpProvider("runway", TABLE, base=base)
    assert http_providers(["runway"], TABLE, bases={"runway": "https://gateway.example.org"})


def test_proxies_are_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "api.dev.runwayml.com")

    def transport(base: str) -> Transport:
        return Transport(Allowed(base), Secret((), ()), TransportParameters())

    assert transport("https://queue.fal.run")._proxy("queue.fal.run") == "http://proxy.example:3128"
    assert transport("https://api.dev.runwayml.com")._proxy("api.dev.runwayml.com") == ""
    assert transport("http://127.0.0.1:8000")._proxy("127.0.0.1") == ""


class Own:
    """A service of one's own: no base class, no HTTP."""

    name, concurrent, poll_seconds, patience_seconds, repeats_safely = "own", 2, 0.01, 5.0, False

    def prepare(self, request: GenerationRequest, *, key: str = "") -> Prepared:
        return Prepared(provider=self.name, request=request, cost=Cost(usd=Decimal(0), basis="my own"), calls=())

    async def submit(self, request: GenerationRequest, *, key: str) -> Submitted:
        task = Task(provider=self.name, model=request.model, id=key[:6])
        return Submitted(task=task, status=TaskStatus(state=TaskState.RUNNING))

    async def find(self, model: str, key: str) -> Task | None:
        return None

    async def poll(self, task: Task) -> TaskStatus:
        return TaskStatus(state=TaskState.SUCCEEDED, outputs=(Output(data=clip(task.id)),), facts={"seed": 5})

    async def fetch(self, task: Task, output: Output, out: Path, *, media: Media) -> FetchedFile:
        out.write_bytes(output.data)
        return FetchedFile(path=out, sha256="00", bytes=len(output.data), mime="video/mp4", host="")

    async def cancel(self, task: Task) -> bool:
        return True

    async def close(self) -> None:
        return None


def test_a_service_of_ones_own(generator: Generator) -> None:
    assert isinstance(Own(), Provider)
    one = Job(provider="own", request=GenerationRequest(model="own/x", prompt="x"), out=generator.folder / "own")
    result = generator.run(one, providers=lambda: {"own": Own()})
    assert (result.state, result.facts, result.paths) == (
        TaskState.FETCHED,
        {"seed": 5},
        (generator.folder / "own.mp4",),
    )


def test_a_bug_of_a_service_ends_the_run_and_leaves_the_others_in_the_ledger(generator: Generator) -> None:
    class Broken(Own):
        async def poll(self, task: Task) -> TaskStatus:
            raise ZeroDivisionError

    one = Job(provider="own", request=GenerationRequest(model="own/x", prompt="x"), out=generator.folder / "own")
    stuck = job(generator.folder, "runway", "push in [stuck]")
    with pytest.raises(ZeroDivisionError):
        generator.run(stuck, one, providers=lambda: {"own": Broken(), "runway": generator.providers()["runway"]})
    with Ledger(generator.ledger_path) as ledger:
        assert all(entry.state in (TaskState.QUEUED, TaskState.RUNNING) for entry in ledger.entries() if entry.task_id)
