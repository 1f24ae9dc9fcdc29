"""A server killed in the midst of its work: what it acknowledged must be there, and heard once.

A real server process takes uploads from as many clients; some are acknowledged and queued, one is
being heard, and the others are half sent when the process is killed (SIGKILL). Another process then
goes on over the same folder.
"""

import http.client
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tools.errors import MusicToolError

BOUNDARY = "a-boundary-that-is-in-no-sound"
PATIENCE = 600.0
"""Seconds that hearing may take at all."""

POLL = 0.2
SECONDS = 3.0
RATE = 22_050
UPLOADS = 17
"""Three in five of them, ten, are acknowledged when the server is killed."""


@dataclass(frozen=True)
class Trial:
    """What came of one trial.

    Parameters
    ----------
    acknowledged : uploads that were answered with 202 before the kill
    torn : uploads that were half sent then
    heard_before : tracks that were heard before the kill
    there : acknowledged uploads that the next server has, byte for byte
    analysed : acknowledged jobs that are done, with their track
    heard_again : tracks that were heard before the kill and again after it
    strays : files in the folder of uploads that are no whole upload
    restart_seconds : from the start of the next server to its first answer
    """

    acknowledged: int
    torn: int
    heard_before: int
    there: int
    analysed: int
    heard_again: int
    strays: int
    restart_seconds: float

    @property
    def passed(self) -> bool:
        """Whether nothing was lost, half kept or heard twice."""
        whole = self.there == self.analysed == self.acknowledged
        return whole and not self.heard_again and not self.strays

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self) | {"passed": self.passed}


def trial(
    folder: Path,
    environment: Mapping[str, str],
    uploads: int = UPLOADS,
    options: Sequence[str] = (),
) -> Trial:
    """Kill a server with so many uploads under way, and return what the next one has of them.

    Parameters
    ----------
    folder : where sounds and the server's data folder are made
    environment : of the servers; empty for that of this process
    options : of their command

    Raises
    ------
    MusicToolError
        If a server does not start, or does not end its work in time.
    """
    folder.mkdir(exist_ok=True)
    options = [*options, "--data-dir", str(folder / "data")]
    sounds = [_sound(folder / f"sound{number}.wav", number) for number in range(uploads)]
    whole = uploads * 3 // 5
    with server(environment, *options) as (process, address):
        acknowledged = {}
        for number in range(whole):
            job, upload = sent(address, f"sound{number}.wav", sounds[number])
            acknowledged[job] = (upload, sha256(sounds[number]).hexdigest())
        half = [_half_sent(address, f"sound{n}.wav", sounds[n]) for n in range(whole, uploads)]
        before = _until_heard(address)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for connection in half:
            connection.close()
    begin = time.monotonic()
    with server(environment, *options) as (process, address):
        restart = time.monotonic() - begin
        done = _until_done(address, list(acknowledged))
        kept = {upload["id"]: upload["sha256"] for upload in asked(address, "/uploads")}
        after = _heard(address)
    there = [u for u, digest in acknowledged.values() if kept.get(u) == digest]
    files = {path.stem for path in (folder / "data" / "uploads").iterdir()}
    return Trial(
        acknowledged=len(acknowledged),
        torn=len(half),
        heard_before=len(before),
        there=len([u for u in there if _digest(folder, u) == kept[u]]),
        analysed=sum(job["state"] == "done" and job["track"] in after for job in done),
        heard_again=sum(after.get(track) != when for track, when in before.items()),
        strays=len(files - set(kept)),
        restart_seconds=round(restart, 2),
    )


# ---- a server and its clients -------------------------------------------------------------------


@contextmanager
def server(settings: Mapping[str, str], *options: str) -> Iterator[tuple[Any, str]]:
    """Run a server until the end of the block; yields the process, and its address without http.

    Without `settings` its environment is that of this process.
    """
    command = [sys.executable, "-m", "server", "--port", "0", *options]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, env=dict(settings) or None, stdout=pipe, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        address = re.search(r"http://(\S+)", said)
        if address is None:
            raise MusicToolError(f"The server did not start: {said.strip() or 'it said nothing'}.")
        yield process, address[1]
        process.terminate()
        process.wait(PATIENCE)
    finally:
        process.kill()
        process.communicate()


def asked(address: str, path: str) -> Any:
    """Return what a server answers, as plain data."""
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def sent(address: str, name: str, content: bytes) -> tuple[str, str]:
    """Send a file, and return the ids of its job and its upload."""
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        connection.request("POST", "/tracks", _form(name, content), _headers())
        answer = connection.getresponse()
        told = json.loads(answer.read())
        if answer.status != 202:
            raise MusicToolError(f"The server did not take '{name}': {told}.")
        return str(told["job"]["id"]), str(told["upload"]["id"])
    finally:
        connection.close()


def _half_sent(address: str, name: str, content: bytes) -> http.client.HTTPConnection:
    """Send half a file, and return the open connection."""
    form = _form(name, content)
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.putrequest("POST", "/tracks")
    for header, value in (_headers() | {"Content-Length": str(len(form))}).items():
        connection.putheader(header, value)
    connection.endheaders()
    connection.send(form[: len(form) // 2])
    return connection


def _headers() -> dict[str, str]:
    return {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def _form(name: str, content: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


# ---- what it has --------------------------------------------------------------------------------


def _heard(address: str) -> dict[str, str]:
    """Return when each track was heard, of the jobs that are done."""
    tracks = {job["track"] for job in asked(address, "/jobs?state=done&limit=1000")}
    return {track: str(asked(address, f"/tracks/{track}")["added"]) for track in tracks}


def _until_heard(address: str) -> dict[str, str]:
    """Wait until a job is done, and return when each track was heard."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if heard := _heard(address):
            return heard
        time.sleep(POLL)
    raise MusicToolError("The server heard nothing in time.")


def _until_done(address: str, jobs: list[str]) -> list[dict[str, Any]]:
    """Wait until jobs are over, and return them."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        told = [asked(address, f"/jobs/{job}") for job in jobs]
        if all(job.get("state") not in ("queued", "running") for job in told):
            return told
        time.sleep(POLL)
    raise MusicToolError("The server did not end its work in time.")


def _digest(folder: Path, upload: str) -> str:
    (path,) = [p for p in (folder / "data" / "uploads").glob(f"{upload}.*") if p.suffix == ".wav"]
    return sha256(path.read_bytes()).hexdigest()


def _sound(path: Path, number: int) -> bytes:
    """Return a short sound, another one for each number."""
    import numpy as np

    from tools.audio import save_audio

    t = np.arange(int(SECONDS * RATE)) / RATE
    tones = [np.sin(2 * np.pi * 220 * 2 ** ((number + step) / 12) * t) for step in (0, 4, 7)]
    click = 0.5 * ((2 * t) % 1 < 0.02)
    save_audio(path, (0.2 * sum(tones) + click).astype(np.float32), RATE, "PCM_16")
    return path.read_bytes()
