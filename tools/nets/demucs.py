"""Demucs 4 through its own package: loaded from a folder, run on one passage.

Source: S. Rouard, F. Massa and A. Défossez, "Hybrid Transformers for music source separation",
ICASSP 2023. The folder holds what the authors' repository on the hub holds: ``<name>.yaml``, which
lists the networks of the bag with their weights, and one ``.safetensors`` file a network.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.cores import allowed
from tools.errors import WeightsError

Sound = NDArray[np.float32]

OVERLAP = 0.25
"""Share of a segment that the next one hears again, as the package has it."""

NETWORKS = ("demucs.htdemucs.HTDemucs", "demucs.hdemucs.HDemucs", "demucs.demucs.Demucs")
"""Classes that a file may name; it is data and must not choose what is imported."""


class Demucs:
    """A bag of networks, ready for inference, on the graphics card where there is one."""

    def __init__(self, bag: Any) -> None:
        import torch

        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._bag = bag.to(self._device).eval()
        self.stems: tuple[str, ...] = tuple(bag.sources)
        self.rate = int(bag.samplerate)
        self.segment = int(bag.samplerate * min(float(m.segment) for m in bag.models))

    def __call__(self, passage: Sound) -> Sound:
        """Return the stems of a passage.

        Parameters
        ----------
        passage : at most `segment` frames of a mix that was brought to mean 0 and deviation 1,
            shape=(2, n)

        Returns
        -------
        shape=(stems, 2, n), in the order of `stems`
        """
        import torch
        from demucs.apply import apply_model

        before = torch.get_num_threads()
        torch.set_num_threads(allowed())  # one large network: all cores on it at once
        try:
            with torch.inference_mode():
                heard = torch.from_numpy(np.ascontiguousarray(passage))[None]
                made = apply_model(self._bag, heard, shifts=0, split=False, device=self._device)
                return np.asarray(made[0].cpu().numpy(), np.float32)
        finally:
            torch.set_num_threads(before)


@cache
def load_demucs(folder: Path) -> Demucs:
    """Return the bag in a folder, loaded once a process.

    Raises
    ------
    WeightsError
        If the folder holds no bag of Demucs, or one that does not load.
    """
    import yaml
    from demucs.apply import BagOfModels

    bags = sorted(folder.glob("*.yaml"))
    if not bags:
        raise WeightsError(f"There is no Demucs in '{folder}': no .yaml that lists its networks.")
    try:
        bag = yaml.safe_load(bags[0].read_text(encoding="utf-8"))
        networks = [_network(folder / f"{name}.safetensors") for name in bag["models"]]
        return Demucs(BagOfModels(networks, bag.get("weights"), bag.get("segment")))
    except WeightsError:
        raise
    except (Exception, SystemExit) as error:  # the package exits where it is at a loss
        raise WeightsError(f"The Demucs in '{folder}' does not load: {error}.") from error


def _network(path: Path) -> Any:
    """Return one network of a bag."""
    from demucs.hf import load_safetensors_model
    from safetensors import safe_open

    with safe_open(str(path), framework="pt") as file:
        metadata = file.metadata() or {}
    wanted = metadata.get("klass")
    if wanted not in NETWORKS or '"_class"' in metadata.get("structure", ""):
        raise WeightsError(f"'{path.name}' is no network of Demucs but a '{wanted}'.")
    return load_safetensors_model(path)
