"""Subtitle files of every kind: what is read, and what is said about what is wrong."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overlaycut.captions import Subtitles, read_cues, sidecar
from overlaycut.captions.timing import grouped
from overlaycut.core.cues import Cue, Word, squeezed
from overlaycut.errors import DocumentError, InputError, OverlaycutError, UsageError

same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)


def read(folder: Path, name: str, content: str | bytes | object) -> Subtitles:
    path = folder / name
    if not isinstance(content, str | bytes):
        content = json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_cues(path)


def said(found: Subtitles) -> list[tuple[str, float, float]]:
    return [(word.text, float(word.start), float(word.end)) for cue in found.cues for word in cue.words]


def word(text: str, start: float, end: float, key: str = "word", **more: object) -> dict[str, object]:
    return {key: text, "start": start, "end": end, **more}


WORDS = [("Hello,", 0.5, 0.9), ("cold", 1.0, 1.25), ("brew.", 1.25, 1.8)]
TRANSCRIPTS = {
    "whisper": {
        "text": " Hello, cold brew.",
        "segments": [{"id": 0, "start": 0.5, "end": 1.8, "text": " Hello, cold brew.", "temperature": 0.0,
                      "words": [word(" " + t, a, b, probability=0.9) for t, a, b in WORDS]}],
        "language": "en",
    },
    "whisperX": {
        "segments": [{"start": 0.5, "end": 1.8, "text": "Hello, cold brew.",
                      "words": [word(t, a, b, score=0.8) for t, a, b in WORDS]}],
        "word_segments": [word(t, a, b, score=0.8) for t, a, b in WORDS],
    },
    "Deepgram": {
        "metadata": {"duration": 2.0, "channels": 1},
        "results": {"channels": [{"alternatives": [{"transcript": "hello cold brew", "words": [
            word(t.lower().strip(",."), a, b, confidence=0.99, punctuated_word=t) for t, a, b in WORDS]}]}]},
    },
    "AssemblyAI": {
        "id": "x", "status": "completed", "text": "Hello, cold brew.",
        "words": [word(t, round(a * 1000), round(b * 1000), "text", confidence=0.9, speaker=None) for t, a, b in WORDS],
    },
    "ElevenLabs to text": {
        "language_code": "eng", "text": "Hello, cold brew.",
        "words": [entry for t, a, b in WORDS for entry in (
            word(t, a, b, "text", type="word", speaker_id="s"), word(" ", b, b, "text", type="spacing"))],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_the_words_of_every_transcriber_have_their_times(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, "words.json", TRANSCRIPTS[name])
    assert said(found) == WORDS
    assert [cue.text for cue in found.cues] == ["Hello, cold brew."]
    assert found.warnings == ()


def test_characters_of_a_voice_become_words(tmp_path: Path) -> None:
    text = "Hi cold brew"
    alignment = {
        "characters": list(text),
        "character_start_times_seconds": [n / 10 for n in range(len(text))],
        "character_end_times_seconds": [(n + 1) / 10 for n in range(len(text))],
    }
    found = read(tmp_path, "voice.json", {"audio_base64": "", "alignment": alignment})
    assert said(found) == [("Hi", 0.0, 0.2), ("cold", 0.3, 0.7), ("brew", 0.8, 1.2)]


def test_words_that_were_not_aligned_stand_between_their_neighbours(tmp_path: Path) -> None:
    words = [word("in", 1.0, 1.2), {"word": "2024"}, {"word": "it"}, word("rained", 2.0, 2.4)]
    found = read(tmp_path, "x.json", {"segments": [{"start": 1, "end": 2.4, "text": "", "words": words}]})
    assert said(found) == [("in", 1.0, 1.2), ("2024", 1.2, 1.6), ("it", 1.6, 2.0), ("rained", 2.0, 2.4)]
    assert found.warnings == ("2 word(s) without a time were put between their neighbours",)


def test_segments_without_words_are_cues(tmp_path: Path) -> None:
    found = read(tmp_path, "x.json", {"segments": [{"start": 0.5, "end": 1, "text": " one "}]})
    assert found.cues == (Cue(Fraction(1, 2), Fraction(1), "one"),)


@pytest.mark.parametrize(
    "document",
    [
        "[]{",
        "{}",
        "[1, 2]",
        '{"words": 5}',
        '{"words": [5]}',
        '{"words": [{"start": 1, "end": 2}]}',
        '{"words": [{"word": "a", "start": "1", "end": 2}]}',
        '{"words": [{"word": "a", "start": -1, "end": 2}]}',
        '{"words": [{"word": "a", "start": 2.5, "end": 1}]}',
        '{"segments": [{"text": "a", "start": 2, "end": 1}]}',
        '{"segments": [5]}',
        '{"results": {"channels": [5]}}',
        '{"results": {"channels": [{"alternatives": []}]}}',
        '{"alignment": {"characters": ["a"], "character_start_times_seconds": [], "character_end_times_seconds": [1]}}',
        "[" * 100_000,
        '"words"',
    ],
)
def test_other_json_is_refused_with_its_place(tmp_path: Path, document: str) -> None:
    with pytest.raises(DocumentError) as refusal:
        read(tmp_path, "x.json", document)
    assert "x.json" in refusal.value.one_line() and refusal.value.allowed


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5000) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["words", "segments", "word", "text", "start", "end", "results", "channels", "alignment"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@same_folder
@given(document=json_values)
def test_no_json_is_a_bug(tmp_path: Path, document: object) -> None:
    try:
        found = read(tmp_path, "x.json", document)
    except OverlaycutError:
        return
    for cue in found.cues:
        assert cue.start < cue.end


def test_webvtt_with_places_and_words(tmp_path: Path) -> None:
    text = """WEBVTT - made by hand

STYLE
::cue { color: lime }

NOTE not a
cue

intro
00:01.000 --> 00:03.000 line:10% align:start
<v Ann><c.yellow>Hello</c> <00:01.500>cold <00:02.000>brew &amp; ice

00:00:03.000 --> 00:00:04.000 line:-1
Bye
"""
    found = read(tmp_path, "x.vtt", text)
    first, second = found.cues
    assert (first.text, first.anchor) == ("Hello cold brew & ice", "top")
    assert [(w.text, float(w.start)) for w in first.words][:3] == [("Hello", 1.0), ("cold", 1.5), ("brew", 2.0)]
    assert first.words[-1].end == 3
    assert (second.text, second.anchor, second.words) == ("Bye", "bottom", ())


@pytest.mark.parametrize(
    "text",
    [
        "1\n00:00:01.000 --> 00:00:02.000\nno header",
        "WEBVTT\n\n00:01.000 --> soon\nA",
        "WEBVTT\n\n00:03.000 --> 00:01.000\nA",
        "WEBVTT\n\n-00:03.000 --> 00:01.000\nA",
    ],
)
def test_broken_webvtt_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DocumentError):
        read(tmp_path, "x.vtt", text)


ASS = r"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,20,&H00FFFFFF,&H0000FFFF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,2,2,2,10,10,10,1
Style: Top,Arial,20,&H0000D7FF,&H0000FFFF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,2,2,8,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\fad(200,200)}Plain {\i1}words{\i0}\Nhere
Dialogue: 0,0:00:03.00,0:00:04.00,Top,,0,0,0,,up there
Comment: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,nobody sees this
Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,{\k20}Ka{\k30}ra {\kf50}o{\an5}ke
Dialogue: 0,0:00:07.00,0:00:08.00,Default,,0,0,0,,{\p1}m 0 0 l 10 0 10 10{\p0}
"""  # noqa: E501


def test_a_script_of_substation_alpha(tmp_path: Path) -> None:
    found = read(tmp_path, "x.ass", ASS)
    plain, top, sung = found.cues[:3]
    assert (plain.text, plain.anchor, plain.colour) == ("Plain words\nhere", None, None)
    assert (float(plain.start), float(plain.end)) == (1.0, 2.5)
    assert (top.text, top.anchor, top.colour) == ("up there", "top", "#ffd700")
    assert [(w.text, float(w.start), float(w.end)) for w in sung.words] == [("Kara", 5.0, 5.5), ("oke", 5.5, 6.0)]
    assert sung.anchor == "middle"
    assert any("drawing" in warning for warning in found.warnings)


@pytest.mark.parametrize("text", ["", "nothing here", ASS.replace("0:00:02.50", "0:00:00.50")])
def test_what_is_no_script_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DocumentError):
        read(tmp_path, "x.ass", text)


def test_plain_text_is_spread_over_speech(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("One two three.\nFour five six seven.")
    speech = [(Fraction(1), Fraction(2)), (Fraction(4), Fraction(6))]
    found = read_cues(path, speech=speech)
    words = [word for cue in found.cues for word in cue.words]
    assert [word.text for word in words] == ["One", "two", "three.", "Four", "five", "six", "seven."]
    for entry in words:
        assert any(start <= entry.start and entry.end <= end for start, end in speech)
    assert any("estimated" in warning for warning in found.warnings)
    with pytest.raises(UsageError):
        read_cues(path)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Привет, как твои дела сегодня? Хорошо, спасибо. Сегодня мы пьём холодный кофе."),
        ("cp1252", "Déjà vu : c’est l’été à Paris, où l’on boit du café glacé près de la forêt."),
        ("utf-16", "こんにちは世界"),
        ("utf-8-sig", "Ärger"),
        ("shift_jis", "今日はとても天気がいいですね。散歩しましょう。コーヒーを飲みたいです。"),
    ],
)
def test_encodings_are_found_out(tmp_path: Path, encoding: str, text: str) -> None:
    found = read(tmp_path, "x.srt", f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n".encode(encoding))
    assert [cue.text for cue in found.cues] == [text]
    assert bool(found.warnings) == (not encoding.startswith("utf"))


@pytest.mark.parametrize("data", [b"\x00\x01\x02\xff\xfe" * 50, b"\xff\xfe\x00"])
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError):
        read(tmp_path, "x.srt", data)


def test_five_thousand_cues_are_read_in_no_time(tmp_path: Path) -> None:
    blocks = (f"{n}\n00:{n // 60 % 60:02d}:{n % 60:02d},000 --> 00:{n // 60 % 60:02d}:{n % 60:02d},900\nWord {n}\n"
              for n in range(1, 3500))  # fmt: skip
    assert len(read(tmp_path, "x.srt", "\n".join(blocks)).cues) == 3499


times = st.integers(0, 50).map(lambda n: Fraction(n, 10))
text = st.text("abcÄéß.,!'<>&{}漢字กา ", min_size=1, max_size=12).filter(lambda t: squeezed(t) != "")


@same_folder
@given(words=st.lists(text, min_size=1, max_size=8), kind=st.sampled_from([".srt", ".vtt", ".ass"]))
def test_sidecars_are_read_back(tmp_path: Path, words: list[str], kind: str) -> None:
    tokens = [token for word in words for token in word.split()]
    cues = grouped([Word(token, Fraction(n, 2), Fraction(n + 1, 2)) for n, token in enumerate(tokens)])
    found = read(tmp_path, f"x{kind}", sidecar(kind, cues))
    if kind == ".vtt":
        assert [squeezed(cue.text) for cue in found.cues] == [squeezed(cue.text) for cue in cues]
        assert [float(w.start) for cue in found.cues for w in cue.words if len(cue.words) > 1] == [
            float(w.start) for cue in cues for w in cue.words if len(cue.words) > 1
        ]
    assert len(found.cues) == len(cues)
    for cue, again in zip(cues, found.cues, strict=True):
        assert abs(cue.start - again.start) <= Fraction(1, 100) and abs(cue.end - again.end) <= Fraction(1, 100)
