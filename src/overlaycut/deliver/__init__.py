"""One master, many deliveries: what each platform takes, its file, and the check of what was written.

`load_policy` reads what a platform takes, `conformed`, `Mastering` and `fan_out` make its file, `QualityProbe`
measures coding loss, and `check` compares the file with the policy.
"""

from overlaycut.deliver.check import Check, CheckReport, check
from overlaycut.deliver.conform import (
    RateConversion,
    conformed,
    conformed_distinct,
    conversion_note,
    dejittered,
)
from overlaycut.deliver.fanout import Branch, Output, fan_out, fan_out_in_turns
from overlaycut.deliver.memory import MemoryParameters, encoders_at_once, free_memory
from overlaycut.deliver.mp4 import read_mp4
from overlaycut.deliver.mp4_facts import Mp4Facts
from overlaycut.deliver.policy import (
    Codec,
    Policy,
    PolicyProvider,
    SizeCapParameters,
    is_policy_file,
    load_policy,
    policy_names,
)
from overlaycut.deliver.quality import QualityParameters, QualityProbe
from overlaycut.deliver.size import buffer_kbit, next_kbps, picture_kbps, refuse_unreachable, size_binds
from overlaycut.deliver.sound import LevelAdjustment, Mastering, MasteringParameters

__all__ = [
    "Branch",
    "Check",
    "CheckReport",
    "Codec",
    "LevelAdjustment",
    "Mastering",
    "MasteringParameters",
    "MemoryParameters",
    "Mp4Facts",
    "Output",
    "Policy",
    "PolicyProvider",
    "QualityParameters",
    "QualityProbe",
    "RateConversion",
    "SizeCapParameters",
    "buffer_kbit",
    "check",
    "conformed",
    "conformed_distinct",
    "conversion_note",
    "dejittered",
    "encoders_at_once",
    "fan_out",
    "fan_out_in_turns",
    "free_memory",
    "is_policy_file",
    "load_policy",
    "next_kbps",
    "picture_kbps",
    "policy_names",
    "read_mp4",
    "refuse_unreachable",
    "size_binds",
]
