"""Media files in and out: the only package that imports PyAV (FFmpeg).

`Clip` opens a clip and gives its frames; `write_clip` encodes frames and sound; `samples` reads sound;
`read_still` and `write_png` handle single pictures; `Scaler` cuts and scales frames.
"""

from overlaycut.media.aac import through_aac
from overlaycut.media.alpha import ALPHA_KINDS, alpha_outputs, write_alpha
from overlaycut.media.audio import BLOCK, RATE, Samples, samples, silence, sound_channels, sound_seconds
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
from overlaycut.media.filter_graph import at_tempo
from overlaycut.media.hardware import Encoder, EncoderChoice, chosen_encoder, encoder_notes
from overlaycut.media.loudness import k_weighted, limited, loudness
from overlaycut.media.outputs import declare, is_ours, record, share
from overlaycut.media.probe import provider_guess, with_content
from overlaycut.media.scale import Scaler
from overlaycut.media.sequences import SequenceKind, sequence_name, write_sequence
from overlaycut.media.stills import StillFacts, profile_note, read_still, still_facts, write_png
from overlaycut.media.wav import write_wav

__all__ = [
    "ALPHA_KINDS",
    "BLOCK",
    "RATE",
    "Clip",
    "CopiedSound",
    "Encoder",
    "EncoderChoice",
    "Encoding",
    "PictureCodec",
    "SampledSound",
    "Samples",
    "Scaler",
    "SequenceKind",
    "Sound",
    "StillFacts",
    "WrittenFile",
    "abandon",
    "alpha_outputs",
    "at_tempo",
    "carried_sound",
    "chosen_encoder",
    "common_tick",
    "declare",
    "encoder_notes",
    "has_credentials",
    "is_ours",
    "k_weighted",
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
    "sequence_name",
    "share",
    "silence",
    "sound_channels",
    "sound_seconds",
    "still_facts",
    "through_aac",
    "to_bt709",
    "with_content",
    "write_alpha",
    "write_clip",
    "write_png",
    "write_sequence",
    "write_text",
    "write_wav",
]
