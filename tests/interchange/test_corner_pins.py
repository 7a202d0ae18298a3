"""Corner pins read back as After Effects and Nuke read them are the quads, to a hundredth of a pixel."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest

from overlaycut.core.geometry import Points, Quad, homography, mapped
from overlaycut.interchange import CornerPin, after_effects_text, nuke_text

HEIGHT = 1920


def pin() -> CornerPin:
    random = np.random.default_rng(3)
    quads = {}
    for frame in range(4, 40):
        corners = np.array([[100.0, 900.0], [640.5, 880.25], [655.125, 1020.0], [98.0, 1044.75]])
        quads[frame] = Quad.of(corners + frame * 1.37 + random.normal(0, 2, (4, 2)))
    return CornerPin(
        name='shot-01 r1 "[$x]"', width=1080, height=HEIGHT, rate=Fraction(24000, 1001), quads=quads, reference=9
    )


def after_effects_quads(text: str) -> dict[int, Points]:
    """Frame → corners, clockwise from the upper left."""
    corners: dict[str, dict[int, tuple[float, float]]] = {}
    name = ""
    for line in text.splitlines():
        cells = line.split("\t")
        if cells[0] == "Effects":
            name = cells[2].rpartition(" #")[0]
        elif len(cells) > 3 and cells[1].isdigit():
            corners.setdefault(name, {})[int(cells[1])] = (float(cells[2]), float(cells[3]))
    order = ("Upper Left", "Upper Right", "Lower Right", "Lower Left")
    return {frame: np.array([corners[name][frame] for name in order]) for frame in corners["Upper Left"]}


def nuke_nodes(text: str) -> list[tuple[dict[int, Points], Points]]:
    """Of each node: frame → `to` corners, and the `from` corners, both from the bottom left, counter-clockwise."""
    nodes = []
    for body in re.findall(r"CornerPin2D \{(.*?)\n\}", text, re.DOTALL):
        curves = [
            re.search(rf"^ to{n} \{{\{{curve (.*?)\}} \{{curve (.*?)\}}\}}$", body, re.MULTILINE) for n in range(1, 5)
        ]
        keys = [[dict(re.findall(r"x(-?\d+) (\S+)", axis)) for axis in one.groups()] for one in curves if one]
        to = {int(f): np.array([[float(axis[f]) for axis in corner] for corner in keys]) for f in keys[0][0]}
        pairs = re.findall(r"^ from\d \{(\S+) (\S+)\}$", body, re.MULTILINE)
        nodes.append((to, np.array(pairs, dtype=float)))
    return nodes


def test_after_effects_has_the_quads() -> None:
    given, text = pin(), after_effects_text(pin())
    found = after_effects_quads(text)
    assert found.keys() == given.quads.keys()
    worst = max(np.abs(found[frame] - quad.array()).max() for frame, quad in given.quads.items())
    assert worst <= 0.01
    head = text.splitlines()
    assert head[0] == "Adobe After Effects 8.0 Keyframe Data"
    assert "\tUnits Per Second\t23.976024" in head and "\tSource Height\t1920" in head
    assert text.rstrip().endswith("End of Keyframe Data")


def test_nuke_has_the_quads_with_y_upwards_and_frames_from_1() -> None:
    given, (art, paint) = pin(), nuke_nodes(nuke_text(pin()))
    for to, _ in (art, paint):
        assert {frame - 1 for frame in to} == set(given.quads)
        for frame, quad in given.quads.items():
            back = to[frame + 1][[3, 2, 1, 0]] * [1, -1] + [0, HEIGHT]
            assert np.abs(back - quad.array()).max() <= 0.01


def test_nukes_nodes_map_artwork_and_paint_onto_the_region() -> None:
    given, (art, paint) = pin(), nuke_nodes(nuke_text(pin()))
    w, h = given.art
    assert art[1].tolist() == [[0, 0], [w, 0], [w, h], [0, h]]
    assert np.abs(paint[0][given.reference + 1] - paint[1]).max() < 1e-9, "paint stays where it is on its frame"
    matrix = homography(Quad.of(art[1]), Quad.of(art[0][20]))
    left_top = mapped(matrix, np.array([[0.0, h]]))[0]
    assert left_top == pytest.approx([given.quads[19].a[0], HEIGHT - given.quads[19].a[1]], abs=0.01)


def test_names_cannot_break_out_of_nukes_strings() -> None:
    text = nuke_text(pin())
    (label, _) = re.findall(r'^ label "(.*)"$', text, re.MULTILINE)
    assert '\\"' in label and "\\[\\$x]" in label
    names = re.findall(r"^ name (\S+)$", text, re.MULTILINE)
    assert len(set(names)) == 2 and all(re.fullmatch(r"Pin_[A-Za-z0-9_]+", name) for name in names)
