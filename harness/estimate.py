"""`python -m harness.estimate`: the value of every state that a run's trajectories visited.

From each state some rollouts are drawn, and the mean of their returns is its value: Monte Carlo
estimation as in Math-Shepherd (Wang et al., 2024, section 3.3). Trees of MCTS have their values
from few rollouts a state, most from one; here each has `--rollouts`. And who completes need not
be who explored: the states may be a language model's own, where values are needed, while the
completions come from an expert with noise, which costs no model call.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from agentrm_envs import Task, Tree
from agentrm_envs.commands import ended
from agentrm_envs.prompt_tree import HELP as PROMPTS_HELP
from agentrm_envs.prompt_tree import PromptTree
from agentrm_envs.task_lists import spread
from harness import manifest as manifests
from harness.command import USER_ERRORS
from harness.config import ConfigError, from_json
from harness.episode import EPISODES_FILE, Episode, read_episodes
from harness.executor import Place, add_place
from harness.journal import opened
from harness.player_spec import Models, PlayerSpec
from harness.policy.core import Policy
from harness.policy.registry import POLICIES
from harness.runner import run
from harness.search.rollout import rollouts
from harness.simulator import Simulator
from harness.summary import failures
from rewards.claim import claim
from rewards.config_file import ConfiguredParser
from rewards.core import RewardModel

ESTIMATE_FILE = "estimate.json"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the values are estimates of; a directory goes on only with the same."""

    policy: str
    """Who completes."""
    rollouts: int
    temperature: float
    seed: int
    tasks: list[str]
    """Environments; empty: all of the source's."""
    limit: int
    """Tasks of each environment, evenly spread over the source's; 0: all."""
    max_states: int
    """Episodes with more of them are left out; 0: none is."""
    source_sha256: str
    """Of the file of episodes whose states are valued."""
    prompts_sha256: str
    """Of the prompts of who completes; empty for this project's own."""


@dataclass(frozen=True, slots=True)
class Estimator:
    """A search that completes every prefix of an episode that was played before.

    The tree is that episode's, with values and visits as `rewards extract` reads them.
    """

    source: dict[Task, Episode]
    rollouts: int = 8
    temperature: float = 1.0

    @property
    def trajectories(self) -> int:
        return self.rollouts

    async def __call__(
        self, simulator: Simulator, policy: Policy, reward_model: RewardModel
    ) -> int:
        """Value all states by the environment's scores; no reward model is asked."""
        episode = self.source[simulator.tree.task]
        await replay(episode.tree, simulator)
        await self._value(simulator, policy)
        return episode.chosen

    async def _value(self, simulator: Simulator, policy: Policy) -> None:
        """Give each node the mean return of its rollouts, and forget the rollouts."""
        tree = simulator.tree
        known = len(tree.nodes)
        values: list[tuple[float, int]] = []
        for place in range(known):
            starts = [place] * (1 if simulator.done(place) else self.rollouts)
            ends = await rollouts(simulator, policy, starts, temperature=self.temperature)
            returns = [tree.trajectory(end).score for end in ends]
            values.append((math.fsum(returns) / len(returns), len(returns)))
        del tree.nodes[known:]
        for node, (value, visits) in zip(tree.nodes, values, strict=True):
            node.value, node.visits = value, visits


async def replay(tree: Tree, simulator: Simulator) -> None:
    """Grow the same tree again; a simulator that answers otherwise is an error."""
    for index, node in enumerate(tree.nodes[1:], start=1):
        again = await simulator.step(node.parent, node.step.action)
        if again != index or simulator.tree.nodes[again].step != node.step:
            raise ConfigError(
                f"task {tree.task.id!r} of {tree.task.env} does not repeat: after "
                f"{[tree.nodes[i].step.action.text for i in tree.path(index)][1:]} it answers "
                f"{simulator.tree.nodes[again].step.observation[:80]!r}, "
                f"not {node.step.observation[:80]!r}; was the run made by another version?"
            )


def main(argv: Sequence[str] | None = None) -> int:
    """Make or go on with the estimates; 0 if every episode ran, 1 if not, 2 if none could."""
    given = _parser().parse_args(argv)
    return ended(
        lambda: _told(given),
        USER_ERRORS,
        interrupted="interrupted; the same command goes on where it stopped",
    )


def _told(given: argparse.Namespace) -> int:
    episodes = _run(given)
    failed = [episode for episode in episodes if episode.error is not None]
    if failed:
        print(f"{failures(episodes)}\nthe same command plays them again", file=sys.stderr)
    states = sum(len(episode.tree.nodes) - 1 for episode in episodes)
    print(f"{states} states of {len(episodes)} tasks in {given.out}, {len(failed)} errors")
    return 1 if failed else 0


def _run(given: argparse.Namespace) -> list[Episode]:
    if given.rollouts < 1:
        raise ConfigError(f"--rollouts must be at least 1, not {given.rollouts}")
    if not 0 <= given.temperature < math.inf:
        raise ConfigError(f"--temperature must be finite and not negative: {given.temperature}")
    POLICIES.check(given.policy)
    config = from_json(manifests.read(given.run).config)
    most = given.max_states or math.inf
    played = {
        episode.task: episode
        for episode in read_episodes(given.run)
        if episode.error is None and len(episode.tree.nodes) - 1 <= most
    }
    chosen = [
        task
        for name in given.tasks or config.environments()
        for task in spread([task for task in played if task.env == name], given.limit)
    ]
    source = {task: played[task] for task in chosen}
    if not source:
        few = f" with at most {given.max_states} states" if given.max_states else ""
        named = " or ".join(given.tasks) or "any task"
        raise ConfigError(f"{given.run} has no finished episode of {named}{few}")
    prompts = PromptTree.read(given.prompts) if given.prompts else None
    if prompts:
        prompts.check(source, ["instruction", "examples"])
    place = Place.given(vars(given)).checked()
    estimator = Estimator(source, given.rollouts, given.temperature)
    spec = PlayerSpec(Models(given.policy, "none", given.seed, config.data, prompts), estimator)
    with opened(given.out) as journal:
        _claim(given, prompts)
        with place.opened(spec) as loaded:
            playing = run(
                list(source),
                loaded.play,
                journal,
                max_concurrent=loaded.at_once,
                progress=True,
            )
            return asyncio.run(playing)


def _claim(given: argparse.Namespace, prompts: PromptTree | None) -> None:
    """Note in the directory what it holds, or refuse one that holds something else."""
    digest = hashlib.sha256((given.run / EPISODES_FILE).read_bytes()).hexdigest()
    wanted = Estimate(
        given.policy,
        given.rollouts,
        given.temperature,
        given.seed,
        given.tasks,
        given.limit,
        given.max_states,
        digest,
        prompts.checksum if prompts else "",
    )
    note = given.out / ESTIMATE_FILE
    if not note.exists() and (given.out / EPISODES_FILE).stat().st_size:
        raise ConfigError(f"{given.out} holds a run; choose another --out")
    claim(note, asdict(wanted), "estimates")


def _parser() -> argparse.ArgumentParser:
    form = argparse.RawDescriptionHelpFormatter
    parser = ConfiguredParser("python -m harness.estimate", None, __doc__, formatter_class=form)
    parser.add_argument("run", type=Path, metavar="RUN", help="the run whose states are valued")
    parser.add_argument(
        "--policy", default="expert:0.85", help="who completes (default: expert:0.85)"
    )
    parser.add_argument("--tasks", nargs="+", default=[], help="environments (default: all)")
    parser.add_argument(
        "--limit", type=int, default=0, help="tasks of each environment, evenly spread (0: all)"
    )
    parser.add_argument(
        "--max-states",
        type=int,
        default=0,
        metavar="N",
        help="leave out episodes with more, which take a slow simulator longest (0: none)",
    )
    parser.add_argument("--rollouts", type=int, default=8, help="completions of a state (8)")
    parser.add_argument("--temperature", type=float, default=1.0, help="of the completions (1.0)")
    parser.add_argument("--seed", type=int, default=0, help="of the completions' draws (0)")
    parser.add_argument("--prompts", default="", metavar="DIR", help=PROMPTS_HELP)
    parser.add_argument(
        "--out", type=Path, required=True, help="where the valued trees go; goes on if begun"
    )
    add_place(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
