"""Tables of results: aligned columns, in colours where a person watches."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from overlaycut.errors import printable

TONES = {
    "pass": "green", "all pass": "green", "same": "green", "stable": "green", "drift": "red", "different": "red",
    "replaced": "red", "gone": "red", "failed": "red", "fails": "red", "reject": "red", "repair": "yellow",
    "n/a": "dim",
}  # fmt: skip
"""Word in a cell → how it is shown on a terminal."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header; the last column may be long."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]] = field(default=())

    def lines(self) -> list[str]:
        """The table as lines for stdout: as wide as the terminal, or one line a row where nobody watches."""
        rows = [[printable(cell) for cell in row] for row in self.rows]
        return self._drawn(rows) if sys.stdout.isatty() else self._plain(rows)

    def _plain(self, rows: Sequence[Sequence[str]]) -> list[str]:
        every = [list(self.header), *rows]
        widths = [max(len(row[n]) for row in every) for n in range(len(self.header))]
        return ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in every]

    def _drawn(self, rows: Sequence[Sequence[str]]) -> list[str]:
        from rich.console import Console
        from rich.table import Table as Drawn
        from rich.text import Text

        drawn = Drawn(box=None, pad_edge=False, header_style="bold")
        for number, name in enumerate(self.header):
            last = number == len(self.header) - 1
            drawn.add_column(name, overflow="fold", ratio=1 if last else None, no_wrap=not last and number > 0)
        for row in rows:
            drawn.add_row(*(Text(cell, style=TONES.get(cell, "")) for cell in row))
        width = Console(file=sys.stdout).width
        text = io.StringIO()
        console = Console(file=text, force_terminal=True, width=width)
        console.print(drawn)
        return [line.rstrip() for line in text.getvalue().splitlines()]
