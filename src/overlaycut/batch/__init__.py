"""Many projects and clips: collected, entered in a ledger, run by processes or a cluster, and resumed."""

from overlaycut.batch.results import BatchEntry, BatchReport
from overlaycut.batch.running import run_all
from overlaycut.batch.watching import watch_folder

__all__ = ["BatchEntry", "BatchReport", "run_all", "watch_folder"]
