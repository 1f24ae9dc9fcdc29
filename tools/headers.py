"""What the first bytes of a sound file promise, checked before a decoder believes them.

Two weaknesses of decoders are made good here: libsndfile shortens a cut-off WAV or AIFF without a
word, and decoders of bare MP3 and AAC streams find a "frame" in any garbage. Nothing is decoded.
"""

import re
import struct
from typing import BinaryIO

from tools.errors import AudioDecodeError

FRAMES_IN_A_ROW = 3
"""Random bytes hold a frame header every 3 KB; three that follow each other, once in 2**44 bytes."""

SEARCHED = 1 << 20
"""Bytes after the tags in which the first frame must begin."""

UNKNOWN = (0, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
"""Lengths that programs writing to a pipe leave behind: they promise nothing."""

_CANDIDATE = re.compile(
    rb"(?=\xff(?:[\xe2-\xe7\xf2-\xf7\xfa-\xff][\x10-\xef]|[\xf0\xf1\xf8\xf9][\x00-\xf3]))"
)
_KBITS = {  # (MPEG-1, layer) -> kbit/s by index
    (True, 1): (0, *range(32, 449, 32)),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def check_not_cut_off(file: BinaryIO, name: str) -> None:
    """Raise `AudioDecodeError` if a WAV, AIFF, AU or MP4 file announces more than there is."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(12)
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:] == b"WAVE":
        begin, promised = _sound_chunk(file, size, "<", b"data")
    elif head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
        begin, promised = _sound_chunk(file, size, ">", b"SSND")
    elif head[:4] == b".snd" and len(head) == 12:
        begin, promised = struct.unpack(">II", head[4:])
    elif head[4:8] == b"ftyp":
        begin, promised = _last_box(file, size)
    else:
        return
    there = size - begin
    if promised not in UNKNOWN and promised > there + 1:
        raise AudioDecodeError(
            f"Cannot read '{name}': it is cut off, only {100 * max(0, there) // promised} % of "
            "the sound it announces is there. Copy or export it again."
        )


def _sound_chunk(file: BinaryIO, size: int, order: str, wanted: bytes) -> tuple[int, int]:
    """Return where the samples of a RIFF or FORM file begin and how many bytes they have."""
    position, long_length = 12, 0
    while position + 8 <= size:
        file.seek(position)
        chunk, length = struct.unpack(order + "4sI", file.read(8))
        if chunk == b"ds64":
            long_length = int.from_bytes(file.read(16)[8:], "little")
        if chunk == wanted:
            long = length == 0xFFFFFFFF and long_length
            return position + 8, long_length if long else length
        position += 8 + length + (length & 1)
    return size, 0


def _last_box(file: BinaryIO, size: int) -> tuple[int, int]:
    """Return where the content of an MP4 file's last box begins and how many bytes it has."""
    position = begin = length = 0
    while position + 16 <= size:
        file.seek(position)
        short, long = struct.unpack(">I4xQ", file.read(16))
        header = 16 if short == 1 else 8
        begin, length = position + header, (long if short == 1 else short) - header
        if length < 0:  # 0 means "to the end of the file"
            return size, 0
        position = begin + length
    return begin, length


def end_of_tags(file: BinaryIO) -> int:
    """Return where the ID3 tags at the file's beginning end; 0 if there are none."""
    start = 0
    while length := _id3_length(file, start):
        start += length
    return start


def first_frame(file: BinaryIO) -> int | None:
    """Return where the frames of a bare MPEG audio or ADTS stream begin, None if it is none."""
    start = end_of_tags(file)
    file.seek(start)
    content = file.read(SEARCHED)
    for candidate in _CANDIDATE.finditer(content):
        if _frames_follow(content, candidate.start()):
            return start + candidate.start()
    return None


def _id3_length(file: BinaryIO, start: int) -> int:
    file.seek(start)
    head = file.read(10)
    if len(head) < 10 or head[:3] != b"ID3" or max(head[6:]) > 127:
        return 0
    length = 0
    for byte in head[6:]:
        length = length << 7 | byte
    return length + (20 if head[5] & 0x10 else 10)


def _frames_follow(content: bytes, start: int) -> bool:
    kinds = set()
    for _ in range(FRAMES_IN_A_ROW):
        head = content[start : start + 6]
        found = (_mpeg_frame(head) or _adts_frame(head)) if len(head) == 6 else None
        if found is None:
            return False
        kinds.add(found[0])
        start += found[1]
    return len(kinds) == 1


def _mpeg_frame(head: bytes) -> tuple[tuple[int, ...], int] | None:
    """Return (version, layer, rate) and the bytes of the MPEG audio frame that begins here."""
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    if head[1] < 0xE0 or version == 1 or layer == 4 or bitrate in (0, 15) or rate == 3:
        return None
    bits, hertz = _KBITS[version == 3, layer][bitrate] * 1000, _RATES[version][rate]
    padding = head[2] >> 1 & 1
    if layer == 1:
        return (version, layer, rate), (12 * bits // hertz + padding) * 4
    slots = 72 if layer == 3 and version != 3 else 144
    return (version, layer, rate), slots * bits // hertz + padding


def _adts_frame(head: bytes) -> tuple[tuple[int, ...], int] | None:
    """Return (object type, rate) and the bytes of the AAC frame that begins here."""
    rate, length = head[2] >> 2 & 15, (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    if head[1] & 0xF6 != 0xF0 or rate > 12 or length < 8:
        return None
    return (head[2] >> 6, rate), length
