"""One tree of errors, each with the exit code and the hint that a person needs.

    OverlaycutError            70  (only as a base; never raised itself)
    ├── UsageError              2  flags that contradict each other, an output that is an input
    │   ├── DocumentError       2  a project, plan, style or policy file with a wrong key or value
    │   ├── InvalidValue        2  an argument of the wrong type or outside its range; a ValueError as well
    │   ├── OutputError         2  a place that cannot be written: no space, no permission
    │   └── BudgetExceeded      2  generating would cost more than was allowed, or nobody knows what it costs
    ├── InputError              3  a file that cannot be used
    │   ├── MissingInput        3  it is not there, or it is a directory
    │   ├── DecodeError         3  FFmpeg cannot read it, or it ends too early
    │   ├── NoPicture           3  it has no video, or video without a frame
    │   ├── UnsupportedColour   3  colour that cannot be converted to BT.709
    │   └── FontError           3  a font that cannot be opened, or lacks a glyph
    ├── ProviderError           4  a generation service or the network failed
    │   ├── MissingKey          4  no key for the service in the environment or the keyring
    │   ├── NetworkError        4  no connection: the network is off, a name is unknown, time ran out
    │   ├── RequestRefused      4  the service refuses: wrong key, no balance, moderation, values it does not take
    │   ├── BadAnswer           4  an answer that is not what the protocol promises, or an address that is not safe
    │   └── SubmissionUnknown   4  nobody knows whether a paid task was made; it is not submitted again by itself
    ├── MissingPart             5  a model or an optional dependency is not installed
    │   ├── ModelError          5  a model is there and cannot be used: damaged, or with the wrong output
    │   └── PluginError         5  a plug-in cannot be loaded, raises, or has the wrong output
    └── Cancelled             130  the work was cancelled before its end

Foreign exceptions are translated where their library is imported: FFmpeg's in `media`, onnxruntime's in `models`,
httpx's in `models` and `providers`, pydantic's in `core.documents`. Nothing else catches them.
"""

from __future__ import annotations

import unicodedata
from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """Exit status of the command line."""

    DONE = 0
    GATE_FAILED = 1
    """The work was done, but a gate failed; the verdict is in the output."""
    USAGE = 2
    BAD_INPUT = 3
    PROVIDER = 4
    MISSING_PART = 5
    BUG = 70
    INTERRUPTED = 130
    """128 + SIGINT, what shells report for Ctrl-C."""


_STEERING = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories of what steers a terminal or cannot be written: controls, surrogates, separators of lines."""
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What makes a line look like another one: embeddings, overrides and isolates of direction (UAX #9)."""


def printable(text: str) -> str:
    r"""`text` with what would break or steer a line on a terminal written as \n, \x1b or \u202e."""
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if character in _TURNING or unicodedata.category(character) in _STEERING
        else character
        for character in text
    )


class OverlaycutError(Exception):
    """Anything this package raises on purpose.

    `problem` is one line: what, where. `hint` is one line: what to do; it may be empty.
    """

    exit_code = ExitCode.BUG

    def __init__(self, problem: str, *, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint

    def one_line(self) -> str:
        """What went wrong and what to do about it, without a line break."""
        text = f"{self.problem} ({self.hint})" if self.hint else self.problem
        return printable(" ".join(text.split()))


class UsageError(OverlaycutError):
    """The request cannot be carried out as it stands."""

    exit_code = ExitCode.USAGE


class DocumentError(UsageError):
    """A document is wrong at one place, which is named.

    `where` is the key path ("shots[1].still"), `found` what stands there, `allowed` what may stand there.
    """

    def __init__(self, path: Path | str, where: str, found: str, allowed: str) -> None:
        super().__init__(f"{path}: {where or 'document'}: found {found}", hint=f"allowed: {allowed}")
        self.path = path
        self.where = where
        self.found = found
        self.allowed = allowed


class InvalidValue(UsageError, ValueError):
    """An argument has the wrong type, or lies outside its range."""


class OutputError(UsageError):
    """A file cannot be written where it was asked for."""


class BudgetExceeded(UsageError):
    """Generating would cost more than was allowed, or the price of a model is not known."""


class InputError(OverlaycutError):
    """A file that was given cannot be used."""

    exit_code = ExitCode.BAD_INPUT

    def __init__(self, path: Path | str, problem: str, *, hint: str = "") -> None:
        super().__init__(f"{path}: {problem}", hint=hint)
        self.path = path


class MissingInput(InputError):
    """The path leads to no file."""


class DecodeError(InputError):
    """The bytes are not media that FFmpeg can read to the end."""


class NoPicture(InputError):
    """The file is media, but there is no picture in it."""


class UnsupportedColour(InputError):
    """The picture's colour cannot be converted to BT.709 without a decision that a person must take."""


class FontError(InputError):
    """A font file cannot be opened, or has no glyph for a character that must be drawn."""


class ProviderError(OverlaycutError):
    """A generation service or the network failed."""

    exit_code = ExitCode.PROVIDER


class MissingKey(ProviderError):
    """There is no key for a service; the problem names the variable that would hold it."""


class NetworkError(ProviderError):
    """No connection, or none that lasted: nothing is known of the service itself.

    `sent` is whether the service may have got the request.
    """

    def __init__(self, problem: str, *, hint: str = "", sent: bool = False) -> None:
        super().__init__(problem, hint=hint)
        self.sent = sent


class RequestRefused(ProviderError):
    """The service answered and refuses.

    `kind` is one of `providers.FailureKind` ("auth", "balance", "moderation", "invalid", …), `code` the service's own.
    """

    def __init__(self, problem: str, *, hint: str = "", kind: str = "other", code: str = "") -> None:
        super().__init__(problem, hint=hint)
        self.kind = kind
        self.code = code


class BadAnswer(ProviderError):
    """An answer is not what the protocol promises: no JSON, other media, an address that may not be opened."""


class SubmissionUnknown(ProviderError):
    """A paid task may have been made or not; whoever knows decides whether it is submitted again."""


class MissingPart(OverlaycutError):
    """A model or an optional dependency is missing; the hint holds the command that installs it."""

    exit_code = ExitCode.MISSING_PART


class ModelError(MissingPart):
    """A model is there, but it is damaged, cannot be run, or its output has the wrong shape."""


class PluginError(MissingPart):
    """A plug-in cannot be loaded, raises, or its output has the wrong type or shape."""


class Cancelled(OverlaycutError):
    """The work was cancelled before its end; nothing half-written is left."""

    exit_code = ExitCode.INTERRUPTED
