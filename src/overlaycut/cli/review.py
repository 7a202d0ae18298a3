"""`overlaycut review`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from overlaycut.cli.common import FILE, cache_option, json_option, show
from overlaycut.cli.progress import is_quiet
from overlaycut.cli.streams import say
from overlaycut.errors import MissingPart, UsageError


@click.command("review")
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="PROJECT.toml|CLIP…")
@click.option("-o", "--out", type=FILE, help="The folder of plans; default: out/ beside the project, as for run.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes any that is free.")
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
@cache_option
@json_option
def command(paths: tuple[Path, ...], out: Path | None, port: int, opens: bool, cache: bool, as_json: bool) -> None:
    """Serve a page on this machine to look at a project or clips, and to put right what is wrong.

    What is changed there is written at once: plans that the next run obeys, and the project with its comments kept.
    """
    try:
        from overlaycut.review import review
    except ImportError as error:
        raise MissingPart(
            f"the review page needs {error.name or 'starlette'}", hint="pip install 'overlaycut[review]'"
        ) from error
    projects = [path for path in paths if path.suffix.lower() == ".toml"]
    if projects and len(paths) > 1:
        raise UsageError("a review is of one project, or of clips", hint="overlaycut review project.toml")
    try:
        server = review(projects[0] if projects else None, () if projects else paths, out=out, cache=cache, port=port)
    except OSError as error:
        raise UsageError(f"port {port} cannot be used: {error.strerror}", hint="leave --port away") from error
    from overlaycut.api import ReviewAddress

    address = ReviewAddress(url=server.url)
    show(address, iter([address.url]), as_json=as_json)
    if not is_quiet():
        say("Ctrl-C ends it; every change is written at once")
    if opens:
        click.launch(server.url)
    with suppress(KeyboardInterrupt):
        server.serve()
