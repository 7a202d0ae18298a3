"""Words on top of the picture: subtitle files → cues → layout → drawn states → frames.

`read_cues` reads a file, `load_style` a look, `lay_out` places the cues in a picture of a given size, `captions` draws
them into frames and `overlay` into a movie of their own. One painter serves both.
`choose_font` finds the font of a piece of lettering among `font_files`, and `typeset` sets words where it stood.
"""

from overlaycut.captions.fonts import require_shaping
from overlaycut.captions.layout import Layout, Line, Placed, lay_out
from overlaycut.captions.match import Match, choose_font, font_files
from overlaycut.captions.paint import painted, painted_rgba
from overlaycut.captions.readers import Subtitles, read_cues
from overlaycut.captions.stage import captions, overlay
from overlaycut.captions.style import Style, load_style, style_names
from overlaycut.captions.typeset import Edges, line_edges, typeset

__all__ = [
    "Edges",
    "Layout",
    "Line",
    "Match",
    "Placed",
    "Style",
    "Subtitles",
    "captions",
    "choose_font",
    "font_files",
    "lay_out",
    "line_edges",
    "load_style",
    "overlay",
    "painted",
    "painted_rgba",
    "read_cues",
    "require_shaping",
    "style_names",
    "typeset",
]
