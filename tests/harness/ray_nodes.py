"""Nodes of a Ray cluster on this machine, small enough for several."""

from __future__ import annotations

from typing import Any

from ray.cluster_utils import Cluster

STORE = 80 * 1024**2
"""Bytes of a node's object store."""
_KEPT: list[Exception] = []
"""With what did not start: dropping it would be a warning about its processes."""


def with_node(cluster: Cluster, **settings: Any) -> Any:
    """One node more, of one CPU; the first is the head.

    Ray gives a node 30 seconds to start, which a busy machine does not always keep.
    """
    for _ in range(3):
        try:
            return cluster.add_node(num_cpus=1, object_store_memory=STORE, **settings)
        except Exception as error:
            if "timed out during startup" not in str(error):
                raise
            _KEPT.append(error)
    raise _KEPT[-1]
