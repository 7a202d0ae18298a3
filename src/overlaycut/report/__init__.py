"""One self-contained HTML page: findings, decisions, measurements."""

from overlaycut.report.page import Crop, Page, ShotSection, page

__all__ = ["Crop", "Page", "ShotSection", "page"]
