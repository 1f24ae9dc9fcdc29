"""Separation: a recording taken apart into vocals, drums, bass and other, each a file.

The recording is streamed: read, taken apart passage by passage, and written, so memory does not
grow with its length. Stems have the file's own rate, its channels (two where there are more) and
its levels, and add up to it: the last one, ``other``, is what the others leave of the mix.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soxr

from tools import cores
from tools.errors import MusicToolError
from tools.mixture import Mixture, open_mixture
from tools.overlap import Sound, chunks, faded, in_order
from tools.rungs import Engine, Progress, first_that_works, quiet
from tools.stem_files import FORMATS, StemFiles, stem_files
from tools.titles import clean_text
from tools.unmixers import DemucsUnmixer, PlainUnmixer, SpleeterUnmixer, Unmixer
from tools.weights import WeightStore

STEMS = ("vocals", "drums", "bass", "other", "guitar", "piano")
ACCOMPANIMENT = "accompaniment"
"""All but the vocals; not among the stems that add up, but made on request."""

ENGINES: tuple[Engine, ...] = (
    Engine("htdemucs", "hub", ("htdemucs",), modules=("demucs",)),
    Engine("spleeter", "bundled", ("spleeter",)),
    Engine("plain", "plain"),
    # By request, or for a stem that no other has: four times as slow, and guitar and piano.
    Engine("htdemucs_ft", "hub", ("htdemucs_ft",), modules=("demucs",)),
    Engine("htdemucs_6s", "hub", ("htdemucs_6s",), modules=("demucs",)),
)

FOUR = STEMS[:4]
GIVES: Mapping[str, tuple[str, ...]] = {
    "htdemucs": FOUR,
    "spleeter": FOUR,
    "plain": ("drums", "bass", "other"),
    "htdemucs_ft": FOUR,
    "htdemucs_6s": STEMS,
}
"""The stems of each engine that add up to the mix."""

CHECKPOINT = "spleeter/pretrained_models/2stems/model.index"

AROUND = 6.0
"""Seconds heard before and after a stretch of a file, so that its edges are heard in context."""

MEASURING = 0.04
"""Share of the time that goes into measuring the mixture."""


@dataclass(frozen=True)
class Separation:
    """What a recording was taken apart into.

    Parameters
    ----------
    stems : file of each stem, in the order they were asked for
    estimator : signature of the engine
    rung : ``"hub"``, ``"bundled"`` or ``"plain"``
    sample_rate : hertz, that of the recording
    start, seconds : the stretch of the recording that the stems are of
    """

    stems: Mapping[str, Path]
    estimator: str
    rung: str
    sample_rate: int
    start: float
    seconds: float


def stems_of(engine: str | None = None) -> tuple[str, ...]:
    """Return the stems that an engine can give, or any engine can; and the accompaniment.

    Raises
    ------
    MusicToolError
        If there is no such engine.
    """
    if engine is None:
        return (*STEMS, ACCOMPANIMENT)
    if engine not in GIVES:
        raise MusicToolError(
            f"There is no separator '{engine[:40]}'; there are: {', '.join(GIVES)}."
        )
    gives = GIVES[engine]
    return (*gives, ACCOMPANIMENT) if "vocals" in gives else gives


def separate(
    path: Path,
    folder: Path,
    store: WeightStore,
    stems: Sequence[str] | None = None,
    *,
    start: float | None = None,
    end: float | None = None,
    engine: str | None = None,
    suffix: str = ".flac",
    with_accompaniment: bool = False,
    progress: Progress = quiet,
) -> Separation:
    """Take a recording apart and write its stems as ``<stem><suffix>`` into a folder.

    Parameters
    ----------
    folder : made where it is not there; files of the same names are replaced when all is done
    stems : some of `STEMS`, or ``"accompaniment"``; None stands for all that add up to the mix
    start, end : seconds of the stretch to take; None stands for the beginning and the end
    engine : name of one of `ENGINES` to use whatever happens; None takes the best that works
    suffix : ``".flac"`` or ``".wav"``; a stem that exceeds full scale becomes a WAV of floats
    with_accompaniment : whether to write the accompaniment beside the stems, where there is one
    progress : told the fraction done; may raise `tools.errors.Cancelled`

    Raises
    ------
    MusicToolError
        If no engine gives such a stem, there is nothing in the stretch, or the folder can't be
        written.
    AudioDecodeError
        If the file can't be read.
    WeightsError
        If the engine asked for, or every engine that gives these stems, can't run.
    """
    if suffix not in FORMATS:
        raise MusicToolError(f"Stems are written as .flac or .wav, not as '{suffix[:40]}'.")
    wanted = tuple(dict.fromkeys(stems or ()))
    able = _able(wanted, engine)
    mixture = open_mixture(path, start, end, AROUND, lambda done: progress(MEASURING * done))

    def told(done: float) -> None:
        progress(MEASURING + (1 - MEASURING) * done)

    def run(chosen: Engine) -> Separation:
        unmixer = MAKERS[chosen.name](store, mixture)
        names = wanted or unmixer.stems
        if with_accompaniment and "vocals" in unmixer.stems:
            names = tuple(dict.fromkeys((*names, ACCOMPANIMENT)))
        return _separation(chosen, unmixer, mixture, names, folder, suffix, told)

    return first_that_works(able, store, engine, run)


# ---- the choice of an engine --------------------------------------------------------------------


def _able(wanted: Sequence[str], engine: str | None) -> tuple[Engine, ...]:
    """Return the engines that give all of `wanted`, best first."""
    there_are = stems_of(engine)
    for name in wanted:
        if name not in there_are:
            who = f"'{engine}' gives" if engine else "there are"
            raise MusicToolError(
                f"There is no stem '{clean_text(name[:40])}' to be had: {who} {_listed(there_are)}."
            )
    if engine is not None:
        return ENGINES
    able = tuple(e for e in ENGINES if set(wanted) <= set(stems_of(e.name)))
    if not able:
        raise MusicToolError(f"No separator gives {_listed(wanted)} together; ask one by one.")
    return able


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _demucs(name: str, store: WeightStore, mixture: Mixture) -> Unmixer:
    return DemucsUnmixer(store.folder(name), mixture)


def _spleeter(store: WeightStore, mixture: Mixture) -> Unmixer:
    return SpleeterUnmixer(store.file("spleeter", CHECKPOINT), mixture)


def _plain(store: WeightStore, mixture: Mixture) -> Unmixer:
    return PlainUnmixer()


MAKERS: Mapping[str, Callable[[WeightStore, Mixture], Unmixer]] = {
    "htdemucs": partial(_demucs, "htdemucs"),
    "spleeter": _spleeter,
    "plain": _plain,
    "htdemucs_ft": partial(_demucs, "htdemucs_ft"),
    "htdemucs_6s": partial(_demucs, "htdemucs_6s"),
}


# ---- the stream ---------------------------------------------------------------------------------


def _separation(
    engine: Engine,
    unmixer: Unmixer,
    mixture: Mixture,
    names: Sequence[str],
    folder: Path,
    suffix: str,
    told: Progress,
) -> Separation:
    rate = mixture.rate
    with stem_files(folder, names, suffix, rate, mixture.channels, mixture.frames) as files:
        _write(unmixer, mixture, names, files, told)
    return Separation(
        stems=files.paths,
        estimator=engine.signature,
        rung=engine.rung,
        sample_rate=rate,
        start=mixture.start / rate,
        seconds=mixture.frames / rate,
    )


def _write(
    unmixer: Unmixer, mixture: Mixture, names: Sequence[str], files: StemFiles, told: Progress
) -> None:
    """Write the stretch, stem by stem, without what surrounds it."""
    position = -mixture.before
    for stems in _unmixed(unmixer, mixture, told):
        low, high = max(0, -position), min(stems.shape[2], mixture.frames - position)
        position += stems.shape[2]
        if low >= high:
            continue
        parts = dict(zip(unmixer.stems, stems[:, :, low:high], strict=True))
        for name in names:
            part = parts[name] if name != ACCOMPANIMENT else _accompaniment(parts)
            files.write(name, part)


def _accompaniment(parts: Mapping[str, Sound]) -> Sound:
    total: Sound = np.sum([part for name, part in parts.items() if name != "vocals"], axis=0)
    return total


def _unmixed(unmixer: Unmixer, mixture: Mixture, told: Progress) -> Iterator[Sound]:
    """Yield all that is heard, taken apart, as (stems, channels, n) at the mixture's rate."""
    workers = cores.allowed() if unmixer.side_by_side else 1
    pool = cores.pool(workers)
    done = 0

    def tick() -> None:
        told(min(1.0, done / mixture.heard))

    try:
        back = _Back(mixture, unmixer.rate)
        parts = chunks(_at_rate(back.noted(), mixture, unmixer.rate), unmixer.segment, unmixer.hop)
        made = in_order(unmixer, parts, pool, workers + 1, tick)  # one waits, lest a core does
        for stems in back.brought(faded(made, unmixer.segment)):
            done += stems.shape[2]
            tick()
            yield stems
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _at_rate(blocks: Iterable[Sound], mixture: Mixture, rate: int) -> Iterator[Sound]:
    """Yield blocks as an unmixer hears them: at its rate, a single channel doubled."""
    stream = None
    if rate != mixture.rate:
        stream = soxr.ResampleStream(
            mixture.rate, rate, mixture.channels, dtype="float32", quality="HQ"
        )
    for block in blocks:
        yield _doubled(block if stream is None else stream.resample_chunk(block.T.copy()).T)
    if stream is not None:
        rest = stream.resample_chunk(np.empty((0, mixture.channels), np.float32), last=True)
        yield _doubled(rest.T)


def _doubled(block: Sound) -> Sound:
    return np.repeat(block, 2, axis=0) if len(block) == 1 else np.ascontiguousarray(block)


class _Back:
    """Brings stems back to the rate and the channels of the mix, and has them add up to it."""

    def __init__(self, mixture: Mixture, rate: int) -> None:
        self._mixture = mixture
        self._rate = rate
        self._waiting: deque[Sound] = deque()  # of the mix, since the last stems

    def noted(self) -> Iterator[Sound]:
        """Yield the blocks of the mix, keeping them until their stems come."""
        for block in self._mixture.blocks():
            self._waiting.append(block)
            yield block

    def brought(self, made: Iterable[Sound]) -> Iterator[Sound]:
        """Yield the stems, of the length of the mix, the last one being what the others leave."""
        for others in self._resampled(part[:-1] for part in made):
            mix = self._mix(others.shape[2])
            others = others[:, :, : mix.shape[1]]
            yield np.concatenate([others, (mix - others.sum(axis=0))[None]])
        if rest := sum(block.shape[1] for block in self._waiting):
            mix = self._mix(rest)  # a frame or so by which resampling was short
            yield np.stack([*np.zeros((self._count, *mix.shape), np.float32), mix])

    def _resampled(self, parts: Iterable[Sound]) -> Iterator[Sound]:
        channels = self._mixture.channels
        stream = None
        for part in parts:
            part = part if channels == 2 else part.mean(axis=1, keepdims=True)
            self._count = len(part)
            if self._rate == self._mixture.rate:
                yield part
                continue
            flat = part.reshape(self._count * channels, part.shape[2]).T.copy()
            stream = stream or soxr.ResampleStream(
                self._rate, self._mixture.rate, flat.shape[1], dtype="float32", quality="HQ"
            )
            yield stream.resample_chunk(flat).T.reshape(self._count, channels, -1)
        if stream is not None:
            rest = np.empty((0, self._count * channels), np.float32)
            yield stream.resample_chunk(rest, last=True).T.reshape(self._count, channels, -1)

    def _mix(self, frames: int) -> Sound:
        """Return up to `frames` of the mix that waits, taken off it."""
        taken: list[Sound] = [np.empty((self._mixture.channels, 0), np.float32)]
        while frames and self._waiting:
            block = self._waiting.popleft()
            if block.shape[1] > frames:
                self._waiting.appendleft(block[:, frames:])
            taken.append(block[:, :frames])
            frames -= taken[-1].shape[1]
        return np.concatenate(taken, axis=1)
