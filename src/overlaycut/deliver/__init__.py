"""One master, many deliveries: what each platform takes, its file, and the check of what was written.

`load_policy` tells what a platform takes, `conformed`, `Mastering` and `fan_out` make its file, `QualityProbe`
compares the file with what went in, and `check` holds it against the policy.
"""

from overlaycut.deliver.check import Check, CheckReport, check
from overlaycut.deliver.conform import RateConversion, conformed, dejittered
from overlaycut.deliver.fanout import Branch, Output, fan_out, fan_out_in_turns
from overlaycut.deliver.memory import encoders_at_once, free_memory
from overlaycut.deliver.mp4 import read_mp4
from overlaycut.deliver.mp4_facts import Mp4Facts
from overlaycut.deliver.policy import Codec, Policy, load_policy, policy_names
from overlaycut.deliver.quality import QualityProbe
from overlaycut.deliver.size import buffer_kbit, next_kbps, picture_kbps, refuse_unreachable, size_binds
from overlaycut.deliver.sound import LevelAdjustment, Mastering

__all__ = [
    "Branch",
    "Check",
    "CheckReport",
    "Codec",
    "LevelAdjustment",
    "Mastering",
    "Mp4Facts",
    "Output",
    "Policy",
    "QualityProbe",
    "RateConversion",
    "buffer_kbit",
    "check",
    "conformed",
    "dejittered",
    "encoders_at_once",
    "fan_out",
    "fan_out_in_turns",
    "free_memory",
    "load_policy",
    "next_kbps",
    "picture_kbps",
    "policy_names",
    "read_mp4",
    "refuse_unreachable",
    "size_binds",
]
