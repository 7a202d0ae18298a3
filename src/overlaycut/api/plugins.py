"""Parts that scripts and other packages put in place of the built-in ones.

A part is given to a verb as an object, or by the name of an entry point in one of the groups below. The entry point of
a reader, a fill, an embedding or a provider is a factory without arguments; that of an analyser takes the clip's
`ClipFacts`; that of a style or a policy is the `Style` or `Policy`, or a factory of it. Every answer of a part is
checked.

    overlaycut.text_readers            TextReader          finds and reads lettering
    overlaycut.fills                   Inpainter           fills holes in pictures
    overlaycut.face_embeddings         FaceEmbedding       a face into a vector
    overlaycut.appearance_embeddings   AppearanceEmbedding a subject into a vector
    overlaycut.analysers               Analyser            sees every frame, gives notes
    overlaycut.caption_styles          Style               how captions look
    overlaycut.platform_policies       Policy              what a platform takes
    overlaycut.providers               Provider            a service that generates clips and stills

Whatever goes wrong in a part is a PluginError that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from overlaycut.core.analyser import Analyser
from overlaycut.core.cast import EmbeddingMetric, Face, Vector
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Frame, Mask, Picture, Plane
from overlaycut.core.geometry import Quad
from overlaycut.deliver import Policy, load_policy, policy_names
from overlaycut.errors import MissingPart, OverlaycutError, PluginError
from overlaycut.models import (
    AppearanceEmbedding,
    DetectedText,
    FaceEmbedding,
    Inpainter,
    Reading,
    TextReader,
    dlib_face_embedding,
    histogram_appearance,
    inpainter,
    known_models,
    onnx_appearance,
    onnx_face_embedding,
    rapid_reader,
)

if TYPE_CHECKING:
    from overlaycut.captions import Style

Group: TypeAlias = Literal[
    "text_readers",
    "fills",
    "face_embeddings",
    "appearance_embeddings",
    "analysers",
    "caption_styles",
    "platform_policies",
    "providers",
]
"""An entry-point group, without the "overlaycut." before it."""

GROUPS: dict[Group, str] = {
    "text_readers": "text reader",
    "fills": "fill",
    "face_embeddings": "face embedding",
    "appearance_embeddings": "appearance embedding",
    "analysers": "analyser",
    "caption_styles": "caption style",
    "platform_policies": "platform policy",
    "providers": "provider",
}
"""Every group, and what one of its parts is called."""

_MEND = "mend it, or leave it out"


NotingAnalyser: TypeAlias = Analyser[Sequence[str]]
"""An analyser whose result is what a person should know of the clip, one line each."""

AnalyserFactory: TypeAlias = Callable[[ClipFacts], NotingAnalyser]
"""Makes the analyser of one clip."""


def installed(group: Group) -> tuple[str, ...]:
    """Names of a group's installed parts, in alphabetical order."""
    return tuple(sorted({entry.name for entry in entry_points(group=f"overlaycut.{group}")}))


def trial(group: Group, name: str) -> str:
    """Load an installed part; returns where it comes from. Raises PluginError when it cannot be loaded."""
    _loaded(group, name)
    return _entry(group, name).value


def text_reader(chosen: str | TextReader | None) -> TextReader:
    """The reader of text that was chosen; None takes the built-in one."""
    if chosen is None:
        return rapid_reader()
    if isinstance(chosen, str):
        return _CheckedReader(_called("text_readers", chosen), _made("text_readers", chosen))
    return _CheckedReader(_described("text_readers", chosen), chosen)


def fill(chosen: str | Inpainter | None) -> Inpainter | None:
    """The fill that was chosen: a model of the store, an installed part, or an object; None for none."""
    if chosen is None:
        return None
    if isinstance(chosen, str):
        if chosen in known_models() or chosen not in installed("fills"):
            return inpainter(chosen)
        return _CheckedFill(_called("fills", chosen), _made("fills", chosen))
    return _CheckedFill(_described("fills", chosen), chosen)


def face_embedding(chosen: Path | str | FaceEmbedding | None) -> FaceEmbedding:
    """What tells faces apart: built in, an ONNX file, a model of the store, an installed part, or an object."""
    if chosen is None:
        return dlib_face_embedding()
    if isinstance(chosen, Path) or (isinstance(chosen, str) and chosen not in installed("face_embeddings")):
        return onnx_face_embedding(chosen)
    if isinstance(chosen, str):
        return _CheckedFaces(_called("face_embeddings", chosen), _made("face_embeddings", chosen))
    return _CheckedFaces(_described("face_embeddings", chosen), chosen)


def appearance_embedding(chosen: Path | str | AppearanceEmbedding | None) -> AppearanceEmbedding:
    """What tells subjects apart by their looks; choices as for `face_embedding`."""
    if chosen is None:
        return histogram_appearance()
    if isinstance(chosen, Path) or (isinstance(chosen, str) and chosen not in installed("appearance_embeddings")):
        return onnx_appearance(chosen)
    if isinstance(chosen, str):
        return _CheckedAppearance(_called("appearance_embeddings", chosen), _made("appearance_embeddings", chosen))
    return _CheckedAppearance(_described("appearance_embeddings", chosen), chosen)


def analysers(chosen: Sequence[str | AnalyserFactory], facts: ClipFacts) -> list[CheckedAnalyser]:
    """Analysers of one clip: installed parts by name, or factories."""
    made = []
    for one in chosen:
        if isinstance(one, str):
            made.append(CheckedAnalyser(_called("analysers", one), one, _made("analysers", one, facts)))
            continue
        name = getattr(one, "__name__", type(one).__name__)
        with _answering(f"the analyser {name}"):
            analyser = one(facts)
        made.append(CheckedAnalyser(f"the analyser {name}", name, analyser))
    return made


def caption_style(chosen: str | Path | Style, *, brand: Path | None = None) -> Style:
    """A caption style: shipped, a .toml file, an installed part or an object, with a brand's settings laid over it."""
    # Takes a tenth of a second to import, which jobs without captions do without.
    from overlaycut.captions import Style, load_style, style_names

    if isinstance(chosen, Style):
        return load_style(chosen, brand=brand)
    name = str(chosen)
    if isinstance(chosen, Path) or name in style_names() or name not in installed("caption_styles"):
        return load_style(name, brand=brand)
    style: Style = _document("caption_styles", name, Style)
    return load_style(style, brand=brand)


def platform_policy(chosen: str | Path | Policy) -> Policy:
    """A platform's policy: shipped, a .toml file, an installed part or an object."""
    if isinstance(chosen, Policy):
        return chosen
    if isinstance(chosen, str) and chosen not in policy_names() and chosen in installed("platform_policies"):
        policy: Policy = _document("platform_policies", chosen, Policy)
        return policy
    return load_policy(chosen)


def made_provider(name: str) -> object:
    """An installed service; `api.generation_services` checks it. Raises PluginError when it cannot be made."""
    return _made("providers", name)


def _called(group: Group, name: str) -> str:
    return f"the {GROUPS[group]} {name!r}"


def _described(group: Group, part: object) -> str:
    return f"the {GROUPS[group]} {type(part).__name__}"


def _entry(group: Group, name: str) -> EntryPoint:
    """The entry point of that name. Raises MissingPart when none is installed, PluginError when several are."""
    found = list(entry_points(group=f"overlaycut.{group}", name=name))
    if not found:
        there = ", ".join(installed(group)) or "none"
        raise MissingPart(
            f"no {GROUPS[group]} is called {name!r} (installed: {there})",
            hint=f"pip install the package whose entry point in overlaycut.{group} it is",
        )
    if len({entry.value for entry in found}) > 1:
        sources = ", ".join(sorted(entry.value for entry in found))
        raise PluginError(f"{_called(group, name)} is installed more than once: {sources}", hint="uninstall one")
    return found[0]


def _loaded(group: Group, name: str) -> object:
    """What the entry point refers to. Raises what `_entry` does, and PluginError when it cannot be imported."""
    entry = _entry(group, name)
    package = entry.dist.name if entry.dist is not None else "its package"
    try:
        return entry.load()
    except Exception as error:
        raise PluginError(
            f"{_called(group, name)} cannot be loaded from {entry.value}: {type(error).__name__}: {error}",
            hint=f"reinstall or uninstall {package}",
        ) from error


def _made(group: Group, name: str, *arguments: object) -> object:
    """What the factory of an entry point makes."""
    factory, who = _loaded(group, name), _called(group, name)
    if not callable(factory):
        raise _wrong(who, "its entry point", factory, "a factory")
    with _answering(who):
        made: object = factory(*arguments)
    return made


def _document(group: Group, name: str, kind: type[Style] | type[Policy]) -> Any:
    """The document of an entry point, or the one that its factory makes."""
    found, who = _loaded(group, name), _called(group, name)
    if not isinstance(found, kind) and callable(found):
        with _answering(who):
            found = found()
    if not isinstance(found, kind):
        raise _wrong(who, "it", found, f"an overlaycut.{kind.__name__}")
    return found


@contextmanager
def _answering(who: str) -> Iterator[None]:
    """Translates what a part raises into PluginError."""
    try:
        yield
    except OverlaycutError:
        raise
    except Exception as error:
        raise PluginError(f"{who} raised {type(error).__name__}: {error}", hint=_MEND) from error


def _wrong(who: str, what: str, answer: object, wanted: str) -> PluginError:
    return PluginError(f"{who}: {what} is {_shape(answer)}, not {wanted}", hint=_MEND)


def _shape(value: object) -> str:
    """A value in a few words."""
    if isinstance(value, np.ndarray):
        return f"an array {value.shape} of {value.dtype}"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    text = repr(value)
    return f"{text if len(text) <= 40 else text[:37] + '...'} ({type(value).__name__})"


def _require_methods(who: str, part: object, *names: str) -> None:
    for name in names:
        if not callable(getattr(part, name, None)):
            raise PluginError(f"{who} has no method {name!r}", hint="see docs/extending.md")


def _is_picture(value: object) -> bool:
    return (
        isinstance(value, np.ndarray)
        and value.dtype == np.uint8
        and value.ndim == 3
        and value.shape[2] == 3
        and 0 not in value.shape
    )


def _vector(who: str, value: object) -> Vector:
    """An embedding as float32. Raises PluginError for what is none."""
    if not isinstance(value, np.ndarray) or value.ndim != 1 or not value.size or value.dtype.kind != "f":
        raise _wrong(who, "an embedding", value, "an array (n,) of floats")
    if not np.isfinite(value).all():
        raise PluginError(f"{who}: an embedding is not finite", hint=_MEND)
    return value.astype(np.float32)


def _metric(who: str, part: object) -> EmbeddingMetric:
    with _answering(who):
        metric: object = getattr(part, "metric", None)
    if not isinstance(metric, EmbeddingMetric) or not metric.model or not 0 < metric.threshold < float("inf"):
        raise _wrong(who, "its metric", metric, "an EmbeddingMetric with a name and a distance above 0")
    return metric


def _is_reading(value: object, kind: type[Reading] | type[DetectedText]) -> bool:
    return (
        isinstance(value, kind)
        and isinstance(value.text, str)
        and isinstance(value.confidence, float | int)
        and 0 <= value.confidence <= 1
        and (kind is Reading or isinstance(getattr(value, "quad", None), Quad))
    )


class _CheckedReader:
    """A text reader whose answers are checked; see `TextReader`."""

    def __init__(self, who: str, part: object) -> None:
        _require_methods(who, part, "find", "read")
        self._who, self._part = who, part

    def find(self, picture: Picture, *, long_side: int) -> list[DetectedText]:
        """Every line of text in a picture."""
        with _answering(self._who):
            found: object = self._part.find(picture, long_side=long_side)  # type: ignore[attr-defined]
        if not isinstance(found, list | tuple) or not all(_is_reading(one, DetectedText) for one in found):
            raise _wrong(self._who, "what `find` returned", found, "a list of DetectedText, each 0..1 confident")
        return list(found)

    def read(self, lines: Sequence[Picture]) -> list[Reading]:
        """What crops of one line each say."""
        with _answering(self._who):
            found: object = self._part.read(lines)  # type: ignore[attr-defined]
        good = isinstance(found, list | tuple) and len(found) == len(lines)
        if not isinstance(found, list | tuple) or not good or not all(_is_reading(one, Reading) for one in found):
            raise _wrong(
                self._who, "what `read` returned", found, f"a list of {len(lines)} Reading, each 0..1 confident"
            )
        return list(found)


class _CheckedFill:
    """A fill whose answers are checked; outside the hole the picture is kept. See `Inpainter`."""

    def __init__(self, who: str, part: object) -> None:
        _require_methods(who, part, "__call__")
        self._who, self._part = who, part

    def __call__(self, picture: Picture, hole: Mask) -> Picture:
        """The picture with its hole filled."""
        with _answering(self._who):
            made: object = self._part(picture.copy(), hole.copy())  # type: ignore[operator]
        if not isinstance(made, np.ndarray) or not _is_picture(made) or made.shape != picture.shape:
            raise _wrong(self._who, "what it returned", made, f"an array {picture.shape} of uint8")
        return np.where(hole[..., None], made, picture)


class _CheckedFaces:
    """A face embedding whose answers are checked; see `FaceEmbedding`."""

    def __init__(self, who: str, part: object) -> None:
        _require_methods(who, part, "chip", "embed")
        self._who, self._part = who, part
        self.metric = _metric(who, part)

    def chip(self, picture: Picture, face: Face) -> Picture:
        """The face upright, as the model wants it."""
        with _answering(self._who):
            chip: object = self._part.chip(picture, face)  # type: ignore[attr-defined]
        if not isinstance(chip, np.ndarray) or not _is_picture(chip):
            raise _wrong(self._who, "what `chip` returned", chip, "an array (rows, columns, 3) of uint8")
        return chip

    def embed(self, chips: Sequence[Picture]) -> list[Vector]:
        """The vector of every chip."""
        with _answering(self._who):
            vectors: object = self._part.embed(chips)  # type: ignore[attr-defined]
        if not isinstance(vectors, list | tuple) or len(vectors) != len(chips):
            raise _wrong(self._who, "what `embed` returned", vectors, f"a list of {len(chips)} vectors")
        return [_vector(self._who, one) for one in vectors]


class _CheckedAppearance:
    """An appearance embedding whose answers are checked; see `AppearanceEmbedding`."""

    def __init__(self, who: str, part: object) -> None:
        _require_methods(who, part, "embed")
        self._who, self._part = who, part
        self.metric = _metric(who, part)

    def embed(self, picture: Picture, mask: Plane) -> Vector:
        """The vector of what the mask covers."""
        with _answering(self._who):
            vector: object = self._part.embed(picture, mask)  # type: ignore[attr-defined]
        return _vector(self._who, vector)


class CheckedAnalyser:
    """An analyser whose answers are checked; see `Analyser`."""

    def __init__(self, who: str, name: str, part: object) -> None:
        _require_methods(who, part, "see", "result")
        self._who, self._name, self._part = who, name, part

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        with _answering(self._who):
            self._part.see(frame)  # type: ignore[attr-defined]

    def result(self) -> tuple[str, ...]:
        """What it saw, each line after the analyser's name."""
        with _answering(self._who):
            notes: object = self._part.result()  # type: ignore[attr-defined]
        if not isinstance(notes, list | tuple) or not all(isinstance(note, str) for note in notes):
            raise _wrong(self._who, "what `result` returned", notes, "a list of lines")
        return tuple(f"{self._name}: {' '.join(note.split())}" for note in notes)
