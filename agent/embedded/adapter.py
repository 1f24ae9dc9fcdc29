"""Adapters: what tuning changed of the base model, as peft saves it (LoRA, Hu et al. 2021).

``W + (alpha / r) B A`` for every projection that was tuned; a weight saved whole takes the place of
the base's. This file knows no base model.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.embedded.checkpoint import Weights
from tools.errors import WeightsError

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_PREFIX = "base_model.model."
_UNKNOWN = ("use_dora", "fan_in_fan_out", "alora_invocation_tokens")
"""Switches of peft that change the formula above."""


def fingerprint(folder: Path) -> str:
    """Return 16 hexadecimal digits that change whenever the adapter does.

    Raises
    ------
    WeightsError
        If there is no adapter in the folder.
    """
    digest = hashlib.sha256()
    try:
        for name in (CONFIG, WEIGHTS):
            digest.update((folder / name).read_bytes())
    except OSError as error:
        raise WeightsError(f"There is no adapter in {folder}: {error.strerror}.") from error
    return digest.hexdigest()[:16]


def add_to(weights: Weights, folder: Path) -> None:
    """Add an adapter to the weights of its base, in place.

    Parameters
    ----------
    weights : name as in transformers -> float32, (out, in) for a projection

    Raises
    ------
    WeightsError
        If it is of another kind than LoRA, can't be read, or was not made for such weights.
    """
    config, tensors = _read(folder)
    tuned = sorted(n.removesuffix(".lora_A.weight") for n in tensors if n.endswith("lora_A.weight"))
    for name in tuned:
        down, up = tensors.pop(f"{name}.lora_A.weight"), tensors.pop(f"{name}.lora_B.weight", None)
        target = weights.get(f"{name}.weight")
        if target is None or up is None or target.shape != (len(up), down.shape[1]):
            raise WeightsError(f"The adapter in {folder} does not fit the base: '{name}'.")
        weights[f"{name}.weight"] = target + _scale(name, len(down), config) * (up @ down)
    for name, whole in tensors.items():
        if name not in weights or weights[name].shape != whole.shape:
            raise WeightsError(f"The adapter in {folder} does not fit the base: '{name}'.")
        weights[name] = whole


def _read(folder: Path) -> tuple[dict[str, Any], Weights]:
    """Return the configuration and the tensors, float32, without peft's prefix."""
    from safetensors import SafetensorError, safe_open

    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        with safe_open(folder / WEIGHTS, framework="pt") as file:
            tensors = {n.removeprefix(_PREFIX): _floats(file.get_tensor(n)) for n in file.keys()}
    except (OSError, ValueError, SafetensorError) as error:
        raise WeightsError(f"The adapter in {folder} can't be read: {error}") from error
    strange = [switch for switch in _UNKNOWN if config.get(switch)]
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none" or strange:
        raise WeightsError(f"The adapter in {folder} is not a plain LoRA one.")
    return config, tensors


def _floats(tensor: Any) -> NDArray[np.float32]:
    floats: NDArray[np.float32] = tensor.float().numpy()  # through torch: numpy has no bfloat16
    return floats


def _scale(name: str, rank: int, config: dict[str, Any]) -> np.float32:
    alpha = config["lora_alpha"]
    for pattern, other in (config.get("alpha_pattern") or {}).items():
        if name.endswith(pattern):
            alpha = other
    return np.float32(alpha / (np.sqrt(rank) if config.get("use_rslora") else rank))
