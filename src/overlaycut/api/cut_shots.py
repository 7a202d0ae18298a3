"""The way back: a project whose shots an editor cut, and a timeline relinked to cleaned clips."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from overlaycut.api.boundary import verb
from overlaycut.api.file_use import declare, project_files
from overlaycut.api.inputs import File
from overlaycut.api.results import RelinkedClip, RelinkReport
from overlaycut.core.facts import ClipFacts
from overlaycut.core.project import Master, Project, Shot, project_faults, read_project
from overlaycut.errors import OverlaycutError, UsageError
from overlaycut.interchange import CUT_FORMATS, media_of, read_cut, relinked_text
from overlaycut.media import Clip, write_text

_CLIPS = (".mp4", ".mov", ".m4v", ".webm")
_ENDS = ("", ".clean", "-clean", "_clean", ".cleaned", "-cleaned", "_cleaned")
"""What a cleaned clip may have after the name of its source."""


def project_at(path: Path) -> tuple[Project, tuple[str, ...]]:
    """The project in a file, with the shots of the cut that it names, and notes about what of the cut is left out.

    Raises what `read_project` and `read_cut` do.
    """
    job = read_project(path)
    return (job, ()) if job.shots_from is None else _with_cut(job, path)


def project_and_faults(path: Path) -> tuple[Project | None, list[OverlaycutError]]:
    """As `project_faults`, with the shots of the cut."""
    job, faults = project_faults(path)
    if job is None or job.shots_from is None or not job.shots_from.is_file():
        return (None if job is not None and not job.shots else job), faults
    try:
        return _with_cut(job, path)[0], faults
    except OverlaycutError as error:
        return None, [*faults, error]


def named_files(path: Path) -> list[Path]:
    """All files that a project names, and its own; where it is faulty, those that can be told."""
    job, _ = project_and_faults(path)
    return [path] if job is None else project_files(path, job)


def _with_cut(job: Project, path: Path) -> tuple[Project, tuple[str, ...]]:
    """The project with one shot per clip of its cut; what [[shots]] say about a clip holds for each of its shots."""
    cut = job.shots_from
    assert cut is not None
    rate = job.project.rate or (Master.parse(job.project.master).rate if job.project.master else None)
    found = read_cut(cut, rate=rate)
    folders = _folders(cut, path)
    told = {clip.resolve(): shot for shot in job.shots for clip in shot.clips}
    shots, used = [], set()
    for one in found.shots:
        media = media_of(one, cut, folders)
        known = told.get(media.resolve())
        used.add(media.resolve())
        base = Shot(clip=media) if known is None else known
        stretch = {"clip": media, "candidates": (), "start": one.start, "end": one.end, "name": None}
        shots.append(base.model_copy(update=stretch))
    notes = [*found.notes, *(f"{cut.name}: it does not use {clip.name}" for clip in told if clip not in used)]
    return job.model_copy(update={"shots": tuple(shots), "shots_from": cut}), tuple(notes)


def _folders(cut: Path, project: Path) -> list[Path]:
    """Where media of a cut are looked for when they are not where it says."""
    beside = [cut.resolve().parent, project.resolve().parent]
    return list(dict.fromkeys([*beside, *(folder / name for folder in beside for name in ("media", "clips"))]))


@verb
def relink(cut: File, to: File, out: File | None = None, *, force: bool = False) -> RelinkReport:
    """Exchange the clips of a timeline for the cleaned ones in the folder `to`; everything else stays as it is.

    A clip's cleaned one has its name, maybe with .clean, -clean or _clean before the extension. It has to have the
    rate of the original and be no shorter, where the original is there to be compared; else it is left, with a
    warning. `out` is NAME-relinked beside the timeline where it is not given. Files that overlaycut did not write are
    replaced with `force` alone, inputs never.
    """
    source, folder = Path(cut), Path(to)
    if source.suffix.lower() not in CUT_FORMATS:
        raise UsageError(f"{source}: no timeline", hint=f"a name that ends in {', '.join(CUT_FORMATS)}")
    if not folder.is_dir():
        raise UsageError(f"{folder}: is no folder", hint="--to names the folder of the cleaned clips")
    target = source.with_name(f"{source.stem}-relinked{source.suffix}") if out is None else Path(out)
    declare(reads=[source], writes=[target], force=force)
    exchange = _Exchange(source, folder)
    made = relinked_text(source, target, exchange)
    write_text(target, made.text)
    return RelinkReport(
        out=target,
        relinked=tuple(RelinkedClip(source=old, clip=new) for old, new in made.exchanged),
        kept=made.kept,
        warnings=tuple(dict.fromkeys(exchange.warnings)),
    )


class _Exchange:
    """Finds the cleaned clip of a source."""

    def __init__(self, cut: Path, folder: Path) -> None:
        self._cut, self._folder = cut.resolve().parent, folder
        self.warnings: list[str] = []

    def __call__(self, named: Path) -> Path | None:
        """The cleaned clip. Raises UsageError when several may be meant."""
        stem = named.stem if named.suffix.lower() in _CLIPS else named.name
        names = {f"{stem}{end}{suffix}" for end in _ENDS for suffix in _CLIPS}
        found = sorted(one for one in self._folder.iterdir() if one.name in names and one.is_file())
        source = self._source(named)
        found = [one for one in found if source is None or one.resolve() != source.resolve()]
        if not found:
            return None
        if len(found) > 1:
            raise UsageError(
                f"{named.name}: both {found[0].name} and {found[1].name} could take its place", hint="leave one there"
            )
        if source is None:
            self.warnings.append(f"{named.name}: the original is not here, so {found[0].name} could not be compared")
            return found[0]
        unlike = _unlike(Clip(source).facts, Clip(found[0]).facts)
        if unlike:
            self.warnings.append(f"{named.name}: not relinked: {found[0].name} {unlike}")
            return None
        return found[0]

    def _source(self, named: Path) -> Path | None:
        path = named if named.is_absolute() else self._cut / named
        return path if path.is_file() else None


def _unlike(source: ClipFacts, clean: ClipFacts) -> str | None:
    """Why a clip cannot stand for another, in words."""
    if source.fps != clean.fps:
        return f"has {_rate(clean.fps)} frames per second, the original {_rate(source.fps)}"
    if (
        source.duration is not None
        and clean.duration is not None
        and clean.duration < source.duration - _half_a_frame(source)
    ):
        return f"lasts {float(clean.duration):.2f} s, the original {float(source.duration):.2f} s"
    return None


def _half_a_frame(facts: ClipFacts) -> Fraction:
    return Fraction(1, 2) / facts.fps if facts.fps else Fraction(0)


def _rate(fps: Fraction | None) -> str:
    return "no" if fps is None else f"{float(fps):.3f}"
