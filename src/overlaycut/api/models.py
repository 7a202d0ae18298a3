"""The verbs of the model store: what is known, what is there, and how it gets there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from overlaycut.core.progress import Progress, no_progress
from overlaycut.models import Known, known, known_models, store


def list_models() -> dict[str, Any]:
    """Every model that overlaycut knows, and whether its file is in the store."""
    return {"folder": str(store.folder()), "models": [_row(name, model) for name, model in known_models().items()]}


def pull_model(name: str, *, progress: Progress = no_progress) -> dict[str, Any]:
    """Fetch a model into the store; `new` is False when it was there already."""
    new = store.pull(name, progress=progress)
    return {"new": new, "model": _row(name, known(name))}


def add_model(name: str, file: Path | str, *, progress: Progress = no_progress) -> dict[str, Any]:
    """Put a model's file, fetched by other means, into the store; `new` is False when it was there already."""
    new = store.add(name, Path(file), progress=progress)
    return {"new": new, "model": _row(name, known(name))}


def _row(name: str, model: Known) -> dict[str, Any]:
    facts = model.model_dump(mode="json", exclude={"graph"})
    return {"name": name, "state": store.state(name, model), "path": str(store.place(name, model)), **facts}
