"""The tools, driven by the SDK's own client over stdio, as an agent's program does it."""

from __future__ import annotations

import base64
import io
import json
import os
import sys
from collections.abc import Callable, Coroutine
from fractions import Fraction
from pathlib import Path
from typing import Any

import anyio
import pytest
from PIL import Image

import overlaycut
from draw import draw_clip, scenes
from overlaycut.agents.answers import MOST_BYTES, ProjectAnswer
from overlaycut.errors import MissingPart
from policies import policy

pytest.importorskip("mcp")

from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import ListRootsResult, Root

SIZE = (108, 192)
Call = Callable[..., Coroutine[Any, Any, Any]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "allowed"
    inside.mkdir()
    for name, first in (("a.mp4", 0), ("b.mp4", 4), ("c.mp4", 9)):
        draw_clip(inside / name, scenes(first + 8, SIZE)[first:], tick=Fraction(1, 24))
    draw_clip(tmp_path / "outside.mp4", scenes(3, SIZE), tick=Fraction(1, 24))
    (inside / "words.srt").write_text("1\n00:00:00,000 --> 00:00:00,200\nHi there\n", encoding="utf-8")
    small = policy(inside, "small")
    (inside / "project.toml").write_text(
        f'[project]\nname = "p"\noutputs = ["{small}"]\nmaster = "108x192@24"\n[[shots]]\nclip = "a.mp4"\n',
        encoding="utf-8",
    )
    return inside


def driven(folder: Path, work: Callable[[Any], Coroutine[Any, Any, None]], **more: Any) -> None:
    """Run `work` with a client of a server in a process of its own."""
    command = ["-m", "overlaycut", "mcp", "--root", str(folder)]

    async def session() -> None:
        source = {"PYTHONPATH": str(Path(overlaycut.__file__).parents[1])}
        parameters = StdioServerParameters(
            command=sys.executable, args=command, env={**os.environ, **source}, cwd=folder
        )
        async with Client(stdio_client(parameters), **more) as client:
            await work(client)

    anyio.run(session)


def sheet_in(result: Any) -> Image.Image | None:
    pictures = [one for one in result.content if one.type == "image"]
    assert len(pictures) <= 1
    return Image.open(io.BytesIO(base64.b64decode(pictures[0].data))) if pictures else None


def checked(result: Any) -> dict[str, Any]:
    """The structure of an answer that keeps the limits."""
    assert not result.is_error, result.content
    words = sum(len(one.text) for one in result.content if one.type == "text")
    assert words + len(json.dumps(result.structured_content)) <= MOST_BYTES
    sheet = sheet_in(result)
    if sheet is not None:
        assert sheet.format == "JPEG" and max(sheet.size) <= 1568
    structure: dict[str, Any] = result.structured_content
    return structure


def links(result: Any) -> list[str]:
    return [str(one.uri).rpartition("/")[2] for one in result.content if one.type == "resource_link"]


@pytest.mark.slow
def test_every_tool_answers_over_stdio(folder: Path) -> None:
    async def work(client: Any) -> None:
        tools = {one.name: one for one in (await client.list_tools()).tools}
        assert set(tools) == {"look", "judge", "repair", "caption", "rank", "deliver", "check", "project"}
        assert all(one.output_schema and one.description for one in tools.values())
        told: list[float] = []

        async def progress(value: float, total: float | None, message: str | None) -> None:
            told.append(value)

        result = await client.call_tool("look", {"paths": ["a.mp4", "b.mp4"]}, progress_callback=progress)
        look = checked(result)
        assert [one["frames"] for one in look["files"]] == [8, 8] and sheet_in(result) is not None
        assert links(result) == ["a.mp4", "b.mp4"]
        rank = checked(await client.call_tool("rank", {"clips": ["a.mp4", "b.mp4", "c.mp4"]}))
        assert len(rank["ranking"]) == 3 and rank["next"] in ("keep", "repair", "retry", "switch")
        judge = checked(await client.call_tool("judge", {"clip": "a.mp4", "plan_out": "plan.json"}))
        assert judge["next"] == "keep" and (folder / "plan.json").is_file()
        result = await client.call_tool("repair", {"clip": "a.mp4", "out": "clean.mp4", "mode": "erase"})
        repair = checked(result)
        assert repair["untouched_identical"] and links(result) == ["clean.mp4"]
        caption = {"clip": "clean.mp4", "subs": "words.srt", "out": "captioned.mp4"}
        assert checked(await client.call_tool("caption", caption))["cues"] == 1
        small = "small.toml"
        deliver = checked(await client.call_tool("deliver", {"clip": "clean.mp4", "platforms": [small], "out": "out"}))
        (file,) = deliver["deliveries"]
        check = checked(await client.call_tool("check", {"file": file["path"], "platform": small}))
        assert check["ok"] == file["ok"] and check["next"] == ("keep" if check["ok"] else "repair")
        assert checked(await client.call_tool("project", {"project": "project.toml"}))["ok"]
        run = await client.call_tool("project", {"project": "project.toml", "action": "run", "out": "job"})
        assert any(path.endswith("master.mp4") for path in checked(run)["files"])
        assert told == sorted(told)

    driven(folder, work)


def test_what_lies_outside_is_out_of_reach(folder: Path) -> None:
    (folder / "link.mp4").symlink_to(folder.parent / "outside.mp4")

    async def work(client: Any) -> None:
        for path in ("../outside.mp4", str(folder.parent / "outside.mp4"), "link.mp4"):
            result = await client.call_tool("look", {"paths": [path]})
            assert result.is_error and "outside the allowed folders" in result.content[0].text
        result = await client.call_tool("repair", {"clip": "a.mp4", "out": "../a.mp4"})
        assert result.is_error and not (folder.parent / "a.mp4").exists()
        (folder / "bad.toml").write_text('[[shots]]\nclip = "../outside.mp4"\n', encoding="utf-8")
        result = await client.call_tool("project", {"project": "bad.toml", "action": "run"})
        assert result.is_error and "outside the allowed folders" in result.content[0].text
        result = await client.call_tool("look", {"paths": ["missing.mp4"]})
        assert result.is_error and "missing.mp4" in result.content[0].text

    driven(folder, work)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_clients_roots_narrow_the_servers(folder: Path) -> None:
    """Clients of older versions of the protocol announce folders."""
    inside = folder / "inside"
    inside.mkdir()
    draw_clip(inside / "d.mp4", scenes(3, SIZE), tick=Fraction(1, 24))

    async def roots(_: Any) -> ListRootsResult:
        return ListRootsResult(roots=[Root(uri=inside.as_uri())])

    async def work(client: Any) -> None:
        result = await client.call_tool("look", {"paths": [str(folder / "a.mp4")]})
        assert result.is_error and "outside the allowed folders" in result.content[0].text
        assert not (await client.call_tool("look", {"paths": ["d.mp4"]})).is_error

    driven(folder, work, mode="legacy", list_roots_callback=roots)


def test_a_long_answer_is_shortened_and_says_so() -> None:
    long = ProjectAnswer(action="run", ok=True, warnings=["w" * 390] * 200, files=["f" * 90] * 100)
    short = long.fitted()
    assert len(short.model_dump_json()) <= MOST_BYTES
    assert short.left_out == 300 - len(short.warnings) - len(short.files)


def test_without_the_extra_the_message_has_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    from overlaycut.agents import serve

    for name in [one for one in sys.modules if one.startswith(("overlaycut.agents.", "mcp"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(MissingPart) as caught:
        serve([Path.cwd()])
    assert "pip install 'overlaycut[mcp]'" in caught.value.one_line()
