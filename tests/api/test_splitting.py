"""Clips of several shots: split at their cuts, with the panels of their sheet; candidates that are no use."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import overlaycut
from draw import colour_planes, draw_clip
from overlaycut.errors import DocumentError, InputError
from overlaycut.media import Clip, read_still
from policies import policy

pytestmark = pytest.mark.slow

SIZE = (108, 192)


def panel(seed: int) -> NDArray[np.uint8]:
    """A picture with large shapes."""
    coarse = np.random.default_rng(seed).integers(20, 236, (8, 5, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def moving(picture: NDArray[np.uint8], count: int) -> list[tuple[NDArray[np.uint8], ...]]:
    """A slow push into a picture."""
    middle = (SIZE[0] / 2, SIZE[1] / 2)
    frames = (
        cv2.warpAffine(picture, cv2.getRotationMatrix2D(middle, 0, 1 + n / 200), SIZE, borderMode=cv2.BORDER_REFLECT)
        for n in range(count)
    )
    return [colour_planes(np.asarray(frame, np.uint8), "yuv420p") for frame in frames]


def sheet_project(folder: Path, order: tuple[int, ...] = (0, 1, 2)) -> Path:
    """A sheet of four panels, and a clip that shows three of them."""
    panels = [panel(seed) for seed in range(4)]
    sheet = np.full((2 * 192 + 60, 2 * 108 + 60, 3), 255, np.uint8)
    for n, one in enumerate(panels):
        y, x = 20 + n // 2 * 212, 20 + n % 2 * 128
        sheet[y : y + 192, x : x + 108] = one
    Image.fromarray(sheet).save(folder / "sheet.png")
    frames = [frame for n in order for frame in moving(panels[n], 20)]
    draw_clip(folder / "multi.mp4", frames, tick=Fraction(1, 24))
    path = folder / "project.toml"
    path.write_text(
        f'[project]\noutputs = ["{policy(folder, "tall")}"]\nmaster = "108x192"\n'
        '[[shots]]\nclip = "multi.mp4"\nsheet = "sheet.png"\n',
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("order", [(0, 1, 2), (3, 0, 2)])
def test_a_clip_of_several_shots_is_split_and_every_part_has_its_panel(tmp_path: Path, order: tuple[int, ...]) -> None:
    path = sheet_project(tmp_path, order)
    assert overlaycut.validate(path).ok
    report = overlaycut.run(path, tmp_path / "out")
    timeline = json.loads(report.timeline.read_text(encoding="utf-8"))
    assert [s["frames"] for s in timeline["segments"]] == [20, 20, 20]
    assert [Fraction(s["source_in_seconds"]) for s in timeline["segments"]] == [Fraction(20 * n, 24) for n in range(3)]
    assert len(list(Clip(report.master).frames())) == 60
    for number, n in enumerate(order, start=1):
        still = read_still(tmp_path / "out" / "panels" / f"shot-{number:02d}.png")
        inner = still[8:-8, 8:-8].astype(int)
        truth = cv2.resize(panel(n), (still.shape[1], still.shape[0]))[8:-8, 8:-8]
        assert np.abs(inner - truth).mean() < 12
        assert any(f"shot-{number:02d}: " in w and f"panel {n + 1} (likeness" in w for w in report.warnings)
    steps = overlaycut.explain(path, tmp_path / "out").steps
    assert {step.state for step in steps} == {"stored"}
    assert overlaycut.run(path, tmp_path / "out").master == report.master, "panels of an earlier run are ours"


def test_explaining_before_the_first_run_writes_nothing(tmp_path: Path) -> None:
    report = overlaycut.explain(sheet_project(tmp_path), tmp_path / "out")
    assert ("quality", "would run") in {(step.step, step.state) for step in report.steps}
    assert not (tmp_path / "out").exists()


def candidates(folder: Path, names: list[str], extra: str = "") -> Path:
    listed = ", ".join(f'"{name}"' for name in names)
    path = folder / "project.toml"
    path.write_text(
        f'[project]\noutputs = ["{policy(folder, "tall")}"]\nmaster = "108x192"\n'
        f"[[shots]]\ncandidates = [{listed}]\n{extra}",
        encoding="utf-8",
    )
    return path


def test_a_candidate_that_cannot_be_read_or_is_too_short_is_left_out_and_told(tmp_path: Path) -> None:
    draw_clip(tmp_path / "good.mp4", moving(panel(1), 30), tick=Fraction(1, 24))
    draw_clip(tmp_path / "short.mp4", moving(panel(1), 6), tick=Fraction(1, 24))
    (tmp_path / "bad.mp4").write_bytes(b"no clip")
    path = candidates(tmp_path, ["bad.mp4", "short.mp4", "good.mp4"], "in = 0.5\n")
    report = overlaycut.run(path, tmp_path / "out")
    timeline = json.loads(report.timeline.read_text(encoding="utf-8"))
    assert timeline["segments"][0]["source"].endswith("good.mp4")
    assert any("a candidate cannot be read" in w and "bad.mp4" in w for w in report.warnings)
    assert any("candidates that end before in = 0.5 are left out: short.mp4" in w for w in report.warnings)


def test_a_shot_without_a_usable_candidate_says_so(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(b"no clip")
    with pytest.raises(InputError, match=r"shot-01: no candidate can be read: .*a\.mp4.*b\.mp4"):
        overlaycut.run(candidates(tmp_path, ["a.mp4", "b.mp4"]), tmp_path / "out")
    still = [colour_planes(panel(0), "yuv420p")] * 30
    for name in ("a.mp4", "b.mp4"):
        draw_clip(tmp_path / name, still, tick=Fraction(1, 24))
    report = overlaycut.run(candidates(tmp_path, ["a.mp4", "b.mp4"]), tmp_path / "out")
    assert any("no candidate is usable as it is; the best one has frozen" in w for w in report.warnings)


def test_all_missing_files_are_named_at_once(tmp_path: Path) -> None:
    path = candidates(tmp_path, ["a.mp4"], '[audio]\nmusic = "m.mp3"\n[end_card]\nimages = ["c.png"]\n')
    with pytest.raises(DocumentError) as caught:
        overlaycut.run(path, tmp_path / "out")
    assert caught.value.where == "shots[0].candidates[0], end_card.images[0], audio.music"
    assert caught.value.found == "a.mp4, c.png, m.mp3"
