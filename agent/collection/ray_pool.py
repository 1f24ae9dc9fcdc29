"""The same work on a Ray cluster that is already there; the records still come home to one writer.

Every node needs Musicologue of the same version, and has to see the files under the same paths.
"""

import logging
from collections.abc import Sequence
from typing import Any

from agent.collection.pool import OnProgress, Outcome, PoolError
from agent.collection.worker import Analysed, Job, analyse
from agent.settings import prepare_worker

log = logging.getLogger(__name__)

AHEAD = 2
"""Jobs sent for each core of the cluster, so that none waits for the next one to be sent."""


class RayPool:
    """A cluster as a pool.

    Parameters
    ----------
    address : of its head, ``"auto"`` or ``"host:port"`` or ``"ray://host:port"``
    size : jobs at once; None for as many as the cluster has cores for
    """

    def __init__(self, address: str, size: int | None, on_progress: OnProgress) -> None:
        self._ray = _connected(address)
        cores = int(self._ray.cluster_resources().get("CPU", 1))
        self._room = size or AHEAD * max(1, cores)
        # a file that kills its worker would kill the next one, too
        self._analyse = self._ray.remote(num_cpus=1, max_retries=0)(_analyse)
        self._under_way: dict[Any, Job] = {}
        self._tell = on_progress

    @property
    def free(self) -> bool:
        """Whether a job would be begun at once."""
        return len(self._under_way) < self._room

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""
        return bool(self._under_way)

    def submit(self, job: Job, worker: int | None = None) -> None:
        """Begin a job, wherever there is room."""
        self._under_way[self._analyse.remote(job)] = job
        self._tell(job.path, 0.0, "on the cluster")

    def wait(self, seconds: float) -> Sequence[Outcome]:
        """Return what is over, as soon as anything is, or nothing after some seconds."""
        over, _ = self._ray.wait(list(self._under_way), num_returns=1, timeout=seconds)
        return [self._outcome(reference) for reference in over]

    def close(self) -> None:
        """End everything at once, also what is under way; the cluster stays."""
        for reference in self._under_way:
            self._ray.cancel(reference, force=True)
        self._under_way.clear()
        self._ray.shutdown()

    def _outcome(self, reference: Any) -> Outcome:
        job = self._under_way.pop(reference)
        try:
            return Outcome(job, self._ray.get(reference))
        except self._ray.exceptions.RayError as error:
            log.warning("'%s' on the cluster: %s", job.path, error)
            reason = f"The cluster could not hear it ({type(error).__name__})."
            return Outcome(job, Analysed(job.path, reason=reason, inside=True))


def _analyse(job: Job) -> Analysed:
    prepare_worker(job.how.offline)  # Ray itself gives each task one thread
    return analyse(job)


def _connected(address: str) -> Any:
    try:
        import ray
    except ImportError as error:
        raise PoolError(
            "--ray needs the package 'ray'. Install it with: pip install 'musicologue[ray]'"
        ) from error
    try:
        ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise PoolError(f"The Ray cluster at '{address}' can't be reached: {why}") from error
    return ray
