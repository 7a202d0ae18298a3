"""Draws docs/pictures/flow.svg: how a frame flows from a clip to every platform's file.

python docs/draw_flow.py
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

OUT = Path(__file__).resolve().parent / "pictures" / "flow.svg"
WIDTH, HEIGHT = 1072, 552
STROKE = "stroke='#5b6472' stroke-width='1.6' marker-end='url(#a)'"
FONT = "font-family='Inter, Segoe UI, Helvetica, Arial, sans-serif'"


@dataclass(frozen=True)
class Node:
    """A rectangle with a title and a line of detail."""

    x: int
    y: int
    title: str
    detail: str
    kind: str = "step"
    w: int = 168
    h: int = 58

    def svg(self) -> str:
        """As SVG."""
        fill, stroke = {
            "file": ("#fff7e6", "#d9a441"),
            "step": ("#eaf2ff", "#4a7dc9"),
            "data": ("#eef8ee", "#4e9a5b"),
            "stream": ("#f6edfb", "#9a5fb5"),
        }[self.kind]
        middle = self.x + self.w / 2
        return (
            f"<rect x='{self.x}' y='{self.y}' width='{self.w}' height='{self.h}' rx='8' fill='{fill}' "
            f"stroke='{stroke}' stroke-width='1.6'/>"
            f"<text x='{middle}' y='{self.y + 25}' text-anchor='middle' font-size='15' font-weight='600' "
            f"fill='#1c2430' {FONT}>{escape(self.title)}</text>"
            f"<text x='{middle}' y='{self.y + 44}' text-anchor='middle' font-size='11.5' fill='#4b5563' {FONT}>"
            f"{escape(self.detail)}</text>"
        )


NODES = {
    "inputs": Node(20, 60, "clip, still, texts", "the user's files", "file"),
    "analyse": Node(236, 60, "analyse", "decode 1, looked at once"),
    "findings": Node(452, 60, "ClipAnalysis", "lettering, saliency, faces", "data"),
    "decide": Node(668, 60, "decide", "rules; no pixels"),
    "plan": Node(884, 60, "EditPlan", "JSON; a person may edit it", "data"),
    "estimate": Node(884, 180, "estimate", "decodes 2 and 3"),
    "estimates": Node(668, 180, "RepairEstimates", "one picture per repair", "data"),
    "frames": Node(20, 320, "Frame", "decode 4: YUV, exact time", "stream"),
    "repair": Node(236, 320, "repair pass", "layers along the track", "stream"),
    "qc": Node(236, 430, "qc", "untouched, flicker, OCR"),
    "programme": Node(452, 320, "programme", "trim, conform, join", "stream"),
    "reframe": Node(668, 320, "reframe", "one per aspect", "stream"),
    "captions": Node(884, 320, "captions", "one layout per platform", "stream"),
    "deliver": Node(884, 430, "encode, check", "every platform's file", "file"),
    "master": Node(452, 430, "master", "and clean plate", "file"),
    "report": Node(668, 430, "report, sidecars", "timeline, plans", "file"),
}
ARROWS = (
    ("inputs", "analyse"), ("analyse", "findings"), ("findings", "decide"), ("decide", "plan"), ("plan", "estimate"),
    ("estimate", "estimates"), ("frames", "repair"), ("repair", "programme"), ("programme", "reframe"),
    ("reframe", "captions"), ("captions", "deliver"), ("programme", "master"), ("repair", "qc"),
)  # fmt: skip


def arrow(one: Node, other: Node) -> str:
    """A line from the nearest side of a node to that of another."""
    if one.y == other.y:
        y = one.y + one.h / 2
        ends = (one.x + one.w, y, other.x - 4, y) if one.x < other.x else (one.x, y, other.x + other.w + 4, y)
    else:
        x = one.x + one.w / 2
        ends = (x, one.y + one.h, x, other.y - 4) if one.y < other.y else (x, one.y, x, other.y + other.h + 4)
    return "<line x1='{}' y1='{}' x2='{}' y2='{}' stroke='#5b6472' stroke-width='1.6' marker-end='url(#a)'/>".format(
        *ends
    )


def drawn() -> str:
    """The whole picture."""
    bend = NODES["estimates"].x + 84, NODES["estimates"].y + 58, NODES["repair"].x + 84, NODES["repair"].y - 4
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' role='img' "
        "aria-label='How a frame flows from a clip to every platform file'>",
        "<defs><marker id='a' viewBox='0 0 10 10' refX='8' refY='5' markerWidth='7' markerHeight='7' orient='auto'>"
        "<path d='M0,0 L10,5 L0,10 z' fill='#5b6472'/></marker></defs>",
        f"<rect width='{WIDTH}' height='{HEIGHT}' fill='#ffffff'/>",
        f"<text x='20' y='36' font-size='13' fill='#4b5563' {FONT}>Steps of a job: each has a digest, and its artifact "
        "is kept in the store</text>",
        f"<text x='340' y='304' font-size='13' fill='#4b5563' {FONT}>Frames: one pass, in threads with bounded queues; "
        "memory does not grow with the clip</text>",
        *(node.svg() for node in NODES.values()),
        *(arrow(NODES[one], NODES[other]) for one, other in ARROWS),
        f"<path d='M{bend[0]},{bend[1]} C{bend[0]},280 {bend[2]},250 {bend[2]},{bend[3]}' fill='none' {STROKE}/>",
    ]
    legend = (("file", "file"), ("step", "step"), ("data", "data (an artifact)"), ("stream", "stage on frames"))
    for number, (kind, text) in enumerate(legend):
        x = 20 + number * 170
        parts.append(Node(x, 516, "", "", kind, 26, 18).svg())
        parts.append(f"<text x='{x + 34}' y='530' font-size='12.5' fill='#1c2430' {FONT}>{text}</text>")
    return "\n".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    OUT.write_text(drawn(), encoding="utf-8")
