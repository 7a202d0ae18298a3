"""Inputs that are nearly right: seeded mutations of files that are, and the loop that feeds them to a reader.

Every run draws the same inputs from the same seed, so that a failure names what to replay. The number of inputs is
`count` in CI; the environment variable OVERLAYCUT_FUZZ_TIMES multiplies it for a night's run (docs/reliability.md).
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable, Sequence

from overlaycut.errors import OverlaycutError

TIMES = int(os.environ.get("OVERLAYCUT_FUZZ_TIMES", "1"))

SLOW_SECONDS = 5.0
"""Processor seconds beyond which a document of a few kilobytes is a hang; they take milliseconds."""

_MOST_FAILURES = 20

_EXTREMES = tuple(b'0 -1 1e400 999999999999999999999999999999 NaN -0.0 1e-320 65536 4294967296 true null ""'.split())
_TOKENS = (*(bytes([byte]) for byte in b'{}[]"\\\n\r\0\xff,:=<>'), b"-->", b"\xef\xbb\xbf")
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")


def mutated(data: bytes, rng: random.Random, *, others: Sequence[bytes] = ()) -> bytes:  # noqa: C901
    """`data` after one to six random edits: flipped bits, extreme numbers, cut, doubled, moved or foreign parts."""
    result = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        edit = rng.randrange(9)
        at = rng.randrange(len(result) + 1)
        end = min(at + rng.choice((1, 2, 4, 16, 200)), len(result))
        if edit == 0 and at < len(result):
            result[at] ^= 1 << rng.randrange(8)
        elif edit == 1:
            del result[at:end]
        elif edit == 2:
            result[at:at] = result[at:end]
        elif edit == 3:
            result[at:at] = rng.choice(_TOKENS)
        elif edit == 4:
            result[at:end] = rng.randbytes(end - at)
        elif edit == 5 and (numbers := list(_NUMBER.finditer(result))):
            number = rng.choice(numbers)
            result[number.start() : number.end()] = rng.choice(_EXTREMES)
        elif edit == 6:
            result[at : at + 4] = rng.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1"))
        elif edit == 7 and others:
            other = rng.choice(others)
            start = rng.randrange(len(other) + 1)
            result[at:end] = other[start : start + rng.choice((4, 40, 400))]
        elif edit == 8 and rng.random() < 0.3:
            del result[at:]
    return bytes(result)


def fuzz(read: Callable[[bytes], object], seeds: Sequence[bytes], *, count: int, seed: int) -> tuple[int, int]:
    """Feed `count` mutated inputs to `read`; returns how many it took and how many it refused with an OverlaycutError.

    Anything else that it raises, and any input that takes longer than SLOW_SECONDS, fails with the numbers of the
    inputs, from which they can be drawn again. The counts are printed (pytest -s shows them).
    """
    taken = refused = 0
    failures: list[str] = []
    for number in range(count * TIMES):
        rng = random.Random(f"{seed}/{number}")
        data = mutated(rng.choice(seeds), rng, others=seeds)
        started = time.process_time()
        try:
            read(data)
        except OverlaycutError as error:
            assert "\n" not in error.one_line()
            refused += 1
        except Exception as error:
            failures.append(f"input {seed}/{number}: {error!r} from {data[:2000]!r}")
        else:
            taken += 1
        if (seconds := time.process_time() - started) > SLOW_SECONDS:
            failures.append(f"input {seed}/{number}: took {seconds:.1f} s")
        if len(failures) >= _MOST_FAILURES:
            break
    print(f"fuzz {seed}: {taken} taken, {refused} refused, {len(failures)} failures")
    assert not failures, "\n".join(failures)
    return taken, refused
