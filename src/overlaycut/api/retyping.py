"""Settings of a caller applied to a plan's regions: text that is typeset, covers, fonts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from overlaycut.captions import choose_font, font_files, line_bounds, typeset
from overlaycut.core.edit_distance import folded
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


def with_words(
    plan: EditPlan, *, texts: Sequence[str] = (), font: str | None = None, colour: str | None = None
) -> EditPlan:
    """The plan with the expected words set anew wherever lettering is restored, and no person decided how.

    texts: those that were asked for; a note says of each that is not set why it is not.

    font: a file, or a family among the known ones; None for the one that looks most like what stood there. colour:
    "#rrggbb". Raises UsageError when no region that is restored has words that are expected, with the same reasons.
    """

    def retyped(region: RegionPlan) -> RegionPlan:
        if region.decision != "restore" or region.decided_by == "person" or not region.expected:
            return region
        return region.model_copy(update={"typeset": Typeset(text=region.expected, font=font, colour=colour)})

    regions = tuple(map(retyped, plan.regions))
    missing = [why for text in texts if (why := _why_not_set(text, regions)) is not None]
    if not any(region.typeset for region in regions):
        why = "; ".join(missing) or "no region is restored to words that are known"
        hint = "the words as they stand in the clip, with the still; or a plan that says where they stand"
        raise UsageError(f"nothing to set anew: {why}", hint=hint if missing else "--text WORDS")
    return plan.model_copy(update={"regions": regions, "notes": (*plan.notes, *missing)})


def _why_not_set(text: str, regions: Sequence[RegionPlan]) -> str | None:
    """Why a text that was asked for is not set anew, in words; None where it is."""
    wanted = folded(text)
    own = [region for region in regions if region.expected and folded(region.expected) in wanted]
    if any(region.typeset for region in own):
        return None
    if not own:
        return f"{text!r} was not found in the clip"
    return f"{text!r} stands in {own[0].id}, whose decision is {own[0].decision}: {own[0].reason}"
