"""`compare`: two clips side by side and under a wipe, as a page or as a clip."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias

from overlaycut.api.boundary import verb
from overlaycut.api.file_use import declare, paths_among
from overlaycut.api.inputs import File
from overlaycut.api.reporting import facts_in_words
from overlaycut.api.results import Report
from overlaycut.assemble import beside, luma_difference, wiped
from overlaycut.core.flow import apply_stages
from overlaycut.core.frame import Frame
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.deliver import conformed
from overlaycut.errors import OutputError, UsageError
from overlaycut.media import Clip, Encoding, carried_sound, refuse_size, to_bt709, write_clip, write_text
from overlaycut.reframe.reframing import reframed
from overlaycut.report import Comparison, Plot, comparison_page
from overlaycut.version import __version__

CompareLayout: TypeAlias = Literal["side", "wipe"]
"""Beside each other, or one picture parted by a line that moves."""

_PAGE_SIDE = 720
"""Pixels of the longer side of each picture on a page."""
_PAGE_CRF = 19.0
"""x264's rate factor on a page: near enough to judge lettering by."""
_MOST_SECONDS = 60
"""Seconds that a page holds; longer clips become an MP4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareReport(Report):
    """What `compare` wrote."""

    a: Path
    b: Path
    out: Path
    frames: int
    """Frames that were compared, at the rate of `a`."""
    width: int
    height: int
    """Pixels of each picture."""
    mean_difference: float
    """Levels of luma, over all frames."""
    worst_seconds: Fraction
    """When the pictures differ most."""
    identical: bool
    """Whether luma is the same in all frames that were compared."""
    warnings: tuple[str, ...]


@dataclass(slots=True)
class _Differences:
    """Mean difference of every pair, in levels of luma."""

    values: list[tuple[float, float]] = field(default_factory=list)

    def watch(self, pairs: Iterator[tuple[Frame, Frame]]) -> Iterator[tuple[Frame, Frame]]:
        """The same pairs."""
        for one, other in pairs:
            self.values.append((float(one.at), luma_difference(one, other)))
            yield one, other


@verb
def compare(
    a: File,
    b: File,
    out: File,
    *,
    layout: CompareLayout = "side",
    force: bool = False,
    progress: Progress = no_progress,
) -> CompareReport:
    """Show two clips together: `out` is a page (.html) with both under a wipe and side by side, or a clip (.mp4).

    `b` is brought to the size and rate of `a`, whole and with bars where its shape is another; what is longer is cut.
    `layout` is that of a clip, which has the sound of `a`. Files that overlaycut did not write are replaced with
    `force` alone, inputs never.

    Raises UsageError for a page of more than a minute, OutputError for another kind of file.
    """
    one, other, path = Clip(a), Clip(b), Path(out)
    declare(reads=paths_among([one.path, other.path]), writes=[path], force=force)
    kind = path.suffix.lower()
    if kind not in (".html", ".mp4"):
        raise OutputError(f"{path}: no kind of comparison", hint="a name that ends in .html or .mp4")
    if kind == ".html" and (one.facts.duration or 0) > _MOST_SECONDS:
        raise UsageError(f"{one.path.name} is longer than a page holds", hint=f"-o {path.stem}.mp4")
    size = _page_size(one.facts.width, one.facts.height) if kind == ".html" else (one.facts.width, one.facts.height)
    refuse_size(path, 2 * size[0], size[1])
    differences = _Differences()
    pairs = differences.watch(_pairs(one, other, size, progress))
    if kind == ".html":
        _write_page(one, other, pairs, path, differences, size)
    else:
        frames = beside(pairs) if layout == "side" else wiped(pairs)
        sound = carried_sound(one.facts)
        write_clip(frames, path, tick=1 / _rate(one), encoding=Encoding(), sound=sound)
    return _report(one, other, path, differences, size)


def _page_size(width: int, height: int) -> tuple[int, int]:
    shrink = min(_PAGE_SIDE / max(width, height), 1.0)
    return max(2 * round(width * shrink / 2), 2), max(2 * round(height * shrink / 2), 2)


def _rate(clip: Clip) -> Fraction:
    return clip.facts.rate_in_header or Fraction(25)


def _pairs(one: Clip, other: Clip, size: tuple[int, int], progress: Progress) -> Iterator[tuple[Frame, Frame]]:
    """Frames that show at the same time, both of that size, at the rate of the first clip."""
    first, second = (
        apply_stages(
            to_bt709(clip.frames()),
            [reframed((clip.facts.width, clip.facts.height), size, mode="pad"), conformed(_rate(one))],
        )
        for clip in (one, other)
    )
    watched = with_progress(first, progress, f"compare {one.path.name}", one.facts.frames)
    return zip(watched, second, strict=False)  # the shorter one ends both


def _write_page(
    one: Clip,
    other: Clip,
    pairs: Iterator[tuple[Frame, Frame]],
    out: Path,
    differences: _Differences,
    size: tuple[int, int],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder) / "both.mp4"
        encoding = Encoding(crf=_PAGE_CRF, gop=12)
        written = write_clip(beside(pairs), both, tick=1 / _rate(one), encoding=encoding)
        content = Comparison(
            version=__version__,
            names=(one.path.name, other.path.name),
            facts=(facts_in_words(one.facts), facts_in_words(other.facts)),
            size=size,
            rate=float(_rate(one)),
            frames=written.frames,
            video=both.read_bytes(),
            plot=_plot(differences, float(written.duration)),
        )
    write_text(out, comparison_page(content))


def _plot(differences: _Differences, seconds: float) -> Plot:
    most = max(value for _, value in differences.values)
    return Plot(
        title="difference", unit="levels", seconds=seconds, low=0, high=round(max(most, 1.0), 1),
        samples=differences.values,
    )  # fmt: skip


def _report(one: Clip, other: Clip, out: Path, differences: _Differences, size: tuple[int, int]) -> CompareReport:
    values = differences.values
    at, most = max(values, key=lambda sample: sample[1])
    warnings = []
    lengths = [clip.facts.duration for clip in (one, other)]
    if None not in lengths and abs(lengths[0] - lengths[1]) > 1 / _rate(one):  # type: ignore[operator]
        warnings.append(f"{one.path.name} and {other.path.name} are of unlike length: compared until the shorter ends")
    shapes = [Fraction(clip.facts.width, clip.facts.height) for clip in (one, other)]
    if shapes[0] != shapes[1]:
        warnings.append(f"{other.path.name} has another shape: it stands between bars")
    return CompareReport(
        a=one.path,
        b=other.path,
        out=out,
        frames=len(values),
        width=size[0],
        height=size[1],
        mean_difference=round(sum(value for _, value in values) / len(values), 4),
        worst_seconds=Fraction(at).limit_denominator(100_000),
        identical=most == 0,
        warnings=tuple(warnings),
    )
