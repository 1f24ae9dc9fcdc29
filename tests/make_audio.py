"""Sound files for tests: music made of sines, and any codec that PyAV's wheel can encode."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

Samples = NDArray[np.float32]

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}


def sines(seconds: float = 1.0, rate: int = 44_100, channels: int = 2) -> Samples:
    """Return chirping sines, another in each channel, shape=(channels, n)."""
    times = np.arange(round(seconds * rate)) / rate
    pitches = 110.0 * 2 ** (np.arange(channels)[:, None] / 3)
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 3 * times + np.arange(channels)[:, None])
    return (0.4 * swell * np.sin(2 * np.pi * pitches * times * (1 + 0.3 * times))).astype(
        np.float32
    )


def write(path: Path, samples: Samples, rate: int = 44_100, **options: str) -> Path:
    """Write with libsndfile; options are ``format`` and ``subtype``."""
    soundfile.write(path, samples.T, rate, **options)
    return path


def encode(
    path: Path, codec: str, samples: Samples, rate: int = 44_100, container: str = ""
) -> Path:
    """Write with FFmpeg."""
    import av

    layout = LAYOUTS[len(samples)]
    with av.open(str(path), "w", format=container or None) as file:
        stream = file.add_stream(codec, rate=rate)
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = 192_000
        context = stream.codec_context
        context.layout = layout
        assert context.codec.audio_formats
        context.format = context.codec.audio_formats[-1]
        context.open()
        interleaved = np.ascontiguousarray(samples.T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(interleaved, format="flt", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        resampler = av.AudioResampler(
            context.format, layout, rate, frame_size=context.frame_size or 1024
        )
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return path
