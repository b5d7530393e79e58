"""Times PDDL's steps and snapshots, beside AgentBoard's environment or pddlgym in the same run.

    AGENTRM_DATA=DATA python benchmarks/pddl.py [--agentboard DIR | --pddlgym] [--json]

DATA holds AgentBoard's problems (`python -m agentrm_envs data fetch pddl`). Upstream's code needs
a virtual environment of its own, with `pddlgym==0.0.7 gym==0.26.2 "Pillow<10"` and this package:

    --agentboard DIR   a checkout of https://github.com/hkust-nlp/AgentBoard: its text environment,
                       on its own copy of pddlgym. Before anything is timed, all 60 tasks are played
                       in both, and every observation, score and end must be the same.
    --pddlgym          pddlgym of PyPI on the same files: only its bare step is timed, without
                       choosing or reading an action, against our whole text step.

Both play the same episodes. Times are microseconds of one call, the best of several rounds.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import agentrm_envs
from agentrm_envs import assets
from agentrm_envs.errors import NoPlan
from agentrm_envs.pddl.env import FAMILIES, PDDLEnv
from agentrm_envs.pddl.expert import find_plan

MAX_STEPS = 40
ROUNDS = 3
ODD_ACTIONS = ("", "check valid actions", "look around", "pick", "move left right", "stack b1 b1")

Answer = tuple[str, float, bool]
Play = Callable[[str, Sequence[str]], tuple[list[Answer], float]]
"""Plays actions from a task's start: the answers, and the seconds that the steps took."""


@dataclass(frozen=True, slots=True)
class Episode:
    task: str
    actions: tuple[str, ...]

    @property
    def family(self) -> str:
        return self.task.partition("/")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Raw)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--agentboard", type=Path, metavar="DIR", help="a checkout of AgentBoard")
    which.add_argument("--pddlgym", action="store_true", help="PyPI's pddlgym")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    numbers = _own_numbers()
    if arguments.agentboard:
        numbers |= _beside_agentboard(arguments.agentboard)
    elif arguments.pddlgym:
        numbers |= _beside_pddlgym()
    if arguments.json:
        print(json.dumps(numbers, sort_keys=True))
        return
    for name, number in numbers.items():
        print(f"{name:48} {number:12.2f}")
    if not (arguments.agentboard or arguments.pddlgym):
        print("upstream was not measured: see --help")


class Raw(argparse.RawDescriptionHelpFormatter):
    """Leaves the module's docstring as it is."""


def _own_numbers() -> dict[str, float]:
    env = _env()
    numbers: dict[str, float] = {}
    for family in FAMILIES:
        task = next(task for task in env.tasks if task.startswith(family))
        env.reset(options={"task": task})
        env.step(env.valid_actions()[0])
        calls: dict[str, Callable[[], Any]] = {
            "list of valid actions": env.valid_actions,
            "snapshot + restore": lambda: env.restore(env.snapshot()),
        }
        for name, call in calls.items():
            numbers[f"ours, {task}: {name}, us"] = min(_microseconds(call) for _ in range(ROUNDS))
    return numbers


def _beside_agentboard(folder: Path) -> dict[str, float]:
    theirs = _agentboard(folder)
    episodes = _episodes(odd=True)
    _require_same_answers(theirs, episodes)
    numbers = {"AgentBoard: steps with the same answers": float(_steps(episodes))}
    return numbers | _ratios("AgentBoard", theirs, _episodes(odd=False))


def _beside_pddlgym() -> dict[str, float]:
    return _ratios("pddlgym", _pddlgym(), _episodes(odd=False))


def _ratios(name: str, theirs: Play, episodes: Sequence[Episode]) -> dict[str, float]:
    """Microseconds a step in each family and over all, and how many times faster ours is."""
    ours = _ours()
    numbers: dict[str, float] = {}
    for family in (*FAMILIES, "all"):
        chosen = [each for each in episodes if family in (each.family, "all")]
        here = min(_round(ours, chosen) for _ in range(ROUNDS))
        there = _round(theirs, chosen)
        numbers[f"ours: step, {family}, us"] = here
        numbers[f"{name}: step, {family}, us"] = there
        numbers[f"times faster than {name}, {family}"] = there / here
    return numbers


def _episodes(*, odd: bool) -> list[Episode]:
    """An episode of each of the 60 tasks: random, then the expert's; `odd` mixes in nonsense."""
    env, rng = _env(), random.Random(0)
    made = []
    for task in env.tasks:
        env.reset(options={"task": task})
        actions: list[str] = []
        while len(actions) < 8:
            chosen = rng.choice(ODD_ACTIONS if odd and rng.random() < 0.3 else env.valid_actions())
            actions.append(chosen)
            if env.step(chosen)[2]:
                break
        else:
            actions += _planned(env)
        made.append(Episode(task, tuple(actions[:MAX_STEPS])))
    return made


def _planned(env: PDDLEnv) -> list[str]:
    """The expert's plan; a few barman problems would take it too long to be worth it here."""
    if env.world.family == "barman" and len(env.world.problem.goals) > 2:
        return []
    with contextlib.suppress(NoPlan):
        plan = find_plan(env.world.problem, env.state)
        return [action.command for action in plan]
    return []


def _env() -> PDDLEnv:
    env = agentrm_envs.make("pddl", data="official", max_steps=MAX_STEPS + 1)
    assert isinstance(env, PDDLEnv)
    return env


def _ours() -> Play:
    env = _env()

    def play(task: str, actions: Sequence[str]) -> tuple[list[Answer], float]:
        env.reset(options={"task": task})
        answers: list[Answer] = []
        begin = time.perf_counter()
        for action in actions:
            observation, _, terminated, _, info = env.step(action)
            answers.append((observation, info["score"], terminated))
        return answers, time.perf_counter() - begin

    return play


def _agentboard(folder: Path) -> Play:
    root = folder / "agentboard"
    if not (root / "environment" / "pddl_env" / "pddl_env.py").is_file():
        raise SystemExit(f"{root}/environment/pddl_env is missing: clone AgentBoard as --help says")
    # NLTK would download its tokenizer; on these texts it finds the same words as this.
    tokenizer = _put_module("nltk")
    tokenizer.__dict__.update(
        download=lambda name: None, word_tokenize=lambda text: re.findall(r"[\w\-]+", text)
    )
    # The package itself would import the other environments with all their needs.
    _put_module("environment").__path__ = [str(root / "environment")]
    sys.path[:0] = [str(root), str(root / "environment" / "pddl_env")]
    env_class = importlib.import_module("environment.pddl_env.pddl_env").PDDL
    indices = _indices()

    def play(task: str, actions: Sequence[str]) -> tuple[list[Answer], float]:
        with contextlib.redirect_stdout(io.StringIO()):
            env = env_class(problem_index=indices[task], game_name=task.partition("/")[0])
            answers: list[Answer] = []
            begin = time.perf_counter()
            for action in actions:
                observation, score, _, _ = env.step(action)
                answers.append((observation, score, env.won))
            return answers, time.perf_counter() - begin

    return play


def _pddlgym() -> Play:
    env_class = importlib.import_module("pddlgym.core").PDDLEnv
    root, indices = assets.folder("pddl"), _indices()
    made = {
        family: env_class(
            str(root / f"{family}.pddl"),
            str(root / family),
            operators_as_actions=True,
            dynamic_action_space=True,
        )
        for family in FAMILIES
    }

    def play(task: str, actions: Sequence[str]) -> tuple[list[Answer], float]:
        env = made[task.partition("/")[0]]
        env.fix_problem_index(indices[task])
        state, _ = env.reset()
        answers: list[Answer] = []
        seconds = 0.0
        for action in actions:
            words = set(re.findall(r"[\w\-]+", action.lower()))
            possible = sorted(env.action_space.all_ground_literals(state), key=str)
            literal = next(
                (a for a in possible if {a.predicate.name, *_names(a)} <= words), possible[0]
            )
            begin = time.perf_counter()
            state, score, done, *_ = env.step(literal)
            seconds += time.perf_counter() - begin
            answers.append(("", float(score), done))
        return answers, seconds

    return play


def _names(literal: Any) -> list[str]:
    return [variable.name for variable in literal.variables]


def _indices() -> dict[str, int]:
    """Each task's number in its family, upstream's problem index."""
    tasks = _env().tasks
    return {
        task: number
        for family in FAMILIES
        for number, task in enumerate(each for each in tasks if each.startswith(f"{family}/"))
    }


def _require_same_answers(theirs: Play, episodes: Sequence[Episode]) -> None:
    ours = _ours()
    for episode in episodes:
        here, there = (play(episode.task, episode.actions)[0] for play in (ours, theirs))
        for action, mine, other in zip(episode.actions, here, there, strict=True):
            if _comparable(action, mine) != _comparable(action, other):
                raise SystemExit(f"{episode.task}: {action!r}: we answer {mine}, upstream {other}")


def _comparable(action: str, answer: Answer) -> object:
    """The answer; the lists, which upstream does not sort, as sets of words."""
    text, score, won = answer
    listed = action.startswith(("check", "look"))
    return (sorted(re.findall(r"[^ ,]+", text)) if listed else text, round(score, 9), won)


def _round(play: Play, episodes: Sequence[Episode]) -> float:
    """Microseconds a step, over all the episodes."""
    return 1e6 * sum(play(each.task, each.actions)[1] for each in episodes) / _steps(episodes)


def _steps(episodes: Sequence[Episode]) -> int:
    return sum(len(each.actions) for each in episodes)


def _put_module(name: str) -> ModuleType:
    module = sys.modules[name] = ModuleType(name)
    return module


def _microseconds(call: Callable[[], Any], calls: int = 2_000) -> float:
    begin = time.perf_counter()
    for _ in range(calls):
        call()
    return 1e6 * (time.perf_counter() - begin) / calls


if __name__ == "__main__":
    main()
