"""What a server refuses, in sentences for whoever asked; which status that is, `agent.http` knows.

* TooLarge        an upload is larger or longer than this server takes
* QueueFull       too much is waiting already; `retry_after` tells when to ask again
* StoreFull       a user has as much on the server as a user may have
* UnknownJobError, UnknownUploadError, UnknownThreadError, UnknownExportError   there is no such thing, or it is somebody else's
"""

from tools.errors import MusicToolError


class TooLarge(MusicToolError):
    """An upload is larger or longer than this server takes."""


class StoreFull(MusicToolError):
    """A user has as much on this server as a user may have."""


class UnknownJobError(MusicToolError):
    """There is no such job, or it is another user's."""


class UnknownUploadError(MusicToolError):
    """There is no such upload, or it is another user's."""


class UnknownThreadError(MusicToolError):
    """There is no such thread, or it is another user's."""


class UnknownExportError(MusicToolError):
    """There is no such file to fetch, or it is another user's."""


class QueueFull(MusicToolError):
    """Too much is waiting already; `retry_after` is in whole seconds."""

    def __init__(self, sentence: str, retry_after: float) -> None:
        super().__init__(sentence)
        self.retry_after = max(1, round(retry_after))
