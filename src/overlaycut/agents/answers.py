"""What tools answer: small, typed, with paths in the place of media."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

MOST_BYTES = 20_000
"""Of an answer's text and structure together; the contact sheet is apart."""

_LONGEST_TEXT = 400
"""Characters of one text."""


class Answer(BaseModel):
    """The base of answers."""

    model_config = ConfigDict(frozen=True)

    left_out: int = 0
    """Entries of lists that were left out to keep the answer small; the files have them."""

    def fitted(self) -> Self:
        """The answer with its longest lists shortened until it is small enough."""
        found, dropped = self, 0
        while len(found.model_dump_json()) > MOST_BYTES - 1000:
            lists = {name: value for name, value in found if isinstance(value, list) and len(value) > 1}
            if not lists:
                break
            name = max(lists, key=lambda one: len(str(lists[one])))
            kept = max(len(lists[name]) // 2, 1)
            dropped += len(lists[name]) - kept
            found = found.model_copy(update={name: lists[name][:kept], "left_out": self.left_out + dropped})
        return found


class Verdict(Answer):
    """An answer that judges."""

    next: str = "keep"
    """keep, repair, retry or switch."""
    command: str | None = None
    """The command line that does it, where there is one; the tool of that name does the same."""


class MediaFile(BaseModel):
    """Facts of one file."""

    path: str
    width: int
    height: int
    fps: float | None
    frames: int | None
    seconds: float | None
    has_audio: bool
    warnings: list[str]


class LookAnswer(Answer):
    """What files are."""

    files: list[MediaFile]


class Region(BaseModel):
    """One piece of lettering."""

    id: str
    state: str
    decision: str
    protected: bool
    expected: str | None
    read: str | None
    legibility: float
    onset_frame: int | None
    reason: str


class JudgeAnswer(Verdict):
    """What is wrong with a clip's lettering."""

    clip: str
    regions: list[Region]
    notes: list[str]
    plan: str | None
    """The edit plan's file, where one was written."""


class RepairAnswer(Verdict):
    """What a repair did."""

    out: str
    ok: bool
    touched_fraction: float
    untouched_identical: bool
    gates: list[str]
    warnings: list[str]
    regions: list[Region]


class RankedTake(BaseModel):
    """One take in its place."""

    clip: str
    score: float
    faults: list[str]
    reasons: list[str]


class RankAnswer(Verdict):
    """Takes, best first."""

    ranking: list[RankedTake]
    reason: str


class CaptionAnswer(Answer):
    """Captions that were drawn."""

    out: str
    cues: int
    warnings: list[str]


class DeliveredFile(BaseModel):
    """One platform's file."""

    platform: str
    path: str
    ok: bool
    error: str | None
    seconds: float | None
    bytes: int | None
    failed: list[str]


class DeliverAnswer(Answer):
    """Files for platforms."""

    ok: bool
    deliveries: list[DeliveredFile]
    warnings: list[str]


class CheckAnswer(Verdict):
    """Whether a file fits a platform."""

    ok: bool
    platform: str
    failed: list[str]


class ProjectAnswer(Verdict):
    """What became of a project."""

    action: str
    ok: bool
    faults: list[str] = []
    notes: list[str] = []
    steps: list[str] = []
    files: list[str] = []
    gates: list[str] = []
    warnings: list[str] = []


def shortened(texts: Sequence[str]) -> list[str]:
    """Texts of a readable length."""
    return [text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…" for text in texts]


def regions_of(regions: Sequence[Mapping[str, Any]]) -> list[Region]:
    """A plan's regions without where they are, those that are not stable first."""
    found = [
        Region(
            id=one["id"],
            state=one["state"],
            decision=one["decision"],
            protected=one["protected"],
            expected=one["expected"],
            read=one["read"],
            legibility=round(one["legibility"], 3),
            onset_frame=one["onset_frame"],
            reason=shortened([one["reason"]])[0],
        )
        for one in regions
    ]
    return sorted(found, key=lambda one: (one.state == "stable", one.legibility))
