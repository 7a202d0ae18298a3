"""Draw the sample projects anew: `python samples/make.py [NAME…]`.

Everything under `samples/<NAME>/` is written by this file; the same versions of the libraries write the same
bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from simulator import (
    Arrival,
    Backdrop,
    Camera,
    Fault,
    Highlight,
    Lettering,
    Light,
    Motion,
    Occluder,
    Scene,
    Surface,
    chord,
    murmur,
    simulate,
    write_clip,
)

HERE = Path(__file__).resolve().parent
WIDTH, HEIGHT, FPS = 720, 1280, Fraction(24)
HEAVY = "Inter-ExtraBold.otf"
CRF = 23


def product_label(folder: Path) -> None:
    """A bottle on a café table; the large line of its label melts, the small one holds."""
    ink = (44, 28, 20)
    bottle = Surface(
        name="bottle",
        body="bottle",
        x=146,
        y=190,
        width=428,
        height=960,
        colour=(58, 30, 18),
        accent=(238, 226, 202),
        seed=4,
        radius=224,
        motion=Motion(turn=0.35, tilt=(0.0, 1.2), period=5.0),
        lettering=(
            Lettering(
                name="large",
                text="COLD BREW",
                centre=(214, 600),
                size=63,
                font=HEAVY,
                colour=ink,
                fault=Fault(kind="warped", onset=26, ramp=20, seed=12),
            ),
            Lettering(name="small", text="SINCE 1998", centre=(214, 690), size=34, colour=(122, 62, 30)),
        ),
    )
    scene = Scene(
        width=WIDTH,
        height=HEIGHT,
        frames=84,
        fps=FPS,
        still_width=WIDTH,
        still_height=HEIGHT,
        seed=1,
        backdrop=Backdrop(
            kind="cafe", colour=(150, 112, 86), accent=(255, 190, 116), seed=21, parallax=0.82, defocus=2.5
        ),
        surfaces=(bottle,),
        camera=Camera(zoom=0.030, pan=(-2.0, -3.0), shake=0.6, seed=3),
        arrival=Arrival(scale=1.012, offset=(-2.5, 3.0), gain=0.985, blur=0.45),
        light=Light(gain=0.08, warmth=0.02),
        noise=0.8,
    )
    _shot(folder, "01", scene, clip="01", audio=chord(scene.frames / FPS, seed=1))
    _captions(
        folder,
        ("0.250", "1.750", "Slow-steeped for eighteen hours."),
        ("1.900", "3.300", "Cold brew, the way it began."),
    )
    _project(folder, _shot_table("01", ["01"], ["COLD BREW", "SINCE 1998"]))


def talking_head(folder: Path) -> None:
    """A presenter before a studio sign that melts while a balloon drifts by."""
    sign = Surface(
        name="sign",
        body="sign",
        x=90,
        y=120,
        width=540,
        height=290,
        colour=(24, 30, 44),
        accent=(196, 160, 104),
        seed=9,
        parallax=0.72,
        lettering=(
            Lettering(
                name="large",
                text="ORBIT RADIO",
                centre=(270, 122),
                size=70,
                font=HEAVY,
                colour=(255, 226, 160),
                glow=9,
                fault=Fault(kind="warped", onset=24, ramp=20, strength=1.1, seed=40),
            ),
            Lettering(name="small", text="LIVE AT NOON", centre=(270, 207), size=38, colour=(236, 236, 228)),
        ),
    )
    presenter = Surface(
        name="presenter",
        body="presenter",
        x=-36,
        y=494,
        width=800,
        height=800,
        motion=Motion(sway=(5.0, 1.5), turn=0.5, tilt=(0.4, 1.5), period=3.4, phase=20),
    )
    scene = Scene(
        width=WIDTH,
        height=HEIGHT,
        frames=90,
        fps=FPS,
        still_width=WIDTH,
        still_height=HEIGHT,
        seed=2,
        backdrop=Backdrop(
            kind="brick", colour=(168, 112, 92), accent=(255, 214, 150), seed=5, parallax=0.7, defocus=3.0
        ),
        surfaces=(sign, presenter),
        camera=Camera(zoom=0.008, pan=(1.5, 0.8), shake=1.2, seed=8),
        arrival=Arrival(scale=1.008, offset=(1.5, -2.0), gain=1.015, blur=0.4),
        occluder=Occluder(
            kind="ball", start=(1.42, 0.26), velocity=(-0.52, -0.03), size=0.11, softness=4, colour=(222, 62, 54)
        ),
        noise=0.8,
    )
    _shot(folder, "01", scene, clip="01", audio=murmur(scene.frames / FPS, seed=2))
    _captions(
        folder,
        ("0.200", "1.600", "Good evening from the studio."),
        ("1.700", "3.500", "Tonight we follow a balloon."),
    )
    _project(folder, _shot_table("01", ["01"], ["ORBIT RADIO", "LIVE AT NOON"]))


def three_shot_story(folder: Path) -> None:
    """A poster, a shirt that was generated twice, and a can; an end card closes."""
    for number, (scene, clip) in enumerate(
        [(_poster(), "01"), (_shirt(melting=True), "02-a"), (_shirt(melting=False), "02-b"), (_can(), "03")]
    ):
        _shot(folder, clip[:2], scene, clip=clip, audio=chord(scene.frames / FPS, root=130.81, seed=10 + number))
    _picture(folder / "end-card.png", simulate(_end_card()).still())
    _captions(
        folder,
        ("0.300", "2.200", "It starts with a poster."),
        ("2.700", "4.700", "Somebody wears the name."),
        ("5.100", "7.300", "And a can of something green."),
    )
    _project(
        folder,
        _shot_table("01", ["01"], ["NIGHT MARKET", "OPEN DAILY"], end="2.5")
        + _shot_table("02", ["02-a", "02-b"], ["PAPERBOAT", "NO. 42"], end="2.5")
        + _shot_table("03", ["03"], ["FRESH MINT"], end="2.5"),
        end_card="end-card.png",
    )


def _poster() -> Scene:
    """Shot 1: both lines hold at first; then the large one melts and the small one fades away."""
    poster = Surface(
        name="poster",
        body="poster",
        x=100,
        y=270,
        width=520,
        height=700,
        colour=(58, 52, 104),
        accent=(250, 204, 128),
        seed=3,
        turned=-1.5,
        leaning=(0.0, 9.0),
        parallax=1.0,
        lettering=(
            Lettering(
                name="large",
                text="NIGHT MARKET",
                centre=(260, 118),
                size=51,
                font=HEAVY,
                colour=(250, 236, 210),
                fault=Fault(kind="warped", onset=20, ramp=18, seed=7),
            ),
            Lettering(
                name="small",
                text="OPEN DAILY",
                centre=(260, 190),
                size=38,
                colour=(250, 204, 128),
                fault=Fault(kind="lost", onset=30, ramp=20, seed=8),
            ),
        ),
    )
    return _story(
        seed=31,
        backdrop=Backdrop(
            kind="tiles", colour=(176, 190, 186), accent=(255, 226, 190), seed=2, parallax=0.97, defocus=0.8
        ),
        surfaces=(poster,),
        camera=Camera(pan=(9.0, -2.0), zoom=0.012, shake=1.4, seed=5),
    )


def _shirt(*, melting: bool) -> Scene:
    """Shot 2: one candidate melts, the other holds."""
    fault = Fault(kind="warped", onset=16, ramp=18, seed=18)
    large = Lettering(name="large", text="PAPERBOAT", centre=(325, 240), size=48, font=HEAVY, colour=(246, 238, 220))
    small = Lettering(name="small", text="NO. 42", centre=(325, 305), size=38, colour=(236, 190, 96))
    shirt = Surface(
        name="shirt",
        body="shirt",
        x=35,
        y=330,
        width=650,
        height=650,
        colour=(30, 70, 92),
        accent=(236, 190, 96),
        seed=6,
        motion=Motion(sway=(7.0, 2.0), turn=1.0, tilt=(0.8, 4.0), period=3.6, phase=200 if melting else 30),
        lettering=(replace(large, fault=fault), small) if melting else (large, small),
    )
    return _story(
        seed=32 if melting else 33,
        backdrop=Backdrop(kind="studio", colour=(196, 176, 156), accent=(250, 214, 170), seed=12, parallax=0.7),
        surfaces=(shirt,),
        camera=Camera(zoom=0.02, shake=1.0, seed=6 if melting else 7),
    )


def _can() -> Scene:
    """Shot 3: the label holds, and a word that the still does not have appears on it."""
    can = Surface(
        name="can",
        body="can",
        x=150,
        y=330,
        width=420,
        height=770,
        colour=(34, 96, 84),
        accent=(206, 226, 160),
        seed=8,
        radius=216,
        motion=Motion(drift=(3.0, 0.0), turn=0.5, tilt=(0.0, 1.5), period=4.0),
        highlight=Highlight(strength=0.22, width=46, start=-60, speed=130, slant=0.25),
        lettering=(
            Lettering(name="large", text="FRESH MINT", centre=(210, 300), size=55, font=HEAVY, colour=(244, 246, 230)),
            Lettering(
                name="extra",
                text="VORUN TEK",
                centre=(210, 392),
                size=40,
                colour=(206, 226, 160),
                fault=Fault(kind="invented", onset=22, ramp=14, seed=9),
            ),
        ),
    )
    return _story(
        seed=34,
        backdrop=Backdrop(
            kind="bokeh", colour=(92, 128, 104), accent=(246, 232, 170), seed=14, parallax=0.75, defocus=2.0
        ),
        surfaces=(can,),
        camera=Camera(zoom=-0.012, pan=(-4.0, 0.0), shake=0.8, seed=9),
    )


def _story(*, seed: int, backdrop: Backdrop, surfaces: tuple[Surface, ...], camera: Camera) -> Scene:
    return Scene(
        width=WIDTH,
        height=HEIGHT,
        frames=72,
        fps=FPS,
        still_width=WIDTH,
        still_height=HEIGHT,
        seed=seed,
        backdrop=backdrop,
        surfaces=surfaces,
        camera=camera,
        arrival=Arrival(scale=1.01, offset=(2.0, -1.5), gain=0.99, blur=0.4),
        light=Light(gain=-0.06),
        noise=0.7,
    )


def _end_card() -> Scene:
    words = Surface(
        name="words",
        body="bare",
        x=60,
        y=420,
        width=600,
        height=440,
        lettering=(
            Lettering(name="1", text="SEE YOU AT THE", centre=(300, 110), size=44, colour=(255, 226, 190)),
            Lettering(name="2", text="NIGHT MARKET", centre=(300, 200), size=74, font=HEAVY, colour=(255, 250, 240)),
            Lettering(name="3", text="Fridays from six", centre=(300, 300), size=38, colour=(255, 214, 150)),
        ),
    )
    backdrop = Backdrop(kind="studio", colour=(58, 52, 104), accent=(150, 90, 120), seed=4)
    return replace(_poster(), backdrop=backdrop, surfaces=(words,))


def _shot(folder: Path, still: str, scene: Scene, *, clip: str, audio: NDArray[np.float32]) -> None:
    """Write a shot's still, its clip and the clip's truth."""
    simulation = simulate(scene)
    _picture(folder / "stills" / f"{still}.png", simulation.still())
    clips = folder / "clips"
    clips.mkdir(parents=True, exist_ok=True)
    write_clip(clips / f"{clip}.mp4", simulation.frames(), scene.fps, crf=CRF, audio=audio)
    (clips / f"{clip}.truth.json").write_text(simulation.truth().to_json(), encoding="utf-8")


def _picture(path: Path, rgb: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rgb).save(path, optimize=True)


def _captions(folder: Path, *cues: tuple[str, str, str]) -> None:
    """Write SubRip cues of (start, end, text); times in seconds with three decimals, under a minute."""

    def stamp(seconds: str) -> str:
        whole, thousandths = seconds.split(".")
        return f"00:00:{int(whole):02},{thousandths}"

    blocks = [f"{n}\n{stamp(start)} --> {stamp(end)}\n{text}\n" for n, (start, end, text) in enumerate(cues, 1)]
    (folder / "script.srt").write_text("\n".join(blocks), encoding="utf-8")


def _shot_table(still: str, clips: list[str], text: list[str], *, end: str | None = None) -> str:
    def listed(items: list[str]) -> str:
        return "[" + ", ".join(f'"{item}"' for item in items) + "]"

    files = [f"clips/{clip}.mp4" for clip in clips]
    source = f'clip = "{files[0]}"' if len(files) == 1 else f"candidates = {listed(files)}"
    lines = ["[[shots]]", f'still = "stills/{still}.png"', source, f"text = {listed(text)}"]
    if end is not None:
        lines += ["in = 0.0", f"out = {end}"]
    return "\n".join(lines) + "\n\n"


def _project(folder: Path, shots: str, *, end_card: str | None = None) -> None:
    closing = f'[end_card]\nimage = "{end_card}"\nseconds = 1.5\n\n' if end_card else ""
    (folder / "project.toml").write_text(
        f'[project]\nname = "{folder.name}"\noutputs = ["tiktok", "reels", "shorts", "feed-1x1"]\n\n'
        f"{shots}"
        '[captions]\nsource = "script.srt"\nstyle = "clean"\n\n'
        f"{closing}"
        "[disclosure]\nai_generated = true\n",
        encoding="utf-8",
    )


SAMPLES: dict[str, Callable[[Path], None]] = {
    "product-label": product_label,
    "talking-head": talking_head,
    "three-shot-story": three_shot_story,
}


def main(names: list[str]) -> None:
    """Write the named samples, or all of them."""
    unknown = [name for name in names if name not in SAMPLES]
    if unknown:
        raise SystemExit(f"no sample {unknown[0]!r}; there are {', '.join(SAMPLES)}")
    for name in names or SAMPLES:
        folder = HERE / name
        folder.mkdir(exist_ok=True)
        SAMPLES[name](folder)
        size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
        print(f"{name}: {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
