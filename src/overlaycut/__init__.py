"""overlaycut repairs the lettering that image-to-video models melt, and cuts publish-ready shorts of the clips.

The verbs are what the command line and scripts share; each takes typed arguments and returns a frozen result, whose
`to_dict()` is the command line's JSON object::

    import overlaycut

    plan = overlaycut.analyze("clip.mp4", still="still.png", texts=["COLD BREW"])
    report = overlaycut.clean("clip.mp4", "clean.mp4", still="still.png", plan=plan)
    overlaycut.export("clean.mp4", ["tiktok", "feed-4x5"], "out", subs="script.srt")

Only `OverlaycutError`s leave a verb or a constructor. Importing the package is light: FFmpeg, OpenCV and onnxruntime
are loaded when a name is first used.
"""

from __future__ import annotations

from overlaycut.lazy import attribute_of
from overlaycut.version import __version__

TYPE_CHECKING = False
"""As in `typing`, which takes longer to import than all of this."""

if TYPE_CHECKING:
    from overlaycut.api import (
        AddedModel,
        AnalysisTable,
        CacheReport,
        CancelReport,
        CaptionReport,
        CheckReport,
        CleanReport,
        CommandSchema,
        CompareReport,
        CostsReport,
        Delivery,
        DoctorReport,
        DriftReport,
        ExplainReport,
        ExportReport,
        FramesReport,
        GenerateReport,
        HandoverReport,
        ModelsReport,
        NewReport,
        PlatformsReport,
        ProbeReport,
        ProjectFault,
        RankReport,
        RelinkReport,
        Report,
        RunReport,
        SkillReport,
        StepReport,
        StillsReport,
        StylesReport,
        ValidateReport,
        add_model,
        analyze,
        analyze_all,
        cache_clear,
        cache_info,
        cancel_tasks,
        caption,
        check,
        clean,
        compare,
        costs,
        demo,
        doctor,
        drift,
        explain,
        export,
        frames,
        generate,
        generate_async,
        handover,
        list_models,
        new,
        platforms,
        probe,
        pull_model,
        rank,
        read_plan,
        read_project,
        relink,
        run,
        schema,
        signing,
        skill,
        stills,
        styles,
        validate,
        write_plan,
    )
    from overlaycut.batch import (
        BatchEntry,
        BatchReport,
        run_all,
        watch_folder,
    )
    from overlaycut.captions import (
        Style,
    )
    from overlaycut.core.analyser import (
        Analyser,
    )
    from overlaycut.core.cast import (
        EmbeddingMetric,
        Face,
    )
    from overlaycut.core.cues import (
        Cue,
        KeepOut,
        Word,
    )
    from overlaycut.core.facts import (
        ClipFacts,
    )
    from overlaycut.core.frame import (
        Frame,
        Layer,
    )
    from overlaycut.core.geometry import (
        Box,
        Quad,
        Span,
    )
    from overlaycut.core.plan import (
        Cover,
        EditPlan,
        RegionPlan,
        Typeset,
    )
    from overlaycut.core.progress import (
        Progress,
    )
    from overlaycut.core.project import (
        Project,
    )
    from overlaycut.core.rules import (
        Rules,
    )
    from overlaycut.core.watch import (
        Watch,
    )
    from overlaycut.decide import (
        Area,
        CastRules,
        MaskedArea,
        Weights,
    )
    from overlaycut.deliver import (
        Policy,
    )
    from overlaycut.errors import (
        BadAnswer,
        BudgetExceeded,
        Cancelled,
        DecodeError,
        DocumentError,
        ExitCode,
        FontError,
        InputError,
        InvalidValue,
        MissingInput,
        MissingKey,
        MissingPart,
        ModelError,
        NetworkError,
        NoPicture,
        OutputError,
        OverlaycutError,
        PluginError,
        ProviderError,
        RequestRefused,
        SubmissionUnknown,
        UnsupportedColour,
        UsageError,
    )
    from overlaycut.media import (
        Clip,
        Encoding,
    )
    from overlaycut.models import (
        AppearanceEmbedding,
        DetectedText,
        FaceEmbedding,
        Inpainter,
        Reading,
        TextReader,
    )
    from overlaycut.pipeline import (
        Cancellation,
        Event,
    )
    from overlaycut.provenance import (
        Certificate,
        Upload,
    )
    from overlaycut.providers import (
        GenerationRequest,
        ModelRow,
        Provider,
    )

__all__ = [
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

_HOMES = {
    "overlaycut.api": (
        "AddedModel AnalysisTable CacheReport CancelReport CaptionReport CheckReport CleanReport CommandSchema "
        "CompareReport CostsReport Delivery DoctorReport DriftReport ExplainReport ExportReport FramesReport "
        "GenerateReport HandoverReport ModelsReport NewReport PlatformsReport ProbeReport ProjectFault RankReport "
        "RelinkReport Report RunReport SkillReport StepReport StillsReport StylesReport ValidateReport add_model "
        "analyze analyze_all cache_clear cache_info cancel_tasks caption check clean compare costs demo doctor "
        "drift explain export frames generate generate_async handover list_models new platforms probe pull_model "
        "rank read_plan read_project relink run schema signing skill stills styles validate write_plan"
    ),
    "overlaycut.batch": ("BatchEntry BatchReport run_all watch_folder"),
    "overlaycut.core.analyser": ("Analyser"),
    "overlaycut.captions": ("Style"),
    "overlaycut.core.cast": ("EmbeddingMetric Face"),
    "overlaycut.core.cues": ("Cue KeepOut Word"),
    "overlaycut.core.facts": ("ClipFacts"),
    "overlaycut.core.frame": ("Frame Layer"),
    "overlaycut.core.geometry": ("Box Quad Span"),
    "overlaycut.core.plan": ("Cover EditPlan RegionPlan Typeset"),
    "overlaycut.core.progress": ("Progress"),
    "overlaycut.core.project": ("Project"),
    "overlaycut.core.rules": ("Rules"),
    "overlaycut.core.watch": ("Watch"),
    "overlaycut.decide": ("Area CastRules MaskedArea Weights"),
    "overlaycut.deliver": ("Policy"),
    "overlaycut.errors": (
        "BadAnswer BudgetExceeded Cancelled DecodeError DocumentError ExitCode FontError InputError InvalidValue "
        "MissingInput MissingKey MissingPart ModelError NetworkError NoPicture OutputError OverlaycutError "
        "PluginError ProviderError RequestRefused SubmissionUnknown UnsupportedColour UsageError"
    ),
    "overlaycut.media": ("Clip Encoding"),
    "overlaycut.models": ("DetectedText FaceEmbedding Inpainter AppearanceEmbedding TextReader Reading"),
    "overlaycut.pipeline": ("Cancellation Event Monitor"),
    "overlaycut.provenance": ("Certificate Upload"),
    "overlaycut.providers": ("GenerationRequest ModelRow Provider"),
}
"""Module → the public names that it defines."""


if not TYPE_CHECKING:
    __getattr__ = attribute_of(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
