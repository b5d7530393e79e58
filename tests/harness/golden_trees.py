"""Writes the golden trees of the searches: `python -m tests.harness.golden_trees`."""

from __future__ import annotations

from pathlib import Path

import tests.toys  # noqa: F401  (registers the toy)
from harness.search import MCTS, BeamSearch, BestOfN, Greedy, Search
from rewards.baselines import OracleReward, RandomReward
from rewards.core import RewardModel
from tests.harness.playing import play, rendered

FOLDER = Path(__file__).parents[1] / "golden"
TREES: dict[str, tuple[Search, RewardModel]] = {
    "greedy": (Greedy(), OracleReward()),
    "best_of_n": (BestOfN(n=5), RandomReward(1)),
    "beam": (BeamSearch(width=2, branch=3), RandomReward(1)),
    "mcts": (MCTS(iterations=8, branch=3), OracleReward()),
    "mcts_two_rollouts": (MCTS(iterations=4, branch=3, rollouts=2), OracleReward()),
    "mcts_no_rollouts": (MCTS(iterations=12, branch=3, rollouts=0), RandomReward(1)),
}


def path(name: str) -> Path:
    return FOLDER / f"tree_{name}.txt"


def grown(name: str) -> str:
    search, reward_model = TREES[name]
    return f"{search!r}\n{rendered(*play(search, reward_model=reward_model))}"


if __name__ == "__main__":
    for name in TREES:
        path(name).write_text(grown(name), encoding="utf-8")
