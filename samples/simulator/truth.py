"""What is known of a simulated clip, and its JSON form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from simulator.scene import Homography, Point, Quad, State

VERSION = 1
"""Of the JSON form."""


@dataclass(frozen=True, slots=True)
class RegionFrame:
    """One line of lettering in one frame."""

    quad: Quad
    """Corners of the intact ink's box, in frame pixels; they may lie outside of the frame."""
    visibility: float
    """Share of the quad, 0..1, that is inside the frame and behind nothing."""
    displacement: float
    """RMS displacement of the ink by the melt, in frame pixels; 0 unless warped."""
    corruption: float
    """Share of the ink, 0..1, that has turned into pieces of other letters; 0 unless warped."""
    presence: float
    """Mean opacity of the ink, 0..1: falls when lost, rises when invented, else 1."""
    homography: Homography
    """Still pixels → frame pixels for points on the region's surface, shape (3, 3), last entry 1."""


@dataclass(frozen=True, slots=True)
class Region:
    """One line of lettering throughout a clip."""

    name: str
    surface: str
    text: str
    """The line as drawn."""
    expected: str | None
    """What the still says there; None for invented lettering."""
    state: State
    onset_frame: int | None
    """First frame that differs from intact lettering; None when stable."""
    still_quad: Quad
    """Corners of the intact ink's box in the still; for invented lettering, where it would have been."""
    still_reach: Quad
    """Corners in the still of all that the fault may touch; send it through a frame's homography.

    Resampling spreads it by 2 frame pixels, and `Arrival.blur` by 3 sigma more.
    """
    frames: tuple[RegionFrame, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """All that is known of a clip."""

    width: int
    height: int
    still_width: int
    still_height: int
    fps: Fraction
    backdrop: tuple[Homography, ...]
    """Per frame: still pixels → frame pixels for points on the backdrop, shape (3, 3)."""
    regions: tuple[Region, ...]

    @property
    def frame_count(self) -> int:
        """Frames in the clip."""
        return len(self.backdrop)

    def region(self, name: str) -> Region:
        """The region of that name. Raises KeyError when there is none."""
        for region in self.regions:
            if region.name == name:
                return region
        raise KeyError(name)

    def to_json(self) -> str:
        """A JSON document of one line per region and frame; pixels to 0.001, homographies to 9 digits."""
        regions = ",\n".join(_region_json(region) for region in self.regions)
        head = {
            "version": VERSION,
            "size": [self.width, self.height],
            "still_size": [self.still_width, self.still_height],
            "fps": str(self.fps),
            "frames": self.frame_count,
        }
        backdrop = ",\n".join(json.dumps(_digits(matrix)) for matrix in self.backdrop)
        return f'{json.dumps(head)[:-1]},\n"backdrop": [\n{backdrop}],\n"regions": [\n{regions}]}}\n'

    @classmethod
    def from_json(cls, text: str) -> Truth:
        """Read what `to_json` wrote, to the precision written."""
        document = json.loads(text)
        if document["version"] != VERSION:
            raise ValueError(f"truth of version {document['version']}, not {VERSION}")
        regions = tuple(
            Region(
                name=r["name"],
                surface=r["surface"],
                text=r["text"],
                expected=r["expected"],
                state=r["state"],
                onset_frame=r["onset_frame"],
                still_quad=quad_of(r["still_quad"]),
                still_reach=quad_of(r["still_reach"]),
                frames=tuple(
                    RegionFrame(
                        quad=quad_of(f["quad"]),
                        visibility=f["visibility"],
                        displacement=f["displacement"],
                        corruption=f["corruption"],
                        presence=f["presence"],
                        homography=_square(f["homography"]),
                    )
                    for f in r["frames"]
                ),
            )
            for r in document["regions"]
        )
        width, height = document["size"]
        still_width, still_height = document["still_size"]
        return cls(
            width,
            height,
            still_width,
            still_height,
            Fraction(document["fps"]),
            tuple(_square(m) for m in document["backdrop"]),
            regions,
        )


def quad_of(points: object) -> Quad:
    """Four (x, y) pairs, of any array-like, as a quad."""
    a, b, c, d = np.asarray(points, dtype=np.float64).reshape(4, 2).tolist()
    return _point(a), _point(b), _point(c), _point(d)


def _point(xy: list[float]) -> Point:
    return xy[0], xy[1]


def _square(numbers: list[float]) -> Homography:
    return np.array(numbers, dtype=np.float64).reshape(3, 3)


def _digits(matrix: Homography) -> list[float]:
    return [float(f"{value:.9g}") for value in matrix.ravel()]


def _pixels(quad: Quad) -> list[list[float]]:
    return [[round(x, 3), round(y, 3)] for x, y in quad]


def _region_json(region: Region) -> str:
    head = {
        "name": region.name,
        "surface": region.surface,
        "text": region.text,
        "expected": region.expected,
        "state": region.state,
        "onset_frame": region.onset_frame,
        "still_quad": _pixels(region.still_quad),
        "still_reach": _pixels(region.still_reach),
    }
    frames = ",\n".join(
        json.dumps(
            {
                "quad": _pixels(frame.quad),
                "visibility": round(frame.visibility, 4),
                "displacement": round(frame.displacement, 3),
                "corruption": round(frame.corruption, 4),
                "presence": round(frame.presence, 4),
                "homography": _digits(frame.homography),
            }
        )
        for frame in region.frames
    )
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "frames": [\n{frames}]}}'
