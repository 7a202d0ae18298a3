"""`probe`: facts of media files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from overlaycut.api.boundary import verb
from overlaycut.api.file_use import declare, paths_among
from overlaycut.api.inputs import File, Still, still_picture
from overlaycut.api.intake import IntakeAnalyser, remarks
from overlaycut.api.results import ProbedFile, ProbeReport
from overlaycut.core.frame import Picture
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.media import Clip, provider_guess, with_content


@verb
def probe(
    files: Sequence[File],
    *,
    still: Still | None = None,
    target: tuple[int, int] | None = None,
    progress: Progress = no_progress,
) -> ProbeReport:
    """Facts of media files: what their headers claim and what reading them to the end finds.

    With the `still` that clips were made from, how it lies in them; with a `target` width and height, whether they are
    large enough.
    """
    declare(reads=paths_among((*files, still)), writes=())
    picture = still_picture(still)
    return ProbeReport(files=tuple(_probed(Path(file), picture, target, progress) for file in files))


def _probed(path: Path, still: Picture | None, target: tuple[int, int] | None, progress: Progress) -> ProbedFile:
    clip = Clip(path)
    intake = IntakeAnalyser(clip.facts, still=still)
    frames = with_progress(clip.frames(), progress, f"read {path.name}", clip.facts.frames)
    facts = with_content(clip.facts, intake.over(frames), clip.notes)
    found = intake.result()
    return ProbedFile(
        facts=facts,
        provider_guess=provider_guess(facts),
        warnings=(*facts.warnings, *remarks(found, facts, target=target)),
        intake=found,
    )
