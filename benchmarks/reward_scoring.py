"""Scoring a growing trajectory step by step: with the prefix cache, and reading it anew.

    python benchmarks/reward_scoring.py

Both are in one run on the embedded base in bfloat16, whose speed does not depend on what an
adapter holds: 30 steps of a maze walk, as beam search would ask for them.
"""

from __future__ import annotations

import argparse
import json
import time

import torch

from agentrm_envs import Action, Step, Trajectory, make, tasks
from agentrm_envs.chat import render_scored
from rewards.backbone.engine import Engine
from rewards.backbone.language_model import shared_base
from rewards.backbone.prefix_cache import Segment

STEPS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    as_json = parser.parse_args().json
    model = shared_base()
    paths = [model.conversation.read_path(render_scored(prefix)) for prefix in walk()]
    decoder = model.model.get_decoder()
    cached_for(decoder, paths[:3])  # kernels are compiled at their first use
    anew_for(decoder, paths[:3])
    cached, with_cache = cached_for(decoder, paths)
    anew, without = anew_for(decoder, paths)
    figures = {
        "steps": STEPS,
        "tokens": sum(len(segment) for segment in paths[-1]),
        "cached_seconds": round(cached, 3),
        "anew_seconds": round(anew, 3),
        "ratio": round(anew / cached, 2),
        "largest_difference": max(
            float((a - b).abs().max()) for a, b in zip(with_cache, without, strict=True)
        ),
    }
    print(json.dumps(figures, indent=2) if as_json else figures)


def walk() -> list[Trajectory]:
    """The prefixes of a walk to and fro through a maze, one a step."""
    task = tasks("maze")[0]
    env = make("maze", max_steps=STEPS + 1)
    observation, info = env.reset(options={"task": task.id})
    at = Trajectory(task, info["goal"], observation)
    prefixes = []
    for i in range(STEPS):
        valid = env.valid_actions()
        action = valid[i % len(valid)]
        observation, *_ = env.step(action)
        at = Trajectory(task, at.goal, at.observation, (*at.steps, step(action, observation)))
        prefixes.append(at)
        if env._now().outcome.terminated:
            env.reset(options={"task": task.id})
    return prefixes


def step(action: str, observation: str) -> Step:
    return Step(Action(action), observation)


def cached_for(
    decoder: torch.nn.Module, paths: list[list[Segment]]
) -> tuple[float, list[torch.Tensor]]:
    """Seconds and the last hidden states, one engine going along."""
    engine = Engine(decoder)
    start = time.perf_counter()
    ends = [engine.read([[path]])[0][0][0].last_hidden for path in paths]
    return time.perf_counter() - start, [end.float() for end in ends if end is not None]


def anew_for(
    decoder: torch.nn.Module, paths: list[list[Segment]]
) -> tuple[float, list[torch.Tensor]]:
    """Seconds and the last hidden states, the whole trajectory read at every step."""
    ends = []
    start = time.perf_counter()
    for path in paths:
        end = Engine(decoder).read([[path]])[0][0][0].last_hidden
        assert end is not None
        ends.append(end.float())
    return time.perf_counter() - start, ends


if __name__ == "__main__":
    main()
