"""What five deliveries from one pass cost and are worth, beside FFmpeg's own command; and what the written files say.

Six questions, ratios within one run:

1. cost: time and processor time of one pass into five deliveries over the sum of FFmpeg's five encodes of ready-made
   inputs (same size, rate, preset, rate factor, cap and GOP, with sound), and peak memory beside theirs;
2. quality: XPSNR and SSIM of a delivery and of FFmpeg's two passes at the same size within 2 %; both measured by the
   FFmpeg inside PyAV, since the command of most systems has no xpsnr;
3. size: how well caps are met;
4. loudness: integrated loudness and true peak of programmes of 3, 5, 15 and 60 s, by the command's ebur128;
5. sync: where a clap is seen and heard in deliveries of clips in MP4, MOV, Matroska, WebM and MPEG-TS;
6. checks: which deliveries of the shipped samples' clips, for platforms that take their length, fail theirs.

The `ffmpeg` command comes from the operating system's packages; the project itself never needs it.

    python benchmarks/delivery.py [--only cost,quality,…] [--seconds 6] [--rounds 2] [--preset medium]
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.filter
import numpy as np

from common import print_environment, used
from overlaycut.api.exporting import export
from overlaycut.core.frame import Frame
from overlaycut.deliver import Mastering, load_policy, policy_names, read_mp4
from overlaycut.media import RATE, Clip, Encoding, SampledSound, Samples, samples, write_clip
from overlaycut.resources import folder as shipped
from passthrough import drawn

FIVE = ("tiktok", "reels", "shorts", "feed-1x1", "feed-4x5")
MIB = 1 << 20


def voice(seconds: float, *, click: float = 0.3) -> Samples:
    """Syllables of a buzzing voice with pauses between, and a click every second."""
    at = np.arange(int(RATE * seconds)) / RATE
    swell = np.clip(np.sin(2 * np.pi * 3.1 * at) + 0.3 * np.sin(2 * np.pi * 0.7 * at), 0, None) ** 1.5
    wave = sum(np.sin(2 * np.pi * hertz * at) / n for n, hertz in enumerate((130, 262, 523, 1100, 2500), start=1))
    wave = 0.05 * swell * wave
    for start in range(7000, len(wave) - 40, RATE):
        wave[start : start + 40] += click * np.hanning(40)
    return np.repeat(wave[:, None].astype(np.float32), 2, axis=1)


def settings(name: str, preset: str, rate: Fraction = Fraction(30)) -> list[str]:
    """FFmpeg's words for how a platform's picture and sound are encoded."""
    policy = load_policy(name)
    video, audio = policy.target.video, policy.target.audio
    gop = policy.gop_frames(policy.rate_for(rate))
    return ["-c:v", "libx264", "-preset", preset, "-profile:v", "high", "-pix_fmt", "yuv420p", "-g", str(gop),
            "-keyint_min", str(gop), "-sc_threshold", "0", "-flags", "+cgop", "-bf", str(video.b_frames),
            "-maxrate", str(video.max_bitrate), "-bufsize", str(video.buffer_bits), "-c:a", "aac",
            "-b:a", str(audio.bitrate), "-movflags", "+faststart"]  # fmt: skip


def ready_made(clip: Path, folder: Path) -> dict[str, Path]:
    """The clip in the shapes of the five deliveries, nearly without loss."""
    from overlaycut.reframe.reframing import reframed

    made: dict[tuple[int, int], Path] = {}
    for name in FIVE:
        video = load_policy(name).target.video
        size = video.width, video.height
        if size not in made:
            path = folder / f"ready-{size[0]}x{size[1]}.mp4"
            source = Clip(clip)
            frames = reframed((source.facts.width, source.facts.height), size)(source.frames())
            fine = Encoding(preset="veryfast", crf=8)
            write_clip(frames, path, tick=Fraction(1, 30), encoding=fine, sound=SampledSound(samples(clip)))
            made[size] = path
    return {name: made[(v := load_policy(name).target.video).width, v.height] for name in FIVE}


def cost(clip: Path, folder: Path, ffmpeg: str, preset: str, rounds: int) -> None:
    """Question 1."""
    inputs = ready_made(clip, folder)
    for number in range(rounds):
        theirs = []
        for name in FIVE:
            crf = str(load_policy(name).target.video.crf)
            out = str(folder / f"theirs-{name}.mp4")
            command = [ffmpeg, "-y", "-i", str(inputs[name]), *settings(name, preset), "-crf", crf, out]
            theirs.append(used(command))
        passed = used([sys.executable, __file__, "--one", str(clip), str(folder / "ours"), preset])
        verb = used([sys.executable, "-m", "overlaycut", "export", str(clip), "--to", ",".join(FIVE),
                     "-o", str(folder / "verb"), "--preset", preset, "--no-cache"])  # fmt: skip
        wall, processor, peak = (sum(column) for column in zip(*theirs, strict=True))
        print(
            f"round {number + 1}: FFmpeg's five {wall:.1f} s, {processor:.1f} s of processor, {peak:.0f} MiB together; "
            f"one pass {passed[0]:.1f} s, {passed[1]:.1f} s, {passed[2]:.0f} MiB; "
            f"whole export with looking and checking {verb[0]:.1f} s, {verb[1]:.1f} s"
        )
        print(
            f"  pass / FFmpeg: time {passed[0] / wall:.3f}, processor {passed[1] / processor:.3f} (limit 1.15); "
            f"export / FFmpeg: time {verb[0] / wall:.3f}, processor {verb[1] / processor:.3f}; "
            f"memory {passed[2] - peak:+.0f} MiB (limit +600)"
        )


def one_pass(clip: Path, out: Path, preset: str) -> None:
    """Decode, reframe, level, encode five deliveries: what `export` does between looking and checking."""
    from overlaycut.api.captioning import CaptionLook
    from overlaycut.api.delivering import delivered
    from overlaycut.api.delivery_source import DeliveryOptions, DeliverySource, Scene, delivery_job
    from overlaycut.api.exporting import policies_for
    from overlaycut.reframe.saliency import SaliencyAnalyser

    source = Clip(clip)
    facts = source.facts
    assert facts.duration_in_header is not None
    duration = Fraction(round(facts.duration_in_header * 30), 30)
    programme = DeliverySource(
        width=facts.width,
        height=facts.height,
        rate=Fraction(30),
        constant=True,
        duration=duration,
        sound=lambda: samples(clip, duration=duration),
        has_sound=True,
        cues=(),
        look=CaptionLook(),
        scenes=(Scene(Fraction(0), SaliencyAnalyser(facts.width, facts.height).result()),),
    )
    planned = [delivery_job(programme, policy, out, DeliveryOptions(preset=preset)) for policy in policies_for(FIVE)]
    delivered(planned, source.frames)


def compared(reference: Path, other: Path) -> tuple[float, float]:
    """XPSNR of luma in dB and SSIM of luma, mean over all frames, by the FFmpeg inside PyAV."""
    found = []
    for name, key in (("xpsnr", "lavfi.xpsnr.xpsnr.y"), ("ssim", "lavfi.ssim.Y")):
        values = []
        with av.open(str(reference)) as one, av.open(str(other)) as two:
            graph = av.filter.Graph()
            stream = one.streams.video[0]
            sources = [graph.add_buffer(template=stream, time_base=Fraction(1, 30)) for _ in range(2)]
            meter, sink = graph.add(name), graph.add("buffersink")
            for port, source in enumerate(sources):
                source.link_to(meter, 0, port)
            meter.link_to(sink)
            graph.configure()
            for index, pair in enumerate(zip(two.decode(video=0), one.decode(video=0), strict=True)):
                for source, picture in zip(sources, pair, strict=True):
                    picture.pts, picture.time_base = index, Fraction(1, 30)
                    source.push(picture)
                while True:
                    try:
                        values.append(float(sink.pull().metadata[key]))
                    except (av.BlockingIOError, av.EOFError):
                        break
        found.append(statistics.fmean(value for value in values if np.isfinite(value)))
    return found[0], found[1]


def quality(folder: Path, ffmpeg: str, preset: str) -> None:
    """Question 2: the samples for X, which neither reframes nor scales them nor changes their rate."""
    for clip in sorted(shipped("samples").glob("*/clips/01.mp4")):
        rate = Clip(clip).full_facts.fps
        assert rate is not None
        for two_pass in (False, True):
            (delivery,) = export(
                clip, ["x"], folder / "quality", preset=preset, two_pass=two_pass, cache=False
            ).deliveries
            ours, theirs = delivery.path, folder / "two-pass.mp4"
            track = read_mp4(ours).pictures[0]
            assert track.bitrate is not None
            asked = float(track.bitrate)
            for _ in range(6):
                common = [ffmpeg, "-y", "-i", str(clip), *settings("x", preset, rate), "-b:v",
                          str(round(asked)), "-an", "-passlogfile", str(folder / "log")]  # fmt: skip
                for number in ("1", "2"):
                    subprocess.run([*common, "-pass", number, str(theirs)], check=True, capture_output=True)
                ratio = read_mp4(theirs).pictures[0].sample_bytes / track.sample_bytes
                if abs(ratio - 1) < 0.01:
                    break
                asked /= ratio
            (ours_x, ours_s), (theirs_x, theirs_s) = compared(clip, ours), compared(clip, theirs)
            passes = "two passes" if two_pass else "one pass"
            print(
                f"{clip.parent.parent.name}, {passes}, {float(track.bitrate) / 1e6:.2f} Mbit/s, "
                f"FFmpeg's size / ours {ratio:.3f}: "
                f"XPSNR ours {ours_x:.2f} dB, two-pass {theirs_x:.2f} dB, difference {ours_x - theirs_x:+.2f}; "
                f"SSIM {ours_s:.5f}, {theirs_s:.5f}, {ours_s - theirs_s:+.5f} (limit: not below)"
            )


def size(clip: Path, folder: Path, preset: str) -> None:
    """Question 3: TikTok's policy with smaller caps."""
    from importlib.resources import files

    text = (files("overlaycut.deliver") / "policies" / "tiktok.toml").read_text(encoding="utf-8")
    for megabytes in (8, 4, 2, 1):
        path = folder / "small.toml"
        path.write_text(text.replace("max = 72_000_000", f"max = {megabytes}_000_000"), encoding="utf-8")
        (delivery,) = export(clip, [str(path)], folder / "size", preset=preset, cache=False).deliveries
        ssim = delivery.quality and delivery.quality.value
        said = delivery.error or f"{(delivery.bytes or 0) / 1e6:.3f} MB, {ssim} SSIM"
        print(f"cap {megabytes} MB: {said}")


def heard(ffmpeg: str, path: Path) -> tuple[float, float]:
    """Integrated loudness and true peak by the command's ebur128."""
    said = subprocess.run(
        [ffmpeg, "-nostats", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"],
        check=True, capture_output=True, text=True,
    ).stderr  # fmt: skip
    summary = said[said.rindex("Summary:") :]
    found = (re.search(pattern, summary) for pattern in (r"I:\s+(-?[\d.]+) LUFS", r"Peak:\s+(-?[\d.]+) dBFS"))
    lufs, peak = (float(match[1]) for match in found if match)
    return lufs, peak


def small_frames(seconds: Fraction) -> Iterator[Frame]:
    """Grey pictures that last so long."""
    y, half = np.full((64, 36), 90, np.uint8), np.full((32, 18), 128, np.uint8)
    for index in range(int(seconds * 30)):
        yield Frame(index, Fraction(index, 30), Fraction(1, 30), y, half, half)


def loudness(folder: Path, ffmpeg: str) -> None:
    """Question 4."""
    off, peaks = [], []
    for seconds in (3, 5, 15, 60):
        for click in (0.0, 0.3):
            for kbps in (128, 192, 384):
                wave = voice(seconds, click=click)
                sound = Mastering(lambda wave=wave: iter([wave]))
                level = sound.level(lufs=-14, peak_dbtp=-1, kbps=kbps)
                path = folder / "sound.mp4"
                write_clip(
                    small_frames(Fraction(seconds)), path, tick=Fraction(1, 30),
                    encoding=Encoding(preset="ultrafast", edit_lists=False, audio_kbps=kbps),
                    sound=SampledSound(sound.samples(level)),
                )  # fmt: skip
                lufs, peak = heard(ffmpeg, path)
                off.append(abs(lufs + 14))
                peaks.append(peak)
                print(f"{seconds:3} s, clicks {click}, {kbps} kbit/s: {lufs:.1f} LUFS, {peak:.1f} dBTP")
    print(f"worst: {max(off):.2f} LU off (limit 0.5), peak {max(peaks):.1f} dBTP (limit -1.0)")


def clapper(path: Path, video: str, audio: str, ffmpeg: str) -> None:
    """A white frame and a click at second 1 of 3, in the container and codecs that the name asks for."""
    wave = np.zeros((3 * RATE, 2), np.float32)
    wave[RATE : RATE + 48] = 0.8 * np.hanning(48)[:, None]

    def frames() -> Iterator[Frame]:
        half = np.full((160, 90), 128, np.uint8)
        for index in range(90):
            y = np.full((320, 180), 235 if index == 30 else 40, np.uint8)
            yield Frame(index, Fraction(index, 30), Fraction(1, 30), y, half, half)

    master = path.with_name("clap-master.mov")
    encoding = Encoding(lossless=True, preset="ultrafast", audio="pcm")
    write_clip(frames(), master, tick=Fraction(1, 30), encoding=encoding, sound=SampledSound([wave]))
    subprocess.run([ffmpeg, "-y", "-i", str(master), "-c:v", video, "-c:a", audio, str(path)],
                   check=True, capture_output=True)  # fmt: skip


def clap(path: Path) -> tuple[float, float]:
    """When the white frame is seen and the click is heard, in seconds on the file's own clock."""
    with av.open(str(path)) as container:
        pictures = [(float(f.time or 0), f.to_ndarray(format="gray").mean()) for f in container.decode(video=0)]
    seen = max(pictures, key=lambda one: one[1])[0]
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        parts = [(float(f.time or 0), np.abs(f.to_ndarray()).max(axis=0)) for f in container.decode(stream)]
        loudest = max(parts, key=lambda part: part[1].max())
        return seen, loudest[0] + int(loudest[1].argmax()) / stream.rate


def sync(folder: Path, ffmpeg: str) -> None:
    """Question 5."""
    for name, video, audio in (
        ("clap.mp4", "libx264", "aac"), ("clap.mov", "libx264", "pcm_s16le"), ("clap.mkv", "libx264", "flac"),
        ("clap.webm", "libvpx", "libopus"), ("clap.ts", "libx264", "aac"), ("clap-mp3.mp4", "libx264", "libmp3lame"),
    ):  # fmt: skip
        path = folder / name
        clapper(path, video, audio, ffmpeg)
        report = export(path, ["tiktok", "reels"], folder / f"sync-{name}", preset="ultrafast", cache=False)
        for delivery in report.deliveries:
            seen, sounded = clap(delivery.path)
            offset = sounded - seen - 24 / RATE  # the click is loudest half a millisecond after it starts
            print(f"{name} → {delivery.platform}: {offset * 1000:+.1f} ms (limit 21.3 ms, one AAC frame)")


def checks(folder: Path) -> None:
    """Question 6."""
    total = passed = 0
    for clip in sorted(shipped("samples").glob("*/clips/*.mp4")):
        facts = Clip(clip).full_facts
        limits = {name: load_policy(name).limits.duration for name in policy_names()}
        assert facts.duration is not None
        fits = [name for name, rule in limits.items() if rule is None or (rule.min or 0) <= facts.duration]
        report = export(clip, fits, folder / "samples", preset="ultrafast", cache=False)
        for delivery in report.deliveries:
            failed = [c.name for c in delivery.checks if c.status == "fail"]
            total, passed = total + 1, passed + (not failed and not delivery.error)
            if failed or delivery.error:
                print(f"{clip.parent.parent.name}/{clip.name} → {delivery.platform}: {delivery.error or failed}")
    print(f"deliveries that pass their check: {passed} of {total}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="cost,quality,size,loudness,sync,checks")
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--preset", default="medium")
    parser.add_argument("--one", nargs=3, metavar=("CLIP", "OUT", "PRESET"), help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.one:
        one_pass(Path(wanted.one[0]), Path(wanted.one[1]), wanted.one[2])
        return
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise SystemExit("this benchmark compares with the ffmpeg command: install it from your system's packages")
    print_environment(ffmpeg)
    questions = set(wanted.only.split(","))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = folder / "clip.mp4"
        if questions & {"cost", "size"}:
            sound = SampledSound([voice(wanted.seconds)])
            fine = Encoding(preset="veryfast", crf=8)
            write_clip(drawn(wanted.seconds), clip, tick=Fraction(1, 30), encoding=fine, sound=sound)
        if "cost" in questions:
            cost(clip, folder, ffmpeg, wanted.preset, wanted.rounds)
        if "quality" in questions:
            quality(folder, ffmpeg, wanted.preset)
        if "size" in questions:
            size(clip, folder, wanted.preset)
        if "loudness" in questions:
            loudness(folder, ffmpeg)
        if "sync" in questions:
            sync(folder, ffmpeg)
        if "checks" in questions:
            checks(folder)


if __name__ == "__main__":
    main()
