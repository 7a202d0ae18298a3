"""MP4 files with damaged, lying or foreign boxes are described or refused, never anything else."""

from __future__ import annotations

from pathlib import Path

from fuzz.mutations import fuzz
from mp4_clips import write_mp4
from overlaycut.deliver.mp4 import read_mp4


def test_boxes(tmp_path: Path) -> None:
    plain = write_mp4(tmp_path / "plain.mp4", frames=8).read_bytes()
    edited = write_mp4(tmp_path / "edited.mp4", frames=8, muxing={}).read_bytes()
    fragmented = write_mp4(
        tmp_path / "fragmented.mp4", frames=8, muxing={"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    ).read_bytes()
    path = tmp_path / "mutated.mp4"

    def read(data: bytes) -> object:
        path.write_bytes(data)
        return read_mp4(path)

    # Without their samples, so that mutations hit the tables.
    seeds = [data.replace(data[data.find(b"mdat") + 4 :][:4000], b"", 1) for data in (plain, edited, fragmented)]
    taken, refused = fuzz(read, [plain, edited, fragmented, *seeds], count=3000, seed=5)
    assert taken and refused
