"""ALFWorld's golden transcript: the expert's episodes in both grammars, and clumsy ones, as text.

`python -m tests.agentrm_envs.alfworld_transcript` rewrites it; read the difference before you
commit it.
"""

from __future__ import annotations

from pathlib import Path

import agentrm_envs
from tests.agentrm_envs.transcripts import episode

GOLDEN = Path(__file__).parents[1] / "golden" / "alfworld.txt"
TWO = "two/bedroom-500005"
CLEAN = "clean/kitchen-500002"
CLUMSY = (
    "look",
    "open cabinet 4",
    "go to cabinet 4.",
    "check valid actions",
    "take skillet 1 from cabinet 4",
    "open cabinet 4",
    "look",
    "take skillet 1 from cabinet 4",
    "clean skillet 1 with sinkbasin 1",
    "examine skillet 1",
    "inventory",
    "Go to fridge 1",
    "go to fridge 1",
    "open fridge 1",
    "cool skillet 1 with fridge 1",
    "examine skillet 1",
    "put skillet 1 in fridge 1",
    "put skillet 1 in/on fridge 1",
    "close fridge 1",
    "inventory",
)
JOINED = (
    "go to cabinet 4",
    "go to cabinet4",
    "look",
    "open cabinet4",
    "take skillet1 from cabinet4",
    "go to stoveburner1",
    "put skillet1 in/on stoveburner1",
    "examine stoveburner1",
)


def transcript() -> str:
    board = agentrm_envs.make("alfworld")
    board.reset(options={"task": TWO})
    plan = agentrm_envs.expert("alfworld")(board)
    new = agentrm_envs.make("alfworld", grammar="move")
    new.reset(options={"task": CLEAN})
    moves = agentrm_envs.expert("alfworld")(new)
    eto = agentrm_envs.make("alfworld", protocol="eto", perturbation="joined")
    episodes = ((board, TWO, plan), (board, CLEAN, CLUMSY), (new, CLEAN, moves))
    return "\n".join(episode(*each) for each in (*episodes, (eto, CLEAN, JOINED)))


if __name__ == "__main__":
    GOLDEN.write_text(transcript(), encoding="utf-8")
    print(f"wrote {GOLDEN}")
