"""What commands load: none that reads no lettering waits for what finds it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("overlaycut.analyse", "overlaycut.repair", "onnxruntime", "scipy", "jinja2")


@pytest.mark.parametrize(
    "command", [["platforms"], ["models", "list"], ["cache", "info"], ["costs"], ["batch", "--help"]]
)
def test_a_light_command_loads_nothing_heavy(command: list[str]) -> None:
    code = (
        "import sys\nfrom overlaycut.cli import main\n"
        f"sys.argv = ['overlaycut', *{command!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == "[]", done.stderr


def test_the_analysis_waits_for_no_page_and_no_caption() -> None:
    unused = ("scipy", "jinja2", "overlaycut.captions", "overlaycut.report", "overlaycut.repair")
    code = f"import sys, overlaycut.api.analysis\nprint([name for name in {unused!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
