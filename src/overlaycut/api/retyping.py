"""Settings of a caller applied to a plan's regions: text that is typeset, covers, fonts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from overlaycut.captions import choose_font, font_files, line_bounds, typeset
from overlaycut.core.plan import Cover, EditPlan, RegionPlan, Typeset
from overlaycut.errors import UsageError
from overlaycut.repair.retypeset.renderer import OriginalText, RenderedText, TextRenderer


def text_renderer(fonts: Sequence[Path] = ()) -> TextRenderer:
    """A text renderer for the repair, in fonts from these files and folders, the shipped ones, and those of the system.

    Nothing is looked for before words have to be set. What it returns raises FontError when one of `fonts` is no font,
    and when none has a glyph.
    """

    def lettered(text: str, original: OriginalText, font: str | None) -> RenderedText:
        match = choose_font(text, original.coverage, reading=original.reads, wanted=font, fonts=font_files(*fonts))
        illegible = match.score is None
        height, width = original.coverage.shape
        into = line_bounds(original.coverage, len(text.splitlines()), trim=illegible)
        coverage = typeset(text, match.path, into=into, width=width, height=height, trim=illegible)
        return RenderedText(coverage, match.name)

    return lettered


def with_covers(plan: EditPlan, cover: Cover) -> EditPlan:
    """The plan with every region that is covered, and that no person decided, covered like this."""

    def covered(region: RegionPlan) -> RegionPlan:
        changes = region.decision == "cover" and region.decided_by == "rule"
        return region.model_copy(update={"cover": cover}) if changes else region

    return plan.model_copy(update={"regions": tuple(map(covered, plan.regions))})


def with_words(plan: EditPlan, *, font: str | None = None, colour: str | None = None) -> EditPlan:
    """The plan with the expected words set anew wherever lettering is restored, and no person decided how.

    font: a file, or a family among the known ones; None for the one that looks most like what stood there. colour:
    "#rrggbb". Raises UsageError when no region that is restored has words that are expected.
    """

    def retyped(region: RegionPlan) -> RegionPlan:
        if region.decision != "restore" or region.decided_by == "person" or not region.expected:
            return region
        return region.model_copy(update={"typeset": Typeset(text=region.expected, font=font, colour=colour)})

    regions = tuple(map(retyped, plan.regions))
    if not any(region.typeset for region in regions):
        raise UsageError("nothing to set anew: no region is restored to words that are known", hint="--text WORDS")
    return plan.model_copy(update={"regions": regions})
