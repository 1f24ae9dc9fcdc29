"""The library of a screen: another process hears for it, and it learns what was heard."""

from pathlib import Path

from agent.library import Library
from agent.record import TrackRecord


class ScreenLibrary(Library):
    """The tracks at hand, told of what was heard elsewhere."""

    def learn(self, record: TrackRecord) -> None:
        """Take a record in place of what was known of the same track, and know its file again."""
        self._records[record.id] = record
        if record.annotations:
            self._paths.add(Path(record.path), record.id)
