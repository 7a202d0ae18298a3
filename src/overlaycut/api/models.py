"""The verbs of the model store: what is known, what is there, and how it gets there."""

from __future__ import annotations

from pathlib import Path

from overlaycut.api.boundary import verb
from overlaycut.api.inputs import File
from overlaycut.api.results import AddedModel, ModelsReport, StoredModel
from overlaycut.core.progress import Progress, no_progress
from overlaycut.models import KnownModel, known, known_models, store


@verb
def list_models() -> ModelsReport:
    """Every model that overlaycut knows, and whether its file is in the store."""
    models = tuple(_stored(name, model) for name, model in known_models().items())
    return ModelsReport(folder=store.folder(), models=models)


@verb
def pull_model(name: str, *, progress: Progress = no_progress) -> AddedModel:
    """Fetch a model into the store; `new` is False when it was there already."""
    new = store.pull(name, progress=progress)
    return AddedModel(new=new, model=_stored(name, known(name)))


@verb
def add_model(name: str, file: File, *, progress: Progress = no_progress) -> AddedModel:
    """Put a model's file, fetched by other means, into the store; `new` is False when it was there already."""
    new = store.add(name, Path(file), progress=progress)
    return AddedModel(new=new, model=_stored(name, known(name)))


def _stored(name: str, model: KnownModel) -> StoredModel:
    return StoredModel(name=name, state=store.state(name, model), path=store.place(name, model), facts=model)
