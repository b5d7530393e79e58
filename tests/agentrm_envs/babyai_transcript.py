"""BabyAI's golden transcript: an episode of the expert's and a clumsy one, as text.

`python -m tests.agentrm_envs.babyai_transcript` rewrites it; read the difference before you
commit it.
"""

from __future__ import annotations

from pathlib import Path

import agentrm_envs
from tests.agentrm_envs.transcripts import episode

GOLDEN = Path(__file__).parents[1] / "golden" / "babyai.txt"
SOLVED = "UnlockPickupDist/40000"
FUMBLED = "PutNextLocalS6N4/40000"
CLUMSY = (
    "check available actions",
    "drop",
    "move forward",
    "move forward",
    "turn right",
    "Turn Right ",
    "pick up the thing",
    "",
    "open the door",
    "toggle",
    "turn right",
    "move\x00forward",
    "move forward",
    "Action: turn left",
    "check valid actions",
)


def transcript() -> str:
    env = agentrm_envs.make("babyai")
    env.reset(options={"task": SOLVED})
    plan = agentrm_envs.expert("babyai")(env)
    return episode(env, SOLVED, plan) + "\n" + episode(env, FUMBLED, CLUMSY)


if __name__ == "__main__":
    GOLDEN.write_text(transcript(), encoding="utf-8")
    print(f"wrote {GOLDEN}")
