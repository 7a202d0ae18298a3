"""Captions and lettering: subtitle files → cues → layout → rendered words over frames; fonts matched and typeset.

`read_cues` reads a file, `load_style` a style, `lay_out` places the cues in a picture of a given size; `burn_in` draws
them into frames and `overlay` renders them as a layer with alpha, through the same renderer.
`choose_font` finds the font of a piece of lettering among `font_files`, and `typeset` sets a text in its place.
"""

from overlaycut.captions.bidi import runs_right_to_left
from overlaycut.captions.compositing import RenderParameters, burn_in, overlay
from overlaycut.captions.font_match import FontMatch, FontMatchParameters, choose_font, font_files
from overlaycut.captions.fonts import require_shaping
from overlaycut.captions.glossary import Glossary, read_glossary
from overlaycut.captions.layout import Layout, LayoutParameters, PlacedCue, PlacedLine, lay_out
from overlaycut.captions.logo import logo_box
from overlaycut.captions.phrases import tokens
from overlaycut.captions.readers import Subtitles, read_cues, refuse_overlong
from overlaycut.captions.style import Style, load_style, style_documents, style_names
from overlaycut.captions.timing import CueTiming, rescripted
from overlaycut.captions.typeset import InkBounds, TypesetParameters, line_bounds, typeset
from overlaycut.captions.voice_activity import VoiceActivityParameters, voice_activity
from overlaycut.captions.writers import SIDECARS, sidecar

__all__ = [
    "SIDECARS",
    "CueTiming",
    "FontMatch",
    "FontMatchParameters",
    "Glossary",
    "InkBounds",
    "Layout",
    "LayoutParameters",
    "PlacedCue",
    "PlacedLine",
    "RenderParameters",
    "Style",
    "Subtitles",
    "TypesetParameters",
    "VoiceActivityParameters",
    "burn_in",
    "choose_font",
    "font_files",
    "lay_out",
    "line_bounds",
    "load_style",
    "logo_box",
    "overlay",
    "read_cues",
    "read_glossary",
    "refuse_overlong",
    "require_shaping",
    "rescripted",
    "runs_right_to_left",
    "sidecar",
    "style_documents",
    "style_names",
    "tokens",
    "typeset",
    "voice_activity",
]
