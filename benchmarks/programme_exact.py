"""How exact a programme is: lengths, ends of picture and sound, seams, joins of sound, and music under a voice.

Projects of three drawn shots (a picture that moves in every frame, a tone) and an end card are run at every rate, with
cuts, a crossfade and a fade; every written file is decoded again.

1. Frames of the master against the sum of the parts less the overlaps, and of its sound against its picture.
2. At every seam: frames that repeat the one before, and black ones.
3. At every join: the largest step from sample to sample against the largest one in the 50 ms on each side of it.
4. Music under a voice: how far it lies below each phrase, and how long after it it is back within 1 LU. With
   --voice and --music of files of your own, else drawn ones.

    python benchmarks/programme_exact.py [--voice FILE --music FILE]
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import overlaycut
from common import print_environment
from overlaycut.assemble import Programme, Segment, SoundPlan, programme_mix
from overlaycut.assemble.ducking import phrases, sound_level
from overlaycut.captions import voice_activity
from overlaycut.core.frame import Frame
from overlaycut.media import RATE, Clip, Encoding, SampledSound, samples, write_clip

SIZE = (108, 192)
RATES = tuple(map(Fraction, ("16", "24", "25", "30000/1001", "30", "60")))
CASES = (
    *((rate, rate, rate) for rate in RATES),
    (Fraction(24), Fraction(30), Fraction(25)),
    (Fraction(24), Fraction(16), Fraction(60)),
)
JOINS = ("cut", "crossfade", "fade")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice", type=Path)
    parser.add_argument("--music", type=Path)
    wanted = parser.parse_args()
    print_environment()
    for rates in CASES:
        for join in JOINS:
            with tempfile.TemporaryDirectory() as name:
                print(measured(Path(name), rates, join))
    ducking(wanted.voice, wanted.music)


def drawn(path: Path, rate: Fraction, seconds: Fraction, seed: int) -> None:
    """A clip whose picture differs in every frame, with a steady tone."""
    world = np.random.default_rng(seed).integers(40, 216, (24, 60, 3), dtype=np.uint8)
    wide = np.asarray(Image.fromarray(world).resize((SIZE[0] + 400, SIZE[1]), Image.Resampling.BICUBIC))

    def frames() -> Iterator[Frame]:
        for index in range(round(seconds * rate)):
            left = round(index * 90 / rate)
            picture = np.ascontiguousarray(wide[:, left : left + SIZE[0]])
            yield Frame.from_rgb(picture, index=index, at=index / rate, lasts=1 / rate)

    at = np.arange(round(seconds * RATE)) / RATE
    tone = (0.3 * np.sin(2 * np.pi * (300 + 70 * seed) * at)).astype(np.float32)
    sound = SampledSound([np.repeat(tone[:, None], 2, axis=1)])
    write_clip(frames(), path, tick=1 / rate, encoding=Encoding(preset="ultrafast", audio_kbps=256), sound=sound)


def measured(folder: Path, rates: tuple[Fraction, ...], join: str) -> str:
    """One line about one project."""
    lengths = (Fraction(6, 5), Fraction(3, 2), Fraction(11, 10))
    for number, (rate, seconds) in enumerate(zip(rates, lengths, strict=True)):
        drawn(folder / f"{number}.mp4", rate, seconds, number)
    Image.new("RGB", SIZE, (200, 180, 120)).save(folder / "card.png")
    keys = f'transition = "{join}"\ntransition_seconds = 0.4\n'
    shots = "".join(f'[[shots]]\nclip = "{n}.mp4"\nin = 0.25\n{keys if n else ""}' for n in range(3))
    card = f'[end_card]\nimage = "card.png"\nseconds = 0.7\n{keys}'
    text = f'[project]\noutputs = ["tiktok"]\nmaster = "{SIZE[0]}x{SIZE[1]}"\nrate = "{rates[0]}"\n{shots}{card}'
    (folder / "project.toml").write_text(text, encoding="utf-8")
    report = overlaycut.run(folder / "project.toml", folder / "out", master="lossless", cache=False)
    rate = rates[0]
    overlap = round(Fraction(2, 5) * rate) if join == "crossfade" else 0
    lasting = [round(seconds * own) / own for seconds, own in zip(lengths, rates, strict=True)]
    parts = [round((seconds - Fraction(1, 4)) * rate) for seconds in lasting] + [round(Fraction(7, 10) * rate)]
    expected = sum(parts) - 3 * overlap
    frames = list(Clip(report.master).frames())
    exact = len(frames) == expected and all(frame.at == n / rate for n, frame in enumerate(frames))
    starts = [end - overlap * (n + 1) for n, end in enumerate(itertools.accumulate(parts))][:3]
    twice, dark = seams(frames, starts, rates)
    sound = np.concatenate(list(samples(report.master)))
    late = (len(sound) / RATE - float(expected / rate)) * 1000
    click = max(step_share(sound, round(start / rate * RATE)) for start in starts)
    named = "/".join(f"{float(one):g}" for one in rates)
    return (
        f"{named} {join}: {len(frames)} frames of {expected}, exact {exact}; sound ends {late:+.1f} ms later; "
        f"at the seams {twice} frames twice, {dark} black; largest step at a join {click:.2f} of its neighbours'"
    )


def seams(frames: list[Frame], starts: list[int], rates: tuple[Fraction, ...]) -> tuple[int, int]:
    """Frames within three of a seam that repeat the one before and should not, and black ones."""
    twice = dark = 0
    for number, start in enumerate(starts):
        for place in range(max(start - 3, 1), min(start + 4, len(frames))):
            dark += float(frames[place].y.mean()) < 18
            still = number == 2 and place > start  # the card stands still
            slow = rates[0] > min(rates[number], rates[min(number + 1, 2)])  # frames are shown more than once there
            same = np.array_equal(frames[place].y, frames[place - 1].y)
            twice += bool(same and not still and (place == start or not slow))
    return twice, dark


def step_share(sound: NDArray[np.float32], at: int) -> float:
    """The largest step from sample to sample within 2 ms of a join, over the largest in the 50 ms before and after."""
    steps = np.abs(np.diff(sound[:, 0]))
    near = steps[max(at - 96, 0) : at + 96].max(initial=0)
    around = max(steps[max(at - 2496, 0) : max(at - 96, 0)].max(initial=0), steps[at + 96 : at + 2496].max(initial=0))
    return float(near / max(around, 1e-9))


def ducking(voice: Path | None, music: Path | None) -> None:
    """Print how far music lies below each phrase of a voice, and when it is back."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        voice, music = voice or drawn_voice(folder / "voice.wav"), music or drawn_music(folder / "music.wav")
        said = np.concatenate(list(samples(voice)))
        seconds = Fraction(len(said), RATE) + 3
        frames = int(seconds * 30)
        segment = Segment(name="", source=Path(), frames=frames, starts=0, source_in=Fraction(0), has_sound=False)
        silent = Programme(width=2, height=2, rate=Fraction(30), segments=(segment,))
        speech = voice_activity([said], RATE)
        plan = SoundPlan(voice=voice, music=music, speech=lambda: speech, music_fade=Fraction(0))
        alone = programme_mix(silent, SoundPlan(voice=voice))
        bed = programme_mix(silent, plan) - alone
        free = bed_without_voice(silent, music, bed, speech)
    depths, backs = [], []
    stretches = phrases(speech, Fraction(9, 10))
    for number, (start, end) in enumerate(stretches):
        over, under = (sound_level(sound, ((start, end),)) for sound in (alone, bed))
        depths.append((over or 0) - (under or -99))
        following = stretches[number + 1][0] if number + 1 < len(stretches) else Fraction(len(bed), RATE)
        if following - end > Fraction(11, 10):
            backs.append(back_after(bed, free, end))
    print(
        f"music under {len(stretches)} phrases: {min(depths):.1f} to {max(depths):.1f} LU below (limit 9), "
        f"back after {max(backs, default=0):.2f} s at most (limit 0.6)"
    )


def bed_without_voice(
    silent: Programme, music: Path, bed: NDArray[np.float32], speech: tuple[tuple[Fraction, Fraction], ...]
) -> NDArray[np.float32]:
    """The music at the level that it has where nobody speaks."""
    plain = programme_mix(silent, SoundPlan(music=music, music_fade=Fraction(0)))
    last = round((speech[-1][1] + 1) * RATE)
    scale = float(np.abs(bed[last:]).max() / np.abs(plain[last:]).max())
    return plain * np.float32(scale)


def back_after(bed: NDArray[np.float32], free: NDArray[np.float32], end: Fraction) -> float:
    """Seconds after `end` from which on music stays within 1 LU of its free level, in steps of 10 ms."""
    for step in range(120):
        at = end + Fraction(step, 100)
        part = slice(round(at * RATE), round(at * RATE) + RATE // 20)
        now, full = (float((sound[part].astype(np.float64) ** 2).mean()) for sound in (bed, free))
        if full > 0 and now >= full * 10 ** (-1 / 10):
            return step / 100
    return 9.0


def drawn_voice(path: Path) -> Path:
    """Three phrases of noise in syllables, the second one quieter."""
    at = np.arange(12 * RATE) / RATE
    level = 0.25 * ((at > 1) & (at < 3)) + 0.08 * ((at > 4.5) & (at < 6)) + 0.25 * ((at > 8) & (at < 9.5))
    noise = np.random.default_rng(0).standard_normal(len(at)) * (0.6 + 0.4 * np.sin(2 * np.pi * 5 * at))
    return written(path, noise * level)


def drawn_music(path: Path) -> Path:
    """Chords over a pulse, louder and softer by 6 dB."""
    at = np.arange(10 * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * hertz * at) for hertz in (220, 277, 330, 440))
    swell, pulse = 0.7 + 0.3 * np.sin(2 * np.pi * 0.3 * at), 0.6 + 0.4 * np.exp(-(at % 0.5) * 8)
    return written(path, chord * swell * pulse * 0.08)


def written(path: Path, mono: NDArray[np.float64]) -> Path:
    """A sound file of 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.rint(np.clip(mono, -1, 1) * 32767).astype("<i2").tobytes())
    return path


if __name__ == "__main__":
    main()
