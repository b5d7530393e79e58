"""BabyAI's golden transcript: an episode of the expert's and a clumsy one, as text.

`python -m tests.agentrm_envs.babyai_transcript` rewrites it; read the difference before you
commit it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import agentrm_envs

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
    return _episode(SOLVED, plan) + "\n" + _episode(FUMBLED, CLUMSY)


def _episode(task: str, actions: Sequence[str]) -> str:
    env = agentrm_envs.make("babyai")
    observation, info = env.reset(options={"task": task})
    lines = [f"task {task}", f"goal {info['goal']!r}", f"  {observation!r}"]
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(action)
        end = " terminated" * terminated + " truncated" * truncated
        lines += [f"> {action!r}", f"  {observation!r} reward {reward:g}{end}"]
    lines.append(f"score {info['score']:g} success {info['success']}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    GOLDEN.write_text(transcript(), encoding="utf-8")
    print(f"wrote {GOLDEN}")
