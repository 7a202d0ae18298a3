"""Services that generate clips and stills: one request for all of them, paid once, fetched whole.

`GenerationRequest` says what is wanted, a `Provider` turns it into calls and makes them, the `Ledger` remembers what
was paid for. The only package besides `models` that opens connections, and the only one that uses keys.
"""

from overlaycut.providers.ledger import Ledger, LedgerEntry, ledger_path, task_key
from overlaycut.providers.protocol import (
    Cost,
    Failure,
    FailureKind,
    FetchedFile,
    GenerationRequest,
    InputRole,
    MediaInput,
    Output,
    Prepared,
    Provider,
    Submitted,
    Task,
    TaskState,
    TaskStatus,
)

__all__ = [
    "Cost",
    "Failure",
    "FailureKind",
    "FetchedFile",
    "GenerationRequest",
    "InputRole",
    "Ledger",
    "LedgerEntry",
    "MediaInput",
    "Output",
    "Prepared",
    "Provider",
    "Submitted",
    "Task",
    "TaskState",
    "TaskStatus",
    "ledger_path",
    "task_key",
]
