"""The terminal chat with a scripted model and an ear that hears made-up tracks at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from few_tracks import track
from memories import Spelling
from scripted import ScriptedModel, Step
from textual.pilot import Pilot

from agent.collection.pool import Outcome
from agent.collection.worker import Analysed, Job
from agent.memory import TrackMemory
from agent.record import TrackRecord
from agent.screen.app import MusicologueApp
from agent.screen.desk import Desk
from agent.screen.ear import Ear
from agent.settings import Settings
from agent.workbench import Workbench

Play = Callable[[MusicologueApp, Pilot[None]], Awaitable[None]]


class Bench(Workbench):
    """A workbench whose model plays a script, over a memory that needs no weights."""

    def __init__(self, folder: Path, cache: Path, *script: Step) -> None:
        super().__init__(Settings(folder, cache, model="rules"))
        self.model = ScriptedModel(script=list(script))
        self.memory = TrackMemory(folder, cast(Any, Spelling()))

    def chat_model(self, name: str | None = None) -> Any:
        return self.model if name in (None, "rules") else super().chat_model(name)


class FakePool:
    """Hears made-up tracks; `held` keeps it at work until it is dropped."""

    def __init__(self, size: int, tell: Callable[[str, float, str], None]) -> None:
        self.tell, self.held = tell, False
        self.jobs: list[Job] = []
        self.dropped: list[str] = []

    free, busy = True, True

    def submit(self, job: Job, worker: int | None = None) -> None:
        self.jobs.append(job)

    def wait(self, seconds: float) -> list[Outcome]:
        job = self.jobs[-1]
        self.tell(job.path, 0.5, "chords")
        if self.held:
            time.sleep(0.02)
            return []
        if job.path.endswith(".txt"):
            return [Outcome(job, Analysed(job.path, reason=f"'{job.path}' is [no] audio."))]
        return [Outcome(job, Analysed(job.path, made(job.path, bool(job.tasks)).to_dict()))]

    def drop(self, path: str) -> None:
        self.dropped.append(path)

    def close(self) -> None:
        self.jobs.clear()


BY = {
    "key": "madmom/1",
    "beats": "beatnet+madmom/1",
    "tempo": "beatnet+madmom/1",
    "chords": "crema/1",
    "segments": "spectral/1",
}
"""Who hears these here: what an older one heard would be heard anew."""


def made(path: str, heard: bool = True) -> TrackRecord:
    record = track(sum(map(ord, Path(path).stem)), Path(path).stem, path=path)
    by = {t: a | {"estimator": BY.get(t, "made/1")} for t, a in record.annotations.items()}
    return replace(record, annotations=by if heard else {})


async def until(holds: Callable[[], object], seconds: float = 20.0) -> None:
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to that")


def played(
    bench: Workbench, play: Play, files: tuple[str, ...] = (), size: tuple[int, int] = (120, 40),
    **options: Any,
) -> None:  # fmt: skip
    """Run the app, let `play` use it, and close everything."""
    ear = Ear(FakePool)
    desk = Desk(bench, ear)

    async def run() -> None:
        app = MusicologueApp(desk, files, **options)
        async with app.run_test(size=size) as pilot:
            await until(app.labour.begun.is_set)
            await pilot.pause(0.1)
            await play(app, pilot)

    try:
        asyncio.run(run())
    finally:
        desk.close()


def pool_of(app: MusicologueApp) -> FakePool:
    return cast(FakePool, app.desk.ear._pool)


def shown(app: MusicologueApp) -> str:
    """Everything that is on the screen, as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)
