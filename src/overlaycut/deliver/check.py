"""A written file compared with a platform's policy: every limit becomes a `Check` with the found and the wanted value.

The file is judged by its own bytes, not by the settings it was encoded with. A fact that cannot be read fails its
check; "n/a" marks limits that the policy does not have and streams that the file does not have. The report is good
when nothing failed.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, TypeAlias

from overlaycut.core.geometry import Box
from overlaycut.core.loudness import Loudness
from overlaycut.core.next_step import NextStep
from overlaycut.deliver.check_readings import MAX_LISTED, READERS, FileEvidence, Reading, level_reading
from overlaycut.deliver.check_wording import number_text, wanted_text
from overlaycut.deliver.containers import container_of
from overlaycut.deliver.mp4 import read_mp4
from overlaycut.deliver.mp4_facts import PictureFacts
from overlaycut.deliver.policy import Flag, OneOf, Policy, Range
from overlaycut.errors import NoPicture

Status: TypeAlias = Literal["pass", "fail", "n/a"]


@dataclass(frozen=True, slots=True)
class Check:
    """One limit compared with the file."""

    name: str
    """As in `Limits`."""
    status: Status
    found: str
    wanted: str
    source: str
    """Where the limit comes from, and when that was read; empty where there is none."""
    note: str = ""
    """A recommendation that the file does not follow, with its source; empty where it follows all."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All limits compared with one file."""

    path: Path
    platform: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return all(check.status != "fail" for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.status == "fail")

    @property
    def next(self) -> NextStep:
        """Keep the file, or make another one of it."""
        return "keep" if self.ok else "repair"

    @property
    def command(self) -> str | None:
        """What makes a file that passes of this one; None where it passes."""
        if self.ok:
            return None
        return shlex.join(["overlaycut", "export", str(self.path), "--to", self.platform, "-o", "export"])

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "path": str(self.path),
            "platform": self.platform,
            "ok": self.ok,
            "next": self.next,
            "command": self.command,
            "checks": [asdict(check) for check in self.checks],
        }


def check(
    path: Path, policy: Policy, *, loudness: Loudness | None = None, shown: Sequence[Box] | None = None
) -> CheckReport:
    """Check the file at `path` against `policy`.

    loudness: of its sound; None when it was not measured. shown: boxes of text that has to stay readable, in pixels of
    the picture after rotation; they are compared with the app's safe area. None when they are not known.

    A file in another container than MP4 or MOV gets a report in which everything that cannot be read there fails.
    Raises MissingInput, InputError or DecodeError when the file cannot be read at all, NoPicture when there is no
    picture track in it.
    """
    container = container_of(path)
    if container not in ("mp4", "mov"):
        return CheckReport(
            path, policy.name, (*_foreign(path, container, policy, loudness), _chrome(policy, None, shown))
        )
    facts = read_mp4(path)
    if not facts.pictures:
        raise NoPicture(path, "there is no picture track in it", hint="is it a sound file?")
    sound = facts.sounds[0] if facts.sounds else None
    file = FileEvidence(facts, facts.pictures[0], sound, loudness)
    checks = (_judged(name, policy, read(file)) for name, read in READERS.items())
    return CheckReport(path, policy.name, (*checks, _chrome(policy, file.picture, shown)))


def _foreign(path: Path, container: str, policy: Policy, loudness: Loudness | None) -> tuple[Check, ...]:
    size = path.stat().st_size
    known = {
        "container": Reading.of_word(container),
        "bytes": Reading.of_amount(Fraction(size), number_text("bytes", size)),
        "loudness": level_reading("loudness", loudness),
        "true_peak": level_reading("true_peak", loudness),
    }
    unread = Reading.unreadable(f"not read: {container}, not MP4 or MOV")
    return tuple(_judged(name, policy, known.get(name, unread)) for name in READERS)


def _chrome(policy: Policy, picture: PictureFacts | None, shown: Sequence[Box] | None) -> Check:
    """Text boxes compared with the part of the picture that the app leaves free."""
    name, wanted, origin = "chrome", "nothing to be read under the app's own controls", policy.safe.origin
    if shown is None:
        return Check(name, "n/a", "no plan of what stands where is at hand", wanted, origin)
    if picture is None or picture.rotation is None or not picture.width or not picture.height:
        return Check(name, "fail", "the size of the picture could not be read", wanted, origin)
    turned = picture.rotation in (90, 270)
    width, height = (picture.height, picture.width) if turned else (picture.width, picture.height)
    free = policy.safe_box(width, height)
    under = [box for box in shown if box.overlap(free) < box.area]
    many = f"{len(shown)} {'box' if len(shown) == 1 else 'boxes'}"
    if not under:
        return Check(name, "pass", f"{many}, all clear", wanted, origin)
    places = ", ".join(f"{box.w}x{box.h} at {box.x},{box.y}" for box in under[:MAX_LISTED])
    found = f"{len(under)} of {len(shown)} reach under it: {places}"
    return Check(name, "fail", found, f"{wanted}: within {free.w}x{free.h} at {free.x},{free.y}", origin)


def _holds(rule: Range | OneOf | Flag, reading: Reading) -> bool:
    """Whether a reading satisfies its limit."""
    if isinstance(rule, OneOf):
        return reading.value in rule.any_of
    if isinstance(rule, Flag):
        return reading.value is rule.wanted
    if reading.high is None:
        return False
    return not (
        (rule.min is not None and reading.low is not None and _passes(rule.min - reading.low, reading.slack))
        or (rule.max is not None and _passes(reading.high - rule.max, reading.slack))
    )


def _passes(excess: Fraction, slack: Fraction) -> bool:
    """Whether an amount is beyond a limit by `excess`, and that is more than rounding."""
    return excess > 0 and excess >= slack


def _judged(name: str, policy: Policy, reading: Reading) -> Check:
    rule: Range | OneOf | Flag | None = getattr(policy.limits, name)
    note = _advice(name, policy, reading)
    if rule is None:
        return Check(name, "n/a", f"{reading.text}; {policy.name} has no such rule", "", "", note)
    if reading.absent:
        return Check(name, "n/a", reading.text, wanted_text(name, rule), rule.origin)
    status: Status = "pass" if _holds(rule, reading) else "fail"
    return Check(name, status, reading.text, wanted_text(name, rule), rule.origin, note)


def _advice(name: str, policy: Policy, reading: Reading) -> str:
    """The recommendation that a reading does not follow, in words; empty where it follows all that there are."""
    rule: Range | OneOf | Flag | None = getattr(policy.recommended, name)
    if rule is None or reading.absent or _holds(rule, reading):
        return ""
    return f"recommended: {wanted_text(name, rule)} ({rule.origin})"
