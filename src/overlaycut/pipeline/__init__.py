"""Named steps, their artifacts, the store that keeps them, events and cancellation."""

from overlaycut.pipeline.entry import Damaged, put_back, stored_file
from overlaycut.pipeline.events import Cancellation, Event, Expected, Monitor, monitor_of
from overlaycut.pipeline.run import NotStored, Pipeline, StepRecord
from overlaycut.pipeline.step import Key, Step, canonical, digest_of, file_digest
from overlaycut.pipeline.store import Store, Usage

__all__ = [
    "Cancellation",
    "Damaged",
    "Event",
    "Expected",
    "Key",
    "Monitor",
    "NotStored",
    "Pipeline",
    "Step",
    "StepRecord",
    "Store",
    "Usage",
    "canonical",
    "digest_of",
    "file_digest",
    "monitor_of",
    "put_back",
    "stored_file",
]
