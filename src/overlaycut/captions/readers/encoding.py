"""Text files as text: byte order marks, UTF-8, UTF-16, and the code pages of older subtitle editors.

Files in code pages are short, and their times are ASCII, so statistics alone are unreliable. Evidence is taken in this
order: kana for Japanese; the detector's answer for other CJK encodings; whether letters beyond ASCII stand in words of
ASCII letters (Latin scripts) or in words of their own (Cyrillic, Greek, Hebrew, Arabic, Thai); and the alphabets of
languages for the choice among Latin code pages, Windows-1252 first.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import NamedTuple

import chardet

from overlaycut.core.file_kinds import refuse_special
from overlaycut.errors import InputError, MissingInput, UsageError

_MOST_BYTES = 64 << 20
"""Bytes beyond which a file is not taken for subtitles."""
_SAMPLE_BYTES = 200_000
"""Bytes of lines with letters beyond ASCII from which an encoding is determined."""

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
"""Byte order marks (The Unicode Standard, 23.8)."""

_JAPANESE = ("cp932", "euc_jp")
_CJK = ("cp932", "euc_jp", "gb18030", "big5", "cp949")
_OTHER_SCRIPTS = ("cp1251", "koi8_r", "koi8_u", "cp1253", "cp1255", "cp1256", "cp874")

_DETECTOR_NAMES = {
    "euc_jp": "euc_jis_2004",
    "big5": "big5hkscs",
    "koi8_r": "koi8-r",
    "koi8_u": "koi8-u",
}
"""chardet's names of encodings that differ from Python's, or hold what theirs holds."""

_NO_CHARACTERS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
"""Codecs of Python from text to text."""
_EXAMPLES = "such as utf-8, windows-1252, windows-1251, gb18030, shift_jis"

_KANA = re.compile("[\u3041-\u30ff]")
_WIDE = "[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\uffdc]"
_WIDE_RUN = re.compile(f"{_WIDE}+")
_LONE_IN_WORD = re.compile(f"(?<=[A-Za-z])(?<!{_WIDE}){_WIDE}(?!{_WIDE})|(?<!{_WIDE}){_WIDE}(?=[A-Za-z])")
_WORD_BYTES = re.compile(rb"[A-Za-z\x80-\xff]+")
_LETTER = re.compile(r"[^\W\d_ªº]")
_IMPLAUSIBLE = re.compile(
    r"""
    [a-zà-öø-ÿšžœ][A-ZÀ-ÖØ-ÞŠŽŒŸ]          # a capital inside a word
    | [^\W\d_][¹³ªº¼¾¯£¥][^\W\d_]           # a symbol inside a word,
    | \b[¹³ªº¼¾¯£¥]+[^\W\d_]                # at its beginning,
    | [^\W\d_]¿                             # or at its end
    | [^\W\d_]\ufffd | \ufffd[^\W\d_]       # a byte that the code page lacks
    """,
    re.VERBOSE,
)
"""What words of a Latin script do not hold: signs of another code page."""
_SYMBOL = "[¤¦§¨©¬®¯±´¶¸¹²³¼½¾×÷\u2500-\u259f]"
_NOT_IN_WORDS = re.compile(rf"[\x80-\x9f]|[^\W\d_]{_SYMBOL}|{_SYMBOL}[^\W\d_]")
"""What a wrong code page shows: C1 controls, and symbols beside letters."""


class _Language(NamedTuple):
    """What the words of a language hold beyond ASCII, as a pattern of letters in their context."""

    letters: str
    """Lower-case letters."""
    never: str = r"(?!)"
    """Pattern of what its words do not hold."""


_LATIN: tuple[tuple[str, tuple[_Language, ...]], ...] = (
    (
        "cp1252",
        (
            _Language("àâçéèêëîïôœùûüÿ"),  # French
            _Language("äöüßé"),  # German
            _Language("áéíñóúü"),  # Spanish
            _Language("ãáâàçéêíõóôúü", r"õ(?!e)|ã(?![oes]|\b)"),  # Portuguese
            _Language("àèéìíîòóù"),  # Italian
            _Language("àçèéíïòóúü"),  # Catalan
            _Language("åäöéà"),  # Swedish, Finnish
            _Language("æøåéôó"),  # Danish, Norwegian
            _Language("éèëïóöüáíê"),  # Dutch
            _Language("áðéíóúýþæö", r"\Bþ|\bð|[cqwz]|\A(?![\s\S]*[áéíóúæö])"),  # Icelandic
            _Language("äöõüšž", r"(?<![b-df-hj-np-tv-zõ])õ(?![b-df-hj-np-tv-zeiu])"),  # Estonian
            _Language("åäöšž"),  # Finnish
        ),
    ),
    ("cp1254", (_Language("çğıöşüâîûi̇"),)),  # Turkish
    (
        "cp1250",
        (
            _Language("ąćęłńóśźż"),  # Polish
            _Language("áčďéěíňóřšťúůýž"),  # Czech
            _Language("áäčďéíĺľňóôŕšťúýž"),  # Slovak
            _Language("áéíóöőúüű"),  # Hungarian
            _Language("čćđšž"),  # Slovene, Croatian, Bosnian, Serbian
            _Language("ăâîşţ"),  # Romanian
        ),
    ),
    ("cp1257", (_Language("ąčęėįšųūž"), _Language("āčēģīķļņšūž"))),  # Lithuanian, Latvian
)
"""Code pages of Latin scripts in the order in which they are tried, with their languages."""


def decoded(path: Path, encoding: str | None = None) -> tuple[str, tuple[str, ...]]:
    """The text of a file with line feeds as line ends, and warnings about its encoding.

    encoding: a name that Python knows; None determines it: byte order mark, UTF-8, UTF-16, then code pages, with a
    warning. Raises MissingInput when there is no file, InputError when it is not text in that encoding, UsageError for
    an unknown encoding.
    """
    if encoding is not None:
        encoding = known_encoding(encoding)
    refuse_special(path)
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingInput(path, "no such file", hint="check the path") from error
    except (OSError, ValueError) as error:
        raise InputError(path, f"cannot be read: {error}") from error
    if len(data) > _MOST_BYTES:
        raise InputError(path, f"is larger than {_MOST_BYTES >> 20} MB", hint="name a subtitle file")
    text, warnings = _text(path, data) if encoding is None else (_as(path, data, encoding), ())
    return text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff"), warnings


def known_encoding(name: str) -> str:
    """Python's name of a text encoding. Raises UsageError for an unknown one."""
    try:
        found = codecs.lookup(name).name
        "".encode(found)
    except (LookupError, ValueError) as error:
        raise UsageError(f"no encoding is called {name!r}", hint=_EXAMPLES) from error
    if found in _NO_CHARACTERS:
        raise UsageError(f"{name} is no encoding of text files", hint=_EXAMPLES)
    return found


def _as(path: Path, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        at = getattr(error, "start", 0)
        raise InputError(path, f"not {encoding} text (byte {at})", hint="name its encoding: --encoding NAME") from error


def _text(path: Path, data: bytes) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _as(path, data, encoding), ()
    found = _utf16_without_mark(data)
    if found is None:
        try:
            return data.decode("utf-8"), ()
        except UnicodeDecodeError:
            found = None if b"\x00" in data else _code_page(data)
    if found is None:
        raise InputError(path, "is no text", hint="name a subtitle file, saved as UTF-8, or its --encoding NAME")
    named = found.replace("cp125", "windows-125")
    advice = "check its letters, give --encoding NAME, or save it as UTF-8"
    # A few bytes are undefined in some code pages; one of them is no reason to refuse the rest.
    text = data.decode(found, errors="replace")
    warnings: tuple[str, ...] = (f"is not UTF-8 and was read as {named}: {advice}",)
    if lost := text.count("\ufffd"):
        warnings += (f"{lost} character(s) are none in {named} and were replaced",)
    return text, warnings


def _utf16_without_mark(data: bytes) -> str | None:
    """UTF-16 by the zero bytes of its ASCII characters, which times and line ends are."""
    data = data[: len(data) // 2 * 2]
    high, low = data[0::2].count(0), data[1::2].count(0)
    for encoding, zeros, others in (("utf-16-le", low, high), ("utf-16-be", high, low)):
        if zeros >= 8 and zeros * 5 >= len(data) // 2 and others * 20 <= zeros:
            try:
                data.decode(encoding)
            except UnicodeDecodeError:
                return None
            return encoding
    return None


def _code_page(data: bytes) -> str | None:
    """The code page of a text that is not UTF-8, or None for what is no text."""
    lines = (line for line in data.splitlines() if max(line, default=0) >= 0x80)
    sample = b"\n".join(lines)[:_SAMPLE_BYTES]
    if sum(byte < 0x20 and byte not in b"\t\n\v\f\r\x1a\x1b" for byte in data[:_SAMPLE_BYTES]) > len(data) // 100:
        return None
    for encoding in _JAPANESE:
        text = _decodes(sample, encoding)
        kana = len(_KANA.findall(text))
        if kana and 2 * kana >= sum(character > "\x7f" for character in text):
            return encoding
    detected = _detected(sample, (*_CJK, *_OTHER_SCRIPTS, *(page for page, _ in _LATIN)))
    if detected in _CJK and _plausible_cjk(_decodes(sample, detected)):
        return detected
    if _has_latin_words(sample):
        return _latin(sample)
    if _in_capitals(sample):
        return _detected(sample, ("cp1251", "cp1253")) or "cp1251"
    return _detected(sample, _OTHER_SCRIPTS) or "cp1252"


def _decodes(data: bytes, encoding: str) -> str:
    """The text, or an empty one when the data is not in that encoding; a cut-off last character is left out."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return ""


def _detected(sample: bytes, among: tuple[str, ...]) -> str | None:
    """The statistically most likely one of some encodings that shows no wrong characters."""
    known = [_DETECTOR_NAMES.get(name, name) for name in among]
    names = {detector: name for name, detector in _DETECTOR_NAMES.items()}
    for guess in chardet.detect_all(
        sample, include_encodings=[*known, "ascii"], compat_names=False, no_match_encoding="ascii"
    ):
        name = names.get(guess["encoding"] or "ascii", guess["encoding"] or "ascii")
        if name != "ascii" and not _NOT_IN_WORDS.search(_decodes(sample, name) or "\x80"):
            return name
    return None


def _plausible_cjk(text: str) -> bool:
    """Whether ideographs and syllables mostly stand together, or apart from ASCII letters."""
    wide = sum(map(len, _WIDE_RUN.findall(text)))
    return 2 * len(_LONE_IN_WORD.findall(text)) < wide


def _has_latin_words(sample: bytes) -> bool:
    """Whether letters beyond ASCII stand in words of ASCII letters rather than in words of their own."""
    mixed = own = 0
    for word in _WORD_BYTES.findall(sample):
        high = sum(byte >= 0x80 for byte in word)
        mixed += 0 < high < len(word)
        own += high == len(word) > 1
    return mixed > own or mixed == own > 0 or (own == 0 and re.search(rb"[A-Za-z]", sample) is not None)


def _in_capitals(sample: bytes) -> bool:
    """Whether all letters beyond ASCII are capitals of Cyrillic or Greek; Arabic and Hebrew use other bytes as well."""
    letters = re.sub(rb"[\x00-\xa7\xa9-\xbf]", b"", sample)
    return len(letters) > 2 and all(byte == 0xA8 or 0xC0 <= byte <= 0xDF for byte in letters)


def _latin(sample: bytes) -> str:
    """The first Latin code page in which the text is one language's, or the statistically most likely one."""
    for encoding, languages in _LATIN:
        text = sample.decode(encoding, errors="replace")
        if _IMPLAUSIBLE.search(text):
            continue
        lower = text.lower()
        letters = {letter for letter in _LETTER.findall(lower) if letter > "\x7f"}
        if any(letters <= set(language.letters) and not re.search(language.never, lower) for language in languages):
            return encoding
    return _detected(sample, tuple(page for page, _ in _LATIN)) or "cp1252"
