"""Audio files in, samples out: the only audio file I/O of the project.

Conventions
-----------
* Samples are float32 in about [-1, 1], shape ``(channels, n)``, read-only; not clipped where a
  file holds more.
* A track's content id is a hash of its decoded samples, so a copy under another name or in another
  lossless format is the same track.
* Files are decoded in blocks: what is kept is no more than the caller asked for.
"""

import hashlib
import logging
import os
import stat
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from tools.errors import AudioDecodeError, AudioTooShortError

log = logging.getLogger(__name__)

Samples = NDArray[np.float32]
Progress = Callable[[float], None]

SUPPORTED = "WAV, FLAC, OGG, MP3, AIFF, M4A/AAC, Opus, WMA and the sound of MP4, MKV or WebM videos"
EXTENSIONS = frozenset(
    ".wav .wave .flac .ogg .oga .mp3 .aif .aiff .aifc .caf .w64 .au .m4a .aac .opus .wma .mp4 .mkv"
    " .webm .mov .avi .ac3 .mka .ape .wv .mpc".split()
)
"""Names that a folder search takes for recordings; an explicit file is tried whatever its name."""

BLOCK = 1 << 18
"""Frames decoded at once: 6 s at 44.1 kHz, small enough to keep an hour out of memory."""

ANALYSIS_RATE = 44_100
LONG_RATE = 22_050
LONG_SECONDS = 900.0
"""Above this length the analysis copy is kept at `LONG_RATE`: an hour is 320 MB instead of 640."""

LOUDEST = 1e4
"""Amplitudes beyond this (80 dB over full scale) are garbage in a float file, not loud music."""


@dataclass(frozen=True, eq=False)
class Audio:
    """Decoded sound.

    Parameters
    ----------
    samples : float32, shape=(channels, n), read-only
    sample_rate : hertz
    content_id : 32 hex digits; the same for the same samples
    name : file name, for messages
    source_rate, source_channels : what the file holds
    """

    samples: Samples
    sample_rate: int
    content_id: str = ""
    name: str = "audio"
    source_rate: int = 0
    source_channels: int = 0
    _resampled: dict[int, Samples] = field(default_factory=dict, repr=False)

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1]) / self.sample_rate

    def at(self, sample_rate: int) -> Samples:
        """Return the mono signal at `sample_rate` hertz, shape=(m,), read-only; made once."""
        if sample_rate not in self._resampled:
            signal = self.samples[0] if len(self.samples) == 1 else self.samples.mean(axis=0)
            if sample_rate != self.sample_rate:
                signal = soxr.resample(signal, self.sample_rate, sample_rate, quality="HQ")
            self._resampled[sample_rate] = _frozen(np.ascontiguousarray(signal, np.float32))
        return self._resampled[sample_rate]

    def forget(self) -> None:
        """Drop the resampled copies that `at` made; they are made again when asked for."""
        self._resampled.clear()

    def between(self, start: float, end: float) -> "Audio":
        """Return the part from `start` to `end` seconds, without a content id of its own."""
        low, high = (round(max(0.0, t) * self.sample_rate) for t in (start, end))
        part = _frozen(self.samples[:, low:high])
        return Audio(part, self.sample_rate, "", self.name, self.source_rate, self.source_channels)

    def require(self, seconds: float, task: str) -> None:
        """Raise `AudioTooShortError` unless there are `seconds` of sound for `task`."""
        if self.duration < seconds:
            raise AudioTooShortError(
                f"{task} needs {seconds:.1f} s of audio; '{self.name}' has {self.duration:.1f} s."
            )

    @property
    def silent(self) -> bool:
        """Whether nothing in it rises above -80 dBFS once the constant offset is taken out."""
        if self.samples.size == 0:
            return True
        offset = self.samples.mean(axis=1, keepdims=True)
        peak = max(float(self.samples.max() - offset.min()), float(offset.max() - self.samples.min()))
        return peak < 1e-4


def load_audio(
    path: str | Path,
    *,
    mono: bool = True,
    sample_rate: int | None = None,
    progress: Progress | None = None,
) -> Audio:
    """Decode a file, resampling as it streams.

    Parameters
    ----------
    path : a sound or video file
    mono : keep the mean of the channels only, shape=(1, n)
    sample_rate : hertz to keep; None keeps the file's own
    progress : told the fraction decoded; may raise `tools.errors.Cancelled`

    Raises
    ------
    AudioDecodeError
        If it is no audio we can read, is cut off, or holds no samples.
    """
    path = Path(path)
    _check_is_file(path)
    _check_not_cut_off(path)
    with _open(path) as source:
        keep = _Keeper(source.rate, sample_rate or source.rate, mono, source.frames)
        digest = hashlib.blake2b(f"{source.rate}/{source.channels}".encode(), digest_size=16)
        frames = 0
        for block in source.blocks():
            block = _sane(block)
            digest.update(np.ascontiguousarray(block))
            keep.add(block)
            frames += len(block)
            if progress and source.frames:
                progress(min(1.0, frames / source.frames))
    _check_complete(path, source, frames)
    return Audio(
        _frozen(keep.samples()),
        keep.rate,
        digest.hexdigest(),
        path.name,
        source.rate,
        source.channels,
    )


def load_for_analysis(path: str | Path, progress: Progress | None = None) -> Audio:
    """Decode the mono copy that estimators share, bounded in memory for long files."""
    seconds = probe_duration(path)
    rate = ANALYSIS_RATE if seconds is not None and seconds <= LONG_SECONDS else LONG_RATE
    return load_audio(path, mono=True, sample_rate=rate, progress=progress)


def probe_duration(path: str | Path) -> float | None:
    """Return the length in seconds that the file's header claims, None where it claims none."""
    path = Path(path)
    _check_is_file(path)
    with _open(path) as source:
        return source.frames / source.rate if source.frames else None


def save_audio(path: str | Path, samples: Samples, sample_rate: int, subtype: str = "PCM_24") -> None:
    """Write samples of shape (channels, n) as WAV or FLAC, by the name's ending."""
    soundfile.write(str(path), np.atleast_2d(samples).T, sample_rate, subtype=subtype)


def read_titles(path: str | Path) -> dict[str, str]:
    """Return title, artist, album and year from the file's tags, as untrusted text.

    Control characters are taken out and each value is cut to 200 characters: the text is shown and
    searched, never obeyed.
    """
    import mutagen

    try:
        found = mutagen.File(str(path), easy=True)
    except (mutagen.MutagenError, OSError, ValueError, KeyError, IndexError, struct.error) as error:
        log.info("no tags read from %s: %s", Path(path).name, error)
        return {}
    wanted = {"title": "title", "artist": "artist", "album": "album", "date": "year"}
    titles = {}
    for key, name in wanted.items():
        try:
            values = (found.tags or {}).get(key) if found is not None else None
        except (ValueError, KeyError):  # containers that refuse unknown keys
            values = None
        text = clean_text(" / ".join(str(v) for v in values)) if values else ""
        if text:
            titles[name] = text
    return titles


def clean_text(text: str, limit: int = 200) -> str:
    """Return untrusted text on one line, without control characters, cut to `limit`."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:limit]


# ---- decoding -----------------------------------------------------------------------------------


@dataclass
class _Source:
    rate: int
    channels: int
    frames: int  # 0 where the container does not say
    exact: bool  # whether `frames` is a promise, as in WAV and FLAC
    blocks: Callable[[], Iterator[Samples]]


class _Keeper:
    """Collects what the caller wants of the stream: mono or not, at one rate."""

    def __init__(self, source_rate: int, rate: int, mono: bool, frames: int) -> None:
        self.rate = rate
        self._mono = mono
        self._source_rate = source_rate
        self._stream: soxr.ResampleStream | None = None
        self._expected = int(frames * rate / source_rate) + BLOCK if frames else 4 * BLOCK
        self._kept = np.empty((0, 0), np.float32)
        self._length = 0

    def add(self, block: Samples) -> None:
        if self._mono:
            block = block.mean(axis=1, keepdims=True, dtype=np.float32)
        if self.rate != self._source_rate:
            if self._stream is None:
                self._stream = soxr.ResampleStream(
                    self._source_rate, self.rate, block.shape[1], dtype="float32", quality="HQ"
                )
            block = self._stream.resample_chunk(block)
        self._append(block)

    def samples(self) -> Samples:
        if self._stream is not None:
            channels = self._kept.shape[0]
            rest = self._stream.resample_chunk(np.empty((0, channels), np.float32), last=True)
            self._append(rest)
        return self._kept[:, : self._length]

    def _append(self, block: Samples) -> None:
        end = self._length + len(block)
        if self._kept.shape[0] == 0:
            size = min(max(self._expected, end), 1 << 31)
            self._kept = np.empty((block.shape[1], size), np.float32)
        if end > self._kept.shape[1]:
            wider = np.empty((self._kept.shape[0], end + end // 2), np.float32)
            wider[:, : self._length] = self._kept[:, : self._length]
            self._kept = wider
        self._kept[:, self._length : end] = block.T
        self._length = end


@contextmanager
def _open(path: Path) -> Iterator[_Source]:
    """Open with libsndfile, and what it does not know with FFmpeg through PyAV."""
    try:
        file = soundfile.SoundFile(str(path))
    except soundfile.LibsndfileError:
        file = None
    if file is None:
        with _open_av(path) as source:
            yield source
        return
    with file:
        exact = file.format in ("WAV", "WAVEX", "FLAC", "AIFF", "W64", "CAF", "RF64", "AU")
        yield _Source(
            file.samplerate, file.channels, max(0, file.frames), exact, lambda: _blocks(path, file)
        )


def _blocks(path: Path, file: soundfile.SoundFile) -> Iterator[Samples]:
    try:
        while len(block := file.read(BLOCK, dtype="float32", always_2d=True)):
            yield block
    except soundfile.LibsndfileError as error:
        raise AudioDecodeError(
            f"Cannot read '{path.name}' as audio: it is damaged ({_reason(error)})."
        ) from error


@contextmanager
def _open_av(path: Path) -> Iterator[_Source]:
    import av

    try:
        container = av.open(str(path), mode="r", metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise AudioDecodeError(
            f"Cannot read '{path.name}' as audio: {_reason(error)}. Supported: {SUPPORTED}."
        ) from error
    with container:
        if not container.streams.audio:
            raise AudioDecodeError(
                f"Cannot read '{path.name}' as audio: it holds no audio stream. "
                f"Supported: {SUPPORTED}."
            )
        stream = container.streams.audio[0]
        rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
        if not rate or not channels:
            raise AudioDecodeError(
                f"Cannot read '{path.name}' as audio: its format is not recognised. "
                f"Supported: {SUPPORTED}."
            )
        seconds = container.duration / av.time_base if container.duration else 0.0
        yield _Source(
            rate, channels, int(seconds * rate), False, lambda: _av_blocks(path, container, stream)
        )


def _av_blocks(path: Path, container: Any, stream: Any) -> Iterator[Samples]:
    import av

    rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
    resampler = av.AudioResampler(format="flt", layout=stream.codec_context.layout, rate=rate)
    pending: list[Samples] = []
    try:
        for frame in container.decode(stream):
            for part in resampler.resample(frame):
                pending.append(part.to_ndarray().reshape(-1, channels))
            if sum(map(len, pending)) >= BLOCK:
                yield np.concatenate(pending)
                pending = []
        for part in resampler.resample(None):
            pending.append(part.to_ndarray().reshape(-1, channels))
    except (av.FFmpegError, ValueError) as error:
        raise AudioDecodeError(
            f"Cannot read '{path.name}' as audio: it is damaged ({_reason(error)})."
        ) from error
    if pending:
        yield np.concatenate(pending)


# ---- checks -------------------------------------------------------------------------------------


def _check_is_file(path: Path) -> None:
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise AudioDecodeError(f"No file '{path}'. Check the spelling of the path.") from error
    except (OSError, ValueError) as error:
        raise AudioDecodeError(f"Cannot open '{path}': {_reason(error)}.") from error
    if stat.S_ISDIR(status.st_mode):
        raise AudioDecodeError(f"'{path}' is a folder; name the audio files in it.")
    if not stat.S_ISREG(status.st_mode):
        raise AudioDecodeError(f"'{path}' is not a regular file but a device or pipe.")
    if status.st_size == 0:
        raise AudioDecodeError(f"Cannot read '{path.name}' as audio: the file is empty (0 bytes).")
    if not os.access(path, os.R_OK):
        raise AudioDecodeError(f"Cannot open '{path}': no permission to read it.")


def _check_not_cut_off(path: Path) -> None:
    """Raise if a RIFF file's data chunk promises more bytes than the file has.

    libsndfile clamps such a chunk silently, so the end of the music would go missing unnoticed.
    Sizes of 0 and 2**32-1 mean "unknown": programs that write to a pipe leave them.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return
        position = 12
        while position + 8 <= size:
            file.seek(position)
            name, length = struct.unpack("<4sI", file.read(8))
            if name == b"data":
                if length not in (0, 0xFFFFFFFF) and position + 8 + length > size + 1:
                    share = 100 * (size - position - 8) // length
                    raise AudioDecodeError(
                        f"Cannot read '{path.name}': it is cut off, only {share} % of the "
                        "sound it announces is there. Copy or export it again."
                    )
                return
            position += 8 + length + (length & 1)


def _check_complete(path: Path, source: _Source, frames: int) -> None:
    if frames == 0:
        raise AudioDecodeError(f"Cannot read '{path.name}' as audio: it holds no samples.")
    if frames == 1:
        raise AudioDecodeError(f"Cannot hear anything in '{path.name}': it holds one sample.")
    if source.exact and frames < source.frames:
        raise AudioDecodeError(
            f"Cannot read '{path.name}': it is cut off after {frames / source.rate:.1f} s of "
            f"{source.frames / source.rate:.1f} s. Copy or export it again."
        )


def _sane(block: Samples) -> Samples:
    """Return the block with NaN and infinities as silence and garbage limited."""
    if np.isfinite(block).all() and (not block.size or np.abs(block).max() <= LOUDEST):
        return block
    return np.clip(np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0), -LOUDEST, LOUDEST)


def _frozen(samples: Samples) -> Samples:
    view = samples.view()
    view.flags.writeable = False
    return view


def _reason(error: BaseException) -> str:
    text = str(getattr(error, "strerror", "") or error).strip().rstrip(".")
    return clean_text(text) or type(error).__name__
