"""Take the README's picture of the terminal chat: the real program on the sample song.

Run with ``python docs/screenshot.py [OUT.svg]``, or ``make screenshot``. It listens to the song in a
folder of its own, with the weights of the cache, and asks what is below; rules write the answers.
"""

import asyncio
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from agent.screen.app import MusicologueApp
from agent.screen.desk import Desk
from agent.settings import Settings, prepare_process
from agent.workbench import Workbench
from tools.errors import MusicToolError

SIZE = (140, 40)
QUESTIONS = (
    "What key is it in, and how fast is it?",
    "Is there a singer, and where does the voice come in?",
    "Which chords come back again and again?",
)
PLAYHEAD = 25.0
"""Seconds: where the second section begins."""

PATIENCE = 600.0
FONTS = re.compile(r"\s*@font-face \{.*?\}", re.S)


def main() -> None:
    """Write the picture."""
    out = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).with_name("screenshot.svg")
    settings = replace(Settings.load(), model="rules")
    prepare_process(settings)
    with tempfile.TemporaryDirectory(prefix="musicologue-screenshot-") as scratch:
        desk = Desk(Workbench(replace(settings, data_dir=Path(scratch))))
        try:
            picture = asyncio.run(_taken(desk))
        finally:
            desk.close()
    out.write_text(_without_fonts(picture), encoding="utf-8")


async def _taken(desk: Desk) -> str:
    """Return the picture of the chat after the questions, as SVG."""
    app = MusicologueApp(desk, (str(desk.demo()),))
    async with app.run_test(size=SIZE) as pilot:
        await _until(lambda: app.labour.begun.is_set() and app.stage.current)
        await _until(lambda: not app.labour.hearing)
        for number, question in enumerate(QUESTIONS, 1):
            app.entry.put(question)
            await pilot.press("enter")
            await _until(partial(_answered, app, number))
        app.panel.seek(PLAYHEAD)
        await pilot.pause(1.0)  # all that was told is drawn
        return app.export_screenshot(title="Musicologue")


def _answered(app: MusicologueApp, count: int) -> bool:
    return len(app.desk.talk.said) == count and not app.turns.answering


async def _until(holds: Callable[[], object]) -> None:
    last = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > last:
            raise MusicToolError("The chat did not come to its picture in time.")
        await asyncio.sleep(0.05)


def _without_fonts(picture: str) -> str:
    """Return the picture without fonts from elsewhere, which GitHub doesn't fetch, nor others."""
    plain = FONTS.sub("", picture)
    return plain.replace("font-family: Fira Code;", "font-family: monospace;").replace(
        "Fira Code, monospace", "monospace"
    )


if __name__ == "__main__":
    main()
