"""How loud stems are beside one another: the level of each file as it was written."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

BY = "rms/1"
BLOCK = 1 << 20
FLOOR_DB = -90.0


def stem_levels(files: Mapping[str, Path]) -> dict[str, float]:
    """Return the root-mean-square level of each file in dB full scale; one that can't be read has none."""
    import soundfile

    levels: dict[str, float] = {}
    for name, path in files.items():
        energy, count = 0.0, 0
        try:
            for block in soundfile.blocks(str(path), BLOCK, dtype="float32"):
                energy += float(np.dot(flat := block.ravel(), flat))
                count += flat.size
        except (OSError, soundfile.LibsndfileError):
            continue
        if count:
            levels[name] = round(max(10 * float(np.log10(energy / count + 1e-12)), FLOOR_DB), 1)
    return levels
