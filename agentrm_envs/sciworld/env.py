"""The SciWorld environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agentrm_envs.core import Outcome, TextEnv
from agentrm_envs.errors import StateLost, UnknownTask, require_known
from agentrm_envs.isolated import TIMEOUT
from agentrm_envs.sciworld import agentboard
from agentrm_envs.sciworld.branch import Branch, Reply, Variation
from agentrm_envs.sciworld.kinds import KINDS, exists
from agentrm_envs.sciworld.protocols import (
    CHECK,
    CHECKED,
    CONTAINERS,
    PROTOCOLS,
    TICKS,
    USUAL_CONTAINERS,
    USUAL_STEPS,
    Best,
    Containers,
    Labels,
    Protocol,
    simplifications,
)

LOOK = "look around"


class SciWorldEnv(TextEnv):
    """ScienceWorld: thirty kinds of school experiments, in a building that can be taken apart.

    World: ten rooms with furniture, devices, containers, substances, plants and animals, which
    heat, mix, conduct, grow and die by rules of their own. Actions: commands such as `open OBJ`,
    `pour OBJ into OBJ`, `use OBJ on OBJ`, `go to LOC`, `focus on OBJ`, `wait`; a command that
    may mean several things is answered with a numbered list to choose from, and one that is
    not understood with "No known action matches that input.". The simulator is the package
    scienceworld, in a Java process of its own that all environments of a process share.

    With `protocol="eto"` doors are open, one can teleport, and the score is the highest that
    the simulator has given so far, in [0, 1]. The task ends when the simulator says so (it is
    done, or a fatal mistake was made), after as many steps as ETO gives a task of its kind, or
    when the world has moved on more than 200 times: a `wait` lets it do so 11 times.
    With `protocol="agentboard"` doors and containers are open and nobody teleports; an official
    task scores the share of its labelled subgoals that observations have shown, and ends when
    all have been, or after 30 steps; others are scored as ETO's are. Success is a score of 1.
    `info["raw_score"]` is the simulator's own, in [-1, 1], negative after a fatal mistake.

    `containers` says whether cupboards, fridges and the like are `"open"` or `"closed"` at first;
    without it they are as the protocol has them, closed by ETO's and open by AgentBoard's. Another
    `max_steps` than the protocol's takes the place of its numbers of steps, and truncates.

    Built-in tasks are the simulator's own variations, in its own splits; any `kind/number` can
    be played. Official ones are the lists of ETO, and AgentBoard's labels.
    """

    def __init__(
        self,
        name: str = "sciworld",
        max_steps: int | None = None,
        *,
        protocol: Protocol = "eto",
        containers: Containers | None = None,
        timeout: float = TIMEOUT,
        **settings: Any,
    ) -> None:
        require_known(name, "protocol", protocol, PROTOCOLS)
        containers = USUAL_CONTAINERS[protocol] if containers is None else containers
        require_known(name, "containers", containers, CONTAINERS)
        max_steps = USUAL_STEPS[protocol] if max_steps is None else max_steps
        super().__init__(name, max_steps, **settings)
        self.protocol: Protocol = protocol
        self.containers: Containers = containers
        self.timeout = timeout
        self._branch = Branch(timeout)
        self._task: Mapping[str, Any] | None = None
        self._progress: Best | Labels = Best()
        self._last = Reply("", 0.0, completed=False, ticks=0)

    @property
    def tasks(self) -> list[str]:
        """The ids of the split's tasks; AgentBoard's protocol has its own, and its own list."""
        if self.protocol != "agentboard":
            return super().tasks
        return list(agentboard.load(self.split, self.data))

    @property
    def variation(self) -> Variation:
        """What the simulator was told to begin."""
        task = self._started(self._task)
        told = simplifications(self.protocol, self.containers, task["kind"])
        return Variation(task["kind"], task["variation"], told)

    @property
    def steps(self) -> int:
        """After how many steps the present task ends."""
        if self._asks_for_steps or self.protocol == "agentboard":
            return self.max_steps
        return KINDS[self.variation.kind].steps

    @property
    def _asks_for_steps(self) -> bool:
        """Whether `max_steps` is another than the protocol's."""
        return self.max_steps != USUAL_STEPS[self.protocol]

    @property
    def ticks(self) -> float:
        """How often the world may move on; when it has done so more often, the task ends."""
        return TICKS[self.protocol]

    def close(self) -> None:
        self._branch.release()

    def _find(self, task_id: str) -> Any:
        """A task of the tables; of the built-in ones, nearly any `kind/number`, listed or not."""
        if self.protocol == "agentboard":
            if self.data == "official":
                return self._labelled(task_id)
            task_id = task_id.removeprefix(agentboard.PREFIX)
            self._refuse_electrical(task_id)
        kind, _, number = task_id.partition("/")
        if self.data == "builtin" and exists(kind, number):
            return {"kind": kind, "variation": int(number)}
        return super()._find(task_id)

    def _refuse_electrical(self, task_id: str) -> None:
        if task_id.startswith(agentboard.ELECTRICAL):
            raise UnknownTask(
                f"{self.name} has no task {task_id!r} by AgentBoard's protocol, whose "
                'noElectricalAction takes away the actions that it needs; set protocol="eto"'
            )

    def _labelled(self, task_id: str) -> Any:
        labelled = agentboard.load(self.split, self.data)
        if task_id not in labelled:
            raise UnknownTask(
                f"{self.name} has no AgentBoard label for {task_id!r}; its {self.split} tasks are "
                f"{self.tasks[0]!r} to {self.tasks[-1]!r}"
            )
        return labelled[task_id]

    def _start(self, task: Any) -> tuple[str, str]:
        self._task = task
        self._progress = Labels(task["subgoals"]) if "subgoals" in task else Best()
        description = self._branch.begin(self.variation)
        self._last = self._branch.step(LOOK, seed=0)
        observation = self._last.observation
        if self.protocol == "agentboard":
            observation += "\n" + self._branch.inventory()
        return task.get("goal", description), observation

    def _act(self, action: str) -> Outcome:
        taken = self._now().actions
        command = self._command(action)
        if self._checks(command):
            return self._outcome(self._listing(), len(taken) + 1)
        try:
            self._last = self._branch.step(command, seed=len(taken) + 1)
        except StateLost:
            self._again(taken)
            self._last = self._branch.step(command, seed=len(taken) + 1)
        self._progress.watch(self._last.observation, self._last.raw_score)
        return self._outcome(self._last.observation, len(taken) + 1)

    def _command(self, action: str) -> str:
        """What the simulator is told: AgentBoard strips it, which makes " 0" a choice."""
        return action.strip() if self.protocol == "agentboard" else action

    def _checks(self, command: str) -> bool:
        return self.protocol == "agentboard" and command == CHECK

    def _outcome(self, observation: str, moves: int) -> Outcome:
        score = self._progress.score
        success = score >= 1.0
        if isinstance(self._progress, Labels):
            over = success
        else:
            last = self._last
            over = last.completed or last.raw_score < 0 or last.ticks > self.ticks
        # The usual number is part of the task and ends it; any other is a limit, and truncates.
        spent = moves >= self.steps and not self._asks_for_steps
        return Outcome(
            observation,
            score,
            terminated=over or spent,
            success=success,
            extra=self._measures(),
        )

    def _measures(self) -> Mapping[str, Any]:
        return {"raw_score": self._last.raw_score}

    def _again(self, actions: Sequence[str]) -> None:
        """Return to the present state, which the simulator has lost."""
        self._branch.begin(self.variation)
        self._branch.step(LOOK, seed=0)
        for number, command in enumerate(map(self._command, actions), 1):
            if not self._checks(command):
                self._branch.step(command, seed=number)

    def _listing(self) -> str:
        commands = [each for each in self._ask(Branch.commands) if "reset" not in each]
        return CHECKED + ", ".join([*commands, CHECK])

    def valid_actions(self) -> list[str]:
        """What the simulator takes to be possible with the things in view, sorted."""
        return self._ask(Branch.valid_actions)

    def _ask(self, question: Callable[[Branch], list[str]]) -> list[str]:
        taken = self._now().actions
        try:
            return question(self._branch)
        except StateLost:
            self._again(taken)
            return question(self._branch)

    def _save(self) -> Any:
        return self._task, self._branch.save(), self._progress.save(), self._last

    def _load(self, state: Any) -> None:
        task, place, progress, last = state
        self._branch.load(place)
        self._task, self._last = task, last
        self._progress = Labels(task["subgoals"]) if "subgoals" in task else Best()
        self._progress.load(progress)
