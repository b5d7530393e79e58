"""How much memory the keys and values of what was read may take.

Too little is dear: where the prefixes of the episodes that run at once do not fit, each has made
room for the others when it is asked for again, and every step reads them all anew.
"""

from __future__ import annotations

import os
from pathlib import Path

from rewards.errors import BadSetting

VARIABLE = "AGENTRM_PREFIX_GIB"
"""The environment variable that names the size in GiB, for those who know better."""
LEAST = 2 << 30
_LIMITS = ("memory.max", "memory/memory.limit_in_bytes")
"""Where a container says how much of the machine's memory it may use: cgroups v2 and v1."""


def cache_bytes() -> int:
    """For all layers of one model and its adapters: a quarter of the memory, 2 GiB at least.

    Adapters over one base share it, also where they share no layer. It is taken as it is filled.
    `AGENTRM_PREFIX_GIB` overrules.
    """
    wanted = os.environ.get(VARIABLE, "")
    if not wanted:
        return max(LEAST, memory() // 4)
    try:
        size = int(float(wanted) * (1 << 30))
    except (ValueError, OverflowError):
        size = 0
    if size <= 0:
        raise BadSetting(f"{VARIABLE} must be a number of GiB above 0, not {wanted!r}")
    return size


def memory(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes of memory that this process may use; 0 where the system does not tell."""
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has none of it
        return 0
    return min([whole, *(limit for name in _LIMITS if (limit := _limit(cgroup / name)))])


def _limit(file: Path) -> int:
    """What a file says; 0 where it is not there, or says `max`."""
    try:
        return int(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0
