"""The trees that a run left on disk: what reward models are trained and evaluated on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from agentrm_envs import Tree
from rewards.errors import BadData, MissingData

EPISODES = "episodes.jsonl"
_TREE = TypeAdapter(Tree)


@dataclass(slots=True)
class EpisodesFile:
    """A run's `episodes.jsonl`; the counts are complete once `trees` has been used up.

    A run appends one finished episode a line, so a run that was killed may have left the last
    line torn: that one is counted and left out. Any other unreadable line is an error.
    An episode holds more than is read here; only its tree and whether it failed matter.
    """

    path: Path
    episodes: int = 0
    errors: int = 0
    """Episodes that failed: their trees are incomplete, so they are left out."""
    torn: int = 0
    """Half-written last lines: 0 or 1."""
    _sha256: Any = field(default_factory=hashlib.sha256, repr=False)

    @classmethod
    def of(cls, run: Path) -> EpisodesFile:
        """The file of a run directory, or the file itself."""
        path = run / EPISODES if run.is_dir() else run
        if not path.is_file():
            raise MissingData(
                f"{run} holds no {EPISODES}; make one with `python -m harness.explore`"
            )
        return cls(path)

    @property
    def sha256(self) -> str:
        digest: str = self._sha256.hexdigest()
        return digest

    def trees(self) -> Iterator[Tree]:
        """The trees of the episodes that ended well, in the file's order."""
        size = self.path.stat().st_size
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                self._sha256.update(line)
                tree = self._tree(number, line, last=file.tell() >= size)
                if tree is not None:
                    yield tree

    def _tree(self, number: int, line: bytes, *, last: bool) -> Tree | None:
        try:
            record = json.loads(line)
            if record.get("error"):
                self.errors += 1
                return None
            tree = tree_of(record)
        except (ValueError, KeyError, AttributeError, ValidationError) as error:
            if last:
                self.torn += 1
                return None
            raise BadData(
                f"{self.path}, line {number}: not an episode with a tree "
                f"({type(error).__name__}: {str(error)[:200]}); was the file edited?"
            ) from error
        self.episodes += 1
        return tree


def tree_of(record: dict[str, Any]) -> Tree:
    """The tree of an episode's record; raises ValueError or KeyError where it has none."""
    return checked(_TREE.validate_python(record["tree"]))


def checked(tree: Tree) -> Tree:
    """The tree, if its nodes have parents that come before them and the first is the root."""
    parents = [node.parent for node in tree.nodes]
    if not parents or parents[0] != Tree.NO_PARENT:
        raise ValueError("the first node is not a root")
    for node, parent in enumerate(parents[1:], start=1):
        if not 0 <= parent < node:
            raise ValueError(f"node {node} has the parent {parent}, which does not precede it")
    return tree
