"""Files that users sent: streamed to disk under names of ours, checked, and kept until removed.

``<folder>/<id><ending>`` is the sound and ``<id>.json`` what is known of it; the second is written
when the first is on the disk for good, so an upload is there whole or not at all. The user's name for
the file is kept as text to show; no path is ever made of it.
"""

import asyncio
import hashlib
import json
import logging
import os
import secrets
import threading
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from agent.record_files import flush_folder, store_error, write_through
from agent.serving.errors import StoreFull, TooLarge, UnknownUploadError
from agent.serving.limits import MB, Limits
from tools.audio import EXTENSIONS, clean_text
from tools.errors import AudioDecodeError

log = logging.getLogger(__name__)

PREFIX = "file-"
PART = ".part"
UNNAMED = "recording"
OTHERWISE = ".audio"
"""The ending of what came under a name that no recording bears; decoders go by the content."""


@dataclass(frozen=True)
class Upload:
    """A file that a user sent.

    Parameters
    ----------
    name : what the user calls it: untrusted text on one line, without folders
    bytes : its size
    seconds : the length that its header claims, 0 where it claims none
    created : ISO 8601 time
    """

    id: str
    name: str
    path: Path
    bytes: int
    sha256: str
    seconds: float = 0.0
    created: str = ""

    @property
    def title(self) -> str:
        """The name without its ending."""
        return PurePosixPath(self.name).stem or self.name

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for users: without where it lies."""
        return {name: value for name, value in asdict(self).items() if name != "path"}


class Uploads:
    """The uploads of one user. Safe for threads; the only one who writes the folder."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder = Path(folder)
        self._limits = limits
        self._lock = threading.Lock()
        self._kept = {upload.id: upload for upload in self._read()}

    async def receive(self, name: str, chunks: AsyncIterator[bytes]) -> Upload:
        """Write what comes to disk, check that it is a recording, and return it.

        Once this returns, no crash loses it. The same bytes are kept once: who sends them again is
        given what is there.

        Raises
        ------
        TooLarge
            If it has too many bytes, lasts too long, or would be too large decoded.
        AudioDecodeError
            If it is no recording that can be read.
        StoreFull
            If the user has as much here as a user may, or the disk is full.
        """
        name = shown_name(name)
        upload_id = PREFIX + secrets.token_hex(12)
        part = self.folder / (upload_id + PART)
        self._check_room(0)
        try:
            size, digest = await self._stream(part, name, chunks)
            return await asyncio.to_thread(self._accept, upload_id, name, part, size, digest)
        except ConnectionError:  # whoever sent it hung up
            raise
        except OSError as error:  # nobody elsewhere is told where our files lie
            log.error("an upload can't be kept in %s: %s", self.folder, error)
            raise StoreFull(
                "The file can't be kept: the server's disk is full or fails."
            ) from error
        finally:
            part.unlink(missing_ok=True)

    def get(self, upload_id: str) -> Upload:
        """Return an upload.

        Raises
        ------
        UnknownUploadError
            If there is none of this id.
        """
        with self._lock:
            upload = self._kept.get(upload_id)
        if upload is None:
            raise UnknownUploadError(
                f"There is no file '{clean_text(upload_id, 40)}'. It was removed, or never sent."
            )
        return upload

    def all(self) -> tuple[Upload, ...]:
        """Return all uploads, the first sent first."""
        with self._lock:
            return tuple(self._kept.values())

    def at(self, path: str | Path) -> Upload | None:
        """Return the upload that lies at a path."""
        return next((upload for upload in self.all() if upload.path == Path(path)), None)

    def remove(self, upload_id: str) -> None:
        """Delete an upload.

        Raises
        ------
        UnknownUploadError
            If there is none of this id.
        MemoryStoreError
            If it can't be deleted.
        """
        upload = self.get(upload_id)
        with self._lock:
            try:
                self._about(upload.id).unlink(missing_ok=True)
                upload.path.unlink(missing_ok=True)
                flush_folder(self.folder)
            except OSError as error:
                raise store_error(self.folder, error) from error
            self._kept.pop(upload.id, None)

    # ---- receiving ------------------------------------------------------------------------------

    async def _stream(self, part: Path, name: str, chunks: AsyncIterator[bytes]) -> tuple[int, str]:
        """Write the chunks into a file, and return its size and hash."""
        digest, size = hashlib.sha256(), 0
        self.folder.mkdir(parents=True, exist_ok=True)
        with part.open("xb") as file:
            async for chunk in chunks:
                size += len(chunk)
                self._check_size(size, name)
                await asyncio.to_thread(_add, file, digest, chunk)
            await asyncio.to_thread(_flush, file)
        return size, digest.hexdigest()

    def _accept(self, upload_id: str, name: str, part: Path, size: int, digest: str) -> Upload:
        """Check a whole file and give it its place."""
        seconds = check_recording(part, name, self._limits)
        ending = PurePosixPath(name).suffix.lower()
        place = self.folder / (upload_id + (ending if ending in EXTENSIONS else OTHERWISE))
        created = datetime.now(UTC).isoformat(timespec="seconds")
        upload = Upload(upload_id, name, place, size, digest, seconds, created)
        with self._lock:
            if same := next((u for u in self._kept.values() if u.sha256 == digest), None):
                return same
            self._check_room(size)
            os.replace(part, place)
            try:
                self._write(upload)
            except OSError:
                place.unlink(missing_ok=True)
                raise
            self._kept[upload_id] = upload
        return upload

    def _check_size(self, size: int, name: str) -> None:
        most = self._limits.upload_bytes
        if size > most:
            raise TooLarge(
                f"'{name}' is too large: files up to {most / MB:.0f} MB are taken. Cut it into "
                "parts, or send it compressed (FLAC, MP3)."
            )

    def _check_room(self, size: int) -> None:
        limits, kept = self._limits, list(self._kept.values())
        used = sum(upload.bytes for upload in kept)
        if used + size > limits.stored_bytes or len(kept) >= limits.stored_files:
            raise StoreFull(
                f"You have {len(kept)} files of {used / MB:.0f} MB here; at most "
                f"{limits.stored_files} of {limits.stored_bytes / MB:.0f} MB are kept. Remove some."
            )

    # ---- files ----------------------------------------------------------------------------------

    def _about(self, upload_id: str) -> Path:
        return self.folder / f"{upload_id}.json"

    def _write(self, upload: Upload) -> None:
        about = self._about(upload.id)
        scratch = about.with_suffix(".tmp")
        kept = upload.to_dict() | {"file": upload.path.name}
        try:
            write_through(scratch, json.dumps(kept, ensure_ascii=True).encode())
            os.replace(scratch, about)
            flush_folder(self.folder)
        finally:
            scratch.unlink(missing_ok=True)

    def _read(self) -> list[Upload]:
        """Return what is there whole; what a killed server left half is taken away."""
        found, files = [], set()
        for about in self.folder.glob(f"{PREFIX}*.json"):
            try:
                kept = json.loads(about.read_bytes())
                path = self.folder / Path(str(kept.pop("file"))).name
                if path.stat().st_size == kept["bytes"]:
                    found.append(Upload(path=path, **kept))
                    files |= {path.name, about.name}
            except (OSError, ValueError, KeyError, TypeError) as error:
                log.warning("the upload %s is damaged: %s", about.name, error)
        for leftover in self.folder.glob(f"{PREFIX}*"):
            if leftover.name not in files:
                leftover.unlink(missing_ok=True)
        return sorted(found, key=lambda upload: (upload.created, upload.id))


def check_recording(path: Path, name: str, limits: Limits) -> float:
    """Return the length in seconds that a file's header claims, 0 where it claims none.

    Nothing but the first samples is decoded. `name` stands in the messages in place of the file's.

    Raises
    ------
    AudioDecodeError
        If it is no recording that can be read, or holds no sound at all.
    TooLarge
        If it lasts too long, or would be too large decoded.
    """
    from tools.audio import check_complete
    from tools.decoding import open_sound

    try:
        with open_sound(path) as sound:
            if sound.exact and sound.frames <= 1:
                check_complete(sound, sound.frames, name)
            check_extent(sound.frames, sound.rate, sound.channels, name, limits)
            return sound.frames / sound.rate
    except AudioDecodeError as error:
        raise AudioDecodeError(str(error).replace(clean_text(path.name), name)) from error


def check_extent(frames: int, rate: int, channels: int, name: str, limits: Limits) -> None:
    """Raise `TooLarge` where a recording is longer, or larger decoded, than a server takes."""
    seconds, decoded = frames / rate, 4 * frames * channels
    if seconds > limits.seconds:
        raise TooLarge(
            f"'{name}' is too long: it lasts {seconds / 60:.0f} minutes, and "
            f"{limits.seconds / 60:.0f} are the most. Cut it into parts."
        )
    if decoded > limits.decoded_bytes:
        raise TooLarge(
            f"'{name}' is too large: decoded it would be {decoded / MB:.0f} MB, and "
            f"{limits.decoded_bytes / MB:.0f} are the most. Send fewer channels or a lower rate."
        )


def shown_name(name: str) -> str:
    """Return a file's name as it may be shown: one line, no folders, of any system."""
    return clean_text(name.replace("\\", "/").rpartition("/")[2], 120).strip(". ") or UNNAMED


def _add(file: BinaryIO, digest: Any, chunk: bytes) -> None:
    file.write(chunk)
    digest.update(chunk)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
