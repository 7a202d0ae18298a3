"""What the package promises to scripts."""

from __future__ import annotations

import inspect
import subprocess
import sys
from dataclasses import is_dataclass

import pytest

import overlaycut
from overlaycut.core.documents import Document

PROMISED = [
    "AddedModel",
    "Analyser",
    "AnalysisTable",
    "AppearanceEmbedding",
    "Area",
    "BadAnswer",
    "BatchEntry",
    "BatchReport",
    "Box",
    "BudgetExceeded",
    "CacheReport",
    "CancelReport",
    "Cancellation",
    "Cancelled",
    "CaptionReport",
    "CastRules",
    "Certificate",
    "CheckReport",
    "CleanReport",
    "Clip",
    "ClipFacts",
    "CommandSchema",
    "CompareReport",
    "CostsReport",
    "Cover",
    "Cue",
    "DecodeError",
    "Delivery",
    "DetectedText",
    "DoctorReport",
    "DocumentError",
    "DriftReport",
    "EditPlan",
    "EmbeddingMetric",
    "Encoding",
    "Event",
    "ExitCode",
    "ExplainReport",
    "ExportReport",
    "Face",
    "FaceEmbedding",
    "FontError",
    "Frame",
    "FramesReport",
    "GenerateReport",
    "GenerationRequest",
    "HandoverReport",
    "Inpainter",
    "InputError",
    "InvalidValue",
    "KeepOut",
    "Layer",
    "MaskedArea",
    "MissingInput",
    "MissingKey",
    "MissingPart",
    "ModelError",
    "ModelRow",
    "ModelsReport",
    "Monitor",
    "NetworkError",
    "NewReport",
    "NoPicture",
    "OutputError",
    "OverlaycutError",
    "PlatformsReport",
    "PluginError",
    "Policy",
    "ProbeReport",
    "Progress",
    "Project",
    "ProjectFault",
    "Provider",
    "ProviderError",
    "Quad",
    "RankReport",
    "Reading",
    "RegionPlan",
    "RelinkReport",
    "Report",
    "RequestRefused",
    "Rules",
    "RunReport",
    "SkillReport",
    "Span",
    "StepReport",
    "StillsReport",
    "Style",
    "StylesReport",
    "SubmissionUnknown",
    "TextReader",
    "Typeset",
    "UnsupportedColour",
    "Upload",
    "UsageError",
    "ValidateReport",
    "Watch",
    "Weights",
    "Word",
    "__version__",
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
    "costs",
    "demo",
    "doctor",
    "drift",
    "explain",
    "export",
    "frames",
    "generate",
    "generate_async",
    "handover",
    "list_models",
    "new",
    "platforms",
    "probe",
    "pull_model",
    "rank",
    "read_plan",
    "read_project",
    "relink",
    "run",
    "run_all",
    "schema",
    "signing",
    "skill",
    "stills",
    "styles",
    "validate",
    "watch_folder",
    "write_plan",
]
"""The public names. One that goes, or comes, is a decision: change it here with a line in the changelog."""

VERBS = [name for name in PROMISED if name.islower() and not name.startswith("_")]


def test_the_public_names_are_these() -> None:
    assert sorted(overlaycut.__all__) == sorted(PROMISED) == sorted(dir(overlaycut))


@pytest.mark.parametrize("name", PROMISED)
def test_every_promised_name_is_there_and_described(name: str) -> None:
    value = getattr(overlaycut, name)
    assert value is not None
    if name != "__version__":
        assert inspect.getdoc(value)


def test_every_error_is_public() -> None:
    from overlaycut import errors

    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, BaseException)]
    assert {kind.__name__ for kind in kinds} <= set(PROMISED)


@pytest.mark.parametrize("name", [verb for verb in VERBS if verb not in ("signing", "write_plan", "read_project")])
def test_verbs_return_frozen_results_that_are_json(name: str) -> None:
    hint = inspect.signature(getattr(overlaycut, name), eval_str=True).return_annotation
    assert callable(hint.to_dict)
    assert issubclass(hint, Document) or (is_dataclass(hint) and hint.__dataclass_params__.frozen)  # type: ignore[attr-defined]


def test_every_name_of_the_verbs_package_has_a_home() -> None:
    from overlaycut import api

    assert all(hasattr(api, name) for name in api.__all__)
    assert dir(api) == sorted(api.__all__)


def test_the_verbs_are_those_of_the_command_line() -> None:
    from overlaycut.cli.app import overlaycut as group

    commands = set(group.list_commands(None)) - {"models", "cache", "batch", "watch", "mcp", "review"}  # type: ignore[arg-type]
    assert commands | {
        "run_all",
        "watch_folder",
        "list_models",
        "pull_model",
        "add_model",
        "cache_info",
        "cache_clear",
    } <= set(overlaycut.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(overlaycut, "no_such_verb")


def test_the_package_is_there_at_once() -> None:
    code = "import time; t = time.process_time(); import overlaycut; print(time.process_time() - t)"
    times = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    ]
    assert min(times) < 0.05
