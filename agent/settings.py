"""Settings: the only reader of the environment and of the config file.

A flag beats the environment, the environment beats ``config.toml`` in the user's config folder, and
that beats the default.
"""

import logging
import os
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, Self, cast

import platformdirs

from tools import cores
from tools.errors import MusicToolError
from tools.weights import Licence

APP = "musicologue"
PREFIX = "MUSICOLOGUE_"

LEAST = {"threads": 1, "upload_mb": 1, "max_minutes": 1, "queue": 1, "workers": 0}
"""The settings that are numbers, with the least that they can be."""

PRIVATE = {
    # Nothing is ever sent anywhere: every switch that the libraries below have for it.
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "OTEL_SDK_DISABLED": "true",
    "RAY_USAGE_STATS_ENABLED": "0",
}


class SettingsError(MusicToolError):
    """A setting has a value that it can't have."""


@dataclass(frozen=True)
class Settings:
    """What the user chose.

    Parameters
    ----------
    data_dir : tracks, memory, threads and the log
    cache_dir : weights
    model : ``"embedded"``, ``"rules"``, ``"hf:FOLDER or ID"``, ``"openai:NAME"``, ``"anthropic:NAME"``
        or ``"ollama:NAME"``
    base_url : address of an OpenAI-compatible server, "" for the provider's own
    offline : never touch the network
    licence : ``"permissive"`` leaves out weights that may not be used commercially
    threads : networks that may run side by side, a core each
    export_dir : where files that a conversation writes go, a folder a track: in the user's music
        folder, or beside the data where another data folder was chosen
    chroma : address of a Chroma server that keeps the memory for several listeners,
        ``"http://127.0.0.1:8000"``; "" keeps it in the data folder
    api_key : a key that the server takes beside those of ``musicologue keys``; "" for none
    upload_mb : size of a file that the server takes, in MB
    max_minutes : length of a recording that the server takes
    queue : jobs that may wait at the server
    workers : processes of the server that hear, a core each; 0 for as many as `threads`
    server_level : how much the server listens for: quick, standard or deep
    soundfont : a bank (.sf2, .sf3) that new pieces are played with; None takes the one of the
        project
    """

    data_dir: Path
    cache_dir: Path
    model: str = "embedded"
    base_url: str = ""
    offline: bool = False
    licence: Licence = "any"
    threads: int = 2
    export_dir: Path | None = None
    chroma: str = ""
    api_key: str = field(default="", repr=False)
    upload_mb: int = 500
    max_minutes: int = 180
    queue: int = 64
    workers: int = 0
    server_level: str = "standard"
    soundfont: Path | None = None

    @classmethod
    def load(cls, **flags: Any) -> Self:
        """Return the settings; a flag that is None was not given.

        Raises
        ------
        SettingsError
            If a value makes no sense.
        """
        config = _read_config(Path(platformdirs.user_config_dir(APP)) / "config.toml")
        defaults: dict[str, Any] = {
            "data_dir": platformdirs.user_data_dir(APP),
            "cache_dir": platformdirs.user_cache_dir(APP),
            "threads": _cores(),
        }
        chosen: dict[str, Any] = {}
        for name in (f.name for f in fields(cls)):
            for source in (
                flags.get(name),
                os.environ.get(PREFIX + name.upper()) or None,
                config.get(name),
                defaults.get(name),
            ):
                if source is not None:
                    chosen[name] = _parsed(name, source)
                    break
        usual = chosen["data_dir"] == Path(defaults["data_dir"])
        home = Path(platformdirs.user_music_dir()) / "Musicologue" if usual else None
        chosen.setdefault("export_dir", home or chosen["data_dir"] / "exports")
        return cls(**chosen)


def prepare_process(settings: Settings) -> None:
    """Set what libraries read from the environment when they are first imported."""
    os.environ.update(PRIVATE)
    # Two torch processes that spin-wait on the same cores slow each other tenfold. The networks are
    # small: several side by side, a core each, as the estimators run them, beat several cores on one.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    cores.allow(settings.threads)
    if settings.offline:
        os.environ["HF_HUB_OFFLINE"] = "1"


ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
    "TOKENIZERS_PARALLELISM": "false",
}


def prepare_worker(offline: bool = False) -> None:
    """Set up a process that is one of several, each on a core of its own."""
    os.environ.update(PRIVATE | ONE_THREAD | ({"HF_HUB_OFFLINE": "1"} if offline else {}))
    cores.allow(1)
    logging.getLogger().addHandler(logging.NullHandler())  # the terminal is the parent's
    logging.captureWarnings(True)


def _read_config(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"Cannot read the settings in {path}: {error}.") from error


def _parsed(name: str, value: Any) -> Any:
    if name in ("data_dir", "cache_dir", "export_dir", "soundfont"):
        return Path(str(value)).expanduser().absolute()
    if name == "offline":
        return _boolean(name, value)
    if name == "licence":
        return _licence(value)
    if name in LEAST:
        return _number(name, value)
    if name == "server_level" and value not in ("quick", "standard", "deep"):
        raise SettingsError(
            f"The setting 'server_level' is quick, standard or deep, not '{value}'."
        )
    return str(value)


def _number(name: str, value: Any) -> int:
    try:
        return max(LEAST[name], int(value))
    except (TypeError, ValueError):
        raise SettingsError(f"The setting '{name}' is a number, not '{value}'.") from None


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
        "": False,
    }
    try:
        return words[str(value).strip().lower()]
    except KeyError:
        raise SettingsError(f"The setting '{name}' is yes or no, not '{value}'.") from None


def _licence(value: Any) -> Literal["any", "permissive"]:
    if value not in ("any", "permissive"):
        raise SettingsError(f"The setting 'licence' is 'any' or 'permissive', not '{value}'.")
    return cast(Literal["any", "permissive"], value)


def _cores() -> int:
    return max(
        1,
        min(
            8,
            len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1,
        ),
    )
