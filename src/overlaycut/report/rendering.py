"""Pages from templates: one HTML file with its own style and script inside, and a policy that allows nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from overlaycut.report.plots import HEIGHT, WIDTH


def environment() -> Environment:
    """Where templates of pages are found and how they are rendered: escaped, and without a name that is missing."""
    return Environment(
        loader=PackageLoader("overlaycut.report"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def rendered(name: str, content: object, **filters: Callable[[Any], str]) -> str:
    """The page `name` of `content`, with the common style and its own script."""
    pages = environment()
    pages.filters |= filters
    style, script = asset("report.css"), asset(f"{name}.js")
    return pages.get_template(f"{name}.html").render(
        page=content,
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        plot_size=(WIDTH, HEIGHT),
    )


def asset(name: str) -> str:
    """A style or a script of the package."""
    return (files("overlaycut.report") / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The content's hash as a content security policy has it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
