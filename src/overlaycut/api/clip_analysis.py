"""What passes over clips find out, part by part: each part is a step, and those that are missing share one decode."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import numpy as np

from overlaycut.analyse import (
    CutDetector,
    FaceAnalyser,
    InsetAnalyser,
    LetteringAnalyser,
    QualityAnalyser,
    SubjectSpotter,
)
from overlaycut.api.framing import spotter_of
from overlaycut.api.intake import IntakeAnalyser
from overlaycut.api.plugins import CheckedAnalyser, text_reader
from overlaycut.core.analyser import Analyser, watched
from overlaycut.core.cast import CastReport
from overlaycut.core.cues import KeepOut
from overlaycut.core.facts import ClipFacts
from overlaycut.core.findings import LetteringReport
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.generation_record import prior_map, read_record
from overlaycut.core.geometry import Homography
from overlaycut.core.intake import Intake
from overlaycut.core.plan import ClipRecord
from overlaycut.core.progress import with_progress
from overlaycut.core.quality import QualityReport
from overlaycut.core.watch import Watch
from overlaycut.media import Clip, read_still, with_content
from overlaycut.models import FaceEmbedding, TextReader, face_detector, rapid_reader, text_segmenter
from overlaycut.pipeline import Pipeline, Step, digest_of, file_digest
from overlaycut.reframe.saliency import Saliency, SaliencyAnalyser

if TYPE_CHECKING:
    from overlaycut.report import ClipLook

S = TypeVar("S")
T = TypeVar("T")


class Source:
    """A clip with the digest of its content."""

    def __init__(self, path: Path | str) -> None:
        """Raises what `Clip` does."""
        self.clip = Clip(path)

    @property
    def name(self) -> str:
        """The file's name, for people."""
        return self.clip.path.name

    @cached_property
    def digest(self) -> str:
        """The sha256 of the file."""
        return file_digest(self.clip.path)


class Reference:
    """A reference still with the digest of its content; a file is decoded when its picture is first needed."""

    def __init__(self, still: Path | str | Picture) -> None:
        """Raises MissingInput for a file that is not there."""
        self._still = still
        self.digest = digest_of(still) if isinstance(still, np.ndarray) else file_digest(Path(still))

    @cached_property
    def picture(self) -> Picture:
        """Its pixels. Raises what `read_still` does."""
        return self._still if isinstance(self._still, np.ndarray) else read_still(Path(self._still))

    @classmethod
    def of(cls, still: Path | str | Picture | None) -> Reference | None:
        """The reference, where there is a still."""
        return None if still is None else cls(still)


@dataclass(frozen=True, slots=True)
class Places:
    """Where something is, in pixels and seconds of the clip."""

    places: tuple[KeepOut, ...]


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """One thing to find out of a clip: the step that it is, and the analyser that does it."""

    step: Step[T]
    start: Callable[[], Analyser[T]]
    """Gives a new analyser."""


@dataclass(frozen=True, slots=True)
class ClipAnalysis:
    """What passes over a clip found."""

    facts: ClipFacts
    record: ClipRecord
    _results: Mapping[tuple[str, str], Any]

    def __getitem__(self, part: Part[T]) -> T:
        """The result of a part that was asked for."""
        return cast(T, self._results[part.step.key])


def analysed(pipeline: Pipeline, source: Source, subject: str, parts: Sequence[Part[Any]]) -> ClipAnalysis:
    """Facts and parts of a clip, from the store as far as they are there, the others by one decode.

    Raises NotStored in explain mode.
    """
    clip = source.clip
    facts_step = Step(name="facts", subject=subject, version=1, artifact=ClipFacts, inputs={"clip": source.digest})

    def work(stale: Sequence[Step[Any]]) -> dict[tuple[str, str], Any]:
        wanted = {step.key for step in stale}
        started = {part.step.key: part.start() for part in parts if part.step.key in wanted}

        frames = with_progress(clip.frames(), pipeline.monitor, f"look at {source.name}", clip.facts.frames)
        full = with_content(clip.facts, watched(frames, list(started.values())), clip.notes)
        found: dict[tuple[str, str], Any] = {facts_step.key: full}
        found |= {key: analyser.result() for key, analyser in started.items()}
        return {key: found[key] for key in wanted}

    results = pipeline.results([facts_step, *(part.step for part in parts)], work)
    facts = replace(results[facts_step.key], path=clip.path)
    return ClipAnalysis(facts, record_of(facts, source.digest), results)


def lettering_part(
    source: Source,
    subject: str,
    *,
    still: Reference | None,
    texts: Sequence[str],
    watch: Sequence[Watch] = (),
    reader: TextReader | None = None,
) -> Part[LetteringReport]:
    """All lettering of the clip and the areas that are watched, judged against a still, else against the first frame.

    reader: in place of the built-in one; what it reads is not stored, since nothing tells its versions apart.
    """

    def start() -> Analyser[LetteringReport]:
        picture = None if still is None else still.picture
        prior = prior_of(source, still)
        return LetteringAnalyser(
            reader or rapid_reader(),
            source.clip.facts,
            still=picture,
            still_prior=prior,
            texts=texts,
            watch=watch,
            segmenter=text_segmenter(),
        )

    watched = [[one.box.x, one.box.y, one.box.w, one.box.h, one.name] for one in watch]
    step = _step("analyse", subject, source, LetteringReport, still=still, texts=list(texts), watch=watched)
    return Part(step if reader is None else replace(step, kept=False), start)


def saliency_part(source: Source, subject: str) -> Part[Saliency]:
    """Where the clip is salient, for reframing."""
    return Part(_step("saliency", subject, source, Saliency), lambda: _SaliencyOfShots(source.clip.facts))


def faces_part(source: Source, subject: str) -> Part[Places]:
    """Where faces are, for reframing and for captions."""
    return _places_part("faces", source, subject, spotter_of)


def subject_part(source: Source, subject: str) -> Part[Places]:
    """Where the main subject is, for captions."""
    return _places_part("subject", source, subject, lambda facts: SubjectSpotter(facts.width, facts.height))


def insets_part(source: Source, subject: str) -> Part[Places]:
    """Where pictures in the picture are, which no camera cuts through."""
    return _places_part("insets", source, subject, lambda facts: InsetAnalyser(facts.width, facts.height))


def _places_part(
    name: str, source: Source, subject: str, analyser: Callable[[ClipFacts], Analyser[tuple[KeepOut, ...]]]
) -> Part[Places]:
    """The part of an analyser that finds where something is."""
    return Part(_step(name, subject, source, Places), lambda: _Converted(analyser(source.clip.facts), Places))


def look_part(source: Source, subject: str) -> Part[ClipLook]:
    """What the clip looks like, for reports."""
    from overlaycut.report import ClipLook, LookAnalyser  # templates, which most jobs do without

    return Part(_step("look", subject, source, ClipLook), lambda: LookAnalyser(source.clip.facts))


def intake_part(source: Source, subject: str, *, still: Reference | None) -> Part[Intake]:
    """How the clip was delivered."""

    def start() -> Analyser[Intake]:
        picture = None if still is None else still.picture
        return IntakeAnalyser(source.clip.facts, still=picture, still_prior=prior_of(source, still))

    return Part(_step("intake", subject, source, Intake, still=still), start)


def quality_part(source: Source, subject: str, *, still: Reference | None) -> Part[QualityReport]:
    """How good the clip's pictures and its motion are."""

    def start() -> Analyser[QualityReport]:
        picture = None if still is None else still.picture
        return QualityAnalyser(source.clip.facts, still=picture, still_prior=prior_of(source, still))

    return Part(_step("quality", subject, source, QualityReport, still=still), start)


def cast_part(source: Source, subject: str, *, identity: FaceEmbedding) -> Part[CastReport]:
    """Every face of the clip, followed and told apart by a model."""

    def start() -> Analyser[CastReport]:
        return FaceAnalyser(face_detector(), identity, source.clip.facts)

    return Part(_step("cast", subject, source, CastReport, model=identity.metric.model), start)


@dataclass(frozen=True, slots=True)
class Notes:
    """What an analyser from outside noted."""

    lines: tuple[str, ...]


def plugin_part(source: Source, subject: str, number: int, analyser: CheckedAnalyser) -> Part[Notes]:
    """What an analyser from outside notes; it is not stored, since nothing tells its versions apart."""
    step = _step("notes", f"{subject}, analyser {number}", source, Notes, number=number)
    return Part(replace(step, kept=False), lambda: _Converted(analyser, Notes))


def chosen_reader(reader: str | TextReader | None) -> TextReader | None:
    """The reader that was chosen in place of the built-in one. Raises what `text_reader` does."""
    return None if reader is None else text_reader(reader)


class _Converted(Generic[S, T]):
    """An analyser whose result is put into another form."""

    def __init__(self, analyser: Analyser[S], convert: Callable[[S], T]) -> None:
        self._analyser, self._convert = analyser, convert

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        self._analyser.see(frame)

    def result(self) -> T:
        """What was found."""
        return self._convert(self._analyser.result())


class _SaliencyOfShots:
    """An analyser of saliency that finds the cuts itself."""

    def __init__(self, facts: ClipFacts) -> None:
        self._saliency, self._cuts = SaliencyAnalyser(facts.width, facts.height), CutDetector()

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        self._saliency.see(frame, cut=self._cuts.see(frame.y))

    def result(self) -> Saliency:
        """What was measured."""
        return self._saliency.result()


_VERSIONS = {
    "analyse": 23,
    "saliency": 1,
    "faces": 3,
    "subject": 1,
    "insets": 1,
    "intake": 1,
    "quality": 4,
    "cast": 4,
    "notes": 1,
    "look": 2,
    "thing": 2,
}
"""Raised whenever the code of a part finds other things in the same clip."""


def prior_of(source: Source, still: Reference | None) -> Homography | None:
    """The map from a still to the clip that was generated from it, as its record has it; None without one.

    Raises DocumentError for a damaged record.
    """
    record = None if still is None else read_record(source.clip.path)
    if still is None or record is None:
        return None
    facts = source.clip.facts
    return prior_map(
        record, clip_sha256=source.digest, still_sha256=still.digest, width=facts.width, height=facts.height
    )


def _step(
    name: str, subject: str, source: Source, artifact: type[T], *, still: Reference | None = None, **settings: Any
) -> Step[T]:
    inputs = {"clip": source.digest} | ({} if still is None else {"still": still.digest})
    if (prior := prior_of(source, still)) is not None:
        settings["still_prior"] = prior.ravel().tolist()
    return Step(
        name=name,
        subject=subject,
        version=_VERSIONS[name],
        artifact=artifact,
        inputs=inputs,
        settings=settings,
    )


def reference_part_step(
    name: str, subject: str, source: Source, artifact: type[T], references: Sequence[str], **settings: Any
) -> Step[T]:
    """The step of a part that looks for what reference pictures show; references: the digests of their files."""
    return _step(name, subject, source, artifact, references=list(references), **settings)


def record_of(facts: ClipFacts, digest: str | None = None) -> ClipRecord:
    """The plan's record of a clip that was read to its end; `digest` is its sha256 where it is known."""
    assert facts.fps is not None and facts.frames is not None and facts.duration is not None
    return ClipRecord(
        path=str(facts.path),
        sha256=digest or file_digest(facts.path),
        width=facts.width,
        height=facts.height,
        fps=float(facts.fps),
        frames=facts.frames,
        duration=float(facts.duration),
    )
