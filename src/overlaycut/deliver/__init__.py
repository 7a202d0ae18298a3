"""One master, many deliveries: what each platform takes, its file, and the check of what was written.

`load_policy` tells what a platform takes, `conformed`, `levelled` and `fan_out` make its file, `QualityProbe`
compares the file with what went in, and `check` holds it against the policy.
"""

from overlaycut.deliver.check import Check, CheckReport, check
from overlaycut.deliver.conform import conformed
from overlaycut.deliver.fanout import Output, fan_out
from overlaycut.deliver.mp4 import Mp4Facts, read_mp4
from overlaycut.deliver.policy import Policy, load_policy, policy_names
from overlaycut.deliver.quality import QualityProbe
from overlaycut.deliver.sound import levelled

__all__ = [
    "Check",
    "CheckReport",
    "Mp4Facts",
    "Output",
    "Policy",
    "QualityProbe",
    "check",
    "conformed",
    "fan_out",
    "levelled",
    "load_policy",
    "policy_names",
    "read_mp4",
]
