"""How long the package and the command take to be there.

    python benchmarks/startup.py [--rounds 15]

Medians of fresh processes, the interpreter's own start (measured beside it) included and taken off.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

from common import print_environment

LIMITS = {"import overlaycut": 0.05, "overlaycut --help": 0.40}
LIGHT = ("platforms", "styles", "costs", "models list", "cache info", "batch --help")
"""Commands that read no lettering."""
LIMITS |= {f"overlaycut {name}": 0.50 for name in LIGHT}
COMMANDS = {
    "python": [sys.executable, "-c", "pass"],
    "import overlaycut": [sys.executable, "-c", "import overlaycut"],
    "overlaycut --help": [sys.executable, "-m", "overlaycut", "--help"],
    **{f"overlaycut {name}": [sys.executable, "-m", "overlaycut", *name.split()] for name in LIGHT},
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    print_environment()
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            started = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            taken[name].append(time.perf_counter() - started)
    bare = statistics.median(taken["python"])
    print(f"python alone: {bare:.3f} s")
    for name, limit in LIMITS.items():
        median = statistics.median(taken[name])
        print(f"{name}: {median:.3f} s in all, {median - bare:.3f} s above python alone (limit {limit} s in all)")


if __name__ == "__main__":
    main()
