"""`overlaycut models`: what is printed, and the contract's exit codes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from overlaycut.cli.app import run
from overlaycut.models import catalogue

BODY = b"a very small model"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("OVERLAYCUT_MODELS", str(tmp_path / "models"))
    table = tmp_path / "catalogue.toml"
    table.write_text(
        "\n".join(
            [
                "[tiny]", 'title = "A tiny model"', 'role = "faces"', 'licence = "CC-BY-NC-4.0"', "commercial = false",
                f"size = {len(BODY)}", f'sha256 = "{hashlib.sha256(BODY).hexdigest()}"', 'file = "m.onnx"',
                'source = "http://127.0.0.1:9/m.onnx"', 'page = "https://example.org"', "checked = 2026-01-01",
                'evidence = "made here"', 'takes = "x"', 'gives = "y"',
            ]
        )
    )  # fmt: skip
    monkeypatch.setattr(catalogue, "_TABLE", table)
    (tmp_path / "fetched.bin").write_bytes(BODY)
    return tmp_path / "models"


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    assert run(["models", "list", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    (model,) = report["models"]
    return {**model, "folder": report["folder"]}


def test_the_list_says_what_is_known_and_what_is_here(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = listed(capsys)
    assert model["name"] == "tiny" and model["state"] == "absent" and model["folder"] == str(shelf)
    assert (model["licence"], model["commercial"], model["size"]) == ("CC-BY-NC-4.0", False, len(BODY))
    shelf.mkdir()
    (shelf / "tiny.onnx").write_bytes(b"?")
    assert listed(capsys)["state"] == "damaged"
    assert run(["models", "list"]) == 0
    out = capsys.readouterr().out
    assert "tiny" in out and "damaged" in out and "not for commercial use" in out and str(shelf) in out


def test_a_file_is_added_once(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["models", "add", "tiny", str(shelf.with_name("fetched.bin"))]
    assert run(words) == 0
    assert str(shelf / "tiny.onnx") in capsys.readouterr().out
    assert run([*words, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["new"] is False and report["model"]["state"] == "present"
    assert listed(capsys)["state"] == "present"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["pull", "nope"], 2, "known: tiny"),
        (["pull"], 2, "Missing argument"),
        (["pull", "tiny"], 4, "overlaycut models add tiny FILE"),
        (["add", "tiny", "nothing.bin"], 3, "nothing.bin: no such file"),
        (["add", "tiny", __file__], 3, "nothing was kept"),
    ],
)
def test_what_goes_wrong_has_the_contracts_exit_code(
    words: list[str], code: int, said: str, shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", *words]) == code
    out, err = capsys.readouterr()
    assert out == "" and said in err
    assert not shelf.exists() or not any(shelf.iterdir())
