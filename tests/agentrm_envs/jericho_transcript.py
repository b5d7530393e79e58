"""Jericho's golden transcript: a story along its walkthrough, and a clumsy episode, as text.

`python -m tests.agentrm_envs.jericho_transcript` rewrites it; read the difference before you
commit it.
"""

from __future__ import annotations

from pathlib import Path

import agentrm_envs
from tests.agentrm_envs.transcripts import episode

GOLDEN = Path(__file__).parents[1] / "golden" / "jericho.txt"
SOLVED = "circus-1"
FUMBLED = "railway-2"
CLUMSY = (
    "look around, please",
    "Check valid actions",
    "inventory",
    "take everything",
    "examine me",
    "save",
    "...",
    "xyzzy",
    "north. south",
    "east",
    "open door",
    "up",
    "wait",
    "\\n\x00quit",
)


def transcript() -> str:
    env = agentrm_envs.make("jericho")
    env.reset(options={"task": SOLVED})
    plan = agentrm_envs.expert("jericho")(env)
    return episode(env, SOLVED, plan) + "\n" + episode(env, FUMBLED, CLUMSY)


if __name__ == "__main__":
    GOLDEN.write_text(transcript(), encoding="utf-8")
    print(f"wrote {GOLDEN}")
