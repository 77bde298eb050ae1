"""What this machine has to offer, and how many workers that makes."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_SPARE = 0.85  # share of the free memory that workers may take
_MANY = 200  # stored calls from which it pays to start processes
_PER_GPU = 3  # workers that share a GPU: while one decodes or scores, the others keep the model busy


@dataclass(frozen=True)
class Machine:
    """What a batch may use.

    Parameters
    ----------
    cores : int
        That this process may use, by its affinity and its container's quota.
    free_mb : float
        Memory that is free, by the system and by the container's limit.
    gpus : tuple of str
        Their names for ``CUDA_VISIBLE_DEVICES``; empty if the models run on the CPU.
    """

    cores: int
    free_mb: float
    gpus: tuple[str, ...] = ()


@dataclass(frozen=True)
class Staff:
    """How the work is shared.

    Parameters
    ----------
    workers : int
    threads : int
        CPU threads of each worker's models.
    need_mb : int
        Memory that each may need.
    gpus : tuple of str
        Given to the workers in turn.
    """

    workers: int
    threads: int
    need_mb: int
    gpus: tuple[str, ...] = ()

    @property
    def bound_mb(self) -> int:
        """Memory of all workers together that the staff was chosen for."""
        return self.workers * self.need_mb


def this_machine(gpus: tuple[str, ...] = ()) -> Machine:
    """Look at this machine."""
    import psutil

    free_mb = psutil.virtual_memory().available / 2**20
    return Machine(cores(), min(free_mb, _container_free_mb()), gpus)


def processes_for(calls: int) -> int:
    """Return how many processes should score so many stored calls: all cores, where it pays to start them."""
    return cores() if calls >= _MANY else 1


def cores(cgroup: Path = _CGROUP) -> int:
    """Return how many cores this process may use."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
        if quota != "max":
            allowed = min(allowed, max(1, math.ceil(int(quota) / int(period))))
    except (OSError, ValueError):
        pass
    return allowed


def _container_free_mb(cgroup: Path = _CGROUP) -> float:
    """Return what a container's limit leaves; file caches give way. Infinite without a limit."""
    try:
        limit = (cgroup / "memory.max").read_text().strip()
        if limit == "max":
            return math.inf
        used = int((cgroup / "memory.current").read_text())
        rows = (line.split() for line in (cgroup / "memory.stat").read_text().splitlines())
        cached = next((int(value) for name, value in rows if name == "inactive_file"), 0)
        return max(0.0, (int(limit) - used + cached) / 2**20)
    except (OSError, ValueError):
        return math.inf


def choose_staff(machine: Machine, need_mb: int, calls: int, wanted: int = 0) -> Staff:
    """Choose how many workers with how many threads, so that cores are neither idle nor fought over.

    One thread for each of as many workers as there are cores does most calls per hour; where memory or the
    number of calls allows fewer, each gets more threads. Results do not depend on it.

    Parameters
    ----------
    machine : Machine
    need_mb : int
        Memory that a worker may need.
    calls : int
        How many there are to do.
    wanted : int
        The user's choice; 0: none. It is taken as it is.
    """
    if wanted:
        workers = min(wanted, max(1, calls))
    else:
        fit = int(machine.free_mb * _SPARE // need_mb) if need_mb else machine.cores
        most = min(machine.cores, _PER_GPU * len(machine.gpus)) if machine.gpus else machine.cores
        workers = max(1, min(most, fit, calls))
    return Staff(workers, max(1, machine.cores // workers), need_mb, machine.gpus)


def visible_gpus(count: int) -> tuple[str, ...]:
    """Return the names of so many GPUs, as the user's ``CUDA_VISIBLE_DEVICES`` has them."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = [name for name in given.split(",") if name] if given else [str(n) for n in range(count)]
    return tuple(names[:count])
