"""Clean every clip of a folder and relink the editor's timeline to the cleaned ones.

python clean_and_relink.py clips/ cut.otio --stills stills/

The still of clips/a.mp4 is stills/a.png, where there is one. Clips that need no repair stay linked as they are.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import overlaycut


def clean_folder(clips: Path, out: Path, stills: Path | None) -> list[Path]:
    """The cleaned clips; a clip that passed its judgement is left out, one that fails its gates is said."""
    written = []
    for clip in sorted(clips.glob("*.mp4")):
        still = None if stills is None else stills / f"{clip.stem}.png"
        still = still if still is not None and still.is_file() else None
        plan = overlaycut.analyze(clip, still=still)
        if plan.next != "repair":
            print(f"{clip.name}: {plan.next}")
            continue
        report = overlaycut.clean(clip, out / f"{clip.stem}.clean.mp4", still=still, plan=plan)
        print(f"{clip.name}: {report.next}{''.join(f'; {gate}' for gate in report.gates)}")
        if report.ok:
            written.append(report.out)
    return written


def main(words: list[str] | None = None) -> overlaycut.RelinkReport | None:
    """Clean, then relink."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("timeline", type=Path)
    parser.add_argument("--stills", type=Path)
    parser.add_argument("--out", type=Path, default=Path("clean"))
    given = parser.parse_args(words)
    if not clean_folder(given.clips, given.out, given.stills):
        print("nothing had to be cleaned")
        return None
    relinked = overlaycut.relink(given.timeline, given.out)
    print(f"{relinked.out}: {len(relinked.relinked)} clip(s) exchanged")
    return relinked


if __name__ == "__main__":
    main()
