"""Make the built-in benchmark of reward models: `python scripts/build_benchmark.py`.

Experts with different shares of random actions try some test tasks of every environment twice each.
From every state that they visit a completer plays to the end some times, and the mean of its
returns is the state's value. Every stage is one of the project's own commands and goes on where it
was killed.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from train_embedded import play, run

from rewards.benchmark import builtin
from rewards.episodes import EPISODES

FOLDER = Path(builtin.__file__).parent / builtin.FOLDER
PLAYERS = {"good": "expert:0.3", "fair": "expert:0.6", "poor": "expert:0.9"}
PLAY = [
    *("harness", "--rm", "random", "--method", "best-of-n", "--n", "2", "--temperature", "1.0"),
    *("--split", "test", "--limit", "6", "--seed", "11"),
]
SLOW = {"sciworld": (["good", "fair"], 29)}
"""Fewer players, and the most states of an episode, where a completion takes seconds: there the six
tasks are five."""
COMPLETERS = {
    "alfworld": "expert:0.8",
    "babyai": "random",
    "jericho": "random",
    "maze": "expert:0.5",
    "pddl": "random",
    "sciworld": "random",
    "tool_operation": "expert:0.5",
    "tool_query": "expert:0.5",
    "webshop": "expert:0.5",
}
"""Who completes an episode from a state, so that it has a value: one whose returns vary, and
who is quick. The score of the others counts what was reached on the way, so that a random
completion tells as well."""
ROLLOUTS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("runs/benchmark"), help="where it works")
    work: Path = parser.parse_args().work
    for player, policy in PLAYERS.items():
        play(work / player, *PLAY, "--policy", policy)
    for env, completer in COMPLETERS.items():
        players, most = SLOW.get(env, (list(PLAYERS), 0))
        valued = [work / f"{player}-{env}" for player in players]
        for player, out in zip(players, valued, strict=True):
            who = ("--tasks", env, "--policy", completer, "--rollouts", str(ROLLOUTS))
            few = ("--max-states", str(most))
            run("harness.estimate", work / player, *who, *few, "--out", out)
        write(FOLDER / f"{env}{builtin.SUFFIX}", lines(valued))


def lines(runs: Sequence[Path]) -> Iterator[str]:
    """The trees of some runs, by task: a line each."""
    records = [
        json.loads(line)
        for run in runs
        for line in (run / EPISODES).read_text(encoding="utf-8").splitlines()
    ]
    for record in sorted(records, key=lambda record: record["task"]["id"]):
        yield json.dumps({"tree": record["tree"]}, separators=(",", ":")) + "\n"


def write(file: Path, text: Iterator[str]) -> None:
    """The same bytes each time: a gzip file without a date."""
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(gzip.compress("".join(text).encode(), mtime=0))
    print(f"wrote {file}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
