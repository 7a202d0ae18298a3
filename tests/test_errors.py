"""The tree of errors is what its module says: one base, an exit code each, one line each."""

from __future__ import annotations

from pathlib import Path

import pytest

from overlaycut import errors
from overlaycut.errors import DocumentError, ExitCode, InputError, OutputError, OverlaycutError, UsageError

CLASSES = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, OverlaycutError)]
CODES = {
    "OverlaycutError": 70, "UsageError": 2, "DocumentError": 2, "InvalidValue": 2, "OutputError": 2, "InputError": 3,
    "MissingInput": 3, "DecodeError": 3, "NoPicture": 3, "UnsupportedColour": 3, "FontError": 3, "ProviderError": 4,
    "BudgetExceeded": 2, "MissingKey": 4, "NetworkError": 4, "RequestRefused": 4, "BadAnswer": 4,
    "SubmissionUnknown": 4, "MissingPart": 5, "ModelError": 5, "PluginError": 5, "Cancelled": 130,
}  # fmt: skip
"""The contract's exit codes."""


def test_every_error_has_the_exit_code_of_the_contract() -> None:
    assert {kind.__name__: int(kind.exit_code) for kind in CLASSES} == CODES


@pytest.mark.parametrize("kind", CLASSES)
def test_the_module_draws_the_tree_as_it_is(kind: type[OverlaycutError]) -> None:
    line = next(line for line in (errors.__doc__ or "").splitlines() if kind.__name__ in line.split())
    assert line.split(kind.__name__)[1].split()[0] == str(int(kind.exit_code))


def test_one_line_is_one_line() -> None:
    error = UsageError("two\nlines  and\ttabs", hint="do\nthis")
    assert error.one_line() == "two lines and tabs (do this)"
    assert OutputError("no hint").one_line() == "no hint"
    assert (str(error), error.hint) == ("two\nlines  and\ttabs", "do\nthis")


def test_what_went_wrong_is_kept_in_pieces() -> None:
    error = DocumentError(Path("p.toml"), "shots[0].in", "'x'", "seconds")
    assert (error.path, error.where, error.found, error.allowed) == (Path("p.toml"), "shots[0].in", "'x'", "seconds")
    assert DocumentError("p.toml", "", "nothing", "a table").one_line() == (
        "p.toml: document: found nothing (allowed: a table)"
    )
    assert InputError("a.mp4", "is empty").path == "a.mp4"


def test_exit_codes_are_those_of_the_contract() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "DONE": 0, "GATE_FAILED": 1, "USAGE": 2, "BAD_INPUT": 3, "PROVIDER": 4, "MISSING_PART": 5, "BUG": 70,
        "INTERRUPTED": 130,
    }  # fmt: skip
