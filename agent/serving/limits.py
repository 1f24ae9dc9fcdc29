"""How much a server takes on: bytes, hours, and how many wait. What is beyond is refused, not queued."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from agent.settings import Settings

MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """The limits of one server.

    Parameters
    ----------
    upload_bytes : of one file
    seconds : length of one recording
    decoded_bytes : of one recording as float32, all its channels: three hours of stereo at 48 kHz
        are 4.1 GB, and a file of a few MB can announce a thousand times as much
    stored_bytes, stored_files : uploads that one user may keep
    queue : jobs that wait for a worker, of all users
    queue_each : of them, those of one user
    turns, waiting_turns : questions that are being answered, and that wait for it
    threads_open : conversations kept at hand
    threads_each : conversations that one user may keep
    desks : users whose things are kept at hand
    body_bytes : of a request that bears no sound
    inline_bytes : of a request that bears its sound as base64 text
    """

    upload_bytes: int = 500 * MB
    seconds: float = 3 * 3600.0
    decoded_bytes: int = 5_000 * MB
    stored_bytes: int = 20_000 * MB
    stored_files: int = 5_000
    queue: int = 64
    queue_each: int = 48
    turns: int = 8
    waiting_turns: int = 256
    threads_open: int = 64
    threads_each: int = 10_000
    desks: int = 64
    body_bytes: int = 1 * MB
    inline_bytes: int = 64 * MB

    @classmethod
    def of(cls, settings: "Settings") -> Self:
        """Return the limits that the settings ask for."""
        return cls(
            upload_bytes=settings.upload_mb * MB,
            seconds=settings.max_minutes * 60.0,
            queue=settings.queue,
            queue_each=max(1, settings.queue * 3 // 4),
        )
