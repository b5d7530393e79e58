"""What a run is: the one place that the flags, `run.json` and the check of a resume read."""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from agentrm_envs import Task
from agentrm_envs.complaint import complaint
from agentrm_envs.data_sums import data_sums
from agentrm_envs.prompt_tree import HELP as PROMPTS_HELP
from agentrm_envs.prompt_tree import Part, PromptTree
from agentrm_envs.registry import load, playable, spec
from agentrm_envs.task_lists import DATA, SPLITS, chosen, named, task_table
from harness.policy.registry import POLICIES
from harness.search import MCTS, BeamSearch, BestOfN, Greedy, Search
from rewards.registry import REWARD_MODELS


class ConfigError(ValueError):
    """A setting is not possible, or not what the run directory was begun with."""


def setting(default: Any, help: str, choices: Iterable[str] = ()) -> Any:
    """A field of RunConfig with the text of its flag."""
    return field(default=default, metadata={"help": help, "choices": tuple(choices)})


METHODS: Mapping[str, Callable[[RunConfig], Search]] = {
    "greedy": lambda config: Greedy(),
    "best-of-n": lambda config: BestOfN(config.n, config.temperature),
    "beam": lambda config: BeamSearch(config.width, config.branch, config.temperature),
    "mcts": lambda config: MCTS(
        config.iterations,
        config.branch,
        config.rollouts,
        config.exploration,
        config.temperature,
    ),
}
HEEDED: Mapping[str, tuple[str, ...]] = {
    "greedy": (),
    "best-of-n": ("n", "temperature"),
    "beam": ("width", "branch", "temperature"),
    "mcts": ("iterations", "branch", "rollouts", "exploration", "temperature"),
}
"""The settings of a search that each method heeds; the others do nothing to it."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Everything that decides what a run's episodes are; how fast it goes is not in here."""

    policy: str = setting(
        "embedded",
        "who proposes actions: embedded, hf:PATH, vllm:PATH, openai:MODEL@BASE_URL, "
        "trained:POLICY, valid:POLICY, random, expert[:NOISE], or another",
    )
    rm: str = setting(
        "explicit",
        "the reward model: explicit[:PATH], implicit[:PATH], judge[:MODEL], vllm[:PATH], "
        "oracle, random, none, or another that `python -m rewards list` shows",
    )
    method: str = setting("beam", "how the tree of steps is searched", METHODS)
    n: int = setting(5, "best-of-n: whole trajectories to draw (the paper's N)")
    width: int = setting(5, "beam: prefixes kept (the paper's W1)")
    branch: int = setting(5, "beam and mcts: proposals at a node (the paper's W2, k)")
    temperature: float = setting(0.7, "of the policy's proposals; greedy always has 0")
    iterations: int = setting(50, "mcts: iterations of select, expand, simulate, back up")
    rollouts: int = setting(1, "mcts: rollouts from each new child; 0 asks the reward model")
    exploration: float = setting(0.7, "mcts: the constant c of UCT")
    tasks: tuple[str, ...] = setting(
        (),
        "environments by their short names, or tasks of them, as in maze/test-009 (default: all)",
    )
    split: str = setting("test", "which tasks of each environment", SPLITS)
    limit: int = setting(1, "tasks of each environment, spread evenly over its list; 0 takes all")
    data: str = setting("builtin", "shipped tasks or the upstream's files", DATA)
    seed: int = setting(0, "of the policy's and the random reward model's draws")
    prompts: str = setting("", PROMPTS_HELP)

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            number = getattr(self, name)
            if not least <= number < math.inf:
                bound = "finite" if number == math.inf else f"at least {least}"
                raise ConfigError(f"--{name} must be {bound}, not {number}")
        for each in fields(self):
            choices, value = each.metadata["choices"], getattr(self, each.name)
            if choices and value not in choices:
                raise ConfigError(f"--{each.name} must be one of {', '.join(choices)}: {value!r}")

    def checked(self) -> RunConfig:
        """The config with every name known and the default environments filled in.

        By default these are all whose dependencies are installed; a line on stderr says which
        other is left out, and how to install what it needs. Greedy search asks no reward model,
        so it has none, whatever `--rm` says.
        """
        for name in self.environments():
            load(spec(name).entry_point, name)
        POLICIES.check(self.policy)
        REWARD_MODELS.check(self.rm)
        rm = "none" if self.method == "greedy" else self.rm
        config = replace(self, rm=rm, tasks=tuple(dict.fromkeys(self.tasks or playable(_say))))
        listed = config.task_list()
        if prompts := config.prompt_tree():
            scored: list[Part] = [] if rm == "none" else ["scored"]
            prompts.check(listed, ["instruction", "examples", *scored])
        return config

    def environments(self) -> tuple[str, ...]:
        """The environments of the tasks, by their short names."""
        return tuple(dict.fromkeys(named(word)[0] for word in self.tasks))

    def prompt_tree(self) -> PromptTree | None:
        """The prompts as they are now, all read; None for this project's own."""
        return PromptTree.read(self.prompts) if self.prompts else None

    def idle(self, given: Iterable[str]) -> list[str]:
        """Those of the settings given that the method does not heed."""
        others = {name for heeded in HEEDED.values() for name in heeded}
        others -= set(HEEDED[self.method])
        return [name for name in given if name in others]

    def search(self) -> Search:
        return METHODS[self.method](self)

    def task_list(self) -> list[Task]:
        """The tasks to play: of each environment `limit`, evenly spread, or those named."""
        return chosen(self.tasks, self.split, self.data, self.limit)

    def task_sums(self) -> dict[str, str]:
        """The sha256 of each environment's chosen tasks and all that they consist of."""
        listed = self.task_list()
        return {
            name: self._task_sum(name, [task.id for task in listed if task.env == name])
            for name in self.environments()
        }

    def _task_sum(self, name: str, ids: Sequence[str]) -> str:
        table = task_table(name, self.split, self.data)
        if self.data == "builtin":
            return sha256([name, self.split, self.data, [[id, table[id]] for id in ids]])
        return sha256(
            [name, self.split, self.data, ids, data_sums(name, [table[id] for id in ids])]
        )


def _say(line: str) -> None:
    print(line, file=sys.stderr)


_LEAST = {
    "n": 1,
    "width": 1,
    "branch": 1,
    "iterations": 1,
    "rollouts": 0,
    "exploration": 0,
    "temperature": 0,
    "limit": 0,
}

_CONFIG = TypeAdapter(RunConfig)


def sha256(data: Any) -> str:
    """The checksum of plain data, as canonical JSON."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def as_json(config: RunConfig) -> dict[str, Any]:
    return {**asdict(config), "tasks": list(config.tasks)}


def from_json(stored: Mapping[str, Any]) -> RunConfig:
    """The config that a `run.json` holds; another version's is refused by the field."""
    known = {each.name for each in fields(RunConfig)}
    if odd := sorted(known ^ set(stored)):
        raise ConfigError(f"the run was made by another version: its config differs in {odd}")
    try:
        return _CONFIG.validate_json(json.dumps(stored), strict=True)
    except ValidationError as error:
        raise ConfigError(f"the run's config does not fit: {complaint(error)}") from error
