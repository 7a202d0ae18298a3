"""One thin adapter per protocol: what is sent, and what the answers mean. None of them opens a connection."""

from __future__ import annotations

from overlaycut.errors import UsageError
from overlaycut.providers.adapters.ark import Ark
from overlaycut.providers.adapters.base import Adapter, Order
from overlaycut.providers.adapters.dashscope import DashScope
from overlaycut.providers.adapters.fal import Fal
from overlaycut.providers.adapters.google import GoogleImages, GoogleOmni, GoogleVeo
from overlaycut.providers.adapters.kling import Kling, KlingLegacy
from overlaycut.providers.adapters.luma import Luma, LumaDreamMachine
from overlaycut.providers.adapters.minimax import MiniMax, MiniMaxV1
from overlaycut.providers.adapters.openai_images import OpenAiImages
from overlaycut.providers.adapters.replicate import Replicate
from overlaycut.providers.adapters.runway import Runway

ADAPTERS: dict[str, type[Adapter]] = {
    "ark": Ark,
    "dashscope": DashScope,
    "fal": Fal,
    "google": GoogleOmni,
    "google-images": GoogleImages,
    "google-veo": GoogleVeo,
    "kling": Kling,
    "kling-legacy": KlingLegacy,
    "luma": Luma,
    "luma-dream-machine": LumaDreamMachine,
    "minimax": MiniMax,
    "minimax-v1": MiniMaxV1,
    "openai-images": OpenAiImages,
    "replicate": Replicate,
    "runway": Runway,
}
"""Protocols by the names that the table of services uses; "closed" stands for services that ended."""


def adapter(name: str, base: str) -> Adapter:
    """The adapter of a protocol, for the service at `base`.

    Raises UsageError for a protocol that is not known.
    """
    if name not in ADAPTERS:
        raise UsageError(f"no protocol is called {name!r}", hint=f"known: {', '.join(ADAPTERS)}")
    return ADAPTERS[name](base)


__all__ = ["ADAPTERS", "Adapter", "Order", "adapter"]
