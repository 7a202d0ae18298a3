"""overlaycut repairs the lettering that image-to-video models melt, and cuts publish-ready shorts of the clips.

The verbs below are what the command line and scripts share; each takes paths and settings and returns a report::

    import overlaycut

    plan = overlaycut.analyze("clip.mp4", still="still.png", texts=["COLD BREW"])
    report = overlaycut.clean("clip.mp4", "clean.mp4", still="still.png", plan=plan)
    overlaycut.export("clean.mp4", ["tiktok", "feed-4x5"], "out", subs="script.srt")

Importing the package is light: FFmpeg, OpenCV and onnxruntime are loaded when a verb first needs them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from overlaycut.api import (
        add_model,
        analyze,
        cache_clear,
        cache_info,
        caption,
        check,
        clean,
        demo,
        doctor,
        drift,
        export,
        frames,
        list_models,
        platforms,
        probe,
        pull_model,
        rank,
        run,
        styles,
    )
    from overlaycut.core.plan import EditPlan, read_plan
    from overlaycut.core.project import Project, read_project
    from overlaycut.errors import OverlaycutError

__version__ = "0.1.0"

__all__ = [
    "EditPlan",
    "OverlaycutError",
    "Project",
    "__version__",
    "add_model",
    "analyze",
    "cache_clear",
    "cache_info",
    "caption",
    "check",
    "clean",
    "demo",
    "doctor",
    "drift",
    "export",
    "frames",
    "list_models",
    "platforms",
    "probe",
    "pull_model",
    "rank",
    "read_plan",
    "read_project",
    "run",
    "styles",
]

_HOMES = {
    "EditPlan": "overlaycut.core.plan",
    "read_plan": "overlaycut.core.plan",
    "Project": "overlaycut.core.project",
    "read_project": "overlaycut.core.project",
    "OverlaycutError": "overlaycut.errors",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES.get(name, "overlaycut.api")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
