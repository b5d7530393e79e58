"""WebShop's golden transcript: an episode of the expert's and clumsy ones, as text.

`python -m tests.agentrm_envs.webshop_transcript` rewrites it; read the difference before you
commit it.
"""

from __future__ import annotations

from pathlib import Path

import agentrm_envs
from tests.agentrm_envs.transcripts import episode

GOLDEN = Path(__file__).parents[1] / "golden" / "webshop.txt"
SOLVED = "family-1178"
FUMBLED = "family-19"
CLUMSY = (
    "click[search]",
    "search[]",
    "search shoes",
    "Search[press]",
    "search[Glass Lid] please",
    "click[buy now]",
    "click[Next >]",
    "click[< Prev]",
    "search[french press][64 ounce]",
    "look",
)
RICH = (
    "search[drip free french press with glass lid, color teal size 64 ounce]",
    "click[B2KEN1D]",
    "click[Description]",
    "click[< prev]",
    "click[teal]",
    "click[64 OUNCE]",
    "click[Reviews]",
    "click[Buy Now]",
    "click[< prev]",
    "click[Buy Now]",
)
BOARD = (
    "search[drip free french press with glass lid, color teal size 64 ounce]",
    "search[again]",
    "click[< Prev]",
    "click[b2ken1d]",
    "click[B2KEN1D]",
    "click[teal]",
    "click[Features]",
    "click[< Prev]",
    "think",
    "click[Buy Now]",
)


def transcript() -> str:
    env = agentrm_envs.make("webshop")
    env.reset(options={"task": SOLVED})
    plan = agentrm_envs.expert("webshop")(env)
    rich = agentrm_envs.make("webshop", mode="text_rich")
    board = agentrm_envs.make("webshop", protocol="agentboard")
    episodes = ((env, SOLVED, plan), (env, FUMBLED, CLUMSY))
    others = ((rich, FUMBLED, RICH), (board, FUMBLED, BOARD))
    return "\n".join(episode(*each) for each in (*episodes, *others))


if __name__ == "__main__":
    GOLDEN.write_text(transcript(), encoding="utf-8")
    print(f"wrote {GOLDEN}")
