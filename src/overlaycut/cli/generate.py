"""`overlaycut generate`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlaycut.cli.common import FILE, cache_option, json_option, leave, progress_bar, show
from overlaycut.cli.streams import say
from overlaycut.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from overlaycut.api import CancelReport, GeneratedTask, GenerateReport, ShotVerdict


def listed(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Words of an option that may be repeated or hold several with commas."""
    return tuple(word for value in values for word in value.split(",") if word)


def dollars(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Decimal | None:
    """US dollars, exactly as they were written."""
    if value is None:
        return None
    digits = value.removeprefix("$")
    if not digits.replace(".", "", 1).isdecimal() or not digits.isascii():
        raise click.BadParameter(f"{value!r} is no sum in US dollars, as in 5.00")
    return Decimal(digits)


@click.command("generate")
@click.argument("project", type=FILE)
@click.option("--shots", multiple=True, callback=listed, metavar="NAME[,NAME…]", help="Only these, by name or number.")
@click.option("--candidates", type=int, help="Of each prompt and model; default: the project's.")
@click.option(
    "--model", "models", multiple=True, callback=listed, metavar="NAME[,NAME…]", help="In place of the project's."
)
@click.option("--duration", type=int, help="Seconds, in place of the project's.")
@click.option("--seed", "seeds", type=int, multiple=True, help="In place of the project's; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Print requests and cost; send nothing.")
@click.option("--budget", callback=dollars, metavar="USD", help="Refuse when new tasks would cost more.")
@click.option("--no-rank", "rank", flag_value=False, default=True, is_flag=True, help="Do not rank the candidates.")
@click.option("--cancel", "cancel_now", is_flag=True, help="Ask services to stop what is under way; generate nothing.")
@click.option(
    "--on-interrupt", type=click.Choice(["ask", "leave", "cancel"]), default="ask", show_default=True,
    help="What Ctrl-C does about tasks that services have; without a terminal, ask is leave.",
)  # fmt: skip
@click.option(
    "--retry-unknown", is_flag=True,
    help="Submit tasks again of which nobody knows whether they were made; ask the service first.",
)  # fmt: skip
@cache_option
@json_option
def command(
    project: Path,
    shots: tuple[str, ...],
    candidates: int | None,
    models: tuple[str, ...],
    duration: int | None,
    seeds: tuple[int, ...],
    dry_run: bool,
    budget: Decimal | None,
    rank: bool,
    cancel_now: bool,
    on_interrupt: str,
    retry_unknown: bool,
    cache: bool,
    as_json: bool,
) -> None:
    """Send the shots of PROJECT to generation services, fetch the candidates and rank them.

    Keys come from the environment or the system's keyring. A task that was paid for is never paid for again: run the
    same command to go on after an interruption.
    """
    from overlaycut.api import cancel_tasks, generate

    if cancel_now:
        if dry_run:
            raise UsageError("--cancel and --dry-run exclude each other", hint="leave one out")
        stopped = cancel_tasks(project)
        show(stopped, _cancelled_lines(stopped), as_json=as_json)
        return
    try:
        with progress_bar() as progress:
            report = generate(
                project,
                shots=shots,
                models=models,
                candidates=candidates,
                duration=duration,
                seeds=seeds,
                dry_run=dry_run,
                budget=budget,
                rank=rank,
                cancel_on_stop=on_interrupt == "cancel",
                retry_unknown=retry_unknown,
                cache=cache,
                progress=progress,
            )
    except KeyboardInterrupt:
        _interrupted(project, on_interrupt)
        raise
    show(report, generate_lines(report), as_json=as_json)
    leave_generated(report.failures, ok=report.ok)


def leave_generated(failures: tuple[GeneratedTask, ...], *, ok: bool) -> None:
    """End with 4, or with the code of a failure that is no service's, when a task failed; with 1 when a gate did."""
    codes = {task.error.exit_code for task in failures if task.error is not None}
    if codes:
        raise click.exceptions.Exit(codes.pop() if len(codes) == 1 else ExitCode.PROVIDER)
    leave(ok)


def _interrupted(project: Path, on_interrupt: str) -> None:
    """Say what services go on with, or ask whether they should stop."""
    from overlaycut.api import cancel_tasks, left_of

    left = left_of(project)
    if not left:
        return
    person = sys.stdin.isatty() and sys.stderr.isatty()
    if on_interrupt == "ask" and person and click.confirm(f"Cancel {len(left)} tasks under way?", err=True):
        for line in _cancelled_lines(cancel_tasks(project)):
            say(line)
        return
    for line in left:
        say(f"left running: {line}")
    say("the same command waits for them and fetches them; --cancel asks the services to stop them")


def _cancelled_lines(report: CancelReport) -> Iterator[str]:
    if not report.tasks:
        yield "no task is under way"
    for task in report.tasks:
        done = "cancelled" if task["cancelled"] else "not cancelled: the service goes on with it"
        yield f"{task['shot']}, {task['model']}, take {task['take'] + 1}: {done}"


def money(usd: Decimal | None) -> str:
    """A sum as people write it."""
    return "price unknown" if usd is None else f"${usd:.2f}" if usd == round(usd, 2) else f"${usd:.4f}"


def generate_lines(report: GenerateReport) -> Iterator[str]:
    """What was asked for and came, what it costs, and what to do next."""
    for prompt in report.prompts:
        for hint in (*prompt.hints, *prompt.warnings):
            yield f"{prompt.shot}: prompt: {hint}"
    yield from task_lines(report.tasks)
    yield total_line(report.total_usd, report.unpriced, dry_run=report.dry_run)
    for shot in report.shots:
        yield from _shot_lines(shot)
    if len(report.models) > 1:
        yield "which model kept your label, at what cost:"
        for row in report.models:
            label = "no lettering" if row.kept_label is None else f"label kept in {row.kept_label} of {row.candidates}"
            each = "" if row.usd_per_usable is None else f", {money(row.usd_per_usable)} per usable clip"
            yield (
                f"  {row.model}: {label}, {row.usable} usable, score {row.mean_score:.1f}, "
                f"{money(row.cost_usd)}{each} ({_short(row.prompt)})"
            )
    for warning in report.warnings:
        yield f"warning: {warning}"


def task_lines(tasks: tuple[GeneratedTask, ...]) -> Iterator[str]:
    """One line per task, and one for each thing to say about it."""
    for task in tasks:
        asked = [f"{task.duration} s"] if task.duration else []
        asked += [f"seed {task.seed}"] if task.seed is not None else []
        what = f" ({', '.join(asked)})" if asked else ""
        paid = ", paid before" if task.paid_before else ""
        end = f": {task.error.one_line()}" if task.error else f" {task.path}" if task.path else ""
        yield f"{task.shot}, {task.model}, take {task.take + 1}{what}: {task.state}{end}, {money(task.cost_usd)}{paid}"
        for note in task.notes:
            yield f"  {note}"


def total_line(total: Decimal, unpriced: int, *, dry_run: bool) -> str:
    """The sum of a call."""
    more = f", and {unpriced} of unknown price" if unpriced else ""
    return f"{'would cost' if dry_run else 'cost of this call'}: {money(total)}{more}"


def _shot_lines(shot: ShotVerdict) -> Iterator[str]:
    best = f" {shot.best}" if shot.best else ""
    yield f"{shot.shot}: {shot.next}{best}: {shot.reason}"
    for place, one in enumerate(shot.ranking, start=1):
        label = {True: "label kept", False: "label changed", None: "no lettering"}[one.kept_label]
        yield f"  {place}. {one.clip.name}: {one.score:.1f}, {label} ({one.model}, {money(one.cost_usd)})"
    for change in shot.changes:
        yield f"  change: {change}"
    if shot.command:
        yield f"  {shot.command}"
    if shot.usd_per_usable_second is not None:
        per = money(shot.usd_per_usable_second)
        yield f"  {money(shot.cost_usd)} for {shot.usable_seconds:.1f} usable seconds: {per} each"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
