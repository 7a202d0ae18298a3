"""What verbs read besides their plain arguments, for the declaration that each makes before it writes a byte."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from overlaycut.api.inputs import ARRAY_NAME
from overlaycut.core.plan import EditPlan
from overlaycut.core.project import Project
from overlaycut.deliver import Policy, is_policy_file
from overlaycut.media import declare
from overlaycut.provenance import Certificate

__all__ = [
    "certificate_files",
    "data_file",
    "declare",
    "deliveries_in",
    "numbered_in",
    "paths_among",
    "plan_files",
    "policy_files",
    "project_files",
    "report_files",
]


def paths_among(values: Iterable[object]) -> list[Path]:
    """The paths among arguments that may be arrays, objects or None as well."""
    return [Path(value) for value in values if isinstance(value, Path | str)]


def plan_files(plan: EditPlan | None) -> list[Path]:
    """The files that a plan names: its still, masks, and fonts; those given as arrays have none."""
    if plan is None:
        return []
    fonts = (region.typeset.font for region in plan.regions if region.typeset is not None)
    named = paths_among((plan.still, *(region.mask for region in plan.regions), *fonts))
    return [path for path in named if not str(path).startswith(ARRAY_NAME)]


def policy_files(chosen: Sequence[str | Path | Policy]) -> list[Path]:
    """The platforms' policies that are files."""
    return [Path(one) for one in chosen if isinstance(one, Path | str) and is_policy_file(one)]


def certificate_files(certificate: Certificate | None) -> list[Path]:
    """The chain and the key of a signer."""
    return [] if certificate is None else [certificate.chain, certificate.key]


def project_files(path: Path, job: Project) -> list[Path]:
    """A project's file and all that it names, without what styles and policies name."""
    captions, disclosure = job.captions, job.disclosure
    named: list[Path | None] = [path, job.shots_from, job.audio.voice, job.audio.music]
    named += [disclosure.certificate, disclosure.key]
    for shot in job.shots:
        named += [shot.still, *shot.clips, shot.first, shot.last, *shot.references, shot.sheet]
    for member in job.cast:
        named += member.references
    if captions is not None:
        named += [captions.source, captions.script, captions.glossary]
    if job.end_card is not None:
        named += [*job.end_card.pictures, job.end_card.clip]
    return paths_among((*named, *policy_files(job.project.outputs)))


def deliveries_in(folder: Path, policies: Iterable[Policy]) -> list[Path]:
    """The files of deliveries: each platform's MP4 and its upload sheets."""
    ends = ("mp4", "upload.json", "upload.txt")
    return [folder / f"{policy.name}.{end}" for policy in policies for end in ends]


def numbered_in(folder: Path, pattern: str) -> list[Path]:
    """The files in a folder whose whole names match: what a job might replace that writes as many as it finds."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if re.fullmatch(pattern, path.name))


def report_files(report: Path | None) -> list[Path]:
    """The page that a verb writes, and its data beside it."""
    return [] if report is None else [report, data_file(report)]


def data_file(report: Path) -> Path:
    """Where the data of a page lies."""
    return report.with_suffix(".json")
