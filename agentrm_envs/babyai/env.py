"""The BabyAI environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agentrm_envs.babyai.agentgym import Pay, numbered
from agentrm_envs.babyai.commands import (
    CHECK,
    NO_CHANGE,
    NOT_RECOGNIZED,
    Commands,
    commands,
)
from agentrm_envs.babyai.levels import LEVELS
from agentrm_envs.babyai.milestones import Milestones
from agentrm_envs.babyai.subgoals import Subgoals
from agentrm_envs.babyai.view import View, carried_name, describe, look
from agentrm_envs.babyai.world import Status, World
from agentrm_envs.core import Outcome, TextEnv

COMPLETED = "\n The task is completed."
_ENOUGH = 0.5
"""AgentBoard ends a task only with more progress than this, AgentGym only for more pay."""


class BabyAIEnv(TextEnv):
    """minigrid's BabyAI levels in AgentBoard's words.

    World: rooms of a grid, with keys, balls, boxes and doors; one sees the seven by seven
    cells ahead, as far as walls and closed doors allow. Actions: turn, move forward, and
    commands that go to a thing in view and act on it; `check available actions` lists them. A
    command goes as far as it can: it stops at the first move that changes nothing in view.

    Score of a built-in task: the share of the mission's milestones reached, 1 exactly when
    minigrid's verifier says that the mission is done; the task ends then, or when the verifier
    says that it has failed. Score of an official task: AgentBoard's, the share of labelled
    subgoals that observations have shown; the task ends as it does there. Success is a score
    of 1. Levels are minigrid's; the official labels are AgentBoard's `data/babyai/test.jsonl`.

    An official `babyai_N` is AgentGym's task of that number. Its score is what minigrid paid
    for the mission, `1 - 0.9 * moves / limit` of the moves within commands; more than a half
    ends the task and is its success, for less one plays on and keeps the most that was paid.
    """

    _world: World | None = None
    _task: Mapping[str, Any]
    _view: View
    _progress: Milestones | Subgoals | Pay

    def _find(self, task_id: str) -> Any:
        """A task of the tables, or one that is in none.

        Of the built-in ones, that is any `level/seed`, of the official ones any `babyai_N`.
        """
        if self.data == "official" and (of_agentgym := numbered(task_id)):
            return of_agentgym
        level, _, seed = task_id.partition("/") if isinstance(task_id, str) else ("", "", "")
        if self.data == "builtin" and level in LEVELS and re.fullmatch(r"0|[1-9][0-9]{0,8}", seed):
            return {"level": level, "seed": int(seed)}
        return super()._find(task_id)

    def _start(self, task: Any) -> tuple[str, str]:
        world = self._world = World(task["level"], task["seed"])
        self._task = task
        self._view = look(world)
        self._progress = self._progress_of(task, world)
        goal = world.mission
        if not isinstance(self._progress, Milestones):
            goal = goal.replace("then", "and").replace("after you", "and")
        return goal, self._observation()

    def _progress_of(self, task: Mapping[str, Any], world: World) -> Milestones | Subgoals | Pay:
        if "subgoals" in task:
            return Subgoals(task["subgoals"])
        return Pay() if "number" in task else Milestones(world, self._view)

    def _act(self, action: str) -> Outcome:
        command = action.lower().strip()
        if "check" in command:
            return self._answer("You can take the following actions: " + ", ".join(self._moves()))
        moves = self._moves().get(command)
        if moves is None:
            unknown = NOT_RECOGNIZED if command else NO_CHANGE
            return self._answer(self._commands().errors.get(command, unknown))
        if not moves:
            return self._answer(NO_CHANGE)
        status = self._walk(moves)
        if isinstance(self._progress, Subgoals):
            return self._labelled(self._progress, ended=status != "continue")
        if isinstance(self._progress, Pay):
            return self._paid(self._progress, status)
        return self._verified(self._progress, status)

    def valid_actions(self) -> list[str]:
        """What `check available actions` would list, in AgentBoard's order, but itself."""
        return [command for command in self._moves() if command != CHECK]

    def _save(self) -> Any:
        return self._task, self.world.save(), self._progress.save(), self._view

    def _load(self, state: Any) -> None:
        task, world, progress, view = state
        if self._world is None or (task is not self._task and task != self._task):
            self._start(task)
        self.world.load(world)
        self._view = view
        self._progress.load(progress)

    @property
    def world(self) -> World:
        """The simulator behind the words."""
        return self._started(self._world)

    def _walk(self, moves: list[int]) -> Status:
        """Make moves until one changes nothing in view, or ends a built-in task.

        In AgentBoard and AgentGym the verdict on the last move made counts, and one on the way
        is lost.
        """
        status: Status = "continue"
        for move in moves:
            before = self._view
            status = self.world.move(move)
            self._view = look(self.world)
            if before.names == self._view.names:
                break
            if status != "continue" and isinstance(self._progress, Milestones):
                break
        return status

    def _verified(self, progress: Milestones, status: Status) -> Outcome:
        progress.watch(self._view)
        text = self._observation()
        if status == "success":
            return Outcome(text + COMPLETED, 1.0, terminated=True, success=True)
        return Outcome(text, progress.score, terminated=status == "failure")

    def _labelled(self, progress: Subgoals, *, ended: bool) -> Outcome:
        text = self._observation()
        if ended:
            text += COMPLETED
        progress.watch(text)
        score = progress.score
        if score == 1 and not ended:
            text += COMPLETED
        over = score == 1 or (ended and score > _ENOUGH)
        return Outcome(text, score, terminated=over, success=score == 1)

    def _paid(self, progress: Pay, status: Status) -> Outcome:
        text = self._observation()
        if status != "continue":
            text += COMPLETED
        reward = self.world.reward if status == "success" else 0.0
        progress.watch(reward)
        over = reward > _ENOUGH
        return Outcome(text, progress.score, terminated=over, success=over)

    def _answer(self, text: str) -> Outcome:
        return Outcome(text, self._progress.score, terminated=False)

    def _observation(self) -> str:
        return describe(self._view, carried_name(self.world))

    def _moves(self) -> dict[str, list[int]]:
        return self._commands().moves

    def _commands(self) -> Commands:
        carried = carried_name(self.world)  # first: before a task there is no view either
        return commands(self._view, carried)
