"""`analyze`: a clip and its still into an edit plan, in one decode."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from overlaycut.analyse import LetteringAnalyser
from overlaycut.core.facts import ClipFacts
from overlaycut.core.findings import LetteringReport
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.plan import ClipRecord, EditPlan
from overlaycut.core.progress import Progress, counted, unheard
from overlaycut.decide import Mode, Rules, decide, with_overrides
from overlaycut.media import Clip, read_still, with_content
from overlaycut.models import rapid_reader
from overlaycut.render import Interest

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Seen:
    """What one pass over a clip told."""

    facts: ClipFacts
    record: ClipRecord
    lettering: LetteringReport
    interest: Interest
    """Where the eye goes, for reframing."""


def analyze(
    clip: Path | str,
    *,
    still: Path | str | None = None,
    texts: Sequence[str] = (),
    mode: Mode = "auto",
    earlier: EditPlan | None = None,
    progress: Progress = unheard,
) -> EditPlan:
    """Find the clip's lettering, follow it, judge it against the still, and decide what to do.

    `texts` is lettering that has to read right. Without a `still` the first frame is the reference. Regions that a
    person decided in an `earlier` plan stand as they were.
    """
    seen = look(Clip(clip), still=_picture(still), texts=texts, progress=progress)
    plan = decide(seen.lettering, seen.record, still=None if still is None else str(still), rules=Rules(mode=mode))
    return with_overrides(plan, earlier)


def look(clip: Clip, *, still: Picture | None, texts: Sequence[str], progress: Progress) -> Seen:
    """One decode of a clip past every analyser."""
    facts = clip.facts
    analyser = LetteringAnalyser(rapid_reader(), facts, still=still, texts=texts)
    interest = Interest(facts.width, facts.height)

    def watched() -> Iterator[Frame]:
        for frame in counted(clip.frames(), progress, f"look at {clip.path.name}", facts.frames):
            analyser.see(frame)
            interest.see(frame)
            yield frame

    full = with_content(facts, watched())
    return Seen(full, record_of(full), analyser.result(), interest)


def record_of(facts: ClipFacts) -> ClipRecord:
    """The plan's record of a clip that was read to its end."""
    assert facts.fps is not None and facts.frames is not None and facts.duration is not None
    return ClipRecord(
        path=str(facts.path),
        sha256=digest(facts.path),
        width=facts.width,
        height=facts.height,
        fps=float(facts.fps),
        frames=facts.frames,
        duration=float(facts.duration),
    )


def digest(path: Path) -> str:
    """The sha256 of a file's bytes."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha.update(chunk)
    return sha.hexdigest()


def _picture(still: Path | str | None) -> Picture | None:
    return None if still is None else read_still(Path(still))
