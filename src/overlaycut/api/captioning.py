"""`caption`: words over a clip, drawn in, as a layer with alpha, as stills and as sidecar files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from overlaycut.api.boundary import verb
from overlaycut.api.file_use import declare, paths_among, policy_files
from overlaycut.api.framing import in_the_way, surroundings
from overlaycut.api.inputs import File
from overlaycut.api.plugins import caption_style, platform_policy
from overlaycut.api.results import CaptionCue, CaptionReport
from overlaycut.api.wording import Wording, read_words, words_source
from overlaycut.captions import (
    SIDECARS,
    Layout,
    PlacedCue,
    Style,
    burn_in,
    lay_out,
    logo_box,
    overlay,
    runs_right_to_left,
    sidecar,
    style_documents,
)
from overlaycut.core.cues import Cue, KeepOut
from overlaycut.core.flow import Stage, apply_stages
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.core.progress import Progress, no_progress, with_progress
from overlaycut.core.time import exact_seconds
from overlaycut.deliver import Policy
from overlaycut.errors import OutputError, UsageError
from overlaycut.media import (
    Clip,
    Encoding,
    alpha_outputs,
    carried_sound,
    refuse_container,
    refuse_size,
    to_bt709,
    write_alpha,
    write_clip,
    write_png,
    write_text,
)

_MARGIN = Fraction(1, 16)
"""Title-safe margin at each edge where no platform is named, as a share of the short side (EBU R 95 has 5 %)."""

_FOREVER = Fraction(10**9)
"""Seconds beyond any clip."""


@dataclass(frozen=True, slots=True)
class CaptionLook:
    """How captions look."""

    style: str | Path | Style = "clean"
    """A style's name, a .toml file, or the style itself."""
    brand: Path | None = None
    """Settings that are laid over any style: font, colours, logo."""

    def loaded(self) -> Style:
        """The style. Raises what `load_style` does."""
        return caption_style(self.style, brand=self.brand)

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that makes up the style. Raises what `load_style` does."""
        style = self.loaded()
        shown = [] if style.logo is None else [style.logo.image]
        given = style if isinstance(self.style, Style) or not str(self.style).endswith(".toml") else self.style
        return (*style_documents(given, brand=self.brand), style.font_file, *shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What `caption` writes; at least one of it."""

    out: Path | None = None
    """The clip with the captions drawn in, an MP4."""
    alpha: Path | None = None
    """The captions alone: ProRes 4444 in a .mov, VP9 in a .webm, PNGs in a folder."""
    sidecars: tuple[Path, ...] = ()
    """The cues as .srt, .vtt or .ass."""
    stills: tuple[tuple[Fraction, Path], ...] = field(default=())
    """PNGs of the captioned picture at a time, in seconds."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """Everything that is written, and in a folder everything that is replaced."""
        singles = [] if self.out is None else [self.out]
        layer = [] if self.alpha is None else alpha_outputs(self.alpha)
        return (*singles, *layer, *self.sidecars, *(path for _, path in self.stills))


@verb
def caption(
    clip: File,
    subs: File | Sequence[Cue],
    *,
    out: File | None = None,
    alpha: File | None = None,
    sidecars: Sequence[File] = (),
    stills: Sequence[tuple[Fraction | float | int, File]] = (),
    style: File | Style = "clean",
    brand: File | None = None,
    script: File | None = None,
    glossary: File | None = None,
    voice: File | None = None,
    encoding: str | None = None,
    platform: File | Policy | None = None,
    ads: bool = False,
    taken: Sequence[KeepOut] = (),
    force: bool = False,
    progress: Progress = no_progress,
) -> CaptionReport:
    """Draw captions, of a file or given as cues, on a clip, to whatever of the targets is named.

    `encoding` is that of `subs`; None determines it.
    With a `platform` the captions keep clear of its app's own buttons and texts (those around advertisements with
    `ads`). They stand clear of large faces and insets, which are looked for in a decode of their own, of what else is
    `taken`, and, where there is room, of the main subject.
    Files that overlaycut did not write are replaced with `force` alone, inputs never.
    """
    source = Clip(clip)
    targets = Targets(
        out=None if out is None else Path(out),
        alpha=None if alpha is None else Path(alpha),
        sidecars=tuple(Path(path) for path in sidecars),
        stills=tuple((exact_seconds(at, "stills"), Path(path)) for at, path in stills),
    )
    script, glossary, voice = (None if path is None else Path(path) for path in (script, glossary, voice))
    wording = Wording(words_source(subs), script, glossary, voice, encoding)
    look = CaptionLook(style, None if brand is None else Path(brand))
    _refuse_impossible(targets)
    policies = policy_files([] if platform is None else [platform])
    reads = [*paths_among([source.path]), *wording.files, *look.files, *policies]
    declare(reads=reads, writes=targets.paths, force=force)
    facts = source.facts
    duration = facts.duration or _last_end(source)
    if targets.out is not None:
        refuse_size(targets.out, facts.width, facts.height)
    words, drawn = read_words(wording, duration), look.loaded()
    safe = safe_box(facts.width, facts.height, platform, ads=ads, right_to_left=backward(words.cues))
    around = surroundings(source, progress, until=max((cue.end for cue in words.cues), default=Fraction(0)))
    layout = laid(
        words.cues,
        width=facts.width,
        height=facts.height,
        style=drawn,
        safe=safe,
        taken=[*taken, *in_the_way(around.faces, facts.width, facts.height), *around.insets, *around.subject],
    )
    end = _write(source, layout, drawn, targets, progress) or duration
    return CaptionReport(
        cues=tuple(map(_laid_cue, layout.cues)),
        warnings=(*words.warnings, *layout.warnings, *_beyond(layout, end)),
        out=targets.out,
        alpha=targets.alpha,
        sidecars=targets.sidecars,
        stills=tuple(path for _, path in targets.stills),
    )


def _laid_cue(placed: PlacedCue) -> CaptionCue:
    return CaptionCue(
        start=placed.cue.start,
        end=placed.cue.end,
        text=placed.cue.text,
        box=placed.box,
        lines=tuple(line.text for line in placed.lines),
        words=tuple((word.text, word.start, word.end) for word in placed.cue.words),
    )


def _write(source: Clip, layout: Layout, style: Style, targets: Targets, progress: Progress) -> Fraction | None:
    """Write every target; returns the end of the clip as it was decoded, None where it was not."""
    facts, end = source.facts, None
    if targets.out is not None:
        frames = with_progress(to_bt709(source.frames()), progress, f"caption {source.path.name}", facts.frames)
        captioned = apply_stages(frames, [burn_in(layout, style)])
        sound = carried_sound(facts)
        end = write_clip(captioned, targets.out, tick=facts.tick, encoding=Encoding(), sound=sound).duration
    if targets.alpha is not None:
        end = _write_overlay(source, layout, style, targets.alpha, progress)
    if targets.stills:
        _write_stills(source, burn_in(layout, style), targets.stills)
    for path in targets.sidecars:
        write_text(path, sidecar(path.suffix.lower(), [placed.cue for placed in layout.cues]))
    return end


def safe_box(
    width: int, height: int, platform: str | Path | Policy | None, *, ads: bool = False, right_to_left: bool = False
) -> Box:
    """The safe area of captions in a picture of `width` x `height` pixels."""
    if platform is not None:
        return platform_policy(platform).safe_box(width, height, ads=ads, right_to_left=right_to_left)
    if ads:
        raise UsageError("advertisements look different on every platform", hint="name it with --for")
    inset = round(min(width, height) * _MARGIN)
    return Box(inset, inset, width - 2 * inset, height - 2 * inset)


def backward(cues: Sequence[Cue]) -> bool:
    """Whether any cue is written from right to left."""
    return any(runs_right_to_left(cue.text) for cue in cues)


def laid(
    cues: tuple[Cue, ...], *, width: int, height: int, style: Style, safe: Box, taken: Sequence[KeepOut] = ()
) -> Layout:
    """The layout of `cues` in a picture of that size, clear of `taken` and of the style's logo."""
    if style.logo is not None:
        taken = [*taken, KeepOut(logo_box(style.logo, safe), Fraction(0), _FOREVER, "the logo")]
    return lay_out(cues, width=width, height=height, style=style, safe=safe, taken=taken)


def caption_stage(
    cues: tuple[Cue, ...], *, width: int, height: int, look: CaptionLook, safe: Box, taken: Sequence[KeepOut] = ()
) -> tuple[Stage, Layout]:
    """A stage that draws `cues` on pictures of that size, and where they stand."""
    style = look.loaded()
    layout = laid(cues, width=width, height=height, style=style, safe=safe, taken=taken)
    return burn_in(layout, style), layout


def _beyond(layout: Layout, end: Fraction) -> Iterator[str]:
    """Warnings about cues beyond the end of the clip."""
    cues = [placed.cue for placed in layout.cues]
    if late := [cue.start for cue in cues if cue.start >= end]:
        begin = f"begin after the end of the clip ({float(end):.2f} s) and never show"
        yield f"{len(late)} cue(s) {begin}, the first at {float(late[0]):.2f} s"
    if cut := sum(cue.start < end < cue.end for cue in cues):
        yield f"{cut} cue(s) last beyond the end of the clip ({float(end):.2f} s) and are cut off there"


def _refuse_impossible(targets: Targets) -> None:
    """Raises UsageError or OutputError for targets that cannot be, before anything is read or written."""
    if not targets.paths:
        raise UsageError(
            "nothing to write", hint="-o OUT.mp4, --alpha OUT.mov, --still SECONDS OUT.png or --sidecar OUT.srt"
        )
    if targets.out is not None:
        refuse_container(targets.out)
    for path in targets.sidecars:
        if path.suffix.lower() not in SIDECARS:
            raise OutputError(f"{path}: no kind of sidecar", hint=f"a name that ends in {', '.join(SIDECARS)}")
    for at, path in targets.stills:
        if at < 0 or path.suffix.lower() != ".png":
            raise UsageError(f"a still at {float(at)} s as {path.name}", hint="seconds from 0 on, and a .png")


def _last_end(source: Clip) -> Fraction:
    """The duration of a clip whose header has none, from a decode."""
    end = Fraction(0)
    for frame in source.frames():
        end = frame.at + frame.lasts
    return end


def _write_overlay(source: Clip, layout: Layout, style: Style, out: Path, progress: Progress) -> Fraction:
    times: list[tuple[Fraction, Fraction]] = []

    def noted(frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            times.append((frame.at, frame.lasts))
            yield frame

    frames = noted(
        with_progress(to_bt709(source.frames()), progress, f"overlay {source.path.name}", source.facts.frames)
    )
    written = write_alpha(overlay(layout, style, frames), out, times=_as_they_come(times), tick=source.facts.tick)
    return written.duration


def _as_they_come(times: list[tuple[Fraction, Fraction]]) -> Iterator[tuple[Fraction, Fraction]]:
    """The times noted so far, each once its picture was rendered."""
    n = 0
    while n < len(times):
        yield times[n]
        n += 1


def _write_stills(source: Clip, stage: Stage, wanted: Sequence[tuple[Fraction, Path]]) -> None:
    """PNGs of the frames that show at the given times; the last frame for a time after it."""
    waiting = sorted(wanted)
    last: Frame | None = None
    for frame in stage(to_bt709(source.frames())):
        while waiting and waiting[0][0] < frame.at + frame.lasts:
            write_png(waiting.pop(0)[1], frame.rgb())
        last = frame
        if not waiting:
            return
    assert last is not None  # a clip has a frame, or reading it would have raised
    for _, path in waiting:
        write_png(path, last.rgb())
