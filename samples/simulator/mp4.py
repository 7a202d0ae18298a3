"""Frames and sound into MP4 files, as a provider delivers them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation
from numpy.typing import NDArray

SAMPLE_RATE = 48_000
"""Of all sound, in Hz."""
_BLOCK = 1024


def write_clip(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    fps: Fraction,
    *,
    crf: int = 20,
    preset: str = "medium",
    audio: NDArray[np.float32] | None = None,
) -> int:
    """Write H.264 yuv420p in an MP4, BT.709 limited range in samples and in tags; frame i is shown at i / fps.

    Parameters
    ----------
    path
        Where to; an existing file is replaced.
    frames
        RGB uint8, all (height, width, 3) of one even size; taken one at a time.
    fps
        Frames per second, exact.
    crf, preset
        Of x264. It runs in one thread, so that the same frames give the same file on any machine.
    audio
        Sound at `SAMPLE_RATE`, (channels, samples), 1 or 2 channels, −1..1; written as AAC.

    Returns
    -------
    int
        Frames written.
    """
    count = 0
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        video = container.add_stream("libx264", rate=fps)
        video.pix_fmt = "yuv420p"
        video.time_base = video.codec_context.time_base = 1 / fps
        video.codec_context.thread_count = 1
        # Macroblock-tree rate control is not repeatable in x264 core 165: the same frames give other bytes.
        video.options = {"crf": str(crf), "preset": preset, "x264-params": "mbtree=0"}
        video.color_primaries = ColorPrimaries.BT709
        video.color_trc = ColorTrc.BT709
        video.colorspace = Colorspace.ITU709
        video.color_range = ColorRange.MPEG
        if audio is not None:
            sound = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono" if len(audio) == 1 else "stereo")
        for rgb in frames:
            if count == 0:
                video.height, video.width = rgb.shape[:2]
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24").reformat(
                format="yuv420p",
                src_color_range=ColorRange.JPEG,
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                interpolation=Interpolation.BICUBIC,
            )
            picture.pts, picture.time_base = count, 1 / fps
            container.mux(video.encode(picture))
            count += 1
        container.mux(video.encode(None))
        if audio is not None:
            for start in range(0, audio.shape[1], _BLOCK):
                block = np.ascontiguousarray(audio[:, start : start + _BLOCK], np.float32)
                piece = av.AudioFrame.from_ndarray(block, format="fltp", layout=sound.layout)
                piece.sample_rate, piece.pts, piece.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
                container.mux(sound.encode(piece))
            container.mux(sound.encode(None))
    return count


def murmur(seconds: Fraction, *, seed: int = 0, pitch: float = 185.0) -> NDArray[np.float32]:
    """Speech-like sound, a buzz through moving formants in syllables: mono, (1, samples), RMS about −18 dBFS."""
    rng = np.random.default_rng([seed, 29])
    samples = int(seconds * SAMPLE_RATE)
    t = np.arange(samples) / SAMPLE_RATE
    syllables = max(int(float(seconds) * 4.5), 1)
    at = (np.arange(syllables + 1) + 0.25 * rng.uniform(-1, 1, syllables + 1)) / 4.5

    def line(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.interp(t, at, values))

    tune = pitch * line(rng.uniform(0.88, 1.12, syllables + 1)) * (1 + 0.01 * np.sin(2 * np.pi * 5.3 * t))
    phase = 2 * np.pi * np.cumsum(tune) / SAMPLE_RATE
    formants = [line(rng.uniform(low, high, syllables + 1)) for low, high in ((300, 800), (900, 2200), (2400, 3100))]
    voice = np.zeros(samples)
    for harmonic in range(1, 17):
        hertz = harmonic * tune
        gain = sum(w / (1 + ((hertz - f) / 110) ** 2) for f, w in zip(formants, (1.0, 0.55, 0.25), strict=True))
        voice += gain / harmonic**0.4 * np.sin(harmonic * phase)
    beat = np.interp(t, np.ravel(np.column_stack([at, at + 0.13])), np.tile([0.12, 1.0], syllables + 1))
    phrase = np.clip(1.6 + 1.8 * np.sin(2 * np.pi * t / 2.3 + 0.4), 0, 1)
    return _levelled(voice * beat * phrase, 0.125)[None]


def chord(seconds: Fraction, *, root: float = 146.83, seed: int = 0) -> NDArray[np.float32]:
    """Music-like sound, a soft minor-seventh chord with a slow pulse: stereo, (2, samples), RMS −20 dBFS."""
    rng = np.random.default_rng([seed, 31])
    samples = int(seconds * SAMPLE_RATE)
    t = np.arange(samples) / SAMPLE_RATE
    sides = np.zeros((2, samples))
    for ratio in (1.0, 6 / 5, 3 / 2, 9 / 5, 2.0):
        for side in range(2):
            detune = 1 + rng.uniform(-0.0015, 0.0015)
            phase = rng.uniform(0, 2 * np.pi)
            for harmonic in (1, 2, 3):
                sides[side] += np.sin(2 * np.pi * root * ratio * detune * harmonic * t + phase) / harmonic**2.2
    pulse = 0.7 + 0.3 * np.cos(2 * np.pi * t * 1.6) ** 4
    edges = np.clip(np.minimum(t, float(seconds) - t) / 0.05, 0, 1)
    return _levelled(sides * pulse * edges, 0.1)


def _levelled(sound: NDArray[np.float64], rms: float) -> NDArray[np.float32]:
    """`sound` at that RMS, held within −1..1."""
    scaled = sound * (rms / max(float(np.sqrt((sound**2).mean())), 1e-9))
    return np.tanh(scaled).astype(np.float32)
