"""What burned-in captions cost above the plain encode, beside libass and MoviePy.

One clip of 1080×1920, one script timed word by word, the style `pop`: words jump in, the one that is said stands larger
and in colour. Runs alternate; each side's median counts. Wall time is what a user waits; processor time (user and
system, all threads) is what is spent, and is less disturbed by other work on the machine.

1. ours:    decode → captions → x264 over decode → x264;
2. libass:  `ffmpeg -vf ass` with the same words as karaoke over `ffmpeg` without, same preset and crf;
3. MoviePy: TextClips of the same cues composited over the clip, over writing the clip without; needs an interpreter
   that has MoviePy, and is left out without one;
4. faces:   the search for faces that `caption` makes before it lays words out, and its decode, over decode → x264.

The `ffmpeg` binary comes from the operating system's packages; the project itself never needs it.

    python benchmarks/captions.py [--rounds 3] [--seconds 10] [--preset medium] [--moviepy PYTHON]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

from common import print_environment, used
from overlaycut.api.framing import faces_of
from overlaycut.captions import burn_in, lay_out, load_style, sidecar
from overlaycut.captions.timing import grouped, spread
from overlaycut.core.flow import apply_stages
from overlaycut.core.geometry import Box
from overlaycut.core.progress import no_progress
from overlaycut.media import Clip, Encoding, write_clip, write_text
from overlaycut.resources import folder
from passthrough import CRF, HEIGHT, RATE, WIDTH, drawn

STYLE = "pop"
SAFE = Box(44, 150, 886, 1286)
SENTENCE = "Honestly this little jar changed how every quiet morning begins, and nobody told me it could be so easy. "
WORDS_A_SECOND = 3

MOVIEPY = """
import sys
from moviepy import CompositeVideoClip, TextClip, VideoFileClip
source, out, preset, crf, font, *cues = sys.argv[1:]
clip = VideoFileClip(source)
texts = [
    TextClip(font=font, text=text, font_size=99, color="white", stroke_color="black", stroke_width=10,
             method="caption", size=(886, None), margin=(12, 24))
    .with_start(float(start)).with_duration(float(end) - float(start)).with_position(("center", 1200))
    for start, end, text in zip(cues[::3], cues[1::3], cues[2::3])
]
made = CompositeVideoClip([clip, *texts]) if texts else clip
made.write_videofile(out, codec="libx264", preset=preset, ffmpeg_params=["-crf", crf], logger=None, audio=False)
"""


def script(seconds: int) -> tuple:
    """Cues of words that fill the clip."""
    count = seconds * WORDS_A_SECOND
    words = (SENTENCE * (count // len(SENTENCE.split()) + 1)).split()[:count]
    return grouped(spread(" ".join(words), [(Fraction(0), Fraction(seconds))]))


def one(clip: Path, out: Path, preset: str, seconds: int) -> None:
    """Our side, in a process of its own; without captions for 0 seconds of words."""
    source, style, stages = Clip(clip), load_style(STYLE), []
    if seconds:
        layout = lay_out(script(seconds), width=WIDTH, height=HEIGHT, style=style, safe=SAFE)
        stages.append(burn_in(layout, style))
    encoding = Encoding(preset=preset, crf=CRF)
    write_clip(apply_stages(source.frames(), stages), out, tick=source.facts.tick, encoding=encoding)


def look(clip: Path, seconds: int) -> None:
    """The faces of a clip, in a process of its own; only its decode for 0 seconds."""
    faces_of(Clip(clip), no_progress, until=Fraction(seconds))
    for _ in () if seconds else Clip(clip).frames():
        pass


def sides(clip: Path, work: Path, args: argparse.Namespace) -> dict[str, list[str]]:
    """The commands that are compared: each tool plain and with captions."""
    cues = script(args.seconds)
    ass = work / "words.ass"
    write_text(ass, sidecar(".ass", cues))
    ours = [sys.executable, __file__, "--preset", args.preset, "--one", str(clip), str(work / "o.mp4")]
    ffmpeg = [args.ffmpeg, "-y", "-i", str(clip)]
    encode = ["-c:v", "libx264", "-preset", args.preset, "-crf", str(CRF), "-pix_fmt", "yuv420p", str(work / "f.mp4")]
    found = {
        "ours plain": [*ours, "0"],
        "ours captions": [*ours, str(args.seconds)],
        "ours decode": [sys.executable, __file__, "--look", str(clip), "0"],
        "ours faces": [sys.executable, __file__, "--look", str(clip), str(args.seconds)],
        "ffmpeg plain": [*ffmpeg, *encode],
        "ffmpeg libass": [*ffmpeg, "-vf", f"ass={ass}:fontsdir={folder('fonts')}", *encode],
    }
    if args.moviepy:
        font = str(folder("fonts") / "Inter-ExtraBold.otf")
        moviepy = [args.moviepy, "-c", MOVIEPY, str(clip), str(work / "m.mp4"), args.preset, str(CRF), font]
        timed = [value for cue in cues for value in (str(float(cue.start)), str(float(cue.end)), cue.text)]
        found |= {"MoviePy plain": moviepy, "MoviePy captions": [*moviepy, *timed]}
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--preset", default="medium")
    parser.add_argument("--moviepy", help="a Python that has MoviePy")
    parser.add_argument("--one", nargs=3, metavar=("CLIP", "OUT", "SECONDS"), help=argparse.SUPPRESS)
    parser.add_argument("--look", nargs=2, metavar=("CLIP", "SECONDS"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.look:
        look(Path(args.look[0]), int(args.look[1]))
        return
    if args.one:
        one(Path(args.one[0]), Path(args.one[1]), args.preset, int(args.one[2]))
        return
    args.ffmpeg = shutil.which("ffmpeg")
    if args.ffmpeg is None:
        raise SystemExit("the ffmpeg command is not installed")
    print_environment(args.ffmpeg)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        clip = work / "clip.mp4"
        encoding = Encoding(preset="veryfast", crf=12)
        write_clip(drawn(args.seconds), clip, tick=Fraction(1, RATE), encoding=encoding)
        commands = sides(clip, work, args)
        runs = {side: [used(command)] for side, command in commands.items()}
        for _ in range(args.rounds - 1):
            for side, command in commands.items():
                runs[side].append(used(command))
    print(f"{args.seconds} s, preset {args.preset}, style {STYLE}, median of {args.rounds}")
    middle = {side: [statistics.median(run[kind] for run in taken) for kind in (0, 1)] for side, taken in runs.items()}
    for side, (wall, spent) in middle.items():
        print(f"{side:17} {wall:7.2f} s  {spent:7.2f} s of processor")
    for kind, label in enumerate(("wall", "processor")):
        extra = {tool: middle[f"{tool} {how}"][kind] - middle[f"{tool} plain"][kind]
                 for tool, how in (("ours", "captions"), ("ffmpeg", "libass"), ("MoviePy", "captions"))
                 if f"{tool} plain" in middle}  # fmt: skip
        plain = middle["ours plain"][kind]
        print(f"{label}: ours {1 + extra['ours'] / plain:.3f} of the plain transcode; "
              f"libass {1 + extra['ffmpeg'] / middle['ffmpeg plain'][kind]:.3f} of its own")  # fmt: skip
        print(f"{label}: faces {middle['ours faces'][kind] / plain:.3f} of the plain transcode, "
              f"of which decoding alone {middle['ours decode'][kind] / plain:.3f}")  # fmt: skip
        if "MoviePy" in extra:
            print(f"{label}: above plain, MoviePy {extra['MoviePy']:.2f} s, ours {extra['ours']:.2f} s: "
                  f"1/{extra['MoviePy'] / max(extra['ours'], 1e-9):.0f}")  # fmt: skip


if __name__ == "__main__":
    main()
