"""A generation service that makes no calls, and a project that it makes clips for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from draw import colour_planes, draw_clip
from overlaycut.errors import RequestRefused
from overlaycut.providers import (
    Cost,
    FetchedFile,
    GenerationRequest,
    ModelRow,
    Output,
    Prepared,
    Submitted,
    Task,
    TaskState,
    TaskStatus,
)
from overlaycut.resources import folder

ROW: dict[str, Any] = {
    "media": "video",
    "modes": {"text": {"id": "t"}, "image": {"id": "i"}, "frames": {"id": "f"}, "references": {"id": "r", "most": 3}},
    "durations": (5, 10),
    "seed": True,
    "prices": [{"usd_per_second": "0.10"}],
    "source": "a test",
    "checked": date(2026, 11, 28),
}


def row(**changes: Any) -> ModelRow:
    """A model of the fake service."""
    return ModelRow.model_validate({**ROW, **changes})


@dataclass
class FakeService:
    """Makes every task at once; counts what it is paid for. Words in brackets in a prompt make its task fail."""

    content: Mapping[str, bytes] = field(default_factory=dict)
    """Model → the file that it gives; "" for all others."""
    models: Mapping[str, ModelRow] = field(
        default_factory=lambda: {
            "fake/one": row(),
            "fake/two": row(prices=[{"usd_per_second": "0.02"}], seed=False),
            "fake/unpriced": row(prices=[]),
            "fake/still": row(
                media="image", durations=(), modes={"text": {"id": "t"}, "edit": {"id": "e", "most": 3}},
                ratios=("9:16", "1:1"), prices=[{"usd_per_image": "0.05"}],
            ),
        }
    )  # fmt: skip
    name: str = "fake"
    concurrent: int = 3
    repeats_safely: bool = False
    poll_seconds: float = 0.01
    patience_seconds: float = 5.0
    requests: dict[str, GenerationRequest] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    never_done: bool = False
    breaks: bool = True
    """Whether it breaks down where a prompt says so."""

    @property
    def paid(self) -> int:
        """Tasks that it has taken."""
        return len(self.requests)

    def prepare(self, request: GenerationRequest, *, key: str = "") -> Prepared:
        model = self.models[request.model]
        price = model.prices[0] if model.prices else None
        usd = None
        if price is not None and price.usd_per_second:
            usd = price.usd_per_second * (request.duration or 5)
        elif price is not None and price.usd_per_image:
            usd = price.usd_per_image * request.count
        cost = Cost(usd=usd, basis="by the second", source="a test", as_of="2026-11-28")
        call = {"method": "POST", "url": "https://fake.example/tasks", "body": {"prompt": request.prompt}}
        return Prepared(provider=self.name, request=request, cost=cost, calls=(call,))

    async def submit(self, request: GenerationRequest, *, key: str) -> Submitted:
        if "[refused]" in request.prompt:
            raise RequestRefused("fake: the picture shows a person", hint="change it", kind="moderation")
        if "[breaks]" in request.prompt and self.breaks:
            raise ZeroDivisionError("oops")
        self.requests[key] = request
        task = Task(provider=self.name, model=request.model, id=key[:12])
        return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED))

    async def find(self, model: str, key: str) -> Task | None:
        return None

    async def poll(self, task: Task) -> TaskStatus:
        if self.never_done:
            return TaskStatus(state=TaskState.RUNNING)
        request = next(one for key, one in self.requests.items() if key.startswith(task.id))
        outputs = tuple(Output(url=f"https://fake.example/{task.id}/{n}") for n in range(request.count))
        return TaskStatus(state=TaskState.SUCCEEDED, outputs=outputs, facts={"seed": request.seed})

    async def fetch(self, task: Task, output: Output, out: Path, *, media: str) -> FetchedFile:
        data = self.content.get(task.model, self.content.get("", b"no clip")) + output.url.encode()
        out.write_bytes(data)
        mime = "video/mp4" if media == "video" else "image/png"
        return FetchedFile(
            path=out, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), mime=mime, host="fake.example"
        )

    async def cancel(self, task: Task) -> bool:
        self.cancelled.append(task.id)
        return True

    async def close(self) -> None:
        pass


def label(text: str, size: tuple[int, int] = (216, 384)) -> Image.Image:
    """A can with a word on it, on a counter."""
    width, height = size
    picture = Image.new("RGB", size, (150, 165, 172))
    draw = ImageDraw.Draw(picture)
    rng = np.random.default_rng(4)
    for _ in range(60):
        x, y, r = rng.integers(width), rng.integers(height), rng.integers(4, 20)
        draw.ellipse((x, y, x + r, y + r), fill=tuple(int(c) for c in rng.integers(60, 220, 3)))
    draw.rectangle((width * 0.12, height * 0.3, width * 0.88, height * 0.8), fill=(150, 30, 40))
    font = ImageFont.truetype(str(folder("fonts") / "Inter-Bold.otf"), width // 6)
    draw.text((width / 2, height * 0.55), text, fill="white", font=font, anchor="mm")
    return picture


def clip_of(path: Path, pictures: Sequence[Image.Image]) -> Path:
    """A clip of 24 pictures a second."""
    draw_clip(path, [colour_planes(np.asarray(one), "yuv420p") for one in pictures], tick=Fraction(1, 24))
    return path


PROMPT = "The can turns slowly to the left, locked-off camera, warm morning light"


def project(folder: Path, text: str = "", *, size: tuple[int, int] = (216, 384)) -> Path:
    """A project of one shot, in a folder with its still."""
    label("BREW", size).save(folder / "still.png")
    path = folder / "project.toml"
    path.write_text(
        text
        or f'[generate]\nmodel = "fake/one"\ncandidates = 2\nduration = 5\n\n[[shots]]\nstill = "still.png"\n'
        f'text = ["BREW"]\nprompt = "{PROMPT}"\n'
    )
    return path


def price(usd: str) -> Decimal:
    """US dollars."""
    return Decimal(usd)
