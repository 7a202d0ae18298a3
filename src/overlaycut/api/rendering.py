"""One pass over a programme's frames into files: each file is a step, and so is what is measured on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar, cast

from overlaycut.api.delivering import (
    DeliveryJob,
    DeliveryLook,
    delivered,
    disclosed_delivery,
    failed_delivery,
    measured_delivery,
)
from overlaycut.api.delivery_source import DeliveryOptions, DeliverySource
from overlaycut.api.disclosing import Statement
from overlaycut.api.mastering import MasterKind
from overlaycut.api.results import Delivery
from overlaycut.core.frame import Frame
from overlaycut.core.serial import StoredFile
from overlaycut.deliver import Output, Policy
from overlaycut.errors import OverlaycutError
from overlaycut.media import WrittenFile
from overlaycut.pipeline import Key, Pipeline, Step, digest_of, file_digest, put_back, stored_file

T = TypeVar("T")

ENCODER = f"av {version('av')}"
"""What encodes: other versions write other files."""

_MASTER_VERSION, _DELIVERY_VERSION = 3, 4
"""Raised whenever the code writes another file from the same programme."""


@dataclass(frozen=True, slots=True)
class EncodedFile:
    """A written file, and for a delivery what was measured on it."""

    file: StoredFile
    frames: int
    duration: Fraction
    report: Delivery | None = None
    look: DeliveryLook | None = None

    @classmethod
    def of(cls, written: WrittenFile, job: DeliveryJob | None = None) -> EncodedFile:
        """A file that was written just now, measured where it is a delivery."""
        report, look = (None, None) if job is None else measured_delivery(job, written)
        return cls(stored_file(written.path), written.frames, written.duration, report, look)


@dataclass(frozen=True, slots=True)
class Measured:
    """A step that is measured on the frames of a pass."""

    step: Step[Any]
    begin: Callable[[], None]
    """Asks for it to be measured in the next pass."""
    result: Callable[[], Any]
    """What was measured, after the pass."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RenderPass:
    """All that is made of a programme's frames."""

    frames: Callable[[], Iterator[Frame]]
    """The programme from its start, at every call."""
    deliveries: Sequence[tuple[Step[EncodedFile], DeliveryJob]] = ()
    masters: Sequence[tuple[Step[EncodedFile], Output]] = ()
    measured: Sequence[Measured] = ()

    def run(self, pipeline: Pipeline) -> Rendered:
        """Make what is not stored, in as few passes as `delivered` needs, and bring the rest to its places.

        Raises NotStored in explain mode.
        """
        errors: dict[Key, OverlaycutError] = {}
        steps = [
            *(one.step for one in self.measured),
            *(step for step, _ in self.masters),
            *(step for step, _ in self.deliveries),
        ]
        made = pipeline.results(steps, lambda stale: self._worked({step.key for step in stale}, errors))
        for step, out in [*((s, o.path) for s, o in self.masters), *((s, j.path) for s, j in self.deliveries)]:
            if step.key in made:
                put_back(made[step.key].file, out)
        return Rendered(made, errors)

    def _worked(self, wanted: set[Key], errors: dict[Key, OverlaycutError]) -> dict[Key, Any]:
        for one in self.measured:
            if one.step.key in wanted:
                one.begin()
        deliveries = [(step.key, job) for step, job in self.deliveries if step.key in wanted]
        masters = [(step.key, output) for step, output in self.masters if step.key in wanted]
        made: dict[Key, Any] = {}
        if deliveries or masters:
            results = delivered([job for _, job in deliveries], self.frames, also=[output for _, output in masters])
            for key, name, job in [*((k, j.name, j) for k, j in deliveries), *((k, o.name, None) for k, o in masters)]:
                result = results[name]
                if isinstance(result, OverlaycutError):
                    errors[key] = result
                else:
                    made[key] = EncodedFile.of(result, job)
        else:
            for _ in self.frames():
                pass
        if made or not errors:
            made |= {one.step.key: one.result() for one in self.measured if one.step.key in wanted}
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """What a pass made."""

    made: Mapping[Key, Any]
    errors: Mapping[Key, OverlaycutError] = field(default_factory=dict)

    def file(self, step: Step[EncodedFile]) -> EncodedFile | OverlaycutError:
        """The file of a master, or why there is none."""
        found: EncodedFile | None = self.made.get(step.key)
        return self.errors[step.key] if found is None else found

    def measurement(self, step: Step[T]) -> T:
        """What was measured on the way. Raises the first error of a file where no pass came to its end."""
        if step.key not in self.made:
            raise next(iter(self.errors.values()))
        return cast(T, self.made[step.key])

    def delivery(self, step: Step[EncodedFile], job: DeliveryJob) -> Delivery:
        """The report of a delivery; its upload sheets are written."""
        result = self.file(step)
        if isinstance(result, OverlaycutError):
            return failed_delivery(job, result)
        assert result.report is not None  # deliveries have one
        return disclosed_delivery(job, result.report)


def delivery_step(
    programme: DeliverySource, policy: Policy, options: DeliveryOptions, inputs: Mapping[str, str]
) -> Step[EncodedFile]:
    """The step of one platform's file; `inputs` identify the programme's frames and sound."""
    settings = _settings_of(programme) | {
        "platform": policy,
        "options": options,
        "framing": [digest_of(scene) for scene in programme.scenes],
        "loudness": programme.target_lufs,
    }
    added = _statement_inputs(programme.statement)
    if programme.cues:
        style = programme.look.loaded()
        settings["captions"] = {"cues": programme.cues, "style": style}
        added["font"] = file_digest(style.font_file)
        if style.logo is not None:
            added["logo"] = file_digest(style.logo.image)
    return Step(
        name="deliver",
        subject=policy.name,
        version=_DELIVERY_VERSION,
        artifact=EncodedFile,
        inputs={**inputs, **added},
        settings=settings,
    )


def master_step(programme: DeliverySource, name: str, kind: MasterKind, inputs: Mapping[str, str]) -> Step[EncodedFile]:
    """The step of a master, or of a plate; `inputs` identify the frames as they are filmed, and the sound."""
    return Step(
        name=name,
        subject=kind,
        version=_MASTER_VERSION,
        artifact=EncodedFile,
        inputs={**inputs, **_statement_inputs(programme.statement)},
        settings=_settings_of(programme),
    )


def _settings_of(programme: DeliverySource) -> dict[str, Any]:
    statement = programme.statement
    settings: dict[str, Any] = {
        "size": [programme.width, programme.height],
        "rate": programme.rate,
        "constant_rate": programme.constant,
        "duration": programme.duration,
        "has_sound": programme.has_sound,
        "comment": programme.comment,
        "ai_generated": statement.upload.ai_generated,
        "tool": statement.tool,
        "encoder": ENCODER,
    }
    if statement.certificate is not None:
        settings["signed"] = {
            "captions": statement.captions,
            "sources": [[one.repaired, one.restored] for one in statement.sources],
        }
    return settings


def _statement_inputs(statement: Statement) -> dict[str, str]:
    """Digests of what goes into content credentials."""
    if statement.certificate is None:
        return {}
    files: dict[str, Path | None] = {"certificate": statement.certificate.chain}
    for number, source in enumerate(statement.sources, start=1):
        files |= {f"credentials of clip {number}": source.clip, f"credentials of still {number}": source.still}
    return {name: file_digest(path) for name, path in files.items() if path is not None}
