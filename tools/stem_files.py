"""Stems written as they come, and there as a whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import numpy as np
import soundfile
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from tools.decoding import reason
from tools.errors import MusicToolError

Sound = NDArray[np.float32]

FORMATS = {".flac": "FLAC", ".wav": "WAV"}

LARGEST_WAV = 2**32 - 2**16
"""Bytes that the header of a WAV can count; longer ones are RF64, as EBU Tech 3306 has it."""

WIDEST = 4
"""Bytes a sample: of the 32-bit floats that a stem may have to be written in."""

COPIED = 1 << 18

SCRATCH = ".separating."
IN_USE = "in-use.lock"
"""Held as long as somebody writes to a scratch folder; a process that is killed lets go of it."""


@contextmanager
def stem_files(
    folder: Path, names: Sequence[str], suffix: str, rate: int, channels: int, frames: int
) -> Iterator["StemFiles"]:
    """Open files named after the stems in `folder`; they appear when the block ends well.

    Parameters
    ----------
    suffix : ``".flac"`` or ``".wav"``: 24 bits. A stem that exceeds full scale, which 24 bits can't
        hold, becomes a WAV of 32-bit floats, so that stems keep their levels and still add up.
    frames : how many there will be

    Raises
    ------
    MusicToolError
        If the format is another, or the files can't be written.
    """
    if suffix not in FORMATS:
        raise MusicToolError(f"Stems are written as .flac or .wav, not as '{suffix}'.")
    ours = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        with (
            tempfile.TemporaryDirectory(
                dir=folder, prefix=SCRATCH, ignore_cleanup_errors=True
            ) as scratch,
            _claimed(Path(scratch)),
        ):
            with ExitStack() as stack:
                files = StemFiles(Path(scratch), names, suffix, rate, channels, frames, stack)
                yield files
            files.move(folder)
            ours = False
    except (OSError, soundfile.LibsndfileError) as error:
        raise MusicToolError(f"Cannot write stems to '{folder}': {not_written(error)}.") from error
    finally:
        if ours and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def not_written(error: OSError | soundfile.LibsndfileError) -> str:
    """Return why sound could not be written, as part of a sentence.

    libsndfile says no more of it than "System error".
    """
    if isinstance(error, OSError):
        return reason(error)
    return "the system did not take all of it; the disk seems to be full"


@contextmanager
def _claimed(scratch: Path) -> Iterator[None]:
    """Tell other processes that somebody writes here."""
    lock = FileLock(scratch / IN_USE)
    with suppress(OSError, NotImplementedError):  # a file system without locks
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _sweep(folder: Path) -> None:
    """Take away what processes left that were killed: stems are large."""
    for lock in folder.glob(f"{SCRATCH}*/{IN_USE}"):
        try:
            with FileLock(lock, blocking=False):
                shutil.rmtree(lock.parent, ignore_errors=True)
        except (OSError, NotImplementedError, Timeout):
            continue


class StemFiles:
    """One open file a stem."""

    def __init__(
        self,
        scratch: Path,
        names: Sequence[str],
        suffix: str,
        rate: int,
        channels: int,
        frames: int,
        stack: ExitStack,
    ) -> None:
        huge = frames * channels * WIDEST > LARGEST_WAV
        self._stems = {
            name: stack.enter_context(_StemFile(scratch / name, suffix, rate, channels, huge))
            for name in names
        }
        self.paths: dict[str, Path] = {}
        """Where each stem is; filled when all are whole."""

    def write(self, name: str, block: Sound) -> None:
        """Add a block of shape (channels, n) to a stem."""
        self._stems[name].write(block)

    def move(self, folder: Path) -> None:
        """Put the closed files into `folder`, in place of others of their names."""
        for name, stem in self._stems.items():
            self.paths[name] = folder / stem.path.name
            os.replace(stem.path, self.paths[name])


class _StemFile:
    """A file of 24 bits that turns into one of floats when it has to."""

    def __init__(self, base: Path, suffix: str, rate: int, channels: int, huge: bool) -> None:
        self._base = base
        self._wav = "RF64" if huge else "WAV"
        self._rate, self._channels = rate, channels
        self._floats = False
        self._written = 0
        self.path = base.with_suffix(suffix)
        self._file = self._open(FORMATS[suffix].replace("WAV", self._wav), "PCM_24")

    def __enter__(self) -> "_StemFile":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def write(self, block: Sound) -> None:
        if not self._floats and block.size and max(-block.min(), block.max()) > 1.0:
            self._turn_to_floats()
        self._file.write(block.T)
        self._written += block.shape[1]

    def _turn_to_floats(self) -> None:
        self._file.close()
        old = self.path.rename(self._base.with_suffix(".part"))
        self.path = self._base.with_suffix(".wav")
        self._file = self._open(self._wav, "FLOAT")
        self._floats = True
        if self._written:  # an empty FLAC can't be read
            with soundfile.SoundFile(old) as written:
                for block in written.blocks(COPIED, dtype="float32", always_2d=True):
                    self._file.write(block)
        old.unlink()

    def _open(self, form: str, subtype: str) -> soundfile.SoundFile:
        return soundfile.SoundFile(self.path, "w", self._rate, self._channels, subtype, format=form)
