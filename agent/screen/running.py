"""Run the terminal chat until it is left."""

import sys

from agent.screen.collector import hold
from agent.settings import Settings
from tools.errors import MusicToolError

SWITCH = 0.0005
"""Seconds that a thread at work keeps the interpreter while the keyboard wants it; Python's 0.005
would be waited for several times a key."""


def run(settings: Settings, files: tuple[str, ...] = (), thread: str | None = None) -> None:
    """Run the chat until it is left.

    Raises
    ------
    MusicToolError
        If there is no terminal, or the data folder can't be written.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise MusicToolError("The chat needs a terminal. In a script: musicologue ask FILE -q ...")
    hold()
    sys.setswitchinterval(SWITCH)
    from agent.screen.app import MusicologueApp
    from agent.screen.desk import Desk
    from agent.workbench import Workbench

    desk = Desk(Workbench(settings))
    try:
        MusicologueApp(desk, files, thread).run()
    finally:
        desk.close()
