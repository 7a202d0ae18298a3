"""Documents: what is wrong is named by file, key path, what was found and what is allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from overlaycut.core.documents import Document, QuadField, SpanField, parsed, read_json, read_text, read_toml
from overlaycut.core.geometry import Quad, Span
from overlaycut.errors import DocumentError, ExitCode, InputError, MissingInput


class Inner(Document):
    size: int
    weight: float = 1.0


class Outer(Document):
    span: SpanField = Span(0, 1)
    quad: QuadField | None = None
    inner: Inner | None = None
    many: tuple[Inner, ...] = ()


def wrong(document: dict[str, Any]) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        parsed(Outer, document, Path("doc.json"))
    return caught.value


@pytest.mark.parametrize(
    ("document", "where", "found", "allowed"),
    [
        ({"many": [{"size": 1}, {"size": "x"}]}, "many[1].size", "'x'", "integer"),
        ({"inner": {}}, "inner.size", "nothing", "required"),
        ({"many": [{"size": 1, "sise": 2}]}, "many[0].sise", "the unknown key 'sise'", "size, weight"),
        ({"spam": 1}, "spam", "the unknown key 'spam'", "span, quad, inner, many"),
        ({"span": [3, 3]}, "span", "[3, 3]", "forward"),
        ({"span": [0.5, 3]}, "span", "[0.5, 3]", "two whole numbers"),
        ({"span": "0-3"}, "span", "'0-3'", "two whole numbers"),
        ({"quad": [[0, 0], [1, 0], [1, 1]]}, "quad", "[[0, 0], [1, 0], [1, 1]]", "four finite"),
        ({"quad": [1, 2, 3, 4]}, "quad", "[1, 2, 3, 4]", "four [x, y] points"),
        ({"quad": [[{}, 0], [1, 0], [1, 1], [0, 1]]}, "quad", "[[{}, 0],", "four [x, y] points"),
        ({"quad": [[10**400, 0], [1, 0], [1, 1], [0, 1]]}, "quad", "[[1000", "four [x, y] points"),
        ({"quad": [[0, 0], [1, 0], [1, 1], [0]]}, "quad", "[0]]", ""),
        ({"inner": {"size": 1, "weight": float("nan")}}, "inner.weight", "nan", "finite"),
        ({"inner": {"size": 1, "weight": float("inf")}}, "inner.weight", "inf", "finite"),
    ],
)
def test_a_mistake_is_named(document: dict[str, Any], where: str, found: str, allowed: str) -> None:
    error = wrong(document)
    assert error.path == Path("doc.json")
    assert error.where == where
    assert found in error.found
    assert allowed in error.allowed
    assert error.exit_code is ExitCode.USAGE
    assert error.one_line() == f"doc.json: {where}: found {error.found} (allowed: {error.allowed})"


def test_a_long_value_is_shortened() -> None:
    assert len(wrong({"span": "x" * 500}).found) == 60


def test_documents_are_frozen_and_written_as_they_are_read() -> None:
    outer = parsed(Outer, {"span": [2, 5], "quad": [[0, 0], [1.25, 0], [1, 1], [0, 1]]}, Path("doc.json"))
    assert outer.span == Span(2, 5)
    assert outer.quad == Quad((0, 0), (1.25, 0), (1, 1), (0, 1))
    assert outer.model_dump(mode="json")["span"] == [2, 5]
    assert parsed(Outer, outer.model_dump(mode="json"), Path("doc.json")) == outer
    with pytest.raises(ValueError, match="frozen"):
        outer.span = Span(0, 1)


@pytest.mark.parametrize(
    ("text", "where"),
    [("", "line 1, column 1"), ("{\n  1: 2}", "line 2, column 3"), ("[]", ""), ("3", ""), ("[" * 100_000, "")],
)
def test_json_that_is_none(tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / "doc.json"
    path.write_text(text)
    with pytest.raises(DocumentError) as caught:
        read_json(path)
    assert caught.value.where == where
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("text", ["x", "x =", "a = 1\na = 2", "x = " + "[" * 100_000, "x = " + "9" * 10_000, "\x00"])
def test_toml_that_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "doc.toml"
    path.write_text(text)
    with pytest.raises(DocumentError):
        read_toml(path)


def test_json_with_thousands_of_digits(tmp_path: Path) -> None:
    path = tmp_path / "doc.json"
    path.write_text('{"x": ' + "9" * 10_000 + "}")
    with pytest.raises(DocumentError):
        read_json(path)


def test_texts_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "doc.json"
    path.write_bytes(b"\xef\xbb\xbf{}")
    assert read_json(path) == {}


def test_texts_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.srt").write_bytes(b"caf\xe9")
    with pytest.raises(InputError, match="byte 3") as caught:
        read_text(tmp_path / "latin.srt")
    assert caught.value.exit_code is ExitCode.BAD_INPUT
    for missing in (tmp_path / "nowhere.toml", tmp_path):
        with pytest.raises(MissingInput):
            read_text(missing)
    with pytest.raises(InputError):
        read_text(tmp_path / ("x" * 300))


def test_a_file_larger_than_any_document_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overlaycut.core.documents._MOST_BYTES", 1 << 20)
    path = tmp_path / "plan.json"
    path.write_text("{}" + " " * ((1 << 20) - 2))
    assert read_json(path) == {}
    path.write_text("{}" + " " * (1 << 20))
    with pytest.raises(InputError, match="is larger than 1 MB"):
        read_json(path)
