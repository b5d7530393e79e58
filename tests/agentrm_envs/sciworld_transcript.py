"""SciWorld's golden transcript: the expert's episode, and clumsy ones by both protocols, as text.

`python -m tests.agentrm_envs.sciworld_transcript` rewrites it; read the difference before you
commit it.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import agentrm_envs
from tests.agentrm_envs.transcripts import episode

GOLDEN = Path(__file__).parents[1] / "golden" / "sciworld.txt"
SOLVED = "lifespan-longest-lived/93"
FUMBLED = "chemistry-mix-paint-secondary-color/27"
CLUMSY = (
    "open door",
    "teleport to art studio",
    "look at table",
    "pour cup containing red paint in the cup",
    "frobnicate the gnusto",
    "open door",
    "0",
    "task",
    "",
    "focus on air",
)
BOARD = (
    "check valid actions",
    "teleport to kitchen",
    "go to hallway",
    "go to kitchen",
    "look in fridge",
    "pick up thermometer",
    "use thermometer on table",
    "inventory",
    "wait1",
)


def transcript() -> str:
    with closing(agentrm_envs.make("sciworld")) as env:
        env.reset(options={"task": SOLVED})
        plan = agentrm_envs.expert("sciworld")(env)
        told = [episode(env, SOLVED, plan), episode(env, FUMBLED, CLUMSY)]
    with closing(agentrm_envs.make("sciworld", protocol="agentboard")) as board:
        told.append(episode(board, f"agentboard/{FUMBLED}", BOARD))
    return "\n".join(told)


if __name__ == "__main__":
    GOLDEN.write_text(transcript(), encoding="utf-8")
    print(f"wrote {GOLDEN}")
