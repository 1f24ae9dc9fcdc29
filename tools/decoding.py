"""Sound files opened and decoded in blocks: libsndfile first, what it does not know by FFmpeg.

Knows files and decoders, not what the samples are for. A file is known by its content; its name
counts for nothing but messages.
"""

import io
import itertools
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from tools.errors import AudioDecodeError
from tools.headers import check_not_cut_off, end_of_tags, first_frame
from tools.titles import clean_text

Samples = NDArray[np.float32]

SUPPORTED = "WAV, FLAC, OGG, MP3, AIFF, M4A/AAC, Opus, WMA and the sound of MP4, MKV or WebM videos"

BLOCK = 1 << 18
"""Values decoded at once: 3 s of stereo, small enough to keep an hour out of memory."""

MOST_CHANNELS = 64
SLOWEST, FASTEST = 1_000, 1_000_000
"""Sample rates, in hertz, outside of which a header is nonsense or an attack."""

_SNDFILE = frozenset("WAV WAVEX RF64 W64 AIFF FLAC OGG CAF AU NIST VOC SVX".split())
"""Formats taken from libsndfile, which also knows some that it finds in any bytes."""

_EXACT = frozenset("WAV WAVEX RF64 W64 AIFF FLAC CAF AU".split())
_24_BITS = frozenset("PCM_24 PCM_32 ALAC_24 ALAC_32".split())
_FLOATS = frozenset("FLOAT DOUBLE".split())

FLOOR_16_BITS, FLOOR_24_BITS, FLOOR_FLOATS = 1e-4, 5e-7, 1e-9
"""-80 dBFS is three steps of 16 bits (lossy files come of those), -126 dBFS four of 24 bits; a float
file has no step, but what is 180 dB down was not meant to be heard."""
_LINEAR = ("pcm_", "alac", "flac", "wavpack", "tta", "ape")

_CONTAINERS = (
    "mov,matroska,ogg,asf,avi,flv,mpegts,mpeg,mp3,aac,flac,wav,w64,aiff,caf,au,ac3,eac3,amr,ape"
    ",wv,mpc,mpc8,tta,dsf,3gp"
)
"""What FFmpeg may take a file for: no playlists that name other files, no pictures, no raw bytes."""


@dataclass(frozen=True)
class Sound:
    """An open sound file.

    Parameters
    ----------
    frames : how many the header announces, 0 where it says nothing
    exact : whether `frames` is a promise, as in WAV and FLAC, or an estimate
    floor : amplitude below which a file of this resolution holds nothing but dither
    blocks : yields float32 arrays of shape (n, channels); each is overwritten by the next
    """

    rate: int
    channels: int
    frames: int
    exact: bool
    floor: float
    blocks: Callable[[], Iterator[Samples]]


@contextmanager
def open_sound(path: Path) -> Iterator[Sound]:
    """Open a sound or video file.

    Raises
    ------
    AudioDecodeError
        If there is no such file, or it is no audio we can read, or it is seen to be cut off.
    """
    check_is_file(path)
    name = clean_text(path.name)
    try:
        raw = open(path, "rb", buffering=0, opener=_open_without_waiting)
    except OSError as error:
        raise AudioDecodeError(
            f"Cannot open '{clean_text(str(path))}': {reason(error)}."
        ) from error
    with raw:
        check_not_cut_off(raw, name)
        file = _sndfile(raw)
        with _sound_of(file, name) if file else _open_av(raw, name) as sound:
            _check_sane(sound.rate, sound.channels, name)
            yield sound


def check_is_file(path: Path) -> None:
    """Raise `AudioDecodeError` unless `path` is a regular file that holds something."""
    shown = clean_text(str(path))
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise AudioDecodeError(f"No file '{shown}'. Check the spelling of the path.") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise AudioDecodeError(f"Cannot open '{shown}': {reason(error)}.") from error
    if stat.S_ISDIR(status.st_mode):
        raise AudioDecodeError(f"'{shown}' is a folder; name the audio files in it.")
    if not stat.S_ISREG(status.st_mode):
        raise AudioDecodeError(f"'{shown}' is not a file but a device or pipe; name an audio file.")
    if status.st_size == 0:
        raise AudioDecodeError(
            f"Cannot read '{clean_text(path.name)}' as audio: the file is empty (0 bytes)."
        )


def reason(error: BaseException) -> str:
    """Return a library's complaint as part of a sentence."""
    text = clean_text(str(getattr(error, "strerror", "") or error)).rstrip(".")
    return text or type(error).__name__


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_sane(rate: int, channels: int, name: str) -> None:
    if not 0 < channels <= MOST_CHANNELS:
        raise AudioDecodeError(
            f"Cannot read '{name}': it announces {channels} channels; 1 to {MOST_CHANNELS} are read."
        )
    if not SLOWEST <= rate <= FASTEST:
        raise AudioDecodeError(
            f"Cannot read '{name}': it announces {rate} samples a second; {SLOWEST} to {FASTEST} "
            "are read."
        )


# ---- libsndfile ---------------------------------------------------------------------------------


def _sndfile(raw: io.FileIO) -> soundfile.SoundFile | None:
    """Return the file as libsndfile opens it, None if it is none of ours.

    It is never told the name, lest an ending like .raw or .vox decides, and never given what may
    be an MP3: mpg123, its decoder, prints warnings on the user's terminal that cannot be turned off.
    """
    start = end_of_tags(raw)
    raw.seek(start)
    head = raw.read(3)
    if len(head) < 3 or head == b"ID3" or (head[0] == 0xFF and head[1] >= 0xE0):
        return None
    raw.seek(start)
    try:
        if start:
            file = soundfile.SoundFile(_Tail(raw, start))
        else:
            file = soundfile.SoundFile(raw.fileno(), closefd=False)
    except (soundfile.LibsndfileError, TypeError, ValueError):
        return None
    # It breaks off in Opus of 8 channels and in FLAC of unknown length, and hears nothing in a WAV
    # of unknown length; FFmpeg reads them all.
    if file.format in _SNDFILE and file.subtype != "OPUS" and 0 < file.frames < 1 << 62:
        return file
    file.close()
    return None


class _Tail(io.RawIOBase):
    """A file from some position on, as if it began there, and without a name."""

    def __init__(self, raw: io.FileIO, start: int) -> None:
        self._raw = raw
        self._start = start
        raw.seek(start)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Return the new position, -1 if there is none: raised errors end on the terminal."""
        try:
            return self._raw.seek(offset + (0 if whence else self._start), whence) - self._start
        except (OSError, ValueError, OverflowError):
            return -1

    def tell(self) -> int:
        return self._raw.tell() - self._start

    def readinto(self, buffer: Any) -> int | None:
        return self._raw.readinto(buffer)


def _floor(subtype: str) -> float:
    if subtype in _FLOATS:
        return FLOOR_FLOATS
    return FLOOR_24_BITS if subtype in _24_BITS else FLOOR_16_BITS


@contextmanager
def _sound_of(file: soundfile.SoundFile, name: str) -> Iterator[Sound]:
    with file:
        yield Sound(
            file.samplerate,
            file.channels,
            file.frames,
            file.format in _EXACT,
            _floor(file.subtype),
            lambda: _blocks(file, name),
        )


def _blocks(file: soundfile.SoundFile, name: str) -> Iterator[Samples]:
    block = np.empty((BLOCK // file.channels, file.channels), np.float32)
    try:
        while count := file.buffer_read_into(block, "float32"):
            yield block[:count]
    except soundfile.LibsndfileError as error:
        raise AudioDecodeError(
            f"Cannot read '{name}' as audio: it is damaged or cut off. Copy or export it again."
        ) from error


# ---- FFmpeg -------------------------------------------------------------------------------------


@contextmanager
def _open_av(raw: io.FileIO, name: str) -> Iterator[Sound]:
    refusal = f"Cannot read '{name}' as audio: {{}}. Supported: {SUPPORTED}."
    with _container(raw, refusal) as container:
        if not container.streams.audio:
            raise AudioDecodeError(refusal.format("it holds no audio stream"))
        stream = container.streams.best("audio") or container.streams.audio[0]
        codec = stream.codec_context
        if codec is None:
            raise AudioDecodeError(refusal.format("the codec of its sound is not known"))
        if codec.sample_rate and codec.channels:
            _check_sane(codec.sample_rate, codec.channels, name)
        frames = _frames(container, stream, name)
        first = next(frames, None)
        if first is None:
            raise AudioDecodeError(refusal.format("it holds no samples"))
        fine = codec.name.startswith(_LINEAR) and first.format.bytes > 2
        yield Sound(
            first.sample_rate,
            len(first.layout.channels),
            max(0, (container.duration or 0) * first.sample_rate // 1_000_000),
            False,
            FLOOR_24_BITS if fine else FLOOR_16_BITS,
            lambda: _av_blocks(itertools.chain([first], frames), first, name),
        )


@contextmanager
def _container(raw: io.FileIO, refusal: str) -> Iterator[Any]:
    import av

    av.logging.set_level(None)  # FFmpeg prints nothing
    has_frames = first_frame(raw) is not None
    try:
        # By file object: a name could otherwise be taken for an address or a playlist of FFmpeg's.
        container = av.open(
            _Tail(raw, 0),
            mode="r",
            metadata_errors="replace",
            container_options={"format_whitelist": _CONTAINERS, "protocol_whitelist": "pipe"},
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise AudioDecodeError(refusal.format("its format is not recognised")) from error
    with container:
        if container.format.name in ("mp3", "aac") and not has_frames:
            raise AudioDecodeError(refusal.format("its format is not recognised"))
        yield container


def _frames(container: Any, stream: Any, name: str) -> Iterator[Any]:
    """Yield decoded frames; a packet that does not decode is left out, as players do."""
    import av

    good = bad = 0
    try:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                bad += 1
                continue
            good += 1
            yield from frames
    except (av.FFmpegError, OSError, ValueError, LookupError) as error:  # PyAV's for a new stream
        raise AudioDecodeError(
            f"Cannot read '{name}' as audio: it is damaged ({reason(error)})."
        ) from error
    if bad > good:
        raise AudioDecodeError(f"Cannot read '{name}' as audio: most of it is damaged.")


def _av_blocks(frames: Iterator[Any], first: Any, name: str) -> Iterator[Samples]:
    pending: list[Samples] = []
    for frame in _alike(frames, first, name):
        pending.append(_floats(frame))
        if sum(part.size for part in pending) >= BLOCK:
            yield np.concatenate(pending)
            pending = []
    if pending:
        yield np.concatenate(pending)


def _alike(frames: Iterator[Any], first: Any, name: str) -> Iterator[Any]:
    """Yield the frames at the rate and with the channels of the first.

    Planar frames of 8 and more channels are made packed too: PyAV counts their planes by looking
    for a null pointer that is not there, and reads beyond them.
    """
    import av

    resampler = av.AudioResampler("flt", first.layout, first.sample_rate)
    wanted = first.sample_rate, first.layout.name
    many = first.format.is_planar and len(first.layout.channels) >= 8
    resampled = False
    try:
        for frame in frames:
            if many or (frame.sample_rate, frame.layout.name) != wanted:
                resampled = True
                yield from resampler.resample(frame)
            else:
                yield frame
        if resampled:
            yield from resampler.resample(None)
    except (av.FFmpegError, ValueError) as error:
        raise AudioDecodeError(
            f"Cannot read '{name}' as audio: its format changes on the way ({reason(error)})."
        ) from error


def _floats(frame: Any) -> Samples:
    """Return a frame of FFmpeg's as float32 of shape (n, channels), full scale 1."""
    values: NDArray[Any] = frame.to_ndarray()
    channels = len(frame.layout.channels)
    values = values.T if frame.format.is_planar else values.reshape(-1, channels)
    if values.dtype.kind == "f":
        return np.asarray(values, np.float32)
    if values.dtype.kind == "u":
        return (values.astype(np.float32) - 128) / np.float32(128)
    return (values / float(2 ** (8 * values.itemsize - 1))).astype(np.float32)
