"""What a process of the cluster tells about itself before it is given work."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import ray

from harness.executor import ExecutorError
from harness.manifest import checksums, versions


@dataclass(frozen=True, slots=True)
class Facts:
    """Where a process runs and what it has loaded."""

    node: str
    """The address of its machine."""
    versions: dict[str, str]
    models: dict[str, str]
    """The checksums of those that it holds itself."""


def own_facts(**models: object) -> Facts:
    """The facts of this process."""
    return Facts(ray.util.get_node_ip_address(), versions(), checksums(**models))


def require_same_package(facts: Facts) -> None:
    """Raise ExecutorError where a machine has another version of this package.

    Other packages may differ in what does not matter, so that is only said.
    """
    ours = versions()
    if (theirs := facts.versions["agentrm"]) != ours["agentrm"]:
        raise ExecutorError(
            f"the machine {facts.node} has agentrm {theirs}, this one {ours['agentrm']}: "
            "install the same version on both"
        )
    differing = [
        f"{name} {facts.versions[name]} (here {ours[name]})"
        for name in sorted(facts.versions.keys() & ours.keys())
        if facts.versions[name] != ours[name]
    ]
    if differing:
        print(f"note: the machine {facts.node} has {', '.join(differing)}", file=sys.stderr)
