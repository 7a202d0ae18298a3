"""Fonts that lack something, and fonts that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import features

from captions.words import HEIGHT, SAFE, WIDTH, cue, style
from overlaycut.captions import lay_out, load_style, require_shaping, style_names
from overlaycut.captions.fonts import Face, FontStack, font_path, missing_glyphs, opened_font
from overlaycut.errors import DocumentError, ExitCode, FontError, MissingPart, UsageError
from overlaycut.resources import folder

INTER = font_path("Inter-Bold.otf")


def test_glyphs_that_a_font_has_are_not_missing() -> None:
    assert missing_glyphs("Ay é e\u0301 Ж Ω ẵ □ “—” €\u00a0\u202f\u2011 \t\n\u200d\ufe0f\u200b", INTER) == ()


def test_missing_glyphs_are_named_once_and_in_order() -> None:
    assert missing_glyphs("a日b本日\u0905\u0902😀", INTER) == ("日", "本", "\u0905", "\u0902", "😀")


def _only_letters(family: FontStack, sign: str) -> Path | None:
    return None if "\ue000" <= sign <= "\uf8ff" else family.path


def test_a_cue_with_a_missing_glyph_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FontStack, "font_for", _only_letters)
    cues = [cue("fine"), cue("to \ue000\ue001", 1, 2), cue("\ue000", 2, 3)]
    with pytest.raises(FontError) as refusal:
        lay_out(cues, width=WIDTH, height=HEIGHT, style=style(), safe=SAFE)
    said = refusal.value.one_line()
    assert "(U+E000 without a name)" in said and "(U+E001 without a name)" in said
    assert "00:00:01.000" in said and "1 other" in said
    assert refusal.value.exit_code == ExitCode.BAD_INPUT


def test_capitals_are_checked_as_they_are_drawn() -> None:
    (placed,) = lay_out([cue("straße")], width=WIDTH, height=HEIGHT, style=style(uppercase=True), safe=SAFE).cues
    assert [line.text for line in placed.lines] == ["STRASSE"]


@pytest.mark.parametrize(
    "content", [b"", b"no font at all" * 100, INTER.read_bytes()[:2000], INTER.read_bytes()[:90_000]]
)
def test_a_font_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "broken.otf"
    broken.write_bytes(content)
    with pytest.raises(FontError, match=r"broken\.otf") as refusal:
        opened_font(broken, 20.0)
    assert refusal.value.exit_code == ExitCode.BAD_INPUT
    sheet = tmp_path / "look.toml"
    sheet.write_text('font = "broken.otf"\n')
    with pytest.raises(FontError):
        load_style(str(sheet))


@pytest.mark.parametrize("start", [50_000, 150_000])
def test_a_font_with_broken_glyphs_is_refused(tmp_path: Path, start: int) -> None:
    broken = tmp_path / "broken.otf"
    content = INTER.read_bytes()
    broken.write_bytes(content[:start] + bytes(20_000) + content[start + 20_000 :])
    with pytest.raises(FontError, match=r"broken\.otf"):
        lay_out([cue("Hamburg")], width=WIDTH, height=HEIGHT, style=style(font=str(broken)), safe=SAFE)
    with pytest.raises(FontError, match=r"broken\.otf"):
        Face(broken, 40.0).extent("Hamburg")


def test_what_shaping_puts_together_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overlaycut.captions.fonts._has", lambda path, character: character in "aeé\u0300\u2010")
    assert missing_glyphs("e\u0301 à \u2011 ü e\u0302", INTER) == ("ü", "ê")


def test_a_font_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(FontError, match="Comic") as refusal:
        font_path("Comic.ttf")
    assert "Inter-Bold.otf" in refusal.value.hint


def test_shaping_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "HarfBuzz" in require_shaping()
    monkeypatch.setattr(features, "check", lambda name: name != "fribidi")
    with pytest.raises(MissingPart, match="fribidi"):
        require_shaping()


def test_shipped_styles_load() -> None:
    assert "clean" in style_names()
    for name in style_names():
        assert load_style(name).font_file.parent == folder("fonts")


def test_a_mistake_in_a_style_is_named(tmp_path: Path) -> None:
    sheet = tmp_path / "look.toml"
    sheet.write_text('font = "Inter-Bold.otf"\noutline_widht = 0.1\n')
    with pytest.raises(DocumentError, match="outline_widht") as refusal:
        load_style(str(sheet))
    assert "outline_width" in refusal.value.allowed
    sheet.write_text('font = "Inter-Bold.otf"\nfill = "white"\n')
    with pytest.raises(DocumentError) as refusal:
        load_style(str(sheet))
    assert refusal.value.where == "fill"
    with pytest.raises(UsageError, match="claen") as mistake:
        load_style("claen")
    assert "clean" in mistake.value.hint


def test_a_font_beside_its_style_is_taken(tmp_path: Path) -> None:
    (tmp_path / "own.otf").write_bytes(INTER.read_bytes())
    sheet = tmp_path / "look.TOML"
    sheet.write_text('font = "own.otf"\n')
    assert load_style(str(sheet)).font_file == tmp_path / "own.otf"
