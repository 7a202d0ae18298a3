"""Services that generate clips and stills: one request for all of them, paid once, fetched whole.

`GenerationRequest` says what is wanted, a `Provider` turns it into calls and makes them, the `Ledger` remembers what
was paid for. The only package besides `models` that opens connections, and the only one that uses keys.
"""

from overlaycut.providers.catalogue import Catalogue, Mode, ModelRow, PictureLimits, ProviderRow, catalogue
from overlaycut.providers.engine import EngineParameters, generate_all, generate_clips
from overlaycut.providers.http_provider import HttpParameters, HttpProvider, http_providers
from overlaycut.providers.jobs import Job, TaskResult, check_budget, estimate
from overlaycut.providers.keys import Keys
from overlaycut.providers.ledger import Ledger, LedgerEntry, ledger_path, task_key
from overlaycut.providers.protocol import (
    Cost,
    Failure,
    FailureKind,
    FetchedFile,
    GenerationRequest,
    InputRole,
    Media,
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
    "Catalogue",
    "Cost",
    "EngineParameters",
    "Failure",
    "FailureKind",
    "FetchedFile",
    "GenerationRequest",
    "HttpParameters",
    "HttpProvider",
    "InputRole",
    "Job",
    "Keys",
    "Ledger",
    "LedgerEntry",
    "Media",
    "MediaInput",
    "Mode",
    "ModelRow",
    "Output",
    "PictureLimits",
    "Prepared",
    "Provider",
    "ProviderRow",
    "Submitted",
    "Task",
    "TaskResult",
    "TaskState",
    "TaskStatus",
    "catalogue",
    "check_budget",
    "estimate",
    "generate_all",
    "generate_clips",
    "http_providers",
    "ledger_path",
    "task_key",
]
