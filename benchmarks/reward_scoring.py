"""Scoring a growing trajectory step by step: with the prefix cache, and reading it anew.

    python benchmarks/reward_scoring.py

For both kinds of reward model: an explicit one reads each token once, an implicit one twice,
by its policy and by the reference. And for an explicit one whose last ten layers were trained over
the policy's (`rewards train --layers 10 --start POLICY`), beside one that shares none, where the
policy has read the same; an implicit one and its reference likewise. All are in one run on the
embedded base, whose speed does not depend on what an adapter holds: the steps of a maze walk, as
beam search would ask for them. Last, five whole walks at once, as best-of-5 asks for them: each
token beside the keys of its own walk, and beside all keys under one mask.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest import mock

import torch

from agentrm_envs import Action, Step, Trajectory, make, tasks
from agentrm_envs.chat import Message, render_scored
from rewards.backbone import strips
from rewards.backbone.engine import Engine
from rewards.backbone.language_model import LanguageModel, shared_base
from rewards.backbone.likelihood import action_logprobs
from rewards.backbone.prefix_cache import Segment

Walked = Sequence[Sequence[Message]]
"""The conversation after each step of a walk."""


def explicit(model: LanguageModel, engine: Engine, messages: Sequence[Message]) -> torch.Tensor:
    """What the scalar head is given."""
    [[end]], _ = engine.read([[model.conversation.read_path(messages)]])
    return end.last_hidden.float()


def implicit(model: LanguageModel, engine: Engine, messages: Sequence[Message]) -> torch.Tensor:
    """The log-probabilities of the actions, as one of two policies finds them."""
    [[found]], _ = action_logprobs(engine, model.head, model.conversation, [[messages]])
    return torch.tensor([each.log_prob for each in found])


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of reward model."""

    passes: int
    """How many models read each token."""
    score: Callable[[LanguageModel, Engine, Sequence[Message]], torch.Tensor]


IMPLICIT = Kind(2, implicit)
KINDS = {"explicit": Kind(1, explicit), "implicit": IMPLICIT}


def compared(kind: Kind, model: LanguageModel, walked: Walked) -> dict[str, float]:
    """The figures of a kind of reward model."""
    for cached in (True, False):  # kernels are compiled at their first use
        timed(model, kind, walked[:3], cached=cached)
    cached_seconds, with_cache = timed(model, kind, walked, cached=True)
    anew_seconds, without = timed(model, kind, walked, cached=False)
    differences = [(a - b).abs().max() for a, b in zip(with_cache, without, strict=True)]
    return {
        "cached_seconds": round(cached_seconds, 3),
        "anew_seconds": round(anew_seconds, 3),
        "ratio": round(anew_seconds / cached_seconds, 2),
        "largest_difference": round(float(max(differences)), 6),
    }


UPPER = 10
"""Layers that the reward model has of its own."""


def over_the_policy(model: LanguageModel, walked: Walked) -> dict[str, float]:
    """Scoring what a policy has read, with its lower layers in common and with none."""
    decoder: Any = model.model.get_decoder()
    below = lower_layers(decoder)
    policy = Engine(decoder, below=below)
    seconds = []
    for engine in (Engine(decoder, below=below), Engine(decoder)):
        spent = 0.0
        for messages in walked:
            policy.read([[model.conversation.read_path(messages)]])
            start = time.process_time()
            explicit(model, engine, messages)
            spent += time.process_time() - start
        seconds.append(spent)
    return shared_and_whole(*seconds)


def over_the_reference(model: LanguageModel, walked: Walked) -> dict[str, float]:
    """An implicit model and its reference, with their lower layers in common and with none."""
    decoder: Any = model.model.get_decoder()
    below = lower_layers(decoder)
    seconds = []
    for pair in ([Engine(decoder, below=below) for _ in range(2)], new_engines(model, IMPLICIT)):
        start = time.process_time()
        for messages in walked:
            for engine in pair:
                implicit(model, engine, messages)
        seconds.append(time.process_time() - start)
    return shared_and_whole(*seconds)


def whole_trajectories(model: LanguageModel, walked: Walked) -> dict[str, float]:
    """Five walks with one beginning: branch by branch, as it is done, and all at once."""
    rules, task, *steps = model.conversation.read_path(walked[-1])
    begun = [rules, task]
    paths = [[*begun, *steps[i:], *steps[:i]] for i in range(0, 10, 2)]
    decoder = model.model.get_decoder()
    with mock.patch.multiple(strips, GATHERED=0):
        by_branch = read_in(Engine(decoder), begun, paths)
    with mock.patch.multiple(strips, GATHERED=10**9):
        at_once = read_in(Engine(decoder), begun, paths)
    return {
        "tokens": sum(map(len, steps)) * len(paths),
        "by_branch_seconds": round(by_branch, 3),
        "at_once_seconds": round(at_once, 3),
        "ratio": round(at_once / by_branch, 2),
    }


def read_in(engine: Engine, begun: Sequence[Segment], paths: Sequence[Sequence[Segment]]) -> float:
    """Seconds of reading paths whose common beginning was read before."""
    engine.read([[begun]])
    start = time.process_time()
    engine.read([paths])
    return time.process_time() - start


def lower_layers(decoder: Any) -> Engine:
    """Those that a model has in common with another."""
    return Engine(decoder, end=decoder.config.num_hidden_layers - UPPER)


def shared_and_whole(shared: float, whole: float) -> dict[str, float]:
    """Seconds with layers in common, and with none."""
    return {
        "shared_seconds": round(shared, 3),
        "whole_seconds": round(whole, 3),
        "ratio": round(whole / shared, 2),
    }


def timed(
    model: LanguageModel, kind: Kind, walked: Walked, *, cached: bool
) -> tuple[float, list[torch.Tensor]]:
    """Seconds and what was found: engines that go along, or new ones at every step."""
    found = []
    start = time.process_time()
    engines = new_engines(model, kind)
    for messages in walked:
        if not cached:
            engines = new_engines(model, kind)
        found.append(torch.cat([kind.score(model, engine, messages) for engine in engines]))
    return time.process_time() - start, found


def new_engines(model: LanguageModel, kind: Kind) -> list[Engine]:
    return [Engine(model.model.get_decoder()) for _ in range(kind.passes)]


def walk(steps: int) -> list[Trajectory]:
    """The prefixes of a walk to and fro through a maze, one a step."""
    task = tasks("maze")[0]
    env = make("maze", max_steps=steps + 1)
    observation, info = env.reset(options={"task": task.id})
    at = Trajectory(task, info["goal"], observation)
    prefixes = []
    for i in range(steps):
        valid = env.valid_actions()
        action = valid[i % len(valid)]
        observation, *_ = env.step(action)
        step = Step(Action(action), observation)
        at = Trajectory(task, at.goal, at.observation, (*at.steps, step))
        prefixes.append(at)
        if env._now().outcome.terminated:
            env.reset(options={"task": task.id})
    return prefixes


PARTS: dict[str, Callable[[LanguageModel, Walked], dict[str, float]]] = {
    **{name: partial(compared, kind) for name, kind in KINDS.items()},
    "upper_layers": over_the_policy,
    "implicit_upper_layers": over_the_reference,
    "whole_trajectories": whole_trajectories,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=30, help="of the walk (default %(default)s)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args()
    model = shared_base()
    walked = [render_scored(prefix) for prefix in walk(arguments.steps)]
    tokens = sum(len(segment) for segment in model.conversation.read_path(walked[-1]))
    figures: dict[str, Any] = {"steps": len(walked), "tokens": tokens}
    figures |= {name: PARTS[name](model, walked) for name in arguments.only}
    print(json.dumps(figures, indent=2) if arguments.json else figures)


if __name__ == "__main__":
    main()
