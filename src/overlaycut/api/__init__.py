"""The verbs, with what they take and return: all that the command line and scripts know.

A verb checks its arguments, calls `progress` while it works, writes its files whole or not at all, returns a frozen
result whose `to_dict()` is the command line's JSON object, and raises only errors of `overlaycut.errors`.
"""

from __future__ import annotations

from overlaycut.lazy import attribute_of

TYPE_CHECKING = False
"""As in `typing`: imports that only type checkers follow, for a command loads what it uses and no more."""

if TYPE_CHECKING:
    from overlaycut.api.analysis import analyze
    from overlaycut.api.caching import cache_clear, cache_info
    from overlaycut.api.captioning import caption
    from overlaycut.api.casting import drift
    from overlaycut.api.cleaning import CleanReport, clean
    from overlaycut.api.comparing import CompareLayout, CompareReport, compare
    from overlaycut.api.contact_sheet import contact_sheet
    from overlaycut.api.costing import costs
    from overlaycut.api.cut_shots import named_files, relink
    from overlaycut.api.disclosing import signing
    from overlaycut.api.drawing_stills import stills
    from overlaycut.api.exporting import export
    from overlaycut.api.facts import check, doctor, platforms
    from overlaycut.api.generating import cancel_tasks, generate, generate_async, left_of
    from overlaycut.api.generation_results import (
        CancelReport,
        CostsReport,
        GeneratedTask,
        GenerateReport,
        ShotVerdict,
        StillsReport,
    )
    from overlaycut.api.handing_over import handover
    from overlaycut.api.mastering import MasterKind
    from overlaycut.api.models import add_model, list_models, pull_model
    from overlaycut.api.picking import frames
    from overlaycut.api.plans import read_plan, read_project, write_plan
    from overlaycut.api.probing import probe
    from overlaycut.api.ranking import rank
    from overlaycut.api.recipes import new
    from overlaycut.api.results import (
        AddedModel,
        AnalysisTable,
        CacheReport,
        CaptionReport,
        Delivery,
        DoctorReport,
        DriftReport,
        ExplainReport,
        ExportReport,
        FramesReport,
        HandoverReport,
        ModelsReport,
        NewReport,
        PlatformsReport,
        ProbeReport,
        ProjectFault,
        RankReport,
        RelinkReport,
        Report,
        ReviewAddress,
        RunReport,
        StepReport,
        StoredModel,
        StylesReport,
        ValidateReport,
    )
    from overlaycut.api.review_edits import read_edit
    from overlaycut.api.reviewing import ReviewSession, StaleEdit
    from overlaycut.api.running import demo, explain, run
    from overlaycut.api.schemas import CommandSchema, schema
    from overlaycut.api.skills import SkillReport, skill
    from overlaycut.api.styling import SAMPLE, styles
    from overlaycut.api.tabulating import analyze_all
    from overlaycut.api.validating import validate
    from overlaycut.core.plan import Cover, CoverStyle, EditPlan
    from overlaycut.core.progress import Progress
    from overlaycut.core.project import Master
    from overlaycut.core.watch import Watch
    from overlaycut.decide import Area, MaskedArea, Mode, Weights
    from overlaycut.deliver import Check, CheckReport, Codec, RateConversion
    from overlaycut.media import EncoderChoice
    from overlaycut.pipeline import Cancellation, Event, Monitor
    from overlaycut.provenance import Upload
    from overlaycut.reframe.background import Background
    from overlaycut.reframe.camera import Reframe
    from overlaycut.report import CountedWarning, counted

__all__ = [
    "SAMPLE",
    "AddedModel",
    "AnalysisTable",
    "Area",
    "Background",
    "CacheReport",
    "CancelReport",
    "Cancellation",
    "CaptionReport",
    "Check",
    "CheckReport",
    "CleanReport",
    "Codec",
    "CommandSchema",
    "CompareLayout",
    "CompareReport",
    "CostsReport",
    "CountedWarning",
    "Cover",
    "CoverStyle",
    "Delivery",
    "DoctorReport",
    "DriftReport",
    "EditPlan",
    "EncoderChoice",
    "Event",
    "ExplainReport",
    "ExportReport",
    "FramesReport",
    "GenerateReport",
    "GeneratedTask",
    "HandoverReport",
    "MaskedArea",
    "Master",
    "MasterKind",
    "Mode",
    "ModelsReport",
    "Monitor",
    "NewReport",
    "PlatformsReport",
    "ProbeReport",
    "Progress",
    "ProjectFault",
    "RankReport",
    "RateConversion",
    "Reframe",
    "RelinkReport",
    "Report",
    "ReviewAddress",
    "ReviewSession",
    "RunReport",
    "ShotVerdict",
    "SkillReport",
    "StaleEdit",
    "StepReport",
    "StillsReport",
    "StoredModel",
    "StylesReport",
    "Upload",
    "ValidateReport",
    "Watch",
    "Weights",
    "add_model",
    "analyze",
    "analyze_all",
    "cache_clear",
    "cache_info",
    "cancel_tasks",
    "caption",
    "check",
    "clean",
    "compare",
    "contact_sheet",
    "costs",
    "counted",
    "demo",
    "doctor",
    "drift",
    "explain",
    "export",
    "frames",
    "generate",
    "generate_async",
    "handover",
    "left_of",
    "list_models",
    "named_files",
    "new",
    "platforms",
    "probe",
    "pull_model",
    "rank",
    "read_edit",
    "read_plan",
    "read_project",
    "relink",
    "run",
    "schema",
    "signing",
    "skill",
    "stills",
    "styles",
    "validate",
    "write_plan",
]

_HOMES = {
    "overlaycut.api.analysis": "analyze",
    "overlaycut.api.caching": "cache_clear cache_info",
    "overlaycut.api.captioning": "caption",
    "overlaycut.api.casting": "drift",
    "overlaycut.api.cleaning": "CleanReport clean",
    "overlaycut.api.comparing": "CompareLayout CompareReport compare",
    "overlaycut.api.contact_sheet": "contact_sheet",
    "overlaycut.api.costing": "costs",
    "overlaycut.api.cut_shots": "named_files relink",
    "overlaycut.api.disclosing": "signing",
    "overlaycut.api.drawing_stills": "stills",
    "overlaycut.api.exporting": "export",
    "overlaycut.api.facts": "check doctor platforms",
    "overlaycut.api.generating": "cancel_tasks generate generate_async left_of",
    "overlaycut.api.generation_results": (
        "CancelReport CostsReport GeneratedTask GenerateReport ShotVerdict StillsReport"
    ),
    "overlaycut.api.handing_over": "handover",
    "overlaycut.api.mastering": "MasterKind",
    "overlaycut.api.models": "add_model list_models pull_model",
    "overlaycut.api.picking": "frames",
    "overlaycut.api.plans": "read_plan read_project write_plan",
    "overlaycut.api.probing": "probe",
    "overlaycut.api.ranking": "rank",
    "overlaycut.api.recipes": "new",
    "overlaycut.api.results": (
        "AddedModel AnalysisTable CacheReport CaptionReport Delivery DoctorReport DriftReport ExplainReport "
        "ExportReport FramesReport HandoverReport ModelsReport NewReport PlatformsReport ProbeReport "
        "ProjectFault RankReport RelinkReport Report ReviewAddress RunReport StepReport StoredModel "
        "StylesReport ValidateReport"
    ),
    "overlaycut.api.review_edits": "read_edit",
    "overlaycut.api.reviewing": "ReviewSession StaleEdit",
    "overlaycut.api.running": "demo explain run",
    "overlaycut.api.schemas": "CommandSchema schema",
    "overlaycut.api.skills": "SkillReport skill",
    "overlaycut.api.styling": "SAMPLE styles",
    "overlaycut.api.tabulating": "analyze_all",
    "overlaycut.api.validating": "validate",
    "overlaycut.core.plan": "Cover CoverStyle EditPlan",
    "overlaycut.core.progress": "Progress",
    "overlaycut.core.project": "Master",
    "overlaycut.core.watch": "Watch",
    "overlaycut.decide": "Area MaskedArea Mode Weights",
    "overlaycut.deliver": "Check CheckReport Codec RateConversion",
    "overlaycut.media": "EncoderChoice",
    "overlaycut.pipeline": "Cancellation Event Monitor",
    "overlaycut.provenance": "Upload",
    "overlaycut.reframe.background": "Background",
    "overlaycut.reframe.camera": "Reframe",
    "overlaycut.report": "CountedWarning counted",
}
"""Module → the names that it defines."""

if not TYPE_CHECKING:
    __getattr__ = attribute_of(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
