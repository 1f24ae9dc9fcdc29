"""Small sound banks, made from nothing: one looped sine, as SoundFont 2 or 3."""

import io
import struct
from pathlib import Path

import numpy as np
import soundfile

RATE, PERIOD = 44_100, 100
"""A period of so many samples is 441 Hz: 4 cents above A4, which the sample's correction takes."""

SILENCE = 46


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def listed(name: bytes, *chunks: bytes) -> bytes:
    return chunk(b"LIST", name + b"".join(chunks))


def settings(rows: list[tuple[int, int]]) -> bytes:
    return b"".join(struct.pack("<Hh", what, amount) for what, amount in rows)


def write_bank(
    path: Path, *, vorbis: bool = False, extra: tuple[tuple[int, int], ...] = (), keys: int = 127
) -> Path:
    """Write a bank with one instrument, program 0, of a sine that repeats.

    Parameters
    ----------
    extra : more generators of its zone, number and amount
    keys : the highest key that has a sound
    """
    sine = 0.5 * np.sin(2 * np.pi * np.arange(40 * PERIOD) / PERIOD)
    if vorbis:
        file = io.BytesIO()
        soundfile.write(file, sine, RATE, format="OGG", subtype="VORBIS")
        content = file.getvalue()
        end, loops, kind = len(content), (10 * PERIOD, 30 * PERIOD), 0x11
    else:
        content = (np.append(sine, np.zeros(SILENCE)) * 32767).astype("<i2").tobytes()
        end, loops, kind = sine.size, (10 * PERIOD, 30 * PERIOD), 1
    zone = [(43, keys << 8), *sorted(extra), (54, 1), (53, 0)]
    head = struct.pack("<20sIIIIIBbHH", b"sine", 0, end, *loops, RATE, 69, -4, 0, kind)
    tables = (
        chunk(b"phdr", struct.pack("<20sHHH12x", b"sine", 0, 0, 0) + struct.pack("<20sHHH12x", b"EOP", 0, 0, 1)),
        chunk(b"pbag", struct.pack("<4H", 0, 0, 1, 0)),
        chunk(b"pmod", bytes(10)),
        chunk(b"pgen", settings([(41, 0), (0, 0)])),
        chunk(b"inst", struct.pack("<20sH20sH", b"sine", 0, b"EOI", 1)),
        chunk(b"ibag", struct.pack("<4H", 0, 0, len(zone), 0)),
        chunk(b"imod", bytes(10)),
        chunk(b"igen", settings([*zone, (0, 0)])),
        chunk(b"shdr", head + struct.pack("<20s26x", b"EOS")),
    )  # fmt: skip
    body = b"sfbk" + listed(b"INFO", chunk(b"ifil", struct.pack("<HH", 2, 4)))
    body += listed(b"sdta", chunk(b"smpl", content)) + listed(b"pdta", *tables)
    path.write_bytes(chunk(b"RIFF", body))
    return path
