"""PDDL's golden transcript: the expert and a clumsy player in each family, as text.

`python -m tests.agentrm_envs.pddl_transcript` rewrites it; read the difference before you
commit it. The problems are of the training split.
"""

from __future__ import annotations

from pathlib import Path

import agentrm_envs
from tests.agentrm_envs.transcripts import episode

GOLDEN = Path(__file__).parents[1] / "golden" / "pddl.txt"
CLUMSY = {
    "gripper": (
        "check valid actions",
        "go to roomb",
        "Move from rooma to roomb.",
        "move rooma rooma",
        "pick up ball1",
        "pick ball1 rooma left",
        "look around",
        "",
    ),
    "blockworld": (
        "Check",
        "stack b1 b2",
        "pickup b4",
        "unstack b3 b5",
        "Stack b3 upon b2 at once!",
        "unstack the b3 from the b2",
        "putdown b3 b3\x00",
        "look around",
    ),
    "barman": (
        "left grasp shaker1. ",
        "right grasp shaker1",
        "check valid actions",
        "shake cocktail1 ingredient1 ingredient2 shaker1 left right",
        "clean-shaker left right shaker1",
        "grasp right shot1",
        "LOOK AROUND",
        "serve a drink",
    ),
    "tyreworld": (
        "open boot",
        "close boot",
        "inflate r1",
        "check valid actions",
        "fetch wrench and jack from boot",
        "Fetch w1 from boot",
        "look around",
        "put-away wrench",
    ),
}


def transcript() -> str:
    env = agentrm_envs.make("pddl", split="train")
    plan = agentrm_envs.expert("pddl")
    episodes = []
    for family, clumsy in CLUMSY.items():
        task = f"{family}/train-000"
        env.reset(options={"task": task})
        episodes += [
            episode(env, task, plan(env)),
            episode(env, task, clumsy),
        ]
    return "\n".join(episodes)


if __name__ == "__main__":
    GOLDEN.write_text(transcript(), encoding="utf-8")
    print(f"wrote {GOLDEN}")
