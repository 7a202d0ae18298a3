from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from overlaycut.errors import InputError, MissingInput, OutputError, OverlaycutError, ProviderError, UsageError
from overlaycut.models import catalogue, known, known_models, store

BODY = bytes(range(256)) * 12_000  # three of the store's pieces
SHA256 = hashlib.sha256(BODY).hexdigest()
NAMES = (
    "good", "undeclared", "redirect", "loop", "short", "short-undeclared", "wrong", "long", "empty", "stall",
    "broken", "missing",
)  # fmt: skip


class Source(BaseHTTPRequestHandler):
    """A server whose paths say how it misbehaves."""

    protocol_version = "HTTP/1.1"
    patience = Event()
    """Set when nobody waits any more."""

    def do_GET(self) -> None:  # noqa: C901
        match self.path:
            case "/good":
                self.answer(BODY)
            case "/undeclared":
                self.answer(BODY, length=None)
            case "/redirect":
                self.redirect("/good")
            case "/loop":
                self.redirect("/loop")
            case "/short":
                self.answer(BODY[: len(BODY) // 2], length=len(BODY))
            case "/short-undeclared":
                self.answer(BODY[: len(BODY) // 2], length=None)
            case "/wrong":
                self.answer(BODY[::-1])
            case "/long":
                self.answer(BODY + b"more", length=None)
            case "/empty":
                self.answer(b"")
            case "/stall":
                self.answer(BODY[: len(BODY) // 2], length=len(BODY), wait=True)
            case "/broken":
                self.send_error(503)
            case _:
                self.send_error(404)

    def answer(self, body: bytes, *, length: int | None = -1, wait: bool = False) -> None:
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(len(body) if length < 0 else length))
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()
        try:
            self.wfile.write(body)
            self.wfile.flush()
        except ConnectionError:
            return  # the other side has heard enough
        if wait:
            self.patience.wait(10)

    def redirect(self, to: str) -> None:
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    Source.patience.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Source) as http:
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        Source.patience.set()
        http.shutdown()
        thread.join()


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: str) -> Path:
    """An empty store, and a catalogue with one model for each path of the server."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("OVERLAYCUT_MODELS", str(tmp_path / "models"))
    rows = [row(name, f"{server}/{name}") for name in NAMES] + [row("closed", "http://127.0.0.1:9/")]
    table = tmp_path / "catalogue.toml"
    table.write_text("\n".join(rows))
    monkeypatch.setattr(catalogue, "_TABLE", table)
    return tmp_path / "models"


def row(name: str, source: str) -> str:
    return f"""
        [{name}]
        title = "A model"
        role = "faces"
        licence = "MIT"
        commercial = true
        size = {len(BODY)}
        sha256 = "{SHA256}"
        file = "model.onnx"
        source = "{source}"
        page = "https://example.org"
        checked = 2026-01-01
        evidence = "made here"
        takes = "x"
        gives = "y"
    """


def left(shelf: Path) -> list[str]:
    return sorted(path.name for path in shelf.iterdir()) if shelf.exists() else []


@pytest.mark.parametrize("name", ["good", "undeclared", "redirect"])
def test_a_model_is_fetched_and_then_used(name: str, shelf: Path) -> None:
    heard: list[tuple[str, int, int | None]] = []
    assert store.pull(name, progress=lambda *said: heard.append(said))
    assert store.stored(name).read_bytes() == BODY
    assert left(shelf) == [f"{name}.onnx"]
    assert heard[0] == (f"pull {name}", 0, len(BODY)) and heard[-1] == (f"pull {name}", len(BODY), len(BODY))
    assert [done for _, done, _ in heard] == sorted(done for _, done, _ in heard)


def test_a_model_that_is_here_is_not_fetched_again(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.pull("good")
    monkeypatch.setattr("httpx.Client", None)
    assert not store.pull("good")
    assert not store.add("good", shelf / "good.onnx")


def test_a_damaged_file_is_replaced(shelf: Path) -> None:
    store.pull("good")
    for content in (BODY[:-1], BODY[:-1] + b"!", b""):
        (shelf / "good.onnx").write_bytes(content)
        assert store.state("good", known("good")) == "damaged"
        assert store.pull("good")
        assert store.stored("good").read_bytes() == BODY


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("loop", "redirects"),
        ("short", "peer closed connection"),
        ("short-undeclared", f"{len(BODY) // 2} bytes, not the {len(BODY)}"),
        ("wrong", f"not {SHA256}"),
        ("long", f"more than the {len(BODY)} bytes"),
        ("empty", f"0 bytes, not the {len(BODY)}"),
        ("stall", "timed out"),
        ("broken", "the server answers 503"),
        ("missing", "the server answers 404 Not Found"),
        ("closed", "refused"),
    ],
)
def test_a_source_that_misbehaves_is_one_clear_error_and_leaves_nothing(name: str, problem: str, shelf: Path) -> None:
    with pytest.raises(ProviderError, match=problem) as caught:
        store.pull(name, patience=0.5)
    assert caught.value.exit_code == 4
    assert known(name).source in caught.value.one_line() and caught.value.hint
    assert left(shelf) == []


def test_a_failed_pull_leaves_the_file_that_was_there(shelf: Path) -> None:
    shelf.mkdir()
    (shelf / "wrong.onnx").write_bytes(b"an older file")
    with pytest.raises(ProviderError):
        store.pull("wrong")
    assert (shelf / "wrong.onnx").read_bytes() == b"an older file"
    assert left(shelf) == ["wrong.onnx"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_pull_leaves_nothing(stop: type[BaseException], shelf: Path) -> None:
    def interrupt(step: str, done: int, total: int | None) -> None:
        if done:
            assert len(left(shelf)) == 1 and ".part" in left(shelf)[0]
            raise stop

    with pytest.raises(stop):
        store.pull("good", progress=interrupt)
    assert left(shelf) == []


def test_a_model_fetched_by_other_means_is_added(shelf: Path, tmp_path: Path) -> None:
    file = tmp_path / "download.bin"
    file.write_bytes(BODY)
    assert store.add("missing", file)
    assert store.stored("missing").read_bytes() == BODY
    assert file.read_bytes() == BODY


@pytest.mark.parametrize("content", [b"", BODY[:-1], BODY + b"x", BODY[::-1]], ids=["empty", "short", "long", "wrong"])
def test_another_file_is_not_added(content: bytes, shelf: Path, tmp_path: Path) -> None:
    file = tmp_path / "download.bin"
    file.write_bytes(content)
    with pytest.raises(InputError, match="nothing was kept") as caught:
        store.add("good", file)
    assert caught.value.exit_code == 3 and known("good").source in caught.value.hint
    assert left(shelf) == [] and file.read_bytes() == content


def test_a_file_that_cannot_be_read_is_not_added(shelf: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingInput):
        store.add("good", tmp_path / "nothing.bin")
    with pytest.raises(InputError, match="directory"):
        store.add("good", tmp_path)
    assert left(shelf) == []


def test_a_store_that_cannot_be_written_says_where_and_how_to_choose_another(shelf: Path) -> None:
    shelf.write_text("a file where the folder should be")
    with pytest.raises(OutputError, match=r"models/good\.onnx: cannot be written") as caught:
        store.pull("good")
    assert caught.value.exit_code == 2 and "OVERLAYCUT_MODELS" in caught.value.hint
    assert store.state("good", known("good")) == "absent"
    assert shelf.read_text() == "a file where the folder should be"


def test_a_full_disk_leaves_nothing(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("overlaycut.models.store.os.replace", full)
    with pytest.raises(OutputError, match="No space left on device"):
        store.pull("good")
    assert left(shelf) == []


def test_a_file_that_may_not_be_read_is_damaged(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.pull("good")
    model = known("good")

    def closed(self: Path, *how: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    assert store.state("good", model) == "damaged"


@pytest.mark.parametrize("verb", [store.pull, store.stored, lambda name: store.add(name, Path("x"))])
def test_an_unknown_name_is_answered_with_the_names(verb: object, shelf: Path) -> None:
    with pytest.raises(UsageError, match="no model is called 'nope'") as caught:
        verb("nope")  # type: ignore[operator]
    assert caught.value.exit_code == 2 and "good, undeclared" in caught.value.hint


def test_the_folder_is_the_platforms_own_unless_the_environment_names_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OVERLAYCUT_MODELS", str(tmp_path))
    assert store.folder() == tmp_path
    monkeypatch.setenv("OVERLAYCUT_MODELS", "")
    own = store.folder()
    assert own.parts[-2:] == ("overlaycut", "models") and own.is_absolute()
    monkeypatch.delenv("OVERLAYCUT_MODELS")
    assert store.folder() == own


def test_the_catalogue_that_is_shipped_is_sound() -> None:
    models = known_models()
    assert {name for name, model in models.items() if model.graph} == {"migan", "lama", "lama-fp32"}
    assert len({model.sha256 for model in models.values()}) == len(models)
    for name, model in models.items():
        assert model.source.startswith("https://") and model.source.endswith(model.file), name
        revision = [part for part in model.source.split("/") if len(part) == 40]
        assert len(revision) == 1 and int(revision[0], 16), name  # a commit, not a branch


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ('sha256 = "abc"', "models.good.sha256"),
        ("size = 0", "models.good.size"),
        ('file = "../model.onnx"', "models.good.file"),
        ('source = "file:///etc/passwd"', "models.good.source"),
        ('role = "inpaint"', "models.good"),
        ('surprise = "x"', "models.good.surprise"),
    ],
)
def test_a_wrong_row_is_named(change: str, where: str, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = change.split(" ")[0]
    lines = [line for line in row("good", "https://example.org/x").splitlines() if line.split()[:1] != [key]]
    table = shelf.with_name("other.toml")
    table.write_text("\n".join([*lines, change]))
    monkeypatch.setattr(catalogue, "_TABLE", table)
    with pytest.raises(OverlaycutError) as caught:
        known_models()
    assert f"{where}:" in caught.value.one_line()
