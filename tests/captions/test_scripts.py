"""Scripts: direction, phrases, signs, fonts and what stands in for them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from bidi import get_display
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.words import HEIGHT, SAFE, WIDTH, cue, style
from overlaycut.captions import Layout, lay_out
from overlaycut.captions.bidi import levels, runs_right_to_left, visual
from overlaycut.captions.fonts import FontStack, font_path
from overlaycut.captions.graphemes import graphemes, is_emoji, letters_are_separate
from overlaycut.captions.phrases import tokens
from overlaycut.captions.shaping import Shaper, language_of
from overlaycut.core.cues import squeezed
from overlaycut.errors import FontError

patient = settings(deadline=None)

INTER = FontStack(font_path("Inter-ExtraBold.otf"))
HEBREW = "אבג"


def laid(text: str, **changes: object) -> Layout:
    return lay_out([cue(text, 0, 9)], width=WIDTH, height=HEIGHT, style=style(**changes), safe=SAFE)


def seen(text: str, *, right_to_left: bool) -> str:
    """What stands on a line from left to right, character by character."""
    return "".join(visual(text, levels(text, right_to_left=right_to_left)))


# Capitals stand for Hebrew, as in UAX #9's own examples; the expected order follows its rules by hand.
@pytest.mark.parametrize(
    ("text", "backward", "expected"),
    [
        ("car is THE CAR in arabic", False, "car is RAC EHT in arabic"),
        ("CAR IS the car IN ENGLISH", True, "HSILGNE NI the car SI RAC"),
        ("A 12 B", True, "B 12 A"),
        ("A 12,5 B", True, "B 12,5 A"),
        ("A 100% B", True, "B 100% A"),
        ("he said A, B! ok", False, "he said B ,A! ok"),
        ("he said A B!", False, "he said B A!"),
        ("A (b) C", True, "C (b) A"),
        ("a (B c) d", False, "a (B c) d"),
        ("A-b", True, "b-A"),
        ("plain text.", False, "plain text."),
        ("A   ", True, "   A"),
        ("", False, ""),
    ],
)
def test_lines_run_as_the_bidirectional_algorithm_says(text: str, backward: bool, expected: str) -> None:
    hebrew = {chr(65 + n): chr(0x5D0 + n) for n in range(26)}

    def swapped(line: str) -> str:
        return "".join(hebrew.get(character, character) for character in line)

    found = seen(swapped(text), right_to_left=backward)
    mirrored = str.maketrans("()", ")(") if backward and "(" in text else {}
    assert found.translate(mirrored) == swapped(expected) or found == swapped(expected)


def test_the_first_strong_letter_gives_the_direction() -> None:
    assert runs_right_to_left(f"123 {HEBREW} abc") and not runs_right_to_left(f"... abc {HEBREW}")
    assert not runs_right_to_left("123")


@patient
@given(st.text("ab אב١2,%(). -:+\u0301[]٪$عم", max_size=20), st.booleans())
def test_the_order_is_that_of_an_independent_implementation(text: str, backward: bool) -> None:
    assert seen(text, right_to_left=backward) == get_display(text, base_dir="R" if backward else "L")


@patient
@given(st.text("ab אב١2,%()\u0301\u200f🔥", max_size=20), st.booleans())
def test_no_character_is_lost_on_its_way_round(text: str, backward: bool) -> None:
    heights = levels(text, right_to_left=backward)
    assert len(heights) == len(text) and all(0 <= height <= 2 for height in heights)
    assert sorted(visual(list(range(len(text))), heights)) == list(range(len(text)))


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("é", 1),
        ("👍🏽", 1), ("👨‍👩‍👧‍👦", 1), ("🇩🇪🇫🇷", 2), ("1️⃣", 1), ("❤️", 1), ("กำ", 1), ("कि", 1), ("ab", 2), ("", 0),
    ],
)  # fmt: skip
def test_signs_stay_whole(text: str, signs: int) -> None:
    assert len(graphemes(text)) == signs and "".join(graphemes(text)) == text


@patient
@given(st.text(max_size=30))
def test_clusters_are_the_text(text: str) -> None:
    assert "".join(graphemes(text)) == text


def test_emoji_are_told_from_letters() -> None:
    assert all(map(is_emoji, ["🔥", "❤️", "☕", "1️⃣", "🇯🇵", "👩🏽‍🍳"]))
    assert not any(map(is_emoji, ["a", "❤", "漢", "1", "→", "☺"]))
    assert letters_are_separate("abc漢字") and not letters_are_separate("مرحبا") and not letters_are_separate("नमस्ते")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今日はとても天気がいいですね。", ["今日は", "とても", "天気が", "いいですね。"]),
        ("「はい」と言った", None),
        ("我们今天去公园散步吧！", None),
        ("วันนี้อากาศดีมาก", ["วัน", "นี้", "อากาศ", "ดี", "มาก"]),
        ("안녕하세요 세계", ["안녕하세요", "세계"]),
        ("two words", ["two", "words"]),
    ],
)
def test_scripts_without_spaces_are_parted_by_phrases(text: str, expected: list[str] | None) -> None:
    found = tokens(text)
    assert squeezed("".join(found)) == squeezed(text)
    if expected is not None:
        assert found == expected
    for token in found:
        assert token[0] not in "、。」』）！？ーっゃゅょ" and token[-1] not in "「『（"


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("コールドブリューで、朝が変わりました。", "、。ー"),
        ("昨天我们看了一部电影，真的很好看。", "，。"),
    ],
)
def test_no_line_begins_with_a_sign(text: str, forbidden: str) -> None:
    (placed,) = laid(text).cues
    assert len(placed.lines) == 2
    assert all(line.text[0] not in forbidden for line in placed.lines)
    widths = [line.width for line in placed.lines]
    assert min(widths) / max(widths) > 0.6


def test_han_is_drawn_as_its_company_says() -> None:
    assert language_of("直す") == "ja" and language_of("직접 直") == "ko"
    assert language_of("这是简体字") == "zh-Hans" and language_of("這是繁體字嗎") == "zh-Hant"
    assert language_of("plain") is None


@pytest.mark.parametrize(
    "text",
    [
        *("مرحبا بالعالم", "שלום עולם", "नमस्ते दुनिया", "สวัสดีชาวโลก", "你好，世界", "안녕하세요"),
        *("Γειά σου", "Привет", "Xin chào thế giới", "👋🏽🌍 hi"),
    ],
)
def test_every_script_that_is_promised_is_set(text: str) -> None:
    layout = laid(text)
    assert layout.warnings == ()
    drawn = "".join(run.text for placed in layout.cues for line in placed.lines for word in line.words
                    for run in word.runs)  # fmt: skip
    assert sorted(drawn) == sorted(squeezed(text))


def test_words_of_a_line_stand_as_they_are_read() -> None:
    (placed,) = laid(f"{HEBREW} abc דהו").cues
    (line,) = placed.lines
    assert placed.right_to_left
    lefts = [word.ink.left for word in line.words]
    assert lefts == sorted(lefts, reverse=True), "the first word stands at the right"


def test_a_character_that_nobody_has_is_refused_by_name() -> None:
    with pytest.raises(FontError) as refusal:
        lay_out([cue("fine"), cue("to \U000e5000", 1, 2)], width=WIDTH, height=HEIGHT, style=style(), safe=SAFE)
    assert "U+E5000" in refusal.value.one_line() and "00:00:01" in refusal.value.one_line()


def test_a_font_of_the_system_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from overlaycut.captions import fonts

    theirs = font_path("NotoSansHebrew-ExtraBold.ttf")
    monkeypatch.setattr(fonts, "_FALLBACK_FONTS", ())
    monkeypatch.setattr(fonts, "_system_fonts", lambda: (theirs,))
    monkeypatch.setattr("overlaycut.captions.layout.cues.is_shipped", lambda path: "Hebrew" not in path.name)
    fonts._font_for.cache_clear()
    layout = laid(HEBREW)
    fonts._font_for.cache_clear()
    assert any("NotoSansHebrew" in warning for warning in layout.warnings)


def test_the_width_that_lines_are_broken_by_is_the_width_that_is_set() -> None:
    for text in ("Hello jumpy world", "AVAVA To", "مرحبا 123 abc", "今日は🔥 hot", "ก็ ปี่"):
        for spacing in (0.0, 3.0):
            setter = Shaper(INTER, 40, spacing, 2.0, None)
            line = setter.line(text, (), right_to_left=runs_right_to_left(text))
            assert setter.width(text) == pytest.approx(line.advance, abs=6)


def test_lines_of_tall_scripts_do_not_touch() -> None:
    for text in ("ปี่ผู้ใหญ่ใจดีที่สุด\nกุ้งญี่ปุ่นตัวใหญ่", "क्रूँ में\nपूर्ण ड्रॉ"):
        (placed,) = laid(text).cues
        upper, lower = placed.lines
        assert max(word.ink.bottom for word in upper.words) < min(word.ink.top for word in lower.words) + 1


def test_japanese_stops_hang_when_lines_are_centred() -> None:
    (placed,) = laid("はい。").cues
    ink = placed.lines[0].words[0].ink
    assert (ink.left + ink.right) / 2 == pytest.approx(SAFE.x + SAFE.w / 2, abs=2)


def test_times_of_words_reach_the_pieces_of_a_phrase() -> None:
    from overlaycut.core.cues import Cue, Word

    words = tuple(Word(c, Fraction(n), Fraction(n + 1)) for n, c in enumerate("今日は"))
    layout = lay_out([Cue(Fraction(0), Fraction(3), "今日は", words)], width=WIDTH, height=HEIGHT,
                     style=style(), safe=SAFE)  # fmt: skip
    said = layout.cues[0].lines[0].words
    assert [(len(word.runs), word.start) for word in said] == [(1, 0), (1, 1), (1, 2)]
