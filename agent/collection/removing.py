"""Forget tracks: the record, the stems made of it, and where it was. No recording is touched."""

import shutil

from agent.memory import TrackMemory
from agent.path_index import PathIndex
from agent.record import TrackRecord
from agent.record_files import store_error
from agent.stems import SHORT_ID


def remove(memory: TrackMemory, record: TrackRecord) -> None:
    """Take a track out of the memory; its row of the search index goes with the next `flush`.

    What the user wrote about it stays, and is there again when the track is.

    Raises
    ------
    MemoryStoreError
        If the folder can't be written.
    """
    memory.forget(record.id)
    paths = PathIndex(memory.folder / "paths.json")
    paths.drop([path for path, track_id in paths.ids().items() if track_id == record.id])
    for stems in (memory.folder / "stems").glob(f"* {record.id[:SHORT_ID]}"):
        try:
            shutil.rmtree(stems)
        except OSError as error:
            raise store_error(memory.folder, error) from error
