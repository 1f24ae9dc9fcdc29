"""Plays a sound file from any moment, and says which moment is heard. Needs the extra ``live``.

Where there is nothing to play on, `Player.problem` says so in a sentence and all else works. Every
method returns at once: files and devices are opened on a thread of the player's own.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.screen.reel import Frames, Reel
from tools.errors import MusicToolError

Changed = Callable[[], None]


def _nobody() -> None:
    """Tell nobody."""


class Player:
    """One sound at a time.

    Parameters
    ----------
    changed : called from another thread when playing begins, ends or fails
    sound : what has ``OutputStream``, ``CallbackStop`` and ``PortAudioError``; the package
        sounddevice, unless another is given
    """

    def __init__(self, changed: Changed = _nobody, sound: Any = None) -> None:
        self.problem = ""
        """Why nothing is heard, in one sentence; empty while all is well."""
        self.path: Path | None = None
        self._changed, self._sound = changed, sound
        self._lock = threading.Lock()  # never held while a stream is closed: that awaits `_give`
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="player")
        self._reel: Reel | None = None
        self._stream: Any = None
        self._wanted = False
        self._start = 0.0
        self._next = 0
        self._clock: tuple[float, int] | None = None

    # ---- what is heard --------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether sound is wanted, and nothing was in the way yet."""
        return self._wanted

    @property
    def position(self) -> float:
        """The moment that is heard, in seconds, by the clock of the device."""
        with self._lock:
            if self._stream is None or self._reel is None or self._clock is None:
                return self._start
            leaves, frame = self._clock
            heard = frame / self._reel.rate + float(self._stream.time) - leaves
            return min(max(self._start, heard), self._next / self._reel.rate)

    # ---- what the user does ---------------------------------------------------------------------

    def load(self, path: Path, at: float = 0.0) -> None:
        """Take another file, a track or one of its stems; silent until `play`."""
        self._wanted = False
        with self._lock:  # a stream without a reel ends
            old, self._reel = self._reel, None
            self._go(at)
        self._do(self._load, path, old)

    def play(self) -> None:
        """Play on from the position; from the start where that is the end."""
        self._wanted = True
        self._do(self._play)

    def pause(self) -> None:
        """Be silent; the position stays."""
        self._wanted = False
        self._do(self._pause)

    def toggle(self) -> None:
        """Play, or pause."""
        self.pause() if self.playing else self.play()

    def seek(self, seconds: float) -> None:
        """Go to a moment; what plays plays on from there."""
        with self._lock:
            self._go(seconds)

    def settle(self) -> None:
        """Wait until all that was asked for is done. It takes as long as a device takes to open."""
        self._worker.submit(_nobody).result()

    def close(self) -> None:
        """Be silent for good."""
        self._wanted = False
        with self._lock:
            old, self._reel = self._reel, None
        self._do(self._unload, old)
        self._worker.shutdown()

    # ---- on the player's thread -----------------------------------------------------------------

    def _do(self, step: Callable[..., None], *arguments: Any) -> None:
        def run() -> None:
            try:
                step(*arguments)
            except MusicToolError as error:
                self._wanted, self.problem = False, str(error)
            self._changed()

        with suppress(RuntimeError):  # closed already
            self._worker.submit(run)

    def _load(self, path: Path, old: Reel | None) -> None:
        self._unload(old)
        self.path, self.problem = path, ""
        reel = Reel(path)
        with self._lock:
            self._reel = reel
            self._go(self._start)

    def _unload(self, reel: Reel | None) -> None:
        self._pause()
        self.path = None
        if reel:
            reel.close()

    def _play(self) -> None:
        reel = self._reel
        if reel is None or self._stream is not None or not self._wanted:
            self._wanted = self._stream is not None and self._wanted
            return
        self.problem = ""
        sound = self._sound = self._sound or _sounddevice()
        with self._lock:
            if reel.complete and self._next >= reel.frames:
                self._go(0.0)
        try:
            stream = sound.OutputStream(
                samplerate=reel.rate, channels=reel.channels, dtype="int16", latency="high",
                callback=self._give, finished_callback=self._finished,
            )  # fmt: skip
            with self._lock:
                self._stream = stream
            stream.start()
        except (sound.PortAudioError, ValueError) as error:  # ValueError: no device at all
            self._pause()
            raise MusicToolError(
                f"No sound can be played: no output device takes it ({error}). Plug in or choose "
                "one, then press play again; everything else works."
            ) from error

    def _pause(self) -> None:
        at = self.position
        with self._lock:
            stream, self._stream = self._stream, None
            self._go(at)
        if stream is not None:
            stream.abort()
            stream.close()

    def _end(self, stream: Any) -> None:
        """Come to rest at the end of the sound, unless it plays again already."""
        if stream is not self._stream:
            return
        self._pause()
        with self._lock:
            reel, self._wanted = self._reel, False
            if reel:
                self._go(reel.frames / reel.rate)
                self.problem = reel.problem

    # ---- on the device's thread -----------------------------------------------------------------

    def _give(self, out: Frames, frames: int, time: Any, status: Any) -> None:
        """Hand over the next frames; silence where they are not decoded yet."""
        with self._lock:
            reel, at = self._reel, self._next
            complete = reel is None or reel.complete  # before reading: what came since is no end
            given = reel.read(at, frames) if reel else out[:0]
            out[: len(given)] = given
            out[len(given) :] = 0
            if len(given):
                self._clock = (float(time.outputBufferDacTime), at)
                self._next = at + len(given)
            elif reel and not complete:
                self._go(at / reel.rate)
        if complete and len(given) < frames:
            raise self._sound.CallbackStop

    def _finished(self) -> None:
        """Told when a stream came to its end, and also when it was stopped."""
        stream = self._stream
        if stream is not None:
            self._do(self._end, stream)

    # ---- inside ---------------------------------------------------------------------------------

    def _go(self, seconds: float) -> None:
        """Set the moment that comes next. The lock is held."""
        self._start, self._clock = max(0.0, seconds), None
        if self._reel:
            self._next = round(self._start * self._reel.rate)


def _sounddevice() -> Any:
    """Return the package that plays.

    Raises
    ------
    MusicToolError
        If it or the library under it is missing.
    """
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise MusicToolError(
            "No sound can be played: that needs the package sounddevice and PortAudio "
            f"(pip install 'musicologue[live]'; {error}). Everything else works."
        ) from error
    return sounddevice
