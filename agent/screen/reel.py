"""A sound file unrolled on disk, so that any moment of it is at hand at once. Knows no device.

The samples go to a file without a name as they are decoded: an hour needs no memory, and a program
that is killed leaves nothing behind.
"""

import os
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.decoding import Samples, open_sound, reason
from tools.errors import MusicToolError
from tools.titles import clean_text

Frames = NDArray[np.int16]

FULL_SCALE = 32_767
WIDTH = 2
"""Bytes a sample."""

MOST_CHANNELS = 2
"""Sounds of more channels are mixed to one: what their order means, files don't tell."""


class Reel:
    """A sound that is being decoded in the background: 16 bits, one or two channels.

    Parameters
    ----------
    path : the sound file

    Raises
    ------
    MusicToolError
        If it is no audio we can read, or there is no room to unroll it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rate = self.channels = 0
        self.frames = 0
        """Frames that are at hand; they grow."""
        self.complete = False
        self.problem = ""
        """Why it broke off, if it did."""
        self._closed = False
        self._error: MusicToolError | None = None
        self._known = threading.Event()
        try:
            self._file = tempfile.TemporaryFile()
        except OSError as error:
            raise self._no_room(error) from error
        self._thread = threading.Thread(target=self._unroll, name="reel", daemon=True)
        self._thread.start()
        self._known.wait()
        if self._error:
            self.close()
            raise self._error

    def read(self, at: int, count: int) -> Frames:
        """Return frames from `at` on, shape=(n, channels), n less than `count` where there are fewer."""
        size = self.channels * WIDTH
        count = max(0, min(count, self.frames - at))
        raw = os.pread(self._file.fileno(), count * size, at * size) if count else b""
        return np.frombuffer(raw, np.int16).reshape(-1, self.channels)

    def close(self) -> None:
        """Stop decoding and let go of the disk."""
        self._closed = True
        self._thread.join()
        with suppress(OSError):  # of a full disk, told already
            self._file.close()

    # ---- inside ---------------------------------------------------------------------------------

    def _unroll(self) -> None:
        try:
            with open_sound(self.path) as sound:
                self.rate = sound.rate
                self.channels = sound.channels if sound.channels <= MOST_CHANNELS else 1
                for block in sound.blocks():
                    if self._closed:
                        return
                    self._file.write(_bytes(block, self.channels))
                    self._file.flush()  # `read` goes past the buffer
                    self.frames += len(block)
                    self._known.set()
        except (MusicToolError, OSError) as error:
            self._broke(error)
        finally:
            self.complete = True
            self._known.set()

    def _broke(self, error: MusicToolError | OSError) -> None:
        shown = error if isinstance(error, MusicToolError) else self._no_room(error)
        self.problem = str(shown)
        if not self._known.is_set():
            self._error = shown

    def _no_room(self, error: OSError) -> MusicToolError:
        return MusicToolError(
            f"'{clean_text(self.path.name)}' can't be played: there is no room in {tempfile.gettempdir()} "
            f"({reason(error)}). Free some space, then play it again."
        )


def _bytes(block: Samples, channels: int) -> bytes:
    """Return samples as 16 bits, what exceeds full scale cut."""
    sound = block if block.shape[1] == channels else block.mean(axis=1, keepdims=True)
    loud = np.clip(np.nan_to_num(sound), -1.0, 1.0) * FULL_SCALE
    return np.rint(loud).astype(np.int16).tobytes()
