"""Parts of the server for MCP hosts, without a process: the folders it may read, and its progress."""

from pathlib import Path

import anyio
import pytest
from collection_clips import write_clip

from agent import mcp_server
from agent.mcp_files import Folders
from agent.mcp_server import Progress
from tools.errors import Cancelled, MusicToolError


def test_files_are_found_below_the_folders_only(tmp_path: Path) -> None:
    write_clip(tmp_path / "music" / "clip.wav", 3)
    (tmp_path / "secret.wav").write_bytes((tmp_path / "music" / "clip.wav").read_bytes())
    (tmp_path / "music" / "link.wav").symlink_to(tmp_path / "secret.wav")
    music = Folders([tmp_path / "music"])
    clip = (tmp_path / "music" / "clip.wav").resolve()
    assert (
        music.file("clip.wav") == music.file(str(clip)) == music.file("../music/clip.wav") == clip
    )
    assert music.hidden(f"Cannot read '{clip}'.") == "Cannot read 'clip.wav'."
    for name in ("../secret.wav", "link.wav", "", ".", "~", "x" * 5000, "a\0"):
        with pytest.raises(MusicToolError, match="below the folders"):
            music.file(name)
    with pytest.raises(MusicToolError, match="--folder takes a folder"):
        Folders([clip])
    assert not Folders(())


def test_progress_only_rises_and_stops_work_that_nobody_waits_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mcp_server, "PULSE", 0.001)
    sent: list[tuple[float, str]] = []

    async def run() -> None:
        noted = anyio.Event()

        async def send(level: float, total: float, doing: str) -> None:
            sent.append((level, doing))
            noted.set()

        progress = Progress(send)
        async with anyio.create_task_group() as group:
            group.start_soon(progress.send)
            for fraction, doing in ((0.5, "separating"), (0.1, "listening"), (0.7, "listening")):
                noted = anyio.Event()
                progress.report(fraction, doing)
                await noted.wait()
            group.cancel_scope.cancel()
        progress.stop()
        with pytest.raises(Cancelled):
            progress.report(0.8, "listening")

    anyio.run(run)
    assert [doing for _, doing in sent] == ["separating", "listening", "listening"]
    levels = [level for level, _ in sent]
    assert levels[0] == 0.5 < levels[1] < levels[2] == 0.7
