"""How many networks may run side by side: on small ones, a core each beats several cores on one."""

from concurrent.futures import ThreadPoolExecutor

_allowed = [2]


def allow(cores: int) -> None:
    """Let the work of this process take `cores` cores; holds for pools made from now on."""
    _allowed[0] = max(1, cores)


def pool(tasks: int) -> ThreadPoolExecutor:
    """Return a pool for `tasks` tasks at once, or as many as there are cores for."""
    return ThreadPoolExecutor(max(1, min(tasks, _allowed[0])))


def allowed() -> int:
    """Return how many cores the work of this process may take."""
    return _allowed[0]
