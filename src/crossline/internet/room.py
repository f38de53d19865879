"""How much memory there is, so that work that needs more is refused before it begins."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import Final

from crossline.internet.graph.topology import TopologyError

_MEMINFO: Final = Path("/proc/meminfo")
# Where Linux says how much a group of processes may use, in the second version of control groups and the first.
_LIMITS: Final = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")),
)


def available() -> int | None:
    """Return how many bytes this process may still take, or None where the system does not say."""
    found = []
    try:
        lines = _MEMINFO.read_text(encoding="ascii").splitlines()
        found += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    except (OSError, ValueError):
        # Not Linux: count on what is free, where the system calls it that.
        if "SC_AVPHYS_PAGES" in os.sysconf_names:
            found.append(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for most, used in _LIMITS:
        try:
            found.append(int(most.read_text(encoding="ascii")) - int(used.read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        found.append(soft - _taken())
    return max(0, min(found)) if found else None


def _taken() -> int:
    """Return how much address space this process has, which a limit on that counts."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def make(wanted: int, what: str, instead: str = "use a smaller graph") -> None:
    """Raise TopologyError where ``wanted`` bytes are more than there is.

    ``what`` says what needs them, and ``instead`` what may be done.
    """
    there = available()
    if there is not None and wanted > there:
        raise TopologyError(
            f"{what} needs {wanted / 2**20:,.0f} MiB of memory, and {there / 2**20:,.0f} MiB are left: {instead}"
        )
