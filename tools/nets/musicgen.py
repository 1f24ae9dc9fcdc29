"""MusicGen (Copet et al. 2023): a language model over the codes of a sound codec, led by a text.

The network is the one of the `transformers` library, placed on the devices there are by
`accelerate`. Two kinds load: the plain one, and the one that also hears a melody. A piece longer
than the half minute it learnt from is written in windows (`tools.composing.windows`). Here is only
how it is loaded and asked.

The codes go from window to window as they were drawn; the sound is never encoded again on the way.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.composing.windows import Window, joined, windows
from tools.errors import WeightsError
from tools.nets.musicgen_melody import HOP, melody_classes, melody_window
from tools.rungs import Progress, quiet

FloatArray = NDArray[np.float32]

WINDOW_SECONDS, OVERLAP_SECONDS = 30.0, 12.0
"""What it learnt from, and what the authors begin a window with."""

FADE_SECONDS = 0.5
GUIDANCE, TOP_K = 3.0, 250
"""How far the text pulls, and from how many codes one is drawn: the authors' figures."""

MOST_WORDS = 256
"""Tokens of a text that are heard: the descriptions it learnt from were shorter."""

CLASSES_BY_KIND = {
    "musicgen": "MusicgenForConditionalGeneration",
    "musicgen_melody": "MusicgenMelodyForConditionalGeneration",
}


@dataclass(frozen=True, eq=False)
class Commission:
    """What is asked of the network.

    Parameters
    ----------
    text : what it shall sound like
    seconds : of new sound
    seed : the same seed gives the same sound on the same machine
    melody : a tune to follow, mono at the network's rate, shape=(n,)
    before : sound to go on from, mono at the network's rate, shape=(n,); its end is heard
    window, overlap : seconds, see `tools.composing.windows`
    """

    text: str
    seconds: float
    seed: int = 0
    melody: FloatArray | None = None
    before: FloatArray | None = None
    window: float = WINDOW_SECONDS
    overlap: float = OVERLAP_SECONDS


class MusicGen:
    """The model, its codec and its tokenizer, ready to be asked.

    Parameters
    ----------
    folder : a checkpoint as `save_pretrained` writes it and the hub holds it

    Raises
    ------
    WeightsError
        If the checkpoint does not load, or is of another kind of network.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._tokenizer, self._model, lacking = _loaded(folder)
        except Exception as error:  # the library raises whatever its parts raise
            raise WeightsError(f"The music generator does not load: {error!r}") from error
        config = self._model.config
        if fault := lacking or _fault(self._model):
            raise WeightsError(f"The music generator does not load: {fault}.")
        self._model.eval()
        self._lock = Lock()
        self.hears_melody = config.model_type == "musicgen_melody"
        self.sample_rate = int(config.audio_encoder.sampling_rate)
        self.frame = self.sample_rate // int(config.audio_encoder.frame_rate)
        self._books = int(config.decoder.num_codebooks)

    def write(self, asked: Commission, progress: Progress = quiet) -> tuple[FloatArray, int]:
        """Return sound of shape (n,), and how many of its samples render the end of `before`.

        Parameters
        ----------
        progress : told after each fiftieth of a second of music; may raise to stop

        Raises
        ------
        ValueError
            If a melody is given to a network that hears none.
        """
        import torch

        if asked.melody is not None and not self.hears_melody:
            raise ValueError("this network hears no melody")
        # One piece at a time: the library draws from the process's own random numbers.
        with self._lock, torch.inference_mode(), _seeded(asked.seed):
            codes = self._known(asked)
            known = codes.shape[1]
            new, most, shared = (
                max(1, round(seconds * self.sample_rate / self.frame))
                for seconds in (asked.seconds, asked.window, asked.overlap)
            )
            text = self._tokenizer(
                [asked.text], return_tensors="pt", truncation=True, max_length=MOST_WORDS
            ).to(self._model.device)
            pieces = []
            for window in windows(new, known, most, shared):
                begun = codes[:, window.start : window.start + window.known]
                heard = dict(text) | self._tune(asked, window.start - known)
                done = window.start + window.known - known
                tell = _teller(progress, done, new)
                written, sound = self._written(begun, heard, window, tell)
                codes = torch.cat([codes, written[:, window.known :]], dim=1)
                pieces.append((window.start * self.frame, sound))
        return joined(pieces, round(FADE_SECONDS * self.sample_rate)), known * self.frame

    def _known(self, asked: Commission) -> Any:
        """Return the codes of the end of what was before, shape=(codebooks, frames)."""
        import torch

        device = self._model.device
        if asked.before is None:
            return torch.zeros((self._books, 0), dtype=torch.long, device=device)
        longest = round(asked.overlap * self.sample_rate)
        frames = min(asked.before.size, longest) // self.frame
        end = asked.before[asked.before.size - frames * self.frame :].copy()  # may be read-only
        sound = torch.from_numpy(end)[None, None].to(device, self._model.dtype)
        mask = torch.ones_like(sound, dtype=torch.bool)
        return self._model.audio_encoder.encode(sound, mask).audio_codes[0, 0]

    def _tune(self, asked: Commission, start: int) -> dict[str, Any]:
        """Return the melody as the window hears it that begins `start` frames into the new sound."""
        import torch

        if asked.melody is None:
            return {}
        classes = melody_classes(asked.melody, self.sample_rate)
        rows = melody_window(
            classes, round(start * self.frame / HOP), int(self._model.config.chroma_length)
        )
        tune = torch.from_numpy(rows)[None].to(self._model.device, self._model.dtype)
        return {"input_features": tune}

    def _written(
        self, begun: Any, heard: dict[str, Any], window: Window, tell: Callable[[int], None]
    ) -> tuple[Any, FloatArray]:
        """Return the codes of a window, shape=(codebooks, frames), and its sound, shape=(n,)."""
        import torch
        from transformers import StoppingCriteriaList

        last: list[Any] = []

        def watched(drawn: Any, scores: Any, **options: Any) -> Any:
            # A criterion that stops breaks the library's untangling of the codes: one that raises
            # does not. It is the only hook that sees every code, too.
            last[:] = [drawn]
            tell(min(window.new, drawn.shape[1] - 1 - window.known))
            return torch.zeros(drawn.shape[0], dtype=torch.bool, device=drawn.device)

        if window.known:
            heard = heard | {"decoder_input_ids": begun}
        sound = self._model.generate(
            **heard,
            max_new_tokens=window.new + self._books - 1,
            do_sample=True,
            top_k=TOP_K,
            temperature=1.0,
            guidance_scale=GUIDANCE,
            stopping_criteria=StoppingCriteriaList([watched]),
        )
        codes = _untangled(last[0], self._books)
        codes[:, : window.known] = begun  # the library puts them in place only for itself
        return codes, np.asarray(sound[0].mean(dim=0).float().cpu().numpy(), np.float32)


@lru_cache(maxsize=1)
def load_musicgen(folder: Path) -> MusicGen:
    """Return the network of a folder, loaded once a process."""
    return MusicGen(folder)


def free_gigabytes() -> float:
    """Return the free memory of the graphics cards and the machine; `accelerate` uses all of it."""
    import torch

    psutil: Any = import_module("psutil")  # untyped; accelerate brings it
    cards = range(torch.cuda.device_count()) if torch.cuda.is_available() else ()
    free = sum(torch.cuda.mem_get_info(card)[0] for card in cards)
    return float(free + psutil.virtual_memory().available) / 1e9


def _loaded(folder: Path) -> tuple[Any, Any, str]:
    """Return the tokenizer, the network, and what weights it lacks in words, "" for none.

    Only safetensors are read: a pickle could run what it liked.
    """
    transformers: Any = import_module("transformers")  # it is only half typed
    import torch

    config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
    if config.model_type not in CLASSES_BY_KIND:
        raise ValueError(f"it is a '{config.model_type}', not one of {', '.join(CLASSES_BY_KIND)}")
    half = torch.cuda.is_available()  # on a processor half precision is slower
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model, found = getattr(transformers, CLASSES_BY_KIND[config.model_type]).from_pretrained(
        folder,
        local_files_only=True,
        use_safetensors=True,
        device_map="auto",
        dtype=torch.float16 if half else torch.float32,
        output_loading_info=True,
    )
    missing = sorted(found["missing_keys"])  # the library would make them up at random
    return (
        tokenizer,
        model,
        f"it lacks {len(missing)} weights, {missing[0]} first" if missing else "",
    )


def _fault(model: Any) -> str | None:
    """Return what is wrong with a network that loaded, in words."""
    import torch

    if model.config.decoder.audio_channels != 1:
        return "it writes several channels, and only one is understood"
    if model.generation_config.decoder_start_token_id is None:
        return "its generation_config.json does not say how to begin"
    for name, weight in model.named_parameters():  # those kept on disk are not looked at
        if weight.device.type != "meta" and not torch.isfinite(weight).all():
            return f"its weights '{name}' are not numbers"
    return None


def _untangled(drawn: Any, books: int) -> Any:
    """Return codes in step: each codebook is drawn one place after the one before it."""
    import torch

    frames = drawn.shape[1] - books
    return torch.stack([drawn[book, 1 + book : 1 + book + frames] for book in range(books)])


def _teller(progress: Progress, done: int, new: int) -> Callable[[int], None]:
    """Return what tells how many frames there are, of a piece of `new` with `done` before."""
    return lambda written: progress(min(1.0, max(0.0, (done + written) / new)))


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Let torch draw by a seed, and afterwards go on as before."""
    import torch

    cards = range(torch.cuda.device_count()) if torch.cuda.is_available() else ()
    with torch.random.fork_rng(devices=list(cards)):
        torch.manual_seed(seed)
        yield
