"""The line chat as a person has it: in a terminal, with Ctrl-C and a second sitting."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from synthesis import Truth

ROOT = Path(__file__).parent.parent
PATIENCE = 60.0


class Terminal:
    """A chat in a pseudo-terminal: what is typed, and what stands on the screen."""

    def __init__(self, *arguments: str | Path, cache: Path, data: Path) -> None:
        command = [sys.executable, "-m", "agent", "chat", *map(str, arguments), "--offline"]
        command += ["--cache-dir", str(cache), "--data-dir", str(data)]
        self._end, theirs = pty.openpty()
        self._process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, start_new_session=True,
            preexec_fn=_own_terminal, env=os.environ | {"TERM": "xterm"},
        )  # fmt: skip
        os.close(theirs)
        self.screen = ""

    def type(self, text: str) -> int:
        """Type; return where on the screen what follows begins."""
        start = len(self.screen)
        os.write(self._end, text.encode())
        return start

    def wait(self, text: str, start: int = 0) -> str:
        """Read until `text` is on the screen after `start`."""
        until = time.monotonic() + PATIENCE
        while text not in self.screen[start:]:
            assert time.monotonic() < until, self.screen
            if select.select([self._end], [], [], 0.2)[0]:
                self.screen += os.read(self._end, 65536).decode("utf-8", "replace")
        return self.screen[start:]

    def end(self) -> int:
        os.write(self._end, b"/quit\n")
        code = self._process.wait(PATIENCE)
        os.close(self._end)
        return code


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Ten minutes: long enough to be stopped in the middle."""
    path = tmp_path_factory.mktemp("music") / "Töne, lang.wav"
    samples = np.random.default_rng(0).normal(0, 0.1, (600 * 8000,)).astype(np.float32)
    soundfile.write(path, samples, 8000)
    yield path
    path.unlink()


def test_a_sitting_is_stopped_and_gone_on_with(
    data: Path, cache_dir: Path, noise: Path, pop: Truth, waltz: Truth, tmp_path: Path
) -> None:
    song = Path(shutil.copy(pop.path, tmp_path / "söng with späce.wav"))
    chat = Terminal(song, noise, "--thread", "mine", cache=cache_dir, data=data)
    chat.wait("> ")
    at = chat.type("what are the chords of #2?\n")
    chat.wait("finding the beat", at)
    stopped = time.monotonic()
    chat.type("\x03")
    chat.wait("Stopped.", at)
    assert time.monotonic() - stopped < 8
    at = chat.type("what key is #1 in?\n")
    assert "C major" in chat.wait("C major", at)
    at = chat.type(f"/add '{waltz.path}'\n")
    chat.wait("waltz", at)
    chat.wait("> ", at)
    assert "\n\x1b[K" not in chat.screen  # the status stays on its line
    assert chat.end() == 0

    later = Terminal(noise, "--thread", "mine", cache=cache_dir, data=data)
    later.wait("> ")
    at = later.type("/tracks\n")
    shown = later.wait("> ", at)
    assert "#1 söng with späce" in shown and "#2 Töne, lang" in shown
    assert later.end() == 0


def test_the_screen_of_the_chat_belongs_to_the_chat(
    data: Path, cache_dir: Path, pop: Truth
) -> None:
    chat = Terminal(pop.path, cache=cache_dir, data=data)
    chat.wait("> ")
    assert "\x1b[?25l" not in chat.screen.rpartition("\x1b[?25h")[2]  # no bar hides the cursor
    at = chat.type("what key is it in?\n")
    chat.wait("C major", at)
    assert chat.end() == 0
