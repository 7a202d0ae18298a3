"""Self-contained HTML pages: what a run found, decided and measured, and what became of a batch."""

from overlaycut.report.batch_page import BatchPage, BatchRow, batch_page
from overlaycut.report.page import Crop, Page, ShotSection, page

__all__ = ["BatchPage", "BatchRow", "Crop", "Page", "ShotSection", "batch_page", "page"]
