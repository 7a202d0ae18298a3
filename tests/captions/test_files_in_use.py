"""Subtitle files as editors, transcribers and players really write them."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from overlaycut.captions import Subtitles, read_cues
from overlaycut.errors import DocumentError, InputError, UsageError


def read(folder: Path, name: str, content: str | bytes | object, **options: object) -> Subtitles:
    path = folder / name
    if not isinstance(content, str | bytes):
        content = json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_cues(path, **options)


def srt(*texts: str) -> str:
    return "\n".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{text}\n" for n, text in enumerate(texts, start=1))


def texts(found: Subtitles) -> list[str]:
    return [cue.text for cue in found.cues]


def times(found: Subtitles) -> list[tuple[float, float]]:
    return [(float(cue.start), float(cue.end)) for cue in found.cues]


def spoken(found: Subtitles) -> list[tuple[str, float, float]]:
    return [(word.text, float(word.start), float(word.end)) for cue in found.cues for word in cue.words]


# Encodings

SHORT = {
    "cp1252": [
        "Où étais-tu hier ?",
        "J’ai préféré le café, ça va.",
        "È già così.",
        "Não vamos à praia amanhã.",
        "Jag är på väg.",
        "Hører du, før går vi.",
        "Die Straße ist für dich.",
        "¿Dónde está la niña?",
        "Það er gott veður í dag.",
        "Hyvää huomenta äiti",
        "Beyoncé",
        "Größe: 5 µm",
        "Señorita, ¡no!",
        "Subí al 5º piso, 3ª puerta.",
        "Þú ert hér",
        "OÙ ÊTES-VOUS ?",
    ],
    "cp1250": [
        "Byłeś już późno?",
        "Musíš už jít domů, včera bylo pozdě.",
        "Ne znam, već ćeš čuti.",
        "Să plecăm, este târziu.",
    ],
    "cp1251": ["Где ты был вчера?", "Нет!", "ЧТО ЭТО?", "Доброго ранку, їжаче"],
    "koi8_r": ["Где ты был вчера? Я тебя искал."],
    "cp1253": ["Πού ήσουν χθες το βράδυ;", "Καλημέρα σας", "Όχι!", "ΟΧΙ ΤΩΡΑ"],
    "cp1254": ["Yarın geleceğim, teşekkürler.", "Çok güzel bir gün değil mi?", "Şimdi ne yapıyorsun?"],
    "cp1255": ["לאן אתה הולך?", "מה השעה עכשיו?", "לילה טוב"],
    "cp1256": ["إلى أين تذهب؟", "لا أعرف", "مساء الخير يا صديقي"],
    "gb18030": ["你去哪里？", "现在几点了？", "再见", "这是Tom的书"],
    "big5": ["你去哪裡？", "現在幾點了？", "再見，明天見"],
    "cp932": ["どこに行くの？", "さようなら", "コーヒー", "今は何時ですか？"],
    "euc_jp": ["どこに行くの？", "今は何時ですか？"],
    "cp949": ["어디 가세요?", "지금 몇 시예요?", "안녕히 가세요"],
    "cp874": ["คุณจะไปไหน", "ตอนนี้กี่โมงแล้ว"],
}  # fmt: skip


@pytest.mark.parametrize(("encoding", "text"), [(name, text) for name, all_ in SHORT.items() for text in all_])
def test_one_line_is_enough_to_tell_its_code_page(tmp_path: Path, encoding: str, text: str) -> None:
    found = read(tmp_path, "x.srt", srt(text).encode(encoding))
    assert texts(found) == [text]
    (warning,) = found.warnings
    assert "--encoding" in warning


def test_bytes_that_a_code_page_lacks_are_replaced_and_it_is_said(tmp_path: Path) -> None:
    data = srt("Je préfère le café", "X").encode("cp1252").replace(b"X", b"\x9d")
    found = read(tmp_path, "x.srt", data)
    assert texts(found) == ["Je préfère le café", "\ufffd"]
    assert any("1 character(s)" in warning for warning in found.warnings)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["Déjà vu", "Где ты был?", "どこに行くの？"])
def test_utf16_needs_no_mark(tmp_path: Path, encoding: str, text: str) -> None:
    found = read(tmp_path, "x.srt", srt(text).encode(encoding))
    assert texts(found) == [text]
    assert "utf-16" in found.warnings[0]


def test_an_encoding_that_is_given_is_taken(tmp_path: Path) -> None:
    data = srt("Привет").encode("cp866")
    found = read(tmp_path, "x.srt", data, encoding="cp866")
    assert texts(found) == ["Привет"] and found.warnings == ()
    assert texts(read(tmp_path, "x.srt", srt("Où ?").encode("latin-1"), encoding="ISO-8859-1")) == ["Où ?"]
    with pytest.raises(InputError, match="not utf-8 text"):
        read(tmp_path, "x.srt", data, encoding="UTF-8")
    for unknown in ("klingon", "", "rot13", "hex", "a\x00b", "punycode", "unicode_escape"):
        with pytest.raises(UsageError, match="no encoding"):
            read(tmp_path, "x.srt", data, encoding=unknown)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["x.srt", "x.vtt"])
def test_line_ends_of_every_system_are_read(tmp_path: Path, ending: str, name: str) -> None:
    head = "WEBVTT\n\n" if name.endswith("vtt") else ""
    text = (head + srt("A\nB", "C")).replace("\n", ending)
    assert texts(read(tmp_path, name, text)) == ["A\nB", "C"]


# Times and text

ZERO = {
    "x.srt": "1\n0:01 --> 0:02\nA\n\n2\n0:03 --> 0:03\nB\n\n3\n{after} --> 0:09\nC\n",
    "x.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nA\n\n00:03.000 --> 00:03.000\nB\n\n{after}.000 --> 00:09.000\nC\n",
}  # fmt: skip


@pytest.mark.parametrize("name", ZERO)
@pytest.mark.parametrize(("after", "end"), [("00:08", 4.0), ("00:04", 4.0), ("00:03", 4.0)])
def test_a_cue_without_duration_is_kept_and_it_is_said(tmp_path: Path, name: str, after: str, end: float) -> None:
    text = ZERO[name].replace("{after}", after)
    found = read(tmp_path, name, text)
    assert ("B", 3.0, end) in [(cue.text, float(cue.start), float(cue.end)) for cue in found.cues]
    assert any("without duration" in warning and "cue 2" in warning for warning in found.warnings)


def test_a_cue_without_duration_ends_where_the_next_one_begins(tmp_path: Path) -> None:
    found = read(tmp_path, "x.srt", "1\n0:03 --> 0:03\nB\n\n2\n0:03.4 --> 0:09\nC\n")
    assert times(found) == [(3.0, 3.4), (3.4, 9.0)]


@pytest.mark.parametrize("name", ["x.srt", "x.vtt"])
@pytest.mark.parametrize("text", ["Step 1 --> 2", "A --> B", "1 --> 2", "x=3 --> y", "-->", "see --> 12 apples"])
def test_arrows_in_words_are_words(tmp_path: Path, name: str, text: str) -> None:
    head = "WEBVTT\n\n" if name.endswith("vtt") else ""
    found = read(tmp_path, name, head + srt(f"first\n{text}", "second"))
    assert texts(found) == [f"first\n{text}", "second"]


@pytest.mark.parametrize("name", ["x.srt", "x.vtt"])
@pytest.mark.parametrize(
    "line", ["00:00:02,000 --> soon", "soon --> 00:00:02,000", "00:00:02 -> 00:00:03", "00: 00: 02, 5 -> 00: 00: 03, 0"]
)
def test_times_that_were_meant_are_refused_by_line(tmp_path: Path, name: str, line: str) -> None:
    head = "WEBVTT\n\n" if name.endswith("vtt") else ""
    with pytest.raises(DocumentError, match=r"line \d+"):
        read(tmp_path, name, head + srt("first") + f"\n2\n{line}\nB\n")


@pytest.mark.parametrize("name", ["x.srt", "x.vtt"])
def test_hours_and_points_may_be_missing_or_mixed(tmp_path: Path, name: str) -> None:
    head = "WEBVTT\n\n" if name.endswith("vtt") else ""
    found = read(tmp_path, name, head + "00:01,5 --> 00:02.5\nA\n\n0:00:03 --> 00:00:04,25\nB\n")
    assert times(found) == [(1.5, 2.5), (3.0, 4.25)] and texts(found) == ["A", "B"]


@pytest.mark.parametrize("name", ["x.srt", "x.vtt"])
def test_blank_lines_may_be_missing(tmp_path: Path, name: str) -> None:
    head = "WEBVTT\n\n" if name.endswith("vtt") else ""
    text = head + "1\n00:01.000 --> 00:02.000\nA\n2\n00:03.000 --> 00:04.000\nB\n3\n00:05.000 --> 00:06.000\n7\n"
    assert texts(read(tmp_path, name, text)) == ["A", "B", "7"]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ('<font color="#ff0000" face="Arial">Top</font> <b>bold</b>', "Top bold"),
        ("<span class=x>a</span> <p>b</p>", "a b"),
        ("one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour"),
        ("Tom &amp; Jerry &lt;3 &quot;x&quot;", 'Tom & Jerry <3 "x"'),
        ("a&nbsp;&eacute;t&eacute; it&#39;s &#x1F525;", "a\xa0été it's 🔥"),
        (r"{\an8}{\i1}up", "up"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["x.srt", "x.vtt"])
def test_markup_of_web_pages_is_no_text(tmp_path: Path, name: str, written: str, plain: str) -> None:
    head = "WEBVTT\n\n" if name.endswith("vtt") else ""
    found = read(tmp_path, name, head + srt(written))
    assert texts(found) == [plain]
    assert any("markup" in warning for warning in found.warnings)


# WebVTT


def test_a_line_of_one_space_ends_no_cue(tmp_path: Path) -> None:
    found = read(tmp_path, "x.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n \nA\n \nB\n\n00:03.000 --> 00:04.000\nC\n")
    assert texts(found) == ["A\nB", "C"]


def test_blocks_that_are_no_cues_are_passed_over(tmp_path: Path) -> None:
    text = """WEBVTT - title
X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000
Kind: captions

REGION
id:fred
width:40%

STYLE
::cue(b) { color: peachpuff }

NOTE
00:05.000 --> 00:06.000 is when it was wrong

chapter-1
00:01.000 --> 00:02.000 region:fred position:10%,line-left
A

NOTE one line
00:03.000 --> 00:04.000
of a note

00:05.000 --> 00:06.000
NOTE is a word
"""
    assert texts(read(tmp_path, "x.vtt", text)) == ["A", "NOTE is a word"]


def rolled(*lines: str) -> str:
    """Captions that roll up, as YouTube's automatic ones do: each line comes below the one before."""
    blocks, above = ["WEBVTT\nKind: captions\nLanguage: en\n"], " "
    for n, line in enumerate(lines, start=1):
        first, *rest = line.split()
        stamped = first + "".join(f"<00:00:0{n}.{k}00><c> {word}</c>" for k, word in enumerate(rest, start=1))
        start, end, later = f"00:00:0{n}.000", f"00:00:0{n}.990", f"00:00:0{n + 1}.000"
        place = "align:start position:0%"
        blocks.append(f"{start} --> {end} {place}\n{above}\n{stamped}\n")
        blocks.append(f"{end} --> {later} {place}\n{line}\n \n")
        above = line
    return "\n".join(blocks)


def test_captions_that_roll_up_are_merged(tmp_path: Path) -> None:
    lines = ["we bake the bread", "in a small stone oven", "every single morning"]
    found = read(tmp_path, "x.vtt", rolled(*lines))
    assert texts(found) == lines
    assert [word for word, _, _ in spoken(found)] == " ".join(lines).split()
    assert any("roll-up" in warning for warning in found.warnings)
    assert all(one.end <= other.start for one, other in zip(found.cues, found.cues[1:], strict=False))


def test_captions_that_roll_up_are_merged_in_srt_too(tmp_path: Path) -> None:
    lines = ["we bake", "in an oven", "every day", "of the week"]
    blocks = []
    for n, line in enumerate(lines):
        above = f"{lines[n - 1]}\n" if n else ""
        blocks.append(f"{2 * n + 1}\n00:00:0{n},000 --> 00:00:0{n},990\n{above}{line}\n")
        blocks.append(f"{2 * n + 2}\n00:00:0{n},990 --> 00:00:0{n + 1},000\n{line}\n")
    assert texts(read(tmp_path, "x.srt", "\n".join(blocks))) == lines


def test_somebody_who_repeats_himself_is_heard_each_time(tmp_path: Path) -> None:
    text = "".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n + 1},000\nNo.\n\n" for n in range(1, 6))
    found = read(tmp_path, "x.srt", text)
    assert texts(found) == ["No."] * 5 and found.warnings == ()


# ASS

HEAD = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, \
Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, \
MarginV, Encoding
Style: Default,Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,2,2,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def ass(*lines: str) -> str:
    return HEAD + "".join(f"Dialogue: 0,0:00:0{n}.00,0:00:0{n + 1}.00,Default,,0,0,0,,{line}\n"
                          for n, line in enumerate(lines))  # fmt: skip


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"plain {a note to check} text", "plain text"),
        (r"{=1}{=23}data of a tool", "data of a tool"),
        (r"{*\fs20}star {\b1 note}bold", "star bold"),
        (r"{\\fs20}doubled", "doubled"),
        (r"{\alpha&HFF&}hidden{\alpha&H00&} shown", "shown"),
        (r"{\alpha&HFF}hidden{\alphaH00}shown", "shown"),
        (r"{\1a&HFF&}hidden{\r}shown", "shown"),
        (r"{\1a&HFF&}hidden{\rdefault}shown", "shown"),
        (r"{\alpha&H80&}half", "half"),
        (r"{\t(0,500,\alpha&HFF&)}fades", "fades"),
        (r"{\p1}m 0 0 l 10 0 10 10{\p0}after a drawing", "after a drawing"),
        (r"two\Nlines\hhere and\nthere", "two\nlines here and there"),
        (r"an open {brace", "an open {brace"),
        (r"{\pos(10,20)\fad(1,2)}moved", "moved"),
    ],
)
def test_what_is_in_braces_is_never_shown(tmp_path: Path, written: str, shown: str) -> None:
    assert texts(read(tmp_path, "x.ass", ass(written))) == [shown]


def test_lines_that_show_nothing_are_left_out_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, "x.ass", ass("A", r"{\p1}m 0 0 l 1 1", r"{\alpha&HFF&}gone", "", "{only a note}"))
    assert texts(found) == ["A"]
    assert any("3 drawing(s) or hidden line(s)" in warning for warning in found.warnings)


def test_notes_part_no_syllables(tmp_path: Path) -> None:
    found = read(tmp_path, "x.ass", ass(r"{\k50}One {\k50}t{note}wo {\kf40}th{\ko20}ree"))
    assert spoken(found) == [("One", 0.0, 0.5), ("two", 0.5, 1.0), ("three", 1.0, 1.0)]


def test_a_line_without_duration_is_kept(tmp_path: Path) -> None:
    text = HEAD + "Dialogue: 0,0:00:02.00,0:00:02.00,Default,,0,0,0,,A\n"
    found = read(tmp_path, "x.ass", text)
    assert times(found) == [(2.0, 3.0)] and any("without duration" in warning for warning in found.warnings)


# Transcripts


def entry(text: str, start: float, end: float, key: str = "word") -> dict[str, object]:
    return {key: text, "start": start, "end": end}


def test_segments_without_words_keep_their_text(tmp_path: Path) -> None:
    segments = [
        {**entry(" Call me", 0.2, 0.8, "text"), "words": [entry("Call", 0.2, 0.5), entry("me", 0.5, 0.8)]},
        {**entry(" 07.11.2024 maybe", 1.0, 1.5, "text"), "words": []},
        entry(" or", 1.5, 1.7, "text"),
        {**entry(" not", 1.8, 2.0, "text"), "words": [entry("not", 1.8, 2.0)]},
    ]
    found = read(tmp_path, "x.json", {"segments": segments, "word_segments": []})
    assert [word for word, _, _ in spoken(found)] == ["Call", "me", "07.11.2024", "maybe", "or", "not"]
    assert all(end > start for _, start, end in spoken(found))
    assert any("3 word(s)" in warning for warning in found.warnings)


def test_words_beside_segments_are_taken_with_the_punctuation_of_these(tmp_path: Path) -> None:
    document = {
        "task": "transcribe",
        "segments": [entry(" Hot coffee, now. Really?", 0.2, 2.0, "text")],
        "words": [entry("Hot", 0.2, 0.4), entry("coffee", 0.5, 0.9), entry("now", 1.0, 1.2), entry("Really", 1.5, 1.9)],
    }
    found = read(tmp_path, "x.json", document)
    assert spoken(found) == [("Hot", 0.2, 0.4), ("coffee,", 0.5, 0.9), ("now.", 1.0, 1.2), ("Really?", 1.5, 1.9)]


def test_words_beside_a_text_take_its_punctuation(tmp_path: Path) -> None:
    words = [entry("Hot", 0.2, 0.4), entry("coffee", 0.5, 0.9), entry("now", 1.0, 1.2)]
    found = read(tmp_path, "x.json", {"text": "Hot coffee, now!", "words": words})
    assert spoken(found) == [("Hot", 0.2, 0.4), ("coffee,", 0.5, 0.9), ("now!", 1.0, 1.2)]
    other = read(tmp_path, "x.json", {"text": "(laughs) Hot coffee, now!", "words": words})
    assert texts(other) == ["Hot coffee now"]


def test_words_that_run_backward_are_moved_and_it_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, "x.json", {"words": [entry("a", 1.5, 1.8), entry("b", 0.5, 0.9), entry("c", 2.0, 2.5)]})
    assert spoken(found) == [("a", 1.5, 1.8), ("b", 1.5, 1.5), ("c", 2.0, 2.5)]
    assert any("1 word(s)" in warning and "moved" in warning for warning in found.warnings)


def test_words_of_another_text_than_their_segments_stay(tmp_path: Path) -> None:
    document = {"segments": [entry("completely different things", 0, 2, "text")], "words": [entry("Hot", 0.2, 0.4)]}
    assert texts(read(tmp_path, "x.json", document)) == ["Hot"]


def whisper_cpp(text: str, start: int, end: int, **more: object) -> dict[str, object]:
    return {"timestamps": {}, "offsets": {"from": start, "to": end}, "text": text, **more}


def test_whisper_cpp_is_read(tmp_path: Path) -> None:
    entries = [whisper_cpp(" Hot coffee.", 200, 900), whisper_cpp(" Now", 900, 1500)]
    found = read(tmp_path, "x.json", {"systeminfo": "AVX = 1", "transcription": entries})
    assert texts(found) == ["Hot coffee.", "Now"] and times(found) == [(0.2, 0.9), (0.9, 1.5)]


def test_tokens_of_whisper_cpp_are_words(tmp_path: Path) -> None:
    tokens = [whisper_cpp("[_BEG_]", 0, 0), whisper_cpp(" Hot", 200, 400), whisper_cpp(" cof", 400, 600),
              whisper_cpp("fee", 600, 800), whisper_cpp(".", 800, 900)]  # fmt: skip
    found = read(tmp_path, "x.json", {"transcription": [whisper_cpp(" Hot coffee.", 200, 900, tokens=tokens)]})
    assert spoken(found) == [("Hot", 0.2, 0.4), ("coffee.", 0.4, 0.9)]


def test_single_words_of_whisper_cpp_are_grouped(tmp_path: Path) -> None:
    entries = [whisper_cpp(f" {word}", 300 * n, 300 * n + 300) for n, word in enumerate(["we", "bake", "it", "daily"])]
    found = read(tmp_path, "x.json", {"transcription": [whisper_cpp("", 0, 0), *entries]})
    assert texts(found) == ["we bake it daily"]


def test_a_segment_without_duration_is_kept(tmp_path: Path) -> None:
    segments = [entry(" A", 0.2, 0.9, "text"), entry(" you", 1.0, 1.0, "text"), entry(" B", 1.1, 1.9, "text")]
    found = read(tmp_path, "x.json", {"segments": segments})
    assert times(found) == [(0.2, 0.9), (1.0, 1.1), (1.1, 1.9)]
    assert any("without duration" in warning and "cue 2" in warning for warning in found.warnings)


def test_a_list_of_sentences_is_a_transcript(tmp_path: Path) -> None:
    found = read(tmp_path, "x.json", [entry("Hot coffee", 0, 1, "text"), entry("now", 1, 2, "text")])
    assert texts(found) == ["Hot coffee", "now"]
    assert found.cues[0].end == Fraction(1)


LINE = [("Hot", 0.2, 0.5), ("coffee.", 0.5, 0.9), ("Now", 1.0, 1.2), ("please", 1.2, 1.5)]
OTHERS = {
    "transformers": {"text": "", "chunks": [{"text": f" {text}", "timestamp": [a, b]} for text, a, b in LINE]},
    "Vosk": {"text": "", "result": [{"conf": 1, "word": text, "start": a, "end": b} for text, a, b in LINE]},
    "YouTube json3": {"wireMagic": "pb3", "events": [
        {"tStartMs": 0, "dDurationMs": 9000, "id": 1},
        {"tStartMs": 200, "dDurationMs": 9000, "segs": [{"utf8": "Hot"}, {"utf8": " coffee.", "tOffsetMs": 300}]},
        {"tStartMs": 900, "dDurationMs": 100, "aAppend": 1, "segs": [{"utf8": "\n"}]},
        {"tStartMs": 1000, "dDurationMs": 500, "segs": [{"utf8": "Now"}, {"utf8": " please", "tOffsetMs": 200}]},
    ]},
    "AWS": {"results": {"items": [
        {"type": "pronunciation", "start_time": "0.2", "end_time": "0.5", "alternatives": [{"content": "Hot"}]},
        {"type": "pronunciation", "start_time": "0.5", "end_time": "0.9", "alternatives": [{"content": "coffee"}]},
        {"type": "punctuation", "alternatives": [{"content": "."}]},
        {"type": "pronunciation", "start_time": "1.0", "end_time": "1.2", "alternatives": [{"content": "Now"}]},
        {"type": "pronunciation", "start_time": "1.2", "end_time": "1.5", "alternatives": [{"content": "please"}]},
    ]}},
    "Google": {"results": [{"alternatives": [{"words": [
        {"word": text, "startTime": f"{a}00s", "endTime": f"{b}s"} for text, a, b in LINE]}]}]},
    "Rev.ai": {"monologues": [{"speaker": 0, "elements": [
        {"type": "text", "value": "Hot", "ts": 0.2, "end_ts": 0.5}, {"type": "punct", "value": " "},
        {"type": "text", "value": "coffee", "ts": 0.5, "end_ts": 0.9}, {"type": "punct", "value": ". "},
        {"type": "text", "value": "Now", "ts": 1.0, "end_ts": 1.2}, {"type": "punct", "value": " "},
        {"type": "text", "value": "please", "ts": 1.2, "end_ts": 1.5}]}]},
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_transcripts_of_other_services_are_read(tmp_path: Path, name: str) -> None:
    assert spoken(read(tmp_path, "x.json", OTHERS[name])) == LINE


def test_the_last_chunk_may_have_no_end(tmp_path: Path) -> None:
    chunks = [{"text": " Hot coffee.", "timestamp": [0.0, 1.5]}, {"text": " Now please", "timestamp": [1.5, None]}]
    found = read(tmp_path, "x.json", {"chunks": chunks})
    assert [cue.text for cue in found.cues] == ["Hot coffee.", "Now please"]
    assert any("without duration" in warning for warning in found.warnings)
