"""How checks word their amounts, flags and limits."""

from __future__ import annotations

from fractions import Fraction

from overlaycut.deliver.policy import Flag, OneOf, Range

_UNITS: dict[str, tuple[str, int | Fraction]] = {
    "fps": (" fps", 1),
    "bit_depth": (" bits", 1),
    "short_side": (" px", 1),
    "long_side": (" px", 1),
    "gop_length": (" s", 1),
    "duration": (" s", 1),
    "bytes": (" MB", 1_000_000),
    "video_bitrate": (" Mbit/s", 1_000_000),
    "audio_bitrate": (" kbit/s", 1000),
    "av_start": (" ms", Fraction(1, 1000)),
    "av_length": (" ms", Fraction(1, 1000)),
    "loudness": (" LUFS", 1),
    "true_peak": (" dBTP", 1),
}
"""The unit in which an amount is shown, and how much of the limit's own unit it holds."""

FLAG_WORDS = {
    "moov_first": ("sample tables before the samples", "samples before their tables"),
    "edit_lists": ("edit lists", "no edit list"),
    "fragments": ("fragmented", "one sample table"),
    "sound": ("a sound track", "no sound track"),
    "tracks": ("one picture track, at most one sound track", "any tracks"),
    "constant_rate": ("frames that last equally", "frames that last unequally"),
    "gop_closed": ("closed GOPs", "open GOPs"),
}
"""The wording of yes and of no."""


def number_text(name: str, value: Fraction | int) -> str:
    """`value` in its unit, to the thousandth."""
    value = Fraction(value)
    if name == "aspect":
        return f"{value.numerator}:{value.denominator}"
    unit, size = _UNITS.get(name, ("", 1))
    return f"{float(value / size):.3f}".rstrip("0").rstrip(".") + unit


def wanted_text(name: str, rule: Range | OneOf | Flag) -> str:
    """What a limit asks for."""
    if isinstance(rule, OneOf):
        return " or ".join(rule.any_of)
    if isinstance(rule, Flag):
        return FLAG_WORDS[name][not rule.wanted]
    low = None if rule.min is None else number_text(name, rule.min)
    high = None if rule.max is None else number_text(name, rule.max)
    if low is None or high is None:
        return f"at least {low}" if high is None else f"at most {high}"
    return low if low == high else f"{low} to {high}"
