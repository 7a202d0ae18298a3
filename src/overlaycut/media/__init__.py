"""Media files in and out: the only package that imports PyAV (FFmpeg).

`Clip` opens a clip and gives its frames; `write_clip` encodes frames and sound; `samples` reads sound;
`read_still` and `write_png` handle single pictures; `Scaler` cuts and scales frames.
"""

from overlaycut.media.aac import through_aac
from overlaycut.media.alpha import ALPHA_KINDS, alpha_outputs, write_alpha
from overlaycut.media.audio import RATE, Samples, samples, silence, sound_seconds
from overlaycut.media.codecs import Encoding, PictureCodec
from overlaycut.media.colour import to_bt709
from overlaycut.media.credentials import has_credentials
from overlaycut.media.decode import Clip
from overlaycut.media.encode import (
    CopiedSound,
    SampledSound,
    Sound,
    WrittenFile,
    carried_sound,
    common_tick,
    refuse_container,
    refuse_size,
    write_clip,
)
from overlaycut.media.files import abandon, replacing, write_text
from overlaycut.media.loudness import limited, loudness
from overlaycut.media.outputs import declare, record
from overlaycut.media.probe import provider_guess, with_content
from overlaycut.media.scale import Scaler
from overlaycut.media.stills import StillFacts, profile_note, read_still, still_facts, write_png

__all__ = [
    "ALPHA_KINDS",
    "RATE",
    "Clip",
    "CopiedSound",
    "Encoding",
    "PictureCodec",
    "SampledSound",
    "Samples",
    "Scaler",
    "Sound",
    "StillFacts",
    "WrittenFile",
    "abandon",
    "alpha_outputs",
    "carried_sound",
    "common_tick",
    "declare",
    "has_credentials",
    "limited",
    "loudness",
    "profile_note",
    "provider_guess",
    "read_still",
    "record",
    "refuse_container",
    "refuse_size",
    "replacing",
    "samples",
    "silence",
    "sound_seconds",
    "still_facts",
    "through_aac",
    "to_bt709",
    "with_content",
    "write_alpha",
    "write_clip",
    "write_png",
    "write_text",
]
