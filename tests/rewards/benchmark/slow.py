"""`python -m rewards` with a reward model `slow`, which leaves time to be killed."""

from __future__ import annotations

import asyncio
import sys

from rewards.__main__ import main
from rewards.baselines import RandomReward
from rewards.registry import REWARD_MODELS


class Slow(RandomReward):
    """The random reward model, after some time."""

    async def score(self, trajectories):
        await asyncio.sleep(0.2)
        return await super().score(trajectories)


def slow(request):
    return Slow(request.seed)


if __name__ == "__main__":
    REWARD_MODELS.table["slow"] = "__main__:slow"
    sys.exit(main(sys.argv[1:]))
