"""Thresholds of the judge."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class LegibilityParameters:
    """Reading, shape and residual into a legibility of 0..1 by a weighted geometric mean."""

    illegible_ncc: float = 0.2
    """NCC at which the shape counts nothing."""
    ncc_range: float = 0.65
    """NCC above that at which the shape counts in full."""
    free_residual: float = 0.01
    """Non-rigid residual, in text heights, that costs nothing."""
    residual_range: float = 0.12
    """Residual above that at which strokes count nothing."""
    floor: float = 0.02
    """Least value of each cue."""
    reading_weight: float = 0.7
    """Exponent of the reading, where the text can be read."""
    shape_weight: float = 0.15
    """Exponent of the shape, and of the residual, then; one half each where it cannot."""
    confidence_share: float = 0.3
    """Share of a reading's value that its confidence, relative to the usual, decides."""
    usual_quantile: float = 0.8
    """Quantile of the readings' confidences that is the usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourParameters:
    """When a line is called broken beside another that is; set by benchmarks/repair.py --labels."""

    least_surface: float = 0.6
    """Share of the surface between the strokes, 0..1, that must be in view for a comparison to count."""
    broken: float = 0.78
    """Correlation with the reference below which a line has another shape."""
    broken_though_read: float = 0.7
    """The same for a line that is still read right: readers correct melted words."""
    broken_beside_intact: float = 0.7
    """The same, in the median, where the line beside it is intact and its own track is lost."""
    intact: float = 0.8
    """Correlation from which on it was right: without such a frame it is not judged."""
    least_frames: int = 3
    """Comparisons that decide."""
    share: float = 0.8
    """Share of the comparisons, to the end, that must be below `broken`."""
    right: float = 0.9
    """Similarity of a reading with the expected text that is right."""
    right_readings: int = 2
    """Such readings after it changed by which it counts as read right."""
    gone_contrast: float = 0.35
    """Contrast over the reference's below which its strokes are gone rather than melted."""
    confidence: float = 0.7
    """Confidence of the verdict, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterParameters:
    """When letters have become other shapes. Correlations are those of `LetterMatch`, -1..1.

    Set on drawn clips (samples/simulator) and the tuning half of benchmarks/real_lettering.py: intact letters reach
    0.9 to 0.99 there, 0.8 behind a hand and under motion blur; melted ones 0.5 to 0.85, lines of them 0.6 to 0.82.
    """

    least_seen: float = 0.4
    """Share of the letters that must be in view for a comparison to count."""
    least_comparisons: int = 3
    """Comparisons that decide."""
    lasting_share: float = 0.7
    """Share of the comparisons, to the end, in which letters must be others."""
    other_line: float = 0.83
    """Mean correlation of a line's letters below which the line is another."""
    other_letter: float = 0.9
    """Correlation up to which a single letter may be another."""
    apart: float = 0.08
    """How much more it must have lost than the median of the letters beside it."""
    apart_at_end: float = 0.12
    """The same for the first and the last letter of a line, which a surface that turns away changes first."""
    apart_spreads: float = 5.0
    """The same in standard deviations of what those lost."""
    least_spread: float = 0.012
    """Standard deviation that is granted at least."""
    beside: float = 0.8
    """Median correlation of those, at least: else nothing is clear."""
    least_beside: int = 3
    """Letters beside it that must be told."""
    stretched: float = 1.15
    """Change of proportions, wider over narrower, from which on a line is another though its letters are alike."""
    unstretched: float = 1.06
    """The same up to which it is itself."""
    held_support: float = 0.6
    """Support of the track from which on proportions can be told."""
    told_share: float = 0.6
    """Share of the comparisons in which they must be."""
    holds: float = 0.88
    """Correlation from which on a letter is itself."""
    was: float = 0.88
    """Correlation that a line or a letter must have had before it became another."""
    itself: float = 0.96
    """Correlation of letters at the start from which wandering shapes can be told from a poor picture."""
    wandered: float = 0.945
    """Correlation at the end up to which they have wandered."""
    step: float = 0.03
    """How much more alike every two sights that follow one another are than the last and the first."""
    begun: float = 0.015
    """How much less alike than at the start they are when wandering has begun."""
    wandering_share: float = 0.5
    """Share of the letters that must wander."""
    wandering_height_px: float = 24.0
    """Height of the line from which on wandering can be told from the noise of the codec."""
    least_wandering: int = 6
    """Comparisons in which that can be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BentParameters:
    """Text laid flat from a surface that bends; correlations are those of `BentLikeness`.

    Set by part 8 of benchmarks/lettering.py, prints on bodies that turn: intact ones keep 0.93 to 1.00 and 0.82 to 1.00
    in their weakest part, those that melt fall to 0.5 to 0.9, those that are redrawn to 0.4 to 0.75 on their way.
    """

    least_visible: float = 0.25
    """Predicted visibility, which is half of the share in view, from which on the text should be seen."""
    intact: float = 0.92
    """Correlation of the whole text from which on it is itself."""
    untouched: float = 0.96
    """The same from which on no damage has begun: strokes pass through 0.92 while they begin to melt."""
    intact_part: float = 0.78
    """The same of its weakest part."""
    intact_share: float = 0.9
    """Share of the frames in which it must be."""
    apart: float = 1.0
    """Distance from the planar track, in text heights, in the median, from which on that does not say where it is.
    Labels that melt have up to 0.5 in benchmarks/repair.py --labels, which restores them."""
    bent_share: float = 0.5
    """Share of the frames in which it should be in view that must have been laid flat."""
    least_frames: int = 5
    """Frames that decide."""
    least_height_px: float = 20.0
    """Height of the text, in the median, below which noise and motion blur pass for change."""
    other: float = 0.85
    """Correlation of the whole text below which it is another."""
    lasting_share: float = 0.8
    """Share of the frames, to the end, in which it must be."""
    found_share: float = 0.7
    """Share of all frames from then on in which it must be found: what melts is still there, what is covered is not."""
    smoothing_frames: int = 5
    """Width of the median filter on the correlation, odd."""


def _of_areas() -> LetterParameters:
    """Cells of a watched area: highlights and shadows cross single ones, so that only the whole decides."""
    return LetterParameters(
        least_seen=0.1,
        other_line=0.88,
        begun=0.03,
        apart=2.0,
        apart_at_end=2.0,
        least_wandering=1 << 30,
        holds=0.9,
        was=0.9,
        stretched=float("inf"),
    )


def _of_fused() -> LetterParameters:
    """Letters of 8 to 20 pixels, several frames fused.

    Intact lines keep 0.98 and more in parts 6 and 7 of benchmarks/lettering.py, and 0.96 in the tuning half of
    real_lettering.py, one that a generator sharpens 0.92; lines that melt fall to 0.80 to 0.90. A single letter that
    melts falls to 0.87 to 0.92 in part 6, beside others of 0.98 and more.
    """
    return LetterParameters(
        other_line=0.9,
        other_letter=0.94,
        apart=0.06,
        apart_at_end=0.08,
        least_spread=0.008,
        beside=0.95,
        was=0.95,
        wandered=0.91,
        wandering_height_px=0.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeParameters:
    """Where verdicts change. All are checked by benchmarks/lettering.py: states, onsets and false alarms."""

    clear_visibility: float = 0.7
    """Visible share of the text, 0..1, from which on a frame counts."""
    least_height_px: float = 9.0
    """Text height in clip pixels below which nothing is read or judged."""
    least_relative_height: float = 0.55
    """Height relative to the first frame's below which a reading is left out."""
    readable: float = 0.7
    """Similarity to the expected text that the best readings must have for readings to count."""
    least_confidence: float = 0.5
    """Confidence of the expected text from which on readings are compared with it."""
    known: float = 0.7
    """Confidence of the expected text from which on it may be called lost or melted."""
    whole_visibility: float = 0.97
    """Visible share below which a reading may be a part of the text."""
    part_length: float = 0.85
    """Length of a partial reading relative to the expected text, at most."""
    part_errors: float = 0.25
    """Edits per character of a partial reading, at most."""
    misread: float = 0.2
    """Drop of similarity below the normal from which on a reading counts as wrong."""
    enough_readings: int = 3
    """Readings after which wrong ones decide."""
    ruined: float = 0.5
    """Mean drop of similarity from which on fewer decide."""
    wrong_share: float = 0.6
    """Share of wrong readings, to the end, that decides."""
    departed_share: float = 0.5
    """Share of frames with a changed shape, to the end, that must go with them."""
    followed_share: float = 0.5
    """Share of the frames in which text should be in view and was measured, below which it counts as unjudged."""
    clear_share: float = 0.35
    """Share of its frames in the picture in which it must be in clear view to be judged as stable."""
    lost_visibility: float = 0.25
    """Predicted visibility, which is half of the share in view, from which on it should be."""
    lost_share: float = 0.25
    """Share of its life at whose end its track is lost, though it should be in view, from which on it counts as
    unjudged, unless it is read right there."""
    mostly_right: float = 0.6
    """Share of right readings below which stable text counts as unjudged."""
    agreement: float = 0.85
    """Likeness of readings with one another that shows another text from the start."""
    confident: float = 0.8
    """Mean confidence of those readings."""
    ncc_changed: float = 0.78
    """NCC with the reference below which a shape has changed."""
    ncc_other: float = 0.5
    """NCC below which it is another shape."""
    residual_changed: float = 0.02
    """Non-rigid residual, in text heights, above which strokes move by themselves."""
    residual_held: float = 0.05
    """The same where the surface is followed firmly, so that letters that wander melt. Set by the large letters of
    part 7 of benchmarks/lettering.py: 0.056 to 0.12 where they melt, 0.002 where not."""
    residual_melted: float = 0.06
    """The same for strokes that melt."""
    unsure_drop: float = 0.12
    """Drop of similarity × confidence that goes with melting where text can be read."""
    redrawn: float = 0.5
    """Correlation of the weakest letters with the reference, after alignment, below which they are redrawn. Set by the
    tuning half of benchmarks/real_lettering.py: 0.07 to 0.4 where a person sees it, 0.75 and more where not."""
    redrawn_held: float = 0.65
    """The same where the surface is followed firmly and the strokes lie elsewhere: it is not the track then. Set by
    part 7 of benchmarks/lettering.py."""
    held_support: float = 0.75
    """Median support of the track, 0..1, from which on that is so."""
    redrawn_line: float = 0.7
    """Correlation of the whole line below which it is redrawn too; 0.36 to 0.68 there."""
    enough_shapes: int = 3
    """Frames in which shapes were compared after which they decide."""
    energy_gone: float = 0.25
    """Part of the first contrast energy below which there is no text."""
    energy_full: float = 0.88
    """Part of the first contrast energy above which nothing fades."""
    lasting_seconds: float = 0.3
    """Least duration of damage."""
    lasting_share: float = 0.7
    """Share of the counted frames, to the end, that must be damaged."""
    unsure: float = 0.45
    """Confidence of what is said and not acted on by default, 0..1, below the 0.5 of the decisions."""
    smoothing_frames: int = 5
    """Width of the median filter on each cue, odd."""
    onset_noise_sigmas: float = 4.0
    """Standard deviations of the undamaged frames' departure above which damage has begun."""
    onset_least_departure: float = 0.12
    """Least departure above the floor that damage has, in units of the changed thresholds."""
    legibility: LegibilityParameters = field(default_factory=LegibilityParameters)
    letters: LetterParameters = field(default_factory=LetterParameters)
    fused: LetterParameters = field(default_factory=_of_fused)
    """The same for letters of small lines, of which several frames are fused."""
    areas: LetterParameters = field(default_factory=_of_areas)
    """When a watched area has become another; set by tests/analyse/test_watched_areas.py."""
    neighbours: NeighbourParameters = field(default_factory=NeighbourParameters)
    bent: BentParameters = field(default_factory=BentParameters)

    def of_letters(self, *, fused: bool) -> LetterParameters:
        """The limits for the letters of a line."""
        return self.fused if fused else self.letters
