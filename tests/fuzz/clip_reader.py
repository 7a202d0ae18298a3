"""Reads mutated clips as `probe` does, in a process of its own, since what is looked for may end the process.

    python clip_reader.py FOLDER SEED COUNT CLIP...

Prints one line per clip that was neither read nor refused, and last how many were read and how many refused.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from fuzz.mutations import mutated
from overlaycut.errors import OverlaycutError
from overlaycut.media import Clip

SLOW_SECONDS = 20
"""Nothing so small takes so long, whatever its header claims."""


def main() -> None:
    folder, seed, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    clips = [Path(name) for name in sys.argv[4:]]
    read = refused = 0
    for number in range(count):
        rng = random.Random(f"{seed}/{number}")
        source = rng.choice(clips)
        data = mutated(source.read_bytes(), rng)
        path = folder / f"{number}{source.suffix}"
        path.write_bytes(data)
        started = time.monotonic()
        try:
            _ = Clip(path).full_facts
            read += 1
        except OverlaycutError:
            refused += 1
        except BaseException as error:
            print(f"{seed}/{number} {source.name}: {error!r}")
        if time.monotonic() - started > SLOW_SECONDS:
            print(f"{seed}/{number} {source.name}: took {time.monotonic() - started:.0f} s")
        path.unlink()
    print(f"{read} {refused}")


if __name__ == "__main__":
    main()
