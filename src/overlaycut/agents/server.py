"""The server: eight tools, each one verb."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field

from overlaycut import __version__, api
from overlaycut.agents import answers as told
from overlaycut.agents.roots import Roots
from overlaycut.agents.work import answered, sheet_of, worked

INSTRUCTIONS = """Judges and repairs lettering that image-to-video models melt. Judge before you repair; every verdict
has next (keep, repair, retry, switch). Report gates and warnings to the person. Files are named by paths below the
allowed folders; inputs are never replaced. Media come as links, pictures as one contact sheet."""

Paths = Annotated[list[str], Field(min_length=1, max_length=20)]
Still = Annotated[str | None, Field(description="The picture that the clip was made from.")]
Texts = Annotated[list[str], Field(description="Lettering that has to read right.")]

NO_TEXTS: list[str] = []
EVERY_EDITOR = ["all"]

_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def server(folders: Sequence[Path]) -> MCPServer:
    """A server whose tools reach the files in `folders` alone."""
    made = MCPServer("overlaycut", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING")
    tools = _Tools(Roots(folders))
    for work, hints in (
        (tools.look, _READS), (tools.judge, _WRITES), (tools.repair, _WRITES), (tools.caption, _WRITES),
        (tools.rank, _READS), (tools.deliver, _WRITES), (tools.check, _READS), (tools.project, _WRITES),
    ):  # fmt: skip
        made.tool(annotations=hints)(work)
    return made


class _Tools:
    """The tools of one server. Their docstrings are what agents read."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots

    async def look(self, paths: Paths, ctx: Context) -> Annotated[CallToolResult, told.LookAnswer]:
        """Facts of clips (size, rate, length, warnings) and a contact sheet of their frames."""
        files = (await self._roots.allowed(ctx)).paths(paths)
        clips = [path for path in files if path.suffix.lower() not in (".png", ".jpg", ".jpeg", ".webp")]
        found = await worked(ctx, lambda tell: api.probe(clips, progress=tell)) if clips else None
        rows = [one.to_dict() for one in found.files] if found else []
        listed = [
            told.MediaFile(
                path=row["path"], width=row["width"], height=row["height"], fps=row["fps"], frames=row["frames"],
                seconds=row["duration"], has_audio=row["has_audio"], warnings=told.shortened(row["warnings"]),
            )
            for row in rows
        ]  # fmt: skip
        sheet = await sheet_of(ctx, files)
        return answered(f"{len(files)} file(s)", told.LookAnswer(files=listed), files=files, sheet=sheet)

    async def judge(
        self,
        clip: str,
        ctx: Context,
        still: Still = None,
        texts: Texts = NO_TEXTS,
        plan_out: str | None = None,
    ) -> Annotated[CallToolResult, told.JudgeAnswer]:
        """Find the lettering of a clip, judge whether it holds, and say what to do next."""
        allowed = await self._roots.allowed(ctx)
        path, picture, out = allowed.path(clip), allowed.maybe(still), allowed.maybe(plan_out)
        plan = await worked(ctx, lambda tell: api.analyze(path, still=picture, texts=texts, out=out, progress=tell))
        row = plan.to_dict()
        answer = told.JudgeAnswer(
            clip=str(path), regions=told.regions_of(row["regions"]), notes=told.shortened(row["notes"]),
            plan=None if out is None else str(out), next=row["next"], command=row["command"],
        )  # fmt: skip
        sheet = await sheet_of(ctx, [path])
        said = f"{len(answer.regions)} region(s) of lettering; next: {answer.next}"
        return answered(said, answer, files=[path, *([] if out is None else [out])], sheet=sheet)

    async def repair(
        self,
        clip: str,
        out: Annotated[str, Field(description="The repaired clip, a new .mp4.")],
        ctx: Context,
        still: Still = None,
        texts: Texts = NO_TEXTS,
        mode: Literal["auto", "restore", "erase", "cover"] = "auto",
    ) -> Annotated[CallToolResult, told.RepairAnswer]:
        """Repair the lettering of a clip; nothing else of the picture changes. The sheet shows before and after."""
        allowed = await self._roots.allowed(ctx)
        path, target, picture = allowed.path(clip), allowed.path(out), allowed.maybe(still)
        found = await worked(
            ctx, lambda tell: api.clean(path, target, still=picture, texts=texts, mode=mode, progress=tell)
        )
        row = found.to_dict()
        answer = told.RepairAnswer(
            out=str(target), ok=found.ok, touched_fraction=row["touched_fraction"],
            untouched_identical=row["untouched_identical"], gates=told.shortened(row["gates"]),
            warnings=told.shortened(row["warnings"]), regions=told.regions_of(row["regions"]), next=row["next"],
            command=row["command"],
        )  # fmt: skip
        said = "repaired, every gate passed" if found.ok else f"repaired, {len(found.gates)} gate(s) failed"
        return answered(said, answer, files=[target], sheet=await sheet_of(ctx, [path, target]))

    async def caption(
        self,
        clip: str,
        subs: Annotated[str, Field(description="A .srt, .vtt, .ass, transcript .json or .txt.")],
        out: str,
        ctx: Context,
        style: str = "clean",
        platform: str | None = None,
    ) -> Annotated[CallToolResult, told.CaptionAnswer]:
        """Draw captions on a clip, clear of faces, lettering and the platform's own buttons."""
        allowed = await self._roots.allowed(ctx)
        path, words, target = allowed.path(clip), allowed.path(subs), allowed.path(out)
        look, app = allowed.named(style), None if platform is None else allowed.named(platform)
        found = await worked(
            ctx, lambda tell: api.caption(path, words, out=target, style=look, platform=app, progress=tell)
        )
        answer = told.CaptionAnswer(out=str(target), cues=len(found.cues), warnings=told.shortened(found.warnings))
        return answered(f"{len(found.cues)} caption(s)", answer, files=[target], sheet=await sheet_of(ctx, [target]))

    async def rank(
        self,
        clips: Paths,
        ctx: Context,
        still: Still = None,
        texts: Texts = NO_TEXTS,
    ) -> Annotated[CallToolResult, told.RankAnswer]:
        """Put takes of one shot in order, best first, with reasons, and say what to do with the best."""
        allowed = await self._roots.allowed(ctx)
        files, picture = allowed.paths(clips), allowed.maybe(still)
        found = await worked(ctx, lambda tell: api.rank(files, still=picture, texts=texts, progress=tell))
        takes = [
            told.RankedTake(
                clip=one.clip, score=one.score, faults=told.shortened(one.faults), reasons=told.shortened(one.reasons)
            )
            for one in found.ranking
        ]
        answer = told.RankAnswer(ranking=takes, reason=found.reason, next=found.next, command=found.command)
        order = [Path(one.clip) for one in takes]
        said = f"best: {order[0].name}; next: {found.next}: {found.reason}"
        return answered(said, answer, files=order[:1], sheet=await sheet_of(ctx, order))

    async def deliver(
        self,
        clip: str,
        platforms: Annotated[list[str], Field(min_length=1, description="tiktok, reels, shorts, feed-1x1, …")],
        out: Annotated[str, Field(description="The folder for the files.")],
        ctx: Context,
        subs: str | None = None,
        style: str = "clean",
    ) -> Annotated[CallToolResult, told.DeliverAnswer]:
        """Write each platform's file from one clip, with captions where there are subtitles, and check it."""
        allowed = await self._roots.allowed(ctx)
        path, folder, words = allowed.path(clip), allowed.path(out), allowed.maybe(subs)
        names, look = [allowed.named(one) for one in platforms], allowed.named(style)
        found = await worked(ctx, lambda tell: api.export(path, names, folder, subs=words, style=look, progress=tell))
        answer = told.DeliverAnswer(
            ok=found.ok,
            deliveries=[
                told.DeliveredFile(
                    platform=one.platform, path=str(one.path), ok=one.ok, error=one.error,
                    seconds=None if one.duration is None else round(float(one.duration), 3), bytes=one.bytes,
                    failed=[_check_line(check) for check in one.checks if check.status == "fail"],
                )
                for one in found.deliveries
            ],
            warnings=told.shortened(found.warnings),
        )  # fmt: skip
        written = [one.path for one in found.deliveries if one.error is None]
        sheet = await sheet_of(ctx, written) if written else None
        return answered(f"{len(written)} file(s) written", answer, files=written, sheet=sheet)

    async def check(self, file: str, platform: str, ctx: Context) -> Annotated[CallToolResult, told.CheckAnswer]:
        """Whether a written file fits a platform's limits."""
        allowed = await self._roots.allowed(ctx)
        path, name = allowed.path(file), allowed.named(platform)
        found = await worked(ctx, lambda _: api.check(path, name))
        failed = [_check_line(one) for one in found.checks if one.status == "fail"]
        answer = told.CheckAnswer(
            ok=found.ok, platform=found.platform, failed=failed, next=found.next, command=found.command
        )
        return answered("fits" if found.ok else f"{len(failed)} check(s) failed", answer)

    async def project(
        self,
        project: Annotated[str, Field(description="The project's .toml file.")],
        ctx: Context,
        action: Literal["validate", "explain", "run", "handover"] = "validate",
        out: Annotated[str | None, Field(description="The folder for what run and handover write.")] = None,
        editors: Annotated[list[str], Field(description="For handover: resolve, premiere, …")] = EVERY_EDITOR,
    ) -> Annotated[CallToolResult, told.ProjectAnswer]:
        """Validate a project of several shots, explain what a run would do, run it, or hand it over to editors."""
        allowed = await self._roots.allowed(ctx)
        path, folder = allowed.path(project), allowed.maybe(out)
        for named in await worked(ctx, lambda _: api.named_files(path)):
            allowed.path(str(named))
        if action == "handover":
            target = folder or path.parent / "handover"
            work = partial(_handed_over, path, target, editors)
        else:
            work = partial({"validate": _validated, "explain": _explained, "run": _ran}[action], path, folder)
        said, answer = await worked(ctx, lambda tell: work(tell))
        files = [Path(one) for one in answer.files[:8]]
        return answered(said, answer, files=files)


def _check_line(check: api.Check) -> str:
    return f"{check.name}: {check.found} (wanted {check.wanted})"


_Done = tuple[str, told.ProjectAnswer]


def _validated(path: Path, _: Path | None, __: api.Progress) -> _Done:
    found = api.validate(path)
    faults = [f"{one.where}: {one.problem} ({one.hint})" for one in found.faults]
    answer = told.ProjectAnswer(
        action="validate", ok=found.ok, faults=told.shortened(faults), notes=told.shortened(found.notes),
        next="keep" if found.ok else "repair",
    )  # fmt: skip
    return "ready to run" if found.ok else f"{len(faults)} fault(s)", answer


def _explained(path: Path, folder: Path | None, _: api.Progress) -> _Done:
    found = api.explain(path, folder)
    steps = [f"{one.state}: {one.step} {one.subject}" for one in found.steps]
    answer = told.ProjectAnswer(action="explain", ok=True, steps=steps, warnings=told.shortened(found.warnings))
    return f"{sum(one.state == 'would run' for one in found.steps)} step(s) would run", answer


def _ran(path: Path, folder: Path | None, tell: api.Progress) -> _Done:
    found = api.run(path, folder, progress=tell)
    files = [found.master, found.report, *(one.path for one in found.deliveries if one.error is None)]
    answer = told.ProjectAnswer(
        action="run", ok=found.ok, next=found.next, command=found.command, files=[str(one) for one in files],
        gates=told.shortened(found.gates), warnings=told.shortened(found.warnings),
    )  # fmt: skip
    return "every gate passed" if found.ok else f"{len(found.gates)} gate(s) failed", answer


def _handed_over(path: Path, folder: Path, editors: list[str], tell: api.Progress) -> _Done:
    found = api.handover(path, folder, to=editors, progress=tell)
    answer = told.ProjectAnswer(
        action="handover", ok=found.ok, next="keep" if found.ok else "repair",
        files=[str(one.path) for one in found.files], gates=told.shortened(found.gates),
        warnings=told.shortened(found.warnings),
    )  # fmt: skip
    return f"{len(found.files)} file(s) for {', '.join(found.editors)}", answer
