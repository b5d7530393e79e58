"""The states of one task that were explored, with the mean of the returns found beyond each.

A state is a task and the actions taken since its start, so the trees of several attempts merge
into one tree in which no state occurs twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from agentrm_envs import Step, Task, Trajectory, Tree
from rewards.errors import BadData

ROOT = Tree.ROOT
_EXACT = 1e-6


@dataclass(slots=True)
class State:
    """A state of a task: where it came from, and the returns of the rollouts through it."""

    parent: int
    step: Step
    visits: int = 0
    """Rollouts through the state."""
    _returns: list[float] = field(default_factory=list, repr=False)

    @property
    def value(self) -> float:
        """The mean return of the rollouts through the state, in [0, 1]; V(s) of the paper."""
        # An exact sum, because the order in which episodes end must not change the data.
        return round(math.fsum(self._returns) / self.visits, 9) if self.visits else math.nan

    @property
    def finished(self) -> bool:
        return self.step.done

    def add(self, value: float, visits: int) -> None:
        self._returns.append(value * visits)
        self.visits += visits


@dataclass(slots=True)
class StateTree:
    """Every explored state of one task; a parent always comes before its children."""

    task: Task
    goal: str
    states: list[State]
    trees: int = 0
    _found: dict[tuple[int, str], int] = field(default_factory=dict, repr=False)

    @classmethod
    def like(cls, tree: Tree) -> StateTree:
        root = tree.nodes[Tree.ROOT].step
        return cls(tree.task, tree.goal, [State(Tree.NO_PARENT, root)])

    def merge(self, tree: Tree) -> None:
        """Add the states and the returns of another tree of the same task."""
        self.trees += 1
        self._check_same(ROOT, tree.goal, self.goal)
        places = [ROOT]
        self._check_same(ROOT, tree.nodes[0].step.observation, self.states[ROOT].step.observation)
        for node in tree.nodes[1:]:
            places.append(self.place(places[node.parent], node.step))
        for place, (value, visits) in zip(places, mean_returns(tree), strict=True):
            if visits:
                self.states[place].add(value, visits)

    def place(self, parent: int, step: Step) -> int:
        key = (parent, step.action.text)
        place = self._found.setdefault(key, len(self.states))
        if place == len(self.states):
            self.states.append(State(parent, step))
            return place
        state = self.states[place]
        self._check_same(place, step.observation, state.step.observation)
        # Two completions may say the same command; keep the one that no file order changes.
        if step.action.completion < state.step.action.completion:
            state.step = step
        return place

    def _check_same(self, place: int, got: str, expected: str) -> None:
        if got != expected:
            raise BadData(
                f"two trees of task {self.task.id!r} of {self.task.env} disagree after "
                f"{self.actions(place)}: {got[:80]!r} and {expected[:80]!r}; "
                "were they explored with different data or versions?"
            )

    def path(self, place: int) -> list[int]:
        """The states from the first one after the root to `place`, both included."""
        path = []
        while place != ROOT:
            path.append(place)
            place = self.states[place].parent
        return path[::-1]

    def actions(self, place: int) -> tuple[str, ...]:
        return tuple(self.states[i].step.action.text for i in self.path(place))

    def trajectory(self, place: int) -> Trajectory:
        steps = tuple(self.states[i].step for i in self.path(place))
        return Trajectory(self.task, self.goal, self.states[ROOT].step.observation, steps)

    def children(self) -> list[list[int]]:
        """For each state its children, by action, so that no file order shows."""
        children: list[list[int]] = [[] for _ in self.states]
        for place, state in enumerate(self.states[1:], start=1):
            children[state.parent].append(place)
        for places in children:
            places.sort(key=lambda place: self.states[place].step.action.text)
        return children

    def admitted(self, min_visits: int) -> set[int]:
        """The states whose value is trusted: visited often enough (lambda of the paper).

        A finished state's return is exact after one visit, so the threshold, which is there
        because of chance, does not hold for it. The root is not a state after an action.
        """
        return {
            place
            for place, state in enumerate(self.states)
            if place != ROOT and state.visits >= (1 if state.finished else min_visits)
        }


def merged(trees: Iterable[Tree]) -> list[StateTree]:
    """The trees by task, sorted by environment and task id."""
    by_task: dict[Task, StateTree] = {}
    for tree in trees:
        by_task.setdefault(tree.task, StateTree.like(tree)).merge(tree)
    return [by_task[task] for task in sorted(by_task, key=lambda task: (task.env, task.id))]


def mean_returns(tree: Tree) -> list[tuple[float, int]]:
    """For each node the mean return of the rollouts through it, and their number.

    MCTS has backed up both, to the root. Otherwise each finished leaf is one rollout, or as
    many as best-of-N counted there; a beam's leaves were chosen by its reward model, so their
    mean is that of the better ones.
    """
    if tree.nodes[Tree.ROOT].visits:
        return _backed_up(tree)
    scores: list[list[float]] = [[] for _ in tree.nodes]
    for leaf in tree.leaves():
        if tree.nodes[leaf].step.done:
            returns = [tree.trajectory(leaf).score] * max(tree.nodes[leaf].visits, 1)
            for node in tree.path(leaf):
                scores[node] += returns
    return [(math.fsum(some) / len(some) if some else 0.0, len(some)) for some in scores]


def _backed_up(tree: Tree) -> list[tuple[float, int]]:
    _check_ends(tree)
    for index, node in enumerate(tree.nodes):
        if not node.visits or not node.step.done:
            continue
        score = tree.trajectory(index).score
        if node.value is None or abs(node.value - score) > _EXACT:
            raise BadData(
                f"a tree of task {tree.task.id!r} of {tree.task.env} values a finished episode "
                f"at {node.value}, but its score is {score}: its values come from a reward "
                "model, not from returns; explore with `python -m harness.explore`"
            )
    return [(node.value or 0.0, node.visits) for node in tree.nodes]


def _check_ends(tree: Tree) -> None:
    """Raise BadData where visits ended in a state before its episode did: nothing was returned."""
    below = [0] * len(tree.nodes)
    for node in tree.nodes[1:]:
        below[node.parent] += node.visits
    ended = [
        index
        for index, node in enumerate(tree.nodes)
        if not node.step.done and node.visits != below[index]
    ]
    if ended and not _estimated(tree):
        raise BadData(
            f"a tree of task {tree.task.id!r} of {tree.task.env} values {len(ended)} states of "
            "unfinished episodes by other than rollouts to the end, as a search with --rollouts 0 "
            "does: such values are no returns; explore with `python -m harness.explore`"
        )


def _estimated(tree: Tree) -> bool:
    """Whether every state had rollouts of its own, as `harness.estimate` draws them.

    It forgets them, and the states may be a beam's, which left some episodes unfinished.
    """
    own = tree.nodes[ROOT].visits
    return all(node.visits == (1 if node.step.done else own) for node in tree.nodes)
