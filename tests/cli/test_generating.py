"""`overlaycut generate`, `stills` and `costs` against services on the loopback interface."""

from __future__ import annotations

import errno
import io
import json
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from fake_services import KEYS, Made, Services
from generation_fakes import PROMPT, clip_of, label, project
from overlaycut.api import generation_services
from overlaycut.cli.app import run
from overlaycut.core.generation_record import read_record
from overlaycut.core.project import read_project
from overlaycut.errors import ExitCode
from overlaycut.providers import HttpParameters, http_providers
from overlaycut.providers.catalogue import Catalogue
from overlaycut.providers.downloads import DownloadParameters
from overlaycut.providers.transport import TransportParameters

QUICK = HttpParameters(
    transport=TransportParameters(connect_seconds=2, attempts=2, first_pause=0.01, longest_pause=0.03),
    download=DownloadParameters(patience=2, attempts=3),
    poll_seconds=0.01,
    patience_seconds=20,
)
MODELS = '["fal/kling-4", "runway/gen4.5"]'


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """Services whose addresses every command line takes, and keys for them."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with Services() as running:

        def local(names: Sequence[str], table: Catalogue) -> Any:
            return http_providers(names, table, bases=running.bases(), parameters=QUICK)

        monkeypatch.setattr(generation_services, "_of_table", local)
        yield running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    text = (
        f"[generate]\nmodel = {MODELS}\ncandidates = 1\nduration = 5\n\n[[shots]]\nstill = 'still.png'\n"
        f"text = ['BREW']\nprompt = '{PROMPT}'\n"
    )
    return project(tmp_path, text, size=(720, 1280))


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_a_dry_run_prints_requests_and_cost_and_calls_nobody(
    services: Services, path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in KEYS:
        monkeypatch.delenv(name)
    assert run(["generate", str(path), "--dry-run", "--json"]) == ExitCode.DONE
    document = said(capsys)
    assert {"tasks", "total_usd", "requests", "prompts", "dry_run", "ok", "warnings"} <= set(document)
    assert [task["model"] for task in document["tasks"]] == ["fal/kling-4", "runway/gen4.5"]
    assert document["total_usd"] == pytest.approx(5 * 0.157 + 5 * 0.12)
    assert [one["cost"]["as_of"] for one in document["requests"]]
    assert "<FAL_KEY>" in json.dumps(document["requests"])
    assert not services.calls
    assert run(["generate", str(path), "--dry-run"]) == ExitCode.DONE
    assert "would cost: $1.385" in capsys.readouterr().out


def test_clips_are_fetched_with_records_and_paid_once(
    services: Services, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["generate", str(path), "--no-rank", "--json"]) == ExitCode.DONE
    document = said(capsys)
    assert {"shot", "provider", "model", "state", "path", "cost_usd", "error"} <= set(document["tasks"][0])
    assert services.paid() == 2
    for task in document["tasks"]:
        record = read_record(Path(task["path"]))
        assert record is not None
        assert record.model == task["model"]
        assert record.sha256 == task["sha256"]
        assert not any(key in record.to_json() for key in KEYS.values())
    assert run(["generate", str(path), "--no-rank", "--json"]) == ExitCode.DONE
    assert services.paid() == 2
    assert said(capsys)["total_usd"] == 0
    assert len(read_project(path).shots[0].clips) == 2
    assert run(["costs", str(path), "--json"]) == ExitCode.DONE
    document = said(capsys)
    assert {"total_usd", "unpriced", "lines", "shots", "ledger"} <= set(document)
    assert document["total_usd"] == pytest.approx(1.385)
    assert run(["costs", str(path.parent)]) == ExitCode.DONE
    assert "total: $1.385" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["--budget", "1.00"], ExitCode.USAGE, "more than the budget of $1.00; nothing was sent"),
        (["--budget", "much"], ExitCode.USAGE, "no sum in US dollars"),
        (["--model", "fal/klingg-4"], ExitCode.USAGE, "nearest: fal/kling-4"),
        (["--model", "sora/sora-2"], ExitCode.PROVIDER, "was shut down on 2026-09-24"),
        (["--shots", "9"], ExitCode.USAGE, "no shot is called '9'"),
        (["--duration", "90"], ExitCode.USAGE, "s at most"),
        (["--candidates", "0"], ExitCode.USAGE, "allowed: 1..16"),
        (["--cancel", "--dry-run"], ExitCode.USAGE, "exclude each other"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_sent(
    services: Services, path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, problem: str
) -> None:
    assert run(["generate", str(path), *words]) == code
    assert problem in capsys.readouterr().err
    assert services.paid() == 0
    assert not (path.parent / "generated").exists()


def test_a_missing_key_names_its_variable(
    services: Services, path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FAL_KEY")
    assert run(["generate", str(path), "--no-rank", "--model", "fal/kling-4"]) == ExitCode.PROVIDER
    assert "FAL_KEY is not set" in capsys.readouterr().out
    assert services.paid() == 0


def test_without_a_network(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, services: Services
) -> None:
    closed = {"fal": "http://127.0.0.1:9", "runway": "http://127.0.0.1:9"}
    monkeypatch.setattr(
        generation_services,
        "_of_table",
        lambda names, table: http_providers(names, table, bases=closed, parameters=QUICK),
    )
    assert run(["generate", str(path), "--no-rank", "--json"]) == ExitCode.PROVIDER
    document = said(capsys)
    assert all(task["error"] and task["path"] is None for task in document["tasks"])
    assert document["total_usd"] == 0


def test_a_still_of_a_wrong_ratio_and_one_that_is_too_large(
    services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project(tmp_path, "[generate]\nmodel = 'runway/gen4.5'\n[[shots]]\nstill = 'still.png'\nprompt = 'a'\n")
    label("BREW", (1000, 700)).save(tmp_path / "still.png")
    assert run(["generate", str(path)]) == ExitCode.USAGE
    assert 'fit = "crop" loses' in capsys.readouterr().err
    path.write_text(path.read_text().replace("[generate]", "[generate]\nfit = 'crop'"))
    assert run(["generate", str(path), "--dry-run"]) == ExitCode.DONE
    assert "cropped:" in capsys.readouterr().out
    (tmp_path / "still.png").write_bytes(b"no picture")
    assert run(["generate", str(path)]) == ExitCode.BAD_INPUT


def test_a_refusal_ends_with_4_and_the_rest_is_kept(
    services: Services, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_text(path.read_text().replace(f"prompt = '{PROMPT}'", f"prompt = ['{PROMPT}', 'push in [nsfw]']"))
    assert run(["generate", str(path), "--no-rank", "--model", "runway/gen4.5", "--json"]) == ExitCode.PROVIDER
    states = [task["state"] for task in said(capsys)["tasks"]]
    assert states == ["fetched", "failed"]


def test_a_full_disk_while_downloading(
    services: Services, path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def full(file: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if mode == "ab":
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(file, mode, *rest, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        code = run(["generate", str(path), "--no-rank", "--model", "runway/gen4.5", "--json"])
    assert code == ExitCode.USAGE
    assert "no space left" in said(capsys)["tasks"][0]["error"]
    assert run(["generate", str(path), "--no-rank", "--model", "runway/gen4.5", "--json"]) == ExitCode.DONE
    assert services.paid() == 1


@pytest.mark.parametrize("on_interrupt", ["ask", "cancel"])
def test_an_interruption_says_what_is_left_running(
    services: Services, path: Path, capsys: pytest.CaptureFixture[str], on_interrupt: str
) -> None:
    path.write_text(path.read_text().replace("locked-off camera", "locked-off camera [stuck]"))
    words = ["generate", str(path), "--no-rank", "--model", "runway/gen4.5", "--on-interrupt", on_interrupt]

    def interrupt() -> None:
        while not services.paid():
            time.sleep(0.01)
        time.sleep(0.1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # it is ignored in what runs in the background
    try:
        helper = threading.Thread(target=interrupt)
        helper.start()
        code = run(words)
        helper.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert code == ExitCode.INTERRUPTED
    told = capsys.readouterr().err
    assert ("left running: shot-01: runway/gen4.5, take 1" in told) == (on_interrupt == "ask")
    assert [made.cancelled for made in services.made.values()] == [on_interrupt == "cancel"]
    if on_interrupt == "ask":
        assert run(["generate", str(path), "--cancel", "--json"]) == ExitCode.DONE
        assert said(capsys)["tasks"][0]["cancelled"]
        assert run(["generate", str(path), "--cancel"]) == ExitCode.DONE
        assert "no task is under way" in capsys.readouterr().out


def test_stills_by_two_services(services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.BytesIO()
    label("BREW").save(stream, "PNG")
    services.still = lambda made: stream.getvalue()
    path = project(
        tmp_path,
        "[[stills]]\nname = 'label'\nprompt = 'a can'\nvariants = 1\n"
        "model = ['openai/gpt-image-2', 'google-images/nano-banana-2.1']\n",
    )
    assert run(["stills", str(path), "--dry-run", "--json"]) == ExitCode.DONE
    assert said(capsys)["total_usd"] > 0
    assert services.paid() == 0
    assert run(["stills", str(path), "--no-rank", "--json"]) == ExitCode.DONE
    tasks = said(capsys)["tasks"]
    assert services.paid() == 2
    for task in tasks:
        record = read_record(Path(task["path"]))
        assert record is not None
        assert record.model == task["model"]
    assert run(["stills", str(path), "--names", "nobody"]) == ExitCode.USAGE
    assert "stills: label" in capsys.readouterr().err


@pytest.mark.slow
def test_the_verdict_names_the_model_that_kept_the_label(
    services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    still = label("BREW", (270, 480))
    moved = [still.rotate(n * 0.15, translate=(n / 3, 0), resample=3) for n in range(24)]
    good = clip_of(tmp_path / "good.mp4", moved).read_bytes()
    frozen = clip_of(tmp_path / "frozen.mp4", [still] * 24).read_bytes()

    def media(made: Made) -> bytes:
        return good if made.service == "runway" else frozen

    services.media = media
    text = (
        f"[generate]\nmodel = {MODELS}\ncandidates = 1\n\n[[shots]]\nstill = 'still.png'\ntext = ['BREW']\n"
        f"prompt = '{PROMPT}'\n"
    )
    path = project(tmp_path, text, size=(270, 480))
    path.write_text(path.read_text().replace("candidates = 1", "candidates = 1\nfit = 'crop'"))
    label("BREW", (540, 960)).save(tmp_path / "still.png")
    code = run(["generate", str(path), "--json"])
    document = said(capsys)
    (shot,) = document["shots"]
    assert {"shot", "next", "best", "reason", "command", "ranking", "usd_per_usable_second"} <= set(shot)
    assert shot["ranking"][0]["model"] == "runway/gen4.5"
    assert shot["ranking"][0]["kept_label"]
    assert document["models"][0]["model"] == "runway/gen4.5"
    assert code == (ExitCode.DONE if shot["next"] in ("keep", "repair") else ExitCode.GATE_FAILED)
    assert shot["next"] == "keep"
    assert run(["generate", str(path)]) == ExitCode.DONE
    lines = capsys.readouterr().out
    assert "which model kept your label, at what cost:" in lines
    assert "paid before" in lines
