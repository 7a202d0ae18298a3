"""Subtitle files, well made and not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overlaycut.captions import Subtitles, read_cues
from overlaycut.core.time import clock
from overlaycut.errors import DocumentError, ExitCode, InputError, MissingInput

same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)


def read(folder: Path, text: str | bytes) -> Subtitles:
    path = folder / "words.srt"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_cues(path)


def words(subtitles: Subtitles) -> list[str]:
    return [cue.text for cue in subtitles.cues]


def test_a_plain_file_needs_no_warning(tmp_path: Path) -> None:
    found = read(tmp_path, "1\n00:00:01,000 --> 00:00:02,500\nHello,\nworld\n\n2\n00:00:02,500 --> 01:00:00,001\nBye\n")
    assert words(found) == ["Hello,\nworld", "Bye"]
    assert [(cue.start, cue.end) for cue in found.cues] == [
        (Fraction(1), Fraction(5, 2)),
        (Fraction(5, 2), Fraction(3_600_001, 1000)),
    ]
    assert found.warnings == ()


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_endings_and_byte_order_marks_do_not_matter(tmp_path: Path, ending: str, mark: bytes) -> None:
    text = "1\n00:00:01.000 --> 00:00:02.000 X1:40 X2:600\nä ö\n\n2\n00:00:03,000-->00:00:04,000\nß\n"
    found = read(tmp_path, mark + text.replace("\n", ending).encode())
    assert words(found) == ["ä ö", "ß"]
    assert found.warnings == ()


def test_numbers_may_be_missing_and_words_may_be_numbers(tmp_path: Path) -> None:
    text = "0:01 --> 0:02\n42\n0:03 --> 0:04\nRoom\n101\n\n0:05 --> 0:06\n7"
    assert words(read(tmp_path, text)) == ["42", "Room\n101", "7"]


def test_numbers_may_begin_late(tmp_path: Path) -> None:
    assert words(read(tmp_path, "0:01 --> 0:02\nA\n\n2\n0:03 --> 0:04\nB\n")) == ["A", "B"]


def test_numbers_do_not_become_words_without_blank_lines(tmp_path: Path) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nA\n2\n00:00:03,000 --> 00:00:04,000\n3\n00:00:05,000 --> 00:00:06,000\nC"
    found = read(tmp_path, text)
    assert words(found) == ["A", "C"]
    assert found.warnings == ("without words, left out: cue 2",)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("<i>so</i> <b>it</b> <FONT color='#ff0000' size=3>is</FONT>", "so it is"),
        (r"{\an8}up{\i1} here\Nand\hdown", "up here\nand down"),
        ("Q&amp;A &#38; &#x41; &lt;i&gt;", "Q&A & A <i>"),
        ("a\x00b\x7f", "ab"),
    ],
)
def test_markup_is_taken_out_and_said(tmp_path: Path, written: str, plain: str) -> None:
    found = read(tmp_path, f"1\n0:01 --> 0:02\n{written}\n")
    assert words(found) == [plain]
    assert found.warnings == ("markup or control characters were taken out of cue 1",)


@pytest.mark.parametrize(
    "text", ["I <3 you", "you &notme", "AT&T", "a < b > c", "{so} it is", "A --> B", "9:00 - 17:00"]
)
def test_words_that_look_like_markup_stay(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, f"1\n0:01 --> 0:02\nfirst\n{text}\n")
    assert words(found) == [f"first\n{text}"]
    assert found.warnings == ()


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, "Kind: captions\n\n1\n0:01 --> 0:02\n\n\n2\n0:02 --> 0:03\n<i></i>\n\n3\n0:03 --> 0:04\nC")
    assert words(found) == ["C"]
    assert found.warnings == (
        "what stands before the first cue was left out: 'Kind: captions'",
        "markup or control characters were taken out of cue 2",
        "without words, left out: cues 1, 2",
    )


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ("00:00:02,000 --> 00:00:01,000", "cue 2 (line 6)"),
        ("-00:00:02,000 --> 00:00:03,000", "cue 2 (line 6)"),
        ("00:61:02,000 --> 00:62:03,000", "cue 2 (line 6)"),
        ("00:00:02,000 --> soon", "line 6"),
        ("00:00:02,000 -> 00:00:03,000", "line 6"),
        ("00:00:02,000 → 00:00:03,000", "line 6"),
    ],
)
def test_times_that_cannot_be_are_refused_by_name(tmp_path: Path, times: str, found: str) -> None:
    with pytest.raises(DocumentError) as refusal:
        read(tmp_path, f"1\n0:01 --> 0:02\nA\n\n2\n{times}\nB\n")
    assert refusal.value.where == found
    assert refusal.value.found.strip("'") == times
    assert refusal.value.exit_code == ExitCode.USAGE


def test_careless_overlaps_are_cut_and_real_ones_kept(tmp_path: Path) -> None:
    times = ["0:01 --> 0:02.1", "0:02 --> 0:09", "0:03 --> 0:04", "0:05 --> 0:06"]
    found = read(tmp_path, "\n\n".join(f"{n}\n{time}\nword {n}" for n, time in enumerate(times, start=1)))
    assert [cue.end for cue in found.cues] == [2, 9, 4, 6]
    assert found.warnings == (
        "reached at most 0.1 s into the next cue and were cut there: cue 1",
        "begin before an earlier cue ends, so that both are shown at once: cues 3, 4",
    )


def test_cues_are_sorted_and_it_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, "1\n0:03 --> 0:04\nB\n\n2\n0:01 --> 0:02\nA\n")
    assert words(found) == ["A", "B"]
    assert found.warnings == ("the cues were not in order of time and were sorted",)


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    assert read(tmp_path, "\n \n") == Subtitles((), ("words.srt holds no words",))


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as refusal:
        read_cues(tmp_path / "words.sub")
    assert refusal.value.allowed == ".srt, .vtt, .ass, .ssa, .json, .txt"
    with pytest.raises(MissingInput):
        read_cues(tmp_path / "words.srt")
    with pytest.raises(InputError, match="no text"):
        read(tmp_path, b"1\x00\xe4\xff\n")
    with pytest.raises(DocumentError, match="line 1"):
        read(tmp_path, "just a letter to mother\n")


lines_of_srt = st.lists(
    st.one_of(
        st.sampled_from(
            ["", "1", "2", "00:00:01,000 --> 00:00:02,000", "0:02 --> 0:05", "-->", "1 -->", "<i>", "&#0;"]
        ),
        st.text(max_size=30),
    ),
    max_size=12,
)


@same_folder
@given(lines=lines_of_srt)
def test_any_text_is_read_or_refused(tmp_path: Path, lines: list[str]) -> None:
    try:
        found = read(tmp_path, "\n".join(lines).encode(errors="replace"))
    except DocumentError as refusal:
        assert refusal.where and refusal.found and refusal.allowed
        return
    arrows = sum(1 for line in lines if line in {"00:00:01,000 --> 00:00:02,000", "0:02 --> 0:05"})
    assert len(found.cues) >= arrows or found.warnings
    assert all(cue.text.strip() for cue in found.cues)


spoken = st.text("abcäöß éあ,.!?'’-", min_size=1, max_size=30).map(lambda text: " ".join(text.split())).filter(bool)


@same_folder
@given(texts=st.lists(spoken, min_size=1, max_size=6), step=st.integers(1, 10_000_000), comma=st.booleans())
def test_what_is_written_is_read_back(tmp_path: Path, texts: list[str], step: int, comma: bool) -> None:
    times = [Fraction(n * step, 1000) for n in range(len(texts) + 1)]
    mark = "," if comma else "."
    blocks = [
        f"{n}\n{clock(times[n - 1], mark=mark)} --> {clock(times[n], mark=mark)}\n{text}\n"
        for n, text in enumerate(texts, start=1)
    ]
    found = read(tmp_path, "\n".join(blocks))
    assert [(cue.start, cue.end, cue.text) for cue in found.cues] == list(zip(times, times[1:], texts, strict=False))
    assert found.warnings == ()


_OVERLONG = {
    "words.vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\n" + "word " * 20_000,
    "letters.srt": "1\n00:00:00,000 --> 00:00:01,000\n" + "w" * 100_000,
    "marks.srt": "1\n00:00:00,000 --> 00:00:01,000\na" + "\u0301" * 1_000_000,
    "events.ass": "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Dialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,," + "w " * 50_000,
    "segment.json": '{"segments": [{"start": 0, "end": 1, "text": "%s"}]}' % ("word " * 20_000),
    "word.json": '{"words": [{"start": 0.0, "end": 1.5, "text": "%s"}]}' % ("w" * 100_000),
}


@pytest.mark.parametrize("name", _OVERLONG)
def test_a_cue_longer_than_any_caption_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(_OVERLONG[name], encoding="utf-8")
    with pytest.raises(DocumentError, match=r"cue 1: found [0-9]+ characters"):
        read_cues(path)


def test_the_longest_cue_that_is_read(tmp_path: Path) -> None:
    assert len(read(tmp_path, "1\n00:00:00,000 --> 00:00:01,000\n" + "w" * 2000).cues[0].text) == 2000
    with pytest.raises(DocumentError, match="cue 1: found 2001 characters"):
        read(tmp_path, "1\n00:00:00,000 --> 00:00:01,000\n" + "w" * 2001)


def test_more_cues_at_once_than_any_picture_has_room_for(tmp_path: Path) -> None:
    def crowd(count: int) -> str:
        return "".join(f"{n}\n00:00:00,000 --> 00:00:01,000\nline {n}\n\n" for n in range(count))

    apart = "".join(
        f"{n}\n00:{n // 60:02}:{n % 60:02},000 --> 00:{n // 60:02}:{n % 60:02},900\nx\n\n" for n in range(900)
    )
    assert len(read(tmp_path, crowd(50)).cues) == 50 and len(read(tmp_path, apart).cues) == 900
    with pytest.raises(DocumentError, match="more than 50 cues at the same time"):
        read(tmp_path, crowd(51))
