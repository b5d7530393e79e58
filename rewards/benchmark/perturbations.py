"""Other ways to tell a reward model the same, and ways to tell it less.

The first kind should leave its order of states as it is. The second shows what the order rests
on, and `outcome-hidden` that it rests on nothing that is not for a reward model to read. The
environment's instruction is not part of a trajectory, and stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from agentrm_envs import Action, Step, Trajectory
from agentrm_envs.chat import completion

Perturbation = Callable[[Trajectory], Trajectory]
"""Deterministic; the task and each action's command, which tell states apart, stay the same."""

HIDDEN = "(not shown)"
"""What stands where an observation was."""

_OTHER_WORDS = {
    "your task is to": "what you have to do is",
    "the goal is to satisfy the following conditions": "these conditions have to hold at the end",
    "in as few moves as possible": "with the smallest number of moves",
    "i am looking for": "i would like to buy",
    "i need": "i would like to have",
    "i want": "i would like",
    "show me": "i would like to see",
    "answer with": "reply with",
    "please": "kindly",
    "pick up": "take",
    "go to": "walk to",
    "reach": "get to",
    "find": "locate",
    "bring": "carry",
    "put": "place",
    "examine": "look closely at",
    "how many": "what number of",
    "then": "and after that",
}
"""Words of the environments' goals; of two that fit at a place the first is replaced."""
_WORDS = re.compile("|".join(rf"\b{words}\b" for words in _OTHER_WORDS), re.IGNORECASE)
_LABEL = "Action:"


def unchanged(trajectory: Trajectory) -> Trajectory:
    return trajectory


def goal_asked(trajectory: Trajectory) -> Trajectory:
    """the goal as a request"""
    return replace(trajectory, goal=f"Please do the following. {trajectory.goal}")


def goal_stated(trajectory: Trajectory) -> Trajectory:
    """the goal first, then that it is the goal"""
    return replace(trajectory, goal=f"{trajectory.goal}\nThat is what has to be achieved.")


def goal_reworded(trajectory: Trajectory) -> Trajectory:
    """some words of the goal replaced by others of the same meaning"""
    return replace(trajectory, goal=_WORDS.sub(_other_words, trajectory.goal))


def action_labels(trajectory: Trajectory) -> Trajectory:
    """Thought: and Action: called Reasoning: and Command:"""
    return _said_otherwise(
        trajectory,
        lambda said: said.replace("Thought:", "Reasoning:").replace(_LABEL, "Command:"),
    )


def action_capitals(trajectory: Trajectory) -> Trajectory:
    """commands in capital letters"""
    return _commanded_otherwise(trajectory, str.upper)


def action_quoted(trajectory: Trajectory) -> Trajectory:
    """commands between backticks"""
    return _commanded_otherwise(trajectory, lambda command: f" `{command.strip()}`")


def last_observation_hidden(trajectory: Trajectory) -> Trajectory:
    """without the observation before the last action, the latest that is read"""
    if len(trajectory.steps) < 2:
        return replace(trajectory, observation=HIDDEN)
    *before, answered, last = trajectory.steps
    return replace(trajectory, steps=(*before, replace(answered, observation=HIDDEN), last))


def observations_hidden(trajectory: Trajectory) -> Trajectory:
    """without any observation: the goal and the actions alone"""
    steps = tuple(replace(step, observation=HIDDEN) for step in trajectory.steps)
    return replace(trajectory, observation=HIDDEN, steps=steps)


def outcome_hidden(trajectory: Trajectory) -> Trajectory:
    """without the last answer, rewards and whether it ended: no score may change"""
    steps = [Step(step.action, step.observation) for step in trajectory.steps]
    if steps:
        steps[-1] = replace(steps[-1], observation=HIDDEN)
    return replace(trajectory, steps=tuple(steps))


PERTURBATIONS: Mapping[str, Perturbation] = {
    "goal-asked": goal_asked,
    "goal-stated": goal_stated,
    "goal-reworded": goal_reworded,
    "action-labels": action_labels,
    "action-capitals": action_capitals,
    "action-quoted": action_quoted,
    "last-observation-hidden": last_observation_hidden,
    "observations-hidden": observations_hidden,
    "outcome-hidden": outcome_hidden,
}
"""By the names that `--perturb` knows; a docstring is what its help says."""


def _other_words(found: re.Match[str]) -> str:
    words = found.group()
    other = _OTHER_WORDS[words.lower()]
    return other[0].upper() + other[1:] if words[0].isupper() else other


def _said_otherwise(trajectory: Trajectory, change: Callable[[str], str]) -> Trajectory:
    steps = tuple(
        replace(step, action=Action(step.action.text, change(completion(step.action))))
        for step in trajectory.steps
    )
    return replace(trajectory, steps=steps)


def _commanded_otherwise(trajectory: Trajectory, change: Callable[[str], str]) -> Trajectory:
    def said(text: str) -> str:
        before, label, command = text.rpartition(_LABEL)
        return before + label + change(command)

    return _said_otherwise(trajectory, said)
