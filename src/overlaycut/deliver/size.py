"""Sizes and rates that a platform caps: computed before a file is written, met by a second pass where need be."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from pathlib import Path

from overlaycut.deliver.mp4 import read_mp4
from overlaycut.deliver.policy import MUX_SHARE, Policy
from overlaycut.errors import UsageError

_LEAST_BITS_PER_PIXEL = Fraction(1, 100)
"""Below a hundredth of a bit H.264 shows blocks rather than a picture: 1080×1920 at 30 then takes 0.6 Mbit/s."""

_AIM = Fraction(99, 100)
"""How much of a cap a second pass aims at; x264's two passes land within 1 %."""


def refuse_unreachable(policy: Policy, rate: Fraction, duration: Fraction) -> None:
    """Raises UsageError, with the size that can be reached, when the policy's size cap cannot hold the programme.

    rate: frames per second. duration: seconds.
    """
    limit = policy.limits.bytes
    if limit is None or limit.max is None:
        return
    video = policy.target.video
    least = ceil(video.width * video.height * rate * _LEAST_BITS_PER_PIXEL)
    if policy.video_bitrate_cap(duration) >= least:
        return
    reachable = (least + policy.target.audio.bitrate) * duration / 8 / MUX_SHARE
    raise UsageError(
        f"{policy.name}: {float(duration):.1f} s of {video.width}x{video.height} do not fit into "
        f"{float(limit.max) / 1e6:.3g} MB; {float(reachable) / 1e6:.3g} MB is the least that shows a picture",
        hint=f"shorten it to {float(duration * limit.max / reachable):.0f} s, or raise limits.bytes in a policy file",
    )


def size_binds(policy: Policy, duration: Fraction) -> bool:
    """Whether a programme of `duration` seconds could be larger than the policy's cap at the target's own rate."""
    return policy.video_bitrate_cap(duration) < policy.target.video.max_bitrate


def buffer_kbit(policy: Policy, duration: Fraction) -> int:
    """The VBV buffer: the target's, or a second of what the size cap leaves, which it may overfill by no more."""
    bits = policy.target.video.buffer_bits
    if size_binds(policy, duration):
        bits = min(bits, policy.video_bitrate_cap(duration))
    return max(bits // 1000, 1)


def next_kbps(policy: Policy, path: Path, *, asked: int | None = None) -> int | None:
    """The mean rate at which the picture has to be written again; None when the file keeps its caps.

    asked: the mean rate that the file was written at and missed; None when it was written at constant quality.
    """
    facts = read_mp4(path)
    track = facts.pictures[0]
    size, rate = policy.limits.bytes, policy.limits.video_bitrate
    if track.bitrate is None:
        return None
    if size is not None and size.max is not None and facts.bytes > size.max:
        room = size.max * _AIM - (facts.bytes - track.sample_bytes)
        return max(floor((asked or track.bitrate / 1000) * room / track.sample_bytes), 1)
    least = [rate.min] if rate is not None and rate.min is not None else []
    if size is not None and size.min is not None:
        least.append(track.bitrate * size.min / facts.bytes)
    if least and track.bitrate < max(least):
        return ceil((asked or track.bitrate / 1000) * max(least) / _AIM**5 / track.bitrate)
    return None


def picture_kbps(path: Path) -> int | None:
    """The mean rate of a file's picture; None when its samples last no time."""
    rate = read_mp4(path).pictures[0].bitrate
    return None if rate is None else max(round(rate / 1000), 1)
