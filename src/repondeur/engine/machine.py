"""What this computer has: free memory and cores. Read from the system's files; ``None`` where they do not say."""

import os
from collections.abc import Callable
from pathlib import Path


def available_memory() -> int | None:
    """Return the bytes that new work may take without pushing others out, or ``None`` when the system does not say."""
    available = _field(Path("/proc/meminfo"), "MemAvailable:")
    if available is not None:
        return available * 1024
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def oom_kills() -> int:
    """Return how many processes the system has killed for want of memory since it started (Linux; 0 elsewhere)."""
    return _field(Path("/proc/vmstat"), "oom_kill") or 0


def physical_cores() -> int:
    """Return the cores that this process may run on, counting the two threads of one core once."""
    allowed = _allowed_cpus()
    siblings = {_siblings(cpu) for cpu in allowed}
    return max(1, len(siblings))


def engine_threads() -> int:
    """Return the most threads that the engine may use: the cores, less one when there are more than two."""
    cores = physical_cores()
    return cores - 1 if cores > 2 else cores


def _field(path: Path, name: str) -> int | None:
    try:
        lines = path.read_text("ascii").splitlines()
    except (OSError, ValueError):
        return None
    return next((int(line.split()[1]) for line in lines if line.split()[:1] == [name]), None)


def _allowed_cpus() -> list[int]:
    affinity: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    return sorted(affinity(0)) if affinity else list(range(os.cpu_count() or 1))


def _siblings(cpu: int) -> str:
    path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    try:
        return path.read_text("ascii").strip()
    except (OSError, ValueError):
        return str(cpu)
