"""The verbs: each connects rooms that do not know each other, and returns a report.

A verb takes paths and settings, calls `progress` while it works, writes its files whole or not at all, and
raises only errors of `overlaycut.errors`.
"""

from overlaycut.api.analysis import analyze
from overlaycut.api.caching import cache_clear, cache_info
from overlaycut.api.captioning import caption
from overlaycut.api.casting import drift
from overlaycut.api.cleaning import clean
from overlaycut.api.exporting import export
from overlaycut.api.facts import check, doctor, platforms, probe
from overlaycut.api.models import add_model, list_models, pull_model
from overlaycut.api.picking import frames
from overlaycut.api.ranking import rank
from overlaycut.api.running import demo, run
from overlaycut.api.styling import styles
from overlaycut.decide import Area, MaskedArea

__all__ = [
    "Area",
    "MaskedArea",
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
    "run",
    "styles",
]
