"""The built-in benchmark: trees of test tasks of every environment, with the values of all states.

`scripts/build_benchmark.py` made them, and says how. Each file, `<environment>.jsonl.gz`, has a
line for each task.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

from agentrm_envs import Tree
from rewards.benchmark.heldout import Heldout
from rewards.episodes import tree_of
from rewards.states import merged

FOLDER = "trees"
SUFFIX = ".jsonl.gz"


def heldout() -> Heldout:
    """Its states by task, and the checksums of its files."""
    contents = {file.name: file.read_bytes() for file in _files()}
    trees = merged(tree for content in contents.values() for tree in _trees(content))
    sums = {
        f"built-in {name}": hashlib.sha256(content).hexdigest()
        for name, content in contents.items()
    }
    return Heldout(trees, sums)


def _files() -> list[Traversable]:
    folder = resources.files(__package__) / FOLDER
    return sorted(
        (file for file in folder.iterdir() if file.name.endswith(SUFFIX)),
        key=lambda file: file.name,
    )


def _trees(content: bytes) -> Iterator[Tree]:
    for line in gzip.decompress(content).splitlines():
        yield tree_of(json.loads(line))
