"""Numbers that look random and depend on nothing but their name."""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache


@lru_cache(maxsize=65_536)
def uniform(name: str) -> float:
    """A number in [0, 1), always the same for the same name, on any machine."""
    digest = hashlib.blake2b(name.encode("utf-8"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def smooth(name: str, at: float) -> float:
    """A number in [0, 1) that changes slowly with `at`: a new one each unit, blended between."""
    whole = math.floor(at)
    part = at - whole
    blend = part * part * (3 - 2 * part)
    return uniform(f"{name} {whole}") * (1 - blend) + uniform(f"{name} {whole + 1}") * blend
