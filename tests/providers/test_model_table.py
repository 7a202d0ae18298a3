"""The table of models: what it says, how it is extended, and what is refused before anything is sent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from overlaycut.errors import DocumentError, RequestRefused, UsageError
from overlaycut.providers import GenerationRequest, InputRole, MediaInput, catalogue

TABLE = catalogue()
DAY = date(2026, 11, 28)


def still(role: InputRole = InputRole.FIRST_FRAME, **changes: object) -> MediaInput:
    return MediaInput(**{"role": role, "data": b"\x89PNG", "width": 720, "height": 1280} | changes)  # type: ignore[arg-type]


def request(model: str = "runway/gen4.5", *inputs: MediaInput, **changes: object) -> GenerationRequest:
    return GenerationRequest(**{"model": model, "prompt": "push in", "inputs": inputs or (still(),)} | changes)  # type: ignore[arg-type]


def test_every_row_says_where_and_when_it_was_read() -> None:
    rows = [*TABLE.providers.values(), *TABLE.models.values()]
    assert all(row.source and date(2025, 1, 1) < row.checked <= DAY for row in rows)
    assert all(row.ends is None or row.successor in {"", *TABLE.models} for row in TABLE.models.values())


def test_every_service_and_protocol_of_the_plan_is_there() -> None:
    assert {row.adapter for row in TABLE.providers.values()} == {
        "fal", "runway", "kling", "kling-legacy", "minimax", "minimax-v1", "dashscope", "ark", "luma",
        "luma-dream-machine", "google", "google-veo", "google-images", "openai-images", "replicate", "closed",
    }  # fmt: skip


@pytest.mark.parametrize(("wrong", "near"), [
    ("runway/gen45", "runway/gen4.5"), ("gen4.5", "runway/gen4.5"), ("fal/kling", "fal/kling-3-pro"),
    ("seedance2.5", "ark/seedance-2.5"), ("veo", "fal/veo-3.1"), ("zzz", "known: fal/"),
])  # fmt: skip
def test_an_unknown_model_is_told_with_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(UsageError, match="no model is called") as caught:
        TABLE.model(wrong)
    assert near in caught.value.hint


@pytest.mark.parametrize(("inputs", "mode"), [
    ((), "text"), ((still(),), "image"), ((still(), still(InputRole.LAST_FRAME)), "frames"),
    ((still(InputRole.REFERENCE), still(InputRole.REFERENCE)), "references"),
])  # fmt: skip
def test_inputs_choose_the_mode(inputs: tuple[MediaInput, ...], mode: str) -> None:
    assert TABLE.mode(GenerationRequest(model="ark/seedance-2.0", prompt="x", inputs=inputs)) == mode


@pytest.mark.parametrize(("wrong", "said"), [
    (request("runway/gen4.5", still(), still(InputRole.LAST_FRAME)), "first_frame, last_frame"),
    (request("runway/gen4.5", still(InputRole.LAST_FRAME)), "last_frame"),
    (request("ark/seedance-2.0", still(), still(InputRole.REFERENCE)), "first_frame, reference"),
    (request(duration=11), "duration 11"), (request(ratio="2:1"), "ratio 2:1"), (request(size="4k"), "size 4k"),
    (request("fal/wan-2.6", ratio="9:16"), "ratio 9:16"), (request(prompt="x" * 1001), "1000 characters"),
    (request(prompt="\U0001f600" * 501), "1000 characters"), (request(prompt=" "), "prompt"),
    (request("ark/seedance-2.0", still(width=200, height=400)), "a side below 300"),
    (request("ark/seedance-2.0", still(width=400, height=2000)), "width/height 0.20"),
    (request(count=2), "one clip at a time"),
    (request("runway/gen4.5", still(data=b"x" * 4_000_000)), "4000000 bytes"),
    (request("kling/kling-3.0", still(mime="image/webp")), "image/webp"),
    (request("luma-dream-machine/ray-2", still()), "address"),
    (request("ark/seedance-2.0", *[still(InputRole.REFERENCE)] * 10), "9 references, not 10"),
    (request("openai/gpt-image-2", still(InputRole.REFERENCE), size="1080x1920"), "size 1080x1920"),
])  # fmt: skip
def test_what_a_model_does_not_take_is_refused_before_it_is_sent(wrong: GenerationRequest, said: str) -> None:
    with pytest.raises(RequestRefused, match=said) as caught:
        TABLE.check(wrong, today=DAY)
    assert caught.value.kind == "invalid"


def test_a_free_size_of_a_still_has_divisible_sides() -> None:
    def of(size: str) -> GenerationRequest:
        return GenerationRequest(model="openai/gpt-image-2", prompt="x", size=size)

    assert TABLE.check(of("1088x1920"), today=DAY) == "text"
    for size in ("1080x1920", "512x2048", "3856x3856", "x", "0x0"):
        with pytest.raises(RequestRefused):
            TABLE.check(of(size), today=DAY)


def test_what_was_shut_down_says_so() -> None:
    with pytest.raises(RequestRefused, match="shut down on 2026-09-24") as caught:
        TABLE.check(request("sora/sora-2"), today=DAY)
    assert caught.value.kind == "gone"
    with pytest.raises(RequestRefused, match="2026-10-22") as caught:
        TABLE.check(request("google-veo/veo-3.1"), today=DAY)
    assert "google/gemini-omni-1.1-flash" in caught.value.hint
    assert TABLE.check(request("google-veo/veo-3.1"), today=date(2026, 9, 1)) == "image"


def test_costs_come_from_the_first_row_that_fits() -> None:
    def usd(model: str, **changes: object) -> Decimal | None:
        return TABLE.cost(request(model, **changes)).usd

    assert usd("runway/gen4.5") == Decimal("0.60")
    assert usd("runway/veo3.1", duration=8) == Decimal("1.60")
    assert usd("runway/veo3.1", duration=8, audio=True) == Decimal("3.20")
    assert usd("ark/seedance-2.5", size="1080p", duration=10) == Decimal("5.690")
    assert usd("openai/gpt-image-2", count=3) == Decimal("0.57")
    assert usd("kling/kling-3.0") is None
    assert TABLE.cost(request("runway/gen4.5")).to_dict() == {
        "usd": 0.6, "basis": "5 s at $0.12/s (720p)", "as_of": "2026-11-21",
        "source": "package runwayml 5.24.0; prices as reported 2026-10-07",
    }  # fmt: skip


def test_frame_sizes() -> None:
    assert TABLE.model("runway/gen4.5").frame_size("9:16") == (720, 1280)
    assert TABLE.model("runway/veo3.1").frame_size("9:16", "1080p") == (1080, 1920)
    assert TABLE.model("ark/seedance-2.0").frame_size("9:16") == (720, 1280)
    assert TABLE.model("openai/gpt-image-2").frame_size("9:16") == (1152, 2048)
    assert TABLE.model("fal/ray-2").frame_size("3:4", "540p") == (540, 720)
    assert TABLE.model("ark/seedance-2.0").frame_size("adaptive") is None


def test_a_users_table_is_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(
        '[providers.runway]\nconcurrent = 20\nhosts = ["cdn.example.org"]\n'
        '[models."runway/gen4.5"]\nprices = [{ usd_per_second = "0.10" }]\n'
        '[models."runway/gen9"]\nmedia = "video"\ndurations = [5]\nsource = "me"\nchecked = 2026-11-28\n'
        'modes.image.id = "gen9"\n'
    )
    monkeypatch.setenv("OVERLAYCUT_PROVIDERS", str(own))
    mixed = catalogue()
    assert (mixed.provider("runway").concurrent, mixed.provider("runway").poll_seconds) == (20, 6.0)
    assert mixed.cost(request("runway/gen4.5")).usd == Decimal("0.50")
    assert mixed.model("runway/gen9").modes["image"].id == "gen9"
    assert len(mixed.models) == len(TABLE.models) + 1


@pytest.mark.parametrize(("text", "where"), [
    ('[providers.runway]\nhosts = ["*"]', "providers.runway"), ('[providers.runway]\nhosts = ["*.*.x"]', "hosts"),
    ('[providers.runway]\nbase = "http://127.0.0.1"', "providers.runway.base"), ("[providers.runway]\nkey = 1", "key"),
    ('[models."x/y"]\nmedia = "video"\nsource = ""\nchecked = 2026-01-01\nmodes.text.id = "y"', "x/y"),
])  # fmt: skip
def test_a_wrong_table_is_told(tmp_path: Path, text: str, where: str) -> None:
    (tmp_path / "t.toml").write_text(text)
    with pytest.raises(DocumentError, match=r"t\.toml") as caught:
        catalogue(tmp_path / "t.toml")
    assert where in caught.value.one_line()
