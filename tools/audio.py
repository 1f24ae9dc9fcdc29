"""Audio files in, samples out: with `decoding` the only audio file I/O of the project.

Conventions
-----------
* Samples are float32 in about [-1, 1], shape ``(channels, n)``, read-only; not clipped where a
  file holds more.
* A track's content id is a hash of its decoded samples, so a copy under another name or in another
  lossless format is the same track, whatever was kept of it and at whatever level.
* Files are decoded in blocks: what is kept is no more than the caller asked for.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import soundfile
import soxr

from tools.decoding import FLOOR_16_BITS, SUPPORTED, Samples, Sound, open_sound
from tools.errors import AudioDecodeError, AudioTooShortError
from tools.kweighting import PowerMeter, Powers
from tools.titles import clean_text, read_titles

__all__ = [
    "EXTENSIONS",
    "SUPPORTED",
    "Audio",
    "Samples",
    "clean_text",
    "load_audio",
    "load_for_analysis",
    "probe_duration",
    "read_titles",
    "save_audio",
]

Progress = Callable[[float], None]

EXTENSIONS = frozenset(
    ".wav .wave .flac .ogg .oga .mp3 .aif .aiff .aifc .caf .w64 .au .m4a .aac .opus .wma .mp4 .mkv"
    " .webm .mov .avi .ac3 .mka .ape .wv .mpc".split()
)
"""Names that a folder search takes for recordings; an explicit file is tried whatever its name."""

ANALYSIS_RATE = 44_100
LONG_RATE = 22_050
LONG_SECONDS = 900.0
"""Above this length the analysis copy is kept at `LONG_RATE`: an hour is 320 MB instead of 640."""

LONG_BYTES = 30_000_000
"""Files larger than this whose header tells no length are taken for long."""

LONGEST_SECONDS = 8 * 3600.0
"""Longer ones are refused: a few MB of FLAC can announce weeks, and hold them."""

LOUDEST = 2.0**32
"""Amplitudes beyond this are garbage; below it they are integers stored as floats, or just loud."""

USUAL_PEAKS = (0.01, 1.5)
USUAL_PEAK = 0.9
"""Estimators learnt from recordings that peak near full scale; others are brought there."""

GLITCH = 20.0
"""A peak this many times the median peak of all tenths of a second is a glitch (26 dB)."""

KEPT = 1 << 24
"""Samples by which the kept copy grows (64 MB): never by what a header claims."""


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
    gain : what the file's samples were multiplied with; not 1 only where `load_for_analysis` found
        them far from usual levels
    powers : how loud the file is, all its channels; None where that was not measured
    """

    samples: Samples
    sample_rate: int
    content_id: str = ""
    name: str = "audio"
    source_rate: int = 0
    source_channels: int = 0
    gain: float = 1.0
    powers: Powers | None = None
    _resampled: dict[int, Samples] = field(default_factory=dict, init=False, repr=False)

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
        return replace(self, samples=_frozen(self.samples[:, low:high]), content_id="", powers=None)

    def require(self, seconds: float, task: str) -> None:
        """Raise `AudioTooShortError` unless there are `seconds` of sound for `task`."""
        if self.duration < seconds:
            rounded = round(self.duration, 1)
            has = f"{self.duration:.2g}" if rounded in (0.0, seconds) else f"{rounded:.1f}"
            raise AudioTooShortError(
                f"{task} needs {seconds:.1f} s of audio; '{self.name}' has {has} s."
            )

    @property
    def silent(self) -> bool:
        """Whether it is constant but for what would be dither in 16 bits: -80 dBFS."""
        return self.samples.size == 0 or _swing(self.samples) < 2 * FLOOR_16_BITS


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
    return _load(Path(path), mono, sample_rate, progress)[0]


def load_for_analysis(
    path: str | Path, progress: Progress | None = None, longest: float | None = None
) -> Audio:
    """Decode the mono copy that estimators share, bounded in memory for long files.

    It is at 44.1 kHz, above a quarter of an hour at 22.05 kHz. Where its peak is outside
    [0.01, 1.5] its constant offset is taken out and it is brought to a peak of 0.9; `Audio.gain`
    tells by how much. What is constant but for dither is made zero: resampled, its edges would
    sound. The content id is not touched by this. `longest` is in seconds, `LONGEST_SECONDS` if None.

    Raises
    ------
    AudioDecodeError
        As `load_audio`.
    """
    path = Path(path)
    seconds = probe_duration(path)
    short = path.stat().st_size < LONG_BYTES if seconds is None else seconds <= LONG_SECONDS
    rate = ANALYSIS_RATE if short else LONG_RATE
    audio, heard = _load(path, True, rate, progress, True, longest)
    if not heard:
        return replace(audio, samples=_frozen(np.zeros_like(audio.samples)))
    return _levelled(audio)


def probe_duration(path: str | Path) -> float | None:
    """Return the length in seconds that the file's header claims, None where it claims none."""
    with open_sound(Path(path)) as sound:
        return sound.frames / sound.rate if sound.frames else None


def save_audio(
    path: str | Path, samples: Samples, sample_rate: int, subtype: str = "PCM_24"
) -> None:
    """Write samples of shape (channels, n) as WAV or FLAC, by the name's ending."""
    soundfile.write(str(path), np.atleast_2d(samples).T, sample_rate, subtype=subtype)


# ---- inside -------------------------------------------------------------------------------------


def _load(
    path: Path,
    mono: bool,
    sample_rate: int | None,
    progress: Progress | None,
    measured: bool = False,
    longest: float | None = None,
) -> tuple[Audio, bool]:
    """Return the sound of a file, and whether there is more in it than an offset and dither."""
    name = clean_text(path.name)
    with open_sound(path) as sound:
        check_length(sound.frames / sound.rate, name, longest)
        keep = _Keeper(sound.rate, sample_rate or sound.rate, mono)
        meter = PowerMeter(sound.rate) if measured else None
        digest = hashlib.blake2b(f"{sound.rate}/{sound.channels}".encode(), digest_size=16)
        frames = 0
        for block in sound.blocks():
            block = sane(block)
            digest.update(np.ascontiguousarray(block).data)
            keep.add(block)
            if meter:
                meter.add(block)
            frames += len(block)
            check_length(frames / sound.rate, name, longest)
            if progress and sound.frames:
                progress(min(1.0, frames / sound.frames))
    check_complete(sound, frames, name)
    audio = Audio(
        _frozen(keep.samples()), keep.rate, digest.hexdigest(), name, sound.rate, sound.channels
    )
    if meter:
        audio = replace(audio, powers=meter.powers())
    return audio, bool((keep.high - keep.low).max() > 2 * sound.floor)


class _Keeper:
    """Collects what the caller wants of the stream: mono or not, at one rate."""

    def __init__(self, source_rate: int, rate: int, mono: bool) -> None:
        self.rate = rate
        self._mono = mono
        self._source_rate = source_rate
        self._stream: soxr.ResampleStream | None = None
        self._channels = 1
        self._kept = np.empty(0, np.float32)  # interleaved
        self._size = 0
        self.low = np.full(1, np.inf, np.float32)  # of what came, a channel each
        self.high = np.full(1, -np.inf, np.float32)

    def add(self, block: Samples) -> None:
        if self._mono:
            block = block.mean(axis=1, keepdims=True, dtype=np.float32)
        self.low = np.minimum(self.low, block.min(axis=0))
        self.high = np.maximum(self.high, block.max(axis=0))
        self._channels = block.shape[1]
        if self.rate != self._source_rate:
            if self._stream is None:
                self._stream = soxr.ResampleStream(
                    self._source_rate, self.rate, self._channels, dtype="float32", quality="HQ"
                )
            block = self._stream.resample_chunk(np.ascontiguousarray(block))
        self._append(block)

    def samples(self) -> Samples:
        """Return what was kept, shape=(channels, n). To be called once, at the end."""
        if self._stream is not None:
            rest = np.empty((0, self._channels), np.float32)
            self._append(self._stream.resample_chunk(rest, last=True))
        self._kept.resize(self._size, refcheck=False)
        return np.ascontiguousarray(self._kept.reshape(-1, self._channels).T)

    def _append(self, block: Samples) -> None:
        end = self._size + block.size
        if end > self._kept.size:
            # In place: the system moves the pages of a large array, it does not copy them.
            self._kept.resize(max(end, self._kept.size + KEPT), refcheck=False)
        self._kept[self._size : end] = block.reshape(-1)
        self._size = end


def check_length(seconds: float, name: str, longest: float | None = None) -> None:
    """Raise `AudioDecodeError` where a sound is longer than any that is listened to."""
    longest = LONGEST_SECONDS if longest is None else longest
    if seconds > longest:
        raise AudioDecodeError(
            f"Cannot listen to '{name}': it is {seconds / 3600:.1f} hours long, and "
            f"{longest / 3600:.3g} are the most. Cut it into parts."
        )


def check_complete(sound: Sound, frames: int, name: str) -> None:
    """Raise `AudioDecodeError` unless all of a sound came that its header promised, and any."""
    if frames == 0:
        raise AudioDecodeError(f"Cannot read '{name}' as audio: it holds no samples.")
    if frames == 1:
        raise AudioDecodeError(f"Cannot hear anything in '{name}': it holds one sample.")
    if sound.exact and frames < sound.frames:
        raise AudioDecodeError(
            f"Cannot read '{name}': it is cut off after {frames / sound.rate:.1f} s of "
            f"{sound.frames / sound.rate:.1f} s. Copy or export it again."
        )


def sane(block: Samples) -> Samples:
    """Return the block with NaN and infinities as silence and garbage limited."""
    if not block.size or max(-block.min(), block.max()) <= LOUDEST:  # False where a NaN is
        return block
    return np.clip(np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0), -LOUDEST, LOUDEST)


def _levelled(audio: Audio) -> Audio:
    samples, offset = audio.samples, _offset(audio.samples)
    peak = _peak(samples, offset)
    low, high = USUAL_PEAKS
    highest = _peak(samples, np.zeros_like(offset))
    if low <= peak and highest <= high:
        return audio
    limit = GLITCH * float(np.median(_tenths(audio)))
    if highest > high and 0 < limit < highest:
        samples = np.clip(samples, -limit, limit)
        offset = _offset(samples)
        peak = _peak(samples, offset)
    gain = USUAL_PEAK / peak
    samples = np.subtract(samples, offset, dtype=np.float32)
    np.multiply(samples, np.float32(gain), out=samples)
    return replace(audio, samples=_frozen(samples), gain=gain)


def _tenths(audio: Audio) -> Samples:
    """Return the peak of each tenth of a second, whatever its sign, shape=(n,)."""
    starts = np.arange(0, audio.samples.shape[1], max(1, audio.sample_rate // 10))
    high = np.maximum.reduceat(audio.samples[0], starts)
    return np.maximum(high, -np.minimum.reduceat(audio.samples[0], starts))


def _offset(samples: Samples) -> Samples:
    """Return the mean of each channel, shape=(channels, 1)."""
    return samples.mean(axis=1, keepdims=True) if samples.size else samples[:, :0]


def _swing(samples: Samples) -> float:
    """Return the largest distance between two samples of one channel."""
    return float((samples.max(axis=1) - samples.min(axis=1)).max())


def _peak(samples: Samples, offset: Samples) -> float:
    """Return the largest distance from `offset`; makes no copy of the samples."""
    if not samples.size:
        return 0.0
    high = samples.max(axis=1, keepdims=True) - offset
    return float(max(high.max(), (offset - samples.min(axis=1, keepdims=True)).max()))


def _frozen(samples: Samples) -> Samples:
    view = samples.view()
    view.flags.writeable = False
    return view
