"""A program under a terminal that is none: keys go in, and it is told when what they drew came out.

It draws nothing itself: what the program writes is read as text, without the control sequences.
POSIX only.
"""

import codecs
import os
import re
import select
import struct
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tools.errors import MusicToolError

CONTROL = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[P\]X^_].*?(?:\x1b\\|\x07)|[ -/]*[0-Z\\^-~])", re.S
)
"""Control sequences as in ECMA-48 (1991), 5.3 to 5.6: CSI, strings (OSC also ends with BEL), others."""

KEPT = 20_000
"""Characters of the output that are looked at: a screen of 160 x 48 has 7 680."""

QUIT = b"\x11"
LEAVING = 10.0
"""Seconds that a program has to end by itself."""


@dataclass
class PseudoTerminal:
    """What a program writes, and the keys it was sent.

    Parameters
    ----------
    descriptor : our end of the pair
    started : when the program was started, by `time.perf_counter`
    waiting : when each character was sent that did not come back yet, in the order of sending
    latencies : seconds from sending each of the others until it was there to be drawn
    """

    descriptor: int
    process: subprocess.Popen[bytes]
    started: float
    waiting: dict[str, float] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._written = ""

    def send(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.descriptor, keys)

    def type(self, character: str) -> None:
        """Press the key of a character that is not on the screen, and note when it comes there."""
        self.waiting[character] = time.perf_counter()
        self.send(character.encode())

    def listen(self, seconds: float) -> None:
        """Read what is written until so many seconds are over."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            if not select.select([self.descriptor], [], [], left)[0]:
                return
            self._read()

    def until(self, holds: Callable[[], object], what: str, seconds: float) -> float:
        """Read until something holds, and return when that was.

        Raises
        ------
        MusicToolError
            If it does not come to that in time, or the program ends before; tells what was shown.
        """
        last = time.perf_counter() + seconds
        while not holds():
            left = last - time.perf_counter()
            if left <= 0 or self.process.poll() is not None:
                shown = " ".join(self.text.split())[-300:]
                raise MusicToolError(f"{what} did not come to the screen; it showed: {shown}")
            if select.select([self.descriptor], [], [], min(left, 0.5))[0]:
                self._read()
        return time.perf_counter()

    def until_shown(self, text: str, seconds: float) -> float:
        """Read until a text is shown, and return when that was; see `until`."""
        return self.until(lambda: text in self.text, f"'{text}'", seconds)

    def take(self) -> list[float]:
        """Return the latencies since the last call, in seconds, when all keys have come back."""
        self.until(lambda: not self.waiting, f"A key ({''.join(self.waiting)[:1]})", LEAVING)
        taken, self.latencies = self.latencies, []
        return taken

    @property
    def text(self) -> str:
        """What was written last, without control sequences: pieces of lines as they were drawn."""
        return CONTROL.sub("", self._written)

    def _read(self) -> None:
        try:
            chunk = os.read(self.descriptor, 1 << 16)
        except OSError:  # nobody is at the other end any more
            chunk = b""
        if not chunk:
            time.sleep(0.01)
            return
        now = time.perf_counter()
        new = self._decoder.decode(chunk)
        self._written = (self._written + new)[-KEPT:]
        for character in [c for c in self.waiting if c in new]:
            self.latencies.append(now - self.waiting.pop(character))


@contextmanager
def pseudo_terminal(command: Sequence[str], columns: int, rows: int) -> Iterator[PseudoTerminal]:
    """Run a program in a terminal of so many columns and rows until the end of the block.

    Raises
    ------
    MusicToolError
        If this system has no pseudo-terminals.
    """
    try:
        import fcntl
        import pty
        import termios
    except ImportError as error:
        raise MusicToolError("A screen is measured on Linux and macOS only.") from error
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    started = time.perf_counter()
    command = ["env", "TERM=xterm-256color", "COLORTERM=truecolor", *command]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    terminal = PseudoTerminal(ours, process, started)
    try:
        yield terminal
        if process.poll() is None:
            terminal.send(QUIT)
            try:
                terminal.until(lambda: process.poll() is not None, "The end", LEAVING)
            except MusicToolError:  # it may end between two looks
                if process.poll() is None:
                    raise
    finally:
        process.kill()
        process.wait()
        os.close(ours)
