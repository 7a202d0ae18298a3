"""Jobs whose files travel through an object store: for clusters whose machines share no folder.

What a job reads is put into the store by content, once; a worker lays it out below a folder of its own, each file at
its own path there, so that relative names lead where they led; what it writes comes back the same way. Objects are
only ever added under the SHA-256 of their content, so that two who put the same one do each other no harm.
"""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from overlaycut.api.captioning import CaptionLook
from overlaycut.api.file_use import project_files
from overlaycut.batch.collecting import quoted
from overlaycut.batch.jobs import Job, Outcome, checked_project
from overlaycut.core.documents import read_text
from overlaycut.errors import MissingPart, NetworkError, OverlaycutError, UsageError
from overlaycut.media import is_ours, replacing
from overlaycut.pipeline import file_digest

_BLOCK = 1 << 20
_PROBE = b"overlaycut writes here\n"
_MENTIONS_PLACES = {".json", ".html", ".txt", ".toml"}
"""Kinds of results that name other files by their whole paths."""


@dataclass(slots=True)
class ObjectStore:
    """Files by content below one address that fsspec knows: s3://bucket/name or file:///mnt/store."""

    address: str
    _system: Any = field(init=False, repr=False)
    _root: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Raises MissingPart without fsspec or the address's driver, UsageError for an address that is none."""
        try:
            core = importlib.import_module("fsspec.core")
            self._system, self._root = core.url_to_fs(self.address)
        except ImportError as error:
            raise MissingPart(f"{self.address}: {error}", hint="pip install fsspec and that driver") from error
        except (ValueError, OSError) as error:
            hint = "such as s3://bucket/name or file:///mnt/store"
            raise UsageError(f"{self.address}: is no address of a store: {error}", hint=hint) from error
        self._root = self._root.rstrip("/")

    def require_writable(self) -> None:
        """Put a small object there. Raises UsageError where a file stands in its place, NetworkError when it fails."""
        with self._speaking():
            if self._system.isfile(self._root):
                raise UsageError(f"{self.address}: is a file", hint="name a folder of the store")
        with tempfile.TemporaryDirectory(prefix="overlaycut-") as folder:
            probe = Path(folder) / "probe"
            probe.write_bytes(_PROBE)
            self.put(probe)

    def put(self, path: Path) -> str:
        """Put a file there, unless it is; its SHA-256. Raises NetworkError when the store fails."""
        digest = file_digest(path)
        place = self._place(digest)
        with self._speaking():
            if not self._system.exists(place):
                self._system.makedirs(place.rpartition("/")[0], exist_ok=True)
                # Committed when it is whole: no object is ever seen half-written, on a folder either.
                with path.open("rb") as content, self._system.open(place, "wb", autocommit=False) as target:
                    shutil.copyfileobj(content, target, _BLOCK)
                target.commit()
        return digest

    def fetch(self, digest: str, path: Path) -> None:
        """Bring an object to `path`, whose folder is made. Raises NetworkError for another content than `digest`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._speaking():
            self._system.get_file(self._place(digest), str(path))
        if file_digest(path) != digest:
            raise NetworkError(f"{self.address}: object {digest} has another content", hint="remove it there")

    def _place(self, digest: str) -> str:
        return f"{self._root}/objects/{digest[:2]}/{digest}"

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Drivers raise OSErrors, and classes of their own that no common one is above."""
        try:
            yield
        except OverlaycutError:
            raise
        except Exception as error:
            hint = "--retry-failed tries it again, when it answers"
            raise NetworkError(f"{self.address}: {type(error).__name__}: {error}", hint=hint) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A job and the objects that it needs."""

    job: Job
    """Its paths are those of the machine that asks."""
    store: str
    files: Mapping[str, str]
    """Absolute path → SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """What came of a shipment."""

    outcome: Outcome
    """Its paths are again those of the machine that asked."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path below the job's folder of results → SHA-256."""


def shipment(job: Job, store: ObjectStore) -> Shipment:
    """Put into the store what a job reads: its project with all files that it names, and plans that a person edited.

    Raises what reading the project raises, OSError for a file that cannot be read, and what `put` does.
    """
    job = replace(job, project=Path(os.path.abspath(job.project)), out=Path(os.path.abspath(job.out)))
    project = checked_project(job.project)
    look = () if project.captions is None else CaptionLook(project.captions.style, project.captions.brand).files
    edited = [path for path in sorted((job.out / "plans").glob("*.json")) if not is_ours(path)]
    paths = dict.fromkeys(os.path.abspath(path) for path in (*project_files(job.project, project), *look, *edited))
    return Shipment(job=job, store=store.address, files={path: store.put(Path(path)) for path in paths})


def perform_shipment(sent: Shipment, perform: Callable[[Job], Outcome]) -> Shipped:
    """Do a job from the store and put what it wrote there. Raises NetworkError when the store fails."""
    store = ObjectStore(sent.store)
    with tempfile.TemporaryDirectory(prefix="overlaycut-") as name:
        root = Path(os.path.realpath(name))
        for path, digest in sent.files.items():
            store.fetch(digest, _below(root, Path(path)))
        project, out = _below(root, sent.job.project), _below(root, sent.job.out)
        project.write_text(_relocated(read_text(project), sent.files, root), encoding="utf-8")
        outcome = perform(replace(sent.job, project=project, out=out))
        files = {}
        for made in _results(out):
            if made.suffix in _MENTIONS_PLACES:
                made.write_bytes(made.read_bytes().replace(os.fsencode(root), b""))
            files[made.relative_to(out).as_posix()] = store.put(made)
        return Shipped(outcome=_at_home(outcome, root, out, sent.job.out), files=files)


def unload(shipped: Shipped, job: Job, store: ObjectStore) -> Outcome:
    """Bring what a job wrote into its folder, each file whole or not at all; the outcome.

    Raises NetworkError when the store fails, OutputError when a file cannot be written.
    """
    for name, digest in shipped.files.items():
        with replacing(job.out / name) as part:
            store.fetch(digest, part)
    return shipped.outcome


def _below(root: Path, path: Path) -> Path:
    """Where a file with an absolute path lies below another root."""
    return root.joinpath(*path.parts[1:])


def _relocated(text: str, files: Iterable[str], root: Path) -> str:
    """A project's text with absolute names of files that travel replaced by those below `root`."""
    named = {one for one in _strings(tomllib.loads(text)) if os.path.isabs(one)}
    for one in named & set(files):
        new = quoted(str(_below(root, Path(one))))
        for old in (quoted(one), f"'{one}'"):
            text = text.replace(old, new)
    return text


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _strings(one)


def _results(out: Path) -> list[Path]:
    return sorted(path for path in out.rglob("*") if path.is_file() and not path.name.startswith("."))


def _at_home(outcome: Outcome, root: Path, out: Path, home: Path) -> Outcome:
    """An outcome whose results lie in `home`, not in `out` below `root`."""
    return replace(
        outcome,
        error=outcome.error.replace(str(root), ""),
        gates=tuple(one.replace(str(root), "") for one in outcome.gates),
        report=None if outcome.report is None else home / outcome.report.relative_to(out),
        written=tuple(home / path.relative_to(out) for path in outcome.written),
    )
