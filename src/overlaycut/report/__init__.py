"""Self-contained HTML pages: what was found, changed and measured, and what became of a batch."""

from overlaycut.report.batch_page import BatchPage, BatchRow, batch_page
from overlaycut.report.comparison import Comparison, comparison_page
from overlaycut.report.look import ClipLook, LookAnalyser, Poster, StripFrame
from overlaycut.report.moments import RegionMoment, RepairPictures, RepairPictureTaker, worst_frames
from overlaycut.report.page import (
    AppChrome,
    CandidateCard,
    CastCell,
    CastRow,
    CastSection,
    CountedWarning,
    DeliveryCard,
    Link,
    Outline,
    Page,
    ShotSection,
    Shown,
    Timing,
    Untouched,
    counted,
    document,
    page,
)
from overlaycut.report.pictures import EncodedPicture, PictureParameters, Thumbnails, jpeg
from overlaycut.report.plots import Plot, Stretch, stretches

__all__ = [
    "AppChrome",
    "BatchPage",
    "BatchRow",
    "CandidateCard",
    "CastCell",
    "CastRow",
    "CastSection",
    "ClipLook",
    "Comparison",
    "CountedWarning",
    "DeliveryCard",
    "EncodedPicture",
    "Link",
    "LookAnalyser",
    "Outline",
    "Page",
    "PictureParameters",
    "Plot",
    "Poster",
    "RegionMoment",
    "RepairPictureTaker",
    "RepairPictures",
    "ShotSection",
    "Shown",
    "Stretch",
    "StripFrame",
    "Thumbnails",
    "Timing",
    "Untouched",
    "batch_page",
    "comparison_page",
    "counted",
    "document",
    "jpeg",
    "page",
    "stretches",
    "worst_frames",
]
