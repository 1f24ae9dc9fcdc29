"""A model of Hugging Face in memory: from a folder, or from the hub through its cache.

A folder never asks the network, and neither does a model that the cache holds whole. Weights are
read from safetensors only, and no code that comes with a model is run.
"""

import contextlib
import importlib.util
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from agent.models import ModelError
from tools import fetching

FOUR_BIT = ":4bit"
"""Ends the name of a model that is to be squeezed into four bits a weight while it is loaded."""

FETCHED = ("*.json", "*.safetensors", "*.jinja", "*.model", "*.txt")
NOT_FETCHED = ("original/*", "onnx/*", "openvino/*", "*.bin", "*.gguf")

_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
_WRITERS = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
FREE_SHARE = 0.7
"""Of the free memory, what the weights may take: the rest is for the work."""


@dataclass(frozen=True)
class Checkpoint:
    """A causal model of `transformers`, its fast tokenizer, and the tokens that end a reply."""

    model: Any
    tokenizer: Any
    ends: tuple[int, ...]


def check(name: str, *, offline: bool = False) -> None:
    """Raise ModelError if a model can't be had, as far as that is seen without loading it.

    Parameters
    ----------
    name : a folder, or an id on the hub, with `FOUR_BIT` behind it or not
    offline : nothing can be fetched
    """
    place, four_bit = _parsed(name)
    if four_bit and importlib.util.find_spec("bitsandbytes") is None:
        raise ModelError(
            "Four bits a weight need a package that is not installed. "
            "Run: pip install 'musicologue[bnb]'"
        )
    if folder := _folder(place):
        _config(folder, place)
    elif offline and _cached(place) is None:
        raise ModelError(_absent(place))


def load(name: str, *, offline: bool = False) -> Checkpoint:
    """Return a model, fetched if need be; see `check`.

    Raises
    ------
    ModelError
        If it can't be had, is no instruct model, or does not load.
    """
    place, four_bit = _parsed(name)
    folder = _folder(place) or _cached(place) or _fetched(place, offline)
    return _load(folder, place, four_bit)


# ---- where it is --------------------------------------------------------------------------------


def _parsed(name: str) -> tuple[str, bool]:
    place = name.removesuffix(FOUR_BIT)
    return place, place != name


def _folder(place: str) -> Path | None:
    """Return the folder that is meant, None where an id is.

    Raises
    ------
    ModelError
        If it is neither.
    """
    path = Path(place).expanduser()
    if path.is_dir():
        return path
    if not _ID.fullmatch(place) or place.startswith((".", "~")) or path.exists():
        raise ModelError(
            f"There is no folder '{place[:200]}'. Give the folder of a Hugging Face model, or its "
            "id on the hub, such as Qwen/Qwen2.5-1.5B-Instruct."
        )
    return None


def _cached(place: str) -> Path | None:
    """Return the folder of a model in the hub's cache, None where it is not there whole."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        folder = Path(snapshot_download(place, local_files_only=True))
    except (HfHubHTTPError, OSError, ValueError):
        return None
    whole = (folder / "config.json").exists() and (folder / "tokenizer_config.json").exists()
    return folder if whole and _has_weights(folder) else None


def _has_weights(folder: Path) -> bool:
    """Return whether all parts of the weights are there."""
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        return any(folder.glob("*.safetensors"))
    parts = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    return all((folder / part).exists() for part in parts)


def _fetched(place: str, offline: bool) -> Path:
    """Return the folder of a model that was just fetched from the hub."""
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if offline or constants.HF_HUB_OFFLINE:
        raise ModelError(_absent(place))
    if not fetching.answers(fetching.HUB):
        raise ModelError(
            f"The model '{place}' is not in the cache of the hub, and the hub does not answer. "
            "Try again later, or give a folder."
        )
    disable_progress_bars()  # the screen is not ours to draw on
    try:
        folder = snapshot_download(
            place, allow_patterns=list(FETCHED), ignore_patterns=list(NOT_FETCHED)
        )
    except GatedRepoError as error:
        raise ModelError(
            f"The model '{place}' is gated: accept its terms at {fetching.HUB}{place}, then run "
            "'hf auth login'."
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"The hub has no model '{place}', or it is private. Check the spelling of the id."
        ) from error
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise ModelError(f"The model '{place}' could not be fetched: {_first(error)}") from error
    return Path(folder)


def _absent(place: str) -> str:
    return (
        f"The network is off, and the model '{place}' is not in the cache of the hub. Go online "
        "once, or give a folder."
    )


# ---- what it is ---------------------------------------------------------------------------------


def _config(folder: Path, place: str) -> dict[str, Any]:
    """Return a model's config; ModelError if it can't answer."""
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"'{place}' holds no Hugging Face model: its config.json can't be read."
        ) from error
    kinds = config.get("architectures") or []
    writes = not kinds or any(str(kind).endswith(_WRITERS) for kind in kinds)
    if not writes or config.get("is_encoder_decoder"):
        raise ModelError(
            f"'{place}' is no causal language model ({', '.join(map(str, kinds))}). Take an "
            "instruct model, such as Qwen/Qwen2.5-1.5B-Instruct."
        )
    if not _has_weights(folder):
        raise ModelError(
            f"'{place}' has not all its weights as safetensors, and others are not read. Fetch it "
            "again, or convert it."
        )
    return config


def _load(folder: Path, place: str, four_bit: bool) -> Checkpoint:
    _config(folder, place)
    transformers: Any = import_module("transformers")  # it is only half typed
    transformers.utils.logging.disable_progress_bar()
    with _told(place):
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    if not getattr(tokenizer, "chat_template", None):
        raise ModelError(
            f"'{place}' has no chat template, so it is no instruct model. Take its variant for "
            "chat, often named Instruct, Chat or it."
        )
    if not getattr(tokenizer, "is_fast", False):
        raise ModelError(
            f"The tokenizer of '{place}' is not of the kind (tokenizer.json) that replies can be "
            "held to a grammar with. Take another model."
        )
    with _told(place):
        model = transformers.AutoModelForCausalLM.from_pretrained(
            folder, **_options(transformers, folder, four_bit)
        )
    ends = _ends(model, tokenizer)
    if not ends:
        raise ModelError(f"'{place}' names no token that ends a reply. Take another model.")
    return Checkpoint(model.eval(), tokenizer, ends)


@contextlib.contextmanager
def _told(place: str) -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise ModelError(f"'{place}' does not fit into memory. Take a smaller model.") from error
    except Exception as error:  # the library raises whatever its parts raise
        raise ModelError(f"The model '{place}' does not load: {_first(error)}") from error


def _options(transformers: Any, folder: Path, four_bit: bool) -> dict[str, Any]:
    """Return how a model is to be loaded on this machine."""
    import torch

    options: dict[str, Any] = {"local_files_only": True, "use_safetensors": True}
    card = torch.cuda.is_available() or torch.backends.mps.is_available()
    if card or four_bit:
        options["device_map"] = "auto"
    if four_bit:
        options["quantization_config"] = transformers.BitsAndBytesConfig(load_in_4bit=True)
    # Without matrix units for bfloat16 a processor is faster in float32, where that fits.
    options["dtype"] = "auto" if card or four_bit or not _fits(folder) else torch.float32
    return options


def _fits(folder: Path) -> bool:
    """Return whether the weights fit into memory in 32 bits; files hold 16 a weight, mostly."""
    psutil: Any = import_module("psutil")  # untyped; accelerate brings it
    size = 2 * sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    return bool(size < FREE_SHARE * psutil.virtual_memory().available)


def _ends(model: Any, tokenizer: Any) -> tuple[int, ...]:
    """Return the tokens that end a reply: some models have one for a turn and one for a text."""
    told = getattr(model.generation_config, "eos_token_id", None)
    listed = told if isinstance(told, list) else [told]
    ends = [end for end in (*listed, tokenizer.eos_token_id) if isinstance(end, int)]
    return tuple(dict.fromkeys(ends))


def _first(error: Exception) -> str:
    """Return the first line of what a library said."""
    return (next(iter(str(error).splitlines()), "") or type(error).__name__)[:200]
