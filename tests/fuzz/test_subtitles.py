"""Subtitle files and transcripts that are nearly right are read or refused, never anything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.mutations import TIMES, fuzz
from overlaycut.captions import read_cues
from overlaycut.errors import OverlaycutError

Reader = Callable[[bytes], object]


def well_formed(path: Path, encoding: str | None = None) -> None:
    """Reads a file; what is let through can be worked with."""
    found = read_cues(path, speech=[(Fraction(0), Fraction(4))], encoding=encoding)
    starts = [cue.start for cue in found.cues]
    assert starts == sorted(starts)
    for cue in found.cues:
        cue.text.encode()
        assert cue.text.strip() and 0 <= cue.start < cue.end
        assert all(word.text and word.start <= word.end for word in cue.words)


@pytest.fixture
def reader(tmp_path: Path) -> Callable[..., Reader]:
    def of(name: str, encoding: str | None = None) -> Reader:
        path = tmp_path / name

        def read(data: bytes) -> None:
            path.write_bytes(data)
            well_formed(path, encoding)

        return read

    return of


SRT = [
    "1\n00:00:01,000 --> 00:00:02,500\nHello,\n<i>world</i>\n\n2\n00:00:02,400 --> 00:00:02,400\nBye &amp; &#0;\n",
    "0:01 --> 0:02\n{\\an8}A --> B\n0:02.0 --> 0:03\n42\n\n3\n00:00:09,000 --> 99999999999:00:00\nStep 1 --> 2<br>x",
    "1\n0:01,000 --> 0:01,990\na\nb\n\n2\n0:01,990 --> 0:02,000\nb\n\n3\n0:02,000 --> 0:03,000\nb\nc\n",
]  # fmt: skip
VTT = [
    """WEBVTT - title
Kind: captions

STYLE
::cue { color: lime }

NOTE a note
00:01.000 --> 00:02.000

a
00:01.000 --> 00:03.000 line:10% align:start
<v Ann>Hello</c> <00:01.500>cold <00:02.000>brew
 
00:03.000 --> 00:03.010 line:-1
cold brew
b
00:03.010 --> 00:04.000 line:1e9%
cold brew
here<00:03.500><c> now</c>
""",
]
ASS = [
    r"""[Script Info]
ScriptType: v4.00+
PlayResX: 180
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,2,2,2,10,10,10,1
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.20,0:00:01.80,Default,,0,0,0,,{\k50}One {\k50}two {note}{\kf40}three
Dialogue: 0,0:00:02.20,0:00:02.20,Other,,0,0,0,,{\alpha&HFF&\c&H1234&}hid{\rOther}den{\p1}m 0 0{\p0}\Nand
Dialogue: 0,0:00:03.20,0:00:04.20,Default,,0,0,0,,{\an8\fs20\t(0,5,\alpha&HFF&)}high\hup
Comment: 0,0:00:02.20,0:00:03.20,Default,,0,0,0,,note
"""  # noqa: E501
]
WORDS = [{"word": " a.", "start": 0.5, "end": 0.9}, {"word": "b", "start": None, "end": 1}, {"word": "c"}]
TRANSCRIPTS: list[object] = [
    {"segments": [{"start": 0, "end": 1, "text": " a b", "words": WORDS}, {"start": 1, "end": 1, "text": "<i>c</i>"}]},
    {"segments": [{"start": 0, "end": 2, "text": "A. B c"}], "words": WORDS},
    {"transcription": [{"offsets": {"from": 200, "to": 900}, "text": " a b", "tokens": [
        {"text": "[_BEG_]", "offsets": {"from": 0, "to": 0}}, {"text": " a", "offsets": {"from": 200, "to": 400}}]}]},
    {"results": {"channels": [{"alternatives": [{"words": [{"punctuated_word": "A", "start": 0, "end": 1}]}]}]}},
    {"words": [{"text": "a", "start": 200, "end": 900, "type": "word"}, {"text": " ", "type": "spacing"}]},
    {"alignment": {"characters": ["a", " "], "character_start_times_seconds": [0, 0.5],
                   "character_end_times_seconds": [0.5, 1]}},
    [{"start": 0, "end": 1, "text": "a b"}],
    {"chunks": [{"text": " a b", "timestamp": [0.0, 1.5]}, {"text": " c", "timestamp": [1.5, None]}]},
    {"events": [{"tStartMs": 0, "dDurationMs": 90, "segs": [{"utf8": "a"}, {"utf8": " b", "tOffsetMs": 30}]}]},
    {"results": {"items": [{"type": "pronunciation", "start_time": "0.2", "end_time": "0.5",
                            "alternatives": [{"content": "a"}]},
                           {"type": "punctuation", "alternatives": [{"content": "."}]}]}},
    {"results": [{"alternatives": [{"words": [{"word": "a", "startTime": "0.2s", "endTime": "1s"}]}]}]},
    {"monologues": [{"elements": [{"type": "text", "value": "a", "ts": 0.2, "end_ts": 0.5}]}]},
]  # fmt: skip


def encoded(texts: list[str]) -> list[bytes]:
    """The texts in UTF-8, in UTF-16, and as an editor in Moscow and one in Tokyo would have written them."""
    accented = [text.replace("Hello", "Привет") for text in texts], [text.replace("Hello", "今日は") for text in texts]
    return [
        *(text.encode() for text in texts),
        *(text.encode("utf-16") for text in texts),
        *(text.encode("cp1251", "replace") for text in accented[0]),
        *(text.encode("cp932", "replace") for text in accented[1]),
    ]


@pytest.mark.parametrize(
    ("name", "seeds", "count"),
    [("x.srt", SRT, 2500), ("x.vtt", VTT, 2500), ("x.ass", ASS, 1200), ("x.ssa", ASS, 300), ("x.txt", SRT, 500)],
)
def test_subtitles(reader: Callable[..., Reader], name: str, seeds: list[str], count: int) -> None:
    taken, _ = fuzz(reader(name), encoded(seeds), count=count, seed=11)
    assert taken


def test_transcripts(reader: Callable[..., Reader]) -> None:
    seeds = [json.dumps(document).encode() for document in TRANSCRIPTS]
    taken, refused = fuzz(reader("x.json"), seeds, count=1500, seed=12)
    assert taken and refused


@pytest.mark.parametrize("encoding", ["utf-16", "cp1251", "utf-7", "hz", "utf-32-be", "mac-roman"])
def test_encodings_that_are_given(reader: Callable[..., Reader], encoding: str) -> None:
    fuzz(reader("x.srt", encoding), encoded(SRT), count=60, seed=13)


KEYS = "words segments transcription tokens offsets from to word text start end results channels alternatives"
KEYS += " chunks events segs items monologues elements"
KEYS += " alignment characters character_start_times_seconds character_end_times_seconds word_segments type"
numbers = st.integers(-1, 4000) | st.sampled_from([10**30, 1e300, 0.1, float("nan"), float("inf"), -0.0])
texts = st.sampled_from(["", "a", "a b", " c", "[_BEG_]", "spacing", "\ud800", "\u2028"])
leaves = st.none() | st.booleans() | numbers | texts
entries = st.dictionaries(
    st.sampled_from(["word", "text", "start", "end", "words", "offsets", "type"]), leaves, max_size=4
)
keys = st.sampled_from(KEYS.split())
values = leaves | entries
for _ in range(2):
    values = values | st.lists(values, max_size=3) | st.dictionaries(keys, values, max_size=3)


@settings(
    max_examples=1000 * TIMES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(document=st.dictionaries(keys, st.lists(entries, max_size=3) | values, max_size=2))
def test_json_of_any_shape(tmp_path: Path, document: object) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(document))
    try:
        well_formed(path)
    except OverlaycutError as refusal:
        assert refusal.one_line()
