"""What happened in an environment: tasks, steps, trajectories, and trees of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Task:
    """One problem of one environment; it always starts the same way."""

    env: str
    """The environment's short name, as in `maze`."""
    id: str


@dataclass(frozen=True, slots=True)
class Action:
    """What a policy decided: the command for the environment and the text it came from."""

    text: str
    completion: str = ""
    """The language model's own words; empty where a command was chosen without any."""


@dataclass(frozen=True, slots=True)
class Step:
    """One action and what the environment answered."""

    action: Action
    observation: str
    reward: float = 0.0
    """The increment of the score, which lies in [0, 1]."""
    terminated: bool = False
    truncated: bool = False
    success: bool = False

    @property
    def done(self) -> bool:
        return self.terminated or self.truncated


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A task's goal and first observation, and the steps taken since; it may be a prefix."""

    task: Task
    goal: str
    observation: str
    steps: tuple[Step, ...] = ()

    @property
    def score(self) -> float:
        """The return: rewards are increments of the score, so they sum to it."""
        return round(math.fsum(step.reward for step in self.steps), 9)

    @property
    def success(self) -> bool:
        return bool(self.steps) and self.steps[-1].success

    @property
    def done(self) -> bool:
        return bool(self.steps) and self.steps[-1].done


@dataclass(slots=True)
class Node:
    """A step in a tree of steps, with what a search has learned of it."""

    parent: int
    step: Step
    value: float | None = None
    """A reward model's score of the trajectory that ends here, or MCTS's mean of returns."""
    visits: int = 0


@dataclass(slots=True)
class Tree:
    """Every step a search took on one task; a rollout is a tree with a single branch.

    Nodes refer to each other by index, so a tree is plain data: it prints and serialises
    as it is. The root's step holds the first observation and no action.
    """

    task: Task
    goal: str
    nodes: list[Node] = field(default_factory=list)

    ROOT: ClassVar[int] = 0
    NO_PARENT: ClassVar[int] = -1

    @classmethod
    def rooted(cls, task: Task, goal: str, observation: str) -> Tree:
        return cls(task, goal, [Node(cls.NO_PARENT, Step(Action(""), observation))])

    def add(self, parent: int, step: Step) -> int:
        self.nodes.append(Node(parent, step))
        return len(self.nodes) - 1

    def children(self, node: int) -> list[int]:
        return [i for i, other in enumerate(self.nodes) if other.parent == node]

    def leaves(self) -> list[int]:
        """The nodes without children, in the order in which they were added."""
        parents = {node.parent for node in self.nodes}
        return [i for i in range(len(self.nodes)) if i not in parents]

    def path(self, node: int) -> list[int]:
        """The nodes from the root to `node`, both included."""
        path = [node]
        while (parent := self.nodes[path[-1]].parent) != self.NO_PARENT:
            path.append(parent)
        return path[::-1]

    def trajectory(self, node: int) -> Trajectory:
        root, *rest = (self.nodes[i].step for i in self.path(node))
        return Trajectory(self.task, self.goal, root.observation, tuple(rest))
