"""Stable Audio Open (Evans et al. 2024): diffusion over the codes of a stereo codec, led by a text.

The network is the pipeline of the `diffusers` library (extra ``diffusion``), read from safetensors
only. It writes up to 47 s at once; it hears no tune and goes on from nothing.
"""

import warnings
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.errors import WeightsError
from tools.rungs import Progress, quiet

FloatArray = NDArray[np.float32]

STEPS, GUIDANCE = 100, 7.0
"""The authors' figures."""

AGAINST = "Low quality."
"""What the authors steer it away from."""


class StableAudio:
    """The pipeline, ready to be asked.

    Parameters
    ----------
    folder : a checkpoint as diffusers' `save_pretrained` writes it and the hub holds it

    Raises
    ------
    WeightsError
        If the package is not here, or the checkpoint does not load.
    """

    def __init__(self, folder: Path) -> None:
        import torch

        half = torch.cuda.is_available()  # on a processor half precision is slower
        try:
            diffusers: Any = import_module("diffusers")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # how the library makes its codec
                self._pipeline = diffusers.StableAudioPipeline.from_pretrained(
                    folder,
                    local_files_only=True,
                    use_safetensors=True,
                    torch_dtype=torch.float16 if half else torch.float32,
                )
        except Exception as error:  # the library raises whatever its parts raise
            raise WeightsError(f"The music generator does not load: {error!r}") from error
        self._pipeline.set_progress_bar_config(disable=True)
        self._pipeline.to("cuda" if half else "cpu")
        self._lock = Lock()
        codec = self._pipeline.vae
        self.sample_rate = int(codec.config.sampling_rate)
        size = int(self._pipeline.transformer.config.sample_size)
        self.longest = size * int(codec.hop_length) / self.sample_rate

    def write(
        self,
        text: str,
        seconds: float,
        seed: int = 0,
        progress: Progress = quiet,
        steps: int | None = None,
    ) -> FloatArray:
        """Return stereo sound, shape=(2, n).

        Parameters
        ----------
        progress : told after each step; may raise to stop
        steps : of diffusion; `STEPS` if None
        """
        import torch

        steps = steps or STEPS

        def told(step: int, *rest: Any) -> None:
            progress(min(1.0, (step + 1) / steps))

        dice = torch.Generator("cpu").manual_seed(seed)
        with self._lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the solver rounds its last times, and says so
            made = self._pipeline(
                text,
                negative_prompt=AGAINST,
                num_inference_steps=steps,
                audio_end_in_s=min(seconds, self.longest),
                guidance_scale=GUIDANCE,
                generator=dice,
                callback=told,
                callback_steps=1,
            )
        return np.asarray(made.audios[0].float().cpu().numpy(), np.float32)


@lru_cache(maxsize=1)
def load_stable_audio(folder: Path) -> StableAudio:
    """Return the network of a folder, loaded once a process."""
    return StableAudio(folder)
