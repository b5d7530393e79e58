"""How an experiment plays: the settings that all its runs share, and the runs themselves."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentrm_envs.prompt_tree import HELP as PROMPTS_HELP
from harness.__main__ import PROGRAM
from harness.config import RunConfig
from harness.flags import parse
from harness.policy.registry import POLICIES
from harness.summary import SUMMARY_FILE
from leaderboard.experiments.stage import Stage, told
from rewards.registry import REWARD_MODELS

DEFAULTS = RunConfig(limit=0)
"""Of an experiment's flags: all tasks, else the harness's own."""


@dataclass(frozen=True, slots=True)
class Playing:
    """What is the same in all runs of an experiment."""

    tasks: tuple[str, ...]
    split: str
    limit: int
    data: str
    seed: int
    temperature: float
    prompts: str
    max_concurrent: int
    """No result depends on it."""

    @classmethod
    def of(cls, given: argparse.Namespace, tasks: Sequence[str] | None = None) -> Playing:
        """What the flags ask for; `tasks` where the experiment knows better which."""
        wanted = RunConfig(tasks=tuple(given.tasks if tasks is None else tasks)).checked().tasks
        return cls(
            wanted,
            given.split,
            given.limit,
            given.data,
            given.seed,
            given.temperature,
            given.prompts,
            given.max_concurrent,
        )

    def run(
        self,
        out: Path,
        policy: str,
        *search: str,
        rm: str = "none",
        tasks: Sequence[str] = (),
    ) -> Stage:
        """A run of the harness; `search` has the flags of its method."""
        POLICIES.check(policy)
        REWARD_MODELS.check(rm)
        wanted = tuple(tasks) or self.tasks
        words = ["harness", "--policy", policy, "--rm", rm, *search, "--tasks", *wanted]
        words += ["--split", self.split, "--limit", str(self.limit), "--data", self.data]
        words += ["--seed", str(self.seed), "--temperature", f"{self.temperature:g}"]
        words += ["--max-concurrent", str(self.max_concurrent), *told(self.prompts)]
        words += ["--out", str(out)]
        parse(PROGRAM, words[1:]).config(PROGRAM.defaults)  # refused now, not when its turn comes
        return Stage(tuple(words), out / SUMMARY_FILE, f"{self.episodes(wanted)} episodes")

    def greedy(self, out: Path, policy: str, *, tasks: Sequence[str] = ()) -> Stage:
        return self.run(out, policy, "--method", "greedy", tasks=tasks)

    def draws(self, out: Path, policy: str, n: int) -> Stage:
        """N whole trajectories of each task, to be scored by any reward model afterwards."""
        stage = self.run(out, policy, "--method", "best-of-n", "--n", str(n))
        about = f"{stage.about} of {n} trajectories"
        return Stage(stage.words, stage.proof, about)

    def rescored(self, out: Path, source: Path, rm: str) -> Stage:
        """The choice of a reward model among the trajectories of a run that was drawn before."""
        REWARD_MODELS.check(rm)
        words = ("harness", "--rescore", str(source), "--rm", rm, *told(self.prompts))
        about = f"{self.episodes(self.tasks)} episodes, no policy"
        return Stage((*words, "--out", str(out)), out / SUMMARY_FILE, about)

    def episodes(self, tasks: Sequence[str]) -> int:
        config = RunConfig(tasks=tuple(tasks), split=self.split, limit=self.limit, data=self.data)
        return len(config.task_list())


def add_playing_flags(verb: argparse.ArgumentParser, *, tasks: bool = True) -> None:
    """The flags that `Playing` is made of; an experiment with tasks of its own has no --tasks."""
    if tasks:
        verb.add_argument("--tasks", nargs="+", default=[], help="environments or tasks (all)")
    else:
        verb.set_defaults(tasks=[])
    verb.add_argument("--split", default=DEFAULTS.split, help="(%(default)s)")
    verb.add_argument(
        "--limit", type=int, default=DEFAULTS.limit, help="tasks of each environment (0: all)"
    )
    verb.add_argument("--data", default=DEFAULTS.data, help="builtin or official (%(default)s)")
    verb.add_argument("--seed", type=int, default=DEFAULTS.seed, help="of all draws (%(default)s)")
    verb.add_argument(
        "--temperature", type=float, default=DEFAULTS.temperature, help="of draws (%(default)s)"
    )
    verb.add_argument("--prompts", default="", metavar="DIR", help=PROMPTS_HELP)
    verb.add_argument("--max-concurrent", type=int, default=16, help="episodes at once (16)")


def runs_by_rm(given: argparse.Namespace) -> dict[str, Path]:
    """For each reward model of the experiment the run that it chooses in."""
    names = file_names(given.rm)
    return {rm: Path(given.out, "runs", f"by-{name}") for rm, name in names.items()}


def file_names(references: Sequence[str]) -> dict[str, str]:
    """For each model's reference the name of a folder, no two of them the same."""
    found: dict[str, str] = {}
    for reference in dict.fromkeys(references):
        plain = re.sub(r"[^\w.-]+", "_", reference)
        taken = sum(name.startswith(plain) for name in found.values())
        found[reference] = f"{plain}-{taken + 1}" if taken else plain
    return found
