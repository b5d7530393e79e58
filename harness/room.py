"""As many episodes at once as there is memory for what their trajectories have read.

Where it does not fit, the policy's prefix cache makes room for one trajectory by forgetting the
next, and every step of every episode reads its whole prefix anew: ten times the work.
"""

from __future__ import annotations

from harness.policy.core import Policy
from harness.search.core import Search
from rewards.chat_model import remembered

LONG = 3_000
"""Tokens of a long trajectory of the embedded policy in these environments."""


def fitting(policy: Policy, search: Search, most: int) -> int:
    """How many episodes a policy has memory for, from 1 to `most`.

    A policy whose model runs in this process says by `capacity` how many tokens it can keep;
    others keep nothing here.
    """
    capacity = remembered(policy)
    if capacity is None:
        return most
    return max(1, min(most, capacity // (LONG * search.trajectories)))
