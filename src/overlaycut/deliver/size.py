"""File sizes and bit rates that a platform caps: computed before encoding, met by a second pass where needed."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from pathlib import Path

from overlaycut.deliver.mp4 import read_mp4
from overlaycut.deliver.policy import Policy, SizeCapParameters
from overlaycut.errors import UsageError


def refuse_unreachable(
    policy: Policy, rate: Fraction, duration: Fraction, *, parameters: SizeCapParameters = SizeCapParameters()
) -> None:
    """Raises UsageError, with the size that can be reached, when the policy's size cap cannot hold the programme.

    rate: frames per second. duration: seconds.
    """
    limit = policy.limits.bytes
    if limit is None or limit.max is None:
        return
    video = policy.target.video
    least = ceil(video.width * video.height * rate * parameters.min_bits_per_pixel)
    if policy.video_bitrate_cap(duration, parameters=parameters) >= least:
        return
    reachable = (least + policy.target.audio.bitrate) * duration / 8 / parameters.payload_share
    raise UsageError(
        f"{policy.name}: {float(duration):.1f} s of {video.width}x{video.height} do not fit into "
        f"{float(limit.max) / 1e6:.3g} MB; {float(reachable) / 1e6:.3g} MB is the least that shows a picture",
        hint=f"shorten it to {float(duration * limit.max / reachable):.0f} s, or raise limits.bytes in a policy file",
    )


def size_binds(policy: Policy, duration: Fraction) -> bool:
    """Whether a programme of `duration` seconds could be larger than the policy's cap at the target's own rate."""
    return policy.video_bitrate_cap(duration) < policy.target.video.max_bitrate


def buffer_kbit(policy: Policy, duration: Fraction) -> int:
    """Size of the VBV buffer in kbit: the target's, or one second at the rate that the size cap leaves."""
    bits = policy.target.video.buffer_bits
    if size_binds(policy, duration):
        bits = min(bits, policy.video_bitrate_cap(duration))
    return max(bits // 1000, 1)


def next_kbps(
    policy: Policy, path: Path, *, asked: int | None = None, parameters: SizeCapParameters = SizeCapParameters()
) -> int | None:
    """The mean video bit rate for another pass, in kbit/s; None when the file keeps its caps.

    asked: the mean rate that the previous pass aimed at; None when that was at constant quality.
    """
    facts = read_mp4(path)
    track = facts.pictures[0]
    size, rate = policy.limits.bytes, policy.limits.video_bitrate
    if track.bitrate is None:
        return None
    if size is not None and size.max is not None and facts.bytes > size.max:
        room = size.max * parameters.target_share - (facts.bytes - track.sample_bytes)
        return max(floor((asked or track.bitrate / 1000) * room / track.sample_bytes), 1)
    least = [rate.min] if rate is not None and rate.min is not None else []
    if size is not None and size.min is not None:
        least.append(track.bitrate * size.min / facts.bytes)
    if least and track.bitrate < max(least):
        return ceil((asked or track.bitrate / 1000) * max(least) / parameters.target_share**5 / track.bitrate)
    return None


def picture_kbps(path: Path) -> int | None:
    """The mean video bit rate of a file in kbit/s; None when its samples have no duration."""
    rate = read_mp4(path).pictures[0].bitrate
    return None if rate is None else max(round(rate / 1000), 1)
