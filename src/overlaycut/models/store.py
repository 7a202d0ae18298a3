"""The folder of models that a person added: files there are used only when they are the published ones, to the byte.

It is the user's data folder of the platform, or the one that the environment variable OVERLAYCUT_MODELS names.
A model gets there by `pull`, which is the only thing in overlaycut that opens a connection, or by `add`. Either
way it is written beside its name, its size and SHA-256 are compared with the catalogue's, and only then does it
get its name; whatever goes wrong, nothing is left.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from overlaycut.core.file_kinds import refuse_special
from overlaycut.core.progress import Progress, no_progress
from overlaycut.errors import (
    InputError,
    MissingInput,
    MissingPart,
    ModelError,
    OutputError,
    ProviderError,
    UsageError,
)
from overlaycut.models.catalogue import KnownModel, Role, known, known_models
from overlaycut.resources import user_folder

State = Literal["present", "absent", "damaged"]
"""The published file, no file, or another file is in the store."""

_FOLDER = "OVERLAYCUT_MODELS"
_CHUNK = 1 << 20

_PATIENCE = 30.0
"""Seconds without a byte after which a download is given up."""


def folder() -> Path:
    """Where models lie; the folder itself need not be there."""
    chosen = os.environ.get(_FOLDER)
    return Path(chosen) if chosen else user_folder("data") / "models"


def place(name: str, model: KnownModel) -> Path:
    """Where the model's file belongs, under overlaycut's name: several publishers call theirs model.onnx."""
    return folder() / f"{name}{Path(model.file).suffix}"


def state(name: str, model: KnownModel) -> State:
    """Whether the model's own file is there, told from its bytes."""
    path = place(name, model)
    try:
        if path.stat().st_size != model.size:
            return "damaged"
        with path.open("rb") as file:
            return "present" if hashlib.file_digest(file, "sha256").hexdigest() == model.sha256 else "damaged"
    except (FileNotFoundError, NotADirectoryError):
        return "absent"
    except OSError:
        return "damaged"


def stored(name: str) -> Path:
    """The file of a model that is there.

    Raises UsageError for a name that is not known, MissingPart when the model is not in the store, ModelError when
    its file is not the published one.
    """
    model = known(name)
    path, pull_it = place(name, model), f"overlaycut models pull {name}"
    match state(name, model):
        case "absent":
            raise MissingPart(f"the model {name} is not in {folder()}", hint=pull_it)
        case "damaged":
            raise ModelError(f"{path}: not the published file of {name}", hint=pull_it)
        case "present":
            return path


def chosen(given: Path | str, role: Role) -> tuple[str, Path]:
    """What a person chose: a file of their own, or a model of the store by its name. Its name and its file.

    Raises UsageError for a model of another role, MissingPart when there is neither such a file nor such a model, or
    the model is not in the store, ModelError when its file there is not the published one.
    """
    path, models = Path(given), known_models()
    refuse_special(path)
    if path.is_file():
        return path.stem, path
    fit = ", ".join(name for name, model in models.items() if model.role == role)
    if str(given) not in models:
        raise MissingPart(f"{given}: no such model file", hint=f"give an ONNX file, or a name of the catalogue: {fit}")
    if models[str(given)].role != role:
        raise UsageError(f"the model {given} is not one for {role}", hint=f"these are: {fit}")
    return str(given), stored(str(given))


def pull(name: str, *, progress: Progress = no_progress, patience: float = _PATIENCE) -> bool:
    """Fetch a model from its source; False when it was there already.

    `patience` is how many seconds may pass without a byte. Raises UsageError for a name that is not known,
    ProviderError when the network or the source fails or the source gives another file, OutputError when the
    store cannot be written.
    """
    model = known(name)
    if state(name, model) == "present":
        return False
    try:
        _keep(name, model, _fetched(name, model, patience), progress, f"pull {name}")
    except _WrongFile as error:
        raise ProviderError(f"{model.source}: {error}", hint="nothing was kept; try again later") from error
    return True


def add(name: str, file: Path, *, progress: Progress = no_progress) -> bool:
    """Copy a model's file into the store; False when the model was there already.

    Raises UsageError for a name that is not known, MissingInput or InputError when the file cannot be read or is
    not the published one, OutputError when the store cannot be written.
    """
    model = known(name)
    if state(name, model) == "present":
        return False
    try:
        _keep(name, model, _read(file), progress, f"add {name}")
    except _WrongFile as error:
        raise InputError(file, f"{error}; nothing was kept", hint=f"the file is {model.source}") from error
    return True


class _WrongFile(Exception):
    """The bytes are not those of the model."""


def _keep(name: str, model: KnownModel, chunks: Generator[bytes, None, None], progress: Progress, step: str) -> None:
    """Write the model's file, if `chunks` are it."""
    path = place(name, model)
    digest, done = hashlib.sha256(), 0
    progress(step, 0, model.size)
    with closing(chunks), _replacing(path) as part, part.open("wb") as out:
        for chunk in chunks:
            done += len(chunk)
            if done > model.size:
                raise _WrongFile(f"more than the {model.size} bytes of {name}")
            digest.update(chunk)
            out.write(chunk)
            progress(step, done, model.size)
        if done < model.size:
            raise _WrongFile(f"{done} bytes, not the {model.size} of {name}")
        if digest.hexdigest() != model.sha256:
            raise _WrongFile(f"its SHA-256 is {digest.hexdigest()}, not {model.sha256}")


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A path beside `path`, moved onto it on success and removed on any failure.

    Raises OutputError when the place cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield part
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        hint = f"make room there, or name another folder in {_FOLDER}"
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}", hint=hint) from error


def _fetched(name: str, model: KnownModel, patience: float) -> Generator[bytes, None, None]:
    """The bytes behind the model's address, as they come."""
    import httpx

    by_hand = f"fetch the file by other means, then: overlaycut models add {name} FILE"
    try:
        with (
            httpx.Client(timeout=patience, follow_redirects=True) as client,
            client.stream("GET", model.source) as answer,
        ):
            answer.raise_for_status()
            yield from answer.iter_bytes(_CHUNK)
    except httpx.HTTPStatusError as error:
        status = f"{error.response.status_code} {error.response.reason_phrase}"
        raise ProviderError(f"{model.source}: the server answers {status}", hint=by_hand) from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        problem = str(error) or type(error).__name__
        raise ProviderError(f"{model.source}: {problem}", hint=by_hand) from error


def _read(file: Path) -> Generator[bytes, None, None]:
    """The bytes of a file, in pieces."""
    refuse_special(file)
    try:
        with file.open("rb") as source:
            while chunk := source.read(_CHUNK):
                yield chunk
    except FileNotFoundError as error:
        raise MissingInput(file, "no such file", hint="check the path") from error
    except OSError as error:
        raise InputError(file, error.strerror or "cannot be read") from error
