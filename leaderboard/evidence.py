"""What backs an entry: the actions of every episode, and a digest of every answer to them.

Whole search trees are big; the chosen actions are enough to replay an episode in the
environment, and 16 hexadecimal digits an answer are enough to say at which step it differs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from agentrm_envs import Task, Trajectory
from agentrm_envs.registry import spec
from leaderboard.entry import Entry, Overall, Result, Share, plain, replace_text, validated
from leaderboard.statistics import estimate, over_environments, over_episodes

DIGEST_DIGITS = 16

_EXACT_KEYS = ConfigDict(extra="forbid", allow_inf_nan=False)
Digest = Annotated[str, Field(pattern=rf"^[0-9a-f]{{{DIGEST_DIGITS}}}$")]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an environment answers: to the reset (goal and observation), or to an action."""

    text: str
    reward: float = 0.0
    terminated: bool = False
    truncated: bool = False
    success: bool = False

    @property
    def digest(self) -> str:
        """Rewards count to 9 digits, as in a trajectory's score."""
        parts = [self.text, round(self.reward, 9), self.terminated, self.truncated, self.success]
        canonical = json.dumps(parts, ensure_ascii=True).encode()
        return hashlib.sha256(canonical).hexdigest()[:DIGEST_DIGITS]


@dataclass(frozen=True, slots=True)
class Played:
    """One episode: the actions on the chosen path, and what they came to."""

    __pydantic_config__: ClassVar[ConfigDict] = _EXACT_KEYS

    task: Task
    actions: tuple[str, ...]
    score: Share
    success: bool
    observations_sha256: tuple[Digest, ...]
    """The first digits of the SHA-256 of each answer: to the reset, then to each action."""
    error: str | None = None
    """Why the episode broke off; such an episode is counted and not scored."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """An entry with all its episodes: a file of `leaderboard/entries/`."""

    __pydantic_config__: ClassVar[ConfigDict] = _EXACT_KEYS

    entry: Entry
    episodes: Annotated[tuple[Played, ...], Field(min_length=1)]


_EVIDENCE = TypeAdapter(Evidence)


def read(path: Path) -> Evidence:
    """The evidence in a file; `BadFile` says which key is wrong."""
    return validated(_EVIDENCE, path)


def write(evidence: Evidence, path: Path) -> None:
    """Write the file whole or not at all."""
    replace_text(path, dumps(evidence))


def dumps(evidence: Evidence) -> str:
    """The same bytes for the same evidence, an episode a line, so that diffs can be read."""
    entry = json.dumps(plain(evidence.entry), indent=2, sort_keys=True, allow_nan=False)
    lines = [json.dumps(asdict(episode), sort_keys=True) for episode in evidence.episodes]
    return f'{{"entry": {entry},\n"episodes": [\n' + ",\n".join(lines) + "\n]}\n"


def played(trajectory: Trajectory, error: str | None = None) -> Played:
    """An episode's record, of the trajectory that its search chose."""
    return Played(
        trajectory.task,
        tuple(step.action.text for step in trajectory.steps),
        min(max(trajectory.score, 0.0), 1.0),
        trajectory.success,
        tuple(answer.digest for answer in answers(trajectory)),
        error,
    )


def answers(trajectory: Trajectory) -> list[Answer]:
    """The answer to the reset, then the answer to each action."""
    return [opening(trajectory.goal, trajectory.observation)] + [
        Answer(step.observation, step.reward, step.terminated, step.truncated, step.success)
        for step in trajectory.steps
    ]


def opening(goal: str, observation: str) -> Answer:
    """The answer to a reset."""
    return Answer(f"{goal}\n{observation}")


def results(episodes: Iterable[Played]) -> tuple[dict[str, Result], Overall]:
    """Results by environment, and over all of them."""
    by_environment: dict[str, list[Played]] = {}
    for episode in episodes:
        by_environment.setdefault(episode.task.env, []).append(episode)
    estimates = {
        name: estimate(scores_by_task(name, by_environment[name]))
        for name in sorted(by_environment)
    }
    table = {
        name: Result(
            metric(name),
            found.mean,
            found.stderr,
            (found.low, found.high),
            found.episodes,
            len(by_environment[name]) - found.episodes,
        )
        for name, found in estimates.items()
    }
    mean, stderr = over_environments(list(estimates.values()))
    return table, Overall(mean, over_episodes(list(estimates.values())), stderr)


def metric(environment: str) -> Literal["score", "success"]:
    """What the environment's results are means of."""
    return "success" if spec(environment).metric == "success" else "score"


def scores_by_task(environment: str, episodes: Sequence[Played]) -> Mapping[str, Sequence[float]]:
    """The scored episodes' numbers, by the environment's metric; errors are left out."""
    by_task: dict[str, list[float]] = {}
    for episode in episodes:
        if episode.error is None and episode.task.env == environment:
            value = float(episode.success) if metric(environment) == "success" else episode.score
            by_task.setdefault(episode.task.id, []).append(value)
    return by_task
