"""A trajectory as chat messages: the one rendering that policies and reward models share."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from agentrm_envs.message import Message as Message
from agentrm_envs.prompt_tree import PromptTree, layout
from agentrm_envs.record import Action, Task, Trajectory
from agentrm_envs.registry import load, spec

_ACTION = re.compile(r"Action:\s?(.*)", re.DOTALL)
_MARKER = "Action: "
_UNDERSTOOD = "OK"
_NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reward model reads of a state beside its task and actions (paper, Table 5)."""

    thoughts: bool = True
    """All that the policy said, not the commands alone."""
    observations: bool = True
    """The first one and the answers to actions, not empty messages in their place."""


EVERYTHING = Shown()


def render(
    trajectory: Trajectory, *, examples: int = 0, prompts: PromptTree | None = None
) -> list[Message]:
    """The conversation so far: instruction, worked examples, goal and observations, actions.

    It ends with an observation that waits for an action, or, where the episode is over, with
    the answer to the last action. `examples` is how many of the environment's worked
    examples to show, for policies that were not trained on it. `prompts` has other words, and
    their own way to begin: the instruction is a user's, and answered.
    """
    task = trajectory.task
    if prompts is None:
        messages: list[Message] = [{"role": "system", "content": instruction(task)}]
        shown = list(worked_examples(task))
    else:
        messages = [
            {"role": "user", "content": prompts.instruction(task)},
            {"role": "assistant", "content": _UNDERSTOOD},
        ]
        shown = prompts.examples(task) if examples else []
    for example in shown[:examples]:
        messages += example
    return messages + _turns(trajectory, prompts)


def render_scored(
    trajectory: Trajectory, shown: Shown = EVERYTHING, prompts: PromptTree | None = None
) -> list[Message]:
    """What a reward model reads: the conversation up to and including the last action.

    The answer to the last action is left out, so that a final observation such as "Success"
    cannot tell the outcome. (Paper, section 3.2: the state ends with the action taken.)
    """
    task = trajectory.task
    told = (
        instruction(task) if prompts is None else prompts.scored_instruction(task, trajectory.goal)
    )
    messages: list[Message] = [{"role": "system", "content": told}]
    messages += _turns(_reduced(trajectory, shown), prompts)
    return messages[:-1] if trajectory.steps else messages


def _turns(trajectory: Trajectory, prompts: PromptTree | None) -> list[Message]:
    """The task as it is first told, then each action and the answer to it."""
    goal, observation = trajectory.goal, trajectory.observation
    if prompts is None:
        first, label = f"Your task: {goal}\n{observation}", ""
    else:
        told = layout(trajectory.task.env)
        first, label = told.first(goal, observation), told.label
    messages: list[Message] = [{"role": "user", "content": first}]
    for step in trajectory.steps:
        messages.append({"role": "assistant", "content": completion(step.action)})
        messages.append({"role": "user", "content": label + step.observation})
    return messages


def _reduced(trajectory: Trajectory, shown: Shown) -> Trajectory:
    """The trajectory with what is not shown left empty."""
    steps = trajectory.steps
    if not shown.thoughts:
        steps = tuple(replace(step, action=Action(step.action.text)) for step in steps)
    if shown.observations:
        return replace(trajectory, steps=steps)
    steps = tuple(replace(step, observation="") for step in steps)
    return replace(trajectory, observation="", steps=steps)


def completion(action: Action) -> str:
    """What the policy said; an action chosen without a language model gets the usual form."""
    return action.completion or _MARKER + action.text


def parse_action(text: str) -> str:
    """The command in a completion: what follows the first "Action:", or else all of it."""
    found = _ACTION.search(text)
    return (found.group(1) if found else text).strip()


@cache
def instruction(task: Task) -> str:
    """The environment's instruction; a task id `family/...` may have one of its family's."""
    return instruction_with(task, _NO_SETTINGS)


def instruction_with(task: Task, settings: Mapping[str, Any]) -> str:
    """The same where the environment was made with further keywords."""
    return _reworded(task, (_beside(task, "instruction", "txt") or "").strip(), settings)


@cache
def worked_examples(task: Task) -> tuple[list[Message], ...]:
    """The environment's worked examples: each a conversation of user and assistant turns."""
    examples: list[list[Message]] = json.loads(_beside(task, "examples", "json") or "[]")
    return tuple(
        [{**message, "content": _reworded(task, message["content"])} for message in example]
        for example in examples
    )


def _reworded(task: Task, text: str, further: Mapping[str, Any] = _NO_SETTINGS) -> str:
    """A text of an environment's prompts in the words that hold in a variant of it."""
    found = spec(task.env)
    settings = {**found.settings, **further}
    if not (found.reworded and settings):
        return text
    anew: str = load(found.reworded, task.env)(text, settings)
    return anew


def _beside(task: Task, stem: str, suffix: str) -> str | None:
    folder = resources.files(spec(task.env).package)
    family = task.id.partition("/")[0]
    for file in (folder / f"{stem}.{family}.{suffix}", folder / f"{stem}.{suffix}"):
        if file.is_file():
            return file.read_text(encoding="utf-8")
    return None
