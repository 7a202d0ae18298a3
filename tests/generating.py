"""How tests generate with the fake services of `fake_services`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from fake_services import KEYS, PNG, Services
from overlaycut.providers import (
    EngineParameters,
    GenerationRequest,
    HttpParameters,
    HttpProvider,
    InputRole,
    Job,
    Keys,
    Ledger,
    MediaInput,
    Provider,
    TaskResult,
    catalogue,
    generate_clips,
)
from overlaycut.providers.downloads import DownloadParameters
from overlaycut.providers.transport import TransportParameters

MODELS = {
    "fal": "fal/kling-3-pro", "runway": "runway/gen4.5", "kling": "kling/kling-3.0",
    "kling-legacy": "kling-legacy/kling-v2-6", "minimax": "minimax/MiniMax-H3", "minimax-v1": "minimax-v1/hailuo-2.3",
    "dashscope": "dashscope/wan3.0-video", "ark": "ark/seedance-2.0", "luma": "luma/ray-3.2",
    "luma-dream-machine": "luma-dream-machine/ray-2", "google": "google/gemini-omni-1.2-flash",
    "google-veo": "google-veo/veo-3.1", "google-images": "google-images/nano-banana-2.1",
    "openai": "openai/gpt-image-2", "replicate": "replicate/hailuo-2.3",
}  # fmt: skip
STILLS = ("google-images", "openai")
CLIPS = tuple(name for name in MODELS if name not in STILLS)
QUICK = HttpParameters(
    transport=TransportParameters(connect_seconds=5, attempts=4, first_pause=0.01, longest_pause=0.03),
    download=DownloadParameters(patience=2, attempts=3),
    poll_seconds=0.01,
    patience_seconds=20,
)
BEFORE_ITS_END = date(2026, 10, 1)
TABLE = catalogue()


def request(service: str, prompt: str = "slow push in", **changes: Any) -> GenerationRequest:
    """A request for the model that stands for a service, with what it takes."""
    first = MediaInput(role=InputRole.FIRST_FRAME, data=PNG, width=720, height=1280)
    if service == "luma-dream-machine":
        first = MediaInput(role=InputRole.FIRST_FRAME, url="https://example.org/still.png")
    inputs = () if service in STILLS else (first,)
    return GenerationRequest(**{"model": MODELS[service], "prompt": prompt, "inputs": inputs} | changes)


def job(folder: Path, service: str, prompt: str = "slow push in", *, take: int = 0, **changes: Any) -> Job:
    return Job(
        provider=service, request=request(service, prompt, **changes), out=folder / f"{service}-{take}",
        media="image" if service in STILLS else "video", project="p", shot="1", take=take,
    )  # fmt: skip


class Generator:
    """Generates with the fake services, in a ledger that outlives a run."""

    def __init__(self, services: Services, folder: Path) -> None:
        self.services, self.folder = services, folder
        self.ledger_path = folder / "ledger.sqlite"
        self.heard: list[tuple[str, str, str]] = []

    def providers(
        self, *, keys: Mapping[str, str] = KEYS, parameters: HttpParameters = QUICK, base: str | None = None
    ) -> dict[str, Provider]:
        return {
            name: HttpProvider(
                name, TABLE, keys=Keys(keys, keyring=False), base=base or self.services.base(name),
                parameters=parameters, today=lambda: BEFORE_ITS_END,
            )
            for name in MODELS
        }  # fmt: skip

    def run(self, *jobs: Job, providers: Callable[[], Mapping[str, Provider]] | None = None, **options: Any) -> Any:
        """Results of the jobs; one result for one job."""
        with Ledger(self.ledger_path) as ledger:
            options.setdefault("parameters", EngineParameters())
            results = generate_clips(
                jobs, providers or self.providers, ledger,
                listen=lambda job, state, note: self.heard.append((job.provider, str(state), note)), **options,
            )  # fmt: skip
        return results[0] if len(jobs) == 1 else results

    def one(self, service: str, prompt: str = "slow push in", **options: Any) -> TaskResult:
        result: TaskResult = self.run(job(self.folder, service, prompt), **options)
        return result
