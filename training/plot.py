"""Draws a run's validation curve as a small PNG: loss on the left axis, stroke IoU and recall on the right.

python training/plot.py --curve training/curve.csv --out training/curve.png
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, EDGE = 640, 320, 40
LINES = {"loss": "#c0392b", "stroke_iou": "#1f618d", "stroke_recall": "#229954"}
LOWEST = {"loss": 0.0, "stroke_iou": 0.5, "stroke_recall": 0.5}
"""Value at the bottom of each line's axis; IoU and recall end at 1, the loss at its highest value."""


def main() -> None:
    """Read and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--curve", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    wanted = parser.parse_args()
    with wanted.curve.open(newline="") as file:
        rows = list(csv.DictReader(file))
    steps = [float(row["step"]) for row in rows]
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(12)
    pen.rectangle((EDGE, EDGE, WIDTH - EDGE, HEIGHT - EDGE), outline="#888888")
    for at, (name, colour) in enumerate(LINES.items()):
        values = [float(row[name]) for row in rows]
        low, high = LOWEST[name], 1.0 if name != "loss" else max(values)
        points = [
            (
                EDGE + (WIDTH - 2 * EDGE) * step / steps[-1],
                HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (min(max(value, low), high) - low) / (high - low),
            )
            for step, value in zip(steps, values, strict=True)
        ]
        pen.line(points, fill=colour, width=2)
        label = f"{name} {low:g} to {high:.2g}, last {values[-1]:.3f}"
        pen.text((EDGE + at * 200, EDGE - 20), label, fill=colour, font=font)
    pen.text((EDGE, HEIGHT - EDGE + 8), "step 0", fill="black", font=font)
    pen.text((WIDTH - EDGE, HEIGHT - EDGE + 8), f"{steps[-1]:.0f}", fill="black", font=font, anchor="ra")
    image.save(wanted.out)


if __name__ == "__main__":
    main()
