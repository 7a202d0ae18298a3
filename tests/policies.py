"""Policy files for tests."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def policy(folder: Path, name: str, *changes: tuple[str, str], like: str = "tiktok") -> str:
    """A platform like another, but for pictures of a tenth of the size."""
    text = (files("overlaycut.deliver") / "policies" / f"{like}.toml").read_text(encoding="utf-8")
    table = [
        (f'name = "{like}"', f'name = "{name}"'), ("width = 1080\nheight = 1920", "width = 108\nheight = 192"),
        ("width = 1080\nheight = 1080", "width = 108\nheight = 108"), ("1080x1920", "108x192"),
        ("1080x1080", "108x108"), ("min = 3\n", "min = 0.1\n"), *changes,
    ]  # fmt: skip
    for old, new in table:
        text = text.replace(old, new, 1)  # the target, which stands before the safe area of the same size
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)
