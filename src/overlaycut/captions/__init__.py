"""Words on top of the picture: subtitle files → cues → layout → parts in poses → frames.

`read_cues` reads a file, `load_style` a look, `lay_out` places the cues in a picture of a given size, `captions` draws
them into frames and `overlay` into a movie of their own. One painter serves both.
`choose_font` finds the font of a piece of lettering among `font_files`, and `typeset` sets words where it stood.
"""

from overlaycut.captions.bidi import runs_right_to_left
from overlaycut.captions.fonts import require_shaping
from overlaycut.captions.glossary import Glossary, read_glossary
from overlaycut.captions.layout import Layout, Line, Placed, lay_out
from overlaycut.captions.logo import logo_box
from overlaycut.captions.match import Match, choose_font, font_files
from overlaycut.captions.phrases import tokens
from overlaycut.captions.readers import Speech, Subtitles, read_cues
from overlaycut.captions.stage import captions, overlay
from overlaycut.captions.style import Style, load_style, style_names
from overlaycut.captions.timing import rescripted
from overlaycut.captions.typeset import Edges, line_edges, typeset
from overlaycut.captions.voice import speech
from overlaycut.captions.writers import SIDECARS, sidecar

__all__ = [
    "SIDECARS",
    "Edges",
    "Glossary",
    "Layout",
    "Line",
    "Match",
    "Placed",
    "Speech",
    "Style",
    "Subtitles",
    "captions",
    "choose_font",
    "font_files",
    "lay_out",
    "line_edges",
    "load_style",
    "logo_box",
    "overlay",
    "read_cues",
    "read_glossary",
    "require_shaping",
    "rescripted",
    "runs_right_to_left",
    "sidecar",
    "speech",
    "style_names",
    "tokens",
    "typeset",
]
