"""What the verbs return: frozen and typed, exact inside, and as JSON values by `to_dict`.

`EditPlan` (`analyze`), `CleanReport` (`clean`) and `CheckReport` (`check`) are defined with the code that makes them.
Paths are `Path`, times that come from a clip's clock are `Fraction` seconds; in JSON both are plain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel

from overlaycut.core.cast import IdentityVerdict, Presence
from overlaycut.core.facts import ClipFacts
from overlaycut.core.geometry import Box
from overlaycut.core.intake import Intake
from overlaycut.core.next_step import NextStep
from overlaycut.deliver import Check, Policy
from overlaycut.models import KnownModel
from overlaycut.pipeline import StepRecord
from overlaycut.provenance import Credentials

Sample: TypeAlias = tuple[float, float, float]
"""One point of a plot over time: seconds, similarity 0..1, weight."""


def json_value(value: object) -> Any:
    """A value of a report as JSON has it: paths as text, fractions as numbers, boxes as [x, y, w, h]."""
    match value:
        case Report():
            return value.to_dict()
        case BaseModel():
            return value.model_dump(mode="json")
        case Path() | date():
            return str(value)
        case Fraction():
            return float(value)
        case Box():
            return [value.x, value.y, value.w, value.h]
        case Mapping():
            return {str(key): json_value(item) for key, item in value.items()}
        case tuple() | list():
            return [json_value(item) for item in value]
    if is_dataclass(value):
        return {field.name: json_value(getattr(value, field.name)) for field in fields(value)}
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The base of results: every field is a key of the JSON object."""

    computed: ClassVar[tuple[str, ...]] = ()
    """Names of properties that are keys as well."""

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values, as the command line prints it with --json."""
        names = (*(field.name for field in fields(self)), *self.computed)
        return {name: json_value(getattr(self, name)) for name in names}


# probe


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedFile(Report):
    """One media file: what its header claims, what reading it to the end found, and how it was delivered."""

    facts: ClipFacts
    provider_guess: str | None
    """The generation service that its tags or its name point to."""
    warnings: tuple[str, ...]
    intake: Intake

    def to_dict(self) -> dict[str, Any]:
        """The contract's keys first, then header and content apart."""
        facts = self.facts
        return {
            "path": str(facts.path),
            "width": facts.width,
            "height": facts.height,
            "fps": json_value(facts.fps),
            "vfr": facts.vfr,
            "frames": facts.frames,
            "duration": json_value(facts.duration),
            "pix_fmt": facts.pix_fmt,
            "colour": json_value(facts.colour),
            "rotation": facts.rotation,
            "has_audio": facts.audio is not None,
            "provider_guess": self.provider_guess,
            "warnings": list(self.warnings),
            "container": facts.container,
            "codec": facts.codec,
            "bits": facts.bits,
            "coded_width": facts.coded_width,
            "coded_height": facts.coded_height,
            "pixel_aspect": str(facts.pixel_aspect),
            "streams": list(facts.streams),
            "audio": json_value(facts.audio),
            "header": {
                "fps": json_value(facts.rate_in_header),
                "frames": facts.frames_in_header,
                "duration": json_value(facts.duration_in_header),
            },
            "content": {
                "fps": json_value(facts.rate_found),
                "frames": facts.frames_counted,
                "duration": json_value(facts.duration_found),
            },
            "intake": json_value(self.intake),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReport(Report):
    """What `probe` found, in the order in which the files were given."""

    files: tuple[ProbedFile, ...]


# analyze_all

Finding: TypeAlias = Literal["failed", "reject", "repair", "not judged", "stable", "no lettering"]
"""What there is to do about a clip's lettering, from the worst to the best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipVerdict(Report):
    """One clip in one line; protected marks do not count."""

    clip: str
    verdict: Finding
    regions: int = 0
    broken: int = 0
    """Regions that are not stable."""
    coverage: float | None = None
    """Share of what looks like lettering that could be judged, 0..1; None where nothing does."""
    legibility: float = 1.0
    """Of the worst region, 0..1."""
    onset_frame: int | None = None
    """The first damaged frame."""
    worst: str | None = None
    """What the worst broken region should read, else what it reads, else its id."""
    reason: str = ""
    """Why that region is not stable."""
    error: str | None = None
    """Why the clip could not be read."""
    next: NextStep
    command: str | None = None
    """What to run next; None where nothing has to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisTable(Report):
    """Many clips, the worst first."""

    clips: tuple[ClipVerdict, ...]


# validate


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFault(Report):
    """One thing that keeps a project from running."""

    where: str
    """The key path in the project file; empty for the file as a whole."""
    problem: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatCut(Report):
    """A shot's end that could fall on a beat."""

    shot: str
    end_seconds: Fraction
    """Of the programme, now, with the ends before it on their beats."""
    beat_seconds: Fraction
    out: Fraction
    """The shot's `out` that puts its end on the beat, in seconds of its clip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateReport(Report):
    """All that is wrong with a project, and what its run would do that may surprise."""

    computed: ClassVar[tuple[str, ...]] = ("ok",)

    project: Path
    faults: tuple[ProjectFault, ...]
    notes: tuple[str, ...]
    beats: tuple[BeatCut, ...] = ()
    """Ends of shots that could fall on beats of the music that was named."""

    @property
    def ok(self) -> bool:
        """Whether `run` has what it needs."""
        return not self.faults


# new


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport(Report):
    """What `new` wrote."""

    recipe: str
    folder: Path
    files: tuple[Path, ...]


# caption


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionCue(Report):
    """One caption as it was laid out."""

    start: Fraction
    end: Fraction
    text: str
    box: Box
    """In pixels of the clip."""
    lines: tuple[str, ...]
    words: tuple[tuple[str, Fraction, Fraction], ...]
    """Text, start and end of each word; empty where the times of words are not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionReport(Report):
    """What `caption` drew, and what it wrote."""

    cues: tuple[CaptionCue, ...]
    missing_glyphs: tuple[str, ...] = ()
    """Always empty: a character that no font has is a FontError."""
    warnings: tuple[str, ...]
    out: Path | None
    alpha: Path | None
    sidecars: tuple[Path, ...]
    stills: tuple[Path, ...]


# doctor


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorPart(Report):
    """One part of the installation."""

    name: str
    status: Literal["ok", "missing"]
    found: str
    """Its version or what a trial showed; for a missing part, what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorReport(Report):
    """Whether everything is here and works."""

    computed: ClassVar[tuple[str, ...]] = ("ok",)

    parts: tuple[DoctorPart, ...]

    @property
    def ok(self) -> bool:
        """Whether no part is missing."""
        return all(part.status == "ok" for part in self.parts)


# drift


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitReport(Report):
    """How one trait, the face or the clothes, holds over one clip. Similarities are 0..1, 1 is identical."""

    min: float | None
    p05: float | None
    mean: float | None
    verdict: IdentityVerdict
    first_bad_seconds: Fraction | None
    band: float | None
    """Similarity below which the trait is no longer itself."""
    reason: str
    series: tuple[Sample, ...]
    confidence: float | None = None
    """How sure the verdict is, 0..1; None for n/a."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceReport(Report):
    """What a thing is in a part of a clip."""

    state: Presence
    start_seconds: Fraction
    end_seconds: Fraction
    confidence: float
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterShot(TraitReport):
    """One character in one clip: the face, or a thing; and the clothes in `wardrobe`."""

    clip: str
    faces_seen: int
    """Frames that were looked at in which the face, or the thing, was there."""
    wardrobe: TraitReport
    tracks: tuple[int, ...]
    spans: tuple[PresenceReport, ...] = ()
    """Of a thing: where it is there, turned, covered, gone, replaced or changed, in order of time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterReport(Report):
    """One character in every clip that shows them."""

    name: str
    shots: tuple[CharacterShot, ...]
    kind: Literal["person", "thing"] = "person"
    """A thing is who has no face in any reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloneReport(Report):
    """One person more than once in a frame."""

    clip: str
    frame: int
    seconds: Fraction
    boxes: tuple[Box, ...]
    similarity: float
    frames: int
    """Frames that were looked at in which it is so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairReport(Report):
    """The same character in two clips."""

    name: str
    clip_a: str
    clip_b: str
    similarity: float
    verdict: IdentityVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityReport(Report):
    """Who is in the clips, and whether they stay themselves."""

    model: str
    """Name of the face embedding."""
    characters: tuple[CharacterReport, ...]
    clones: tuple[CloneReport, ...]
    pairs: tuple[PairReport, ...]
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectReport(Report):
    """Clips without a face, and whether their subject stays itself."""

    model: str
    """Name of the appearance embedding."""
    shots: tuple[CharacterShot, ...]
    pairs: tuple[PairReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport(IdentityReport):
    """What `drift` found."""

    computed: ClassVar[tuple[str, ...]] = ("next", "command")

    warnings: tuple[str, ...]
    subjects: SubjectReport

    @property
    def next(self) -> NextStep:
        """Keep the clips, or generate again those in which somebody does not stay themselves."""
        return "keep" if self.ok else "retry"

    @property
    def command(self) -> None:
        """None: which model and prompt made the clips is not known here."""


# rank


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedClip(Report):
    """One candidate."""

    clip: str
    score: float
    """0..100."""
    parts: Mapping[str, float | None]
    """0..1 each; None for what does not apply."""
    reasons: tuple[str, ...]
    faults: tuple[str, ...]
    """Why it comes after every candidate without a fault."""
    failings: tuple[str, ...] = ()
    """What no other part outweighs: a candidate with more of them comes after one with fewer."""
    equals: tuple[str, ...] = ()
    """Clips with which it ties: less than a point apart, where nothing else tells them apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankReport(Report):
    """What `rank` found, best first."""

    model: str
    """Name of the face embedding."""
    ranking: tuple[RankedClip, ...]
    next: NextStep
    """What to do with the best one."""
    reason: str
    command: str | None
    """What to run next; None where nothing has to be, or the model that made the clips would have to be known."""


# frames


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFrame(Report):
    """A frame of the clip that was written as PNG."""

    path: Path
    what: Literal["last", "best"]
    frame: int
    seconds: Fraction
    why: str = ""
    """Whom it shows, and why no later or sharper frame was taken; empty where it is simply that frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPanel(Report):
    """A panel of a storyboard or character sheet that was written as PNG."""

    path: Path
    box: Box
    """In pixels of the sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotMatch(Report):
    """A shot of the clip, and the panel that it shows."""

    start_frame: int
    start_seconds: Fraction
    panel: int | None
    """1 for the first panel; None where no panel is like it."""
    likeness: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FramesReport(Report):
    """What `frames` wrote; panels and shots are empty without a sheet."""

    computed: ClassVar[tuple[str, ...]] = ("ok",)

    clip: Path
    frames: tuple[WrittenFrame, ...]
    panels: tuple[WrittenPanel, ...] = ()
    shots: tuple[ShotMatch, ...] = ()
    missing: tuple[str, ...] = ()
    """Frames that were asked for and are not there, each with the reason."""

    @property
    def ok(self) -> bool:
        """Whether everything that was asked for was written."""
        return not self.missing


# export, run


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureQuality(Report):
    """How near the encoded picture is to the one that was encoded."""

    metric: str
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Report):
    """One platform's file, measured as it was written; what could not be measured is None."""

    platform: str
    path: Path
    ok: bool
    error: str | None
    """Why there is no file."""
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    frames: int | None = None
    duration: Fraction | None = None
    bytes: int | None = None
    encoder: str | None = None
    """What encoded its pictures, in FFmpeg's words."""
    quality: PictureQuality | None = None
    loudness_lufs: float | None = None
    true_peak_dbtp: float | None = None
    checks: tuple[Check, ...] = ()
    sheets: tuple[Path, ...] = ()
    """The upload sheets beside the file."""
    digital_source_type: str | None = None
    """What the file's XMP states, as IPTC's address."""
    content_credentials: Credentials | None = None
    warnings: tuple[str, ...] = ()

    @property
    def problem(self) -> str | None:
        """Why there is no file, or which limits it breaks, in one line; None when all is well."""
        if self.ok or self.error is not None:
            return self.error
        broken = (f"{one.name}: {one.found}, wanted {one.wanted}" for one in self.checks if one.status == "fail")
        return f"fails its check ({'; '.join(broken)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterFile(Report):
    """The clip itself, written beside the deliveries."""

    path: Path | None
    error: str | None
    """Why there is no file."""
    frames: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedCredentials(Report):
    """Content credentials that an input carries."""

    path: Path
    credentials: Credentials

    def to_dict(self) -> dict[str, Any]:
        """The path and the credentials' own keys."""
        return {"path": str(self.path), **json_value(self.credentials)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport(Report):
    """What `export` wrote."""

    computed: ClassVar[tuple[str, ...]] = ("next", "command")

    deliveries: tuple[Delivery, ...]
    master: MasterFile | None
    credentials_carried: tuple[CarriedCredentials, ...]
    warnings: tuple[str, ...]
    ok: bool

    @property
    def next(self) -> NextStep:
        """Keep the files, or make those again that fail, once what they say is wrong has been changed."""
        return "keep" if self.ok else "repair"

    @property
    def command(self) -> str | None:
        """What to run next: none, for a failed check names what a person has to change."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport(Report):
    """One step of a job."""

    step: str
    subject: str
    state: Literal["stored", "ran", "failed", "would run"]
    """Taken from the cache, done, not brought to an end, or, where steps are only explained, to be done."""
    why: str
    """Why it was not taken from the cache; empty where it was."""
    seconds: float
    """Steps that are made in one pass each have the time of the whole pass."""

    @classmethod
    def of(cls, record: StepRecord) -> StepReport:
        """The report of what a pipeline recorded."""
        seconds = round(record.seconds, 3)
        return cls(step=record.step, subject=record.subject, state=record.state, why=record.why, seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainReport(Report):
    """What a run would take from the cache, and what it would do."""

    steps: tuple[StepReport, ...]
    """In the order in which they would be taken."""
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeamReport(Report):
    """Where two shots meet."""

    before: str
    after: str
    continuity: float
    """How well the second continues the first: 0 (another picture) to 1 (the same)."""
    structure: float
    """Correlation of their pictures, 0..1."""
    colour: float
    """Likeness of their median colours, 0..1."""
    repeats: bool
    """Whether the first frame of the second repeats the last one of the first."""
    dropped: bool
    """Whether it was left out."""
    matched: bool
    """Whether the colours of the second were brought to those of the first."""
    luma_levels: float
    """Levels of luma by which the first is lighter."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport(Report):
    """What `run` and `demo` wrote."""

    computed: ClassVar[tuple[str, ...]] = ("ok",)

    master: Path
    plate: Path | None
    deliveries: tuple[Delivery, ...]
    report: Path
    """The page."""
    plans: tuple[Path, ...]
    timeline: Path
    credentials_carried: tuple[CarriedCredentials, ...]
    cast: IdentityReport | None
    rankings: Mapping[str, tuple[RankedClip, ...]]
    """Shot → its candidates, best first."""
    seams: tuple[SeamReport, ...]
    """Where the shots meet, in order."""
    steps: tuple[StepReport, ...]
    """What was taken from the cache and what was done."""
    warnings: tuple[str, ...]
    gates: tuple[str, ...]
    """What failed, in words."""
    next: NextStep
    command: str | None
    """What to run next; None where nothing has to be, or a person has to look."""

    @property
    def ok(self) -> bool:
        """Whether every gate passed."""
        return not self.gates


# handover


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedFile(Report):
    """A file, or a folder of pictures, for an editor."""

    path: Path
    kind: str
    """Such as timeline, clip, framed, plate, matte, captions, subtitles, stem, track, sequence, readme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverReport(Report):
    """What `handover` wrote."""

    computed: ClassVar[tuple[str, ...]] = ("ok", "next", "command")

    folder: Path
    editors: tuple[str, ...]
    rate: str
    """Frames per second of the timeline and of all its clips, as a fraction."""
    frames: int
    files: tuple[HandedFile, ...]
    markers: tuple[Mapping[str, Any], ...]
    """frame, kind (decision, warning, gate), name and note of each."""
    steps: tuple[StepReport, ...]
    warnings: tuple[str, ...]
    gates: tuple[str, ...]
    """What failed, in words."""

    @property
    def ok(self) -> bool:
        """Whether every gate passed."""
        return not self.gates

    @property
    def next(self) -> NextStep:
        """Keep what was handed over, or repair the shots whose gates failed."""
        return "keep" if self.ok else "repair"

    @property
    def command(self) -> str | None:
        """What to run next: none, for the editor goes on from here, and a person looks at a failed gate."""
        return None


# relink


@dataclass(frozen=True, slots=True, kw_only=True)
class RelinkedClip(Report):
    """A clip of a timeline that was exchanged."""

    source: Path
    """As the timeline named it."""
    clip: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RelinkReport(Report):
    """What `relink` wrote."""

    computed: ClassVar[tuple[str, ...]] = ("ok",)

    out: Path
    relinked: tuple[RelinkedClip, ...]
    kept: tuple[Path, ...]
    """Media for which there is no cleaned clip, or none that could stand for them."""
    warnings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether any clip was exchanged."""
        return bool(self.relinked)


# review


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAddress(Report):
    """Where a review is served."""

    url: str
    """With the token; for this machine alone."""


# platforms, styles, models


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformEntry(Report):
    """One platform."""

    name: str
    title: str
    width: int
    height: int
    note: str
    rules: Mapping[str, str]
    """Limit → what is taken, where that is written, and when it was read."""
    policy: Policy

    def to_dict(self) -> dict[str, Any]:
        """The policy without what it leaves open."""
        return {**Report.to_dict(self), "policy": self.policy.model_dump(mode="json", exclude_none=True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformsReport(Report):
    """Every platform that is known."""

    platforms: tuple[PlatformEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleEntry(Report):
    """One caption style."""

    name: str
    font: str
    reveal: str
    enter: str
    highlights: bool
    """Whether the word that is being spoken is marked."""
    words_at_once: int | None
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StylesReport(Report):
    """The caption styles, and the sheet that was drawn of them."""

    styles: tuple[StyleEntry, ...]
    sheet: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredModel(Report):
    """One model that can be added, and whether its file is in the store."""

    name: str
    state: str
    path: Path
    facts: KnownModel

    def to_dict(self) -> dict[str, Any]:
        """Name, state and path, and the model's own facts beside them."""
        facts = self.facts.model_dump(mode="json", exclude={"graph"})
        return {"name": self.name, "state": self.state, "path": str(self.path), **facts}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsReport(Report):
    """The store of models."""

    folder: Path
    models: tuple[StoredModel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedModel(Report):
    """A model that was put into the store."""

    new: bool
    """False when it was there already."""
    model: StoredModel


# cache


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedStep(Report):
    """What the cache holds of one kind of step."""

    name: str
    entries: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheReport(Report):
    """What the cache holds, or held before it was cleared."""

    folder: Path
    entries: int
    bytes: int
    limit: int
    """Bytes that it may hold."""
    steps: tuple[CachedStep, ...]
    """The largest first."""
    warnings: tuple[str, ...]
