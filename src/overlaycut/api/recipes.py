"""`new`: a project begun from a recipe."""

from __future__ import annotations

from pathlib import Path

from overlaycut.api.boundary import verb
from overlaycut.api.inputs import File
from overlaycut.api.results import NewReport
from overlaycut.errors import UsageError
from overlaycut.media import declare, write_text

_SHELF = Path(__file__).resolve().parents[1] / "recipes"


def recipe_names() -> tuple[str, ...]:
    """The recipes that come with the package, by name."""
    return tuple(sorted(path.parent.name for path in _SHELF.glob("*/project.toml")))


@verb
def new(recipe: str, folder: File, *, force: bool = False) -> NewReport:
    """Begin a project: a commented project file, captions and a checklist with prompts, in a folder.

    The stills that the project names are yours to make; `validate` lists what is missing. Files that overlaycut did
    not write are replaced with `force` alone.
    """
    if recipe not in recipe_names():
        raise UsageError(f"no recipe is called {recipe!r}", hint=f"there are {', '.join(recipe_names())}")
    out = Path(folder)
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted((_SHELF / recipe).iterdir())}
    files = tuple(out / name for name in texts)
    declare(reads=(), writes=files, force=force)
    for path, text in zip(files, texts.values(), strict=True):
        write_text(path, text)
    return NewReport(recipe=recipe, folder=out, files=files)
