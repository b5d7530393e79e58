"""The maze's golden transcript: one episode of the expert's and one clumsy one, as text.

`python -m tests.agentrm_envs.maze_transcript` rewrites it; read the difference before you
commit it.
"""

from __future__ import annotations

from pathlib import Path

import agentrm_envs
from tests.agentrm_envs.transcripts import episode

GOLDEN = Path(__file__).parents[1] / "golden" / "maze.txt"
CLUMSY = (
    "move right",
    "move up",
    "Move down",
    "move down ",
    "move down",
    "move left",
    "go to the goal",
    "",
    "move up\x00",
    "move down",
    "move right",
    "move up\nmove up",
    "move left",
    "Action: move up",
    "move up",
)


def transcript() -> str:
    env = agentrm_envs.make("maze")
    first, second = env.tasks[:2]
    env.reset(options={"task": first})
    return (
        episode(env, first, agentrm_envs.expert("maze")(env)) + "\n" + episode(env, second, CLUMSY)
    )


if __name__ == "__main__":
    GOLDEN.write_text(transcript(), encoding="utf-8")
    print(f"wrote {GOLDEN}")
