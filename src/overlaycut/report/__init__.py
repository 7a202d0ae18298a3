"""One self-contained HTML page that says what was found, what was done, and how it measured."""

from overlaycut.report.page import Crop, Page, ShotSection, page

__all__ = ["Crop", "Page", "ShotSection", "page"]
