"""Hand-over to editors and compositors: timelines, corner pins, markers, and the way back.

`Cut` is the neutral form; one function writes each format. The only package that imports opentimelineio, and only when
a timeline is read or written.
"""

from overlaycut.interchange.corner_pins import CornerPin, after_effects_text, nuke_text
from overlaycut.interchange.cut import CLIP_LABELS, Cut, CutClip, CutMarker, CutMedia, CutTrack, file_stem
from overlaycut.interchange.editors import EDITORS, Editor, chosen_editors
from overlaycut.interchange.fcpxml import fcpxml_text
from overlaycut.interchange.folder_readme import ListedFile, folder_readme
from overlaycut.interchange.marker_lists import marker_table, resolve_marker_list
from overlaycut.interchange.otio_files import edl_text, fcp7_text, opentimelineio, otio_text, require_adapter
from overlaycut.interchange.reading import CUT_FORMATS, CutReading, SourceShot, media_of, read_cut
from overlaycut.interchange.relinking import Relinked, relinked_text

__all__ = [
    "CLIP_LABELS",
    "CUT_FORMATS",
    "EDITORS",
    "CornerPin",
    "Cut",
    "CutClip",
    "CutMarker",
    "CutMedia",
    "CutReading",
    "CutTrack",
    "Editor",
    "ListedFile",
    "Relinked",
    "SourceShot",
    "after_effects_text",
    "chosen_editors",
    "edl_text",
    "fcp7_text",
    "fcpxml_text",
    "file_stem",
    "folder_readme",
    "marker_table",
    "media_of",
    "nuke_text",
    "opentimelineio",
    "otio_text",
    "read_cut",
    "relinked_text",
    "require_adapter",
    "resolve_marker_list",
]
