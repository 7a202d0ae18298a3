"""Bytes of a text file into text, whatever encoding they are in."""

from __future__ import annotations

from pathlib import Path

from charset_normalizer import from_bytes

from overlaycut.errors import InputError, MissingInput

_MOST_BYTES = 64 << 20
"""Text of this length would be read for weeks: the file is something else."""

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
"""Byte order marks (The Unicode Standard, 23.8)."""


_COMMON = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp874", "koi8_r"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
"""What subtitle editors wrote before UTF-8. Others are told from these by chance alone in a text of this length."""


def decoded(path: Path) -> tuple[str, tuple[str, ...]]:
    """The text of a file with plain line ends, and what is to be said about its encoding.

    A byte order mark decides, then UTF-8 when it fits; else the encoding is found by its statistics, and that is
    said. Raises MissingInput when there is no file, InputError when it holds no text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingInput(path, "no such file", hint="check the path") from error
    except (OSError, ValueError) as error:
        raise InputError(path, f"cannot be read: {error}") from error
    if len(data) > _MOST_BYTES:
        raise InputError(path, f"is larger than {_MOST_BYTES >> 20} MB", hint="name a subtitle file")
    text, warnings = _text(path, data)
    return text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff"), warnings


def _text(path: Path, data: bytes) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in (*_MARKS, (b"", "utf-8")):
        if data.startswith(mark):
            try:
                return data.decode(encoding), ()
            except UnicodeDecodeError as error:
                if mark:
                    raise InputError(path, f"not {encoding} text (byte {error.start})", hint="save it anew") from error
    if b"\x00" in data:
        raise InputError(path, "is no text", hint="name a subtitle file, saved as UTF-8")
    best = from_bytes(data, cp_isolation=[*_COMMON]).best()
    if best is None:
        raise InputError(path, "is text in no encoding that could be told", hint="save it as UTF-8")
    return str(best), (f"is not UTF-8 and was read as {best.encoding}: check its accents, or save it as UTF-8",)
