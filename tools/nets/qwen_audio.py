"""Qwen2-Audio (Chu et al. 2024): an audio encoder and a language model that talks about sound.

The network is the one of the `transformers` library, placed on the devices there are by
`accelerate`, in four bits where `bitsandbytes` and a graphics card are there. It hears 30 seconds at
a time; a longer track is given as excerpts. Here is only how it is loaded and asked.
"""

import importlib.util
import logging
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.errors import WeightsError
from tools.rungs import Progress, quiet

log = logging.getLogger(__name__)

FloatArray = NDArray[np.float32]

SAMPLE_RATE = 16_000
EXCERPT_SECONDS = 30.0
MOST_EXCERPTS = 3
"""The encoder hears 30 s; more than three excerpts crowd the question out of a small model's mind."""

GIGABYTES, QUANTISED_GIGABYTES = 18.0, 7.0
"""What 8.4 billion weights and their work take in 16 and in 4 bits."""

MOST_TOKENS = 220
REPETITION_PENALTY = 1.1


class QwenAudio:
    """The model and its processor, ready to be asked.

    Parameters
    ----------
    folder : a checkpoint as `save_pretrained` writes it and the hub holds it

    Raises
    ------
    WeightsError
        If the checkpoint does not load.
    """

    def __init__(self, folder: Path) -> None:
        transformers: Any = import_module("transformers")  # it is only half typed
        options: dict[str, Any] = {"device_map": "auto", "dtype": "auto", "local_files_only": True}
        if quantises():
            options["quantization_config"] = transformers.BitsAndBytesConfig(load_in_4bit=True)
        try:
            self._processor = transformers.AutoProcessor.from_pretrained(
                folder, local_files_only=True
            )
            self._model = transformers.Qwen2AudioForConditionalGeneration.from_pretrained(
                folder, **options
            )
        except Exception as error:  # the library raises whatever its parts raise
            raise WeightsError(f"The audio-language model does not load: {error}") from error
        self._model.eval()

    def answer(
        self,
        excerpts: Sequence[FloatArray],
        question: str,
        progress: Progress = quiet,
        tokens: int = MOST_TOKENS,
    ) -> str:
        """Return what the model says to a question about excerpts.

        Parameters
        ----------
        excerpts : each of shape (n,) at `SAMPLE_RATE`, 30 s at most; the same answer every time
        progress : told after each token; may raise to stop
        """
        import torch
        from transformers import StoppingCriteriaList

        inputs = self._prompt(excerpts, question)
        asked = inputs["input_ids"].shape[1]

        def told(written: Any, scores: Any, **options: Any) -> Any:
            progress(min(1.0, (written.shape[1] - asked) / tokens))
            return torch.zeros(written.shape[0], dtype=torch.bool, device=written.device)

        with torch.inference_mode():
            written = self._model.generate(
                **inputs,
                max_new_tokens=tokens,
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
                repetition_penalty=REPETITION_PENALTY,
                stopping_criteria=StoppingCriteriaList([told]),
            )
        return str(self._processor.batch_decode(written[:, asked:], skip_special_tokens=True)[0])

    def _prompt(self, excerpts: Sequence[FloatArray], question: str) -> Any:
        """Return the model's inputs; the chat template writes a place for each excerpt."""
        content: list[dict[str, str]] = [{"type": "audio", "audio": "excerpt"} for _ in excerpts]
        content.append({"type": "text", "text": question})
        prompt = self._processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
        )
        inputs = self._processor(
            text=prompt, audio=list(excerpts), sampling_rate=SAMPLE_RATE, return_tensors="pt"
        )
        return inputs.to(self._model.device)


@lru_cache(maxsize=1)
def load_qwen_audio(folder: Path) -> QwenAudio:
    """Return the model of a folder, loaded once a process."""
    return QwenAudio(folder)


def excerpts_of(signal: FloatArray) -> list[FloatArray]:
    """Return up to three excerpts of 30 s, spread over a signal at `SAMPLE_RATE`, shape=(n,)."""
    length = int(EXCERPT_SECONDS * SAMPLE_RATE)
    if signal.size <= length:
        return [signal]
    count = min(MOST_EXCERPTS, -(-signal.size // length))
    starts = np.linspace(0, signal.size - length, count).astype(int)
    return [signal[start : start + length] for start in starts]


def quantises() -> bool:
    """Return whether the model can be loaded in four bits here."""
    if importlib.util.find_spec("bitsandbytes") is None:
        return False
    import torch

    return torch.cuda.is_available()


def shortage() -> str | None:
    """Return why this machine can't hold the model, None if it can."""
    needed = QUANTISED_GIGABYTES if quantises() else GIGABYTES
    there = _memory_gigabytes()
    if there >= needed:
        return None
    return f"needs {needed:.0f} GB of free memory, and {there:.0f} GB are there"


def _memory_gigabytes() -> float:
    """Return the free memory of the graphics cards and the machine; `accelerate` uses all of it."""
    import torch

    psutil: Any = import_module("psutil")  # untyped; accelerate brings it
    cards = range(torch.cuda.device_count()) if torch.cuda.is_available() else ()
    free = sum(torch.cuda.mem_get_info(card)[0] for card in cards)
    return float(free + psutil.virtual_memory().available) / 1e9
